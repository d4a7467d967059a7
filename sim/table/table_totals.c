// SPDX-License-Identifier: Apache-2.0
// What an outline is without any blocking: its maps, its totals, its line buffers.
#include <string.h>

#include <tessera/table.h>

#include "base/alloc.h"
#include "table/map_bytes.h"

void tsr_outline_free(tsr_outline *outline) {
    tsr_free(outline->stages);
    tsr_free(outline->operands);
    tsr_free(outline->stage_of_layer);
    memset(outline, 0, sizeof *outline);
}

tsr_shape tsr_outline_map(const tsr_outline *outline, const tsr_outline_operand *operand) {
    return operand->stage < 0 ? outline->input : outline->stages[operand->stage].pooled;
}

int32_t tsr_outline_reader_count(const tsr_outline *outline, int32_t stage) {
    int32_t count = 0;
    for (int32_t i = 0; i < outline->operand_count; ++i) {
        count += outline->operands[i].stage == stage;
    }
    return count;
}

// Maps: one write by the stage unless only the outside reads it, one read by each reader.
static void add_maps(const tsr_outline *outline, int32_t bits, tsr_outline_totals *t) {
    for (int32_t i = 0; i < outline->stage_count; ++i) {
        const tsr_outline_stage *stage = &outline->stages[i];
        const uint64_t pooled = map_bytes(stage->pooled, bits);
        if (stage->is_output) {
            t->output_bytes += pooled;
        } else {
            t->intermediate_bytes += pooled;
        }
        if (stage->pool_fused) {
            t->intermediate_separate_pool_bytes += 2 * map_bytes(stage->out, bits);
        }
    }
    for (int32_t i = 0; i < outline->operand_count; ++i) {
        const tsr_outline_operand *operand = &outline->operands[i];
        const uint64_t bytes = map_bytes(tsr_outline_map(outline, operand), bits);
        if (operand->stage >= 0) {
            t->intermediate_bytes += bytes;
            t->shortcut_bytes += operand->shortcut ? bytes : 0;
        }
    }
    t->intermediate_separate_pool_bytes += t->intermediate_bytes;
}

tsr_outline_totals tsr_outline_total(const tsr_outline *outline, int32_t bits) {
    tsr_outline_totals t = {.input_bytes = map_bytes(outline->input, bits)};
    for (int32_t i = 0; i < outline->stage_count; ++i) {
        const tsr_outline_stage *stage = &outline->stages[i];
        const uint64_t in = map_bytes(stage->in, bits);
        const uint64_t out = map_bytes(stage->out, bits);
        t.weight_count += stage->weight_count;
        t.macs += stage->macs;
        t.macs_stride1 += stage->macs_stride1;
        t.largest_map_bytes = larger(t.largest_map_bytes, larger(in, out));
        if (stage->kind == TSR_OUTLINE_CONV) {
            t.largest_pair_bytes = larger(t.largest_pair_bytes, in + out);
        }
    }
    add_maps(outline, bits, &t);
    return t;
}

uint64_t tsr_outline_line_buffer_bytes(const tsr_outline *outline, int32_t first, int32_t count,
                                       int32_t bits) {
    uint64_t sum = 0;
    for (int32_t i = first; i < first + count && i < outline->stage_count; ++i) {
        const tsr_outline_stage *stage = &outline->stages[i];
        if (stage->kind == TSR_OUTLINE_CONV) {
            const int32_t rows = stage->dilation_h * (stage->kernel_h - 1);
            sum += (uint64_t)rows * (uint64_t)stage->in.w * (uint64_t)stage->in.c;
        }
    }
    return sum * (uint64_t)bits / 8u;
}

int32_t tsr_outline_run_end(const tsr_outline *outline, int32_t first) {
    int32_t last = first;
    while (last + 1 < outline->stage_count &&
           outline->stages[last + 1].in.h == outline->stages[first].in.h &&
           outline->stages[last + 1].in.w == outline->stages[first].in.w) {
        ++last;
    }
    return last;
}
