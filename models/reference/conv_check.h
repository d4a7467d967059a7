// SPDX-License-Identifier: Apache-2.0
// What float and integer convolutions ask of their operands.
#ifndef TESSERA_REFERENCE_CONV_CHECK_H
#define TESSERA_REFERENCE_CONV_CHECK_H

#include "reference/window.h"

/** Operands of a convolution; borrowed. */
typedef struct tsr_conv_operands {
    const tsr_tensor *in;
    const tsr_tensor *weight;
    const tsr_tensor *bias;  // empty = none
    const tsr_window *window;
} tsr_conv_operands;

/** Plain layouts, channels that agree with the groups, a bias of the right type and length, a legal
 * window. */
tsr_status tsr_conv_check(const tsr_conv_operands *o, tsr_dtype bias_dtype, tsr_window_extent *out,
                          tsr_error *err) TSR_MUST_USE;
/** tsr_conv_check and the types and zero point of an integer convolution. */
tsr_status tsr_conv_check_int(const tsr_conv_operands *o, int32_t zero_point,
                              tsr_window_extent *out, tsr_error *err) TSR_MUST_USE;

#endif
