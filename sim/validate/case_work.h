// SPDX-License-Identifier: Apache-2.0
// What random cases are put together from.
#ifndef TESSERA_VALIDATE_CASE_WORK_H
#define TESSERA_VALIDATE_CASE_WORK_H

#include <tessera/network.h>
#include <tessera/validate.h>

#include "base/rng.h"

static inline int32_t tsr_pick(tsr_rng *rng, int32_t low, int32_t high) {
    return (int32_t)tsr_rng_range(rng, low, high);
}

static inline bool tsr_chance(tsr_rng *rng, int32_t percent) {
    return tsr_pick(rng, 1, 100) <= percent;
}

/** Append to text of a fixed size; what does not fit is cut. */
void tsr_case_say(char *text, size_t bytes, const char *fmt, ...) TSR_PRINTF(3, 4);

/** What a random network must be so that a planner may take it. */
typedef struct tsr_case_wish {
    int32_t word;           /**< channels of a word: parts of a concat begin at one */
    tsr_rounding rounding;  /**< means over some windows cannot be had with half_even */
    bool keeps_size;        /**< blocks: the padding of a convolution keeps the size of its map */
    bool pooled_stride;     /**< stride 2 is a 2x2 max pool: of even maps only */
    bool zero_padded;       /**< other padding and a column stride do not go together */
    int32_t reach;          /**< most padding of a window [pixel]: reflection wants maps larger */
    int32_t cell_h, cell_w; /**< the input map is whole cells of this size [pixel] */
} tsr_case_wish;

/** A random graph of convolutions (any stride, dilation, groups), residual blocks, pools, branches,
 * sums, upsampling and gemms, with one output or several. Infer its shapes again: it may have come
 * to nothing. *network is freed by the caller. */
tsr_status tsr_case_network(tsr_rng *rng, const tsr_case_wish *wish, tsr_network *network,
                            tsr_error *err) TSR_MUST_USE;
/** A random schedule, or the one that is wanted, with its paddings and residency; also in words. */
tsr_status tsr_case_schedule(tsr_rng *rng, const char *wanted, tsr_schedule *schedule, char *text,
                             size_t bytes, tsr_error *err) TSR_MUST_USE;
void tsr_case_say_schedule(const tsr_schedule *schedule, char *text, size_t bytes);
/** What networks a schedule can run. */
tsr_case_wish tsr_case_wish_of(const tsr_arch *arch, const tsr_schedule *schedule);
/** Which of TSR_CASE_SCHEDULES, or that number: none of them. */
int32_t tsr_case_schedule_of(const tsr_schedule *schedule);

/* Directed cases (case_directed.c): an index says which bins of group `pass` they are for. */
bool tsr_case_is_directed(uint64_t index);
/** The first directed case from *index on that may close a hole; false when there is none. */
bool tsr_case_next_directed(const tsr_coverage *coverage, uint64_t *index);
/** Machine that the case needs, NULL = any. */
const char *tsr_case_directed_shape(uint64_t index);
tsr_status tsr_case_directed_schedule(uint64_t index, tsr_rng *rng, tsr_schedule *schedule,
                                      tsr_error *err);
/** Moves what must lie elsewhere in DRAM than the planner puts it. Any case. */
void tsr_case_directed_place(uint64_t index, tsr_program *program);
/** Like tsr_case_network. */
tsr_status tsr_case_directed_network(uint64_t index, tsr_rng *rng, tsr_network *network,
                                     tsr_error *err);
/** The network in a few words: "4x13x17 conv3x3:8 relu add(2,0) whole_conv1x1g2:4!"; ! = an output. */
void tsr_case_say_network(const tsr_network *network, char *text, size_t bytes);

#endif
