// SPDX-License-Identifier: Apache-2.0
// The event-driven controller issues, clock for clock, the commands of a naive one that looks at every clock and entry.
#include <stdlib.h>

#include "dram/dram_naive.h"

static void the_commands_are_those_of_a_controller_that_looks_at_every_clock(void **state) {
    (void)state;
    const char *text = getenv("TSR_SEED");
    const uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 715;
    const char *rounds_text = getenv("TSR_ROUNDS");
    const uint64_t rounds = rounds_text != NULL ? strtoull(rounds_text, NULL, 10) : 2;
    print_message("seed %llu (TSR_SEED), %llu rounds (TSR_ROUNDS)\n", (unsigned long long)seed,
                  (unsigned long long)rounds);
    static timed_burst list[NAIVE_BURSTS];
    static naive n;
    uint64_t forwarded = 0;
    for (uint64_t round = 0; round < rounds; ++round) {
        for (size_t preset = 2; tsr_dram_preset_names()[preset] != NULL; ++preset) {
            tsr_rng rng = {.state = seed + 1000 * round + preset};
            const tsr_dram_config config = traffic_config(tsr_dram_preset_names()[preset], &rng);
            const traffic_shape shape = {
                .ports = (uint32_t)tsr_rng_range(&rng, 1, 8),
                .mean_gap = tsr_rng_range(&rng, 0, 30),
                .write_percent = tsr_rng_range(&rng, 0, 4) * 25,
                .max_beats = tsr_rng_range(&rng, 0, 1) != 0 ? 16 : 128,
                .any_beat_bytes = tsr_rng_range(&rng, 0, 1) != 0,
            };
            traffic_make(list, NAIVE_BURSTS, &shape, (uint64_t)config.capacity_bytes, &rng);
            naive_run(&n, &config, list, NAIVE_BURSTS);
            dram_rig rig;
            rig_open(&rig, &config);
            traffic_play(&rig, list, NAIVE_BURSTS);
            naive_settle(&n, &rig);
            naive_compare(&n, &rig, list, NAIVE_BURSTS);
            forwarded += n.forwarded;
            rig_close(&rig);
            naive_free(&n);
        }
    }
    assert_true(forwarded > 0);  // the traffic did reach that path
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_commands_are_those_of_a_controller_that_looks_at_every_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
