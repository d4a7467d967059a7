// SPDX-License-Identifier: Apache-2.0
// Float weights from .npz files, checked against the network.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <tessera/network.h>

#include "base/alloc.h"
#include "base/check.h"
#include "network/identity.h"
#include "network/weight_names.h"

/** A load in progress. */
typedef struct loader {
    const tsr_network *network;
    const tsr_archive *archive;
    const char *path;
    const char *pattern;  // NULL = layer names
    tsr_error *err;
} loader;

static tsr_status array_name(const loader *l, const tsr_layer *layer, int32_t number,
                             const char *suffix, char *name, size_t size) {
    char stem[TSR_NAME_MAX + 16];
    bool fits = true;
    if (l->pattern != NULL) {
        fits = tsr_weight_pattern_expand(l->pattern, number, stem, sizeof stem);
    } else {
        (void)snprintf(stem, sizeof stem, "%s", layer->name);
    }
    const int length = snprintf(name, size, "%s%s", stem, suffix);
    TSR_CHECK(fits && length > 0 && (size_t)length < size, TSR_ERR_CONFIG, l->err, layer->name,
              "the name of its weights is too long");
    return TSR_OK;
}

static bool has_shape(const tsr_array *array, int32_t rank, const int64_t *shape) {
    return array->rank == rank && memcmp(array->shape, shape, (size_t)rank * sizeof *shape) == 0;
}

static void shape_text(const int64_t *shape, int32_t rank, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (int32_t k = 0; k < rank && used < size; ++k) {
        const int length = snprintf(text + used, size - used, "[%lld]", (long long)shape[k]);
        used += length > 0 ? (size_t)length : 0;
    }
}

// Conv: exactly [out][in/groups][kh][kw]. Gemm: the inputs as one extent or as C, H, W.
static tsr_status check_weight(const loader *l, const tsr_layer *layer, const tsr_array *array) {
    int64_t shape[4] = {layer->out_channels, 0, 0, 0};
    bool good = false;
    if (layer->kind == TSR_LAYER_CONV) {
        shape[1] = layer->in.c / layer->groups;
        shape[2] = layer->kernel_h;
        shape[3] = layer->kernel_w;
        good = has_shape(array, 4, shape);
    } else {
        const int64_t whole[4] = {layer->out_channels, layer->in.c, layer->in.h, layer->in.w};
        shape[1] = whole[1] * whole[2] * whole[3];
        shape[2] = shape[3] = 1;
        good =
            has_shape(array, 2, shape) || has_shape(array, 4, shape) || has_shape(array, 4, whole);
    }
    char found[128];
    char wanted[128];
    shape_text(array->shape, array->rank, found, sizeof found);
    shape_text(shape, 4, wanted, sizeof wanted);
    TSR_CHECK(good, TSR_ERR_SHAPE, l->err, layer->name, "%s in %.200s is %s, must be %s",
              array->name, l->path, found, wanted);
    return TSR_OK;
}

static void fill(const tsr_array *array, tsr_tensor *t) {
    float *out = t->data;
    for (size_t i = 0; i < array->count; ++i) {
        out[i] = (float)tsr_array_at(array, i);
    }
}

static tsr_status load_weight(const loader *l, const tsr_layer *layer, const char *name,
                              tsr_tensor *weight) {
    const tsr_array *array = tsr_archive_find(l->archive, name);
    TSR_CHECK(array != NULL, TSR_ERR_CONFIG, l->err, layer->name,
              "no array '%s' among the %d of %.200s", name, l->archive->count, l->path);
    TSR_TRY(check_weight(l, layer, array));
    const bool conv = layer->kind == TSR_LAYER_CONV;
    const int32_t inputs =
        conv ? layer->in.c / layer->groups : layer->in.c * layer->in.h * layer->in.w;
    TSR_TRY(tsr_tensor_create(weight, TSR_DTYPE_F32, layer->out_channels, inputs,
                              conv ? layer->kernel_h : 1, conv ? layer->kernel_w : 1, l->err));
    fill(array, weight);
    return TSR_OK;
}

static bool is_zero(const tsr_array *array) {
    for (size_t i = 0; i < array->count; ++i) {
        if (tsr_array_at(array, i) != 0.0) {
            return false;
        }
    }
    return true;
}

static tsr_status load_bias(const loader *l, const tsr_layer *layer, const char *name,
                            tsr_tensor *bias) {
    const tsr_array *array = tsr_archive_find(l->archive, name);
    if (!layer->has_bias) {
        TSR_CHECK(array == NULL || is_zero(array), TSR_ERR_CONFIG, l->err, layer->name,
                  "%s in %.200s is not 0, but the layer has no bias", name, l->path);
        return TSR_OK;
    }
    TSR_CHECK(array == NULL || array->count == (size_t)layer->out_channels, TSR_ERR_SHAPE, l->err,
              layer->name, "%s in %.200s has %zu elements, must be %d", name, l->path,
              array != NULL ? array->count : 0, layer->out_channels);
    TSR_TRY(tsr_tensor_create(bias, TSR_DTYPE_F32, 1, layer->out_channels, 1, 1, l->err));
    if (array != NULL) {
        fill(array, bias);
    }
    return TSR_OK;
}

// Number of a conv or gemm among those that have arrays: how a pattern names it.
static int32_t number_of(const tsr_network *network, int32_t index) {
    int32_t number = 0;
    for (int32_t i = 0; i < index; ++i) {
        number += network->layers[i].weight_count > 0 && !network->layers[i].identity;
    }
    return number;
}

static bool is_normed(const tsr_network *network, int32_t index) {
    for (int32_t i = index + 1; i < network->layer_count; ++i) {
        if (network->layers[i].kind == TSR_LAYER_BATCH_NORM &&
            network->layers[i].inputs[0] == index) {
            return true;
        }
    }
    return false;
}

static tsr_status load_computing(const loader *l, int32_t index, tsr_layer_weights *weights) {
    const tsr_layer *layer = &l->network->layers[index];
    const int32_t number = number_of(l->network, index);
    char name[2 * TSR_NAME_MAX];
    TSR_TRY(array_name(l, layer, number, "_w", name, sizeof name));
    TSR_TRY(load_weight(l, layer, name, &weights->weight));
    if (!layer->has_bias && is_normed(l->network, index)) {
        return TSR_OK;  // the norm behind it sees to a bias in the file
    }
    TSR_TRY(array_name(l, layer, number, "_b", name, sizeof name));
    return load_bias(l, layer, name, &weights->bias);
}

/** The four arrays of a batch norm; all there or none. */
typedef struct norm_arrays {
    const tsr_array *gamma, *beta, *mean, *variance;
} norm_arrays;

static tsr_status find_norm(const loader *l, const tsr_layer *layer, int32_t number,
                            norm_arrays *found) {
    static const char *const suffixes[4] = {"_gamma", "_beta", "_mean", "_var"};
    const tsr_array *arrays[4] = {NULL};
    const char *missing = NULL;
    int32_t count = 0;
    for (size_t k = 0; k < 4; ++k) {
        char name[2 * TSR_NAME_MAX];
        TSR_TRY(array_name(l, layer, number, suffixes[k], name, sizeof name));
        arrays[k] = tsr_archive_find(l->archive, name);
        count += arrays[k] != NULL;
        missing = arrays[k] == NULL ? suffixes[k] : missing;
        TSR_CHECK(arrays[k] == NULL || arrays[k]->count == (size_t)layer->out.c, TSR_ERR_SHAPE,
                  l->err, layer->name, "%s in %.200s has %zu elements, must be %d", name, l->path,
                  arrays[k] != NULL ? arrays[k]->count : 0, layer->out.c);
    }
    TSR_CHECK(count == 0 || count == 4, TSR_ERR_CONFIG, l->err, layer->name,
              "%.200s has %d of its _gamma, _beta, _mean, _var, but no %s", l->path, count,
              missing != NULL ? missing : "");
    *found = (norm_arrays){arrays[0], arrays[1], arrays[2], arrays[3]};
    return TSR_OK;
}

static tsr_status fill_norm(const loader *l, const tsr_layer *layer, const norm_arrays *a,
                            tsr_layer_weights *weights) {
    float *factors = weights->weight.data;
    float *shifts = weights->bias.data;
    for (int32_t c = 0; c < layer->out.c; ++c) {
        const size_t i = (size_t)c;
        const double spread = tsr_array_at(a->variance, i) + layer->epsilon;
        TSR_CHECK(spread > 0.0, TSR_ERR_CONFIG, l->err, layer->name,
                  "variance + epsilon of channel %d in %.200s is %g, must be positive", c, l->path,
                  spread);
        const double factor = tsr_array_at(a->gamma, i) / sqrt(spread);
        factors[c] = (float)factor;
        shifts[c] = (float)(tsr_array_at(a->beta, i) - tsr_array_at(a->mean, i) * factor);
    }
    return TSR_OK;
}

// Weights that were folded beforehand: what the file has as the bias of a layer without one.
static tsr_status fill_folded(const loader *l, const tsr_layer *layer, const tsr_array *bias,
                              tsr_layer_weights *weights) {
    TSR_CHECK(bias == NULL || bias->count == (size_t)layer->out.c, TSR_ERR_SHAPE, l->err,
              layer->name, "the bias in %.200s that stands for it has %zu elements, must be %d",
              l->path, bias != NULL ? bias->count : 0, layer->out.c);
    float *factors = weights->weight.data;
    for (int32_t c = 0; c < layer->out.c; ++c) {
        factors[c] = 1.0F;
    }
    if (bias != NULL) {
        fill(bias, &weights->bias);
    }
    return TSR_OK;
}

static tsr_status load_norm(const loader *l, int32_t index, tsr_layer_weights *weights) {
    const tsr_layer *layer = &l->network->layers[index];
    const tsr_layer *from = &l->network->layers[layer->inputs[0]];
    const int32_t number = number_of(l->network, layer->inputs[0]);
    char name[2 * TSR_NAME_MAX];
    norm_arrays arrays = {0};
    TSR_TRY(find_norm(l, layer, number, &arrays));
    TSR_TRY(array_name(l, from, number, "_b", name, sizeof name));
    const tsr_array *bias = from->has_bias ? NULL : tsr_archive_find(l->archive, name);
    TSR_CHECK(arrays.gamma == NULL || bias == NULL || is_zero(bias), TSR_ERR_CONFIG, l->err,
              from->name, "%s in %.200s is not 0, but the layer has no bias", name, l->path);
    TSR_TRY(tsr_tensor_create(&weights->weight, TSR_DTYPE_F32, 1, layer->out.c, 1, 1, l->err));
    TSR_TRY(tsr_tensor_create(&weights->bias, TSR_DTYPE_F32, 1, layer->out.c, 1, 1, l->err));
    return arrays.gamma != NULL ? fill_norm(l, layer, &arrays, weights)
                                : fill_folded(l, layer, bias, weights);
}

static tsr_status load_all(const loader *l, tsr_weights *weights) {
    for (int32_t i = 0; i < l->network->layer_count; ++i) {
        const tsr_layer *layer = &l->network->layers[i];
        if (layer->kind == TSR_LAYER_BATCH_NORM) {
            TSR_TRY(load_norm(l, i, &weights->layers[i]));
        } else if (layer->identity) {
            TSR_TRY(tsr_identity_make(layer, &weights->layers[i].weight, l->err));
        } else if (layer->weight_count > 0) {
            TSR_TRY(load_computing(l, i, &weights->layers[i]));
        }
    }
    return TSR_OK;
}

// A pattern that the caller gives must hold; the network's own one only if the file knows it.
static tsr_status choose_pattern(loader *l, const char *pattern) {
    char name[2 * TSR_NAME_MAX];
    const char *own = l->network->weights_pattern;
    l->pattern = pattern;
    if (pattern == NULL && own[0] != '\0') {
        l->pattern = own;
        TSR_TRY(array_name(l, &l->network->layers[0], 0, "_w", name, sizeof name));
        l->pattern = tsr_archive_find(l->archive, name) != NULL ? own : NULL;
    }
    TSR_CHECK(l->pattern == NULL || tsr_weight_pattern_is_good(l->pattern), TSR_ERR_CONFIG, l->err,
              l->path, "weights pattern '%.80s' must hold one %%d or %%0<n>d", l->pattern);
    return TSR_OK;
}

static tsr_status load_archive(const tsr_network *network, const tsr_archive *archive,
                               const char *path, const char *pattern, tsr_weights *weights,
                               tsr_error *err) {
    loader l = {.network = network, .archive = archive, .path = path, .err = err};
    TSR_TRY(choose_pattern(&l, pattern));
    tsr_weights made = {.layer_count = network->layer_count,
                        .layers = tsr_alloc((size_t)network->layer_count, sizeof *made.layers)};
    TSR_CHECK(made.layers != NULL, TSR_ERR_NO_MEMORY, err, path, "out of memory");
    const tsr_status status = load_all(&l, &made);
    if (status != TSR_OK) {
        tsr_weights_free(&made);
        return status;
    }
    *weights = made;
    return TSR_OK;
}

tsr_status tsr_weights_load(const tsr_network *network, const char *path, const char *pattern,
                            tsr_weights *weights, tsr_error *err) {
    tsr_archive archive = {0};
    TSR_TRY(tsr_archive_read(path, &archive, err));
    const tsr_status status = load_archive(network, &archive, path, pattern, weights, err);
    tsr_archive_free(&archive);
    return status;
}

void tsr_weights_free(tsr_weights *weights) {
    if (weights == NULL) {
        return;
    }
    for (int32_t i = 0; i < weights->layer_count && weights->layers != NULL; ++i) {
        tsr_tensor_free(&weights->layers[i].weight);
        tsr_tensor_free(&weights->layers[i].bias);
    }
    tsr_free(weights->layers);
    *weights = (tsr_weights){0};
}
