// SPDX-License-Identifier: Apache-2.0
// The first whole blocks of the real VGG-16 program at 224 x 224 on the shipped ZC706-class machine with full DDR3
// timing: RTL against SystemC machine.
#include <tessera/interpreter.h>
#include <tessera/plan.h>
#include <tessera/report.h>

#include "base/alloc.h"
#include "real/real_pair.h"
#include "report/run_values.h"
#include "support/program_cut.h"

static tsr_run_config config;
static tsr_network network;
static tsr_value_set values;

/** The run's program under another schedule, up to the end of a block of a layer. */
static tsr_program make_program(const char *blocking, tsr_join join, tsr_residency residency,
                                const char *layer, int32_t block) {
    tsr_error err = {0};
    tsr_schedule schedule = {0};
    tsr_plan *plan = NULL;
    tsr_program program = {0};
    assert_ok(tsr_schedule_parse(blocking, &schedule, &err), err);
    schedule.blocking.block_padding = config.schedule.blocking.block_padding;
    schedule.blocking.border_padding = config.schedule.blocking.border_padding;
    schedule.join = join;
    schedule.residency = residency;
    assert_ok(tsr_plan_make(&network, &config.arch, &schedule, &plan, &err), err);
    assert_ok(tsr_plan_lower(plan, &values.qnetwork, &program, &err), err);
    tsr_plan_free(plan);
    const int32_t index = tsr_network_find(&network, layer);
    assert_true(index > 0);
    program_cut(&program, program_block_end(&program, index, block));
    return program;
}

static int32_t count(const tsr_program *program, int64_t opcode, const char *layer) {
    const int32_t index = tsr_network_find(&network, layer);
    int32_t n = 0;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc_brief h = tsr_program_brief(program, i);
        n += h.opcode == opcode && h.layer == index;
    }
    return n;
}

/** Compare; the program ends here. With `image` also what the RTL left in DRAM. */
static void compare(const char *name, const tsr_program *program, uint8_t *image) {
    tsr_error err = {0};
    uint8_t *memory = NULL;
    assert_ok(tsr_batch_memory(program, &values.q_input, &memory, &err), err);
    real_compare(name, program, memory, image);
    tsr_memory_free(memory);
}

/** The upper left h x w pixels of a map in DRAM are those of the integer reference of the whole network. */
static void compare_with_reference(const tsr_program *program, const uint8_t *image,
                                   const char *map, int32_t h, int32_t w) {
    tsr_error err = {0};
    tsr_tensor found = {0};
    tsr_activations run = {0};
    tsr_forward_options options = {
        .blocking = config.schedule.blocking, .fast = true, .keep_all = true};
    const int32_t layer = tsr_network_find(&network, map);
    const tsr_symbol *symbol = NULL;
    for (int32_t i = 0; i < program->symbol_count; ++i) {
        symbol = strcmp(program->symbols[i].name, map) == 0 ? &program->symbols[i] : symbol;
    }
    assert_non_null(symbol);
    assert_ok(tsr_memory_get(program, symbol, image, &found, &err), err);
    assert_ok(tsr_forward_int(&network, &values.qnetwork, &options, &values.q_input, &run, &err),
              err);
    const tsr_tensor *expected = &run.tensors[layer];
    assert_int_equal(found.bytes, expected->bytes);
    for (int32_t row = 0; row < found.c * found.h; ++row) {
        if (row % found.h < h) {
            const size_t at = (size_t)row * (size_t)found.w;
            assert_memory_equal((const int8_t *)found.data + at,
                                (const int8_t *)expected->data + at, (size_t)w);
        }
    }
    tsr_activations_free(&run);
    tsr_tensor_free(&found);
}

// Blocks of 28 x 28: four of conv1 fill one of conv2, in depth-first order. Its 14 x 14 pooled pixels go to DRAM.
static void fixed_blocks_meet_four_to_one_and_are_stored(void **state) {
    (void)state;
    tsr_program program = make_program("F28", TSR_JOIN_AUTO, TSR_RESIDENCY_RESIDENT, "conv2_2", 1);
    assert_int_equal(count(&program, TSR_OP_CONV, "conv1_2"), 8);
    assert_int_equal(count(&program, TSR_OP_CONV, "conv2_2"), 2);
    assert_int_equal(count(&program, TSR_OP_STORE, "conv2_2"), 2);
    uint8_t *image = tsr_alloc((size_t)program.memory_bytes, 1);
    assert_non_null(image);
    assert_int_equal(config.schedule.blocking.kind, TSR_BLOCKING_FIXED);
    assert_int_equal(config.schedule.blocking.h, 28);
    compare("vgg16 F28 resident, to block 1 of conv2_2", &program, image);
    compare_with_reference(&program, image, "pool2", 14, 2 * 14);
    tsr_free(image);
    tsr_program_free(&program);
}

// All levels on chip: 16 blocks of conv1, 4 of conv2 and one of conv3, whose weights are streamed.
static void fixed_blocks_meet_on_chip_over_three_levels(void **state) {
    (void)state;
    tsr_program program =
        make_program("F28", TSR_JOIN_ON_CHIP, TSR_RESIDENCY_PER_BLOCK, "conv3_2", 0);
    assert_int_equal(count(&program, TSR_OP_CONV, "conv1_2"), 16);
    assert_int_equal(count(&program, TSR_OP_CONV, "conv2_2"), 4);
    assert_true(count(&program, TSR_OP_LOAD_WEIGHT, "conv3_2") > 1);
    compare("vgg16 F28 on chip, to block 0 of conv3_2", &program, NULL);
    tsr_program_free(&program);
}

// A grid of 4 x 4 on every map: blocks of 56, 28 and 14 pixels, one after the other.
static void blocks_of_a_grid_run_through_three_resolutions(void **state) {
    (void)state;
    tsr_program program = make_program("H4x4", TSR_JOIN_ON_CHIP, TSR_RESIDENCY_AUTO, "conv3_2", 1);
    assert_int_equal(count(&program, TSR_OP_CONV, "conv1_2"), 2);
    assert_int_equal(count(&program, TSR_OP_CONV, "conv2_2"), 2);
    compare("vgg16 H4x4 on chip, to block 1 of conv3_2", &program, NULL);
    tsr_program_free(&program);
}

static void blocks_of_a_grid_run_up_to_a_cut_of_the_planners_choice(void **state) {
    (void)state;
    tsr_program program = make_program("H4x4", TSR_JOIN_AUTO, TSR_RESIDENCY_AUTO, "conv2_2", 1);
    assert_int_equal(count(&program, TSR_OP_CONV, "conv2_2"), 2);
    compare("vgg16 H4x4 auto, to block 1 of conv2_2", &program, NULL);
    tsr_program_free(&program);
}

// As the planner chooses it: three blocks of conv1 meet each portion of the weights.
static void fixed_blocks_share_each_load_of_the_weights(void **state) {
    (void)state;
    tsr_program program = make_program("F28", TSR_JOIN_AUTO, TSR_RESIDENCY_AUTO, "conv1_2", 2);
    assert_true(count(&program, TSR_OP_CONV, "conv1_2") >
                count(&program, TSR_OP_LOAD_WEIGHT, "conv1_2"));
    compare("vgg16 F28 auto, to block 2 of conv1_2", &program, NULL);
    tsr_program_free(&program);
}

static int make_values(void **state) {
    (void)state;
    tsr_error err = {0};
    assert_ok(tsr_network_load(config.network, 0, 0, &network, &err), err);
    assert_int_equal(network.layers[0].out.h, 224);
    assert_ok(tsr_value_set_make(&config, &network, &values, &err), err);
    return 0;
}

static int free_values(void **state) {
    (void)state;
    tsr_value_set_free(&values);
    tsr_network_free(&network);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_blocks_meet_four_to_one_and_are_stored),
        cmocka_unit_test(fixed_blocks_meet_on_chip_over_three_levels),
        cmocka_unit_test(fixed_blocks_share_each_load_of_the_weights),
        cmocka_unit_test(blocks_of_a_grid_run_through_three_resolutions),
        cmocka_unit_test(blocks_of_a_grid_run_up_to_a_cut_of_the_planners_choice),
    };
    tsr_error err = {0};
    if (tsr_run_config_load("vgg16_zc706", NULL, 0, &config, &err) != TSR_OK) {
        (void)printf("%s: %s\n", err.where, err.message);
        return 1;
    }
    if (!real_open(&config.arch)) {
        return 77;
    }
    const int failed = cmocka_run_group_tests(tests, make_values, free_values);
    tsr_rtl_close(real_rtl);
    return failed;
}
