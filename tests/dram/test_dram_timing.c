// SPDX-License-Identifier: Apache-2.0
// Each timing parameter from both sides: the command it delays comes at N, not at N-1, for two values of N.
#include "dram/dram_checker.h"

/** What to push, and which two commands then have the parameter between them. */
typedef struct timing_fact {
    const char *name;
    size_t offset; /**< of the parameter in tsr_dram_timing */
    int32_t
        extra; /**< added to the parameter: what else lies between the two commands, of the base timing below */

    struct {
        bool write;
        uint64_t bank, row, column, cycle;
    } access[6];

    size_t accesses;

    struct {
        tsr_dram_command command;
        int32_t bank;
        size_t nth;
    } from, to;
} timing_fact;

/** A timing in which every parameter is small against the one under test. */
static const tsr_dram_timing base = {
    .cl = 5,
    .cwl = 3,
    .rcd = 2,
    .rp = 2,
    .ras = 2,
    .rc = 2,
    .rrd_s = 1,
    .rrd_l = 1,
    .faw = 1,
    .ccd_s = 4,
    .ccd_l = 4,
    .wtr_s = 1,
    .wtr_l = 1,
    .wr = 1,
    .rtp = 1,
    .rtw = 8,
    .rfc = 2,
    .refi = 0,
    .burst_cycles = 4,
};

#define OF(member) offsetof(tsr_dram_timing, member)
#define ACT TSR_DRAM_ACT
#define PRE TSR_DRAM_PRE
#define RD TSR_DRAM_RD
#define WR TSR_DRAM_WR

// Banks 0 and 4 share bank group 0 of four; bank 1 is in group 1. Cycle 100 is long after everything of cycle 0.
static const timing_fact facts[] = {
    {"rcd of a read", OF(rcd), 0, {{false, 0, 0, 0, 0}}, 1, {ACT, 0, 0}, {RD, 0, 0}},
    {"rcd of a write", OF(rcd), 0, {{true, 0, 0, 0, 0}}, 1, {ACT, 0, 0}, {WR, 0, 0}},
    {"rp", OF(rp), 0, {{false, 0, 0, 0, 0}, {false, 0, 1, 0, 100}}, 2, {PRE, 0, 0}, {ACT, 0, 1}},
    {"ras", OF(ras), 0, {{false, 0, 0, 0, 0}, {false, 0, 1, 0, 0}}, 2, {ACT, 0, 0}, {PRE, 0, 0}},
    {"rc", OF(rc), 0, {{false, 0, 0, 0, 0}, {false, 0, 1, 0, 0}}, 2, {ACT, 0, 0}, {ACT, 0, 1}},
    {"rtp",
     OF(rtp),
     0,
     {{false, 0, 0, 0, 0}, {false, 0, 0, 1, 100}, {false, 0, 1, 0, 100}},
     3,
     {RD, 0, 1},
     {PRE, 0, 0}},
    {"wr, from the end of the data",
     OF(wr),
     7,
     {{true, 0, 0, 0, 0}, {false, 0, 1, 0, 10}},
     2,
     {WR, 0, 0},
     {PRE, 0, 0}},
    {"cwl, before the write recovery",
     OF(cwl),
     5,  // burst 4 + wr 1
     {{true, 0, 0, 0, 0}, {false, 0, 1, 0, 10}},
     2,
     {WR, 0, 0},
     {PRE, 0, 0}},
    {"rrd_s of two groups",
     OF(rrd_s),
     0,
     {{false, 0, 0, 0, 0}, {false, 1, 0, 0, 0}},
     2,
     {ACT, 0, 0},
     {ACT, 1, 0}},
    {"rrd_l in one group",
     OF(rrd_l),
     0,
     {{false, 0, 0, 0, 0}, {false, 4, 0, 0, 0}},
     2,
     {ACT, 0, 0},
     {ACT, 4, 0}},
    {"faw over four activates",
     OF(faw),
     0,
     {{false, 0, 0, 0, 0},
      {false, 1, 0, 0, 0},
      {false, 2, 0, 0, 0},
      {false, 3, 0, 0, 0},
      {false, 4, 0, 0, 0}},
     5,
     {ACT, 0, 0},
     {ACT, 4, 0}},
    {"ccd_s of reads",
     OF(ccd_s),
     0,
     {{false, 0, 0, 0, 0}, {false, 1, 0, 0, 0}, {false, 0, 0, 1, 100}, {false, 1, 0, 1, 100}},
     4,
     {RD, 0, 1},
     {RD, 1, 1}},
    {"ccd_l of reads of a row",
     OF(ccd_l),
     0,
     {{false, 0, 0, 0, 0}, {false, 0, 0, 1, 0}},
     2,
     {RD, 0, 0},
     {RD, 0, 1}},
    {"ccd_l of reads of a group",
     OF(ccd_l),
     0,
     {{false, 0, 0, 0, 0}, {false, 4, 0, 0, 0}, {false, 0, 0, 1, 100}, {false, 4, 0, 1, 100}},
     4,
     {RD, 0, 1},
     {RD, 4, 1}},
    {"ccd_s of writes",
     OF(ccd_s),
     0,
     {{true, 0, 0, 0, 0}, {true, 1, 0, 0, 0}, {true, 0, 0, 1, 99}, {true, 1, 0, 1, 99}},
     4,
     {WR, 0, 1},
     {WR, 1, 1}},
    {"ccd_l of writes of a row",
     OF(ccd_l),
     0,
     {{true, 0, 0, 0, 0}, {true, 0, 0, 1, 0}},
     2,
     {WR, 0, 0},
     {WR, 0, 1}},
    {"rtw",
     OF(rtw),
     0,
     {{false, 0, 0, 0, 0}, {false, 0, 0, 1, 101}, {true, 0, 0, 2, 100}},
     3,
     {RD, 0, 1},
     {WR, 0, 0}},
    {"wtr_s, from the end of the data",
     OF(wtr_s),
     7,
     {{false, 1, 0, 0, 0}, {true, 0, 0, 0, 50}, {false, 1, 0, 1, 58}},
     3,
     {WR, 0, 0},
     {RD, 1, 1}},
    {"wtr_l, from the end of the data",
     OF(wtr_l),
     7,
     {{false, 4, 0, 0, 0}, {true, 0, 0, 0, 50}, {false, 4, 0, 1, 58}},
     3,
     {WR, 0, 0},
     {RD, 4, 1}},
};

/** Keeps the ordered pairs of a timing ordered, so that the parameter under test is the binding one. */
static void set_parameter(tsr_dram_timing *timing, size_t offset, int32_t value) {
    memcpy((char *)timing + offset, &value, sizeof value);
    timing->rc = timing->rc < timing->ras ? timing->ras : timing->rc;
    timing->rrd_l = timing->rrd_l < timing->rrd_s ? timing->rrd_s : timing->rrd_l;
    timing->ccd_l = timing->ccd_l < timing->ccd_s ? timing->ccd_s : timing->ccd_l;
    timing->wtr_l = timing->wtr_l < timing->wtr_s ? timing->wtr_s : timing->wtr_l;
}

static tsr_dram_config base_config(void) {
    tsr_dram_config config = rig_same_clock("ddr4_2400");
    config.timing = base;
    config.controller_cycles = 0;
    return config;
}

static uint64_t gap_of(const timing_fact *fact, int32_t value, bool *early) {
    tsr_dram_config config = base_config();
    set_parameter(&config.timing, fact->offset, value);
    dram_rig rig;
    rig_open(&rig, &config);
    uint64_t cycle = 0;
    for (size_t index = 0; index < fact->accesses; ++index) {
        // A table's cycle 101 of a read with a later row of cycle 100: in order of time.
        cycle = fact->access[index].cycle > cycle ? fact->access[index].cycle : cycle;
        const tsr_dram_burst burst =
            rig_access(&config, fact->access[index].write, fact->access[index].bank,
                       fact->access[index].row, fact->access[index].column, index);
        tsr_dram_advance(rig.dram, cycle);
        tsr_dram_push(rig.dram, &burst, cycle);
    }
    tsr_dram_advance(rig.dram, 1000);
    checker_run(&rig, &config);
    const uint64_t from =
        rig_find(&rig, fact->from.command, fact->from.bank, fact->from.nth)->cycle;
    const uint64_t to = rig_find(&rig, fact->to.command, fact->to.bank, fact->to.nth)->cycle;
    assert_true(to > from);
    // The other side: up to one clock before, the command has not been issued.
    *early = false;
    for (size_t index = 0; index < rig.commands; ++index) {
        const rig_command *at = &rig.command[index];
        *early = *early || (at->cycle > from && at->cycle < to && at->command == fact->to.command &&
                            at->bank == fact->to.bank);
    }
    rig_close(&rig);
    return to - from;
}

static void every_parameter_delays_its_command_by_exactly_its_value(void **state) {
    (void)state;
    for (size_t index = 0; index < sizeof facts / sizeof facts[0]; ++index) {
        for (int32_t value = 20; value <= 21; ++value) {
            bool early = true;
            const uint64_t gap = gap_of(&facts[index], value, &early);
            if (gap != (uint64_t)(value + facts[index].extra) || early) {
                fail_msg("%s = %d: gap is %llu clocks, expected %d", facts[index].name, value,
                         (unsigned long long)gap, value + facts[index].extra);
            }
        }
    }
}

/** Advances clock by clock and tells in which one the first command of a kind appears. */
static void issued_at_n_and_not_at_n_minus_1_when_clocks_are_given_one_by_one(void **state) {
    (void)state;
    tsr_dram_config config = base_config();
    config.timing.rcd = 9;
    dram_rig rig;
    rig_open(&rig, &config);
    const tsr_dram_burst burst = rig_access(&config, false, 0, 0, 0, 0);
    tsr_dram_push(rig.dram, &burst, 0);
    // Seen from cycle 1 on: ACT in clock 1, RD in clock 1 + 9.
    tsr_dram_advance(rig.dram, 0);
    assert_int_equal(rig.commands, 0);
    tsr_dram_advance(rig.dram, 1);
    assert_int_equal(rig_count(&rig, TSR_DRAM_ACT), 1);
    tsr_dram_advance(rig.dram, 9);
    assert_int_equal(rig_count(&rig, TSR_DRAM_RD), 0);
    tsr_dram_advance(rig.dram, 10);
    assert_int_equal(rig_count(&rig, TSR_DRAM_RD), 1);
    rig_close(&rig);
}

static void refresh_is_due_every_refi_and_blocks_activates_for_rfc(void **state) {
    (void)state;
    tsr_dram_config config = base_config();
    config.timing.refi = 500;
    for (int32_t rfc = 40; rfc <= 41; ++rfc) {
        config.timing.rfc = rfc;
        dram_rig rig;
        rig_open(&rig, &config);
        const tsr_dram_burst burst = rig_access(&config, false, 0, 0, 0, 0);
        tsr_dram_advance(rig.dram, 499);
        assert_int_equal(rig.commands, 0);
        tsr_dram_advance(rig.dram, 500);
        assert_int_equal(rig_find(&rig, TSR_DRAM_REF, -1, 0)->cycle, 500);
        tsr_dram_push(rig.dram, &burst, 501);
        tsr_dram_advance(rig.dram, 1500);
        assert_int_equal(rig_find(&rig, TSR_DRAM_ACT, -1, 0)->cycle, 500 + rfc);
        // The row that was left open is closed when the next refresh is due, REF follows rp later.
        assert_int_equal(rig_find(&rig, TSR_DRAM_PRE, -1, 0)->cycle, 1000);
        assert_int_equal(rig_find(&rig, TSR_DRAM_REF, -1, 1)->cycle, 1000 + config.timing.rp);
        assert_int_equal(rig_find(&rig, TSR_DRAM_REF, -1, 2)->cycle, 1500);
        checker_run(&rig, &config);
        rig_close(&rig);
    }
}

static void refresh_waits_for_ras_of_the_open_row(void **state) {
    (void)state;
    tsr_dram_config config = base_config();
    config.timing.refi = 500;
    for (int32_t ras = 40; ras <= 41; ++ras) {
        config.timing.ras = ras;
        config.timing.rc = ras;
        dram_rig rig;
        rig_open(&rig, &config);
        const tsr_dram_burst burst = rig_access(&config, false, 0, 0, 0, 0);
        tsr_dram_push(rig.dram, &burst, 489);
        tsr_dram_advance(rig.dram, 1000);
        assert_int_equal(rig_find(&rig, TSR_DRAM_ACT, -1, 0)->cycle, 490);
        assert_int_equal(rig_find(&rig, TSR_DRAM_PRE, -1, 0)->cycle, 490 + ras);
        assert_int_equal(rig_find(&rig, TSR_DRAM_REF, -1, 0)->cycle, 490 + ras + config.timing.rp);
        rig_close(&rig);
    }
}

static void closed_page_precharges_as_soon_as_no_entry_wants_the_row(void **state) {
    (void)state;
    tsr_dram_config config = base_config();
    config.page = TSR_DRAM_PAGE_CLOSED;
    for (int32_t rtp = 6; rtp <= 7; ++rtp) {
        config.timing.rtp = rtp;
        dram_rig rig;
        rig_open(&rig, &config);
        const tsr_dram_burst first = rig_access(&config, false, 0, 0, 0, 0);
        const tsr_dram_burst second = rig_access(&config, false, 0, 0, 1, 1);
        tsr_dram_push(rig.dram, &first, 0);
        tsr_dram_push(rig.dram, &second, 0);
        tsr_dram_advance(rig.dram, 100);
        // ACT 1, RD 1 + 2, RD 3 + 4 (ccd_l) while the second entry holds the row open, then rtp.
        assert_int_equal(rig.commands, 4);
        assert_int_equal(rig_find(&rig, TSR_DRAM_RD, 0, 1)->cycle, 7);
        assert_int_equal(rig_find(&rig, TSR_DRAM_PRE, 0, 0)->cycle, 7 + rtp);
        rig_close(&rig);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_parameter_delays_its_command_by_exactly_its_value),
        cmocka_unit_test(issued_at_n_and_not_at_n_minus_1_when_clocks_are_given_one_by_one),
        cmocka_unit_test(refresh_is_due_every_refi_and_blocks_activates_for_rfc),
        cmocka_unit_test(refresh_waits_for_ras_of_the_open_row),
        cmocka_unit_test(closed_page_precharges_as_soon_as_no_entry_wants_the_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
