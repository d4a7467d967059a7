// SPDX-License-Identifier: Apache-2.0
// Inner kernel in plain C; the fixed bounds let any compiler use what vectors its target has.
#include "fast/tile_kernel.h"

enum { lanes = 16, pixels = 2 };

static void kernel(const tsr_tile_job *job) {
    uint32_t sums[pixels][lanes] = {{0}};
    const int16_t *w = job->weight;
    for (size_t t = 0; t < job->tap_count; ++t) {
        const int16_t *x0 = (const int16_t *)job->in + job->pixels[0] + job->taps[t];
        const int16_t *x1 = (const int16_t *)job->in + job->pixels[1] + job->taps[t];
        for (size_t s = 0; s < job->steps; ++s) {
            const int16_t a = x0[s];
            const int16_t b = x1[s];
            for (int32_t l = 0; l < lanes; ++l) {
                sums[0][l] += (uint32_t)(w[l] * a);
                sums[1][l] += (uint32_t)(w[l] * b);
            }
            w += lanes;
        }
    }
    for (int32_t p = 0; p < pixels; ++p) {
        for (int32_t l = 0; l < lanes; ++l) {
            job->sums[p * lanes + l] = (int32_t)sums[p][l];
        }
    }
}

tsr_tile_variant tsr_tile_portable(void) {
    return (tsr_tile_variant){
        .lanes = lanes, .pixels = pixels, .granule = 1, .element_bytes = 2, .kernel = kernel};
}
