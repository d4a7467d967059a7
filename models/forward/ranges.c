// SPDX-License-Identifier: Apache-2.0
// Calibration: smallest and largest value of every layer over float runs.
#include <math.h>

#include <tessera/forward.h>

#include "base/check.h"
#include "forward/observe.h"
#include "forward/sums.h"

/** Where the observer puts what it saw. */
typedef struct measuring {
    const tsr_network *network;
    tsr_range *ranges;
} measuring;

static tsr_status widen(void *user, int32_t layer, const tsr_tensor *map, tsr_error *err) {
    const measuring *m = user;
    const float *values = map->data;
    const size_t count = tsr_q_count(map);
    float lo = 0.0F;
    float hi = 0.0F;
    float unfit = 0.0F;  // becomes NaN as soon as one value is not finite
    for (size_t i = 0; i < count; ++i) {
        lo = values[i] < lo ? values[i] : lo;
        hi = values[i] > hi ? values[i] : hi;
        unfit += values[i] * 0.0F;
    }
    TSR_CHECK(!isnan(unfit), TSR_ERR_CONFIG, err, m->network->layers[layer].name,
              "calibration gives a value that is not finite");
    tsr_range *range = &m->ranges[layer];
    range->lo = (double)lo < range->lo ? (double)lo : range->lo;
    range->hi = (double)hi > range->hi ? (double)hi : range->hi;
    return TSR_OK;
}

static tsr_status run_once(const measuring *m, const tsr_weights *weights, const tsr_tensor *input,
                           bool true_stride, tsr_error *err) {
    const tsr_forward_options options = {.blocking = {.kind = TSR_BLOCKING_NONE,
                                                      .border_padding = TSR_PAD_SAME,
                                                      .true_stride = true_stride},
                                         .fast = true};
    measuring mine = *m;
    const tsr_float_request request = {.network = m->network,
                                       .weights = weights,
                                       .options = &options,
                                       .input = input,
                                       .observe = widen,
                                       .user = &mine};
    tsr_activations result = {0};
    TSR_TRY(tsr_forward_f32_observed(&request, &result, err));
    tsr_activations_free(&result);
    return TSR_OK;
}

static bool has_strided_conv(const tsr_network *network) {
    for (int32_t i = 0; i < network->layer_count; ++i) {
        const tsr_layer *layer = &network->layers[i];
        if (layer->kind == TSR_LAYER_CONV && (layer->stride_h != 1 || layer->stride_w != 1)) {
            return true;
        }
    }
    return false;
}

tsr_status tsr_ranges_measure(const tsr_network *network, const tsr_weights *weights,
                              const tsr_tensor *calibration, int32_t calibration_count,
                              tsr_range *ranges, tsr_error *err) {
    TSR_CHECK(calibration_count >= 1, TSR_ERR_CONFIG, err, network->name,
              "%d calibration inputs, at least one is needed", calibration_count);
    for (int32_t i = 0; i < network->layer_count; ++i) {
        ranges[i] = (tsr_range){0.0, 0.0};
    }
    const measuring m = {network, ranges};
    const bool strided = has_strided_conv(network);
    for (int32_t k = 0; k < calibration_count; ++k) {
        TSR_TRY(run_once(&m, weights, &calibration[k], true, err));
        measuring input_only = m;
        TSR_TRY(widen(&input_only, 0, &calibration[k], err));
        if (strided) {
            // Only a wider range is wanted: where the authors' rule is not legal, there is none.
            tsr_error ignored = {0};
            const tsr_status status = run_once(&m, weights, &calibration[k], false, &ignored);
            if (status != TSR_OK && status != TSR_ERR_UNSUPPORTED && status != TSR_ERR_SHAPE) {
                return tsr_fail(err, status, ignored.where, "%s", ignored.message);
            }
        }
    }
    return TSR_OK;
}
