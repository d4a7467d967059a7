// SPDX-License-Identifier: Apache-2.0
// The blocks of one blocked convolution: which input each reads, which outputs each makes, what
// pads it.
#ifndef TESSERA_FAST_BLOCK_CUTS_H
#define TESSERA_FAST_BLOCK_CUTS_H

#include "fast/cut_conv.h"

/** All blocks of a map; every block row goes with every block column. Owned. */
typedef struct tsr_block_cuts {
    int32_t rows, columns;
    tsr_cut_axis *y;       // [rows]
    tsr_cut_axis *x;       // [columns]
    int32_t out_h, out_w;  // of the whole output map
} tsr_block_cuts;

/** What a blocked convolution is about; borrowed. */
typedef struct tsr_block_request {
    const tsr_conv_operands
        *o;  // window: the stride that is really done; its padding modes are not looked at
    const tsr_blocking *blocking;
    const char *where;  // layer name, may be NULL
} tsr_block_request;

tsr_status tsr_block_cuts_make(const tsr_block_request *request, tsr_block_cuts *cuts,
                               tsr_error *err) TSR_MUST_USE;
void tsr_block_cuts_free(tsr_block_cuts *cuts);
/** Convolve block after block into `out`. */
tsr_status tsr_block_cuts_run(const tsr_block_cuts *cuts, tsr_cut_conv_fn convolve,
                              const void *layer, tsr_tensor *out, tsr_error *err) TSR_MUST_USE;

#endif
