// SPDX-License-Identifier: Apache-2.0
// Loads, stores and pools: channels packed and widened, windows over the border, and poison where
// nothing was written.
#include "datapath_rig.h"
#include "program/desc_check.h"

static uint64_t seed;

enum { POISON = 0xA5 };

static void a_map_comes_back_from_any_place(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    for (int32_t round = 0; round < 500; ++round) {
        rig r = rig_make(&rng, round % 2 == 0 ? 8 : 16);
        const int32_t c = (int32_t)tsr_rng_range(&rng, 1, 20);
        tsr_tensor in = hand_random(&rng, r.program.arch.activation_bits, 1, c,
                                    (int32_t)tsr_rng_range(&rng, 1, 7),
                                    (int32_t)tsr_rng_range(&rng, 1, 13), 127);
        int64_t at[2];
        const int64_t planes = (c - 1) / r.program.arch.tn + 1;
        const tsr_map_view map =
            rig_place(&r, &rng, tsr_rng_range(&rng, 1, 3), planes, in.h, in.w, at);
        rig_load(&r, &in, RIG_IN, &map, at);
        tsr_tensor out = rig_store(&r, c, in.h, in.w, &map, at);
        assert_memory_equal(
            out.data, in.data,
            (size_t)(c * in.h * in.w) * (size_t)tsr_arch_element_bytes(&r.program.arch));
        tsr_tensor_free(&in);
        tsr_tensor_free(&out);
        rig_free(&r);
    }
}

static void a_load_fills_the_lanes_it_has_no_channels_for_with_zero(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_rng rng = {seed};
    const tsr_arch arch = hand_arch();  // words of 4 channels
    rig r = {.program = {.arch = arch, .memory_bytes = RIG_MEMORY},
             .memory = tsr_alloc(RIG_MEMORY, 1)};
    assert_ok(tsr_datapath_create(&arch, &r.datapath, &err), err);
    tsr_tensor in = hand_random(&rng, 8, 1, 1, 1, 3, 127);
    const tsr_map_view map = {5, 2, 2, 1, 0};
    const int64_t origin[2] = {0, 0};
    rig_load(&r, &in, RIG_IN, &map, origin);
    uint64_t bytes = 0;
    const uint8_t *pool = tsr_datapath_feature(r.datapath, &bytes);
    assert_int_equal(bytes, arch.feature_buffer_bytes);
    for (int64_t x = 0; x < 4;
         ++x) {  // line 5: pixels 0 and 1; line 6: pixel 2 and a word never written
        const uint8_t *word = pool + (5 * 2 + x) * 4;
        for (int32_t lane = 0; lane < 4; ++lane) {
            const uint8_t due = x == 3      ? POISON
                                : lane == 0 ? (uint8_t)((const int8_t *)in.data)[x]
                                            : 0;
            assert_int_equal(word[lane], due);
        }
    }
    tsr_tensor_free(&in);
    rig_free(&r);
}

/** Word q of a row of w pixels: its pixels are q-(g-1) .. q (program.h). */
static void run_packed(tsr_rng *rng, int32_t bits) {
    rig r = rig_make(rng, bits);
    const tsr_arch *arch = &r.program.arch;
    const int64_t element = bits / 8;
    const int64_t word = tsr_arch_feature_word_bytes(arch);
    const int64_t lanes =
        arch->tn == 1 ? 1 : (int64_t)1 << tsr_rng_range(rng, 0, arch->tn == 2 ? 0 : 1);
    const int64_t g = tsr_rng_range(rng, 1, arch->tn / lanes);
    const int64_t w = tsr_rng_range(rng, 1, 6);
    int64_t at[2];
    const tsr_map_view map = rig_place(&r, rng, tsr_rng_range(rng, 1, 2), 2, 3, w + g - 1, at);
    for (int64_t i = 0; i < 2 * 3 * w * lanes * element; ++i) {
        r.memory[i] = (uint8_t)tsr_rng_range(rng, 0, 255);
    }
    const int64_t value = tsr_rng_range(rng, -100, 100);
    const tsr_desc load = {.header = {.opcode = TSR_OP_LOAD_FEATURE, .units = 1},
                           .u.load_feature = {.row_bytes = w * lanes * element,
                                              .row_stride_bytes = w * lanes * element,
                                              .rows = 3,
                                              .planes = 2,
                                              .plane_stride_bytes = 3 * w * lanes * element,
                                              .pixel_bytes = lanes * element,
                                              .base = map.base,
                                              .row_pitch = map.row_pitch,
                                              .plane_pitch = map.plane_pitch,
                                              .bank_stride = map.bank_stride,
                                              .y0 = at[0],
                                              .x0 = at[1],
                                              .pack = g,
                                              .pack_value = value}};
    rig_do(&r, &load);
    const uint8_t *pool = tsr_datapath_feature(r.datapath, NULL);
    for (int64_t i = 0; i < 2 * 3 * (w + g - 1); ++i) {
        const int64_t q = i % (w + g - 1);
        const int64_t row = i / (w + g - 1);
        uint8_t due[64] = {0};
        for (int64_t lane = 0; lane < g * lanes; ++lane) {
            const int64_t pixel = q - (g - 1) + lane / lanes;
            const int64_t from = (row * w + pixel) * lanes + lane % lanes;
            if (pixel >= 0 && pixel < w) {
                memcpy(due + lane * element, r.memory + from * element, (size_t)element);
            } else {
                hand_put(due + lane * element, value, (int32_t)element);
            }
        }
        const int64_t place = tsr_map_row_line(&map, row / 3, at[0] + row % 3) * arch->tp +
                              tsr_map_column_word(&map, arch->tp, at[1] + q);
        assert_memory_equal(pool + place * word, due, (size_t)word);
    }
    rig_free(&r);
}

static void a_packed_load_gathers_neighbouring_pixels(void **state) {
    (void)state;
    tsr_rng rng = {seed + 3};
    for (int32_t round = 0; round < 400; ++round) {
        run_packed(&rng, round % 2 == 0 ? 8 : 16);
    }
}

static void a_store_of_words_never_written_shows_poison(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    rig r = rig_make(&rng, 8);
    const tsr_map_view map = {9, 8, 64, 1, 0};
    const int64_t origin[2] = {1, 2};
    tsr_tensor out = rig_store(&r, 3, 2, 2, &map, origin);
    for (int32_t i = 0; i < 12; ++i) {
        assert_int_equal(((const uint8_t *)out.data)[i], POISON);
    }
    tsr_tensor_free(&out);
    rig_free(&r);
}

static void a_store_writes_its_bytes_and_no_others(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    rig r = rig_make(&rng, 8);
    memset(r.memory, 0x77, RIG_MEMORY);
    const tsr_desc store = {.header = {.opcode = TSR_OP_STORE, .units = 1},
                            .u.store = {.dram_address = 101,  // rows need no alignment
                                        .row_bytes = 3,
                                        .row_stride_bytes = 10,
                                        .rows = 2,
                                        .planes = 2,
                                        .plane_stride_bytes = 50,
                                        .pixel_bytes = 1,
                                        .row_pitch = 4,
                                        .plane_pitch = 16,
                                        .bank_stride = 1}};
    rig_do(&r, &store);
    for (int32_t at = 0; at < 300; ++at) {
        bool stored = false;
        for (int32_t k = 0; k < 4; ++k) {
            const int32_t start = 101 + k / 2 * 50 + k % 2 * 10;
            stored = stored || (at >= start && at < start + 3);
        }
        assert_int_equal(r.memory[at], stored ? POISON : 0x77);
    }
    rig_free(&r);
}

/** One random pool; false where the banks forbid it. */
static bool run_pool(tsr_rng *rng, int32_t bits) {
    rig r = rig_make(rng, bits);
    tsr_error err = {0};
    tsr_window window;
    int32_t h, w, out_h, out_w;
    do {
        h = (int32_t)tsr_rng_range(rng, 1, 9);
        w = (int32_t)tsr_rng_range(rng, 1, 9);
        window = (tsr_window){(int32_t)tsr_rng_range(rng, 1, 4),
                              (int32_t)tsr_rng_range(rng, 1, 4),
                              (int32_t)tsr_rng_range(rng, 1, 3),
                              (int32_t)tsr_rng_range(rng, 1, 3),
                              1,
                              1,
                              1,
                              {0}};
        window.pad.top = (int32_t)tsr_rng_range(rng, 0, window.kernel_h - 1);
        window.pad.left = (int32_t)tsr_rng_range(rng, 0, window.kernel_w - 1);
        out_h = tsr_window_out(h, window.pad.top, window.kernel_h, window.stride_h, 1);
        out_w = tsr_window_out(w, window.pad.left, window.kernel_w, window.stride_w, 1);
    } while (out_h < 1 || out_w < 1);
    const int32_t c = (int32_t)tsr_rng_range(rng, 1, 17);
    const int64_t planes = (c - 1) / r.program.arch.tn + 1;
    int64_t at[2][2];
    const tsr_map_view in = rig_place(&r, rng, window.stride_w, planes, h, w, at[0]);
    const tsr_map_view out =
        rig_place(&r, rng, tsr_rng_range(rng, 1, 3), planes, out_h, out_w, at[1]);
    const tsr_desc desc = {.header = {.opcode = TSR_OP_POOL, .units = 2},
                           .u.pool = {.in_base = in.base,
                                      .in_row_pitch = in.row_pitch,
                                      .in_plane_pitch = in.plane_pitch,
                                      .in_bank_stride = in.bank_stride,
                                      .in_y0 = at[0][0],
                                      .in_x0 = at[0][1],
                                      .in_h = h,
                                      .in_w = w,
                                      .planes = planes,
                                      .kernel_h = window.kernel_h,
                                      .kernel_w = window.kernel_w,
                                      .stride_h = window.stride_h,
                                      .stride_w = window.stride_w,
                                      .pad_top = window.pad.top,
                                      .pad_left = window.pad.left,
                                      .out_h = out_h,
                                      .out_w = out_w,
                                      .out_base = out.base,
                                      .out_row_pitch = out.row_pitch,
                                      .out_plane_pitch = out.plane_pitch,
                                      .out_bank_stride = out.bank_stride,
                                      .out_y0 = at[1][0],
                                      .out_x0 = at[1][1]}};
    tsr_tensor map = hand_random(rng, bits, 1, c, h, w, 127);
    rig_load(&r, &map, RIG_IN, &in, at[0]);
    const bool legal = tsr_bank_check(&r.program.arch, &desc, &err) == TSR_OK;
    if (legal) {
        rig_do(&r, &desc);
        tsr_tensor due = {0};
        assert_ok(tsr_ref_max_pool(&map, &window, &due, &err), err);
        tsr_tensor got = rig_store(&r, c, out_h, out_w, &out, at[1]);
        assert_memory_equal(
            got.data, due.data,
            (size_t)(c * out_h * out_w) * (size_t)tsr_arch_element_bytes(&r.program.arch));
        tsr_tensor_free(&due);
        tsr_tensor_free(&got);
    }
    tsr_tensor_free(&map);
    rig_free(&r);
    return legal;
}

static void pool_descriptors_compute_what_the_reference_does(void **state) {
    (void)state;
    tsr_rng rng = {seed + 1};
    int32_t legal = 0;
    for (int32_t round = 0; round < 600; ++round) {
        legal += run_pool(&rng, round % 2 == 0 ? 8 : 16);
    }
    assert_int_equal(legal, 600);  // zero padding and the reader's stride: never a conflict
}

static void the_bank_rule_agrees_with_an_enumeration_of_lanes(void **state) {
    (void)state;  // hardware.md 2.4: the same verdict whether proven or enumerated
    tsr_rng rng = {seed + 2};
    int32_t conflicts = 0;
    for (int32_t round = 0; round < 20000; ++round) {
        tsr_arch arch = hand_arch();
        arch.tp = (int32_t)tsr_rng_range(&rng, 1, 8);
        const tsr_desc_conv c = {.in_w = tsr_rng_range(&rng, 1, 20),
                                 .in_h = 1,
                                 .in_bank_stride = tsr_rng_range(&rng, 1, 3),
                                 .in_x0 = tsr_rng_range(&rng, 0, 5),
                                 .kernel_h = 1,
                                 .kernel_w = tsr_rng_range(&rng, 1, 5),
                                 .stride_h = 1,
                                 .stride_w = tsr_rng_range(&rng, 1, 3),
                                 .dilation_h = 1,
                                 .dilation_w = tsr_rng_range(&rng, 1, 2),
                                 .pad_left = tsr_rng_range(&rng, 0, 4),
                                 .pad_mode_left = tsr_rng_range(&rng, 0, 2),
                                 .pad_mode_right = tsr_rng_range(&rng, 0, 2),
                                 .out_h = 1,
                                 .out_w = tsr_rng_range(&rng, 1, 12)};
        const int64_t reach =
            (c.out_w - 1) * c.stride_w + (c.kernel_w - 1) * c.dilation_w - c.pad_left;
        if (c.pad_left >= c.in_w || reach - (c.in_w - 1) >= c.in_w) {
            continue;  // reflect would not fit
        }
        const tsr_desc desc = {.header = {.opcode = TSR_OP_CONV}, .u.conv = c};
        bool conflict = false;
        for (int64_t first = 0; first < c.out_w; first += arch.tp) {
            for (int64_t k = 0; k < c.kernel_w; ++k) {
                int64_t line_of[8];
                memset(line_of, -1, sizeof line_of);
                for (int64_t o = first; o < first + arch.tp && o < c.out_w; ++o) {
                    const int32_t i = tsr_pad_index(
                        (int32_t)(o * c.stride_w + k * c.dilation_w - c.pad_left), (int32_t)c.in_w,
                        (tsr_pad_mode)c.pad_mode_left, (tsr_pad_mode)c.pad_mode_right);
                    if (i < 0) {
                        continue;
                    }
                    const int64_t x = c.in_x0 + i;
                    const int64_t s = c.in_bank_stride;
                    const int64_t bank = x / s % arch.tp;  // the formulas of program.h
                    const int64_t line = x / (s * arch.tp) * s + x % s;
                    conflict = conflict || (line_of[bank] >= 0 && line_of[bank] != line);
                    line_of[bank] = line;
                }
            }
        }
        conflicts += conflict;
        assert_int_equal(tsr_bank_check(&arch, &desc, NULL) != TSR_OK, conflict);
    }
    assert_true(conflicts > 100);
}

static void running_out_of_memory_leaves_nothing_behind(void **state) {
    (void)state;
    const tsr_arch arch = hand_arch();
    tsr_status status = TSR_ERR_NO_MEMORY;
    for (uint64_t n = 1; status == TSR_ERR_NO_MEMORY; ++n) {
        tsr_datapath *datapath = NULL;
        tsr_alloc_fail_at(n);
        status = tsr_datapath_create(&arch, &datapath, NULL);
        tsr_alloc_fail_at(0);
        tsr_datapath_destroy(datapath);
    }
    assert_int_equal(status, TSR_OK);
}

int main(int argc, char **argv) {
    seed = hand_seed(argc, argv, 31);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_comes_back_from_any_place),
        cmocka_unit_test(a_load_fills_the_lanes_it_has_no_channels_for_with_zero),
        cmocka_unit_test(a_packed_load_gathers_neighbouring_pixels),
        cmocka_unit_test(a_store_of_words_never_written_shows_poison),
        cmocka_unit_test(a_store_writes_its_bytes_and_no_others),
        cmocka_unit_test(pool_descriptors_compute_what_the_reference_does),
        cmocka_unit_test(the_bank_rule_agrees_with_an_enumeration_of_lanes),
        cmocka_unit_test(running_out_of_memory_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
