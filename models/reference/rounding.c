// SPDX-License-Identifier: Apache-2.0
// Names of the rounding rules.
#include <string.h>

#include <tessera/kernels.h>

#include "base/check.h"

static const char *const names[TSR_ROUNDING_COUNT] = {"half_up", "half_away", "half_even", "floor",
                                                      "double"};

const char *tsr_rounding_name(tsr_rounding rounding) {
    return (unsigned)rounding < TSR_ROUNDING_COUNT ? names[rounding] : "unknown";
}

tsr_status tsr_rounding_parse(const char *text, tsr_rounding *rounding, tsr_error *err) {
    for (int i = 0; i < TSR_ROUNDING_COUNT; ++i) {
        if (strcmp(text, names[i]) == 0) {
            *rounding = (tsr_rounding)i;
            return TSR_OK;
        }
    }
    return tsr_fail(err, TSR_ERR_USAGE, NULL,
                    "rounding is \"%s\", allowed are half_up, half_away, half_even, floor, double",
                    text);
}
