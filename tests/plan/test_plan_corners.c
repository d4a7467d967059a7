// SPDX-License-Identifier: Apache-2.0
// Corners that random graphs came to, one network each.
#include "plan/auto_rig.h"

/** A small machine. */
static tsr_arch small_arch(int32_t tm, int32_t tn, int64_t feature_bytes) {
    tsr_arch arch = rig_arch("tiny");
    arch.tm = tm;
    arch.tn = tn;
    arch.tp = 2;
    arch.wp = 1;
    arch.feature_sectors = 2;
    arch.feature_buffer_bytes = feature_bytes;
    arch.weight_buffer_bytes = 32768;
    arch.parameter_channels = 16 * tm;
    return arch;
}

/** Values, figures and purity of the one plan. */
static void run(const small_net *net, const tsr_arch *arch, const tsr_schedule *schedule) {
    halo_tally t = {0};
    halo_run(&net->network, arch, schedule, 1, false, &t);
    assert_int_equal(t.run, 1);
}

/** Values of the plan of a blocked schedule. */
static void run_blocks(const small_net *net, const tsr_arch *arch, const tsr_schedule *schedule) {
    const tsr_blocking blocking = tsr_schedule_blocking(schedule);
    tsr_program program = {0};
    rig_values values;
    tsr_plan *plan = rig_plan(&net->network, arch, schedule, &program);
    assert_true(rig_values_make(&net->network, arch, &blocking, 1, &values));
    rig_check_values(plan, &values);
    rig_values_free(&values);
    tsr_program_free(&program);
    tsr_plan_free(plan);
}

/** What leaves the network is the flattened layer, not the concat that it is a view of. */
static void test_a_flattened_concatenation_can_leave_the_network(void **state) {
    (void)state;
    small_net net;
    const tsr_arch arch = small_arch(4, 4, 8256);
    net_begin(&net, 4, 6, 5);
    const int32_t conv = net_conv(&net, "conv", 0, 4, 3);
    const int32_t concat = net_join(&net, TSR_LAYER_CONCAT, "concat", conv, 0);
    const int32_t flatten = net_layer(&net, TSR_LAYER_FLATTEN, "flatten", concat);
    net.layers[flatten].is_output = true;
    (void)net_gemm(&net, "gemm", flatten, 3);
    net_end(&net);
    const tsr_schedule schedule = rig_schedule("layerwise", TSR_JOIN_AUTO);
    run(&net, &arch, &schedule);
}

/** No window of a pool counts a mirrored pixel: none of those need be there. */
static void test_a_padded_pool_reads_no_pixels_to_mirror(void **state) {
    (void)state;
    small_net net;
    const tsr_arch arch = small_arch(2, 2, 32832);
    net_begin(&net, 4, 15, 16);
    const int32_t pool = net_pool(&net, TSR_LAYER_MAX_POOL, "pool", 0);
    net.layers[pool].stride_h = net.layers[pool].stride_w = 3;
    net.layers[pool].pad_left = 1;
    (void)net_conv(&net, "conv", pool, 4, 1);
    net_end(&net);
    tsr_schedule schedule = rig_schedule("recompute:2x2", TSR_JOIN_AUTO);
    schedule.blocking.border_padding = TSR_PAD_REFLECT;
    run(&net, &arch, &schedule);
}

/** The first pass of a piece makes the second part of a concat: it must wait for all of what the piece before left
 * in the place, which is not alive twice. */
static void test_the_first_pass_into_a_place_claims_it_whatever_part_it_makes(void **state) {
    (void)state;
    small_net net;
    const tsr_arch arch = small_arch(4, 4, 4112);
    net_begin(&net, 8, 18, 15);
    const int32_t conv = net_conv(&net, "conv", 0, 8, 1);
    const int32_t concat = net_join(&net, TSR_LAYER_CONCAT, "concat", 0, conv);
    net.layers[concat].is_output = true;
    net_end(&net);
    const tsr_schedule schedule = rig_schedule("recompute:9x15", TSR_JOIN_AUTO);
    tsr_program program = {0};
    tsr_plan *plan = rig_plan(&net.network, &arch, &schedule, &program);
    assert_int_equal(plan->group_count, 1);
    int32_t claims = 0;
    for (int32_t i = 0; i < plan->list.count; ++i) {
        const tsr_touches touches = tsr_op_touches(&plan->list, i);
        const int64_t lines = touches.writes[0].end - touches.writes[0].begin;
        const int64_t alloc_bytes = tsr_program_note(&program, i).alloc_bytes[TSR_BUFFER_FEATURE];
        if (alloc_bytes > 0) {
            assert_true(lines * tsr_arch_line_bytes(&arch) >= alloc_bytes);
            ++claims;
        }
    }
    assert_int_equal(claims, 4);  // two pieces, each an input and a concat
    tsr_program_free(&program);
    tsr_plan_free(plan);
}

/** All blocks meet the weights together if what they make is joined at once, and not held block by block. */
static void test_blocks_that_are_joined_at_once_may_all_run_together(void **state) {
    (void)state;
    small_net net;
    tsr_arch arch = small_arch(4, 4, 8208);
    arch.weight_buffer_bytes = 512;
    arch.parameter_channels = 28;
    net_begin(&net, 7, 13, 12);
    const int32_t point = net_conv(&net, "point", 0, 21, 1);
    net.layers[point].blockable = false;
    const int32_t depthwise = net_conv(&net, "depthwise", point, 21, 3);
    net.layers[depthwise].blockable = false;
    net.layers[depthwise].groups = 21;
    net_end(&net);
    tsr_schedule schedule = rig_schedule("F5", TSR_JOIN_AUTO);
    schedule.blocking.ragged = true;
    schedule.residency = TSR_RESIDENCY_BLOCK_BATCH;
    const uint64_t chosen = auto_bytes_of(&net.network, &arch, &schedule);
    schedule.block_batch = 9;
    assert_true(chosen != AUTO_NO_WAY);
    assert_int_equal(chosen, auto_bytes_of(&net.network, &arch, &schedule));
}

/** Four groups of parameters for four layers: none is left to go round for others. */
static void test_weights_that_fit_exactly_all_stay(void **state) {
    (void)state;
    small_net net;
    tsr_arch arch = small_arch(4, 4, 4128);
    arch.weight_buffer_bytes = 1024;
    arch.parameter_channels = 16;
    net_begin(&net, 4, 24, 24);
    int32_t last = 0;
    for (int32_t i = 0; i < 4; ++i) {
        char name[16];
        (void)snprintf(name, sizeof name, "conv%d", i);
        last = net_conv(&net, name, last, 4, 3);
    }
    net_end(&net);
    tsr_schedule schedule = rig_schedule("F4", TSR_JOIN_AUTO);
    const uint64_t chosen = auto_bytes_of(&net.network, &arch, &schedule);
    schedule.residency = TSR_RESIDENCY_RESIDENT;
    assert_true(chosen != AUTO_NO_WAY);
    assert_int_equal(chosen, auto_bytes_of(&net.network, &arch, &schedule));
}

/** The mean runs for the last piece alone, the convolution for all: their parameters stay beside one another. */
static void test_parameters_of_a_stage_that_runs_once_stay_beside_the_others(void **state) {
    (void)state;
    small_net net;
    tsr_arch arch = small_arch(6, 2, 4100);
    arch.feature_sectors = 1;
    arch.weight_buffer_bytes = 32772;
    arch.parameter_channels = 18;
    net_begin(&net, 2, 18, 20);
    const int32_t mean = net_pool(&net, TSR_LAYER_GLOBAL_AVERAGE_POOL, "mean", 0);
    net.layers[mean].is_output = true;
    const int32_t pool = net_pool(&net, TSR_LAYER_MAX_POOL, "pool", 0);
    tsr_layer *l = &net.layers[pool];
    l->kernel_h = l->kernel_w = 3;
    l->stride_h = l->stride_w = 1;
    l->pad_top = l->pad_left = l->pad_bottom = l->pad_right = 1;
    (void)net_conv(&net, "conv", pool, 4, 3);
    net_end(&net);
    const tsr_schedule whole = rig_schedule("auto", TSR_JOIN_AUTO);
    run(&net, &arch, &whole);
    tsr_schedule schedule = whole;
    schedule.part_count = 1;
    schedule.parts[0] = (tsr_schedule_part){.from = "mean",
                                            .to = "conv",
                                            .mode = TSR_SCHEDULE_RECOMPUTE,
                                            .one_group = true,
                                            .tile_h = 9,
                                            .tile_w = 9};
    run(&net, &arch, &schedule);
}

/** Up to the sum no way fits, and one of them cannot be at all; with the mean behind it there is one. */
static void test_a_longer_group_may_fit_where_a_shorter_one_does_not(void **state) {
    (void)state;
    small_net net;
    tsr_arch arch = small_arch(4, 4, 4112);
    arch.weight_buffer_bytes = 4096;
    arch.parameter_channels = 16;
    net_begin(&net, 12, 22, 6);
    net.network.batch = 2;
    const int32_t pool = net_pool(&net, TSR_LAYER_AVERAGE_POOL, "pool", 0);
    tsr_layer *l = &net.layers[pool];
    l->kernel_h = 3;
    l->kernel_w = 4;
    l->stride_h = l->stride_w = 1;
    const int32_t point = net_conv(&net, "point", pool, 8, 1);
    const int32_t relu = net_layer(&net, TSR_LAYER_RELU, "relu", point);
    const int32_t conv = net_conv(&net, "conv", relu, 12, 3);
    const int32_t add = net_join(&net, TSR_LAYER_ADD, "add", conv, pool);
    (void)net_pool(&net, TSR_LAYER_GLOBAL_AVERAGE_POOL, "mean", add);
    net_end(&net);
    tsr_schedule schedule = rig_schedule("F4", TSR_JOIN_AUTO);
    schedule.blocking.ragged = true;
    const uint64_t chosen = auto_bytes_of(&net.network, &arch, &schedule);
    schedule.residency = TSR_RESIDENCY_PER_GROUP;
    assert_true(chosen <= auto_bytes_of(&net.network, &arch, &schedule));
}

/** The last column of seven falls out of a 2x2 pool: blocks of that column alone are still read by somebody. */
static void test_blocks_that_a_pool_would_drop_are_read(void **state) {
    (void)state;
    small_net net;
    tsr_arch arch = small_arch(12, 4, 8704);
    arch.tp = 4;
    arch.activation_bits = 16;
    arch.feature_sectors = 16;
    arch.weight_buffer_bytes = 32832;
    arch.parameter_channels = 48;
    net_begin(&net, 4, 12, 7);
    const int32_t stem = net_conv(&net, "stem", 0, 4, 1);
    const int32_t first = net_conv(&net, "first", stem, 4, 3);
    const int32_t relu = net_layer(&net, TSR_LAYER_RELU6, "relu", first);
    const int32_t blocked = net_conv(&net, "blocked", relu, 10, 3);
    const int32_t point = net_conv(&net, "point", 0, 10, 1);
    net.layers[stem].blockable = net.layers[point].blockable = false;
    const int32_t add = net_join(&net, TSR_LAYER_ADD, "add", point, blocked);
    const int32_t wide = net_conv(&net, "wide", first, 4, 7);  // where what was added has been
    net.layers[wide].is_output = true;
    (void)net_pool(&net, TSR_LAYER_MAX_POOL, "pool", add);
    net_end(&net);
    tsr_schedule schedule = rig_schedule("F6", TSR_JOIN_AUTO);
    schedule.blocking.ragged = true;
    schedule.mode = TSR_SCHEDULE_AUTO;
    tsr_program program = {0};
    tsr_plan *plan = rig_plan(&net.network, &arch, &schedule, &program);
    tsr_program_free(&program);
    tsr_plan_free(plan);
}

/** Three words of a pass with one real: the rest falls on what the copy of the input makes, whose blocks end elsewhere
 * than those that were enlarged. Block by block, a later one would write over what an earlier one has copied. */
static void test_words_behind_the_real_ones_do_not_fall_on_an_earlier_block_of_the_next_part(
    void **state) {
    (void)state;
    small_net net;
    tsr_arch arch = small_arch(12, 4, 16416);
    arch.weight_buffer_bytes = 48 * 22;
    net_begin(&net, 8, 10, 6);
    const int32_t pool = net_pool(&net, TSR_LAYER_MAX_POOL, "pool", 0);
    const int32_t conv = net_conv(&net, "conv", pool, 4, 3);
    const int32_t upsample = net_layer(&net, TSR_LAYER_UPSAMPLE, "upsample", conv);  // rows 4 + 6
    net.layers[upsample].factor = 2;
    const int32_t concat =
        net_join(&net, TSR_LAYER_CONCAT, "concat", upsample, 0);  // copied in rows 5 + 5
    (void)net_layer(&net, TSR_LAYER_RELU, "relu", concat);
    net_end(&net);
    tsr_schedule schedule = rig_schedule("H2x3", TSR_JOIN_AUTO);
    schedule.blocking.ragged = true;
    schedule.mode = TSR_SCHEDULE_AUTO;
    run_blocks(&net, &arch, &schedule);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_flattened_concatenation_can_leave_the_network),
        cmocka_unit_test(test_a_padded_pool_reads_no_pixels_to_mirror),
        cmocka_unit_test(test_the_first_pass_into_a_place_claims_it_whatever_part_it_makes),
        cmocka_unit_test(test_blocks_that_are_joined_at_once_may_all_run_together),
        cmocka_unit_test(test_weights_that_fit_exactly_all_stay),
        cmocka_unit_test(test_parameters_of_a_stage_that_runs_once_stay_beside_the_others),
        cmocka_unit_test(test_a_longer_group_may_fit_where_a_shorter_one_does_not),
        cmocka_unit_test(test_blocks_that_a_pool_would_drop_are_read),
        cmocka_unit_test(
            test_words_behind_the_real_ones_do_not_fall_on_an_earlier_block_of_the_next_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
