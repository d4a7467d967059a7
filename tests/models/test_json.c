// SPDX-License-Identifier: Apache-2.0
// Strict JSON in: what is refused and where, typed reads, places in a document.
#include "base/alloc.h"
#include "base/json.h"
#include "support/scratch.h"

static tsr_json *parse(const char *text) {
    tsr_json *document = NULL;
    tsr_error err = {0};
    assert_ok(tsr_json_parse(text, "file.json", &document, &err), err);
    return document;
}

static void malformed_text_is_refused_with_line_and_column(void **state) {
    (void)state;

    static const struct {
        const char *text, *where, *what;
    } cases[] = {
        {"", "f:1:1", "expected a value"},
        {"{\"a\": 1,}", "f:1:9", "expected a string"},
        {"{\n  \"a\": 1\n  \"b\": 2}", "f:3:3", "expected ',' or '}'"},
        {"[1, 2", "f:1:6", "expected ',' or ']'"},
        {"{\"a\" 1}", "f:1:6", "expected ':'"},
        {"{\"a\": 1} x", "f:1:10", "expected the end"},
        {"{\"a\": 1, \"a\": 2}", "f:1:10", "stands twice"},
        {"{\"a\": 01}", "f:1:7", "leading zero"},
        {"{\"a\": 1.}", "f:1:9", "decimal point"},
        {"{\"a\": 1e}", "f:1:9", "exponent"},
        {"{\"a\": 1e999}", "f:1:7", "too large"},
        {"{\"a\": NaN}", "f:1:7", "expected a value"},
        {"[\"a\nb\"]", "f:1:4", "closing quote"},
        {"[\"\\x\"]", "f:1:4", "escape"},
        {"[\"\\u12G4\"]", "f:1:7", "hexadecimal"},
        {"[\"\\u0000\"]", "f:1:4", "not allowed"},
        {"[\"\\udc00\"]", "f:1:4", "low surrogate"},
        {"[\"\\ud800\"]", "f:1:9", "low surrogate"},
        {"[\"\\ud800\\u0041\"]", "f:1:9", "low surrogate"},
        {"\xEF\xBB\xBF{}", "f:1:1", "expected a value"},
        {"// no comments\n{}", "f:1:1", "expected a value"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        tsr_json *document = NULL;
        tsr_error err = {0};
        assert_int_equal(tsr_json_parse(cases[i].text, "f", &document, &err), TSR_ERR_SYNTAX);
        assert_null(document);
        assert_string_equal(err.where, cases[i].where);
        if (strstr(err.message, cases[i].what) == NULL) {
            fail_msg("'%s': \"%s\" says nothing of '%s'", cases[i].text, err.message,
                     cases[i].what);
        }
    }
}

static void nesting_is_limited_and_the_limit_itself_is_fine(void **state) {
    (void)state;

    enum { limit = 64 };

    char text[2 * limit + 3] = {0};
    memset(text, '[', limit);
    memset(text + limit, ']', limit);
    tsr_json *document = parse(text);
    tsr_json_free(document);
    memset(text, '[', limit + 1);
    memset(text + limit + 1, ']', limit + 1);
    tsr_error err = {0};
    assert_int_equal(tsr_json_parse(text, "f", &document, &err), TSR_ERR_SYNTAX);
    assert_non_null(strstr(err.message, "64"));
}

static void escapes_and_surrogate_pairs_become_utf8(void **state) {
    (void)state;
    tsr_json *document = parse("{\"t\": \"\\u00e9\\ud83d\\ude00\\n\\/\"}");
    const tsr_jnode root = tsr_json_root(document);
    const char *text = NULL;
    tsr_error err = {0};
    assert_ok(tsr_jnode_string(&root, "t", true, &text, &err), err);
    assert_string_equal(text, "\xC3\xA9\xF0\x9F\x98\x80\n/");  // U+00E9, U+1F600
    tsr_json_free(document);
}

static void files_are_read_whole_and_a_zero_byte_is_refused(void **state) {
    (void)state;
    tsr_json *document = NULL;
    tsr_error err = {0};
    const char *path = scratch_write("good.json", "{\"a\": [1]}", 10);
    assert_ok(tsr_json_load(path, &document, &err), err);
    assert_string_equal(tsr_json_where(document), path);
    tsr_json_free(document);
    document = NULL;
    path = scratch_write("zero.json", "{}\0{}", 5);
    assert_int_equal(tsr_json_load(path, &document, &err), TSR_ERR_SYNTAX);
    assert_non_null(strstr(err.message, "offset 2"));
    assert_int_equal(tsr_json_load(scratch_path("none.json"), &document, &err), TSR_ERR_FILE);
    assert_int_equal(tsr_json_load(scratch_dir, &document, &err), TSR_ERR_FILE);
    assert_null(document);
}

static void an_unknown_key_is_refused_and_the_nearest_known_one_named(void **state) {
    (void)state;
    static const char *const known[] = {"height", "width", "channels", NULL};
    tsr_json *document = parse("{\"in\": {\"width\": 1, \"heigth\": 2}}");
    const tsr_jnode root = tsr_json_root(document);
    const tsr_jnode in = tsr_jnode_get(&root, "in");
    tsr_error err = {0};
    assert_int_equal(tsr_jnode_check_keys(&in, known, &err), TSR_ERR_CONFIG);
    assert_string_equal(err.where, "file.json: /in/heigth");
    assert_non_null(strstr(err.message, "nearest: 'height'"));
    assert_non_null(strstr(err.message, "height, width, channels"));
    static const char *const more[] = {"heigth", "width", NULL};
    assert_ok(tsr_jnode_check_keys(&in, more, &err), err);
    const tsr_jnode number = tsr_jnode_get(&in, "width");
    assert_int_equal(tsr_jnode_check_keys(&number, more, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "must be an object"));
    tsr_json_free(document);
}

static void the_nearest_word_is_near(void **state) {
    (void)state;
    static const char *const words[] = {"conv", "max_pool", "average_pool", "relu", NULL};
    assert_string_equal(tsr_nearest_word("cnov", words), "conv");
    assert_string_equal(tsr_nearest_word("maxpool", words), "max_pool");
    assert_string_equal(tsr_nearest_word("averagepool", words), "average_pool");
    assert_null(tsr_nearest_word("softmax", words));
    assert_null(tsr_nearest_word("x", words));
}

static void numbers_are_checked_for_type_and_range(void **state) {
    (void)state;
    tsr_json *document = parse(
        "{\"n\": 7, \"f\": 1.5, \"big\": 9007199254740994, \"s\": \"7\", \"neg\": -3,"
        " \"e\": 1e3, \"l\": [4, 5], \"nil\": null}");
    const tsr_jnode root = tsr_json_root(document);
    tsr_error err = {0};
    int64_t n = -1;
    assert_ok(tsr_jnode_int(&root, "n", true, 7, 7, &n, &err), err);
    assert_int_equal(n, 7);
    assert_ok(tsr_jnode_int(&root, "e", true, 0, 5000, &n, &err), err);
    assert_int_equal(n, 1000);
    assert_ok(tsr_jnode_int(&root, "absent", false, 0, 9, &n, &err), err);
    assert_int_equal(n, 1000);

    static const struct {
        const char *key, *found;
    } bad[] = {{"f", "1.5"},         {"big", "9007199254740994"},
               {"s", "string '7'"},  {"neg", "-3"},
               {"e", "1000"},        {"l", "a list"},
               {"nil", "found null"}};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        char where[64];
        (void)snprintf(where, sizeof where, "file.json: /%s", bad[i].key);
        assert_int_equal(tsr_jnode_int(&root, bad[i].key, true, 0, 999, &n, &err), TSR_ERR_CONFIG);
        assert_string_equal(err.where, where);
        assert_non_null(strstr(err.message, bad[i].found));
        assert_non_null(strstr(err.message, "integer 0..999"));
    }
    assert_int_equal(tsr_jnode_int(&root, "absent", true, 0, 9, &n, &err), TSR_ERR_CONFIG);
    assert_string_equal(err.where, "file.json");
    assert_non_null(strstr(err.message, "'absent' is missing"));
    const tsr_jnode list = tsr_jnode_get(&root, "l");
    assert_ok(tsr_jnode_int(&list, "1", true, 0, 9, &n, &err), err);
    assert_int_equal(n, 5);
    tsr_json_free(document);
}

static void other_types_are_checked_too(void **state) {
    (void)state;
    static const char *const words[] = {"open", "closed", NULL};
    tsr_json *document = parse("{\"b\": true, \"d\": -0.25, \"w\": \"closed\", \"x\": \"clsoed\"}");
    const tsr_jnode root = tsr_json_root(document);
    tsr_error err = {0};
    bool flag = false;
    double real = 0.0;
    int32_t index = -1;
    const char *text = NULL;
    assert_ok(tsr_jnode_bool(&root, "b", true, &flag, &err), err);
    assert_true(flag);
    assert_ok(tsr_jnode_double(&root, "d", true, -1.0, 1.0, &real, &err), err);
    assert_true(real == -0.25);
    assert_ok(tsr_jnode_enum(&root, "w", true, words, &index, &err), err);
    assert_int_equal(index, 1);
    assert_int_equal(tsr_jnode_bool(&root, "d", true, &flag, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "found -0.25, must be true or false"));
    assert_int_equal(tsr_jnode_double(&root, "d", true, 0.0, 1.0, &real, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "number 0..1"));
    assert_int_equal(tsr_jnode_double(&root, "b", true, 0.0, 1.0, &real, &err), TSR_ERR_CONFIG);
    assert_int_equal(tsr_jnode_string(&root, "b", true, &text, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "found true, must be a string"));
    assert_int_equal(tsr_jnode_enum(&root, "x", true, words, &index, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "(nearest: 'closed'), allowed: open, closed"));
    tsr_json_free(document);
}

static void walking_gives_every_child_its_pointer(void **state) {
    (void)state;
    tsr_json *document = parse("{\"a/b\": [10, {\"c~d\": 20}], \"e\": {}}");
    const tsr_jnode root = tsr_json_root(document);
    assert_int_equal(tsr_jnode_count(&root), 2);
    const tsr_jnode list = tsr_jnode_first(&root);
    assert_string_equal(tsr_jnode_key(&list), "a/b");
    assert_string_equal(list.pointer, "/a~1b");
    const tsr_jnode ten = tsr_jnode_first(&list);
    const tsr_jnode object = tsr_jnode_next(&list, &ten, 1);
    const tsr_jnode end = tsr_jnode_next(&list, &object, 2);
    assert_string_equal(ten.pointer, "/a~1b/0");
    assert_false(tsr_jnode_exists(&end));
    const tsr_jnode deep = tsr_jnode_get(&object, "c~d");
    assert_string_equal(deep.pointer, "/a~1b/1/c~0d");
    const tsr_jnode empty = tsr_jnode_next(&root, &list, 1);
    assert_string_equal(empty.pointer, "/e");
    const tsr_jnode nothing = tsr_jnode_first(&empty);
    assert_false(tsr_jnode_exists(&nothing));
    assert_int_equal(tsr_jnode_count(&ten), 0);
    tsr_json_free(document);
}

static void a_long_path_keeps_its_end_and_the_pointer(void **state) {
    (void)state;
    char where[600];
    memset(where, 'p', sizeof where);
    (void)snprintf(where + 580, sizeof where - 580, "/end.json");
    tsr_json *document = NULL;
    tsr_error err = {0};
    assert_ok(tsr_json_parse("{\"a\": 1}", where, &document, &err), err);
    const tsr_jnode root = tsr_json_root(document);
    const tsr_jnode node = tsr_jnode_get(&root, "a");
    assert_int_equal(tsr_jnode_fail(&node, &err, "bad %d", 5), TSR_ERR_CONFIG);
    assert_string_equal(err.message, "bad 5");
    assert_non_null(strstr(err.where, "/end.json: /a"));
    tsr_json_free(document);
}

static void every_failing_allocation_is_survived(void **state) {
    (void)state;
    tsr_status status = TSR_ERR_NO_MEMORY;
    for (uint64_t k = 1; status == TSR_ERR_NO_MEMORY; ++k) {
        tsr_json *document = NULL;
        tsr_json *changed = NULL;
        tsr_error err = {0};
        tsr_alloc_fail_at(k);
        status = tsr_json_parse("{\"a\": [1, \"x\"], \"b\": {\"c\": null}}", "f", &document, &err);
        if (status == TSR_OK) {
            status = tsr_json_with(document, "/b/d/e", "[true, 2]", &changed, &err);
        }
        tsr_alloc_fail_at(0);
        assert_true(status == TSR_OK || (status == TSR_ERR_NO_MEMORY && changed == NULL));
        tsr_json_free(changed);
        tsr_json_free(document);
    }
    assert_int_equal(status, TSR_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_text_is_refused_with_line_and_column),
        cmocka_unit_test(nesting_is_limited_and_the_limit_itself_is_fine),
        cmocka_unit_test(escapes_and_surrogate_pairs_become_utf8),
        cmocka_unit_test(files_are_read_whole_and_a_zero_byte_is_refused),
        cmocka_unit_test(an_unknown_key_is_refused_and_the_nearest_known_one_named),
        cmocka_unit_test(the_nearest_word_is_near),
        cmocka_unit_test(numbers_are_checked_for_type_and_range),
        cmocka_unit_test(other_types_are_checked_too),
        cmocka_unit_test(walking_gives_every_child_its_pointer),
        cmocka_unit_test(a_long_path_keeps_its_end_and_the_pointer),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
