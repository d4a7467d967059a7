// SPDX-License-Identifier: Apache-2.0
// Schedules as words: what a run file or the command line says.
#include <string.h>

#include <tessera/plan.h>

#include "base/check.h"

static const char *const mode_names[] = {"layerwise", "recompute", "cached", "blocked"};
static const char *const join_names[] = {"auto", "on_chip", "dram"};
static const char *const residency_names[] = {"auto", "resident", "per_block"};

const char *tsr_schedule_mode_name(tsr_schedule_mode mode) {
    return mode_names[mode];
}

const char *tsr_join_name(tsr_join join) {
    return join_names[join];
}

const char *tsr_residency_name(tsr_residency residency) {
    return residency_names[residency];
}

tsr_blocking tsr_schedule_blocking(const tsr_schedule *schedule) {
    tsr_blocking blocking = schedule->blocking;
    blocking.true_stride = blocking.true_stride || schedule->mode != TSR_SCHEDULE_BLOCKED;
    return blocking;
}

tsr_status tsr_schedule_parse(const char *text, tsr_schedule *schedule, tsr_error *err) {
    tsr_schedule made = {
        .mode = TSR_SCHEDULE_BLOCKED,
        .blocking = {.block_padding = TSR_PAD_ZERO, .border_padding = TSR_PAD_SAME}};
    for (int32_t mode = TSR_SCHEDULE_LAYERWISE; mode < TSR_SCHEDULE_BLOCKED; ++mode) {
        if (strcmp(text, mode_names[mode]) == 0) {
            made.mode = (tsr_schedule_mode)mode;
            *schedule = made;
            return TSR_OK;
        }
    }
    tsr_error found = {0};
    if (tsr_blocking_parse(text, &made.blocking, &found) != TSR_OK) {
        return tsr_fail(
            err, TSR_ERR_USAGE, "schedule",
            "'%s', allowed are layerwise, recompute, cached or a blocking: F<edge>, F<h>x<w>, "
            "H<count>, H<rows>x<columns>, none",
            text);
    }
    *schedule = made;
    return TSR_OK;
}
