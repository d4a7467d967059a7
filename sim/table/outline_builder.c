// SPDX-License-Identifier: Apache-2.0
// Growing an outline, and the order in which its stages can run.
#include "table/outline_builder.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

// Makes room for one more element of an array that doubles.
static tsr_status grow(void **array, int32_t count, int32_t *capacity, size_t size,
                       const char *where, tsr_error *err) {
    if (count < *capacity) {
        return TSR_OK;
    }
    const int32_t more = *capacity > 0 ? 2 * *capacity : 32;
    void *grown = tsr_realloc(*array, (size_t)more, size);
    TSR_CHECK(grown != NULL, TSR_ERR_NO_MEMORY, err, where, "out of memory");
    *array = grown;
    *capacity = more;
    return TSR_OK;
}

tsr_status outline_add_source(outline_builder *b, int32_t source, tsr_error *err) {
    void *array = b->sources;
    TSR_TRY(grow(&array, b->source_count, &b->source_capacity, sizeof *b->sources, b->network->name,
                 err));
    b->sources = array;
    b->sources[b->source_count++] = source;
    return TSR_OK;
}

tsr_status outline_new_stage(outline_builder *b, int32_t layer_index, tsr_outline_kind kind,
                             tsr_error *err) {
    const tsr_layer *layer = &b->network->layers[layer_index];
    const int32_t made = b->outline->stage_count++;
    tsr_outline_stage *stage = &b->outline->stages[made];
    *stage = (tsr_outline_stage){.kind = kind,
                                 .layer = layer_index,
                                 .source = *layer,
                                 .kernel_h = layer->kernel_h > 0 ? layer->kernel_h : 1,
                                 .kernel_w = layer->kernel_w > 0 ? layer->kernel_w : 1,
                                 .stride_h = layer->stride_h,
                                 .stride_w = layer->stride_w,
                                 .dilation_h = layer->dilation_h,
                                 .dilation_w = layer->dilation_w,
                                 .pad_top = layer->pad_top,
                                 .pad_left = layer->pad_left,
                                 .groups = layer->groups,
                                 .in = layer->in,
                                 .out = layer->out,
                                 .pooled = layer->out,
                                 .pool_kernel_h = 1,
                                 .pool_kernel_w = 1,
                                 .pool_stride_h = 1,
                                 .pool_stride_w = 1};
    (void)snprintf(stage->name, sizeof stage->name, "%s", layer->name);
    b->values[layer_index] =
        (outline_value){.first = b->source_count,
                        .count = 1,
                        .sole = tsr_network_consumer_count(b->network, layer_index) == 1 &&
                                !tsr_network_is_output(b->network, layer_index)};
    return outline_add_source(b, made, err);
}

tsr_status outline_add_operands(outline_builder *b, int32_t stage, const outline_value *value,
                                bool shortcut, tsr_error *err) {
    for (int32_t i = 0; i < value->count; ++i) {
        void *array = b->outline->operands;
        TSR_TRY(grow(&array, b->outline->operand_count, &b->operand_capacity,
                     sizeof *b->outline->operands, b->network->name, err));
        b->outline->operands = array;
        const int32_t from = b->sources[value->first + i];
        b->outline->operands[b->outline->operand_count] =
            (tsr_outline_operand){.stage = from, .reader = stage, .shortcut = shortcut};
        ++b->outline->operand_count;
        const int32_t depth = from >= 0 ? b->depth[from] + 1 : 1;
        b->depth[stage] = depth > b->depth[stage] ? depth : b->depth[stage];
    }
    return TSR_OK;
}
