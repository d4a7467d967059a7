// SPDX-License-Identifier: Apache-2.0
// Operations of a group that runs piece by piece: for every tile (strip) all stages, each making
// its region of its map.
#include "base/check.h"
#include "base/checked.h"
#include "plan/ops.h"
#include "plan/regions.h"

/** One piece of the group's output. */
typedef struct piece {
    int32_t row, col;
} piece;

typedef struct halo {
    tsr_maker *m;
    tsr_regions *r;
    int32_t next_load;  // of all loaded maps; with TSR_PREFETCH_NONE they come one by one
} halo;

static tsr_stretch rows_of(const halo *h, int32_t e, piece p) {
    return h->r->y[e * h->r->rows + p.row];
}

static tsr_stretch cols_of(const halo *h, int32_t e, piece p) {
    return h->r->x[e * h->r->cols + p.col];
}

static piece piece_at(const halo *h, int32_t index) {
    return (piece){index / h->r->cols, index % h->r->cols};
}

static int32_t piece_count(const halo *h) {
    return h->r->rows * h->r->cols;
}

/** Of the pieces of all pictures. */
static int32_t block_number(const halo *h, piece p) {
    return h->m->picture * piece_count(h) + p.row * h->r->cols + p.col;
}

static tsr_rect rect_of(tsr_stretch rows, tsr_stretch cols) {
    return (tsr_rect){rows.begin, cols.begin, rows.end - rows.begin, cols.end - cols.begin};
}

static bool is_empty(const tsr_rect *rect) {
    return rect->h <= 0 || rect->w <= 0;
}

/** Slot of a map for a piece: loaded maps may have two that take turns. */
static int32_t slot_of(const halo *h, int32_t e, piece p) {
    const tsr_region_map *m = &h->r->maps[e];
    const int32_t index = p.row * h->r->cols + p.col;
    return m->second_slot >= 0 && index % 2 == 1 ? m->second_slot : m->slot;
}

/** Where row y and column x of a map are while piece p is made. */
static tsr_place place_of(const halo *h, int32_t e, piece p, int32_t y, int32_t x) {
    const int32_t slot = slot_of(h, e, p);
    const int32_t ring = h->r->maps[e].ring;
    return (tsr_place){.slot = slot,
                       .y0 = ring > 0 ? y % ring : y - rows_of(h, e, p).begin,
                       .x0 = x - cols_of(h, e, p).begin,
                       .instance = h->r->maps[e].instance[slot != h->r->maps[e].slot]};
}

/** The same from word `plane` of the map's pixels on. */
static tsr_place planes_at(const halo *h, int32_t e, tsr_place place, int32_t plane) {
    place.plane = plane - h->r->maps[e].first_plane;
    return place;
}

/** A filling of a map's slot: one for each piece, or one ring for all of them. */
static tsr_status fill_slot(const halo *h, int32_t e, piece p, tsr_error *err) {
    tsr_region_map *m = &h->r->maps[e];
    const int32_t slot = slot_of(h, e, p);
    int32_t *instance = &m->instance[slot != m->slot];
    if (m->ring > 0) {
        const tsr_slot *place = &h->m->group->slots[slot];
        const tsr_shape words = {1, m->ring * m->planes, place->w - place->more_w};
        return *instance >= 0 ? TSR_OK : tsr_ops_fill(h->m, slot, words, instance, err);
    }
    const tsr_rect rect = rect_of(rows_of(h, e, p), cols_of(h, e, p));
    return tsr_ops_fill(h->m, slot, (tsr_shape){m->planes, rect.h, rect.w}, instance, err);
}

/** The part of a rectangle's rows from `from` on that lie before the end of the ring. */
static int32_t rows_before_wrap(const tsr_region_map *m, int32_t from, int32_t end) {
    return m->ring > 0 ? tsr_min_i32(end - from, m->ring - from % m->ring) : end - from;
}

/** Pixels of a rectangle that pieces before p have had too: rows above, and columns to the left. */
static int64_t seen_pixels(const halo *h, int32_t e, piece p, const tsr_rect *rect) {
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
static tsr_status load_rect(const halo *h, int32_t e, piece p, const tsr_rect *all, bool filler,
                            tsr_error *err) {
    tsr_maker *m = h->m;
    const tsr_region_map *map = &h->r->maps[e];
    const bool again =
        filler ||
        tsr_map_was_loaded(&m->plan->maps[map->map], map->first_plane, map->real_planes) ||
        map->twice || is_loaded_before(h->r, e);
    const int64_t seen = seen_pixels(h, e, p, all);
    for (int32_t y = all->y0; y < all->y0 + all->h;) {
        const int32_t rows = rows_before_wrap(map, y, all->y0 + all->h);
        const tsr_map_part part = {
            map->map, {y, all->x0, rows, all->w}, map->first_plane, filler ? 0 : map->real_planes};
        tsr_place place = place_of(h, e, p, y, all->x0);
        place.plane = filler ? map->real_planes : 0;
        // only tiles meet pixels again, and they have no ring: one load is all of them
        const int64_t reread = again ? (int64_t)rows * all->w : rows == all->h ? seen : 0;
        TSR_TRY(tsr_ops_load(m, h->r->first + map->first_step, part,
                             filler ? map->planes - map->real_planes : 0, place, reread, err));
        y += rows;
    }
    return TSR_OK;
}

static tsr_status load_map(const halo *h, int32_t e, piece p, tsr_error *err) {
    const tsr_rect all = rect_of(rows_of(h, e, p), cols_of(h, e, p));
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
static tsr_status load_pieces(halo *h, int32_t upto, tsr_error *err) {
    for (; h->next_load <= upto && h->next_load < piece_count(h); ++h->next_load) {
        for (int32_t e = 0; e < h->r->map_count; ++e) {
            if (h->r->maps[e].loaded) {
                TSR_TRY(load_map(h, e, piece_at(h, h->next_load), err));
            }
        }
    }
    return TSR_OK;
}

/** Loads that belong before or after a stage of piece p, where nothing is loaded a piece ahead. */
static tsr_status load_around(halo *h, int32_t step, piece p, bool before, tsr_error *err) {
    const tsr_prefetch prefetch = h->m->group->prefetch;
    const int32_t next = p.row * h->r->cols + p.col + 1;
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
static tsr_status store(const halo *h, const tsr_job *job, int32_t e, piece p, tsr_portion planes,
                        tsr_error *err) {
    const tsr_region_map *map = &h->r->maps[e];
    const int32_t first = h->m->plan->stages[job->stage].out_plane + planes.first_group;
    const tsr_rect own =
        rect_of(tsr_regions_own(h->r, e, true, p.row), tsr_regions_own(h->r, e, false, p.col));
    if (is_empty(&own)) {
        return TSR_OK;
    }
    for (int32_t y = own.y0; y < own.y0 + own.h;) {
        const int32_t rows = rows_before_wrap(map, y, own.y0 + own.h);
        const tsr_map_part part = {map->map, {y, own.x0, rows, own.w}, first, planes.groups};
        TSR_TRY(tsr_ops_store(h->m, job->stage, part, place_of(h, e, p, y, own.x0),
                              first - map->first_plane, err));
        y += rows;
    }
    return TSR_OK;
}

/** All passes of one stage over its region. Pieces of their own are stored pass by pass, rows of a
 * ring, whose planes lie together, when all passes are done. */
static tsr_status run_passes(const halo *h, int32_t step, const tsr_job *job, piece p,
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

static tsr_status run_stage(const halo *h, int32_t step, piece p, tsr_error *err) {
    tsr_maker *m = h->m;
    const tsr_regions *r = h->r;
    const int32_t out = r->out[step];
    const tsr_rect rect = rect_of(rows_of(h, out, p), cols_of(h, out, p));
    if (is_empty(&rect)) {
        return TSR_OK;
    }
    const tsr_stage *stage = &m->plan->stages[r->first + step];
    tsr_block block = tsr_geometry_tile(stage, &r->whole[step], rect);
    block.in.h = tsr_regions_window(m->plan, r, step, true, rows_of(h, out, p)).end - block.in.y0;
    if (r->maps[out].first_step == step) {
        TSR_TRY(fill_slot(h, out, p, err));
    }
    const int64_t seen = seen_pixels(h, out, p, &rect);
    const tsr_job job = {
        .stage = r->first + step,
        .block = block,
        .in = planes_at(h, r->in[step], place_of(h, r->in[step], p, block.in.y0, block.in.x0),
                        stage->in_plane),
        .out = planes_at(h, out, place_of(h, out, p, rect.y0, rect.x0), stage->out_plane),
        .added = r->added[step] < 0
                     ? (tsr_place){.slot = -1}
                     : planes_at(h, r->added[step],
                                 place_of(h, r->added[step], p, block.conv.y0, block.conv.x0),
                                 stage->residual_plane),
        .stored = stage->last_reader > r->last,
        .done_before = stage->pools ? seen * 4 : seen / (stage->step * stage->step)};
    return run_passes(h, step, &job, p, err);
}

/** All pieces of one picture. */
static tsr_status run_picture(tsr_maker *m, tsr_error *err) {
    halo h = {.m = m, .r = m->group->regions};
    const tsr_prefetch prefetch = m->group->prefetch;
    for (int32_t index = 0; index < piece_count(&h); ++index) {
        const piece p = piece_at(&h, index);
        if (prefetch == TSR_PREFETCH_DOUBLE) {
            TSR_TRY(load_pieces(&h, index + 1, err));
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
