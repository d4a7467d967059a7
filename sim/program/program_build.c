// SPDX-License-Identifier: Apache-2.0
// Growing lists of segments, symbols and layer names.
#include "program/program_build.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/check.h"

/** Make room for element `count`; the list stays as it was on failure. */
static void *grow_by_one(void *list, int32_t count, size_t size, tsr_error *err) {
    void *grown = count < INT32_MAX ? tsr_realloc(list, (size_t)count + 1, size) : NULL;
    if (grown == NULL) {
        (void)tsr_fail(err, TSR_ERR_NO_MEMORY, "", "no memory for element %d of a program", count);
    }
    return grown;
}

tsr_status tsr_program_add_segment(tsr_program *program, const tsr_segment *segment,
                                   tsr_error *err) {
    tsr_segment *segments =
        grow_by_one(program->segments, program->segment_count, sizeof *segments, err);
    if (segments == NULL) {
        return TSR_ERR_NO_MEMORY;
    }
    program->segments = segments;
    segments[program->segment_count++] = *segment;
    return TSR_OK;
}

tsr_status tsr_program_add_symbol(tsr_program *program, const tsr_symbol *symbol, tsr_error *err) {
    tsr_symbol *symbols =
        grow_by_one(program->symbols, program->symbol_count, sizeof *symbols, err);
    if (symbols == NULL) {
        return TSR_ERR_NO_MEMORY;
    }
    program->symbols = symbols;
    symbols[program->symbol_count++] = *symbol;
    return TSR_OK;
}

tsr_status tsr_program_add_layer(tsr_program *program, const char *name, tsr_error *err) {
    char(*names)[TSR_NAME_MAX] =
        grow_by_one(program->layer_names, program->layer_count, sizeof *names, err);
    if (names == NULL) {
        return TSR_ERR_NO_MEMORY;
    }
    program->layer_names = names;
    (void)snprintf(names[program->layer_count++], TSR_NAME_MAX, "%s", name);
    return TSR_OK;
}
