// SPDX-License-Identifier: Apache-2.0
// Several stages as one group: levels of equal blocks, buffers with life times, what it costs in
// DRAM bytes.
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
/** Level of a stage of a fused group. */
int32_t tsr_group_level_of(const tsr_group *group, int32_t stage);
/** DRAM bytes a group is expected to move. */
uint64_t tsr_group_bytes(const tsr_group *group);
/** Buffer of a fused group that holds a map: 0 its input, i + 1 what its stage i makes; -1 = none. */
int32_t tsr_group_buffer_of(const tsr_plan *plan, const tsr_group *group, int32_t map);

#endif
