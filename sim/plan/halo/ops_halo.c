// SPDX-License-Identifier: Apache-2.0
// Operations of a group that runs piece by piece: for every tile (strip) all stages, each making
// its region of its map.
#include "plan/halo/ops_halo.h"

#include "base/check.h"
#include "base/checked.h"

tsr_stretch tsr_halo_rows(const tsr_halo_maker *h, int32_t e, tsr_piece p) {
    return h->r->y[e * h->r->rows + p.row];
}

tsr_stretch tsr_halo_cols(const tsr_halo_maker *h, int32_t e, tsr_piece p) {
    return h->r->x[e * h->r->cols + p.col];
}

/** Tiles run row by row; strips down a column, then the next column. */
static tsr_piece piece_at(const tsr_halo_maker *h, int32_t index) {
    return h->r->cached ? (tsr_piece){index % h->r->rows, index / h->r->rows}
                        : (tsr_piece){index / h->r->cols, index % h->r->cols};
}

static int32_t index_of(const tsr_regions *r, tsr_piece p) {
    return r->cached ? p.col * r->rows + p.row : p.row * r->cols + p.col;
}

static int32_t piece_count(const tsr_halo_maker *h) {
    return h->r->rows * h->r->cols;
}

/** Of the pieces of all pictures. */
static int32_t block_number(const tsr_halo_maker *h, tsr_piece p) {
    return h->m->picture * piece_count(h) + index_of(h->r, p);
}

static tsr_rect rect_of(tsr_stretch rows, tsr_stretch cols) {
    return (tsr_rect){rows.begin, cols.begin, rows.end - rows.begin, cols.end - cols.begin};
}

static bool is_empty(const tsr_rect *rect) {
    return rect->h <= 0 || rect->w <= 0;
}

/** Slot of a map for a piece: loaded maps may have two that take turns. */
static int32_t slot_of(const tsr_halo_maker *h, int32_t e, tsr_piece p) {
    const tsr_region_map *m = &h->r->maps[e];
    return m->second_slot >= 0 && index_of(h->r, p) % 2 == 1 ? m->second_slot : m->slot;
}

tsr_place tsr_halo_place(const tsr_halo_maker *h, int32_t e, tsr_piece p, int32_t y, int32_t x) {
    const int32_t slot = slot_of(h, e, p);
    const int32_t ring = h->r->maps[e].ring;
    return (tsr_place){.slot = slot,
                       .y0 = ring > 0 ? y % ring : y - h->r->top[e * h->r->rows + p.row],
                       .x0 = x - h->r->left[e * h->r->cols + p.col],
                       .instance = h->r->maps[e].instance[slot != h->r->maps[e].slot]};
}

/** The same from word `plane` of the map's pixels on. */
static tsr_place planes_at(const tsr_halo_maker *h, int32_t e, tsr_place place, int32_t plane) {
    place.plane = plane - h->r->maps[e].first_plane;
    return place;
}

/** What a map's place has for a piece: of a ring, the rows that come. */
static tsr_rect held_of(const tsr_halo_maker *h, int32_t e, tsr_piece p) {
    const tsr_stretch rows = {h->r->top[e * h->r->rows + p.row], tsr_halo_rows(h, e, p).end};
    const tsr_stretch cols = {h->r->left[e * h->r->cols + p.col], tsr_halo_cols(h, e, p).end};
    return rect_of(rows, cols);
}

/** A filling of a map's slot: one for each piece, or one ring for all of them. */
static tsr_status fill_slot(const tsr_halo_maker *h, int32_t e, tsr_piece p, tsr_error *err) {
    tsr_region_map *m = &h->r->maps[e];
    const int32_t slot = slot_of(h, e, p);
    int32_t *instance = &m->instance[slot != m->slot];
    if (m->ring > 0) {
        const tsr_slot *place = &h->m->group->slots[slot];
        const tsr_shape words = {1, m->ring * m->planes, place->w - place->more_w};
        return *instance >= 0 ? TSR_OK : tsr_ops_fill(h->m, slot, words, instance, err);
    }
    const tsr_rect rect = held_of(h, e, p);
    return tsr_ops_fill(h->m, slot, (tsr_shape){m->planes, rect.h, rect.w}, instance, err);
}

int32_t tsr_halo_before_wrap(const tsr_region_map *m, int32_t from, int32_t end) {
    return m->ring > 0 ? tsr_min_i32(end - from, m->ring - from % m->ring) : end - from;
}

/** Pixels of a rectangle that pieces before p have had too: rows above, and columns to the left. */
static int64_t seen_pixels(const tsr_halo_maker *h, int32_t e, tsr_piece p, const tsr_rect *rect) {
    int32_t row_end = 0;
    int32_t col_end = 0;
    for (int32_t i = 0; i < p.row; ++i) {
        row_end = tsr_max_i32(row_end, h->r->y[e * h->r->rows + i].end);
    }
    for (int32_t j = 0; j < p.col; ++j) {
        col_end = tsr_max_i32(col_end, h->r->x[e * h->r->cols + j].end);
    }
    const int32_t rows = tsr_min_i32(tsr_max_i32(row_end - rect->y0, 0), rect->h);
    const int32_t cols = tsr_min_i32(tsr_max_i32(col_end - rect->x0, 0), rect->w);
    return (int64_t)rows * rect->w + (int64_t)(rect->h - rows) * cols;
}

/** Another place has the same map, with other words. */
static bool is_loaded_before(const tsr_regions *r, int32_t e) {
    for (int32_t other = 0; other < e; ++other) {
        if (r->maps[other].loaded && r->maps[other].map == r->maps[e].map) {
            return true;
        }
    }
    return false;
}

/** Some planes of a rectangle, in two where its rows pass the end of the ring; `filler`: words
 * behind the real ones instead. */
static tsr_status load_rect(const tsr_halo_maker *h, int32_t e, tsr_piece p, const tsr_rect *all,
                            bool filler, tsr_error *err) {
    tsr_maker *m = h->m;
    const tsr_region_map *map = &h->r->maps[e];
    const bool again =
        filler ||
        tsr_map_was_loaded(&m->plan->maps[map->map], map->first_plane, map->real_planes) ||
        map->twice || is_loaded_before(h->r, e);
    const int64_t seen = seen_pixels(h, e, p, all);
    for (int32_t y = all->y0; y < all->y0 + all->h;) {
        const int32_t rows = tsr_halo_before_wrap(map, y, all->y0 + all->h);
        const tsr_map_part part = {
            map->map, {y, all->x0, rows, all->w}, map->first_plane, filler ? 0 : map->real_planes};
        tsr_place place = tsr_halo_place(h, e, p, y, all->x0);
        place.plane = filler ? map->real_planes : 0;
        // in a ring, whose rows are all new, as many columns of each
        const int64_t reread = again ? (int64_t)rows * all->w : seen * rows / all->h;
        TSR_TRY(tsr_ops_load(m, h->r->first + map->first_step, part,
                             filler ? map->planes - map->real_planes : 0, place, reread, err));
        y += rows;
    }
    return TSR_OK;
}

static tsr_status load_map(const tsr_halo_maker *h, int32_t e, tsr_piece p, tsr_error *err) {
    const tsr_rect all = rect_of(tsr_halo_rows(h, e, p), tsr_halo_cols(h, e, p));
    if (is_empty(&all)) {
        return TSR_OK;
    }
    TSR_TRY(fill_slot(h, e, p, err));
    const int32_t before = h->m->block;
    h->m->block = block_number(h, p);
    TSR_TRY(load_rect(h, e, p, &all, false, err));
    const tsr_rect filler = rect_of(tsr_regions_filler(h->m->plan, h->r, e, true, p.row),
                                    tsr_regions_filler(h->m->plan, h->r, e, false, p.col));
    if (h->r->maps[e].planes > h->r->maps[e].real_planes && !is_empty(&filler)) {
        TSR_TRY(load_rect(h, e, p, &filler, true, err));
    }
    h->m->block = before;
    return TSR_OK;
}

/** Everything that is loaded for pieces up to number `upto`. */
static tsr_status load_pieces(tsr_halo_maker *h, int32_t upto, tsr_error *err) {
    for (; h->next_load <= upto && h->next_load < piece_count(h); ++h->next_load) {
        for (int32_t e = 0; e < h->r->map_count; ++e) {
            if (h->r->maps[e].loaded) {
                TSR_TRY(load_map(h, e, piece_at(h, h->next_load), err));
            }
        }
    }
    return TSR_OK;
}

/** Loads that belong before or after a stage of tsr_piece p, where nothing is loaded a piece ahead. */
static tsr_status load_around(tsr_halo_maker *h, int32_t step, tsr_piece p, bool before,
                              tsr_error *err) {
    const tsr_prefetch prefetch = h->m->group->prefetch;
    const int32_t next = index_of(h->r, p) + 1;
    for (int32_t e = 0; e < h->r->map_count; ++e) {
        const tsr_region_map *m = &h->r->maps[e];
        if (!m->loaded || prefetch == TSR_PREFETCH_DOUBLE) {
            continue;
        }
        if (before && prefetch == TSR_PREFETCH_NONE && m->first_step == step) {
            TSR_TRY(load_map(h, e, p, err));
        }
        if (!before && prefetch == TSR_PREFETCH_REFILL && m->last_step == step &&
            next < piece_count(h)) {
            TSR_TRY(load_map(h, e, piece_at(h, next), err));
        }
    }
    return TSR_OK;
}

/** What leaves the chip of a piece's region: the part that no other piece stores. */
static tsr_status store(const tsr_halo_maker *h, const tsr_job *job, int32_t e, tsr_piece p,
                        tsr_portion planes, tsr_error *err) {
    const tsr_region_map *map = &h->r->maps[e];
    const int32_t first = h->m->plan->stages[job->stage].out_plane + planes.first_group;
    const tsr_rect own =
        rect_of(tsr_regions_own(h->r, e, true, p.row), tsr_regions_own(h->r, e, false, p.col));
    if (is_empty(&own)) {
        return TSR_OK;
    }
    for (int32_t y = own.y0; y < own.y0 + own.h;) {
        const int32_t rows = tsr_halo_before_wrap(map, y, own.y0 + own.h);
        const tsr_map_part part = {map->map, {y, own.x0, rows, own.w}, first, planes.groups};
        TSR_TRY(tsr_ops_store(h->m, job->stage, part, tsr_halo_place(h, e, p, y, own.x0),
                              first - map->first_plane, err));
        y += rows;
    }
    return TSR_OK;
}

/** All passes of one stage over its region. Pieces of their own are stored pass by pass, rows of a
 * ring, whose planes lie together, when all passes are done. */
static tsr_status run_passes(const tsr_halo_maker *h, int32_t step, const tsr_job *job, tsr_piece p,
                             tsr_error *err) {
    tsr_maker *m = h->m;
    const tsr_stage *stage = &m->plan->stages[job->stage];
    tsr_stage_weights *weights = &m->group->weights[step];
    const int32_t e = h->r->out[step];
    const bool by_pass = job->stored && h->r->maps[e].ring == 0;
    const int32_t group_planes = m->plan->arch.tm / m->plan->arch.tn;
    int32_t group = 0;
    do {
        const tsr_portion portion = {
            group, tsr_min_i32(stage->m_groups - group, weights->pass_groups), weights->runs > 0};
        TSR_TRY(stage->m_groups == 0 ? tsr_ops_pool(m, job, err)
                                     : tsr_ops_pass(m, job, portion, err));
        if (by_pass) {
            const tsr_portion planes = {
                group * group_planes,
                stage->m_groups == 0 ? stage->out_planes : portion.groups * group_planes, false};
            TSR_TRY(store(h, job, e, p, planes, err));
        }
        group += weights->pass_groups;
    } while (group < stage->m_groups);
    ++weights->runs;
    if (job->stored && !by_pass) {
        const tsr_portion planes = {0, stage->made_planes, false};
        TSR_TRY(store(h, job, e, p, planes, err));
    }
    return TSR_OK;
}

/** What a stage makes of a piece. What it reads of a map that the group makes includes pixels that no
 * window reaches. */
static tsr_block block_of(const tsr_halo_maker *h, int32_t step, tsr_piece p, tsr_rect rect) {
    const tsr_plan *plan = h->m->plan;
    const int32_t out = h->r->out[step];
    tsr_block block =
        tsr_geometry_tile(&plan->stages[h->r->first + step], &h->r->whole[step], rect);
    block.in.h =
        tsr_regions_window(plan, h->r, step, true, tsr_halo_rows(h, out, p)).end - block.in.y0;
    if (h->r->cached && !h->r->maps[h->r->in[step]].loaded) {
        block.in.w =
            tsr_regions_window(plan, h->r, step, false, tsr_halo_cols(h, out, p)).end - block.in.x0;
    }
    return block;
}

static tsr_status run_stage(const tsr_halo_maker *h, int32_t step, tsr_piece p, tsr_error *err) {
    tsr_maker *m = h->m;
    const tsr_regions *r = h->r;
    const int32_t out = r->out[step];
    const tsr_rect rect = rect_of(tsr_halo_rows(h, out, p), tsr_halo_cols(h, out, p));
    const tsr_rect held = held_of(h, out, p);
    if (r->maps[out].first_step == step && !is_empty(&held)) {
        TSR_TRY(fill_slot(h, out, p, err));
        TSR_TRY(tsr_ops_load_overlap(h, out, p, err));
    }
    if (is_empty(&rect)) {
        return TSR_OK;
    }
    const tsr_stage *stage = &m->plan->stages[r->first + step];
    const tsr_block block = block_of(h, step, p, rect);
    const int64_t seen = seen_pixels(h, out, p, &rect);
    const tsr_job job = {
        .stage = r->first + step,
        .block = block,
        .in = planes_at(h, r->in[step], tsr_halo_place(h, r->in[step], p, block.in.y0, block.in.x0),
                        stage->in_plane),
        .out = planes_at(h, out, tsr_halo_place(h, out, p, rect.y0, rect.x0), stage->out_plane),
        .added = r->added[step] < 0
                     ? (tsr_place){.slot = -1}
                     : planes_at(h, r->added[step],
                                 tsr_halo_place(h, r->added[step], p, block.conv.y0, block.conv.x0),
                                 stage->residual_plane),
        .stored = stage->last_reader > r->last,
        .done_before = stage->pools ? seen * 4 : seen / (stage->step * stage->step)};
    TSR_TRY(run_passes(h, step, &job, p, err));
    return tsr_ops_store_overlap(h, step, p, err);
}

/** All pieces of one picture. */
static tsr_status run_picture(tsr_maker *m, tsr_error *err) {
    tsr_halo_maker h = {.m = m, .r = m->group->regions};
    const tsr_prefetch prefetch = m->group->prefetch;
    for (int32_t index = 0; index < piece_count(&h); ++index) {
        const tsr_piece p = piece_at(&h, index);
        if (prefetch == TSR_PREFETCH_DOUBLE) {
            // the ring of the next column begins anew: not before this one is through
            const bool ends = h.r->rings && p.row + 1 == h.r->rows;
            TSR_TRY(load_pieces(&h, ends ? index : index + 1, err));
        } else if (prefetch == TSR_PREFETCH_REFILL && index == 0) {
            TSR_TRY(load_pieces(&h, 0, err));
        }
        for (int32_t step = 0; step <= h.r->last - h.r->first; ++step) {
            m->block = block_number(&h, p);
            TSR_TRY(load_around(&h, step, p, true, err));
            TSR_TRY(run_stage(&h, step, p, err));
            TSR_TRY(load_around(&h, step, p, false, err));
        }
    }
    return TSR_OK;
}

tsr_status tsr_ops_make_halo(tsr_maker *m, tsr_error *err) {
    for (m->picture = 0; m->picture < m->plan->network.batch; ++m->picture) {
        TSR_TRY(run_picture(m, err));
    }
    return TSR_OK;
}
