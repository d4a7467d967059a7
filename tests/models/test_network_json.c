// SPDX-License-Identifier: Apache-2.0
// Network files: what every key does, defaults, size overrides, refusals with their place.
#include <stdlib.h>

#include <tessera/network.h>

#include "base/alloc.h"
#include "base/json.h"
#include "support/scratch.h"

/** A network file around a list of layers. */
static const char *with_layers(const char *layers) {
    static char text[4096];
    (void)snprintf(
        text, sizeof text,
        "{\"name\": \"net\", \"input\": {\"channels\": 4, \"height\": 8, \"width\": 10},\n"
        " \"layers\": [%s]}",
        layers);
    return text;
}

static tsr_network parse(const char *text) {
    tsr_network network = {0};
    tsr_error err = {0};
    assert_ok(tsr_network_parse(text, "net.json", 0, 0, &network, &err), err);
    return network;
}

static void expect_refusal(const char *text, tsr_status status, const char *where,
                           const char *says) {
    tsr_network network = {.batch = 77};
    tsr_error err = {0};
    assert_int_equal(tsr_network_parse(text, "net.json", 0, 0, &network, &err), status);
    assert_int_equal(network.batch, 77);
    assert_string_equal(err.where, where);
    if (strstr(err.message, says) == NULL) {
        fail_msg("\"%s\" says nothing of \"%s\"", err.message, says);
    }
}

static void a_conv_reads_every_key(void **state) {
    (void)state;
    tsr_network net = parse(with_layers(
        "{\"name\": \"a\", \"about\": \"x\", \"type\": \"conv\", \"out_channels\": 6, \"kernel\": "
        "[3, 5], "
        "\"stride\": [2, 1], \"dilation\": [1, 2], \"groups\": 2, \"padding\": [1, 2, 3, 4], "
        "\"bias\": false, \"blocked\": false}"));
    const tsr_layer *l = &net.layers[1];
    assert_int_equal(net.layer_count, 2);
    assert_int_equal(net.batch, 1);
    assert_string_equal(net.layers[0].name, "input");
    assert_string_equal(l->name, "a");
    assert_int_equal(l->kind, TSR_LAYER_CONV);
    assert_int_equal(l->out_channels, 6);
    assert_true(l->kernel_h == 3 && l->kernel_w == 5);
    assert_true(l->stride_h == 2 && l->stride_w == 1);
    assert_true(l->dilation_h == 1 && l->dilation_w == 2);
    assert_int_equal(l->groups, 2);
    assert_true(l->pad_top == 1 && l->pad_left == 2 && l->pad_bottom == 3 && l->pad_right == 4);
    assert_false(l->has_bias);
    assert_false(l->blockable);
    assert_true(l->out.c == 6 && l->out.h == (8 + 4 - 3) / 2 + 1 && l->out.w == 10 + 6 - 9 + 1);
    tsr_network_free(&net);
}

static void a_convolution_may_have_a_blocking_of_its_own(void **state) {
    (void)state;
    tsr_network net = parse(with_layers(
        "{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 6, \"kernel\": 1, \"blocking\": "
        "\"F4x2\"},"
        "{\"name\": \"b\", \"type\": \"conv\", \"out_channels\": 6, \"kernel\": 1, \"blocking\": "
        "\"none\"},"
        "{\"name\": \"c\", \"type\": \"conv\", \"out_channels\": 6, \"kernel\": 1, \"blocked\": "
        "true, "
        "\"blocking\": \"H2\"}"));
    const tsr_blocking *own = &net.layers[1].own_blocking;
    assert_true(own->kind == TSR_BLOCKING_FIXED && own->h == 4 && own->w == 2);
    assert_true(net.layers[1].blockable && !net.layers[2].blockable && net.layers[3].blockable);
    assert_int_equal(net.layers[2].own_blocking.kind, TSR_BLOCKING_NONE);
    assert_int_equal(net.layers[3].own_blocking.kind, TSR_BLOCKING_HIERARCHICAL);
    tsr_network_free(&net);
}

static void what_is_left_out_has_its_default(void **state) {
    (void)state;
    tsr_network net = parse(
        with_layers("{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 6, \"kernel\": 3},"
                    "{\"name\": \"p\", \"type\": \"max_pool\", \"kernel\": [2, 4]},"
                    "{\"name\": \"f\", \"type\": \"gemm\", \"out_channels\": 3}"));
    const tsr_layer *conv = &net.layers[1];
    const tsr_layer *pool = &net.layers[2];
    assert_true(conv->stride_h == 1 && conv->stride_w == 1 && conv->dilation_h == 1 &&
                conv->groups == 1);
    assert_true(conv->pad_top == 0 && conv->pad_right == 0 && conv->has_bias && conv->blockable);
    assert_true(pool->stride_h == 2 && pool->stride_w == 4);  // a pool steps by its window
    assert_int_equal(pool->inputs[0], 1);
    assert_true(net.layers[3].has_bias);
    assert_false(net.layers[3].blockable);
    assert_string_equal(net.weights_pattern, "");
    tsr_network_free(&net);
}

static void padding_same_keeps_the_size_at_stride_1(void **state) {
    (void)state;

    static const struct {
        int32_t kernel, dilation, low, high;  // dilation*(kernel-1), the smaller half first
    } cases[] = {{1, 1, 0, 0}, {2, 1, 0, 1}, {3, 1, 1, 1},
                 {3, 2, 2, 2}, {4, 1, 1, 2}, {7, 1, 3, 3}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        char layer[200];
        (void)snprintf(layer, sizeof layer,
                       "{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 1, \"kernel\": %d, "
                       "\"dilation\": %d, \"padding\": \"same\"}",
                       cases[i].kernel, cases[i].dilation);
        tsr_network net = parse(with_layers(layer));
        const tsr_layer *l = &net.layers[1];
        assert_true(l->out.h == 8 && l->out.w == 10);
        assert_true(l->pad_top == cases[i].low && l->pad_bottom == cases[i].high);
        assert_true(l->pad_left == cases[i].low && l->pad_right == cases[i].high);
        tsr_network_free(&net);
    }
}

static void layers_read_the_one_before_or_those_they_name(void **state) {
    (void)state;
    tsr_network net =
        parse(with_layers("{\"name\": \"a\", \"type\": \"relu\"},"
                          "{\"name\": \"b\", \"type\": \"relu6\", \"inputs\": [\"input\"]},"
                          "{\"name\": \"c\", \"type\": \"concat\", \"inputs\": [\"b\", \"a\", "
                          "\"input\"]},"
                          "{\"name\": \"d\", \"type\": \"pixel_shuffle\", \"factor\": 2}"));
    assert_int_equal(net.layers[1].inputs[0], 0);
    assert_int_equal(net.layers[2].inputs[0], 0);
    assert_int_equal(net.layers[3].input_count, 3);
    assert_int_equal(net.layers[3].inputs[0], 2);
    assert_int_equal(net.layers[3].inputs[1], 1);
    assert_int_equal(net.layers[3].inputs[2], 0);
    assert_int_equal(net.layers[4].inputs[0], 3);
    assert_true(net.layers[4].out.c == 3 && net.layers[4].out.h == 16 && net.layers[4].out.w == 20);
    tsr_network_free(&net);
}

static void another_input_size_infers_everything_again(void **state) {
    (void)state;
    const char *text = with_layers(
        "{\"name\": \"p\", \"type\": \"average_pool\", \"kernel\": 2},"
        "{\"name\": \"f\", \"type\": \"gemm\", \"out_channels\": 3}");
    tsr_network net = {0};
    tsr_error err = {0};
    assert_ok(tsr_network_parse(text, "f", 20, 30, &net, &err), err);
    assert_true(net.layers[0].out.h == 20 && net.layers[0].out.w == 30);
    assert_int_equal(net.layers[2].weight_count, 3 * 4 * 10 * 15);
    tsr_network_free(&net);
    assert_int_equal(tsr_network_parse(text, "f", 1, 30, &net, &err), TSR_ERR_SHAPE);
    assert_string_equal(err.where, "p");
    assert_int_equal(tsr_network_parse(text, "f", -1, 30, &net, &err), TSR_ERR_SHAPE);
    assert_int_equal(tsr_network_parse(text, "f", 0, 65536, &net, &err), TSR_ERR_SHAPE);
    assert_null(net.layers);
}

static void refusals_name_file_and_pointer(void **state) {
    (void)state;

    static const struct {
        const char *layers, *where, *says;
    } cases[] = {
        {"", "net.json: /layers", "list of 1..4096 layers"},
        {"7", "net.json: /layers/0", "must be an object"},
        {"{\"type\": \"relu\"}", "net.json: /layers/0", "'name' is missing"},
        {"{\"name\": \"\", \"type\": \"relu\"}", "net.json: /layers/0/name", "1..63 letters"},
        {"{\"name\": \"a,b\", \"type\": \"relu\"}", "net.json: /layers/0/name", "'a,b'"},
        {"{\"name\": \"input\", \"type\": \"relu\"}", "net.json: /layers/0/name", "earlier layer"},
        {"{\"name\": \"a\"}", "net.json: /layers/0", "'type' is missing"},
        {"{\"name\": \"a\", \"type\": \"maxpool\"}", "net.json: /layers/0/type",
         "nearest: 'max_pool'"},
        {"{\"name\": \"a\", \"type\": \"input\"}", "net.json: /layers/0/type", "allowed: conv"},
        {"{\"name\": \"a\", \"type\": \"relu\"}, {\"name\": \"a\", \"type\": \"relu\"}",
         "net.json: /layers/1/name", "'a' is the name of an earlier layer"},
        {"{\"name\": \"a\", \"type\": \"relu\", \"kernel\": 3}", "net.json: /layers/0/kernel",
         "unknown key"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"out_channel\": 3, \"kernel\": 3}",
         "net.json: /layers/0/out_channel", "nearest: 'out_channels'"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"kernel\": 3}", "net.json: /layers/0",
         "'out_channels' is"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": -3, \"kernel\": 3}",
         "net.json: /layers/0/out_channels", "found -3, must be an integer 1..2147483647"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 4294967296, \"kernel\": 3}",
         "net.json: /layers/0/out_channels", "found 4294967296"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 3, \"kernel\": 3, \"stride\": 0}",
         "net.json: /layers/0/stride", "found 0, must be an integer 1..65535"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 3, \"kernel\": [3, 3, 3]}",
         "net.json: /layers/0/kernel", "rows, columns"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 3, \"kernel\": [3, 0]}",
         "net.json: /layers/0/kernel/1", "found 0"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 3, \"kernel\": 3, \"padding\": "
         "\"valid\"}",
         "net.json: /layers/0/padding", "allowed: same"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 3, \"kernel\": 3, \"padding\": "
         "[1, 1]}",
         "net.json: /layers/0/padding", "list of four"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 3, \"kernel\": 3, \"padding\": "
         "-1}",
         "net.json: /layers/0/padding", "found -1"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 3, \"kernel\": 65535, "
         "\"dilation\": 9, "
         "\"padding\": \"same\"}",
         "net.json: /layers/0/padding", "'same' needs more"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 3, \"kernel\": 3, \"bias\": 1}",
         "net.json: /layers/0/bias", "true or false"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 3, \"kernel\": 3, \"blocking\": "
         "\"Q3\"}",
         "net.json: /layers/0/blocking", "F<n>"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 3, \"kernel\": 3, \"blocking\": "
         "4}",
         "net.json: /layers/0/blocking", "string"},
        {"{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 3, \"kernel\": 3, \"blocking\": "
         "\"F3\", \"blocked\": false}",
         "net.json: /layers/0/blocking", "does not go with"},
        {"{\"name\": \"a\", \"type\": \"relu\", \"inputs\": \"input\"}",
         "net.json: /layers/0/inputs", "list of 1..8"},
        {"{\"name\": \"a\", \"type\": \"relu\", \"inputs\": []}", "net.json: /layers/0/inputs",
         "list of 1..8"},
        {"{\"name\": \"a\", \"type\": \"relu\", \"inputs\": [3]}", "net.json: /layers/0/inputs/0",
         "string"},
        {"{\"name\": \"a\", \"type\": \"upsample\", \"factor\": 0}", "net.json: /layers/0/factor",
         "found 0"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        expect_refusal(with_layers(cases[i].layers), TSR_ERR_CONFIG, cases[i].where, cases[i].says);
    }
}

static void cycles_and_unknown_inputs_are_refused(void **state) {
    (void)state;
    expect_refusal(with_layers("{\"name\": \"a\", \"type\": \"relu\", \"inputs\": [\"a\"]}"),
                   TSR_ERR_CONFIG, "net.json: /layers/0/inputs/0", "no cycles");
    expect_refusal(
        with_layers("{\"name\": \"a\", \"type\": \"add\", \"inputs\": [\"input\", \"b\"]},"
                    "{\"name\": \"b\", \"type\": \"relu\"}"),
        TSR_ERR_CONFIG, "net.json: /layers/0/inputs/1", "'b' is not 'input' nor a layer");
    expect_refusal(
        with_layers("{\"name\": \"a\", \"type\": \"add\", \"inputs\": [\"input\", \"nobody\"]}"),
        TSR_ERR_CONFIG, "net.json: /layers/0/inputs/1", "'nobody'");
}

static void the_frame_of_the_file_is_checked(void **state) {
    (void)state;

    static const struct {
        const char *text;
        tsr_status status;
        const char *where, *says;
    } cases[] = {
        {"[]", TSR_ERR_CONFIG, "net.json", "found a list, must be an object"},
        {"{}", TSR_ERR_CONFIG, "net.json", "'name' is missing"},
        {"{\"name\": \"n\", \"layer\": []}", TSR_ERR_CONFIG, "net.json: /layer",
         "nearest: 'layers'"},
        {"{\"name\": \"n\", \"layers\": [{}]}", TSR_ERR_CONFIG, "net.json", "'input' is missing"},
        {"{\"name\": \"n\", \"input\": 3, \"layers\": [{}]}", TSR_ERR_CONFIG, "net.json: /input",
         "object"},
        {"{\"name\": \"n\", \"input\": {\"channels\": 3, \"height\": 8, \"widht\": 8}, \"layers\": "
         "[{}]}",
         TSR_ERR_CONFIG, "net.json: /input/widht", "nearest: 'width'"},
        {"{\"name\": \"n\", \"input\": {\"channels\": 0, \"height\": 8, \"width\": 8}, \"layers\": "
         "[{}]}",
         TSR_ERR_CONFIG, "net.json: /input/channels", "found 0"},
        {"{\"name\": \"n\", \"input\": {\"channels\": 1, \"height\": 1e9, \"width\": 8}, "
         "\"layers\": [{}]}",
         TSR_ERR_CONFIG, "net.json: /input/height", "1..65535"},
        {"{\"name\": \"n\", \"batch\": 0}", TSR_ERR_CONFIG, "net.json: /batch", "found 0"},
        {"{\"name\": \"n\", \"weights_pattern\": \"conv%s\"}", TSR_ERR_CONFIG,
         "net.json: /weights_pattern", "one %d"},
        {"{\"name\": \"n\", \"weights_pattern\": \"%d%d\"}", TSR_ERR_CONFIG,
         "net.json: /weights_pattern", "one %d"},
        {"{\n  \"name\": \"n\",\n}", TSR_ERR_SYNTAX, "net.json:3:1", "expected a string"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        expect_refusal(cases[i].text, cases[i].status, cases[i].where, cases[i].says);
    }
}

static void shapes_that_overflow_are_refused_with_the_layer(void **state) {
    (void)state;
    expect_refusal(
        with_layers("{\"name\": \"big\", \"type\": \"conv\", \"out_channels\": 2147483647, "
                    "\"kernel\": 1}"),
        TSR_ERR_OVERFLOW, "big", "2^31 - 1 elements");
    expect_refusal(with_layers("{\"name\": \"up\", \"type\": \"upsample\", \"factor\": 9000}"),
                   TSR_ERR_OVERFLOW, "up", "72000x90000");
}

static void files_are_found_by_name_and_by_path(void **state) {
    (void)state;
    tsr_network net = {0};
    tsr_error err = {0};
    assert_int_equal(tsr_network_load("no_such_network", 0, 0, &net, &err), TSR_ERR_FILE);
    assert_non_null(strstr(err.where, "network/no_such_network.json"));
    assert_int_equal(tsr_network_load(scratch_path("absent.json"), 0, 0, &net, &err), TSR_ERR_FILE);
    assert_int_equal(tsr_network_load("", 0, 0, &net, &err), TSR_ERR_FILE);
    const char *text = with_layers("{\"name\": \"r\", \"type\": \"relu\"}");
    assert_ok(tsr_network_load(scratch_write("mine.json", text, strlen(text)), 0, 0, &net, &err),
              err);
    assert_string_equal(net.name, "net");
    tsr_network_free(&net);
    tsr_config_dir_set("/nowhere");
    assert_int_equal(tsr_network_load("vgg16", 0, 0, &net, &err), TSR_ERR_FILE);
    assert_string_equal(err.where, "/nowhere/network/vgg16.json");
    tsr_config_dir_set(NULL);
    assert_ok(tsr_network_load("vgg16", 0, 0, &net, &err), err);
    tsr_network_free(&net);
}

// The loader's own list of keys of a layer type, out of its refusal of a key nobody knows.
static void keys_of(const char *type, char *list, size_t size) {
    char layer[128];
    (void)snprintf(layer, sizeof layer, "{\"name\": \"a\", \"type\": \"%s\", \"qqqqqqqqqq\": 0}",
                   type);
    tsr_network network = {0};
    tsr_error err = {0};
    assert_int_equal(tsr_network_parse(with_layers(layer), "f", 0, 0, &network, &err),
                     TSR_ERR_CONFIG);
    const char *start = strstr(err.message, "allowed: ");
    assert_non_null(start);
    (void)snprintf(list, size, "%s", start + strlen("allowed: "));
}

static void check_definition(const tsr_jnode *definition, int32_t *types) {
    const tsr_jnode properties = tsr_jnode_get(definition, "properties");
    const tsr_jnode type = tsr_jnode_get(&properties, "type");
    const tsr_jnode words = tsr_jnode_get(&type, "enum");
    char wanted[256] = "";
    tsr_jnode property = tsr_jnode_first(&properties);
    for (int32_t i = 1; tsr_jnode_exists(&property); ++i) {
        (void)snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%s%s",
                       i > 1 ? ", " : "", tsr_jnode_key(&property));
        property = tsr_jnode_next(&properties, &property, i);
    }
    for (int32_t i = 0; i < tsr_jnode_count(&words); ++i) {
        const char index[2] = {(char)('0' + i), '\0'};
        const char *word = NULL;
        char found[256];
        tsr_error err = {0};
        assert_ok(tsr_jnode_string(&words, index, true, &word, &err), err);
        keys_of(word, found, sizeof found);
        assert_string_equal(found, wanted);
        ++*types;
    }
}

static void the_schema_for_editors_knows_the_same_types_and_keys(void **state) {
    (void)state;
    tsr_json *schema = NULL;
    tsr_error err = {0};
    char path[512];
    (void)snprintf(path, sizeof path, "%s/schema/network.schema.json", tsr_config_dir());
    assert_ok(tsr_json_load(path, &schema, &err), err);
    const tsr_jnode root = tsr_json_root(schema);
    const tsr_jnode definitions = tsr_jnode_get(&root, "$defs");
    int32_t types = 0;
    tsr_jnode definition = tsr_jnode_first(&definitions);
    for (int32_t i = 1; tsr_jnode_exists(&definition); ++i) {
        check_definition(&definition, &types);
        definition = tsr_jnode_next(&definitions, &definition, i);
    }
    assert_int_equal(types, TSR_LAYER_KIND_COUNT - 1);  // all but the input
    tsr_json_free(schema);
}

static void every_failing_allocation_is_survived(void **state) {
    (void)state;
    tsr_status status = TSR_ERR_NO_MEMORY;
    for (uint64_t k = 1; status == TSR_ERR_NO_MEMORY; ++k) {
        tsr_network net = {0};
        tsr_error err = {0};
        tsr_alloc_fail_at(k);
        status = tsr_network_load("tiny", 0, 0, &net, &err);
        tsr_alloc_fail_at(0);
        assert_true(status == TSR_OK || (status == TSR_ERR_NO_MEMORY && net.layers == NULL));
        tsr_network_free(&net);
    }
    assert_int_equal(status, TSR_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conv_reads_every_key),
        cmocka_unit_test(a_convolution_may_have_a_blocking_of_its_own),
        cmocka_unit_test(what_is_left_out_has_its_default),
        cmocka_unit_test(padding_same_keeps_the_size_at_stride_1),
        cmocka_unit_test(layers_read_the_one_before_or_those_they_name),
        cmocka_unit_test(another_input_size_infers_everything_again),
        cmocka_unit_test(refusals_name_file_and_pointer),
        cmocka_unit_test(cycles_and_unknown_inputs_are_refused),
        cmocka_unit_test(the_frame_of_the_file_is_checked),
        cmocka_unit_test(shapes_that_overflow_are_refused_with_the_layer),
        cmocka_unit_test(files_are_found_by_name_and_by_path),
        cmocka_unit_test(the_schema_for_editors_knows_the_same_types_and_keys),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
