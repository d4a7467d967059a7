// SPDX-License-Identifier: Apache-2.0
// The result folder of a run. summary.json goes first when a folder is written again and comes
// last: a folder that has one is complete and of one run.
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "report/result_files.h"

enum { path_bytes = 1024 };

typedef tsr_status (*writer)(const tsr_run_outcome *outcome, FILE *file, tsr_error *err);

/** One file of the folder. */
typedef struct result_file {
    const char *name;
    writer write;
    bool needs_events;
} result_file;

static tsr_status write_summary(const tsr_run_outcome *outcome, FILE *file, tsr_error *err) {
    return tsr_run_print_summary(outcome, false, file, err);
}

static const result_file files[] = {
    {"layers.csv", tsr_write_layers_csv, false},   {"dram.csv", tsr_write_dram_csv, false},
    {"buffers.csv", tsr_write_buffers_csv, false}, {"manifest.json", tsr_write_manifest, false},
    {"timeline.json", tsr_write_timeline, true},   {"summary.json", write_summary, false},
};

enum { file_count = sizeof files / sizeof files[0] };

static tsr_status path_of(const char *dir, const char *name, char *path, tsr_error *err) {
    const int length = snprintf(path, path_bytes, "%s/%s", dir, name);
    TSR_CHECK(length > 0 && length < path_bytes, TSR_ERR_FILE, err, dir, "path too long");
    return TSR_OK;
}

static tsr_status write_one(const tsr_run_outcome *outcome, const char *dir,
                            const result_file *what, tsr_error *err) {
    char path[path_bytes];
    FILE *file = NULL;
    TSR_TRY(path_of(dir, what->name, path, err));
    TSR_TRY(tsr_file_begin(path, &file, err));
    const tsr_status status = what->write(outcome, file, err);
    if (status != TSR_OK) {
        tsr_file_abandon(path, file);
        return status;
    }
    return tsr_file_commit(path, file, err);
}

// After a failure (a full disk) nothing half is left behind.
static void remove_all(const char *dir) {
    for (size_t i = 0; i < file_count; ++i) {
        char path[path_bytes];
        if (path_of(dir, files[i].name, path, NULL) == TSR_OK) {
            (void)unlink(path);
        }
    }
    (void)rmdir(dir);
}

tsr_status tsr_run_write(const tsr_run_outcome *outcome, const char *dir, tsr_error *err) {
    const bool has_events = outcome->result.event_count > 0;
    char path[path_bytes];
    TSR_TRY(tsr_dir_make(dir, err));
    TSR_TRY(path_of(dir, "summary.json", path, err));
    (void)unlink(path);
    for (size_t i = 0; i < file_count; ++i) {
        if (files[i].needs_events && !has_events) {
            TSR_TRY(path_of(dir, files[i].name, path, err));
            (void)unlink(path);  // of an earlier run
            continue;
        }
        const tsr_status status = write_one(outcome, dir, &files[i], err);
        if (status != TSR_OK) {
            remove_all(dir);
            return status;
        }
    }
    return TSR_OK;
}
