// SPDX-License-Identifier: Apache-2.0
// Fused groups. Time is counted in steps, the stages of the group; blocks of a level run without a
// break.
#include "plan/fused/fuse.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/checked.h"
#include "plan/fused/fuse_bound.h"
#include "plan/fused/fuse_holdings.h"
#include "plan/fused/fuse_levels.h"
#include "plan/fused/fuse_order.h"
#include "plan/model/slots.h"
#include "plan/weights/residency.h"

/** Last step while blocks of the finest level are still to come; -1 when there is only one. */
static int32_t busy_until(const tsr_group *group) {
    int32_t until = -1;
    for (int32_t k = 0; k < group->level_count; ++k) {
        until = group->levels[k].runs > 1 ? group->levels[k].last - group->first : until;
    }
    return until;
}

/** A second slot for the input of the first stage, kept apart from what the first one is. */
static void add_twin(const tsr_plan *plan, tsr_group *group, tsr_holding *input) {
    const tsr_slot slot = group->slots[input->slot];
    const tsr_shape words = {slot.planes, slot.h, slot.w};
    input->twin = tsr_slot_add(&plan->arch, group, "", words, slot.bank_stride);
    tsr_slot *twin = &group->slots[input->twin];
    twin->pack = slot.pack;
    twin->more_w = slot.more_w;
    twin->load_writes = twin->compute_reads = true;
    twin->last_step = slot.last_step;
    const int32_t pairs = group->apart_count;
    for (int32_t i = 0; i < pairs; ++i) {
        const tsr_slot_pair pair = group->apart_pairs[i];
        if (pair.a == input->slot || pair.b == input->slot) {
            tsr_slot_part(group, input->twin, pair.a == input->slot ? pair.b : pair.a);
        }
    }
}

/** Life times and second slots of a way to load ahead. */
static void apply_prefetch(const tsr_plan *plan, tsr_group *group) {
    const int32_t busy = busy_until(group);
    tsr_holding *input = &group->holdings[0];
    if (group->prefetch == TSR_PREFETCH_NONE || busy < 0) {
        return;
    }
    tsr_slot *slot = &group->slots[input->slot];
    slot->last_step = tsr_max_i32(slot->last_step, busy);
    if (group->levels[group->level_count - 1].runs > 1) {
        const int32_t out = group->uses[group->last - group->first].out;
        group->slots[group->holdings[out].slot].first_step = 0;  // stored while the next block runs
    }
    if (group->prefetch == TSR_PREFETCH_DOUBLE) {
        add_twin(plan, group, input);
    }
}

/** How a group uses the pool. */
typedef struct storage {
    bool apart, keep;
    tsr_prefetch prefetch;
} storage;

/** Holdings of a way, unless they are there from another one. */
static tsr_status make_holdings(const tsr_plan *plan, tsr_group *group, bool keep, tsr_error *err) {
    if (group->holding_count > 0 && group->keeps == keep) {
        return TSR_OK;
    }
    group->keeps = keep;
    return tsr_holdings_make(plan, group, keep, err);
}

/** Slots of one way; *lines: what they need if they fit, else at least that. */
static tsr_status make_slots(const tsr_plan *plan, tsr_group *group, storage way, int64_t *lines,
                             tsr_error *err) {
    group->apart = way.apart;
    group->prefetch = way.prefetch;
    TSR_TRY(make_holdings(plan, group, way.keep, err));
    tsr_holdings_add_slots(plan, group);
    apply_prefetch(plan, group);
    *lines = tsr_slots_alive(group);
    if (*lines <= tsr_arch_feature_lines(&plan->arch)) {
        tsr_slots_place(&plan->arch, group, plan->schedule.mode == TSR_SCHEDULE_AUTO);
        *lines = group->peak_lines;
    }
    return TSR_OK;
}

/** Lines that no way can do without: what is alive at once in the two that load nothing ahead. */
static tsr_status least_lines(const tsr_plan *plan, tsr_group *group, const storage tight[2],
                              int64_t *least, tsr_error *err) {
    *least = INT64_MAX;
    for (int32_t i = 0; i < 2; ++i) {
        group->prefetch = tight[i].prefetch;
        TSR_TRY(make_holdings(plan, group, tight[i].keep, err));
        tsr_holdings_add_slots(plan, group);
        apply_prefetch(plan, group);
        const int64_t lines = tsr_slots_alive(group);
        *least = lines < *least ? lines : *least;
    }
    return TSR_OK;
}

/** From the fastest way to use the pool to the one that needs least of it; the first that fits. */
static tsr_status choose_storage(const tsr_plan *plan, tsr_group *group, tsr_error *err) {
    static const storage ways[] = {
        {true, true, TSR_PREFETCH_DOUBLE},   {true, true, TSR_PREFETCH_REFILL},
        {true, false, TSR_PREFETCH_DOUBLE},  {true, true, TSR_PREFETCH_NONE},
        {false, true, TSR_PREFETCH_DOUBLE},  {false, true, TSR_PREFETCH_REFILL},
        {false, false, TSR_PREFETCH_DOUBLE}, {false, true, TSR_PREFETCH_NONE},
        {false, false, TSR_PREFETCH_NONE}};

    const size_t count = sizeof ways / sizeof ways[0];
    const int64_t line_bytes = tsr_arch_line_bytes(&plan->arch);
    const int64_t pool = tsr_arch_feature_lines(&plan->arch);
    int64_t nearest = INT64_MAX;
    int64_t least = 0;
    // by bytes: nothing is loaded twice if it can be helped
    const bool by_bytes = plan->schedule.mode == TSR_SCHEDULE_AUTO;
    for (size_t n = 0; n < count * (by_bytes ? 2 : 1) && least <= pool; ++n) {
        const size_t i = n % count;
        int64_t lines = 0;
        if (by_bytes && ways[i].keep != (n < count)) {
            continue;
        }
        TSR_TRY(make_slots(plan, group, ways[i], &lines, err));
        if (lines <= pool) {
            return TSR_OK;
        }
        nearest = lines < nearest ? lines : nearest;
        if (n == 0) {
            TSR_TRY(least_lines(plan, group, &ways[count - 2], &least, err));
        }
    }
    group->hopeless = least > pool;
    least = least <= pool ? nearest : least;
    return tsr_fail(err, TSR_ERR_NOT_FIT, tsr_plan_stage_name(plan, group->first),
                    "feature buffer: the group from %s to %s needs %" PRId64
                    " bytes, there are %" PRId64 ": %" PRId64 " are missing",
                    tsr_plan_stage_name(plan, group->first), tsr_plan_stage_name(plan, group->last),
                    least * line_bytes, plan->arch.feature_buffer_bytes,
                    least * line_bytes - plan->arch.feature_buffer_bytes);
}

/** DRAM bytes of what is loaded of a map. */
static uint64_t loaded_bytes(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h) {
    const tsr_map *map = &plan->maps[h->map];
    int32_t planes = h->real_planes;
    for (tsr_stretch s = tsr_holding_outside(plan, group, h, h->loaded.begin);
         h->made && s.begin < s.end; s = tsr_holding_outside(plan, group, h, s.end)) {
        planes += s.end - s.begin;
    }
    return (uint64_t)plan->network.batch * (uint64_t)tsr_holding_pixels(plan, group, h) *
           (uint64_t)planes * (uint64_t)map->pixel_bytes;
}

static void count_bytes(const tsr_plan *plan, tsr_group *group) {
    group->input_bytes = loaded_bytes(plan, group, &group->holdings[0]);
    group->side_bytes = 0;
    for (int32_t i = 1; i < group->holding_count; ++i) {
        const tsr_holding *h = &group->holdings[i];
        group->side_bytes += h->loads ? loaded_bytes(plan, group, h) : 0;
    }
    for (int32_t s = group->first; s < group->last; ++s) {
        const tsr_stage *stage = &plan->stages[s];
        group->side_bytes +=
            stage->last_reader > group->last ? tsr_plan_written_bytes(plan, stage) : 0;
    }
    group->output_bytes = tsr_plan_written_bytes(plan, &plan->stages[group->last]);
}

static tsr_status fuse(const tsr_plan *plan, tsr_fuse_way way, tsr_group *group, tsr_error *err) {
    TSR_TRY(tsr_levels_make(plan, way.batch_from, group, err));
    TSR_TRY(tsr_levels_stack(plan, way.blocks, way.pictures, group, err));
    TSR_TRY(tsr_weights_choose(plan, group, err));
    TSR_TRY(make_holdings(plan, group, true, err));
    count_bytes(plan, group);
    TSR_CHECK(tsr_group_bytes(group) < way.most_bytes, TSR_ERR_NOT_FIT, err,
              tsr_plan_stage_name(plan, group->first), "moves more than another way does");
    TSR_TRY(choose_storage(plan, group, err));
    count_bytes(plan, group);
    return TSR_OK;
}

tsr_status tsr_group_fuse_so(const tsr_plan *plan, int32_t first, int32_t last, tsr_fuse_way way,
                             tsr_group *group, tsr_error *err) {
    tsr_group made = {0};
    TSR_CHECK(way.hopeless == NULL || !*way.hopeless, TSR_ERR_NOT_FIT, err,
              tsr_plan_stage_name(plan, first), "a shorter group does not fit");
    TSR_TRY(tsr_plan_group_create(first, last, &made, err));
    made.kind = TSR_GROUP_FUSED;
    const tsr_status status = fuse(plan, way, &made, err);
    if (status != TSR_OK) {
        if (way.hopeless != NULL && way.blocks == 1 && way.pictures == 1) {
            *way.hopeless = made.hopeless;
        }
        tsr_plan_group_free(&made);
        return status;
    }
    *group = made;
    return TSR_OK;
}
