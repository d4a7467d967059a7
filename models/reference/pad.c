// SPDX-License-Identifier: Apache-2.0
// Explicit padding of a map, any type.
#include <math.h>
#include <string.h>

#include <tessera/kernels.h>

#include "base/check.h"
#include "reference/element.h"
#include "reference/window.h"

static tsr_status check_value(tsr_dtype dtype, double value, tsr_error *err) {
    if (dtype == TSR_DTYPE_F32) {
        return TSR_OK;
    }
    const tsr_int_range range = tsr_dtype_range(dtype);
    TSR_CHECK(value >= range.lo && value <= range.hi && floor(value) == value, TSR_ERR_CONFIG, err,
              NULL, "padding value is %g, must be an integer within [%d, %d] for %s", value,
              range.lo, range.hi, tsr_dtype_name(dtype));
    return TSR_OK;
}

static void set_element(tsr_tensor *t, size_t i, double value) {
    if (t->dtype == TSR_DTYPE_F32) {
        ((float *)t->data)[i] = (float)value;
    } else {
        tsr_int_set(t, i, (int32_t)value);
    }
}

tsr_status tsr_ref_pad(const tsr_tensor *in, const tsr_side_pad *pad, double value, tsr_tensor *out,
                       tsr_error *err) {
    TSR_TRY(tsr_check_plain(in, "input", err));
    TSR_TRY(tsr_side_pad_check(pad, in->h, in->w, err));
    TSR_TRY(check_value(in->dtype, value, err));
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, in->dtype, in->n, in->c, in->h + pad->top + pad->bottom,
                              in->w + pad->left + pad->right, err));
    const size_t bytes = tsr_dtype_bytes(in->dtype);
    for (int32_t n = 0; n < made.n; ++n) {
        for (int32_t c = 0; c < made.c; ++c) {
            for (int32_t y = 0; y < made.h; ++y) {
                for (int32_t x = 0; x < made.w; ++x) {
                    const size_t i = tsr_index(&made, n, c, y, x);
                    const int32_t from_y =
                        tsr_pad_index(y - pad->top, in->h, pad->mode_top, pad->mode_bottom);
                    const int32_t from_x =
                        tsr_pad_index(x - pad->left, in->w, pad->mode_left, pad->mode_right);
                    if (from_y < 0 || from_x < 0) {
                        set_element(&made, i, value);
                        continue;
                    }
                    memcpy((char *)made.data + i * bytes,
                           (const char *)in->data + tsr_index(in, n, c, from_y, from_x) * bytes,
                           bytes);
                }
            }
        }
    }
    *out = made;
    return TSR_OK;
}
