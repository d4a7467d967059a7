// SPDX-License-Identifier: Apache-2.0
// What every operator asks of its operands.
#include "reference/element.h"

#include "base/check.h"

tsr_int_range tsr_dtype_range(tsr_dtype dtype) {
    switch (dtype) {
        case TSR_DTYPE_I8:
            return (tsr_int_range){INT8_MIN, INT8_MAX};
        case TSR_DTYPE_U8:
            return (tsr_int_range){0, UINT8_MAX};
        case TSR_DTYPE_I16:
            return (tsr_int_range){INT16_MIN, INT16_MAX};
        default:
            return (tsr_int_range){INT32_MIN, INT32_MAX};
    }
}

tsr_status tsr_check_plain(const tsr_tensor *t, const char *what, tsr_error *err) {
    TSR_CHECK(t->data != NULL && t->layout == TSR_LAYOUT_PLAIN, TSR_ERR_SHAPE, err, NULL,
              "%s is empty or not in the plain layout", what);
    return TSR_OK;
}

tsr_status tsr_check_float(const tsr_tensor *t, const char *what, tsr_error *err) {
    TSR_TRY(tsr_check_plain(t, what, err));
    TSR_CHECK(t->dtype == TSR_DTYPE_F32, TSR_ERR_SHAPE, err, NULL, "%s is %s, must be float32",
              what, tsr_dtype_name(t->dtype));
    return TSR_OK;
}
