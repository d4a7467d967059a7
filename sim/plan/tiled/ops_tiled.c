// SPDX-License-Identifier: Apache-2.0
// Operations of one stage from DRAM to DRAM: loads run one tile ahead, stores behind.
#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"
#include "plan/ops/ops.h"

/** One tile of a picture and how much of it earlier tiles of the same round have loaded. */
typedef struct tile {
    tsr_block block;
    int64_t seen_pixels;
} tile;

/** Pictures whose tiles lie side by side: one, but for gemm. */
typedef struct pictures {
    int32_t first, count;
} pictures;

typedef struct tiled {
    tsr_maker *m;
    tsr_stage stage;  // as tiles are cut from it
    tile *tiles;      // owned, of one picture
    int32_t per_picture;
    int32_t tile_count;        // of all pictures
    int32_t loads, next_load;  // of input tiles: in all, made
    int32_t stores;            // made
    int32_t instance[2];       // fillings of the load slots
} tiled;

/** Rectangles of one axis of the output, block by block. */
static int32_t cut_output(const tsr_plan *plan, const tsr_stage *stage, bool vertical, int32_t size,
                          int32_t (*pieces)[3]) {
    const int32_t blocks = vertical ? stage->grid.rows : stage->grid.cols;
    int32_t count = 0;
    for (int32_t i = 0; i < blocks; ++i) {
        const tsr_block b = vertical ? tsr_geometry_block(plan, stage, i, 0)
                                     : tsr_geometry_block(plan, stage, 0, i);
        const int32_t begin = vertical ? b.out.y0 : b.out.x0;
        const int32_t extent = vertical ? b.out.h : b.out.w;
        for (int32_t at = 0; at < extent; at += size) {
            pieces[count][0] = i;
            pieces[count][1] = begin + at;
            pieces[count][2] = tsr_min_i32(size, extent - at);
            ++count;
        }
    }
    return count;
}

/** Rows before the tile's own row of tiles end at `row_end`, columns before it in its row at
 * `col_end`. */
static int64_t seen(const tsr_rect *in, int32_t row_end, int32_t col_end) {
    const int32_t rows = row_end > in->y0 ? tsr_min_i32(row_end - in->y0, in->h) : 0;
    const int32_t cols = col_end > in->x0 ? tsr_min_i32(col_end - in->x0, in->w) : 0;
    return (int64_t)rows * in->w + (int64_t)(in->h - rows) * cols;
}

static tsr_status fill_tiles(tiled *t, int32_t (*rows)[3], int32_t (*cols)[3]) {
    const tsr_tiling *tiling = &t->m->group->tiling;
    const int32_t row_count = cut_output(t->m->plan, &t->stage, true, tiling->tile_h, rows);
    const int32_t col_count = cut_output(t->m->plan, &t->stage, false, tiling->tile_w, cols);
    int32_t row_end = 0;
    for (int32_t r = 0; r < row_count; ++r) {
        int32_t col_end = 0;
        int32_t next_end = row_end;
        for (int32_t c = 0; c < col_count; ++c) {
            const tsr_block block =
                tsr_geometry_block(t->m->plan, &t->stage, rows[r][0], cols[c][0]);
            const tsr_rect out = {rows[r][1], cols[c][1], rows[r][2], cols[c][2]};
            tile *one = &t->tiles[t->per_picture++];
            one->block = tsr_geometry_tile(&t->stage, &block, out);
            one->seen_pixels = seen(&one->block.in, row_end, col_end);
            col_end = one->block.in.x0 + one->block.in.w;
            next_end = one->block.in.y0 + one->block.in.h;
        }
        row_end = next_end;
    }
    return TSR_OK;
}

static tsr_status make_tiles(tiled *t, tsr_error *err) {
    const tsr_tiling *tiling = &t->m->group->tiling;
    t->tiles = tsr_alloc((size_t)tiling->rows * (size_t)tiling->cols, sizeof *t->tiles);
    int32_t(*rows)[3] = tsr_alloc((size_t)tiling->rows, sizeof *rows);
    int32_t(*cols)[3] = tsr_alloc((size_t)tiling->cols, sizeof *cols);
    tsr_status status = TSR_OK;
    if (t->tiles == NULL || rows == NULL || cols == NULL) {
        status =
            tsr_fail(err, TSR_ERR_NO_MEMORY, tsr_plan_stage_name(t->m->plan, t->m->group->first),
                     "no memory for %d x %d tiles", tiling->rows, tiling->cols);
    } else {
        status = fill_tiles(t, rows, cols);
    }
    tsr_free(rows);
    tsr_free(cols);
    t->tile_count =
        t->per_picture * (int32_t)tsr_ceil_div(t->m->plan->network.batch, tiling->abreast);
    return status;
}

static const tile *tile_at(const tiled *t, int32_t load) {
    return &t->tiles[load % t->tile_count % t->per_picture];
}

static pictures pictures_at(const tiled *t, int32_t load) {
    const int32_t abreast = t->m->group->tiling.abreast;
    const int32_t first = load % t->tile_count / t->per_picture * abreast;
    return (pictures){first, tsr_min_i32(abreast, t->m->plan->network.batch - first)};
}

static int32_t load_slot(const tiled *t, int32_t load) {
    const tsr_group *group = t->m->group;
    return load % group->tiling.load_slots == 0 ? group->load_slot : group->second_load_slot;
}

/** Portions of the output channels that tiles are made in: groups of tm, or words of a pool. */
static int32_t unit_count(const tiled *t) {
    return t->stage.m_groups == 0 ? t->stage.out_planes : t->stage.m_groups;
}

/** Words of the input that a load has: all, or those of its portion of the channels. */
static tsr_stretch planes_loaded(const tiled *t, int32_t load) {
    if (!t->m->group->tiling.by_channels) {
        return (tsr_stretch){0, t->stage.in_planes};
    }
    const tsr_arch *arch = &t->m->plan->arch;
    const int32_t each =
        t->m->group->weights[0].pass_groups * (t->stage.m_groups == 0 ? 1 : arch->tm / arch->tn);
    const int32_t first = load / t->tile_count * each;
    return (tsr_stretch){first, tsr_min_i32(first + each, t->stage.in_planes)};
}

/** Where word 0 of the input would lie in the slot: passes of the array count from there, pools from
 * their own first word. */
static int32_t word_zero(const tiled *t, int32_t load) {
    return t->stage.m_groups == 0 ? 0 : -planes_loaded(t, load).begin;
}

/** Load number next_load of the input; rounds after the first one read everything again. */
static tsr_status load_next(tiled *t, tsr_error *err) {
    if (t->next_load >= t->loads) {
        return TSR_OK;
    }
    tsr_maker *m = t->m;
    const int32_t load = t->next_load++;
    const tile *one = tile_at(t, load);
    const pictures p = pictures_at(t, load);
    const tsr_stretch planes = planes_loaded(t, load);
    const int32_t count = planes.end - planes.begin;
    const int32_t first = t->stage.in_plane + planes.begin;
    const bool again = (load >= t->tile_count && !m->group->tiling.by_channels) ||
                       tsr_map_was_loaded(&m->plan->maps[t->stage.in_map], first, count);
    const tsr_rect *in = &one->block.in;
    const int32_t slot = load_slot(t, load);
    const tsr_shape words = {count, in->h, p.count * in->w};
    int32_t *instance = &t->instance[load % m->group->tiling.load_slots];
    TSR_TRY(tsr_ops_fill(m, slot, words, instance, err));
    const tsr_map_part part = {t->stage.in_map, *in, first, count};
    const int32_t before = m->block;
    m->block = load % t->tile_count;
    for (int32_t i = 0; i < p.count; ++i) {
        const tsr_place place = {.slot = slot, .x0 = i * in->w, .instance = *instance};
        m->picture = p.first + i;
        TSR_TRY(tsr_ops_load(m, m->group->first, part, 0, place,
                             again ? (int64_t)in->h * in->w : one->seen_pixels, err));
    }
    m->block = before;
    return TSR_OK;
}

/** Words of the output that lie before group `groups` of the passes. */
static int32_t planes_of(const tiled *t, int32_t groups) {
    const tsr_arch *arch = &t->m->plan->arch;
    return groups * (t->stage.m_groups == 0 ? 1 : arch->tm / arch->tn);
}

/** The operand of an add, for all pictures of a tile. */
static tsr_status load_added(const tiled *t, tsr_job *job, pictures p, int32_t first_plane,
                             int32_t planes, tsr_error *err) {
    tsr_maker *m = t->m;
    const tsr_rect *conv = &job->block.conv;
    const tsr_shape words = {planes, conv->h, p.count * conv->w};
    TSR_TRY(tsr_ops_fill(m, job->added.slot, words, &job->added.instance, err));
    tsr_job one = *job;
    for (int32_t i = 0; i < p.count; ++i) {
        m->picture = p.first + i;
        one.added.x0 = i * conv->w;
        TSR_TRY(tsr_ops_load_added(m, &one, first_plane, planes, err));
    }
    return TSR_OK;
}

static tsr_status store_output(const tiled *t, const tsr_job *job, pictures p, tsr_map_part part,
                               tsr_error *err) {
    tsr_place place = job->out;
    for (int32_t i = 0; i < p.count; ++i) {
        t->m->picture = p.first + i;
        place.x0 = i * part.rect.w;
        TSR_TRY(tsr_ops_store(t->m, job->stage, part, place, 0, err));
    }
    return TSR_OK;
}

/** The passes of a tile: `held` is NULL where they bring their weights. */
static tsr_status run_pass(tiled *t, tsr_job *job, pictures p, tsr_portion portion,
                           const tsr_held *held, tsr_error *err) {
    tsr_maker *m = t->m;
    job->block.in.w *= p.count;
    job->block.conv.w *= p.count;
    job->block.out.w *= p.count;
    if (t->stage.m_groups == 0) {
        return tsr_ops_pool(m, job, err);
    }
    return held != NULL ? tsr_ops_conv(m, job, portion, held, err)
                        : tsr_ops_pass(m, job, portion, err);
}

/** One pass over one tile, from the loaded input to the store. */
static tsr_status run_unit(tiled *t, int32_t load, tsr_portion portion, const tsr_held *held,
                           tsr_error *err) {
    tsr_maker *m = t->m;
    tsr_group *group = m->group;
    const tsr_block *block = &tile_at(t, load)->block;
    const pictures p = pictures_at(t, load);
    const int32_t planes = planes_of(t, portion.groups);
    const int32_t first_plane = planes_of(t, portion.first_group);
    const int32_t out_slot =
        t->stores++ % group->tiling.store_slots == 0 ? group->store_slot : group->second_store_slot;
    m->block = load % t->tile_count;
    tsr_job job = {.stage = group->first,
                   .block = *block,
                   .in = {.slot = load_slot(t, load),
                          .plane = word_zero(t, load),
                          .instance = t->instance[load % group->tiling.load_slots]},
                   .out = {.slot = out_slot, .instance = -1},
                   .added = {.slot = group->added_slot, .instance = -1},
                   .portions = true,
                   .pool_planes = planes,
                   .abreast = group->tiling.abreast > 1 ? p.count : 0};
    if (job.added.slot >= 0) {
        TSR_TRY(load_added(t, &job, p, first_plane, planes, err));
    }
    const tsr_shape words = {planes, block->out.h, p.count * block->out.w};
    TSR_TRY(tsr_ops_fill(m, out_slot, words, &job.out.instance, err));
    TSR_TRY(run_pass(t, &job, p, portion, held, err));
    const tsr_map_part part = {t->stage.out_map, block->out, t->stage.out_plane + first_plane,
                               planes};
    return store_output(t, &job, p, part, err);
}

/** Groups of a pass; a pool whose tiles have all channels does them at once. */
static int32_t pass_groups(const tiled *t) {
    return t->stage.m_groups == 0 && !t->m->group->tiling.by_channels
               ? t->stage.out_planes
               : t->m->group->weights[0].pass_groups;
}

static tsr_portion portion_at(const tiled *t, int32_t first, bool again) {
    return (tsr_portion){first, tsr_min_i32(pass_groups(t), unit_count(t) - first), again};
}

/** Keep the loads one tile ahead where there are two slots, else load when the slot is free. */
static tsr_status load_ahead(tiled *t, int32_t load, bool before, tsr_error *err) {
    const bool two = t->m->group->tiling.load_slots > 1;
    return before == two && t->next_load == load + 1 ? load_next(t, err) : TSR_OK;
}

static tsr_status run_tile_outer(tiled *t, tsr_error *err) {
    for (int32_t load = 0; load < t->tile_count; ++load) {
        TSR_TRY(load_ahead(t, load, true, err));
        int32_t group = 0;
        do {
            TSR_TRY(run_unit(t, load, portion_at(t, group, load > 0), NULL, err));
            group += pass_groups(t);
        } while (group < unit_count(t));
        TSR_TRY(load_ahead(t, load, false, err));
    }
    return TSR_OK;
}

/** Several tiles, each loaded again for every portion of the weights, or with the channels of the
 * portion. */
static tsr_status run_weight_outer(tiled *t, tsr_error *err) {
    int32_t load = 0;
    for (int32_t group = 0; group < unit_count(t); group += pass_groups(t)) {
        const tsr_portion portion = portion_at(t, group, false);
        tsr_held held = {0};
        if (t->stage.m_groups > 0) {
            TSR_TRY(tsr_ops_load_weights(t->m, t->m->group->first, portion, &held, err));
        }
        for (int32_t i = 0; i < t->tile_count; ++i, ++load) {
            TSR_TRY(load_ahead(t, load, true, err));
            TSR_TRY(run_unit(t, load, portion, &held, err));
            TSR_TRY(load_ahead(t, load, false, err));
        }
    }
    return TSR_OK;
}

tsr_status tsr_ops_make_tiled(tsr_maker *m, tsr_error *err) {
    tiled t = {.m = m, .stage = tsr_geometry_for_tiles(&m->plan->stages[m->group->first])};
    tsr_status status = make_tiles(&t, err);
    if (status == TSR_OK) {
        // one tile: both orders are the same, and the input is loaded once
        const bool rounds =
            m->group->tiling.by_channels || (m->group->tiling.weight_outer && t.tile_count > 1);
        const int32_t passes = rounds ? (int32_t)tsr_ceil_div(unit_count(&t), pass_groups(&t)) : 1;
        t.loads = passes * t.tile_count;
        status = load_next(&t, err);
        if (status == TSR_OK) {
            status = rounds ? run_weight_outer(&t, err) : run_tile_outer(&t, err);
        }
    }
    tsr_free(t.tiles);
    return status;
}
