// SPDX-License-Identifier: Apache-2.0
// Nearest-neighbour enlargement by an integer factor, any type.
#include <string.h>

#include <tessera/kernels.h>

#include "base/check.h"
#include "reference/element.h"

tsr_status tsr_ref_upsample(const tsr_tensor *in, int32_t factor, tsr_tensor *out, tsr_error *err) {
    TSR_TRY(tsr_check_plain(in, "input", err));
    TSR_CHECK(factor >= 1 && factor <= INT32_MAX / in->h && factor <= INT32_MAX / in->w,
              TSR_ERR_CONFIG, err, NULL,
              "factor is %d, must be at least 1 and leave the map's extents in range", factor);
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, in->dtype, in->n, in->c, in->h * factor, in->w * factor, err));
    const size_t bytes = tsr_dtype_bytes(in->dtype);
    for (int32_t n = 0; n < made.n; ++n) {
        for (int32_t c = 0; c < made.c; ++c) {
            for (int32_t y = 0; y < made.h; ++y) {
                for (int32_t x = 0; x < made.w; ++x) {
                    memcpy((char *)made.data + tsr_index(&made, n, c, y, x) * bytes,
                           (const char *)in->data +
                               tsr_index(in, n, c, y / factor, x / factor) * bytes,
                           bytes);
                }
            }
        }
    }
    *out = made;
    return TSR_OK;
}
