// SPDX-License-Identifier: Apache-2.0
// Pixel packing: the loader puts neighbouring pixels of the network input into one word, so that
// the array takes several columns of the window in one cycle.
#ifndef TESSERA_PLAN_PIXEL_PACK_H
#define TESSERA_PLAN_PIXEL_PACK_H

#include "plan/model/plan_model.h"

/** Pixels in one word of what a stage reads, 1 for none. Maps and blocks are known. */
int32_t tsr_pixel_pack_of(const tsr_plan *plan, const tsr_stage *stage);
/** Columns of the window as the array takes them, and all its taps. */
int32_t tsr_stage_columns(const tsr_stage *stage);
int32_t tsr_stage_taps(const tsr_stage *stage);
/** Words that a row of a slot has beyond its pixels, for `blocks` that lie side by side with words of
 * their own. */
void tsr_slot_pack(const tsr_arch *arch, tsr_slot *slot, int32_t pack, int32_t blocks);
/** The same conv over packed words: what is described over pixels, changed in place. */
void tsr_pixel_pack_conv(int32_t pack, tsr_desc_conv *d);

#endif
