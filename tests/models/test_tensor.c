// SPDX-License-Identifier: Apache-2.0
// Dense tensors: sizes, refusals, layouts there and back, checksums.
#include <stdlib.h>

#include <tessera/tensor.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "support/test.h"

static uint64_t seed = 1;

static void fill_random(tsr_tensor *t, tsr_rng *rng) {
    uint8_t *bytes = t->data;
    for (size_t i = 0; i < t->bytes; ++i) {
        bytes[i] = (uint8_t)tsr_rng_next(rng);
    }
}

static void a_new_tensor_holds_zeros_of_its_size(void **state) {
    (void)state;
    static const size_t item[TSR_DTYPE_COUNT] = {1, 1, 2, 4, 4};
    static const char *const names[TSR_DTYPE_COUNT] = {"int8", "uint8", "int16", "int32",
                                                       "float32"};
    for (int32_t d = 0; d < TSR_DTYPE_COUNT; ++d) {
        tsr_tensor t = {0};
        tsr_error err = {0};
        assert_int_equal(tsr_dtype_bytes((tsr_dtype)d), item[d]);
        assert_string_equal(tsr_dtype_name((tsr_dtype)d), names[d]);
        assert_ok(tsr_tensor_create(&t, (tsr_dtype)d, 2, 3, 4, 5, &err), err);
        assert_int_equal(t.bytes, 2 * 3 * 4 * 5 * item[d]);
        for (size_t i = 0; i < t.bytes; ++i) {
            assert_int_equal(((uint8_t *)t.data)[i], 0);
        }
        tsr_tensor_free(&t);
        assert_null(t.data);
        tsr_tensor_free(&t);
    }
    tsr_tensor_free(NULL);
}

static void impossible_sizes_are_refused_and_nothing_is_touched(void **state) {
    (void)state;

    static const struct {
        int32_t n, c, h, w;
        tsr_status status;
    } cases[] = {{0, 1, 1, 1, TSR_ERR_SHAPE},
                 {1, -1, 1, 1, TSR_ERR_SHAPE},
                 {1, 1, INT32_MIN, 1, TSR_ERR_SHAPE},
                 {1, 1, 1, 0, TSR_ERR_SHAPE},
                 {INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX, TSR_ERR_OVERFLOW},
                 {1, 4, INT32_MAX, INT32_MAX, TSR_ERR_OVERFLOW}};  // 2^64 - ... elements

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        tsr_tensor t = {.c = 42};
        tsr_error err = {0};
        assert_int_equal(tsr_tensor_create(&t, TSR_DTYPE_F32, cases[i].n, cases[i].c, cases[i].h,
                                           cases[i].w, &err),
                         cases[i].status);
        assert_int_equal(t.c, 42);
        assert_null(t.data);
    }
}

static void one_round_trip(tsr_rng *rng) {
    const tsr_dtype dtype = (tsr_dtype)tsr_rng_range(rng, 0, TSR_DTYPE_COUNT - 1);
    const int32_t cb = (int32_t)tsr_rng_range(rng, 1, 20);
    tsr_tensor plain = {0};
    tsr_tensor blocked = {0};
    tsr_tensor back = {0};
    tsr_error err = {0};
    assert_ok(
        tsr_tensor_create(&plain, dtype, (int32_t)tsr_rng_range(rng, 1, 3),
                          (int32_t)tsr_rng_range(rng, 1, 33), (int32_t)tsr_rng_range(rng, 1, 6),
                          (int32_t)tsr_rng_range(rng, 1, 300) % 7 + 1, &err),
        err);
    fill_random(&plain, rng);
    assert_ok(tsr_tensor_to_blocked(&plain, cb, &blocked, &err), err);
    const size_t planes = (size_t)((plain.c + cb - 1) / cb);
    const size_t item = tsr_dtype_bytes(dtype);
    assert_int_equal(blocked.bytes,
                     (size_t)plain.n * planes * (size_t)(plain.h * plain.w * cb) * item);
    // by the definition of the layout: [N][ceil(C/cb)][H][W][cb]
    for (int32_t n = 0; n < plain.n; ++n) {
        for (int32_t c = 0; c < (int32_t)planes * cb; ++c) {
            for (int32_t i = 0; i < plain.h * plain.w; ++i) {
                const size_t at =
                    (((size_t)n * planes + (size_t)(c / cb)) * (size_t)(plain.h * plain.w) +
                     (size_t)i) *
                        (size_t)cb +
                    (size_t)(c % cb);
                static const uint8_t zero[4] = {0};
                const size_t from =
                    ((size_t)n * (size_t)plain.c + (size_t)c) * (size_t)(plain.h * plain.w) +
                    (size_t)i;
                const uint8_t *want =
                    c < plain.c ? (const uint8_t *)plain.data + from * item : zero;
                assert_memory_equal((const uint8_t *)blocked.data + at * item, want, item);
            }
        }
    }
    assert_int_equal(tsr_tensor_crc32(&blocked), tsr_tensor_crc32(&plain));
    assert_ok(tsr_tensor_to_plain(&blocked, &back, &err), err);
    assert_int_equal(back.bytes, plain.bytes);
    assert_memory_equal(back.data, plain.data, plain.bytes);
    tsr_tensor_free(&plain);
    tsr_tensor_free(&blocked);
    tsr_tensor_free(&back);
}

static void layouts_keep_every_element_for_any_number_of_channels(void **state) {
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    tsr_rng rng = {seed};
    for (int k = 0; k < 300; ++k) {
        one_round_trip(&rng);
    }
}

static void long_rows_have_the_same_checksum_in_both_layouts(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    tsr_tensor plain = {0};
    tsr_tensor blocked = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_create(&plain, TSR_DTYPE_I16, 1, 3, 2, 1025, &err), err);
    fill_random(&plain, &rng);
    assert_ok(tsr_tensor_to_blocked(&plain, 2, &blocked, &err), err);
    assert_int_equal(tsr_tensor_crc32(&blocked), tsr_tensor_crc32(&plain));
    tsr_tensor_free(&plain);
    tsr_tensor_free(&blocked);
}

// The check value of CRC-32/ISO-HDLC: the nine characters "123456789" give CBF43926.
static void the_checksum_is_the_crc_of_zip(void **state) {
    (void)state;
    tsr_tensor t = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_create(&t, TSR_DTYPE_U8, 1, 1, 3, 3, &err), err);
    memcpy(t.data, "123456789", 9);
    assert_int_equal(tsr_tensor_crc32(&t), 0xCBF43926u);
    tsr_tensor_free(&t);
    assert_int_equal(tsr_tensor_crc32(&t), 0);
}

static void wrong_layouts_are_refused(void **state) {
    (void)state;
    tsr_tensor plain = {0};
    tsr_tensor out = {0};
    tsr_error err = {0};
    assert_int_equal(tsr_tensor_to_blocked(&plain, 4, &out, &err), TSR_ERR_SHAPE);
    assert_ok(tsr_tensor_create(&plain, TSR_DTYPE_I8, 1, 3, 2, 2, &err), err);
    assert_int_equal(tsr_tensor_to_plain(&plain, &out, &err), TSR_ERR_SHAPE);
    assert_int_equal(tsr_tensor_to_blocked(&plain, 0, &out, &err), TSR_ERR_SHAPE);
    assert_int_equal(tsr_tensor_to_blocked(&plain, -4, &out, &err), TSR_ERR_SHAPE);
    assert_null(out.data);
    tsr_alloc_fail_at(1);
    assert_int_equal(tsr_tensor_to_blocked(&plain, 2, &out, &err), TSR_ERR_NO_MEMORY);
    tsr_alloc_fail_at(0);
    assert_null(out.data);
    tsr_tensor_free(&plain);
}

int main(int argc, char **argv) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_tensor_holds_zeros_of_its_size),
        cmocka_unit_test(impossible_sizes_are_refused_and_nothing_is_touched),
        cmocka_unit_test(layouts_keep_every_element_for_any_number_of_channels),
        cmocka_unit_test(long_rows_have_the_same_checksum_in_both_layouts),
        cmocka_unit_test(the_checksum_is_the_crc_of_zip),
        cmocka_unit_test(wrong_layouts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
