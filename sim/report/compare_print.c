// SPDX-License-Identifier: Apache-2.0
// A comparison as tables: two narrow ones for people (Markdown, LaTeX), one wide one for programs
// (CSV).
#include <math.h>
#include <string.h>

#include <tessera/fit.h>

#include "base/check.h"
#include "report/comparison.h"
#include "table/text_grid.h"

static const char *const reads[] = {"input", "weights", "intermediate", "descriptors"};
static const char *const writes[] = {"output", "intermediate"};

// Member at a path such as "dram_bytes/read/input".
static tsr_jnode at(const tsr_compare_row *row, const char *path) {
    tsr_jnode node = tsr_json_root(row->summary);
    while (path[0] != '\0') {
        char key[64];
        const size_t length = strcspn(path, "/");
        (void)snprintf(key, sizeof key, "%.*s", (int)length, path);
        const tsr_jnode parent = node;
        node = tsr_jnode_get(&parent, key);
        path += length + (path[length] == '/');
    }
    return node;
}

static double number(const tsr_compare_row *row, const char *object, const char *key) {
    double value = NAN;
    const tsr_jnode node = at(row, object);
    const tsr_jnode member = tsr_jnode_get(&node, key);
    if (!tsr_jnode_is_number(&member) ||
        tsr_jnode_double(&node, key, true, -INFINITY, INFINITY, &value, NULL) != TSR_OK) {
        return NAN;
    }
    return value;
}

static const char *word(const tsr_compare_row *row, const char *object, const char *key) {
    const char *value = NULL;
    const tsr_jnode node = at(row, object);
    return tsr_jnode_string(&node, key, true, &value, NULL) == TSR_OK ? value : "-";
}

static double bytes_read(const tsr_compare_row *row, const char *kind) {
    return number(row, "dram_bytes/read", kind);
}

static double bytes_written(const tsr_compare_row *row, const char *kind) {
    return number(row, "dram_bytes/write", kind);
}

static double bytes_all(const tsr_compare_row *row) {
    double sum = 0.0;
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; ++i) {
        sum += bytes_read(row, reads[i]);
    }
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; ++i) {
        sum += bytes_written(row, writes[i]);
    }
    return sum;
}

static double peak_bytes(const tsr_compare_row *row, const char *buffer) {
    const tsr_jnode list = at(row, "buffers");
    tsr_jnode item = tsr_jnode_first(&list);
    const int32_t count = tsr_jnode_count(&list);
    for (int32_t i = 0; i < count; ++i) {
        const char *name = NULL;
        double value = NAN;
        if (tsr_jnode_string(&item, "name", true, &name, NULL) == TSR_OK &&
            strcmp(name, buffer) == 0 &&
            tsr_jnode_double(&item, "peak_bytes", true, 0.0, INFINITY, &value, NULL) == TSR_OK) {
            return value;
        }
        item = tsr_jnode_next(&list, &item, i + 1);
    }
    return NAN;
}

static double energy_j(const tsr_compare_row *row) {
    return number(row, "energy_j", "dram") + number(row, "energy_j", "sram") +
           number(row, "energy_j", "mac");
}

// Where maps of a blocked run meet.
static void add_joins(tsr_grid *grid, const tsr_compare_row *row) {
    if (strcmp(word(row, "", "schedule"), "blocked") != 0) {
        tsr_grid_add(grid, "none");
    } else {
        tsr_grid_add(grid, "%.0f on chip, %.0f DRAM", number(row, "plan", "on_chip_joins"),
                     number(row, "plan", "dram_joins"));
    }
}

static void add(tsr_grid *grid, const char *format_1, double value) {
    char text[48];
    if (isnan(value)) {
        tsr_grid_add(grid, "-");
        return;
    }
    const int decimals = format_1[0] - '0';
    (void)snprintf(text, sizeof text, "%.*f", decimals, value);
    tsr_grid_add(grid, "%s", text);
}

static void add_fit(tsr_grid *grid, const tsr_compare_row *row, const char *needed_key,
                    const char *available_key, double unit) {
    const double needed = number(row, "fit", needed_key) / unit;
    const double available = number(row, "fit", available_key) / unit;
    const int decimals = unit > 1.0 ? 1 : 0;
    if (isnan(available)) {
        tsr_grid_add(grid, "%.*f/?", decimals, needed);
    } else {
        tsr_grid_add(grid, "%.*f/%.*f", decimals, needed, decimals, available);
    }
}

static void fill_refused(tsr_grid *grid, int32_t cells) {
    for (int32_t i = 0; i < cells; ++i) {
        tsr_grid_add(grid, "-");
    }
}

static tsr_status print_time(const tsr_comparison *c, tsr_table_format format, FILE *file,
                             tsr_error *err) {
    static const char *const titles[] = {
        "schedule",   "cycles",    "ms",   "frames/s", "speed-up", "GMAC",   "array %",
        "bottleneck", "energy mJ", "kLUT", "kFF",      "DSP",      "BRAM36", NULL};
    tsr_grid grid;
    tsr_grid_init(&grid, titles);
    const double first =
        c->rows[0].summary != NULL ? number(&c->rows[0], "", "cycles") : (double)NAN;
    for (int32_t i = 0; i < c->row_count; ++i) {
        const tsr_compare_row *row = &c->rows[i];
        tsr_grid_add(&grid, "%s", row->schedule);
        if (row->summary == NULL) {
            fill_refused(&grid, grid.columns - 1);
            continue;
        }
        const double cycles = number(row, "", "cycles");
        add(&grid, "0", cycles);
        add(&grid, "2", 1e3 * number(row, "", "latency_s"));
        add(&grid, "2", number(row, "", "frames_per_s"));
        add(&grid, "2", first / cycles);
        add(&grid, "3", number(row, "", "macs") / 1e9);
        add(&grid, "1", 100.0 * number(row, "", "array_utilization"));
        tsr_grid_add(&grid, "%s", word(row, "", "bottleneck"));
        add(&grid, "1", 1e3 * energy_j(row));
        add_fit(&grid, row, "lut_needed", "lut_available", 1e3);
        add_fit(&grid, row, "ff_needed", "ff_available", 1e3);
        add_fit(&grid, row, "dsp_needed", "dsp_available", 1.0);
        add_fit(&grid, row, "bram36_needed", "bram36_available", 1.0);
    }
    char caption[160];
    const char *engine = "none finished";
    for (int32_t i = c->row_count - 1; i >= 0; --i) {
        engine = c->rows[i].summary != NULL ? word(&c->rows[i], "", "engine") : engine;
    }
    (void)snprintf(caption, sizeof caption, "%s: time (engine %s; speed-up over %s)", c->name,
                   engine, c->rows[0].schedule);
    const tsr_status status = tsr_grid_print(&grid, caption, format, file, err);
    tsr_grid_free(&grid);
    return status;
}

static tsr_status print_memory(const tsr_comparison *c, tsr_table_format format, FILE *file,
                               tsr_error *err) {
    static const char *const titles[] = {"schedule",   "input",       "weights", "intermediate",
                                         "output",     "descriptors", "total",   "feature KiB",
                                         "weight KiB", "joins",       NULL};
    tsr_grid grid;
    tsr_grid_init(&grid, titles);
    for (int32_t i = 0; i < c->row_count; ++i) {
        const tsr_compare_row *row = &c->rows[i];
        tsr_grid_add(&grid, "%s", row->schedule);
        if (row->summary == NULL) {
            fill_refused(&grid, grid.columns - 1);
            continue;
        }
        add(&grid, "3", bytes_read(row, "input") / 1e6);
        add(&grid, "3", bytes_read(row, "weights") / 1e6);
        add(&grid, "3",
            (bytes_read(row, "intermediate") + bytes_written(row, "intermediate")) / 1e6);
        add(&grid, "3", bytes_written(row, "output") / 1e6);
        add(&grid, "3", bytes_read(row, "descriptors") / 1e6);
        add(&grid, "3", bytes_all(row) / 1e6);
        add(&grid, "1", peak_bytes(row, "feature") / 1024.0);
        add(&grid, "1", peak_bytes(row, "weight") / 1024.0);
        add_joins(&grid, row);
    }
    const tsr_status status = tsr_grid_print(
        &grid, "DRAM traffic in MB (intermediate: read + written), peak buffer occupancy in KiB",
        format, file, err);
    tsr_grid_free(&grid);
    return status;
}

// Layers that are cut, or strided, otherwise than the schedule says.
static void print_layer_notes(const tsr_compare_row *row, const char *begin, FILE *file) {
    const tsr_jnode notes = at(row, "layer_notes");
    const int32_t count = tsr_jnode_is_array(&notes) ? tsr_jnode_count(&notes) : 0;
    for (int32_t i = 0; i < count; ++i) {
        char path[32];
        (void)snprintf(path, sizeof path, "layer_notes/%d", i);
        (void)fprintf(file, "%s%s, %s: %s\n", begin, row->schedule, word(row, path, "layer"),
                      word(row, path, "note"));
    }
}

static void print_plans(const tsr_comparison *c, tsr_table_format format, FILE *file) {
    const char *begin = format == TSR_TABLE_LATEX ? "% " : "- ";
    (void)fputc('\n', file);
    for (int32_t i = 0; i < c->row_count; ++i) {
        const tsr_compare_row *row = &c->rows[i];
        if (row->summary != NULL) {
            (void)fprintf(file, "%s%s: %s\n", begin, row->schedule, word(row, "plan", "text"));
            print_layer_notes(row, begin, file);
        } else {
            (void)fprintf(file, "%s%s: not run (%s): %s\n", begin, row->schedule,
                          tsr_status_name(row->status), row->message);
        }
    }
    (void)fprintf(file, "%skLUT, kFF, DSP, BRAM36: %s\n", begin, TSR_FIT_SOURCE);
}

static void add_exact(tsr_grid *grid, const tsr_compare_row *row, const char *object,
                      const char *key) {
    const double value = number(row, object, key);
    if (isnan(value)) {
        tsr_grid_add(grid, "%s", "");
    } else {
        tsr_grid_add(grid, "%.15g", value);
    }
}

static void add_wide(tsr_grid *grid, const tsr_compare_row *row, double first_cycles) {
    static const char *const top[] = {"cycles", "latency_s",       "frames_per_s",
                                      "macs",   "macs_recomputed", "array_utilization"};
    for (size_t i = 0; i < sizeof top / sizeof top[0]; ++i) {
        add_exact(grid, row, "", top[i]);
    }
    tsr_grid_add(grid, "%.6f", first_cycles / number(row, "", "cycles"));
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; ++i) {
        add_exact(grid, row, "dram_bytes/read", reads[i]);
    }
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; ++i) {
        add_exact(grid, row, "dram_bytes/write", writes[i]);
    }
    tsr_grid_add(grid, "%.0f", peak_bytes(row, "feature"));
    tsr_grid_add(grid, "%.0f", peak_bytes(row, "weight"));
    add_exact(grid, row, "energy_j", "dram");
    add_exact(grid, row, "energy_j", "sram");
    add_exact(grid, row, "energy_j", "mac");
    add_exact(grid, row, "fit", "lut_needed");
    add_exact(grid, row, "fit", "ff_needed");
    add_exact(grid, row, "fit", "dsp_needed");
    add_exact(grid, row, "fit", "bram36_needed");
    add_exact(grid, row, "output", "psnr_db_vs_unblocked");
    tsr_grid_add(grid, "%s", word(row, "", "bottleneck"));
    add_joins(grid, row);
    tsr_grid_add(grid, "%s", word(row, "plan", "text"));
}

static tsr_status print_csv(const tsr_comparison *c, FILE *file, tsr_error *err) {
    static const char *const titles[] = {"schedule",
                                         "status",
                                         "cycles",
                                         "latency_s",
                                         "frames_per_s",
                                         "macs",
                                         "macs_recomputed",
                                         "array_utilization",
                                         "speed_up",
                                         "dram_read_input_bytes",
                                         "dram_read_weights_bytes",
                                         "dram_read_intermediate_bytes",
                                         "dram_read_descriptors_bytes",
                                         "dram_write_output_bytes",
                                         "dram_write_intermediate_bytes",
                                         "feature_peak_bytes",
                                         "weight_peak_bytes",
                                         "energy_dram_j",
                                         "energy_sram_j",
                                         "energy_mac_j",
                                         "lut_needed",
                                         "ff_needed",
                                         "dsp_needed",
                                         "bram36_needed",
                                         "psnr_db_vs_unblocked",
                                         "bottleneck",
                                         "joins",
                                         "plan",
                                         NULL};
    tsr_grid grid;
    tsr_grid_init(&grid, titles);
    const double first =
        c->rows[0].summary != NULL ? number(&c->rows[0], "", "cycles") : (double)NAN;
    for (int32_t i = 0; i < c->row_count; ++i) {
        const tsr_compare_row *row = &c->rows[i];
        tsr_grid_add(&grid, "%s", row->schedule);
        tsr_grid_add(&grid, "%s", tsr_status_name(row->status));
        if (row->summary != NULL) {
            add_wide(&grid, row, first);
            continue;
        }
        for (int32_t k = 0; k < grid.columns - 3; ++k) {
            tsr_grid_add(&grid, "%s", "");
        }
        tsr_grid_add(&grid, "%s", row->message);
    }
    const tsr_status status = tsr_grid_print(&grid, NULL, TSR_TABLE_CSV, file, err);
    tsr_grid_free(&grid);
    return status;
}

tsr_status tsr_comparison_print(const tsr_comparison *comparison, tsr_table_format format,
                                FILE *file, tsr_error *err) {
    if (format == TSR_TABLE_CSV) {
        return print_csv(comparison, file, err);
    }
    TSR_TRY(print_time(comparison, format, file, err));
    (void)fputc('\n', file);
    TSR_TRY(print_memory(comparison, format, file, err));
    print_plans(comparison, format, file);
    TSR_CHECK(ferror(file) == 0, TSR_ERR_FILE, err, comparison->name,
              "cannot write the comparison");
    return TSR_OK;
}

static void write_refused(tsr_jwriter *w, const tsr_comparison *c, const tsr_compare_row *row) {
    tsr_jwrite_object_begin(w);
    tsr_jwrite_member_string(w, "run", c->name);
    tsr_schedule schedule = {0};
    char blocking[32] = "none";
    if (tsr_schedule_parse(row->schedule, &schedule, NULL) == TSR_OK) {
        tsr_blocking_format(&schedule.blocking, blocking, sizeof blocking);
    }
    tsr_jwrite_member_string(w, "schedule", tsr_schedule_mode_name(schedule.mode));
    tsr_jwrite_member_string(w, "blocking", blocking);
    tsr_jwrite_member_string(w, "status", tsr_status_name(row->status));
    tsr_jwrite_member_string(w, "message", row->message);
    tsr_jwrite_object_end(w);
}

tsr_status tsr_comparison_print_json(const tsr_comparison *comparison, FILE *file, tsr_error *err) {
    tsr_jwriter w;
    tsr_jwriter_init(&w, file, false);
    tsr_jwrite_array_begin(&w);
    for (int32_t i = 0; i < comparison->row_count; ++i) {
        const tsr_compare_row *row = &comparison->rows[i];
        if (row->text != NULL) {
            tsr_jwrite_raw(&w, row->text);
        } else {
            write_refused(&w, comparison, row);
        }
    }
    tsr_jwrite_array_end(&w);
    TSR_CHECK(ferror(file) == 0, TSR_ERR_FILE, err, comparison->name,
              "cannot write the comparison");
    return TSR_OK;
}
