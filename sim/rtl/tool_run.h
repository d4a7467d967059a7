// SPDX-License-Identifier: Apache-2.0
// Other programs (verilator, the compiler behind it), run and waited for.
#ifndef TESSERA_RTL_TOOL_RUN_H
#define TESSERA_RTL_TOOL_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include <tessera/status.h>

/** Is there such a program on the path? */
bool tsr_tool_exists(const char *name);
/**
 * Runs argv (NULL-terminated, argv[0] looked up on the path) with standard output and error in the
 * file `log`. *code = its exit code. TSR_ERR_INTERRUPTED when it was ended by SIGINT or SIGTERM.
 */
tsr_status tsr_tool_run(const char *const *argv, const char *log, int *code,
                        tsr_error *err) TSR_MUST_USE;

#endif
