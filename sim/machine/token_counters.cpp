// SPDX-License-Identifier: Apache-2.0
#include "machine/token_counters.hpp"

namespace tsr::hw {

// A pass takes a cycle at least and the next start comes engine_gap_cycles after its completion.
static_assert(TSR_UARCH_TOKEN_VISIBLE_CYCLES <= TSR_UARCH_ENGINE_GAP_CYCLES + 1,
              "two pushes of one engine could be invisible at once");

uint32_t token_counters::missing(tsr_engine consumer, uint32_t mask, uint64_t cycle) {
    uint32_t lacking = 0;
    for (uint32_t producer = 0; producer < TSR_ENGINE_COUNT; ++producer) {
        if ((mask & (1U << producer)) != 0) {
            counter &tokens = counters_[producer][consumer];
            tokens.settle(cycle);
            lacking |= tokens.count == 0 ? 1U << producer : 0U;
        }
    }
    return lacking;
}

void token_counters::pop(tsr_engine consumer, uint32_t mask, uint64_t cycle) {
    for (uint32_t producer = 0; producer < TSR_ENGINE_COUNT; ++producer) {
        if ((mask & (1U << producer)) != 0) {
            counter &tokens = counters_[producer][consumer];
            tokens.settle(cycle);
            sc_assert(tokens.count > 0);
            --tokens.count;
        }
    }
}

void token_counters::push(tsr_engine producer, uint32_t mask, uint64_t cycle) {
    for (uint32_t consumer = 0; consumer < TSR_ENGINE_COUNT; ++consumer) {
        if ((mask & (1U << consumer)) == 0) {
            continue;
        }
        counter &tokens = counters_[producer][consumer];
        tokens.settle(cycle);
        sc_assert(!tokens.fresh);
        if (tokens.count + 1 >= (1U << TSR_UARCH_TOKEN_COUNTER_BITS)) {
            SC_REPORT_ERROR("/tsr/tokens", "a token counter overflows");
        }
        tokens.fresh = true;
        tokens.fresh_from = cycle + TSR_UARCH_TOKEN_VISIBLE_CYCLES;
        visible_[consumer].notify(cycles(TSR_UARCH_TOKEN_VISIBLE_CYCLES));
    }
}

}  // namespace tsr::hw
