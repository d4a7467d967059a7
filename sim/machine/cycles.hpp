// SPDX-License-Identifier: Apache-2.0
// One accelerator cycle is one unit of SystemC time resolution: cycle numbers and sc_time convert
// without arithmetic.
#ifndef TESSERA_MACHINE_CYCLES_HPP
#define TESSERA_MACHINE_CYCLES_HPP

#include <cstdint>

#include <systemc>

namespace tsr::hw {

inline constexpr uint64_t never = UINT64_MAX;

/** Message type of reports that mean TSR_ERR_NO_MEMORY. */
inline constexpr char no_memory_id[] = "/tsr/no_memory";

inline sc_core::sc_time cycles(uint64_t count) {
    return sc_core::sc_time::from_value(count);
}

inline uint64_t now() {
    return sc_core::sc_get_curr_simcontext()->time_stamp().value();  // sc_time_stamp(), inline
}

/** The cycle a transaction passed on at this moment with timing annotation `delay` stands for. */
inline uint64_t cycle_of(const sc_core::sc_time &delay) {
    return now() + delay.value();
}

}  // namespace tsr::hw

#endif
