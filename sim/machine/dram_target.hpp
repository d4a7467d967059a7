// SPDX-License-Identifier: Apache-2.0
// The C DRAM model as a TLM-2.0 target with one socket a port; runs ahead of the kernel as far as
// nothing can interfere.
#ifndef TESSERA_MACHINE_DRAM_TARGET_HPP
#define TESSERA_MACHINE_DRAM_TARGET_HPP

#include <cstdint>
#include <deque>

#include "machine/cycles.hpp"
#include "machine/memory_system.hpp"

namespace tsr::hw {

class dram_target : public sc_core::sc_module, public memory_system {
public:
    SC_HAS_PROCESS(dram_target);
    /** A configuration that was not checked, or no memory, ends in an SC_REPORT_ERROR. */
    dram_target(const sc_core::sc_module_name &name, const tsr_dram_config &config);
    ~dram_target() override;

    tlm::tlm_target_socket<> &port(tsr_port port) override { return ports_[port].axi_i; }

    tsr_dram_stats stats(uint64_t done) override;

private:
    using transaction = tlm::tlm_generic_payload;

    /** A request whose address handshake may lie in the future. */
    struct request {
        transaction *trans;
        uint64_t cycle;
    };

    class port_side : public tlm::tlm_fw_transport_if<> {
    public:
        tlm::tlm_target_socket<> axi_i;
        std::deque<request> requests; /**< not handed to the model yet, cycles rising */
        dram_target *owner = nullptr;

    private:
        tlm::tlm_sync_enum nb_transport_fw(transaction &trans, tlm::tlm_phase &phase,
                                           sc_core::sc_time &delay) override;
        void b_transport(transaction &, sc_core::sc_time &) override;

        bool get_direct_mem_ptr(transaction &, tlm::tlm_dmi &) override { return false; }

        unsigned transport_dbg(transaction &) override { return 0; }
    };

    void step();
    port_side *earliest();
    uint64_t horizon() const;
    void push(port_side &side);
    void arrived(uint64_t cycle);
    static void on_done(void *user, uint32_t port, bool write, uint64_t tag,
                        uint64_t first_beat_cycle, uint64_t done_cycle);

    tsr_dram *dram_ = nullptr;
    port_side ports_[TSR_PORT_COUNT];
    const uint64_t latency_; /**< no completion comes sooner after its address */
    uint64_t next_ = never;  /**< no completion that was not reported lies before this cycle */
    bool next_exact_ = true; /**< next_ is what the model says, not a bound below it */
    bool stepping_ = false;
    sc_core::sc_event wake_;
};

}  // namespace tsr::hw

#endif
