// SPDX-License-Identifier: Apache-2.0
// Plans what tables show, and prints the tables one behind the other.
#include "base/alloc.h"
#include "base/check.h"
#include "report/moved_survey.h"

// What cannot be planned is a row; only our own mistakes and the machine's memory end the table.
static bool is_refusal(tsr_status status) {
    return status != TSR_ERR_NO_MEMORY && status != TSR_ERR_INTERNAL && status != TSR_ERR_FILE;
}

static tsr_status fill_entry(const tsr_moved_request *r, tsr_moved_entry *e, tsr_error *err) {
    const tsr_status status = tsr_moved_make(e->network, r->arch, &e->schedule, &e->moved, &e->why);
    e->planned = status == TSR_OK;
    return e->planned || is_refusal(status)
               ? TSR_OK
               : tsr_fail(err, status, e->why.where, "%s", e->why.message);
}

static void set_blocking(tsr_moved_entry *e, const tsr_blocking *blocking) {
    e->schedule = (tsr_schedule){
        .mode = blocking->kind == TSR_BLOCKING_NONE ? TSR_SCHEDULE_LAYERWISE : TSR_SCHEDULE_BLOCKED,
        .blocking = *blocking};
    tsr_blocking_format(blocking, e->name, sizeof e->name);
}

// The mode with what was asked for beside it.
static void set_baseline(tsr_moved_entry *e, const tsr_schedule *schedule) {
    e->schedule = *schedule;
    const char *mode = tsr_schedule_mode_name(schedule->mode);
    if (schedule->tile_h > 0 && schedule->tile_w > 0) {
        (void)snprintf(e->name, sizeof e->name, "%s:%dx%d", mode, schedule->tile_h,
                       schedule->tile_w);
    } else if (schedule->tile_h > 0) {
        (void)snprintf(e->name, sizeof e->name, "%s:%d", mode, schedule->tile_h);
    } else {
        (void)snprintf(
            e->name, sizeof e->name, "%s%s", mode,
            schedule->mode == TSR_SCHEDULE_AUTO && schedule->objective == TSR_OBJECTIVE_CYCLES
                ? ":cycles"
                : "");
    }
}

static tsr_status fill(tsr_moved_survey *survey, tsr_error *err) {
    const tsr_moved_request *r = survey->request;
    tsr_moved_entry *e = survey->entries;
    for (int32_t i = 0; i < r->network_count; ++i) {
        for (int32_t k = 0; k < survey->each; ++k) {
            const int32_t baseline = k - (survey->blocks ? r->blocking_count : 0);
            e->network = &r->networks[i];
            if (baseline < 0) {
                set_blocking(e, &r->blockings[k]);
            } else {
                set_baseline(e, &r->baselines[baseline]);
            }
            TSR_TRY(fill_entry(r, e++, err));
        }
    }
    return TSR_OK;
}

tsr_status tsr_moved_print(const tsr_moved_request *r, FILE *file, tsr_error *err) {
    tsr_moved_survey survey = {
        .request = r,
        .blocks = r->tables[TSR_TABLE_TRAFFIC] || r->tables[TSR_TABLE_WEIGHTS] ||
                  r->tables[TSR_TABLE_WORKING_SET] || r->tables[TSR_TABLE_ON_CHIP],
        .baselines = r->tables[TSR_TABLE_BASELINES]};
    survey.each =
        (survey.blocks ? r->blocking_count : 0) + (survey.baselines ? r->baseline_count : 0);
    if (survey.each == 0 || r->network_count == 0) {
        return TSR_OK;
    }
    const size_t count = (size_t)r->network_count * (size_t)survey.each;
    survey.entries = tsr_alloc(count, sizeof *survey.entries);
    TSR_CHECK(survey.entries != NULL, TSR_ERR_NO_MEMORY, err, r->arch->name, "out of memory");
    tsr_status status = fill(&survey, err);
    if (status == TSR_OK) {
        status = tsr_moved_print_summaries(&survey, file, err);
    }
    for (int32_t i = 0; i < r->network_count && status == TSR_OK; ++i) {
        (void)fputc('\n', file);
        status = tsr_moved_print_reasons(&survey, i, file, err);
    }
    tsr_free(survey.entries);
    return status;
}
