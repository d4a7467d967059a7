// SPDX-License-Identifier: Apache-2.0
// summary.json: the figures of one run (architecture.md section 5).
#include <math.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/json.h"
#include "fit/fit_json.h"
#include "report/result_files.h"
#include "report/run_figures.h"

static void begin(tsr_jwriter *w, const char *key) {
    tsr_jwrite_key(w, key);
    tsr_jwrite_object_begin(w);
}

// Layers that are cut, or strided, otherwise than the schedule says.
static void write_layer_notes(const tsr_run_outcome *o, tsr_jwriter *w) {
    const tsr_blocking blocking = tsr_schedule_blocking(&o->config.schedule);
    char note[192];
    tsr_jwrite_key(w, "layer_notes");
    tsr_jwrite_array_begin(w);
    int32_t i = tsr_network_next_note(&o->network, &blocking, 0, note, sizeof note);
    for (; i >= 0; i = tsr_network_next_note(&o->network, &blocking, i + 1, note, sizeof note)) {
        tsr_jwrite_object_begin(w);
        tsr_jwrite_member_string(w, "layer", o->network.layers[i].name);
        tsr_jwrite_member_string(w, "note", note);
        tsr_jwrite_object_end(w);
    }
    tsr_jwrite_array_end(w);
}

static void write_identity(const tsr_run_outcome *o, tsr_jwriter *w) {
    const tsr_schedule *schedule = &o->config.schedule;
    char blocking[32];
    tsr_run_blocking_text(o, blocking);
    tsr_jwrite_member_string(w, "run", o->config.name);
    tsr_jwrite_member_string(w, "network", o->network.name);
    tsr_jwrite_member_u64(w, "batch", (uint64_t)o->network.batch);
    tsr_jwrite_member_string(w, "architecture", o->config.arch.name);
    tsr_jwrite_member_string(w, "dram_preset", o->config.arch.dram.name);
    tsr_jwrite_member_string(w, "schedule", tsr_schedule_mode_name(schedule->mode));
    tsr_jwrite_member_string(w, "blocking", blocking);
    tsr_jwrite_member_string(w, "block_padding",
                             tsr_pad_mode_name(schedule->blocking.block_padding));
    tsr_jwrite_member_string(w, "border_padding",
                             tsr_pad_mode_name(schedule->blocking.border_padding));
    tsr_jwrite_member_string(w, "engine", tsr_executor_name(o->config.executor));
    tsr_jwrite_member_string(w, "status", "complete");
    begin(w, "plan");
    tsr_jwrite_member_u64(w, "groups", (uint64_t)o->plan.group_count);
    tsr_jwrite_member_bool(w, "joins_on_chip", o->plan.joins_on_chip);
    tsr_jwrite_member_u64(w, "on_chip_joins", (uint64_t)o->plan.on_chip_joins);
    tsr_jwrite_member_u64(w, "dram_joins", (uint64_t)o->plan.dram_joins);
    tsr_jwrite_member_u64(w, "maps_through_dram", (uint64_t)o->plan.maps_through_dram);
    tsr_jwrite_member_string(w, "text", o->plan.text);
    tsr_jwrite_object_end(w);
    write_layer_notes(o, w);
}

static void write_time(const tsr_run_outcome *o, const tsr_run_figures *f, tsr_jwriter *w) {
    const tsr_counters *total = &o->result.total;
    tsr_jwrite_member_u64(w, "cycles", total->cycles);
    tsr_jwrite_member_u64(w, "clock_hz", o->config.arch.clock_hz);
    tsr_jwrite_member_double(w, "latency_s", f->latency_s);
    tsr_jwrite_member_double(w, "frames_per_s", f->frames_per_s);
    tsr_jwrite_member_u64(w, "macs", total->macs);
    tsr_jwrite_member_u64(w, "macs_recomputed", total->macs_recomputed);
    tsr_jwrite_member_double(w, "array_utilization", f->array_utilization);
    begin(w, "cycles_by_cause");
    for (int32_t i = 0; i < TSR_CAUSE_COUNT; ++i) {
        tsr_jwrite_member_u64(w, tsr_cause_name((tsr_cause)i), total->cycles_by_cause[i]);
    }
    tsr_jwrite_object_end(w);
    tsr_jwrite_member_string(w, "bottleneck", tsr_cause_name(f->bottleneck));
}

static void write_bytes(const tsr_counters *total, tsr_jwriter *w) {
    static const tsr_traffic reads[] = {TSR_TRAFFIC_INPUT, TSR_TRAFFIC_WEIGHTS,
                                        TSR_TRAFFIC_INTERMEDIATE, TSR_TRAFFIC_DESCRIPTORS};
    static const tsr_traffic writes[] = {TSR_TRAFFIC_OUTPUT, TSR_TRAFFIC_INTERMEDIATE};
    begin(w, "dram_bytes");
    begin(w, "read");
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; ++i) {
        tsr_jwrite_member_u64(w, tsr_traffic_name(reads[i]), total->read_bytes[reads[i]]);
    }
    tsr_jwrite_object_end(w);
    begin(w, "write");
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; ++i) {
        tsr_jwrite_member_u64(w, tsr_traffic_name(writes[i]), total->write_bytes[writes[i]]);
    }
    tsr_jwrite_object_end(w);
    tsr_jwrite_member_u64(w, "waste", total->waste_bytes);
    tsr_jwrite_member_u64(w, "reread", total->reread_bytes);
    tsr_jwrite_object_end(w);
}

static void write_dram(const tsr_run_outcome *o, const tsr_run_figures *f, tsr_jwriter *w) {
    const tsr_dram_stats *dram = &o->result.dram;
    begin(w, "dram");
    tsr_jwrite_member_u64(w, "activates", dram->activates);
    tsr_jwrite_member_double(w, "row_hit_rate", f->row_hit_rate);
    tsr_jwrite_member_u64(w, "refreshes", dram->refreshes);
    tsr_jwrite_member_double(w, "read_bandwidth_bytes_per_s", f->read_bandwidth_bytes_per_s);
    tsr_jwrite_member_double(w, "write_bandwidth_bytes_per_s", f->write_bandwidth_bytes_per_s);
    tsr_jwrite_member_double(w, "peak_bandwidth_bytes_per_s", f->peak_bandwidth_bytes_per_s);
    tsr_jwrite_member_double(w, "mean_read_latency_cycles", f->mean_read_latency_cycles);
    tsr_jwrite_member_u64(w, "max_read_latency_cycles", dram->max_read_latency_cycles);
    tsr_jwrite_object_end(w);
}

static void write_buffers(const tsr_result *result, tsr_jwriter *w) {
    tsr_jwrite_key(w, "buffers");
    tsr_jwrite_array_begin(w);
    for (int32_t i = 0; i < TSR_BUFFER_COUNT; ++i) {
        tsr_jwrite_object_begin(w);
        tsr_jwrite_member_string(w, "name", tsr_buffer_name((tsr_buffer)i));
        tsr_jwrite_member_u64(w, "capacity_bytes", result->capacity_bytes[i]);
        tsr_jwrite_member_u64(w, "peak_bytes", result->peak_bytes[i]);
        tsr_jwrite_member_u64(w, "peak_cycle", result->peak_cycle[i]);
        tsr_jwrite_object_end(w);
    }
    tsr_jwrite_array_end(w);
}

static void write_cost(const tsr_run_outcome *o, tsr_jwriter *w) {
    begin(w, "blocking_ratio");
    tsr_jwrite_member_double(w, "by_conv", o->ratio_by_conv);
    tsr_jwrite_member_double(w, "by_spatial_conv", o->ratio_by_spatial_conv);
    tsr_jwrite_member_double(w, "by_macs", o->ratio_by_macs);
    tsr_jwrite_object_end(w);
    begin(w, "energy_j");
    tsr_jwrite_member_string(w, "table", o->energy.table);
    tsr_jwrite_member_double(w, "dram", o->energy.dram_j);
    tsr_jwrite_member_double(w, "sram", o->energy.sram_j);
    tsr_jwrite_member_double(w, "mac", o->energy.mac_j);
    tsr_jwrite_object_end(w);
    begin(w, "fit");
    tsr_fit_write_members(&o->fit, w);
    tsr_jwrite_object_end(w);
}

static void write_output(const tsr_run_values *v, tsr_jwriter *w) {
    begin(w, "output");
    if (v->computed) {
        char crc[16];
        (void)snprintf(crc, sizeof crc, "%08lx", (unsigned long)v->output_crc32);
        tsr_jwrite_member_string(w, "crc32", crc);
    } else {
        tsr_jwrite_key(w, "crc32");
        tsr_jwrite_null(w);
    }
    tsr_jwrite_member_double(w, "psnr_db_vs_unblocked",
                             v->has_psnr ? v->psnr_db_vs_unblocked : (double)NAN);
    tsr_jwrite_member_double(w, "top1_agreement",
                             v->computed && v->classifies ? v->top1_agreement : (double)NAN);
    if (v->computed) {
        tsr_jwrite_member_double(w, "psnr_peak", v->psnr_peak);
        tsr_jwrite_member_u64(w, "elements", v->output_elements);
        tsr_jwrite_member_u64(w, "elements_differing_from_unblocked", v->differing_outputs);
    }
    tsr_jwrite_object_end(w);
}

static void write_fidelity(const tsr_run_outcome *o, tsr_jwriter *w) {
    begin(w, "fidelity");
    tsr_jwrite_member_string(w, "cycles", tsr_run_cycle_fidelity(o));
    tsr_jwrite_member_string(w, "dram_bytes", "modelled");
    tsr_jwrite_member_string(w, "buffers", tsr_run_cycle_fidelity(o));
    tsr_jwrite_member_string(w, "values", o->values.computed ? "exact" : "not computed");
    tsr_jwrite_member_string(w, "energy", "estimated");
    tsr_jwrite_member_string(w, "fit", "estimated");
    tsr_jwrite_object_end(w);
}

tsr_status tsr_run_print_summary(const tsr_run_outcome *outcome, bool compact, FILE *file,
                                 tsr_error *err) {
    const tsr_run_figures figures = tsr_run_figures_of(outcome);
    tsr_jwriter writer;
    tsr_jwriter_init(&writer, file, compact);
    tsr_jwrite_object_begin(&writer);
    write_identity(outcome, &writer);
    write_time(outcome, &figures, &writer);
    write_bytes(&outcome->result.total, &writer);
    write_dram(outcome, &figures, &writer);
    write_buffers(&outcome->result, &writer);
    write_cost(outcome, &writer);
    write_output(&outcome->values, &writer);
    write_fidelity(outcome, &writer);
    tsr_jwrite_object_end(&writer);
    TSR_CHECK(ferror(file) == 0, TSR_ERR_FILE, err, "summary", "cannot be written");
    return TSR_OK;
}

tsr_status tsr_run_summary_text(const tsr_run_outcome *outcome, char **text_out, tsr_error *err) {
    enum { summary_max_bytes = 65536 };

    const char *name = outcome->config.name;
    char *buffer = tsr_alloc(summary_max_bytes, 1);
    FILE *file = buffer != NULL ? fmemopen(buffer, summary_max_bytes, "w") : NULL;
    tsr_status status = TSR_OK;
    if (file == NULL) {
        status = tsr_fail(err, TSR_ERR_NO_MEMORY, name, "out of memory");
    } else {
        status = tsr_run_print_summary(outcome, true, file, err);
        if (fclose(file) != 0 && status == TSR_OK) {
            status = tsr_fail(err, TSR_ERR_INTERNAL, name, "the summary exceeds %d bytes",
                              summary_max_bytes);
        }
    }
    if (status != TSR_OK) {
        tsr_free(buffer);
        return status;
    }
    *text_out = buffer;
    return TSR_OK;
}

tsr_status tsr_run_execute_json(void *user, const char *run_json, char **summary_json,
                                tsr_error *err) {
    (void)user;
    const tsr_execute_options options = {.keep_events = false};
    tsr_run_config config;
    tsr_run_outcome outcome = {0};
    TSR_TRY(tsr_run_config_parse(run_json, "run", &config, err));
    TSR_TRY(tsr_run_execute(&config, &options, &outcome, err));
    const tsr_status status = tsr_run_summary_text(&outcome, summary_json, err);
    tsr_run_outcome_free(&outcome);
    return status;
}
