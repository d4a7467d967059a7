// SPDX-License-Identifier: Apache-2.0
// What a command changes: rows, timers, counters, queues; a run of column commands at once.
#include <stddef.h>

#include "dram/dram_state.h"

static void issue_activate(tsr_dram *dram, const dram_pick *pick) {
    const tsr_dram_timing *timing = &dram->config.timing;
    dram_run *run = pick->run;
    dram_bank *bank = &dram->bank[pick->bank];
    const uint64_t time = pick->time;
    bank->row = run->row;
    if (run->cls == DRAM_HIT) {
        run->cls = DRAM_MISS;
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
    if (pick->run != NULL) {
        pick->run->cls = DRAM_CONFLICT;
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

void tsr_dram_column_timers(tsr_dram *dram, dram_bank *bank, uint32_t direction, uint64_t time) {
    const tsr_dram_timing *timing = &dram->config.timing;
    const uint32_t group = bank->group;
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

/** Shows the commands of a pick to the probe: one, or `count` columns. */
static void show(const tsr_dram *dram, const dram_pick *pick, uint32_t count) {
    const bool refresh = pick->command == TSR_DRAM_REF;
    int64_t row = refresh ? -1 : dram->bank[pick->bank].row;
    if (pick->command == TSR_DRAM_ACT) {
        row = pick->run->row;
    }
    for (uint32_t index = 0; index < count; ++index) {
        dram->probe(dram->probe_user, pick->time + index * dram->column_step, pick->command,
                    refresh ? -1 : (int32_t)pick->bank, row);
    }
}

void tsr_dram_count_columns(tsr_dram *dram, uint32_t direction, uint8_t cls, uint32_t count) {
    tsr_dram_stats *stats = &dram->stats;
    stats->busy_dram_cycles += count * (uint64_t)dram->config.timing.burst_cycles;
    stats->row_hits += count - (cls == DRAM_HIT ? 0 : 1);
    stats->row_misses += cls == DRAM_MISS;
    stats->row_conflicts += cls == DRAM_CONFLICT;
    *(direction == DRAM_READ ? &stats->read_accesses : &stats->write_accesses) += count;
    dram->served += count;
}

static void issue_columns(tsr_dram *dram, const dram_pick *pick, uint32_t count) {
    const tsr_dram_timing *timing = &dram->config.timing;
    const uint32_t direction = dram->direction;
    const dram_run *run = pick->run;
    const uint32_t port = run->port;
    const uint32_t slot = run->slot;
    // Every timer is a maximum over the commands, which the last one decides.
    tsr_dram_column_timers(dram, &dram->bank[pick->bank], direction,
                           pick->time + (count - 1) * dram->column_step);
    tsr_dram_count_columns(dram, direction, run->cls, count);
    tsr_dram_queue_serve(dram, direction, pick->run, count);
    if (direction == DRAM_READ) {
        tsr_dram_stream_run_data(
            dram, port, slot, count,
            pick->time + (uint64_t)timing->cl + (uint64_t)timing->burst_cycles);
    }
}

void tsr_dram_issue(tsr_dram *dram, const dram_pick *pick, uint64_t until) {
    const bool column = pick->command == TSR_DRAM_RD || pick->command == TSR_DRAM_WR;
    const uint32_t count =
        column ? tsr_dram_run_length(dram, pick, dram_min(until, dram->refresh_due - 1)) : 1;
    dram->now = pick->time + (count - 1) * dram->column_step + 1;
    dram->wake = dram->now;  // lowered by a push out of a callback
    if (dram->probe != NULL) {
        show(dram, pick, count);
    }
    switch (pick->command) {
        case TSR_DRAM_RD:
        case TSR_DRAM_WR:
            issue_columns(dram, pick, count);
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
