// SPDX-License-Identifier: Apache-2.0
// Small programs by hand: an architecture, DRAM regions, descriptors of one shape.
#ifndef TESSERA_TESTS_HW_PROGRAM_MAKER_H
#define TESSERA_TESTS_HW_PROGRAM_MAKER_H

#include <tessera/counters.h>

#include "base/alloc.h"
#include "support/test.h"

/** The smallest interesting machine: 4 x 4 x 2 array, 64-bit ports, bursts of 16 beats. */
static inline tsr_arch maker_arch(const char *preset) {
    tsr_error err = {0};
    tsr_arch arch = {.clock_hz = 100000000,
                     .tm = 4,
                     .tn = 4,
                     .tp = 2,
                     .wp = 1,
                     .activation_bits = 8,
                     .feature_buffer_bytes = 65536,
                     .feature_sectors = 8,
                     .weight_buffer_bytes = 16384,
                     .parameter_channels = 64,
                     .axi_data_bits = 64,
                     .max_burst_beats = 16,
                     .max_outstanding_bursts = 8};
    (void)snprintf(arch.name, sizeof arch.name, "made");
    (void)snprintf(arch.device, sizeof arch.device, "none");
    assert_ok(tsr_dram_preset(preset, &arch.dram, &err), err);
    arch.dram.accelerator_clock_hz = arch.clock_hz;
    return arch;
}

/** An empty program of `layers` layers. */
static inline tsr_program maker_open(const tsr_arch *arch, int32_t layers) {
    tsr_program program = {.arch = *arch, .layer_count = layers};
    program.layer_names = tsr_alloc((size_t)layers, sizeof *program.layer_names);
    assert_non_null(program.layer_names);
    for (int32_t i = 0; i < layers; ++i) {
        (void)snprintf(program.layer_names[i], sizeof program.layer_names[i], "layer%d", (int)i);
    }
    return program;
}

/** Reserves DRAM; the address is a multiple of `align` plus `offset`. */
static inline int64_t maker_region(tsr_program *program, int64_t bytes, int64_t align,
                                   int64_t offset) {
    const int64_t address = ((int64_t)program->memory_bytes + align - 1) / align * align + offset;
    program->memory_bytes = (uint64_t)(address + bytes);
    return address;
}

static inline void maker_append(tsr_program *program, const tsr_desc *desc,
                                const tsr_desc_note *note) {
    tsr_error err = {0};
    assert_ok(tsr_program_append(program, desc, note, &err), err);
}

/** Appends `end` and gives the descriptors their place. */
static inline void maker_close(tsr_program *program) {
    const tsr_desc end = {.header = {.opcode = TSR_OP_END}};
    maker_append(program, &end, NULL);
    int64_t bytes = 0;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        bytes += tsr_program_brief(program, i).units * TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
    }
    program->descriptor_address =
        (uint64_t)maker_region(program, bytes, TSR_UARCH_DESCRIPTOR_UNIT_BYTES, 0);
}

/** Says that everything in front of the descriptors is there from the start, contents to come. */
static inline void maker_reserve(tsr_program *program) {
    program->segments = tsr_alloc(1, sizeof *program->segments);
    assert_non_null(program->segments);
    program->segment_count = 1;
    program->segments[0] = (tsr_segment){.name = "all", .bytes = program->descriptor_address};
}

/** Bits of pop and push masks. */
enum {
    FROM_LOAD = 1 << TSR_ENGINE_LOAD_FEATURE,
    FROM_WEIGHT = 1 << TSR_ENGINE_LOAD_WEIGHT,
    FROM_COMPUTE = 1 << TSR_ENGINE_COMPUTE,
    FROM_STORE = 1 << TSR_ENGINE_STORE
};

/** One row of `pixels` words of 4 bytes at the start of the pool, from `address`. */
static inline tsr_desc maker_load(int64_t address, int64_t pixels, int64_t pop, int64_t push) {
    tsr_desc desc = {.header = {.opcode = TSR_OP_LOAD_FEATURE, .pop = pop, .push = push}};
    desc.u.load_feature = (tsr_desc_load_feature){.dram_address = address,
                                                  .row_bytes = pixels * 4,
                                                  .row_stride_bytes = pixels * 4,
                                                  .rows = 1,
                                                  .planes = 1,
                                                  .pixel_bytes = 4,
                                                  .row_pitch = (pixels + 1) / 2,
                                                  .bank_stride = 1};
    return desc;
}

/** The same row back to DRAM. */
static inline tsr_desc maker_store(int64_t address, int64_t pixels, int64_t pop, int64_t push) {
    tsr_desc desc = {
        .header = {
            .opcode = TSR_OP_STORE, .traffic = TSR_TRAFFIC_OUTPUT, .pop = pop, .push = push}};
    desc.u.store = (tsr_desc_store){.dram_address = address,
                                    .row_bytes = pixels * 4,
                                    .row_stride_bytes = pixels * 4,
                                    .rows = 1,
                                    .planes = 1,
                                    .pixel_bytes = 4,
                                    .row_pitch = (pixels + 1) / 2,
                                    .bank_stride = 1};
    return desc;
}

/** `words` weight words of 16 bytes, no parameters. */
static inline tsr_desc maker_weights(int64_t address, int64_t words, int64_t pop, int64_t push) {
    tsr_desc desc = {.header = {.opcode = TSR_OP_LOAD_WEIGHT,
                                .traffic = TSR_TRAFFIC_WEIGHTS,
                                .pop = pop,
                                .push = push}};
    desc.u.load_weight = (tsr_desc_load_weight){
        .dram_address = address, .groups = 1, .words_per_group = words, .group_stride_bytes = 0};
    return desc;
}

/** A kernel_h x kernel_w max pool over one plane of one row (kernel_h = 1) of `pixels` words: out_w
 * = pixels - kernel_w + 1. */
static inline tsr_desc maker_pool(int64_t pixels, int64_t kernel_w, int64_t pop, int64_t push) {
    tsr_desc desc = {.header = {.opcode = TSR_OP_POOL, .pop = pop, .push = push}};
    desc.u.pool = (tsr_desc_pool){.in_row_pitch = (pixels + 1) / 2,
                                  .in_bank_stride = 1,
                                  .in_h = 1,
                                  .in_w = pixels,
                                  .planes = 1,
                                  .kernel_h = 1,
                                  .kernel_w = kernel_w,
                                  .stride_h = 1,
                                  .stride_w = 1,
                                  .out_h = 1,
                                  .out_w = pixels - kernel_w + 1,
                                  .out_base = 1024,
                                  .out_row_pitch = (pixels + 1) / 2,
                                  .out_bank_stride = 1};
    return desc;
}

/** Runs the machine; fails the test when it does not end well. */
static inline tsr_result maker_run(const tsr_program *program, bool events) {
    tsr_result result = {0};
    tsr_error err = {0};
    const tsr_run_options options = {.keep_events = events, .keep_occupancy = true};
    assert_ok(tsr_machine_run(program, &options, NULL, &result, &err), err);
    assert_ok(tsr_result_check(program, &result, &err), err);
    return result;
}

/** Cycle of the event of that kind, unit and argument; fails the test when there is none. */
static inline uint64_t maker_when(const tsr_result *result, tsr_event_kind kind, uint32_t unit,
                                  uint32_t argument) {
    for (int64_t i = 0; i < result->event_count; ++i) {
        const tsr_event *event = &result->events[i];
        if (event->kind == kind && event->unit == unit && event->argument == argument) {
            return event->cycle;
        }
    }
    fail_msg("no event %s of unit %u, argument %u", tsr_event_kind_name(kind), unit, argument);
    return 0;
}

#endif
