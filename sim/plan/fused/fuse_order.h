// SPDX-License-Identifier: Apache-2.0
// The order in which the blocks of a fused group are run, all pictures in turn, and how many of them
// are run together.
#ifndef TESSERA_PLAN_FUSE_ORDER_H
#define TESSERA_PLAN_FUSE_ORDER_H

#include "plan/model/plan_model.h"

/** One block of a level, of one picture. */
typedef struct tsr_visit {
    int32_t picture, row, col;
    int32_t parent;   // of the next coarser level, -1 at the coarsest
    int32_t copy;     // its place among the blocks that are run together
    bool last;        // of these
    bool last_child;  // with these the parents that are run together are complete
} tsr_visit;

/** Blocks of one level in the order they are run. */
typedef struct tsr_order {
    int32_t count;
    tsr_visit *visits;  // owned
} tsr_order;

/** Orders of all levels, [level_count]; release with tsr_orders_free. Blocks that are run together
 * are children of blocks that are. */
tsr_status tsr_orders_make(const tsr_plan *plan, const tsr_group *group, tsr_order **orders,
                           tsr_error *err) TSR_MUST_USE;
void tsr_orders_free(const tsr_group *group, tsr_order *orders);
/** Run `blocks` blocks of a level together, of a batch `pictures` pictures, and count how often each
 * level is run then. */
tsr_status tsr_levels_stack(const tsr_plan *plan, int32_t blocks, int32_t pictures,
                            tsr_group *group, tsr_error *err) TSR_MUST_USE;
/** Blocks of a level in all pictures. */
int64_t tsr_level_blocks(const tsr_plan *plan, const tsr_level *level);

#endif
