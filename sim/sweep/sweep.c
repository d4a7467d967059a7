// SPDX-License-Identifier: Apache-2.0
// Runs what a sweep still lacks and writes its rows.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <tessera/sweep.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"
#include "sweep/database.h"
#include "sweep/points.h"
#include "sweep/rows.h"
#include "sweep/workers.h"

/** What storing a point needs. */
typedef struct store {
    tsr_database *database;
    const tsr_sweep_options *options;
    tsr_sweep_report *report;
} store;

static tsr_status store_point(void *user, int64_t point, const char *run_json,
                              const tsr_point_result *result, tsr_error *err) {
    const store *s = user;
    TSR_TRY(tsr_database_insert(s->database, point, run_json, result, err));
    ++s->report->executed;
    if (s->options->progress != NULL) {
        s->options->progress(s->options->user, s->report->resumed + s->report->executed,
                             s->report->points);
    }
    return TSR_OK;
}

static tsr_status count_refused(const tsr_sweep *sweep, tsr_database *database,
                                tsr_sweep_report *report, tsr_error *err) {
    for (int64_t point = 0; point < sweep->point_count; ++point) {
        tsr_point_result result = {0};
        TSR_TRY(tsr_database_read(database, point, &result, err));
        report->not_fit += result.status == TSR_ERR_NOT_FIT;
        report->failed += result.status != TSR_OK && result.status != TSR_ERR_NOT_FIT;
        tsr_point_result_free(&result);
    }
    return TSR_OK;
}

static tsr_status run_missing(const tsr_sweep *sweep, store *s, tsr_error *err) {
    const size_t points = (size_t)sweep->point_count;
    bool *done = tsr_alloc(points, sizeof *done);
    int64_t *missing = tsr_alloc(points, sizeof *missing);
    tsr_status status = TSR_ERR_NO_MEMORY;
    if (done == NULL || missing == NULL) {
        status = tsr_fail(err, TSR_ERR_NO_MEMORY, sweep->name, "out of memory");
    } else {
        status = tsr_database_done(s->database, done, &s->report->resumed, err);
    }
    int64_t count = 0;
    for (int64_t i = 0; status == TSR_OK && i < sweep->point_count; ++i) {
        if (!done[i]) {
            missing[count++] = i;
        }
    }
    if (status == TSR_OK) {
        status = tsr_workers_run(sweep, s->options, missing, count, store_point, s, err);
    }
    tsr_free(done);
    tsr_free(missing);
    return status;
}

static tsr_status check_points(const tsr_sweep *sweep, const tsr_sweep_options *options,
                               tsr_error *err) {
    for (int64_t point = 0; options->check != NULL && point < sweep->point_count; ++point) {
        char *run_json = NULL;
        tsr_error found = {0};
        TSR_TRY(tsr_sweep_point_json(sweep, point, &run_json, err));
        const tsr_status status = options->check(options->user, run_json, &found);
        tsr_free(run_json);
        TSR_CHECK(status == TSR_OK, status, err, sweep->name, "point %lld: %s: %s",
                  (long long)point, found.where, found.message);
    }
    return TSR_OK;
}

static void remove_database(const char *path) {
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; ++i) {
        char name[600];
        (void)snprintf(name, sizeof name, "%s%s", path, endings[i]);
        (void)unlink(name);
    }
}

tsr_status tsr_sweep_run(const tsr_sweep *sweep, const tsr_sweep_options *options,
                         tsr_sweep_report *report, tsr_error *err) {
    TSR_CHECK(options->jobs >= 1 && options->jobs <= 256, TSR_ERR_USAGE, err, "jobs",
              "%d, must be 1..256", options->jobs);
    memset(report, 0, sizeof *report);
    report->points = sweep->point_count;
    char dir[480];
    const int length = snprintf(dir, sizeof dir, "%s/%s", options->out_dir, sweep->name);
    TSR_CHECK(length > 0 && (size_t)length < sizeof dir, TSR_ERR_USAGE, err, "out",
              "path too long");
    TSR_TRY(check_points(sweep, options, err));
    TSR_TRY(tsr_dir_make(dir, err));
    (void)snprintf(report->database, sizeof report->database, "%s/sweep.sqlite", dir);
    if (options->restart) {
        remove_database(report->database);
    }
    store s = {.options = options, .report = report};
    TSR_TRY(tsr_database_open(report->database, tsr_sweep_digest(sweep), sweep->point_count,
                              &s.database, err));
    tsr_status status = run_missing(sweep, &s, err);
    if (status == TSR_OK) {
        status = count_refused(sweep, s.database, report, err);
    }
    if (status == TSR_OK) {
        status = tsr_sweep_write_rows(sweep, s.database, dir, err);
    }
    tsr_database_close(s.database);
    return status;
}
