// SPDX-License-Identifier: Apache-2.0
// Integer convolution as it is defined, with 64-bit sums that must end within 32 bits.
#include <tessera/kernels.h>

#include "base/check.h"
#include "reference/conv_check.h"
#include "reference/element.h"

// Zero padding reads the zero point and so adds nothing.
static int64_t sum_of_taps(const tsr_conv_operands *o, int32_t zero_point, int32_t n, int32_t m,
                           int32_t oy, int32_t ox) {
    const tsr_window *window = o->window;
    const tsr_side_pad *pad = &window->pad;
    const int32_t first_channel = m / (o->weight->n / window->groups) * o->weight->c;
    int64_t sum = o->bias->data != NULL ? ((const int32_t *)o->bias->data)[m] : 0;
    for (int32_t ky = 0; ky < window->kernel_h; ++ky) {
        for (int32_t kx = 0; kx < window->kernel_w; ++kx) {
            const int32_t y =
                tsr_pad_index(oy * window->stride_h - pad->top + ky * window->dilation_h, o->in->h,
                              pad->mode_top, pad->mode_bottom);
            const int32_t x =
                tsr_pad_index(ox * window->stride_w - pad->left + kx * window->dilation_w, o->in->w,
                              pad->mode_left, pad->mode_right);
            if (y < 0 || x < 0) {
                continue;
            }
            for (int32_t c = 0; c < o->weight->c; ++c) {
                const int64_t value =
                    tsr_int_at(o->in, tsr_index(o->in, n, first_channel + c, y, x)) - zero_point;
                sum += tsr_int_at(o->weight, tsr_index(o->weight, m, c, ky, kx)) * value;
            }
        }
    }
    return sum;
}

tsr_status tsr_ref_conv_int(const tsr_tensor *in, int32_t zero_point, const tsr_tensor *weight,
                            const tsr_tensor *bias, const tsr_window *window, tsr_tensor *acc,
                            tsr_error *err) {
    const tsr_conv_operands o = {in, weight, bias, window};
    tsr_window_extent extent = {0};
    TSR_TRY(tsr_conv_check_int(&o, zero_point, &extent, err));
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, TSR_DTYPE_I32, in->n, weight->n, extent.h, extent.w, err));
    for (int32_t n = 0; n < made.n; ++n) {
        for (int32_t m = 0; m < made.c; ++m) {
            for (int32_t y = 0; y < made.h; ++y) {
                for (int32_t x = 0; x < made.w; ++x) {
                    const int64_t sum = sum_of_taps(&o, zero_point, n, m, y, x);
                    if (sum < INT32_MIN || sum > INT32_MAX) {
                        tsr_tensor_free(&made);
                        return tsr_fail(err, TSR_ERR_OVERFLOW, NULL,
                                        "sum of channel %d at row %d, column %d is %lld, beyond 32 "
                                        "bits",
                                        m, y, x, (long long)sum);
                    }
                    ((int32_t *)made.data)[tsr_index(&made, n, m, y, x)] = (int32_t)sum;
                }
            }
        }
    }
    *acc = made;
    return TSR_OK;
}
