// SPDX-License-Identifier: Apache-2.0
// The promises of dram.h to its hosts, the presets against their sources, and every refusal.
#include <stdlib.h>

#include "dram/dram_traffic.h"

#define BURSTS 600

static timed_burst list[BURSTS];

static void make_traffic(const tsr_dram_config *config, tsr_rng *rng) {
    const traffic_shape shape = {
        .ports = 5, .mean_gap = 8, .write_percent = 35, .max_beats = 16, .any_beat_bytes = true};
    traffic_make(list, BURSTS, &shape, (uint64_t)config->capacity_bytes, rng);
}

static tsr_dram_config any_memory(size_t preset) {
    tsr_dram_config config = rig_preset(tsr_dram_preset_names()[preset], 150000000);
    config.capacity_bytes = config.capacity_bytes == 0 ? 1 << 28 : config.capacity_bytes;
    return config;
}

static void same_results(const dram_rig *a, const dram_rig *b) {
    assert_int_equal(a->completions, b->completions);
    for (size_t i = 0; i < a->completions; ++i) {
        const rig_completion *x = rig_done(b, a->completion[i].tag);
        assert_int_equal(a->completion[i].first, x->first);
        assert_int_equal(a->completion[i].done, x->done);
    }
    const tsr_dram_stats p = tsr_dram_get_stats(a->dram);
    const tsr_dram_stats q = tsr_dram_get_stats(b->dram);
    assert_int_equal(p.read_latency_cycles, q.read_latency_cycles);
    assert_int_equal(p.activates, q.activates);
}

static void the_result_does_not_depend_on_how_time_is_cut(void **state) {
    (void)state;
    for (size_t preset = 0; tsr_dram_preset_names()[preset] != NULL; ++preset) {
        tsr_rng rng = {preset + 17};
        const tsr_dram_config config = any_memory(preset);
        make_traffic(&config, &rng);
        dram_rig whole;
        dram_rig cut;
        rig_open(&whole, &config);
        rig_open(&cut, &config);
        traffic_play(&whole, list, BURSTS);
        uint64_t now = 0;
        for (size_t i = 0; i < BURSTS; ++i) {
            while (now < list[i].cycle) {
                const uint64_t step = (uint64_t)tsr_rng_range(&rng, 0, 9);
                now = now + step < list[i].cycle ? now + step : list[i].cycle;
                tsr_dram_advance(cut.dram, now);
                tsr_dram_advance(cut.dram, now);  // again: idempotent
            }
            tsr_dram_push(cut.dram, &list[i].burst, list[i].cycle);
        }
        (void)rig_drain(&cut);
        const uint64_t end = 1000000;
        tsr_dram_advance(whole.dram, end);  // writes reach the banks
        tsr_dram_advance(cut.dram, end);
        same_results(&whole, &cut);
        rig_close(&whole);
        rig_close(&cut);
    }
}

/** A host that only ever advances to tsr_dram_next_cycle. */
typedef struct host {
    tsr_dram *dram;
    uint64_t now;
    uint64_t completed[TSR_DRAM_MAX_PORTS][2]; /**< tags must come in order of the pushes */
    uint64_t beats[BURSTS];
    uint64_t last_beat[BURSTS];
} host;

static void host_done(void *user, uint32_t port, bool write, uint64_t tag, uint64_t first,
                      uint64_t done) {
    host *h = user;
    assert_true(done >= h->now);  // never in the past
    assert_true(first <= done);
    assert_true(tag + 1 > h->completed[port][write]);
    h->completed[port][write] = tag + 1;
    if (!write) {
        assert_int_equal(h->beats[tag], list[tag].burst.beats);
        assert_int_equal(h->last_beat[tag], done);
    }
}

static void host_beats(void *user, uint32_t port, uint64_t tag, uint32_t index, uint32_t count,
                       uint64_t cycle, uint32_t interval) {
    host *h = user;
    assert_true(cycle >= h->now);
    assert_int_equal(port, list[tag].burst.port);
    assert_int_equal(index, h->beats[tag]);  // in order, none left out
    assert_true(index == 0 || cycle >= h->last_beat[tag] + list[tag].burst.beat_interval);
    h->beats[tag] += count;
    h->last_beat[tag] = cycle + (uint64_t)(count - 1) * interval;
}

static void advancing_to_the_next_cycle_brings_every_callback_in_time(void **state) {
    (void)state;
    for (size_t preset = 0; tsr_dram_preset_names()[preset] != NULL; ++preset) {
        tsr_rng rng = {preset + 99};
        tsr_error err = {0};
        const tsr_dram_config config = any_memory(preset);
        make_traffic(&config, &rng);
        static host h;
        h = (host){0};
        assert_ok(tsr_dram_create(&config, host_done, &h, &h.dram, &err), err);
        tsr_dram_set_beats(h.dram, host_beats, &h);
        size_t next = 0;
        for (;;) {
            const uint64_t event = tsr_dram_next_cycle(h.dram);
            const uint64_t push = next < BURSTS ? list[next].cycle : UINT64_MAX;
            if (event == UINT64_MAX && push == UINT64_MAX) {
                break;
            }
            const uint64_t to = event < push ? event : push;
            assert_true(to > h.now || h.now == 0);  // always behind the last advance
            h.now = to;
            tsr_dram_advance(h.dram, to);
            for (; next < BURSTS && list[next].cycle == to; ++next) {
                tsr_dram_push(h.dram, &list[next].burst, to);
            }
        }
        const tsr_dram_stats stats = tsr_dram_get_stats(h.dram);
        uint64_t bytes[2] = {0, 0};
        for (size_t i = 0; i < BURSTS; ++i) {
            bytes[list[i].burst.write] += (uint64_t)list[i].burst.beats * list[i].burst.beat_bytes;
        }
        assert_int_equal(stats.read_bytes, bytes[0]);
        assert_int_equal(stats.write_bytes, bytes[1]);
        assert_int_equal(stats.read_bursts + stats.write_bursts, BURSTS);
        assert_false(tsr_dram_out_of_memory(h.dram));
        tsr_dram_destroy(h.dram);
    }
}

/** Peak rate by data rate and width of the sources, refresh share as hardware.md computes it. */
static void presets_have_the_rates_of_their_sources(void **state) {
    (void)state;

    static const struct {
        const char *name;
        double bytes_per_s, refresh_percent;
    } rows[] = {
        {"ddr3_1066", 1066.67e6 * 4, 1.4},    // UG585: 4264 MB/s; hardware.md 3.2: 1.4 %
        {"ddr3_1600", 1600e6 * 8, 1.4},       // 12.8 GB/s; 110 ns of 7.8 us
        {"ddr4_2133", 2133.33e6 * 8, 3.3},    // 17.07 GB/s; 260 ns of 7.8 us
        {"ddr4_2400", 2400e6 * 8, 4.5},       // 19.2 GB/s; 4.5 %
        {"lpddr4_1066", 1066.67e6 * 4, 9.8},  // 4.26 GB/s; 9.8 %
        {"lpddr4_3200", 3200e6 * 4, 7.2},     // 448 of 6246 clocks
        {"hbm2_pc", 2000e6 * 8, 6.7},         // 2 Gb/s a pin, 64 bits; 260 ns of 3.9 us
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        const tsr_dram_config config = rig_preset(rows[i].name, 100000000);
        const double peak = (double)tsr_dram_peak_bytes_per_s(&config);
        assert_true(peak > 0.9999 * rows[i].bytes_per_s && peak < 1.0001 * rows[i].bytes_per_s);
        const double share = 100.0 * config.timing.rfc / config.timing.refi;
        assert_true(share > rows[i].refresh_percent - 0.06 &&
                    share < rows[i].refresh_percent + 0.06);
    }
    const tsr_dram_config ideal = rig_preset("ideal", 100000000);
    assert_int_equal(tsr_dram_peak_bytes_per_s(&ideal), 0);
    const tsr_dram_config fixed = rig_preset("fixed", 100000000);
    assert_int_equal(tsr_dram_peak_bytes_per_s(&fixed), 4264000000);  // UG585
}

/** Nanoseconds of the board files (hardware.md 3.1), rounded up to clocks. */
static void board_presets_have_the_times_of_their_board_files(void **state) {
    (void)state;
    const tsr_dram_config zc706 = rig_preset("ddr3_1600", 100000000);   // mig.prj, tCK 1.25 ns
    const tsr_dram_config zcu102 = rig_preset("ddr4_2133", 100000000);  // preset.xml, tCK 0.9375 ns

    const struct {
        int32_t clocks;
        double ns, ck;
    } rows[] = {
        {zc706.timing.rcd, 13.125, 1.25},     {zc706.timing.rp, 13.125, 1.25},
        {zc706.timing.ras, 35.0, 1.25},       {zc706.timing.rfc, 110.0, 1.25},
        {zc706.timing.faw, 30.0, 1.25},       {zc706.timing.rrd_s, 6.0, 1.25},
        {zc706.timing.wtr_s, 7.5, 1.25},      {zc706.timing.rtp, 7.5, 1.25},
        {zc706.timing.refi, 7800.0, 1.25},    {zcu102.timing.ras, 33.0, 0.9375},
        {zcu102.timing.rc, 47.06, 0.9375},    {zcu102.timing.rfc, 260.0, 0.9375},
        {zcu102.timing.refi, 7800.0, 0.9375},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        const double exact = rows[i].ns / rows[i].ck;
        assert_true(rows[i].clocks >= exact - 1e-9 && rows[i].clocks < exact + 1.0);
    }
}

static void every_preset_is_legal_and_says_where_it_is_from(void **state) {
    (void)state;
    int32_t count = 0;
    for (const char *const *name = tsr_dram_preset_names(); *name != NULL; ++name, ++count) {
        tsr_error err = {0};
        const tsr_dram_config config = rig_preset(*name, 200000000);
        assert_ok(tsr_dram_check(&config, &err), err);
        assert_string_equal(config.name, *name);
        assert_true(strlen(tsr_dram_preset_source(*name)) > 20);
    }
    assert_int_equal(count, 9);
    assert_null(tsr_dram_preset_source("sram"));
    tsr_error err = {0};
    tsr_dram_config config;
    assert_int_equal(tsr_dram_preset("sram", &config, &err), TSR_ERR_CONFIG);
    for (const char *const *name = tsr_dram_preset_names(); *name != NULL; ++name) {
        assert_non_null(strstr(err.message, *name));  // the message lists what there is
    }
}

#define CASE(member, bad) \
    { #member, offsetof(tsr_dram_config, member), sizeof(((tsr_dram_config *)0)->member), bad }

static void impossible_memories_are_refused_with_the_field_named(void **state) {
    (void)state;

    static const struct {
        const char *name;
        size_t offset, size;
        int64_t value;
    } cases[] = {
        CASE(accelerator_clock_hz, 0),
        CASE(dram_clock_hz, 0),
        CASE(dram_clock_hz, INT64_MAX),
        CASE(bus_bytes, 0),
        CASE(bus_bytes, 3),
        CASE(bus_bytes, 256),
        CASE(bank_groups, 0),
        CASE(bank_groups, 3),
        CASE(banks_per_group, 0),
        CASE(banks_per_group, 64),
        CASE(row_bytes, 0),
        CASE(row_bytes, 5000),
        CASE(row_bytes, 16),
        CASE(capacity_bytes, 0),
        CASE(capacity_bytes, 12345),
        CASE(capacity_bytes, 1024),
        CASE(page, 2),
        CASE(read_queue, 0),
        CASE(read_queue, 129),
        CASE(write_queue, 0),
        CASE(write_high, 0),
        CASE(write_high, 33),
        CASE(write_low, 28),
        CASE(write_low, -1),
        CASE(controller_cycles, -1),
        CASE(timing.cl, 0),
        CASE(timing.cwl, 0),
        CASE(timing.rcd, 0),
        CASE(timing.rp, -5),
        CASE(timing.ras, 0),
        CASE(timing.rc, 38),
        CASE(timing.rrd_s, 0),
        CASE(timing.rrd_l, 3),
        CASE(timing.faw, 0),
        CASE(timing.ccd_s, 3),
        CASE(timing.ccd_l, 3),
        CASE(timing.wtr_s, -1),
        CASE(timing.wtr_l, 2),
        CASE(timing.wr, -1),
        CASE(timing.rtp, -1),
        CASE(timing.rtw, 5),
        CASE(timing.rfc, -1),
        CASE(timing.refi, 100),
        CASE(timing.refi, -1),
        CASE(timing.burst_cycles, 3),
        CASE(timing.burst_cycles, 0),
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        tsr_error err = {0};
        tsr_dram_config config = rig_preset("ddr4_2400", 200000000);
        memcpy((char *)&config + cases[i].offset, &cases[i].value, cases[i].size);
        tsr_dram *dram = NULL;
        if (tsr_dram_create(&config, NULL, NULL, &dram, &err) != TSR_ERR_CONFIG ||
            strstr(err.message, cases[i].name) == NULL) {
            fail_msg("%s = %lld: '%s'", cases[i].name, (long long)cases[i].value, err.message);
        }
    }
}

static void address_maps_name_each_field_once(void **state) {
    (void)state;
    static const char *const good[] = {"row-bank-column", "row-column-bank", "bank-row-column",
                                       "row-bank-column-group", "group-row-column-bank"};
    static const char *const bad[] = {"",
                                      "row",
                                      "row-bank",
                                      "row-bank-column-",
                                      "-row-bank-column",
                                      "row-bank-column-row",
                                      "row-bank-columns",
                                      "row bank column"};
    tsr_error err = {0};
    tsr_dram_config config = rig_preset("ddr4_2400", 200000000);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; ++i) {
        (void)snprintf(config.address_map, sizeof config.address_map, "%s", good[i]);
        assert_ok(tsr_dram_check(&config, &err), err);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        (void)snprintf(config.address_map, sizeof config.address_map, "%s", bad[i]);
        assert_int_equal(tsr_dram_check(&config, &err), TSR_ERR_CONFIG);
        assert_non_null(strstr(err.message, "address_map"));
    }
}

static void a_lost_burst_is_said_and_not_hidden(void **state) {
    (void)state;
    const tsr_dram_config config = rig_preset("ddr3_1066", 100000000);
    dram_rig rig;
    rig_open(&rig, &config);
    const tsr_dram_burst burst = rig_access(&config, false, 0, 0, 0, 0);
    tsr_alloc_fail_at(1);
    tsr_dram_push(rig.dram, &burst, 0);
    tsr_alloc_fail_at(0);
    assert_true(tsr_dram_out_of_memory(rig.dram));
    rig_close(&rig);
    tsr_alloc_fail_at(1);
    tsr_dram *dram = NULL;
    assert_int_equal(tsr_dram_create(&config, NULL, NULL, &dram, NULL), TSR_ERR_NO_MEMORY);
    tsr_alloc_fail_at(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_result_does_not_depend_on_how_time_is_cut),
        cmocka_unit_test(advancing_to_the_next_cycle_brings_every_callback_in_time),
        cmocka_unit_test(presets_have_the_rates_of_their_sources),
        cmocka_unit_test(board_presets_have_the_times_of_their_board_files),
        cmocka_unit_test(every_preset_is_legal_and_says_where_it_is_from),
        cmocka_unit_test(impossible_memories_are_refused_with_the_field_named),
        cmocka_unit_test(address_maps_name_each_field_once),
        cmocka_unit_test(a_lost_burst_is_said_and_not_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
