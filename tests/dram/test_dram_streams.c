// SPDX-License-Identifier: Apache-2.0
// Streams, which the model serves by runs of commands and past its queues, are served as command by command.
#include <stdlib.h>

#include "dram/dram_masters.h"
#include "dram/dram_naive.h"

#define LONG_BURSTS 3000

static uint64_t variable(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    const uint64_t value = text != NULL ? strtoull(text, NULL, 10) : otherwise;
    print_message("%s %llu\n", name, (unsigned long long)value);
    return value;
}

/** Masters and a configuration of every banked preset, mostly with the preset's queues and clocks of a real machine. */
static uint32_t draw(size_t preset, tsr_rng *rng, tsr_dram_config *config, dma_master *masters) {
    const char *name = tsr_dram_preset_names()[preset];
    *config = traffic_config(name, rng);
    if (tsr_rng_range(rng, 0, 3) != 0) {
        *config = rig_preset(name, (uint64_t)tsr_rng_range(rng, 50000000, 400000000));
    }
    const uint32_t ports = (uint32_t)tsr_rng_range(rng, 1, MASTERS);
    for (uint32_t port = 0; port < ports; ++port) {
        masters[port] = master_draw(port, rng);
    }
    return ports;
}

static void streams_get_the_commands_of_a_controller_that_looks_at_every_clock(void **state) {
    (void)state;
    const uint64_t seed = variable("TSR_SEED", 92);
    const uint64_t rounds = variable("TSR_ROUNDS", 2);
    static timed_burst list[NAIVE_BURSTS];
    static naive n;
    for (uint64_t round = 0; round < rounds; ++round) {
        for (size_t preset = 2; tsr_dram_preset_names()[preset] != NULL; ++preset) {
            tsr_rng rng = {.state = seed + 1000 * round + preset};
            tsr_dram_config config;
            dma_master masters[MASTERS];
            const uint32_t ports = draw(preset, &rng, &config, masters);
            dram_rig rig;
            rig_open(&rig, &config);
            masters_play(&rig, masters, ports, list, NAIVE_BURSTS, &rng);
            naive_run(&n, &config, list, NAIVE_BURSTS);
            naive_settle(&n, &rig);
            naive_compare(&n, &rig, list, NAIVE_BURSTS);
            rig_close(&rig);
            naive_free(&n);
        }
    }
}

/** Two rigs that did the same. */
static void compare_rigs(const dram_rig *rig, const dram_rig *other) {
    assert_int_equal(rig->commands, other->commands);
    for (size_t index = 0; index < rig->commands; ++index) {
        assert_int_equal(rig->command[index].cycle, other->command[index].cycle);
        assert_int_equal(rig->command[index].command, other->command[index].command);
        assert_int_equal(rig->command[index].bank, other->command[index].bank);
        assert_int_equal(rig->command[index].row, other->command[index].row);
    }
    assert_int_equal(rig->completions, other->completions);
    for (size_t index = 0; index < rig->completions; ++index) {
        assert_int_equal(rig->completion[index].tag, other->completion[index].tag);
        assert_int_equal(rig->completion[index].write, other->completion[index].write);
        assert_int_equal(rig->completion[index].first, other->completion[index].first);
        assert_int_equal(rig->completion[index].done, other->completion[index].done);
    }
    const tsr_dram_stats stats = tsr_dram_get_stats(rig->dram);
    const tsr_dram_stats other_stats = tsr_dram_get_stats(other->dram);
    assert_memory_equal(&stats, &other_stats, sizeof stats);
}

static void an_observer_of_beats_who_sees_command_by_command_sees_the_same(void **state) {
    (void)state;
    const uint64_t seed = variable("TSR_SEED", 93);
    const uint64_t rounds = variable("TSR_ROUNDS", 2);
    static timed_burst list[LONG_BURSTS];
    for (uint64_t round = 0; round < rounds; ++round) {
        for (size_t preset = 2; tsr_dram_preset_names()[preset] != NULL; ++preset) {
            tsr_rng rng = {.state = seed + 1000 * round + preset};
            tsr_dram_config config;
            dma_master masters[MASTERS];
            const uint32_t ports = draw(preset, &rng, &config, masters);
            dram_rig rig;
            rig_open(&rig, &config);
            masters_play(&rig, masters, ports, list, LONG_BURSTS, &rng);
            dram_rig observed;
            rig_open(&observed, &config);
            tsr_dram_set_beats(observed.dram, rig_on_beats, &observed);
            traffic_play(&observed, list, LONG_BURSTS);
            const uint64_t end = list[LONG_BURSTS - 1].cycle + 1000000;  // and a long idle time
            tsr_dram_advance(rig.dram, end);
            tsr_dram_advance(observed.dram, end);
            compare_rigs(&rig, &observed);
            assert_true(observed.runs > 0 || rig_count(&rig, TSR_DRAM_RD) == 0);
            rig_close(&rig);
            rig_close(&observed);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_get_the_commands_of_a_controller_that_looks_at_every_clock),
        cmocka_unit_test(an_observer_of_beats_who_sees_command_by_command_sees_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
