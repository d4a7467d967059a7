// SPDX-License-Identifier: Apache-2.0
// From network layers to stages: the walk over the passes of the network, and what the array makes
// of a stage.
#include "plan/stages/stages.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"
#include "plan/model/geometry.h"
#include "plan/stages/pixel_pack.h"

enum { BANK_STRIDE_MAX = 7, KERNEL_MAX = 255 };

/** Layers left whole have one block. */
tsr_block_grid tsr_grid_whole(tsr_shape shape) {
    return (tsr_block_grid){.map_h = shape.h,
                            .map_w = shape.w,
                            .rows = 1,
                            .cols = 1,
                            .block_h = shape.h,
                            .block_w = shape.w};
}

tsr_status tsr_walk_read(const tsr_walk *w, int32_t layer, int32_t input, int32_t *value,
                         tsr_error *err) {
    const tsr_network *network = &w->plan->network;
    const int32_t from = network->layers[layer].inputs[input];
    const tsr_shape *shape = &network->layers[from].out;
    *value = w->value_of[from];
    TSR_CHECK(*value >= 0, TSR_ERR_UNSUPPORTED, err, network->layers[layer].name,
              "reads %s, whose value stays within a pass", network->layers[from].name);
    const tsr_shape *found = &w->values[*value].shape;
    const bool gemm = network->layers[layer].kind == TSR_LAYER_GEMM ||
                      network->layers[layer].kind == TSR_LAYER_FLATTEN;
    TSR_CHECK(gemm || (found->c == shape->c && found->h == shape->h && found->w == shape->w),
              TSR_ERR_UNSUPPORTED, err, network->layers[layer].name,
              "reads the flattened map %s of %dx%d pixels: only a gemm can",
              network->layers[from].name, found->h, found->w);
    return TSR_OK;
}

tsr_stage *tsr_stage_begin(tsr_walk *w, int32_t layer, int32_t in) {
    tsr_stage *stage = &w->plan->stages[w->plan->stage_count];
    const tsr_shape shape = w->values[in].shape;
    *stage = (tsr_stage){.layer = layer,
                         .in_layer = w->values[in].layer,
                         .residual_layer = -1,
                         .add_layer = -1,
                         .out_map = TSR_PLAN_NONE,
                         .residual_map = TSR_PLAN_NONE,
                         .in = shape,
                         .out = shape,
                         .conv_h = shape.h,
                         .conv_w = shape.w,
                         .step = 1,
                         .kernel_h = 1,
                         .kernel_w = 1,
                         .stride_h = 1,
                         .stride_w = 1,
                         .dilation_h = 1,
                         .dilation_w = 1,
                         .groups = 1,
                         .pack = 1,
                         .weight_phases = 1,
                         .grid = tsr_grid_whole(shape)};
    w->in_value[w->plan->stage_count] = in;
    w->added_value[w->plan->stage_count] = -1;
    return stage;
}

/** Words of one group, all sets of weights. */
static tsr_status count_words(const tsr_plan *plan, tsr_stage *stage, tsr_error *err) {
    const tsr_arch *arch = &plan->arch;
    stage->read_planes = 0;
    const int32_t groups = tsr_stage_reads_all(stage) ? 1 : stage->m_groups;
    for (int32_t g = 0; g < groups; ++g) {
        const tsr_stretch planes = tsr_plan_group_planes(plan, stage, g);
        stage->read_planes = tsr_max_i32(stage->read_planes, planes.end - planes.begin);
    }
    int64_t words = tsr_stage_taps(stage);
    TSR_CHECK(tsr_mul_i64(words, stage->read_planes, &words) && words <= INT32_MAX / 32,
              TSR_ERR_OVERFLOW, err, plan->network.layers[stage->layer].name,
              "weight words of one output group leave 31 bits");
    if (stage->form == TSR_FORM_DIAGONAL) {
        words = tsr_ceil_div(words, arch->tm);
    } else if (stage->form == TSR_FORM_ONES) {
        words = 0;
    }
    stage->group_words = (int32_t)words * stage->weight_phases;
    stage->group_bytes =
        words * tsr_arch_weight_word_bytes(arch) + (int64_t)arch->tm * TSR_PARAMETER_RECORD_BYTES;
    return TSR_OK;
}

/** What the array makes of a stage whose shapes are known. */
static tsr_status derive(const tsr_plan *plan, tsr_stage *stage, tsr_error *err) {
    const tsr_arch *arch = &plan->arch;
    const char *name = plan->network.layers[stage->layer].name;
    TSR_CHECK(stage->stride_w <= BANK_STRIDE_MAX, TSR_ERR_UNSUPPORTED, err, name,
              "column stride %d, at most %d", stage->stride_w, BANK_STRIDE_MAX);
    TSR_CHECK(stage->kernel_h <= KERNEL_MAX && stage->kernel_w <= KERNEL_MAX, TSR_ERR_UNSUPPORTED,
              err, name, "window %dx%d, at most %dx%d", stage->kernel_h, stage->kernel_w,
              KERNEL_MAX, KERNEL_MAX);
    stage->in_planes = (int32_t)tsr_ceil_div(stage->in.c, arch->tn);
    stage->out_planes = (int32_t)tsr_ceil_div(stage->out.c, arch->tn);
    stage->made_planes = stage->out_planes;
    if (stage->kind == TSR_STAGE_CONV) {
        stage->m_groups = (int32_t)tsr_ceil_div(stage->out.c, arch->tm);
        stage->made_planes = stage->m_groups * (arch->tm / arch->tn);
        TSR_TRY(count_words(plan, stage, err));
    }
    return TSR_OK;
}

tsr_status tsr_stage_finish(tsr_walk *w, int32_t out_layer, tsr_error *err) {
    tsr_plan *plan = w->plan;
    tsr_stage *stage = &plan->stages[plan->stage_count];
    TSR_TRY(derive(plan, stage, err));
    stage->out_layer = out_layer;
    w->out_value[plan->stage_count] = w->value_count;
    w->value_of[out_layer] = w->value_count;
    w->values[w->value_count++] = (tsr_value){.shape = stage->out,
                                              .layer = out_layer,
                                              .stage = plan->stage_count,
                                              .parent = -1,
                                              .map = -1};
    ++plan->stage_count;
    return TSR_OK;
}

/** The same bytes; the value keeps its rows and columns for a gemm behind it. */
static tsr_status visit_flatten(tsr_walk *w, int32_t index, tsr_error *err) {
    int32_t value = 0;
    TSR_TRY(tsr_walk_read(w, index, 0, &value, err));
    w->value_of[index] = value;
    if (tsr_network_is_output(&w->plan->network, index) && w->values[value].stage >= 0) {
        w->values[value].layer = index;
        w->plan->stages[w->values[value].stage].out_layer = index;
    }
    return TSR_OK;
}

static tsr_status visit_pass(tsr_walk *w, int32_t root, int32_t last, tsr_error *err) {
    const tsr_layer *layer = &w->plan->network.layers[root];
    if (w->value_of[last] >= 0) {
        return TSR_OK;  // done along with the pass before it
    }
    switch (layer->kind) {
        case TSR_LAYER_CONV:
        case TSR_LAYER_GEMM:
            return tsr_stage_conv(w, root, last, err);
        case TSR_LAYER_MAX_POOL:
            return tsr_stage_max_pool(w, root, err);
        case TSR_LAYER_AVERAGE_POOL:
        case TSR_LAYER_GLOBAL_AVERAGE_POOL:
            return tsr_stage_average_pool(w, root, err);
        case TSR_LAYER_ADD:
            return tsr_stage_add(w, root, last, err);
        case TSR_LAYER_RELU:
        case TSR_LAYER_RELU6:
            return tsr_stage_clamp(w, root, err);
        case TSR_LAYER_UPSAMPLE:
            return tsr_stage_upsample(w, root, err);
        case TSR_LAYER_CONCAT:
            return tsr_stage_concat(w, root, err);
        case TSR_LAYER_FLATTEN:
            return visit_flatten(w, root, err);
        case TSR_LAYER_PIXEL_SHUFFLE:
            return tsr_stage_shuffle(w, root, err);
        default:
            return tsr_fail(err, TSR_ERR_UNSUPPORTED, layer->name,
                            "layer kind %s as a pass of its own is not executed by the machine",
                            tsr_layer_kind_name(layer->kind));
    }
}

/** First layers take several pixels a word, and fewer weight words. */
static tsr_status pack_pixels(tsr_plan *plan, tsr_error *err) {
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        tsr_stage *stage = &plan->stages[s];
        stage->pack = tsr_pixel_pack_of(plan, stage);
        if (stage->pack > 1) {
            TSR_TRY(count_words(plan, stage, err));
        }
    }
    return TSR_OK;
}

static tsr_status walk_layers(tsr_walk *w, tsr_error *err) {
    tsr_plan *plan = w->plan;
    for (int32_t i = 0; i < plan->network.layer_count; ++i) {
        w->value_of[i] = -1;
    }
    w->values[w->value_count++] = (tsr_value){
        .shape = plan->network.layers[0].out, .stage = TSR_PLAN_NONE, .parent = -1, .map = -1};
    w->value_of[0] = 0;
    tsr_fusion_make(&plan->network, w->fused_into);
    // a pass runs when its last layer's turn comes, so that what it adds is there
    for (int32_t i = 1; i < plan->network.layer_count; ++i) {
        const int32_t root = w->fused_into[i];
        if (tsr_fusion_last(&plan->network, w->fused_into, root) == i) {
            TSR_TRY(visit_pass(w, root, i, err));
        }
    }
    TSR_CHECK(plan->stage_count > 0, TSR_ERR_UNSUPPORTED, err, plan->network.name,
              "the network has no layer that the machine computes");
    TSR_TRY(tsr_stages_copy(w, err));
    TSR_TRY(tsr_stages_make_maps(w, err));
    tsr_stages_cut(plan);
    return pack_pixels(plan, err);
}

/** Most stages: a strided conv or an average can give two, each input of a concat a copy, each factor
 * of an enlarged map one. */
static size_t most_stages(const tsr_network *network) {
    enum { MOST_FACTORS = 31 };

    size_t most = 2 * (size_t)network->layer_count;
    for (int32_t i = 0; i < network->layer_count; ++i) {
        if (network->layers[i].kind == TSR_LAYER_CONCAT) {
            most += (size_t)network->layers[i].input_count;
        } else if (network->layers[i].factor > 1) {
            most += MOST_FACTORS;
        }
    }
    return most;
}

static tsr_status reserve(tsr_walk *w, tsr_error *err) {
    tsr_plan *plan = w->plan;
    const size_t layers = (size_t)plan->network.layer_count;
    const size_t stages = most_stages(&plan->network) * (plan->copies ? 2 : 1);
    const size_t values = stages + layers + 1;
    plan->stages = tsr_alloc(stages, sizeof *plan->stages);
    plan->maps = tsr_alloc(values, sizeof *plan->maps);
    plan->outputs = tsr_alloc(layers, sizeof *plan->outputs);
    plan->weight_address = tsr_alloc(stages, sizeof *plan->weight_address);
    w->fused_into = tsr_alloc(layers, sizeof *w->fused_into);
    w->value_of = tsr_alloc(layers, sizeof *w->value_of);
    w->values = tsr_alloc(values, sizeof *w->values);
    w->in_value = tsr_alloc(stages, sizeof *w->in_value);
    w->out_value = tsr_alloc(stages, sizeof *w->out_value);
    w->added_value = tsr_alloc(stages, sizeof *w->added_value);
    const bool all = plan->stages != NULL && plan->maps != NULL && plan->outputs != NULL &&
                     plan->weight_address != NULL && w->fused_into != NULL && w->value_of != NULL &&
                     w->values != NULL && w->in_value != NULL && w->out_value != NULL &&
                     w->added_value != NULL;
    TSR_CHECK(all, TSR_ERR_NO_MEMORY, err, plan->network.name, "no memory for the stages");
    return TSR_OK;
}

tsr_status tsr_plan_make_stages(tsr_plan *plan, tsr_error *err) {
    tsr_walk w = {.plan = plan};
    tsr_status status = reserve(&w, err);
    if (status == TSR_OK) {
        status = walk_layers(&w, err);
    }
    tsr_free(w.fused_into);
    tsr_free(w.value_of);
    tsr_free(w.values);
    tsr_free(w.in_value);
    tsr_free(w.out_value);
    tsr_free(w.added_value);
    return status;
}
