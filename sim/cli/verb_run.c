// SPDX-License-Identifier: Apache-2.0
// tessera run
#include "cli/run_options.h"

static const cli_option options[] = {
    {"out", 'o', "DIR", "write the result files into DIR/<run name>/"},
    {"schedule", 0, "MODE",
     "layerwise, recompute, cached, auto, blocked (with --blocking), or a blocking such as F28"},
    {"blocking", 0, "BLOCKING", "none, F28 (block edge), F28x14, H4x4 (grid)"},
    CLI_SCHEDULE_OPTIONS,
    CLI_MACHINE_OPTIONS,
    CLI_ENGINE_OPTIONS,
    {"events", 0, NULL, "keep the event list and write timeline.json (Perfetto)"},
    {"json", 0, NULL, "print summary.json instead of text"},
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

static tsr_status print(const cli_args *args, const tsr_run_outcome *outcome, tsr_error *err) {
    if (cli_given(args, "json")) {
        return tsr_run_print_summary(outcome, false, stdout, err);
    }
    return cli_given(args, "quiet") ? TSR_OK : tsr_run_print_text(outcome, stdout, err);
}

static tsr_status run(const cli_args *args, tsr_error *err) {
    static tsr_run_config config;
    static tsr_run_outcome outcome;
    cli_progress progress;
    const tsr_execute_options execute = {.keep_events = cli_given(args, "events"),
                                         .progress = step,
                                         .stop = stop,
                                         .user = &progress};
    tsr_status status = cli_run_config(args, &config, err);
    if (status != TSR_OK) {
        return status;
    }
    cli_progress_begin(&progress, args, "descriptors");
    status = tsr_run_execute(&config, &execute, &outcome, err);
    cli_progress_end(&progress);
    if (status != TSR_OK) {
        return status;
    }
    const char *out = cli_value(args, "out");
    if (out != NULL) {
        char dir[1024];
        (void)snprintf(dir, sizeof dir, "%s/%s", out, config.name);
        status = tsr_run_write(&outcome, dir, err);
    }
    if (status == TSR_OK) {
        status = print(args, &outcome, err);
    }
    tsr_run_outcome_free(&outcome);
    return status;
}

const cli_verb verb_run = {
    .name = "run",
    .words = "RUN",
    .min_words = 1,
    .max_words = 1,
    .about =
        "Run one network on one machine with one schedule. RUN is a file, or the name of a shipped "
        "one in "
        "configs/run.",
    .options = options,
    .details =
        "Written: summary.json, layers.csv, dram.csv, buffers.csv, manifest.json; a folder with "
        "summary.json is\n"
        "complete. The identities of the counters are checked at the end of every run.",
    .examples =
        "  tessera run configs/run/vgg16_zc706.json --out out\n"
        "  tessera run vgg16_zc706 --schedule blocked --blocking F28 --block-padding zero --out "
        "out\n"
        "  tessera run tiny --values on --engine estimate --json\n"
        "  tessera run vgg16_zc706 --set /arch/array/tm=32 --set '/arch/dram={\"preset\": "
        "\"ddr4_2400\"}'",
    .run = run,
};
