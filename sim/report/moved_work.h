// SPDX-License-Identifier: Apache-2.0
// The steps in which the figures of one plan are counted.
#ifndef TESSERA_REPORT_MOVED_WORK_H
#define TESSERA_REPORT_MOVED_WORK_H

#include "report/moved.h"

/** What is counted from. */
typedef struct tsr_moved_work {
    const tsr_network *network;
    const tsr_schedule *schedule;
    const tsr_plan *plan;
    const tsr_program *program;
    const tsr_outline *outline;
    const tsr_account *account;  // of the schedule's blocking
    bool ideal_fuses_all;        // the ideal keeps every map on chip: no blocks, but fused
    tsr_moved *moved;            // filled row by row
} tsr_moved_work;

/** DRAM traffic and weights. */
tsr_status tsr_moved_count_traffic(const tsr_moved_work *work, tsr_error *err) TSR_MUST_USE;
/** Peak of the feature pool. */
tsr_status tsr_moved_count_peak(const tsr_moved_work *work, tsr_error *err) TSR_MUST_USE;
/** MACs of the array. */
tsr_status tsr_moved_count_macs(const tsr_moved_work *work, tsr_error *err) TSR_MUST_USE;

#endif
