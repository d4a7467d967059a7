// SPDX-License-Identifier: Apache-2.0
// clang-format off
#ifndef TESSERA_FIT_FIT_TABLE_H
#define TESSERA_FIT_FIT_TABLE_H

#include <tessera/fit.h>

#include "fit/fit_terms.h"

static const tsr_fit_part tsr_fit_table[] = {
    {"machine", TSR_RESOURCE_LUT, 1, {{TSR_FIT_one, 42508}}},
    {"machine", TSR_RESOURCE_DSP, 3, {{TSR_FIT_one, 13}, {TSR_FIT_pixels, 1}, {TSR_FIT_macs, 1}}},
};

#endif
