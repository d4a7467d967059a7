// SPDX-License-Identifier: Apache-2.0
// Weights and pictures from a seed. Only + - * / and sqrt of doubles: the same bytes on every
// machine.
#include <math.h>

#include <tessera/network.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/rng.h"
#include "network/identity.h"

enum { shape_count = 6, stream_input = 0x70696374 };

// Its own sequence for every layer, so that a change in one layer leaves the others alone.
static tsr_rng stream(uint64_t seed, uint64_t number) {
    tsr_rng mix = {seed};
    const uint64_t first = tsr_rng_next(&mix);
    mix.state = first ^ (number * 0xD1B54A32D192ED03u);
    return (tsr_rng){tsr_rng_next(&mix)};
}

// Nearly normal, mean 0, deviation 1: the sum of eight 16-bit numbers, made of two draws.
static double normal(tsr_rng *rng) {
    const double mean = 8.0 * 65535.0 / 2.0;
    const double deviation = 53509.921;  // sqrt(8 * (65536^2 - 1) / 12)
    int32_t sum = 0;
    for (int32_t draw = 0; draw < 2; ++draw) {
        const uint64_t bits = tsr_rng_next(rng);
        sum += (int32_t)(bits & 0xFFFFu) + (int32_t)(bits >> 16 & 0xFFFFu) +
               (int32_t)(bits >> 32 & 0xFFFFu) + (int32_t)(bits >> 48);
    }
    return ((double)sum - mean) / deviation;
}

static void fill_normal(tsr_rng *rng, double deviation, tsr_tensor *t) {
    float *out = t->data;
    const size_t count = t->bytes / sizeof *out;
    for (size_t i = 0; i < count; ++i) {
        out[i] = (float)(deviation * normal(rng));
    }
}

static double between(tsr_rng *rng, double low, double high) {
    return low + (high - low) * tsr_rng_unit(rng);
}

// Channels of a well-trained network: factors around 1, none negative.
static tsr_status generate_norm(const tsr_layer *layer, tsr_rng rng, tsr_layer_weights *weights,
                                tsr_error *err) {
    static const double shift_deviation = 0.05;
    TSR_TRY(tsr_tensor_create(&weights->weight, TSR_DTYPE_F32, 1, layer->out.c, 1, 1, err));
    TSR_TRY(tsr_tensor_create(&weights->bias, TSR_DTYPE_F32, 1, layer->out.c, 1, 1, err));
    float *factors = weights->weight.data;
    for (int32_t c = 0; c < layer->out.c; ++c) {
        factors[c] = (float)between(&rng, 0.5, 1.5);
    }
    fill_normal(&rng, shift_deviation, &weights->bias);
    return TSR_OK;
}

// He et al. 2015: deviation sqrt(2 / inputs) keeps the size of the values through relu layers.
static tsr_status generate_layer(const tsr_layer *layer, tsr_rng rng, tsr_layer_weights *weights,
                                 tsr_error *err) {
    static const double bias_deviation = 0.02;
    if (layer->kind == TSR_LAYER_BATCH_NORM) {
        return generate_norm(layer, rng, weights, err);
    }
    if (layer->identity) {
        return tsr_identity_make(layer, &weights->weight, err);
    }
    if (layer->weight_count == 0) {
        return TSR_OK;
    }
    const bool conv = layer->kind == TSR_LAYER_CONV;
    const int32_t inputs =
        conv ? layer->in.c / layer->groups : layer->in.c * layer->in.h * layer->in.w;
    TSR_TRY(tsr_tensor_create(&weights->weight, TSR_DTYPE_F32, layer->out_channels, inputs,
                              conv ? layer->kernel_h : 1, conv ? layer->kernel_w : 1, err));
    const double fan_in = (double)layer->weight_count / layer->out_channels;
    fill_normal(&rng, sqrt(2.0 / fan_in), &weights->weight);
    if (layer->has_bias) {
        TSR_TRY(
            tsr_tensor_create(&weights->bias, TSR_DTYPE_F32, 1, layer->out_channels, 1, 1, err));
        fill_normal(&rng, bias_deviation, &weights->bias);
    }
    return TSR_OK;
}

tsr_status tsr_weights_generate(const tsr_network *network, uint64_t seed, tsr_weights *weights,
                                tsr_error *err) {
    tsr_weights made = {.layer_count = network->layer_count,
                        .layers = tsr_alloc((size_t)network->layer_count, sizeof *made.layers)};
    TSR_CHECK(made.layers != NULL, TSR_ERR_NO_MEMORY, err, network->name, "out of memory");
    for (int32_t i = 0; i < network->layer_count; ++i) {
        const tsr_layer *layer = &network->layers[i];
        const tsr_status status =
            generate_layer(layer, stream(seed, (uint64_t)i), &made.layers[i], err);
        if (status != TSR_OK) {
            tsr_weights_free(&made);
            return status;
        }
    }
    *weights = made;
    return TSR_OK;
}

/** A round hill of light: height / (1 + (distance / radius)^2), all in units of the picture's
 * sides. */
typedef struct hill {
    double y, x, inverse_radius, height;
} hill;

/** A channel: a slope from corner to corner with hills on it. */
typedef struct scene {
    double base, slope_y, slope_x;
    hill hills[shape_count];
} scene;

static scene make_scene(tsr_rng *rng) {
    scene s = {.base = between(rng, 0.2, 0.5)};
    s.slope_y = between(rng, -0.3, 0.3);
    s.slope_x = between(rng, -0.3, 0.3);
    for (int32_t k = 0; k < shape_count; ++k) {
        s.hills[k].y = tsr_rng_unit(rng);
        s.hills[k].x = tsr_rng_unit(rng);
        s.hills[k].inverse_radius = 1.0 / between(rng, 0.03, 0.25);
        s.hills[k].height = between(rng, -0.5, 0.7);
    }
    return s;
}

static double light(const scene *s, double y, double x) {
    double sum = s->base + s->slope_y * y + s->slope_x * x;
    for (int32_t k = 0; k < shape_count; ++k) {
        const hill *h = &s->hills[k];
        const double dy = (y - h->y) * h->inverse_radius;
        const double dx = (x - h->x) * h->inverse_radius;
        sum += h->height / (1.0 + dy * dy + dx * dx);
    }
    return sum;
}

tsr_status tsr_input_generate(tsr_shape shape, uint64_t seed, tsr_tensor *input, tsr_error *err) {
    static const double noise = 0.02;
    tsr_tensor made = {0};
    TSR_TRY(tsr_tensor_create(&made, TSR_DTYPE_F32, 1, shape.c, shape.h, shape.w, err));
    float *out = made.data;
    tsr_rng rng = stream(seed, stream_input);
    for (int32_t c = 0; c < shape.c; ++c) {
        const scene s = make_scene(&rng);
        for (int32_t y = 0; y < shape.h; ++y) {
            for (int32_t x = 0; x < shape.w; ++x) {
                const double value = light(&s, (y + 0.5) / shape.h, (x + 0.5) / shape.w) +
                                     between(&rng, -noise, noise);
                *out++ = (float)(value < 0.0 ? 0.0 : value > 1.0 ? 1.0 : value);
            }
        }
    }
    *input = made;
    return TSR_OK;
}
