// SPDX-License-Identifier: Apache-2.0
#include "draw/draw_sketch.h"

enum { reach_of_widest = 9 };

int32_t tsr_sketch_layer(tsr_sketch *s, tsr_layer_kind kind, int32_t input) {
    tsr_network *n = s->network;
    const int32_t index = n->layer_count++;
    tsr_layer *layer = &n->layers[index];
    *layer = tsr_layer_of(kind, input);
    (void)snprintf(layer->name, sizeof layer->name, "%s%d", tsr_layer_kind_name(kind), index);
    return index;
}

/** Padding that keeps the size; an even window reaches further down than up. */
static void keep_size(tsr_layer *layer) {
    const int32_t reach_h = (layer->kernel_h - 1) * layer->dilation_h;
    const int32_t reach_w = (layer->kernel_w - 1) * layer->dilation_w;
    layer->pad_top = reach_h / 2;
    layer->pad_bottom = reach_h - layer->pad_top;
    layer->pad_left = reach_w / 2;
    layer->pad_right = reach_w - layer->pad_left;
}

/** Some block edge or grid, mostly other than that of the neighbours. */
static tsr_blocking own_blocking(tsr_rng *rng) {
    const bool fixed = tsr_chance(rng, 50);
    const int32_t low = fixed ? 2 : 1;
    const int32_t high = fixed ? 12 : 4;
    const int32_t h = tsr_pick(rng, low, high);
    return (tsr_blocking){.kind = fixed ? TSR_BLOCKING_FIXED : TSR_BLOCKING_HIERARCHICAL,
                          .h = h,
                          .w = tsr_pick(rng, low, high)};
}

int32_t tsr_sketch_conv(tsr_sketch *s, int32_t input, int32_t channels, int32_t kernel) {
    const int32_t index = tsr_sketch_layer(s, TSR_LAYER_CONV, input);
    tsr_layer *layer = tsr_sketch_at(s, index);
    while (kernel > 1 && kernel / 2 > s->wish->reach) {
        --kernel;
    }
    layer->out_channels = channels;
    layer->kernel_h = layer->kernel_w = kernel;
    keep_size(layer);
    layer->has_bias = tsr_chance(s->rng, 80);
    layer->blockable = tsr_chance(s->rng, kernel == 1 ? 65 : 85);
    if (s->wish->own_blockings > 0 && tsr_chance(s->rng, s->wish->own_blockings)) {
        layer->own_blocking = own_blocking(s->rng);
    }
    return index;
}

void tsr_sketch_dilate(tsr_sketch *s, int32_t index, int32_t dilation) {
    tsr_layer *layer = tsr_sketch_at(s, index);
    const int32_t reach = ((layer->kernel_h - 1) * dilation + 1) / 2;
    if (reach <= s->wish->reach && reach <= reach_of_widest) {
        layer->dilation_h = layer->dilation_w = dilation;
        keep_size(layer);
    }
}

int32_t tsr_sketch_join(tsr_sketch *s, tsr_layer_kind kind, int32_t a, int32_t b) {
    const int32_t index = tsr_sketch_layer(s, kind, a);
    tsr_layer *layer = tsr_sketch_at(s, index);
    layer->input_count = 2;
    layer->inputs[1] = b;
    return index;
}

int32_t tsr_sketch_dress(tsr_sketch *s, int32_t layer, bool norm) {
    if (norm && tsr_chance(s->rng, 20)) {
        layer = tsr_sketch_layer(s, TSR_LAYER_BATCH_NORM, layer);
        tsr_sketch_at(s, layer)->epsilon = 1e-5;
    }
    if (tsr_chance(s->rng, 50)) {
        layer =
            tsr_sketch_layer(s, tsr_chance(s->rng, 75) ? TSR_LAYER_RELU : TSR_LAYER_RELU6, layer);
    }
    return layer;
}

int32_t tsr_sketch_sum(tsr_sketch *s, int32_t a, int32_t b) {
    const bool first = tsr_chance(s->rng, 60);
    const int32_t add = tsr_sketch_join(s, TSR_LAYER_ADD, first ? a : b, first ? b : a);
    return tsr_sketch_dress(s, add, false);
}

int32_t tsr_sketch_words(const tsr_sketch *s, int32_t most) {
    const int32_t word = s->wish->word;
    return word * tsr_pick(s->rng, 1, word >= 8 ? 1 + most / 3 : most);
}

int32_t tsr_sketch_channels(const tsr_sketch *s) {
    return tsr_chance(s->rng, 60) ? tsr_sketch_words(s, 4) : tsr_pick(s->rng, 1, 13);
}

bool tsr_sketch_strides(const tsr_sketch *s, const tsr_shape *map, int32_t kernel) {
    if (map->h < 4 || map->w < 4) {
        return false;
    }
    if (s->wish->pooled_stride) {
        return map->h % 2 == 0 && map->w % 2 == 0;
    }
    return s->wish->zero_padded || kernel == 1;
}
