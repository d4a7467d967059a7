// SPDX-License-Identifier: Apache-2.0
// One run as a person reads it.
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "report/run_figures.h"

static double megabytes(uint64_t bytes) {
    return (double)bytes / 1e6;
}

static double kib(uint64_t bytes) {
    return (double)bytes / 1024.0;
}

static double percent(double part, double whole) {
    return whole > 0.0 ? 100.0 * part / whole : 0.0;
}

static void print_identity(const tsr_run_outcome *o, FILE *file) {
    const tsr_arch *arch = &o->config.arch;
    const tsr_schedule *schedule = &o->config.schedule;
    const tsr_shape in = o->network.layers[0].out;
    char blocking[32];
    tsr_run_blocking_text(o, blocking);
    (void)fprintf(file, "run           %s\n", o->config.name);
    (void)fprintf(file, "network       %s, input %dx%dx%d, batch %d\n", o->network.name, in.c, in.h,
                  in.w, o->network.batch);
    (void)fprintf(file, "architecture  %s: array %dx%dx%d at %.0f MHz, DRAM %s, device %s\n",
                  arch->name, arch->tm, arch->tn, arch->tp, (double)arch->clock_hz / 1e6,
                  arch->dram.name, arch->device);
    if (schedule->mode == TSR_SCHEDULE_BLOCKED) {
        (void)fprintf(file, "schedule      blocked %s, block padding %s, border padding %s\n",
                      blocking, tsr_pad_mode_name(schedule->blocking.block_padding),
                      tsr_pad_mode_name(schedule->blocking.border_padding));
    } else {
        (void)fprintf(file, "schedule      %s", tsr_schedule_mode_name(schedule->mode));
        if (schedule->mode == TSR_SCHEDULE_AUTO) {
            (void)fprintf(file, " by %s", tsr_objective_name(schedule->objective));
        }
        if (schedule->blocking.kind != TSR_BLOCKING_NONE) {
            (void)fprintf(file, ", blocks %s", blocking);
        }
        (void)fprintf(file, "\n");
    }
    if (schedule->part_count > 0) {
        (void)fprintf(file, "parts         %d in modes of their own\n", schedule->part_count);
    }
    char note[192];
    const tsr_blocking holds = tsr_schedule_blocking(schedule);
    int32_t i = tsr_network_next_note(&o->network, &holds, 0, note, sizeof note);
    for (; i >= 0; i = tsr_network_next_note(&o->network, &holds, i + 1, note, sizeof note)) {
        (void)fprintf(file, "layer         %s: %s\n", o->network.layers[i].name, note);
    }
    (void)fprintf(file, "engine        %s\n", tsr_executor_name(o->config.executor));
    (void)fprintf(file, "plan          %s\n\n", o->plan.text);
}

static void print_time(const tsr_run_outcome *o, const tsr_run_figures *f, FILE *file) {
    const tsr_counters *total = &o->result.total;
    (void)fprintf(file, "time          %llu cycles = %.3f ms, %.2f frames/s\n",
                  (unsigned long long)total->cycles, 1e3 * f->latency_s, f->frames_per_s);
    (void)fprintf(file, "spent on      ");
    for (int32_t i = 0; i < TSR_CAUSE_COUNT; ++i) {
        (void)fprintf(file, "%s%s %.1f %%", i > 0 ? ", " : "", tsr_cause_name((tsr_cause)i),
                      percent((double)total->cycles_by_cause[i], (double)total->cycles));
    }
    (void)fprintf(file, "\nbottleneck    %s\n", tsr_cause_name(f->bottleneck));
    (void)fprintf(
        file, "work          %.3f GMAC (%.3f recomputed), array use %.1f %% of %lld MAC/cycle\n",
        (double)total->macs / 1e9, (double)total->macs_recomputed / 1e9,
        100.0 * f->array_utilization, (long long)tsr_arch_macs_per_cycle(&o->config.arch));
}

static void print_traffic(const char *title, const uint64_t *bytes, uint64_t all, FILE *file) {
    (void)fprintf(file, "%s%.3f MB:", title, megabytes(all));
    for (int32_t i = 0; i < TSR_TRAFFIC_COUNT; ++i) {
        if (bytes[i] > 0) {
            (void)fprintf(file, " %s %.3f", tsr_traffic_name((tsr_traffic)i), megabytes(bytes[i]));
        }
    }
    (void)fputc('\n', file);
}

static void print_memory(const tsr_run_outcome *o, const tsr_run_figures *f, FILE *file) {
    const tsr_counters *total = &o->result.total;
    print_traffic("DRAM read     ", total->read_bytes, f->read_bytes, file);
    print_traffic("DRAM write    ", total->write_bytes, f->write_bytes, file);
    (void)fprintf(file,
                  "of these      %.3f MB alignment and channel padding, %.3f MB moved before\n",
                  megabytes(total->waste_bytes), megabytes(total->reread_bytes));
    if (o->config.executor != TSR_EXECUTOR_ESTIMATE) {
        (void)fprintf(file, "DRAM          read %.3f GB/s, write %.3f GB/s",
                      f->read_bandwidth_bytes_per_s / 1e9, f->write_bandwidth_bytes_per_s / 1e9);
        if (!isnan(f->peak_bandwidth_bytes_per_s)) {
            (void)fprintf(file, " of %.3f GB/s peak", f->peak_bandwidth_bytes_per_s / 1e9);
        }
        if (!isnan(f->row_hit_rate)) {
            (void)fprintf(file, "; %.1f %% row hits", 100.0 * f->row_hit_rate);
        }
        if (!isnan(f->mean_read_latency_cycles)) {
            (void)fprintf(file, "; read latency %.1f cycles a burst", f->mean_read_latency_cycles);
        }
        (void)fputc('\n', file);
    }
    for (int32_t i = 0; i < TSR_BUFFER_COUNT; ++i) {
        (void)fprintf(file, "buffer        %-9s %.1f of %.1f KiB, peak at cycle %llu\n",
                      tsr_buffer_name((tsr_buffer)i), kib(o->result.peak_bytes[i]),
                      kib(o->result.capacity_bytes[i]),
                      (unsigned long long)o->result.peak_cycle[i]);
    }
}

static void print_fit(const tsr_fit *fit, FILE *file) {
    (void)fputs("fit          ", file);
    for (int32_t r = 0; r < TSR_RESOURCE_COUNT; ++r) {
        (void)fprintf(file, "%s %lld", r > 0 ? "," : "", (long long)fit->needed[r]);
        if (fit->known) {
            (void)fprintf(file, " of %lld", (long long)fit->available[r]);
        }
        (void)fprintf(file, " %s", tsr_resource_name((tsr_resource)r));
    }
    (void)fprintf(file, "\n              %s %s; %s\n",
                  !fit->known ? "no table of"
                  : fit->fits ? "fits"
                              : "DOES NOT FIT",
                  fit->device, TSR_FIT_SOURCE);
}

static void print_cost(const tsr_run_outcome *o, FILE *file) {
    const tsr_energy *e = &o->energy;
    const char *unknown = isnan(e->dram_j) ? " (no figure for this DRAM)" : "";
    (void)fprintf(file, "energy        dram %.1f mJ%s, sram %.1f mJ, mac %.1f mJ\n",
                  isnan(e->dram_j) ? 0.0 : 1e3 * e->dram_j, unknown, 1e3 * e->sram_j,
                  1e3 * e->mac_j);
    print_fit(&o->fit, file);
}

static void print_output(const tsr_run_values *v, FILE *file) {
    if (!v->computed) {
        (void)fputs("output        values not computed (--values on)\n", file);
        return;
    }
    (void)fprintf(file, "output        crc32 %08lx, equal to the integer reference byte for byte\n",
                  (unsigned long)v->output_crc32);
    (void)fprintf(file, "vs unblocked  %llu of %llu elements differ",
                  (unsigned long long)v->differing_outputs, (unsigned long long)v->output_elements);
    if (v->has_psnr) {
        (void)fprintf(file, ", PSNR %.2f dB of a range of %.4g", v->psnr_db_vs_unblocked,
                      v->psnr_peak);
    }
    if (v->classifies) {
        (void)fprintf(file, ", top-1 agreement %.0f %%", 100.0 * v->top1_agreement);
    }
    (void)fputc('\n', file);
}

tsr_status tsr_run_print_text(const tsr_run_outcome *outcome, FILE *file, tsr_error *err) {
    const tsr_run_figures figures = tsr_run_figures_of(outcome);
    print_identity(outcome, file);
    print_time(outcome, &figures, file);
    print_memory(outcome, &figures, file);
    print_cost(outcome, file);
    print_output(&outcome->values, file);
    (void)fprintf(file,
                  "fidelity      cycles and buffers %s, DRAM bytes modelled, values %s, energy and "
                  "fit estimated\n",
                  tsr_run_cycle_fidelity(outcome),
                  outcome->values.computed ? "exact" : "not computed");
    TSR_CHECK(ferror(file) == 0, TSR_ERR_FILE, err, outcome->config.name,
              "the report cannot be written");
    return TSR_OK;
}
