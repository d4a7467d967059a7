// SPDX-License-Identifier: Apache-2.0
// Bytes of maps and of their blocks.
#ifndef TESSERA_TABLE_MAP_BYTES_H
#define TESSERA_TABLE_MAP_BYTES_H

#include <tessera/network.h>

static inline uint64_t map_bytes(tsr_shape s, int32_t bits) {
    return (uint64_t)s.c * (uint64_t)s.h * (uint64_t)s.w * (uint64_t)bits / 8u;
}

static inline uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

// An edge after a stride: the authors allow only edges that divide; others count rounded up.
static inline int32_t shrunk(int32_t edge, int32_t stride) {
    return (edge + stride - 1) / stride;
}

#endif
