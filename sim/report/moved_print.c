// SPDX-License-Identifier: Apache-2.0
// The ideal and the moved side by side, with the parts of the difference in words.
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "report/moved.h"
#include "table/text_grid.h"

enum { reason_bytes = 480 };

static const char *const kind_names[TSR_MOVED_KIND_COUNT] = {"maps between convolutions",
                                                             "maps of the fully connected part",
                                                             "network input",
                                                             "network output",
                                                             "weights",
                                                             "descriptors"};

static const char *part_name(tsr_moved_kind kind, tsr_moved_part part) {
    static const char *const names[TSR_PART_COUNT] = {"joined on chip instead of through DRAM",
                                                      "through DRAM where the plan cuts",
                                                      "stored before pooling",
                                                      "rows and columns that strides skip",
                                                      "halo read again",
                                                      "input read again per output-channel group",
                                                      "reads by further layers (shortcuts)",
                                                      "beat alignment and channel padding",
                                                      "bias and scale records",
                                                      "the program"};
    if (kind == TSR_MOVED_WEIGHTS && part == TSR_PART_AGAIN) {
        return "streamed again per block or tile";
    }
    if (kind == TSR_MOVED_WEIGHTS && part == TSR_PART_WASTE) {
        return "channels padded to the array";
    }
    if (kind == TSR_MOVED_TAIL_MAPS && part == TSR_PART_THROUGH_DRAM) {
        return "vectors through DRAM";
    }
    return names[part];
}

static void append(char text[reason_bytes], const char *piece) {
    const size_t used = strlen(text);
    (void)snprintf(text + used, reason_bytes - used, "%s", piece);
}

static void reasons(const tsr_moved *moved, tsr_moved_kind kind, char text[reason_bytes]) {
    const tsr_moved_row *row = &moved->rows[kind];
    text[0] = '\0';
    for (int32_t i = 0; i < TSR_PART_COUNT; ++i) {
        if (row->part_bytes[i] == 0) {
            continue;
        }
        char piece[256];
        const char *layers = "";
        if (kind == TSR_MOVED_CONV_MAPS && i == TSR_PART_ON_CHIP) {
            layers = moved->on_chip_layers;
        } else if (kind == TSR_MOVED_CONV_MAPS && i == TSR_PART_THROUGH_DRAM) {
            layers = moved->through_dram_layers;
        }
        (void)snprintf(piece, sizeof piece, "%s%s%s%s%s %+.*f", text[0] != '\0' ? "; " : "",
                       part_name(kind, (tsr_moved_part)i), layers[0] != '\0' ? " (" : "", layers,
                       layers[0] != '\0' ? ")" : "", llabs(row->part_bytes[i]) < 1000 ? 6 : 3,
                       (double)row->part_bytes[i] / 1e6);
        append(text, piece);
    }
    if (text[0] == '\0') {
        append(text, row->moved_bytes > 0 ? "every byte once" : "nothing moves");
    }
}

static void add_rows(tsr_grid *grid, const char *network, const char *blocking,
                     const tsr_moved *moved) {
    tsr_grid_add(grid, "%s", network);
    tsr_grid_add(grid, "%s", blocking);
    tsr_grid_add(grid, "the plan");
    tsr_grid_add(grid, "-");
    tsr_grid_add(grid, "-");
    tsr_grid_add(grid, "%s", moved->plan.text);
    for (int32_t kind = 0; kind < TSR_MOVED_KIND_COUNT; ++kind) {
        const tsr_moved_row *row = &moved->rows[kind];
        if (row->ideal_bytes == 0 && row->moved_bytes == 0 && kind != TSR_MOVED_CONV_MAPS) {
            continue;
        }
        char text[reason_bytes];
        reasons(moved, (tsr_moved_kind)kind, text);
        tsr_grid_add(grid, "%s", network);
        tsr_grid_add(grid, "%s", blocking);
        tsr_grid_add(grid, "%s", kind_names[kind]);
        tsr_grid_add(grid, "%.3f", (double)row->ideal_bytes / 1e6);
        tsr_grid_add(grid, "%.3f", (double)row->moved_bytes / 1e6);
        tsr_grid_add(grid, "%s", text);
    }
}

// What cannot be planned is a row; only our own mistakes and the machine's memory end the table.
static bool is_refusal(tsr_status status) {
    return status != TSR_ERR_NO_MEMORY && status != TSR_ERR_INTERNAL && status != TSR_ERR_FILE;
}

tsr_status tsr_moved_print(const tsr_network *network, const tsr_arch *arch,
                           const tsr_blocking *blockings, int32_t blocking_count,
                           tsr_table_format format, FILE *file, tsr_error *err) {
    static const char *const titles[] = {
        "network", "blocking", "what", "ideal MB", "moved MB", "difference in MB and why", NULL};
    tsr_grid grid;
    tsr_grid_init(&grid, titles);
    tsr_status status = TSR_OK;
    for (int32_t i = 0; i < blocking_count && status == TSR_OK; ++i) {
        char blocking[32];
        tsr_moved moved;
        tsr_error found = {0};
        tsr_blocking_format(&blockings[i], blocking, sizeof blocking);
        const tsr_status made = tsr_moved_make(network, arch, &blockings[i], &moved, &found);
        if (made == TSR_OK) {
            add_rows(&grid, network->name, blocking, &moved);
        } else if (is_refusal(made)) {
            tsr_grid_add(&grid, "%s", network->name);
            tsr_grid_add(&grid, "%s", blocking);
            tsr_grid_add(&grid, "the plan");
            tsr_grid_add(&grid, "-");
            tsr_grid_add(&grid, "-");
            tsr_grid_add(&grid, "not planned: %s: %s", found.where, found.message);
        } else {
            status = tsr_fail(err, made, found.where, "%s", found.message);
        }
    }
    if (status == TSR_OK) {
        char caption[200];
        (void)snprintf(
            caption, sizeof caption,
            "%s: what the ideal counts and what our plan moves on %s (array %dx%dx%d, %d bit)",
            network->name, arch->name, arch->tm, arch->tn, arch->tp, arch->activation_bits);
        status = tsr_grid_print(&grid, caption, format, file, err);
    }
    tsr_grid_free(&grid);
    return status;
}
