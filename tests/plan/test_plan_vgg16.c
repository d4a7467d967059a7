// SPDX-License-Identifier: Apache-2.0
// VGG-16 on the ZC706-like machine: every schedule fits and is legal, and joins through DRAM move
// what the tables of blockconv.md 4.5 count.
#include "plan/plan_rig.h"

static tsr_network vgg16(void) {
    tsr_network network = {0};
    tsr_error err = {0};
    tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
    assert_ok(tsr_network_load("vgg16", 0, 0, &network, &err), err);
    return network;
}

static const char *const schedules[] = {"layerwise", "F112", "F56",  "F28",   "F14",
                                        "H2x2",      "H4x4", "H8x8", "H16x16"};

static void test_every_schedule_fits_and_its_program_is_legal(void **state) {
    (void)state;
    tsr_network network = vgg16();
    for (int32_t bits = 8; bits <= 16; bits += 8) {
        tsr_arch arch = rig_arch("zc706");
        arch.activation_bits = bits;
        for (size_t i = 0; i < sizeof schedules / sizeof schedules[0]; ++i) {
            const tsr_schedule schedule = rig_schedule(schedules[i], TSR_JOIN_AUTO);
            tsr_program program = {0};
            tsr_plan *plan = rig_plan(&network, &arch, &schedule, &program);
            const tsr_plan_summary summary = tsr_plan_summarize(plan);
            print_message("%2d bits %-9s: %5d descriptors, %s\n", bits, schedules[i],
                          program.desc_count, summary.text);
            assert_true(program.desc_count < 20000);
            uint64_t macs = 0;
            for (int32_t d = 0; d < program.desc_count; ++d) {
                macs += tsr_program_note(&program, d).macs;
            }
            // blockconv.md 2.3: convolutions 15,346,630,656; fully connected 123,633,664
            assert_true(macs == UINT64_C(15346630656) + UINT64_C(123633664));
            rig_check_pure(&network, &arch, &schedule, &program);
            tsr_program_free(&program);
            tsr_plan_free(plan);
        }
    }
    tsr_network_free(&network);
}

/** A row of the table: maps between convolutions, and what they are together. */
typedef struct table_row {
    const char *blocking;
    int32_t maps;
    double megabytes;
    int32_t more_maps;  // through DRAM here, beyond the table
    double most_more;   // MB moved here beyond the table
    const char *why;
} table_row;

// blockconv.md 4.5, VGG-16, 8 bits.
static const table_row rows[] = {
    {"F112", 11, 11.440, 0, 0.10,
     "conv2_2 (1568 KiB in) does not fit: halos of its tiles are read twice"},
    {"F56", 10, 8.229, 0, 0.0, ""},
    {"F28", 8, 5.018, 0, 0.0, ""},
    {"F14", 6, 3.412, 0, 0.0, ""},
    {"H2x2", 0, 0.0, 0, 0.0, ""},
    {"H4x4", 3, 0.602, 0, 0.0, ""},
    {"H8x8", 6, 2.609, 0, 0.0, ""},
    {"H16x16", 9, 6.623, 1, 4.0,
     "un-pooled conv2_2 (1568 KiB) does not fit: it goes through DRAM to be joined, and is pooled "
     "there"},
};

static void test_joins_through_dram_move_what_the_table_counts(void **state) {
    (void)state;
    tsr_network network = vgg16();
    const tsr_arch arch = rig_arch("zc706");
    // The table is about convolutions; here three more maps lie between them and the fully
    // connected layers.
    const int32_t fc_maps = 3;
    const double fc_megabytes = 2.0 * (25088 + 4096 + 4096) / 1e6;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        const table_row *row = &rows[i];
        const tsr_schedule schedule = rig_schedule(row->blocking, TSR_JOIN_DRAM);
        tsr_program program = {0};
        tsr_plan *plan = rig_plan(&network, &arch, &schedule, &program);
        const tsr_plan_summary summary = tsr_plan_summarize(plan);
        const double moved = (double)summary.intermediate_bytes / 1e6 - fc_megabytes;
        print_message("%-7s maps %2d (table %2d), moved %7.3f MB (table %7.3f) %s\n", row->blocking,
                      summary.maps_through_dram - fc_maps, row->maps, moved, row->megabytes,
                      row->why);
        assert_int_equal(summary.maps_through_dram - fc_maps, row->maps + row->more_maps);
        assert_true(moved > row->megabytes - 0.0006 &&
                    moved < row->megabytes + row->most_more + 0.0006);
        tsr_program_free(&program);
        tsr_plan_free(plan);
    }
    tsr_network_free(&network);
}

static void test_joins_on_chip_leave_only_input_and_output_to_move(void **state) {
    (void)state;
    // blockconv.md 4.6: these fit the feature storage of a ZC706 at 8 bits with every map on chip
    static const char *const on_chip[] = {"F28", "F14", "H2x2", "H4x4", "H8x8"};
    tsr_network network = vgg16();
    const tsr_arch arch = rig_arch("zc706");
    for (size_t i = 0; i < sizeof on_chip / sizeof on_chip[0]; ++i) {
        const tsr_schedule schedule = rig_schedule(on_chip[i], TSR_JOIN_ON_CHIP);
        tsr_program program = {0};
        tsr_plan *plan = rig_plan(&network, &arch, &schedule, &program);
        const tsr_plan_summary summary = tsr_plan_summarize(plan);
        assert_true(summary.joins_on_chip);
        assert_int_equal(summary.group_count, 1);
        assert_int_equal(summary.maps_through_dram, 0);
        assert_int_equal(summary.intermediate_bytes, 0);
        // three channels are stored as four bytes
        assert_int_equal(plan->read_bytes[TSR_TRAFFIC_INPUT], 224 * 224 * 4);
        assert_int_equal(plan->write_bytes[TSR_TRAFFIC_OUTPUT], 1008);
        tsr_program_free(&program);
        tsr_plan_free(plan);
    }
    tsr_network_free(&network);
}

static uint64_t moved_bytes(const tsr_network *network, const tsr_arch *arch, const char *text,
                            tsr_join join) {
    const tsr_schedule schedule = rig_schedule(text, join);
    tsr_program program = {0};
    tsr_plan *plan = rig_plan(network, arch, &schedule, &program);
    uint64_t bytes = 0;
    for (int32_t t = 0; t < TSR_TRAFFIC_DESCRIPTORS; ++t) {
        bytes += plan->read_bytes[t] + plan->write_bytes[t];
    }
    tsr_program_free(&program);
    tsr_plan_free(plan);
    return bytes;
}

static void test_auto_moves_no_more_than_the_fixed_choices(void **state) {
    (void)state;
    tsr_network network = vgg16();
    const tsr_arch arch = rig_arch("zc706");
    static const char *const both[] = {"F28", "H2x2", "H4x4"};
    for (size_t i = 0; i < sizeof both / sizeof both[0]; ++i) {
        const uint64_t best = moved_bytes(&network, &arch, both[i], TSR_JOIN_AUTO);
        assert_true(best <= moved_bytes(&network, &arch, both[i], TSR_JOIN_ON_CHIP));
        assert_true(best <= moved_bytes(&network, &arch, both[i], TSR_JOIN_DRAM));
    }
    tsr_network_free(&network);
}

static void test_fixed_blocks_run_depth_first_in_z_order(void **state) {
    (void)state;
    tsr_network network = vgg16();
    const tsr_arch arch = rig_arch("zc706");
    tsr_schedule schedule = rig_schedule("F28", TSR_JOIN_ON_CHIP);
    schedule.residency = TSR_RESIDENCY_PER_BLOCK;  // one block at a time
    tsr_program program = {0};
    tsr_plan *plan = rig_plan(&network, &arch, &schedule, &program);
    const int32_t conv1_1 = tsr_network_find(&network, "conv1_1");
    const int32_t conv2_1 = tsr_network_find(&network, "conv2_1");
    // four children of one parent are at rows y, y, y+1, y+1 and columns x, x+1, x, x+1 of the 8 x
    // 8 grid
    static const int32_t expected[] = {0, 1, 8, 9, 2, 3, 10, 11, 16, 17, 24, 25, 18, 19, 26, 27};
    int32_t seen = 0;
    int32_t parents = 0;
    for (int32_t i = 0; i < program.desc_count && seen < 16; ++i) {
        const tsr_desc desc = tsr_program_desc(&program, i);
        if (desc.header.opcode != TSR_OP_CONV) {
            continue;
        }
        if (desc.header.layer == conv1_1) {
            assert_int_equal(parents,
                             seen / 4);  // a parent ran as soon as its four children were there
            assert_int_equal(tsr_program_note(&program, i).block, expected[seen++]);
        }
        parents += desc.header.layer == conv2_1;
    }
    assert_int_equal(seen, 16);
    tsr_program_free(&program);
    tsr_plan_free(plan);
    tsr_network_free(&network);
}

static void test_the_plan_explains_itself(void **state) {
    (void)state;
    tsr_network network = vgg16();
    const tsr_arch arch = rig_arch("zc706");
    const tsr_schedule schedule = rig_schedule("F28", TSR_JOIN_ON_CHIP);
    tsr_error err = {0};
    tsr_plan *plan = NULL;
    assert_ok(tsr_plan_make(&network, &arch, &schedule, &plan, &err), err);
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_ok(tsr_plan_print(plan, file, &err), err);
    char text[16384] = {0};
    rewind(file);
    (void)fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    static const char *const words[] = {"F28",
                                        "join on chip: 4 blocks",
                                        "8 x 8 blocks of at most 28 x 28",
                                        "conv4_1",
                                        "resident",
                                        "limited by",
                                        "KiB",
                                        "alive from"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i) {
        assert_non_null(strstr(text, words[i]));
    }
    tsr_plan_free(plan);
    tsr_network_free(&network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_schedule_fits_and_its_program_is_legal),
        cmocka_unit_test(test_joins_through_dram_move_what_the_table_counts),
        cmocka_unit_test(test_joins_on_chip_leave_only_input_and_output_to_move),
        cmocka_unit_test(test_auto_moves_no_more_than_the_fixed_choices),
        cmocka_unit_test(test_fixed_blocks_run_depth_first_in_z_order),
        cmocka_unit_test(test_the_plan_explains_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
