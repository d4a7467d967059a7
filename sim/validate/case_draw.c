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

/** Quantised network of one draw, and its pictures [batch][c][h][w]; owned. */
typedef struct values {
    tsr_weights weights;
    tsr_tensor pictures;
    tsr_qnetwork qnetwork;
    tsr_tensor batch;  // quantised pictures
} values;

static void values_free(values *v) {
    tsr_weights_free(&v->weights);
    tsr_tensor_free(&v->pictures);
    tsr_qnetwork_free(&v->qnetwork);
    tsr_tensor_free(&v->batch);
}

/** Each picture of a batch is another one. */
static tsr_status draw_pictures(const tsr_network *network, uint64_t seed, tsr_tensor *pictures,
                                tsr_error *err) {
    const tsr_shape shape = network->layers[0].out;
    TSR_TRY(
        tsr_tensor_create(pictures, TSR_DTYPE_F32, network->batch, shape.c, shape.h, shape.w, err));
    for (int32_t n = 0; n < network->batch; ++n) {
        const tsr_tensor place = tsr_batch_picture(pictures, n);
        tsr_tensor picture = {0};
        TSR_TRY(tsr_input_generate(shape, seed + (uint64_t)n, &picture, err));
        memcpy(place.data, picture.data, place.bytes);
        tsr_tensor_free(&picture);
    }
    return TSR_OK;
}

/**
 * Multipliers of 2^30: powers of two, so that many results lie half way between two integers. With a
 * random multiplier a tie never comes. Factors become smaller, never larger: no sum can overflow.
 */
static void round_scales(const tsr_network *network, tsr_qnetwork *qnetwork) {
    static const int32_t one = INT32_C(1) << 30;
    for (int32_t i = 0; i < qnetwork->layer_count; ++i) {
        tsr_qlayer *q = &qnetwork->layers[i];
        for (int32_t m = 0; q->requant != NULL && m < network->layers[i].out.c; ++m) {
            q->requant[m].multiplier = one;
        }
        q->residual.multiplier = one;
        q->add[0].multiplier = one;
        q->add[1].multiplier = one;
    }
}

static tsr_status values_make(const tsr_network *network, const tsr_arch *arch, uint64_t seed,
                              bool ties, values *v, tsr_error *err) {
    const tsr_qparams calibrate = {.scale = 0.0, .zero_point = 0};
    const int32_t bits = arch->activation_bits;
    TSR_TRY(tsr_weights_generate(network, seed, &v->weights, err));
    TSR_TRY(draw_pictures(network, seed + 1, &v->pictures, err));
    const tsr_tensor first = tsr_batch_picture(&v->pictures, 0);
    TSR_TRY(tsr_quantize(network, &v->weights, &first, 1, calibrate, bits, arch->rounding,
                         &v->qnetwork, err));
    if (ties) {
        round_scales(network, &v->qnetwork);
    }
    return tsr_tensor_quantize(&v->pictures, v->qnetwork.layers[0].out, bits, &v->batch, err);
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

/** Values of a case that has a plan: program, image, and what must come out. */
static tsr_status fill(const tsr_plan *plan, const tsr_network *network, const values *v,
                       tsr_case *drawn, tsr_error *err) {
    TSR_TRY(tsr_plan_lower(plan, &v->qnetwork, &drawn->program, err));
    tsr_case_directed_place(drawn->index, &drawn->program);
    TSR_TRY(check_length(&drawn->program, err));
    TSR_TRY(tsr_batch_memory(&drawn->program, &v->batch, &drawn->memory, err));
    return tsr_expected_of_schedule(network, &v->qnetwork, &drawn->schedule, &v->batch,
                                    &drawn->expected, err);
}

static tsr_status lower(const tsr_network *network, const tsr_arch *arch, uint64_t seed, bool ties,
                        tsr_case *drawn, tsr_error *err) {
    tsr_plan *plan = NULL;
    values v = {0};
    TSR_TRY(tsr_plan_make(network, arch, &drawn->schedule, &plan, err));
    tsr_status status = values_make(network, arch, seed, ties, &v, err);
    if (status == TSR_OK) {
        status = fill(plan, network, &v, drawn, err);
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
        status = lower(&network, &arch, tsr_rng_next(rng) >> 16, ties, drawn, err);
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
                                                         "have no blocks", "cannot be quantised",
                                                         "have no reference"};
    return names[refusal];
}

/** TSR_CASE_REFUSALS: not one that another draw mends. */
static int32_t refusal_of(tsr_status status, const tsr_case *drawn) {
    const bool planned = drawn->memory != NULL;  // then only the reference is left
    const int32_t refusal = status == TSR_ERR_NOT_FIT       ? TSR_CASE_NOT_FIT
                            : status == TSR_ERR_UNSUPPORTED ? TSR_CASE_UNSUPPORTED
                            : status == TSR_ERR_SHAPE       ? TSR_CASE_SHAPE
                            : status == TSR_ERR_CONFIG      ? TSR_CASE_CONFIG
                                                            : TSR_CASE_REFUSALS;
    return planned && refusal != TSR_CASE_REFUSALS ? TSR_CASE_NO_REFERENCE : refusal;
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
        const int32_t refusal = refusal_of(status, drawn);
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
    tsr_expected_free(&drawn->expected);
    memset(drawn, 0, sizeof *drawn);
}
