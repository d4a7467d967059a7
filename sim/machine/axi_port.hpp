// SPDX-License-Identifier: Apache-2.0
// One AXI master port as a TLM-2.0 initiator: addresses in order, outstanding limit, pooled
// transactions.
#ifndef TESSERA_MACHINE_AXI_PORT_HPP
#define TESSERA_MACHINE_AXI_PORT_HPP

#include <cstdint>
#include <memory>
#include <vector>

#include "machine/cycles.hpp"
#include "machine/memory_system.hpp"
#include "machine/recorder.hpp"

namespace tsr::hw {

/** A burst that may be asked for. */
struct burst {
    uint64_t address = 0;
    uint32_t beats = 0;
    uint32_t beat_interval = 1;
    uint32_t rest_cycles = 0; /**< after the last beat, before the next burst's first */
    uint64_t earliest = 0;    /**< first cycle its address handshake may be in */
};

/** Whose bursts a port carries. */
class burst_client {
public:
    virtual ~burst_client() = default;
    /** The next burst; false when there is none (yet). */
    virtual bool next_burst(burst &next) = 0;
    /** The oldest burst's last R beat, or B, is in `cycle` (now or later). */
    virtual void burst_done(uint64_t cycle) = 0;
};

/**
 * Address k is handed over in the first cycle that is later than address k-1, later than the
 * response of burst k - max_outstanding, and not before the burst's own `earliest`. All of these
 * are known ahead of time, so a request is sent at once with a timing annotation; no process wakes
 * up for a burst.
 */
class axi_port : public sc_core::sc_module,
                 public tlm::tlm_bw_transport_if<>,
                 public tlm::tlm_mm_interface {
public:
    axi_port(const sc_core::sc_module_name &name, tsr_port id, const tsr_arch &arch,
             burst_client &client, recorder &log);
    ~axi_port() override;

    tlm::tlm_initiator_socket<> axi_o;

    /** Sends what can be sent; to be called when the client has new bursts. */
    void pump();

    uint64_t outstanding() const { return issued_ - answered_; }

private:
    using transaction = tlm::tlm_generic_payload;

    tlm::tlm_sync_enum nb_transport_bw(transaction &trans, tlm::tlm_phase &phase,
                                       sc_core::sc_time &delay) override;

    void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

    void free(transaction *trans) override;

    transaction &prepare(const burst &next);
    void send(const burst &next, uint64_t cycle);
    void accepted(uint64_t cycle);
    void answered(transaction &trans, uint64_t cycle);

    const tsr_port id_;
    const bool write_;
    const uint64_t limit_;
    const uint32_t beat_bytes_;
    burst_client &client_;
    recorder &log_;

    std::vector<std::unique_ptr<transaction>> pool_;
    std::vector<transaction *> spare_;
    std::vector<transaction *> in_flight_; /**< [k % limit] */
    std::vector<uint64_t> response_;       /**< cycle of the response of burst k at [k % limit] */
    uint64_t issued_ = 0;
    uint64_t answered_ = 0;
    uint64_t next_address_ = 0;  /**< one after the newest address handshake */
    uint64_t next_response_ = 0; /**< one after the newest response */
    bool waiting_ = false;       /**< newest address not accepted yet */
    bool pumping_ = false;
};

}  // namespace tsr::hw

#endif
