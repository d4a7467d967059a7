// SPDX-License-Identifier: Apache-2.0
// Emits tsr_uarch.h: constants, opcodes, engines, ports, and the field maps as X-macro lists.
#include "uarch_model.h"

static void emit_names(FILE *file, const char *prefix, const uarch_name *names, int count) {
    char text[UARCH_TEXT_MAX];
    for (int i = 0; i < count; ++i) {
        uarch_upper(names[i].name, text);
        (void)fprintf(file, "#define %s%s %ld\n", prefix, text, names[i].value);
    }
    (void)fprintf(file, "#define %sCOUNT %d\n\n", prefix, count);
}

static void emit_kind(FILE *file, const uarch_kind *kind) {
    char text[UARCH_TEXT_MAX];
    uarch_upper(kind->name, text);
    const int words = kind->field_count > 0 ? kind->fields[kind->field_count - 1].word + 1 : 1;
    (void)fprintf(file, "/* %s: %d fields, %d words used of %d */\n", kind->name, kind->field_count,
                  words, kind->units > 0 ? kind->units * UARCH_WORDS_PER_UNIT : 1);
    (void)fprintf(file, "#define TSR_FIELDS_%s(X)", text);
    for (int i = 0; i < kind->field_count; ++i) {
        const uarch_field *field = &kind->fields[i];
        (void)fprintf(file, " \\\n    X(%s, %d, %d, %d, %d)", field->name, field->word, field->lsb,
                      field->width, field->is_signed ? 1 : 0);
    }
    (void)fprintf(file, "\n\n");
}

static void emit_registers(const uarch_model *model, FILE *file) {
    char text[UARCH_TEXT_MAX];
    char bit[UARCH_TEXT_MAX];
    (void)fprintf(file,
                  "/* Byte offsets of the AXI-Lite registers, lowest bits of their fields */\n");
    for (int i = 0; i < model->register_count; ++i) {
        const uarch_register *reg = &model->registers[i];
        uarch_upper(reg->name, text);
        (void)fprintf(file, "/** %s: %s */\n#define TSR_REG_%s 0x%03lX\n", reg->access, reg->about,
                      text, (unsigned long)reg->offset);
        for (int k = 0; k < reg->bit_count; ++k) {
            uarch_upper(reg->bits[k].name, bit);
            (void)fprintf(file, "#define TSR_REG_%s_%s_BIT %ld\n", text, bit, reg->bits[k].value);
        }
    }
    (void)fprintf(file, "\n");
}

bool uarch_emit_c(const uarch_model *model, FILE *file) {
    (void)fprintf(file,
                  "// SPDX-License-Identifier: Apache-2.0\n"
                  "// Generated from sim/arch/uarch.json by uarch_gen; do not edit.\n"
                  "#ifndef TESSERA_TSR_UARCH_H\n#define TESSERA_TSR_UARCH_H\n\n"
                  "#define TSR_UARCH_VERSION %ld\n\n",
                  model->version);
    char text[UARCH_TEXT_MAX];
    for (int i = 0; i < model->constant_count; ++i) {
        const uarch_constant *constant = &model->constants[i];
        uarch_upper(constant->name, text);
        (void)fprintf(file, "/** %s [%s] */\n#define TSR_UARCH_%s %ld\n", constant->about,
                      constant->unit, text, constant->value);
    }
    (void)fprintf(file, "\n");
    emit_names(file, "TSR_OP_", model->opcodes, model->opcode_count);
    emit_names(file, "TSR_UARCH_ENGINE_", model->engines, model->engine_count);
    emit_names(file, "TSR_UARCH_PORT_", model->ports, model->port_count);
    emit_registers(model, file);
    (void)fprintf(file,
                  "/* 64-byte units of a descriptor: X(opcode name, units) */\n"
                  "#define TSR_UARCH_UNITS(X) \\\n    X(END, 1)");
    for (int i = 1; i < model->kind_count; ++i) {
        uarch_upper(model->kinds[i].name, text);
        (void)fprintf(file, " \\\n    X(%s, %d)", text, model->kinds[i].units);
    }
    (void)fprintf(file,
                  "\n\n/* Field maps: X(name, 64-bit word, lowest bit, width, is_signed); "
                  "word 0 is the header. */\n\n");
    for (int i = 0; i < model->kind_count; ++i) {
        emit_kind(file, &model->kinds[i]);
    }
    (void)fprintf(file, "#endif\n");
    return ferror(file) == 0;
}
