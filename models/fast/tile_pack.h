// SPDX-License-Identifier: Apache-2.0
// Operands of a tile convolution in the order its inner kernel reads them.
#ifndef TESSERA_FAST_TILE_PACK_H
#define TESSERA_FAST_TILE_PACK_H

#include <tessera/kernels.h>

#include "fast/tile_kernel.h"

/** Everything that depends on shape and variant, and the scratch of a run. */
typedef struct tsr_tile_plan {
    tsr_tile_variant variant;
    size_t channels;     // m_groups * tm
    size_t panels;       // of variant.lanes channels
    size_t steps;        // per tap
    size_t word;         // elements of a packed input word: steps * granule
    size_t panel_bytes;  // packed weights of one panel
    size_t tap_count;    // planes * kernel_h * kernel_w
    size_t *taps;        // owned, [tap_count]
} tsr_tile_plan;

tsr_status tsr_tile_plan_make(const tsr_tile_conv *shape, tsr_isa isa, tsr_tile_plan *plan,
                              tsr_error *err) TSR_MUST_USE;
void tsr_tile_plan_free(tsr_tile_plan *plan);

/** Memory of `bytes` bytes whose `data` is aligned to 64 bytes; `data` NULL when there is none. */
typedef struct tsr_aligned {
    void *memory;  // owned
    char *data;
} tsr_aligned;

tsr_aligned tsr_aligned_alloc(size_t bytes);
void tsr_aligned_free(tsr_aligned *a);

/** Bytes of the packed input. */
size_t tsr_tile_input_bytes(const tsr_tile_conv *shape, const tsr_tile_plan *plan);
/** Pack the input; `target` is zero before the first call with this shape. */
void tsr_tile_pack_input(const tsr_tile_conv *shape, const tsr_tile_plan *plan, const int8_t *in,
                         void *target);
/** Pack one panel of weights; `target` has panel_bytes and is zero before its first use with this
 * plan. */
void tsr_tile_pack_panel(const tsr_tile_conv *shape, const tsr_tile_plan *plan,
                         const int8_t *weight, size_t panel, void *target);

#endif
