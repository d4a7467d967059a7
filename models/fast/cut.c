// SPDX-License-Identifier: Apache-2.0
// Padding of a block as lists of source indices.
#include "fast/cut.h"

#include "base/alloc.h"
#include "base/check.h"

// Positions of the block-relative coordinate range the outputs read: [from, from + size).
static tsr_status check_reflect(const tsr_cut_request *r, int64_t from, int64_t size,
                                tsr_error *err) {
    const int64_t below = from < 0 ? -from : 0;
    const int64_t beyond = from + size > r->extent ? from + size - r->extent : 0;
    TSR_CHECK((r->low != TSR_PAD_REFLECT || below < r->extent) &&
                  (r->high != TSR_PAD_REFLECT || beyond < r->extent),
              TSR_ERR_SHAPE, err, NULL,
              "reflect padding of %lld needs a block larger than that, this one has %d pixels",
              (long long)(below > beyond ? below : beyond), r->extent);
    return TSR_OK;
}

tsr_status tsr_cut_axis_make(const tsr_cut_request *request, tsr_cut_axis *axis, tsr_error *err) {
    const tsr_cut_request *r = request;
    const int64_t from = (int64_t)r->out0 * r->stride - r->pad - r->first;
    const int64_t size = r->out > 0 ? ((int64_t)r->out - 1) * r->stride + r->reach : 0;
    TSR_CHECK(from >= INT32_MIN && from + size <= INT32_MAX, TSR_ERR_OVERFLOW, err, NULL,
              "padded block of %lld pixels is too large", (long long)size);
    TSR_TRY(check_reflect(r, from, size, err));
    int32_t *source = tsr_alloc((size_t)size, sizeof *source);
    TSR_CHECK(source != NULL, TSR_ERR_NO_MEMORY, err, NULL, "no memory for a block's indices");
    for (int64_t p = 0; p < size; ++p) {
        const int32_t i = tsr_pad_index((int32_t)(from + p), r->extent, r->low, r->high);
        source[p] = i < 0 ? -1 : r->first + i;
    }
    *axis = (tsr_cut_axis){source, (int32_t)size, r->out0, r->out};
    return TSR_OK;
}

void tsr_cut_axis_free(tsr_cut_axis *axis) {
    tsr_free(axis->source);
    *axis = (tsr_cut_axis){0};
}

tsr_status tsr_cut_whole(const tsr_conv_operands *o, const tsr_window_extent *extent,
                         tsr_cut_axis *rows, tsr_cut_axis *columns, tsr_error *err) {
    const tsr_window *w = o->window;
    const tsr_cut_request y = {.extent = o->in->h,
                               .pad = w->pad.top,
                               .reach = (w->kernel_h - 1) * w->dilation_h + 1,
                               .stride = w->stride_h,
                               .out = extent->h,
                               .low = w->pad.mode_top,
                               .high = w->pad.mode_bottom};
    const tsr_cut_request x = {.extent = o->in->w,
                               .pad = w->pad.left,
                               .reach = (w->kernel_w - 1) * w->dilation_w + 1,
                               .stride = w->stride_w,
                               .out = extent->w,
                               .low = w->pad.mode_left,
                               .high = w->pad.mode_right};
    TSR_TRY(tsr_cut_axis_make(&y, rows, err));
    const tsr_status status = tsr_cut_axis_make(&x, columns, err);
    if (status != TSR_OK) {
        tsr_cut_axis_free(rows);
    }
    return status;
}
