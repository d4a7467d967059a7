// SPDX-License-Identifier: Apache-2.0
// What networks are made of, small: one module is what sits between two lines of a paper's table.
#include "base/checked.h"
#include "validate/case_sketch.h"

enum { small_map = 16, most_branches = 3 };

static int32_t kernel_of(const tsr_sketch *s) {
    static const int32_t kernels[] = {1, 1, 2, 3, 3, 3, 3, 5, 5, 7};
    return kernels[tsr_pick(s->rng, 0, 9)];
}

static void stride(tsr_sketch *s, int32_t layer, const tsr_shape *map) {
    tsr_layer *l = tsr_sketch_at(s, layer);
    if (tsr_sketch_strides(s, map, l->kernel_w)) {
        l->stride_h = l->stride_w = 2;
    }
}

/** Depthwise, or some groups that divide the channels. */
static void group(tsr_sketch *s, int32_t layer, int32_t in) {
    tsr_layer *l = tsr_sketch_at(s, layer);
    int32_t groups = in;
    if (tsr_chance(s->rng, 70)) {
        groups = tsr_pick(s->rng, 1, in);
        while (in % groups != 0) {
            --groups;
        }
        l->out_channels = groups * tsr_pick(s->rng, 1, groups > 6 ? 2 : 4);
    } else {
        l->out_channels = in;
    }
    l->groups = groups;
}

/** Any window, stride and padding: where no blocks must keep their size. */
static void make_odd(tsr_sketch *s, int32_t layer, const tsr_shape *map) {
    tsr_layer *l = tsr_sketch_at(s, layer);
    l->kernel_h = tsr_pick(s->rng, 1, l->kernel_w);
    const int32_t reach_h = (l->kernel_h - 1) * l->dilation_h;
    const int32_t reach_w = (l->kernel_w - 1) * l->dilation_w;
    const int32_t most_h = reach_h < s->wish->reach ? reach_h : s->wish->reach;
    const int32_t most_w = reach_w < s->wish->reach ? reach_w : s->wish->reach;
    l->pad_top = tsr_pick(s->rng, 0, most_h);
    l->pad_right = tsr_pick(s->rng, 0, most_w);
    if (s->wish->zero_padded && map->h > 6 && map->w > 6) {
        l->stride_h = l->stride_w = tsr_pick(s->rng, 1, 3);
    }
}

static int32_t plain(tsr_sketch *s, int32_t from) {
    const tsr_shape map = tsr_sketch_at(s, from)->out;
    const int32_t conv = tsr_sketch_conv(s, from, tsr_sketch_channels(s), kernel_of(s));
    if (tsr_chance(s->rng, 15)) {
        tsr_sketch_dilate(s, conv, tsr_pick(s->rng, 2, 3));
    }
    if (tsr_chance(s->rng, 15)) {
        stride(s, conv, &map);
    }
    if (tsr_chance(s->rng, 35)) {
        group(s, conv, map.c);
    }
    if (!s->wish->keeps_size && tsr_chance(s->rng, 30)) {
        make_odd(s, conv, &map);
    }
    return tsr_sketch_dress(s, conv, true);
}

/** The way around a residual block that changes the shape: 1x1 convolution, or copied channels. */
static int32_t shortcut(tsr_sketch *s, int32_t from, int32_t channels, int32_t step) {
    const tsr_layer *source = tsr_sketch_at(s, from);
    const int32_t in = source->out.c;
    if (step == 1 && channels == in) {
        return from;
    }
    const int32_t conv = tsr_sketch_conv(s, from, channels, 1);
    tsr_layer *l = tsr_sketch_at(s, conv);
    l->stride_h = l->stride_w = step;
    if (channels >= in && tsr_chance(s->rng, 30)) {
        l->identity = true;
        l->has_bias = false;
    }
    return conv;
}

static int32_t sum(tsr_sketch *s, int32_t a, int32_t b) {
    const bool first = tsr_chance(s->rng, 60);
    const int32_t add = tsr_sketch_join(s, TSR_LAYER_ADD, first ? a : b, first ? b : a);
    return tsr_sketch_dress(s, add, false);
}

static int32_t residual(tsr_sketch *s, int32_t from) {
    const tsr_shape map = tsr_sketch_at(s, from)->out;
    const bool steps = tsr_chance(s->rng, 25) && tsr_sketch_strides(s, &map, 3);
    const int32_t channels = !steps && tsr_chance(s->rng, 65) ? map.c : tsr_sketch_channels(s);
    int32_t last = from;
    if (tsr_chance(s->rng, 30)) {  // a bottleneck
        last = tsr_sketch_dress(s, tsr_sketch_conv(s, last, tsr_sketch_words(s, 2), 1), true);
    }
    if (steps || tsr_chance(s->rng, 60)) {
        const int32_t in = last == from ? map.c : tsr_sketch_at(s, last)->out_channels;
        last = tsr_sketch_conv(s, last, tsr_sketch_words(s, 2), 3);
        tsr_sketch_at(s, last)->stride_h = tsr_sketch_at(s, last)->stride_w = steps ? 2 : 1;
        if (in > 0 && tsr_chance(s->rng, 20)) {
            group(s, last, in);
        }
        last = tsr_sketch_dress(s, last, true);
    }
    const int32_t around =
        tsr_chance(s->rng, 50) ? shortcut(s, from, channels, steps ? 2 : 1) : TSR_SKETCH_NONE;
    last = tsr_sketch_conv(s, last, channels, tsr_chance(s->rng, 60) ? 3 : 1);
    return sum(s, last,
               around != TSR_SKETCH_NONE ? around : shortcut(s, from, channels, steps ? 2 : 1));
}

static int32_t depthwise(tsr_sketch *s, int32_t from, int32_t channels, const tsr_shape *map) {
    const int32_t conv = tsr_sketch_conv(s, from, channels, tsr_chance(s->rng, 80) ? 3 : 5);
    tsr_sketch_at(s, conv)->groups = channels;
    if (tsr_chance(s->rng, 30)) {
        stride(s, conv, map);
    } else if (tsr_chance(s->rng, 15)) {
        tsr_sketch_dilate(s, conv, 2);
    }
    return tsr_sketch_dress(s, conv, true);
}

static int32_t separable(tsr_sketch *s, int32_t from) {
    const tsr_shape map = tsr_sketch_at(s, from)->out;
    const int32_t last = depthwise(s, from, map.c, &map);
    return tsr_sketch_dress(s, tsr_sketch_conv(s, last, tsr_sketch_channels(s), 1), true);
}

static int32_t inverted_residual(tsr_sketch *s, int32_t from) {
    const tsr_shape map = tsr_sketch_at(s, from)->out;
    const int32_t wide = map.c * tsr_pick(s->rng, 1, map.c > 8 ? 2 : 3);
    int32_t last = tsr_sketch_conv(s, from, wide, 1);
    last = tsr_sketch_layer(s, TSR_LAYER_RELU6, last);
    const int32_t before = s->network->layer_count;
    last = depthwise(s, last, wide, &map);
    const bool same = tsr_sketch_at(s, before)->stride_h == 1;
    last = tsr_sketch_conv(s, last, map.c, 1);
    return same ? sum(s, last, from) : last;
}

static int32_t max_pool(tsr_sketch *s, int32_t from) {
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
static void past_the_map(tsr_sketch *s, tsr_layer *l) {
    l->pad_top = tsr_pick(s->rng, 0, l->kernel_h - 1);
    l->pad_left = tsr_pick(s->rng, 0, l->kernel_w - 1);
    l->pad_bottom = tsr_pick(s->rng, 0, l->kernel_h - 1);
    l->pad_right = tsr_pick(s->rng, 0, l->kernel_w - 1);
}

static int32_t average_pool(tsr_sketch *s, int32_t from) {
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

static int32_t branches(tsr_sketch *s, int32_t from) {
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

static int32_t enlarge(tsr_sketch *s, int32_t from) {
    const tsr_shape map = tsr_sketch_at(s, from)->out;
    if (map.h > small_map || map.w > small_map) {
        return TSR_SKETCH_NONE;
    }
    int32_t factor = tsr_chance(s->rng, 75) ? 2 : tsr_pick(s->rng, 3, 4);
    factor *= map.h <= 4 && map.w <= 4 && tsr_chance(s->rng, 50) ? 2 : 1;  // also several passes
    const bool shuffles = tsr_chance(s->rng, 55);
    const bool direct = map.c % (factor * factor) == 0 && tsr_chance(s->rng, 50);
    if (shuffles && !direct) {
        const int32_t channels = factor * factor * tsr_pick(s->rng, 1, tsr_max_i32(5 - factor, 1));
        from = tsr_sketch_conv(s, from, channels, tsr_chance(s->rng, 60) ? 3 : 1);
        from = tsr_sketch_dress(s, from, true);
    }
    const int32_t index =
        tsr_sketch_layer(s, shuffles ? TSR_LAYER_PIXEL_SHUFFLE : TSR_LAYER_UPSAMPLE, from);
    tsr_sketch_at(s, index)->factor = factor;
    return index;
}

/** Down, across, up again, and beside what was there. */
static int32_t valley(tsr_sketch *s, int32_t from) {
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

/** The sum with any earlier map of the same shape. */
static int32_t far_sum(tsr_sketch *s, int32_t from) {
    const tsr_shape *map = &tsr_sketch_at(s, from)->out;
    const int32_t count = s->network->layer_count;
    const int32_t start = tsr_pick(s->rng, 0, count - 1);
    for (int32_t k = 0; k < count; ++k) {
        const int32_t i = (start + k) % count;
        const tsr_shape *other = &tsr_sketch_at(s, i)->out;
        if (i != from && map->c == other->c && map->h == other->h && map->w == other->w) {
            return sum(s, from, i);
        }
    }
    return TSR_SKETCH_NONE;
}

static int32_t clamp(tsr_sketch *s, int32_t from) {
    return tsr_sketch_layer(s, tsr_chance(s->rng, 60) ? TSR_LAYER_RELU : TSR_LAYER_RELU6, from);
}

int32_t tsr_sketch_module(tsr_sketch *s, int32_t from) {
    static const struct {
        int32_t percent;
        int32_t (*make)(tsr_sketch *s, int32_t from);
    } modules[] = {{25, plain},    {16, residual},    {9, separable}, {6, inverted_residual},
                   {12, max_pool}, {5, average_pool}, {8, branches},  {10, enlarge},
                   {3, valley},    {3, far_sum},      {3, clamp}};

    int32_t at = tsr_pick(s->rng, 1, 100);
    int32_t i = 0;
    while (at > modules[i].percent) {
        at -= modules[i++].percent;
    }
    return modules[i].make(s, from);
}
