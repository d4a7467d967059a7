// SPDX-License-Identifier: Apache-2.0
// A memory that is not ours: ordinary TLM-2.0 with convenience sockets and a payload event queue,
// as a user would write it.
#ifndef TESSERA_TESTS_HW_OTHER_MEMORY_HPP
#define TESSERA_TESTS_HW_OTHER_MEMORY_HPP

#include <algorithm>
#include <csignal>
#include <memory>

#include <systemc>
#include <tlm>
#include <tlm_utils/peq_with_cb_and_phase.h>
#include <tlm_utils/simple_target_socket.h>

#include "machine/cycles.hpp"
#include "machine/memory_system.hpp"

/** What the memory does wrong, for the tests of what the machine does about it. */
enum class fault { none, error_response, crash, out_of_order };

/**
 * Takes an address `accept` cycles after it is offered, then moves one burst of a port after the
 * other: `latency` cycles to the first beat, a beat an interval.
 */
class other_memory : public sc_core::sc_module, public tsr::hw::memory_system {
public:
    other_memory(const sc_core::sc_module_name &name, uint64_t accept, uint64_t latency, fault what)
        : sc_module(name),
          sockets_("sockets", TSR_PORT_COUNT),
          queue_(this, &other_memory::on_phase),
          accept_(accept),
          latency_(latency),
          fault_(what) {
        for (unsigned i = 0; i < TSR_PORT_COUNT; ++i) {
            sockets_[i].register_nb_transport_fw(this, &other_memory::nb_transport_fw,
                                                 static_cast<int>(i));
        }
    }

    tlm::tlm_target_socket<> &port(tsr_port port) override { return sockets_[port]; }

    tsr_dram_stats stats(uint64_t) override { return {}; }

private:
    using transaction = tlm::tlm_generic_payload;

    tlm::tlm_sync_enum nb_transport_fw(int, transaction &trans, tlm::tlm_phase &phase,
                                       sc_core::sc_time &delay) {
        if (phase == tlm::BEGIN_REQ) {
            trans.acquire();
            queue_.notify(trans, tlm::END_REQ, delay + tsr::hw::cycles(accept_));
        }
        return tlm::TLM_ACCEPTED;
    }

    void on_phase(transaction &trans, const tlm::tlm_phase &due) {
        const tsr::hw::axi_burst &burst = *trans.get_extension<tsr::hw::axi_burst>();
        tlm::tlm_phase phase = due;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        if (due == tlm::END_REQ) {
            const uint64_t now = tsr::hw::now();
            const uint64_t first = std::max(now + latency_, free_from_[burst.port]);
            const uint64_t last = first + (burst.beats - 1) * burst.beat_interval;
            free_from_[burst.port] = last + burst.beat_interval + burst.rest_cycles;
            // The newest burst of the weight port overtakes all others when that is the fault.
            const bool early =
                fault_ == fault::out_of_order && burst.port == TSR_PORT_LOAD_WEIGHT && ++seen_ == 2;
            queue_.notify(trans, tlm::BEGIN_RESP, tsr::hw::cycles(early ? 1 : last - now));
            sockets_[burst.port]->nb_transport_bw(trans, phase, delay);
            return;
        }
        if (fault_ == fault::crash) {
            (void)std::raise(SIGKILL);
        }
        trans.set_response_status(fault_ == fault::error_response ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                                                  : tlm::TLM_OK_RESPONSE);
        sockets_[burst.port]->nb_transport_bw(trans, phase, delay);
        trans.release();
    }

    sc_core::sc_vector<tlm_utils::simple_target_socket_tagged<other_memory>> sockets_;
    tlm_utils::peq_with_cb_and_phase<other_memory> queue_;
    const uint64_t accept_, latency_;
    const fault fault_;
    uint64_t free_from_[TSR_PORT_COUNT] = {};
    uint32_t seen_ = 0;
};

#endif
