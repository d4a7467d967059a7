// SPDX-License-Identifier: Apache-2.0
// The planner from end to end: stages, groups, addresses, operations, tokens, traffic.
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"
#include "plan/cuts/cuts.h"
#include "plan/halo/overlap.h"
#include "plan/model/plan_model.h"
#include "plan/model/schedule_parts.h"
#include "plan/ops/ops.h"
#include "plan/ops/tokens.h"
#include "plan/stages/stages.h"

enum { SEGMENT_ALIGNMENT = 4096 };  // no AXI burst crosses such a boundary

/** A map goes through DRAM where a later group reads something of it. */
static void mark_maps(tsr_plan *plan) {
    plan->maps[0].in_dram = true;
    for (int32_t g = 0; g < plan->group_count; ++g) {
        const tsr_group *group = &plan->groups[g];
        for (int32_t s = group->first; s <= group->last; ++s) {
            if (plan->stages[s].last_reader > group->last) {
                plan->maps[plan->stages[s].out_map].in_dram = true;
            }
        }
    }
}

static uint64_t aligned(uint64_t bytes) {
    return (bytes + SEGMENT_ALIGNMENT - 1) / SEGMENT_ALIGNMENT * SEGMENT_ALIGNMENT;
}

static tsr_status place(uint64_t bytes, uint64_t *end, uint64_t *address, tsr_error *err) {
    const uint64_t limit = (uint64_t)1 << 40;  // width of dram_address
    TSR_CHECK(bytes < limit && *end < limit - bytes - SEGMENT_ALIGNMENT, TSR_ERR_OVERFLOW, err, "",
              "the DRAM image leaves the 40-bit addresses of descriptors");
    *address = *end;
    *end += aligned(bytes);
    return TSR_OK;
}

/** Pictures one behind the other, each aligned like the first one. */
static tsr_status place_map(const tsr_plan *plan, tsr_map *map, uint64_t *end, tsr_error *err) {
    const uint64_t pictures = (uint64_t)plan->network.batch;
    uint64_t first = *end;
    TSR_TRY(place(map->bytes, &first, &map->address, err));  // one picture is below 2^40
    map->stride = aligned(map->bytes);
    return place((pictures - 1) * map->stride + map->bytes, end, &map->address, err);
}

static tsr_status place_in_dram(tsr_plan *plan, tsr_error *err) {
    uint64_t end = 0;
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        TSR_TRY(
            place(tsr_plan_weight_bytes(&plan->stages[s]), &end, &plan->weight_address[s], err));
    }
    for (int32_t m = 0; m < plan->map_count; ++m) {
        if (plan->maps[m].in_dram) {
            TSR_TRY(place_map(plan, &plan->maps[m], &end, err));
        }
    }
    plan->descriptor_address = end;
    return TSR_OK;
}

/** Words of a map that a group has read from DRAM; of two stretches that do not touch the larger is
 * kept. */
static void mark_loaded(tsr_plan *plan, const tsr_group *group, int32_t map, int32_t plane,
                        int32_t planes) {
    if (map < 0 || plan->maps[map].first_writer >= group->first) {
        return;
    }
    tsr_stretch *loaded = &plan->maps[map].loaded;
    const tsr_stretch more = {plane, plane + planes};
    if (more.begin <= loaded->end && loaded->begin <= more.end) {
        loaded->begin = more.begin < loaded->begin ? more.begin : loaded->begin;
        loaded->end = more.end > loaded->end ? more.end : loaded->end;
    } else if (more.end - more.begin > loaded->end - loaded->begin) {
        *loaded = more;
    }
}

static tsr_status make_operations(tsr_plan *plan, tsr_error *err) {
    for (int32_t g = 0; g < plan->group_count; ++g) {
        tsr_group *group = &plan->groups[g];
        tsr_maker maker = {.plan = plan, .group = group, .group_index = g, .block = -1};
        TSR_TRY(group->regions != NULL           ? tsr_ops_make_halo(&maker, err)
                : group->kind == TSR_GROUP_FUSED ? tsr_ops_make_fused(&maker, err)
                                                 : tsr_ops_make_tiled(&maker, err));
        for (int32_t s = group->first; s <= group->last; ++s) {
            const tsr_stage *stage = &plan->stages[s];
            mark_loaded(plan, group, stage->in_map, stage->in_plane, stage->in_planes);
            mark_loaded(plan, group, stage->residual_map, stage->residual_plane, stage->out_planes);
        }
    }
    return TSR_OK;
}

static tsr_status build(tsr_plan *plan, tsr_error *err) {
    TSR_TRY(tsr_plan_make_stages(plan, err));
    TSR_TRY(tsr_plan_cut(plan, err));
    mark_maps(plan);
    TSR_TRY(tsr_overlap_add_maps(plan, err));
    TSR_TRY(place_in_dram(plan, err));
    TSR_TRY(make_operations(plan, err));
    TSR_TRY(tsr_tokens_place(plan, err));
    TSR_TRY(tsr_ops_finish(&plan->list, err));
    plan->read_bytes[TSR_TRAFFIC_DESCRIPTORS] +=
        (uint64_t)tsr_opcode_units(TSR_OP_END) * TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
    plan->memory_bytes = plan->descriptor_address + plan->read_bytes[TSR_TRAFFIC_DESCRIPTORS];
    return TSR_OK;
}

static bool packs_pixels(const tsr_plan *plan) {
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        if (plan->stages[s].pack > 1) {
            return true;
        }
    }
    return false;
}

/** What is planned, and what a plan says that another attempt could do. */
typedef struct attempt {
    const tsr_network *network;
    const tsr_arch *arch;
    tsr_schedule schedule;
    bool copies;
    bool packed, wants_copies;
} attempt;

static tsr_status make(attempt *a, tsr_plan **plan, tsr_error *err) {
    tsr_plan *made = tsr_alloc(1, sizeof *made);
    TSR_CHECK(made != NULL, TSR_ERR_NO_MEMORY, err, a->network->name, "no memory for a plan");
    made->arch = *a->arch;
    made->schedule = a->schedule;
    made->schedule.blocking = tsr_schedule_blocking(&a->schedule);
    made->copies = a->copies;
    tsr_status status = tsr_network_copy(a->network, &made->network, err);
    if (status == TSR_OK) {
        status = tsr_schedule_apply(&a->schedule, &made->network, err);
    }
    if (status == TSR_OK) {
        status = build(made, err);
    }
    a->packed = packs_pixels(made);
    a->wants_copies = made->wants_copies;
    if (status != TSR_OK) {
        tsr_plan_free(made);
        return status;
    }
    *plan = made;
    return TSR_OK;
}

/** With packed pixels where they fit: packed rows are a few words longer. */
static tsr_status make_fitting(attempt *a, tsr_plan **plan, tsr_error *err) {
    tsr_status status = make(a, plan, err);
    if (status == TSR_ERR_NOT_FIT && a->packed) {
        a->schedule.unpacked = true;
        *err = (tsr_error){0};
        status = make(a, plan, err);
    }
    return status;
}

/** Some stages may share a group, for the sake of fewer bytes. */
static bool copies_may_help(const tsr_schedule *schedule) {
    if (schedule->mode == TSR_SCHEDULE_AUTO && schedule->objective == TSR_OBJECTIVE_CYCLES) {
        return false;
    }
    bool fuses = schedule->mode != TSR_SCHEDULE_LAYERWISE;
    for (int32_t i = 0; i < schedule->part_count; ++i) {
        fuses = fuses || schedule->parts[i].mode != TSR_SCHEDULE_LAYERWISE;
    }
    return fuses;
}

/** What the groups were priced at. */
static uint64_t expected_bytes(const tsr_plan *plan) {
    uint64_t bytes = 0;
    for (int32_t g = 0; g < plan->group_count; ++g) {
        bytes += tsr_group_bytes(&plan->groups[g]);
    }
    return bytes;
}

/** Of the reason: what copies are made for. */
static void say_copies(tsr_plan *plan, const tsr_plan *without) {
    const size_t used = strlen(plan->reason);
    char *end = plan->reason + used;
    const size_t room = sizeof plan->reason - used;
    if (without == NULL) {
        (void)snprintf(end, room, "; with copies of maps on chip, without which it cannot be run");
    } else {
        (void)snprintf(end, room, "; with copies of maps on chip, without: %.3f MB",
                       (double)expected_bytes(without) / 1e6);
    }
}

/** The plan with copies of maps in place of the one without, if that does not fit or moves more. */
static tsr_status try_copies(attempt *a, tsr_status *status, tsr_plan **plan, tsr_error *err) {
    tsr_plan *other = NULL;
    tsr_error found = {0};
    const tsr_status with = make_fitting(a, &other, &found);
    if (with == TSR_ERR_NO_MEMORY) {
        return tsr_fail(err, with, found.where, "%s", found.message);
    }
    if (with == TSR_OK && (*status != TSR_OK || expected_bytes(other) < expected_bytes(*plan))) {
        say_copies(other, *plan);
        tsr_plan_free(*plan);
        *plan = other;
        *status = TSR_OK;
    } else {
        tsr_plan_free(other);
    }
    return TSR_OK;
}

tsr_status tsr_plan_make(const tsr_network *network, const tsr_arch *arch,
                         const tsr_schedule *schedule, tsr_plan **plan, tsr_error *err) {
    TSR_TRY(tsr_schedule_check(schedule, err));
    TSR_TRY(tsr_arch_check(arch, err));
    attempt a = {.network = network, .arch = arch, .schedule = *schedule};
    tsr_plan *made = NULL;
    tsr_error found = {0};
    tsr_status status = make_fitting(&a, &made, &found);
    if (status != TSR_ERR_NO_MEMORY && a.wants_copies && copies_may_help(schedule)) {
        a.schedule = *schedule;
        a.copies = true;
        tsr_error none = {0};
        const tsr_status tried = try_copies(&a, &status, &made, &none);
        if (tried != TSR_OK) {
            tsr_plan_free(made);
            return tsr_fail(err, tried, none.where, "%s", none.message);
        }
    }
    if (status != TSR_OK) {
        return tsr_fail(err, status, found.where, "%s", found.message);
    }
    *plan = made;
    return TSR_OK;
}
