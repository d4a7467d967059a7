// SPDX-License-Identifier: Apache-2.0
// tessera accuracy
#include <string.h>

#include <tessera/accuracy.h>

#include "cli/run_options.h"

static const cli_option options[] = {
    {"data", 0, "DIR", "folder with the pictures and weights that RUN names (required)"},
    {"blockings", 0, "LIST", "blockings with commas (default none,F64,H2x2)"},
    {"paddings", 0, "LIST", "block paddings with commas (default zero,replicate,reflect)"},
    {"arithmetic", 0, "LIST", "float32, int8 or both (default)"},
    {"program", 0, "on|off",
     "send the integer pictures through plan, program and interpreter too and compare (default "
     "on)"},
    {"out", 'o', "DIR", "write DIR/<run name>/: a PNG per picture and row, accuracy.{csv,md,json}"},
    {"jobs", 'j', "N", "pictures at a time (default 2); the results do not depend on it"},
    {"layer-blocking", 0, "LAYER=BLOCKING,...",
     "layers cut otherwise in every row but none, e.g. conv1=none,conv2..conv4=F32"},
    {"network", 0, "NAME|FILE", "another network: a shipped name, or a path"},
    {"arch", 0, "NAME|FILE", "another machine for the programs: a shipped name, or a path"},
    {"format", 0, "FORM", "markdown (default), csv, latex"},
    {"json", 0, NULL, "print a list of objects instead of a table"},
    CLI_COMMON_OPTIONS,
    {NULL, 0, NULL, NULL},
};

/** Everything the command line asks for. */
typedef struct request {
    tsr_run_config run;
    tsr_accuracy_config config;
    tsr_blocking blockings[CLI_MAX_WORDS];
    tsr_pad_mode paddings[CLI_MAX_WORDS];
    tsr_accuracy_options options;
    tsr_table_format format;
} request;

static void step(void *user, uint64_t done, uint64_t total) {
    cli_progress_step(user, done, total);
}

static bool stop(void *user) {
    (void)user;
    return cli_interrupted();
}

static tsr_status read_blockings(const cli_args *args, request *r, tsr_error *err) {
    cli_list list;
    const char *text = cli_value(args, "blockings");
    tsr_status status =
        cli_list_parse("blockings", text != NULL ? text : "none,F64,H2x2", &list, err);
    for (int32_t i = 0; status == TSR_OK && i < list.count; ++i) {
        status = tsr_blocking_parse(list.items[i], &r->blockings[i], err);
    }
    r->options.blocking_count = list.count;
    r->options.blockings = r->blockings;
    return status;
}

static tsr_status read_paddings(const cli_args *args, request *r, tsr_error *err) {
    cli_list list;
    const char *text = cli_value(args, "paddings");
    tsr_status status =
        cli_list_parse("paddings", text != NULL ? text : "zero,replicate,reflect", &list, err);
    for (int32_t i = 0; status == TSR_OK && i < list.count; ++i) {
        status = tsr_pad_mode_parse(list.items[i], &r->paddings[i], err);
        if (status == TSR_OK && r->paddings[i] == TSR_PAD_SAME) {
            status = tsr_fail(err, TSR_ERR_USAGE, "paddings",
                              "'same' pads no block: zero, replicate, reflect");
        }
    }
    r->options.padding_count = list.count;
    r->options.paddings = r->paddings;
    return status;
}

static tsr_status read_arithmetic(const cli_args *args, request *r, tsr_error *err) {
    cli_list list;
    const char *text = cli_value(args, "arithmetic");
    tsr_status status =
        cli_list_parse("arithmetic", text != NULL ? text : "float32,int8", &list, err);
    for (int32_t i = 0; status == TSR_OK && i < list.count; ++i) {
        tsr_arithmetic arithmetic = TSR_ARITHMETIC_FLOAT32;
        status = tsr_arithmetic_parse(list.items[i], &arithmetic, err);
        r->options.arithmetic[arithmetic] = true;
    }
    return status;
}

static tsr_status read_rest(const cli_args *args, request *r, tsr_error *err) {
    int64_t jobs = 2;
    bool program = true;
    tsr_status status = cli_int(args, "jobs", 1, 64, &jobs, err);
    if (status == TSR_OK) {
        status = cli_switch(args, "program", &program, err);
    }
    if (status == TSR_OK && cli_given(args, "format")) {
        status = tsr_table_format_parse(cli_value(args, "format"), &r->format, err);
    }
    if (status == TSR_OK) {
        status = cli_run_config(args, &r->run, err);
    }
    r->options.jobs = (int32_t)jobs;
    r->options.layer_blocking_count = r->run.layer_blocking_count;
    r->options.layer_blockings = r->run.layer_blockings;
    r->options.arch = program ? &r->run.arch : NULL;
    r->options.out_dir = cli_value(args, "out");
    return status;
}

static tsr_status read_request(const cli_args *args, request *r, tsr_error *err) {
    if (!cli_given(args, "data")) {
        return tsr_fail(err, TSR_ERR_USAGE, "data",
                        "where are the pictures and weights? --data DIR");
    }
    tsr_status status = read_blockings(args, r, err);
    if (status == TSR_OK) {
        status = read_paddings(args, r, err);
    }
    if (status == TSR_OK) {
        status = read_arithmetic(args, r, err);
    }
    if (status == TSR_OK) {
        status = read_rest(args, r, err);
    }
    if (status == TSR_OK) {
        status = tsr_accuracy_config_load(args->words[0], cli_value(args, "data"), &r->config, err);
    }
    if (status == TSR_OK && cli_given(args, "network")) {
        (void)snprintf(r->config.network, sizeof r->config.network, "%s", r->run.network);
    }
    return status;
}

static tsr_status run(const cli_args *args, tsr_error *err) {
    static request r;
    cli_progress progress;
    tsr_accuracy accuracy = {0};
    tsr_status status = read_request(args, &r, err);
    if (status != TSR_OK) {
        return status;
    }
    r.options.progress = step;
    r.options.stop = stop;
    r.options.user = &progress;
    cli_progress_begin(&progress, args, "pictures");
    status = tsr_accuracy_measure(&r.config, &r.options, &accuracy, err);
    cli_progress_end(&progress);
    if (status == TSR_OK && cli_given(args, "json")) {
        status = tsr_accuracy_print_json(&accuracy, stdout, err);
    } else if (status == TSR_OK && !cli_given(args, "quiet")) {
        status = tsr_accuracy_print(&accuracy, r.format, stdout, err);
    }
    tsr_accuracy_free(&accuracy);
    return status;
}

const cli_verb verb_accuracy = {
    .name = "accuracy",
    .words = "RUN --data DIR",
    .min_words = 1,
    .max_words = 1,
    .about =
        "Send real pictures through a real network, blocked and unblocked. Float and integer, "
        "pictures and PSNR out.",
    .options = options,
    .details =
        "The block padding also holds at the picture's border unless the run's accuracy object "
        "names another\n"
        "border_padding; none is measured once, with zero padding. Blocks at the lower and right "
        "edge may be\n"
        "smaller where the run says ragged. int8: weights per output channel, activations per "
        "tensor.",
    .examples =
        "  tessera accuracy configs/run/vdsr_set5.json --data ../shared/data --blockings "
        "none,F64,H2x2 \\\n"
        "      --paddings zero,replicate,reflect --out out --json\n"
        "  tessera accuracy vdsr_set5 --data DATA --blockings none,F28 --arithmetic int8 --out out",
    .run = run,
};
