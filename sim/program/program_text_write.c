// SPDX-License-Identifier: Apache-2.0
// A program as text: one line for each thing, keys and values.
#include <inttypes.h>
#include <stdio.h>

#include "arch/arch_json.h"
#include "base/check.h"
#include "program/desc_fields.h"
#include "program/note_fields.h"
#include "program/program_text.h"

const char *const tsr_text_engines[TSR_ENGINE_COUNT] = {"load_feature", "load_weight", "compute",
                                                        "store"};
const char *const tsr_text_traffic[TSR_TRAFFIC_COUNT] = {"input", "weights", "intermediate",
                                                         "output", "descriptors"};

/** name="..." with quotes and backslashes escaped. */
static void write_name(FILE *file, const char *name) {
    (void)fputs(" name=\"", file);
    for (; *name != '\0'; ++name) {
        if (*name == '"' || *name == '\\') {
            (void)fputc('\\', file);
        }
        (void)fputc(*name, file);
    }
    (void)fputc('"', file);
}

static void write_tokens(FILE *file, const char *key, int64_t mask) {
    const char *separator = "=";
    if (mask == 0) {
        return;
    }
    (void)fprintf(file, " %s", key);
    for (int32_t engine = 0; engine < TSR_ENGINE_COUNT; ++engine) {
        if ((mask >> engine & 1) != 0) {
            (void)fprintf(file, "%s%s", separator, tsr_text_engines[engine]);
            separator = ",";
        }
    }
}

static void write_desc(const tsr_desc *desc, const tsr_desc_note *note, FILE *file) {
    (void)fprintf(file, "%s layer=%" PRId64 " traffic=%s", tsr_opcode_name(desc->header.opcode),
                  desc->header.layer, tsr_text_traffic[desc->header.traffic]);
    write_tokens(file, "pop", desc->header.pop);
    write_tokens(file, "push", desc->header.push);
    const tsr_field_table table = tsr_body_fields(desc->header.opcode);
    for (int32_t i = 0; i < table.count; ++i) {
        (void)fprintf(file, " %s=%" PRId64, table.fields[i].name,
                      tsr_field_get(desc, &table.fields[i]));
    }
    const char *separator = " |";
    const tsr_desc_note neutral = {.block = -1};
    for (int32_t i = 0; i < TSR_NOTE_FIELDS; ++i) {
        const int64_t value = tsr_note_get(note, i);
        if (value != tsr_note_get(&neutral, i)) {
            (void)fprintf(file, "%s %s=%" PRId64, separator, tsr_note_names[i], value);
            separator = "";
        }
    }
    (void)fputc('\n', file);
}

static void write_symbol(const tsr_symbol *symbol, FILE *file) {
    (void)fputs("symbol", file);
    write_name(file, symbol->name);
    (void)fprintf(file,
                  " layer=%d address=%" PRIu64
                  " c=%d h=%d w=%d pixel_bytes=%d batch_index=%d "
                  "scale=%.17g zero_point=%d input=%d output=%d\n",
                  symbol->layer, symbol->address, symbol->c, symbol->h, symbol->w,
                  symbol->pixel_bytes, symbol->batch_index, symbol->scale, symbol->zero_point,
                  symbol->is_input ? 1 : 0, symbol->is_output ? 1 : 0);
}

static tsr_status check_name(const char *name, tsr_error *err) {
    for (const char *c = name; *c != '\0'; ++c) {
        TSR_CHECK((unsigned char)*c >= ' ', TSR_ERR_CONFIG, err, "program",
                  "the name '%s' holds a control character", name);
    }
    return TSR_OK;
}

/** Only what has a text form. */
static tsr_status check_writable(const tsr_program *program, tsr_error *err) {
    for (int32_t i = 0; i < program->layer_count; ++i) {
        TSR_TRY(check_name(program->layer_names[i], err));
    }
    for (int32_t i = 0; i < program->segment_count; ++i) {
        TSR_TRY(check_name(program->segments[i].name, err));
    }
    for (int32_t i = 0; i < program->symbol_count; ++i) {
        TSR_TRY(check_name(program->symbols[i].name, err));
    }
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc_header header = tsr_program_desc(program, i).header;
        TSR_CHECK(tsr_opcode_name(header.opcode) != NULL && header.traffic >= 0 &&
                      header.traffic < TSR_TRAFFIC_COUNT,
                  TSR_ERR_CONFIG, err, "program",
                  "descriptor %d has opcode %" PRId64 " and traffic %" PRId64
                  ", which have no names",
                  i, header.opcode, header.traffic);
    }
    return TSR_OK;
}

tsr_status tsr_program_disassemble(const tsr_program *program, FILE *file, tsr_error *err) {
    TSR_TRY(check_writable(program, err));
    (void)fprintf(file, TSR_TEXT_MAGIC " %d\narch ", TSR_TEXT_VERSION);
    tsr_jwriter writer;
    tsr_jwriter_init(&writer, file, true);
    tsr_arch_write(&program->arch, &writer);
    (void)fprintf(file, "\nmemory bytes=%" PRIu64 " descriptor_address=%" PRIu64 "\n",
                  program->memory_bytes, program->descriptor_address);
    for (int32_t i = 0; i < program->layer_count; ++i) {
        (void)fputs("layer", file);
        write_name(file, program->layer_names[i]);
        (void)fputc('\n', file);
    }
    for (int32_t i = 0; i < program->segment_count; ++i) {
        (void)fputs("segment", file);
        write_name(file, program->segments[i].name);
        (void)fprintf(file, " address=%" PRIu64 " bytes=%" PRIu64 "\n",
                      program->segments[i].address, program->segments[i].bytes);
    }
    for (int32_t i = 0; i < program->symbol_count; ++i) {
        write_symbol(&program->symbols[i], file);
    }
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc desc = tsr_program_desc(program, i);
        const tsr_desc_note note = tsr_program_note(program, i);
        write_desc(&desc, &note, file);
    }
    TSR_CHECK(ferror(file) == 0, TSR_ERR_FILE, err, "program", "cannot write the text");
    return TSR_OK;
}
