// SPDX-License-Identifier: Apache-2.0
// Fast integer convolution of a whole map.
#include "base/check.h"
#include "fast/cut_conv.h"

static tsr_status run(const tsr_conv_operands *o, int32_t zero_point, tsr_isa isa,
                      const tsr_cut *cut, tsr_tensor *acc, tsr_error *err) {
    tsr_cut_conv_int *layer = NULL;
    TSR_TRY(tsr_cut_conv_int_create(o, zero_point, isa, &layer, err));
    const tsr_status status = tsr_cut_conv_int_run(layer, cut, acc, err);
    tsr_cut_conv_int_destroy(layer);
    return status;
}

tsr_status tsr_fast_conv_int(const tsr_tensor *in, int32_t zero_point, const tsr_tensor *weight,
                             const tsr_tensor *bias, const tsr_window *window, tsr_isa isa,
                             tsr_tensor *acc, tsr_error *err) {
    const tsr_conv_operands o = {in, weight, bias, window};
    tsr_window_extent extent = {0};
    TSR_TRY(tsr_conv_check_int(&o, zero_point, &extent, err));
    tsr_cut_axis rows = {0};
    tsr_cut_axis columns = {0};
    TSR_TRY(tsr_cut_whole(&o, &extent, &rows, &columns, err));
    tsr_tensor made = {0};
    tsr_status status =
        tsr_tensor_create(&made, TSR_DTYPE_I32, in->n, weight->n, extent.h, extent.w, err);
    if (status == TSR_OK) {
        status = run(&o, zero_point, isa, &(tsr_cut){&rows, &columns}, &made, err);
    }
    tsr_cut_axis_free(&rows);
    tsr_cut_axis_free(&columns);
    if (status != TSR_OK) {
        tsr_tensor_free(&made);
        return status;
    }
    *acc = made;
    return TSR_OK;
}
