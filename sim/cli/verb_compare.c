// SPDX-License-Identifier: Apache-2.0
// tessera compare
#include "cli/run_options.h"

static const cli_option options[] = {
    {"out", 'o', "DIR",
     "write DIR/<run name>/<schedule>/ and DIR/<run name>/comparison.{md,csv,json}"},
    {"schedules", 0, "LIST",
     "schedules with commas: layerwise, recompute, cached, auto, F28 ... (default: the list in "
     "RUN)"},
    CLI_SCHEDULE_OPTIONS,
    CLI_MACHINE_OPTIONS,
    CLI_ENGINE_OPTIONS,
    {"jobs", 'j', "N", "schedules at a time (default 2); the results do not depend on it"},
    {"format", 0, "FORM", "markdown (default), csv, latex"},
    {"events", 0, NULL, "keep the event lists and write timeline.json files"},
    {"json", 0, NULL, "print a list of summary objects instead of tables"},
    CLI_COMMON_OPTIONS,
    {NULL, 0, NULL, NULL},
};

static void step(void *user, uint64_t done, uint64_t total) {
    cli_progress_step(user, done, total);
}

static bool stop(void *user) {
    (void)user;
    return cli_interrupted();
}

// The tables are printed although a schedule was refused: its status is the exit code.
static tsr_status print(const cli_args *args, const tsr_comparison *comparison,
                        tsr_table_format format, tsr_error *err) {
    if (cli_given(args, "json")) {
        return tsr_comparison_print_json(comparison, stdout, err);
    }
    return cli_given(args, "quiet") ? TSR_OK
                                    : tsr_comparison_print(comparison, format, stdout, err);
}

static tsr_status run(const cli_args *args, tsr_error *err) {
    static tsr_run_config config;
    static cli_list list;
    cli_progress progress;
    tsr_comparison *comparison = NULL;
    tsr_table_format format = TSR_TABLE_MARKDOWN;
    int64_t jobs = 2;
    tsr_status status = cli_run_config(args, &config, err);
    if (status == TSR_OK && cli_given(args, "schedules")) {
        status = cli_list_parse("schedules", cli_value(args, "schedules"), &list, err);
    }
    if (status == TSR_OK && cli_given(args, "format")) {
        status = tsr_table_format_parse(cli_value(args, "format"), &format, err);
    }
    if (status == TSR_OK) {
        status = cli_int(args, "jobs", 1, 64, &jobs, err);
    }
    if (status != TSR_OK) {
        return status;
    }
    const tsr_compare_options compare = {.out_dir = cli_value(args, "out"),
                                         .schedule_count = list.count,
                                         .schedules = list.items,
                                         .jobs = (int32_t)jobs,
                                         .keep_events = cli_given(args, "events"),
                                         .progress = step,
                                         .stop = stop,
                                         .user = &progress};
    cli_progress_begin(&progress, args, "schedules");
    status = tsr_compare(&config, &compare, &comparison, err);
    cli_progress_end(&progress);
    if (comparison != NULL) {
        tsr_error print_error = {0};
        const tsr_status printed = print(args, comparison, format, &print_error);
        if (printed != TSR_OK && status == TSR_OK) {
            *err = print_error;
            status = printed;
        }
    }
    tsr_comparison_free(comparison);
    return status;
}

const cli_verb verb_compare = {
    .name = "compare",
    .words = "RUN",
    .min_words = 1,
    .max_words = 1,
    .about =
        "Run several schedules of one run and put them side by side. Cycles, frames/s, DRAM bytes "
        "by kind, peak "
        "buffers, MACs, array use, energy, fit.",
    .options = options,
    .details =
        "A schedule that does not fit the hardware or is not supported is a row with its message; "
        "the exit code\n"
        "is then that of the first such row. A tile may follow: recompute:56, recompute:28x56, "
        "cached:4\n"
        "(rows of a piece), cached:4x64; without one it is chosen.",
    .examples =
        "  tessera compare configs/run/vgg16_zc706.json --out out\n"
        "  tessera compare vgg16_zc706 --schedules layerwise,F28,H4x4 --json\n"
        "  tessera compare vdsr_ultra96 --block-padding replicate -j 2",
    .run = run,
};
