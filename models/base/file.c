// SPDX-License-Identifier: Apache-2.0
// Whole files in, whole files out: writing goes to a temporary beside the target and is renamed into place.
#include "base/file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"

enum { path_max = 1024 };

static tsr_status fail_errno(tsr_error *err, const char *path, const char *doing) {
    return tsr_fail(err, TSR_ERR_FILE, path, "cannot %s: %s", doing, strerror(errno));
}

// Size of a regular file; refuses folders and devices, which fopen would accept.
static tsr_status regular_size(const char *path, size_t max_bytes, size_t *bytes, tsr_error *err) {
    struct stat info;
    if (stat(path, &info) != 0) {
        return fail_errno(err, path, "open");
    }
    TSR_CHECK(S_ISREG(info.st_mode), TSR_ERR_FILE, err, path, "not a regular file");
    TSR_CHECK(info.st_size >= 0 && (uint64_t)info.st_size <= max_bytes, TSR_ERR_FILE, err, path,
              "%lld bytes, at most %zu are read", (long long)info.st_size, max_bytes);
    *bytes = (size_t)info.st_size;
    return TSR_OK;
}

tsr_status tsr_file_read(const char *path, size_t max_bytes, char **data, size_t *bytes,
                         tsr_error *err) {
    size_t size = 0;
    TSR_TRY(regular_size(path, max_bytes, &size, err));
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return fail_errno(err, path, "open");
    }
    char *buffer = tsr_alloc(size + 1, 1);
    if (buffer == NULL) {
        (void)fclose(file);
        return tsr_fail(err, TSR_ERR_NO_MEMORY, path, "out of memory reading %zu bytes", size);
    }
    const size_t got = fread(buffer, 1, size, file);
    const bool broken = ferror(file) != 0 || got != size;
    (void)fclose(file);
    if (broken) {
        tsr_free(buffer);
        return tsr_fail(err, TSR_ERR_FILE, path, "read %zu of %zu bytes", got, size);
    }
    buffer[size] = '\0';
    *data = buffer;
    *bytes = size;
    return TSR_OK;
}

static bool temporary_name(const char *path, char *name) {
    const int length = snprintf(name, path_max, "%s.tmp-%ld", path, (long)getpid());
    return length > 0 && length < path_max;
}

tsr_status tsr_file_begin(const char *path, FILE **file, tsr_error *err) {
    char name[path_max];
    TSR_CHECK(temporary_name(path, name), TSR_ERR_FILE, err, path, "path too long");
    *file = fopen(name, "wb");
    return *file != NULL ? TSR_OK : fail_errno(err, path, "write");
}

tsr_status tsr_file_commit(const char *path, FILE *file, tsr_error *err) {
    char name[path_max];
    (void)temporary_name(path, name);
    const bool broken = ferror(file) != 0;
    const bool closed = fclose(file) == 0;
    if (broken || !closed || rename(name, path) != 0) {
        const int reason = errno;
        (void)unlink(name);
        errno = reason;
        return fail_errno(err, path, "write");
    }
    return TSR_OK;
}

void tsr_file_abandon(const char *path, FILE *file) {
    char name[path_max];
    (void)fclose(file);
    if (temporary_name(path, name)) {
        (void)unlink(name);
    }
}

tsr_status tsr_dir_make(const char *path, tsr_error *err) {
    char name[path_max];
    const int length = snprintf(name, sizeof name, "%s", path);
    TSR_CHECK(length > 0 && (size_t)length < sizeof name, TSR_ERR_FILE, err, path,
              "path empty or too long");
    for (char *c = name + 1;; ++c) {
        if (*c != '/' && *c != '\0') {
            continue;
        }
        const char end = *c;
        *c = '\0';
        struct stat info;
        if (mkdir(name, 0777) != 0 &&
            !(errno == EEXIST && stat(name, &info) == 0 && S_ISDIR(info.st_mode))) {
            return fail_errno(err, name, "make the folder");
        }
        if (end == '\0') {
            return TSR_OK;
        }
        *c = end;
    }
}

bool tsr_file_exists(const char *path) {
    return access(path, F_OK) == 0;
}
