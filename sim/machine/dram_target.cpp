// SPDX-License-Identifier: Apache-2.0
#include "machine/dram_target.hpp"

#include <algorithm>
#include <cstring>

#include "counters/dma_law.h"

namespace tsr::hw {

namespace {
constexpr char report_id[] = "/tsr/dram_target";
}

dram_target::dram_target(const sc_core::sc_module_name &name, const tsr_dram_config &config)
    : sc_module(name),
      latency_(std::min(tsr_ideal_read_latency(&config), tsr_ideal_write_latency(&config))) {
    tsr_error err = {};
    const tsr_status status = tsr_dram_create(&config, on_done, this, &dram_, &err);
    if (status != TSR_OK) {
        SC_REPORT_ERROR(status == TSR_ERR_NO_MEMORY ? no_memory_id : report_id, err.message);
    }
    for (port_side &side : ports_) {
        side.owner = this;
        side.axi_i.bind(side);
    }
    SC_METHOD(step);
    dont_initialize();
    sensitive << wake_;
}

dram_target::~dram_target() {
    tsr_dram_destroy(dram_);
}

tsr_dram_stats dram_target::stats(uint64_t done) {
    tsr_dram_advance(dram_, done);
    return tsr_dram_get_stats(dram_);
}

tlm::tlm_sync_enum dram_target::port_side::nb_transport_fw(transaction &trans,
                                                           tlm::tlm_phase &phase,
                                                           sc_core::sc_time &delay) {
    if (phase != tlm::BEGIN_REQ) {
        return tlm::TLM_ACCEPTED;
    }
    trans.acquire();
    requests.push_back({&trans, cycle_of(delay)});
    owner->arrived(requests.back().cycle);
    phase = tlm::END_REQ;  // an address is always taken in its first cycle: the bounded queues are
                           // inside the model
    return tlm::TLM_UPDATED;
}

void dram_target::port_side::b_transport(transaction &, sc_core::sc_time &) {
    SC_REPORT_ERROR(report_id, "the ports are non-blocking");
}

void dram_target::arrived(uint64_t cycle) {
    if (!stepping_) {
        wake_.notify(cycles(cycle - now()));
    }
}

/** Port whose oldest request comes first; of two in one cycle the lower port number. */
dram_target::port_side *dram_target::earliest() {
    port_side *found = nullptr;
    for (port_side &side : ports_) {
        if (!side.requests.empty() &&
            (found == nullptr || side.requests.front().cycle < found->requests.front().cycle)) {
            found = &side;
        }
    }
    return found;
}

/** Up to this cycle nobody outside can bring a new request: requests lie behind what causes them.
 */
uint64_t dram_target::horizon() const {
    const uint64_t pending = sc_core::sc_time_to_pending_activity().value();
    return pending > never - now() ? never : now() + pending;
}

void dram_target::push(port_side &side) {
    const request first = side.requests.front();
    side.requests.pop_front();
    const transaction &trans = *first.trans;
    const axi_burst *sideband = trans.get_extension<axi_burst>();
    sc_assert(sideband != nullptr);
    const tsr_dram_burst burst = {sideband->port,
                                  trans.is_write(),
                                  trans.get_address(),
                                  sideband->beats,
                                  sideband->beat_bytes,
                                  sideband->beat_interval,
                                  reinterpret_cast<uintptr_t>(first.trans),
                                  sideband->rest_cycles};
    tsr_dram_push(dram_, &burst, first.cycle);
    if (tsr_dram_out_of_memory(dram_)) {
        SC_REPORT_ERROR(no_memory_id, "no memory for a burst");
    }
    // A read brings its own completion and none else. A write may bring those of reads sooner: it can be forwarded.
    if (burst.write || first.cycle + latency_ < next_) {
        next_ = std::min(next_, first.cycle + latency_);
        next_exact_ = false;
    }
}

void dram_target::step() {
    stepping_ = true;
    uint64_t horizon = this->horizon();
    for (;;) {
        port_side *side = earliest();
        const uint64_t address = side != nullptr ? side->requests.front().cycle : never;
        if (!next_exact_ && address > next_) {
            next_ = tsr_dram_next_cycle(dram_);
            next_exact_ = true;
        }
        const uint64_t event = std::min(address, next_);
        if (event == never) {
            break;
        }
        if (event > horizon) {
            wake_.notify(cycles(event - now()));
            break;
        }
        if (address <= next_) {
            push(*side);
        } else {
            const uint64_t upto = next_;
            next_exact_ = false;
            tsr_dram_advance(dram_, upto);
            horizon = this->horizon();  // a response may have notified somebody
        }
    }
    stepping_ = false;
}

void dram_target::on_done(void *user, uint32_t port, bool, uint64_t tag, uint64_t,
                          uint64_t done_cycle) {
    dram_target &self = *static_cast<dram_target *>(user);
    transaction &trans = *reinterpret_cast<transaction *>(static_cast<uintptr_t>(tag));
    trans.set_response_status(tlm::TLM_OK_RESPONSE);
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = cycles(done_cycle - now());
    self.ports_[port].axi_i->nb_transport_bw(trans, phase, delay);
    trans.release();
}

}  // namespace tsr::hw
