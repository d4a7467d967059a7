// SPDX-License-Identifier: Apache-2.0
// Array sums where a row takes one lane only: depthwise convolution, and windows of equal weights.
#include <stdbool.h>
#include <string.h>

#include "interpreter/datapath.h"

enum { LANES_MAX = 64 };

/** One plane of one group: its pixels, its row of weights for each tap, its lanes of the sums. */
typedef struct plane_work {
    const tsr_tile_conv *shape;
    size_t in;     /**< first element of the plane in the tile */
    size_t sums;   /**< first element of its lanes in the sums */
    size_t weight; /**< first element of its weights */
    size_t
        weight_step; /**< elements from one tap's weights to the next one's; 0 = all are the same */
} plane_work;

/** First input element of an output pixel's window. */
static size_t window_at(const plane_work *work, int32_t oy, int32_t ox) {
    const tsr_tile_conv *s = work->shape;
    return work->in + ((size_t)(oy * s->stride_h) * (size_t)s->in_w + (size_t)(ox * s->stride_w)) *
                          (size_t)s->tn;
}

static size_t tap_at(const tsr_tile_conv *s, int32_t ky, int32_t kx) {
    return ((size_t)(ky * s->dilation_h) * (size_t)s->in_w + (size_t)(kx * s->dilation_w)) *
           (size_t)s->tn;
}

static void plane_i8(const plane_work *work, const int8_t *in, const int8_t *weight,
                     int32_t *sums) {
    const tsr_tile_conv *s = work->shape;
    for (int32_t oy = 0; oy < s->out_h; ++oy) {
        for (int32_t ox = 0; ox < s->out_w; ++ox) {
            int32_t *sum = sums + work->sums + (size_t)(oy * s->out_w + ox) * (size_t)s->tm;
            const int8_t *window = in + window_at(work, oy, ox);
            const int8_t *w = weight + work->weight;
            for (int32_t ky = 0; ky < s->kernel_h; ++ky) {
                for (int32_t kx = 0; kx < s->kernel_w; ++kx, w += work->weight_step) {
                    const int8_t *x = window + tap_at(s, ky, kx);
                    for (int32_t n = 0; n < s->tn; ++n) {
                        sum[n] += (int32_t)w[n] * x[n];
                    }
                }
            }
        }
    }
}

static void plane_i16(const plane_work *work, const int16_t *in, const int16_t *weight,
                      int64_t *sums) {
    const tsr_tile_conv *s = work->shape;
    for (int32_t oy = 0; oy < s->out_h; ++oy) {
        for (int32_t ox = 0; ox < s->out_w; ++ox) {
            int64_t *sum = sums + work->sums + (size_t)(oy * s->out_w + ox) * (size_t)s->tm;
            const int16_t *window = in + window_at(work, oy, ox);
            const int16_t *w = weight + work->weight;
            for (int32_t ky = 0; ky < s->kernel_h; ++ky) {
                for (int32_t kx = 0; kx < s->kernel_w; ++kx, w += work->weight_step) {
                    const int16_t *x = window + tap_at(s, ky, kx);
                    for (int32_t n = 0; n < s->tn; ++n) {
                        sum[n] += (int64_t)w[n] * x[n];
                    }
                }
            }
        }
    }
}

/** All planes of all groups; `group_weights` elements from one group's weights to the next one's. */
static void run_planes(const tsr_datapath *dp, const tsr_tile_conv *shape, const void *weight,
                       size_t group_weights, void *sums) {
    const size_t pixels = (size_t)shape->out_h * (size_t)shape->out_w;
    const size_t group_sums = pixels * (size_t)shape->tm;
    const size_t element = dp->element_bytes == 1 ? sizeof(int32_t) : sizeof(int64_t);
    const size_t taps = (size_t)shape->kernel_h * (size_t)shape->kernel_w;
    if (!shape->accumulate) {
        memset(sums, 0, (size_t)shape->m_groups * group_sums * element);
    }
    for (int32_t group = 0; group < shape->m_groups; ++group) {
        for (int32_t plane = 0; plane < shape->planes; ++plane) {
            const size_t step = group_weights > 0 ? (size_t)shape->tn : 0;
            const plane_work work = {
                .shape = shape,
                .in = (size_t)plane * (size_t)shape->in_h * (size_t)shape->in_w * (size_t)shape->tn,
                .sums = (size_t)group * group_sums + (size_t)plane * (size_t)shape->tn,
                .weight = (size_t)group * group_weights + (size_t)plane * taps * step,
                .weight_step = step};
            if (dp->element_bytes == 1) {
                plane_i8(&work, dp->tile.data, weight, sums);
            } else {
                plane_i16(&work, dp->tile.data, weight, sums);
            }
        }
    }
}

void tsr_datapath_diagonal(const tsr_datapath *dp, const tsr_tile_conv *shape,
                           const uint8_t *weight, void *sums) {
    const size_t taps = (size_t)shape->planes * (size_t)shape->kernel_h * (size_t)shape->kernel_w;
    const size_t tm = (size_t)shape->tm;
    const size_t words = (taps + tm - 1) / tm;
    run_planes(dp, shape, weight, words * tm * (size_t)shape->tn, sums);
}

void tsr_datapath_ones(const tsr_datapath *dp, const tsr_tile_conv *shape, int64_t value,
                       void *sums) {
    int16_t row[LANES_MAX];
    int8_t narrow[LANES_MAX];
    for (int32_t n = 0; n < shape->tn; ++n) {
        row[n] = (int16_t)value;
        narrow[n] = (int8_t)value;
    }
    run_planes(dp, shape, dp->element_bytes == 1 ? (const void *)narrow : (const void *)row, 0,
               sums);
}
