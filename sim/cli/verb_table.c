// SPDX-License-Identifier: Apache-2.0
// tessera table
#include <string.h>

#include <tessera/report.h>
#include <tessera/table.h>

#include "cli/cli.h"
#include "cli/run_options.h"

static const cli_option options[] = {
    {"networks", 0, "LIST",
     "networks with commas: shipped names or paths, NAME@HxW for a size of its own"},
    {"blockings", 0, "LIST", "blockings with commas (default none,F28,F14,H2x2,H4x4,H8x8)"},
    {"bits", 0, "LIST", "bits of a value: 8 (default), 16, 32; several stand side by side"},
    {"format", 0, "FORM", "markdown (default), csv, latex"},
    {"only", 0, "TABLE",
     "layers, traffic, ratios, weights, working_set, on_chip, baselines, anchors (default: all)"},
    {"layout", 0, "LAYOUT",
     "combined: a row a blocking, columns by network; rows: a row a network and blocking "
     "(default: combined, csv: rows)"},
    {"baselines", 0, "LIST",
     "schedules without blocks planned beside table baselines: layerwise, recompute, recompute:28, "
     "recompute:28x56, cached, cached:4, auto (default recompute,cached,auto)"},
    {"moved", 0, "on|off",
     "what our plan moves, holds and computes beside traffic, weights, working_set, on_chip and "
     "baselines (default on)"},
    {"arch", 0, "NAME|FILE", "machine whose plan is counted beside the ideal (default zc706)"},
    {"input-size", 0, "HxW", "another picture size"},
    {"ragged", 0, "on|off", "allow smaller last blocks where F does not divide"},
    {"true-stride", 0, "on|off", "strides inside blocks as they are, not stride 1 + 2x2 max pool"},
    CLI_COMMON_OPTIONS,
    {NULL, 0, NULL, NULL},
};

/** Everything the command line asks for. */
typedef struct request {
    cli_list networks, blockings, baselines;
    tsr_table_request table;
    bool one_kind;
    tsr_table_kind kind;
    tsr_arch arch;
    bool ragged, true_stride, moved;
    tsr_blocking blocking[CLI_MAX_WORDS];
    tsr_schedule baseline[CLI_MAX_WORDS];
    tsr_network network[CLI_MAX_WORDS];
    tsr_outline outline[CLI_MAX_WORDS];
} request;

static int32_t known_bits(const char *word) {
    static const char *const words[] = {"8", "16", "32"};
    for (int32_t i = 0; i < 3; ++i) {
        if (strcmp(word, words[i]) == 0) {
            return 8 << i;
        }
    }
    return 0;
}

static tsr_status read_bits(const cli_args *args, tsr_table_request *table, tsr_error *err) {
    const char *bits = cli_value(args, "bits");
    cli_list list = {.count = 0};
    const tsr_status status = cli_list_parse("bits", bits != NULL ? bits : "8", &list, err);
    for (int32_t i = 0; status == TSR_OK && i < list.count; ++i) {
        const int32_t found = known_bits(list.items[i]);
        if (found == 0 || i == TSR_TABLE_MAX_BITS) {
            return tsr_fail(err, TSR_ERR_USAGE, "bits", "'%s', must be 8, 16 or 32, at most %d",
                            bits, TSR_TABLE_MAX_BITS);
        }
        table->bits[table->bits_count++] = found;
    }
    return status;
}

static tsr_status read_layout(const cli_args *args, tsr_table_request *table, tsr_error *err) {
    static const char *const layouts[] = {"combined", "rows", NULL};
    int32_t layout = table->format == TSR_TABLE_CSV;
    const tsr_status status = cli_choice(args, "layout", layouts, &layout, err);
    table->by_row = layout == 1;
    return status;
}

static tsr_status read_lists(const cli_args *args, request *r, tsr_error *err) {
    const char *networks = cli_value(args, "networks");
    const char *blockings = cli_value(args, "blockings");
    const char *baselines = cli_value(args, "baselines");
    const bool needed = !r->one_kind || r->kind != TSR_TABLE_ANCHORS;
    if (networks == NULL && needed) {
        return tsr_fail(err, TSR_ERR_USAGE, "networks",
                        "which networks? e.g. --networks vgg16,vdsr");
    }
    tsr_status status =
        networks != NULL ? cli_list_parse("networks", networks, &r->networks, err) : TSR_OK;
    if (status == TSR_OK) {
        status = cli_list_parse("blockings",
                                blockings != NULL ? blockings : "none,F28,F14,H2x2,H4x4,H8x8",
                                &r->blockings, err);
    }
    if (status == TSR_OK) {
        status =
            cli_list_parse("baselines", baselines != NULL ? baselines : "recompute,cached,auto",
                           &r->baselines, err);
    }
    return status;
}

static tsr_status read_baselines(request *r, tsr_error *err) {
    tsr_status status = TSR_OK;
    for (int32_t i = 0; status == TSR_OK && i < r->baselines.count; ++i) {
        status = tsr_schedule_parse(r->baselines.items[i], &r->baseline[i], err);
        if (status == TSR_OK && tsr_schedule_has_blocks(&r->baseline[i])) {
            status = tsr_fail(err, TSR_ERR_USAGE, "baselines",
                              "'%s' has blocks, it belongs into --blockings; allowed are "
                              "layerwise, recompute, cached and auto",
                              r->baselines.items[i]);
        }
    }
    return status;
}

static tsr_status read_words(const cli_args *args, request *r, tsr_error *err) {
    const char *format = cli_value(args, "format");
    const char *only = cli_value(args, "only");
    const char *arch = cli_value(args, "arch");
    tsr_status status = TSR_OK;
    r->moved = true;
    if (only != NULL) {
        r->one_kind = true;
        status = tsr_table_kind_parse(only, &r->kind, err);
    }
    if (status == TSR_OK && format != NULL) {
        status = tsr_table_format_parse(format, &r->table.format, err);
    }
    if (status == TSR_OK) {
        status = read_lists(args, r, err);
    }
    if (status == TSR_OK) {
        status = read_baselines(r, err);
    }
    if (status == TSR_OK) {
        status = read_bits(args, &r->table, err);
    }
    if (status == TSR_OK) {
        status = read_layout(args, &r->table, err);
    }
    if (status == TSR_OK) {
        status = cli_switch(args, "ragged", &r->ragged, err);
    }
    if (status == TSR_OK) {
        status = cli_switch(args, "true-stride", &r->true_stride, err);
    }
    if (status == TSR_OK) {
        status = cli_switch(args, "moved", &r->moved, err);
    }
    return status == TSR_OK ? tsr_arch_load(arch != NULL ? arch : "zc706", &r->arch, err) : status;
}

// A network of the list: a name or path, with @HEIGHTxWIDTH behind it where that one has a size of
// its own.
static tsr_status load_network(const char *word, int32_t h, int32_t w, tsr_network *network,
                               tsr_error *err) {
    char path[1024];
    const char *at = strrchr(word, '@');
    if (at == NULL) {
        return tsr_network_load(word, h, w, network, err);
    }
    if ((size_t)(at - word) >= sizeof path) {
        return tsr_fail(err, TSR_ERR_USAGE, "networks", "'%s' is too long", word);
    }
    (void)snprintf(path, sizeof path, "%.*s", (int)(at - word), word);
    tsr_status status = cli_size_parse("networks", at + 1, &h, &w, err);
    if (status == TSR_OK) {
        status = tsr_network_load(path, h, w, network, err);
    }
    if (status == TSR_OK) {
        const size_t length = strlen(network->name);
        (void)snprintf(network->name + length, sizeof network->name - length, "@%dx%d", h, w);
    }
    return status;
}

static tsr_status load(const cli_args *args, request *r, tsr_error *err) {
    int32_t h = 0;
    int32_t w = 0;
    tsr_status status = cli_size(args, "input-size", &h, &w, err);
    for (int32_t i = 0; status == TSR_OK && i < r->blockings.count; ++i) {
        status = tsr_blocking_parse(r->blockings.items[i], &r->blocking[i], err);
        r->blocking[i].ragged = r->ragged;
        r->blocking[i].true_stride = r->true_stride;
    }
    for (int32_t i = 0; status == TSR_OK && i < r->networks.count; ++i) {
        status = load_network(r->networks.items[i], h, w, &r->network[i], err);
        if (status == TSR_OK) {
            status = tsr_outline_make(&r->network[i], &r->outline[i], err);
        }
    }
    r->table.outlines = r->outline;
    r->table.outline_count = r->networks.count;
    r->table.blockings = r->blocking;
    r->table.blocking_count = r->blockings.count;
    return status;
}

static tsr_status print_kinds(const request *r, tsr_error *err) {
    static const tsr_table_kind order[] = {
        TSR_TABLE_LAYERS,      TSR_TABLE_TRAFFIC, TSR_TABLE_RATIOS,    TSR_TABLE_WEIGHTS,
        TSR_TABLE_WORKING_SET, TSR_TABLE_ON_CHIP, TSR_TABLE_BASELINES, TSR_TABLE_ANCHORS};
    tsr_status status = TSR_OK;
    for (size_t i = 0; status == TSR_OK && i < sizeof order / sizeof order[0]; ++i) {
        if (!r->one_kind || r->kind == order[i]) {
            status = tsr_table_print(order[i], &r->table, stdout, err);
            (void)fputc('\n', stdout);
        }
    }
    return status;
}

// Beside the ideal: what the plans of this machine move, hold and compute.
static tsr_status print_moved(request *r, tsr_error *err) {
    static const tsr_table_kind planned[] = {TSR_TABLE_TRAFFIC, TSR_TABLE_WEIGHTS,
                                             TSR_TABLE_WORKING_SET, TSR_TABLE_ON_CHIP,
                                             TSR_TABLE_BASELINES};
    tsr_moved_request moved = {.networks = r->network,
                               .network_count = r->networks.count,
                               .arch = &r->arch,
                               .blockings = r->blocking,
                               .blocking_count = r->blockings.count,
                               .baselines = r->baseline,
                               .baseline_count = r->baselines.count,
                               .by_row = r->table.by_row,
                               .format = r->table.format};
    bool any = false;
    for (size_t i = 0; i < sizeof planned / sizeof planned[0]; ++i) {
        moved.tables[planned[i]] = r->moved && (!r->one_kind || r->kind == planned[i]);
        any = any || moved.tables[planned[i]];
    }
    tsr_status status = TSR_OK;
    for (int32_t k = 0; any && status == TSR_OK && k < r->table.bits_count; ++k) {
        (void)fputs(k > 0 ? "\n" : "", stdout);
        if (r->table.bits[k] > 16) {
            static const char *const marks[] = {"", "# ", "% "};
            (void)printf(
                "%sNo machine of this version computes in 32 bits: only the ideal is "
                "shown.\n",
                marks[r->table.format]);
            continue;
        }
        r->arch.activation_bits = r->table.bits[k];
        status = tsr_moved_print(&moved, stdout, err);
    }
    return status;
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
        tsr_outline_free(&r.outline[i]);
        tsr_network_free(&r.network[i]);
    }
    return status;
}

const cli_verb verb_table = {
    .name = "table",
    .words = "[--networks LIST]",
    .min_words = 0,
    .max_words = 0,
    .about =
        "Print the memory tables of networks under blockings. The idealised counts, and beside "
        "them "
        "what our plan really moves, holds and computes on a machine, with the reason for each "
        "difference.",
    .options = options,
    .details =
        "Tables (--only):\n"
        "  layers       maps, weights and MACs of every layer\n"
        "  traffic      totals, and intermediate maps through DRAM; beside them what the plan "
        "moves\n"
        "  ratios       blocking ratio: by convolutions, by kernels above 1x1, by MACs\n"
        "  weights      once, and streamed again for each block; beside them what the plan moves\n"
        "  working_set  input, output and shortcut of one block; beside it the plan's peak\n"
        "  on_chip      least storage with all maps on chip; beside it the plan's peak\n"
        "  baselines    line buffers and overlapped tiles; beside them what plans without blocks\n"
        "               move, hold and compute again\n"
        "  anchors      published figures, and what these definitions give\n"
        "KiB = 1024 byte, MB = 10^6 byte. \"ideal\" is the idealised count, \"moved\" and \"plan\" "
        "are "
        "our planner's\nprogram on --arch. The peak is that of\nthe closed-form time line; the "
        "machine counted the same bytes in every comparison made.\n"
        "Definitions of the columns: sim/table/README.md.",
    .examples =
        "  tessera table --networks vgg16,vdsr --blockings F28,H4x4 --bits 8 --format markdown\n"
        "  tessera table --networks vgg16,resnet18 --only layers --bits 8,16 --format csv\n"
        "  tessera table --networks vgg16 --only traffic --arch zcu102\n"
        "  tessera table --networks vgg16,resnet50 --only ratios --format latex\n"
        "  tessera table --networks vgg16 --blockings F28,H4x4 --only weights\n"
        "  tessera table --networks vgg16,resnet18,resnet50 --only working_set --bits 8,16\n"
        "  tessera table --networks vgg16 --only on_chip --format latex\n"
        "  tessera table --networks vdsr@256x256,vdsr@1080x1920 --only baselines\n"
        "  tessera table --networks vdsr --only baselines --baselines recompute:64,cached,auto\n"
        "  tessera table --only anchors\n"
        "  tessera table --networks vdsr --input-size 1080x1920 --blockings H8x8 --format latex",
    .run = run,
};
