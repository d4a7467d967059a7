// SPDX-License-Identifier: Apache-2.0
// One run: load, plan, lower, check, execute, compare values, check the identities.
#include <math.h>
#include <string.h>

#include <tessera/interpreter.h>
#include <tessera/rtl.h>

#include "base/alloc.h"
#include "base/check.h"
#include "report/energy.h"
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
    const tsr_blocking blocking = tsr_schedule_blocking(&outcome->config.schedule);
    for (int32_t i = 0; i < outcome->network.layer_count; ++i) {
        const tsr_layer *layer = &outcome->network.layers[i];
        if (layer->kind != TSR_LAYER_CONV) {
            continue;
        }
        tsr_layer_blocks blocks = {0};
        TSR_TRY(tsr_layer_blocks_make(layer, &blocking, &blocks, err));
        const bool is_spatial = layer->kernel_h > 1 || layer->kernel_w > 1;
        const bool is_blocked = blocks.why == TSR_WHOLE_NOT;
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
    TSR_TRY(tsr_run_config_network(r->config, &outcome->network, err));
    TSR_TRY(
        tsr_plan_make(&outcome->network, &r->config->arch, &r->config->schedule, &r->plan, err));
    outcome->plan = tsr_plan_summarize(r->plan);
    TSR_TRY(add_ratios(outcome, err));
    if (r->config->values) {
        TSR_TRY(tsr_value_set_make(r->config, &outcome->network, &r->set, err));
        TSR_TRY(go_on(r, err));
    }
    TSR_TRY(tsr_plan_lower_last(r->plan, r->config->values ? &r->set.qnetwork : NULL,
                                &outcome->program, err));
    tsr_plan_free(r->plan);
    r->plan = NULL;
    TSR_TRY(tsr_program_check(&outcome->program, err));
    if (r->config->values) {
        TSR_TRY(tsr_batch_memory(&outcome->program, &r->set.q_input, &r->memory, err));
    }
    return go_on(r, err);
}

// Values of the interpreter go into r->memory; the executor works on an image of its own, and both
// must be the same.
static tsr_status compare_images(run *r, const uint8_t *found, const char *who, tsr_error *err) {
    TSR_TRY(tsr_interpret(&r->outcome->program, r->memory, err));
    TSR_CHECK(memcmp(found, r->memory, r->outcome->program.memory_bytes) == 0, TSR_ERR_DIFFERS, err,
              r->config->name, "the %s left other values in memory than the interpreter", who);
    return TSR_OK;
}

static tsr_status run_machine(run *r, const tsr_run_options *options, tsr_error *err) {
    tsr_run_outcome *outcome = r->outcome;
    if (r->memory == NULL) {
        return tsr_machine_run(&outcome->program, options, NULL, &outcome->result, err);
    }
    uint8_t *image = NULL;
    TSR_TRY(tsr_batch_memory(&outcome->program, &r->set.q_input, &image, err));
    tsr_status status = tsr_machine_run(&outcome->program, options, image, &outcome->result, err);
    if (status == TSR_OK) {
        status = compare_images(r, image, "machine", err);
    }
    tsr_memory_free(image);
    return status;
}

static tsr_status run_on_rtl(run *r, const tsr_run_options *options, uint8_t *image,
                             tsr_error *err) {
    const tsr_rtl_options open = {.cache_dir = NULL};
    const tsr_rtl_run_options more = {.stop = r->options->stop, .user = r->options->user};
    tsr_rtl *rtl = NULL;
    TSR_TRY(tsr_rtl_open(&r->config->arch, &open, &rtl, err));
    const tsr_status status =
        tsr_rtl_run(rtl, &r->outcome->program, &more, options, image, &r->outcome->result, err);
    tsr_rtl_close(rtl);
    return status;
}

// The RTL always computes; without values it does so on an image of zeros.
static tsr_status run_rtl(run *r, const tsr_run_options *options, tsr_error *err) {
    uint8_t *image = NULL;
    const tsr_program *program = &r->outcome->program;
    TSR_TRY(r->memory != NULL ? tsr_batch_memory(program, &r->set.q_input, &image, err)
                              : tsr_memory_create(program, &image, err));
    tsr_status status = run_on_rtl(r, options, image, err);
    if (status == TSR_OK && r->memory != NULL) {
        status = compare_images(r, image, "RTL", err);
    }
    tsr_memory_free(image);
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
    } else if (r->config->executor == TSR_EXECUTOR_RTL) {
        TSR_TRY(run_rtl(r, &options, err));
    } else {
        TSR_TRY(run_machine(r, &options, err));
    }
    TSR_TRY(go_on(r, err));
    TSR_TRY(tsr_result_check(&outcome->program, &outcome->result, err));
    if (r->memory != NULL) {
        TSR_TRY(tsr_value_set_compare(&r->set, outcome, r->memory, &outcome->values, err));
    }
    outcome->energy = tsr_energy_estimate(&r->config->arch, &outcome->result, r->config->executor);
    outcome->fit = tsr_fit_estimate(&r->config->arch, NULL);
    return TSR_OK;
}

tsr_status tsr_run_execute(const tsr_run_config *config, const tsr_execute_options *options,
                           tsr_run_outcome *outcome, tsr_error *err) {
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

tsr_status tsr_run_prepare(const tsr_run_config *config, tsr_program *program, uint8_t **memory,
                           tsr_expected *expected, tsr_error *err) {
    static const tsr_execute_options nothing;
    tsr_run_config with_values = *config;
    with_values.values = true;
    tsr_run_outcome made = {.config = with_values};
    run r = {.config = &with_values, .options = &nothing, .outcome = &made};
    tsr_status status = prepare(&r, err);
    if (status == TSR_OK) {
        status = tsr_value_set_expect(&r.set, &with_values, &made.network, expected, err);
    }
    if (status == TSR_OK) {
        *program = made.program;
        *memory = r.memory;
        made.program = (tsr_program){0};
        r.memory = NULL;
    }
    tsr_plan_free(r.plan);
    tsr_value_set_free(&r.set);
    tsr_memory_free(r.memory);
    tsr_run_outcome_free(&made);
    return status;
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
