// SPDX-License-Identifier: Apache-2.0
// The time-stamped event list of a run, and where every unit stood when a run cannot go on.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "counters/timeline.h"

tsr_status tsr_event_add(tsr_event_list *list, uint64_t cycle, tsr_event_kind kind, uint32_t unit,
                         uint64_t argument, tsr_error *err) {
    if (list->count == list->capacity) {
        const int64_t capacity = list->capacity > 0 ? 2 * list->capacity : 1024;
        tsr_event *grown = tsr_realloc(list->items, (size_t)capacity, sizeof *grown);
        TSR_CHECK(grown != NULL, TSR_ERR_NO_MEMORY, err, "events",
                  "no memory for %" PRId64 " events", capacity);
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->count++] =
        (tsr_event){cycle, (uint32_t)argument, (uint8_t)unit, (uint8_t)kind};
    return TSR_OK;
}

static int order(uint64_t a, uint64_t b) {
    return a < b ? -1 : a > b;
}

static int compare_events(const void *left, const void *right) {
    const tsr_event *a = left;
    const tsr_event *b = right;
    if (a->cycle != b->cycle) {
        return order(a->cycle, b->cycle);
    }
    const uint64_t a_rank = (uint64_t)a->unit << 40 | (uint64_t)a->kind << 32 | a->argument;
    const uint64_t b_rank = (uint64_t)b->unit << 40 | (uint64_t)b->kind << 32 | b->argument;
    return order(a_rank, b_rank);
}

static tsr_status add_timeline(const tsr_program *program, const tsr_timeline *timeline,
                               tsr_event_list *list, tsr_error *err) {
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_engine engine = tsr_program_engine(program, i);
        const uint64_t index = (uint64_t)i;
        if (engine == TSR_ENGINE_COUNT) {
            TSR_TRY(tsr_event_add(list, timeline->done, TSR_EVENT_DONE, engine, index, err));
            continue;
        }
        TSR_TRY(tsr_event_add(list, timeline->dispatch[i], TSR_EVENT_DISPATCH, engine, index, err));
        TSR_TRY(tsr_event_add(list, timeline->start[i], TSR_EVENT_START, engine, index, err));
        TSR_TRY(tsr_event_add(list, timeline->complete[i], TSR_EVENT_COMPLETE, engine, index, err));
    }
    return TSR_OK;
}

tsr_status tsr_timeline_events(const tsr_program *program, const tsr_timeline *timeline,
                               tsr_event_list *list, tsr_result *result, tsr_error *err) {
    TSR_TRY(add_timeline(program, timeline, list, err));
    qsort(list->items, (size_t)list->count, sizeof *list->items, compare_events);
    result->events = list->items;
    result->event_count = list->count;
    memset(list, 0, sizeof *list);
    return TSR_OK;
}

/** Appends to `text`, cutting what does not fit. */
static void append(char *text, size_t bytes, const char *more) {
    const size_t used = strlen(text);
    (void)snprintf(text + used, bytes - used, "%s", more);
}

static void append_engines(char *text, size_t bytes, uint32_t mask) {
    for (uint32_t e = 0; e < TSR_ENGINE_COUNT; ++e) {
        if ((mask & (1U << e)) != 0) {
            append(text, bytes, " ");
            append(text, bytes, tsr_engine_name((tsr_engine)e));
        }
    }
}

void tsr_units_describe(const tsr_unit_state units[TSR_ENGINE_COUNT + 1], char *text,
                        size_t bytes) {
    text[0] = '\0';
    for (uint32_t u = 0; u <= TSR_ENGINE_COUNT; ++u) {
        const bool fetch = u == TSR_ENGINE_COUNT;
        const tsr_unit_state *unit = &units[u];
        char part[96];
        (void)snprintf(part, sizeof part, "%s%s %d/%d", u > 0 ? "; " : "",
                       fetch ? "fetch" : tsr_engine_name((tsr_engine)u), unit->done, unit->total);
        append(text, bytes, part);
        if (unit->index < 0) {
            append(text, bytes, unit->done == unit->total ? " finished" : " has nothing to do");
            continue;
        }
        (void)snprintf(part, sizeof part, " %s descriptor %d", unit->running ? "runs" : "at",
                       unit->index);
        append(text, bytes, part);
        if (unit->lacks != 0) {
            append(text, bytes, fetch ? ", FIFO full:" : ", no token of");
            append_engines(text, bytes, unit->lacks);
        }
    }
}
