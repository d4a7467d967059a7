// SPDX-License-Identifier: Apache-2.0
// Inner kernel with pmaddwd: pairs of int16 products are exact in int32 for int8 operands.
#include "fast/target.h"
#include "fast/tile_kernel.h"

#ifdef TSR_HAS_X86
#include <immintrin.h>
#include <string.h>

enum { vectors = 2, lanes = 8 * vectors, pixels = 6, granule = 2 };

TSR_TARGET_AVX2 static void kernel(const tsr_tile_job *job) {
    __m256i sums[pixels][vectors];
    const int16_t *x[pixels];
    for (int p = 0; p < pixels; ++p) {
        x[p] = (const int16_t *)job->in + job->pixels[p];
        sums[p][0] = sums[p][1] = _mm256_setzero_si256();
    }
    const int16_t *w = job->weight;
    for (size_t t = 0; t < job->tap_count; ++t) {
        const size_t tap = job->taps[t];
        for (size_t s = 0; s < job->steps; ++s) {
            const __m256i w0 = _mm256_load_si256((const void *)w);
            const __m256i w1 = _mm256_load_si256((const void *)(w + 16));
            w += lanes * granule;
#pragma GCC unroll 6
            for (int p = 0; p < pixels; ++p) {
                int32_t pair = 0;
                memcpy(&pair, x[p] + tap + s * granule, sizeof pair);
                const __m256i both = _mm256_set1_epi32(pair);
                sums[p][0] = _mm256_add_epi32(sums[p][0], _mm256_madd_epi16(both, w0));
                sums[p][1] = _mm256_add_epi32(sums[p][1], _mm256_madd_epi16(both, w1));
            }
        }
    }
    for (int p = 0; p < pixels; ++p) {
        _mm256_store_si256((void *)(job->sums + p * lanes), sums[p][0]);
        _mm256_store_si256((void *)(job->sums + p * lanes + 8), sums[p][1]);
    }
}

tsr_tile_variant tsr_tile_avx2(void) {
    return (tsr_tile_variant){
        .lanes = lanes, .pixels = pixels, .granule = granule, .element_bytes = 2, .kernel = kernel};
}
#else
tsr_tile_variant tsr_tile_avx2(void) {
    return tsr_tile_portable();
}
#endif
