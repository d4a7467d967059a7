// SPDX-License-Identifier: Apache-2.0
// Carries out a conv descriptor: padded tile, array sums by the fast kernel, then the
// post-processor.
#include <string.h>

#include "base/check.h"
#include "base/checked.h"
#include "interpreter/datapath.h"
#include "program/desc_check.h"

enum { SUMS_BYTES = 1 << 20 };  // accumulators of one kernel call stay in the processor's cache

/** Extent of the padded tile along one axis. */
static int64_t tile_extent(const tsr_axis *axis) {
    return (axis->out - 1) * axis->stride + (axis->kernel - 1) * axis->dilation + 1;
}

/** Padded coordinate p of the tile to a map coordinate, or -1. */
static int32_t tile_source(const tsr_axis *axis, int64_t p) {
    return tsr_pad_index((int32_t)(p - axis->pad), (int32_t)axis->extent, axis->low, axis->high);
}

/** Copy one padded row of the tile; `line` < 0 means that the whole row is padding. */
static void copy_row(const tsr_datapath *dp, int64_t line, const int64_t *columns, int64_t width,
                     const uint8_t *zero_word, uint8_t *target) {
    const size_t word_bytes = (size_t)dp->word_bytes;
    for (int64_t x = 0; x < width; ++x) {
        const uint8_t *source =
            line >= 0 && columns[x] >= 0 ? tsr_datapath_word(dp, line, columns[x]) : zero_word;
        memcpy(target + (size_t)x * word_bytes, source, word_bytes);
    }
}

/** Materialise [planes][rows][columns][tn] of the planes that `group` reads, padding resolved. */
static tsr_status make_tile(tsr_datapath *dp, const tsr_desc *desc, int64_t group,
                            tsr_tile_conv *shape, tsr_error *err) {
    const tsr_desc_conv *d = &desc->u.conv;
    const tsr_axis y_axis = tsr_desc_axis_y(desc);
    const tsr_axis x_axis = tsr_desc_axis_x(desc);
    const tsr_map_view map = tsr_map_of_conv_in(d);
    const int64_t height = tile_extent(&y_axis);
    const int64_t width = tile_extent(&x_axis);
    const size_t row_bytes = (size_t)width * (size_t)dp->word_bytes;
    int64_t *columns = tsr_scratch_get(&dp->columns, (size_t)width * sizeof *columns);
    uint8_t *tile = tsr_scratch_get(&dp->tile, (size_t)(d->in_planes * height) * row_bytes);
    TSR_CHECK(columns != NULL && tile != NULL, TSR_ERR_NO_MEMORY, err, "conv",
              "no memory for the input tile");
    for (int64_t p = 0; p < width; ++p) {
        const int32_t x = tile_source(&x_axis, p);
        columns[p] = x < 0 ? -1 : tsr_map_column_word(&map, dp->arch.tp, d->in_x0 + x);
    }
    uint8_t zero_word[128];  // the widest feature word: 64 lanes of 16 bits
    tsr_datapath_fill(dp, d->in_zero_point, dp->arch.tn, zero_word);
    const int64_t first = group * d->group_planes;
    for (int64_t plane = first; plane < first + d->in_planes; ++plane) {
        for (int64_t p = 0; p < height; ++p) {
            const int32_t y = tile_source(&y_axis, p);
            const int64_t line = y < 0 ? -1 : tsr_map_row_line(&map, plane, d->in_y0 + y);
            copy_row(dp, line, columns, width, zero_word, tile);
            tile += row_bytes;
        }
    }
    *shape = (tsr_tile_conv){.tm = dp->arch.tm,
                             .tn = dp->arch.tn,
                             .planes = (int32_t)d->in_planes,
                             .in_h = (int32_t)height,
                             .in_w = (int32_t)width,
                             .kernel_h = (int32_t)d->kernel_h,
                             .kernel_w = (int32_t)d->kernel_w,
                             .stride_h = (int32_t)d->stride_h,
                             .stride_w = (int32_t)d->stride_w,
                             .dilation_h = (int32_t)d->dilation_h,
                             .dilation_w = (int32_t)d->dilation_w,
                             .m_groups = (int32_t)d->m_groups,
                             .out_h = (int32_t)d->out_h,
                             .out_w = (int32_t)d->out_w};
    return TSR_OK;
}

/** Sums of shape->m_groups groups from `group` on over the tile. */
static tsr_status run_kernel(tsr_datapath *dp, const tsr_desc_conv *d, const tsr_tile_conv *shape,
                             int64_t group, void *sums, tsr_error *err) {
    const size_t word_bytes = (size_t)tsr_arch_weight_word_bytes(&dp->arch);
    const size_t words = (size_t)(d->weight_base + group * tsr_conv_weight_words(&dp->arch, d));
    if (d->weight_form == TSR_WEIGHTS_ONES) {
        tsr_datapath_ones(dp, shape, d->ones_weight, sums);
        return TSR_OK;
    }
    const uint8_t *weight = dp->weight + words * word_bytes;
    if (d->weight_form == TSR_WEIGHTS_DIAGONAL) {
        tsr_datapath_diagonal(dp, shape, weight, sums);
        return TSR_OK;
    }
    if (dp->element_bytes == 1) {
        return tsr_tile_conv_i8(shape, dp->tile.data, (const int8_t *)weight, sums, dp->isa, err);
    }
    // both buffers come from the heap and words have an even number of bytes: aligned for int16
    const void *aligned = weight;
    return tsr_tile_conv_i16(shape, dp->tile.data, aligned, sums, err);
}

/** One descriptor of a sum that several descriptors share: exactly one tile. */
static tsr_status run_chunk(tsr_datapath *dp, const tsr_desc_conv *d, tsr_tile_conv *shape,
                            tsr_error *err) {
    if (d->accumulate_first != 0) {
        dp->chunk_pixels = d->out_w;
    }
    TSR_CHECK(dp->chunk_pixels == d->out_w, TSR_ERR_CONFIG, err, "conv",
              "continues a sum of %d pixels, the accumulators hold %d", (int)d->out_w,
              (int)dp->chunk_pixels);
    shape->accumulate = d->accumulate_first == 0;
    TSR_TRY(run_kernel(dp, d, shape, 0, dp->chunk, err));
    if (d->accumulate_last == 0) {
        return TSR_OK;
    }
    dp->chunk_pixels = 0;
    return tsr_datapath_post(dp, d, 0, 1, dp->chunk, err);
}

tsr_status tsr_datapath_conv(tsr_datapath *dp, const tsr_desc *desc, tsr_error *err) {
    const tsr_desc_conv *d = &desc->u.conv;
    tsr_tile_conv shape = {0};
    TSR_TRY(make_tile(dp, desc, 0, &shape, err));
    if (d->accumulate_first == 0 || d->accumulate_last == 0) {
        return run_chunk(dp, d, &shape, err);
    }
    dp->chunk_pixels = 0;
    const size_t sum_bytes = dp->element_bytes == 1 ? sizeof(int32_t) : sizeof(int64_t);
    const size_t group_sums = (size_t)(d->out_h * d->out_w * dp->arch.tm) * sum_bytes;
    // groups that read the same planes go together
    const int64_t fitting = d->group_planes > 0 ? 1 : (int64_t)(SUMS_BYTES / group_sums);
    const int64_t step = fitting < 1 ? 1 : fitting < d->m_groups ? fitting : d->m_groups;
    void *sums = tsr_scratch_get(&dp->sums, (size_t)step * group_sums);
    TSR_CHECK(sums != NULL, TSR_ERR_NO_MEMORY, err, "conv", "no memory for the accumulators");
    for (int64_t group = 0; group < d->m_groups; group += step) {
        if (group > 0 && d->group_planes > 0) {
            TSR_TRY(make_tile(dp, desc, group, &shape, err));
        }
        const int64_t rest = d->m_groups - group;
        shape.m_groups = (int32_t)(rest < step ? rest : step);
        TSR_TRY(run_kernel(dp, d, &shape, group, sums, err));
        TSR_TRY(tsr_datapath_post(dp, d, group, shape.m_groups, sums, err));
    }
    return TSR_OK;
}
