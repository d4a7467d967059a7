// SPDX-License-Identifier: Apache-2.0
// Many cases, one RTL a shape.
#include <string.h>

#include "base/check.h"
#include "validate/campaign_files.h"
#include "validate/case_work.h"
#include "validate/stress_case.h"

enum { max_shapes = 16 };

/** The machines that are open. */
typedef struct fleet {
    int32_t count;
    char names[max_shapes][TSR_NAME_MAX];
    tsr_rtl *rtl[max_shapes];
} fleet;

static tsr_status machine_of(fleet *f, const char *shape, uint64_t start_seed, tsr_rtl **rtl,
                             tsr_error *err) {
    for (int32_t i = 0; i < f->count; ++i) {
        if (strcmp(f->names[i], shape) == 0) {
            *rtl = f->rtl[i];
            return TSR_OK;
        }
    }
    TSR_CHECK(f->count < max_shapes, TSR_ERR_INTERNAL, err, shape, "more than %d shapes",
              max_shapes);
    tsr_arch arch;
    const tsr_rtl_options options = {.start_seed = start_seed};
    TSR_TRY(tsr_case_shape(shape, &arch, err));
    TSR_TRY(tsr_rtl_open(&arch, &options, &f->rtl[f->count], err));
    (void)snprintf(f->names[f->count], sizeof f->names[0], "%s", shape);
    *rtl = f->rtl[f->count++];
    return TSR_OK;
}

static void add(const tsr_validation *v, tsr_campaign *campaign) {
    campaign->cycles += v->cycles[1];
    campaign->events += v->total.events[1];
    campaign->words += v->total.words.compared;
    campaign->dram_bytes += v->memory_bytes;
    campaign->output_bytes += v->outputs.bytes;
}

static void count_features(const tsr_case *drawn, tsr_campaign *campaign) {
    const tsr_schedule *s = &drawn->schedule;
    const bool blocks = s->blocking.kind != TSR_BLOCKING_NONE;
    bool one_group = false;
    for (int32_t i = 0; i < s->part_count; ++i) {
        ++campaign->parts[s->parts[i].mode];
        one_group = one_group || s->parts[i].one_group;
    }
    const bool has[TSR_CASE_FEATURES] = {
        [TSR_CASE_BATCH] = drawn->batch > 1,
        [TSR_CASE_FORCED] = s->residency != TSR_RESIDENCY_AUTO,
        [TSR_CASE_UNPACKED] = s->unpacked,
        [TSR_CASE_AUTO_BLOCKED] = s->mode == TSR_SCHEDULE_AUTO && s->part_count == 0 && blocks,
        [TSR_CASE_MIXED_BLOCKED] = s->part_count > 0 && blocks,
        [TSR_CASE_ONE_GROUP] = one_group,
    };
    for (int32_t i = 0; i < TSR_CASE_FEATURES; ++i) {
        campaign->features[i] += has[i];
    }
}

static void count_drawn(const tsr_case *drawn, tsr_campaign *campaign) {
    const int32_t schedule = tsr_case_schedule_of(&drawn->schedule);
    if (schedule < TSR_CASE_SCHEDULES) {
        ++campaign->schedules[schedule];
    }
    count_features(drawn, campaign);
    for (int32_t i = 0; i < TSR_CASE_KINDS; ++i) {
        campaign->kinds[i] += drawn->kinds[i];
    }
    for (int32_t i = 0; i < TSR_CASE_REFUSALS; ++i) {
        campaign->refused[i] += drawn->refused[i];
    }
}

/** Trouble of one case is a finding; what has nothing to do with the case ends the campaign. */
static bool is_finding(tsr_status status) {
    return status == TSR_ERR_INTERNAL || status == TSR_ERR_DIFFERS || status == TSR_ERR_CONFIG;
}

/** The RTL with somebody who counts. */
typedef struct covered {
    tsr_side inner;
    tsr_coverage *coverage;
    const tsr_schedule *schedule;
} covered;

static tsr_status run_covered(void *user, const tsr_program *program,
                              const tsr_run_options *options, uint8_t *memory, tsr_result *result,
                              tsr_side_report *report, tsr_error *err) {
    const covered *c = user;
    TSR_TRY(c->inner.run(c->inner.user, program, options, memory, result, report, err));
    const tsr_status status = tsr_coverage_add_run(c->coverage, program, c->schedule, result, err);
    if (status != TSR_OK) {
        tsr_result_free(result);
    }
    return status;
}

static tsr_status stress_case(const tsr_campaign_options *options, tsr_rtl *rtl,
                              tsr_case_outcome *outcome, tsr_campaign *campaign, tsr_error *err) {
    tsr_rtl_stress stress;
    if (!options->stress ||
        !tsr_stress_draw(outcome->drawn, &stress, outcome->stress, sizeof outcome->stress)) {
        return TSR_OK;
    }
    ++campaign->stressed;
    tsr_error found = {0};
    tsr_rtl_ending ending;
    const tsr_status status = tsr_stress_run(rtl, outcome->drawn, &stress, &ending, &found);
    if (status == TSR_OK && options->coverage != NULL) {
        tsr_coverage_add_stress(options->coverage, &outcome->drawn->program, &stress, &ending);
    }
    if (status != TSR_OK && is_finding(status)) {
        outcome->equal = false;
        (void)snprintf(outcome->trouble, sizeof outcome->trouble, "under stress: %s",
                       found.message);
        return TSR_OK;
    }
    TSR_CHECK(status == TSR_OK, status, err, found.where, "%s", found.message);
    return TSR_OK;
}

static tsr_status compare_case(const tsr_campaign_options *options, tsr_rtl *rtl,
                               tsr_case_outcome *outcome, tsr_validation *v, tsr_campaign *campaign,
                               tsr_error *err) {
    const tsr_case *drawn = outcome->drawn;
    tsr_rtl_side side = {.rtl = rtl, .stop = options->stop, .user = options->user};
    covered c = {tsr_side_rtl(&side), options->coverage, &drawn->schedule};
    const tsr_side counted = {c.inner.name, run_covered, &c};
    const tsr_side sides[2] = {tsr_side_machine(), options->coverage != NULL ? counted : c.inner};
    tsr_error found = {0};
    const tsr_status status = tsr_validate_program(drawn->text, &drawn->program, drawn->memory,
                                                   &drawn->expected, sides, NULL, v, &found);
    if (status == TSR_OK) {
        outcome->validation = v;
        outcome->equal = outcome->equal && v->differences == 0;
        add(v, campaign);
        return TSR_OK;
    }
    if (is_finding(status)) {
        outcome->equal = false;
        tsr_case_say(outcome->trouble, sizeof outcome->trouble, "%s%s",
                     outcome->trouble[0] != '\0' ? "; " : "", found.message);
        return TSR_OK;
    }
    return tsr_fail(err, status, found.where, "%s", found.message);
}

static tsr_status run_case(const tsr_campaign_options *options, fleet *f, const tsr_case *drawn,
                           tsr_campaign_files *files, tsr_campaign *campaign, tsr_error *err) {
    tsr_rtl *rtl = NULL;
    tsr_case_outcome outcome = {.drawn = drawn, .equal = true};
    tsr_validation v = {0};
    TSR_TRY(machine_of(f, drawn->shape, options->start_seed, &rtl, err));
    TSR_TRY(stress_case(options, rtl, &outcome, campaign, err));
    tsr_status status = compare_case(options, rtl, &outcome, &v, campaign, err);
    if (status == TSR_OK) {
        ++campaign->cases;
        count_drawn(drawn, campaign);
        campaign->differing += !outcome.equal;
        if (options->report != NULL) {
            options->report(options->user, &outcome);
        }
        status = tsr_campaign_files_add(files, &outcome, err);
    }
    tsr_validation_free(&v);
    return status;
}

static tsr_status draw_and_run(const tsr_campaign_options *options, uint64_t index, fleet *f,
                               tsr_campaign_files *files, tsr_campaign *campaign, tsr_error *err) {
    tsr_case drawn;
    TSR_CHECK(options->stop == NULL || !options->stop(options->user), TSR_ERR_INTERRUPTED, err,
              "validate", "stopped after %llu cases", (unsigned long long)campaign->cases);
    TSR_TRY(tsr_case_draw(options->seed, index, &options->draw, &drawn, err));
    const tsr_status status = run_case(options, f, &drawn, files, campaign, err);
    tsr_case_free(&drawn);
    return status;
}

static bool has_holes(const tsr_coverage *coverage) {
    const tsr_coverage_sum sum = tsr_coverage_total(coverage);
    return sum.covered < sum.planned;
}

/** Directed cases, and what they are not made for by more random ones: at most as many again. */
static tsr_status close_holes(const tsr_campaign_options *options, fleet *f,
                              tsr_campaign_files *files, tsr_campaign *campaign, tsr_error *err) {
    uint64_t index = TSR_CASE_DIRECTED;
    while (tsr_case_next_directed(options->coverage, &index)) {
        TSR_TRY(draw_and_run(options, index++, f, files, campaign, err));
    }
    for (uint64_t i = 0; i < options->cases && has_holes(options->coverage); ++i) {
        index = options->first_case + options->cases + i;
        TSR_TRY(draw_and_run(options, index, f, files, campaign, err));
    }
    return TSR_OK;
}

static tsr_status run_cases(const tsr_campaign_options *options, fleet *f,
                            tsr_campaign_files *files, tsr_campaign *campaign, tsr_error *err) {
    for (uint64_t i = 0; i < options->cases; ++i) {
        TSR_TRY(draw_and_run(options, options->first_case + i, f, files, campaign, err));
    }
    return options->directed && options->coverage != NULL
               ? close_holes(options, f, files, campaign, err)
               : TSR_OK;
}

static tsr_status build_all(const tsr_campaign_options *options, fleet *f, tsr_error *err) {
    const char *const *names = tsr_case_shape_names();
    tsr_rtl *rtl = NULL;
    for (int32_t i = 0; options->draw.shape_count == 0 && names[i] != NULL; ++i) {
        TSR_TRY(machine_of(f, names[i], options->start_seed, &rtl, err));
    }
    for (int32_t i = 0; i < options->draw.shape_count; ++i) {
        TSR_TRY(machine_of(f, options->draw.shapes[i], options->start_seed, &rtl, err));
    }
    return TSR_OK;
}

static tsr_status run_all(const tsr_campaign_options *options, fleet *f, tsr_campaign *campaign,
                          tsr_error *err) {
    tsr_campaign_files files;
    TSR_TRY(tsr_campaign_files_begin(&files, options, err));
    const tsr_status status = run_cases(options, f, &files, campaign, err);
    tsr_error second = {0};
    const tsr_status written = tsr_campaign_files_end(&files, campaign, &second);
    if (status == TSR_OK && written != TSR_OK) {
        return tsr_fail(err, written, second.where, "%s", second.message);
    }
    return status;
}

tsr_status tsr_validate_cases(const tsr_campaign_options *options, tsr_campaign *campaign,
                              tsr_error *err) {
    fleet f = {0};
    memset(campaign, 0, sizeof *campaign);
    const tsr_status status =
        options->build_only ? build_all(options, &f, err) : run_all(options, &f, campaign, err);
    for (int32_t i = 0; i < f.count; ++i) {
        tsr_rtl_close(f.rtl[i]);
    }
    return status;
}
