// SPDX-License-Identifier: Apache-2.0
// A plan in one line, and its groups, for tables.
#include <stdio.h>

#include "plan/halo/regions.h"
#include "plan/model/plan_model.h"

/** Joins: maps between blocked stages, or between a blocked and a whole one, that go through DRAM
 * (between groups), and levels of a group that are put together from the blocks of the level
 * before. */
static void count_joins(const tsr_plan *plan, tsr_plan_summary *summary) {
    if (!tsr_schedule_has_blocks(&plan->schedule)) {
        return;
    }
    for (int32_t g = 0; g < plan->group_count; ++g) {
        const tsr_group *group = &plan->groups[g];
        const int32_t stage = group->first;
        summary->on_chip_joins += group->level_count > 1 ? group->level_count - 1 : 0;
        summary->dram_joins += g > 0 && (!tsr_block_grid_is_whole(&plan->stages[stage - 1].grid) ||
                                         !tsr_block_grid_is_whole(&plan->stages[stage].grid));
    }
    summary->joins_on_chip = summary->dram_joins == 0;
}

/** Text of where joins are. */
static void describe_joins(const tsr_plan *plan, const tsr_plan_summary *summary, char *text,
                           size_t size) {
    if (!tsr_schedule_has_blocks(&plan->schedule)) {
        (void)snprintf(text, size, "no joins");
    } else if (summary->joins_on_chip) {
        (void)snprintf(text, size, "all joins on chip");
    } else {
        (void)snprintf(text, size, "joins: %d on chip, %d through DRAM", summary->on_chip_joins,
                       summary->dram_joins);
    }
}

tsr_plan_summary tsr_plan_summarize(const tsr_plan *plan) {
    tsr_plan_summary summary = {.group_count = plan->group_count};
    char joins[64];
    count_joins(plan, &summary);
    describe_joins(plan, &summary, joins, sizeof joins);
    summary.intermediate_bytes =
        plan->read_bytes[TSR_TRAFFIC_INTERMEDIATE] + plan->write_bytes[TSR_TRAFFIC_INTERMEDIATE];
    for (int32_t m = 0; m < plan->map_count; ++m) {
        const tsr_map *map = &plan->maps[m];
        summary.maps_through_dram +=
            map->in_dram && !map->is_input && !map->is_output && !map->overlap;
    }
    int32_t weighted = 0;
    int32_t once = 0;
    int32_t fused = 0;
    for (int32_t g = 0; g < plan->group_count; ++g) {
        const tsr_group *group = &plan->groups[g];
        fused += group->kind != TSR_GROUP_TILED;
        for (int32_t i = 0; i <= group->last - group->first; ++i) {
            const bool has_weights = plan->stages[group->first + i].group_words > 0;
            weighted += has_weights;
            once += has_weights && group->weights[i].fetches == 1;
        }
    }
    (void)snprintf(summary.text, sizeof summary.text,
                   "%d group%s (%d fused), %s, %d map%s through DRAM, weights of %d of %d "
                   "layers read once",
                   plan->group_count, plan->group_count == 1 ? "" : "s", fused, joins,
                   summary.maps_through_dram, summary.maps_through_dram == 1 ? "" : "s", once,
                   weighted);
    return summary;
}

tsr_plan_group tsr_plan_group_at(const tsr_plan *plan, int32_t index) {
    static const tsr_schedule_mode modes[] = {
        [TSR_GROUP_TILED] = TSR_SCHEDULE_LAYERWISE,
        [TSR_GROUP_FUSED] = TSR_SCHEDULE_BLOCKED,
        [TSR_GROUP_RECOMPUTE] = TSR_SCHEDULE_RECOMPUTE,
        [TSR_GROUP_CACHED] = TSR_SCHEDULE_CACHED,
    };
    const tsr_group *group = &plan->groups[index];
    const tsr_regions *r = group->regions;
    return (tsr_plan_group){
        .mode = modes[group->kind],
        .first_layer = plan->stages[group->first].layer,
        .last_layer = plan->stages[group->last].layer,
        .tile_h = r != NULL ? r->tile_h : 0,
        .tile_w = r != NULL && !(r->cached && r->cols == 1) ? r->tile_w : 0,
    };
}

int32_t tsr_plan_group_of(const tsr_plan *plan, int32_t layer) {
    for (int32_t g = 0; g < plan->group_count; ++g) {
        for (int32_t s = plan->groups[g].first; s <= plan->groups[g].last; ++s) {
            if (plan->stages[s].layer == layer) {
                return g;
            }
        }
    }
    return -1;
}
