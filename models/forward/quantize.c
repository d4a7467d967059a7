// SPDX-License-Identifier: Apache-2.0
// Quantisation after training: scales of maps from ranges, symmetric weights per output channel,
// integer biases.
#include <math.h>
#include <stdlib.h>

#include <tessera/forward.h>

#include "base/alloc.h"
#include "base/check.h"
#include "forward/scale_classes.h"
#include "forward/sums.h"

// A bias never takes more than half of int32: a channel with a bias that is large beside its
// weights gets coarser weights.
static const double bias_limit = 0x1p30;
// No channel's real factor is smaller: it could not be written as a multiplier and a shift.
static const double smallest_factor = 0x1p-31;
// Accumulators: 32 bits beside 8-bit operands, 48 bits beside 16-bit ones.
static const double sum_limit_8 = 0x1p31;
static const double sum_limit_16 = 0x1p47;

// 255*255*terms must stay below 2^31 in the byte-wise sums of 16-bit operands.
enum { most_terms_16 = 33025 };

/** What all layers share; borrowed. */
typedef struct quantizing {
    const tsr_network *network;
    const tsr_weights *weights;
    const tsr_quantize_options *options;
    const int32_t *fused_into;
    const tsr_qparams *params;
} quantizing;

static int32_t weight_limit(const quantizing *q) {
    return q->options->activation_bits == 16 ? INT16_MAX : INT8_MAX;
}

static tsr_status factor_to_scale(const tsr_layer *layer, double factor, const char *what,
                                  tsr_scale *scale, tsr_error *err) {
    TSR_CHECK(factor > 0.0 && factor < 2.0, TSR_ERR_UNSUPPORTED, err, layer->name,
              "%s would be scaled by %g, the machine scales by factors in (0, 2)", what, factor);
    return tsr_scale_from_real(factor, scale, err);
}

/** An output channel as the machine computes it: w * factor summed, plus bias. */
typedef struct channel {
    const float *weights;
    size_t count;
    double factor;  // of the batch norm behind, else 1
    double bias;    // with the norm's shift
} channel;

// The batch norm in the pass of a conv or gemm, or NULL.
static const tsr_layer_weights *norm_of(const quantizing *q, int32_t index) {
    for (int32_t i = index + 1; i < q->network->layer_count; ++i) {
        if (q->fused_into[i] == index && q->network->layers[i].kind == TSR_LAYER_BATCH_NORM) {
            return &q->weights->layers[i];
        }
    }
    return NULL;
}

// Folding: factor * (sum w*x + bias) + shift = sum (factor*w)*x + (factor*bias + shift).
static channel folded_channel(const quantizing *q, int32_t index, int32_t m) {
    const tsr_layer_weights *real = &q->weights->layers[index];
    const tsr_layer_weights *norm = norm_of(q, index);
    const size_t count = tsr_q_count(&real->weight) / (size_t)real->weight.n;
    channel c = {.weights = (const float *)real->weight.data + (size_t)m * count,
                 .count = count,
                 .factor = 1.0};
    c.bias = real->bias.data != NULL ? (double)((const float *)real->bias.data)[m] : 0.0;
    if (norm != NULL) {
        c.factor = (double)((const float *)norm->weight.data)[m];
        c.bias = c.factor * c.bias + (double)((const float *)norm->bias.data)[m];
    }
    return c;
}

// Scale of one output channel's weights: the largest weight, or what bias and factor need at least.
static double channel_scale(const quantizing *q, int32_t index, const channel *c) {
    const double in_scale = q->params[q->network->layers[index].inputs[0]].scale;
    const double out_scale = q->params[index].scale;
    double largest = 0.0;
    for (size_t i = 0; i < c->count; ++i) {
        const double size = fabs((double)c->weights[i]);
        largest = size > largest ? size : largest;
    }
    const double by_weights = largest * fabs(c->factor) / weight_limit(q);
    const double by_bias = fabs(c->bias) / (in_scale * bias_limit);
    const double by_factor = smallest_factor * out_scale / in_scale;
    return fmax(by_weights, fmax(by_bias, by_factor));
}

// Largest accumulator a channel can reach, from its integer weights and the extremes of the input
// type.
static tsr_status check_sum(const quantizing *q, const tsr_layer *layer, double sum_of_weights,
                            int32_t bias, tsr_error *err) {
    const tsr_limits limits = tsr_activation_limits(q->options->activation_bits);
    const int32_t zero = q->params[layer->inputs[0]].zero_point;
    const double reach = fmax((double)limits.hi - zero, (double)zero - limits.lo);
    const double bound = sum_of_weights * reach + fabs((double)bias);
    const bool wide = q->options->activation_bits == 16;
    TSR_CHECK(bound < (wide ? sum_limit_16 : sum_limit_8), TSR_ERR_OVERFLOW, err, layer->name,
              "an accumulator could reach %.0f, beyond %d bits", bound, wide ? 48 : 32);
    return TSR_OK;
}

// round(value), ties away from zero, within +-limit: what libm does, but inline. NaN gives -limit.
static inline int32_t round_weight(double value, double limit) {
    const double w = value > limit ? limit : (value > -limit ? value : -limit);
    const int32_t whole = (int32_t)w;
    const double rest = w - whole;
    return whole + (rest >= 0.5) - (rest <= -0.5);
}

static tsr_status quantize_channel(const quantizing *q, int32_t index, int32_t m, tsr_qlayer *out,
                                   tsr_error *err) {
    const tsr_layer *layer = &q->network->layers[index];
    const channel c = folded_channel(q, index, m);
    const double scale = channel_scale(q, index, &c);
    const double limit = weight_limit(q);
    double sum = 0.0;
    bool finite = isfinite(c.bias) && isfinite(c.factor);
    out->negative_norm = out->negative_norm || c.factor < 0.0;
    for (size_t i = 0; i < c.count; ++i) {
        const double value = c.factor * (double)c.weights[i] / scale;
        finite = finite && value - value == 0.0;
        const int32_t w = round_weight(value, limit);
        tsr_q_set(&out->weight, (size_t)m * c.count + i, w);
        sum += abs(w);
    }
    TSR_CHECK(finite, TSR_ERR_CONFIG, err, layer->name,
              "weights of output channel %d are not finite", m);
    const double in_scale = q->params[layer->inputs[0]].scale;
    const int32_t bias_q = (int32_t)round(c.bias / (in_scale * scale));
    ((int32_t *)out->bias.data)[m] = bias_q;
    TSR_TRY(check_sum(q, layer, sum, bias_q, err));
    return factor_to_scale(layer, in_scale * scale / q->params[index].scale, "the accumulator",
                           &out->requant[m], err);
}

static tsr_status quantize_weights(const quantizing *q, int32_t index, tsr_qlayer *out,
                                   tsr_error *err) {
    const tsr_layer *layer = &q->network->layers[index];
    const tsr_tensor *real = &q->weights->layers[index].weight;
    TSR_CHECK(real->data != NULL && real->dtype == TSR_DTYPE_F32, TSR_ERR_CONFIG, err, layer->name,
              "no float weights");
    const tsr_layer_weights *norm = norm_of(q, index);
    TSR_CHECK(norm == NULL || (norm->weight.data != NULL && norm->weight.c == real->n &&
                               norm->bias.data != NULL && norm->bias.c == real->n),
              TSR_ERR_SHAPE, err, layer->name,
              "the batch norm behind it has no %d factors and shifts", real->n);
    const int64_t terms = (int64_t)(tsr_q_count(real) / (size_t)real->n);
    const bool wide = q->options->activation_bits == 16;
    TSR_CHECK(!wide || terms <= most_terms_16, TSR_ERR_UNSUPPORTED, err, layer->name,
              "%lld products a sum, at most %d with 16-bit operands", (long long)terms,
              (int)most_terms_16);
    TSR_TRY(tsr_tensor_create(&out->weight, wide ? TSR_DTYPE_I16 : TSR_DTYPE_I8, real->n, real->c,
                              real->h, real->w, err));
    TSR_TRY(tsr_tensor_create(&out->bias, TSR_DTYPE_I32, 1, real->n, 1, 1, err));
    out->requant = tsr_alloc((size_t)real->n, sizeof *out->requant);
    TSR_CHECK(out->requant != NULL, TSR_ERR_NO_MEMORY, err, layer->name, "out of memory");
    for (int32_t m = 0; m < real->n; ++m) {
        TSR_TRY(quantize_channel(q, index, m, out, err));
    }
    return TSR_OK;
}

static tsr_status quantize_add(const quantizing *q, int32_t index, tsr_qlayer *out,
                               tsr_error *err) {
    const tsr_layer *layer = &q->network->layers[index];
    const double out_scale = q->params[index].scale;
    const int32_t other = tsr_fusion_residual(q->network, q->fused_into, index);
    if (other >= 0) {
        return factor_to_scale(layer, q->params[other].scale / out_scale, "the residual",
                               &out->residual, err);
    }
    for (int32_t k = 0; k < 2; ++k) {
        TSR_TRY(factor_to_scale(layer, q->params[layer->inputs[k]].scale / out_scale, "an operand",
                                &out->add[k], err));
    }
    return TSR_OK;
}

// Clamps of a layer's own pass: those of all activations in it.
static void set_clamps(const quantizing *q, int32_t index, tsr_qlayer *out) {
    const tsr_limits limits = tsr_activation_limits(q->options->activation_bits);
    const tsr_qparams params = q->params[index];
    out->clamp_lo = limits.lo;
    out->clamp_hi = limits.hi;
    for (int32_t i = 0; i < q->network->layer_count; ++i) {
        const tsr_layer_kind kind = q->network->layers[i].kind;
        const bool activation = kind == TSR_LAYER_RELU || kind == TSR_LAYER_RELU6;
        if (!activation || q->fused_into[i] != q->fused_into[index]) {
            continue;
        }
        out->clamp_lo = params.zero_point;
        const double six = round(6.0 / params.scale) + params.zero_point;
        if (kind == TSR_LAYER_RELU6 && six < out->clamp_hi) {
            out->clamp_hi = (int32_t)six;
        }
    }
}

static tsr_status quantize_layer(const quantizing *q, int32_t index, tsr_qlayer *out,
                                 tsr_error *err) {
    out->out = q->params[index];
    set_clamps(q, index, out);
    switch (q->network->layers[index].kind) {
        case TSR_LAYER_CONV:
        case TSR_LAYER_GEMM:
            return quantize_weights(q, index, out, err);
        case TSR_LAYER_ADD:
            return quantize_add(q, index, out, err);
        default:
            return TSR_OK;
    }
}

static tsr_status fill(const tsr_network *network, const tsr_weights *weights,
                       const tsr_range *ranges, const tsr_quantize_options *options,
                       tsr_qnetwork *made, tsr_error *err) {
    const size_t count = (size_t)network->layer_count;
    made->layer_count = network->layer_count;
    made->layers = tsr_alloc(count, sizeof *made->layers);
    made->fused_into = tsr_alloc(count, sizeof *made->fused_into);
    tsr_qparams *params = tsr_alloc(count, sizeof *params);
    tsr_status status = TSR_OK;
    if (made->layers == NULL || made->fused_into == NULL || params == NULL) {
        status = tsr_fail(err, TSR_ERR_NO_MEMORY, network->name, "out of memory");
        goto done;
    }
    tsr_fusion_make(network, made->fused_into);
    status = tsr_scale_classes_solve(network, made->fused_into, ranges, options, params, err);
    const quantizing q = {network, weights, options, made->fused_into, params};
    for (int32_t i = 0; i < network->layer_count && status == TSR_OK; ++i) {
        status = quantize_layer(&q, i, &made->layers[i], err);
    }
done:
    tsr_free(params);
    return status;
}

tsr_status tsr_quantize_ranges(const tsr_network *network, const tsr_weights *weights,
                               const tsr_range *ranges, const tsr_quantize_options *options,
                               tsr_qnetwork *qnetwork, tsr_error *err) {
    TSR_CHECK(weights->layer_count == network->layer_count, TSR_ERR_SHAPE, err, network->name,
              "weights of %d layers given to a network of %d", weights->layer_count,
              network->layer_count);
    tsr_qnetwork made = {.activation_bits = options->activation_bits,
                         .rounding = options->rounding};
    const tsr_status status = fill(network, weights, ranges, options, &made, err);
    if (status != TSR_OK) {
        tsr_qnetwork_free(&made);
        return status;
    }
    *qnetwork = made;
    return TSR_OK;
}

tsr_status tsr_quantize(const tsr_network *network, const tsr_weights *weights,
                        const tsr_tensor *calibration, int32_t calibration_count,
                        tsr_qparams input_params, int32_t activation_bits, tsr_rounding rounding,
                        tsr_qnetwork *qnetwork, tsr_error *err) {
    const tsr_quantize_options options = {input_params, activation_bits, rounding};
    tsr_range *ranges = tsr_alloc((size_t)network->layer_count, sizeof *ranges);
    TSR_CHECK(ranges != NULL, TSR_ERR_NO_MEMORY, err, network->name, "out of memory");
    tsr_status status =
        tsr_ranges_measure(network, weights, calibration, calibration_count, ranges, err);
    if (status == TSR_OK) {
        status = tsr_quantize_ranges(network, weights, ranges, &options, qnetwork, err);
    }
    tsr_free(ranges);
    return status;
}

void tsr_qnetwork_free(tsr_qnetwork *qnetwork) {
    if (qnetwork == NULL) {
        return;
    }
    for (int32_t i = 0; i < qnetwork->layer_count && qnetwork->layers != NULL; ++i) {
        tsr_tensor_free(&qnetwork->layers[i].weight);
        tsr_tensor_free(&qnetwork->layers[i].bias);
        tsr_free(qnetwork->layers[i].requant);
    }
    tsr_free(qnetwork->layers);
    tsr_free(qnetwork->fused_into);
    *qnetwork = (tsr_qnetwork){0};
}
