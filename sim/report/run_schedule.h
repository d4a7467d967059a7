// SPDX-License-Identifier: Apache-2.0
// The member "schedule" of a run object.
#ifndef TESSERA_REPORT_RUN_SCHEDULE_H
#define TESSERA_REPORT_RUN_SCHEDULE_H

#include <tessera/report.h>

#include "report/run_document.h"

/** Read config->schedule and config->layer_blockings from a run object; as they are without a member. */
tsr_status tsr_run_schedule_read(const tsr_jnode *root, tsr_run_config *config,
                                 tsr_error *err) TSR_MUST_USE;
void tsr_run_schedule_write(const tsr_run_config *config, tsr_jwriter *writer);
/** A string member that must have 1 to size-1 characters. */
tsr_status tsr_run_copy_string(const tsr_jnode *object, const char *key, bool required, char *text,
                               size_t size, tsr_error *err) TSR_MUST_USE;

#endif
