// SPDX-License-Identifier: Apache-2.0
// Maps of the plan: which values share one, who writes and reads them, and how they are cut.
#include "base/check.h"
#include "base/checked.h"
#include "plan/model/geometry.h"
#include "plan/model/schedule_parts.h"
#include "plan/stages/stages.h"

/** Words of a map. */
typedef struct place {
    int32_t map, plane;
} place;

/** Parts of a concat lie in the map of the outermost one. */
static place place_of(const tsr_walk *w, int32_t value) {
    int32_t plane = 0;
    while (w->values[value].parent >= 0) {
        plane += w->values[value].plane;
        value = w->values[value].parent;
    }
    return (place){w->values[value].map, plane};
}

static tsr_status add_map(tsr_walk *w, tsr_value *value, tsr_error *err) {
    tsr_plan *plan = w->plan;
    const tsr_shape shape = value->shape;
    tsr_map *map = &plan->maps[plan->map_count];
    *map = (tsr_map){.layer = value->layer,
                     .first_writer = TSR_PLAN_NONE,
                     .last_writer = TSR_PLAN_NONE,
                     .last_reader = TSR_PLAN_NONE,
                     .shape = shape,
                     .planes = (int32_t)tsr_ceil_div(shape.c, plan->arch.tn),
                     .pixel_bytes = tsr_arch_pixel_bytes(&plan->arch, shape.c),
                     .is_input = plan->map_count == 0};
    int64_t bytes = (int64_t)map->planes * map->pixel_bytes;
    TSR_CHECK(tsr_mul_i64(bytes, shape.h, &bytes) && tsr_mul_i64(bytes, shape.w, &bytes),
              TSR_ERR_OVERFLOW, err, plan->network.layers[map->layer].name,
              "bytes of the map leave 63 bits");
    map->bytes = (uint64_t)bytes;
    value->map = plan->map_count++;
    return TSR_OK;
}

static void later(int32_t *last, int32_t stage) {
    *last = stage > *last ? stage : *last;
}

/** A stage reads planes of a map: so far the last to read what each of their writers makes. */
static void note_reader(tsr_plan *plan, int32_t reader, place from, int32_t planes) {
    later(&plan->maps[from.map].last_reader, reader);
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        tsr_stage *writer = &plan->stages[s];
        if (writer->out_map == from.map && writer->out_plane < from.plane + planes &&
            from.plane < writer->out_plane + writer->out_planes) {
            later(&writer->last_reader, reader);
        }
    }
}

static void note_writer(tsr_map *map, int32_t stage) {
    map->first_writer = map->first_writer == TSR_PLAN_NONE ? stage : map->first_writer;
    map->last_writer = stage;
}

static void place_stage(const tsr_walk *w, int32_t index) {
    tsr_plan *plan = w->plan;
    tsr_stage *stage = &plan->stages[index];
    const place in = place_of(w, w->in_value[index]);
    const place out = place_of(w, w->out_value[index]);
    stage->in_map = in.map;
    stage->in_plane = in.plane;
    stage->out_map = out.map;
    stage->out_plane = out.plane;
    stage->last_reader = TSR_PLAN_NONE;
    note_writer(&plan->maps[out.map], index);
    note_reader(plan, index, in, stage->in_planes);
    if (w->added_value[index] >= 0) {
        const place added = place_of(w, w->added_value[index]);
        stage->residual_map = added.map;
        stage->residual_plane = added.plane;
        note_reader(plan, index, added, stage->out_planes);
    }
}

/** Values that leave the network: nobody here reads them last. */
static tsr_status add_outputs(tsr_walk *w, tsr_error *err) {
    tsr_plan *plan = w->plan;
    for (int32_t layer = 0; layer < plan->network.layer_count; ++layer) {
        if (!tsr_network_is_output(&plan->network, layer)) {
            continue;
        }
        const int32_t value = w->value_of[layer];
        TSR_CHECK(value > 0, TSR_ERR_UNSUPPORTED, err, plan->network.layers[layer].name,
                  "an output that no pass makes");
        const place at = place_of(w, value);
        const tsr_shape shape = w->values[value].shape;
        plan->outputs[plan->output_count++] = (tsr_plan_output){layer, at.map, at.plane, shape.c};
        plan->maps[at.map].is_output = true;
        note_reader(plan, TSR_PLAN_LEAVES, at, (int32_t)tsr_ceil_div(shape.c, plan->arch.tn));
    }
    return TSR_OK;
}

tsr_status tsr_stages_make_maps(tsr_walk *w, tsr_error *err) {
    for (int32_t v = 0; v < w->value_count; ++v) {
        if (w->values[v].parent < 0) {
            TSR_TRY(add_map(w, &w->values[v], err));
        }
    }
    for (int32_t s = 0; s < w->plan->stage_count; ++s) {
        place_stage(w, s);
    }
    return add_outputs(w, err);
}

static bool is_2x2(const tsr_stage *stage) {
    return stage->kernel_h == 2 && stage->kernel_w == 2 && stage->stride_h == 2 &&
           stage->stride_w == 2 && stage->pad_top == 0 && stage->pad_left == 0 &&
           stage->pad_bottom == 0 && stage->pad_right == 0;
}

/** Blocks of a stage are put together from whole blocks of all who write its input. */
static bool nests_in_writers(const tsr_plan *plan, const tsr_stage *stage) {
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        const tsr_stage *writer = &plan->stages[s];
        if (writer->out_map == stage->in_map && !tsr_geometry_nests(writer, stage, false)) {
            return false;
        }
    }
    return true;
}

/** The one blocked conv grid of all who read a map; NULL if there is none, or several. */
static const tsr_block_grid *grid_of_readers(const tsr_plan *plan, int32_t map) {
    const tsr_stage *found = NULL;
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        const tsr_stage *reader = &plan->stages[s];
        if (reader->in_map != map) {
            continue;
        }
        if (reader->kind != TSR_STAGE_CONV || tsr_block_grid_is_whole(&reader->grid) ||
            (found != NULL && !tsr_geometry_same_cells(found, reader))) {
            return NULL;
        }
        found = reader;
    }
    return found != NULL ? &found->grid : NULL;
}

/** Pools that straddle blocks are cut like the map their consumer reads, so that they are local to
 * its blocks. */
static void cut_straddling_pool(const tsr_plan *plan, tsr_stage *pool) {
    const tsr_block_grid *grid = grid_of_readers(plan, pool->out_map);
    if (pool->kind != TSR_STAGE_POOL || !is_2x2(pool) || grid == NULL ||
        grid->map_h != pool->out.h || grid->map_w != pool->out.w) {
        return;
    }
    tsr_stage cut = *pool;
    cut.grid = *grid;
    cut.grid_of_output = true;
    if (nests_in_writers(plan, &cut)) {
        *pool = cut;
    }
}

/** One input pixel makes one output pixel (or step x step of them): any cut gives the same values. */
static bool is_pointwise(const tsr_stage *stage) {
    return stage->kind == TSR_STAGE_CONV && !stage->gemm && stage->kernel_h == 1 &&
           stage->kernel_w == 1 && stage->pad_top == 0 && stage->pad_left == 0 &&
           stage->pad_bottom == 0 && stage->pad_right == 0 && !stage->pools;
}

/** The grid that cuts the stage's input like the output of `writer`, if grids can say it. */
static bool like_writer(const tsr_stage *writer, tsr_stage *stage) {
    const tsr_stage before = *stage;
    const int32_t rows = writer->grid.rows;
    const int32_t cols = writer->grid.cols;
    for (int32_t even = 0; even < 2; ++even) {
        stage->grid = (tsr_block_grid){.map_h = stage->in.h,
                                       .map_w = stage->in.w,
                                       .rows = rows,
                                       .cols = cols,
                                       .block_h = (int32_t)tsr_ceil_div(stage->in.h, rows),
                                       .block_w = (int32_t)tsr_ceil_div(stage->in.w, cols),
                                       .even = even != 0};
        const bool covers = (rows - 1) * stage->grid.block_h < stage->in.h &&
                            (cols - 1) * stage->grid.block_w < stage->in.w;
        if ((covers || even != 0) && tsr_geometry_same(writer, stage, false)) {
            return true;
        }
    }
    *stage = before;
    return false;
}

/** Pointwise stages that are left whole run in the blocks of what they read: its own blocks on that
 * map if they are put together from the writer's, else the writer's. */
static void cut_pointwise(const tsr_plan *plan, tsr_stage *stage) {
    const int32_t writer = plan->maps[stage->in_map].first_writer;
    if (!is_pointwise(stage) || !tsr_block_grid_is_whole(&stage->grid)) {
        return;
    }
    tsr_stage cut = *stage;
    tsr_error ignored = {0};
    const bool own = tsr_block_grid_make(&plan->schedule.blocking, stage->in.h, stage->in.w, NULL,
                                         &cut.grid, &ignored) == TSR_OK;
    if (own && nests_in_writers(plan, &cut)) {
        *stage = cut;
    } else if (writer >= 0) {
        cut = *stage;
        if (like_writer(&plan->stages[writer], &cut) && nests_in_writers(plan, &cut)) {
            *stage = cut;
        }
    }
}

/** Kinds of groups that the schedule lets a stage be in: that of the layer that stands for it. */
static void find_ways(const tsr_plan *plan, tsr_stage *stage) {
    const tsr_schedule *schedule = &plan->schedule;
    stage->named = tsr_schedule_part_of(schedule, &plan->network, stage->layer);
    stage->ways =
        tsr_schedule_ways(stage->named >= 0 ? schedule->parts[stage->named].mode : schedule->mode);
}

static bool runs_in_blocks(const tsr_stage *stage) {
    return (stage->ways & 1U << TSR_GROUP_FUSED) != 0;
}

void tsr_stages_cut(tsr_plan *plan) {
    const bool blocked = tsr_schedule_has_blocks(&plan->schedule);
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        find_ways(plan, &plan->stages[s]);
    }
    for (int32_t s = 0; s < plan->stage_count && blocked; ++s) {
        if (runs_in_blocks(&plan->stages[s])) {
            cut_pointwise(plan, &plan->stages[s]);
        }
    }
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        if (runs_in_blocks(&plan->stages[s])) {
            cut_straddling_pool(plan, &plan->stages[s]);
        }
    }
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        tsr_geometry_measure(plan, &plan->stages[s]);
        tsr_geometry_relate(plan, &plan->stages[s]);
    }
}
