// SPDX-License-Identifier: Apache-2.0
/**
 * @file   accuracy.h
 * @brief  What blocking costs in output quality: real pictures through a real network, float and
 * integer, in dB.
 *
 * Integer pictures can also go through plan, program and interpreter; their output must then equal
 * the integer reference byte for byte.
 */
#ifndef TESSERA_ACCURACY_H
#define TESSERA_ACCURACY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <tessera/arch.h>
#include <tessera/blocking.h>
#include <tessera/network.h>
#include <tessera/status.h>
#include <tessera/table.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TSR_ACCURACY_PATH_MAX 512
#define TSR_ACCURACY_MAX_ROWS 256

/** Number formats. */
typedef enum tsr_arithmetic {
    TSR_ARITHMETIC_FLOAT32 = 0,
    TSR_ARITHMETIC_INT8,
    TSR_ARITHMETIC_COUNT
} tsr_arithmetic;

/** @brief  float32, int8. */
const char *tsr_arithmetic_name(tsr_arithmetic arithmetic);
tsr_status tsr_arithmetic_parse(const char *text, tsr_arithmetic *arithmetic,
                                tsr_error *err) TSR_MUST_USE;

/** What to measure: the "accuracy" object of a run file, its paths joined with the data folder. */
typedef struct tsr_accuracy_config {
    char name[TSR_NAME_MAX];
    char network[TSR_ACCURACY_PATH_MAX];
    char pictures[TSR_ACCURACY_PATH_MAX]; /**< .npz with <name><input_suffix> and
                                             <name><truth_suffix>, 2-D, 0..peak */
    char input_suffix[32], truth_suffix[32];
    char weights[TSR_ACCURACY_PATH_MAX];
    char weights_pattern[TSR_NAME_MAX];      /**< empty: the network's own */
    char calibration[TSR_ACCURACY_PATH_MAX]; /**< .npz with the largest activation behind each
                                                convolution; empty: the measured pictures themselves
                                                are the calibration set */
    char calibration_array[TSR_NAME_MAX];
    double peak;         /**< largest value of a picture */
    int32_t crop_pixels; /**< left out on each side before comparing */
    bool ragged;         /**< smaller last blocks */
    tsr_pad_mode
        border_padding; /**< at the picture's border; same = the block padding holds there too */
} tsr_accuracy_config;

/**
 * @brief  Read "network" and "accuracy" of a run file (a bare name means configs/run/<name>.json).
 *
 * Keys of accuracy: pictures, weights (required, relative to @p data_dir); input_suffix,
 * truth_suffix, weights_pattern, calibration, calibration_array, peak, crop_pixels, ragged,
 * border_padding.
 * @return TSR_ERR_CONFIG when the run has no accuracy object.
 */
tsr_status tsr_accuracy_config_load(const char *run, const char *data_dir,
                                    tsr_accuracy_config *config, tsr_error *err) TSR_MUST_USE;

/** How to measure. */
typedef struct tsr_accuracy_options {
    int32_t blocking_count;
    const tsr_blocking *blockings; /**< kind and extents count; paddings come from below */
    int32_t padding_count;
    const tsr_pad_mode *paddings; /**< none is measured once, with zero padding (as trained) */
    bool arithmetic[TSR_ARITHMETIC_COUNT];
    const tsr_arch
        *arch; /**< machine whose plans the integer pictures go through; NULL: reference only */
    int32_t layer_blocking_count;
    const tsr_layer_blocking
        *layer_blockings; /**< layers that are cut otherwise in every row but none */
    const char *out_dir;  /**< <out_dir>/<name>/: PNG per picture and row, accuracy.{csv,md,json};
                            NULL: no files */
    int32_t jobs;         /**< processes, 1..64; the bytes of the results do not depend on it */
    void (*progress)(void *user, uint64_t done, uint64_t total); /**< pictures; may be NULL */
    bool (*stop)(void *user);                                    /**< may be NULL */
    void *user;
} tsr_accuracy_options;

/** One blocking, padding and arithmetic over all pictures. */
typedef struct tsr_accuracy_row {
    tsr_blocking blocking;
    tsr_arithmetic arithmetic;
    double psnr_db;        /**< mean over the pictures; infinite when one equals its truth */
    double change_db;      /**< against the unblocked row of the same arithmetic; NaN without one */
    double *picture_db;    /**< owned, [picture_count] */
    int32_t program_equal; /**< pictures whose program output equals the integer reference byte for
                              byte */
    int32_t program_not_run;
    char program_note[200]; /**< why not, of the first one; empty when all ran */
} tsr_accuracy_row;

/** The result; owned. */
typedef struct tsr_accuracy {
    char name[TSR_NAME_MAX];
    char calibration[96]; /**< where the activation ranges come from, in words */
    int32_t picture_count;
    char (*picture_names)[TSR_NAME_MAX];
    int32_t row_count;
    tsr_accuracy_row *rows;
} tsr_accuracy;

/** @brief  Load, run, compare, write. TSR_ERR_DIFFERS when a program's output is not the
 * reference's. Nothing is written when an input is refused. */
tsr_status tsr_accuracy_measure(const tsr_accuracy_config *config,
                                const tsr_accuracy_options *options, tsr_accuracy *accuracy,
                                tsr_error *err) TSR_MUST_USE;
void tsr_accuracy_free(tsr_accuracy *accuracy);
/** @brief  As a table: one row a configuration. */
tsr_status tsr_accuracy_print(const tsr_accuracy *accuracy, tsr_table_format format, FILE *file,
                              tsr_error *err) TSR_MUST_USE;
/** @brief  As a JSON list of objects with blocking, block_padding, border_padding, arithmetic,
 * psnr_db, change_db, pictures and program. */
tsr_status tsr_accuracy_print_json(const tsr_accuracy *accuracy, FILE *file,
                                   tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
