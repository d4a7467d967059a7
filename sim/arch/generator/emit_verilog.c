// SPDX-License-Identifier: Apache-2.0
// Emits tsr_uarch.vh: the same constants as tsr_uarch.h as macros, because a module that includes
// localparams it does not use is not clean in lint. Field positions count bits of the descriptor.
#include "uarch_model.h"

static void emit_names(FILE *file, const char *prefix, const uarch_name *names, int count) {
    char text[UARCH_TEXT_MAX];
    for (int i = 0; i < count; ++i) {
        uarch_upper(names[i].name, text);
        (void)fprintf(file, "`define %s%s %ld\n", prefix, text, names[i].value);
    }
    (void)fprintf(file, "`define %sCOUNT %d\n\n", prefix, count);
}

/** LSB and WIDTH are numbers, BITS is a part select: desc_i[`TSR_CONV_IN_BASE_BITS]. */
static void emit_kind(FILE *file, const uarch_kind *kind) {
    char name[UARCH_TEXT_MAX];
    char text[UARCH_TEXT_MAX];
    uarch_upper(kind->name, name);
    if (kind->units > 0) {
        (void)fprintf(file, "`define TSR_%s_UNITS %d\n", name, kind->units);
    }
    for (int i = 0; i < kind->field_count; ++i) {
        const uarch_field *field = &kind->fields[i];
        const int lsb = field->word * UARCH_WORD_BITS + field->lsb;
        uarch_upper(field->name, text);
        (void)fprintf(file, "`define TSR_%s_%s_LSB %d\n", name, text, lsb);
        (void)fprintf(file, "`define TSR_%s_%s_WIDTH %d\n", name, text, field->width);
        (void)fprintf(file, "`define TSR_%s_%s_BITS %d +: %d\n", name, text, lsb, field->width);
    }
    (void)fprintf(file, "\n");
}

static void emit_registers(const uarch_model *model, FILE *file) {
    char text[UARCH_TEXT_MAX];
    char bit[UARCH_TEXT_MAX];
    for (int i = 0; i < model->register_count; ++i) {
        const uarch_register *reg = &model->registers[i];
        uarch_upper(reg->name, text);
        (void)fprintf(file, "// %s: %s\n`define TSR_REG_%s 12'h%03lX\n", reg->access, reg->about,
                      text, (unsigned long)reg->offset);
        for (int k = 0; k < reg->bit_count; ++k) {
            uarch_upper(reg->bits[k].name, bit);
            (void)fprintf(file, "`define TSR_REG_%s_%s_BIT %ld\n", text, bit, reg->bits[k].value);
        }
    }
    (void)fprintf(file, "\n");
}

bool uarch_emit_verilog(const uarch_model *model, FILE *file) {
    char text[UARCH_TEXT_MAX];
    (void)fprintf(file,
                  "// SPDX-License-Identifier: Apache-2.0\n"
                  "// Generated from sim/arch/uarch.json by uarch_gen; do not edit.\n"
                  "`ifndef TSR_UARCH_VH\n`define TSR_UARCH_VH\n\n"
                  "`define TSR_UARCH_VERSION %ld\n\n",
                  model->version);
    for (int i = 0; i < model->constant_count; ++i) {
        const uarch_constant *constant = &model->constants[i];
        uarch_upper(constant->name, text);
        (void)fprintf(file, "// %s [%s]\n`define TSR_UARCH_%s %ld\n", constant->about,
                      constant->unit, text, constant->value);
    }
    (void)fprintf(file, "\n");
    emit_names(file, "TSR_OP_", model->opcodes, model->opcode_count);
    emit_names(file, "TSR_UARCH_ENGINE_", model->engines, model->engine_count);
    emit_names(file, "TSR_UARCH_PORT_", model->ports, model->port_count);
    emit_registers(model, file);
    for (int i = 0; i < model->kind_count; ++i) {
        emit_kind(file, &model->kinds[i]);
    }
    (void)fprintf(file, "`endif\n");
    return ferror(file) == 0;
}
