// SPDX-License-Identifier: Apache-2.0
// The comparisons that make up a validation, one file each.
#ifndef TESSERA_VALIDATE_VALIDATION_WORK_H
#define TESSERA_VALIDATE_VALIDATION_WORK_H

#include <tessera/validate.h>

#include "base/json.h"

/** What both sides and the interpreter left behind. */
typedef struct tsr_validation_sides {
    const tsr_program *program;
    tsr_result result[2];      /**< owned */
    uint8_t *memory[2];        /**< owned DRAM images */
    uint8_t *interpreted;      /**< owned, the interpreter's */
    tsr_side_report report[2]; /**< words owned */
} tsr_validation_sides;

/** Events: by unit with context, and by layer. */
void tsr_diff_events(const tsr_validation_sides *sides, tsr_validation *validation);
/** Counters of layers and run, occupancy, DRAM statistics, cycles. */
void tsr_diff_counters(const tsr_validation_sides *sides, tsr_validation *validation);
/** DRAM images against each other and the interpreter's; feature-pool words as the sides report
 * them. */
void tsr_diff_memory(const tsr_validation_sides *sides, tsr_validation *validation);

/** The interpreter's outputs against the network's. */
tsr_status tsr_diff_outputs(const tsr_validation_sides *sides, const tsr_expected *expected,
                            tsr_validation *validation, tsr_error *err) TSR_MUST_USE;

/** The comparison as a value of a JSON document that is being written. */
void tsr_validation_json(const tsr_validation *validation, tsr_jwriter *writer);

/** Row of a layer; the total for numbers out of range, so that a wrong event is never lost. */
tsr_layer_difference *tsr_diff_row(tsr_validation *validation, int64_t layer);

#endif
