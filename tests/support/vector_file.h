// SPDX-License-Identifier: Apache-2.0
// Third-party test vectors: <name>.npz with the arrays and <name>.json with the parameters, and the
// rule that a test names every file of its folder.
#ifndef TESSERA_TESTS_SUPPORT_VECTOR_FILE_H
#define TESSERA_TESTS_SUPPORT_VECTOR_FILE_H

#include <dirent.h>

#include <tessera/tensor.h>

#include "base/json.h"
#include "support/test.h"

/** One opened vector; close with vector_close. */
typedef struct vector_file {
    tsr_archive arrays;
    tsr_json *document;
    tsr_jnode root;
} vector_file;

static inline vector_file vector_open(const char *folder, const char *name) {
    vector_file v = {0};
    char path[512];
    tsr_error err = {0};
    (void)snprintf(path, sizeof path, "%s/%s.npz", folder, name);
    assert_ok(tsr_archive_read(path, &v.arrays, &err), err);
    (void)snprintf(path, sizeof path, "%s/%s.json", folder, name);
    assert_ok(tsr_json_load(path, &v.document, &err), err);
    v.root = tsr_json_root(v.document);
    return v;
}

static inline void vector_close(vector_file *v) {
    tsr_archive_free(&v->arrays);
    tsr_json_free(v->document);
}

/** Member of an object, or `fallback` when it is not there. */
static inline int32_t vector_int(const tsr_jnode *object, const char *key, int32_t fallback) {
    int64_t value = fallback;
    tsr_error err = {0};
    assert_ok(tsr_jnode_int(object, key, false, INT32_MIN, INT32_MAX, &value, &err), err);
    return (int32_t)value;
}

static inline const tsr_array *vector_array(const vector_file *v, const char *name) {
    const tsr_array *array = tsr_archive_find(&v->arrays, name);
    if (array == NULL) {
        fail_msg("the vector has no array %s", name);
    }
    return array;
}

/** Element i of an integer array. */
static inline int32_t vector_at(const tsr_array *array, size_t i) {
    assert_true(i < array->count);
    return (int32_t)tsr_array_at(array, i);
}

static inline bool vector_is_listed(const char *stem, const char *const *listed, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        if (strcmp(listed[i], stem) == 0) {
            return true;
        }
    }
    return false;
}

/** Fails on a vector file of the folder that is not in the list. */
static inline void assert_all_vectors_are_listed(const char *folder, const char *const *listed,
                                                 size_t count) {
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    size_t seen = 0;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        char stem[300];
        (void)snprintf(stem, sizeof stem, "%s", entry->d_name);
        char *dot = strrchr(stem, '.');
        if (dot == NULL || strcmp(dot, ".npz") != 0) {
            continue;
        }
        *dot = '\0';
        ++seen;
        if (!vector_is_listed(stem, listed, count)) {
            fail_msg("%s/%s.npz is neither tested nor skipped with a reason", folder, stem);
        }
    }
    (void)closedir(directory);
    assert_int_equal(seen, count);
}

#endif
