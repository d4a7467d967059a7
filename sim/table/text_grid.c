// SPDX-License-Identifier: Apache-2.0
// Text tables in three forms.
#include "table/text_grid.h"

#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

enum { cell_bytes = 512, max_columns = TSR_GRID_MAX_COLUMNS };

void tsr_grid_init(tsr_grid *grid, const char *const *titles) {
    memset(grid, 0, sizeof *grid);
    while (titles[grid->columns] != NULL) {
        tsr_grid_title(grid, NULL, titles[grid->columns]);
    }
}

void tsr_grid_free(tsr_grid *grid) {
    for (int32_t i = 0; i < grid->cell_count; ++i) {
        tsr_free(grid->cells[i]);
    }
    tsr_free(grid->cells);
    memset(grid, 0, sizeof *grid);
}

static void add_text(tsr_grid *grid, const char *text) {
    if (grid->cell_count == grid->cell_capacity) {
        const int32_t capacity = grid->cell_capacity > 0 ? 2 * grid->cell_capacity : 64;
        char **grown = tsr_realloc(grid->cells, (size_t)capacity, sizeof *grown);
        if (grown == NULL) {
            grid->failed = true;
            return;
        }
        grid->cells = grown;
        grid->cell_capacity = capacity;
    }
    char *copy = tsr_strdup(text);
    grid->failed = grid->failed || copy == NULL;
    if (copy != NULL) {
        grid->cells[grid->cell_count++] = copy;
    }
}

void tsr_grid_add(tsr_grid *grid, const char *fmt, ...) {
    char text[cell_bytes];
    va_list arguments;
    va_start(arguments, fmt);
    (void)vsnprintf(text, sizeof text, fmt, arguments);
    va_end(arguments);
    add_text(grid, text);
}

void tsr_grid_title(tsr_grid *grid, const char *group, const char *title) {
    char text[cell_bytes];
    const size_t length = group != NULL ? strlen(group) : 0;
    (void)snprintf(text, sizeof text, "%s%s%s", length > 0 ? group : "", length > 0 ? ": " : "",
                   title);
    if (grid->columns < max_columns) {
        grid->group_bytes[grid->columns] = (uint8_t)(length < UINT8_MAX ? length : 0);
    }
    add_text(grid, text);
    ++grid->columns;
}

static const char *cell(const tsr_grid *grid, int32_t row, int32_t column) {
    const int32_t index = row * grid->columns + column;
    return index < grid->cell_count ? grid->cells[index] : "";
}

// Columns on a terminal, not bytes: UTF-8 continuation bytes take none.
static int32_t width_of(const char *text) {
    int32_t width = 0;
    for (const char *c = text; *c != '\0'; ++c) {
        width += ((unsigned char)*c & 0xC0u) != 0x80u;
    }
    return width;
}

// Numbers (and what looks like them) align right.
static bool is_number(const char *text) {
    return text[0] == '\0' || strchr("-+.0123456789", text[0]) != NULL;
}

static bool is_right(const tsr_grid *grid, int32_t rows, int32_t column) {
    for (int32_t row = 1; row < rows; ++row) {
        if (!is_number(cell(grid, row, column))) {
            return false;
        }
    }
    return rows > 1;
}

static void print_markdown(const tsr_grid *grid, int32_t rows, FILE *file) {
    int32_t widths[max_columns];
    bool right[max_columns];
    for (int32_t column = 0; column < grid->columns; ++column) {
        widths[column] = 3;
        right[column] = is_right(grid, rows, column);
        for (int32_t row = 0; row < rows; ++row) {
            const int32_t width = width_of(cell(grid, row, column));
            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    for (int32_t row = 0; row < rows; ++row) {
        for (int32_t column = 0; column < grid->columns; ++column) {
            const char *text = cell(grid, row, column);
            const int32_t space = widths[column] - width_of(text);
            (void)fprintf(file, "| %*s%s%*s ", right[column] ? space : 0, "", text,
                          right[column] ? 0 : space, "");
        }
        (void)fputs("|\n", file);
        for (int32_t column = 0; row == 0 && column < grid->columns; ++column) {
            (void)fputs(right[column] ? "|-" : "|:", file);
            for (int32_t i = 0; i < widths[column]; ++i) {
                (void)fputc('-', file);
            }
            (void)fputc(right[column] ? ':' : '-', file);
        }
        (void)fputs(row == 0 ? "|\n" : "", file);
    }
}

static void print_csv(const tsr_grid *grid, int32_t rows, FILE *file) {
    for (int32_t row = 0; row < rows; ++row) {
        for (int32_t column = 0; column < grid->columns; ++column) {
            const char *text = cell(grid, row, column);
            const bool quote = strpbrk(text, ",\"\n") != NULL;
            (void)fputs(column > 0 ? "," : "", file);
            (void)fputs(quote ? "\"" : "", file);
            for (const char *c = text; *c != '\0'; ++c) {
                (void)fputs(*c == '"' ? "\"" : "", file);
                (void)fputc(*c, file);
            }
            (void)fputs(quote ? "\"" : "", file);
        }
        (void)fputc('\n', file);
    }
}

// What LaTeX does not print as it is.
static void put_latex(const char *text, size_t length, FILE *file) {
    static const struct {
        char character;
        const char *written;
    } escapes[] = {{'_', "\\_"},           {'%', "\\%"}, {'&', "\\&"},   {'#', "\\#"},
                   {'$', "\\$"},           {'{', "\\{"}, {'}', "\\}"},   {'<', "$<$"},
                   {'>', "$>$"},           {'|', "$|$"}, {'~', "\\~{}"}, {'^', "\\^{}"},
                   {'\\', "$\\backslash$"}};

    for (size_t i = 0; i < length; ++i) {
        const char single[] = {text[i], '\0'};
        const char *written = single;
        for (size_t k = 0; k < sizeof escapes / sizeof escapes[0]; ++k) {
            written = escapes[k].character == text[i] ? escapes[k].written : written;
        }
        (void)fputs(written, file);
    }
}

// Columns from `first` on that belong to the same group.
static int32_t group_size(const tsr_grid *grid, int32_t first) {
    const size_t bytes = grid->group_bytes[first];
    int32_t size = 1;
    while (bytes > 0 && first + size < grid->columns && grid->group_bytes[first + size] == bytes &&
           strncmp(cell(grid, 0, first), cell(grid, 0, first + size), bytes) == 0) {
        ++size;
    }
    return size;
}

static void put_latex_groups(const tsr_grid *grid, FILE *file) {
    bool any = false;
    for (int32_t column = 0; column < grid->columns; ++column) {
        any = any || grid->group_bytes[column] > 0;
    }
    for (int32_t column = 0; any && column < grid->columns;) {
        const int32_t size = group_size(grid, column);
        (void)fputs(column > 0 ? " & " : "", file);
        if (grid->group_bytes[column] > 0) {
            (void)fprintf(file, "\\multicolumn{%d}{c}{", size);
            put_latex(cell(grid, 0, column), grid->group_bytes[column], file);
            (void)fputc('}', file);
        }
        column += size;
    }
    (void)fputs(any ? " \\\\\n" : "", file);
}

// Sentences are set in lines.
static bool is_long(const tsr_grid *grid, int32_t rows, int32_t column) {
    enum { LINE = 60 };

    for (int32_t row = 1; row < rows; ++row) {
        if (width_of(cell(grid, row, column)) > LINE) {
            return true;
        }
    }
    return false;
}

static void print_latex(const tsr_grid *grid, int32_t rows, FILE *file) {
    (void)fputs("\\begin{tabular}{", file);
    for (int32_t column = 0; column < grid->columns; ++column) {
        (void)fputs(is_right(grid, rows, column)  ? "r"
                    : is_long(grid, rows, column) ? "p{8cm}"
                                                  : "l",
                    file);
    }
    (void)fputs("}\n\\hline\n", file);
    put_latex_groups(grid, file);
    for (int32_t row = 0; row < rows; ++row) {
        for (int32_t column = 0; column < grid->columns; ++column) {
            const size_t group = row == 0 ? grid->group_bytes[column] : 0;
            const char *text = cell(grid, row, column) + (group > 0 ? group + 2 : 0);
            (void)fputs(column > 0 ? " & " : "", file);
            put_latex(text, strlen(text), file);
        }
        (void)fputs(row == 0 ? " \\\\\n\\hline\n" : " \\\\\n", file);
    }
    (void)fputs("\\hline\n\\end{tabular}\n", file);
}

tsr_status tsr_grid_print(const tsr_grid *grid, const char *caption, tsr_table_format format,
                          FILE *file, tsr_error *err) {
    TSR_CHECK(!grid->failed, TSR_ERR_NO_MEMORY, err, caption, "out of memory");
    TSR_CHECK(grid->columns <= max_columns, TSR_ERR_USAGE, err, caption,
              "%d columns, a table has at most %d", grid->columns, max_columns);
    const int32_t rows = grid->columns > 0 ? grid->cell_count / grid->columns : 0;
    static const char *const marks[] = {"### ", "# ", "% "};
    if (caption != NULL) {
        (void)fprintf(file, "%s%s\n%s", marks[format], caption,
                      format == TSR_TABLE_MARKDOWN ? "\n" : "");
    }
    if (format == TSR_TABLE_MARKDOWN) {
        print_markdown(grid, rows, file);
    } else if (format == TSR_TABLE_CSV) {
        print_csv(grid, rows, file);
    } else {
        print_latex(grid, rows, file);
    }
    return ferror(file) != 0 ? tsr_fail(err, TSR_ERR_FILE, caption, "cannot write the table")
                             : TSR_OK;
}

tsr_status tsr_table_format_parse(const char *text, tsr_table_format *format, tsr_error *err) {
    static const char *const names[] = {"markdown", "csv", "latex"};
    for (int32_t i = 0; i < 3; ++i) {
        if (strcmp(text, names[i]) == 0) {
            *format = (tsr_table_format)i;
            return TSR_OK;
        }
    }
    return tsr_fail(err, TSR_ERR_USAGE, "format", "'%s', must be markdown, csv or latex", text);
}
