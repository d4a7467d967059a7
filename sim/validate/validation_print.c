// SPDX-License-Identifier: Apache-2.0
// A comparison as people read it: a row a layer, then what differs, with the events around it.
#include <inttypes.h>
#include <stdlib.h>

#include "base/check.h"
#include "table/text_grid.h"
#include "validate/validation_work.h"

static int64_t minus(uint64_t a, uint64_t b) {
    return (int64_t)(b - a);
}

static void add_row(tsr_grid *grid, const tsr_layer_difference *row) {
    const uint64_t moved[2] = {row->read_bytes[0] + row->write_bytes[0],
                               row->read_bytes[1] + row->write_bytes[1]};
    tsr_grid_add(grid, "%s", row->name);
    tsr_grid_add(grid, "%" PRIu64, row->cycles[0]);
    tsr_grid_add(grid, "%" PRIu64, row->cycles[1]);
    tsr_grid_add(grid, "%" PRId64, minus(row->cycles[0], row->cycles[1]));
    tsr_grid_add(grid, "%" PRIu64, moved[1]);
    tsr_grid_add(grid, "%" PRId64, minus(moved[0], moved[1]));
    tsr_grid_add(grid, "%" PRIu64, row->values + row->words.compared);
    tsr_grid_add(grid, "%" PRIu64, row->values_differing + row->words.differing);
    tsr_grid_add(grid, "%" PRIu64, row->events[1]);
    tsr_grid_add(grid, "%" PRIu64, row->events_differing);
    tsr_grid_add(grid, "%" PRIu64, row->counters_differing);
}

static tsr_status print_table(const tsr_validation *v, FILE *file, tsr_error *err) {
    char cycles[2][64];
    for (uint32_t side = 0; side < 2; ++side) {
        (void)snprintf(cycles[side], sizeof cycles[side], "cycles %s", v->side[side]);
    }
    const char *const titles[] = {
        "layer",     cycles[0], cycles[1],   "difference",         "bytes", "difference", "values",
        "differing", "events",  "differing", "counters differing", NULL};
    tsr_grid grid = {0};
    tsr_grid_init(&grid, titles);
    for (int32_t i = 0; i < v->layer_count; ++i) {
        add_row(&grid, &v->layers[i]);
    }
    add_row(&grid, &v->total);
    const tsr_status status = tsr_grid_print(&grid, v->name, TSR_TABLE_MARKDOWN, file, err);
    tsr_grid_free(&grid);
    return status;
}

static void print_event(const tsr_event *event, FILE *file) {
    const bool burst = event->kind == TSR_EVENT_ADDRESS || event->kind == TSR_EVENT_RESPONSE;
    const char *kind = event->kind < TSR_EVENT_KIND_COUNT
                           ? tsr_event_kind_name((tsr_event_kind)event->kind)
                           : "unknown";
    char text[64];
    (void)snprintf(text, sizeof text, "%" PRIu64 " %s %s %" PRIu32, event->cycle, kind,
                   burst ? "burst" : "descriptor", event->argument);
    (void)fprintf(file, "%-36s", text);
}

static void print_unit(const tsr_validation *v, int32_t unit, FILE *file) {
    const tsr_unit_difference *d = &v->units[unit];
    (void)fprintf(file,
                  "\n%s: event %" PRId64 " is the first to differ (%" PRIu64 " of %" PRIu64
                  " and %" PRIu64 " differ)\n    %-36s%s\n",
                  tsr_validate_unit_name(unit), d->first, d->differing, d->events[0], d->events[1],
                  v->side[0], v->side[1]);
    const int32_t rows = d->context[0] > d->context[1] ? d->context[0] : d->context[1];
    for (int32_t i = 0; i < rows; ++i) {
        (void)fputs(i == d->before ? "  > " : "    ", file);
        for (uint32_t side = 0; side < 2; ++side) {
            if (i < d->context[side]) {
                print_event(&d->around[side][i], file);
            } else {
                (void)fprintf(file, "%-36s", "-");
            }
        }
        (void)fputc('\n', file);
    }
}

static void print_differences(const tsr_validation *v, FILE *file) {
    for (int32_t unit = 0; unit < TSR_VALIDATE_UNITS; ++unit) {
        if (v->units[unit].first >= 0) {
            print_unit(v, unit, file);
        }
    }
    if (v->first_counter[0] != '\0') {
        (void)fprintf(file, "\ncounters: %s\n", v->first_counter);
    }
    for (uint32_t side = 0; side < 2; ++side) {
        if (v->memory_differing[side] != 0) {
            (void)fprintf(file,
                          "\nDRAM image of %s: %" PRIu64 " of %" PRIu64
                          " bytes differ from the interpreter's, the first at %" PRIu64 " (%s)\n",
                          v->side[side], v->memory_differing[side], v->memory_bytes,
                          v->memory_first[side], v->memory_where[side]);
        }
    }
    if (v->outputs.differing != 0) {
        (void)fprintf(file,
                      "\noutputs: %" PRIu64 " of %" PRIu64
                      " bytes differ from the integer reference of the network: %s\n",
                      v->outputs.differing, v->outputs.bytes, v->outputs.first);
    }
    if (v->first_word[0] != '\0') {
        (void)fprintf(file, "\nfeature pool: %s\n", v->first_word);
    }
    if (v->first_register[0] != '\0') {
        (void)fprintf(file, "\nregisters: %s\n", v->first_register);
    }
    if (v->dram_differing != 0) {
        (void)fprintf(file, "\nDRAM statistics: %" PRIu64 " differ, the first is %s\n",
                      v->dram_differing, v->first_dram);
    }
    if (v->occupancy_differing != 0) {
        (void)fprintf(file, "\nbuffer occupancy: %" PRIu64 " changes differ\n",
                      v->occupancy_differing);
    }
}

tsr_status tsr_validation_print(const tsr_validation *validation, FILE *file, tsr_error *err) {
    TSR_TRY(print_table(validation, file, err));
    print_differences(validation, file);
    if (validation->outputs.bytes != 0) {
        (void)fprintf(file, "\n%" PRIu64 " output bytes of the reference compared\n",
                      validation->outputs.bytes);
    }
    (void)fprintf(file, "\n%s against %s: %s%" PRIu64 " differences\n", validation->side[1],
                  validation->side[0], validation->differences == 0 ? "equal, " : "",
                  validation->differences);
    TSR_CHECK(ferror(file) == 0, TSR_ERR_FILE, err, validation->name, "cannot be written");
    return TSR_OK;
}
