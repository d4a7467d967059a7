// SPDX-License-Identifier: Apache-2.0
// Limits from the closed form; the choice by making the alternatives once more.
#include "plan/explain/dump_why.h"

#include <inttypes.h>

#include "plan/cuts/group_make.h"
#include "plan/fused/fuse.h"

static const char *const kind_names[] = {"tiles", "blocks or whole maps on chip", "recompute",
                                         "cached"};

void tsr_dump_limit(const tsr_plan *plan, const tsr_group *group, FILE *file) {
    const tsr_group_limits l = tsr_group_find_limits(plan, group);
    const char *limit = "the array";
    uint64_t most = l.array;

    const struct {
        uint64_t cycles;
        const char *name;
    } ports[] = {
        {l.loads, "loading features"}, {l.weights, "loading weights"}, {l.stores, "storing"}};

    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; ++i) {
        if (ports[i].cycles > most) {
            most = ports[i].cycles;
            limit = ports[i].name;
        }
    }
    fprintf(file,
            "  limited by %s: at least %" PRIu64 " array, %" PRIu64 " load, %" PRIu64
            " weight, %" PRIu64 " store cycles\n",
            limit, l.array, l.loads, l.weights, l.stores);
}

/** Bytes and expected cycles, or why not. */
static void print_outcome(const tsr_plan *plan, tsr_status status, const tsr_group *group,
                          const tsr_error *refused, FILE *file) {
    if (status != TSR_OK) {
        fprintf(file, "no: %s: %s\n", refused->where, refused->message);
        return;
    }
    const tsr_cost cost = tsr_group_cost(plan, group);
    const bool cycles = plan->schedule.objective == TSR_OBJECTIVE_CYCLES;
    fprintf(file, "%.3f MB, %" PRIu64 " cycles expected\n", (double)tsr_group_bytes(group) / 1e6,
            cycles ? cost.main : cost.second);
}

static void print_kind(const tsr_plan *plan, tsr_group_kind kind, const int32_t stages[2],
                       const char *text, FILE *file) {
    tsr_group group = {0};
    tsr_error refused = {0};
    const tsr_status status =
        tsr_group_make(plan, kind, stages[0], stages[1], NULL, &group, &refused);
    fprintf(file, "    %s%s: ", kind_names[kind], text);
    print_outcome(plan, status, &group, &refused, file);
    tsr_plan_group_free(&group);
}

/** Sum over the stages as groups of their own; 0: one of them does not fit. */
static uint64_t bytes_apart(const tsr_plan *plan, int32_t first, int32_t last) {
    uint64_t bytes = 0;
    for (int32_t s = first; s <= last; ++s) {
        tsr_group group = {0};
        tsr_error refused = {0};
        if (tsr_group_make(plan, TSR_GROUP_TILED, s, s, NULL, &group, &refused) != TSR_OK) {
            return 0;
        }
        bytes += tsr_group_bytes(&group);
        tsr_plan_group_free(&group);
    }
    return bytes;
}

static void print_kinds(const tsr_plan *plan, int32_t first, int32_t last, const char *text,
                        FILE *file) {
    const int32_t stages[2] = {first, last};
    for (int32_t kind = TSR_GROUP_FUSED; kind <= TSR_GROUP_CACHED; ++kind) {
        if (tsr_group_may_be(plan, (tsr_group_kind)kind, first, last)) {
            print_kind(plan, (tsr_group_kind)kind, stages, text, file);
        }
    }
}

void tsr_dump_choice(const tsr_plan *plan, const tsr_group *group, FILE *file) {
    if (plan->schedule.mode != TSR_SCHEDULE_AUTO) {
        return;
    }
    fprintf(file, "  chosen: %s, %.3f MB; the choice was\n", kind_names[group->kind],
            (double)tsr_group_bytes(group) / 1e6);
    if (group->last > group->first) {
        print_kinds(plan, group->first, group->last, "", file);
        const uint64_t apart = bytes_apart(plan, group->first, group->last);
        if (apart > 0) {
            fprintf(file, "    layer by layer: %.3f MB\n", (double)apart / 1e6);
        }
    }
    if (group->last + 1 < plan->stage_count) {
        char text[96];
        (void)snprintf(text, sizeof text, " with %s", tsr_plan_stage_name(plan, group->last + 1));
        print_kinds(plan, group->first, group->last + 1, text, file);
    }
}
