// SPDX-License-Identifier: Apache-2.0
// What tests of automatic schedules share: random graphs on random machines, and the best partition
// by trying all of them.
#ifndef TESSERA_TESTS_PLAN_AUTO_RIG_H
#define TESSERA_TESTS_PLAN_AUTO_RIG_H

#include "plan/cuts/group_make.h"
#include "plan/fused/fuse.h"
#include "plan/graph_net.h"
#include "plan/halo_rig.h"

enum { AUTO_STAGES_MAX = 10 };

#define AUTO_NO_WAY UINT64_MAX

/** Whether a network can be planned; TSR_OK, or a refusal that says why. */
static inline tsr_plan *auto_plan(const tsr_network *network, const tsr_arch *arch,
                                  const tsr_schedule *schedule) {
    tsr_error err = {0};
    tsr_plan *plan = NULL;
    const tsr_status status = tsr_plan_make(network, arch, schedule, &plan, &err);
    if (status != TSR_OK) {
        assert_true(status == TSR_ERR_NOT_FIT || status == TSR_ERR_UNSUPPORTED ||
                    status == TSR_ERR_SHAPE);
        return NULL;
    }
    return plan;
}

/** DRAM bytes of all groups, in whole words. */
static inline uint64_t auto_bytes(const tsr_plan *plan) {
    uint64_t bytes = 0;
    for (int32_t g = 0; g < plan->group_count; ++g) {
        bytes += tsr_group_bytes(&plan->groups[g]);
    }
    return bytes;
}

static inline uint64_t auto_bytes_of(const tsr_network *network, const tsr_arch *arch,
                                     const tsr_schedule *schedule) {
    tsr_plan *plan = auto_plan(network, arch, schedule);
    const uint64_t bytes = plan != NULL ? auto_bytes(plan) : AUTO_NO_WAY;
    tsr_plan_free(plan);
    return bytes;
}

/** Fewest bytes of a stretch over all kinds that may be. */
static inline uint64_t stretch_bytes(const tsr_plan *plan, int32_t first, int32_t last) {
    uint64_t best = AUTO_NO_WAY;
    for (int32_t kind = TSR_GROUP_TILED; kind <= TSR_GROUP_CACHED; ++kind) {
        tsr_group group = {0};
        tsr_error err = {0};
        if (tsr_group_may_be(plan, (tsr_group_kind)kind, first, last) &&
            tsr_group_make(plan, (tsr_group_kind)kind, first, last, NULL, &group, &err) == TSR_OK) {
            const uint64_t bytes = tsr_group_bytes(&group);
            best = bytes < best ? bytes : best;
            tsr_plan_group_free(&group);
        }
    }
    return best;
}

/** Fewest bytes over all partitions into stretches: one for each set of cuts. */
static inline uint64_t exhaustive_bytes(const tsr_plan *plan) {
    const int32_t stages = plan->stage_count;
    static uint64_t price[AUTO_STAGES_MAX][AUTO_STAGES_MAX];
    for (int32_t first = 0; first < stages; ++first) {
        for (int32_t last = first; last < stages; ++last) {
            price[first][last] = stretch_bytes(plan, first, last);
        }
    }
    uint64_t best = AUTO_NO_WAY;
    for (uint32_t cuts = 0; cuts < 1U << (stages - 1); ++cuts) {
        uint64_t total = 0;
        int32_t first = 0;
        for (int32_t s = 0; s < stages; ++s) {
            if (s + 1 < stages && (cuts & 1U << s) == 0) {
                continue;
            }
            const uint64_t own = price[first][s];
            total = own == AUTO_NO_WAY || total == AUTO_NO_WAY ? AUTO_NO_WAY : total + own;
            first = s + 1;
        }
        best = total < best ? total : best;
    }
    return best;
}

#endif
