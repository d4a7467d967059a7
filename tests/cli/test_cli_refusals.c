// SPDX-License-Identifier: Apache-2.0
// Is bad input refused with a clear word, the documented exit code, and nothing written?
#include "cli/tessera_call.h"

/** Refused, and no folder appears. */
static void refuse(const char *words, int code, const char *part) {
    char with_out[1024];
    (void)snprintf(with_out, sizeof with_out, "%s --out nothing", words);
    expect(with_out, code, part);
    if (temp_exists("nothing")) {
        fail_msg("tessera %s has written something", words);
    }
}

static void usage_errors_name_what_is_nearest(void **state) {
    (void)state;
    expect("", 2, "usage: tessera VERB");
    expect("rum tiny", 2, "nearest: run");
    expect("xyzzy", 2, "no such verb");
    expect("run tiny --blokcing F8", 2, "nearest: --blocking");
    expect("run", 2, "RUN");
    expect("run tiny tiny", 2, "one word too many");
    expect("run tiny --blocking", 2, "needs a value");
    expect("run tiny --json=1", 2, "takes no value");
    expect("run tiny -x", 2, "-x");
    expect("compare tiny -j 0", 2, "1..64");
    expect("compare tiny -j x", 2, "must be a number");
    expect("run tiny --input-size 0x8", 2, "HEIGHTxWIDTH");
    expect("run tiny --input-size 99999999x8", 2, "HEIGHTxWIDTH");
    expect("run tiny --input-size=-8x8", 2, "HEIGHTxWIDTH");
    expect("run tiny --batch 0", 2, "1..65535");
    expect("run tiny --block-batch 4", 2, "goes with --weight-residency block_batch");
    expect("run tiny --weight-residency per_layer", 2, "per_group");
    expect("run tiny --schedule layerwise --weight-residency block_batch", 2, "mode blocked");
    expect("run tiny --block-padding same", 2, "reflect");
    expect("run tiny --engine verilog", 2, "systemc");
    expect("run tiny --layer-blocking conv1", 2, "LAYER=BLOCKING");
    expect("run tiny --layer-blocking conv1=Q7", 2, "must be none, F<n>");
    expect("run tiny --schedule layerwise --layer-blocking conv1=F4", 2, "H1 leaves them whole");
    expect("run tiny --schedule blocked --blocking none", 2, "needs --blocking");
    expect("run tiny --schedule layerwise --blocking F8", 2, "layerwise");
    expect("run tiny --set nonsense", 2, "POINTER=JSON");
    expect("table", 2, "--networks");
    expect("table --networks vgg16 --bits 12", 2, "8, 16 or 32");
    expect("table --networks vgg16 --only everything", 2, "working_set");
    expect("table --networks vgg16 --layout sideways", 2, "combined");
    expect("table --networks vgg16@224 --only layers", 2, "HEIGHTxWIDTH");
    expect("table --networks vgg16 --blockings F28,,F14", 2, "commas");
    expect("sweep tiny_buffers", 2, "--out");
    expect("accuracy vdsr_set5", 2, "--data");
}

static void verbs_of_later_versions_are_refused_by_name(void **state) {
    (void)state;
    static const char *const later[] = {"convert", "report", "trace"};
    for (size_t i = 0; i < sizeof later / sizeof later[0]; ++i) {
        expect(later[i], 3, "not in this version");
    }
}

static void options_of_the_other_kind_of_validation_are_refused(void **state) {
    (void)state;
    expect("validate tiny --cases 3", 2, "without a run file");
    expect("validate tiny --shapes m8n4p2", 2, "without a run file");
    expect("validate --fst x.fst", 2, "with a run file");
    expect("validate --network vgg16", 2, "with a run file");
    expect("validate --layer-blocking conv1=F4", 2, "with a run file");
    expect("validate --cases 0", 2, "cases");
    expect("validate tiny --fst x.fst --fst-from 5 --fst-to 4", 2, "fst-to");
    expect("validate --shapes m8n4p3 --rtl-cache cache", 2, "m8n4p2");
    expect("validate nowhere.json", 5, "nowhere.json");
}

static void missing_files_are_file_errors(void **state) {
    (void)state;
    refuse("run nowhere.json", 5, "nowhere.json");
    refuse("run tiny --network nowhere/net.json", 5, "nowhere/net.json");
    refuse("run tiny --arch nowhere/arch.json", 5, "nowhere/arch.json");
    refuse("compare tiny --network nowhere/net.json", 5, "nowhere/net.json");
    refuse("sweep nowhere.json", 5, "nowhere.json");
    expect("table --networks nowhere/net.json", 5, "nowhere/net.json");
    expect("plan tiny --program nowhere/x.tsp", 5, "nowhere/x.tsp");
    expect("plan tiny --disassemble nowhere/x.txt", 5, "nowhere/x.txt");
    (void)temp_write("file", "not a folder");
    expect("run tiny --out file", 5, "file");
}

static void unknown_keys_are_refused_with_pointer_and_nearest(void **state) {
    (void)state;
    (void)temp_write("key.json", "{\"network\": \"tiny\", \"arch\": \"tiny\", \"shedule\": {}}");
    refuse("run key.json", 3, "schedule");
    (void)temp_write("syntax.json", "{\"network\": \"tiny\",\n \"arch\": }");
    refuse("run syntax.json", 3, "syntax.json:2");
    (void)temp_write(
        "axis.json",
        "{\"name\": \"axis\", \"base\": \"tiny\", \"axes\": {\"/shedule/mode\": [\"layerwise\"]}}");
    refuse("sweep axis.json", 3, "schedule");
    refuse("run tiny --set /arch/array/tq=3", 3, "tq");
}

/** A network in a file of its own. */
static void refuse_network(const char *layers, int code, const char *part) {
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "{\"name\": \"n\", \"input\": {\"channels\": 3, \"height\": 32, \"width\": 32}, "
                   "\"layers\": [%s]}",
                   layers);
    (void)temp_write("net.json", text);
    refuse("run tiny --network net.json --schedule layerwise", code, part);
    refuse("compare tiny --network net.json", code, part);
}

static void broken_networks_are_refused(void **state) {
    (void)state;
    refuse_network("{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": -4, \"kernel\": 3}", 3,
                   "out_channels");
    refuse_network(
        "{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 4, \"kernel\": 3, \"stride\": 0}",
        3, "stride");
    refuse_network(
        "{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 99999999999, \"kernel\": 3}", 3,
        "out_channels");
    refuse_network(
        "{\"name\": \"a\", \"type\": \"relu\", \"inputs\": [\"b\"]}, {\"name\": \"b\", \"type\": "
        "\"relu\"}",
        3,
        "b");  // a reads b, which reads a
    refuse_network("{\"name\": \"a\", \"type\": \"conv\", \"out_channels\": 4, \"kernel\": 99}", 3,
                   "a");
    refuse_network("", 3, "layers");
    refuse("run vdsr_ultra96 --input-size 65535x65535 --schedule layerwise", 3, "");
}

static void blocks_that_do_not_divide_name_the_layer(void **state) {
    (void)state;
    refuse("run tiny --blocking F15", 3, "conv1");
}

static void what_does_not_fit_names_the_resource(void **state) {
    (void)state;
    refuse("run tiny --set /arch/feature_buffer/bytes=1024", 4, "feature buffer");
    refuse("compare tiny --set /arch/feature_buffer/bytes=1024", 4, "feature buffer");
    expect("plan tiny --set /arch/feature_buffer/bytes=1024", 4, "feature buffer");
}

static void truncated_data_files_are_refused(void **state) {
    (void)state;
    (void)temp_write("cut.npz", "PK\003\004 this is no archive");
    (void)temp_write("weights.json",
                     "{\"network\": \"tiny\", \"arch\": \"tiny\", \"values\": true, \"weights\": "
                     "{\"file\": \"cut.npz\"}}");
    refuse("run weights.json", 3, "cut.npz");
    (void)temp_write("pictures.json",
                     "{\"network\": \"vdsr\", \"arch\": \"u50\", \"accuracy\": {\"pictures\": "
                     "\"cut.npz\", \"weights\": "
                     "\"cut.npz\"}}");
    refuse("accuracy pictures.json --data .", 3, "cut.npz");
    refuse("accuracy pictures.json --data nowhere", 5, "nowhere/cut.npz");
    refuse("accuracy tiny --data .", 3, "accuracy");
}

static void a_full_standard_output_is_not_success(void **state) {
    (void)state;
    char command[512];
    (void)snprintf(command, sizeof command, "'%s' run tiny --json >/dev/full 2>/dev/null",
                   TSR_TESSERA);
    const int status = system(command);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usage_errors_name_what_is_nearest),
        cmocka_unit_test(verbs_of_later_versions_are_refused_by_name),
        cmocka_unit_test(options_of_the_other_kind_of_validation_are_refused),
        cmocka_unit_test(missing_files_are_file_errors),
        cmocka_unit_test(unknown_keys_are_refused_with_pointer_and_nearest),
        cmocka_unit_test(broken_networks_are_refused),
        cmocka_unit_test(blocks_that_do_not_divide_name_the_layer),
        cmocka_unit_test(what_does_not_fit_names_the_resource),
        cmocka_unit_test(truncated_data_files_are_refused),
        cmocka_unit_test(a_full_standard_output_is_not_success),
    };
    return call_main(tests, sizeof tests / sizeof tests[0]);
}
