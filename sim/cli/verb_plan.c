// SPDX-License-Identifier: Apache-2.0
// tessera plan
#include <errno.h>
#include <string.h>

#include "cli/run_options.h"

static const cli_option options[] = {
    {"schedule", 0, "MODE",
     "layerwise, recompute, cached, auto, blocked (with --blocking), or a blocking such as F28"},
    {"blocking", 0, "BLOCKING", "none, F28 (block edge), F28x14, H4x4 (grid)"},
    CLI_SCHEDULE_OPTIONS,
    CLI_MACHINE_OPTIONS,
    {"program", 0, "FILE", "write the program in binary form (timing only: no weights inside)"},
    {"disassemble", 0, "FILE", "write the program in text form; - means standard output"},
    CLI_COMMON_OPTIONS,
    {NULL, 0, NULL, NULL},
};

static tsr_status write_text(const tsr_program *program, const char *path, tsr_error *err) {
    if (strcmp(path, "-") == 0) {
        return tsr_program_disassemble(program, stdout, err);
    }
    char part[1100];
    (void)snprintf(part, sizeof part, "%s.part", path);
    FILE *file = fopen(part, "w");
    if (file == NULL) {
        return tsr_fail(err, TSR_ERR_FILE, path, "cannot open: %s", strerror(errno));
    }
    tsr_status status = tsr_program_disassemble(program, file, err);
    const bool broken = ferror(file) != 0;
    if (fclose(file) != 0 || broken || (status == TSR_OK && rename(part, path) != 0)) {
        status = status != TSR_OK
                     ? status
                     : tsr_fail(err, TSR_ERR_FILE, path, "cannot write: %s", strerror(errno));
    }
    if (status != TSR_OK) {
        (void)remove(part);
    }
    return status;
}

static tsr_status write_program(const cli_args *args, const tsr_plan *plan, tsr_error *err) {
    const char *binary = cli_value(args, "program");
    const char *text = cli_value(args, "disassemble");
    tsr_program program = {0};
    if (binary == NULL && text == NULL) {
        return TSR_OK;
    }
    tsr_status status = tsr_plan_lower(plan, NULL, &program, err);
    if (status == TSR_OK) {
        status = tsr_program_check(&program, err);
    }
    if (status == TSR_OK && binary != NULL) {
        status = tsr_program_write(&program, binary, err);
    }
    if (status == TSR_OK && text != NULL) {
        status = write_text(&program, text, err);
    }
    tsr_program_free(&program);
    return status;
}

static tsr_status run(const cli_args *args, tsr_error *err) {
    static tsr_run_config config;
    tsr_network network = {0};
    tsr_plan *plan = NULL;
    tsr_status status = cli_run_config(args, &config, err);
    if (status == TSR_OK) {
        status = tsr_run_config_network(&config, &network, err);
    }
    if (status == TSR_OK) {
        status = tsr_plan_make(&network, &config.arch, &config.schedule, &plan, err);
    }
    if (status == TSR_OK) {
        status = write_program(args, plan, err);
    }
    if (status == TSR_OK && !cli_given(args, "quiet")) {
        status = tsr_plan_print(plan, stdout, err);
    }
    tsr_plan_free(plan);
    tsr_network_free(&network);
    return status;
}

const cli_verb verb_plan = {
    .name = "plan",
    .words = "RUN",
    .min_words = 1,
    .max_words = 1,
    .about =
        "Print the plan of a run as a person reads it. Fusion groups, block order, joins and why, "
        "buffers with "
        "their place and life time, weight residency, DRAM bytes.",
    .options = options,
    .details = NULL,
    .examples =
        "  tessera plan configs/run/vgg16_zc706.json\n"
        "  tessera plan vgg16_zc706 --blocking H4x4 --join dram\n"
        "  tessera plan tiny --program tiny.tsp --disassemble tiny.txt",
    .run = run,
};
