// SPDX-License-Identifier: Apache-2.0
// Choice of tiles and loop order for one stage. Every candidate is (cut of rows, cut of columns,
// order, groups a pass).
#include "plan/tiled/tiling.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/checked.h"
#include "plan/model/geometry.h"
#include "plan/model/slots.h"
#include "plan/stages/pixel_pack.h"
#include "plan/tiled/tile_price.h"
#include "plan/weights/residency.h"

static bool order_allowed(const tsr_tile_search *s, tsr_loop_order order) {
    switch (s->plan->schedule.residency) {
        case TSR_RESIDENCY_PER_BLOCK:
            return order == TSR_ORDER_TILE_OUTER || s->stage.m_groups == 0;
        case TSR_RESIDENCY_RESIDENT:
            return order != TSR_ORDER_TILE_OUTER || s->stage.m_groups == 0;
        case TSR_RESIDENCY_PER_GROUP:
            return order == TSR_ORDER_WEIGHT_OUTER || order == TSR_ORDER_CHANNELS ||
                   s->stage.m_groups == 0;
        case TSR_RESIDENCY_BLOCK_BATCH:  // blocks that are cut further: one load for each tile
            return order == TSR_ORDER_TILE_OUTER || tsr_block_grid_is_whole(&s->stage.grid);
        default:
            return true;
    }
}

static void offer(tsr_tile_search *s, tsr_tile_candidate c) {
    const int64_t lines = tsr_tile_lines(s, &c);
    if (lines > tsr_arch_feature_lines(&s->plan->arch)) {
        s->least_lines = lines < s->least_lines ? lines : s->least_lines;
        return;
    }
    tsr_tile_price(s, &c);
    // tiles with all channels are loaded in fewer pieces
    const bool simpler = c.order != TSR_ORDER_CHANNELS || (s->found && s->best.order == c.order);
    const bool better = !s->found || c.bytes < s->best.bytes ||
                        (simpler && c.bytes == s->best.bytes && c.cycles < s->best.cycles);
    if (better) {
        s->best = c;
        s->found = true;
    }
}

/** Between the windows are pixels that nobody reads: finer tiles leave some of them out. */
static bool skips_pixels(const tsr_stage *stage) {
    return stage->stride_h > stage->kernel_h || stage->stride_w > stage->kernel_w;
}

/** Coarsest cut of the rows that fits; finer ones only move more, unless windows leave pixels out. */
static void try_rows(tsr_tile_search *s, tsr_tile_candidate c) {
    const bool every = s->plan->schedule.mode == TSR_SCHEDULE_AUTO && skips_pixels(&s->stage);
    for (int32_t r = 0; r < s->rows.count; ++r) {
        c.rows = &s->rows.cuts[r];
        const int32_t limit = tsr_tile_groups_limit(s, c.order, tsr_tile_count(s, &c));
        if (c.pass_groups > limit) {
            continue;
        }
        offer(s, c);
        if (!every && tsr_tile_lines(s, &c) <= tsr_arch_feature_lines(&s->plan->arch)) {
            return;
        }
    }
}

/** Sums that go on over passes: the array keeps one tile of tp pixels, so tiles must be that small.
 */
static bool must_be_one_tile(const tsr_tile_search *s) {
    return s->stage.m_groups > 0 && s->stage.group_words > s->words;
}

/** How many groups a pass has matters where the input is read again for each pass. */
static void try_passes(tsr_tile_search *s, tsr_tile_candidate c) {
    c.pass_groups = c.order == TSR_ORDER_WEIGHT_OUTER ? s->stage.m_groups
                    : c.order == TSR_ORDER_CHANNELS   ? tsr_tile_units(&s->stage)
                                                      : 1;
    while (c.pass_groups >= 1) {
        try_rows(s, c);
        c.pass_groups = c.pass_groups == 1 ? 0 : (c.pass_groups + 1) / 2;
    }
}

/** From all pictures side by side to one by one, evenly. */
static void try_abreast(tsr_tile_search *s, tsr_tile_candidate c) {
    const int32_t pictures = s->plan->network.batch;
    int32_t most = tsr_tile_most_abreast(s);
    if (must_be_one_tile(s)) {
        most = (int32_t)tsr_min_i64(most, s->plan->arch.tp);
    }
    for (c.abreast = most; c.abreast >= 1; --c.abreast) {
        c.abreast = tsr_balanced(pictures, c.abreast);
        try_passes(s, c);
    }
}

static void try_orders(tsr_tile_search *s) {
    for (int32_t order = 0; order < TSR_ORDER_COUNT; ++order) {
        if (!order_allowed(s, (tsr_loop_order)order)) {
            continue;
        }
        for (int32_t col = 0; col < s->cols.count; ++col) {
            const tsr_tile_candidate c = {.cols = &s->cols.cuts[col],
                                          .order = (tsr_loop_order)order};
            try_abreast(s, c);
        }
    }
}

/** Only cuts whose tiles are one tile of the array. */
static void keep_one_tile(tsr_tile_search *s) {
    int32_t col = 0;
    while (col + 1 < s->cols.count && s->cols.cuts[col].conv_max > s->plan->arch.tp) {
        ++col;
    }
    s->cols.cuts[0] = s->cols.cuts[col];
    s->cols.count = 1;
    s->rows.cuts[0] = s->rows.cuts[s->rows.count - 1];
    s->rows.count = 1;
}

/** Where no bytes depend on it: the largest passes that fit, but enough of them for loads and
 * stores to overlap. */
static void enlarge_passes(tsr_tile_search *s) {
    enum { ENOUGH_UNITS = 4 };

    tsr_tile_candidate *best = &s->best;
    if (s->stage.m_groups == 0 || best->order == TSR_ORDER_CHANNELS ||
        (best->order == TSR_ORDER_WEIGHT_OUTER && tsr_tile_count(s, best) > 1)) {
        return;
    }
    const int64_t passes = tsr_ceil_div(ENOUGH_UNITS, tsr_tile_count(s, best));
    int32_t groups =
        (int32_t)tsr_min_i64(tsr_tile_groups_limit(s, best->order, tsr_tile_count(s, best)),
                             tsr_ceil_div(s->stage.m_groups, passes));
    for (; groups > best->pass_groups; --groups) {
        tsr_tile_candidate c = *best;
        c.pass_groups = tsr_balanced(s->stage.m_groups, groups);
        if (tsr_tile_lines(s, &c) <= tsr_arch_feature_lines(&s->plan->arch)) {
            tsr_tile_price(s, &c);
            *best = c;
            return;
        }
    }
}

/** What the slots must not cost: an automatic schedule takes the tiles that move least with the slots
 * that need least, and the most generous slots with which they do; others the first slots that fit. */
static uint64_t fewest_bytes(tsr_tile_search *s, const tsr_tile_storage *tightest) {
    if (s->plan->schedule.mode != TSR_SCHEDULE_AUTO) {
        return UINT64_MAX;
    }
    s->storage = *tightest;
    try_orders(s);
    const uint64_t fewest = s->found ? s->best.bytes : UINT64_MAX;
    s->found = false;
    return fewest;
}

static tsr_status find(tsr_tile_search *s, tsr_error *err) {
    static const tsr_tile_storage ways[] = {
        {2, 2, true}, {1, 2, true}, {1, 1, true}, {1, 1, false}};
    const size_t count = sizeof ways / sizeof ways[0];
    const char *name = tsr_plan_stage_name(s->plan, s->index);
    s->least_lines = INT64_MAX;
    TSR_CHECK(!must_be_one_tile(s) || (!s->stage.pools && !s->stage.untiled && s->stage.step == 1 &&
                                       s->stage.groups == 1 && s->stage.form == TSR_FORM_DENSE),
              TSR_ERR_NOT_FIT, err, name,
              "weight buffer: %d output channels need %" PRId64 " bytes, there are %" PRId64,
              s->plan->arch.tm,
              (int64_t)s->stage.group_words * tsr_arch_weight_word_bytes(&s->plan->arch),
              s->plan->arch.weight_buffer_bytes);
    if (must_be_one_tile(s)) {
        keep_one_tile(s);
    }
    const uint64_t fewest = fewest_bytes(s, &ways[count - 1]);
    for (size_t i = 0; i < count && !(s->found && s->best.bytes <= fewest); ++i) {
        s->found = false;
        s->storage = ways[i];
        try_orders(s);
    }
    // with every order out of the question, no tile was looked at
    TSR_CHECK(s->found || s->least_lines < INT64_MAX, TSR_ERR_NOT_FIT, err, name,
              "weight buffer: with %s weights %d output channels must stay, %" PRId64
              " bytes; there are %" PRId64,
              tsr_residency_name(s->plan->schedule.residency), s->plan->arch.tm,
              (int64_t)s->stage.group_words * tsr_arch_weight_word_bytes(&s->plan->arch),
              s->plan->arch.weight_buffer_bytes);
    const int64_t line_bytes = tsr_arch_line_bytes(&s->plan->arch);
    TSR_CHECK(s->found, TSR_ERR_NOT_FIT, err, name,
              "feature buffer: its smallest tiles need %" PRId64 " bytes, there are %" PRId64
              ": %" PRId64 " are missing",
              s->least_lines * line_bytes, s->plan->arch.feature_buffer_bytes,
              s->least_lines * line_bytes - s->plan->arch.feature_buffer_bytes);
    enlarge_passes(s);
    return TSR_OK;
}

static void place_slots(const tsr_tile_search *s, tsr_group *group) {
    const tsr_arch *arch = &s->plan->arch;
    const tsr_tile_candidate *c = &s->best;
    const tsr_shape in = {tsr_tile_in_planes(s, c), c->rows->in_max, c->abreast * c->cols->in_max};
    const int32_t planes = tsr_tile_planes(s, c);
    const tsr_shape out = {planes, c->rows->out_max, c->abreast * c->cols->out_max};
    const tsr_shape added = {planes, c->rows->conv_max, c->abreast * c->cols->conv_max};
    tsr_tiling *tiling = &group->tiling;
    for (int32_t i = 0; i < tiling->load_slots; ++i) {
        const int32_t slot = tsr_slot_add(arch, group, "input tile", in, tsr_tile_stride(s, c));
        tsr_slot_pack(arch, &group->slots[slot], s->stage.pack, 1);
        group->slots[slot].load_writes = group->slots[slot].compute_reads = true;
        *(i == 0 ? &group->load_slot : &group->second_load_slot) = slot;
    }
    if (s->added != NULL) {
        group->added_slot = tsr_slot_add(arch, group, "added tile", added, 1);
        tsr_slot *slot = &group->slots[group->added_slot];
        slot->load_writes = slot->compute_reads = true;
    }
    for (int32_t i = 0; i < tiling->store_slots; ++i) {
        const int32_t slot = tsr_slot_add(arch, group, "output tile", out, 1);
        group->slots[slot].compute_writes = group->slots[slot].store_reads = true;
        *(i == 0 ? &group->store_slot : &group->second_store_slot) = slot;
    }
    // in the order above, one behind the other: this is what lines_of counted
    int64_t base = 0;
    for (int32_t i = 0; i < group->slot_count; ++i) {
        tsr_slot *slot = &group->slots[i];
        const bool starts_output = i == group->store_slot;
        const bool starts_added = s->added != NULL && i == group->added_slot;
        if (starts_added || (starts_output && group->apart)) {
            base = tsr_tile_sectors(s, base);
        }
        slot->base = (int32_t)base;
        base += slot->lines;
    }
    group->peak_lines = (int32_t)base;
}

static tsr_status fill_weights(const tsr_tile_search *s, tsr_group *group, tsr_error *err) {
    tsr_stage_weights *w = &group->weights[0];
    const tsr_tile_candidate *c = &s->best;
    w->pass_groups = c->pass_groups;
    w->pass_planes = s->stage.in_planes;
    if (s->stage.m_groups == 0) {
        return TSR_OK;
    }
    w->ring_words = s->words;
    w->ring_entries = s->entries;
    w->resident = c->order == TSR_ORDER_RESIDENT;
    w->fetches = c->order == TSR_ORDER_TILE_OUTER ? tsr_tile_count(s, c) : 1;
    group->resident_words = w->resident ? s->stage.m_groups * s->stage.group_words : 0;
    group->resident_entries =
        w->resident ? s->stage.m_groups * tsr_plan_group_entries(&s->stage) : 0;
    group->weight_bytes = (uint64_t)w->fetches * tsr_plan_weight_bytes(&s->stage);
    const bool stays =
        w->resident || (c->order != TSR_ORDER_TILE_OUTER && tsr_tile_count(s, c) > 1);
    if (!stays && c->pass_groups == 1) {  // one group at a time, or less than one
        tsr_stage stage = s->stage;
        stage.conv_max_h = c->rows->conv_max;
        stage.conv_max_w = c->abreast * c->cols->conv_max;
        TSR_TRY(tsr_weights_fit_ring(&s->plan->arch, &stage, tsr_plan_stage_name(s->plan, s->index),
                                     w, err));
        w->pass_groups = 1;
    }
    return TSR_OK;
}

static tsr_status fill(const tsr_tile_search *s, tsr_group *group, tsr_error *err) {
    const tsr_tile_candidate *c = &s->best;
    tsr_tiling *tiling = &group->tiling;
    *tiling = (tsr_tiling){
        .by_grid = !tsr_block_grid_is_whole(&s->stage.grid),
        .tile_h = c->rows->tile,
        .tile_w = c->cols->tile,
        .rows = c->rows->tiles,
        .cols = c->cols->tiles,
        .abreast = c->abreast,
        .weight_outer = c->order == TSR_ORDER_WEIGHT_OUTER,
        .by_channels = c->order == TSR_ORDER_CHANNELS,
        .load_slots = (int32_t)tsr_min_i64(s->storage.load_slots, tsr_tile_loads(s, c)),
        .store_slots = (int32_t)tsr_min_i64(s->storage.store_slots,
                                            tsr_tile_count(s, c) * tsr_tile_passes(s, c)),
        .bytes = c->bytes,
        .pass_cycles = c->cycles};
    group->apart = s->storage.apart;
    group->prefetch = tiling->load_slots > 1 ? TSR_PREFETCH_DOUBLE : TSR_PREFETCH_REFILL;
    TSR_TRY(fill_weights(s, group, err));
    place_slots(s, group);
    group->input_bytes = c->bytes - group->weight_bytes;
    group->output_bytes = tsr_plan_written_bytes(s->plan, &s->stage);
    if (s->added != NULL) {
        const int64_t pixels = s->plan->network.batch * c->rows->conv_sum * c->cols->conv_sum;
        group->side_bytes = (uint64_t)(pixels * s->stage.out_planes * s->added->pixel_bytes);
    }
    return TSR_OK;
}

tsr_status tsr_group_tile(const tsr_plan *plan, int32_t stage, tsr_group *group, tsr_error *err) {
    const int32_t residual = plan->stages[stage].residual_map;
    tsr_tile_search s = {.plan = plan,
                         .stage = tsr_geometry_for_tiles(&plan->stages[stage]),
                         .index = stage,
                         .in = &plan->maps[plan->stages[stage].in_map],
                         .added = residual == TSR_PLAN_NONE ? NULL : &plan->maps[residual],
                         .words = tsr_arch_weight_words(&plan->arch),
                         .entries = plan->arch.parameter_channels / plan->arch.tm};
    tsr_group made = {0};
    TSR_TRY(tsr_plan_group_create(stage, stage, &made, err));
    tsr_status status = tsr_axis_cuts_make(plan, &s.stage, true, &s.rows, err);
    if (status == TSR_OK) {
        status = tsr_axis_cuts_make(plan, &s.stage, false, &s.cols, err);
    }
    if (status == TSR_OK) {
        status = find(&s, err);
    }
    if (status == TSR_OK) {
        status = fill(&s, &made, err);
    }
    tsr_axis_cuts_free(&s.rows);
    tsr_axis_cuts_free(&s.cols);
    if (status != TSR_OK) {
        tsr_plan_group_free(&made);
        return status;
    }
    *group = made;
    return TSR_OK;
}
