// SPDX-License-Identifier: Apache-2.0
/**
 * @file   forward.h
 * @brief  Post-training quantisation and whole-network execution on values (float and integer), blocked or not.
 */
#ifndef TESSERA_FORWARD_H
#define TESSERA_FORWARD_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/blocking.h>
#include <tessera/kernels.h>
#include <tessera/network.h>
#include <tessera/status.h>
#include <tessera/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** real = scale * (q - zero_point). */
typedef struct tsr_qparams {
    double scale;       /**< > 0 */
    int32_t zero_point; /**< within the activation type */
} tsr_qparams;

/**
 * @brief  Which layers one pass of the machine does together; a pure function of the graph.
 *
 * fused_into[i] = the layer whose pass computes the value of layer i (its root; the own index for layers that start a
 * pass). A batch_norm joins the conv or gemm it directly follows (tsr_network_infer refuses any other). A relu or
 * relu6 joins the conv, gemm, batch_norm or add it directly follows when nothing else reads that layer. An add joins
 * the stride-1 conv that is, with its batch_norm, one of its two different operands and feeds nothing else (both are:
 * the later one); the other operand is the residual. An output of the network counts as read once more. A pass runs
 * when its last layer's turn comes, so that the residual is there.
 * @param[out] fused_into  filled, [network->layer_count].
 */
void tsr_fusion_make(const tsr_network *network, int32_t *fused_into);
/** @brief  Last layer of the pass that starts with @p root: the one whose value other passes read. */
int32_t tsr_fusion_last(const tsr_network *network, const int32_t *fused_into, int32_t root);
/** @brief  The add layer fused into the pass of conv @p root, or -1. */
int32_t tsr_fusion_add(const tsr_network *network, const int32_t *fused_into, int32_t root);
/** @brief  Layer whose value is the residual operand of a fused add, or -1 if the add stands alone. */
int32_t tsr_fusion_residual(const tsr_network *network, const int32_t *fused_into, int32_t add);

/** Integer form of one layer; arrays owned, empty where the layer has no weights. */
typedef struct tsr_qlayer {
    tsr_qparams
        out; /**< of the layer's output; all layers of one pass share those of its last one */
    tsr_tensor weight; /**< int8 (or int16) [out][in/groups][kh][kw] in [-127,127]; zero point 0 */
    tsr_tensor
        bias; /**< int32 [1][out][1][1], scale in.scale * weight_scale[m]; zero points NOT folded in */
    tsr_scale *requant; /**< owned, [out]: in.scale * weight_scale[m] / out.scale */
    tsr_scale
        residual; /**< fused add: residual operand's scale / out.scale (the other uses its conv's requant) */
    tsr_scale add[2]; /**< add layers that stand alone: inputs[k].scale / out.scale */
    bool
        negative_norm; /**< a batch norm factor folded in is negative: pooling in front of the norm is not
                             pooling behind it */
    int32_t clamp_lo; /**< after activation, in output units; the same in all layers of one pass */
    int32_t clamp_hi;
} tsr_qlayer;

/** Integer form of a network; owned. */
typedef struct tsr_qnetwork {
    int32_t activation_bits; /**< 8 or 16 */
    tsr_rounding rounding;
    int32_t layer_count;
    tsr_qlayer *layers; /**< [network.layer_count] */
    int32_t
        *fused_into; /**< owned, [layer_count]: root of each layer's pass, see tsr_fusion_make */
} tsr_qnetwork;

/** What a forward run returns per layer; tensors owned. */
typedef struct tsr_activations {
    int32_t layer_count;
    tsr_tensor *tensors; /**< [layer_count]; empty where not kept */
} tsr_activations;

/** Options of a forward run. */
typedef struct tsr_forward_options {
    tsr_blocking blocking;
    bool
        fast; /**< fast kernels instead of the reference ones (same integers; floats to rounding) */
    bool keep_all; /**< keep every layer's output, else only the last one */
} tsr_forward_options;

/** @brief  Run in float32. input [n][c][h][w]. Result: activations[last] is the network output. */
tsr_status tsr_forward_f32(const tsr_network *network, const tsr_weights *weights,
                           const tsr_forward_options *options, const tsr_tensor *input,
                           tsr_activations *result, tsr_error *err) TSR_MUST_USE;
/**
 * @brief  Refuse what integers cannot do under a blocking, before anything is computed or lowered.
 * @return TSR_ERR_UNSUPPORTED names a conv whose stride is a max pool (no true_stride) and whose batch norm has a
 *         negative factor: a pass pools behind the norm, the network in front of it, and such a factor turns the order
 *         of values round. Else what tsr_layer_blocks_make says.
 */
tsr_status tsr_qnetwork_check(const tsr_network *network, const tsr_qnetwork *qnetwork,
                              const tsr_blocking *blocking, tsr_error *err) TSR_MUST_USE;
/** @brief  Run in integers. input int8/int16, already quantised with qnetwork->layers[0].out. Fusing as in the machine:
 *          conv -> bias -> requantise -> (+ residual) -> zero point -> clamp; see sim/README.md. */
tsr_status tsr_forward_int(const tsr_network *network, const tsr_qnetwork *qnetwork,
                           const tsr_forward_options *options, const tsr_tensor *input,
                           tsr_activations *result, tsr_error *err) TSR_MUST_USE;
void tsr_activations_free(tsr_activations *result);

/**
 * @brief  Quantise after training: per-output-channel symmetric weights, per-tensor activations with zero point.
 *
 * Ranges are the min/max of a float run over @p calibration (an array of @p calibration_count inputs).
 * relu outputs get zero point = type minimum (full range). A final add of the network input (VDSR) takes the input's
 * qparams as output qparams. Only layers whose real factor lies in (0,2) are accepted; sums get a scale coarse enough
 * for their operands. Batch norms are folded into the conv or gemm in front.
 * @param[in] input_params  qparams of the network input (e.g. {1/255., -128} for pictures); scale 0 = calibrate.
 */
tsr_status tsr_quantize(const tsr_network *network, const tsr_weights *weights,
                        const tsr_tensor *calibration, int32_t calibration_count,
                        tsr_qparams input_params, int32_t activation_bits, tsr_rounding rounding,
                        tsr_qnetwork *qnetwork, tsr_error *err) TSR_MUST_USE;
void tsr_qnetwork_free(tsr_qnetwork *qnetwork);

/** Smallest and largest value of a map; lo <= 0 <= hi. */
typedef struct tsr_range {
    double lo, hi;
} tsr_range;

/**
 * @brief  Ranges of all layers over float runs of the calibration inputs; first half of tsr_quantize.
 *
 * Networks with strides are run twice, with true strides and with the authors' stride 1 + max pool (where that is
 * legal), so that the ranges hold for both.
 * @param[out] ranges  filled, [network->layer_count].
 */
tsr_status tsr_ranges_measure(const tsr_network *network, const tsr_weights *weights,
                              const tsr_tensor *calibration, int32_t calibration_count,
                              tsr_range *ranges, tsr_error *err) TSR_MUST_USE;

/** What a quantisation is to be. */
typedef struct tsr_quantize_options {
    tsr_qparams input_params; /**< scale 0 = from the range of layer 0 */
    int32_t activation_bits;  /**< 8 or 16 */
    tsr_rounding rounding;
} tsr_quantize_options;

/** @brief  The second half, with ranges from anywhere (ranges[i] is of the float output of layer i). */
tsr_status tsr_quantize_ranges(const tsr_network *network, const tsr_weights *weights,
                               const tsr_range *ranges, const tsr_quantize_options *options,
                               tsr_qnetwork *qnetwork, tsr_error *err) TSR_MUST_USE;
/** @brief  float32 -> int8/int16 with round-half-even and saturation. */
tsr_status tsr_tensor_quantize(const tsr_tensor *real, tsr_qparams params, int32_t activation_bits,
                               tsr_tensor *q, tsr_error *err) TSR_MUST_USE;
/** @brief  int8/int16 -> float32. */
tsr_status tsr_tensor_dequantize(const tsr_tensor *q, tsr_qparams params, tsr_tensor *real,
                                 tsr_error *err) TSR_MUST_USE;
/** @brief  Peak signal-to-noise ratio in dB of two float32 tensors [0, peak], @p border pixels removed on each side.
 *          Equal pictures: +infinity. Shapes that differ or nothing left inside the border: NaN. */
double tsr_psnr_db(const tsr_tensor *a, const tsr_tensor *b, double peak, int32_t border);

#ifdef __cplusplus
}
#endif
#endif
