// SPDX-License-Identifier: Apache-2.0
// Float convolution as it is defined; sums are kept in double and rounded once.
#include <tessera/kernels.h>

#include "base/check.h"
#include "reference/conv_check.h"
#include "reference/element.h"

// Sum over the input channels of a group and the taps of the window.
static double sum_of_taps(const tsr_conv_operands *o, int32_t n, int32_t m, int32_t oy,
                          int32_t ox) {
    const tsr_window *window = o->window;
    const tsr_side_pad *pad = &window->pad;
    const int32_t first_channel = m / (o->weight->n / window->groups) * o->weight->c;
    const float *x = o->in->data;
    const float *w = o->weight->data;
    double sum = o->bias->data != NULL ? (double)((const float *)o->bias->data)[m] : 0.0;
    for (int32_t ky = 0; ky < window->kernel_h; ++ky) {
        for (int32_t kx = 0; kx < window->kernel_w; ++kx) {
            const int32_t y =
                tsr_pad_index(oy * window->stride_h - pad->top + ky * window->dilation_h, o->in->h,
                              pad->mode_top, pad->mode_bottom);
            const int32_t column =
                tsr_pad_index(ox * window->stride_w - pad->left + kx * window->dilation_w, o->in->w,
                              pad->mode_left, pad->mode_right);
            if (y < 0 || column < 0) {
                continue;
            }
            for (int32_t c = 0; c < o->weight->c; ++c) {
                sum += (double)w[tsr_index(o->weight, m, c, ky, kx)] *
                       (double)x[tsr_index(o->in, n, first_channel + c, y, column)];
            }
        }
    }
    return sum;
}

tsr_status tsr_ref_conv_f32(const tsr_tensor *in, const tsr_tensor *weight, const tsr_tensor *bias,
                            const tsr_window *window, tsr_tensor *out, tsr_error *err) {
    const tsr_conv_operands o = {in, weight, bias, window};
    tsr_window_extent extent = {0};
    TSR_TRY(tsr_check_float(in, "input", err));
    TSR_TRY(tsr_check_float(weight, "weight", err));
    TSR_TRY(tsr_conv_check(&o, TSR_DTYPE_F32, &extent, err));
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, TSR_DTYPE_F32, in->n, weight->n, extent.h, extent.w, err));
    for (int32_t n = 0; n < made.n; ++n) {
        for (int32_t m = 0; m < made.c; ++m) {
            for (int32_t y = 0; y < made.h; ++y) {
                for (int32_t x = 0; x < made.w; ++x) {
                    ((float *)made.data)[tsr_index(&made, n, m, y, x)] =
                        (float)sum_of_taps(&o, n, m, y, x);
                }
            }
        }
    }
    *out = made;
    return TSR_OK;
}
