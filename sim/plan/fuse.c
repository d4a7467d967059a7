// SPDX-License-Identifier: Apache-2.0
// Fused groups. Time is counted in steps, the stages of the group; blocks of a level run without a
// break.
#include "plan/fuse.h"

#include <inttypes.h>

#include "base/check.h"
#include "plan/fuse_holdings.h"
#include "plan/fuse_levels.h"
#include "plan/residency.h"
#include "plan/slots.h"

uint64_t tsr_group_bytes(const tsr_group *group) {
    return group->input_bytes + group->output_bytes + group->weight_bytes + group->side_bytes;
}

static int64_t level_blocks(const tsr_level *level) {
    return (int64_t)level->rows * level->cols;
}

/** Last step while blocks of the finest level are still to come; -1 when there is only one. */
static int32_t busy_until(const tsr_group *group) {
    int32_t until = -1;
    for (int32_t k = 0; k < group->level_count; ++k) {
        until = level_blocks(&group->levels[k]) > 1 ? group->levels[k].last - group->first : until;
    }
    return until;
}

static int32_t larger(int32_t a, int32_t b) {
    return a > b ? a : b;
}

/** A second slot for the input of the first stage, kept apart from what the first one is. */
static void add_twin(const tsr_plan *plan, tsr_group *group, tsr_holding *input) {
    const tsr_slot slot = group->slots[input->slot];
    const tsr_shape words = {slot.planes, slot.h, slot.w};
    input->twin = tsr_slot_add(&plan->arch, group, slot.name, words, slot.bank_stride);
    tsr_slot *twin = &group->slots[input->twin];
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
    slot->last_step = larger(slot->last_step, busy);
    if (level_blocks(&group->levels[group->level_count - 1]) > 1) {
        const int32_t out = group->uses[group->last - group->first].out;
        group->slots[group->holdings[out].slot].first_step = 0;  // stored while the next block runs
    }
    if (group->prefetch == TSR_PREFETCH_DOUBLE) {
        add_twin(plan, group, input);
    }
}

static tsr_status make_slots(const tsr_plan *plan, tsr_group *group, bool keep, tsr_error *err) {
    TSR_TRY(tsr_holdings_make(plan, group, keep, err));
    tsr_holdings_add_slots(plan, group);
    apply_prefetch(plan, group);
    tsr_slots_place(&plan->arch, group);
    return TSR_OK;
}

/** From the fastest way to use the pool to the one that needs least of it; the first that fits. */
static tsr_status choose_storage(const tsr_plan *plan, tsr_group *group, tsr_error *err) {
    static const struct {
        bool apart, keep;
        tsr_prefetch prefetch;
    } ways[] = {{true, true, TSR_PREFETCH_DOUBLE},   {true, true, TSR_PREFETCH_REFILL},
                {true, false, TSR_PREFETCH_DOUBLE},  {true, true, TSR_PREFETCH_NONE},
                {false, true, TSR_PREFETCH_DOUBLE},  {false, true, TSR_PREFETCH_REFILL},
                {false, false, TSR_PREFETCH_DOUBLE}, {false, true, TSR_PREFETCH_NONE},
                {false, false, TSR_PREFETCH_NONE}};

    const int64_t line_bytes = tsr_arch_line_bytes(&plan->arch);
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; ++i) {
        group->apart = ways[i].apart;
        group->prefetch = ways[i].prefetch;
        TSR_TRY(make_slots(plan, group, ways[i].keep, err));
        if (group->peak_lines <= tsr_arch_feature_lines(&plan->arch)) {
            return TSR_OK;
        }
        least = group->peak_lines < least ? group->peak_lines : least;
    }
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
    return (uint64_t)tsr_holding_pixels(plan, group, h) * (uint64_t)planes *
           (uint64_t)map->pixel_bytes;
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

/** One way to fuse; `most_bytes`: a group that moves as much or more is not worth its slots. */
static tsr_status fuse_from(const tsr_plan *plan, int32_t batch_from, uint64_t most_bytes,
                            tsr_group *group, tsr_error *err) {
    TSR_TRY(tsr_levels_make(plan, batch_from, group, err));
    TSR_TRY(tsr_weights_choose(plan, group, err));
    TSR_TRY(tsr_holdings_make(plan, group, true, err));
    count_bytes(plan, group);
    TSR_CHECK(tsr_group_bytes(group) < most_bytes, TSR_ERR_NOT_FIT, err,
              tsr_plan_stage_name(plan, group->first), "moves more than another way does");
    TSR_TRY(choose_storage(plan, group, err));
    count_bytes(plan, group);
    return TSR_OK;
}

static tsr_status fuse(const tsr_plan *plan, const int32_t stages[2], int32_t batch_from,
                       uint64_t most_bytes, tsr_group *group, tsr_error *err) {
    tsr_group made = {0};
    TSR_TRY(tsr_plan_group_create(stages[0], stages[1], &made, err));
    made.kind = TSR_GROUP_FUSED;
    const tsr_status status = fuse_from(plan, batch_from, most_bytes, &made, err);
    if (status != TSR_OK) {
        tsr_plan_group_free(&made);
        return status;
    }
    *group = made;
    return TSR_OK;
}

/** First stage from which on every stage has room for its whole input and output. */
static int32_t batch_limit(const tsr_plan *plan, int32_t first, int32_t last) {
    const tsr_arch *arch = &plan->arch;
    int32_t limit = last + 1;
    while (limit > first) {
        const tsr_stage *s = &plan->stages[limit - 1];
        const int64_t lines =
            tsr_plan_map_lines(arch, s->in_planes, s->in.h, s->in.w, s->stride_w) +
            tsr_plan_map_lines(arch, s->made_planes, s->out.h, s->out.w, 1);
        if (lines > tsr_arch_feature_lines(arch)) {
            break;
        }
        --limit;
    }
    return limit;
}

/** Batches are for weights that are read more than once. */
static bool reads_weights_once(const tsr_plan *plan, const tsr_group *group) {
    for (int32_t s = group->first; s <= group->last; ++s) {
        if (plan->stages[s].m_groups > 0 && group->weights[s - group->first].fetches > 1) {
            return false;
        }
    }
    return true;
}

tsr_status tsr_group_fuse(const tsr_plan *plan, int32_t first, int32_t last, tsr_group *group,
                          tsr_error *err) {
    const int32_t stages[2] = {first, last};
    tsr_group best = {0};
    tsr_status status = fuse(plan, stages, last + 1, UINT64_MAX, &best, err);
    const bool found = status == TSR_OK;
    uint64_t most = found ? tsr_group_bytes(&best) : UINT64_MAX;
    bool once = found && reads_weights_once(plan, &best);
    if (plan->schedule.residency == TSR_RESIDENCY_AUTO &&
        (found || status == TSR_ERR_NOT_FIT || status == TSR_ERR_UNSUPPORTED)) {
        for (int32_t from = batch_limit(plan, first, last); from <= last && !once; ++from) {
            tsr_group other = {0};
            tsr_error refused = {0};
            const bool differs = !tsr_block_grid_is_whole(&plan->stages[from].grid);
            const tsr_status tried =
                differs ? fuse(plan, stages, from, most, &other, &refused) : TSR_ERR_UNSUPPORTED;
            if (tried == TSR_ERR_NO_MEMORY) {
                tsr_plan_group_free(&best);
                return tsr_fail(err, tried, refused.where, "%s", refused.message);
            }
            if (tried == TSR_OK) {
                tsr_plan_group_free(&best);
                best = other;
                most = tsr_group_bytes(&best);
                once = reads_weights_once(plan, &best);
                status = TSR_OK;
            }
        }
    }
    if (status == TSR_OK) {
        *group = best;
    }
    return status;
}
