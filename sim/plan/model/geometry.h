// SPDX-License-Identifier: Apache-2.0
// Where the blocks of a stage lie in its input and output maps, and how blocks of two stages
// relate.
#ifndef TESSERA_PLAN_GEOMETRY_H
#define TESSERA_PLAN_GEOMETRY_H

#include "plan/model/plan_model.h"

/** One block (or tile) of a stage. */
typedef struct tsr_block {
    tsr_rect cell;  // of the input map, as cut [pixel]
    tsr_rect in;    // part of it that is read
    tsr_rect conv;  // of the map before a fused pool
    tsr_rect out;   // of the output map
    int32_t pad_top, pad_left;
    tsr_pad_mode mode_top, mode_left, mode_bottom, mode_right;
} tsr_block;

/** Block (row, col) of the stage's own grid. */
tsr_block tsr_geometry_block(const tsr_plan *plan, const tsr_stage *stage, int32_t row,
                             int32_t col);
/** Tile of a block: its output rectangle `out` with the halo the window needs, clipped to what the
 * block reads. */
tsr_block tsr_geometry_tile(const tsr_stage *stage, const tsr_block *block, tsr_rect out);
/** The stage as tiles are cut from it: a pool whose grid is its consumer's counts as whole. */
tsr_stage tsr_geometry_for_tiles(const tsr_stage *stage);
/** Fill in what follows from the grid: largest block, pixels in all. */
void tsr_geometry_measure(const tsr_plan *plan, tsr_stage *stage);
/** Fill in how the stage's blocks relate to those of all who write its input. */
void tsr_geometry_relate(const tsr_plan *plan, tsr_stage *stage);
/** Two stages cut their inputs at the same places. */
bool tsr_geometry_same_cells(const tsr_stage *a, const tsr_stage *b);
/** Output blocks of `before` are exactly the input blocks of `after`, or those of what it adds. */
bool tsr_geometry_same(const tsr_stage *before, const tsr_stage *after, bool added);
/** Every input block of `after` (or block of what it adds) is put together from whole output blocks
 * of `before`. */
bool tsr_geometry_nests(const tsr_stage *before, const tsr_stage *after, bool added);
/** First block of `before` whose output is in input block (or added block) `index` of `after`, which
 * nests; the count of blocks for the index behind the last one. */
int32_t tsr_geometry_child(const tsr_stage *before, const tsr_stage *after, bool added,
                           bool vertical, int32_t index);
/** A conv's blocks can do a 2x2 pool of their own: no block edge inside the map is odd. */
bool tsr_geometry_pool_is_local(const tsr_stage *conv);

#endif
