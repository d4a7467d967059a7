// SPDX-License-Identifier: Apache-2.0
// Programs put together by hand: a small architecture, weights in the order of the weight buffer,
// and one program of two layers in which every engine works and every token is needed.
#ifndef TESSERA_TESTS_SUPPORT_HAND_PROGRAM_H
#define TESSERA_TESTS_SUPPORT_HAND_PROGRAM_H

#include <stdlib.h>

#include <tessera/kernels.h>
#include <tessera/program.h>
#include <tessera/tensor.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "program/program_build.h"
#include "support/test.h"

#define HAND_ENGINE(name) ((int64_t)1 << TSR_ENGINE_##name)

/** Seed of a random test: the first argument of the program, or a fixed one. */
static inline uint64_t hand_seed(int argc, char **argv, uint64_t otherwise) {
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : otherwise;
    print_message("seed %llu\n", (unsigned long long)seed);
    return seed;
}

/** 4x4x2 array, 8 bits, 8 sectors of 512 lines, 512 weight words, 16 parameter entries, ideal
 * memory. */
static inline tsr_arch hand_arch(void) {
    tsr_error err = {0};
    tsr_arch arch = {.name = "hand",
                     .device = "none",
                     .clock_hz = 100000000,
                     .tm = 4,
                     .tn = 4,
                     .tp = 2,
                     .wp = 1,
                     .activation_bits = 8,
                     .rounding = TSR_ROUND_HALF_UP,
                     .feature_buffer_bytes = 32768,
                     .feature_sectors = 8,
                     .weight_buffer_bytes = 8192,
                     .parameter_channels = 64,
                     .axi_data_bits = 64,
                     .max_burst_beats = 16,
                     .max_outstanding_bursts = 8};
    assert_ok(tsr_dram_preset("ideal", &arch.dram, &err), err);
    arch.dram.accelerator_clock_hz = arch.clock_hz;
    assert_ok(tsr_arch_check(&arch, &err), err);
    return arch;
}

/** Bytes of one group of tm channels with its parameter records. */
static inline int64_t hand_group_bytes(const tsr_arch *arch, int64_t words) {
    return (int64_t)arch->tm * TSR_PARAMETER_RECORD_BYTES +
           words * tsr_arch_weight_word_bytes(arch);
}

/** Integer element of a plain int8 or int16 tensor. */
static inline int32_t hand_at(const tsr_tensor *t, int32_t c, int32_t y, int32_t x) {
    const size_t i = ((size_t)c * (size_t)t->h + (size_t)y) * (size_t)t->w + (size_t)x;
    if (t->dtype == TSR_DTYPE_I8) {
        return ((const int8_t *)t->data)[i];
    }
    return ((const int16_t *)t->data)[i];
}

/** A plain tensor of random integers from -range to range. */
static inline tsr_tensor hand_random(tsr_rng *rng, int32_t bits, int32_t n, int32_t c, int32_t h,
                                     int32_t w, int32_t range) {
    tsr_tensor t = {0};
    tsr_error err = {0};
    const tsr_dtype dtype = bits == 8 ? TSR_DTYPE_I8 : TSR_DTYPE_I16;
    assert_ok(tsr_tensor_create(&t, dtype, n, c, h, w, &err), err);
    const int64_t count = (int64_t)n * c * h * w;
    for (int64_t i = 0; i < count; ++i) {
        const int64_t value = tsr_rng_range(rng, -range, range);
        if (bits == 8) {
            ((int8_t *)t.data)[i] = (int8_t)value;
        } else {
            ((int16_t *)t.data)[i] = (int16_t)value;
        }
    }
    return t;
}

/** What requantisation needs, by output channel. */
typedef struct hand_scales {
    int32_t bias[64];
    tsr_scale scale[64];
} hand_scales;

static inline hand_scales hand_random_scales(tsr_rng *rng, int32_t channels, int32_t bias_range,
                                             int32_t shift_low, int32_t shift_high) {
    hand_scales s = {0};
    for (int32_t m = 0; m < channels; ++m) {
        s.bias[m] = (int32_t)tsr_rng_range(rng, -bias_range, bias_range);
        s.scale[m] = (tsr_scale){(int32_t)tsr_rng_range(rng, 1 << 30, INT32_MAX),
                                 (int32_t)tsr_rng_range(rng, shift_low, shift_high)};
    }
    return s;
}

static inline void hand_put(uint8_t *at, int64_t value, int32_t bytes) {
    for (int32_t i = 0; i < bytes; ++i) {
        at[i] = (uint8_t)((uint64_t)value >> (8 * i));
    }
}

/**
 * Weights [m][c][kh][kw] and scales as the DRAM image holds them (program.h). The array multiplies
 * the raw input, so the bias takes the zero point along: bias - zero_point * sum of the channel's
 * weights.
 */
static inline uint8_t *hand_pack(const tsr_arch *arch, const tsr_tensor *weight,
                                 const hand_scales *scales, int32_t zero_point, int64_t *bytes) {
    const int32_t element = tsr_arch_element_bytes(arch);
    const int32_t groups = (weight->n + arch->tm - 1) / arch->tm;
    const int32_t planes = (weight->c + arch->tn - 1) / arch->tn;
    const int32_t taps = weight->h * weight->w;
    *bytes = groups * hand_group_bytes(arch, (int64_t)planes * taps);
    uint8_t *image = tsr_alloc((size_t)*bytes, 1);
    assert_non_null(image);
    uint8_t *at = image;
    for (int32_t g = 0; g < groups; ++g) {
        for (int32_t i = 0; i < arch->tm; ++i, at += TSR_PARAMETER_RECORD_BYTES) {
            const int32_t m = g * arch->tm + i;
            int64_t sum = 0;
            for (int32_t k = 0; m < weight->n && k < weight->c * taps; ++k) {
                sum +=
                    hand_at(weight, m * weight->c + k / taps, k % taps / weight->w, k % weight->w);
            }
            const bool real = m < weight->n;
            hand_put(at, real ? scales->bias[m] - zero_point * sum : 0, 8);
            hand_put(at + 8, real ? scales->scale[m].multiplier : 0, 4);
            at[12] = real ? (uint8_t)scales->scale[m].shift : 31;
        }
        for (int32_t word = 0; word < planes * taps; ++word) {
            for (int32_t i = 0; i < arch->tm * arch->tn; ++i, at += element) {
                const int32_t m = g * arch->tm + i / arch->tn;
                const int32_t c = word / taps * arch->tn + i % arch->tn;
                const int32_t tap = word % taps;
                const bool real = m < weight->n && c < weight->c;
                hand_put(
                    at,
                    real ? hand_at(weight, m * weight->c + c, tap / weight->w, tap % weight->w) : 0,
                    element);
            }
        }
    }
    return image;
}

static inline void hand_add(tsr_program *p, const tsr_desc *desc, uint64_t macs) {
    tsr_error err = {0};
    const tsr_desc_note note = {.block = -1, .macs = macs};
    assert_ok(tsr_program_append(p, desc, &note, &err), err);
}

static inline void hand_segment(tsr_program *p, const char *name, uint64_t address, uint64_t bytes,
                                uint8_t *data) {
    tsr_error err = {0};
    tsr_segment segment = {.address = address, .bytes = bytes, .data = data};
    (void)snprintf(segment.name, sizeof segment.name, "%s", name);
    assert_ok(tsr_program_add_segment(p, &segment, &err), err);
}

static inline void hand_symbol(tsr_program *p, const char *name, uint64_t address, int32_t c,
                               int32_t h, int32_t w) {
    tsr_error err = {0};
    tsr_symbol symbol = {.address = address,
                         .c = c,
                         .h = h,
                         .w = w,
                         .pixel_bytes = tsr_arch_pixel_bytes(&p->arch, c),
                         .is_input = strcmp(name, "in") == 0,
                         .is_output = strcmp(name, "out") == 0};
    (void)snprintf(symbol.name, sizeof symbol.name, "%s", name);
    assert_ok(tsr_program_add_symbol(p, &symbol, &err), err);
}

static inline void hand_layers(tsr_program *p, int32_t count) {
    tsr_error err = {0};
    for (int32_t i = 0; i < count; ++i) {
        char name[16];
        (void)snprintf(name, sizeof name, "layer%d", (int)i);
        assert_ok(tsr_program_add_layer(p, name, &err), err);
    }
}

#endif
