// SPDX-License-Identifier: Apache-2.0
// Several schedules of one run, each in a process of its own, side by side.
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"
#include "base/pool.h"
#include "report/comparison.h"
#include "report/result_files.h"

enum { path_bytes = 1024 };

/** What the pool's callbacks see. */
typedef struct work {
    const tsr_run_config *config;
    const tsr_compare_options *options;
    tsr_comparison *comparison;
    int32_t finished;
} work;

// In the child: run, write the folder, hand back the summary.
static tsr_status run_one(void *user, int64_t item, char **text, tsr_error *err) {
    const work *w = user;
    const char *schedule = w->comparison->rows[item].schedule;
    const tsr_execute_options options = {.keep_events = w->options->keep_events};
    tsr_run_config config = *w->config;
    tsr_run_outcome outcome = {0};
    TSR_TRY(tsr_run_config_set_schedule(&config, schedule, err));
    TSR_TRY(tsr_run_execute(&config, &options, &outcome, err));
    tsr_status status = TSR_OK;
    if (w->options->out_dir != NULL) {
        char dir[path_bytes];
        const int length =
            snprintf(dir, sizeof dir, "%s/%s/%s", w->options->out_dir, config.name, schedule);
        status = length > 0 && length < path_bytes
                     ? tsr_run_write(&outcome, dir, err)
                     : tsr_fail(err, TSR_ERR_FILE, schedule, "path too long");
    }
    if (status == TSR_OK) {
        status = tsr_run_summary_text(&outcome, text, err);
    }
    tsr_run_outcome_free(&outcome);
    return status;
}

static tsr_status take(void *user, int64_t item, tsr_status status, const char *text,
                       tsr_error *err) {
    work *w = user;
    tsr_compare_row *row = &w->comparison->rows[item];
    char *copy = tsr_strdup(text);
    TSR_CHECK(copy != NULL, TSR_ERR_NO_MEMORY, err, row->schedule, "out of memory");
    row->status = status;
    if (status == TSR_OK) {
        row->text = copy;
        TSR_TRY(tsr_json_parse(copy, row->schedule, &row->summary, err));
    } else {
        row->message = copy;
    }
    ++w->finished;
    if (w->options->progress != NULL) {
        w->options->progress(w->options->user, (uint64_t)w->finished,
                             (uint64_t)w->comparison->row_count);
    }
    return TSR_OK;
}

static bool stop(void *user) {
    const work *w = user;
    return w->options->stop != NULL && w->options->stop(w->options->user);
}

// Everything that can be refused before the first run is.
static tsr_status make(const tsr_run_config *config, const tsr_compare_options *options,
                       tsr_comparison *comparison, tsr_error *err) {
    const int32_t count =
        options->schedule_count > 0 ? options->schedule_count : config->compare_count;
    TSR_CHECK(count >= 1 && count <= TSR_COMPARE_MAX, TSR_ERR_USAGE, err, config->name,
              "%d schedules to compare, must be 1..%d: name them with --schedules or in the run's "
              "\"compare\" list",
              count, TSR_COMPARE_MAX);
    (void)snprintf(comparison->name, sizeof comparison->name, "%s", config->name);
    for (int32_t i = 0; i < count; ++i) {
        const char *text = options->schedule_count > 0 ? options->schedules[i] : config->compare[i];
        tsr_compare_row *row = &comparison->rows[i];
        tsr_schedule parsed = {0};
        TSR_TRY(tsr_schedule_parse(text, &parsed, err));
        TSR_CHECK(strlen(text) < sizeof row->schedule, TSR_ERR_USAGE, err, text, "too long");
        (void)snprintf(row->schedule, sizeof row->schedule, "%s", text);
        for (int32_t k = 0; k < i; ++k) {
            TSR_CHECK(strcmp(comparison->rows[k].schedule, text) != 0, TSR_ERR_USAGE, err, text,
                      "is named twice");
        }
        comparison->row_count = i + 1;
    }
    tsr_network network = {0};
    TSR_TRY(tsr_run_config_network(config, &network, err));
    tsr_network_free(&network);
    return TSR_OK;
}

static tsr_status write_file(const tsr_comparison *comparison, const char *dir, const char *ending,
                             tsr_error *err) {
    char path[path_bytes];
    FILE *file = NULL;
    const int length =
        snprintf(path, sizeof path, "%s/%s/comparison.%s", dir, comparison->name, ending);
    TSR_CHECK(length > 0 && length < path_bytes, TSR_ERR_FILE, err, dir, "path too long");
    TSR_TRY(tsr_file_begin(path, &file, err));
    tsr_status status = TSR_OK;
    if (strcmp(ending, "json") == 0) {
        status = tsr_comparison_print_json(comparison, file, err);
    } else {
        status = tsr_comparison_print(
            comparison, ending[0] == 'm' ? TSR_TABLE_MARKDOWN : TSR_TABLE_CSV, file, err);
    }
    if (status != TSR_OK) {
        tsr_file_abandon(path, file);
        return status;
    }
    return tsr_file_commit(path, file, err);
}

// TSR_OK or the first row's refusal. Written only when there is something to compare.
static tsr_status conclude(const tsr_comparison *comparison, const char *dir, tsr_error *err) {
    int32_t done = 0;
    const tsr_compare_row *refused = NULL;
    for (int32_t i = 0; i < comparison->row_count; ++i) {
        const tsr_compare_row *row = &comparison->rows[i];
        done += row->summary != NULL;
        refused = refused == NULL && row->summary == NULL ? row : refused;
    }
    if (dir != NULL && done > 0) {
        TSR_TRY(write_file(comparison, dir, "md", err));
        TSR_TRY(write_file(comparison, dir, "csv", err));
        TSR_TRY(write_file(comparison, dir, "json", err));
    }
    return refused == NULL
               ? TSR_OK
               : tsr_fail(err, refused->status, refused->schedule, "%s", refused->message);
}

tsr_status tsr_compare(const tsr_run_config *config, const tsr_compare_options *options,
                       tsr_comparison **comparison, tsr_error *err) {
    *comparison = NULL;
    tsr_comparison *made = tsr_alloc(1, sizeof *made);
    TSR_CHECK(made != NULL, TSR_ERR_NO_MEMORY, err, config->name, "out of memory");
    work w = {.config = config, .options = options, .comparison = made};
    tsr_status status = make(config, options, made, err);
    if (status == TSR_OK) {
        const tsr_pool pool = {.jobs = options->jobs,
                               .count = made->row_count,
                               .work = run_one,
                               .sink = take,
                               .stop = stop,
                               .user = &w,
                               .where = config->name};
        status = tsr_pool_run(&pool, err);
    }
    if (status != TSR_OK) {
        tsr_comparison_free(made);
        return status;
    }
    *comparison = made;
    return conclude(made, options->out_dir, err);
}

void tsr_comparison_free(tsr_comparison *comparison) {
    if (comparison == NULL) {
        return;
    }
    for (int32_t i = 0; i < TSR_COMPARE_MAX; ++i) {
        tsr_free(comparison->rows[i].message);
        tsr_free(comparison->rows[i].text);
        tsr_json_free(comparison->rows[i].summary);
    }
    tsr_free(comparison);
}
