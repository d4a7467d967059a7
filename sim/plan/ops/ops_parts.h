// SPDX-License-Identifier: Apache-2.0
// Parts of a block that have descriptors of their own.
#ifndef TESSERA_PLAN_OPS_PARTS_H
#define TESSERA_PLAN_OPS_PARTS_H

#include "plan/model/geometry.h"

/**
 * What one descriptor makes of a block: all of it; one pixel of each step x step (enlarging, pixel
 * shuffle); or the rows and columns of an average whose windows have equally many real pixels.
 */
typedef struct tsr_pass_part {
    int32_t set;      // of weights and records
    tsr_block block;  // the part, as a block
    int32_t y, x;     // of its first output pixel, from that of the whole block [pixel]
} tsr_pass_part;

/** The first part of a block that makes something. */
tsr_pass_part tsr_pass_part_first(const tsr_stage *stage, const tsr_block *block);
/** The one behind it; false: there is none. */
bool tsr_pass_part_next(const tsr_stage *stage, const tsr_block *block, tsr_pass_part *part);
#endif
