// SPDX-License-Identifier: Apache-2.0
// Array and post-processor: one pass takes what its law says, whatever the memory does.
#ifndef TESSERA_MACHINE_COMPUTE_ENGINE_HPP
#define TESSERA_MACHINE_COMPUTE_ENGINE_HPP

#include "machine/engine.hpp"

namespace tsr::hw {

class compute_engine : public engine {
public:
    compute_engine(const sc_core::sc_module_name &name, const tsr_program &program, recorder &log)
        : engine(name, TSR_ENGINE_COMPUTE, program, log) {}

private:
    void begin(int32_t index, uint64_t cycle) override {
        const tsr_desc desc = tsr_program_desc(&program(), index);
        finish(cycle + tsr_desc_pass_law(&program().arch, &desc).cycles);
    }
};

}  // namespace tsr::hw

#endif
