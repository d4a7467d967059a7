// SPDX-License-Identifier: Apache-2.0
// What all four engines have in common: take a descriptor when its tokens are there, run it, give
// tokens on.
#ifndef TESSERA_MACHINE_ENGINE_HPP
#define TESSERA_MACHINE_ENGINE_HPP

#include <cstdint>

#include "machine/command_fifo.hpp"
#include "machine/recorder.hpp"
#include "machine/token_counters.hpp"

namespace tsr::hw {

class engine : public sc_core::sc_module {
public:
    SC_HAS_PROCESS(engine);
    engine(const sc_core::sc_module_name &name, tsr_engine id, const tsr_program &program,
           recorder &log);

    sc_core::sc_port<command_in_if> command_i;
    sc_core::sc_port<token_if> token_io;
    /** Notified in the cycle of every completion. */
    sc_core::sc_event completed_o;

    uint64_t completed() const { return completed_; }

    uint64_t last_completion() const { return free_from_; }

    tsr_unit_state state(uint64_t cycle);

protected:
    const tsr_program &program() const { return program_; }

    recorder &log() { return log_; }

    /** Begins descriptor `index`; finish() must be called, at once or later. */
    virtual void begin(int32_t index, uint64_t cycle) = 0;
    /** The running descriptor completes in `cycle`, not before now. */
    void finish(uint64_t cycle);

private:
    void end_of_elaboration() override;
    void step();
    void complete(uint64_t cycle);
    void try_start(uint64_t cycle);

    const tsr_engine id_;
    const tsr_program &program_;
    recorder &log_;
    sc_core::sc_event wake_;
    int32_t index_ = -1;      /**< running descriptor, -1 = idle */
    uint64_t finish_ = never; /**< its completion, once known */
    uint64_t completed_ = 0;
    uint64_t free_from_ = 0; /**< newest completion */
};

}  // namespace tsr::hw

#endif
