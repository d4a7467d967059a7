// SPDX-License-Identifier: Apache-2.0
// The whole machine but its memory: fetch unit, four engines, FIFOs and tokens between them, four
// open AXI ports.
#ifndef TESSERA_MACHINE_ACCELERATOR_HPP
#define TESSERA_MACHINE_ACCELERATOR_HPP

#include "machine/compute_engine.hpp"
#include "machine/dma_engine.hpp"
#include "machine/fetch_unit.hpp"

namespace tsr::hw {

class accelerator : public sc_core::sc_module {
public:
    SC_HAS_PROCESS(accelerator);
    /** `program` has passed tsr_timeline_create and outlives the machine. */
    accelerator(const sc_core::sc_module_name &name, const tsr_program &program, recorder &log);

    /** To be bound to a memory. */
    tlm::tlm_initiator_socket<> &port(tsr_port port);

    /** Cycle in which `end` was reached with everything drained; `never` while it was not. The
     * simulation then stops. */
    uint64_t done_cycle() const { return done_; }

    /** Where every unit stands, for a run that does not end. */
    void describe(char *text, size_t bytes);

private:
    void watch();
    engine &unit(uint32_t id);

    command_fifo fifo_load_feature_, fifo_load_weight_, fifo_compute_, fifo_store_;
    token_counters tokens_;
    fetch_unit fetch_;
    dma_engine load_feature_, load_weight_;
    compute_engine compute_;
    dma_engine store_;
    const uint64_t descriptors_;
    uint64_t done_ = never;
};

}  // namespace tsr::hw

#endif
