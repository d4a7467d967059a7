// SPDX-License-Identifier: Apache-2.0
// From network layers to stages: fused passes of the machine, their grids and what the array makes
// of them.
#include "plan/stages.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"
#include "plan/geometry.h"
#include "plan/pad_modes.h"

enum { BANK_STRIDE_MAX = 7 };

/** Where the walk over the layers stands. */
typedef struct walk {
    tsr_plan *plan;
    int32_t *fused_into;  // borrowed, [layer_count]
    int32_t *made_by;     // borrowed, [layer_count]: stage whose output is this layer's value;
                          // TSR_PLAN_NONE
    int32_t current;      // layer whose value the next stage reads
    tsr_shape shape;      // of that value, before any flatten
} walk;

static const tsr_layer *layer_of(const walk *w, int32_t index) {
    return &w->plan->network.layers[index];
}

static tsr_status check_chain(const walk *w, int32_t index, tsr_error *err) {
    const tsr_layer *layer = layer_of(w, index);
    TSR_CHECK(layer->inputs[0] == w->current, TSR_ERR_UNSUPPORTED, err, layer->name,
              "reads %s, not the layer before it (%s): branches are not executed by the machine",
              layer_of(w, layer->inputs[0])->name, layer_of(w, w->current)->name);
    return TSR_OK;
}

/** What the array makes of a stage whose shapes are known. */
static tsr_status derive(const tsr_plan *plan, tsr_stage *stage, tsr_error *err) {
    const tsr_arch *arch = &plan->arch;
    const char *name = plan->network.layers[stage->layer].name;
    stage->in_planes = (int32_t)tsr_ceil_div(stage->in.c, arch->tn);
    stage->out_planes = (int32_t)tsr_ceil_div(stage->out.c, arch->tn);
    stage->made_planes = stage->out_planes;
    if (stage->kind == TSR_STAGE_CONV) {
        stage->m_groups = (int32_t)tsr_ceil_div(stage->out.c, arch->tm);
        stage->made_planes = stage->m_groups * (arch->tm / arch->tn);
        int64_t words = (int64_t)stage->kernel_h * stage->kernel_w;
        TSR_CHECK(tsr_mul_i64(words, stage->in_planes, &words) && words <= INT32_MAX / 2,
                  TSR_ERR_OVERFLOW, err, name, "weight words of one output group leave 31 bits");
        stage->group_words = (int32_t)words;
        stage->group_bytes = words * tsr_arch_weight_word_bytes(arch) +
                             (int64_t)arch->tm * TSR_PARAMETER_RECORD_BYTES;
    }
    return TSR_OK;
}

/** Layers left whole have one block. */
static tsr_block_grid whole_grid(tsr_shape shape) {
    return (tsr_block_grid){.map_h = shape.h,
                            .map_w = shape.w,
                            .rows = 1,
                            .cols = 1,
                            .block_h = shape.h,
                            .block_w = shape.w};
}

static tsr_status make_grid(const tsr_plan *plan, const tsr_layer *layer, tsr_stage *stage,
                            tsr_error *err) {
    stage->grid = whole_grid(stage->in);
    if (plan->schedule.mode != TSR_SCHEDULE_BLOCKED || stage->gemm || !layer->blockable) {
        return TSR_OK;
    }
    TSR_TRY(tsr_block_grid_make(&plan->schedule.blocking, stage->in.h, stage->in.w, layer->name,
                                &stage->grid, err));
    if (tsr_block_grid_is_whole(&stage->grid)) {
        return TSR_OK;
    }
    const int32_t kept_h = (int32_t)tsr_ceil_div(stage->in.h, stage->stride_h);
    const int32_t kept_w = (int32_t)tsr_ceil_div(stage->in.w, stage->stride_w);
    const int32_t reach_h = (stage->kernel_h - 1) * stage->dilation_h;
    const int32_t reach_w = (stage->kernel_w - 1) * stage->dilation_w;
    TSR_CHECK(stage->conv_h == kept_h && stage->conv_w == kept_w &&
                  stage->pad_top + stage->pad_bottom == reach_h &&
                  stage->pad_left + stage->pad_right == reach_w,
              TSR_ERR_SHAPE, err, layer->name,
              "a blocked convolution must keep the size of its blocks: window %dx%d needs padding "
              "%d and %d in all",
              stage->kernel_h, stage->kernel_w, reach_h, reach_w);
    return TSR_OK;
}

static tsr_status add_stage(walk *w, tsr_error *err) {
    tsr_plan *plan = w->plan;
    TSR_TRY(derive(plan, &plan->stages[plan->stage_count], err));
    w->made_by[plan->stages[plan->stage_count].out_layer] = plan->stage_count;
    w->current = plan->stages[plan->stage_count].out_layer;
    w->shape = plan->stages[plan->stage_count].out;
    ++plan->stage_count;
    return TSR_OK;
}

static int32_t at_least_one(int32_t value) {
    return value > 0 ? value : 1;
}

/** The residual operand of the pass that starts with conv `root`. */
static tsr_status find_residual(const walk *w, int32_t root, tsr_stage *stage, tsr_error *err) {
    const tsr_network *network = &w->plan->network;
    stage->residual_stage = TSR_PLAN_NONE;
    stage->residual_layer = -1;
    stage->add_layer = tsr_fusion_add(network, w->fused_into, root);
    if (stage->add_layer < 0) {
        return TSR_OK;
    }
    stage->residual_layer = tsr_fusion_residual(network, w->fused_into, stage->add_layer);
    stage->residual_stage = w->made_by[stage->residual_layer];
    TSR_CHECK(stage->residual_stage != TSR_PLAN_NONE, TSR_ERR_UNSUPPORTED, err,
              network->layers[stage->add_layer].name,
              "adds %s, which is not a map of the chain before it: branches are not executed by "
              "the machine",
              network->layers[stage->residual_layer].name);
    return TSR_OK;
}

static tsr_status conv_windows(const walk *w, const tsr_layer *layer, tsr_stage *stage,
                               bool *stands_in, tsr_error *err) {
    *stands_in = false;
    stage->gemm = layer->kind == TSR_LAYER_GEMM;
    if (stage->gemm) {
        stage->kernel_h = stage->in.h;
        stage->kernel_w = stage->in.w;
        stage->stride_h = stage->stride_w = stage->dilation_h = stage->dilation_w = 1;
        stage->conv_h = stage->conv_w = 1;
        return TSR_OK;
    }
    TSR_CHECK(layer->groups == 1, TSR_ERR_UNSUPPORTED, err, layer->name,
              "%d groups: grouped and depthwise convolutions are not executed by the machine",
              layer->groups);
    *stands_in = w->plan->schedule.mode == TSR_SCHEDULE_BLOCKED && layer->stride_h == 2 &&
                 !w->plan->schedule.blocking.true_stride;
    TSR_CHECK(!*stands_in || layer->stride_w == 2, TSR_ERR_UNSUPPORTED, err, layer->name,
              "stride 2x%d: only 2x2 is replaced by a max pool", layer->stride_w);
    TSR_CHECK(*stands_in || layer->stride_w <= BANK_STRIDE_MAX, TSR_ERR_UNSUPPORTED, err,
              layer->name, "column stride %d, at most %d", layer->stride_w, BANK_STRIDE_MAX);
    stage->kernel_h = layer->kernel_h;
    stage->kernel_w = layer->kernel_w;
    stage->stride_h = *stands_in ? 1 : at_least_one(layer->stride_h);
    stage->stride_w = *stands_in ? 1 : at_least_one(layer->stride_w);
    stage->dilation_h = at_least_one(layer->dilation_h);
    stage->dilation_w = at_least_one(layer->dilation_w);
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

/** A 2x2 stride-2 max pool after the conv stage `before`: in its drain if blocks allow, else a
 * stage of its own. */
static tsr_status add_pool_2x2(walk *w, tsr_stage *before, int32_t layer, int32_t out_layer,
                               bool may_fuse, tsr_error *err) {
    tsr_plan *plan = w->plan;
    const tsr_shape pooled = {w->shape.c, w->shape.h / 2, w->shape.w / 2};
    if (may_fuse && tsr_geometry_pool_is_local(before)) {
        before->pools = true;
        before->conv_h = pooled.h * 2;
        before->conv_w = pooled.w * 2;
        before->out = pooled;
        w->made_by[before->out_layer] = TSR_PLAN_NONE;
        before->out_layer = out_layer;
        w->made_by[out_layer] = plan->stage_count - 1;
        w->current = out_layer;
        w->shape = pooled;
        return TSR_OK;
    }
    tsr_stage *stage = &plan->stages[plan->stage_count];
    *stage = (tsr_stage){.kind = TSR_STAGE_POOL,
                         .layer = layer,
                         .in_layer = w->current,
                         .out_layer = out_layer,
                         .residual_stage = TSR_PLAN_NONE,
                         .residual_layer = -1,
                         .add_layer = -1,
                         .in = w->shape,
                         .out = pooled,
                         .conv_h = pooled.h,
                         .conv_w = pooled.w,
                         .kernel_h = 2,
                         .kernel_w = 2,
                         .stride_h = 2,
                         .stride_w = 2,
                         .dilation_h = 1,
                         .dilation_w = 1};
    stage->grid = whole_grid(stage->in);
    return add_stage(w, err);
}

static tsr_status visit_conv(walk *w, int32_t index, tsr_error *err) {
    tsr_plan *plan = w->plan;
    const tsr_layer *layer = layer_of(w, index);
    TSR_TRY(check_chain(w, index, err));
    tsr_stage *stage = &plan->stages[plan->stage_count];
    *stage =
        (tsr_stage){.kind = TSR_STAGE_CONV, .layer = index, .in_layer = w->current, .in = w->shape};
    bool stands_in = false;
    TSR_TRY(conv_windows(w, layer, stage, &stands_in, err));
    stage->out = (tsr_shape){layer->out_channels, stage->conv_h, stage->conv_w};
    stage->out_layer = tsr_fusion_last(&plan->network, w->fused_into, index);
    TSR_TRY(find_residual(w, index, stage, err));
    TSR_TRY(make_grid(plan, layer, stage, err));
    TSR_TRY(tsr_pad_modes_check(plan, stage, err));
    TSR_TRY(add_stage(w, err));
    if (stands_in) {
        TSR_CHECK(stage->conv_h >= 2 && stage->conv_w >= 2 && stage->conv_h / 2 == layer->out.h &&
                      stage->conv_w / 2 == layer->out.w,
                  TSR_ERR_SHAPE, err, layer->name,
                  "stride 1 + 2x2 max pool rounds the odd map %dx%d down: use true_stride",
                  stage->conv_h, stage->conv_w);
        TSR_TRY(add_pool_2x2(w, stage, index, stage->out_layer, true, err));
    }
    return TSR_OK;
}

static tsr_status visit_pool(walk *w, int32_t index, tsr_error *err) {
    tsr_plan *plan = w->plan;
    const tsr_layer *layer = layer_of(w, index);
    TSR_TRY(check_chain(w, index, err));
    tsr_stage *before = plan->stage_count > 0 ? &plan->stages[plan->stage_count - 1] : NULL;
    const bool two = layer->kernel_h == 2 && layer->kernel_w == 2 && layer->stride_h == 2 &&
                     layer->stride_w == 2 && layer->pad_top == 0 && layer->pad_left == 0 &&
                     layer->pad_bottom == 0 && layer->pad_right == 0;
    if (two) {
        const bool may_fuse = before != NULL && before->kind == TSR_STAGE_CONV && !before->pools &&
                              before->out_layer == w->current &&
                              tsr_network_consumer_count(&plan->network, w->current) == 1;
        return add_pool_2x2(w, before, index, index, may_fuse, err);
    }
    TSR_CHECK(layer->stride_w <= BANK_STRIDE_MAX, TSR_ERR_UNSUPPORTED, err, layer->name,
              "column stride %d, at most %d", layer->stride_w, BANK_STRIDE_MAX);
    tsr_stage *stage = &plan->stages[plan->stage_count];
    *stage = (tsr_stage){.kind = TSR_STAGE_POOL,
                         .layer = index,
                         .in_layer = w->current,
                         .out_layer = index,
                         .residual_stage = TSR_PLAN_NONE,
                         .residual_layer = -1,
                         .add_layer = -1,
                         .in = w->shape,
                         .out = layer->out,
                         .conv_h = layer->out.h,
                         .conv_w = layer->out.w,
                         .kernel_h = layer->kernel_h,
                         .kernel_w = layer->kernel_w,
                         .stride_h = at_least_one(layer->stride_h),
                         .stride_w = at_least_one(layer->stride_w),
                         .dilation_h = 1,
                         .dilation_w = 1,
                         .pad_top = layer->pad_top,
                         .pad_left = layer->pad_left,
                         .pad_bottom = layer->pad_bottom,
                         .pad_right = layer->pad_right};
    stage->grid = whole_grid(stage->in);
    return add_stage(w, err);
}

static tsr_status visit_layer(walk *w, int32_t index, tsr_error *err) {
    const tsr_layer *layer = layer_of(w, index);
    if (w->fused_into[index] != index) {
        return TSR_OK;  // done by the pass of its root
    }
    switch (layer->kind) {
        case TSR_LAYER_CONV:
        case TSR_LAYER_GEMM:
            return visit_conv(w, index, err);
        case TSR_LAYER_MAX_POOL:
            return visit_pool(w, index, err);
        case TSR_LAYER_FLATTEN:
            TSR_TRY(check_chain(w, index, err));
            w->current =
                index;  // the same bytes; w->shape keeps rows and columns for a gemm after it
            return TSR_OK;
        default:
            return tsr_fail(err, TSR_ERR_UNSUPPORTED, layer->name,
                            "layer kind %s as a pass of its own is not executed by the machine",
                            tsr_layer_kind_name(layer->kind));
    }
}

/** Pools that straddle blocks are cut like the map their consumer reads, so that they are local to
 * its blocks. */
static void cut_straddling_pools(tsr_plan *plan) {
    for (int32_t s = 0; s + 1 < plan->stage_count; ++s) {
        tsr_stage *pool = &plan->stages[s];
        const bool two = pool->kind == TSR_STAGE_POOL && pool->kernel_h == 2 &&
                         pool->kernel_w == 2 && pool->stride_h == 2 && pool->stride_w == 2 &&
                         pool->pad_top == 0 && pool->pad_left == 0 && pool->pad_bottom == 0 &&
                         pool->pad_right == 0;
        const tsr_stage *next = &plan->stages[s + 1];
        if (two && next->kind == TSR_STAGE_CONV && !tsr_block_grid_is_whole(&next->grid)) {
            tsr_stage cut = *pool;
            cut.grid = next->grid;
            cut.grid_of_output = true;
            if (s == 0 || tsr_geometry_nests(&plan->stages[s - 1], &cut)) {
                *pool = cut;
            }
        }
    }
}

static tsr_status fill_maps(tsr_plan *plan, tsr_error *err) {
    for (int32_t m = 0; m <= plan->stage_count; ++m) {
        const tsr_stage *stage = m > 0 ? &plan->stages[m - 1] : NULL;
        const tsr_shape shape = stage != NULL ? stage->out : plan->network.layers[0].out;
        tsr_map *map = &plan->maps[m];
        *map = (tsr_map){.layer = stage != NULL ? stage->out_layer : 0,
                         .shape = shape,
                         .planes = (int32_t)tsr_ceil_div(shape.c, plan->arch.tn),
                         .pixel_bytes = tsr_arch_pixel_bytes(&plan->arch, shape.c),
                         .is_input = m == 0,
                         .is_output = m == plan->stage_count};
        int64_t bytes = (int64_t)map->planes * map->pixel_bytes;
        TSR_CHECK(tsr_mul_i64(bytes, shape.h, &bytes) && tsr_mul_i64(bytes, shape.w, &bytes),
                  TSR_ERR_OVERFLOW, err, plan->network.layers[map->layer].name,
                  "bytes of the map leave 63 bits");
        map->bytes = (uint64_t)bytes;
    }
    return TSR_OK;
}

static tsr_status walk_layers(walk *w, tsr_error *err) {
    tsr_plan *plan = w->plan;
    for (int32_t i = 0; i < plan->network.layer_count; ++i) {
        w->made_by[i] = TSR_PLAN_NONE;
    }
    w->made_by[0] = TSR_PLAN_INPUT;
    tsr_fusion_make(&plan->network, w->fused_into);
    for (int32_t i = 1; i < plan->network.layer_count; ++i) {
        TSR_TRY(visit_layer(w, i, err));
    }
    TSR_CHECK(plan->stage_count > 0, TSR_ERR_UNSUPPORTED, err, plan->network.name,
              "the network has no layer that the machine computes");
    const int32_t last = plan->stages[plan->stage_count - 1].out_layer;
    if (last != w->current) {
        plan->stages[plan->stage_count - 1].out_layer = w->current;  // a final flatten
    }
    cut_straddling_pools(plan);
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        tsr_geometry_measure(plan, s > 0 ? &plan->stages[s - 1] : NULL, &plan->stages[s]);
    }
    return fill_maps(plan, err);
}

tsr_status tsr_plan_make_stages(tsr_plan *plan, tsr_error *err) {
    const tsr_network *network = &plan->network;
    TSR_CHECK(network->batch == 1, TSR_ERR_UNSUPPORTED, err, network->name,
              "batch is %d: the planner does one picture at a time", network->batch);
    const size_t layers = (size_t)network->layer_count;
    plan->stages = tsr_alloc(2 * layers, sizeof *plan->stages);  // a strided conv can give two
    plan->maps = tsr_alloc(2 * layers + 1, sizeof *plan->maps);
    plan->weight_address = tsr_alloc(2 * layers, sizeof *plan->weight_address);
    int32_t *marks = tsr_alloc(2 * layers, sizeof *marks);
    tsr_status status = TSR_OK;
    if (plan->stages == NULL || plan->maps == NULL || plan->weight_address == NULL ||
        marks == NULL) {
        status = tsr_fail(err, TSR_ERR_NO_MEMORY, network->name, "no memory for the stages");
    } else {
        walk w = {.plan = plan,
                  .fused_into = marks,
                  .made_by = marks + layers,
                  .current = 0,
                  .shape = network->layers[0].out};
        status = walk_layers(&w, err);
    }
    tsr_free(marks);
    return status;
}
