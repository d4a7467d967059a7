// SPDX-License-Identifier: Apache-2.0
#include "machine/axi_port.hpp"

#include <algorithm>

namespace tsr::hw {

namespace {
constexpr char report_id[] = "/tsr/axi_port";
}

axi_port::axi_port(const sc_core::sc_module_name &name, tsr_port id, const tsr_arch &arch,
                   burst_client &client, recorder &log)
    : sc_module(name),
      axi_o("axi_o"),
      id_(id),
      write_(id == TSR_PORT_STORE),
      limit_(static_cast<uint64_t>(arch.max_outstanding_bursts)),
      beat_bytes_(static_cast<uint32_t>(tsr_arch_beat_bytes(&arch))),
      client_(client),
      log_(log),
      in_flight_(limit_),
      response_(limit_) {
    axi_o.bind(*this);
}

axi_port::~axi_port() {
    for (const std::unique_ptr<transaction> &trans : pool_) {
        trans->clear_extension<axi_burst>();
    }
}

void axi_port::free(transaction *trans) {
    spare_.push_back(trans);
}

axi_port::transaction &axi_port::prepare(const burst &next) {
    if (spare_.empty()) {
        pool_.push_back(std::make_unique<transaction>(this));
        pool_.back()->set_extension(new axi_burst);
        spare_.push_back(pool_.back().get());
    }
    transaction &trans = *spare_.back();
    spare_.pop_back();
    trans.acquire();
    trans.set_command(write_ ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    trans.set_address(next.address);
    trans.set_data_length(next.beats * beat_bytes_);
    trans.set_streaming_width(next.beats * beat_bytes_);
    trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    axi_burst &sideband = *trans.get_extension<axi_burst>();
    sideband.port = id_;
    sideband.beats = next.beats;
    sideband.beat_bytes = beat_bytes_;
    sideband.beat_interval = next.beat_interval;
    sideband.rest_cycles = next.rest_cycles;
    return trans;
}

void axi_port::pump() {
    if (pumping_) {
        return;  // an answer that came out of send(); the loop below goes on
    }
    pumping_ = true;
    burst next;
    while (!waiting_ && issued_ - answered_ < limit_ && client_.next_burst(next)) {
        uint64_t cycle = std::max(next.earliest, next_address_);
        if (issued_ >= limit_) {
            cycle = std::max(cycle, response_[issued_ % limit_] + 1);
        }
        send(next, cycle);
    }
    pumping_ = false;
}

void axi_port::send(const burst &next, uint64_t cycle) {
    transaction &trans = prepare(next);
    in_flight_[issued_ % limit_] = &trans;
    ++issued_;
    waiting_ = true;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = cycles(cycle - now());
    switch (axi_o->nb_transport_fw(trans, phase, delay)) {
        case tlm::TLM_UPDATED:
            if (phase == tlm::END_REQ) {
                accepted(cycle_of(delay));
                return;
            }
            accepted(cycle);
            answered(trans, cycle_of(delay));
            phase = tlm::END_RESP;
            axi_o->nb_transport_fw(trans, phase, delay);
            return;
        case tlm::TLM_COMPLETED:
            accepted(cycle);
            answered(trans, cycle_of(delay));
            return;
        default:
            return;  // accepted later, by END_REQ or by the response
    }
}

void axi_port::accepted(uint64_t cycle) {
    waiting_ = false;
    next_address_ = cycle + 1;
    log_.address(id_, issued_ - 1, cycle);
}

void axi_port::answered(transaction &trans, uint64_t cycle) {
    if (outstanding() == 0 || in_flight_[answered_ % limit_] != &trans) {
        SC_REPORT_ERROR(report_id, "a response is out of order");
    }
    if (trans.is_response_error()) {
        SC_REPORT_ERROR(report_id, "the memory answered with an error");
    }
    cycle = std::max(cycle, next_response_);  // a channel carries one response a cycle
    next_response_ = cycle + 1;
    log_.response(id_, answered_, cycle);
    response_[answered_ % limit_] = cycle;
    ++answered_;
    trans.release();
    client_.burst_done(cycle);
    pump();
}

tlm::tlm_sync_enum axi_port::nb_transport_bw(transaction &trans, tlm::tlm_phase &phase,
                                             sc_core::sc_time &delay) {
    const uint64_t cycle = cycle_of(delay);
    if (phase == tlm::END_REQ) {
        if (!waiting_) {
            SC_REPORT_ERROR(report_id, "an address is accepted twice");
        }
        accepted(cycle);
        pump();
        return tlm::TLM_ACCEPTED;
    }
    if (phase != tlm::BEGIN_RESP) {
        SC_REPORT_ERROR(report_id, "unknown phase from the memory");
    }
    if (waiting_ && in_flight_[(issued_ - 1) % limit_] == &trans) {
        accepted(cycle);  // a response says that the address was taken
    }
    answered(trans, cycle);
    return tlm::TLM_COMPLETED;
}

}  // namespace tsr::hw
