// SPDX-License-Identifier: Apache-2.0
// The schedule of a case, and what networks it can run.
#include "base/check.h"
#include "validate/case_work.h"

enum { any_reach = 99, coarsest_pool = 4 };

int32_t tsr_case_schedule_of(const tsr_schedule *schedule) {
    switch (schedule->mode) {
        case TSR_SCHEDULE_LAYERWISE:
            return TSR_CASE_LAYERWISE;
        case TSR_SCHEDULE_RECOMPUTE:
            return TSR_CASE_RECOMPUTE;
        case TSR_SCHEDULE_CACHED:
            return TSR_CASE_CACHED;
        case TSR_SCHEDULE_AUTO:  // not drawn
        case TSR_SCHEDULE_BLOCKED:
            break;
    }
    return schedule->blocking.kind == TSR_BLOCKING_FIXED          ? TSR_CASE_FIXED
           : schedule->blocking.kind == TSR_BLOCKING_HIERARCHICAL ? TSR_CASE_HIERARCHICAL
                                                                  : TSR_CASE_SCHEDULES;
}

const char *tsr_case_schedule_name(int32_t schedule) {
    static const char *const names[TSR_CASE_SCHEDULES] = {"layerwise", "F", "H", "recompute",
                                                          "cached"};
    return names[schedule];
}

static const char *pad_name(tsr_pad_mode mode) {
    static const char *const names[] = {"zero", "replicate", "reflect", "same"};
    return names[mode];
}

void tsr_case_say_schedule(const tsr_schedule *schedule, char *text, size_t bytes) {
    const tsr_blocking *b = &schedule->blocking;
    const bool blocked = schedule->mode == TSR_SCHEDULE_BLOCKED;
    if (blocked) {
        tsr_case_say(text, bytes, " %s/%s join %s", pad_name(b->block_padding),
                     pad_name(b->border_padding), tsr_join_name(schedule->join));
    } else {
        tsr_case_say(text, bytes, " %s", pad_name(b->border_padding));
    }
    tsr_case_say(text, bytes, " %s", tsr_residency_name(schedule->residency));
    if (schedule->block_batch > 0) {
        tsr_case_say(text, bytes, " %d", schedule->block_batch);
    }
    tsr_case_say(text, bytes, "%s%s", blocked && b->ragged ? " ragged" : "",
                 blocked && b->true_stride ? " true_stride" : "");
}

static void draw_name(tsr_rng *rng, char *name, size_t bytes) {
    const int32_t kind = tsr_pick(rng, 1, 100);
    const bool cut = tsr_chance(rng, 60);
    if (kind <= 20) {
        (void)snprintf(name, bytes, "layerwise");
    } else if (kind <= 42) {
        (void)snprintf(name, bytes, "F%dx%d", tsr_pick(rng, 2, 14), tsr_pick(rng, 2, 14));
    } else if (kind <= 64) {
        (void)snprintf(name, bytes, "H%dx%d", tsr_pick(rng, 1, 4), tsr_pick(rng, 1, 4));
    } else if (kind <= 82) {
        (void)snprintf(name, bytes, "recompute");
        if (cut) {
            tsr_case_say(name, bytes, ":%dx%d", tsr_pick(rng, 1, 9), tsr_pick(rng, 1, 9));
        }
    } else {
        (void)snprintf(name, bytes, "cached");
        if (cut) {
            tsr_case_say(name, bytes, ":%d", tsr_pick(rng, 1, 9));
            if (tsr_chance(rng, 60)) {
                tsr_case_say(name, bytes, "x%d", tsr_pick(rng, 1, 9));
            }
        }
    }
}

static void draw_blocking(tsr_rng *rng, tsr_blocking *b) {
    b->block_padding = (tsr_pad_mode)tsr_pick(rng, 0, 2);
    b->border_padding = (tsr_pad_mode)tsr_pick(rng, 0, 3);
    b->ragged = tsr_chance(rng, b->block_padding == TSR_PAD_REFLECT ? 45 : 85);
    b->true_stride = tsr_chance(rng, 50);
}

static void draw_residency(tsr_rng *rng, tsr_schedule *schedule) {
    static const tsr_residency rules[] = {TSR_RESIDENCY_AUTO,      TSR_RESIDENCY_AUTO,
                                          TSR_RESIDENCY_RESIDENT,  TSR_RESIDENCY_PER_BLOCK,
                                          TSR_RESIDENCY_PER_GROUP, TSR_RESIDENCY_BLOCK_BATCH};
    schedule->residency = rules[tsr_pick(rng, 0, 5)];
    if (schedule->residency == TSR_RESIDENCY_BLOCK_BATCH) {
        schedule->block_batch = tsr_pick(rng, 0, 4);
    }
}

tsr_status tsr_case_schedule(tsr_rng *rng, const char *wanted, tsr_schedule *schedule, char *text,
                             size_t bytes, tsr_error *err) {
    char name[32];
    draw_name(rng, name, sizeof name);
    TSR_TRY(tsr_schedule_parse(wanted != NULL ? wanted : name, schedule, err));
    tsr_case_say(text, bytes, " %s", wanted != NULL ? wanted : name);
    if (schedule->mode == TSR_SCHEDULE_BLOCKED) {
        schedule->join = (tsr_join)tsr_pick(rng, 0, 2);
        draw_residency(rng, schedule);
        draw_blocking(rng, &schedule->blocking);
    } else {
        const bool resident = tsr_chance(rng, 10);
        schedule->residency = resident              ? TSR_RESIDENCY_RESIDENT
                              : tsr_chance(rng, 65) ? TSR_RESIDENCY_AUTO
                                                    : TSR_RESIDENCY_PER_BLOCK;
        schedule->blocking.border_padding =
            tsr_chance(rng, 60) ? TSR_PAD_ZERO : (tsr_pad_mode)tsr_pick(rng, 1, 2);
    }
    tsr_case_say_schedule(schedule, text, bytes);
    return TSR_OK;
}

/** Pixels of a block edge that padding may be mirrored from. */
static int32_t reach_of(const tsr_blocking *b, bool blocked) {
    const int32_t smallest = b->h < b->w ? b->h : b->w;
    const bool reflects = b->block_padding == TSR_PAD_REFLECT;
    if (!blocked) {
        return b->border_padding == TSR_PAD_REFLECT ? 2 : any_reach;
    }
    if (!reflects && b->border_padding != TSR_PAD_REFLECT) {
        return any_reach;
    }
    return b->kind == TSR_BLOCKING_FIXED && smallest <= 4 ? (smallest > 1 ? smallest - 1 : 1) / 2
                                                          : 1;
}

tsr_case_wish tsr_case_wish_of(const tsr_arch *arch, const tsr_schedule *schedule) {
    const tsr_blocking *b = &schedule->blocking;
    const bool blocked = schedule->mode == TSR_SCHEDULE_BLOCKED;
    const bool same = b->border_padding == TSR_PAD_SAME;
    tsr_case_wish wish = {.word = arch->tn,
                          .rounding = arch->rounding,
                          .keeps_size = blocked,
                          .pooled_stride = blocked && !b->true_stride,
                          .cell_h = 1,
                          .cell_w = 1,
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
