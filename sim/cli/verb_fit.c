// SPDX-License-Identifier: Apache-2.0
// tessera fit
#include <tessera/fit.h>
#include <tessera/table.h>

#include "cli/cli.h"
#include "cli/run_options.h"

static const cli_option options[] = {
    {"arch", 0, "NAME|FILE", "an architecture; may be repeated (default zc706)"},
    {"device", 0, "NAME",
     "another device than the architecture's: xc7z020, xc7z045, xczu3eg, xczu9eg, xcu50, xcvu9p"},
    {"format", 0, "FORM", "markdown (default), csv, latex"},
    {"json", 0, NULL, "print JSON instead of a table"},
    CLI_COMMON_OPTIONS,
    {NULL, 0, NULL, NULL},
};

/** Everything the command line asks for. */
typedef struct request {
    int32_t count;
    tsr_arch archs[CLI_MAX_REPEATS];
    tsr_fit fits[CLI_MAX_REPEATS];
    tsr_table_format format;
} request;

static tsr_status find_device(const char *name, const tsr_device **device, tsr_error *err) {
    const char *names[CLI_MAX_WORDS];
    int32_t count = 0;
    *device = name != NULL ? tsr_device_find(name) : NULL;
    if (name == NULL || *device != NULL) {
        return TSR_OK;
    }
    for (const tsr_device *d = tsr_device_at(0); d != NULL && count < CLI_MAX_WORDS;
         d = tsr_device_at(count)) {
        names[count++] = d->name;
    }
    const char *near = cli_nearest(name, names, count);
    return tsr_fail(err, TSR_ERR_USAGE, "device", "'%s' is not in the table%s%s", name,
                    near != NULL ? "; nearest: " : " (tessera fit --help lists them)",
                    near != NULL ? near : "");
}

static tsr_status read_words(const cli_args *args, request *r, tsr_error *err) {
    static const char *const shipped[] = {"zc706"};
    const char *const *names = shipped;
    const char *format = cli_value(args, "format");
    const tsr_device *device = NULL;
    r->count = cli_values(args, "arch", &names);
    if (r->count == 0) {
        names = shipped;
        r->count = 1;
    }
    tsr_status status = find_device(cli_value(args, "device"), &device, err);
    if (status == TSR_OK && format != NULL) {
        status = tsr_table_format_parse(format, &r->format, err);
    }
    for (int32_t i = 0; status == TSR_OK && i < r->count; ++i) {
        status = tsr_arch_load(names[i], &r->archs[i], err);
        if (status == TSR_OK) {
            r->fits[i] = tsr_fit_estimate(&r->archs[i], device);
        }
    }
    return status;
}

static tsr_status run(const cli_args *args, tsr_error *err) {
    static request r;
    tsr_status status = read_words(args, &r, err);
    if (status == TSR_OK) {
        status = cli_given(args, "json")
                     ? tsr_fit_print_json(r.archs, r.fits, r.count, stdout, err)
                     : tsr_fit_print(r.archs, r.fits, r.count, r.format, stdout, err);
    }
    for (int32_t i = 0; status == TSR_OK && i < r.count; ++i) {
        status = tsr_fit_require(&r.archs[i], &r.fits[i], err);
    }
    return status;
}

const cli_verb verb_fit = {
    .name = "fit",
    .words = "[--arch NAME|FILE]...",
    .min_words = 0,
    .max_words = 0,
    .about =
        "Show what architectures take of a device: LUTs, flip-flops, DSPs, block RAMs. Exit code 4 "
        "when one does not fit, naming what there is too little of.",
    .options = options,
    .details =
        "The figures are those of Yosys 0.23 synth_xilinx -family xc7 on the RTL, by a model: LUT "
        "and FF within\n10 % of its counts, DSP and BRAM36 equal to them (two RAMB18 are one "
        "BRAM36). They are not Vivado's:\nVivado has not been run, and UltraScale+ and UltraRAM "
        "are not modelled apart. How: sim/fit/README.md.",
    .examples =
        "  tessera fit\n"
        "  tessera fit --arch z7020 --arch zc706 --arch zcu102\n"
        "  tessera fit --arch zc706 --device xc7z020\n"
        "  tessera fit --arch my_arch.json --json",
    .run = run,
};
