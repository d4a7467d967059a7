// SPDX-License-Identifier: Apache-2.0
// What tests on the RTL share: the cache of the build tree, and a plain word where there is no Verilator.
#ifndef TESSERA_TESTS_VALIDATE_RTL_RIG_H
#define TESSERA_TESTS_VALIDATE_RTL_RIG_H

#include <tessera/validate.h>

#include "support/test.h"

enum { rig_skipped = 77 };

/** False, in words, when nothing can be verilated here. */
static inline bool rig_has_rtl(void) {
#ifdef TSR_HAVE_VERILATOR
    tsr_rtl_cache_dir_set(TSR_RTL_CACHE);
    return true;
#else
    print_message("SKIPPED: verilator is not installed\n");
    return false;
#endif
}

/** Print a case that differs. */
static inline void rig_report(void *user, const tsr_case_outcome *outcome) {
    (void)user;
    tsr_error err = {0};
    if (!outcome->equal) {
        assert_ok(tsr_case_print(outcome, stdout, &err), err);
    }
}

#endif
