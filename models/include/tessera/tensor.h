// SPDX-License-Identifier: Apache-2.0
/**
 * @file   tensor.h
 * @brief  Dense tensors of the network model: plain (NCHW) and channel-blocked layouts.
 */
#ifndef TESSERA_TENSOR_H
#define TESSERA_TENSOR_H

#include <stddef.h>
#include <stdint.h>

#include <tessera/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Element type. */
typedef enum tsr_dtype {
    TSR_DTYPE_I8 = 0,
    TSR_DTYPE_U8,
    TSR_DTYPE_I16,
    TSR_DTYPE_I32,
    TSR_DTYPE_F32,
    TSR_DTYPE_COUNT
} tsr_dtype;

/** Memory order. `cb` = tsr_tensor.channel_block. */
typedef enum tsr_layout {
    TSR_LAYOUT_PLAIN = 0,      /**< [N][C][H][W], W fastest */
    TSR_LAYOUT_CHANNEL_BLOCKED /**< [N][ceil(C/cb)][H][W][cb]; channels beyond C hold 0 */
} tsr_layout;

/** A dense tensor; `data` is owned and freed by tsr_tensor_free. A zeroed struct is a valid empty tensor. */
typedef struct tsr_tensor {
    tsr_dtype dtype;
    tsr_layout layout;
    int32_t n;             /**< batch, >= 1 */
    int32_t c;             /**< channels, >= 1 */
    int32_t h;             /**< rows [pixel], >= 1 */
    int32_t w;             /**< columns [pixel], >= 1 */
    int32_t channel_block; /**< cb of the blocked layout; 1 for plain */
    size_t bytes;          /**< size of data */
    void *data;            /**< owned */
} tsr_tensor;

/** @brief  Bytes of one element. */
size_t tsr_dtype_bytes(tsr_dtype dtype);
/** @brief  Name as in JSON: int8, uint8, int16, int32, float32. */
const char *tsr_dtype_name(tsr_dtype dtype);

/**
 * @brief  Make a plain tensor of zeros.
 * @return TSR_ERR_SHAPE (an extent < 1), TSR_ERR_OVERFLOW, TSR_ERR_NO_MEMORY. *t is untouched on failure.
 */
tsr_status tsr_tensor_create(tsr_tensor *t, tsr_dtype dtype, int32_t n, int32_t c, int32_t h,
                             int32_t w, tsr_error *err) TSR_MUST_USE;
/** @brief  Release the data and zero the struct; NULL and empty tensors are fine. */
void tsr_tensor_free(tsr_tensor *t);
/** @brief  Copy a plain tensor into [N][ceil(C/cb)][H][W][cb]; missing channels are 0. */
tsr_status tsr_tensor_to_blocked(const tsr_tensor *plain, int32_t channel_block,
                                 tsr_tensor *blocked, tsr_error *err) TSR_MUST_USE;
/** @brief  Copy a channel-blocked tensor back to NCHW. */
tsr_status tsr_tensor_to_plain(const tsr_tensor *blocked, tsr_tensor *plain,
                               tsr_error *err) TSR_MUST_USE;
/** @brief  CRC-32 (zlib polynomial) of the elements in NCHW order, little-endian, whatever the layout. */
uint32_t tsr_tensor_crc32(const tsr_tensor *t);

/* ---- named arrays in files: .npy and .npz (stored and deflated) ---------------------------------------------- */

#define TSR_ARRAY_MAX_RANK 6

/** One n-dimensional array as read from a file; data owned, C order, little-endian, elements as in the file. */
typedef struct tsr_array {
    char name[128]; /**< member name without ".npy"; empty for a lone .npy */
    char kind;      /**< numpy kind: 'f', 'i', 'u', 'b' */
    int32_t item_bytes;
    int32_t rank; /**< 0..TSR_ARRAY_MAX_RANK */
    int64_t shape[TSR_ARRAY_MAX_RANK];
    size_t count; /**< elements */
    void *data;   /**< owned */
} tsr_array;

/** A set of named arrays. */
typedef struct tsr_archive {
    int32_t count;
    tsr_array *arrays; /**< owned */
} tsr_archive;

/** @brief  Read every array of a .npz, or the one of a .npy. Truncated or malformed files give TSR_ERR_CONFIG,
 *          missing ones TSR_ERR_FILE; nothing is left allocated on failure. Fortran order is converted. */
tsr_status tsr_archive_read(const char *path, tsr_archive *archive, tsr_error *err) TSR_MUST_USE;
/** @brief  The named array, or NULL. Borrowed from the archive. */
const tsr_array *tsr_archive_find(const tsr_archive *archive, const char *name);
/** @brief  Release everything. */
void tsr_archive_free(tsr_archive *archive);
/** @brief  Element @p i as double, whatever its type. */
double tsr_array_at(const tsr_array *array, size_t i);
/** @brief  Write one plain tensor as .npy with shape [n,c,h,w]; the file appears whole or not at all. */
tsr_status tsr_npy_write(const char *path, const tsr_tensor *t, tsr_error *err) TSR_MUST_USE;

/* ---- pictures ------------------------------------------------------------------------------------------------ */

/** @brief  Read an 8-bit PNG as a uint8 tensor [1][1 or 3][H][W] (palette, 16 bit and alpha are converted). */
tsr_status tsr_png_read(const char *path, tsr_tensor *t, tsr_error *err) TSR_MUST_USE;
/** @brief  Write a uint8 tensor [1][1 or 3][H][W] as PNG; the file appears whole or not at all. */
tsr_status tsr_png_write(const char *path, const tsr_tensor *t, tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
