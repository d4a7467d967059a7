// SPDX-License-Identifier: Apache-2.0
// Stages without weights of their own: pools, averages, adds, clamps.
#include "base/check.h"
#include "base/checked.h"
#include "plan/model/geometry.h"
#include "plan/stages/average.h"
#include "plan/stages/stages.h"

/** An odd last row or column is not read of what a pass with a pool adds: blocks of nothing else would be made in
 * vain. */
static bool drops_added_blocks(const tsr_walk *w, const tsr_value *value) {
    const bool odd = value->shape.h % 2 != 0 || value->shape.w % 2 != 0;
    return odd && w->plan->stages[value->stage].add_layer >= 0 &&
           tsr_schedule_has_blocks(&w->plan->schedule);
}

/** A pool that leaves out the last row or column may not make a pass of what is added be in vain. */
static bool needs_all_added(const tsr_walk *w, const tsr_stage *stage, int32_t index) {
    const int32_t added = w->added_value[index];
    const int32_t from = added >= 0 ? w->values[added].stage : -1;
    return (stage->conv_h % 2 != 0 || stage->conv_w % 2 != 0) && from >= 0 &&
           tsr_average_has_areas(&w->plan->stages[from]);
}

/** The drain of the stage that makes value `in` can take a 2x2 pool. */
static bool drain_is_free(const tsr_walk *w, int32_t in) {
    const tsr_value *value = &w->values[in];
    if (value->stage < 0) {
        return false;
    }
    const tsr_stage *stage = &w->plan->stages[value->stage];
    return stage->kind == TSR_STAGE_CONV && !stage->pools && stage->step == 1 &&
           !drops_added_blocks(w, value) && !tsr_average_has_areas(stage) &&
           !needs_all_added(w, stage, value->stage) && tsr_geometry_pool_is_local(stage);
}

tsr_status tsr_stage_pool_2x2(tsr_walk *w, int32_t in, int32_t layer, int32_t out_layer,
                              bool may_fuse, tsr_error *err) {
    tsr_value *value = &w->values[in];
    const tsr_shape pooled = {value->shape.c, value->shape.h / 2, value->shape.w / 2};
    if (may_fuse && drain_is_free(w, in)) {
        tsr_stage *before = &w->plan->stages[value->stage];
        before->pools = true;
        before->conv_h = pooled.h * 2;
        before->conv_w = pooled.w * 2;
        before->out = pooled;
        w->value_of[before->out_layer] = -1;
        before->out_layer = out_layer;
        w->value_of[out_layer] = in;
        value->layer = out_layer;
        value->shape = pooled;
        return TSR_OK;
    }
    tsr_stage *stage = tsr_stage_begin(w, layer, in);
    stage->kind = TSR_STAGE_POOL;
    stage->out = pooled;
    stage->conv_h = pooled.h;
    stage->conv_w = pooled.w;
    stage->kernel_h = stage->kernel_w = 2;
    stage->stride_h = stage->stride_w = 2;
    return tsr_stage_finish(w, out_layer, err);
}

/** The window of a pooling layer. */
static void take_window(const tsr_layer *layer, tsr_stage *stage) {
    const bool global = layer->kind == TSR_LAYER_GLOBAL_AVERAGE_POOL;
    stage->out = layer->out;
    stage->conv_h = layer->out.h;
    stage->conv_w = layer->out.w;
    stage->kernel_h = global ? layer->in.h : layer->kernel_h;
    stage->kernel_w = global ? layer->in.w : layer->kernel_w;
    stage->stride_h = global ? 1 : tsr_max_i32(layer->stride_h, 1);
    stage->stride_w = global ? 1 : tsr_max_i32(layer->stride_w, 1);
    stage->pad_top = layer->pad_top;
    stage->pad_left = layer->pad_left;
    stage->pad_bottom = layer->pad_bottom;
    stage->pad_right = layer->pad_right;
}

tsr_status tsr_stage_max_pool(tsr_walk *w, int32_t index, tsr_error *err) {
    const tsr_network *network = &w->plan->network;
    const tsr_layer *layer = &network->layers[index];
    int32_t in = 0;
    TSR_TRY(tsr_walk_read(w, index, 0, &in, err));
    const bool two = layer->kernel_h == 2 && layer->kernel_w == 2 && layer->stride_h == 2 &&
                     layer->stride_w == 2 && layer->pad_top == 0 && layer->pad_left == 0 &&
                     layer->pad_bottom == 0 && layer->pad_right == 0;
    if (two) {
        const int32_t from = layer->inputs[0];
        const bool may_fuse = w->values[in].parent < 0 &&
                              tsr_network_consumer_count(network, from) == 1 &&
                              !tsr_network_is_output(network, from);
        return tsr_stage_pool_2x2(w, in, index, index, may_fuse, err);
    }
    tsr_stage *stage = tsr_stage_begin(w, index, in);
    stage->kind = TSR_STAGE_POOL;
    take_window(layer, stage);
    return tsr_stage_finish(w, index, err);
}

/** One pass of an average over value `in`, which adds what the one before it made. */
static tsr_status average_pass(tsr_walk *w, int32_t index, int32_t in, int32_t pass,
                               int32_t *passes, tsr_error *err) {
    const tsr_layer *layer = &w->plan->network.layers[index];
    tsr_stage *stage = tsr_stage_begin(w, index, in);
    stage->job = TSR_JOB_AVERAGE;
    stage->form = TSR_FORM_ONES;
    take_window(layer, stage);
    stage->real = tsr_average_count(stage);
    stage->weight_phases = tsr_average_sets(&stage->real);
    tsr_average average;
    TSR_TRY(tsr_average_make(&stage->real, w->plan->arch.rounding, layer->name, &average, err));
    stage->ones_weight = average.weight;
    stage->average_pass = pass;
    *passes = average.passes;
    if (pass > 0) {
        w->added_value[w->plan->stage_count] = w->value_of[index];
    }
    return tsr_stage_finish(w, index, err);
}

tsr_status tsr_stage_average_pool(tsr_walk *w, int32_t index, tsr_error *err) {
    int32_t in = 0;
    int32_t passes = 1;
    TSR_TRY(tsr_walk_read(w, index, 0, &in, err));
    for (int32_t pass = 0; pass < passes; ++pass) {
        TSR_TRY(average_pass(w, index, in, pass, &passes, err));
    }
    return TSR_OK;
}

tsr_stage *tsr_stage_begin_ones(tsr_walk *w, int32_t layer, int32_t in, tsr_stage_job job) {
    tsr_stage *stage = tsr_stage_begin(w, layer, in);
    stage->job = job;
    stage->form = TSR_FORM_ONES;
    stage->ones_weight = 1;
    return stage;
}

tsr_status tsr_stage_add(tsr_walk *w, int32_t root, int32_t last, tsr_error *err) {
    const tsr_layer *layer = &w->plan->network.layers[root];
    int32_t in = 0;
    int32_t added = 0;
    TSR_TRY(tsr_walk_read(w, root, 0, &in, err));
    TSR_TRY(tsr_walk_read(w, root, 1, &added, err));
    tsr_stage *stage = tsr_stage_begin_ones(w, root, in, TSR_JOB_ADD);
    stage->in_layer = layer->inputs[0];
    stage->add_layer = root;
    stage->residual_layer = layer->inputs[1];
    w->added_value[w->plan->stage_count] = added;
    return tsr_stage_finish(w, last, err);
}

tsr_status tsr_stage_clamp(tsr_walk *w, int32_t index, tsr_error *err) {
    int32_t in = 0;
    TSR_TRY(tsr_walk_read(w, index, 0, &in, err));
    (void)tsr_stage_begin_ones(w, index, in, TSR_JOB_CLAMP);
    return tsr_stage_finish(w, index, err);
}
