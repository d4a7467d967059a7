// SPDX-License-Identifier: Apache-2.0
// Concatenation along channels, any type.
#include <string.h>

#include <tessera/kernels.h>

#include "base/check.h"
#include "base/checked.h"
#include "reference/element.h"

static tsr_status check(const tsr_tensor *const *in, int32_t count, int64_t *channels,
                        tsr_error *err) {
    TSR_CHECK(count >= 1, TSR_ERR_SHAPE, err, NULL, "%d inputs, at least 1 is needed", count);
    *channels = 0;
    for (int32_t k = 0; k < count; ++k) {
        TSR_TRY(tsr_check_plain(in[k], "input", err));
        TSR_CHECK(in[k]->dtype == in[0]->dtype && in[k]->n == in[0]->n && in[k]->h == in[0]->h &&
                      in[k]->w == in[0]->w,
                  TSR_ERR_SHAPE, err, NULL,
                  "input %d is %s %dx?x%dx%d, must be %s %dx?x%dx%d like the first", k,
                  tsr_dtype_name(in[k]->dtype), in[k]->n, in[k]->h, in[k]->w,
                  tsr_dtype_name(in[0]->dtype), in[0]->n, in[0]->h, in[0]->w);
        *channels += in[k]->c;
    }
    TSR_CHECK(*channels <= INT32_MAX, TSR_ERR_OVERFLOW, err, NULL, "%lld channels are too many",
              (long long)*channels);
    return TSR_OK;
}

tsr_status tsr_ref_concat(const tsr_tensor *const *in, int32_t count, tsr_tensor *out,
                          tsr_error *err) {
    int64_t channels = 0;
    TSR_TRY(check(in, count, &channels, err));
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, in[0]->dtype, in[0]->n, (int32_t)channels, in[0]->h, in[0]->w,
                              err));
    const size_t plane = (size_t)made.h * (size_t)made.w * tsr_dtype_bytes(made.dtype);
    char *target = made.data;
    for (int32_t n = 0; n < made.n; ++n) {
        for (int32_t k = 0; k < count; ++k) {
            const size_t bytes = (size_t)in[k]->c * plane;
            memcpy(target, (const char *)in[k]->data + (size_t)n * bytes, bytes);
            target += bytes;
        }
    }
    *out = made;
    return TSR_OK;
}
