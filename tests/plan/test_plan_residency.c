// SPDX-License-Identifier: Apache-2.0
// Random graphs: no weight residency that one can ask for moves fewer bytes than the one chosen.
// usage: test_plan_residency [seed [cases]]
#include <stdlib.h>

#include "plan/fused/fuse.h"
#include "plan/graph_net.h"
#include "plan/plan_rig.h"

static uint64_t first_seed = 20250501;
static int32_t case_count = 250;
static uint64_t running;

static tsr_arch random_arch(tsr_rng *rng) {
    tsr_arch arch = rig_arch("tiny");
    arch.tp = tsr_pick(rng, 1, 3);
    arch.wp = 1;
    arch.feature_sectors = 1 << tsr_pick(rng, 0, 3);
    const int64_t grain = (int64_t)arch.feature_sectors * tsr_arch_line_bytes(&arch);
    arch.feature_buffer_bytes = (((int64_t)1 << tsr_pick(rng, 12, 16)) / grain + 1) * grain;
    arch.weight_buffer_bytes = (int64_t)1 << tsr_pick(rng, 9, 12);
    arch.parameter_channels = arch.tm * tsr_pick(rng, 4, 16);
    return arch;
}

/** Expected bytes of all groups; false where the planner refuses. */
static bool price(const tsr_network *network, const tsr_arch *arch, const tsr_schedule *schedule,
                  uint64_t *bytes, int32_t *together) {
    tsr_error err = {0};
    tsr_plan *plan = NULL;
    *bytes = 0;
    if (tsr_plan_make(network, arch, schedule, &plan, &err) != TSR_OK) {
        return false;
    }
    for (int32_t g = 0; g < plan->group_count; ++g) {
        *bytes += tsr_group_bytes(&plan->groups[g]);
        for (int32_t k = 0; k < plan->groups[g].level_count; ++k) {
            *together += plan->groups[g].levels[k].stack > 1;
        }
    }
    if (case_count == 1) {  // a replay
        assert_ok(tsr_plan_print(plan, stdout, &err), err);
    }
    tsr_plan_free(plan);
    return true;
}

/** How often something was compared, and how often blocks ran together of their own accord. */
typedef struct tally {
    int32_t run, compared, together;
} tally;

static void expect_no_more(uint64_t chosen, uint64_t other, const tsr_schedule *schedule) {
    if (chosen > other) {
        fail_msg("%llu bytes, but with %s %d only %llu", (unsigned long long)chosen,
                 tsr_residency_name(schedule->residency), schedule->block_batch,
                 (unsigned long long)other);
    }
}

static void compare(const tsr_network *network, const tsr_arch *arch, tsr_schedule schedule,
                    tally *t) {
    enum { STACKS = 9 };

    static const tsr_residency asked[] = {TSR_RESIDENCY_RESIDENT, TSR_RESIDENCY_PER_BLOCK,
                                          TSR_RESIDENCY_PER_GROUP};
    uint64_t best = 0;
    uint64_t other = 0;
    int32_t ignored = 0;
    schedule.residency = TSR_RESIDENCY_AUTO;
    const bool fits = price(network, arch, &schedule, &best, &t->together);
    t->run += fits;
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; ++i) {
        schedule.residency = asked[i];
        if (price(network, arch, &schedule, &other, &ignored)) {
            expect_no_more(fits ? best : UINT64_MAX, other, &schedule);
            ++t->compared;
        }
    }
    schedule.residency = TSR_RESIDENCY_BLOCK_BATCH;
    uint64_t chosen = UINT64_MAX;
    const bool any = price(network, arch, &schedule, &chosen, &ignored);
    for (schedule.block_batch = 1; schedule.block_batch <= STACKS; ++schedule.block_batch) {
        if (price(network, arch, &schedule, &other, &ignored)) {
            expect_no_more(fits ? best : UINT64_MAX, other, &schedule);
            expect_no_more(any ? chosen : UINT64_MAX, other, &schedule);
            ++t->compared;
        }
    }
}

static void test_no_residency_moves_fewer_bytes_than_the_one_chosen(void **state) {
    (void)state;
    tally t = {0};
    for (int32_t i = 0; i < case_count; ++i) {
        running = first_seed + (uint64_t)i;
        tsr_rng rng = {.state = running};
        tsr_network network = {0};
        char text[16];
        const tsr_arch arch = random_arch(&rng);
        const graph_wish wish = {arch.tn, 24, true, 0};
        (void)snprintf(text, sizeof text, tsr_chance(&rng, 50) ? "F%d" : "H%d",
                       tsr_pick(&rng, 2, 6));
        tsr_schedule schedule = rig_schedule(text, TSR_JOIN_AUTO);
        schedule.blocking.ragged = true;
        if (graph_make(&rng, &network, &wish)) {
            network.batch = tsr_chance(&rng, 30) ? tsr_pick(&rng, 2, 3) : 1;
            compare(&network, &arch, schedule, &t);
            tsr_network_free(&network);
        }
    }
    print_message(
        "seeds %llu to %llu: %d networks, %d levels whose blocks run together, %d "
        "comparisons\n",
        (unsigned long long)first_seed, (unsigned long long)running, t.run, t.together, t.compared);
    assert_true(case_count < 200 || (t.run > case_count / 4 && t.together > 0));
}

static int say_seed(void **state) {
    (void)state;
    print_message("last seed %llu; alone: test_plan_residency %llu 1\n",
                  (unsigned long long)running, (unsigned long long)running);
    return 0;
}

int main(int argc, char **argv) {
    first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : first_seed;
    case_count = argc > 2 ? (int32_t)strtol(argv[2], NULL, 10) : case_count;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_no_residency_moves_fewer_bytes_than_the_one_chosen,
                                  say_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
