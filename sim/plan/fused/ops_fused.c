// SPDX-License-Identifier: Apache-2.0
// Operations of a fused group, depth first: blocks of the finest level, and a coarser one as soon
// as it is complete.
#include "base/alloc.h"
#include "base/check.h"
#include "plan/fused/fuse_holdings.h"
#include "plan/fused/fuse_order.h"
#include "plan/ops/ops.h"

/** Blocks of a level that are run together: consecutive visits. */
typedef struct stack {
    int32_t level, first, count;
} stack;

typedef struct fused {
    tsr_maker *m;
    tsr_order *orders;    // owned, one a level
    int32_t most;         // largest stack
    int32_t *fillings;    // owned, [holding][slot or twin][copy]: -1 = none
    tsr_job *jobs;        // owned, [copy]: of the stage that is being run
    int32_t next_load;    // visit of the finest level
    int32_t loads, done;  // stacks of the finest level: loaded, run
    int32_t last_use;     // step after which the input of a block is no longer needed
} fused;

static stack stack_at(const fused *f, int32_t level, int32_t first) {
    const tsr_order *o = &f->orders[level];
    stack s = {level, first, 1};
    while (!o->visits[first + s.count - 1].last) {
        ++s.count;
    }
    return s;
}

static const tsr_visit *visit_of(const fused *f, const stack *s, int32_t copy) {
    return &f->orders[s->level].visits[s->first + copy];
}

/** Operations that follow are for this block of a picture. */
static void mark(const fused *f, const tsr_visit *v, const tsr_level *level) {
    f->m->picture = v->picture;
    f->m->block = (v->picture * level->rows + v->row) * level->cols + v->col;
}

static const tsr_stage *stage_at(const fused *f, int32_t step) {
    return &f->m->plan->stages[f->m->group->first + step];
}

static bool is_empty(const tsr_block *block) {
    return block->conv.h <= 0 || block->conv.w <= 0 || block->out.h <= 0 || block->out.w <= 0;
}

/** Block of a holding's level that a visit of its own or a finer level is in. */
static const tsr_visit *visit_above(const fused *f, int32_t level, const tsr_visit *v,
                                    const tsr_holding *h) {
    for (; level < h->level; ++level) {
        v = &f->orders[level + 1].visits[v->parent];
    }
    return v;
}

static tsr_rect frame_at(const fused *f, const tsr_visit *above, const tsr_holding *h) {
    return tsr_holding_frame(f->m->plan, f->m->group, h, above->row, above->col);
}

/** Which of its two slots a holding is in: the input of the group is loaded ahead by turns. */
static int32_t turn_of(const tsr_holding *h, int32_t load) {
    return h->twin >= 0 && load % 2 == 1 ? 1 : 0;
}

static int32_t *filling_of(const fused *f, const tsr_holding *h, int32_t turn, int32_t copy) {
    const int32_t index = (int32_t)(h - f->m->group->holdings);
    return &f->fillings[(index * 2 + turn) * f->most + copy];
}

/** A new filling of a holding's slot. */
static tsr_status fill(fused *f, const tsr_holding *h, int32_t turn, int32_t copy, tsr_rect frame,
                       int32_t planes, tsr_error *err) {
    return tsr_ops_fill(f->m, turn == 0 ? h->slot : h->twin, (tsr_shape){planes, frame.h, frame.w},
                        filling_of(f, h, turn, copy), err);
}

/** Where a rectangle of a map lies in a holding, from word `plane` of the map on. */
static tsr_place place_at(const fused *f, const tsr_holding *h, int32_t turn, int32_t copy,
                          const tsr_rect *frame, const tsr_rect *rect, int32_t plane) {
    const bool stacked = f->m->group->levels[h->level].stack > 1;
    return (tsr_place){.slot = turn == 0 ? h->slot : h->twin,
                       .y0 = rect->y0 - frame->y0,
                       .x0 = rect->x0 - frame->x0,
                       .instance = *filling_of(f, h, turn, copy),
                       .plane = copy * h->planes + plane - h->first_plane,
                       .copy_plane = copy * h->planes,
                       .copy_planes = stacked ? h->planes : 0};
}

/** A part of a loaded holding; where packed words of several blocks lie side by side, each by
 * itself. */
static tsr_status load_blocks(const fused *f, const tsr_holding *h, tsr_map_part part,
                              tsr_place place, bool again, tsr_error *err) {
    const tsr_slot *slot = &f->m->group->slots[place.slot];
    const tsr_stage *stage = &f->m->plan->stages[h->first_reader];
    const tsr_rect all = part.rect;
    const int32_t before = slot->pack - 1;
    const int32_t blocks = before > 0 ? slot->more_w / before : 1;
    for (int32_t i = 0; i < blocks; ++i) {
        if (blocks > 1) {
            const tsr_block block = tsr_geometry_block(f->m->plan, stage, 0, i);
            if (block.conv.w <= 0) {
                continue;  // strides pass over it
            }
            part.rect.x0 = block.cell.x0;
            part.rect.w = block.cell.w;
            place.x0 = block.cell.x0 + i * before;
        }
        TSR_TRY(tsr_ops_load(f->m, h->first_reader, part, h->planes - h->real_planes, place,
                             again ? (int64_t)all.h * part.rect.w : 0, err));
    }
    return TSR_OK;
}

/** The whole of a loaded holding: words of the map, and any words behind them. */
static tsr_status load_whole(fused *f, const tsr_holding *h, int32_t turn, const tsr_visit *v,
                             tsr_error *err) {
    tsr_maker *m = f->m;
    const tsr_rect rect = tsr_holding_loaded(m->plan, m->group, h, v->row, v->col);
    if (rect.h <= 0 || rect.w <= 0) {
        return TSR_OK;
    }
    const tsr_rect frame = tsr_holding_frame(m->plan, m->group, h, v->row, v->col);
    TSR_TRY(fill(f, h, turn, v->copy, frame, h->planes, err));
    const bool again = tsr_map_was_loaded(&m->plan->maps[h->map], h->first_plane, h->real_planes) ||
                       (h != m->group->holdings && h->map == m->group->holdings[0].map);
    const tsr_map_part part = {h->map, rect, h->first_plane, h->real_planes};
    const tsr_place place = place_at(f, h, turn, v->copy, &frame, &rect, h->first_plane);
    return load_blocks(f, h, part, place, again, err);
}

/** What the group does not make itself of a holding that it makes in part. */
static tsr_status load_rest(fused *f, const tsr_holding *h, const tsr_visit *v, tsr_error *err) {
    tsr_maker *m = f->m;
    const tsr_rect rect = tsr_holding_frame(m->plan, m->group, h, v->row, v->col);
    if (*filling_of(f, h, 0, v->copy) < 0) {
        TSR_TRY(fill(f, h, 0, v->copy, rect, h->planes, err));
    }
    for (tsr_stretch s = tsr_holding_outside(m->plan, m->group, h, h->loaded.begin);
         s.begin < s.end; s = tsr_holding_outside(m->plan, m->group, h, s.end)) {
        const tsr_map_part part = {h->map, rect, s.begin, s.end - s.begin};
        const tsr_place place = place_at(f, h, 0, v->copy, &rect, &rect, s.begin);
        TSR_TRY(tsr_ops_load(m, h->first_reader, part, 0, place, 0, err));
    }
    return TSR_OK;
}

/** The input of the next blocks that are run together. */
static tsr_status load_next(fused *f, tsr_error *err) {
    if (f->next_load >= f->orders[0].count) {
        return TSR_OK;
    }
    const stack s = stack_at(f, 0, f->next_load);
    const tsr_holding *input = &f->m->group->holdings[0];
    for (int32_t copy = 0; copy < s.count; ++copy) {
        const tsr_visit *v = visit_of(f, &s, copy);
        mark(f, v, &f->m->group->levels[0]);
        TSR_TRY(load_whole(f, input, turn_of(input, f->loads), v, err));
    }
    f->next_load += s.count;
    ++f->loads;
    return TSR_OK;
}

/** Load what a stage is the first to read of the holdings of its level; the input of the group is
 * there. */
static tsr_status load_operand(fused *f, int32_t index, int32_t stage, const tsr_visit *v,
                               tsr_error *err) {
    const tsr_holding *h = &f->m->group->holdings[index];
    if (index <= 0 || !h->loads || h->first_reader != stage) {
        return TSR_OK;
    }
    return h->made ? load_rest(f, h, v, err) : load_whole(f, h, 0, v, err);
}

static tsr_place operand_place(const fused *f, int32_t index, int32_t level, const tsr_visit *v,
                               const tsr_rect *rect, int32_t plane) {
    const tsr_holding *h = &f->m->group->holdings[index];
    const tsr_visit *above = visit_above(f, level, v, h);
    const tsr_rect frame = frame_at(f, above, h);
    const int32_t turn = index == 0 ? turn_of(h, f->done) : 0;
    return place_at(f, h, turn, above->copy, &frame, rect, plane);
}

/** Where the output of a block goes: its part of what is held of the map, which the first to write
 * claims. */
static tsr_status output_place(fused *f, int32_t step, int32_t level, const tsr_visit *v,
                               const tsr_block *block, tsr_place *place, tsr_error *err) {
    const tsr_holding *h = &f->m->group->holdings[f->m->group->uses[step].out];
    const tsr_stage *stage = stage_at(f, step);
    const tsr_visit *above = visit_above(f, level, v, h);
    const tsr_rect frame = frame_at(f, above, h);
    if (*filling_of(f, h, 0, above->copy) < 0) {
        const bool shared = h->first_writer != h->last_writer || h->loads;
        TSR_TRY(fill(f, h, 0, above->copy, frame, shared ? h->planes : stage->made_planes, err));
    }
    *place = place_at(f, h, 0, above->copy, &frame, &block->out, stage->out_plane);
    return TSR_OK;
}

/** After the last use of fillings the next ones are others. */
static void release(const fused *f, int32_t index, int32_t stage, int32_t level) {
    if (index <= 0) {
        return;
    }
    const tsr_holding *h = &f->m->group->holdings[index];
    const int32_t last = h->last_reader > h->last_writer ? h->last_reader : h->last_writer;
    for (int32_t copy = 0; copy < f->most && stage == last && level == h->level; ++copy) {
        *filling_of(f, h, 0, copy) = -1;
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

/** One portion of the weights with every block of a whole map. */
static tsr_status run_whole(const fused *f, const tsr_job *frame, const tsr_visit *v,
                            tsr_portion portion, const tsr_held *held, tsr_error *err) {
    tsr_maker *m = f->m;
    const tsr_stage stage = tsr_geometry_for_tiles(&m->plan->stages[frame->stage]);
    for (int32_t row = 0; row < stage.grid.rows; ++row) {
        for (int32_t col = 0; col < stage.grid.cols; ++col) {
            const tsr_block block = tsr_geometry_block(m->plan, &stage, row, col);
            if (is_empty(&block)) {
                continue;
            }
            m->picture = v->picture;
            m->block = (v->picture * stage.grid.rows + row) * stage.grid.cols + col;
            tsr_job job = job_of(frame, &block);
            job.in.x0 += col * (m->group->slots[job.in.slot].pack - 1);
            TSR_TRY(stage.m_groups == 0 ? tsr_ops_pool(m, &job, err)
                    : held != NULL      ? tsr_ops_conv(m, &job, portion, held, err)
                                        : tsr_ops_pass(m, &job, portion, err));
        }
    }
    return TSR_OK;
}

/** A portion of the weights, or none, with one block of a stack. */
static tsr_status run_one(const fused *f, const stack *s, int32_t copy, tsr_portion portion,
                          const tsr_held *held, tsr_error *err) {
    tsr_maker *m = f->m;
    const tsr_job *job = &f->jobs[copy];
    const tsr_visit *v = visit_of(f, s, copy);
    const tsr_level *level = &m->group->levels[s->level];
    if (is_empty(&job->block)) {
        return TSR_OK;
    }
    if (level->batch) {
        return run_whole(f, job, v, portion, held, err);
    }
    mark(f, v, level);
    if (m->plan->stages[job->stage].m_groups == 0) {
        return tsr_ops_pool(m, job, err);
    }
    return held != NULL ? tsr_ops_conv(m, job, portion, held, err)
                        : tsr_ops_pass(m, job, portion, err);
}

/** One portion of the weights with all blocks of a stack. */
static tsr_status run_portion(const fused *f, const stack *s, int32_t step, tsr_portion portion,
                              tsr_error *err) {
    const tsr_stage *stage = stage_at(f, step);
    const tsr_group *group = f->m->group;
    const bool many =
        s->count > 1 || (group->levels[s->level].batch && !tsr_block_grid_is_whole(&stage->grid));
    const bool shares = many && stage->m_groups > 0 && !group->weights[step].resident;
    tsr_held held = {0};
    if (shares) {
        TSR_TRY(tsr_ops_load_weights(f->m, group->first + step, portion, &held, err));
    }
    for (int32_t copy = 0; copy < s->count; ++copy) {
        TSR_TRY(run_one(f, s, copy, portion, shares ? &held : NULL, err));
    }
    return TSR_OK;
}

/** What leaves the chip is stored pass by pass. */
static tsr_status store_portion(const fused *f, const stack *s, int32_t step, tsr_portion portion,
                                tsr_error *err) {
    tsr_maker *m = f->m;
    const tsr_stage *stage = stage_at(f, step);
    const int32_t group_planes = m->plan->arch.tm / m->plan->arch.tn;
    const int32_t first = portion.first_group * group_planes;
    const int32_t planes = stage->m_groups == 0 ? stage->out_planes : portion.groups * group_planes;
    for (int32_t copy = 0; copy < s->count; ++copy) {
        const tsr_job *job = &f->jobs[copy];
        if (!job->stored || is_empty(&job->block)) {
            continue;
        }
        m->picture = visit_of(f, s, copy)->picture;
        const tsr_map_part part = {stage->out_map, job->block.out, stage->out_plane + first,
                                   planes};
        TSR_TRY(tsr_ops_store(m, job->stage, part, job->out, job->out.plane + first, err));
    }
    return TSR_OK;
}

/** All passes of a stage over a stack. */
static tsr_status run_passes(const fused *f, const stack *s, int32_t step, tsr_error *err) {
    const tsr_stage *stage = stage_at(f, step);
    tsr_stage_weights *weights = &f->m->group->weights[step];
    int32_t group = 0;
    do {
        const int32_t rest = stage->m_groups - group;
        const tsr_portion portion = {
            group, rest < weights->pass_groups ? rest : weights->pass_groups, weights->runs > 0};
        TSR_TRY(run_portion(f, s, step, portion, err));
        TSR_TRY(store_portion(f, s, step, portion, err));
        group += weights->pass_groups;
    } while (group < stage->m_groups);
    ++weights->runs;
    return TSR_OK;
}

/** Places of everything that a stage does to one block. */
static tsr_status prepare(fused *f, const stack *s, int32_t step, int32_t copy, tsr_error *err) {
    tsr_maker *m = f->m;
    const tsr_group *group = m->group;
    const tsr_uses *uses = &group->uses[step];
    const tsr_stage *st = stage_at(f, step);
    const tsr_visit *v = visit_of(f, s, copy);
    const int32_t stage = group->first + step;
    tsr_job *job = &f->jobs[copy];
    *job = (tsr_job){.stage = stage,
                     .block = tsr_level_block(m->plan, group, stage, v->row, v->col),
                     .stored = st->last_reader > group->last,
                     .added = {.slot = -1}};
    if (is_empty(&job->block)) {
        return TSR_OK;
    }
    mark(f, v, &group->levels[s->level]);
    TSR_TRY(load_operand(f, uses->in, stage, v, err));
    job->in = operand_place(f, uses->in, s->level, v, &job->block.in, st->in_plane);
    if (uses->added >= 0) {
        TSR_TRY(load_operand(f, uses->added, stage, v, err));
        job->added =
            operand_place(f, uses->added, s->level, v, &job->block.conv, st->residual_plane);
    }
    return output_place(f, step, s->level, v, &job->block, &job->out, err);
}

static tsr_status run_stage(fused *f, const stack *s, int32_t step, tsr_error *err) {
    const tsr_group *group = f->m->group;
    const tsr_uses *uses = &group->uses[step];
    const int32_t stage = group->first + step;
    bool works = false;
    for (int32_t copy = 0; copy < s->count; ++copy) {
        TSR_TRY(prepare(f, s, step, copy, err));
        works = works || !is_empty(&f->jobs[copy].block);
    }
    if (works) {
        TSR_TRY(run_passes(f, s, step, err));
    }
    release(f, uses->in, stage, s->level);
    release(f, uses->added, stage, s->level);
    release(f, uses->out, stage, s->level);
    return TSR_OK;
}

static tsr_status run_stack(fused *f, const stack *s, tsr_error *err) {
    const tsr_group *group = f->m->group;
    const tsr_level *here = &group->levels[s->level];
    const bool refills = group->prefetch == TSR_PREFETCH_REFILL;
    for (int32_t stage = here->first; stage <= here->last; ++stage) {
        TSR_TRY(run_stage(f, s, stage - group->first, err));
        if (s->level == 0 && refills && stage - group->first == f->last_use) {
            TSR_TRY(load_next(f, err));
        }
    }
    return TSR_OK;
}

/** The blocks of level `level` that those just run complete. */
static stack parents_of(const fused *f, const tsr_visit *child, int32_t level) {
    const tsr_visit *parent = &f->orders[level].visits[child->parent];
    return stack_at(f, level, child->parent - parent->copy);
}

static tsr_status run_all(fused *f, tsr_error *err) {
    const bool two = f->m->group->holdings[0].twin >= 0;
    for (int32_t first = 0; first < f->orders[0].count;) {
        while (f->loads <= f->done + (two ? 1 : 0) && f->next_load < f->orders[0].count) {
            TSR_TRY(load_next(f, err));
        }
        stack s = stack_at(f, 0, first);
        first += s.count;
        TSR_TRY(run_stack(f, &s, err));
        ++f->done;
        while (visit_of(f, &s, s.count - 1)->last_child) {
            s = parents_of(f, visit_of(f, &s, s.count - 1), s.level + 1);
            TSR_TRY(run_stack(f, &s, err));
        }
    }
    return TSR_OK;
}

static tsr_status reserve(fused *f, tsr_error *err) {
    const tsr_group *group = f->m->group;
    f->most = 1;
    for (int32_t k = 0; k < group->level_count; ++k) {
        f->most = group->levels[k].stack > f->most ? group->levels[k].stack : f->most;
    }
    const size_t fillings = 2 * (size_t)group->holding_count * (size_t)f->most;
    f->fillings = tsr_alloc(fillings, sizeof *f->fillings);
    f->jobs = tsr_alloc((size_t)f->most, sizeof *f->jobs);
    TSR_CHECK(f->fillings != NULL && f->jobs != NULL, TSR_ERR_NO_MEMORY, err, "",
              "no memory for %d blocks at a time", f->most);
    for (size_t i = 0; i < fillings; ++i) {
        f->fillings[i] = -1;
    }
    return tsr_orders_make(f->m->plan, group, &f->orders, err);
}

tsr_status tsr_ops_make_fused(tsr_maker *m, tsr_error *err) {
    fused f = {.m = m, .last_use = m->group->holdings[0].last_reader - m->group->first};
    tsr_status status = reserve(&f, err);
    if (status == TSR_OK) {
        status = run_all(&f, err);
    }
    tsr_orders_free(m->group, f.orders);
    tsr_free(f.fillings);
    tsr_free(f.jobs);
    return status;
}
