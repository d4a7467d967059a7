// SPDX-License-Identifier: Apache-2.0
// Descriptors to bytes and back: every field at its limits, what does not fit is named, what is
// unknown is refused.
#include "program/desc_fields.h"
#include "support/hand_program.h"

static uint64_t seed;

static tsr_field_table table_of(int32_t which, int64_t opcode) {
    return which == 0 ? tsr_header_fields() : tsr_body_fields(opcode);
}

static bool is_fixed(const tsr_field *field) {  // what kind of descriptor it is
    return strcmp(field->name, "opcode") == 0 || strcmp(field->name, "units") == 0;
}

static tsr_desc empty(int64_t opcode) {
    return (tsr_desc){.header = {.opcode = opcode, .units = tsr_opcode_units(opcode)}};
}

static void encode_and_decode(const tsr_desc *desc) {
    tsr_error err = {0};
    uint8_t bytes[128] = {0};
    const size_t size = (size_t)desc->header.units * 64;
    assert_ok(tsr_desc_encode(desc, bytes, &err), err);
    tsr_desc back;
    memset(&back, 0xEE, sizeof back);
    assert_ok(tsr_desc_decode(bytes, size, &back, &err), err);
    for (int32_t which = 0; which < 2; ++which) {
        const tsr_field_table table = table_of(which, desc->header.opcode);
        for (int32_t i = 0; i < table.count; ++i) {
            assert_int_equal(tsr_field_get(&back, &table.fields[i]),
                             tsr_field_get(desc, &table.fields[i]));
        }
    }
}

static void random_descriptors_come_back(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    for (int32_t round = 0; round < 3000; ++round) {
        tsr_desc desc = empty(tsr_rng_range(&rng, 0, TSR_OP_COUNT - 1));
        for (int32_t which = 0; which < 2; ++which) {
            const tsr_field_table table = table_of(which, desc.header.opcode);
            for (int32_t i = 0; i < table.count; ++i) {
                const tsr_field *field = &table.fields[i];
                const int64_t low = tsr_field_min(field);
                const int64_t high = tsr_field_max(field);
                const int64_t values[] = {low, high, tsr_rng_range(&rng, low, high)};
                if (!is_fixed(field)) {
                    tsr_field_set(&desc, field, values[tsr_rng_range(&rng, 0, 2)]);
                }
            }
        }
        encode_and_decode(&desc);
    }
}

static void every_field_at_its_limits_leaves_the_others_alone(void **state) {
    (void)state;
    for (int64_t opcode = 0; opcode < TSR_OP_COUNT; ++opcode) {
        for (int32_t which = 0; which < 2; ++which) {
            const tsr_field_table table = table_of(which, opcode);
            for (int32_t i = 0; i < table.count; ++i) {
                tsr_desc desc = empty(opcode);
                if (is_fixed(&table.fields[i])) {
                    continue;
                }
                tsr_field_set(&desc, &table.fields[i], tsr_field_min(&table.fields[i]));
                encode_and_decode(&desc);
                tsr_field_set(&desc, &table.fields[i], tsr_field_max(&table.fields[i]));
                encode_and_decode(&desc);
            }
        }
    }
}

static void a_value_one_beyond_its_field_is_named(void **state) {
    (void)state;
    for (int64_t opcode = 0; opcode < TSR_OP_COUNT; ++opcode) {
        for (int32_t which = 0; which < 2; ++which) {
            const tsr_field_table table = table_of(which, opcode);
            for (int32_t i = 0; i < 2 * table.count; ++i) {
                const tsr_field *field = &table.fields[i / 2];
                tsr_desc desc = empty(opcode);
                tsr_error err = {0};
                uint8_t bytes[128];
                if (is_fixed(field)) {
                    continue;
                }
                tsr_field_set(&desc, field,
                              i % 2 == 0 ? tsr_field_min(field) - 1 : tsr_field_max(field) + 1);
                assert_int_equal(tsr_desc_encode(&desc, bytes, &err), TSR_ERR_OVERFLOW);
                assert_ptr_equal(strstr(err.message, field->name), err.message);
            }
        }
    }
}

/** Little-endian: bit b of 64-bit word w is bit b%8 of byte 8w + b/8. */
static void every_field_lies_where_the_field_map_says(void **state) {
    (void)state;
    for (int64_t opcode = 0; opcode < TSR_OP_COUNT; ++opcode) {
        uint8_t zero[128];
        tsr_error err = {0};
        const tsr_desc plain = empty(opcode);
        assert_ok(tsr_desc_encode(&plain, zero, &err), err);
        const tsr_field_table table = tsr_body_fields(opcode);
        for (int32_t i = 0; i < table.count; ++i) {
            const tsr_field *field = &table.fields[i];
            tsr_desc desc = plain;
            uint8_t bytes[128];
            tsr_field_set(&desc, field, field->is_signed ? -1 : tsr_field_max(field));  // all ones
            assert_ok(tsr_desc_encode(&desc, bytes, &err), err);
            for (int32_t bit = 0; bit < plain.header.units * 512; ++bit) {
                const bool inside = bit / 64 == field->word && bit % 64 >= field->lsb &&
                                    bit % 64 < field->lsb + field->width;
                const int32_t changed = (bytes[bit / 8] ^ zero[bit / 8]) >> (bit % 8) & 1;
                assert_int_equal(changed, inside ? 1 : 0);
            }
        }
    }
}

static void damaged_encodings_are_refused(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_desc desc = empty(TSR_OP_CONV);
    uint8_t bytes[128];
    assert_ok(tsr_desc_encode(&desc, bytes, &err), err);
    tsr_desc back;
    for (size_t size = 0; size < sizeof bytes; ++size) {  // cut off
        assert_int_equal(tsr_desc_decode(bytes, size, &back, &err), TSR_ERR_CONFIG);
    }
    bytes[127] |= 0x80;  // the last bit belongs to no field
    assert_int_equal(tsr_desc_decode(bytes, sizeof bytes, &back, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "reserved"));
    bytes[127] = 0;
    bytes[0] = (uint8_t)((bytes[0] & ~0x30) | 0x10);  // one unit instead of two
    assert_int_equal(tsr_desc_decode(bytes, sizeof bytes, &back, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "units"));
    bytes[0] = 0x1F;  // opcode 15
    assert_int_equal(tsr_desc_decode(bytes, sizeof bytes, &back, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "unknown opcode"));
}

static void what_cannot_be_encoded_is_refused(void **state) {
    (void)state;
    tsr_error err = {0};
    uint8_t bytes[128];
    tsr_desc desc = empty(TSR_OP_COUNT);
    assert_int_equal(tsr_desc_encode(&desc, bytes, &err), TSR_ERR_CONFIG);
    desc = empty(TSR_OP_CONV);
    desc.header.units = 1;
    assert_int_equal(tsr_desc_encode(&desc, bytes, &err), TSR_ERR_CONFIG);
}

int main(int argc, char **argv) {
    seed = hand_seed(argc, argv, 7);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_descriptors_come_back),
        cmocka_unit_test(every_field_at_its_limits_leaves_the_others_alone),
        cmocka_unit_test(a_value_one_beyond_its_field_is_named),
        cmocka_unit_test(every_field_lies_where_the_field_map_says),
        cmocka_unit_test(damaged_encodings_are_refused),
        cmocka_unit_test(what_cannot_be_encoded_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
