// SPDX-License-Identifier: Apache-2.0
// Do our tables hold every figure computed and published for VGG-16 (shared/design/blockconv.md,
// sections 3 and 4)?
#include "paper/figures.h"

// blockconv.md 4.1, table "VGG-16".
static const layer_row layer_rows[] = {
    {"conv1_1",
     "3x3 s1",
     {3, 224, 224},
     {64, 224, 224},
     147.0,
     294.0,
     3136.0,
     6272.0,
     1.7,
     3.4,
     86.7},
    {"conv1_2",
     "3x3 s1",
     {64, 224, 224},
     {64, 224, 224},
     3136.0,
     6272.0,
     3136.0,
     6272.0,
     36.0,
     72.0,
     1849.7},
    {"conv2_1",
     "3x3 s1",
     {64, 112, 112},
     {128, 112, 112},
     784.0,
     1568.0,
     1568.0,
     3136.0,
     72.0,
     144.0,
     924.8},
    {"conv2_2",
     "3x3 s1",
     {128, 112, 112},
     {128, 112, 112},
     1568.0,
     3136.0,
     1568.0,
     3136.0,
     144.0,
     288.0,
     1849.7},
    {"conv3_1",
     "3x3 s1",
     {128, 56, 56},
     {256, 56, 56},
     392.0,
     784.0,
     784.0,
     1568.0,
     288.0,
     576.0,
     924.8},
    {"conv3_2 conv3_3",
     "3x3 s1",
     {256, 56, 56},
     {256, 56, 56},
     784.0,
     1568.0,
     784.0,
     1568.0,
     576.0,
     1152.0,
     1849.7},
    {"conv4_1",
     "3x3 s1",
     {256, 28, 28},
     {512, 28, 28},
     196.0,
     392.0,
     392.0,
     784.0,
     1152.0,
     2304.0,
     924.8},
    {"conv4_2 conv4_3",
     "3x3 s1",
     {512, 28, 28},
     {512, 28, 28},
     392.0,
     784.0,
     392.0,
     784.0,
     2304.0,
     4608.0,
     1849.7},
    {"conv5_1 conv5_2 conv5_3",
     "3x3 s1",
     {512, 14, 14},
     {512, 14, 14},
     98.0,
     196.0,
     98.0,
     196.0,
     2304.0,
     4608.0,
     462.4},
};

/** One blocking's row in 4.3, 4.4, 4.5 and 4.6. A negative figure = "-" or "none". */
typedef struct blocking_row {
    const char *blocking;
    int32_t blocked_convs;
    double by_conv_percent, by_spatial_percent, by_macs_percent;  // 4.3
    double weights_megabytes;                                     // 4.3
    double blocked_kib;                                           // 4.4
    const char *blocked_layer;
    double fallback_kib;
    const char *fallback_layer;
    double intermediate_megabytes;  // 4.5
    int32_t maps;
    double total_kib, total_kib16;      // 4.6
    double breadth_kib, breadth_kib16;  // 4.6
} blocking_row;

// blockconv.md 4.3 (column VGG-16 and weights), 4.4, 4.5, 4.6.
static const blocking_row blocking_rows[] = {
    {"F112", 2, 15, 15, 13, 14.83, 1568.0, "conv1_2", 3136.0, "conv2_2", 11.440, 11, 2352, 4704,
     2352, 4704},
    {"F56", 4, 31, 31, 31, 15.95, 784.0, "conv2_2", 1568.0, "conv3_2", 8.229, 10, 1568, 3136, 1568,
     3136},
    {"F28", 7, 54, 54, 61, 24.88, 392.0, "conv3_2", 784.0, "conv4_2", 5.018, 8, 784, 1568, 1274,
     2548},
    {"F14", 10, 77, 77, 91, 78.30, 196.0, "conv4_2", 196.0, "conv5_1", 3.412, 6, 380, 760, 1200,
     2401},
    {"H2x2", 13, 100, 100, 100, 58.84, 1568.0, "conv1_2", -1, NULL, 0.0, 0, 1078, 2156, -1, -1},
    {"H4x4", 10, 77, 77, 91, 129.20, 392.0, "conv1_2", 196.0, "conv5_1", 0.602, 3, 637, 1274, -1,
     -1},
    {"H8x8", 7, 54, 54, 61, 123.97, 98.0, "conv1_2", 784.0, "conv4_2", 2.609, 6, 845, 1690, -1, -1},
    {"H16x16", 4, 31, 31, 31, 80.95, 24.5, "conv1_2", 1568.0, "conv3_2", 6.623, 9, 1583, 3167, -1,
     -1},
};

static void the_layer_table_of_vgg16_is_reproduced(void **state) {  // blockconv.md 4.1
    (void)state;
    tsr_outline outline = load_outline("vgg16", 0, 0);
    assert_int_equal(outline.stage_count, 13);
    check_layer_rows(&outline, layer_rows, sizeof layer_rows / sizeof layer_rows[0]);
    assert_int_equal(outline.gemm_weight_count, 123633664);  // 4.1, line "FC layers"
    tsr_outline_free(&outline);
}

static void the_totals_of_vgg16_are_reproduced(void **state) {  // blockconv.md 4.2 and 2.3
    (void)state;
    tsr_outline outline = load_outline("vgg16", 0, 0);
    const tsr_outline_totals t8 = tsr_outline_total(&outline, 8);
    const tsr_outline_totals t16 = tsr_outline_total(&outline, 16);
    assert_int_equal(t8.weight_count, 14710464);
    assert_int_equal(t8.macs, 15346630656);  // 2.3
    figure("GMAC, declared stride", 15.347, (double)t8.macs / 1e9, 0.001);
    figure("GMAC, stride 1 + pool", 15.347, (double)t8.macs_stride1 / 1e9, 0.001);
    figure("intermediate MB, 8 bit, pool fused", 17.863, megabytes(t8.intermediate_bytes), 0.001);
    // 2 * 17,862,656 B = 35.725312 MB, 2 * 30,105,600 B = 60.211200 MB.
    figure_doubled("intermediate MB, 16 bit, pool fused", 35.726, megabytes(t16.intermediate_bytes),
                   megabytes(t8.intermediate_bytes), 0.001);
    figure("intermediate MB, 8 bit, pool separate", 30.106,
           megabytes(t8.intermediate_separate_pool_bytes), 0.001);
    figure_doubled("intermediate MB, 16 bit, pool separate", 60.212,
                   megabytes(t16.intermediate_separate_pool_bytes),
                   megabytes(t8.intermediate_separate_pool_bytes), 0.001);
    figure("largest single map KiB", 3136, kib(t8.largest_map_bytes), 1);
    figure("largest in+out KiB", 6272, kib(t8.largest_pair_bytes), 1);
    tsr_outline_free(&outline);
}

static void blocking_ratios_and_weight_refetch_of_vgg16_are_reproduced(
    void **state) {  // blockconv.md 4.3
    (void)state;
    tsr_outline outline = load_outline("vgg16", 0, 0);
    for (size_t i = 0; i < sizeof blocking_rows / sizeof blocking_rows[0]; ++i) {
        const blocking_row *row = &blocking_rows[i];
        tsr_account a = account_for(&outline, row->blocking, 8, false);
        print_message(" %s\n", row->blocking);
        assert_int_equal(a.blocked_convs, row->blocked_convs);
        figure("ratio by conv %", row->by_conv_percent, 100.0 * a.ratio_by_conv, 1);
        figure("ratio by spatial conv %", row->by_spatial_percent, 100.0 * a.ratio_by_spatial_conv,
               1);
        figure("ratio by MACs %", row->by_macs_percent, 100.0 * a.ratio_by_macs, 1);
        figure("weights streamed per block MB", row->weights_megabytes,
               megabytes(a.weights_per_block_bytes), 0.01);
        figure("weights once MB", 14.71, megabytes(a.weights_once_bytes), 0.01);
        tsr_account_free(&a);
    }
    tsr_outline_free(&outline);
}

static void the_trade_between_maps_and_weights_is_reproduced(
    void **state) {  // blockconv.md 4.3, last paragraph
    (void)state;
    tsr_outline outline = load_outline("vgg16", 0, 0);
    tsr_account h4 = account_for(&outline, "H4x4", 8, false);
    tsr_account f28 = account_for(&outline, "F28", 8, false);
    tsr_account none = account_for(&outline, "none", 8, false);
    const double extra = megabytes(h4.weights_per_block_bytes - h4.weights_once_bytes);
    const double saved = megabytes(none.intermediate_bytes - h4.intermediate_bytes);
    figure("H4x4: weights streamed again MB", 114, extra, 1);
    figure("H4x4: map traffic saved MB", 17.3, saved, 0.1);
    figure("H4x4: weights streamed again / maps saved", 6.6, extra / saved, 0.1);
    figure("F28: weights streamed again MB", 10.2,
           megabytes(f28.weights_per_block_bytes - f28.weights_once_bytes), 0.1);
    tsr_account_free(&h4);
    tsr_account_free(&f28);
    tsr_account_free(&none);
    tsr_outline_free(&outline);
}

static void working_sets_of_vgg16_are_reproduced(void **state) {  // blockconv.md 4.4
    (void)state;
    tsr_outline outline = load_outline("vgg16", 0, 0);
    for (size_t i = 0; i < sizeof blocking_rows / sizeof blocking_rows[0]; ++i) {
        const blocking_row *row = &blocking_rows[i];
        tsr_account a = account_for(&outline, row->blocking, 8, false);
        tsr_account a16 = account_for(&outline, row->blocking, 16, false);
        print_message(" %s\n", row->blocking);
        figure("blocked KiB", row->blocked_kib, kib(a.blocked_set_bytes), 0.1);
        figure("blocked KiB, 16 bit (\"double for 16\")", 2 * row->blocked_kib,
               kib(a16.blocked_set_bytes), 0.1);
        assert_string_equal(outline.stages[a.blocked_set_stage].name, row->blocked_layer);
        if (row->fallback_layer == NULL) {
            assert_int_equal(a.fallback_set_stage, -1);
        } else {
            figure("fallback KiB", row->fallback_kib, kib(a.fallback_set_bytes), 0.1);
            assert_string_equal(outline.stages[a.fallback_set_stage].name, row->fallback_layer);
        }
        tsr_account_free(&a);
        tsr_account_free(&a16);
    }
    tsr_outline_free(&outline);
}

static void intermediate_traffic_of_vgg16_is_reproduced(void **state) {  // blockconv.md 4.5
    (void)state;
    tsr_outline outline = load_outline("vgg16", 0, 0);
    tsr_account none = account_for(&outline, "none", 8, false);
    figure("unblocked MB", 17.863, megabytes(none.intermediate_bytes), 0.001);
    assert_int_equal(none.maps_off_chip, 12);
    tsr_account_free(&none);
    for (size_t i = 0; i < sizeof blocking_rows / sizeof blocking_rows[0]; ++i) {
        const blocking_row *row = &blocking_rows[i];
        tsr_account a = account_for(&outline, row->blocking, 8, false);
        print_message(" %s\n", row->blocking);
        figure("intermediate MB", row->intermediate_megabytes, megabytes(a.intermediate_bytes),
               0.001);
        assert_int_equal(a.maps_off_chip, row->maps);
        tsr_account_free(&a);
    }
    tsr_outline_free(&outline);
}

static void least_on_chip_storage_of_vgg16_is_reproduced(void **state) {  // blockconv.md 4.6
    (void)state;
    tsr_outline outline = load_outline("vgg16", 0, 0);
    tsr_account none = account_for(&outline, "none", 8, false);
    tsr_account none16 = account_for(&outline, "none", 16, false);
    figure("none, pool fused", 3920, kib(none.depth_first_bytes), 1);
    figure("none, pool fused, 16 bit", 7840, kib(none16.depth_first_bytes), 1);
    figure("none, breadth first is the same", 3920, kib(none.breadth_first_bytes), 1);
    figure("none, pool not fused", 6272, kib(tsr_outline_total(&outline, 8).largest_pair_bytes), 1);
    figure("none, pool not fused, 16 bit", 12544,
           kib(tsr_outline_total(&outline, 16).largest_pair_bytes), 1);
    assert_string_equal(outline.stages[none.tail_stage].name, "conv1_2");
    tsr_account_free(&none);
    tsr_account_free(&none16);
    for (size_t i = 0; i < sizeof blocking_rows / sizeof blocking_rows[0]; ++i) {
        const blocking_row *row = &blocking_rows[i];
        tsr_account a = account_for(&outline, row->blocking, 8, false);
        tsr_account a16 = account_for(&outline, row->blocking, 16, false);
        print_message(" %s\n", row->blocking);
        figure("block-by-block total KiB", row->total_kib, kib(a.depth_first_bytes), 1);
        figure("block-by-block total KiB, 16 bit", row->total_kib16, kib(a16.depth_first_bytes), 1);
        if (row->breadth_kib > 0) {
            figure("breadth-first total KiB", row->breadth_kib, kib(a.breadth_first_bytes), 1);
            figure("breadth-first total KiB, 16 bit", row->breadth_kib16,
                   kib(a16.breadth_first_bytes), 1);
        } else {
            assert_int_equal(a.breadth_first_bytes, 0);
        }
        tsr_account_free(&a);
        tsr_account_free(&a16);
    }
    tsr_outline_free(&outline);
}

static void the_parts_of_the_storage_are_reproduced(
    void **state) {  // blockconv.md 4.6, column "of which"
    (void)state;

    static const struct {
        const char *blocking;
        double pair, join, collection;  // KiB; negative = not stated
        const char *tail;               // layer, or NULL
    } parts[] = {
        {"F112", -1, -1, -1, "conv2_1"}, {"F56", -1, -1, -1, "conv3_2"},
        {"F28", 392, 343, 0, "conv4_2"}, {"F14", 196, 184, 0, NULL},
        {"H2x2", 980, 0, 98, NULL},      {"H4x4", 245, 0, 392, NULL},
        {"H8x8", 61, 0, 784, NULL},      {"H16x16", 15, 0, 1568, NULL},
    };

    tsr_outline outline = load_outline("vgg16", 0, 0);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; ++i) {
        tsr_account a = account_for(&outline, parts[i].blocking, 8, false);
        print_message(" %s\n", parts[i].blocking);
        if (parts[i].pair >= 0) {
            figure("block pair KiB", parts[i].pair, kib(a.pair_bytes), 1);
            figure("join buffers KiB", parts[i].join, kib(a.join_bytes), 1);
            figure("collection KiB", parts[i].collection, kib(a.collection_bytes), 1);
        }
        if (parts[i].tail != NULL) {
            assert_string_equal(outline.stages[a.tail_stage].name, parts[i].tail);
        }
        if (strcmp(parts[i].blocking, "F28") == 0) {
            figure("blocked part peaks at KiB", 735, kib(a.pair_bytes + a.join_bytes), 1);
        }
        tsr_account_free(&a);
    }
    tsr_outline_free(&outline);
}

static void line_buffers_and_overlapped_tiles_of_vgg16_are_reproduced(
    void **state) {  // blockconv.md 4.7
    (void)state;

    static const struct {
        int32_t tile;
        double macs[3], reads[3];  // stage 1, stage 2, stages 3 and 4
    } rows[] = {
        {14, {1.014, 1.102, 1.253}, {1.65, 1.65, 2.04}},
        {28, {1.007, 1.049, 1.120}, {1.31, 1.31, 1.47}},
        {56, {1.003, 1.024, 1.059}, {1.15, 1.15, 1.23}},
        {112, {1.002, 1.012, 1.029}, {1.07, 1.07, 1.11}},
    };

    static const int32_t first[] = {0, 2, 4, 7};
    static const int32_t count[] = {2, 2, 3, 3};
    tsr_outline outline = load_outline("vgg16", 0, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        for (int32_t stage = 0; stage < 4; ++stage) {
            const tsr_recompute f =
                recompute_for(&outline, first[stage], count[stage], rows[i].tile, false);
            const int32_t column = stage < 2 ? stage : 2;
            print_message(" tile %d, stage %d\n", rows[i].tile, stage + 1);
            figure("MAC factor", rows[i].macs[column], f.mac_factor, 0.001);
            figure("input-read factor", rows[i].reads[column], f.read_factor, 0.01);
        }
    }
    figure("line buffers, 13 layers, KiB", 253,
           kib(tsr_outline_line_buffer_bytes(&outline, 0, 13, 8)), 1);
    figure("line buffers, first five, KiB", 85,
           kib(tsr_outline_line_buffer_bytes(&outline, 0, 5, 8)), 1);
    figure("line buffers, first five, fp32, KiB", 341,
           kib(tsr_outline_line_buffer_bytes(&outline, 0, 5, 32)), 1);
    assert_int_equal(tsr_outline_line_buffer_bytes(&outline, 0, 5, 32),
                     349440);  // section 3, anchor 3
    tsr_outline_free(&outline);
}

static void overlapped_tiles_across_pools_are_reproduced(
    void **state) {  // shared/design/hardware.md 2.6 (b)
    (void)state;
    tsr_outline outline = load_outline("vgg16", 0, 0);

    static const struct {
        int32_t tile;
        double factor;
    } rows[] = {{7, 1.894}, {14, 1.404}, {28, 1.191}, {56, 1.093}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        const tsr_recompute f = recompute_for(&outline, 0, 5, rows[i].tile, false);
        figure("MAC factor, first five convolutions", rows[i].factor, f.mac_factor, 0.001);
    }
    tsr_outline_free(&outline);
}

static void a_blocking_that_does_not_divide_is_refused_with_the_layer(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_outline outline = load_outline("vgg16", 0, 0);
    tsr_blocking blocking = {.kind = TSR_BLOCKING_FIXED, .h = 30, .w = 30};
    tsr_account account = {0};
    assert_int_equal(tsr_account_make(&outline, &blocking, 8, &account, &err), TSR_ERR_SHAPE);
    assert_non_null(strstr(err.where, "conv1_1"));
    assert_null(account.stages);
    blocking.h = blocking.w = 28;
    assert_int_equal(tsr_account_make(&outline, &blocking, 12, &account, &err), TSR_ERR_USAGE);
    assert_non_null(strstr(err.message, "8, 16 or 32"));
    tsr_outline_free(&outline);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layer_table_of_vgg16_is_reproduced),
        cmocka_unit_test(the_totals_of_vgg16_are_reproduced),
        cmocka_unit_test(blocking_ratios_and_weight_refetch_of_vgg16_are_reproduced),
        cmocka_unit_test(the_trade_between_maps_and_weights_is_reproduced),
        cmocka_unit_test(working_sets_of_vgg16_are_reproduced),
        cmocka_unit_test(intermediate_traffic_of_vgg16_is_reproduced),
        cmocka_unit_test(least_on_chip_storage_of_vgg16_is_reproduced),
        cmocka_unit_test(the_parts_of_the_storage_are_reproduced),
        cmocka_unit_test(line_buffers_and_overlapped_tiles_of_vgg16_are_reproduced),
        cmocka_unit_test(overlapped_tiles_across_pools_are_reproduced),
        cmocka_unit_test(a_blocking_that_does_not_divide_is_refused_with_the_layer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
