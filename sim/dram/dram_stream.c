// SPDX-License-Identifier: Apache-2.0
// One direction of a port: bursts in, accesses out to the queues, data in, beats and completions out, all in order.
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "dram/dram_state.h"

/** Doubles the ring; the bursts keep their free-running positions. */
static bool grow(dram_stream *stream) {
    const uint32_t capacity = stream->capacity == 0 ? 16 : 2 * stream->capacity;
    dram_burst *ring = tsr_alloc(capacity, sizeof *ring);
    if (ring == NULL) {
        return false;
    }
    for (uint32_t at = stream->head; at != stream->end; ++at) {
        ring[at & (capacity - 1)] = stream->ring[at & (stream->capacity - 1)];
    }
    tsr_free(stream->ring);
    stream->ring = ring;
    stream->capacity = capacity;
    return true;
}

dram_burst *tsr_dram_stream_push(tsr_dram *dram, const tsr_dram_burst *burst, uint64_t cycle) {
    dram_stream *stream = &dram->stream[burst->port][burst->write ? DRAM_WRITE : DRAM_READ];
    if (stream->end - stream->head == stream->capacity && !grow(stream)) {
        dram->out_of_memory = true;
        return NULL;
    }
    dram_burst *record = &stream->ring[stream->end & (stream->capacity - 1)];
    memset(record, 0, sizeof *record);
    record->address = burst->address;
    record->tag = burst->tag;
    record->cycle = cycle;
    record->beats = burst->beats;
    record->beat_interval = burst->beat_interval;
    record->rest = burst->rest_cycles;
    record->beat_shift = (uint32_t)__builtin_ctz(burst->beat_bytes);
    record->sequence = dram->sequence++;
    if (burst->write) {
        record->first_beat = tsr_dram_stream_place(stream, cycle + 1, burst);
    }
    ++stream->end;
    ++dram->outstanding;
    dram->busy_ports[burst->write ? DRAM_WRITE : DRAM_READ] |= 1u << burst->port;
    return record;
}

uint64_t tsr_dram_stream_place(dram_stream *stream, uint64_t earliest,
                               const tsr_dram_burst *burst) {
    uint64_t first = earliest;
    if (stream->any_beat) {
        first = dram_max(first, stream->last_beat + stream->rest + burst->beat_interval);
    }
    stream->any_beat = true;
    stream->rest = burst->rest_cycles;
    stream->last_beat = first + (uint64_t)(burst->beats - 1) * burst->beat_interval;
    return first;
}

uint64_t tsr_dram_stream_write_arrival(const tsr_dram *dram, dram_stream *stream,
                                       const dram_burst *burst, uint64_t access) {
    const uint64_t end =
        dram_min((access + 1) << dram->map.access_shift, tsr_dram_burst_end(burst));
    const uint64_t beat = (end - 1 - burst->address) >> burst->beat_shift;
    return dram_ceil(&dram->to_dram, &stream->arrival,
                     burst->first_beat + beat * burst->beat_interval + 1);
}

/** Points the side of the beats at burst `head`. */
static void start_beats(dram_stream *stream) {
    const dram_burst *burst = &stream->ring[stream->head & (stream->capacity - 1)];
    stream->left = burst->accesses;
    stream->at = burst->address;
    stream->beats_done = 0;
    stream->chunk_available = 0;
}

void tsr_dram_stream_load(const tsr_dram *dram, dram_stream *stream, uint32_t direction) {
    const dram_burst *burst = &stream->ring[stream->cut & (stream->capacity - 1)];
    if (stream->cut == stream->head) {
        start_beats(stream);
    }
    stream->next_access = burst->address >> dram->map.access_shift;
    stream->next_left = burst->accesses;
    stream->next_arrival = direction == DRAM_READ ? burst->arrival
                                                  : tsr_dram_stream_write_arrival(
                                                        dram, stream, burst, stream->next_access);
}

void tsr_dram_stream_take(const tsr_dram *dram, dram_stream *stream, uint32_t direction,
                          uint32_t count) {
    stream->last += count;
    stream->next_left -= count;
    if (stream->next_left != 0) {
        stream->next_access += count;
        if (direction == DRAM_WRITE) {
            const dram_burst *burst = &stream->ring[stream->cut & (stream->capacity - 1)];
            stream->next_arrival =
                tsr_dram_stream_write_arrival(dram, stream, burst, stream->next_access);
        }
        return;
    }
    ++stream->cut;
    if (stream->cut != stream->end) {
        tsr_dram_stream_load(dram, stream, direction);
    }
}

void tsr_dram_stream_report(tsr_dram *dram, uint32_t port, uint32_t direction, uint64_t first_beat,
                            uint64_t done) {
    dram_stream *stream = &dram->stream[port][direction];
    const dram_burst *burst = &stream->ring[stream->head & (stream->capacity - 1)];
    const uint64_t tag = burst->tag;
    if (direction == DRAM_READ) {
        const uint64_t latency = done - burst->cycle;
        dram->stats.read_latency_cycles += latency;
        dram->stats.max_read_latency_cycles =
            dram_max(dram->stats.max_read_latency_cycles, latency);
    }
    ++stream->head;
    if (stream->head != stream->end) {
        start_beats(stream);
    } else {
        dram->busy_ports[direction] &= ~(1u << port);
    }
    --dram->outstanding;
    // Last, with nothing held: the callee may push.
    dram->done(dram->user, port, direction == DRAM_WRITE, tag, first_beat, done);
}

void tsr_dram_stream_written(tsr_dram *dram, uint32_t port, uint64_t entered) {
    const dram_stream *stream = &dram->stream[port][DRAM_WRITE];
    const uint64_t last_beat =
        tsr_dram_burst_last_beat(&stream->ring[stream->head & (stream->capacity - 1)]);
    tsr_dram_stream_report(dram, port, DRAM_WRITE, last_beat,
                           dram_ceil(&dram->to_accelerator, &dram->now_point, entered) +
                               (uint64_t)dram->config.controller_cycles);
}

/** Places the beats that the oldest access without beats completes; its data is at the port in `cycle`. */
static inline void place_beats(tsr_dram *dram, uint32_t port, dram_stream *stream,
                               const dram_burst *burst, uint64_t cycle) {
    const uint64_t access_bytes = UINT64_C(1) << dram->map.access_shift;
    const uint64_t end =
        dram_min((stream->at & ~(access_bytes - 1)) + access_bytes, tsr_dram_burst_end(burst));
    const uint32_t beats = (uint32_t)((end - burst->address) >> burst->beat_shift);
    stream->at = end;
    stream->chunk_available = dram_max(stream->chunk_available, cycle);
    --stream->left;
    if (beats == stream->beats_done) {
        return;  // a beat wider than an access is not whole yet
    }
    const uint64_t interval = burst->beat_interval;
    const uint32_t index = stream->beats_done;
    const uint32_t count = beats - index;
    uint64_t first = stream->chunk_available;
    if (stream->any_beat) {
        first = dram_max(first, stream->last_beat + stream->rest + interval);
    }
    if (index == 0) {
        stream->first_beat = first;
    }
    stream->any_beat = true;
    stream->last_beat = first + (count - 1) * interval;
    stream->rest = stream->left == 0 ? burst->rest : 0;
    stream->beats_done = beats;
    stream->chunk_available = 0;
    if (dram->beats != NULL) {
        dram->beats(dram->beats_user, port, burst->tag, index, count, first, (uint32_t)interval);
    }
}

/** Places beats as far as the data is known in order; reports the bursts that this completes. */
static void settle(tsr_dram *dram, uint32_t port) {
    dram_stream *stream = &dram->stream[port][DRAM_READ];
    while (stream->first != stream->last) {
        uint64_t *available = &stream->available[stream->first % DRAM_REORDER];
        if (*available == 0) {
            break;
        }
        const uint64_t data_cycle = *available;
        *available = 0;
        ++stream->first;
        const dram_burst *burst = &stream->ring[stream->head & (stream->capacity - 1)];
        place_beats(dram, port, stream, burst, data_cycle);
        if (stream->left == 0) {
            tsr_dram_stream_report(dram, port, DRAM_READ, stream->first_beat, stream->last_beat);
        }
    }
}

void tsr_dram_stream_data(tsr_dram *dram, uint32_t port, uint32_t slot, uint64_t cycle) {
    assert(cycle != 0);
    dram->stream[port][DRAM_READ].available[slot % DRAM_REORDER] = cycle;
    settle(dram, port);
}

/** Accelerator cycle in which data is at the port that ends on the bus in a DRAM cycle. */
static uint64_t data_cycle(tsr_dram *dram, uint64_t end) {
    return dram_ceil(&dram->to_accelerator, &dram->data_point, end) +
           (uint64_t)dram->config.controller_cycles;
}

void tsr_dram_stream_run_data(tsr_dram *dram, uint32_t port, uint32_t slot, uint32_t count,
                              uint64_t end) {
    dram_stream *stream = &dram->stream[port][DRAM_READ];
    if (stream->first != slot) {
        for (uint32_t index = 0; index < count; ++index, end += dram->column_step) {
            stream->available[(slot + index) % DRAM_REORDER] = data_cycle(dram, end);
        }
        return;
    }
    if (stream->last - slot == DRAM_REORDER) {
        dram->queue[DRAM_READ].fill_at = 0;  // the port may hand over again
    }
    const dram_burst *burst = &stream->ring[stream->head & (stream->capacity - 1)];
    stream->first += count;
    for (uint32_t index = 0; index < count; ++index, end += dram->column_step) {
        place_beats(dram, port, stream, burst, data_cycle(dram, end));
    }
    if (stream->left == 0) {
        tsr_dram_stream_report(dram, port, DRAM_READ, stream->first_beat, stream->last_beat);
    }
    settle(dram, port);
}
