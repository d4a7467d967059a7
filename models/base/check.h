// SPDX-License-Identifier: Apache-2.0
// The three control-flow macros of the code base: forward, refuse, and (from <assert.h>) our own mistakes.
#ifndef TESSERA_BASE_CHECK_H
#define TESSERA_BASE_CHECK_H

#include <tessera/status.h>

/** Forward any status but TSR_OK to the caller. Only where nothing has to be cleaned up. */
#define TSR_TRY(expr)                       \
    do {                                    \
        const tsr_status tsr_try_ = (expr); \
        if (tsr_try_ != TSR_OK) {           \
            return tsr_try_;                \
        }                                   \
    } while (0)

/** Refuse input: return `status` with a printf-style message unless `cond` holds. */
#define TSR_CHECK(cond, status, err, where, ...)                    \
    do {                                                            \
        if (!(cond)) {                                              \
            return tsr_fail((err), (status), (where), __VA_ARGS__); \
        }                                                           \
    } while (0)

#endif
