// SPDX-License-Identifier: Apache-2.0
/**
 * @file   network.h
 * @brief  Networks as graphs of layers: JSON in, shapes inferred, legality checked; float weights beside them.
 */
#ifndef TESSERA_NETWORK_H
#define TESSERA_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/blocking.h>
#include <tessera/status.h>
#include <tessera/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TSR_NAME_MAX 64
#define TSR_LAYER_MAX_INPUTS 8

/** Layer kinds; names in JSON are the lower-case suffixes. */
typedef enum tsr_layer_kind {
    TSR_LAYER_INPUT = 0, /**< the network input; always layer 0 */
    TSR_LAYER_CONV, /**< any kernel, stride, dilation, groups (groups == channels: depthwise) */
    TSR_LAYER_MAX_POOL,
    TSR_LAYER_AVERAGE_POOL, /**< divides by the number of real (unpadded) inputs */
    TSR_LAYER_GLOBAL_AVERAGE_POOL,
    TSR_LAYER_ADD,    /**< element-wise sum of two equal shapes */
    TSR_LAYER_CONCAT, /**< along channels */
    TSR_LAYER_GEMM,   /**< fully connected over the flattened C*H*W of its input */
    TSR_LAYER_RELU,
    TSR_LAYER_RELU6,
    TSR_LAYER_FLATTEN,       /**< C*H*W x 1 x 1 */
    TSR_LAYER_UPSAMPLE,      /**< nearest, integer factor */
    TSR_LAYER_PIXEL_SHUFFLE, /**< depth to space, factor r: C/r^2, H*r, W*r */
    TSR_LAYER_BATCH_NORM, /**< right behind a conv or gemm that nothing else reads; folded into it */
    TSR_LAYER_KIND_COUNT
} tsr_layer_kind;

/** Shape of one feature map (batch apart). */
typedef struct tsr_shape {
    int32_t c, h, w;
} tsr_shape;

/** One layer. Fields that its kind does not use are zero (strides, dilations and groups: one). */
typedef struct tsr_layer {
    char name[TSR_NAME_MAX];
    tsr_layer_kind kind;
    int32_t input_count;
    int32_t inputs
        [TSR_LAYER_MAX_INPUTS]; /**< indices of producing layers, each smaller than the own index */
    int32_t out_channels;       /**< conv, gemm */
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t dilation_h, dilation_w;
    int32_t groups;
    int32_t pad_top, pad_left, pad_bottom, pad_right;
    int32_t factor;            /**< upsample, pixel_shuffle */
    bool has_bias;             /**< conv, gemm */
    bool blockable;            /**< conv: may be blocked ("blocked": false in JSON clears it) */
    tsr_blocking own_blocking; /**< conv: its own kind and numbers; kind none: those of the run. The
                                    options are always those of the run */
    bool identity; /**< conv: fixed weights; output channel o copies input channel o - (out - in)/2,
                        if there is one, at the middle of the kernel */
    bool is_output;        /**< an output of the network although it is not its last layer */
    double epsilon;        /**< batch_norm: added to the variance */
    tsr_shape in;          /**< inferred: shape of inputs[0] */
    tsr_shape out;         /**< inferred */
    uint64_t macs;         /**< inferred, declared stride; 0 for layers without multiplications */
    uint64_t weight_count; /**< inferred, without biases */
} tsr_layer;

/** A network; layers owned. The last layer is an output, others are where they say so; every other layer is read. */
typedef struct tsr_network {
    char name[TSR_NAME_MAX];
    int32_t batch;       /**< >= 1 */
    int32_t layer_count; /**< includes the input layer */
    tsr_layer *layers;   /**< owned, topologically ordered, layers[0] is the input */
    char weights_pattern
        [TSR_NAME_MAX]; /**< names of weight arrays by number, e.g. "conv%02d"; may be empty */
} tsr_network;

/**
 * @brief  Load a network: a bare name means the shipped configs/network/<name>.json, else a path.
 * @param[in] input_h,input_w  0 keeps the file's size, else replaces it.
 * @return TSR_ERR_FILE, TSR_ERR_SYNTAX (line and column), TSR_ERR_CONFIG (JSON pointer), TSR_ERR_SHAPE (layer named),
 *         TSR_ERR_OVERFLOW. *network is untouched on failure.
 */
tsr_status tsr_network_load(const char *name_or_path, int32_t input_h, int32_t input_w,
                            tsr_network *network, tsr_error *err) TSR_MUST_USE;
/** @brief  The same from text; @p where names it in messages. */
tsr_status tsr_network_parse(const char *text, const char *where, int32_t input_h, int32_t input_w,
                             tsr_network *network, tsr_error *err) TSR_MUST_USE;
/** @brief  Infer and check all shapes, MACs and weight counts (called by the loaders; call after editing). */
tsr_status tsr_network_infer(tsr_network *network, tsr_error *err) TSR_MUST_USE;
/** @brief  Deep copy. */
tsr_status tsr_network_copy(const tsr_network *from, tsr_network *to, tsr_error *err) TSR_MUST_USE;
void tsr_network_free(tsr_network *network);
/** @brief  Index of the named layer or -1. */
int32_t tsr_network_find(const tsr_network *network, const char *layer_name);
/** @brief  Number of layers that read the output of @p layer. */
int32_t tsr_network_consumer_count(const tsr_network *network, int32_t layer);
/** @brief  Whether the value of @p layer leaves the network: the last layer, and those with is_output. */
bool tsr_network_is_output(const tsr_network *network, int32_t layer);
/** @brief  Number of outputs, at least 1. */
int32_t tsr_network_output_count(const tsr_network *network);

/** Convolutions that get a blocking of their own. */
typedef struct tsr_layer_blocking {
    char from[TSR_NAME_MAX], to[TSR_NAME_MAX]; /**< layers, both included, in the network's order */
    tsr_blocking blocking;                     /**< kind and numbers; none: left whole */
} tsr_layer_blocking;

/** @brief  Give it to them, in place of what they had. TSR_ERR_CONFIG where there is no convolution. */
tsr_status tsr_network_set_blocking(tsr_network *network, const tsr_layer_blocking *own,
                                    tsr_error *err) TSR_MUST_USE;

/** Why a layer is left whole. */
typedef enum tsr_why_whole {
    TSR_WHOLE_NOT = 0,   /**< it is cut */
    TSR_WHOLE_NO_BLOCKS, /**< no convolution, or a run whose blocking is none: nothing would cut it */
    TSR_WHOLE_ASKED,     /**< "blocked": false, or a stretch of the schedule without blocks */
    TSR_WHOLE_SIZE,      /**< padding that does not keep the size of a block (rule 1.2.2) */
    TSR_WHOLE_MAP        /**< the blocking makes one block of its map (rule 1.1) */
} tsr_why_whole;

/** How a layer is cut, and its stride done, under the blocking of a run. */
typedef struct tsr_layer_blocks {
    tsr_blocking
        blocking; /**< that holds: kind none where the layer is left whole; options of the run, but
                                true_stride where a whole layer has a stride without a stand-in */
    tsr_block_grid grid; /**< of the input map; one block where the layer is left whole */
    tsr_why_whole why;
    bool pools_after; /**< its stride of 2x2 is stride 1 and a 2x2 stride-2 max pool (rule 1.2.3) */
    bool keeps_stride; /**< whole, and without true_stride no max pool stands in for its stride */
} tsr_layer_blocks;

/**
 * @brief  What a blocking makes of a layer: the one definition for reference, planner and tables.
 *
 * A layer's own blocking stands in place of that of the run unless that is none. A convolution is cut only if every
 * stride-th input row and column has its output, so that blocks can be put together again; another one is left whole.
 * Without true_stride a stride of 2x2 is the authors' stride 1 + 2x2 max pool, in blocks or whole. A whole layer keeps
 * any other stride (their code would lose it), and 2x2 where its padding keeps no size and that pool would give another
 * one than its own.
 * @param[in] layer     With its shapes inferred.
 * @param[in] blocking  Of the run, with its options.
 * @return TSR_ERR_SHAPE where F does not divide, or where a blocking of its own asks for what padding forbids;
 *         TSR_ERR_UNSUPPORTED for a stride that has no stand-in where the layer is cut. The layer is named.
 */
tsr_status tsr_layer_blocks_make(const tsr_layer *layer, const tsr_blocking *blocking,
                                 tsr_layer_blocks *blocks, tsr_error *err) TSR_MUST_USE;
/** @brief  One word: "" (cut), "no_blocks", "asked", "size", "map". */
const char *tsr_why_whole_name(tsr_why_whole why);
/** @brief  How the layer is cut or strided otherwise than the run's blocking says: a blocking of its own, left whole
 *          because of its padding, stride kept. False, and an empty text, where there is nothing. @p size >= 192. */
bool tsr_layer_note(const tsr_layer *layer, const tsr_blocking *blocking, char *note, size_t size);
/** @brief  Next layer from @p from on that has such a note; -1 if there is none. */
int32_t tsr_network_next_note(const tsr_network *network, const tsr_blocking *blocking,
                              int32_t from, char *note, size_t size);

/** @brief  A layer that reads @p input (kind input: nothing), not named yet; strides, dilations and groups are one. */
tsr_layer tsr_layer_of(tsr_layer_kind kind, int32_t input);
/** @brief  JSON name of a kind. */
const char *tsr_layer_kind_name(tsr_layer_kind kind);
/** @brief  Where shipped configuration lives: $TESSERA_CONFIG_DIR is NOT read; the path is compiled in or set once by
 *          the command line with tsr_config_dir_set before any load. Borrowed. */
const char *tsr_config_dir(void);
void tsr_config_dir_set(const char *path);

/** Float weights of one layer. */
typedef struct tsr_layer_weights {
    tsr_tensor
        weight; /**< float32 [out][in/groups][kh][kw]; gemm: [out][C*H*W][1][1]; batch_norm: factors
                     gamma / sqrt(variance + epsilon) [1][C][1][1]; empty if the layer has none */
    tsr_tensor bias; /**< float32 [1][out][1][1]; batch_norm: beta - mean * factor; empty if none */
} tsr_layer_weights;

/** Float weights of a network; layers[i] belongs to network layer i. Owned. */
typedef struct tsr_weights {
    int32_t layer_count;
    tsr_layer_weights *layers;
} tsr_weights;

/** @brief  Reproducible He-normal weights, small biases and batch norms near 1 and 0 from a seed (own generator, same
 *          bytes on every machine). Identity layers get their fixed weights. */
tsr_status tsr_weights_generate(const tsr_network *network, uint64_t seed, tsr_weights *weights,
                                tsr_error *err) TSR_MUST_USE;
/**
 * @brief  Weights from .npz: `<layer>_w`, `<layer>_b`; shapes are checked against the network. Gemm weights may be
 *         [out][C*H*W], [out][C*H*W][1][1] or [out][C][H][W].
 *
 * @param[in] pattern  Names by number instead: the k-th conv/gemm layer, counted from 0, under a pattern with one %d or
 *                     %0<n>d (e.g. "conv%02d": conv00_w ...). NULL: the network's own "weights_pattern" if the file has
 *                     its first name, else layer names.
 * Batch norms: `<batch_norm layer>_gamma`, `_beta`, `_mean`, `_var`, all four [C]; under a pattern by the number of the
 * conv or gemm in front. With none of the four the weights are taken as folded beforehand: the factor is 1, and the
 * bias that the file holds for that conv or gemm is the shift. Identity layers have no arrays and no number. Missing
 * biases count as 0. A bias other than 0 for a layer without one is refused.
 */
tsr_status tsr_weights_load(const tsr_network *network, const char *path, const char *pattern,
                            tsr_weights *weights, tsr_error *err) TSR_MUST_USE;
void tsr_weights_free(tsr_weights *weights);
/** @brief  Reproducible float32 picture-like input [1][c][h][w] in [0,1] from a seed (smooth shapes plus noise). */
tsr_status tsr_input_generate(tsr_shape shape, uint64_t seed, tsr_tensor *input,
                              tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
