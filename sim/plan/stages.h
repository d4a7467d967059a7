// SPDX-License-Identifier: Apache-2.0
// From network layers to stages: what one pass of the machine does at once.
#ifndef TESSERA_PLAN_STAGES_H
#define TESSERA_PLAN_STAGES_H

#include "plan/plan_model.h"

/** Fill plan->stages and plan->maps from plan->network; TSR_ERR_UNSUPPORTED names a layer the
 * machine does not do. */
tsr_status tsr_plan_make_stages(tsr_plan *plan, tsr_error *err) TSR_MUST_USE;

#endif
