// SPDX-License-Identifier: Apache-2.0
// When descriptors arrive in the fetch buffer under ideal memory: the machine's fetch rules as a
// recurrence over bursts.
#ifndef TESSERA_ESTIMATE_FETCH_LAW_H
#define TESSERA_ESTIMATE_FETCH_LAW_H

#include "counters/timeline.h"

enum { TSR_MAX_OUTSTANDING = 64 };  // of tsr_arch_check

/** State after some bursts. */
typedef struct tsr_fetch_law {
    const tsr_program *program;
    tsr_fetch_walk walk;
    uint64_t latency;
    uint64_t count;                          /**< bursts issued */
    uint64_t address_cycle;                  /**< handshake of the newest burst */
    uint64_t last_beat;                      /**< its last R beat */
    uint64_t responses[TSR_MAX_OUTSTANDING]; /**< last R beats of the newest bursts */
    uint64_t wanted; /**< end of the descriptor asked for last, relative to the first one [byte] */
    uint64_t freed;  /**< bytes of descriptors 0..free_index-1 */
    int32_t free_index;
} tsr_fetch_law;

void tsr_fetch_law_init(tsr_fetch_law *law, const tsr_program *program);
/** Cycle of the last R beat of the burst that brings the end of descriptor `index`; called once for
 * 0, 1, 2, ... The dispatch cycles of all earlier descriptors must be in the time line. */
uint64_t tsr_fetch_law_arrival(tsr_fetch_law *law, const tsr_timeline *timeline, int32_t index);
/** Address and response events of all fetch bursts of a finished time line. */
tsr_status tsr_fetch_law_events(const tsr_program *program, const tsr_timeline *timeline,
                                tsr_event_list *list, tsr_error *err) TSR_MUST_USE;

#endif
