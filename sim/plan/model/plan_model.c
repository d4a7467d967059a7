// SPDX-License-Identifier: Apache-2.0
// Small questions about the parts of a plan, and their release.
#include "plan/model/plan_model.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"
#include "plan/model/channel_move.h"
#include "plan/model/region_model.h"

enum { LINES_BEYOND_ANY = 1 << 24 };  // a pool has at most 2^20 lines

int32_t tsr_plan_row_lines(const tsr_arch *arch, int32_t w, int32_t bank_stride) {
    const int64_t span = (int64_t)bank_stride * arch->tp;
    const int64_t rest = (w - 1) % span;
    const int64_t top = bank_stride - 1;
    return (int32_t)((w - 1) / span * bank_stride + (rest < top ? rest : top) + 1);
}

int64_t tsr_plan_map_lines(const tsr_arch *arch, int32_t planes, int32_t h, int32_t w,
                           int32_t bank_stride) {
    if (planes <= 0 || h <= 0 || w <= 0) {
        return 0;
    }
    const int64_t rows = (int64_t)planes * h;
    const int64_t row = tsr_plan_row_lines(arch, w, bank_stride);
    return rows < LINES_BEYOND_ANY && row * rows < LINES_BEYOND_ANY ? row * rows : LINES_BEYOND_ANY;
}

bool tsr_stage_reads_all(const tsr_stage *stage) {
    return stage->form == TSR_FORM_DENSE && stage->groups == 1 && stage->job != TSR_JOB_MOVE;
}

tsr_stretch tsr_plan_group_planes(const tsr_plan *plan, const tsr_stage *stage, int32_t group) {
    const int32_t tn = plan->arch.tn;
    const int32_t tm = plan->arch.tm;
    if (stage->form != TSR_FORM_DENSE) {  // output channel m is made of input channel m
        const int32_t first = group * (tm / tn);
        return (tsr_stretch){first, tsr_min_i32(first + tm / tn, stage->in_planes)};
    }
    if (tsr_stage_reads_all(stage)) {
        return (tsr_stretch){0, stage->in_planes};
    }
    const int32_t last_channel = tsr_min_i32((group + 1) * tm, stage->out.c) - 1;
    if (stage->job == TSR_JOB_MOVE) {
        return tsr_move_planes(plan, stage, group * tm, last_channel);
    }
    const int32_t ins = stage->in.c / stage->groups;
    const int32_t outs = stage->out.c / stage->groups;
    const int32_t begin = group * tm / outs * ins;
    const int32_t end = (last_channel / outs + 1) * ins;
    return (tsr_stretch){begin / tn, (end + tn - 1) / tn};
}

bool tsr_map_was_loaded(const tsr_map *map, int32_t plane, int32_t planes) {
    return plane >= map->loaded.begin && plane + planes <= map->loaded.end;
}

int32_t tsr_plan_group_entries(const tsr_stage *stage) {
    return stage->weight_phases;
}

uint64_t tsr_plan_written_bytes(const tsr_plan *plan, const tsr_stage *stage) {
    return (uint64_t)plan->network.batch * (uint64_t)stage->out_planes * (uint64_t)stage->out.h *
           (uint64_t)stage->out.w * (uint64_t)plan->maps[stage->out_map].pixel_bytes;
}

uint64_t tsr_plan_weight_bytes(const tsr_stage *stage) {
    return (uint64_t)stage->m_groups * (uint64_t)stage->weight_phases *
           (uint64_t)stage->group_bytes;
}

const char *tsr_plan_stage_name(const tsr_plan *plan, int32_t stage) {
    return plan->network.layers[stage < 0 ? 0 : plan->stages[stage].layer].name;
}

void tsr_plan_group_free(tsr_group *group) {
    tsr_free(group->levels);
    tsr_free(group->slots);
    tsr_free(group->alive);
    tsr_free(group->holdings);
    tsr_free(group->uses);
    tsr_free(group->apart_pairs);
    tsr_free(group->weights);
    tsr_regions_free(group->regions);
    *group = (tsr_group){0};
}

uint64_t tsr_group_bytes(const tsr_group *group) {
    return group->input_bytes + group->output_bytes + group->weight_bytes + group->side_bytes +
           group->overlap_stored + group->overlap_loaded;
}

tsr_status tsr_plan_group_create(int32_t first, int32_t last, tsr_group *group, tsr_error *err) {
    const size_t stages = (size_t)(last - first + 1);
    const size_t holdings = 3 * stages;  // at most: input, operand and output of each
    tsr_group made = {.first = first,
                      .last = last,
                      .load_slot = -1,
                      .second_load_slot = -1,
                      .store_slot = -1,
                      .second_store_slot = -1,
                      .added_slot = -1};
    made.levels = tsr_alloc(stages, sizeof *made.levels);
    made.slots = tsr_alloc(holdings + TSR_GROUP_MORE_SLOTS, sizeof *made.slots);
    made.alive = tsr_alloc(stages, sizeof *made.alive);
    made.holdings = tsr_alloc(holdings, sizeof *made.holdings);
    made.uses = tsr_alloc(stages, sizeof *made.uses);
    made.apart_pairs = tsr_alloc(4 * stages, sizeof *made.apart_pairs);
    made.weights = tsr_alloc(stages, sizeof *made.weights);
    if (made.levels == NULL || made.slots == NULL || made.alive == NULL || made.holdings == NULL ||
        made.uses == NULL || made.apart_pairs == NULL || made.weights == NULL) {
        tsr_plan_group_free(&made);
        return tsr_fail(err, TSR_ERR_NO_MEMORY, "", "no memory for a group of %zu stages", stages);
    }
    for (size_t i = 0; i < stages; ++i) {
        made.weights[i].word_instance = -1;
        made.weights[i].entry_instance = -1;
        made.uses[i] = (tsr_uses){-1, -1, -1};
    }
    *group = made;
    return TSR_OK;
}

void tsr_plan_free(tsr_plan *plan) {
    if (plan == NULL) {
        return;
    }
    for (int32_t g = 0; g < plan->group_count; ++g) {
        tsr_plan_group_free(&plan->groups[g]);
    }
    tsr_free(plan->groups);
    tsr_free(plan->stages);
    tsr_free(plan->maps);
    tsr_free(plan->outputs);
    tsr_free(plan->weight_address);
    tsr_free(plan->list.ops);
    tsr_records_free(plan->list.made);
    tsr_records_free(plan->list.lives);
    tsr_free(plan->list.instances);
    tsr_network_free(&plan->network);
    tsr_free(plan);
}
