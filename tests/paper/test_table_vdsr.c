// SPDX-License-Identifier: Apache-2.0
// Do our tables hold every figure computed and published for VDSR (shared/design/blockconv.md,
// sections 3 and 4)?
#include "paper/figures.h"

// blockconv.md 4.1, table "VDSR, 256x256 luma".
static const layer_row rows_256[] = {
    {"conv1", "3x3 s1", {1, 256, 256}, {64, 256, 256}, 64.0, 128.0, 4096.0, 8192.0, 0.6, 1.1, 37.7},
    {"conv2 conv3 conv4 conv5 conv6 conv7 conv8 conv9 conv10 conv11 conv12 conv13 conv14 conv15 "
     "conv16 conv17 conv18 conv19",
     "3x3 s1",
     {64, 256, 256},
     {64, 256, 256},
     4096.0,
     8192.0,
     4096.0,
     8192.0,
     36.0,
     72.0,
     2415.9},
    {"conv20",
     "3x3 s1",
     {64, 256, 256},
     {1, 256, 256},
     4096.0,
     8192.0,
     64.0,
     128.0,
     0.6,
     1.1,
     37.7},
};

// blockconv.md 4.1, table "VDSR, 1920x1080 luma".
static const layer_row rows_1080[] = {
    {"conv1",
     "3x3 s1",
     {1, 1080, 1920},
     {64, 1080, 1920},
     2025.0,
     4050.0,
     129600,
     259200,
     0.6,
     1.1,
     1194.4},
    {"conv2 conv3 conv4 conv5 conv6 conv7 conv8 conv9 conv10 conv11 conv12 conv13 conv14 conv15 "
     "conv16 conv17 conv18 conv19",
     "3x3 s1",
     {64, 1080, 1920},
     {64, 1080, 1920},
     129600,
     259200,
     129600,
     259200,
     36.0,
     72.0,
     76441.2},
    {"conv20",
     "3x3 s1",
     {64, 1080, 1920},
     {1, 1080, 1920},
     129600,
     259200,
     2025.0,
     4050.0,
     0.6,
     1.1,
     1194.4},
};

static void the_layer_tables_of_vdsr_are_reproduced(void **state) {  // blockconv.md 4.1
    (void)state;
    tsr_outline small = load_outline("vdsr", 256, 256);
    tsr_outline large = load_outline("vdsr", 1080, 1920);
    assert_int_equal(small.stage_count, 20);
    check_layer_rows(&small, rows_256, sizeof rows_256 / sizeof rows_256[0]);
    check_layer_rows(&large, rows_1080, sizeof rows_1080 / sizeof rows_1080[0]);
    // The network input is added at the end; nothing else is a shortcut.
    for (int32_t i = 0; i < small.operand_count; ++i) {
        const tsr_outline_operand *operand = &small.operands[i];
        assert_int_equal(operand->shortcut, operand->stage == -1 && operand->reader == 19);
    }
    tsr_outline_free(&small);
    tsr_outline_free(&large);
}

static void the_totals_of_vdsr_are_reproduced(void **state) {  // blockconv.md 4.2
    (void)state;
    tsr_outline small = load_outline("vdsr", 256, 256);
    tsr_outline large = load_outline("vdsr", 1080, 1920);
    const tsr_outline_totals s8 = tsr_outline_total(&small, 8);
    const tsr_outline_totals s16 = tsr_outline_total(&small, 16);
    const tsr_outline_totals l8 = tsr_outline_total(&large, 8);
    const tsr_outline_totals l16 = tsr_outline_total(&large, 16);
    assert_int_equal(s8.weight_count, 664704);
    figure("256: GMAC", 43.562, (double)s8.macs / 1e9, 0.001);
    figure("256: intermediate MB, 8 bit", 159.384, megabytes(s8.intermediate_bytes), 0.001);
    // 19 maps * 2 * 64 * 256 * 256 * 2 B = 318.767104 MB
    figure("256: intermediate MB, 16 bit", 318.767, megabytes(s16.intermediate_bytes), 0.001);
    figure("256: largest map KiB", 4096, kib(s8.largest_map_bytes), 1);
    figure("256: largest in+out KiB", 8192, kib(s8.largest_pair_bytes), 1);
    figure("1080p: GMAC", 1378.330, (double)l8.macs / 1e9, 0.001);
    figure("1080p: intermediate MB, 8 bit", 5043.0, megabytes(l8.intermediate_bytes), 0.1);
    figure("1080p: intermediate MB, 16 bit", 10086.0, megabytes(l16.intermediate_bytes), 0.1);
    figure("1080p: largest map KiB", 129600, kib(l8.largest_map_bytes), 1);
    figure("1080p: largest in+out KiB", 259200, kib(l8.largest_pair_bytes), 1);
    tsr_outline_free(&small);
    tsr_outline_free(&large);
}

static void every_convolution_of_vdsr_is_blocked_and_weights_are_refetched(
    void **state) {  // blockconv.md 4.3
    (void)state;

    static const struct {
        const char *blocking;
        double weights_256, weights_1080;  // MB streamed per block
    } rows[] = {{"H2x2", 2.66, 2.66},
                {"H4x4", 10.64, 10.64},
                {"H8x8", 42.54, 42.54},
                {"H16x16", 170.16, 10.64}};

    tsr_outline small = load_outline("vdsr", 256, 256);
    tsr_outline large = load_outline("vdsr", 1080, 1920);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        tsr_account s = account_for(&small, rows[i].blocking, 8, false);
        tsr_account l = account_for(&large, rows[i].blocking, 8, false);
        print_message(" %s\n", rows[i].blocking);
        figure("256: weights per block MB", rows[i].weights_256,
               megabytes(s.weights_per_block_bytes), 0.01);
        figure("1080p: weights per block MB", rows[i].weights_1080,
               megabytes(l.weights_per_block_bytes), 0.01);
        assert_int_equal(s.blocked_convs, 20);
        assert_int_equal(l.blocked_convs, 20);
        assert_true(s.ratio_by_conv == 1.0 && s.ratio_by_spatial_conv == 1.0 &&
                    s.ratio_by_macs == 1.0);
        tsr_account_free(&s);
        tsr_account_free(&l);
    }
    // 1080 is not a multiple of 16: blocks of 1080 x 120.
    tsr_account strips = account_for(&large, "H16x16", 8, false);
    assert_int_equal(strips.stages[0].grid.block_h, 1080);
    assert_int_equal(strips.stages[0].grid.block_w, 120);
    tsr_account_free(&strips);
    tsr_outline_free(&small);
    tsr_outline_free(&large);
}

static void fixed_blocks_that_do_not_divide_fail_as_in_the_authors_code(
    void **state) {  // blockconv.md 4.3
    (void)state;
    static const int32_t edges[] = {14, 28, 56, 112};
    tsr_outline small = load_outline("vdsr", 256, 256);
    tsr_outline large = load_outline("vdsr", 1080, 1920);
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; ++i) {
        tsr_error err = {0};
        tsr_account account = {0};
        const tsr_blocking blocking = {.kind = TSR_BLOCKING_FIXED, .h = edges[i], .w = edges[i]};
        assert_int_equal(tsr_account_make(&small, &blocking, 8, &account, &err), TSR_ERR_SHAPE);
        assert_int_equal(tsr_account_make(&large, &blocking, 8, &account, &err), TSR_ERR_SHAPE);
    }
    tsr_outline_free(&small);
    tsr_outline_free(&large);
}

static void working_sets_of_vdsr_are_reproduced(void **state) {  // blockconv.md 4.4, last paragraph
    (void)state;

    static const struct {
        int32_t h, w;
        const char *blocking;
        double set_kib;
    } rows[] = {
        {256, 256, "F112", 1568.0},  {256, 256, "F56", 392.0},   {256, 256, "F28", 98.0},
        {256, 256, "F14", 24.5},     {256, 256, "H2x2", 2048},   {256, 256, "H4x4", 512},
        {256, 256, "H8x8", 128},     {256, 256, "H16x16", 32},   {1080, 1920, "H2x2", 64800},
        {1080, 1920, "H4x4", 16200}, {1080, 1920, "H8x8", 4050}, {1080, 1920, "H16x16", 16200},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        tsr_outline outline = load_outline("vdsr", rows[i].h, rows[i].w);
        tsr_account a = account_for(&outline, rows[i].blocking, 8,
                                    rows[i].blocking[0] == 'F');  // F: ragged, largest block
        figure(rows[i].blocking, rows[i].set_kib, kib(a.blocked_set_bytes), 0.1);
        tsr_account_free(&a);
        tsr_outline_free(&outline);
    }
}

static void fused_vdsr_moves_only_input_and_output(void **state) {  // blockconv.md 4.5 and 4.6
    (void)state;
    tsr_outline small = load_outline("vdsr", 256, 256);
    tsr_outline large = load_outline("vdsr", 1080, 1920);
    static const char *const blockings[] = {"F112", "F56",  "F28",  "F14",
                                            "H2x2", "H4x4", "H8x8", "H16x16"};
    for (size_t i = 0; i < sizeof blockings / sizeof blockings[0]; ++i) {
        tsr_account s = account_for(&small, blockings[i], 8, true);
        tsr_account l = account_for(&large, blockings[i], 8, true);
        assert_int_equal(s.intermediate_bytes, 0);
        assert_int_equal(l.maps_off_chip, 0);
        tsr_account_free(&s);
        tsr_account_free(&l);
    }
    tsr_account none = account_for(&small, "none", 8, false);
    assert_int_equal(none.maps_off_chip, 19);
    figure("256: unblocked MB", 159.4, megabytes(none.intermediate_bytes), 0.1);
    const tsr_outline_totals s = tsr_outline_total(&small, 8);
    const tsr_outline_totals l = tsr_outline_total(&large, 8);
    figure("256: input + output MB", 0.131, megabytes(s.input_bytes + s.output_bytes), 0.001);
    figure("1080p: input + output MB", 4.147, megabytes(l.input_bytes + l.output_bytes), 0.001);
    figure("unblocked / fused", 1216,
           (double)s.intermediate_bytes / (double)(s.input_bytes + s.output_bytes), 1);
    // blockconv.md 4.6, last paragraph: weights and a 28x28 block pair on a ZU3EG.
    tsr_account f28 = account_for(&small, "F28", 8, true);
    tsr_account f28_16 = account_for(&small, "F28", 16, true);
    figure("all weights KiB", 649, kib(f28.weights_once_bytes), 1);
    figure("28x28 block pair KiB", 98, kib(f28.depth_first_bytes), 1);
    figure("weights + block KiB", 747, kib(f28.weights_once_bytes + f28.depth_first_bytes), 1);
    figure("all weights KiB, 16 bit", 1298, kib(f28_16.weights_once_bytes), 1);
    tsr_account_free(&none);
    tsr_account_free(&f28);
    tsr_account_free(&f28_16);
    tsr_outline_free(&small);
    tsr_outline_free(&large);
}

// Layers that are followed by h others are computed with h more rows or columns on either side of
// each inner tile edge; no tile here is so narrow that this is cut at the border.
static double halo_factor(int32_t tile, int32_t h) {
    const int32_t rows = (1080 + tile - 1) / tile;
    const int32_t cols = (1920 + tile - 1) / tile;
    return (1.0 + (rows - 1) * 2.0 * h / 1080) * (1.0 + (cols - 1) * 2.0 * h / 1920);
}

static void overlapped_tiles_at_full_hd_differ_in_a_last_digit(void) {
    tsr_outline outline = load_outline("vdsr", 1080, 1920);
    const tsr_recompute f64 = recompute_for(&outline, 0, 20, 64, true);
    const tsr_recompute f128 = recompute_for(&outline, 0, 20, 128, true);
    // Layer k of 20 is needed with a halo of 20 - k; the first and last have 1/64 of the MACs.
    double macs = (halo_factor(128, 19) + halo_factor(128, 0)) / 64.0;
    for (int32_t h = 1; h <= 18; ++h) {
        macs += halo_factor(128, h);
    }
    figure("tile 64: MAC factor", 1.67, f64.mac_factor, 0.01);
    figure_explained("tile 64: input-read factor", 2.56, f64.read_factor, halo_factor(64, 20), 0.01,
                     "printed a last digit too high");
    figure_explained("tile 128: MAC factor", 1.31, f128.mac_factor, macs / (18.0 + 2.0 / 64.0),
                     0.01, "printed a last digit too high");
    figure("tile 128: input-read factor", 1.67, f128.read_factor, 0.01);
    tsr_outline_free(&outline);
}

static void line_buffers_and_overlapped_tiles_of_vdsr_are_reproduced(
    void **state) {  // blockconv.md 4.7
    (void)state;

    static const struct {
        int32_t h, w, tile;
        bool clip;
        double macs, reads;
    } rows[] = {
        {256, 256, 14, false, 6.11, 14.88}, {256, 256, 28, false, 2.96, 5.90},
        {256, 256, 56, false, 1.83, 2.94},  {256, 256, 112, false, 1.38, 1.84},
        {256, 256, 64, true, 1.51, 2.16},   {256, 256, 128, true, 1.16, 1.34},
        {1080, 1920, 28, true, 2.93, 5.80},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        tsr_outline outline = load_outline("vdsr", rows[i].h, rows[i].w);
        const tsr_recompute f = recompute_for(&outline, 0, 20, rows[i].tile, rows[i].clip);
        print_message(" %dx%d tile %d%s\n", rows[i].h, rows[i].w, rows[i].tile,
                      rows[i].clip ? ", clipped" : "");
        figure("MAC factor", rows[i].macs, f.mac_factor, 0.01);
        figure("input-read factor", rows[i].reads, f.read_factor, 0.01);
        tsr_outline_free(&outline);
    }
    overlapped_tiles_at_full_hd_differ_in_a_last_digit();
    tsr_outline small = load_outline("vdsr", 256, 256);
    tsr_outline large = load_outline("vdsr", 1080, 1920);
    figure("line buffers, 256 wide, KiB", 609, kib(tsr_outline_line_buffer_bytes(&small, 0, 20, 8)),
           1);
    figure("line buffers, 1920 wide, KiB", 4564,
           kib(tsr_outline_line_buffer_bytes(&large, 0, 20, 8)), 1);
    tsr_outline_free(&small);
    tsr_outline_free(&large);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layer_tables_of_vdsr_are_reproduced),
        cmocka_unit_test(the_totals_of_vdsr_are_reproduced),
        cmocka_unit_test(every_convolution_of_vdsr_is_blocked_and_weights_are_refetched),
        cmocka_unit_test(fixed_blocks_that_do_not_divide_fail_as_in_the_authors_code),
        cmocka_unit_test(working_sets_of_vdsr_are_reproduced),
        cmocka_unit_test(fused_vdsr_moves_only_input_and_output),
        cmocka_unit_test(line_buffers_and_overlapped_tiles_of_vdsr_are_reproduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
