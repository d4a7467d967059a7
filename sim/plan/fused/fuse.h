// SPDX-License-Identifier: Apache-2.0
// Several stages as one group: levels of equal blocks, what is held with life times, what it costs
// in DRAM bytes.
#ifndef TESSERA_PLAN_FUSE_H
#define TESSERA_PLAN_FUSE_H

#include "plan/model/plan_model.h"

/**
 * Make a fused group of stages first..last, run as the schedule's residency says or in the way that
 * moves the fewest bytes. On failure *group is untouched:
 * TSR_ERR_NOT_FIT names the buffer and the amounts, TSR_ERR_UNSUPPORTED the stage whose blocks do
 * not go on.
 * @param[in,out] hopeless  [stages + 1] or NULL: for the groups that begin with `first`, in the order
 *                          of their length: those with a batch from a stage on, and (last) without
 *                          one, that no longer group makes fit.
 */
tsr_status tsr_group_fuse(const tsr_plan *plan, int32_t first, int32_t last, bool *hopeless,
                          tsr_group *group, tsr_error *err) TSR_MUST_USE;

/** One way to run a fused group. */
typedef struct tsr_fuse_way {
    int32_t batch_from;  // first stage of the batch; beyond the last: none
    int32_t blocks;      // of a level, that are run together
    int32_t pictures;    // of the batch, that are run together
    uint64_t
        most_bytes;  // a group that moves as much or more is refused before its slots are placed
    bool *
        hopeless;  // or NULL: nothing is tried if it is set; set where one block (picture) at a time
                   // is more than the pool holds: then it is for longer groups too
} tsr_fuse_way;

/** Make a fused group in one way; the same errors. */
tsr_status tsr_group_fuse_so(const tsr_plan *plan, int32_t first, int32_t last, tsr_fuse_way way,
                             tsr_group *group, tsr_error *err) TSR_MUST_USE;

#endif
