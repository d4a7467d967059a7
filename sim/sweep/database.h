// SPDX-License-Identifier: Apache-2.0
// The SQLite file of a sweep: one row a point, one transaction a row. The only file pair that sees
// SQLite.
#ifndef TESSERA_SWEEP_DATABASE_H
#define TESSERA_SWEEP_DATABASE_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/status.h>

typedef struct tsr_database tsr_database;

/** What is known about one finished point. Strings owned; freed with tsr_point_result_free. */
typedef struct tsr_point_result {
    tsr_status status;
    char *summary_json;  // TSR_OK
    char *message;       // otherwise: "where: message"
} tsr_point_result;

void tsr_point_result_free(tsr_point_result *result);

/** Open or make; refuses a file that was made for another digest or point count. */
tsr_status tsr_database_open(const char *path, uint32_t digest, int64_t points,
                             tsr_database **database, tsr_error *err) TSR_MUST_USE;
void tsr_database_close(tsr_database *database);
/** Marks finished points in done[points]; returns how many through *count. */
tsr_status tsr_database_done(tsr_database *database, bool *done, int64_t *count,
                             tsr_error *err) TSR_MUST_USE;
/** One transaction; a second result for the same point is TSR_ERR_INTERNAL. */
tsr_status tsr_database_insert(tsr_database *database, int64_t point, const char *run_json,
                               const tsr_point_result *result, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_database_read(tsr_database *database, int64_t point, tsr_point_result *result,
                             tsr_error *err) TSR_MUST_USE;

#endif
