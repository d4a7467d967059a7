// SPDX-License-Identifier: Apache-2.0
// Random programs whose tokens are right: loads, weights, passes and stores in any legal order, with
// every field of the descriptors.
#ifndef TESSERA_TESTS_HW_RANDOM_PROGRAM_H
#define TESSERA_TESTS_HW_RANDOM_PROGRAM_H

#include <tessera/interpreter.h>

#include "hw/random_shape.h"

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

/** Does a conv read the filling (and with it the residual)? */
static inline bool random_has_conv(const random_maker *m, int32_t use) {
    for (int32_t s = m->input.first_step[use]; s <= m->input.last_step[use]; ++s) {
        if (!m->pool[s]) {
            return true;
        }
    }
    return false;
}

static inline int64_t random_in_base(const random_maker *m, int32_t use) {
    return use % m->input.slots * m->slot_lines;
}

static inline int64_t random_out_base(const random_maker *m, int32_t step) {
    return (m->input.slots + step % m->out_slots) * m->slot_lines;
}

static inline int64_t random_side_base(const random_maker *m, int32_t use) {
    return (m->input.slots + m->out_slots + use % m->input.slots) * m->slot_lines;
}

/** A transfer between DRAM and a map, and what it says about itself. */
typedef struct random_transfer {
    tsr_desc desc; /**< a load_feature or a store; in both the fields of a load_feature */
    tsr_desc_note note;
    const random_map *map;
    int64_t y0;
} random_transfer;

/** A map whose rows go round a ring takes two descriptors: the first pops, the second pushes. */
static inline void random_transfer_rows(random_maker *m, const random_transfer *t) {
    const random_map *map = t->map;
    const bool round = map->wrap > 0 && t->y0 + map->h > map->wrap;
    const int64_t rows[2] = {round ? map->wrap - t->y0 : map->h,
                             round ? map->h - (map->wrap - t->y0) : 0};
    for (int32_t part = 0; part < (round ? 2 : 1); ++part) {
        tsr_desc desc = t->desc;
        tsr_desc_note note = t->note;
        tsr_desc_load_feature d = t->desc.u.load_feature;
        d.rows = rows[part];
        d.y0 = part == 0 ? t->y0 : 0;
        d.dram_address += part * rows[0] * d.row_stride_bytes;
        d.row_pitch = map->pitch;
        d.plane_pitch = map->pitch * map->rows;
        d.bank_stride = map->stride;
        d.x0 = map->x0;
        d.planes = map->planes;
        desc.u.load_feature = d;
        if (desc.header.opcode == TSR_OP_STORE) {
            desc.u.store = (tsr_desc_store){d.dram_address,
                                            d.row_bytes,
                                            d.row_stride_bytes,
                                            d.rows,
                                            d.planes,
                                            d.plane_stride_bytes,
                                            d.pixel_bytes,
                                            d.base,
                                            d.row_pitch,
                                            d.plane_pitch,
                                            d.bank_stride,
                                            d.y0,
                                            d.x0};
        }
        if (part == 1) {
            desc.header.pop = 0;
            memset(note.alloc_bytes, 0, sizeof note.alloc_bytes);
        }
        if (round && part == 0) {
            desc.header.push = 0;
            memset(note.free_bytes, 0, sizeof note.free_bytes);
        }
        const int64_t useful = d.planes * d.rows * d.row_bytes;
        const uint64_t moved = tsr_desc_beats(&m->program, &desc, NULL) *
                               (uint64_t)tsr_arch_beat_bytes(&m->program.arch);
        note.waste_bytes = moved - (uint64_t)useful;
        note.reread_bytes = t->note.reread_bytes != 0 ? (uint64_t)useful : 0;
        maker_append(&m->program, &desc, &note);
    }
}

/** Feature bytes that live from a filling's load to the last pass that reads it. */
static inline int64_t random_alive(const random_maker *m, int32_t use) {
    const int64_t in = m->in.planes * m->in.h * m->in_pixels * m->in_pixel;
    return in + (m->residual && random_has_conv(m, use) ? m->side_bytes : 0);
}

static inline void random_load(random_maker *m) {
    random_flow *flow = &m->input;
    tsr_program *program = &m->program;
    const int32_t use = flow->made++;
    const int32_t source = m->reload_of[use];
    const int64_t word = tsr_arch_feature_word_bytes(&program->arch);
    const bool side = m->residual && random_has_conv(m, use);
    random_transfer t = {
        .desc.header = {.opcode = TSR_OP_LOAD_FEATURE,
                        .layer = m->layer[flow->first_step[use]],
                        .traffic = source >= 0 ? TSR_TRAFFIC_INTERMEDIATE : TSR_TRAFFIC_INPUT,
                        .pop = (use >= flow->slots ? FROM_COMPUTE : 0) |
                               (source >= 0 ? FROM_STORE : 0)},
        .note = {.block = use,
                 .alloc_bytes[TSR_BUFFER_FEATURE] = random_alive(m, use),
                 .reread_bytes = source >= 0},
        .map = &m->in,
        .y0 = m->in_y0[use]};
    t.desc.u.load_feature = (tsr_desc_load_feature){
        .dram_address =
            source >= 0 ? m->out_address[source]
                        : maker_region(program, m->in_bytes, 16, random_int(m, 0, 3) * m->in_pixel),
        .row_bytes = m->in_pixels * m->in_pixel,
        .row_stride_bytes = m->in_row_stride,
        .plane_stride_bytes = m->in_plane_stride,
        .pixel_bytes = m->in_pixel,
        .base = random_in_base(m, use),
        .pack = m->pack,
        .pack_value = m->pack_value};
    t.desc.header.push = side ? 0 : FROM_COMPUTE;
    random_transfer_rows(m, &t);
    if (!side) {
        return;
    }
    t.desc.header.pop = 0;
    t.desc.header.push = FROM_COMPUTE;
    t.desc.header.traffic = TSR_TRAFFIC_INPUT;
    t.note = (tsr_desc_note){.block = use};
    t.map = &m->side;
    t.y0 = m->side_y0[use];
    t.desc.u.load_feature =
        (tsr_desc_load_feature){.dram_address = maker_region(program, m->side_bytes, 16, 0),
                                .row_bytes = m->side.w * word,
                                .row_stride_bytes = m->side.w * word,
                                .plane_stride_bytes = m->side.h * m->side.w * word,
                                .pixel_bytes = word,
                                .base = random_side_base(m, use)};
    random_transfer_rows(m, &t);
}

static inline void random_weights(random_maker *m) {
    random_flow *flow = &m->weight;
    const int32_t use = flow->made++;
    const int64_t groups = m->window.m_groups;
    tsr_desc desc = {.header = {.opcode = TSR_OP_LOAD_WEIGHT,
                                .layer = m->layer[flow->first_step[use]],
                                .traffic = TSR_TRAFFIC_WEIGHTS,
                                .pop = use >= flow->slots ? FROM_COMPUTE : 0,
                                .push = FROM_COMPUTE}};
    desc.u.load_weight =
        (tsr_desc_load_weight){.dram_address = maker_region(&m->program, groups * m->group_stride,
                                                            64, random_int(m, 0, 1) * 8),
                               .groups = groups,
                               .group_stride_bytes = m->group_stride,
                               .parameters = 1,
                               .words_per_group = m->words,
                               .weight_base = use % flow->slots * groups * m->words,
                               .parameter_base = use % flow->slots * groups};
    const tsr_desc_note note = {.alloc_bytes[TSR_BUFFER_WEIGHT] =
                                    groups * m->words *
                                    tsr_arch_weight_word_bytes(&m->program.arch)};
    maker_append(&m->program, &desc, &note);
}

static inline tsr_desc_pool random_pool_body(const random_maker *m, int32_t step) {
    const tsr_desc_conv *c = &m->window;
    const int32_t use = m->input.use_of[step];
    return (tsr_desc_pool){.in_base = random_in_base(m, use),
                           .in_row_pitch = m->in.pitch,
                           .in_plane_pitch = m->in.pitch * m->in.rows,
                           .in_bank_stride = m->in.stride,
                           .in_y0 = m->in_y0[use],
                           .in_x0 = m->in.x0,
                           .in_wrap = m->in.wrap,
                           .in_h = c->in_h,
                           .in_w = c->in_w,
                           .planes = m->in.planes,
                           .kernel_h = c->kernel_h,
                           .kernel_w = c->kernel_w,
                           .stride_h = c->stride_h,
                           .stride_w = c->stride_w,
                           .pad_top = c->pad_top,
                           .pad_left = c->pad_left,
                           .out_h = m->pool_h,
                           .out_w = m->pool_w,
                           .out_base = random_out_base(m, step),
                           .out_row_pitch = m->pool_out.pitch,
                           .out_plane_pitch = m->pool_out.pitch * m->pool_out.rows,
                           .out_bank_stride = m->pool_out.stride,
                           .out_y0 = m->out_y0[step],
                           .out_x0 = m->pool_out.x0,
                           .out_wrap = m->pool_out.wrap};
}

/** The pass that writes the pixels (dy, dx) of every step_h x step_w. */
static inline tsr_desc_conv random_conv_body(const random_maker *m, int32_t step, int64_t dy,
                                             int64_t dx) {
    const int32_t use = m->input.use_of[step];
    const int64_t slot = m->weight.use_of[step] % m->weight.slots;
    const random_map *out = &m->conv_out;
    tsr_desc_conv c = m->window;
    c.in_base = random_in_base(m, use);
    c.in_row_pitch = m->in.pitch;
    c.in_plane_pitch = m->in.pitch * m->in.rows;
    c.in_bank_stride = m->in.stride;
    c.in_y0 = m->in_y0[use];
    c.in_x0 = m->in.x0;
    c.in_wrap = m->in.wrap;
    c.out_h = m->conv_h;
    c.out_w = m->conv_w;
    c.weight_base = slot * c.m_groups * m->words;
    c.parameter_base = slot * c.m_groups;
    c.out_base = random_out_base(m, step);
    c.out_row_pitch = out->pitch;
    c.out_plane_pitch = out->pitch * out->rows;
    c.out_bank_stride = out->stride;
    c.out_y0 = m->out_y0[step] + dy;
    c.out_y0 -= out->wrap > 0 && c.out_y0 >= out->wrap ? out->wrap : 0;
    c.out_x0 = out->x0 + dx;
    c.out_wrap = out->wrap;
    if (m->residual) {
        c.residual = 1;
        c.residual_base = random_side_base(m, use);
        c.residual_row_pitch = m->side.pitch;
        c.residual_plane_pitch = m->side.pitch * m->side.rows;
        c.residual_bank_stride = m->side.stride;
        c.residual_y0 = m->side_y0[use];
        c.residual_x0 = m->side.x0;
        c.residual_wrap = m->side.wrap;
    }
    return c;
}

/** The conv body with one plane of its input, in the middle of a sum or at its ends. */
static inline void random_chunk(const random_maker *m, int64_t plane, tsr_desc_conv *c) {
    c->accumulate_first = plane == 0;
    c->accumulate_last = plane + 1 == c->in_planes;
    c->in_base += plane * c->in_plane_pitch;
    c->in_planes = 1;
    if (c->weight_form == TSR_WEIGHTS_DENSE) {
        c->weight_base += plane * tsr_conv_weight_words(&m->program.arch, c);
    }
}

static inline uint64_t random_macs(const random_maker *m, const tsr_desc_conv *c) {
    const tsr_arch *arch = &m->program.arch;
    const int64_t taps = c->in_planes * c->kernel_h * c->kernel_w;
    const int64_t rows = c->weight_form == TSR_WEIGHTS_DENSE ? arch->tm : 1;
    return (uint64_t)(c->m_groups * rows * arch->tn * m->conv_h * m->conv_w * taps);
}

/** One descriptor, or one for every pixel of a step x step square, each perhaps in chunks. */
static inline void random_pass(random_maker *m) {
    const int32_t step = m->computed++;
    const int32_t in = m->input.use_of[step];
    const int32_t weight = m->weight.use_of[step];
    const tsr_arch *arch = &m->program.arch;
    const bool pool = m->pool[step];
    const random_map *out = pool ? &m->pool_out : &m->conv_out;
    const bool input_dies = m->input.last_step[in] == step;
    const bool weight_dies = m->weight.last_step[weight] == step;
    const int64_t chunks = m->chunks && !pool ? m->window.in_planes : 1;
    const int64_t wide = pool ? 1 : random_step(m->window.out_step_w);
    const int64_t count = chunks * wide * (pool ? 1 : random_step(m->window.out_step_h));
    for (int64_t i = 0; i < count; ++i) {
        tsr_desc desc = {
            .header = {.opcode = pool ? TSR_OP_POOL : TSR_OP_CONV, .layer = m->layer[step]}};
        tsr_desc_note note = {.block = step};
        if (i == 0) {
            desc.header.pop = (m->input.first_step[in] == step ? FROM_LOAD : 0) |
                              (m->weight.first_step[weight] == step ? FROM_WEIGHT : 0) |
                              (step >= m->out_slots ? FROM_STORE : 0);
            note.alloc_bytes[TSR_BUFFER_FEATURE] =
                out->h * out->w * tsr_arch_feature_word_bytes(arch);
        }
        if (i == count - 1) {
            desc.header.push =
                FROM_STORE | (input_dies && in + m->input.slots < m->input.uses ? FROM_LOAD : 0) |
                (weight_dies && weight + m->weight.slots < m->weight.uses ? FROM_WEIGHT : 0);
            note.free_bytes[TSR_BUFFER_FEATURE] = input_dies ? random_alive(m, in) : 0;
            note.free_bytes[TSR_BUFFER_WEIGHT] =
                weight_dies ? m->window.m_groups * m->words * tsr_arch_weight_word_bytes(arch) : 0;
        }
        if (pool) {
            desc.u.pool = random_pool_body(m, step);
        } else {
            desc.u.conv = random_conv_body(m, step, i / chunks / wide, i / chunks % wide);
            if (m->chunks) {
                random_chunk(m, i % chunks, &desc.u.conv);
            }
            note.macs = random_macs(m, &desc.u.conv);
        }
        maker_append(&m->program, &desc, &note);
    }
}

static inline void random_store(random_maker *m) {
    const int32_t step = m->stored++;
    const int64_t word = tsr_arch_feature_word_bytes(&m->program.arch);
    const random_map *out = m->pool[step] ? &m->pool_out : &m->conv_out;
    random_transfer t = {
        .desc.header = {.opcode = TSR_OP_STORE,
                        .layer = m->layer[step],
                        .traffic = TSR_TRAFFIC_OUTPUT,
                        .pop = FROM_COMPUTE,
                        .push = (step + m->out_slots < m->steps ? FROM_COMPUTE : 0) |
                                (m->stored_for[step] ? FROM_LOAD : 0)},
        .note = {.free_bytes[TSR_BUFFER_FEATURE] = out->h * out->w * word},
        .map = out,
        .y0 = m->out_y0[step]};
    t.desc.u.load_feature = (tsr_desc_load_feature){.dram_address = m->out_address[step],
                                                    .row_bytes = out->w * word,
                                                    .row_stride_bytes = m->out_row_stride,
                                                    .plane_stride_bytes = m->out_plane_stride,
                                                    .pixel_bytes = word,
                                                    .base = random_out_base(m, step)};
    random_transfer_rows(m, &t);
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
        void (*const emit[4])(random_maker *) = {random_load, random_weights, random_pass,
                                                 random_store};
        const int64_t what = random_int(m, 0, 3);
        if (can[what]) {
            emit[what](m);
        }
    }
}

/** Which steps are pools, where rings begin, which loads read what was stored. */
static inline void random_steps(random_maker *m) {
    m->steps = (int32_t)random_int(m, 1, RANDOM_MAX_STEPS);
    random_uses(m, &m->input);
    random_uses(m, &m->weight);
    for (int32_t s = 0; s < m->steps; ++s) {
        // The first pass of a weight filling is a convolution, so that none is loaded for nothing.
        m->pool[s] = m->weight.first_step[m->weight.use_of[s]] != s && random_int(m, 0, 2) == 0;
        m->layer[s] = s * m->program.layer_count / m->steps;
        const int64_t bytes = random_larger(m->in_bytes, m->out_bytes);
        m->out_address[s] = maker_region(&m->program, bytes, 8, random_int(m, 0, 1) * 2);
        m->in_y0[s] = random_row(m, &m->in);
        m->side_y0[s] = random_row(m, &m->side);
        m->out_y0[s] = random_row(m, m->pool[s] ? &m->pool_out : &m->conv_out);
    }
    int32_t source = -1;  // stores whose token went to a load, in order
    for (int32_t u = 0; u < m->input.uses; ++u) {
        const int32_t newest = m->input.first_step[u] - m->out_slots - m->input.slots - 1;
        m->reload_of[u] = -1;
        if (newest > source && random_draws(m, RANDOM_RELOADS)) {
            source = (int32_t)random_int(m, source + 1, newest);
            m->reload_of[u] = source;
            m->stored_for[source] = true;
        }
    }
}

/** The program of a seed; to be freed by tsr_program_free. The same seed and options give the same
 * program. */
static inline tsr_program random_program_of(uint64_t seed, const random_options *options) {
    random_maker *m = tsr_alloc(1, sizeof *m);
    assert_non_null(m);
    m->rng.state = seed;
    m->without = options->without;
    tsr_arch arch = {0};
    if (options->arch != NULL) {
        tsr_error err = {0};
        arch = *options->arch;
        assert_ok(tsr_dram_preset(options->preset, &arch.dram, &err), err);
        arch.dram.accelerator_clock_hz = arch.clock_hz;
    } else {
        arch = random_arch(m, options->preset);
    }
    m->program = maker_open(&arch, (int32_t)random_int(m, 1, 4));
    while (!random_shapes(m) || !random_fit(m, options->arch != NULL)) {}
    random_steps(m);
    random_emit(m);
    maker_close(&m->program);
    maker_reserve(&m->program);
    const tsr_program program = m->program;
    tsr_free(m);
    return program;
}

static inline tsr_program random_program(uint64_t seed, const char *preset) {
    const random_options options = {.preset = preset};
    return random_program_of(seed, &options);
}

/** A memory image of random bytes with parameter records the post-processor accepts. */
static inline uint8_t *random_memory(const tsr_program *program, uint64_t seed) {
    tsr_rng rng = {.state = seed};
    tsr_error err = {0};
    uint8_t *memory = NULL;
    assert_ok(tsr_memory_create(program, &memory, &err), err);
    for (uint64_t i = 0; i < program->descriptor_address; ++i) {
        memory[i] = (uint8_t)tsr_rng_next(&rng);
    }
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc desc = tsr_program_desc(program, i);
        const tsr_desc_load_weight *d = &desc.u.load_weight;
        if (tsr_program_brief(program, i).opcode != TSR_OP_LOAD_WEIGHT || d->parameters == 0) {
            continue;
        }
        for (int64_t k = 0; k < d->groups * program->arch.tm; ++k) {
            uint8_t *record = memory + d->dram_address +
                              k / program->arch.tm * d->group_stride_bytes +
                              k % program->arch.tm * 16;
            memset(record, 0, 16);
            record[0] = (uint8_t)tsr_rng_next(&rng);            // bias
            record[11] = 0x40;                                  // multiplier 2^30
            record[12] = (uint8_t)tsr_rng_range(&rng, 31, 42);  // shift
        }
    }
    return memory;
}

#endif
