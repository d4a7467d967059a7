// SPDX-License-Identifier: Apache-2.0
// Which words of a buffer, or bytes of DRAM, a descriptor touches: exactly, as few half-open
// intervals as possible.
#ifndef TESSERA_PROGRAM_ACCESS_LIST_H
#define TESSERA_PROGRAM_ACCESS_LIST_H

#include <stdint.h>

#include <tessera/program.h>

#include "program/desc_check.h"

/** Half open. Feature pool: words, line * tp + bank. Weight buffer: words. Parameter buffer:
 * entries. DRAM: bytes. */
typedef struct tsr_interval {
    int64_t begin, end;
} tsr_interval;

/** Disjoint intervals; the array grows and is used again. */
typedef struct tsr_access_list {
    tsr_interval *items; /**< owned */
    int32_t count, capacity;
    int64_t total;      /**< words or bytes in all of them */
    int64_t begin, end; /**< the interval around them */
} tsr_access_list;

/** One interval. */
tsr_status tsr_access_range(tsr_access_list *list, int64_t begin, int64_t count,
                            tsr_error *err) TSR_MUST_USE;
/** The pixels of a map (which has passed tsr_desc_check). */
tsr_status tsr_access_map(tsr_access_list *list, const tsr_map_use *use, int32_t tp,
                          tsr_error *err) TSR_MUST_USE;
/** The DRAM bytes of a load or store. TSR_ERR_CONFIG where rows of one plane lie among those of
 * another. */
tsr_status tsr_access_dram(tsr_access_list *list, const tsr_desc_load_feature *d,
                           tsr_error *err) TSR_MUST_USE;
/** The DRAM bytes of weight groups of `bytes` each. */
tsr_status tsr_access_groups(tsr_access_list *list, const tsr_desc_load_weight *d, int64_t bytes,
                             tsr_error *err) TSR_MUST_USE;
void tsr_access_free(tsr_access_list *list);

#endif
