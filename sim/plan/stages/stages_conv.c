// SPDX-License-Identifier: Apache-2.0
// Stages with weights: conv and gemm, with what shares their pass.
#include "base/check.h"
#include "base/checked.h"
#include "plan/model/channel_move.h"
#include "plan/model/geometry.h"
#include "plan/stages/pad_modes.h"
#include "plan/stages/stages.h"

/** The residual operand of the pass that starts with conv `root`. */
static tsr_status find_residual(tsr_walk *w, int32_t root, tsr_stage *stage, tsr_error *err) {
    const tsr_network *network = &w->plan->network;
    stage->add_layer = tsr_fusion_add(network, w->fused_into, root);
    if (stage->add_layer < 0) {
        return TSR_OK;
    }
    stage->residual_layer = tsr_fusion_residual(network, w->fused_into, stage->add_layer);
    const int32_t input =
        network->layers[stage->add_layer].inputs[0] == stage->residual_layer ? 0 : 1;
    return tsr_walk_read(w, stage->add_layer, input, &w->added_value[w->plan->stage_count], err);
}

/** Dense, depthwise or grouped. */
static void find_form(const tsr_layer *layer, tsr_stage *stage) {
    stage->groups = tsr_max_i32(layer->groups, 1);
    if (stage->groups > 1 && stage->groups == stage->in.c && layer->out_channels == stage->in.c) {
        stage->form = TSR_FORM_DIAGONAL;
    }
}

/** Window, and how blocks cut the map. `stands_in`: a 2x2 max pool follows in place of the stride. */
static tsr_status conv_windows(const tsr_walk *w, const tsr_layer *layer, tsr_stage *stage,
                               bool *stands_in, tsr_error *err) {
    *stands_in = false;
    stage->gemm = layer->kind == TSR_LAYER_GEMM;
    if (stage->gemm) {
        stage->kernel_h = stage->in.h;
        stage->kernel_w = stage->in.w;
        stage->conv_h = stage->conv_w = 1;
        return TSR_OK;
    }
    find_form(layer, stage);
    tsr_layer_blocks blocks = {0};
    TSR_TRY(tsr_layer_blocks_make(layer, &w->plan->schedule.blocking, &blocks, err));
    *stands_in = blocks.pools_after;
    stage->grid = blocks.grid;
    stage->kernel_h = layer->kernel_h;
    stage->kernel_w = layer->kernel_w;
    stage->stride_h = *stands_in ? 1 : tsr_max_i32(layer->stride_h, 1);
    stage->stride_w = *stands_in ? 1 : tsr_max_i32(layer->stride_w, 1);
    stage->dilation_h = tsr_max_i32(layer->dilation_h, 1);
    stage->dilation_w = tsr_max_i32(layer->dilation_w, 1);
    stage->pad_top = layer->pad_top;
    stage->pad_left = layer->pad_left;
    stage->pad_bottom = layer->pad_bottom;
    stage->pad_right = layer->pad_right;
    stage->conv_h = tsr_window_out(stage->in.h, stage->pad_top + stage->pad_bottom, stage->kernel_h,
                                   stage->stride_h, stage->dilation_h);
    stage->conv_w = tsr_window_out(stage->in.w, stage->pad_left + stage->pad_right, stage->kernel_w,
                                   stage->stride_w, stage->dilation_w);
    return TSR_OK;
}

/** A pixel shuffle that alone reads what the pass ends with, or -1. */
static int32_t shuffle_behind(const tsr_network *network, int32_t last) {
    if (tsr_network_consumer_count(network, last) != 1 || tsr_network_is_output(network, last)) {
        return -1;
    }
    for (int32_t i = last + 1; i < network->layer_count; ++i) {
        if (network->layers[i].inputs[0] == last) {
            return network->layers[i].kind == TSR_LAYER_PIXEL_SHUFFLE ? i : -1;
        }
    }
    return -1;
}

/** The conv can write its channels as pixels: a pass for each pixel of the factor x factor ones. */
static bool takes_shuffle(const tsr_stage *stage, const tsr_layer *shuffle) {
    return stage->add_layer < 0 && stage->groups == 1 &&
           tsr_move_step(shuffle->factor) == shuffle->factor;
}

static void add_shuffle(const tsr_layer *shuffle, tsr_stage *stage) {
    stage->step = shuffle->factor;
    stage->weight_phases = shuffle->factor * shuffle->factor;
    stage->shuffles = shuffle->factor > 1;
    stage->out = shuffle->out;
}

/** The authors' stride 2: the 2x2 max pool behind the stage just made. */
static tsr_status stand_in(tsr_walk *w, int32_t root, int32_t last, tsr_error *err) {
    const tsr_layer *layer = &w->plan->network.layers[root];
    const int32_t value = w->value_count - 1;
    const tsr_shape shape = w->values[value].shape;
    TSR_CHECK(
        shape.h >= 2 && shape.w >= 2 && shape.h / 2 == layer->out.h && shape.w / 2 == layer->out.w,
        TSR_ERR_SHAPE, err, layer->name,
        "stride 1 + 2x2 max pool rounds the odd map %dx%d down: use true_stride", shape.h, shape.w);
    return tsr_stage_pool_2x2(w, value, root, last, true, err);
}

tsr_status tsr_stage_conv(tsr_walk *w, int32_t root, int32_t last, tsr_error *err) {
    tsr_plan *plan = w->plan;
    const tsr_layer *layer = &plan->network.layers[root];
    int32_t in = 0;
    TSR_TRY(tsr_walk_read(w, root, 0, &in, err));
    tsr_stage *stage = tsr_stage_begin(w, root, in);
    stage->in_layer = layer->inputs[0];
    bool stands_in = false;
    TSR_TRY(conv_windows(w, layer, stage, &stands_in, err));
    stage->out = (tsr_shape){layer->out_channels, stage->conv_h, stage->conv_w};
    TSR_TRY(find_residual(w, root, stage, err));
    TSR_TRY(tsr_pad_modes_check(plan, stage, err));
    const int32_t shuffle = shuffle_behind(&plan->network, last);
    if (shuffle >= 0 && !stands_in && takes_shuffle(stage, &plan->network.layers[shuffle])) {
        add_shuffle(&plan->network.layers[shuffle], stage);
        last = shuffle;
    }
    TSR_TRY(tsr_stage_finish(w, last, err));
    return stands_in ? stand_in(w, root, last, err) : TSR_OK;
}
