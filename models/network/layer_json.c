// SPDX-License-Identifier: Apache-2.0
// Which keys each type of layer has, and how they are read.
#include "network/layer_json.h"

#include <string.h>

#include "base/check.h"

enum { max_number = 65535 };

#define COMMON_KEYS "name", "type", "inputs", "about", "output"

// Keys of each type; a key of another type is as unknown as a misspelt one.
static const char *const conv_keys[] = {COMMON_KEYS, "out_channels", "kernel",   "stride",
                                        "dilation",  "groups",       "padding",  "bias",
                                        "blocked",   "blocking",     "identity", NULL};
static const char *const pool_keys[] = {COMMON_KEYS, "kernel", "stride", "padding", NULL};
static const char *const gemm_keys[] = {COMMON_KEYS, "out_channels", "bias", NULL};
static const char *const resize_keys[] = {COMMON_KEYS, "factor", NULL};
static const char *const norm_keys[] = {COMMON_KEYS, "epsilon", NULL};
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
    [TSR_LAYER_BATCH_NORM] = norm_keys,
};

/** A layer being read: its object and what its keys may refer to. */
typedef struct reader {
    const tsr_jnode *node;
    const tsr_layer_scope *scope;
    tsr_error *err;
} reader;

static tsr_status read_int(const reader *r, const char *key, bool required, int32_t *value) {
    int64_t wide = *value;
    const tsr_member at = tsr_scope_member(r->scope, r->node, key, required);
    TSR_TRY(tsr_jnode_int(at.object, at.key, at.required, 1, INT32_MAX, &wide, r->err));
    *value = (int32_t)wide;
    return TSR_OK;
}

static tsr_status read_bool(const reader *r, const char *key, bool *value) {
    const tsr_member at = tsr_scope_member(r->scope, r->node, key, false);
    return tsr_jnode_bool(at.object, at.key, at.required, value, r->err);
}

/** A number for both axes, or [rows, columns]. */
static tsr_status read_pair(const reader *r, const char *key, bool required, int32_t *h,
                            int32_t *w) {
    const tsr_member at = tsr_scope_member(r->scope, r->node, key, required);
    const tsr_jnode node = tsr_jnode_get(at.object, at.key);
    int64_t values[2] = {*h, *w};
    if (tsr_jnode_is_array(&node)) {
        if (tsr_jnode_count(&node) != 2) {
            return tsr_jnode_fail(&node, r->err,
                                  "must be a number or a list of two: rows, columns");
        }
        TSR_TRY(tsr_jnode_int(&node, "0", true, 1, max_number, &values[0], r->err));
        TSR_TRY(tsr_jnode_int(&node, "1", true, 1, max_number, &values[1], r->err));
    } else if (tsr_jnode_exists(&node) || at.required) {
        TSR_TRY(tsr_jnode_int(at.object, at.key, at.required, 1, max_number, &values[0], r->err));
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

static tsr_status read_same(const reader *r, const tsr_member *at, tsr_layer *layer) {
    static const char *const words[] = {"same", NULL};
    const tsr_jnode node = tsr_jnode_get(at->object, at->key);
    int32_t word = 0;
    TSR_TRY(tsr_jnode_enum(at->object, at->key, true, words, &word, r->err));
    if (layer->dilation_h * (int64_t)(layer->kernel_h - 1) > max_number ||
        layer->dilation_w * (int64_t)(layer->kernel_w - 1) > max_number) {
        return tsr_jnode_fail(&node, r->err, "'same' needs more than %d pixels here",
                              (int)max_number);
    }
    pad_same(layer);
    return TSR_OK;
}

/** "same", a number for all sides, or [top, left, bottom, right]. Kernel and dilation are known. */
static tsr_status read_padding(const reader *r, tsr_layer *layer) {
    const tsr_member at = tsr_scope_member(r->scope, r->node, "padding", false);
    const tsr_jnode node = tsr_jnode_get(at.object, at.key);
    int64_t sides[4] = {0};
    if (tsr_jnode_is_string(&node)) {
        return read_same(r, &at, layer);
    }
    if (tsr_jnode_is_array(&node)) {
        static const char *const index[] = {"0", "1", "2", "3"};
        if (tsr_jnode_count(&node) != 4) {
            return tsr_jnode_fail(&node, r->err,
                                  "must be \"same\", a number, or a list of four: top, "
                                  "left, bottom, right");
        }
        for (size_t k = 0; k < 4; ++k) {
            TSR_TRY(tsr_jnode_int(&node, index[k], true, 0, max_number, &sides[k], r->err));
        }
    } else {
        TSR_TRY(tsr_jnode_int(at.object, at.key, at.required, 0, max_number, &sides[0], r->err));
        sides[1] = sides[2] = sides[3] = sides[0];
    }
    layer->pad_top = (int32_t)sides[0];
    layer->pad_left = (int32_t)sides[1];
    layer->pad_bottom = (int32_t)sides[2];
    layer->pad_right = (int32_t)sides[3];
    return TSR_OK;
}

/** A blocking of the layer's own; "none" is the same as "blocked": false. */
static tsr_status read_blocking(const reader *r, tsr_layer *layer) {
    const tsr_member at = tsr_scope_member(r->scope, r->node, "blocking", false);
    const tsr_jnode node = tsr_jnode_get(at.object, at.key);
    const char *text = NULL;
    tsr_error found = {0};
    TSR_TRY(read_bool(r, "blocked", &layer->blockable));
    TSR_TRY(tsr_jnode_string(at.object, at.key, at.required, &text, r->err));
    if (text == NULL) {
        return TSR_OK;
    }
    if (tsr_blocking_parse(text, &layer->own_blocking, &found) != TSR_OK) {
        return tsr_jnode_fail(&node, r->err, "%s", found.message);
    }
    const bool none = layer->own_blocking.kind == TSR_BLOCKING_NONE;
    if (!none && !layer->blockable) {
        return tsr_jnode_fail(&node, r->err, "'%s' does not go with \"blocked\": false", text);
    }
    layer->blockable = layer->blockable && !none;
    return TSR_OK;
}

static tsr_status read_conv(const reader *r, tsr_layer *layer) {
    layer->blockable = true;
    TSR_TRY(read_int(r, "out_channels", true, &layer->out_channels));
    TSR_TRY(read_pair(r, "kernel", true, &layer->kernel_h, &layer->kernel_w));
    TSR_TRY(read_pair(r, "stride", false, &layer->stride_h, &layer->stride_w));
    TSR_TRY(read_pair(r, "dilation", false, &layer->dilation_h, &layer->dilation_w));
    TSR_TRY(read_int(r, "groups", false, &layer->groups));
    TSR_TRY(read_padding(r, layer));
    TSR_TRY(read_bool(r, "identity", &layer->identity));
    layer->has_bias = !layer->identity;
    TSR_TRY(read_bool(r, "bias", &layer->has_bias));
    return read_blocking(r, layer);
}

static tsr_status read_pool(const reader *r, tsr_layer *layer) {
    TSR_TRY(read_pair(r, "kernel", true, &layer->kernel_h, &layer->kernel_w));
    layer->stride_h = layer->kernel_h;
    layer->stride_w = layer->kernel_w;
    TSR_TRY(read_pair(r, "stride", false, &layer->stride_h, &layer->stride_w));
    return read_padding(r, layer);
}

static tsr_status read_gemm(const reader *r, tsr_layer *layer) {
    layer->has_bias = true;
    TSR_TRY(read_int(r, "out_channels", true, &layer->out_channels));
    return read_bool(r, "bias", &layer->has_bias);
}

static tsr_status read_norm(const reader *r, tsr_layer *layer) {
    layer->epsilon = 1e-5;
    return tsr_jnode_double(r->node, "epsilon", false, 0.0, 1.0, &layer->epsilon, r->err);
}

static tsr_status read_fields(const reader *r, tsr_layer *layer) {
    switch (layer->kind) {
        case TSR_LAYER_CONV:
            return read_conv(r, layer);
        case TSR_LAYER_MAX_POOL:
        case TSR_LAYER_AVERAGE_POOL:
            return read_pool(r, layer);
        case TSR_LAYER_GEMM:
            return read_gemm(r, layer);
        case TSR_LAYER_UPSAMPLE:
        case TSR_LAYER_PIXEL_SHUFFLE:
            return read_int(r, "factor", true, &layer->factor);
        case TSR_LAYER_BATCH_NORM:
            return read_norm(r, layer);
        default:
            return TSR_OK;
    }
}

// One name of a list: of an earlier layer, or "$input" of a module.
static tsr_status read_one_input(const reader *r, const tsr_jnode *list, int32_t k,
                                 const tsr_network *network, int32_t *input) {
    const char index[2] = {(char)('0' + k), '\0'};
    const tsr_member member = {list, index, true};
    const char *raw = NULL;
    char name[2 * TSR_NAME_MAX];
    TSR_TRY(tsr_jnode_string(list, index, true, &raw, r->err));
    if (r->scope->use != NULL && strcmp(raw, "$input") == 0) {
        *input = r->scope->input;
        return TSR_OK;
    }
    TSR_TRY(tsr_scope_text(r->scope, &member, name, sizeof name, r->err));
    *input = tsr_network_find(network, name);
    if (*input < 0) {
        const tsr_jnode item = tsr_jnode_get(list, index);
        return tsr_jnode_fail(&item, r->err,
                              "'%.63s' is not 'input' nor a layer that stands before this one "
                              "(layers read earlier ones only: no cycles)",
                              name);
    }
    return TSR_OK;
}

tsr_status tsr_layer_read_inputs(const tsr_jnode *node, const tsr_layer_scope *scope,
                                 const tsr_network *network, int32_t *count,
                                 int32_t inputs[TSR_LAYER_MAX_INPUTS], tsr_error *err) {
    const reader r = {node, scope, err};
    const tsr_jnode list = tsr_jnode_get(node, "inputs");
    if (!tsr_jnode_exists(&list)) {
        return TSR_OK;
    }
    const int32_t found = tsr_jnode_count(&list);
    if (!tsr_jnode_is_array(&list) || found < 1 || found > TSR_LAYER_MAX_INPUTS) {
        return tsr_jnode_fail(&list, err, "must be a list of 1..%d names of layers",
                              TSR_LAYER_MAX_INPUTS);
    }
    for (int32_t k = 0; k < found; ++k) {
        TSR_TRY(read_one_input(&r, &list, k, network, &inputs[k]));
    }
    *count = found;
    return TSR_OK;
}

tsr_status tsr_layer_read(const tsr_jnode *node, const tsr_layer_scope *scope, tsr_network *network,
                          tsr_error *err) {
    const char *words[TSR_LAYER_KIND_COUNT] = {NULL};
    for (int32_t i = 1; i < TSR_LAYER_KIND_COUNT; ++i) {  // the input is not in the list
        words[i - 1] = tsr_layer_kind_name((tsr_layer_kind)i);
    }
    const reader r = {node, scope, err};
    tsr_layer layer = tsr_layer_of(TSR_LAYER_INPUT, 0);  // what it is and reads comes below
    int32_t kind = 0;
    const char *about = NULL;
    if (!tsr_jnode_is_object(node)) {
        return tsr_jnode_fail(node, err, "a layer must be an object");
    }
    TSR_TRY(tsr_scope_name(scope, node, layer.name, err));
    if (tsr_network_find(network, layer.name) >= 0) {
        const tsr_jnode name = tsr_jnode_get(node, "name");
        return tsr_jnode_fail(&name, err, "'%s' is the name of an earlier layer", layer.name);
    }
    TSR_TRY(tsr_jnode_enum(node, "type", true, words, &kind, err));
    layer.kind = (tsr_layer_kind)(kind + 1);
    TSR_TRY(tsr_jnode_check_keys(node, keys_of[layer.kind], err));
    TSR_TRY(tsr_jnode_string(node, "about", false, &about, err));
    TSR_TRY(read_bool(&r, "output", &layer.is_output));
    layer.input_count = 1;  // without "inputs" the one right before is read
    layer.inputs[0] = network->layer_count - 1;
    TSR_TRY(tsr_layer_read_inputs(node, scope, network, &layer.input_count, layer.inputs, err));
    TSR_TRY(read_fields(&r, &layer));
    network->layers[network->layer_count] = layer;
    return TSR_OK;
}
