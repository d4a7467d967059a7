// SPDX-License-Identifier: Apache-2.0
#include "machine/recorder.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

extern "C" {
#include "base/alloc.h"
}

namespace tsr::hw {

namespace {
constexpr uint64_t progress_reports = 256;
}

recorder::recorder(const tsr_program &program, bool keep_events, uint8_t *memory,
                   tsr_timeline &timeline, progress_fn progress)
    : program_(program),
      keep_events_(keep_events),
      memory_(memory),
      timeline_(timeline),
      progress_(std::move(progress)),
      progress_step_(
          std::max<uint64_t>(1, static_cast<uint64_t>(program.desc_count) / progress_reports)) {
    pending_.reserve(TSR_ENGINE_COUNT);
    if (memory_ != nullptr) {
        status_ = tsr_datapath_create(&program.arch, &datapath_, &error_);
    }
}

recorder::~recorder() {
    tsr_datapath_destroy(datapath_);
    tsr_free(events_.items);
}

void recorder::completed(tsr_engine engine, int32_t index, uint64_t cycle) {
    timeline_.complete[index] = cycle;
    ++completed_;
    if (progress_ && completed_ % progress_step_ == 0) {
        progress_(completed_, static_cast<uint64_t>(program_.desc_count));
    }
    if (datapath_ == nullptr) {
        return;
    }
    if (cycle != pending_cycle_) {
        execute_pending();
        pending_cycle_ = cycle;
    }
    pending_.push_back({engine, index});
}

void recorder::execute_pending() {
    // Completions of one cycle arrive in the kernel's order; their values are moved in the order of
    // the engines.
    std::sort(pending_.begin(), pending_.end(),
              [](const completion &a, const completion &b) { return a.engine < b.engine; });
    for (const completion &c : pending_) {
        if (status_ == TSR_OK) {
            const tsr_desc desc = tsr_program_desc(&program_, c.index);
            status_ =
                tsr_datapath_execute(datapath_, &desc, memory_, program_.memory_bytes, &error_);
        }
    }
    pending_.clear();
}

void recorder::fail(tsr_status status, const char *where, const char *message) {
    if (status_ == TSR_OK) {
        status_ = tsr_fail(&error_, status, where, "%s", message);
    }
}

tsr_status recorder::finish(tsr_error *err) {
    execute_pending();
    if (status_ != TSR_OK && err != nullptr) {
        *err = error_;
    }
    return status_;
}

}  // namespace tsr::hw
