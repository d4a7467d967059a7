// SPDX-License-Identifier: Apache-2.0
// The schedule of a case, and what networks it can run.
#include <string.h>

#include "base/check.h"
#include "plan/model/schedule_parts.h"
#include "validate/case_work.h"

enum { coarsest_pool = 4, most_parts = 3, most_extent = 26, most_tile = 9 };

static const char mixed[] = "mixed";

int32_t tsr_case_schedule_of(const tsr_schedule *schedule) {
    return schedule->part_count > 0 ? TSR_CASE_MIXED
                                    : tsr_case_mode_of(schedule->mode, &schedule->blocking);
}

int32_t tsr_case_mode_of(tsr_schedule_mode mode, const tsr_blocking *blocking) {
    switch (mode) {
        case TSR_SCHEDULE_LAYERWISE:
            return TSR_CASE_LAYERWISE;
        case TSR_SCHEDULE_RECOMPUTE:
            return TSR_CASE_RECOMPUTE;
        case TSR_SCHEDULE_CACHED:
            return TSR_CASE_CACHED;
        case TSR_SCHEDULE_AUTO:
            return TSR_CASE_AUTO;
        case TSR_SCHEDULE_BLOCKED:
            break;
    }
    return blocking->kind == TSR_BLOCKING_FIXED          ? TSR_CASE_FIXED
           : blocking->kind == TSR_BLOCKING_HIERARCHICAL ? TSR_CASE_HIERARCHICAL
                                                         : TSR_CASE_SCHEDULES;
}

const char *tsr_case_schedule_name(int32_t schedule) {
    static const char *const names[TSR_CASE_SCHEDULES] = {"layerwise", "F",    "H",  "recompute",
                                                          "cached",    "auto", mixed};
    return names[schedule];
}

const char *tsr_case_feature_name(int32_t feature) {
    static const char *const names[TSR_CASE_FEATURES] = {
        "with a batch",        "with a weight residency", "without pixel packing",
        "automatic in blocks", "mixed with blocks",       "with a part in one group"};
    return names[feature];
}

static const char *pad_name(tsr_pad_mode mode) {
    static const char *const names[] = {"zero", "replicate", "reflect", "same"};
    return names[mode];
}

static void say_tile(int32_t h, int32_t w, char *text, size_t bytes) {
    if (h > 0) {
        tsr_case_say(text, bytes, w > 0 ? ":%dx%d" : ":%d", h, w);
    }
}

static void say_parts(const tsr_schedule *schedule, char *text, size_t bytes) {
    for (int32_t i = 0; i < schedule->part_count; ++i) {
        const tsr_schedule_part *part = &schedule->parts[i];
        tsr_case_say(text, bytes, "%s %s..%s %s", i == 0 ? " parts" : ",", part->from, part->to,
                     tsr_schedule_mode_name(part->mode));
        say_tile(part->tile_h, part->tile_w, text, bytes);
        tsr_case_say(text, bytes, "%s", part->one_group ? " one_group" : "");
    }
}

void tsr_case_say_schedule(const tsr_schedule *schedule, char *text, size_t bytes) {
    const tsr_blocking *b = &schedule->blocking;
    const bool blocks = tsr_schedule_has_blocks(schedule);
    if (blocks && (schedule->mode != TSR_SCHEDULE_BLOCKED || schedule->part_count > 0)) {
        char name[32];
        tsr_blocking_format(b, name, sizeof name);
        tsr_case_say(text, bytes, " %s", name);
    }
    if (blocks) {
        tsr_case_say(text, bytes, " %s/%s join %s", pad_name(b->block_padding),
                     pad_name(b->border_padding), tsr_join_name(schedule->join));
    } else {
        tsr_case_say(text, bytes, " %s", pad_name(b->border_padding));
    }
    tsr_case_say(text, bytes, " %s", tsr_residency_name(schedule->residency));
    if (schedule->block_batch > 0) {
        tsr_case_say(text, bytes, " %d", schedule->block_batch);
    }
    tsr_case_say(text, bytes, "%s%s%s", blocks && b->ragged ? " ragged" : "",
                 blocks && b->true_stride ? " true_stride" : "",
                 schedule->unpacked ? " unpacked" : "");
    if (schedule->part_count > 0) {
        tsr_case_say(text, bytes, " rest %s", tsr_schedule_mode_name(schedule->mode));
        say_tile(schedule->tile_h, schedule->tile_w, text, bytes);
        say_parts(schedule, text, bytes);
    }
}

/** F or H. */
static void draw_blocks(tsr_rng *rng, bool fixed, char *name, size_t bytes) {
    const int32_t least = fixed ? 2 : 1;
    const int32_t most = fixed ? 14 : 4;
    const int32_t h = tsr_pick(rng, least, most);
    (void)snprintf(name, bytes, "%c%dx%d", fixed ? 'F' : 'H', h, tsr_pick(rng, least, most));
}

static void draw_name(tsr_rng *rng, char *name, size_t bytes) {
    const int32_t kind = tsr_pick(rng, 1, 100);
    const bool cut = tsr_chance(rng, 60);
    if (kind <= 14) {
        (void)snprintf(name, bytes, "layerwise");
    } else if (kind <= 46) {
        draw_blocks(rng, kind <= 30, name, bytes);
    } else if (kind <= 60) {
        (void)snprintf(name, bytes, "recompute");
        if (cut) {
            tsr_case_say(name, bytes, ":%dx%d", tsr_pick(rng, 1, most_tile),
                         tsr_pick(rng, 1, most_tile));
        }
    } else if (kind <= 74) {
        (void)snprintf(name, bytes, "cached");
        if (cut) {
            tsr_case_say(name, bytes, ":%d", tsr_pick(rng, 1, most_tile));
            if (tsr_chance(rng, 60)) {
                tsr_case_say(name, bytes, "x%d", tsr_pick(rng, 1, most_tile));
            }
        }
    } else if (kind <= 86) {
        (void)snprintf(name, bytes, "auto:%s", cut ? "dram_bytes" : "cycles");
    } else {
        (void)snprintf(name, bytes, "%s", mixed);
    }
}

static void draw_padding(tsr_rng *rng, tsr_blocking *b) {
    b->block_padding = (tsr_pad_mode)tsr_pick(rng, 0, 2);
    b->border_padding = (tsr_pad_mode)tsr_pick(rng, 0, 3);
    b->ragged = tsr_chance(rng, b->block_padding == TSR_PAD_REFLECT ? 45 : 85);
    b->true_stride = tsr_chance(rng, 50);
}

/** Any that goes with the modes and the blocking. */
static void draw_residency(tsr_rng *rng, tsr_schedule *schedule) {
    static const tsr_residency forced[] = {TSR_RESIDENCY_RESIDENT, TSR_RESIDENCY_PER_BLOCK,
                                           TSR_RESIDENCY_PER_GROUP, TSR_RESIDENCY_BLOCK_BATCH};
    tsr_error ignored = {0};
    schedule->residency = tsr_chance(rng, 45) ? TSR_RESIDENCY_AUTO : forced[tsr_pick(rng, 0, 3)];
    if (schedule->residency == TSR_RESIDENCY_BLOCK_BATCH) {
        schedule->block_batch = tsr_pick(rng, 0, 4);
    }
    if (tsr_schedule_check(schedule, &ignored) != TSR_OK) {
        schedule->residency = TSR_RESIDENCY_PER_BLOCK;
        schedule->block_batch = 0;
    }
}

/** Blocks with all that goes with them, under a mode that is not `blocked`. */
static tsr_status add_blocks(tsr_rng *rng, tsr_schedule *schedule, tsr_error *err) {
    char name[32];
    draw_blocks(rng, tsr_chance(rng, 50), name, sizeof name);
    TSR_TRY(tsr_blocking_parse(name, &schedule->blocking, err));
    schedule->join = tsr_chance(rng, 60) ? TSR_JOIN_AUTO : (tsr_join)tsr_pick(rng, 1, 2);
    draw_padding(rng, &schedule->blocking);
    return TSR_OK;
}

static void draw_border(tsr_rng *rng, tsr_blocking *b) {
    b->border_padding = tsr_chance(rng, 60) ? TSR_PAD_ZERO : (tsr_pad_mode)tsr_pick(rng, 1, 2);
}

/** What holds for layers that are in no part; the parts come when there are layers. */
static tsr_status draw_rest(tsr_rng *rng, tsr_schedule *schedule, tsr_error *err) {
    const bool blocks = tsr_chance(rng, 65);
    *schedule = (tsr_schedule){.blocking = {.block_padding = TSR_PAD_ZERO}};
    if (blocks) {
        TSR_TRY(add_blocks(rng, schedule, err));
    } else {
        draw_border(rng, &schedule->blocking);
    }
    schedule->mode = tsr_draw_mode(rng, blocks);
    const bool halo =
        schedule->mode == TSR_SCHEDULE_RECOMPUTE || schedule->mode == TSR_SCHEDULE_CACHED;
    if (halo && tsr_chance(rng, 50)) {
        schedule->tile_h = tsr_pick(rng, 1, most_tile);
        schedule->tile_w =
            schedule->mode == TSR_SCHEDULE_RECOMPUTE ? tsr_pick(rng, 1, most_tile) : 0;
    }
    return TSR_OK;
}

tsr_status tsr_case_schedule(tsr_rng *rng, const char *wanted, tsr_schedule *schedule, bool *mixes,
                             char *text, size_t bytes, tsr_error *err) {
    char name[32];
    draw_name(rng, name, sizeof name);
    const char *is = wanted != NULL ? wanted : name;
    tsr_case_say(text, bytes, " %s", is);
    *mixes = strcmp(is, mixed) == 0;
    if (*mixes) {
        return draw_rest(rng, schedule, err);
    }
    TSR_TRY(tsr_schedule_parse(is, schedule, err));
    schedule->unpacked = tsr_chance(rng, 12);
    if (schedule->mode == TSR_SCHEDULE_BLOCKED) {
        schedule->join = (tsr_join)tsr_pick(rng, 0, 2);
        draw_padding(rng, &schedule->blocking);
    } else {
        draw_border(rng, &schedule->blocking);
        if (schedule->mode == TSR_SCHEDULE_AUTO && tsr_chance(rng, 50)) {
            TSR_TRY(add_blocks(rng, schedule, err));
        }
    }
    draw_residency(rng, schedule);
    return TSR_OK;
}

static bool blocks_something(const tsr_schedule *schedule) {
    bool blocks = schedule->mode == TSR_SCHEDULE_BLOCKED || schedule->mode == TSR_SCHEDULE_AUTO;
    for (int32_t i = 0; i < schedule->part_count; ++i) {
        const tsr_schedule_mode mode = schedule->parts[i].mode;
        blocks = blocks || mode == TSR_SCHEDULE_BLOCKED || mode == TSR_SCHEDULE_AUTO;
    }
    return blocks;
}

void tsr_case_mix(tsr_rng *rng, const tsr_network *network, tsr_schedule *schedule) {
    const tsr_parts_wish wish = {most_parts, schedule->blocking.kind != TSR_BLOCKING_NONE, 25};
    while (schedule->part_count == 0) {
        tsr_draw_parts(rng, network, &wish, schedule);
    }
    if (!blocks_something(schedule)) {  // then there must be no blocking
        schedule->blocking.kind = TSR_BLOCKING_NONE;
        schedule->join = TSR_JOIN_AUTO;
    }
    schedule->unpacked = tsr_chance(rng, 12);
    draw_residency(rng, schedule);
}

/** Pixels of a block edge that padding may be mirrored from. */
static int32_t reach_of(const tsr_blocking *b, bool blocked) {
    const int32_t smallest = b->h < b->w ? b->h : b->w;
    const bool reflects = b->block_padding == TSR_PAD_REFLECT;
    if (!blocked) {
        return b->border_padding == TSR_PAD_REFLECT ? 3 : TSR_DRAW_ANY_REACH;
    }
    if (!reflects && b->border_padding != TSR_PAD_REFLECT) {
        return TSR_DRAW_ANY_REACH;
    }
    return b->kind == TSR_BLOCKING_FIXED && smallest <= 4 ? (smallest > 1 ? smallest - 1 : 1) / 2
                                                          : 1;
}

tsr_draw_wish tsr_case_wish_of(const tsr_arch *arch, const tsr_schedule *schedule) {
    const tsr_blocking *b = &schedule->blocking;
    const bool blocked = tsr_schedule_has_blocks(schedule);
    const bool same = b->border_padding == TSR_PAD_SAME;
    tsr_draw_wish wish = {.word = arch->tn,
                          .keeps_size = blocked,
                          .pooled_stride = blocked && !b->true_stride,
                          .own_blockings = blocked && b->ragged ? 15 : 0,
                          .cell_h = 1,
                          .cell_w = 1,
                          .most_extent = most_extent,
                          .reach = reach_of(b, blocked)};
    wish.zero_padded =
        blocked ? b->block_padding == TSR_PAD_ZERO && (same || b->border_padding == TSR_PAD_ZERO)
                : b->border_padding == TSR_PAD_ZERO || (same && b->block_padding == TSR_PAD_ZERO);
    if (blocked && !b->ragged) {
        const int32_t pools = b->kind == TSR_BLOCKING_FIXED ? 1 : coarsest_pool;
        wish.cell_h = b->h * pools;
        wish.cell_w = b->w * pools;
    }
    return wish;
}
