// SPDX-License-Identifier: Apache-2.0
// Field tables made from the generated X-macro lists.
#include "program/desc_fields.h"

#include <string.h>

#define HEADER_ENTRY(name, word, lsb, width, is_signed) \
    {#name, offsetof(tsr_desc, header.name), word, lsb, width, (is_signed) != 0},
#define LOAD_FEATURE_ENTRY(name, word, lsb, width, is_signed) \
    {#name, offsetof(tsr_desc, u.load_feature.name), word, lsb, width, (is_signed) != 0},
#define LOAD_WEIGHT_ENTRY(name, word, lsb, width, is_signed) \
    {#name, offsetof(tsr_desc, u.load_weight.name), word, lsb, width, (is_signed) != 0},
#define CONV_ENTRY(name, word, lsb, width, is_signed) \
    {#name, offsetof(tsr_desc, u.conv.name), word, lsb, width, (is_signed) != 0},
#define POOL_ENTRY(name, word, lsb, width, is_signed) \
    {#name, offsetof(tsr_desc, u.pool.name), word, lsb, width, (is_signed) != 0},
#define STORE_ENTRY(name, word, lsb, width, is_signed) \
    {#name, offsetof(tsr_desc, u.store.name), word, lsb, width, (is_signed) != 0},

static const tsr_field header_fields[] = {TSR_FIELDS_HEADER(HEADER_ENTRY)};
static const tsr_field load_feature_fields[] = {TSR_FIELDS_LOAD_FEATURE(LOAD_FEATURE_ENTRY)};
static const tsr_field load_weight_fields[] = {TSR_FIELDS_LOAD_WEIGHT(LOAD_WEIGHT_ENTRY)};
static const tsr_field conv_fields[] = {TSR_FIELDS_CONV(CONV_ENTRY)};
static const tsr_field pool_fields[] = {TSR_FIELDS_POOL(POOL_ENTRY)};
static const tsr_field store_fields[] = {TSR_FIELDS_STORE(STORE_ENTRY)};

#define TABLE(array)                                           \
    (tsr_field_table) {                                        \
        (array), (int32_t)(sizeof(array) / sizeof((array)[0])) \
    }

tsr_field_table tsr_header_fields(void) {
    return TABLE(header_fields);
}

tsr_field_table tsr_body_fields(int64_t opcode) {
    switch (opcode) {
        case TSR_OP_LOAD_FEATURE:
            return TABLE(load_feature_fields);
        case TSR_OP_LOAD_WEIGHT:
            return TABLE(load_weight_fields);
        case TSR_OP_CONV:
            return TABLE(conv_fields);
        case TSR_OP_POOL:
            return TABLE(pool_fields);
        case TSR_OP_STORE:
            return TABLE(store_fields);
        default:
            return (tsr_field_table){NULL, 0};
    }
}

const char *tsr_opcode_name(int64_t opcode) {
    switch (opcode) {
        case TSR_OP_END:
            return "end";
        case TSR_OP_LOAD_FEATURE:
            return "load_feature";
        case TSR_OP_LOAD_WEIGHT:
            return "load_weight";
        case TSR_OP_CONV:
            return "conv";
        case TSR_OP_POOL:
            return "pool";
        case TSR_OP_STORE:
            return "store";
        default:
            return NULL;
    }
}

int64_t tsr_field_min(const tsr_field *field) {
    return field->is_signed ? -((int64_t)1 << (field->width - 1)) : 0;
}

int64_t tsr_field_max(const tsr_field *field) {
    return ((int64_t)1 << (field->is_signed ? field->width - 1 : field->width)) - 1;
}

int64_t tsr_field_get(const tsr_desc *desc, const tsr_field *field) {
    int64_t value = 0;
    memcpy(&value, (const char *)desc + field->offset, sizeof value);
    return value;
}

void tsr_field_set(tsr_desc *desc, const tsr_field *field, int64_t value) {
    memcpy((char *)desc + field->offset, &value, sizeof value);
}
