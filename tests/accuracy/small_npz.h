// SPDX-License-Identifier: Apache-2.0
// Writes a .npz (stored zip of .npy) of float32 arrays, as numpy would, so that a test needs no
// outside data.
#ifndef TESSERA_TESTS_ACCURACY_SMALL_NPZ_H
#define TESSERA_TESTS_ACCURACY_SMALL_NPZ_H

#include <tessera/tensor.h>

#include "support/temp_dir.h"
#include "support/test.h"

enum { small_npz_max = 64, npy_header_bytes = 128 };

/** A file being written. */
typedef struct small_npz {
    FILE *file;
    int32_t count;

    struct {
        char name[128];
        uint32_t crc, bytes, offset;
    } members[small_npz_max];
} small_npz;

static inline void put(FILE *file, uint32_t value, int32_t bytes) {
    for (int32_t i = 0; i < bytes; ++i) {
        (void)fputc((int)(value >> (8 * i) & 0xffu), file);
    }
}

static inline void npz_open(small_npz *npz, const char *name) {
    memset(npz, 0, sizeof *npz);
    npz->file = fopen(temp_path(name), "wb");
    assert_non_null(npz->file);
}

// Fields that the local header and the central directory share, from "version needed" on.
static inline void put_common(const small_npz *npz, int32_t k) {
    put(npz->file, 20, 2);
    put(npz->file, 0, 4);  // flags, stored
    put(npz->file, 0, 4);  // time and date
    put(npz->file, npz->members[k].crc, 4);
    put(npz->file, npz->members[k].bytes, 4);
    put(npz->file, npz->members[k].bytes, 4);
    put(npz->file, (uint32_t)strlen(npz->members[k].name), 2);
    put(npz->file, 0, 2);
}

/** Add a float32 array; `shape` as Python text, e.g. "24, 20" or "3,". */
static inline void npz_add(small_npz *npz, const char *name, const char *shape, const float *values,
                           size_t count) {
    const int32_t k = npz->count++;
    assert_true(k < small_npz_max);
    const size_t bytes = npy_header_bytes + count * sizeof *values;
    uint8_t *data = tsr_alloc(bytes, 1);
    assert_non_null(data);
    char header[npy_header_bytes + 1];
    memset(header, ' ', sizeof header);
    const int length = snprintf(header + 10, sizeof header - 10,
                                "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", shape);
    header[10 + length] = ' ';
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    header[npy_header_bytes - 1] = '\n';
    memcpy(data, header, npy_header_bytes);
    memcpy(data + npy_header_bytes, values, count * sizeof *values);
    const tsr_tensor view = {.dtype = TSR_DTYPE_U8,
                             .n = 1,
                             .c = 1,
                             .h = 1,
                             .w = (int32_t)bytes,
                             .channel_block = 1,
                             .bytes = bytes,
                             .data = data};
    (void)snprintf(npz->members[k].name, sizeof npz->members[k].name, "%s.npy", name);
    npz->members[k].crc = tsr_tensor_crc32(&view);
    npz->members[k].bytes = (uint32_t)bytes;
    npz->members[k].offset = (uint32_t)ftell(npz->file);
    put(npz->file, 0x04034b50u, 4);
    put_common(npz, k);
    (void)fputs(npz->members[k].name, npz->file);
    assert_int_equal(fwrite(data, 1, bytes, npz->file), bytes);
    tsr_free(data);
}

static inline void npz_close(small_npz *npz) {
    const uint32_t start = (uint32_t)ftell(npz->file);
    for (int32_t k = 0; k < npz->count; ++k) {
        put(npz->file, 0x02014b50u, 4);
        put(npz->file, 20, 2);
        put_common(npz, k);
        put(npz->file, 0, 2);  // comment length
        put(npz->file, 0, 4);  // disk, internal attributes
        put(npz->file, 0, 4);  // external attributes
        put(npz->file, npz->members[k].offset, 4);
        (void)fputs(npz->members[k].name, npz->file);
    }
    const uint32_t end = (uint32_t)ftell(npz->file);
    put(npz->file, 0x06054b50u, 4);
    put(npz->file, 0, 4);
    put(npz->file, (uint32_t)npz->count, 2);
    put(npz->file, (uint32_t)npz->count, 2);
    put(npz->file, end - start, 4);
    put(npz->file, start, 4);
    put(npz->file, 0, 2);
    assert_int_equal(fclose(npz->file), 0);
}

#endif
