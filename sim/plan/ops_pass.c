// SPDX-License-Identifier: Apache-2.0
// Passes of the array: weights into the buffer, convolution with them, sums over chunks of input
// planes.
#include "base/check.h"
#include "base/checked.h"
#include "plan/ops.h"

/** Input planes of one chunk; the first one brings the parameters, the last one drains. */
typedef struct chunk {
    int32_t first, planes;
} chunk;

static int32_t least(int32_t a, int32_t b) {
    return a < b ? a : b;
}

static int64_t real_outputs(const tsr_plan *plan, const tsr_stage *stage, tsr_portion portion) {
    const int32_t tm = plan->arch.tm;
    return least(portion.groups * tm, stage->out.c - portion.first_group * tm);
}

static int64_t real_inputs(const tsr_plan *plan, const tsr_stage *stage, chunk c) {
    const int32_t tn = plan->arch.tn;
    return least(c.planes * tn, stage->in.c - c.first * tn);
}

/** Next free stretch of a ring. */
static int32_t take(int32_t *cursor, int32_t base, int32_t size, int32_t wanted) {
    int32_t at = *cursor;
    if (at < base || at + wanted > base + size) {
        at = base;
    }
    *cursor = at + wanted;
    return at;
}

static tsr_status load_chunk(tsr_maker *m, int32_t stage, tsr_portion portion, chunk c,
                             tsr_held *held, tsr_error *err) {
    const tsr_plan *plan = m->plan;
    const tsr_stage *s = &plan->stages[stage];
    const tsr_stage_weights *w = &m->group->weights[stage - m->group->first];
    const int32_t area = s->kernel_h * s->kernel_w;
    const int32_t words_per_group = c.planes * area;
    const int32_t words = portion.groups * words_per_group;
    const int64_t word_bytes = tsr_arch_weight_word_bytes(&plan->arch);
    const int64_t records = (int64_t)plan->arch.tm * TSR_PARAMETER_RECORD_BYTES;
    const bool parameters = c.first == 0;
    held->word_base =
        w->resident ? w->word_base : take(&m->word_cursor, w->ring_base, w->ring_words, words);
    if (parameters) {
        held->entry_base = w->resident ? w->parameter_base
                                       : take(&m->entry_cursor, w->ring_entry_base, w->ring_entries,
                                              portion.groups);
    }
    TSR_TRY(tsr_ops_instance(&m->plan->list, words * word_bytes, TSR_BUFFER_WEIGHT,
                             &held->word_instance, err));
    m->plan->list.instances[held->word_instance].planes = portion.groups;
    held->first_group = portion.first_group;
    if (parameters) {
        TSR_TRY(tsr_ops_instance(&m->plan->list, portion.groups * records, TSR_BUFFER_PARAMETER,
                                 &held->entry_instance, err));
        m->plan->list.instances[held->entry_instance].planes = portion.groups;
    }
    tsr_op op = tsr_op_none(TSR_OP_LOAD_WEIGHT);
    op.desc.header.traffic = TSR_TRAFFIC_WEIGHTS;
    op.desc.u.load_weight = (tsr_desc_load_weight){
        .dram_address = (int64_t)plan->weight_address[stage] +
                        portion.first_group * s->group_bytes +
                        (parameters ? 0 : records + (int64_t)c.first * area * word_bytes),
        .groups = portion.groups,
        .group_stride_bytes = s->group_bytes,
        .parameters = parameters,
        .words_per_group = words_per_group,
        .weight_base = held->word_base,
        .parameter_base = parameters ? held->entry_base : 0};
    op.words = (tsr_stretch){held->word_base, held->word_base + words};
    if (parameters) {
        op.parameters = (tsr_stretch){held->entry_base, held->entry_base + portion.groups};
    }
    op.instances[0] = held->word_instance;
    op.instances[1] = held->entry_instance;
    const int64_t outputs = real_outputs(plan, s, portion);
    const uint64_t useful =
        (uint64_t)(outputs * real_inputs(plan, s, c) * area * tsr_arch_element_bytes(&plan->arch) +
                   (parameters ? outputs * TSR_PARAMETER_RECORD_BYTES : 0));
    op.note.waste_bytes = tsr_dma_moved_bytes(&plan->arch, &op.desc) - useful;
    op.note.reread_bytes = portion.again ? useful : 0;
    return tsr_ops_append(m, &op, stage, err);
}

/** Fields that do not depend on the portion. */
static tsr_desc_conv describe(const tsr_maker *m, const tsr_job *job) {
    const tsr_stage *stage = &m->plan->stages[job->stage];
    const tsr_block *block = &job->block;
    const tsr_slot *in = &m->group->slots[job->in.slot];
    const tsr_slot *out = &m->group->slots[job->out.slot];
    return (tsr_desc_conv){.in_base = in->base,
                           .in_row_pitch = in->row_pitch,
                           .in_plane_pitch = (int64_t)in->h * in->row_pitch,
                           .in_bank_stride = in->bank_stride,
                           .in_y0 = job->in.y0,
                           .in_x0 = job->in.x0,
                           .in_h = block->in.h,
                           .in_w = block->in.w,
                           .kernel_h = stage->kernel_h,
                           .kernel_w = stage->kernel_w,
                           .stride_h = stage->stride_h,
                           .stride_w = stage->stride_w,
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
                           .out_base = out->base,
                           .out_row_pitch = out->row_pitch,
                           .out_plane_pitch = (int64_t)out->h * out->row_pitch,
                           .out_bank_stride = out->bank_stride,
                           .out_y0 = job->out.y0,
                           .out_x0 = job->out.x0};
}

static void describe_added(const tsr_maker *m, const tsr_job *job, int32_t first_plane,
                           tsr_desc_conv *d) {
    const tsr_slot *added = &m->group->slots[job->added.slot];
    const int64_t pitch = (int64_t)added->h * added->row_pitch;
    d->residual = 1;
    d->residual_base = added->base + first_plane * pitch;
    d->residual_row_pitch = added->row_pitch;
    d->residual_plane_pitch = pitch;
    d->residual_bank_stride = added->bank_stride;
    d->residual_y0 = job->added.y0;
    d->residual_x0 = job->added.x0;
}

static tsr_status conv_chunk(tsr_maker *m, const tsr_job *job, tsr_portion portion, chunk c,
                             const tsr_held *held, tsr_error *err) {
    const tsr_plan *plan = m->plan;
    const tsr_stage *stage = &plan->stages[job->stage];
    const int32_t area = stage->kernel_h * stage->kernel_w;
    const int32_t words = portion.groups * c.planes * area;
    const int32_t group_planes = plan->arch.tm / plan->arch.tn;
    const int32_t first_plane = job->portions ? 0 : portion.first_group * group_planes;
    tsr_op op = tsr_op_none(TSR_OP_CONV);
    tsr_desc_conv *d = &op.desc.u.conv;
    *d = describe(m, job);
    d->in_base += c.first * d->in_plane_pitch;
    d->in_planes = c.planes;
    d->m_groups = portion.groups;
    d->accumulate_first = c.first == 0;
    d->accumulate_last = c.first + c.planes == stage->in_planes;
    d->weight_base = held->word_base;
    d->parameter_base = held->entry_base;
    d->out_base += first_plane * d->out_plane_pitch;
    if (job->added.slot >= 0 && d->accumulate_last != 0) {
        describe_added(m, job, first_plane, d);
        op.reads[1] = tsr_slot_lines(&m->group->slots[job->added.slot]);
    }
    op.reads[0] = tsr_slot_lines(&m->group->slots[job->in.slot]);
    // the first pass claims the whole place, so that an earlier filling is gone when this one is
    // counted
    const tsr_slot *out = &m->group->slots[job->out.slot];
    op.writes = job->stored && portion.first_group > 0
                    ? tsr_slot_planes(out, first_plane, portion.groups * group_planes)
                    : tsr_slot_lines(out);
    op.words = (tsr_stretch){held->word_base, held->word_base + words};
    op.parameters = (tsr_stretch){held->entry_base, held->entry_base + portion.groups};
    op.instances[0] = job->in.instance;
    op.instances[1] = job->out.instance;
    op.parts[1] = (tsr_stretch){first_plane, first_plane + portion.groups * group_planes};
    op.instances[2] = job->added.slot >= 0 ? job->added.instance : -1;
    op.instances[3] = held->word_instance;
    op.instances[4] = held->entry_instance;
    const int32_t first_held = portion.first_group - held->first_group;
    op.parts[3] = op.parts[4] = (tsr_stretch){first_held, first_held + portion.groups};
    op.note.macs = (uint64_t)(real_outputs(plan, stage, portion) * real_inputs(plan, stage, c) *
                              area * job->block.conv.h * job->block.conv.w);
    return tsr_ops_append(m, &op, job->stage, err);
}

tsr_status tsr_ops_load_weights(tsr_maker *m, int32_t stage, tsr_portion portion, tsr_held *held,
                                tsr_error *err) {
    return load_chunk(m, stage, portion, (chunk){0, m->plan->stages[stage].in_planes}, held, err);
}

tsr_status tsr_ops_conv(tsr_maker *m, const tsr_job *job, tsr_portion portion, const tsr_held *held,
                        tsr_error *err) {
    return conv_chunk(m, job, portion, (chunk){0, m->plan->stages[job->stage].in_planes}, held,
                      err);
}

/** Weights that stay: loaded before their first use. */
static tsr_status resident_pass(tsr_maker *m, const tsr_job *job, tsr_portion portion,
                                tsr_error *err) {
    const tsr_stage *stage = &m->plan->stages[job->stage];
    tsr_stage_weights *w = &m->group->weights[job->stage - m->group->first];
    tsr_held held = {w->word_base, w->parameter_base, w->word_instance, w->entry_instance, 0};
    if (w->word_instance < 0) {
        const tsr_portion all = {0, stage->m_groups, false};
        TSR_TRY(tsr_ops_load_weights(m, job->stage, all, &held, err));
        w->word_instance = held.word_instance;
        w->entry_instance = held.entry_instance;
    }
    held.word_base += portion.first_group * stage->group_words;
    held.entry_base += portion.first_group;
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
        const chunk c = {first, least(w->pass_planes, stage->in_planes - first)};
        TSR_TRY(load_chunk(m, job->stage, portion, c, &held, err));
        TSR_TRY(conv_chunk(m, job, portion, c, &held, err));
    }
    return TSR_OK;
}
