// SPDX-License-Identifier: Apache-2.0
// Conv and pool descriptors with diagonal and constant weights, planes that move on with the group,
// stepped outputs and rings of rows, against loops over the definition. The whole feature pool is
// compared: the words that the pass writes, and all that it must not touch.
#include "pool_image.h"

static uint64_t seed;

/** A pass and its maps. */
typedef struct pass {
    tsr_desc desc;
    image_map in, out, side;
} pass;

/** What the rounds have covered. */
typedef struct coverage {
    int32_t done, conflicts, form[3], groups, steps, rings[3], pooled, residuals;
} coverage;

static int64_t step_of(int64_t field) {
    return field == 0 ? 1 : field;
}

/** Weight of array row m for lane n of plane p, or 0 where the row does not see the lane. */
static int64_t weight_at(const image *im, const tsr_desc_conv *d, int64_t g, int64_t m, int64_t n,
                         const int64_t tap[3]) {
    const int64_t tm = im->arch.tm;
    const int64_t tn = im->arch.tn;
    const int64_t number = (tap[0] * d->kernel_h + tap[1]) * d->kernel_w + tap[2];
    const int64_t taps = d->in_planes * d->kernel_h * d->kernel_w;
    const uint8_t *weights = im->memory + im->pool_bytes + im->parameter_bytes;
    if (d->weight_form == 0) {
        return image_element(im, weights, ((d->weight_base + g * taps + number) * tm + m) * tn + n);
    }
    if (m != tap[0] * tn + n) {
        return 0;
    }
    if (d->weight_form == 2) {
        return d->ones_weight;
    }
    const int64_t word = d->weight_base + g * ((taps + tm - 1) / tm) + number / tm;
    return image_element(im, weights, (word * tm + number % tm) * tn + n);
}

static int64_t input_at(const image *im, const pass *p, int64_t plane, int64_t iy, int64_t ix,
                        int64_t n) {
    const tsr_desc_conv *d = &p->desc.u.conv;
    const int32_t y = tsr_pad_index((int32_t)iy, (int32_t)d->in_h, (tsr_pad_mode)d->pad_mode_top,
                                    (tsr_pad_mode)d->pad_mode_bottom);
    const int32_t x = tsr_pad_index((int32_t)ix, (int32_t)d->in_w, (tsr_pad_mode)d->pad_mode_left,
                                    (tsr_pad_mode)d->pad_mode_right);
    return y < 0 || x < 0 ? d->in_zero_point
                          : image_element(im, im->memory + image_at(im, &p->in, plane, y, x), n);
}

static int64_t sum_at(const image *im, const pass *p, int64_t g, int64_t m, int64_t y, int64_t x) {
    const tsr_desc_conv *d = &p->desc.u.conv;
    int64_t sum = 0;
    for (int64_t plane = 0; plane < d->in_planes; ++plane) {
        for (int64_t k = 0; k < d->kernel_h * d->kernel_w; ++k) {
            const int64_t tap[3] = {plane, k / d->kernel_w, k % d->kernel_w};
            const int64_t iy = y * d->stride_h + tap[1] * d->dilation_h - d->pad_top;
            const int64_t ix = x * d->stride_w + tap[2] * d->dilation_w - d->pad_left;
            for (int64_t n = 0; n < im->arch.tn; ++n) {
                sum += weight_at(im, d, g, m, n, tap) *
                       input_at(im, p, g * d->group_planes + plane, iy, ix, n);
            }
        }
    }
    return sum;
}

/** Output value before the pool. */
static int64_t value_at(const image *im, const pass *p, int64_t g, int64_t m, int64_t y,
                        int64_t x) {
    const tsr_desc_conv *d = &p->desc.u.conv;
    const uint8_t *record =
        im->memory + im->pool_bytes + ((d->parameter_base + g) * im->arch.tm + m) * 16;
    int64_t bias = 0;
    tsr_scale scale = {0};
    memcpy(&bias, record, sizeof bias);
    memcpy(&scale.multiplier, record + 8, sizeof scale.multiplier);
    scale.shift = record[12];
    const tsr_rounding rounding = (tsr_rounding)d->rounding;
    int64_t value = tsr_requantize(sum_at(im, p, g, m, y, x) + bias, scale, rounding);
    if (d->residual != 0) {
        const int64_t plane = g * (im->arch.tm / im->arch.tn) + m / im->arch.tn;
        const uint8_t *word = im->memory + image_at(im, &p->side, plane, y, x);
        const tsr_scale side = {(int32_t)d->residual_multiplier, (int32_t)d->residual_shift};
        value += tsr_requantize(image_element(im, word, m % im->arch.tn) - d->residual_zero_point,
                                side, rounding);
    }
    value += d->out_zero_point;
    return value < d->clamp_lo ? d->clamp_lo : value > d->clamp_hi ? d->clamp_hi : value;
}

static int64_t output_at(const image *im, const pass *p, int64_t g, int64_t m, int64_t y,
                         int64_t x) {
    if (p->desc.u.conv.max_pool_2x2 == 0) {
        return value_at(im, p, g, m, y, x);
    }
    int64_t best = INT64_MIN;
    for (int64_t k = 0; k < 4; ++k) {
        const int64_t value = value_at(im, p, g, m, 2 * y + k / 2, 2 * x + k % 2);
        best = value > best ? value : best;
    }
    return best;
}

/** Window of a conv over h x w pixels that has an output. */
static void pick_window(tsr_rng *rng, tsr_desc_conv *d) {
    do {
        d->in_h = image_pick(rng, 1, 6);
        d->in_w = image_pick(rng, 1, 7);
        d->kernel_h = image_pick(rng, 1, 3);
        d->kernel_w = image_pick(rng, 1, 3);
        d->stride_h = image_pick(rng, 1, 2);
        d->stride_w = image_pick(rng, 1, 2);
        d->dilation_h = image_pick(rng, 1, 2);
        d->dilation_w = image_pick(rng, 1, 2);
        d->pad_top = image_pick(rng, 0, 1);
        d->pad_left = image_pick(rng, 0, 1);
        const int64_t tall = d->in_h + d->pad_top + image_pick(rng, 0, 1);
        const int64_t wide = d->in_w + d->pad_left + image_pick(rng, 0, 1);
        d->out_h = (tall - (d->kernel_h - 1) * d->dilation_h - 1) / d->stride_h + 1;
        d->out_w = (wide - (d->kernel_w - 1) * d->dilation_w - 1) / d->stride_w + 1;
        d->pad_mode_top = image_pick(rng, 0, 1);
        d->pad_mode_left = image_pick(rng, 0, 1);
        d->pad_mode_bottom = image_pick(rng, 0, 1);
        d->pad_mode_right = image_pick(rng, 0, 1);
        // a negative quotient would be rounded the wrong way
        d->out_h = tall > (d->kernel_h - 1) * d->dilation_h ? d->out_h : 0;
        d->out_w = wide > (d->kernel_w - 1) * d->dilation_w ? d->out_w : 0;
    } while (d->out_h < 1 || d->out_w < 1);
}

static void pick_values(tsr_rng *rng, const tsr_arch *arch, tsr_desc_conv *d) {
    const int32_t limit = arch->activation_bits == 8 ? 127 : 32767;
    const int32_t ratio = arch->tm / arch->tn;
    d->weight_form = image_pick(rng, 0, 2);
    d->ones_weight = d->weight_form == 2 ? image_pick(rng, 1, 2) : 0;
    d->in_planes = image_pick(rng, 1, d->weight_form == 0 ? 3 : ratio);
    const int64_t moves[] = {0, 1, ratio, d->in_planes, d->in_planes + 1};
    d->group_planes = moves[image_pick(rng, 0, 4)];
    d->m_groups = image_pick(rng, 1, 3);
    d->weight_base = image_pick(rng, 0, 3);
    d->parameter_base = image_pick(rng, 0, 3);
    d->in_zero_point = image_pick(rng, -limit, limit);
    d->out_zero_point = image_pick(rng, -limit / 4, limit / 4);
    d->clamp_lo = image_pick(rng, -limit - 1, 0);
    d->clamp_hi = image_pick(rng, 0, limit);
    d->rounding = image_pick(rng, 0, TSR_ROUNDING_COUNT - 1);
    d->residual = image_pick(rng, 0, 1);
    d->residual_multiplier = image_pick(rng, 1 << 30, INT32_MAX);
    d->residual_shift = image_pick(rng, 30, 33);
    d->residual_zero_point = image_pick(rng, -limit, limit);
    d->accumulate_first = 1;
    d->accumulate_last = 1;
    d->max_pool_2x2 = d->out_h >= 2 && d->out_w >= 2 && image_pick(rng, 0, 3) == 0;
    if (d->max_pool_2x2 == 0) {
        d->out_step_h = image_pick(rng, 0, 4);
        d->out_step_w = image_pick(rng, 0, 4);
    }
}

static void place_maps(image *im, tsr_rng *rng, pass *p) {
    tsr_desc_conv *d = &p->desc.u.conv;
    const int64_t half = d->max_pool_2x2 != 0 ? 2 : 1;
    const int64_t out_planes = d->m_groups * (im->arch.tm / im->arch.tn);
    p->in = image_place(im, rng, d->stride_w, (d->m_groups - 1) * d->group_planes + d->in_planes,
                        d->in_h, d->in_w);
    p->out = image_place(im, rng, image_pick(rng, 1, 2), out_planes,
                         (d->out_h / half - 1) * step_of(d->out_step_h) + 1,
                         (d->out_w / half - 1) * step_of(d->out_step_w) + 1);
    p->side = image_place(im, rng, image_pick(rng, 1, 2), out_planes, d->out_h, d->out_w);
    d->in_base = p->in.base;
    d->in_row_pitch = p->in.row_pitch;
    d->in_plane_pitch = p->in.plane_pitch;
    d->in_bank_stride = p->in.bank_stride;
    d->in_y0 = p->in.y0;
    d->in_x0 = p->in.x0;
    d->in_wrap = p->in.wrap;
    d->out_base = p->out.base;
    d->out_row_pitch = p->out.row_pitch;
    d->out_plane_pitch = p->out.plane_pitch;
    d->out_bank_stride = p->out.bank_stride;
    d->out_y0 = p->out.y0;
    d->out_x0 = p->out.x0;
    d->out_wrap = p->out.wrap;
    d->residual_base = p->side.base;
    d->residual_row_pitch = p->side.row_pitch;
    d->residual_plane_pitch = p->side.plane_pitch;
    d->residual_bank_stride = p->side.bank_stride;
    d->residual_y0 = p->side.y0;
    d->residual_x0 = p->side.x0;
    d->residual_wrap = p->side.wrap;
}

/** What the pool holds after the pass; to be freed. */
static uint8_t *expected_pool(const image *im, const pass *p) {
    const tsr_desc_conv *d = &p->desc.u.conv;
    const int64_t half = d->max_pool_2x2 != 0 ? 2 : 1;
    uint8_t *due = tsr_alloc((size_t)im->pool_bytes, 1);
    assert_non_null(due);
    memcpy(due, im->memory, (size_t)im->pool_bytes);
    for (int64_t c = 0; c < d->m_groups * im->arch.tm; ++c) {
        for (int64_t y = 0; y < d->out_h / half; ++y) {
            for (int64_t x = 0; x < d->out_w / half; ++x) {
                const int64_t at = image_at(im, &p->out, c / im->arch.tn,
                                            y * step_of(d->out_step_h), x * step_of(d->out_step_w));
                image_set(im, due + at, c % im->arch.tn,
                          output_at(im, p, c / im->arch.tm, c % im->arch.tm, y, x));
            }
        }
    }
    return due;
}

static void count(const pass *p, coverage *seen) {
    const tsr_desc_conv *d = &p->desc.u.conv;
    ++seen->done;
    ++seen->form[d->weight_form];
    seen->groups += d->group_planes > 0 && d->m_groups > 1;
    seen->steps += d->out_step_h > 1 || d->out_step_w > 1;
    seen->pooled += d->max_pool_2x2 != 0;
    seen->residuals += d->residual != 0;
    seen->rings[0] += d->in_wrap != 0 && d->in_y0 + d->in_h > d->in_wrap;
    seen->rings[1] +=
        d->out_wrap != 0 && d->out_y0 + (d->out_h - 1) * step_of(d->out_step_h) >= d->out_wrap;
    seen->rings[2] += d->residual_wrap != 0 && d->residual_y0 + d->out_h > d->residual_wrap;
}

static void run_conv(tsr_rng *rng, int32_t bits, coverage *seen) {
    image im = image_make(rng, bits);
    pass p = {.desc = {.header = {.opcode = TSR_OP_CONV, .units = 2}}};
    pick_window(rng, &p.desc.u.conv);
    pick_values(rng, &im.arch, &p.desc.u.conv);
    place_maps(&im, rng, &p);
    if (im.next_line > IMAGE_LINES) {
        image_free(&im);  // too big: the next round has another
        return;
    }
    image_load(&im);
    tsr_error err = {0};
    const tsr_status status =
        tsr_datapath_execute(im.datapath, &p.desc, im.memory, (uint64_t)im.memory_bytes, &err);
    if (status != TSR_OK) {
        // the one thing that a random window may not do
        assert_non_null(strstr(err.message, "bank conflict"));
        ++seen->conflicts;
    } else {
        uint8_t *due = expected_pool(&im, &p);
        image_compare(&im, due, seen->done);
        tsr_free(due);
        count(&p, seen);
    }
    image_free(&im);
}

static void conv_fields_mean_what_program_h_says(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    coverage seen = {0};
    for (int32_t round = 0; round < 900; ++round) {
        run_conv(&rng, round % 3 == 2 ? 16 : 8, &seen);
    }
    assert_true(seen.done > 600);
    assert_true(seen.form[0] > 150 && seen.form[1] > 150 && seen.form[2] > 150);
    assert_true(seen.groups > 150 && seen.steps > 150 && seen.pooled > 50 && seen.residuals > 200);
    assert_true(seen.rings[0] > 100 && seen.rings[1] > 100 && seen.rings[2] > 100);
}

/** Sums in the accumulators, several descriptors of diagonal weights to one result. */
static void diagonal_sums_go_on_over_descriptors(void **state) {
    (void)state;
    tsr_rng rng = {seed + 1};
    for (int32_t round = 0; round < 100; ++round) {
        image im = image_make(&rng, round % 2 == 0 ? 8 : 16);
        pass whole = {.desc = {.header = {.opcode = TSR_OP_CONV, .units = 2}}};
        tsr_desc_conv *d = &whole.desc.u.conv;
        *d = (tsr_desc_conv){.in_h = 4, .kernel_h = 4, .kernel_w = 1};
        d->in_w = image_pick(&rng, 1, im.arch.tp);
        d->stride_h = d->stride_w = d->dilation_h = d->dilation_w = 1;
        d->out_h = 1;
        d->out_w = d->in_w;
        pick_values(&rng, &im.arch, d);
        d->weight_form = image_pick(&rng, 1, 2);
        d->ones_weight = d->weight_form == 2 ? 2 : 0;
        d->in_planes = 1;
        d->m_groups = 1;
        place_maps(&im, &rng, &whole);
        image_load(&im);
        uint8_t *due = expected_pool(&im, &whole);
        // row by row; a part of a diagonal word cannot be named, so with weights only the first row
        // of each word may begin a descriptor
        const int64_t rows = d->weight_form == 2 || im.arch.tm == 1 ? 1 : 4;
        for (int64_t row = 0; row < 4; row += rows) {
            tsr_desc part = whole.desc;
            part.u.conv.in_h = rows;
            part.u.conv.kernel_h = rows;
            part.u.conv.in_y0 = d->in_y0 + row;
            if (d->in_wrap != 0 && part.u.conv.in_y0 >= d->in_wrap) {
                part.u.conv.in_y0 -= d->in_wrap;
            }
            part.u.conv.weight_base += row;
            part.u.conv.accumulate_first = row == 0;
            part.u.conv.accumulate_last = row + rows == 4;
            image_do(&im, &part);
        }
        image_compare(&im, due, round);
        tsr_free(due);
        image_free(&im);
    }
}

/** Maximum of the window's real pixels. */
static int64_t pool_value(const image *im, const tsr_desc_pool *d, const image_map *in,
                          const int64_t place[4]) {
    int64_t best = INT64_MIN;
    for (int64_t k = 0; k < d->kernel_h * d->kernel_w; ++k) {
        const int64_t y = place[1] * d->stride_h + k / d->kernel_w - d->pad_top;
        const int64_t x = place[2] * d->stride_w + k % d->kernel_w - d->pad_left;
        if (y >= 0 && y < d->in_h && x >= 0 && x < d->in_w) {
            const int64_t value =
                image_element(im, im->memory + image_at(im, in, place[0], y, x), place[3]);
            best = value > best ? value : best;
        }
    }
    return best;
}

static void pools_go_round_their_rings(void **state) {
    (void)state;
    tsr_rng rng = {seed + 2};
    int32_t rounds_round = 0;
    for (int32_t round = 0; round < 300; ++round) {
        image im = image_make(&rng, round % 2 == 0 ? 8 : 16);
        tsr_desc desc = {.header = {.opcode = TSR_OP_POOL, .units = 2}};
        tsr_desc_pool *d = &desc.u.pool;
        *d = (tsr_desc_pool){.planes = image_pick(&rng, 1, 3), .in_h = 6, .in_w = 5};
        d->kernel_h = image_pick(&rng, 2, 3);
        d->kernel_w = image_pick(&rng, 2, 3);
        d->stride_h = image_pick(&rng, 1, 2);
        d->stride_w = image_pick(&rng, 1, 2);
        d->pad_top = image_pick(&rng, 0, 1);
        d->pad_left = image_pick(&rng, 0, 1);
        d->out_h = (d->in_h + d->pad_top - d->kernel_h) / d->stride_h + 1;
        d->out_w = (d->in_w + d->pad_left - d->kernel_w) / d->stride_w + 1;
        const image_map in = image_place(&im, &rng, d->stride_w, d->planes, d->in_h, d->in_w);
        const image_map out =
            image_place(&im, &rng, image_pick(&rng, 1, 2), d->planes, d->out_h, d->out_w);
        d->in_base = in.base;
        d->in_row_pitch = in.row_pitch;
        d->in_plane_pitch = in.plane_pitch;
        d->in_bank_stride = in.bank_stride;
        d->in_y0 = in.y0;
        d->in_x0 = in.x0;
        d->in_wrap = in.wrap;
        d->out_base = out.base;
        d->out_row_pitch = out.row_pitch;
        d->out_plane_pitch = out.plane_pitch;
        d->out_bank_stride = out.bank_stride;
        d->out_y0 = out.y0;
        d->out_x0 = out.x0;
        d->out_wrap = out.wrap;
        rounds_round += in.wrap != 0 && out.wrap != 0;
        image_load(&im);
        image_do(&im, &desc);
        uint8_t *due = tsr_alloc((size_t)im.pool_bytes, 1);
        assert_non_null(due);
        memcpy(due, im.memory, (size_t)im.pool_bytes);
        for (int64_t i = 0; i < d->planes * d->out_h * d->out_w * im.arch.tn; ++i) {
            const int64_t pixel = i / im.arch.tn;
            const int64_t place[4] = {pixel / (d->out_h * d->out_w), pixel / d->out_w % d->out_h,
                                      pixel % d->out_w, i % im.arch.tn};
            image_set(&im, due + image_at(&im, &out, place[0], place[1], place[2]), place[3],
                      pool_value(&im, d, &in, place));
        }
        image_compare(&im, due, round);
        tsr_free(due);
        image_free(&im);
    }
    assert_true(rounds_round > 40);
}

int main(int argc, char **argv) {
    seed = hand_seed(argc, argv, 77);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv_fields_mean_what_program_h_says),
        cmocka_unit_test(diagonal_sums_go_on_over_descriptors),
        cmocka_unit_test(pools_go_round_their_rings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
