// SPDX-License-Identifier: Apache-2.0
// Operators that look at one element at a time: clip and add.
#include <tessera/kernels.h>

#include "base/check.h"
#include "reference/element.h"

tsr_status tsr_ref_clip_f32(const tsr_tensor *in, float lo, float hi, tsr_tensor *out,
                            tsr_error *err) {
    TSR_TRY(tsr_check_float(in, "input", err));
    TSR_CHECK(lo <= hi, TSR_ERR_CONFIG, err, NULL, "clip from %g to %g is empty", (double)lo,
              (double)hi);
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, TSR_DTYPE_F32, in->n, in->c, in->h, in->w, err));
    const float *x = in->data;
    float *y = made.data;
    const size_t count = tsr_count(in);
    for (size_t i = 0; i < count; ++i) {
        const float low = x[i] < lo ? lo : x[i];
        y[i] = low > hi ? hi : low;
    }
    *out = made;
    return TSR_OK;
}

tsr_status tsr_ref_add_f32(const tsr_tensor *a, const tsr_tensor *b, tsr_tensor *out,
                           tsr_error *err) {
    TSR_TRY(tsr_check_float(a, "first operand", err));
    TSR_TRY(tsr_check_float(b, "second operand", err));
    TSR_CHECK(a->n == b->n && a->c == b->c && a->h == b->h && a->w == b->w, TSR_ERR_SHAPE, err,
              NULL, "operands are %dx%dx%dx%d and %dx%dx%dx%d, must be equal", a->n, a->c, a->h,
              a->w, b->n, b->c, b->h, b->w);
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, TSR_DTYPE_F32, a->n, a->c, a->h, a->w, err));
    const float *x = a->data;
    const float *y = b->data;
    float *sum = made.data;
    const size_t count = tsr_count(a);
    for (size_t i = 0; i < count; ++i) {
        sum[i] = x[i] + y[i];
    }
    *out = made;
    return TSR_OK;
}
