// SPDX-License-Identifier: Apache-2.0
// One picture under one blocking and arithmetic.
#include <math.h>
#include <string.h>

#include "accuracy/accuracy_work.h"
#include "base/check.h"

tsr_status tsr_accuracy_input(const tsr_tensor *picture, double peak, tsr_tensor *input,
                              tsr_error *err) {
    TSR_TRY(tsr_tensor_create(input, TSR_DTYPE_F32, 1, 1, picture->h, picture->w, err));
    const float divisor = (float)peak;
    for (size_t i = 0; i < picture->bytes / sizeof(float); ++i) {
        ((float *)input->data)[i] = ((const float *)picture->data)[i] / divisor;
    }
    return TSR_OK;
}

// clip(peak * x) in place.
static void to_picture(tsr_tensor *output, double peak) {
    const float top = (float)peak;
    for (size_t i = 0; i < output->bytes / sizeof(float); ++i) {
        float *value = &((float *)output->data)[i];
        *value = fminf(fmaxf(top * *value, 0.0F), top);
    }
}

/** Takes one tensor out of a run's results and releases the rest. */
static tsr_tensor take_last(tsr_activations *result) {
    const tsr_tensor last = result->tensors[result->layer_count - 1];
    memset(&result->tensors[result->layer_count - 1], 0, sizeof last);
    tsr_activations_free(result);
    return last;
}

static tsr_status run_float(const tsr_network *network, const tsr_accuracy_set *set,
                            const tsr_blocking *blocking, const tsr_tensor *input,
                            tsr_tensor *output, tsr_error *err) {
    const tsr_forward_options options = {.blocking = *blocking, .fast = true};
    tsr_activations result = {0};
    TSR_TRY(tsr_forward_f32(network, &set->weights, &options, input, &result, err));
    *output = take_last(&result);
    return TSR_OK;
}

static tsr_status same_bytes(const tsr_tensor *program, const tsr_tensor *reference,
                             const char *name, tsr_error *err) {
    TSR_CHECK(program->bytes == reference->bytes && program->dtype == reference->dtype,
              TSR_ERR_DIFFERS, err, name, "the program gives %zu bytes, the reference %zu",
              program->bytes, reference->bytes);
    const int8_t *a = program->data;
    const int8_t *b = reference->data;
    for (size_t i = 0; i < reference->bytes; ++i) {
        TSR_CHECK(
            a[i] == b[i], TSR_ERR_DIFFERS, err, name,
            "pixel %zu (row %zu, column %zu) is %d out of the program, %d out of the reference", i,
            i / (size_t)reference->w, i % (size_t)reference->w, a[i], b[i]);
    }
    return TSR_OK;
}

static tsr_status check_program(const tsr_network *network, const tsr_accuracy_set *set,
                                const tsr_arch *arch, const tsr_blocking *blocking,
                                const tsr_tensor *q_input, const tsr_tensor *reference,
                                const char *name, tsr_accuracy_picture *result, tsr_error *err) {
    tsr_tensor found = {0};
    tsr_error refusal = {0};
    tsr_status status = tsr_accuracy_program_run(network, &set->qnetwork, arch, blocking, q_input,
                                                 &found, &refusal);
    if (status == TSR_ERR_UNSUPPORTED || status == TSR_ERR_NOT_FIT) {
        (void)snprintf(result->program_note, sizeof result->program_note, "%.60s: %.130s",
                       refusal.where, refusal.message);
        return TSR_OK;
    }
    if (status == TSR_OK) {
        status = same_bytes(&found, reference, name, err);
        result->program_ran = status == TSR_OK;
    } else {
        status = tsr_fail(err, status, refusal.where, "%s", refusal.message);
    }
    tsr_tensor_free(&found);
    return status;
}

static tsr_status run_integer(const tsr_network *network, const tsr_accuracy_set *set,
                              const tsr_blocking *blocking, const tsr_tensor *input,
                              const tsr_arch *arch, const char *name, tsr_accuracy_picture *result,
                              tsr_error *err) {
    const tsr_forward_options options = {.blocking = *blocking, .fast = true};
    const tsr_qnetwork *q = &set->qnetwork;
    tsr_activations run = {0};
    tsr_tensor q_input = {0};
    tsr_tensor q_output = {0};
    TSR_TRY(tsr_tensor_quantize(input, q->layers[0].out, q->activation_bits, &q_input, err));
    tsr_status status = tsr_forward_int(network, q, &options, &q_input, &run, err);
    if (status == TSR_OK) {
        q_output = take_last(&run);
        status = arch != NULL ? check_program(network, set, arch, blocking, &q_input, &q_output,
                                              name, result, err)
                              : TSR_OK;
    }
    if (status == TSR_OK) {
        status = tsr_tensor_dequantize(&q_output, q->layers[q->layer_count - 1].out,
                                       &result->output, err);
    }
    tsr_tensor_free(&q_input);
    tsr_tensor_free(&q_output);
    return status;
}

tsr_status tsr_accuracy_picture_run(const tsr_accuracy_config *config, const tsr_accuracy_set *set,
                                    const tsr_accuracy_row *row, int32_t picture,
                                    const tsr_accuracy_options *options,
                                    tsr_accuracy_picture *result, tsr_error *err) {
    tsr_network network = {0};
    tsr_tensor input = {0};
    const tsr_tensor *from = &set->inputs[picture];
    memset(result, 0, sizeof *result);
    TSR_TRY(tsr_network_load(config->network, from->h, from->w, &network, err));
    tsr_status status = tsr_accuracy_input(from, config->peak, &input, err);
    for (int32_t i = 0; i < options->layer_blocking_count && status == TSR_OK; ++i) {
        status = tsr_network_set_blocking(&network, &options->layer_blockings[i], err);
    }
    if (status == TSR_OK && row->arithmetic == TSR_ARITHMETIC_FLOAT32) {
        status = run_float(&network, set, &row->blocking, &input, &result->output, err);
    } else if (status == TSR_OK) {
        status = run_integer(&network, set, &row->blocking, &input, options->arch,
                             set->names[picture], result, err);
    }
    if (status == TSR_OK) {
        to_picture(&result->output, config->peak);
        result->psnr_db =
            tsr_psnr_db(&result->output, &set->truths[picture], config->peak, config->crop_pixels);
    }
    tsr_tensor_free(&input);
    tsr_network_free(&network);
    return status;
}

tsr_status tsr_accuracy_png(const char *path, const tsr_tensor *picture, double peak,
                            tsr_error *err) {
    tsr_tensor bytes = {0};
    TSR_TRY(tsr_tensor_create(&bytes, TSR_DTYPE_U8, 1, 1, picture->h, picture->w, err));
    for (size_t i = 0; i < bytes.bytes; ++i) {
        const double value = (double)((const float *)picture->data)[i] * 255.0 / peak;
        ((uint8_t *)bytes.data)[i] = (uint8_t)(fmin(fmax(value, 0.0), 255.0) + 0.5);
    }
    const tsr_status status = tsr_png_write(path, &bytes, err);
    tsr_tensor_free(&bytes);
    return status;
}
