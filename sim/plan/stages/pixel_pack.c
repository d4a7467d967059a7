// SPDX-License-Identifier: Apache-2.0
// Which stages read packed pixels, and what that makes of a conv. Word q of a row that was loaded
// from pixel 0 to w-1 has pixels q-(g-1) .. q, so that output ox of a window with padding P and
// stride S begins at word ox*S - P + g-1 and goes on in steps of g words.
#include "plan/stages/pixel_pack.h"

#include "base/checked.h"
#include "plan/model/geometry.h"

enum { PACK_MAX = 31, COLUMNS_MAX = (1 << 14) - 1 };  // of a descriptor

/** The loader makes words at the sides of what it loads of the zero point alone. */
static bool pads_with_zero(const tsr_plan *plan, const tsr_stage *stage) {
    for (int32_t col = 0; col < stage->grid.cols; ++col) {
        const tsr_block b = tsr_geometry_block(plan, stage, 0, col);
        const int32_t end = (b.conv.w - 1) * stage->stride_w + stage->kernel_w - b.pad_left;
        if (b.conv.w > 0 && ((b.pad_left > 0 && b.mode_left != TSR_PAD_ZERO) ||
                             (end > b.in.w && b.mode_right != TSR_PAD_ZERO))) {
            return false;
        }
    }
    return true;
}

/** Of the packings with the fewest columns the smallest: it has the shortest rows. */
int32_t tsr_pixel_pack_of(const tsr_plan *plan, const tsr_stage *stage) {
    const tsr_map *map = &plan->maps[stage->in_map];
    const bool windows = stage->kind == TSR_STAGE_CONV && stage->job == TSR_JOB_WEIGHTS &&
                         stage->form == TSR_FORM_DENSE && stage->groups == 1 && !stage->gemm &&
                         stage->dilation_w == 1;
    if (plan->schedule.unpacked || !map->is_input || !windows || !pads_with_zero(plan, stage)) {
        return 1;
    }
    const int32_t word = (int32_t)tsr_arch_feature_word_bytes(&plan->arch) / map->pixel_bytes;
    const int32_t wide = COLUMNS_MAX - stage->in.w + 1;
    const int32_t most =
        tsr_min_i32(tsr_min_i32(tsr_min_i32(word, wide), PACK_MAX), stage->kernel_w);
    const int32_t columns = most >= 1 ? (int32_t)tsr_ceil_div(stage->kernel_w, most) : 1;
    return most >= 1 ? (int32_t)tsr_ceil_div(stage->kernel_w, columns) : 1;
}

int32_t tsr_stage_columns(const tsr_stage *stage) {
    return (int32_t)tsr_ceil_div(stage->kernel_w, stage->pack);
}

int32_t tsr_stage_taps(const tsr_stage *stage) {
    return stage->kernel_h * tsr_stage_columns(stage);
}

void tsr_slot_pack(const tsr_arch *arch, tsr_slot *slot, int32_t pack, int32_t blocks) {
    slot->pack = pack;
    slot->more_w = (pack - 1) * blocks;
    if (slot->more_w > 0 && slot->w > 0) {
        slot->w += slot->more_w;
        slot->row_pitch = tsr_plan_row_lines(arch, slot->w, slot->bank_stride);
        slot->plane_pitch = slot->h * slot->row_pitch;
        slot->lines =
            (int32_t)tsr_plan_map_lines(arch, slot->planes, slot->h, slot->w, slot->bank_stride);
    }
}

void tsr_pixel_pack_conv(int32_t pack, tsr_desc_conv *d) {
    if (pack <= 1) {
        return;
    }
    const int32_t before = pack - 1;  // words that begin left of the first pixel
    const int32_t pad = (int32_t)d->pad_left;
    d->kernel_w = tsr_ceil_div(d->kernel_w, pack);
    d->dilation_w = pack;
    d->in_x0 += tsr_max_i32(0, before - pad);
    d->in_w += tsr_min_i32(before, pad);
    d->pad_left = tsr_max_i32(0, pad - before);
    d->pad_mode_left = TSR_PAD_ZERO;
    d->pad_mode_right = TSR_PAD_ZERO;
}
