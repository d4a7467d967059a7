// SPDX-License-Identifier: Apache-2.0
// Random chains on random small machines: what the program computes is what the model computes, and
// its figures hold. usage: test_plan_values [seed [cases]]
#include <stdlib.h>

#include "draw/draw.h"
#include "plan/plan_rig.h"
#include "support/small_net.h"

static uint64_t first_seed = 20240501;
static int32_t case_count = 1500;
static uint64_t running;

static tsr_arch random_arch(tsr_rng *rng) {
    tsr_arch arch = rig_arch("tiny");
    arch.tn = 1 << tsr_pick(rng, 0, 3);
    arch.tm = arch.tn * tsr_pick(rng, 1, 3);
    arch.tp = tsr_pick(rng, 1, 4);
    arch.wp = tsr_pick(rng, 1, arch.tp);
    arch.activation_bits = tsr_chance(rng, 75) ? 8 : 16;
    arch.rounding = (tsr_rounding)tsr_pick(rng, 0, TSR_ROUNDING_COUNT - 1);
    arch.feature_sectors = 1 << tsr_pick(rng, 0, 4);
    const int64_t grain = (int64_t)arch.feature_sectors * tsr_arch_line_bytes(&arch);
    const int64_t pool = (int64_t)1 << tsr_pick(rng, 11, 16);
    arch.feature_buffer_bytes = (pool / grain + 1) * grain;
    arch.weight_buffer_bytes =
        (((int64_t)1 << tsr_pick(rng, 6, 14)) / tsr_arch_weight_word_bytes(&arch) + 1) *
        tsr_arch_weight_word_bytes(&arch);
    arch.parameter_channels = arch.tm * tsr_pick(rng, 1, 12);
    arch.axi_data_bits = 32 << tsr_pick(rng, 0, 4);
    arch.max_burst_beats = tsr_pick(rng, 1, 16);
    return arch;
}

static void random_conv(tsr_rng *rng, small_net *net, int32_t *last, bool odd_shapes) {
    static const int32_t kernels[] = {1, 3, 3, 3, 5, 7};
    char name[16];
    (void)snprintf(name, sizeof name, "conv%d", net->network.layer_count);
    const int32_t kernel = kernels[tsr_pick(rng, 0, 5)];
    *last = net_conv(net, name, *last, tsr_pick(rng, 1, 12), kernel);
    tsr_layer *layer = &net->layers[*last];
    layer->has_bias = tsr_chance(rng, 80);
    layer->blockable = tsr_chance(rng, 85);
    if (tsr_chance(rng, 15)) {
        layer->dilation_h = layer->dilation_w = 2;
        layer->pad_top = layer->pad_left = layer->pad_bottom = layer->pad_right = kernel - 1;
    }
    if (tsr_chance(rng, 12)) {
        layer->stride_h = layer->stride_w = 2;
    }
    if (odd_shapes && tsr_chance(rng, 40)) {
        layer->pad_top = tsr_pick(rng, 0, (kernel - 1) / 2);
        layer->pad_right = tsr_pick(rng, 0, kernel - 1);
        layer->kernel_h = tsr_pick(rng, 1, kernel);
        layer->stride_w = tsr_pick(rng, 1, 2);
        layer->stride_h = layer->stride_w;
    }
}

/** A chain: convolutions, with relus, pools, adds of earlier maps, and perhaps gemms at the end. */
static void random_net(tsr_rng *rng, small_net *net, bool odd_shapes) {
    net_begin(net, tsr_pick(rng, 1, 9), tsr_pick(rng, 4, 26), tsr_pick(rng, 4, 26));
    int32_t last = 0;
    const int32_t convs = tsr_pick(rng, 1, 4);
    for (int32_t i = 0; i < convs; ++i) {
        const int32_t before = last;
        random_conv(rng, net, &last, odd_shapes);
        tsr_layer *conv = &net->layers[last];
        if (i > 0 && tsr_chance(rng, 35) && net->network.layer_count < small_net_max_layers - 5) {
            // a residual needs the shape of what it adds: make the conv so, where the chain lets it
            const int32_t channels = net->layers[before].kind == TSR_LAYER_CONV
                                         ? net->layers[before].out_channels
                                         : conv->out_channels;
            const int32_t kernel = 3;
            conv->kernel_h = conv->kernel_w = kernel;
            conv->stride_h = conv->stride_w = conv->dilation_h = conv->dilation_w = 1;
            conv->pad_top = conv->pad_left = conv->pad_bottom = conv->pad_right = 1;
            conv->out_channels = channels;
            if (net->layers[before].kind == TSR_LAYER_CONV) {
                last = net_join(net, TSR_LAYER_ADD, "add", last, before);
                (void)snprintf(net->layers[last].name, TSR_NAME_MAX, "add%d", last);
            }
        }
        if (tsr_chance(rng, 50)) {
            last = net_layer(net, tsr_chance(rng, 80) ? TSR_LAYER_RELU : TSR_LAYER_RELU6, "relu",
                             last);
            (void)snprintf(net->layers[last].name, TSR_NAME_MAX, "relu%d", last);
        }
        if (tsr_chance(rng, 35)) {
            last = net_pool(net, TSR_LAYER_MAX_POOL, "pool", last);
            (void)snprintf(net->layers[last].name, TSR_NAME_MAX, "pool%d", last);
            if (tsr_chance(rng, 25)) {
                net->layers[last].kernel_h = net->layers[last].kernel_w = 3;
                net->layers[last].pad_top = net->layers[last].pad_left = 1;
            }
        }
    }
    if (tsr_chance(rng, 25)) {
        last = tsr_chance(rng, 50) ? net_layer(net, TSR_LAYER_FLATTEN, "flatten", last) : last;
        last = net_gemm(net, "fc1", last, tsr_pick(rng, 1, 20));
        last = tsr_chance(rng, 40) ? net_gemm(net, "fc2", last, tsr_pick(rng, 1, 20)) : last;
    }
}

static tsr_schedule random_schedule(tsr_rng *rng) {
    char text[16];
    if (tsr_chance(rng, 20)) {
        tsr_schedule layerwise = rig_schedule("layerwise", TSR_JOIN_AUTO);
        layerwise.blocking.border_padding = (tsr_pad_mode)tsr_pick(rng, 0, 3);
        return layerwise;
    }
    if (tsr_chance(rng, 50)) {
        (void)snprintf(text, sizeof text, "F%dx%d", tsr_pick(rng, 2, 14), tsr_pick(rng, 2, 14));
    } else {
        (void)snprintf(text, sizeof text, "H%dx%d", tsr_pick(rng, 1, 4), tsr_pick(rng, 1, 4));
    }
    tsr_schedule schedule = rig_schedule(text, (tsr_join)tsr_pick(rng, 0, 2));
    schedule.blocking.block_padding = (tsr_pad_mode)tsr_pick(rng, 0, 2);
    schedule.blocking.border_padding = (tsr_pad_mode)tsr_pick(rng, 0, 3);
    schedule.blocking.ragged = tsr_chance(rng, 85);
    schedule.blocking.true_stride = tsr_chance(rng, 50);
    schedule.residency = (tsr_residency)tsr_pick(rng, 0, 4);
    if (schedule.residency == TSR_RESIDENCY_BLOCK_BATCH) {
        schedule.block_batch = tsr_pick(rng, 0, 6);
    }
    return schedule;
}

/** How the cases ended. */
typedef struct tally {
    int32_t run, blocked, fused, tiled, on_chip, chunked, added, not_fit, unsupported, shape,
        refused_by_model;
} tally;

static void count_plan(const tsr_plan *plan, tally *t) {
    ++t->run;
    t->blocked += plan->schedule.mode == TSR_SCHEDULE_BLOCKED;
    t->on_chip += plan->group_count == 1 && plan->groups[0].kind == TSR_GROUP_FUSED;
    for (int32_t g = 0; g < plan->group_count; ++g) {
        const tsr_group *group = &plan->groups[g];
        t->fused += group->kind == TSR_GROUP_FUSED;
        t->tiled += group->kind == TSR_GROUP_TILED && group->tiling.rows * group->tiling.cols > 1;
        for (int32_t i = 0; i <= group->last - group->first; ++i) {
            const tsr_stage *stage = &plan->stages[group->first + i];
            t->chunked += stage->m_groups > 0 && group->weights[i].pass_planes < stage->in_planes;
            t->added += stage->residual_map >= 0;
        }
    }
}

/** One conv with any window and any padding smaller than it, perhaps with a 2x2 pool. */
static void random_window(tsr_rng *rng, small_net *net) {
    net_begin(net, tsr_pick(rng, 1, 9), tsr_pick(rng, 2, 20), tsr_pick(rng, 2, 20));
    int32_t last = net_conv(net, "conv", 0, tsr_pick(rng, 1, 12), 1);
    tsr_layer *layer = &net->layers[last];
    layer->kernel_h = tsr_pick(rng, 1, 7);
    layer->kernel_w = tsr_pick(rng, 1, 7);
    layer->dilation_h = layer->dilation_w = tsr_chance(rng, 80) ? 1 : 2;
    layer->stride_h = tsr_pick(rng, 1, 3);
    layer->stride_w = tsr_pick(rng, 1, 2);
    layer->pad_top = tsr_pick(rng, 0, layer->kernel_h - 1);
    layer->pad_bottom = tsr_pick(rng, 0, layer->kernel_h - 1);
    layer->pad_left = tsr_pick(rng, 0, layer->kernel_w - 1);
    layer->pad_right = tsr_pick(rng, 0, layer->kernel_w - 1);
    if (tsr_chance(rng, 50)) {
        last = net_pool(net, TSR_LAYER_MAX_POOL, "pool", last);
    }
}

/** Plan, check and run one network; whatever is refused says why. */
static void run_network(tsr_network *network, const tsr_arch *arch, const tsr_schedule *schedule,
                        uint64_t seed, tally *t) {
    const tsr_blocking blocking = tsr_schedule_blocking(schedule);
    tsr_error err = {0};
    if (tsr_network_infer(network, &err) != TSR_OK) {
        return;  // shapes that do not meet: no network
    }
    tsr_plan *plan = NULL;
    const tsr_status status = tsr_plan_make(network, arch, schedule, &plan, &err);
    if (status != TSR_OK) {
        assert_true(status == TSR_ERR_NOT_FIT || status == TSR_ERR_UNSUPPORTED ||
                    status == TSR_ERR_SHAPE);
        assert_true(err.where[0] != '\0' && err.message[0] != '\0');
        t->not_fit += status == TSR_ERR_NOT_FIT;
        t->unsupported += status == TSR_ERR_UNSUPPORTED;
        t->shape += status == TSR_ERR_SHAPE;
        if (status == TSR_ERR_SHAPE) {  // the function itself is not defined: the model says so too
            rig_values none;
            assert_false(rig_values_make(network, arch, &blocking, seed, &none));
            rig_values_free(&none);
        }
        return;
    }
    tsr_program program = {0};
    assert_ok(tsr_plan_lower(plan, NULL, &program, &err), err);
    if (case_count == 1) {  // a replay
        assert_ok(tsr_plan_print(plan, stdout, &err), err);
    }
    assert_ok(tsr_program_check(&program, &err), err);
    rig_check_figures(plan, &program);
    rig_check_pure(network, arch, schedule, &program);
    rig_values values;
    if (rig_values_make(network, arch, &blocking, seed, &values)) {
        rig_check_values(plan, &values);
        count_plan(plan, t);
    } else {
        ++t->refused_by_model;
    }
    rig_values_free(&values);
    tsr_program_free(&program);
    tsr_plan_free(plan);
}

static void run_case(uint64_t seed, tally *t) {
    tsr_rng rng = {.state = seed};
    small_net net;
    const tsr_arch arch = random_arch(&rng);
    const tsr_schedule schedule = random_schedule(&rng);
    random_net(&rng, &net, schedule.mode == TSR_SCHEDULE_LAYERWISE || tsr_chance(&rng, 25));
    if (tsr_chance(&rng, 30)) {
        net.network.batch = tsr_pick(&rng, 2, 5);
    }
    run_network(&net.network, &arch, &schedule, seed, t);
}

static void say_tally(const tally *t) {
    print_message(
        "seeds %llu to %llu: %d run (%d blocked, %d all on chip), %d fused groups, %d tiled, %d "
        "chunked, "
        "%d with an add; refused: %d not fit, %d unsupported, %d shape, %d by the model\n",
        (unsigned long long)first_seed, (unsigned long long)(first_seed + (uint64_t)case_count - 1),
        t->run, t->blocked, t->on_chip, t->fused, t->tiled, t->chunked, t->added, t->not_fit,
        t->unsupported, t->shape, t->refused_by_model);
}

static void test_random_chains_compute_what_the_model_computes(void **state) {
    (void)state;
    tally t = {0};
    for (int32_t i = 0; i < case_count; ++i) {
        const uint64_t seed = first_seed + (uint64_t)i;
        running = seed;
        run_case(seed, &t);
    }
    say_tally(&t);
    if (case_count >= 300) {  // the mix reaches every kind of plan
        assert_true(t.run > case_count / 5);
        assert_true(t.on_chip > 0 && t.fused > 0 && t.tiled > 0 && t.chunked > 0 && t.added > 0);
    }
}

static void test_layerwise_windows_of_any_padding_compute_what_the_model_computes(void **state) {
    (void)state;
    tally t = {0};
    for (int32_t i = 0; i < case_count; ++i) {
        running = first_seed + (uint64_t)i;
        tsr_rng rng = {.state = running};
        small_net net;
        const tsr_arch arch = random_arch(&rng);
        tsr_schedule schedule = rig_schedule("layerwise", TSR_JOIN_AUTO);
        schedule.blocking.border_padding =
            tsr_chance(&rng, 70) ? TSR_PAD_REFLECT : (tsr_pad_mode)tsr_pick(&rng, 0, 2);
        random_window(&rng, &net);
        run_network(&net.network, &arch, &schedule, running, &t);
    }
    say_tally(&t);
    if (case_count >= 300) {
        assert_true(t.run > case_count / 5 && t.tiled > 0);
    }
}

static int say_seed(void **state) {
    (void)state;
    print_message("last seed %llu; alone: test_plan_values %llu 1\n", (unsigned long long)running,
                  (unsigned long long)running);
    return 0;
}

int main(int argc, char **argv) {
    first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : first_seed;
    case_count = argc > 2 ? (int32_t)strtol(argv[2], NULL, 10) : case_count;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_random_chains_compute_what_the_model_computes, say_seed),
        cmocka_unit_test_teardown(
            test_layerwise_windows_of_any_padding_compute_what_the_model_computes, say_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
