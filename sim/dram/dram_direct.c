// SPDX-License-Identifier: Apache-2.0
// The memory that is not busy: what comes goes straight to its bank, before anything else comes, past the queues.
#include <stddef.h>

#include "dram/dram_state.h"

/** The commands that an access needs, in a memory that has nothing else to do. */
typedef struct dram_way {
    uint32_t bank;
    int64_t row;
    uint64_t precharge, activate; /**< as cls says */
    uint64_t column;
    uint8_t cls;
} dram_way;

/** The way of an access that enters in DRAM cycle `entered`. */
static dram_way way_of(const tsr_dram *dram, uint32_t direction, uint64_t access,
                       uint64_t entered) {
    const tsr_dram_timing *timing = &dram->config.timing;
    access &= dram->map.capacity_mask;
    dram_way way = {
        .bank = tsr_dram_bank_of(&dram->map, access),
        .row = tsr_dram_row_of(&dram->map, access),
        .cls = DRAM_HIT,
    };
    const dram_bank *bank = &dram->bank[way.bank];
    way.column = dram_max(entered, tsr_dram_column_time(dram, bank, direction));
    if (bank->row == way.row) {
        return way;
    }
    way.cls = bank->row < 0 ? DRAM_MISS : DRAM_CONFLICT;
    way.activate = dram_max(entered, tsr_dram_activate_time(dram, bank));
    if (way.cls == DRAM_CONFLICT) {
        way.precharge = dram_max(entered, bank->precharge_ready);
        way.activate = dram_max(way.activate, way.precharge + (uint64_t)timing->rp);
    }
    way.column = dram_max(way.column, way.activate + (uint64_t)timing->rcd);
    return way;
}

/** Opens the row, if it is not, and turns to the direction: what must come before the columns. */
static void prepare(tsr_dram *dram, uint32_t direction, const dram_way *way) {
    if (dram->direction != direction) {
        dram->direction = direction;
        dram->forced = false;
        dram->served = 0;
    }
    if (direction == DRAM_WRITE) {
        dram->forced = dram->forced || dram->config.write_high <= 1;
    }
    if (way->cls == DRAM_CONFLICT) {
        tsr_dram_precharge(dram, way->bank, way->precharge);
    }
    if (way->cls != DRAM_HIT) {
        tsr_dram_activate(dram, way->bank, way->row, way->activate);
    }
}

/** Columns of one row, the first one as the way says, the last one in cycle `last`. */
static void account(tsr_dram *dram, uint32_t direction, const dram_way *way, uint32_t count,
                    uint64_t last) {
    tsr_dram_column_timers(dram, &dram->bank[way->bank], direction, last);
    tsr_dram_count_columns(dram, direction, way->cls, count);
    dram->now = last + 1;
}

/** Accesses from the stream's next one to the end of its row. */
static uint64_t row_left(const tsr_dram *dram, const dram_stream *stream) {
    const uint64_t in_row = UINT64_C(1) << dram->map.row_shift;
    return in_row - (stream->next_access & (in_row - 1));
}

/* ---- writes: one by one, as their beats come ------------------------------------------------------------------- */

/** All but the last access of the burst, up to the end of the row, as far as each goes before `end` and the next. */
static bool write_inner(tsr_dram *dram, uint32_t port, const dram_way *way, uint64_t end) {
    dram_stream *stream = &dram->stream[port][DRAM_WRITE];
    const dram_burst *burst = &stream->ring[stream->cut & (stream->capacity - 1)];
    const uint32_t most = (uint32_t)dram_min(stream->next_left - 1, row_left(dram, stream));
    uint64_t access = stream->next_access + 1;
    uint64_t next = tsr_dram_stream_write_arrival(dram, stream, burst, access);
    if (way->column >= next) {
        return false;
    }
    prepare(dram, DRAM_WRITE, way);
    uint64_t last = way->column;
    tsr_dram_show(dram, TSR_DRAM_WR, way->bank, way->row, last);
    uint32_t count = 1;
    for (; count < most; ++count) {
        const uint64_t time = dram_max(next, last + dram->column_step);
        const uint64_t after = tsr_dram_stream_write_arrival(dram, stream, burst, access + 1);
        if (time >= end || time >= after) {
            break;
        }
        tsr_dram_show(dram, TSR_DRAM_WR, way->bank, way->row, time);
        last = time;
        next = after;
        ++access;
    }
    account(dram, DRAM_WRITE, way, count, last);
    stream->last += count;
    stream->next_left -= count;
    stream->next_access = access;
    stream->next_arrival = next;
    dram->queue[DRAM_WRITE].fill_at = next;
    return true;
}

/** The last access of a burst: its report may bring bursts that come before its column, then it waits in the queue. */
static void write_last(tsr_dram *dram, uint32_t port, const dram_way *way, uint64_t entered) {
    dram_queue *queue = &dram->queue[DRAM_WRITE];
    dram->now = entered;
    (void)tsr_dram_queue_hand_over(dram, DRAM_WRITE, port, 1);
    queue->fill_at = tsr_dram_queue_arrival(dram, DRAM_WRITE, port);
    tsr_dram_stream_written(dram, port, entered);
    if (dram_min(queue->fill_at, dram->queue[DRAM_READ].fill_at) <= way->column) {
        tsr_dram_queue_append(dram, DRAM_WRITE);
        return;
    }
    prepare(dram, DRAM_WRITE, way);
    tsr_dram_show(dram, TSR_DRAM_WR, way->bank, way->row, way->column);
    account(dram, DRAM_WRITE, way, 1, way->column);
}

static bool write_direct(tsr_dram *dram, uint32_t port, uint64_t end) {
    const dram_stream *stream = &dram->stream[port][DRAM_WRITE];
    const uint64_t entered = dram_max(dram->now, stream->next_arrival);
    const dram_way way = way_of(dram, DRAM_WRITE, stream->next_access, entered);
    if (way.column >= end) {
        return false;
    }
    if (stream->next_left > 1) {
        return write_inner(dram, port, &way, end);
    }
    write_last(dram, port, &way, entered);
    return true;
}

/* ---- reads: what is left of a burst, if it is in one row --------------------------------------------------------- */

static bool read_direct(tsr_dram *dram, uint32_t port, uint64_t end) {
    dram_queue *queue = &dram->queue[DRAM_READ];
    const dram_stream *stream = &dram->stream[port][DRAM_READ];
    const uint32_t count = stream->next_left;
    if (count > row_left(dram, stream) || count > queue->capacity ||
        count > DRAM_REORDER - (stream->last - stream->first)) {
        return false;
    }
    if (stream->cut + 1 != stream->end) {
        end = dram_min(end, stream->ring[(stream->cut + 1) & (stream->capacity - 1)].arrival);
    }
    const uint64_t entered = dram_max(dram->now, stream->next_arrival);
    const dram_way way = way_of(dram, DRAM_READ, stream->next_access, entered);
    const uint64_t last = way.column + (count - 1) * dram->column_step;
    if (last >= end) {
        return false;
    }
    const uint32_t slot = tsr_dram_queue_hand_over(dram, DRAM_READ, port, count)->slot;
    queue->fill_at = tsr_dram_queue_arrival(dram, DRAM_READ, port);
    prepare(dram, DRAM_READ, &way);
    for (uint32_t index = 0; index < count && dram->probe != NULL; ++index) {
        tsr_dram_show(dram, TSR_DRAM_RD, way.bank, way.row, way.column + index * dram->column_step);
    }
    account(dram, DRAM_READ, &way, count, last);
    tsr_dram_stream_run_data(dram, port, slot, count, tsr_dram_data_end(dram, way.column));
    return true;
}

/** What comes next, straight to its bank, if that is done before cycle `end` and before something else comes. */
static bool next_direct(tsr_dram *dram, uint64_t end) {
    const dram_queue *reads = &dram->queue[DRAM_READ];
    const dram_queue *writes = &dram->queue[DRAM_WRITE];
    const bool write = writes->fill_at < reads->fill_at;
    const uint32_t ports = write ? writes->waiting_ports : reads->waiting_ports;
    if (reads->count != 0 || writes->count != 0 || ports == 0 || (ports & (ports - 1)) != 0) {
        return false;
    }
    const uint32_t port = (uint32_t)__builtin_ctz(ports);
    end = dram_min(end, write ? reads->fill_at : writes->fill_at);
    if (!(write ? write_direct(dram, port, end) : read_direct(dram, port, end))) {
        return false;
    }
    dram->queue[write ? DRAM_WRITE : DRAM_READ].turn = (port + 1) % TSR_DRAM_MAX_PORTS;
    return true;
}

bool tsr_dram_direct(tsr_dram *dram, uint64_t limit) {
    if (dram->config.page == TSR_DRAM_PAGE_CLOSED || dram->beats != NULL ||
        dram->now >= dram->refresh_due) {
        return false;
    }
    const uint64_t end = dram_min(limit + 1, dram->refresh_due);
    bool any = false;
    while (next_direct(dram, end)) {
        any = true;
    }
    if (any) {
        const dram_queue *reads = &dram->queue[DRAM_READ];
        const dram_queue *writes = &dram->queue[DRAM_WRITE];
        const uint64_t arrival = dram_min(reads->fill_at, writes->fill_at);
        const uint64_t next = dram_min(arrival, dram->refresh_due);
        dram->wake = writes->count != 0 ? dram->now : dram_max(dram->now, next);
    }
    return any;
}
