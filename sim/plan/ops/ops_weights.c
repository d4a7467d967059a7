// SPDX-License-Identifier: Apache-2.0
// Weights of a pass: how many there are, and their way into the buffer.
#include "plan/ops/ops_weights.h"

#include "base/check.h"
#include "base/checked.h"
#include "plan/stages/pixel_pack.h"

int32_t tsr_pass_words(const tsr_plan *plan, const tsr_stage *stage, int32_t planes) {
    const int32_t taps = planes * tsr_stage_taps(stage);
    switch (stage->form) {
        case TSR_FORM_ONES:
            return 0;
        case TSR_FORM_DIAGONAL:
            return (int32_t)tsr_ceil_div(taps, plan->arch.tm);
        default:
            return taps;
    }
}

int64_t tsr_pass_outputs(const tsr_plan *plan, const tsr_stage *stage, int32_t first,
                         int32_t groups) {
    const int32_t tm = plan->arch.tm;
    return tsr_min_i32(groups * tm, stage->out.c - first * tm);
}

int64_t tsr_pass_weights(const tsr_plan *plan, const tsr_stage *stage, tsr_chunk c) {
    const int32_t tn = plan->arch.tn;
    const int64_t area = (int64_t)stage->kernel_h * stage->kernel_w;
    if (stage->job == TSR_JOB_MOVE) {
        return 0;  // none of the network's
    }
    switch (stage->form) {
        case TSR_FORM_ONES:
            return 0;
        case TSR_FORM_DIAGONAL:
            return area;
        default:
            return area * (stage->groups > 1
                               ? stage->in.c / stage->groups
                               : tsr_min_i32(c.planes * tn, stage->in.c - c.first * tn));
    }
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

/** Fillings for a portion, and where it goes. */
static tsr_status hold_chunk(tsr_maker *m, int32_t stage, tsr_portion portion, tsr_chunk c,
                             int32_t words_per_group, tsr_held *held, tsr_error *err) {
    const tsr_stage *s = &m->plan->stages[stage];
    const tsr_stage_weights *w = &m->group->weights[stage - m->group->first];
    const int32_t sets = portion.groups * s->weight_phases;
    const int64_t word_bytes = tsr_arch_weight_word_bytes(&m->plan->arch);
    const int64_t records = (int64_t)m->plan->arch.tm * TSR_PARAMETER_RECORD_BYTES;
    tsr_op_list *list = &m->plan->list;
    held->first_group = portion.first_group;
    held->set_groups = portion.groups;
    held->word_base =
        w->resident ? w->word_base
                    : take(&m->word_cursor, w->ring_base, w->ring_words, sets * words_per_group);
    held->word_instance = -1;
    if (words_per_group > 0) {
        TSR_TRY(tsr_ops_instance(list, sets * words_per_group * word_bytes, TSR_BUFFER_WEIGHT,
                                 &held->word_instance, err));
        list->instances[held->word_instance].planes = sets;
    }
    if (c.first > 0) {
        return TSR_OK;  // its parameters are there
    }
    held->entry_base = w->resident
                           ? w->parameter_base
                           : take(&m->entry_cursor, w->ring_entry_base, w->ring_entries, sets);
    TSR_TRY(
        tsr_ops_instance(list, sets * records, TSR_BUFFER_PARAMETER, &held->entry_instance, err));
    list->instances[held->entry_instance].planes = sets;
    return TSR_OK;
}

/** One descriptor: some sets of a portion. In DRAM those of a portion lie one behind the other. */
static tsr_status load_sets(tsr_maker *m, int32_t stage, tsr_portion portion, tsr_chunk c,
                            tsr_stretch sets, const tsr_held *held, tsr_error *err) {
    const tsr_plan *plan = m->plan;
    const tsr_stage *s = &plan->stages[stage];
    const int32_t area = tsr_stage_taps(s);
    const int32_t words_per_group = held->group_words;
    const int64_t word_bytes = tsr_arch_weight_word_bytes(&plan->arch);
    const int64_t records = (int64_t)plan->arch.tm * TSR_PARAMETER_RECORD_BYTES;
    const bool parameters = c.first == 0;
    const int32_t first = sets.begin * held->set_groups;
    const int32_t groups = (sets.end - sets.begin) * portion.groups;
    const int32_t word_base = held->word_base + first * words_per_group;
    const int32_t entry_base = held->entry_base + first;
    tsr_op op = tsr_op_none(TSR_OP_LOAD_WEIGHT);
    op.desc.header.traffic = TSR_TRAFFIC_WEIGHTS;
    op.desc.u.load_weight = (tsr_desc_load_weight){
        .dram_address = (int64_t)plan->weight_address[stage] +
                        ((int64_t)portion.first_group * s->weight_phases + first) * s->group_bytes +
                        (parameters ? 0 : records + (int64_t)c.first * area * word_bytes),
        .groups = groups,
        .group_stride_bytes = s->group_bytes,
        .parameters = parameters,
        .words_per_group = words_per_group,
        .weight_base = words_per_group > 0 ? word_base : 0,
        .parameter_base = parameters ? entry_base : 0};
    op.touches.words = (tsr_stretch){word_base, word_base + groups * words_per_group};
    if (parameters) {
        op.touches.parameters = (tsr_stretch){entry_base, entry_base + groups};
    }
    op.touches.instances[0] = held->word_instance;
    op.touches.instances[1] = held->entry_instance;
    op.touches.parts[0] = op.touches.parts[1] = (tsr_stretch){first, first + groups};
    const int64_t outputs =
        tsr_pass_outputs(plan, s, portion.first_group, portion.groups) * (sets.end - sets.begin);
    const uint64_t useful =
        (uint64_t)(outputs * tsr_pass_weights(plan, s, c) * tsr_arch_element_bytes(&plan->arch) +
                   (parameters ? outputs * TSR_PARAMETER_RECORD_BYTES : 0));
    op.note.waste_bytes = tsr_dma_moved_bytes(&plan->arch, &op.desc) - useful;
    op.note.reread_bytes = portion.again ? useful : 0;
    return tsr_ops_append(m, &op, stage, err);
}

tsr_status tsr_pass_load(tsr_maker *m, int32_t stage, tsr_portion portion, tsr_chunk c,
                         tsr_held *held, tsr_error *err) {
    const tsr_stage *s = &m->plan->stages[stage];
    held->group_words = c.planes < s->in_planes ? tsr_pass_words(m->plan, s, c.planes)
                                                : s->group_words / s->weight_phases;
    TSR_TRY(hold_chunk(m, stage, portion, c, held->group_words, held, err));
    // a tile need not have windows of every number of real pixels, so their records come together
    const int32_t together = s->job == TSR_JOB_AVERAGE ? s->weight_phases : 1;
    for (int32_t set = 0; set < s->weight_phases; set += together) {
        TSR_TRY(load_sets(m, stage, portion, c, (tsr_stretch){set, set + together}, held, err));
    }
    return TSR_OK;
}
