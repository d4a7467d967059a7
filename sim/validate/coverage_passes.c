// SPDX-License-Identifier: Apache-2.0
// What the descriptors of a run asked of the machine.
#include "base/alloc.h"
#include "base/check.h"
#include "validate/coverage_plan.h"

enum { no_schedule = -1, pad_sides = 4, kernel_sizes = 4 };

/** A run while it is looked at. */
typedef struct looked_at {
    tsr_coverage *coverage;
    const tsr_program *program;
    const tsr_result *result;
    int32_t schedule;  // axis of the plan, no_schedule = not in it
    bool *cut;         // owned, [layer_count]: more than one block or tile
} looked_at;

static int32_t schedule_of(const tsr_schedule *schedule) {
    if (schedule->mode == TSR_SCHEDULE_LAYERWISE) {
        return 0;
    }
    if (schedule->mode != TSR_SCHEDULE_BLOCKED) {
        return no_schedule;
    }
    switch (schedule->blocking.kind) {
        case TSR_BLOCKING_FIXED:
            return 1;
        case TSR_BLOCKING_HIERARCHICAL:
            return 2;
        default:
            return no_schedule;
    }
}

/** Schedule of a layer: one that is left whole has not been blocked, whatever the schedule says. */
static int32_t schedule_at(const looked_at *l, int64_t layer) {
    return l->schedule == 0 || l->cut[layer] ? l->schedule : no_schedule;
}

/** Modes that pixels outside of the map are really made with; count of sides. */
static int32_t padded_sides(const tsr_desc_conv *d, int64_t modes[pad_sides]) {
    const int64_t bottom =
        (d->out_h - 1) * d->stride_h + (d->kernel_h - 1) * d->dilation_h - d->pad_top - d->in_h + 1;
    const int64_t right = (d->out_w - 1) * d->stride_w + (d->kernel_w - 1) * d->dilation_w -
                          d->pad_left - d->in_w + 1;
    int32_t count = 0;
    if (d->pad_top > 0) {
        modes[count++] = d->pad_mode_top;
    }
    if (d->pad_left > 0) {
        modes[count++] = d->pad_mode_left;
    }
    if (bottom > 0) {
        modes[count++] = d->pad_mode_bottom;
    }
    if (right > 0) {
        modes[count++] = d->pad_mode_right;
    }
    return count;
}

static void hit_pass(const looked_at *l, const tsr_desc *desc, int32_t padding) {
    static const tsr_cause causes[] = {TSR_CAUSE_FILL_DRAIN, TSR_CAUSE_WAIT_WEIGHTS,
                                       TSR_CAUSE_WAIT_FEATURES, TSR_CAUSE_WAIT_STORE,
                                       TSR_CAUSE_SYNC};
    const tsr_desc_conv *d = &desc->u.conv;
    const int64_t layer = desc->header.layer;
    const int32_t kernel =
        d->kernel_h == d->kernel_w && d->kernel_h % 2 == 1 && d->kernel_h < 2 * kernel_sizes
            ? (int32_t)d->kernel_h / 2
            : -1;
    int32_t at[TSR_COVER_AXES] = {schedule_at(l, layer), padding,          kernel,
                                  d->max_pool_2x2 != 0,  d->residual != 0, 0};
    tsr_cover_hit(l->coverage, TSR_COVER_CROSS, at);
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; ++i) {
        if (l->result->layers[layer].cycles_by_cause[causes[i]] > 0) {
            at[5] = (int32_t)i;
            tsr_cover_hit(l->coverage, TSR_COVER_STALL, at);
        }
    }
}

static void hit_padding(const looked_at *l, const tsr_desc *desc) {
    int64_t modes[pad_sides];
    const int32_t sides = padded_sides(&desc->u.conv, modes);
    if (sides == 0) {
        hit_pass(l, desc, TSR_COVER_PAD_NONE);
    }
    for (int32_t i = 0; i < sides; ++i) {
        hit_pass(l, desc, TSR_COVER_PAD_FIRST_MODE + (int32_t)modes[i]);
    }
}

static void hit_window(const looked_at *l, const tsr_desc *desc) {
    const tsr_desc_conv *d = &desc->u.conv;
    int64_t modes[pad_sides];
    const bool wide = d->kernel_h > 1 || d->kernel_w > 1;
    const bool is[] = {
        d->kernel_h % 2 == 0 || d->kernel_w % 2 == 0,
        d->kernel_h != d->kernel_w,
        wide && padded_sides(d, modes) == 0,
        wide && d->kernel_h == d->in_h && d->kernel_w == d->in_w && d->out_h == 1 && d->out_w == 1,
    };
    for (int32_t i = 0; i < (int32_t)(sizeof is / sizeof is[0]); ++i) {
        if (is[i]) {
            tsr_cover_hit(l->coverage, TSR_COVER_WINDOW, &i);
        }
    }
    const int32_t schedule = schedule_at(l, desc->header.layer);
    const int32_t stride[] = {schedule, (int32_t)d->stride_w - 1};
    tsr_cover_hit(l->coverage, TSR_COVER_STRIDE, stride);
    const int32_t dilation[] = {schedule, (int32_t)d->dilation_w - 1};
    if (d->kernel_w > 1) {
        tsr_cover_hit(l->coverage, TSR_COVER_DILATION, dilation);
    }
}

static int32_t law_of(const tsr_pass_law *law) {
    return law->l < law->d ? 0 : law->l == law->d ? 1 : 2;
}

static void hit_arithmetic(const looked_at *l, const tsr_desc *desc) {
    const tsr_arch *arch = &l->program->arch;
    const tsr_desc_conv *d = &desc->u.conv;
    const bool first = d->accumulate_first != 0;
    const bool last = d->accumulate_last != 0;
    const int32_t part = first  ? last ? TSR_COVER_ACC_WHOLE : TSR_COVER_ACC_FIRST
                         : last ? TSR_COVER_ACC_LAST
                                : TSR_COVER_ACC_MIDDLE;
    tsr_cover_hit(l->coverage, TSR_COVER_ACCUMULATE, &part);
    if (!last) {
        return;  // nothing is drained
    }
    const int32_t rounding[] = {(int32_t)d->rounding, arch->activation_bits == 16,
                                d->residual != 0};
    tsr_cover_hit(l->coverage, TSR_COVER_ROUNDING, rounding);
    const tsr_pass_law law = tsr_desc_pass_law(arch, desc);
    const int32_t at[] = {law_of(&law), law.n > 1};
    tsr_cover_hit(l->coverage, TSR_COVER_CONV_LAW, at);
    const bool banked = d->out_bank_stride > 1 || (d->residual != 0 && d->residual_bank_stride > 1);
    const int32_t drain[] = {arch->wp > 1, banked};
    tsr_cover_hit(l->coverage, TSR_COVER_DRAIN, drain);
}

static void hit_pool(const looked_at *l, const tsr_desc *desc) {
    const tsr_desc_pool *d = &desc->u.pool;
    const bool padded = d->pad_top > 0 || d->pad_left > 0 ||
                        (d->out_h - 1) * d->stride_h + d->kernel_h - d->pad_top > d->in_h ||
                        (d->out_w - 1) * d->stride_w + d->kernel_w - d->pad_left > d->in_w;
    const int32_t at[] = {d->kernel_h == d->kernel_w ? (int32_t)d->kernel_h - 2 : -1, padded};
    tsr_cover_hit(l->coverage, TSR_COVER_MAX_POOL, at);
    const tsr_pass_law law = tsr_desc_pass_law(&l->program->arch, desc);
    const int32_t compared = law_of(&law);
    tsr_cover_hit(l->coverage, TSR_COVER_POOL_LAW, &compared);
}

/** Rows of a map in DRAM: do they begin and end at beats? */
static void hit_rows(const looked_at *l, const tsr_desc *desc) {
    const bool load = desc->header.opcode == TSR_OP_LOAD_FEATURE;
    const uint64_t beat = (uint64_t)tsr_arch_beat_bytes(&l->program->arch);
    const tsr_desc_load_feature *f = &desc->u.load_feature;
    const tsr_desc_store *s = &desc->u.store;
    const int64_t planes = load ? f->planes : s->planes;
    const int64_t rows = load ? f->rows : s->rows;
    for (int64_t p = 0; p < planes; ++p) {
        for (int64_t y = 0; y < rows; ++y) {
            const int64_t begin =
                load ? f->dram_address + p * f->plane_stride_bytes + y * f->row_stride_bytes
                     : s->dram_address + p * s->plane_stride_bytes + y * s->row_stride_bytes;
            const int64_t end = begin + (load ? f->row_bytes : s->row_bytes);
            const int32_t at[] = {!load, (uint64_t)begin % beat != 0, (uint64_t)end % beat != 0};
            tsr_cover_hit(l->coverage, TSR_COVER_ROW, at);
        }
    }
}

static void hit_layers(const looked_at *l) {
    static const tsr_cause waits[] = {TSR_CAUSE_WAIT_WEIGHTS, TSR_CAUSE_WAIT_FEATURES,
                                      TSR_CAUSE_WAIT_STORE};
    for (int32_t i = 0; i < l->program->layer_count; ++i) {
        const uint64_t *cycles = l->result->layers[i].cycles_by_cause;
        uint64_t waited = 0;
        for (int32_t w = 0; w < 3; ++w) {
            const int32_t at = w + 1;
            waited += cycles[waits[w]];
            if (cycles[waits[w]] > cycles[TSR_CAUSE_COMPUTE]) {
                tsr_cover_hit(l->coverage, TSR_COVER_BOUND, &at);
            }
        }
        const int32_t compute = 0;
        if (cycles[TSR_CAUSE_COMPUTE] > waited) {
            tsr_cover_hit(l->coverage, TSR_COVER_BOUND, &compute);
        }
    }
}

static void hit_planning(const looked_at *l, const tsr_schedule *schedule) {
    const int32_t at[] = {l->schedule - 1, (int32_t)schedule->residency, (int32_t)schedule->join};
    tsr_cover_hit(l->coverage, TSR_COVER_PLANNING, at);
    const int32_t kind = (int32_t)l->program->arch.dram.kind;
    tsr_cover_hit(l->coverage, TSR_COVER_MEMORY, &kind);
}

static void hit_descriptors(const looked_at *l) {
    for (int32_t i = 0; i < l->program->desc_count; ++i) {
        const tsr_desc *desc = &l->program->descs[i];
        switch (desc->header.opcode) {
            case TSR_OP_CONV:
                hit_padding(l, desc);
                hit_window(l, desc);
                hit_arithmetic(l, desc);
                break;
            case TSR_OP_POOL:
                hit_pool(l, desc);
                break;
            case TSR_OP_LOAD_FEATURE:
            case TSR_OP_STORE:
                hit_rows(l, desc);
                break;
            default:
                break;
        }
    }
}

tsr_status tsr_cover_passes(tsr_coverage *coverage, const tsr_program *program,
                            const tsr_schedule *schedule, const tsr_result *result,
                            tsr_error *err) {
    looked_at l = {.coverage = coverage,
                   .program = program,
                   .result = result,
                   .schedule = schedule_of(schedule)};
    TSR_CHECK(result->layer_count == program->layer_count, TSR_ERR_USAGE, err, "coverage",
              "a result of %d layers, the program has %d", result->layer_count,
              program->layer_count);
    l.cut = tsr_alloc((size_t)program->layer_count, sizeof *l.cut);
    TSR_CHECK(l.cut != NULL, TSR_ERR_NO_MEMORY, err, "coverage", "no memory for %d layers",
              program->layer_count);
    for (int32_t i = 0; i < program->desc_count; ++i) {
        l.cut[program->descs[i].header.layer] |= program->notes[i].block > 0;
    }
    hit_descriptors(&l);
    hit_layers(&l);
    hit_planning(&l, schedule);
    tsr_free(l.cut);
    return TSR_OK;
}
