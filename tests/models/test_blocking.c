// SPDX-License-Identifier: Apache-2.0
// Grids: the authors' rule (blockconv.md 1.1) with its table, the ragged extension, and that blocks
// tile the map.
#include <stdlib.h>

#include <tessera/blocking.h>

#include "base/rng.h"
#include "support/test.h"

static uint64_t seed = 1;

static tsr_blocking blocking_of(const char *text) {
    tsr_blocking blocking = {0};
    tsr_error err = {0};
    assert_ok(tsr_blocking_parse(text, &blocking, &err), err);
    return blocking;
}

static tsr_block_grid grid_of(const tsr_blocking *blocking, int32_t h, int32_t w) {
    tsr_block_grid grid = {0};
    tsr_error err = {0};
    assert_ok(tsr_block_grid_make(blocking, h, w, "layer", &grid, &err), err);
    return grid;
}

// blockconv.md 1.1, "block edge at map 224 / 112 / 56 / 28 / 14 / 7" and "blocks per map"; 0 =
// whole.
static void the_table_of_block_edges_at_224_is_reproduced(void **state) {
    (void)state;

    enum { map_count = 6 };

    static const int32_t maps[map_count] = {224, 112, 56, 28, 14, 7};

    static const struct {
        const char *mode;
        int32_t edge[map_count], blocks[map_count];
    } rows[] = {
        {"F112", {112, 0, 0, 0, 0, 0}, {4, 1, 1, 1, 1, 1}},
        {"F56", {56, 56, 0, 0, 0, 0}, {16, 4, 1, 1, 1, 1}},
        {"F28", {28, 28, 28, 0, 0, 0}, {64, 16, 4, 1, 1, 1}},
        {"F14", {14, 14, 14, 14, 0, 0}, {256, 64, 16, 4, 1, 1}},
        {"H2x2", {112, 56, 28, 14, 7, 0}, {4, 4, 4, 4, 4, 1}},
        {"H4x4", {56, 28, 14, 7, 0, 0}, {16, 16, 16, 16, 1, 1}},
        {"H8x8", {28, 14, 7, 0, 0, 0}, {64, 64, 64, 1, 1, 1}},
        {"H16x16", {14, 7, 0, 0, 0, 0}, {256, 256, 1, 1, 1, 1}},
    };

    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; ++r) {
        const tsr_blocking blocking = blocking_of(rows[r].mode);
        for (int32_t m = 0; m < map_count; ++m) {
            const tsr_block_grid grid = grid_of(&blocking, maps[m], maps[m]);
            const int32_t edge = rows[r].edge[m] > 0 ? rows[r].edge[m] : maps[m];
            assert_int_equal(grid.block_h, edge);
            assert_int_equal(grid.block_w, edge);
            assert_int_equal(grid.rows * grid.cols, rows[r].blocks[m]);
            assert_int_equal(tsr_block_grid_is_whole(&grid), rows[r].edge[m] == 0);
        }
    }
}

static void fixed_blocks_are_clipped_to_the_map_on_each_axis(void **state) {
    (void)state;
    const tsr_blocking blocking = blocking_of("F28x14");
    const tsr_block_grid grid = grid_of(&blocking, 20, 42);
    assert_int_equal(grid.rows, 1);
    assert_int_equal(grid.block_h, 20);
    assert_int_equal(grid.cols, 3);
    assert_int_equal(grid.block_w, 14);
}

static void fixed_blocks_that_do_not_divide_are_refused_with_the_layer(void **state) {
    (void)state;
    const tsr_blocking blocking = blocking_of("F28");
    tsr_block_grid grid = {.rows = -1};
    tsr_error err = {0};
    assert_int_equal(tsr_block_grid_make(&blocking, 56, 60, "conv3_1", &grid, &err), TSR_ERR_SHAPE);
    assert_string_equal(err.where, "conv3_1");
    assert_non_null(strstr(err.message, "28x28 do not divide the map of 56x60"));
    assert_int_equal(grid.rows, -1);
}

static void hierarchical_axes_fall_back_to_whole_one_by_one(void **state) {
    (void)state;
    // blockconv.md 4.3: 1080 is no multiple of 16, so H16x16 makes strips of 1080x120
    const tsr_blocking blocking = blocking_of("H16");
    const tsr_block_grid grid = grid_of(&blocking, 1080, 1920);
    assert_int_equal(grid.rows, 1);
    assert_int_equal(grid.block_h, 1080);
    assert_int_equal(grid.cols, 16);
    assert_int_equal(grid.block_w, 120);
    assert_false(tsr_block_grid_is_whole(&grid));
}

static void ragged_fixed_blocks_end_with_a_smaller_one(void **state) {
    (void)state;
    tsr_blocking blocking = blocking_of("F48");
    blocking.ragged = true;
    const tsr_block_grid grid = grid_of(&blocking, 256, 48);  // 256 = 5*48 + 16
    assert_int_equal(grid.rows, 6);
    assert_int_equal(grid.cols, 1);
    const tsr_rect last = tsr_block_grid_rect(&grid, 5, 0);
    assert_int_equal(last.y0, 240);
    assert_int_equal(last.h, 16);
    assert_int_equal(last.w, 48);
}

// Edges at floor(i*7/4): 0, 1, 3, 5, 7.
static void ragged_hierarchical_blocks_have_edges_at_floors(void **state) {
    (void)state;
    tsr_blocking blocking = blocking_of("H4x2");
    blocking.ragged = true;
    const tsr_block_grid grid = grid_of(&blocking, 7, 8);
    static const int32_t edges[] = {0, 1, 3, 5, 7};
    assert_int_equal(grid.rows, 4);
    assert_int_equal(grid.block_h, 2);
    for (int32_t i = 0; i < 4; ++i) {
        const tsr_rect rect = tsr_block_grid_rect(&grid, i, 1);
        assert_int_equal(rect.y0, edges[i]);
        assert_int_equal(rect.h, edges[i + 1] - edges[i]);
        assert_int_equal(rect.x0, 4);
        assert_int_equal(rect.w, 4);
    }
    const tsr_block_grid single =
        grid_of(&blocking, 3, 1);  // more blocks than pixels: one pixel each
    assert_int_equal(single.rows, 3);
    assert_int_equal(single.cols, 1);
}

static void count_pixels(const tsr_block_grid *grid, uint8_t *seen) {
    for (int32_t row = 0; row < grid->rows; ++row) {
        for (int32_t col = 0; col < grid->cols; ++col) {
            const tsr_rect r = tsr_block_grid_rect(grid, row, col);
            assert_true(r.h >= 1 && r.w >= 1 && r.h <= grid->block_h && r.w <= grid->block_w);
            assert_true(r.y0 >= 0 && r.x0 >= 0 && r.y0 + r.h <= grid->map_h &&
                        r.x0 + r.w <= grid->map_w);
            for (int32_t y = r.y0; y < r.y0 + r.h; ++y) {
                for (int32_t x = r.x0; x < r.x0 + r.w; ++x) {
                    ++seen[y * grid->map_w + x];
                }
            }
        }
    }
}

static void every_pixel_is_in_exactly_one_block_and_one_block_is_largest(void **state) {
    (void)state;

    enum { cases = 3000, most = 60 };

    print_message("seed %llu\n", (unsigned long long)seed);
    tsr_rng rng = {seed};
    int32_t made = 0;
    for (int32_t k = 0; k < cases; ++k) {
        const tsr_blocking blocking = {.kind = (tsr_blocking_kind)tsr_rng_range(&rng, 0, 2),
                                       .h = (int32_t)tsr_rng_range(&rng, 1, most + 4),
                                       .w = (int32_t)tsr_rng_range(&rng, 1, most + 4),
                                       .ragged = tsr_rng_range(&rng, 0, 1) == 1};
        const int32_t h = (int32_t)tsr_rng_range(&rng, 1, most);
        const int32_t w = (int32_t)tsr_rng_range(&rng, 1, most);
        tsr_block_grid grid;
        if (tsr_block_grid_make(&blocking, h, w, NULL, &grid, NULL) != TSR_OK) {
            assert_true(blocking.kind == TSR_BLOCKING_FIXED && !blocking.ragged);
            assert_true((h > blocking.h && h % blocking.h != 0) ||
                        (w > blocking.w && w % blocking.w != 0));
            continue;
        }
        ++made;
        uint8_t seen[most * most] = {0};
        count_pixels(&grid, seen);
        bool tall = false;
        bool wide = false;
        for (int32_t i = 0; i < h * w; ++i) {
            assert_int_equal(seen[i], 1);
        }
        for (int32_t i = 0; i < grid.rows; ++i) {
            tall = tall || tsr_block_grid_rect(&grid, i, 0).h == grid.block_h;
        }
        for (int32_t i = 0; i < grid.cols; ++i) {
            wide = wide || tsr_block_grid_rect(&grid, 0, i).w == grid.block_w;
        }
        assert_true(tall && wide);
    }
    assert_true(made > cases / 2);
}

static void texts_are_read_and_written_canonically(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"none", "none"},     {"F28", "F28"},       {"F28x28", "F28"},
        {"F28x14", "F28x14"}, {"H4", "H4x4"},       {"H4x4", "H4x4"},
        {"H2x8", "H2x8"},     {"F65535", "F65535"}, {"H1x65535", "H1x65535"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; ++i) {
        const tsr_blocking blocking = blocking_of(pairs[i][0]);
        char text[32];
        tsr_blocking_format(&blocking, text, sizeof text);
        assert_string_equal(text, pairs[i][1]);
        assert_int_equal(blocking.block_padding, TSR_PAD_ZERO);
        assert_int_equal(blocking.border_padding, TSR_PAD_SAME);
        assert_false(blocking.ragged || blocking.true_stride);
    }
}

static void other_texts_are_refused_with_the_accepted_forms(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",     "F",    "F0",     "H0x4",   "F4x0",         "F-4",  "f28",  "F28x", "F28x14x",
        "F28 ", " F28", "F28y14", "F65536", "H99999999999", "None", "F028", "28",   "Fx4"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        tsr_blocking blocking = {.h = 77};
        tsr_error err = {0};
        assert_int_equal(tsr_blocking_parse(texts[i], &blocking, &err), TSR_ERR_USAGE);
        assert_non_null(strstr(err.message, "none, F<n>, F<h>x<w>, H<n> or H<rows>x<columns>"));
        assert_int_equal(blocking.h, 77);
    }
}

static void padding_modes_have_names_and_the_border_may_differ(void **state) {
    (void)state;
    for (int32_t m = TSR_PAD_ZERO; m <= TSR_PAD_SAME; ++m) {
        tsr_pad_mode mode = TSR_PAD_ZERO;
        tsr_error err = {0};
        assert_ok(tsr_pad_mode_parse(tsr_pad_mode_name((tsr_pad_mode)m), &mode, &err), err);
        assert_int_equal(mode, m);
    }
    tsr_pad_mode mode = TSR_PAD_ZERO;
    tsr_error err = {0};
    assert_int_equal(tsr_pad_mode_parse("mirror", &mode, &err), TSR_ERR_USAGE);
    assert_non_null(strstr(err.message, "zero, replicate, reflect or same"));
    tsr_blocking blocking = {.block_padding = TSR_PAD_REFLECT, .border_padding = TSR_PAD_SAME};
    assert_int_equal(tsr_blocking_border_mode(&blocking), TSR_PAD_REFLECT);
    blocking.border_padding = TSR_PAD_ZERO;
    assert_int_equal(tsr_blocking_border_mode(&blocking), TSR_PAD_ZERO);
}

static void maps_and_blocks_without_pixels_are_refused(void **state) {
    (void)state;
    tsr_block_grid grid = {0};
    tsr_error err = {0};
    const tsr_blocking none = {0};
    assert_int_equal(tsr_block_grid_make(&none, 0, 4, "conv", &grid, &err), TSR_ERR_SHAPE);
    assert_string_equal(err.where, "conv");
    const tsr_blocking zero = {.kind = TSR_BLOCKING_HIERARCHICAL, .h = 0, .w = 4};
    assert_int_equal(tsr_block_grid_make(&zero, 4, 4, "conv", &grid, &err), TSR_ERR_USAGE);
    const tsr_blocking negative = {.kind = TSR_BLOCKING_FIXED, .h = 4, .w = -1};
    assert_int_equal(tsr_block_grid_make(&negative, 4, 4, NULL, &grid, NULL), TSR_ERR_USAGE);
}

int main(int argc, char **argv) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_of_block_edges_at_224_is_reproduced),
        cmocka_unit_test(fixed_blocks_are_clipped_to_the_map_on_each_axis),
        cmocka_unit_test(fixed_blocks_that_do_not_divide_are_refused_with_the_layer),
        cmocka_unit_test(hierarchical_axes_fall_back_to_whole_one_by_one),
        cmocka_unit_test(ragged_fixed_blocks_end_with_a_smaller_one),
        cmocka_unit_test(ragged_hierarchical_blocks_have_edges_at_floors),
        cmocka_unit_test(every_pixel_is_in_exactly_one_block_and_one_block_is_largest),
        cmocka_unit_test(texts_are_read_and_written_canonically),
        cmocka_unit_test(other_texts_are_refused_with_the_accepted_forms),
        cmocka_unit_test(padding_modes_have_names_and_the_border_may_differ),
        cmocka_unit_test(maps_and_blocks_without_pixels_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
