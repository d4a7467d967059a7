// SPDX-License-Identifier: Apache-2.0
// Bytes alive in the buffers over time, from the notes of the descriptors.
#ifndef TESSERA_COUNTERS_OCCUPANCY_H
#define TESSERA_COUNTERS_OCCUPANCY_H

#include <stdbool.h>

#include "counters/timeline.h"

/**
 * Capacities, peaks and (keep) every change of result->occupancy. Bytes come to life when their
 * descriptor starts and die when it completes; the changes of one cycle count as one.
 */
tsr_status tsr_occupancy_fill(const tsr_program *program, const tsr_timeline *timeline, bool keep,
                              tsr_result *result, tsr_error *err) TSR_MUST_USE;

#endif
