// SPDX-License-Identifier: Apache-2.0
// Descriptors to 64-byte units and back, driven by the field tables of uarch.json.
#include <inttypes.h>
#include <string.h>

#include <tessera/program.h>

#include "base/check.h"
#include "program/desc_fields.h"

enum { WORDS_MAX = 16, WORD_BYTES = 8 };

static uint64_t field_mask(const tsr_field *field) {
    return (((uint64_t)1 << field->width) - 1) << field->lsb;
}

static tsr_status put_fields(const tsr_desc *desc, tsr_field_table table, uint64_t *words,
                             tsr_error *err) {
    for (int32_t i = 0; i < table.count; ++i) {
        const tsr_field *field = &table.fields[i];
        const int64_t value = tsr_field_get(desc, field);
        TSR_CHECK(value >= tsr_field_min(field) && value <= tsr_field_max(field), TSR_ERR_OVERFLOW,
                  err, tsr_opcode_name(desc->header.opcode),
                  "%s is %" PRId64 ", its %d bits hold %" PRId64 " to %" PRId64, field->name, value,
                  field->width, tsr_field_min(field), tsr_field_max(field));
        words[field->word] |= ((uint64_t)value << field->lsb) & field_mask(field);
    }
    return TSR_OK;
}

static void get_fields(tsr_desc *desc, tsr_field_table table, const uint64_t *words) {
    for (int32_t i = 0; i < table.count; ++i) {
        const tsr_field *field = &table.fields[i];
        const uint64_t raw = (words[field->word] & field_mask(field)) >> field->lsb;
        const bool negative = field->is_signed && (raw >> (field->width - 1)) != 0;
        const int64_t span = (int64_t)1 << field->width;
        tsr_field_set(desc, field, negative ? (int64_t)raw - span : (int64_t)raw);
    }
}

tsr_status tsr_desc_encode(const tsr_desc *desc, uint8_t bytes[128], tsr_error *err) {
    const int64_t opcode = desc->header.opcode;
    TSR_CHECK(tsr_opcode_name(opcode) != NULL, TSR_ERR_CONFIG, err, "", "unknown opcode %" PRId64,
              opcode);
    TSR_CHECK(desc->header.units == tsr_opcode_units(opcode), TSR_ERR_CONFIG, err,
              tsr_opcode_name(opcode), "units is %" PRId64 ", allowed is %d", desc->header.units,
              tsr_opcode_units(opcode));
    uint64_t words[WORDS_MAX] = {0};
    TSR_TRY(put_fields(desc, tsr_header_fields(), words, err));
    TSR_TRY(put_fields(desc, tsr_body_fields(opcode), words, err));
    const int32_t count = tsr_opcode_units(opcode) * TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
    for (int32_t i = 0; i < count; ++i) {
        bytes[i] = (uint8_t)(words[i / WORD_BYTES] >> (8 * (i % WORD_BYTES)));
    }
    return TSR_OK;
}

/** Bits that belong to no field must be zero, so that they can get a meaning later. */
static tsr_status check_reserved(const uint64_t *words, int32_t word_count, int64_t opcode,
                                 tsr_error *err) {
    uint64_t used[WORDS_MAX] = {0};
    const tsr_field_table tables[] = {tsr_header_fields(), tsr_body_fields(opcode)};
    for (int32_t t = 0; t < 2; ++t) {
        for (int32_t i = 0; i < tables[t].count; ++i) {
            used[tables[t].fields[i].word] |= field_mask(&tables[t].fields[i]);
        }
    }
    for (int32_t i = 0; i < word_count; ++i) {
        TSR_CHECK((words[i] & ~used[i]) == 0, TSR_ERR_CONFIG, err, tsr_opcode_name(opcode),
                  "reserved bits 0x%016" PRIx64 " of word %d are set, allowed is zero",
                  words[i] & ~used[i], i);
    }
    return TSR_OK;
}

tsr_status tsr_desc_decode(const uint8_t *bytes, size_t available, tsr_desc *desc, tsr_error *err) {
    TSR_CHECK(available >= TSR_UARCH_DESCRIPTOR_UNIT_BYTES, TSR_ERR_CONFIG, err, "",
              "%zu bytes left, a descriptor has at least %d", available,
              TSR_UARCH_DESCRIPTOR_UNIT_BYTES);
    uint64_t words[WORDS_MAX] = {0};
    tsr_desc read = {0};
    for (size_t i = 0; i < TSR_UARCH_DESCRIPTOR_UNIT_BYTES; ++i) {
        words[i / WORD_BYTES] |= (uint64_t)bytes[i] << (8 * (i % WORD_BYTES));
    }
    get_fields(&read, tsr_header_fields(), words);
    const int64_t opcode = read.header.opcode;
    TSR_CHECK(tsr_opcode_name(opcode) != NULL, TSR_ERR_CONFIG, err, "",
              "unknown opcode %" PRId64 ", allowed are 0 to %d", opcode, TSR_OP_COUNT - 1);
    TSR_CHECK(read.header.units == tsr_opcode_units(opcode), TSR_ERR_CONFIG, err,
              tsr_opcode_name(opcode), "units is %" PRId64 ", allowed is %d", read.header.units,
              tsr_opcode_units(opcode));
    const size_t size = (size_t)tsr_opcode_units(opcode) * TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
    TSR_CHECK(available >= size, TSR_ERR_CONFIG, err, tsr_opcode_name(opcode),
              "%zu bytes left, this descriptor has %zu", available, size);
    for (size_t i = TSR_UARCH_DESCRIPTOR_UNIT_BYTES; i < size; ++i) {
        words[i / WORD_BYTES] |= (uint64_t)bytes[i] << (8 * (i % WORD_BYTES));
    }
    TSR_TRY(check_reserved(words, (int32_t)(size / WORD_BYTES), opcode, err));
    get_fields(&read, tsr_body_fields(opcode), words);
    *desc = read;
    return TSR_OK;
}
