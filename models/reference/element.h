// SPDX-License-Identifier: Apache-2.0
// Elements of plain NCHW tensors by coordinate, and what every operator asks of its operands.
#ifndef TESSERA_REFERENCE_ELEMENT_H
#define TESSERA_REFERENCE_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tessera/tensor.h>

/** Position of element (n, c, y, x) of a plain tensor. */
static inline size_t tsr_index(const tsr_tensor *t, int32_t n, int32_t c, int32_t y, int32_t x) {
    return (((size_t)n * (size_t)t->c + (size_t)c) * (size_t)t->h + (size_t)y) * (size_t)t->w +
           (size_t)x;
}

static inline size_t tsr_count(const tsr_tensor *t) {
    return (size_t)t->n * (size_t)t->c * (size_t)t->h * (size_t)t->w;
}

/** Element of an integer tensor. */
static inline int32_t tsr_int_at(const tsr_tensor *t, size_t i) {
    switch (t->dtype) {
        case TSR_DTYPE_I8:
            return ((const int8_t *)t->data)[i];
        case TSR_DTYPE_U8:
            return ((const uint8_t *)t->data)[i];
        case TSR_DTYPE_I16:
            return ((const int16_t *)t->data)[i];
        default:
            return ((const int32_t *)t->data)[i];
    }
}

/** Store a value that lies in the type's range. */
static inline void tsr_int_set(tsr_tensor *t, size_t i, int32_t value) {
    switch (t->dtype) {
        case TSR_DTYPE_I8:
            ((int8_t *)t->data)[i] = (int8_t)value;
            break;
        case TSR_DTYPE_U8:
            ((uint8_t *)t->data)[i] = (uint8_t)value;
            break;
        case TSR_DTYPE_I16:
            ((int16_t *)t->data)[i] = (int16_t)value;
            break;
        default:
            ((int32_t *)t->data)[i] = value;
            break;
    }
}

/** Range of an integer type. */
typedef struct tsr_int_range {
    int32_t lo, hi;
} tsr_int_range;

/** Range of what an integer tensor can hold. */
tsr_int_range tsr_dtype_range(tsr_dtype dtype);
/** TSR_ERR_SHAPE unless `t` holds data in the plain layout; `what` names it ("input"). */
tsr_status tsr_check_plain(const tsr_tensor *t, const char *what, tsr_error *err) TSR_MUST_USE;
/** The same, and float32. */
tsr_status tsr_check_float(const tsr_tensor *t, const char *what, tsr_error *err) TSR_MUST_USE;

#endif
