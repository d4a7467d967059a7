// SPDX-License-Identifier: Apache-2.0
// Figures derived from counters, defined once for every report.
#ifndef TESSERA_REPORT_RUN_FIGURES_H
#define TESSERA_REPORT_RUN_FIGURES_H

#include <tessera/report.h>

/** Quotients of the counters of a run. */
typedef struct tsr_run_figures {
    double latency_s;
    double frames_per_s;       // batch / latency
    double array_utilization;  // useful MACs / (cycles * MACs per cycle of the array)
    double row_hit_rate;       // column accesses that hit an open row; NaN without accesses
    double read_bandwidth_bytes_per_s, write_bandwidth_bytes_per_s;
    double peak_bandwidth_bytes_per_s;  // of the memory's data bus; NaN for ideal
    double mean_read_latency_cycles;    // per burst; NaN without bursts
    tsr_cause bottleneck;               // largest cause
    uint64_t read_bytes, write_bytes;
} tsr_run_figures;

tsr_run_figures tsr_run_figures_of(const tsr_run_outcome *outcome);
/** Largest cause of the cycles of some counters. */
tsr_cause tsr_counters_bottleneck(const tsr_counters *counters);
/** Blocking as text, e.g. F28. */
void tsr_run_blocking_text(const tsr_run_outcome *outcome, char text[32]);
/** What stands behind the cycles: estimated, modelled (machine) or exact (the RTL itself has run). */
const char *tsr_run_cycle_fidelity(const tsr_run_outcome *outcome);

#endif
