// SPDX-License-Identifier: Apache-2.0
// What a fused group holds of each map, and for how long: from the stages that use it to slots.
#ifndef TESSERA_PLAN_FUSE_HOLDINGS_H
#define TESSERA_PLAN_FUSE_HOLDINGS_H

#include "plan/model/geometry.h"
#include "plan/model/plan_model.h"

/**
 * Fill group->holdings and group->uses from its levels. `keep`: a map from outside that stages read
 * and add is loaded once for both. TSR_ERR_UNSUPPORTED names the stage whose operands cannot be
 * held.
 */
tsr_status tsr_holdings_make(const tsr_plan *plan, tsr_group *group, bool keep,
                             tsr_error *err) TSR_MUST_USE;
/** A slot for each holding, with its life time; ports and partners. */
void tsr_holdings_add_slots(const tsr_plan *plan, tsr_group *group);
/** What a person calls the slots of all holdings. */
void tsr_holdings_name_slots(const tsr_plan *plan, tsr_group *group);
/** What one block of a level (all of a batch) covers of a stage of it. */
tsr_block tsr_level_block(const tsr_plan *plan, const tsr_group *group, int32_t stage, int32_t row,
                          int32_t col);
/** Output of the blocks of a writer that make up block (row, col) of the holding's level. */
tsr_rect tsr_holding_written(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h,
                             int32_t stage, int32_t row, int32_t col);
/** The rectangle of the map that a holding has at block (row, col) of its level. */
tsr_rect tsr_holding_frame(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h,
                           int32_t row, int32_t col);
/** Of that, what is loaded: all that some stage reads of it. Empty where no stage has output. */
tsr_rect tsr_holding_loaded(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h,
                            int32_t row, int32_t col);
/** Pixels that are loaded over all blocks. */
int64_t tsr_holding_pixels(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h);
/** Of a holding that is made in part: the next words of the map, from `plane` on, that no stage of
 * the group writes but some read; empty when there are none. */
tsr_stretch tsr_holding_outside(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h,
                                int32_t plane);

#endif
