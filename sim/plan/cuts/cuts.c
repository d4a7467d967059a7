// SPDX-License-Identifier: Apache-2.0
// Where groups begin and end: rules of joins and parts over the search of cut_search.c, whose head says
// which stretches need no price; fuse_bound.h says what a stretch cannot do without, so that ways to
// run it that are no better than the best one known are not made.
#include "plan/cuts/cuts.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"
#include "plan/cuts/cut_search.h"

#define NEEDLESS_CUT (UINT64_C(1) << 48)  // more bytes than any network moves

static bool is_whole(const tsr_plan *plan, int32_t stage) {
    return tsr_block_grid_is_whole(&plan->stages[stage].grid);
}

/** A boundary before `stage` where a map may go through DRAM. */
static bool may_cut(const tsr_plan *plan, tsr_join join, int32_t stage) {
    if (stage <= 0 || stage >= plan->stage_count || join != TSR_JOIN_ON_CHIP ||
        plan->stages[stage - 1].named != plan->stages[stage].named) {
        return true;
    }
    return is_whole(plan, stage - 1) && is_whole(plan, stage);
}

/** Blocks of stage s are those of the stretch of stages from `first` on: it reads what that makes block
 * for block, or nothing of it. */
static bool goes_on(const tsr_plan *plan, int32_t first, int32_t s) {
    const tsr_stage *stage = &plan->stages[s];
    const int32_t writer = plan->maps[stage->in_map].last_writer;
    if (is_whole(plan, s) || s == first) {
        return !is_whole(plan, s);
    }
    if (writer >= first && writer < s) {
        return stage->relation == TSR_RELATION_SAME;
    }
    const tsr_block_grid *grid = &plan->stages[first].grid;
    return stage->grid.rows == grid->rows && stage->grid.cols == grid->cols;
}

/** Stages whose maps stay on chip when every join goes through DRAM: the same blocks, and a pool
 * that joins them. */
static bool joins_nothing(const tsr_plan *plan, int32_t first, int32_t last) {
    for (int32_t s = first; s <= last; ++s) {
        const tsr_stage *stage = &plan->stages[s];
        const bool pools_the_join = s == last && s > first && stage->kind == TSR_STAGE_POOL &&
                                    stage->relation == TSR_RELATION_JOIN;
        if (!goes_on(plan, first, s) && !pools_the_join) {
            return false;
        }
    }
    return true;
}

/** A part that must be one group is cut nowhere inside. */
static bool is_in_one(const tsr_plan *plan, int32_t first, int32_t last) {
    const int32_t named = plan->stages[first].named;
    if (named < 0 || !plan->schedule.parts[named].one_group) {
        return true;
    }
    return (first == 0 || plan->stages[first - 1].named != named) &&
           (last + 1 == plan->stage_count || plan->stages[last + 1].named != named);
}

static bool has_blocks(const tsr_plan *plan, int32_t stage) {
    return (plan->stages[stage].ways & 1U << TSR_GROUP_FUSED) != 0 &&
           tsr_schedule_has_blocks(&plan->schedule);
}

static bool allowed(const tsr_plan *plan, tsr_join join, int32_t first, int32_t last) {
    if (!may_cut(plan, join, first) || !may_cut(plan, join, last + 1) ||
        !is_in_one(plan, first, last)) {
        return false;
    }
    return first == last || join != TSR_JOIN_DRAM || !has_blocks(plan, first) ||
           joins_nothing(plan, first, last);
}

/** Cuts inside a run of equal blocks are no joins: under TSR_JOIN_DRAM only where the run does not
 * fit. */
static uint64_t penalty(const tsr_plan *plan, tsr_join join, int32_t first) {
    const bool inside = join == TSR_JOIN_DRAM && first > 0 && has_blocks(plan, first - 1) &&
                        has_blocks(plan, first) && joins_nothing(plan, first - 1, first);
    return inside ? NEEDLESS_CUT : 0;
}

static tsr_cut_rules rules_of(tsr_join join) {
    return (tsr_cut_rules){.allowed = allowed, .penalty = penalty, .join = join};
}

/** The kind that a stretch must be where only one is left to explain. */
static tsr_status try_kinds(const tsr_plan *plan, int32_t first, int32_t last, tsr_error *err) {
    tsr_status status = TSR_ERR_NOT_FIT;
    for (int32_t kind = 0; kind < TSR_GROUP_KINDS && status != TSR_OK; ++kind) {
        tsr_group group = {0};
        if (tsr_group_may_be(plan, (tsr_group_kind)kind, first, last)) {
            status = tsr_group_make(plan, (tsr_group_kind)kind, first, last, NULL, &group, err);
            tsr_plan_group_free(&group);
        }
    }
    return status;
}

/** The error of the shortest group that must begin where the path ends. */
static tsr_status explain(const tsr_cut_search *c, tsr_error *err) {
    const tsr_plan *plan = c->plan;
    int32_t reached = 0;
    for (int32_t end = 1; end < c->stages; ++end) {
        reached = c->total[end].main != TSR_NO_WAY ? end : reached;
    }
    for (int32_t last = reached; last < c->stages; ++last) {
        if (allowed(plan, plan->schedule.join, reached, last)) {
            TSR_TRY(try_kinds(plan, reached, last, err));
        }
    }
    return tsr_fail(err, TSR_ERR_NOT_FIT, tsr_plan_stage_name(plan, reached),
                    "no group that starts here fits the buffers");
}

static tsr_status make_groups(const tsr_cut_search *c, tsr_plan *plan, tsr_error *err) {
    int32_t count = 0;
    for (int32_t end = c->stages; end > 0; end = c->from[end]) {
        ++count;
    }
    plan->groups = tsr_alloc((size_t)count, sizeof *plan->groups);
    TSR_CHECK(plan->groups != NULL, TSR_ERR_NO_MEMORY, err, plan->network.name,
              "no memory for %d groups", count);
    plan->group_count = count;
    int32_t end = c->stages;
    for (int32_t g = count - 1; g >= 0; --g) {
        const int32_t first = c->from[end];
        TSR_TRY(tsr_group_make(plan, c->kind[first * c->stages + end - 1], first, end - 1, NULL,
                               &plan->groups[g], err));
        end = first;
    }
    return TSR_OK;
}

/** Cost of the best path under a join rule, as a person reads it. */
static tsr_status find_path(tsr_cut_search *c, tsr_join join, char text[24], tsr_cost *cost,
                            tsr_error *err) {
    const tsr_cut_rules rules = rules_of(join);
    TSR_TRY(tsr_cut_search_explore(c, &rules, err));
    *cost = tsr_cut_search_path(c, &rules);
    cost->main -= cost->main == TSR_NO_WAY ? 0 : cost->main / NEEDLESS_CUT * NEEDLESS_CUT;
    const bool cycles = c->plan->schedule.mode == TSR_SCHEDULE_AUTO &&
                        c->plan->schedule.objective == TSR_OBJECTIVE_CYCLES;
    if (cost->main == TSR_NO_WAY) {
        (void)snprintf(text, 24, "does not fit");
    } else {
        (void)snprintf(text, 24, "%.3f MB", (double)(cycles ? cost->second : cost->main) / 1e6);
    }
    return TSR_OK;
}

static void give_reason(tsr_plan *plan, tsr_cost best, const char *text, const char *on_chip,
                        const char *through_dram) {
    const tsr_schedule *schedule = &plan->schedule;
    char *reason = plan->reason;
    const size_t size = sizeof plan->reason;
    if (schedule->mode == TSR_SCHEDULE_AUTO) {
        const bool cycles = schedule->objective == TSR_OBJECTIVE_CYCLES;
        (void)snprintf(reason, size,
                       "cuts and kinds with the fewest %s that fit: %s, %" PRIu64
                       " cycles expected by the closed form",
                       cycles ? "expected cycles" : "DRAM bytes", text,
                       cycles ? best.main : best.second);
    } else if (!tsr_schedule_has_blocks(schedule)) {
        const bool cut = schedule->mode == TSR_SCHEDULE_LAYERWISE && schedule->part_count == 0;
        (void)snprintf(reason, size,
                       cut ? "layer by layer: every map through DRAM, %s expected"
                           : "cuts with the fewest DRAM bytes that fit: %s expected",
                       text);
    } else if (schedule->join == TSR_JOIN_AUTO) {
        (void)snprintf(reason, size,
                       "cuts with the fewest DRAM bytes that fit: %s (all joins on chip: %s; all "
                       "through DRAM: %s)",
                       text, on_chip, through_dram);
    } else {
        (void)snprintf(reason, size,
                       "as asked for, %s: %s (all joins on chip: %s; all through DRAM: %s)",
                       schedule->join == TSR_JOIN_DRAM ? "joins through DRAM" : "joins on chip",
                       text, on_chip, through_dram);
    }
}

/** Of the reason: how many blocks or pictures meet each portion of the weights. */
static void say_together(tsr_plan *plan) {
    int32_t blocks = 1;
    int32_t pictures = 1;
    for (int32_t g = 0; g < plan->group_count; ++g) {
        const tsr_group *group = &plan->groups[g];
        pictures = tsr_max_i32(pictures, group->tiling.abreast);
        for (int32_t k = 0; k < group->level_count; ++k) {
            int32_t *most = group->levels[k].batch ? &pictures : &blocks;
            *most = tsr_max_i32(*most, group->levels[k].stack);
        }
    }
    const size_t used = strlen(plan->reason);
    char *end = plan->reason + used;
    if (blocks > 1 && pictures > 1) {
        (void)snprintf(end, sizeof plan->reason - used,
                       "; up to %d blocks or %d pictures for each load of weights", blocks,
                       pictures);
    } else if (blocks > 1 || pictures > 1) {
        (void)snprintf(end, sizeof plan->reason - used, "; up to %d %s for each load of weights",
                       tsr_max_i32(blocks, pictures), blocks > 1 ? "blocks" : "pictures");
    }
}

static tsr_status choose(tsr_cut_search *c, tsr_plan *plan, tsr_error *err) {
    char on_chip[24] = "";
    char through_dram[24] = "";
    char best[24];
    tsr_cost cost = {0};
    if (tsr_schedule_has_blocks(&plan->schedule) && plan->schedule.mode != TSR_SCHEDULE_AUTO) {
        TSR_TRY(find_path(c, TSR_JOIN_ON_CHIP, on_chip, &cost, err));
        TSR_TRY(find_path(c, TSR_JOIN_DRAM, through_dram, &cost, err));
    }
    TSR_TRY(find_path(c, plan->schedule.join, best, &cost, err));
    if (cost.main == TSR_NO_WAY) {
        return explain(c, err);
    }
    give_reason(plan, cost, best, on_chip, through_dram);
    TSR_TRY(make_groups(c, plan, err));
    say_together(plan);
    return TSR_OK;
}

tsr_status tsr_plan_cut(tsr_plan *plan, tsr_error *err) {
    tsr_cut_search search = {0};
    TSR_TRY(tsr_cut_search_create(plan, &search, err));
    const tsr_status status = choose(&search, plan, err);
    tsr_cut_search_free(&search);
    return status;
}
