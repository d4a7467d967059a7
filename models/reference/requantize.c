// SPDX-License-Identifier: Apache-2.0
// value * multiplier * 2^-shift under every rounding rule (hardware.md section 6).
#include <math.h>

#include <tessera/kernels.h>

#include "base/check.h"

// 48-bit sums times 31-bit multipliers do not fit 64 bits.
__extension__ typedef __int128 wide;

enum { one_bits = 31, largest_shift = 62 };

tsr_status tsr_scale_from_real(double real, tsr_scale *scale, tsr_error *err) {
    TSR_CHECK(real >= 0.0 && real < 2.0, TSR_ERR_CONFIG, err, NULL,
              "factor is %g, must be at least 0 and below 2", real);
    int exponent = 0;
    const double mantissa = frexp(real, &exponent);  // [0.5, 1) or 0
    int64_t multiplier = llround(ldexp(mantissa, one_bits));
    int32_t shift = one_bits - exponent;
    if (multiplier == (int64_t)1 << one_bits) {
        multiplier /= 2;
        shift -= 1;
    }
    if (multiplier == 0) {
        shift = one_bits;
    } else if (shift < one_bits - 1) {  // rounded up to 2: the largest factor below it is nearest
        multiplier = INT32_MAX;
        shift = one_bits - 1;
    } else if (shift > largest_shift) {  // the nearest of 0 and 2^30 * 2^-62
        multiplier = real < 0x1p-33 ? 0 : (int64_t)1 << (one_bits - 1);
        shift = multiplier == 0 ? one_bits : largest_shift;
    }
    *scale = (tsr_scale){(int32_t)multiplier, shift};
    return TSR_OK;
}

static int32_t saturate(wide value) {
    if (value > INT32_MAX) {
        return INT32_MAX;
    }
    return value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

// One rounding of product / 2^shift; >> is arithmetic, so it rounds down.
static wide round_once(wide product, int32_t shift, tsr_rounding rounding) {
    const wide half = (wide)1 << (shift - 1);
    switch (rounding) {
        case TSR_ROUND_FLOOR:
            return product >> shift;
        case TSR_ROUND_HALF_AWAY:
            return (product + half - (product < 0 ? 1 : 0)) >> shift;
        case TSR_ROUND_HALF_EVEN: {
            const wide up = (product + half) >> shift;
            const bool tie = (product & (2 * half - 1)) == half;
            return tie ? up & ~(wide)1 : up;
        }
        default:
            return (product + half) >> shift;
    }
}

// gemmlowp and TFLite: shift left, doubling high product (ties up), rounding right shift (ties
// away).
static wide round_twice(int64_t value, tsr_scale scale) {
    const int32_t left = scale.shift < one_bits ? one_bits - scale.shift : 0;
    const int32_t right = scale.shift > one_bits ? scale.shift - one_bits : 0;
    const wide shifted = (wide)value * ((wide)1 << left);
    const wide high = round_once(shifted * scale.multiplier, one_bits, TSR_ROUND_HALF_UP);
    return right == 0 ? high : round_once(high, right, TSR_ROUND_HALF_AWAY);
}

int32_t tsr_requantize(int64_t value, tsr_scale scale, tsr_rounding rounding) {
    if (rounding == TSR_ROUND_DOUBLE) {
        return saturate(round_twice(value, scale));
    }
    return saturate(round_once((wide)value * scale.multiplier, scale.shift, rounding));
}
