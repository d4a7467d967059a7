// SPDX-License-Identifier: Apache-2.0
// Random graphs of every kind of layer on random small machines: what the program computes is what
// the model computes, layer by layer and in blocks. usage: test_plan_graphs [seed [cases]]
#include <stdlib.h>

#include "plan/graph_net.h"
#include "plan/plan_rig.h"

static uint64_t first_seed = 20250101;
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
    const int64_t pool = (int64_t)1 << tsr_pick(rng, 12, 17);
    arch.feature_buffer_bytes = (pool / grain + 1) * grain;
    arch.weight_buffer_bytes =
        (((int64_t)1 << tsr_pick(rng, 8, 14)) / tsr_arch_weight_word_bytes(&arch) + 1) *
        tsr_arch_weight_word_bytes(&arch);
    arch.parameter_channels = arch.tm * tsr_pick(rng, 4, 16);
    arch.axi_data_bits = 32 << tsr_pick(rng, 0, 4);
    arch.max_burst_beats = tsr_pick(rng, 1, 16);
    return arch;
}

static tsr_schedule random_schedule(tsr_rng *rng) {
    char text[16];
    if (tsr_chance(rng, 35)) {
        return rig_schedule("layerwise", TSR_JOIN_AUTO);
    }
    if (tsr_chance(rng, 50)) {
        (void)snprintf(text, sizeof text, "F%dx%d", tsr_pick(rng, 2, 10), tsr_pick(rng, 2, 10));
    } else {
        (void)snprintf(text, sizeof text, "H%dx%d", tsr_pick(rng, 1, 4), tsr_pick(rng, 1, 4));
    }
    tsr_schedule schedule = rig_schedule(text, (tsr_join)tsr_pick(rng, 0, 2));
    schedule.blocking.block_padding = (tsr_pad_mode)tsr_pick(rng, 0, 2);
    schedule.blocking.ragged = tsr_chance(rng, 85);
    schedule.blocking.true_stride = tsr_chance(rng, 50);
    schedule.residency = (tsr_residency)tsr_pick(rng, 0, 4);
    if (schedule.residency == TSR_RESIDENCY_BLOCK_BATCH) {
        schedule.block_batch = tsr_pick(rng, 0, 6);
    }
    return schedule;
}

/** What ran, and how the other cases ended. */
typedef struct tally {
    int32_t run, blocked, fused, levels, diagonal, ones, grouped, shuffled, concat, added, outputs,
        moved;
    int32_t not_fit, unsupported, shape, refused_by_model, no_network;
} tally;

static void count_plan(const tsr_plan *plan, tally *t) {
    ++t->run;
    t->blocked += plan->schedule.mode == TSR_SCHEDULE_BLOCKED;
    t->outputs += plan->output_count > 1;
    for (int32_t g = 0; g < plan->group_count; ++g) {
        t->fused += plan->groups[g].kind == TSR_GROUP_FUSED;
        t->levels += plan->groups[g].level_count > 1;
    }
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        const tsr_stage *stage = &plan->stages[s];
        const tsr_map *out = &plan->maps[stage->out_map];
        t->diagonal += stage->form == TSR_FORM_DIAGONAL;
        t->ones += stage->form == TSR_FORM_ONES;
        t->grouped += stage->form == TSR_FORM_DENSE && stage->groups > 1;
        t->shuffled += stage->shuffles;
        t->moved += stage->job == TSR_JOB_MOVE;
        t->concat += out->first_writer != out->last_writer;
        t->added += stage->residual_map >= 0;
    }
}

static void refuse(tsr_status status, const tsr_error *err, tally *t) {
    assert_true(status == TSR_ERR_NOT_FIT || status == TSR_ERR_UNSUPPORTED ||
                status == TSR_ERR_SHAPE);
    assert_true(err->where[0] != '\0' && err->message[0] != '\0');
    t->not_fit += status == TSR_ERR_NOT_FIT;
    t->unsupported += status == TSR_ERR_UNSUPPORTED;
    t->shape += status == TSR_ERR_SHAPE;
    if (case_count == 1) {
        print_message("%s: %s\n", err->where, err->message);
    }
}

static void run_case(uint64_t seed, tally *t) {
    tsr_rng rng = {.state = seed};
    tsr_network network = {0};
    const tsr_arch arch = random_arch(&rng);
    const tsr_schedule schedule = random_schedule(&rng);
    const tsr_blocking blocking = tsr_schedule_blocking(&schedule);
    const bool blocks = schedule.mode == TSR_SCHEDULE_BLOCKED;
    const graph_wish wish = {arch.tn, 24, blocks && tsr_chance(&rng, 75), blocks ? 20 : 0};
    tsr_error err = {0};
    if (!graph_make(&rng, &network, &wish)) {
        ++t->no_network;
        return;
    }
    if (tsr_chance(&rng, 30)) {
        network.batch = tsr_pick(&rng, 2, 4);
    }
    tsr_plan *plan = NULL;
    const tsr_status status = tsr_plan_make(&network, &arch, &schedule, &plan, &err);
    if (status != TSR_OK) {
        refuse(status, &err, t);
        tsr_network_free(&network);
        return;
    }
    tsr_program program = {0};
    assert_ok(tsr_plan_lower(plan, NULL, &program, &err), err);
    if (case_count == 1) {  // a replay
        assert_ok(tsr_plan_print(plan, stdout, &err), err);
        assert_ok(tsr_program_disassemble(&program, stdout, &err), err);
    }
    assert_ok(tsr_program_check(&program, &err), err);
    rig_check_figures(plan, &program);
    rig_values values;
    if (rig_values_make(&network, &arch, &blocking, seed, &values)) {
        rig_check_values(plan, &values);
        count_plan(plan, t);
    } else {
        ++t->refused_by_model;
    }
    rig_values_free(&values);
    tsr_program_free(&program);
    tsr_plan_free(plan);
    tsr_network_free(&network);
}

static void test_random_graphs_compute_what_the_model_computes(void **state) {
    (void)state;
    tally t = {0};
    for (int32_t i = 0; i < case_count; ++i) {
        const uint64_t seed = first_seed + (uint64_t)i;
        running = seed;
        run_case(seed, &t);
    }
    print_message(
        "seeds %llu to %llu: %d run (%d blocked, %d with several outputs), %d fused "
        "groups (%d of several levels); stages: %d depthwise, %d of ones, %d grouped, %d "
        "pixel shuffles, %d moves, %d parts of a concat, %d adds; refused: %d not fit, %d "
        "unsupported, %d shape, %d by the model, %d no network\n",
        (unsigned long long)first_seed, (unsigned long long)(first_seed + (uint64_t)case_count - 1),
        t.run, t.blocked, t.outputs, t.fused, t.levels, t.diagonal, t.ones, t.grouped, t.shuffled,
        t.moved, t.concat, t.added, t.not_fit, t.unsupported, t.shape, t.refused_by_model,
        t.no_network);
    if (case_count >= 300) {  // the mix reaches every kind of stage
        assert_true(t.run > case_count / 5);
        assert_true(t.diagonal > 0 && t.ones > 0 && t.grouped > 0 && t.shuffled > 0 &&
                    t.moved > 0 && t.concat > 0 && t.added > 0 && t.outputs > 0 && t.fused > 0);
    }
}

static int say_seed(void **state) {
    (void)state;
    print_message("last seed %llu; alone: test_plan_graphs %llu 1\n", (unsigned long long)running,
                  (unsigned long long)running);
    return 0;
}

int main(int argc, char **argv) {
    first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : first_seed;
    case_count = argc > 2 ? (int32_t)strtol(argv[2], NULL, 10) : case_count;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_random_graphs_compute_what_the_model_computes, say_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
