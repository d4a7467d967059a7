// SPDX-License-Identifier: Apache-2.0
// What a comparison holds: one row a schedule, the row's figures as its summary object.
#ifndef TESSERA_REPORT_COMPARISON_H
#define TESSERA_REPORT_COMPARISON_H

#include <tessera/report.h>

#include "base/json.h"

/** One schedule. */
typedef struct tsr_compare_row {
    char schedule[32];
    tsr_status status;
    char *message;      // owned; why there is no summary
    char *text;         // owned; summary as compact JSON, NULL on failure
    tsr_json *summary;  // owned; the same, parsed
} tsr_compare_row;

struct tsr_comparison {
    char name[TSR_NAME_MAX];
    int32_t row_count;
    tsr_compare_row rows[TSR_COMPARE_MAX];
};

#endif
