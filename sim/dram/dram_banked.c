// SPDX-License-Identifier: Apache-2.0
// The controller of a banked memory: FR-FCFS from event to event, write drain, refresh, open or closed page.
#include <assert.h>
#include <stddef.h>

#include "dram/dram_state.h"

void tsr_dram_banked_init(tsr_dram *dram) {
    const tsr_dram_config *config = &dram->config;
    dram->banks = (uint32_t)(config->bank_groups * config->banks_per_group);
    for (uint32_t index = 0; index < dram->banks; ++index) {
        dram_bank *bank = &dram->bank[index];
        bank->row = -1;
        bank->group = index % (uint32_t)config->bank_groups;
    }
    for (uint32_t direction = 0; direction < 2; ++direction) {
        dram_queue *queue = &dram->queue[direction];
        queue->capacity =
            (uint32_t)(direction == DRAM_READ ? config->read_queue : config->write_queue);
        queue->fill_at = DRAM_NEVER;
        for (uint32_t index = 0; index < DRAM_MAX_QUEUE; ++index) {
            queue->run[index].newer = queue->spare;
            queue->spare = &queue->run[index];
        }
    }
    dram->batch = (uint32_t)(config->write_high - config->write_low);
    dram->column_step =
        (uint64_t)(config->timing.ccd_l > config->timing.ccd_s ? config->timing.ccd_l
                                                               : config->timing.ccd_s);
    dram->one_group = config->timing.ccd_s >= config->timing.ccd_l;
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
        dram->queue[direction].fill_at =
            dram_min(dram->queue[direction].fill_at, stream->next_arrival);
        dram->wake = dram_min(dram->wake, stream->next_arrival);
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

/** Takes what has come into the queues. Writes first: a read that arrives in the same cycle sees them. */
static void fill(tsr_dram *dram) {
    if (dram->queue[DRAM_WRITE].fill_at <= dram->now) {
        tsr_dram_queue_fill(dram, DRAM_WRITE);
    }
    if (dram->queue[DRAM_READ].fill_at <= dram->now) {
        tsr_dram_queue_fill(dram, DRAM_READ);
    }
}

/**
 * Issues the commands of the served direction that go by `until`, which lies before `arrival`: rows up to the first
 * column or refresh, which may change what is served next. Sets wake.
 */
static void serve(tsr_dram *dram, uint64_t until, uint64_t arrival) {
    dram_pick pick;
    bool row = true;
    while (row && dram->now <= until) {
        tsr_dram_next_command(dram, &pick);
        if (pick.time > until) {
            const bool due = dram->now >= dram->refresh_due;
            dram->wake =
                dram_min(dram_min(arrival, pick.time), due ? DRAM_NEVER : dram->refresh_due);
            return;
        }
        tsr_dram_issue(dram, &pick, until);
        row = pick.command == TSR_DRAM_ACT || pick.command == TSR_DRAM_PRE;
    }
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
        if (tsr_dram_direct(dram, limit)) {
            continue;
        }
        fill(dram);
        const uint64_t arrival =
            dram_min(dram->queue[DRAM_READ].fill_at, dram->queue[DRAM_WRITE].fill_at);
        if ((dram->queue[DRAM_READ].active | dram->queue[DRAM_WRITE].active) == 0) {
            skip_refreshes(dram, dram_min(limit, arrival == DRAM_NEVER ? limit : arrival - 1));
        }
        choose_direction(dram);
        serve(dram, dram_min(limit, arrival - 1), arrival);
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
