// SPDX-License-Identifier: Apache-2.0
// tessera sweep
#include <tessera/report.h>
#include <tessera/sweep.h>

#include "cli/cli.h"
#include "cli/run_options.h"

static const cli_option options[] = {
    {"out", 'o', "DIR", "where the results go: DIR/<sweep name>/ (required)"},
    {"jobs", 'j', "N", "points at a time (default 1); the results do not depend on it"},
    {"restart", 0, NULL, "throw away what an earlier call has left"},
    {"max-points", 0, "N", "refuse larger sweeps (default 1000000)"},
    {"rtl-cache", 0, "DIR", "where built RTL libraries are kept (~/.cache/tessera)"},
    CLI_COMMON_OPTIONS,
    {NULL, 0, NULL, NULL},
};

static void step(void *user, int64_t done, int64_t total) {
    cli_progress_step(user, (uint64_t)done, (uint64_t)total);
}

static bool stop(void *user) {
    (void)user;
    return cli_interrupted();
}

static tsr_status check(void *user, const char *run_json, tsr_error *err) {
    (void)user;
    static tsr_run_config config;
    return tsr_run_config_parse(run_json, "run", &config, err);
}

static tsr_status conclude(const cli_args *args, const tsr_sweep_report *report, tsr_error *err) {
    if (!cli_given(args, "quiet")) {
        (void)printf(
            "%lld points: %lld executed, %lld found in the database, %lld do not fit, %lld "
            "failed\n",
            (long long)report->points, (long long)report->executed, (long long)report->resumed,
            (long long)report->not_fit, (long long)report->failed);
        (void)printf("%s; rows.csv and rows.md beside it\n", report->database);
    }
    return report->failed == 0
               ? TSR_OK
               : tsr_fail(err, TSR_ERR_UNSUPPORTED, report->database,
                          "%lld of %lld points ended in an error; their rows say why",
                          (long long)report->failed, (long long)report->points);
}

static tsr_status run(const cli_args *args, tsr_error *err) {
    cli_progress progress;
    tsr_sweep *sweep = NULL;
    tsr_sweep_report report;
    int64_t jobs = 1;
    int64_t max_points = 1000000;
    if (!cli_given(args, "out")) {
        return tsr_fail(err, TSR_ERR_USAGE, "out", "where should the results go? --out DIR");
    }
    tsr_status status = cli_int(args, "jobs", 1, 256, &jobs, err);
    if (status == TSR_OK) {
        status = cli_int(args, "max-points", 1, 1000000000, &max_points, err);
    }
    // Only points on the RTL need a cache; they say so themselves if there is no place for it.
    tsr_error no_home = {0};
    const tsr_status cached = cli_rtl_cache(args, &no_home);
    (void)cached;
    if (status == TSR_OK) {
        status = tsr_sweep_load(args->words[0], max_points, &sweep, err);
    }
    if (status != TSR_OK) {
        return status;
    }
    const tsr_sweep_options sweep_options = {.out_dir = cli_value(args, "out"),
                                             .jobs = (int32_t)jobs,
                                             .restart = cli_given(args, "restart"),
                                             .execute = tsr_run_execute_json,
                                             .check = check,
                                             .progress = step,
                                             .stop = stop,
                                             .user = &progress};
    cli_progress_begin(&progress, args, "points");
    status = tsr_sweep_run(sweep, &sweep_options, &report, err);
    cli_progress_end(&progress);
    if (status == TSR_OK) {
        status = conclude(args, &report, err);
    }
    tsr_sweep_free(sweep);
    return status;
}

const cli_verb verb_sweep = {
    .name = "sweep",
    .words = "SWEEP",
    .min_words = 1,
    .max_words = 1,
    .about =
        "Run the product of lists over any fields of a run. SWEEP is a file, or the name of a "
        "shipped one in "
        "configs/sweep.",
    .options = options,
    .details =
        "Each point is a process of its own and one transaction of sweep.sqlite: a sweep that was "
        "stopped or\n"
        "killed resumes with the same command. A point that does not fit the hardware is a row "
        "that says so.",
    .examples =
        "  tessera sweep configs/sweep/vgg16_arrays.json --out out -j 2\n"
        "  tessera sweep vgg16_arrays --out out -j 2 --restart",
    .run = run,
};
