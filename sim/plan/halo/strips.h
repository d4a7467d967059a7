// SPDX-License-Identifier: Apache-2.0
// The overlap cache: how many rows of every map must be there at once when strips run one after the
// other.
#ifndef TESSERA_PLAN_STRIPS_H
#define TESSERA_PLAN_STRIPS_H

#include "plan/halo/regions.h"

/**
 * Set `ring` and `kept` of every map from the strips in r->y. A place that holds one piece at a
 * time has no ring. `ahead`: loaded maps have room for the rows of the next strip while this one
 * runs; else those rows come when the last reader of this strip is through.
 */
void tsr_strips_size(const tsr_plan *plan, tsr_regions *r, bool ahead);

#endif
