// SPDX-License-Identifier: Apache-2.0
// The memories without banks: `ideal` (latency only) and `fixed` (latency and one shared pipe), in closed form.
#include <stddef.h>

#include "dram/dram_state.h"

/** Moves `bytes` through the pipe from (cycle, rest); exact: a byte takes accelerator_clock / bandwidth cycles. */
static void pipe_move(const tsr_dram_config *config, uint64_t bytes, uint64_t *cycle,
                      uint64_t *rest) {
    // bytes <= 2^18 and the clock < 2^34 (dram_check.c), rest < bandwidth < 2^44: the sum fits.
    const uint64_t sum = *rest + bytes * config->accelerator_clock_hz;
    *cycle += sum / config->fixed_bytes_per_s;
    *rest = sum % config->fixed_bytes_per_s;
}

/** First whole cycle at or after (cycle, rest). */
static uint64_t pipe_ceil(uint64_t cycle, uint64_t rest) {
    return cycle + (rest != 0);
}

/** Cycle in which beat `index` (from 0) of a read can leave, as far as pipe and latency go. */
static uint64_t fixed_beat(const tsr_dram_config *config, const dram_burst *record,
                           uint32_t index) {
    uint64_t cycle = record->pipe_cycle;
    uint64_t rest = record->pipe_rest;
    pipe_move(config, (uint64_t)(index + 1) << record->beat_shift, &cycle, &rest);
    return pipe_ceil(cycle, rest) + (uint64_t)config->ideal_latency_cycles - 1;
}

static void push_ideal(tsr_dram *dram, dram_stream *stream, dram_burst *record,
                       const tsr_dram_burst *burst) {
    const uint64_t latency = (uint64_t)dram->config.ideal_latency_cycles;
    if (!burst->write) {
        record->first_beat = tsr_dram_stream_place(stream, record->cycle + latency, burst);
        record->done = stream->last_beat;
    } else {
        record->done = stream->last_beat + latency;
    }
}

static void push_fixed(tsr_dram *dram, dram_stream *stream, dram_burst *record,
                       const tsr_dram_burst *burst) {
    const tsr_dram_config *config = &dram->config;
    dram_pipe *pipe = &dram->pipe;
    if (pipe->cycle < record->cycle) {
        pipe->cycle = record->cycle;
        pipe->rest = 0;
    }
    record->pipe_cycle = pipe->cycle;
    record->pipe_rest = pipe->rest;
    pipe_move(config, (uint64_t)burst->beats << record->beat_shift, &pipe->cycle, &pipe->rest);
    const uint64_t latency = (uint64_t)config->ideal_latency_cycles;
    if (burst->write) {
        record->done = dram_max(stream->last_beat, pipe_ceil(pipe->cycle, pipe->rest)) + latency;
        return;
    }
    // Beat k leaves at ceil(linear in k), the port takes one an interval: the last beat is held up either by the first
    // beat or by its own arrival, because the difference of the two is monotone in k.
    record->first_beat = tsr_dram_stream_place(stream, fixed_beat(config, record, 0), burst);
    stream->last_beat =
        dram_max(stream->last_beat, pipe_ceil(pipe->cycle, pipe->rest) + latency - 1);
    record->done = stream->last_beat;
}

void tsr_dram_simple_push(tsr_dram *dram, dram_burst *record, const tsr_dram_burst *burst) {
    dram_stream *stream = &dram->stream[burst->port][burst->write ? DRAM_WRITE : DRAM_READ];
    if (dram->config.kind == TSR_DRAM_IDEAL) {
        push_ideal(dram, stream, record, burst);
    } else {
        push_fixed(dram, stream, record, burst);
    }
}

/** Tells the observer every beat of a read. */
static void tell_beats(tsr_dram *dram, uint32_t port, const dram_burst *record) {
    if (dram->config.kind == TSR_DRAM_IDEAL) {
        dram->beats(dram->beats_user, port, record->tag, 0, record->beats, record->first_beat,
                    record->beat_interval);
        return;
    }
    const dram_burst copy = *record;  // the observer may push, which may move the ring
    uint64_t at = copy.first_beat;
    for (uint32_t index = 0; index < copy.beats; ++index) {
        if (index != 0) {
            at = dram_max(at + copy.beat_interval, fixed_beat(&dram->config, &copy, index));
        }
        dram->beats(dram->beats_user, port, copy.tag, index, 1, at, copy.beat_interval);
    }
}

/** Oldest burst of a stream, or NULL. */
static const dram_burst *front(const dram_stream *stream) {
    return stream->head == stream->end ? NULL
                                       : &stream->ring[stream->head & (stream->capacity - 1)];
}

void tsr_dram_simple_advance(tsr_dram *dram, uint64_t cycle) {
    while (dram->outstanding != 0) {
        const dram_burst *oldest = NULL;
        uint32_t oldest_port = 0;
        uint32_t oldest_direction = DRAM_READ;
        for (uint32_t index = 0; index < 2 * TSR_DRAM_MAX_PORTS; ++index) {
            const dram_burst *record = front(&dram->stream[index / 2][index % 2]);
            if (record != NULL && (oldest == NULL || record->sequence < oldest->sequence)) {
                oldest = record;
                oldest_port = index / 2;
                oldest_direction = index % 2;
            }
        }
        if (oldest->cycle >= cycle) {
            return;  // seen from the cycle after the handshake on
        }
        if (oldest_direction == DRAM_READ && dram->beats != NULL) {
            tell_beats(dram, oldest_port, oldest);
            oldest = front(&dram->stream[oldest_port][oldest_direction]);
        }
        const uint64_t reported =
            oldest_direction == DRAM_READ ? oldest->first_beat : tsr_dram_burst_last_beat(oldest);
        tsr_dram_stream_report(dram, oldest_port, oldest_direction, reported, oldest->done);
    }
}

uint64_t tsr_dram_simple_next(const tsr_dram *dram) {
    uint64_t next = DRAM_NEVER;
    for (uint32_t index = 0; index < 2 * TSR_DRAM_MAX_PORTS; ++index) {
        const dram_burst *record = front(&dram->stream[index / 2][index % 2]);
        if (record != NULL) {
            const bool beat = dram->beats != NULL && index % 2 == DRAM_READ;
            next = dram_min(next, beat ? record->first_beat : record->done);
        }
    }
    return next;
}
