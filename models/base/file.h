// SPDX-License-Identifier: Apache-2.0
// Whole files in, whole files out: a result file appears complete or not at all.
#ifndef TESSERA_BASE_FILE_H
#define TESSERA_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <tessera/status.h>

/** Read a whole file; *data gets a terminating zero byte beyond *bytes; free with tsr_free. */
tsr_status tsr_file_read(const char *path, size_t max_bytes, char **data, size_t *bytes,
                         tsr_error *err) TSR_MUST_USE;
/** Open `path`.tmp-<pid> for writing. */
tsr_status tsr_file_begin(const char *path, FILE **file, tsr_error *err) TSR_MUST_USE;
/** Close and rename into place; on any earlier write error remove the temporary and return TSR_ERR_FILE. */
tsr_status tsr_file_commit(const char *path, FILE *file, tsr_error *err) TSR_MUST_USE;
/** Close and remove the temporary. */
void tsr_file_abandon(const char *path, FILE *file);
/** Make a folder and its parents; fine if it is there. */
tsr_status tsr_dir_make(const char *path, tsr_error *err) TSR_MUST_USE;
bool tsr_file_exists(const char *path);

#endif
