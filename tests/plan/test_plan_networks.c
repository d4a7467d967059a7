// SPDX-License-Identifier: Apache-2.0
// Shipped networks at small input sizes: what their programs compute, layer by layer and in blocks,
// is what the model computes. usage: test_plan_networks [network size schedule [true_stride]]
#include <stdlib.h>

#include "plan/plan_rig.h"

/** One network at one size under some schedules. */
typedef struct network_case {
    const char *name;
    int32_t size;
    const char *schedules[3];
    bool true_stride;
} network_case;

static const network_case cases[] = {
    {"cifar10_resnet20", 32, {"layerwise", "F8", "H2x2"}, true},
    {"cifar10_mobilenet", 32, {"layerwise", "F16", "H2x2"}, false},
    {"mobilenet_v1_025", 64, {"layerwise", "F8", "H4x4"}, true},
    {"mobilenet_v2", 32, {"layerwise", "F8", "H2x2"}, true},
    {"resnet18", 64, {"layerwise", "H2x2", NULL}, false},
    {"squeezenet1_1", 48, {"layerwise", "F8", "H2x2"}, false},
    {"alexnet", 63, {"layerwise", "F5", "H2x2"}, false},
    {"cifar10_resnet8", 32, {"layerwise", "F8", "H4x4"}, true},
    {"cifar10_resnet8", 32, {"F8", "H2x4", NULL}, false},
    {"googlenet", 32, {"layerwise", "F8", NULL}, true},
    {"unet", 16, {"F8", NULL, NULL}, true},
    {"yolov3_tiny", 64, {"layerwise", "F16", NULL}, true},
    {"fsrcnn_x2", 24, {"layerwise", "F12", "H2x2"}, true},
};

/** Multiply-accumulates of the network's layers, and those its descriptors are noted for. */
static void check_macs(const tsr_network *network, const tsr_program *program) {
    uint64_t wanted = 0;
    uint64_t found = 0;
    for (int32_t i = 0; i < network->layer_count; ++i) {
        wanted += network->layers[i].macs;
    }
    for (int32_t d = 0; d < program->desc_count; ++d) {
        found += tsr_program_note(program, d).macs;
    }
    assert_true(found == wanted);
}

/** Nothing is dropped: every layer has descriptors, or is done by a pass that has, or moves nothing. */
static void check_layers(const tsr_plan *plan, const tsr_program *program) {
    const tsr_network *network = &plan->network;
    int32_t *fused_into = test_malloc((size_t)network->layer_count * sizeof *fused_into);
    bool *done = test_calloc((size_t)network->layer_count, sizeof *done);
    tsr_fusion_make(network, fused_into);
    for (int32_t d = 0; d < program->desc_count; ++d) {
        done[tsr_program_brief(program, d).layer] = true;
    }
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        done[plan->stages[s].out_layer] |= done[plan->stages[s].layer];
    }
    for (int32_t i = 1; i < network->layer_count; ++i) {
        const tsr_layer_kind kind = network->layers[i].kind;
        assert_true(done[i] || done[fused_into[i]] || kind == TSR_LAYER_CONCAT ||
                    kind == TSR_LAYER_FLATTEN);
    }
    test_free(fused_into);
    test_free(done);
}

static tsr_plan *plan_case(const char *name, int32_t size, const char *text, bool true_stride,
                           tsr_program *program) {
    tsr_network network = {0};
    tsr_error err = {0};
    const tsr_arch arch = rig_arch("zc706");
    assert_ok(tsr_network_load(name, size, size, &network, &err), err);
    tsr_schedule schedule = rig_schedule(text, TSR_JOIN_AUTO);
    schedule.blocking.true_stride = true_stride;
    schedule.blocking.ragged = true;
    tsr_plan *plan = rig_plan(&network, &arch, &schedule, program);
    if (tsr_schedule_blocking(&schedule).true_stride) {
        check_macs(&network, program);
    }
    check_layers(plan, program);
    print_message("%-18s %3d %-9s: %d stages, %s\n", name, size, text, plan->stage_count,
                  tsr_plan_summarize(plan).text);
    tsr_network_free(&network);
    return plan;
}

/** The values of a network are made when *values is empty, else only what is expected. */
static void run_case(const char *name, int32_t size, const char *text, bool true_stride,
                     rig_values *values) {
    tsr_program program = {0};
    tsr_plan *plan = plan_case(name, size, text, true_stride, &program);
    const tsr_blocking *blocking = &plan->schedule.blocking;
    const bool made = values->qnetwork.layers != NULL
                          ? rig_values_again(&plan->network, blocking, values)
                          : rig_values_make(&plan->network, &plan->arch, blocking, 11, values);
    assert_true(made);
    rig_check_values(plan, values);
    tsr_program_free(&program);
    tsr_plan_free(plan);
}

static void test_networks_at_full_size_have_legal_programs_with_all_their_layers(void **state) {
    (void)state;
    static const char *const names[] = {"resnet50",     "resnet152",    "resnext50_32x4d",
                                        "mobilenet_v1", "mobilenet_v2", "googlenet",
                                        "ssd300_vgg16", "yolov3_tiny",  "unet",
                                        "alexnet",      "squeezenet1_1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        for (int32_t blocked = 0; blocked < 2; ++blocked) {
            tsr_program program = {0};
            tsr_plan *plan = plan_case(names[i], 0, blocked ? "F28" : "layerwise", true, &program);
            tsr_program_free(&program);
            tsr_plan_free(plan);
        }
    }
}

static void test_programs_of_shipped_networks_compute_what_the_model_computes(void **state) {
    (void)state;
    tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        rig_values values = {0};
        for (int32_t k = 0; k < 3 && cases[i].schedules[k] != NULL; ++k) {
            run_case(cases[i].name, cases[i].size, cases[i].schedules[k], cases[i].true_stride,
                     &values);
        }
        rig_values_free(&values);
    }
}

int main(int argc, char **argv) {
    if (argc > 3) {
        tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
        rig_values values = {0};
        run_case(argv[1], (int32_t)strtol(argv[2], NULL, 10), argv[3], argc > 4, &values);
        rig_values_free(&values);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programs_of_shipped_networks_compute_what_the_model_computes),
        cmocka_unit_test(test_networks_at_full_size_have_legal_programs_with_all_their_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
