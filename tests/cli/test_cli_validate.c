// SPDX-License-Identifier: Apache-2.0
// The RTL as a user meets it: tessera validate and --engine rtl.
#include "base/json.h"
#include "cli/tessera_call.h"

#define CACHE " --rtl-cache " TSR_RTL_CACHE

enum { skipped = 77 };

static tsr_json *document(const char *text) {
    tsr_error err = {0};
    tsr_json *parsed = NULL;
    assert_ok(tsr_json_parse(text, "output", &parsed, &err), err);
    return parsed;
}

static int64_t number(const tsr_jnode *object, const char *key) {
    tsr_error err = {0};
    int64_t value = 0;
    assert_ok(tsr_jnode_int(object, key, true, 0, INT64_MAX, &value, &err), err);
    return value;
}

static void a_run_is_validated_and_its_report_written(void **state) {
    (void)state;
    expect("validate tiny --out out" CACHE, 0, NULL);
    must_say("validate", call_out, "cycles systemc");
    must_say("validate", call_out, "output bytes of the reference compared");
    must_say("validate", call_out, "equal, 0 differences");
    char *text = temp_read("out/tiny/validation.md");
    must_say("validation.md", text, "equal, 0 differences");
    tsr_free(text);
    text = temp_read("out/tiny/validation.json");
    tsr_json *parsed = document(text);
    const tsr_jnode root = tsr_json_root(parsed);
    assert_int_equal(number(&root, "differences"), 0);
    assert_true(number(&root, "registers_compared") > 0);
    assert_true(number(&root, "output_bytes_compared_with_reference") > 0);
    assert_int_equal(number(&root, "output_bytes_differing_from_reference"), 0);
    tsr_json_free(parsed);
    tsr_free(text);
}

static void random_cases_print_a_line_each_and_replay_alone(void **state) {
    (void)state;
    expect("validate --seed 3 --cases 4 --shapes m8n4p2 --out out" CACHE, 0, NULL);
    must_say("validate", call_out, "seed 3 case 3: equal | m8n4p2");
    must_say("validate", call_out, "4 cases, 0 differ");
    must_say("validate", call_out, "output bytes of the reference\n");
    const char *line = strstr(call_out, "seed 3 case 3:");
    char wanted[400] = {0};
    memcpy(wanted, line,
           strcspn(line, "\n") < sizeof wanted ? strcspn(line, "\n") : sizeof wanted - 1);
    expect("validate --seed 3 --case 3 --cases 1 --shapes m8n4p2" CACHE, 0, NULL);
    must_say("replay", call_out, wanted);
    assert_true(temp_exists("out/random_3/validation.md"));
    assert_true(temp_exists("out/random_3/validation.json"));
}

static void random_cases_as_json(void **state) {
    (void)state;
    expect("validate --seed 3 --cases 2 --shapes m8n4p2 --json" CACHE, 0, NULL);
    tsr_json *parsed = document(call_out);
    const tsr_jnode root = tsr_json_root(parsed);
    const tsr_jnode cases = tsr_jnode_get(&root, "cases");
    assert_int_equal(tsr_jnode_count(&cases), 2);
    assert_int_equal(number(&root, "cases_run"), 2);
    assert_int_equal(number(&root, "cases_differing"), 0);
    assert_true(number(&root, "output_bytes_compared_with_reference") > 0);
    tsr_json_free(parsed);
}

/** The engine's figures are those of the machine, and they are called exact. */
static void a_run_on_the_rtl_gives_the_cycles_of_the_machine(void **state) {
    (void)state;
    int64_t cycles[2];
    static const char *const calls[] = {"run tiny --values on --json --engine systemc",
                                        "run tiny --values on --json --engine rtl" CACHE};
    for (size_t i = 0; i < 2; ++i) {
        expect(calls[i], 0, NULL);
        tsr_json *parsed = document(call_out);
        const tsr_jnode root = tsr_json_root(parsed);
        cycles[i] = number(&root, "cycles");
        tsr_json_free(parsed);
        must_say("run", call_out, i == 0 ? "\"cycles\": \"modelled\"" : "\"cycles\": \"exact\"");
    }
    assert_int_equal(cycles[0], cycles[1]);
    expect("run tiny --engine rtl --quiet" CACHE, 0, NULL);
}

static void a_waveform_of_a_window_is_written(void **state) {
    (void)state;
    expect("validate tiny --quiet --fst tiny.fst --fst-from 100 --fst-to 300 --rtl-cache traced", 0,
           NULL);
    assert_true(temp_exists("tiny.fst"));
}

static void without_verilator_the_refusal_says_what_to_install(void **state) {
    (void)state;
    (void)setenv("PATH", "/nowhere", 1);
    char command[2048];
    (void)snprintf(command, sizeof command,
                   "'%s' validate tiny --rtl-cache %s/none 2>%s/stderr.txt", TSR_TESSERA, temp_root,
                   temp_root);
    const int ended = system(command);
    char *text = temp_read("stderr.txt");
    must_say("validate", text, "apt-get install verilator");
    assert_int_equal(WEXITSTATUS(ended), 3);
    tsr_free(text);
}

int main(void) {
#ifndef TSR_HAVE_VERILATOR
    (void)puts("SKIPPED: verilator is not installed");
    return skipped;
#else
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_validated_and_its_report_written),
        cmocka_unit_test(random_cases_print_a_line_each_and_replay_alone),
        cmocka_unit_test(random_cases_as_json),
        cmocka_unit_test(a_run_on_the_rtl_gives_the_cycles_of_the_machine),
        cmocka_unit_test(a_waveform_of_a_window_is_written),
        cmocka_unit_test(
            without_verilator_the_refusal_says_what_to_install),  // last: it takes the path away
    };
    return call_main(tests, sizeof tests / sizeof tests[0]);
#endif
}
