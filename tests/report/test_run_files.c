// SPDX-License-Identifier: Apache-2.0
// Is what a run leaves behind complete, consistent and the same every time?
#include <sys/stat.h>

#include <tessera/report.h>

#include "base/json.h"
#include "support/temp_dir.h"
#include "support/test.h"

static tsr_run_config load(const char *name, const char *schedule) {
    tsr_error err = {0};
    tsr_run_config config;
    assert_ok(tsr_run_config_load(name, NULL, 0, &config, &err), err);
    assert_ok(tsr_run_config_set_schedule(&config, schedule, &err), err);
    return config;
}

static tsr_run_outcome execute(const char *schedule, bool events) {
    tsr_error err = {0};
    tsr_run_outcome outcome = {0};
    const tsr_run_config config = load("tiny", schedule);
    const tsr_execute_options options = {.keep_events = events};
    assert_ok(tsr_run_execute(&config, &options, &outcome, &err), err);
    return outcome;
}

/** The run "tiny" with a layer that is left whole and one with a blocking of its own. */
static tsr_run_outcome execute_with_own(const char *schedule) {
    tsr_error err = {0};
    tsr_run_outcome outcome = {0};
    tsr_run_config config = load("tiny", schedule);
    const tsr_execute_options options = {.keep_events = false};
    assert_ok(tsr_run_config_add_layer_blocking(&config, "conv1", "conv1", "none", &err), err);
    assert_ok(tsr_run_config_add_layer_blocking(&config, "conv2", "conv2", "F4x8", &err), err);
    assert_ok(tsr_run_execute(&config, &options, &outcome, &err), err);
    return outcome;
}

static void write_to(const tsr_run_outcome *outcome, const char *dir) {
    tsr_error err = {0};
    assert_ok(tsr_run_write(outcome, temp_path(dir), &err), err);
}

static int32_t cells_of(const char *line) {
    int32_t count = 1;
    for (; *line != '\n' && *line != '\0'; ++line) {
        count += *line == ',';
    }
    return count;
}

/** Number in column `column` of a CSV line. */
static uint64_t cell(const char *line, int32_t column) {
    for (; column > 0; --column) {
        line = strchr(line, ',') + 1;
    }
    return strtoull(line, NULL, 10);
}

static const char *next_line(const char *line) {
    const char *end = strchr(line, '\n');
    return end != NULL && end[1] != '\0' ? end + 1 : NULL;
}

static void a_run_leaves_its_files_and_no_others(void **state) {
    (void)state;
    static const char *const files[] = {"summary.json", "layers.csv", "dram.csv", "buffers.csv",
                                        "manifest.json"};
    tsr_run_outcome outcome = execute("H2x2", false);
    write_to(&outcome, "files");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; ++i) {
        char name[64];
        (void)snprintf(name, sizeof name, "files/%s", files[i]);
        assert_true(temp_exists(name));
    }
    assert_false(temp_exists("files/timeline.json"));
    tsr_run_outcome_free(&outcome);
}

static void layers_csv_has_every_layer_and_a_total_that_equals_the_summary(void **state) {
    (void)state;
    tsr_run_outcome outcome = execute("F16", false);
    write_to(&outcome, "layers");
    char *text = temp_read("layers/layers.csv");
    const int32_t columns = cells_of(text);
    uint64_t sums[64] = {0};
    const char *total = NULL;
    int32_t rows = 0;
    for (const char *line = next_line(text); line != NULL; line = next_line(line)) {
        assert_int_equal(cells_of(line), columns);
        if (line[0] == ',') {
            total = line;
            continue;
        }
        const tsr_layer *layer = &outcome.network.layers[rows];
        assert_int_equal(cell(line, 0), rows);
        assert_non_null(strstr(line, layer->name));
        if (layer->kind == TSR_LAYER_RELU) {  // fused into the convolution before it, and says so
            assert_non_null(strstr(line, outcome.network.layers[layer->inputs[0]].name));
        }
        for (int32_t c = 11; c < columns; ++c) {
            sums[c] += cell(line, c);
        }
        ++rows;
    }
    assert_int_equal(rows, outcome.network.layer_count);
    assert_non_null(total);
    for (int32_t c = 11; c < columns; ++c) {
        assert_int_equal(cell(total, c), sums[c]);
    }
    assert_int_equal(cell(total, 11), outcome.result.total.cycles);
    tsr_free(text);
    tsr_run_outcome_free(&outcome);
}

static void layers_cut_otherwise_are_named_in_the_files(void **state) {
    (void)state;
    tsr_run_outcome outcome = execute_with_own("F8");
    write_to(&outcome, "otherwise");
    char *csv = temp_read("otherwise/layers.csv");
    char *summary = temp_read("otherwise/summary.json");
    char *manifest = temp_read("otherwise/manifest.json");
    assert_non_null(strstr(csv, "conv1,conv,,asked,"));
    assert_non_null(strstr(csv, "conv2,conv,,,"));
    assert_non_null(strstr(summary, "\"note\": \"blocking F4x8 of its own\""));
    assert_non_null(strstr(manifest, "\"blocking\": \"F4x8\""));
    tsr_free(csv);
    tsr_free(summary);
    tsr_free(manifest);
    tsr_run_outcome_free(&outcome);
}

static void summary_json_holds_what_the_architecture_promises(void **state) {
    (void)state;
    static const char *const keys[] = {"run",
                                       "network",
                                       "architecture",
                                       "schedule",
                                       "blocking",
                                       "block_padding",
                                       "engine",
                                       "status",
                                       "cycles",
                                       "clock_hz",
                                       "latency_s",
                                       "frames_per_s",
                                       "macs",
                                       "macs_recomputed",
                                       "array_utilization",
                                       "cycles_by_cause",
                                       "dram_bytes",
                                       "dram",
                                       "buffers",
                                       "blocking_ratio",
                                       "energy_j",
                                       "output",
                                       "fidelity"};
    tsr_error err = {0};
    tsr_run_outcome outcome = execute("H2x2", false);
    write_to(&outcome, "summary");
    tsr_json *document = NULL;
    assert_ok(tsr_json_load(temp_path("summary/summary.json"), &document, &err), err);
    const tsr_jnode root = tsr_json_root(document);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; ++i) {
        const tsr_jnode node = tsr_jnode_get(&root, keys[i]);
        if (!tsr_jnode_exists(&node)) {
            fail_msg("summary.json has no '%s'", keys[i]);
        }
    }
    int64_t cycles = 0;
    int64_t sum = 0;
    assert_ok(tsr_jnode_int(&root, "cycles", true, 0, INT64_MAX, &cycles, &err), err);
    const tsr_jnode causes = tsr_jnode_get(&root, "cycles_by_cause");
    for (int32_t i = 0; i < TSR_CAUSE_COUNT; ++i) {
        int64_t part = 0;
        assert_ok(
            tsr_jnode_int(&causes, tsr_cause_name((tsr_cause)i), true, 0, INT64_MAX, &part, &err),
            err);
        sum += part;
    }
    assert_int_equal(sum, cycles);
    tsr_json_free(document);
    tsr_run_outcome_free(&outcome);
}

static void buffers_csv_never_exceeds_the_capacity_and_marks_the_peak(void **state) {
    (void)state;
    tsr_run_outcome outcome = execute("H2x2", false);
    write_to(&outcome, "buffers");
    char *text = temp_read("buffers/buffers.csv");
    int32_t peaks = 0;
    for (const char *line = next_line(text); line != NULL; line = next_line(line)) {
        assert_true(cell(line, 2) <= cell(line, 3));
        peaks += cell(line, 4) == 1;
    }
    assert_true(peaks >= TSR_BUFFER_COUNT);
    tsr_free(text);
    tsr_run_outcome_free(&outcome);
}

static void the_manifest_repeats_the_run(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_run_outcome outcome = execute_with_own("F8");
    write_to(&outcome, "manifest");
    tsr_json *document = NULL;
    assert_ok(tsr_json_load(temp_path("manifest/manifest.json"), &document, &err), err);
    const tsr_jnode root = tsr_json_root(document);
    const tsr_jnode configuration = tsr_jnode_get(&root, "configuration");
    char *text = tsr_jnode_print(&configuration);
    assert_non_null(text);
    char *first = NULL;
    char *second = NULL;
    assert_ok(tsr_run_execute_json(NULL, text, &first, &err), err);
    assert_ok(tsr_run_execute_json(NULL, text, &second, &err), err);
    assert_string_equal(first, second);
    char cycles[64];
    (void)snprintf(cycles, sizeof cycles, "\"cycles\":%llu,",
                   (unsigned long long)outcome.result.total.cycles);
    assert_non_null(strstr(first, cycles));
    tsr_free(first);
    tsr_free(second);
    tsr_free(text);
    tsr_json_free(document);
    tsr_run_outcome_free(&outcome);
}

static void the_timeline_is_json_with_a_span_for_every_descriptor(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_run_outcome outcome = execute("H2x2", true);
    write_to(&outcome, "timeline");
    tsr_json *document = NULL;
    assert_ok(tsr_json_load(temp_path("timeline/timeline.json"), &document, &err), err);
    tsr_json_free(document);
    char *text = temp_read("timeline/timeline.json");
    int32_t spans = 0;
    for (const char *at = strstr(text, "\"ph\":\"X\""); at != NULL;
         at = strstr(at + 1, "\"ph\":\"X\"")) {
        ++spans;
    }
    assert_int_equal(spans, outcome.program.desc_count - 1);  // all but the end
    tsr_free(text);
    tsr_run_outcome_free(&outcome);
}

static void a_folder_that_cannot_be_made_is_a_file_error(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_run_outcome outcome = execute("F16", false);
    (void)temp_write("occupied", "a file, not a folder");
    assert_int_equal(tsr_run_write(&outcome, temp_path("occupied/run"), &err), TSR_ERR_FILE);
    tsr_run_outcome_free(&outcome);
}

// A summary.json that cannot be put in its place: the other files of the folder go away again.
static void a_write_that_fails_leaves_no_half_folder(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_run_outcome outcome = execute("F16", false);
    assert_int_equal(mkdir(temp_path("half"), 0700), 0);
    assert_int_equal(mkdir(temp_path("half/summary.json"), 0700), 0);
    assert_int_equal(tsr_run_write(&outcome, temp_path("half"), &err), TSR_ERR_FILE);
    assert_false(temp_exists("half/layers.csv"));
    assert_false(temp_exists("half/manifest.json"));
    tsr_run_outcome_free(&outcome);
}

static void a_strided_network_runs_layer_by_layer_with_true_strides(void **state) {
    (void)state;
    // From a run file whose own schedule is blocked: stride 1 + max pool must not be taken over
    // from it.
    const char *network = temp_write("strided.json",
                                     "{\"name\": \"strided\", \"input\": {\"channels\": 3, "
                                     "\"height\": 16, \"width\": 16}, \"layers\": ["
                                     "{\"name\": \"conv\", \"type\": \"conv\", \"out_channels\": "
                                     "8, \"kernel\": 3, \"stride\": 2, \"padding\": 1}]}");
    tsr_run_config config = load("tiny", "layerwise");
    (void)snprintf(config.network, sizeof config.network, "%s", network);
    const tsr_execute_options options = {0};
    tsr_run_outcome outcome = {0};
    tsr_error err = {0};
    assert_ok(tsr_run_execute(&config, &options, &outcome, &err), err);
    assert_true(outcome.values.computed);
    assert_int_equal(outcome.values.differing_outputs, 0);
    assert_int_equal(outcome.result.total.macs, 8 * 3 * 3 * 3 * 8 * 8);  // at declared stride
    tsr_run_outcome_free(&outcome);
}

static void the_text_report_names_bottleneck_and_fidelity(void **state) {
    (void)state;
    static const char *const words[] = {
        "bottleneck", "fidelity", "DRAM read", "buffer        feature", "frames/s", "plan "};
    tsr_error err = {0};
    tsr_run_outcome outcome = execute("layerwise", false);
    char text[8192] = "";
    FILE *file = fmemopen(text, sizeof text, "w");
    assert_non_null(file);
    assert_ok(tsr_run_print_text(&outcome, file, &err), err);
    assert_int_equal(fclose(file), 0);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i) {
        assert_non_null(strstr(text, words[i]));
    }
    tsr_run_outcome_free(&outcome);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_leaves_its_files_and_no_others),
        cmocka_unit_test(layers_csv_has_every_layer_and_a_total_that_equals_the_summary),
        cmocka_unit_test(summary_json_holds_what_the_architecture_promises),
        cmocka_unit_test(buffers_csv_never_exceeds_the_capacity_and_marks_the_peak),
        cmocka_unit_test(the_manifest_repeats_the_run),
        cmocka_unit_test(layers_cut_otherwise_are_named_in_the_files),
        cmocka_unit_test(the_timeline_is_json_with_a_span_for_every_descriptor),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_a_file_error),
        cmocka_unit_test(a_write_that_fails_leaves_no_half_folder),
        cmocka_unit_test(a_strided_network_runs_layer_by_layer_with_true_strides),
        cmocka_unit_test(the_text_report_names_bottleneck_and_fidelity),
    };
    temp_make();
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed == 0) {
        temp_remove();
    }
    return failed;
}
