// SPDX-License-Identifier: Apache-2.0
// What float and integer convolutions ask of their operands.
#include "reference/conv_check.h"

#include "base/check.h"
#include "reference/element.h"

static tsr_status check_bias(const tsr_conv_operands *o, tsr_dtype dtype, tsr_error *err) {
    const tsr_tensor *bias = o->bias;
    if (bias->data == NULL) {
        return TSR_OK;
    }
    TSR_TRY(tsr_check_plain(bias, "bias", err));
    TSR_CHECK(bias->dtype == dtype && bias->n == 1 && bias->c == o->weight->n && bias->h == 1 &&
                  bias->w == 1,
              TSR_ERR_SHAPE, err, NULL, "bias is %s %dx%dx%dx%d, must be %s 1x%dx1x1",
              tsr_dtype_name(bias->dtype), bias->n, bias->c, bias->h, bias->w,
              tsr_dtype_name(dtype), o->weight->n);
    return TSR_OK;
}

tsr_status tsr_conv_check(const tsr_conv_operands *o, tsr_dtype bias_dtype, tsr_window_extent *out,
                          tsr_error *err) {
    const int32_t groups = o->window->groups;
    TSR_TRY(tsr_check_plain(o->in, "input", err));
    TSR_TRY(tsr_check_plain(o->weight, "weight", err));
    TSR_CHECK(groups >= 1 && o->in->c % groups == 0 && o->weight->n % groups == 0, TSR_ERR_SHAPE,
              err, NULL, "%d groups must divide %d input and %d output channels", groups, o->in->c,
              o->weight->n);
    TSR_CHECK(o->weight->c == o->in->c / groups && o->weight->h == o->window->kernel_h &&
                  o->weight->w == o->window->kernel_w,
              TSR_ERR_SHAPE, err, NULL, "weight is %dx%dx%dx%d, must be %dx%dx%dx%d", o->weight->n,
              o->weight->c, o->weight->h, o->weight->w, o->weight->n, o->in->c / groups,
              o->window->kernel_h, o->window->kernel_w);
    TSR_TRY(check_bias(o, bias_dtype, err));
    return tsr_window_check(o->window, o->in->h, o->in->w, out, err);
}

tsr_status tsr_conv_check_int(const tsr_conv_operands *o, int32_t zero_point,
                              tsr_window_extent *out, tsr_error *err) {
    TSR_TRY(tsr_conv_check(o, TSR_DTYPE_I32, out, err));
    const tsr_dtype x = o->in->dtype;
    const tsr_dtype w = o->weight->dtype;
    TSR_CHECK(x == TSR_DTYPE_I8 || x == TSR_DTYPE_U8 || x == TSR_DTYPE_I16, TSR_ERR_SHAPE, err,
              NULL, "input is %s, must be int8, uint8 or int16", tsr_dtype_name(x));
    TSR_CHECK(w == TSR_DTYPE_I8 || w == TSR_DTYPE_I16, TSR_ERR_SHAPE, err, NULL,
              "weight is %s, must be int8 or int16", tsr_dtype_name(w));
    const tsr_int_range range = tsr_dtype_range(x);
    TSR_CHECK(zero_point >= range.lo && zero_point <= range.hi, TSR_ERR_CONFIG, err, NULL,
              "zero point is %d, must be within [%d, %d]", zero_point, range.lo, range.hi);
    return TSR_OK;
}
