// SPDX-License-Identifier: Apache-2.0
#include "validate/case_family.h"

#include "base/check.h"
#include "validate/case_extra.h"

enum { small_block = 8, large_block = 16, wide_map = 40, input_layer = 0 };

/** The machine with the smallest feature pool: wide maps do not fit. */
static const char smallest_pool[] = "m6n2p4w4";

static bool is_blocked(int32_t schedule) {
    return schedule == TSR_CASE_FIXED || schedule == TSR_CASE_HIERARCHICAL;
}

static bool is_halo(int32_t schedule) {
    return schedule == TSR_CASE_RECOMPUTE || schedule == TSR_CASE_CACHED;
}

static bool not_hit(tsr_cover_group group, const tsr_coverage *coverage, int32_t bin) {
    return tsr_cover_hits(coverage, group, bin) == 0 &&
           tsr_cover_impossible(&tsr_cover_plans[group], bin) == NULL;
}

/** A schedule that cuts maps into blocks or tiles of the size that the aim says; `shrink`: the last
 * map of the network is smaller by so much; 0: the planner chooses tiles. */
static tsr_status set_schedule(const tsr_case_aim *aim, int32_t shrink, tsr_rng *rng,
                               tsr_schedule *s, tsr_error *err) {
    const int32_t kind = aim->at[0];
    const int32_t edge = aim->large ? large_block : small_block;
    tsr_blocking *b = &s->blocking;
    char text[32];
    (void)snprintf(text, sizeof text, "%s", kind == TSR_CASE_FIXED ? "F1" : "H1");
    if (kind == TSR_CASE_LAYERWISE || is_halo(kind)) {
        (void)snprintf(text, sizeof text, "%s", tsr_case_schedule_name(kind));
    }
    if (is_halo(kind) && shrink > 0) {
        tsr_case_say(text, sizeof text, ":%d", edge / shrink);
    }
    TSR_TRY(tsr_schedule_parse(text, s, err));
    b->border_padding = TSR_PAD_SAME;
    if (is_halo(kind)) {
        s->residency = tsr_chance(rng, 60) ? TSR_RESIDENCY_AUTO : TSR_RESIDENCY_PER_BLOCK;
    } else if (kind != TSR_CASE_LAYERWISE) {
        s->join = (tsr_join)tsr_pick(rng, 0, 2);
        s->residency = (tsr_residency)tsr_pick(rng, 0, TSR_RESIDENCY_BLOCK_BATCH);
        b->h = b->w = tsr_pick(rng, 2, 3);
        if (kind == TSR_CASE_FIXED) {
            b->h = b->w = edge;
        } else if (aim->large) {
            b->h = 1;
            b->w = 2;
        }
        b->ragged = true;
    }
    return TSR_OK;
}

static void add_input(const tsr_case_aim *aim, tsr_rng *rng, tsr_network *n) {
    tsr_shape in = {tsr_pick(rng, 1, 9), small_block * tsr_pick(rng, 2, 3),
                    small_block * tsr_pick(rng, 2, 3)};
    if (aim->large) {  // rows or columns of two blocks
        in = (tsr_shape){tsr_pick(rng, 1, 4), large_block, 2 * large_block};
    }
    if (aim->large && is_halo(aim->at[0])) {
        in = (tsr_shape){in.c, in.w, in.h};  // strips are rows
    }
    (void)tsr_case_add_layer(n, TSR_LAYER_INPUT, 0, 1, 0);
    n->layers[input_layer].in = n->layers[input_layer].out = in;
}

static void widen_input(tsr_rng *rng, tsr_network *n) {
    n->layers[input_layer].in = n->layers[input_layer].out =
        (tsr_shape){4, wide_map + tsr_pick(rng, 0, 8), wide_map + tsr_pick(rng, 0, 8)};
}

static int32_t add_conv(tsr_rng *rng, tsr_network *n, int32_t channels, int32_t kernel) {
    const int32_t index = tsr_case_add_layer(n, TSR_LAYER_CONV, kernel, 1, (kernel - 1) / 2);
    n->layers[index].out_channels = channels;
    n->layers[index].has_bias = tsr_chance(rng, 80);
    return index;
}

static void add_sum(tsr_network *n, int32_t with) {
    tsr_layer *sum = &n->layers[tsr_case_add_layer(n, TSR_LAYER_ADD, 0, 1, 0)];
    sum->input_count = 2;
    sum->inputs[1] = with;
}

static const char *any_shape(const tsr_case_aim *aim) {
    (void)aim;
    return NULL;
}

/* ---- pass: schedule, padding, kernel, pool, residual ------------------------------------------- */

/** Any bin of `pass_stall` that belongs to this bin of `pass` not hit yet? */
static bool pass_is_open(const tsr_coverage *coverage, int32_t bin) {
    const int32_t causes = tsr_cover_size(&tsr_cover_plans[TSR_COVER_STALL]) /
                           tsr_cover_size(&tsr_cover_plans[TSR_COVER_CROSS]);
    bool open = false;
    for (int32_t cause = 0; cause < causes; ++cause) {
        open |= not_hit(TSR_COVER_STALL, coverage, bin * causes + cause);
    }
    return open;
}

static tsr_status pass_schedule(const tsr_case_aim *aim, tsr_rng *rng, tsr_schedule *schedule,
                                tsr_error *err) {
    const int32_t padding = aim->at[1];
    TSR_TRY(set_schedule(aim, aim->at[3] != 0 ? 2 : 1, rng, schedule, err));
    if (padding != TSR_COVER_PAD_NONE) {
        schedule->blocking.block_padding = (tsr_pad_mode)(padding - TSR_COVER_PAD_FIRST_MODE);
    }
    return TSR_OK;
}

/** One conv with what the bin asks for. In a group with others it is the first of them, or the last,
 * or in the middle. */
static void pass_network(const tsr_case_aim *aim, tsr_rng *rng, tsr_network *n) {
    const bool halo = is_halo(aim->at[0]);
    const int32_t kernel = 2 * aim->at[2] + 1;
    const bool adds = aim->at[4] != 0;
    add_input(aim, rng, n);
    const int32_t in = n->layers[input_layer].in.c;
    const bool behind = halo && tsr_chance(rng, aim->large ? 25 : 50);
    int32_t added = input_layer;
    if (behind) {
        added = add_conv(rng, n, in, 1);
        if (adds && tsr_chance(rng, 50)) {
            (void)add_conv(rng, n, tsr_pick(rng, 1, 8), 1);
        } else {
            added = input_layer;
        }
    }
    (void)add_conv(rng, n, adds ? in : tsr_pick(rng, 1, aim->large ? 4 : 20), kernel);
    if (adds) {
        add_sum(n, added);
    }
    if (aim->at[3] != 0) {
        (void)tsr_case_add_layer(n, TSR_LAYER_MAX_POOL, 2, 2, 0);
    }
    if (halo && (!behind || tsr_chance(rng, 30))) {
        (void)add_conv(rng, n, tsr_pick(rng, 1, 8), 1);
    }
}

/* ---- weight_form: schedule, form, residual, pool ----------------------------------------------- */

static bool form_is_open(const tsr_coverage *coverage, int32_t bin) {
    return not_hit(TSR_COVER_FORM, coverage, bin);
}

static tsr_status form_schedule(const tsr_case_aim *aim, tsr_rng *rng, tsr_schedule *schedule,
                                tsr_error *err) {
    return set_schedule(aim, aim->at[3] != 0 ? 2 : 1, rng, schedule, err);
}

/** A sum of two maps that others read too, or a relu of one: passes of their own. */
static void add_ones(tsr_network *n, bool adds) {
    n->layers[n->layer_count - 1].is_output = true;
    if (adds) {
        add_sum(n, input_layer);
    } else {
        (void)tsr_case_add_layer(n, TSR_LAYER_RELU, 0, 1, 0);
    }
}

static void form_network(const tsr_case_aim *aim, tsr_rng *rng, tsr_network *n) {
    const bool adds = aim->at[2] != 0;
    add_input(aim, rng, n);
    const int32_t in = n->layers[input_layer].in.c;
    (void)add_conv(rng, n, in, 1);
    if (aim->at[1] == TSR_WEIGHTS_ONES) {
        add_ones(n, adds);
    } else {
        const int32_t conv = add_conv(rng, n, in, 3);
        n->layers[conv].groups = aim->at[1] == TSR_WEIGHTS_DIAGONAL ? in : 1;
        if (adds) {
            add_sum(n, input_layer);
        }
    }
    if (aim->at[3] != 0) {
        (void)tsr_case_add_layer(n, TSR_LAYER_MAX_POOL, 2, 2, 0);
    }
    if (tsr_chance(rng, 50)) {
        (void)add_conv(rng, n, tsr_pick(rng, 1, 8), 1);
    }
}

/* ---- pool_stride: schedule, stride ------------------------------------------------------------- */

static bool pool_is_open(const tsr_coverage *coverage, int32_t bin) {
    return not_hit(TSR_COVER_POOL_STRIDE, coverage, bin);
}

static tsr_status pool_schedule(const tsr_case_aim *aim, tsr_rng *rng, tsr_schedule *schedule,
                                tsr_error *err) {
    return set_schedule(aim, aim->at[1] + 1, rng, schedule, err);
}

/** Blocks end at a pool whose windows reach over them: it is cut only where its map does not fit. */
static const char *pool_shape(const tsr_case_aim *aim) {
    return is_blocked(aim->at[0]) ? smallest_pool : NULL;
}

static void pool_network(const tsr_case_aim *aim, tsr_rng *rng, tsr_network *n) {
    add_input(aim, rng, n);
    if (is_blocked(aim->at[0])) {
        widen_input(rng, n);
    }
    (void)add_conv(rng, n, tsr_pick(rng, 2, 8), 1);
    (void)tsr_case_add_layer(n, TSR_LAYER_MAX_POOL, 3, aim->at[1] + 1, 1);
    if (tsr_chance(rng, 50)) {
        (void)add_conv(rng, n, tsr_pick(rng, 1, 8), 3);
    }
}

/* ---- halo: schedule, residency, tile ----------------------------------------------------------- */

static bool halo_is_open(const tsr_coverage *coverage, int32_t bin) {
    return not_hit(TSR_COVER_HALO, coverage, bin);
}

static const char *halo_shape(const tsr_case_aim *aim) {
    return aim->at[2] == 0 ? smallest_pool : NULL;
}

static tsr_status halo_schedule(const tsr_case_aim *aim, tsr_rng *rng, tsr_schedule *schedule,
                                tsr_error *err) {
    const tsr_case_aim there = {{TSR_CASE_RECOMPUTE + aim->at[0]}, aim->large};
    TSR_TRY(set_schedule(&there, aim->at[2] != 0 ? 1 : 0, rng, schedule, err));
    schedule->residency = (tsr_residency)aim->at[1];
    return TSR_OK;
}

static void halo_network(const tsr_case_aim *aim, tsr_rng *rng, tsr_network *n) {
    const tsr_case_aim there = {{TSR_CASE_RECOMPUTE + aim->at[0]}, aim->large};
    add_input(&there, rng, n);
    if (aim->at[2] == 0) {
        widen_input(rng, n);
    }
    (void)add_conv(rng, n, tsr_pick(rng, 1, 4), 1);
    (void)add_conv(rng, n, tsr_pick(rng, 1, 4), 3);
}

const tsr_case_family tsr_case_pass_families[TSR_CASE_PASS_FAMILIES] = {
    {TSR_COVER_CROSS, pass_is_open, any_shape, pass_schedule, pass_network},
    {TSR_COVER_FORM, form_is_open, any_shape, form_schedule, form_network},
    {TSR_COVER_POOL_STRIDE, pool_is_open, pool_shape, pool_schedule, pool_network},
    {TSR_COVER_HALO, halo_is_open, halo_shape, halo_schedule, halo_network},
};
