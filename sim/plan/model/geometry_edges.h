// SPDX-License-Identifier: Apache-2.0
// Where the blocks of a stage begin and end, along one axis.
#ifndef TESSERA_PLAN_GEOMETRY_EDGES_H
#define TESSERA_PLAN_GEOMETRY_EDGES_H

#include "plan/model/plan_model.h"

/** One axis of a stage. */
typedef struct tsr_axis_of_stage {
    int32_t in, conv, out;       // extents of the maps
    int32_t stride, pad, reach;  // reach: extent of the window
    int32_t step;                // output pixels of each one that is computed
    bool pools;
} tsr_axis_of_stage;

tsr_axis_of_stage tsr_stage_axis(const tsr_stage *stage, bool vertical);
/** First input row (column) of block `index`; the extent of the map for the one behind the last. */
int32_t tsr_edge_in(const tsr_stage *stage, bool vertical, int32_t index);
/** First row before the fused pool of block `index`. */
int32_t tsr_edge_conv(const tsr_stage *stage, bool vertical, int32_t index);
/** First output row of block `index`. */
int32_t tsr_edge_out(const tsr_stage *stage, bool vertical, int32_t index);

#endif
