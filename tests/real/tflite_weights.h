// SPDX-License-Identifier: Apache-2.0
// Trained weights as they came out of TensorFlow Lite: arrays by tensor number, kernels [out][kh][kw][in], depthwise
// [1][kh][kw][channel]; bytes have a scale and a zero point, biases the product of both scales.
#ifndef TESSERA_TESTS_REAL_TFLITE_WEIGHTS_H
#define TESSERA_TESTS_REAL_TFLITE_WEIGHTS_H

#include <tessera/network.h>

#include "base/json.h"
#include "support/test.h"

/** A layer and the numbers of its tensors. */
typedef struct tflite_layer {
    const char *name;
    int32_t weight, bias;
} tflite_layer;

typedef struct tflite_file {
    tsr_archive archive;
    tsr_json *document;
} tflite_file;

static inline tflite_file tflite_open(const char *stem) {
    tflite_file file = {0};
    tsr_error err = {0};
    char path[512];
    (void)snprintf(path, sizeof path, "%s.npz", stem);
    assert_ok(tsr_archive_read(path, &file.archive, &err), err);
    (void)snprintf(path, sizeof path, "%s.json", stem);
    assert_ok(tsr_json_load(path, &file.document, &err), err);
    return file;
}

static inline void tflite_close(tflite_file *file) {
    tsr_archive_free(&file->archive);
    tsr_json_free(file->document);
}

/** What a number of a tensor means: scale * (number - zero point). Floats have neither. */
typedef struct tflite_meaning {
    const tsr_array *values, *scale;
    double zero_point;
} tflite_meaning;

static inline tflite_meaning tflite_tensor(const tflite_file *file, int32_t number) {
    char name[32];
    tsr_error err = {0};
    tflite_meaning m = {0};
    int64_t zero_point = 0;
    (void)snprintf(name, sizeof name, "t%03d", number);
    m.values = tsr_archive_find(&file->archive, name);
    assert_non_null(m.values);
    (void)snprintf(name, sizeof name, "t%03d_scale", number);
    m.scale = tsr_archive_find(&file->archive, name);
    const tsr_jnode root = tsr_json_root(file->document);
    const tsr_jnode tensors = tsr_jnode_get(&root, "tensors");
    tsr_jnode tensor = tsr_jnode_first(&tensors);
    for (int32_t i = 1; i <= number; ++i) {
        tensor = tsr_jnode_next(&tensors, &tensor, i);
    }
    assert_ok(tsr_jnode_int(&tensor, "zero_point", false, -255, 255, &zero_point, &err), err);
    m.zero_point = (double)zero_point;
    return m;
}

static inline float tflite_value(const tflite_meaning *m, size_t i) {
    const double number = tsr_array_at(m->values, i);
    return (float)(m->scale != NULL ? (number - m->zero_point) * tsr_array_at(m->scale, 0)
                                    : number);
}

/** [out][kh][kw][in] to [out][in][kh][kw]; depthwise [1][kh][kw][out] to [out][1][kh][kw]. */
static inline void tflite_kernel(const tflite_meaning *m, bool depthwise, tsr_tensor *to) {
    const size_t taps = (size_t)to->h * (size_t)to->w;
    float *values = to->data;
    for (size_t i = 0; i < (size_t)to->n * (size_t)to->c * taps; ++i) {
        const size_t tap = i % taps;
        const size_t in = i / taps % (size_t)to->c;
        const size_t out = i / taps / (size_t)to->c;
        values[i] = tflite_value(
            m, depthwise ? tap * (size_t)to->n + out : (out * taps + tap) * (size_t)to->c + in);
    }
}

/** The bias of a conv or gemm: its own, or the shift of the batch norm behind it, which does nothing
 * else. */
static inline void tflite_bias(const tsr_network *network, int32_t layer, const tflite_meaning *m,
                               tsr_weights *weights) {
    const bool own = network->layers[layer].has_bias;
    const bool normed =
        layer + 1 < network->layer_count && network->layers[layer + 1].kind == TSR_LAYER_BATCH_NORM;
    assert_true(own || normed);
    for (int32_t i = 0; i < network->layers[layer].out_channels; ++i) {
        if (normed) {
            tsr_layer_weights *norm = &weights->layers[layer + 1];
            ((float *)norm->weight.data)[i] = 1.0F;
            ((float *)norm->bias.data)[i] = own ? 0.0F : tflite_value(m, (size_t)i);
        }
        if (own) {
            ((float *)weights->layers[layer].bias.data)[i] = tflite_value(m, (size_t)i);
        }
    }
}

/** Overwrites generated weights with those of a file, which is <stem>.npz and <stem>.json. */
static inline void tflite_weights(const tsr_network *network, const char *stem,
                                  const tflite_layer *layers, size_t count, tsr_weights *weights) {
    tflite_file file = tflite_open(stem);
    for (size_t k = 0; k < count; ++k) {
        const int32_t i = tsr_network_find(network, layers[k].name);
        assert_true(i > 0);
        const tsr_layer *layer = &network->layers[i];
        const tflite_meaning kernel = tflite_tensor(&file, layers[k].weight);
        const tflite_meaning bias = tflite_tensor(&file, layers[k].bias);
        const bool depthwise = layer->kind == TSR_LAYER_CONV && layer->groups > 1;
        tflite_kernel(&kernel, depthwise, &weights->layers[i].weight);
        tflite_bias(network, i, &bias, weights);
    }
    tflite_close(&file);
}

#endif
