// SPDX-License-Identifier: Apache-2.0
// Random machines and random programs whose tokens are right: loads, weights, passes and stores in
// any legal order.
#ifndef TESSERA_TESTS_HW_RANDOM_PROGRAM_H
#define TESSERA_TESTS_HW_RANDOM_PROGRAM_H

#include "base/rng.h"
#include "hw/program_maker.h"

enum { RANDOM_MAX_STEPS = 24 };

/** A resource filled by one engine and used up by another, in `slots` places taken in turn. */
typedef struct random_flow {
    int32_t slots;
    int32_t uses;                        /**< fillings in the whole program */
    int32_t use_of[RANDOM_MAX_STEPS];    /**< filling a step reads */
    int32_t last_step[RANDOM_MAX_STEPS]; /**< last step that reads a filling */
    int32_t first_step[RANDOM_MAX_STEPS];
    int32_t made; /**< fillings emitted */
} random_flow;

typedef struct random_maker {
    tsr_rng rng;
    tsr_program program;
    int32_t steps;
    bool pool[RANDOM_MAX_STEPS];
    bool stored_for[RANDOM_MAX_STEPS];   /**< the step's store gives a token to a later load */
    int32_t reload_of[RANDOM_MAX_STEPS]; /**< step whose stored bytes input filling u reads; -1 =
                                            fresh input */
    int64_t layer[RANDOM_MAX_STEPS];
    random_flow input, weight;
    int32_t out_slots, computed, stored;
    // shapes, the same for all steps
    int64_t planes, in_h, in_w, kernel, stride, pad, out_h, out_w, m_groups, words;
    int64_t in_pixel, in_row_stride, in_plane_stride, out_row_stride, out_plane_stride;
    int64_t in_pitch, out_pitch, slot_lines;
    int64_t in_bytes, out_bytes, group_bytes, group_stride;
    int64_t out_address[RANDOM_MAX_STEPS];
} random_maker;

static inline int64_t random_int(random_maker *m, int64_t low, int64_t high) {
    return tsr_rng_range(&m->rng, low, high);
}

static inline int64_t random_pick(random_maker *m, const int64_t *values, int64_t count) {
    return values[random_int(m, 0, count - 1)];
}

#define RANDOM_OF(m, ...)                            \
    random_pick((m), (const int64_t[]){__VA_ARGS__}, \
                (int64_t)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)))

static inline int64_t random_ceil(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

/** A machine; its buffers are sized by random_shapes. */
static inline tsr_arch random_arch(random_maker *m, const char *preset) {
    tsr_arch arch = maker_arch(preset);
    arch.clock_hz = (uint64_t)RANDOM_OF(m, 100000000, 150000000, 200000000, 333333333);
    arch.dram.accelerator_clock_hz = arch.clock_hz;
    arch.tn = (int32_t)RANDOM_OF(m, 2, 4, 8);
    arch.tm = arch.tn * (int32_t)RANDOM_OF(m, 1, 2, 4);
    arch.tp = (int32_t)random_int(m, 1, 4);
    arch.wp = (int32_t)random_int(m, 1, arch.tp);
    arch.activation_bits = (int32_t)RANDOM_OF(m, 8, 8, 16);
    arch.axi_data_bits = (int32_t)RANDOM_OF(m, 32, 64, 128, 512);
    arch.max_burst_beats = (int32_t)RANDOM_OF(m, 1, 3, 4, 16, 16, 64, 256);
    arch.max_outstanding_bursts = (int32_t)RANDOM_OF(m, 1, 2, 4, 8, 16);
    return arch;
}

static inline void random_shapes(random_maker *m) {
    tsr_arch *arch = &m->program.arch;
    const int64_t word = tsr_arch_feature_word_bytes(arch);
    const int64_t ratio = arch->tm / arch->tn;
    m->kernel = random_int(m, 1, 3);
    m->stride = random_int(m, 1, 2);
    m->pad = m->kernel > 1 ? random_int(m, 0, 1) : 0;
    m->in_h = random_int(m, 3, 7);
    m->in_w = random_int(m, 3, 9);
    m->planes = random_int(m, 1, 3);
    m->m_groups = random_int(m, 1, 2);
    m->out_h = (m->in_h + 2 * m->pad - m->kernel) / m->stride + 1;
    m->out_w = (m->in_w + 2 * m->pad - m->kernel) / m->stride + 1;
    m->in_pixel = m->planes > 1 || random_int(m, 0, 1) != 0 ? word : word / 2;
    m->in_row_stride = m->in_w * m->in_pixel + random_int(m, 0, 2) * 24;
    m->in_plane_stride = m->in_h * m->in_row_stride + random_int(m, 0, 1) * 4096;
    m->out_row_stride = m->out_w * word + random_int(m, 0, 1) * 40;
    m->out_plane_stride = m->out_h * m->out_row_stride;
    m->in_pitch = random_ceil(m->in_w, m->stride * arch->tp) * m->stride;
    m->out_pitch = random_ceil(m->out_w, arch->tp);
    const int64_t out_planes = m->m_groups * ratio > m->planes ? m->m_groups * ratio : m->planes;
    const int64_t in_lines = m->planes * m->in_h * m->in_pitch;
    const int64_t out_lines = out_planes * m->out_h * m->out_pitch;
    m->slot_lines = in_lines > out_lines ? in_lines : out_lines;
    m->in_bytes = m->planes * m->in_plane_stride;
    m->out_bytes = out_planes * m->out_plane_stride;
    m->words = m->planes * m->kernel * m->kernel;
    m->group_bytes = (int64_t)arch->tm * TSR_PARAMETER_RECORD_BYTES +
                     m->words * tsr_arch_weight_word_bytes(arch);
    m->group_stride = m->group_bytes + random_int(m, 0, 1) * 64;
    m->input.slots = (int32_t)random_int(m, 1, 3);
    m->weight.slots = (int32_t)random_int(m, 1, 2);
    m->out_slots = (int32_t)random_int(m, 1, 3);
    // A sector of its own for each slot, so that engines never meet at a memory port.
    arch->feature_sectors = m->input.slots + m->out_slots;
    arch->feature_buffer_bytes =
        (int64_t)arch->feature_sectors * m->slot_lines * tsr_arch_line_bytes(arch);
    arch->weight_buffer_bytes =
        m->weight.slots * m->m_groups * m->words * tsr_arch_weight_word_bytes(arch);
    arch->parameter_channels = (int32_t)(m->weight.slots * m->m_groups) * arch->tm;
}

/** Which steps read which filling: sometimes a step reads what the one before it read. */
static inline void random_uses(random_maker *m, random_flow *flow) {
    for (int32_t s = 0; s < m->steps; ++s) {
        const bool fresh = s == 0 || random_int(m, 0, 2) != 0;
        if (fresh) {
            flow->first_step[flow->uses] = s;
            ++flow->uses;
        }
        flow->use_of[s] = flow->uses - 1;
        flow->last_step[flow->uses - 1] = s;
    }
}

static inline void random_load(random_maker *m) {
    random_flow *flow = &m->input;
    tsr_program *program = &m->program;
    const int32_t use = flow->made++;
    const int32_t source = m->reload_of[use];
    tsr_desc desc = {
        .header = {.opcode = TSR_OP_LOAD_FEATURE,
                   .layer = m->layer[flow->first_step[use]],
                   .traffic = source >= 0 ? TSR_TRAFFIC_INTERMEDIATE : TSR_TRAFFIC_INPUT,
                   .push = FROM_COMPUTE}};
    desc.header.pop = (use >= flow->slots ? FROM_COMPUTE : 0) | (source >= 0 ? FROM_STORE : 0);
    const int64_t address =
        source >= 0 ? m->out_address[source]
                    : maker_region(program, m->in_bytes, 16, random_int(m, 0, 3) * m->in_pixel);
    desc.u.load_feature = (tsr_desc_load_feature){.dram_address = address,
                                                  .row_bytes = m->in_w * m->in_pixel,
                                                  .row_stride_bytes = m->in_row_stride,
                                                  .rows = m->in_h,
                                                  .planes = m->planes,
                                                  .plane_stride_bytes = m->in_plane_stride,
                                                  .pixel_bytes = m->in_pixel,
                                                  .base = use % flow->slots * m->slot_lines,
                                                  .row_pitch = m->in_pitch,
                                                  .plane_pitch = m->in_pitch * m->in_h,
                                                  .bank_stride = m->stride};
    const int64_t useful = m->planes * m->in_h * m->in_w * m->in_pixel;
    const uint64_t moved =
        tsr_desc_beats(program, &desc, NULL) * (uint64_t)tsr_arch_beat_bytes(&program->arch);
    const tsr_desc_note note = {.block = use,
                                .alloc_bytes[TSR_BUFFER_FEATURE] = useful,
                                .waste_bytes = moved - (uint64_t)useful,
                                .reread_bytes = source >= 0 ? (uint64_t)useful : 0};
    maker_append(program, &desc, &note);
}

static inline void random_weights(random_maker *m) {
    random_flow *flow = &m->weight;
    const int32_t use = flow->made++;
    tsr_desc desc = {.header = {.opcode = TSR_OP_LOAD_WEIGHT,
                                .layer = m->layer[flow->first_step[use]],
                                .traffic = TSR_TRAFFIC_WEIGHTS,
                                .pop = use >= flow->slots ? FROM_COMPUTE : 0,
                                .push = FROM_COMPUTE}};
    desc.u.load_weight = (tsr_desc_load_weight){
        .dram_address =
            maker_region(&m->program, m->m_groups * m->group_stride, 64, random_int(m, 0, 1) * 8),
        .groups = m->m_groups,
        .group_stride_bytes = m->group_stride,
        .parameters = 1,
        .words_per_group = m->words,
        .weight_base = use % flow->slots * m->m_groups * m->words,
        .parameter_base = use % flow->slots * m->m_groups};
    const tsr_desc_note note = {.alloc_bytes[TSR_BUFFER_WEIGHT] =
                                    m->m_groups * m->words *
                                    tsr_arch_weight_word_bytes(&m->program.arch)};
    maker_append(&m->program, &desc, &note);
}

static inline int64_t random_out_base(const random_maker *m, int32_t step) {
    return (m->input.slots + step % m->out_slots) * m->slot_lines;
}

static inline void random_body(random_maker *m, int32_t step, tsr_desc *desc) {
    const int64_t in_base = m->input.use_of[step] % m->input.slots * m->slot_lines;
    const int64_t out_base = random_out_base(m, step);
    const int64_t weight_slot = m->weight.use_of[step] % m->weight.slots;
    if (m->pool[step]) {
        desc->u.pool = (tsr_desc_pool){.in_base = in_base,
                                       .in_row_pitch = m->in_pitch,
                                       .in_plane_pitch = m->in_pitch * m->in_h,
                                       .in_bank_stride = m->stride,
                                       .in_h = m->in_h,
                                       .in_w = m->in_w,
                                       .planes = m->planes,
                                       .kernel_h = m->kernel,
                                       .kernel_w = m->kernel,
                                       .stride_h = m->stride,
                                       .stride_w = m->stride,
                                       .pad_top = m->pad,
                                       .pad_left = m->pad,
                                       .out_h = m->out_h,
                                       .out_w = m->out_w,
                                       .out_base = out_base,
                                       .out_row_pitch = m->out_pitch,
                                       .out_plane_pitch = m->out_pitch * m->out_h,
                                       .out_bank_stride = 1};
        return;
    }
    desc->u.conv = (tsr_desc_conv){.in_base = in_base,
                                   .in_row_pitch = m->in_pitch,
                                   .in_plane_pitch = m->in_pitch * m->in_h,
                                   .in_bank_stride = m->stride,
                                   .in_h = m->in_h,
                                   .in_w = m->in_w,
                                   .in_planes = m->planes,
                                   .kernel_h = m->kernel,
                                   .kernel_w = m->kernel,
                                   .stride_h = m->stride,
                                   .stride_w = m->stride,
                                   .dilation_h = 1,
                                   .dilation_w = 1,
                                   .pad_top = m->pad,
                                   .pad_left = m->pad,
                                   .out_h = m->out_h,
                                   .out_w = m->out_w,
                                   .m_groups = m->m_groups,
                                   .accumulate_first = 1,
                                   .accumulate_last = 1,
                                   .weight_base = weight_slot * m->m_groups * m->words,
                                   .parameter_base = weight_slot * m->m_groups,
                                   .out_base = out_base,
                                   .out_row_pitch = m->out_pitch,
                                   .out_plane_pitch = m->out_pitch * m->out_h,
                                   .out_bank_stride = 1,
                                   .clamp_lo = -100,
                                   .clamp_hi = 100};
}

static inline void random_pass(random_maker *m) {
    const int32_t step = m->computed++;
    const int32_t in = m->input.use_of[step];
    const int32_t weight = m->weight.use_of[step];
    const tsr_arch *arch = &m->program.arch;
    tsr_desc desc = {.header = {.opcode = m->pool[step] ? TSR_OP_POOL : TSR_OP_CONV,
                                .layer = m->layer[step],
                                .push = FROM_STORE}};
    desc.header.pop = (m->input.first_step[in] == step ? FROM_LOAD : 0) |
                      (m->weight.first_step[weight] == step ? FROM_WEIGHT : 0) |
                      (step >= m->out_slots ? FROM_STORE : 0);
    const bool input_dies = m->input.last_step[in] == step;
    const bool weight_dies = m->weight.last_step[weight] == step;
    desc.header.push |= input_dies && in + m->input.slots < m->input.uses ? FROM_LOAD : 0;
    desc.header.push |= weight_dies && weight + m->weight.slots < m->weight.uses ? FROM_WEIGHT : 0;
    random_body(m, step, &desc);
    const int64_t useful_in = m->planes * m->in_h * m->in_w * m->in_pixel;
    const tsr_desc_note note = {
        .block = step,
        .alloc_bytes[TSR_BUFFER_FEATURE] = m->out_h * m->out_w * tsr_arch_feature_word_bytes(arch),
        .free_bytes[TSR_BUFFER_FEATURE] = input_dies ? useful_in : 0,
        .free_bytes[TSR_BUFFER_WEIGHT] =
            weight_dies ? m->m_groups * m->words * tsr_arch_weight_word_bytes(arch) : 0,
        .macs = m->pool[step] ? 0
                              : (uint64_t)(m->m_groups * arch->tm * arch->tn * m->out_h * m->out_w *
                                           m->words)};
    maker_append(&m->program, &desc, &note);
}

static inline void random_store(random_maker *m) {
    const int32_t step = m->stored++;
    const tsr_arch *arch = &m->program.arch;
    const int64_t word = tsr_arch_feature_word_bytes(arch);
    tsr_desc desc = {.header = {.opcode = TSR_OP_STORE,
                                .layer = m->layer[step],
                                .traffic = TSR_TRAFFIC_OUTPUT,
                                .pop = FROM_COMPUTE}};
    desc.header.push =
        (step + m->out_slots < m->steps ? FROM_COMPUTE : 0) | (m->stored_for[step] ? FROM_LOAD : 0);
    desc.u.store =
        (tsr_desc_store){.dram_address = m->out_address[step],
                         .row_bytes = m->out_w * word,
                         .row_stride_bytes = m->out_row_stride,
                         .rows = m->out_h,
                         .planes = m->pool[step] ? m->planes : m->m_groups * (arch->tm / arch->tn),
                         .plane_stride_bytes = m->out_plane_stride,
                         .pixel_bytes = word,
                         .base = random_out_base(m, step),
                         .row_pitch = m->out_pitch,
                         .plane_pitch = m->out_pitch * m->out_h,
                         .bank_stride = 1};
    const tsr_desc_note note = {.free_bytes[TSR_BUFFER_FEATURE] = m->out_h * m->out_w * word};
    maker_append(&m->program, &desc, &note);
}

/** Emits everything in a random order that respects the tokens. */
static inline void random_emit(random_maker *m) {
    while (m->stored < m->steps) {
        const int32_t load = m->input.made;
        const int32_t weights = m->weight.made;
        const bool can[4] = {load < m->input.uses &&
                                 (load < m->input.slots ||
                                  m->input.last_step[load - m->input.slots] < m->computed) &&
                                 m->reload_of[load] < m->stored,
                             weights < m->weight.uses &&
                                 (weights < m->weight.slots ||
                                  m->weight.last_step[weights - m->weight.slots] < m->computed),
                             m->computed < m->steps && m->input.use_of[m->computed] < load &&
                                 m->weight.use_of[m->computed] < weights &&
                                 m->computed - m->out_slots < m->stored,
                             m->stored < m->computed};
        switch (random_int(m, 0, 3)) {
            case 0:
                if (can[0]) {
                    random_load(m);
                }
                break;
            case 1:
                if (can[1]) {
                    random_weights(m);
                }
                break;
            case 2:
                if (can[2]) {
                    random_pass(m);
                }
                break;
            default:
                if (can[3]) {
                    random_store(m);
                }
                break;
        }
    }
}

/** The program of a seed; to be freed by tsr_program_free. The same seed and preset give the same
 * program. */
static inline tsr_program random_program_made(uint64_t seed, const char *preset, bool reloads) {
    random_maker *m = tsr_alloc(1, sizeof *m);
    assert_non_null(m);
    m->rng.state = seed;
    const tsr_arch arch = random_arch(m, preset);
    m->program = maker_open(&arch, (int32_t)random_int(m, 1, 4));
    random_shapes(m);
    m->steps = (int32_t)random_int(m, 1, RANDOM_MAX_STEPS);
    random_uses(m, &m->input);
    random_uses(m, &m->weight);
    for (int32_t s = 0; s < m->steps; ++s) {
        // The first pass of a weight filling is a convolution, so that none is loaded for nothing.
        m->pool[s] = m->weight.first_step[m->weight.use_of[s]] != s && random_int(m, 0, 2) == 0;
        m->layer[s] = s * m->program.layer_count / m->steps;
        const int64_t bytes = m->in_bytes > m->out_bytes ? m->in_bytes : m->out_bytes;
        m->out_address[s] = maker_region(&m->program, bytes, 8, random_int(m, 0, 1) * 2);
    }
    int32_t source = -1;  // stores whose token went to a load, in order
    for (int32_t u = 0; u < m->input.uses; ++u) {
        const int32_t newest = m->input.first_step[u] - m->out_slots - m->input.slots - 1;
        m->reload_of[u] = -1;
        if (reloads && newest > source && random_int(m, 0, 1) == 0) {
            source = (int32_t)random_int(m, source + 1, newest);
            m->reload_of[u] = source;
            m->stored_for[source] = true;
        }
    }
    random_emit(m);
    maker_close(&m->program);
    maker_reserve(&m->program);
    const tsr_program program = m->program;
    tsr_free(m);
    return program;
}

static inline tsr_program random_program(uint64_t seed, const char *preset) {
    return random_program_made(seed, preset, true);
}

#endif
