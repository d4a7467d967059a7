// SPDX-License-Identifier: Apache-2.0
// Operations of a fused group, depth first: blocks of the finest level, and a coarser one as soon
// as it is complete.
#include "base/alloc.h"
#include "base/check.h"
#include "plan/fuse_holdings.h"
#include "plan/fuse_levels.h"
#include "plan/ops.h"

/** One block of a level. */
typedef struct visit {
    int32_t row, col;
    int32_t parent;   // of the next coarser level, -1 at the coarsest
    bool last_child;  // completes its parent
} visit;

/** Blocks of one level in the order they are run. */
typedef struct order {
    int32_t count;
    visit *visits;  // owned
} order;

typedef struct fused {
    tsr_maker *m;
    order *orders;  // owned, one a level
    int32_t *done;  // owned: blocks run, a level
    int32_t next_load;
    int32_t last_use;  // step after which the input of a block is no longer needed
} fused;

static tsr_status reserve(order *o, int64_t count, tsr_error *err) {
    o->visits = count <= INT32_MAX ? tsr_alloc((size_t)count, sizeof *o->visits) : NULL;
    TSR_CHECK(o->visits != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for %lld blocks",
              (long long)count);
    return TSR_OK;
}

/** From the coarsest level down: the children of each block, row by row. */
static tsr_status make_order(fused *f, int32_t level, tsr_error *err) {
    const tsr_group *group = f->m->group;
    const tsr_level *here = &group->levels[level];
    order *o = &f->orders[level];
    TSR_TRY(reserve(o, (int64_t)here->rows * here->cols, err));
    if (level + 1 == group->level_count) {
        for (int32_t row = 0; row < here->rows; ++row) {
            for (int32_t col = 0; col < here->cols; ++col) {
                o->visits[o->count++] = (visit){row, col, -1, false};
            }
        }
        return TSR_OK;
    }
    const order *parents = &f->orders[level + 1];
    for (int32_t p = 0; p < parents->count; ++p) {
        const visit *parent = &parents->visits[p];
        const tsr_rect children =
            tsr_levels_below(f->m->plan, group, level + 1, level, parent->row, parent->col);
        for (int32_t row = children.y0; row < children.y0 + children.h; ++row) {
            for (int32_t col = children.x0; col < children.x0 + children.w; ++col) {
                const bool last =
                    row + 1 == children.y0 + children.h && col + 1 == children.x0 + children.w;
                o->visits[o->count++] = (visit){row, col, p, last};
            }
        }
    }
    return TSR_OK;
}

static const tsr_stage *stage_at(const fused *f, int32_t step) {
    return &f->m->plan->stages[f->m->group->first + step];
}

static bool is_empty(const tsr_block *block) {
    return block->conv.h <= 0 || block->conv.w <= 0 || block->out.h <= 0 || block->out.w <= 0;
}

/** Block of a holding's level that a visit of its own or a finer level is in. */
static const visit *visit_above(const fused *f, int32_t level, const visit *v,
                                const tsr_holding *h) {
    for (; level < h->level; ++level) {
        v = &f->orders[level + 1].visits[v->parent];
    }
    return v;
}

static tsr_rect frame_at(const fused *f, int32_t level, const visit *v, const tsr_holding *h) {
    const visit *above = visit_above(f, level, v, h);
    return tsr_holding_frame(f->m->plan, f->m->group, h, above->row, above->col);
}

/** Which of its two slots a holding is in: the input of the group is loaded ahead by turns. */
static int32_t turn_of(const tsr_holding *h, int32_t load) {
    return h->twin >= 0 && load % 2 == 1 ? 1 : 0;
}

/** A new filling of a holding's slot. */
static tsr_status fill(fused *f, tsr_holding *h, int32_t turn, int32_t planes, tsr_rect frame,
                       tsr_error *err) {
    return tsr_ops_fill(f->m, turn == 0 ? h->slot : h->twin, (tsr_shape){planes, frame.h, frame.w},
                        &h->instance[turn], err);
}

/** Where a rectangle of a map lies in a holding, from word `plane` of the map on. */
static tsr_place place_at(const tsr_holding *h, int32_t turn, const tsr_rect *frame,
                          const tsr_rect *rect, int32_t plane) {
    return (tsr_place){.slot = turn == 0 ? h->slot : h->twin,
                       .y0 = rect->y0 - frame->y0,
                       .x0 = rect->x0 - frame->x0,
                       .instance = h->instance[turn],
                       .plane = plane - h->first_plane};
}

/** The whole of a loaded holding: words of the map, and any words behind them. */
static tsr_status load_whole(fused *f, tsr_holding *h, int32_t turn, const visit *v,
                             tsr_error *err) {
    tsr_maker *m = f->m;
    const tsr_rect rect = tsr_holding_loaded(m->plan, m->group, h, v->row, v->col);
    if (rect.h <= 0 || rect.w <= 0) {
        return TSR_OK;
    }
    const tsr_rect frame = tsr_holding_frame(m->plan, m->group, h, v->row, v->col);
    TSR_TRY(fill(f, h, turn, h->planes, frame, err));
    const bool again = tsr_map_was_loaded(&m->plan->maps[h->map], h->first_plane, h->real_planes) ||
                       (h != m->group->holdings && h->map == m->group->holdings[0].map);
    const tsr_map_part part = {h->map, rect, h->first_plane, h->real_planes};
    const tsr_place place = place_at(h, turn, &frame, &rect, h->first_plane);
    return tsr_ops_load(m, h->first_reader, part, h->planes - h->real_planes, place,
                        again ? (int64_t)rect.h * rect.w : 0, err);
}

/** What the group does not make itself of a holding that it makes in part. */
static tsr_status load_rest(fused *f, tsr_holding *h, const visit *v, tsr_error *err) {
    tsr_maker *m = f->m;
    const tsr_rect rect = tsr_holding_frame(m->plan, m->group, h, v->row, v->col);
    if (h->instance[0] < 0) {
        TSR_TRY(fill(f, h, 0, m->group->slots[h->slot].planes, rect, err));
    }
    for (tsr_stretch s = tsr_holding_outside(m->plan, m->group, h, h->loaded.begin);
         s.begin < s.end; s = tsr_holding_outside(m->plan, m->group, h, s.end)) {
        const tsr_map_part part = {h->map, rect, s.begin, s.end - s.begin};
        TSR_TRY(tsr_ops_load(m, h->first_reader, part, 0, place_at(h, 0, &rect, &rect, s.begin), 0,
                             err));
    }
    return TSR_OK;
}

static tsr_status load_next(fused *f, tsr_error *err) {
    const int32_t load = f->next_load;
    if (load >= f->orders[0].count) {
        return TSR_OK;
    }
    ++f->next_load;
    const visit *v = &f->orders[0].visits[load];
    tsr_holding *input = &f->m->group->holdings[0];
    f->m->block = v->row * f->m->group->levels[0].cols + v->col;
    return load_whole(f, input, turn_of(input, load), v, err);
}

/** Load what a stage is the first to read of the holdings of its level; the input of the group is
 * there. */
static tsr_status load_operand(fused *f, int32_t index, int32_t stage, const visit *v,
                               tsr_error *err) {
    tsr_holding *h = &f->m->group->holdings[index];
    if (index <= 0 || !h->loads || h->first_reader != stage) {
        return TSR_OK;
    }
    return h->made ? load_rest(f, h, v, err) : load_whole(f, h, 0, v, err);
}

static tsr_place operand_place(const fused *f, int32_t index, int32_t level, const visit *v,
                               const tsr_rect *rect, int32_t plane) {
    const tsr_holding *h = &f->m->group->holdings[index];
    const tsr_rect frame = frame_at(f, level, v, h);
    return place_at(h, index == 0 ? turn_of(h, f->done[0]) : 0, &frame, rect, plane);
}

/** Where the output of a block goes: its part of what is held of the map, which the first to write
 * claims. */
static tsr_status output_place(fused *f, int32_t step, int32_t level, const visit *v,
                               const tsr_block *block, tsr_place *place, tsr_error *err) {
    tsr_holding *h = &f->m->group->holdings[f->m->group->uses[step].out];
    const tsr_stage *stage = stage_at(f, step);
    const tsr_rect frame = frame_at(f, level, v, h);
    if (h->instance[0] < 0) {
        const bool shared = h->first_writer != h->last_writer || h->loads;
        const int32_t planes = shared ? f->m->group->slots[h->slot].planes : stage->made_planes;
        TSR_TRY(fill(f, h, 0, planes, frame, err));
    }
    *place = place_at(h, 0, &frame, &block->out, stage->out_plane);
    return TSR_OK;
}

/** After the last use of a filling the next one is another. */
static void release(fused *f, int32_t index, int32_t stage, int32_t level) {
    if (index <= 0) {
        return;
    }
    tsr_holding *h = &f->m->group->holdings[index];
    const int32_t last = h->last_reader > h->last_writer ? h->last_reader : h->last_writer;
    if (stage == last && level == h->level) {
        h->instance[0] = -1;
    }
}

/** One block of a visit, with its places inside the places of the visit. */
static tsr_job job_of(const tsr_job *frame, const tsr_block *block) {
    tsr_job job = *frame;
    job.block = *block;
    job.in.y0 += block->in.y0 - frame->block.in.y0;
    job.in.x0 += block->in.x0 - frame->block.in.x0;
    job.out.y0 += block->out.y0 - frame->block.out.y0;
    job.out.x0 += block->out.x0 - frame->block.out.x0;
    job.added.y0 += block->conv.y0 - frame->block.conv.y0;
    job.added.x0 += block->conv.x0 - frame->block.conv.x0;
    return job;
}

/** One portion of the weights with every block of a batch. */
static tsr_status run_batch(fused *f, const tsr_job *frame, tsr_portion portion, tsr_error *err) {
    tsr_maker *m = f->m;
    const tsr_stage stage = tsr_geometry_for_tiles(&m->plan->stages[frame->stage]);
    const tsr_stage_weights *weights = &m->group->weights[frame->stage - m->group->first];
    const bool shares =
        !weights->resident && stage.m_groups > 0 && !tsr_block_grid_is_whole(&stage.grid);
    tsr_held held = {0};
    if (shares) {
        TSR_TRY(tsr_ops_load_weights(m, frame->stage, portion, &held, err));
    }
    for (int32_t row = 0; row < stage.grid.rows; ++row) {
        for (int32_t col = 0; col < stage.grid.cols; ++col) {
            const tsr_block block = tsr_geometry_block(m->plan, &stage, row, col);
            if (is_empty(&block)) {
                continue;
            }
            m->block = row * stage.grid.cols + col;
            const tsr_job job = job_of(frame, &block);
            TSR_TRY(stage.m_groups == 0 ? tsr_ops_pool(m, &job, err)
                    : shares            ? tsr_ops_conv(m, &job, portion, &held, err)
                                        : tsr_ops_pass(m, &job, portion, err));
        }
    }
    return TSR_OK;
}

/** All passes of one visit; what leaves the chip is stored pass by pass. */
static tsr_status run_passes(fused *f, int32_t step, int32_t level, const tsr_job *job,
                             tsr_error *err) {
    tsr_maker *m = f->m;
    const tsr_stage *stage = stage_at(f, step);
    tsr_stage_weights *weights = &m->group->weights[step];
    const int32_t group_planes = m->plan->arch.tm / m->plan->arch.tn;
    int32_t group = 0;
    do {
        const int32_t rest = stage->m_groups - group;
        const tsr_portion portion = {
            group, rest < weights->pass_groups ? rest : weights->pass_groups, weights->runs > 0};
        if (m->group->levels[level].batch) {
            TSR_TRY(run_batch(f, job, portion, err));
        } else {
            TSR_TRY(stage->m_groups == 0 ? tsr_ops_pool(m, job, err)
                                         : tsr_ops_pass(m, job, portion, err));
        }
        if (job->stored) {
            const int32_t first = group * group_planes;
            const int32_t planes =
                stage->m_groups == 0 ? stage->out_planes : portion.groups * group_planes;
            const tsr_map_part part = {stage->out_map, job->block.out, stage->out_plane + first,
                                       planes};
            TSR_TRY(tsr_ops_store(m, job->stage, part, job->out, job->out.plane + first, err));
        }
        group += weights->pass_groups;
    } while (group < stage->m_groups);
    ++weights->runs;
    return TSR_OK;
}

static tsr_status run_stage(fused *f, int32_t step, int32_t level, const visit *v, tsr_error *err) {
    tsr_maker *m = f->m;
    const tsr_group *group = m->group;
    const tsr_uses *uses = &group->uses[step];
    const tsr_stage *s = stage_at(f, step);
    const int32_t stage = group->first + step;
    tsr_job job = {.stage = stage,
                   .block = tsr_level_block(m->plan, group, stage, v->row, v->col),
                   .stored = s->last_reader > group->last,
                   .added = {.slot = -1}};
    if (!is_empty(&job.block)) {
        m->block = v->row * group->levels[level].cols + v->col;
        TSR_TRY(load_operand(f, uses->in, stage, v, err));
        job.in = operand_place(f, uses->in, level, v, &job.block.in, s->in_plane);
        if (uses->added >= 0) {
            TSR_TRY(load_operand(f, uses->added, stage, v, err));
            job.added = operand_place(f, uses->added, level, v, &job.block.conv, s->residual_plane);
        }
        TSR_TRY(output_place(f, step, level, v, &job.block, &job.out, err));
        TSR_TRY(run_passes(f, step, level, &job, err));
    }
    release(f, uses->in, stage, level);
    release(f, uses->added, stage, level);
    release(f, uses->out, stage, level);
    return TSR_OK;
}

static tsr_status run_block(fused *f, int32_t level, const visit *v, tsr_error *err) {
    const tsr_group *group = f->m->group;
    const tsr_level *here = &group->levels[level];
    const bool refills = group->prefetch == TSR_PREFETCH_REFILL;
    for (int32_t s = here->first; s <= here->last; ++s) {
        TSR_TRY(run_stage(f, s - group->first, level, v, err));
        if (level == 0 && refills && s - group->first == f->last_use) {
            TSR_TRY(load_next(f, err));
        }
    }
    return TSR_OK;
}

static tsr_status run_all(fused *f, tsr_error *err) {
    const tsr_group *group = f->m->group;
    for (; f->done[0] < f->orders[0].count;) {
        const int32_t index = f->done[0];
        const bool two = group->holdings[0].twin >= 0;
        while (f->next_load <= index + (two ? 1 : 0) && f->next_load < f->orders[0].count) {
            TSR_TRY(load_next(f, err));
        }
        const visit *v = &f->orders[0].visits[index];
        TSR_TRY(run_block(f, 0, v, err));
        ++f->done[0];
        for (int32_t level = 1; v->last_child; ++level) {
            v = &f->orders[level].visits[v->parent];
            TSR_TRY(run_block(f, level, v, err));
            ++f->done[level];
        }
    }
    return TSR_OK;
}

tsr_status tsr_ops_make_fused(tsr_maker *m, tsr_error *err) {
    const int32_t levels = m->group->level_count;
    fused f = {.m = m, .last_use = m->group->holdings[0].last_reader - m->group->first};
    f.orders = tsr_alloc((size_t)levels, sizeof *f.orders);
    f.done = tsr_alloc((size_t)levels, sizeof *f.done);
    tsr_status status = TSR_OK;
    if (f.orders == NULL || f.done == NULL) {
        status = tsr_fail(err, TSR_ERR_NO_MEMORY, "", "no memory for %d levels", levels);
    }
    for (int32_t level = levels - 1; level >= 0 && status == TSR_OK; --level) {
        status = make_order(&f, level, err);
    }
    if (status == TSR_OK) {
        status = run_all(&f, err);
    }
    for (int32_t level = 0; f.orders != NULL && level < levels; ++level) {
        tsr_free(f.orders[level].visits);
    }
    tsr_free(f.orders);
    tsr_free(f.done);
    return status;
}
