// SPDX-License-Identifier: Apache-2.0
// Directed cases for whole groups of bins: some tries for each bin of a cross.
#ifndef TESSERA_VALIDATE_CASE_FAMILY_H
#define TESSERA_VALIDATE_CASE_FAMILY_H

#include "validate/case_work.h"
#include "validate/coverage_plan.h"

/** One try for a bin: its values, and whether to have few channels and two large blocks, so that it
 * is features that are waited for, not weights. */
typedef struct tsr_case_aim {
    int32_t at[TSR_COVER_AXES];
    bool large;
} tsr_case_aim;

typedef struct tsr_case_family {
    tsr_cover_group group;
    /** Is there a reason left to aim at the bin? */
    bool (*is_open)(const tsr_coverage *coverage, int32_t bin);
    /** Machine it needs, NULL = any. */
    const char *(*shape)(const tsr_case_aim *aim);
    tsr_status (*schedule)(const tsr_case_aim *aim, tsr_rng *rng, tsr_schedule *schedule,
                           tsr_error *err);
    /** Into a network with room for TSR_CASE_FAMILY_LAYERS. */
    void (*network)(const tsr_case_aim *aim, tsr_rng *rng, tsr_network *network);
} tsr_case_family;

enum { TSR_CASE_FAMILY_LAYERS = 8, TSR_CASE_PASS_FAMILIES = 4, TSR_CASE_MIX_FAMILIES = 6 };

/** What passes do (case_family.c); the first one is for bins of `pass`. */
extern const tsr_case_family tsr_case_pass_families[TSR_CASE_PASS_FAMILIES];
/** What schedules ask for (case_mixed.c). */
extern const tsr_case_family tsr_case_mix_families[TSR_CASE_MIX_FAMILIES];

#endif
