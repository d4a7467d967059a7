// SPDX-License-Identifier: Apache-2.0
// Reads a network as a chain of convolutions, each with the pool behind it; totals of the unblocked
// chain.
#include <stdio.h>
#include <string.h>

#include <tessera/table.h>

#include "base/alloc.h"
#include "base/check.h"

/** How far the walk along the chain has come. */
typedef struct walk {
    const tsr_network *network;
    tsr_chain *chain;
    bool in_tail;  // a flatten or gemm was met: no convolution may follow
} walk;

static uint64_t elems(tsr_shape s) {
    return (uint64_t)s.c * (uint64_t)s.h * (uint64_t)s.w;
}

static tsr_status refuse(const tsr_layer *layer, tsr_error *err, const char *why) {
    return tsr_fail(err, TSR_ERR_UNSUPPORTED, layer->name,
                    "%s (%s): the tables take chains of conv, relu, pool, "
                    "flatten and gemm with an optional final add of the network input",
                    why, tsr_layer_kind_name(layer->kind));
}

static tsr_status take_conv(walk *w, int32_t index, tsr_error *err) {
    const tsr_layer *layer = &w->network->layers[index];
    if (w->in_tail) {
        return refuse(layer, err, "a convolution behind a fully connected layer");
    }
    tsr_chain_layer *out = &w->chain->layers[w->chain->layer_count++];
    (void)snprintf(out->name, sizeof out->name, "%s", layer->name);
    out->layer = index;
    out->kernel_h = layer->kernel_h;
    out->kernel_w = layer->kernel_w;
    out->stride_h = layer->stride_h;
    out->stride_w = layer->stride_w;
    out->blockable = layer->blockable;
    out->in = layer->in;
    out->out = layer->out;
    out->pooled = layer->out;
    out->pool_kernel_h = out->pool_kernel_w = 1;
    out->pool_stride_h = out->pool_stride_w = 1;
    out->weight_count = layer->weight_count;
    out->macs = layer->macs;
    const uint64_t out_pixels = (uint64_t)layer->out.h * (uint64_t)layer->out.w;
    const uint64_t in_pixels = (uint64_t)layer->in.h * (uint64_t)layer->in.w;
    const bool strided = layer->stride_h > 1 || layer->stride_w > 1;
    out->macs_stride1 = strided ? layer->macs / out_pixels * in_pixels : layer->macs;
    return TSR_OK;
}

static tsr_status take_pool(walk *w, const tsr_layer *layer, tsr_error *err) {
    if (w->in_tail || w->chain->layer_count == 0) {
        return refuse(layer, err, "a pool that follows no convolution");
    }
    tsr_chain_layer *conv = &w->chain->layers[w->chain->layer_count - 1];
    if (conv->pool_stride_h > 1 || conv->pool_stride_w > 1) {
        return refuse(layer, err, "two pools behind one convolution");
    }
    conv->pool_kernel_h = layer->kernel_h;
    conv->pool_kernel_w = layer->kernel_w;
    conv->pool_stride_h = layer->stride_h;
    conv->pool_stride_w = layer->stride_w;
    conv->pooled = layer->out;
    return TSR_OK;
}

static tsr_status take_add(walk *w, int32_t index, tsr_error *err) {
    const tsr_layer *layer = &w->network->layers[index];
    const bool of_input = layer->inputs[0] == 0 || layer->inputs[1] == 0;
    if (index != w->network->layer_count - 1 || !of_input) {
        return refuse(layer, err, "an add that is not the final add of the network input");
    }
    w->chain->final_add = true;
    return TSR_OK;
}

static tsr_status take(walk *w, int32_t index, tsr_error *err) {
    const tsr_layer *layer = &w->network->layers[index];
    bool chained = false;
    for (int32_t i = 0; i < layer->input_count; ++i) {
        chained = chained || layer->inputs[i] == index - 1;
    }
    if (!chained || (layer->input_count > 1 && layer->kind != TSR_LAYER_ADD)) {
        return refuse(layer, err, "a branch");
    }
    switch (layer->kind) {
        case TSR_LAYER_CONV:
            return take_conv(w, index, err);
        case TSR_LAYER_MAX_POOL:
        case TSR_LAYER_AVERAGE_POOL:
            return take_pool(w, layer, err);
        case TSR_LAYER_RELU:
        case TSR_LAYER_RELU6:
            return TSR_OK;
        case TSR_LAYER_FLATTEN:
            w->in_tail = true;
            return TSR_OK;
        case TSR_LAYER_GEMM:
            w->in_tail = true;
            w->chain->gemm_weight_count += layer->weight_count;
            return TSR_OK;
        case TSR_LAYER_ADD:
            return take_add(w, index, err);
        default:
            return refuse(layer, err, "not a chain layer");
    }
}

tsr_status tsr_chain_make(const tsr_network *network, tsr_chain *chain, tsr_error *err) {
    tsr_chain made = {0};
    (void)snprintf(made.name, sizeof made.name, "%s", network->name);
    made.layers = tsr_alloc((size_t)network->layer_count, sizeof *made.layers);
    TSR_CHECK(made.layers != NULL, TSR_ERR_NO_MEMORY, err, network->name, "out of memory");
    walk w = {.network = network, .chain = &made, .in_tail = false};
    tsr_status status = TSR_OK;
    for (int32_t i = 1; i < network->layer_count && status == TSR_OK; ++i) {
        status = take(&w, i, err);
    }
    if (status == TSR_OK && made.layer_count == 0) {
        status =
            tsr_fail(err, TSR_ERR_UNSUPPORTED, network->name, "no convolution in this network");
    }
    if (status != TSR_OK) {
        tsr_chain_free(&made);
        return status;
    }
    *chain = made;
    return TSR_OK;
}

void tsr_chain_free(tsr_chain *chain) {
    tsr_free(chain->layers);
    memset(chain, 0, sizeof *chain);
}

tsr_chain_totals tsr_chain_total(const tsr_chain *chain, int32_t bits) {
    const uint64_t bytes = (uint64_t)bits / 8u;
    tsr_chain_totals t = {0};
    for (int32_t i = 0; i < chain->layer_count; ++i) {
        const tsr_chain_layer *layer = &chain->layers[i];
        const bool last = i == chain->layer_count - 1;
        const bool pool = layer->pool_stride_h > 1 || layer->pool_stride_w > 1;
        const uint64_t in = elems(layer->in) * bytes;
        const uint64_t out = elems(layer->out) * bytes;
        const uint64_t pooled = elems(layer->pooled) * bytes;
        t.weight_count += layer->weight_count;
        t.macs += layer->macs;
        t.macs_stride1 += layer->macs_stride1;
        t.intermediate_bytes += last ? 0 : 2 * pooled;
        t.intermediate_separate_pool_bytes += (pool ? 2 * out : 0) + (last ? 0 : 2 * pooled);
        t.largest_map_bytes = in > t.largest_map_bytes ? in : t.largest_map_bytes;
        t.largest_map_bytes = out > t.largest_map_bytes ? out : t.largest_map_bytes;
        t.largest_pair_bytes = in + out > t.largest_pair_bytes ? in + out : t.largest_pair_bytes;
        t.input_bytes = i == 0 ? in : t.input_bytes;
        t.output_bytes = pooled;
    }
    return t;
}

uint64_t tsr_chain_line_buffer_bytes(const tsr_chain *chain, int32_t first, int32_t count,
                                     int32_t bits) {
    uint64_t sum = 0;
    for (int32_t i = first; i < first + count && i < chain->layer_count; ++i) {
        const tsr_chain_layer *layer = &chain->layers[i];
        sum += (uint64_t)(layer->kernel_h - 1) * (uint64_t)layer->in.w * (uint64_t)layer->in.c;
    }
    return sum * (uint64_t)bits / 8u;
}
