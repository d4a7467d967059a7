// SPDX-License-Identifier: Apache-2.0
// From operations to a program: scales and zero points into the descriptors, weights into the
// image, names to places.
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "plan/model/plan_model.h"
#include "plan/ops/ops.h"
#include "plan/stages/average.h"
#include "plan/weights/weights_image.h"

enum { NEUTRAL_MULTIPLIER = 1 << 30, NEUTRAL_SHIFT = 30 };  // times one

/** What a timing-only program says where a quantised network would: pass values through. */
static void fill_neutral(const tsr_plan *plan, tsr_desc_conv *d) {
    const int64_t limit = (int64_t)1 << (plan->arch.activation_bits - 1);
    d->rounding = plan->arch.rounding;
    d->clamp_lo = -limit;
    d->clamp_hi = limit - 1;
    if (d->residual != 0) {
        d->residual_multiplier = NEUTRAL_MULTIPLIER;
        d->residual_shift = NEUTRAL_SHIFT;
    }
}

/** A stage that neither rescales nor moves the zero point. */
static void fill_copy(const tsr_stage *stage, const tsr_qnetwork *qnetwork, tsr_desc_conv *d) {
    const tsr_qlayer *q = &qnetwork->layers[stage->layer];
    const int64_t limit = (int64_t)1 << (qnetwork->activation_bits - 1);
    const bool clamps = stage->job == TSR_JOB_CLAMP;
    d->rounding = TSR_ROUND_HALF_UP;
    d->clamp_lo = clamps ? q->clamp_lo : -limit;
    d->clamp_hi = clamps ? q->clamp_hi : limit - 1;
}

static void fill_scales(const tsr_stage *stage, const tsr_qnetwork *qnetwork, tsr_desc_conv *d) {
    const tsr_qlayer *q = &qnetwork->layers[stage->layer];
    d->in_zero_point = qnetwork->layers[stage->in_layer].out.zero_point;
    d->rounding = qnetwork->rounding;
    d->out_zero_point = q->out.zero_point;
    d->clamp_lo = q->clamp_lo;
    d->clamp_hi = q->clamp_hi;
    if (d->residual != 0) {
        const tsr_qlayer *add = &qnetwork->layers[stage->add_layer];
        const tsr_scale scale = stage->job == TSR_JOB_ADD ? add->add[1] : add->residual;
        d->residual_multiplier = scale.multiplier;
        d->residual_shift = scale.shift;
        d->residual_zero_point = qnetwork->layers[stage->residual_layer].out.zero_point;
    }
}

static tsr_status fill_values(const tsr_plan *plan, const tsr_stage *stage,
                              const tsr_qnetwork *qnetwork, tsr_desc_conv *d, tsr_error *err) {
    if (stage->job == TSR_JOB_WEIGHTS || stage->job == TSR_JOB_ADD) {
        fill_scales(stage, qnetwork, d);
        return TSR_OK;
    }
    fill_copy(stage, qnetwork, d);
    if (stage->job == TSR_JOB_AVERAGE) {
        tsr_average average;
        TSR_TRY(tsr_average_make(&stage->real, qnetwork->rounding,
                                 plan->network.layers[stage->layer].name, &average, err));
        d->rounding = average.rounding;
        if (d->residual != 0) {  // what the pass before made
            d->residual_multiplier = NEUTRAL_MULTIPLIER;
            d->residual_shift = NEUTRAL_SHIFT;
        }
    }
    return TSR_OK;
}

static tsr_status fill_one(const tsr_plan *plan, const tsr_qnetwork *qnetwork, int32_t index,
                           tsr_program *program, tsr_error *err) {
    tsr_desc desc = tsr_plan_desc(plan, index);
    const tsr_desc_note note = tsr_plan_note(plan, index);
    if (desc.header.opcode == TSR_OP_CONV && qnetwork != NULL) {
        const tsr_stage *stage = &plan->stages[plan->list.ops[index].stage];
        TSR_TRY(fill_values(plan, stage, qnetwork, &desc.u.conv, err));
    } else if (desc.header.opcode == TSR_OP_CONV) {
        fill_neutral(plan, &desc.u.conv);
    } else if (desc.header.opcode == TSR_OP_LOAD_FEATURE && desc.u.load_feature.pack > 1 &&
               qnetwork != NULL) {
        const tsr_map *map = &plan->maps[tsr_op_touches(&plan->list, index).load_map];
        desc.u.load_feature.pack_value = qnetwork->layers[map->layer].out.zero_point;
    }
    return tsr_program_append(program, &desc, &note, err);
}

/** With `list`, the plan's own, operations that are done are given up: they do not lie beside the program. */
static tsr_status fill_descs(const tsr_plan *plan, const tsr_qnetwork *qnetwork, tsr_op_list *list,
                             tsr_program *program, tsr_error *err) {
    for (int32_t i = 0; i < plan->list.count; ++i) {
        TSR_TRY(fill_one(plan, qnetwork, i, program, err));
        if (list != NULL) {
            tsr_ops_forget(list, i);
        }
    }
    const tsr_desc end = {.header = {.opcode = TSR_OP_END}};
    const tsr_desc_note note = {.group = -1, .block = -1};
    return tsr_program_append(program, &end, &note, err);
}

/** Weights of every stage that has some. */
static tsr_status add_segments(const tsr_plan *plan, const tsr_qnetwork *qnetwork,
                               tsr_program *program, tsr_error *err) {
    program->segments = tsr_alloc((size_t)plan->stage_count, sizeof *program->segments);
    TSR_CHECK(program->segments != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for the segments");
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        if (plan->stages[s].m_groups == 0) {
            continue;
        }
        tsr_segment *segment = &program->segments[program->segment_count++];
        (void)snprintf(segment->name, sizeof segment->name, "%s", tsr_plan_stage_name(plan, s));
        segment->address = plan->weight_address[s];
        segment->bytes = tsr_plan_weight_bytes(&plan->stages[s]);
        if (qnetwork != NULL) {
            TSR_TRY(tsr_weights_image(plan, s, qnetwork, &segment->data, err));
        }
    }
    return TSR_OK;
}

/** One symbol a picture; `symbol` is the first one's. */
static void add_symbols_of(const tsr_plan *plan, const tsr_qnetwork *qnetwork,
                           const tsr_symbol *symbol, uint64_t stride, tsr_program *program) {
    for (int32_t picture = 0; picture < plan->network.batch; ++picture) {
        tsr_symbol *added = &program->symbols[program->symbol_count++];
        *added = *symbol;
        added->batch_index = picture;
        added->address += (uint64_t)picture * stride;
        (void)snprintf(added->name, sizeof added->name, "%s",
                       plan->network.layers[symbol->layer].name);
        if (qnetwork != NULL) {
            added->scale = qnetwork->layers[symbol->layer].out.scale;
            added->zero_point = qnetwork->layers[symbol->layer].out.zero_point;
        }
    }
}

/** The output that is a map as a whole, or NULL. */
static const tsr_plan_output *whole_output(const tsr_plan *plan, int32_t map) {
    for (int32_t i = 0; i < plan->output_count; ++i) {
        const tsr_plan_output *output = &plan->outputs[i];
        if (output->map == map && output->channels == plan->maps[map].shape.c) {
            return output;
        }
    }
    return NULL;
}

static tsr_symbol symbol_of(const tsr_map *map) {
    return (tsr_symbol){.layer = map->layer,
                        .address = map->address,
                        .c = map->shape.c,
                        .h = map->shape.h,
                        .w = map->shape.w,
                        .pixel_bytes = map->pixel_bytes,
                        .is_input = map->is_input};
}

/** Maps in DRAM, and outputs that are some planes of one. */
static tsr_status add_symbols(const tsr_plan *plan, const tsr_qnetwork *qnetwork,
                              tsr_program *program, tsr_error *err) {
    const size_t maps = (size_t)plan->map_count + (size_t)plan->output_count;
    const size_t most = maps * (size_t)plan->network.batch;
    program->symbols = tsr_alloc(most, sizeof *program->symbols);
    TSR_CHECK(program->symbols != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for the symbols");
    for (int32_t m = 0; m < plan->map_count; ++m) {
        if (plan->maps[m].in_dram && !plan->maps[m].overlap) {
            tsr_symbol symbol = symbol_of(&plan->maps[m]);
            const tsr_plan_output *output = whole_output(plan, m);
            symbol.is_output = output != NULL;
            symbol.layer = output != NULL ? output->layer : symbol.layer;
            add_symbols_of(plan, qnetwork, &symbol, plan->maps[m].stride, program);
        }
    }
    for (int32_t i = 0; i < plan->output_count; ++i) {
        const tsr_plan_output *output = &plan->outputs[i];
        const tsr_map *map = &plan->maps[output->map];
        if (whole_output(plan, output->map) != output) {
            tsr_symbol symbol = symbol_of(map);
            symbol.layer = output->layer;
            symbol.address += (uint64_t)output->plane * (uint64_t)map->shape.h *
                              (uint64_t)map->shape.w * (uint64_t)map->pixel_bytes;
            symbol.c = output->channels;
            symbol.is_output = true;
            add_symbols_of(plan, qnetwork, &symbol, map->stride, program);
        }
    }
    return TSR_OK;
}

static tsr_status add_layer_names(const tsr_plan *plan, tsr_program *program, tsr_error *err) {
    const int32_t count = plan->network.layer_count;
    program->layer_names = tsr_alloc((size_t)count, sizeof *program->layer_names);
    TSR_CHECK(program->layer_names != NULL, TSR_ERR_NO_MEMORY, err, "",
              "no memory for %d layer names", count);
    program->layer_count = count;
    for (int32_t i = 0; i < count; ++i) {
        memcpy(program->layer_names[i], plan->network.layers[i].name, TSR_NAME_MAX);
    }
    return TSR_OK;
}

static tsr_status fill(const tsr_plan *plan, const tsr_qnetwork *qnetwork, tsr_op_list *list,
                       tsr_program *program, tsr_error *err) {
    TSR_TRY(add_layer_names(plan, program, err));
    TSR_TRY(add_segments(plan, qnetwork, program, err));
    TSR_TRY(add_symbols(plan, qnetwork, program, err));
    return fill_descs(plan, qnetwork, list, program, err);
}

/** The descriptors take the place of the operations in `list`, if it is given. */
static tsr_status lower(const tsr_plan *plan, const tsr_qnetwork *qnetwork, tsr_op_list *list,
                        tsr_program *program, tsr_error *err) {
    const char *name = plan->network.name;
    if (qnetwork != NULL) {
        TSR_TRY(tsr_qnetwork_check(&plan->network, qnetwork, &plan->schedule.blocking, err));
    }
    TSR_CHECK(qnetwork == NULL || qnetwork->activation_bits == plan->arch.activation_bits,
              TSR_ERR_CONFIG, err, name, "quantised to %d bits, the architecture has %d",
              qnetwork->activation_bits, plan->arch.activation_bits);
    tsr_program made = {.arch = plan->arch,
                        .descriptor_address = plan->descriptor_address,
                        .memory_bytes = plan->memory_bytes};
    const tsr_status status = fill(plan, qnetwork, list, &made, err);
    if (status != TSR_OK) {
        tsr_program_free(&made);
        return status;
    }
    *program = made;
    return TSR_OK;
}

tsr_status tsr_plan_lower(const tsr_plan *plan, const tsr_qnetwork *qnetwork, tsr_program *program,
                          tsr_error *err) {
    return lower(plan, qnetwork, NULL, program, err);
}

tsr_status tsr_plan_lower_last(tsr_plan *plan, const tsr_qnetwork *qnetwork, tsr_program *program,
                               tsr_error *err) {
    tsr_free(plan->list.instances);  // the notes know
    plan->list.instances = NULL;
    plan->list.instance_count = plan->list.instance_capacity = 0;
    return lower(plan, qnetwork, &plan->list, program, err);
}
