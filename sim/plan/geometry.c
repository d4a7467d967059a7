// SPDX-License-Identifier: Apache-2.0
// Where the blocks of a stage lie in its input and output maps, and how blocks of two stages
// relate.
#include "plan/geometry.h"

#include "base/checked.h"

/** One axis of a stage. */
typedef struct axis {
    int32_t in, conv, out;       // extents of the maps
    int32_t stride, pad, reach;  // reach: extent of the window
    int32_t step;                // output pixels of each one that is computed
    bool pools;
} axis;

static axis axis_of(const tsr_stage *stage, bool vertical) {
    if (vertical) {
        return (axis){stage->in.h,    stage->conv_h,
                      stage->out.h,   stage->stride_h,
                      stage->pad_top, (stage->kernel_h - 1) * stage->dilation_h + 1,
                      stage->step,    stage->pools};
    }
    return (axis){stage->in.w,     stage->conv_w,   stage->out.w,
                  stage->stride_w, stage->pad_left, (stage->kernel_w - 1) * stage->dilation_w + 1,
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

static bool is_whole(const tsr_stage *stage, bool vertical) {
    return (vertical ? stage->grid.rows : stage->grid.cols) == 1;
}

/** First input row (column) of block `index`. */
static int32_t in_edge(const tsr_stage *stage, bool vertical, int32_t index) {
    const int32_t count = vertical ? stage->grid.rows : stage->grid.cols;
    const axis a = axis_of(stage, vertical);
    const int32_t edge = grid_edge(&stage->grid, vertical, index);
    if (!stage->grid_of_output) {
        return edge;
    }
    return index >= count ? a.in : edge * 2;  // a 2x2 pool; the last block takes an odd row along
}

/** First row before the fused pool of block `index`. */
static int32_t conv_edge(const tsr_stage *stage, bool vertical, int32_t index) {
    const int32_t count = vertical ? stage->grid.rows : stage->grid.cols;
    const axis a = axis_of(stage, vertical);
    if (index >= count) {
        return a.conv;
    }
    if (stage->grid_of_output) {
        return grid_edge(&stage->grid, vertical, index);
    }
    // output o belongs to the block that holds input row o * stride
    return (int32_t)tsr_ceil_div(grid_edge(&stage->grid, vertical, index), a.stride);
}

static int32_t out_edge(const tsr_stage *stage, bool vertical, int32_t index) {
    const int32_t count = vertical ? stage->grid.rows : stage->grid.cols;
    const axis a = axis_of(stage, vertical);
    if (index >= count) {
        return a.out;
    }
    const int32_t edge = conv_edge(stage, vertical, index);
    return a.pools ? edge / 2 : edge * a.step;
}

/** One axis of a block: input, window output and final output ranges, and the padding before it. */
typedef struct span {
    int32_t cell0, cell, in0, in, conv0, conv, out0, out, pad;
} span;

static span block_span(const tsr_stage *stage, bool vertical, int32_t index) {
    const axis a = axis_of(stage, vertical);
    span s = {.in0 = in_edge(stage, vertical, index),
              .conv0 = conv_edge(stage, vertical, index),
              .out0 = out_edge(stage, vertical, index),
              .pad = a.pad};
    s.in = in_edge(stage, vertical, index + 1) - s.in0;
    s.cell0 = s.in0;
    s.cell = s.in;
    s.conv = conv_edge(stage, vertical, index + 1) - s.conv0;
    s.out = out_edge(stage, vertical, index + 1) - s.out0;
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

/** Tile of one axis of a block; `low` and `size` say what the block reads. */
static span tile_span(const axis *a, const span *block, int32_t out0, int32_t out) {
    span s = {.out0 = out0, .out = out};
    s.conv0 = a->pools ? out0 * 2 : out0 / a->step;
    s.conv = a->pools ? out * 2 : out / a->step;
    const int32_t low = block->in0 + (s.conv0 - block->conv0) * a->stride - block->pad;
    const int32_t high = low + (s.conv - 1) * a->stride + a->reach;
    const int32_t end = block->in0 + block->in;
    s.in0 = low > block->in0 ? low : block->in0;
    s.pad = s.in0 - low;
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

/** Sides on the border of the image have its mode, sides between blocks the block's. */
static void choose_modes(const tsr_plan *plan, const tsr_stage *stage, tsr_block *block) {
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
    const axis vertical = axis_of(stage, true);
    const axis horizontal = axis_of(stage, false);
    const span rows = {
        .in0 = block->in.y0, .in = block->in.h, .conv0 = block->conv.y0, .pad = block->pad_top};
    const span cols = {
        .in0 = block->in.x0, .in = block->in.w, .conv0 = block->conv.x0, .pad = block->pad_left};
    const span y = tile_span(&vertical, &rows, out.y0, out.h);
    const span x = tile_span(&horizontal, &cols, out.x0, out.w);
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

static int32_t larger(int32_t a, int32_t b) {
    return a > b ? a : b;
}

/** A tile at a border must read a real pixel, and reflect what it mirrors, wherever the block is
 * cut. */
static bool tileable(const tsr_plan *plan, const tsr_stage *stage) {
    const tsr_blocking *blocking = &plan->schedule.blocking;
    const bool reflects = blocking->block_padding == TSR_PAD_REFLECT ||
                          tsr_blocking_border_mode(blocking) == TSR_PAD_REFLECT;
    const int32_t sides = reflects ? 2 : 1;  // as many real pixels as padding, or one
    const int32_t reach_h = (stage->kernel_h - 1) * stage->dilation_h + 1;
    const int32_t reach_w = (stage->kernel_w - 1) * stage->dilation_w + 1;
    const int32_t pad_h = larger(stage->pad_top, stage->pad_bottom);
    const int32_t pad_w = larger(stage->pad_left, stage->pad_right);
    return stage->kind == TSR_STAGE_POOL || (sides * pad_h < reach_h && sides * pad_w < reach_w);
}

/** A tap of some output of the block that holds input row (column) `at` lies on it. */
static bool is_read(const tsr_stage *stage, bool vertical, int32_t at) {
    const axis a = axis_of(stage, vertical);
    const int32_t kernel = vertical ? stage->kernel_h : stage->kernel_w;
    const int32_t dilation = vertical ? stage->dilation_h : stage->dilation_w;
    int32_t block = 0;
    while (in_edge(stage, vertical, block + 1) <= at) {
        ++block;
    }
    const int32_t first = conv_edge(stage, vertical, block);
    const int32_t pooled_end = out_edge(stage, vertical, block + 1) * 2;
    const int32_t end = a.pools ? pooled_end : conv_edge(stage, vertical, block + 1);
    for (int32_t k = 0; k < kernel; ++k) {
        const int32_t position = at + a.pad - k * dilation;
        if (position >= 0 && position % a.stride == 0 && position / a.stride >= first &&
            position / a.stride < end) {
            return true;
        }
    }
    return false;
}

/** Nothing is computed in vain: some row (column) of every output block of `before` is read. */
static bool reads_blocks(const tsr_stage *before, const tsr_stage *stage, bool vertical) {
    const int32_t blocks = vertical ? before->grid.rows : before->grid.cols;
    for (int32_t i = 0; i < blocks; ++i) {
        const int32_t begin = out_edge(before, vertical, i);
        const int32_t end = out_edge(before, vertical, i + 1);
        bool read = begin == end;
        for (int32_t at = begin; at < end && !read; ++at) {
            read = is_read(stage, vertical, at);
        }
        if (!read) {
            return false;
        }
    }
    return true;
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
        stage->cell_max.h = larger(stage->cell_max.h, b.cell.h);
        stage->out_max.h = larger(stage->out_max.h, b.out.h);
        stage->conv_max_h = larger(stage->conv_max_h, b.conv.h);
        in_h += b.conv.h > 0 ? b.in.h : 0;
        conv_h += b.conv.h;
    }
    for (int32_t col = 0; col < stage->grid.cols; ++col) {
        const tsr_block b = tsr_geometry_block(plan, stage, 0, col);
        stage->cell_max.w = larger(stage->cell_max.w, b.cell.w);
        stage->out_max.w = larger(stage->out_max.w, b.out.w);
        stage->conv_max_w = larger(stage->conv_max_w, b.conv.w);
        in_w += b.conv.w > 0 ? b.in.w : 0;
        conv_w += b.conv.w;
    }
    stage->in_pixels = in_h * in_w;
    stage->conv_pixels = conv_h * conv_w;
    stage->untiled = !tileable(plan, stage);
}

static bool same_axis(const tsr_stage *before, const tsr_stage *after, bool vertical) {
    const int32_t count = vertical ? before->grid.rows : before->grid.cols;
    if (count != (vertical ? after->grid.rows : after->grid.cols)) {
        return false;
    }
    for (int32_t i = 0; i < count; ++i) {
        if (out_edge(before, vertical, i) != in_edge(after, vertical, i)) {
            return false;
        }
    }
    return true;
}

bool tsr_geometry_same(const tsr_stage *before, const tsr_stage *after) {
    return same_axis(before, after, true) && same_axis(before, after, false);
}

/** Index of the block of `before` whose output starts at `edge`; the count when at the end; -1 when
 * none does. */
static int32_t child_at(const tsr_stage *before, bool vertical, int32_t edge) {
    const int32_t count = vertical ? before->grid.rows : before->grid.cols;
    for (int32_t i = 0; i <= count; ++i) {
        if (out_edge(before, vertical, i) == edge) {
            return i;
        }
    }
    return -1;
}

static bool nests_axis(const tsr_stage *before, const tsr_stage *after, bool vertical) {
    const int32_t count = vertical ? after->grid.rows : after->grid.cols;
    for (int32_t i = 0; i < count; ++i) {
        if (child_at(before, vertical, in_edge(after, vertical, i)) < 0) {
            return false;
        }
    }
    return true;
}

bool tsr_geometry_nests(const tsr_stage *before, const tsr_stage *after) {
    return nests_axis(before, after, true) && nests_axis(before, after, false);
}

void tsr_geometry_children(const tsr_stage *before, const tsr_stage *after, int32_t row,
                           int32_t col, tsr_rect *children) {
    children->y0 = child_at(before, true, in_edge(after, true, row));
    children->x0 = child_at(before, false, in_edge(after, false, col));
    const int32_t bottom = row + 1 < after->grid.rows
                               ? child_at(before, true, in_edge(after, true, row + 1))
                               : before->grid.rows;
    const int32_t right = col + 1 < after->grid.cols
                              ? child_at(before, false, in_edge(after, false, col + 1))
                              : before->grid.cols;
    children->h = bottom - children->y0;
    children->w = right - children->x0;
}

bool tsr_geometry_reads_all(const tsr_stage *before, const tsr_stage *after) {
    return reads_blocks(before, after, true) && reads_blocks(before, after, false);
}

tsr_relation tsr_geometry_between(const tsr_stage *before, const tsr_stage *after) {
    if (!tsr_geometry_reads_all(before, after)) {
        return TSR_RELATION_NONE;
    }
    if (tsr_geometry_same(before, after)) {
        return TSR_RELATION_SAME;
    }
    return tsr_geometry_nests(before, after) ? TSR_RELATION_JOIN : TSR_RELATION_NONE;
}

tsr_relation tsr_geometry_relation(const tsr_plan *plan, const tsr_stage *stage) {
    tsr_relation worst = TSR_RELATION_NONE;
    bool first = true;
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        if (plan->stages[s].out_map != stage->in_map) {
            continue;
        }
        const tsr_relation found = tsr_geometry_between(&plan->stages[s], stage);
        if (found == TSR_RELATION_NONE) {
            return found;
        }
        worst = first || found == TSR_RELATION_JOIN ? found : worst;
        first = false;
    }
    return worst;
}

bool tsr_geometry_same_cells(const tsr_stage *a, const tsr_stage *b) {
    for (int32_t vertical = 0; vertical < 2; ++vertical) {
        const int32_t count = vertical ? a->grid.rows : a->grid.cols;
        if (count != (vertical ? b->grid.rows : b->grid.cols)) {
            return false;
        }
        for (int32_t i = 0; i < count; ++i) {
            if (in_edge(a, vertical, i) != in_edge(b, vertical, i)) {
                return false;
            }
        }
    }
    return true;
}

bool tsr_geometry_pool_is_local(const tsr_stage *conv) {
    const int32_t rows = conv->grid.rows;
    const int32_t cols = conv->grid.cols;
    if (conv->conv_h - conv_edge(conv, true, rows - 1) < 2 ||
        conv->conv_w - conv_edge(conv, false, cols - 1) < 2) {
        return false;  // nothing would be left of the last block
    }
    for (int32_t row = 1; row < conv->grid.rows; ++row) {
        if (conv_edge(conv, true, row) % 2 != 0) {
            return false;
        }
    }
    for (int32_t col = 1; col < conv->grid.cols; ++col) {
        if (conv_edge(conv, false, col) % 2 != 0) {
            return false;
        }
    }
    return true;
}
