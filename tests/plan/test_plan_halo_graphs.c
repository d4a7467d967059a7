// SPDX-License-Identifier: Apache-2.0
// Random graphs of every kind of layer under recompute and cached: the plain network's values bit
// for bit, legal programs, and figures that add up. usage: test_plan_halo_graphs [seed [cases]]
#include <stdlib.h>

#include "plan/graph_net.h"
#include "plan/halo_rig.h"

static uint64_t first_seed = 20250301;
static int32_t case_count = 1500;
static uint64_t running;

/** Cases `first` and those after it. */
static void run_cases(const char *mode, uint64_t first, int32_t count, bool confined,
                      halo_tally *t) {
    for (int32_t i = 0; i < count; ++i) {
        running = first + (uint64_t)i;
        tsr_rng rng = {.state = running};
        tsr_network network = {0};
        tsr_arch arch = halo_arch(&rng);
        const graph_wish wish = {arch.tn, 28, false, 0};
        const bool made = graph_make(&rng, &network, &wish);
        tsr_schedule schedule = halo_schedule(&rng, mode);
        network.batch = tsr_chance(&rng, 25) ? tsr_pick(&rng, 2, 4) : 1;
        if (made && confined) {
            halo_confine(&rng, &network, &arch, &schedule);
        }
        if (made) {
            halo_run(&network, &arch, &schedule, running, case_count == 1, t);
            tsr_network_free(&network);
        }
    }
    halo_say(mode, first, running, t);
}

static void run_mix(const char *mode) {
    halo_tally t = {0};
    run_cases(mode, first_seed, case_count, false, &t);
    if (case_count >= 300) {  // the mix reaches every kind of plan
        assert_true(t.run > case_count / 3 && t.pieces > case_count / 6);
        assert_true(t.added > 0 && t.side > 0 && t.concat > 0 && t.enlarged > 0);
        assert_true(strcmp(mode, "cached") == 0 ? t.rings > 0 && t.wraps > 0 && t.columns > 0
                                                : t.recomputed > 0);
    }
}

static void test_graphs_in_recomputed_tiles_give_the_values_of_the_plain_network(void **state) {
    (void)state;
    run_mix("recompute");
}

static void test_graphs_in_cached_strips_give_the_values_of_the_plain_network(void **state) {
    (void)state;
    run_mix("cached");
}

static void test_graphs_in_cached_tiles_give_the_values_of_the_plain_network(void **state) {
    (void)state;
    halo_tally t = {0};
    run_cases("cached", first_seed, (case_count + 1) / 2, true, &t);
    if (case_count >= 1000) {
        assert_true(t.tiles > 0 && t.tiled_adds > 0 && t.columns > 0);
    }
}

/** A concatenation in a ring: its parts reach into each other's words where they have no channels. */
static void test_a_ring_of_three_parts_of_a_concatenation_is_legal(void **state) {
    (void)state;
    halo_tally t = {0};
    small_net net;
    tsr_arch arch = rig_arch("tiny");
    arch.tm = 16;
    arch.tn = 8;
    arch.tp = 4;
    arch.wp = 2;
    arch.feature_sectors = 1;
    arch.feature_buffer_bytes = 4128;  // not whole maps: strips
    arch.weight_buffer_bytes = 32896;
    arch.parameter_channels = 160;
    net_begin(&net, 8, 17, 19);
    const int32_t conv = net_conv(&net, "conv", 0, 24, 3);
    const int32_t inner = net_join(&net, TSR_LAYER_CONCAT, "inner", conv, 0);
    const int32_t outer = net_join(&net, TSR_LAYER_CONCAT, "outer", inner, 0);
    (void)net_conv(&net, "last", outer, 16, 3);
    net_end(&net);
    const tsr_schedule schedule = rig_schedule("cached", TSR_JOIN_AUTO);
    halo_run(&net.network, &arch, &schedule, 1, false, &t);
    assert_true(t.run == 1 && t.concat == 3 && t.rings == 2);
}

/** An add reads fewer words behind the real ones than the pass before made: the others stay away. */
static void test_words_that_nobody_reads_do_not_come_back(void **state) {
    (void)state;
    halo_tally t = {0};
    run_cases("cached", 1000613, 1, false, &t);
    assert_true(t.run == 1 && t.added > 0 && t.overlaps > 0);
}

static int say_seed(void **state) {
    (void)state;
    print_message("last seed %llu; alone: test_plan_halo_graphs %llu 1\n",
                  (unsigned long long)running, (unsigned long long)running);
    return 0;
}

int main(int argc, char **argv) {
    first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : first_seed;
    case_count = argc > 2 ? (int32_t)strtol(argv[2], NULL, 10) : case_count;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(
            test_graphs_in_recomputed_tiles_give_the_values_of_the_plain_network, say_seed),
        cmocka_unit_test_teardown(test_graphs_in_cached_strips_give_the_values_of_the_plain_network,
                                  say_seed),
        cmocka_unit_test_teardown(test_graphs_in_cached_tiles_give_the_values_of_the_plain_network,
                                  say_seed),
        cmocka_unit_test_teardown(test_a_ring_of_three_parts_of_a_concatenation_is_legal, say_seed),
        cmocka_unit_test_teardown(test_words_that_nobody_reads_do_not_come_back, say_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
