// SPDX-License-Identifier: Apache-2.0
// A datapath with a small DRAM image around it: maps and weights in, descriptors carried out, maps
// back.
#ifndef TESSERA_TESTS_INTERPRETER_DATAPATH_RIG_H
#define TESSERA_TESTS_INTERPRETER_DATAPATH_RIG_H

#include <tessera/interpreter.h>

#include "program/map_view.h"
#include "support/hand_program.h"

enum {
    RIG_MEMORY = 1 << 18,
    RIG_IN = 0,
    RIG_SIDE = 1 << 16,
    RIG_WEIGHTS = 2 << 16,
    RIG_OUT = 3 << 16
};

/** One machine; the program only says which architecture and how much memory. */
typedef struct rig {
    tsr_program program;
    tsr_datapath *datapath;
    uint8_t *memory;
    int64_t next_line; /**< first feature line that no map has */
} rig;

/** A random array of 8 or 16 bits with room for every map of these tests. */
static inline rig rig_make(tsr_rng *rng, int32_t bits) {
    tsr_error err = {0};
    rig r = {.program = {.arch = hand_arch(), .memory_bytes = RIG_MEMORY}};
    tsr_arch *arch = &r.program.arch;
    arch->activation_bits = bits;
    arch->tn = 1 << tsr_rng_range(rng, 0, 3);
    arch->tm = arch->tn * (int32_t)tsr_rng_range(rng, 1, 3);
    arch->tp = (int32_t)tsr_rng_range(rng, 1, 4);
    arch->wp = 1;
    arch->feature_sectors = 1;
    arch->feature_buffer_bytes = (int64_t)4096 * tsr_arch_line_bytes(arch);
    arch->weight_buffer_bytes = (int64_t)1024 * tsr_arch_weight_word_bytes(arch);
    arch->parameter_channels = 16 * arch->tm;
    assert_ok(tsr_datapath_create(arch, &r.datapath, &err), err);
    r.memory = tsr_alloc(RIG_MEMORY, 1);
    assert_non_null(r.memory);
    return r;
}

static inline void rig_free(rig *r) {
    tsr_datapath_destroy(r->datapath);
    tsr_free(r->memory);
}

static inline void rig_do(rig *r, const tsr_desc *desc) {
    tsr_error err = {0};
    assert_ok(tsr_datapath_execute(r->datapath, desc, r->memory, RIG_MEMORY, &err), err);
}

static inline tsr_symbol rig_symbol(const rig *r, int64_t address, int32_t c, int32_t h,
                                    int32_t w) {
    return (tsr_symbol){.name = "map",
                        .address = (uint64_t)address,
                        .c = c,
                        .h = h,
                        .w = w,
                        .pixel_bytes = tsr_arch_pixel_bytes(&r->program.arch, c)};
}

/** A place of its own for `planes` x h x w pixels at a random origin, planes or rows outside. */
static inline tsr_map_view rig_place(rig *r, tsr_rng *rng, int64_t stride, int64_t planes,
                                     int64_t h, int64_t w, int64_t origin[2]) {
    origin[0] = tsr_rng_range(rng, 0, 2);
    origin[1] = tsr_rng_range(rng, 0, 5);
    const int64_t span = stride * r->program.arch.tp;
    const int64_t row = (origin[1] + w + span - 1) / span * stride;
    tsr_map_view map = {.base = r->next_line, .bank_stride = stride};
    if (tsr_rng_range(rng, 0, 1) == 0) {
        map.row_pitch = row;
        map.plane_pitch = row * (origin[0] + h);
    } else {
        map.plane_pitch = row;
        map.row_pitch = row * planes;
    }
    r->next_line += row * planes * (origin[0] + h);
    return map;
}

/** Put a plain map into DRAM and load it into its place. */
static inline void rig_load(rig *r, const tsr_tensor *plain, int64_t address,
                            const tsr_map_view *map, const int64_t origin[2]) {
    tsr_error err = {0};
    const tsr_symbol symbol = rig_symbol(r, address, plain->c, plain->h, plain->w);
    assert_ok(tsr_memory_put(&r->program, &symbol, plain, r->memory, &err), err);
    const int64_t row_bytes = (int64_t)plain->w * symbol.pixel_bytes;
    const tsr_desc load = {.header = {.opcode = TSR_OP_LOAD_FEATURE, .units = 1},
                           .u.load_feature = {.dram_address = address,
                                              .row_bytes = row_bytes,
                                              .row_stride_bytes = row_bytes,
                                              .rows = plain->h,
                                              .planes = (plain->c - 1) / r->program.arch.tn + 1,
                                              .plane_stride_bytes = row_bytes * plain->h,
                                              .pixel_bytes = symbol.pixel_bytes,
                                              .base = map->base,
                                              .row_pitch = map->row_pitch,
                                              .plane_pitch = map->plane_pitch,
                                              .bank_stride = map->bank_stride,
                                              .y0 = origin[0],
                                              .x0 = origin[1]}};
    rig_do(r, &load);
}

/** Store c channels of h x w from their place and give them back as a plain map. */
static inline tsr_tensor rig_store(rig *r, int32_t c, int32_t h, int32_t w, const tsr_map_view *map,
                                   const int64_t origin[2]) {
    tsr_error err = {0};
    const tsr_symbol symbol = rig_symbol(r, RIG_OUT, c, h, w);
    const int64_t row_bytes = (int64_t)w * symbol.pixel_bytes;
    const tsr_desc store = {.header = {.opcode = TSR_OP_STORE, .units = 1},
                            .u.store = {.dram_address = RIG_OUT,
                                        .row_bytes = row_bytes,
                                        .row_stride_bytes = row_bytes,
                                        .rows = h,
                                        .planes = (c - 1) / r->program.arch.tn + 1,
                                        .plane_stride_bytes = row_bytes * h,
                                        .pixel_bytes = symbol.pixel_bytes,
                                        .base = map->base,
                                        .row_pitch = map->row_pitch,
                                        .plane_pitch = map->plane_pitch,
                                        .bank_stride = map->bank_stride,
                                        .y0 = origin[0],
                                        .x0 = origin[1]}};
    rig_do(r, &store);
    tsr_tensor plain = {0};
    assert_ok(tsr_memory_get(&r->program, &symbol, r->memory, &plain, &err), err);
    return plain;
}

/** Weights and parameters of a whole layer at the start of their buffers. */
static inline void rig_load_weights(rig *r, const tsr_tensor *weight, const hand_scales *scales,
                                    int32_t zero_point) {
    int64_t bytes = 0;
    uint8_t *image = hand_pack(&r->program.arch, weight, scales, zero_point, &bytes);
    assert_true(bytes <= RIG_OUT - RIG_WEIGHTS);
    memcpy(r->memory + RIG_WEIGHTS, image, (size_t)bytes);
    tsr_free(image);
    const int64_t groups = (weight->n - 1) / r->program.arch.tm + 1;
    const int64_t words =
        (int64_t)((weight->c - 1) / r->program.arch.tn + 1) * weight->h * weight->w;
    const tsr_desc load = {.header = {.opcode = TSR_OP_LOAD_WEIGHT, .units = 1},
                           .u.load_weight = {.dram_address = RIG_WEIGHTS,
                                             .groups = groups,
                                             .group_stride_bytes = bytes / groups,
                                             .parameters = 1,
                                             .words_per_group = words}};
    rig_do(r, &load);
}

#endif
