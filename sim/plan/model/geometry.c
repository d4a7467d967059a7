// SPDX-License-Identifier: Apache-2.0
// Where the blocks and tiles of a stage lie in its input and output maps.
#include "plan/model/geometry.h"

#include "base/checked.h"
#include "plan/model/geometry_edges.h"

static bool is_whole(const tsr_stage *stage, bool vertical) {
    return (vertical ? stage->grid.rows : stage->grid.cols) == 1;
}

/** One axis of a block: input, window output and final output ranges, and the padding before it. */
typedef struct span {
    int32_t cell0, cell, in0, in, conv0, conv, out0, out, pad;
} span;

static span block_span(const tsr_stage *stage, bool vertical, int32_t index) {
    const tsr_axis_of_stage a = tsr_stage_axis(stage, vertical);
    span s = {.in0 = tsr_edge_in(stage, vertical, index),
              .conv0 = tsr_edge_conv(stage, vertical, index),
              .out0 = tsr_edge_out(stage, vertical, index),
              .pad = a.pad};
    s.in = tsr_edge_in(stage, vertical, index + 1) - s.in0;
    s.cell0 = s.in0;
    s.cell = s.in;
    s.conv = tsr_edge_conv(stage, vertical, index + 1) - s.conv0;
    s.out = tsr_edge_out(stage, vertical, index + 1) - s.out0;
    if (a.pools) {
        s.conv = s.out * 2;  // an odd last row of the map is not needed
    }
    if (!is_whole(stage, vertical) && !stage->grid_of_output) {
        // With a true stride the first output may sit inside the block.
        const int32_t inset = s.conv0 * a.stride - s.in0;
        const int32_t skipped = inset > s.pad ? inset - s.pad : 0;
        s.pad = inset > s.pad ? 0 : s.pad - inset;
        s.in0 += skipped;
        s.in -= skipped;
    }
    return s;
}

/** Tile of one axis of a block that says what may be read. Where the padding before it reflects, it
 * has the pixels that are mirrored, also those that no window reaches. */
static span tile_span(const tsr_axis_of_stage *a, const span *block, bool reflects, int32_t out0,
                      int32_t out) {
    span s = {.out0 = out0, .out = out};
    s.conv0 = a->pools ? out0 * 2 : out0 / a->step;
    s.conv = a->pools ? out * 2 : out / a->step;
    const int32_t low = block->in0 + (s.conv0 - block->conv0) * a->stride - block->pad;
    const int32_t end = block->in0 + block->in;
    s.in0 = tsr_max_i32(low, block->in0);
    s.pad = s.in0 - low;
    const int32_t mirrored = reflects && s.pad > 0 ? s.in0 + s.pad + 1 : 0;
    const int32_t high = tsr_max_i32(low + (s.conv - 1) * a->stride + a->reach, mirrored);
    s.in = (high < end ? high : end) - s.in0;
    s.cell0 = s.in0;
    s.cell = s.in;
    return s;
}

static tsr_block block_of(const span *y, const span *x) {
    return (tsr_block){.cell = {y->cell0, x->cell0, y->cell, x->cell},
                       .in = {y->in0, x->in0, y->in, x->in},
                       .conv = {y->conv0, x->conv0, y->conv, x->conv},
                       .out = {y->out0, x->out0, y->out, x->out},
                       .pad_top = y->pad,
                       .pad_left = x->pad};
}

/** Sides on the border of the image have its mode, sides between blocks the block's. Averages are not
 * blocked, and count no padding. */
static void choose_modes(const tsr_plan *plan, const tsr_stage *stage, tsr_block *block) {
    if (stage->job == TSR_JOB_AVERAGE) {
        block->mode_top = block->mode_left = TSR_PAD_ZERO;
        block->mode_bottom = block->mode_right = TSR_PAD_ZERO;
        return;
    }
    const tsr_blocking *blocking = &plan->schedule.blocking;
    const tsr_pad_mode border = tsr_blocking_border_mode(blocking);
    const tsr_pad_mode inner = blocking->block_padding;
    block->mode_top = block->in.y0 == 0 ? border : inner;
    block->mode_left = block->in.x0 == 0 ? border : inner;
    block->mode_bottom = block->in.y0 + block->in.h == stage->in.h ? border : inner;
    block->mode_right = block->in.x0 + block->in.w == stage->in.w ? border : inner;
}

tsr_block tsr_geometry_block(const tsr_plan *plan, const tsr_stage *stage, int32_t row,
                             int32_t col) {
    const span y = block_span(stage, true, row);
    const span x = block_span(stage, false, col);
    tsr_block block = block_of(&y, &x);
    choose_modes(plan, stage, &block);
    return block;
}

tsr_block tsr_geometry_tile(const tsr_stage *stage, const tsr_block *block, tsr_rect out) {
    const tsr_axis_of_stage vertical = tsr_stage_axis(stage, true);
    const tsr_axis_of_stage horizontal = tsr_stage_axis(stage, false);
    const span rows = {
        .in0 = block->in.y0, .in = block->in.h, .conv0 = block->conv.y0, .pad = block->pad_top};
    const span cols = {
        .in0 = block->in.x0, .in = block->in.w, .conv0 = block->conv.x0, .pad = block->pad_left};
    const bool pads = stage->kind != TSR_STAGE_POOL;  // windows of a pool leave out what is padded
    const bool above = pads && block->mode_top == TSR_PAD_REFLECT;
    const bool left = pads && block->mode_left == TSR_PAD_REFLECT;
    const span y = tile_span(&vertical, &rows, above, out.y0, out.h);
    const span x = tile_span(&horizontal, &cols, left, out.x0, out.w);
    tsr_block tile = block_of(&y, &x);
    tile.mode_top = block->mode_top;
    tile.mode_left = block->mode_left;
    tile.mode_bottom = block->mode_bottom;
    tile.mode_right = block->mode_right;
    return tile;
}

tsr_stage tsr_geometry_for_tiles(const tsr_stage *stage) {
    tsr_stage whole = *stage;
    if (stage->grid_of_output) {
        whole.grid_of_output = false;
        whole.grid = (tsr_block_grid){.map_h = stage->in.h,
                                      .map_w = stage->in.w,
                                      .rows = 1,
                                      .cols = 1,
                                      .block_h = stage->in.h,
                                      .block_w = stage->in.w};
        whole.cell_max = stage->in;
        whole.out_max = stage->out;
        whole.conv_max_h = stage->conv_h;
        whole.conv_max_w = stage->conv_w;
    }
    return whole;
}

/** A tile at a border must read a real pixel, and reflect what it mirrors, wherever the block is
 * cut. */
static bool tileable(const tsr_plan *plan, const tsr_stage *stage) {
    const tsr_blocking *blocking = &plan->schedule.blocking;
    const bool reflects =
        stage->job != TSR_JOB_AVERAGE && (blocking->block_padding == TSR_PAD_REFLECT ||
                                          tsr_blocking_border_mode(blocking) == TSR_PAD_REFLECT);
    const int32_t sides = reflects ? 2 : 1;  // as many real pixels as padding, or one
    const int32_t reach_h = (stage->kernel_h - 1) * stage->dilation_h + 1;
    const int32_t reach_w = (stage->kernel_w - 1) * stage->dilation_w + 1;
    const int32_t pad_h = tsr_max_i32(stage->pad_top, stage->pad_bottom);
    const int32_t pad_w = tsr_max_i32(stage->pad_left, stage->pad_right);
    return stage->kind == TSR_STAGE_POOL || (sides * pad_h < reach_h && sides * pad_w < reach_w);
}

void tsr_geometry_measure(const tsr_plan *plan, tsr_stage *stage) {
    int64_t in_h = 0;
    int64_t in_w = 0;
    int64_t conv_h = 0;
    int64_t conv_w = 0;
    stage->cell_max = (tsr_shape){.c = stage->in.c};
    stage->out_max = (tsr_shape){.c = stage->out.c};
    for (int32_t row = 0; row < stage->grid.rows; ++row) {
        const tsr_block b = tsr_geometry_block(plan, stage, row, 0);
        stage->cell_max.h = tsr_max_i32(stage->cell_max.h, b.cell.h);
        stage->out_max.h = tsr_max_i32(stage->out_max.h, b.out.h);
        stage->conv_max_h = tsr_max_i32(stage->conv_max_h, b.conv.h);
        in_h += b.conv.h > 0 ? b.in.h : 0;
        conv_h += b.conv.h;
    }
    for (int32_t col = 0; col < stage->grid.cols; ++col) {
        const tsr_block b = tsr_geometry_block(plan, stage, 0, col);
        stage->cell_max.w = tsr_max_i32(stage->cell_max.w, b.cell.w);
        stage->out_max.w = tsr_max_i32(stage->out_max.w, b.out.w);
        stage->conv_max_w = tsr_max_i32(stage->conv_max_w, b.conv.w);
        in_w += b.conv.w > 0 ? b.in.w : 0;
        conv_w += b.conv.w;
    }
    stage->in_pixels = in_h * in_w;
    stage->conv_pixels = conv_h * conv_w;
    stage->untiled = !tileable(plan, stage);
}

bool tsr_geometry_pool_is_local(const tsr_stage *conv) {
    const int32_t rows = conv->grid.rows;
    const int32_t cols = conv->grid.cols;
    if (conv->conv_h - tsr_edge_conv(conv, true, rows - 1) < 2 ||
        conv->conv_w - tsr_edge_conv(conv, false, cols - 1) < 2) {
        return false;  // nothing would be left of the last block
    }
    for (int32_t row = 1; row < conv->grid.rows; ++row) {
        if (tsr_edge_conv(conv, true, row) % 2 != 0) {
            return false;
        }
    }
    for (int32_t col = 1; col < conv->grid.cols; ++col) {
        if (tsr_edge_conv(conv, false, col) % 2 != 0) {
            return false;
        }
    }
    return true;
}
