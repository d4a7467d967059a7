// SPDX-License-Identifier: Apache-2.0
// Every limit of the fields that say how weights, groups, steps, rings and packed rows work: the last
// legal value passes, the next one is refused and the refusal names field, found and allowed.
#include "program/desc_check.h"
#include "program/desc_fields.h"
#include "support/hand_program.h"

/** A 3x3 conv over 8 x 8 pixels of one plane; 8 x 2 array, so that a pixel of the output is 4 words. */
static tsr_arch wide_arch(void) {
    tsr_arch arch = hand_arch();
    arch.tm = 8;
    arch.tn = 2;
    return arch;
}

static tsr_desc conv(void) {
    return (tsr_desc){.header = {.opcode = TSR_OP_CONV, .units = 2},
                      .u.conv = {.in_row_pitch = 4,
                                 .in_plane_pitch = 32,
                                 .in_bank_stride = 1,
                                 .in_h = 8,
                                 .in_w = 8,
                                 .in_planes = 1,
                                 .kernel_h = 3,
                                 .kernel_w = 3,
                                 .stride_h = 1,
                                 .stride_w = 1,
                                 .dilation_h = 1,
                                 .dilation_w = 1,
                                 .out_h = 6,
                                 .out_w = 6,
                                 .m_groups = 2,
                                 .accumulate_first = 1,
                                 .accumulate_last = 1,
                                 .out_base = 512,
                                 .out_row_pitch = 16,
                                 .out_plane_pitch = 512,
                                 .out_bank_stride = 1,
                                 .residual = 1,
                                 .residual_base = 1024,
                                 .residual_row_pitch = 4,
                                 .residual_plane_pitch = 64,
                                 .residual_bank_stride = 1,
                                 .residual_shift = 1}};
}

static tsr_desc pool(void) {
    return (tsr_desc){.header = {.opcode = TSR_OP_POOL, .units = 2},
                      .u.pool = {.in_row_pitch = 4,
                                 .in_plane_pitch = 32,
                                 .in_bank_stride = 1,
                                 .in_h = 8,
                                 .in_w = 8,
                                 .planes = 2,
                                 .kernel_h = 2,
                                 .kernel_w = 2,
                                 .stride_h = 1,
                                 .stride_w = 1,
                                 .out_h = 7,
                                 .out_w = 7,
                                 .out_base = 512,
                                 .out_row_pitch = 4,
                                 .out_plane_pitch = 64,
                                 .out_bank_stride = 1}};
}

static tsr_desc load(void) {
    return (tsr_desc){.header = {.opcode = TSR_OP_LOAD_FEATURE, .units = 1},
                      .u.load_feature = {.row_bytes = 12,
                                         .row_stride_bytes = 12,
                                         .rows = 8,
                                         .planes = 1,
                                         .pixel_bytes = 1,
                                         .row_pitch = 7,
                                         .bank_stride = 1}};
}

static void set(tsr_desc *desc, const char *name, int64_t value) {
    const tsr_field_table table = tsr_body_fields(desc->header.opcode);
    for (int32_t i = 0; i < table.count; ++i) {
        if (strcmp(table.fields[i].name, name) == 0) {
            tsr_field_set(desc, &table.fields[i], value);
            return;
        }
    }
    fail_msg("no field %s", name);
}

enum { CHANGES = 4, WORDS = 3 };

/** Fields set to values; then legal, or refused with all of these words. */
typedef struct limit {
    tsr_desc (*base)(void);

    struct {
        const char *field;
        int64_t value;
    } change[CHANGES];

    const char *word[WORDS];
} limit;

static const limit limits[] = {
    {conv, {{"weight_form", 1}}, {NULL}},
    {conv, {{"weight_form", 3}}, {"weight_form is 3", "allowed are 0 to 2"}},
    {conv, {{"weight_form", 2}, {"ones_weight", 1}}, {NULL}},
    {conv, {{"weight_form", 2}, {"ones_weight", 2}}, {NULL}},
    {conv, {{"weight_form", 2}, {"ones_weight", 3}}, {"ones_weight is 3", "allowed are 1 and 2"}},
    {conv, {{"weight_form", 2}}, {"ones_weight is 0 with weight_form 2", "allowed are 1 and 2"}},
    {conv,
     {{"weight_form", 1}, {"ones_weight", 1}},
     {"ones_weight is 1 with weight_form 1", "else 0"}},
    {conv, {{"ones_weight", 2}}, {"ones_weight is 2 with weight_form 0", "else 0"}},
    {conv, {{"weight_form", 1}, {"in_planes", 4}}, {NULL}},
    {conv,
     {{"weight_form", 1}, {"in_planes", 5}},
     {"in_planes is 5", "allowed are 1 to tm/tn = 4"}},
    // 512 words of 16 bytes: dense needs 9 for each of two groups, diagonal ceil(9/8) = 2, ones none
    {conv, {{"weight_base", 512 - 18}}, {NULL}},
    {conv, {{"weight_base", 512 - 17}}, {"reaches weight word 512", "has 512"}},
    {conv, {{"weight_base", 512 - 4}, {"weight_form", 1}}, {NULL}},
    {conv, {{"weight_base", 512 - 3}, {"weight_form", 1}}, {"reaches weight word 512"}},
    {conv, {{"weight_base", 4000}, {"weight_form", 2}, {"ones_weight", 1}}, {NULL}},
    // 8192 lines of 4 bytes: the second group's plane ends in line 31 + 32*group_planes
    {conv, {{"group_planes", 255}}, {NULL}},
    {conv, {{"group_planes", 256}}, {"the input reaches line 8223", "has 8192"}},
    {conv,
     {{"group_planes", 1}, {"in_plane_pitch", 31}},
     {"the input puts two pixels in one word"}},
    {conv, {{"group_planes", 0}, {"in_plane_pitch", 31}}, {NULL}},
    {conv, {{"out_step_h", 4}, {"out_step_w", 4}}, {NULL}},
    {conv, {{"out_step_h", 5}}, {"out_step_h 5", "allowed are 0 to 4"}},
    {conv, {{"out_step_w", 7}}, {"out_step_w 7", "allowed are 0 to 4"}},
    {conv, {{"max_pool_2x2", 1}, {"out_step_w", 1}}, {NULL}},
    {conv, {{"max_pool_2x2", 1}, {"out_step_w", 2}}, {"out_step_w 2", "max_pool_2x2"}},
    {conv, {{"max_pool_2x2", 1}, {"out_step_h", 2}}, {"out_step_h 2", "max_pool_2x2"}},
    {conv, {{"out_step_w", 4}, {"out_row_pitch", 11}}, {NULL}},  // columns 0 .. 20: lines 0 .. 10
    {conv, {{"out_step_w", 4}, {"out_row_pitch", 10}}, {"the output puts two pixels in one word"}},
    {conv, {{"in_wrap", 8}, {"in_y0", 7}}, {NULL}},
    {conv, {{"in_wrap", 7}}, {"the input is a ring of 7 rows", "row 0 and 8 rows"}},
    {conv, {{"in_wrap", 8}, {"in_y0", 8}}, {"the input is a ring of 8 rows", "row 8"}},
    {conv, {{"in_wrap", 9}, {"in_plane_pitch", 35}, {"group_planes", 1}}, {NULL}},
    {conv,
     {{"in_wrap", 9}, {"in_plane_pitch", 35}, {"group_planes", 1}, {"in_y0", 2}},
     {"the input puts two pixels in one word"}},
    {conv, {{"out_wrap", 6}, {"out_y0", 5}}, {NULL}},
    {conv, {{"out_wrap", 5}}, {"the output is a ring of 5 rows"}},
    {conv, {{"out_wrap", 11}, {"out_step_h", 2}}, {NULL}},
    {conv, {{"out_wrap", 10}, {"out_step_h", 2}}, {"the output is a ring of 10 rows", "11 rows"}},
    {conv, {{"out_wrap", 3}, {"max_pool_2x2", 1}}, {NULL}},
    {conv, {{"out_wrap", 2}, {"max_pool_2x2", 1}}, {"the output is a ring of 2 rows"}},
    {conv, {{"residual_wrap", 6}, {"residual_y0", 5}}, {NULL}},
    {conv, {{"residual_wrap", 5}}, {"the residual is a ring of 5 rows"}},
    {conv, {{"residual_wrap", 5}, {"residual", 0}}, {NULL}},
    {pool, {{"in_wrap", 8}, {"in_y0", 7}, {"out_wrap", 7}, {"out_y0", 6}}, {NULL}},
    {pool, {{"in_wrap", 7}}, {"the input is a ring of 7 rows"}},
    {pool, {{"out_wrap", 6}}, {"the output is a ring of 6 rows"}},
    {load, {{"pack", 2}, {"pack_value", -128}}, {NULL}},
    {load, {{"pack", 3}}, {"pack is 3", "allowed are 0 to 2"}},
    {load, {{"pack", 2}, {"pixel_bytes", 2}}, {"pack is 2", "allowed are 0 to 1"}},
    {load, {{"pack", 1}, {"pixel_bytes", 2}}, {NULL}},
    {load, {{"pack", 2}, {"pack_value", 128}}, {"pack_value is 128", "allowed are -128 to 127"}},
    {load, {{"pack", 2}, {"row_pitch", 6}}, {"two pixels in one word"}},  // 13 columns
    {load, {{"pack", 0}, {"row_pitch", 6}}, {NULL}},
};

static void the_last_legal_value_passes_and_the_next_is_refused(void **state) {
    (void)state;
    const tsr_arch arch = wide_arch();
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; ++i) {
        tsr_error err = {0};
        tsr_desc desc = limits[i].base();
        for (int32_t c = 0; c < CHANGES && limits[i].change[c].field != NULL; ++c) {
            set(&desc, limits[i].change[c].field, limits[i].change[c].value);
        }
        const tsr_status status = tsr_desc_check(&arch, &desc, 4096, &err);
        if (limits[i].word[0] == NULL) {
            if (status != TSR_OK) {
                fail_msg("limit %zu: %s", i, err.message);
            }
            continue;
        }
        assert_int_equal(status, TSR_ERR_CONFIG);
        for (int32_t w = 0; w < WORDS && limits[i].word[w] != NULL; ++w) {
            if (strstr(err.message, limits[i].word[w]) == NULL) {
                fail_msg("limit %zu: '%s' does not say '%s'", i, err.message, limits[i].word[w]);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_legal_value_passes_and_the_next_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
