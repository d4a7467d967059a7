// SPDX-License-Identifier: Apache-2.0
// Random operands for kernel tests: every integer type over its whole range, often at its extremes.
#ifndef TESSERA_TESTS_SUPPORT_RANDOM_TENSOR_H
#define TESSERA_TESTS_SUPPORT_RANDOM_TENSOR_H

#include <tessera/tensor.h>

#include "base/rng.h"
#include "support/test.h"

static inline int32_t random_extreme(tsr_rng *rng, int32_t lo, int32_t hi) {
    switch (tsr_rng_range(rng, 0, 3)) {
        case 0:
            return lo;
        case 1:
            return hi;
        default:
            return (int32_t)tsr_rng_range(rng, lo, hi);
    }
}

/** `extreme`: half of the integers are the type's smallest or largest. */
static inline tsr_tensor random_tensor(tsr_rng *rng, tsr_dtype dtype, const int32_t shape[4],
                                       bool extreme) {
    tsr_tensor t = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_create(&t, dtype, shape[0], shape[1], shape[2], shape[3], &err), err);
    const size_t count = t.bytes / tsr_dtype_bytes(dtype);
    for (size_t i = 0; i < count; ++i) {
        const bool wide = extreme && i % 2 == 0;
        switch (dtype) {
            case TSR_DTYPE_I8:
                ((int8_t *)t.data)[i] = (int8_t)(wide ? random_extreme(rng, INT8_MIN, INT8_MAX)
                                                      : tsr_rng_range(rng, INT8_MIN, INT8_MAX));
                break;
            case TSR_DTYPE_U8:
                ((uint8_t *)t.data)[i] = (uint8_t)(wide ? random_extreme(rng, 0, UINT8_MAX)
                                                        : tsr_rng_range(rng, 0, UINT8_MAX));
                break;
            case TSR_DTYPE_I16:
                ((int16_t *)t.data)[i] = (int16_t)(wide ? random_extreme(rng, INT16_MIN, INT16_MAX)
                                                        : tsr_rng_range(rng, INT16_MIN, INT16_MAX));
                break;
            case TSR_DTYPE_I32:
                ((int32_t *)t.data)[i] = (int32_t)tsr_rng_range(rng, -1000000, 1000000);
                break;
            default:
                ((float *)t.data)[i] = (float)(2.0 * tsr_rng_unit(rng) - 1.0);
                break;
        }
    }
    return t;
}

#endif
