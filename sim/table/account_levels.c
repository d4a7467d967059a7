// SPDX-License-Identifier: Apache-2.0
// Which stages exchange blocks on chip, and which maps therefore go through DRAM.
#include "table/account_parts.h"
#include "table/map_bytes.h"

// True when a block is the same part of the map in both, whatever the resolution.
static bool same_share(const tsr_block_grid *a, const tsr_block_grid *b) {
    return (int64_t)a->block_h * b->map_h == (int64_t)b->block_h * a->map_h &&
           (int64_t)a->block_w * b->map_w == (int64_t)b->block_w * a->map_w;
}

// True when blocks of the map's maker cannot go on as blocks of its reader.
static bool joint(const account_work *w, const tsr_outline_operand *operand) {
    const tsr_account_stage *from = &w->account->stages[operand->stage];
    const tsr_account_stage *to = &w->account->stages[operand->reader];
    if (!from->per_block || !to->per_block || from->pool_straddles) {
        return true;
    }
    const bool fixed = from->kind == TSR_BLOCKING_FIXED || to->kind == TSR_BLOCKING_FIXED;
    return from->grid.rows != to->grid.rows || from->grid.cols != to->grid.cols ||
           (fixed && !same_share(&from->grid, &to->grid));
}

// A level is entered only from lower ones: stages of one level never wait for one that is not
// theirs.
static void number_levels(account_work *w) {
    const tsr_outline *outline = w->outline;
    tsr_account_stage *stages = w->account->stages;
    for (int32_t i = 0; i < outline->operand_count; ++i) {
        const tsr_outline_operand *operand = &outline->operands[i];
        if (operand->stage < 0) {
            continue;
        }
        const int32_t level = stages[operand->stage].level + joint(w, operand);
        tsr_account_stage *reader = &stages[operand->reader];
        reader->level = level > reader->level ? level : reader->level;
    }
}

static int32_t root(const account_work *w, int32_t stage) {
    while (w->group[stage] != stage) {
        stage = w->group[stage];
    }
    return stage;
}

static void unite(account_work *w, int32_t a, int32_t b) {
    const int32_t x = root(w, a);
    const int32_t y = root(w, b);
    w->group[x > y ? x : y] = x > y ? y : x;
}

static void add_traffic(account_work *w) {
    const tsr_outline *outline = w->outline;
    tsr_account *a = w->account;
    for (int32_t i = 0; i < outline->stage_count; ++i) {
        w->group[i] = i;
    }
    for (int32_t i = 0; i < outline->operand_count; ++i) {
        const tsr_outline_operand *operand = &outline->operands[i];
        if (operand->stage < 0) {
            continue;
        }
        tsr_account_stage *from = &a->stages[operand->stage];
        if (!joint(w, operand) && from->level == a->stages[operand->reader].level) {
            unite(w, operand->stage, operand->reader);
            continue;
        }
        const bool written_as_output = outline->stages[operand->stage].is_output;
        const uint64_t bytes = map_bytes(outline->stages[operand->stage].pooled, a->bits);
        a->operand_off_chip[i] = true;
        a->intermediate_bytes += bytes;
        if (!from->map_off_chip) {
            from->map_off_chip = true;
            ++a->maps_off_chip;
            a->intermediate_bytes += written_as_output ? 0 : bytes;
        }
    }
    for (int32_t i = 0; i < outline->stage_count; ++i) {
        w->group[i] = root(w, i);
        w->group_end[w->group[i]] = i;
    }
}

// Last stage that reads the map's blocks on chip; the maker itself if none.
static int32_t last_on_chip_reader(const account_work *w, int32_t stage) {
    int32_t last = stage;
    for (int32_t i = 0; i < w->outline->operand_count; ++i) {
        const tsr_outline_operand *operand = &w->outline->operands[i];
        const bool here = operand->stage == stage && !w->account->operand_off_chip[i];
        last = here && operand->reader > last ? operand->reader : last;
    }
    return last;
}

static bool reads(const tsr_outline *outline, int32_t reader, int32_t stage) {
    const tsr_outline_stage *s = &outline->stages[reader];
    for (int32_t i = s->first_operand; i < s->first_operand + s->operand_count; ++i) {
        if (outline->operands[i].stage == stage) {
            return true;
        }
    }
    return false;
}

static void add_held(account_work *w) {
    for (int32_t i = 0; i < w->outline->stage_count; ++i) {
        const int32_t last = last_on_chip_reader(w, i);
        for (int32_t k = i + 1; k < last; ++k) {
            if (w->group[k] == w->group[i] && !reads(w->outline, k, i)) {
                w->account->stages[k].held_bytes += w->account->stages[i].block_pooled_bytes;
            }
        }
    }
}

void account_add_levels(account_work *w) {
    number_levels(w);
    add_traffic(w);
    add_held(w);
}
