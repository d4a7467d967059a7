// SPDX-License-Identifier: Apache-2.0
// A case out of a seed and a number: machine, memory, network, schedule; drawn again until the
// planner takes it.
#include <string.h>

#include <tessera/forward.h>
#include <tessera/interpreter.h>

#include "base/alloc.h"
#include "base/check.h"
#include "validate/case_work.h"

enum { max_draws = 400 };

/** Longest case worth simulating cycle by cycle. */
static const uint64_t max_pass_cycles = 60000;

static void draw_memory(tsr_rng *rng, tsr_arch *arch, char *text, size_t bytes) {
    static const uint64_t clocks[] = {100000000, 150000000, 200000000, 333333333};
    const char *const *names = tsr_dram_preset_names();
    int32_t count = 0;
    while (names[count] != NULL) {
        ++count;
    }
    tsr_error none = {0};
    tsr_status status = tsr_dram_preset(names[tsr_pick(rng, 0, count - 1)], &arch->dram, &none);
    if (status != TSR_OK || tsr_chance(rng, 20)) {
        status = tsr_dram_preset("ideal", &arch->dram, &none);
    }
    arch->clock_hz = clocks[tsr_pick(rng, 0, 3)];
    arch->dram.accelerator_clock_hz = arch->clock_hz;
    if (arch->dram.kind != TSR_DRAM_BANKED) {
        arch->dram.ideal_latency_cycles = tsr_pick(rng, 1, tsr_chance(rng, 50) ? 6 : 60);
    }
    if (arch->dram.kind == TSR_DRAM_FIXED) {
        arch->dram.fixed_bytes_per_s = arch->clock_hz * (uint64_t)tsr_pick(rng, 1, 40);
    }
    tsr_case_say(text, bytes, "%s", arch->dram.name);
    if (arch->dram.kind != TSR_DRAM_BANKED) {
        tsr_case_say(text, bytes, "(%d)", arch->dram.ideal_latency_cycles);
    }
    tsr_case_say(text, bytes, " %d MHz", (int)(arch->clock_hz / 1000000));
}

static tsr_status draw_arch(tsr_rng *rng, const tsr_case_options *options, const char *needed,
                            tsr_arch *arch, char *text, size_t bytes, tsr_error *err) {
    const char *const *shapes = options->shapes;
    int32_t count = options->shape_count;
    if (count == 0) {
        shapes = tsr_case_shape_names();
        while (shapes[count] != NULL) {
            ++count;
        }
    }
    const char *drawn = shapes[tsr_pick(rng, 0, count - 1)];
    TSR_TRY(tsr_case_shape(needed != NULL ? needed : drawn, arch, err));
    tsr_case_say(text, bytes, "%s ", arch->name);
    draw_memory(rng, arch, text, bytes);
    arch->rounding = (tsr_rounding)tsr_pick(rng, 0, TSR_ROUNDING_COUNT - 1);
    // Less of a buffer than there is: other plans on the same hardware.
    const int64_t word = tsr_arch_weight_word_bytes(arch);
    const int64_t words = arch->weight_buffer_bytes / word;
    arch->weight_buffer_bytes = word * (tsr_chance(rng, 50) ? words : words >> tsr_pick(rng, 1, 4));
    const int32_t groups = arch->parameter_channels / arch->tm;
    arch->parameter_channels = arch->tm * (tsr_chance(rng, 50) ? groups : tsr_pick(rng, 1, groups));
    tsr_case_say(text, bytes, " %s weights %d parameters %d", tsr_rounding_name(arch->rounding),
                 tsr_arch_weight_words(arch), arch->parameter_channels);
    return tsr_arch_check(arch, err);
}

static tsr_status draw_directed(uint64_t index, tsr_rng *rng, tsr_schedule *schedule, char *text,
                                size_t bytes, tsr_error *err) {
    char name[32];
    TSR_TRY(tsr_case_directed_schedule(index, rng, schedule, err));
    (void)snprintf(name, sizeof name, "%s", tsr_case_schedule_name(tsr_case_schedule_of(schedule)));
    if (schedule->mode == TSR_SCHEDULE_BLOCKED && schedule->part_count == 0) {
        tsr_blocking_format(&schedule->blocking, name, sizeof name);
    }
    tsr_case_say(text, bytes, " directed %s", name);
    return TSR_OK;
}

static tsr_status draw_random(tsr_rng *rng, const tsr_case_options *options, const tsr_arch *arch,
                              tsr_schedule *schedule, tsr_network *network, char *text,
                              size_t bytes, tsr_error *err) {
    bool mixes = false;
    TSR_TRY(tsr_case_schedule(rng, options->schedule, schedule, &mixes, text, bytes, err));
    const tsr_draw_wish wish = tsr_case_wish_of(arch, schedule);
    TSR_TRY(tsr_draw_network(rng, &wish, network, err));
    network->batch = tsr_chance(rng, 15) ? tsr_pick(rng, 2, 3) : 1;
    if (mixes) {
        TSR_CHECK(network->layer_count > 1, TSR_ERR_SHAPE, err, "random case", "no layers");
        tsr_case_mix(rng, network, schedule);
    }
    return TSR_OK;
}

/** Quantised network of one draw, and the picture that it was calibrated with; owned. */
typedef struct values {
    tsr_weights weights;
    tsr_tensor picture;
    tsr_qnetwork qnetwork;
    uint64_t seed;
} values;

static void values_free(values *v) {
    tsr_weights_free(&v->weights);
    tsr_tensor_free(&v->picture);
    tsr_qnetwork_free(&v->qnetwork);
}

static tsr_status values_make(const tsr_network *network, const tsr_arch *arch, uint64_t seed,
                              values *v, tsr_error *err) {
    const tsr_qparams calibrate = {.scale = 0.0, .zero_point = 0};
    v->seed = seed;
    TSR_TRY(tsr_weights_generate(network, seed, &v->weights, err));
    TSR_TRY(tsr_input_generate(network->layers[0].out, seed + 1, &v->picture, err));
    return tsr_quantize(network, &v->weights, &v->picture, 1, calibrate, arch->activation_bits,
                        arch->rounding, &v->qnetwork, err);
}

/** Each picture of a batch is another one. */
static tsr_status put_picture(const values *v, const tsr_symbol *symbol, tsr_case *drawn,
                              tsr_error *err) {
    const tsr_shape shape = {v->picture.c, v->picture.h, v->picture.w};
    const uint64_t seed = v->seed + 1 + (uint64_t)symbol->batch_index;
    tsr_tensor picture = {0};
    tsr_tensor input = {0};
    TSR_TRY(tsr_input_generate(shape, seed, &picture, err));
    tsr_status status = tsr_tensor_quantize(&picture, v->qnetwork.layers[0].out,
                                            drawn->program.arch.activation_bits, &input, err);
    if (status == TSR_OK) {
        status = tsr_memory_put(&drawn->program, symbol, &input, drawn->memory, err);
    }
    tsr_tensor_free(&picture);
    tsr_tensor_free(&input);
    return status;
}

static tsr_status fill_memory(const values *v, tsr_case *drawn, tsr_error *err) {
    TSR_TRY(tsr_memory_create(&drawn->program, &drawn->memory, err));
    for (int32_t i = 0; i < drawn->program.symbol_count; ++i) {
        if (drawn->program.symbols[i].is_input) {
            TSR_TRY(put_picture(v, &drawn->program.symbols[i], drawn, err));
        }
    }
    return TSR_OK;
}

/**
 * Multipliers of 2^30: powers of two, so that many results lie half way between two integers. With a
 * random multiplier a tie never comes.
 */
static void round_scales(tsr_case *drawn) {
    static const uint32_t one = UINT32_C(1) << 30;
    const tsr_program *program = &drawn->program;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc desc = tsr_program_desc(program, i);
        const tsr_desc_load_weight *d = &desc.u.load_weight;
        if (desc.header.opcode != TSR_OP_LOAD_WEIGHT || d->parameters == 0) {
            continue;
        }
        for (int64_t channel = 0; channel < d->groups * program->arch.tm; ++channel) {
            const int64_t group = channel / program->arch.tm;
            uint8_t *record = drawn->memory + d->dram_address + group * d->group_stride_bytes +
                              channel % program->arch.tm * TSR_PARAMETER_RECORD_BYTES;
            for (int32_t byte = 0; byte < 4; ++byte) {
                record[8 + byte] = (uint8_t)(one >> (8 * byte));
            }
        }
    }
}

/** The same for residuals, before the descriptors are encoded. */
static tsr_status round_residuals(tsr_program *program, tsr_error *err) {
    for (int32_t i = 0; i < program->desc_count; ++i) {
        tsr_desc desc = tsr_program_desc(program, i);
        if (desc.header.opcode == TSR_OP_CONV && desc.u.conv.residual != 0) {
            desc.u.conv.residual_multiplier = INT64_C(1) << 30;
            TSR_TRY(tsr_program_replace(program, i, &desc, NULL, err));
        }
    }
    return TSR_OK;
}

static tsr_status check_length(const tsr_program *program, tsr_error *err) {
    uint64_t cycles = 0;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc desc = tsr_program_desc(program, i);
        cycles += tsr_desc_engine(&desc) == TSR_ENGINE_COMPUTE
                      ? tsr_desc_pass_law(&program->arch, &desc).cycles
                      : 0;
    }
    TSR_CHECK(cycles <= max_pass_cycles, TSR_ERR_NOT_FIT, err, "random case", "too long");
    return TSR_OK;
}

static tsr_status lower(const tsr_network *network, const tsr_arch *arch,
                        const tsr_schedule *schedule, uint64_t seed, bool ties, tsr_case *drawn,
                        tsr_error *err) {
    tsr_plan *plan = NULL;
    values v = {0};
    TSR_TRY(tsr_plan_make(network, arch, schedule, &plan, err));
    tsr_status status = values_make(network, arch, seed, &v, err);
    if (status == TSR_OK) {
        status = tsr_plan_lower(plan, &v.qnetwork, &drawn->program, err);
    }
    if (status == TSR_OK) {
        tsr_case_directed_place(drawn->index, &drawn->program);
        status = check_length(&drawn->program, err);
    }
    if (status == TSR_OK && ties) {
        status = round_residuals(&drawn->program, err);
    }
    if (status == TSR_OK) {
        status = fill_memory(&v, drawn, err);
    }
    if (status == TSR_OK && ties) {
        round_scales(drawn);
    }
    values_free(&v);
    tsr_plan_free(plan);
    return status;
}

static void count_layers(const tsr_network *network, tsr_case *drawn) {
    for (int32_t i = 1; i < network->layer_count; ++i) {
        const tsr_layer *l = &network->layers[i];
        const bool conv = l->kind == TSR_LAYER_CONV;
        const int32_t kind = !conv || (l->groups == 1 && !l->identity) ? (int32_t)l->kind
                             : l->identity                             ? TSR_CASE_KIND_IDENTITY
                             : l->groups == l->in.c && l->out_channels == l->in.c
                                 ? TSR_CASE_KIND_DEPTHWISE
                                 : TSR_CASE_KIND_GROUPED;
        ++drawn->kinds[kind];
    }
}

static void say_replay(uint64_t seed, uint64_t index, const tsr_case_options *options,
                       tsr_case *drawn) {
    tsr_case_say(drawn->replay, sizeof drawn->replay,
                 "tessera validate --seed %llu --case %llu --cases 1", (unsigned long long)seed,
                 (unsigned long long)index);
    for (int32_t i = 0; i < options->shape_count; ++i) {
        tsr_case_say(drawn->replay, sizeof drawn->replay, "%s%s", i == 0 ? " --shapes " : ",",
                     options->shapes[i]);
    }
    if (options->schedule != NULL) {
        tsr_case_say(drawn->replay, sizeof drawn->replay, " --schedule %s", options->schedule);
    }
}

/** One draw; what the planner refuses is TSR_ERR_NOT_FIT, _UNSUPPORTED, _SHAPE or _CONFIG. */
static tsr_status draw_once(tsr_rng *rng, const tsr_case_options *options, tsr_case *drawn,
                            tsr_error *err) {
    tsr_arch arch = {0};
    tsr_schedule schedule = {0};
    tsr_network network = {0};
    char *text = drawn->text;
    TSR_TRY(draw_arch(rng, options, tsr_case_directed_shape(drawn->index), &arch, text,
                      sizeof drawn->text, err));
    (void)snprintf(drawn->shape, sizeof drawn->shape, "%s", arch.name);
    tsr_status status = TSR_OK;
    if (tsr_case_is_directed(drawn->index)) {
        TSR_TRY(draw_directed(drawn->index, rng, &schedule, text, sizeof drawn->text, err));
        status = tsr_case_directed_network(drawn->index, rng, &network, err);
    } else {
        status =
            draw_random(rng, options, &arch, &schedule, &network, text, sizeof drawn->text, err);
    }
    drawn->schedule = schedule;
    drawn->batch = network.batch;
    if (status == TSR_OK) {
        status = tsr_network_infer(&network, err);
    }
    if (status == TSR_OK) {
        tsr_case_say_schedule(&schedule, text, sizeof drawn->text);
        tsr_case_say(text, sizeof drawn->text, " | ");
        tsr_case_say_network(&network, text, sizeof drawn->text);
        const bool ties = tsr_chance(rng, 40);
        tsr_case_say(text, sizeof drawn->text, "%s", ties ? " ties" : "");
        count_layers(&network, drawn);
        status = lower(&network, &arch, &schedule, tsr_rng_next(rng) >> 16, ties, drawn, err);
    }
    tsr_network_free(&network);
    return status;
}

const char *tsr_case_kind_name(int32_t kind) {
    static const char *const names[] = {"depthwise conv", "grouped conv", "copying conv"};
    return kind < TSR_LAYER_KIND_COUNT ? tsr_layer_kind_name((tsr_layer_kind)kind)
                                       : names[kind - TSR_LAYER_KIND_COUNT];
}

const char *tsr_case_refusal_name(int32_t refusal) {
    static const char *const names[TSR_CASE_REFUSALS] = {"do not fit", "are not executed",
                                                         "have no blocks", "cannot be quantised"};
    return names[refusal];
}

/** TSR_CASE_REFUSALS: not one that another draw mends. */
static int32_t refusal_of(tsr_status status) {
    return status == TSR_ERR_NOT_FIT       ? TSR_CASE_NOT_FIT
           : status == TSR_ERR_UNSUPPORTED ? TSR_CASE_UNSUPPORTED
           : status == TSR_ERR_SHAPE       ? TSR_CASE_SHAPE
           : status == TSR_ERR_CONFIG      ? TSR_CASE_CONFIG
                                           : TSR_CASE_REFUSALS;
}

tsr_status tsr_case_draw(uint64_t seed, uint64_t index, const tsr_case_options *options,
                         tsr_case *drawn, tsr_error *err) {
    static const tsr_case_options everything;
    const tsr_case_options *from = options != NULL ? options : &everything;
    uint32_t refused[TSR_CASE_REFUSALS] = {0};
    tsr_rng rng = {.state = seed};
    rng.state = tsr_rng_next(&rng) ^ (index * UINT64_C(0xD1B54A32D192ED03));
    for (int32_t i = 0; i < max_draws; ++i) {
        memset(drawn, 0, sizeof *drawn);
        drawn->seed = seed;
        drawn->index = index;
        const tsr_status status = draw_once(&rng, from, drawn, err);
        if (status == TSR_OK) {
            memcpy(drawn->refused, refused, sizeof refused);
            say_replay(seed, index, from, drawn);
            return TSR_OK;
        }
        const int32_t refusal = refusal_of(status);
        tsr_case_free(drawn);
        if (refusal == TSR_CASE_REFUSALS) {
            return status;
        }
        ++refused[refusal];
    }
    return tsr_fail(err, TSR_ERR_NOT_FIT, "random case",
                    "nothing of %d draws was accepted by the planner", max_draws);
}

void tsr_case_free(tsr_case *drawn) {
    tsr_program_free(&drawn->program);
    tsr_memory_free(drawn->memory);
    memset(drawn, 0, sizeof *drawn);
}
