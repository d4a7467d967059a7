// SPDX-License-Identifier: Apache-2.0
// Are run files read completely, and refused with the place where they are wrong?
#include <tessera/report.h>

#include "support/temp_dir.h"
#include "support/test.h"

static void shipped_runs_load_by_name(void **state) {
    (void)state;
    static const char *const names[] = {"tiny", "vgg16_zc706", "vgg16_zcu102", "vdsr_set5",
                                        "vdsr_ultra96"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        tsr_error err = {0};
        tsr_run_config config;
        assert_ok(tsr_run_config_load(names[i], NULL, 0, &config, &err), err);
        assert_string_equal(config.name, names[i]);
        assert_true(config.compare_count >= 4);
    }
}

static void every_field_arrives(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_run_config config;
    assert_ok(tsr_run_config_parse(
                  "{\"name\": \"n\", \"network\": \"vdsr\", \"arch\": \"zcu102\", \"input_size\": "
                  "{\"height\": 64, "
                  "\"width\": 96}, \"schedule\": {\"mode\": \"blocked\", \"blocking\": \"F32x48\", "
                  "\"block_padding\": "
                  "\"reflect\", \"border_padding\": \"zero\", \"ragged\": true, \"true_stride\": "
                  "true, \"join\": "
                  "\"dram\", \"weight_residency\": \"per_block\", \"pixel_packing\": false}, "
                  "\"weights\": {\"seed\": 7}, "
                  "\"engine\": "
                  "\"estimate\", \"values\": true, \"compare\": [\"layerwise\", \"H4x4\"]}",
                  "text", &config, &err),
              err);
    assert_string_equal(config.network, "vdsr");
    assert_string_equal(config.arch.name, "zcu102");
    assert_int_equal(config.input_h, 64);
    assert_int_equal(config.input_w, 96);
    const tsr_schedule *s = &config.schedule;
    assert_int_equal(s->mode, TSR_SCHEDULE_BLOCKED);
    assert_int_equal(s->blocking.h, 32);
    assert_int_equal(s->blocking.w, 48);
    assert_int_equal(s->blocking.block_padding, TSR_PAD_REFLECT);
    assert_int_equal(s->blocking.border_padding, TSR_PAD_ZERO);
    assert_true(s->blocking.ragged && s->blocking.true_stride && config.values);
    assert_int_equal(s->join, TSR_JOIN_DRAM);
    assert_int_equal(s->residency, TSR_RESIDENCY_PER_BLOCK);
    assert_true(s->unpacked);
    assert_int_equal(config.seed, 7);
    assert_int_equal(config.executor, TSR_EXECUTOR_ESTIMATE);
    assert_int_equal(config.compare_count, 2);
    assert_string_equal(config.compare[1], "H4x4");
}

static void named_layers_are_left_whole(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_run_config config;
    tsr_network network = {0};
    assert_ok(tsr_run_config_parse("{\"network\": \"vdsr\", \"arch\": \"tiny\", \"schedule\": "
                                   "{\"mode\": \"blocked\", \"blocking\": \"F8\", \"layers\": "
                                   "[{\"layer\": \"conv2\", \"blocking\": \"none\"}]}}",
                                   "text", &config, &err),
              err);
    assert_ok(tsr_run_config_network(&config, &network, &err), err);
    assert_false(network.layers[tsr_network_find(&network, "conv2")].blockable);
    assert_true(network.layers[tsr_network_find(&network, "conv3")].blockable);
    tsr_network_free(&network);
    (void)snprintf(config.layer_blockings[0].from, TSR_NAME_MAX, "relu2");
    assert_int_equal(tsr_run_config_network(&config, &network, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "relu2"));
}

static void layers_have_blockings_of_their_own(void **state) {
    (void)state;
    static const char text[] =
        "{\"network\": \"vdsr\", \"arch\": \"tiny\", \"schedule\": {\"mode\": \"blocked\", "
        "\"blocking\": \"F8\", \"layers\": [{\"from\": \"conv2\", \"to\": \"relu4\", "
        "\"blocking\": \"F16x4\"}, {\"layer\": \"conv3\", \"blocking\": \"none\"}, {\"layer\": "
        "\"conv4\", \"blocking\": \"H2\"}]}}";
    tsr_error err = {0};
    static tsr_run_config config;
    tsr_network network = {0};
    assert_ok(tsr_run_config_parse(text, "text", &config, &err), err);
    assert_int_equal(config.layer_blocking_count, 3);
    assert_ok(tsr_run_config_network(&config, &network, &err), err);
    const tsr_layer *conv2 = &network.layers[tsr_network_find(&network, "conv2")];
    const tsr_layer *conv4 = &network.layers[tsr_network_find(&network, "conv4")];
    assert_true(conv2->own_blocking.h == 16 && conv2->own_blocking.w == 4);
    assert_false(network.layers[tsr_network_find(&network, "conv3")].blockable);
    assert_int_equal(conv4->own_blocking.kind, TSR_BLOCKING_HIERARCHICAL);  // the later one holds
    assert_int_equal(network.layers[tsr_network_find(&network, "conv5")].own_blocking.kind,
                     TSR_BLOCKING_NONE);
    tsr_network_free(&network);
    (void)snprintf(config.layer_blockings[0].to, TSR_NAME_MAX, "conv1");  // the wrong way round
    assert_int_equal(tsr_run_config_network(&config, &network, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "from conv2 to conv1"));
}

static void pictures_and_blocks_at_a_time_arrive(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_run_config config;
    tsr_network network = {0};
    assert_ok(tsr_run_config_parse("{\"network\": \"tiny\", \"arch\": \"tiny\", \"batch\": 5, "
                                   "\"schedule\": {\"mode\": \"blocked\", \"blocking\": \"F8\", "
                                   "\"weight_residency\": \"block_batch\", \"block_batch\": 4}}",
                                   "text", &config, &err),
              err);
    assert_int_equal(config.schedule.residency, TSR_RESIDENCY_BLOCK_BATCH);
    assert_int_equal(config.schedule.block_batch, 4);
    assert_ok(tsr_run_config_network(&config, &network, &err), err);
    assert_int_equal(network.batch, 5);
    tsr_network_free(&network);
    assert_ok(tsr_run_config_parse("{\"network\": \"tiny\", \"arch\": \"tiny\", \"schedule\": "
                                   "{\"mode\": \"blocked\", \"blocking\": \"F8\", "
                                   "\"weight_residency\": \"per_group\"}}",
                                   "text", &config, &err),
              err);
    assert_int_equal(config.schedule.residency, TSR_RESIDENCY_PER_GROUP);
    assert_int_equal(config.batch, 0);  // as the network says
}

static void overrides_reach_into_the_architecture(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_run_config config;
    static const tsr_override overrides[] = {
        {"/arch/array/tp", "4"}, {"/arch", "\"zc706\""}, {"/values", "true"}};
    assert_ok(tsr_run_config_load("tiny", overrides, 3, &config, &err), err);
    assert_string_equal(config.arch.name, "zc706");
    assert_int_equal(config.arch.tp, 4);
    assert_true(config.values);
}

static void paths_count_from_the_run_file(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_run_config config;
    (void)temp_write(
        "run.json",
        "{\"network\": \"nets/a.json\", \"arch\": \"tiny\", \"weights\": {\"file\": \"w.npz\"}}");
    assert_ok(tsr_run_config_load(temp_path("run.json"), NULL, 0, &config, &err), err);
    assert_string_equal(config.network, temp_path("nets/a.json"));
    assert_string_equal(config.weights_file, temp_path("w.npz"));
    assert_string_equal(config.name, "run");
}

static void refuse(const char *text, tsr_status status, const char *part) {
    tsr_error err = {0};
    tsr_run_config config;
    const tsr_status got = tsr_run_config_parse(text, "bad.json", &config, &err);
    if (got != status || (strstr(err.where, part) == NULL && strstr(err.message, part) == NULL)) {
        fail_msg("%s -> %s '%s: %s', expected %s with '%s'", text, tsr_status_name(got), err.where,
                 err.message, tsr_status_name(status), part);
    }
}

static void bad_runs_are_refused_with_the_place(void **state) {
    (void)state;
    refuse("{\"network\": \"tiny\", \"arch\": \"tiny\", \"schedul\": {}}", TSR_ERR_CONFIG,
           "schedule");
    refuse("{\"network\": \"tiny\"}", TSR_ERR_CONFIG, "arch");
    refuse("{\"arch\": \"tiny\"}", TSR_ERR_CONFIG, "network");
    refuse("[1]", TSR_ERR_CONFIG, "one object");
    refuse("{\"network\": \"tiny\", \"arch\": \"tiny\", \"engine\": \"verilog\"}", TSR_ERR_CONFIG,
           "systemc");
    refuse(
        "{\"network\": \"tiny\", \"arch\": \"tiny\", \"input_size\": {\"height\": -4, \"width\": "
        "8}}",
        TSR_ERR_CONFIG, "/input_size/height");
    refuse(
        "{\"network\": \"tiny\", \"arch\": \"tiny\", \"input_size\": {\"height\": 99999999999, "
        "\"width\": 8}}",
        TSR_ERR_CONFIG, "/input_size/height");
    refuse("{\"network\": \"tiny\", \"arch\": \"tiny\", \"name\": \"../up\"}", TSR_ERR_CONFIG,
           "/name");
    refuse("{\"network\": \"tiny\", \"arch\": \"tiny\", \"schedule\": {\"mode\": \"blocked\"}}",
           TSR_ERR_CONFIG, "needs a blocking");
    refuse(
        "{\"network\": \"tiny\", \"arch\": \"tiny\", \"schedule\": {\"mode\": \"blocked\", "
        "\"blocking\": \"F0\"}}",
        TSR_ERR_CONFIG, "/schedule/blocking");
    refuse(
        "{\"network\": \"tiny\", \"arch\": \"tiny\", \"schedule\": {\"mode\": \"layerwise\", "
        "\"blocking\": \"F8\"}}",
        TSR_ERR_CONFIG, "/schedule");
    refuse("{\"network\": \"tiny\", \"arch\": \"tiny\", \"compare\": [\"Q3\"]}", TSR_ERR_CONFIG,
           "/compare/0");
    refuse(
        "{\"network\": \"tiny\", \"arch\": \"tiny\", \"schedule\": {\"mode\": \"layerwise\", "
        "\"layers\": [{\"layer\": \"conv1\", \"blocking\": \"F4\"}]}}",
        TSR_ERR_CONFIG, "/schedule/layers/0/blocking");
    refuse(
        "{\"network\": \"tiny\", \"arch\": \"tiny\", \"schedule\": {\"mode\": \"blocked\", "
        "\"blocking\": \"F8\", \"layers\": [{\"layer\": \"conv1\", \"blocking\": \"F4q\"}]}}",
        TSR_ERR_CONFIG, "/schedule/layers/0/blocking");
    refuse(
        "{\"network\": \"tiny\", \"arch\": \"tiny\", \"schedule\": {\"mode\": \"blocked\", "
        "\"blocking\": \"F8\", \"layers\": [{\"layer\": \"conv1\", \"to\": \"conv2\", "
        "\"blocking\": \"F4\"}]}}",
        TSR_ERR_CONFIG, "/schedule/layers/0/to");
    refuse(
        "{\"network\": \"tiny\", \"arch\": \"tiny\", \"schedule\": {\"mode\": \"blocked\", "
        "\"blocking\": \"F8\", \"layers\": [{\"from\": \"conv1\", \"blocking\": \"F4\"}]}}",
        TSR_ERR_CONFIG, "'to' is missing");
    refuse("{\"network\": \"tiny\", \"arch\": \"tiny\", \"compare\": 3}", TSR_ERR_CONFIG,
           "/compare");
    refuse("{\"network\": \"tiny\", \"arch\": \"tiny\", \"batch\": 0}", TSR_ERR_CONFIG, "/batch");
    refuse(
        "{\"network\": \"tiny\", \"arch\": \"tiny\", \"schedule\": {\"mode\": \"blocked\", "
        "\"blocking\": \"F8\", \"block_batch\": 2}}",
        TSR_ERR_CONFIG, "/schedule/block_batch");
    refuse("{\"network\": \"tiny\", \"arch\": ", TSR_ERR_SYNTAX, "bad.json");
}

static void parts_and_the_objective_are_read(void **state) {
    (void)state;
    static const char text[] =
        "{\"network\": \"vgg16\", \"arch\": \"tiny\", \"schedule\": {\"mode\": \"auto\", "
        "\"objective\": \"cycles\", \"blocking\": \"F28\", \"groups\": ["
        "{\"from\": \"conv1_1\", \"to\": \"conv1_2\", \"mode\": \"cached\", \"tile_h\": 4}, "
        "{\"from\": \"conv2_1\", \"to\": \"conv2_2\", \"mode\": \"blocked\", "
        "\"one_group\": true}]}}";
    tsr_error err = {0};
    static tsr_run_config config;
    assert_ok(tsr_run_config_parse(text, "test", &config, &err), err);
    const tsr_schedule *s = &config.schedule;
    assert_true(s->mode == TSR_SCHEDULE_AUTO && s->objective == TSR_OBJECTIVE_CYCLES);
    assert_int_equal(s->part_count, 2);
    assert_string_equal(s->parts[0].to, "conv1_2");
    assert_true(s->parts[0].mode == TSR_SCHEDULE_CACHED && s->parts[0].tile_h == 4);
    assert_true(s->parts[1].mode == TSR_SCHEDULE_BLOCKED && s->parts[1].one_group);
    tsr_network network = {0};
    assert_ok(tsr_run_config_network(&config, &network, &err), err);
    assert_false(network.layers[tsr_network_find(&network, "conv1_1")].blockable);
    assert_true(network.layers[tsr_network_find(&network, "conv2_1")].blockable);
    tsr_network_free(&network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_runs_load_by_name),
        cmocka_unit_test(every_field_arrives),
        cmocka_unit_test(named_layers_are_left_whole),
        cmocka_unit_test(layers_have_blockings_of_their_own),
        cmocka_unit_test(pictures_and_blocks_at_a_time_arrive),
        cmocka_unit_test(parts_and_the_objective_are_read),
        cmocka_unit_test(overrides_reach_into_the_architecture),
        cmocka_unit_test(paths_count_from_the_run_file),
        cmocka_unit_test(bad_runs_are_refused_with_the_place),
    };
    temp_make();
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed == 0) {
        temp_remove();
    }
    return failed;
}
