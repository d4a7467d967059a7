// SPDX-License-Identifier: Apache-2.0
// Where holdings lie in their maps, and the slots that hold them.
#include <stdio.h>

#include "base/checked.h"
#include "plan/fused/fuse_holdings.h"
#include "plan/fused/fuse_levels.h"
#include "plan/model/slots.h"
#include "plan/stages/pixel_pack.h"

tsr_block tsr_level_block(const tsr_plan *plan, const tsr_group *group, int32_t s, int32_t row,
                          int32_t col) {
    const tsr_stage *stage = &plan->stages[s];
    if (!group->levels[tsr_group_level_of(group, s)].batch) {
        return tsr_geometry_block(plan, stage, row, col);
    }
    const tsr_rect in = {0, 0, stage->in.h, stage->in.w};
    return (tsr_block){.cell = in,
                       .in = in,
                       .conv = {0, 0, stage->conv_h, stage->conv_w},
                       .out = {0, 0, stage->out.h, stage->out.w}};
}

static tsr_rect around(tsr_rect a, tsr_rect b) {
    if (a.h <= 0 || a.w <= 0) {
        return b;
    }
    if (b.h <= 0 || b.w <= 0) {
        return a;
    }
    const int32_t bottom = tsr_max_i32(a.y0 + a.h, b.y0 + b.h);
    const int32_t right = tsr_max_i32(a.x0 + a.w, b.x0 + b.w);
    const int32_t top = tsr_min_i32(a.y0, b.y0);
    const int32_t left = tsr_min_i32(a.x0, b.x0);
    return (tsr_rect){top, left, bottom - top, right - left};
}

static int32_t index_of(const tsr_group *group, const tsr_holding *h) {
    return (int32_t)(h - group->holdings);
}

/** All that the readers of a holding touch (or their whole cells) at a block of its level. */
static tsr_rect read_by_all(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h,
                            bool cells, int32_t row, int32_t col) {
    tsr_rect all = {0};
    for (int32_t s = h->first_reader; s >= 0 && s <= h->last_reader; ++s) {
        const tsr_uses *uses = &group->uses[s - group->first];
        if (uses->in != index_of(group, h) && uses->added != index_of(group, h)) {
            continue;
        }
        const tsr_block b = tsr_level_block(plan, group, s, row, col);
        const bool empty = b.conv.h <= 0 || b.conv.w <= 0 || b.out.h <= 0 || b.out.w <= 0;
        if (empty && !cells) {
            continue;
        }
        if (uses->in == index_of(group, h)) {
            all = around(all, cells ? b.cell : b.in);
        }
        if (uses->added == index_of(group, h)) {
            all = around(all, b.conv);
        }
    }
    return all;
}

tsr_rect tsr_holding_frame(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h,
                           int32_t row, int32_t col) {
    return h->made ? tsr_holding_written(plan, group, h, h->first_writer, row, col)
                   : read_by_all(plan, group, h, true, row, col);
}

tsr_rect tsr_holding_loaded(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h,
                            int32_t row, int32_t col) {
    return read_by_all(plan, group, h, false, row, col);
}

int64_t tsr_holding_pixels(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h) {
    const tsr_level *level = &group->levels[h->level];
    const tsr_stage *first = &plan->stages[h->first_reader];
    if (h->first_reader == h->last_reader && !level->batch) {
        return group->uses[h->first_reader - group->first].in == index_of(group, h)
                   ? first->in_pixels
                   : first->conv_pixels;
    }
    int64_t rows = 0;  // rectangles of a row of blocks differ in width only
    int64_t cols = 0;
    for (int32_t row = 0; row < level->rows; ++row) {
        rows += tsr_holding_loaded(plan, group, h, row, 0).h;
    }
    for (int32_t col = 0; col < level->cols; ++col) {
        cols += tsr_holding_loaded(plan, group, h, 0, col).w;
    }
    return rows * cols;
}

/** Extents of the largest frame, for all blocks that are run together: their planes lie one behind
 * the other. */
static tsr_shape largest_frame(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h) {
    const tsr_level *level = &group->levels[h->level];
    tsr_shape most = {.c = h->planes * level->stack};
    for (int32_t row = 0; row < level->rows; ++row) {
        most.h = tsr_max_i32(most.h, tsr_holding_frame(plan, group, h, row, 0).h);
    }
    for (int32_t col = 0; col < level->cols; ++col) {
        most.w = tsr_max_i32(most.w, tsr_holding_frame(plan, group, h, 0, col).w);
    }
    return most;
}

/** The stage that reads a holding as its input, -1 if it is only added or stored. */
static int32_t reader_of(const tsr_group *group, const tsr_holding *h) {
    for (int32_t s = h->first_reader; s >= 0 && s <= h->last_reader; ++s) {
        if (group->uses[s - group->first].in == index_of(group, h)) {
            return s;
        }
    }
    return -1;
}

void tsr_holdings_name_slots(const tsr_plan *plan, tsr_group *group) {
    for (int32_t i = 0; i < group->holding_count; ++i) {
        const tsr_holding *h = &group->holdings[i];
        const int32_t reader = reader_of(group, h);
        const char *what = reader >= 0 ? "input of" : h->made ? "output of" : "added in";
        const int32_t stage = reader >= 0 ? reader : h->made ? h->first_writer : h->first_reader;
        const int32_t slots[2] = {h->slot, h->twin};
        for (int32_t k = 0; k < 2; ++k) {
            if (slots[k] >= 0) {
                tsr_slot *slot = &group->slots[slots[k]];
                (void)snprintf(slot->name, sizeof slot->name, "%s %.32s", what,
                               tsr_plan_stage_name(plan, stage));
            }
        }
    }
}

/** Life time in steps: what finer levels fill is there while they run. */
static void set_life(const tsr_group *group, const tsr_holding *h, tsr_slot *slot) {
    const int32_t first = h->made && (h->first_reader < 0 || h->first_writer < h->first_reader)
                              ? h->first_writer
                              : h->first_reader;
    const bool filled_below = h->made && tsr_group_level_of(group, h->first_writer) < h->level;
    slot->first_step = filled_below ? 0 : first - group->first;
    slot->last_step = tsr_max_i32(h->last_reader, h->last_writer) - group->first;
}

static void add_slot(const tsr_plan *plan, tsr_group *group, tsr_holding *h, int32_t reader) {
    h->slot = tsr_slot_add(&plan->arch, group, "", largest_frame(plan, group, h),
                           reader >= 0 ? plan->stages[reader].stride_w : 1);
    h->twin = -1;
    tsr_slot *slot = &group->slots[h->slot];
    if (reader >= 0) {
        const tsr_stage *stage = &plan->stages[reader];
        const bool batch = group->levels[h->level].batch;
        tsr_slot_pack(&plan->arch, slot, stage->pack, batch ? stage->grid.cols : 1);
    }
    slot->load_writes = h->loads;
    slot->compute_writes = h->made;
    slot->compute_reads = h->first_reader >= 0;
    set_life(group, h, slot);
}

void tsr_holdings_add_slots(const tsr_plan *plan, tsr_group *group) {
    group->slot_count = 0;
    group->apart_count = 0;
    for (int32_t only_added = 0; only_added < 2; ++only_added) {
        for (int32_t i = 0; i < group->holding_count; ++i) {
            tsr_holding *h = &group->holdings[i];
            const int32_t reader = reader_of(group, h);
            if ((!h->made && reader < 0) == (only_added != 0)) {
                add_slot(plan, group, h, reader);
            }
        }
    }
    for (int32_t s = group->first; s <= group->last; ++s) {
        const tsr_uses *uses = &group->uses[s - group->first];
        if (uses->added >= 0) {
            tsr_slot_part(group, group->holdings[uses->in].slot, group->holdings[uses->added].slot);
        }
        group->slots[group->holdings[uses->out].slot].store_reads |=
            plan->stages[s].last_reader > group->last;
    }
}
