// SPDX-License-Identifier: Apache-2.0
// int8 convolution of one tile: panel after panel of output channels, a few pixels at a time.
#include "fast/tile_conv.h"

#include <string.h>

#include "base/check.h"

/** What the panels of a run share; borrowed. */
typedef struct tile_run {
    const tsr_tile_conv *shape;
    const tsr_tile_plan *plan;
    const char *input;  // packed
    int32_t *sums;      // [variant.pixels][lanes]
    int32_t *acc;
} tile_run;

static size_t pixel_count(const tsr_tile_conv *shape) {
    return (size_t)shape->out_h * (size_t)shape->out_w;
}

// Elements from the packed input to the first word that output pixel `pixel` reads.
static size_t pixel_offset(const tile_run *run, size_t pixel) {
    const tsr_tile_conv *s = run->shape;
    const size_t y = pixel / (size_t)s->out_w * (size_t)s->stride_h;
    const size_t x = pixel % (size_t)s->out_w * (size_t)s->stride_w;
    return (y * (size_t)s->in_w + x) * run->plan->word;
}

// Sums of one pixel to their places: channels of a panel lie in one or several groups of tm.
static void put(const tile_run *run, size_t panel, size_t pixel, const int32_t *sums,
                const int32_t *correction) {
    const size_t tm = (size_t)run->shape->tm;
    const size_t lanes = (size_t)run->plan->variant.lanes;
    const size_t pixels = pixel_count(run->shape);
    size_t lane = 0;
    while (lane < lanes && panel * lanes + lane < run->plan->channels) {
        const size_t channel = panel * lanes + lane;
        const size_t m = channel % tm;
        const size_t room = tm - m < lanes - lane ? tm - m : lanes - lane;
        int32_t *acc = run->acc + (channel / tm * pixels + pixel) * tm + m;
        for (size_t i = 0; i < room; ++i) {
            const uint32_t sum = (uint32_t)sums[lane + i] - (uint32_t)correction[lane + i];
            acc[i] = (int32_t)(run->shape->accumulate ? sum + (uint32_t)acc[i] : sum);
        }
        lane += room;
    }
}

static void run_panel(const tile_run *run, size_t panel, const void *weight) {
    const tsr_tile_variant *variant = &run->plan->variant;
    const size_t step = (size_t)variant->pixels;
    const size_t pixels = pixel_count(run->shape);
    int32_t correction[TSR_TILE_MAX_LANES] = {0};
    if (variant->correct != NULL) {
        variant->correct(weight, run->plan->tap_count * run->plan->steps, correction);
    }
    tsr_tile_job job = {.in = run->input,
                        .taps = run->plan->taps,
                        .tap_count = run->plan->tap_count,
                        .steps = run->plan->steps,
                        .weight = weight,
                        .sums = run->sums};
    for (size_t pixel = 0; pixel < pixels; pixel += step) {
        const size_t count = pixels - pixel < step ? pixels - pixel : step;
        for (size_t p = 0; p < step; ++p) {
            // beyond the last pixel the last one is computed again and not stored
            job.pixels[p] = p < count ? pixel_offset(run, pixel + p) : job.pixels[count - 1];
        }
        variant->kernel(&job);
        for (size_t p = 0; p < count; ++p) {
            put(run, panel, pixel + p, run->sums + p * (size_t)variant->lanes, correction);
        }
    }
}

// `weight` for panels packed as they come, or `packed` for panels that are packed already.
static tsr_status run_panels(const tsr_tile_conv *shape, const tsr_tile_plan *plan,
                             const int8_t *in, const int8_t *weight, const char *packed,
                             int32_t *acc, tsr_error *err) {
    _Alignas(64) int32_t sums[TSR_TILE_MAX_PIXELS * TSR_TILE_MAX_LANES];
    tsr_aligned input = tsr_aligned_alloc(tsr_tile_input_bytes(shape, plan));
    tsr_aligned panel = tsr_aligned_alloc(packed != NULL ? 0 : plan->panel_bytes);
    tsr_status status = TSR_OK;
    if (input.data == NULL || panel.data == NULL) {
        status = tsr_fail(err, TSR_ERR_NO_MEMORY, NULL, "no memory for a convolution");
        goto done;
    }
    tsr_tile_pack_input(shape, plan, in, input.data);
    const tile_run run = {shape, plan, input.data, sums, acc};
    for (size_t p = 0; p < plan->panels; ++p) {
        const char *ready = packed != NULL ? packed + p * plan->panel_bytes : panel.data;
        if (packed == NULL) {
            tsr_tile_pack_panel(shape, plan, weight, p, panel.data);
        }
        run_panel(&run, p, ready);
    }
done:
    tsr_aligned_free(&panel);
    tsr_aligned_free(&input);
    return status;
}

tsr_status tsr_tile_conv_i8(const tsr_tile_conv *shape, const int8_t *in, const int8_t *weight,
                            int32_t *acc, tsr_isa isa, tsr_error *err) {
    tsr_tile_plan plan = {0};
    TSR_TRY(tsr_tile_plan_make(shape, isa, &plan, err));
    const tsr_status status = run_panels(shape, &plan, in, weight, NULL, acc, err);
    tsr_tile_plan_free(&plan);
    return status;
}

tsr_status tsr_tile_weights_make(const tsr_tile_conv *shape, const int8_t *weight, tsr_isa isa,
                                 tsr_tile_weights *packed, tsr_error *err) {
    tsr_tile_plan plan = {0};
    TSR_TRY(tsr_tile_plan_make(shape, isa, &plan, err));
    tsr_aligned panels = tsr_aligned_alloc(plan.panels * plan.panel_bytes);
    for (size_t p = 0; p < plan.panels && panels.data != NULL; ++p) {
        tsr_tile_pack_panel(shape, &plan, weight, p, panels.data + p * plan.panel_bytes);
    }
    tsr_tile_plan_free(&plan);
    TSR_CHECK(panels.data != NULL, TSR_ERR_NO_MEMORY, err, NULL, "no memory for packed weights");
    *packed = (tsr_tile_weights){isa, panels};
    return TSR_OK;
}

void tsr_tile_weights_free(tsr_tile_weights *packed) {
    tsr_aligned_free(&packed->panels);
}

tsr_status tsr_tile_conv_packed(const tsr_tile_conv *shape, const int8_t *in,
                                const tsr_tile_weights *packed, int32_t *acc, tsr_error *err) {
    tsr_tile_plan plan = {0};
    TSR_TRY(tsr_tile_plan_make(shape, packed->isa, &plan, err));
    const tsr_status status = run_panels(shape, &plan, in, NULL, packed->panels.data, acc, err);
    tsr_tile_plan_free(&plan);
    return status;
}
