// SPDX-License-Identifier: Apache-2.0
// The beginning of a program as a program of its own: what an executor does with it is what it does in the first cycles
// of the whole.
#ifndef TESSERA_TESTS_SUPPORT_PROGRAM_CUT_H
#define TESSERA_TESTS_SUPPORT_PROGRAM_CUT_H

#include <tessera/program.h>

#include "support/program_edit.h"
#include "support/test.h"

/** Descriptors up to and with the last one that works for this block of this layer. */
static inline int32_t program_block_end(const tsr_program *program, int32_t layer, int32_t block) {
    int32_t end = 0;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        if (tsr_program_brief(program, i).layer == layer &&
            tsr_program_note(program, i).block == block) {
            end = i + 1;
        }
    }
    assert_true(end > 0);
    return end;
}

/**
 * Keep the first `count` descriptors and `end`.
 *
 * Every prefix is closed: in dispatch order, what a descriptor waits for comes before it (tsr_program_check says so of
 * the result). Tokens for descriptors that are cut off stay in their counters. Buffers that would have been freed later
 * are freed by the last descriptor that is left.
 */
static inline void program_cut(tsr_program *program, int32_t count) {
    const int32_t end = program->desc_count - 1;
    assert_true(count > 0 && count <= end);
    assert_int_equal(tsr_program_brief(program, end).opcode, TSR_OP_END);
    tsr_desc_note last = tsr_program_note(program, count - 1);
    for (int32_t i = 0; i < count; ++i) {
        const tsr_desc_note note = tsr_program_note(program, i);
        for (int32_t b = 0; b < TSR_BUFFER_COUNT; ++b) {
            last.free_bytes[b] += note.alloc_bytes[b] - note.free_bytes[b];
        }
    }
    const tsr_desc end_desc = tsr_program_desc(program, end);
    const tsr_desc_note end_note = tsr_program_note(program, end);
    program_put_note(program, count - 1, &last);
    tsr_program_cut(program, count);
    tsr_error err = {0};
    assert_ok(tsr_program_append(program, &end_desc, &end_note, &err), err);
}

#endif
