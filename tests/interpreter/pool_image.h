// SPDX-License-Identifier: Apache-2.0
// The feature pool, the weight buffer and the parameters as plain arrays, all random: what a pass is
// expected to make of them is computed here word by word, from the address formulas of program.h.
#ifndef TESSERA_TESTS_INTERPRETER_POOL_IMAGE_H
#define TESSERA_TESTS_INTERPRETER_POOL_IMAGE_H

#include <tessera/interpreter.h>

#include "support/hand_program.h"

enum { IMAGE_LINES = 2048, IMAGE_WORDS = 128, IMAGE_ENTRIES = 8 };

typedef struct image {
    tsr_arch arch;
    tsr_datapath *datapath;
    uint8_t *memory; /**< owned: pool words, then parameter records, then weight words */
    int64_t pool_bytes, parameter_bytes, weight_bytes, memory_bytes;
    int64_t next_line; /**< first line that no map has; above IMAGE_LINES: the maps do not fit */
} image;

static inline int32_t image_pick(tsr_rng *rng, int32_t low, int32_t high) {
    return (int32_t)tsr_rng_range(rng, low, high);
}

static inline void image_do(image *im, const tsr_desc *desc) {
    tsr_error err = {0};
    assert_ok(
        tsr_datapath_execute(im->datapath, desc, im->memory, (uint64_t)im->memory_bytes, &err),
        err);
}

/** Parameters whose results are neither all 0 nor all clamped. */
static inline void image_parameters(image *im, tsr_rng *rng) {
    uint8_t *record = im->memory + im->pool_bytes;
    for (int32_t i = 0; i < im->arch.parameter_channels; ++i, record += 16) {
        hand_put(record, image_pick(rng, -2000, 2000), 8);
        hand_put(record + 8, image_pick(rng, 1 << 30, INT32_MAX), 4);
        record[12] = (uint8_t)image_pick(rng, 31, im->arch.activation_bits == 8 ? 40 : 48);
    }
}

static inline image image_make(tsr_rng *rng, int32_t bits) {
    tsr_error err = {0};
    image im = {.arch = hand_arch()};
    tsr_arch *arch = &im.arch;
    arch->activation_bits = bits;
    arch->tn = 1 << image_pick(rng, 0, 3);
    arch->tm = arch->tn * image_pick(rng, 1, 4);
    arch->tp = image_pick(rng, 1, 4);
    arch->wp = image_pick(rng, 1, arch->tp);
    arch->feature_sectors = 1;
    arch->feature_buffer_bytes = (int64_t)IMAGE_LINES * tsr_arch_line_bytes(arch);
    arch->weight_buffer_bytes = (int64_t)IMAGE_WORDS * tsr_arch_weight_word_bytes(arch);
    arch->parameter_channels = IMAGE_ENTRIES * arch->tm;
    assert_ok(tsr_datapath_create(arch, &im.datapath, &err), err);
    im.pool_bytes = arch->feature_buffer_bytes;
    im.parameter_bytes = (int64_t)arch->parameter_channels * TSR_PARAMETER_RECORD_BYTES;
    im.weight_bytes = arch->weight_buffer_bytes;
    im.memory_bytes = im.pool_bytes + im.parameter_bytes + im.weight_bytes;
    im.memory = tsr_alloc((size_t)im.memory_bytes, 1);
    assert_non_null(im.memory);
    for (int64_t i = 0; i < im.memory_bytes; ++i) {
        im.memory[i] = (uint8_t)image_pick(rng, 0, 255);
    }
    image_parameters(&im, rng);
    return im;
}

/** Fill the machine's memories; the parameters come alone, as they may. */
static inline void image_load(image *im) {
    const tsr_arch *arch = &im->arch;
    const int64_t word = tsr_arch_feature_word_bytes(arch);
    const tsr_desc pool = {.header = {.opcode = TSR_OP_LOAD_FEATURE, .units = 1},
                           .u.load_feature = {.row_bytes = arch->tp * word,
                                              .row_stride_bytes = arch->tp * word,
                                              .rows = IMAGE_LINES,
                                              .planes = 1,
                                              .pixel_bytes = word,
                                              .row_pitch = 1,
                                              .bank_stride = 1}};
    image_do(im, &pool);
    const int64_t entry = (int64_t)arch->tm * TSR_PARAMETER_RECORD_BYTES;
    const tsr_desc parameters = {.header = {.opcode = TSR_OP_LOAD_WEIGHT, .units = 1},
                                 .u.load_weight = {.dram_address = im->pool_bytes,
                                                   .groups = IMAGE_ENTRIES,
                                                   .group_stride_bytes = entry,
                                                   .parameters = 1}};
    image_do(im, &parameters);
    const tsr_desc weights = {
        .header = {.opcode = TSR_OP_LOAD_WEIGHT, .units = 1},
        .u.load_weight = {.dram_address = im->pool_bytes + im->parameter_bytes,
                          .groups = 1,
                          .words_per_group = IMAGE_WORDS}};
    image_do(im, &weights);
}

static inline void image_free(image *im) {
    tsr_datapath_destroy(im->datapath);
    tsr_free(im->memory);
}

/** A map by the fields of a descriptor. */
typedef struct image_map {
    int64_t base, row_pitch, plane_pitch, bank_stride, y0, x0, wrap;
} image_map;

/** A place of its own, perhaps behind the end, for `planes` x h x w pixels; half of them rings, of
 * as many rows or more. */
static inline image_map image_place(image *im, tsr_rng *rng, int64_t stride, int64_t planes,
                                    int64_t h, int64_t w) {
    image_map map = {.base = im->next_line, .bank_stride = stride, .x0 = image_pick(rng, 0, 4)};
    int64_t rows;
    if (image_pick(rng, 0, 1) == 1) {
        rows = h + image_pick(rng, 0, 2);
        map.wrap = rows;
        map.y0 = tsr_rng_range(rng, 0, rows - 1);
    } else {
        map.y0 = image_pick(rng, 0, 2);
        rows = map.y0 + h;
    }
    const int64_t span = stride * im->arch.tp;
    const int64_t row = (map.x0 + w + span - 1) / span * stride;
    const bool plane_major = image_pick(rng, 0, 1) == 0;
    map.row_pitch = plane_major ? row : row * planes;
    map.plane_pitch = plane_major ? row * rows : row;
    im->next_line += row * planes * rows;
    return map;
}

/** First byte of a pixel's word, by the formulas of program.h. */
static inline int64_t image_at(const image *im, const image_map *map, int64_t plane, int64_t y,
                               int64_t x) {
    const int64_t tp = im->arch.tp;
    const int64_t stride = map->bank_stride;
    const int64_t column = map->x0 + x;
    int64_t row = map->y0 + y;
    if (map->wrap != 0 && row >= map->wrap) {
        row -= map->wrap;
    }
    const int64_t line = map->base + plane * map->plane_pitch + row * map->row_pitch +
                         column / (stride * tp) * stride + column % stride;
    return (line * tp + column / stride % tp) * tsr_arch_feature_word_bytes(&im->arch);
}

/** Signed element `i` of 8 or 16 bits from `at` on. */
static inline int32_t image_element(const image *im, const uint8_t *at, int64_t i) {
    if (im->arch.activation_bits == 8) {
        return ((const int8_t *)at)[i];
    }
    int16_t value = 0;
    memcpy(&value, at + 2 * i, sizeof value);
    return value;
}

static inline void image_set(const image *im, uint8_t *at, int64_t i, int64_t value) {
    const int32_t bytes = im->arch.activation_bits / 8;
    hand_put(at + i * bytes, value, bytes);
}

/** Bytes of the pool that differ from what is due; the first one is named. */
static inline void image_compare(const image *im, const uint8_t *due, int32_t round) {
    uint64_t bytes = 0;
    const uint8_t *pool = tsr_datapath_feature(im->datapath, &bytes);
    assert_int_equal(bytes, im->pool_bytes);
    for (int64_t i = 0; i < im->pool_bytes; ++i) {
        if (pool[i] != due[i]) {
            const int64_t line = i / tsr_arch_line_bytes(&im->arch);
            fail_msg("round %d: byte %lld of line %lld is %u, due is %u", round,
                     (long long)(i % tsr_arch_line_bytes(&im->arch)), (long long)line, pool[i],
                     due[i]);
        }
    }
}

#endif
