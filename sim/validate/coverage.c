// SPDX-License-Identifier: Apache-2.0
// Counters of the plan, and what people and programs read of them.
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "validate/coverage_plan.h"

enum { name_bytes = 256 };

struct tsr_coverage {
    uint64_t runs, stressed;
    uint64_t *hits[TSR_COVER_GROUP_COUNT];  // owned, one a bin of the whole cross
};

tsr_status tsr_coverage_create(tsr_coverage **coverage, tsr_error *err) {
    tsr_coverage *made = tsr_alloc(1, sizeof *made);
    TSR_CHECK(made != NULL, TSR_ERR_NO_MEMORY, err, "coverage", "no memory");
    for (int32_t g = 0; g < TSR_COVER_GROUP_COUNT; ++g) {
        const int32_t size = tsr_cover_size(&tsr_cover_plans[g]);
        made->hits[g] = tsr_alloc((size_t)size, sizeof *made->hits[g]);
        if (made->hits[g] == NULL) {
            tsr_coverage_free(made);
            return tsr_fail(err, TSR_ERR_NO_MEMORY, "coverage", "no memory for %d bins", size);
        }
    }
    *coverage = made;
    return TSR_OK;
}

void tsr_coverage_free(tsr_coverage *coverage) {
    if (coverage == NULL) {
        return;
    }
    for (int32_t g = 0; g < TSR_COVER_GROUP_COUNT; ++g) {
        tsr_free(coverage->hits[g]);
    }
    tsr_free(coverage);
}

void tsr_cover_hit(tsr_coverage *coverage, tsr_cover_group group, const int32_t *at) {
    const tsr_cover_plan *plan = &tsr_cover_plans[group];
    const int32_t index = tsr_cover_index(plan, at);
    if (index >= 0 && tsr_cover_impossible(plan, index) == NULL) {
        ++coverage->hits[group][index];
    }
}

uint64_t tsr_cover_hits(const tsr_coverage *coverage, tsr_cover_group group, int32_t index) {
    return coverage->hits[group][index];
}

tsr_status tsr_coverage_add_run(tsr_coverage *coverage, const tsr_program *program,
                                const tsr_schedule *schedule, const tsr_result *result,
                                tsr_error *err) {
    ++coverage->runs;
    TSR_TRY(tsr_cover_passes(coverage, program, schedule, result, err));
    TSR_TRY(tsr_cover_schedule(coverage, program, schedule, err));
    tsr_cover_bursts(coverage, program);
    return tsr_cover_events(coverage, program, result, err);
}

/** Had it asked for all of its bursts? */
static bool was_over(const tsr_program *program, const tsr_rtl_ending *ending) {
    uint64_t planned = 0;
    uint64_t asked = 0;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        uint64_t bursts = 0;
        const tsr_desc desc = tsr_program_desc(program, i);
        (void)tsr_desc_beats(program, &desc, &bursts);
        planned += bursts;
    }
    for (int32_t p = 0; p < TSR_PORT_COUNT; ++p) {
        asked += p != TSR_PORT_DESCRIPTOR ? ending->bursts[p] : 0;
    }
    return asked == planned;
}

void tsr_coverage_add_stress(tsr_coverage *coverage, const tsr_program *program,
                             const tsr_rtl_stress *stress, const tsr_rtl_ending *ending) {
    static const uint32_t percents[] = {0, 10, 50, 90};
    ++coverage->stressed;
    for (int32_t i = 0; i < 4; ++i) {
        if (stress->stall_percent == percents[i]) {
            const int32_t at[] = {i, stress->long_stall_cycles != 0};
            tsr_cover_hit(coverage, TSR_COVER_STALLING, at);
        }
    }
    if (stress->error_response != 0 && ending->error) {
        const int32_t at[] = {(int32_t)stress->error_port, (int32_t)stress->error_response - 2};
        tsr_cover_hit(coverage, TSR_COVER_ERROR, at);
    }
    if (stress->abort_cycle != 0) {
        const int32_t at[] = {0, was_over(program, ending)};
        tsr_cover_hit(coverage, TSR_COVER_STOP, at);
    }
    if (stress->reset_cycle != 0) {
        const int32_t at[] = {1, was_over(program, ending)};
        tsr_cover_hit(coverage, TSR_COVER_STOP, at);
    }
}

/* ---- reports ----------------------------------------------------------------------------------------------------- */

static tsr_coverage_sum sum_of(const tsr_coverage *coverage, int32_t group) {
    const tsr_cover_plan *plan = &tsr_cover_plans[group];
    const int32_t size = tsr_cover_size(plan);
    tsr_coverage_sum sum = {0};
    for (int32_t i = 0; i < size; ++i) {
        const bool possible = tsr_cover_impossible(plan, i) == NULL;
        sum.planned += possible;
        sum.impossible += !possible;
        sum.covered += possible && coverage->hits[group][i] > 0;
    }
    return sum;
}

tsr_coverage_sum tsr_coverage_total(const tsr_coverage *coverage) {
    tsr_coverage_sum total = {0};
    for (int32_t g = 0; g < TSR_COVER_GROUP_COUNT; ++g) {
        const tsr_coverage_sum sum = sum_of(coverage, g);
        total.planned += sum.planned;
        total.covered += sum.covered;
        total.impossible += sum.impossible;
    }
    return total;
}

/** "burst: port descriptor, beats 16" */
static void name_bin(const tsr_cover_plan *plan, int32_t index, char text[name_bytes]) {
    int32_t at[TSR_COVER_AXES] = {0};
    tsr_cover_at(plan, index, at);
    (void)snprintf(text, name_bytes, "%s", plan->name);
    for (int32_t i = 0; plan->axes[i].name != NULL; ++i) {
        const size_t used = strlen(text);
        (void)snprintf(text + used, name_bytes - used, "%s %s %s", i == 0 ? ":" : ",",
                       plan->axes[i].name, plan->axes[i].values[at[i]]);
    }
}

void tsr_coverage_print(const tsr_coverage *coverage, FILE *file) {
    const tsr_coverage_sum total = tsr_coverage_total(coverage);
    (void)fprintf(file, "functional coverage of %" PRIu64 " runs and %" PRIu64 " under stress\n",
                  coverage->runs, coverage->stressed);
    for (int32_t g = 0; g < TSR_COVER_GROUP_COUNT; ++g) {
        const tsr_coverage_sum sum = sum_of(coverage, g);
        (void)fprintf(file, "  %-14s %4" PRIu64 "/%" PRIu64 "\n", tsr_cover_plans[g].name,
                      sum.covered, sum.planned);
    }
    (void)fprintf(file, "  %-14s %4" PRIu64 "/%" PRIu64 " bins\n", "total", total.covered,
                  total.planned);
    for (int32_t g = 0; g < TSR_COVER_GROUP_COUNT; ++g) {
        const tsr_cover_plan *plan = &tsr_cover_plans[g];
        for (int32_t i = 0; i < tsr_cover_size(plan); ++i) {
            char name[name_bytes];
            if (coverage->hits[g][i] == 0 && tsr_cover_impossible(plan, i) == NULL) {
                name_bin(plan, i, name);
                (void)fprintf(file, "hole: %s\n", name);
            }
        }
    }
}

static void write_sum(tsr_jwriter *w, const tsr_coverage_sum *sum) {
    tsr_jwrite_member_u64(w, "planned", sum->planned);
    tsr_jwrite_member_u64(w, "covered", sum->covered);
    tsr_jwrite_member_u64(w, "impossible", sum->impossible);
}

static void write_bin(const tsr_coverage *coverage, int32_t group, int32_t index, tsr_jwriter *w) {
    const tsr_cover_plan *plan = &tsr_cover_plans[group];
    int32_t at[TSR_COVER_AXES] = {0};
    tsr_cover_at(plan, index, at);
    tsr_jwrite_object_begin(w);
    for (int32_t i = 0; plan->axes[i].name != NULL; ++i) {
        tsr_jwrite_member_string(w, plan->axes[i].name, plan->axes[i].values[at[i]]);
    }
    const char *why = tsr_cover_impossible(plan, index);
    if (why != NULL) {
        tsr_jwrite_member_string(w, "impossible", why);
    } else {
        tsr_jwrite_member_u64(w, "hits", coverage->hits[group][index]);
    }
    tsr_jwrite_object_end(w);
}

static void write_group(const tsr_coverage *coverage, int32_t group, tsr_jwriter *w) {
    const tsr_cover_plan *plan = &tsr_cover_plans[group];
    const tsr_coverage_sum sum = sum_of(coverage, group);
    tsr_jwrite_object_begin(w);
    tsr_jwrite_member_string(w, "name", plan->name);
    tsr_jwrite_member_string(w, "about", plan->about);
    write_sum(w, &sum);
    tsr_jwrite_key(w, "bins");
    tsr_jwrite_array_begin(w);
    for (int32_t i = 0; i < tsr_cover_size(plan); ++i) {
        write_bin(coverage, group, i, w);
    }
    tsr_jwrite_array_end(w);
    tsr_jwrite_object_end(w);
}

static void write_all(const tsr_coverage *coverage, FILE *file) {
    tsr_jwriter w;
    const tsr_coverage_sum total = tsr_coverage_total(coverage);
    tsr_jwriter_init(&w, file, false);
    tsr_jwrite_object_begin(&w);
    tsr_jwrite_member_u64(&w, "runs", coverage->runs);
    tsr_jwrite_member_u64(&w, "runs_under_stress", coverage->stressed);
    write_sum(&w, &total);
    tsr_jwrite_key(&w, "groups");
    tsr_jwrite_array_begin(&w);
    for (int32_t g = 0; g < TSR_COVER_GROUP_COUNT; ++g) {
        write_group(coverage, g, &w);
    }
    tsr_jwrite_array_end(&w);
    tsr_jwrite_object_end(&w);
    (void)fputc('\n', file);
}

tsr_status tsr_coverage_write(const tsr_coverage *coverage, const char *path, tsr_error *err) {
    FILE *file = NULL;
    TSR_TRY(tsr_file_begin(path, &file, err));
    write_all(coverage, file);
    return tsr_file_commit(path, file, err);
}
