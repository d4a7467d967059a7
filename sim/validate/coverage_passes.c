// SPDX-License-Identifier: Apache-2.0
// What the descriptors of a run asked of the machine.
#include "base/alloc.h"
#include "base/check.h"
#include "validate/case_work.h"
#include "validate/coverage_layers.h"
#include "validate/coverage_plan.h"

enum { pad_sides = 4, kernel_sizes = 4 };

/** A run while it is looked at. */
typedef struct looked_at {
    tsr_coverage *coverage;
    const tsr_program *program;
    const tsr_result *result;
    const tsr_schedule *schedule;
    tsr_cover_layer *layers;  // owned, [layer_count]
} looked_at;

/** Axis of the plan: the schedule of a layer, TSR_CASE_SCHEDULES if it is not run like that. */
static int32_t schedule_at(const looked_at *l, int64_t layer) {
    const tsr_cover_layer *at = &l->layers[layer];
    return tsr_cover_is_run(at) ? tsr_case_mode_of(at->mode, &l->schedule->blocking)
                                : TSR_CASE_SCHEDULES;
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
    if (desc->u.conv.weight_form != TSR_WEIGHTS_DENSE) {
        return;
    }
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

static void hit_form(const looked_at *l, const tsr_desc *desc) {
    const tsr_desc_conv *d = &desc->u.conv;
    const int32_t form = (int32_t)d->weight_form;
    const int32_t at[] = {schedule_at(l, desc->header.layer), form, d->residual != 0,
                          d->max_pool_2x2 != 0};
    tsr_cover_hit(l->coverage, TSR_COVER_FORM, at);
    const int32_t ones[] = {(int32_t)d->ones_weight - 1, d->kernel_h > 1 || d->kernel_w > 1};
    tsr_cover_hit(l->coverage, TSR_COVER_ONES, ones);
    const int32_t groups[] = {form, d->in_planes > 1};
    if (d->group_planes > 0 && d->m_groups > 1) {
        tsr_cover_hit(l->coverage, TSR_COVER_GROUPS, groups);
    }
    const int32_t step[] = {(int32_t)d->out_step_w - 2, form == TSR_WEIGHTS_DENSE  ? 0
                                                        : form == TSR_WEIGHTS_ONES ? 1
                                                                                   : -1};
    tsr_cover_hit(l->coverage, TSR_COVER_STEP, step);
}

/** A map of `rows` rows from y0 on, if it is a ring. */
static void hit_ring(const looked_at *l, int32_t map, int64_t wrap, int64_t y0, int64_t rows) {
    const int32_t at[] = {map, y0 + rows > wrap};
    if (wrap > 0) {
        tsr_cover_hit(l->coverage, TSR_COVER_RING, at);
    }
}

static void hit_conv_rings(const looked_at *l, const tsr_desc_conv *d) {
    const int64_t made = d->max_pool_2x2 != 0 ? d->out_h / 2 : d->out_h;
    const int64_t step = d->out_step_h > 1 ? d->out_step_h : 1;
    hit_ring(l, TSR_COVER_CONV_INPUT, d->in_wrap, d->in_y0, d->in_h);
    hit_ring(l, TSR_COVER_CONV_OUTPUT, d->out_wrap, d->out_y0, (made - 1) * step + 1);
    if (d->residual != 0) {
        hit_ring(l, TSR_COVER_CONV_RESIDUAL, d->residual_wrap, d->residual_y0, d->out_h);
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

/** "2x2", "3x3", "4x4", "oblong" */
static int32_t window_of(const tsr_desc_pool *d) {
    return d->kernel_h == d->kernel_w ? (int32_t)d->kernel_h - 2 : 3;
}

static void hit_pool(const looked_at *l, const tsr_desc *desc) {
    const tsr_desc_pool *d = &desc->u.pool;
    const bool padded = d->pad_top > 0 || d->pad_left > 0 ||
                        (d->out_h - 1) * d->stride_h + d->kernel_h - d->pad_top > d->in_h ||
                        (d->out_w - 1) * d->stride_w + d->kernel_w - d->pad_left > d->in_w;
    const int32_t at[] = {window_of(d), padded};
    tsr_cover_hit(l->coverage, TSR_COVER_MAX_POOL, at);
    const int32_t stride[] = {schedule_at(l, desc->header.layer), (int32_t)d->stride_w - 1};
    tsr_cover_hit(l->coverage, TSR_COVER_POOL_STRIDE, stride);
    const tsr_pass_law law = tsr_desc_pass_law(&l->program->arch, desc);
    const int32_t compared = law_of(&law);
    tsr_cover_hit(l->coverage, TSR_COVER_POOL_LAW, &compared);
    hit_ring(l, TSR_COVER_POOL_INPUT, d->in_wrap, d->in_y0, d->in_h);
    hit_ring(l, TSR_COVER_POOL_OUTPUT, d->out_wrap, d->out_y0, d->out_h);
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

/** Pixels that a load gathers in a word. */
static void hit_pack(const looked_at *l, const tsr_desc_load_feature *d) {
    const int32_t more = 2;
    const int32_t at = d->pack - 2 < more ? (int32_t)d->pack - 2 : more;
    if (d->pack > 1) {
        tsr_cover_hit(l->coverage, TSR_COVER_PACK, &at);
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

static void hit_descriptors(const looked_at *l) {
    for (int32_t i = 0; i < l->program->desc_count; ++i) {
        const tsr_desc desc = tsr_program_desc(l->program, i);
        switch (desc.header.opcode) {
            case TSR_OP_CONV:
                hit_padding(l, &desc);
                hit_window(l, &desc);
                hit_form(l, &desc);
                hit_conv_rings(l, &desc.u.conv);
                hit_arithmetic(l, &desc);
                break;
            case TSR_OP_POOL:
                hit_pool(l, &desc);
                break;
            case TSR_OP_LOAD_FEATURE:
                hit_pack(l, &desc.u.load_feature);
                hit_rows(l, &desc);
                break;
            case TSR_OP_STORE:
                hit_rows(l, &desc);
                break;
            default:
                break;
        }
    }
}

tsr_status tsr_cover_passes(tsr_coverage *coverage, const tsr_program *program,
                            const tsr_schedule *schedule, const tsr_result *result,
                            tsr_error *err) {
    looked_at l = {
        .coverage = coverage, .program = program, .result = result, .schedule = schedule};
    TSR_CHECK(result->layer_count == program->layer_count, TSR_ERR_USAGE, err, "coverage",
              "a result of %d layers, the program has %d", result->layer_count,
              program->layer_count);
    TSR_TRY(tsr_cover_layers(program, schedule, &l.layers, err));
    hit_descriptors(&l);
    hit_layers(&l);
    tsr_free(l.layers);
    return TSR_OK;
}
