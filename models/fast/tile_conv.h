// SPDX-License-Identifier: Apache-2.0
// Tile convolutions with weights packed once for many tiles.
#ifndef TESSERA_FAST_TILE_CONV_H
#define TESSERA_FAST_TILE_CONV_H

#include "fast/tile_pack.h"

/** Weights of a whole layer, packed for one isa; good for tiles of any size. */
typedef struct tsr_tile_weights {
    tsr_isa isa;
    tsr_aligned panels;  // [panels of the plan][bytes of a panel]
} tsr_tile_weights;

/** Pack all panels. */
tsr_status tsr_tile_weights_make(const tsr_tile_conv *shape, const int8_t *weight, tsr_isa isa,
                                 tsr_tile_weights *packed, tsr_error *err) TSR_MUST_USE;
void tsr_tile_weights_free(tsr_tile_weights *packed);
/** tsr_tile_conv_i8 with packed weights; only extents of maps may differ from the shape they were
 * packed for. */
tsr_status tsr_tile_conv_packed(const tsr_tile_conv *shape, const int8_t *in,
                                const tsr_tile_weights *packed, int32_t *acc,
                                tsr_error *err) TSR_MUST_USE;

#endif
