// SPDX-License-Identifier: Apache-2.0
// Tables that have a row or a group of columns for each network and blocking.
#ifndef TESSERA_TABLE_TABLE_ROWS_H
#define TESSERA_TABLE_TABLE_ROWS_H

#include <tessera/table.h>

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
