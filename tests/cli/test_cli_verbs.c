// SPDX-License-Identifier: Apache-2.0
// Does every verb do what its help says?
#include "base/json.h"
#include "cli/tessera_call.h"

static const char *const verbs[] = {"run",      "compare", "table",    "plan",
                                    "accuracy", "sweep",   "validate", "fit"};

static tsr_json *out_json(void) {
    tsr_error err = {0};
    tsr_json *document = NULL;
    assert_ok(tsr_json_parse(call_out, "stdout", &document, &err), err);
    return document;
}

static void every_verb_has_help_with_examples(void **state) {
    (void)state;
    expect("--help", 0, NULL);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; ++i) {
        char words[64];
        must_say("tessera --help", call_out, verbs[0]);
        (void)snprintf(words, sizeof words, "%s --help", verbs[i]);
        expect(words, 0, NULL);
        must_say(words, call_out, "usage: tessera ");
        must_say(words, call_out, "examples:");
        must_say(words, call_out, "--quiet");
        expect("--help", 0, NULL);
        must_say("tessera --help", call_out, verbs[i]);
    }
}

static void the_version_is_printed(void **state) {
    (void)state;
    expect("--version", 0, NULL);
    assert_int_equal(strncmp(call_out, "tessera ", 8), 0);
}

static void run_writes_a_complete_folder_and_prints_a_report(void **state) {
    (void)state;
    expect("run tiny --out out", 0, NULL);
    must_say("run", call_out, "bottleneck");
    assert_true(temp_exists("out/tiny/summary.json"));
    assert_true(temp_exists("out/tiny/layers.csv"));
    assert_true(temp_exists("out/tiny/dram.csv"));
    assert_true(temp_exists("out/tiny/buffers.csv"));
    assert_true(temp_exists("out/tiny/manifest.json"));
    assert_false(temp_exists("out/tiny/timeline.json"));
    expect("run tiny --out out --events --quiet", 0, NULL);
    assert_string_equal(call_out, "");
    assert_true(temp_exists("out/tiny/timeline.json"));
}

static void options_of_run_change_the_run(void **state) {
    (void)state;
    expect("run tiny --json --schedule layerwise", 0, NULL);
    must_say("run", call_out, "\"schedule\": \"layerwise\"");
    must_say("run", call_out, "\"blocking\": \"none\"");
    expect(
        "run tiny --json --schedule blocked --blocking F16 --block-padding reflect "
        "--border-padding zero",
        0, NULL);
    must_say("run", call_out, "\"blocking\": \"F16\"");
    must_say("run", call_out, "\"block_padding\": \"reflect\"");
    must_say("run", call_out, "\"border_padding\": \"zero\"");
    expect("plan tiny --schedule F8 --layer-blocking conv1..conv2=F4,conv2=none", 0, NULL);
    must_say("plan", call_out, "conv1: blocking F4 of its own");
    expect("run tiny --json --batch 3 --values on --weight-residency block_batch --block-batch 2",
           0, NULL);
    must_say("run", call_out, "\"batch\": 3");
    must_say("run", call_out, "\"elements_differing_from_unblocked\"");
    expect("plan tiny --batch 3 --weight-residency block_batch --block-batch 2", 0, NULL);
    must_say("plan", call_out, "weights block_batch of 2, 3 pictures");
    expect("run tiny --json --engine estimate --values off", 0, NULL);
    must_say("run", call_out, "\"engine\": \"estimate\"");
    must_say("run", call_out, "\"crc32\": null");
    expect("run tiny --json --blocking=none --arch=zc706 --set /arch/array/tp=4", 0, NULL);
    must_say("run", call_out, "\"architecture\": \"zc706\"");
    expect(
        "run tiny --json --network vdsr --input-size 32x48 --arch ultra96 --blocking F16 --join "
        "dram",
        0, NULL);
    must_say("run", call_out, "\"network\": \"vdsr\"");
    tsr_json_free(out_json());
}

static void estimate_never_exceeds_the_machine(void **state) {
    (void)state;
    int64_t cycles[2] = {0, 0};
    static const char *const words[] = {"run tiny --json --engine estimate",
                                        "run tiny --json --engine systemc"};
    for (int32_t i = 0; i < 2; ++i) {
        tsr_error err = {0};
        expect(words[i], 0, NULL);
        tsr_json *document = out_json();
        const tsr_jnode root = tsr_json_root(document);
        assert_ok(tsr_jnode_int(&root, "cycles", true, 1, INT64_MAX, &cycles[i], &err), err);
        tsr_json_free(document);
    }
    assert_true(cycles[0] <= cycles[1]);
}

static void compare_prints_rows_or_a_json_list(void **state) {
    (void)state;
    expect("compare tiny --out cmp", 0, NULL);
    must_say("compare", call_out, "| layerwise |");
    must_say("compare", call_out, "speed-up");
    assert_true(temp_exists("cmp/tiny/comparison.md"));
    expect("compare tiny --schedules layerwise,F8,H4x4 --json -j 1", 0, NULL);
    tsr_json *document = out_json();
    const tsr_jnode root = tsr_json_root(document);
    assert_int_equal(tsr_jnode_count(&root), 3);
    tsr_json_free(document);
    expect("compare tiny --format csv", 0, NULL);
    must_say("compare", call_out, "dram_read_weights_bytes");
}

static void compare_keeps_its_rows_when_one_is_refused(void **state) {
    (void)state;
    expect("compare tiny --schedules layerwise,recompute,F15,cached --json", 3, "F15");
    tsr_json *document = out_json();
    const tsr_jnode root = tsr_json_root(document);
    assert_int_equal(tsr_jnode_count(&root), 4);
    tsr_json_free(document);
}

static void the_same_bytes_come_out_for_every_number_of_jobs(void **state) {
    (void)state;
    expect("compare tiny --json -j 1", 0, NULL);
    char *one = tsr_strdup(call_out);
    expect("compare tiny --json -j 2", 0, NULL);
    assert_string_equal(one, call_out);
    tsr_free(one);
}

static void table_prints_ideal_and_moved_in_three_forms(void **state) {
    (void)state;
    expect("table --networks vgg16,vdsr --blockings none,F28,H4x4 --bits 8", 0, NULL);
    must_say("table", call_out, "17.863");
    must_say("table", call_out, "5.018");
    must_say("table", call_out, "ideal MB");
    must_say("table", call_out, "moved MB");
    expect("table --networks vgg16 --blockings F28 --only working_set --format csv", 0, NULL);
    must_say("table", call_out, "blocked KiB");
    assert_null(strstr(call_out, "moved MB"));
    expect("table --networks vgg16 --blockings F28 --only traffic --format latex --arch zcu102", 0,
           NULL);
    must_say("table", call_out, "\\begin{tabular}");
    must_say("table", call_out, "zcu102");
    expect("table --networks vgg16 --bits 32 --only layers", 0, NULL);
}

static void table_plans_baselines_beside_line_buffers_and_tiles(void **state) {
    (void)state;
    expect("table --networks vdsr --only baselines --baselines recompute:64,cached", 0, NULL);
    must_say("table", call_out, "line buffers ideal KiB");
    must_say("table", call_out, "recompute:64x64");
    must_say("table", call_out, "| vdsr    | cached ");
    must_say("table", call_out, "608.5");  // 2 rows of 256 pixels of 1 + 19 * 64 channels
    expect("table --networks vdsr --only on_chip --blockings H4x4", 0, NULL);
    must_say("table", call_out, "plan's peak KiB");
    expect("table --networks vdsr --only baselines --baselines F28", 2, "has blocks");
    expect("table --networks vdsr --only baselines --baselines cached:x", 2, "'cached:x'");
}

static void table_puts_networks_side_by_side(void **state) {
    (void)state;
    expect("table --networks resnet18,mobilenet_v1 --blockings F28 --only traffic --moved off", 0,
           NULL);
    must_say("table", call_out, "resnet18: intermediate MB");
    must_say("table", call_out, "mobilenet_v1: intermediate MB");
    must_say("table", call_out, "2.634");
    must_say("table", call_out, "5.168");
    expect(
        "table --networks vdsr@256x256,vdsr@1080x1920 --blockings H4x4 --only working_set "
        "--bits 8,16 --layout rows",
        0, NULL);
    must_say("table", call_out, "vdsr@1080x1920");
    must_say("table", call_out, "16200.0 / 32400.0");
    expect("table --only anchors", 0, NULL);
    must_say("table", call_out, "3.637 MiB");
    // A network or blocking without a plan is a row, not the end of the table.
    expect("table --networks vgg16 --blockings F30,F28 --only traffic", 0, NULL);
    must_say("table", call_out, "not planned: conv1_1: ");
    must_say("table", call_out, "moved MB");
}

static void plan_prints_and_writes_the_program(void **state) {
    (void)state;
    expect("plan tiny --program tiny.tsp --disassemble tiny.txt", 0, NULL);
    must_say("plan", call_out, "feature pool");
    assert_true(temp_exists("tiny.tsp"));
    char *text = temp_read("tiny.txt");
    must_say("tiny.txt", text, "conv ");
    tsr_free(text);
    assert_false(temp_exists("tiny.txt.part"));
    expect("plan tiny -q --disassemble -", 0, NULL);
    must_say("plan", call_out, "load_feature");
}

static void a_sweep_runs_resumes_and_says_what_does_not_fit(void **state) {
    (void)state;
    expect("sweep tiny_buffers --out s1 -j 1", 0, NULL);
    must_say("sweep", call_out, "12 executed");
    expect("sweep tiny_buffers --out s1 -j 2", 0, NULL);
    must_say("sweep", call_out, "12 found in the database");
    expect("sweep tiny_buffers --out s2 -j 2 --quiet", 0, NULL);
    char *one = temp_read("s1/tiny_buffers/rows.csv");
    char *two = temp_read("s2/tiny_buffers/rows.csv");
    assert_string_equal(one, two);
    must_say("rows.csv", one, "not_fit");
    tsr_free(one);
    tsr_free(two);
}

static void a_killed_sweep_resumes_to_the_same_bytes(void **state) {
    (void)state;
    char command[1024];
    expect("sweep tiny_buffers --out whole -j 1 -q", 0, NULL);
    for (int32_t i = 0; i < 4; ++i) {
        (void)snprintf(command, sizeof command,
                       "cd %s && timeout -s KILL 0.0%d '%s' sweep tiny_buffers --out killed -j 2 "
                       "-q 2>/dev/null",
                       temp_root, 1 + i, TSR_TESSERA);
        (void)!system(command);
    }
    expect("sweep tiny_buffers --out killed -j 2 -q", 0, NULL);
    char *whole = temp_read("whole/tiny_buffers/rows.csv");
    char *killed = temp_read("killed/tiny_buffers/rows.csv");
    assert_string_equal(whole, killed);
    tsr_free(whole);
    tsr_free(killed);
}

static void an_interrupted_sweep_keeps_what_is_done(void **state) {
    (void)state;
    char command[1024];
    (void)snprintf(command, sizeof command,
                   "cd %s && '%s' sweep vgg16_arrays --out stop -j 2 -q >/dev/null 2>stop.txt & "
                   "sleep 1; kill -INT $!; "
                   "wait $!",
                   temp_root, TSR_TESSERA);
    const int status = system(command);
    assert_true(WIFEXITED(status));
    // A shell starts what runs behind it with SIGINT ignored; the program catches it all the same.
    assert_int_equal(WEXITSTATUS(status), 6);
    assert_true(temp_exists("stop/vgg16_arrays/sweep.sqlite"));
    assert_false(temp_exists("stop/vgg16_arrays/rows.csv"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_has_help_with_examples),
        cmocka_unit_test(the_version_is_printed),
        cmocka_unit_test(run_writes_a_complete_folder_and_prints_a_report),
        cmocka_unit_test(options_of_run_change_the_run),
        cmocka_unit_test(estimate_never_exceeds_the_machine),
        cmocka_unit_test(compare_prints_rows_or_a_json_list),
        cmocka_unit_test(compare_keeps_its_rows_when_one_is_refused),
        cmocka_unit_test(the_same_bytes_come_out_for_every_number_of_jobs),
        cmocka_unit_test(table_prints_ideal_and_moved_in_three_forms),
        cmocka_unit_test(table_plans_baselines_beside_line_buffers_and_tiles),
        cmocka_unit_test(table_puts_networks_side_by_side),
        cmocka_unit_test(plan_prints_and_writes_the_program),
        cmocka_unit_test(a_sweep_runs_resumes_and_says_what_does_not_fit),
        cmocka_unit_test(a_killed_sweep_resumes_to_the_same_bytes),
        cmocka_unit_test(an_interrupted_sweep_keeps_what_is_done),
    };
    return call_main(tests, sizeof tests / sizeof tests[0]);
}
