// SPDX-License-Identifier: Apache-2.0
// One run: load, plan, lower, check, execute, compare values, check the identities.
#include <math.h>
#include <string.h>

#include <tessera/interpreter.h>

#include "base/alloc.h"
#include "base/check.h"
#include "report/energy.h"
#include "report/fit.h"
#include "report/run_document.h"
#include "report/run_values.h"

/** What a run needs beside its outcome. */
typedef struct run {
    const tsr_run_config *config;
    const tsr_execute_options *options;
    tsr_run_outcome *outcome;
    tsr_plan *plan;
    tsr_value_set set;
    uint8_t *memory;  // DRAM image, NULL without values
} run;

static tsr_status go_on(const run *r, tsr_error *err) {
    const tsr_execute_options *options = r->options;
    if (options->stop != NULL && options->stop(options->user)) {
        return tsr_fail(err, TSR_ERR_INTERRUPTED, r->config->name,
                        "stopped before it was complete");
    }
    return TSR_OK;
}

// Blocking ratio in three readings (blockconv.md 4.3), for any network: grids of the convolutions'
// input maps.
static tsr_status add_ratios(tsr_run_outcome *outcome, tsr_error *err) {
    double convs = 0.0;
    double spatial = 0.0;
    double macs = 0.0;
    double blocked[3] = {0.0, 0.0, 0.0};
    for (int32_t i = 0; i < outcome->network.layer_count; ++i) {
        const tsr_layer *layer = &outcome->network.layers[i];
        if (layer->kind != TSR_LAYER_CONV) {
            continue;
        }
        tsr_block_grid grid;
        TSR_TRY(tsr_block_grid_make(&outcome->config.schedule.blocking, layer->in.h, layer->in.w,
                                    layer->name, &grid, err));
        const bool is_spatial = layer->kernel_h > 1 || layer->kernel_w > 1;
        const bool is_blocked = layer->blockable && !tsr_block_grid_is_whole(&grid);
        convs += 1.0;
        spatial += is_spatial;
        macs += (double)layer->macs;
        blocked[0] += is_blocked;
        blocked[1] += is_blocked && is_spatial;
        blocked[2] += is_blocked ? (double)layer->macs : 0.0;
    }
    outcome->ratio_by_conv = convs > 0.0 ? blocked[0] / convs : 0.0;
    outcome->ratio_by_spatial_conv = spatial > 0.0 ? blocked[1] / spatial : 0.0;
    outcome->ratio_by_macs = macs > 0.0 ? blocked[2] / macs : 0.0;
    return TSR_OK;
}

static tsr_status prepare(run *r, tsr_error *err) {
    tsr_run_outcome *outcome = r->outcome;
    TSR_TRY(tsr_network_load(r->config->network, r->config->input_h, r->config->input_w,
                             &outcome->network, err));
    TSR_TRY(
        tsr_plan_make(&outcome->network, &r->config->arch, &r->config->schedule, &r->plan, err));
    outcome->plan = tsr_plan_summarize(r->plan);
    TSR_TRY(add_ratios(outcome, err));
    if (r->config->values) {
        TSR_TRY(tsr_value_set_make(r->config, &outcome->network, &r->set, err));
        TSR_TRY(go_on(r, err));
    }
    TSR_TRY(tsr_plan_lower(r->plan, r->config->values ? &r->set.qnetwork : NULL, &outcome->program,
                           err));
    TSR_TRY(tsr_program_check(&outcome->program, err));
    if (r->config->values) {
        TSR_TRY(tsr_value_set_memory(&r->set, &outcome->program, &r->memory, err));
    }
    return go_on(r, err);
}

// Values of the interpreter go into r->memory; the machine works on an image of its own, and both
// must be the same.
static tsr_status run_machine(run *r, const tsr_run_options *options, tsr_error *err) {
    tsr_run_outcome *outcome = r->outcome;
    if (r->memory == NULL) {
        return tsr_machine_run(&outcome->program, options, NULL, &outcome->result, err);
    }
    uint8_t *machine = NULL;
    TSR_TRY(tsr_value_set_memory(&r->set, &outcome->program, &machine, err));
    tsr_status status = tsr_interpret(&outcome->program, r->memory, err);
    if (status == TSR_OK) {
        status = tsr_machine_run(&outcome->program, options, machine, &outcome->result, err);
    }
    if (status == TSR_OK && memcmp(machine, r->memory, outcome->program.memory_bytes) != 0) {
        status = tsr_fail(err, TSR_ERR_DIFFERS, r->config->name,
                          "the machine left other values in memory than the interpreter");
    }
    tsr_memory_free(machine);
    return status;
}

static tsr_status execute(run *r, tsr_error *err) {
    tsr_run_outcome *outcome = r->outcome;
    const tsr_run_options options = {.keep_occupancy = true,
                                     .keep_events = r->options->keep_events,
                                     .progress = r->options->progress,
                                     .user = r->options->user,
                                     .max_cycles = 0};
    if (r->config->executor == TSR_EXECUTOR_ESTIMATE) {
        TSR_TRY(tsr_estimate(&outcome->program, &options, &outcome->result, err));
        if (r->memory != NULL) {
            TSR_TRY(tsr_interpret(&outcome->program, r->memory, err));
        }
    } else {
        TSR_TRY(run_machine(r, &options, err));
    }
    TSR_TRY(go_on(r, err));
    TSR_TRY(tsr_result_check(&outcome->program, &outcome->result, err));
    if (r->memory != NULL) {
        TSR_TRY(tsr_value_set_compare(&r->set, outcome, r->memory, &outcome->values, err));
    }
    outcome->energy = tsr_energy_estimate(&r->config->arch, &outcome->result, r->config->executor);
    outcome->fit = tsr_fit_estimate(&r->config->arch);
    return TSR_OK;
}

tsr_status tsr_run_execute(const tsr_run_config *config, const tsr_execute_options *options,
                           tsr_run_outcome *outcome, tsr_error *err) {
    TSR_CHECK(config->executor != TSR_EXECUTOR_RTL, TSR_ERR_UNSUPPORTED, err, "engine",
              "rtl is not in this version (planned: stage 2); estimate and systemc are");
    tsr_run_outcome made = {.config = *config};
    run r = {.config = config, .options = options, .outcome = &made};
    tsr_status status = prepare(&r, err);
    if (status == TSR_OK) {
        status = execute(&r, err);
    }
    tsr_plan_free(r.plan);
    tsr_value_set_free(&r.set);
    tsr_memory_free(r.memory);
    if (status != TSR_OK) {
        tsr_run_outcome_free(&made);
        return status;
    }
    *outcome = made;
    return TSR_OK;
}

void tsr_run_outcome_free(tsr_run_outcome *outcome) {
    tsr_network_free(&outcome->network);
    tsr_program_free(&outcome->program);
    tsr_result_free(&outcome->result);
    memset(outcome, 0, sizeof *outcome);
}

static uint64_t sum(const uint64_t *bytes) {
    uint64_t total = 0;
    for (int32_t i = 0; i < TSR_TRAFFIC_COUNT; ++i) {
        total += bytes[i];
    }
    return total;
}

uint64_t tsr_counters_read_bytes(const tsr_counters *counters) {
    return sum(counters->read_bytes);
}

uint64_t tsr_counters_write_bytes(const tsr_counters *counters) {
    return sum(counters->write_bytes);
}

const char *tsr_version(void) {
    return TSR_VERSION;
}
