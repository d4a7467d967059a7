// SPDX-License-Identifier: Apache-2.0
// The blocks of one blocked convolution, axis by axis.
#include "fast/block_cuts.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"

/** One axis of the map and of the window. */
typedef struct map_axis {
    bool vertical;
    int32_t in, out;
    int32_t pad, kernel, stride, dilation;
    int32_t blocks;
} map_axis;

static map_axis axis_of(const tsr_conv_operands *o, const tsr_window_extent *extent,
                        const tsr_block_grid *grid, bool vertical) {
    const tsr_window *w = o->window;
    return vertical ? (map_axis){true,        o->in->h,    extent->h,     w->pad.top,
                                 w->kernel_h, w->stride_h, w->dilation_h, grid->rows}
                    : (map_axis){false,       o->in->w,    extent->w,     w->pad.left,
                                 w->kernel_w, w->stride_w, w->dilation_w, grid->cols};
}

static int32_t edge(const tsr_block_grid *grid, const map_axis *axis, int32_t block) {
    if (block == axis->blocks) {
        return axis->in;
    }
    const tsr_rect rect =
        axis->vertical ? tsr_block_grid_rect(grid, block, 0) : tsr_block_grid_rect(grid, 0, block);
    return axis->vertical ? rect.y0 : rect.x0;
}

// Output o belongs to the block that holds input o * stride.
static int32_t first_output(const tsr_block_grid *grid, const map_axis *axis, int32_t block) {
    return block == axis->blocks ? axis->out
                                 : (int32_t)tsr_ceil_div(edge(grid, axis, block), axis->stride);
}

static tsr_status make_axis(const tsr_block_request *r, const tsr_block_grid *grid,
                            const map_axis *axis, tsr_cut_axis *cuts, tsr_error *err) {
    const tsr_pad_mode border = tsr_blocking_border_mode(r->blocking);
    const tsr_pad_mode inner = r->blocking->block_padding;
    for (int32_t i = 0; i < axis->blocks; ++i) {
        const int32_t first = edge(grid, axis, i);
        const int32_t out0 = first_output(grid, axis, i);
        const tsr_cut_request request = {.first = first,
                                         .extent = edge(grid, axis, i + 1) - first,
                                         .pad = axis->pad,
                                         .reach = (axis->kernel - 1) * axis->dilation + 1,
                                         .stride = axis->stride,
                                         .out0 = out0,
                                         .out = first_output(grid, axis, i + 1) - out0,
                                         .low = i == 0 ? border : inner,
                                         .high = i == axis->blocks - 1 ? border : inner};
        TSR_TRY(tsr_cut_axis_make(&request, &cuts[i], err));
    }
    return TSR_OK;
}

// Blocks can be put together again only where every input row has its output row (every stride-th
// one).
static tsr_status check_tiling(const tsr_block_grid *grid, const map_axis *axis, tsr_error *err) {
    const int32_t want = (int32_t)tsr_ceil_div(axis->in, axis->stride);
    TSR_CHECK(tsr_block_grid_is_whole(grid) || axis->out == want, TSR_ERR_SHAPE, err, NULL,
              "blocks cannot be tiled back: a map of %d %s becomes %d, must become %d (kernel %d, "
              "stride %d, dilation %d need padding that keeps the size)",
              axis->in, axis->vertical ? "rows" : "columns", axis->out, want, axis->kernel,
              axis->stride, axis->dilation);
    return TSR_OK;
}

static tsr_status fill(const tsr_block_request *r, tsr_block_cuts *cuts, tsr_error *err) {
    const tsr_conv_operands *o = r->o;
    tsr_block_grid grid = {0};
    TSR_TRY(tsr_block_grid_make(r->blocking, o->in->h, o->in->w, r->where, &grid, err));
    const tsr_window *w = o->window;
    const tsr_window_extent extent = {tsr_window_out(o->in->h, w->pad.top + w->pad.bottom,
                                                     w->kernel_h, w->stride_h, w->dilation_h),
                                      tsr_window_out(o->in->w, w->pad.left + w->pad.right,
                                                     w->kernel_w, w->stride_w, w->dilation_w)};
    const map_axis y = axis_of(o, &extent, &grid, true);
    const map_axis x = axis_of(o, &extent, &grid, false);
    TSR_TRY(check_tiling(&grid, &y, err));
    TSR_TRY(check_tiling(&grid, &x, err));
    cuts->rows = grid.rows;
    cuts->columns = grid.cols;
    cuts->out_h = extent.h;
    cuts->out_w = extent.w;
    cuts->y = tsr_alloc((size_t)grid.rows, sizeof *cuts->y);
    cuts->x = tsr_alloc((size_t)grid.cols, sizeof *cuts->x);
    TSR_CHECK(cuts->y != NULL && cuts->x != NULL, TSR_ERR_NO_MEMORY, err, NULL,
              "no memory for a grid of blocks");
    TSR_TRY(make_axis(r, &grid, &y, cuts->y, err));
    return make_axis(r, &grid, &x, cuts->x, err);
}

tsr_status tsr_block_cuts_make(const tsr_block_request *request, tsr_block_cuts *cuts,
                               tsr_error *err) {
    tsr_block_cuts made = {0};
    const tsr_status status = fill(request, &made, err);
    if (status != TSR_OK) {
        tsr_block_cuts_free(&made);
        return status;
    }
    *cuts = made;
    return TSR_OK;
}

void tsr_block_cuts_free(tsr_block_cuts *cuts) {
    for (int32_t i = 0; i < cuts->rows && cuts->y != NULL; ++i) {
        tsr_cut_axis_free(&cuts->y[i]);
    }
    for (int32_t i = 0; i < cuts->columns && cuts->x != NULL; ++i) {
        tsr_cut_axis_free(&cuts->x[i]);
    }
    tsr_free(cuts->y);
    tsr_free(cuts->x);
    *cuts = (tsr_block_cuts){0};
}

tsr_status tsr_block_cuts_run(const tsr_block_cuts *cuts, tsr_cut_conv_fn convolve,
                              const void *layer, tsr_tensor *out, tsr_error *err) {
    for (int32_t i = 0; i < cuts->rows; ++i) {
        for (int32_t j = 0; j < cuts->columns; ++j) {
            const tsr_cut cut = {&cuts->y[i], &cuts->x[j]};
            if (cut.y->out > 0 && cut.x->out > 0) {
                TSR_TRY(convolve(layer, &cut, out, err));
            }
        }
    }
    return TSR_OK;
}
