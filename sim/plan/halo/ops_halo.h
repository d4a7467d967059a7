// SPDX-License-Identifier: Apache-2.0
// The pieces of a halo group while operations are made: where they lie in the pool, and what comes
// back of the overlap cache.
#ifndef TESSERA_PLAN_OPS_HALO_H
#define TESSERA_PLAN_OPS_HALO_H

#include "plan/halo/regions.h"
#include "plan/ops/ops.h"

/** One piece of the group's output. */
typedef struct tsr_piece {
    int32_t row, col;
} tsr_piece;

typedef struct tsr_halo_maker {
    tsr_maker *m;
    tsr_regions *r;
    int32_t next_load;  // of all loaded maps; with TSR_PREFETCH_NONE they come one by one
} tsr_halo_maker;

tsr_stretch tsr_halo_rows(const tsr_halo_maker *h, int32_t e, tsr_piece p);
tsr_stretch tsr_halo_cols(const tsr_halo_maker *h, int32_t e, tsr_piece p);
/** Where row y and column x of a map are while piece p is made. */
tsr_place tsr_halo_place(const tsr_halo_maker *h, int32_t e, tsr_piece p, int32_t y, int32_t x);
/** The part of a rectangle's rows from `from` on that lie before the end of the ring. */
int32_t tsr_halo_before_wrap(const tsr_region_map *m, int32_t from, int32_t end);

/** Load what earlier column strips have made of map e's new rows. */
tsr_status tsr_ops_load_overlap(const tsr_halo_maker *h, int32_t e, tsr_piece p,
                                tsr_error *err) TSR_MUST_USE;
/** Store what later column strips read of what stage `step` has just made. */
tsr_status tsr_ops_store_overlap(const tsr_halo_maker *h, int32_t step, tsr_piece p,
                                 tsr_error *err) TSR_MUST_USE;

#endif
