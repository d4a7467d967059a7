// SPDX-License-Identifier: Apache-2.0
// Stages that put values elsewhere: enlarging, pixel shuffles, concats.
#include "base/check.h"
#include "base/checked.h"
#include "plan/model/channel_move.h"
#include "plan/stages/stages.h"

/** What is left of a factor behind one pass; refused where none can begin. */
static tsr_status take_step(const tsr_layer *layer, int32_t *factor, tsr_stage *stage,
                            tsr_error *err) {
    stage->step = tsr_move_step(*factor);
    TSR_CHECK(stage->step > 1 || *factor == 1, TSR_ERR_UNSUPPORTED, err, layer->name,
              "factor %d: only products of 2 and 3, a pass writes every second to fourth pixel",
              layer->factor);
    *factor /= stage->step;
    stage->out.h *= stage->step;
    stage->out.w *= stage->step;
    return TSR_OK;
}

/** One pixel enlarged: the largest of a window that reaches past it on every side is that pixel. */
static tsr_status enlarge_pixel(tsr_walk *w, int32_t index, int32_t in, tsr_error *err) {
    const tsr_layer *layer = &w->plan->network.layers[index];
    tsr_stage *stage = tsr_stage_begin(w, index, in);
    stage->kind = TSR_STAGE_POOL;
    stage->out = layer->out;
    stage->conv_h = layer->out.h;
    stage->conv_w = layer->out.w;
    stage->kernel_h = stage->kernel_w = layer->factor;
    stage->pad_top = stage->pad_left = stage->pad_bottom = stage->pad_right = layer->factor - 1;
    return tsr_stage_finish(w, index, err);
}

tsr_status tsr_stage_upsample(tsr_walk *w, int32_t index, tsr_error *err) {
    const tsr_layer *layer = &w->plan->network.layers[index];
    int32_t factor = layer->factor;
    int32_t in = 0;
    TSR_TRY(tsr_walk_read(w, index, 0, &in, err));
    if (factor > tsr_move_step(factor) && layer->in.h == 1 && layer->in.w == 1) {
        return enlarge_pixel(w, index, in, err);
    }
    do {
        tsr_stage *stage = tsr_stage_begin_ones(w, index, in, TSR_JOB_COPY);
        TSR_TRY(take_step(layer, &factor, stage, err));
        TSR_TRY(tsr_stage_finish(w, index, err));
        in = w->value_of[index];
    } while (factor > 1);
    return TSR_OK;
}

/** A pass with a weight of one for each output channel. */
static tsr_stage *begin_move(tsr_walk *w, int32_t layer, int32_t in) {
    tsr_stage *stage = tsr_stage_begin(w, layer, in);
    stage->job = TSR_JOB_MOVE;
    stage->rest = 1;
    return stage;
}

tsr_status tsr_stage_shuffle(tsr_walk *w, int32_t index, tsr_error *err) {
    const tsr_layer *layer = &w->plan->network.layers[index];
    int32_t factor = layer->factor;
    int32_t in = 0;
    TSR_TRY(tsr_walk_read(w, index, 0, &in, err));
    do {
        tsr_stage *stage = begin_move(w, index, in);
        TSR_TRY(take_step(layer, &factor, stage, err));
        stage->rest = factor;
        stage->weight_phases = stage->step * stage->step;
        stage->out.c /= stage->weight_phases;
        stage->shuffles = stage->step > 1;
        TSR_TRY(tsr_stage_finish(w, index, err));
        in = w->value_of[index];
    } while (factor > 1);
    return TSR_OK;
}

/** An output of the network whose pixels are packed, which those of a larger map are not. */
static bool leaves_packed(const tsr_walk *w, int32_t value) {
    for (int32_t i = 0; i < w->plan->network.layer_count; ++i) {
        if (w->value_of[i] == value && tsr_network_is_output(&w->plan->network, i)) {
            return w->values[value].shape.c < w->plan->arch.tn;
        }
    }
    return false;
}

/** A value that can be a part of a concat: the network input, and what has a place of its own
 * already, are copied. */
static tsr_status own_part(tsr_walk *w, int32_t layer, int32_t *value, tsr_error *err) {
    if (*value > 0 && w->values[*value].parent < 0 && !leaves_packed(w, *value)) {
        return TSR_OK;
    }
    (void)tsr_stage_begin_ones(w, layer, *value, TSR_JOB_COPY);
    TSR_TRY(tsr_stage_finish(w, layer, err));
    *value = w->value_of[layer];
    return TSR_OK;
}

/** Every part but the last has whole words. */
static bool parts_are_words(const tsr_walk *w, const tsr_layer *concat, const int32_t *parts) {
    bool words = true;
    for (int32_t k = 0; k + 1 < concat->input_count; ++k) {
        words = words && w->values[parts[k]].shape.c % w->plan->arch.tn == 0;
    }
    return words;
}

tsr_status tsr_stage_concat(tsr_walk *w, int32_t index, tsr_error *err) {
    const tsr_layer *layer = &w->plan->network.layers[index];
    const int32_t tn = w->plan->arch.tn;
    int32_t parts[TSR_LAYER_MAX_INPUTS];
    for (int32_t k = 0; k < layer->input_count; ++k) {
        TSR_TRY(tsr_walk_read(w, index, k, &parts[k], err));
    }
    const bool words = parts_are_words(w, layer, parts);
    const int32_t concat = w->value_count++;
    tsr_value made = {
        .shape = layer->out, .layer = index, .stage = TSR_PLAN_NONE, .parent = -1, .map = -1};
    int32_t plane = 0;
    for (int32_t k = 0; k < layer->input_count; ++k) {
        TSR_TRY(own_part(w, index, &parts[k], err));
        w->values[parts[k]].parent = concat;
        w->values[parts[k]].plane = plane;
        plane += (int32_t)tsr_ceil_div(w->values[parts[k]].shape.c, tn);
    }
    made.shape.c = words ? layer->out.c : plane * tn;
    w->values[concat] = made;
    w->value_of[index] = concat;
    if (words) {
        return TSR_OK;
    }
    tsr_stage *stage = begin_move(w, index, concat);
    stage->out = layer->out;
    return tsr_stage_finish(w, index, err);
}
