// SPDX-License-Identifier: Apache-2.0
// Inner kernels with vpdpbusd: four uint8 x int8 products a lane, summed without saturation.
#include "fast/target.h"
#include "fast/tile_kernel.h"

#ifdef TSR_HAS_X86
#include <immintrin.h>
#include <string.h>

enum { vector_lanes = 16, granule = 4, vector_bytes = 64, offset = 128 };

// The bounds are constants wherever this is inlined, so that all sums live in registers.
TSR_TARGET_AVX512 TSR_INLINE void run(const tsr_tile_job *job, const int pixels,
                                      const int vectors) {
    __m512i sums[TSR_TILE_MAX_PIXELS][4];
    const uint8_t *x[TSR_TILE_MAX_PIXELS];
#pragma GCC unroll 12
    for (int p = 0; p < pixels; ++p) {
        x[p] = (const uint8_t *)job->in + job->pixels[p];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
            sums[p][v] = _mm512_setzero_si512();
        }
    }
    const uint8_t *w = job->weight;
    for (size_t t = 0; t < job->tap_count; ++t) {
        const size_t tap = job->taps[t];
        for (size_t s = 0; s < job->steps; ++s) {
            __m512i weights[4];
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                weights[v] = _mm512_load_si512(w + v * vector_bytes);
            }
            w += vectors * vector_bytes;
#pragma GCC unroll 12
            for (int p = 0; p < pixels; ++p) {
                int32_t four = 0;
                memcpy(&four, x[p] + tap + s * granule, sizeof four);
                const __m512i all = _mm512_set1_epi32(four);
#pragma GCC unroll 4
                for (int v = 0; v < vectors; ++v) {
                    sums[p][v] = _mm512_dpbusd_epi32(sums[p][v], all, weights[v]);
                }
            }
        }
    }
#pragma GCC unroll 12
    for (int p = 0; p < pixels; ++p) {
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
            _mm512_store_si512(job->sums + (p * vectors + v) * vector_lanes, sums[p][v]);
        }
    }
}

TSR_TARGET_AVX512 static void kernel_64(const tsr_tile_job *job) {
    run(job, 6, 4);
}

TSR_TARGET_AVX512 static void kernel_32(const tsr_tile_job *job) {
    run(job, 12, 2);
}

TSR_TARGET_AVX512 static void kernel_16(const tsr_tile_job *job) {
    run(job, 12, 1);
}

TSR_TARGET_AVX512 TSR_INLINE void sum_weights(const uint8_t *w, size_t steps, const int vectors,
                                              int32_t *correction) {
    const __m512i offsets = _mm512_set1_epi8((char)offset);
    for (int v = 0; v < vectors; ++v) {
        __m512i sum = _mm512_setzero_si512();
        for (size_t s = 0; s < steps; ++s) {
            const uint8_t *at = w + (s * (size_t)vectors + (size_t)v) * vector_bytes;
            sum = _mm512_dpbusd_epi32(sum, offsets, _mm512_load_si512(at));
        }
        _mm512_storeu_si512(correction + v * vector_lanes, sum);
    }
}

TSR_TARGET_AVX512 static void correct_64(const void *weight, size_t steps, int32_t *correction) {
    sum_weights(weight, steps, 4, correction);
}

TSR_TARGET_AVX512 static void correct_32(const void *weight, size_t steps, int32_t *correction) {
    sum_weights(weight, steps, 2, correction);
}

TSR_TARGET_AVX512 static void correct_16(const void *weight, size_t steps, int32_t *correction) {
    sum_weights(weight, steps, 1, correction);
}

tsr_tile_variant tsr_tile_avx512(size_t channels) {
    tsr_tile_variant v = {.lanes = 64,
                          .pixels = 6,
                          .granule = granule,
                          .element_bytes = 1,
                          .kernel = kernel_64,
                          .correct = correct_64};
    if (channels <= 16) {
        v.lanes = 16;
        v.pixels = 12;
        v.kernel = kernel_16;
        v.correct = correct_16;
    } else if (channels <= 32) {
        v.lanes = 32;
        v.pixels = 12;
        v.kernel = kernel_32;
        v.correct = correct_32;
    }
    return v;
}
#else
tsr_tile_variant tsr_tile_avx512(size_t channels) {
    (void)channels;
    return tsr_tile_portable();
}
#endif
