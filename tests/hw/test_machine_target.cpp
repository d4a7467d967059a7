// SPDX-License-Identifier: Apache-2.0
// A SystemC memory of the user's own under the machine's ports: cycles, and what happens when it
// misbehaves.
#include <csetjmp>
#include <csignal>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "hw/other_memory.hpp"

extern "C" {
#include "support/test.h"
}

namespace {

struct setup {
    uint64_t accept, latency;
    fault what;
};

std::unique_ptr<tsr::hw::memory_system> make_other(const tsr_program &, void *user) {
    const setup &s = *static_cast<const setup *>(user);
    return std::make_unique<other_memory>("other_memory", s.accept, s.latency, s.what);
}

/** One load of 512 weight bytes (4 bursts of 16 beats of 8 bytes), then `end`. */
class weight_program {
public:
    weight_program() {
        program_.arch.clock_hz = 100000000;
        (void)std::snprintf(program_.arch.name, sizeof program_.arch.name, "other");
        program_.arch.tm = 4;
        program_.arch.tn = 4;
        program_.arch.tp = 2;
        program_.arch.wp = 1;
        program_.arch.activation_bits = 8;
        program_.arch.feature_buffer_bytes = 8192;
        program_.arch.feature_sectors = 1;
        program_.arch.weight_buffer_bytes = 8192;
        program_.arch.parameter_channels = 4;
        program_.arch.axi_data_bits = 64;
        program_.arch.max_burst_beats = 16;
        program_.arch.max_outstanding_bursts = 2;
        tsr_error err = {};
        assert_ok(tsr_dram_preset("ideal", &program_.arch.dram, &err), err);
        program_.arch.dram.accelerator_clock_hz = program_.arch.clock_hz;
        program_.layer_count = 1;
        program_.layer_names = names_;
        program_.memory_bytes = 4096;
        program_.descriptor_address = 2048;
        tsr_desc load = {};
        load.header.opcode = TSR_OP_LOAD_WEIGHT;
        load.header.traffic = TSR_TRAFFIC_WEIGHTS;
        load.u.load_weight.groups = 1;
        load.u.load_weight.words_per_group = 32;
        assert_ok(tsr_program_append(&program_, &load, nullptr, &err), err);
        const tsr_desc end = {};
        assert_ok(tsr_program_append(&program_, &end, nullptr, &err), err);
    }

    ~weight_program() {
        program_.layer_names = nullptr;
        tsr_program_free(&program_);
    }

    weight_program(const weight_program &) = delete;
    weight_program &operator=(const weight_program &) = delete;

    tsr_status run(setup s, tsr_result *result, tsr_error *err) {
        tsr_run_options options = {};
        options.keep_events = true;
        options.max_cycles = 100000;
        return tsr::hw::run_machine(&program_, &options, nullptr, make_other, &s, result, err);
    }

    const tsr_program &program() const { return program_; }

private:
    tsr_program program_ = {};
    char names_[1][TSR_NAME_MAX] = {"layer"};
};

uint64_t when(const tsr_result &result, tsr_event_kind kind, uint32_t unit, uint32_t argument) {
    for (int64_t i = 0; i < result.event_count; ++i) {
        const tsr_event &event = result.events[i];
        if (event.kind == kind && event.unit == unit && event.argument == argument) {
            return event.cycle;
        }
    }
    fail_msg("no such event");
    return 0;
}

void a_memory_of_the_users_own_sets_the_cycles(void **) {
    weight_program made;
    tsr_result r = {};
    tsr_error err = {};
    assert_ok(made.run({3, 40, fault::none}, &r, &err), err);
    assert_ok(tsr_result_check(&made.program(), &r, &err), err);
    const uint64_t start = when(r, TSR_EVENT_START, TSR_ENGINE_LOAD_WEIGHT, 0);
    // Offered in start + 2, taken three cycles later; the second one is offered in the cycle after
    // that.
    const uint64_t first = start + 2 + 3;
    const uint64_t response = first + 40 + 15;
    assert_int_equal(when(r, TSR_EVENT_ADDRESS, TSR_PORT_LOAD_WEIGHT, 0), first);
    assert_int_equal(when(r, TSR_EVENT_ADDRESS, TSR_PORT_LOAD_WEIGHT, 1), first + 1 + 3);
    assert_int_equal(when(r, TSR_EVENT_RESPONSE, TSR_PORT_LOAD_WEIGHT, 0), response);
    assert_int_equal(when(r, TSR_EVENT_RESPONSE, TSR_PORT_LOAD_WEIGHT, 1), response + 16);
    // Two may be outstanding: the third one is offered in the cycle after the first response.
    assert_int_equal(when(r, TSR_EVENT_ADDRESS, TSR_PORT_LOAD_WEIGHT, 2), response + 1 + 3);
    assert_int_equal(when(r, TSR_EVENT_COMPLETE, TSR_ENGINE_LOAD_WEIGHT, 0),
                     when(r, TSR_EVENT_RESPONSE, TSR_PORT_LOAD_WEIGHT, 3) + 2);
    tsr_result_free(&r);
}

void expect_failure(fault what, const char *text) {
    weight_program made;
    tsr_result r = {};
    tsr_error err = {};
    assert_int_equal(made.run({0, 5, what}, &r, &err), TSR_ERR_INTERNAL);
    assert_null(r.layers);
    if (std::strstr(err.message, text) == nullptr) {
        fail_msg("message is \"%s\"", err.message);
    }
}

void an_error_response_ends_the_run(void **) {
    expect_failure(fault::error_response, "the memory answered with an error");
}

void a_response_out_of_order_ends_the_run(void **) {
    expect_failure(fault::out_of_order, "out of order");
}

void a_memory_that_crashes_takes_its_own_process_only(void **) {
    expect_failure(fault::crash, "ended by signal 9");
}

}  // namespace

int main() {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_memory_of_the_users_own_sets_the_cycles),
        cmocka_unit_test(an_error_response_ends_the_run),
        cmocka_unit_test(a_response_out_of_order_ends_the_run),
        cmocka_unit_test(a_memory_that_crashes_takes_its_own_process_only)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
