// SPDX-License-Identifier: Apache-2.0
// Where the descriptors and notes of a program lie.
#ifndef TESSERA_PROGRAM_PROGRAM_STORE_H
#define TESSERA_PROGRAM_PROGRAM_STORE_H

#include <tessera/program.h>

/** Release everything; NULL is fine. */
void tsr_program_store_free(tsr_program_store *store);

#endif
