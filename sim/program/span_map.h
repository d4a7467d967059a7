// SPDX-License-Identifier: Apache-2.0
// A memory as spans of equal state: who wrote it last and who has read it since. Paged, so that
// spans cost little.
#ifndef TESSERA_PROGRAM_SPAN_MAP_H
#define TESSERA_PROGRAM_SPAN_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/status.h>

/** Record numbers of the last write, of the last read since by each reader, and of earlier writes
 * that have lost the cell to other layers, the later one first; 0 = none. */
typedef struct tsr_span_state {
    int32_t writer;
    int32_t reader[2];
    int32_t loser[2];
} tsr_span_state;

static inline bool tsr_span_state_equal(const tsr_span_state *a, const tsr_span_state *b) {
    return a->writer == b->writer && a->reader[0] == b->reader[0] && a->reader[1] == b->reader[1] &&
           a->loser[0] == b->loser[0] && a->loser[1] == b->loser[1];
}

/** One span: from `begin` to the next one of its page. */
typedef struct tsr_span {
    int32_t begin; /**< from the start of the page */
    tsr_span_state state;
} tsr_span;

/** A page's spans, ascending; the first begins at 0. No spans = all state 0. */
typedef struct tsr_span_page {
    tsr_span *spans; /**< owned */
    int32_t count, capacity;
} tsr_span_page;

typedef struct tsr_span_map {
    int64_t size;
    int32_t page_bits;
    int32_t page_count;
    tsr_span_page *pages; /**< owned */
} tsr_span_map;

/** Looks at and changes the state of `count` neighbouring cells. */
typedef tsr_status (*tsr_span_visit)(void *user, tsr_span_state *state, int64_t count,
                                     tsr_error *err);

/** All cells 0..size-1 with state 0. */
tsr_status tsr_span_map_create(tsr_span_map *map, int64_t size, tsr_error *err) TSR_MUST_USE;
void tsr_span_map_free(tsr_span_map *map);
/** Visit the cells begin..end-1 in spans; spans that become equal to their neighbours are joined
 * again. */
tsr_status tsr_span_map_visit(tsr_span_map *map, int64_t begin, int64_t end, tsr_span_visit visit,
                              void *user, tsr_error *err) TSR_MUST_USE;

/** Calls for the state of every span. */
void tsr_span_map_each(const tsr_span_map *map,
                       void (*call)(void *user, const tsr_span_state *state), void *user);

#endif
