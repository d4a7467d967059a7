// SPDX-License-Identifier: Apache-2.0
// What a group cannot do without, found without making it: whatever is no better than what is known
// need not be made.
#ifndef TESSERA_PLAN_FUSE_BOUND_H
#define TESSERA_PLAN_FUSE_BOUND_H

#include "plan/model/plan_model.h"

/** DRAM bytes that stages first..last move at least as one group of whatever kind: what they read of
 * maps made before, what they write for others, and their weights, all of it once. */
uint64_t tsr_bound_bytes(const tsr_plan *plan, int32_t first, int32_t last);
/** DRAM bytes of weights of stages first..from-1 that are read again, run block by block with weights
 * chosen automatically and so many blocks together: what cannot be resident. */
uint64_t tsr_bound_again(const tsr_plan *plan, int32_t first, int32_t from, int32_t together);
/** First stage from which whole maps of stages first..last can be on chip together. */
int32_t tsr_bound_batch(const tsr_plan *plan, int32_t first, int32_t last);

#endif
