// SPDX-License-Identifier: Apache-2.0
// Average pooling: the sum of the real elements of a window over their number (or over the whole
// window).
#include <tessera/kernels.h>

#include "base/check.h"
#include "reference/element.h"
#include "reference/window.h"

/** What one window holds. */
typedef struct window_sum {
    double real;
    int64_t integer;
    int64_t count;
} window_sum;

static window_sum sum_window(const tsr_tensor *in, const tsr_window *window, int32_t n, int32_t c,
                             int32_t oy, int32_t ox) {
    window_sum sum = {0};
    for (int32_t ky = 0; ky < window->kernel_h; ++ky) {
        for (int32_t kx = 0; kx < window->kernel_w; ++kx) {
            const int32_t y = oy * window->stride_h - window->pad.top + ky * window->dilation_h;
            const int32_t x = ox * window->stride_w - window->pad.left + kx * window->dilation_w;
            if (y < 0 || y >= in->h || x < 0 || x >= in->w) {
                continue;
            }
            const size_t i = tsr_index(in, n, c, y, x);
            if (in->dtype == TSR_DTYPE_F32) {
                sum.real += (double)((const float *)in->data)[i];
            } else {
                sum.integer += tsr_int_at(in, i);
            }
            ++sum.count;
        }
    }
    return sum;
}

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0 ? 1 : 0);
}

// round(sum / count); floor((2*sum + count) / (2*count)) rounds ties up.
static int64_t rounded_mean(int64_t sum, int64_t count, tsr_rounding rounding) {
    switch (rounding) {
        case TSR_ROUND_FLOOR:
            return floor_div(sum, count);
        case TSR_ROUND_HALF_UP:
            return floor_div(2 * sum + count, 2 * count);
        case TSR_ROUND_HALF_EVEN: {
            const int64_t up = floor_div(2 * sum + count, 2 * count);
            const bool tie = 2 * sum + count == 2 * count * up;
            return tie && up % 2 != 0 ? up - 1 : up;
        }
        default:  // away from zero, which is also what TFLite does
            return sum < 0 ? -((-2 * sum + count) / (2 * count)) : (2 * sum + count) / (2 * count);
    }
}

static tsr_status check(const tsr_tensor *in, bool count_include_pad, tsr_window_extent *extent,
                        const tsr_window *window, tsr_error *err) {
    TSR_TRY(tsr_check_plain(in, "input", err));
    TSR_CHECK(in->dtype != TSR_DTYPE_I32, TSR_ERR_UNSUPPORTED, err, NULL,
              "average pooling of int32 is not built");
    TSR_CHECK(!count_include_pad || in->dtype == TSR_DTYPE_F32, TSR_ERR_UNSUPPORTED, err, NULL,
              "padding counts as values in float32 only, the input is %s",
              tsr_dtype_name(in->dtype));
    return tsr_window_check(window, in->h, in->w, extent, err);
}

tsr_status tsr_ref_average_pool(const tsr_tensor *in, const tsr_window *window,
                                bool count_include_pad, tsr_rounding rounding, tsr_tensor *out,
                                tsr_error *err) {
    tsr_window_extent extent = {0};
    TSR_TRY(check(in, count_include_pad, &extent, window, err));
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, in->dtype, in->n, in->c, extent.h, extent.w, err));
    const int64_t whole = (int64_t)window->kernel_h * window->kernel_w;
    for (int32_t n = 0; n < made.n; ++n) {
        for (int32_t c = 0; c < made.c; ++c) {
            for (int32_t y = 0; y < made.h; ++y) {
                for (int32_t x = 0; x < made.w; ++x) {
                    const window_sum sum = sum_window(in, window, n, c, y, x);
                    const int64_t count = count_include_pad ? whole : sum.count;
                    if (count == 0) {
                        tsr_tensor_free(&made);
                        return tsr_fail(err, TSR_ERR_SHAPE, NULL,
                                        "the window at row %d, column %d holds padding only", y, x);
                    }
                    const size_t i = tsr_index(&made, n, c, y, x);
                    if (in->dtype == TSR_DTYPE_F32) {
                        ((float *)made.data)[i] = (float)(sum.real / (double)count);
                    } else {
                        tsr_int_set(&made, i, (int32_t)rounded_mean(sum.integer, count, rounding));
                    }
                }
            }
        }
    }
    *out = made;
    return TSR_OK;
}
