// SPDX-License-Identifier: Apache-2.0
// A legal program by hand: layer 1 (3x3, in two column blocks with replicate padding between them)
// through DRAM into layer 2 (1x1, adds the network input), then a 2x2 max pool pass. Every token in
// it is needed.
#ifndef TESSERA_TESTS_SUPPORT_TWO_LAYERS_H
#define TESSERA_TESTS_SUPPORT_TWO_LAYERS_H

#include "support/hand_program.h"

enum {
    TWO_C = 8,  // channels of every map: two words
    TWO_EDGE = 8,
    TWO_BLOCK_W = 4,
    TWO_ZERO_POINT = -3,  // of all maps
    TWO_WEIGHTS1 = 2048,  // DRAM addresses
    TWO_WEIGHTS2 = 3072,
    TWO_IN = 8192,
    TWO_MID = 12288,
    TWO_OUT = 16384,
    TWO_MEMORY = 20480,
    TWO_SECTOR = 512,  // lines
    TWO_RESIDUAL_SHIFT = 31
};

/** The values that go with it. */
typedef struct two_layers {
    tsr_program program;
    tsr_tensor weight1, weight2; /**< owned */
    hand_scales scales1, scales2;
} two_layers;

static inline tsr_desc two_load(int64_t address, int64_t width, int64_t base, int64_t push) {
    const int64_t pitch = width / 2;  // tp columns a line
    return (tsr_desc){.header = {.opcode = TSR_OP_LOAD_FEATURE,
                                 .push = push,
                                 .layer = 1,
                                 .traffic = TSR_TRAFFIC_INPUT},
                      .u.load_feature = {.dram_address = address,
                                         .row_bytes = width * 4,
                                         .row_stride_bytes = TWO_EDGE * 4,
                                         .rows = TWO_EDGE,
                                         .planes = 2,
                                         .plane_stride_bytes = TWO_EDGE * TWO_EDGE * 4,
                                         .pixel_bytes = 4,
                                         .base = base,
                                         .row_pitch = pitch,
                                         .plane_pitch = pitch * TWO_EDGE,
                                         .bank_stride = 1}};
}

static inline tsr_desc two_store(int64_t address, int64_t edge, int64_t width, int64_t base,
                                 int64_t push) {
    const tsr_desc load = two_load(address, width, base, push);
    tsr_desc store = {.header = load.header};
    store.header.opcode = TSR_OP_STORE;
    store.header.traffic = TSR_TRAFFIC_INTERMEDIATE;
    store.header.pop = HAND_ENGINE(COMPUTE);
    store.u.store = (tsr_desc_store){.dram_address = address,
                                     .row_bytes = width * 4,
                                     .row_stride_bytes = edge * 4,
                                     .rows = edge,
                                     .planes = 2,
                                     .plane_stride_bytes = edge * edge * 4,
                                     .pixel_bytes = 4,
                                     .base = base,
                                     .row_pitch = width / 2,
                                     .plane_pitch = width / 2 * edge,
                                     .bank_stride = 1};
    return store;
}

static inline tsr_desc two_load_weight(const tsr_arch *arch, int64_t address, int64_t words,
                                       int64_t layer, int64_t pop) {
    return (tsr_desc){.header = {.opcode = TSR_OP_LOAD_WEIGHT,
                                 .pop = pop,
                                 .push = HAND_ENGINE(COMPUTE),
                                 .layer = layer,
                                 .traffic = TSR_TRAFFIC_WEIGHTS},
                      .u.load_weight = {.dram_address = address,
                                        .groups = 2,
                                        .group_stride_bytes = hand_group_bytes(arch, words),
                                        .parameters = 1,
                                        .words_per_group = words}};
}

/** A conv of two groups over a map of two planes, kernel k, padding (k-1)/2. */
static inline tsr_desc two_conv(int64_t kernel, int64_t width, int64_t in_base, int64_t out_base,
                                int64_t layer) {
    const int64_t pitch = width / 2;
    return (tsr_desc){.header = {.opcode = TSR_OP_CONV, .layer = layer},
                      .u.conv = {.in_base = in_base,
                                 .in_row_pitch = pitch,
                                 .in_plane_pitch = pitch * TWO_EDGE,
                                 .in_bank_stride = 1,
                                 .in_h = TWO_EDGE,
                                 .in_w = width,
                                 .in_planes = 2,
                                 .kernel_h = kernel,
                                 .kernel_w = kernel,
                                 .stride_h = 1,
                                 .stride_w = 1,
                                 .dilation_h = 1,
                                 .dilation_w = 1,
                                 .pad_top = kernel / 2,
                                 .pad_left = kernel / 2,
                                 .in_zero_point = TWO_ZERO_POINT,
                                 .out_h = TWO_EDGE,
                                 .out_w = width,
                                 .m_groups = 2,
                                 .accumulate_first = 1,
                                 .accumulate_last = 1,
                                 .out_base = out_base,
                                 .out_row_pitch = pitch,
                                 .out_plane_pitch = pitch * TWO_EDGE,
                                 .out_bank_stride = 1,
                                 .rounding = TSR_ROUND_HALF_UP,
                                 .out_zero_point = TWO_ZERO_POINT,
                                 .clamp_lo = -128,
                                 .clamp_hi = 127}};
}

static inline void two_first_layer(tsr_program *p) {
    const uint64_t macs = (uint64_t)TWO_C * TWO_C * 9 * TWO_EDGE * TWO_BLOCK_W;
    tsr_desc weights = two_load_weight(&p->arch, TWO_WEIGHTS1, 18, 1, 0);
    hand_add(p, &weights, 0);
    for (int32_t block = 0; block < 2; ++block) {
        const tsr_desc load = two_load(TWO_IN + block * TWO_BLOCK_W * 4, TWO_BLOCK_W,
                                       block * TWO_SECTOR, HAND_ENGINE(COMPUTE));
        hand_add(p, &load, 0);
    }
    for (int32_t block = 0; block < 2; ++block) {
        tsr_desc conv = two_conv(3, TWO_BLOCK_W, block * TWO_SECTOR, (2 + block) * TWO_SECTOR, 1);
        conv.header.pop = HAND_ENGINE(LOAD_FEATURE) | (block == 0 ? HAND_ENGINE(LOAD_WEIGHT) : 0);
        conv.header.push = HAND_ENGINE(STORE) | (block == 1 ? HAND_ENGINE(LOAD_WEIGHT) : 0);
        conv.u.conv.pad_mode_left = block == 1 ? TSR_PAD_REPLICATE : TSR_PAD_ZERO;
        conv.u.conv.pad_mode_right = block == 0 ? TSR_PAD_REPLICATE : TSR_PAD_ZERO;
        hand_add(p, &conv, macs);
    }
    for (int32_t block = 0; block < 2; ++block) {
        tsr_desc store = two_store(TWO_MID + block * TWO_BLOCK_W * 4, TWO_EDGE, TWO_BLOCK_W,
                                   (2 + block) * TWO_SECTOR, 0);
        store.u.store.row_stride_bytes = TWO_EDGE * 4;
        store.header.push = block == 1 ? HAND_ENGINE(LOAD_FEATURE) : 0;
        hand_add(p, &store, 0);
    }
}

static inline void two_second_layer(tsr_program *p) {
    tsr_desc weights = two_load_weight(&p->arch, TWO_WEIGHTS2, 2, 2, HAND_ENGINE(COMPUTE));
    hand_add(p, &weights, 0);
    tsr_desc load = two_load(TWO_MID, TWO_EDGE, 0, 0);
    load.header.layer = 2;
    load.header.pop = HAND_ENGINE(STORE);
    load.header.traffic = TSR_TRAFFIC_INTERMEDIATE;
    hand_add(p, &load, 0);
    tsr_desc side = two_load(TWO_IN, TWO_EDGE, 4 * TWO_SECTOR, HAND_ENGINE(COMPUTE));
    side.header.layer = 2;
    hand_add(p, &side, 0);
    tsr_desc conv = two_conv(1, TWO_EDGE, 0, 2 * TWO_SECTOR, 2);
    conv.header.pop = HAND_ENGINE(LOAD_FEATURE) | HAND_ENGINE(LOAD_WEIGHT);
    conv.u.conv.out_bank_stride = 2;  // the pool reads every other column
    conv.u.conv.residual = 1;
    conv.u.conv.residual_base = 4 * TWO_SECTOR;
    conv.u.conv.residual_row_pitch = TWO_EDGE / 2;
    conv.u.conv.residual_plane_pitch = TWO_EDGE / 2 * TWO_EDGE;
    conv.u.conv.residual_bank_stride = 1;
    conv.u.conv.residual_multiplier = 1 << 30;
    conv.u.conv.residual_shift = TWO_RESIDUAL_SHIFT;
    conv.u.conv.residual_zero_point = TWO_ZERO_POINT;
    hand_add(p, &conv, (uint64_t)TWO_C * TWO_C * TWO_EDGE * TWO_EDGE);
    tsr_desc pool = {.header = {.opcode = TSR_OP_POOL, .push = HAND_ENGINE(STORE), .layer = 3},
                     .u.pool = {.in_base = 2 * TWO_SECTOR,
                                .in_row_pitch = TWO_EDGE / 2,
                                .in_plane_pitch = TWO_EDGE / 2 * TWO_EDGE,
                                .in_bank_stride = 2,
                                .in_h = TWO_EDGE,
                                .in_w = TWO_EDGE,
                                .planes = 2,
                                .kernel_h = 2,
                                .kernel_w = 2,
                                .stride_h = 2,
                                .stride_w = 2,
                                .out_h = TWO_EDGE / 2,
                                .out_w = TWO_EDGE / 2,
                                .out_base = 5 * TWO_SECTOR,
                                .out_row_pitch = TWO_EDGE / 4,
                                .out_plane_pitch = TWO_EDGE / 4 * TWO_EDGE / 2,
                                .out_bank_stride = 1}};
    hand_add(p, &pool, 0);
    tsr_desc store = two_store(TWO_OUT, TWO_EDGE / 2, TWO_EDGE / 2, 5 * TWO_SECTOR, 0);
    store.header.layer = 3;
    store.header.traffic = TSR_TRAFFIC_OUTPUT;
    hand_add(p, &store, 0);
    const tsr_desc end = {.header = {.opcode = TSR_OP_END}};
    hand_add(p, &end, 0);
}

static inline two_layers two_layers_make(uint64_t seed) {
    tsr_rng rng = {seed};
    two_layers two = {.program = {.arch = hand_arch(), .memory_bytes = TWO_MEMORY}};
    tsr_program *p = &two.program;
    two.weight1 = hand_random(&rng, 8, TWO_C, TWO_C, 3, 3, 127);
    two.weight2 = hand_random(&rng, 8, TWO_C, TWO_C, 1, 1, 127);
    two.scales1 = hand_random_scales(&rng, TWO_C, 5000, 39, 41);
    two.scales2 = hand_random_scales(&rng, TWO_C, 5000, 38, 39);
    int64_t bytes = 0;
    uint8_t *image = hand_pack(&p->arch, &two.weight1, &two.scales1, TWO_ZERO_POINT, &bytes);
    hand_segment(p, "weights1", TWO_WEIGHTS1, (uint64_t)bytes, image);
    image = hand_pack(&p->arch, &two.weight2, &two.scales2, TWO_ZERO_POINT, &bytes);
    hand_segment(p, "weights2", TWO_WEIGHTS2, (uint64_t)bytes, image);
    hand_symbol(p, "in", TWO_IN, TWO_C, TWO_EDGE, TWO_EDGE);
    hand_symbol(p, "mid", TWO_MID, TWO_C, TWO_EDGE, TWO_EDGE);
    hand_symbol(p, "out", TWO_OUT, TWO_C, TWO_EDGE / 2, TWO_EDGE / 2);
    hand_layers(p, 4);
    two_first_layer(p);
    two_second_layer(p);
    return two;
}

static inline void two_layers_free(two_layers *two) {
    tsr_program_free(&two->program);
    tsr_tensor_free(&two->weight1);
    tsr_tensor_free(&two->weight2);
}

#endif
