// SPDX-License-Identifier: Apache-2.0
// A function run in a process of its own, its messages back over a pipe; no zombie, no shared
// state, no lost error.
#ifndef TESSERA_MACHINE_RUN_CHILD_H
#define TESSERA_MACHINE_RUN_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tessera/counters.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Runs in the child; returns what the run returned. Tells progress by tsr_child_progress(pipe,
 * ...). */
typedef tsr_status (*tsr_child_body)(void *user, int pipe, tsr_result *result, tsr_error *err);

/**
 * Forks, runs `body`, forwards progress to `options`, moves result or error here. A child that dies
 * otherwise is TSR_ERR_INTERNAL with the signal named; SIGINT and SIGTERM are TSR_ERR_INTERRUPTED.
 */
tsr_status tsr_child_run(tsr_child_body body, void *user, const tsr_run_options *options,
                         tsr_result *result, tsr_error *err) TSR_MUST_USE;
void tsr_child_progress(int pipe, uint64_t done, uint64_t total);

/** Bytes that parent and child both see; NULL when there are none to be had. */
void *tsr_shared_alloc(size_t bytes);
void tsr_shared_free(void *memory, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
