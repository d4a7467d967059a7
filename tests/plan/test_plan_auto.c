// SPDX-License-Identifier: Apache-2.0
// Automatic schedules: no worse than any other exact schedule, equal to the best of all partitions,
// never worse with larger buffers, the plain network's values. usage: test_plan_auto [seed [cases]]
#include <stdlib.h>

#include "plan/auto_rig.h"

static uint64_t first_seed = 20251124;
static int32_t case_count = 150;
static uint64_t running;

typedef struct auto_case {
    tsr_network network;  // owned
    tsr_arch arch;
    tsr_schedule schedule;
    tsr_rng rng;
} auto_case;

/** False: nothing came of it. */
static bool draw(uint64_t seed, const char *mode, auto_case *c) {
    running = seed;
    c->rng = (tsr_rng){.state = seed};
    c->arch = halo_arch(&c->rng);
    const graph_wish wish = {c->arch.tn, 28, false, 0};
    c->schedule = rig_schedule(mode, TSR_JOIN_AUTO);
    return graph_make(&c->rng, &c->network, &wish);
}

static void test_auto_moves_no_more_than_any_other_exact_schedule(void **state) {
    (void)state;
    static const char *const modes[] = {"layerwise", "recompute", "cached"};
    int32_t compared = 0;
    int32_t better = 0;
    for (int32_t i = 0; i < case_count; ++i) {
        static auto_case c;
        if (!draw(first_seed + (uint64_t)i, "auto", &c)) {
            continue;
        }
        const uint64_t best = auto_bytes_of(&c.network, &c.arch, &c.schedule);
        bool gained = true;
        for (int32_t m = 0; m < 3; ++m) {
            const tsr_schedule other = rig_schedule(modes[m], TSR_JOIN_AUTO);
            const uint64_t bytes = auto_bytes_of(&c.network, &c.arch, &other);
            assert_true(best <= bytes);
            gained = gained && best < bytes;
        }
        tsr_network_free(&c.network);
        compared += best != AUTO_NO_WAY;
        better += best != AUTO_NO_WAY && gained;
    }
    print_message("%d compared, %d better than all others\n", compared, better);
    assert_true(compared > case_count / 2);
}

static void test_auto_is_the_best_of_all_partitions_and_kinds(void **state) {
    (void)state;
    int32_t compared = 0;
    for (int32_t i = 0; i < case_count; ++i) {
        static auto_case c;
        if (!draw(first_seed + (uint64_t)i, "auto", &c)) {
            continue;
        }
        tsr_plan *plan = auto_plan(&c.network, &c.arch, &c.schedule);
        if (plan != NULL && plan->stage_count <= 6) {
            assert_int_equal(auto_bytes(plan), exhaustive_bytes(plan));
            ++compared;
        }
        tsr_plan_free(plan);
        tsr_network_free(&c.network);
    }
    print_message("%d compared with all partitions\n", compared);
    assert_true(compared > case_count / 4);
}

static void test_auto_gives_the_values_of_the_plain_network(void **state) {
    (void)state;
    halo_tally t = {0};
    for (int32_t i = 0; i < case_count; ++i) {
        static auto_case c;
        if (draw(first_seed + (uint64_t)i, tsr_chance(&c.rng, 70) ? "auto" : "auto:cycles", &c)) {
            halo_run(&c.network, &c.arch, &c.schedule, running, case_count == 1, &t);
            tsr_network_free(&c.network);
        }
    }
    halo_say("auto", first_seed, running, &t);
    assert_true(t.run > case_count / 3);
}

static void test_larger_buffers_never_mean_more_dram_bytes_under_auto(void **state) {
    (void)state;
    int32_t steps = 0;
    for (int32_t i = 0; i < case_count; ++i) {
        static auto_case c;
        if (!draw(first_seed + (uint64_t)i, "auto", &c)) {
            continue;
        }
        uint64_t before = AUTO_NO_WAY;
        for (int32_t k = 0; k < 6; ++k) {
            const uint64_t bytes = auto_bytes_of(&c.network, &c.arch, &c.schedule);
            if (bytes > before) {
                print_message("step %d: %llu after %llu; feature %lld, weights %lld\n", k,
                              (unsigned long long)bytes, (unsigned long long)before,
                              (long long)c.arch.feature_buffer_bytes,
                              (long long)c.arch.weight_buffer_bytes);
            }
            assert_true(bytes <= before);
            before = bytes;
            ++steps;
            const int64_t grain = (int64_t)c.arch.feature_sectors * tsr_arch_line_bytes(&c.arch);
            const int64_t word = tsr_arch_weight_word_bytes(&c.arch);
            if (tsr_chance(&c.rng, 60)) {
                c.arch.feature_buffer_bytes += grain * tsr_pick(&c.rng, 1, 40);
            } else if (tsr_chance(&c.rng, 80)) {
                c.arch.weight_buffer_bytes += word * tsr_pick(&c.rng, 1, 60);
            } else {
                c.arch.parameter_channels += c.arch.tm * tsr_pick(&c.rng, 1, 4);
            }
        }
        tsr_network_free(&c.network);
    }
    print_message("%d buffers\n", steps);
}

static void test_shipped_networks_move_no_more_under_auto(void **state) {
    (void)state;
    static const char *const names[] = {"vgg16", "resnet18", "mobilenet_v1", "vdsr"};
    static const char *const modes[] = {"layerwise", "recompute", "cached"};
    static const char *const archs[] = {"zc706", "ultra96"};
    for (int32_t n = 0; n < 8; ++n) {
        const tsr_arch arch = rig_arch(archs[n / 4]);
        const tsr_schedule automatic = rig_schedule("auto", TSR_JOIN_AUTO);
        tsr_network network = {0};
        tsr_error err = {0};
        assert_ok(tsr_network_load(names[n % 4], 0, 0, &network, &err), err);
        const uint64_t best = auto_bytes_of(&network, &arch, &automatic);
        for (int32_t m = 0; m < 3; ++m) {
            const tsr_schedule other = rig_schedule(modes[m], TSR_JOIN_AUTO);
            assert_true(best <= auto_bytes_of(&network, &arch, &other));
        }
        tsr_network_free(&network);
    }
}

static int say_seed(void **state) {
    (void)state;
    print_message("last seed %llu; alone: test_plan_auto %llu 1\n", (unsigned long long)running,
                  (unsigned long long)running);
    return 0;
}

int main(int argc, char **argv) {
    first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : first_seed;
    case_count = argc > 2 ? (int32_t)strtol(argv[2], NULL, 10) : case_count;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_auto_moves_no_more_than_any_other_exact_schedule, say_seed),
        cmocka_unit_test_teardown(test_auto_is_the_best_of_all_partitions_and_kinds, say_seed),
        cmocka_unit_test_teardown(test_auto_gives_the_values_of_the_plain_network, say_seed),
        cmocka_unit_test_teardown(test_larger_buffers_never_mean_more_dram_bytes_under_auto,
                                  say_seed),
        cmocka_unit_test(test_shipped_networks_move_no_more_under_auto),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
