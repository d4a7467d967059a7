// SPDX-License-Identifier: Apache-2.0
// Weight residency: what stays in the weight buffer, and in what portions the rest goes round in a
// ring.
#ifndef TESSERA_PLAN_RESIDENCY_H
#define TESSERA_PLAN_RESIDENCY_H

#include "plan/model/plan_model.h"

/** True when a pass of the largest block of a stage is one tile of the array and dense, so that sums
 * may go on over passes. */
bool tsr_stage_can_go_on(const tsr_arch *arch, const tsr_stage *stage);
/** Choose pass_groups and pass_planes for the ring that `weights` names. TSR_ERR_NOT_FIT if not
 * even one group fits. */
tsr_status tsr_weights_fit_ring(const tsr_arch *arch, const tsr_stage *stage, const char *name,
                                tsr_stage_weights *weights, tsr_error *err) TSR_MUST_USE;
/** Groups of tm output channels that some weight words and parameter entries have room for. */
int32_t tsr_weights_limit(const tsr_stage *stage, int64_t words, int64_t entries);
/** As few portions of at most `most` as can be, all about as large: the size of one. */
int32_t tsr_balanced(int32_t total, int32_t most);
/** Fill group->weights of a fused group from its levels. TSR_ERR_NOT_FIT names the buffer and the
 * amounts. */
tsr_status tsr_weights_choose(const tsr_plan *plan, tsr_group *group, tsr_error *err) TSR_MUST_USE;

#endif
