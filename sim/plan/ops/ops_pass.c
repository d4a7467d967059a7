// SPDX-License-Identifier: Apache-2.0
// Passes of the array: convolution with weights that lie in the buffer, sums over chunks of input
// planes.
#include "base/check.h"
#include "base/checked.h"
#include "plan/ops/ops_parts.h"
#include "plan/ops/ops_weights.h"
#include "plan/stages/pixel_pack.h"

/** Consecutive groups that one descriptor does: each reads as many planes, `advance` further on. */
typedef struct run {
    int32_t first, groups;
    int32_t plane, planes, advance;
} run;

/** The longest run from group `first` on, at most to `end`. Groups with fewer words than the others
 * stand alone: in the buffer all are as far apart. */
static run run_at(const tsr_plan *plan, const tsr_stage *stage, int32_t first, int32_t end) {
    const tsr_stretch at = tsr_plan_group_planes(plan, stage, first);
    run r = {.first = first, .groups = 1, .plane = at.begin, .planes = at.end - at.begin};
    if (tsr_pass_words(plan, stage, r.planes) * stage->weight_phases != stage->group_words) {
        return r;
    }
    int32_t before = at.begin;
    for (int32_t g = first + 1; g < end; ++g) {
        const tsr_stretch next = tsr_plan_group_planes(plan, stage, g);
        const int32_t advance = next.begin - before;
        if (next.end - next.begin != r.planes || (r.groups > 1 && advance != r.advance)) {
            break;
        }
        r.advance = advance;
        before = next.begin;
        ++r.groups;
    }
    return r;
}

/** Row `more` rows behind row y0 of a place. */
static int32_t row_at(const tsr_slot *slot, int32_t y0, int32_t more) {
    return slot->ring > 0 ? (y0 + more) % slot->ring : y0 + more;
}

/** Fields that do not depend on the portion. */
static tsr_desc_conv describe(const tsr_maker *m, const tsr_job *job, const tsr_pass_part *part) {
    const tsr_stage *stage = &m->plan->stages[job->stage];
    const tsr_block *block = &part->block;
    const tsr_slot *in = &m->group->slots[job->in.slot];
    const tsr_slot *out = &m->group->slots[job->out.slot];
    const int32_t in_y0 = row_at(in, job->in.y0, block->in.y0 - job->block.in.y0);
    const int32_t out_y0 = row_at(out, job->out.y0, part->y);
    return (tsr_desc_conv){.in_base = in->base + job->in.plane * in->plane_pitch,
                           .in_row_pitch = in->row_pitch,
                           .in_plane_pitch = in->plane_pitch,
                           .in_bank_stride = in->bank_stride,
                           .in_y0 = in_y0,
                           .in_x0 = job->in.x0 + block->in.x0 - job->block.in.x0,
                           .in_h = block->in.h,
                           .in_w = block->in.w,
                           .kernel_h = stage->kernel_h,
                           .kernel_w = stage->kernel_w,
                           .stride_h = stage->stride_h,
                           .stride_w = job->abreast > 0 ? stage->in.w : stage->stride_w,
                           .dilation_h = stage->dilation_h,
                           .dilation_w = stage->dilation_w,
                           .pad_top = block->pad_top,
                           .pad_left = block->pad_left,
                           .pad_mode_top = block->mode_top,
                           .pad_mode_left = block->mode_left,
                           .pad_mode_bottom = block->mode_bottom,
                           .pad_mode_right = block->mode_right,
                           .out_h = block->conv.h,
                           .out_w = block->conv.w,
                           .max_pool_2x2 = stage->pools,
                           .weight_form = stage->form,
                           .ones_weight = stage->ones_weight,
                           .out_step_h = stage->step > 1 ? stage->step : 0,
                           .out_step_w = stage->step > 1 ? stage->step : 0,
                           .out_base = out->base + job->out.plane * out->plane_pitch,
                           .out_row_pitch = out->row_pitch,
                           .out_plane_pitch = out->plane_pitch,
                           .out_bank_stride = out->bank_stride,
                           .out_y0 = out_y0,
                           .out_x0 = job->out.x0 + part->x,
                           .in_wrap = tsr_slot_wrap(in, in_y0, block->in.h),
                           .out_wrap = tsr_slot_wrap(out, out_y0, block->out.h)};
}

static void describe_added(const tsr_maker *m, const tsr_job *job, const tsr_pass_part *part,
                           int32_t first_plane, tsr_desc_conv *d) {
    const tsr_slot *added = &m->group->slots[job->added.slot];
    const int64_t pitch = added->plane_pitch;
    d->residual = 1;
    d->residual_base = added->base + (job->added.plane + first_plane) * pitch;
    d->residual_row_pitch = added->row_pitch;
    d->residual_plane_pitch = pitch;
    d->residual_bank_stride = added->bank_stride;
    const int32_t y0 = row_at(added, job->added.y0, part->block.conv.y0 - job->block.conv.y0);
    const int32_t more_x = part->block.conv.x0 - job->block.conv.x0;
    d->residual_y0 = y0;
    d->residual_x0 =
        job->added.x0 + more_x + added->pack - 1;  // the word that begins with the pixel
    d->residual_wrap = tsr_slot_wrap(added, y0, part->block.conv.h);
}

/** Feature lines and fillings that a run touches: of a part, those of the whole block. */
static void describe_use(const tsr_maker *m, const tsr_job *job, const run *r, int32_t first_plane,
                         tsr_op *op) {
    const int32_t planes = r->groups * (m->plan->arch.tm / m->plan->arch.tn);
    const tsr_slot *out = &m->group->slots[job->out.slot];
    const int32_t made = job->out.plane + first_plane;
    if (op->desc.u.conv.residual != 0) {
        tsr_place_lines(&m->group->slots[job->added.slot], &job->added, job->block.conv.h,
                        &op->touches.reads[2]);
    }
    tsr_place_lines(&m->group->slots[job->in.slot], &job->in, job->block.in.h, op->touches.reads);
    // the first pass claims the whole place, so that an earlier filling is gone when this one is
    // counted; it need not be that of the first planes
    const bool later = (job->stored && r->first > 0) || job->out.plane > job->out.copy_plane;
    if (later && out->ring == 0 && tsr_ops_is_claimed(m, &job->out)) {
        op->touches.writes[0] = tsr_slot_planes(out, made, planes);
    } else {
        tsr_place_lines(out, &job->out, job->block.out.h, op->touches.writes);
    }
    op->touches.instances[0] = job->in.instance;
    op->touches.instances[1] = job->out.instance;
    const int32_t part = made - job->out.copy_plane;
    op->touches.parts[1] = (tsr_stretch){part, part + planes};
    op->touches.instances[2] = job->added.slot >= 0 ? job->added.instance : -1;
}

/** One descriptor: groups of a run make a part of the block. */
static tsr_status conv_run(tsr_maker *m, const tsr_job *job, const run *r, tsr_chunk c,
                           const tsr_pass_part *part, const tsr_held *held, tsr_error *err) {
    const tsr_plan *plan = m->plan;
    const tsr_stage *stage = &plan->stages[job->stage];
    const int32_t at = part->set * held->set_groups + r->first - held->first_group;
    const int32_t words = tsr_pass_words(plan, stage, r->planes);
    const int32_t first_plane =
        (r->first - (job->portions ? job->first_group : 0)) * (plan->arch.tm / plan->arch.tn);
    tsr_op op = tsr_op_none(TSR_OP_CONV);
    tsr_desc_conv *d = &op.desc.u.conv;
    *d = describe(m, job, part);
    tsr_pixel_pack_conv(m->group->slots[job->in.slot].pack, d);
    d->in_base += r->plane * d->in_plane_pitch;
    d->in_planes = r->planes;
    d->group_planes = r->advance;
    d->m_groups = r->groups;
    d->accumulate_first = c.first == 0;
    d->accumulate_last = c.first + c.planes == stage->in_planes;
    d->weight_base = words > 0 ? held->word_base + at * held->group_words : 0;
    d->parameter_base = held->entry_base + at;
    d->out_base += first_plane * d->out_plane_pitch;
    if (job->added.slot >= 0 && d->accumulate_last != 0) {
        describe_added(m, job, part, first_plane, d);
    }
    describe_use(m, job, r, first_plane, &op);
    op.touches.words =
        (tsr_stretch){(int32_t)d->weight_base, (int32_t)d->weight_base + r->groups * words};
    op.touches.parameters = (tsr_stretch){held->entry_base + at, held->entry_base + at + r->groups};
    op.touches.instances[3] = held->word_instance;
    op.touches.instances[4] = held->entry_instance;
    op.touches.parts[3] = op.touches.parts[4] = (tsr_stretch){at, at + r->groups};
    const int64_t macs =
        tsr_pass_outputs(plan, stage, r->first, r->groups) * tsr_pass_weights(plan, stage, c);
    op.note.macs = (uint64_t)(macs * part->block.conv.h * part->block.conv.w);
    op.note.macs_recomputed = (uint64_t)(macs * job->done_before);
    return tsr_ops_append(m, &op, job->stage, err);
}

static tsr_status convolve(tsr_maker *m, const tsr_job *job, tsr_portion portion, tsr_chunk c,
                           const tsr_held *held, tsr_error *err) {
    const tsr_stage *stage = &m->plan->stages[job->stage];
    const int32_t end = portion.first_group + portion.groups;
    tsr_job mine = *job;
    mine.first_group = portion.first_group;
    tsr_pass_part part = tsr_pass_part_first(stage, &job->block);
    do {
        run r = {.first = portion.first_group};
        for (; r.first < end; r.first += r.groups) {
            r = run_at(m->plan, stage, r.first, end);
            if (c.planes < stage->in_planes) {
                r.plane = c.first;
                r.planes = c.planes;
            }
            TSR_TRY(conv_run(m, &mine, &r, c, &part, held, err));
        }
    } while (tsr_pass_part_next(stage, &job->block, &part));
    return TSR_OK;
}

tsr_status tsr_ops_load_weights(tsr_maker *m, int32_t stage, tsr_portion portion, tsr_held *held,
                                tsr_error *err) {
    return tsr_pass_load(m, stage, portion, (tsr_chunk){0, m->plan->stages[stage].in_planes}, held,
                         err);
}

tsr_status tsr_ops_conv(tsr_maker *m, const tsr_job *job, tsr_portion portion, const tsr_held *held,
                        tsr_error *err) {
    return convolve(m, job, portion, (tsr_chunk){0, m->plan->stages[job->stage].in_planes}, held,
                    err);
}

/** Weights that stay: loaded before their first use. */
static tsr_status resident_pass(tsr_maker *m, const tsr_job *job, tsr_portion portion,
                                tsr_error *err) {
    const tsr_stage *stage = &m->plan->stages[job->stage];
    tsr_stage_weights *w = &m->group->weights[job->stage - m->group->first];
    tsr_held held = {.word_base = w->word_base,
                     .entry_base = w->parameter_base,
                     .word_instance = w->word_instance,
                     .entry_instance = w->entry_instance,
                     .group_words = stage->group_words / stage->weight_phases,
                     .set_groups = stage->m_groups};
    if (w->entry_instance < 0) {
        const tsr_portion all = {0, stage->m_groups, false};
        TSR_TRY(tsr_ops_load_weights(m, job->stage, all, &held, err));
        w->word_instance = held.word_instance;
        w->entry_instance = held.entry_instance;
    }
    return tsr_ops_conv(m, job, portion, &held, err);
}

tsr_status tsr_ops_pass(tsr_maker *m, const tsr_job *job, tsr_portion portion, tsr_error *err) {
    const tsr_stage *stage = &m->plan->stages[job->stage];
    const tsr_stage_weights *w = &m->group->weights[job->stage - m->group->first];
    if (w->resident) {
        return resident_pass(m, job, portion, err);
    }
    tsr_held held = {0};
    for (int32_t first = 0; first < stage->in_planes; first += w->pass_planes) {
        const tsr_chunk c = {first, tsr_min_i32(w->pass_planes, stage->in_planes - first)};
        TSR_TRY(tsr_pass_load(m, job->stage, portion, c, &held, err));
        TSR_TRY(convolve(m, job, portion, c, &held, err));
    }
    return TSR_OK;
}
