// SPDX-License-Identifier: Apache-2.0
// Runs: with the DRAM model, to be compared; and under stress, to be survived.
#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "rtl/rtl_host.h"

enum { stop_interval = 1024, poll_interval = 64 };

/** The part of an architecture that is built in, against that of the program. */
static tsr_status check_fit(const tsr_rtl *rtl, const tsr_program *program, tsr_error *err) {
    const tsr_arch *a = &rtl->arch;
    const tsr_arch *b = &program->arch;
    const bool same = a->tm == b->tm && a->tn == b->tn && a->tp == b->tp && a->wp == b->wp &&
                      a->activation_bits == b->activation_bits &&
                      a->feature_buffer_bytes == b->feature_buffer_bytes &&
                      a->feature_sectors == b->feature_sectors &&
                      a->axi_data_bits == b->axi_data_bits &&
                      a->max_burst_beats == b->max_burst_beats &&
                      a->max_outstanding_bursts == b->max_outstanding_bursts &&
                      a->weight_buffer_bytes >= b->weight_buffer_bytes &&
                      a->parameter_channels >= b->parameter_channels;
    TSR_CHECK(same, TSR_ERR_CONFIG, err, "rtl",
              "the program is for another machine than the RTL was built for");
    return TSR_OK;
}

/** Good runs follow each other without a reset, as they do in hardware. */
static void reset_if_dirty(tsr_rtl *rtl) {
    if (rtl->dirty) {
        tsr_host_reset(rtl);
        rtl->dirty = false;
    }
}

static uint32_t stream_units(const tsr_program *program) {
    uint32_t units = 0;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        units += (uint32_t)tsr_program_brief(program, i).units;
    }
    return units;
}

/** Everything up to the start bit; the next step is cycle 0. */
static void start(tsr_host *host) {
    const uint64_t base = host->program->descriptor_address;
    tsr_host_write(host, TSR_REG_DESCRIPTOR_BASE_LO, (uint32_t)base);
    tsr_host_write(host, TSR_REG_DESCRIPTOR_BASE_HI, (uint32_t)(base >> 32));
    tsr_host_write(host, TSR_REG_DESCRIPTOR_COUNT, stream_units(host->program));
    tsr_host_write(host, TSR_REG_INTERRUPT_STATUS, 7);
    tsr_host_write(host, TSR_REG_INTERRUPT_ENABLE, 7);
    if (host->status == TSR_OK) {
        tsr_host_start(host);
    }
}

/** What each engine was doing, for the message of a hang. */
static void describe(const tsr_host *host, char *text, size_t bytes) {
    tsr_unit_state units[TSR_ENGINE_COUNT + 1];
    const tsr_timeline *t = &host->timeline;
    for (uint32_t u = 0; u <= TSR_ENGINE_COUNT; ++u) {
        units[u] = (tsr_unit_state){.index = -1};
        for (int32_t i = 0; i < host->program->desc_count; ++i) {
            const tsr_engine engine = tsr_program_engine(host->program, i);
            const bool fetch = u == TSR_ENGINE_COUNT;
            if (engine == TSR_ENGINE_COUNT || (!fetch && engine != u)) {
                continue;
            }
            const bool done = (fetch ? t->dispatch[i] : t->complete[i]) != TSR_CYCLE_UNKNOWN;
            ++units[u].total;
            units[u].done += done;
            if (!done && units[u].index < 0) {
                units[u].index = i;
                units[u].running = !fetch && t->start[i] != TSR_CYCLE_UNKNOWN;
            }
        }
    }
    tsr_units_describe(units, text, bytes);
}

static void trace_window(tsr_host *host) {
    const tsr_rtl_run_options *more = host->more;
    if (more == NULL || more->fst_path == NULL) {
        return;
    }
    if (host->cycle == more->fst_from &&
        host->rtl->api->trace_open(host->rtl->machine, more->fst_path) == 0) {
        tsr_host_fail(host, TSR_ERR_FILE, more->fst_path, "%s",
                      host->rtl->api->can_trace != 0 ? "cannot be written"
                                                     : "this library was built without waveforms");
    }
    if (host->cycle == more->fst_to + 1) {
        host->rtl->api->trace_close(host->rtl->machine);
    }
}

static bool should_stop(const tsr_host *host) {
    return host->more != NULL && host->more->stop != NULL && host->cycle % stop_interval == 0 &&
           host->more->stop(host->more->user);
}

static void simulate(tsr_host *host) {
    const uint64_t limit = host->options != NULL ? host->options->max_cycles : 0;
    char text[400];
    while (host->status == TSR_OK && !host->done) {
        trace_window(host);
        tsr_host_step(host);
        if (should_stop(host)) {
            tsr_host_fail(host, TSR_ERR_INTERRUPTED, "rtl", "stopped in cycle %" PRIu64,
                          host->cycle);
        } else if (!host->done && limit != 0 && host->cycle > limit) {
            describe(host, text, sizeof text);
            tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl",
                          "not done after max_cycles = %" PRIu64 ": %s", limit, text);
        } else if (host->cycle > host->last_activity + host->patience) {
            describe(host, text, sizeof text);
            tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl", "stands still since cycle %" PRIu64 ": %s",
                          host->last_activity, text);
        }
    }
    host->rtl->api->trace_close(host->rtl->machine);
}

/** Every descriptor must have had its three moments. */
static void check_complete(tsr_host *host) {
    const tsr_timeline *t = &host->timeline;
    for (int32_t i = 0; i < host->program->desc_count && host->status == TSR_OK; ++i) {
        if (tsr_program_engine(host->program, i) != TSR_ENGINE_COUNT &&
            (t->dispatch[i] == TSR_CYCLE_UNKNOWN || t->start[i] == TSR_CYCLE_UNKNOWN ||
             t->complete[i] == TSR_CYCLE_UNKNOWN)) {
            tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl",
                          "done in cycle %" PRIu64
                          " without dispatch, start and completion of descriptor %d",
                          t->done, i);
        }
    }
}

static tsr_status account(tsr_host *host, tsr_result *result, tsr_error *err) {
    const int32_t last = host->program->desc_count - 1;
    host->timeline.dispatch[last] = host->timeline.done;
    TSR_TRY(tsr_timeline_account(host->program, &host->timeline, host->options, result, err));
    tsr_dram_advance(host->dram, host->timeline.done);
    result->dram = tsr_dram_get_stats(host->dram);
    return host->keep_events
               ? tsr_timeline_events(host->program, &host->timeline, &host->events, result, err)
               : TSR_OK;
}

static tsr_status run(tsr_host *host, tsr_result *result, tsr_error *err) {
    TSR_TRY(
        tsr_dram_create(&host->program->arch.dram, tsr_host_burst_known, host, &host->dram, err));
    tsr_dram_set_beats(host->dram, tsr_host_beats_known, host);
    start(host);
    simulate(host);
    check_complete(host);
    if (host->status != TSR_OK) {
        return tsr_fail(err, host->status, host->error.where, "%s", host->error.message);
    }
    const tsr_status status = account(host, result, err);
    if (status != TSR_OK) {
        tsr_result_free(result);
    }
    return status;
}

tsr_status tsr_rtl_run(tsr_rtl *rtl, const tsr_program *program, const tsr_rtl_run_options *more,
                       const tsr_run_options *options, uint8_t *memory, tsr_result *result,
                       tsr_error *err) {
    tsr_host host;
    TSR_TRY(check_fit(rtl, program, err));
    TSR_CHECK(memory != NULL, TSR_ERR_USAGE, err, "rtl", "needs values: the RTL computes");
    reset_if_dirty(rtl);
    tsr_status status = tsr_host_init(&host, rtl, program, memory, err);
    if (status == TSR_OK) {
        host.more = more;
        host.options = options;
        host.keep_events = options != NULL && options->keep_events;
        status = run(&host, result, err);
        rtl->dirty = status != TSR_OK;
    }
    tsr_host_free(&host);
    return status;
}

/* ---- under stress
 * ------------------------------------------------------------------------------------------------
 */

static bool is_quiet(const tsr_host *host) {
    for (uint32_t p = 0; p < TSR_PORT_COUNT; ++p) {
        if (host->port[p].asked != host->port[p].answered) {
            return false;
        }
    }
    return true;
}

static void intervene(tsr_host *host, bool *abort, bool *reset) {
    const tsr_rtl_stress *s = host->stress;
    if (s->abort_cycle != 0 && host->cycle >= s->abort_cycle && !*abort) {
        *abort = true;
        tsr_host_write(host, TSR_REG_CONTROL, 1U << TSR_REG_CONTROL_ABORT_BIT);
    }
    if (s->reset_cycle != 0 && host->cycle >= s->reset_cycle && !*reset) {
        *reset = true;
        tsr_host_write(host, TSR_REG_CONTROL, 1U << TSR_REG_CONTROL_SOFT_RESET_BIT);
    }
}

/** Until the machine says that it does not run any more. */
static uint32_t survive(tsr_host *host) {
    bool abort = false;
    bool reset = false;
    uint32_t status = 1U << TSR_REG_STATUS_RUNNING_BIT;
    while (host->status == TSR_OK && (status >> TSR_REG_STATUS_RUNNING_BIT & 1) != 0) {
        for (int32_t i = 0; i < poll_interval && host->status == TSR_OK; ++i) {
            tsr_host_step(host);
            intervene(host, &abort, &reset);
        }
        status = host->status == TSR_OK ? tsr_host_read(host, TSR_REG_STATUS) : 0;
        if (host->cycle >
            host->last_activity + host->patience + 100 * host->stress->long_stall_cycles) {
            char text[400];
            describe(host, text, sizeof text);
            tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl", "hangs since cycle %" PRIu64 ": %s",
                          host->last_activity, text);
        }
    }
    return status;
}

static void read_ending(tsr_host *host, uint32_t status, tsr_rtl_ending *ending) {
    *ending = (tsr_rtl_ending){.done = (status >> TSR_REG_STATUS_DONE_BIT & 1) != 0,
                               .error = (status >> TSR_REG_STATUS_ERROR_BIT & 1) != 0,
                               .aborted = (status >> TSR_REG_STATUS_ABORTED_BIT & 1) != 0,
                               .cycles = host->cycle};
    ending->error_code = tsr_host_read(host, TSR_REG_ERROR_CODE);
    ending->error_address = tsr_host_read(host, TSR_REG_ERROR_ADDRESS_LO);
    ending->error_address |= (uint64_t)tsr_host_read(host, TSR_REG_ERROR_ADDRESS_HI) << 32;
    for (uint32_t p = 0; p < TSR_PORT_COUNT; ++p) {
        ending->bursts[p] = host->port[p].asked;
    }
    if (!is_quiet(host)) {
        tsr_host_fail(host, TSR_ERR_INTERNAL, "rtl",
                      "the machine says it stands still, bursts are still open");
    }
}

tsr_status tsr_rtl_run_stressed(tsr_rtl *rtl, const tsr_program *program,
                                const tsr_rtl_stress *stress, uint8_t *memory,
                                tsr_rtl_ending *ending, tsr_error *err) {
    tsr_host host;
    TSR_TRY(check_fit(rtl, program, err));
    reset_if_dirty(rtl);
    tsr_status status = tsr_host_init(&host, rtl, program, memory, err);
    if (status == TSR_OK) {
        host.stress = stress;
        host.rng = (tsr_rng){.state = stress->seed};
        start(&host);
        read_ending(&host, survive(&host), ending);
        if (host.status != TSR_OK) {
            status = tsr_fail(err, host.status, host.error.where, "%s", host.error.message);
        }
        rtl->dirty = status != TSR_OK;
    }
    tsr_host_free(&host);
    return status;
}
