// SPDX-License-Identifier: Apache-2.0
// The counts of Yosys in this folder, read for the fit and for its test.
#ifndef TESSERA_RTL_SYNTH_COUNTS_FILE_H
#define TESSERA_RTL_SYNTH_COUNTS_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/arch.h>

enum { COUNTS_MACHINES = 64, COUNTS_ROWS = 8192, COUNTS_NAME = 48 };

/** Cells of one module, all instances, or of a machine. */
typedef struct counts_cells {
    int64_t instances, lut, ff, dsp, ramb36, ramb18;
} counts_cells;

/** An architecture of grid.txt. */
typedef struct counts_machine {
    char name[COUNTS_NAME];
    bool held;           // kept out of the fit
    tsr_arch arch;       // what tsr_top's parameters say; the rest is zero
    counts_cells total;  // sum of its rows
} counts_machine;

/** A row of counts.csv. */
typedef struct counts_row {
    int32_t machine;
    char module[COUNTS_NAME];
    counts_cells cells;
} counts_row;

typedef struct counts_file {
    int32_t machine_count, row_count;
    counts_machine machines[COUNTS_MACHINES];
    counts_row rows[COUNTS_ROWS];
} counts_file;

/** False with a message on stderr when a file is missing or a line is not understood, or a machine has no rows. */
bool counts_read(const char *grid, const char *csv, counts_file *counts);

#endif
