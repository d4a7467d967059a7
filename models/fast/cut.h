// SPDX-License-Identifier: Apache-2.0
// One padded block of a map, as two lists of source indices: padding of any kind is resolved,
// nothing is copied yet.
#ifndef TESSERA_FAST_CUT_H
#define TESSERA_FAST_CUT_H

#include "reference/conv_check.h"

/** One axis of a block. */
typedef struct tsr_cut_axis {
    int32_t *source;  // [size]: index in the input map, -1 = the padding value
    int32_t size;     // padded extent: exactly what the outputs read
    int32_t out0;     // first output index in the output map
    int32_t out;      // outputs; 0 = this block has none
} tsr_cut_axis;

/** A block: rows and columns; borrowed. */
typedef struct tsr_cut {
    const tsr_cut_axis *y, *x;
} tsr_cut;

/** What an axis of a block is made of. */
typedef struct tsr_cut_request {
    int32_t first, extent;  // the block in the input map
    int32_t pad;            // before the map's first row (column)
    int32_t reach;          // dilation * (kernel - 1) + 1
    int32_t stride;
    int32_t out0, out;  // its outputs
    tsr_pad_mode low, high;
} tsr_cut_request;

/** Resolve one axis; free with tsr_cut_axis_free. TSR_ERR_SHAPE when reflect does not fit the
 * block. */
tsr_status tsr_cut_axis_make(const tsr_cut_request *request, tsr_cut_axis *axis,
                             tsr_error *err) TSR_MUST_USE;
void tsr_cut_axis_free(tsr_cut_axis *axis);

/** The whole map of a plain convolution as one cut; `rows` and `columns` are filled, free both. */
tsr_status tsr_cut_whole(const tsr_conv_operands *o, const tsr_window_extent *extent,
                         tsr_cut_axis *rows, tsr_cut_axis *columns, tsr_error *err) TSR_MUST_USE;

#endif
