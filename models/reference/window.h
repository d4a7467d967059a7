// SPDX-License-Identifier: Apache-2.0
// Legality of a window on a map.
#ifndef TESSERA_REFERENCE_WINDOW_H
#define TESSERA_REFERENCE_WINDOW_H

#include <tessera/kernels.h>

/** Extents of what a window makes of a map. */
typedef struct tsr_window_extent {
    int32_t h, w;
} tsr_window_extent;

/** Check kernel, stride, dilation, padding and modes against a map and give the output extents.
 *  TSR_ERR_CONFIG (a field out of range), TSR_ERR_SHAPE (window larger than the padded map, reflect
 * does not fit). */
tsr_status tsr_window_check(const tsr_window *window, int32_t h, int32_t w, tsr_window_extent *out,
                            tsr_error *err) TSR_MUST_USE;
/** Padding alone: not negative, modes known, reflect smaller than the map, sums fit. */
tsr_status tsr_side_pad_check(const tsr_side_pad *pad, int32_t h, int32_t w,
                              tsr_error *err) TSR_MUST_USE;

#endif
