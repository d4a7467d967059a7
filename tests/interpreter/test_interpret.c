// SPDX-License-Identifier: Apache-2.0
// A whole program by hand: what the interpreter leaves in memory is what the reference operators
// say, byte for byte.
#include <tessera/interpreter.h>

#include "support/program_edit.h"
#include "support/two_layers.h"

static uint64_t seed;

static int32_t clamp8(int64_t value) {
    return value < -128 ? -128 : value > 127 ? 127 : (int32_t)value;
}

/** Reference of one conv with its requantisation; `add` (or NULL) is added at half its value. */
static tsr_tensor reference_conv(const tsr_tensor *in, const tsr_tensor *weight,
                                 const hand_scales *scales, const tsr_window *window,
                                 const tsr_tensor *add) {
    tsr_error err = {0};
    tsr_tensor bias = {0};
    tsr_tensor acc = {0};
    tsr_tensor out = {0};
    assert_ok(tsr_tensor_create(&bias, TSR_DTYPE_I32, 1, TWO_C, 1, 1, &err), err);
    memcpy(bias.data, scales->bias, TWO_C * sizeof(int32_t));
    assert_ok(tsr_ref_conv_int(in, TWO_ZERO_POINT, weight, &bias, window, &acc, &err), err);
    assert_ok(tsr_tensor_create(&out, TSR_DTYPE_I8, 1, TWO_C, acc.h, acc.w, &err), err);
    const int32_t pixels = acc.h * acc.w;
    for (int32_t i = 0; i < TWO_C * pixels; ++i) {
        int64_t value = tsr_requantize(((const int32_t *)acc.data)[i], scales->scale[i / pixels],
                                       TSR_ROUND_HALF_UP);
        if (add != NULL) {
            const tsr_scale half = {1 << 30, TWO_RESIDUAL_SHIFT};
            value += tsr_requantize(((const int8_t *)add->data)[i] - TWO_ZERO_POINT, half,
                                    TSR_ROUND_HALF_UP);
        }
        ((int8_t *)out.data)[i] = (int8_t)clamp8(value + TWO_ZERO_POINT);
    }
    tsr_tensor_free(&bias);
    tsr_tensor_free(&acc);
    return out;
}

/** Columns x0.. of `from` into columns to_x.. of `to`. */
static void copy_columns(const tsr_tensor *from, int32_t x0, int32_t width, tsr_tensor *to,
                         int32_t to_x) {
    for (int32_t row = 0; row < from->c * from->h; ++row) {
        memcpy((int8_t *)to->data + row * to->w + to_x,
               (const int8_t *)from->data + row * from->w + x0, (size_t)width);
    }
}

static tsr_tensor reference(const two_layers *two, const tsr_tensor *in, tsr_tensor *mid) {
    tsr_error err = {0};
    tsr_tensor out = {0};
    assert_ok(tsr_tensor_create(mid, TSR_DTYPE_I8, 1, TWO_C, TWO_EDGE, TWO_EDGE, &err), err);
    for (int32_t b = 0; b < 2; ++b) {
        tsr_tensor block = {0};
        assert_ok(tsr_tensor_create(&block, TSR_DTYPE_I8, 1, TWO_C, TWO_EDGE, TWO_BLOCK_W, &err),
                  err);
        copy_columns(in, b * TWO_BLOCK_W, TWO_BLOCK_W, &block, 0);
        const tsr_window window = {
            3,
            3,
            1,
            1,
            1,
            1,
            1,
            {1, 1, 1, 1, TSR_PAD_ZERO, b == 1 ? TSR_PAD_REPLICATE : TSR_PAD_ZERO, TSR_PAD_ZERO,
             b == 0 ? TSR_PAD_REPLICATE : TSR_PAD_ZERO}};
        tsr_tensor part = reference_conv(&block, &two->weight1, &two->scales1, &window, NULL);
        copy_columns(&part, 0, TWO_BLOCK_W, mid, b * TWO_BLOCK_W);
        tsr_tensor_free(&block);
        tsr_tensor_free(&part);
    }
    const tsr_window one = {1, 1, 1, 1, 1, 1, 1, {0}};
    tsr_tensor wide = reference_conv(mid, &two->weight2, &two->scales2, &one, in);
    const tsr_window pool = {2, 2, 2, 2, 1, 1, 1, {0}};
    assert_ok(tsr_ref_max_pool(&wide, &pool, &out, &err), err);
    tsr_tensor_free(&wide);
    return out;
}

static void expect_symbol(const tsr_program *p, int32_t symbol, const uint8_t *memory,
                          const tsr_tensor *expected) {
    tsr_error err = {0};
    tsr_tensor got = {0};
    assert_ok(tsr_memory_get(p, &p->symbols[symbol], memory, &got, &err), err);
    assert_int_equal(got.c * got.h * got.w, expected->c * expected->h * expected->w);
    assert_memory_equal(got.data, expected->data, (size_t)(got.c * got.h * got.w));
    tsr_tensor_free(&got);
}

static void a_program_computes_what_the_reference_does(void **state) {
    (void)state;
    for (uint64_t round = 0; round < 20; ++round) {
        tsr_error err = {0};
        tsr_rng rng = {seed + round};
        two_layers two = two_layers_make(seed + round);
        const tsr_program *p = &two.program;
        tsr_tensor in = hand_random(&rng, 8, 1, TWO_C, TWO_EDGE, TWO_EDGE, 127);
        uint8_t *memory = NULL;
        assert_ok(tsr_memory_create(p, &memory, &err), err);
        assert_ok(tsr_memory_put(p, &p->symbols[0], &in, memory, &err), err);
        assert_ok(tsr_interpret(p, memory, &err), err);
        tsr_tensor mid = {0};
        tsr_tensor out = reference(&two, &in, &mid);
        expect_symbol(p, 0, memory, &in);  // inputs stay
        expect_symbol(p, 1, memory, &mid);
        expect_symbol(p, 2, memory, &out);
        tsr_memory_free(memory);
        tsr_tensor_free(&in);
        tsr_tensor_free(&mid);
        tsr_tensor_free(&out);
        two_layers_free(&two);
    }
}

static void the_memory_image_holds_segments_and_descriptors(void **state) {
    (void)state;
    tsr_error err = {0};
    two_layers two = two_layers_make(1);
    const tsr_program *p = &two.program;
    uint8_t *memory = NULL;
    assert_ok(tsr_memory_create(p, &memory, &err), err);
    for (int32_t i = 0; i < p->segment_count; ++i) {
        assert_memory_equal(memory + p->segments[i].address, p->segments[i].data,
                            p->segments[i].bytes);
    }
    uint64_t at = p->descriptor_address;
    for (int32_t i = 0; i < p->desc_count; ++i) {
        tsr_desc desc;
        assert_ok(tsr_desc_decode(memory + at, 128, &desc, &err), err);
        const tsr_desc_header header = tsr_program_desc(p, i).header;
        assert_memory_equal(&desc.header, &header, sizeof desc.header);
        at += (uint64_t)desc.header.units * 64;
    }
    tsr_memory_free(memory);
    two_layers_free(&two);
}

static void what_leaves_the_image_is_refused(void **state) {
    (void)state;
    tsr_error err = {0};
    uint8_t *memory = NULL;
    two_layers two = two_layers_make(1);
    two.program.segments[0].address = TWO_MEMORY - 8;
    assert_int_equal(tsr_memory_create(&two.program, &memory, &err), TSR_ERR_CONFIG);
    two.program.segments[0].address = UINT64_MAX;
    assert_int_equal(tsr_memory_create(&two.program, &memory, &err), TSR_ERR_CONFIG);
    two_layers_free(&two);
}

static void a_tensor_of_another_shape_is_refused(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_rng rng = {1};
    two_layers two = two_layers_make(1);
    uint8_t *memory = NULL;
    assert_ok(tsr_memory_create(&two.program, &memory, &err), err);
    tsr_tensor wide = hand_random(&rng, 16, 1, TWO_C, TWO_EDGE, TWO_EDGE, 9);
    tsr_tensor low = hand_random(&rng, 8, 1, TWO_C, TWO_EDGE - 1, TWO_EDGE, 9);
    const tsr_symbol *symbol = &two.program.symbols[0];
    assert_int_equal(tsr_memory_put(&two.program, symbol, &wide, memory, &err), TSR_ERR_SHAPE);
    assert_int_equal(tsr_memory_put(&two.program, symbol, &low, memory, &err), TSR_ERR_SHAPE);
    tsr_tensor_free(&wide);
    tsr_tensor_free(&low);
    tsr_memory_free(memory);
    two_layers_free(&two);
}

static void a_descriptor_that_cannot_be_done_is_named(void **state) {
    (void)state;
    tsr_error err = {0};
    two_layers two = two_layers_make(1);
    uint8_t *memory = NULL;
    assert_ok(tsr_memory_create(&two.program, &memory, &err), err);
    EDIT_DESC(&two.program, 3, u.conv.in_base = 4095);
    assert_int_equal(tsr_interpret(&two.program, memory, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "descriptor 3: the input reaches line"));
    tsr_memory_free(memory);
    two_layers_free(&two);
}

int main(int argc, char **argv) {
    seed = hand_seed(argc, argv, 100);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_computes_what_the_reference_does),
        cmocka_unit_test(the_memory_image_holds_segments_and_descriptors),
        cmocka_unit_test(what_leaves_the_image_is_refused),
        cmocka_unit_test(a_tensor_of_another_shape_is_refused),
        cmocka_unit_test(a_descriptor_that_cannot_be_done_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
