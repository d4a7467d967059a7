// SPDX-License-Identifier: Apache-2.0
// The members of tsr_counters by name, so that sums over layers are a loop and a broken one can be
// named.
#ifndef TESSERA_COUNTERS_COUNTER_FIELDS_H
#define TESSERA_COUNTERS_COUNTER_FIELDS_H

#include <stddef.h>

#include <tessera/counters.h>

/** One member: a number, or an array of them. */
typedef struct tsr_counter_field {
    const char *name;
    size_t offset; /**< of the first uint64_t in tsr_counters [byte] */
    size_t count;
} tsr_counter_field;

/** Every member: X(name). That none is missing is asserted in result_check.c. */
#define TSR_COUNTER_MEMBERS(X) \
    X(cycles)                  \
    X(cycles_by_cause)         \
    X(macs)                    \
    X(macs_recomputed)         \
    X(read_bytes)              \
    X(write_bytes)             \
    X(waste_bytes)             \
    X(reread_bytes) X(busy_cycles) X(memory_stall_cycles) X(descriptors) X(bursts)

/** Numbers in a member. */
#define TSR_COUNTER_NUMBERS(member) (sizeof(((tsr_counters *)0)->member) / sizeof(uint64_t))

#endif
