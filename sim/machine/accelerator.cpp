// SPDX-License-Identifier: Apache-2.0
#include "machine/accelerator.hpp"

#include <algorithm>

namespace tsr::hw {

accelerator::accelerator(const sc_core::sc_module_name &name, const tsr_program &program,
                         recorder &log)
    : sc_module(name),
      fifo_load_feature_("fifo_load_feature"),
      fifo_load_weight_("fifo_load_weight"),
      fifo_compute_("fifo_compute"),
      fifo_store_("fifo_store"),
      tokens_("tokens"),
      fetch_("fetch", program, log),
      load_feature_("load_feature", TSR_ENGINE_LOAD_FEATURE, TSR_PORT_LOAD_FEATURE, program, log),
      load_weight_("load_weight", TSR_ENGINE_LOAD_WEIGHT, TSR_PORT_LOAD_WEIGHT, program, log),
      compute_("compute", program, log),
      store_("store", TSR_ENGINE_STORE, TSR_PORT_STORE, program, log),
      descriptors_(static_cast<uint64_t>(program.desc_count) - 1) {
    command_fifo *fifos[TSR_ENGINE_COUNT] = {&fifo_load_feature_, &fifo_load_weight_,
                                             &fifo_compute_, &fifo_store_};
    SC_METHOD(watch);
    dont_initialize();
    sensitive << fetch_.end_o;
    for (uint32_t id = 0; id < TSR_ENGINE_COUNT; ++id) {
        fetch_.command_o[id].bind(*fifos[id]);
        unit(id).command_i.bind(*fifos[id]);
        unit(id).token_io.bind(tokens_);
        sensitive << unit(id).completed_o;
    }
}

engine &accelerator::unit(uint32_t id) {
    engine *const engines[TSR_ENGINE_COUNT] = {&load_feature_, &load_weight_, &compute_, &store_};
    return *engines[id];
}

tlm::tlm_initiator_socket<> &accelerator::port(tsr_port port) {
    switch (port) {
        case TSR_PORT_LOAD_FEATURE:
            return load_feature_.port.axi_o;
        case TSR_PORT_LOAD_WEIGHT:
            return load_weight_.port.axi_o;
        case TSR_PORT_STORE:
            return store_.port.axi_o;
        default:
            return fetch_.port.axi_o;
    }
}

void accelerator::watch() {
    uint64_t completed = 0;
    uint64_t idle_from = fetch_.end_cycle();
    for (uint32_t id = 0; id < TSR_ENGINE_COUNT; ++id) {
        engine &e = unit(id);
        completed += e.completed();
        if (e.completed() > 0) {
            idle_from = std::max(idle_from, e.last_completion() + TSR_UARCH_ENGINE_GAP_CYCLES);
        }
    }
    if (fetch_.ended() && completed == descriptors_) {
        done_ = idle_from;
        sc_core::sc_stop();
    }
}

void accelerator::describe(char *text, size_t bytes) {
    tsr_unit_state units[TSR_ENGINE_COUNT + 1];
    for (uint32_t id = 0; id < TSR_ENGINE_COUNT; ++id) {
        units[id] = unit(id).state(now());
    }
    units[TSR_ENGINE_COUNT] = fetch_.state(now());
    tsr_units_describe(units, text, bytes);
}

}  // namespace tsr::hw
