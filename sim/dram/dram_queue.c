// SPDX-License-Identifier: Apache-2.0
// The bounded read and write queues: filled from the ports in round-robin order, kept in runs by age and by bank.
#include <assert.h>
#include <stddef.h>

#include "dram/dram_state.h"

/** Appends a run to the list of its queue and to that of its bank. */
static void link_run(tsr_dram *dram, uint32_t direction, dram_run *run) {
    dram_queue *queue = &dram->queue[direction];
    dram_bank *bank = &dram->bank[run->bank];
    run->newer = NULL;
    run->older = queue->newest;
    if (queue->newest != NULL) {
        queue->newest->newer = run;
    } else {
        queue->oldest = run;
        queue->bypassed = 0;
    }
    queue->newest = run;
    run->bank_newer = NULL;
    run->bank_older = bank->newest[direction];
    if (bank->newest[direction] != NULL) {
        bank->newest[direction]->bank_newer = run;
    } else {
        bank->oldest[direction] = run;
        queue->active |= UINT64_C(1) << run->bank;
    }
    bank->newest[direction] = run;
    if (bank->hit[direction] == NULL && bank->row == run->row) {
        bank->hit[direction] = run;
        queue->hit |= UINT64_C(1) << run->bank;
    }
}

dram_run *tsr_dram_queue_hand_over(tsr_dram *dram, uint32_t direction, uint32_t port,
                                   uint32_t count) {
    dram_queue *queue = &dram->queue[direction];
    dram_stream *stream = &dram->stream[port][direction];
    const dram_burst *burst = &stream->ring[stream->cut & (stream->capacity - 1)];
    const uint32_t access_shift = dram->map.access_shift;
    const uint64_t start = stream->next_access << access_shift;
    const uint64_t stop = (stream->next_access + count) << access_shift;
    const uint64_t access = stream->next_access & dram->map.capacity_mask;
    const uint64_t base = (access << access_shift) - start;  // wraps around the capacity
    dram_run *run = queue->spare;
    run->begin = base + dram_max(start, burst->address);
    run->end = base + dram_min(stop, tsr_dram_burst_end(burst));
    run->row = tsr_dram_row_of(&dram->map, access);
    run->bank = tsr_dram_bank_of(&dram->map, access);
    run->port = (uint8_t)port;
    run->burst = stream->cut;
    run->slot = stream->last;
    run->count = count;
    run->cls = DRAM_HIT;
    tsr_dram_stream_take(dram, stream, direction, count);
    if (stream->cut == stream->end) {
        queue->waiting_ports &= ~(1u << port);
    }
    return run;
}

/** Lengthens the newest run by one that goes on where it ends, in the same burst and row. */
static bool merge(dram_queue *queue, const dram_run *run) {
    dram_run *newest = queue->newest;
    if (newest == NULL || newest->burst != run->burst || newest->port != run->port ||
        newest->end != run->begin || newest->bank != run->bank || newest->row != run->row) {
        return false;
    }
    newest->count += run->count;
    newest->end = run->end;
    return true;
}

void tsr_dram_queue_append(tsr_dram *dram, uint32_t direction) {
    dram_queue *queue = &dram->queue[direction];
    dram_run *run = queue->spare;
    queue->count += run->count;
    if (!merge(queue, run)) {
        queue->spare = run->newer;
        run->sequence = dram->sequence++;
        link_run(dram, direction, run);
    }
}

/** True when the bytes of a read of one access are all in one queued write of it. */
static bool forwarded(const tsr_dram *dram, const dram_run *read) {
    const dram_run *write = dram->bank[read->bank].newest[DRAM_WRITE];
    while (write != NULL && (write->begin > read->begin || write->end < read->end)) {
        write = write->bank_older;
    }
    return write != NULL;
}

/**
 * Accesses that a port hands over at once; as if it were one by one. `alone`: no other port has one to hand over, so
 * that nothing comes between. Writes come beat by beat; reads that may be forwarded are looked at singly.
 */
static uint32_t handed(const tsr_dram *dram, uint32_t direction, const dram_stream *stream,
                       bool alone) {
    if (!alone || direction == DRAM_WRITE || dram->queue[DRAM_WRITE].count != 0) {
        return 1;
    }
    const dram_queue *queue = &dram->queue[direction];
    const uint64_t in_row = UINT64_C(1) << dram->map.row_shift;
    uint64_t count = in_row - (stream->next_access & (in_row - 1));
    count = dram_min(count, stream->next_left);
    count = dram_min(count, queue->capacity - queue->count);
    return (uint32_t)dram_min(count, DRAM_REORDER - (stream->last - stream->first));
}

/** Hands the next accesses of a port over to its queue, in DRAM cycle dram->now. */
static void take(tsr_dram *dram, uint32_t direction, uint32_t port, bool alone) {
    const dram_stream *stream = &dram->stream[port][direction];
    const uint32_t burst = stream->cut;
    const uint32_t count = handed(dram, direction, stream, alone);
    const dram_run *run = tsr_dram_queue_hand_over(dram, direction, port, count);
    if (direction == DRAM_READ && dram->queue[DRAM_WRITE].count != 0 && forwarded(dram, run)) {
        ++dram->stats.forwarded_reads;
        tsr_dram_stream_data(
            dram, port, run->slot,
            dram_max(1, dram_ceil(&dram->to_accelerator, &dram->now_point, dram->now)) +
                (uint64_t)dram->config.controller_cycles);
        return;
    }
    tsr_dram_queue_append(dram, direction);
    if (direction == DRAM_WRITE && stream->cut != burst) {
        tsr_dram_stream_written(dram, port, dram->now);
    }
}

/** A port that may hand over an access, what else is known of the ports that wait. */
typedef struct dram_turn {
    int32_t port;   /**< -1 = none */
    bool alone;     /**< no other port may */
    uint64_t later; /**< earliest arrival at a port that may not yet */
} dram_turn;

/** Looks at one port that has an access to hand over; true when no further one need be looked at. */
static bool look_at(const tsr_dram *dram, uint32_t direction, int32_t port, dram_turn *turn) {
    const dram_stream *stream = &dram->stream[port][direction];
    if (direction == DRAM_READ && stream->last - stream->first == DRAM_REORDER) {
        return false;  // a command will free a place, not time
    }
    if (stream->next_arrival > dram->now) {
        turn->later = dram_min(turn->later, stream->next_arrival);
        return false;
    }
    if (turn->port < 0) {
        turn->port = port;
        return false;
    }
    turn->alone = false;
    return true;
}

/** Next port in turn with an access that is there. */
static dram_turn next_port(const tsr_dram *dram, uint32_t direction) {
    const dram_queue *queue = &dram->queue[direction];
    dram_turn turn = {.port = -1, .alone = true, .later = DRAM_NEVER};
    // Ports from `turn` upwards first, then those below it.
    const uint32_t above = queue->waiting_ports & (~0u << queue->turn);
    const uint32_t parts[2] = {above, queue->waiting_ports & ~above};
    for (uint32_t part = 0; part < 2; ++part) {
        for (uint32_t ports = parts[part]; ports != 0; ports &= ports - 1) {
            if (look_at(dram, direction, __builtin_ctz(ports), &turn)) {
                return turn;
            }
        }
    }
    return turn;
}

void tsr_dram_queue_fill(tsr_dram *dram, uint32_t direction) {
    dram_queue *queue = &dram->queue[direction];
    uint64_t later = DRAM_NEVER;
    while (queue->waiting_ports != 0 && queue->count < queue->capacity) {
        const dram_turn turn = next_port(dram, direction);
        if (turn.port < 0) {
            later = turn.later;
            break;
        }
        queue->turn = ((uint32_t)turn.port + 1) % TSR_DRAM_MAX_PORTS;
        take(dram, direction, (uint32_t)turn.port, turn.alone);
    }
    queue->fill_at = later;
}

/** Takes a run off the list of its bank and finds the bank's next hit. */
static void unlink_from_bank(tsr_dram *dram, uint32_t direction, dram_run *run) {
    dram_queue *queue = &dram->queue[direction];
    dram_bank *bank = &dram->bank[run->bank];
    if (bank->hit[direction] == run) {
        dram_run *next = run->bank_newer;
        while (next != NULL && next->row != run->row) {
            next = next->bank_newer;
        }
        bank->hit[direction] = next;
        if (next == NULL) {
            queue->hit &= ~(UINT64_C(1) << run->bank);
        }
    }
    if (run->bank_older != NULL) {
        run->bank_older->bank_newer = run->bank_newer;
    } else {
        bank->oldest[direction] = run->bank_newer;
    }
    if (run->bank_newer != NULL) {
        run->bank_newer->bank_older = run->bank_older;
    } else {
        bank->newest[direction] = run->bank_older;
    }
    if (bank->oldest[direction] == NULL) {
        queue->active &= ~(UINT64_C(1) << run->bank);
    }
}

static void unlink_run(tsr_dram *dram, uint32_t direction, dram_run *run) {
    dram_queue *queue = &dram->queue[direction];
    unlink_from_bank(dram, direction, run);
    if (run->older != NULL) {
        run->older->newer = run->newer;
    } else {
        queue->oldest = run->newer;
    }
    if (run->newer != NULL) {
        run->newer->older = run->older;
    } else {
        queue->newest = run->older;
    }
    run->newer = queue->spare;
    queue->spare = run;
}

void tsr_dram_queue_serve(tsr_dram *dram, uint32_t direction, dram_run *run, uint32_t count) {
    dram_queue *queue = &dram->queue[direction];
    if (queue->waiting_ports != 0 && queue->count == queue->capacity) {
        queue->fill_at = 0;  // there is room now
    }
    queue->count -= count;
    queue->bypassed = queue->oldest == run ? 0 : queue->bypassed + count;
    if (count == run->count) {
        unlink_run(dram, direction, run);
        return;
    }
    const uint32_t shift = dram->map.access_shift;
    run->begin = ((run->begin >> shift) + count) << shift;
    run->count -= count;
    run->slot += count;
    run->cls = DRAM_HIT;
}

void tsr_dram_queue_opened(tsr_dram *dram, uint32_t bank_index) {
    dram_bank *bank = &dram->bank[bank_index];
    for (uint32_t direction = 0; direction < 2; ++direction) {
        dram_run *run = bank->oldest[direction];
        while (run != NULL && run->row != bank->row) {
            run = run->bank_newer;
        }
        bank->hit[direction] = run;
        if (run != NULL) {
            dram->queue[direction].hit |= UINT64_C(1) << bank_index;
        }
    }
}

void tsr_dram_queue_closed(tsr_dram *dram, uint32_t bank_index) {
    for (uint32_t direction = 0; direction < 2; ++direction) {
        dram->bank[bank_index].hit[direction] = NULL;
        dram->queue[direction].hit &= ~(UINT64_C(1) << bank_index);
    }
}
