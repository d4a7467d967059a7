// SPDX-License-Identifier: Apache-2.0
// Weights and parameters of a stage as they lie in DRAM.
#ifndef TESSERA_PLAN_WEIGHTS_IMAGE_H
#define TESSERA_PLAN_WEIGHTS_IMAGE_H

#include "plan/model/plan_model.h"

/** tsr_plan_weight_bytes(stage) bytes, owned by the caller: groups of
 * [records][planes][kh][kw][tm][tn]. */
tsr_status tsr_weights_image(const tsr_plan *plan, int32_t stage, const tsr_qnetwork *qnetwork,
                             uint8_t **bytes, tsr_error *err) TSR_MUST_USE;

#endif
