// SPDX-License-Identifier: Apache-2.0
// The maps that a stretch of stages touches: where they come from, which words of them are needed,
// whether the stretch can be run piece by piece at all.
#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"
#include "plan/halo/regions.h"

/** The entry of a map with `pack` pixels a word, 0 for any; made when it is not there yet. */
static int32_t find_map(const tsr_plan *plan, tsr_regions *r, int32_t map, bool loaded, bool twice,
                        int32_t pack, int32_t step) {
    for (int32_t e = 0; e < r->map_count; ++e) {
        const tsr_region_map *m = &r->maps[e];
        if (m->map == map && m->loaded == loaded && m->twice == twice &&
            (pack == 0 || m->pack == 0 || pack == m->pack)) {
            r->maps[e].pack = tsr_max_i32(m->pack, pack);
            r->maps[e].last_step = tsr_max_i32(m->last_step, step);
            return e;
        }
    }
    r->maps[r->map_count] = (tsr_region_map){.map = map,
                                             .loaded = loaded,
                                             .twice = twice,
                                             .step = 1,
                                             .pack = pack,
                                             .shape = plan->maps[map].shape,
                                             .first_step = step,
                                             .last_step = step,
                                             .last_writer = -1,
                                             .slot = -1,
                                             .second_slot = -1,
                                             .instance = {-1, -1}};
    return r->map_count++;
}

/**
 * Whether planes of a map that stage s reads come from DRAM. They are made by the group or before
 * it, all of them; and nothing of a map that the group has read is made by it afterwards: what that
 * needs could not be said piece by piece.
 */
static tsr_status find_source(const tsr_plan *plan, const tsr_regions *r, int32_t map,
                              tsr_stretch planes, int32_t s, bool *loaded, tsr_error *err) {
    int32_t before = planes.begin == 0 && map == 0;
    int32_t here = 0;
    int32_t later = 0;
    for (int32_t w = 0; w <= r->last; ++w) {
        const tsr_stage *writer = &plan->stages[w];
        if (writer->out_map != map) {
            continue;
        }
        const bool read =
            writer->out_plane < planes.end && writer->out_plane + writer->out_planes > planes.begin;
        before += read && w < r->first;
        here += read && w >= r->first;
        later += w >= s;
    }
    *loaded = here == 0;
    TSR_CHECK(here == 0 || (before == 0 && later == 0), TSR_ERR_UNSUPPORTED, err,
              tsr_plan_stage_name(plan, s),
              "reads a part of %s, a concatenation that the group puts together otherwise",
              plan->network.layers[plan->maps[map].layer].name);
    return TSR_OK;
}

/** Words of the map that its place must hold, `real` of them with values that matter. */
static void add_planes(tsr_region_map *m, int32_t first, int32_t real, int32_t planes) {
    m->first_plane = m->planes == 0 ? first : tsr_min_i32(m->first_plane, first);
    m->real_planes = tsr_max_i32(m->real_planes, first + real);  // ends, until all stages are seen
    m->planes = tsr_max_i32(m->planes, first + planes);
}

/** What one stage reads by its window. */
static tsr_status add_input(const tsr_plan *plan, tsr_regions *r, int32_t step, tsr_error *err) {
    const int32_t s = r->first + step;
    const tsr_stage *stage = &plan->stages[s];
    bool loaded = false;
    const tsr_stretch planes = {stage->in_plane, stage->in_plane + stage->in_planes};
    TSR_TRY(find_source(plan, r, stage->in_map, planes, s, &loaded, err));
    const int32_t e = find_map(plan, r, stage->in_map, loaded, false, stage->pack, step);
    tsr_region_map *m = &r->maps[e];
    TSR_CHECK(m->stride_w == 0 || m->stride_w == stage->stride_w, TSR_ERR_UNSUPPORTED, err,
              tsr_plan_stage_name(plan, s),
              "reads %s with column stride %d, another stage of the group with %d",
              plan->network.layers[plan->maps[m->map].layer].name, stage->stride_w, m->stride_w);
    m->stride_w = stage->stride_w;
    add_planes(m, stage->in_plane, stage->in_planes, stage->in_planes);
    r->in[step] = e;
    return TSR_OK;
}

/** What one stage adds: what it also convolves needs a second place, for it has one read port. */
static tsr_status add_added(const tsr_plan *plan, tsr_regions *r, int32_t step, tsr_error *err) {
    const int32_t s = r->first + step;
    const tsr_stage *stage = &plan->stages[s];
    r->added[step] = -1;
    if (stage->residual_map == TSR_PLAN_NONE) {
        return TSR_OK;
    }
    bool loaded = false;
    const tsr_stretch planes = {stage->residual_plane, stage->residual_plane + stage->out_planes};
    TSR_TRY(find_source(plan, r, stage->residual_map, planes, s, &loaded, err));
    const bool twice =
        stage->residual_map == stage->in_map && r->maps[r->in[step]].loaded == loaded;
    const int32_t e = find_map(plan, r, stage->residual_map, loaded, twice, 0, step);
    tsr_region_map *m = &r->maps[e];
    TSR_CHECK(!twice || m->loaded, TSR_ERR_UNSUPPORTED, err, tsr_plan_stage_name(plan, s),
              "adds what it convolves, and only the group itself has that map");
    const int32_t end = stage->residual_plane + stage->made_planes;
    TSR_CHECK(m->loaded || m->made >= end, TSR_ERR_UNSUPPORTED, err, tsr_plan_stage_name(plan, s),
              "adds %d words a pixel, the group makes %d of them", end, m->made);
    add_planes(m, stage->residual_plane, stage->out_planes, stage->made_planes);
    r->added[step] = e;
    return TSR_OK;
}

/** The array writes whole groups of tm channels: words beyond the last channel of a stage must not
 * be those that an earlier one has made of the same concatenation. */
static tsr_status check_filler(const tsr_plan *plan, const tsr_regions *r, int32_t s,
                               tsr_error *err) {
    const tsr_stage *stage = &plan->stages[s];
    for (int32_t w = r->first; w < s; ++w) {
        const tsr_stage *writer = &plan->stages[w];
        TSR_CHECK(writer->out_map != stage->out_map ||
                      writer->out_plane >= stage->out_plane + stage->made_planes ||
                      writer->out_plane + writer->out_planes <= stage->out_plane,
                  TSR_ERR_UNSUPPORTED, err, tsr_plan_stage_name(plan, s),
                  "its last group of channels reaches into those of %s, which are there before",
                  tsr_plan_stage_name(plan, w));
    }
    return TSR_OK;
}

static tsr_status add_stage(const tsr_plan *plan, tsr_regions *r, int32_t step, tsr_error *err) {
    const int32_t s = r->first + step;
    const tsr_stage *stage = &plan->stages[s];
    TSR_CHECK(!stage->untiled, TSR_ERR_UNSUPPORTED, err, tsr_plan_stage_name(plan, s),
              "its padding reaches past its window: it cannot be run piece by piece");
    r->whole[step] = tsr_geometry_block(plan, stage, 0, 0);
    TSR_TRY(add_input(plan, r, step, err));
    TSR_TRY(add_added(plan, r, step, err));
    TSR_TRY(check_filler(plan, r, s, err));
    const int32_t e = find_map(plan, r, stage->out_map, false, false, 0, step);
    tsr_region_map *m = &r->maps[e];
    m->last_writer = step;
    ++m->writers;
    m->made = tsr_max_i32(m->made, stage->out_plane + stage->made_planes);
    m->step = m->step % stage->step == 0 ? m->step : m->step * stage->step;
    add_planes(m, stage->out_plane, stage->out_planes, stage->made_planes);
    m->stored = m->stored || stage->last_reader > r->last;
    r->out[step] = e;
    return TSR_OK;
}

/** All words between the first and the last one that is read are in DRAM. */
static tsr_status check_loaded(const tsr_plan *plan, const tsr_regions *r, const tsr_region_map *m,
                               tsr_error *err) {
    for (int32_t w = 0; m->loaded && w < plan->stage_count; ++w) {
        const tsr_stage *writer = &plan->stages[w];
        TSR_CHECK(writer->out_map != m->map ||
                      writer->out_plane >= m->first_plane + m->real_planes ||
                      writer->out_plane + writer->out_planes <= m->first_plane ||
                      (w < r->first && writer->last_reader >= r->first),
                  TSR_ERR_UNSUPPORTED, err, tsr_plan_stage_name(plan, m->first_step + r->first),
                  "reads parts of %s on both sides of one that is not in DRAM",
                  plan->network.layers[plan->maps[m->map].layer].name);
    }
    return TSR_OK;
}

/** Room for a piece a row and a column. */
static tsr_status make_room(const tsr_plan *plan, tsr_regions *r, tsr_error *err) {
    const size_t maps = (size_t)r->map_count;
    const size_t height = (size_t)tsr_regions_extent(r, true);
    const size_t width = (size_t)tsr_regions_extent(r, false);
    const size_t stages = (size_t)(r->last - r->first + 1);
    r->y = tsr_alloc(maps * height, sizeof *r->y);
    r->x = tsr_alloc(maps * width, sizeof *r->x);
    r->top = tsr_alloc(maps * height, sizeof *r->top);
    r->left = tsr_alloc(maps * width, sizeof *r->left);
    r->overlaps = tsr_alloc(stages, sizeof *r->overlaps);
    r->row_pieces = tsr_alloc(r->cached ? stages * height : 1, sizeof *r->row_pieces);
    r->col_pieces = tsr_alloc(r->cached ? stages * width : 1, sizeof *r->col_pieces);
    TSR_CHECK(r->y != NULL && r->x != NULL && r->top != NULL && r->left != NULL &&
                  r->overlaps != NULL && r->row_pieces != NULL && r->col_pieces != NULL,
              TSR_ERR_NO_MEMORY, err, tsr_plan_stage_name(plan, r->first),
              "no memory for the regions of %zu maps", maps);
    return TSR_OK;
}

static tsr_status fill(const tsr_plan *plan, tsr_regions *r, tsr_error *err) {
    for (int32_t step = 0; step <= r->last - r->first; ++step) {
        TSR_TRY(add_stage(plan, r, step, err));
    }
    for (int32_t e = 0; e < r->map_count; ++e) {
        tsr_region_map *m = &r->maps[e];
        m->stride_w = m->stride_w > 0 ? m->stride_w : 1;
        m->pack = m->pack > 0 ? m->pack : 1;
        m->planes -= m->first_plane;
        m->real_planes -= m->first_plane;
        TSR_TRY(check_loaded(plan, r, m, err));
    }
    return make_room(plan, r, err);
}

tsr_status tsr_regions_create(const tsr_plan *plan, int32_t first, int32_t last, bool cached,
                              tsr_regions **regions, tsr_error *err) {
    const size_t stages = (size_t)(last - first + 1);
    tsr_regions *r = tsr_alloc(1, sizeof *r);
    if (r != NULL) {
        *r = (tsr_regions){.first = first, .last = last, .cached = cached, .rings = cached};
        r->maps = tsr_alloc(3 * stages, sizeof *r->maps);
        r->in = tsr_alloc(3 * stages, sizeof *r->in);
        r->whole = tsr_alloc(stages, sizeof *r->whole);
    }
    if (r == NULL || r->maps == NULL || r->in == NULL || r->whole == NULL) {
        tsr_regions_free(r);
        return tsr_fail(err, TSR_ERR_NO_MEMORY, tsr_plan_stage_name(plan, first),
                        "no memory for the regions of %zu stages", stages);
    }
    r->added = r->in + stages;
    r->out = r->added + stages;
    const tsr_status status = fill(plan, r, err);
    if (status != TSR_OK) {
        tsr_regions_free(r);
        return status;
    }
    *regions = r;
    return TSR_OK;
}
