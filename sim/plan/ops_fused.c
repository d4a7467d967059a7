// SPDX-License-Identifier: Apache-2.0
// Operations of a fused group, depth first: blocks of the finest level, and a coarser one as soon
// as it is complete.
#include "base/alloc.h"
#include "base/check.h"
#include "plan/fuse.h"
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
    int32_t loaded_instance[2];
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
    const tsr_stage *before = &f->m->plan->stages[here->last];
    const tsr_stage *after = &f->m->plan->stages[here->last + 1];
    const order *parents = &f->orders[level + 1];
    for (int32_t p = 0; p < parents->count; ++p) {
        tsr_rect children = {0, 0, here->rows, here->cols};
        if (!group->levels[level + 1].batch) {
            tsr_geometry_children(before, after, parents->visits[p].row, parents->visits[p].col,
                                  &children);
        }
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

/** What one visit of a level covers of a stage: a block, or all of them. */
static tsr_block frame_of(const fused *f, int32_t step, int32_t level, const visit *v) {
    const tsr_stage *stage = stage_at(f, step);
    if (!f->m->group->levels[level].batch) {
        return tsr_geometry_block(f->m->plan, stage, v->row, v->col);
    }
    const tsr_rect in = {0, 0, stage->in.h, stage->in.w};
    return (tsr_block){.cell = in,
                       .in = in,
                       .conv = {0, 0, stage->conv_h, stage->conv_w},
                       .out = {0, 0, stage->out.h, stage->out.w}};
}

static bool is_empty(const tsr_block *block) {
    return block->conv.h <= 0 || block->conv.w <= 0 || block->out.h <= 0 || block->out.w <= 0;
}

static int32_t load_slot(const fused *f, int32_t load) {
    const tsr_group *group = f->m->group;
    return group->second_load_slot >= 0 && load % 2 == 1 ? group->second_load_slot
                                                         : group->buffer_slot[0];
}

static tsr_status load_next(fused *f, tsr_error *err) {
    tsr_maker *m = f->m;
    const int32_t load = f->next_load;
    if (load >= f->orders[0].count) {
        return TSR_OK;
    }
    ++f->next_load;
    const visit *v = &f->orders[0].visits[load];
    const tsr_block block = frame_of(f, 0, 0, v);
    if (is_empty(&block)) {
        return TSR_OK;
    }
    const int32_t slot = load_slot(f, load);
    const int32_t planes = m->group->slots[slot].planes;
    const tsr_shape words = {planes, block.cell.h, block.cell.w};
    const bool again = m->plan->maps[stage_at(f, 0)->in_map].loaded;
    int32_t *instance = &f->loaded_instance[load % 2];
    TSR_TRY(tsr_ops_fill(m, slot, words, instance, err));
    const tsr_place place = {.slot = slot,
                             .y0 = block.in.y0 - block.cell.y0,
                             .x0 = block.in.x0 - block.cell.x0,
                             .instance = *instance};
    const tsr_stage *first = stage_at(f, 0);
    const tsr_map_part part = {first->in_map, block.in, first->in_plane, first->in_planes};
    m->block = v->row * m->group->levels[0].cols + v->col;
    return tsr_ops_load(m, m->group->first, part, planes - first->in_planes, place,
                        again ? (int64_t)block.in.h * block.in.w : 0, err);
}

/** Where the input of a block lies: the part of its cell that is read. */
static tsr_place input_place(const fused *f, int32_t step, const tsr_block *block) {
    const int32_t load = f->done[0];
    const int32_t slot = step == 0 ? load_slot(f, load) : f->m->group->buffer_slot[step];
    const int32_t instance =
        step == 0 ? f->loaded_instance[load % 2] : f->m->group->slots[slot].instance;
    return (tsr_place){.slot = slot,
                       .y0 = block->in.y0 - block->cell.y0,
                       .x0 = block->in.x0 - block->cell.x0,
                       .instance = instance};
}

/** Where its output goes: a block of its own, or its part of a join that the first child makes. */
static tsr_status output_place(fused *f, int32_t step, int32_t level, const visit *v,
                               const tsr_block *block, tsr_place *place, tsr_error *err) {
    tsr_maker *m = f->m;
    const int32_t slot = m->group->buffer_slot[step + 1];
    const int32_t planes = stage_at(f, step)->made_planes;
    *place = (tsr_place){.slot = slot};
    const bool joins = m->group->first + step == m->group->levels[level].last && v->parent >= 0;
    if (!joins) {
        return tsr_ops_fill(m, slot, (tsr_shape){planes, block->out.h, block->out.w},
                            &place->instance, err);
    }
    const visit *parent = &f->orders[level + 1].visits[v->parent];
    const tsr_block whole = frame_of(f, step + 1, level + 1, parent);
    place->y0 = block->out.y0 - whole.cell.y0;
    place->x0 = block->out.x0 - whole.cell.x0;
    place->instance = m->group->slots[slot].instance;
    if (place->instance >= 0) {
        return TSR_OK;
    }
    return tsr_ops_fill(m, slot, (tsr_shape){planes, whole.cell.h, whole.cell.w}, &place->instance,
                        err);
}

/** What a stage adds: kept in an earlier buffer, or loaded now. */
static tsr_status added_place(fused *f, int32_t step, int32_t level, const visit *v, tsr_job *job,
                              tsr_error *err) {
    tsr_maker *m = f->m;
    tsr_group *group = m->group;
    job->added = (tsr_place){.slot = group->residual_slot[step]};
    if (job->added.slot < 0) {
        return TSR_OK;
    }
    const tsr_rect *conv = &job->block.conv;
    if (group->residual_loaded[step]) {
        const int32_t planes = stage_at(f, step)->made_planes;
        TSR_TRY(tsr_ops_fill(m, job->added.slot, (tsr_shape){planes, conv->h, conv->w},
                             &job->added.instance, err));
        return tsr_ops_load_added(m, job, 0, planes, err);
    }
    const int32_t source = tsr_group_buffer_of(m->plan, group, stage_at(f, step)->residual_map);
    const tsr_block kept = frame_of(f, source, level, v);
    job->added = input_place(f, source, &kept);
    job->added.y0 = conv->y0 - kept.cell.y0;
    job->added.x0 = conv->x0 - kept.cell.x0;
    return TSR_OK;
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
            TSR_TRY(tsr_ops_store(m, job->stage, part, job->out, first, err));
        }
        group += weights->pass_groups;
    } while (group < stage->m_groups);
    ++weights->runs;
    return TSR_OK;
}

static tsr_status run_stage(fused *f, int32_t step, int32_t level, const visit *v, tsr_error *err) {
    tsr_maker *m = f->m;
    tsr_group *group = m->group;
    const int32_t stage = group->first + step;
    tsr_job job = {.stage = stage,
                   .block = frame_of(f, step, level, v),
                   .stored = stage == group->last || group->side_stored[step]};
    if (is_empty(&job.block)) {
        return TSR_OK;
    }
    m->block = v->row * group->levels[level].cols + v->col;
    job.in = input_place(f, step, &job.block);
    TSR_TRY(added_place(f, step, level, v, &job, err));
    TSR_TRY(output_place(f, step, level, v, &job.block, &job.out, err));
    TSR_TRY(run_passes(f, step, level, &job, err));
    if (stage == group->levels[level].first && level > 0) {
        group->slots[group->buffer_slot[step]].instance = -1;  // the join is used up
    }
    return TSR_OK;
}

static tsr_status run_block(fused *f, int32_t level, const visit *v, tsr_error *err) {
    const tsr_group *group = f->m->group;
    const tsr_level *here = &group->levels[level];
    const bool refills = group->prefetch == TSR_PREFETCH_REFILL ||
                         (group->prefetch == TSR_PREFETCH_DOUBLE && group->second_load_slot < 0);
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
        const bool two = group->second_load_slot >= 0;
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

/** Step of the last reader of the input block: the first stage, or an add that it is kept for. */
static int32_t last_use_of_input(const tsr_group *group) {
    int32_t last = 0;
    for (int32_t i = 0; i <= group->last - group->first; ++i) {
        last = group->residual_slot[i] == group->buffer_slot[0] ? i : last;
    }
    return last;
}

tsr_status tsr_ops_make_fused(tsr_maker *m, tsr_error *err) {
    const int32_t levels = m->group->level_count;
    fused f = {.m = m, .last_use = last_use_of_input(m->group)};
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
