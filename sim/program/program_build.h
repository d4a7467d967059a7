// SPDX-License-Identifier: Apache-2.0
// Lists of a program that is being read from text or file, grown one element at a time.
#ifndef TESSERA_PROGRAM_PROGRAM_BUILD_H
#define TESSERA_PROGRAM_PROGRAM_BUILD_H

#include <tessera/program.h>

/** Append copies; segment->data passes to the program on success. TSR_ERR_NO_MEMORY leaves the
 * program as it was. */
tsr_status tsr_program_add_segment(tsr_program *program, const tsr_segment *segment,
                                   tsr_error *err) TSR_MUST_USE;
tsr_status tsr_program_add_symbol(tsr_program *program, const tsr_symbol *symbol,
                                  tsr_error *err) TSR_MUST_USE;
tsr_status tsr_program_add_layer(tsr_program *program, const char *name,
                                 tsr_error *err) TSR_MUST_USE;

#endif
