// SPDX-License-Identifier: Apache-2.0
// Where the blocks of a stage begin and end, along one axis.
#include "plan/model/geometry_edges.h"

#include "base/checked.h"

tsr_axis_of_stage tsr_stage_axis(const tsr_stage *stage, bool vertical) {
    if (vertical) {
        return (tsr_axis_of_stage){stage->in.h,    stage->conv_h,
                                   stage->out.h,   stage->stride_h,
                                   stage->pad_top, (stage->kernel_h - 1) * stage->dilation_h + 1,
                                   stage->step,    stage->pools};
    }
    return (tsr_axis_of_stage){stage->in.w,     stage->conv_w,
                               stage->out.w,    stage->stride_w,
                               stage->pad_left, (stage->kernel_w - 1) * stage->dilation_w + 1,
                               stage->step,     stage->pools};
}

/** Input edge of grid line `index` of an axis. */
static int32_t grid_edge(const tsr_block_grid *grid, bool vertical, int32_t index) {
    const int32_t count = vertical ? grid->rows : grid->cols;
    if (index >= count) {
        return vertical ? grid->map_h : grid->map_w;
    }
    const tsr_rect rect =
        vertical ? tsr_block_grid_rect(grid, index, 0) : tsr_block_grid_rect(grid, 0, index);
    return vertical ? rect.y0 : rect.x0;
}

int32_t tsr_edge_in(const tsr_stage *stage, bool vertical, int32_t index) {
    const int32_t count = vertical ? stage->grid.rows : stage->grid.cols;
    const tsr_axis_of_stage a = tsr_stage_axis(stage, vertical);
    const int32_t edge = grid_edge(&stage->grid, vertical, index);
    if (!stage->grid_of_output) {
        return edge;
    }
    return index >= count ? a.in : edge * 2;  // a 2x2 pool; the last block takes an odd row along
}

int32_t tsr_edge_conv(const tsr_stage *stage, bool vertical, int32_t index) {
    const int32_t count = vertical ? stage->grid.rows : stage->grid.cols;
    const tsr_axis_of_stage a = tsr_stage_axis(stage, vertical);
    if (index >= count) {
        return a.conv;
    }
    if (stage->grid_of_output) {
        return grid_edge(&stage->grid, vertical, index);
    }
    // output o belongs to the block that holds input row o * stride
    return (int32_t)tsr_ceil_div(grid_edge(&stage->grid, vertical, index), a.stride);
}

int32_t tsr_edge_out(const tsr_stage *stage, bool vertical, int32_t index) {
    const int32_t count = vertical ? stage->grid.rows : stage->grid.cols;
    const tsr_axis_of_stage a = tsr_stage_axis(stage, vertical);
    if (index >= count) {
        return a.out;
    }
    const int32_t edge = tsr_edge_conv(stage, vertical, index);
    return a.pools ? edge / 2 : edge * a.step;
}
