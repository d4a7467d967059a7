// SPDX-License-Identifier: Apache-2.0
// Several stages as one group: levels of equal blocks, what is held with life times, what it costs
// in DRAM bytes.
#ifndef TESSERA_PLAN_FUSE_H
#define TESSERA_PLAN_FUSE_H

#include "plan/plan_model.h"

/**
 * Make a fused group of stages first..last. On failure *group is untouched:
 * TSR_ERR_NOT_FIT names the buffer and the amounts, TSR_ERR_UNSUPPORTED the stage whose blocks do
 * not go on.
 */
tsr_status tsr_group_fuse(const tsr_plan *plan, int32_t first, int32_t last, tsr_group *group,
                          tsr_error *err) TSR_MUST_USE;
/** DRAM bytes a group is expected to move. */
uint64_t tsr_group_bytes(const tsr_group *group);

#endif
