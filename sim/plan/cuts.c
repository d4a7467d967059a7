// SPDX-License-Identifier: Apache-2.0
// Shortest path over cut points: every stretch of stages that could be a group is priced once.
#include "plan/cuts.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "plan/fuse.h"
#include "plan/halo.h"
#include "plan/tiling.h"

/** Prices of all stretches and the path over them. */
typedef struct cutting {
    const tsr_plan *plan;
    int32_t stages;
    uint64_t *bytes;  // owned, [first][last]; NO_WAY = does not fit
    uint64_t *total;  // owned, [stages + 1]: fewest bytes of the stages before
    int32_t *from;    // owned, [stages + 1]: first stage of the group that ends there
} cutting;

#define NO_WAY UINT64_MAX
#define NEEDLESS_CUT (UINT64_C(1) << 48)  // more bytes than any network moves

static int32_t larger(int32_t a, int32_t b) {
    return a > b ? a : b;
}

/** Groups of several stages that give the values of the plain network. */
static bool has_halos(const tsr_plan *plan) {
    return plan->schedule.mode == TSR_SCHEDULE_RECOMPUTE ||
           plan->schedule.mode == TSR_SCHEDULE_CACHED;
}

static bool is_whole(const tsr_plan *plan, int32_t stage) {
    return tsr_block_grid_is_whole(&plan->stages[stage].grid);
}

/** A boundary before `stage` where a map may go through DRAM. */
static bool may_cut(const tsr_plan *plan, tsr_join join, int32_t stage) {
    if (stage <= 0 || stage >= plan->stage_count || join != TSR_JOIN_ON_CHIP ||
        plan->schedule.mode != TSR_SCHEDULE_BLOCKED) {
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

static bool allowed(const tsr_plan *plan, tsr_join join, int32_t first, int32_t last) {
    if (!may_cut(plan, join, first) || !may_cut(plan, join, last + 1)) {
        return false;
    }
    if (first == last) {
        return true;
    }
    if (has_halos(plan)) {
        return true;
    }
    return plan->schedule.mode == TSR_SCHEDULE_BLOCKED &&
           (join != TSR_JOIN_DRAM || joins_nothing(plan, first, last));
}

static tsr_status make_group(const tsr_plan *plan, int32_t first, int32_t last, tsr_group *group,
                             tsr_error *err) {
    if (first < last) {
        return has_halos(plan) ? tsr_group_halo(plan, first, last, group, err)
                               : tsr_group_fuse(plan, first, last, group, err);
    }
    const tsr_status status = tsr_group_tile(plan, first, group, err);
    if (is_whole(plan, first) || plan->schedule.residency == TSR_RESIDENCY_RESIDENT ||
        plan->schedule.residency == TSR_RESIDENCY_PER_BLOCK) {
        return status;
    }
    tsr_group batch = {0};  // all blocks of one stage together: its input once and its weights once
    tsr_error refused = {0};
    const tsr_status tried = tsr_group_fuse(plan, first, first, &batch, &refused);
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

/** Price the stretches that begin with one stage. A longer one needs no less of the buffers, but
 * for the accidents of first fit; blocks that do not meet do not meet in longer ones either. */
static tsr_status price_from(cutting *c, int32_t first, tsr_error *err) {
    enum { MISFITS_IN_A_ROW = 3 };

    const bool fuses = c->plan->schedule.mode != TSR_SCHEDULE_LAYERWISE;
    int32_t misfits = 0;
    for (int32_t last = first; last < c->stages; ++last) {
        c->bytes[first * c->stages + last] = NO_WAY;
    }
    for (int32_t last = first; last < c->stages && misfits < MISFITS_IN_A_ROW; ++last) {
        if (last > first && !fuses) {
            break;
        }
        tsr_group group = {0};
        tsr_error found = {0};
        const tsr_status status = make_group(c->plan, first, last, &group, &found);
        if (status == TSR_OK) {
            c->bytes[first * c->stages + last] = tsr_group_bytes(&group);
            tsr_plan_group_free(&group);
        } else if (status == TSR_ERR_UNSUPPORTED && last > first) {
            break;
        } else if (status != TSR_ERR_NOT_FIT && status != TSR_ERR_UNSUPPORTED) {
            return tsr_fail(err, status, found.where, "%s", found.message);
        }
        misfits = status == TSR_OK || last == first ? 0 : misfits + 1;
    }
    return TSR_OK;
}

static tsr_status price_all(cutting *c, tsr_error *err) {
    for (int32_t first = 0; first < c->stages; ++first) {
        TSR_TRY(price_from(c, first, err));
    }
    return TSR_OK;
}

/** Cuts inside a run of equal blocks are no joins: under TSR_JOIN_DRAM only where the run does not
 * fit. */
static uint64_t cut_penalty(const cutting *c, tsr_join join, int32_t first) {
    const bool inside = join == TSR_JOIN_DRAM && first > 0 &&
                        c->plan->schedule.mode == TSR_SCHEDULE_BLOCKED &&
                        joins_nothing(c->plan, first - 1, first);
    return inside ? NEEDLESS_CUT : 0;
}

/** Fewest bytes under a join rule; NO_WAY if there is no path. Of equals the one with the longest
 * last groups. */
static uint64_t find_path(cutting *c, tsr_join join) {
    c->total[0] = 0;
    for (int32_t end = 1; end <= c->stages; ++end) {
        c->total[end] = NO_WAY;
        for (int32_t first = 0; first < end; ++first) {
            const uint64_t bytes = c->bytes[first * c->stages + end - 1];
            if (c->total[first] == NO_WAY || bytes == NO_WAY ||
                !allowed(c->plan, join, first, end - 1)) {
                continue;
            }
            const uint64_t total = c->total[first] + bytes + cut_penalty(c, join, first);
            if (total < c->total[end]) {
                c->total[end] = total;
                c->from[end] = first;
            }
        }
    }
    const uint64_t total = c->total[c->stages];
    return total == NO_WAY ? NO_WAY : total % NEEDLESS_CUT;
}

/** The error of the shortest group that must begin where the path ends. */
static tsr_status explain(const cutting *c, tsr_error *err) {
    int32_t reached = 0;
    for (int32_t end = 1; end < c->stages; ++end) {
        reached = c->total[end] != NO_WAY ? end : reached;
    }
    for (int32_t last = reached; last < c->stages; ++last) {
        if (allowed(c->plan, c->plan->schedule.join, reached, last)) {
            tsr_group group = {0};
            const tsr_status status = make_group(c->plan, reached, last, &group, err);
            if (status != TSR_OK) {
                return status;
            }
            tsr_plan_group_free(&group);
        }
    }
    return tsr_fail(err, TSR_ERR_NOT_FIT, tsr_plan_stage_name(c->plan, reached),
                    "no group that starts here fits the buffers");
}

static tsr_status make_groups(cutting *c, tsr_plan *plan, tsr_error *err) {
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
        TSR_TRY(make_group(plan, c->from[end], end - 1, &plan->groups[g], err));
        end = c->from[end];
    }
    return TSR_OK;
}

static void describe_bytes(uint64_t bytes, char *text, size_t size) {
    if (bytes == NO_WAY) {
        (void)snprintf(text, size, "does not fit");
    } else {
        (void)snprintf(text, size, "%.3f MB", (double)bytes / 1e6);
    }
}

/** Of the reason: how many blocks or pictures meet each portion of the weights. */
static void say_together(tsr_plan *plan) {
    int32_t blocks = 1;
    int32_t pictures = 1;
    for (int32_t g = 0; g < plan->group_count; ++g) {
        const tsr_group *group = &plan->groups[g];
        pictures = larger(pictures, group->tiling.abreast);
        for (int32_t k = 0; k < group->level_count; ++k) {
            int32_t *most = group->levels[k].batch ? &pictures : &blocks;
            *most = larger(*most, group->levels[k].stack);
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
                       larger(blocks, pictures), blocks > 1 ? "blocks" : "pictures");
    }
}

static tsr_status choose(cutting *c, tsr_plan *plan, tsr_error *err) {
    TSR_TRY(price_all(c, err));
    char on_chip[24];
    char through_dram[24];
    char best[24];
    describe_bytes(find_path(c, TSR_JOIN_ON_CHIP), on_chip, sizeof on_chip);
    describe_bytes(find_path(c, TSR_JOIN_DRAM), through_dram, sizeof through_dram);
    const uint64_t bytes = find_path(c, plan->schedule.join);
    describe_bytes(bytes, best, sizeof best);
    if (bytes == NO_WAY) {
        return explain(c, err);
    }
    if (has_halos(plan)) {
        (void)snprintf(plan->reason, sizeof plan->reason,
                       "cuts with the fewest DRAM bytes that fit: %s expected", best);
    } else if (plan->schedule.mode != TSR_SCHEDULE_BLOCKED) {
        (void)snprintf(plan->reason, sizeof plan->reason,
                       "layer by layer: every map through DRAM, %s expected", best);
    } else if (plan->schedule.join == TSR_JOIN_AUTO) {
        (void)snprintf(plan->reason, sizeof plan->reason,
                       "cuts with the fewest DRAM bytes that fit: %s (all joins on chip: %s; all "
                       "through DRAM: %s)",
                       best, on_chip, through_dram);
    } else {
        (void)snprintf(
            plan->reason, sizeof plan->reason,
            "as asked for, %s: %s (all joins on chip: %s; all through DRAM: %s)",
            plan->schedule.join == TSR_JOIN_DRAM ? "joins through DRAM" : "joins on chip", best,
            on_chip, through_dram);
    }
    TSR_TRY(make_groups(c, plan, err));
    say_together(plan);
    return TSR_OK;
}

tsr_status tsr_plan_cut(tsr_plan *plan, tsr_error *err) {
    const size_t stages = (size_t)plan->stage_count;
    cutting c = {.plan = plan, .stages = plan->stage_count};
    c.bytes = tsr_alloc(stages * stages, sizeof *c.bytes);
    c.total = tsr_alloc(stages + 1, sizeof *c.total);
    c.from = tsr_alloc(stages + 1, sizeof *c.from);
    tsr_status status = TSR_OK;
    if (c.bytes == NULL || c.total == NULL || c.from == NULL) {
        status = tsr_fail(err, TSR_ERR_NO_MEMORY, plan->network.name, "no memory for %zu stages",
                          stages);
    } else {
        status = choose(&c, plan, err);
    }
    tsr_free(c.bytes);
    tsr_free(c.total);
    tsr_free(c.from);
    return status;
}
