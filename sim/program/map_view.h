// SPDX-License-Identifier: Apache-2.0
// Where a pixel of a map lies in the feature pool: the one address formula, for checks and
// executors.
#ifndef TESSERA_PROGRAM_MAP_VIEW_H
#define TESSERA_PROGRAM_MAP_VIEW_H

#include <stdint.h>

#include <tessera/program.h>

/** A map in the feature pool [lines]. */
typedef struct tsr_map_view {
    int64_t base, row_pitch, plane_pitch, bank_stride;
    int64_t wrap; /**< a ring of so many rows; 0 = no ring */
} tsr_map_view;

static inline tsr_map_view tsr_map_of_load(const tsr_desc_load_feature *d) {
    return (tsr_map_view){d->base, d->row_pitch, d->plane_pitch, d->bank_stride, 0};
}

static inline tsr_map_view tsr_map_of_store(const tsr_desc_store *d) {
    return (tsr_map_view){d->base, d->row_pitch, d->plane_pitch, d->bank_stride, 0};
}

static inline tsr_map_view tsr_map_of_conv_in(const tsr_desc_conv *d) {
    return (tsr_map_view){d->in_base, d->in_row_pitch, d->in_plane_pitch, d->in_bank_stride,
                          d->in_wrap};
}

static inline tsr_map_view tsr_map_of_conv_out(const tsr_desc_conv *d) {
    return (tsr_map_view){d->out_base, d->out_row_pitch, d->out_plane_pitch, d->out_bank_stride,
                          d->out_wrap};
}

static inline tsr_map_view tsr_map_of_residual(const tsr_desc_conv *d) {
    return (tsr_map_view){d->residual_base, d->residual_row_pitch, d->residual_plane_pitch,
                          d->residual_bank_stride, d->residual_wrap};
}

static inline tsr_map_view tsr_map_of_pool_in(const tsr_desc_pool *d) {
    return (tsr_map_view){d->in_base, d->in_row_pitch, d->in_plane_pitch, d->in_bank_stride,
                          d->in_wrap};
}

static inline tsr_map_view tsr_map_of_pool_out(const tsr_desc_pool *d) {
    return (tsr_map_view){d->out_base, d->out_row_pitch, d->out_plane_pitch, d->out_bank_stride,
                          d->out_wrap};
}

/** Line of column x relative to its row. */
static inline int64_t tsr_map_column_line(const tsr_map_view *map, int64_t tp, int64_t x) {
    return x / (map->bank_stride * tp) * map->bank_stride + x % map->bank_stride;
}

/** Bank of column x. */
static inline int64_t tsr_map_column_bank(const tsr_map_view *map, int64_t tp, int64_t x) {
    return x / map->bank_stride % tp;
}

/** Word of column x relative to its row, counting line * tp + bank. */
static inline int64_t tsr_map_column_word(const tsr_map_view *map, int64_t tp, int64_t x) {
    return tsr_map_column_line(map, tp, x) * tp + tsr_map_column_bank(map, tp, x);
}

/** First line of a row of a plane; in a ring, y is below twice its rows. */
static inline int64_t tsr_map_row_line(const tsr_map_view *map, int64_t plane, int64_t y) {
    const int64_t row = map->wrap > 0 && y >= map->wrap ? y - map->wrap : y;
    return map->base + plane * map->plane_pitch + row * map->row_pitch;
}

#endif
