// SPDX-License-Identifier: Apache-2.0
/**
 * @file   coverage.h
 * @brief  Functional coverage of the RTL: planned situations, and which of them runs have been in.
 *
 * A group is a cross of axes; a bin is one value of each axis. The plan also names the crosses that cannot be, with the
 * reason. Everything is read off the program of a run and off the events and counters of the RTL's own result.
 */
#ifndef TESSERA_COVERAGE_H
#define TESSERA_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <tessera/counters.h>
#include <tessera/plan.h>
#include <tessera/program.h>
#include <tessera/rtl.h>
#include <tessera/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tsr_coverage tsr_coverage; /**< opaque: the plan with a counter a bin */

tsr_status tsr_coverage_create(tsr_coverage **coverage, tsr_error *err) TSR_MUST_USE;
void tsr_coverage_free(tsr_coverage *coverage);

/**
 * @brief  Count what a run of the RTL was in.
 * @param[in] schedule  what the program was planned with: descriptors do not say it.
 * @param[in] result    of the RTL, with events.
 */
tsr_status tsr_coverage_add_run(tsr_coverage *coverage, const tsr_program *program,
                                const tsr_schedule *schedule, const tsr_result *result,
                                tsr_error *err) TSR_MUST_USE;
/** @brief  Count what was done to the RTL in a run that ended as it must. */
void tsr_coverage_add_stress(tsr_coverage *coverage, const tsr_program *program,
                             const tsr_rtl_stress *stress, const tsr_rtl_ending *ending);

/** Bins of a plan; impossible ones are not planned. */
typedef struct tsr_coverage_sum {
    uint64_t planned, covered, impossible;
} tsr_coverage_sum;

tsr_coverage_sum tsr_coverage_total(const tsr_coverage *coverage);

/** @brief  covered/planned of every group, then the holes by name. */
void tsr_coverage_print(const tsr_coverage *coverage, FILE *file);
/** @brief  Plan, hits of every bin and holes as a JSON document; whole or not at all. */
tsr_status tsr_coverage_write(const tsr_coverage *coverage, const char *path,
                              tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
