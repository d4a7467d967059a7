// SPDX-License-Identifier: Apache-2.0
// Quotients of counters.
#include "report/run_figures.h"

#include <math.h>

static double ratio(double a, double b) {
    return b > 0.0 ? a / b : (double)NAN;
}

tsr_cause tsr_counters_bottleneck(const tsr_counters *counters) {
    tsr_cause best = TSR_CAUSE_COMPUTE;
    for (int32_t i = 0; i < TSR_CAUSE_COUNT; ++i) {
        if (counters->cycles_by_cause[i] > counters->cycles_by_cause[best]) {
            best = (tsr_cause)i;
        }
    }
    return best;
}

tsr_run_figures tsr_run_figures_of(const tsr_run_outcome *outcome) {
    const tsr_arch *arch = &outcome->config.arch;
    const tsr_counters *total = &outcome->result.total;
    const tsr_dram_stats *dram = &outcome->result.dram;
    const double cycles = (double)total->cycles;
    tsr_run_figures f = {0};
    f.latency_s = cycles / (double)arch->clock_hz;
    f.frames_per_s = ratio((double)outcome->network.batch, f.latency_s);
    f.array_utilization =
        ratio((double)total->macs, cycles * (double)tsr_arch_macs_per_cycle(arch));
    f.read_bytes = tsr_counters_read_bytes(total);
    f.write_bytes = tsr_counters_write_bytes(total);
    f.read_bandwidth_bytes_per_s = ratio((double)f.read_bytes, f.latency_s);
    f.write_bandwidth_bytes_per_s = ratio((double)f.write_bytes, f.latency_s);
    const uint64_t peak = tsr_dram_peak_bytes_per_s(&arch->dram);
    f.peak_bandwidth_bytes_per_s = peak > 0 ? (double)peak : (double)NAN;
    f.row_hit_rate = ratio((double)dram->row_hits,
                           (double)(dram->row_hits + dram->row_misses + dram->row_conflicts));
    f.mean_read_latency_cycles =
        ratio((double)dram->read_latency_cycles, (double)dram->read_bursts);
    f.bottleneck = tsr_counters_bottleneck(total);
    return f;
}

void tsr_run_blocking_text(const tsr_run_outcome *outcome, char text[32]) {
    tsr_blocking_format(&outcome->config.schedule.blocking, text, 32);
}

const char *tsr_run_cycle_fidelity(const tsr_run_outcome *outcome) {
    static const char *const words[] = {[TSR_EXECUTOR_ESTIMATE] = "estimated",
                                        [TSR_EXECUTOR_SYSTEMC] = "modelled",
                                        [TSR_EXECUTOR_RTL] = "exact"};
    return words[outcome->config.executor];
}
