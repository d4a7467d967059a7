// SPDX-License-Identifier: Apache-2.0
// Least storage with every intermediate map on chip: blocks in work, and whole maps kept beside
// them.
#include "base/alloc.h"
#include "base/check.h"
#include "table/account_parts.h"
#include "table/map_bytes.h"

/** Whole maps alive while a stage runs. */
typedef struct alive {
    uint64_t all;    // bytes
    uint64_t whole;  // the part that stages run whole have made
} alive;

/** Stages during which a whole map is kept. */
typedef struct span {
    int32_t begin, own_end, end;  // until own_end it is being made
    bool kept;
} span;

static int32_t end_of(const account_work *w, int32_t stage) {
    return w->account->stages[stage].per_block ? w->group_end[w->group[stage]] : stage;
}

// A map is kept whole if somebody reads it from another group, or if a stage that runs whole or a
// straddling pool makes it as output.
static span span_of(const account_work *w, int32_t stage) {
    const tsr_account_stage *here = &w->account->stages[stage];
    span s = {.begin = here->per_block ? w->group[stage] : stage, .own_end = end_of(w, stage)};
    s.end = s.own_end;
    s.kept = !here->per_block || here->pool_straddles;
    for (int32_t i = 0; i < w->outline->operand_count; ++i) {
        const tsr_outline_operand *operand = &w->outline->operands[i];
        if (operand->stage == stage && w->account->operand_off_chip[i]) {
            const int32_t end = end_of(w, operand->reader);
            s.end = end > s.end ? end : s.end;
            s.kept = true;
        }
    }
    return s;
}

static void add_alive(const account_work *w, alive *lives) {
    const tsr_outline *outline = w->outline;
    for (int32_t i = 0; i < outline->stage_count; ++i) {
        const tsr_account_stage *here = &w->account->stages[i];
        const span s = span_of(w, i);
        const uint64_t pooled = map_bytes(outline->stages[i].pooled, w->account->bits);
        const uint64_t full = map_bytes(outline->stages[i].out, w->account->bits);
        for (int32_t k = s.begin; s.kept && k <= s.end; ++k) {
            const bool making = k <= s.own_end && here->pool_straddles;
            lives[k].all += making ? full : pooled;
            lives[k].whole += here->per_block ? 0 : pooled;
        }
    }
    for (int32_t i = 0; i < outline->operand_count;
         ++i) {  // the picture, where it is not in blocks
        const tsr_outline_operand *operand = &outline->operands[i];
        if (operand->stage < 0 && !w->account->stages[operand->reader].per_block) {
            lives[operand->reader].all += map_bytes(outline->input, w->account->bits);
        }
    }
}

// Blocks in work while a stage runs per block: what it reads and makes on chip, and what waits.
static uint64_t blocks_in_work(const account_work *w, int32_t stage) {
    const tsr_outline_stage *s = &w->outline->stages[stage];
    const tsr_account_stage *here = &w->account->stages[stage];
    uint64_t bytes = here->held_bytes;
    for (int32_t i = s->first_operand; i < s->first_operand + s->operand_count; ++i) {
        if (!w->account->operand_off_chip[i]) {
            bytes += account_operand_block(w->outline, w->account, &w->outline->operands[i]);
        }
    }
    bool goes_on = s->is_output && !here->pool_straddles && !here->map_off_chip;
    for (int32_t i = 0; i < w->outline->operand_count; ++i) {
        goes_on =
            goes_on || (w->outline->operands[i].stage == stage && !w->account->operand_off_chip[i]);
    }
    return bytes + (goes_on ? here->block_pooled_bytes : 0);
}

// F: each map that changes level gathers one block of the next level, the whole map if its reader
// runs whole; before its pool if the pool straddles.
static void add_joins(account_work *w) {
    for (int32_t i = 0; i < w->outline->stage_count; ++i) {
        uint64_t block = 0;
        for (int32_t k = 0; w->account->stages[i].per_block && k < w->outline->operand_count; ++k) {
            const tsr_outline_operand *operand = &w->outline->operands[k];
            if (operand->stage == i && w->account->operand_off_chip[k]) {
                block = larger(block, account_operand_block(w->outline, w->account, operand));
            }
        }
        const tsr_shape full = w->outline->stages[i].out;
        const tsr_shape pooled = w->outline->stages[i].pooled;
        const bool straddles = w->account->stages[i].pool_straddles;
        w->account->join_bytes +=
            straddles ? block * map_bytes(full, 8) / map_bytes(pooled, 8) : block;
    }
}

static void add_peaks(account_work *w, const alive *lives) {
    tsr_account *a = w->account;
    const bool fixed = a->blocking.kind == TSR_BLOCKING_FIXED;
    uint64_t breadth = 0;
    a->tail_stage = -1;
    for (int32_t i = 0; i < a->stage_count; ++i) {
        if (!a->stages[i].per_block) {
            a->tail_stage = lives[i].all > a->tail_bytes ? i : a->tail_stage;
            a->tail_bytes = larger(a->tail_bytes, lives[i].all);
            continue;
        }
        const uint64_t blocks = blocks_in_work(w, i);
        const uint64_t kept = fixed ? lives[i].whole : lives[i].all;
        if (blocks + kept > a->pair_bytes + a->collection_bytes) {
            a->pair_bytes = blocks;
            a->collection_bytes = kept;
        }
        breadth = larger(breadth, blocks + lives[i].all);
    }
    a->depth_first_bytes =
        larger(a->pair_bytes + a->join_bytes + a->collection_bytes, a->tail_bytes);
    if (a->blocking.kind != TSR_BLOCKING_HIERARCHICAL) {
        a->breadth_first_bytes = larger(breadth, a->tail_bytes);
    }
}

tsr_status account_add_storage(account_work *w, tsr_error *err) {
    alive *lives = tsr_alloc((size_t)w->account->stage_count, sizeof *lives);
    TSR_CHECK(lives != NULL, TSR_ERR_NO_MEMORY, err, w->outline->name, "out of memory");
    add_alive(w, lives);
    if (w->account->blocking.kind == TSR_BLOCKING_FIXED) {
        add_joins(w);
    }
    add_peaks(w, lives);
    tsr_free(lives);
    return TSR_OK;
}
