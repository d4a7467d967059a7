// SPDX-License-Identifier: Apache-2.0
// The members of tsr_desc_note by name, for the text form and the file.
#ifndef TESSERA_PROGRAM_NOTE_FIELDS_H
#define TESSERA_PROGRAM_NOTE_FIELDS_H

#include <tessera/program.h>

enum { TSR_NOTE_FIELDS = 6 + 2 * TSR_BUFFER_COUNT };

extern const char *const tsr_note_names[TSR_NOTE_FIELDS];

/** Member `index` of a note. */
int64_t tsr_note_get(const tsr_desc_note *note, int32_t index);
/** False when the value does not fit the member. */
bool tsr_note_set(tsr_desc_note *note, int32_t index, int64_t value);

#endif
