// SPDX-License-Identifier: Apache-2.0
// .npy and .npz: every element type and order, stored and deflated, and files that lie or end
// early.
#include <stdlib.h>

#include <tessera/tensor.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "support/npz_file.h"
#include "support/scratch.h"

static uint64_t seed = 1;
static npz_bytes npy;
static npz_file npz;

static tsr_status read_bytes(const npz_bytes *bytes, tsr_archive *archive, tsr_error *err) {
    return tsr_archive_read(scratch_write("file", bytes->data, bytes->size), archive, err);
}

static void expect_refusal(const npz_bytes *bytes, tsr_status status, const char *says) {
    tsr_archive archive = {0};
    tsr_error err = {0};
    assert_int_equal(read_bytes(bytes, &archive, &err), status);
    assert_null(archive.arrays);
    if (strstr(err.message, says) == NULL) {
        fail_msg("\"%s\" says nothing of \"%s\"", err.message, says);
    }
}

static void every_element_type_reads_as_a_number(void **state) {
    (void)state;

    static const struct {
        const char *descr;
        uint8_t bytes[8];
        size_t size;
        double value;
        char kind;
    } cases[] = {
        {"<f4", {0, 0, 0x20, 0xC1}, 4, -10.0, 'f'},
        {">f4", {0xC1, 0x20, 0, 0}, 4, -10.0, 'f'},
        {"<f8", {0, 0, 0, 0, 0, 0, 0xF8, 0x3F}, 8, 1.5, 'f'},
        {"|i1", {0x80}, 1, -128.0, 'i'},
        {"<i2", {0xFE, 0xFF}, 2, -2.0, 'i'},
        {">i2", {0xFF, 0xFE}, 2, -2.0, 'i'},
        {"<i4", {1, 0, 0, 0x80}, 4, -2147483647.0, 'i'},
        {"<i8", {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, 8, -1.0, 'i'},
        {"|u1", {0xFF}, 1, 255.0, 'u'},
        {"<u2", {1, 2}, 2, 513.0, 'u'},
        {"<u4", {0, 0, 0, 0x80}, 4, 2147483648.0, 'u'},
        {"<u8", {0, 0, 0, 0, 0, 0, 0, 0x80}, 8, 0x1p63, 'u'},
        {"|b1", {1}, 1, 1.0, 'b'},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        char header[96];
        (void)snprintf(header, sizeof header,
                       "{'descr': '%s', 'fortran_order': False, 'shape': ()}\n", cases[i].descr);
        npy_make(&npy, header, cases[i].bytes, cases[i].size);
        tsr_archive archive = {0};
        tsr_error err = {0};
        assert_ok(read_bytes(&npy, &archive, &err), err);
        const tsr_array *array = tsr_archive_find(&archive, "");
        assert_non_null(array);
        assert_int_equal(array->rank, 0);
        assert_int_equal(array->count, 1);
        assert_int_equal(array->kind, cases[i].kind);
        assert_int_equal(array->item_bytes, (int32_t)cases[i].size);
        assert_true(tsr_array_at(array, 0) == cases[i].value);
        tsr_archive_free(&archive);
    }
}

static void fortran_order_becomes_c_order(void **state) {
    (void)state;
    // element [i][j][k] of a 2x3x4 array holds 100i + 10j + k; the first index runs fastest in the
    // file
    uint8_t values[24];
    size_t at = 0;
    for (int k = 0; k < 4; ++k) {
        for (int j = 0; j < 3; ++j) {
            for (int i = 0; i < 2; ++i) {
                values[at++] = (uint8_t)(100 * i + 10 * j + k);
            }
        }
    }
    npy_make(&npy, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4), }", values,
             sizeof values);
    tsr_archive archive = {0};
    tsr_error err = {0};
    assert_ok(read_bytes(&npy, &archive, &err), err);
    for (size_t n = 0; n < 24; ++n) {
        const double want = 100.0 * (double)(n / 12) + 10.0 * (double)(n / 4 % 3) + (double)(n % 4);
        assert_true(tsr_array_at(&archive.arrays[0], n) == want);
    }
    tsr_archive_free(&archive);
}

static void headers_may_come_in_any_order_and_version(void **state) {
    (void)state;
    static const char *const headers[] = {
        "{\"shape\": (3,), \"descr\": \"<u2\", \"fortran_order\": False}",
        "{'fortran_order': True, 'shape': (3L,), 'descr': 'u2', }   \n",
    };
    const uint8_t values[6] = {7, 0, 8, 0, 9, 0};
    for (size_t i = 0; i < 2; ++i) {
        npy_make(&npy, headers[i], values, sizeof values);
        tsr_archive archive = {0};
        tsr_error err = {0};
        assert_ok(read_bytes(&npy, &archive, &err), err);
        assert_int_equal(archive.arrays[0].rank, 1);
        assert_int_equal(archive.arrays[0].shape[0], 3);
        assert_true(tsr_array_at(&archive.arrays[0], 2) == 9.0);
        tsr_archive_free(&archive);
    }
    // version 2: four bytes of header length
    npy.size = 0;
    npz_put(&npy, "\x93NUMPY\x02\x00", 8);
    npz_put_number(&npy, (uint32_t)strlen(headers[0]), 4);
    npz_put(&npy, headers[0], strlen(headers[0]));
    npz_put(&npy, values, sizeof values);
    tsr_archive archive = {0};
    tsr_error err = {0};
    assert_ok(read_bytes(&npy, &archive, &err), err);
    assert_true(tsr_array_at(&archive.arrays[0], 1) == 8.0);
    tsr_archive_free(&archive);
}

static void bad_npy_headers_are_refused(void **state) {
    (void)state;
    static const char *const headers[] = {
        "",
        "{}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f2', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)",
        "{'descr': '<f4",
    };
    const float one = 1.0F;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; ++i) {
        npy_make(&npy, headers[i], &one, sizeof one);
        expect_refusal(&npy, TSR_ERR_CONFIG, i == 0 ? "truncated" : "header");
    }
    npy_make(&npy, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", &one, sizeof one);
    npy.data[6] = 4;
    expect_refusal(&npy, TSR_ERR_CONFIG, "version 4");
}

static void elements_must_be_as_many_as_the_shape_says(void **state) {
    (void)state;
    const float two[2] = {1.0F, 2.0F};
    npy_make_floats(&npy, "(3,)", two, 2);
    expect_refusal(&npy, TSR_ERR_CONFIG, "8 bytes of elements");
    npy_make_floats(&npy, "(1,)", two, 2);
    expect_refusal(&npy, TSR_ERR_CONFIG, "8 bytes of elements");
    npy_make_floats(&npy, "(4611686018427387904, 4)", two, 2);  // 2^64 elements
    expect_refusal(&npy, TSR_ERR_CONFIG, "8 bytes of elements");
    npy_make_floats(&npy, "(4611686018427387904, 2)", two, 2);  // 2^63 elements of 4 bytes
    expect_refusal(&npy, TSR_ERR_CONFIG, "8 bytes of elements");
    npy_make_floats(&npy, "(4611686018427387904, 0, 4611686018427387904)", two, 0);
    tsr_archive archive = {0};
    tsr_error err = {0};
    assert_ok(read_bytes(&npy, &archive, &err), err);
    assert_int_equal(archive.arrays[0].count, 0);
    tsr_archive_free(&archive);
}

static void make_two_members(void) {
    static float ramp[64];
    for (size_t i = 0; i < 64; ++i) {
        ramp[i] = (float)i / 4.0F;
    }
    memset(&npz, 0, sizeof npz);
    npz_add_floats(&npz, "first.npy", "(8, 8)", ramp, 64, true);
    npy_make_floats(&npy, "(2, 3)", ramp, 6);
    npz_add(&npz, "second.npy", &npy, false,
            20);  // as numpy.savez writes it: zip64 field in the local header
    npz_end(&npz);
}

static void stored_and_deflated_members_are_read_by_name(void **state) {
    (void)state;
    make_two_members();
    tsr_archive archive = {0};
    tsr_error err = {0};
    assert_ok(read_bytes(&npz.body, &archive, &err), err);
    assert_int_equal(archive.count, 2);
    const tsr_array *first = tsr_archive_find(&archive, "first");
    const tsr_array *second = tsr_archive_find(&archive, "second");
    assert_non_null(first);
    assert_non_null(second);
    assert_null(tsr_archive_find(&archive, "third"));
    assert_true(tsr_array_at(first, 63) == 15.75);
    assert_int_equal(second->shape[1], 3);
    assert_true(tsr_array_at(second, 5) == 1.25);
    tsr_archive_free(&archive);
    tsr_archive_free(&archive);
    // a comment behind the end record is allowed
    npz.body.data[npz.body.size - 2] = 5;
    npz_put(&npz.body, "hello", 5);
    assert_ok(read_bytes(&npz.body, &archive, &err), err);
    tsr_archive_free(&archive);
}

static void every_truncation_is_refused(void **state) {
    (void)state;
    make_two_members();
    npz_bytes cut = npz.body;
    for (cut.size = 0; cut.size < npz.body.size; ++cut.size) {
        tsr_archive archive = {0};
        tsr_error err = {0};
        assert_int_equal(read_bytes(&cut, &archive, &err), TSR_ERR_CONFIG);
        assert_null(archive.arrays);
    }
}

// Any status is fine, but neither a crash nor a leak (sanitizers), nor a result from a file that
// does not hold one.
static void damaged_bytes_never_crash(void **state) {
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    tsr_rng rng = {seed};
    for (int32_t k = 0; k < 3000; ++k) {
        make_two_members();
        const int64_t hits = tsr_rng_range(&rng, 1, 4);
        for (int64_t i = 0; i < hits; ++i) {
            npz.body.data[tsr_rng_range(&rng, 0, (int64_t)npz.body.size - 1)] =
                (uint8_t)tsr_rng_next(&rng);
        }
        tsr_archive archive = {0};
        tsr_error err = {0};
        const tsr_status status = read_bytes(&npz.body, &archive, &err);
        assert_true(status == TSR_OK || archive.arrays == NULL);
        tsr_archive_free(&archive);
    }
}

static void zips_that_are_not_for_us_are_refused_in_words(void **state) {
    (void)state;

    enum { entry = 46, flags = 8, method = 10, crc = 16, packed = 20, unpacked = 24 };

    static const struct {
        size_t field;
        uint8_t value[4];
        size_t size;
        tsr_status status;
        const char *says;
    } cases[] = {
        {flags, {1, 0}, 2, TSR_ERR_UNSUPPORTED, "encrypted"},
        {method, {12, 0}, 2, TSR_ERR_UNSUPPORTED, "compression method 12"},
        {crc, {1, 2, 3, 4}, 4, TSR_ERR_CONFIG, "checksum"},
        {packed, {255, 255, 255, 255}, 4, TSR_ERR_UNSUPPORTED, "zip64"},
        {packed, {255, 255, 255, 127}, 4, TSR_ERR_CONFIG, "leaves the file"},
        {unpacked, {0, 0, 0, 127}, 4, TSR_ERR_CONFIG, "cannot give"},
        {unpacked, {1, 0, 0, 0}, 4, TSR_ERR_CONFIG, "damaged"},
        {entry + 5, {'.', 'n', 'p', 'x'}, 4, TSR_ERR_CONFIG, "must be named"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        make_two_members();
        const size_t start = npz.body.size - 22 - npz.directory.size;
        memcpy(npz.body.data + start + cases[i].field, cases[i].value, cases[i].size);
        expect_refusal(&npz.body, cases[i].status, cases[i].says);
    }
    make_two_members();
    memset(npz.body.data + npz.body.size - 14, 0xFF, 4);  // both counts
    expect_refusal(&npz.body, TSR_ERR_UNSUPPORTED, "zip64");
    memset(&npz, 0, sizeof npz);
    const float one = 1.0F;
    npz_add_floats(&npz, "same.npy", "()", &one, 1, false);
    npz_add_floats(&npz, "same.npy", "()", &one, 1, true);
    npz_end(&npz);
    expect_refusal(&npz.body, TSR_ERR_CONFIG, "two members");
    npy.size = 0;
    npz_put(&npy, "GIF89a", 6);
    expect_refusal(&npy, TSR_ERR_CONFIG, "neither like .npy nor like .npz");
    tsr_archive archive = {0};
    tsr_error err = {0};
    assert_int_equal(tsr_archive_read(scratch_path("absent.npz"), &archive, &err), TSR_ERR_FILE);
}

static void every_failing_allocation_is_survived(void **state) {
    (void)state;
    make_two_members();
    const char *path = scratch_write("file", npz.body.data, npz.body.size);
    tsr_status status = TSR_ERR_NO_MEMORY;
    for (uint64_t k = 1; status == TSR_ERR_NO_MEMORY; ++k) {
        tsr_archive archive = {0};
        tsr_error err = {0};
        tsr_alloc_fail_at(k);
        status = tsr_archive_read(path, &archive, &err);
        tsr_alloc_fail_at(0);
        assert_true(status == TSR_OK || (status == TSR_ERR_NO_MEMORY && archive.arrays == NULL));
        tsr_archive_free(&archive);
    }
    assert_int_equal(status, TSR_OK);
}

static void a_written_tensor_reads_back_for_every_type(void **state) {
    (void)state;
    static const char kinds[TSR_DTYPE_COUNT] = {'i', 'u', 'i', 'i', 'f'};
    tsr_rng rng = {seed};
    for (int32_t d = 0; d < TSR_DTYPE_COUNT; ++d) {
        tsr_tensor t = {0};
        tsr_archive archive = {0};
        tsr_error err = {0};
        assert_ok(tsr_tensor_create(&t, (tsr_dtype)d, 2, 3, 5, 7, &err), err);
        for (size_t i = 0; i < t.bytes; ++i) {
            ((uint8_t *)t.data)[i] = (uint8_t)tsr_rng_next(&rng);
        }
        const char *path = scratch_path("out.npy");
        assert_ok(tsr_npy_write(path, &t, &err), err);
        assert_ok(tsr_archive_read(path, &archive, &err), err);
        const tsr_array *array = &archive.arrays[0];
        const int64_t shape[4] = {2, 3, 5, 7};
        assert_int_equal(array->rank, 4);
        assert_memory_equal(array->shape, shape, sizeof shape);
        assert_int_equal(array->kind, kinds[d]);
        assert_memory_equal(array->data, t.data, t.bytes);
        tsr_archive_free(&archive);
        tsr_tensor_free(&t);
    }
    const int files = scratch_count();
    tsr_tensor empty = {0};
    tsr_tensor small = {0};
    tsr_error err = {0};
    assert_int_equal(tsr_npy_write(scratch_path("no.npy"), &empty, &err), TSR_ERR_SHAPE);
    assert_ok(tsr_tensor_create(&small, TSR_DTYPE_I8, 1, 1, 1, 1, &err), err);
    assert_int_equal(tsr_npy_write(scratch_path("no/folder.npy"), &small, &err), TSR_ERR_FILE);
    tsr_tensor_free(&small);
    assert_int_equal(scratch_count(), files);
}

static void real_files_are_read(void **state) {
    (void)state;
    skip_without_data();

    static const struct {
        const char *path, *name;
        int32_t count, rank;
    } files[] = {
        {DATA_FILE("vdsr/vdsr_nobias.npz"), "conv19_w", 40, 4},
        {DATA_FILE("golden/vdsr_nobias_x2_butterfly.npz"), "input", 8, 2},
        {DATA_FILE("cifar10/cifar10_test_first1000.npz"), "images", 2, 4},
    };

    for (size_t i = 0; i < sizeof files / sizeof files[0]; ++i) {
        tsr_archive archive = {0};
        tsr_error err = {0};
        assert_ok(tsr_archive_read(files[i].path, &archive, &err), err);
        assert_int_equal(archive.count, files[i].count);
        const tsr_array *array = tsr_archive_find(&archive, files[i].name);
        assert_non_null(array);
        assert_int_equal(array->rank, files[i].rank);
        tsr_archive_free(&archive);
    }
}

int main(int argc, char **argv) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_element_type_reads_as_a_number),
        cmocka_unit_test(fortran_order_becomes_c_order),
        cmocka_unit_test(headers_may_come_in_any_order_and_version),
        cmocka_unit_test(bad_npy_headers_are_refused),
        cmocka_unit_test(elements_must_be_as_many_as_the_shape_says),
        cmocka_unit_test(stored_and_deflated_members_are_read_by_name),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(damaged_bytes_never_crash),
        cmocka_unit_test(zips_that_are_not_for_us_are_refused_in_words),
        cmocka_unit_test(every_failing_allocation_is_survived),
        cmocka_unit_test(a_written_tensor_reads_back_for_every_type),
        cmocka_unit_test(real_files_are_read),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
