// SPDX-License-Identifier: Apache-2.0
// Zip as numpy writes it: the central directory is the truth, local headers only say where the
// bytes start.
#include "tensor/npz.h"

#include <stdio.h>
#include <string.h>

#include <zlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "tensor/npy_format.h"

enum {
    end_bytes = 22,    // end of central directory, without its comment
    entry_bytes = 46,  // entry of the central directory, without name, extra and comment
    local_bytes = 30,  // local header, without name and extra
    max_comment = 65535,
    method_stored = 0,
    method_deflated = 8,
    max_inflate_ratio = 1040,  // deflate cannot do better than 1032
};

/** A zip in memory. */
typedef struct zip {
    const uint8_t *bytes;
    size_t size;
    const char *path;
    tsr_error *err;
    size_t directory;  // offset of the next entry of the central directory
    size_t directory_end;
    int32_t count;
} zip;

/** One member. */
typedef struct member {
    char where[256];  // "path: member"
    uint16_t flags, method;
    uint32_t crc, packed, unpacked, local;
    char name[128];
} member;

static uint16_t u16(const uint8_t *p) {
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const uint8_t *p) {
    return (uint32_t)u16(p) | (uint32_t)u16(p + 2) << 16;
}

static tsr_status malformed(const zip *z, const char *what) {
    return tsr_fail(z->err, TSR_ERR_CONFIG, z->path, "not a whole zip file: %s", what);
}

// The end record stands last, before a comment that reaches to the end of the file.
static const uint8_t *find_end(const zip *z) {
    for (size_t back = end_bytes; back <= z->size && back <= end_bytes + max_comment; ++back) {
        const uint8_t *p = z->bytes + z->size - back;
        if (u32(p) == 0x06054b50u && u16(p + 20) == back - end_bytes) {
            return p;
        }
    }
    return NULL;
}

static tsr_status open_directory(zip *z) {
    const uint8_t *end = find_end(z);
    if (end == NULL) {
        return malformed(z, "no end-of-central-directory record (truncated?)");
    }
    const uint32_t bytes = u32(end + 12);
    const uint32_t start = u32(end + 16);
    const uint16_t count = u16(end + 10);
    TSR_CHECK(count != 0xFFFFu && bytes != 0xFFFFFFFFu && start != 0xFFFFFFFFu, TSR_ERR_UNSUPPORTED,
              z->err, z->path, "zip64 archive, members and archive must stay below 4 GiB");
    const size_t end_at = (size_t)(end - z->bytes);
    if (u16(end + 4) != 0 || u16(end + 6) != 0 || u16(end + 8) != count) {
        return malformed(z, "it is split over several files");
    }
    if (start > end_at || bytes > end_at - start || (size_t)count * entry_bytes > bytes) {
        return malformed(z, "the central directory leaves the file");
    }
    z->directory = start;
    z->directory_end = (size_t)start + bytes;
    z->count = count;
    return TSR_OK;
}

// Member name without ".npy".
static tsr_status read_name(const zip *z, const uint8_t *text, size_t length, member *m) {
    char shown[64];
    (void)snprintf(shown, sizeof shown, "%.*s", (int)(length < 60 ? length : 60),
                   (const char *)text);
    const bool npy = length > 4 && memcmp(text + length - 4, ".npy", 4) == 0;
    TSR_CHECK(npy && length - 4 < sizeof m->name && memchr(text, 0, length) == NULL, TSR_ERR_CONFIG,
              z->err, z->path, "member '%s' must be named <array>.npy, at most %zu characters",
              shown, sizeof m->name + 3);
    memcpy(m->name, text, length - 4);
    m->name[length - 4] = '\0';
    (void)snprintf(m->where, sizeof m->where, "%.120s: %.127s", z->path, m->name);
    return TSR_OK;
}

static tsr_status next_member(zip *z, member *m) {
    const uint8_t *p = z->bytes + z->directory;
    if (z->directory_end - z->directory < entry_bytes || u32(p) != 0x02014b50u) {
        return malformed(z, "bad entry in the central directory");
    }
    const size_t name = u16(p + 28);
    const size_t whole = entry_bytes + name + u16(p + 30) + u16(p + 32);
    if (whole > z->directory_end - z->directory) {
        return malformed(z, "an entry leaves the central directory");
    }
    *m = (member){.flags = u16(p + 8),
                  .method = u16(p + 10),
                  .crc = u32(p + 16),
                  .packed = u32(p + 20),
                  .unpacked = u32(p + 24),
                  .local = u32(p + 42)};
    z->directory += whole;
    return read_name(z, p + entry_bytes, name, m);
}

// Where the packed bytes of a member start.
static tsr_status find_data(const zip *z, const member *m, const uint8_t **data) {
    TSR_CHECK(m->packed != 0xFFFFFFFFu && m->unpacked != 0xFFFFFFFFu && m->local != 0xFFFFFFFFu,
              TSR_ERR_UNSUPPORTED, z->err, m->where, "zip64 member, must stay below 4 GiB");
    TSR_CHECK((m->flags & 1u) == 0, TSR_ERR_UNSUPPORTED, z->err, m->where, "encrypted member");
    TSR_CHECK(m->method == method_stored || m->method == method_deflated, TSR_ERR_UNSUPPORTED,
              z->err, m->where, "compression method %d, must be 0 (stored) or 8 (deflated)",
              m->method);
    const uint8_t *p = z->bytes + m->local;
    const bool inside = m->local <= z->size && z->size - m->local >= local_bytes;
    if (!inside || u32(p) != 0x04034b50u) {
        return malformed(z, "bad local header");
    }
    const size_t skip = (size_t)local_bytes + u16(p + 26) + u16(p + 28);
    if (skip > z->size - m->local || m->packed > z->size - m->local - skip) {
        return malformed(z, "a member leaves the file");
    }
    *data = p + skip;
    return TSR_OK;
}

static voidpf take_heap(voidpf opaque, uInt items, uInt size) {
    (void)opaque;
    return tsr_alloc(items, size);
}

static void give_heap(voidpf opaque, voidpf address) {
    (void)opaque;
    tsr_free(address);
}

static tsr_status inflate_member(const zip *z, const member *m, const uint8_t *packed,
                                 uint8_t *unpacked) {
    union {
        const uint8_t *in;
        Bytef *zlib;  // zlib does not write its input
    } source = {.in = packed};

    z_stream stream = {.zalloc = take_heap,
                       .zfree = give_heap,
                       .next_in = source.zlib,
                       .avail_in = m->packed,
                       .next_out = unpacked,
                       .avail_out = m->unpacked};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        return tsr_fail(z->err, TSR_ERR_NO_MEMORY, m->where, "out of memory");
    }
    const int result = inflate(&stream, Z_FINISH);
    const bool whole = result == Z_STREAM_END && stream.avail_out == 0;
    (void)inflateEnd(&stream);
    TSR_CHECK(result != Z_MEM_ERROR, TSR_ERR_NO_MEMORY, z->err, m->where, "out of memory");
    TSR_CHECK(whole, TSR_ERR_CONFIG, z->err, m->where,
              "damaged: the compressed bytes do not give the %u bytes promised", m->unpacked);
    return TSR_OK;
}

static tsr_status parse_member(const zip *z, const member *m, const uint8_t *bytes,
                               tsr_array *array) {
    TSR_CHECK(crc32_z(0, bytes, m->unpacked) == m->crc, TSR_ERR_CONFIG, z->err, m->where,
              "damaged: checksum differs");
    return tsr_npy_parse(bytes, m->unpacked, m->where, array, z->err);
}

static tsr_status read_member(const zip *z, const member *m, tsr_array *array) {
    const uint8_t *data = NULL;
    TSR_TRY(find_data(z, m, &data));
    if (m->method == method_stored) {
        TSR_CHECK(m->packed == m->unpacked, TSR_ERR_CONFIG, z->err, m->where,
                  "stored as %u bytes but of %u", m->packed, m->unpacked);
        return parse_member(z, m, data, array);
    }
    TSR_CHECK(m->unpacked / max_inflate_ratio <= m->packed, TSR_ERR_CONFIG, z->err, m->where,
              "%u compressed bytes cannot give %u", m->packed, m->unpacked);
    uint8_t *unpacked = tsr_alloc(m->unpacked, 1);
    TSR_CHECK(unpacked != NULL, TSR_ERR_NO_MEMORY, z->err, m->where, "out of memory");
    tsr_status status = inflate_member(z, m, data, unpacked);
    if (status == TSR_OK) {
        status = parse_member(z, m, unpacked, array);
    }
    tsr_free(unpacked);
    return status;
}

static tsr_status read_all(zip *z, tsr_archive *archive) {
    for (int32_t i = 0; i < z->count; ++i) {
        member m;
        TSR_TRY(next_member(z, &m));
        TSR_CHECK(tsr_archive_find(archive, m.name) == NULL, TSR_ERR_CONFIG, z->err, m.where,
                  "two members have this name");
        memcpy(archive->arrays[i].name, m.name, sizeof m.name);
        TSR_TRY(read_member(z, &m, &archive->arrays[i]));
        archive->count = i + 1;
    }
    return TSR_OK;
}

tsr_status tsr_npz_parse(const uint8_t *bytes, size_t size, const char *path, tsr_archive *archive,
                         tsr_error *err) {
    zip z = {.bytes = bytes, .size = size, .path = path, .err = err};
    TSR_TRY(open_directory(&z));
    tsr_archive made = {.arrays = tsr_alloc((size_t)z.count, sizeof *made.arrays)};
    TSR_CHECK(made.arrays != NULL, TSR_ERR_NO_MEMORY, err, path, "out of memory");
    const tsr_status status = read_all(&z, &made);
    if (status != TSR_OK) {
        tsr_archive_free(&made);
        return status;
    }
    *archive = made;
    return TSR_OK;
}
