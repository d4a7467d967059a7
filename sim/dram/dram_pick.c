// SPDX-License-Identifier: Apache-2.0
// Which command goes next: FR-FCFS over the banks, refresh, page policy; and how long one run goes on being it.
#include <stddef.h>

#include "dram/dram_state.h"

/** Classes of `order`, above the age. */
#define ORDER_RESERVED UINT64_C(0)
#define ORDER_COLUMN (UINT64_C(1) << 60)
#define ORDER_ROW (UINT64_C(2) << 60)
#define ORDER_CLOSE (UINT64_C(3) << 60)

/** What a bank, the page policy or the reservation offers: best the earliest, of two in a cycle the lower order. */
typedef struct dram_offer {
    uint64_t time, order;
    uint32_t bank;
} dram_offer;

/** Keeps the better of two offers; one comparison of 128 bits, since which one it is cannot be foreseen. */
static inline void keep(dram_offer *best, uint64_t time, uint64_t order, uint32_t bank) {
    const dram_u128 rank = (dram_u128)time << 64 | order;
    const bool better = rank < ((dram_u128)best->time << 64 | best->order);
    best->time = better ? time : best->time;
    best->order = better ? order : best->order;
    best->bank = better ? bank : best->bank;
}

/** First cycle of the ACT or PRE that a bank needs whose row is not the one wanted. */
static inline uint64_t row_time(const tsr_dram *dram, const dram_bank *bank) {
    const uint64_t activate = tsr_dram_activate_time(dram, bank);
    return dram_max(dram->now, bank->row < 0 ? activate : bank->precharge_ready);
}

static inline uint64_t column_time(const tsr_dram *dram, const dram_bank *bank) {
    return dram_max(dram->now, tsr_dram_column_time(dram, bank, dram->direction));
}

static inline uint64_t closing_time(const tsr_dram *dram, uint32_t bank) {
    return dram_max(dram->now, dram->bank[bank].precharge_ready);
}

/** The oldest run has been overtaken too often: its bank serves it alone, and its command goes before all others. */
static void offer_reserved(const tsr_dram *dram, const dram_queue *queue, dram_offer *best) {
    const dram_run *run = queue->oldest;
    const dram_bank *bank = &dram->bank[run->bank];
    const bool open = bank->row == run->row;
    keep(best, open ? column_time(dram, bank) : row_time(dram, bank), ORDER_RESERVED, run->bank);
}

/** Columns of the oldest hits of the banks in `mask`. */
static void offer_columns(const tsr_dram *dram, uint64_t mask, dram_offer *best) {
    for (; mask != 0; mask &= mask - 1) {
        const uint32_t index = (uint32_t)__builtin_ctzll(mask);
        const dram_bank *bank = &dram->bank[index];
        keep(best, column_time(dram, bank), ORDER_COLUMN + bank->hit[dram->direction]->sequence,
             index);
    }
}

/** ACT or PRE for the oldest runs of the banks in `mask`, which have no hit. */
static void offer_rows(const tsr_dram *dram, uint64_t mask, dram_offer *best) {
    for (; mask != 0; mask &= mask - 1) {
        const uint32_t index = (uint32_t)__builtin_ctzll(mask);
        const dram_bank *bank = &dram->bank[index];
        keep(best, row_time(dram, bank), ORDER_ROW + bank->oldest[dram->direction]->sequence,
             index);
    }
}

/** PRE of the banks in `mask`: their rows are not wanted any more, or refresh is due. */
static void offer_closing(const tsr_dram *dram, uint64_t mask, dram_offer *best) {
    for (; mask != 0; mask &= mask - 1) {
        const uint32_t index = (uint32_t)__builtin_ctzll(mask);
        keep(best, closing_time(dram, index), ORDER_CLOSE + index, index);
    }
}

/** Banks that a closed page policy closes: no run wants their row. */
static uint64_t unwanted(const tsr_dram *dram) {
    return dram->config.page == TSR_DRAM_PAGE_CLOSED
               ? dram->open & ~(dram->queue[0].hit | dram->queue[1].hit)
               : 0;
}

/** The best offer of the served direction and the page policy. */
static dram_offer best_offer(const tsr_dram *dram, const dram_queue *queue) {
    dram_offer best = {.time = DRAM_NEVER, .order = DRAM_NEVER};
    uint64_t mask = queue->active;
    if (queue->bypassed >= DRAM_BYPASS_LIMIT && mask != 0) {
        offer_reserved(dram, queue, &best);
        mask &= ~(UINT64_C(1) << best.bank);
    }
    offer_columns(dram, mask & queue->hit, &best);
    offer_rows(dram, mask & ~queue->hit, &best);
    offer_closing(dram, unwanted(dram), &best);
    return best;
}

/** The command behind an offer. */
static void explain(const tsr_dram *dram, const dram_offer *offer, dram_pick *pick) {
    const dram_bank *bank = &dram->bank[offer->bank];
    pick->time = offer->time;
    pick->until = offer->time;
    pick->bank = offer->bank;
    if (offer->order >= ORDER_CLOSE) {
        pick->run = NULL;
        pick->command = TSR_DRAM_PRE;
        return;
    }
    const bool reserved = offer->order == ORDER_RESERVED;
    dram_run *hit = bank->hit[dram->direction];
    pick->run = reserved || hit == NULL ? bank->oldest[dram->direction] : hit;
    if (bank->row < 0) {
        pick->command = TSR_DRAM_ACT;
    } else if (bank->row == pick->run->row) {
        pick->command = dram->direction == DRAM_READ ? TSR_DRAM_RD : TSR_DRAM_WR;
    } else {
        pick->command = TSR_DRAM_PRE;
    }
}

/** Last cycle in which the next column of the run offered as `own` still goes before the oldest hit of another bank. */
static uint64_t before_hit(const tsr_dram *dram, const dram_offer *own, uint32_t other) {
    const dram_bank *bank = &dram->bank[other];
    if (ORDER_COLUMN + bank->hit[dram->direction]->sequence < own->order) {
        return column_time(dram, bank) - 1;
    }
    // A younger hit: no sooner than column_step behind each column of the run, unless another bank group may be.
    const bool never_sooner = dram->one_group || bank->group == dram->bank[own->bank].group;
    return never_sooner ? DRAM_NEVER : own->time;
}

/** Last cycle in which the next column of the run offered as `own` still goes before all else. */
static uint64_t before_all(const tsr_dram *dram, const dram_queue *queue, const dram_offer *own) {
    dram_offer row = {.time = DRAM_NEVER, .order = DRAM_NEVER};
    offer_rows(dram, queue->active & ~queue->hit, &row);
    offer_closing(dram, unwanted(dram), &row);
    uint64_t until = row.time;
    uint64_t others = queue->hit & ~(UINT64_C(1) << own->bank);
    for (; others != 0; others &= others - 1) {
        until = dram_min(until, before_hit(dram, own, (uint32_t)__builtin_ctzll(others)));
    }
    return until;
}

/** The common case: every bank has a hit, and the oldest run's column can go as soon as any column can. */
static bool oldest_goes(const tsr_dram *dram, const dram_queue *queue, dram_pick *pick) {
    if (queue->active != queue->hit || queue->active == 0 || queue->bypassed != 0 ||
        dram->config.page == TSR_DRAM_PAGE_CLOSED) {
        return false;
    }
    const dram_run *run = queue->oldest;
    const dram_bank *bank = &dram->bank[run->bank];
    const uint64_t time = dram_max(dram->now, tsr_dram_column_time(dram, bank, dram->direction));
    const bool soonest = time == dram_max(dram->now, dram->column_ready[dram->direction]);
    const bool alone = (queue->active & (queue->active - 1)) == 0;
    if (bank->row != run->row || !(soonest || alone)) {
        return false;
    }
    pick->time = time;
    pick->until = alone || dram->one_group ? DRAM_NEVER : time;
    pick->command = dram->direction == DRAM_READ ? TSR_DRAM_RD : TSR_DRAM_WR;
    pick->run = queue->oldest;
    pick->bank = run->bank;
    return true;
}

/** Refresh is due: the open rows are closed first, the one that can be closed first. */
static void pick_refresh(const tsr_dram *dram, dram_pick *pick) {
    if (dram->open == 0) {
        pick->time = dram_max(dram->now, dram->refresh_ready);
        pick->command = TSR_DRAM_REF;
        return;
    }
    dram_offer best = {.time = DRAM_NEVER, .order = DRAM_NEVER};
    offer_closing(dram, dram->open, &best);
    pick->time = best.time;
    pick->bank = best.bank;
    pick->command = TSR_DRAM_PRE;
    pick->run = NULL;
}

void tsr_dram_next_command(const tsr_dram *dram, dram_pick *pick) {
    if (dram->now >= dram->refresh_due) {
        pick_refresh(dram, pick);
        return;
    }
    const dram_queue *queue = &dram->queue[dram->direction];
    if (!oldest_goes(dram, queue, pick)) {
        const dram_offer best = best_offer(dram, queue);
        pick->time = best.time;
        if (best.time == DRAM_NEVER) {
            return;
        }
        explain(dram, &best, pick);
        const bool column = best.order >= ORDER_COLUMN && best.order < ORDER_ROW;
        if (column && pick->run->count > 1) {
            pick->until = before_all(dram, queue, &best);
        }
    }
    // From the due cycle on only refresh counts; the loop comes back at that cycle.
    if (pick->time >= dram->refresh_due) {
        pick->time = DRAM_NEVER;
    }
}

/* ---- how long a run goes on ----------------------------------------------------------------------------------- */

/** True when a port may hand over an access as soon as the run's first command has made room. */
static bool room_is_awaited(const tsr_dram *dram) {
    const dram_queue *queue = &dram->queue[dram->direction];
    if (queue->waiting_ports != 0 && queue->count == queue->capacity) {
        return true;
    }
    uint32_t ports = dram->direction == DRAM_READ ? queue->waiting_ports : 0;
    for (; ports != 0; ports &= ports - 1) {
        const dram_stream *stream = &dram->stream[__builtin_ctz(ports)][DRAM_READ];
        if (stream->last - stream->first == DRAM_REORDER) {
            return true;
        }
    }
    return false;
}

/** Column commands after which the direction may change, or the oldest run's bank be reserved. */
static uint32_t turn_length(const tsr_dram *dram, const dram_pick *pick) {
    const tsr_dram_config *config = &dram->config;
    const dram_queue *queue = &dram->queue[dram->direction];
    const uint32_t writes = dram->queue[DRAM_WRITE].count;
    uint32_t length = pick->run->count;
    if (queue->oldest != pick->run) {
        length = queue->bypassed < DRAM_BYPASS_LIMIT
                     ? (uint32_t)dram_min(length, DRAM_BYPASS_LIMIT - queue->bypassed)
                     : 1;
    }
    if (dram->direction == DRAM_READ) {
        const bool full = writes >= (uint32_t)config->write_high;
        return full ? (uint32_t)dram_min(length, dram->batch - dram->served) : length;
    }
    if (dram->queue[DRAM_READ].count == 0) {
        return length;
    }
    length = (uint32_t)dram_min(length, writes - (uint32_t)config->write_low);
    return (uint32_t)dram_min(length, dram->batch - dram->served);
}

uint32_t tsr_dram_run_length(const tsr_dram *dram, const dram_pick *pick, uint64_t until) {
    const uint64_t last = dram_min(until, pick->until);
    uint64_t time = pick->time + dram->column_step;
    if (time > last || dram->beats != NULL || room_is_awaited(dram)) {
        return 1;
    }
    const uint32_t most = turn_length(dram, pick);
    uint32_t length = 1;
    while (length < most && time <= last) {
        ++length;
        time += dram->column_step;
    }
    return length;
}
