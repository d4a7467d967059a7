// SPDX-License-Identifier: Apache-2.0
// Schedules as words: what a run file or the command line says.
#include <string.h>

#include <tessera/plan.h>

#include "base/check.h"

enum { PIXELS_MAX = 16383 };  // of a descriptor

static const char *const mode_names[] = {"layerwise", "recompute", "cached", "blocked", "auto"};
static const char *const objective_names[] = {"dram_bytes", "cycles"};
static const char *const join_names[] = {"auto", "on_chip", "dram"};
static const char *const residency_names[] = {"auto", "resident", "per_block", "per_group",
                                              "block_batch"};

const char *tsr_schedule_mode_name(tsr_schedule_mode mode) {
    return mode_names[mode];
}

const char *tsr_objective_name(tsr_objective objective) {
    return objective_names[objective];
}

const char *tsr_join_name(tsr_join join) {
    return join_names[join];
}

const char *tsr_residency_name(tsr_residency residency) {
    return residency_names[residency];
}

tsr_blocking tsr_schedule_blocking(const tsr_schedule *schedule) {
    tsr_blocking blocking = schedule->blocking;
    blocking.true_stride = blocking.true_stride || !tsr_schedule_has_blocks(schedule);
    return blocking;
}

bool tsr_schedule_has_blocks(const tsr_schedule *schedule) {
    return schedule->mode == TSR_SCHEDULE_BLOCKED || schedule->blocking.kind != TSR_BLOCKING_NONE;
}

/** A number of pixels; false without one. */
static bool parse_pixels(const char **at, int32_t *pixels) {
    int32_t value = 0;
    const char *start = *at;
    while (**at >= '0' && **at <= '9' && value <= PIXELS_MAX) {
        value = value * 10 + (*(*at)++ - '0');
    }
    *pixels = value;
    return *at > start && value >= 1 && value <= PIXELS_MAX;
}

/** A mode without blocks, perhaps with its tile. */
static bool parse_mode(const char *text, tsr_schedule *schedule) {
    for (int32_t mode = TSR_SCHEDULE_LAYERWISE; mode < TSR_SCHEDULE_BLOCKED; ++mode) {
        const size_t length = strlen(mode_names[mode]);
        if (strncmp(text, mode_names[mode], length) != 0) {
            continue;
        }
        schedule->mode = (tsr_schedule_mode)mode;
        const char *at = text + length;
        if (*at == '\0') {
            return true;
        }
        if (mode == TSR_SCHEDULE_LAYERWISE || *at++ != ':' ||
            !parse_pixels(&at, &schedule->tile_h)) {
            return false;
        }
        schedule->tile_w = mode == TSR_SCHEDULE_RECOMPUTE ? schedule->tile_h : 0;
        if (*at == 'x') {
            ++at;
            return parse_pixels(&at, &schedule->tile_w) && *at == '\0';
        }
        return *at == '\0';
    }
    return false;
}

/** "auto", perhaps with its objective. */
static bool parse_auto(const char *text, tsr_schedule *schedule) {
    static const char *const texts[] = {"auto", "auto:dram_bytes", "auto:cycles"};
    for (int32_t i = 0; i < 3; ++i) {
        if (strcmp(text, texts[i]) == 0) {
            schedule->mode = TSR_SCHEDULE_AUTO;
            schedule->objective = i == 2 ? TSR_OBJECTIVE_CYCLES : TSR_OBJECTIVE_DRAM_BYTES;
            return true;
        }
    }
    return false;
}

tsr_status tsr_schedule_parse(const char *text, tsr_schedule *schedule, tsr_error *err) {
    tsr_schedule made = {
        .mode = TSR_SCHEDULE_BLOCKED,
        .blocking = {.block_padding = TSR_PAD_ZERO, .border_padding = TSR_PAD_SAME}};
    if (parse_mode(text, &made)) {
        *schedule = made;
        return TSR_OK;
    }
    if (parse_auto(text, &made)) {
        *schedule = made;
        return TSR_OK;
    }
    tsr_error found = {0};
    if (tsr_blocking_parse(text, &made.blocking, &found) != TSR_OK) {
        return tsr_fail(err, TSR_ERR_USAGE, "schedule",
                        "'%s', allowed are layerwise, recompute[:<edge> or :<h>x<w>], "
                        "cached[:<rows> or :<h>x<w>], "
                        "auto[:dram_bytes or :cycles] or a blocking: F<edge>, F<h>x<w>, H<count>, "
                        "H<rows>x<columns>, none",
                        text);
    }
    *schedule = made;
    return TSR_OK;
}
