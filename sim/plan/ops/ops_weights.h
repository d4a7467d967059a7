// SPDX-License-Identifier: Apache-2.0
// Weights of a pass: how many there are, and their way into the buffer.
#ifndef TESSERA_PLAN_OPS_WEIGHTS_H
#define TESSERA_PLAN_OPS_WEIGHTS_H

#include "plan/ops/ops.h"

/** Input planes of one chunk; the first one brings the parameters, the last one drains. */
typedef struct tsr_chunk {
    int32_t first, planes;
} tsr_chunk;

/** Weight words of one group and set, for some planes of it. */
int32_t tsr_pass_words(const tsr_plan *plan, const tsr_stage *stage, int32_t planes);
/** Real channels among the outputs of some groups. */
int64_t tsr_pass_outputs(const tsr_plan *plan, const tsr_stage *stage, int32_t first,
                         int32_t groups);
/** Weights that one output channel has in a chunk. */
int64_t tsr_pass_weights(const tsr_plan *plan, const tsr_stage *stage, tsr_chunk c);
/** Load a chunk of a portion into the ring, or of a resident stage into its place: every set. */
tsr_status tsr_pass_load(tsr_maker *m, int32_t stage, tsr_portion portion, tsr_chunk c,
                         tsr_held *held, tsr_error *err) TSR_MUST_USE;

#endif
