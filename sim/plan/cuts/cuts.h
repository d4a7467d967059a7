// SPDX-License-Identifier: Apache-2.0
// Where one group ends and the next begins: the choice with the fewest DRAM bytes that the schedule
// allows.
#ifndef TESSERA_PLAN_CUTS_H
#define TESSERA_PLAN_CUTS_H

#include "plan/model/plan_model.h"

/** Fill plan->groups and plan->reason. TSR_ERR_NOT_FIT of the group that cannot be avoided and does
 * not fit. */
tsr_status tsr_plan_cut(tsr_plan *plan, tsr_error *err) TSR_MUST_USE;

#endif
