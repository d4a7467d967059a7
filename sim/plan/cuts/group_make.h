// SPDX-License-Identifier: Apache-2.0
// One stretch of stages as a group of one kind: whether it may be, the group itself, what it costs.
#ifndef TESSERA_PLAN_GROUP_MAKE_H
#define TESSERA_PLAN_GROUP_MAKE_H

#include "plan/model/plan_model.h"

/** What the objective counts, and what decides between equals. */
typedef struct tsr_cost {
    uint64_t main, second;  // DRAM bytes and expected cycles, or the other way round
} tsr_cost;

/** What bounds the cycles of a group, each as if nothing else did. */
typedef struct tsr_group_limits {
    uint64_t array;                   // cycles in which the array gets operands
    uint64_t passes;                  // these and the fill of every pass
    uint64_t loads, weights, stores;  // beats
} tsr_group_limits;

/** The schedule lets stages first..last be a group of this kind. */
bool tsr_group_may_be(const tsr_plan *plan, tsr_group_kind kind, int32_t first, int32_t last);
/**
 * Make it. On failure *group is untouched: TSR_ERR_NOT_FIT, TSR_ERR_UNSUPPORTED.
 * @param[in,out] hopeless  of tsr_group_fuse, or NULL.
 */
tsr_status tsr_group_make(const tsr_plan *plan, tsr_group_kind kind, int32_t first, int32_t last,
                          bool *hopeless, tsr_group *group, tsr_error *err) TSR_MUST_USE;
tsr_group_limits tsr_group_find_limits(const tsr_plan *plan, const tsr_group *group);
/** Bytes and cycles in the order of the schedule's objective; without one bytes alone. */
tsr_cost tsr_group_cost(const tsr_plan *plan, const tsr_group *group);
bool tsr_cost_less(tsr_cost a, tsr_cost b);

#endif
