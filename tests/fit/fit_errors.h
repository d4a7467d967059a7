// SPDX-License-Identifier: Apache-2.0
// The model of sim/fit against Yosys's counts, machine by machine.
#ifndef TESSERA_TESTS_FIT_FIT_ERRORS_H
#define TESSERA_TESTS_FIT_FIT_ERRORS_H

#include <stdbool.h>

#include <tessera/fit.h>

#include "counts_file.h"

/** Allowed for LUT and FF; DSP, RAMB36 and RAMB18 have to be equal. */
#define FIT_ERRORS_MAX 0.10

/** What the model says and what Yosys counted. */
typedef struct fit_errors {
    tsr_fit model;
    double lut, ff;  // relative errors, signed
    bool dsp_equal, bram_equal;
} fit_errors;

fit_errors fit_errors_of(const counts_machine *machine);
bool fit_errors_allowed(const fit_errors *e);
/** One line: counted, modelled and error of every resource. */
void fit_errors_print(const counts_machine *machine, const fit_errors *e);

#endif
