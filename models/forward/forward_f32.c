// SPDX-License-Identifier: Apache-2.0
// A whole network in float32, blocked or not: one layer after the other.
#include <float.h>

#include <tessera/forward.h>

#include "base/check.h"
#include "forward/observe.h"
#include "forward/steps.h"
#include "forward/values.h"

/** What every layer of a run needs; borrowed. */
typedef struct float_run {
    const tsr_network *network;
    const tsr_weights *weights;
    const tsr_forward_options *options;
    const tsr_values *values;
    tsr_observer observe;
    void *user;
} float_run;

static tsr_status run_conv(const float_run *run, int32_t index, tsr_tensor *out, tsr_error *err) {
    const tsr_layer *layer = &run->network->layers[index];
    const tsr_layer_weights *weights = &run->weights->layers[index];
    tsr_layer_blocks blocks = {0};
    TSR_TRY(tsr_layer_blocks_make(layer, &run->options->blocking, &blocks, err));
    const tsr_window window = tsr_step_window(layer, tsr_blocking_border_mode(&blocks.blocking));
    return tsr_block_conv_f32(&run->values->tensors[layer->inputs[0]], &weights->weight,
                              &weights->bias, &window, &blocks.blocking, layer->name,
                              run->options->fast, out, err);
}

static tsr_status run_average(const tsr_layer *layer, const tsr_tensor *in, tsr_tensor *out,
                              tsr_error *err) {
    const tsr_window window = tsr_step_window(layer, TSR_PAD_ZERO);
    return tsr_ref_average_pool(in, &window, false, TSR_ROUND_HALF_UP, out, err);
}

// factor * x + shift per channel.
static tsr_status run_norm(const tsr_layer_weights *norm, const tsr_tensor *in, tsr_tensor *out,
                           tsr_error *err) {
    TSR_CHECK(norm->weight.c == in->c && norm->bias.c == in->c, TSR_ERR_SHAPE, err, NULL,
              "%d factors and %d shifts for %d channels", norm->weight.c, norm->bias.c, in->c);
    TSR_TRY(tsr_tensor_create(out, TSR_DTYPE_F32, in->n, in->c, in->h, in->w, err));
    const size_t plane = (size_t)in->h * (size_t)in->w;
    const size_t planes = (size_t)in->n * (size_t)in->c;
    const float *from = in->data;
    float *to = out->data;
    for (size_t p = 0; p < planes; ++p) {
        const float factor = ((const float *)norm->weight.data)[p % (size_t)in->c];
        const float shift = ((const float *)norm->bias.data)[p % (size_t)in->c];
        for (size_t i = p * plane; i < (p + 1) * plane; ++i) {
            to[i] = factor * from[i] + shift;
        }
    }
    return TSR_OK;
}

static tsr_status run_layer(const float_run *run, int32_t index, tsr_tensor *out, tsr_error *err) {
    const tsr_layer *layer = &run->network->layers[index];
    const tsr_layer_weights *weights = &run->weights->layers[index];
    const tsr_tensor *in = &run->values->tensors[layer->inputs[0]];
    switch (layer->kind) {
        case TSR_LAYER_CONV:
            return run_conv(run, index, out, err);
        case TSR_LAYER_GEMM: {
            const tsr_tensor flat = tsr_step_flat(in);
            return tsr_ref_gemm_f32(&flat, &weights->weight, &weights->bias, out, err);
        }
        case TSR_LAYER_AVERAGE_POOL:
        case TSR_LAYER_GLOBAL_AVERAGE_POOL:
            return run_average(layer, in, out, err);
        case TSR_LAYER_ADD:
            return tsr_ref_add_f32(in, &run->values->tensors[layer->inputs[1]], out, err);
        case TSR_LAYER_BATCH_NORM:
            return run_norm(weights, in, out, err);
        case TSR_LAYER_RELU:
            return tsr_ref_clip_f32(in, 0.0F, FLT_MAX, out, err);
        case TSR_LAYER_RELU6:
            return tsr_ref_clip_f32(in, 0.0F, 6.0F, out, err);
        default:
            return tsr_step_move(layer, run->values, out, err);
    }
}

static tsr_status run_all(const float_run *run, tsr_values *values, tsr_error *err) {
    for (int32_t i = 1; i < run->network->layer_count; ++i) {
        const tsr_layer *layer = &run->network->layers[i];
        tsr_status status = run_layer(run, i, &values->tensors[i], err);
        if (status == TSR_OK) {
            status = tsr_step_check_shape(layer, &values->tensors[i], err);
        }
        if (status == TSR_OK && run->observe != NULL) {
            status = run->observe(run->user, i, &values->tensors[i], err);
        }
        if (status != TSR_OK) {
            return tsr_step_named(layer, status, err);
        }
        tsr_values_drop(values, i);
    }
    return TSR_OK;
}

tsr_status tsr_forward_f32_observed(const tsr_float_request *request, tsr_activations *result,
                                    tsr_error *err) {
    const tsr_network *network = request->network;
    const tsr_weights *weights = request->weights;
    const tsr_tensor *input = request->input;
    TSR_CHECK(input->dtype == TSR_DTYPE_F32, TSR_ERR_SHAPE, err, network->layers[0].name,
              "input is %s, must be float32", tsr_dtype_name(input->dtype));
    TSR_CHECK(weights->layer_count == network->layer_count, TSR_ERR_SHAPE, err, network->name,
              "weights of %d layers given to a network of %d", weights->layer_count,
              network->layer_count);
    tsr_values values = {0};
    TSR_TRY(tsr_values_create(network, NULL, request->options->keep_all, input, &values, err));
    const float_run run = {network, weights,          request->options,
                           &values, request->observe, request->user};
    const tsr_status status = run_all(&run, &values, err);
    if (status != TSR_OK) {
        tsr_values_free(&values);
        return status;
    }
    tsr_values_finish(&values, result);
    return TSR_OK;
}

tsr_status tsr_forward_f32(const tsr_network *network, const tsr_weights *weights,
                           const tsr_forward_options *options, const tsr_tensor *input,
                           tsr_activations *result, tsr_error *err) {
    const tsr_float_request request = {
        .network = network, .weights = weights, .options = options, .input = input};
    return tsr_forward_f32_observed(&request, result, err);
}
