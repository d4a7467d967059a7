// SPDX-License-Identifier: Apache-2.0
// Cycle facts of the machine, each from both sides: the thing happens in cycle N, and in no cycle
// before.
#include "hw/program_maker.h"

enum {
    LATENCY = 20,  // of the ideal memory here: address to first R beat, last W beat to B
    F = 9,  // address 1, read 2, crossbar 1, input 1, multiply 1, tree log2(4) = 2, accumulate 1
    E = 9   // bias 1, multiply 3, round 1, residual 1, clamp 1, pool 1, write 1
};

static tsr_arch ideal_arch(void) {
    tsr_arch arch = maker_arch("ideal");
    arch.dram.ideal_latency_cycles = LATENCY;
    arch.max_outstanding_bursts = 64;
    return arch;
}

/** A program of these descriptors, with DRAM in front of them. */
static tsr_program made(const tsr_arch *arch, const tsr_desc *descs, size_t count) {
    tsr_program program = maker_open(arch, 1);
    (void)maker_region(&program, 65536, 64, 0);
    for (size_t i = 0; i < count; ++i) {
        maker_append(&program, &descs[i], NULL);
    }
    maker_close(&program);
    return program;
}

static tsr_result run(const tsr_arch *arch, const tsr_desc *descs, size_t count) {
    tsr_program program = made(arch, descs, count);
    tsr_result result = maker_run(&program, true);
    tsr_program_free(&program);
    return result;
}

#define RUN(arch, ...)                            \
    run(&(arch), (const tsr_desc[]){__VA_ARGS__}, \
        sizeof((const tsr_desc[]){__VA_ARGS__}) / sizeof(tsr_desc))

/** The event exists once, in that cycle. */
static void happens_in(const tsr_result *result, tsr_event_kind kind, uint32_t unit,
                       uint32_t argument, uint64_t cycle) {
    int32_t seen = 0;
    for (int64_t i = 0; i < result->event_count; ++i) {
        const tsr_event *event = &result->events[i];
        if (event->kind == kind && event->unit == unit && event->argument == argument) {
            assert_int_equal(event->cycle, cycle);
            ++seen;
        }
    }
    assert_int_equal(seen, 1);
}

static uint64_t start_of(const tsr_result *result, tsr_engine engine, uint32_t index) {
    return maker_when(result, TSR_EVENT_START, engine, index);
}

static uint64_t end_of(const tsr_result *result, tsr_engine engine, uint32_t index) {
    return maker_when(result, TSR_EVENT_COMPLETE, engine, index);
}

static void a_descriptor_is_dispatched_after_its_fetch_burst_and_starts_a_cycle_later(
    void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    // Three units: a burst of two (16 beats of 8 bytes) and one of one (8 beats).
    tsr_result r = RUN(arch, maker_load(0, 8, 0, 0), maker_weights(0, 1, 0, 0));
    const uint64_t first = LATENCY + 15;
    happens_in(&r, TSR_EVENT_ADDRESS, TSR_PORT_DESCRIPTOR, 0, 0);
    happens_in(&r, TSR_EVENT_RESPONSE, TSR_PORT_DESCRIPTOR, 0, first);
    happens_in(&r, TSR_EVENT_DISPATCH, TSR_ENGINE_LOAD_FEATURE, 0, first + 1);
    happens_in(&r, TSR_EVENT_DISPATCH, TSR_ENGINE_LOAD_WEIGHT, 1, first + 2);
    happens_in(&r, TSR_EVENT_START, TSR_ENGINE_LOAD_FEATURE, 0, first + 2);
    happens_in(&r, TSR_EVENT_START, TSR_ENGINE_LOAD_WEIGHT, 1, first + 3);
    happens_in(&r, TSR_EVENT_RESPONSE, TSR_PORT_DESCRIPTOR, 1, first + 8);
    tsr_result_free(&r);
}

static void eight_units_are_fetched_ahead_and_dispatches_make_room_for_more(void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    tsr_desc descs[12];
    for (int32_t i = 0; i < 12; ++i) {
        descs[i] = maker_weights(0, 1, 0, 0);
    }
    tsr_result r = run(&arch, descs, 12);
    for (uint32_t k = 0; k < 4; ++k) {
        happens_in(&r, TSR_EVENT_ADDRESS, TSR_PORT_DESCRIPTOR, k, k);
    }
    // The fifth burst of two units waits until two descriptors are gone, and a cycle more.
    const uint64_t second = maker_when(&r, TSR_EVENT_DISPATCH, TSR_ENGINE_LOAD_WEIGHT, 1);
    happens_in(&r, TSR_EVENT_ADDRESS, TSR_PORT_DESCRIPTOR, 4, second + 1);
    tsr_result_free(&r);
}

static void a_load_asks_two_cycles_after_its_start_and_is_done_two_after_its_last_word(
    void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    tsr_result r =
        RUN(arch, maker_load(0, 8, 0, 0));  // 32 bytes: 4 beats of two pixels, so one in two cycles
    const uint64_t start = start_of(&r, TSR_ENGINE_LOAD_FEATURE, 0);
    const uint64_t last = start + 2 + LATENCY + 3 * 2;
    happens_in(&r, TSR_EVENT_ADDRESS, TSR_PORT_LOAD_FEATURE, 0, start + 2);
    happens_in(&r, TSR_EVENT_RESPONSE, TSR_PORT_LOAD_FEATURE, 0, last);
    // two words in the last beat, one a cycle
    happens_in(&r, TSR_EVENT_COMPLETE, TSR_ENGINE_LOAD_FEATURE, 0, last + 1 + 2);
    happens_in(&r, TSR_EVENT_DONE, TSR_ENGINE_COUNT, 1, last + 4);
    assert_int_equal(r.total.cycles, last + 4);
    assert_int_equal(r.total.memory_stall_cycles[TSR_ENGINE_LOAD_FEATURE], 0);
    tsr_result_free(&r);
}

static void rows_that_are_packed_keep_the_next_row_waiting(void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    for (int64_t pack = 1; pack <= 4; ++pack) {
        // three rows of 16 pixels of one byte: two beats of eight words each
        tsr_desc load = maker_load(0, 16, 0, 0);
        load.u.load_feature.pixel_bytes = 1;
        load.u.load_feature.row_bytes = 16;
        load.u.load_feature.row_stride_bytes = 16;
        load.u.load_feature.rows = 3;
        load.u.load_feature.row_pitch = 10;
        load.u.load_feature.pack = pack;
        const uint64_t rest = (uint64_t)pack - 1;
        tsr_result r = RUN(arch, load, maker_load(64, 8, 0, 0));
        uint64_t last = start_of(&r, TSR_ENGINE_LOAD_FEATURE, 0) + 2 + LATENCY + 8;
        for (uint32_t row = 0; row < 3; ++row) {
            happens_in(&r, TSR_EVENT_RESPONSE, TSR_PORT_LOAD_FEATURE, row, last);
            last += row < 2 ? rest + 16 : 0;
        }
        happens_in(&r, TSR_EVENT_COMPLETE, TSR_ENGINE_LOAD_FEATURE, 0, last + 7 + rest + 2);
        // the next descriptor knows nothing of it
        const uint64_t next = last + 7 + rest + 2 + 1;
        happens_in(&r, TSR_EVENT_RESPONSE, TSR_PORT_LOAD_FEATURE, 3, next + 2 + LATENCY + 3 * 2);
        assert_int_equal(r.total.memory_stall_cycles[TSR_ENGINE_LOAD_FEATURE], 0);
        tsr_result_free(&r);
    }
}

static void a_store_asks_when_its_first_beat_is_gathered_and_is_done_with_its_last_response(
    void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    tsr_result r = RUN(
        arch, maker_store(0, 64, 0, 0));  // 256 bytes: two bursts of 16 beats, a beat in two cycles
    const uint64_t start = start_of(&r, TSR_ENGINE_STORE, 0);
    const uint64_t first =
        start + 5 + 1;  // two words in a beat, the second a cycle after the first
    const uint64_t last = first + 1 + 31 * 2 + LATENCY;
    happens_in(&r, TSR_EVENT_ADDRESS, TSR_PORT_STORE, 0, first);
    happens_in(&r, TSR_EVENT_ADDRESS, TSR_PORT_STORE, 1, first + 1);
    happens_in(&r, TSR_EVENT_RESPONSE, TSR_PORT_STORE, 0, last - 16 * 2);
    happens_in(&r, TSR_EVENT_RESPONSE, TSR_PORT_STORE, 1, last);
    happens_in(&r, TSR_EVENT_COMPLETE, TSR_ENGINE_STORE, 0, last);
    tsr_result_free(&r);
}

static void sixteen_beats_are_one_burst_and_seventeen_are_two(void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    tsr_result r = RUN(arch, maker_load(0, 32, 0, 0));
    assert_int_equal(r.total.bursts[TSR_PORT_LOAD_FEATURE], 1);
    tsr_result_free(&r);
    r = RUN(arch, maker_load(0, 33, 0, 0));
    assert_int_equal(r.total.bursts[TSR_PORT_LOAD_FEATURE], 2);
    assert_int_equal(r.total.read_bytes[TSR_TRAFFIC_INPUT], 17 * 8);
    tsr_result_free(&r);
    r = RUN(arch, maker_load(4, 32, 0, 0));  // half a beat late: 17 beats for the same 128 bytes
    assert_int_equal(r.total.bursts[TSR_PORT_LOAD_FEATURE], 2);
    tsr_result_free(&r);
}

static void a_burst_ends_at_four_kibibytes(void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    tsr_result r = RUN(arch, maker_load(4096 - 64, 16, 0, 0));  // 64 bytes up to the border
    assert_int_equal(r.total.bursts[TSR_PORT_LOAD_FEATURE], 1);
    tsr_result_free(&r);
    r = RUN(arch, maker_load(4096 - 56, 16, 0, 0));
    assert_int_equal(r.total.bursts[TSR_PORT_LOAD_FEATURE], 2);
    tsr_result_free(&r);
}

static void one_address_leaves_a_cycle(void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    tsr_result r = RUN(arch, maker_weights(0, 64, 0, 0));  // 1024 bytes: 8 bursts
    const uint64_t start = start_of(&r, TSR_ENGINE_LOAD_WEIGHT, 0);
    for (uint32_t k = 0; k < 8; ++k) {
        happens_in(&r, TSR_EVENT_ADDRESS, TSR_PORT_LOAD_WEIGHT, k, start + 2 + k);
    }
    // The beats of all bursts follow each other without a gap.
    happens_in(&r, TSR_EVENT_RESPONSE, TSR_PORT_LOAD_WEIGHT, 7, start + 2 + LATENCY + 127);
    tsr_result_free(&r);
}

static void an_address_waits_for_the_response_that_frees_its_place(void **state) {
    (void)state;
    tsr_arch arch = ideal_arch();
    arch.max_outstanding_bursts = 2;
    arch.dram.ideal_latency_cycles = 50;
    tsr_result r = RUN(arch, maker_weights(0, 32, 0, 0));  // 512 bytes: 4 bursts of 16 beats
    const uint64_t start = start_of(&r, TSR_ENGINE_LOAD_WEIGHT, 0);
    const uint64_t first = start + 2 + 50 + 15;
    happens_in(&r, TSR_EVENT_RESPONSE, TSR_PORT_LOAD_WEIGHT, 0, first);
    happens_in(&r, TSR_EVENT_ADDRESS, TSR_PORT_LOAD_WEIGHT, 2, first + 1);
    happens_in(&r, TSR_EVENT_ADDRESS, TSR_PORT_LOAD_WEIGHT, 3, first + 16 + 1);
    // Without the limit the last beat would be 3 * 16 behind the first response; so long does
    // memory make it wait.
    const uint64_t last = first + 1 + 50 + 15 + 16;
    happens_in(&r, TSR_EVENT_COMPLETE, TSR_ENGINE_LOAD_WEIGHT, 0, last + 2);
    assert_int_equal(r.total.memory_stall_cycles[TSR_ENGINE_LOAD_WEIGHT], last - (first + 3 * 16));
    tsr_result_free(&r);
}

static void a_token_can_be_taken_a_cycle_after_it_was_given(void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    tsr_result r = RUN(arch, maker_load(0, 100, 0, FROM_COMPUTE), maker_pool(8, 1, FROM_LOAD, 0));
    const uint64_t given = end_of(&r, TSR_ENGINE_LOAD_FEATURE, 0);
    happens_in(&r, TSR_EVENT_START, TSR_ENGINE_COMPUTE, 1, given + 1);
    // Idle until the pass was seen: sync; from there to the token: features; the pass ends a cycle
    // before the run.
    const uint64_t seen = maker_when(&r, TSR_EVENT_DISPATCH, TSR_ENGINE_COMPUTE, 1) + 1;
    assert_int_equal(r.total.cycles_by_cause[TSR_CAUSE_SYNC], seen);
    assert_int_equal(r.total.cycles_by_cause[TSR_CAUSE_WAIT_FEATURES], given + 1 - seen);
    assert_int_equal(r.total.cycles_by_cause[TSR_CAUSE_WAIT_WEIGHTS], 0);
    assert_int_equal(r.total.cycles_by_cause[TSR_CAUSE_WAIT_STORE], 1);
    tsr_result_free(&r);
}

static void weights_are_blamed_before_features_and_features_before_stores(void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    // Weights come first, then features, then the store: each is blamed only while nothing before
    // it is.
    tsr_result r =
        RUN(arch, maker_weights(0, 16, 0, FROM_COMPUTE), maker_load(0, 200, 0, FROM_COMPUTE),
            maker_store(32768, 400, 0, FROM_COMPUTE),
            maker_pool(8, 1, FROM_WEIGHT | FROM_LOAD | FROM_STORE, 0));
    const uint64_t weights = end_of(&r, TSR_ENGINE_LOAD_WEIGHT, 0) + 1;
    const uint64_t features = end_of(&r, TSR_ENGINE_LOAD_FEATURE, 1) + 1;
    const uint64_t store = end_of(&r, TSR_ENGINE_STORE, 2) + 1;
    const uint64_t seen = maker_when(&r, TSR_EVENT_DISPATCH, TSR_ENGINE_COMPUTE, 3) + 1;
    assert_true(seen < weights && weights < features && features < store);
    assert_int_equal(r.total.cycles_by_cause[TSR_CAUSE_SYNC], seen);
    assert_int_equal(r.total.cycles_by_cause[TSR_CAUSE_WAIT_WEIGHTS], weights - seen);
    assert_int_equal(r.total.cycles_by_cause[TSR_CAUSE_WAIT_FEATURES], features - weights);
    assert_int_equal(r.total.cycles_by_cause[TSR_CAUSE_WAIT_STORE], store - features + 1);
    tsr_result_free(&r);
}

static void an_engine_rests_a_cycle_between_descriptors(void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    tsr_result r = RUN(arch, maker_pool(9, 1, 0, 0), maker_pool(9, 1, 0, 0), maker_load(0, 8, 0, 0),
                       maker_load(0, 8, 0, 0));
    happens_in(&r, TSR_EVENT_START, TSR_ENGINE_COMPUTE, 1, end_of(&r, TSR_ENGINE_COMPUTE, 0) + 1);
    happens_in(&r, TSR_EVENT_START, TSR_ENGINE_LOAD_FEATURE, 3,
               end_of(&r, TSR_ENGINE_LOAD_FEATURE, 2) + 1);
    tsr_result_free(&r);
}

static void a_full_command_fifo_holds_the_next_dispatch_until_a_cycle_after_a_start(void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    tsr_desc descs[TSR_UARCH_COMMAND_FIFO_DEPTH + 2];
    for (uint32_t i = 0; i < TSR_UARCH_COMMAND_FIFO_DEPTH + 2; ++i) {
        descs[i] = maker_pool(600, 1, 0, 0);  // 300 tiles: long enough to fetch everything
    }
    tsr_result r = run(&arch, descs, TSR_UARCH_COMMAND_FIFO_DEPTH + 2);
    // The first one runs, eight wait, the tenth has no place until the second one starts.
    happens_in(&r, TSR_EVENT_DISPATCH, TSR_ENGINE_COMPUTE, 9,
               start_of(&r, TSR_ENGINE_COMPUTE, 1) + 1);
    assert_true(maker_when(&r, TSR_EVENT_DISPATCH, TSR_ENGINE_COMPUTE, 8) <
                end_of(&r, TSR_ENGINE_COMPUTE, 0));
    tsr_result_free(&r);
}

/** n tiles of a 1 x kernel pool on two pixels at a time; the post-processor takes one column a
 * cycle, so D = 2. */
static void expect_pass(int64_t kernel, int64_t out_w) {
    const tsr_arch arch = ideal_arch();
    tsr_result r = RUN(arch, maker_pool(out_w + kernel - 1, kernel, 0, 0));
    const uint64_t n = (uint64_t)(out_w + 1) / 2;
    const uint64_t l = (uint64_t)kernel;
    const uint64_t d = 2;
    const uint64_t period = l > d ? l : d;
    const uint64_t start = start_of(&r, TSR_ENGINE_COMPUTE, 0);
    happens_in(&r, TSR_EVENT_COMPLETE, TSR_ENGINE_COMPUTE, 0,
               start + (n - 1) * period + l + d + F + E);
    assert_int_equal(r.total.cycles_by_cause[TSR_CAUSE_COMPUTE], n * l);
    assert_int_equal(r.total.cycles_by_cause[TSR_CAUSE_FILL_DRAIN],
                     (n - 1) * (period - l) + d + F + E);
    assert_int_equal(r.total.busy_cycles[TSR_ENGINE_COMPUTE], (n - 1) * period + l + d + F + E);
    tsr_result_free(&r);
}

static void a_pass_shorter_than_its_drain_is_paced_by_the_drain(void **state) {
    (void)state;
    expect_pass(1, 2);
    expect_pass(1, 31);
}

static void a_pass_as_long_as_its_drain_never_waits(void **state) {
    (void)state;
    expect_pass(2, 2);
    expect_pass(2, 40);
}

static void a_pass_longer_than_its_drain_is_paced_by_its_taps(void **state) {
    (void)state;
    expect_pass(3, 2);
    expect_pass(7, 33);
}

static tsr_desc small_conv(int64_t first, int64_t last) {
    tsr_desc desc = {.header = {.opcode = TSR_OP_CONV}};
    desc.u.conv = (tsr_desc_conv){.in_row_pitch = 2,
                                  .in_plane_pitch = 6,
                                  .in_bank_stride = 1,
                                  .in_h = 3,
                                  .in_w = 3,
                                  .in_planes = 2,
                                  .kernel_h = 3,
                                  .kernel_w = 3,
                                  .stride_h = 1,
                                  .stride_w = 1,
                                  .dilation_h = 1,
                                  .dilation_w = 1,
                                  .out_h = 1,
                                  .out_w = 1,
                                  .m_groups = 1,
                                  .accumulate_first = first,
                                  .accumulate_last = last,
                                  .out_base = 1024,
                                  .out_row_pitch = 1,
                                  .out_plane_pitch = 1,
                                  .out_bank_stride = 1};
    return desc;
}

static void a_part_of_a_sum_has_no_drain(void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    tsr_result r = RUN(arch, small_conv(1, 0), small_conv(0, 1));
    const uint64_t l = 2 * 3 * 3;
    happens_in(&r, TSR_EVENT_COMPLETE, TSR_ENGINE_COMPUTE, 0,
               start_of(&r, TSR_ENGINE_COMPUTE, 0) + l + F);
    happens_in(&r, TSR_EVENT_COMPLETE, TSR_ENGINE_COMPUTE, 1,
               start_of(&r, TSR_ENGINE_COMPUTE, 1) + l + 2 + F + E);
    tsr_result_free(&r);
}

static void bytes_live_from_the_start_to_the_completion_that_frees_them(void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    const tsr_desc load = maker_load(0, 100, 0, FROM_COMPUTE);
    const tsr_desc pool = maker_pool(100, 1, FROM_LOAD, 0);
    const tsr_desc_note notes[] = {
        {.alloc_bytes[TSR_BUFFER_FEATURE] = 400},
        {.alloc_bytes[TSR_BUFFER_FEATURE] = 300, .free_bytes[TSR_BUFFER_FEATURE] = 700}};
    tsr_program program = maker_open(&arch, 1);
    (void)maker_region(&program, 4096, 64, 0);
    maker_append(&program, &load, &notes[0]);
    maker_append(&program, &pool, &notes[1]);
    maker_close(&program);
    tsr_result r = maker_run(&program, true);
    assert_int_equal(r.occupancy_count, 3);
    assert_int_equal(r.occupancy[0].cycle, start_of(&r, TSR_ENGINE_LOAD_FEATURE, 0));
    assert_int_equal(r.occupancy[0].bytes, 400);
    assert_int_equal(r.occupancy[1].cycle, start_of(&r, TSR_ENGINE_COMPUTE, 1));
    assert_int_equal(r.occupancy[1].bytes, 700);
    assert_int_equal(r.occupancy[2].cycle, end_of(&r, TSR_ENGINE_COMPUTE, 1));
    assert_int_equal(r.occupancy[2].bytes, 0);
    assert_int_equal(r.peak_bytes[TSR_BUFFER_FEATURE], 700);
    assert_int_equal(r.peak_cycle[TSR_BUFFER_FEATURE], r.occupancy[1].cycle);
    tsr_result_free(&r);
    tsr_program_free(&program);
}

static void an_end_alone_is_done_when_it_is_fetched(void **state) {
    (void)state;
    const tsr_arch arch = ideal_arch();
    tsr_result r = run(&arch, NULL, 0);
    happens_in(&r, TSR_EVENT_DONE, TSR_ENGINE_COUNT, 0, LATENCY + 7 + 1);  // one unit: 8 beats
    tsr_result_free(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_descriptor_is_dispatched_after_its_fetch_burst_and_starts_a_cycle_later),
        cmocka_unit_test(eight_units_are_fetched_ahead_and_dispatches_make_room_for_more),
        cmocka_unit_test(
            a_load_asks_two_cycles_after_its_start_and_is_done_two_after_its_last_word),
        cmocka_unit_test(
            a_store_asks_when_its_first_beat_is_gathered_and_is_done_with_its_last_response),
        cmocka_unit_test(rows_that_are_packed_keep_the_next_row_waiting),
        cmocka_unit_test(sixteen_beats_are_one_burst_and_seventeen_are_two),
        cmocka_unit_test(a_burst_ends_at_four_kibibytes),
        cmocka_unit_test(one_address_leaves_a_cycle),
        cmocka_unit_test(an_address_waits_for_the_response_that_frees_its_place),
        cmocka_unit_test(a_token_can_be_taken_a_cycle_after_it_was_given),
        cmocka_unit_test(weights_are_blamed_before_features_and_features_before_stores),
        cmocka_unit_test(an_engine_rests_a_cycle_between_descriptors),
        cmocka_unit_test(a_full_command_fifo_holds_the_next_dispatch_until_a_cycle_after_a_start),
        cmocka_unit_test(a_pass_shorter_than_its_drain_is_paced_by_the_drain),
        cmocka_unit_test(a_pass_as_long_as_its_drain_never_waits),
        cmocka_unit_test(a_pass_longer_than_its_drain_is_paced_by_its_taps),
        cmocka_unit_test(a_part_of_a_sum_has_no_drain),
        cmocka_unit_test(bytes_live_from_the_start_to_the_completion_that_frees_them),
        cmocka_unit_test(an_end_alone_is_done_when_it_is_fetched)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
