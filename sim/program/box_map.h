// SPDX-License-Identifier: Apache-2.0
// The DRAM maps of a program as boxes of equal state: who wrote them last and who has read them
// since. A block of a map is one box, however many rows it has.
#ifndef TESSERA_PROGRAM_BOX_MAP_H
#define TESSERA_PROGRAM_BOX_MAP_H

#include <stdbool.h>

#include "program/access_list.h"
#include "program/span_map.h"

/** From `begin` to the next part along one axis: of one state, or cut along the next axis. */
typedef struct tsr_box_part {
    int32_t begin;
    int32_t count, capacity;
    tsr_span_state state;       /**< where there are no parts */
    struct tsr_box_part *parts; /**< owned, ascending; the first begins at 0 */
} tsr_box_part;

/** One map: planes of rows of bytes. */
typedef struct tsr_box_region {
    int64_t begin, end;
    int32_t extents[3]; /**< rows, planes, bytes of a row: the order in which boxes are cut */
    tsr_box_part root;
} tsr_box_region;

/** Regions by address, apart from each other; what is in none of them is in `rest`. */
typedef struct tsr_box_map {
    int32_t count;
    tsr_box_region *regions; /**< owned */
    tsr_span_map rest;
} tsr_box_map;

/** A memory of `size` bytes with a region for each symbol that shares no byte with another one's
 * region (of those that do, the first by address and size has one). All state 0. */
tsr_status tsr_box_map_create(tsr_box_map *map, const tsr_program *program, int64_t size,
                              tsr_error *err) TSR_MUST_USE;
void tsr_box_map_free(tsr_box_map *map);
/** Visit the cells of intervals in boxes and spans; what becomes equal to its neighbours is joined
 * again. */
tsr_status tsr_box_map_visit(tsr_box_map *map, const tsr_interval *items, int32_t count,
                             tsr_span_visit visit, void *user, tsr_error *err) TSR_MUST_USE;
/** Calls for every state there is. */
void tsr_box_map_each(const tsr_box_map *map, void (*call)(void *user, const tsr_span_state *state),
                      void *user);

#endif
