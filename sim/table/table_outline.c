// SPDX-License-Identifier: Apache-2.0
// Reads a network layer by layer as stages: convolutions with the pointwise layers, the pool and
// the residual add behind them.
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "table/outline_builder.h"

static tsr_status refuse(const tsr_layer *layer, tsr_error *err, const char *why) {
    return tsr_fail(err, TSR_ERR_UNSUPPORTED, layer->name, "%s (%s): the tables cannot count this",
                    why, tsr_layer_kind_name(layer->kind));
}

// True when nothing but the next layer sees the value of this one.
static bool read_once(const outline_builder *b, int32_t layer) {
    return tsr_network_consumer_count(b->network, layer) == 1 &&
           !tsr_network_is_output(b->network, layer);
}

static outline_value *value_of(const outline_builder *b, int32_t layer, int32_t input) {
    return &b->values[b->network->layers[layer].inputs[input]];
}

// The stage a value is, if it is just one whose map may still change; -1 otherwise.
static int32_t open_stage(const outline_builder *b, const outline_value *value) {
    return value->sole && value->count == 1 ? b->sources[value->first] : -1;
}

static void take_over(outline_builder *b, int32_t layer, const outline_value *from) {
    b->values[layer] = *from;
    b->values[layer].sole = from->sole && read_once(b, layer);
}

static tsr_status take_conv(outline_builder *b, int32_t index, tsr_error *err) {
    const tsr_layer *layer = &b->network->layers[index];
    TSR_TRY(outline_new_stage(b, index, layer->identity ? TSR_OUTLINE_IDENTITY : TSR_OUTLINE_CONV,
                              err));
    const int32_t made = b->outline->stage_count - 1;
    tsr_outline_stage *stage = &b->outline->stages[made];
    const bool padded =
        layer->pad_top + layer->pad_bottom > 0 || layer->pad_left + layer->pad_right > 0;
    const bool pointwise = layer->kernel_h == 1 && layer->kernel_w == 1 && !padded;
    stage->blockable = layer->blockable;
    stage->block_exact = !layer->blockable && pointwise;
    if (!layer->identity) {
        const uint64_t out_pixels = (uint64_t)layer->out.h * (uint64_t)layer->out.w;
        const uint64_t in_pixels = (uint64_t)layer->in.h * (uint64_t)layer->in.w;
        const bool strided = layer->stride_h > 1 || layer->stride_w > 1;
        stage->weight_count = layer->weight_count;
        stage->macs = layer->macs;
        stage->macs_stride1 = strided ? layer->macs / out_pixels * in_pixels : layer->macs;
        ++b->outline->conv_count;
    }
    return outline_add_operands(b, made, value_of(b, index, 0), false, err);
}

static tsr_status take_pool(outline_builder *b, int32_t index, tsr_error *err) {
    const tsr_layer *layer = &b->network->layers[index];
    const outline_value *from = value_of(b, index, 0);
    const int32_t open = open_stage(b, from);
    if (open >= 0 && b->outline->stages[open].kind == TSR_OUTLINE_CONV &&
        !b->outline->stages[open].pool_fused) {
        tsr_outline_stage *stage = &b->outline->stages[open];
        stage->pool_fused = true;
        stage->pool_kernel_h = layer->kernel_h;
        stage->pool_kernel_w = layer->kernel_w;
        stage->pool_stride_h = layer->stride_h;
        stage->pool_stride_w = layer->stride_w;
        stage->pool_pad_top = layer->pad_top;
        stage->pool_pad_left = layer->pad_left;
        stage->pooled = layer->out;
        take_over(b, index, from);
        return TSR_OK;
    }
    TSR_TRY(outline_new_stage(b, index, TSR_OUTLINE_POOL, err));
    const int32_t made = b->outline->stage_count - 1;
    tsr_outline_stage *stage = &b->outline->stages[made];
    if (layer->kind == TSR_LAYER_GLOBAL_AVERAGE_POOL) {
        stage->kernel_h = stage->stride_h = layer->in.h;
        stage->kernel_w = stage->stride_w = layer->in.w;
    }
    stage->blockable = stage->kernel_h <= stage->stride_h && stage->kernel_w <= stage->stride_w;
    return outline_add_operands(b, made, from, false, err);
}

// The add goes with the operand that is longest on its way: the main path, not the shortcut.
static tsr_status take_add(outline_builder *b, int32_t index, tsr_error *err) {
    const int32_t left = open_stage(b, value_of(b, index, 0));
    const int32_t right = open_stage(b, value_of(b, index, 1));
    const int32_t left_depth = left >= 0 ? b->depth[left] : -1;
    const int32_t right_depth = right >= 0 ? b->depth[right] : -1;
    if (left < 0 && right < 0) {
        TSR_TRY(outline_new_stage(b, index, TSR_OUTLINE_ADD, err));
        const int32_t made = b->outline->stage_count - 1;
        b->outline->stages[made].blockable = true;
        TSR_TRY(outline_add_operands(b, made, value_of(b, index, 0), false, err));
        return outline_add_operands(b, made, value_of(b, index, 1), true, err);
    }
    const int32_t main_input = left_depth > right_depth ? 0 : 1;
    const int32_t stage = main_input == 0 ? left : right;
    TSR_TRY(outline_add_operands(b, stage, value_of(b, index, 1 - main_input), true, err));
    take_over(b, index, value_of(b, index, main_input));
    return TSR_OK;
}

static tsr_status take_concat(outline_builder *b, int32_t index, tsr_error *err) {
    const tsr_layer *layer = &b->network->layers[index];
    outline_value joined = {.first = b->source_count};
    for (int32_t i = 0; i < layer->input_count; ++i) {
        const outline_value *from = value_of(b, index, i);
        for (int32_t k = 0; k < from->count; ++k) {
            TSR_TRY(outline_add_source(b, b->sources[from->first + k], err));
        }
        joined.count += from->count;
    }
    b->values[index] = joined;
    return TSR_OK;
}

static void mark_output(outline_builder *b, const outline_value *value) {
    for (int32_t i = 0; !value->tail && i < value->count; ++i) {
        const int32_t stage = b->sources[value->first + i];
        if (stage >= 0) {
            b->outline->stages[stage].is_output = true;
        }
    }
}

static bool covers_map(const tsr_layer *layer) {
    return layer->kind == TSR_LAYER_GLOBAL_AVERAGE_POOL ||
           (layer->kind == TSR_LAYER_AVERAGE_POOL && layer->out.h == 1 && layer->out.w == 1);
}

// True when the layer belongs to the fully connected part.
static bool in_tail(const outline_builder *b, const tsr_layer *layer, int32_t index) {
    bool behind = false;
    for (int32_t i = 0; i < layer->input_count; ++i) {
        behind = behind || b->values[layer->inputs[i]].tail;
    }
    return behind || layer->kind == TSR_LAYER_GEMM || layer->kind == TSR_LAYER_FLATTEN ||
           (covers_map(layer) && !b->feeds_conv[index]);
}

static tsr_status take_tail(outline_builder *b, int32_t index, tsr_error *err) {
    const tsr_layer *layer = &b->network->layers[index];
    if (b->feeds_conv[index]) {
        return refuse(layer, err, "a convolution behind a fully connected layer");
    }
    for (int32_t i = 0; i < layer->input_count; ++i) {
        mark_output(b, value_of(b, index, i));
    }
    b->outline->gemm_weight_count += layer->kind == TSR_LAYER_GEMM ? layer->weight_count : 0;
    b->values[index].tail = true;
    return TSR_OK;
}

static tsr_status take(outline_builder *b, int32_t index, tsr_error *err) {
    const tsr_layer *layer = &b->network->layers[index];
    if (in_tail(b, layer, index)) {
        return take_tail(b, index, err);
    }
    switch (layer->kind) {
        case TSR_LAYER_CONV:
            return take_conv(b, index, err);
        case TSR_LAYER_MAX_POOL:
        case TSR_LAYER_AVERAGE_POOL:
        case TSR_LAYER_GLOBAL_AVERAGE_POOL:
            return take_pool(b, index, err);
        case TSR_LAYER_ADD:
            return take_add(b, index, err);
        case TSR_LAYER_CONCAT:
            return take_concat(b, index, err);
        case TSR_LAYER_UPSAMPLE:
        case TSR_LAYER_PIXEL_SHUFFLE:  // the map is stored as it is and resampled when it is read
            take_over(b, index, value_of(b, index, 0));
            b->values[index].sole = false;
            return TSR_OK;
        case TSR_LAYER_RELU:
        case TSR_LAYER_RELU6:
        case TSR_LAYER_BATCH_NORM:
            take_over(b, index, value_of(b, index, 0));
            return TSR_OK;
        default:
            return refuse(layer, err, "no stage of a convolution network");
    }
}

static void find_feeders(outline_builder *b) {
    for (int32_t i = b->network->layer_count - 1; i > 0; --i) {
        const tsr_layer *layer = &b->network->layers[i];
        for (int32_t k = 0; k < layer->input_count; ++k) {
            b->feeds_conv[layer->inputs[k]] = b->feeds_conv[layer->inputs[k]] || b->feeds_conv[i] ||
                                              layer->kind == TSR_LAYER_CONV;
        }
    }
}

static tsr_status build(outline_builder *b, tsr_error *err) {
    const tsr_network *network = b->network;
    b->values[0].count = 1;
    TSR_TRY(outline_add_source(b, -1, err));
    find_feeders(b);
    for (int32_t i = 1; i < network->layer_count; ++i) {
        TSR_TRY(take(b, i, err));
        if (tsr_network_is_output(network, i)) {
            mark_output(b, &b->values[i]);
        }
    }
    TSR_CHECK(b->outline->conv_count > 0, TSR_ERR_UNSUPPORTED, err, network->name,
              "no convolution in this network");
    for (int32_t i = 0; i < network->layer_count; ++i) {
        const outline_value *value = &b->values[i];
        const bool one = !value->tail && value->count == 1;
        b->outline->stage_of_layer[i] = one ? b->sources[value->first] : -1;
    }
    return outline_order(b, err);
}

tsr_status tsr_outline_make(const tsr_network *network, tsr_outline *outline, tsr_error *err) {
    const size_t layers = (size_t)network->layer_count;
    tsr_outline made = {.input = network->layers[0].out, .layer_count = network->layer_count};
    (void)snprintf(made.name, sizeof made.name, "%s", network->name);
    made.stages = tsr_alloc(layers, sizeof *made.stages);
    made.stage_of_layer = tsr_alloc(layers, sizeof *made.stage_of_layer);
    outline_builder b = {.network = network, .outline = &made};
    b.values = tsr_alloc(layers, sizeof *b.values);
    b.depth = tsr_alloc(layers, sizeof *b.depth);
    b.feeds_conv = tsr_alloc(layers, sizeof *b.feeds_conv);
    const bool room = made.stages != NULL && made.stage_of_layer != NULL && b.values != NULL &&
                      b.depth != NULL && b.feeds_conv != NULL;
    const tsr_status status =
        room ? build(&b, err) : tsr_fail(err, TSR_ERR_NO_MEMORY, network->name, "out of memory");
    tsr_free(b.values);
    tsr_free(b.sources);
    tsr_free(b.depth);
    tsr_free(b.feeds_conv);
    if (status != TSR_OK) {
        tsr_outline_free(&made);
        return status;
    }
    *outline = made;
    return TSR_OK;
}
