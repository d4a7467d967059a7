// SPDX-License-Identifier: Apache-2.0
// Exact accumulators of a conv or gemm: int32 for 8-bit operands, 64 bits for 16-bit ones.
#ifndef TESSERA_FORWARD_SUMS_H
#define TESSERA_FORWARD_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include <tessera/blocking.h>
#include <tessera/forward.h>

/** Sums [n][c][h][w] of one layer. */
typedef struct tsr_sums {
    tsr_tensor narrow;  // int32; gives the shape, and the values where `wide` is NULL
    int64_t *wide;      // owned; NULL for 8-bit operands
} tsr_sums;

/** What one layer computes; borrowed. */
typedef struct tsr_sums_request {
    const tsr_tensor *in;  // int8 or int16
    int32_t zero_point;
    const tsr_qlayer *qlayer;
    tsr_window window;
    tsr_blocking blocking;
    const char *where;
    bool fast;
} tsr_sums_request;

/** acc = bias + sum w * (x - zero_point), padding reads zero_point; nothing is ever rounded or saturated. */
tsr_status tsr_sums_compute(const tsr_sums_request *request, tsr_sums *sums,
                            tsr_error *err) TSR_MUST_USE;
void tsr_sums_free(tsr_sums *sums);

static inline int64_t tsr_sums_at(const tsr_sums *sums, size_t i) {
    return sums->wide != NULL ? sums->wide[i] : ((const int32_t *)sums->narrow.data)[i];
}

/** Element of an int8 or int16 tensor. */
static inline int32_t tsr_q_at(const tsr_tensor *q, size_t i) {
    return q->dtype == TSR_DTYPE_I8 ? ((const int8_t *)q->data)[i] : ((const int16_t *)q->data)[i];
}

/** Store a value that lies in the type's range. */
static inline void tsr_q_set(tsr_tensor *q, size_t i, int32_t value) {
    if (q->dtype == TSR_DTYPE_I8) {
        ((int8_t *)q->data)[i] = (int8_t)value;
    } else {
        ((int16_t *)q->data)[i] = (int16_t)value;
    }
}

static inline size_t tsr_q_count(const tsr_tensor *t) {
    return (size_t)t->n * (size_t)t->c * (size_t)t->h * (size_t)t->w;
}

#endif
