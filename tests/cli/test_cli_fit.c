// SPDX-License-Identifier: Apache-2.0
// Does `tessera fit` say what a machine takes, and stop with 4 when it is too much? Do run and compare show the same?
#include "base/json.h"
#include "cli/tessera_call.h"

static void fit_shows_every_machine_and_whose_figures_they_are(void **state) {
    (void)state;
    expect("fit --arch zc706 --arch z7020", 0, NULL);
    must_say("fit", call_out, "not Vivado's");
    must_say("fit", call_out, "| zc706");
    must_say("fit", call_out, "| z7020");
    must_say("fit", call_out, "of 218600");  // hardware.md 3.4
    must_say("fit", call_out, "of 53200");
    expect("fit", 0, NULL);
    must_say("fit", call_out, "| zc706");
    expect("fit --format csv", 0, NULL);
    must_say("fit", call_out, "zc706,xc7z045,");
}

static void a_machine_that_does_not_fit_is_exit_code_4_with_the_resource(void **state) {
    (void)state;
    expect("fit --arch zc706 --device XC7Z020", 4, "DSP of 220");
    must_say("fit", call_out, "no: ");
    expect("fit --arch zc706 --device xc7z020 --json", 4, "BRAM36 of 140");
    expect("fit --arch zc706 --device u50", 0, NULL);
}

static void fit_refuses_what_it_does_not_know(void **state) {
    (void)state;
    expect("fit --device xc7z021", 2, "nearest: xc7z02");
    expect("fit --arch tiny", 3, "not in the table of devices");
    expect("fit --arch nowhere/arch.json", 5, "nowhere/arch.json");
    expect("fit zc706", 2, "too many");
}

static double number_at(const tsr_jnode *node, const char *key) {
    double value = -1.0;
    tsr_error err = {0};
    assert_ok(tsr_jnode_double(node, key, true, 0.0, 1e12, &value, &err), err);
    return value;
}

static void run_and_fit_say_the_same(void **state) {
    (void)state;
    static const char *const keys[] = {
        "lut_needed",    "lut_available", "ff_needed",        "ff_available", "dsp_needed",
        "dsp_available", "bram36_needed", "bram36_available", "ramb36",       "ramb18"};
    double values[sizeof keys / sizeof keys[0]];
    tsr_error err = {0};
    tsr_json *document = NULL;
    expect("fit --arch z7020 --json", 0, NULL);
    assert_ok(tsr_json_parse(call_out, "stdout", &document, &err), err);
    tsr_jnode node = tsr_json_root(document);
    node = tsr_jnode_first(&node);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; ++i) {
        values[i] = number_at(&node, keys[i]);
        assert_true(values[i] > 0.0 ||
                    strncmp(keys[i], "ramb", 4) == 0);  // of one kind there may be none
    }
    tsr_json_free(document);
    expect("run tiny --arch z7020 --json", 0, NULL);
    assert_ok(tsr_json_parse(call_out, "stdout", &document, &err), err);
    node = tsr_json_root(document);
    node = tsr_jnode_get(&node, "fit");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; ++i) {
        assert_true(number_at(&node, keys[i]) == values[i]);
    }
    tsr_json_free(document);
    expect("compare tiny --arch z7020", 0, NULL);
    must_say("compare", call_out, "/53.2 ");
    must_say("compare", call_out, "not Vivado's");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fit_shows_every_machine_and_whose_figures_they_are),
        cmocka_unit_test(a_machine_that_does_not_fit_is_exit_code_4_with_the_resource),
        cmocka_unit_test(fit_refuses_what_it_does_not_know),
        cmocka_unit_test(run_and_fit_say_the_same),
    };
    return call_main(tests, sizeof tests / sizeof tests[0]);
}
