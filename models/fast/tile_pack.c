// SPDX-License-Identifier: Apache-2.0
// Operands of a tile convolution in the order its inner kernel reads them.
#include "fast/tile_pack.h"

#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

enum { alignment = 64, sign_bit = 0x80 };

static tsr_tile_variant choose(tsr_isa isa, size_t channels) {
    if (!tsr_isa_available(isa)) {
        return tsr_tile_portable();
    }
    switch (isa) {
        case TSR_ISA_AVX2:
            return tsr_tile_avx2();
        case TSR_ISA_AVX512_VNNI:
            return tsr_tile_avx512(channels);
        default:
            return tsr_tile_portable();
    }
}

static void fill_taps(const tsr_tile_conv *shape, tsr_tile_plan *plan) {
    size_t *tap = plan->taps;
    for (int32_t plane = 0; plane < shape->planes; ++plane) {
        for (int32_t ky = 0; ky < shape->kernel_h; ++ky) {
            for (int32_t kx = 0; kx < shape->kernel_w; ++kx) {
                const size_t row =
                    (size_t)plane * (size_t)shape->in_h + (size_t)ky * (size_t)shape->dilation_h;
                const size_t column = (size_t)kx * (size_t)shape->dilation_w;
                *tap++ = (row * (size_t)shape->in_w + column) * plan->word;
            }
        }
    }
}

tsr_status tsr_tile_plan_make(const tsr_tile_conv *shape, tsr_isa isa, tsr_tile_plan *plan,
                              tsr_error *err) {
    tsr_tile_plan made = {.channels = (size_t)shape->m_groups * (size_t)shape->tm};
    made.variant = choose(isa, made.channels);
    const size_t granule = (size_t)made.variant.granule;
    const size_t lanes = (size_t)made.variant.lanes;
    made.panels = (made.channels + lanes - 1) / lanes;
    made.steps = ((size_t)shape->tn + granule - 1) / granule;
    made.word = made.steps * granule;
    made.tap_count = (size_t)shape->planes * (size_t)shape->kernel_h * (size_t)shape->kernel_w;
    made.panel_bytes = made.tap_count * made.word * lanes * (size_t)made.variant.element_bytes;
    made.taps = tsr_alloc(made.tap_count, sizeof *made.taps);
    TSR_CHECK(made.taps != NULL, TSR_ERR_NO_MEMORY, err, NULL, "no memory for a convolution");
    fill_taps(shape, &made);
    *plan = made;
    return TSR_OK;
}

void tsr_tile_plan_free(tsr_tile_plan *plan) {
    tsr_free(plan->taps);
    *plan = (tsr_tile_plan){0};
}

tsr_aligned tsr_aligned_alloc(size_t bytes) {
    tsr_aligned a = {.memory =
                         bytes <= SIZE_MAX - alignment ? tsr_alloc(bytes + alignment, 1) : NULL};
    if (a.memory != NULL) {
        const size_t beyond = (uintptr_t)a.memory % alignment;
        a.data = (char *)a.memory + (beyond == 0 ? 0 : alignment - beyond);
    }
    return a;
}

void tsr_aligned_free(tsr_aligned *a) {
    tsr_free(a->memory);
    *a = (tsr_aligned){0};
}

static size_t input_words(const tsr_tile_conv *shape) {
    return (size_t)shape->planes * (size_t)shape->in_h * (size_t)shape->in_w;
}

size_t tsr_tile_input_bytes(const tsr_tile_conv *shape, const tsr_tile_plan *plan) {
    return input_words(shape) * plan->word * (size_t)plan->variant.element_bytes;
}

// x + 128 as an unsigned byte is x with its sign bit flipped.
static void pack_bytes(const int8_t *in, size_t words, size_t tn, size_t word, uint8_t *target) {
    if (tn == word) {
        for (size_t i = 0; i < words * tn; ++i) {
            target[i] = (uint8_t)in[i] ^ sign_bit;
        }
        return;
    }
    for (size_t i = 0; i < words; ++i) {
        for (size_t n = 0; n < tn; ++n) {
            target[i * word + n] = (uint8_t)in[i * tn + n] ^ sign_bit;
        }
    }
}

static void pack_wide(const int8_t *in, size_t words, size_t tn, size_t word, int16_t *target) {
    if (tn == word) {
        for (size_t i = 0; i < words * tn; ++i) {
            target[i] = in[i];
        }
        return;
    }
    for (size_t i = 0; i < words; ++i) {
        for (size_t n = 0; n < tn; ++n) {
            target[i * word + n] = in[i * tn + n];
        }
    }
}

void tsr_tile_pack_input(const tsr_tile_conv *shape, const tsr_tile_plan *plan, const int8_t *in,
                         void *target) {
    const size_t words = input_words(shape);
    if (plan->variant.element_bytes == 1) {
        pack_bytes(in, words, (size_t)shape->tn, plan->word, target);
    } else {
        pack_wide(in, words, (size_t)shape->tn, plan->word, target);
    }
}

// One channel's weights of one tap, [tn], into lane `lane`: element n goes to [n / granule][lane][n
// % granule].
static void spread_bytes(const int8_t *from, size_t tn, size_t lanes, int8_t *to) {
    size_t n = 0;
    for (; n + 4 <= tn; n += 4) {
        memcpy(to, from + n, 4);
        to += lanes * 4;
    }
    for (size_t rest = 0; n + rest < tn; ++rest) {
        to[rest] = from[n + rest];
    }
}

static void spread_pairs(const int8_t *from, size_t tn, size_t lanes, int16_t *to) {
    for (size_t n = 0; n < tn; ++n) {
        to[n / 2 * lanes * 2 + n % 2] = from[n];
    }
}

static void spread_single(const int8_t *from, size_t tn, size_t lanes, int16_t *to) {
    for (size_t n = 0; n < tn; ++n) {
        to[n * lanes] = from[n];
    }
}

void tsr_tile_pack_panel(const tsr_tile_conv *shape, const tsr_tile_plan *plan,
                         const int8_t *weight, size_t panel, void *target) {
    const size_t tm = (size_t)shape->tm;
    const size_t tn = (size_t)shape->tn;
    const size_t lanes = (size_t)plan->variant.lanes;
    const size_t first = panel * lanes;
    const size_t count = plan->channels - first < lanes ? plan->channels - first : lanes;
    if (count < lanes) {
        memset(target, 0, plan->panel_bytes);
    }
    for (size_t tap = 0; tap < plan->tap_count; ++tap) {
        for (size_t lane = 0; lane < count; ++lane) {
            const size_t group = (first + lane) / tm;
            const size_t m = (first + lane) % tm;
            const int8_t *from = weight + ((group * plan->tap_count + tap) * tm + m) * tn;
            const size_t at = tap * plan->word * lanes + lane * (size_t)plan->variant.granule;
            switch (plan->variant.granule) {
                case 4:
                    spread_bytes(from, tn, lanes, (int8_t *)target + at);
                    break;
                case 2:
                    spread_pairs(from, tn, lanes, (int16_t *)target + at);
                    break;
                default:
                    spread_single(from, tn, lanes, (int16_t *)target + at);
                    break;
            }
        }
    }
}
