// SPDX-License-Identifier: Apache-2.0
// A folder of its own for a test program, gone when it ends well.
#ifndef TESSERA_TESTS_SUPPORT_TEMP_DIR_H
#define TESSERA_TESTS_SUPPORT_TEMP_DIR_H

#include <dirent.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/file.h"
#include "support/test.h"

static char temp_root[64];

static inline void temp_make(void) {
    (void)snprintf(temp_root, sizeof temp_root, "/tmp/tsr_test_XXXXXX");
    if (mkdtemp(temp_root) == NULL) {
        abort();
    }
}

/** Path below the folder; eight of them live at a time. */
static inline const char *temp_path(const char *name) {
    static char paths[8][512];
    static int next;
    next = (next + 1) % 8;
    (void)snprintf(paths[next], sizeof paths[next], "%s/%s", temp_root, name);
    return paths[next];
}

static inline const char *temp_write(const char *name, const char *text) {
    const char *path = temp_path(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

/** Whole file as text; freed with tsr_free. */
static inline char *temp_read(const char *name) {
    tsr_error err = {0};
    static char *data;  // a local would make GCC 12 believe that the text lives in it
    data = NULL;
    size_t bytes = 0;
    assert_ok(tsr_file_read(temp_path(name), 64u << 20, &data, &bytes, &err), err);
    return data;
}

static inline bool temp_exists(const char *name) {
    return access(temp_path(name), F_OK) == 0;
}

static inline void temp_remove_below(const char *path, int depth) {
    DIR *dir = depth < 16 ? opendir(path) : NULL;
    if (dir != NULL) {
        for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
            char below[1024];
            const int length = snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                length < 1024) {
                temp_remove_below(below, depth + 1);
            }
        }
        (void)closedir(dir);
    }
    (void)remove(path);
}

static inline void temp_remove(void) {
    temp_remove_below(temp_root, 0);
}

#endif
