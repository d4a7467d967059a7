// SPDX-License-Identifier: Apache-2.0
// Overlapped tiles: what recomputing the halo of a fused group costs in MACs and in input reads.
#include <tessera/table.h>

/** Half-open range of rows or columns. */
typedef struct range {
    int64_t low, high;
} range;

/** One axis of one convolution with its pool. */
typedef struct axis {
    int32_t kernel, stride, pool_kernel, pool_stride;
    int32_t in, out;  // map extents, out before pooling
} axis;

static axis axis_of(const tsr_chain_layer *layer, bool vertical) {
    return vertical ? (axis){layer->kernel_h,      layer->stride_h, layer->pool_kernel_h,
                             layer->pool_stride_h, layer->in.h,     layer->out.h}
                    : (axis){layer->kernel_w,      layer->stride_w, layer->pool_kernel_w,
                             layer->pool_stride_w, layer->in.w,     layer->out.w};
}

static range clipped(range r, int32_t extent, bool clip) {
    if (clip) {
        r.low = r.low < 0 ? 0 : r.low;
        r.high = r.high > extent ? extent : r.high;
    }
    return r;
}

// Inputs a size-preserving (per stride) convolution needs for these outputs.
static range conv_input(range out, const axis *a, bool clip) {
    const int64_t pad = (a->kernel - 1) / 2;
    const range in = {out.low * a->stride - pad, (out.high - 1) * a->stride - pad + a->kernel};
    return clipped(in, a->in, clip);
}

static range pool_input(range pooled, const axis *a, bool clip) {
    const range in = {pooled.low * a->pool_stride,
                      (pooled.high - 1) * a->pool_stride + a->pool_kernel};
    return clipped(in, a->out, clip);
}

/** Sums over all tiles of one axis: output extent per layer, and extent of the group's input. */
typedef struct axis_sums {
    double out[2];  // of the layer asked for: [0] with halo, [1] without
    double in[2];
} axis_sums;

// Extents along one axis of layer `which` of the group, summed over the tiles.
static axis_sums sum_axis(const tsr_chain *chain, int32_t first, int32_t last, int32_t which,
                          int32_t tile, bool clip, bool vertical) {
    axis_sums sums = {{0.0, 0.0}, {0.0, 0.0}};
    const axis end = axis_of(&chain->layers[last], vertical);
    const int64_t extent = clip ? end.out : tile;
    for (int64_t low = 0; low < extent; low += tile) {
        const int64_t high = low + tile < extent ? low + tile : extent;
        range out = {low, high};
        double plain =
            (double)(high - low);  // what this tile is worth without halo, scaled to each level
        for (int32_t i = last; i >= first; --i) {
            const axis a = axis_of(&chain->layers[i], vertical);
            if (i < last && a.pool_stride > 1) {
                out = pool_input(out, &a, clip);
                plain *= a.pool_stride;
            }
            if (i == which) {
                sums.out[0] += (double)(out.high - out.low);
                sums.out[1] += plain;
            }
            out = conv_input(out, &a, clip);
            plain *= a.stride;
        }
        sums.in[0] += (double)(out.high - out.low);
        sums.in[1] += plain;
    }
    return sums;
}

tsr_recompute tsr_chain_recompute(const tsr_chain *chain, int32_t first, int32_t count,
                                  int32_t tile, bool clip) {
    const int32_t last = first + count - 1;
    double macs = 0.0;
    double plain_macs = 0.0;
    tsr_recompute factors = {1.0, 1.0};
    for (int32_t i = first; i <= last; ++i) {
        const axis_sums y = sum_axis(chain, first, last, i, tile, clip, true);
        const axis_sums x = sum_axis(chain, first, last, i, tile, clip, false);
        const double layer_macs = (double)chain->layers[i].macs;
        macs += layer_macs * (y.out[0] / y.out[1]) * (x.out[0] / x.out[1]);
        plain_macs += layer_macs;
        factors.read_factor = (y.in[0] / y.in[1]) * (x.in[0] / x.in[1]);
    }
    factors.mac_factor = plain_macs > 0.0 ? macs / plain_macs : 1.0;
    return factors;
}
