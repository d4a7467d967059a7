// SPDX-License-Identifier: Apache-2.0
// Passes that put channels elsewhere: convolutions with a weight of one for each output channel.
#ifndef TESSERA_PLAN_CHANNEL_MOVE_H
#define TESSERA_PLAN_CHANNEL_MOVE_H

#include "plan/model/plan_model.h"

/** Lane of the input map (word * tn + lane within it) that output channel m of a TSR_JOB_MOVE stage
 * is, for pixel `set` of its steps. */
int32_t tsr_move_lane(const tsr_plan *plan, const tsr_stage *stage, int32_t m, int32_t set);
/** Words of the input map that output channels first..last need. */
tsr_stretch tsr_move_planes(const tsr_plan *plan, const tsr_stage *stage, int32_t first,
                            int32_t last);
/** The largest step of a pass that a factor can be made with: 1 to 4, 1 where none divides it. */
int32_t tsr_move_step(int32_t factor);

#endif
