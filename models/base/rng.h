// SPDX-License-Identifier: Apache-2.0
// Small reproducible random generator (splitmix64): same sequence on every machine.
#ifndef TESSERA_BASE_RNG_H
#define TESSERA_BASE_RNG_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tsr_rng {
    uint64_t state;
} tsr_rng;

static inline uint64_t tsr_rng_next(tsr_rng *rng) {
    uint64_t z = (rng->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/** Uniform integer in [low, high]. */
static inline int64_t tsr_rng_range(tsr_rng *rng, int64_t low, int64_t high) {
    const uint64_t span = (uint64_t)(high - low) + 1u;
    return low + (int64_t)(span == 0 ? tsr_rng_next(rng) : tsr_rng_next(rng) % span);
}

/** The same of 32 bits. */
static inline int32_t tsr_pick(tsr_rng *rng, int32_t low, int32_t high) {
    return (int32_t)tsr_rng_range(rng, low, high);
}

/** True in so many of a hundred draws. */
static inline bool tsr_chance(tsr_rng *rng, int32_t percent) {
    return tsr_pick(rng, 1, 100) <= percent;
}

/** Uniform double in [0, 1). */
static inline double tsr_rng_unit(tsr_rng *rng) {
    return (double)(tsr_rng_next(rng) >> 11) * 0x1.0p-53;
}

#endif
