// SPDX-License-Identifier: Apache-2.0
// The mean of n integers as the post-processor makes it: sum by weights of one or two, bias, scale;
// and how many of the pixels of a window are real.
#ifndef TESSERA_PLAN_AVERAGE_H
#define TESSERA_PLAN_AVERAGE_H

#include <stdint.h>

#include <tessera/kernels.h>

#include "plan/model/plan_model.h"

/** What all windows of a layer have in common. */
typedef struct tsr_average {
    int32_t weight;
    tsr_rounding rounding;
    int32_t passes;  // 2: the mean is the sum of what two passes make
} tsr_average;

/** What a mean of n pixels has of its own: round((weight * sum + bias) * multiplier / 2^shift). */
typedef struct tsr_average_record {
    int32_t bias;
    tsr_scale scale;
} tsr_average_record;

/** Real pixels of the windows of a stage; every window of a network has some. */
tsr_real_pixels tsr_average_count(const tsr_stage *stage);
/** Real pixels of the window of output row (column) `at`. */
int32_t tsr_average_real(const tsr_stage *stage, bool vertical, int32_t at);
/** Windows of the stage differ in it. */
bool tsr_average_has_areas(const tsr_stage *stage);
/** Rows (columns) from output `at` on, below `end`, whose windows have as many real pixels. */
int32_t tsr_average_equal(const tsr_stage *stage, bool vertical, int32_t at, int32_t end);
/** Numbers of real pixels that have records of their own; number `set` of them. */
int32_t tsr_average_sets(const tsr_real_pixels *real);
int32_t tsr_average_pixels(const tsr_real_pixels *real, int32_t set);

/**
 * The form in which every window has the mean of models/reference/average_pool.c under `rounding`,
 * for values of 8 or 16 bits. TSR_ERR_UNSUPPORTED (names `where`) beyond 32767 pixels.
 */
tsr_status tsr_average_make(const tsr_real_pixels *real, tsr_rounding rounding, const char *where,
                            tsr_average *average, tsr_error *err) TSR_MUST_USE;
/** Bias and scale of a mean of n pixels, for pass 0 or 1. */
tsr_status tsr_average_record_make(const tsr_average *average, int32_t n, int32_t pass,
                                   tsr_average_record *record, tsr_error *err) TSR_MUST_USE;

#endif
