// SPDX-License-Identifier: Apache-2.0
// Layers that take more than one pass, one at a time: under every kind of schedule and rounding the
// program computes what the model computes. usage: test_plan_passes [seed]
#include <stdlib.h>

#include "plan/plan_rig.h"
#include "support/small_net.h"

static uint64_t seed = 20250401;

/** Layerwise, in blocks, in tiles with halos, in strips, and whatever is best. */
static const char *const schedules[] = {"layerwise", "H2x2",        "F6",       "recompute:5",
                                        "recompute", "recompute:3", "cached:3", "cached",
                                        "cached:1",  "auto"};

/** What a test wants to know of the plans. */
typedef struct seen {
    int32_t stages;  // of the plan
    int32_t runs;    // programs compared
    int32_t fused;   // groups of several stages
} seen;

static void check_one(const small_net *net, const tsr_arch *arch, const char *text, seen *s) {
    tsr_schedule schedule = rig_schedule(text, TSR_JOIN_AUTO);
    schedule.blocking.ragged = true;
    const tsr_blocking blocking = tsr_schedule_blocking(&schedule);
    tsr_program program = {0};
    tsr_plan *plan = rig_plan(&net->network, arch, &schedule, &program);
    rig_values values;
    assert_true(rig_values_make(&net->network, arch, &blocking, seed, &values));
    rig_check_values(plan, &values);
    s->stages = plan->stage_count;
    for (int32_t g = 0; g < plan->group_count; ++g) {
        s->fused += plan->groups[g].last > plan->groups[g].first;
    }
    ++s->runs;
    rig_values_free(&values);
    tsr_program_free(&program);
    tsr_plan_free(plan);
}

/** An array whose words have `tn` channels, `tm` of them made at once. */
static tsr_arch small_arch(int32_t tn, int32_t tm) {
    tsr_arch arch = rig_arch("tiny");
    arch.tn = tn;
    arch.tm = tm;
    arch.parameter_channels = tm * 64;
    return arch;
}

static seen check_all(const small_net *net, tsr_arch arch) {
    seen s = {0};
    for (int32_t r = 0; r < TSR_ROUNDING_COUNT; ++r) {
        arch.rounding = (tsr_rounding)r;
        for (size_t i = 0; i < sizeof schedules / sizeof schedules[0]; ++i) {
            check_one(net, &arch, schedules[i], &s);
        }
    }
    assert_true(s.fused > 0);
    return s;
}

static int32_t padded_mean(small_net *net, int32_t from, int32_t kernel, int32_t stride) {
    const int32_t mean = net_pool(net, TSR_LAYER_AVERAGE_POOL, "mean", from);
    tsr_layer *layer = &net->layers[mean];
    layer->kernel_h = layer->kernel_w = kernel;
    layer->stride_h = layer->stride_w = stride;
    layer->pad_top = layer->pad_left = layer->pad_bottom = layer->pad_right = kernel / 2;
    return mean;
}

static void test_averages_past_the_map_count_real_pixels_only(void **state) {
    (void)state;
    for (int32_t kernel = 2; kernel <= 5; ++kernel) {
        for (int32_t stride = 1; stride <= 2; ++stride) {
            small_net net;
            net_begin(&net, 6, 13, 11);
            int32_t last = net_conv(&net, "before", 0, 10, 3);
            last = padded_mean(&net, last, kernel, stride);
            (void)net_conv(&net, "behind", last, 5, 3);
            net_end(&net);
            (void)check_all(&net, small_arch(4, 8));
        }
    }
}

static void test_each_number_of_real_pixels_has_a_pass_of_its_own(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 4, 8, 8);
    (void)padded_mean(&net, 0, 3, 1);
    net_end(&net);
    const tsr_arch arch = small_arch(4, 4);
    const tsr_schedule schedule = rig_schedule("H1x1", TSR_JOIN_AUTO);
    tsr_program program = {0};
    tsr_plan *plan = rig_plan(&net.network, &arch, &schedule, &program);
    int32_t passes = 0;
    for (int32_t i = 0; i < program.desc_count; ++i) {
        passes += tsr_program_brief(&program, i).opcode == TSR_OP_CONV;
    }
    assert_int_equal(passes, 9);                         // corners, sides and the middle
    assert_int_equal(plan->stages[0].weight_phases, 4);  // 2 or 3 rows by 2 or 3 columns
    tsr_program_free(&program);
    tsr_plan_free(plan);
}

static void test_means_that_tie_to_even_are_the_sum_of_two_passes(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 4, 12, 12);
    const int32_t mean = net_pool(&net, TSR_LAYER_AVERAGE_POOL, "mean", 0);
    net.layers[mean].kernel_h = 2;
    net.layers[mean].kernel_w = 3;
    (void)net_pool(&net, TSR_LAYER_GLOBAL_AVERAGE_POOL, "all", mean);  // of 6 x 5 pixels
    net_end(&net);
    tsr_arch arch = small_arch(4, 4);
    arch.rounding = TSR_ROUND_HALF_EVEN;
    seen s = {0};
    for (size_t i = 0; i < sizeof schedules / sizeof schedules[0]; ++i) {
        check_one(&net, &arch, schedules[i], &s);
        assert_int_equal(s.stages, 4);
    }
    assert_true(s.fused > 0);
    arch.rounding = TSR_ROUND_HALF_AWAY;
    check_one(&net, &arch, "layerwise", &s);
    assert_int_equal(s.stages, 2);
}

static void test_a_pool_that_leaves_out_a_row_does_not_make_an_average_be_in_vain(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 4, 9, 9);
    const int32_t mean = padded_mean(&net, 0, 3, 1);
    const int32_t conv = net_conv(&net, "conv", 0, 4, 3);
    const int32_t sum = net_join(&net, TSR_LAYER_ADD, "sum", conv, mean);
    const int32_t pool = net_pool(&net, TSR_LAYER_MAX_POOL, "pool", sum);
    const int32_t more = net_conv(&net, "more", pool, 8, 3);
    (void)net_conv(&net, "last", more, 8, 3);
    net_end(&net);
    (void)check_all(&net, small_arch(4, 4));
}

static void test_parts_of_a_concat_may_begin_inside_a_word(void **state) {
    (void)state;
    static const int32_t words[] = {4, 8, 16};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i) {
        small_net net;
        net_begin(&net, 5, 12, 12);
        const int32_t a = net_conv(&net, "a", 0, 24, 3);
        const int32_t b = net_conv(&net, "b", a, 7, 1);
        const int32_t c = net_pool(&net, TSR_LAYER_AVERAGE_POOL, "c", a);
        net.layers[c].stride_h = net.layers[c].stride_w = 1;
        net.layers[c].kernel_h = net.layers[c].kernel_w = 3;
        net.layers[c].pad_top = net.layers[c].pad_left = 1;
        net.layers[c].pad_bottom = net.layers[c].pad_right = 1;
        const int32_t all = net_join(&net, TSR_LAYER_CONCAT, "all", b, a);
        net.layers[all].input_count = 4;
        net.layers[all].inputs[2] = c;
        net.layers[all].inputs[3] = b;  // twice: copied
        const int32_t d = net_conv(&net, "d", all, 9, 3);
        const int32_t more = net_join(&net, TSR_LAYER_CONCAT, "more", d, all);
        net.layers[more].input_count = 3;
        net.layers[more].inputs[2] = 0;
        (void)net_pool(&net, TSR_LAYER_MAX_POOL, "pool", more);
        net_end(&net);
        (void)check_all(&net, small_arch(words[i], words[i] * (i == 0 ? 2 : 1)));
    }
}

static void test_any_map_can_be_shuffled_by_products_of_two_and_three(void **state) {
    (void)state;
    static const int32_t factors[] = {1, 2, 3, 4, 6, 8, 12};
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; ++i) {
        const int32_t area = factors[i] * factors[i];
        small_net net;
        net_begin(&net, 3, 3, 4);
        const int32_t conv = net_conv(&net, "conv", 0, 2 * area, 1);
        const int32_t sum = net_join(&net, TSR_LAYER_ADD, "sum", conv, conv);
        const int32_t shuffle = net_layer(&net, TSR_LAYER_PIXEL_SHUFFLE, "shuffle", sum);
        net.layers[shuffle].factor = factors[i];
        (void)net_conv(&net, "behind", shuffle, 5, 3);
        net_end(&net);
        tsr_arch arch = small_arch(4, 8);
        arch.feature_buffer_bytes *= 8;
        arch.weight_buffer_bytes *= 8;
        (void)check_all(&net, arch);
    }
}

static void test_maps_are_enlarged_by_products_of_two_and_three(void **state) {
    (void)state;
    static const int32_t factors[] = {1, 4, 6, 8, 9, 16};
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; ++i) {
        small_net net;
        net_begin(&net, 3, 3, 4);
        const int32_t conv = net_conv(&net, "conv", 0, 6, 1);
        const int32_t large = net_layer(&net, TSR_LAYER_UPSAMPLE, "large", conv);
        net.layers[large].factor = factors[i];
        (void)net_conv(&net, "behind", large, 5, 3);
        net_end(&net);
        tsr_arch arch = small_arch(4, 8);
        arch.feature_buffer_bytes *= 8;
        (void)check_all(&net, arch);
    }
}

/** Two passes of one layer may be in two groups, and the ring of the second lie where the first wrote
 * filler that nobody reads. */
static void test_a_ring_may_begin_where_an_earlier_pass_of_the_same_layer_wrote(void **state) {
    (void)state;
    for (int32_t kib = 5; kib <= 16; ++kib) {
        small_net net;
        net_begin(&net, 8, 6, 10);
        const int32_t conv = net_conv(&net, "conv", 0, 8, 5);
        net.layers[conv].stride_h = net.layers[conv].stride_w = 2;
        const int32_t large = net_layer(&net, TSR_LAYER_UPSAMPLE, "large", conv);
        net.layers[large].factor = 6;
        const int32_t pool = net_pool(&net, TSR_LAYER_MAX_POOL, "pool", large);
        tsr_layer *layer = &net.layers[pool];
        layer->kernel_h = layer->kernel_w = 3;
        layer->pad_top = layer->pad_left = layer->pad_bottom = layer->pad_right = 1;
        const int32_t first = net_layer(&net, TSR_LAYER_RELU, "first", pool);
        (void)net_layer(&net, TSR_LAYER_RELU, "second", first);
        net_end(&net);
        tsr_arch arch = small_arch(8, 24);
        arch.feature_sectors = 2;
        arch.weight_buffer_bytes = 192 * 1024;
        arch.feature_buffer_bytes = kib * 1024;
        seen s = {0};
        check_one(&net, &arch, "cached", &s);
    }
}

/** Groups of a plan, and copies in it. */
static void count_groups(const small_net *net, const char *text, int32_t *groups, int32_t *copies) {
    tsr_schedule schedule = rig_schedule(text, TSR_JOIN_AUTO);
    const tsr_arch arch = small_arch(4, 4);
    tsr_program program = {0};
    tsr_plan *plan = rig_plan(&net->network, &arch, &schedule, &program);
    *groups = plan->group_count;
    *copies = 0;
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        *copies += plan->stages[s].job == TSR_JOB_COPY;
    }
    assert_int_equal(*copies > 0, strstr(plan->reason, "copies of maps on chip") != NULL);
    tsr_program_free(&program);
    tsr_plan_free(plan);
}

static void test_a_map_read_with_two_strides_stays_on_chip(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 4, 12, 12);
    const int32_t first = net_conv(&net, "first", 0, 8, 3);
    const int32_t narrow = net_conv(&net, "narrow", first, 4, 3);
    net.layers[narrow].stride_h = net.layers[narrow].stride_w = 2;
    const int32_t pool = net_pool(&net, TSR_LAYER_MAX_POOL, "pool", first);
    net.layers[pool].kernel_h = net.layers[pool].kernel_w = 3;
    net.layers[pool].pad_top = net.layers[pool].pad_left = 1;
    net.layers[pool].pad_bottom = net.layers[pool].pad_right = 1;
    const int32_t wide = net_conv(&net, "wide", first, 4, 3);
    const int32_t half = net_pool(&net, TSR_LAYER_MAX_POOL, "half", wide);
    const int32_t sum = net_join(&net, TSR_LAYER_ADD, "sum", narrow, half);
    (void)net_join(&net, TSR_LAYER_CONCAT, "all", sum, pool);
    net_end(&net);
    (void)check_all(&net, small_arch(4, 8));
    static const char *const fused[] = {"recompute", "cached", "auto"};
    for (size_t i = 0; i < sizeof fused / sizeof fused[0]; ++i) {
        int32_t groups = 0;
        int32_t copies = 0;
        count_groups(&net, fused[i], &groups, &copies);
        assert_int_equal(groups, 1);
        assert_int_equal(copies, 1);  // for the two stages with stride 2
    }
    int32_t groups = 0;
    int32_t copies = 0;
    count_groups(&net, "layerwise", &groups, &copies);
    assert_int_equal(copies, 0);
}

static void test_a_pass_that_reads_and_adds_one_map_stays_with_the_one_that_makes_it(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 4, 12, 12);
    int32_t last = net_conv(&net, "first", 0, 8, 3);
    for (int32_t i = 0; i < 2; ++i) {
        const int32_t conv = net_conv(&net, i == 0 ? "conv" : "conv2", last, 8, 3);
        last = net_join(&net, TSR_LAYER_ADD, i == 0 ? "sum" : "sum2", conv, last);
    }
    net_end(&net);
    (void)check_all(&net, small_arch(4, 8));
    int32_t groups = 0;
    int32_t copies = 0;
    count_groups(&net, "recompute", &groups, &copies);
    assert_int_equal(groups, 1);
    assert_int_equal(copies, 2);
    count_groups(&net, "H1x1", &groups, &copies);
    assert_int_equal(groups, 1);
    assert_int_equal(copies, 2);
}

/** A pool, an average and a depthwise conv whose map is twice the pool as a whole. */
static void test_tiles_of_layers_that_mix_no_channels_have_no_others(void **state) {
    (void)state;
    for (int32_t kind = 0; kind < 3; ++kind) {
        small_net net;
        net_begin(&net, 32, 16, 16);
        if (kind == 2) {
            net.layers[net_conv(&net, "conv", 0, 32, 3)].groups = 32;
        } else {
            const int32_t pool =
                net_pool(&net, kind == 0 ? TSR_LAYER_MAX_POOL : TSR_LAYER_AVERAGE_POOL, "pool", 0);
            net.layers[pool].kernel_h = net.layers[pool].kernel_w = 3;
            net.layers[pool].stride_h = net.layers[pool].stride_w = 1;
        }
        net_end(&net);
        tsr_arch arch = small_arch(4, 4);
        arch.feature_buffer_bytes = 4096;  // of 8192 bytes of the input
        const tsr_schedule schedule = rig_schedule("layerwise", TSR_JOIN_AUTO);
        tsr_program program = {0};
        tsr_plan *plan = rig_plan(&net.network, &arch, &schedule, &program);
        const tsr_tiling *tiling = &plan->groups[0].tiling;
        assert_true(tiling->by_channels);
        assert_int_equal(tiling->rows * tiling->cols, 1);
        // every byte of the input once: no halo
        assert_int_equal(plan->read_bytes[TSR_TRAFFIC_INPUT], 32 * 16 * 16);
        seen s = {0};
        check_one(&net, &arch, "layerwise", &s);
        tsr_program_free(&program);
        tsr_plan_free(plan);
    }
}

static void test_one_pixel_is_enlarged_by_any_factor(void **state) {
    (void)state;
    static const int32_t factors[] = {5, 7, 8, 13};
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; ++i) {
        small_net net;
        net_begin(&net, 6, 4, 5);
        const int32_t mean = net_pool(&net, TSR_LAYER_GLOBAL_AVERAGE_POOL, "mean", 0);
        const int32_t conv = net_conv(&net, "conv", mean, 9, 1);
        const int32_t large = net_layer(&net, TSR_LAYER_UPSAMPLE, "large", conv);
        net.layers[large].factor = factors[i];
        (void)net_conv(&net, "behind", large, 5, 3);
        net_end(&net);
        (void)check_all(&net, small_arch(4, 8));
    }
}

int main(int argc, char **argv) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : seed;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_averages_past_the_map_count_real_pixels_only),
        cmocka_unit_test(test_each_number_of_real_pixels_has_a_pass_of_its_own),
        cmocka_unit_test(test_means_that_tie_to_even_are_the_sum_of_two_passes),
        cmocka_unit_test(test_a_pool_that_leaves_out_a_row_does_not_make_an_average_be_in_vain),
        cmocka_unit_test(test_parts_of_a_concat_may_begin_inside_a_word),
        cmocka_unit_test(test_any_map_can_be_shuffled_by_products_of_two_and_three),
        cmocka_unit_test(test_maps_are_enlarged_by_products_of_two_and_three),
        cmocka_unit_test(test_a_ring_may_begin_where_an_earlier_pass_of_the_same_layer_wrote),
        cmocka_unit_test(test_a_map_read_with_two_strides_stays_on_chip),
        cmocka_unit_test(test_a_pass_that_reads_and_adds_one_map_stays_with_the_one_that_makes_it),
        cmocka_unit_test(test_tiles_of_layers_that_mix_no_channels_have_no_others),
        cmocka_unit_test(test_one_pixel_is_enlarged_by_any_factor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
