// SPDX-License-Identifier: Apache-2.0
#include "machine/engine.hpp"

namespace tsr::hw {

engine::engine(const sc_core::sc_module_name &name, tsr_engine id, const tsr_program &program,
               recorder &log)
    : sc_module(name),
      command_i("command_i"),
      token_io("token_io"),
      id_(id),
      program_(program),
      log_(log) {
}

void engine::end_of_elaboration() {
    SC_METHOD(step);
    dont_initialize();
    sensitive << wake_ << command_i->visible_event() << token_io->visible_event(id_);
}

void engine::finish(uint64_t cycle) {
    finish_ = cycle;
    wake_.notify(cycles(cycle - now()));
}

void engine::step() {
    const uint64_t cycle = now();
    if (index_ >= 0) {
        if (cycle == finish_) {
            complete(cycle);
        }
        return;
    }
    try_start(cycle);
}

void engine::complete(uint64_t cycle) {
    log_.completed(id_, index_, cycle);
    token_io->push(id_, tsr_program_brief(&program_, index_).push, cycle);
    index_ = -1;
    finish_ = never;
    free_from_ = cycle;
    ++completed_;
    completed_o.notify(sc_core::SC_ZERO_TIME);
    wake_.notify(cycles(TSR_UARCH_ENGINE_GAP_CYCLES));
}

void engine::try_start(uint64_t cycle) {
    if (completed_ > 0 && cycle < free_from_ + TSR_UARCH_ENGINE_GAP_CYCLES) {
        // Woken for something else. A notification pending for this cycle has swallowed the one for
        // the end of the gap.
        wake_.notify(cycles(free_from_ + TSR_UARCH_ENGINE_GAP_CYCLES - cycle));
        return;
    }
    const int32_t head = command_i->head(cycle);
    if (head < 0) {
        return;
    }
    const uint32_t pop = tsr_program_brief(&program_, head).pop;
    if (token_io->missing(id_, pop, cycle) != 0) {
        return;
    }
    token_io->pop(id_, pop, cycle);
    command_i->read(cycle);
    index_ = head;
    log_.started(head, cycle);
    begin(head, cycle);
}

tsr_unit_state engine::state(uint64_t cycle) {
    tsr_unit_state state = {};
    state.running = index_ >= 0;
    state.index = state.running ? index_ : command_i->head(cycle);
    state.done = static_cast<int32_t>(completed_);
    if (state.index >= 0 && !state.running) {
        const uint32_t pop = tsr_program_brief(&program_, state.index).pop;
        state.lacks = token_io->missing(id_, pop, cycle);
    }
    for (int32_t i = 0; i < program_.desc_count; ++i) {
        state.total += tsr_program_engine(&program_, i) == id_ ? 1 : 0;
    }
    return state;
}

}  // namespace tsr::hw
