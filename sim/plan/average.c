// SPDX-License-Identifier: Apache-2.0
// Which weights, bias and multiplier make a mean exact although 1/n is not.
//
// A multiplier has 31 bits, so the product is off by less than |sum|/n * 2^-30 <= 2^-15. That
// matters only where the exact value lies on a rounding boundary, or nearer to one than that:
//   odd n       sum/n is never halfway; the next boundary is at least 1/(2n) away.
//   floor       boundaries are whole numbers, and sum/n can be one: (2*sum + 1)/(2n) has the same
//               floor and is 1/(2n) away from any.
//   half up     the same for boundaries at halves: even n gives 2*sum/(2n) = k + 1/2, and one more in
//               the numerator stays on the right side, 1/(2n) away.
//   half away   a multiplier a little above 1/n moves every tie away from zero, which is where it
//               belongs; a power of two is exact and the rule itself does it.
#include "plan/average.h"

#include "base/check.h"

enum { N_MAX = 32767, ONE_BITS = 31 };

/** The scale of 1/n, rounded up. */
static tsr_scale reciprocal_above(int32_t n) {
    int32_t bits = 0;  // 2^bits >= n
    while (((int64_t)1 << bits) < n) {
        ++bits;
    }
    const int32_t shift = ONE_BITS - 1 + bits;  // the multiplier lies in [2^30, 2^31)
    const int64_t multiplier = (((int64_t)1 << shift) + n - 1) / n;
    return (tsr_scale){(int32_t)multiplier, shift};
}

static bool is_power_of_two(int32_t n) {
    return (n & (n - 1)) == 0;
}

tsr_status tsr_average_make(int32_t n, tsr_rounding rounding, const char *where,
                            tsr_average *average, tsr_error *err) {
    TSR_CHECK(n >= 1 && n <= N_MAX, TSR_ERR_UNSUPPORTED, err, where,
              "average over %d pixels, at most %d", n, N_MAX);
    tsr_average made = {.weight = 1, .rounding = rounding};
    const bool ties = n % 2 == 0;
    if (rounding == TSR_ROUND_FLOOR || (rounding == TSR_ROUND_HALF_UP && ties)) {
        made.weight = 2;
        made.bias = 1;
        TSR_TRY(tsr_scale_from_real(1.0 / (2.0 * n), &made.scale, err));
    } else if (!ties) {
        made.rounding = TSR_ROUND_HALF_UP;
        TSR_TRY(tsr_scale_from_real(1.0 / n, &made.scale, err));
    } else if (rounding == TSR_ROUND_HALF_EVEN) {
        TSR_CHECK(is_power_of_two(n), TSR_ERR_UNSUPPORTED, err, where,
                  "average over %d pixels with rounding half_even: a 31-bit multiplier cannot tell "
                  "ties apart; use another rounding",
                  n);
        TSR_TRY(tsr_scale_from_real(1.0 / n, &made.scale, err));
    } else {  // away from zero, which is also what the double rule means for a mean
        made.rounding = TSR_ROUND_HALF_AWAY;
        made.scale = reciprocal_above(n);
    }
    *average = made;
    return TSR_OK;
}
