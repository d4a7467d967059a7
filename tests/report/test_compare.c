// SPDX-License-Identifier: Apache-2.0
// Does a comparison hold every schedule, refused ones included, whatever the number of processes?
#include <tessera/report.h>

#include "base/json.h"
#include "support/temp_dir.h"
#include "support/test.h"

static tsr_run_config load(void) {
    tsr_error err = {0};
    tsr_run_config config;
    assert_ok(tsr_run_config_load("tiny", NULL, 0, &config, &err), err);
    return config;
}

static char *json_of(const tsr_comparison *comparison) {
    enum { bytes = 262144 };

    tsr_error err = {0};
    char *text = tsr_alloc(bytes, 1);
    assert_non_null(text);
    FILE *file = fmemopen(text, bytes, "w");
    assert_non_null(file);
    assert_ok(tsr_comparison_print_json(comparison, file, &err), err);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void the_runs_own_list_is_compared_in_its_order(void **state) {
    (void)state;
    tsr_error err = {0};
    const tsr_run_config config = load();
    const tsr_compare_options options = {.out_dir = temp_path("own"), .jobs = 2};
    tsr_comparison *comparison = NULL;
    assert_ok(tsr_compare(&config, &options, &comparison, &err), err);
    char *text = json_of(comparison);
    tsr_json *document = NULL;
    assert_ok(tsr_json_parse(text, "comparison", &document, &err), err);
    const tsr_jnode root = tsr_json_root(document);
    assert_int_equal(tsr_jnode_count(&root), config.compare_count);
    assert_true(temp_exists("own/tiny/comparison.md"));
    assert_true(temp_exists("own/tiny/comparison.csv"));
    assert_true(temp_exists("own/tiny/comparison.json"));
    assert_true(temp_exists("own/tiny/layerwise/summary.json"));
    assert_true(temp_exists("own/tiny/H4x4/layers.csv"));
    tsr_json_free(document);
    tsr_free(text);
    tsr_comparison_free(comparison);
}

static void results_do_not_depend_on_the_number_of_processes(void **state) {
    (void)state;
    static const char *const files[] = {"comparison.md",   "comparison.csv",
                                        "comparison.json", "F8/summary.json",
                                        "F8/layers.csv",   "layerwise/buffers.csv"};
    tsr_error err = {0};
    const tsr_run_config config = load();
    for (int32_t jobs = 1; jobs <= 3; jobs += 2) {
        char name[16];
        (void)snprintf(name, sizeof name, "jobs%d", jobs);
        const tsr_compare_options options = {.out_dir = temp_path(name), .jobs = jobs};
        tsr_comparison *comparison = NULL;
        assert_ok(tsr_compare(&config, &options, &comparison, &err), err);
        tsr_comparison_free(comparison);
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; ++i) {
        char one_name[64];
        char three_name[64];
        (void)snprintf(one_name, sizeof one_name, "jobs1/tiny/%s", files[i]);
        (void)snprintf(three_name, sizeof three_name, "jobs3/tiny/%s", files[i]);
        char *one = temp_read(one_name);
        char *three = temp_read(three_name);
        assert_string_equal(one, three);
        tsr_free(one);
        tsr_free(three);
    }
}

static void a_refused_schedule_is_a_row_with_its_message(void **state) {
    (void)state;
    static const char *const schedules[] = {"layerwise", "recompute", "F15", "cached:2"};
    tsr_error err = {0};
    const tsr_run_config config = load();
    const tsr_compare_options options = {.jobs = 2, .schedule_count = 4, .schedules = schedules};
    tsr_comparison *comparison = NULL;
    assert_int_equal(tsr_compare(&config, &options, &comparison, &err), TSR_ERR_SHAPE);
    assert_non_null(comparison);
    char *text = json_of(comparison);
    assert_non_null(strstr(text, "\"status\": \"shape\""));
    char table[16384] = "";
    FILE *file = fmemopen(table, sizeof table, "w");
    assert_non_null(file);
    assert_ok(tsr_comparison_print(comparison, TSR_TABLE_MARKDOWN, file, &err), err);
    assert_int_equal(fclose(file), 0);
    assert_non_null(strstr(table, "F15: not run (shape)"));
    assert_non_null(strstr(table, "| layerwise |"));
    assert_non_null(strstr(table, "| recompute |"));
    assert_non_null(strstr(table, "| cached:2"));
    tsr_free(text);
    tsr_comparison_free(comparison);
}

static void what_cannot_be_compared_is_refused_before_anything_runs(void **state) {
    (void)state;
    static const char *const twice[] = {"F8", "F8"};
    static const char *const unknown[] = {"G8"};
    tsr_error err = {0};
    tsr_run_config config = load();
    tsr_comparison *comparison = NULL;
    tsr_compare_options options = {
        .out_dir = temp_path("refused"), .jobs = 1, .schedule_count = 2, .schedules = twice};
    assert_int_equal(tsr_compare(&config, &options, &comparison, &err), TSR_ERR_USAGE);
    options.schedule_count = 1;
    options.schedules = unknown;
    assert_int_equal(tsr_compare(&config, &options, &comparison, &err), TSR_ERR_USAGE);
    options.schedule_count = 0;
    (void)snprintf(config.network, sizeof config.network, "/nowhere/net.json");
    assert_int_equal(tsr_compare(&config, &options, &comparison, &err), TSR_ERR_FILE);
    assert_null(comparison);
    assert_false(temp_exists("refused"));
}

static void tables_are_at_most_120_columns_wide(void **state) {
    (void)state;
    tsr_error err = {0};
    const tsr_run_config config = load();
    const tsr_compare_options options = {.jobs = 2};
    tsr_comparison *comparison = NULL;
    assert_ok(tsr_compare(&config, &options, &comparison, &err), err);
    char table[16384] = "";
    FILE *file = fmemopen(table, sizeof table, "w");
    assert_non_null(file);
    assert_ok(tsr_comparison_print(comparison, TSR_TABLE_MARKDOWN, file, &err), err);
    assert_int_equal(fclose(file), 0);
    for (const char *line = table; line != NULL && *line == '|'; line = strchr(line, '\n')) {
        assert_true(strcspn(line, "\n") <= 120);
    }
    tsr_comparison_free(comparison);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_runs_own_list_is_compared_in_its_order),
        cmocka_unit_test(results_do_not_depend_on_the_number_of_processes),
        cmocka_unit_test(a_refused_schedule_is_a_row_with_its_message),
        cmocka_unit_test(what_cannot_be_compared_is_refused_before_anything_runs),
        cmocka_unit_test(tables_are_at_most_120_columns_wide),
    };
    temp_make();
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed == 0) {
        temp_remove();
    }
    return failed;
}
