// SPDX-License-Identifier: Apache-2.0
// The first depthwise and pointwise layers of MobileNet-V1 at 224 x 224, rows of blocks, tiles and strips, on the
// shipped ZC706-class machine with full DDR3 timing: the integer reference's bytes, and the SystemC machine's cycles
// and events. Trained weights and a photograph where there are any, else generated ones.
#include <tessera/forward.h>
#include <tessera/plan.h>

#include "real/real_pair.h"
#include "real/tflite_weights.h"
#include "support/program_cut.h"

#define TRAINED "mobilenet/mobilenet_v1_1.0_224_quant_embedding_extractor"
#define PHOTOS "photos/photos_rgb_u8.npz"

enum { edge = 224 };

static tsr_arch arch;
static tsr_network network;  // conv0 to pw2
static tsr_qnetwork qnetwork;
static tsr_tensor q_input;

/** Layers up to and with `name`. */
static void keep_until(const char *name) {
    tsr_error err = {0};
    const int32_t last = tsr_network_find(&network, name);
    assert_true(last > 0);
    network.layer_count = last + 1;
    assert_ok(tsr_network_infer(&network, &err), err);
}

/** [h][w][3] bytes to [3][h][w], -1 to 1 as the network was trained. */
static tsr_tensor photo(const char *name) {
    tsr_error err = {0};
    tsr_archive archive = {0};
    tsr_tensor t = {0};
    assert_ok(tsr_archive_read(DATA_FILE(PHOTOS), &archive, &err), err);
    const tsr_array *pixels = tsr_archive_find(&archive, name);
    assert_non_null(pixels);
    assert_ok(tsr_tensor_create(&t, TSR_DTYPE_F32, 1, 3, edge, edge, &err), err);
    for (size_t i = 0; i < t.bytes / sizeof(float); ++i) {
        const size_t pixel = i % ((size_t)edge * edge);
        const double value = tsr_array_at(pixels, pixel * 3 + i / ((size_t)edge * edge));
        ((float *)t.data)[i] = (float)((value - 128.0) / 128.0);
    }
    tsr_archive_free(&archive);
    return t;
}

/** Numbers of the arrays: the .json beside them. */
static void load_trained(tsr_weights *weights) {
    static const tflite_layer layers[] = {
        {"conv0", 28, 27}, {"dw1", 30, 18}, {"pw1", 32, 17}, {"dw2", 34, 16}, {"pw2", 36, 15}};
    tflite_weights(&network, DATA_FILE(TRAINED), layers, sizeof layers / sizeof layers[0], weights);
}

static int make_values(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_weights weights = {0};
    tsr_tensor input = {0};
    const bool trained = access(TSR_DATA_DIR "/MANIFEST.csv", R_OK) == 0;
    assert_ok(tsr_network_load("mobilenet_v1", edge, edge, &network, &err), err);
    keep_until("pw2.relu");
    assert_ok(tsr_weights_generate(&network, 1, &weights, &err), err);
    if (trained) {
        load_trained(&weights);
        input = photo("cat_224");
    } else {
        assert_ok(tsr_input_generate(network.layers[0].out, 1, &input, &err), err);
    }
    print_message("%s weights\n", trained ? "trained" : "no real data: generated");
    assert_ok(tsr_quantize(&network, &weights, &input, 1, (tsr_qparams){0}, arch.activation_bits,
                           arch.rounding, &qnetwork, &err),
              err);
    assert_ok(
        tsr_tensor_quantize(&input, qnetwork.layers[0].out, arch.activation_bits, &q_input, &err),
        err);
    tsr_weights_free(&weights);
    tsr_tensor_free(&input);
    return 0;
}

static int free_values(void **state) {
    (void)state;
    tsr_network_free(&network);
    tsr_qnetwork_free(&qnetwork);
    tsr_tensor_free(&q_input);
    return 0;
}

static tsr_program make_program(const tsr_schedule *schedule) {
    tsr_error err = {0};
    tsr_plan *plan = NULL;
    tsr_program program = {0};
    assert_ok(tsr_plan_make(&network, &arch, schedule, &plan, &err), err);
    assert_ok(tsr_plan_lower(plan, &qnetwork, &program, &err), err);
    tsr_plan_free(plan);
    return program;
}

/** Descriptors of a layer that read weights in a form. */
static int32_t passes(const tsr_program *program, const char *layer, int64_t form) {
    int32_t count = 0;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc d = tsr_program_desc(program, i);
        count += d.header.opcode == TSR_OP_CONV && d.u.conv.weight_form == form &&
                 d.header.layer == tsr_network_find(&network, layer);
    }
    return count;
}

/** The upper `rows` of a map that the RTL left in DRAM are those of the integer reference. */
static void check(const char *name, const tsr_program *program, const tsr_schedule *schedule,
                  const char *map, int32_t rows) {
    tsr_error err = {0};
    tsr_activations run = {0};
    const tsr_forward_options options = {
        .blocking = tsr_schedule_blocking(schedule), .fast = true, .keep_all = true};
    tsr_tensor found = real_run(name, program, &q_input, map);
    assert_ok(tsr_forward_int(&network, &qnetwork, &options, &q_input, &run, &err), err);
    const tsr_tensor *expected = &run.tensors[tsr_network_find(&network, map)];
    assert_int_equal(found.bytes, expected->bytes);
    const size_t plane = (size_t)found.h * (size_t)found.w;
    const size_t bytes = (size_t)rows * (size_t)found.w;
    for (int32_t c = 0; c < found.c; ++c) {
        assert_memory_equal((const int8_t *)found.data + (size_t)c * plane,
                            (const int8_t *)expected->data + (size_t)c * plane, bytes);
    }
    tsr_activations_free(&run);
    tsr_tensor_free(&found);
}

static void run_row(const char *text, int32_t last_block, int32_t rows) {
    char name[96];
    tsr_error err = {0};
    tsr_schedule schedule = {0};
    assert_ok(tsr_schedule_parse(text, &schedule, &err), err);
    tsr_program program = make_program(&schedule);
    assert_true(passes(&program, "dw1", TSR_WEIGHTS_DIAGONAL) > 0);
    assert_true(passes(&program, "dw2", TSR_WEIGHTS_DIAGONAL) > 0);
    assert_true(passes(&program, "pw2", TSR_WEIGHTS_DENSE) > 0);
    program_cut(&program,
                program_block_end(&program, tsr_network_find(&network, "pw2"), last_block));
    (void)snprintf(name, sizeof name, "mobilenet_v1 %s, to block %d of pw2", text, last_block);
    check(name, &program, &schedule, "pw2.relu", rows);
    tsr_program_free(&program);
}

// 4 x 4 blocks: 56 pixels wide where they begin, 14 where pw2 ends. Strides as the authors do them.
static void a_row_of_blocks_is_the_references(void **state) {
    (void)state;
    run_row("H4x4", 3, edge / 4 / 4);
}

// The plain network: four tiles of pw2's map beside one another, halos computed again.
static void a_row_of_recomputed_tiles_is_the_references(void **state) {
    (void)state;
    run_row("recompute:14", 3, 14);
}

// The plain network in strips: rows that the next strip needs again stay in rings.
static void rows_of_cached_strips_are_the_references(void **state) {
    (void)state;
    run_row("cached:4", 3, 4 * 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_of_blocks_is_the_references),
        cmocka_unit_test(a_row_of_recomputed_tiles_is_the_references),
        cmocka_unit_test(rows_of_cached_strips_are_the_references),
    };
    tsr_error err = {0};
    if (tsr_arch_load("zc706", &arch, &err) != TSR_OK) {
        (void)printf("%s: %s\n", err.where, err.message);
        return 1;
    }
    if (!real_open(&arch)) {
        return 77;
    }
    const int failed = cmocka_run_group_tests(tests, make_values, free_values);
    tsr_rtl_close(real_rtl);
    return failed;
}
