// SPDX-License-Identifier: Apache-2.0
// Which operation must wait for which: tokens that make every order the engines can run in give the
// same values.
#ifndef TESSERA_PLAN_TOKENS_H
#define TESSERA_PLAN_TOKENS_H

#include "plan/model/plan_model.h"

/** Set pop and push of all operations of plan->list. */
tsr_status tsr_tokens_place(tsr_plan *plan, tsr_error *err) TSR_MUST_USE;

#endif
