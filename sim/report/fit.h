// SPDX-License-Identifier: Apache-2.0
// Block RAMs (by data bits) and DSPs (one per multiplier) of an architecture against its device.
// Estimates; LUTs and flip-flops are not estimated yet.
#ifndef TESSERA_REPORT_FIT_H
#define TESSERA_REPORT_FIT_H

#include <tessera/report.h>

tsr_fit tsr_fit_estimate(const tsr_arch *arch);

#endif
