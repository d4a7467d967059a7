// SPDX-License-Identifier: Apache-2.0
// Float kernel in plain C: fmaf keeps its bits equal to the vector variants, on any processor.
#include <math.h>

#include "fast/taps_f32.h"

enum { rows = 4, columns = 8 };

static void kernel(const tsr_taps_job *job) {
    float sums[rows][columns];
    for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < columns; ++c) {
            sums[r][c] = job->bias[r];
        }
    }
    for (size_t t = 0; t < job->tap_count; ++t) {
        const float *x = job->in + job->taps[t];
        const float *w = job->weight + t * rows;
        for (int r = 0; r < rows; ++r) {
            for (int c = 0; c < columns; ++c) {
                sums[r][c] = fmaf(w[r], x[c], sums[r][c]);
            }
        }
    }
    for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < columns; ++c) {
            job->out[(size_t)r * job->pitch + (size_t)c] = sums[r][c];
        }
    }
}

tsr_taps_variant tsr_taps_f32_portable(void) {
    return (tsr_taps_variant){rows, columns, kernel};
}

tsr_taps_variant tsr_taps_f32_variant(tsr_isa isa) {
    if (isa == TSR_ISA_AVX512_VNNI && tsr_isa_available(isa)) {
        return tsr_taps_f32_avx512();
    }
    if (isa == TSR_ISA_AVX2 && tsr_isa_available(isa)) {
        return tsr_taps_f32_avx2();
    }
    return tsr_taps_f32_portable();
}
