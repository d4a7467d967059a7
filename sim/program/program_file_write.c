// SPDX-License-Identifier: Apache-2.0
// Program to file, with a CRC over everything; the file appears whole or not at all.
#include <string.h>

#include <zlib.h>

#include "arch/arch_json.h"
#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"
#include "program/note_fields.h"
#include "program/program_file.h"

/** The file and the CRC of what went into it. */
typedef struct writer {
    FILE *file; /**< borrowed; errors show at the commit */
    uLong crc;
} writer;

static void put(writer *w, const void *data, size_t bytes) {
    const Bytef *rest = data;
    while (bytes > 0) {  // crc32 counts in 32 bits
        const uInt piece = bytes < (1u << 30) ? (uInt)bytes : 1u << 30;
        w->crc = crc32(w->crc, rest, piece);
        (void)fwrite(rest, 1, piece, w->file);
        rest += piece;
        bytes -= piece;
    }
}

static void put_number(writer *w, uint64_t value, int32_t bytes) {
    uint8_t raw[8];
    for (int32_t i = 0; i < bytes; ++i) {
        raw[i] = (uint8_t)(value >> (8 * i));
    }
    put(w, raw, (size_t)bytes);
}

static void put_u8(writer *w, uint32_t value) {
    put_number(w, value, 1);
}

static void put_i32(writer *w, int32_t value) {
    put_number(w, (uint32_t)value, 4);
}

static void put_u64(writer *w, uint64_t value) {
    put_number(w, value, 8);
}

static void put_text(writer *w, const char *text) {
    const size_t length = strlen(text);
    put_number(w, length, 4);
    put(w, text, length);
}

static tsr_status put_arch(writer *w, const tsr_arch *arch, tsr_error *err) {
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    TSR_CHECK(memory != NULL, TSR_ERR_NO_MEMORY, err, arch->name, "no memory for a text");
    tsr_jwriter json;
    tsr_jwriter_init(&json, memory, true);
    tsr_arch_write(arch, &json);
    const bool good = fclose(memory) == 0 && text != NULL;
    if (good) {
        put_text(w, text);
    }
    tsr_free(text);  // open_memstream allocates as tsr_alloc does
    TSR_CHECK(good, TSR_ERR_NO_MEMORY, err, arch->name, "no memory for a text");
    return TSR_OK;
}

static void put_segment(writer *w, const tsr_segment *segment) {
    put_text(w, segment->name);
    put_u64(w, segment->address);
    put_u64(w, segment->bytes);
    put_u8(w, segment->data != NULL);
    if (segment->data != NULL) {
        put(w, segment->data, (size_t)segment->bytes);
    }
}

static void put_symbol(writer *w, const tsr_symbol *symbol) {
    uint64_t scale_bits = 0;
    memcpy(&scale_bits, &symbol->scale, sizeof scale_bits);
    put_text(w, symbol->name);
    put_i32(w, symbol->layer);
    put_u64(w, symbol->address);
    put_i32(w, symbol->c);
    put_i32(w, symbol->h);
    put_i32(w, symbol->w);
    put_i32(w, symbol->pixel_bytes);
    put_i32(w, symbol->batch_index);
    put_u64(w, scale_bits);
    put_i32(w, symbol->zero_point);
    put_u8(w, (symbol->is_input ? 1u : 0u) + (symbol->is_output ? 2u : 0u));
}

static tsr_status put_descs(writer *w, const tsr_program *program, tsr_error *err) {
    put_i32(w, program->desc_count);
    for (int32_t i = 0; i < program->desc_count; ++i) {
        uint8_t bytes[2 * TSR_UARCH_DESCRIPTOR_UNIT_BYTES];
        const tsr_desc desc = tsr_program_desc(program, i);
        const tsr_desc_note note = tsr_program_note(program, i);
        TSR_TRY(tsr_desc_encode(&desc, bytes, err));
        put(w, bytes, (size_t)tsr_program_desc_bytes(program, i));
        for (int32_t k = 0; k < TSR_NOTE_FIELDS; ++k) {
            put_u64(w, (uint64_t)tsr_note_get(&note, k));
        }
    }
    return TSR_OK;
}

static tsr_status put_program(writer *w, const tsr_program *program, tsr_error *err) {
    put(w, TSR_FILE_MAGIC, TSR_FILE_MAGIC_BYTES);
    put_i32(w, TSR_FILE_VERSION);
    put_u64(w, program->memory_bytes);
    put_u64(w, program->descriptor_address);
    TSR_TRY(put_arch(w, &program->arch, err));
    put_i32(w, program->layer_count);
    for (int32_t i = 0; i < program->layer_count; ++i) {
        put_text(w, program->layer_names[i]);
    }
    put_i32(w, program->segment_count);
    for (int32_t i = 0; i < program->segment_count; ++i) {
        put_segment(w, &program->segments[i]);
    }
    put_i32(w, program->symbol_count);
    for (int32_t i = 0; i < program->symbol_count; ++i) {
        put_symbol(w, &program->symbols[i]);
    }
    TSR_TRY(put_descs(w, program, err));
    put_number(w, w->crc, TSR_FILE_CRC_BYTES);
    return TSR_OK;
}

tsr_status tsr_program_write(const tsr_program *program, const char *path, tsr_error *err) {
    writer w = {.crc = crc32(0, Z_NULL, 0)};
    TSR_TRY(tsr_file_begin(path, &w.file, err));
    const tsr_status status = put_program(&w, program, err);
    if (status != TSR_OK) {
        tsr_file_abandon(path, w.file);
        return status;
    }
    return tsr_file_commit(path, w.file, err);
}
