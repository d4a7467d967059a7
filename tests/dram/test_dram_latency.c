// SPDX-License-Identifier: Apache-2.0
// What a memory gives from outside: latency of one burst by formula, bandwidth of a stream, and
// nobody waits for ever.
#include "dram/dram_rig.h"

__extension__ typedef unsigned __int128 wide;

/** Cycle in which the only burst of a fresh or idle memory completes. */
static uint64_t done_of(dram_rig *rig, const tsr_dram_burst *burst, uint64_t cycle) {
    tsr_dram_advance(rig->dram, cycle);
    tsr_dram_push(rig->dram, burst, cycle);
    (void)rig_drain(rig);
    return rig_done(rig, burst->tag)->done;
}

/** The controller sees a handshake of cycle c from c + 1 on; data is there behind the last
 * transfer. */
static void an_unloaded_read_takes_what_the_data_sheet_says(void **state) {
    (void)state;
    for (size_t preset = 2; tsr_dram_preset_names()[preset] != NULL; ++preset) {
        const tsr_dram_config config = rig_same_clock(tsr_dram_preset_names()[preset]);
        const tsr_dram_timing *t = &config.timing;
        const uint64_t column = (uint64_t)(t->cl + t->burst_cycles + config.controller_cycles);
        dram_rig rig;
        rig_open(&rig, &config);
        const tsr_dram_burst closed = rig_access(&config, false, 3, 7, 0, 0);
        assert_int_equal(done_of(&rig, &closed, 50), 50 + 1 + (uint64_t)t->rcd + column);
        const tsr_dram_burst hit = rig_access(&config, false, 3, 7, 5, 1);
        assert_int_equal(done_of(&rig, &hit, 5000), 5000 + 1 + column);
        const tsr_dram_burst conflict = rig_access(&config, false, 3, 8, 5, 2);
        assert_int_equal(done_of(&rig, &conflict, 9000),
                         9000 + 1 + (uint64_t)(t->rp + t->rcd) + column);
        const tsr_dram_stats stats = tsr_dram_get_stats(rig.dram);
        assert_int_equal(stats.row_misses, 1);
        assert_int_equal(stats.row_hits, 1);
        assert_int_equal(stats.row_conflicts, 1);
        assert_int_equal(stats.read_latency_cycles,
                         3 + 3 * column + (uint64_t)(2 * t->rcd) + (uint64_t)t->rp);
        rig_close(&rig);
    }
}

static uint64_t ceil_of(uint64_t x, uint64_t by, uint64_t per) {
    return (uint64_t)(((wide)x * by + per - 1) / per);
}

static void two_clocks_are_converted_by_their_exact_ratio(void **state) {
    (void)state;
    tsr_rng rng = {5};
    for (int32_t round = 0; round < 200; ++round) {
        tsr_dram_config config =
            rig_preset("ddr3_1066", (uint64_t)tsr_rng_range(&rng, 20000000, 900000000));
        config.timing.refi = 0;
        const tsr_dram_timing *t = &config.timing;
        dram_rig rig;
        rig_open(&rig, &config);
        const uint64_t cycle = (uint64_t)tsr_rng_range(&rng, 0, 1000000000);
        const tsr_dram_burst burst = rig_access(&config, false, 0, 0, 0, 0);
        const uint64_t seen = ceil_of(cycle + 1, config.dram_clock_hz, config.accelerator_clock_hz);
        const uint64_t end = seen + (uint64_t)(t->rcd + t->cl + t->burst_cycles);
        const uint64_t due = ceil_of(end, config.accelerator_clock_hz, config.dram_clock_hz) +
                             (uint64_t)config.controller_cycles;
        assert_int_equal(done_of(&rig, &burst, cycle), due);
        rig_close(&rig);
    }
}

static void beats_follow_each_other_at_the_interval_of_the_sink(void **state) {
    (void)state;
    for (uint32_t interval = 1; interval <= 5; ++interval) {
        const tsr_dram_config config = rig_same_clock("ddr3_1066");  // accesses of 32 bytes
        const tsr_dram_timing *t = &config.timing;
        dram_rig rig;
        rig_open(&rig, &config);
        const tsr_dram_burst burst = {.beats = 8, .beat_bytes = 4, .beat_interval = interval};
        const uint64_t first =
            1 + (uint64_t)(t->rcd + t->cl + t->burst_cycles + config.controller_cycles);
        assert_int_equal(done_of(&rig, &burst, 0), first + 7 * interval);
        assert_int_equal(rig_done(&rig, 0)->first, first);
        rig_close(&rig);
    }
}

static void a_write_is_acknowledged_when_its_last_beat_is_in_the_queue(void **state) {
    (void)state;
    for (uint32_t interval = 1; interval <= 3; ++interval) {
        const tsr_dram_config config = rig_same_clock("ddr4_2400");
        dram_rig rig;
        rig_open(&rig, &config);
        const tsr_dram_burst burst = {
            .write = true, .beats = 16, .beat_bytes = 16, .beat_interval = interval};
        // beats in cycles 101, 101 + interval, ...; the queue has the last one a cycle later
        const uint64_t last = 101 + 15 * interval;
        assert_int_equal(done_of(&rig, &burst, 100), last + 1 + (uint64_t)config.controller_cycles);
        assert_int_equal(rig_done(&rig, 0)->first, last);
        rig_close(&rig);
    }
}

static void the_ideal_memory_is_a_latency_and_nothing_else(void **state) {
    (void)state;
    const tsr_dram_config config = rig_preset("ideal", 100000000);
    const uint64_t latency = (uint64_t)config.ideal_latency_cycles;
    dram_rig rig;
    rig_open(&rig, &config);
    for (uint32_t port = 0; port < TSR_DRAM_MAX_PORTS;
         ++port) {  // all at once, none disturbs another
        for (uint32_t k = 0; k < 4; ++k) {
            const tsr_dram_burst burst = {.port = port,
                                          .beats = 16,
                                          .beat_bytes = 8,
                                          .beat_interval = 2,
                                          .tag = port * 4 + k};
            tsr_dram_push(rig.dram, &burst, 10);
        }
    }
    (void)rig_drain(&rig);
    for (uint64_t tag = 0; tag < TSR_DRAM_MAX_PORTS * 4; ++tag) {
        const uint64_t first = 10 + latency + tag % 4 * 32;  // a port's beats go on without a gap
        assert_int_equal(rig_done(&rig, tag)->first, first);
        assert_int_equal(rig_done(&rig, tag)->done, first + 15 * 2);
    }
    rig_close(&rig);
}

static void the_fixed_memory_is_a_latency_and_one_shared_pipe(void **state) {
    (void)state;
    tsr_dram_config config = rig_preset("fixed", 100000000);
    config.fixed_bytes_per_s = 800000000;  // 8 bytes a cycle
    config.ideal_latency_cycles = 30;
    dram_rig rig;
    rig_open(&rig, &config);
    for (uint32_t port = 0; port < 4; ++port) {
        const tsr_dram_burst burst = {
            .port = port, .beats = 16, .beat_bytes = 16, .beat_interval = 1, .tag = port};
        tsr_dram_push(rig.dram, &burst, 0);
    }
    (void)rig_drain(&rig);
    for (uint64_t tag = 0; tag < 4;
         ++tag) {  // 256 bytes are 32 cycles of the pipe, one behind the other
        assert_int_equal(rig_done(&rig, tag)->done, 32 * (tag + 1) + 30 - 1);
    }
    rig_close(&rig);
}

/** A master that streams: `depth` bursts in flight on each of its ports. */
typedef struct streamer {
    tsr_dram *dram;
    tsr_dram_burst burst;
    uint64_t completed, last_done, bursts;
    uint64_t due[8][64]; /**< completions to react to, by port: ring */
    uint64_t head[8], tail[8];
} streamer;

static void on_stream(void *user, uint32_t port, bool write, uint64_t tag, uint64_t first,
                      uint64_t done) {
    streamer *s = user;
    (void)write;
    (void)tag;
    (void)first;
    ++s->completed;
    s->last_done = done > s->last_done ? done : s->last_done;
    s->due[port][s->tail[port]++ % 64] = done;
}

/** Bytes and cycles of `bursts` sequential bursts of 256 bytes over two ports, each with 16 in
 * flight. */
static double stream_bytes_per_cycle(const tsr_dram_config *config, bool write, uint64_t bursts) {
    enum { PORTS = 2, DEPTH = 16, BYTES = 256, BEAT = 64 };

    tsr_error err = {0};
    streamer s = {0};
    assert_ok(tsr_dram_create(config, on_stream, &s, &s.dram, &err), err);
    uint64_t pushed = 0;
    uint64_t cycle = 0;
    uint64_t in_flight[PORTS] = {0};
    while (s.completed < bursts) {
        for (uint32_t port = 0; port < PORTS; ++port) {
            while (s.head[port] < s.tail[port] && s.due[port][s.head[port] % 64] <= cycle) {
                ++s.head[port];
                --in_flight[port];
            }
            if (pushed < bursts && in_flight[port] < DEPTH) {
                const tsr_dram_burst burst = {.port = port,
                                              .write = write,
                                              .address = pushed * BYTES,
                                              .beats = BYTES / BEAT,
                                              .beat_bytes = BEAT,
                                              .beat_interval = 1};
                tsr_dram_push(s.dram, &burst, cycle);
                ++pushed;
                ++in_flight[port];
            }
        }
        tsr_dram_advance(s.dram, ++cycle);
    }
    tsr_dram_destroy(s.dram);
    return (double)(bursts * BYTES) / (double)s.last_done;
}

static void a_sequential_stream_reaches_the_peak_without_refresh(void **state) {
    (void)state;
    for (size_t preset = 2; tsr_dram_preset_names()[preset] != NULL; ++preset) {
        tsr_dram_config config = rig_preset(tsr_dram_preset_names()[preset], 1);
        config.accelerator_clock_hz =
            config.dram_clock_hz;  // the ports could take 128 bytes a cycle
        const tsr_dram_timing *t = &config.timing;
        const double bound = 2.0 * config.bus_bytes * (1.0 - (double)t->rfc / t->refi);
        for (int32_t write = 0; write <= 1; ++write) {
            const double rate = stream_bytes_per_cycle(&config, write != 0, 20000);
            if (rate > bound * 1.001 || rate < bound * 0.97) {
                fail_msg("%s %s: %.3f bytes a clock, peak without refresh is %.3f", config.name,
                         write != 0 ? "writes" : "reads", rate, bound);
            }
        }
    }
}

/** Writes in every cycle into a queue of `depth`; reads of other rows now and then. Everything
 * completes, and soon. */
static void flood(int32_t depth, bool writes_flood) {
    tsr_dram_config config = rig_same_clock("ddr3_1600");
    config.write_queue = depth;
    config.write_high = depth;
    config.write_low = depth - 1;
    config.read_queue = depth;
    config.timing.refi = 6240;
    dram_rig rig;
    rig_open(&rig, &config);
    tsr_rng rng = {(uint64_t)depth};

    enum { FLOOD = 3000, EVERY = 50 };

    uint64_t cycle = 0;
    for (uint64_t k = 0; k < FLOOD;
         ++k) {  // far more than the memory takes: the ports' own lists grow
        tsr_dram_burst burst = rig_access(
            &config, writes_flood, (uint64_t)tsr_rng_range(&rng, 0, 7),
            (uint64_t)tsr_rng_range(&rng, 0, 99), (uint64_t)tsr_rng_range(&rng, 0, 63), k);
        burst.port = (uint32_t)(k % 3);
        if (k % EVERY == EVERY - 1) {
            burst.write = !writes_flood;
            burst.port = 3;
        }
        tsr_dram_advance(rig.dram, cycle);
        tsr_dram_push(rig.dram, &burst, cycle);
        cycle += 2;
    }
    (void)rig_drain(&rig);
    assert_int_equal(rig.completions, FLOOD);
    // the rare ones share with at most the queues and the bypass limit (128) of accesses that each
    // cost a row cycle
    const uint64_t limit = (uint64_t)(2 * depth + 2 * 128) * (uint64_t)config.timing.rc;
    for (uint64_t k = EVERY - 1; k < FLOOD; k += EVERY) {
        assert_true(rig_done(&rig, k)->done - 2 * k < limit);
    }
    rig_close(&rig);
}

static void nobody_waits_for_ever(void **state) {
    (void)state;
    const int32_t depths[] = {1, 2, 4, 32, 128};
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; ++i) {
        flood(depths[i], true);
        flood(depths[i], false);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unloaded_read_takes_what_the_data_sheet_says),
        cmocka_unit_test(two_clocks_are_converted_by_their_exact_ratio),
        cmocka_unit_test(beats_follow_each_other_at_the_interval_of_the_sink),
        cmocka_unit_test(a_write_is_acknowledged_when_its_last_beat_is_in_the_queue),
        cmocka_unit_test(the_ideal_memory_is_a_latency_and_nothing_else),
        cmocka_unit_test(the_fixed_memory_is_a_latency_and_one_shared_pipe),
        cmocka_unit_test(a_sequential_stream_reaches_the_peak_without_refresh),
        cmocka_unit_test(nobody_waits_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
