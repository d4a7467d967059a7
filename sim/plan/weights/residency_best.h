// SPDX-License-Identifier: Apache-2.0
// Which of some weights stay on chip: the choice that saves most.
#ifndef TESSERA_PLAN_RESIDENCY_BEST_H
#define TESSERA_PLAN_RESIDENCY_BEST_H

#include <stdbool.h>
#include <stdint.h>

enum { TSR_RESIDENT_ITEMS_MAX = 192 };

/** Weights of one stage. */
typedef struct tsr_resident_item {
    int32_t index;               // of the caller
    int64_t words, entries;      // what they fill of the buffers when they stay
    int64_t ring, ring_entries;  // what must be free for all that go round when they do not
    uint64_t saves;              // DRAM bytes, if they stay
    bool stays;                  // the choice
} tsr_resident_item;

typedef struct tsr_resident_problem {
    int32_t count;
    tsr_resident_item items[TSR_RESIDENT_ITEMS_MAX];
    int64_t words, entries;      // of the buffers
    int64_t ring, ring_entries;  // that go round whatever stays
} tsr_resident_problem;

/**
 * Set `stays` of all items, which comes in as a choice that is possible. What stays and the largest
 * ring of what does not fit the buffers together. The best choice of all, unless the search is given
 * up after some thousand steps: then the best that was found, no worse than what came in. The order
 * of items changes.
 */
void tsr_resident_choose(tsr_resident_problem *problem);

#endif
