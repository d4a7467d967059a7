// SPDX-License-Identifier: Apache-2.0
// The overlap cache of a cached group: what later pieces read again waits in DRAM, the words of each
// stage by themselves. What is stored anyway is read from there. With rings, rows wait in the pool and
// only columns are here; without, both.
#ifndef TESSERA_PLAN_OVERLAP_H
#define TESSERA_PLAN_OVERLAP_H

#include "plan/halo/regions.h"

/** What a piece reads of what earlier pieces have made: beside its new rows, and above them. */
typedef struct tsr_overlap_parts {
    tsr_rect left, above;
} tsr_overlap_parts;

/** What every piece of an axis finds, adds and leaves: where places begin, what is kept, and most_w
 * or most_h of the maps. Where nothing waits in DRAM every place begins with its piece. */
void tsr_overlap_cut(const tsr_plan *plan, tsr_regions *r, bool vertical);
/** What piece (row, col) reads of the words of `step`; `filler`: the n-th word
 * beyond the real ones, which only adds read; 0: the real ones. */
tsr_overlap_parts tsr_overlap_read(const tsr_plan *plan, const tsr_regions *r, int32_t step,
                                   int32_t row, int32_t col, int32_t filler);
/** Rows (columns) that a piece makes and later ones read again. */
tsr_stretch tsr_overlap_kept(const tsr_regions *r, int32_t step, bool vertical, int32_t piece);
/** Where row (column) `at` of the map lies among all that are kept. */
int32_t tsr_overlap_index(const tsr_regions *r, int32_t step, bool vertical, int32_t at);
/** Some of the words of a stage come back from DRAM. */
bool tsr_overlap_has(const tsr_regions *r, int32_t step);
/** DRAM bytes of all pictures: stored for later pieces, and loaded by them. */
void tsr_overlap_bytes(const tsr_plan *plan, const tsr_regions *r, uint64_t *stored,
                       uint64_t *loaded);
/** Maps of the overlap caches of all groups, to be placed in DRAM. */
tsr_status tsr_overlap_add_maps(tsr_plan *plan, tsr_error *err) TSR_MUST_USE;

#endif
