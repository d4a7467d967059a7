// SPDX-License-Identifier: Apache-2.0
// Window arithmetic: output extents, padding as an index map, legality.
#include "reference/window.h"

#include <assert.h>

#include "base/check.h"

int32_t tsr_window_out(int32_t in, int32_t pad_total, int32_t kernel, int32_t stride,
                       int32_t dilation) {
    const int64_t reach = (int64_t)dilation * ((int64_t)kernel - 1) + 1;
    const int64_t room = (int64_t)in + pad_total - reach;
    if (stride < 1 || room < 0) {
        return 0;
    }
    const int64_t out = room / stride + 1;
    return out < INT32_MAX ? (int32_t)out : INT32_MAX;
}

int32_t tsr_pad_index(int32_t i, int32_t extent, tsr_pad_mode low, tsr_pad_mode high) {
    if (i >= 0 && i < extent) {
        return i;
    }
    const tsr_pad_mode mode = i < 0 ? low : high;
    if (mode == TSR_PAD_REPLICATE) {
        return i < 0 ? 0 : extent - 1;
    }
    if (mode == TSR_PAD_REFLECT) {
        const int32_t mirrored = i < 0 ? -i : 2 * (extent - 1) - i;
        assert(mirrored >= 0 && mirrored < extent);
        return mirrored;
    }
    return -1;
}

static tsr_status check_side(int32_t pad, tsr_pad_mode mode, int32_t extent, const char *side,
                             tsr_error *err) {
    TSR_CHECK(pad >= 0, TSR_ERR_CONFIG, err, NULL, "padding %s is %d, must not be negative", side,
              pad);
    TSR_CHECK(mode == TSR_PAD_ZERO || mode == TSR_PAD_REPLICATE || mode == TSR_PAD_REFLECT,
              TSR_ERR_CONFIG, err, NULL,
              "padding mode %s is %d, must be zero, replicate or reflect", side, (int)mode);
    TSR_CHECK(mode != TSR_PAD_REFLECT || pad < extent, TSR_ERR_SHAPE, err, NULL,
              "reflect padding %s is %d, must be smaller than the extent %d", side, pad, extent);
    return TSR_OK;
}

tsr_status tsr_side_pad_check(const tsr_side_pad *pad, int32_t h, int32_t w, tsr_error *err) {
    TSR_TRY(check_side(pad->top, pad->mode_top, h, "top", err));
    TSR_TRY(check_side(pad->left, pad->mode_left, w, "left", err));
    TSR_TRY(check_side(pad->bottom, pad->mode_bottom, h, "bottom", err));
    TSR_TRY(check_side(pad->right, pad->mode_right, w, "right", err));
    const int64_t tall = (int64_t)h + pad->top + pad->bottom;
    const int64_t wide = (int64_t)w + pad->left + pad->right;
    TSR_CHECK(tall <= INT32_MAX && wide <= INT32_MAX, TSR_ERR_OVERFLOW, err, NULL,
              "padded map of %lld x %lld pixels is too large", (long long)tall, (long long)wide);
    return TSR_OK;
}

static tsr_status check_axis(int32_t kernel, int32_t stride, int32_t dilation, const char *axis,
                             tsr_error *err) {
    TSR_CHECK(kernel >= 1 && stride >= 1 && dilation >= 1, TSR_ERR_CONFIG, err, NULL,
              "%s kernel %d, stride %d and dilation %d must all be at least 1", axis, kernel,
              stride, dilation);
    return TSR_OK;
}

tsr_status tsr_window_check(const tsr_window *window, int32_t h, int32_t w, tsr_window_extent *out,
                            tsr_error *err) {
    TSR_TRY(check_axis(window->kernel_h, window->stride_h, window->dilation_h, "vertical", err));
    TSR_TRY(check_axis(window->kernel_w, window->stride_w, window->dilation_w, "horizontal", err));
    const tsr_side_pad *pad = &window->pad;
    TSR_TRY(tsr_side_pad_check(pad, h, w, err));
    const int32_t out_h = tsr_window_out(h, pad->top + pad->bottom, window->kernel_h,
                                         window->stride_h, window->dilation_h);
    const int32_t out_w = tsr_window_out(w, pad->left + pad->right, window->kernel_w,
                                         window->stride_w, window->dilation_w);
    TSR_CHECK(out_h >= 1 && out_w >= 1, TSR_ERR_SHAPE, err, NULL,
              "window %dx%d with dilation %dx%d does not fit the padded map of %dx%d",
              window->kernel_h, window->kernel_w, window->dilation_h, window->dilation_w,
              h + pad->top + pad->bottom, w + pad->left + pad->right);
    *out = (tsr_window_extent){out_h, out_w};
    return TSR_OK;
}
