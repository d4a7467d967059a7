// SPDX-License-Identifier: Apache-2.0
// Does what a plan says lies in the feature pool equal the occupancy that an execution records?
#include <tessera/counters.h>

#include "base/alloc.h"
#include "plan/plan_rig.h"
#include "support/small_net.h"

/** A run and when its descriptors started and completed; owned. */
typedef struct run {
    tsr_plan *plan;
    tsr_program program;
    tsr_result result;
    uint64_t *start, *complete, *layer_bytes;
} run;

static void execute(const tsr_network *network, const tsr_arch *arch, const tsr_schedule *schedule,
                    run *r) {
    tsr_error err = {0};
    const tsr_run_options options = {.keep_occupancy = true};
    *r = (run){0};
    r->plan = rig_plan(network, arch, schedule, &r->program);
    r->start = tsr_alloc((size_t)r->program.desc_count, sizeof *r->start);
    r->complete = tsr_alloc((size_t)r->program.desc_count, sizeof *r->complete);
    r->layer_bytes = tsr_alloc((size_t)network->layer_count, sizeof *r->layer_bytes);
    assert_true(r->start != NULL && r->complete != NULL && r->layer_bytes != NULL);
    assert_ok(tsr_estimate_times(&r->program, &options, &r->result, r->start, r->complete, &err),
              err);
}

static void end(run *r) {
    tsr_free(r->start);
    tsr_free(r->complete);
    tsr_free(r->layer_bytes);
    tsr_result_free(&r->result);
    tsr_program_free(&r->program);
    tsr_plan_free(r->plan);
}

static tsr_plan_held held_at(const run *r, uint64_t cycle) {
    tsr_error err = {0};
    tsr_plan_held held;
    assert_ok(tsr_plan_held_at(r->plan, r->start, r->complete, cycle, r->layer_bytes, &held, &err),
              err);
    return held;
}

static void check_history(const char *name, const tsr_arch *arch, const char *text) {
    tsr_error err = {0};
    tsr_network network = {0};
    run r;
    assert_ok(tsr_network_load(name, 0, 0, &network, &err), err);
    const tsr_schedule schedule = rig_schedule(text, TSR_JOIN_AUTO);
    execute(&network, arch, &schedule, &r);
    int32_t changes = 0;
    for (int64_t i = 0; i < r.result.occupancy_count; ++i) {
        const tsr_occupancy *change = &r.result.occupancy[i];
        if (change->buffer != TSR_BUFFER_FEATURE) {
            continue;
        }
        const tsr_plan_held held = held_at(&r, change->cycle);
        uint64_t sum = 0;
        for (int32_t layer = 0; layer < network.layer_count; ++layer) {
            sum += r.layer_bytes[layer];
        }
        assert_int_equal(held.bytes, change->bytes);
        assert_int_equal(sum, change->bytes);
        assert_true(held.padding_bytes + held.ahead_bytes <= held.bytes);
        ++changes;
    }
    print_message("%s %s: %d changes of the pool\n", name, text, changes);
    assert_true(changes > 1);
    end(&r);
    tsr_network_free(&network);
}

static void the_maps_held_are_those_that_the_occupancy_counts(void **state) {
    (void)state;
    static const char *const schedules[] = {"layerwise", "recompute", "cached", "auto",
                                            "F16",       "F8",        "H4x4"};
    const tsr_arch arch = rig_arch("tiny");
    for (size_t i = 0; i < sizeof schedules / sizeof schedules[0]; ++i) {
        check_history("tiny", &arch, schedules[i]);
    }
    const tsr_arch large = rig_arch("zc706");
    check_history("cifar10_resnet8", &large, "cached");
    check_history("squeezenet1_1", &large, "layerwise");  // concats
}

// 3 of 4 channels of a word, and an odd number of columns in two banks.
static void padding_is_what_no_channel_and_no_column_fills(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 3, 32, 5);
    (void)net_conv(&net, "conv", 0, 6, 1);
    net_end(&net);
    const tsr_arch arch = rig_arch("tiny");
    tsr_schedule schedule = rig_schedule("layerwise", TSR_JOIN_AUTO);
    schedule.unpacked = true;
    run r;
    execute(&net.network, &arch, &schedule, &r);
    int32_t load = 0;
    while (tsr_program_brief(&r.program, load).opcode != TSR_OP_LOAD_FEATURE) {
        ++load;
    }
    const tsr_desc loads = tsr_program_desc(&r.program, load);
    const tsr_desc_load_feature *tile = &loads.u.load_feature;
    const int64_t columns = tile->row_bytes / tsr_arch_pixel_bytes(&arch, 3);
    const int64_t banked = (columns + arch.tp - 1) / arch.tp * arch.tp;
    tsr_plan_held held = held_at(&r, r.start[load]);  // no pass has begun
    assert_int_equal(held.bytes, tile->rows * banked * arch.tn);
    assert_int_equal(r.layer_bytes[0], held.bytes);
    assert_int_equal(held.ahead_bytes, tile->rows * columns * 3);
    assert_int_equal(held.padding_bytes, (int64_t)held.bytes - tile->rows * columns * 3);
    held = held_at(&r, r.result.total.cycles);
    assert_int_equal(held.bytes, 0);
    end(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_maps_held_are_those_that_the_occupancy_counts),
        cmocka_unit_test(padding_is_what_no_channel_and_no_column_fills),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
