// SPDX-License-Identifier: Apache-2.0
// The tables of accounts: which columns each has, and how networks and blockings are laid out.
#include <stdarg.h>
#include <string.h>

#include "base/check.h"
#include "table/table_rows.h"
#include "table/text_grid.h"

enum { cell_bytes = 160, title_bytes = 200 };

/** One figure of an account as text. */
typedef struct column {
    const char *title;
    void (*write)(char text[cell_bytes], const tsr_outline *outline, const tsr_account *a);
    bool by_bits;  // depends on the bits of a value
} column;

static void put(char text[cell_bytes], const char *fmt, ...) TSR_PRINTF(2, 3);

static void put(char text[cell_bytes], const char *fmt, ...) {
    va_list arguments;
    va_start(arguments, fmt);
    (void)vsnprintf(text, cell_bytes, fmt, arguments);
    va_end(arguments);
}

static void put_stage(char text[cell_bytes], const tsr_outline *outline, int32_t stage) {
    put(text, "%s", stage < 0 ? "none" : outline->stages[stage].name);
}

static void put_kib(char text[cell_bytes], uint64_t bytes) {
    put(text, "%.1f", table_kib(bytes));
}

#define COLUMN(name) \
    static void name(char text[cell_bytes], const tsr_outline *o, const tsr_account *a)

COLUMN(blocked_convs) {
    put(text, "%d/%d", a->blocked_convs, o->conv_count);
}

COLUMN(ratio_conv) {
    (void)o;
    put(text, "%.0f", 100.0 * a->ratio_by_conv);
}

COLUMN(ratio_spatial) {
    (void)o;
    put(text, "%.0f", 100.0 * a->ratio_by_spatial_conv);
}

COLUMN(ratio_macs) {
    (void)o;
    put(text, "%.0f", 100.0 * a->ratio_by_macs);
}

COLUMN(weights_once) {
    (void)o;
    put(text, "%.2f", table_megabytes(a->weights_once_bytes));
}

COLUMN(weights_per_block) {
    (void)o;
    put(text, "%.2f", table_megabytes(a->weights_per_block_bytes));
}

COLUMN(weights_exact) {
    (void)o;
    put(text, "%.2f", table_megabytes(a->weights_exact_bytes));
}

COLUMN(blocked_set) {
    (void)o;
    put_kib(text, a->blocked_set_bytes);
}

COLUMN(blocked_stage) {
    put_stage(text, o, a->blocked_set_stage);
}

COLUMN(stride1_set) {
    (void)o;
    put_kib(text, a->stride1_set_bytes);
}

COLUMN(fallback_set) {
    (void)o;
    put_kib(text, a->fallback_set_bytes);
}

COLUMN(fallback_stage) {
    put_stage(text, o, a->fallback_set_stage);
}

COLUMN(intermediate) {
    (void)o;
    put(text, "%.3f", table_megabytes(a->intermediate_bytes));
}

COLUMN(maps) {
    (void)o;
    put(text, "%d", a->maps_off_chip);
}

COLUMN(depth_first) {
    (void)o;
    put_kib(text, a->depth_first_bytes);
}

COLUMN(pair) {
    (void)o;
    put_kib(text, a->pair_bytes);
}

COLUMN(join) {
    (void)o;
    put_kib(text, a->join_bytes);
}

COLUMN(collection) {
    (void)o;
    put_kib(text, a->collection_bytes);
}

COLUMN(tail) {
    (void)o;
    put_kib(text, a->tail_bytes);
}

COLUMN(tail_stage) {
    put_stage(text, o, a->tail_stage);
}

COLUMN(breadth_first) {
    (void)o;
    if (a->breadth_first_bytes > 0) {
        put_kib(text, a->breadth_first_bytes);
    } else {
        put(text, "-");
    }
}

static const column ratio_columns[] = {{"blocked convs", blocked_convs, false},
                                       {"by conv %", ratio_conv, false},
                                       {"by spatial conv %", ratio_spatial, false},
                                       {"by MACs %", ratio_macs, false},
                                       {NULL, NULL, false}};
static const column weight_columns[] = {{"weights once MB", weights_once, true},
                                        {"per block MB", weights_per_block, true},
                                        {"per block, pointwise layers too MB", weights_exact, true},
                                        {NULL, NULL, false}};
static const column set_columns[] = {{"blocked KiB", blocked_set, true},
                                     {"worst blocked", blocked_stage, false},
                                     {"blocked, stride-1 form KiB", stride1_set, true},
                                     {"whole KiB", fallback_set, true},
                                     {"worst whole", fallback_stage, false},
                                     {NULL, NULL, false}};
static const column traffic_columns[] = {{"intermediate MB", intermediate, true},
                                         {"maps through DRAM", maps, false},
                                         {NULL, NULL, false}};
static const column on_chip_columns[] = {{"depth-first KiB", depth_first, true},
                                         {"blocks in work KiB", pair, true},
                                         {"joins KiB", join, true},
                                         {"collection KiB", collection, true},
                                         {"whole layers KiB", tail, true},
                                         {"worst whole", tail_stage, false},
                                         {"breadth-first KiB", breadth_first, true},
                                         {NULL, NULL, false}};

/** A table: its columns and heading. */
typedef struct table {
    const char *caption;
    const column *columns;
} table;

static table table_of(tsr_table_kind kind) {
    switch (kind) {
        case TSR_TABLE_RATIOS:
            return (table){
                "Blocking ratio: blocked convolutions of all, by count, by count of "
                "kernels above 1x1, by MACs",
                ratio_columns};
        case TSR_TABLE_WEIGHTS:
            return (table){"Weights once, and if streamed again for each block", weight_columns};
        case TSR_TABLE_WORKING_SET:
            return (table){"Working set: input, output and shortcut of one block of one layer",
                           set_columns};
        case TSR_TABLE_TRAFFIC:
            return (table){"Intermediate maps through DRAM, pools fused", traffic_columns};
        default:
            return (table){"Least feature storage with all intermediate maps on chip",
                           on_chip_columns};
    }
}

// One figure at all bits asked for.
static void add_figure(const tsr_table_request *r, const tsr_outline *outline,
                       const tsr_account *accounts, const column *figure, tsr_grid *grid) {
    char cell[TSR_TABLE_MAX_BITS * (cell_bytes + 3)] = "";
    const bool apart = table_bits_apart(r);
    for (int32_t k = 0; k < (figure->by_bits ? r->bits_count : 1); ++k) {
        char text[cell_bytes];
        figure->write(text, outline, &accounts[k]);
        const size_t used = strlen(cell);
        if (apart) {
            tsr_grid_add(grid, "%s", text);
        } else {
            (void)snprintf(cell + used, sizeof cell - used, "%s%s", k > 0 ? " / " : "", text);
        }
    }
    if (!apart) {
        tsr_grid_add(grid, "%s", cell);
    }
}

// One network under one blocking at all bits asked for; a blocking that does not divide leaves
// `reason`.
static tsr_status add_cells(const tsr_table_request *r, const tsr_outline *outline,
                            const tsr_blocking *blocking, const column *columns, tsr_grid *grid,
                            tsr_error *err) {
    tsr_account accounts[TSR_TABLE_MAX_BITS] = {{.bits = 0}};
    tsr_error found = {0};
    tsr_status status = TSR_OK;
    for (int32_t k = 0; k < r->bits_count && status == TSR_OK; ++k) {
        status = tsr_account_make(outline, blocking, r->bits[k], &accounts[k], &found);
    }
    for (int32_t i = 0; columns[i].title != NULL; ++i) {
        if (status == TSR_OK) {
            add_figure(r, outline, accounts, &columns[i], grid);
            continue;
        }
        const int32_t cells = columns[i].by_bits && table_bits_apart(r) ? r->bits_count : 1;
        for (int32_t k = 0; k < cells; ++k) {
            if (i == 0 && k == 0) {
                tsr_grid_add(grid, "%s: %s", found.where, found.message);
            } else {
                tsr_grid_add(grid, "-");
            }
        }
    }
    for (int32_t k = 0; k < r->bits_count; ++k) {
        tsr_account_free(&accounts[k]);
    }
    return status == TSR_OK || status == TSR_ERR_SHAPE
               ? TSR_OK
               : tsr_fail(err, status, found.where, "%s", found.message);
}

static tsr_status add_rows(const tsr_table_request *r, const column *columns, tsr_grid *grid,
                           tsr_error *err) {
    static const char *const titles[] = {"network", "blocking", NULL};
    tsr_grid_init(grid, titles);
    for (int32_t i = 0; columns[i].title != NULL; ++i) {
        table_title(grid, r, NULL, columns[i].title, columns[i].by_bits);
    }
    for (int32_t i = 0; i < r->outline_count; ++i) {
        for (int32_t k = 0; k < r->blocking_count; ++k) {
            char text[32];
            tsr_blocking_format(&r->blockings[k], text, sizeof text);
            tsr_grid_add(grid, "%s", r->outlines[i].name);
            tsr_grid_add(grid, "%s", text);
            TSR_TRY(add_cells(r, &r->outlines[i], &r->blockings[k], columns, grid, err));
        }
    }
    return TSR_OK;
}

static tsr_status add_combined(const tsr_table_request *r, const column *columns, tsr_grid *grid,
                               tsr_error *err) {
    static const char *const titles[] = {"blocking", NULL};
    tsr_grid_init(grid, titles);
    for (int32_t i = 0; i < r->outline_count; ++i) {
        const char *name = r->outline_count > 1 ? r->outlines[i].name : "";
        for (int32_t k = 0; columns[k].title != NULL; ++k) {
            table_title(grid, r, name, columns[k].title, columns[k].by_bits);
        }
    }
    for (int32_t k = 0; k < r->blocking_count; ++k) {
        char text[32];
        tsr_blocking_format(&r->blockings[k], text, sizeof text);
        tsr_grid_add(grid, "%s", text);
        for (int32_t i = 0; i < r->outline_count; ++i) {
            TSR_TRY(add_cells(r, &r->outlines[i], &r->blockings[k], columns, grid, err));
        }
    }
    return TSR_OK;
}

// "8 / 16 bit" behind the caption, with the network's name where no column has it.
static void caption_of(const tsr_table_request *r, const char *about, char text[title_bytes]) {
    const bool alone = !r->by_row && r->outline_count == 1;
    int used = snprintf(text, title_bytes, "%s%s%s (", alone ? r->outlines[0].name : "",
                        alone ? ": " : "", about);
    for (int32_t k = 0; k < r->bits_count && used < title_bytes; ++k) {
        used += snprintf(text + used, (size_t)(title_bytes - used), "%s%d", k > 0 ? " / " : "",
                         r->bits[k]);
    }
    if (used < title_bytes) {
        (void)snprintf(text + used, (size_t)(title_bytes - used), " bit)");
    }
}

// Convolutions that a blocking of the table would cut but for their padding; said once where it is
// the same under several blockings.
static int32_t print_layer_notes(const tsr_table_request *r, const char *network,
                                 const tsr_layer *layer, const char *begin, FILE *file) {
    char last[192] = "";
    int32_t count = 0;
    for (int32_t k = 0; k < r->blocking_count; ++k) {
        char note[192];
        if (tsr_layer_note(layer, &r->blockings[k], note, sizeof note) && strcmp(note, last) != 0) {
            (void)fprintf(file, "%s%s, %s: %s\n", begin, network, layer->name, note);
            memcpy(last, note, sizeof last);
            ++count;
        }
    }
    return count;
}

static void print_notes(const tsr_table_request *r, FILE *file) {
    static const char *const marks[] = {"- ", "# ", "% "};
    int32_t count = 0;
    for (int32_t i = 0; i < r->outline_count; ++i) {
        const tsr_outline *outline = &r->outlines[i];
        for (int32_t s = 0; s < outline->stage_count; ++s) {
            const bool first = count == 0 && r->format == TSR_TABLE_MARKDOWN;
            count += print_layer_notes(r, outline->name, &outline->stages[s].source,
                                       first ? "\n- " : marks[r->format], file);
        }
    }
}

tsr_status table_accounts_print(tsr_table_kind kind, const tsr_table_request *r, FILE *file,
                                tsr_error *err) {
    const table t = table_of(kind);
    char caption[title_bytes];
    tsr_grid grid = {0};
    caption_of(r, t.caption, caption);
    tsr_status status =
        r->by_row ? add_rows(r, t.columns, &grid, err) : add_combined(r, t.columns, &grid, err);
    if (status == TSR_OK) {
        status = tsr_grid_print(&grid, caption, r->format, file, err);
    }
    if (status == TSR_OK) {
        print_notes(r, file);
    }
    tsr_grid_free(&grid);
    return status;
}
