// SPDX-License-Identifier: Apache-2.0
// The rows of a finished sweep as CSV and Markdown.
#ifndef TESSERA_SWEEP_ROWS_H
#define TESSERA_SWEEP_ROWS_H

#include <tessera/status.h>

#include "sweep/database.h"
#include "sweep/points.h"

/** Write <dir>/rows.csv and <dir>/rows.md in point order; both whole or not at all. */
tsr_status tsr_sweep_write_rows(const tsr_sweep *sweep, tsr_database *database, const char *dir,
                                tsr_error *err) TSR_MUST_USE;

#endif
