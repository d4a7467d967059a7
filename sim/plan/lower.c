// SPDX-License-Identifier: Apache-2.0
// From operations to a program: scales and zero points into the descriptors, weights into the
// image, names to places.
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "plan/plan_model.h"
#include "plan/weights_image.h"

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

static void fill_scales(const tsr_stage *stage, const tsr_qnetwork *qnetwork, tsr_desc_conv *d) {
    const tsr_qlayer *q = &qnetwork->layers[stage->layer];
    d->in_zero_point = qnetwork->layers[stage->in_layer].out.zero_point;
    d->rounding = qnetwork->rounding;
    d->out_zero_point = q->out.zero_point;
    d->clamp_lo = q->clamp_lo;
    d->clamp_hi = q->clamp_hi;
    if (d->residual != 0) {
        const tsr_scale scale = qnetwork->layers[stage->add_layer].residual;
        d->residual_multiplier = scale.multiplier;
        d->residual_shift = scale.shift;
        d->residual_zero_point = qnetwork->layers[stage->residual_layer].out.zero_point;
    }
}

static tsr_status append_ops(const tsr_plan *plan, const tsr_qnetwork *qnetwork,
                             tsr_program *program, tsr_error *err) {
    for (int32_t i = 0; i < plan->list.count; ++i) {
        const tsr_op *op = &plan->list.ops[i];
        tsr_desc desc = op->desc;
        if (desc.header.opcode == TSR_OP_CONV && qnetwork != NULL) {
            fill_scales(&plan->stages[op->stage], qnetwork, &desc.u.conv);
        } else if (desc.header.opcode == TSR_OP_CONV) {
            fill_neutral(plan, &desc.u.conv);
        }
        TSR_TRY(tsr_program_append(program, &desc, &op->note, err));
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

static tsr_status add_symbols(const tsr_plan *plan, const tsr_qnetwork *qnetwork,
                              tsr_program *program, tsr_error *err) {
    program->symbols = tsr_alloc((size_t)plan->stage_count + 1, sizeof *program->symbols);
    TSR_CHECK(program->symbols != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for the symbols");
    for (int32_t m = 0; m <= plan->stage_count; ++m) {
        const tsr_map *map = &plan->maps[m];
        if (!map->in_dram) {
            continue;
        }
        tsr_symbol *symbol = &program->symbols[program->symbol_count++];
        *symbol = (tsr_symbol){.layer = map->layer,
                               .address = map->address,
                               .c = map->shape.c,
                               .h = map->shape.h,
                               .w = map->shape.w,
                               .pixel_bytes = map->pixel_bytes,
                               .is_input = map->is_input,
                               .is_output = map->is_output};
        (void)snprintf(symbol->name, sizeof symbol->name, "%s",
                       plan->network.layers[map->layer].name);
        if (qnetwork != NULL) {
            symbol->scale = qnetwork->layers[map->layer].out.scale;
            symbol->zero_point = qnetwork->layers[map->layer].out.zero_point;
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

static tsr_status fill(const tsr_plan *plan, const tsr_qnetwork *qnetwork, tsr_program *program,
                       tsr_error *err) {
    TSR_TRY(add_layer_names(plan, program, err));
    TSR_TRY(add_segments(plan, qnetwork, program, err));
    TSR_TRY(add_symbols(plan, qnetwork, program, err));
    return append_ops(plan, qnetwork, program, err);
}

tsr_status tsr_plan_lower(const tsr_plan *plan, const tsr_qnetwork *qnetwork, tsr_program *program,
                          tsr_error *err) {
    const char *name = plan->network.name;
    TSR_CHECK(qnetwork == NULL || qnetwork->layer_count == plan->network.layer_count, TSR_ERR_SHAPE,
              err, name, "quantised form of %d layers, the network has %d", qnetwork->layer_count,
              plan->network.layer_count);
    TSR_CHECK(qnetwork == NULL || qnetwork->activation_bits == plan->arch.activation_bits,
              TSR_ERR_CONFIG, err, name, "quantised to %d bits, the architecture has %d",
              qnetwork->activation_bits, plan->arch.activation_bits);
    tsr_program made = {.arch = plan->arch,
                        .descriptor_address = plan->descriptor_address,
                        .memory_bytes = plan->memory_bytes};
    const tsr_status status = fill(plan, qnetwork, &made, err);
    if (status != TSR_OK) {
        tsr_program_free(&made);
        return status;
    }
    *program = made;
    return TSR_OK;
}
