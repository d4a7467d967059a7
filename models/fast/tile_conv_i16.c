// SPDX-License-Identifier: Apache-2.0
// int16 convolution of one tile with 64-bit sums, in plain C.
#include <tessera/kernels.h>

// One word of input channels against one word of weights.
static int64_t dot(const int16_t *x, const int16_t *w, int32_t count) {
    int64_t sum = 0;
    for (int32_t n = 0; n < count; ++n) {
        sum += (int32_t)x[n] * w[n];
    }
    return sum;
}

// All lanes of one output pixel: [tm] sums over planes and taps.
static void sum_pixel(const tsr_tile_conv *s, const int16_t *in, const int16_t *weight,
                      int64_t *acc) {
    for (int32_t plane = 0; plane < s->planes; ++plane) {
        for (int32_t ky = 0; ky < s->kernel_h; ++ky) {
            for (int32_t kx = 0; kx < s->kernel_w; ++kx) {
                const size_t row =
                    (size_t)plane * (size_t)s->in_h + (size_t)ky * (size_t)s->dilation_h;
                const size_t word = row * (size_t)s->in_w + (size_t)kx * (size_t)s->dilation_w;
                const int16_t *x = in + word * (size_t)s->tn;
                for (int32_t m = 0; m < s->tm; ++m) {
                    acc[m] += dot(x, weight, s->tn);
                    weight += s->tn;
                }
            }
        }
    }
}

tsr_status tsr_tile_conv_i16(const tsr_tile_conv *shape, const int16_t *in, const int16_t *weight,
                             int64_t *acc, tsr_error *err) {
    (void)err;  // nothing to allocate: kept for the twin's signature
    const tsr_tile_conv *s = shape;
    const size_t group_weights = (size_t)s->planes * (size_t)s->kernel_h * (size_t)s->kernel_w *
                                 (size_t)s->tm * (size_t)s->tn;
    for (int32_t group = 0; group < s->m_groups; ++group) {
        for (int32_t y = 0; y < s->out_h; ++y) {
            for (int32_t x = 0; x < s->out_w; ++x) {
                const size_t first = (size_t)y * (size_t)s->stride_h * (size_t)s->in_w +
                                     (size_t)x * (size_t)s->stride_w;
                for (int32_t m = 0; m < s->tm && !s->accumulate; ++m) {
                    acc[m] = 0;
                }
                sum_pixel(s, in + first * (size_t)s->tn, weight, acc);
                acc += s->tm;
            }
        }
        weight += group_weights;
    }
    return TSR_OK;
}
