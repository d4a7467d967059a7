// SPDX-License-Identifier: Apache-2.0
// Grids: rule 1.1 of the block convolution (authors' code, BlockConv.py), and the ragged extension.
#include <tessera/blocking.h>

#include "base/check.h"
#include "base/checked.h"

/** One axis of a grid. */
typedef struct axis {
    int32_t count;  // blocks
    int32_t block;  // largest block [pixel]
    bool even;      // edges at floor(i*size/count)
} axis;

// Fixed: the edge is clipped to the map; a map that it does not divide needs a smaller last block.
static bool cut_fixed(int32_t size, int32_t edge, bool ragged, axis *out) {
    const int32_t block = edge < size ? edge : size;
    *out = (axis){(int32_t)tsr_ceil_div(size, block), block, false};
    return ragged || size % block == 0;
}

// Hierarchical: an axis that the count does not divide stays whole; ragged always cuts (at most to
// single pixels).
static void cut_hierarchical(int32_t size, int32_t count, bool ragged, axis *out) {
    if (size % count == 0) {
        *out = (axis){count, size / count, false};
    } else if (!ragged) {
        *out = (axis){1, size, false};
    } else {
        const int32_t blocks = count < size ? count : size;
        *out = (axis){blocks, (int32_t)tsr_ceil_div(size, blocks), size % blocks != 0};
    }
}

static tsr_status check(const tsr_blocking *blocking, int32_t map_h, int32_t map_w,
                        const char *where, tsr_error *err) {
    TSR_CHECK(map_h >= 1 && map_w >= 1, TSR_ERR_SHAPE, err, where,
              "map %dx%d, must be at least 1x1", map_h, map_w);
    TSR_CHECK(blocking->kind == TSR_BLOCKING_NONE || (blocking->h >= 1 && blocking->w >= 1),
              TSR_ERR_USAGE, err, where, "blocking numbers %d and %d, must be at least 1",
              blocking->h, blocking->w);
    return TSR_OK;
}

tsr_status tsr_block_grid_make(const tsr_blocking *blocking, int32_t map_h, int32_t map_w,
                               const char *where, tsr_block_grid *grid, tsr_error *err) {
    TSR_TRY(check(blocking, map_h, map_w, where, err));
    axis rows = {1, map_h, false};
    axis cols = {1, map_w, false};
    if (blocking->kind == TSR_BLOCKING_FIXED) {
        const bool h_fits = cut_fixed(map_h, blocking->h, blocking->ragged, &rows);
        const bool w_fits = cut_fixed(map_w, blocking->w, blocking->ragged, &cols);
        TSR_CHECK(
            h_fits && w_fits, TSR_ERR_SHAPE, err, where,
            "blocks of %dx%d do not divide the map of %dx%d; choose a divisor, or ragged blocks",
            rows.block, cols.block, map_h, map_w);
    } else if (blocking->kind == TSR_BLOCKING_HIERARCHICAL) {
        cut_hierarchical(map_h, blocking->h, blocking->ragged, &rows);
        cut_hierarchical(map_w, blocking->w, blocking->ragged, &cols);
    }
    // Where an axis is cut into equal blocks, both rules for edges are the same: one flag does.
    *grid = (tsr_block_grid){.map_h = map_h,
                             .map_w = map_w,
                             .rows = rows.count,
                             .cols = cols.count,
                             .block_h = rows.block,
                             .block_w = cols.block,
                             .even = rows.even || cols.even};
    return TSR_OK;
}

// First pixel of block i of an axis; i == count gives the end of the map.
static int32_t edge(const tsr_block_grid *grid, int32_t i, int32_t size, int32_t block,
                    int32_t count) {
    if (grid->even) {
        return (int32_t)((int64_t)i * size / count);
    }
    const int64_t at = (int64_t)i * block;
    return at < size ? (int32_t)at : size;
}

tsr_rect tsr_block_grid_rect(const tsr_block_grid *grid, int32_t row, int32_t col) {
    const int32_t y0 = edge(grid, row, grid->map_h, grid->block_h, grid->rows);
    const int32_t x0 = edge(grid, col, grid->map_w, grid->block_w, grid->cols);
    return (tsr_rect){
        .y0 = y0,
        .x0 = x0,
        .h = edge(grid, row + 1, grid->map_h, grid->block_h, grid->rows) - y0,
        .w = edge(grid, col + 1, grid->map_w, grid->block_w, grid->cols) - x0,
    };
}

bool tsr_block_grid_is_whole(const tsr_block_grid *grid) {
    return grid->rows == 1 && grid->cols == 1;
}
