// SPDX-License-Identifier: Apache-2.0
/**
 * @file   table.h
 * @brief  Idealised memory accounting of block convolution: pure functions of network, blocking and bits.
 *
 * The idealisation: every byte moves exactly once, no alignment, no channel padding, no finite buffers. What a machine
 * really moves is in report.h (tsr_moved_*). Stage 1 takes chains: conv, relu, pool, flatten, gemm, and a final add of
 * the network input. The figures cover the convolutions (with the pools behind them); fully connected layers are
 * counted apart. Biases are left out.
 */
#ifndef TESSERA_TABLE_H
#define TESSERA_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <tessera/blocking.h>
#include <tessera/network.h>
#include <tessera/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One convolution of a chain with the pool behind it. */
typedef struct tsr_chain_layer {
    char name[TSR_NAME_MAX];
    int32_t layer; /**< index in the network */
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    bool blockable;
    tsr_shape in;                         /**< input map */
    tsr_shape out;                        /**< output map before pooling */
    tsr_shape pooled;                     /**< after the pool; equals out without one */
    int32_t pool_kernel_h, pool_kernel_w; /**< 1 without a pool */
    int32_t pool_stride_h, pool_stride_w; /**< 1 without a pool */
    uint64_t weight_count;                /**< without biases */
    uint64_t macs;                        /**< declared stride */
    uint64_t macs_stride1;                /**< the authors' form: stride 1, then 2x2 max pool */
} tsr_chain_layer;

/** The convolutions of a network in order; layers owned. */
typedef struct tsr_chain {
    char name[TSR_NAME_MAX];
    int32_t layer_count;
    tsr_chain_layer *layers;
    uint64_t gemm_weight_count; /**< of the fully connected layers behind them */
    bool final_add;             /**< the network input is added to the last output (VDSR) */
} tsr_chain;

/** @brief  Read the chain out of a network. TSR_ERR_UNSUPPORTED names the first layer that breaks the chain. */
tsr_status tsr_chain_make(const tsr_network *network, tsr_chain *chain,
                          tsr_error *err) TSR_MUST_USE;
void tsr_chain_free(tsr_chain *chain);

/** Totals of the unblocked network, layer by layer: each map read once and written once. */
typedef struct tsr_chain_totals {
    uint64_t weight_count, macs, macs_stride1;
    uint64_t intermediate_bytes; /**< maps between convolutions, pool fused into the convolution */
    uint64_t intermediate_separate_pool_bytes; /**< pools as passes of their own */
    uint64_t largest_map_bytes;                /**< before pooling */
    uint64_t largest_pair_bytes;               /**< input + output (before pooling) of one layer */
    uint64_t input_bytes, output_bytes;        /**< of the network's convolution part */
} tsr_chain_totals;

/** @brief  Totals at @p bits per value (8, 16 or 32). */
tsr_chain_totals tsr_chain_total(const tsr_chain *chain, int32_t bits);

/** One convolution under a blocking. */
typedef struct tsr_account_layer {
    tsr_block_grid grid; /**< of the input map; one whole block where the layer is not blocked */
    bool blocked;        /**< more than one block */
    bool pool_straddles; /**< the pool behind it needs pixels of two blocks */
    bool map_off_chip;   /**< its (pooled) output is written to DRAM and read back */
    uint64_t block_in_bytes, block_out_bytes, block_pooled_bytes; /**< largest block */
} tsr_account_layer;

/** Everything the tables say about one network under one blocking; layers owned. */
typedef struct tsr_account {
    tsr_blocking blocking;
    int32_t bits;
    int32_t layer_count;
    tsr_account_layer *layers;

    int32_t blocked_convs, spatial_convs, blocked_spatial_convs; /**< spatial: kernel > 1 */
    uint64_t macs, blocked_macs;
    double ratio_by_conv, ratio_by_spatial_conv,
        ratio_by_macs; /**< blocking ratio, three readings */
    uint64_t weights_once_bytes;
    uint64_t weights_per_block_bytes; /**< each layer's weights loaded once per block */

    uint64_t blocked_set_bytes;  /**< input + output of one block, worst blocked layer; 0 if none */
    int32_t blocked_set_layer;   /**< index into layers, -1 if none */
    uint64_t fallback_set_bytes; /**< the same, worst layer left whole */
    int32_t fallback_set_layer;

    int32_t maps_off_chip;
    uint64_t intermediate_bytes; /**< these maps, written once and read once */

    /* Least feature storage with every intermediate map on chip; weights excluded, no double buffering. */
    uint64_t pair_bytes; /**< largest input + pooled output of one block among blocked layers */
    uint64_t join_bytes; /**< F: one next-level block for each resolution change */
    uint64_t
        collection_bytes; /**< H: whole map collected before an unblocked layer or a straddling pool */
    uint64_t tail_bytes;        /**< largest input + pooled output among layers left whole */
    int32_t tail_layer;         /**< its index, -1 if none */
    uint64_t depth_first_bytes; /**< max(pair + join + collection, tail) */
    uint64_t
        breadth_first_bytes; /**< F and none: whole pooled maps kept between resolutions; 0 for H */
} tsr_account;

/** @brief  Account one blocking. TSR_ERR_SHAPE where fixed blocks do not divide a map (and ragged is off). */
tsr_status tsr_account_make(const tsr_chain *chain, const tsr_blocking *blocking, int32_t bits,
                            tsr_account *account, tsr_error *err) TSR_MUST_USE;
void tsr_account_free(tsr_account *account);

/** @brief  Line buffers of convolutions first..first+count-1: kernel_h - 1 rows of every input. */
uint64_t tsr_chain_line_buffer_bytes(const tsr_chain *chain, int32_t first, int32_t count,
                                     int32_t bits);

/** Cost of fusing convolutions with overlapped tiles (halo recomputed), relative to computing and reading once. */
typedef struct tsr_recompute {
    double mac_factor, read_factor;
} tsr_recompute;

/**
 * @brief  Recompute factors of convolutions first..first+count-1 with square tiles of the last one's output (before its
 *         pool).
 * @param[in] clip  true: tiles of the real map, cut at the image border; false: one interior tile.
 */
tsr_recompute tsr_chain_recompute(const tsr_chain *chain, int32_t first, int32_t count,
                                  int32_t tile, bool clip);

/** Text forms of a table. */
typedef enum tsr_table_format {
    TSR_TABLE_MARKDOWN = 0,
    TSR_TABLE_CSV,
    TSR_TABLE_LATEX
} tsr_table_format;

/** @brief  markdown, csv or latex. */
tsr_status tsr_table_format_parse(const char *text, tsr_table_format *format,
                                  tsr_error *err) TSR_MUST_USE;

/** The tables there are. */
typedef enum tsr_table_kind {
    TSR_TABLE_LAYERS = 0,  /**< shapes, bytes, weights, MACs of every convolution */
    TSR_TABLE_WEIGHTS,     /**< blocking ratio and weights streamed per block */
    TSR_TABLE_WORKING_SET, /**< input + output of one block */
    TSR_TABLE_TRAFFIC,     /**< totals, and intermediate maps through DRAM */
    TSR_TABLE_ON_CHIP,     /**< least feature storage with all maps on chip */
    TSR_TABLE_BASELINES,   /**< line buffers and overlapped tiles */
    TSR_TABLE_KIND_COUNT
} tsr_table_kind;

/** @brief  layers, weights, working_set, traffic, on_chip, baselines. */
const char *tsr_table_kind_name(tsr_table_kind kind);
tsr_status tsr_table_kind_parse(const char *text, tsr_table_kind *kind,
                                tsr_error *err) TSR_MUST_USE;

/**
 * @brief  Print one kind of table for some networks and blockings.
 *
 * A blocking that does not divide a map is a row that says so.
 * @param[in] chains     [chain_count].
 * @param[in] blockings  [blocking_count].
 */
tsr_status tsr_table_print(tsr_table_kind kind, const tsr_chain *chains, int32_t chain_count,
                           const tsr_blocking *blockings, int32_t blocking_count, int32_t bits,
                           tsr_table_format format, FILE *file, tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
