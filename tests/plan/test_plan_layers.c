// SPDX-License-Identifier: Apache-2.0
// Single layers that go another way than the rest: blockings of their own, strides without a
// stand-in, norms that turn values over, one pixel enlarged.
#include "plan/plan_rig.h"
#include "support/small_net.h"

static tsr_schedule schedule_of(const char *text, bool true_stride) {
    tsr_schedule schedule = rig_schedule(text, TSR_JOIN_AUTO);
    schedule.blocking.true_stride = true_stride;
    return schedule;
}

static void own(small_net *net, int32_t layer, const char *text) {
    tsr_error err = {0};
    assert_ok(tsr_blocking_parse(text, &net->layers[layer].own_blocking, &err), err);
}

/** The plan; what it computes is what the model computes. */
static tsr_plan *checked(const small_net *net, const tsr_arch *arch, const tsr_schedule *schedule) {
    const tsr_blocking blocking = tsr_schedule_blocking(schedule);
    tsr_program program = {0};
    rig_values values;
    tsr_plan *plan = rig_plan(&net->network, arch, schedule, &program);
    assert_true(rig_values_make(&net->network, arch, &blocking, 3, &values));
    rig_check_values(plan, &values);
    rig_values_free(&values);
    tsr_program_free(&program);
    return plan;
}

/** Four convolutions in a row on 24 x 24 pixels. */
static void four_convs(small_net *net) {
    net_begin(net, 4, 24, 24);
    for (int32_t i = 1; i <= 4; ++i) {
        char name[16];
        (void)snprintf(name, sizeof name, "conv%d", i);
        (void)net_conv(net, name, i - 1, 4, 3);
    }
    net_end(net);
}

static void test_neighbours_of_other_grids_meet_in_joins_or_end_their_group(void **state) {
    (void)state;
    small_net net;
    const tsr_arch arch = rig_arch("tiny");
    const tsr_schedule schedule = schedule_of("F6", false);
    four_convs(&net);
    own(&net, 3, "F12");  // of four blocks of 6 each
    tsr_plan *plan = checked(&net, &arch, &schedule);
    assert_int_equal(plan->stages[2].relation, TSR_RELATION_JOIN);
    assert_int_equal(plan->stages[3].relation, TSR_RELATION_NONE);  // conv4 cuts finer again
    tsr_plan_free(plan);

    four_convs(&net);
    own(&net, 2, "H6x3");
    own(&net, 3, "F4x8");  // the same blocks by another rule
    plan = checked(&net, &arch, &schedule);
    assert_true(plan->stages[1].grid.rows == 6 && plan->stages[1].grid.cols == 3);
    assert_int_equal(plan->stages[1].relation, TSR_RELATION_NONE);
    assert_int_equal(plan->stages[2].relation, TSR_RELATION_SAME);
    tsr_plan_free(plan);
}

static void test_only_named_layers_are_cut_where_the_rest_is_whole(void **state) {
    (void)state;
    small_net net;
    const tsr_arch arch = rig_arch("tiny");
    const tsr_schedule schedule = schedule_of("H1", false);
    four_convs(&net);
    own(&net, 2, "F8");
    tsr_plan *plan = checked(&net, &arch, &schedule);
    for (int32_t s = 0; s < 4; ++s) {
        assert_int_equal(plan->stages[s].grid.rows, s == 1 ? 3 : 1);
    }
    tsr_plan_free(plan);
}

/** Planner and model refuse with one voice. */
static void refuse(const small_net *net, const tsr_schedule *schedule, tsr_status status,
                   const char *where, const char *word) {
    const tsr_arch arch = rig_arch("tiny");
    const tsr_forward_options options = {.blocking = tsr_schedule_blocking(schedule)};
    tsr_weights weights = {0};
    tsr_tensor input = {0};
    tsr_activations result = {0};
    tsr_plan *plan = NULL;
    tsr_error planned = {0};
    tsr_error modelled = {0};
    assert_int_equal(tsr_plan_make(&net->network, &arch, schedule, &plan, &planned), status);
    assert_ok(tsr_weights_generate(&net->network, 1, &weights, &modelled), modelled);
    assert_ok(tsr_input_generate(net->layers[0].out, 1, &input, &modelled), modelled);
    assert_int_equal(tsr_forward_f32(&net->network, &weights, &options, &input, &result, &modelled),
                     status);
    assert_string_equal(planned.where, where);
    assert_non_null(strstr(planned.message, word));
    assert_string_equal(planned.message, modelled.message);
    tsr_tensor_free(&input);
    tsr_weights_free(&weights);
}

static void test_what_a_layer_cannot_be_is_refused_by_planner_and_model_alike(void **state) {
    (void)state;
    small_net net;
    const tsr_schedule schedule = schedule_of("F6", false);
    four_convs(&net);
    net.layers[2].pad_top = 0;
    net_end(&net);
    own(&net, 2, "F8");
    refuse(&net, &schedule, TSR_ERR_SHAPE, "conv2", "its own blocking cannot hold");
    four_convs(&net);
    own(&net, 4, "F7");
    refuse(&net, &schedule, TSR_ERR_SHAPE, "conv4", "blocks of 7x7 do not divide");
    four_convs(&net);
    net.layers[4].stride_h = net.layers[4].stride_w = 3;
    net_end(&net);
    refuse(&net, &schedule, TSR_ERR_UNSUPPORTED, "conv4", "stride is 3x3");
}

static void test_whole_layers_keep_strides_that_no_pool_stands_in_for(void **state) {
    (void)state;
    small_net net;
    const tsr_arch arch = rig_arch("tiny");
    const tsr_schedule schedule = schedule_of("F6", false);
    net_begin(&net, 4, 50, 50);
    tsr_layer *stem = &net.layers[net_conv(&net, "stem", 0, 4, 5)];
    stem->stride_h = stem->stride_w = 4;  // 50 + 2 - 5 by 4: 12, every fourth of 50 are 13
    stem->pad_top = stem->pad_left = stem->pad_bottom = stem->pad_right = 1;
    (void)net_conv(&net, "body", 1, 4, 3);
    net_end(&net);
    tsr_plan *plan = checked(&net, &arch, &schedule);
    assert_true(plan->stages[0].stride_h == 4 && plan->stages[0].grid.rows == 1);
    assert_int_equal(plan->stages[1].grid.rows, 2);
    tsr_plan_free(plan);
}

/** A strided conv with a norm, one factor of which is negative. */
static void turned_over(small_net *net, tsr_weights *weights) {
    tsr_error err = {0};
    net_begin(net, 4, 8, 8);
    const int32_t conv = net_conv(net, "down", 0, 4, 3);
    net->layers[conv].stride_h = net->layers[conv].stride_w = 2;
    const int32_t norm = net_layer(net, TSR_LAYER_BATCH_NORM, "norm", conv);
    net->layers[norm].epsilon = 1e-5;
    net_end(net);
    assert_ok(tsr_weights_generate(&net->network, 5, weights, &err), err);
    float *factors = weights->layers[norm].weight.data;
    factors[2] = -1.0F;
}

static void test_a_norm_that_turns_values_over_is_refused_when_values_come_in(void **state) {
    (void)state;
    small_net net;
    tsr_weights weights = {0};
    tsr_qnetwork q = {0};
    tsr_tensor picture = {0};
    tsr_program program = {0};
    tsr_plan *plan = NULL;
    tsr_error err = {0};
    const tsr_arch arch = rig_arch("tiny");
    turned_over(&net, &weights);
    assert_ok(tsr_input_generate(net.layers[0].out, 1, &picture, &err), err);
    assert_ok(tsr_quantize(&net.network, &weights, &picture, 1, (tsr_qparams){0},
                           arch.activation_bits, arch.rounding, &q, &err),
              err);
    for (int32_t true_stride = 0; true_stride < 2; ++true_stride) {
        const tsr_schedule schedule = schedule_of("F4", true_stride == 1);
        assert_ok(tsr_plan_make(&net.network, &arch, &schedule, &plan, &err), err);
        const tsr_status status = tsr_plan_lower(plan, &q, &program, &err);
        assert_int_equal(status, true_stride == 1 ? TSR_OK : TSR_ERR_UNSUPPORTED);
        if (status != TSR_OK) {
            assert_string_equal(err.where, "down");
            assert_non_null(strstr(err.message, "a batch norm factor is negative"));
        }
        tsr_program_free(&program);
        tsr_plan_free(plan);
    }
    tsr_tensor_free(&picture);
    tsr_qnetwork_free(&q);
    tsr_weights_free(&weights);
}

static void test_one_pixel_is_enlarged_by_any_factor(void **state) {
    (void)state;
    const tsr_arch arch = rig_arch("tiny");
    static const char *const texts[] = {"layerwise", "H2", "recompute", "cached"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        small_net net;
        const tsr_schedule schedule = schedule_of(texts[i], true);
        net_begin(&net, 4, 8, 8);
        const int32_t conv = net_conv(&net, "conv", 0, 12, 3);
        const int32_t mean = net_layer(&net, TSR_LAYER_GLOBAL_AVERAGE_POOL, "mean", conv);
        const int32_t large = net_layer(&net, TSR_LAYER_UPSAMPLE, "large", mean);
        net.layers[large].factor = 7;
        (void)net_conv(&net, "behind", large, 4, 3);
        net_end(&net);
        tsr_plan_free(checked(&net, &arch, &schedule));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neighbours_of_other_grids_meet_in_joins_or_end_their_group),
        cmocka_unit_test(test_only_named_layers_are_cut_where_the_rest_is_whole),
        cmocka_unit_test(test_what_a_layer_cannot_be_is_refused_by_planner_and_model_alike),
        cmocka_unit_test(test_whole_layers_keep_strides_that_no_pool_stands_in_for),
        cmocka_unit_test(test_a_norm_that_turns_values_over_is_refused_when_values_come_in),
        cmocka_unit_test(test_one_pixel_is_enlarged_by_any_factor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
