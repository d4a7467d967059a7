// SPDX-License-Identifier: Apache-2.0
// Values: DRAM images against each other and the interpreter's, words of the feature pool as
// reported.
#include <string.h>

#include "base/check.h"
#include "base/checked.h"
#include "validate/validation_work.h"

/** Name of the map or segment an address lies in. */
static const char *owner_of(const tsr_program *program, uint64_t address) {
    for (int32_t i = 0; i < program->symbol_count; ++i) {
        const tsr_symbol *s = &program->symbols[i];
        const int64_t planes = tsr_ceil_div(s->c, program->arch.tn);
        const uint64_t bytes = (uint64_t)(planes * s->h * s->w * s->pixel_bytes);
        if (address >= s->address && address - s->address < bytes) {
            return s->name;
        }
    }
    for (int32_t i = 0; i < program->segment_count; ++i) {
        const tsr_segment *s = &program->segments[i];
        if (address >= s->address && address - s->address < s->bytes) {
            return s->name;
        }
    }
    return "no map";
}

static uint64_t count_differing(const uint8_t *a, const uint8_t *b, uint64_t bytes,
                                uint64_t *first) {
    uint64_t differing = 0;
    if (memcmp(a, b, (size_t)bytes) == 0) {
        return 0;
    }
    for (uint64_t i = 0; i < bytes; ++i) {
        if (a[i] != b[i] && differing++ == 0) {
            *first = i;
        }
    }
    return differing;
}

static void diff_images(const tsr_validation_sides *sides, tsr_validation *v) {
    v->memory_bytes = sides->program->memory_bytes;
    for (uint32_t side = 0; side < 2; ++side) {
        v->memory_differing[side] = count_differing(sides->memory[side], sides->interpreted,
                                                    v->memory_bytes, &v->memory_first[side]);
        if (v->memory_differing[side] != 0) {
            (void)snprintf(v->memory_where[side], sizeof v->memory_where[side], "%s",
                           owner_of(sides->program, v->memory_first[side]));
        }
        v->differences += v->memory_differing[side];
    }
}

/** Bytes of each layer's maps on which the sides disagree. */
static void diff_maps(const tsr_validation_sides *sides, tsr_validation *v) {
    for (int32_t i = 0; i < sides->program->symbol_count; ++i) {
        const tsr_symbol *s = &sides->program->symbols[i];
        const int64_t planes = tsr_ceil_div(s->c, sides->program->arch.tn);
        const uint64_t bytes = (uint64_t)(planes * s->h * s->w * s->pixel_bytes);
        if (s->address > v->memory_bytes || bytes > v->memory_bytes - s->address) {
            continue;
        }
        uint64_t first = 0;
        const uint64_t differing = count_differing(sides->memory[0] + s->address,
                                                   sides->memory[1] + s->address, bytes, &first);
        tsr_layer_difference *row = tsr_diff_row(v, s->layer);
        v->total.values += bytes;
        v->total.values_differing += differing;
        if (row != &v->total) {
            row->values += bytes;
            row->values_differing += differing;
        }
    }
}

static void add_words(const tsr_validation_sides *sides, tsr_validation *v) {
    for (uint32_t side = 0; side < 2; ++side) {
        const tsr_side_report *report = &sides->report[side];
        for (int32_t i = 0; i < v->layer_count; ++i) {
            v->layers[i].words.compared += report->words[i].compared;
            v->layers[i].words.differing += report->words[i].differing;
            v->total.words.compared += report->words[i].compared;
            v->total.words.differing += report->words[i].differing;
            v->differences += report->words[i].differing;
        }
        v->registers.compared += report->registers.compared;
        v->registers.differing += report->registers.differing;
        v->differences += report->registers.differing;
        if (v->first_register[0] == '\0') {
            (void)snprintf(v->first_register, sizeof v->first_register, "%s",
                           report->first_register);
        }
        if (v->first_word[0] == '\0' && report->first_word[0] != '\0') {
            (void)snprintf(v->first_word, sizeof v->first_word, "%s", report->first_word);
        }
    }
}

tsr_status tsr_diff_outputs(const tsr_validation_sides *sides, const tsr_expected *expected,
                            tsr_validation *validation, tsr_error *err) {
    TSR_TRY(tsr_expected_compare(expected, sides->program, sides->interpreted, &validation->outputs,
                                 err));
    validation->differences += validation->outputs.differing;
    return TSR_OK;
}

void tsr_diff_memory(const tsr_validation_sides *sides, tsr_validation *validation) {
    diff_images(sides, validation);
    diff_maps(sides, validation);
    add_words(sides, validation);
}
