// SPDX-License-Identifier: Apache-2.0
/**
 * @file   arch.h
 * @brief  One accelerator: array, buffers, DMA, clock, DRAM, device. Loaded from configs/arch.
 */
#ifndef TESSERA_ARCH_H
#define TESSERA_ARCH_H

#include <stdint.h>

#include <tessera/dram.h>
#include <tessera/kernels.h>
#include <tessera/network.h>
#include <tessera/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A complete architecture. */
typedef struct tsr_arch {
    char name[TSR_NAME_MAX];
    char device[TSR_NAME_MAX];    /**< e.g. "xc7z045" */
    uint64_t clock_hz;            /**< accelerator clock */
    int32_t tm;                   /**< output channels of the array, multiple of tn */
    int32_t tn;                   /**< input channels of the array = channels of one feature word */
    int32_t tp;                   /**< adjacent output pixels = column banks */
    int32_t wp;                   /**< pixel columns the post-processor takes per cycle, 1..tp */
    int32_t activation_bits;      /**< 8 or 16 */
    tsr_rounding rounding;        /**< requantisation rule */
    int64_t feature_buffer_bytes; /**< one pool; multiple of sectors * line bytes */
    int32_t feature_sectors;      /**< independent one-read one-write memories of the pool */
    int64_t weight_buffer_bytes;  /**< multiple of one weight word */
    int32_t
        parameter_channels; /**< channels whose bias and scale fit the parameter buffer; multiple of tm */
    int32_t axi_data_bits;          /**< 32, 64, 128, 256, 512 */
    int32_t max_burst_beats;        /**< 1..256, 16 by default */
    int32_t max_outstanding_bursts; /**< per port and direction */
    tsr_dram_config dram;           /**< accelerator_clock_hz filled in */
} tsr_arch;

/** @brief  Load by bare name (configs/arch/<name>.json) or path, check everything. Exit-3 errors with JSON pointer. */
tsr_status tsr_arch_load(const char *name_or_path, tsr_arch *arch, tsr_error *err) TSR_MUST_USE;
/** @brief  Refuse impossible combinations; the message names the field, its value and what is allowed. */
tsr_status tsr_arch_check(const tsr_arch *arch, tsr_error *err) TSR_MUST_USE;

/* ---- derived figures; the only places that know these formulas -------------------------------------------------- */

/** @brief  Bytes of one activation: 1 or 2. */
int32_t tsr_arch_element_bytes(const tsr_arch *arch);
/** @brief  Bytes of one feature word: tn * element. */
int32_t tsr_arch_feature_word_bytes(const tsr_arch *arch);
/** @brief  Bytes of one line (one word in each of the tp banks). */
int32_t tsr_arch_line_bytes(const tsr_arch *arch);
/** @brief  Lines of the feature pool. */
int32_t tsr_arch_feature_lines(const tsr_arch *arch);
/** @brief  Bytes of one weight word: tm * tn * element. */
int32_t tsr_arch_weight_word_bytes(const tsr_arch *arch);
/** @brief  Words of the weight buffer. */
int32_t tsr_arch_weight_words(const tsr_arch *arch);
/** @brief  Bytes of a channel's record in the parameter stream: int64 bias, int32 multiplier, uint8 shift, 3 pad. */
#define TSR_PARAMETER_RECORD_BYTES 16
/** @brief  Bytes per AXI beat. */
int32_t tsr_arch_beat_bytes(const tsr_arch *arch);
/** @brief  F of the cycle law: array issue to accumulator update (hardware.md 2.5). */
int32_t tsr_arch_fill_cycles(const tsr_arch *arch);
/** @brief  E of the cycle law: post-processor entry to the word being readable. */
int32_t tsr_arch_drain_cycles(const tsr_arch *arch);
/** @brief  DRAM bytes of a pixel of a c-channel map: c*element rounded up to a power of two, at most a feature word. */
int32_t tsr_arch_pixel_bytes(const tsr_arch *arch, int32_t channels);
/** @brief  MACs the array can do in one cycle. */
int64_t tsr_arch_macs_per_cycle(const tsr_arch *arch);

#ifdef __cplusplus
}
#endif
#endif
