// SPDX-License-Identifier: Apache-2.0
// Random machines, and the shapes of the maps of a random program: drawn until they fit the machine.
#ifndef TESSERA_TESTS_HW_RANDOM_SHAPE_H
#define TESSERA_TESTS_HW_RANDOM_SHAPE_H

#include "base/rng.h"
#include "hw/program_maker.h"

enum { RANDOM_MAX_STEPS = 24 };

/** Fields of descriptors that can be left at 0, and what else can be left out. */
enum {
    RANDOM_FORMS = 1,  // weight_form, ones_weight, group_planes
    RANDOM_STEPS = 2,  // out_step_h, out_step_w
    RANDOM_RINGS = 4,  // wraps
    RANDOM_PACK = 8,   // pack, pack_value
    RANDOM_RESIDUALS = 16,
    RANDOM_RELOADS = 32,  // loads of what was stored before
    RANDOM_SPREAD = 64    // bank strides of outputs, origins, dilation, pad modes, fused pools
};

/** What to draw from. */
typedef struct random_options {
    const char *preset;   /**< memory */
    const tsr_arch *arch; /**< NULL = drawn as well */
    uint32_t without;     /**< RANDOM_... */
} random_options;

/** A map in a slot of the feature pool. */
typedef struct random_map {
    int64_t planes, h, w;
    int64_t stride, x0;  /**< bank stride; origin of columns */
    int64_t wrap;        /**< rows of the ring, 0 = none */
    int64_t rows, pitch; /**< rows there is room for; lines of a row */
} random_map;

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
    uint32_t without;
    tsr_program program;
    int32_t steps;
    bool pool[RANDOM_MAX_STEPS];
    bool stored_for[RANDOM_MAX_STEPS];   /**< the step's store gives a token to a later load */
    int32_t reload_of[RANDOM_MAX_STEPS]; /**< step whose stored bytes input filling u reads; -1 =
                                            fresh input */
    int64_t layer[RANDOM_MAX_STEPS];
    int64_t in_y0[RANDOM_MAX_STEPS], side_y0[RANDOM_MAX_STEPS]; /**< by filling */
    int64_t out_y0[RANDOM_MAX_STEPS];                           /**< by step */
    random_flow input, weight;
    int32_t out_slots, computed, stored;
    // shapes, the same for all steps
    random_map in, side, conv_out, pool_out;
    tsr_desc_conv window; /**< the fields of a conv that say what is computed */
    bool residual;
    bool chunks; /**< a conv is one descriptor for each plane, summed up in the accumulators */
    int64_t conv_h, conv_w, pool_h, pool_w; /**< before a fused pool and steps */
    int64_t words;                          /**< weight words of a group */
    int64_t pack, pack_value, in_pixels;    /**< pixels of an input row in DRAM */
    int64_t in_pixel, in_row_stride, in_plane_stride, out_row_stride, out_plane_stride;
    int64_t slot_lines;
    int64_t in_bytes, side_bytes, out_bytes, group_bytes, group_stride;
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

/** Chance to draw a kind of field at all. */
static inline bool random_draws(random_maker *m, uint32_t kind) {
    return (m->without & kind) == 0 && random_int(m, 0, 1) == 1;
}

static inline int64_t random_ceil(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

static inline int64_t random_larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/** A machine; its buffers are sized by random_fit. */
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

static inline random_map random_place(random_maker *m, int64_t stride, int64_t planes, int64_t h,
                                      int64_t w) {
    random_map map = {.planes = planes, .h = h, .w = w, .stride = stride, .rows = h};
    if (random_draws(m, RANDOM_SPREAD)) {
        map.x0 = random_int(m, 0, 3);
    }
    if (random_draws(m, RANDOM_RINGS)) {
        map.wrap = h + random_int(m, 0, 2);
        map.rows = map.wrap;
    }
    map.pitch = random_ceil(map.x0 + w, stride * m->program.arch.tp) * stride;
    return map;
}

static inline int64_t random_lines(const random_map *map) {
    return map->planes * map->rows * map->pitch;
}

/** First row of a filling. */
static inline int64_t random_row(random_maker *m, const random_map *map) {
    return map->wrap > 0 ? random_int(m, 0, map->wrap - 1) : 0;
}

static inline int64_t random_step(int64_t field) {
    return field > 1 ? field : 1;
}

/** Weights and the planes that a group of channels reads. */
static inline void random_weight_form(random_maker *m) {
    const int64_t ratio = m->program.arch.tm / m->program.arch.tn;
    tsr_desc_conv *c = &m->window;
    c->in_planes = random_int(m, 1, 3);
    c->m_groups = random_int(m, 1, 2);
    if (!random_draws(m, RANDOM_FORMS)) {
        return;
    }
    c->weight_form = random_int(m, 0, 2);
    c->ones_weight = c->weight_form == TSR_WEIGHTS_ONES ? random_int(m, 1, 2) : 0;
    c->m_groups = random_int(m, 1, 3);
    if (c->weight_form != TSR_WEIGHTS_DENSE && c->in_planes > ratio) {
        c->in_planes = ratio;
    }
    c->group_planes = RANDOM_OF(m, 0, 1, c->in_planes, ratio);
}

/** One tile: only then may a sum go over several descriptors. */
static inline void random_tile(random_maker *m) {
    tsr_desc_conv *c = &m->window;
    c->m_groups = 1;
    c->group_planes = 0;
    c->kernel_h = random_int(m, 1, 3);
    c->kernel_w = random_int(m, 1, 3);
    c->in_h = c->kernel_h;
    c->in_w = c->kernel_w - 1 + random_int(m, 1, m->program.arch.tp);
    c->stride_h = c->stride_w = c->dilation_h = c->dilation_w = 1;
    c->pad_top = c->pad_left = 0;
    m->conv_h = m->pool_h = 1;
    m->conv_w = m->pool_w = c->in_w - c->kernel_w + 1;
}

/** Kernel, stride, padding: false where there is no output. */
static inline bool random_window(random_maker *m) {
    tsr_desc_conv *c = &m->window;
    c->in_h = random_int(m, 3, 7);
    c->in_w = random_int(m, 3, 9);
    c->kernel_h = random_int(m, 1, 3);
    c->kernel_w = c->kernel_h;
    c->stride_h = random_int(m, 1, 2);
    c->stride_w = c->stride_h;
    c->dilation_h = 1;
    c->dilation_w = 1;
    c->pad_top = c->kernel_h > 1 ? random_int(m, 0, 1) : 0;
    c->pad_left = c->pad_top;
    m->pool_h = (c->in_h + 2 * c->pad_top - c->kernel_h) / c->stride_h + 1;
    m->pool_w = (c->in_w + 2 * c->pad_left - c->kernel_w) / c->stride_w + 1;
    if (random_draws(m, RANDOM_SPREAD)) {
        c->dilation_h = random_int(m, 1, 2);
        c->dilation_w = random_int(m, 1, 2);
        c->in_zero_point = random_int(m, -9, 9);
        c->out_zero_point = random_int(m, -9, 9);
        c->rounding = random_int(m, 0, TSR_ROUNDING_COUNT - 1);
        if (c->stride_w == 1) {  // others may meet in one bank
            c->pad_mode_top = random_int(m, 0, 2);
            c->pad_mode_left = random_int(m, 0, 2);
            c->pad_mode_bottom = random_int(m, 0, 2);
            c->pad_mode_right = random_int(m, 0, 2);
        }
    }
    const int64_t rest_h = c->in_h + 2 * c->pad_top - (c->kernel_h - 1) * c->dilation_h - 1;
    const int64_t rest_w = c->in_w + 2 * c->pad_left - (c->kernel_w - 1) * c->dilation_w - 1;
    m->conv_h = rest_h / c->stride_h + 1;
    m->conv_w = rest_w / c->stride_w + 1;
    return rest_h >= 0 && rest_w >= 0;
}

/** What becomes of the outputs: steps, or a fused pool, or neither. */
static inline void random_output(random_maker *m) {
    tsr_desc_conv *c = &m->window;
    int64_t h = m->conv_h;
    int64_t w = m->conv_w;
    if (random_draws(m, RANDOM_STEPS)) {
        c->out_step_h = random_int(m, 0, 3);
        c->out_step_w = random_int(m, 0, 3);
        h *= random_step(c->out_step_h);
        w *= random_step(c->out_step_w);
    } else if (random_draws(m, RANDOM_SPREAD) && h > 1 && w > 1) {
        c->max_pool_2x2 = 1;
        h /= 2;
        w /= 2;
    }
    const int64_t ratio = m->program.arch.tm / m->program.arch.tn;
    const bool spread = random_draws(m, RANDOM_SPREAD);
    m->conv_out = random_place(m, spread ? 2 : 1, c->m_groups * ratio, h, w);
    m->pool_out = random_place(m, spread ? 2 : 1, m->in.planes, m->pool_h, m->pool_w);
    m->residual = random_draws(m, RANDOM_RESIDUALS);
    if (m->residual) {
        m->side = random_place(m, random_int(m, 1, 2), c->m_groups * ratio, m->conv_h, m->conv_w);
        c->residual_multiplier = (INT64_C(1) << 30) + random_int(m, 0, 1000);
        c->residual_shift = random_int(m, 29, 33);
        c->residual_zero_point = random_int(m, -9, 9);
    }
}

/** Bytes of a pixel of the input in DRAM, and how many are gathered in a word. */
static inline void random_pixels(random_maker *m, int64_t word) {
    const int64_t element = tsr_arch_element_bytes(&m->program.arch);
    m->in_pixel =
        m->in.planes > 1 || random_int(m, 0, 1) != 0 ? word : random_larger(word / 2, element);
    m->in_pixels = m->in.w;
    m->pack = 0;
    m->pack_value = 0;
    if (!random_draws(m, RANDOM_PACK) || word < 2 * element) {
        return;
    }
    while (m->in_pixel > element && (m->in_pixel == word || random_int(m, 0, 1) == 1)) {
        m->in_pixel /= 2;
    }
    const int64_t most = word / m->in_pixel < m->in.w ? word / m->in_pixel : m->in.w;
    m->pack = random_int(m, 1, most);
    m->pack_value = random_int(m, -100, 100);
    m->in_pixels = m->in.w - (m->pack - 1);
}

/** One try; false where the window has no output. */
static inline bool random_shapes(random_maker *m) {
    const tsr_arch *arch = &m->program.arch;
    const int64_t word = tsr_arch_feature_word_bytes(arch);
    tsr_desc_conv *c = &m->window;
    *c = (tsr_desc_conv){
        .accumulate_first = 1, .accumulate_last = 1, .clamp_lo = -100, .clamp_hi = 100};
    m->side = (random_map){0};
    random_weight_form(m);
    m->chunks = random_draws(m, RANDOM_SPREAD) && random_draws(m, RANDOM_SPREAD);
    if (m->chunks) {
        random_tile(m);
    } else if (!random_window(m)) {
        return false;
    }
    m->in = random_place(m, c->stride_w, (c->m_groups - 1) * c->group_planes + c->in_planes,
                         c->in_h, c->in_w);
    random_output(m);
    random_pixels(m, word);
    m->in_row_stride = m->in_pixels * m->in_pixel + random_int(m, 0, 2) * 24;
    m->in_plane_stride = m->in.h * m->in_row_stride + random_int(m, 0, 1) * 4096;
    const int64_t wide = random_larger(m->conv_out.w, m->pool_out.w);
    const int64_t tall = random_larger(m->conv_out.h, m->pool_out.h);
    const int64_t planes = random_larger(m->conv_out.planes, m->pool_out.planes);
    m->out_row_stride = wide * word + random_int(m, 0, 1) * 40;
    m->out_plane_stride = tall * m->out_row_stride;
    m->slot_lines =
        random_larger(random_larger(random_lines(&m->in), random_lines(&m->side)),
                      random_larger(random_lines(&m->conv_out), random_lines(&m->pool_out)));
    m->in_bytes = m->in.planes * m->in_plane_stride;
    m->side_bytes = m->side.planes * m->side.h * m->side.w * word;
    m->out_bytes = planes * m->out_plane_stride;
    m->words = tsr_conv_weight_words(arch, c);
    m->group_bytes = (int64_t)arch->tm * TSR_PARAMETER_RECORD_BYTES +
                     m->words * tsr_arch_weight_word_bytes(arch);
    m->group_stride = m->group_bytes + random_int(m, 0, 1) * 64;
    m->input.slots = (int32_t)random_int(m, 1, 3);
    m->weight.slots = (int32_t)random_int(m, 1, 2);
    m->out_slots = (int32_t)random_int(m, 1, 3);
    return true;
}

static inline int32_t random_sectors(const random_maker *m) {
    return m->input.slots * (m->residual ? 2 : 1) + m->out_slots;
}

/** Sizes the buffers to the shapes: a sector of its own for each slot, so that engines never meet at
 * a memory port. A machine that is given must be large enough. */
static inline bool random_fit(random_maker *m, bool given) {
    tsr_arch *arch = &m->program.arch;
    const int64_t words = m->weight.slots * m->window.m_groups * m->words;
    const int64_t entries = m->weight.slots * m->window.m_groups;
    if (given) {
        const int64_t sector_lines = tsr_arch_feature_lines(arch) / arch->feature_sectors;
        const bool fits = random_sectors(m) <= arch->feature_sectors &&
                          m->slot_lines <= sector_lines && words <= tsr_arch_weight_words(arch) &&
                          entries <= arch->parameter_channels / arch->tm;
        m->slot_lines = sector_lines;
        return fits;
    }
    arch->feature_sectors = random_sectors(m);
    arch->feature_buffer_bytes =
        (int64_t)arch->feature_sectors * m->slot_lines * tsr_arch_line_bytes(arch);
    arch->weight_buffer_bytes = random_larger(words, 1) * tsr_arch_weight_word_bytes(arch);
    arch->parameter_channels = (int32_t)entries * arch->tm;
    return true;
}

#endif
