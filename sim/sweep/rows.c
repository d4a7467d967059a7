// SPDX-License-Identifier: Apache-2.0
// One row a point: the axes' values, the status, and the figures an architect compares. One table
// of columns for both formats.
#include "sweep/rows.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"
#include "base/json.h"

// Column title (with unit) and where the figure stands in summary.json.
static const struct {
    const char *title;
    const char *path[4];
} columns[] = {
    {"cycles", {"cycles", NULL}},
    {"latency_s", {"latency_s", NULL}},
    {"frames_per_s", {"frames_per_s", NULL}},
    {"array_utilization", {"array_utilization", NULL}},
    {"macs", {"macs", NULL}},
    {"dram_read_input_bytes", {"dram_bytes", "read", "input", NULL}},
    {"dram_read_weights_bytes", {"dram_bytes", "read", "weights", NULL}},
    {"dram_read_intermediate_bytes", {"dram_bytes", "read", "intermediate", NULL}},
    {"dram_read_descriptors_bytes", {"dram_bytes", "read", "descriptors", NULL}},
    {"dram_write_intermediate_bytes", {"dram_bytes", "write", "intermediate", NULL}},
    {"dram_write_output_bytes", {"dram_bytes", "write", "output", NULL}},
    {"feature_peak_bytes", {"buffers", "feature", "peak_bytes", NULL}},
    {"weight_peak_bytes", {"buffers", "weight", "peak_bytes", NULL}},
    {"wait_weights_cycles", {"cycles_by_cause", "wait_weights", NULL}},
    {"wait_features_cycles", {"cycles_by_cause", "wait_features", NULL}},
    {"wait_store_cycles", {"cycles_by_cause", "wait_store", NULL}},
};

enum { column_count = sizeof columns / sizeof columns[0] };

/** What differs between the two formats. */
typedef struct style {
    const char *begin, *between, *end;
    bool csv;
} style;

static const style csv_style = {"", ",", "\n", true};
static const style markdown_style = {"| ", " | ", " |\n", false};

// A JSON value as cell text: strings lose their quotes; what would break the row is quoted or
// replaced.
static void write_cell(FILE *file, const style *s, const char *text) {
    const size_t length = strlen(text);
    const bool quoted = length >= 2 && text[0] == '"' && text[length - 1] == '"';
    const char *from = quoted ? text + 1 : text;
    const size_t count = quoted ? length - 2 : length;
    const bool needs_quotes =
        s->csv && (memchr(from, ',', count) != NULL || memchr(from, '"', count) != NULL);
    if (needs_quotes) {
        (void)fputc('"', file);
    }
    for (size_t i = 0; i < count; ++i) {
        const char c = from[i];
        if (needs_quotes && c == '"') {
            (void)fputc('"', file);
        }
        if (!s->csv && c == '|') {
            (void)fputc('\\', file);
        }
        (void)fputc(c == '\n' || c == '\r' ? ' ' : c, file);
    }
    if (needs_quotes) {
        (void)fputc('"', file);
    }
}

static void write_title(FILE *file, const style *s, const tsr_sweep *sweep) {
    (void)fprintf(file, "%spoint", s->begin);
    for (int32_t i = 0; i < sweep->axis_count; ++i) {
        (void)fputs(s->between, file);
        const char *pointer = sweep->axes[i].pointer;
        write_cell(file, s, pointer[0] == '/' ? pointer + 1 : pointer);
    }
    (void)fprintf(file, "%sstatus", s->between);
    for (size_t i = 0; i < column_count; ++i) {
        (void)fprintf(file, "%s%s", s->between, columns[i].title);
    }
    (void)fprintf(file, "%smessage%s", s->between, s->end);
    if (!s->csv) {
        (void)fputs("|", file);
        for (int32_t i = 0; i < sweep->axis_count + (int32_t)column_count + 3; ++i) {
            (void)fputs("---|", file);
        }
        (void)fputc('\n', file);
    }
}

// Member of an object, or the element of a list that has this name.
static tsr_jnode step_into(const tsr_jnode *node, const char *key) {
    if (!tsr_jnode_is_array(node)) {
        return tsr_jnode_get(node, key);
    }
    tsr_jnode item = tsr_jnode_first(node);
    for (int32_t i = 1; tsr_jnode_exists(&item); ++i) {
        const char *name = NULL;
        if (tsr_jnode_string(&item, "name", true, &name, NULL) == TSR_OK &&
            strcmp(name, key) == 0) {
            break;
        }
        const tsr_jnode before = item;
        item = tsr_jnode_next(node, &before, i);
    }
    return item;
}

static void write_figures(FILE *file, const style *s, const tsr_json *summary) {
    for (size_t i = 0; i < column_count; ++i) {
        (void)fputs(s->between, file);
        if (summary == NULL) {
            continue;
        }
        tsr_jnode node = tsr_json_root(summary);
        for (size_t k = 0; columns[i].path[k] != NULL; ++k) {
            const tsr_jnode parent = node;
            node = step_into(&parent, columns[i].path[k]);
        }
        char *text = tsr_jnode_exists(&node) ? tsr_jnode_print(&node) : NULL;
        write_cell(file, s, text != NULL ? text : "");
        tsr_free(text);
    }
}

static tsr_status write_point(FILE *file, const style *s, const tsr_sweep *sweep,
                              tsr_database *database, int64_t point, tsr_error *err) {
    tsr_point_result result = {0};
    TSR_TRY(tsr_database_read(database, point, &result, err));
    tsr_json *summary = NULL;
    tsr_status status = TSR_OK;
    if (result.summary_json != NULL) {
        status =
            tsr_json_parse(result.summary_json, "summary in the sweep database", &summary, err);
    }
    if (status == TSR_OK) {
        (void)fprintf(file, "%s%lld", s->begin, (long long)point);
        for (int32_t i = 0; i < sweep->axis_count; ++i) {
            (void)fputs(s->between, file);
            write_cell(file, s, tsr_sweep_value(sweep, point, i));
        }
        (void)fprintf(file, "%s%s", s->between, tsr_status_name(result.status));
        write_figures(file, s, summary);
        (void)fputs(s->between, file);
        write_cell(file, s, result.message != NULL ? result.message : "");
        (void)fputs(s->end, file);
    }
    tsr_json_free(summary);
    tsr_point_result_free(&result);
    return status;
}

static tsr_status write_file(const tsr_sweep *sweep, tsr_database *database, const char *dir,
                             const char *name, const style *s, tsr_error *err) {
    char path[600];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = NULL;
    TSR_TRY(tsr_file_begin(path, &file, err));
    write_title(file, s, sweep);
    for (int64_t point = 0; point < sweep->point_count; ++point) {
        const tsr_status status = write_point(file, s, sweep, database, point, err);
        if (status != TSR_OK) {
            tsr_file_abandon(path, file);
            return status;
        }
    }
    return tsr_file_commit(path, file, err);
}

tsr_status tsr_sweep_write_rows(const tsr_sweep *sweep, tsr_database *database, const char *dir,
                                tsr_error *err) {
    TSR_TRY(write_file(sweep, database, dir, "rows.csv", &csv_style, err));
    return write_file(sweep, database, dir, "rows.md", &markdown_style, err);
}
