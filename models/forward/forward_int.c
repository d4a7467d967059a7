// SPDX-License-Identifier: Apache-2.0
// A whole network in integers: exactly the arithmetic of the machine, one pass after the other.
#include <tessera/forward.h>

#include "base/check.h"
#include "forward/steps.h"
#include "forward/sums.h"
#include "forward/values.h"

/** What every pass of a run needs; borrowed. */
typedef struct int_run {
    const tsr_network *network;
    const tsr_qnetwork *qnetwork;
    const tsr_forward_options *options;
    const tsr_values *values;
} int_run;

/** A residual operand; tensor NULL = none. */
typedef struct residual {
    const tsr_tensor *tensor;
    tsr_scale scale;
    int32_t zero_point;
} residual;

static int32_t clamp(int64_t value, const tsr_qlayer *q) {
    if (value < q->clamp_lo) {
        return q->clamp_lo;
    }
    return value > q->clamp_hi ? q->clamp_hi : (int32_t)value;
}

static tsr_dtype activation_type(const tsr_qnetwork *qnetwork) {
    return qnetwork->activation_bits == 16 ? TSR_DTYPE_I16 : TSR_DTYPE_I8;
}

static residual residual_of(const int_run *run, int32_t root) {
    const int32_t add = tsr_fusion_add(run->network, run->qnetwork->fused_into, root);
    if (add < 0) {
        return (residual){0};
    }
    const int32_t other = tsr_fusion_residual(run->network, run->qnetwork->fused_into, add);
    return (residual){.tensor = &run->values->tensors[other],
                      .scale = run->qnetwork->layers[add].residual,
                      .zero_point = run->qnetwork->layers[other].out.zero_point};
}

// Post-processor, in the machine's order: requantise, add the requantised residual, zero point,
// clamp.
static tsr_status post_process(const tsr_sums *sums, const tsr_qlayer *q, tsr_rounding rounding,
                               const residual *res, tsr_tensor *out, tsr_error *err) {
    const tsr_tensor *shape = &sums->narrow;
    TSR_CHECK(res->tensor == NULL || tsr_q_count(res->tensor) == tsr_q_count(shape), TSR_ERR_SHAPE,
              err, NULL, "residual and result of the convolution differ in shape");
    const size_t plane = (size_t)shape->h * (size_t)shape->w;
    const size_t planes = (size_t)shape->n * (size_t)shape->c;
    for (size_t p = 0; p < planes; ++p) {
        const tsr_scale scale = q->requant[p % (size_t)shape->c];
        for (size_t i = p * plane; i < (p + 1) * plane; ++i) {
            int64_t value = tsr_requantize(tsr_sums_at(sums, i), scale, rounding);
            if (res->tensor != NULL) {
                const int32_t centred = tsr_q_at(res->tensor, i) - res->zero_point;
                value += tsr_requantize(centred, res->scale, rounding);
            }
            tsr_q_set(out, i, clamp(value + q->out.zero_point, q));
        }
    }
    return TSR_OK;
}

static tsr_status run_weights(const int_run *run, int32_t root, tsr_tensor *out, tsr_error *err) {
    const tsr_layer *layer = &run->network->layers[root];
    const tsr_qlayer *q = &run->qnetwork->layers[root];
    const tsr_tensor *in = &run->values->tensors[layer->inputs[0]];
    const bool gemm = layer->kind == TSR_LAYER_GEMM;
    const tsr_tensor flat = tsr_step_flat(in);
    tsr_layer_blocks blocks = {0};
    TSR_TRY(tsr_layer_blocks_make(layer, &run->options->blocking, &blocks, err));
    tsr_sums_request request = {
        .in = gemm ? &flat : in,
        .zero_point = run->qnetwork->layers[layer->inputs[0]].out.zero_point,
        .qlayer = q,
        .window = tsr_step_window(layer, tsr_blocking_border_mode(&blocks.blocking)),
        .blocking = blocks.blocking,
        .where = layer->name,
        .fast = run->options->fast};
    if (gemm) {
        request.window = (tsr_window){1, 1, 1, 1, 1, 1, 1, {0}};
    }
    tsr_sums sums = {0};
    TSR_TRY(tsr_sums_compute(&request, &sums, err));
    const tsr_tensor *s = &sums.narrow;
    tsr_tensor made = {0};
    tsr_status status =
        tsr_tensor_create(&made, activation_type(run->qnetwork), s->n, s->c, s->h, s->w, err);
    if (status == TSR_OK) {
        const residual res = residual_of(run, root);
        status = post_process(&sums, q, run->qnetwork->rounding, &res, &made, err);
    }
    tsr_sums_free(&sums);
    if (status == TSR_OK && blocks.pools_after) {
        status = tsr_step_pool_2x2(&made, err);
    }
    if (status != TSR_OK) {
        tsr_tensor_free(&made);
        return status;
    }
    *out = made;
    return TSR_OK;
}

static tsr_status run_add(const int_run *run, int32_t index, tsr_tensor *out, tsr_error *err) {
    const tsr_layer *layer = &run->network->layers[index];
    const tsr_qlayer *q = &run->qnetwork->layers[index];
    const tsr_rounding rounding = run->qnetwork->rounding;
    const tsr_tensor *a = &run->values->tensors[layer->inputs[0]];
    const tsr_tensor *b = &run->values->tensors[layer->inputs[1]];
    const int32_t zero_a = run->qnetwork->layers[layer->inputs[0]].out.zero_point;
    const int32_t zero_b = run->qnetwork->layers[layer->inputs[1]].out.zero_point;
    const size_t count = tsr_q_count(a);
    TSR_CHECK(tsr_q_count(b) == count, TSR_ERR_SHAPE, err, layer->name,
              "operands of the add differ in shape");
    TSR_TRY(tsr_tensor_create(out, a->dtype, a->n, a->c, a->h, a->w, err));
    for (size_t i = 0; i < count; ++i) {
        const int64_t sum = (int64_t)tsr_requantize(tsr_q_at(a, i) - zero_a, q->add[0], rounding) +
                            tsr_requantize(tsr_q_at(b, i) - zero_b, q->add[1], rounding);
        tsr_q_set(out, i, clamp(sum + q->out.zero_point, q));
    }
    return TSR_OK;
}

static tsr_status run_relu(const int_run *run, int32_t index, tsr_tensor *out, tsr_error *err) {
    const tsr_qlayer *q = &run->qnetwork->layers[index];
    const int32_t input = run->network->layers[index].inputs[0];
    TSR_TRY(tsr_tensor_clone(&run->values->tensors[input], out, err));
    const size_t count = tsr_q_count(out);
    for (size_t i = 0; i < count; ++i) {
        tsr_q_set(out, i, clamp(tsr_q_at(out, i), q));
    }
    return TSR_OK;
}

static tsr_status run_pass(const int_run *run, int32_t root, tsr_tensor *out, tsr_error *err) {
    const tsr_layer *layer = &run->network->layers[root];
    switch (layer->kind) {
        case TSR_LAYER_CONV:
        case TSR_LAYER_GEMM:
            return run_weights(run, root, out, err);
        case TSR_LAYER_ADD:
            return run_add(run, root, out, err);
        case TSR_LAYER_RELU:
        case TSR_LAYER_RELU6:
            return run_relu(run, root, out, err);
        case TSR_LAYER_AVERAGE_POOL:
        case TSR_LAYER_GLOBAL_AVERAGE_POOL: {
            const tsr_window window = tsr_step_window(layer, TSR_PAD_ZERO);
            return tsr_ref_average_pool(&run->values->tensors[layer->inputs[0]], &window, false,
                                        run->qnetwork->rounding, out, err);
        }
        default:
            return tsr_step_move(layer, run->values, out, err);
    }
}

// With keep_all every layer of a pass shows the value of the pass.
static tsr_status share_value(const int_run *run, int32_t root, int32_t last, tsr_values *values,
                              tsr_error *err) {
    for (int32_t i = root; i < last; ++i) {
        if (run->qnetwork->fused_into[i] == root) {
            TSR_TRY(tsr_tensor_clone(&values->tensors[last], &values->tensors[i], err));
        }
    }
    return TSR_OK;
}

static tsr_status run_all(const int_run *run, tsr_values *values, tsr_error *err) {
    const int32_t *fused_into = run->qnetwork->fused_into;
    for (int32_t i = 1; i < run->network->layer_count; ++i) {
        const tsr_layer *layer = &run->network->layers[i];
        const int32_t root = fused_into[i];
        if (tsr_fusion_last(run->network, fused_into, root) != i) {
            continue;  // computed by the pass's last layer
        }
        tsr_status status = run_pass(run, root, &values->tensors[i], err);
        if (status == TSR_OK) {
            status = tsr_step_check_shape(layer, &values->tensors[i], err);
        }
        if (status == TSR_OK && run->options->keep_all) {
            status = share_value(run, root, i, values, err);
        }
        if (status != TSR_OK) {
            return tsr_step_named(&run->network->layers[root], status, err);
        }
        tsr_values_drop(values, i);
    }
    return TSR_OK;
}

tsr_status tsr_qnetwork_check(const tsr_network *network, const tsr_qnetwork *qnetwork,
                              const tsr_blocking *blocking, tsr_error *err) {
    TSR_CHECK(qnetwork->layer_count == network->layer_count, TSR_ERR_SHAPE, err, network->name,
              "quantised form of %d layers given to a network of %d", qnetwork->layer_count,
              network->layer_count);
    for (int32_t i = 1; i < network->layer_count; ++i) {
        const tsr_layer *layer = &network->layers[i];
        tsr_layer_blocks blocks = {0};
        TSR_TRY(tsr_layer_blocks_make(layer, blocking, &blocks, err));
        TSR_CHECK(!blocks.pools_after || !qnetwork->layers[i].negative_norm, TSR_ERR_UNSUPPORTED,
                  err, layer->name,
                  "a batch norm factor is negative: the max pool that stands in for the stride "
                  "would come behind the norm, not in front of it; use true_stride");
    }
    return TSR_OK;
}

tsr_status tsr_forward_int(const tsr_network *network, const tsr_qnetwork *qnetwork,
                           const tsr_forward_options *options, const tsr_tensor *input,
                           tsr_activations *result, tsr_error *err) {
    TSR_TRY(tsr_qnetwork_check(network, qnetwork, &options->blocking, err));
    TSR_CHECK(input->dtype == activation_type(qnetwork), TSR_ERR_SHAPE, err,
              network->layers[0].name, "input is %s, must be %s", tsr_dtype_name(input->dtype),
              tsr_dtype_name(activation_type(qnetwork)));
    tsr_values values = {0};
    TSR_TRY(
        tsr_values_create(network, qnetwork->fused_into, options->keep_all, input, &values, err));
    const int_run run = {network, qnetwork, options, &values};
    const tsr_status status = run_all(&run, &values, err);
    if (status != TSR_OK) {
        tsr_values_free(&values);
        return status;
    }
    tsr_values_finish(&values, result);
    return TSR_OK;
}
