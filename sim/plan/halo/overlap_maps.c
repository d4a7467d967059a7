// SPDX-License-Identifier: Apache-2.0
// Places in DRAM of what pieces leave for later ones.
#include "base/alloc.h"
#include "base/check.h"
#include "plan/halo/overlap.h"

/** All rows (columns) of a stage's words that are kept, one behind the other. */
static tsr_map map_of(const tsr_plan *plan, const tsr_regions *r, int32_t step, bool vertical) {
    const tsr_stage *stage = &plan->stages[r->first + step];
    tsr_map map = plan->maps[stage->out_map];
    map.overlap = true;
    map.in_dram = true;
    map.is_output = false;
    map.first_writer = map.last_writer = r->first + step;
    map.last_reader = r->last;
    map.shape = (tsr_shape){stage->out.c, stage->out.h, stage->out.w};
    *(vertical ? &map.shape.h : &map.shape.w) =
        vertical ? r->overlaps[step].rows : r->overlaps[step].columns;
    map.planes = stage->out_planes;
    map.bytes = (uint64_t)map.planes * (uint64_t)map.shape.h * (uint64_t)map.shape.w *
                (uint64_t)map.pixel_bytes;
    return map;
}

static void add_map(tsr_plan *plan, const tsr_regions *r, int32_t step, bool vertical) {
    tsr_overlap *overlap = &r->overlaps[step];
    if ((vertical ? overlap->rows : overlap->columns) > 0) {
        *(vertical ? &overlap->row_map : &overlap->column_map) = plan->map_count;
        plan->maps[plan->map_count++] = map_of(plan, r, step, vertical);
    }
}

static tsr_status add_maps_of(tsr_plan *plan, tsr_regions *r, tsr_error *err) {
    const size_t most = (size_t)plan->map_count + 2 * (size_t)(r->last - r->first + 1);
    tsr_map *maps = tsr_realloc(plan->maps, most, sizeof *maps);
    TSR_CHECK(maps != NULL, TSR_ERR_NO_MEMORY, err, plan->network.name, "no memory for %zu maps",
              most);
    plan->maps = maps;
    for (int32_t step = 0; step <= r->last - r->first; ++step) {
        const tsr_stage *stage = &plan->stages[r->first + step];
        tsr_overlap *overlap = &r->overlaps[step];
        overlap->own = stage->last_reader <= r->last;
        overlap->row_map = overlap->column_map = stage->out_map;
        if (overlap->own) {
            add_map(plan, r, step, false);
            add_map(plan, r, step, true);
        }
    }
    return TSR_OK;
}

tsr_status tsr_overlap_add_maps(tsr_plan *plan, tsr_error *err) {
    for (int32_t g = 0; g < plan->group_count; ++g) {
        if (plan->groups[g].regions != NULL && plan->groups[g].regions->cached) {
            TSR_TRY(add_maps_of(plan, plan->groups[g].regions, err));
        }
    }
    return TSR_OK;
}
