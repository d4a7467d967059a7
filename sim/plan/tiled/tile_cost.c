// SPDX-License-Identifier: Apache-2.0
// Tile edges worth trying, and what each makes of an axis.
#include "plan/tiled/tile_cost.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"
#include "plan/model/geometry.h"

/** Add the tiles of one block. */
static void add_block(const tsr_plan *plan, const tsr_stage *stage, bool vertical,
                      const tsr_block *block, tsr_axis_cut *cut) {
    const int32_t begin = vertical ? block->out.y0 : block->out.x0;
    const int32_t size = vertical ? block->out.h : block->out.w;
    for (int32_t at = 0; at < size; at += cut->tile) {
        const int32_t out = tsr_min_i32(cut->tile, size - at);
        tsr_rect rect = block->out;
        if (vertical) {
            rect.y0 = begin + at;
            rect.h = out;
        } else {
            rect.x0 = begin + at;
            rect.w = out;
        }
        const tsr_block tile = tsr_geometry_tile(stage, block, rect);
        const int32_t in = vertical ? tile.in.h : tile.in.w;
        const int32_t conv = vertical ? tile.conv.h : tile.conv.w;
        ++cut->tiles;
        cut->in_max = tsr_max_i32(cut->in_max, in);
        cut->conv_max = tsr_max_i32(cut->conv_max, conv);
        cut->out_max = tsr_max_i32(cut->out_max, out);
        cut->in_sum += in;
        cut->conv_sum += conv;
        cut->column_sum += tsr_ceil_div(conv, plan->arch.tp);
    }
}

/** Blocks of the stage as tiles are cut from them: pools that straddle blocks are whole maps here.
 */
static tsr_axis_cut cut_axis(const tsr_plan *plan, const tsr_stage *stage, bool vertical,
                             int32_t tile) {
    tsr_axis_cut cut = {.tile = tile};
    const int32_t blocks = vertical ? stage->grid.rows : stage->grid.cols;
    for (int32_t i = 0; i < blocks; ++i) {
        const tsr_block block = vertical ? tsr_geometry_block(plan, stage, i, 0)
                                         : tsr_geometry_block(plan, stage, 0, i);
        add_block(plan, stage, vertical, &block, &cut);
    }
    return cut;
}

tsr_status tsr_axis_cuts_make(const tsr_plan *plan, const tsr_stage *stage, bool vertical,
                              tsr_axis_cuts *cuts, tsr_error *err) {
    const int32_t extent = vertical ? stage->out_max.h : stage->out_max.w;
    cuts->count = 0;
    cuts->cuts = tsr_alloc((size_t)extent, sizeof *cuts->cuts);
    TSR_CHECK(cuts->cuts != NULL, TSR_ERR_NO_MEMORY, err, tsr_plan_stage_name(plan, 0),
              "no memory for the cuts of a map");
    int32_t last = 0;
    for (int32_t pieces = 1; pieces <= extent; ++pieces) {
        const int32_t whole = (int32_t)tsr_ceil_div(extent, pieces);
        const int32_t tile = (int32_t)tsr_ceil_div(whole, stage->step) * stage->step;
        if (tile != last) {
            cuts->cuts[cuts->count++] = cut_axis(plan, stage, vertical, tile);
            last = tile;
        }
        if (stage->untiled) {
            break;
        }
    }
    return TSR_OK;
}

void tsr_axis_cuts_free(tsr_axis_cuts *cuts) {
    tsr_free(cuts->cuts);
    *cuts = (tsr_axis_cuts){0};
}
