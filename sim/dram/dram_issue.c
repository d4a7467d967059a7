// SPDX-License-Identifier: Apache-2.0
// What a command changes: rows, timers, counters, queues; a run of column commands at once.
#include <stddef.h>

#include "dram/dram_state.h"

void tsr_dram_activate(tsr_dram *dram, uint32_t index, int64_t row, uint64_t time) {
    const tsr_dram_timing *timing = &dram->config.timing;
    dram_bank *bank = &dram->bank[index];
    tsr_dram_show(dram, TSR_DRAM_ACT, index, row, time);
    bank->row = row;
    bank->column_ready = time + (uint64_t)timing->rcd;
    bank->precharge_ready = time + (uint64_t)timing->ras;
    bank->activate_ready = time + (uint64_t)timing->rc;
    dram->activate_ready = time + (uint64_t)timing->rrd_s;
    dram->group_activate_ready[bank->group] = time + (uint64_t)timing->rrd_l;
    dram->four_activates[dram->four_next] = time + (uint64_t)timing->faw;
    dram->four_next = (dram->four_next + 1) % 4;
    dram->open |= UINT64_C(1) << index;
    tsr_dram_queue_opened(dram, index);
    ++dram->stats.activates;
}

void tsr_dram_precharge(tsr_dram *dram, uint32_t index, uint64_t time) {
    dram_bank *bank = &dram->bank[index];
    const uint64_t closed = time + (uint64_t)dram->config.timing.rp;
    tsr_dram_show(dram, TSR_DRAM_PRE, index, bank->row, time);
    bank->row = -1;
    bank->activate_ready = dram_max(bank->activate_ready, closed);
    dram->refresh_ready = dram_max(dram->refresh_ready, closed);
    dram->open &= ~(UINT64_C(1) << index);
    tsr_dram_queue_closed(dram, index);
    ++dram->stats.precharges;
}

static void issue_activate(tsr_dram *dram, const dram_pick *pick) {
    if (pick->run->cls == DRAM_HIT) {
        pick->run->cls = DRAM_MISS;
    }
    tsr_dram_activate(dram, pick->bank, pick->run->row, pick->time);
}

static void issue_precharge(tsr_dram *dram, const dram_pick *pick) {
    if (pick->run != NULL) {
        pick->run->cls = DRAM_CONFLICT;
    }
    tsr_dram_precharge(dram, pick->bank, pick->time);
}

static void issue_refresh(tsr_dram *dram, const dram_pick *pick) {
    tsr_dram_show(dram, TSR_DRAM_REF, UINT32_MAX, -1, pick->time);
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
    const uint32_t direction = dram->direction;
    const dram_run *run = pick->run;
    const uint32_t port = run->port;
    const uint32_t slot = run->slot;
    for (uint32_t index = 0; index < count && dram->probe != NULL; ++index) {
        tsr_dram_show(dram, pick->command, pick->bank, run->row,
                      pick->time + index * dram->column_step);
    }
    // Every timer is a maximum over the commands, which the last one decides.
    tsr_dram_column_timers(dram, &dram->bank[pick->bank], direction,
                           pick->time + (count - 1) * dram->column_step);
    tsr_dram_count_columns(dram, direction, run->cls, count);
    tsr_dram_queue_serve(dram, direction, pick->run, count);
    if (direction == DRAM_READ) {
        tsr_dram_stream_run_data(dram, port, slot, count, tsr_dram_data_end(dram, pick->time));
    }
}

void tsr_dram_issue(tsr_dram *dram, const dram_pick *pick, uint64_t until) {
    const bool column = pick->command == TSR_DRAM_RD || pick->command == TSR_DRAM_WR;
    uint32_t count = 1;
    if (column && pick->run->count > 1) {
        count = tsr_dram_run_length(dram, pick, dram_min(until, dram->refresh_due - 1));
    }
    dram->now = pick->time + (count - 1) * dram->column_step + 1;
    dram->wake = dram->now;  // lowered by a push out of a callback
    if (column) {
        issue_columns(dram, pick, count);
    } else if (pick->command == TSR_DRAM_ACT) {
        issue_activate(dram, pick);
    } else if (pick->command == TSR_DRAM_PRE) {
        issue_precharge(dram, pick);
    } else {
        issue_refresh(dram, pick);
    }
}
