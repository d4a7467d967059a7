// SPDX-License-Identifier: Apache-2.0
#include "machine/dma_engine.hpp"

namespace tsr::hw {

namespace {
constexpr uint64_t store_startup = TSR_UARCH_DMA_COMMAND_CYCLES + TSR_UARCH_DMA_STORE_READ_CYCLES;
}

dma_engine::dma_engine(const sc_core::sc_module_name &name, tsr_engine id, tsr_port port_id,
                       const tsr_program &program, recorder &log)
    : engine(name, id, program, log),
      port("port", port_id, program.arch, *this, log),
      store_(id == TSR_ENGINE_STORE),
      startup_(store_ ? store_startup : TSR_UARCH_DMA_COMMAND_CYCLES),
      tail_(store_ ? 0 : TSR_UARCH_DMA_READ_WRITE_CYCLES) {
}

void dma_engine::begin(int32_t index, uint64_t cycle) {
    const tsr_desc desc = tsr_program_desc(&program(), index);
    walk_ = tsr_burst_first(&program(), &desc);
    look_ahead();
    ahead_.beat_interval = tsr_desc_beat_interval(&program().arch, &desc);
    // The words of one beat go to or come from the pool one a cycle: before the first beat of a
    // store, after the last one of a load, which has words of packed rows to add.
    words_ = ahead_.beat_interval - 1 + tsr_desc_row_rest(&desc);
    ahead_.earliest = cycle + startup_ + (store_ ? words_ : 0);
    port.pump();
}

void dma_engine::look_ahead() {
    more_ = tsr_burst_next(&walk_, &ahead_.address, &ahead_.beats);
    ahead_.rest_cycles = tsr_burst_rest(&walk_);
}

bool dma_engine::next_burst(burst &next) {
    if (!more_) {
        return false;
    }
    next = ahead_;
    look_ahead();
    return true;
}

void dma_engine::burst_done(uint64_t cycle) {
    if (!more_ && port.outstanding() == 0) {
        finish(cycle + tail_ + (store_ ? 0 : words_));
    }
}

}  // namespace tsr::hw
