// SPDX-License-Identifier: Apache-2.0
// Float kernel: 8 output channels times three vectors of positions, all sums in registers.
#include "fast/taps_f32.h"
#include "fast/target.h"

#ifdef TSR_HAS_X86
#include <immintrin.h>

enum { rows = 8, vectors = 3, vector_lanes = 16, columns = vectors * vector_lanes };

TSR_TARGET_AVX512 static void kernel(const tsr_taps_job *job) {
    __m512 sums[rows][vectors];
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
        sums[r][0] = sums[r][1] = sums[r][2] = _mm512_set1_ps(job->bias[r]);
    }
    const float *w = job->weight;
    for (size_t t = 0; t < job->tap_count; ++t) {
        const float *x = job->in + job->taps[t];
        const __m512 x0 = _mm512_loadu_ps(x);
        const __m512 x1 = _mm512_loadu_ps(x + vector_lanes);
        const __m512 x2 = _mm512_loadu_ps(x + 2 * vector_lanes);
#pragma GCC unroll 8
        for (int r = 0; r < rows; ++r) {
            const __m512 weight = _mm512_set1_ps(w[r]);
            sums[r][0] = _mm512_fmadd_ps(weight, x0, sums[r][0]);
            sums[r][1] = _mm512_fmadd_ps(weight, x1, sums[r][1]);
            sums[r][2] = _mm512_fmadd_ps(weight, x2, sums[r][2]);
        }
        w += rows;
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
        float *out = job->out + (size_t)r * job->pitch;
        _mm512_storeu_ps(out, sums[r][0]);
        _mm512_storeu_ps(out + vector_lanes, sums[r][1]);
        _mm512_storeu_ps(out + 2 * vector_lanes, sums[r][2]);
    }
}

tsr_taps_variant tsr_taps_f32_avx512(void) {
    return (tsr_taps_variant){rows, columns, kernel};
}
#else
tsr_taps_variant tsr_taps_f32_avx512(void) {
    return tsr_taps_f32_portable();
}
#endif
