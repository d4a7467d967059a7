// SPDX-License-Identifier: Apache-2.0
// Merges the starts and completions of four engines, each already in time order, into one history
// of the buffers.
#include "counters/occupancy.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/check.h"

/** Starts (bytes come to life) or completions (bytes die) of one engine that change a buffer. */
typedef struct change_stream {
    const uint64_t *cycle; /**< by descriptor */
    tsr_engine engine;
    bool frees;
    int32_t next; /**< descriptor of the next change; desc_count = none */
} change_stream;

typedef struct history {
    const tsr_program *program;
    tsr_result *result;
    int64_t bytes[TSR_BUFFER_COUNT];
    int64_t capacity; /**< of result->occupancy */
} history;

static int64_t change_of(const tsr_desc_note *note, bool frees, tsr_buffer buffer) {
    return frees ? -note->free_bytes[buffer] : note->alloc_bytes[buffer];
}

static bool changes_any(const tsr_desc_note *note, bool frees) {
    for (uint32_t b = 0; b < TSR_BUFFER_COUNT; ++b) {
        if (change_of(note, frees, (tsr_buffer)b) != 0) {
            return true;
        }
    }
    return false;
}

static void seek(const tsr_program *program, change_stream *stream) {
    for (; stream->next < program->desc_count; ++stream->next) {
        if (tsr_program_engine(program, stream->next) == stream->engine) {
            const tsr_desc_note note = tsr_program_note(program, stream->next);
            if (changes_any(&note, stream->frees)) {
                return;
            }
        }
    }
}

static tsr_status record(history *h, uint64_t cycle, tsr_buffer buffer, tsr_error *err) {
    tsr_result *result = h->result;
    if (result->occupancy_count == h->capacity) {
        const int64_t capacity = h->capacity > 0 ? 2 * h->capacity : 256;
        tsr_occupancy *grown =
            tsr_realloc(result->occupancy, (size_t)capacity, sizeof *result->occupancy);
        TSR_CHECK(grown != NULL, TSR_ERR_NO_MEMORY, err, "occupancy",
                  "no memory for %" PRId64 " changes", capacity);
        result->occupancy = grown;
        h->capacity = capacity;
    }
    result->occupancy[result->occupancy_count++] =
        (tsr_occupancy){cycle, (uint64_t)h->bytes[buffer], buffer};
    return TSR_OK;
}

/** All changes of one cycle. */
static tsr_status apply(history *h, uint64_t cycle, const int64_t change[TSR_BUFFER_COUNT],
                        bool keep, tsr_error *err) {
    for (uint32_t b = 0; b < TSR_BUFFER_COUNT; ++b) {
        if (change[b] == 0) {
            continue;
        }
        h->bytes[b] += change[b];
        TSR_CHECK(h->bytes[b] >= 0, TSR_ERR_CONFIG, err, tsr_buffer_name((tsr_buffer)b),
                  "the notes free %" PRId64 " bytes more than there are in cycle %" PRIu64,
                  -h->bytes[b], cycle);
        if ((uint64_t)h->bytes[b] > h->result->peak_bytes[b]) {
            h->result->peak_bytes[b] = (uint64_t)h->bytes[b];
            h->result->peak_cycle[b] = cycle;
        }
        if (keep) {
            TSR_TRY(record(h, cycle, (tsr_buffer)b, err));
        }
    }
    return TSR_OK;
}

tsr_status tsr_occupancy_fill(const tsr_program *program, const tsr_timeline *timeline, bool keep,
                              tsr_result *result, tsr_error *err) {
    enum { STREAMS = 2 * TSR_ENGINE_COUNT };

    change_stream streams[STREAMS];
    history h = {.program = program, .result = result};
    for (uint32_t b = 0; b < TSR_BUFFER_COUNT; ++b) {
        result->capacity_bytes[b] = tsr_buffer_capacity_bytes(&program->arch, (tsr_buffer)b);
    }
    for (uint32_t s = 0; s < STREAMS; ++s) {
        const bool frees = s % 2 == 1;
        streams[s] = (change_stream){frees ? timeline->complete : timeline->start,
                                     (tsr_engine)(s / 2), frees, 0};
        seek(program, &streams[s]);
    }
    for (;;) {
        uint64_t cycle = TSR_CYCLE_UNKNOWN;
        for (uint32_t s = 0; s < STREAMS; ++s) {
            if (streams[s].next < program->desc_count &&
                streams[s].cycle[streams[s].next] < cycle) {
                cycle = streams[s].cycle[streams[s].next];
            }
        }
        if (cycle == TSR_CYCLE_UNKNOWN) {
            return TSR_OK;
        }
        int64_t change[TSR_BUFFER_COUNT] = {0};
        for (uint32_t s = 0; s < STREAMS; ++s) {
            while (streams[s].next < program->desc_count &&
                   streams[s].cycle[streams[s].next] == cycle) {
                const tsr_desc_note note = tsr_program_note(program, streams[s].next);
                for (uint32_t b = 0; b < TSR_BUFFER_COUNT; ++b) {
                    change[b] += change_of(&note, streams[s].frees, (tsr_buffer)b);
                }
                ++streams[s].next;
                seek(program, &streams[s]);
            }
        }
        TSR_TRY(apply(&h, cycle, change, keep, err));
    }
}
