// SPDX-License-Identifier: Apache-2.0
// The C call: a process, an elaboration, a run; reports and exceptions end here and become a
// status.
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include "machine/accelerator.hpp"
#include "machine/dram_target.hpp"
#include "machine/run_child.h"

extern "C" {
#include "base/check.h"
}

// Debian's libsystemc brings a main() that calls sc_main and so leaves that name undefined.
// Programs have a main() of their own and never get there; weak, so that a user's sc_main takes
// precedence.
__attribute__((weak)) int sc_main(int, char *[]) {
    return EXIT_FAILURE;
}

namespace tsr::hw {

namespace {

/** Everything one run needs, on its way into the child. */
struct job {
    const tsr_program *program;
    const tsr_run_options *options;
    uint8_t *memory; /**< shared, or NULL */
    memory_factory factory;
    void *user;
    tsr_timeline *timeline;
};

std::unique_ptr<memory_system> make_dram(const tsr_program &program, void *) {
    return std::make_unique<dram_target>("dram", program.arch.dram);
}

/** Silence, and every report above INFO is an error. */
void set_reports() {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_THROW);
    sc_core::sc_report_handler::set_actions(sc_core::SC_ERROR, sc_core::SC_THROW);
    sc_core::sc_report_handler::set_actions(sc_core::SC_FATAL, sc_core::SC_THROW);
}

/** Nothing was scheduled any more, or the watchdog bit. */
tsr_status not_done(accelerator &machine, const tsr_run_options *options, tsr_error *err) {
    char text[400];
    machine.describe(text, sizeof text);
    if (machine.done_cycle() == never && !sc_core::sc_pending_activity()) {
        return tsr_fail(err, TSR_ERR_INTERNAL, "machine", "deadlock in cycle %llu: %s",
                        static_cast<unsigned long long>(now()), text);
    }
    return tsr_fail(err, TSR_ERR_INTERNAL, "machine", "not done after max_cycles = %llu: %s",
                    static_cast<unsigned long long>(options->max_cycles), text);
}

tsr_status simulate(const job &j, int pipe, tsr_result *result, tsr_error *err) {
    const tsr_run_options *options = j.options;
    const bool keep_events = options != nullptr && options->keep_events;
    recorder::progress_fn progress;
    if (options != nullptr && options->progress != nullptr) {
        progress = [pipe](uint64_t done, uint64_t total) { tsr_child_progress(pipe, done, total); };
    }
    recorder log(*j.program, keep_events, j.memory, *j.timeline, progress);
    accelerator machine("machine", *j.program, log);
    const std::unique_ptr<memory_system> memory = j.factory(*j.program, j.user);
    for (uint32_t port = 0; port < TSR_PORT_COUNT; ++port) {
        machine.port(static_cast<tsr_port>(port)).bind(memory->port(static_cast<tsr_port>(port)));
    }
    if (options != nullptr && options->max_cycles != 0) {
        sc_core::sc_start(cycles(options->max_cycles + 1), sc_core::SC_EXIT_ON_STARVATION);
    } else {
        sc_core::sc_start();
    }
    TSR_TRY(log.finish(err));
    const uint64_t done = machine.done_cycle();
    if (done == never ||
        (options != nullptr && options->max_cycles != 0 && done > options->max_cycles)) {
        return not_done(machine, options, err);
    }
    j.timeline->done = done;
    TSR_TRY(tsr_timeline_account(j.program, j.timeline, options, result, err));
    result->dram = memory->stats(done);
    return keep_events ? tsr_timeline_events(j.program, j.timeline, &log.events(), result, err)
                       : TSR_OK;
}

/** In the child. */
tsr_status body(void *user, int pipe, tsr_result *result, tsr_error *err) {
    set_reports();
    try {
        return simulate(*static_cast<const job *>(user), pipe, result, err);
    } catch (const sc_core::sc_report &report) {
        const bool no_memory = std::strcmp(report.get_msg_type(), no_memory_id) == 0;
        return tsr_fail(err, no_memory ? TSR_ERR_NO_MEMORY : TSR_ERR_INTERNAL,
                        report.get_msg_type(), "%s", report.get_msg());
    } catch (const std::bad_alloc &) {
        return tsr_fail(err, TSR_ERR_NO_MEMORY, "machine", "no memory for the machine");
    } catch (const std::exception &problem) {
        return tsr_fail(err, TSR_ERR_INTERNAL, "machine", "%s", problem.what());
    }
}

}  // namespace

tsr_status run_machine(const tsr_program *program, const tsr_run_options *options, uint8_t *memory,
                       memory_factory factory, void *user, tsr_result *result, tsr_error *err) {
    tsr_timeline timeline = {};
    TSR_TRY(tsr_timeline_create(program, &timeline, err));
    job j = {program, options, nullptr, factory, user, &timeline};
    const size_t bytes = memory != nullptr ? static_cast<size_t>(program->memory_bytes) : 0;
    if (bytes > 0) {
        j.memory = static_cast<uint8_t *>(tsr_shared_alloc(bytes));
        if (j.memory == nullptr) {
            tsr_timeline_free(&timeline);
            return tsr_fail(err, TSR_ERR_NO_MEMORY, "machine",
                            "no memory for an image of %zu bytes", bytes);
        }
        std::memcpy(j.memory, memory, bytes);
    }
    const tsr_status status = tsr_child_run(body, &j, options, result, err);
    if (status == TSR_OK && bytes > 0) {
        std::memcpy(memory, j.memory, bytes);
    }
    tsr_shared_free(j.memory, bytes);
    tsr_timeline_free(&timeline);
    return status;
}

}  // namespace tsr::hw

tsr_status tsr_machine_run(const tsr_program *program, const tsr_run_options *options,
                           uint8_t *memory, tsr_result *result, tsr_error *err) {
    return tsr::hw::run_machine(program, options, memory, tsr::hw::make_dram, nullptr, result, err);
}
