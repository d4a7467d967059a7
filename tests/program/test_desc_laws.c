// SPDX-License-Identifier: Apache-2.0
// What a descriptor costs: bursts from both sides of every edge, and the terms of the pass law.
#include "support/hand_program.h"

static uint64_t seed;

enum { PAGE = 4096, BURSTS_MAX = 1 << 15 };

/** The bursts of one descriptor. */
typedef struct burst_list {
    int32_t count;
    uint64_t address[BURSTS_MAX];
    uint32_t beats[BURSTS_MAX];
} burst_list;

static burst_list list;

static const burst_list *bursts_of(const tsr_program *p, const tsr_desc *desc) {
    list.count = 0;
    uint64_t total = 0;
    tsr_burst_walk walk = tsr_burst_first(p, desc);
    while (list.count < BURSTS_MAX &&
           tsr_burst_next(&walk, &list.address[list.count], &list.beats[list.count])) {
        total += list.beats[list.count++];
    }
    uint64_t count = 0;
    assert_int_equal(tsr_desc_beats(p, desc, &count), total);
    assert_int_equal(count, list.count);
    assert_false(tsr_burst_next(&walk, &list.address[0], &list.beats[0]));  // and stays at the end
    return &list;
}

static tsr_desc one_row(int64_t address, int64_t bytes) {
    return (tsr_desc){
        .header = {.opcode = TSR_OP_LOAD_FEATURE},
        .u.load_feature = {
            .dram_address = address, .row_bytes = bytes, .rows = 1, .planes = 1, .pixel_bytes = 4}};
}

/** Bursts of one row of `bytes` at `address`: how many, and the beats of the first two. */
static void expect_row(int32_t max_beats, int64_t address, int64_t bytes, int32_t count,
                       uint32_t first, uint32_t second) {
    tsr_program p = {.arch = hand_arch()};  // beats of 8 bytes
    p.arch.max_burst_beats = max_beats;
    const tsr_desc desc = one_row(address, bytes);
    const burst_list *b = bursts_of(&p, &desc);
    assert_int_equal(b->count, count);
    assert_int_equal(b->beats[0], first);
    if (count > 1) {
        assert_int_equal(b->beats[1], second);
    }
}

static void a_burst_ends_at_the_longest_burst(void **state) {
    (void)state;
    expect_row(16, 0, 16 * 8, 1, 16, 0);
    expect_row(16, 0, 17 * 8, 2, 16, 1);
    expect_row(16, 0, 15 * 8, 1, 15, 0);
    expect_row(16, 0, 16 * 8 + 1, 2, 16, 1);  // one byte more takes a whole beat
    expect_row(1, 0, 2 * 8, 2, 1, 1);
    expect_row(256, 0, 256 * 8, 1, 256, 0);
    expect_row(256, 0, 257 * 8, 2, 256, 1);
    expect_row(3, 8, 4 * 8, 2, 3, 1);
}

static void a_burst_ends_at_a_4_kib_edge(void **state) {
    (void)state;
    expect_row(16, PAGE - 64, 64, 1, 8, 0);  // up to the edge
    expect_row(16, PAGE - 64, 65, 2, 8, 1);  // one byte beyond
    expect_row(16, PAGE - 64, 63, 1, 8, 0);
    expect_row(16, PAGE - 1, 1, 1, 1, 0);
    expect_row(16, PAGE - 1, 2, 2, 1, 1);
    expect_row(16, PAGE, 128, 1, 16, 0);             // at the edge
    expect_row(256, 0, PAGE, 2, 256, 256);           // 2048 bytes a burst
    expect_row(256, PAGE - 8, 2 * 2048, 3, 1, 256);  // cut at the edge first
}

static void a_row_that_is_not_aligned_takes_its_partial_beats_whole(void **state) {
    (void)state;
    expect_row(16, 7, 1, 1, 1, 0);
    expect_row(16, 7, 2, 1, 2, 0);
    expect_row(16, 1, 8, 1, 2, 0);
    expect_row(16, 4, 16 * 8, 2, 16, 1);  // 128 bytes, but 17 beats
}

/** Whatever the shape: aligned, in page, in length, ascending within a row, and covering every byte
 * of every row. */
static void random_descriptors_split_by_the_rules(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    for (int32_t round = 0; round < 2000; ++round) {
        tsr_program p = {.arch = hand_arch()};
        p.arch.axi_data_bits = 32 << tsr_rng_range(&rng, 0, 4);
        p.arch.max_burst_beats = (int32_t)tsr_rng_range(&rng, 1, round % 2 == 0 ? 16 : 256);
        const uint64_t beat = (uint64_t)tsr_arch_beat_bytes(&p.arch);
        tsr_desc desc = {.header = {.opcode = TSR_OP_STORE}};
        desc.u.store = (tsr_desc_store){.dram_address = tsr_rng_range(&rng, 0, 10000),
                                        .row_bytes = tsr_rng_range(&rng, 1, 9000),
                                        .row_stride_bytes = tsr_rng_range(&rng, 0, 12000),
                                        .rows = tsr_rng_range(&rng, 1, 4),
                                        .planes = tsr_rng_range(&rng, 1, 3),
                                        .plane_stride_bytes = tsr_rng_range(&rng, 0, 50000),
                                        .pixel_bytes = 4};
        const burst_list *b = bursts_of(&p, &desc);
        int32_t at = 0;
        for (int64_t k = 0; k < desc.u.store.planes * desc.u.store.rows; ++k) {
            const uint64_t start =
                (uint64_t)(desc.u.store.dram_address +
                           k / desc.u.store.rows * desc.u.store.plane_stride_bytes +
                           k % desc.u.store.rows * desc.u.store.row_stride_bytes);
            const uint64_t stop = start + (uint64_t)desc.u.store.row_bytes;
            uint64_t next = start / beat * beat;
            while (next < stop) {
                assert_true(at < b->count);
                assert_int_equal(b->address[at], next);
                const uint64_t bytes = b->beats[at] * beat;
                assert_true(b->beats[at] >= 1 && b->beats[at] <= (uint32_t)p.arch.max_burst_beats);
                assert_int_equal(next / PAGE, (next + bytes - 1) / PAGE);
                next += bytes;
                // no shorter than need be: it is full, ends a page, or ends the row
                assert_true(b->beats[at] == (uint32_t)p.arch.max_burst_beats || next % PAGE == 0 ||
                            next >= stop);
                ++at;
            }
            assert_true(next < stop + beat);
        }
        assert_int_equal(at, b->count);
    }
}

static void weight_groups_are_rows_with_their_parameters_in_front(void **state) {
    (void)state;
    tsr_program p = {.arch = hand_arch()};  // weight words of 16 bytes, parameters of 64
    tsr_desc desc = {.header = {.opcode = TSR_OP_LOAD_WEIGHT},
                     .u.load_weight = {.dram_address = 64,
                                       .groups = 3,
                                       .group_stride_bytes = 1024,
                                       .words_per_group = 4,
                                       .parameters = 1}};
    const burst_list *b = bursts_of(&p, &desc);
    assert_int_equal(b->count, 3);
    for (int32_t g = 0; g < 3; ++g) {
        assert_int_equal(b->address[g], 64 + 1024 * g);
        assert_int_equal(b->beats[g], (64 + 4 * 16) / 8);
    }
    desc.u.load_weight.parameters = 0;
    assert_int_equal(tsr_desc_beats(&p, &desc, NULL), 3 * 4 * 16 / 8);
    desc.u.load_weight.words_per_group = 0;
    assert_int_equal(tsr_desc_beats(&p, &desc, NULL), 0);
}

static void maps_take_a_word_a_cycle_and_weights_a_beat(void **state) {
    (void)state;
    tsr_arch arch = hand_arch();
    tsr_desc load = one_row(0, 64);
    arch.axi_data_bits = 128;

    const struct {
        int64_t pixel_bytes;
        uint32_t interval;
    } rows[] = {{1, 16}, {2, 8}, {4, 4}, {8, 2}, {16, 1}, {32, 1}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        load.u.load_feature.pixel_bytes = rows[i].pixel_bytes;
        assert_int_equal(tsr_desc_beat_interval(&arch, &load), rows[i].interval);
    }
    const tsr_desc weights = {.header = {.opcode = TSR_OP_LOAD_WEIGHT}};
    assert_int_equal(tsr_desc_beat_interval(&arch, &weights), 1);
}

/** T as a sum over tiles, one after the other: each is issued max(L, D) after the last and drained
 * in D behind it. */
static uint64_t cycles_step_by_step(const tsr_pass_law *law) {
    uint64_t issue = 0;
    uint64_t end = 0;
    for (uint64_t tile = 0; tile < law->n; ++tile) {
        end = issue + law->l + law->f + law->d + law->e;
        issue += law->l > law->d ? law->l : law->d;
    }
    return end;
}

static void the_pass_law_is_the_schedule_of_its_tiles(void **state) {
    (void)state;
    tsr_rng rng = {seed + 1};
    for (int32_t round = 0; round < 5000; ++round) {
        tsr_arch arch = hand_arch();
        arch.tn = 1 << tsr_rng_range(&rng, 0, 4);
        arch.tm = arch.tn * (int32_t)tsr_rng_range(&rng, 1, 4);
        arch.tp = (int32_t)tsr_rng_range(&rng, 1, 8);
        arch.wp = (int32_t)tsr_rng_range(&rng, 1, arch.tp);
        const tsr_desc desc = {.header = {.opcode = TSR_OP_CONV},
                               .u.conv = {.m_groups = tsr_rng_range(&rng, 1, 4),
                                          .out_h = tsr_rng_range(&rng, 1, 9),
                                          .out_w = tsr_rng_range(&rng, 1, 9),
                                          .in_planes = tsr_rng_range(&rng, 1, 4),
                                          .kernel_h = tsr_rng_range(&rng, 1, 3),
                                          .kernel_w = tsr_rng_range(&rng, 1, 3),
                                          .accumulate_first = 1,
                                          .accumulate_last = 1}};
        const tsr_pass_law law = tsr_desc_pass_law(&arch, &desc);
        const int64_t columns = (desc.u.conv.out_w + arch.tp - 1) / arch.tp;
        assert_int_equal(law.n, desc.u.conv.m_groups * desc.u.conv.out_h * columns);
        assert_int_equal(law.l,
                         desc.u.conv.in_planes * desc.u.conv.kernel_h * desc.u.conv.kernel_w);
        assert_int_equal(law.d, arch.tm / arch.tn * ((arch.tp + arch.wp - 1) / arch.wp));
        assert_int_equal(law.cycles, cycles_step_by_step(&law));
        assert_int_equal(law.issue_cycles, law.n * law.l);
        assert_true(law.issue_cycles <= law.cycles);
    }
}

static void fill_and_drain_are_the_sums_of_their_stages(void **state) {
    (void)state;
    tsr_arch arch =
        hand_arch();  // hardware.md 2.5: F = 1+2+1+1+1+ceil(log2 tn)+1, E = 1+3+1+1+1+1+1
    const int32_t tree[][2] = {{1, 0}, {2, 1}, {4, 2}, {8, 3}, {16, 4}, {64, 6}};
    for (size_t i = 0; i < sizeof tree / sizeof tree[0]; ++i) {
        arch.tn = tree[i][0];
        assert_int_equal(tsr_arch_fill_cycles(&arch), 7 + tree[i][1]);
    }
    assert_int_equal(tsr_arch_drain_cycles(&arch), 9);
}

static void a_chunk_that_is_not_the_last_has_no_drain(void **state) {
    (void)state;
    const tsr_arch arch = hand_arch();
    const tsr_desc desc = {.header = {.opcode = TSR_OP_CONV},
                           .u.conv = {.m_groups = 1,
                                      .out_h = 1,
                                      .out_w = 2,
                                      .in_planes = 3,
                                      .kernel_h = 2,
                                      .kernel_w = 2,
                                      .accumulate_first = 1}};
    const tsr_pass_law law = tsr_desc_pass_law(&arch, &desc);
    assert_int_equal(law.cycles, law.l + law.f);
    assert_int_equal(law.l, 12);
    assert_int_equal(law.d + law.e, 0);
}

static void a_pool_reads_its_window_and_drains_one_word_a_pixel(void **state) {
    (void)state;
    tsr_arch arch = hand_arch();
    arch.tp = 4;
    arch.wp = 3;
    const tsr_desc desc = {
        .header = {.opcode = TSR_OP_POOL},
        .u.pool = {.planes = 3, .out_h = 5, .out_w = 9, .kernel_h = 3, .kernel_w = 2}};
    const tsr_pass_law law = tsr_desc_pass_law(&arch, &desc);
    assert_int_equal(law.n, 3 * 5 * 3);
    assert_int_equal(law.l, 6);
    assert_int_equal(law.d, 2);
    assert_int_equal(law.cycles, cycles_step_by_step(&law));
    const tsr_desc load = one_row(0, 8);
    assert_int_equal(tsr_desc_pass_law(&arch, &load).cycles, 0);
}

static void pixels_that_share_a_bank_leave_one_by_one(void **state) {
    (void)state;
    tsr_arch arch = hand_arch();
    arch.tn = 2;
    arch.tm = 6;
    arch.tp = 5;
    arch.wp = 2;
    const int64_t steps[2] = {3, 5};  // ceil(5/2) pairs of pixels, or 5 pixels
    for (int64_t shared = 0; shared < 2; ++shared) {
        tsr_desc pool = {
            .header = {.opcode = TSR_OP_POOL},
            .u.pool = {.planes = 1, .out_h = 1, .out_w = 5, .kernel_h = 2, .kernel_w = 2}};
        pool.u.pool.out_bank_stride = 1 + shared;
        assert_int_equal(tsr_desc_pass_law(&arch, &pool).d, steps[shared]);
        tsr_desc conv = {.header = {.opcode = TSR_OP_CONV},
                         .u.conv = {.m_groups = 1,
                                    .out_h = 1,
                                    .out_w = 5,
                                    .in_planes = 1,
                                    .kernel_h = 1,
                                    .kernel_w = 1,
                                    .out_bank_stride = 1 + shared,
                                    .residual_bank_stride = 3,
                                    .accumulate_first = 1,
                                    .accumulate_last = 1}};
        assert_int_equal(tsr_desc_pass_law(&arch, &conv).d, 3 * steps[shared]);
        conv.u.conv.out_bank_stride = 1;
        conv.u.conv.residual = shared;
        assert_int_equal(tsr_desc_pass_law(&arch, &conv).d, 3 * steps[shared]);
        conv.u.conv.residual = 0;
        conv.u.conv.out_step_h = 4;  // rows are no neighbours
        conv.u.conv.out_step_w = 1 + shared;
        assert_int_equal(tsr_desc_pass_law(&arch, &conv).d, 3 * steps[shared]);
    }
}

static void a_group_reads_the_weight_words_of_its_form(void **state) {
    (void)state;
    tsr_arch arch = hand_arch();
    tsr_desc_conv d = {.in_planes = 1, .kernel_h = 3, .kernel_w = 3};
    assert_int_equal(tsr_conv_weight_words(&arch, &d), 9);
    d.weight_form = TSR_WEIGHTS_DIAGONAL;
    assert_int_equal(tsr_conv_weight_words(&arch, &d), 3);  // 9 rows of tn, tm = 4 a word
    arch.tm = 16;
    assert_int_equal(tsr_conv_weight_words(&arch, &d), 1);
    d.in_planes = 2;
    assert_int_equal(tsr_conv_weight_words(&arch, &d), 2);
    d.weight_form = TSR_WEIGHTS_ONES;
    assert_int_equal(tsr_conv_weight_words(&arch, &d), 0);
}

/** Rests of the bursts of a load, added up, with the one behind the last row. */
static void a_packed_row_needs_a_cycle_for_each_word_beyond_its_pixels(void **state) {
    (void)state;
    tsr_program p = {.arch = hand_arch()};
    p.arch.max_burst_beats = 2;
    tsr_desc desc = {.header = {.opcode = TSR_OP_LOAD_FEATURE},
                     .u.load_feature = {.row_bytes = 40,  // 5 beats of 8 bytes, 3 bursts
                                        .row_stride_bytes = 40,
                                        .rows = 3,
                                        .planes = 2,
                                        .plane_stride_bytes = 4096,
                                        .pixel_bytes = 1}};
    for (int64_t pack = 0; pack <= 4; ++pack) {
        desc.u.load_feature.pack = pack;
        const uint32_t rest = pack > 1 ? (uint32_t)pack - 1 : 0;
        assert_int_equal(tsr_desc_row_rest(&desc), rest);
        tsr_burst_walk walk = tsr_burst_first(&p, &desc);
        uint64_t address = 0;
        uint32_t beats = 0;
        for (int32_t burst = 0; tsr_burst_next(&walk, &address, &beats); ++burst) {
            const bool row_ends = burst % 3 == 2;
            assert_int_equal(tsr_burst_rest(&walk), row_ends && burst < 17 ? rest : 0);
        }
    }
    const tsr_desc weights = {.header = {.opcode = TSR_OP_LOAD_WEIGHT}};
    assert_int_equal(tsr_desc_row_rest(&weights), 0);
}

int main(int argc, char **argv) {
    seed = hand_seed(argc, argv, 11);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_ends_at_the_longest_burst),
        cmocka_unit_test(a_burst_ends_at_a_4_kib_edge),
        cmocka_unit_test(a_row_that_is_not_aligned_takes_its_partial_beats_whole),
        cmocka_unit_test(random_descriptors_split_by_the_rules),
        cmocka_unit_test(weight_groups_are_rows_with_their_parameters_in_front),
        cmocka_unit_test(maps_take_a_word_a_cycle_and_weights_a_beat),
        cmocka_unit_test(the_pass_law_is_the_schedule_of_its_tiles),
        cmocka_unit_test(fill_and_drain_are_the_sums_of_their_stages),
        cmocka_unit_test(a_chunk_that_is_not_the_last_has_no_drain),
        cmocka_unit_test(pixels_that_share_a_bank_leave_one_by_one),
        cmocka_unit_test(a_group_reads_the_weight_words_of_its_form),
        cmocka_unit_test(a_packed_row_needs_a_cycle_for_each_word_beyond_its_pixels),
        cmocka_unit_test(a_pool_reads_its_window_and_drains_one_word_a_pixel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
