// SPDX-License-Identifier: Apache-2.0
// Every command of random traffic is legal by an independent reading of the rules, for all presets and page policies.
#include <stdlib.h>

#include "dram/dram_checker.h"
#include "dram/dram_traffic.h"

#define BURSTS 1500

static void play(const char *preset, tsr_dram_page page, const traffic_shape *shape,
                 uint64_t seed) {
    tsr_rng rng = {.state = seed};
    tsr_dram_config config =
        rig_preset(preset, UINT64_C(1000000) * (uint64_t)tsr_rng_range(&rng, 50, 700));
    config.page = page;
    static timed_burst list[BURSTS];
    traffic_make(list, BURSTS, shape, (uint64_t)config.capacity_bytes, &rng);
    dram_rig rig;
    rig_open(&rig, &config);
    traffic_play(&rig, list, BURSTS);
    tsr_dram_advance(rig.dram, list[BURSTS - 1].cycle + 200000);
    assert_int_equal(rig.completions, BURSTS);
    checker_run(&rig, &config);
    // What the counters say is what was seen on the pins.
    const tsr_dram_stats stats = tsr_dram_get_stats(rig.dram);
    assert_int_equal(stats.activates, rig_count(&rig, TSR_DRAM_ACT));
    assert_int_equal(stats.precharges, rig_count(&rig, TSR_DRAM_PRE));
    assert_int_equal(stats.refreshes, rig_count(&rig, TSR_DRAM_REF));
    assert_int_equal(stats.read_accesses, rig_count(&rig, TSR_DRAM_RD));
    assert_int_equal(stats.write_accesses, rig_count(&rig, TSR_DRAM_WR));
    rig_close(&rig);
}

static void play_all(const traffic_shape *shape) {
    const char *text = getenv("TSR_SEED");
    const uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 20240611;
    print_message("seed %llu (TSR_SEED)\n", (unsigned long long)seed);
    for (const char *const *name = tsr_dram_preset_names(); *name != NULL; ++name) {
        if (strcmp(*name, "ideal") == 0 || strcmp(*name, "fixed") == 0) {
            continue;
        }
        for (uint64_t round = 0; round < 3; ++round) {
            play(*name, TSR_DRAM_PAGE_OPEN, shape, seed + round);
            play(*name, TSR_DRAM_PAGE_CLOSED, shape, seed + round);
        }
    }
}

static void every_command_of_heavy_mixed_traffic_is_legal(void **state) {
    (void)state;
    const traffic_shape shape = {
        .ports = 4, .mean_gap = 4, .write_percent = 40, .max_beats = 16, .any_beat_bytes = true};
    play_all(&shape);
}

static void every_command_of_light_traffic_is_legal(void **state) {
    (void)state;
    const traffic_shape shape = {.ports = 8, .mean_gap = 150, .write_percent = 20, .max_beats = 4};
    play_all(&shape);
}

static void every_command_of_a_write_flood_is_legal(void **state) {
    (void)state;
    const traffic_shape shape = {.ports = 3, .mean_gap = 1, .write_percent = 85, .max_beats = 32};
    play_all(&shape);
}

static void the_checker_sees_a_broken_rule(void **state) {
    (void)state;
    const tsr_dram_config config = rig_same_clock("ddr4_2400");
    const tsr_dram_timing *p = &config.timing;
    static checker c;
    checker_open(&c, &config);
    assert_string_equal(checker_rule(&c, 0, TSR_DRAM_RD, 0, 0), "column command to a closed bank");
    checker_apply(&c, 0, TSR_DRAM_ACT, 0, 7);
    assert_string_equal(checker_rule(&c, 0, TSR_DRAM_RD, 0, 7), "one command a clock");
    assert_string_equal(checker_rule(&c, p->rcd - 1, TSR_DRAM_RD, 0, 7), "tRCD");
    assert_null(checker_rule(&c, p->rcd, TSR_DRAM_RD, 0, 7));
    assert_string_equal(checker_rule(&c, p->rcd, TSR_DRAM_RD, 0, 8),
                        "column command to another row");
    assert_string_equal(checker_rule(&c, p->ras - 1, TSR_DRAM_PRE, 0, 7), "tRAS");
    assert_string_equal(checker_rule(&c, p->rrd_l - 1, TSR_DRAM_ACT, 4, 0), "tRRD");
    assert_null(checker_rule(&c, p->rrd_s, TSR_DRAM_ACT, 1, 0));
    assert_string_equal(checker_rule(&c, 1000, TSR_DRAM_REF, -1, 0), "REF with an open bank");
    checker_apply(&c, p->rcd, TSR_DRAM_WR, 0, 7);
    const int64_t end = p->rcd + p->cwl + p->burst_cycles;
    assert_string_equal(checker_rule(&c, end + p->wtr_l - 1, TSR_DRAM_RD, 0, 7), "tWTR");
    assert_null(checker_rule(&c, end + p->wtr_l, TSR_DRAM_RD, 0, 7));
    assert_string_equal(checker_rule(&c, end + p->wr - 1, TSR_DRAM_PRE, 0, 7), "tWR");
    assert_null(checker_rule(&c, end + p->wr, TSR_DRAM_PRE, 0, 7));
}

/** A command that is illegal one clock before `when`, by this rule, and legal in it. */
static void allowed_from(const checker *c, int64_t when, tsr_dram_command command, int32_t bank,
                         int64_t row, const char *rule) {
    const char *found = checker_rule(c, when - 1, command, bank, row);
    if (found == NULL || strcmp(found, rule) != 0) {
        fail_msg("one clock early is '%s', not '%s'", found == NULL ? "legal" : found, rule);
    }
    assert_null(checker_rule(c, when, command, bank, row));
}

static void the_checker_knows_every_parameter_to_the_clock(void **state) {
    (void)state;
    tsr_dram_config config =
        rig_same_clock("ddr4_2400");  // banks 0 and 4 are of one group, 1 of another
    config.timing.rc = 200;           // far from ras + rp, so that each binds alone
    config.timing.rp = 20;
    const tsr_dram_timing *p = &config.timing;
    static checker c;
    checker_open(&c, &config);
    const int32_t banks[] = {0, 1, 2, 3};
    for (int32_t i = 0; i < 4; ++i) {
        checker_apply(&c, 10 * i, TSR_DRAM_ACT, banks[i], 7);
    }
    allowed_from(&c, 30 + p->rrd_s, TSR_DRAM_ACT, 4, 0,
                 "tRRD");  // of bank 3; of bank 0 it is long past
    checker_apply(&c, 100, TSR_DRAM_RD, 0, 7);
    allowed_from(&c, 100 + p->ccd_l, TSR_DRAM_RD, 0, 7, "tCCD of reads");
    allowed_from(&c, 100 + p->ccd_s, TSR_DRAM_RD, 1, 7, "tCCD of reads");
    allowed_from(&c, 100 + p->rtw, TSR_DRAM_WR, 1, 7, "read to write");
    allowed_from(&c, 100 + p->rtp, TSR_DRAM_PRE, 0, 7, "tRTP");
    checker_apply(&c, 150, TSR_DRAM_PRE, 0, 7);
    allowed_from(&c, 200, TSR_DRAM_ACT, 0, 8, "tRC");
    checker_apply(&c, 195, TSR_DRAM_WR, 1, 7);
    allowed_from(&c, 195 + p->ccd_s, TSR_DRAM_WR, 2, 7, "tCCD of writes");
    allowed_from(&c, 195 + p->ccd_l, TSR_DRAM_WR, 1, 7, "tCCD of writes");
    for (int32_t bank = 1; bank <= 3; ++bank) {
        checker_apply(&c, 300 + bank, TSR_DRAM_PRE, bank, 7);
    }
    allowed_from(&c, 303 + p->rp, TSR_DRAM_ACT, 3, 8, "tRP");
    allowed_from(&c, 303 + p->rp, TSR_DRAM_REF, -1, 0, "tRP before REF");
    checker_apply(&c, 400, TSR_DRAM_REF, -1, 0);
    allowed_from(&c, 400 + p->rfc, TSR_DRAM_ACT, 0, 8, "tRFC");
    allowed_from(&c, 400 + p->rfc, TSR_DRAM_REF, -1, 0, "tRFC between REF");
}

static void the_checker_knows_faw_and_the_data_bus_to_the_clock(void **state) {
    (void)state;
    tsr_dram_config config = rig_same_clock("ddr4_2400");
    config.timing.faw = 60;
    config.timing.ccd_s = 2;  // shorter than a burst: now the bus binds
    const tsr_dram_timing *p = &config.timing;
    static checker c;
    checker_open(&c, &config);
    for (int32_t bank = 0; bank < 4; ++bank) {
        checker_apply(&c, 10 * bank, TSR_DRAM_ACT, bank, 7);
    }
    allowed_from(&c, 60, TSR_DRAM_ACT, 4, 0, "tFAW");
    checker_apply(&c, 100, TSR_DRAM_RD, 0, 7);
    allowed_from(&c, 100 + p->burst_cycles, TSR_DRAM_RD, 1, 7, "two bursts on the data bus");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_of_heavy_mixed_traffic_is_legal),
        cmocka_unit_test(every_command_of_light_traffic_is_legal),
        cmocka_unit_test(every_command_of_a_write_flood_is_legal),
        cmocka_unit_test(the_checker_sees_a_broken_rule),
        cmocka_unit_test(the_checker_knows_every_parameter_to_the_clock),
        cmocka_unit_test(the_checker_knows_faw_and_the_data_bus_to_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
