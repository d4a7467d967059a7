// SPDX-License-Identifier: Apache-2.0
#include "machine/fetch_unit.hpp"

namespace tsr::hw {

namespace {
constexpr uint64_t unit_bytes = TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
constexpr uint64_t buffer_bytes = TSR_UARCH_FETCH_BUFFER_UNITS * unit_bytes;
}  // namespace

fetch_unit::fetch_unit(const sc_core::sc_module_name &name, const tsr_program &program,
                       recorder &log)
    : sc_module(name),
      port("port", TSR_PORT_DESCRIPTOR, program.arch, *this, log),
      command_o("command_o", TSR_ENGINE_COUNT),
      program_(program),
      log_(log),
      walk_(tsr_fetch_first(&program)) {
}

void fetch_unit::end_of_elaboration() {
    SC_METHOD(step);
    sensitive << wake_;
    for (const auto &fifo : command_o) {
        sensitive << fifo->room_event();
    }
}

bool fetch_unit::next_burst(burst &next) {
    tsr_fetch_walk ahead = walk_;
    if (!tsr_fetch_next(&ahead, &next.address, &next.beats) ||
        ahead.position > dispatched_bytes_ + buffer_bytes) {
        return false;
    }
    next.beat_interval = 1;
    next.rest_cycles = 0;
    next.earliest = room_from_;
    walk_ = ahead;
    requested_.push_back(walk_.position);
    return true;
}

void fetch_unit::burst_done(uint64_t cycle) {
    arrived_.push_back({requested_.front(), cycle});
    requested_.pop_front();
    wake_.notify(cycles(cycle + TSR_UARCH_DISPATCH_CYCLES - now()));
}

bool fetch_unit::may_dispatch(uint64_t cycle) {
    if (ended()) {
        return false;
    }
    if (next_ > 0 && cycle < last_dispatch_ + TSR_UARCH_DISPATCH_CYCLES) {
        wake_.notify(cycles(last_dispatch_ + TSR_UARCH_DISPATCH_CYCLES - cycle));
        return false;
    }
    const uint64_t end = dispatched_bytes_ + tsr_program_desc_bytes(&program_, next_);
    while (!arrived_.empty() && arrived_.front().end < end) {
        arrived_.pop_front();
    }
    if (arrived_.empty()) {
        return false;
    }
    const uint64_t ready = arrived_.front().cycle + TSR_UARCH_DISPATCH_CYCLES;
    if (cycle < ready) {
        wake_.notify(cycles(ready - cycle));
        return false;
    }
    const tsr_engine target = tsr_program_engine(&program_, next_);
    return target == TSR_ENGINE_COUNT || command_o[target]->has_room(cycle);
}

void fetch_unit::dispatch(uint64_t cycle) {
    const tsr_engine target = tsr_program_engine(&program_, next_);
    log_.dispatched(next_, cycle);
    last_dispatch_ = cycle;
    if (target == TSR_ENGINE_COUNT) {
        ++next_;
        end_o.notify(sc_core::SC_ZERO_TIME);
        return;
    }
    command_o[target]->write(next_, cycle);
    dispatched_bytes_ += tsr_program_desc_bytes(&program_, next_);
    ++next_;
    room_from_ = cycle + 1;
    wake_.notify(cycles(TSR_UARCH_DISPATCH_CYCLES));
    port.pump();
}

void fetch_unit::step() {
    const uint64_t cycle = now();
    if (!begun_) {
        begun_ = true;
        port.pump();
    }
    if (may_dispatch(cycle)) {
        dispatch(cycle);
    }
}

tsr_unit_state fetch_unit::state(uint64_t cycle) const {
    tsr_unit_state state = {};
    state.done = next_;
    state.total = program_.desc_count;
    state.index = ended() ? -1 : next_;
    if (!ended()) {
        const tsr_engine target = tsr_program_engine(&program_, next_);
        if (target != TSR_ENGINE_COUNT && !command_o[target]->has_room(cycle)) {
            state.lacks = 1U << target;
        }
    }
    return state;
}

}  // namespace tsr::hw
