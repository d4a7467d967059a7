// SPDX-License-Identifier: Apache-2.0
// dram.csv and buffers.csv.
#include <math.h>

#include "base/check.h"
#include "report/result_files.h"
#include "report/run_figures.h"

static void count(FILE *file, const char *group, const char *name, uint64_t value,
                  const char *unit) {
    (void)fprintf(file, "%s,%s,%llu,%s\n", group, name, (unsigned long long)value, unit);
}

// What is not known (no accesses, ideal memory) is an empty cell.
static void real(FILE *file, const char *group, const char *name, double value, const char *unit) {
    if (isnan(value)) {
        (void)fprintf(file, "%s,%s,,%s\n", group, name, unit);
    } else {
        (void)fprintf(file, "%s,%s,%.9g,%s\n", group, name, value, unit);
    }
}

tsr_status tsr_write_dram_csv(const tsr_run_outcome *outcome, FILE *file, tsr_error *err) {
    static const char *const ports[TSR_PORT_COUNT] = {"load_feature", "load_weight", "descriptor",
                                                      "store"};
    const tsr_counters *total = &outcome->result.total;
    const tsr_dram_stats *dram = &outcome->result.dram;
    const tsr_run_figures f = tsr_run_figures_of(outcome);
    (void)fputs("group,name,value,unit\n", file);
    for (int32_t i = 0; i < TSR_TRAFFIC_COUNT; ++i) {
        count(file, "read", tsr_traffic_name((tsr_traffic)i), total->read_bytes[i], "byte");
    }
    count(file, "read", "total", f.read_bytes, "byte");
    for (int32_t i = 0; i < TSR_TRAFFIC_COUNT; ++i) {
        count(file, "write", tsr_traffic_name((tsr_traffic)i), total->write_bytes[i], "byte");
    }
    count(file, "write", "total", f.write_bytes, "byte");
    count(file, "part", "waste", total->waste_bytes, "byte");
    count(file, "part", "reread", total->reread_bytes, "byte");
    for (int32_t i = 0; i < TSR_PORT_COUNT; ++i) {
        count(file, "bursts", ports[i], total->bursts[i], "burst");
    }
    count(file, "row", "hits", dram->row_hits, "access");
    count(file, "row", "misses", dram->row_misses, "access");
    count(file, "row", "conflicts", dram->row_conflicts, "access");
    real(file, "row", "hit_rate", f.row_hit_rate, "ratio");
    count(file, "command", "activates", dram->activates, "command");
    count(file, "command", "refreshes", dram->refreshes, "command");
    real(file, "latency", "mean_read", f.mean_read_latency_cycles, "cycle");
    count(file, "latency", "max_read", dram->max_read_latency_cycles, "cycle");
    real(file, "bandwidth", "read", f.read_bandwidth_bytes_per_s, "byte/s");
    real(file, "bandwidth", "write", f.write_bandwidth_bytes_per_s, "byte/s");
    real(file, "bandwidth", "peak", f.peak_bandwidth_bytes_per_s, "byte/s");
    TSR_CHECK(ferror(file) == 0, TSR_ERR_FILE, err, "dram.csv", "cannot be written");
    return TSR_OK;
}

tsr_status tsr_write_buffers_csv(const tsr_run_outcome *outcome, FILE *file, tsr_error *err) {
    const tsr_result *result = &outcome->result;
    (void)fputs("cycle,buffer,occupied_bytes,capacity_bytes,is_peak\n", file);
    for (int64_t i = 0; i < result->occupancy_count; ++i) {
        const tsr_occupancy *o = &result->occupancy[i];
        const bool peak =
            o->cycle == result->peak_cycle[o->buffer] && o->bytes == result->peak_bytes[o->buffer];
        (void)fprintf(file, "%llu,%s,%llu,%llu,%d\n", (unsigned long long)o->cycle,
                      tsr_buffer_name(o->buffer), (unsigned long long)o->bytes,
                      (unsigned long long)result->capacity_bytes[o->buffer], peak);
    }
    TSR_CHECK(ferror(file) == 0, TSR_ERR_FILE, err, "buffers.csv", "cannot be written");
    return TSR_OK;
}
