// SPDX-License-Identifier: Apache-2.0
// VDSR as the real-data tests use it: 19 x (3x3 conv, relu), conv, plus the input; weights conv00_w .. conv19_w.
#ifndef TESSERA_TESTS_SUPPORT_VDSR_H
#define TESSERA_TESTS_SUPPORT_VDSR_H

#include <math.h>

#include <tessera/forward.h>

#include "support/test.h"

enum { vdsr_convs = 20, vdsr_layers = 2 * vdsr_convs + 1, vdsr_channels = 64 };

/** In place; nothing to free. */
typedef struct vdsr {
    tsr_layer layers[vdsr_layers];
    tsr_network network;
} vdsr;

static inline void vdsr_make(vdsr *net, int32_t h, int32_t w) {
    *net = (vdsr){.network = {.name = "vdsr", .batch = 1, .layer_count = vdsr_layers}};
    net->network.layers = net->layers;
    for (int32_t i = 0; i < vdsr_layers; ++i) {
        tsr_layer *layer = &net->layers[i];
        *layer = tsr_layer_of(i > 0 ? TSR_LAYER_CONV : TSR_LAYER_INPUT, i - 1);
        if (i == 0) {
            layer->kind = TSR_LAYER_INPUT;
            layer->in = layer->out = (tsr_shape){1, h, w};
            (void)snprintf(layer->name, sizeof layer->name, "input");
        } else if (i == vdsr_layers - 1) {
            layer->kind = TSR_LAYER_ADD;
            layer->input_count = 2;
            (void)snprintf(layer->name, sizeof layer->name, "sum");
        } else if (i % 2 == 0) {
            layer->kind = TSR_LAYER_RELU;
            (void)snprintf(layer->name, sizeof layer->name, "relu%02d", i / 2 - 1);
        } else {
            layer->kind = TSR_LAYER_CONV;
            layer->kernel_h = layer->kernel_w = 3;
            layer->pad_top = layer->pad_left = layer->pad_bottom = layer->pad_right = 1;
            layer->out_channels = i == vdsr_layers - 2 ? 1 : vdsr_channels;
            layer->has_bias = true;
            layer->blockable = true;
            (void)snprintf(layer->name, sizeof layer->name, "conv%02d", i / 2);
        }
    }
    tsr_error err = {0};
    assert_ok(tsr_network_infer(&net->network, &err), err);
}

/** A 2-D array as [1][1][h][w] times a factor. */
static inline tsr_tensor vdsr_picture(const tsr_archive *archive, const char *name, double factor) {
    const tsr_array *array = tsr_archive_find(archive, name);
    assert_non_null(array);
    assert_int_equal(array->rank, 2);
    tsr_tensor t = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_create(&t, TSR_DTYPE_F32, 1, 1, (int32_t)array->shape[0],
                                (int32_t)array->shape[1], &err),
              err);
    for (size_t i = 0; i < array->count; ++i) {
        ((float *)t.data)[i] = (float)(tsr_array_at(array, i) * factor);
    }
    return t;
}

/** clip(255 * (x + residual)) of a picture 0..255 under a blocking such as "F64": ragged, one padding everywhere. */
static inline tsr_tensor vdsr_run(const tsr_weights *weights, const tsr_tensor *picture,
                                  const char *blocking, tsr_pad_mode padding) {
    vdsr net;
    vdsr_make(&net, picture->h, picture->w);
    tsr_error err = {0};
    tsr_forward_options options = {.fast = true};
    assert_ok(tsr_blocking_parse(blocking, &options.blocking, &err), err);
    options.blocking.block_padding = padding;
    options.blocking.border_padding = TSR_PAD_SAME;
    options.blocking.ragged = true;
    tsr_tensor x = {0};
    assert_ok(tsr_tensor_create(&x, TSR_DTYPE_F32, 1, 1, picture->h, picture->w, &err), err);
    const size_t count = x.bytes / sizeof(float);
    for (size_t i = 0; i < count; ++i) {
        ((float *)x.data)[i] = ((const float *)picture->data)[i] / 255.0F;
    }
    tsr_activations result = {0};
    assert_ok(tsr_forward_f32(&net.network, weights, &options, &x, &result, &err), err);
    const float *sum = result.tensors[vdsr_layers - 1].data;
    for (size_t i = 0; i < count; ++i) {
        ((float *)x.data)[i] = fminf(fmaxf(255.0F * sum[i], 0.0F), 255.0F);
    }
    tsr_activations_free(&result);
    return x;
}

#endif
