// SPDX-License-Identifier: Apache-2.0
// Weights in the order the array takes them, behind the parameter records of their output channels.
#include "plan/weights_image.h"

#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

enum { MULTIPLIER_AT = 8, SHIFT_AT = 12, NEUTRAL_SHIFT = 31 };

static void put_bytes(uint8_t *at, uint64_t value, int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static int32_t weight_at(const tsr_tensor *weight, int64_t i) {
    return weight->dtype == TSR_DTYPE_I16 ? ((const int16_t *)weight->data)[i]
                                          : ((const int8_t *)weight->data)[i];
}

/** What stands for one stage's weights while they are copied. */
typedef struct source {
    const tsr_qlayer *q;
    int32_t zero_point;  // of the input
    int32_t channels_out, channels_in, area;
    int32_t tm, tn, planes, element_bytes;
} source;

/** The array sums w * x; the zero point of x goes into the bias: sum of w * (x - z) = sum of w * x
 * - z * sum of w. */
static int64_t folded_bias(const source *s, int32_t m) {
    const int64_t count = (int64_t)s->channels_in * s->area;
    int64_t sum = 0;
    for (int64_t i = 0; i < count; ++i) {
        sum += weight_at(&s->q->weight, m * count + i);
    }
    const int64_t bias = s->q->bias.data != NULL ? ((const int32_t *)s->q->bias.data)[m] : 0;
    return bias - s->zero_point * sum;
}

static void put_records(const source *s, int32_t group, uint8_t *at) {
    for (int32_t i = 0; i < s->tm; ++i, at += TSR_PARAMETER_RECORD_BYTES) {
        const int32_t m = group * s->tm + i;
        const bool real = m < s->channels_out;
        const tsr_scale scale = real ? s->q->requant[m] : (tsr_scale){0, NEUTRAL_SHIFT};
        put_bytes(at, (uint64_t)(real ? folded_bias(s, m) : 0), MULTIPLIER_AT);
        put_bytes(at + MULTIPLIER_AT, (uint64_t)(uint32_t)scale.multiplier,
                  SHIFT_AT - MULTIPLIER_AT);
        put_bytes(at + SHIFT_AT, (uint64_t)scale.shift, 1);
    }
}

/** One row of tn input channels of one output channel and tap. */
static void put_lanes(const source *s, int32_t m, int32_t plane, int32_t tap, uint8_t *at) {
    const int32_t first = plane * s->tn;
    const int32_t lanes = s->channels_in - first < s->tn ? s->channels_in - first : s->tn;
    int64_t from = ((int64_t)m * s->channels_in + first) * s->area + tap;
    for (int32_t lane = 0; lane < lanes; ++lane, from += s->area) {
        put_bytes(at + (size_t)lane * (size_t)s->element_bytes,
                  (uint64_t)(int64_t)weight_at(&s->q->weight, from), s->element_bytes);
    }
}

static void put_group(const source *s, int32_t group, uint8_t *at) {
    put_records(s, group, at);
    at += (size_t)s->tm * TSR_PARAMETER_RECORD_BYTES;
    const size_t lane_bytes = (size_t)s->tn * (size_t)s->element_bytes;
    for (int32_t plane = 0; plane < s->planes; ++plane) {
        for (int32_t tap = 0; tap < s->area; ++tap) {
            for (int32_t i = 0; i < s->tm; ++i, at += lane_bytes) {
                const int32_t m = group * s->tm + i;
                if (m < s->channels_out) {
                    put_lanes(s, m, plane, tap, at);
                }
            }
        }
    }
}

tsr_status tsr_weights_image(const tsr_plan *plan, int32_t stage, const tsr_qnetwork *qnetwork,
                             uint8_t **bytes, tsr_error *err) {
    const tsr_stage *st = &plan->stages[stage];
    const source s = {.q = &qnetwork->layers[st->layer],
                      .zero_point = qnetwork->layers[st->in_layer].out.zero_point,
                      .channels_out = st->out.c,
                      .channels_in = st->in.c,
                      .area = st->kernel_h * st->kernel_w,
                      .tm = plan->arch.tm,
                      .tn = plan->arch.tn,
                      .planes = st->in_planes,
                      .element_bytes = tsr_arch_element_bytes(&plan->arch)};
    const char *name = tsr_plan_stage_name(plan, stage);
    const int64_t expected = (int64_t)s.channels_out * s.channels_in * s.area;
    const int64_t found = (int64_t)(s.q->weight.bytes / tsr_dtype_bytes(s.q->weight.dtype));
    TSR_CHECK(found == expected && s.q->requant != NULL, TSR_ERR_SHAPE, err, name,
              "quantised weights have %lld elements, the layer %lld", (long long)found,
              (long long)expected);
    uint8_t *image = tsr_alloc((size_t)tsr_plan_weight_bytes(st), 1);
    TSR_CHECK(image != NULL, TSR_ERR_NO_MEMORY, err, name, "no memory for the weights");
    for (int32_t group = 0; group < st->m_groups; ++group) {
        put_group(&s, group, image + (size_t)group * (size_t)st->group_bytes);
    }
    *bytes = image;
    return TSR_OK;
}
