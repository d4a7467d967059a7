// SPDX-License-Identifier: Apache-2.0
// Small integer helpers: overflow-checked products and sums of user-supplied sizes, extremes.
#ifndef TESSERA_BASE_CHECKED_H
#define TESSERA_BASE_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

/** *product = a*b; false on overflow. */
static inline bool tsr_mul_i64(int64_t a, int64_t b, int64_t *product) {
    return !__builtin_mul_overflow(a, b, product);
}

/** *sum = a+b; false on overflow. */
static inline bool tsr_add_i64(int64_t a, int64_t b, int64_t *sum) {
    return !__builtin_add_overflow(a, b, sum);
}

/** ceil(a/b) for a >= 0, b > 0. */
static inline int64_t tsr_ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

static inline int32_t tsr_min_i32(int32_t a, int32_t b) {
    return a < b ? a : b;
}

static inline int32_t tsr_max_i32(int32_t a, int32_t b) {
    return a > b ? a : b;
}

static inline int64_t tsr_min_i64(int64_t a, int64_t b) {
    return a < b ? a : b;
}

#endif
