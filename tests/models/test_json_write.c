// SPDX-License-Identifier: Apache-2.0
// JSON out and documents changed: exact numbers, stable text, what is written reads back.
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/rng.h"
#include "support/test.h"

static uint64_t seed = 1;

/** Writer into a text. */
typedef struct sink {
    char text[4096];
    FILE *file;
    tsr_jwriter w;
} sink;

static void sink_begin(sink *s, bool compact) {
    *s = (sink){.file = NULL};
    s->file = fmemopen(s->text, sizeof s->text, "w");
    assert_non_null(s->file);
    tsr_jwriter_init(&s->w, s->file, compact);
}

static const char *sink_end(sink *s) {
    assert_int_equal(fclose(s->file), 0);
    return s->text;
}

static void write_sample(tsr_jwriter *w) {
    tsr_jwrite_object_begin(w);
    tsr_jwrite_key(w, "u");
    tsr_jwrite_u64(w, UINT64_MAX);
    tsr_jwrite_key(w, "list");
    tsr_jwrite_array_begin(w);
    tsr_jwrite_i64(w, INT64_MIN);
    tsr_jwrite_object_begin(w);
    tsr_jwrite_object_end(w);
    tsr_jwrite_bool(w, true);
    tsr_jwrite_null(w);
    tsr_jwrite_array_end(w);
    tsr_jwrite_key(w, "none");
    tsr_jwrite_array_begin(w);
    tsr_jwrite_array_end(w);
    tsr_jwrite_key(w, "raw");
    tsr_jwrite_raw(w, "[1]");
    tsr_jwrite_object_end(w);
}

static void text_is_indented_by_two_or_compact(void **state) {
    (void)state;
    sink s;
    sink_begin(&s, false);
    write_sample(&s.w);
    assert_string_equal(sink_end(&s),
                        "{\n"
                        "  \"u\": 18446744073709551615,\n"
                        "  \"list\": [\n"
                        "    -9223372036854775808,\n"
                        "    {},\n"
                        "    true,\n"
                        "    null\n"
                        "  ],\n"
                        "  \"none\": [],\n"
                        "  \"raw\": [1]\n"
                        "}\n");
    sink_begin(&s, true);
    write_sample(&s.w);
    assert_string_equal(sink_end(&s),
                        "{\"u\":18446744073709551615,\"list\":[-9223372036854775808,{},"
                        "true,null],\"none\":[],\"raw\":[1]}");
}

static void strings_are_escaped_and_read_back(void **state) {
    (void)state;
    static const char odd[] = "quote \" slash \\ tab \t line \n bell \x07 \xC3\xA9";
    sink s;
    sink_begin(&s, true);
    tsr_jwrite_object_begin(&s.w);
    tsr_jwrite_key(&s.w, odd);
    tsr_jwrite_string(&s.w, odd);
    tsr_jwrite_object_end(&s.w);
    tsr_json *document = NULL;
    tsr_error err = {0};
    assert_ok(tsr_json_parse(sink_end(&s), "f", &document, &err), err);
    const tsr_jnode root = tsr_json_root(document);
    const char *value = NULL;
    assert_ok(tsr_jnode_string(&root, odd, true, &value, &err), err);
    assert_string_equal(value, odd);
    tsr_json_free(document);
}

static void doubles_are_short_and_exact(void **state) {
    (void)state;

    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.0, "0"},
                 {0.1, "0.1"},
                 {1.0 / 3.0, "0.3333333333333333"},
                 {150e6, "150000000"},
                 {-2.5, "-2.5"},
                 {0x1p53, "9007199254740992"},
                 {1e300, "1e+300"},
                 {5e-324, "5e-324"},
                 {(double)NAN, "null"},
                 {(double)INFINITY, "null"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        sink s;
        sink_begin(&s, true);
        tsr_jwrite_double(&s.w, cases[i].value);
        assert_string_equal(sink_end(&s), cases[i].text);
    }
    print_message("seed %llu\n", (unsigned long long)seed);
    tsr_rng rng = {seed};
    for (int k = 0; k < 10000; ++k) {
        const uint64_t bits = tsr_rng_next(&rng);
        double value = 0.0;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) {
            continue;
        }
        sink s;
        sink_begin(&s, true);
        tsr_jwrite_double(&s.w, value);
        const double back = strtod(sink_end(&s), NULL);
        assert_memory_equal(&back, &value, sizeof value);
    }
}

static char *print(const tsr_json *document, const char *key) {
    const tsr_jnode root = tsr_json_root(document);
    const tsr_jnode node = key != NULL ? tsr_jnode_get(&root, key) : root;
    return tsr_jnode_print(&node);
}

static void a_node_prints_as_the_compact_text_it_came_from(void **state) {
    (void)state;
    static const char *const texts[] = {
        "{}",
        "[]",
        "-0.25",
        "\"a\\\"b\\\\c\"",
        "null",
        "{\"a\":{\"b\":[1,[],{},[[2]]],\"c\":true},\"d\":false,\"e\":[null,\"\"]}",
        "[0.30000000000000004,9007199254740991,1e+300]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        tsr_json *document = NULL;
        tsr_error err = {0};
        assert_ok(tsr_json_parse(texts[i], "f", &document, &err), err);
        char *text = print(document, NULL);
        assert_string_equal(text, texts[i]);
        tsr_free(text);
        tsr_json_free(document);
    }
}

static void a_node_inside_prints_without_what_stands_beside_it(void **state) {
    (void)state;
    tsr_json *document = NULL;
    tsr_error err = {0};
    assert_ok(tsr_json_parse("{\"a\": [1, 2], \"b\": 3, \"c\": \"x\"}", "f", &document, &err), err);
    static const char *const wanted[][2] = {
        {"a", "[1,2]"}, {"b", "3"}, {"c", "\"x\""}, {"no", "null"}};
    for (size_t i = 0; i < 4; ++i) {
        char *text = print(document, wanted[i][0]);
        assert_string_equal(text, wanted[i][1]);
        tsr_free(text);
    }
    tsr_json_free(document);
}

static void one_value_is_replaced_and_the_original_stays(void **state) {
    (void)state;
    static const char *const before = "{\"a\":{\"b\":1},\"l\":[1,2,3],\"x/y\":0}";

    static const struct {
        const char *pointer, *value, *after;
    } cases[] = {
        {"/a/b", "2", "{\"a\":{\"b\":2},\"l\":[1,2,3],\"x/y\":0}"},
        {"/a", "[]", "{\"a\":[],\"l\":[1,2,3],\"x/y\":0}"},
        {"/l/1", "{\"n\":5}", "{\"a\":{\"b\":1},\"l\":[1,{\"n\":5},3],\"x/y\":0}"},
        {"/new/deep", "true", "{\"a\":{\"b\":1},\"l\":[1,2,3],\"x/y\":0,\"new\":{\"deep\":true}}"},
        {"/x~1y", "\"s\"", "{\"a\":{\"b\":1},\"l\":[1,2,3],\"x/y\":\"s\"}"},
        {"", "7", "7"},
    };

    tsr_json *document = NULL;
    tsr_error err = {0};
    assert_ok(tsr_json_parse(before, "f", &document, &err), err);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        tsr_json *changed = NULL;
        assert_ok(tsr_json_with(document, cases[i].pointer, cases[i].value, &changed, &err), err);
        char *text = print(changed, NULL);
        assert_string_equal(text, cases[i].after);
        tsr_free(text);
        tsr_json_free(changed);
    }
    char *text = print(document, NULL);
    assert_string_equal(text, before);
    tsr_free(text);
    tsr_json_free(document);
}

static void a_place_that_cannot_be_is_refused(void **state) {
    (void)state;

    static const struct {
        const char *pointer, *value, *says;
        tsr_status status;
    } cases[] = {
        {"a", "1", "JSON pointer", TSR_ERR_CONFIG},
        {"/a/b/c", "1", "no object or list holds 'c'", TSR_ERR_CONFIG},
        {"/l/3", "1", "index below 3", TSR_ERR_CONFIG},
        {"/l/x", "1", "index below 3", TSR_ERR_CONFIG},
        {"/a~2", "1", "JSON pointer", TSR_ERR_CONFIG},
        {"/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3", "1", "32 deep",
         TSR_ERR_CONFIG},
        {"/a", "1,", "expected the end", TSR_ERR_SYNTAX},
    };

    tsr_json *document = NULL;
    tsr_error err = {0};
    assert_ok(tsr_json_parse("{\"a\": {\"b\": 1}, \"l\": [1, 2, 3]}", "f", &document, &err), err);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        tsr_json *changed = NULL;
        assert_int_equal(tsr_json_with(document, cases[i].pointer, cases[i].value, &changed, &err),
                         cases[i].status);
        assert_null(changed);
        assert_non_null(strstr(err.message, cases[i].says));
    }
    tsr_json_free(document);
}

int main(int argc, char **argv) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_indented_by_two_or_compact),
        cmocka_unit_test(strings_are_escaped_and_read_back),
        cmocka_unit_test(doubles_are_short_and_exact),
        cmocka_unit_test(a_node_prints_as_the_compact_text_it_came_from),
        cmocka_unit_test(a_node_inside_prints_without_what_stands_beside_it),
        cmocka_unit_test(one_value_is_replaced_and_the_original_stays),
        cmocka_unit_test(a_place_that_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
