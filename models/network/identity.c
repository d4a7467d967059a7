// SPDX-License-Identifier: Apache-2.0
// Shortcuts without weights as convolutions, which is how the machine runs them.
#include "network/identity.h"

#include "base/check.h"

tsr_status tsr_identity_make(const tsr_layer *layer, tsr_tensor *weight, tsr_error *err) {
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, TSR_DTYPE_F32, layer->out_channels, layer->in.c,
                              layer->kernel_h, layer->kernel_w, err));
    float *values = made.data;  // zeroed
    const int32_t first = (layer->out_channels - layer->in.c) / 2;
    for (int32_t i = 0; i < layer->in.c; ++i) {
        const int32_t y = (layer->kernel_h - 1) / 2;
        const int32_t x = (layer->kernel_w - 1) / 2;
        const int64_t plane = (int64_t)(first + i) * layer->in.c + i;
        values[(plane * layer->kernel_h + y) * layer->kernel_w + x] = 1.0F;
    }
    *weight = made;
    return TSR_OK;
}
