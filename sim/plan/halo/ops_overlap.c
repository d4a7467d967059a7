// SPDX-License-Identifier: Apache-2.0
// The overlap cache in DRAM: the lower and right ends of a piece leave as they are made, and come
// back beside and above what later pieces make.
#include "base/check.h"
#include "base/checked.h"
#include "plan/halo/ops_halo.h"
#include "plan/halo/overlap.h"

/** Rows and columns of a stage's words as they lie in DRAM, where they wait in the map of kept rows
 * or that of kept columns. */
static tsr_map_part part_of(const tsr_halo_maker *h, int32_t step, tsr_rect rect, bool rows) {
    const tsr_stage *stage = &h->m->plan->stages[h->r->first + step];
    const tsr_overlap *overlap = &h->r->overlaps[step];
    tsr_map_part part = {rows ? overlap->row_map : overlap->column_map, rect,
                         overlap->own ? 0 : stage->out_plane, stage->out_planes};
    if (overlap->own && rows) {
        part.rect.y0 = tsr_overlap_index(h->r, step, true, rect.y0);
    } else if (overlap->own) {
        part.rect.x0 = tsr_overlap_index(h->r, step, false, rect.x0);
    }
    return part;
}

/** `filler`: any word in place of the n-th one behind the real ones. */
static tsr_status load_rect(const tsr_halo_maker *h, int32_t step, tsr_piece p, tsr_rect rect,
                            bool rows, int32_t filler, tsr_error *err) {
    const int32_t e = h->r->out[step];
    const tsr_region_map *map = &h->r->maps[e];
    const int32_t plane = h->m->plan->stages[h->r->first + step].out_plane - map->first_plane;
    const int32_t end = rect.y0 + rect.h;
    for (int32_t y = rect.y0; y < end && rect.w > 0; y += rect.h) {
        rect.y0 = y;
        rect.h = tsr_halo_before_wrap(map, y, end);
        tsr_map_part part = part_of(h, step, rect, rows);
        part.planes = filler > 0 ? 0 : part.planes;
        tsr_place place = tsr_halo_place(h, e, p, y, rect.x0);
        place.plane = filler > 0 ? map->real_planes + filler - 1 : plane;
        TSR_TRY(tsr_ops_load(h->m, h->r->first + step, part, filler > 0 ? 1 : 0, place,
                             (int64_t)rect.h * rect.w, err));
    }
    return TSR_OK;
}

static tsr_status load_parts(const tsr_halo_maker *h, int32_t step, tsr_piece p, int32_t filler,
                             tsr_error *err) {
    const tsr_overlap_parts parts = tsr_overlap_read(h->m->plan, h->r, step, p.row, p.col, filler);
    TSR_TRY(load_rect(h, step, p, parts.above, true, filler, err));
    return load_rect(h, step, p, parts.left, false, filler, err);
}

tsr_status tsr_ops_load_overlap(const tsr_halo_maker *h, int32_t e, tsr_piece p, tsr_error *err) {
    const tsr_region_map *map = &h->r->maps[e];
    for (int32_t step = 0; step <= h->r->last - h->r->first; ++step) {
        if (h->r->out[step] == e && tsr_overlap_has(h->r, step)) {
            for (int32_t filler = 0; filler <= map->planes - map->real_planes; ++filler) {
                TSR_TRY(load_parts(h, step, p, filler, err));
            }
        }
    }
    return TSR_OK;
}

static tsr_status store_rect(const tsr_halo_maker *h, int32_t step, tsr_piece p, tsr_rect rect,
                             bool rows, tsr_error *err) {
    const int32_t e = h->r->out[step];
    const tsr_region_map *map = &h->r->maps[e];
    const int32_t plane = h->m->plan->stages[h->r->first + step].out_plane - map->first_plane;
    const int32_t end = rect.y0 + rect.h;
    for (int32_t y = rect.y0; y < end && rect.w > 0; y += rect.h) {
        rect.y0 = y;
        rect.h = tsr_halo_before_wrap(map, y, end);
        TSR_TRY(tsr_ops_store(h->m, h->r->first + step, part_of(h, step, rect, rows),
                              tsr_halo_place(h, e, p, y, rect.x0), plane, err));
    }
    return TSR_OK;
}

tsr_status tsr_ops_store_overlap(const tsr_halo_maker *h, int32_t step, tsr_piece p,
                                 tsr_error *err) {
    const tsr_regions *r = h->r;
    const int32_t e = r->out[step];
    const tsr_stretch y = tsr_halo_rows(h, e, p);
    const tsr_stretch x = tsr_halo_cols(h, e, p);
    if (!r->overlaps[step].own) {
        return TSR_OK;
    }
    if (r->overlaps[step].rows > 0) {
        const tsr_stretch kept = tsr_overlap_kept(r, step, true, p.row);
        const tsr_rect rect = {kept.begin, x.begin, kept.end - kept.begin, x.end - x.begin};
        TSR_TRY(store_rect(h, step, p, rect, true, err));
    }
    if (r->overlaps[step].columns > 0) {
        const tsr_stretch kept = tsr_overlap_kept(r, step, false, p.col);
        const tsr_rect rect = {y.begin, kept.begin, y.end - y.begin, kept.end - kept.begin};
        TSR_TRY(store_rect(h, step, p, rect, false, err));
    }
    return TSR_OK;
}
