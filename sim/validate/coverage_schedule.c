// SPDX-License-Identifier: Apache-2.0
// What a schedule asked for, and whether the program has it.
#include "base/alloc.h"
#include "base/check.h"
#include "validate/case_work.h"
#include "validate/coverage_layers.h"
#include "validate/coverage_plan.h"

/** A run while it is looked at. */
typedef struct asked {
    tsr_coverage *coverage;
    const tsr_program *program;
    const tsr_schedule *schedule;
    const tsr_cover_layer *layers;
    int32_t is;  // TSR_CASE_...
} asked;

static void hit_planning(const asked *a) {
    const tsr_schedule *s = a->schedule;
    const int32_t residency = (int32_t)s->residency;
    const int32_t at[] = {a->is - TSR_CASE_FIXED, residency, (int32_t)s->join};
    if (s->mode == TSR_SCHEDULE_BLOCKED) {
        tsr_cover_hit(a->coverage, TSR_COVER_PLANNING, at);
    }
    const int32_t halo[] = {a->is - TSR_CASE_RECOMPUTE, residency, s->tile_h > 0};
    for (int32_t i = 0; i < a->program->layer_count; ++i) {
        if (a->layers[i].cut && a->layers[i].shares) {
            tsr_cover_hit(a->coverage, TSR_COVER_HALO, halo);
        }
    }
    const int32_t automatic[] = {(int32_t)s->objective, (int32_t)s->blocking.kind, residency};
    if (a->is == TSR_CASE_AUTO) {
        tsr_cover_hit(a->coverage, TSR_COVER_AUTO, automatic);
    }
}

/** Some layer of the part is run as its mode says; part -1: of the rest. */
static bool part_is_run(const asked *a, int32_t part) {
    bool found = false;
    for (int32_t i = 0; i < a->program->layer_count && !found; ++i) {
        found = a->layers[i].part == part && tsr_cover_is_run(&a->layers[i]);
    }
    return found;
}

static void hit_parts(const asked *a) {
    const bool rest = part_is_run(a, -1);
    for (int32_t p = 0; p < a->schedule->part_count; ++p) {
        const tsr_schedule_part *part = &a->schedule->parts[p];
        const int32_t at[] = {(int32_t)part->mode, part->one_group, part->tile_h > 0};
        const int32_t mix[] = {(int32_t)a->schedule->mode, (int32_t)part->mode};
        const int32_t residency = (int32_t)a->schedule->residency;
        if (part_is_run(a, p)) {
            tsr_cover_hit(a->coverage, TSR_COVER_PART, at);
            tsr_cover_hit(a->coverage, TSR_COVER_MIX_RESIDENCY, &residency);
            if (rest) {
                tsr_cover_hit(a->coverage, TSR_COVER_MIX, mix);
            }
        }
    }
}

static void hit_pictures(const asked *a) {
    bool more = false;
    for (int32_t i = 0; i < a->program->symbol_count; ++i) {
        more = more || a->program->symbols[i].batch_index > 0;
    }
    const int32_t at[] = {a->is, more};
    tsr_cover_hit(a->coverage, TSR_COVER_PICTURES, at);
}

/** A dense convolution with a wide window reads the network input, and words hold several pixels of that. */
static bool could_pack(const asked *a, const tsr_desc *conv) {
    const int64_t word = tsr_arch_feature_word_bytes(&a->program->arch);
    bool found = false;
    if (conv->u.conv.weight_form != TSR_WEIGHTS_DENSE || conv->u.conv.kernel_w < 2) {
        return false;
    }
    for (int32_t i = 0; i < a->program->desc_count && !found; ++i) {
        const tsr_desc load = tsr_program_desc(a->program, i);
        found =
            load.header.opcode == TSR_OP_LOAD_FEATURE && load.header.traffic == TSR_TRAFFIC_INPUT &&
            load.header.layer == conv->header.layer && 2 * load.u.load_feature.pixel_bytes <= word;
    }
    return found;
}

static void hit_packing(const asked *a) {
    bool packed = false;
    bool wide = false;
    for (int32_t i = 0; i < a->program->desc_count && !(wide && packed); ++i) {
        const tsr_desc desc = tsr_program_desc(a->program, i);
        packed =
            packed || (desc.header.opcode == TSR_OP_LOAD_FEATURE && desc.u.load_feature.pack > 1);
        wide = wide || (desc.header.opcode == TSR_OP_CONV && could_pack(a, &desc));
    }
    const int32_t at[] = {a->is, a->schedule->unpacked};
    if (packed || (wide && a->schedule->unpacked)) {
        tsr_cover_hit(a->coverage, TSR_COVER_PACKING, at);
    }
}

tsr_status tsr_cover_schedule(tsr_coverage *coverage, const tsr_program *program,
                              const tsr_schedule *schedule, tsr_error *err) {
    tsr_cover_layer *layers = NULL;
    TSR_TRY(tsr_cover_layers(program, schedule, &layers, err));
    const asked a = {coverage, program, schedule, layers, tsr_case_schedule_of(schedule)};
    hit_planning(&a);
    hit_parts(&a);
    hit_pictures(&a);
    hit_packing(&a);
    const int32_t kind = (int32_t)program->arch.dram.kind;
    tsr_cover_hit(coverage, TSR_COVER_MEMORY, &kind);
    tsr_free(layers);
    return TSR_OK;
}
