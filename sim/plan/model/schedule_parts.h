// SPDX-License-Identifier: Apache-2.0
// Which mode each layer of a network runs in.
#ifndef TESSERA_PLAN_SCHEDULE_PARTS_H
#define TESSERA_PLAN_SCHEDULE_PARTS_H

#include <tessera/plan.h>

/** TSR_ERR_USAGE for what does not go together in a schedule. */
tsr_status tsr_schedule_check(const tsr_schedule *schedule, tsr_error *err) TSR_MUST_USE;
/** The part that a layer is in, -1 for none. Parts have been checked with tsr_schedule_apply. */
int32_t tsr_schedule_part_of(const tsr_schedule *schedule, const tsr_network *network,
                             int32_t layer);
/** Kinds of groups that a mode may have: a bit for each tsr_group_kind. */
uint32_t tsr_schedule_ways(tsr_schedule_mode mode);

#endif
