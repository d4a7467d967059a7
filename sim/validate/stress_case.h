// SPDX-License-Identifier: Apache-2.0
// A run that the outside makes hard: drawn, survived, and its ending judged.
#ifndef TESSERA_VALIDATE_STRESS_CASE_H
#define TESSERA_VALIDATE_STRESS_CASE_H

#include <tessera/validate.h>

/** What is done to the RTL in a case, in words; false = nothing. */
bool tsr_stress_draw(const tsr_case *drawn, tsr_rtl_stress *stress, char *text, size_t bytes);
/**
 * Run it. TSR_ERR_INTERNAL: a hang or a broken rule; TSR_ERR_DIFFERS: it ended otherwise than it
 * must (an error that was not reported, wrong values after mere stalls). With TSR_OK *ending is filled.
 */
tsr_status tsr_stress_run(tsr_rtl *rtl, const tsr_case *drawn, const tsr_rtl_stress *stress,
                          tsr_rtl_ending *ending, tsr_error *err) TSR_MUST_USE;

#endif
