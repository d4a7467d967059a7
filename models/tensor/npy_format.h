// SPDX-License-Identifier: Apache-2.0
// The inside of a .npy file, wherever it came from.
#ifndef TESSERA_TENSOR_NPY_FORMAT_H
#define TESSERA_TENSOR_NPY_FORMAT_H

#include <stdbool.h>

#include <tessera/tensor.h>

/** Parse the bytes of one .npy file; `where` names it in messages. array->data is owned; the name
 * is left alone. */
tsr_status tsr_npy_parse(const uint8_t *bytes, size_t size, const char *where, tsr_array *array,
                         tsr_error *err) TSR_MUST_USE;
/** True when bytes start like a .npy file. */
bool tsr_npy_is_magic(const uint8_t *bytes, size_t size);

#endif
