// SPDX-License-Identifier: Apache-2.0
// Fast float convolution of a whole map.
#include "base/check.h"
#include "fast/cut_conv.h"
#include "reference/element.h"

static tsr_status run(const tsr_conv_operands *o, const tsr_cut *cut, tsr_tensor *out,
                      tsr_error *err) {
    tsr_cut_conv_f32 *layer = NULL;
    TSR_TRY(tsr_cut_conv_f32_create(o, tsr_isa_best(), &layer, err));
    const tsr_status status = tsr_cut_conv_f32_run(layer, cut, out, err);
    tsr_cut_conv_f32_destroy(layer);
    return status;
}

tsr_status tsr_fast_conv_f32(const tsr_tensor *in, const tsr_tensor *weight, const tsr_tensor *bias,
                             const tsr_window *window, tsr_tensor *out, tsr_error *err) {
    const tsr_conv_operands o = {in, weight, bias, window};
    tsr_window_extent extent = {0};
    TSR_TRY(tsr_check_float(in, "input", err));
    TSR_TRY(tsr_check_float(weight, "weight", err));
    TSR_TRY(tsr_conv_check(&o, TSR_DTYPE_F32, &extent, err));
    tsr_cut_axis rows = {0};
    tsr_cut_axis columns = {0};
    TSR_TRY(tsr_cut_whole(&o, &extent, &rows, &columns, err));
    tsr_tensor made = {0};
    tsr_status status =
        tsr_tensor_create(&made, TSR_DTYPE_F32, in->n, weight->n, extent.h, extent.w, err);
    if (status == TSR_OK) {
        status = run(&o, &(tsr_cut){&rows, &columns}, &made, err);
    }
    tsr_cut_axis_free(&rows);
    tsr_cut_axis_free(&columns);
    if (status != TSR_OK) {
        tsr_tensor_free(&made);
        return status;
    }
    *out = made;
    return TSR_OK;
}
