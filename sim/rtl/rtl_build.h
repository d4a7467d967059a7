// SPDX-License-Identifier: Apache-2.0
// The library of one parameter set: found in the cache by what went into it, or built.
#ifndef TESSERA_RTL_RTL_BUILD_H
#define TESSERA_RTL_RTL_BUILD_H

#include <tessera/rtl.h>

enum { TSR_RTL_PATH_MAX = 1024 };

/** Path of the library, built if need be. */
tsr_status tsr_rtl_library(const tsr_arch *arch, const tsr_rtl_options *options,
                           char path[TSR_RTL_PATH_MAX], tsr_error *err) TSR_MUST_USE;

#endif
