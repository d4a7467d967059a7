// SPDX-License-Identifier: Apache-2.0
// The order in which the stages of an outline can run: as written, but a shortcut's own convolution
// before the stage that adds it.
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "table/outline_builder.h"

// Puts the operands of each stage side by side, in the order they were added.
static tsr_status sort_operands(tsr_outline *outline, tsr_error *err) {
    const size_t count = (size_t)outline->operand_count;
    tsr_outline_operand *sorted = tsr_alloc(count, sizeof *sorted);
    TSR_CHECK(sorted != NULL, TSR_ERR_NO_MEMORY, err, outline->name, "out of memory");
    for (int32_t i = 0; i < outline->stage_count; ++i) {
        outline->stages[i].operand_count = 0;
    }
    for (int32_t i = 0; i < outline->operand_count; ++i) {
        ++outline->stages[outline->operands[i].reader].operand_count;
    }
    int32_t first = 0;
    for (int32_t i = 0; i < outline->stage_count; ++i) {
        outline->stages[i].first_operand = first;
        first += outline->stages[i].operand_count;
        outline->stages[i].operand_count = 0;
    }
    for (int32_t i = 0; i < outline->operand_count; ++i) {
        tsr_outline_stage *reader = &outline->stages[outline->operands[i].reader];
        sorted[reader->first_operand + reader->operand_count++] = outline->operands[i];
    }
    tsr_free(outline->operands);
    outline->operands = sorted;
    return TSR_OK;
}

/** A walk from the stages back to what they read. */
typedef struct walk {
    const tsr_outline *outline;
    int32_t *place;  // of a stage in the order, -1: not yet
    int32_t *next;   // operand of a stage to look at next
    int32_t *stack;
    int32_t placed;
} walk;

// Places `stage` behind everything it reads.
static void place(walk *w, int32_t stage) {
    int32_t height = 0;
    w->stack[height++] = stage;
    while (height > 0) {
        const int32_t top = w->stack[height - 1];
        const tsr_outline_stage *s = &w->outline->stages[top];
        if (w->place[top] >= 0) {
            --height;
        } else if (w->next[top] < s->operand_count) {
            const int32_t from = w->outline->operands[s->first_operand + w->next[top]++].stage;
            if (from >= 0 && w->place[from] < 0) {
                w->stack[height++] = from;
            }
        } else {
            w->place[top] = w->placed++;
            --height;
        }
    }
}

static void renumber(tsr_outline *outline, const int32_t *place_of, tsr_outline_stage *copy) {
    memcpy(copy, outline->stages, (size_t)outline->stage_count * sizeof *copy);
    for (int32_t i = 0; i < outline->stage_count; ++i) {
        outline->stages[place_of[i]] = copy[i];
    }
    for (int32_t i = 0; i < outline->operand_count; ++i) {
        tsr_outline_operand *operand = &outline->operands[i];
        operand->stage = operand->stage >= 0 ? place_of[operand->stage] : -1;
        operand->reader = place_of[operand->reader];
    }
    for (int32_t i = 0; i < outline->layer_count; ++i) {
        int32_t *stage = &outline->stage_of_layer[i];
        *stage = *stage >= 0 ? place_of[*stage] : -1;
    }
}

tsr_status outline_order(outline_builder *b, tsr_error *err) {
    tsr_outline *outline = b->outline;
    const size_t count = (size_t)outline->stage_count;
    TSR_TRY(sort_operands(outline, err));
    walk w = {.outline = outline};
    w.place = tsr_alloc(count, sizeof *w.place);
    w.next = tsr_alloc(count, sizeof *w.next);
    w.stack = tsr_alloc(count + 1, sizeof *w.stack);
    tsr_outline_stage *copy = tsr_alloc(count, sizeof *copy);
    const bool room = w.place != NULL && w.next != NULL && w.stack != NULL && copy != NULL;
    if (room) {
        for (int32_t i = 0; i < outline->stage_count; ++i) {
            w.place[i] = -1;
        }
        for (int32_t i = 0; i < outline->stage_count; ++i) {
            place(&w, i);
        }
        renumber(outline, w.place, copy);
    }
    tsr_free(w.place);
    tsr_free(w.next);
    tsr_free(w.stack);
    tsr_free(copy);
    TSR_CHECK(room, TSR_ERR_NO_MEMORY, err, outline->name, "out of memory");
    return sort_operands(outline, err);
}
