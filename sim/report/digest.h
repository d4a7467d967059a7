// SPDX-License-Identifier: Apache-2.0
// CRC-32 of bytes, through the tensor library (the only other user of zlib's polynomial).
#ifndef TESSERA_REPORT_DIGEST_H
#define TESSERA_REPORT_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include <tessera/tensor.h>

/** Zero bytes give 0. At most 2 GiB - 1 at a time. */
static inline uint32_t tsr_digest_bytes(const void *data, size_t bytes) {
    if (bytes == 0 || bytes > INT32_MAX) {
        return 0;
    }

    union {
        const void *in;
        void *out;
    } borrowed = {.in = data};  // tsr_tensor_crc32 does not write

    const tsr_tensor view = {.dtype = TSR_DTYPE_U8,
                             .layout = TSR_LAYOUT_PLAIN,
                             .n = 1,
                             .c = 1,
                             .h = 1,
                             .w = (int32_t)bytes,
                             .channel_block = 1,
                             .bytes = bytes,
                             .data = borrowed.out};
    return tsr_tensor_crc32(&view);
}

#endif
