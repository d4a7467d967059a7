// SPDX-License-Identifier: Apache-2.0
// What random cases are put together from.
#ifndef TESSERA_VALIDATE_CASE_WORK_H
#define TESSERA_VALIDATE_CASE_WORK_H

#include <tessera/network.h>
#include <tessera/validate.h>

#include "base/rng.h"

static inline int32_t tsr_pick(tsr_rng *rng, int32_t low, int32_t high) {
    return (int32_t)tsr_rng_range(rng, low, high);
}

static inline bool tsr_chance(tsr_rng *rng, int32_t percent) {
    return tsr_pick(rng, 1, 100) <= percent;
}

/** Append to text of a fixed size; what does not fit is cut. */
void tsr_case_say(char *text, size_t bytes, const char *fmt, ...) TSR_PRINTF(3, 4);

/** A random chain of convolutions with activations, pools, adds, and perhaps gemms at the end;
 * shapes not inferred yet. `free` = also what blocks cannot do: any stride, odd padding. *network
 * is freed by the caller. */
tsr_status tsr_case_network(tsr_rng *rng, bool free, tsr_network *network,
                            tsr_error *err) TSR_MUST_USE;
/* Directed cases (case_directed.c): an index says which bins of group `pass` they are for. */
bool tsr_case_is_directed(uint64_t index);
/** The first directed case from *index on that may close a hole; false when there is none. */
bool tsr_case_next_directed(const tsr_coverage *coverage, uint64_t *index);
/** Machine that the case needs, NULL = any. */
const char *tsr_case_directed_shape(uint64_t index);
tsr_status tsr_case_directed_schedule(uint64_t index, tsr_rng *rng, tsr_schedule *schedule,
                                      tsr_error *err);
/** Moves what must lie elsewhere in DRAM than the planner puts it. Any case. */
void tsr_case_directed_place(uint64_t index, tsr_program *program);
/** Like tsr_case_network. */
tsr_status tsr_case_directed_network(uint64_t index, tsr_rng *rng, tsr_network *network,
                                     tsr_error *err);
/** The network in a few characters: "4x13x17 c3x3:8 relu pool2 add1 fc:5". */
void tsr_case_say_network(const tsr_network *network, char *text, size_t bytes);

#endif
