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

/** Issues the column of the stream's next access, which enters the memory in cycle `time`; the one after comes in `next`. */
static void pass(tsr_dram *dram, dram_stream *stream, dram_bank *bank, uint64_t time,
                 uint64_t next) {
    if (dram->probe != NULL) {
        dram->probe(dram->probe_user, time, TSR_DRAM_WR, (int32_t)(bank - dram->bank), bank->row);
    }
    turn_to_writes(dram);
    tsr_dram_column_timers(dram, bank, DRAM_WRITE, time);
    tsr_dram_count_columns(dram, DRAM_WRITE, DRAM_HIT, 1);
    ++stream->last;
    --stream->next_left;
    ++stream->next_access;
    stream->next_arrival = next;
    dram->now = time + 1;
}

bool tsr_dram_write_through(tsr_dram *dram, uint64_t limit) {
    if (!alone(dram)) {
        return false;
    }
    const uint32_t port = (uint32_t)__builtin_ctz(dram->queue[DRAM_WRITE].waiting_ports);
    dram_stream *stream = &dram->stream[port][DRAM_WRITE];
    const dram_burst *burst = &stream->ring[stream->cut & (stream->capacity - 1)];
    const uint64_t end = dram_min(limit + 1, dram->refresh_due);
    bool any = false;
    // The last access of a burst goes through the queue: the report may bring other bursts.
    while (stream->next_left > 1) {
        dram_bank *bank = open_bank(dram, stream);
        if (bank == NULL) {
            break;
        }
        const uint64_t entered = dram_max(dram->now, stream->next_arrival);
        const uint64_t time = dram_max(entered, tsr_dram_column_time(dram, bank, DRAM_WRITE));
        const uint64_t next =
            tsr_dram_stream_write_arrival(dram, stream, burst, stream->next_access + 1);
        if (time >= end || time >= next) {
            break;
        }
        pass(dram, stream, bank, time, next);
        any = true;
    }
    if (any) {
        dram->queue[DRAM_WRITE].turn = (port + 1) % TSR_DRAM_MAX_PORTS;
        dram->queue[DRAM_WRITE].fill_at = stream->next_arrival;
        dram->wake = dram_max(dram->now, dram_min(stream->next_arrival, dram->refresh_due));
    }
    return any;
}
