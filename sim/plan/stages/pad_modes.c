// SPDX-License-Identifier: Apache-2.0
// Which padding a stage may have: reflect needs pixels to mirror, and some modes meet strides in
// one column bank.
#include "plan/stages/pad_modes.h"

#include "base/check.h"
#include "plan/model/geometry.h"

enum { REFLECT_CONFLICT_STRIDE = 3 };

/** Along one axis: where padding reflects, the pixels it mirrors are in the block. */
static bool mirrors(const tsr_stage *stage, const tsr_block *b, bool vertical) {
    const int32_t kernel = vertical ? stage->kernel_h : stage->kernel_w;
    const int32_t dilation = vertical ? stage->dilation_h : stage->dilation_w;
    const int32_t stride = vertical ? stage->stride_h : stage->stride_w;
    const int32_t in = vertical ? b->in.h : b->in.w;
    const int32_t conv = vertical ? b->conv.h : b->conv.w;
    const int32_t low = vertical ? b->pad_top : b->pad_left;
    const int32_t high = (conv - 1) * stride + (kernel - 1) * dilation - low - (in - 1);
    const bool low_reflects = (vertical ? b->mode_top : b->mode_left) == TSR_PAD_REFLECT;
    const bool high_reflects = (vertical ? b->mode_bottom : b->mode_right) == TSR_PAD_REFLECT;
    return conv <= 0 || ((!low_reflects || low < in) && (!high_reflects || high < in));
}

tsr_status tsr_pad_modes_check(const tsr_plan *plan, const tsr_stage *stage, tsr_error *err) {
    const char *name = plan->network.layers[stage->layer].name;
    const bool columns_padded = stage->pad_left > 0 || stage->pad_right > 0;
    for (int32_t row = 0; row < stage->grid.rows; ++row) {
        for (int32_t col = 0; col < stage->grid.cols; ++col) {
            const tsr_block b = tsr_geometry_block(plan, stage, row, col);
            const bool replicate =
                b.mode_left == TSR_PAD_REPLICATE || b.mode_right == TSR_PAD_REPLICATE;
            const bool reflect = b.mode_left == TSR_PAD_REFLECT || b.mode_right == TSR_PAD_REFLECT;
            TSR_CHECK(!(columns_padded && replicate && stage->stride_w > 1), TSR_ERR_UNSUPPORTED,
                      err, name,
                      "replicate padding with column stride %d: two lanes meet in one "
                      "bank; use zero padding",
                      stage->stride_w);
            TSR_CHECK(!(columns_padded && reflect && stage->stride_w >= REFLECT_CONFLICT_STRIDE),
                      TSR_ERR_UNSUPPORTED, err, name,
                      "reflect padding with column stride %d: two lanes meet in one bank; use zero "
                      "padding",
                      stage->stride_w);
            TSR_CHECK(mirrors(stage, &b, true) && mirrors(stage, &b, false), TSR_ERR_SHAPE, err,
                      name,
                      "reflect padding needs blocks larger than the padding; a block has %dx%d "
                      "pixels",
                      b.cell.h, b.cell.w);
        }
    }
    return TSR_OK;
}
