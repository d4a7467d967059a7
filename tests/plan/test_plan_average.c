// SPDX-License-Identifier: Apache-2.0
// Means as the post-processor makes them are those of the reference, for every rounding rule.
// usage: test_plan_average [seed]
#include <stdlib.h>

#include <tessera/kernels.h>

#include "base/rng.h"
#include "plan/average.h"
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

static void check_sums(const int64_t *sums, int32_t count, int32_t n, tsr_rounding rounding) {
    tsr_error err = {0};
    tsr_average average;
    assert_ok(tsr_average_make(n, rounding, "mean", &average, &err), err);
    assert_true(average.weight == 1 || average.weight == 2);
    tsr_tensor means = {0};
    reference_means(sums, count, n, rounding, &means);
    for (int32_t c = 0; c < count; ++c) {
        const int64_t value = average.weight * sums[c] + average.bias;
        assert_int_equal(tsr_requantize(value, average.scale, average.rounding),
                         ((const int16_t *)means.data)[c]);
    }
    tsr_tensor_free(&means);
}

static bool is_done(int32_t n, tsr_rounding rounding) {
    return rounding != TSR_ROUND_HALF_EVEN || n % 2 == 1 || (n & (n - 1)) == 0;
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
            if (is_done(n, (tsr_rounding)r)) {
                check_sums(sums, count, n, (tsr_rounding)r);
            }
        }
        test_free(sums);
    }
}

static void test_sums_next_to_ties_of_large_windows_round_like_the_reference(void **state) {
    (void)state;

    enum { QUOTIENTS = 40, NEAR = 5, COUNT = QUOTIENTS * NEAR };

    static const int32_t windows[] = {64,  98,   196,  255,  256,   361,
                                      784, 1024, 3136, 4095, 12544, 32767};
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
            if (is_done(n, (tsr_rounding)r)) {
                check_sums(sums, COUNT, n, (tsr_rounding)r);
            }
        }
    }
}

static void test_what_no_multiplier_can_do_is_refused_by_name(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_average average;
    assert_int_equal(tsr_average_make(6, TSR_ROUND_HALF_EVEN, "mean", &average, &err),
                     TSR_ERR_UNSUPPORTED);
    assert_string_equal(err.where, "mean");
    assert_non_null(strstr(err.message, "half_even"));
    assert_int_equal(tsr_average_make(32768, TSR_ROUND_HALF_UP, "mean", &average, &err),
                     TSR_ERR_UNSUPPORTED);
}

int main(int argc, char **argv) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : seed;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sum_of_small_windows_has_the_mean_of_the_reference),
        cmocka_unit_test(test_sums_next_to_ties_of_large_windows_round_like_the_reference),
        cmocka_unit_test(test_what_no_multiplier_can_do_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
