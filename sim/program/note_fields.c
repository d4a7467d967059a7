// SPDX-License-Identifier: Apache-2.0
// Members of notes by number.
#include "program/note_fields.h"

enum { FIRST_COUNT = 2 + 2 * TSR_BUFFER_COUNT };

const char *const tsr_note_names[TSR_NOTE_FIELDS] = {"group",
                                                     "block",
                                                     "feature_alloc_bytes",
                                                     "feature_free_bytes",
                                                     "weight_alloc_bytes",
                                                     "weight_free_bytes",
                                                     "parameter_alloc_bytes",
                                                     "parameter_free_bytes",
                                                     "macs",
                                                     "macs_recomputed",
                                                     "waste_bytes",
                                                     "reread_bytes"};

int64_t tsr_note_get(const tsr_desc_note *note, int32_t index) {
    const uint64_t counts[] = {note->macs, note->macs_recomputed, note->waste_bytes,
                               note->reread_bytes};
    if (index < 2) {
        return index == 0 ? note->group : note->block;
    }
    if (index < FIRST_COUNT) {
        const int32_t buffer = (index - 2) / 2;
        return index % 2 == 0 ? note->alloc_bytes[buffer] : note->free_bytes[buffer];
    }
    return (int64_t)counts[index - FIRST_COUNT];
}

bool tsr_note_set(tsr_desc_note *note, int32_t index, int64_t value) {
    int32_t *const narrow[] = {&note->group, &note->block};
    uint64_t *const counts[] = {&note->macs, &note->macs_recomputed, &note->waste_bytes,
                                &note->reread_bytes};
    if (index < 2) {
        *narrow[index] = (int32_t)value;
        return value >= INT32_MIN && value <= INT32_MAX;
    }
    if (index < FIRST_COUNT) {
        const int32_t buffer = (index - 2) / 2;
        *(index % 2 == 0 ? &note->alloc_bytes[buffer] : &note->free_bytes[buffer]) = value;
        return true;
    }
    *counts[index - FIRST_COUNT] = (uint64_t)value;
    return value >= 0;
}
