// SPDX-License-Identifier: Apache-2.0
// The zip container of .npz files.
#ifndef TESSERA_TENSOR_NPZ_H
#define TESSERA_TENSOR_NPZ_H

#include <tessera/tensor.h>

/** Read every member of a zip held in memory. Stored and deflated members; no zip64, no encryption.
 */
tsr_status tsr_npz_parse(const uint8_t *bytes, size_t size, const char *path, tsr_archive *archive,
                         tsr_error *err) TSR_MUST_USE;

#endif
