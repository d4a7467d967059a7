// SPDX-License-Identifier: Apache-2.0
// Levels of a fused group: which stages run block for block, and where blocks meet.
#ifndef TESSERA_PLAN_FUSE_LEVELS_H
#define TESSERA_PLAN_FUSE_LEVELS_H

#include "plan/model/plan_model.h"

/**
 * Fill group->levels; from stage `batch_from` on everything is one batch (beyond the last: none).
 * TSR_ERR_UNSUPPORTED names the stage whose blocks do not go on from those before it.
 */
tsr_status tsr_levels_make(const tsr_plan *plan, int32_t batch_from, tsr_group *group,
                           tsr_error *err) TSR_MUST_USE;
/** Level of a stage of a fused group. */
int32_t tsr_group_level_of(const tsr_group *group, int32_t stage);
/** Blocks of a level, half open, that are in block (row, col) of a level above it (or the same). */
tsr_rect tsr_levels_below(const tsr_plan *plan, const tsr_group *group, int32_t above,
                          int32_t level, int32_t row, int32_t col);
/** Stage `s` of the group writes words of map `map`. */
bool tsr_group_writes(const tsr_plan *plan, const tsr_group *group, int32_t s, int32_t map);

#endif
