// SPDX-License-Identifier: Apache-2.0
// Between real and integer tensors, and the distance of two pictures.
#include <math.h>

#include <tessera/forward.h>

#include "base/check.h"
#include "forward/sums.h"

static tsr_status check_params(tsr_qparams params, tsr_error *err) {
    TSR_CHECK(params.scale > 0.0 && isfinite(params.scale), TSR_ERR_CONFIG, err, NULL,
              "quantisation scale is %g, must be positive and finite", params.scale);
    return TSR_OK;
}

// Round half to even without depending on the floating-point environment.
static double round_half_even(double value) {
    const double floor_value = floor(value);
    const double rest = value - floor_value;
    if (rest < 0.5) {
        return floor_value;
    }
    if (rest > 0.5) {
        return floor_value + 1.0;
    }
    return fmod(floor_value, 2.0) == 0.0 ? floor_value : floor_value + 1.0;
}

tsr_status tsr_tensor_quantize(const tsr_tensor *real, tsr_qparams params, int32_t activation_bits,
                               tsr_tensor *q, tsr_error *err) {
    TSR_TRY(check_params(params, err));
    TSR_CHECK(activation_bits == 8 || activation_bits == 16, TSR_ERR_UNSUPPORTED, err, NULL,
              "activation_bits is %d, must be 8 or 16", activation_bits);
    TSR_CHECK(real->dtype == TSR_DTYPE_F32 && real->layout == TSR_LAYOUT_PLAIN, TSR_ERR_SHAPE, err,
              NULL, "only plain float32 tensors are quantised, this one is %s",
              tsr_dtype_name(real->dtype));
    const double lo = activation_bits == 8 ? INT8_MIN : INT16_MIN;
    const double hi = activation_bits == 8 ? INT8_MAX : INT16_MAX;
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, activation_bits == 8 ? TSR_DTYPE_I8 : TSR_DTYPE_I16, real->n,
                              real->c, real->h, real->w, err));
    const size_t count = tsr_q_count(real);
    for (size_t i = 0; i < count; ++i) {
        const double x = (double)((const float *)real->data)[i];
        double value = round_half_even(x / params.scale) + params.zero_point;
        value = value > lo ? value : lo;  // NaN becomes the lowest value
        tsr_q_set(&made, i, (int32_t)(value < hi ? value : hi));
    }
    *q = made;
    return TSR_OK;
}

tsr_status tsr_tensor_dequantize(const tsr_tensor *q, tsr_qparams params, tsr_tensor *real,
                                 tsr_error *err) {
    TSR_TRY(check_params(params, err));
    TSR_CHECK(
        (q->dtype == TSR_DTYPE_I8 || q->dtype == TSR_DTYPE_I16) && q->layout == TSR_LAYOUT_PLAIN,
        TSR_ERR_SHAPE, err, NULL,
        "only plain int8 and int16 tensors are dequantised, this one is %s",
        tsr_dtype_name(q->dtype));
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, TSR_DTYPE_F32, q->n, q->c, q->h, q->w, err));
    const size_t count = tsr_q_count(q);
    for (size_t i = 0; i < count; ++i) {
        ((float *)made.data)[i] = (float)(params.scale * (tsr_q_at(q, i) - params.zero_point));
    }
    *real = made;
    return TSR_OK;
}

double tsr_psnr_db(const tsr_tensor *a, const tsr_tensor *b, double peak, int32_t border) {
    const bool same = a->dtype == TSR_DTYPE_F32 && b->dtype == TSR_DTYPE_F32 && a->n == b->n &&
                      a->c == b->c && a->h == b->h && a->w == b->w;
    if (!same || border < 0 || a->h <= 2 * border || a->w <= 2 * border) {
        return (double)NAN;
    }
    const float *pa = a->data;
    const float *pb = b->data;
    double sum = 0.0;
    double count = 0.0;
    for (int32_t p = 0; p < a->n * a->c; ++p) {
        for (int32_t y = border; y < a->h - border; ++y) {
            for (int32_t x = border; x < a->w - border; ++x) {
                const size_t i = ((size_t)p * (size_t)a->h + (size_t)y) * (size_t)a->w + (size_t)x;
                const double difference = (double)pa[i] - (double)pb[i];
                sum += difference * difference;
                count += 1.0;
            }
        }
    }
    return sum > 0.0 ? 10.0 * log10(peak * peak * count / sum) : (double)INFINITY;
}
