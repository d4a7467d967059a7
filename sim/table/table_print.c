// SPDX-License-Identifier: Apache-2.0
// The tables of blockconv.md section 4 as text, one function a table.
#include <string.h>

#include <tessera/table.h>

#include "base/check.h"
#include "table/text_grid.h"

/** What a table is made of. */
typedef struct request {
    const tsr_chain *chains;
    int32_t chain_count;
    const tsr_blocking *blockings;
    int32_t blocking_count;
    int32_t bits;
} request;

static double kib(uint64_t bytes) {
    return (double)bytes / 1024.0;
}

static double megabytes(uint64_t bytes) {
    return (double)bytes / 1e6;
}

static uint64_t bytes_of(tsr_shape s, int32_t bits) {
    return (uint64_t)s.c * (uint64_t)s.h * (uint64_t)s.w * (uint64_t)bits / 8u;
}

static void add_layers(tsr_grid *grid, const tsr_chain *chain, int32_t bits) {
    for (int32_t i = 0; i < chain->layer_count; ++i) {
        const tsr_chain_layer *l = &chain->layers[i];
        tsr_grid_add(grid, "%s", chain->name);
        tsr_grid_add(grid, "%s", l->name);
        tsr_grid_add(grid, "%dx%d s%d", l->kernel_h, l->kernel_w, l->stride_h);
        tsr_grid_add(grid, "%dx%dx%d", l->in.c, l->in.h, l->in.w);
        tsr_grid_add(grid, "%dx%dx%d", l->out.c, l->out.h, l->out.w);
        tsr_grid_add(grid, "%.1f", kib(bytes_of(l->in, bits)));
        tsr_grid_add(grid, "%.1f", kib(bytes_of(l->out, bits)));
        tsr_grid_add(grid, "%.1f", kib(l->weight_count * (uint64_t)bits / 8u));
        tsr_grid_add(grid, "%.1f", megabytes(l->macs));
    }
}

static tsr_status print_layers(const request *r, tsr_table_format format, FILE *file,
                               tsr_error *err) {
    static const char *const titles[] = {
        "network",   "layer",      "op",          "input CxHxW", "output CxHxW (before pooling)",
        "input KiB", "output KiB", "weights KiB", "MMAC",        NULL};
    tsr_grid grid;
    tsr_grid_init(&grid, titles);
    for (int32_t i = 0; i < r->chain_count; ++i) {
        add_layers(&grid, &r->chains[i], r->bits);
    }
    const tsr_status status =
        tsr_grid_print(&grid, "Convolutions layer by layer", format, file, err);
    tsr_grid_free(&grid);
    return status;
}

// Calls add() for each network and blocking; a blocking that does not divide becomes a row that
// says so.
static tsr_status add_accounts(const request *r, tsr_grid *grid, int32_t figures,
                               void (*add)(tsr_grid *, const tsr_chain *, const tsr_account *),
                               tsr_error *err) {
    for (int32_t i = 0; i < r->chain_count; ++i) {
        for (int32_t k = 0; k < r->blocking_count; ++k) {
            char text[32];
            tsr_blocking_format(&r->blockings[k], text, sizeof text);
            tsr_grid_add(grid, "%s", r->chains[i].name);
            tsr_grid_add(grid, "%s", text);
            tsr_account account;
            tsr_error found = {0};
            const tsr_status status =
                tsr_account_make(&r->chains[i], &r->blockings[k], r->bits, &account, &found);
            if (status == TSR_OK) {
                add(grid, &r->chains[i], &account);
                tsr_account_free(&account);
                continue;
            }
            if (status != TSR_ERR_SHAPE) {
                return tsr_fail(err, status, found.where, "%s", found.message);
            }
            tsr_grid_add(grid, "%s: %s", found.where, found.message);
            for (int32_t n = 1; n < figures; ++n) {
                tsr_grid_add(grid, "%s", "");
            }
        }
    }
    return TSR_OK;
}

static tsr_status print_accounts(const request *r, const char *caption, const char *const *titles,
                                 void (*add)(tsr_grid *, const tsr_chain *, const tsr_account *),
                                 tsr_table_format format, FILE *file, tsr_error *err) {
    tsr_grid grid;
    tsr_grid_init(&grid, titles);
    tsr_status status = add_accounts(r, &grid, grid.columns - 2, add, err);
    if (status == TSR_OK) {
        status = tsr_grid_print(&grid, caption, format, file, err);
    }
    tsr_grid_free(&grid);
    return status;
}

static void add_weights(tsr_grid *grid, const tsr_chain *chain, const tsr_account *a) {
    tsr_grid_add(grid, "%d/%d", a->blocked_convs, chain->layer_count);
    tsr_grid_add(grid, "%.0f", 100.0 * a->ratio_by_conv);
    tsr_grid_add(grid, "%.0f", 100.0 * a->ratio_by_spatial_conv);
    tsr_grid_add(grid, "%.0f", 100.0 * a->ratio_by_macs);
    tsr_grid_add(grid, "%.2f", megabytes(a->weights_once_bytes));
    tsr_grid_add(grid, "%.2f", megabytes(a->weights_per_block_bytes));
}

static const char *layer_name(const tsr_chain *chain, int32_t layer) {
    return layer < 0 ? "none" : chain->layers[layer].name;
}

static void add_working_set(tsr_grid *grid, const tsr_chain *chain, const tsr_account *a) {
    tsr_grid_add(grid, "%.1f", kib(a->blocked_set_bytes));
    tsr_grid_add(grid, "%s", layer_name(chain, a->blocked_set_layer));
    tsr_grid_add(grid, "%.1f", kib(a->fallback_set_bytes));
    tsr_grid_add(grid, "%s", layer_name(chain, a->fallback_set_layer));
}

static void add_traffic(tsr_grid *grid, const tsr_chain *chain, const tsr_account *a) {
    const tsr_chain_totals totals = tsr_chain_total(chain, a->bits);
    tsr_grid_add(grid, "%.3f", megabytes(a->intermediate_bytes));
    tsr_grid_add(grid, "%d", a->maps_off_chip);
    tsr_grid_add(grid, "%.3f", megabytes(totals.input_bytes));
    tsr_grid_add(grid, "%.3f", megabytes(totals.output_bytes));
}

static void add_on_chip(tsr_grid *grid, const tsr_chain *chain, const tsr_account *a) {
    tsr_grid_add(grid, "%.1f", kib(a->depth_first_bytes));
    tsr_grid_add(grid, "%.1f", kib(a->pair_bytes));
    tsr_grid_add(grid, "%.1f", kib(a->join_bytes));
    tsr_grid_add(grid, "%.1f", kib(a->collection_bytes));
    tsr_grid_add(grid, "%.1f", kib(a->tail_bytes));
    tsr_grid_add(grid, "%s", layer_name(chain, a->tail_layer));
    if (a->breadth_first_bytes > 0) {
        tsr_grid_add(grid, "%.1f", kib(a->breadth_first_bytes));
    } else {
        tsr_grid_add(grid, "-");
    }
}

static tsr_status print_totals(const request *r, tsr_table_format format, FILE *file,
                               tsr_error *err) {
    static const char *const titles[] = {"network",
                                         "convs",
                                         "conv weights",
                                         "FC weights",
                                         "GMAC, declared stride",
                                         "GMAC, stride 1 + pool",
                                         "intermediate MB, pool fused",
                                         "intermediate MB, pool separate",
                                         "largest map KiB",
                                         "largest in+out KiB",
                                         NULL};
    tsr_grid grid;
    tsr_grid_init(&grid, titles);
    for (int32_t i = 0; i < r->chain_count; ++i) {
        const tsr_chain_totals t = tsr_chain_total(&r->chains[i], r->bits);
        tsr_grid_add(&grid, "%s", r->chains[i].name);
        tsr_grid_add(&grid, "%d", r->chains[i].layer_count);
        tsr_grid_add(&grid, "%llu", (unsigned long long)t.weight_count);
        tsr_grid_add(&grid, "%llu", (unsigned long long)r->chains[i].gemm_weight_count);
        tsr_grid_add(&grid, "%.3f", (double)t.macs / 1e9);
        tsr_grid_add(&grid, "%.3f", (double)t.macs_stride1 / 1e9);
        tsr_grid_add(&grid, "%.3f", megabytes(t.intermediate_bytes));
        tsr_grid_add(&grid, "%.3f", megabytes(t.intermediate_separate_pool_bytes));
        tsr_grid_add(&grid, "%.0f", kib(t.largest_map_bytes));
        tsr_grid_add(&grid, "%.0f", kib(t.largest_pair_bytes));
    }
    const tsr_status status =
        tsr_grid_print(&grid, "Totals of the unblocked network, each map read and written once",
                       format, file, err);
    tsr_grid_free(&grid);
    return status;
}

// Last convolution of the run of convolutions with one resolution that starts at `first`.
static int32_t stage_end(const tsr_chain *chain, int32_t first) {
    int32_t last = first;
    while (last + 1 < chain->layer_count &&
           chain->layers[last + 1].in.h == chain->layers[first].in.h &&
           chain->layers[last + 1].in.w == chain->layers[first].in.w) {
        ++last;
    }
    return last;
}

static void add_stage(tsr_grid *grid, const tsr_chain *chain, int32_t first, int32_t last,
                      int32_t bits) {
    static const int32_t tiles[] = {14, 28, 56, 112};
    tsr_grid_add(grid, "%s", chain->name);
    tsr_grid_add(grid, "%s..%s", chain->layers[first].name, chain->layers[last].name);
    tsr_grid_add(grid, "%.1f",
                 kib(tsr_chain_line_buffer_bytes(chain, first, last - first + 1, bits)));
    for (size_t i = 0; i < sizeof tiles / sizeof tiles[0]; ++i) {
        const tsr_recompute f =
            tsr_chain_recompute(chain, first, last - first + 1, tiles[i], false);
        tsr_grid_add(grid, "%.3f / %.2f", f.mac_factor, f.read_factor);
    }
}

static tsr_status print_baselines(const request *r, tsr_table_format format, FILE *file,
                                  tsr_error *err) {
    static const char *const titles[] = {"network",
                                         "fused convolutions",
                                         "line buffers KiB",
                                         "tile 14: MAC / input factor",
                                         "tile 28: MAC / input factor",
                                         "tile 56: MAC / input factor",
                                         "tile 112: MAC / input factor",
                                         NULL};
    tsr_grid grid;
    tsr_grid_init(&grid, titles);
    for (int32_t i = 0; i < r->chain_count; ++i) {
        const tsr_chain *chain = &r->chains[i];
        for (int32_t first = 0; first < chain->layer_count;) {
            const int32_t last = stage_end(chain, first);
            add_stage(&grid, chain, first, last, r->bits);
            first = last + 1;
        }
        if (stage_end(chain, 0) + 1 < chain->layer_count) {
            add_stage(&grid, chain, 0, chain->layer_count - 1, r->bits);
        }
    }
    const tsr_status status = tsr_grid_print(
        &grid, "Unblocked fusion: line buffers (exact, no recompute) and overlapped interior tiles",
        format, file, err);
    tsr_grid_free(&grid);
    return status;
}

static tsr_status print_kind(tsr_table_kind kind, const request *r, tsr_table_format format,
                             FILE *file, tsr_error *err) {
    static const char *const weights[] = {
        "network",   "blocking",        "blocked convs",        "by conv %", "by spatial conv %",
        "by MACs %", "weights once MB", "weights per block MB", NULL};
    static const char *const set[] = {
        "network",      "blocking",          "blocked KiB", "worst blocked layer",
        "fallback KiB", "worst whole layer", NULL};
    static const char *const traffic[] = {
        "network",   "blocking", "intermediate MB", "maps through DRAM", "input MB",
        "output MB", NULL};
    static const char *const on_chip[] = {"network",
                                          "blocking",
                                          "depth-first total KiB",
                                          "block pair KiB",
                                          "join buffers KiB",
                                          "collection KiB",
                                          "whole layers KiB",
                                          "worst whole layer",
                                          "breadth-first total KiB",
                                          NULL};
    switch (kind) {
        case TSR_TABLE_LAYERS:
            return print_layers(r, format, file, err);
        case TSR_TABLE_WEIGHTS:
            return print_accounts(r, "Blocking ratio, and weights if streamed per block", weights,
                                  add_weights, format, file, err);
        case TSR_TABLE_WORKING_SET:
            return print_accounts(r, "Working set: input + output of one block of one layer", set,
                                  add_working_set, format, file, err);
        case TSR_TABLE_TRAFFIC:
            TSR_TRY(print_totals(r, format, file, err));
            (void)fputc('\n', file);
            return print_accounts(r, "Intermediate maps through DRAM, pools fused", traffic,
                                  add_traffic, format, file, err);
        case TSR_TABLE_ON_CHIP:
            return print_accounts(r, "Least feature storage with all intermediate maps on chip",
                                  on_chip, add_on_chip, format, file, err);
        case TSR_TABLE_BASELINES:
            return print_baselines(r, format, file, err);
        default:
            return tsr_fail(err, TSR_ERR_USAGE, "table", "no such kind (%d)", (int)kind);
    }
}

tsr_status tsr_table_print(tsr_table_kind kind, const tsr_chain *chains, int32_t chain_count,
                           const tsr_blocking *blockings, int32_t blocking_count, int32_t bits,
                           tsr_table_format format, FILE *file, tsr_error *err) {
    const request r = {chains, chain_count, blockings, blocking_count, bits};
    TSR_CHECK(bits == 8 || bits == 16 || bits == 32, TSR_ERR_USAGE, err, "bits",
              "%d, must be 8, 16 or 32", bits);
    return print_kind(kind, &r, format, file, err);
}

static const char *const kind_names[TSR_TABLE_KIND_COUNT] = {"layers",  "weights", "working_set",
                                                             "traffic", "on_chip", "baselines"};

const char *tsr_table_kind_name(tsr_table_kind kind) {
    return kind_names[kind];
}

tsr_status tsr_table_kind_parse(const char *text, tsr_table_kind *kind, tsr_error *err) {
    for (int32_t i = 0; i < TSR_TABLE_KIND_COUNT; ++i) {
        if (strcmp(text, kind_names[i]) == 0) {
            *kind = (tsr_table_kind)i;
            return TSR_OK;
        }
    }
    return tsr_fail(err, TSR_ERR_USAGE, "only",
                    "'%s', must be traffic, working_set, on_chip, layers, weights or baselines",
                    text);
}
