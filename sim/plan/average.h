// SPDX-License-Identifier: Apache-2.0
// The mean of n integers as the post-processor makes it: sum by weights of one or two, bias, scale.
#ifndef TESSERA_PLAN_AVERAGE_H
#define TESSERA_PLAN_AVERAGE_H

#include <stdint.h>

#include <tessera/kernels.h>

/** mean = round((weight * sum + bias) * multiplier / 2^shift) under `rounding`. */
typedef struct tsr_average {
    int32_t weight;
    int32_t bias;
    tsr_scale scale;
    tsr_rounding rounding;
} tsr_average;

/**
 * The form whose result is that of models/reference/average_pool.c under `rounding` for every sum of
 * n values of 8 or 16 bits. TSR_ERR_UNSUPPORTED (names `where`) when there is none: ties to even
 * need an exact 1/n, so half_even does only odd n and powers of two; n beyond 32767.
 */
tsr_status tsr_average_make(int32_t n, tsr_rounding rounding, const char *where,
                            tsr_average *average, tsr_error *err) TSR_MUST_USE;

#endif
