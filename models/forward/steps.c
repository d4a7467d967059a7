// SPDX-License-Identifier: Apache-2.0
// What a float and an integer forward run have in common.
#include "forward/steps.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

tsr_window tsr_step_window(const tsr_layer *layer, tsr_pad_mode mode) {
    const bool global = layer->kind == TSR_LAYER_GLOBAL_AVERAGE_POOL;
    return (tsr_window){
        .kernel_h = global ? layer->in.h : layer->kernel_h,
        .kernel_w = global ? layer->in.w : layer->kernel_w,
        .stride_h = layer->stride_h > 0 ? layer->stride_h : 1,
        .stride_w = layer->stride_w > 0 ? layer->stride_w : 1,
        .dilation_h = layer->dilation_h > 0 ? layer->dilation_h : 1,
        .dilation_w = layer->dilation_w > 0 ? layer->dilation_w : 1,
        .groups = layer->groups > 0 ? layer->groups : 1,
        .pad = {.top = layer->pad_top,
                .left = layer->pad_left,
                .bottom = layer->pad_bottom,
                .right = layer->pad_right,
                .mode_top = mode,
                .mode_left = mode,
                .mode_bottom = mode,
                .mode_right = mode},
    };
}

tsr_status tsr_step_pool_2x2(tsr_tensor *map, tsr_error *err) {
    const tsr_window window = {.kernel_h = 2,
                               .kernel_w = 2,
                               .stride_h = 2,
                               .stride_w = 2,
                               .dilation_h = 1,
                               .dilation_w = 1,
                               .groups = 1};
    tsr_tensor pooled = {0};
    TSR_TRY(tsr_ref_max_pool(map, &window, &pooled, err));
    tsr_tensor_free(map);
    *map = pooled;
    return TSR_OK;
}

tsr_tensor tsr_step_flat(const tsr_tensor *in) {
    tsr_tensor flat = *in;
    flat.c = in->c * in->h * in->w;
    flat.h = 1;
    flat.w = 1;
    return flat;
}

static tsr_status concatenate(const tsr_layer *layer, const tsr_values *values, tsr_tensor *out,
                              tsr_error *err) {
    const tsr_tensor *in[TSR_LAYER_MAX_INPUTS] = {NULL};
    for (int32_t k = 0; k < layer->input_count; ++k) {
        in[k] = &values->tensors[layer->inputs[k]];
    }
    return tsr_ref_concat(in, layer->input_count, out, err);
}

tsr_status tsr_step_move(const tsr_layer *layer, const tsr_values *values, tsr_tensor *out,
                         tsr_error *err) {
    const tsr_tensor *in = &values->tensors[layer->inputs[0]];
    switch (layer->kind) {
        case TSR_LAYER_MAX_POOL: {
            const tsr_window window = tsr_step_window(layer, TSR_PAD_ZERO);
            return tsr_ref_max_pool(in, &window, out, err);
        }
        case TSR_LAYER_CONCAT:
            return concatenate(layer, values, out, err);
        case TSR_LAYER_FLATTEN: {
            const tsr_tensor flat = tsr_step_flat(in);
            return tsr_tensor_clone(&flat, out, err);
        }
        case TSR_LAYER_UPSAMPLE:
            return tsr_ref_upsample(in, layer->factor, out, err);
        case TSR_LAYER_PIXEL_SHUFFLE:
            return tsr_ref_pixel_shuffle(in, layer->factor, out, err);
        default:
            return tsr_fail(err, TSR_ERR_UNSUPPORTED, layer->name, "layer kind %s is not executed",
                            tsr_layer_kind_name(layer->kind));
    }
}

tsr_status tsr_step_check_shape(const tsr_layer *layer, const tsr_tensor *out, tsr_error *err) {
    TSR_CHECK(out->c == layer->out.c && out->h == layer->out.h && out->w == layer->out.w,
              TSR_ERR_SHAPE, err, layer->name,
              "computed %dx%dx%d, the network says %dx%dx%d (CxHxW)%s", out->c, out->h, out->w,
              layer->out.c, layer->out.h, layer->out.w,
              layer->stride_h > 1 ? "; stride 1 + 2x2 max pool rounds down: use true_stride" : "");
    return TSR_OK;
}

tsr_status tsr_step_named(const tsr_layer *layer, tsr_status status, tsr_error *err) {
    if (status == TSR_OK || err == NULL || strstr(err->where, layer->name) != NULL) {
        return status;
    }
    char old[sizeof err->where];
    memcpy(old, err->where, sizeof old);
    (void)snprintf(err->where, sizeof err->where, "%.63s%s%.180s", layer->name,
                   old[0] != '\0' ? ": " : "", old);
    return status;
}
