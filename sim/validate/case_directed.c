// SPDX-License-Identifier: Apache-2.0
// Cases for holes of the coverage plan. First, for each bin of group `pass` some tries: a network that is one conv with
// what the bin asks for, and a schedule that does to it what the bin says; then the extra ones. Machine, memory and
// values are drawn as ever.
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "validate/case_extra.h"
#include "validate/case_work.h"

enum { tries = 32, small_block = 8, large_block = 16, input_layer = 0, most_layers = 4 };

/** The values of a bin of group `pass`; large: few channels and two large blocks, so that it is features that are
 * waited for, not weights. */
typedef struct wanted {
    int32_t schedule, padding, kernel, pool, residual;
    bool large;
} wanted;

static const tsr_cover_plan *passes(void) {
    return &tsr_cover_plans[TSR_COVER_CROSS];
}

/** Bin of `pass`, or behind those the extra cases. */
static int32_t place_of(uint64_t index) {
    return (int32_t)((index - TSR_CASE_DIRECTED) / tries);
}

/** Number of an extra case; negative: it is for a bin of `pass`. */
static int32_t extra_of(uint64_t index) {
    return place_of(index) - tsr_cover_size(passes());
}

static wanted wanted_of(uint64_t index) {
    int32_t at[TSR_COVER_AXES] = {0};
    tsr_cover_at(passes(), place_of(index), at);
    return (wanted){at[0], at[1], 2 * at[2] + 1, at[3], at[4], index % 2 == 1};
}

bool tsr_case_is_directed(uint64_t index) {
    const uint64_t places = (uint64_t)(tsr_cover_size(passes()) + tsr_case_extra_count());
    return index >= TSR_CASE_DIRECTED && index - TSR_CASE_DIRECTED < places * tries;
}

/** Any bin of `pass_stall` that belongs to this bin of `pass` not hit yet? */
static bool is_open(const tsr_coverage *coverage, int32_t bin) {
    const int32_t causes =
        tsr_cover_size(&tsr_cover_plans[TSR_COVER_STALL]) / tsr_cover_size(passes());
    bool open = false;
    for (int32_t cause = 0; cause < causes; ++cause) {
        open |= tsr_cover_hits(coverage, TSR_COVER_STALL, bin * causes + cause) == 0;
    }
    return open && tsr_cover_impossible(passes(), bin) == NULL;
}

bool tsr_case_next_directed(const tsr_coverage *coverage, uint64_t *index) {
    for (; tsr_case_is_directed(*index); ++*index) {
        const int32_t number = extra_of(*index);
        if (number < 0 ? is_open(coverage, place_of(*index))
                       : tsr_case_extra_open(coverage, number)) {
            return true;
        }
    }
    return false;
}

const char *tsr_case_directed_shape(uint64_t index) {
    return tsr_case_is_directed(index) && extra_of(index) >= 0
               ? tsr_case_extra_shape(extra_of(index))
               : NULL;
}

tsr_status tsr_case_directed_schedule(uint64_t index, tsr_rng *rng, tsr_schedule *schedule,
                                      tsr_error *err) {
    if (extra_of(index) >= 0) {
        return tsr_case_extra_schedule(extra_of(index), schedule, err);
    }
    const wanted w = wanted_of(index);
    tsr_blocking *b = &schedule->blocking;
    *schedule = (tsr_schedule){.mode = TSR_SCHEDULE_LAYERWISE};
    b->border_padding = TSR_PAD_SAME;
    if (w.padding != TSR_COVER_PAD_NONE) {
        b->block_padding = (tsr_pad_mode)(w.padding - TSR_COVER_PAD_FIRST_MODE);
    }
    if (w.schedule != 0) {
        schedule->mode = TSR_SCHEDULE_BLOCKED;
        schedule->join = (tsr_join)tsr_pick(rng, 0, 2);
        schedule->residency = (tsr_residency)tsr_pick(rng, 0, 2);
        b->kind = w.schedule == 1 ? TSR_BLOCKING_FIXED : TSR_BLOCKING_HIERARCHICAL;
        b->h = b->w = tsr_pick(rng, 2, 3);
        if (w.schedule == 1) {
            b->h = b->w = w.large ? large_block : small_block;
        } else if (w.large) {
            b->h = 1;
            b->w = 2;
        }
        b->ragged = true;
    }
    return TSR_OK;
}

static tsr_status pass_network(const wanted *w, tsr_rng *rng, tsr_network *n, tsr_error *err) {
    memset(n, 0, sizeof *n);
    n->layers = tsr_alloc(most_layers, sizeof *n->layers);
    TSR_CHECK(n->layers != NULL, TSR_ERR_NO_MEMORY, err, "directed case", "no memory for layers");
    (void)snprintf(n->name, sizeof n->name, "directed");
    n->batch = tsr_chance(rng, 30) ? 2 : 1;
    (void)tsr_case_add_layer(n, TSR_LAYER_INPUT, 0, 1, 0);
    tsr_shape in = {tsr_pick(rng, 1, 9), small_block * tsr_pick(rng, 2, 3),
                    small_block * tsr_pick(rng, 2, 3)};
    if (w->large) {
        in = (tsr_shape){tsr_pick(rng, 1, 4), large_block, 2 * large_block};
    }
    n->layers[input_layer].in = n->layers[input_layer].out = in;
    tsr_layer *conv =
        &n->layers[tsr_case_add_layer(n, TSR_LAYER_CONV, w->kernel, 1, (w->kernel - 1) / 2)];
    conv->out_channels = w->residual != 0 ? in.c : tsr_pick(rng, 1, w->large ? 4 : 20);
    conv->has_bias = tsr_chance(rng, 80);
    if (w->residual != 0) {
        tsr_layer *sum = &n->layers[tsr_case_add_layer(n, TSR_LAYER_ADD, 0, 1, 0)];
        sum->input_count = 2;
        sum->inputs[1] = input_layer;
    }
    if (w->pool != 0) {
        (void)tsr_case_add_layer(n, TSR_LAYER_MAX_POOL, 2, 2, 0);
    }
    return TSR_OK;
}

tsr_status tsr_case_directed_network(uint64_t index, tsr_rng *rng, tsr_network *network,
                                     tsr_error *err) {
    if (extra_of(index) >= 0) {
        return tsr_case_extra_network(extra_of(index), network, err);
    }
    const wanted w = wanted_of(index);
    return pass_network(&w, rng, network, err);
}

void tsr_case_directed_place(uint64_t index, tsr_program *program) {
    if (tsr_case_is_directed(index) && extra_of(index) >= 0) {
        tsr_case_extra_place(extra_of(index), program);
    }
}
