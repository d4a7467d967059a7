// SPDX-License-Identifier: Apache-2.0
// Random networks: small, and of everything the machine executes.
#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "validate/case_work.h"

enum { max_layers = 20, max_channels = 13, max_extent = 26 };

void tsr_case_say(char *text, size_t bytes, const char *fmt, ...) {
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, fmt);
    (void)vsnprintf(text + used, bytes - used, fmt, arguments);
    va_end(arguments);
}

static int32_t add_layer(tsr_network *n, tsr_layer_kind kind, int32_t input) {
    const int32_t index = n->layer_count++;
    tsr_layer *layer = &n->layers[index];
    *layer = (tsr_layer){.kind = kind,
                         .input_count = kind == TSR_LAYER_INPUT ? 0 : 1,
                         .inputs = {input},
                         .stride_h = 1,
                         .stride_w = 1,
                         .dilation_h = 1,
                         .dilation_w = 1,
                         .groups = 1};
    (void)snprintf(layer->name, sizeof layer->name, "%s%d", tsr_layer_kind_name(kind), index);
    return index;
}

static void pad_all(tsr_layer *layer, int32_t pad) {
    layer->pad_top = layer->pad_left = layer->pad_bottom = layer->pad_right = pad;
}

static void draw_odd(tsr_rng *rng, tsr_layer *layer, int32_t kernel) {
    layer->kernel_h = tsr_pick(rng, 1, kernel);
    layer->pad_top = tsr_pick(rng, 0, (layer->kernel_h - 1) * layer->dilation_h);
    layer->pad_right = tsr_pick(rng, 0, (kernel - 1) * layer->dilation_w);
    layer->stride_h = layer->stride_w = tsr_pick(rng, 1, 3);
}

static int32_t add_conv(tsr_rng *rng, tsr_network *n, int32_t input, bool free) {
    static const int32_t kernels[] = {1, 2, 3, 3, 3, 3, 5, 7};
    const int32_t kernel = kernels[tsr_pick(rng, 0, 7)];
    const int32_t index = add_layer(n, TSR_LAYER_CONV, input);
    tsr_layer *layer = &n->layers[index];
    layer->out_channels = tsr_pick(rng, 1, max_channels);
    layer->kernel_h = layer->kernel_w = kernel;
    pad_all(layer, (kernel - 1) / 2);
    layer->has_bias = tsr_chance(rng, 80);
    layer->blockable = tsr_chance(rng, 85);
    if (tsr_chance(rng, 15)) {
        const int32_t dilation = tsr_pick(rng, 2, 3);
        layer->dilation_h = layer->dilation_w = dilation;
        pad_all(layer, (kernel - 1) * dilation / 2);
    }
    if (tsr_chance(rng, 12)) {
        layer->stride_h = layer->stride_w = 2;
    }
    if (free && tsr_chance(rng, 40)) {
        draw_odd(rng, layer, kernel);
    }
    return index;
}

/** Make the newest conv fit the shape of what came before it, and add that. */
static int32_t add_residual(tsr_network *n, int32_t conv, int32_t before) {
    const tsr_layer *source = &n->layers[before];
    tsr_layer *layer = &n->layers[conv];
    if (source->kind != TSR_LAYER_CONV && source->kind != TSR_LAYER_INPUT) {
        return conv;
    }
    layer->out_channels = source->kind == TSR_LAYER_CONV ? source->out_channels : source->out.c;
    layer->kernel_h = layer->kernel_w = 3;
    layer->stride_h = layer->stride_w = layer->dilation_h = layer->dilation_w = 1;
    pad_all(layer, 1);
    const int32_t index = add_layer(n, TSR_LAYER_ADD, conv);
    n->layers[index].input_count = 2;
    n->layers[index].inputs[1] = before;
    return index;
}

static int32_t add_pool(tsr_rng *rng, tsr_network *n, int32_t input) {
    const int32_t index = add_layer(n, TSR_LAYER_MAX_POOL, input);
    tsr_layer *layer = &n->layers[index];
    layer->kernel_h = layer->kernel_w = layer->stride_h = layer->stride_w = 2;
    if (tsr_chance(rng, 25)) {
        layer->kernel_h = layer->kernel_w = 3;
        layer->pad_top = layer->pad_left = 1;
    }
    return index;
}

static int32_t add_gemms(tsr_rng *rng, tsr_network *n, int32_t last) {
    last = tsr_chance(rng, 50) ? add_layer(n, TSR_LAYER_FLATTEN, last) : last;
    const int32_t count = tsr_pick(rng, 1, 2);
    for (int32_t i = 0; i < count; ++i) {
        last = add_layer(n, TSR_LAYER_GEMM, last);
        n->layers[last].out_channels = tsr_pick(rng, 1, 20);
        n->layers[last].has_bias = tsr_chance(rng, 80);
    }
    return last;
}

tsr_status tsr_case_network(tsr_rng *rng, bool free, tsr_network *network, tsr_error *err) {
    tsr_network *n = network;
    memset(n, 0, sizeof *n);
    n->layers = tsr_alloc(max_layers, sizeof *n->layers);
    TSR_CHECK(n->layers != NULL, TSR_ERR_NO_MEMORY, err, "random network", "no memory for layers");
    (void)snprintf(n->name, sizeof n->name, "random");
    n->batch = tsr_chance(rng, 10) ? 2 : 1;
    int32_t last = add_layer(n, TSR_LAYER_INPUT, 0);
    n->layers[0].in = n->layers[0].out = (tsr_shape){
        tsr_pick(rng, 1, 9), tsr_pick(rng, 4, max_extent), tsr_pick(rng, 4, max_extent)};
    const int32_t convs = tsr_pick(rng, 1, 4);
    for (int32_t i = 0; i < convs; ++i) {
        const int32_t before = last;
        last = add_conv(rng, n, last, free);
        last = tsr_chance(rng, 30) ? add_residual(n, last, before) : last;
        if (tsr_chance(rng, 50)) {
            last = add_layer(n, tsr_chance(rng, 75) ? TSR_LAYER_RELU : TSR_LAYER_RELU6, last);
        }
        last = tsr_chance(rng, 35) ? add_pool(rng, n, last) : last;
    }
    if (tsr_chance(rng, 20)) {
        (void)add_gemms(rng, n, last);
    }
    return TSR_OK;
}

static void say_window(const tsr_layer *l, char *text, size_t bytes) {
    tsr_case_say(text, bytes, "%dx%d", l->kernel_h, l->kernel_w);
    if (l->stride_h != 1) {
        tsr_case_say(text, bytes, "/%d", l->stride_h);
    }
    if (l->dilation_h != 1) {
        tsr_case_say(text, bytes, "*%d", l->dilation_h);
    }
}

void tsr_case_say_network(const tsr_network *network, char *text, size_t bytes) {
    const tsr_shape in = network->layers[0].out;
    tsr_case_say(text, bytes, "%dx%dx%d", in.c, in.h, in.w);
    if (network->batch != 1) {
        tsr_case_say(text, bytes, " batch %d", network->batch);
    }
    for (int32_t i = 1; i < network->layer_count; ++i) {
        const tsr_layer *l = &network->layers[i];
        tsr_case_say(text, bytes, " %s", tsr_layer_kind_name(l->kind));
        if (l->kind == TSR_LAYER_CONV || l->kind == TSR_LAYER_MAX_POOL) {
            say_window(l, text, bytes);
        }
        if (l->out_channels != 0) {
            tsr_case_say(text, bytes, ":%d", l->out_channels);
        }
        if (l->kind == TSR_LAYER_ADD) {
            tsr_case_say(text, bytes, "+%d", l->inputs[1]);
        }
    }
}
