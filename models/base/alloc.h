// SPDX-License-Identifier: Apache-2.0
// The only door to the heap: checked sizes, and a hook that lets a test fail the N-th allocation.
#ifndef TESSERA_BASE_ALLOC_H
#define TESSERA_BASE_ALLOC_H

#include <stddef.h>
#include <stdint.h>

/** Zeroed array of count * size bytes; NULL when the product overflows or memory is out. count 0 gives a valid one. */
void *tsr_alloc(size_t count, size_t size);
/** Grow an array to `count` elements of `size` bytes; new bytes are NOT zeroed; the old array stays valid on NULL. */
void *tsr_realloc(void *old, size_t count, size_t size);
/** Release; NULL is fine. */
void tsr_free(void *memory);
/** Copy of a string, or NULL. */
char *tsr_strdup(const char *text);
/** For tests: let the allocation number `countdown` from now fail (1 = the next); 0 = never. Not thread-safe. */
void tsr_alloc_fail_at(uint64_t countdown);

#endif
