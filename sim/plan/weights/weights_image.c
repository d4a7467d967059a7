// SPDX-License-Identifier: Apache-2.0
// Weights in the order the array takes them, behind the parameter records of their output channels.
#include "plan/weights/weights_image.h"

#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"
#include "forward/sums.h"
#include "plan/model/channel_move.h"
#include "plan/stages/average.h"
#include "plan/stages/pixel_pack.h"

enum { MULTIPLIER_AT = 8, SHIFT_AT = 12, NEUTRAL_SHIFT = 31 };

static const tsr_scale scale_of_one = {1 << 30, 30};

static void put_bytes(uint8_t *at, uint64_t value, int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

/** What stands for one stage's weights while they are copied. */
typedef struct source {
    const tsr_plan *plan;
    const tsr_stage *stage;
    const tsr_qlayer *q;
    tsr_rounding rounding;
    int32_t zero_point;         // of the input
    int32_t channels_in, area;  // input channels that one output channel has weights for
    int32_t tm, tn, element_bytes;
    tsr_average_record *means;  // owned, [sets] of an average, else NULL
} source;

/** What one output channel does with its sum. */
typedef struct record {
    int64_t bias;
    tsr_scale scale;
} record;

/** Channel of the layer that output channel m of a set of weights is: a pixel shuffle takes every
 * step * step-th one. */
static int32_t layer_channel(const source *s, int32_t m, int32_t set) {
    return m * s->stage->weight_phases + set;
}

/** The array sums w * x; the zero point of x goes into the bias: sum of w * (x - z) = sum of w * x
 * - z * sum of w. */
static record weights_record(const source *s, int32_t channel) {
    const int64_t count = (int64_t)s->channels_in * s->area;
    int64_t sum = 0;
    for (int64_t i = 0; i < count; ++i) {
        sum += tsr_q_at(&s->q->weight, (size_t)(channel * count + i));
    }
    const int64_t bias = s->q->bias.data != NULL ? ((const int32_t *)s->q->bias.data)[channel] : 0;
    return (record){bias - s->zero_point * sum, s->q->requant[channel]};
}

static record record_of(const source *s, int32_t m, int32_t set) {
    switch (s->stage->job) {
        case TSR_JOB_WEIGHTS:
            return weights_record(s, layer_channel(s, m, set));
        case TSR_JOB_AVERAGE:
            return (record){s->means[set].bias, s->means[set].scale};
        case TSR_JOB_ADD:
            return (record){-(int64_t)s->zero_point, s->q->add[0]};
        default:
            return (record){0, scale_of_one};
    }
}

static void put_records(const source *s, int32_t group, int32_t set, uint8_t *at) {
    for (int32_t i = 0; i < s->tm; ++i, at += TSR_PARAMETER_RECORD_BYTES) {
        const int32_t m = group * s->tm + i;
        const bool real = m < s->stage->out.c;
        const record r = real ? record_of(s, m, set) : (record){0, {0, NEUTRAL_SHIFT}};
        put_bytes(at, (uint64_t)r.bias, MULTIPLIER_AT);
        put_bytes(at + MULTIPLIER_AT, (uint64_t)(uint32_t)r.scale.multiplier,
                  SHIFT_AT - MULTIPLIER_AT);
        put_bytes(at + SHIFT_AT, (uint64_t)r.scale.shift, 1);
    }
}

/** One row of the array where words have several pixels: the columns of the window that word `tap`
 * has pixels for, each with the channels of a pixel; 0 behind the last column. */
static void put_packed_lanes(const source *s, int32_t channel, int32_t tap, uint8_t *at) {
    const tsr_stage *stage = s->stage;
    const int32_t columns = tsr_stage_columns(stage);
    const int32_t pixel_bytes = s->plan->maps[stage->in_map].pixel_bytes;
    for (int32_t j = 0; j < stage->pack; ++j) {
        const int32_t kx = tap % columns * stage->pack + j;
        for (int32_t in = 0; in < s->channels_in && kx < stage->kernel_w; ++in) {
            const int64_t from = ((int64_t)channel * s->channels_in + in) * s->area +
                                 (int64_t)(tap / columns) * stage->kernel_w + kx;
            put_bytes(at + (size_t)j * (size_t)pixel_bytes + (size_t)in * (size_t)s->element_bytes,
                      (uint64_t)(int64_t)tsr_q_at(&s->q->weight, (size_t)from), s->element_bytes);
        }
    }
}

/** One row of tn input channels of one output channel and tap; lanes of other groups stay 0. */
static void put_lanes(const source *s, int32_t channel, int32_t plane, int32_t tap, uint8_t *at) {
    const int32_t outs = s->stage->out.c * s->stage->weight_phases / s->stage->groups;
    const int32_t begin = channel / outs * s->channels_in;  // input channels of the group
    for (int32_t lane = 0; lane < s->tn; ++lane) {
        const int32_t in = plane * s->tn + lane - begin;
        if (in >= 0 && in < s->channels_in) {
            const int64_t from = ((int64_t)channel * s->channels_in + in) * s->area + tap;
            put_bytes(at + (size_t)lane * (size_t)s->element_bytes,
                      (uint64_t)(int64_t)tsr_q_at(&s->q->weight, (size_t)from), s->element_bytes);
        }
    }
}

/** One row of the array that takes the value of one lane as it is; other words have it, or none. */
static void put_one(const source *s, int32_t lane, uint8_t *at) {
    if (lane >= 0 && lane < s->tn) {
        put_bytes(at + (size_t)lane * (size_t)s->element_bytes, 1, s->element_bytes);
    }
}

static void put_dense(const source *s, int32_t group, int32_t set, uint8_t *at) {
    const size_t lane_bytes = (size_t)s->tn * (size_t)s->element_bytes;
    const tsr_stretch planes = tsr_plan_group_planes(s->plan, s->stage, group);
    for (int32_t plane = planes.begin; plane < planes.end; ++plane) {
        for (int32_t tap = 0; tap < tsr_stage_taps(s->stage); ++tap) {
            for (int32_t i = 0; i < s->tm; ++i, at += lane_bytes) {
                const int32_t m = group * s->tm + i;
                if (m < s->stage->out.c && s->stage->job == TSR_JOB_MOVE) {
                    const int32_t lane = tsr_move_lane(s->plan, s->stage, m, set) - plane * s->tn;
                    put_one(s, lane, at);
                } else if (m < s->stage->out.c && s->stage->pack > 1) {
                    put_packed_lanes(s, layer_channel(s, m, set), tap, at);
                } else if (m < s->stage->out.c) {
                    put_lanes(s, layer_channel(s, m, set), plane, tap, at);
                }
            }
        }
    }
}

/** One row of tn channels for each plane and tap, row after row. */
static void put_diagonal(const source *s, int32_t group, uint8_t *at) {
    const tsr_stretch planes = tsr_plan_group_planes(s->plan, s->stage, group);
    for (int32_t plane = planes.begin; plane < planes.end; ++plane) {
        for (int32_t tap = 0; tap < s->area; ++tap) {
            for (int32_t lane = 0; lane < s->tn; ++lane, at += s->element_bytes) {
                const int32_t m = plane * s->tn + lane;
                if (m < s->stage->out.c) {
                    put_bytes(at,
                              (uint64_t)(int64_t)tsr_q_at(&s->q->weight,
                                                          (size_t)((int64_t)m * s->area + tap)),
                              s->element_bytes);
                }
            }
        }
    }
}

static void put_group(const source *s, int32_t group, int32_t set, uint8_t *at) {
    put_records(s, group, set, at);
    at += (size_t)s->tm * TSR_PARAMETER_RECORD_BYTES;
    if (s->stage->form == TSR_FORM_DENSE) {
        put_dense(s, group, set, at);
    } else if (s->stage->form == TSR_FORM_DIAGONAL) {
        put_diagonal(s, group, at);
    }
}

/** Groups of tm output channels that are loaded together. */
static int32_t portion_groups(const tsr_plan *plan, int32_t stage) {
    int32_t g = 0;
    while (plan->groups[g].last < stage) {
        ++g;
    }
    const tsr_stage_weights *weights = &plan->groups[g].weights[stage - plan->groups[g].first];
    return weights->resident ? plan->stages[stage].m_groups : weights->pass_groups;
}

/** Portion by portion, all sets of each. */
static void put_portions(const source *s, int32_t portion, uint8_t *at) {
    for (int32_t first = 0; first < s->stage->m_groups; first += portion) {
        const int32_t end = tsr_min_i32(first + portion, s->stage->m_groups);
        for (int32_t set = 0; set < s->stage->weight_phases; ++set) {
            for (int32_t group = first; group < end; ++group, at += s->stage->group_bytes) {
                put_group(s, group, set, at);
            }
        }
    }
}

/** The quantised layer has what the stage wants of it. */
static tsr_status check_weights(const source *s, tsr_error *err) {
    const char *name = s->plan->network.layers[s->stage->layer].name;
    if (s->stage->job != TSR_JOB_WEIGHTS) {
        return TSR_OK;
    }
    const int64_t expected =
        (int64_t)s->stage->out.c * s->stage->weight_phases * s->channels_in * s->area;
    const int64_t found = (int64_t)(s->q->weight.bytes / tsr_dtype_bytes(s->q->weight.dtype));
    TSR_CHECK(found == expected && s->q->requant != NULL, TSR_ERR_SHAPE, err, name,
              "quantised weights have %lld elements, the layer %lld", (long long)found,
              (long long)expected);
    return TSR_OK;
}

/** Bias and scale for each number of real pixels. */
static tsr_status make_means(source *s, tsr_error *err) {
    const tsr_stage *stage = s->stage;
    const char *name = s->plan->network.layers[stage->layer].name;
    if (stage->job != TSR_JOB_AVERAGE) {
        return TSR_OK;
    }
    tsr_average average;
    TSR_TRY(tsr_average_make(&stage->real, s->rounding, name, &average, err));
    TSR_CHECK(average.weight == stage->ones_weight && stage->average_pass < average.passes,
              TSR_ERR_CONFIG, err, name,
              "quantised with another rounding than the architecture has");
    s->means = tsr_alloc((size_t)stage->weight_phases, sizeof *s->means);
    TSR_CHECK(s->means != NULL, TSR_ERR_NO_MEMORY, err, name, "no memory for the divisors");
    tsr_status status = TSR_OK;
    for (int32_t set = 0; set < stage->weight_phases && status == TSR_OK; ++set) {
        status = tsr_average_record_make(&average, tsr_average_pixels(&stage->real, set),
                                         stage->average_pass, &s->means[set], err);
    }
    if (status != TSR_OK) {
        tsr_free(s->means);
    }
    return status;
}

tsr_status tsr_weights_image(const tsr_plan *plan, int32_t stage, const tsr_qnetwork *qnetwork,
                             uint8_t **bytes, tsr_error *err) {
    const tsr_stage *st = &plan->stages[stage];
    source s = {.plan = plan,
                .stage = st,
                .q = &qnetwork->layers[st->layer],
                .rounding = qnetwork->rounding,
                .zero_point = qnetwork->layers[st->in_layer].out.zero_point,
                .channels_in = st->in.c / st->groups,
                .area = st->kernel_h * st->kernel_w,
                .tm = plan->arch.tm,
                .tn = plan->arch.tn,
                .element_bytes = tsr_arch_element_bytes(&plan->arch)};
    const char *name = tsr_plan_stage_name(plan, stage);
    TSR_TRY(check_weights(&s, err));
    TSR_TRY(make_means(&s, err));
    uint8_t *image = tsr_alloc((size_t)tsr_plan_weight_bytes(st), 1);
    if (image == NULL) {
        tsr_free(s.means);
        return tsr_fail(err, TSR_ERR_NO_MEMORY, name, "no memory for the weights");
    }
    put_portions(&s, portion_groups(plan, stage), image);
    tsr_free(s.means);
    *bytes = image;
    return TSR_OK;
}
