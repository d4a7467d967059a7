// SPDX-License-Identifier: Apache-2.0
// Small networks put together by hand, so that a test shows the whole graph it talks about.
#ifndef TESSERA_TESTS_SUPPORT_SMALL_NET_H
#define TESSERA_TESTS_SUPPORT_SMALL_NET_H

#include <tessera/network.h>

#include "support/test.h"

enum { small_net_max_layers = 16 };

/** A network in place; nothing to free. */
typedef struct small_net {
    tsr_layer layers[small_net_max_layers];
    tsr_network network;
} small_net;

static inline int32_t net_layer(small_net *net, tsr_layer_kind kind, const char *name,
                                int32_t input) {
    const int32_t index = net->network.layer_count;
    assert_true(index < small_net_max_layers);
    tsr_layer *layer = &net->layers[index];
    *layer = tsr_layer_of(kind, input);
    (void)snprintf(layer->name, sizeof layer->name, "%s", name);
    net->network.layers = net->layers;
    net->network.layer_count = index + 1;
    return index;
}

static inline void net_begin(small_net *net, int32_t c, int32_t h, int32_t w) {
    *net = (small_net){.network = {.name = "small", .batch = 1}};
    const int32_t input = net_layer(net, TSR_LAYER_INPUT, "input", 0);
    net->layers[input].in = (tsr_shape){c, h, w};
    net->layers[input].out = (tsr_shape){c, h, w};
}

/** Size-preserving conv with a bias. */
static inline int32_t net_conv(small_net *net, const char *name, int32_t input, int32_t channels,
                               int32_t kernel) {
    const int32_t index = net_layer(net, TSR_LAYER_CONV, name, input);
    tsr_layer *layer = &net->layers[index];
    layer->out_channels = channels;
    layer->kernel_h = kernel;
    layer->kernel_w = kernel;
    layer->pad_top = layer->pad_left = layer->pad_bottom = layer->pad_right = (kernel - 1) / 2;
    layer->has_bias = true;
    layer->blockable = true;
    return index;
}

static inline int32_t net_pool(small_net *net, tsr_layer_kind kind, const char *name,
                               int32_t input) {
    const int32_t index = net_layer(net, kind, name, input);
    if (kind != TSR_LAYER_GLOBAL_AVERAGE_POOL) {
        net->layers[index].kernel_h = net->layers[index].kernel_w = 2;
        net->layers[index].stride_h = net->layers[index].stride_w = 2;
    }
    return index;
}

/** Add or concat of two layers. */
static inline int32_t net_join(small_net *net, tsr_layer_kind kind, const char *name, int32_t a,
                               int32_t b) {
    const int32_t index = net_layer(net, kind, name, a);
    net->layers[index].input_count = 2;
    net->layers[index].inputs[1] = b;
    return index;
}

static inline int32_t net_gemm(small_net *net, const char *name, int32_t input, int32_t channels) {
    const int32_t index = net_layer(net, TSR_LAYER_GEMM, name, input);
    net->layers[index].out_channels = channels;
    net->layers[index].has_bias = true;
    return index;
}

static inline void net_end(small_net *net) {
    tsr_error err = {0};
    assert_ok(tsr_network_infer(&net->network, &err), err);
}

#endif
