// SPDX-License-Identifier: Apache-2.0
// The comparison itself: equal executors are equal, and every seeded difference is found and named.
// usage: test_validate_self [cases [seed]]
#include <stdlib.h>

#include <tessera/validate.h>

#include "support/test.h"

static uint64_t case_count = 60;
static uint64_t first_seed = 7;
static uint64_t running;

/** What the spoiled machine gets wrong. */
typedef enum spoil {
    SPOIL_NOTHING,
    SPOIL_CYCLE,
    SPOIL_MISSING_EVENT,
    SPOIL_EXTRA_EVENT,
    SPOIL_BYTE,
    SPOIL_COUNTER,
    SPOIL_DRAM,
    SPOIL_OCCUPANCY,
    SPOIL_WORD,
} spoil;

static tsr_status spoiled_run(void *user, const tsr_program *program,
                              const tsr_run_options *options, uint8_t *memory, tsr_result *result,
                              tsr_side_report *report, tsr_error *err) {
    const tsr_status status = tsr_machine_run(program, options, memory, result, err);
    if (status != TSR_OK) {
        return status;
    }
    const int64_t middle = result->event_count / 2;
    switch (*(const spoil *)user) {
        case SPOIL_NOTHING:
            break;
        case SPOIL_CYCLE:
            ++result->events[result->event_count - 1].cycle;
            break;
        case SPOIL_MISSING_EVENT:
            memmove(&result->events[middle], &result->events[middle + 1],
                    (size_t)(result->event_count - middle - 1) * sizeof *result->events);
            --result->event_count;
            break;
        case SPOIL_EXTRA_EVENT:  // an event twice, in the place of the one after it
            result->events[middle + 1] = result->events[middle];
            break;
        case SPOIL_BYTE:
            memory[program->memory_bytes - 1] ^= 1;
            break;
        case SPOIL_COUNTER:
            ++result->layers[1].cycles_by_cause[TSR_CAUSE_SYNC];
            break;
        case SPOIL_DRAM:
            ++result->dram.read_latency_cycles;
            break;
        case SPOIL_OCCUPANCY:
            ++result->occupancy[result->occupancy_count / 2].bytes;
            break;
        case SPOIL_WORD:
            report->words[1] = (tsr_word_check){.compared = 5, .differing = 1};
            (void)snprintf(report->first_word, sizeof report->first_word, "line 3");
            break;
    }
    return TSR_OK;
}

static tsr_validation validate(const tsr_case *drawn, spoil what) {
    tsr_error err = {0};
    tsr_validation v = {0};
    const tsr_side sides[2] = {tsr_side_machine(), {"spoiled", spoiled_run, &what}};
    assert_ok(tsr_validate_program(drawn->text, &drawn->program, drawn->memory, &drawn->expected,
                                   sides, NULL, &v, &err),
              err);
    return v;
}

static tsr_case draw(uint64_t seed, uint64_t index) {
    tsr_error err = {0};
    tsr_case drawn = {0};
    assert_ok(tsr_case_draw(seed, index, NULL, &drawn, &err), err);
    return drawn;
}

static void random_cases_are_legal_and_the_machine_equals_itself(void **state) {
    (void)state;
    print_message("seed %llu, cases 0 to %llu\n", (unsigned long long)first_seed,
                  (unsigned long long)(case_count - 1));
    for (uint64_t i = 0; i < case_count; ++i) {
        running = i;
        tsr_error err = {0};
        tsr_case drawn = draw(first_seed, i);
        assert_ok(tsr_program_check(&drawn.program, &err), err);
        tsr_validation v = validate(&drawn, SPOIL_NOTHING);
        assert_int_equal(v.differences, 0);
        assert_int_equal(v.cycles[0], v.cycles[1]);
        assert_true(v.total.events[0] > 0 && v.total.values > 0 && v.outputs.bytes > 0);
        tsr_validation_free(&v);
        tsr_case_free(&drawn);
    }
}

static int say_case(void **state) {
    (void)state;
    tsr_case drawn = draw(first_seed, running);
    print_message("last: seed %llu case %llu: %s\n", (unsigned long long)first_seed,
                  (unsigned long long)running, drawn.text);
    tsr_case_free(&drawn);
    return 0;
}

static void a_case_is_the_same_whatever_was_drawn_before(void **state) {
    (void)state;
    tsr_case before = draw(first_seed, 3);
    tsr_case again = draw(first_seed, 3);
    tsr_case other = draw(first_seed, 4);
    assert_string_equal(before.text, again.text);
    assert_string_not_equal(before.text, other.text);
    assert_int_equal(before.program.memory_bytes, again.program.memory_bytes);
    assert_memory_equal(before.memory, again.memory, (size_t)before.program.memory_bytes);
    tsr_case_free(&before);
    tsr_case_free(&again);
    tsr_case_free(&other);
}

static void a_shape_that_is_not_there_is_refused_with_those_that_are(void **state) {
    (void)state;
    static const char *const wanted[] = {"m8n4p3"};
    const tsr_case_options options = {.shape_count = 1, .shapes = wanted};
    tsr_error err = {0};
    tsr_case drawn = {0};
    assert_int_equal(tsr_case_draw(1, 0, &options, &drawn, &err), TSR_ERR_USAGE);
    assert_non_null(strstr(err.message, "m8n4p2"));
}

static void every_seeded_difference_is_found_and_named(void **state) {
    (void)state;
    tsr_case drawn = draw(first_seed, 0);
    for (spoil what = SPOIL_CYCLE; what <= SPOIL_WORD; ++what) {
        tsr_validation v = validate(&drawn, what);
        assert_true(v.differences > 0);
        const bool in_events =
            what == SPOIL_CYCLE || what == SPOIL_MISSING_EVENT || what == SPOIL_EXTRA_EVENT;
        assert_int_equal(v.total.events_differing > 0, in_events);
        assert_int_equal(v.first_counter[0] != '\0', what == SPOIL_COUNTER);
        assert_int_equal(v.layers[1].counters_differing, what == SPOIL_COUNTER ? 1 : 0);
        assert_int_equal(v.dram_differing, what == SPOIL_DRAM ? 1 : 0);
        assert_int_equal(v.occupancy_differing, what == SPOIL_OCCUPANCY ? 1 : 0);
        assert_int_equal(v.memory_differing[1], what == SPOIL_BYTE ? 1 : 0);
        assert_int_equal(v.memory_differing[0], 0);
        assert_int_equal(v.layers[1].words.differing, what == SPOIL_WORD ? 1 : 0);
        tsr_validation_free(&v);
    }
    tsr_case_free(&drawn);
}

static void the_first_differing_event_of_a_unit_comes_with_what_is_around_it(void **state) {
    (void)state;
    tsr_case drawn = draw(first_seed, 0);
    tsr_validation v = validate(&drawn, SPOIL_CYCLE);
    // the last event is done, of the fetch unit, and its only one
    for (int32_t unit = 0; unit < TSR_VALIDATE_UNITS; ++unit) {
        const tsr_unit_difference *d = &v.units[unit];
        assert_int_equal(d->first, unit == TSR_ENGINE_COUNT ? 0 : -1);
    }
    const tsr_unit_difference *fetch = &v.units[TSR_ENGINE_COUNT];
    assert_int_equal(fetch->context[0], 1);
    assert_int_equal(fetch->around[0][0].cycle + 1, fetch->around[1][0].cycle);
    tsr_validation_free(&v);
    tsr_case_free(&drawn);
}

static void the_report_says_it_all_in_both_forms(void **state) {
    (void)state;
    tsr_case drawn = draw(first_seed, 0);
    for (int32_t json = 0; json < 2; ++json) {
        tsr_error err = {0};
        tsr_validation v = validate(&drawn, SPOIL_CYCLE);
        char *text = NULL;
        size_t bytes = 0;
        FILE *file = open_memstream(&text, &bytes);
        assert_non_null(file);
        assert_ok(json != 0 ? tsr_validation_print_json(&v, true, file, &err)
                            : tsr_validation_print(&v, file, &err),
                  err);
        assert_int_equal(fclose(file), 0);
        assert_non_null(strstr(text, json != 0 ? "\"differences\":2" : "2 differences"));
        assert_non_null(strstr(text, "done"));
        assert_non_null(strstr(text, drawn.program.layer_names[1]));
        free(text);
        tsr_validation_free(&v);
    }
    tsr_case_free(&drawn);
}

int main(int argc, char **argv) {
    case_count = argc > 1 ? strtoull(argv[1], NULL, 10) : case_count;
    first_seed = argc > 2 ? strtoull(argv[2], NULL, 10) : first_seed;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(random_cases_are_legal_and_the_machine_equals_itself, say_case),
        cmocka_unit_test(a_case_is_the_same_whatever_was_drawn_before),
        cmocka_unit_test(a_shape_that_is_not_there_is_refused_with_those_that_are),
        cmocka_unit_test(every_seeded_difference_is_found_and_named),
        cmocka_unit_test(the_first_differing_event_of_a_unit_comes_with_what_is_around_it),
        cmocka_unit_test(the_report_says_it_all_in_both_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
