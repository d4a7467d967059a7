// SPDX-License-Identifier: Apache-2.0
// Fully connected layer: every output sees the whole input of its batch entry.
#include <tessera/kernels.h>

#include "base/check.h"
#include "reference/element.h"

static tsr_status check(const tsr_tensor *in, const tsr_tensor *weight, const tsr_tensor *bias,
                        tsr_error *err) {
    TSR_TRY(tsr_check_float(in, "input", err));
    TSR_TRY(tsr_check_float(weight, "weight", err));
    const int64_t inputs = (int64_t)(tsr_count(in) / (size_t)in->n);
    TSR_CHECK(weight->c == inputs && weight->h == 1 && weight->w == 1, TSR_ERR_SHAPE, err, NULL,
              "weight is %dx%dx%dx%d, must be %dx%lldx1x1", weight->n, weight->c, weight->h,
              weight->w, weight->n, (long long)inputs);
    if (bias->data == NULL) {
        return TSR_OK;
    }
    TSR_TRY(tsr_check_float(bias, "bias", err));
    TSR_CHECK(tsr_count(bias) == (size_t)weight->n && bias->c == weight->n, TSR_ERR_SHAPE, err,
              NULL, "bias is %dx%dx%dx%d, must be 1x%dx1x1", bias->n, bias->c, bias->h, bias->w,
              weight->n);
    return TSR_OK;
}

tsr_status tsr_ref_gemm_f32(const tsr_tensor *in, const tsr_tensor *weight, const tsr_tensor *bias,
                            tsr_tensor *out, tsr_error *err) {
    TSR_TRY(check(in, weight, bias, err));
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, TSR_DTYPE_F32, in->n, weight->n, 1, 1, err));
    const size_t inputs = (size_t)weight->c;
    for (int32_t n = 0; n < made.n; ++n) {
        const float *x = (const float *)in->data + (size_t)n * inputs;
        for (int32_t m = 0; m < made.c; ++m) {
            const float *w = (const float *)weight->data + (size_t)m * inputs;
            double sum = bias->data != NULL ? (double)((const float *)bias->data)[m] : 0.0;
            for (size_t k = 0; k < inputs; ++k) {
                sum += (double)w[k] * (double)x[k];
            }
            ((float *)made.data)[tsr_index(&made, n, m, 0, 0)] = (float)sum;
        }
    }
    *out = made;
    return TSR_OK;
}
