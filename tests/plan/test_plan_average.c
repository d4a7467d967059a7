// SPDX-License-Identifier: Apache-2.0
// Means as the post-processor makes them are those of the reference, for every rounding rule.
// usage: test_plan_average [seed]
#include <stdlib.h>

#include <tessera/kernels.h>

#include "base/rng.h"
#include "plan/stages/average.h"
#include "support/test.h"

static uint64_t seed = 20250301;

/** Sums of n values of `bits` bits. */
static void sum_range(int32_t n, int32_t bits, int64_t *low, int64_t *high) {
    *low = -(int64_t)n * (1 << (bits - 1));
    *high = (int64_t)n * ((1 << (bits - 1)) - 1);
}

/** Reference means: each channel is one window of n pixels with the sum wanted. */
static void reference_means(const int64_t *sums, int32_t count, int32_t n, tsr_rounding rounding,
                            tsr_tensor *means) {
    tsr_error err = {0};
    tsr_tensor in = {0};
    assert_ok(tsr_tensor_create(&in, TSR_DTYPE_I16, 1, count, 1, n, &err), err);
    int16_t *values = in.data;
    for (int32_t c = 0; c < count; ++c) {
        const int64_t each = sums[c] >= 0 ? sums[c] / n : -((-sums[c] + n - 1) / n);
        const int64_t more = sums[c] - each * n;  // pixels that are one larger
        for (int32_t i = 0; i < n; ++i) {
            *values++ = (int16_t)(each + (i < more));
        }
    }
    const tsr_window window = {1, n, 1, 1, 1, 1, 1, {0}};
    assert_ok(tsr_ref_average_pool(&in, &window, false, rounding, means, &err), err);
    tsr_tensor_free(&in);
}

/** The passes of a mean add up to that of the reference. */
static void check_records(const tsr_average *average, const int64_t *sums, int32_t count, int32_t n,
                          tsr_rounding rounding) {
    tsr_error err = {0};
    tsr_average_record records[2];
    assert_true(average->weight == 1 || average->weight == 2);
    assert_true(average->passes == 1 || average->passes == 2);
    for (int32_t pass = 0; pass < average->passes; ++pass) {
        assert_ok(tsr_average_record_make(average, n, pass, &records[pass], &err), err);
    }
    tsr_tensor means = {0};
    reference_means(sums, count, n, rounding, &means);
    for (int32_t c = 0; c < count; ++c) {
        int32_t made = 0;
        for (int32_t pass = 0; pass < average->passes; ++pass) {
            const int64_t value = average->weight * sums[c] + records[pass].bias;
            const int32_t part = tsr_requantize(value, records[pass].scale, average->rounding);
            assert_true(part >= INT16_MIN && part <= INT16_MAX);  // the first one is a map
            made += part;
        }
        assert_int_equal(made, ((const int16_t *)means.data)[c]);
    }
    tsr_tensor_free(&means);
}

static void check_sums(const int64_t *sums, int32_t count, int32_t n, tsr_rounding rounding) {
    tsr_error err = {0};
    const tsr_real_pixels real = {n, n, 1, 1};
    tsr_average average;
    assert_ok(tsr_average_make(&real, rounding, "mean", &average, &err), err);
    check_records(&average, sums, count, n, rounding);
}

static void test_every_sum_of_small_windows_has_the_mean_of_the_reference(void **state) {
    (void)state;
    static const int32_t windows[] = {1, 2, 3, 4, 5, 6, 8, 9, 12, 16, 25, 36, 49};
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; ++i) {
        const int32_t n = windows[i];
        int64_t low = 0;
        int64_t high = 0;
        sum_range(n, 8, &low, &high);
        const int32_t count = (int32_t)(high - low + 1);
        int64_t *sums = test_malloc((size_t)count * sizeof *sums);
        for (int32_t c = 0; c < count; ++c) {
            sums[c] = low + c;
        }
        for (int32_t r = 0; r < TSR_ROUNDING_COUNT; ++r) {
            check_sums(sums, count, n, (tsr_rounding)r);
        }
        test_free(sums);
    }
}

static void test_sums_next_to_ties_of_large_windows_round_like_the_reference(void **state) {
    (void)state;

    enum { QUOTIENTS = 40, NEAR = 5, COUNT = QUOTIENTS * NEAR };

    static const int32_t windows[] = {64,   98,   196,  255,   256,   361,  784,
                                      1024, 3136, 4095, 12544, 32766, 32767};
    tsr_rng rng = {.state = seed};
    print_message("seed %llu\n", (unsigned long long)seed);
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; ++i) {
        const int32_t n = windows[i];
        int64_t low = 0;
        int64_t high = 0;
        sum_range(n, 16, &low, &high);
        int64_t sums[COUNT];
        for (int32_t q = 0; q < QUOTIENTS; ++q) {
            const int64_t mean = tsr_rng_range(&rng, q < 4 ? -3 : -32767, q < 4 ? 3 : 32766);
            const int64_t tie = mean * n + (q % 2 == 0 ? n / 2 : 0);
            for (int32_t k = 0; k < NEAR; ++k) {
                const int64_t sum = tie + k - NEAR / 2;
                sums[q * NEAR + k] = sum < low ? low : sum > high ? high : sum;
            }
        }
        for (int32_t r = 0; r < TSR_ROUNDING_COUNT; ++r) {
            check_sums(sums, COUNT, n, (tsr_rounding)r);
        }
    }
}

/** Windows of 3 x 4 pixels with at least 2 x 1 real ones: one weight and rounding serves them all. */
static void test_one_form_serves_windows_that_reach_past_the_map(void **state) {
    (void)state;
    const tsr_real_pixels real = {2, 3, 1, 4};
    assert_int_equal(tsr_average_sets(&real), 8);
    for (int32_t r = 0; r < TSR_ROUNDING_COUNT; ++r) {
        tsr_error err = {0};
        tsr_average average;
        assert_ok(tsr_average_make(&real, (tsr_rounding)r, "mean", &average, &err), err);
        for (int32_t set = 0; set < 8; ++set) {
            const int32_t n = tsr_average_pixels(&real, set);
            assert_int_equal(n, (2 + set / 4) * (1 + set % 4));
            int64_t sums[256];
            for (int32_t c = 0; c < 256; ++c) {
                sums[c] = c - 128;
            }
            for (int32_t c = 0; c < 256; ++c) {  // what n values of 8 bits can have
                sums[c] = n == 1 ? sums[c] : sums[c] * (n / 2) + c % 2;
            }
            check_records(&average, sums, 256, n, (tsr_rounding)r);
        }
    }
}

static void test_real_pixels_are_those_of_the_map(void **state) {
    (void)state;
    // rows of 5, windows of 3 rows 2 apart from row -1 on: rows 0 1, 1 2 3, 3 4; columns of 4,
    // windows of 4 from column -3 on: 1, 2, 3, 4, 3 of them real
    const tsr_stage stage = {.in = {1, 5, 4},
                             .conv_h = 3,
                             .conv_w = 5,
                             .kernel_h = 3,
                             .kernel_w = 4,
                             .stride_h = 2,
                             .stride_w = 1,
                             .pad_top = 1,
                             .pad_left = 3};
    static const int32_t rows[] = {2, 3, 2};
    static const int32_t cols[] = {1, 2, 3, 4, 3};
    for (int32_t y = 0; y < 3; ++y) {
        assert_int_equal(tsr_average_real(&stage, true, y), rows[y]);
    }
    for (int32_t x = 0; x < 5; ++x) {
        assert_int_equal(tsr_average_real(&stage, false, x), cols[x]);
    }
    const tsr_real_pixels real = tsr_average_count(&stage);
    assert_int_equal(real.least_h, 2);
    assert_int_equal(real.most_h, 3);
    assert_int_equal(real.least_w, 1);
    assert_int_equal(real.most_w, 4);
}

static void test_windows_too_large_for_a_multiplier_are_refused_by_name(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_average average;
    const tsr_real_pixels real = {1, 256, 1, 128};
    assert_int_equal(tsr_average_make(&real, TSR_ROUND_HALF_UP, "mean", &average, &err),
                     TSR_ERR_UNSUPPORTED);
    assert_string_equal(err.where, "mean");
    assert_non_null(strstr(err.message, "256 x 128 pixels, at most 32767"));
}

int main(int argc, char **argv) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : seed;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sum_of_small_windows_has_the_mean_of_the_reference),
        cmocka_unit_test(test_sums_next_to_ties_of_large_windows_round_like_the_reference),
        cmocka_unit_test(test_one_form_serves_windows_that_reach_past_the_map),
        cmocka_unit_test(test_real_pixels_are_those_of_the_map),
        cmocka_unit_test(test_windows_too_large_for_a_multiplier_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
