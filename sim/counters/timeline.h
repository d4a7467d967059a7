// SPDX-License-Identifier: Apache-2.0
// When each descriptor was dispatched, started and completed: all that executors find out. The rest
// of a result follows.
#ifndef TESSERA_COUNTERS_TIMELINE_H
#define TESSERA_COUNTERS_TIMELINE_H

#include <stdint.h>

#include <tessera/counters.h>

#include "counters/dma_law.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TSR_CYCLE_UNKNOWN UINT64_MAX

/** Times of one run, all in cycles since the start bit; arrays owned, [desc_count]. */
typedef struct tsr_timeline {
    uint64_t *dispatch; /**< written into the command FIFO; for `end`: seen at the head of the fetch
                           buffer */
    uint64_t *start;
    uint64_t *complete;
    uint64_t done; /**< end reached and everything drained: the run's cycles */
} tsr_timeline;

/**
 * Checks what every executor relies on (one `end`, at the end; layers and tokens that exist; DMA
 * inside the image) and makes an empty time line. tsr_program_check is stricter; this is what keeps
 * a hostile program from crashing us.
 */
tsr_status tsr_timeline_create(const tsr_program *program, tsr_timeline *timeline,
                               tsr_error *err) TSR_MUST_USE;
void tsr_timeline_free(tsr_timeline *timeline);

/** Counters of run and layers, causes, occupancy, peaks. *result is overwritten; events and dram
 * stay empty. */
tsr_status tsr_timeline_account(const tsr_program *program, const tsr_timeline *timeline,
                                const tsr_run_options *options, tsr_result *result,
                                tsr_error *err) TSR_MUST_USE;

/** A growing list of events. */
typedef struct tsr_event_list {
    tsr_event *items; /**< owned */
    int64_t count, capacity;
} tsr_event_list;

tsr_status tsr_event_add(tsr_event_list *list, uint64_t cycle, tsr_event_kind kind, uint32_t unit,
                         uint64_t argument, tsr_error *err) TSR_MUST_USE;
/** Adds dispatch, start, complete and done of the time line, sorts, and hands the list over to
 * *result. */
tsr_status tsr_timeline_events(const tsr_program *program, const tsr_timeline *timeline,
                               tsr_event_list *list, tsr_result *result,
                               tsr_error *err) TSR_MUST_USE;

/** What an engine or the fetch unit was doing when nothing could go on. */
typedef struct tsr_unit_state {
    int32_t index; /**< descriptor it stands at, -1 = none */
    bool running;  /**< started, not complete */
    uint32_t
        lacks; /**< engines whose token it waits for, bit mask; fetch: engine whose FIFO is full */
    int32_t done, total; /**< descriptors completed (fetch: dispatched), of so many */
} tsr_unit_state;

/** State of all engines, and at [TSR_ENGINE_COUNT] of the fetch unit, as one line of text. */
void tsr_units_describe(const tsr_unit_state units[TSR_ENGINE_COUNT + 1], char *text, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
