// SPDX-License-Identifier: Apache-2.0
// The lone write stream: each access is in the memory before the next one comes, so the queue need not be kept.
#include <stddef.h>

#include "dram/dram_state.h"

/** Nothing is queued, no read is on its way, and one port alone has writes to hand over. */
static bool alone(const tsr_dram *dram) {
    const uint32_t ports = dram->queue[DRAM_WRITE].waiting_ports;
    return dram->queue[DRAM_WRITE].count == 0 && dram->queue[DRAM_READ].count == 0 &&
           dram->queue[DRAM_READ].waiting_ports == 0 && ports != 0 && (ports & (ports - 1)) == 0 &&
           dram->config.page == TSR_DRAM_PAGE_OPEN;
}

/** What choosing a direction comes to when one write enters the empty queue. */
static void turn_to_writes(tsr_dram *dram) {
    const bool full = dram->config.write_high <= 1;
    if (dram->direction == DRAM_READ) {
        dram->direction = DRAM_WRITE;
        dram->forced = full;
        dram->served = 0;
    }
    dram->forced = dram->forced || full;
}

/** Bank of the stream's next access if its row is open there, else NULL. */
static dram_bank *open_bank(tsr_dram *dram, const dram_stream *stream) {
    const uint64_t access = stream->next_access & dram->map.capacity_mask;
    dram_bank *bank = &dram->bank[tsr_dram_bank_of(&dram->map, access)];
    return bank->row == tsr_dram_row_of(&dram->map, access) ? bank : NULL;
}

/** Issues columns of accesses that are in no queue, the last one in cycle `time`. */
static void account(tsr_dram *dram, dram_bank *bank, uint64_t time, uint32_t count) {
    turn_to_writes(dram);
    tsr_dram_column_timers(dram, bank, DRAM_WRITE, time);
    tsr_dram_count_columns(dram, DRAM_WRITE, DRAM_HIT, count);
    dram->now = time + 1;
}

static void show(const tsr_dram *dram, const dram_bank *bank, uint64_t time) {
    if (dram->probe != NULL) {
        dram->probe(dram->probe_user, time, TSR_DRAM_WR, (int32_t)(bank - dram->bank), bank->row);
    }
}

/**
 * The accesses of the port's burst up to the end of the row and but for the last one of the burst, as far as each goes
 * before cycle `end` and before the next one comes; `time`: that of the first. Returns how many.
 */
static uint32_t pass_inner(tsr_dram *dram, uint32_t port, dram_bank *bank, uint64_t time,
                           uint64_t end) {
    dram_stream *stream = &dram->stream[port][DRAM_WRITE];
    const dram_burst *burst = &stream->ring[stream->cut & (stream->capacity - 1)];
    const uint64_t in_row = UINT64_C(1) << dram->map.row_shift;
    const uint64_t row_left = in_row - (stream->next_access & (in_row - 1));
    const uint32_t most = (uint32_t)dram_min(stream->next_left - 1, row_left);
    uint64_t last = 0;
    uint64_t next = stream->next_arrival;
    uint32_t count = 0;
    while (count < most && time < end) {
        const uint64_t after =
            tsr_dram_stream_write_arrival(dram, stream, burst, stream->next_access + count + 1);
        if (time >= after) {
            break;
        }
        show(dram, bank, time);
        last = time;
        next = after;
        time = dram_max(after, time + dram->column_step);
        ++count;
    }
    if (count != 0) {
        account(dram, bank, last, count);
        stream->last += count;
        stream->next_left -= count;
        stream->next_access += count;
        stream->next_arrival = next;
        dram->queue[DRAM_WRITE].fill_at = next;
    }
    return count;
}

/** The last access of a burst: its report may bring bursts that come before its column, then it waits in the queue. */
static void pass_last(tsr_dram *dram, uint32_t port, dram_bank *bank, uint64_t entered,
                      uint64_t time) {
    dram_queue *queue = &dram->queue[DRAM_WRITE];
    dram->now = entered;
    (void)tsr_dram_queue_hand_over(dram, DRAM_WRITE, port, 1);
    const dram_stream *stream = &dram->stream[port][DRAM_WRITE];
    queue->fill_at = queue->waiting_ports != 0 ? stream->next_arrival : DRAM_NEVER;
    tsr_dram_stream_written(dram, port, entered);
    if (dram_min(queue->fill_at, dram->queue[DRAM_READ].fill_at) > time) {
        show(dram, bank, time);
        account(dram, bank, time, 1);
    } else {
        tsr_dram_queue_append(dram, DRAM_WRITE);
    }
}

/** The next accesses of the port, those whose column can go before cycle `end`; false when there was none. */
static bool pass(tsr_dram *dram, uint32_t port, uint64_t end) {
    const dram_stream *stream = &dram->stream[port][DRAM_WRITE];
    dram_bank *bank = open_bank(dram, stream);
    if (bank == NULL) {
        return false;
    }
    const uint64_t entered = dram_max(dram->now, stream->next_arrival);
    const uint64_t time = dram_max(entered, tsr_dram_column_time(dram, bank, DRAM_WRITE));
    if (time >= end) {
        return false;
    }
    if (stream->next_left > 1) {
        return pass_inner(dram, port, bank, time, end) != 0;
    }
    pass_last(dram, port, bank, entered, time);
    return true;
}

bool tsr_dram_write_through(tsr_dram *dram, uint64_t limit) {
    dram_queue *queue = &dram->queue[DRAM_WRITE];
    const uint64_t end = dram_min(limit + 1, dram->refresh_due);
    bool any = false;
    while (alone(dram)) {
        const uint32_t port = (uint32_t)__builtin_ctz(queue->waiting_ports);
        if (!pass(dram, port, end)) {
            break;
        }
        queue->turn = (port + 1) % TSR_DRAM_MAX_PORTS;
        any = true;
    }
    if (any) {
        const uint64_t arrival = dram_min(queue->fill_at, dram->queue[DRAM_READ].fill_at);
        const uint64_t next = dram_min(arrival, dram->refresh_due);
        dram->wake = queue->count != 0 ? dram->now : dram_max(dram->now, next);
    }
    return any;
}
