// SPDX-License-Identifier: Apache-2.0
// Float kernel: 4 output channels times three vectors of positions, all sums in registers.
#include "fast/taps_f32.h"
#include "fast/target.h"

#ifdef TSR_HAS_X86
#include <immintrin.h>

enum { rows = 4, vectors = 3, vector_lanes = 8, columns = vectors * vector_lanes };

TSR_TARGET_AVX2 static void kernel(const tsr_taps_job *job) {
    __m256 sums[rows][vectors];
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) {
        sums[r][0] = sums[r][1] = sums[r][2] = _mm256_set1_ps(job->bias[r]);
    }
    const float *w = job->weight;
    for (size_t t = 0; t < job->tap_count; ++t) {
        const float *x = job->in + job->taps[t];
        const __m256 x0 = _mm256_loadu_ps(x);
        const __m256 x1 = _mm256_loadu_ps(x + vector_lanes);
        const __m256 x2 = _mm256_loadu_ps(x + 2 * vector_lanes);
#pragma GCC unroll 4
        for (int r = 0; r < rows; ++r) {
            const __m256 weight = _mm256_set1_ps(w[r]);
            sums[r][0] = _mm256_fmadd_ps(weight, x0, sums[r][0]);
            sums[r][1] = _mm256_fmadd_ps(weight, x1, sums[r][1]);
            sums[r][2] = _mm256_fmadd_ps(weight, x2, sums[r][2]);
        }
        w += rows;
    }
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) {
        float *out = job->out + (size_t)r * job->pitch;
        _mm256_storeu_ps(out, sums[r][0]);
        _mm256_storeu_ps(out + vector_lanes, sums[r][1]);
        _mm256_storeu_ps(out + 2 * vector_lanes, sums[r][2]);
    }
}

tsr_taps_variant tsr_taps_f32_avx2(void) {
    return (tsr_taps_variant){rows, columns, kernel};
}
#else
tsr_taps_variant tsr_taps_f32_avx2(void) {
    return tsr_taps_f32_portable();
}
#endif
