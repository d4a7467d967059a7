// SPDX-License-Identifier: Apache-2.0
// One stage by itself, from DRAM to DRAM: tiles, the order of its loops, and its slots.
#ifndef TESSERA_PLAN_TILING_H
#define TESSERA_PLAN_TILING_H

#include "plan/model/plan_model.h"

/**
 * Make a tiled group of one stage: the tiling that moves the fewest DRAM bytes and fits, of equals
 * the fastest. TSR_ERR_NOT_FIT names the buffer and the amounts; *group is untouched then.
 */
tsr_status tsr_group_tile(const tsr_plan *plan, int32_t stage, tsr_group *group,
                          tsr_error *err) TSR_MUST_USE;

#endif
