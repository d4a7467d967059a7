// SPDX-License-Identifier: Apache-2.0
// A folder of its own for the files a test writes; group setup and teardown of cmocka.
#ifndef TESSERA_TESTS_SUPPORT_SCRATCH_H
#define TESSERA_TESTS_SUPPORT_SCRATCH_H

#include <dirent.h>
#include <stdlib.h>

#include "support/test.h"

static char scratch_dir[64];

static inline const char *scratch_path(const char *name) {
    static char paths[4][400];
    static int next;
    next = (next + 1) % 4;
    (void)snprintf(paths[next], sizeof paths[next], "%s/%s", scratch_dir, name);
    return paths[next];
}

static inline const char *scratch_write(const char *name, const void *bytes, size_t size) {
    const char *path = scratch_path(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

/** Files in the folder, so that a test can say that nothing was left behind. */
static inline int scratch_count(void) {
    int count = 0;
    DIR *dir = opendir(scratch_dir);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        count += entry->d_name[0] != '.';
    }
    assert_int_equal(closedir(dir), 0);
    return count;
}

static inline int scratch_make(void **state) {
    (void)state;
    (void)snprintf(scratch_dir, sizeof scratch_dir, "/tmp/tessera-test-XXXXXX");
    return mkdtemp(scratch_dir) != NULL ? 0 : -1;
}

static inline int scratch_remove(void **state) {
    (void)state;
    DIR *dir = opendir(scratch_dir);
    if (dir == NULL) {
        return -1;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] != '.') {
            (void)unlink(scratch_path(entry->d_name));
        }
    }
    (void)closedir(dir);
    return rmdir(scratch_dir);
}

#endif
