// SPDX-License-Identifier: Apache-2.0
/**
 * @file   blocking.h
 * @brief  How a feature map is cut into blocks: fixed (F), hierarchical (H), and what pads them.
 *
 * Semantics of the authors' code (zejiangp/BlockConv, block_models/utils/BlockConv.py), with three named extensions
 * (ragged, true_stride, border_padding) that their code does not have.
 */
#ifndef TESSERA_BLOCKING_H
#define TESSERA_BLOCKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tessera/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Cutting rule. */
typedef enum tsr_blocking_kind {
    TSR_BLOCKING_NONE = 0,
    TSR_BLOCKING_FIXED,       /**< block edge in pixels, clipped to the map */
    TSR_BLOCKING_HIERARCHICAL /**< grid count per axis; an axis it does not divide stays whole */
} tsr_blocking_kind;

/** What a kernel reads outside its block (or outside the image). */
typedef enum tsr_pad_mode {
    TSR_PAD_ZERO = 0,  /**< 0; in quantised networks the zero point */
    TSR_PAD_REPLICATE, /**< nearest edge pixel */
    TSR_PAD_REFLECT,   /**< mirrored without repeating the edge; needs extent > padding */
    TSR_PAD_SAME       /**< only for border_padding: use block_padding (the authors' one switch) */
} tsr_pad_mode;

/** A blocking as written on the command line ("F28", "H4x4", "F28x14", "none") plus its options. */
typedef struct tsr_blocking {
    tsr_blocking_kind kind;
    int32_t h; /**< fixed: block rows [pixel]; hierarchical: blocks per column; 0 for none */
    int32_t w; /**< fixed: block columns [pixel]; hierarchical: blocks per row; 0 for none */
    tsr_pad_mode block_padding; /**< zero, replicate or reflect */
    tsr_pad_mode
        border_padding; /**< at the image border (and in layers left whole); TSR_PAD_SAME = block_padding */
    bool ragged; /**< extension: F: smaller last block; H: edges at floor(i*size/n), never whole */
    bool
        true_stride; /**< extension: strided convolution inside a block; false = stride 1 + 2x2 max pool */
} tsr_blocking;

/** Half-open rectangle of a map [pixel]. */
typedef struct tsr_rect {
    int32_t y0, x0;
    int32_t h, w;
} tsr_rect;

/** The grid one blocking makes on one map. */
typedef struct tsr_block_grid {
    int32_t map_h, map_w;     /**< [pixel] */
    int32_t rows, cols;       /**< blocks per axis, >= 1 */
    int32_t block_h, block_w; /**< largest block [pixel] */
    bool
        even; /**< edges at floor(i*map/n) (ragged hierarchical) instead of multiples of block_h/w */
} tsr_block_grid;

/** @brief  Read "none", "F<n>", "F<h>x<w>", "H<n>", "H<r>x<c>"; options keep their defaults (zero, same, no, no).
 *  @return TSR_ERR_USAGE with the accepted forms. */
tsr_status tsr_blocking_parse(const char *text, tsr_blocking *blocking,
                              tsr_error *err) TSR_MUST_USE;
/** @brief  Canonical text: none, F28, F28x14, H4x4 (H always with both numbers). @p size >= 32. */
void tsr_blocking_format(const tsr_blocking *blocking, char *text, size_t size);
/** @brief  Name as in JSON: zero, replicate, reflect, same. */
const char *tsr_pad_mode_name(tsr_pad_mode mode);
/** @brief  Inverse of tsr_pad_mode_name; TSR_ERR_USAGE lists what is allowed. */
tsr_status tsr_pad_mode_parse(const char *text, tsr_pad_mode *mode, tsr_error *err) TSR_MUST_USE;
/** @brief  The mode that holds at the image border. */
tsr_pad_mode tsr_blocking_border_mode(const tsr_blocking *blocking);

/**
 * @brief  Grid of a map under a blocking (blockconv rule 1.1: recomputed from each layer's input map).
 * @param[in] where  Layer name for the message; may be NULL.
 * @return TSR_ERR_SHAPE where the authors' code fails (F that does not divide and ragged is off).
 */
tsr_status tsr_block_grid_make(const tsr_blocking *blocking, int32_t map_h, int32_t map_w,
                               const char *where, tsr_block_grid *grid,
                               tsr_error *err) TSR_MUST_USE;
/** @brief  Rectangle of block (row, col). */
tsr_rect tsr_block_grid_rect(const tsr_block_grid *grid, int32_t row, int32_t col);
/** @brief  True when the grid is one block. */
bool tsr_block_grid_is_whole(const tsr_block_grid *grid);

#ifdef __cplusplus
}
#endif
#endif
