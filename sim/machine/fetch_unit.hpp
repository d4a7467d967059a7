// SPDX-License-Identifier: Apache-2.0
// Reads the descriptor stream ahead and dispatches it, in order, into the engines' command FIFOs.
#ifndef TESSERA_MACHINE_FETCH_UNIT_HPP
#define TESSERA_MACHINE_FETCH_UNIT_HPP

#include <cstdint>
#include <deque>

#include "counters/dma_law.h"
#include "machine/axi_port.hpp"
#include "machine/command_fifo.hpp"

namespace tsr::hw {

class fetch_unit : public sc_core::sc_module, private burst_client {
public:
    SC_HAS_PROCESS(fetch_unit);
    fetch_unit(const sc_core::sc_module_name &name, const tsr_program &program, recorder &log);

    axi_port port;
    sc_core::sc_vector<sc_core::sc_port<command_out_if>> command_o; /**< by engine */
    /** Notified when `end` is at the head of the buffer. */
    sc_core::sc_event end_o;

    bool ended() const { return next_ == program_.desc_count; }

    uint64_t end_cycle() const { return last_dispatch_; }

    tsr_unit_state state(uint64_t cycle) const;

private:
    /** A fetched burst: bytes up to `end` are in the buffer from the cycle after `arrival` on. */
    struct arrival {
        uint64_t end, cycle;
    };

    void end_of_elaboration() override;
    void step();
    bool may_dispatch(uint64_t cycle);
    void dispatch(uint64_t cycle);
    bool next_burst(burst &next) override;
    void burst_done(uint64_t cycle) override;

    const tsr_program &program_;
    recorder &log_;
    tsr_fetch_walk walk_;
    std::deque<uint64_t> requested_; /**< ends of bursts without a response */
    std::deque<arrival> arrived_;    /**< not fully dispatched */
    uint64_t dispatched_bytes_ = 0;
    uint64_t room_from_ = 0; /**< cycle after the newest dispatch */
    uint64_t last_dispatch_ = 0;
    int32_t next_ = 0;
    bool begun_ = false;
    sc_core::sc_event wake_;
};

}  // namespace tsr::hw

#endif
