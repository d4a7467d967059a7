// SPDX-License-Identifier: Apache-2.0
// Rounding rules: against exact 128-bit arithmetic with quotient and remainder, and against
// gemmlowp's own formulation.
#include <math.h>
#include <stdlib.h>

#include <tessera/kernels.h>

#include "base/rng.h"
#include "support/test.h"

__extension__ typedef __int128 wide;

static uint64_t seed = 1;

static int32_t saturate(wide value) {
    return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

// value / 2^shift with one rounding, from the truncated quotient and the remainder (no shifts of
// negative numbers).
static wide divide(wide value, int32_t shift, tsr_rounding rounding) {
    const wide divisor = (wide)1 << shift;
    const wide quotient = value / divisor;
    const wide rest = value % divisor;  // sign of value
    const wide twice = rest < 0 ? -2 * rest : 2 * rest;
    const wide away = quotient + (value < 0 ? -1 : 1);
    if (rounding == TSR_ROUND_FLOOR) {
        return rest < 0 ? quotient - 1 : quotient;
    }
    if (twice != divisor) {
        return twice > divisor ? away : quotient;
    }
    switch (rounding) {
        case TSR_ROUND_HALF_UP:
            return value < 0 ? quotient : away;
        case TSR_ROUND_HALF_AWAY:
            return away;
        default:  // the even neighbour
            return quotient % 2 == 0 ? quotient : away;
    }
}

static int32_t expected(int64_t value, tsr_scale scale, tsr_rounding rounding) {
    if (rounding != TSR_ROUND_DOUBLE) {
        return saturate(divide((wide)value * scale.multiplier, scale.shift, rounding));
    }
    const int32_t left = scale.shift < 31 ? 31 - scale.shift : 0;
    const int32_t right = scale.shift > 31 ? scale.shift - 31 : 0;
    const wide high =
        divide((wide)value * scale.multiplier * ((wide)1 << left), 31, TSR_ROUND_HALF_UP);
    return saturate(divide(high, right, TSR_ROUND_HALF_AWAY));
}

static void assert_same(int64_t value, tsr_scale scale, tsr_rounding rounding) {
    const int32_t want = expected(value, scale, rounding);
    const int32_t got = tsr_requantize(value, scale, rounding);
    if (want != got) {
        fail_msg("%s: %lld * %d >> %d is %d, must be %d (seed %llu)", tsr_rounding_name(rounding),
                 (long long)value, scale.multiplier, scale.shift, got, want,
                 (unsigned long long)seed);
    }
}

static tsr_scale random_scale(tsr_rng *rng) {
    return (tsr_scale){(int32_t)tsr_rng_range(rng, 1 << 30, INT32_MAX),
                       (int32_t)tsr_rng_range(rng, 1, 62)};
}

static void random_sums_round_as_exact_arithmetic_says(void **state) {
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    tsr_rng rng = {seed};
    for (int i = 0; i < 200000; ++i) {
        const int bits = (int)tsr_rng_range(&rng, 1, 47);
        const int64_t value = tsr_rng_range(&rng, -((int64_t)1 << bits), (int64_t)1 << bits);
        const tsr_scale scale = random_scale(&rng);
        for (int r = 0; r < TSR_ROUNDING_COUNT; ++r) {
            assert_same(value, scale, (tsr_rounding)r);
        }
    }
}

// multiplier 2^30 makes every odd multiple of 2^(shift-31) a tie; neighbours one off it are not.
static void ties_and_their_neighbours_round_as_exact_arithmetic_says(void **state) {
    (void)state;
    tsr_rng rng = {seed + 1};
    for (int32_t shift = 31; shift <= 62; ++shift) {
        const tsr_scale scale = {1 << 30, shift};
        const int64_t half = (int64_t)1 << (shift - 31);
        for (int i = 0; i < 500; ++i) {
            const int64_t odd = 2 * tsr_rng_range(&rng, -8000, 8000) + 1;
            for (int64_t near = -1; near <= 1; ++near) {
                for (int r = 0; r < TSR_ROUNDING_COUNT; ++r) {
                    assert_same(odd * half + near, scale, (tsr_rounding)r);
                }
            }
        }
    }
}

// 2^30 / 2^31 = 1/2: 5/2, 3/2, 1/2 and their negatives; by hand.
static void halves_go_where_the_name_says(void **state) {
    (void)state;
    static const int values[6] = {-5, -3, -1, 1, 3, 5};
    static const int want[TSR_ROUNDING_COUNT][6] = {
        [TSR_ROUND_HALF_UP] = {-2, -1, 0, 1, 2, 3},   [TSR_ROUND_HALF_AWAY] = {-3, -2, -1, 1, 2, 3},
        [TSR_ROUND_HALF_EVEN] = {-2, -2, 0, 0, 2, 2}, [TSR_ROUND_FLOOR] = {-3, -2, -1, 0, 1, 2},
        [TSR_ROUND_DOUBLE] = {-2, -1, 0, 1, 2, 3},
    };
    const tsr_scale half = {1 << 30, 31};
    for (int r = 0; r < TSR_ROUNDING_COUNT; ++r) {
        for (int i = 0; i < 6; ++i) {
            assert_int_equal(tsr_requantize(values[i], half, (tsr_rounding)r), want[r][i]);
        }
    }
}

// google/gemmlowp fixedpoint.h, SaturatingRoundingDoublingHighMul and RoundingDivideByPOT, word by
// word.
static int32_t gemmlowp(int32_t a, int32_t b, int32_t exponent) {
    const int64_t product = (int64_t)a * b;
    const int32_t nudge = product >= 0 ? (1 << 30) : (1 - (1 << 30));
    const int32_t x = (int32_t)((product + nudge) / ((int64_t)1 << 31));
    const int32_t mask = (int32_t)(((int64_t)1 << exponent) - 1);
    const int32_t remainder = x & mask;
    const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

static void double_rounding_equals_gemmlowp(void **state) {
    (void)state;
    tsr_rng rng = {seed + 2};
    for (int i = 0; i < 500000; ++i) {
        const int bits = (int)tsr_rng_range(&rng, 1, 31);
        const int32_t a = (int32_t)tsr_rng_range(&rng, -((int64_t)1 << (bits - 1)),
                                                 ((int64_t)1 << (bits - 1)) - 1);
        // every second multiplier has many trailing zeros, so that ties are common
        int32_t m = (int32_t)tsr_rng_range(&rng, 1 << 30, INT32_MAX);
        m = i % 2 == 0 ? m : m & ~0xFFFFFF;
        const int32_t exponent = (int32_t)tsr_rng_range(&rng, 0, 31);
        const int32_t got = tsr_requantize(a, (tsr_scale){m, 31 + exponent}, TSR_ROUND_DOUBLE);
        assert_int_equal(got, gemmlowp(a, m, exponent));
    }
}

static void results_beyond_32_bits_saturate(void **state) {
    (void)state;
    const tsr_scale nearly_two = {INT32_MAX, 30};
    for (int r = 0; r < TSR_ROUNDING_COUNT; ++r) {
        assert_int_equal(tsr_requantize((int64_t)1 << 47, nearly_two, (tsr_rounding)r), INT32_MAX);
        assert_int_equal(tsr_requantize(-((int64_t)1 << 47), nearly_two, (tsr_rounding)r),
                         INT32_MIN);
        assert_int_equal(tsr_requantize(INT32_MAX, (tsr_scale){0, 31}, (tsr_rounding)r), 0);
    }
}

static void factors_become_the_nearest_multiplier_and_shift(void **state) {
    (void)state;

    static const struct {
        double real;
        tsr_scale want;
    } cases[] = {
        {0.0, {0, 31}},
        {1.0, {1 << 30, 30}},
        {0.5, {1 << 30, 31}},
        {0.75, {3 << 29, 31}},
        {1.5, {3 << 29, 30}},
        {0x1p-32, {1 << 30, 62}},
        {0x1.8p-33, {1 << 30, 62}},  // no shift beyond 62: the nearest of 0 and 2^-32
        {0x0.8p-33, {0, 31}},
        {0x1.ffffffffp0, {INT32_MAX, 30}},  // would round to 2, which is not below 2
        {1.0 - 0x1p-40, {1 << 30, 30}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        tsr_scale got = {0};
        tsr_error err = {0};
        assert_ok(tsr_scale_from_real(cases[i].real, &got, &err), err);
        assert_int_equal(got.multiplier, cases[i].want.multiplier);
        assert_int_equal(got.shift, cases[i].want.shift);
    }
    tsr_rng rng = {seed + 3};
    for (int i = 0; i < 100000; ++i) {
        const double real = ldexp(1.0 + tsr_rng_unit(&rng), (int)tsr_rng_range(&rng, -30, 0));
        tsr_scale got = {0};
        tsr_error err = {0};
        assert_ok(tsr_scale_from_real(real, &got, &err), err);
        assert_true(got.multiplier >= 1 << 30 && got.shift >= 30 && got.shift <= 62);
        const double back = ldexp((double)got.multiplier, -got.shift);
        assert_true(fabs(back - real) <= ldexp(0.5, -got.shift) ||
                    (got.multiplier == INT32_MAX && got.shift == 30));
    }
}

static void factors_out_of_range_are_refused(void **state) {
    (void)state;
    static const double bad[] = {2.0, -0.5, 1e30, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        tsr_scale scale = {7, 7};
        tsr_error err = {0};
        assert_int_equal(tsr_scale_from_real(bad[i], &scale, &err), TSR_ERR_CONFIG);
        assert_non_null(strstr(err.message, "below 2"));
        assert_int_equal(scale.multiplier, 7);
    }
}

static void rounding_names_survive_the_round_trip(void **state) {
    (void)state;
    static const char *const names[] = {"half_up", "half_away", "half_even", "floor", "double"};
    for (int r = 0; r < TSR_ROUNDING_COUNT; ++r) {
        tsr_rounding parsed = TSR_ROUNDING_COUNT;
        tsr_error err = {0};
        assert_string_equal(tsr_rounding_name((tsr_rounding)r), names[r]);
        assert_ok(tsr_rounding_parse(names[r], &parsed, &err), err);
        assert_int_equal(parsed, r);
    }
    tsr_rounding untouched = TSR_ROUND_FLOOR;
    tsr_error err = {0};
    assert_int_equal(tsr_rounding_parse("up", &untouched, &err), TSR_ERR_USAGE);
    assert_int_equal(untouched, TSR_ROUND_FLOOR);
    assert_non_null(strstr(err.message, "half_even"));
    assert_string_equal(tsr_rounding_name(TSR_ROUNDING_COUNT), "unknown");
}

int main(int argc, char **argv) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : seed;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_sums_round_as_exact_arithmetic_says),
        cmocka_unit_test(ties_and_their_neighbours_round_as_exact_arithmetic_says),
        cmocka_unit_test(halves_go_where_the_name_says),
        cmocka_unit_test(double_rounding_equals_gemmlowp),
        cmocka_unit_test(results_beyond_32_bits_saturate),
        cmocka_unit_test(factors_become_the_nearest_multiplier_and_shift),
        cmocka_unit_test(factors_out_of_range_are_refused),
        cmocka_unit_test(rounding_names_survive_the_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
