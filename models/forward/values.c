// SPDX-License-Identifier: Apache-2.0
// The maps alive during a forward run, and the result made of them.
#include "forward/values.h"

#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

tsr_status tsr_tensor_clone(const tsr_tensor *from, tsr_tensor *to, tsr_error *err) {
    tsr_tensor copy = {0};
    TSR_TRY(tsr_tensor_create(&copy, from->dtype, from->n, from->c, from->h, from->w, err));
    memcpy(copy.data, from->data, copy.bytes);
    *to = copy;
    return TSR_OK;
}

static tsr_status check_input(const tsr_network *network, const tsr_tensor *input, tsr_error *err) {
    const tsr_shape want = network->layers[0].out;
    TSR_CHECK(input->data != NULL && input->layout == TSR_LAYOUT_PLAIN, TSR_ERR_SHAPE, err,
              network->layers[0].name, "input tensor is empty or not in the plain layout");
    TSR_CHECK(input->c == want.c && input->h == want.h && input->w == want.w, TSR_ERR_SHAPE, err,
              network->layers[0].name, "input is %dx%dx%d, the network takes %dx%dx%d (CxHxW)",
              input->c, input->h, input->w, want.c, want.h, want.w);
    return TSR_OK;
}

static void find_last_uses(const tsr_network *network, const int32_t *fused_into,
                           tsr_values *values) {
    for (int32_t i = 0; i < network->layer_count; ++i) {
        const int32_t turn =
            fused_into == NULL ? i : tsr_fusion_last(network, fused_into, fused_into[i]);
        values->last_use[i] = turn;  // nobody reads it: gone at once
        for (int32_t k = 0; k < network->layers[i].input_count; ++k) {
            const int32_t input = network->layers[i].inputs[k];
            if (values->last_use[input] < turn) {
                values->last_use[input] = turn;
            }
        }
    }
    for (int32_t i = 0; i < network->layer_count; ++i) {
        if (tsr_network_is_output(network, i)) {
            values->last_use[i] = network->layer_count;
        }
    }
}

tsr_status tsr_values_create(const tsr_network *network, const int32_t *fused_into, bool keep_all,
                             const tsr_tensor *input, tsr_values *values, tsr_error *err) {
    TSR_TRY(check_input(network, input, err));
    const size_t count = (size_t)network->layer_count;
    tsr_values made = {.layer_count = network->layer_count,
                       .tensors = tsr_alloc(count, sizeof *made.tensors),
                       .last_use = tsr_alloc(count, sizeof *made.last_use)};
    if (made.tensors == NULL || made.last_use == NULL) {
        tsr_values_free(&made);
        return tsr_fail(err, TSR_ERR_NO_MEMORY, network->name, "out of memory");
    }
    find_last_uses(network, fused_into, &made);
    for (int32_t i = 0; i < network->layer_count && keep_all; ++i) {
        made.last_use[i] = network->layer_count;
    }
    const tsr_status status = tsr_tensor_clone(input, &made.tensors[0], err);
    if (status != TSR_OK) {
        tsr_values_free(&made);
        return status;
    }
    *values = made;
    return TSR_OK;
}

void tsr_values_free(tsr_values *values) {
    for (int32_t i = 0; i < values->layer_count && values->tensors != NULL; ++i) {
        tsr_tensor_free(&values->tensors[i]);
    }
    tsr_free(values->tensors);
    tsr_free(values->last_use);
    *values = (tsr_values){0};
}

void tsr_values_drop(tsr_values *values, int32_t turn) {
    for (int32_t i = 0; i <= turn; ++i) {
        if (values->last_use[i] == turn) {
            tsr_tensor_free(&values->tensors[i]);
        }
    }
}

void tsr_values_finish(tsr_values *values, tsr_activations *result) {
    *result = (tsr_activations){.layer_count = values->layer_count, .tensors = values->tensors};
    values->tensors = NULL;
    tsr_values_free(values);
}

void tsr_activations_free(tsr_activations *result) {
    if (result == NULL) {
        return;
    }
    for (int32_t i = 0; i < result->layer_count && result->tensors != NULL; ++i) {
        tsr_tensor_free(&result->tensors[i]);
    }
    tsr_free(result->tensors);
    *result = (tsr_activations){0};
}
