// SPDX-License-Identifier: Apache-2.0
// Pictures: what is written reads back, other kinds of PNG are converted, bad files are refused.
#include <stdlib.h>

#include <zlib.h>

#include <tessera/tensor.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "support/scratch.h"

static uint64_t seed = 1;

/** A PNG made chunk by chunk. */
typedef struct png_bytes {
    uint8_t data[4096];
    size_t size;
} png_bytes;

static void put(png_bytes *b, const void *data, size_t size) {
    assert_true(b->size + size <= sizeof b->data);
    if (size > 0) {
        memcpy(b->data + b->size, data, size);
    }
    b->size += size;
}

static void put_number(png_bytes *b, uint32_t value) {
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                              (uint8_t)value};
    put(b, bytes, 4);
}

static void put_chunk(png_bytes *b, const char *type, const uint8_t *data, size_t size) {
    put_number(b, (uint32_t)size);
    const size_t start = b->size;
    put(b, type, 4);
    put(b, data, size);
    put_number(b, (uint32_t)crc32(0, b->data + start, (uInt)(size + 4)));
}

static void put_header(png_bytes *b, uint32_t width, uint32_t height, uint8_t depth, uint8_t type) {
    b->size = 0;
    put(b, "\x89PNG\r\n\x1a\n", 8);
    png_bytes h = {.size = 0};
    put_number(&h, width);
    put_number(&h, height);
    const uint8_t rest[5] = {depth, type, 0, 0, 0};
    put(&h, rest, 5);
    put_chunk(b, "IHDR", h.data, h.size);
}

/** Rows with their filter bytes. */
static void put_rows(png_bytes *b, const uint8_t *rows, size_t size) {
    uint8_t packed[1024];
    uLongf length = sizeof packed;
    assert_int_equal(compress(packed, &length, rows, size), Z_OK);
    put_chunk(b, "IDAT", packed, length);
    put_chunk(b, "IEND", NULL, 0);
}

static tsr_tensor read_good(const png_bytes *b) {
    tsr_tensor t = {0};
    tsr_error err = {0};
    assert_ok(tsr_png_read(scratch_write("in.png", b->data, b->size), &t, &err), err);
    return t;
}

static void expect_refusal(const png_bytes *b, const char *says) {
    tsr_tensor t = {0};
    tsr_error err = {0};
    assert_int_equal(tsr_png_read(scratch_write("in.png", b->data, b->size), &t, &err),
                     TSR_ERR_CONFIG);
    assert_null(t.data);
    if (strstr(err.message, says) == NULL) {
        fail_msg("\"%s\" says nothing of \"%s\"", err.message, says);
    }
}

static tsr_tensor random_picture(int32_t c, int32_t h, int32_t w, tsr_rng *rng) {
    tsr_tensor t = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_create(&t, TSR_DTYPE_U8, 1, c, h, w, &err), err);
    for (size_t i = 0; i < t.bytes; ++i) {
        ((uint8_t *)t.data)[i] = (uint8_t)tsr_rng_next(rng);
    }
    return t;
}

static void what_is_written_reads_back(void **state) {
    (void)state;
    static const int32_t sizes[][3] = {{1, 1, 1}, {3, 1, 1}, {1, 17, 31}, {3, 40, 9}, {3, 2, 300}};
    print_message("seed %llu\n", (unsigned long long)seed);
    tsr_rng rng = {seed};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
        tsr_tensor t = random_picture(sizes[i][0], sizes[i][1], sizes[i][2], &rng);
        tsr_tensor back = {0};
        tsr_error err = {0};
        assert_ok(tsr_png_write(scratch_path("out.png"), &t, &err), err);
        assert_ok(tsr_png_read(scratch_path("out.png"), &back, &err), err);
        assert_int_equal(back.c, t.c);
        assert_int_equal(back.h, t.h);
        assert_int_equal(back.w, t.w);
        assert_memory_equal(back.data, t.data, t.bytes);
        tsr_tensor_free(&t);
        tsr_tensor_free(&back);
    }
}

static void palettes_become_colours(void **state) {
    (void)state;
    static const uint8_t palette[6] = {10, 20, 30, 200, 150, 100};
    static const uint8_t rows[2] = {0, 0x40};  // one row of two 1-bit pixels: 0, 1
    png_bytes b;
    put_header(&b, 2, 1, 1, 3);
    put_chunk(&b, "PLTE", palette, sizeof palette);
    put_rows(&b, rows, sizeof rows);
    tsr_tensor t = read_good(&b);
    static const uint8_t planes[6] = {10, 200, 20, 150, 30, 100};
    assert_int_equal(t.c, 3);
    assert_memory_equal(t.data, planes, sizeof planes);
    tsr_tensor_free(&t);
}

static void sixteen_bits_are_rounded_to_eight(void **state) {
    (void)state;
    // round(v * 255 / 65535): 0 -> 0, 128 -> 0 (0.498), 129 -> 1 (0.502), 65535 -> 255
    static const uint8_t rows[9] = {0, 0, 0, 0, 128, 0, 129, 255, 255};
    png_bytes b;
    put_header(&b, 4, 1, 16, 0);
    put_rows(&b, rows, sizeof rows);
    tsr_tensor t = read_good(&b);
    static const uint8_t want[4] = {0, 0, 1, 255};
    assert_int_equal(t.c, 1);
    assert_memory_equal(t.data, want, sizeof want);
    tsr_tensor_free(&t);
}

static void grey_of_few_bits_uses_the_whole_range_and_transparency_shows_black(void **state) {
    (void)state;
    static const uint8_t two_bits[2] = {0, 0x1B};  // 0 1 2 3
    png_bytes b;
    put_header(&b, 4, 1, 2, 0);
    put_rows(&b, two_bits, sizeof two_bits);
    tsr_tensor t = read_good(&b);
    static const uint8_t want[4] = {0, 85, 170, 255};
    assert_memory_equal(t.data, want, sizeof want);
    tsr_tensor_free(&t);
    static const uint8_t with_alpha[9] = {0, 9, 8, 7, 255, 9, 8, 7, 0};
    put_header(&b, 2, 1, 8, 6);
    put_rows(&b, with_alpha, sizeof with_alpha);
    t = read_good(&b);
    static const uint8_t planes[6] = {9, 0, 8, 0, 7, 0};
    assert_int_equal(t.c, 3);
    assert_memory_equal(t.data, planes, sizeof planes);
    tsr_tensor_free(&t);
}

static void every_truncation_is_refused(void **state) {
    (void)state;
    static const uint8_t rows[8] = {0, 1, 2, 3, 0, 4, 5, 6};
    png_bytes b;
    put_header(&b, 3, 2, 8, 0);
    put_rows(&b, rows, sizeof rows);
    png_bytes cut = b;
    for (cut.size = 0; cut.size < b.size; ++cut.size) {
        expect_refusal(&cut, cut.size < 8 ? "does not start like a PNG" : "truncated");
    }
    put_header(&b, 3, 3, 8, 0);  // a row more than there is
    put_rows(&b, rows, sizeof rows);
    expect_refusal(&b, "not a good PNG");
}

static void damaged_and_lying_files_are_refused(void **state) {
    (void)state;
    static const uint8_t rows[8] = {0, 1, 2, 3, 0, 4, 5, 6};
    png_bytes b;
    put_header(&b, 60000, 60000, 8, 2);  // 10.8 GB out of some bytes
    put_rows(&b, rows, sizeof rows);
    expect_refusal(&b, "cannot hold a picture of 60000x60000");
    put_header(&b, 0, 2, 8, 0);
    put_rows(&b, rows, sizeof rows);
    expect_refusal(&b, "not a good PNG");
    tsr_rng rng = {seed};
    for (int32_t k = 0; k < 1000; ++k) {
        put_header(&b, 3, 2, 8, 0);
        put_rows(&b, rows, sizeof rows);
        b.data[tsr_rng_range(&rng, 8, (int64_t)b.size - 1)] = (uint8_t)tsr_rng_next(&rng);
        tsr_tensor t = {0};
        const tsr_status status = tsr_png_read(scratch_write("in.png", b.data, b.size), &t, NULL);
        assert_true(status == TSR_OK || t.data == NULL);
        tsr_tensor_free(&t);
    }
    tsr_tensor t = {0};
    tsr_error err = {0};
    assert_int_equal(tsr_png_read(scratch_path("absent.png"), &t, &err), TSR_ERR_FILE);
}

static void a_picture_that_cannot_be_written_leaves_no_file(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    tsr_tensor four = random_picture(4, 2, 2, &rng);
    tsr_tensor good = random_picture(1, 2, 2, &rng);
    tsr_tensor empty = {0};
    tsr_error err = {0};
    const int files = scratch_count();
    assert_int_equal(tsr_png_write(scratch_path("bad.png"), &four, &err), TSR_ERR_SHAPE);
    assert_non_null(strstr(err.message, "1x4x2x2"));
    assert_int_equal(tsr_png_write(scratch_path("bad.png"), &empty, &err), TSR_ERR_SHAPE);
    assert_int_equal(tsr_png_write(scratch_path("no/bad.png"), &good, &err), TSR_ERR_FILE);
    tsr_alloc_fail_at(1);
    assert_int_equal(tsr_png_write(scratch_path("bad.png"), &good, &err), TSR_ERR_NO_MEMORY);
    tsr_alloc_fail_at(0);
    assert_int_equal(scratch_count(), files);
    tsr_tensor_free(&four);
    tsr_tensor_free(&good);
}

static void every_failing_allocation_is_survived(void **state) {
    (void)state;
    static const uint8_t rows[8] = {0, 1, 2, 3, 0, 4, 5, 6};
    png_bytes b;
    put_header(&b, 3, 2, 8, 0);
    put_rows(&b, rows, sizeof rows);
    const char *path = scratch_write("in.png", b.data, b.size);
    tsr_status status = TSR_ERR_NO_MEMORY;
    for (uint64_t k = 1; status == TSR_ERR_NO_MEMORY; ++k) {
        tsr_tensor t = {0};
        tsr_alloc_fail_at(k);
        status = tsr_png_read(path, &t, NULL);
        tsr_alloc_fail_at(0);
        assert_true(status == TSR_OK || (status == TSR_ERR_NO_MEMORY && t.data == NULL));
        tsr_tensor_free(&t);
    }
    assert_int_equal(status, TSR_OK);
}

int main(int argc, char **argv) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(palettes_become_colours),
        cmocka_unit_test(sixteen_bits_are_rounded_to_eight),
        cmocka_unit_test(grey_of_few_bits_uses_the_whole_range_and_transparency_shows_black),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(damaged_and_lying_files_are_refused),
        cmocka_unit_test(a_picture_that_cannot_be_written_leaves_no_file),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
