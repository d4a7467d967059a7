// SPDX-License-Identifier: Apache-2.0
// Which keys each type of layer has, and how they are read.
#include "network/layer_json.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

enum { max_number = 65535 };

#define COMMON_KEYS "name", "type", "inputs", "about"

// Keys of each type; a key of another type is as unknown as a misspelt one.
static const char *const conv_keys[] = {
    COMMON_KEYS, "out_channels", "kernel", "stride",  "dilation",
    "groups",    "padding",      "bias",   "blocked", NULL};
static const char *const pool_keys[] = {COMMON_KEYS, "kernel", "stride", "padding", NULL};
static const char *const gemm_keys[] = {COMMON_KEYS, "out_channels", "bias", NULL};
static const char *const resize_keys[] = {COMMON_KEYS, "factor", NULL};
static const char *const plain_keys[] = {COMMON_KEYS, NULL};

static const char *const *const keys_of[TSR_LAYER_KIND_COUNT] = {
    [TSR_LAYER_INPUT] = plain_keys,
    [TSR_LAYER_CONV] = conv_keys,
    [TSR_LAYER_MAX_POOL] = pool_keys,
    [TSR_LAYER_AVERAGE_POOL] = pool_keys,
    [TSR_LAYER_GLOBAL_AVERAGE_POOL] = plain_keys,
    [TSR_LAYER_ADD] = plain_keys,
    [TSR_LAYER_CONCAT] = plain_keys,
    [TSR_LAYER_GEMM] = gemm_keys,
    [TSR_LAYER_RELU] = plain_keys,
    [TSR_LAYER_RELU6] = plain_keys,
    [TSR_LAYER_FLATTEN] = plain_keys,
    [TSR_LAYER_UPSAMPLE] = resize_keys,
    [TSR_LAYER_PIXEL_SHUFFLE] = resize_keys,
};

tsr_status tsr_layer_read_name(const tsr_jnode *object, char name[TSR_NAME_MAX], tsr_error *err) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/-";
    const char *text = NULL;
    TSR_TRY(tsr_jnode_string(object, "name", true, &text, err));
    const size_t length = strlen(text);
    if (length < 1 || length >= TSR_NAME_MAX || strspn(text, allowed) != length) {
        const tsr_jnode node = tsr_jnode_get(object, "name");
        return tsr_jnode_fail(&node, err, "'%.80s' must be 1..%d letters, digits and _ . : / -",
                              text, TSR_NAME_MAX - 1);
    }
    (void)snprintf(name, TSR_NAME_MAX, "%s", text);
    return TSR_OK;
}

static tsr_status read_int(const tsr_jnode *object, const char *key, bool required, int64_t min,
                           int32_t *value, tsr_error *err) {
    int64_t wide = *value;
    TSR_TRY(tsr_jnode_int(object, key, required, min, INT32_MAX, &wide, err));
    *value = (int32_t)wide;
    return TSR_OK;
}

/** A number for both axes, or [rows, columns]. */
static tsr_status read_pair(const tsr_jnode *object, const char *key, bool required, int32_t *h,
                            int32_t *w, tsr_error *err) {
    const tsr_jnode node = tsr_jnode_get(object, key);
    int64_t values[2] = {*h, *w};
    if (tsr_jnode_is_array(&node)) {
        if (tsr_jnode_count(&node) != 2) {
            return tsr_jnode_fail(&node, err, "must be a number or a list of two: rows, columns");
        }
        TSR_TRY(tsr_jnode_int(&node, "0", true, 1, max_number, &values[0], err));
        TSR_TRY(tsr_jnode_int(&node, "1", true, 1, max_number, &values[1], err));
    } else if (tsr_jnode_exists(&node) || required) {
        TSR_TRY(tsr_jnode_int(object, key, required, 1, max_number, &values[0], err));
        values[1] = values[0];
    }
    *h = (int32_t)values[0];
    *w = (int32_t)values[1];
    return TSR_OK;
}

static void pad_same(tsr_layer *layer) {
    const int32_t rows = layer->dilation_h * (layer->kernel_h - 1);
    const int32_t cols = layer->dilation_w * (layer->kernel_w - 1);
    layer->pad_top = rows / 2;
    layer->pad_left = cols / 2;
    layer->pad_bottom = rows - rows / 2;
    layer->pad_right = cols - cols / 2;
}

/** "same", a number for all sides, or [top, left, bottom, right]. Kernel and dilation are known. */
static tsr_status read_padding(const tsr_jnode *object, tsr_layer *layer, tsr_error *err) {
    const tsr_jnode node = tsr_jnode_get(object, "padding");
    int64_t sides[4] = {0};
    if (tsr_jnode_is_string(&node)) {
        static const char *const words[] = {"same", NULL};
        int32_t word = 0;
        TSR_TRY(tsr_jnode_enum(object, "padding", true, words, &word, err));
        if (layer->dilation_h * (int64_t)(layer->kernel_h - 1) > max_number ||
            layer->dilation_w * (int64_t)(layer->kernel_w - 1) > max_number) {
            return tsr_jnode_fail(&node, err, "'same' needs more than %d pixels here",
                                  (int)max_number);
        }
        pad_same(layer);
        return TSR_OK;
    }
    if (tsr_jnode_is_array(&node)) {
        static const char *const index[] = {"0", "1", "2", "3"};
        if (tsr_jnode_count(&node) != 4) {
            return tsr_jnode_fail(&node, err,
                                  "must be \"same\", a number, or a list of four: top, "
                                  "left, bottom, right");
        }
        for (size_t k = 0; k < 4; ++k) {
            TSR_TRY(tsr_jnode_int(&node, index[k], true, 0, max_number, &sides[k], err));
        }
    } else {
        TSR_TRY(tsr_jnode_int(object, "padding", false, 0, max_number, &sides[0], err));
        sides[1] = sides[2] = sides[3] = sides[0];
    }
    layer->pad_top = (int32_t)sides[0];
    layer->pad_left = (int32_t)sides[1];
    layer->pad_bottom = (int32_t)sides[2];
    layer->pad_right = (int32_t)sides[3];
    return TSR_OK;
}

static tsr_status read_conv(const tsr_jnode *node, tsr_layer *layer, tsr_error *err) {
    layer->has_bias = true;
    layer->blockable = true;
    TSR_TRY(read_int(node, "out_channels", true, 1, &layer->out_channels, err));
    TSR_TRY(read_pair(node, "kernel", true, &layer->kernel_h, &layer->kernel_w, err));
    TSR_TRY(read_pair(node, "stride", false, &layer->stride_h, &layer->stride_w, err));
    TSR_TRY(read_pair(node, "dilation", false, &layer->dilation_h, &layer->dilation_w, err));
    TSR_TRY(read_int(node, "groups", false, 1, &layer->groups, err));
    TSR_TRY(read_padding(node, layer, err));
    TSR_TRY(tsr_jnode_bool(node, "bias", false, &layer->has_bias, err));
    return tsr_jnode_bool(node, "blocked", false, &layer->blockable, err);
}

static tsr_status read_pool(const tsr_jnode *node, tsr_layer *layer, tsr_error *err) {
    TSR_TRY(read_pair(node, "kernel", true, &layer->kernel_h, &layer->kernel_w, err));
    layer->stride_h = layer->kernel_h;
    layer->stride_w = layer->kernel_w;
    TSR_TRY(read_pair(node, "stride", false, &layer->stride_h, &layer->stride_w, err));
    return read_padding(node, layer, err);
}

static tsr_status read_gemm(const tsr_jnode *node, tsr_layer *layer, tsr_error *err) {
    layer->has_bias = true;
    TSR_TRY(read_int(node, "out_channels", true, 1, &layer->out_channels, err));
    return tsr_jnode_bool(node, "bias", false, &layer->has_bias, err);
}

static tsr_status read_fields(const tsr_jnode *node, tsr_layer *layer, tsr_error *err) {
    switch (layer->kind) {
        case TSR_LAYER_CONV:
            return read_conv(node, layer, err);
        case TSR_LAYER_MAX_POOL:
        case TSR_LAYER_AVERAGE_POOL:
            return read_pool(node, layer, err);
        case TSR_LAYER_GEMM:
            return read_gemm(node, layer, err);
        case TSR_LAYER_UPSAMPLE:
        case TSR_LAYER_PIXEL_SHUFFLE:
            return read_int(node, "factor", true, 1, &layer->factor, err);
        default:
            return TSR_OK;
    }
}

// Names of layers that stand before; without the key the one right before is read.
static tsr_status read_inputs(const tsr_jnode *node, const tsr_network *network, tsr_layer *layer,
                              tsr_error *err) {
    const tsr_jnode list = tsr_jnode_get(node, "inputs");
    layer->input_count = 1;
    layer->inputs[0] = network->layer_count - 1;
    if (!tsr_jnode_exists(&list)) {
        return TSR_OK;
    }
    const int32_t count = tsr_jnode_count(&list);
    if (!tsr_jnode_is_array(&list) || count < 1 || count > TSR_LAYER_MAX_INPUTS) {
        return tsr_jnode_fail(&list, err, "must be a list of 1..%d names of layers",
                              TSR_LAYER_MAX_INPUTS);
    }
    layer->input_count = count;
    for (int32_t k = 0; k < count; ++k) {
        const char index[2] = {(char)('0' + k), '\0'};
        const char *name = NULL;
        TSR_TRY(tsr_jnode_string(&list, index, true, &name, err));
        layer->inputs[k] = tsr_network_find(network, name);
        if (layer->inputs[k] < 0) {
            const tsr_jnode item = tsr_jnode_get(&list, index);
            return tsr_jnode_fail(
                &item, err,
                "'%.63s' is not 'input' nor a layer that stands before '%s' (layers "
                "read earlier ones only: no cycles)",
                name, layer->name);
        }
    }
    return TSR_OK;
}

tsr_status tsr_layer_read(const tsr_jnode *node, tsr_network *network, tsr_error *err) {
    const char *words[TSR_LAYER_KIND_COUNT] = {NULL};
    for (int32_t i = 1; i < TSR_LAYER_KIND_COUNT; ++i) {  // the input is not in the list
        words[i - 1] = tsr_layer_kind_name((tsr_layer_kind)i);
    }
    tsr_layer layer = {.stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1, .groups = 1};
    int32_t kind = 0;
    const char *about = NULL;
    if (!tsr_jnode_is_object(node)) {
        return tsr_jnode_fail(node, err, "a layer must be an object");
    }
    TSR_TRY(tsr_layer_read_name(node, layer.name, err));
    if (tsr_network_find(network, layer.name) >= 0) {
        const tsr_jnode name = tsr_jnode_get(node, "name");
        return tsr_jnode_fail(&name, err, "'%s' is the name of an earlier layer", layer.name);
    }
    TSR_TRY(tsr_jnode_enum(node, "type", true, words, &kind, err));
    layer.kind = (tsr_layer_kind)(kind + 1);
    TSR_TRY(tsr_jnode_check_keys(node, keys_of[layer.kind], err));
    TSR_TRY(tsr_jnode_string(node, "about", false, &about, err));
    TSR_TRY(read_inputs(node, network, &layer, err));
    TSR_TRY(read_fields(node, &layer, err));
    network->layers[network->layer_count] = layer;
    return TSR_OK;
}
