// SPDX-License-Identifier: Apache-2.0
// The identities of a result: they hold in one put together by hand, and each is named when it is
// broken.
#include <tessera/counters.h>

#include "support/two_layers.h"

enum { LAYERS = 4, CHANGES = 4, EVENTS = 3, DESC_BYTES = 18 * 64, BEAT = 8 };

/** A result of two_layers as an executor could give it: counted here by hand from the descriptors.
 */
typedef struct made {
    two_layers two;
    tsr_counters layers[LAYERS];
    tsr_occupancy occupancy[CHANGES];
    tsr_event events[EVENTS];
    tsr_result result;
} made;

static void count_layer(tsr_counters *c, uint64_t compute, uint64_t rest) {
    c->cycles_by_cause[TSR_CAUSE_COMPUTE] = compute;
    c->cycles_by_cause[TSR_CAUSE_SYNC] = rest;
    c->cycles = compute + rest;
}

/** Bytes: maps are 8-byte aligned here, so nothing is wasted; map 512, weights 2*(64+18*16) and
 * 2*(64+2*16), out 128. */
static void count_layers(tsr_counters layers[LAYERS]) {
    count_layer(&layers[0], 0, 50);
    count_layer(&layers[1], 2000, 300);
    count_layer(&layers[2], 300, 60);
    count_layer(&layers[3], 100, 40);
    layers[0].read_bytes[TSR_TRAFFIC_DESCRIPTORS] = DESC_BYTES;
    layers[0].bursts[TSR_PORT_DESCRIPTOR] = 9;
    layers[1].macs = 2 * 18432;  // 8 x 8 channels x 9 taps x 32 pixels, twice
    layers[1].read_bytes[TSR_TRAFFIC_INPUT] = 512;
    layers[1].read_bytes[TSR_TRAFFIC_WEIGHTS] = 704;
    layers[1].write_bytes[TSR_TRAFFIC_INTERMEDIATE] = 512;
    layers[2].macs = 4096;
    layers[2].read_bytes[TSR_TRAFFIC_INPUT] = 512;
    layers[2].read_bytes[TSR_TRAFFIC_INTERMEDIATE] = 512;
    layers[2].read_bytes[TSR_TRAFFIC_WEIGHTS] = 192;
    layers[3].write_bytes[TSR_TRAFFIC_OUTPUT] = 128;
    const uint64_t descriptors[LAYERS][TSR_ENGINE_COUNT] = {
        {0}, {2, 1, 2, 2}, {2, 1, 1, 0}, {0, 0, 1, 1}};
    for (int32_t i = 0; i < LAYERS; ++i) {
        memcpy(layers[i].descriptors, descriptors[i], sizeof descriptors[i]);
        layers[i].bursts[TSR_PORT_STORE] = descriptors[i][TSR_ENGINE_STORE] * 16;
        layers[i].busy_cycles[TSR_ENGINE_COMPUTE] = layers[i].cycles / 2;
        layers[i].memory_stall_cycles[TSR_ENGINE_COMPUTE] = layers[i].cycles / 4;
    }
}

static void add(uint64_t *to, const uint64_t *from, size_t numbers) {
    for (size_t i = 0; i < numbers; ++i) {
        to[i] += from[i];
    }
}

static void sum_up(made *m) {
    memset(&m->result.total, 0, sizeof m->result.total);
    for (int32_t i = 0; i < LAYERS; ++i) {  // every member is made of uint64_t
        add((uint64_t *)(void *)&m->result.total, (const uint64_t *)(const void *)&m->layers[i],
            sizeof(tsr_counters) / sizeof(uint64_t));
    }
}

static made *make(void) {
    made *m = tsr_alloc(1, sizeof *m);
    assert_non_null(m);
    m->two = two_layers_make(1);
    count_layers(m->layers);
    const tsr_occupancy occupancy[CHANGES] = {{10, 100, TSR_BUFFER_FEATURE},
                                              {20, 300, TSR_BUFFER_WEIGHT},
                                              {30, 0, TSR_BUFFER_FEATURE},
                                              {30, 0, TSR_BUFFER_WEIGHT}};
    memcpy(m->occupancy, occupancy, sizeof occupancy);
    m->events[0] = (tsr_event){5, 0, 0, TSR_EVENT_DISPATCH};
    m->events[1] = (tsr_event){5, 1, 0, TSR_EVENT_START};
    m->events[2] = (tsr_event){9, 0, 0, TSR_EVENT_COMPLETE};
    m->result = (tsr_result){.complete = true,
                             .layer_count = LAYERS,
                             .layers = m->layers,
                             .dram = {.read_bytes = DESC_BYTES + 512 * 3 + 704 + 192,
                                      .write_bytes = 512 + 128,
                                      .read_bursts = 9,
                                      .write_bursts = 48},
                             .capacity_bytes = {32768, 8192, 64 * 16},
                             .peak_bytes = {100, 300},
                             .peak_cycle = {10, 20},
                             .occupancy_count = CHANGES,
                             .occupancy = m->occupancy,
                             .event_count = EVENTS,
                             .events = m->events};
    sum_up(m);
    return m;
}

static void free_made(made *m) {
    two_layers_free(&m->two);
    tsr_free(m);
}

static void a_result_that_adds_up_passes(void **state) {
    (void)state;
    tsr_error err = {0};
    made *m = make();
    assert_ok(tsr_result_check(&m->two.program, &m->result, &err), err);
    m->result.dram = (tsr_dram_stats){0};  // an executor without a memory model
    assert_ok(tsr_result_check(&m->two.program, &m->result, &err), err);
    m->result.occupancy_count = 0;
    m->result.event_count = 0;
    assert_ok(tsr_result_check(&m->two.program, &m->result, &err), err);
    free_made(m);
}

/** One violation in an otherwise good result. */
static void broken(void (*change)(made *m), const char *where, const char *part) {
    tsr_error err = {0};
    made *m = make();
    change(m);
    assert_int_equal(tsr_result_check(&m->two.program, &m->result, &err), TSR_ERR_INTERNAL);
    if (strstr(err.where, where) == NULL || strstr(err.message, part) == NULL) {
        fail_msg("'%s: %s' is not '%s: %s'", err.where, err.message, where, part);
    }
    free_made(m);
}

static void lose_a_cycle(made *m) {
    --m->result.total.cycles_by_cause[TSR_CAUSE_SYNC];
}

static void lose_a_cycle_of_a_layer(made *m) {
    --m->layers[2].cycles_by_cause[TSR_CAUSE_SYNC];
    ++m->layers[3].cycles_by_cause[TSR_CAUSE_SYNC];
}

static void too_many_macs(made *m) {
    m->layers[2].macs = 300 * 32 + 1;
    sum_up(m);
}

static void more_again_than_at_all(made *m) {
    m->layers[3].macs_recomputed = 1;
    sum_up(m);
}

static void waste_more_than_moved(made *m) {
    m->layers[0].waste_bytes = DESC_BYTES + 1;
    sum_up(m);
}

static void move_again_more_than_useful(made *m) {
    m->layers[0].waste_bytes = DESC_BYTES - 4;
    m->layers[0].reread_bytes = 5;
    sum_up(m);
}

static void stall_more_than_busy(made *m) {
    m->layers[2].memory_stall_cycles[TSR_ENGINE_STORE] = 1;
    sum_up(m);
}

static void busier_than_the_run(made *m) {
    m->layers[3].busy_cycles[TSR_ENGINE_STORE] = m->result.total.cycles + 1;
    sum_up(m);
}

static void counters_that_contradict_themselves_are_named(void **state) {
    (void)state;
    broken(lose_a_cycle, "the run", "sum of cycles_by_cause");
    broken(lose_a_cycle_of_a_layer, "layer2", "sum of cycles_by_cause");
    broken(too_many_macs, "layer2", "macs is 9601");
    broken(more_again_than_at_all, "layer3", "macs_recomputed is 1");
    broken(waste_more_than_moved, "layer0", "waste_bytes");
    broken(move_again_more_than_useful, "layer0", "reread_bytes is 5");
    broken(stall_more_than_busy, "the run", "memory_stall_cycles is 1");
    broken(busier_than_the_run, "store", "busy_cycles");
}

static void lose_a_layer(made *m) {
    m->result.layer_count = LAYERS - 1;
}

/** Every number of the counters in turn: the layers no longer sum to it. */
static void layers_sum_to_the_run_in_every_counter(void **state) {
    (void)state;
    broken(lose_a_layer, "layers", "layer_count is 3");
    const size_t numbers = sizeof(tsr_counters) / sizeof(uint64_t);
    for (size_t i = 0; i < numbers; ++i) {
        tsr_error err = {0};
        made *m = make();
        ((uint64_t *)(void *)&m->result.total)[i] ^= 1;
        assert_int_equal(tsr_result_check(&m->two.program, &m->result, &err), TSR_ERR_INTERNAL);
        free_made(m);
    }
}

static void memory_read_less(made *m) {
    m->result.dram.read_bytes -= BEAT;
}

static void memory_wrote_more(made *m) {
    m->result.dram.write_bytes += BEAT;
}

static void memory_lost_a_read(made *m) {
    --m->result.dram.read_bursts;
}

static void memory_lost_a_write(made *m) {
    --m->result.dram.write_bursts;
}

static void the_memory_has_counted_the_same(void **state) {
    (void)state;
    broken(memory_read_less, "dram", "read_bytes");
    broken(memory_wrote_more, "dram", "write_bytes");
    broken(memory_lost_a_read, "dram", "bursts of the reading ports");
    broken(memory_lost_a_write, "dram", "bursts of the store port");
}

static void skip_macs(made *m) {
    m->layers[1].macs -= 1;
    sum_up(m);
}

static void recompute_unasked(made *m) {
    m->layers[1].macs_recomputed = 1;
    sum_up(m);
}

static void forget_a_descriptor(made *m) {
    m->layers[3].descriptors[TSR_ENGINE_COMPUTE] = 0;
    sum_up(m);
}

static void call_input_weights(made *m) {
    m->layers[1].read_bytes[TSR_TRAFFIC_INPUT] -= BEAT;
    m->layers[1].read_bytes[TSR_TRAFFIC_WEIGHTS] += BEAT;
    sum_up(m);
}

static void call_output_intermediate(made *m) {
    m->layers[3].write_bytes[TSR_TRAFFIC_OUTPUT] -= BEAT;
    m->layers[3].write_bytes[TSR_TRAFFIC_INTERMEDIATE] += BEAT;
    sum_up(m);
}

static void a_complete_run_has_done_what_the_program_says(void **state) {
    (void)state;
    broken(skip_macs, "program", "macs is");
    broken(recompute_unasked, "program", "macs_recomputed is 1");
    broken(forget_a_descriptor, "compute", "descriptors done is 3");
    broken(call_input_weights, "input", "read_bytes is 1016");
    broken(call_output_intermediate, "intermediate", "write_bytes is 520");
    made *m = make();  // an interrupted one need not
    m->result.complete = false;
    skip_macs(m);
    assert_int_equal(tsr_result_check(&m->two.program, &m->result, NULL), TSR_OK);
    free_made(m);
}

static void another_capacity(made *m) {
    m->result.capacity_bytes[TSR_BUFFER_WEIGHT] = 8191;
}

static void over_capacity(made *m) {
    m->result.peak_bytes[TSR_BUFFER_WEIGHT] = 8193;
}

static void another_peak(made *m) {
    m->result.peak_bytes[TSR_BUFFER_FEATURE] = 99;
}

static void another_peak_cycle(made *m) {
    m->result.peak_cycle[TSR_BUFFER_FEATURE] = 30;
}

static void peak_after_the_end(made *m) {
    m->result.occupancy_count = 0;
    m->result.peak_cycle[TSR_BUFFER_FEATURE] = 99999;
}

static void never_empty(made *m) {
    m->occupancy[3].bytes = 1;
}

static void back_in_time(made *m) {
    m->occupancy[1].cycle = 5;
}

static void after_the_end(made *m) {
    m->occupancy[2].cycle = m->occupancy[3].cycle = 99999;
}

static void buffers_are_within_capacity_and_empty_at_the_end(void **state) {
    (void)state;
    broken(another_capacity, "weight", "capacity_bytes is 8191");
    broken(over_capacity, "weight", "peak_bytes is 8193");
    broken(another_peak, "feature", "peak_bytes is 99");
    broken(another_peak_cycle, "feature", "peak_cycle is 30");
    broken(peak_after_the_end, "feature", "peak_cycle is 99999");
    broken(never_empty, "weight", "occupancy at the end is 1");
    broken(back_in_time, "feature", "an earlier cycle");
    broken(after_the_end, "feature", "the last cycle");
}

static void swap_cycles(made *m) {
    m->events[2].cycle = 4;
}

static void swap_ties(made *m) {
    const tsr_event first = m->events[0];
    m->events[0] = m->events[1];
    m->events[1] = first;
}

static void events_are_in_order(void **state) {
    (void)state;
    broken(swap_cycles, "events", "event 2");
    broken(swap_ties, "events", "event 1");
}

static void names_are_those_of_the_result_files(void **state) {
    (void)state;  // architecture.md section 5
    assert_string_equal(tsr_cause_name(TSR_CAUSE_FILL_DRAIN), "fill_drain");
    assert_string_equal(tsr_cause_name(TSR_CAUSE_WAIT_FEATURES), "wait_features");
    assert_string_equal(tsr_traffic_name(TSR_TRAFFIC_INTERMEDIATE), "intermediate");
    assert_string_equal(tsr_engine_name(TSR_ENGINE_LOAD_WEIGHT), "load_weight");
    assert_string_equal(tsr_buffer_name(TSR_BUFFER_WEIGHT), "weight");
    assert_string_equal(tsr_event_kind_name(TSR_EVENT_DONE), "done");
    assert_string_equal(tsr_cause_name(TSR_CAUSE_COUNT), "unknown");
}

static void freeing_a_result_twice_is_fine(void **state) {
    (void)state;
    tsr_result result = {
        .layers = tsr_alloc(1, 8), .occupancy = tsr_alloc(1, 8), .events = tsr_alloc(1, 8)};
    tsr_result_free(&result);
    assert_null(result.layers);
    tsr_result_free(&result);
    tsr_result_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_that_adds_up_passes),
        cmocka_unit_test(counters_that_contradict_themselves_are_named),
        cmocka_unit_test(layers_sum_to_the_run_in_every_counter),
        cmocka_unit_test(the_memory_has_counted_the_same),
        cmocka_unit_test(a_complete_run_has_done_what_the_program_says),
        cmocka_unit_test(buffers_are_within_capacity_and_empty_at_the_end),
        cmocka_unit_test(events_are_in_order),
        cmocka_unit_test(names_are_those_of_the_result_files),
        cmocka_unit_test(freeing_a_result_twice_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
