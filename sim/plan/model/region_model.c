// SPDX-License-Identifier: Apache-2.0
// Release of regions.
#include "plan/model/region_model.h"

#include "base/alloc.h"

void tsr_regions_free(tsr_regions *regions) {
    if (regions == NULL) {
        return;
    }
    tsr_free(regions->maps);
    tsr_free(regions->in);
    tsr_free(regions->whole);
    tsr_free(regions->y);
    tsr_free(regions->x);
    tsr_free(regions->top);
    tsr_free(regions->left);
    tsr_free(regions->overlaps);
    tsr_free(regions->row_pieces);
    tsr_free(regions->col_pieces);
    tsr_free(regions);
}
