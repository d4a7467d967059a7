// SPDX-License-Identifier: Apache-2.0
// One way to cut a stage into tiles and passes: what it needs of the buffers, what it moves.
#ifndef TESSERA_PLAN_TILE_PRICE_H
#define TESSERA_PLAN_TILE_PRICE_H

#include "plan/model/plan_model.h"
#include "plan/tiled/tile_cost.h"

/** What is in the outer loop, and what stays meanwhile. */
typedef enum tsr_loop_order {
    TSR_ORDER_RESIDENT = 0,  // all weights stay; input once
    TSR_ORDER_WEIGHT_OUTER,  // a portion of the weights stays; input once for each portion
    TSR_ORDER_TILE_OUTER,    // a tile stays; weights once for each tile
    TSR_ORDER_CHANNELS,      // a portion of the channels, whose tiles have no others; both once
    TSR_ORDER_COUNT
} tsr_loop_order;

/** How generous the slots are. */
typedef struct tsr_tile_storage {
    int32_t load_slots, store_slots;
    bool apart;
} tsr_tile_storage;

typedef struct tsr_tile_candidate {
    const tsr_axis_cut *rows, *cols;
    tsr_loop_order order;
    int32_t pass_groups;  // of tm output channels; TSR_ORDER_CHANNELS of a pool: words
    int32_t abreast;      // pictures side by side in a tile
    uint64_t bytes, cycles;
} tsr_tile_candidate;

typedef struct tsr_tile_search {
    const tsr_plan *plan;
    tsr_stage stage;  // as tiles are cut from it
    int32_t index;
    const tsr_map *in, *added;  // maps in DRAM; added: NULL without a residual
    tsr_axis_cuts rows, cols;
    tsr_tile_storage storage;
    int32_t words, entries;  // of the buffers
    bool found;
    tsr_tile_candidate best;
    int64_t least_lines;  // of the candidate that came nearest, when none fits
} tsr_tile_search;

/** Most pictures that can lie side by side in a tile; 1 = each has tiles of its own. */
int32_t tsr_tile_most_abreast(const tsr_tile_search *s);
/** Tiles of a candidate, of all pictures. */
int64_t tsr_tile_count(const tsr_tile_search *s, const tsr_tile_candidate *c);
/** Each output channel needs only the input channel of the same number. */
bool tsr_tile_has_channels(const tsr_stage *stage);
/** Groups that passes are made of: of tm output channels, or words of a pool. */
int32_t tsr_tile_units(const tsr_stage *stage);
/** Words per output pixel of a pass, and per input pixel of a tile; passes over one tile; loads of
 * input tiles in all. */
int32_t tsr_tile_planes(const tsr_tile_search *s, const tsr_tile_candidate *c);
int32_t tsr_tile_in_planes(const tsr_tile_search *s, const tsr_tile_candidate *c);
int32_t tsr_tile_passes(const tsr_tile_search *s, const tsr_tile_candidate *c);
int64_t tsr_tile_loads(const tsr_tile_search *s, const tsr_tile_candidate *c);
/** Column stride of a pass over a tile. */
int32_t tsr_tile_stride(const tsr_tile_search *s, const tsr_tile_candidate *c);
/** Lines rounded up to sectors. */
int64_t tsr_tile_sectors(const tsr_tile_search *s, int64_t lines);
/** Lines of the pool that a candidate needs. */
int64_t tsr_tile_lines(const tsr_tile_search *s, const tsr_tile_candidate *c);
/** Most groups a pass can have in the weight buffer; 0 = the order is impossible. */
int32_t tsr_tile_groups_limit(const tsr_tile_search *s, tsr_loop_order order, int64_t tiles);
/** Fill in bytes and cycles. */
void tsr_tile_price(const tsr_tile_search *s, tsr_tile_candidate *c);

#endif
