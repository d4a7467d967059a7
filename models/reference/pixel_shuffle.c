// SPDX-License-Identifier: Apache-2.0
// Depth to space in the order of PyTorch's PixelShuffle (ONNX DepthToSpace mode CRD), any type:
// output (c, y*r + i, x*r + j) = input (c*r*r + i*r + j, y, x).
#include <string.h>

#include <tessera/kernels.h>

#include "base/check.h"
#include "reference/element.h"

static tsr_status check(const tsr_tensor *in, int32_t factor, tsr_error *err) {
    TSR_TRY(tsr_check_plain(in, "input", err));
    TSR_CHECK(factor >= 1 && factor <= INT32_MAX / in->h && factor <= INT32_MAX / in->w,
              TSR_ERR_CONFIG, err, NULL,
              "factor is %d, must be at least 1 and leave the map's extents in range", factor);
    TSR_CHECK((int64_t)in->c % ((int64_t)factor * factor) == 0, TSR_ERR_SHAPE, err, NULL,
              "%d channels are not a multiple of %d squared", in->c, factor);
    return TSR_OK;
}

tsr_status tsr_ref_pixel_shuffle(const tsr_tensor *in, int32_t factor, tsr_tensor *out,
                                 tsr_error *err) {
    TSR_TRY(check(in, factor, err));
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, in->dtype, in->n, in->c / (factor * factor), in->h * factor,
                              in->w * factor, err));
    const size_t bytes = tsr_dtype_bytes(in->dtype);
    for (int32_t n = 0; n < made.n; ++n) {
        for (int32_t c = 0; c < made.c; ++c) {
            for (int32_t y = 0; y < made.h; ++y) {
                for (int32_t x = 0; x < made.w; ++x) {
                    const int32_t source = (c * factor + y % factor) * factor + x % factor;
                    memcpy((char *)made.data + tsr_index(&made, n, c, y, x) * bytes,
                           (const char *)in->data +
                               tsr_index(in, n, source, y / factor, x / factor) * bytes,
                           bytes);
                }
            }
        }
    }
    *out = made;
    return TSR_OK;
}
