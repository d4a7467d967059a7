// SPDX-License-Identifier: Apache-2.0
// What the machine's four AXI ports are bound to: the shipped DRAM model, or any SystemC memory of
// the user's own.
#ifndef TESSERA_MACHINE_MEMORY_SYSTEM_HPP
#define TESSERA_MACHINE_MEMORY_SYSTEM_HPP

#include <memory>

#include <systemc>
#include <tlm>

#include <tessera/counters.h>

namespace tsr::hw {

/** Sideband of a burst, attached to every transaction; what the generic payload cannot say. */
struct axi_burst : tlm::tlm_extension<axi_burst> {
    tsr_port port = TSR_PORT_LOAD_FEATURE;
    uint32_t beats = 0;
    uint32_t beat_bytes = 0;
    uint32_t beat_interval = 1; /**< the master takes (gives) a beat every so many cycles */
    uint32_t rest_cycles = 0;   /**< and rests so long after the last beat of the burst */

    tlm::tlm_extension_base *clone() const override { return new axi_burst(*this); }

    void copy_from(const tlm::tlm_extension_base &other) override {
        *this = static_cast<const axi_burst &>(other);
    }
};

/**
 * A memory with one target socket a port. The protocol it must keep is in README.md; in short:
 * TLM-2.0 base protocol, non-blocking, timing annotations honoured, responses of a port in order,
 * timing only (no data pointer).
 */
class memory_system {
public:
    virtual ~memory_system() = default;
    virtual tlm::tlm_target_socket<> &port(tsr_port port) = 0;
    /** Counters when the run is over in cycle `done`; all zero if the memory does not count. */
    virtual tsr_dram_stats stats(uint64_t done) = 0;
};

/** Makes the memory inside the process that simulates; called once, during elaboration. */
using memory_factory = std::unique_ptr<memory_system> (*)(const tsr_program &program, void *user);

/** tsr_machine_run with a memory of the caller's; `user` is handed to the factory. */
tsr_status run_machine(const tsr_program *program, const tsr_run_options *options, uint8_t *memory,
                       memory_factory factory, void *user, tsr_result *result, tsr_error *err);

}  // namespace tsr::hw

#endif
