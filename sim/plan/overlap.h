// SPDX-License-Identifier: Apache-2.0
// The overlap cache between column strips of a cached group: columns that a strip makes and later
// ones read again wait in DRAM, those of each stage's words by themselves. What is stored anyway is
// read from there.
#ifndef TESSERA_PLAN_OVERLAP_H
#define TESSERA_PLAN_OVERLAP_H

#include "plan/regions.h"

/** Which columns every strip finds, adds and leaves, from the strips in r->x: r->left and what
 * belongs to it, and most_w of the maps. Without a cache every place begins with its piece. */
void tsr_overlap_cut(const tsr_plan *plan, tsr_regions *r);
/** Part of map r->out[step] that strip `col` reads of the words of `step`, but earlier ones made;
 * of its rows those that are read. */
tsr_rect tsr_overlap_read(const tsr_regions *r, int32_t step, int32_t col);
/** The part of it for which an add reads words beyond the real ones. */
tsr_rect tsr_overlap_filler(const tsr_plan *plan, const tsr_regions *r, int32_t step, int32_t col);
/** Columns that strip `col` makes and later ones read again. */
tsr_stretch tsr_overlap_kept(const tsr_regions *r, int32_t step, int32_t col);
/** Column of r->overlaps[step].map where column x of the map lies. */
int32_t tsr_overlap_column(const tsr_regions *r, int32_t step, int32_t x);
/** Some of map e comes back from DRAM in later strips. */
bool tsr_overlap_has(const tsr_regions *r, int32_t e);
/** DRAM bytes of all pictures: columns stored for later strips, and loaded by them. */
void tsr_overlap_bytes(const tsr_plan *plan, const tsr_regions *r, uint64_t *stored,
                       uint64_t *loaded);
/** Maps of the overlap caches of all groups, to be placed in DRAM. */
tsr_status tsr_overlap_add_maps(tsr_plan *plan, tsr_error *err) TSR_MUST_USE;

#endif
