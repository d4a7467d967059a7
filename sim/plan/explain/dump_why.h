// SPDX-License-Identifier: Apache-2.0
// What limits a group, and what it was chosen over.
#ifndef TESSERA_PLAN_DUMP_WHY_H
#define TESSERA_PLAN_DUMP_WHY_H

#include <stdio.h>

#include "plan/model/plan_model.h"

/** The engine that is busy longest, with the figures of all. */
void tsr_dump_limit(const tsr_plan *plan, const tsr_group *group, FILE *file);
/** Of an automatic schedule: what the same stages cost in other ways, and with one stage more. */
void tsr_dump_choice(const tsr_plan *plan, const tsr_group *group, FILE *file);

#endif
