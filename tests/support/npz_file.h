// SPDX-License-Identifier: Apache-2.0
// Makes .npy and .npz bytes by hand, good ones and bad ones, independently of the reader under
// test.
#ifndef TESSERA_TESTS_SUPPORT_NPZ_FILE_H
#define TESSERA_TESTS_SUPPORT_NPZ_FILE_H

#include <zlib.h>

#include "support/test.h"

enum { npz_max_bytes = 1 << 16, npz_max_members = 8 };

/** Bytes that grow up to a limit. */
typedef struct npz_bytes {
    uint8_t data[npz_max_bytes];
    size_t size;
} npz_bytes;

static inline void npz_put(npz_bytes *b, const void *data, size_t size) {
    assert_true(b->size + size <= sizeof b->data);
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

static inline void npz_put_number(npz_bytes *b, uint32_t value, int32_t bytes) {
    for (int32_t i = 0; i < bytes; ++i) {
        const uint8_t byte = (uint8_t)(value >> (8 * i));
        npz_put(b, &byte, 1);
    }
}

/** NPY version 1 with any header text and payload. */
static inline void npy_make(npz_bytes *b, const char *header, const void *payload, size_t size) {
    b->size = 0;
    npz_put(b, "\x93NUMPY\x01\x00", 8);
    npz_put_number(b, (uint32_t)strlen(header), 2);
    npz_put(b, header, strlen(header));
    npz_put(b, payload, size);
}

/** A float array with a shape such as "(2, 3)". */
static inline void npy_make_floats(npz_bytes *b, const char *shape, const float *values,
                                   size_t count) {
    char header[160];
    (void)snprintf(header, sizeof header,
                   "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }\n", shape);
    npy_make(b, header, values, count * sizeof *values);
}

/** A zip being written. */
typedef struct npz_file {
    npz_bytes body, directory;
    int32_t count;
} npz_file;

static inline size_t npz_deflate(const npz_bytes *from, uint8_t *to, size_t room) {
    z_stream s = {0};
    assert_int_equal(deflateInit2(&s, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    npz_bytes copy = *from;
    s.next_in = copy.data;
    s.avail_in = (uInt)copy.size;
    s.next_out = to;
    s.avail_out = (uInt)room;
    assert_int_equal(deflate(&s, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&s), Z_OK);
    return room - s.avail_out;
}

/** Add a member as numpy does; `extra` bytes of extra field stand in the local header (numpy:
 * zip64, 20 bytes). */
static inline void npz_add(npz_file *f, const char *name, const npz_bytes *content, bool deflated,
                           uint32_t extra) {
    static uint8_t packed[npz_max_bytes];
    size_t size = content->size;
    memcpy(packed, content->data, size);
    if (deflated) {
        size = npz_deflate(content, packed, sizeof packed);
    }
    const uint32_t crc = (uint32_t)crc32(0, content->data, (uInt)content->size);
    const uint32_t offset = (uint32_t)f->body.size;
    const uint32_t method = deflated ? 8 : 0;
    const uint32_t length = (uint32_t)strlen(name);
    // local header; sizes of 0xFFFFFFFF stand for "see the extra field"
    npz_put(&f->body, "PK\x03\x04\x2d\x00\x00\x00", 8);
    npz_put_number(&f->body, method, 2);
    npz_put_number(&f->body, 0, 4);
    npz_put_number(&f->body, crc, 4);
    npz_put_number(&f->body, extra > 0 ? 0xFFFFFFFFu : (uint32_t)size, 4);
    npz_put_number(&f->body, extra > 0 ? 0xFFFFFFFFu : (uint32_t)content->size, 4);
    npz_put_number(&f->body, length, 2);
    npz_put_number(&f->body, extra, 2);
    npz_put(&f->body, name, length);
    for (uint32_t i = 0; i < extra; ++i) {
        npz_put_number(&f->body, 0, 1);
    }
    npz_put(&f->body, packed, size);
    npz_put(&f->directory, "PK\x01\x02\x2d\x03\x2d\x00\x00\x00", 10);
    npz_put_number(&f->directory, method, 2);
    npz_put_number(&f->directory, 0, 4);
    npz_put_number(&f->directory, crc, 4);
    npz_put_number(&f->directory, (uint32_t)size, 4);
    npz_put_number(&f->directory, (uint32_t)content->size, 4);
    npz_put_number(&f->directory, length, 2);
    for (int32_t i = 0; i < 12; ++i) {  // extra, comment, disk, attributes
        npz_put_number(&f->directory, 0, 1);
    }
    npz_put_number(&f->directory, offset, 4);
    npz_put(&f->directory, name, length);
    ++f->count;
}

static inline void npz_add_floats(npz_file *f, const char *name, const char *shape,
                                  const float *values, size_t count, bool deflated) {
    static npz_bytes content;
    npy_make_floats(&content, shape, values, count);
    npz_add(f, name, &content, deflated, 0);
}

/** Put directory and end record behind the members; the result stays in f->body. */
static inline void npz_end(npz_file *f) {
    const uint32_t start = (uint32_t)f->body.size;
    npz_put(&f->body, f->directory.data, f->directory.size);
    npz_put(&f->body, "PK\x05\x06\x00\x00\x00\x00", 8);
    npz_put_number(&f->body, (uint32_t)f->count, 2);
    npz_put_number(&f->body, (uint32_t)f->count, 2);
    npz_put_number(&f->body, (uint32_t)f->directory.size, 4);
    npz_put_number(&f->body, start, 4);
    npz_put_number(&f->body, 0, 2);
}

#endif
