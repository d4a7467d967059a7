// SPDX-License-Identifier: Apache-2.0
// The machine's log book: times of descriptors and bursts as they become known, values at
// completion, progress.
#ifndef TESSERA_MACHINE_RECORDER_HPP
#define TESSERA_MACHINE_RECORDER_HPP

#include <cstdint>
#include <functional>
#include <vector>

#include <tessera/interpreter.h>

#include "counters/timeline.h"

namespace tsr::hw {

/** Observes; nothing in the machine's behaviour depends on it. */
class recorder {
public:
    using progress_fn = std::function<void(uint64_t done, uint64_t total)>;

    /** `memory` NULL = timing only. `timeline` is filled and stays the caller's. */
    recorder(const tsr_program &program, bool keep_events, uint8_t *memory, tsr_timeline &timeline,
             progress_fn progress);
    ~recorder();
    recorder(const recorder &) = delete;
    recorder &operator=(const recorder &) = delete;

    void dispatched(int32_t index, uint64_t cycle) { timeline_.dispatch[index] = cycle; }

    void started(int32_t index, uint64_t cycle) { timeline_.start[index] = cycle; }

    void completed(tsr_engine engine, int32_t index, uint64_t cycle);

    void address(tsr_port port, uint64_t number, uint64_t cycle) {
        burst(TSR_EVENT_ADDRESS, port, number, cycle);
    }

    void response(tsr_port port, uint64_t number, uint64_t cycle) {
        burst(TSR_EVENT_RESPONSE, port, number, cycle);
    }

    /** Something is wrong that ends the run; the first one counts. */
    void fail(tsr_status status, const char *where, const char *message);

    /** Carries out what completed in the last cycle; TSR_OK or the first failure. */
    tsr_status finish(tsr_error *err);

    tsr_event_list &events() { return events_; }

private:
    /** A completion whose values have not been carried out yet. */
    struct completion {
        tsr_engine engine;
        int32_t index;
    };

    void burst(tsr_event_kind kind, tsr_port port, uint64_t number, uint64_t cycle) {
        if (keep_events_ && status_ == TSR_OK) {
            status_ = tsr_event_add(&events_, cycle, kind, port, number, &error_);
        }
    }

    void execute_pending();

    const tsr_program &program_;
    const bool keep_events_;
    uint8_t *memory_;
    tsr_timeline &timeline_;
    progress_fn progress_;
    tsr_datapath *datapath_ = nullptr;
    std::vector<completion> pending_; /**< all of cycle pending_cycle_ */
    uint64_t pending_cycle_ = 0;
    uint64_t completed_ = 0;
    uint64_t progress_step_;
    tsr_event_list events_ = {};
    tsr_status status_ = TSR_OK;
    tsr_error error_ = {};
};

}  // namespace tsr::hw

#endif
