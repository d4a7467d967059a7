// SPDX-License-Identifier: Apache-2.0
// The event-driven machine against one that steps every cycle: the whole event list, every counter,
// every memory.
#include <stdlib.h>

#include <tessera/plan.h>

#include "hw/naive_machine.h"
#include "hw/random_program.h"

enum { CYCLE_LIMIT = 3000000 };

static uint64_t first_seed = 1;

static void same_events(uint64_t seed, const naive_machine *naive, const tsr_result *result) {
    const int64_t count = naive->events < result->event_count ? naive->events : result->event_count;
    for (int64_t i = 0; i < count; ++i) {
        const tsr_event *a = &naive->event[i];
        const tsr_event *b = &result->events[i];
        if (naive_compare(a, b) != 0) {
            fail_msg(
                "seed %llu, event %lld: naive %llu %s unit %u argument %u, machine %llu %s unit %u "
                "argument %u",
                (unsigned long long)seed, (long long)i, (unsigned long long)a->cycle,
                tsr_event_kind_name((tsr_event_kind)a->kind), a->unit, a->argument,
                (unsigned long long)b->cycle, tsr_event_kind_name((tsr_event_kind)b->kind), b->unit,
                b->argument);
        }
    }
    assert_int_equal(naive->events, result->event_count);
}

static void same_counters(const naive_machine *naive, const tsr_result *result) {
    assert_int_equal(naive->cycle, result->total.cycles);
    for (int32_t i = 0; i < result->layer_count; ++i) {
        for (int32_t c = 0; c < TSR_CAUSE_COUNT; ++c) {
            if (naive->layer[i].cycles_by_cause[c] != result->layers[i].cycles_by_cause[c]) {
                fail_msg("layer %d, %s: naive %llu, machine %llu", (int)i,
                         tsr_cause_name((tsr_cause)c),
                         (unsigned long long)naive->layer[i].cycles_by_cause[c],
                         (unsigned long long)result->layers[i].cycles_by_cause[c]);
            }
        }
        for (int32_t e = 0; e < TSR_ENGINE_COUNT; ++e) {
            assert_int_equal(naive->layer[i].busy_cycles[e], result->layers[i].busy_cycles[e]);
        }
    }
    const uint64_t beat = (uint64_t)naive->program->arch.axi_data_bits / 8;
    uint64_t read = 0;
    uint64_t written = 0;
    for (int32_t t = 0; t < TSR_TRAFFIC_COUNT; ++t) {
        read += result->total.read_bytes[t];
        written += result->total.write_bytes[t];
    }
    uint64_t beats[2] = {0, 0};
    for (uint32_t p = 0; p < TSR_PORT_COUNT; ++p) {
        beats[p == TSR_PORT_STORE] += naive->port[p].total_beats;
        assert_int_equal(naive->port[p].total_bursts, result->total.bursts[p]);
    }
    assert_int_equal(beats[0] * beat, read);
    assert_int_equal(beats[1] * beat, written);
    for (uint32_t b = 0; b < TSR_BUFFER_COUNT; ++b) {
        assert_int_equal(naive->peak[b], result->peak_bytes[b]);
        assert_int_equal(naive->peak_cycle[b], result->peak_cycle[b]);
    }
    const tsr_dram_stats stats = tsr_dram_get_stats(naive->dram);
    assert_memory_equal(&stats, &result->dram, sizeof stats);
}

static void compare(uint64_t seed, const tsr_program *program) {
    tsr_result result = maker_run(program, true);
    naive_machine *naive = naive_run(program, CYCLE_LIMIT);
    if (!naive->done) {
        fail_msg("seed %llu: not done in %d cycles", (unsigned long long)seed, CYCLE_LIMIT);
    }
    same_events(seed, naive, &result);
    same_counters(naive, &result);
    naive_free(naive);
    tsr_result_free(&result);
}

static void every_event_is_in_the_cycle_a_stepped_machine_puts_it(void **state) {
    const uint64_t programs = *(const uint64_t *)*state;
    for (const char *const *preset = tsr_dram_preset_names(); *preset != NULL; ++preset) {
        print_message("%s: seeds %llu to %llu\n", *preset, (unsigned long long)first_seed,
                      (unsigned long long)(first_seed + programs - 1));
        for (uint64_t seed = first_seed; seed < first_seed + programs; ++seed) {
            tsr_program program = random_program(seed, *preset);
            compare(seed, &program);
            tsr_program_free(&program);
        }
    }
}

static void a_planned_network_runs_as_on_a_stepped_machine(void **state) {
    (void)state;
    static const char *const schedules[] = {"layerwise", "F8", "F4", "H2x2"};
    static const char *const presets[] = {"ideal", "ddr3_1066", "lpddr4_1066"};
    tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
    tsr_error err = {0};
    tsr_network network;
    assert_ok(tsr_network_load("tiny", 0, 0, &network, &err), err);
    for (size_t i = 0; i < 12; ++i) {
        tsr_schedule schedule = {0};
        tsr_plan *plan = NULL;
        tsr_program program = {0};
        tsr_arch arch;
        assert_ok(tsr_arch_load("tiny", &arch, &err), err);
        assert_ok(tsr_dram_preset(presets[i % 3], &arch.dram, &err), err);
        arch.dram.accelerator_clock_hz = arch.clock_hz;
        assert_ok(tsr_schedule_parse(schedules[i / 3], &schedule, &err), err);
        assert_ok(tsr_plan_make(&network, &arch, &schedule, &plan, &err), err);
        assert_ok(tsr_plan_lower(plan, NULL, &program, &err), err);
        print_message("tiny, %s, %s: %d descriptors\n", schedules[i / 3], presets[i % 3],
                      (int)program.desc_count);
        compare(0, &program);
        tsr_program_free(&program);
        tsr_plan_free(plan);
    }
    tsr_network_free(&network);
}

/** Arguments: number of programs for each memory, first seed. */
int main(int argc, char **argv) {
    static uint64_t programs = 25;
    programs = argc > 1 ? strtoull(argv[1], NULL, 10) : programs;
    first_seed = argc > 2 ? strtoull(argv[2], NULL, 10) : first_seed;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(every_event_is_in_the_cycle_a_stepped_machine_puts_it, &programs),
        cmocka_unit_test(a_planned_network_runs_as_on_a_stepped_machine)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
