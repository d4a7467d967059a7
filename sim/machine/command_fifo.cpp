// SPDX-License-Identifier: Apache-2.0
#include "machine/command_fifo.hpp"

namespace tsr::hw {

bool command_fifo::has_room(uint64_t cycle) const {
    // A read of this very cycle does not count yet; an engine reads at most one descriptor a cycle.
    const uint64_t freed = read_ - (read_cycle_ == cycle ? 1 : 0);
    return written_ - freed < depth;
}

void command_fifo::write(int32_t index, uint64_t cycle) {
    sc_assert(has_room(cycle));
    entries_[written_ % depth] = {index, cycle + TSR_UARCH_FIFO_VISIBLE_CYCLES};
    ++written_;
    visible_.notify(cycles(TSR_UARCH_FIFO_VISIBLE_CYCLES));
}

int32_t command_fifo::head(uint64_t cycle) const {
    if (read_ == written_ || entries_[read_ % depth].visible > cycle) {
        return -1;
    }
    return entries_[read_ % depth].index;
}

void command_fifo::read(uint64_t cycle) {
    sc_assert(head(cycle) >= 0);
    ++read_;
    read_cycle_ = cycle;
    room_.notify(cycles(1));
}

}  // namespace tsr::hw
