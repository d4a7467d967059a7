// SPDX-License-Identifier: Apache-2.0
// Kinds of groups side by side.
#include "plan/cuts/group_make.h"

#include "base/check.h"
#include "base/checked.h"
#include "plan/fused/fuse.h"
#include "plan/halo/halo.h"
#include "plan/stages/pixel_pack.h"
#include "plan/tiled/tiling.h"

static bool is_whole(const tsr_plan *plan, int32_t stage) {
    return tsr_block_grid_is_whole(&plan->stages[stage].grid);
}

bool tsr_group_may_be(const tsr_plan *plan, tsr_group_kind kind, int32_t first, int32_t last) {
    const bool halo = kind == TSR_GROUP_RECOMPUTE || kind == TSR_GROUP_CACHED;
    if ((kind == TSR_GROUP_TILED) != (first == last)) {
        // a stage by itself is tiled; all its blocks together are tried along with that
        return false;
    }
    for (int32_t s = first; s <= last; ++s) {
        const tsr_stage *stage = &plan->stages[s];
        if ((stage->ways & 1U << kind) == 0 || stage->named != plan->stages[first].named ||
            (halo && !is_whole(plan, s))) {
            return false;
        }
    }
    return true;
}

/** A stage by itself: tiles, or all blocks together, its input once and its weights once. */
static tsr_status make_single(const tsr_plan *plan, int32_t stage, bool *hopeless, tsr_group *group,
                              tsr_error *err) {
    const tsr_status status = tsr_group_tile(plan, stage, group, err);
    if (is_whole(plan, stage) || plan->schedule.residency == TSR_RESIDENCY_RESIDENT ||
        plan->schedule.residency == TSR_RESIDENCY_PER_BLOCK) {
        return status;
    }
    tsr_group batch = {0};
    tsr_error refused = {0};
    const tsr_status tried = tsr_group_fuse(plan, stage, stage, hopeless, &batch, &refused);
    if (tried == TSR_ERR_NO_MEMORY) {
        tsr_plan_group_free(group);
        return tsr_fail(err, tried, refused.where, "%s", refused.message);
    }
    if (tried != TSR_OK) {
        return status;
    }
    if (status == TSR_OK && tsr_group_bytes(group) <= tsr_group_bytes(&batch)) {
        tsr_plan_group_free(&batch);
        return TSR_OK;
    }
    if (status == TSR_OK) {
        tsr_plan_group_free(group);
    }
    *group = batch;
    return TSR_OK;
}

tsr_status tsr_group_make(const tsr_plan *plan, tsr_group_kind kind, int32_t first, int32_t last,
                          bool *hopeless, tsr_group *group, tsr_error *err) {
    switch (kind) {
        case TSR_GROUP_TILED:
            return make_single(plan, first, hopeless, group, err);
        case TSR_GROUP_FUSED:
            return tsr_group_fuse(plan, first, last, hopeless, group, err);
        default:
            return tsr_group_halo(plan, kind, first, last, group, err);
    }
}

/** Taps and planes of one output pixel of one group of channels, and how many of these there are. */
static void stage_law(const tsr_stage *stage, uint64_t *law_l, uint64_t *groups) {
    const uint64_t taps = (uint64_t)tsr_stage_taps(stage);
    *law_l = taps * (uint64_t)(stage->m_groups == 0 ? 1 : stage->read_planes);
    *groups = (uint64_t)(stage->m_groups == 0 ? stage->out_planes
                                              : stage->m_groups * stage->step * stage->step);
}

/** A stage of a fused group: blocks of its grid, each in passes. */
static void add_blocks(const tsr_plan *plan, const tsr_group *group, int32_t s,
                       tsr_group_limits *limits) {
    const tsr_stage *stage = &plan->stages[s];
    uint64_t law_l = 0;
    uint64_t groups = 0;
    stage_law(stage, &law_l, &groups);
    const uint64_t pictures = (uint64_t)plan->network.batch;
    const uint64_t tp = (uint64_t)plan->arch.tp;
    const uint64_t tiles = (pictures * (uint64_t)stage->conv_pixels + tp - 1) / tp;
    const int32_t portion = group->weights[s - group->first].pass_groups;
    const uint64_t portions =
        portion > 0 ? (uint64_t)tsr_ceil_div(stage->m_groups, portion) : (uint64_t)1;
    const uint64_t passes =
        pictures * (uint64_t)stage->grid.rows * (uint64_t)stage->grid.cols * portions;
    const uint64_t fill =
        (uint64_t)(tsr_arch_fill_cycles(&plan->arch) + tsr_arch_drain_cycles(&plan->arch));
    limits->array += tiles * groups * law_l;
    limits->passes += tiles * groups * law_l + passes * (law_l + fill);
}

tsr_group_limits tsr_group_find_limits(const tsr_plan *plan, const tsr_group *group) {
    const uint64_t beat = (uint64_t)tsr_arch_beat_bytes(&plan->arch);
    tsr_group_limits limits = {
        .loads = (group->input_bytes + group->side_bytes + group->overlap_loaded) / beat +
                 group->rest_cycles,
        .weights = group->weight_bytes / beat,
        .stores = (group->output_bytes + group->overlap_stored) / beat};
    for (int32_t s = group->first; s <= group->last; ++s) {
        add_blocks(plan, group, s, &limits);
    }
    if (group->kind != TSR_GROUP_FUSED) {  // what is done again, too
        limits.passes = group->tiling.pass_cycles;
    }
    if (group->regions != NULL) {
        limits.array = group->tiling.array_cycles;
    }
    return limits;
}

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

tsr_cost tsr_group_cost(const tsr_plan *plan, const tsr_group *group) {
    const uint64_t bytes = tsr_group_bytes(group);
    if (plan->schedule.mode != TSR_SCHEDULE_AUTO) {
        return (tsr_cost){bytes, 0};
    }
    const tsr_group_limits l = tsr_group_find_limits(plan, group);
    const uint64_t cycles = larger(larger(l.passes, l.loads), larger(l.weights, l.stores));
    return plan->schedule.objective == TSR_OBJECTIVE_CYCLES ? (tsr_cost){cycles, bytes}
                                                            : (tsr_cost){bytes, cycles};
}

bool tsr_cost_less(tsr_cost a, tsr_cost b) {
    return a.main < b.main || (a.main == b.main && a.second < b.second);
}
