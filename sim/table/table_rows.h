// SPDX-License-Identifier: Apache-2.0
// Tables that have a row or a group of columns for each network and blocking.
#ifndef TESSERA_TABLE_TABLE_ROWS_H
#define TESSERA_TABLE_TABLE_ROWS_H

#include <tessera/table.h>

#include "table/text_grid.h"

/** Figures at several bits stand side by side in one cell, in CSV in columns of their own. */
static inline bool table_bits_apart(const tsr_table_request *r) {
    return r->format == TSR_TABLE_CSV && r->bits_count > 1;
}

/** Title of a figure: one column, or one for each number of bits. `group` as in tsr_grid_title. */
static inline void table_title(tsr_grid *grid, const tsr_table_request *r, const char *group,
                               const char *title, bool by_bits) {
    if (!by_bits || !table_bits_apart(r)) {
        tsr_grid_title(grid, group, title);
        return;
    }
    for (int32_t k = 0; k < r->bits_count; ++k) {
        char text[96];
        (void)snprintf(text, sizeof text, "%s (%d bit)", title, r->bits[k]);
        tsr_grid_title(grid, group, text);
    }
}

/** Print a table of accounts (ratios, weights, working_set, traffic, on_chip). */
tsr_status table_accounts_print(tsr_table_kind kind, const tsr_table_request *r, FILE *file,
                                tsr_error *err) TSR_MUST_USE;
/** Print the published figures. */
tsr_status table_anchors_print(tsr_table_format format, FILE *file, tsr_error *err) TSR_MUST_USE;

static inline double table_kib(uint64_t bytes) {
    return (double)bytes / 1024.0;
}

static inline double table_megabytes(uint64_t bytes) {
    return (double)bytes / 1e6;
}

#endif
