// SPDX-License-Identifier: Apache-2.0
// Which part of every map a group needs for each piece of its output: tiles with their halos
// (recompute), or strips that add rows to what is kept (cached).
#ifndef TESSERA_PLAN_REGIONS_H
#define TESSERA_PLAN_REGIONS_H

#include "plan/model/geometry.h"
#include "plan/model/region_model.h"

/** Maps of the stages first..last; no pieces yet. TSR_ERR_UNSUPPORTED names a stage that cannot be
 * run piece by piece. */
tsr_status tsr_regions_create(const tsr_plan *plan, int32_t first, int32_t last, bool cached,
                              tsr_regions **regions, tsr_error *err) TSR_MUST_USE;
/** Cut one axis of the last map into pieces of `tile` and find what every map needs for each. */
void tsr_regions_cut(const tsr_plan *plan, tsr_regions *r, bool vertical, int32_t tile);
/** Extent of the last map along an axis. */
int32_t tsr_regions_extent(const tsr_regions *r, bool vertical);
/** Rows (columns) of its input map, clipped to the image, that stage `step` of the group needs for
 * some of its output; empty for none. Strips leave no row between them that nobody reads. */
tsr_stretch tsr_regions_window(const tsr_plan *plan, const tsr_regions *r, int32_t step,
                               bool vertical, tsr_stretch out);
/** The same of what the window computes, before a fused pool or steps: what an add reads. */
tsr_stretch tsr_regions_conv(const tsr_plan *plan, const tsr_regions *r, int32_t step,
                             tsr_stretch out);
/** Rows (columns) of a loaded map's piece for which an add reads words beyond the real ones. */
tsr_stretch tsr_regions_filler(const tsr_plan *plan, const tsr_regions *r, int32_t e, bool vertical,
                               int32_t piece);
/** What belongs to a piece alone: the part of its rows (columns) that no earlier piece has. */
tsr_stretch tsr_regions_own(const tsr_regions *r, int32_t map, bool vertical, int32_t piece);
/** Nothing is made for a piece that it neither reads nor stores: a pass in vain, which the program
 * check refuses. */
bool tsr_regions_all_used(const tsr_plan *plan, const tsr_regions *r);
/** Pieces for which stage `step` has something to do. */
int64_t tsr_regions_runs(const tsr_regions *r, int32_t step);
/** Tiles or strips, and what is kept of the maps between them. */
void tsr_regions_print(const tsr_plan *plan, const tsr_regions *r, FILE *file);

#endif
