// SPDX-License-Identifier: Apache-2.0
// Modules of network files: what is written out where, and what is refused.
#include <tessera/network.h>

#include "base/alloc.h"
#include "support/test.h"

/** A file around modules and layers. */
static const char *with(const char *modules, const char *layers) {
    static char text[4096];
    (void)snprintf(
        text, sizeof text,
        "{\"name\": \"net\", \"input\": {\"channels\": 4, \"height\": 8, \"width\": 8},\n"
        " \"modules\": %s, \"layers\": [%s]}",
        modules, layers);
    return text;
}

#define BLOCK                                                                               \
    "{\"block\": {\"about\": \"x\", \"parameters\": [\"channels\", \"window\", \"side\"], " \
    "\"layers\": ["                                                                         \
    "{\"name\": \"$name.conv\", \"type\": \"conv\", \"out_channels\": \"$channels\", "      \
    "\"kernel\": \"$window\", \"padding\": \"same\"},"                                      \
    "{\"name\": \"relu_$name\", \"type\": \"relu\"},"                                       \
    "{\"name\": \"$name.join\", \"type\": \"concat\", "                                     \
    "\"inputs\": [\"relu_$name\", \"$input\", \"$side\"]}]}}"

#define USE "{\"module\": \"block\", \"name\": \"a\", \"channels\": 3, \"window\": [1, 5]"

static void a_use_becomes_the_layers_of_its_module(void **state) {
    (void)state;
    tsr_network net = {0};
    tsr_error err = {0};
    const char *text =
        with(BLOCK, "{\"name\": \"first\", \"type\": \"relu\"}," USE ", \"side\": \"input\"}");
    assert_ok(tsr_network_parse(text, "f", 0, 0, &net, &err), err);
    assert_int_equal(net.layer_count, 5);
    assert_string_equal(net.layers[2].name, "a.conv");
    assert_string_equal(net.layers[3].name, "relu_a");
    assert_string_equal(net.layers[4].name, "a.join");
    assert_true(net.layers[2].out_channels == 3 && net.layers[2].inputs[0] == 1);
    assert_true(net.layers[2].kernel_h == 1 && net.layers[2].kernel_w == 5);
    assert_true(net.layers[2].pad_left == 2 && net.layers[2].pad_top == 0);
    assert_int_equal(net.layers[4].inputs[0], 3);
    assert_int_equal(net.layers[4].inputs[1], 1);  // $input: the layer before the use
    assert_int_equal(net.layers[4].inputs[2], 0);  // "side"
    assert_int_equal(net.layers[4].out.c, 3 + 4 + 4);
    tsr_network_free(&net);
}

static void a_run_of_numbers_is_a_chain_of_uses(void **state) {
    (void)state;
    tsr_network net = {0};
    tsr_error err = {0};
    const char *text =
        with(BLOCK,
             "{\"name\": \"r\", \"type\": \"relu\"}, {\"name\": \"s\", \"type\": \"relu\"},"
             "{\"module\": \"block\", \"name\": \"b$number.x\", \"from\": 9, \"to\": 11, "
             "\"inputs\": [\"r\"], \"channels\": 2, \"window\": 3, \"side\": \"s\"}");
    assert_ok(tsr_network_parse(text, "f", 0, 0, &net, &err), err);
    assert_int_equal(net.layer_count, 3 + 3 * 3);
    assert_string_equal(net.layers[3].name, "b9.x.conv");
    assert_string_equal(net.layers[11].name, "b11.x.join");
    assert_int_equal(net.layers[3].inputs[0], 1);  // "inputs" is of the first of them
    assert_int_equal(net.layers[5].inputs[1], 1);
    assert_int_equal(net.layers[6].inputs[0], 5);  // the others read the one before
    assert_int_equal(net.layers[8].inputs[1], 5);
    assert_int_equal(net.layers[8].inputs[2], 2);
    tsr_network_free(&net);
}

static void what_is_wrong_in_modules_is_refused_with_its_place(void **state) {
    (void)state;

    static const struct {
        const char *modules, *layers, *where, *says;
    } cases[] = {
        {"3", USE "}", "f: /modules", "must be an object"},
        {"{}", USE ", \"side\": \"input\"}", "f: /layers/0/module", "'block' is not among the 0"},
        {BLOCK, USE "}", "f: /layers/0", "the module's parameter 'side' is missing"},
        {BLOCK, USE ", \"side\": \"input\", \"strid\": 1}", "f: /layers/0/strid", "unknown key"},
        {BLOCK, USE ", \"side\": \"nobody\"}", "f: /modules/block/layers/2/inputs/2", "'nobody'"},
        {BLOCK, USE ", \"side\": 7}", "f: /layers/0/side", "string"},
        {BLOCK, USE ", \"side\": \"input\", \"from\": 1, \"to\": 2}", "f: /layers/0/name",
         "go together"},
        {BLOCK, USE ", \"side\": \"input\", \"from\": 1}", "f: /layers/0", "'to' is missing"},
        {BLOCK,
         "{\"module\": \"block\", \"name\": \"a$number\", \"channels\": 3, \"window\": 1, "
         "\"side\": \"input\"}",
         "f: /layers/0/name", "go together"},
        {BLOCK,
         "{\"module\": \"block\", \"name\": \"a$number\", \"from\": 2, \"to\": 1, \"channels\": 3, "
         "\"window\": 1, \"side\": \"input\"}",
         "f: /layers/0/to", "found 1, must be an integer 2..9999"},
        {BLOCK,
         "{\"module\": \"block\", \"name\": \"a$number\", \"from\": 0, \"to\": 9999, "
         "\"channels\": 3, \"window\": 1, \"side\": \"input\"}",
         "f: /layers/0", "30000 layers up to here, at most 4096"},
        {BLOCK,
         "{\"module\": \"block\", \"name\": \"a\", \"channels\": 0, \"window\": 1, \"side\": "
         "\"input\"}",
         "f: /layers/0/channels", "found 0"},
        {BLOCK, USE ", \"side\": \"input\", \"inputs\": [\"input\", \"input\"]}",
         "f: /layers/0/inputs", "one input"},
        {BLOCK, USE ", \"side\": \"input\"}, {\"name\": \"$name\", \"type\": \"relu\"}",
         "f: /layers/1/name", "letters"},
        {BLOCK, "{\"name\": \"r\", \"type\": \"relu\"}", "f: /modules/block",
         "no entry of the layers uses this module"},
        {"{\"block\": {\"layers\": []}}", "{\"module\": \"block\", \"name\": \"a\"}",
         "f: /modules/block/layers", "list of layers"},
        {"{\"block\": {}}", "{\"module\": \"block\", \"name\": \"a\"}", "f: /modules/block/layers",
         "list of layers"},
        {"{\"block\": {\"parameters\": [\"name\"], \"layers\": [{}]}}",
         "{\"module\": \"block\", \"name\": \"a\"}", "f: /modules/block/parameters/0", "'name'"},
        {"{\"block\": {\"parameters\": [\"A\"], \"layers\": [{}]}}",
         "{\"module\": \"block\", \"name\": \"a\"}", "f: /modules/block/parameters/0", "'A'"},
        {"{\"block\": {\"parameters\": 1, \"layers\": [{}]}}",
         "{\"module\": \"block\", \"name\": \"a\"}", "f: /modules/block/parameters", "list"},
        {"{\"block\": {\"layer\": 1}}", "{\"module\": \"block\", \"name\": \"a\"}",
         "f: /modules/block/layer", "nearest: 'layers'"},
        {"{\"block\": {\"layers\": [{\"module\": \"block\", \"name\": \"b\"}]}}",
         "{\"module\": \"block\", \"name\": \"a\"}", "f: /modules/block/layers/0",
         "a module cannot use modules"},
        {"{\"block\": {\"layers\": [{\"name\": \"x\", \"type\": \"conv\", \"out_channels\": "
         "\"$depth\", \"kernel\": 1}]}}",
         "{\"module\": \"block\", \"name\": \"a\"}", "f: /layers/0", "'depth' is missing"},
        {"{\"block\": {\"layers\": [{\"name\": \"x\", \"type\": \"relu\"}]}}",
         "{\"module\": \"block\", \"name\": \"a\"}, {\"module\": \"block\", \"name\": \"b\"}",
         "f: /modules/block/layers/0/name", "'x' is the name of an earlier layer"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        tsr_network net = {0};
        tsr_error err = {0};
        const tsr_status status =
            tsr_network_parse(with(cases[i].modules, cases[i].layers), "f", 0, 0, &net, &err);
        if (status != TSR_ERR_CONFIG || strcmp(err.where, cases[i].where) != 0 ||
            strstr(err.message, cases[i].says) == NULL) {
            fail_msg("case %zu: %s (%s): %s", i, tsr_status_name(status), err.where, err.message);
        }
        assert_null(net.layers);
    }
}

static void names_that_grow_too_long_are_refused(void **state) {
    (void)state;
    tsr_network net = {0};
    tsr_error err = {0};
    const char *text =
        with("{\"m\": {\"layers\": [{\"name\": \"$name$name$name$name\", \"type\": \"relu\"}]}}",
             "{\"module\": \"m\", \"name\": \"abcdefghijklmnopqrstuvwxyz0123456789\"}");
    assert_int_equal(tsr_network_parse(text, "f", 0, 0, &net, &err), TSR_ERR_CONFIG);
    assert_string_equal(err.where, "f: /modules/m/layers/0/name");
    text = with("{\"m\": {\"layers\": [{\"name\": \"$name$name\", \"type\": \"relu\"}]}}",
                "{\"module\": \"m\", \"name\": \"abcdefghijklmnopqrstuvwxyz0123456789\"}");
    assert_int_equal(tsr_network_parse(text, "f", 0, 0, &net, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "must be 1..63"));
}

static void every_failing_allocation_is_survived(void **state) {
    (void)state;
    tsr_status status = TSR_ERR_NO_MEMORY;
    for (uint64_t k = 1; status == TSR_ERR_NO_MEMORY; ++k) {
        tsr_network net = {0};
        tsr_error err = {0};
        tsr_alloc_fail_at(k);
        status = tsr_network_load("cifar10_resnet8", 0, 0, &net, &err);
        tsr_alloc_fail_at(0);
        assert_true(status == TSR_OK || (status == TSR_ERR_NO_MEMORY && net.layers == NULL));
        tsr_network_free(&net);
    }
    assert_int_equal(status, TSR_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_use_becomes_the_layers_of_its_module),
        cmocka_unit_test(a_run_of_numbers_is_a_chain_of_uses),
        cmocka_unit_test(what_is_wrong_in_modules_is_refused_with_its_place),
        cmocka_unit_test(names_that_grow_too_long_are_refused),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
