// SPDX-License-Identifier: Apache-2.0
// A block the literal way: materialise it with its padding, convolve without padding, paste the
// result.
#include <string.h>

#include "base/check.h"
#include "fast/cut_conv.h"
#include "reference/element.h"

static void set_padding(tsr_tensor *block, size_t i, int32_t zero_point) {
    if (block->dtype != TSR_DTYPE_F32) {  // float zeros are there already
        tsr_int_set(block, i, zero_point);
    }
}

static void fill_block(const tsr_tensor *in, const tsr_cut *cut, int32_t zero_point,
                       tsr_tensor *block) {
    const size_t bytes = tsr_dtype_bytes(in->dtype);
    for (int32_t n = 0; n < block->n; ++n) {
        for (int32_t c = 0; c < block->c; ++c) {
            for (int32_t y = 0; y < block->h; ++y) {
                for (int32_t x = 0; x < block->w; ++x) {
                    const size_t i = tsr_index(block, n, c, y, x);
                    const int32_t from_y = cut->y->source[y];
                    const int32_t from_x = cut->x->source[x];
                    if (from_y < 0 || from_x < 0) {
                        set_padding(block, i, zero_point);
                        continue;
                    }
                    memcpy((char *)block->data + i * bytes,
                           (const char *)in->data + tsr_index(in, n, c, from_y, from_x) * bytes,
                           bytes);
                }
            }
        }
    }
}

static void paste(const tsr_tensor *result, const tsr_cut *cut, tsr_tensor *out) {
    const size_t bytes = tsr_dtype_bytes(out->dtype);
    for (int32_t n = 0; n < result->n; ++n) {
        for (int32_t c = 0; c < result->c; ++c) {
            for (int32_t y = 0; y < result->h; ++y) {
                memcpy((char *)out->data +
                           tsr_index(out, n, c, cut->y->out0 + y, cut->x->out0) * bytes,
                       (const char *)result->data + tsr_index(result, n, c, y, 0) * bytes,
                       (size_t)result->w * bytes);
            }
        }
    }
}

tsr_status tsr_cut_conv_ref_run(const void *layer, const tsr_cut *cut, tsr_tensor *out,
                                tsr_error *err) {
    const tsr_cut_conv_ref *ref = layer;
    const tsr_conv_operands *o = ref->o;
    tsr_window window = *o->window;
    window.pad = (tsr_side_pad){0};
    tsr_tensor block = {0};
    tsr_tensor result = {0};
    TSR_TRY(tsr_tensor_create(&block, o->in->dtype, o->in->n, o->in->c, cut->y->size, cut->x->size,
                              err));
    fill_block(o->in, cut, ref->zero_point, &block);
    const tsr_status status =
        o->in->dtype == TSR_DTYPE_F32
            ? tsr_ref_conv_f32(&block, o->weight, o->bias, &window, &result, err)
            : tsr_ref_conv_int(&block, ref->zero_point, o->weight, o->bias, &window, &result, err);
    if (status == TSR_OK) {
        paste(&result, cut, out);
    }
    tsr_tensor_free(&block);
    tsr_tensor_free(&result);
    return status;
}
