// SPDX-License-Identifier: Apache-2.0
// What the planner's tests share: plan, lower, check and run a network, and compare with the model
// byte for byte.
#ifndef TESSERA_TESTS_PLAN_PLAN_RIG_H
#define TESSERA_TESTS_PLAN_PLAN_RIG_H

#include <string.h>

#include <tessera/interpreter.h>
#include <tessera/plan.h>

#include "base/rng.h"
#include "plan/model/plan_model.h"
#include "support/program_edit.h"
#include "support/test.h"

/** A shipped architecture. */
static inline tsr_arch rig_arch(const char *name) {
    tsr_arch arch = {0};
    tsr_error err = {0};
    tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
    assert_ok(tsr_arch_load(name, &arch, &err), err);
    return arch;
}

/** A schedule from its text, with a join. */
static inline tsr_schedule rig_schedule(const char *text, tsr_join join) {
    tsr_schedule schedule = {0};
    tsr_error err = {0};
    assert_ok(tsr_schedule_parse(text, &schedule, &err), err);
    schedule.join = join;
    return schedule;
}

/** Bytes by kind as the burst walk of the program counts them. */
typedef struct rig_traffic {
    uint64_t read[TSR_TRAFFIC_COUNT], write[TSR_TRAFFIC_COUNT];
} rig_traffic;

static inline rig_traffic rig_count(const tsr_program *program) {
    rig_traffic traffic = {0};
    const uint64_t beat = (uint64_t)tsr_arch_beat_bytes(&program->arch);
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc desc = tsr_program_desc(program, i);
        traffic.read[TSR_TRAFFIC_DESCRIPTORS] +=
            (uint64_t)tsr_opcode_units(desc.header.opcode) * TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
        if (desc.header.opcode == TSR_OP_STORE) {
            traffic.write[desc.header.traffic] += tsr_desc_beats(program, &desc, NULL) * beat;
        } else if (desc.header.opcode == TSR_OP_LOAD_FEATURE ||
                   desc.header.opcode == TSR_OP_LOAD_WEIGHT) {
            traffic.read[desc.header.traffic] += tsr_desc_beats(program, &desc, NULL) * beat;
        }
    }
    return traffic;
}

/** The plan's own figures are those of the program, its notes balance, and they stay within the
 * buffers. */
static inline void rig_check_figures(const tsr_plan *plan, const tsr_program *program) {
    const rig_traffic traffic = rig_count(program);
    assert_memory_equal(traffic.read, plan->read_bytes, sizeof traffic.read);
    assert_memory_equal(traffic.write, plan->write_bytes, sizeof traffic.write);
    const int64_t capacity[TSR_BUFFER_COUNT] = {
        plan->arch.feature_buffer_bytes, plan->arch.weight_buffer_bytes,
        (int64_t)plan->arch.parameter_channels * TSR_PARAMETER_RECORD_BYTES};
    int64_t used[TSR_BUFFER_COUNT] = {0};
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc_note note = tsr_program_note(program, i);
        for (int32_t b = 0; b < TSR_BUFFER_COUNT; ++b) {
            used[b] += note.alloc_bytes[b];
            assert_true(used[b] <= capacity[b]);
            used[b] -= note.free_bytes[b];
            assert_true(used[b] >= 0);
        }
    }
    for (int32_t b = 0; b < TSR_BUFFER_COUNT; ++b) {
        assert_int_equal(used[b], 0);
    }
}

/** Two plans of the same arguments are the same bytes, also where one gives up its operations on the way. */
static inline void rig_check_pure(const tsr_network *network, const tsr_arch *arch,
                                  const tsr_schedule *schedule, const tsr_program *program) {
    tsr_error err = {0};
    tsr_plan *again = NULL;
    tsr_program twin = {0};
    assert_ok(tsr_plan_make(network, arch, schedule, &again, &err), err);
    assert_ok(tsr_plan_lower_last(again, NULL, &twin, &err), err);
    assert_same_descs(&twin, program);
    tsr_program_free(&twin);
    tsr_plan_free(again);
}

/** Plan and lower without values, check the program and the figures. */
static inline tsr_plan *rig_plan(const tsr_network *network, const tsr_arch *arch,
                                 const tsr_schedule *schedule, tsr_program *program) {
    tsr_error err = {0};
    tsr_plan *plan = NULL;
    assert_ok(tsr_plan_make(network, arch, schedule, &plan, &err), err);
    assert_ok(tsr_plan_lower(plan, NULL, program, &err), err);
    assert_ok(tsr_program_check(program, &err), err);
    rig_check_figures(plan, program);
    return plan;
}

/** Picture n of a batch; borrowed. */
static inline tsr_tensor rig_picture(const tsr_tensor *batch, int32_t n) {
    tsr_tensor picture = *batch;
    picture.n = 1;
    picture.bytes = batch->bytes / (size_t)batch->n;
    picture.data = (uint8_t *)batch->data + (size_t)n * picture.bytes;
    return picture;
}

/** Pictures of seeds seed, seed + 1, ... */
static inline void rig_pictures(const tsr_network *network, uint64_t seed, tsr_tensor *pictures) {
    tsr_error err = {0};
    const tsr_shape shape = network->layers[0].out;
    assert_ok(
        tsr_tensor_create(pictures, TSR_DTYPE_F32, network->batch, shape.c, shape.h, shape.w, &err),
        err);
    for (int32_t n = 0; n < network->batch; ++n) {
        tsr_tensor one = {0};
        assert_ok(tsr_input_generate(shape, seed + (uint64_t)n, &one, &err), err);
        memcpy(rig_picture(pictures, n).data, one.data, one.bytes);
        tsr_tensor_free(&one);
    }
}

/** Values of a network: quantised form, input, and what the model says comes out. */
typedef struct rig_values {
    tsr_qnetwork qnetwork;
    tsr_tensor input;
    tsr_activations expected;
} rig_values;

/** False when the model itself refuses the network under this blocking. */
static inline bool rig_values_make(const tsr_network *network, const tsr_arch *arch,
                                   const tsr_blocking *blocking, uint64_t seed,
                                   rig_values *values) {
    tsr_error err = {0};
    tsr_weights weights = {0};
    tsr_tensor pictures = {0};
    *values = (rig_values){0};
    assert_ok(tsr_weights_generate(network, seed, &weights, &err), err);
    rig_pictures(network, seed + 1, &pictures);
    const tsr_qparams calibrate = {.scale = 0.0, .zero_point = 0};
    const tsr_forward_options options = {.blocking = *blocking, .fast = true};
    tsr_status status =
        tsr_quantize(network, &weights, &pictures, 1, calibrate, arch->activation_bits,
                     arch->rounding, &values->qnetwork, &err);
    if (status == TSR_OK) {
        assert_ok(tsr_tensor_quantize(&pictures, values->qnetwork.layers[0].out,
                                      arch->activation_bits, &values->input, &err),
                  err);
        status = tsr_forward_int(network, &values->qnetwork, &options, &values->input,
                                 &values->expected, &err);
    }
    tsr_weights_free(&weights);
    tsr_tensor_free(&pictures);
    return status == TSR_OK;
}

/** What the model says under another blocking, for the same quantised form and input. */
static inline bool rig_values_again(const tsr_network *network, const tsr_blocking *blocking,
                                    rig_values *values) {
    tsr_error err = {0};
    const tsr_forward_options options = {.blocking = *blocking, .fast = true};
    tsr_activations_free(&values->expected);
    values->expected = (tsr_activations){0};
    return tsr_forward_int(network, &values->qnetwork, &options, &values->input, &values->expected,
                           &err) == TSR_OK;
}

static inline void rig_values_free(rig_values *values) {
    tsr_qnetwork_free(&values->qnetwork);
    tsr_tensor_free(&values->input);
    tsr_activations_free(&values->expected);
}

/** One map that the program leaves in DRAM, against the model's. */
static inline void rig_check_output(const tsr_program *program, const tsr_symbol *output,
                                    const uint8_t *memory, const rig_values *values) {
    tsr_error err = {0};
    tsr_tensor found = {0};
    assert_ok(tsr_memory_get(program, output, memory, &found, &err), err);
    const tsr_tensor *all = &values->expected.tensors[output->layer];
    const tsr_tensor picture = rig_picture(all, output->batch_index);
    const tsr_tensor *expected = &picture;
    assert_int_equal(found.bytes, expected->bytes);
    assert_memory_equal(found.data, expected->data, found.bytes);
    tsr_tensor_free(&found);
}

/** The program leaves in DRAM what the model computes: every output of the network. */
static inline void rig_check_values(const tsr_plan *plan, const rig_values *values) {
    tsr_error err = {0};
    tsr_program program = {0};
    uint8_t *memory = NULL;
    assert_ok(tsr_plan_lower(plan, &values->qnetwork, &program, &err), err);
    assert_ok(tsr_program_check(&program, &err), err);
    assert_ok(tsr_memory_create(&program, &memory, &err), err);
    for (int32_t i = 0; i < program.symbol_count; ++i) {
        if (program.symbols[i].is_input) {
            const tsr_tensor picture = rig_picture(&values->input, program.symbols[i].batch_index);
            assert_ok(tsr_memory_put(&program, &program.symbols[i], &picture, memory, &err), err);
        }
    }
    assert_ok(tsr_interpret(&program, memory, &err), err);
    int32_t outputs = 0;
    for (int32_t i = 0; i < program.symbol_count; ++i) {
        if (program.symbols[i].is_output) {
            rig_check_output(&program, &program.symbols[i], memory, values);
            ++outputs;
        }
    }
    assert_int_equal(outputs, plan->network.batch * tsr_network_output_count(&plan->network));
    tsr_memory_free(memory);
    tsr_program_free(&program);
}

#endif
