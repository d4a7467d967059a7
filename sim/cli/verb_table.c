// SPDX-License-Identifier: Apache-2.0
// tessera table
#include <string.h>

#include <tessera/report.h>
#include <tessera/table.h>

#include "cli/cli.h"
#include "cli/run_options.h"

static const cli_option options[] = {
    {"networks", 0, "LIST", "networks with commas: shipped names or paths"},
    {"blockings", 0, "LIST", "blockings with commas (default none,F28,F14,H2x2,H4x4,H8x8)"},
    {"bits", 0, "N", "bits of a value: 8 (default), 16, 32"},
    {"format", 0, "FORM", "markdown (default), csv, latex"},
    {"only", 0, "TABLE",
     "traffic, working_set, on_chip, layers, weights, baselines (default: all)"},
    {"arch", 0, "NAME|FILE", "machine whose plan is counted beside the ideal (default zc706)"},
    {"input-size", 0, "HxW", "another picture size"},
    {"ragged", 0, "on|off", "allow smaller last blocks where F does not divide"},
    CLI_COMMON_OPTIONS,
    {NULL, 0, NULL, NULL},
};

/** Everything the command line asks for. */
typedef struct request {
    cli_list networks, blockings;
    int64_t bits;
    tsr_table_format format;
    bool one_kind;
    tsr_table_kind kind;
    tsr_arch arch;
    bool ragged;
    tsr_blocking blocking[CLI_MAX_WORDS];
    tsr_network network[CLI_MAX_WORDS];
    tsr_chain chain[CLI_MAX_WORDS];
} request;

static tsr_status read_words(const cli_args *args, request *r, tsr_error *err) {
    const char *blockings = cli_value(args, "blockings");
    const char *format = cli_value(args, "format");
    const char *only = cli_value(args, "only");
    const char *arch = cli_value(args, "arch");
    r->bits = 8;
    if (!cli_given(args, "networks")) {
        return tsr_fail(err, TSR_ERR_USAGE, "networks",
                        "which networks? e.g. --networks vgg16,vdsr");
    }
    tsr_status status = cli_list_parse("networks", cli_value(args, "networks"), &r->networks, err);
    if (status == TSR_OK) {
        status = cli_list_parse("blockings",
                                blockings != NULL ? blockings : "none,F28,F14,H2x2,H4x4,H8x8",
                                &r->blockings, err);
    }
    if (status == TSR_OK) {
        status = cli_int(args, "bits", 8, 32, &r->bits, err);
    }
    if (status == TSR_OK && r->bits != 8 && r->bits != 16 && r->bits != 32) {
        status =
            tsr_fail(err, TSR_ERR_USAGE, "bits", "%lld, must be 8, 16 or 32", (long long)r->bits);
    }
    if (status == TSR_OK && format != NULL) {
        status = tsr_table_format_parse(format, &r->format, err);
    }
    if (status == TSR_OK && only != NULL) {
        r->one_kind = true;
        status = tsr_table_kind_parse(only, &r->kind, err);
    }
    if (status == TSR_OK) {
        status = cli_switch(args, "ragged", &r->ragged, err);
    }
    return status == TSR_OK ? tsr_arch_load(arch != NULL ? arch : "zc706", &r->arch, err) : status;
}

static tsr_status load(const cli_args *args, request *r, tsr_error *err) {
    int32_t h = 0;
    int32_t w = 0;
    tsr_status status = cli_size(args, "input-size", &h, &w, err);
    for (int32_t i = 0; status == TSR_OK && i < r->blockings.count; ++i) {
        status = tsr_blocking_parse(r->blockings.items[i], &r->blocking[i], err);
        r->blocking[i].ragged = r->ragged;
    }
    for (int32_t i = 0; status == TSR_OK && i < r->networks.count; ++i) {
        status = tsr_network_load(r->networks.items[i], h, w, &r->network[i], err);
        if (status == TSR_OK) {
            status = tsr_chain_make(&r->network[i], &r->chain[i], err);
        }
    }
    return status;
}

static tsr_status print_kinds(const request *r, tsr_error *err) {
    static const tsr_table_kind order[] = {TSR_TABLE_LAYERS,  TSR_TABLE_TRAFFIC,
                                           TSR_TABLE_WEIGHTS, TSR_TABLE_WORKING_SET,
                                           TSR_TABLE_ON_CHIP, TSR_TABLE_BASELINES};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; ++i) {
        if (r->one_kind && r->kind != order[i]) {
            continue;
        }
        const tsr_status status =
            tsr_table_print(order[i], r->chain, r->networks.count, r->blocking, r->blockings.count,
                            (int32_t)r->bits, r->format, stdout, err);
        if (status != TSR_OK) {
            return status;
        }
        (void)fputc('\n', stdout);
    }
    return TSR_OK;
}

// Beside the ideal: what the plans of this machine move.
static tsr_status print_moved(request *r, tsr_error *err) {
    if (r->one_kind && r->kind != TSR_TABLE_TRAFFIC) {
        return TSR_OK;
    }
    if (r->bits > 16) {
        (void)fputs("No machine of this version computes in 32 bits: only the ideal is shown.\n",
                    stdout);
        return TSR_OK;
    }
    r->arch.activation_bits = (int32_t)r->bits;
    for (int32_t i = 0; i < r->networks.count; ++i) {
        const tsr_status status = tsr_moved_print(&r->network[i], &r->arch, r->blocking,
                                                  r->blockings.count, r->format, stdout, err);
        if (status != TSR_OK) {
            return status;
        }
        (void)fputs(i + 1 < r->networks.count ? "\n" : "", stdout);
    }
    return TSR_OK;
}

static tsr_status run(const cli_args *args, tsr_error *err) {
    static request r;
    tsr_status status = read_words(args, &r, err);
    if (status == TSR_OK) {
        status = load(args, &r, err);
    }
    if (status == TSR_OK) {
        status = print_kinds(&r, err);
    }
    if (status == TSR_OK) {
        status = print_moved(&r, err);
    }
    for (int32_t i = 0; i < r.networks.count; ++i) {
        tsr_chain_free(&r.chain[i]);
        tsr_network_free(&r.network[i]);
    }
    return status;
}

const cli_verb verb_table = {
    .name = "table",
    .words = "--networks LIST",
    .min_words = 0,
    .max_words = 0,
    .about =
        "Print the memory tables of networks under blockings. The idealised counts, and beside the "
        "map traffic "
        "what our plan really moves on a machine, with the reason for each difference.",
    .options = options,
    .details = "KiB = 1024 byte, MB = 10^6 byte. Definitions of the columns: sim/table/README.md.",
    .examples =
        "  tessera table --networks vgg16,vdsr --blockings F28,H4x4 --bits 8 --format markdown\n"
        "  tessera table --networks vgg16 --only traffic --arch zcu102\n"
        "  tessera table --networks vdsr --input-size 1080x1920 --blockings H8x8 --format latex",
    .run = run,
};
