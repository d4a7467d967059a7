// SPDX-License-Identifier: Apache-2.0
/**
 * @file   kernels.h
 * @brief  Operators on dense tensors: the naive reference that reads like the definition, and fast twins.
 */
#ifndef TESSERA_KERNELS_H
#define TESSERA_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/blocking.h>
#include <tessera/status.h>
#include <tessera/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a 32-bit multiplier and a shift round (hardware.md section 6). */
typedef enum tsr_rounding {
    TSR_ROUND_HALF_UP = 0, /**< one rounding, ties toward +infinity (default) */
    TSR_ROUND_HALF_AWAY,   /**< one rounding, ties away from zero */
    TSR_ROUND_HALF_EVEN,   /**< one rounding, ties to even */
    TSR_ROUND_FLOOR,       /**< no rounding addend */
    TSR_ROUND_DOUBLE, /**< gemmlowp/TFLite: doubling high mul (ties +inf), then shift (ties away) */
    TSR_ROUNDING_COUNT
} tsr_rounding;

/** A real factor as multiplier * 2^-shift. */
typedef struct tsr_scale {
    int32_t multiplier; /**< [2^30, 2^31) or 0 */
    int32_t shift;      /**< total right shift, 1..62 (31 = multiply by multiplier/2^31) */
} tsr_scale;

/** @brief  Nearest multiplier and shift of a real factor in (0, 2); 0 gives {0, 31}. TSR_ERR_CONFIG otherwise. */
tsr_status tsr_scale_from_real(double real, tsr_scale *scale, tsr_error *err) TSR_MUST_USE;
/** @brief  round(value * scale) under the rule; the value fits 48 bits; the result saturates to int32. */
int32_t tsr_requantize(int64_t value, tsr_scale scale, tsr_rounding rounding);
/** @brief  JSON name: half_up, half_away, half_even, floor, double. */
const char *tsr_rounding_name(tsr_rounding rounding);
tsr_status tsr_rounding_parse(const char *text, tsr_rounding *rounding,
                              tsr_error *err) TSR_MUST_USE;

/** Which padding holds on each side of a tile (image border and block border may differ). */
typedef struct tsr_side_pad {
    int32_t top, left, bottom, right;                          /**< [pixel] */
    tsr_pad_mode mode_top, mode_left, mode_bottom, mode_right; /**< zero, replicate, reflect */
} tsr_side_pad;

/** Geometry of one 2-D window operator. */
typedef struct tsr_window {
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t groups;
    tsr_side_pad pad;
} tsr_window;

/** @brief  Output extent floor((in + pad - dilation*(kernel-1) - 1)/stride) + 1; < 1 means illegal. */
int32_t tsr_window_out(int32_t in, int32_t pad_total, int32_t kernel, int32_t stride,
                       int32_t dilation);

/**
 * @brief  Source index of coordinate @p i outside or inside [0, extent) under a mode: the index read, or -1 for "zero".
 *
 * Zero wins where two axes disagree: a kernel tap is zero if either axis returns -1.
 * reflect needs |overhang| < extent (checked by callers).
 */
int32_t tsr_pad_index(int32_t i, int32_t extent, tsr_pad_mode low, tsr_pad_mode high);

/* ---- reference: plain NCHW, batch 1 or more ------------------------------------------------------------------- */

/** @brief  Float convolution. in [n][c][h][w], weight [m][c/groups][kh][kw], bias [1][m][1][1] or empty; out is
 *          created. */
tsr_status tsr_ref_conv_f32(const tsr_tensor *in, const tsr_tensor *weight, const tsr_tensor *bias,
                            const tsr_window *window, tsr_tensor *out, tsr_error *err) TSR_MUST_USE;
/**
 * @brief  Integer convolution to accumulators: acc = bias + sum w * (x - zero_point), padding reads zero_point.
 * @param[in] in     int8, uint8 or int16.
 * @param[in] weight int8 or int16.
 * @param[in] bias   int32 [1][m][1][1] or empty.
 * @param[out] acc   int64-safe sums saturate-checked: int32 tensor; TSR_ERR_OVERFLOW if a sum leaves int32.
 */
tsr_status tsr_ref_conv_int(const tsr_tensor *in, int32_t zero_point, const tsr_tensor *weight,
                            const tsr_tensor *bias, const tsr_window *window, tsr_tensor *acc,
                            tsr_error *err) TSR_MUST_USE;
/** @brief  Max pooling, any dtype; padding never wins. */
tsr_status tsr_ref_max_pool(const tsr_tensor *in, const tsr_window *window, tsr_tensor *out,
                            tsr_error *err) TSR_MUST_USE;
/** @brief  Average pooling over real inputs (count_include_pad off): float, or int8 with the given rounding. */
tsr_status tsr_ref_average_pool(const tsr_tensor *in, const tsr_window *window,
                                bool count_include_pad, tsr_rounding rounding, tsr_tensor *out,
                                tsr_error *err) TSR_MUST_USE;
/** @brief  out = clamp(in, lo, hi), float32. */
tsr_status tsr_ref_clip_f32(const tsr_tensor *in, float lo, float hi, tsr_tensor *out,
                            tsr_error *err) TSR_MUST_USE;
/** @brief  Element-wise float sum of equal shapes. */
tsr_status tsr_ref_add_f32(const tsr_tensor *a, const tsr_tensor *b, tsr_tensor *out,
                           tsr_error *err) TSR_MUST_USE;
/** @brief  Concatenate along channels. */
tsr_status tsr_ref_concat(const tsr_tensor *const *in, int32_t count, tsr_tensor *out,
                          tsr_error *err) TSR_MUST_USE;
/** @brief  Fully connected: weight [m][k][1][1], k = c*h*w of the input; out [n][m][1][1]. */
tsr_status tsr_ref_gemm_f32(const tsr_tensor *in, const tsr_tensor *weight, const tsr_tensor *bias,
                            tsr_tensor *out, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_ref_upsample(const tsr_tensor *in, int32_t factor, tsr_tensor *out,
                            tsr_error *err) TSR_MUST_USE;
tsr_status tsr_ref_pixel_shuffle(const tsr_tensor *in, int32_t factor, tsr_tensor *out,
                                 tsr_error *err) TSR_MUST_USE;
/** @brief  Pad a plain tensor explicitly (any dtype); @p value is used by zero mode. */
tsr_status tsr_ref_pad(const tsr_tensor *in, const tsr_side_pad *pad, double value, tsr_tensor *out,
                       tsr_error *err) TSR_MUST_USE;

/* ---- block convolution: the same operators block by block ------------------------------------------------------ */

/**
 * @brief  Blocked float convolution of a whole map: cut, pad every block by itself, convolve, put together.
 *
 * Without true_stride a declared vertical stride of 2 is done as stride 1 + 2x2 stride-2 max pool on the reassembled
 * map (authors' rule 1.2.3), blocked or not; other strides are refused (TSR_ERR_UNSUPPORTED, layer named) rather than
 * silently ignored. With true_stride output o belongs to the block that holds input row o*stride.
 * The modes of window->pad are not looked at: sides between blocks have blocking->block_padding, sides at the image
 * border tsr_blocking_border_mode().
 * @return TSR_ERR_SHAPE where a block cannot be tiled back (not size-preserving) or reflect does not fit.
 */
tsr_status tsr_block_conv_f32(const tsr_tensor *in, const tsr_tensor *weight,
                              const tsr_tensor *bias, const tsr_window *window,
                              const tsr_blocking *blocking, const char *where, bool fast,
                              tsr_tensor *out, tsr_error *err) TSR_MUST_USE;
/** @brief  Blocked integer convolution to int32 accumulators (before requantisation; the stride-2 max pool of the
 *          authors' rule is then the caller's, after requantisation, which is monotonic: same result). */
tsr_status tsr_block_conv_int(const tsr_tensor *in, int32_t zero_point, const tsr_tensor *weight,
                              const tsr_tensor *bias, const tsr_window *window,
                              const tsr_blocking *blocking, const char *where, bool fast,
                              tsr_tensor *acc, tsr_error *err) TSR_MUST_USE;

/* ---- fast integer kernels: same results bit for bit ------------------------------------------------------------- */

/** Instruction set variants, chosen at run time. */
typedef enum tsr_isa {
    TSR_ISA_PORTABLE = 0,
    TSR_ISA_AVX2,
    TSR_ISA_AVX512_VNNI,
    TSR_ISA_COUNT
} tsr_isa;

/** @brief  Best variant of this processor. */
tsr_isa tsr_isa_best(void);
/** @brief  Whether this processor can run a variant. */
bool tsr_isa_available(tsr_isa isa);
const char *tsr_isa_name(tsr_isa isa);

/**
 * Convolution on the machine's own layouts (what the array computes in one pass), stride and dilation included,
 * padding already materialised in the input.
 *   in      int8  [planes][in_h][in_w][tn]          (explicitly padded tile, zero point not subtracted)
 *   weight  int8  [m_groups][planes][kh][kw][tm][tn] (the order of the weight buffer)
 *   acc     int32 [m_groups][out_h][out_w][tm]       (added to when accumulate, else overwritten)
 */
typedef struct tsr_tile_conv {
    int32_t tm, tn;
    int32_t planes, in_h, in_w;
    int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    int32_t m_groups, out_h, out_w;
    bool accumulate;
} tsr_tile_conv;

/** @brief  acc = sum w*x over one tile. Any tm, tn >= 1. Same bits for every isa. TSR_ERR_NO_MEMORY only. */
tsr_status tsr_tile_conv_i8(const tsr_tile_conv *shape, const int8_t *in, const int8_t *weight,
                            int32_t *acc, tsr_isa isa, tsr_error *err) TSR_MUST_USE;
/** @brief  int16 twin (portable): int64 accumulators. */
tsr_status tsr_tile_conv_i16(const tsr_tile_conv *shape, const int16_t *in, const int16_t *weight,
                             int64_t *acc, tsr_error *err) TSR_MUST_USE;
/** @brief  Plain-layout front end of the tile kernels with the contract of tsr_ref_conv_int: int8 operands whose sums
 *          surely fit 32 bits run on @p isa, all others on tsr_tile_conv_i16. Same results, same refusals. */
tsr_status tsr_fast_conv_int(const tsr_tensor *in, int32_t zero_point, const tsr_tensor *weight,
                             const tsr_tensor *bias, const tsr_window *window, tsr_isa isa,
                             tsr_tensor *acc, tsr_error *err) TSR_MUST_USE;
/** @brief  Fast float convolution, contract of tsr_ref_conv_f32 but for rounding (float sums in the order bias, taps,
 *          one fused multiply-add each: the same bits on every processor). */
tsr_status tsr_fast_conv_f32(const tsr_tensor *in, const tsr_tensor *weight, const tsr_tensor *bias,
                             const tsr_window *window, tsr_tensor *out,
                             tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
