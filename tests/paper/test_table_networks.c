// SPDX-License-Identifier: Apache-2.0
// Do our tables hold every figure computed for ResNet-18, ResNet-50 and MobileNet-V1
// (shared/design/blockconv.md, section 4)?
#include "paper/stated_layers.h"

/** One blocking's row in 4.3, 4.4 and 4.5. */
typedef struct blocking_row {
    const char *blocking;
    int32_t blocked_convs, convs;
    double by_conv_percent, by_spatial_percent, by_macs_percent;
    double weights_megabytes;
    double blocked_kib;
    const char *blocked_layer;
    double fallback_kib;
    const char *fallback_layer;
    double intermediate_megabytes;
    int32_t maps;
} blocking_row;

enum { blocking_count = 8 };

// blockconv.md 4.3, 4.4 and 4.5; names of layers as there.
static const blocking_row blocks_resnet18[blocking_count] = {
    {"F112", 1, 20, 5, 6, 7, 11.20, 232.8, "stem", 588.0, "l1", 4.641, 19},
    {"F56", 1, 20, 5, 6, 7, 11.31, 58.2, "stem", 588.0, "l1", 4.641, 19},
    {"F28", 7, 20, 35, 35, 36, 12.45, 147.0, "l1", 294.0, "l2", 2.634, 15},
    {"F14", 12, 20, 60, 59, 58, 19.32, 73.5, "l2", 147.0, "l3", 1.831, 12},
    {"H2x2", 17, 20, 85, 82, 81, 23.43, 232.8, "stem", 73.5, "l4", 0.828, 5},
    {"H4x4", 12, 20, 60, 59, 58, 26.30, 58.2, "stem", 147.0, "l3", 1.430, 10},
    {"H8x8", 7, 20, 35, 35, 36, 26.21, 14.5, "stem", 294.0, "l2", 2.634, 15},
    {"H16x16", 1, 20, 5, 6, 7, 13.57, 3.6, "stem", 588.0, "l1", 4.641, 19},
};
static const blocking_row blocks_resnet50[blocking_count] = {
    {"F112", 1, 53, 2, 6, 3, 23.48, 232.8, "stem", 1764.0, "l1", 26.443, 52},
    {"F56", 1, 53, 2, 6, 3, 23.60, 58.2, "stem", 1764.0, "l1", 26.443, 52},
    {"F28", 14, 53, 26, 29, 27, 25.62, 441.0, "l1", 882.0, "l2", 14.401, 41},
    {"F14", 27, 53, 51, 53, 52, 40.16, 220.5, "l2", 441.0, "l3", 7.978, 30},
    {"H2x2", 46, 53, 87, 88, 88, 63.94, 441.0, "l1", 220.5, "l4", 1.656, 9},
    {"H4x4", 27, 53, 51, 53, 52, 63.65, 110.2, "l1", 441.0, "l3", 6.974, 28},
    {"H8x8", 14, 53, 26, 29, 27, 57.08, 27.6, "l1", 882.0, "l2", 14.401, 41},
    {"H16x16", 1, 53, 2, 6, 3, 25.85, 3.6, "stem", 1764.0, "l1", 26.443, 52},
};
static const blocking_row blocks_mobilenet[blocking_count] = {
    {"F112", 1, 27, 4, 7, 2, 3.19, 134.8, "conv0", 1176.0, "pw1", 9.985, 26},
    {"F56", 3, 27, 11, 21, 3, 3.20, 294.0, "pw1", 784.0, "dw3", 7.577, 24},
    {"F28", 5, 27, 19, 36, 4, 3.26, 196.0, "dw3", 392.0, "dw5", 5.168, 21},
    {"F14", 7, 27, 26, 50, 4, 3.51, 98.0, "dw5", 196.0, "dw7", 3.964, 18},
    {"H2x2", 13, 27, 48, 93, 5, 3.29, 294.0, "pw1", 98.0, "dw13", 0.251, 3},
    {"H4x4", 7, 27, 26, 50, 4, 3.31, 73.5, "pw1", 196.0, "dw7", 2.559, 15},
    {"H8x8", 5, 27, 19, 36, 4, 3.44, 18.4, "pw1", 392.0, "dw5", 3.964, 19},
    {"H16x16", 3, 27, 11, 21, 3, 3.63, 4.6, "pw1", 784.0, "dw3", 6.774, 23},
};

/** A network's row in 4.2 and the lines of 4.5 and 4.7; negative: not stated. */
typedef struct subject {
    const char *name;
    const layer_row *layers;
    size_t layer_rows;
    const blocking_row *blocks;
    int32_t convs;
    uint64_t weights;
    double gmac, gmac_stride1;
    double intermediate, intermediate16, separate, separate16;  // MB
    double largest_map, largest_pair;                           // KiB
    double unblocked;                                           // 4.5, MB
    int32_t unblocked_maps;
    double line_buffers;  // 4.7, KiB
} subject;

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const subject subjects[] = {
    {"resnet18", layers_resnet18, COUNT(layers_resnet18), blocks_resnet18, 20, 11166912, 1.814,
     2.746, 4.641, 9.282, 6.247, 12.494, 784, 931, 4.641, 19, 116},
    {"resnet50", layers_resnet50, COUNT(layers_resnet50), blocks_resnet50, 53, 23454912, 4.087,
     6.406, 26.443, 52.886, 28.048, 56.096, 784, 1176, 26.443, 52, 137},
    {"mobilenet_v1", layers_mobilenet, COUNT(layers_mobilenet), blocks_mobilenet, 27, 3185088,
     0.568, 0.610, 9.985, 19.970, -1, -1, 784, 1176, 9.985, 26, 176},
};

static void the_layer_tables_are_reproduced(void **state) {  // blockconv.md 4.1
    (void)state;
    for (size_t i = 0; i < COUNT(subjects); ++i) {
        tsr_outline outline = load_outline(subjects[i].name, 0, 0);
        print_message("%s\n", outline.name);
        check_layer_rows(&outline, subjects[i].layers, subjects[i].layer_rows);
        tsr_outline_free(&outline);
    }
}

static void the_totals_are_reproduced(void **state) {  // blockconv.md 4.2 and 4.7
    (void)state;
    for (size_t i = 0; i < COUNT(subjects); ++i) {
        const subject *s = &subjects[i];
        tsr_outline outline = load_outline(s->name, 0, 0);
        const tsr_outline_totals t = tsr_outline_total(&outline, 8);
        const tsr_outline_totals t16 = tsr_outline_total(&outline, 16);
        print_message("%s\n", s->name);
        assert_int_equal(outline.conv_count, s->convs);
        assert_int_equal(t.weight_count, s->weights);
        figure("GMAC, declared stride", s->gmac, (double)t.macs / 1e9, 0.001);
        figure("GMAC, stride 1 + pool", s->gmac_stride1, (double)t.macs_stride1 / 1e9, 0.001);
        figure("intermediate MB, 8 bit", s->intermediate, megabytes(t.intermediate_bytes), 0.001);
        figure_doubled("intermediate MB, 16 bit", s->intermediate16,
                       megabytes(t16.intermediate_bytes), megabytes(t.intermediate_bytes), 0.001);
        if (s->separate > 0) {
            figure("intermediate MB, pool separate", s->separate,
                   megabytes(t.intermediate_separate_pool_bytes), 0.001);
            figure_doubled("intermediate MB, pool separate, 16 bit", s->separate16,
                           megabytes(t16.intermediate_separate_pool_bytes),
                           megabytes(t.intermediate_separate_pool_bytes), 0.001);
        }
        figure("largest single map KiB", s->largest_map, kib(t.largest_map_bytes), 1);
        figure("largest in+out KiB", s->largest_pair, kib(t.largest_pair_bytes), 1);
        figure("line buffers KiB", s->line_buffers,
               kib(tsr_outline_line_buffer_bytes(&outline, 0, outline.stage_count, 8)), 1);
        tsr_outline_free(&outline);
    }
}

static void blocking_ratios_and_weight_refetch_are_reproduced(void **state) {  // blockconv.md 4.3
    (void)state;
    for (size_t i = 0; i < COUNT(subjects); ++i) {
        tsr_outline outline = load_outline(subjects[i].name, 0, 0);
        for (int32_t k = 0; k < blocking_count; ++k) {
            const blocking_row *row = &subjects[i].blocks[k];
            tsr_account a = account_for(&outline, row->blocking, 8, false);
            print_message("%s %s\n", subjects[i].name, row->blocking);
            assert_int_equal(a.blocked_convs, row->blocked_convs);
            assert_int_equal(outline.conv_count, row->convs);
            figure("ratio by conv %", row->by_conv_percent, 100.0 * a.ratio_by_conv, 1);
            figure("ratio by spatial conv %", row->by_spatial_percent,
                   100.0 * a.ratio_by_spatial_conv, 1);
            figure("ratio by MACs %", row->by_macs_percent, 100.0 * a.ratio_by_macs, 1);
            figure("weights streamed per block MB", row->weights_megabytes,
                   megabytes(a.weights_per_block_bytes), 0.01);
            tsr_account_free(&a);
        }
        tsr_outline_free(&outline);
    }
}

// "stem" and "l1" of table 4.4 are our "conv1" and "layer1. ...".
static void same_layer(const tsr_outline *outline, int32_t stage, const char *stated) {
    char name[TSR_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s", stated);
    if (strcmp(stated, "stem") == 0) {
        (void)snprintf(name, sizeof name, "conv1");
    } else if (stated[0] == 'l') {
        (void)snprintf(name, sizeof name, "layer%s.", stated + 1);
    }
    assert_int_equal(strncmp(outline->stages[stage].name, name, strlen(name)), 0);
}

static void working_sets_are_reproduced(void **state) {  // blockconv.md 4.4
    (void)state;
    for (size_t i = 0; i < COUNT(subjects); ++i) {
        tsr_outline outline = load_outline(subjects[i].name, 0, 0);
        for (int32_t k = 0; k < blocking_count; ++k) {
            const blocking_row *row = &subjects[i].blocks[k];
            tsr_account a = account_for(&outline, row->blocking, 8, false);
            tsr_account a16 = account_for(&outline, row->blocking, 16, false);
            print_message("%s %s\n", subjects[i].name, row->blocking);
            figure("blocked KiB", row->blocked_kib, kib(a.blocked_set_bytes), 0.1);
            figure("fallback KiB", row->fallback_kib, kib(a.fallback_set_bytes), 0.1);
            assert_int_equal(a16.blocked_set_bytes, 2 * a.blocked_set_bytes);  // "double for 16"
            assert_int_equal(a16.fallback_set_bytes, 2 * a.fallback_set_bytes);
            same_layer(&outline, a.blocked_set_stage, row->blocked_layer);
            same_layer(&outline, a.fallback_set_stage, row->fallback_layer);
            tsr_account_free(&a);
            tsr_account_free(&a16);
        }
        tsr_outline_free(&outline);
    }
}

static void the_stems_own_set_at_stride_1_is_reproduced(void **state) {  // below table 4.4
    (void)state;

    static const struct {
        const char *blocking;
        double kib;
    } rows[] = {{"F112", 820.8}, {"H2x2", 820.8}, {"F56", 205.2}, {"H4x4", 205.2},
                {"F28", 51.3},   {"H8x8", 51.3},  {"F14", 12.8},  {"H16x16", 12.8}};

    tsr_outline outline = load_outline("resnet18", 0, 0);
    for (size_t i = 0; i < COUNT(rows); ++i) {
        tsr_account a = account_for(&outline, rows[i].blocking, 8, false);
        const tsr_account_stage *stem = &a.stages[0];
        figure(rows[i].blocking, rows[i].kib, kib(stem->block_in_bytes + stem->block_stride1_bytes),
               0.1);
        assert_true(a.stride1_set_bytes >= stem->block_in_bytes + stem->block_stride1_bytes);
        tsr_account_free(&a);
    }
    tsr_outline_free(&outline);
}

static void intermediate_traffic_is_reproduced(void **state) {  // blockconv.md 4.5
    (void)state;
    for (size_t i = 0; i < COUNT(subjects); ++i) {
        const subject *s = &subjects[i];
        tsr_outline outline = load_outline(s->name, 0, 0);
        tsr_account none = account_for(&outline, "none", 8, false);
        figure("unblocked MB", s->unblocked, megabytes(none.intermediate_bytes), 0.001);
        assert_int_equal(none.maps_off_chip, s->unblocked_maps);
        tsr_account_free(&none);
        for (int32_t k = 0; k < blocking_count; ++k) {
            tsr_account a = account_for(&outline, s->blocks[k].blocking, 8, false);
            print_message("%s %s\n", s->name, s->blocks[k].blocking);
            figure("intermediate MB", s->blocks[k].intermediate_megabytes,
                   megabytes(a.intermediate_bytes), 0.001);
            assert_int_equal(a.maps_off_chip, s->blocks[k].maps);
            tsr_account_free(&a);
        }
        tsr_outline_free(&outline);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layer_tables_are_reproduced),
        cmocka_unit_test(the_totals_are_reproduced),
        cmocka_unit_test(blocking_ratios_and_weight_refetch_are_reproduced),
        cmocka_unit_test(working_sets_are_reproduced),
        cmocka_unit_test(the_stems_own_set_at_stride_1_is_reproduced),
        cmocka_unit_test(intermediate_traffic_is_reproduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
