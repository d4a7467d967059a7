// SPDX-License-Identifier: Apache-2.0
// The overlap cache in DRAM: columns at the right end of a strip leave as they are made, and come
// back beside the new rows of later strips.
#include "base/check.h"
#include "base/checked.h"
#include "plan/ops_halo.h"
#include "plan/overlap.h"

/** Some rows and columns of the words of a stage, wherever they lie in DRAM; `filler`: one word in
 * place of those behind the real ones. */
static tsr_status load_part(const tsr_halo_maker *h, int32_t step, tsr_piece p, tsr_rect part,
                            bool filler, tsr_error *err) {
    const tsr_stage *stage = &h->m->plan->stages[h->r->first + step];
    const int32_t e = h->r->out[step];
    const tsr_region_map *map = &h->r->maps[e];
    const tsr_overlap *overlap = &h->r->overlaps[step];
    const tsr_stretch rows = tsr_halo_rows(h, e, p);
    const int32_t end = tsr_min_i32(rows.end, part.h);
    const int32_t first_plane = overlap->own ? 0 : stage->out_plane;
    for (int32_t y = rows.begin; y < end && part.w > 0;) {
        const int32_t count = tsr_halo_before_wrap(map, y, end);
        const tsr_rect rect = {y, tsr_overlap_column(h->r, step, part.x0), count, part.w};
        const tsr_map_part from = {overlap->map, rect, first_plane, filler ? 0 : stage->out_planes};
        tsr_place place = tsr_halo_place(h, e, p, y, part.x0);
        place.plane = filler ? map->real_planes : stage->out_plane - map->first_plane;
        TSR_TRY(tsr_ops_load(h->m, h->r->first + step, from,
                             filler ? map->planes - map->real_planes : 0, place,
                             (int64_t)count * part.w, err));
        y += count;
    }
    return TSR_OK;
}

tsr_status tsr_ops_load_overlap(const tsr_halo_maker *h, int32_t e, tsr_piece p, tsr_error *err) {
    for (int32_t step = 0; step <= h->r->last - h->r->first; ++step) {
        if (h->r->out[step] != e || h->r->overlaps[step].columns == 0) {
            continue;
        }
        TSR_TRY(load_part(h, step, p, tsr_overlap_read(h->r, step, p.col), false, err));
        const tsr_rect filler = tsr_overlap_filler(h->m->plan, h->r, step, p.col);
        TSR_TRY(load_part(h, step, p, filler, true, err));
    }
    return TSR_OK;
}

tsr_status tsr_ops_store_overlap(const tsr_halo_maker *h, int32_t step, tsr_piece p,
                                 tsr_error *err) {
    const tsr_stage *stage = &h->m->plan->stages[h->r->first + step];
    const int32_t e = h->r->out[step];
    const tsr_region_map *map = &h->r->maps[e];
    const tsr_overlap *overlap = &h->r->overlaps[step];
    const tsr_stretch rows = tsr_halo_rows(h, e, p);
    const tsr_stretch kept = tsr_overlap_kept(h->r, step, p.col);
    for (int32_t y = rows.begin; overlap->own && kept.begin < kept.end && y < rows.end;) {
        const int32_t count = tsr_halo_before_wrap(map, y, rows.end);
        const tsr_rect rect = {y, tsr_overlap_column(h->r, step, kept.begin), count,
                               kept.end - kept.begin};
        const tsr_map_part part = {overlap->map, rect, 0, stage->out_planes};
        TSR_TRY(tsr_ops_store(h->m, h->r->first + step, part,
                              tsr_halo_place(h, e, p, y, kept.begin),
                              stage->out_plane - map->first_plane, err));
        y += count;
    }
    return TSR_OK;
}
