// SPDX-License-Identifier: Apache-2.0
// Common head of every C test: cmocka with the headers it needs, and a way to say plainly that real data is absent.
#ifndef TESSERA_TESTS_SUPPORT_TEST_H
#define TESSERA_TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <tessera/status.h>

/** Fails with the error's own text when a call did not return TSR_OK. */
#define assert_ok(expr, err)                                                          \
    do {                                                                              \
        const tsr_status status_ = (expr);                                            \
        if (status_ != TSR_OK) {                                                      \
            fail_msg("%s: %s (%s): %s", #expr, tsr_status_name(status_), (err).where, \
                     (err).message);                                                  \
        }                                                                             \
    } while (0)

/** Path of a file under the folder of real data. */
#define DATA_FILE(relative) TSR_DATA_DIR "/" relative

/** Skips the calling cmocka test, in words, when the folder of real data is not there. */
#define skip_without_data()                                                                  \
    do {                                                                                     \
        if (access(TSR_DATA_DIR "/MANIFEST.csv", R_OK) != 0) {                               \
            print_message("SKIPPED: no real data in %s (set TSR_DATA_DIR)\n", TSR_DATA_DIR); \
            skip();                                                                          \
        }                                                                                    \
    } while (0)

#endif
