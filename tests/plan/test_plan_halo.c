// SPDX-License-Identifier: Apache-2.0
// Random chains under recompute and cached: the plain network's values bit for bit, legal programs,
// and figures that add up. usage: test_plan_halo [seed [cases]]
#include <stdlib.h>

#include "plan/halo_rig.h"

static uint64_t first_seed = 20240917;
static int32_t case_count = 1500;
static uint64_t running;

static int32_t random_conv(tsr_rng *rng, small_net *net, int32_t last) {
    static const int32_t kernels[] = {1, 2, 3, 3, 3, 4, 5, 7};
    char name[16];
    (void)snprintf(name, sizeof name, "conv%d", net->network.layer_count);
    const int32_t kernel = kernels[tsr_pick(rng, 0, 7)];
    const int32_t conv = net_conv(net, name, last, tsr_pick(rng, 1, 12), kernel);
    tsr_layer *layer = &net->layers[conv];
    layer->has_bias = tsr_chance(rng, 80);
    if (tsr_chance(rng, 15)) {
        layer->dilation_h = layer->dilation_w = tsr_pick(rng, 2, 3);
        const int32_t pad = (kernel - 1) * layer->dilation_h / 2;
        layer->pad_top = layer->pad_left = layer->pad_bottom = layer->pad_right = pad;
    }
    if (tsr_chance(rng, 20)) {
        layer->stride_h = layer->stride_w = tsr_pick(rng, 2, 3);
    }
    if (tsr_chance(rng, 20)) {
        layer->pad_top = tsr_pick(rng, 0, (kernel - 1) / 2);
        layer->pad_right = tsr_pick(rng, 0, (kernel - 1) / 2);
        layer->kernel_h = tsr_pick(rng, layer->pad_top * 2 + 1, kernel);
        layer->pad_bottom = tsr_pick(rng, 0, (layer->kernel_h - 1) / 2);
    }
    return conv;
}

/** A conv of the shape of layer `before`, and the sum of the two. */
static int32_t random_add(tsr_rng *rng, small_net *net, int32_t last, int32_t before) {
    const int32_t kernel = tsr_pick(rng, 0, 2) * 2 + 1;
    char name[16];
    (void)snprintf(name, sizeof name, "same%d", net->network.layer_count);
    last = net_conv(net, name, last, net->layers[before].out_channels, kernel);
    last = net_join(net, TSR_LAYER_ADD, "add", last, before);
    (void)snprintf(net->layers[last].name, TSR_NAME_MAX, "add%d", last);
    net->layers[last].out_channels = net->layers[before].out_channels;
    return last;
}

static int32_t random_activation(tsr_rng *rng, small_net *net, int32_t last) {
    const int32_t relu =
        net_layer(net, tsr_chance(rng, 80) ? TSR_LAYER_RELU : TSR_LAYER_RELU6, "relu", last);
    (void)snprintf(net->layers[relu].name, TSR_NAME_MAX, "relu%d", relu);
    net->layers[relu].out_channels = net->layers[last].out_channels;
    return relu;
}

static int32_t random_pool(tsr_rng *rng, small_net *net, int32_t last) {
    const int32_t pool = net_pool(net, TSR_LAYER_MAX_POOL, "pool", last);
    tsr_layer *layer = &net->layers[pool];
    (void)snprintf(layer->name, TSR_NAME_MAX, "pool%d", pool);
    layer->out_channels = net->layers[last].out_channels;
    if (tsr_chance(rng, 30)) {
        layer->kernel_h = layer->kernel_w = 3;
        layer->pad_top = layer->pad_left = tsr_pick(rng, 0, 1);
        layer->stride_h = layer->stride_w = tsr_pick(rng, 1, 2);
    }
    return pool;
}

static void random_net(tsr_rng *rng, small_net *net) {
    net_begin(net, tsr_pick(rng, 1, 9), tsr_pick(rng, 4, 40), tsr_pick(rng, 4, 40));
    int32_t last = 0;
    int32_t shortcut = -1;  // a map of the size of the current one
    while (net->network.layer_count < small_net_max_layers - 4 &&
           (last == 0 || tsr_chance(rng, 85))) {
        const int32_t kind = tsr_pick(rng, 1, 100);
        if (kind <= 55 || last == 0) {
            last = random_conv(rng, net, last);
            const tsr_layer *conv = &net->layers[last];
            const bool keeps = conv->stride_h == 1 && conv->kernel_h == conv->kernel_w &&
                               conv->kernel_h % 2 == 1 && conv->pad_top == conv->pad_bottom &&
                               conv->pad_left == conv->pad_right && conv->pad_top == conv->pad_left;
            shortcut = keeps && shortcut >= 0 && tsr_chance(rng, 60) ? shortcut : last;
        } else if (kind <= 75 && shortcut >= 0) {
            last = random_add(rng, net, last, shortcut);
        } else if (kind <= 88 && (net->layers[last].kind == TSR_LAYER_CONV ||
                                  net->layers[last].kind == TSR_LAYER_ADD)) {
            last = random_activation(rng, net, last);
        } else {
            last = random_pool(rng, net, last);
            shortcut = -1;
        }
    }
    if (tsr_chance(rng, 15)) {
        last = net_gemm(net, "fc1", last, tsr_pick(rng, 1, 20));
    }
}

static void run_cases(const char *mode, int32_t count, bool confined, halo_tally *t) {
    for (int32_t i = 0; i < count; ++i) {
        running = first_seed + (uint64_t)i;
        tsr_rng rng = {.state = running};
        small_net net;
        tsr_arch arch = halo_arch(&rng);
        random_net(&rng, &net);
        tsr_schedule schedule = halo_schedule(&rng, mode);
        net.network.batch = tsr_chance(&rng, 25) ? tsr_pick(&rng, 2, 4) : 1;
        if (confined) {
            halo_confine(&rng, &net.network, &arch, &schedule);
        }
        tsr_error err = {0};
        if (tsr_network_infer(&net.network, &err) == TSR_OK) {  // else shapes that do not meet
            halo_run(&net.network, &arch, &schedule, running, case_count == 1, t);
        }
    }
    halo_say(mode, first_seed, running, t);
}

static void run_mix(const char *mode) {
    halo_tally t = {0};
    run_cases(mode, case_count, false, &t);
    if (case_count >= 300) {  // the mix reaches every kind of plan
        assert_true(t.run > case_count / 3 && t.pieces > case_count / 6);
        assert_true(t.added > 0 && t.side > 0);
        assert_true(strcmp(mode, "cached") == 0 ? t.rings > 0 && t.wraps > 0 && t.columns > 0
                                                : t.recomputed > 0);
    }
}

static void test_recomputed_tiles_give_the_values_of_the_plain_network(void **state) {
    (void)state;
    run_mix("recompute");
}

static void test_cached_strips_give_the_values_of_the_plain_network(void **state) {
    (void)state;
    run_mix("cached");
}

static void test_cached_tiles_in_a_small_pool_give_the_values_of_the_plain_network(void **state) {
    (void)state;
    halo_tally t = {0};
    run_cases("cached", (case_count + 1) / 2, true, &t);
    if (case_count >= 1000) {
        assert_true(t.tiles > 0 && t.tiled_adds > 0 && t.columns > 0);
    }
}

static int say_seed(void **state) {
    (void)state;
    print_message("last seed %llu; alone: test_plan_halo %llu 1\n", (unsigned long long)running,
                  (unsigned long long)running);
    return 0;
}

int main(int argc, char **argv) {
    first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : first_seed;
    case_count = argc > 2 ? (int32_t)strtol(argv[2], NULL, 10) : case_count;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_recomputed_tiles_give_the_values_of_the_plain_network,
                                  say_seed),
        cmocka_unit_test_teardown(test_cached_strips_give_the_values_of_the_plain_network,
                                  say_seed),
        cmocka_unit_test_teardown(
            test_cached_tiles_in_a_small_pool_give_the_values_of_the_plain_network, say_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
