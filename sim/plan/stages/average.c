// SPDX-License-Identifier: Apache-2.0
// Which weights, bias and multiplier make a mean exact although 1/n is not.
//
// A multiplier has 31 bits, so the product is off by less than |sum|/n * 2^-31 <= 2^-16. That
// matters only where the exact value lies on a rounding boundary, or nearer to one than that:
//   odd n       sum/n is never halfway; the next boundary is at least 1/(2n) away.
//   floor       boundaries are whole numbers, and sum/n can be one: (2*sum + 1)/(2n) has the same
//               floor and is 1/(2n) away from any.
//   half up     the same for boundaries at halves: even n gives 2*sum/(2n) = k + 1/2, and one more in
//               the numerator stays on the right side, 1/(2n) away.
//   half away   a multiplier a little above 1/n moves every tie away from zero, which is where it
//               belongs; a power of two is exact and the rule itself does it.
//   half even   a power of two is exact. Else two floors make it: of the steps of the rounded value,
//               those at k + 1/2 with odd k are taken at the tie, those with even k behind it, so
//               the mean is floor((2*sum + n)/(4n)) + ceil((2*sum - n)/(4n)). Both are kept off
//               whole numbers by 1/(4n), and are half as large: the product is off by half as much.
//
// Windows of one layer that reach past the map differ in n. Weight and rounding are in the
// descriptor and serve all of them; bias and scale are those of n.
#include "plan/stages/average.h"

#include "base/check.h"
#include "base/checked.h"

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

int32_t tsr_average_real(const tsr_stage *stage, bool vertical, int32_t at) {
    const int32_t in = vertical ? stage->in.h : stage->in.w;
    const int32_t kernel = vertical ? stage->kernel_h : stage->kernel_w;
    const int32_t stride = vertical ? stage->stride_h : stage->stride_w;
    const int32_t first = at * stride - (vertical ? stage->pad_top : stage->pad_left);
    return tsr_min_i32(first + kernel, in) - tsr_max_i32(first, 0);
}

bool tsr_average_has_areas(const tsr_stage *stage) {
    return stage->job == TSR_JOB_AVERAGE && stage->weight_phases > 1;
}

int32_t tsr_average_equal(const tsr_stage *stage, bool vertical, int32_t at, int32_t end) {
    const int32_t real = tsr_average_real(stage, vertical, at);
    int32_t behind = at + 1;
    while (behind < end && tsr_average_real(stage, vertical, behind) == real) {
        ++behind;
    }
    return behind - at;
}

/** Fewest and most along one axis. */
static void count_axis(const tsr_stage *stage, bool vertical, int32_t *least, int32_t *most) {
    const int32_t end = vertical ? stage->conv_h : stage->conv_w;
    *least = *most = tsr_average_real(stage, vertical, 0);
    for (int32_t at = 1; at < end; ++at) {
        const int32_t real = tsr_average_real(stage, vertical, at);
        *least = tsr_min_i32(*least, real);
        *most = tsr_max_i32(*most, real);
    }
}

tsr_real_pixels tsr_average_count(const tsr_stage *stage) {
    tsr_real_pixels real = {0};
    count_axis(stage, true, &real.least_h, &real.most_h);
    count_axis(stage, false, &real.least_w, &real.most_w);
    return real;
}

static int32_t sets_of_row(const tsr_real_pixels *real) {
    return real->most_w - real->least_w + 1;
}

int32_t tsr_average_sets(const tsr_real_pixels *real) {
    return (real->most_h - real->least_h + 1) * sets_of_row(real);
}

int32_t tsr_average_pixels(const tsr_real_pixels *real, int32_t set) {
    return (real->least_h + set / sets_of_row(real)) * (real->least_w + set % sets_of_row(real));
}

tsr_status tsr_average_make(const tsr_real_pixels *real, tsr_rounding rounding, const char *where,
                            tsr_average *average, tsr_error *err) {
    TSR_CHECK(real->most_w <= N_MAX / real->most_h, TSR_ERR_UNSUPPORTED, err, where,
              "average over %d x %d pixels, at most %d", real->most_h, real->most_w, N_MAX);
    bool ties = false;     // some mean can lie halfway
    bool inexact = false;  // and its multiplier is not exact
    for (int32_t set = 0; set < tsr_average_sets(real); ++set) {
        const int32_t n = tsr_average_pixels(real, set);
        ties = ties || n % 2 == 0;
        inexact = inexact || (n % 2 == 0 && !is_power_of_two(n));
    }
    const bool away = rounding == TSR_ROUND_HALF_AWAY || rounding == TSR_ROUND_DOUBLE;
    *average = (tsr_average){.weight = 1, .rounding = TSR_ROUND_HALF_UP, .passes = 1};
    if (rounding == TSR_ROUND_FLOOR) {
        *average = (tsr_average){2, TSR_ROUND_FLOOR, 1};
    } else if (rounding == TSR_ROUND_HALF_UP && ties) {
        average->weight = 2;
    } else if (rounding == TSR_ROUND_HALF_EVEN && inexact) {
        *average = (tsr_average){2, TSR_ROUND_FLOOR, 2};
    } else if (ties) {  // the double rule is half away for a mean
        average->rounding = away ? TSR_ROUND_HALF_AWAY : rounding;
    }
    return TSR_OK;
}

tsr_status tsr_average_record_make(const tsr_average *average, int32_t n, int32_t pass,
                                   tsr_average_record *record, tsr_error *err) {
    *record = (tsr_average_record){0};
    if (average->passes == 2) {
        const int32_t odd = n % 2;
        record->bias = pass == 0 ? n + 1 - odd : 3 * n - 1 + odd;
        return tsr_scale_from_real(1.0 / (4.0 * n), &record->scale, err);
    }
    if (average->weight == 2) {
        record->bias = average->rounding == TSR_ROUND_FLOOR || n % 2 == 0;
        return tsr_scale_from_real(1.0 / (2.0 * n), &record->scale, err);
    }
    if (average->rounding == TSR_ROUND_HALF_AWAY) {
        record->scale = reciprocal_above(n);
        return TSR_OK;
    }
    return tsr_scale_from_real(1.0 / n, &record->scale, err);
}
