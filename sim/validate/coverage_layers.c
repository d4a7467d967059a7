// SPDX-License-Identifier: Apache-2.0
#include "validate/coverage_layers.h"

#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

static int32_t layer_of(const tsr_program *program, const char *name) {
    int32_t layer = 0;
    while (layer < program->layer_count && strcmp(program->layer_names[layer], name) != 0) {
        ++layer;
    }
    return layer;
}

static void find_modes(const tsr_program *program, const tsr_schedule *schedule,
                       tsr_cover_layer *layers) {
    for (int32_t i = 0; i < program->layer_count; ++i) {
        layers[i] = (tsr_cover_layer){.part = -1, .mode = schedule->mode};
    }
    for (int32_t p = 0; p < schedule->part_count; ++p) {
        const tsr_schedule_part *part = &schedule->parts[p];
        const int32_t last = layer_of(program, part->to);
        for (int32_t i = layer_of(program, part->from); i <= last && i < program->layer_count;
             ++i) {
            layers[i].part = p;
            layers[i].mode = part->mode;
        }
    }
}

/** Which layers are cut, and which have company in their group. */
static void look_at_groups(const tsr_program *program, tsr_cover_layer *layers) {
    int32_t group = -1;
    int64_t first = -1;  // layer that the group computes first
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc_note note = tsr_program_note(program, i);
        const int64_t layer = tsr_program_brief(program, i).layer;
        layers[layer].cut |= note.block > 0;
        if (tsr_program_engine(program, i) != TSR_ENGINE_COMPUTE) {
            continue;
        }
        layers[layer].runs = true;
        if (note.group != group) {
            group = note.group;
            first = layer;
        }
        if (layer != first) {
            layers[layer].shares = layers[first].shares = true;
        }
    }
}

tsr_status tsr_cover_layers(const tsr_program *program, const tsr_schedule *schedule,
                            tsr_cover_layer **layers, tsr_error *err) {
    *layers = tsr_alloc((size_t)program->layer_count, sizeof **layers);
    TSR_CHECK(*layers != NULL, TSR_ERR_NO_MEMORY, err, "coverage", "no memory for %d layers",
              program->layer_count);
    find_modes(program, schedule, *layers);
    look_at_groups(program, *layers);
    return TSR_OK;
}

bool tsr_cover_is_run(const tsr_cover_layer *layer) {
    switch (layer->mode) {
        case TSR_SCHEDULE_RECOMPUTE:
        case TSR_SCHEDULE_CACHED:
            return layer->runs && layer->cut && layer->shares;
        case TSR_SCHEDULE_BLOCKED:
            return layer->runs && layer->cut;
        default:
            return layer->runs;
    }
}
