// SPDX-License-Identifier: Apache-2.0
// Descriptors and notes changed by hand, legal or not: EDIT_DESC(p, 3, u.conv.in_h = -1);
#ifndef TESSERA_TESTS_SUPPORT_PROGRAM_EDIT_H
#define TESSERA_TESTS_SUPPORT_PROGRAM_EDIT_H

#include <tessera/program.h>

#include "support/test.h"

/** Put a descriptor, and a note unless it is NULL, in the place of number `index`. */
static inline void program_put(tsr_program *program, int32_t index, const tsr_desc *desc,
                               const tsr_desc_note *note) {
    tsr_error err = {0};
    assert_ok(tsr_program_replace(program, index, desc, note, &err), err);
}

/** The same descriptor with another note. */
static inline void program_put_note(tsr_program *program, int32_t index,
                                    const tsr_desc_note *note) {
    const tsr_desc desc = tsr_program_desc(program, index);
    program_put(program, index, &desc, note);
}

/** Two programs have the same descriptors and notes. */
static inline void assert_same_descs(const tsr_program *a, const tsr_program *b) {
    assert_int_equal(a->desc_count, b->desc_count);
    for (int32_t i = 0; i < a->desc_count; ++i) {
        const tsr_desc descs[2] = {tsr_program_desc(a, i), tsr_program_desc(b, i)};
        const tsr_desc_note notes[2] = {tsr_program_note(a, i), tsr_program_note(b, i)};
        assert_memory_equal(&descs[0], &descs[1], sizeof descs[0]);
        assert_memory_equal(&notes[0], &notes[1], sizeof notes[0]);
    }
}

/** One assignment to a member of a descriptor. */
#define EDIT_DESC(program, index, change)                            \
    do {                                                             \
        tsr_desc edited_desc = tsr_program_desc((program), (index)); \
        edited_desc.change;                                          \
        program_put((program), (index), &edited_desc, NULL);         \
    } while (0)

/** One assignment to a member of a note. */
#define EDIT_NOTE(program, index, change)                                 \
    do {                                                                  \
        tsr_desc_note edited_note = tsr_program_note((program), (index)); \
        edited_note.change;                                               \
        program_put_note((program), (index), &edited_note);               \
    } while (0)

#endif
