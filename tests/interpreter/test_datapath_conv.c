// SPDX-License-Identifier: Apache-2.0
// Random conv descriptors against tsr_ref_conv_int, tsr_requantize and plain loops: every padding
// mode on every side, stride, dilation, residual, fused pool, sums in chunks, every rounding rule,
// 8 and 16 bits.
#include "datapath_rig.h"
#include "program/desc_check.h"

static uint64_t seed;

/** Everything about one convolution, drawn at random. */
typedef struct scenario {
    int32_t bits, c, h, w, m;
    tsr_window window;
    int32_t conv_h, conv_w;
    int32_t in_zero, out_zero, side_zero, lo, hi;
    bool residual, pools;
    tsr_rounding rounding;
    tsr_scale side_scale;
    hand_scales scales;
    tsr_tensor in, weight, side; /**< owned */
} scenario;

/** What the scenarios of a run have covered. */
typedef struct coverage {
    int32_t done, conflicts, residuals, pools, mode_on_side[4][3],
        rounding_shows[TSR_ROUNDING_COUNT];
} coverage;

/** Padding of one side: reflect needs less than the extent. */
static int32_t pick_pad(tsr_rng *rng, int32_t extent, tsr_pad_mode *mode) {
    *mode = (tsr_pad_mode)tsr_pick(rng, 0, 2);
    const int32_t limit = *mode == TSR_PAD_REFLECT && extent - 1 < 3 ? extent - 1 : 3;
    return tsr_pick(rng, 0, limit);
}

static void pick_window(tsr_rng *rng, scenario *s) {
    tsr_window *w = &s->window;
    do {
        tsr_side_pad *pad = &w->pad;
        s->h = tsr_pick(rng, 1, 9);
        s->w = tsr_pick(rng, 1, 9);
        *w = (tsr_window){.kernel_h = tsr_pick(rng, 1, 4),
                          .kernel_w = tsr_pick(rng, 1, 4),
                          .stride_h = tsr_pick(rng, 1, 3),
                          .stride_w = tsr_pick(rng, 1, 3),
                          .dilation_h = tsr_pick(rng, 1, 2),
                          .dilation_w = tsr_pick(rng, 1, 2),
                          .groups = 1};
        pad->top = pick_pad(rng, s->h, &pad->mode_top);
        pad->bottom = pick_pad(rng, s->h, &pad->mode_bottom);
        pad->left = pick_pad(rng, s->w, &pad->mode_left);
        pad->right = pick_pad(rng, s->w, &pad->mode_right);
        s->conv_h =
            tsr_window_out(s->h, pad->top + pad->bottom, w->kernel_h, w->stride_h, w->dilation_h);
        s->conv_w =
            tsr_window_out(s->w, pad->left + pad->right, w->kernel_w, w->stride_w, w->dilation_w);
    } while (s->conv_h < 1 || s->conv_w < 1);
}

/** Half of the scenarios have tiny values and a factor of a half, so that ties are everywhere. */
static scenario pick_scenario(tsr_rng *rng, const tsr_arch *arch) {
    scenario s = {.bits = arch->activation_bits};
    pick_window(rng, &s);
    const bool tiny = tsr_pick(rng, 0, 1) == 0;
    const int32_t range = tiny ? 3 : s.bits == 8 ? 127 : 1500;
    const int32_t limit = s.bits == 8 ? 127 : 32767;
    s.c = tsr_pick(rng, 1, 2 * arch->tn + 1);
    s.m = tsr_pick(rng, 1, 2 * arch->tm < 48 ? 2 * arch->tm : 48);
    s.in = hand_random(rng, s.bits, 1, s.c, s.h, s.w, range);
    s.weight =
        hand_random(rng, s.bits, s.m, s.c, s.window.kernel_h, s.window.kernel_w, tiny ? 2 : range);
    s.scales =
        hand_random_scales(rng, s.m, tiny ? 3 : 3000, s.bits == 8 ? 38 : 39, s.bits == 8 ? 41 : 43);
    for (int32_t m = 0; tiny && m < s.m; ++m) {
        s.scales.scale[m] = (tsr_scale){1 << 30, tsr_pick(rng, 31, 33)};
    }
    s.in_zero = tsr_pick(rng, -range, range);
    s.out_zero = tsr_pick(rng, -limit / 4, limit / 4);
    s.side_zero = tsr_pick(rng, -range, range);
    s.lo = tsr_pick(rng, -limit - 1, tiny ? s.out_zero - 9 : s.out_zero);
    s.hi = tsr_pick(rng, tiny ? s.out_zero + 9 : s.out_zero, limit);
    s.rounding = (tsr_rounding)tsr_pick(rng, 0, TSR_ROUNDING_COUNT - 1);
    s.residual = tsr_pick(rng, 0, 1) == 1;
    s.pools = tsr_pick(rng, 0, 1) == 1 && s.conv_h >= 2 && s.conv_w >= 2;
    s.side = hand_random(rng, s.bits, 1, s.m, s.conv_h, s.conv_w, range);
    s.side_scale = (tsr_scale){tsr_pick(rng, 1 << 30, INT32_MAX), tsr_pick(rng, 30, 33)};
    return s;
}

static void free_scenario(scenario *s) {
    tsr_tensor_free(&s->in);
    tsr_tensor_free(&s->weight);
    tsr_tensor_free(&s->side);
}

/** The accumulators [m][conv_h][conv_w] by the reference. */
static tsr_tensor reference_sums(const scenario *s) {
    tsr_error err = {0};
    tsr_tensor bias = {0};
    tsr_tensor acc = {0};
    assert_ok(tsr_tensor_create(&bias, TSR_DTYPE_I32, 1, s->m, 1, 1, &err), err);
    memcpy(bias.data, s->scales.bias, (size_t)s->m * sizeof(int32_t));
    assert_ok(tsr_ref_conv_int(&s->in, s->in_zero, &s->weight, &bias, &s->window, &acc, &err), err);
    assert_int_equal(acc.h, s->conv_h);
    assert_int_equal(acc.w, s->conv_w);
    tsr_tensor_free(&bias);
    return acc;
}

/** Output value before the pool. */
static int32_t finish(const scenario *s, const tsr_tensor *acc, int32_t m, int32_t y, int32_t x,
                      tsr_rounding rounding) {
    const int32_t sum = ((const int32_t *)acc->data)[(m * acc->h + y) * acc->w + x];
    int64_t value = tsr_requantize(sum, s->scales.scale[m], rounding);
    if (s->residual) {
        value += tsr_requantize(hand_at(&s->side, m, y, x) - s->side_zero, s->side_scale, rounding);
    }
    value += s->out_zero;
    return (int32_t)(value < s->lo ? s->lo : value > s->hi ? s->hi : value);
}

static int32_t expected_at(const scenario *s, const tsr_tensor *acc, int32_t m, int32_t y,
                           int32_t x, tsr_rounding rounding) {
    if (!s->pools) {
        return finish(s, acc, m, y, x, rounding);
    }
    int32_t best = INT32_MIN;
    for (int32_t k = 0; k < 4; ++k) {
        const int32_t value = finish(s, acc, m, 2 * y + k / 2, 2 * x + k % 2, rounding);
        best = value > best ? value : best;
    }
    return best;
}

/** The descriptor; maps are at `in`, `out`, `side` with origins at[0..2]. */
static tsr_desc conv_desc(const scenario *s, const tsr_arch *arch, const tsr_map_view maps[3],
                          int64_t at[3][2]) {
    const tsr_window *w = &s->window;
    return (tsr_desc){.header = {.opcode = TSR_OP_CONV, .units = 2},
                      .u.conv = {.in_base = maps[0].base,
                                 .in_row_pitch = maps[0].row_pitch,
                                 .in_plane_pitch = maps[0].plane_pitch,
                                 .in_bank_stride = maps[0].bank_stride,
                                 .in_y0 = at[0][0],
                                 .in_x0 = at[0][1],
                                 .in_h = s->h,
                                 .in_w = s->w,
                                 .in_planes = (s->c - 1) / arch->tn + 1,
                                 .kernel_h = w->kernel_h,
                                 .kernel_w = w->kernel_w,
                                 .stride_h = w->stride_h,
                                 .stride_w = w->stride_w,
                                 .dilation_h = w->dilation_h,
                                 .dilation_w = w->dilation_w,
                                 .pad_top = w->pad.top,
                                 .pad_left = w->pad.left,
                                 .pad_mode_top = (int64_t)w->pad.mode_top,
                                 .pad_mode_left = (int64_t)w->pad.mode_left,
                                 .pad_mode_bottom = (int64_t)w->pad.mode_bottom,
                                 .pad_mode_right = (int64_t)w->pad.mode_right,
                                 .in_zero_point = s->in_zero,
                                 .out_h = s->conv_h,
                                 .out_w = s->conv_w,
                                 .m_groups = (s->m - 1) / arch->tm + 1,
                                 .max_pool_2x2 = s->pools,
                                 .accumulate_first = 1,
                                 .accumulate_last = 1,
                                 .out_base = maps[1].base,
                                 .out_row_pitch = maps[1].row_pitch,
                                 .out_plane_pitch = maps[1].plane_pitch,
                                 .out_bank_stride = maps[1].bank_stride,
                                 .out_y0 = at[1][0],
                                 .out_x0 = at[1][1],
                                 .residual = s->residual,
                                 .residual_base = maps[2].base,
                                 .residual_row_pitch = maps[2].row_pitch,
                                 .residual_plane_pitch = maps[2].plane_pitch,
                                 .residual_bank_stride = maps[2].bank_stride,
                                 .residual_y0 = at[2][0],
                                 .residual_x0 = at[2][1],
                                 .residual_multiplier = s->side_scale.multiplier,
                                 .residual_shift = s->side_scale.shift,
                                 .residual_zero_point = s->side_zero,
                                 .rounding = (int64_t)s->rounding,
                                 .out_zero_point = s->out_zero,
                                 .clamp_lo = s->lo,
                                 .clamp_hi = s->hi}};
}

static void compare(const scenario *s, const tsr_tensor *got, coverage *seen) {
    tsr_tensor acc = reference_sums(s);
    for (int32_t m = 0; m < s->m; ++m) {
        for (int32_t y = 0; y < got->h; ++y) {
            for (int32_t x = 0; x < got->w; ++x) {
                const int32_t due = expected_at(s, &acc, m, y, x, s->rounding);
                if (hand_at(got, m, y, x) != due) {
                    fail_msg("scenario %d: [%d][%d][%d] is %d, the reference says %d", seen->done,
                             m, y, x, hand_at(got, m, y, x), due);
                }
                seen->rounding_shows[s->rounding] +=
                    due != expected_at(s, &acc, m, y, x, TSR_ROUND_HALF_UP);
            }
        }
    }
    tsr_tensor_free(&acc);
}

static void count(const scenario *s, coverage *seen) {
    const tsr_side_pad *pad = &s->window.pad;
    ++seen->done;
    seen->residuals += s->residual;
    seen->pools += s->pools;
    seen->mode_on_side[0][pad->mode_top] += pad->top > 0;
    seen->mode_on_side[1][pad->mode_left] += pad->left > 0;
    seen->mode_on_side[2][pad->mode_bottom] += pad->bottom > 0;
    seen->mode_on_side[3][pad->mode_right] += pad->right > 0;
}

/** Carry out one scenario, or count it where the banks forbid it. */
static void run_scenario(tsr_rng *rng, int32_t bits, coverage *seen) {
    rig r = rig_make(rng, bits);
    const tsr_arch *arch = &r.program.arch;
    scenario s = pick_scenario(rng, arch);
    const int32_t half = s.pools ? 2 : 1;
    const int64_t in_planes = (s.c - 1) / arch->tn + 1;
    const int64_t out_planes = ((s.m - 1) / arch->tm + 1) * (arch->tm / arch->tn);
    int64_t at[3][2];
    const tsr_map_view maps[3] = {
        rig_place(&r, rng, s.window.stride_w, in_planes, s.h, s.w, at[0]),
        rig_place(&r, rng, tsr_pick(rng, 1, 3), out_planes, s.conv_h / half, s.conv_w / half,
                  at[1]),
        rig_place(&r, rng, tsr_pick(rng, 1, 3), out_planes, s.conv_h, s.conv_w, at[2])};
    const tsr_desc desc = conv_desc(&s, arch, maps, at);
    tsr_error err = {0};
    if (tsr_bank_check(arch, &desc, &err) != TSR_OK) {
        assert_true(s.window.stride_w > 1);  // stride 1 never has a conflict
        ++seen->conflicts;
    } else {
        rig_load(&r, &s.in, RIG_IN, &maps[0], at[0]);
        if (s.residual) {
            rig_load(&r, &s.side, RIG_SIDE, &maps[2], at[2]);
        }
        rig_load_weights(&r, &s.weight, &s.scales, s.in_zero);
        rig_do(&r, &desc);
        tsr_tensor got = rig_store(&r, s.m, s.conv_h / half, s.conv_w / half, &maps[1], at[1]);
        compare(&s, &got, seen);
        count(&s, seen);
        tsr_tensor_free(&got);
    }
    free_scenario(&s);
    rig_free(&r);
}

static void conv_descriptors_compute_what_the_reference_does(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    coverage seen = {0};
    for (int32_t round = 0; round < 1500; ++round) {
        run_scenario(&rng, round % 3 == 2 ? 16 : 8, &seen);
    }
    assert_true(seen.done > 1000);
    assert_true(seen.conflicts > 0);
    assert_true(seen.residuals > 300);
    assert_true(seen.pools > 200);
    for (int32_t i = 0; i < 12; ++i) {
        assert_true(seen.mode_on_side[i / 3][i % 3] > 50);
    }
    for (int32_t rule = 0; rule < TSR_ROUNDING_COUNT; ++rule) {
        assert_true(rule == TSR_ROUND_HALF_UP || seen.rounding_shows[rule] > 0);
    }
}

/** One tile whose input planes are summed by several descriptors. */
static void run_chunks(tsr_rng *rng, int32_t bits) {
    rig r = rig_make(rng, bits);
    const tsr_arch *arch = &r.program.arch;
    coverage seen = {0};
    scenario s = pick_scenario(rng, arch);
    free_scenario(&s);
    s.c = arch->tn * tsr_pick(rng, 2, 5);
    s.m = s.m < arch->tm ? s.m : arch->tm;  // one group
    s.h = tsr_pick(rng, 1, 3);
    s.w = tsr_pick(rng, 1, arch->tp);
    s.window = (tsr_window){s.h, 1, 1, 1, 1, 1, 1, {0}};  // fully connected over the rows
    s.conv_h = 1;
    s.conv_w = s.w;
    s.pools = false;
    s.residual = false;
    s.in = hand_random(rng, bits, 1, s.c, s.h, s.w, 100);
    s.weight = hand_random(rng, bits, s.m, s.c, s.h, 1, 100);
    s.side = (tsr_tensor){0};
    int64_t at[3][2] = {{0}};
    const int64_t planes = s.c / arch->tn;
    tsr_map_view maps[3] = {rig_place(&r, rng, 1, planes, s.h, s.w, at[0])};
    maps[1] = rig_place(&r, rng, 1, arch->tm / arch->tn, 1, s.w, at[1]);
    rig_load(&r, &s.in, RIG_IN, &maps[0], at[0]);
    rig_load_weights(&r, &s.weight, &s.scales, s.in_zero);
    for (int64_t plane = 0; plane < planes;) {
        tsr_desc desc = conv_desc(&s, arch, maps, at);
        const int64_t count_now = tsr_rng_range(rng, 1, planes - plane);
        desc.u.conv.in_base += plane * maps[0].plane_pitch;
        desc.u.conv.in_planes = count_now;
        desc.u.conv.weight_base = plane * s.h;
        desc.u.conv.accumulate_first = plane == 0;
        desc.u.conv.accumulate_last = plane + count_now == planes;
        rig_do(&r, &desc);
        plane += count_now;
    }
    tsr_tensor got = rig_store(&r, s.m, 1, s.w, &maps[1], at[1]);
    compare(&s, &got, &seen);
    tsr_tensor_free(&got);
    free_scenario(&s);
    rig_free(&r);
}

static void a_sum_over_several_descriptors_is_the_whole_sum(void **state) {
    (void)state;
    tsr_rng rng = {seed + 1};
    for (int32_t round = 0; round < 300; ++round) {
        run_chunks(&rng, round % 2 == 0 ? 8 : 16);
    }
}

/** A 1x1 conv of one pixel, in the middle of a sum. */
static tsr_desc one_pixel(void) {
    return (tsr_desc){.header = {.opcode = TSR_OP_CONV, .units = 2},
                      .u.conv = {.in_row_pitch = 1,
                                 .in_plane_pitch = 1,
                                 .in_bank_stride = 1,
                                 .in_h = 1,
                                 .in_w = 1,
                                 .in_planes = 1,
                                 .kernel_h = 1,
                                 .kernel_w = 1,
                                 .stride_h = 1,
                                 .stride_w = 1,
                                 .dilation_h = 1,
                                 .dilation_w = 1,
                                 .out_h = 1,
                                 .out_w = 1,
                                 .m_groups = 1}};
}

static void a_chunk_without_its_beginning_is_refused(void **state) {
    (void)state;
    tsr_rng rng = {seed + 2};
    tsr_error err = {0};
    rig r = rig_make(&rng, 8);
    tsr_desc desc = one_pixel();
    assert_int_equal(tsr_datapath_execute(r.datapath, &desc, r.memory, RIG_MEMORY, &err),
                     TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "continues a sum"));
    desc.u.conv.accumulate_first = 1;
    rig_do(&r, &desc);
    desc.u.conv.accumulate_first = 0;
    rig_do(&r, &desc);
    rig_free(&r);
}

static void a_shift_that_no_machine_has_is_refused(void **state) {
    (void)state;
    tsr_rng rng = {seed + 3};
    tsr_error err = {0};
    rig r = rig_make(&rng, 8);  // parameters are still poison: shift 0xA5
    tsr_desc desc = one_pixel();
    desc.u.conv.accumulate_first = 1;
    desc.u.conv.accumulate_last = 1;
    desc.u.conv.out_base = 1;
    desc.u.conv.out_row_pitch = 1;
    desc.u.conv.out_plane_pitch = 1;
    desc.u.conv.out_bank_stride = 1;
    assert_int_equal(tsr_datapath_execute(r.datapath, &desc, r.memory, RIG_MEMORY, &err),
                     TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "shift is 165"));
    rig_free(&r);
}

int main(int argc, char **argv) {
    seed = hand_seed(argc, argv, 2024);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv_descriptors_compute_what_the_reference_does),
        cmocka_unit_test(a_sum_over_several_descriptors_is_the_whole_sum),
        cmocka_unit_test(a_chunk_without_its_beginning_is_refused),
        cmocka_unit_test(a_shift_that_no_machine_has_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
