// SPDX-License-Identifier: Apache-2.0
// Legality of one descriptor by itself: field ranges, addresses inside their memories, bank
// conflicts.
#ifndef TESSERA_PROGRAM_DESC_CHECK_H
#define TESSERA_PROGRAM_DESC_CHECK_H

#include <tessera/program.h>

#include "program/map_use.h"

/** A window operator's geometry along one axis. */
typedef struct tsr_axis {
    int64_t extent, out, kernel, stride, dilation, pad;
    tsr_pad_mode low, high;
} tsr_axis;

/**
 * Refuse a descriptor that no machine of this architecture can carry out whatever comes before and
 * after it: TSR_ERR_CONFIG with the field named. After it, executors need no bounds checks of their
 * own.
 */
tsr_status tsr_desc_check(const tsr_arch *arch, const tsr_desc *desc, uint64_t memory_bytes,
                          tsr_error *err) TSR_MUST_USE;

/** Vertical and horizontal geometry of a conv or pool descriptor (pool: padding lies outside,
 * dilation 1). */
tsr_axis tsr_desc_axis_y(const tsr_desc *desc);
tsr_axis tsr_desc_axis_x(const tsr_desc *desc);
/** Source index of output `o`, tap `k`, or -1 where padding gives the value. */
int32_t tsr_axis_source(const tsr_axis *axis, int64_t o, int64_t k);
/** Input columns and rows that the bank conflict rule forbids: TSR_ERR_CONFIG names the first
 * conflict. */
tsr_status tsr_bank_check(const tsr_arch *arch, const tsr_desc *desc, tsr_error *err) TSR_MUST_USE;

#endif
