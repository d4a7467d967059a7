// SPDX-License-Identifier: Apache-2.0
// The ideal and the moved side by side, with the parts of the difference in words.
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
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
                                                      "stored before its pool or upsampled",
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

/** One network under one blocking. */
typedef struct entry {
    bool planned;
    tsr_moved moved;
    tsr_error why;  // not planned
} entry;

// What cannot be planned is a row; only our own mistakes and the machine's memory end the table.
static bool is_refusal(tsr_status status) {
    return status != TSR_ERR_NO_MEMORY && status != TSR_ERR_INTERNAL && status != TSR_ERR_FILE;
}

static tsr_status fill(const tsr_moved_request *r, entry *entries, tsr_error *err) {
    for (int32_t i = 0; i < r->network_count; ++i) {
        for (int32_t k = 0; k < r->blocking_count; ++k) {
            entry *e = &entries[i * r->blocking_count + k];
            const tsr_status status =
                tsr_moved_make(&r->networks[i], r->arch, &r->blockings[k], &e->moved, &e->why);
            e->planned = status == TSR_OK;
            if (!e->planned && !is_refusal(status)) {
                return tsr_fail(err, status, e->why.where, "%s", e->why.message);
            }
        }
    }
    return TSR_OK;
}

static void add_pair(tsr_grid *grid, const tsr_moved *moved, tsr_moved_kind first,
                     tsr_moved_kind last) {
    uint64_t ideal = 0;
    uint64_t bytes = 0;
    for (int32_t kind = (int32_t)first; kind <= (int32_t)last; ++kind) {
        ideal += moved->rows[kind].ideal_bytes;
        bytes += moved->rows[kind].moved_bytes;
    }
    tsr_grid_add(grid, "%.3f", (double)ideal / 1e6);
    tsr_grid_add(grid, "%.3f", (double)bytes / 1e6);
}

static const char *const summary_titles[] = {"maps ideal MB",
                                             "maps moved MB",
                                             "weights ideal MB",
                                             "weights moved MB",
                                             "all ideal MB",
                                             "all moved MB",
                                             NULL};

static void add_summary_titles(tsr_grid *grid, const char *group) {
    for (int32_t i = 0; summary_titles[i] != NULL; ++i) {
        tsr_grid_title(grid, group, summary_titles[i]);
    }
}

static void add_summary(tsr_grid *grid, const entry *e) {
    if (e->planned) {
        add_pair(grid, &e->moved, TSR_MOVED_CONV_MAPS, TSR_MOVED_TAIL_MAPS);
        add_pair(grid, &e->moved, TSR_MOVED_WEIGHTS, TSR_MOVED_WEIGHTS);
        add_pair(grid, &e->moved, TSR_MOVED_CONV_MAPS, TSR_MOVED_DESCRIPTORS);
        return;
    }
    for (int32_t i = 0; summary_titles[i] != NULL; ++i) {
        tsr_grid_add(grid, i == 1 ? "not planned" : "-");
    }
}

static void fill_summary(const tsr_moved_request *r, const entry *entries, tsr_grid *grid) {
    char blocking[32];
    static const char *const none[] = {NULL};
    tsr_grid_init(grid, none);
    if (r->by_row) {
        tsr_grid_title(grid, NULL, "network");
    }
    tsr_grid_title(grid, NULL, "blocking");
    for (int32_t i = 0; i < (r->by_row ? 1 : r->network_count); ++i) {
        add_summary_titles(grid, r->by_row ? NULL : r->networks[i].name);
    }
    for (int32_t k = 0; !r->by_row && k < r->blocking_count; ++k) {
        tsr_blocking_format(&r->blockings[k], blocking, sizeof blocking);
        tsr_grid_add(grid, "%s", blocking);
        for (int32_t i = 0; i < r->network_count; ++i) {
            add_summary(grid, &entries[i * r->blocking_count + k]);
        }
    }
    for (int32_t i = 0; r->by_row && i < r->network_count * r->blocking_count; ++i) {
        tsr_blocking_format(&r->blockings[i % r->blocking_count], blocking, sizeof blocking);
        tsr_grid_add(grid, "%s", r->networks[i / r->blocking_count].name);
        tsr_grid_add(grid, "%s", blocking);
        add_summary(grid, &entries[i]);
    }
}

static tsr_status print_summary(const tsr_moved_request *r, const entry *entries, FILE *file,
                                tsr_error *err) {
    char caption[200];
    tsr_grid grid;
    fill_summary(r, entries, &grid);
    (void)snprintf(caption, sizeof caption,
                   "What the ideal counts and what our plan moves on %s (array %dx%dx%d, %d bit)",
                   r->arch->name, r->arch->tm, r->arch->tn, r->arch->tp, r->arch->activation_bits);
    const tsr_status status = tsr_grid_print(&grid, caption, r->format, file, err);
    tsr_grid_free(&grid);
    return status;
}

static tsr_status print_reasons(const tsr_moved_request *r, const tsr_network *network,
                                const entry *entries, FILE *file, tsr_error *err) {
    static const char *const titles[] = {
        "network", "blocking", "what", "ideal MB", "moved MB", "difference in MB and why", NULL};
    tsr_grid grid;
    tsr_grid_init(&grid, titles);
    for (int32_t k = 0; k < r->blocking_count; ++k) {
        char blocking[32];
        tsr_blocking_format(&r->blockings[k], blocking, sizeof blocking);
        if (entries[k].planned) {
            add_rows(&grid, network->name, blocking, &entries[k].moved);
            continue;
        }
        tsr_grid_add(&grid, "%s", network->name);
        tsr_grid_add(&grid, "%s", blocking);
        tsr_grid_add(&grid, "the plan");
        tsr_grid_add(&grid, "-");
        tsr_grid_add(&grid, "-");
        tsr_grid_add(&grid, "not planned: %s: %s", entries[k].why.where, entries[k].why.message);
    }
    char caption[200];
    (void)snprintf(caption, sizeof caption,
                   "%s on %s (%d bit): ideal and moved, and why they differ", network->name,
                   r->arch->name, r->arch->activation_bits);
    const tsr_status status = tsr_grid_print(&grid, caption, r->format, file, err);
    tsr_grid_free(&grid);
    return status;
}

tsr_status tsr_moved_print(const tsr_moved_request *r, FILE *file, tsr_error *err) {
    const size_t count = (size_t)r->network_count * (size_t)r->blocking_count;
    entry *entries = tsr_alloc(count, sizeof *entries);
    TSR_CHECK(entries != NULL, TSR_ERR_NO_MEMORY, err, r->arch->name, "out of memory");
    tsr_status status = fill(r, entries, err);
    if (status == TSR_OK) {
        status = print_summary(r, entries, file, err);
    }
    for (int32_t i = 0; i < r->network_count && status == TSR_OK; ++i) {
        (void)fputc('\n', file);
        status = print_reasons(r, &r->networks[i], &entries[i * r->blocking_count], file, err);
    }
    tsr_free(entries);
    return status;
}
