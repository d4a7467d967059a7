// SPDX-License-Identifier: Apache-2.0
// The estimate against the machine: the same where memory never made an engine wait, never more
// anywhere.
#include <stdlib.h>

#include "counters/dma_law.h"
#include "hw/random_program.h"

static uint64_t first_seed = 1;
static uint64_t programs = 300;

static tsr_result estimate_of(const tsr_program *program) {
    tsr_result result = {0};
    tsr_error err = {0};
    const tsr_run_options options = {.keep_events = true, .keep_occupancy = true};
    assert_ok(tsr_estimate(program, &options, &result, &err), err);
    assert_ok(tsr_result_check(program, &result, &err), err);
    return result;
}

static bool stalled(const tsr_result *result) {
    uint64_t cycles = 0;
    for (int32_t e = 0; e < TSR_ENGINE_COUNT; ++e) {
        cycles += result->total.memory_stall_cycles[e];
    }
    return cycles > 0;
}

static void must_be_the_same(uint64_t seed, const tsr_result *a, const tsr_result *b) {
    if (memcmp(&a->total, &b->total, sizeof a->total) != 0) {
        fail_msg("seed %llu: estimate %llu cycles, machine %llu", (unsigned long long)seed,
                 (unsigned long long)a->total.cycles, (unsigned long long)b->total.cycles);
    }
    assert_int_equal(a->layer_count, b->layer_count);
    assert_memory_equal(a->layers, b->layers, (size_t)a->layer_count * sizeof *a->layers);
    assert_memory_equal(a->peak_bytes, b->peak_bytes, sizeof a->peak_bytes);
    assert_memory_equal(a->peak_cycle, b->peak_cycle, sizeof a->peak_cycle);
    assert_int_equal(a->occupancy_count, b->occupancy_count);
    assert_int_equal(a->event_count, b->event_count);
    for (int64_t i = 0; i < a->event_count; ++i) {
        assert_int_equal(a->events[i].cycle, b->events[i].cycle);
        assert_int_equal(a->events[i].kind, b->events[i].kind);
        assert_int_equal(a->events[i].unit, b->events[i].unit);
        assert_int_equal(a->events[i].argument, b->events[i].argument);
    }
}

static void events_and_counters_are_those_of_a_machine_that_never_waits_for_memory(void **state) {
    (void)state;
    uint64_t compared = 0;
    for (uint64_t seed = first_seed; seed < first_seed + programs; ++seed) {
        tsr_program program = random_program(seed, "ideal");
        program.arch.max_outstanding_bursts = 64;
        program.arch.dram.ideal_latency_cycles = (int32_t)(1 + seed % 60);
        tsr_result estimate = estimate_of(&program);
        tsr_result machine = maker_run(&program, true);
        if (!stalled(&machine)) {
            must_be_the_same(seed, &estimate, &machine);
            ++compared;
        }
        assert_true(estimate.total.cycles <= machine.total.cycles);
        tsr_result_free(&estimate);
        tsr_result_free(&machine);
        tsr_program_free(&program);
    }
    print_message("%llu of %llu programs without a stall\n", (unsigned long long)compared,
                  (unsigned long long)programs);
    assert_true(compared > programs / 2);
}

static void a_token_may_come_from_a_descriptor_dispatched_later(void **state) {
    (void)state;
    const tsr_arch arch = maker_arch("ideal");
    tsr_program program = maker_open(&arch, 1);
    const int64_t in = maker_region(&program, 4096, 64, 0);
    const tsr_desc pool = maker_pool(16, 1, FROM_LOAD, 0);
    const tsr_desc load = maker_load(in, 16, 0, FROM_COMPUTE);
    maker_append(&program, &pool, NULL);
    maker_append(&program, &load, NULL);
    maker_close(&program);
    tsr_result estimate = estimate_of(&program);
    tsr_result machine = maker_run(&program, true);
    must_be_the_same(0, &estimate, &machine);
    assert_true(maker_when(&machine, TSR_EVENT_START, TSR_ENGINE_COMPUTE, 0) >
                maker_when(&machine, TSR_EVENT_COMPLETE, TSR_ENGINE_LOAD_FEATURE, 1));
    tsr_result_free(&estimate);
    tsr_result_free(&machine);
    tsr_program_free(&program);
}

/** Start and completion of every descriptor, by its index. */
static void read_times(const tsr_result *result, uint64_t *start, uint64_t *complete) {
    for (int64_t i = 0; i < result->event_count; ++i) {
        const tsr_event *event = &result->events[i];
        if (event->kind == TSR_EVENT_START) {
            start[event->argument] = event->cycle;
        } else if (event->kind == TSR_EVENT_COMPLETE) {
            complete[event->argument] = event->cycle;
        }
    }
}

static void no_descriptor_ends_later_than_in_the_machine(uint64_t seed,
                                                         const tsr_program *program) {
    tsr_result results[2] = {estimate_of(program), maker_run(program, true)};
    const size_t count = (size_t)program->desc_count;
    uint64_t *times = tsr_alloc(4 * count, sizeof *times);
    assert_non_null(times);
    for (size_t k = 0; k < 2; ++k) {
        read_times(&results[k], times + 2 * k * count, times + (2 * k + 1) * count);
    }
    for (size_t i = 0; i < 2 * count; ++i) {
        if (times[i] > times[2 * count + i]) {
            fail_msg("seed %llu, descriptor %zu: estimate %llu, machine %llu",
                     (unsigned long long)seed, i % count, (unsigned long long)times[i],
                     (unsigned long long)times[2 * count + i]);
        }
    }
    assert_true(results[0].total.cycles <= results[1].total.cycles);
    tsr_free(times);
    tsr_result_free(&results[0]);
    tsr_result_free(&results[1]);
}

static void it_is_never_later_than_the_machine_whatever_the_memory(void **state) {
    (void)state;
    for (const char *const *preset = tsr_dram_preset_names(); *preset != NULL; ++preset) {
        for (uint64_t seed = first_seed; seed < first_seed + programs / 10; ++seed) {
            tsr_program program = random_program(seed, *preset);
            no_descriptor_ends_later_than_in_the_machine(seed, &program);
            tsr_program_free(&program);
        }
    }
}

static void beats_and_bursts_are_those_of_a_walk_over_the_bursts(void **state) {
    (void)state;
    tsr_rng rng = {.state = first_seed};
    for (int32_t i = 0; i < 20000; ++i) {
        tsr_arch arch = maker_arch("ideal");
        arch.axi_data_bits = 32 << tsr_rng_range(&rng, 0, 4);
        arch.max_burst_beats = (int32_t)tsr_rng_range(&rng, 1, 256);
        const tsr_program program = {.arch = arch};
        tsr_desc desc = {.header = {.opcode = TSR_OP_LOAD_FEATURE}};
        desc.u.load_feature = (tsr_desc_load_feature){
            .dram_address = tsr_rng_range(&rng, 0, 20000),
            .row_bytes = tsr_rng_range(&rng, 1, i % 2 == 0 ? 200 : 20000),
            .row_stride_bytes = tsr_rng_range(&rng, 0, 9000),
            .rows = tsr_rng_range(&rng, 1, 5),
            .planes = tsr_rng_range(&rng, 1, 4),
            .plane_stride_bytes =
                i % 3 == 0 ? 4096 * tsr_rng_range(&rng, 0, 3) : tsr_rng_range(&rng, 0, 30000),
            .pixel_bytes = 1};
        uint64_t bursts = 0;
        const uint64_t beats = tsr_desc_beats(&program, &desc, &bursts);
        const tsr_cost cost = tsr_cost_of(&program, &desc);
        assert_int_equal(cost.beats, beats);
        assert_int_equal(cost.bursts, bursts);
    }
}

/** Arguments: number of programs, first seed. */
int main(int argc, char **argv) {
    programs = argc > 1 ? strtoull(argv[1], NULL, 10) : programs;
    first_seed = argc > 2 ? strtoull(argv[2], NULL, 10) : first_seed;
    print_message("seeds %llu to %llu\n", (unsigned long long)first_seed,
                  (unsigned long long)(first_seed + programs - 1));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_and_counters_are_those_of_a_machine_that_never_waits_for_memory),
        cmocka_unit_test(a_token_may_come_from_a_descriptor_dispatched_later),
        cmocka_unit_test(it_is_never_later_than_the_machine_whatever_the_memory),
        cmocka_unit_test(beats_and_bursts_are_those_of_a_walk_over_the_bursts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
