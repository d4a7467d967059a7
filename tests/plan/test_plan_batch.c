// SPDX-License-Identifier: Apache-2.0
// Several pictures, and several blocks, for each load of the weights: what is read how often.
#include "plan/plan_rig.h"
#include "support/small_net.h"

/** Bytes of the weights of a plan, each read once. */
static uint64_t weights_once(const tsr_plan *plan) {
    uint64_t bytes = 0;
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        bytes += tsr_plan_weight_bytes(&plan->stages[s]);
    }
    return bytes;
}

/** Bytes of weights that the program reads for one layer. */
static uint64_t weights_read(const tsr_program *program, int32_t layer) {
    const uint64_t beat = (uint64_t)tsr_arch_beat_bytes(&program->arch);
    uint64_t bytes = 0;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc desc = tsr_program_desc(program, i);
        if (desc.header.opcode == TSR_OP_LOAD_WEIGHT && desc.header.layer == layer) {
            bytes += tsr_desc_beats(program, &desc, NULL) * beat;
        }
    }
    return bytes;
}

static tsr_network vgg16(int32_t batch) {
    tsr_network network = {0};
    tsr_error err = {0};
    tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
    assert_ok(tsr_network_load("vgg16", 0, 0, &network, &err), err);
    network.batch = batch;
    return network;
}

/** Fully connected weights over what one picture needs, for each of the three layers. */
static void check_fully_connected(tsr_arch arch, int32_t batch, const uint64_t times[3]) {
    tsr_network network = vgg16(batch);
    const tsr_schedule schedule = rig_schedule("layerwise", TSR_JOIN_AUTO);
    tsr_program program = {0};
    tsr_plan *plan = rig_plan(&network, &arch, &schedule, &program);
    for (int32_t i = 0; i < 3; ++i) {
        const tsr_stage *stage = &plan->stages[plan->stage_count - 3 + i];
        assert_true(stage->gemm);
        assert_true(weights_read(&program, stage->layer) ==
                    times[i] * tsr_plan_weight_bytes(stage));
    }
    tsr_program_free(&program);
    tsr_plan_free(plan);
    tsr_network_free(&network);
}

static void test_fully_connected_weights_are_read_once_for_all_pictures(void **state) {
    (void)state;
    static const uint64_t once[3] = {1, 1, 1};
    tsr_arch arch = rig_arch("zc706");
    check_fully_connected(arch, 2, once);  // as many pictures as the array has pixels
    // One group of fc6 is 25088 * 16 bytes, the buffer 384 KiB: its sums go on over several loads,
    // and the array keeps those of two pixels.
    static const uint64_t in_pairs[3] = {2, 1, 1};
    assert_true(25088 * 16 > arch.weight_buffer_bytes && arch.tp == 2);
    check_fully_connected(arch, 4, in_pairs);
    arch.weight_buffer_bytes = 512 * 1024;
    check_fully_connected(arch, 4, once);
    arch = rig_arch("zc706");
    arch.tp = 4;
    check_fully_connected(arch, 4, once);
}

/** Two convolutions in 4 x 4 blocks of 4 x 4 pixels. */
static void blocked_net(small_net *net, int32_t batch) {
    net_begin(net, 4, 16, 16);
    const int32_t first = net_conv(net, "first", 0, 8, 3);
    (void)net_conv(net, "second", first, 8, 3);
    net->network.batch = batch;
    tsr_error err = {0};
    assert_ok(tsr_network_infer(&net->network, &err), err);
}

/** Values and figures of a schedule; what it reads of weights. */
static uint64_t check_schedule(const tsr_network *network, const tsr_arch *arch,
                               const tsr_schedule *schedule, uint64_t *once) {
    tsr_program program = {0};
    tsr_plan *plan = rig_plan(network, arch, schedule, &program);
    rig_values values;
    assert_true(rig_values_make(network, arch, &schedule->blocking, 5, &values));
    rig_check_values(plan, &values);
    const uint64_t read = plan->read_bytes[TSR_TRAFFIC_WEIGHTS];
    *once = weights_once(plan);
    assert_int_equal(plan->group_count, 1);
    rig_values_free(&values);
    tsr_program_free(&program);
    tsr_plan_free(plan);
    return read;
}

static void test_block_batch_reads_weights_once_for_so_many_blocks(void **state) {
    (void)state;
    tsr_schedule schedule = rig_schedule("H4x4", TSR_JOIN_ON_CHIP);
    schedule.residency = TSR_RESIDENCY_BLOCK_BATCH;
    const tsr_arch arch = rig_arch("tiny");
    for (int32_t batch = 1; batch <= 3; ++batch) {
        small_net net;
        blocked_net(&net, batch);
        const int32_t blocks = 16 * batch;
        for (schedule.block_batch = 1; schedule.block_batch <= 50; ++schedule.block_batch) {
            uint64_t once = 0;
            const uint64_t read = check_schedule(&net.network, &arch, &schedule, &once);
            const int32_t loads = (blocks + schedule.block_batch - 1) / schedule.block_batch;
            assert_true(read == (uint64_t)loads * once);
        }
        uint64_t once = 0;
        schedule.block_batch = 0;  // the best: all together fit
        assert_true(check_schedule(&net.network, &arch, &schedule, &once) == once);
    }
}

static void test_per_group_reads_weights_once_for_as_many_pictures_as_fit(void **state) {
    (void)state;
    tsr_schedule schedule = rig_schedule("H4x4", TSR_JOIN_ON_CHIP);
    schedule.residency = TSR_RESIDENCY_PER_GROUP;
    tsr_arch arch = rig_arch("tiny");
    small_net net;
    blocked_net(&net, 3);
    uint64_t once = 0;
    assert_true(check_schedule(&net.network, &arch, &schedule, &once) == once);
    // Words of 4 channels: 1 + 2 + 2 of 16 x 16 pixels, 4 bytes each, is 5 KiB a picture; the last
    // map takes the place of the first one when it is gone. Three pictures need 12 KiB, two 8.
    arch.feature_buffer_bytes = 8 * 1024;
    assert_true(check_schedule(&net.network, &arch, &schedule, &once) == 2 * once);
    arch.feature_buffer_bytes = 4 * 1024;
    assert_true(check_schedule(&net.network, &arch, &schedule, &once) == 3 * once);
}

static void test_resident_weights_are_loaded_once_for_all_pictures(void **state) {
    (void)state;
    tsr_schedule schedule = rig_schedule("H4x4", TSR_JOIN_ON_CHIP);
    schedule.residency = TSR_RESIDENCY_RESIDENT;
    const tsr_arch arch = rig_arch("tiny");
    small_net net;
    blocked_net(&net, 3);
    uint64_t once = 0;
    assert_true(check_schedule(&net.network, &arch, &schedule, &once) == once);
    schedule.residency = TSR_RESIDENCY_PER_BLOCK;
    assert_true(check_schedule(&net.network, &arch, &schedule, &once) == 48 * once);
}

static void test_the_plan_says_what_is_together(void **state) {
    (void)state;
    tsr_schedule schedule = rig_schedule("H4x4", TSR_JOIN_ON_CHIP);
    schedule.residency = TSR_RESIDENCY_BLOCK_BATCH;
    schedule.block_batch = 6;
    const tsr_arch arch = rig_arch("tiny");
    small_net net;
    blocked_net(&net, 2);
    tsr_error err = {0};
    tsr_plan *plan = NULL;
    assert_ok(tsr_plan_make(&net.network, &arch, &schedule, &plan, &err), err);
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_ok(tsr_plan_print(plan, file, &err), err);
    char text[8192] = {0};
    rewind(file);
    (void)fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    static const char *const words[] = {"weights block_batch of 6, 2 pictures",
                                        "every portion of the weights for 6 at a time",
                                        "up to 6 blocks for each load of weights", "read 6 times"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i) {
        if (strstr(text, words[i]) == NULL) {
            fail_msg("'%s' is not in\n%s", words[i], text);
        }
    }
    tsr_plan_free(plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fully_connected_weights_are_read_once_for_all_pictures),
        cmocka_unit_test(test_block_batch_reads_weights_once_for_so_many_blocks),
        cmocka_unit_test(test_per_group_reads_weights_once_for_as_many_pictures_as_fit),
        cmocka_unit_test(test_resident_weights_are_loaded_once_for_all_pictures),
        cmocka_unit_test(test_the_plan_says_what_is_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
