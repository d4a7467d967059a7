// SPDX-License-Identifier: Apache-2.0
// Directed cases for what schedules ask for: automatic, in parts, with a batch, with and without packed pixels. Four
// small convolutions, of which the second and the third are the part where there is one.
#include <string.h>

#include "base/check.h"
#include "validate/case_extra.h"
#include "validate/case_family.h"

enum { map_edge = 16, tile = 4, block = 4, grid = 2, convolutions = 4 };

/** Words of 4 channels: an input of one or two can be packed. */
static const char four_channels[] = "m8n4p2";

static bool is_open(tsr_cover_group group, const tsr_coverage *coverage, int32_t bin) {
    return tsr_cover_hits(coverage, group, bin) == 0 &&
           tsr_cover_impossible(&tsr_cover_plans[group], bin) == NULL;
}

static const char *any_shape(const tsr_case_aim *aim) {
    (void)aim;
    return NULL;
}

static void set_blocks(tsr_schedule *s, tsr_blocking_kind kind) {
    s->blocking = (tsr_blocking){.kind = kind,
                                 .h = kind == TSR_BLOCKING_FIXED ? block : grid,
                                 .w = kind == TSR_BLOCKING_FIXED ? block : grid,
                                 .border_padding = TSR_PAD_SAME,
                                 .ragged = true,
                                 .true_stride = true};
}

static bool is_halo(tsr_schedule_mode mode) {
    return mode == TSR_SCHEDULE_RECOMPUTE || mode == TSR_SCHEDULE_CACHED;
}

/** Blocks where something is to be blocked, tiles where something is to be tiled. */
static void set_mode(tsr_schedule *s, tsr_schedule_mode mode) {
    s->mode = mode;
    s->tile_h = is_halo(mode) ? tile : 0;
    s->tile_w = mode == TSR_SCHEDULE_RECOMPUTE ? tile : 0;
    if (mode == TSR_SCHEDULE_BLOCKED) {
        set_blocks(s, TSR_BLOCKING_FIXED);
    }
}

/** The second and the third convolution, by their names. */
static void add_part(tsr_schedule *s, tsr_schedule_mode mode, bool tiled) {
    tsr_schedule_part *part = &s->parts[s->part_count++];
    part->mode = mode;
    (void)snprintf(part->from, sizeof part->from, "%s2", tsr_layer_kind_name(TSR_LAYER_CONV));
    (void)snprintf(part->to, sizeof part->to, "%s3", tsr_layer_kind_name(TSR_LAYER_CONV));
    part->tile_h = tiled && is_halo(mode) ? tile : 0;
    part->tile_w = tiled && mode == TSR_SCHEDULE_RECOMPUTE ? tile : 0;
    if (mode == TSR_SCHEDULE_BLOCKED) {
        set_blocks(s, TSR_BLOCKING_FIXED);
    }
}

/** What axis `schedule` of the plan says. */
static void set_schedule(tsr_schedule *s, int32_t kind) {
    static const tsr_schedule_mode modes[TSR_CASE_SCHEDULES] = {
        TSR_SCHEDULE_LAYERWISE, TSR_SCHEDULE_BLOCKED, TSR_SCHEDULE_BLOCKED,  TSR_SCHEDULE_RECOMPUTE,
        TSR_SCHEDULE_CACHED,    TSR_SCHEDULE_AUTO,    TSR_SCHEDULE_LAYERWISE};
    set_mode(s, modes[kind]);
    if (kind == TSR_CASE_HIERARCHICAL) {
        set_blocks(s, TSR_BLOCKING_HIERARCHICAL);
    }
    if (kind == TSR_CASE_MIXED) {
        add_part(s, TSR_SCHEDULE_CACHED, true);
    }
}

/** A window of 3x3, then others; few channels, so that two convolutions fit on any machine. Large: maps that do not. */
static void add_convolutions(const tsr_case_aim *aim, tsr_rng *rng, tsr_network *n) {
    const int32_t edge = map_edge * (aim->large ? 2 : 1);
    (void)tsr_case_add_layer(n, TSR_LAYER_INPUT, 0, 1, 0);
    n->layers[0].in = n->layers[0].out =
        (tsr_shape){tsr_pick(rng, 1, 2), edge + tsr_pick(rng, 0, 3), edge + tsr_pick(rng, 0, 3)};
    for (int32_t i = 0; i < convolutions; ++i) {
        const int32_t kernel = i == 0 || tsr_chance(rng, 60) ? 3 : 1;
        const int32_t conv = tsr_case_add_layer(n, TSR_LAYER_CONV, kernel, 1, kernel / 2);
        n->layers[conv].out_channels = tsr_pick(rng, 1, 4);
        n->layers[conv].has_bias = tsr_chance(rng, 80);
    }
}

/* ---- auto: objective, blocking, residency ------------------------------------------------------ */

static bool auto_is_open(const tsr_coverage *coverage, int32_t bin) {
    return is_open(TSR_COVER_AUTO, coverage, bin);
}

static tsr_status auto_schedule(const tsr_case_aim *aim, tsr_rng *rng, tsr_schedule *s,
                                tsr_error *err) {
    (void)rng;
    TSR_TRY(tsr_schedule_parse("auto", s, err));
    s->objective = (tsr_objective)aim->at[0];
    s->residency = (tsr_residency)aim->at[2];
    if (aim->at[1] != TSR_BLOCKING_NONE) {
        set_blocks(s, (tsr_blocking_kind)aim->at[1]);
    }
    return TSR_OK;
}

/* ---- part: mode, one_group, tile --------------------------------------------------------------- */

static bool part_is_open(const tsr_coverage *coverage, int32_t bin) {
    return is_open(TSR_COVER_PART, coverage, bin);
}

static tsr_status part_schedule(const tsr_case_aim *aim, tsr_rng *rng, tsr_schedule *s,
                                tsr_error *err) {
    (void)rng;
    TSR_TRY(tsr_schedule_parse("layerwise", s, err));
    add_part(s, (tsr_schedule_mode)aim->at[0], aim->at[2] != 0);
    tsr_schedule_part *part = &s->parts[0];
    part->one_group = aim->at[1] != 0;
    if (part->one_group && part->mode == TSR_SCHEDULE_LAYERWISE) {  // one layer then
        memcpy(part->to, part->from, sizeof part->to);
    }
    return TSR_OK;
}

/* ---- mix: rest, part --------------------------------------------------------------------------- */

static bool mix_is_open(const tsr_coverage *coverage, int32_t bin) {
    return is_open(TSR_COVER_MIX, coverage, bin);
}

static tsr_status mix_schedule(const tsr_case_aim *aim, tsr_rng *rng, tsr_schedule *s,
                               tsr_error *err) {
    (void)rng;
    TSR_TRY(tsr_schedule_parse("layerwise", s, err));
    set_mode(s, (tsr_schedule_mode)aim->at[0]);
    add_part(s, (tsr_schedule_mode)aim->at[1], true);
    return TSR_OK;
}

/** Two convolutions behind the part too: a group of what is in no part. */
static void mix_network(const tsr_case_aim *aim, tsr_rng *rng, tsr_network *n) {
    add_convolutions(aim, rng, n);
    const int32_t conv = tsr_case_add_layer(n, TSR_LAYER_CONV, 3, 1, 1);
    n->layers[conv].out_channels = tsr_pick(rng, 1, 4);
}

/* ---- mix_residency: residency ------------------------------------------------------------------ */

static bool residency_is_open(const tsr_coverage *coverage, int32_t bin) {
    return is_open(TSR_COVER_MIX_RESIDENCY, coverage, bin);
}

static tsr_status residency_schedule(const tsr_case_aim *aim, tsr_rng *rng, tsr_schedule *s,
                                     tsr_error *err) {
    TSR_TRY(tsr_schedule_parse("layerwise", s, err));
    add_part(s, TSR_SCHEDULE_BLOCKED, false);
    s->residency = (tsr_residency)aim->at[0];
    s->block_batch = s->residency == TSR_RESIDENCY_BLOCK_BATCH ? tsr_pick(rng, 0, 4) : 0;
    return TSR_OK;
}

/* ---- pictures: schedule, pictures -------------------------------------------------------------- */

static bool pictures_are_open(const tsr_coverage *coverage, int32_t bin) {
    return is_open(TSR_COVER_PICTURES, coverage, bin);
}

static tsr_status pictures_schedule(const tsr_case_aim *aim, tsr_rng *rng, tsr_schedule *s,
                                    tsr_error *err) {
    (void)rng;
    TSR_TRY(tsr_schedule_parse("layerwise", s, err));
    set_schedule(s, aim->at[0]);
    return TSR_OK;
}

static void pictures_network(const tsr_case_aim *aim, tsr_rng *rng, tsr_network *n) {
    add_convolutions(aim, rng, n);
    n->batch = aim->at[1] != 0 ? tsr_pick(rng, 2, 3) : 1;
}

/* ---- packing: schedule, packed ----------------------------------------------------------------- */

static bool packing_is_open(const tsr_coverage *coverage, int32_t bin) {
    return is_open(TSR_COVER_PACKING, coverage, bin);
}

static const char *packing_shape(const tsr_case_aim *aim) {
    (void)aim;
    return four_channels;
}

static tsr_status packing_schedule(const tsr_case_aim *aim, tsr_rng *rng, tsr_schedule *s,
                                   tsr_error *err) {
    TSR_TRY(pictures_schedule(aim, rng, s, err));
    s->unpacked = aim->at[1] != 0;
    return TSR_OK;
}

const tsr_case_family tsr_case_mix_families[TSR_CASE_MIX_FAMILIES] = {
    {TSR_COVER_AUTO, auto_is_open, any_shape, auto_schedule, add_convolutions},
    {TSR_COVER_PART, part_is_open, any_shape, part_schedule, add_convolutions},
    {TSR_COVER_MIX, mix_is_open, any_shape, mix_schedule, mix_network},
    {TSR_COVER_MIX_RESIDENCY, residency_is_open, any_shape, residency_schedule, add_convolutions},
    {TSR_COVER_PICTURES, pictures_are_open, any_shape, pictures_schedule, pictures_network},
    {TSR_COVER_PACKING, packing_is_open, packing_shape, packing_schedule, add_convolutions},
};
