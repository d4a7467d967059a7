// SPDX-License-Identifier: Apache-2.0
// Parts of a network in modes of their own: values of a reference with the same blocks, groups that
// stay within their parts, and an automatic schedule that moves no more than a mix by hand. Blocked
// schedules find the best of all partitions. usage: test_plan_mixed [seed [cases]]
#include <stdlib.h>
#include <string.h>

#include "plan/auto_rig.h"

static uint64_t first_seed = 20251201;
static int32_t case_count = 300;
static uint64_t running;

typedef struct mix {
    tsr_network network;  // owned
    tsr_arch arch;
    tsr_schedule schedule;
} mix;

static bool draw(uint64_t seed, bool blocks, mix *m) {
    tsr_rng rng = {.state = seed};
    running = seed;
    m->arch = halo_arch(&rng);
    const graph_wish wish = {m->arch.tn, 24, blocks && tsr_chance(&rng, 75), blocks ? 20 : 0};
    char text[16];
    (void)snprintf(text, sizeof text, tsr_chance(&rng, 50) ? "F%d" : "H%d", tsr_pick(&rng, 2, 8));
    m->schedule = rig_schedule(blocks ? text : "layerwise", TSR_JOIN_AUTO);
    m->schedule.blocking.ragged = true;
    m->schedule.blocking.true_stride = tsr_chance(&rng, 50);
    m->schedule.blocking.block_padding = (tsr_pad_mode)tsr_pick(&rng, 0, 2);
    m->schedule.mode = tsr_draw_mode(&rng, blocks);
    if (!graph_make(&rng, &m->network, &wish)) {
        return false;
    }
    const tsr_parts_wish parts = {4, blocks, 10};
    tsr_draw_parts(&rng, &m->network, &parts, &m->schedule);
    return true;
}

/** Groups end where parts do, and are of kinds that their part allows. */
static void check_groups(const tsr_plan *plan, int32_t kinds[4]) {
    for (int32_t g = 0; g < plan->group_count; ++g) {
        const tsr_group *group = &plan->groups[g];
        ++kinds[group->kind];
        for (int32_t s = group->first; s <= group->last; ++s) {
            const int32_t named = plan->stages[s].named;
            const tsr_schedule_mode mode =
                named >= 0 ? plan->schedule.parts[named].mode : plan->schedule.mode;
            assert_int_equal(named, plan->stages[group->first].named);
            assert_true(mode != TSR_SCHEDULE_LAYERWISE || group->kind == TSR_GROUP_TILED);
            assert_true(mode != TSR_SCHEDULE_CACHED || group->kind == TSR_GROUP_TILED ||
                        group->kind == TSR_GROUP_CACHED);
        }
    }
}

static void run_mix(const mix *m, int32_t *run, int32_t kinds[4]) {
    tsr_error err = {0};
    tsr_network reference = {0};
    tsr_plan *plan = NULL;
    const tsr_status status = tsr_plan_make(&m->network, &m->arch, &m->schedule, &plan, &err);
    if (status != TSR_OK) {
        assert_true(status == TSR_ERR_NOT_FIT || status == TSR_ERR_UNSUPPORTED ||
                    status == TSR_ERR_SHAPE || status == TSR_ERR_USAGE);
        return;
    }
    check_groups(plan, kinds);
    const tsr_blocking blocking = tsr_schedule_blocking(&m->schedule);
    assert_ok(tsr_network_copy(&m->network, &reference, &err), err);
    assert_ok(tsr_schedule_apply(&m->schedule, &reference, &err), err);
    rig_values values;
    if (rig_values_make(&reference, &m->arch, &blocking, running, &values)) {
        rig_check_values(plan, &values);
        ++*run;
    }
    rig_values_free(&values);
    tsr_network_free(&reference);
    tsr_plan_free(plan);
}

static void test_mixed_modes_compute_what_the_same_blocks_compute(void **state) {
    (void)state;
    int32_t run = 0;
    int32_t kinds[4] = {0};
    for (int32_t i = 0; i < case_count; ++i) {
        static mix m;
        if (draw(first_seed + (uint64_t)i, true, &m)) {
            run_mix(&m, &run, kinds);
            tsr_network_free(&m.network);
        }
    }
    print_message("%d run; groups: %d tiled, %d fused, %d recompute, %d cached\n", run, kinds[0],
                  kinds[1], kinds[2], kinds[3]);
    if (case_count >= 200) {
        assert_true(run > case_count / 4 && kinds[0] > 0 && kinds[1] > 0 && kinds[2] > 0 &&
                    kinds[3] > 0);
    }
}

static void test_auto_moves_no_more_than_a_mix_by_hand(void **state) {
    (void)state;
    int32_t compared = 0;
    for (int32_t i = 0; i < case_count; ++i) {
        static mix m;
        if (!draw(first_seed + (uint64_t)i, false, &m)) {
            continue;
        }
        tsr_schedule automatic = rig_schedule("auto", TSR_JOIN_AUTO);
        automatic.blocking = m.schedule.blocking;
        automatic.blocking.kind = TSR_BLOCKING_NONE;
        const uint64_t by_hand = auto_bytes_of(&m.network, &m.arch, &m.schedule);
        assert_true(auto_bytes_of(&m.network, &m.arch, &automatic) <= by_hand);
        compared += by_hand != AUTO_NO_WAY;
        tsr_network_free(&m.network);
    }
    print_message("%d compared\n", compared);
}

static void test_pruned_search_finds_the_best_of_all_blocked_partitions(void **state) {
    (void)state;
    int32_t compared = 0;
    for (int32_t i = 0; i < case_count; ++i) {
        static mix m;
        if (!draw(first_seed + (uint64_t)i, true, &m)) {
            continue;
        }
        m.schedule.mode = running % 2 == 0 ? TSR_SCHEDULE_BLOCKED : TSR_SCHEDULE_AUTO;
        m.schedule.part_count = 0;
        tsr_plan *plan = auto_plan(&m.network, &m.arch, &m.schedule);
        if (plan != NULL && plan->stage_count <= AUTO_STAGES_MAX) {
            assert_int_equal(auto_bytes(plan), exhaustive_bytes(plan));
            ++compared;
        }
        tsr_plan_free(plan);
        tsr_network_free(&m.network);
    }
    print_message("%d compared with all partitions\n", compared);
}

/** Joins on chip are tried first, and only the whole network would be one: it cannot be a group. */
static void test_stretches_below_one_that_cannot_be_are_still_looked_at(void **state) {
    (void)state;
    small_net net;
    tsr_arch arch = rig_arch("tiny");
    tsr_schedule schedule = rig_schedule("F3", TSR_JOIN_AUTO);
    schedule.blocking.ragged = true;
    schedule.blocking.block_padding = TSR_PAD_REPLICATE;
    arch.tm = 6;  // the last group of channels reaches into what is beside it
    arch.tn = arch.tp = 2;
    arch.parameter_channels = 66;
    arch.feature_sectors = 8;
    arch.feature_buffer_bytes = 8224;
    arch.weight_buffer_bytes = 16392;
    net_begin(&net, 3, 8, 10);
    const int32_t relu = net_layer(&net, TSR_LAYER_RELU, "relu", 0);
    const int32_t pool = net_pool(&net, TSR_LAYER_MAX_POOL, "pool", relu);
    const int32_t conv = net_conv(&net, "conv", pool, 2, 3);
    const int32_t upsample = net_layer(&net, TSR_LAYER_UPSAMPLE, "upsample", conv);
    net.layers[upsample].factor = 2;
    (void)net_join(&net, TSR_LAYER_CONCAT, "concat", upsample, relu);
    net_end(&net);
    tsr_plan *plan = auto_plan(&net.network, &arch, &schedule);
    assert_non_null(plan);
    assert_int_equal(auto_bytes(plan), exhaustive_bytes(plan));
    tsr_plan_free(plan);
}

static void test_parts_that_cannot_be_are_refused(void **state) {
    (void)state;
    small_net net;
    const tsr_arch arch = rig_arch("tiny");
    net_begin(&net, 4, 8, 8);
    (void)net_conv(&net, "a", 0, 8, 3);
    (void)net_conv(&net, "b", 1, 8, 3);

    static const struct {
        const char *from, *to;
        tsr_schedule_mode mode;
        int32_t tile_h;
        const char *says;
    } wrong[] = {{"a", "missing", TSR_SCHEDULE_CACHED, 0, "must be layers"},
                 {"b", "a", TSR_SCHEDULE_CACHED, 0, "must be layers"},
                 {"a", "b", TSR_SCHEDULE_BLOCKED, 0, "needs a blocking"},
                 {"a", "b", TSR_SCHEDULE_LAYERWISE, 3, "tile of 3"}};

    tsr_error err = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
        tsr_schedule schedule = rig_schedule("layerwise", TSR_JOIN_AUTO);
        tsr_plan *plan = NULL;
        schedule.part_count = 1;
        schedule.parts[0].mode = wrong[i].mode;
        schedule.parts[0].tile_h = wrong[i].tile_h;
        (void)snprintf(schedule.parts[0].from, TSR_NAME_MAX, "%s", wrong[i].from);
        (void)snprintf(schedule.parts[0].to, TSR_NAME_MAX, "%s", wrong[i].to);
        assert_int_equal(tsr_plan_make(&net.network, &arch, &schedule, &plan, &err), TSR_ERR_USAGE);
        assert_non_null(strstr(err.message, wrong[i].says));
    }
    tsr_schedule twice = rig_schedule("layerwise", TSR_JOIN_AUTO);
    tsr_plan *plan = NULL;
    twice.part_count = 2;
    for (int32_t i = 0; i < 2; ++i) {
        twice.parts[i].mode = TSR_SCHEDULE_CACHED;
        (void)snprintf(twice.parts[i].from, TSR_NAME_MAX, "%s", i == 0 ? "a" : "b");
        (void)snprintf(twice.parts[i].to, TSR_NAME_MAX, "b");
    }
    assert_int_equal(tsr_plan_make(&net.network, &arch, &twice, &plan, &err), TSR_ERR_USAGE);
    assert_non_null(strstr(err.message, "overlaps"));
}

static int say_seed(void **state) {
    (void)state;
    print_message("last seed %llu; alone: test_plan_mixed %llu 1\n", (unsigned long long)running,
                  (unsigned long long)running);
    return 0;
}

int main(int argc, char **argv) {
    first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : first_seed;
    case_count = argc > 2 ? (int32_t)strtol(argv[2], NULL, 10) : case_count;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_mixed_modes_compute_what_the_same_blocks_compute, say_seed),
        cmocka_unit_test_teardown(test_auto_moves_no_more_than_a_mix_by_hand, say_seed),
        cmocka_unit_test_teardown(test_pruned_search_finds_the_best_of_all_blocked_partitions,
                                  say_seed),
        cmocka_unit_test(test_stretches_below_one_that_cannot_be_are_still_looked_at),
        cmocka_unit_test(test_parts_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
