// SPDX-License-Identifier: Apache-2.0
// The field maps of uarch.json as tables, so that codec, text form and checks are loops instead of
// lists.
#ifndef TESSERA_PROGRAM_DESC_FIELDS_H
#define TESSERA_PROGRAM_DESC_FIELDS_H

#include <stddef.h>

#include <tessera/program.h>

/** One field of a descriptor and its place in tsr_desc and in the encoded words. */
typedef struct tsr_field {
    const char *name;
    size_t offset; /**< of the int64_t member in tsr_desc [byte] */
    int32_t word, lsb, width;
    bool is_signed;
} tsr_field;

/** A list of fields. */
typedef struct tsr_field_table {
    const tsr_field *fields;
    int32_t count;
} tsr_field_table;

/** Fields of word 0. */
tsr_field_table tsr_header_fields(void);
/** Body fields of an opcode; none for END and for unknown opcodes. */
tsr_field_table tsr_body_fields(int64_t opcode);
/** Lower-case name of an opcode, NULL if unknown. */
const char *tsr_opcode_name(int64_t opcode);
/** Smallest and largest value a field can hold. */
int64_t tsr_field_min(const tsr_field *field);
int64_t tsr_field_max(const tsr_field *field);
int64_t tsr_field_get(const tsr_desc *desc, const tsr_field *field);
void tsr_field_set(tsr_desc *desc, const tsr_field *field, int64_t value);

#endif
