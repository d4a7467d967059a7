// SPDX-License-Identifier: Apache-2.0
// One plan, everything counted from it, and that the parts of each difference add up.
#include "report/moved.h"

#include "base/check.h"
#include "report/moved_work.h"

static tsr_status check_sums(const tsr_moved *moved, tsr_error *err) {
    for (int32_t i = 0; i < TSR_MOVED_KIND_COUNT; ++i) {
        const tsr_moved_row *row = &moved->rows[i];
        int64_t sum = (int64_t)row->ideal;
        for (int32_t k = 0; k < TSR_PART_COUNT; ++k) {
            sum += row->parts[k];
        }
        TSR_CHECK(sum == (int64_t)row->moved, TSR_ERR_INTERNAL, err, "moved",
                  "kind %d: ideal and parts give %lld, moved are %llu", i, (long long)sum,
                  (unsigned long long)row->moved);
    }
    return TSR_OK;
}

static tsr_status count_all(const tsr_moved_work *work, tsr_error *err) {
    TSR_TRY(tsr_moved_count_traffic(work, err));
    TSR_TRY(tsr_moved_count_peak(work, err));
    TSR_TRY(tsr_moved_count_macs(work, err));
    return check_sums(work->moved, err);
}

static tsr_status plan_and_count(tsr_moved_work *work, const tsr_arch *arch, tsr_error *err) {
    tsr_plan *plan = NULL;
    tsr_program program = {0};
    TSR_TRY(tsr_plan_make(work->network, arch, work->schedule, &plan, err));
    work->moved->plan = tsr_plan_summarize(plan);
    tsr_status status = tsr_plan_lower(plan, NULL, &program, err);
    if (status == TSR_OK) {
        work->plan = plan;
        work->program = &program;
        status = count_all(work, err);
    }
    tsr_program_free(&program);
    tsr_plan_free(plan);
    return status;
}

tsr_status tsr_moved_make(const tsr_network *network, const tsr_arch *arch,
                          const tsr_schedule *schedule, tsr_moved *moved, tsr_error *err) {
    tsr_moved made = {0};
    tsr_outline outline = {0};
    tsr_account account = {0};
    tsr_status status = tsr_outline_make(network, &outline, err);
    if (status == TSR_OK) {
        status =
            tsr_account_make(&outline, &schedule->blocking, arch->activation_bits, &account, err);
    }
    if (status == TSR_OK) {
        tsr_moved_work work = {.network = network,
                               .schedule = schedule,
                               .outline = &outline,
                               .account = &account,
                               .ideal_fuses_all = schedule->mode != TSR_SCHEDULE_LAYERWISE &&
                                                  !tsr_schedule_has_blocks(schedule),
                               .moved = &made};
        status = plan_and_count(&work, arch, err);
    }
    tsr_account_free(&account);
    tsr_outline_free(&outline);
    if (status == TSR_OK) {
        *moved = made;
    }
    return status;
}
