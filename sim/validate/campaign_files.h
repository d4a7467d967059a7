// SPDX-License-Identifier: Apache-2.0
// What a campaign writes while it runs: text and JSON, case by case.
#ifndef TESSERA_VALIDATE_CAMPAIGN_FILES_H
#define TESSERA_VALIDATE_CAMPAIGN_FILES_H

#include <tessera/validate.h>

#include "base/json.h"

enum { TSR_CAMPAIGN_PATH_MAX = 1024 };

/** Open files of one campaign. */
typedef struct tsr_campaign_files {
    char text_path[TSR_CAMPAIGN_PATH_MAX], json_path[TSR_CAMPAIGN_PATH_MAX];
    FILE *text, *json;       // NULL without a folder
    tsr_jwriter writers[2];  // the caller's document and the file
    int32_t writer_count;
} tsr_campaign_files;

tsr_status tsr_campaign_files_begin(tsr_campaign_files *files, const tsr_campaign_options *options,
                                    tsr_error *err) TSR_MUST_USE;
tsr_status tsr_campaign_files_add(tsr_campaign_files *files, const tsr_case_outcome *outcome,
                                  tsr_error *err) TSR_MUST_USE;
/** Sums, and the files appear. */
tsr_status tsr_campaign_files_end(tsr_campaign_files *files, const tsr_campaign *campaign,
                                  tsr_error *err) TSR_MUST_USE;

#endif
