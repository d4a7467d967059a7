// SPDX-License-Identifier: Apache-2.0
// The points of a sweep: axes over a base run.
#ifndef TESSERA_SWEEP_POINTS_H
#define TESSERA_SWEEP_POINTS_H

#include <stdint.h>

#include <tessera/network.h>
#include <tessera/status.h>
#include <tessera/sweep.h>

#include "base/json.h"

#define TSR_SWEEP_MAX_AXES 16

/** One field and the values it takes, as JSON text. */
typedef struct tsr_sweep_axis {
    char pointer[192];
    int32_t count;
    char **values;  // owned
} tsr_sweep_axis;

struct tsr_sweep {
    char name[TSR_NAME_MAX];
    tsr_json *base;  // owned: the run object every point starts from
    int32_t axis_count;
    tsr_sweep_axis axes[TSR_SWEEP_MAX_AXES];
    int64_t point_count;
};

/** Value of an axis at a point, as JSON text. Borrowed. */
const char *tsr_sweep_value(const tsr_sweep *sweep, int64_t point, int32_t axis);
/** The run object of a point as compact JSON; freed by the caller with tsr_free. */
tsr_status tsr_sweep_point_json(const tsr_sweep *sweep, int64_t point, char **run_json,
                                tsr_error *err) TSR_MUST_USE;
/** Fingerprint of name, base and axes: two sweeps with the same one have the same points. */
uint32_t tsr_sweep_digest(const tsr_sweep *sweep);

#endif
