// SPDX-License-Identifier: Apache-2.0
// From network layers to stages: what one pass of the machine does at once.
#ifndef TESSERA_PLAN_STAGES_H
#define TESSERA_PLAN_STAGES_H

#include "plan/model/plan_model.h"

/** What one stage makes, what a concat puts together, or the network input. */
typedef struct tsr_value {
    tsr_shape shape;
    int32_t layer;   // network layer whose value it is
    int32_t stage;   // that makes it; TSR_PLAN_NONE: the network input, or a concat
    int32_t parent;  // concat value that it is a part of; -1
    int32_t plane;   // first word of it within the parent
    int32_t map;     // of values without a parent
} tsr_value;

/** Where the walk over the layers stands. */
typedef struct tsr_walk {
    tsr_plan *plan;
    int32_t *fused_into;  // owned, [layers]
    int32_t *value_of;    // owned, [layers]: value of a layer, -1 where no other pass can read it
    int32_t value_count;
    tsr_value *values;                            // owned
    int32_t *in_value, *out_value, *added_value;  // owned, [stages]
} tsr_walk;

/** Fill plan->stages and plan->maps from plan->network; TSR_ERR_UNSUPPORTED names a layer the
 * machine does not do. */
tsr_status tsr_plan_make_stages(tsr_plan *plan, tsr_error *err) TSR_MUST_USE;

/** A stage that reads value `in` and stands for `layer`; counted when tsr_stage_finish is called. */
tsr_stage *tsr_stage_begin(tsr_walk *w, int32_t layer, int32_t in);
/** The same of a pass in which an array of ones, with one tap, takes words as they are. */
tsr_stage *tsr_stage_begin_ones(tsr_walk *w, int32_t layer, int32_t in, tsr_stage_job job);
/** Everything that follows from shapes and windows; the stage makes the value of `out_layer`. */
tsr_status tsr_stage_finish(tsr_walk *w, int32_t out_layer, tsr_error *err) TSR_MUST_USE;
/** Value of an input of a layer; refused where a pass cannot read it. */
tsr_status tsr_walk_read(const tsr_walk *w, int32_t layer, int32_t input, int32_t *value,
                         tsr_error *err) TSR_MUST_USE;
/** The grid of one block. */
tsr_block_grid tsr_grid_whole(tsr_shape shape);

/** A pass with weights of a layer (conv or gemm) that ends with layer `last`. */
tsr_status tsr_stage_conv(tsr_walk *w, int32_t root, int32_t last, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_stage_max_pool(tsr_walk *w, int32_t layer, tsr_error *err) TSR_MUST_USE;
/** A 2x2 stride-2 max pool of value `in`: in the drain of the stage that makes it if that may be,
 * else a stage of its own. */
tsr_status tsr_stage_pool_2x2(tsr_walk *w, int32_t in, int32_t layer, int32_t out_layer,
                              bool may_fuse, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_stage_average_pool(tsr_walk *w, int32_t layer, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_stage_add(tsr_walk *w, int32_t root, int32_t last, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_stage_clamp(tsr_walk *w, int32_t layer, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_stage_upsample(tsr_walk *w, int32_t layer, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_stage_shuffle(tsr_walk *w, int32_t layer, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_stage_concat(tsr_walk *w, int32_t layer, tsr_error *err) TSR_MUST_USE;

/** Whether copies of maps would let more stages be in one group (plan->wants_copies), and where
 * plan->copies says so the stages with them. */
tsr_status tsr_stages_copy(tsr_walk *w, tsr_error *err) TSR_MUST_USE;
/** Maps, writers and readers, when all stages are there. */
tsr_status tsr_stages_make_maps(tsr_walk *w, tsr_error *err) TSR_MUST_USE;
/** Grids of stages that may take those of their neighbours, and what follows from all grids. */
void tsr_stages_cut(tsr_plan *plan);

#endif
