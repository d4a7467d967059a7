// SPDX-License-Identifier: Apache-2.0
// Words of the text form, shared by its writer and its reader.
#ifndef TESSERA_PROGRAM_PROGRAM_TEXT_H
#define TESSERA_PROGRAM_PROGRAM_TEXT_H

#include <tessera/program.h>

#define TSR_TEXT_MAGIC "tessera-program"

enum { TSR_TEXT_VERSION = 1 };

extern const char *const tsr_text_engines[TSR_ENGINE_COUNT];
extern const char *const tsr_text_traffic[TSR_TRAFFIC_COUNT];

#endif
