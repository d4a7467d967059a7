// SPDX-License-Identifier: Apache-2.0
// Activation ranges: from a calibration file made on other pictures, else from the measured
// pictures themselves.
#include <string.h>

#include "accuracy/accuracy_work.h"
#include "base/alloc.h"
#include "base/check.h"

// Layer i lies behind convolution number `conv`: its values reach up to that entry of the file.
static tsr_status ranges_from_file(const tsr_accuracy_config *config, const tsr_network *network,
                                   tsr_range *ranges, tsr_error *err) {
    tsr_archive archive = {0};
    TSR_TRY(tsr_archive_read(config->calibration, &archive, err));
    const tsr_array *largest = tsr_archive_find(&archive, config->calibration_array);
    tsr_status status = TSR_OK;
    int32_t conv = -1;
    if (largest == NULL) {
        status = tsr_fail(err, TSR_ERR_CONFIG, config->calibration, "holds no array '%s'",
                          config->calibration_array);
    }
    for (int32_t i = 0; i < network->layer_count && status == TSR_OK; ++i) {
        const tsr_layer *layer = &network->layers[i];
        conv += layer->kind == TSR_LAYER_CONV;
        ranges[i] = (tsr_range){.lo = 0.0, .hi = 1.0};
        if (conv >= 0 && (size_t)conv >= largest->count) {
            status = tsr_fail(err, TSR_ERR_CONFIG, config->calibration,
                              "'%s' has %zu entries, the network more convolutions",
                              config->calibration_array, largest->count);
        } else if (conv >= 0 && tsr_array_at(largest, (size_t)conv) > 0.0) {
            ranges[i].hi = tsr_array_at(largest, (size_t)conv);
            ranges[i].lo = layer->kind == TSR_LAYER_RELU ? 0.0 : -ranges[i].hi;
        }
    }
    tsr_archive_free(&archive);
    return status;
}

static tsr_status ranges_of_picture(const tsr_accuracy_config *config, const tsr_accuracy_set *set,
                                    int32_t picture, tsr_range *ranges, tsr_error *err) {
    tsr_network network = {0};
    tsr_tensor input = {0};
    const tsr_tensor *shape = &set->inputs[picture];
    TSR_TRY(tsr_network_load(config->network, shape->h, shape->w, &network, err));
    tsr_status status = tsr_accuracy_input(shape, config->peak, &input, err);
    if (status == TSR_OK) {
        status = tsr_ranges_measure(&network, &set->weights, &input, 1, ranges, err);
    }
    tsr_tensor_free(&input);
    tsr_network_free(&network);
    return status;
}

static tsr_status ranges_from_pictures(const tsr_accuracy_config *config,
                                       const tsr_accuracy_set *set, int32_t layer_count,
                                       tsr_range *ranges, tsr_error *err) {
    tsr_range *one = tsr_alloc((size_t)layer_count, sizeof *one);
    TSR_CHECK(one != NULL, TSR_ERR_NO_MEMORY, err, config->name, "out of memory");
    tsr_status status = TSR_OK;
    for (int32_t k = 0; k < set->picture_count && status == TSR_OK; ++k) {
        status = ranges_of_picture(config, set, k, one, err);
        for (int32_t i = 0; i < layer_count && status == TSR_OK; ++i) {
            ranges[i].lo = one[i].lo < ranges[i].lo ? one[i].lo : ranges[i].lo;
            ranges[i].hi = one[i].hi > ranges[i].hi ? one[i].hi : ranges[i].hi;
        }
    }
    tsr_free(one);
    return status;
}

tsr_status tsr_accuracy_set_quantize(const tsr_accuracy_config *config, const tsr_network *network,
                                     tsr_rounding rounding, tsr_accuracy_set *set, tsr_error *err) {
    // 8-bit codes -128..127 stand for 0..1 (hardware.md 6).
    const tsr_quantize_options options = {
        .input_params = {.scale = 1.0 / 255.0, .zero_point = -128},
        .activation_bits = 8,
        .rounding = rounding};
    tsr_range *ranges = tsr_alloc((size_t)network->layer_count, sizeof *ranges);
    TSR_CHECK(ranges != NULL, TSR_ERR_NO_MEMORY, err, config->name, "out of memory");
    const bool from_file = config->calibration[0] != '\0';
    tsr_status status = from_file
                            ? ranges_from_file(config, network, ranges, err)
                            : ranges_from_pictures(config, set, network->layer_count, ranges, err);
    if (status == TSR_OK) {
        status = tsr_quantize_ranges(network, &set->weights, ranges, &options, &set->qnetwork, err);
    }
    tsr_free(ranges);
    (void)snprintf(set->calibration, sizeof set->calibration, "%s",
                   from_file
                       ? "activation ranges from the calibration file, measured on other pictures"
                       : "activation ranges from the measured pictures themselves");
    return status;
}
