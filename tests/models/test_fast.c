// SPDX-License-Identifier: Apache-2.0
// Fast kernels against their definitions: random shapes, every instruction set of this processor,
// extreme data.
#include <math.h>
#include <stdlib.h>

#include <tessera/kernels.h>

#include "base/alloc.h"
#include "fast/cut_conv.h"
#include "support/random_tensor.h"
#include "support/test.h"

static uint64_t seed = 1;

/** A random convolution; tensors owned. */
typedef struct conv_case {
    tsr_tensor in, weight, bias;
    tsr_window window;
    int32_t zero_point;
} conv_case;

static void conv_case_free(conv_case *c) {
    tsr_tensor_free(&c->in);
    tsr_tensor_free(&c->weight);
    tsr_tensor_free(&c->bias);
}

static tsr_window random_window(tsr_rng *rng, int32_t groups) {
    tsr_window w = {.kernel_h = tsr_pick(rng, 1, 4),
                    .kernel_w = tsr_pick(rng, 1, 4),
                    .stride_h = tsr_pick(rng, 1, 3),
                    .stride_w = tsr_pick(rng, 1, 3),
                    .dilation_h = tsr_pick(rng, 1, 2),
                    .dilation_w = tsr_pick(rng, 1, 2),
                    .groups = groups};
    w.pad = (tsr_side_pad){.top = tsr_pick(rng, 0, 3),
                           .left = tsr_pick(rng, 0, 3),
                           .bottom = tsr_pick(rng, 0, 3),
                           .right = tsr_pick(rng, 0, 3),
                           .mode_top = (tsr_pad_mode)tsr_pick(rng, 0, 2),
                           .mode_left = (tsr_pad_mode)tsr_pick(rng, 0, 2),
                           .mode_bottom = (tsr_pad_mode)tsr_pick(rng, 0, 2),
                           .mode_right = (tsr_pad_mode)tsr_pick(rng, 0, 2)};
    return w;
}

static conv_case random_conv(tsr_rng *rng, tsr_dtype x, tsr_dtype w) {
    const int32_t groups = tsr_pick(rng, 0, 3) == 0 ? tsr_pick(rng, 2, 4) : 1;
    const int32_t in_c = tsr_pick(rng, 1, groups > 1 ? 6 : 40);
    const int32_t out_c = tsr_pick(rng, 1, groups > 1 ? 6 : 70);
    conv_case c = {.window = random_window(rng, groups)};
    // tall and wide enough for the largest dilated kernel and for reflection
    const int32_t in_shape[4] = {tsr_pick(rng, 1, 2), in_c * groups, tsr_pick(rng, 7, 14),
                                 tsr_pick(rng, 7, 20)};
    const int32_t w_shape[4] = {out_c * groups, in_c, c.window.kernel_h, c.window.kernel_w};
    const int32_t b_shape[4] = {1, out_c * groups, 1, 1};
    c.in = random_tensor(rng, x, in_shape, true);
    c.weight = random_tensor(rng, w, w_shape, true);
    if (tsr_pick(rng, 0, 2) > 0) {
        c.bias = random_tensor(rng, x == TSR_DTYPE_F32 ? x : TSR_DTYPE_I32, b_shape, true);
    }
    c.zero_point = x == TSR_DTYPE_U8 ? tsr_pick(rng, 0, 255) : random_extreme(rng, -128, 127);
    return c;
}

static void int_kernels_equal_the_reference(tsr_dtype x, tsr_dtype w, int32_t isa) {
    tsr_rng rng = {seed};
    for (int i = 0; i < 150; ++i) {
        conv_case c = random_conv(&rng, x, w);
        tsr_tensor want = {0};
        tsr_tensor got = {0};
        tsr_error err = {0};
        const tsr_status expected =
            tsr_ref_conv_int(&c.in, c.zero_point, &c.weight, &c.bias, &c.window, &want, &err);
        const tsr_status status = tsr_fast_conv_int(&c.in, c.zero_point, &c.weight, &c.bias,
                                                    &c.window, (tsr_isa)isa, &got, &err);
        if (status != expected || got.bytes != want.bytes ||
            (status == TSR_OK && memcmp(want.data, got.data, want.bytes) != 0)) {
            fail_msg("case %d of seed %llu differs: %s %s %s", i, (unsigned long long)seed,
                     tsr_isa_name((tsr_isa)isa), tsr_status_name(status), err.message);
        }
        tsr_tensor_free(&want);
        tsr_tensor_free(&got);
        conv_case_free(&c);
    }
}

static void int8_convolution_equals_the_reference_on_every_isa(void **state) {
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int isa = 0; isa < TSR_ISA_COUNT; ++isa) {
        if (!tsr_isa_available((tsr_isa)isa)) {
            print_message("SKIPPED: this processor has no %s\n", tsr_isa_name((tsr_isa)isa));
            continue;
        }
        int_kernels_equal_the_reference(TSR_DTYPE_I8, TSR_DTYPE_I8, isa);
    }
}

static void other_integer_types_equal_the_reference(void **state) {
    (void)state;
    static const tsr_dtype types[][2] = {{TSR_DTYPE_U8, TSR_DTYPE_I8},
                                         {TSR_DTYPE_I16, TSR_DTYPE_I8},
                                         {TSR_DTYPE_I8, TSR_DTYPE_I16},
                                         {TSR_DTYPE_U8, TSR_DTYPE_I16}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; ++i) {
        int_kernels_equal_the_reference(types[i][0], types[i][1], TSR_ISA_PORTABLE);
    }
}

// int16 x int16 sums of up to 40 * 16 products leave 32 bits often: both sides refuse the same
// cases.
static void int16_sums_beyond_32_bits_are_refused_like_the_reference_does(void **state) {
    (void)state;
    int_kernels_equal_the_reference(TSR_DTYPE_I16, TSR_DTYPE_I16, TSR_ISA_PORTABLE);
}

// 66000 products of -128 * 127 - 128 * ... : 66000 * 128 * 255 = 2.15e9 > 2^31, so 32-bit
// arithmetic could wrap.
static void int8_sums_at_the_edge_of_32_bits_are_exact_or_refused(void **state) {
    (void)state;

    enum { channels = 66000 };

    tsr_error err = {0};
    tsr_tensor in = {0};
    tsr_tensor weight = {0};
    const tsr_tensor none = {0};
    const tsr_window window = {1, 1, 1, 1, 1, 1, 1, {0}};
    assert_ok(tsr_tensor_create(&in, TSR_DTYPE_I8, 1, channels, 1, 1, &err), err);
    assert_ok(tsr_tensor_create(&weight, TSR_DTYPE_I8, 1, channels, 1, 1, &err), err);
    memset(in.data, INT8_MAX, in.bytes);
    memset(weight.data, -128, weight.bytes);
    tsr_tensor acc = {0};
    assert_int_equal(
        tsr_fast_conv_int(&in, -128, &weight, &none, &window, tsr_isa_best(), &acc, &err),
        TSR_ERR_OVERFLOW);
    assert_null(acc.data);
    memset(in.data, 120, in.bytes);  // 66000 * 248 * -128 = -2095104000 fits
    assert_ok(tsr_fast_conv_int(&in, -128, &weight, &none, &window, tsr_isa_best(), &acc, &err),
              err);
    assert_int_equal(((const int32_t *)acc.data)[0], -2095104000);
    tsr_tensor_free(&acc);
    tsr_tensor_free(&in);
    tsr_tensor_free(&weight);
}

static tsr_tile_conv random_tile(tsr_rng *rng, int32_t most_lanes) {
    tsr_tile_conv s = {.tm = tsr_pick(rng, 1, most_lanes),
                       .tn = tsr_pick(rng, 1, most_lanes),
                       .planes = tsr_pick(rng, 1, 3),
                       .kernel_h = tsr_pick(rng, 1, 3),
                       .kernel_w = tsr_pick(rng, 1, 3),
                       .stride_h = tsr_pick(rng, 1, 3),
                       .stride_w = tsr_pick(rng, 1, 3),
                       .dilation_h = tsr_pick(rng, 1, 2),
                       .dilation_w = tsr_pick(rng, 1, 3),
                       .m_groups = tsr_pick(rng, 1, 5),
                       .out_h = tsr_pick(rng, 1, 5),
                       .out_w = tsr_pick(rng, 1, 7),
                       .accumulate = tsr_pick(rng, 0, 1) == 1};
    s.in_h = (s.out_h - 1) * s.stride_h + (s.kernel_h - 1) * s.dilation_h + 1 + tsr_pick(rng, 0, 1);
    s.in_w = (s.out_w - 1) * s.stride_w + (s.kernel_w - 1) * s.dilation_w + 1 + tsr_pick(rng, 0, 1);
    return s;
}

/** Operands of a tile in int16 (int8 values where asked); everything owned. */
typedef struct tile_case {
    tsr_tile_conv shape;
    size_t inputs, weights, sums;
    int16_t *in, *weight;
    int64_t *start, *want;
} tile_case;

// The formula of kernels.h, index by index; inputs [planes][in_h][in_w][tn], weights
// [group][plane][kh][kw][tm][tn].
static int64_t tile_sum(const tile_case *t, int32_t group, int32_t y, int32_t x, int32_t m) {
    const tsr_tile_conv *s = &t->shape;
    int64_t sum = 0;
    for (int32_t p = 0; p < s->planes; ++p) {
        for (int32_t ky = 0; ky < s->kernel_h; ++ky) {
            for (int32_t kx = 0; kx < s->kernel_w; ++kx) {
                for (int32_t n = 0; n < s->tn; ++n) {
                    const int32_t iy = y * s->stride_h + ky * s->dilation_h;
                    const int32_t ix = x * s->stride_w + kx * s->dilation_w;
                    const int32_t i = ((p * s->in_h + iy) * s->in_w + ix) * s->tn + n;
                    const int32_t k =
                        (((((group * s->planes + p) * s->kernel_h + ky) * s->kernel_w + kx) *
                          s->tm) +
                         m) *
                            s->tn +
                        n;
                    sum += (int64_t)t->in[i] * t->weight[k];
                }
            }
        }
    }
    return sum;
}

static tile_case random_tile_case(tsr_rng *rng, bool bytes) {
    tile_case t = {.shape = random_tile(rng, bytes ? 70 : 20)};
    const tsr_tile_conv *s = &t.shape;
    t.inputs = (size_t)(s->planes * s->in_h * s->in_w * s->tn);
    t.weights = (size_t)(s->m_groups * s->planes * s->kernel_h * s->kernel_w * s->tm * s->tn);
    t.sums = (size_t)(s->m_groups * s->out_h * s->out_w * s->tm);
    t.in = tsr_alloc(t.inputs, sizeof *t.in);
    t.weight = tsr_alloc(t.weights, sizeof *t.weight);
    t.start = tsr_alloc(t.sums, sizeof *t.start);
    t.want = tsr_alloc(t.sums, sizeof *t.want);
    const int32_t limit = bytes ? INT8_MAX : INT16_MAX;
    for (size_t i = 0; i < t.inputs; ++i) {
        t.in[i] = (int16_t)random_extreme(rng, -limit - 1, limit);
    }
    for (size_t i = 0; i < t.weights; ++i) {
        t.weight[i] = (int16_t)random_extreme(rng, -limit - 1, limit);
    }
    size_t at = 0;
    for (int32_t group = 0; group < s->m_groups; ++group) {
        for (int32_t y = 0; y < s->out_h; ++y) {
            for (int32_t x = 0; x < s->out_w; ++x) {
                for (int32_t m = 0; m < s->tm; ++m, ++at) {
                    t.start[at] = tsr_pick(rng, -1000000, 1000000);
                    t.want[at] = tile_sum(&t, group, y, x, m) + (s->accumulate ? t.start[at] : 0);
                }
            }
        }
    }
    return t;
}

static void tile_case_free(tile_case *t) {
    tsr_free(t->in);
    tsr_free(t->weight);
    tsr_free(t->start);
    tsr_free(t->want);
}

static void assert_tile_i8(const tile_case *t, tsr_isa isa) {
    // exactly sized copies: a sanitizer sees every read beyond an operand
    int8_t *in = tsr_alloc(t->inputs, 1);
    int8_t *weight = tsr_alloc(t->weights, 1);
    int32_t *acc = tsr_alloc(t->sums, sizeof *acc);
    for (size_t i = 0; i < t->inputs; ++i) {
        in[i] = (int8_t)t->in[i];
    }
    for (size_t i = 0; i < t->weights; ++i) {
        weight[i] = (int8_t)t->weight[i];
    }
    for (size_t i = 0; i < t->sums; ++i) {
        acc[i] = (int32_t)t->start[i];
    }
    tsr_error err = {0};
    assert_ok(tsr_tile_conv_i8(&t->shape, in, weight, acc, isa, &err), err);
    for (size_t i = 0; i < t->sums; ++i) {
        if (acc[i] != t->want[i]) {
            fail_msg("%s, tm %d, tn %d: sum %zu is %d, must be %lld", tsr_isa_name(isa),
                     t->shape.tm, t->shape.tn, i, acc[i], (long long)t->want[i]);
        }
    }
    tsr_free(in);
    tsr_free(weight);
    tsr_free(acc);
}

static void int8_tiles_follow_the_formula_on_every_isa(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    for (int i = 0; i < 120; ++i) {
        tile_case t = random_tile_case(&rng, true);
        for (int isa = 0; isa < TSR_ISA_COUNT; ++isa) {  // an absent one falls back
            assert_tile_i8(&t, (tsr_isa)isa);
        }
        tile_case_free(&t);
    }
}

static void int16_tiles_follow_the_formula(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    for (int i = 0; i < 120; ++i) {
        tile_case t = random_tile_case(&rng, false);
        tsr_error err = {0};
        assert_ok(tsr_tile_conv_i16(&t.shape, t.in, t.weight, t.start, &err), err);
        assert_memory_equal(t.start, t.want, t.sums * sizeof *t.want);
        tile_case_free(&t);
    }
}

// What the machine does when the input channels do not fit at once.
static void planes_summed_one_after_the_other_give_the_whole_sum(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    for (int i = 0; i < 20; ++i) {
        tile_case t = random_tile_case(&rng, false);
        if (t.shape.m_groups > 1 || t.shape.accumulate) {
            tile_case_free(&t);
            continue;
        }
        tsr_tile_conv one = t.shape;
        one.planes = 1;
        tsr_error err = {0};
        for (int32_t p = 0; p < t.shape.planes; ++p) {
            one.accumulate = p > 0;
            assert_ok(tsr_tile_conv_i16(&one, t.in + (size_t)p * t.inputs / (size_t)t.shape.planes,
                                        t.weight + (size_t)p * t.weights / (size_t)t.shape.planes,
                                        t.start, &err),
                      err);
        }
        assert_memory_equal(t.start, t.want, t.sums * sizeof *t.want);
        tile_case_free(&t);
    }
}

static tsr_tensor run_f32(const conv_case *c, tsr_isa isa) {
    const tsr_conv_operands o = {&c->in, &c->weight, &c->bias, &c->window};
    tsr_window_extent extent = {0};
    tsr_cut_axis rows = {0};
    tsr_cut_axis columns = {0};
    tsr_cut_conv_f32 *layer = NULL;
    tsr_tensor out = {0};
    tsr_error err = {0};
    assert_ok(tsr_conv_check(&o, TSR_DTYPE_F32, &extent, &err), err);
    assert_ok(tsr_cut_whole(&o, &extent, &rows, &columns, &err), err);
    assert_ok(
        tsr_tensor_create(&out, TSR_DTYPE_F32, c->in.n, c->weight.n, extent.h, extent.w, &err),
        err);
    assert_ok(tsr_cut_conv_f32_create(&o, isa, &layer, &err), err);
    assert_ok(tsr_cut_conv_f32_run(layer, &(tsr_cut){&rows, &columns}, &out, &err), err);
    tsr_cut_conv_f32_destroy(layer);
    tsr_cut_axis_free(&rows);
    tsr_cut_axis_free(&columns);
    return out;
}

// Rounding of n terms of size <= 1 in float: n * 2^-24 * (sum of magnitudes) <= n^2 * 2^-24; twice
// that for safety.
static void assert_close(const tsr_tensor *want, const tsr_tensor *got, double terms) {
    assert_int_equal(want->bytes, got->bytes);
    for (size_t i = 0; i < want->bytes / sizeof(float); ++i) {
        const double difference =
            fabs((double)((const float *)want->data)[i] - (double)((const float *)got->data)[i]);
        assert_true(difference <= 2.0 * terms * terms * 0x1p-24);
    }
}

static void float_convolution_is_close_to_the_reference_and_equal_on_every_isa(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    for (int i = 0; i < 100; ++i) {
        conv_case c = random_conv(&rng, TSR_DTYPE_F32, TSR_DTYPE_F32);
        tsr_error err = {0};
        tsr_tensor want = {0};
        tsr_tensor got = {0};
        assert_ok(tsr_ref_conv_f32(&c.in, &c.weight, &c.bias, &c.window, &want, &err), err);
        assert_ok(tsr_fast_conv_f32(&c.in, &c.weight, &c.bias, &c.window, &got, &err), err);
        assert_close(&want, &got, 1.0 + c.weight.c * c.weight.h * c.weight.w);
        for (int isa = 0; isa < TSR_ISA_COUNT; ++isa) {
            tsr_tensor same = run_f32(&c, (tsr_isa)isa);
            assert_memory_equal(same.data, got.data, got.bytes);
            tsr_tensor_free(&same);
        }
        tsr_tensor_free(&want);
        tsr_tensor_free(&got);
        conv_case_free(&c);
    }
}

// Tall enough for several bands of rows (4 MiB of gathered input each) with a halo between them.
static void float_convolution_of_a_large_map_is_seamless(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    const int32_t in_shape[4] = {1, 64, 300, 130};
    const int32_t w_shape[4] = {3, 64, 3, 3};
    conv_case c = {.window = {3, 3, 2, 1, 2, 1, 1, {.top = 2, .left = 1, .bottom = 2, .right = 1}}};
    c.in = random_tensor(&rng, TSR_DTYPE_F32, in_shape, false);
    c.weight = random_tensor(&rng, TSR_DTYPE_F32, w_shape, false);
    tsr_error err = {0};
    tsr_tensor want = {0};
    tsr_tensor got = {0};
    assert_ok(tsr_ref_conv_f32(&c.in, &c.weight, &c.bias, &c.window, &want, &err), err);
    assert_ok(tsr_fast_conv_f32(&c.in, &c.weight, &c.bias, &c.window, &got, &err), err);
    assert_close(&want, &got, 576.0);
    tsr_tensor_free(&want);
    tsr_tensor_free(&got);
    conv_case_free(&c);
}

typedef tsr_status (*conv_under_test)(const conv_case *c, tsr_tensor *out, tsr_error *err);

static tsr_status fast_f32(const conv_case *c, tsr_tensor *out, tsr_error *err) {
    return tsr_fast_conv_f32(&c->in, &c->weight, &c->bias, &c->window, out, err);
}

static tsr_status fast_int(const conv_case *c, tsr_tensor *out, tsr_error *err) {
    return tsr_fast_conv_int(&c->in, 0, &c->weight, &c->bias, &c->window, tsr_isa_best(), out, err);
}

static void survive_all_failures(const conv_case *c, conv_under_test run) {
    tsr_status status = TSR_ERR_NO_MEMORY;
    for (uint64_t k = 1; status == TSR_ERR_NO_MEMORY; ++k) {
        tsr_tensor out = {0};
        tsr_error err = {0};
        tsr_alloc_fail_at(k);
        status = run(c, &out, &err);
        tsr_alloc_fail_at(0);
        assert_true(status == TSR_OK || (status == TSR_ERR_NO_MEMORY && out.data == NULL));
        tsr_tensor_free(&out);
    }
    assert_int_equal(status, TSR_OK);
}

static void every_failing_allocation_is_survived(void **state) {
    (void)state;
    static const tsr_dtype types[3] = {TSR_DTYPE_F32, TSR_DTYPE_I8, TSR_DTYPE_U8};
    for (int i = 0; i < 3; ++i) {
        tsr_rng rng = {seed + 9};
        const int32_t in_shape[4] = {1, 4, 5, 5};
        const int32_t w_shape[4] = {4, 2, 3, 3};
        conv_case c = {
            .window = {3, 3, 1, 1, 1, 1, 2, {.top = 1, .left = 1, .bottom = 1, .right = 1}}};
        c.in = random_tensor(&rng, types[i], in_shape, false);
        c.weight =
            random_tensor(&rng, types[i] == TSR_DTYPE_U8 ? TSR_DTYPE_I8 : types[i], w_shape, false);
        survive_all_failures(&c, types[i] == TSR_DTYPE_F32 ? fast_f32 : fast_int);
        conv_case_free(&c);
    }
}

static void the_best_isa_is_available_and_all_have_names(void **state) {
    (void)state;
    assert_true(tsr_isa_available(TSR_ISA_PORTABLE));
    assert_true(tsr_isa_available(tsr_isa_best()));
    assert_false(tsr_isa_available(TSR_ISA_COUNT));
    assert_string_equal(tsr_isa_name(TSR_ISA_PORTABLE), "portable");
    assert_string_equal(tsr_isa_name(TSR_ISA_AVX2), "avx2");
    assert_string_equal(tsr_isa_name(TSR_ISA_AVX512_VNNI), "avx512_vnni");
    assert_string_equal(tsr_isa_name(TSR_ISA_COUNT), "unknown");
}

int main(int argc, char **argv) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : seed;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(int8_convolution_equals_the_reference_on_every_isa),
        cmocka_unit_test(other_integer_types_equal_the_reference),
        cmocka_unit_test(int16_sums_beyond_32_bits_are_refused_like_the_reference_does),
        cmocka_unit_test(int8_sums_at_the_edge_of_32_bits_are_exact_or_refused),
        cmocka_unit_test(int8_tiles_follow_the_formula_on_every_isa),
        cmocka_unit_test(int16_tiles_follow_the_formula),
        cmocka_unit_test(planes_summed_one_after_the_other_give_the_whole_sum),
        cmocka_unit_test(float_convolution_is_close_to_the_reference_and_equal_on_every_isa),
        cmocka_unit_test(float_convolution_of_a_large_map_is_seamless),
        cmocka_unit_test(every_failing_allocation_is_survived),
        cmocka_unit_test(the_best_isa_is_available_and_all_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
