// SPDX-License-Identifier: Apache-2.0
// tessera validate
#include <inttypes.h>
#include <string.h>

#include <tessera/coverage.h>
#include <tessera/interpreter.h>
#include <tessera/rtl.h>
#include <tessera/validate.h>

#include "cli/run_options.h"

static const cli_option options[] = {
    {"out", 'o', "DIR",
     "write validation.json and validation.md into DIR/<run name>/ or DIR/random_<seed>/"},
    {"cases", 0, "N", "without RUN: random cases of the seed (100)"},
    {"case", 0, "K", "without RUN: first case, e.g. one to be replayed with --cases 1 (0)"},
    {"shapes", 0, "LIST", "without RUN: machines to draw from, e.g. m8n4p2,m4n4p3w2h (all)"},
    {"stress", 0, "on|off",
     "without RUN: stalls, error responses, abort and reset before some cases (on)"},
    {"coverage", 0, "FILE",
     "without RUN: functional coverage of the cases into FILE (JSON), and a summary"},
    {"directed", 0, NULL,
     "with --coverage: afterwards, cases made for what is not covered yet (one bin a case)"},
    {"coverage-gate", 0, NULL, "with --coverage: exit code 1 unless every planned bin is covered"},
    {"start-seed", 0, "N",
     "power-up values of registers and memories are drawn from it; 0 = zeros"},
    {"schedule", 0, "MODE",
     "layerwise, recompute, cached, auto, blocked (with --blocking), or a blocking such as F28; "
     "without RUN also mixed"},
    {"blocking", 0, "BLOCKING", "none, F28 (block edge), F28x14, H4x4 (grid)"},
    CLI_SCHEDULE_OPTIONS,
    CLI_MACHINE_OPTIONS,
    {"seed", 0, "N", "of the random cases, or of generated weights and input"},
    {"rtl-cache", 0, "DIR", "where built RTL libraries are kept (~/.cache/tessera)"},
    {"build-only", 0, NULL, "verilate and compile what is needed, run nothing"},
    {"fst", 0, "FILE", "with RUN: waveform of the RTL"},
    {"fst-from", 0, "CYCLE", "first cycle of the waveform (0)"},
    {"fst-to", 0, "CYCLE", "last cycle of the waveform (to the end)"},
    {"json", 0, NULL, "print JSON instead of text"},
    CLI_COMMON_OPTIONS,
    {NULL, 0, NULL, NULL},
};

enum { default_cases = 100, path_size = 1200 };

static bool stop(void *user) {
    (void)user;
    return cli_interrupted();
}

/* ---- one run ----------------------------------------------------------------------------------------------------- */

static tsr_status show_run(const cli_args *args, const char *name, const tsr_validation *v,
                           tsr_error *err) {
    const char *out = cli_value(args, "out");
    tsr_status status = TSR_OK;
    if (out != NULL) {
        char dir[path_size];
        (void)snprintf(dir, sizeof dir, "%s/%s", out, name);
        status = tsr_validation_write(v, dir, err);
    }
    if (status == TSR_OK && cli_given(args, "json")) {
        status = tsr_validation_print_json(v, false, stdout, err);
    } else if (status == TSR_OK && !cli_given(args, "quiet")) {
        status = tsr_validation_print(v, stdout, err);
    }
    if (status == TSR_OK && v->differences != 0) {
        status = tsr_fail(err, TSR_ERR_DIFFERS, name, "RTL and model differ in %" PRIu64 " places",
                          v->differences);
    }
    return status;
}

static void step(void *user, uint64_t done, uint64_t total) {
    cli_progress_step(user, done, total);
}

static tsr_status run_sides(const cli_args *args, const tsr_run_config *config, tsr_rtl_side *side,
                            tsr_error *err) {
    tsr_program program = {0};
    uint8_t *memory = NULL;
    tsr_expected expected = {0};
    tsr_validation v = {0};
    cli_progress progress;
    tsr_status status = tsr_run_prepare(config, &program, &memory, &expected, err);
    if (status != TSR_OK) {
        return status;
    }
    const tsr_side sides[2] = {tsr_side_machine(), tsr_side_rtl(side)};
    const tsr_run_options run = {.progress = step, .user = &progress};
    cli_progress_begin(&progress, args, "descriptors");
    status = tsr_validate_program(config->name, &program, memory, &expected, sides, &run, &v, err);
    cli_progress_end(&progress);
    if (status == TSR_OK) {
        status = show_run(args, config->name, &v, err);
    }
    tsr_validation_free(&v);
    tsr_program_free(&program);
    tsr_memory_free(memory);
    tsr_expected_free(&expected);
    return status;
}

static tsr_status validate_run(const cli_args *args, tsr_error *err) {
    static tsr_run_config config;
    int64_t from = 0;
    int64_t to = INT64_MAX - 1;
    int64_t start_seed = 0;
    tsr_rtl_side side = {.fst_path = cli_value(args, "fst"), .stop = stop};
    tsr_status status = cli_run_config(args, &config, err);
    if (status == TSR_OK) {
        status = cli_rtl_cache(args, err);
    }
    if (status == TSR_OK) {
        status = cli_int(args, "fst-from", 0, INT64_MAX - 1, &from, err);
    }
    if (status == TSR_OK) {
        status = cli_int(args, "fst-to", from, INT64_MAX - 1, &to, err);
    }
    if (status == TSR_OK) {
        status = cli_int(args, "start-seed", 0, INT64_MAX, &start_seed, err);
    }
    if (status != TSR_OK) {
        return status;
    }
    side.fst_from = (uint64_t)from;
    side.fst_to = (uint64_t)to;
    const tsr_rtl_options open = {.trace = side.fst_path != NULL,
                                  .start_seed = (uint64_t)start_seed};
    status = tsr_rtl_open(&config.arch, &open, &side.rtl, err);
    if (status == TSR_OK && !cli_given(args, "build-only")) {
        status = run_sides(args, &config, &side, err);
    }
    tsr_rtl_close(side.rtl);
    return status;
}

/* ---- random cases ------------------------------------------------------------------------------------------------ */

static void tell(void *user, const tsr_case_outcome *outcome) {
    const cli_args *args = user;
    tsr_error ignored = {0};
    if (!cli_given(args, "json") && (!cli_given(args, "quiet") || !outcome->equal)) {
        const tsr_status status = tsr_case_print(outcome, stdout, &ignored);
        (void)status;  // standard output is looked at in the end
        (void)fflush(stdout);
    }
}

static tsr_status read_numbers(const cli_args *args, tsr_campaign_options *o, tsr_error *err) {
    int64_t seed = 1;
    int64_t cases = default_cases;
    int64_t first = 0;
    int64_t start_seed = 0;
    tsr_status status = cli_int(args, "seed", 0, INT64_MAX, &seed, err);
    if (status == TSR_OK) {
        status = cli_int(args, "cases", 1, INT64_MAX, &cases, err);
    }
    if (status == TSR_OK) {
        status = cli_int(args, "case", 0, INT64_MAX, &first, err);
    }
    if (status == TSR_OK) {
        status = cli_int(args, "start-seed", 0, INT64_MAX, &start_seed, err);
    }
    o->seed = (uint64_t)seed;
    o->cases = (uint64_t)cases;
    o->first_case = (uint64_t)first;
    o->start_seed = (uint64_t)start_seed;
    return status == TSR_OK ? cli_switch(args, "stress", &o->stress, err) : status;
}

static tsr_status show_coverage(const cli_args *args, const tsr_coverage *coverage,
                                tsr_error *err) {
    const tsr_coverage_sum sum = tsr_coverage_total(coverage);
    if (!cli_given(args, "json") && !cli_given(args, "quiet")) {
        tsr_coverage_print(coverage, stdout);
    }
    const tsr_status status = tsr_coverage_write(coverage, cli_value(args, "coverage"), err);
    if (status == TSR_OK && cli_given(args, "coverage-gate") && sum.covered < sum.planned) {
        return tsr_fail(err, TSR_ERR_DIFFERS, "coverage",
                        "%" PRIu64 " of %" PRIu64 " planned bins are covered (holes: \"hits\": 0)",
                        sum.covered, sum.planned);
    }
    return status;
}

static tsr_status run_random(const cli_args *args, tsr_campaign_options *o, tsr_error *err) {
    tsr_campaign campaign = {0};
    o->directed = cli_given(args, "directed");
    tsr_status status = TSR_OK;
    if (cli_value(args, "coverage") != NULL) {
        status = tsr_coverage_create(&o->coverage, err);
    }
    if (status == TSR_OK) {
        status = tsr_validate_cases(o, &campaign, err);
    }
    if (!o->build_only && !cli_given(args, "json") && !cli_given(args, "quiet")) {
        tsr_campaign_print(&campaign, stdout);
    }
    if (status == TSR_OK && campaign.differing != 0) {
        status = tsr_fail(err, TSR_ERR_DIFFERS, "random cases", "%" PRIu64 " of %" PRIu64 " differ",
                          campaign.differing, campaign.cases);
    }
    if (status == TSR_OK && o->coverage != NULL && !o->build_only) {
        status = show_coverage(args, o->coverage, err);
    }
    tsr_coverage_free(o->coverage);
    return status;
}

static tsr_status validate_random(const cli_args *args, tsr_error *err) {
    static cli_list shapes;
    char dir[path_size];
    const char *out = cli_value(args, "out");
    const char *list = cli_value(args, "shapes");
    tsr_campaign_options o = {.stress = true,
                              .build_only = cli_given(args, "build-only"),
                              .draw = {.schedule = cli_value(args, "schedule")},
                              .json = cli_given(args, "json") ? stdout : NULL,
                              .report = tell,
                              .stop = stop,
                              .user = (void *)(uintptr_t)args};
    tsr_status status = read_numbers(args, &o, err);
    if (status == TSR_OK && list != NULL) {
        status = cli_list_parse("shapes", list, &shapes, err);
        o.draw.shape_count = shapes.count;
        o.draw.shapes = shapes.items;
    }
    if (status == TSR_OK) {
        status = cli_rtl_cache(args, err);
    }
    if (status != TSR_OK) {
        return status;
    }
    if (out != NULL) {
        (void)snprintf(dir, sizeof dir, "%s/random_%" PRIu64, out, o.seed);
        o.out_dir = dir;
    }
    return run_random(args, &o, err);
}

/** Options that mean nothing for the other kind are refused, not ignored. */
static tsr_status check_kind(const cli_args *args, tsr_error *err) {
    static const char *const random_only[] = {"cases",    "case",     "shapes",        "stress",
                                              "coverage", "directed", "coverage-gate", NULL};
    static const char *const run_only[] = {
        "fst",           "fst-from",    "fst-to",           "blocking", "block-padding",
        "ragged",        "join",        "weight-residency", "network",  "arch",
        "input-size",    "set",         "border-padding",   "batch",    "block-batch",
        "pixel-packing", "true-stride", "layer-blocking",   NULL};
    const char *const *refused = args->word_count > 0 ? random_only : run_only;
    for (int32_t i = 0; refused[i] != NULL; ++i) {
        if (cli_given(args, refused[i])) {
            return tsr_fail(err, TSR_ERR_USAGE, refused[i], "goes %s a run file",
                            args->word_count > 0 ? "without" : "with");
        }
    }
    return TSR_OK;
}

static tsr_status run(const cli_args *args, tsr_error *err) {
    const tsr_status status = check_kind(args, err);
    if (status != TSR_OK) {
        return status;
    }
    return args->word_count > 0 ? validate_run(args, err) : validate_random(args, err);
}

const cli_verb verb_validate = {
    .name = "validate",
    .words = "[RUN]",
    .min_words = 0,
    .max_words = 1,
    .about =
        "Compare the RTL with the model. The same program runs on the verilated RTL and on the "
        "SystemC machine, over "
        "the same DRAM model; cycles, events, counters and every byte must be equal, "
        "and the outputs what the plain integer run of the network says.",
    .options = options,
    .details =
        "Without RUN: random networks, schedules and memories on a few small machines. Every case "
        "is a line and can\n"
        "be replayed alone with --seed S --case K --cases 1. Exit code 1 on any difference.\n"
        "The RTL is verilated and compiled once for each machine (10 s to some minutes) and kept "
        "in --rtl-cache.",
    .examples =
        "  tessera validate configs/run/tiny.json --out out\n"
        "  tessera validate --seed 7 --cases 500\n"
        "  tessera validate --seed 7 --case 31 --cases 1 --json\n"
        "  tessera validate tiny --fst tiny.fst --fst-from 1000 --fst-to 3000",
    .run = run,
};
