// SPDX-License-Identifier: Apache-2.0
#include "validate/campaign_files.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/file.h"
#include "validate/validation_work.h"

tsr_status tsr_case_print(const tsr_case_outcome *outcome, FILE *file, tsr_error *err) {
    const tsr_case *drawn = outcome->drawn;
    (void)fprintf(file, "seed %" PRIu64 " case %" PRIu64 ": %s | %s%s%s\n", drawn->seed,
                  drawn->index, outcome->equal ? "equal" : "DIFFERS", drawn->text,
                  outcome->stress[0] != '\0' ? " | " : "", outcome->stress);
    if (outcome->equal) {
        return TSR_OK;
    }
    if (outcome->trouble[0] != '\0') {
        (void)fprintf(file, "\n%s\n", outcome->trouble);
    }
    if (outcome->validation != NULL && outcome->validation->differences != 0) {
        TSR_TRY(tsr_validation_print(outcome->validation, file, err));
    }
    (void)fprintf(file, "replay: %s\n\n", drawn->replay);
    return TSR_OK;
}

typedef const char *(*name_of)(int32_t number);

/** "drawn: 5 layerwise, 7 F": what there is more than none of. */
static void print_counts(const char *title, const uint64_t *counts, int32_t size, name_of name,
                         FILE *file) {
    const char *before = title;
    for (int32_t i = 0; i < size; ++i) {
        if (counts[i] > 0) {
            (void)fprintf(file, "%s %" PRIu64 " %s", before, counts[i], name(i));
            before = ",";
        }
    }
    if (before != title) {
        (void)fputc('\n', file);
    }
}

static uint64_t sum_of(const uint64_t *counts, int32_t size) {
    uint64_t sum = 0;
    for (int32_t i = 0; i < size; ++i) {
        sum += counts[i];
    }
    return sum;
}

static const char *mode_name(int32_t mode) {
    return tsr_schedule_mode_name((tsr_schedule_mode)mode);
}

void tsr_campaign_print(const tsr_campaign *campaign, FILE *file) {
    const uint64_t again = sum_of(campaign->refused, TSR_CASE_REFUSALS);
    print_counts("schedules:", campaign->schedules, TSR_CASE_SCHEDULES, tsr_case_schedule_name,
                 file);
    print_counts("parts of mixed ones:", campaign->parts, TSR_SCHEDULE_AUTO + 1, mode_name, file);
    print_counts("cases:", campaign->features, TSR_CASE_FEATURES, tsr_case_feature_name, file);
    print_counts("layers:", campaign->kinds, TSR_CASE_KINDS, tsr_case_kind_name, file);
    if (again > 0) {
        char title[64];
        (void)snprintf(title, sizeof title, "drawn again: %" PRIu64 " of %" PRIu64 " draws:", again,
                       again + campaign->cases);
        print_counts(title, campaign->refused, TSR_CASE_REFUSALS, tsr_case_refusal_name, file);
    }
    (void)fprintf(file,
                  "%" PRIu64 " cases, %" PRIu64 " differ; %" PRIu64
                  " under stress before; compared: %" PRIu64 " cycles, %" PRIu64 " events, %" PRIu64
                  " words of the feature pool, %" PRIu64 " bytes of DRAM, %" PRIu64
                  " output bytes of the reference\n",
                  campaign->cases, campaign->differing, campaign->stressed, campaign->cycles,
                  campaign->events, campaign->words, campaign->dram_bytes, campaign->output_bytes);
}

static tsr_status open_files(tsr_campaign_files *files, const char *dir, tsr_error *err) {
    TSR_TRY(tsr_dir_make(dir, err));
    const int length = snprintf(files->text_path, sizeof files->text_path, "%s/validation.md", dir);
    TSR_CHECK(length > 0 && length < TSR_CAMPAIGN_PATH_MAX - 8, TSR_ERR_FILE, err, dir,
              "path too long");
    (void)snprintf(files->json_path, sizeof files->json_path, "%s/validation.json", dir);
    TSR_TRY(tsr_file_begin(files->text_path, &files->text, err));
    const tsr_status status = tsr_file_begin(files->json_path, &files->json, err);
    if (status != TSR_OK) {
        tsr_file_abandon(files->text_path, files->text);
        files->text = NULL;
    }
    return status;
}

tsr_status tsr_campaign_files_begin(tsr_campaign_files *files, const tsr_campaign_options *options,
                                    tsr_error *err) {
    *files = (tsr_campaign_files){.writer_count = 0};
    if (options->out_dir != NULL) {
        TSR_TRY(open_files(files, options->out_dir, err));
        tsr_jwriter_init(&files->writers[files->writer_count++], files->json, false);
    }
    if (options->json != NULL) {
        tsr_jwriter_init(&files->writers[files->writer_count++], options->json, false);
    }
    for (int32_t i = 0; i < files->writer_count; ++i) {
        tsr_jwriter *w = &files->writers[i];
        tsr_jwrite_object_begin(w);
        tsr_jwrite_member_u64(w, "seed", options->seed);
        tsr_jwrite_member_u64(w, "first_case", options->first_case);
        tsr_jwrite_key(w, "cases");
        tsr_jwrite_array_begin(w);
    }
    return TSR_OK;
}

static void write_case(tsr_jwriter *w, const tsr_case_outcome *o) {
    tsr_jwrite_object_begin(w);
    tsr_jwrite_member_u64(w, "case", o->drawn->index);
    tsr_jwrite_member_bool(w, "equal", o->equal);
    tsr_jwrite_member_string(w, "drawn", o->drawn->text);
    tsr_jwrite_member_string(w, "stress", o->stress);
    if (o->trouble[0] != '\0') {
        tsr_jwrite_member_string(w, "trouble", o->trouble);
    }
    if (!o->equal) {
        tsr_jwrite_member_string(w, "replay", o->drawn->replay);
    }
    if (o->validation != NULL) {
        tsr_jwrite_member_u64(w, "cycles", o->validation->cycles[1]);
        tsr_jwrite_member_u64(w, "output_bytes_compared_with_reference",
                              o->validation->outputs.bytes);
        tsr_jwrite_member_u64(w, "differences", o->validation->differences);
    }
    if (o->validation != NULL && o->validation->differences != 0) {
        tsr_jwrite_key(w, "validation");
        tsr_validation_json(o->validation, w);
    }
    tsr_jwrite_object_end(w);
}

tsr_status tsr_campaign_files_add(tsr_campaign_files *files, const tsr_case_outcome *outcome,
                                  tsr_error *err) {
    for (int32_t i = 0; i < files->writer_count; ++i) {
        write_case(&files->writers[i], outcome);
    }
    return files->text != NULL ? tsr_case_print(outcome, files->text, err) : TSR_OK;
}

static void write_counts(tsr_jwriter *w, const char *key, const uint64_t *counts, int32_t size,
                         name_of name) {
    tsr_jwrite_key(w, key);
    tsr_jwrite_object_begin(w);
    for (int32_t i = 0; i < size; ++i) {
        tsr_jwrite_member_u64(w, name(i), counts[i]);
    }
    tsr_jwrite_object_end(w);
}

static void write_sums(tsr_jwriter *w, const tsr_campaign *campaign) {
    tsr_jwrite_array_end(w);
    tsr_jwrite_member_u64(w, "cases_run", campaign->cases);
    tsr_jwrite_member_u64(w, "cases_differing", campaign->differing);
    tsr_jwrite_member_u64(w, "cases_under_stress", campaign->stressed);
    tsr_jwrite_member_u64(w, "cycles_compared", campaign->cycles);
    tsr_jwrite_member_u64(w, "events_compared", campaign->events);
    tsr_jwrite_member_u64(w, "pool_words_compared", campaign->words);
    tsr_jwrite_member_u64(w, "dram_bytes_compared", campaign->dram_bytes);
    tsr_jwrite_member_u64(w, "output_bytes_compared_with_reference", campaign->output_bytes);
    write_counts(w, "schedules", campaign->schedules, TSR_CASE_SCHEDULES, tsr_case_schedule_name);
    write_counts(w, "parts", campaign->parts, TSR_SCHEDULE_AUTO + 1, mode_name);
    write_counts(w, "features", campaign->features, TSR_CASE_FEATURES, tsr_case_feature_name);
    write_counts(w, "layers", campaign->kinds, TSR_CASE_KINDS, tsr_case_kind_name);
    write_counts(w, "drawn_again", campaign->refused, TSR_CASE_REFUSALS, tsr_case_refusal_name);
    tsr_jwrite_object_end(w);
    (void)fputc('\n', w->file);
}

tsr_status tsr_campaign_files_end(tsr_campaign_files *files, const tsr_campaign *campaign,
                                  tsr_error *err) {
    for (int32_t i = 0; i < files->writer_count; ++i) {
        write_sums(&files->writers[i], campaign);
    }
    if (files->text == NULL) {
        return TSR_OK;
    }
    tsr_campaign_print(campaign, files->text);
    const tsr_status status = tsr_file_commit(files->text_path, files->text, err);
    if (status != TSR_OK) {
        tsr_file_abandon(files->json_path, files->json);
        return status;
    }
    return tsr_file_commit(files->json_path, files->json, err);
}
