// SPDX-License-Identifier: Apache-2.0
// File to program: nothing in it is believed before the CRC and the extents have been looked at.
#include <inttypes.h>
#include <string.h>

#include <zlib.h>

#include "arch/arch_json.h"
#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"
#include "program/note_fields.h"
#include "program/program_build.h"
#include "program/program_file.h"

#define FILE_BYTES_MAX ((size_t)1 << 33)

/** The rest of the file. */
typedef struct reader {
    const char *path;
    const uint8_t *data;
    size_t at, bytes; /**< position; end of what the CRC covers */
    tsr_error *err;
} reader;

static tsr_status need(const reader *r, uint64_t bytes) {
    TSR_CHECK(bytes <= r->bytes - r->at, TSR_ERR_CONFIG, r->err, r->path,
              "byte %zu: %" PRIu64 " bytes are needed, %zu are left", r->at, bytes,
              r->bytes - r->at);
    return TSR_OK;
}

static tsr_status get_number(reader *r, int32_t bytes, uint64_t *value) {
    TSR_TRY(need(r, (uint64_t)bytes));
    *value = 0;
    for (int32_t i = 0; i < bytes; ++i) {
        *value |= (uint64_t)r->data[r->at++] << (8 * i);
    }
    return TSR_OK;
}

static tsr_status get_u64(reader *r, uint64_t *value) {
    return get_number(r, 8, value);
}

static tsr_status get_i32(reader *r, int32_t *value) {
    uint64_t raw = 0;
    TSR_TRY(get_number(r, 4, &raw));
    const uint32_t low = (uint32_t)raw;
    memcpy(value, &low, sizeof *value);
    return TSR_OK;
}

/** A count of things that take at least `least` bytes each. */
static tsr_status get_count(reader *r, uint64_t least, int32_t *count) {
    uint64_t raw = 0;
    TSR_TRY(get_number(r, 4, &raw));
    TSR_TRY(need(r, raw * least));
    TSR_CHECK(raw <= INT32_MAX, TSR_ERR_CONFIG, r->err, r->path, "byte %zu: a count of %" PRIu64,
              r->at, raw);
    *count = (int32_t)raw;
    return TSR_OK;
}

static tsr_status get_text(reader *r, char *text, size_t size) {
    uint64_t length = 0;
    TSR_TRY(get_number(r, 4, &length));
    TSR_TRY(need(r, length));
    TSR_CHECK(length < size && memchr(r->data + r->at, 0, (size_t)length) == NULL, TSR_ERR_CONFIG,
              r->err, r->path, "byte %zu: no text of at most %zu characters", r->at, size - 1);
    memcpy(text, r->data + r->at, (size_t)length);
    text[length] = '\0';
    r->at += (size_t)length;
    return TSR_OK;
}

static tsr_status get_arch(reader *r, tsr_arch *arch) {
    enum { ARCH_TEXT_MAX = 1 << 16 };

    char *text = tsr_alloc(ARCH_TEXT_MAX, 1);
    TSR_CHECK(text != NULL, TSR_ERR_NO_MEMORY, r->err, r->path, "no memory for a text");
    tsr_json *document = NULL;
    tsr_status status = get_text(r, text, ARCH_TEXT_MAX);
    if (status == TSR_OK) {
        status = tsr_json_parse(text, r->path, &document, r->err);
    }
    tsr_free(text);
    if (status != TSR_OK) {
        return status;
    }
    const tsr_jnode root = tsr_json_root(document);
    status = tsr_arch_from_node(&root, arch, r->err);
    tsr_json_free(document);
    return status;
}

static tsr_status get_segment(reader *r, tsr_program *program) {
    tsr_segment segment = {0};
    uint64_t has_data = 0;
    TSR_TRY(get_text(r, segment.name, sizeof segment.name));
    TSR_TRY(get_u64(r, &segment.address));
    TSR_TRY(get_u64(r, &segment.bytes));
    TSR_TRY(get_number(r, 1, &has_data));
    if (has_data != 0) {
        TSR_TRY(need(r, segment.bytes));
        segment.data = tsr_alloc((size_t)segment.bytes, 1);
        TSR_CHECK(segment.data != NULL, TSR_ERR_NO_MEMORY, r->err, r->path,
                  "no memory for segment %s", segment.name);
        memcpy(segment.data, r->data + r->at, (size_t)segment.bytes);
        r->at += (size_t)segment.bytes;
    }
    const tsr_status status = tsr_program_add_segment(program, &segment, r->err);
    if (status != TSR_OK) {
        tsr_free(segment.data);
    }
    return status;
}

static tsr_status get_symbol(reader *r, tsr_program *program) {
    tsr_symbol symbol = {0};
    uint64_t scale_bits = 0;
    uint64_t flags = 0;
    TSR_TRY(get_text(r, symbol.name, sizeof symbol.name));
    TSR_TRY(get_i32(r, &symbol.layer));
    TSR_TRY(get_u64(r, &symbol.address));
    TSR_TRY(get_i32(r, &symbol.c));
    TSR_TRY(get_i32(r, &symbol.h));
    TSR_TRY(get_i32(r, &symbol.w));
    TSR_TRY(get_i32(r, &symbol.pixel_bytes));
    TSR_TRY(get_i32(r, &symbol.batch_index));
    TSR_TRY(get_u64(r, &scale_bits));
    TSR_TRY(get_i32(r, &symbol.zero_point));
    TSR_TRY(get_number(r, 1, &flags));
    memcpy(&symbol.scale, &scale_bits, sizeof symbol.scale);
    symbol.is_input = (flags & 1) != 0;
    symbol.is_output = (flags & 2) != 0;
    return tsr_program_add_symbol(program, &symbol, r->err);
}

static tsr_status get_desc(reader *r, tsr_program *program) {
    tsr_desc desc = {0};
    tsr_desc_note note = {0};
    TSR_TRY(tsr_desc_decode(r->data + r->at, r->bytes - r->at, &desc, r->err));
    r->at += (size_t)desc.header.units * TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
    for (int32_t k = 0; k < TSR_NOTE_FIELDS; ++k) {
        uint64_t value = 0;
        TSR_TRY(get_u64(r, &value));
        TSR_CHECK(tsr_note_set(&note, k, (int64_t)value), TSR_ERR_CONFIG, r->err, r->path,
                  "byte %zu: %s of a note does not fit", r->at, tsr_note_names[k]);
    }
    TSR_TRY(tsr_program_append(program, &desc, &note, r->err));
    return tsr_program_replace(program, program->desc_count - 1, &desc, NULL,
                               r->err);  // with its tag
}

static tsr_status get_layer(reader *r, tsr_program *program) {
    char name[TSR_NAME_MAX];
    TSR_TRY(get_text(r, name, sizeof name));
    return tsr_program_add_layer(program, name, r->err);
}

/** A counted list, element by element. */
static tsr_status get_list(reader *r, uint64_t least, tsr_status (*get)(reader *, tsr_program *),
                           tsr_program *program) {
    int32_t count = 0;
    TSR_TRY(get_count(r, least, &count));
    for (int32_t i = 0; i < count; ++i) {
        TSR_TRY(get(r, program));
    }
    return TSR_OK;
}

static tsr_status get_program(reader *r, tsr_program *program) {
    TSR_TRY(get_u64(r, &program->memory_bytes));
    TSR_TRY(get_u64(r, &program->descriptor_address));
    TSR_TRY(get_arch(r, &program->arch));
    TSR_TRY(get_list(r, 4, get_layer, program));
    TSR_TRY(get_list(r, 21, get_segment, program));  // least bytes of each: with an empty name
    TSR_TRY(get_list(r, 49, get_symbol, program));
    TSR_TRY(get_list(r, TSR_UARCH_DESCRIPTOR_UNIT_BYTES + 8 * TSR_NOTE_FIELDS, get_desc, program));
    TSR_CHECK(r->at == r->bytes, TSR_ERR_CONFIG, r->err, r->path,
              "%zu bytes lie behind the last descriptor", r->bytes - r->at);
    return TSR_OK;
}

static uLong checksum(const uint8_t *data, size_t bytes) {
    uLong crc = crc32(0, Z_NULL, 0);
    while (bytes > 0) {
        const uInt piece = bytes < (1u << 30) ? (uInt)bytes : 1u << 30;
        crc = crc32(crc, data, piece);
        data += piece;
        bytes -= piece;
    }
    return crc;
}

/** Magic, version and CRC; leaves the reader behind the version with the CRC cut off. */
static tsr_status check_frame(reader *r) {
    const size_t head = TSR_FILE_MAGIC_BYTES + 4;
    TSR_CHECK(r->bytes >= head + TSR_FILE_CRC_BYTES &&
                  memcmp(r->data, TSR_FILE_MAGIC, TSR_FILE_MAGIC_BYTES) == 0,
              TSR_ERR_CONFIG, r->err, r->path, "is no program file");
    int32_t version = 0;
    r->at = TSR_FILE_MAGIC_BYTES;
    TSR_TRY(get_i32(r, &version));
    TSR_CHECK(version == TSR_FILE_VERSION, TSR_ERR_UNSUPPORTED, r->err, r->path,
              "version is %d, this program reads %d", version, TSR_FILE_VERSION);
    reader tail = *r;
    tail.at = r->bytes - TSR_FILE_CRC_BYTES;
    uint64_t stored = 0;
    TSR_TRY(get_number(&tail, TSR_FILE_CRC_BYTES, &stored));
    r->bytes -= TSR_FILE_CRC_BYTES;
    const uLong found = checksum(r->data, r->bytes);
    TSR_CHECK(stored == found, TSR_ERR_CONFIG, r->err, r->path,
              "the file is damaged: CRC-32 is %08lx, it should be %08" PRIx64, found, stored);
    return TSR_OK;
}

tsr_status tsr_program_read(const char *path, tsr_program *program, tsr_error *err) {
    char *data = NULL;
    reader r = {.path = path, .err = err};
    TSR_TRY(tsr_file_read(path, FILE_BYTES_MAX, &data, &r.bytes, err));
    r.data = (const uint8_t *)data;
    tsr_program read = {0};
    tsr_status status = check_frame(&r);
    if (status == TSR_OK) {
        status = get_program(&r, &read);
    }
    tsr_free(data);
    if (status != TSR_OK) {
        tsr_program_free(&read);
        return status;
    }
    *program = read;
    return TSR_OK;
}
