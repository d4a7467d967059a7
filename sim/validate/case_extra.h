// SPDX-License-Identifier: Apache-2.0
// The last directed cases, by number: hand-made networks.
#ifndef TESSERA_VALIDATE_CASE_EXTRA_H
#define TESSERA_VALIDATE_CASE_EXTRA_H

#include <tessera/network.h>

#include "validate/coverage_plan.h"

/** Append a layer that reads the one before it. Returns its number. */
int32_t tsr_case_add_layer(tsr_network *network, tsr_layer_kind kind, int32_t kernel,
                           int32_t stride, int32_t pad);

int32_t tsr_case_extra_count(void);
/** Is the bin that it is for still a hole? */
bool tsr_case_extra_open(const tsr_coverage *coverage, int32_t number);
/** Machine it needs, NULL = any. */
const char *tsr_case_extra_shape(int32_t number);
tsr_status tsr_case_extra_schedule(int32_t number, tsr_schedule *schedule,
                                   tsr_error *err) TSR_MUST_USE;
/** *network is freed by the caller. */
tsr_status tsr_case_extra_network(int32_t number, tsr_network *network,
                                  tsr_error *err) TSR_MUST_USE;
/** Moves what has to lie elsewhere in DRAM. */
void tsr_case_extra_place(int32_t number, tsr_program *program);

#endif
