// SPDX-License-Identifier: Apache-2.0
// Modules without weights of their own, or around what has them: pools, means, joins, larger maps.
#include "base/checked.h"
#include "draw/draw_sketch.h"

enum { small_map = 16, most_branches = 3 };

int32_t tsr_sketch_max_pool(tsr_sketch *s, int32_t from) {
    const int32_t pool = tsr_sketch_layer(s, TSR_LAYER_MAX_POOL, from);
    tsr_layer *l = tsr_sketch_at(s, pool);
    l->kernel_h = l->kernel_w = l->stride_h = l->stride_w = 2;
    if (tsr_chance(s->rng, 55)) {
        return pool;
    }
    l->kernel_h = tsr_pick(s->rng, 2, 4);
    l->kernel_w = tsr_chance(s->rng, 80) ? l->kernel_h : tsr_pick(s->rng, 1, 4);
    l->stride_h = l->stride_w = tsr_pick(s->rng, 1, 3);
    l->pad_top = tsr_pick(s->rng, 0, l->kernel_h / 2);
    l->pad_left = tsr_pick(s->rng, 0, l->kernel_w / 2);
    l->pad_bottom = tsr_pick(s->rng, 0, l->kernel_h / 2);
    l->pad_right = tsr_pick(s->rng, 0, l->kernel_w / 2);
    return pool;
}

/** Windows of an average that reach past the map, by less than they are large. */
static void past_the_map(const tsr_sketch *s, tsr_layer *l) {
    l->pad_top = tsr_pick(s->rng, 0, l->kernel_h - 1);
    l->pad_left = tsr_pick(s->rng, 0, l->kernel_w - 1);
    l->pad_bottom = tsr_pick(s->rng, 0, l->kernel_h - 1);
    l->pad_right = tsr_pick(s->rng, 0, l->kernel_w - 1);
}

int32_t tsr_sketch_average_pool(tsr_sketch *s, int32_t from) {
    const int32_t pool = tsr_sketch_layer(s, TSR_LAYER_AVERAGE_POOL, from);
    tsr_layer *l = tsr_sketch_at(s, pool);
    l->kernel_h = tsr_pick(s->rng, 2, 3);
    l->kernel_w = tsr_chance(s->rng, 80) ? l->kernel_h : tsr_pick(s->rng, 1, 4);
    l->stride_h = l->stride_w = tsr_pick(s->rng, 1, 3);
    if (tsr_chance(s->rng, 50)) {
        past_the_map(s, l);
    }
    return pool;
}

int32_t tsr_sketch_global_mean(tsr_sketch *s, int32_t from) {
    return tsr_sketch_layer(s, TSR_LAYER_GLOBAL_AVERAGE_POOL, from);
}

/** A branch with the size of what it starts from, mostly with whole words of channels. */
static int32_t branch(tsr_sketch *s, int32_t from) {
    int32_t last = from;
    if (tsr_chance(s->rng, 20)) {
        last = tsr_sketch_layer(s, TSR_LAYER_MAX_POOL, last);
        tsr_layer *l = tsr_sketch_at(s, last);
        l->kernel_h = l->kernel_w = 3;
        l->pad_top = l->pad_left = l->pad_bottom = l->pad_right = 1;
    } else if (tsr_chance(s->rng, 30)) {
        last = tsr_sketch_conv(s, last, tsr_sketch_channels(s), 1);
    }
    const int32_t channels =
        tsr_chance(s->rng, 70) ? tsr_sketch_words(s, 2) : tsr_sketch_channels(s);
    last = tsr_sketch_conv(s, last, channels, tsr_chance(s->rng, 50) ? 1 : 3);
    return tsr_sketch_dress(s, last, true);
}

int32_t tsr_sketch_branches(tsr_sketch *s, int32_t from) {
    int32_t parts[most_branches];
    int32_t count = 0;
    const int32_t made = tsr_pick(s->rng, 1, most_branches - 1);
    while (count < made) {
        parts[count++] = branch(s, from);
    }
    if (count == 1 || tsr_chance(s->rng, 40)) {  // as it is
        const int32_t at = tsr_chance(s->rng, 50) ? 0 : count;
        for (int32_t i = count; i > at; --i) {
            parts[i] = parts[i - 1];
        }
        parts[at] = from;
        ++count;
    }
    const int32_t concat = tsr_sketch_join(s, TSR_LAYER_CONCAT, parts[0], parts[1]);
    tsr_layer *l = tsr_sketch_at(s, concat);
    l->input_count = count;
    for (int32_t i = 2; i < count; ++i) {
        l->inputs[i] = parts[i];
    }
    return concat;
}

/** Small maps also by what takes several passes. */
static int32_t factor_of(const tsr_sketch *s, const tsr_shape *map) {
    const int32_t factor = tsr_chance(s->rng, 75) ? 2 : tsr_pick(s->rng, 3, 4);
    return factor * (map->h <= 4 && map->w <= 4 && tsr_chance(s->rng, 50) ? 2 : 1);
}

int32_t tsr_sketch_enlarge(tsr_sketch *s, int32_t from) {
    const tsr_shape map = tsr_sketch_at(s, from)->out;
    if (map.h > small_map || map.w > small_map) {
        return TSR_SKETCH_NONE;
    }
    const int32_t factor = factor_of(s, &map);
    const bool shuffles = tsr_chance(s->rng, 55);
    const bool direct = map.c % (factor * factor) == 0 && tsr_chance(s->rng, 50);
    if (shuffles && !direct) {
        const bool words = factor == 2 && tsr_chance(s->rng, 35);
        const int32_t most = tsr_max_i32(5 - factor, 1);
        const int32_t channels =
            factor * factor * (words ? tsr_sketch_words(s, 2) : tsr_pick(s->rng, 1, most));
        from = tsr_sketch_conv(s, from, channels, tsr_chance(s->rng, 60) ? 3 : 1);
        from = tsr_sketch_dress(s, from, true);
    }
    const int32_t index =
        tsr_sketch_layer(s, shuffles ? TSR_LAYER_PIXEL_SHUFFLE : TSR_LAYER_UPSAMPLE, from);
    tsr_sketch_at(s, index)->factor = factor;
    return index;
}

int32_t tsr_sketch_valley(tsr_sketch *s, int32_t from) {
    const tsr_shape map = tsr_sketch_at(s, from)->out;
    if (map.h % 2 != 0 || map.w % 2 != 0 || map.h < 4 || map.w < 4) {
        return TSR_SKETCH_NONE;
    }
    int32_t last = tsr_sketch_layer(s, TSR_LAYER_MAX_POOL, from);
    tsr_layer *l = tsr_sketch_at(s, last);
    l->kernel_h = l->kernel_w = l->stride_h = l->stride_w = 2;
    last = tsr_sketch_conv(s, last, tsr_sketch_words(s, 2), 3);
    last = tsr_sketch_dress(s, last, true);
    last = tsr_sketch_layer(s, TSR_LAYER_UPSAMPLE, last);
    tsr_sketch_at(s, last)->factor = 2;
    return tsr_sketch_join(s, TSR_LAYER_CONCAT, last, from);
}

/** Any other map of the same size (and channels), now and then `from` itself. */
static int32_t partner(const tsr_sketch *s, int32_t from, bool same_channels) {
    const tsr_shape *map = &tsr_sketch_at(s, from)->out;
    const int32_t count = s->network->layer_count;
    const int32_t start = tsr_pick(s->rng, 0, count - 1);
    if (tsr_chance(s->rng, 8)) {
        return from;
    }
    for (int32_t k = 0; k < count; ++k) {
        const int32_t i = (start + k) % count;
        const tsr_shape *other = &tsr_sketch_at(s, i)->out;
        if (i != from && map->h == other->h && map->w == other->w &&
            (!same_channels || map->c == other->c)) {
            return i;
        }
    }
    return TSR_SKETCH_NONE;
}

int32_t tsr_sketch_far_sum(tsr_sketch *s, int32_t from) {
    const int32_t with = partner(s, from, true);
    return with != TSR_SKETCH_NONE ? tsr_sketch_sum(s, from, with) : TSR_SKETCH_NONE;
}

int32_t tsr_sketch_far_concat(tsr_sketch *s, int32_t from) {
    const int32_t with = partner(s, from, false);
    if (with == TSR_SKETCH_NONE) {
        return TSR_SKETCH_NONE;
    }
    const bool first = tsr_chance(s->rng, 60);
    return tsr_sketch_join(s, TSR_LAYER_CONCAT, first ? from : with, first ? with : from);
}

int32_t tsr_sketch_clamp(tsr_sketch *s, int32_t from) {
    return tsr_sketch_layer(s, tsr_chance(s->rng, 60) ? TSR_LAYER_RELU : TSR_LAYER_RELU6, from);
}
