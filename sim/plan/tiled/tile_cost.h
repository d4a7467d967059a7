// SPDX-License-Identifier: Apache-2.0
// What a cut of a stage into tiles costs: sums over the tiles of one axis, made once for each tile
// edge.
#ifndef TESSERA_PLAN_TILE_COST_H
#define TESSERA_PLAN_TILE_COST_H

#include "plan/model/plan_model.h"

/** One way to cut one axis of a stage: every block into tiles of `tile` output pixels, the last one
 * smaller. */
typedef struct tsr_axis_cut {
    int32_t tile;                       // [output pixel]
    int32_t tiles;                      // over all blocks
    int32_t in_max, conv_max, out_max;  // largest tile
    int64_t in_sum;                     // input pixels over all tiles, halo included
    int64_t conv_sum;                   // window outputs
    int64_t column_sum;                 // window outputs in groups of tp
} tsr_axis_cut;

/** All distinct cuts of an axis, coarsest first; owned. */
typedef struct tsr_axis_cuts {
    int32_t count;
    tsr_axis_cut *cuts;
} tsr_axis_cuts;

tsr_status tsr_axis_cuts_make(const tsr_plan *plan, const tsr_stage *stage, bool vertical,
                              tsr_axis_cuts *cuts, tsr_error *err) TSR_MUST_USE;
void tsr_axis_cuts_free(tsr_axis_cuts *cuts);

#endif
