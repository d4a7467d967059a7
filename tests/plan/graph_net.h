// SPDX-License-Identifier: Apache-2.0
// Random graphs of every kind of layer, for tests of the planner.
#ifndef TESSERA_TESTS_PLAN_GRAPH_NET_H
#define TESSERA_TESTS_PLAN_GRAPH_NET_H

#include <stdlib.h>

#include "base/rng.h"
#include "support/small_net.h"

/** Which graphs are drawn. */
typedef struct graph_wish {
    int32_t word;        // channels of a word: most maps have whole words
    int32_t max_extent;  // of the input [pixel]
    bool keep_size;      // convolutions keep the size of what they read: blocked ones must
} graph_wish;

static inline int32_t graph_pick(tsr_rng *rng, int32_t low, int32_t high) {
    return (int32_t)tsr_rng_range(rng, low, high);
}

static inline bool graph_chance(tsr_rng *rng, int32_t percent) {
    return graph_pick(rng, 1, 100) <= percent;
}

static inline int32_t graph_channels(tsr_rng *rng, const graph_wish *wish) {
    return graph_chance(rng, 75) ? wish->word * graph_pick(rng, 1, 3) : graph_pick(rng, 1, 9);
}

/** Shapes of all layers so far; every one counts as an output meanwhile. False: no network. */
static inline bool graph_infer(small_net *net) {
    tsr_error err = {0};
    for (int32_t i = 1; i < net->network.layer_count; ++i) {
        net->layers[i].is_output = true;
    }
    return tsr_network_infer(&net->network, &err) == TSR_OK;
}

static inline void graph_conv(tsr_rng *rng, small_net *net, const graph_wish *wish, int32_t from,
                              const char *name) {
    static const int32_t kernels[] = {1, 1, 3, 3, 3, 5};
    const int32_t kernel = kernels[graph_pick(rng, 0, 5)];
    tsr_layer *layer = &net->layers[net_conv(net, name, from, graph_channels(rng, wish), kernel)];
    const int32_t in = net->layers[from].out.c;
    layer->has_bias = graph_chance(rng, 80);
    layer->blockable = graph_chance(rng, 85);
    if (graph_chance(rng, 15)) {
        layer->stride_h = layer->stride_w = 2;
    } else if (graph_chance(rng, 10)) {
        layer->dilation_h = layer->dilation_w = 2;
        layer->pad_top = layer->pad_left = layer->pad_bottom = layer->pad_right = kernel - 1;
    }
    if (graph_chance(rng, 25)) {
        layer->groups = in;
        layer->out_channels = in;
    } else if (in % 2 == 0 && graph_chance(rng, 20)) {
        layer->groups = in % 4 == 0 && graph_chance(rng, 50) ? in / 2 : 2;
        layer->out_channels = layer->groups * graph_pick(rng, 1, 4);
    }
    if (!wish->keep_size && graph_chance(rng, 15)) {
        layer->pad_top = graph_pick(rng, 0, kernel / 2);
        layer->kernel_w = graph_pick(rng, 1, kernel);
    }
}

/** Windows of an average that reach past the map on some sides, by different amounts. */
static inline void graph_past_the_map(tsr_rng *rng, tsr_layer *layer) {
    layer->kernel_h = graph_pick(rng, 2, 4);
    layer->kernel_w = graph_pick(rng, 1, 4);
    layer->stride_h = graph_pick(rng, 1, 3);
    layer->stride_w = graph_pick(rng, 1, 3);
    layer->pad_top = graph_pick(rng, 0, layer->kernel_h - 1);
    layer->pad_left = graph_pick(rng, 0, layer->kernel_w - 1);
    layer->pad_bottom = graph_pick(rng, 0, layer->kernel_h - 1);
    layer->pad_right = graph_pick(rng, 0, layer->kernel_w - 1);
}

static inline void graph_window(tsr_rng *rng, small_net *net, tsr_layer_kind kind, int32_t from,
                                const char *name) {
    tsr_layer *layer = &net->layers[net_pool(net, kind, name, from)];
    if (kind == TSR_LAYER_GLOBAL_AVERAGE_POOL || graph_chance(rng, 50)) {
        return;
    }
    layer->kernel_h = layer->kernel_w = 3;
    layer->stride_h = layer->stride_w = graph_pick(rng, 1, 2);
    if (kind == TSR_LAYER_MAX_POOL) {
        layer->pad_top = layer->pad_left = layer->pad_bottom = layer->pad_right = 1;
    } else if (graph_chance(rng, 60)) {
        graph_past_the_map(rng, layer);
    }
}

/** Another layer whose map fits beside that of `from`: of the same size, or shape for an add. */
static inline int32_t graph_partner(tsr_rng *rng, const small_net *net, int32_t from, bool add) {
    const tsr_shape *a = &net->layers[from].out;
    const int32_t start = graph_pick(rng, 0, net->network.layer_count - 1);
    for (int32_t k = 0; k < net->network.layer_count; ++k) {
        const int32_t i = (start + k) % net->network.layer_count;
        const tsr_shape *b = &net->layers[i].out;
        if (i != from && a->h == b->h && a->w == b->w && (!add || a->c == b->c)) {
            return i;
        }
    }
    return -1;
}

/** A convolution with the shape of `from`, then the sum of both: a residual block. */
static inline void graph_residual(tsr_rng *rng, small_net *net, int32_t from, const char *name) {
    char conv_name[TSR_NAME_MAX];
    (void)snprintf(conv_name, sizeof conv_name, "%.40s_conv", name);
    const int32_t kernel = graph_chance(rng, 30) ? 1 : 3;
    const int32_t conv = net_conv(net, conv_name, from, net->layers[from].out.c, kernel);
    (void)net_join(net, TSR_LAYER_ADD, name, conv, from);
}

/** Small maps also by what takes several passes. */
static inline int32_t graph_factor(tsr_rng *rng, const tsr_shape *map) {
    static const int32_t factors[] = {2, 3, 4, 6, 8};
    const bool small = map->h <= 6 && map->w <= 6;
    return graph_chance(rng, 60) ? 2 : factors[graph_pick(rng, 0, small ? 4 : 1)];
}

/** A pixel shuffle with or without a conv directly before it that could do it. */
static inline void graph_enlarge(tsr_rng *rng, small_net *net, const graph_wish *wish, int32_t from,
                                 const char *name) {
    char conv_name[TSR_NAME_MAX];
    (void)snprintf(conv_name, sizeof conv_name, "%.40s_conv", name);
    const int32_t factor = graph_factor(rng, &net->layers[from].out);
    const int32_t area = factor * factor;
    const bool shuffle = graph_chance(rng, 50);
    if (shuffle && (net->layers[from].out.c % area != 0 || graph_chance(rng, 50))) {
        const int32_t channels = factor > 2 ? graph_pick(rng, 1, 3) : graph_channels(rng, wish);
        from = net_conv(net, conv_name, from, area * channels, graph_chance(rng, 50) ? 3 : 1);
        if (graph_chance(rng, 20)) {
            net->layers[from].stride_h = net->layers[from].stride_w = 2;
        }
    }
    const tsr_layer_kind kind = shuffle ? TSR_LAYER_PIXEL_SHUFFLE : TSR_LAYER_UPSAMPLE;
    net->layers[net_layer(net, kind, name, from)].factor = factor;
}

static inline void graph_step(tsr_rng *rng, small_net *net, const graph_wish *wish) {
    const int32_t count = net->network.layer_count;
    const int32_t from = graph_chance(rng, 75) ? count - 1 : graph_pick(rng, 0, count - 1);
    const int32_t kind = graph_pick(rng, 1, 100);
    char name[TSR_NAME_MAX];
    (void)snprintf(name, sizeof name, "l%d", count);
    if (kind <= 40) {
        graph_conv(rng, net, wish, from, name);
    } else if (kind <= 52) {
        (void)net_layer(net, graph_chance(rng, 70) ? TSR_LAYER_RELU : TSR_LAYER_RELU6, name, from);
    } else if (kind <= 60) {
        graph_window(rng, net, TSR_LAYER_MAX_POOL, from, name);
    } else if (kind <= 66) {
        graph_window(rng, net, TSR_LAYER_AVERAGE_POOL, from, name);
    } else if (kind <= 68) {
        graph_window(rng, net, TSR_LAYER_GLOBAL_AVERAGE_POOL, from, name);
    } else if (kind <= 78) {
        graph_residual(rng, net, from, name);
    } else if (kind <= 92) {
        const bool add = graph_chance(rng, 40);
        const int32_t with = graph_chance(rng, 8) ? from : graph_partner(rng, net, from, add);
        if (with >= 0) {
            (void)net_join(net, add ? TSR_LAYER_ADD : TSR_LAYER_CONCAT, name, from, with);
        }
    } else if (net->layers[from].out.h <= 16 && net->layers[from].out.w <= 16) {
        graph_enlarge(rng, net, wish, from, name);
    }
}

/** Undo what made no network, and what nobody will read. */
static inline void graph_shrink(small_net *net, int32_t count) {
    net->network.layer_count = count;
}

/** A random graph; layers nobody reads are outputs. False: nothing came of it. */
static inline bool graph_make(tsr_rng *rng, small_net *net, const graph_wish *wish) {
    net_begin(net, graph_chance(rng, 60) ? wish->word : graph_pick(rng, 1, 9),
              graph_pick(rng, 4, wish->max_extent), graph_pick(rng, 4, wish->max_extent));
    const int32_t steps = graph_pick(rng, 2, 10);
    for (int32_t i = 0; i < steps && net->network.layer_count < small_net_max_layers - 3; ++i) {
        const int32_t before = net->network.layer_count;
        graph_step(rng, net, wish);
        if (!graph_infer(net)) {
            graph_shrink(net, before);
        }
    }
    if (graph_chance(rng, 15)) {
        const int32_t last = net->network.layer_count - 1;
        (void)net_gemm(net, "fc", last, graph_pick(rng, 1, 20));
    }
    for (int32_t i = 0; i < net->network.layer_count; ++i) {
        const bool read = tsr_network_consumer_count(&net->network, i) > 0;
        net->layers[i].is_output = i > 0 && (!read || graph_chance(rng, 3));
    }
    tsr_error err = {0};
    return net->network.layer_count > 1 && tsr_network_consumer_count(&net->network, 0) > 0 &&
           tsr_network_infer(&net->network, &err) == TSR_OK;
}

#endif
