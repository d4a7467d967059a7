// SPDX-License-Identifier: Apache-2.0
// Which padding a stage may have.
#ifndef TESSERA_PLAN_PAD_MODES_H
#define TESSERA_PLAN_PAD_MODES_H

#include "plan/model/plan_model.h"

/** TSR_ERR_SHAPE: reflect without enough pixels. TSR_ERR_UNSUPPORTED: two lanes would meet in one
 * bank (hardware.md 2.4). */
tsr_status tsr_pad_modes_check(const tsr_plan *plan, const tsr_stage *stage,
                               tsr_error *err) TSR_MUST_USE;

#endif
