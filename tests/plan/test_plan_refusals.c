// SPDX-License-Identifier: Apache-2.0
// What the planner refuses, and that it says which resource lacks how much, or which layer is not
// built.
#include "base/alloc.h"
#include "plan/plan_rig.h"
#include "support/small_net.h"

static tsr_status try_plan(const tsr_network *network, const tsr_arch *arch,
                           const tsr_schedule *schedule, tsr_error *err) {
    tsr_plan *plan = NULL;
    const tsr_status status = tsr_plan_make(network, arch, schedule, &plan, err);
    if (status == TSR_OK) {
        tsr_plan_free(plan);
    } else {
        assert_null(plan);
        assert_int_equal(err->status, status);
    }
    return status;
}

/** Two convolutions of 16 channels on a 16 x 16 map. */
static void two_convs(small_net *net) {
    net_begin(net, 4, 16, 16);
    int32_t last = net_conv(net, "first", 0, 16, 3);
    last = net_conv(net, "second", last, 16, 3);
    (void)last;
    net_end(net);
}

static void test_a_group_too_large_for_the_pool_says_what_is_missing(void **state) {
    (void)state;
    small_net net;
    two_convs(&net);
    tsr_arch arch = rig_arch("tiny");
    arch.feature_buffer_bytes = 1536;
    const tsr_schedule schedule = rig_schedule("H2x2", TSR_JOIN_ON_CHIP);
    tsr_error err = {0};
    assert_int_equal(try_plan(&net.network, &arch, &schedule, &err), TSR_ERR_NOT_FIT);
    // second reads and writes 16 channels of 8 x 8 pixels, 1024 bytes each; the input of first is
    // gone by then
    assert_non_null(strstr(err.message, "feature buffer"));
    assert_non_null(strstr(err.message, "needs 2048 bytes, there are 1536: 512 are missing"));
}

static void test_weights_that_cannot_stay_are_refused_when_asked_to(void **state) {
    (void)state;
    small_net net;
    two_convs(&net);
    tsr_arch arch = rig_arch("tiny");
    arch.weight_buffer_bytes = 1024;
    tsr_schedule schedule = rig_schedule("H2x2", TSR_JOIN_ON_CHIP);
    schedule.residency = TSR_RESIDENCY_RESIDENT;
    tsr_error err = {0};
    assert_int_equal(try_plan(&net.network, &arch, &schedule, &err), TSR_ERR_NOT_FIT);
    // (4 + 16) channels in, 16 out, 3 x 3 taps of one byte
    assert_non_null(strstr(err.message, "weight buffer"));
    assert_non_null(strstr(err.message, "2880 bytes"));
    assert_non_null(strstr(err.message, "there are 1024"));
    schedule.residency = TSR_RESIDENCY_PER_BLOCK;
    assert_int_equal(try_plan(&net.network, &arch, &schedule, &err), TSR_OK);
}

static void test_one_pass_larger_than_the_weight_buffer_is_refused(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 16, 8, 8);
    const int32_t conv = net_conv(&net, "wide", 0, 4, 3);
    (void)net_pool(&net, TSR_LAYER_MAX_POOL, "pool", conv);
    net_end(&net);
    tsr_arch arch = rig_arch("tiny");
    arch.weight_buffer_bytes =
        35 * 16;  // one group needs 4 words in x 9 taps = 36 words of 16 bytes
    const tsr_schedule schedule = rig_schedule("layerwise", TSR_JOIN_AUTO);
    tsr_error err = {0};
    assert_int_equal(try_plan(&net.network, &arch, &schedule, &err), TSR_ERR_NOT_FIT);
    assert_string_equal(err.where, "wide");
    assert_non_null(
        strstr(err.message, "weight buffer: 4 output channels need 576 bytes, there are 560"));
}

static void test_sums_go_on_over_passes_where_a_tile_is_one_tile_of_the_array(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 16, 6, 6);
    (void)net_conv(&net, "wide", 0, 4, 3);
    net_end(&net);
    tsr_arch arch = rig_arch("tiny");
    arch.weight_buffer_bytes = 20 * 16;
    const tsr_schedule schedule = rig_schedule("layerwise", TSR_JOIN_AUTO);
    tsr_program program = {0};
    tsr_plan *plan = rig_plan(&net.network, &arch, &schedule, &program);
    assert_true(plan->groups[0].weights[0].pass_planes < 4);
    rig_values values;
    assert_true(rig_values_make(&net.network, &arch, &schedule.blocking, 7, &values));
    rig_check_values(plan, &values);
    rig_values_free(&values);
    tsr_program_free(&program);
    tsr_plan_free(plan);
}

static void expect_unsupported(small_net *net, const char *where, const char *word) {
    const tsr_arch arch = rig_arch("tiny");
    const tsr_schedule schedule = rig_schedule("layerwise", TSR_JOIN_AUTO);
    tsr_error err = {0};
    net_end(net);
    assert_int_equal(try_plan(&net->network, &arch, &schedule, &err), TSR_ERR_UNSUPPORTED);
    assert_string_equal(err.where, where);
    assert_non_null(strstr(err.message, word));
}

static void test_layers_the_machine_lacks_are_named(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 4, 8, 8);
    int32_t last = net_conv(&net, "leap", 0, 4, 3);
    net.layers[last].stride_h = net.layers[last].stride_w = 8;
    expect_unsupported(&net, "leap", "column stride 8, at most 7");

    net_begin(&net, 4, 8, 8);
    last = net_layer(&net, TSR_LAYER_UPSAMPLE, "large", 0);
    net.layers[last].factor = 10;
    expect_unsupported(&net, "large", "factor 10: only products of 2 and 3");

    net_begin(&net, 25, 8, 8);
    last = net_layer(&net, TSR_LAYER_PIXEL_SHUFFLE, "shuffle", 0);
    net.layers[last].factor = 5;
    expect_unsupported(&net, "shuffle", "factor 5: only products of 2 and 3");
}

static void test_options_that_do_not_go_together_are_refused_by_name(void **state) {
    (void)state;
    small_net net;
    two_convs(&net);
    const tsr_arch arch = rig_arch("tiny");
    tsr_error err = {0};
    tsr_schedule schedule = rig_schedule("layerwise", TSR_JOIN_AUTO);
    schedule.tile_h = 4;
    assert_int_equal(try_plan(&net.network, &arch, &schedule, &err), TSR_ERR_USAGE);
    assert_non_null(strstr(err.message, "tile of 4 x 0"));
    schedule = rig_schedule("layerwise", TSR_JOIN_AUTO);
    schedule.residency = TSR_RESIDENCY_BLOCK_BATCH;
    assert_int_equal(try_plan(&net.network, &arch, &schedule, &err), TSR_ERR_USAGE);
    assert_non_null(strstr(err.message, "block_batch needs mode blocked, not layerwise"));
    schedule = rig_schedule("F4", TSR_JOIN_AUTO);
    schedule.block_batch = 3;
    assert_int_equal(try_plan(&net.network, &arch, &schedule, &err), TSR_ERR_USAGE);
    assert_non_null(strstr(err.message, "block_batch is 3 with weight residency auto"));
    schedule = rig_schedule("cached", TSR_JOIN_AUTO);
    schedule.residency = TSR_RESIDENCY_PER_GROUP;
    assert_int_equal(try_plan(&net.network, &arch, &schedule, &err), TSR_ERR_USAGE);
    assert_non_null(strstr(err.message, "per_group needs mode blocked or layerwise, not cached"));
}

/** Every allocation of a plan and its program fails once. */
static void fail_every_allocation(const tsr_network *network, const char *text) {
    const tsr_arch arch = rig_arch("tiny");
    const tsr_schedule schedule = rig_schedule(text, TSR_JOIN_AUTO);
    bool made = false;
    for (uint64_t n = 1; !made && n < 5000; ++n) {
        tsr_error err = {0};
        tsr_plan *plan = NULL;
        tsr_program program = {0};
        tsr_alloc_fail_at(n);
        tsr_status status = tsr_plan_make(network, &arch, &schedule, &plan, &err);
        if (status == TSR_OK) {
            status = tsr_plan_lower(plan, NULL, &program, &err);
        }
        tsr_alloc_fail_at(0);
        made = status == TSR_OK;
        assert_true(made || status == TSR_ERR_NO_MEMORY);
        tsr_program_free(&program);
        tsr_plan_free(plan);
    }
    assert_true(made);
}

static void test_every_failed_allocation_is_an_error_and_nothing_is_left(void **state) {
    (void)state;
    small_net net;
    two_convs(&net);
    static const char *const texts[] = {"H2x2", "recompute:5", "cached:3"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        fail_every_allocation(&net.network, texts[i]);
    }

    net_begin(&net, 4, 16, 16);  // a residual block, then a concat of a part of it and its input
    const int32_t first = net_conv(&net, "first", 0, 4, 3);
    const int32_t second = net_conv(&net, "second", first, 4, 3);
    net.layers[second].groups = 4;
    const int32_t sum = net_join(&net, TSR_LAYER_ADD, "sum", second, first);
    const int32_t both = net_join(&net, TSR_LAYER_CONCAT, "both", sum, 0);
    (void)net_pool(&net, TSR_LAYER_GLOBAL_AVERAGE_POOL, "mean", both);
    net_end(&net);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        fail_every_allocation(&net.network, texts[i]);
    }
}

static void test_schedules_are_words(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_schedule schedule = rig_schedule("F28x14", TSR_JOIN_AUTO);
    assert_int_equal(schedule.mode, TSR_SCHEDULE_BLOCKED);
    assert_int_equal(schedule.blocking.h, 28);
    assert_int_equal(schedule.blocking.w, 14);
    assert_int_equal(schedule.blocking.border_padding, TSR_PAD_SAME);
    schedule = rig_schedule("layerwise", TSR_JOIN_AUTO);
    assert_true(schedule.mode == TSR_SCHEDULE_LAYERWISE &&
                schedule.blocking.kind == TSR_BLOCKING_NONE);
    assert_true(tsr_schedule_blocking(&schedule).true_stride);
    schedule = rig_schedule("recompute:28x14", TSR_JOIN_AUTO);
    assert_true(schedule.mode == TSR_SCHEDULE_RECOMPUTE && schedule.tile_h == 28 &&
                schedule.tile_w == 14);
    schedule = rig_schedule("recompute:7", TSR_JOIN_AUTO);
    assert_true(schedule.tile_h == 7 && schedule.tile_w == 7);
    schedule = rig_schedule("cached:2", TSR_JOIN_AUTO);
    assert_true(schedule.mode == TSR_SCHEDULE_CACHED && schedule.tile_h == 2 &&
                schedule.tile_w == 0);
    schedule = rig_schedule("cached:2x30", TSR_JOIN_AUTO);
    assert_true(schedule.mode == TSR_SCHEDULE_CACHED && schedule.tile_h == 2 &&
                schedule.tile_w == 30);
    static const char *const wrong[] = {
        "sideways",     "layerwise:4",     "recompute:", "recompute:0",
        "recompute:4x", "recompute:4x4x4", "cached:4x",  "cached:99999999",
        "recompute 4",  "recompute:-4",    "cachedx"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
        assert_int_equal(tsr_schedule_parse(wrong[i], &schedule, &err), TSR_ERR_USAGE);
    }
    assert_non_null(strstr(err.message, "layerwise"));
    assert_string_equal(tsr_schedule_mode_name(TSR_SCHEDULE_CACHED), "cached");
    assert_string_equal(tsr_join_name(TSR_JOIN_ON_CHIP), "on_chip");
    assert_string_equal(tsr_residency_name(TSR_RESIDENCY_PER_BLOCK), "per_block");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_group_too_large_for_the_pool_says_what_is_missing),
        cmocka_unit_test(test_weights_that_cannot_stay_are_refused_when_asked_to),
        cmocka_unit_test(test_one_pass_larger_than_the_weight_buffer_is_refused),
        cmocka_unit_test(test_sums_go_on_over_passes_where_a_tile_is_one_tile_of_the_array),
        cmocka_unit_test(test_layers_the_machine_lacks_are_named),
        cmocka_unit_test(test_options_that_do_not_go_together_are_refused_by_name),
        cmocka_unit_test(test_every_failed_allocation_is_an_error_and_nothing_is_left),
        cmocka_unit_test(test_schedules_are_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
