// SPDX-License-Identifier: Apache-2.0
// The walk over the parts of a block: steps row by row; areas of an average left to right, then
// downwards.
#include "plan/ops/ops_parts.h"

#include "base/checked.h"
#include "plan/stages/average.h"

/** Input and padding of the output rows (columns) behind the block's first `skipped` ones. Rows behind
 * the last window stay: a strip may have to take rows that no window reads. */
static void skip(int32_t skipped, int32_t stride, int32_t *in0, int32_t *in, int32_t *pad) {
    const int32_t low = skipped * stride - *pad;  // from the block's first input row
    const int32_t begin = tsr_max_i32(low, 0);
    *in0 += begin;
    *in -= begin;
    *pad = begin - low;
}

/** The area whose first output pixel is (y, x) of the map. */
static tsr_pass_part area_at(const tsr_stage *stage, const tsr_block *block, int32_t y, int32_t x) {
    const tsr_real_pixels *real = &stage->real;
    tsr_pass_part part = {.block = *block, .y = y - block->conv.y0, .x = x - block->conv.x0};
    tsr_block *b = &part.block;
    b->conv = (tsr_rect){y, x, tsr_average_equal(stage, true, y, block->conv.y0 + block->conv.h),
                         tsr_average_equal(stage, false, x, block->conv.x0 + block->conv.w)};
    b->out = b->conv;
    skip(part.y, stage->stride_h, &b->in.y0, &b->in.h, &b->pad_top);
    skip(part.x, stage->stride_w, &b->in.x0, &b->in.w, &b->pad_left);
    part.set =
        (tsr_average_real(stage, true, y) - real->least_h) * (real->most_w - real->least_w + 1) +
        tsr_average_real(stage, false, x) - real->least_w;
    return part;
}

tsr_pass_part tsr_pass_part_first(const tsr_stage *stage, const tsr_block *block) {
    return tsr_average_has_areas(stage) ? area_at(stage, block, block->conv.y0, block->conv.x0)
                                        : (tsr_pass_part){.block = *block};
}

bool tsr_pass_part_next(const tsr_stage *stage, const tsr_block *block, tsr_pass_part *part) {
    if (tsr_average_has_areas(stage)) {
        const tsr_rect *done = &part->block.conv;
        const bool right = done->x0 + done->w < block->conv.x0 + block->conv.w;
        const int32_t y = right ? done->y0 : done->y0 + done->h;
        const int32_t x = right ? done->x0 + done->w : block->conv.x0;
        if (y >= block->conv.y0 + block->conv.h) {
            return false;
        }
        *part = area_at(stage, block, y, x);
        return true;
    }
    const int32_t next = part->y * stage->step + part->x + 1;
    part->y = next / stage->step;
    part->x = next % stage->step;
    part->set = stage->weight_phases > 1 ? next : 0;
    part->block.out = (tsr_rect){block->out.y0 + part->y, block->out.x0 + part->x,
                                 block->out.h - part->y, block->out.w - part->x};
    return next < stage->step * stage->step;
}
