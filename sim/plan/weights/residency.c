// SPDX-License-Identifier: Apache-2.0
// Weight residency of a fused group: best saving first, the rest streamed through what is left.
#include "plan/weights/residency.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/checked.h"
#include "plan/stages/pixel_pack.h"
#include "plan/weights/residency_best.h"

/** The buffers and what has been given away of them. */
typedef struct budget {
    const tsr_plan *plan;
    tsr_group *group;
    int64_t words, entries;  // of the architecture
} budget;

bool tsr_stage_can_go_on(const tsr_arch *arch, const tsr_stage *stage) {
    return !stage->pools && stage->step == 1 && tsr_stage_reads_all(stage) &&
           stage->conv_max_h == 1 && stage->conv_max_w <= arch->tp;
}

int32_t tsr_weights_limit(const tsr_stage *stage, int64_t words, int64_t entries) {
    const int64_t by_entries = entries / tsr_plan_group_entries(stage);
    return stage->group_words == 0 ? (int32_t)by_entries
                                   : (int32_t)tsr_min_i64(words / stage->group_words, by_entries);
}

int32_t tsr_balanced(int32_t total, int32_t most) {
    return (int32_t)tsr_ceil_div(total, tsr_ceil_div(total, most));
}

tsr_status tsr_weights_fit_ring(const tsr_arch *arch, const tsr_stage *stage, const char *name,
                                tsr_stage_weights *weights, tsr_error *err) {
    const int64_t word_bytes = tsr_arch_weight_word_bytes(arch);
    const int32_t area = tsr_stage_taps(stage);
    const int32_t words = weights->ring_words;
    const int32_t entries = tsr_plan_group_entries(stage);
    TSR_CHECK(weights->ring_entries >= entries, TSR_ERR_NOT_FIT, err, name,
              "parameter buffer: %d channels needed beside the resident ones, %d there",
              entries * arch->tm, weights->ring_entries * arch->tm);
    weights->resident = false;
    weights->pass_planes = stage->in_planes;
    const int32_t twice = tsr_weights_limit(stage, words / 2, weights->ring_entries / 2);
    if (twice >= 1) {
        weights->pass_groups =
            tsr_balanced(stage->m_groups, (int32_t)tsr_min_i64(twice, stage->m_groups));
        return TSR_OK;
    }
    weights->pass_groups = 1;
    if (tsr_stage_can_go_on(arch, stage) && 2 * (int64_t)stage->group_words > words &&
        words >= area) {
        const int32_t most = words >= 2 * area ? words / 2 / area : words / area;
        weights->pass_planes =
            tsr_balanced(stage->in_planes, (int32_t)tsr_min_i64(most, stage->in_planes));
        return TSR_OK;
    }
    TSR_CHECK(stage->group_words <= words, TSR_ERR_NOT_FIT, err, name,
              "weight buffer: %d output channels need %" PRId64 " bytes, there are %" PRId64,
              arch->tm, stage->group_words * word_bytes, words * word_bytes);
    return TSR_OK;
}

static const tsr_level *level_of(const tsr_group *group, int32_t stage) {
    for (int32_t k = 0; k < group->level_count; ++k) {
        if (stage <= group->levels[k].last) {
            return &group->levels[k];
        }
    }
    return &group->levels[group->level_count - 1];
}

static int64_t blocks_of(const budget *b, int32_t index) {
    const tsr_level *level = level_of(b->group, b->group->first + index);
    const int64_t blocks = b->group->weights[index].blocks;
    return blocks > 0 ? blocks : level->runs;
}

/** A level that is run once has the buffer to itself: all finer ones are done. */
static bool is_alone(const budget *b, int32_t index) {
    return level_of(b->group, b->group->first + index)->runs == 1;
}

static const tsr_stage *stage_of(const budget *b, int32_t index) {
    return &b->plan->stages[b->group->first + index];
}

static int64_t words_of(const tsr_stage *stage) {
    return (int64_t)stage->m_groups * stage->group_words;
}

static int32_t entries_of(const tsr_stage *stage) {
    return stage->m_groups > 0 ? stage->m_groups * tsr_plan_group_entries(stage) : 0;
}

static void make_resident(budget *b, int32_t index) {
    tsr_stage_weights *weights = &b->group->weights[index];
    const tsr_stage *stage = stage_of(b, index);
    weights->resident = true;
    weights->word_base = b->group->resident_words;
    weights->parameter_base = b->group->resident_entries;
    weights->pass_groups = stage->m_groups;
    weights->pass_planes = stage->in_planes;
    b->group->resident_words += (int32_t)words_of(stage);
    b->group->resident_entries += entries_of(stage);
}

/** What streamed stages with several blocks want of the buffers: two groups of the largest. */
typedef struct ring_wish {
    int64_t words, entries;            // of the stage that wants most
    int64_t next_words, next_entries;  // of the others
    int32_t most_words, most_entries;  // that stage
} ring_wish;

static void wish_more(int64_t wish, int32_t index, int64_t *most, int64_t *next, int32_t *of) {
    if (wish > *most) {
        *next = *most;
        *most = wish;
        *of = index;
    } else if (wish > *next) {
        *next = wish;
    }
}

static ring_wish find_wish(const budget *b) {
    ring_wish wish = {.most_words = -1, .most_entries = -1};
    for (int32_t i = 0; i <= b->group->last - b->group->first; ++i) {
        const tsr_stage *stage = stage_of(b, i);
        if (stage->m_groups > 0 && !b->group->weights[i].resident && !is_alone(b, i)) {
            wish_more(2 * (int64_t)stage->group_words, i, &wish.words, &wish.next_words,
                      &wish.most_words);
            wish_more(2 * (int64_t)tsr_plan_group_entries(stage), i, &wish.entries,
                      &wish.next_entries, &wish.most_entries);
        }
    }
    return wish;
}

static bool can_be_resident(const budget *b, const ring_wish *wish, int32_t index) {
    const tsr_stage *stage = stage_of(b, index);
    if (stage->m_groups == 0 || b->group->weights[index].resident || blocks_of(b, index) < 2) {
        return false;
    }
    const int64_t ring = index == wish->most_words ? wish->next_words : wish->words;
    const int64_t entries = index == wish->most_entries ? wish->next_entries : wish->entries;
    return b->group->resident_words + words_of(stage) + ring <= b->words &&
           b->group->resident_entries + entries_of(stage) + entries <= b->entries;
}

/** All that would share the buffers can stay, and no ring is left over: then all of it does. */
static bool keep_all(budget *b) {
    const int32_t stages = b->group->last - b->group->first + 1;
    int64_t words = 0;
    int64_t entries = 0;
    for (int32_t i = 0; i < stages; ++i) {
        words += is_alone(b, i) ? 0 : words_of(stage_of(b, i));
        entries += is_alone(b, i) ? 0 : entries_of(stage_of(b, i));
    }
    const bool fits = words <= b->words && entries <= b->entries;
    for (int32_t i = 0; i < stages && fits; ++i) {
        if (!is_alone(b, i) && stage_of(b, i)->m_groups > 0) {
            make_resident(b, i);
        }
    }
    return fits;
}

/** Each word of a stage saves as many reads as the stage has blocks; of equals the smallest stage
 * first. */
static void choose_residents(budget *b) {
    for (;;) {
        const ring_wish wish = find_wish(b);
        int32_t best = -1;
        for (int32_t i = 0; i <= b->group->last - b->group->first; ++i) {
            if (!can_be_resident(b, &wish, i)) {
                continue;
            }
            const int64_t more = best < 0 ? 1 : blocks_of(b, i) - blocks_of(b, best);
            if (more > 0 || (more == 0 && words_of(stage_of(b, i)) < words_of(stage_of(b, best)))) {
                best = i;
            }
        }
        if (best < 0) {
            return;
        }
        make_resident(b, best);
    }
}

/** The best choice of all instead of that of choose_residents. */
static void improve_residents(budget *b) {
    tsr_resident_problem problem = {.words = b->words, .entries = b->entries};
    for (int32_t i = 0; i <= b->group->last - b->group->first; ++i) {
        const tsr_stage *stage = stage_of(b, i);
        const int64_t ring = 2 * (int64_t)stage->group_words;
        const int64_t ring_entries = 2 * (int64_t)tsr_plan_group_entries(stage);
        if (stage->m_groups == 0 || is_alone(b, i)) {
            continue;
        }
        if (blocks_of(b, i) < 2) {
            problem.ring = ring > problem.ring ? ring : problem.ring;
            problem.ring_entries =
                ring_entries > problem.ring_entries ? ring_entries : problem.ring_entries;
            continue;
        }
        if (problem.count == TSR_RESIDENT_ITEMS_MAX) {
            return;
        }
        problem.items[problem.count++] = (tsr_resident_item){
            .index = i,
            .words = words_of(stage),
            .entries = entries_of(stage),
            .ring = ring,
            .ring_entries = ring_entries,
            .saves = (uint64_t)(blocks_of(b, i) - 1) * tsr_plan_weight_bytes(stage),
            .stays = b->group->weights[i].resident};
    }
    tsr_resident_choose(&problem);
    b->group->resident_words = b->group->resident_entries = 0;
    for (int32_t k = 0; k < problem.count; ++k) {
        b->group->weights[problem.items[k].index].resident = false;
        if (problem.items[k].stays) {
            make_resident(b, problem.items[k].index);
        }
    }
}

static tsr_status all_resident(budget *b, tsr_error *err) {
    int64_t words = 0;
    int64_t entries = 0;
    for (int32_t i = 0; i <= b->group->last - b->group->first; ++i) {
        words += stage_of(b, i)->m_groups > 0 ? words_of(stage_of(b, i)) : 0;
        entries += entries_of(stage_of(b, i));
    }
    const char *name = tsr_plan_stage_name(b->plan, b->group->first);
    const int64_t word_bytes = tsr_arch_weight_word_bytes(&b->plan->arch);
    TSR_CHECK(words <= b->words, TSR_ERR_NOT_FIT, err, name,
              "weight buffer: the group from %s to %s has %" PRId64
              " bytes of resident weights, there are %" PRId64,
              name, tsr_plan_stage_name(b->plan, b->group->last), words * word_bytes,
              b->words * word_bytes);
    TSR_CHECK(entries <= b->entries, TSR_ERR_NOT_FIT, err, name,
              "parameter buffer: the group from %s to %s has %" PRId64
              " resident channels, there are %d",
              name, tsr_plan_stage_name(b->plan, b->group->last), entries * b->plan->arch.tm,
              b->plan->arch.parameter_channels);
    for (int32_t i = 0; i <= b->group->last - b->group->first; ++i) {
        if (stage_of(b, i)->m_groups > 0) {
            make_resident(b, i);
        }
    }
    return TSR_OK;
}

/** A portion of the weights stays for several blocks. */
static bool meets_many(const budget *b, int32_t index) {
    const tsr_level *level = level_of(b->group, b->group->first + index);
    return level->stack > 1 ||
           (level->batch && !tsr_block_grid_is_whole(&stage_of(b, index)->grid));
}

tsr_status tsr_weights_choose(const tsr_plan *plan, tsr_group *group, tsr_error *err) {
    budget b = {.plan = plan,
                .group = group,
                .words = tsr_arch_weight_words(&plan->arch),
                .entries = plan->arch.parameter_channels / plan->arch.tm};
    if (plan->schedule.residency == TSR_RESIDENCY_RESIDENT) {
        TSR_TRY(all_resident(&b, err));
    } else if (plan->schedule.residency == TSR_RESIDENCY_AUTO && !keep_all(&b)) {
        choose_residents(&b);
        if (plan->schedule.mode == TSR_SCHEDULE_AUTO) {
            improve_residents(&b);
        }
    }
    group->weight_bytes = 0;
    for (int32_t i = 0; i <= group->last - group->first; ++i) {
        tsr_stage_weights *weights = &group->weights[i];
        const tsr_stage *stage = stage_of(&b, i);
        if (stage->m_groups == 0) {
            continue;
        }
        const bool alone = is_alone(&b, i);
        if (!weights->resident) {
            weights->ring_base = alone ? 0 : group->resident_words;
            weights->ring_words = (int32_t)b.words - weights->ring_base;
            weights->ring_entry_base = alone ? 0 : group->resident_entries;
            weights->ring_entries = (int32_t)b.entries - weights->ring_entry_base;
            tsr_stage in_ring = *stage;
            in_ring.conv_max_h += meets_many(&b, i);  // not one tile: no sums over several passes
            TSR_TRY(tsr_weights_fit_ring(
                &plan->arch, &in_ring, tsr_plan_stage_name(plan, group->first + i), weights, err));
        }
        weights->fetches = weights->resident ? 1 : blocks_of(&b, i);
        group->weight_bytes += (uint64_t)weights->fetches * tsr_plan_weight_bytes(stage);
    }
    return TSR_OK;
}
