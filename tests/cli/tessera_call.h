// SPDX-License-Identifier: Apache-2.0
// Calls the tessera program as a user does and keeps what it says.
#ifndef TESSERA_TESTS_CLI_TESSERA_CALL_H
#define TESSERA_TESTS_CLI_TESSERA_CALL_H

#include <sys/wait.h>

#include "support/temp_dir.h"
#include "support/test.h"

/** What the last call said; replaced by the next one. */
static char *call_out;
static char *call_err;

static inline void call_forget(void) {
    tsr_free(call_out);
    tsr_free(call_err);
    call_out = NULL;
    call_err = NULL;
}

/** Exit code of `tessera <words>`, run in the test's own folder. */
static inline int call(const char *words) {
    char command[2048];
    const int length =
        snprintf(command, sizeof command, "cd %s && '%s' %s >stdout.txt 2>stderr.txt </dev/null",
                 temp_root, TSR_TESSERA, words);
    assert_true(length > 0 && (size_t)length < sizeof command);
    const int status = system(command);
    call_forget();
    call_out = temp_read("stdout.txt");
    call_err = temp_read("stderr.txt");
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static inline void must_say(const char *what, const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("%s does not say '%s':\n%s", what, part, text);
    }
}

/** The call ends with this code; standard error says `part` (NULL: says nothing). */
static inline void expect(const char *words, int code, const char *part) {
    const int got = call(words);
    if (got != code) {
        fail_msg("tessera %s: exit code %d, expected %d\n%s", words, got, code, call_err);
    }
    if (part != NULL) {
        must_say(words, call_err, part);
    } else if (call_err[0] != '\0') {
        fail_msg("tessera %s says on standard error:\n%s", words, call_err);
    }
}

static inline int call_main(const struct CMUnitTest *tests, size_t count) {
    temp_make();
    const int failed = _cmocka_run_group_tests("cli", tests, count, NULL, NULL);
    call_forget();
    if (failed == 0) {
        temp_remove();
    }
    return failed;
}

#endif
