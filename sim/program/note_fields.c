// SPDX-License-Identifier: Apache-2.0
// Members of notes by number.
#include "program/note_fields.h"

const char *const tsr_note_names[TSR_NOTE_FIELDS] = {"group",
                                                     "block",
                                                     "feature_alloc_bytes",
                                                     "feature_free_bytes",
                                                     "weight_alloc_bytes",
                                                     "weight_free_bytes",
                                                     "macs",
                                                     "macs_recomputed",
                                                     "waste_bytes",
                                                     "reread_bytes"};

int64_t tsr_note_get(const tsr_desc_note *note, int32_t index) {
    const int64_t values[TSR_NOTE_FIELDS] = {note->group,
                                             note->block,
                                             note->feature_alloc_bytes,
                                             note->feature_free_bytes,
                                             note->weight_alloc_bytes,
                                             note->weight_free_bytes,
                                             (int64_t)note->macs,
                                             (int64_t)note->macs_recomputed,
                                             (int64_t)note->waste_bytes,
                                             (int64_t)note->reread_bytes};
    return values[index];
}

bool tsr_note_set(tsr_desc_note *note, int32_t index, int64_t value) {
    int32_t *const narrow[] = {&note->group, &note->block};
    int64_t *const wide[] = {&note->feature_alloc_bytes, &note->feature_free_bytes,
                             &note->weight_alloc_bytes, &note->weight_free_bytes};
    uint64_t *const counts[] = {&note->macs, &note->macs_recomputed, &note->waste_bytes,
                                &note->reread_bytes};
    if (index < 2) {
        *narrow[index] = (int32_t)value;
        return value >= INT32_MIN && value <= INT32_MAX;
    }
    if (index < 6) {
        *wide[index - 2] = value;
        return true;
    }
    *counts[index - 6] = (uint64_t)value;
    return value >= 0;
}
