// SPDX-License-Identifier: Apache-2.0
// The controller of a banked memory: FR-FCFS from event to event, write drain, refresh, open or closed page.
#include <assert.h>
#include <stddef.h>

#include "dram/dram_state.h"

/** A command and the first DRAM cycle it can go; `order` decides between commands that can go in the same cycle. */
typedef struct dram_pick {
    uint64_t time, order;
    tsr_dram_command command;
    uint16_t entry;
    uint8_t bank;
} dram_pick;

/** Classes of `order`, above the age. */
#define ORDER_RESERVED UINT64_C(0)
#define ORDER_COLUMN (UINT64_C(1) << 60)
#define ORDER_ROW (UINT64_C(2) << 60)
#define ORDER_CLOSE (UINT64_C(3) << 60)

void tsr_dram_banked_init(tsr_dram *dram) {
    const tsr_dram_config *config = &dram->config;
    dram->banks = (uint32_t)(config->bank_groups * config->banks_per_group);
    for (uint32_t index = 0; index < dram->banks; ++index) {
        dram_bank *bank = &dram->bank[index];
        bank->row = -1;
        bank->group = index % (uint32_t)config->bank_groups;
        for (uint32_t direction = 0; direction < 2; ++direction) {
            bank->oldest[direction] = DRAM_NONE;
            bank->newest[direction] = DRAM_NONE;
            bank->hit[direction] = DRAM_NONE;
        }
    }
    for (uint32_t direction = 0; direction < 2; ++direction) {
        dram_queue *queue = &dram->queue[direction];
        queue->capacity =
            (uint32_t)(direction == DRAM_READ ? config->read_queue : config->write_queue);
        queue->oldest = DRAM_NONE;
        queue->newest = DRAM_NONE;
        for (uint16_t index = 0; index < DRAM_MAX_QUEUE; ++index) {
            queue->spare[index] = index;
        }
    }
    dram->batch = (uint32_t)(config->write_high - config->write_low);
    dram->refresh_due = config->timing.refi == 0 ? DRAM_NEVER : (uint64_t)config->timing.refi;
}

void tsr_dram_banked_push(tsr_dram *dram, dram_burst *burst, uint32_t port, uint32_t direction) {
    dram_stream *stream = &dram->stream[port][direction];
    const uint64_t end = tsr_dram_burst_end(burst);
    const uint32_t shift = dram->map.access_shift;
    burst->accesses = (uint32_t)(((end - 1) >> shift) - (burst->address >> shift)) + 1;
    burst->arrival = dram_ceil(&dram->to_dram, &dram->push_point, burst->cycle + 1);
    if (stream->end - stream->cut == 1) {
        tsr_dram_stream_load(dram, stream, direction);
        dram->queue[direction].waiting_ports |= 1u << port;
        dram->wake = dram_min(dram->wake, stream->next_arrival);
    }
}

/* ---- when can a command go ------------------------------------------------------------------------------------ */

static uint64_t column_time(const tsr_dram *dram, const dram_bank *bank, uint32_t direction) {
    return dram_max(bank->column_ready, dram_max(dram->column_ready[direction],
                                                 dram->group_column_ready[direction][bank->group]));
}

static uint64_t activate_time(const tsr_dram *dram, const dram_bank *bank) {
    return dram_max(
        dram_max(bank->activate_ready, dram->activate_ready),
        dram_max(dram->group_activate_ready[bank->group], dram->four_activates[dram->four_next]));
}

/** Keeps the earlier of two commands, and of two in the same cycle the one with the lower order. */
static void offer(const tsr_dram *dram, dram_pick *best, dram_pick pick) {
    pick.time = dram_max(pick.time, dram->now);
    if (pick.time < best->time || (pick.time == best->time && pick.order < best->order)) {
        *best = pick;
    }
}

/** The one command a bank has for the served direction: column of its oldest hit, else ACT or PRE for its oldest. */
static dram_pick bank_pick(const tsr_dram *dram, uint32_t index, uint32_t direction) {
    const dram_bank *bank = &dram->bank[index];
    const dram_queue *queue = &dram->queue[direction];
    dram_pick pick = {.bank = (uint8_t)index};
    if (bank->hit[direction] != DRAM_NONE) {
        pick.entry = bank->hit[direction];
        pick.time = column_time(dram, bank, direction);
        pick.order = ORDER_COLUMN + queue->entry[pick.entry].sequence;
        pick.command = direction == DRAM_READ ? TSR_DRAM_RD : TSR_DRAM_WR;
        return pick;
    }
    pick.entry = bank->oldest[direction];
    pick.order = ORDER_ROW + queue->entry[pick.entry].sequence;
    if (bank->row < 0) {
        pick.time = activate_time(dram, bank);
        pick.command = TSR_DRAM_ACT;
    } else {
        pick.time = bank->precharge_ready;
        pick.command = TSR_DRAM_PRE;
    }
    return pick;
}

/** The oldest entry has been overtaken too often: its bank serves it alone, and its command goes before all others. */
static dram_pick reserved_pick(const tsr_dram *dram, uint32_t direction) {
    const dram_queue *queue = &dram->queue[direction];
    const dram_entry *entry = &queue->entry[queue->oldest];
    const dram_bank *bank = &dram->bank[entry->bank];
    dram_pick pick = {.bank = entry->bank, .entry = queue->oldest, .order = ORDER_RESERVED};
    if (bank->row < 0) {
        pick.time = activate_time(dram, bank);
        pick.command = TSR_DRAM_ACT;
    } else if (bank->row == entry->row) {
        pick.time = column_time(dram, bank, direction);
        pick.command = direction == DRAM_READ ? TSR_DRAM_RD : TSR_DRAM_WR;
    } else {
        pick.time = bank->precharge_ready;
        pick.command = TSR_DRAM_PRE;
    }
    return pick;
}

/** Offers PRE of the banks in `mask`: their rows are not wanted any more, or refresh is due. */
static void offer_closing(const tsr_dram *dram, uint64_t mask, dram_pick *best) {
    for (; mask != 0; mask &= mask - 1) {
        const uint32_t index = (uint32_t)__builtin_ctzll(mask);
        const dram_pick pick = {
            .time = dram->bank[index].precharge_ready,
            .order = ORDER_CLOSE + index,
            .command = TSR_DRAM_PRE,
            .entry = DRAM_NONE,
            .bank = (uint8_t)index,
        };
        offer(dram, best, pick);
    }
}

static dram_pick next_command(const tsr_dram *dram) {
    dram_pick best = {.time = DRAM_NEVER, .order = DRAM_NEVER, .entry = DRAM_NONE};
    if (dram->now >= dram->refresh_due) {
        offer_closing(dram, dram->open, &best);
        if (dram->open == 0) {
            best.time = dram_max(dram->now, dram->refresh_ready);
            best.command = TSR_DRAM_REF;
        }
        return best;
    }
    const dram_queue *queue = &dram->queue[dram->direction];
    uint64_t mask = queue->active;
    if (queue->bypassed >= DRAM_BYPASS_LIMIT && mask != 0) {
        offer(dram, &best, reserved_pick(dram, dram->direction));
        mask &= ~(UINT64_C(1) << best.bank);
    }
    for (; mask != 0; mask &= mask - 1) {
        offer(dram, &best, bank_pick(dram, (uint32_t)__builtin_ctzll(mask), dram->direction));
    }
    if (dram->config.page == TSR_DRAM_PAGE_CLOSED) {
        offer_closing(dram, dram->open & ~(dram->queue[0].hit | dram->queue[1].hit), &best);
    }
    // From the due cycle on only refresh counts; the loop comes back at that cycle.
    if (best.time >= dram->refresh_due) {
        best.time = DRAM_NEVER;
    }
    return best;
}

/* ---- what a command changes ----------------------------------------------------------------------------------- */

static void issue_activate(tsr_dram *dram, const dram_pick *pick) {
    const tsr_dram_timing *timing = &dram->config.timing;
    dram_entry *entry = &dram->queue[dram->direction].entry[pick->entry];
    dram_bank *bank = &dram->bank[pick->bank];
    const uint64_t time = pick->time;
    bank->row = entry->row;
    if (entry->cls == DRAM_HIT) {
        entry->cls = DRAM_MISS;
    }
    bank->column_ready = time + (uint64_t)timing->rcd;
    bank->precharge_ready = time + (uint64_t)timing->ras;
    bank->activate_ready = time + (uint64_t)timing->rc;
    dram->activate_ready = time + (uint64_t)timing->rrd_s;
    dram->group_activate_ready[bank->group] = time + (uint64_t)timing->rrd_l;
    dram->four_activates[dram->four_next] = time + (uint64_t)timing->faw;
    dram->four_next = (dram->four_next + 1) % 4;
    dram->open |= UINT64_C(1) << pick->bank;
    tsr_dram_queue_opened(dram, pick->bank);
    ++dram->stats.activates;
}

static void issue_precharge(tsr_dram *dram, const dram_pick *pick) {
    dram_bank *bank = &dram->bank[pick->bank];
    const uint64_t closed = pick->time + (uint64_t)dram->config.timing.rp;
    if (pick->entry != DRAM_NONE) {
        dram->queue[dram->direction].entry[pick->entry].cls = DRAM_CONFLICT;
    }
    bank->row = -1;
    bank->activate_ready = dram_max(bank->activate_ready, closed);
    dram->refresh_ready = dram_max(dram->refresh_ready, closed);
    dram->open &= ~(UINT64_C(1) << pick->bank);
    tsr_dram_queue_closed(dram, pick->bank);
    ++dram->stats.precharges;
}

static void issue_refresh(tsr_dram *dram, const dram_pick *pick) {
    const uint64_t ready = pick->time + (uint64_t)dram->config.timing.rfc;
    for (uint32_t index = 0; index < dram->banks; ++index) {
        dram->bank[index].activate_ready = dram_max(dram->bank[index].activate_ready, ready);
    }
    dram->refresh_ready = ready;
    dram->refresh_due += (uint64_t)dram->config.timing.refi;
    ++dram->stats.refreshes;
}

static void column_timers(tsr_dram *dram, dram_bank *bank, uint64_t time) {
    const tsr_dram_timing *timing = &dram->config.timing;
    const uint32_t group = bank->group;
    const uint32_t direction = dram->direction;
    dram->column_ready[direction] =
        dram_max(dram->column_ready[direction], time + (uint64_t)timing->ccd_s);
    dram->group_column_ready[direction][group] =
        dram_max(dram->group_column_ready[direction][group], time + (uint64_t)timing->ccd_l);
    if (direction == DRAM_READ) {
        bank->precharge_ready = dram_max(bank->precharge_ready, time + (uint64_t)timing->rtp);
        dram->column_ready[DRAM_WRITE] =
            dram_max(dram->column_ready[DRAM_WRITE], time + (uint64_t)timing->rtw);
        return;
    }
    const uint64_t data_end = time + (uint64_t)timing->cwl + (uint64_t)timing->burst_cycles;
    bank->precharge_ready = dram_max(bank->precharge_ready, data_end + (uint64_t)timing->wr);
    dram->column_ready[DRAM_READ] =
        dram_max(dram->column_ready[DRAM_READ], data_end + (uint64_t)timing->wtr_s);
    dram->group_column_ready[DRAM_READ][group] =
        dram_max(dram->group_column_ready[DRAM_READ][group], data_end + (uint64_t)timing->wtr_l);
}

static void issue_column(tsr_dram *dram, const dram_pick *pick) {
    const tsr_dram_timing *timing = &dram->config.timing;
    const uint32_t direction = dram->direction;
    const dram_entry *entry = &dram->queue[direction].entry[pick->entry];
    column_timers(dram, &dram->bank[pick->bank], pick->time);
    dram->stats.busy_dram_cycles += (uint64_t)timing->burst_cycles;
    if (entry->cls == DRAM_HIT) {
        ++dram->stats.row_hits;
    } else if (entry->cls == DRAM_MISS) {
        ++dram->stats.row_misses;
    } else {
        ++dram->stats.row_conflicts;
    }
    ++dram->served;
    const uint32_t port = entry->port;
    const uint32_t slot = entry->slot;
    tsr_dram_queue_remove(dram, direction, pick->entry);
    if (direction == DRAM_WRITE) {
        ++dram->stats.write_accesses;
        return;
    }
    ++dram->stats.read_accesses;
    const uint64_t data_end = pick->time + (uint64_t)timing->cl + (uint64_t)timing->burst_cycles;
    tsr_dram_stream_data(dram, port, slot,
                         dram_ceil(&dram->to_accelerator, &dram->data_point, data_end) +
                             (uint64_t)dram->config.controller_cycles);
}

static void issue(tsr_dram *dram, const dram_pick *pick) {
    dram->now = pick->time + 1;
    if (dram->probe != NULL) {
        const bool refresh = pick->command == TSR_DRAM_REF;
        int64_t row = refresh ? -1 : dram->bank[pick->bank].row;
        if (pick->command == TSR_DRAM_ACT) {
            row = dram->queue[dram->direction].entry[pick->entry].row;
        }
        dram->probe(dram->probe_user, pick->time, pick->command, refresh ? -1 : pick->bank, row);
    }
    switch (pick->command) {
        case TSR_DRAM_RD:
        case TSR_DRAM_WR:
            issue_column(dram, pick);
            break;
        case TSR_DRAM_ACT:
            issue_activate(dram, pick);
            break;
        case TSR_DRAM_PRE:
            issue_precharge(dram, pick);
            break;
        case TSR_DRAM_REF:
            issue_refresh(dram, pick);
            break;
    }
}

/* ---- the loop ------------------------------------------------------------------------------------------------- */

/** Reads or writes; a function of the queues' counts and of what was served since the last change, so idempotent. */
static void choose_direction(tsr_dram *dram) {
    const uint32_t reads = dram->queue[DRAM_READ].count;
    const uint32_t writes = dram->queue[DRAM_WRITE].count;
    const bool full = writes >= (uint32_t)dram->config.write_high;
    if (dram->direction == DRAM_READ) {
        if (writes != 0 && (reads == 0 || (full && dram->served >= dram->batch))) {
            dram->direction = DRAM_WRITE;
            dram->forced = full;
            dram->served = 0;
        }
        return;
    }
    dram->forced = dram->forced || full;
    const bool drained = writes <= (uint32_t)dram->config.write_low || dram->served >= dram->batch;
    if (reads != 0 && (!dram->forced || drained)) {
        dram->direction = DRAM_READ;
        dram->served = 0;
    }
}

/** Refreshes of a memory that has nothing else to do before `end`, all but the last one, at once. */
static void skip_refreshes(tsr_dram *dram, uint64_t end) {
    const uint64_t interval = (uint64_t)dram->config.timing.refi;
    if (dram->open != 0 || dram->probe != NULL || dram->refresh_due > end) {
        return;
    }
    const uint64_t count = (end - dram->refresh_due) / interval;
    dram->stats.refreshes += count;
    dram->refresh_due += count * interval;
}

void tsr_dram_banked_advance(tsr_dram *dram, uint64_t cycle) {
    const uint64_t limit = dram_min(DRAM_LAST_CYCLE, dram_floor(&dram->to_dram, &dram->limit_point,
                                                                dram_min(cycle, DRAM_LAST_CYCLE)));
    while (dram->now <= limit) {
        if (dram->wake > limit) {
            dram->now = limit + 1;
            return;
        }
        dram->now = dram_max(dram->now, dram->wake);
        dram->wake = DRAM_NEVER;  // lowered by a push out of a callback
        const uint64_t filled = tsr_dram_queue_fill(dram);
        const uint64_t arrival = dram_min(filled, dram->wake);
        if ((dram->queue[DRAM_READ].active | dram->queue[DRAM_WRITE].active) == 0) {
            skip_refreshes(dram, dram_min(limit, arrival == DRAM_NEVER ? limit : arrival - 1));
        }
        choose_direction(dram);
        const dram_pick pick = next_command(dram);
        uint64_t event = dram_min(arrival, pick.time);
        if (dram->now < dram->refresh_due) {
            event = dram_min(event, dram->refresh_due);
        }
        dram->wake = event;
        if (event == pick.time && event <= limit && event < arrival) {
            dram->wake = event + 1;
            issue(dram, &pick);
        }
    }
}

/* ---- when could a completion lie ------------------------------------------------------------------------------ */

/** Accesses of the burst at the head of a read stream whose data time is not known; at least one. */
static uint64_t unknown_accesses(const dram_stream *stream) {
    const uint32_t handed = stream->last - stream->first;
    const uint32_t count = handed < stream->left ? handed : stream->left;
    uint64_t unknown = stream->left - count;
    for (uint32_t index = 0; index < count; ++index) {
        unknown += stream->available[(stream->first + index) % DRAM_REORDER] == 0;
    }
    return unknown;
}

/** No earlier than this can the burst at the head of a read stream complete (with an observer: its next beat be). */
static uint64_t read_bound(const tsr_dram *dram, const dram_stream *stream, uint64_t from,
                           uint64_t from_cycle) {
    const tsr_dram_timing *timing = &dram->config.timing;
    const dram_burst *burst = &stream->ring[stream->head & (stream->capacity - 1)];
    const bool beats = dram->beats != NULL;
    uint64_t bound = dram_max(from_cycle, burst->cycle + 1);
    from = dram_max(from, burst->arrival);
    if (dram->queue[DRAM_WRITE].count == 0 && dram->queue[DRAM_WRITE].waiting_ports == 0) {
        // Nothing can be forwarded: every unknown access takes a column command of its own.
        const uint64_t commands = beats ? 1 : unknown_accesses(stream);
        dram_point point = dram->data_point;
        bound = dram_ceil(&dram->to_accelerator, &point,
                          from + (commands - 1) * (uint64_t)timing->ccd_s + (uint64_t)timing->cl +
                              (uint64_t)timing->burst_cycles);
    }
    bound += (uint64_t)dram->config.controller_cycles;
    if (stream->any_beat) {
        const uint64_t left = beats ? 1 : burst->beats - stream->beats_done;
        bound = dram_max(bound, stream->last_beat + stream->rest + left * burst->beat_interval);
    }
    return bound;
}

uint64_t tsr_dram_banked_next(const tsr_dram *dram) {
    const uint64_t from = dram_max(dram->now, dram->wake);
    dram_point point = dram->now_point;
    const uint64_t from_cycle = dram_ceil(&dram->to_accelerator, &point, from);
    uint64_t next = DRAM_NEVER;
    for (uint32_t ports = dram->busy_ports[DRAM_READ]; ports != 0; ports &= ports - 1) {
        const dram_stream *stream = &dram->stream[__builtin_ctz(ports)][DRAM_READ];
        next = dram_min(next, read_bound(dram, stream, from, from_cycle));
    }
    for (uint32_t ports = dram->busy_ports[DRAM_WRITE]; ports != 0; ports &= ports - 1) {
        const dram_stream *stream = &dram->stream[__builtin_ctz(ports)][DRAM_WRITE];
        const uint64_t last_beat =
            tsr_dram_burst_last_beat(&stream->ring[stream->head & (stream->capacity - 1)]);
        next = dram_min(
            next, dram_max(from_cycle, last_beat + 1) + (uint64_t)dram->config.controller_cycles);
    }
    return next;
}
