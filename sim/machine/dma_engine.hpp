// SPDX-License-Identifier: Apache-2.0
// The three DMA engines: a descriptor becomes bursts of one AXI port.
#ifndef TESSERA_MACHINE_DMA_ENGINE_HPP
#define TESSERA_MACHINE_DMA_ENGINE_HPP

#include "machine/axi_port.hpp"
#include "machine/engine.hpp"

namespace tsr::hw {

/** load_feature, load_weight and store differ in their port, their start-up and what completes
 * them. */
class dma_engine : public engine, private burst_client {
public:
    dma_engine(const sc_core::sc_module_name &name, tsr_engine id, tsr_port port,
               const tsr_program &program, recorder &log);

    axi_port port;

private:
    void begin(int32_t index, uint64_t cycle) override;
    bool next_burst(burst &next) override;
    void burst_done(uint64_t cycle) override;

    const bool store_;
    const uint64_t startup_; /**< start to the first address, of beats of one word */
    const uint64_t tail_;    /**< last response to completion, of beats of one word */
    void look_ahead();

    uint64_t words_ = 0; /**< words behind the last beat (before a store's first) but for one */
    tsr_burst_walk walk_ = {};
    burst ahead_; /**< next burst, if there is one */
    bool more_ = false;
};

}  // namespace tsr::hw

#endif
