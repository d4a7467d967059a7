// SPDX-License-Identifier: Apache-2.0
// Every network under every blocking and baseline, counted once for all tables that show them.
#ifndef TESSERA_REPORT_MOVED_SURVEY_H
#define TESSERA_REPORT_MOVED_SURVEY_H

#include "report/moved.h"

/** One network under one schedule. */
typedef struct tsr_moved_entry {
    const tsr_network *network;
    tsr_schedule schedule;
    char name[48];  // of the schedule
    bool planned;
    tsr_moved moved;
    tsr_error why;  // not planned
} tsr_moved_entry;

/** All of them: network by network, blockings before baselines. */
typedef struct tsr_moved_survey {
    const tsr_moved_request *request;
    bool blocks, baselines;    // some table shows them
    int32_t each;              // entries of one network
    tsr_moved_entry *entries;  // owned
} tsr_moved_survey;

/** Figure kinds that a table shows: a bit for each tsr_moved_kind. */
uint32_t tsr_moved_kinds_of(tsr_table_kind table);
/** The summaries of a survey. */
tsr_status tsr_moved_print_summaries(const tsr_moved_survey *survey, FILE *file,
                                     tsr_error *err) TSR_MUST_USE;
/** The parts of every difference of one network (by number) in words. */
tsr_status tsr_moved_print_reasons(const tsr_moved_survey *survey, int32_t network, FILE *file,
                                   tsr_error *err) TSR_MUST_USE;

#endif
