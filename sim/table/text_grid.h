// SPDX-License-Identifier: Apache-2.0
// A table of text cells and its three forms: Markdown (aligned), CSV, LaTeX. Everything printed as
// a table goes this way.
#ifndef TESSERA_TABLE_TEXT_GRID_H
#define TESSERA_TABLE_TEXT_GRID_H

#include <stdint.h>
#include <stdio.h>

#include <tessera/status.h>
#include <tessera/table.h>

enum { TSR_GRID_MAX_COLUMNS = 256 };

/** Cells in reading order; owned. A zeroed struct is empty. */
typedef struct tsr_grid {
    int32_t columns;
    uint8_t
        group_bytes[TSR_GRID_MAX_COLUMNS];  // of a title that starts with its group's name, else 0
    int32_t cell_count, cell_capacity;
    char **cells;
    bool failed;  // out of memory on the way; tsr_grid_print reports it
} tsr_grid;

/** Start a table with one title a column (NULL-terminated). */
void tsr_grid_init(tsr_grid *grid, const char *const *titles);
/** One more column, before any cell is added. Neighbours of one `group` (NULL or "": none) stand
 * under one heading in LaTeX; elsewhere its name is put before the title. */
void tsr_grid_title(tsr_grid *grid, const char *group, const char *title);
void tsr_grid_free(tsr_grid *grid);
/** Append a cell; rows fill from left to right. */
void tsr_grid_add(tsr_grid *grid, const char *fmt, ...) TSR_PRINTF(2, 3);
/** Print; `caption` (may be NULL) stands above: a heading, a comment line in CSV and LaTeX. */
tsr_status tsr_grid_print(const tsr_grid *grid, const char *caption, tsr_table_format format,
                          FILE *file, tsr_error *err) TSR_MUST_USE;

#endif
