// SPDX-License-Identifier: Apache-2.0
#include "fit/fit_errors.h"

#include <math.h>
#include <stdio.h>

fit_errors fit_errors_of(const counts_machine *machine) {
    const counts_cells *yosys = &machine->total;
    fit_errors e = {.model = tsr_fit_estimate(&machine->arch, NULL)};
    e.lut = (double)e.model.needed[TSR_RESOURCE_LUT] / (double)yosys->lut - 1.0;
    e.ff = (double)e.model.needed[TSR_RESOURCE_FF] / (double)yosys->ff - 1.0;
    e.dsp_equal = e.model.needed[TSR_RESOURCE_DSP] == yosys->dsp;
    e.bram_equal = e.model.ramb36 == yosys->ramb36 && e.model.ramb18 == yosys->ramb18;
    return e;
}

bool fit_errors_allowed(const fit_errors *e) {
    return fabs(e->lut) <= FIT_ERRORS_MAX && fabs(e->ff) <= FIT_ERRORS_MAX && e->dsp_equal &&
           e->bram_equal;
}

void fit_errors_print(const counts_machine *m, const fit_errors *e) {
    const counts_cells *y = &m->total;
    (void)printf(
        "%-6s %-4s %2dx%2dx%2d w%d a%-2d  LUT %7lld %7lld %+6.2f %%  FF %7lld %7lld %+6.2f %%"
        "  DSP %4lld %4lld  RAMB36 %4lld %4lld  RAMB18 %3lld %3lld%s\n",
        m->name, m->held ? "held" : "fit", (int)m->arch.tm, (int)m->arch.tn, (int)m->arch.tp,
        (int)m->arch.wp, (int)m->arch.activation_bits, (long long)y->lut,
        (long long)e->model.needed[TSR_RESOURCE_LUT], 100.0 * e->lut, (long long)y->ff,
        (long long)e->model.needed[TSR_RESOURCE_FF], 100.0 * e->ff, (long long)y->dsp,
        (long long)e->model.needed[TSR_RESOURCE_DSP], (long long)y->ramb36,
        (long long)e->model.ramb36, (long long)y->ramb18, (long long)e->model.ramb18,
        fit_errors_allowed(e) ? "" : "  <-");
}
