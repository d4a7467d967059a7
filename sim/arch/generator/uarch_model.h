// SPDX-License-Identifier: Apache-2.0
// What sim/arch/uarch.json says, read, checked and packed: the common input of all emitters of the
// generator.
#ifndef TESSERA_ARCH_GENERATOR_UARCH_MODEL_H
#define TESSERA_ARCH_GENERATOR_UARCH_MODEL_H

#include <stdbool.h>
#include <stdio.h>

enum {
    UARCH_TEXT_MAX = 160,
    UARCH_CONSTANTS_MAX = 128,
    UARCH_NAMES_MAX = 16,
    UARCH_FIELDS_MAX = 96,
    UARCH_KINDS_MAX = 8,
    UARCH_REGISTERS_MAX = 64,
    UARCH_REGISTER_BITS_MAX = 8,
    UARCH_REGISTER_SPACE = 4096, /**< bytes of the AXI-Lite window */
    UARCH_WORDS_PER_UNIT = 8,
    UARCH_WORD_BITS = 64
};

/** One named number. */
typedef struct uarch_constant {
    char name[UARCH_TEXT_MAX];
    char unit[UARCH_TEXT_MAX];
    char about[UARCH_TEXT_MAX];
    long value;
} uarch_constant;

/** One field with its place: bits [lsb, lsb+width) of 64-bit little-endian word `word` of the
 * descriptor. */
typedef struct uarch_field {
    char name[UARCH_TEXT_MAX];
    int word, lsb, width;
    bool is_signed;
} uarch_field;

/** The header, or the body of one kind of descriptor. */
typedef struct uarch_kind {
    char name[UARCH_TEXT_MAX];
    int units; /**< 64-byte units the descriptor takes; 0 for the header, which has word 0 */
    int field_count;
    uarch_field fields[UARCH_FIELDS_MAX];
} uarch_kind;

/** One name with a number: opcode, engine, port. */
typedef struct uarch_name {
    char name[UARCH_TEXT_MAX];
    long value;
} uarch_name;

/** One 32-bit register of the AXI-Lite window. */
typedef struct uarch_register {
    char name[UARCH_TEXT_MAX];
    char access[UARCH_TEXT_MAX]; /**< ro, rw, wo, w1c */
    char about[UARCH_TEXT_MAX];
    long offset; /**< byte offset, multiple of 4 */
    int bit_count;
    uarch_name bits[UARCH_REGISTER_BITS_MAX]; /**< lowest bit of each named field */
} uarch_register;

/** The whole file. */
typedef struct uarch_model {
    long version;
    int constant_count;
    uarch_constant constants[UARCH_CONSTANTS_MAX];
    int engine_count;
    uarch_name engines[UARCH_NAMES_MAX];
    int port_count;
    uarch_name ports[UARCH_NAMES_MAX];
    int opcode_count;
    uarch_name opcodes[UARCH_NAMES_MAX];
    int register_count;
    uarch_register registers[UARCH_REGISTERS_MAX]; /**< ascending offsets */
    int kind_count;                                /**< kinds[0] is the header */
    uarch_kind kinds[UARCH_KINDS_MAX];
} uarch_model;

/** Read and pack; false after a message on stderr. */
bool uarch_model_read(const char *path, uarch_model *model);

/** One output format each: tsr_uarch.h for C and C++, tsr_uarch.vh for Verilog. */
bool uarch_emit_c(const uarch_model *model, FILE *file);
bool uarch_emit_verilog(const uarch_model *model, FILE *file);

/** @p name in capitals. */
void uarch_upper(const char *name, char text[UARCH_TEXT_MAX]);

#endif
