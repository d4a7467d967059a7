// SPDX-License-Identifier: Apache-2.0
// Max pooling over the real elements of each window.
#include <tessera/kernels.h>

#include "base/check.h"
#include "reference/element.h"
#include "reference/window.h"

static bool is_larger(const tsr_tensor *t, size_t a, size_t b) {
    if (t->dtype == TSR_DTYPE_F32) {
        return ((const float *)t->data)[a] > ((const float *)t->data)[b];
    }
    return tsr_int_at(t, a) > tsr_int_at(t, b);
}

static void copy_element(const tsr_tensor *from, size_t source, tsr_tensor *to, size_t target) {
    if (from->dtype == TSR_DTYPE_F32) {
        ((float *)to->data)[target] = ((const float *)from->data)[source];
    } else {
        tsr_int_set(to, target, tsr_int_at(from, source));
    }
}

// Position of the largest real element of a window, or -1 when it holds padding only.
static int64_t largest(const tsr_tensor *in, const tsr_window *window, int32_t n, int32_t c,
                       int32_t oy, int32_t ox) {
    int64_t found = -1;
    for (int32_t ky = 0; ky < window->kernel_h; ++ky) {
        for (int32_t kx = 0; kx < window->kernel_w; ++kx) {
            const int32_t y = oy * window->stride_h - window->pad.top + ky * window->dilation_h;
            const int32_t x = ox * window->stride_w - window->pad.left + kx * window->dilation_w;
            if (y < 0 || y >= in->h || x < 0 || x >= in->w) {
                continue;
            }
            const size_t i = tsr_index(in, n, c, y, x);
            if (found < 0 || is_larger(in, i, (size_t)found)) {
                found = (int64_t)i;
            }
        }
    }
    return found;
}

tsr_status tsr_ref_max_pool(const tsr_tensor *in, const tsr_window *window, tsr_tensor *out,
                            tsr_error *err) {
    tsr_window_extent extent = {0};
    TSR_TRY(tsr_check_plain(in, "input", err));
    TSR_TRY(tsr_window_check(window, in->h, in->w, &extent, err));
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, in->dtype, in->n, in->c, extent.h, extent.w, err));
    for (int32_t n = 0; n < made.n; ++n) {
        for (int32_t c = 0; c < made.c; ++c) {
            for (int32_t y = 0; y < made.h; ++y) {
                for (int32_t x = 0; x < made.w; ++x) {
                    const int64_t found = largest(in, window, n, c, y, x);
                    if (found < 0) {
                        tsr_tensor_free(&made);
                        return tsr_fail(err, TSR_ERR_SHAPE, NULL,
                                        "the window at row %d, column %d holds padding only", y, x);
                    }
                    copy_element(in, (size_t)found, &made, tsr_index(&made, n, c, y, x));
                }
            }
        }
    }
    *out = made;
    return TSR_OK;
}
