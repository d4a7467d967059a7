// SPDX-License-Identifier: Apache-2.0
// The only place that calls malloc and free.
#include "base/alloc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// The one mutable global of the library: zero outside the allocation-failure tests.
static uint64_t fail_countdown;

void tsr_alloc_fail_at(uint64_t countdown) {
    fail_countdown = countdown;
}

static bool must_fail(void) {
    if (fail_countdown == 0) {
        return false;
    }
    --fail_countdown;
    return fail_countdown == 0;
}

void *tsr_alloc(size_t count, size_t size) {
    if (must_fail()) {
        return NULL;
    }
    return calloc(count > 0 ? count : 1, size > 0 ? size : 1);
}

void *tsr_realloc(void *old, size_t count, size_t size) {
    size_t bytes = 0;
    if (must_fail() || __builtin_mul_overflow(count, size, &bytes)) {
        return NULL;
    }
    return realloc(old, bytes > 0 ? bytes : 1);
}

void tsr_free(void *memory) {
    free(memory);
}

char *tsr_strdup(const char *text) {
    const size_t bytes = strlen(text) + 1;
    char *copy = tsr_alloc(bytes, 1);
    if (copy != NULL) {
        memcpy(copy, text, bytes);
    }
    return copy;
}
