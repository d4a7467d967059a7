// SPDX-License-Identifier: Apache-2.0
// The tables about a network without blocking, and the door to all tables.
#include <string.h>

#include "base/check.h"
#include "table/map_bytes.h"
#include "table/table_rows.h"
#include "table/text_grid.h"

static const double kib = 1024.0;
static const double megabyte = 1e6;

/** A column: its title, and whether its figures depend on the bits of a value. */
typedef struct column {
    const char *title;
    bool by_bits;
} column;

static void begin(tsr_grid *grid, const tsr_table_request *r, const column *columns) {
    static const char *const none[] = {NULL};
    tsr_grid_init(grid, none);
    for (int32_t i = 0; columns[i].title != NULL; ++i) {
        table_title(grid, r, NULL, columns[i].title, columns[i].by_bits);
    }
}

// So many values in bytes, for all bits asked for side by side.
static void add_by_bits(tsr_grid *grid, const tsr_table_request *r, uint64_t values, double unit,
                        int32_t digits) {
    char cell[128] = "";
    for (int32_t k = 0; k < r->bits_count; ++k) {
        const size_t used = strlen(cell);
        const uint64_t bytes = values * (uint64_t)r->bits[k] / 8u;
        if (table_bits_apart(r)) {
            tsr_grid_add(grid, "%.*f", digits, (double)bytes / unit);
        } else {
            (void)snprintf(cell + used, sizeof cell - used, "%s%.*f", k > 0 ? " / " : "", digits,
                           (double)bytes / unit);
        }
    }
    if (!table_bits_apart(r)) {
        tsr_grid_add(grid, "%s", cell);
    }
}

static void add_operation(tsr_grid *grid, const tsr_outline_stage *s) {
    static const char *const kinds[] = {"", "identity ", "pool ", "add"};
    if (s->kind == TSR_OUTLINE_ADD) {
        tsr_grid_add(grid, "add");
    } else if (s->kind == TSR_OUTLINE_CONV && s->groups > 1 && s->groups == s->in.c) {
        tsr_grid_add(grid, "dw %dx%d s%d", s->kernel_h, s->kernel_w, s->stride_h);
    } else if (s->kind == TSR_OUTLINE_CONV && s->groups > 1) {
        tsr_grid_add(grid, "%dx%d g%d s%d", s->kernel_h, s->kernel_w, s->groups, s->stride_h);
    } else {
        tsr_grid_add(grid, "%s%dx%d s%d", kinds[s->kind], s->kernel_h, s->kernel_w, s->stride_h);
    }
}

// Names of the maps that the stage adds.
static void add_shortcuts(tsr_grid *grid, const tsr_outline *outline, const tsr_outline_stage *s) {
    char names[256] = "";
    for (int32_t i = s->first_operand; i < s->first_operand + s->operand_count; ++i) {
        const tsr_outline_operand *operand = &outline->operands[i];
        const size_t used = strlen(names);
        if (operand->shortcut) {
            (void)snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "",
                           operand->stage < 0 ? "input" : outline->stages[operand->stage].name);
        }
    }
    tsr_grid_add(grid, "%s", names[0] != '\0' ? names : "-");
}

static void add_layers(tsr_grid *grid, const tsr_table_request *r, const tsr_outline *outline) {
    for (int32_t i = 0; i < outline->stage_count; ++i) {
        const tsr_outline_stage *s = &outline->stages[i];
        tsr_grid_add(grid, "%s", outline->name);
        tsr_grid_add(grid, "%s", s->name);
        add_operation(grid, s);
        tsr_grid_add(grid, "%dx%dx%d", s->in.c, s->in.h, s->in.w);
        tsr_grid_add(grid, "%dx%dx%d", s->out.c, s->out.h, s->out.w);
        add_by_bits(grid, r, map_bytes(s->in, 8), kib, 1);
        add_by_bits(grid, r, map_bytes(s->out, 8), kib, 1);
        add_by_bits(grid, r, s->weight_count, kib, 1);
        tsr_grid_add(grid, "%.1f", (double)s->macs / 1e6);
        add_shortcuts(grid, outline, s);
    }
}

static tsr_status print_grid(tsr_grid *grid, const char *about, const tsr_table_request *r,
                             FILE *file, tsr_error *err) {
    char caption[160];
    int used = snprintf(caption, sizeof caption, "%s (", about);
    for (int32_t k = 0; k < r->bits_count && used < (int)sizeof caption; ++k) {
        used += snprintf(caption + used, sizeof caption - (size_t)used, "%s%d", k > 0 ? " / " : "",
                         r->bits[k]);
    }
    if (used < (int)sizeof caption) {
        (void)snprintf(caption + used, sizeof caption - (size_t)used, " bit)");
    }
    const tsr_status status = tsr_grid_print(grid, caption, r->format, file, err);
    tsr_grid_free(grid);
    return status;
}

static tsr_status print_layers(const tsr_table_request *r, FILE *file, tsr_error *err) {
    static const column columns[] = {{"network", false},
                                     {"layer", false},
                                     {"op", false},
                                     {"input CxHxW", false},
                                     {"output CxHxW (before pooling)", false},
                                     {"input KiB", true},
                                     {"output KiB", true},
                                     {"weights KiB", true},
                                     {"MMAC", false},
                                     {"adds", false},
                                     {NULL, false}};
    tsr_grid grid;
    begin(&grid, r, columns);
    for (int32_t i = 0; i < r->outline_count; ++i) {
        add_layers(&grid, r, &r->outlines[i]);
    }
    return print_grid(&grid, "Layer by layer", r, file, err);
}

static tsr_status print_totals(const tsr_table_request *r, FILE *file, tsr_error *err) {
    static const column columns[] = {{"network", false},
                                     {"convs", false},
                                     {"conv weights", false},
                                     {"FC weights", false},
                                     {"GMAC, declared stride", false},
                                     {"GMAC, stride 1 + pool", false},
                                     {"intermediate MB, pool fused", true},
                                     {"of which shortcuts MB", true},
                                     {"intermediate MB, pool separate", true},
                                     {"input + output MB", true},
                                     {"largest map KiB", true},
                                     {"largest in+out KiB", true},
                                     {NULL, false}};
    tsr_grid grid;
    begin(&grid, r, columns);
    for (int32_t i = 0; i < r->outline_count; ++i) {
        const tsr_outline *o = &r->outlines[i];
        const tsr_outline_totals t = tsr_outline_total(o, 8);
        tsr_grid_add(&grid, "%s", o->name);
        tsr_grid_add(&grid, "%d", o->conv_count);
        tsr_grid_add(&grid, "%llu", (unsigned long long)t.weight_count);
        tsr_grid_add(&grid, "%llu", (unsigned long long)o->gemm_weight_count);
        tsr_grid_add(&grid, "%.3f", (double)t.macs / 1e9);
        tsr_grid_add(&grid, "%.3f", (double)t.macs_stride1 / 1e9);
        add_by_bits(&grid, r, t.intermediate_bytes, megabyte, 3);
        add_by_bits(&grid, r, t.shortcut_bytes, megabyte, 3);
        add_by_bits(&grid, r, t.intermediate_separate_pool_bytes, megabyte, 3);
        add_by_bits(&grid, r, t.input_bytes + t.output_bytes, megabyte, 3);
        add_by_bits(&grid, r, t.largest_map_bytes, kib, 0);
        add_by_bits(&grid, r, t.largest_pair_bytes, kib, 0);
    }
    return print_grid(&grid,
                      "Totals of the unblocked network, each map written once and read once "
                      "by each reader",
                      r, file, err);
}

/** Overlapped tiles of the table; not clipped: a tile inside the map. */
static const struct {
    int32_t edge;
    bool clip;
} tiles[] = {{14, false}, {28, false}, {56, false}, {112, false},
             {28, true},  {64, true},  {128, true}};

enum { tile_count = sizeof tiles / sizeof tiles[0] };

// MAC and input-read factor: in one cell, in CSV in two.
static void add_tile_titles(tsr_grid *grid, const tsr_table_request *r) {
    for (int32_t i = 0; i < tile_count; ++i) {
        char text[48];
        const char *clip = tiles[i].clip ? " clipped" : "";
        if (r->format == TSR_TABLE_CSV) {
            (void)snprintf(text, sizeof text, "tile %d%s: MAC factor", tiles[i].edge, clip);
            tsr_grid_title(grid, NULL, text);
            (void)snprintf(text, sizeof text, "tile %d%s: input factor", tiles[i].edge, clip);
        } else {
            (void)snprintf(text, sizeof text, "tile %d%s: MAC / input", tiles[i].edge, clip);
        }
        tsr_grid_title(grid, NULL, text);
    }
}

static tsr_status add_factors(tsr_grid *grid, const tsr_table_request *r,
                              const tsr_outline *outline, int32_t first, int32_t count,
                              tsr_error *err) {
    for (int32_t i = 0; i < tile_count; ++i) {
        tsr_recompute f;
        TSR_TRY(tsr_outline_recompute(outline, first, count, tiles[i].edge, tiles[i].edge,
                                      tiles[i].clip, &f, err));
        if (r->format == TSR_TABLE_CSV) {
            tsr_grid_add(grid, "%.3f", f.mac_factor);
            tsr_grid_add(grid, "%.2f", f.read_factor);
        } else {
            tsr_grid_add(grid, "%.3f / %.2f", f.mac_factor, f.read_factor);
        }
    }
    return TSR_OK;
}

static tsr_status add_run(tsr_grid *grid, const tsr_table_request *r, const tsr_outline *outline,
                          int32_t first, int32_t last, tsr_error *err) {
    const int32_t count = last - first + 1;
    tsr_grid_add(grid, "%s", outline->name);
    tsr_grid_add(grid, "%s..%s", outline->stages[first].name, outline->stages[last].name);
    add_by_bits(grid, r, tsr_outline_line_buffer_bytes(outline, first, count, 8), kib, 1);
    return add_factors(grid, r, outline, first, count, err);
}

static tsr_status add_baselines(tsr_grid *grid, const tsr_table_request *r,
                                const tsr_outline *outline, tsr_error *err) {
    for (int32_t first = 0; first < outline->stage_count;) {
        const int32_t last = tsr_outline_run_end(outline, first);
        TSR_TRY(add_run(grid, r, outline, first, last, err));
        first = last + 1;
    }
    if (tsr_outline_run_end(outline, 0) + 1 < outline->stage_count) {
        return add_run(grid, r, outline, 0, outline->stage_count - 1, err);
    }
    return TSR_OK;
}

static tsr_status print_baselines(const tsr_table_request *r, FILE *file, tsr_error *err) {
    static const column columns[] = {
        {"network", false}, {"fused stages", false}, {"line buffers KiB", true}, {NULL, false}};
    tsr_grid grid;
    begin(&grid, r, columns);
    add_tile_titles(&grid, r);
    for (int32_t i = 0; i < r->outline_count; ++i) {
        const tsr_status status = add_baselines(&grid, r, &r->outlines[i], err);
        if (status != TSR_OK) {
            tsr_grid_free(&grid);
            return status;
        }
    }
    return print_grid(&grid,
                      "Unblocked fusion: line buffers (exact, no recompute) and overlapped "
                      "tiles, MAC and input-read factor",
                      r, file, err);
}

tsr_status tsr_table_print(tsr_table_kind kind, const tsr_table_request *request, FILE *file,
                           tsr_error *err) {
    TSR_CHECK(request->bits_count >= 1 && request->bits_count <= TSR_TABLE_MAX_BITS, TSR_ERR_USAGE,
              err, "bits", "%d of them, must be 1..%d", request->bits_count, TSR_TABLE_MAX_BITS);
    for (int32_t i = 0; i < request->bits_count; ++i) {
        const int32_t bits = request->bits[i];
        TSR_CHECK(bits == 8 || bits == 16 || bits == 32, TSR_ERR_USAGE, err, "bits",
                  "%d, must be 8, 16 or 32", bits);
    }
    switch (kind) {
        case TSR_TABLE_LAYERS:
            return print_layers(request, file, err);
        case TSR_TABLE_TRAFFIC:
            TSR_TRY(print_totals(request, file, err));
            (void)fputc('\n', file);
            return table_accounts_print(kind, request, file, err);
        case TSR_TABLE_RATIOS:
        case TSR_TABLE_WEIGHTS:
        case TSR_TABLE_WORKING_SET:
        case TSR_TABLE_ON_CHIP:
            return table_accounts_print(kind, request, file, err);
        case TSR_TABLE_BASELINES:
            return print_baselines(request, file, err);
        case TSR_TABLE_ANCHORS:
            return table_anchors_print(request->format, file, err);
        default:
            return tsr_fail(err, TSR_ERR_USAGE, "table", "no such kind (%d)", (int)kind);
    }
}

static const char *const kind_names[TSR_TABLE_KIND_COUNT] = {
    "layers", "ratios", "weights", "working_set", "traffic", "on_chip", "baselines", "anchors"};

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
                    "'%s', must be layers, ratios, weights, working_set, traffic, on_chip, "
                    "baselines or anchors",
                    text);
}
