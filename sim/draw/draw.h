// SPDX-License-Identifier: Apache-2.0
// Random networks, and random stretches of them with modes of their own: what random cases and tests are made of.
#ifndef TESSERA_DRAW_DRAW_H
#define TESSERA_DRAW_DRAW_H

#include <tessera/network.h>
#include <tessera/plan.h>

#include "base/rng.h"

/** No limit of tsr_draw_wish.reach. */
enum { TSR_DRAW_ANY_REACH = 99 };

/** What a random network must be so that a planner may take it. */
typedef struct tsr_draw_wish {
    int32_t word;           /**< channels of a word: most maps have whole ones */
    bool keeps_size;        /**< blocks: the padding of a convolution keeps the size of its map */
    bool pooled_stride;     /**< stride 2 is a 2x2 max pool: of even maps only */
    bool zero_padded;       /**< other padding and a column stride do not go together */
    int32_t reach;          /**< most padding of a window [pixel]: reflection wants maps larger */
    int32_t cell_h, cell_w; /**< the input map is whole cells of this size [pixel] */
    int32_t own_blockings;  /**< percent of the convolutions that have a blocking of their own */
    int32_t most_extent;    /**< of the input map, where that is not less than two cells [pixel] */
} tsr_draw_wish;

/**
 * A random graph of convolutions (any window, stride, dilation, groups, batch norm), residual blocks, depthwise pairs,
 * inverted residuals, pools and means, branches, concats and sums of any maps, upsampling, pixel shuffle, clamps and
 * gemms, with one output or several; batch 1. Infer its shapes again: it may have come to nothing but its input.
 * *network is freed by the caller, also after an error.
 */
tsr_status tsr_draw_network(tsr_rng *rng, const tsr_draw_wish *wish, tsr_network *network,
                            tsr_error *err) TSR_MUST_USE;

/** Any mode, blocked only where there are blocks. */
tsr_schedule_mode tsr_draw_mode(tsr_rng *rng, bool blocks);

/** What stretches are drawn. */
typedef struct tsr_parts_wish {
    int32_t most;      /**< parts, at most TSR_SCHEDULE_PARTS_MAX */
    bool blocks;       /**< of mode blocked too: the schedule has a blocking */
    int32_t one_group; /**< percent of the parts that are not cut inside */
} tsr_parts_wish;

/** Put random stretches of layers into *schedule, each with a mode of its own, some with a tile: none at times. */
void tsr_draw_parts(tsr_rng *rng, const tsr_network *network, const tsr_parts_wish *wish,
                    tsr_schedule *schedule);

#endif
