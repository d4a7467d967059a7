// SPDX-License-Identifier: Apache-2.0
// The functional coverage itself: bins are hit by what they say, and by nothing else.
#include <stdlib.h>

#include <tessera/coverage.h>
#include <tessera/validate.h>

#include "base/json.h"
#include "support/test.h"
#include "validate/case_family.h"
#include "validate/coverage_plan.h"

enum { seed = 5, tries_of_a_bin = 32 };

static tsr_coverage *create(void) {
    tsr_error err = {0};
    tsr_coverage *coverage = NULL;
    assert_ok(tsr_coverage_create(&coverage, &err), err);
    return coverage;
}

static uint64_t hits(const tsr_coverage *coverage, tsr_cover_group group, const int32_t *at) {
    return tsr_cover_hits(coverage, group, tsr_cover_index(&tsr_cover_plans[group], at));
}

static void every_bin_has_one_place(void **state) {
    (void)state;
    for (int32_t g = 0; g < TSR_COVER_GROUP_COUNT; ++g) {
        const tsr_cover_plan *plan = &tsr_cover_plans[g];
        assert_non_null(plan->name);
        for (int32_t i = 0; i < tsr_cover_size(plan); ++i) {
            int32_t at[TSR_COVER_AXES] = {0};
            tsr_cover_at(plan, i, at);
            assert_int_equal(tsr_cover_index(plan, at), i);
        }
    }
}

static void what_is_impossible_or_unknown_does_not_count(void **state) {
    (void)state;
    tsr_coverage *coverage = create();
    const int32_t padded_1x1[] = {0, 1, 0, 0, 0};
    const int32_t kernel_9[] = {0, 1, 4, 0, 0};
    tsr_cover_hit(coverage, TSR_COVER_CROSS, padded_1x1);
    tsr_cover_hit(coverage, TSR_COVER_CROSS, kernel_9);
    assert_int_equal(hits(coverage, TSR_COVER_CROSS, padded_1x1), 0);
    assert_int_equal(tsr_coverage_total(coverage).covered, 0);
    assert_true(tsr_coverage_total(coverage).planned > 800);
    tsr_coverage_free(coverage);
}

/** Runs the SystemC machine on a case and counts. */
static tsr_case run_case(tsr_coverage *coverage, uint64_t index) {
    tsr_error err = {0};
    tsr_case drawn = {0};
    tsr_result result = {0};
    assert_ok(tsr_case_draw(seed, index, NULL, &drawn, &err), err);
    const tsr_run_options options = {.keep_events = true};
    assert_ok(tsr_machine_run(&drawn.program, &options, NULL, &result, &err), err);
    assert_ok(tsr_coverage_add_run(coverage, &drawn.program, &drawn.schedule, &result, &err), err);
    tsr_result_free(&result);
    return drawn;
}

/** Whether a map is cut, and layers share a group, is the planner's choice: some tries of a bin are in vain. */
static void directed_cases_hit_the_bin_they_are_for(void **state) {
    (void)state;
    const tsr_cover_plan *plan = &tsr_cover_plans[TSR_COVER_CROSS];
    for (int32_t bin = 0; bin < tsr_cover_size(plan); bin += 7) {
        if (tsr_cover_impossible(plan, bin) != NULL) {
            continue;
        }
        tsr_coverage *coverage = create();
        int32_t wanted[TSR_COVER_AXES] = {0};
        tsr_cover_at(plan, bin, wanted);
        const uint64_t first = TSR_CASE_DIRECTED + (uint64_t)bin * tries_of_a_bin;
        for (uint64_t i = 0; i < tries_of_a_bin / 4 && hits(coverage, TSR_COVER_CROSS, wanted) == 0;
             ++i) {
            tsr_case drawn = run_case(coverage, first + i);
            tsr_case_free(&drawn);
        }
        assert_true(hits(coverage, TSR_COVER_CROSS, wanted) > 0);
        for (int32_t other = 0; other < tsr_cover_size(plan); ++other) {
            int32_t at[TSR_COVER_AXES] = {0};
            tsr_cover_at(plan, other, at);
            if (at[0] != wanted[0] || (at[1] != wanted[1] && at[1] != TSR_COVER_PAD_NONE)) {
                assert_int_equal(tsr_cover_hits(coverage, TSR_COVER_CROSS, other), 0);
            }
        }
        tsr_coverage_free(coverage);
    }
}

/** Number of the first try for the first bin of a group. */
static uint64_t first_case_of(tsr_cover_group group) {
    uint64_t bins = 0;
    for (int32_t i = 0; i < TSR_CASE_PASS_FAMILIES; ++i) {
        bins += (uint64_t)tsr_cover_size(&tsr_cover_plans[tsr_case_pass_families[i].group]);
    }
    for (int32_t i = 0; tsr_case_mix_families[i].group != group; ++i) {
        bins += (uint64_t)tsr_cover_size(&tsr_cover_plans[tsr_case_mix_families[i].group]);
    }
    return TSR_CASE_DIRECTED + bins * tries_of_a_bin;
}

static void cases_for_schedules_are_what_their_bins_say(void **state) {
    (void)state;
    for (int32_t f = 0; f < TSR_CASE_MIX_FAMILIES; ++f) {
        const tsr_cover_group group = tsr_case_mix_families[f].group;
        const tsr_cover_plan *plan = &tsr_cover_plans[group];
        for (int32_t bin = 0; bin < tsr_cover_size(plan); ++bin) {
            const uint64_t first = first_case_of(group) + (uint64_t)bin * tries_of_a_bin;
            tsr_coverage *coverage = create();
            for (uint64_t i = 0;
                 tsr_cover_impossible(plan, bin) == NULL && i < tries_of_a_bin / 4 &&
                 tsr_cover_hits(coverage, group, bin) == 0;
                 ++i) {
                tsr_case drawn = run_case(coverage, first + i);
                tsr_case_free(&drawn);
            }
            for (int32_t other = 0; other < tsr_cover_size(plan); ++other) {
                const bool wanted = other == bin && tsr_cover_impossible(plan, bin) == NULL;
                assert_true((tsr_cover_hits(coverage, group, other) > 0) == wanted);
            }
            tsr_coverage_free(coverage);
        }
    }
}

static void every_burst_of_the_program_is_counted_once(void **state) {
    (void)state;
    tsr_coverage *coverage = create();
    tsr_case drawn = run_case(coverage, 1);
    uint64_t bursts = 0;
    for (int32_t i = 0; i < drawn.program.desc_count; ++i) {
        uint64_t of_one = 0;
        const tsr_desc desc = tsr_program_desc(&drawn.program, i);
        (void)tsr_desc_beats(&drawn.program, &desc, &of_one);
        bursts += of_one;
    }
    uint64_t counted = 0;
    for (int32_t port = 0; port < TSR_PORT_COUNT; ++port) {
        for (int32_t kind = 0; port != TSR_PORT_DESCRIPTOR && kind < 4; ++kind) {
            const int32_t at[] = {port, kind};
            counted += hits(coverage, TSR_COVER_BURST, at);
        }
    }
    assert_int_equal(counted, bursts);
    tsr_case_free(&drawn);
    tsr_coverage_free(coverage);
}

/** `count` load_feature descriptors, one dispatched a cycle, none started until all are; then all start. */
static tsr_coverage *coverage_of_queue(int32_t count) {
    tsr_error err = {0};
    tsr_event events[32];
    tsr_counters layer = {0};
    tsr_program program = {.layer_count = 1};
    assert_ok(tsr_case_shape("m8n4p2", &program.arch, &err), err);
    const tsr_schedule schedule = {.mode = TSR_SCHEDULE_LAYERWISE};
    tsr_result result = {.layer_count = 1, .layers = &layer, .events = events};
    for (int32_t i = 0; i < count; ++i) {
        events[result.event_count++] =
            (tsr_event){(uint64_t)i, (uint32_t)i, TSR_ENGINE_LOAD_FEATURE, TSR_EVENT_DISPATCH};
    }
    for (int32_t i = 0; i < count; ++i) {
        events[result.event_count++] =
            (tsr_event){(uint64_t)(100 + i), (uint32_t)i, TSR_ENGINE_LOAD_FEATURE, TSR_EVENT_START};
    }
    for (int32_t i = 0; i <= count; ++i) {  // the last one is dispatched too late for this run
        const tsr_desc load = {.header = {.opcode = TSR_OP_LOAD_FEATURE}};
        assert_ok(tsr_program_append(&program, &load, NULL, &err), err);
    }
    const tsr_desc end = {.header = {.opcode = TSR_OP_END}};
    assert_ok(tsr_program_append(&program, &end, NULL, &err), err);
    tsr_coverage *coverage = create();
    assert_ok(tsr_coverage_add_run(coverage, &program, &schedule, &result, &err), err);
    tsr_program_free(&program);
    return coverage;
}

static void a_command_fifo_is_full_at_its_depth_and_not_before(void **state) {
    (void)state;
    const int32_t full[] = {TSR_ENGINE_LOAD_FEATURE, TSR_COVER_FULL};
    const int32_t empty[] = {TSR_ENGINE_LOAD_FEATURE, TSR_COVER_EMPTY};
    for (int32_t less = 0; less < 2; ++less) {
        tsr_coverage *coverage = coverage_of_queue(TSR_UARCH_COMMAND_FIFO_DEPTH - less);
        assert_int_equal(hits(coverage, TSR_COVER_FIFO, full), less == 0 ? 1 : 0);
        assert_int_equal(hits(coverage, TSR_COVER_FIFO, empty), 1);
        tsr_coverage_free(coverage);
    }
}

static void stress_counts_only_what_came_to_pass(void **state) {
    (void)state;
    tsr_coverage *coverage = create();
    tsr_case drawn = run_case(coverage, 2);
    const int32_t error[] = {TSR_PORT_STORE, 1};
    const int32_t aborted[] = {0, 0};
    const int32_t too_late[] = {0, 1};
    const tsr_rtl_stress decerr = {.error_response = 3, .error_port = TSR_PORT_STORE};
    tsr_coverage_add_stress(coverage, &drawn.program, &decerr, &(tsr_rtl_ending){.done = true});
    assert_int_equal(hits(coverage, TSR_COVER_ERROR, error), 0);
    tsr_coverage_add_stress(coverage, &drawn.program, &decerr, &(tsr_rtl_ending){.error = true});
    assert_int_equal(hits(coverage, TSR_COVER_ERROR, error), 1);
    const tsr_rtl_stress abort = {.abort_cycle = 7};
    tsr_coverage_add_stress(coverage, &drawn.program, &abort, &(tsr_rtl_ending){.aborted = true});
    assert_int_equal(hits(coverage, TSR_COVER_STOP, aborted), 1);
    assert_int_equal(hits(coverage, TSR_COVER_STOP, too_late), 0);
    tsr_case_free(&drawn);
    tsr_coverage_free(coverage);
}

static void the_file_holds_every_bin_with_its_hits_or_why_it_cannot_be(void **state) {
    (void)state;
    tsr_error err = {0};
    char path[] = "/tmp/tessera_coverage_XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    tsr_coverage *coverage = create();
    tsr_case drawn = run_case(coverage, 3);
    assert_ok(tsr_coverage_write(coverage, path, &err), err);
    tsr_json *document = NULL;
    assert_ok(tsr_json_load(path, &document, &err), err);
    const tsr_jnode root = tsr_json_root(document);
    const tsr_jnode groups = tsr_jnode_get(&root, "groups");
    assert_int_equal(tsr_jnode_count(&groups), TSR_COVER_GROUP_COUNT);
    uint64_t covered = 0;
    uint64_t holes = 0;
    uint64_t impossible = 0;
    tsr_jnode group = tsr_jnode_first(&groups);
    for (int32_t g = 0; g < TSR_COVER_GROUP_COUNT; ++g) {
        const tsr_jnode bins = tsr_jnode_get(&group, "bins");
        tsr_jnode bin = tsr_jnode_first(&bins);
        for (int32_t i = 0; i < tsr_jnode_count(&bins); ++i) {
            int64_t count = -1;
            assert_ok(tsr_jnode_int(&bin, "hits", false, 0, INT64_MAX, &count, &err), err);
            covered += count > 0;
            holes += count == 0;
            impossible += count < 0;
            bin = tsr_jnode_next(&bins, &bin, i + 1);
        }
        group = tsr_jnode_next(&groups, &group, g + 1);
    }
    const tsr_coverage_sum sum = tsr_coverage_total(coverage);
    assert_int_equal(sum.covered, covered);
    assert_int_equal(sum.planned, covered + holes);
    assert_int_equal(sum.impossible, impossible);
    tsr_json_free(document);
    tsr_case_free(&drawn);
    tsr_coverage_free(coverage);
    (void)remove(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bin_has_one_place),
        cmocka_unit_test(what_is_impossible_or_unknown_does_not_count),
        cmocka_unit_test(directed_cases_hit_the_bin_they_are_for),
        cmocka_unit_test(cases_for_schedules_are_what_their_bins_say),
        cmocka_unit_test(every_burst_of_the_program_is_counted_once),
        cmocka_unit_test(a_command_fifo_is_full_at_its_depth_and_not_before),
        cmocka_unit_test(stress_counts_only_what_came_to_pass),
        cmocka_unit_test(the_file_holds_every_bin_with_its_hits_or_why_it_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
