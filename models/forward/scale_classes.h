// SPDX-License-Identifier: Apache-2.0
// Layers whose maps must have the same scale and zero point, and the scale and zero point of each such class.
#ifndef TESSERA_FORWARD_SCALE_CLASSES_H
#define TESSERA_FORWARD_SCALE_CLASSES_H

#include <tessera/forward.h>

/** Limits of an activation type. */
typedef struct tsr_limits {
    int32_t lo, hi;
} tsr_limits;

tsr_limits tsr_activation_limits(int32_t activation_bits);

/** Fill params[layer_count]. `fused_into` from tsr_fusion_make. */
tsr_status tsr_scale_classes_solve(const tsr_network *network, const int32_t *fused_into,
                                   const tsr_range *ranges, const tsr_quantize_options *options,
                                   tsr_qparams *params, tsr_error *err) TSR_MUST_USE;

#endif
