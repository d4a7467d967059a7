// SPDX-License-Identifier: Apache-2.0
// Loads pictures and weights.
#include <string.h>

#include "accuracy/accuracy_work.h"
#include "base/alloc.h"
#include "base/check.h"

enum { max_pictures = 4096, max_extent = 65535 };

static bool ends_with(const char *name, const char *suffix) {
    const size_t length = strlen(name);
    const size_t end = strlen(suffix);
    return length > end && strcmp(name + length - end, suffix) == 0;
}

static tsr_status to_picture(const tsr_array *array, const char *where, tsr_tensor *picture,
                             tsr_error *err) {
    TSR_CHECK(array->rank == 2 && array->shape[0] >= 1 && array->shape[1] >= 1 &&
                  array->shape[0] <= max_extent && array->shape[1] <= max_extent,
              TSR_ERR_SHAPE, err, where, "array '%s' must be [height][width], each 1..%d",
              array->name, (int)max_extent);
    TSR_TRY(tsr_tensor_create(picture, TSR_DTYPE_F32, 1, 1, (int32_t)array->shape[0],
                              (int32_t)array->shape[1], err));
    for (size_t i = 0; i < array->count; ++i) {
        ((float *)picture->data)[i] = (float)tsr_array_at(array, i);
    }
    return TSR_OK;
}

static tsr_status take_picture(const tsr_archive *archive, const tsr_accuracy_config *config,
                               const tsr_array *input, tsr_accuracy_set *set, tsr_error *err) {
    char truth_name[sizeof input->name + sizeof config->truth_suffix];
    const int32_t k = set->picture_count;
    const int length = (int)(strlen(input->name) - strlen(config->input_suffix));
    (void)snprintf(set->names[k], sizeof set->names[k], "%.*s",
                   length < TSR_NAME_MAX ? length : TSR_NAME_MAX - 1, input->name);
    TSR_CHECK(strchr(set->names[k], '/') == NULL && set->names[k][0] != '.', TSR_ERR_CONFIG, err,
              config->pictures, "'%s' names result files: no '/', no leading '.'", set->names[k]);
    (void)snprintf(truth_name, sizeof truth_name, "%.*s%s", length, input->name,
                   config->truth_suffix);
    const tsr_array *truth = tsr_archive_find(archive, truth_name);
    TSR_CHECK(truth != NULL, TSR_ERR_CONFIG, err, config->pictures, "holds '%s' but no '%s'",
              input->name, truth_name);
    set->picture_count = k + 1;
    TSR_TRY(to_picture(input, config->pictures, &set->inputs[k], err));
    TSR_TRY(to_picture(truth, config->pictures, &set->truths[k], err));
    TSR_CHECK(set->inputs[k].h == set->truths[k].h && set->inputs[k].w == set->truths[k].w,
              TSR_ERR_SHAPE, err, config->pictures, "'%s' is %dx%d, its truth %dx%d", set->names[k],
              set->inputs[k].h, set->inputs[k].w, set->truths[k].h, set->truths[k].w);
    TSR_CHECK(
        set->inputs[k].h > 2 * config->crop_pixels && set->inputs[k].w > 2 * config->crop_pixels,
        TSR_ERR_SHAPE, err, config->pictures, "'%s' is smaller than twice crop_pixels",
        set->names[k]);
    return TSR_OK;
}

static tsr_status take_pictures(const tsr_archive *archive, const tsr_accuracy_config *config,
                                tsr_accuracy_set *set, tsr_error *err) {
    int32_t count = 0;
    for (int32_t i = 0; i < archive->count; ++i) {
        count += ends_with(archive->arrays[i].name, config->input_suffix);
    }
    TSR_CHECK(count >= 1 && count <= max_pictures, TSR_ERR_CONFIG, err, config->pictures,
              "%d arrays end in '%s', must be 1..%d", count, config->input_suffix,
              (int)max_pictures);
    set->names = tsr_alloc((size_t)count, sizeof *set->names);
    set->inputs = tsr_alloc((size_t)count, sizeof *set->inputs);
    set->truths = tsr_alloc((size_t)count, sizeof *set->truths);
    TSR_CHECK(set->names != NULL && set->inputs != NULL && set->truths != NULL, TSR_ERR_NO_MEMORY,
              err, config->pictures, "out of memory");
    for (int32_t i = 0; i < archive->count; ++i) {
        if (ends_with(archive->arrays[i].name, config->input_suffix)) {
            TSR_TRY(take_picture(archive, config, &archive->arrays[i], set, err));
        }
    }
    return TSR_OK;
}

static tsr_status load_network(const tsr_accuracy_config *config, const tsr_accuracy_set *set,
                               tsr_network *network, tsr_error *err) {
    TSR_TRY(tsr_network_load(config->network, set->inputs[0].h, set->inputs[0].w, network, err));
    const tsr_shape in = network->layers[0].out;
    const tsr_shape out = network->layers[network->layer_count - 1].out;
    if (in.c != 1 || out.c != 1 || in.h != out.h || in.w != out.w) {
        const tsr_status status = tsr_fail(err, TSR_ERR_UNSUPPORTED, config->network,
                                           "makes %dx%dx%d of %dx%dx%d; pictures are compared for "
                                           "networks that keep one plane and its size",
                                           out.c, out.h, out.w, in.c, in.h, in.w);
        tsr_network_free(network);
        return status;
    }
    return TSR_OK;
}

static tsr_status fill(const tsr_accuracy_config *config, bool integer, tsr_rounding rounding,
                       tsr_accuracy_set *set, tsr_error *err) {
    tsr_archive archive = {0};
    tsr_network network = {0};
    TSR_TRY(tsr_archive_read(config->pictures, &archive, err));
    tsr_status status = take_pictures(&archive, config, set, err);
    tsr_archive_free(&archive);
    TSR_TRY(status);
    TSR_TRY(load_network(config, set, &network, err));
    const char *pattern = config->weights_pattern[0] != '\0' ? config->weights_pattern : NULL;
    status = tsr_weights_load(&network, config->weights, pattern, &set->weights, err);
    if (status == TSR_OK && integer) {
        status = tsr_accuracy_set_quantize(config, &network, rounding, set, err);
    }
    tsr_network_free(&network);
    return status;
}

tsr_status tsr_accuracy_set_load(const tsr_accuracy_config *config, bool integer,
                                 tsr_rounding rounding, tsr_accuracy_set *set, tsr_error *err) {
    tsr_accuracy_set made = {0};
    (void)snprintf(made.calibration, sizeof made.calibration, "no integers");
    const tsr_status status = fill(config, integer, rounding, &made, err);
    if (status != TSR_OK) {
        tsr_accuracy_set_free(&made);
        return status;
    }
    *set = made;
    return TSR_OK;
}

void tsr_accuracy_set_free(tsr_accuracy_set *set) {
    for (int32_t i = 0; i < set->picture_count; ++i) {
        tsr_tensor_free(&set->inputs[i]);
        tsr_tensor_free(&set->truths[i]);
    }
    tsr_free(set->names);
    tsr_free(set->inputs);
    tsr_free(set->truths);
    tsr_weights_free(&set->weights);
    tsr_qnetwork_free(&set->qnetwork);
    memset(set, 0, sizeof *set);
}
