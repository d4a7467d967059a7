// SPDX-License-Identifier: Apache-2.0
/**
 * @file   table.h
 * @brief  Idealised memory accounting of block convolution: pure functions of network, blocking and bits.
 *
 * The idealisation: every byte moves exactly once, no alignment, no channel padding, no finite buffers. What a machine
 * really moves is in report.h (tsr_moved_*). The figures cover the convolutions of a network with everything between
 * them; the fully connected part behind them (global pool, flatten, gemm) is counted apart. Biases are left out.
 * Definitions of every figure: sim/table/README.md.
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

/* ---- outline: a network as stages and the maps between them ------------------------------------------------------ */

/** What a stage does. Pointwise layers, and the pool and the residual add behind a convolution, belong to its stage. */
typedef enum tsr_outline_kind {
    TSR_OUTLINE_CONV = 0,
    TSR_OUTLINE_IDENTITY, /**< an identity convolution: moves maps, has no weights and no MACs */
    TSR_OUTLINE_POOL,     /**< a pool that cannot go with the convolution before it */
    TSR_OUTLINE_ADD       /**< an add that cannot go with one of the convolutions before it */
} tsr_outline_kind;

/** One map that a stage reads. Channels of a concat are read map by map. */
typedef struct tsr_outline_operand {
    int32_t stage;  /**< that makes the map; -1: the network input */
    int32_t reader; /**< stage that reads it */
    bool shortcut;  /**< added to the result, not convolved */
} tsr_outline_operand;

/** One stage; it makes one map. */
typedef struct tsr_outline_stage {
    char name[TSR_NAME_MAX];
    tsr_outline_kind kind;
    int32_t layer; /**< index in the network */
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t groups;
    tsr_layer
        source; /**< copy of that layer; what a blocking makes of a convolution follows from it */
    bool blockable;   /**< the blocking applies to it */
    bool block_exact; /**< not blockable, but the same values when run block by block (pointwise) */
    bool pool_fused;  /**< a pool lies between out and pooled */
    bool is_output;   /**< its map leaves the convolution part */
    tsr_shape in;     /**< input map, all concatenated channels */
    tsr_shape out;    /**< output map before pooling */
    tsr_shape pooled; /**< the map it hands on; equals out without a pool */
    int32_t pool_kernel_h, pool_kernel_w; /**< 1 without a pool */
    int32_t pool_stride_h, pool_stride_w; /**< 1 without a pool */
    int32_t pool_pad_top, pool_pad_left;
    uint64_t weight_count;                /**< without biases */
    uint64_t macs;                        /**< declared stride */
    uint64_t macs_stride1;                /**< the authors' form: stride 1, then 2x2 max pool */
    int32_t first_operand, operand_count; /**< in tsr_outline.operands */
} tsr_outline_stage;

/** Stages in an order in which they can run; everything owned. */
typedef struct tsr_outline {
    char name[TSR_NAME_MAX];
    tsr_shape input;
    int32_t stage_count;
    tsr_outline_stage *stages;
    int32_t operand_count;
    tsr_outline_operand *operands; /**< by reader */
    int32_t conv_count;            /**< stages of kind conv */
    uint64_t gemm_weight_count;    /**< of the fully connected layers */
    int32_t layer_count;
    int32_t *
        stage_of_layer; /**< stage whose map a network layer's value is or becomes; -1: none of them */
} tsr_outline;

/** @brief  Read the outline of a network. TSR_ERR_UNSUPPORTED names the first layer that has no place in it. */
tsr_status tsr_outline_make(const tsr_network *network, tsr_outline *outline,
                            tsr_error *err) TSR_MUST_USE;
void tsr_outline_free(tsr_outline *outline);
/** @brief  Shape of the map an operand names. */
tsr_shape tsr_outline_map(const tsr_outline *outline, const tsr_outline_operand *operand);
/** @brief  Stages that read the map of @p stage, counted once for each read. */
int32_t tsr_outline_reader_count(const tsr_outline *outline, int32_t stage);

/** Totals of the unblocked network, layer by layer: each map written once and read once by each reader. */
typedef struct tsr_outline_totals {
    uint64_t weight_count, macs, macs_stride1;
    uint64_t intermediate_bytes; /**< maps between stages, pool fused into the convolution */
    uint64_t intermediate_separate_pool_bytes; /**< pools as passes of their own */
    uint64_t shortcut_bytes;     /**< the part of intermediate_bytes that residual adds read */
    uint64_t largest_map_bytes;  /**< before pooling */
    uint64_t largest_pair_bytes; /**< input + output (before pooling) of one convolution */
    uint64_t input_bytes, output_bytes; /**< of the convolution part, once */
} tsr_outline_totals;

/** @brief  Totals at @p bits per value (8, 16 or 32). */
tsr_outline_totals tsr_outline_total(const tsr_outline *outline, int32_t bits);

/* ---- account: one blocking --------------------------------------------------------------------------------------- */

/** One stage under a blocking. */
typedef struct tsr_account_stage {
    tsr_block_grid grid;    /**< of the input map; one whole block where the stage is run whole */
    tsr_blocking_kind kind; /**< rule that cuts it: of the blocking, or the layer's own */
    tsr_why_whole why;      /**< of convolutions */
    bool blocked;        /**< a convolution with more than one block where the blocking applies */
    bool per_block;      /**< run block by block: blocked, or exact per block */
    bool pool_straddles; /**< the pool behind it needs pixels of two blocks */
    int32_t level;       /**< stages of one level exchange blocks on chip */
    bool map_off_chip;   /**< its map is written to DRAM and read back */
    uint64_t block_in_bytes;       /**< convolved input of the largest block */
    uint64_t block_out_bytes;      /**< before pooling, stride applied on the fly */
    uint64_t block_stride1_bytes;  /**< before pooling, stride 1 */
    uint64_t block_pooled_bytes;   /**< what it hands on; before the pool if the pool straddles */
    uint64_t block_shortcut_bytes; /**< added maps */
    uint64_t
        held_bytes; /**< blocks of its level that wait on chip for a later stage, neither read nor written here */
} tsr_account_stage;

/** Everything the tables say about one network under one blocking; stages owned. */
typedef struct tsr_account {
    tsr_blocking blocking;
    int32_t bits;
    int32_t stage_count;
    tsr_account_stage *stages;
    bool *
        operand_off_chip; /**< of each operand of the outline: read from DRAM (the network input apart) */

    int32_t blocked_convs, spatial_convs, blocked_spatial_convs; /**< spatial: kernel > 1 */
    uint64_t macs, blocked_macs;
    double ratio_by_conv, ratio_by_spatial_conv,
        ratio_by_macs; /**< blocking ratio, three readings */
    uint64_t weights_once_bytes;
    uint64_t weights_per_block_bytes; /**< each layer's weights loaded once per block */
    uint64_t weights_exact_bytes;     /**< the same with the pointwise layers per block, too */

    uint64_t
        blocked_set_bytes; /**< input, output, shortcut and held blocks, worst stage per block; 0 if none */
    int32_t blocked_set_stage;   /**< index into stages, -1 if none */
    uint64_t stride1_set_bytes;  /**< the same as blocked_set_bytes, outputs before the stride */
    uint64_t fallback_set_bytes; /**< the same, worst stage run whole */
    int32_t fallback_set_stage;

    int32_t maps_off_chip;
    uint64_t
        intermediate_bytes; /**< these maps, written once and read once by each reader off chip */

    /* Least feature storage with every intermediate map on chip; weights excluded, no double buffering. */
    uint64_t pair_bytes;          /**< largest set of blocks in work at once */
    uint64_t join_bytes;          /**< F: one next-level block of each map that changes level */
    uint64_t collection_bytes;    /**< whole maps kept beside the blocks (H: those collected) */
    uint64_t tail_bytes;          /**< largest sum of maps while a stage runs whole */
    int32_t tail_stage;           /**< its index, -1 if none */
    uint64_t depth_first_bytes;   /**< max(pair + join + collection, tail) */
    uint64_t breadth_first_bytes; /**< F and none: whole maps kept between levels; 0 for H */
} tsr_account;

/** @brief  Account one blocking. TSR_ERR_SHAPE where fixed blocks do not divide a map (and ragged is
 *          off) or where a convolution to be blocked does not keep the size of its blocks. */
tsr_status tsr_account_make(const tsr_outline *outline, const tsr_blocking *blocking, int32_t bits,
                            tsr_account *account, tsr_error *err) TSR_MUST_USE;
void tsr_account_free(tsr_account *account);

/* ---- baselines without blocks ------------------------------------------------------------------------------------ */

/** @brief  Line buffers of stages first..first+count-1: kernel height - 1 rows of every convolution's input. */
uint64_t tsr_outline_line_buffer_bytes(const tsr_outline *outline, int32_t first, int32_t count,
                                       int32_t bits);

/** Cost of fusing stages with overlapped tiles (halo recomputed), relative to computing and reading once. */
typedef struct tsr_recompute {
    double mac_factor, read_factor;
} tsr_recompute;

/**
 * @brief  Recompute factors of stages first..first+count-1 with tiles of the last one's output (before its pool)
 *         [pixel].
 *
 * Where the group branches, each map is computed on the smallest rectangle that holds what all its readers need.
 * @param[in] clip  true: tiles of the real map, cut at the image border; false: one interior tile.
 */
tsr_status tsr_outline_recompute(const tsr_outline *outline, int32_t first, int32_t count,
                                 int32_t tile_h, int32_t tile_w, bool clip, tsr_recompute *factors,
                                 tsr_error *err) TSR_MUST_USE;
/** @brief  Last of the consecutive stages with one input resolution that start at @p first. */
int32_t tsr_outline_run_end(const tsr_outline *outline, int32_t first);

/* ---- published figures that can be checked ----------------------------------------------------------------------- */

/** A published figure and what the tables' definitions give for it. */
typedef struct tsr_anchor {
    const char *source; /**< who published it, and for what */
    const char *quantity;
    const char *unit;
    const char *published; /**< as printed there */
    double
        stated; /**< the figure our definition should give; NaN where only the definition is published */
    double ours;
    int32_t digits;     /**< behind the point */
    const char *remark; /**< why published and ours differ */
} tsr_anchor;

enum { TSR_ANCHOR_COUNT = 10 };

/** @brief  Compute all of them from shipped networks (vgg19, mobilenet_v2, resnet152, vdsr). */
tsr_status tsr_anchors_make(tsr_anchor anchors[TSR_ANCHOR_COUNT], tsr_error *err) TSR_MUST_USE;

/* ---- as text ----------------------------------------------------------------------------------------------------- */

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
    TSR_TABLE_LAYERS = 0,  /**< shapes, bytes, weights, MACs of every stage */
    TSR_TABLE_RATIOS,      /**< blocking ratio in three readings */
    TSR_TABLE_WEIGHTS,     /**< weights once and streamed per block */
    TSR_TABLE_WORKING_SET, /**< input + output (+ shortcut) of one block */
    TSR_TABLE_TRAFFIC,     /**< totals, and intermediate maps through DRAM */
    TSR_TABLE_ON_CHIP,     /**< least feature storage with all maps on chip */
    TSR_TABLE_BASELINES,   /**< line buffers and overlapped tiles */
    TSR_TABLE_ANCHORS,     /**< published figures beside ours */
    TSR_TABLE_KIND_COUNT
} tsr_table_kind;

/** @brief  layers, ratios, weights, working_set, traffic, on_chip, baselines, anchors. */
const char *tsr_table_kind_name(tsr_table_kind kind);
tsr_status tsr_table_kind_parse(const char *text, tsr_table_kind *kind,
                                tsr_error *err) TSR_MUST_USE;

enum { TSR_TABLE_MAX_BITS = 3 };

/** What is printed. */
typedef struct tsr_table_request {
    const tsr_outline *outlines;
    int32_t outline_count;
    const tsr_blocking *blockings;
    int32_t blocking_count;
    int32_t bits[TSR_TABLE_MAX_BITS]; /**< 8, 16, 32: figures side by side, "98.0 / 196.0" */
    int32_t bits_count;
    bool
        by_row; /**< a row a network and blocking; false: a row a blocking, a group of columns a network */
    tsr_table_format format;
} tsr_table_request;

/**
 * @brief  Print one kind of table for some networks and blockings.
 *
 * Where a blocking does not divide a map the row says so.
 */
tsr_status tsr_table_print(tsr_table_kind kind, const tsr_table_request *request, FILE *file,
                           tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
