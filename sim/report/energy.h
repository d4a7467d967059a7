// SPDX-License-Identifier: Apache-2.0
// Energy from event counts and a table of published energies; every figure names its source. An
// estimate.
#ifndef TESSERA_REPORT_ENERGY_H
#define TESSERA_REPORT_ENERGY_H

#include <tessera/report.h>

/** Energy of a run. Parts without a figure are NaN. */
tsr_energy tsr_energy_estimate(const tsr_arch *arch, const tsr_result *result,
                               tsr_executor executor);

#endif
