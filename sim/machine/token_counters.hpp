// SPDX-License-Identifier: Apache-2.0
// The twelve token counters, one for each ordered pair of engines.
#ifndef TESSERA_MACHINE_TOKEN_COUNTERS_HPP
#define TESSERA_MACHINE_TOKEN_COUNTERS_HPP

#include <cstdint>

#include <systemc>

#include <tessera/program.h>

#include "machine/cycles.hpp"

namespace tsr::hw {

/** What an engine sees of the tokens. Masks have bit (1 << engine). */
class token_if : virtual public sc_core::sc_interface {
public:
    /** Engines of `mask` from which `consumer` has no token in `cycle`; 0 = all there. */
    virtual uint32_t missing(tsr_engine consumer, uint32_t mask, uint64_t cycle) = 0;
    /** Takes one token of each engine of `mask`. */
    virtual void pop(tsr_engine consumer, uint32_t mask, uint64_t cycle) = 0;
    /** Gives one token to each engine of `mask`, visible token_visible_cycles later. */
    virtual void push(tsr_engine producer, uint32_t mask, uint64_t cycle) = 0;
    virtual const sc_core::sc_event &visible_event(tsr_engine consumer) const = 0;
};

class token_counters : public sc_core::sc_object, public token_if {
public:
    explicit token_counters(const char *name) : sc_object(name) {}

    uint32_t missing(tsr_engine consumer, uint32_t mask, uint64_t cycle) override;
    void pop(tsr_engine consumer, uint32_t mask, uint64_t cycle) override;
    void push(tsr_engine producer, uint32_t mask, uint64_t cycle) override;

    const sc_core::sc_event &visible_event(tsr_engine consumer) const override {
        return visible_[consumer];
    }

private:
    /** A counter and the one push that may not be visible yet: an engine's completions lie further
     * apart than that. */
    struct counter {
        uint32_t count = 0;
        bool fresh = false;
        uint64_t fresh_from = 0;

        void settle(uint64_t cycle) {
            if (fresh && fresh_from <= cycle) {
                ++count;
                fresh = false;
            }
        }
    };

    counter counters_[TSR_ENGINE_COUNT][TSR_ENGINE_COUNT]; /**< [producer][consumer] */
    sc_core::sc_event visible_[TSR_ENGINE_COUNT];
};

}  // namespace tsr::hw

#endif
