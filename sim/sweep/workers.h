// SPDX-License-Identifier: Apache-2.0
// A pool of worker processes that execute points and send back their results.
#ifndef TESSERA_SWEEP_WORKERS_H
#define TESSERA_SWEEP_WORKERS_H

#include <stdint.h>

#include <tessera/status.h>
#include <tessera/sweep.h>

#include "sweep/database.h"

/** Called in the parent for every finished point, in the order they finish. */
typedef tsr_status (*tsr_point_sink)(void *user, int64_t point, const char *run_json,
                                     const tsr_point_result *result, tsr_error *err);

/**
 * Execute the listed points on options->jobs forked processes, each point in a process of its own,
 * so that no two runs share state and a crash costs one point. Returns TSR_ERR_INTERRUPTED when
 * options->stop said so (running points are ended and not stored).
 */
tsr_status tsr_workers_run(const tsr_sweep *sweep, const tsr_sweep_options *options,
                           const int64_t *points, int64_t count, tsr_point_sink sink,
                           void *sink_user, tsr_error *err) TSR_MUST_USE;

#endif
