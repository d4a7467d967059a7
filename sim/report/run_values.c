// SPDX-License-Identifier: Apache-2.0
// Quantise, execute, compare.
#include "report/run_values.h"

#include <math.h>
#include <string.h>

#include <tessera/interpreter.h>

#include "base/alloc.h"
#include "base/check.h"
#include "forward/sums.h"

void tsr_value_set_free(tsr_value_set *set) {
    tsr_tensor_free(&set->q_input);
    tsr_qnetwork_free(&set->qnetwork);
}

// One generated picture per image of the batch, each from its own seed.
static tsr_status make_input(const tsr_run_config *config, const tsr_network *network,
                             tsr_tensor *input, tsr_error *err) {
    const tsr_shape shape = network->layers[0].out;
    TSR_TRY(
        tsr_tensor_create(input, TSR_DTYPE_F32, network->batch, shape.c, shape.h, shape.w, err));
    const size_t image_bytes = input->bytes / (size_t)network->batch;
    for (int32_t n = 0; n < network->batch; ++n) {
        tsr_tensor image = {0};
        const tsr_status status =
            tsr_input_generate(shape, config->seed + (uint64_t)n, &image, err);
        if (status != TSR_OK) {
            return status;  // the batch is freed by the caller
        }
        memcpy((uint8_t *)input->data + (size_t)n * image_bytes, image.data, image_bytes);
        tsr_tensor_free(&image);
    }
    return TSR_OK;
}

static tsr_status quantize(const tsr_run_config *config, const tsr_network *network,
                           const tsr_weights *weights, tsr_value_set *set, tsr_error *err) {
    // Pictures: 8-bit codes -128..127 stand for 0..1 (hardware.md 6); 16 bit is calibrated.
    const tsr_qparams picture = {.scale = 1.0 / 255.0, .zero_point = -128};
    const tsr_qparams calibrate = {.scale = 0.0, .zero_point = 0};
    const int32_t bits = config->arch.activation_bits;
    tsr_tensor input = {0};
    tsr_status status = make_input(config, network, &input, err);
    if (status == TSR_OK) {
        status = tsr_quantize(network, weights, &input, 1, bits == 8 ? picture : calibrate, bits,
                              config->arch.rounding, &set->qnetwork, err);
    }
    if (status == TSR_OK) {
        status = tsr_tensor_quantize(&input, set->qnetwork.layers[0].out, bits, &set->q_input, err);
    }
    tsr_tensor_free(&input);
    return status;
}

tsr_status tsr_value_set_make(const tsr_run_config *config, const tsr_network *network,
                              tsr_value_set *set, tsr_error *err) {
    tsr_weights weights = {0};
    if (config->weights_file[0] != '\0') {
        const char *pattern = config->weights_pattern[0] != '\0' ? config->weights_pattern : NULL;
        TSR_TRY(tsr_weights_load(network, config->weights_file, pattern, &weights, err));
    } else {
        TSR_TRY(tsr_weights_generate(network, config->seed, &weights, err));
    }
    tsr_value_set made = {0};
    const tsr_status status = quantize(config, network, &weights, &made, err);
    tsr_weights_free(&weights);
    if (status != TSR_OK) {
        tsr_value_set_free(&made);
        return status;
    }
    *set = made;
    return TSR_OK;
}

tsr_status tsr_value_set_expect(const tsr_value_set *set, const tsr_run_config *config,
                                const tsr_network *network, tsr_expected *expected,
                                tsr_error *err) {
    return tsr_expected_of_schedule(network, &set->qnetwork, &config->schedule, &set->q_input,
                                    expected, err);
}

static size_t element_count(const tsr_tensor *t) {
    return t->bytes / tsr_dtype_bytes(t->dtype);
}

/** Sums over the batch. */
typedef struct difference {
    double squared, low, high;
    uint64_t elements, differing, outputs, agreeing;
} difference;

static size_t largest_index(const tsr_tensor *t) {
    size_t best = 0;
    for (size_t i = 1; i < element_count(t); ++i) {
        best = tsr_q_at(t, i) > tsr_q_at(t, best) ? i : best;
    }
    return best;
}

static void measure(const tsr_tensor *blocked, const tsr_tensor *plain, tsr_qparams params,
                    difference *sum) {
    for (size_t i = 0; i < element_count(plain); ++i) {
        const double real = params.scale * (tsr_q_at(plain, i) - params.zero_point);
        const double gap = params.scale * (tsr_q_at(blocked, i) - tsr_q_at(plain, i));
        sum->squared += gap * gap;
        sum->differing += tsr_q_at(blocked, i) != tsr_q_at(plain, i);
        sum->low = sum->elements == 0 || real < sum->low ? real : sum->low;
        sum->high = sum->elements == 0 || real > sum->high ? real : sum->high;
        ++sum->elements;
    }
    ++sum->outputs;
    sum->agreeing += largest_index(blocked) == largest_index(plain);
}

/** What the network says without any blocks, and what that means for its outputs. */
static tsr_status measure_all(const tsr_value_set *set, const tsr_run_outcome *outcome,
                              const tsr_expected *blocked, difference *sum, tsr_error *err) {
    const tsr_blocking unblocked = {.kind = TSR_BLOCKING_NONE,
                                    .block_padding = TSR_PAD_ZERO,
                                    .border_padding = TSR_PAD_SAME,
                                    .true_stride = true};
    tsr_expected plain = {0};
    TSR_TRY(tsr_expected_make(&outcome->network, &set->qnetwork, &unblocked, &set->q_input, &plain,
                              err));
    for (int32_t n = 0; n < plain.picture_count; ++n) {
        for (int32_t i = 0; i < outcome->network.layer_count; ++i) {
            if (tsr_network_is_output(&outcome->network, i)) {
                measure(&blocked->pictures[n].tensors[i], &plain.pictures[n].tensors[i],
                        set->qnetwork.layers[i].out, sum);
            }
        }
    }
    tsr_expected_free(&plain);
    return TSR_OK;
}

static tsr_status compare_and_measure(const tsr_value_set *set, const tsr_run_outcome *outcome,
                                      const uint8_t *memory, difference *sum, tsr_error *err) {
    tsr_expected blocked = {0};
    tsr_expected_check check;
    TSR_TRY(tsr_value_set_expect(set, &outcome->config, &outcome->network, &blocked, err));
    tsr_status status = tsr_expected_compare(&blocked, &outcome->program, memory, &check, err);
    if (status == TSR_OK && check.differing != 0) {
        status = tsr_fail(err, TSR_ERR_DIFFERS, outcome->network.name, "%s", check.first);
    }
    if (status == TSR_OK) {
        status = measure_all(set, outcome, &blocked, sum, err);
    }
    tsr_expected_free(&blocked);
    return status;
}

// CRC over all images, in the order of the batch.
static tsr_status crc_of_outputs(const tsr_run_outcome *outcome, const uint8_t *memory,
                                 uint32_t *crc, tsr_error *err) {
    *crc = 0;
    for (int32_t i = 0; i < outcome->program.symbol_count; ++i) {
        const tsr_symbol *symbol = &outcome->program.symbols[i];
        tsr_tensor found = {0};
        if (symbol->is_output) {
            TSR_TRY(tsr_memory_get(&outcome->program, symbol, memory, &found, err));
            *crc = (*crc << 1 | *crc >> 31) ^ tsr_tensor_crc32(&found);
            tsr_tensor_free(&found);
        }
    }
    return TSR_OK;
}

tsr_status tsr_value_set_compare(const tsr_value_set *set, const tsr_run_outcome *outcome,
                                 const uint8_t *memory, tsr_run_values *values, tsr_error *err) {
    const tsr_network *network = &outcome->network;
    const int32_t outputs = network->batch * tsr_network_output_count(network);
    difference sum = {0};
    TSR_TRY(compare_and_measure(set, outcome, memory, &sum, err));
    TSR_TRY(crc_of_outputs(outcome, memory, &values->output_crc32, err));
    const tsr_shape shape = network->layers[network->layer_count - 1].out;
    values->computed = true;
    values->output_elements = sum.elements;
    values->differing_outputs = sum.differing;
    values->psnr_peak = sum.high - sum.low;
    values->has_psnr = sum.squared > 0.0 && values->psnr_peak > 0.0;
    if (values->has_psnr) {
        const double mean = sum.squared / (double)sum.elements;
        values->psnr_db_vs_unblocked = 10.0 * log10(values->psnr_peak * values->psnr_peak / mean);
    }
    values->classifies = outputs == network->batch && shape.h == 1 && shape.w == 1 && shape.c > 1;
    values->top1_agreement = (double)sum.agreeing / (double)sum.outputs;
    return TSR_OK;
}
