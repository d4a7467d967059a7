// SPDX-License-Identifier: Apache-2.0
// Exact conversion of cycle numbers between two clocks: integer ratio, remembered position, no division when hot.
#ifndef TESSERA_DRAM_CLOCK_H
#define TESSERA_DRAM_CLOCK_H

#include <stdint.h>

__extension__ typedef unsigned __int128 dram_u128;

/** "No such cycle": later than everything. */
#define DRAM_NEVER UINT64_MAX
/** Cycle numbers above this are treated as this, so that sums never wrap. */
#define DRAM_LAST_CYCLE (UINT64_MAX / 4u)

/** Multiply by numerator / denominator (reduced); both are below 2^34, see dram_check.c. */
typedef struct dram_ratio {
    uint64_t numerator, denominator;
    uint64_t reciprocal; /**< floor((2^64 - 1) / denominator) */
} dram_ratio;

/** A converted position: at = quotient + rest / denominator, for the input `in`. Zero-initialised is valid. */
typedef struct dram_point {
    uint64_t in, quotient, rest;
} dram_point;

/** Moves `point` to input `x`. Steps forward by less than 2^30 cost two multiplications; others are exact too. */
static inline void dram_point_move(const dram_ratio *ratio, dram_point *point, uint64_t x) {
    const uint64_t step = x - point->in;
    point->in = x;
    if (step < (UINT64_C(1) << 30)) {
        // rest < 2^34 and step * numerator < 2^64 - 2^34, so the sum fits; the reciprocal is short by at most one.
        const uint64_t sum = point->rest + step * ratio->numerator;
        uint64_t quotient = (uint64_t)(((dram_u128)sum * ratio->reciprocal) >> 64);
        uint64_t rest = sum - quotient * ratio->denominator;
        if (rest >= ratio->denominator) {
            rest -= ratio->denominator;
            ++quotient;
        }
        point->quotient += quotient;
        point->rest = rest;
        return;
    }
    const dram_u128 product = (dram_u128)x * ratio->numerator;
    const dram_u128 quotient = product / ratio->denominator;
    point->quotient = quotient > DRAM_LAST_CYCLE ? DRAM_LAST_CYCLE : (uint64_t)quotient;
    point->rest = (uint64_t)(product - quotient * ratio->denominator);
}

/** floor(x * ratio), remembering the position for the next call. */
static inline uint64_t dram_floor(const dram_ratio *ratio, dram_point *point, uint64_t x) {
    dram_point_move(ratio, point, x);
    return point->quotient;
}

/** ceil(x * ratio), remembering the position for the next call. */
static inline uint64_t dram_ceil(const dram_ratio *ratio, dram_point *point, uint64_t x) {
    dram_point_move(ratio, point, x);
    return point->quotient + (point->rest != 0);
}

static inline uint64_t dram_max(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

static inline uint64_t dram_min(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

#endif
