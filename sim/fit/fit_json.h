// SPDX-License-Identifier: Apache-2.0
// The members of a fit in JSON, the same in summary.json and from `tessera fit --json`.
#ifndef TESSERA_FIT_FIT_JSON_H
#define TESSERA_FIT_FIT_JSON_H

#include <tessera/fit.h>

#include "base/json.h"

/** Members device, <resource>_needed and <resource>_available (null: device unknown), ramb36, ramb18, fits, source. */
void tsr_fit_write_members(const tsr_fit *fit, tsr_jwriter *w);

#endif
