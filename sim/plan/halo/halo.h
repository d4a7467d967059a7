// SPDX-License-Identifier: Apache-2.0
// Several stages as one group that gives the plain network's values: tiles with recomputed halos,
// or strips with an overlap cache.
#ifndef TESSERA_PLAN_HALO_H
#define TESSERA_PLAN_HALO_H

#include "plan/halo/regions.h"

/** How a halo group uses the pool. */
typedef struct tsr_halo_way {
    bool apart;
    tsr_prefetch prefetch;
} tsr_halo_way;

/**
 * Make a group of stages first..last of a kind (recompute or cached): the tile
 * (strip) that moves the fewest DRAM bytes and fits, of equals the fastest; or the schedule's own.
 * On failure *group is untouched: TSR_ERR_NOT_FIT names the buffer and the amounts,
 * TSR_ERR_UNSUPPORTED a stage that cannot be run piece by piece.
 */
tsr_status tsr_group_halo(const tsr_plan *plan, tsr_group_kind kind, int32_t first, int32_t last,
                          tsr_group *group, tsr_error *err) TSR_MUST_USE;

/** DRAM bytes of the maps of group->regions, into the group. */
void tsr_halo_count_bytes(const tsr_plan *plan, tsr_group *group);
/** Weights for its pieces; TSR_ERR_NOT_FIT names the buffer and the amounts. */
tsr_status tsr_halo_weights(const tsr_plan *plan, tsr_group *group, tsr_error *err) TSR_MUST_USE;
/** Cycles to expect: passes, and the DMA that nothing can hide, the first load and the last store. Those
 * in which the array gets operands go into group->tiling. */
uint64_t tsr_halo_cycles(const tsr_plan *plan, tsr_group *group);

/** Slots of the maps of group->regions, placed; group->peak_lines says whether they fit. */
void tsr_halo_slots(const tsr_plan *plan, tsr_group *group, tsr_halo_way way);
/** Lines that no way to place the slots can do without: what one stage reads and writes. */
int64_t tsr_halo_least_lines(const tsr_plan *plan, const tsr_regions *r);

#endif
