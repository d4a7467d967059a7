// SPDX-License-Identifier: Apache-2.0
// Fused groups. Time is counted in steps, the stages of the group; blocks of a level run without a
// break.
#include "plan/fuse.h"

#include <inttypes.h>

#include "base/check.h"
#include "plan/geometry.h"
#include "plan/residency.h"
#include "plan/slots.h"

int32_t tsr_group_level_of(const tsr_group *group, int32_t stage) {
    int32_t k = 0;
    while (k + 1 < group->level_count && stage > group->levels[k].last) {
        ++k;
    }
    return k;
}

uint64_t tsr_group_bytes(const tsr_group *group) {
    return group->input_bytes + group->output_bytes + group->weight_bytes + group->side_bytes;
}

int32_t tsr_group_buffer_of(const tsr_plan *plan, const tsr_group *group, int32_t map) {
    const int32_t writer = plan->maps[map].first_writer;
    if (map == plan->stages[group->first].in_map) {
        return 0;
    }
    return writer >= group->first && writer <= group->last ? writer - group->first + 1 : -1;
}

/** A fused group is a chain so far. */
static bool follows(const tsr_plan *plan, int32_t s) {
    const tsr_stage *stage = &plan->stages[s];
    const tsr_map *map = &plan->maps[stage->in_map];
    return stage->in_map == plan->stages[s - 1].out_map && map->first_writer == map->last_writer &&
           map->planes == stage->in_planes;
}

static tsr_status make_levels(const tsr_plan *plan, int32_t batch_from, tsr_group *group,
                              tsr_error *err) {
    for (int32_t s = group->first; s <= group->last; ++s) {
        const tsr_stage *stage = &plan->stages[s];
        const char *name = tsr_plan_stage_name(plan, s);
        TSR_CHECK(s == group->first || follows(plan, s), TSR_ERR_UNSUPPORTED, err, name,
                  "it does not read what %s makes", tsr_plan_stage_name(plan, s - 1));
        TSR_CHECK(s == group->first || tsr_geometry_reads_all(&plan->stages[s - 1], stage),
                  TSR_ERR_UNSUPPORTED, err, name, "it does not read every block of %s",
                  tsr_plan_stage_name(plan, s - 1));
        if (s > batch_from ||
            (s > group->first && s != batch_from && stage->relation == TSR_RELATION_SAME)) {
            group->levels[group->level_count - 1].last = s;
            continue;
        }
        TSR_CHECK(s == group->first || s == batch_from || stage->relation == TSR_RELATION_JOIN,
                  TSR_ERR_UNSUPPORTED, err, name,
                  "its %d x %d blocks are not put together from whole blocks of %s (%d x %d)",
                  stage->grid.rows, stage->grid.cols, tsr_plan_stage_name(plan, s - 1),
                  plan->stages[s - 1].grid.rows, plan->stages[s - 1].grid.cols);
        const bool batch = s == batch_from;
        group->levels[group->level_count++] =
            (tsr_level){s, s, batch ? 1 : stage->grid.rows, batch ? 1 : stage->grid.cols, batch};
    }
    return TSR_OK;
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

static bool in_batch(const tsr_group *group, int32_t stage) {
    return group->levels[tsr_group_level_of(group, stage)].batch;
}

/** Words of the largest filling of buffer b: what stage first + b reads, or what the last one
 * writes. */
static tsr_shape buffer_words(const tsr_plan *plan, const tsr_group *group, int32_t b) {
    const int32_t reader = group->first + b;
    tsr_shape words = {0};
    if (reader <= group->last) {
        const tsr_stage *stage = &plan->stages[reader];
        const tsr_shape most = in_batch(group, reader) ? stage->in : stage->cell_max;
        words = (tsr_shape){stage->in_planes, most.h, most.w};
    }
    if (b > 0) {
        const tsr_stage *writer = &plan->stages[reader - 1];
        words.c = larger(words.c, writer->made_planes);
        if (reader > group->last) {
            const tsr_shape most = in_batch(group, reader - 1) ? writer->out : writer->out_max;
            words.h = most.h;
            words.w = most.w;
        }
    }
    return words;
}

static void add_buffer(const tsr_plan *plan, tsr_group *group, int32_t b) {
    const int32_t reader = group->first + b;
    const bool is_output = reader > group->last;
    const int32_t stride = is_output ? 1 : plan->stages[reader].stride_w;
    char name[48];
    (void)snprintf(name, sizeof name, "%s of %.32s", is_output ? "output" : "input",
                   tsr_plan_stage_name(plan, is_output ? reader - 1 : reader));
    group->buffer_slot[b] =
        tsr_slot_add(&plan->arch, group, name, buffer_words(plan, group, b), stride);
    tsr_slot *slot = &group->slots[group->buffer_slot[b]];
    slot->load_writes = b == 0;
    slot->compute_writes = b > 0;
    slot->compute_reads = !is_output;
    slot->store_reads = is_output;
    slot->first_step = b > 0 ? b - 1 : 0;
    slot->last_step = is_output ? b - 1 : b;
    const int32_t level = is_output ? 0 : tsr_group_level_of(group, reader);
    if (level > 0 && group->levels[level].first == reader) {
        slot->first_step = 0;  // a join: filled block by block while the levels below run
    }
}

/** The on-chip buffer that holds what a stage adds, or -1. */
static int32_t residual_buffer(const tsr_plan *plan, const tsr_group *group, int32_t stage) {
    const int32_t b = tsr_group_buffer_of(plan, group, plan->stages[stage].residual_map);
    if (b < 0 || group->first + b >= stage) {  // its own input: one read port cannot serve both
        return -1;
    }
    const bool same_blocks =
        tsr_group_level_of(group, group->first + b) == tsr_group_level_of(group, stage);
    const tsr_stage *writer = b > 0 ? &plan->stages[group->first + b - 1] : NULL;
    const bool all_planes =
        writer == NULL || writer->made_planes >= plan->stages[stage].made_planes;
    return same_blocks && all_planes ? b : -1;
}

static void load_residual(const tsr_plan *plan, tsr_group *group, int32_t stage) {
    const tsr_stage *s = &plan->stages[stage];
    char name[48];
    (void)snprintf(name, sizeof name, "added in %.32s", tsr_plan_stage_name(plan, stage));
    const bool whole = in_batch(group, stage);
    const tsr_shape words = {s->made_planes, whole ? s->conv_h : s->conv_max_h,
                             whole ? s->conv_w : s->conv_max_w};
    const int32_t index = tsr_slot_add(&plan->arch, group, name, words, 1);
    const int32_t step = stage - group->first;
    tsr_slot *slot = &group->slots[index];
    slot->load_writes = slot->compute_reads = true;
    slot->first_step = slot->last_step = step;
    group->slots[group->buffer_slot[step]].apart_from = index;
    group->residual_slot[step] = index;
    group->residual_loaded[step] = true;
}

static tsr_status add_residual(const tsr_plan *plan, tsr_group *group, int32_t stage, bool keep,
                               tsr_error *err) {
    const int32_t source = plan->maps[plan->stages[stage].residual_map].last_writer;
    const int32_t b = residual_buffer(plan, group, stage);
    if (b > 0 || (b == 0 && keep)) {
        tsr_slot *slot = &group->slots[group->buffer_slot[b]];
        const int32_t step = stage - group->first;
        slot->last_step = larger(slot->last_step, step);
        slot->planes = larger(slot->planes, plan->stages[stage].made_planes);
        slot->lines = (int32_t)tsr_plan_map_lines(&plan->arch, slot->planes, slot->h, slot->w,
                                                  slot->bank_stride);
        group->slots[group->buffer_slot[step]].apart_from = group->buffer_slot[b];
        group->residual_slot[step] = group->buffer_slot[b];
        return TSR_OK;
    }
    TSR_CHECK(source < group->first, TSR_ERR_UNSUPPORTED, err, tsr_plan_stage_name(plan, stage),
              "adds the output of %s, which is on chip in other blocks",
              tsr_plan_stage_name(plan, source));
    load_residual(plan, group, stage);
    return TSR_OK;
}

/** Life times and second slots of a way to load ahead. */
static void apply_prefetch(const tsr_plan *plan, tsr_group *group) {
    const int32_t busy = busy_until(group);
    const int32_t stages = group->last - group->first + 1;
    if (group->prefetch == TSR_PREFETCH_NONE || busy < 0) {
        return;
    }
    tsr_slot *input = &group->slots[group->buffer_slot[0]];
    input->last_step = larger(input->last_step, busy);
    if (level_blocks(&group->levels[group->level_count - 1]) > 1) {
        group->slots[group->buffer_slot[stages]].first_step =
            0;  // stored while the next block runs
    }
    int32_t partner = input->apart_from;
    int32_t partners = partner >= 0 ? 1 : 0;
    for (int32_t i = 0; i < stages; ++i) {
        if (group->residual_slot[i] == group->buffer_slot[0]) {
            partner = group->buffer_slot[i];
            ++partners;
        }
    }
    if (group->prefetch == TSR_PREFETCH_DOUBLE && partners <= 1) {  // a slot knows one partner
        const tsr_shape words = {input->planes, input->h, input->w};
        const int32_t second =
            tsr_slot_add(&plan->arch, group, input->name, words, input->bank_stride);
        tsr_slot *twin = &group->slots[second];
        twin->load_writes = twin->compute_reads = true;
        twin->last_step = input->last_step;
        twin->apart_from = partner;
        group->second_load_slot = second;
    }
}

static tsr_status make_slots(const tsr_plan *plan, tsr_group *group, bool keep, tsr_error *err) {
    const int32_t stages = group->last - group->first + 1;
    group->slot_count = 0;
    group->second_load_slot = -1;
    for (int32_t b = 0; b <= stages; ++b) {
        add_buffer(plan, group, b);
    }
    for (int32_t i = 0; i < stages; ++i) {
        group->residual_slot[i] = -1;
        group->residual_loaded[i] = false;
        group->side_stored[i] =
            i + 1 < stages && plan->stages[group->first + i].last_reader > group->last;
        group->slots[group->buffer_slot[i + 1]].store_reads |= group->side_stored[i];
        if (plan->stages[group->first + i].residual_map != TSR_PLAN_NONE) {
            TSR_TRY(add_residual(plan, group, group->first + i, keep, err));
        }
    }
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

static void count_bytes(const tsr_plan *plan, tsr_group *group) {
    const tsr_stage *first = &plan->stages[group->first];
    const tsr_map *in = &plan->maps[first->in_map];
    group->input_bytes = in_batch(group, group->first)
                             ? (uint64_t)first->in.h * (uint64_t)first->in.w *
                                   (uint64_t)(first->in_planes * in->pixel_bytes)
                             : (uint64_t)(first->in_pixels * first->in_planes * in->pixel_bytes);
    group->output_bytes = tsr_plan_written_bytes(plan, &plan->stages[group->last]);
    group->side_bytes = 0;
    for (int32_t i = 0; i <= group->last - group->first; ++i) {
        const tsr_stage *stage = &plan->stages[group->first + i];
        group->side_bytes += group->side_stored[i] ? tsr_plan_written_bytes(plan, stage) : 0;
        if (group->residual_loaded[i]) {
            const tsr_map *map = &plan->maps[stage->residual_map];
            const int64_t pixels = in_batch(group, group->first + i)
                                       ? (int64_t)stage->conv_h * stage->conv_w
                                       : stage->conv_pixels;
            group->side_bytes += (uint64_t)(pixels * stage->out_planes * map->pixel_bytes);
        }
    }
}

/** One way to fuse; `most_bytes`: a group that moves as much or more is not worth its slots. */
static tsr_status fuse_from(const tsr_plan *plan, int32_t batch_from, uint64_t most_bytes,
                            tsr_group *group, tsr_error *err) {
    TSR_TRY(make_levels(plan, batch_from, group, err));
    TSR_TRY(tsr_weights_choose(plan, group, err));
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

tsr_status tsr_group_fuse(const tsr_plan *plan, int32_t first, int32_t last, tsr_group *group,
                          tsr_error *err) {
    const int32_t stages[2] = {first, last};
    tsr_group best = {0};
    tsr_status status = fuse(plan, stages, last + 1, UINT64_MAX, &best, err);
    const bool found = status == TSR_OK;
    uint64_t most = found ? tsr_group_bytes(&best) : UINT64_MAX;
    if (plan->schedule.residency == TSR_RESIDENCY_AUTO &&
        (found || status == TSR_ERR_NOT_FIT || status == TSR_ERR_UNSUPPORTED)) {
        for (int32_t from = batch_limit(plan, first, last); from <= last; ++from) {
            tsr_group other = {0};
            tsr_error refused = {0};
            const bool differs = !tsr_block_grid_is_whole(&plan->stages[from].grid);
            if (differs && fuse(plan, stages, from, most, &other, &refused) == TSR_OK) {
                tsr_plan_group_free(&best);
                best = other;
                most = tsr_group_bytes(&best);
                status = TSR_OK;
            }
        }
    }
    if (status == TSR_OK) {
        *group = best;
    }
    return status;
}
