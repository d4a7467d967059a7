// SPDX-License-Identifier: Apache-2.0
// A legal program passes; every way of breaking it by hand is refused, and the refusal says what is
// wrong.
#include "support/program_edit.h"
#include "support/two_layers.h"

enum {  // descriptors of two_layers
    LOAD_W1,
    LOAD_A,
    LOAD_B,
    CONV_A,
    CONV_B,
    STORE_A,
    STORE_B,
    LOAD_W2,
    LOAD_MID,
    LOAD_SIDE,
    CONV_2,
    POOL,
    STORE_OUT,
    END
};

#define HEADER(i) (tsr_program_desc(p, i).header)
// one member set
#define SET_LOAD(i, change) EDIT_DESC(p, i, u.load_feature.change)
#define SET_STORE(i, change) EDIT_DESC(p, i, u.store.change)
#define SET_CONV(i, change) EDIT_DESC(p, i, u.conv.change)
#define SET_HEADER(i, change) EDIT_DESC(p, i, header.change)

/** The check refuses with a message that holds `part`. */
static void refused(const tsr_program *p, const char *part) {
    tsr_error err = {0};
    const tsr_status status = tsr_program_check(p, &err);
    if (status != TSR_ERR_CONFIG || strstr(err.message, part) == NULL) {
        fail_msg("%s '%s: %s' does not say '%s'", tsr_status_name(status), err.where, err.message,
                 part);
    }
}

/** Run `break_it` on a fresh legal program and see it refused with `part`. */
static void breaks(void (*break_it)(tsr_program *p), const char *part) {
    two_layers two = two_layers_make(1);
    break_it(&two.program);
    refused(&two.program, part);
    two_layers_free(&two);
}

static void passes(void (*change)(tsr_program *p)) {
    tsr_error err = {0};
    two_layers two = two_layers_make(1);
    if (change != NULL) {
        change(&two.program);
    }
    assert_ok(tsr_program_check(&two.program, &err), err);
    two_layers_free(&two);
}

static void a_legal_program_passes(void **state) {
    (void)state;
    passes(NULL);
}

/** Descriptor that takes the token which descriptor `pusher` gives to engine `to`: the k-th pop
 * takes the k-th push. */
static int32_t popper_of(const tsr_program *p, int32_t pusher, int32_t to) {
    const tsr_engine from = tsr_program_engine(p, pusher);
    int32_t number = 0;
    for (int32_t i = 0; i < pusher; ++i) {
        number += tsr_program_engine(p, i) == from && (HEADER(i).push >> to & 1) != 0;
    }
    for (int32_t i = 0; i < p->desc_count; ++i) {
        if ((int32_t)tsr_program_engine(p, i) == to && (HEADER(i).pop >> from & 1) != 0 &&
            number-- == 0) {
            return i;
        }
    }
    return -1;
}

static void every_token_is_needed(void **state) {
    (void)state;
    two_layers two = two_layers_make(1);
    tsr_program *p = &two.program;
    int32_t tokens = 0;
    for (int32_t i = 0; i < p->desc_count; ++i) {
        for (int32_t engine = 0; engine < TSR_ENGINE_COUNT; ++engine) {
            const int64_t bit = (int64_t)1 << engine;
            if ((HEADER(i).pop & bit) != 0) {
                SET_HEADER(i, pop ^= bit);  // the waiting alone
                refused(p, "");
                SET_HEADER(i, pop ^= bit);
            }
            if ((HEADER(i).push & bit) == 0) {
                continue;
            }
            ++tokens;
            const int32_t pop = popper_of(p, i, engine);
            assert_true(pop >= 0);
            SET_HEADER(i, push ^= bit);  // the giving alone
            refused(p, "");
            SET_HEADER(i, push ^= bit);
            const int64_t from = (int64_t)1 << tsr_program_engine(p, i);
            SET_HEADER(i, push ^= bit);  // both
            SET_HEADER(pop, pop ^= from);
            refused(p, "");
            SET_HEADER(i, push ^= bit);
            SET_HEADER(pop, pop ^= from);
        }
    }
    assert_int_equal(tokens, 10);
    tsr_error err = {0};
    assert_ok(tsr_program_check(p, &err), err);  // all is as it was
    two_layers_free(&two);
}

static void wait_for_each_other(tsr_program *p) {
    SET_HEADER(CONV_A, pop |= HAND_ENGINE(STORE));
    SET_HEADER(STORE_A, push |= HAND_ENGINE(COMPUTE));
}

static void wait_for_nobody(tsr_program *p) {
    SET_HEADER(LOAD_B, pop = HAND_ENGINE(STORE));
    SET_HEADER(STORE_B, push = 0);
    SET_HEADER(LOAD_MID, pop = 0);
}

static void wait_for_itself(tsr_program *p) {
    SET_HEADER(CONV_A, push |= HAND_ENGINE(COMPUTE));
}

static void token_mistakes_are_named(void **state) {
    (void)state;
    breaks(wait_for_each_other, "deadlock");
    breaks(wait_for_nobody, "that no descriptor pushes");
    breaks(wait_for_itself, "to or from itself");
}

static void overwrite_stored(tsr_program *p) {
    SET_CONV(CONV_B, out_base = 2 * TWO_SECTOR);
    SET_STORE(STORE_B, base = 2 * TWO_SECTOR);
}

static void overwrite_half_of_stored(tsr_program *p) {
    SET_CONV(CONV_B, out_base = 2 * TWO_SECTOR + 16);
    SET_STORE(STORE_B, base = 2 * TWO_SECTOR + 16);
}

static void shorten_load(tsr_program *p) {
    SET_LOAD(LOAD_A, rows = TWO_EDGE - 1);
}

static void narrow_load(tsr_program *p) {
    SET_LOAD(LOAD_A, row_bytes -= 4);  // one pixel less: half a line of the last column pair
}

static void work_in_place(tsr_program *p) {
    SET_CONV(CONV_A, out_base = 16);
    SET_STORE(STORE_A, base = 16);
}

static void lose_a_load(tsr_program *p) {
    SET_LOAD(LOAD_SIDE, base = 0);
}

static void overwrite_a_part(tsr_program *p) {
    SET_LOAD(LOAD_SIDE, base = 32);  // the second plane of LOAD_MID
    SET_HEADER(LOAD_SIDE, layer = 3);
}

static void fewer_weights(tsr_program *p) {
    EDIT_DESC(p, LOAD_W1, u.load_weight.words_per_group = 17);
}

static void fewer_parameters(tsr_program *p) {
    SET_CONV(CONV_A, parameter_base = 1);
}

static void buffer_mistakes_are_named(void **state) {
    (void)state;
    breaks(overwrite_stored, "before anybody has read them");
    breaks(overwrite_half_of_stored, "no token orders the two");
    breaks(shorten_load, "feature words that nobody has written");
    breaks(narrow_load, "feature words that nobody has written");
    breaks(work_in_place, "itself reads");
    breaks(lose_a_load, "before anybody has read them");
    breaks(overwrite_a_part, "has overwritten a part");
    breaks(fewer_weights, "weight words that nobody has written");
    breaks(fewer_parameters, "parameter entries that nobody has written");
}

static void same_sector_other_port(tsr_program *p) {  // loads into the sector that the array reads
    SET_LOAD(LOAD_B, base = 100);
    SET_CONV(CONV_B, in_base = 100);
}

static void share_write_port(tsr_program *p) {
    SET_CONV(CONV_A, out_base = TWO_SECTOR + 100);  // LOAD_B fills this sector meanwhile
    SET_STORE(STORE_A, base = TWO_SECTOR + 100);
}

static void share_read_port(tsr_program *p) {  // CONV_B reads from the sector that STORE_A reads
    SET_HEADER(CONV_A, push |= HAND_ENGINE(LOAD_FEATURE));
    SET_HEADER(LOAD_B, pop = HAND_ENGINE(COMPUTE));
    SET_LOAD(LOAD_B, base = 2 * TWO_SECTOR + 100);
    SET_CONV(CONV_B, in_base = 2 * TWO_SECTOR + 100);
}

static void share_read_port_with_itself(tsr_program *p) {
    SET_LOAD(LOAD_SIDE, base = 100);
    SET_CONV(CONV_2, residual_base = 100);
}

static void a_sector_serves_one_reader_and_one_writer(void **state) {
    (void)state;
    passes(same_sector_other_port);
    breaks(share_write_port, "write port of feature sector 1");
    breaks(share_read_port, "read port of feature sector 2");
    breaks(share_read_port_with_itself, "input and residual share a feature sector");
}

static void store_elsewhere(tsr_program *p) {
    SET_STORE(STORE_A, dram_address += 64);
}

static void store_over_program(tsr_program *p) {
    SET_STORE(STORE_OUT, dram_address = 512);
}

static void store_rows_twice(tsr_program *p) {
    SET_STORE(STORE_A, row_stride_bytes = 8);
}

static void mix_planes(tsr_program *p) {
    SET_LOAD(LOAD_A, plane_stride_bytes = 48);
}

static void load_nothing(tsr_program *p) {
    p->symbols[0].is_input = false;
}

static void load_no_weights(tsr_program *p) {
    p->segments[0].bytes -= 1;
}

static void dram_mistakes_are_named(void **state) {
    (void)state;
    breaks(store_elsewhere, "DRAM bytes that nobody has written");
    breaks(store_over_program, "encoded descriptors");
    breaks(store_rows_twice, "writes DRAM bytes twice");
    breaks(mix_planes, "lie among pieces");
    breaks(load_nothing, "DRAM bytes that nobody has written");
    breaks(load_no_weights, "DRAM bytes that nobody has written");
}

/** Columns 0..2 and 3..7 of one map: the two blocks have a line in common, and no word. */
static void odd_blocks(tsr_program *p) {
    const int64_t width[2] = {3, 5};
    for (int32_t b = 0; b < 2; ++b) {
        tsr_desc desc = tsr_program_desc(p, LOAD_A + b);
        tsr_desc_load_feature *load = &desc.u.load_feature;
        load->dram_address = TWO_IN + b * 12;
        load->row_bytes = width[b] * 4;
        load->base = 0;
        load->row_pitch = 4;
        load->plane_pitch = 32;
        load->x0 = b * 3;
        program_put(p, LOAD_A + b, &desc, NULL);
        desc = tsr_program_desc(p, CONV_A + b);
        tsr_desc_conv *conv = &desc.u.conv;
        conv->in_base = 0;
        conv->in_row_pitch = 4;
        conv->in_plane_pitch = 32;
        conv->in_x0 = b * 3;
        conv->in_w = width[b];
        conv->out_w = width[b];
        conv->out_row_pitch = 3;
        conv->out_plane_pitch = 24;
        program_put(p, CONV_A + b, &desc, NULL);
        desc = tsr_program_desc(p, STORE_A + b);
        tsr_desc_store *store = &desc.u.store;
        store->dram_address = TWO_MID + b * 12;
        store->row_bytes = width[b] * 4;
        store->row_pitch = 3;
        store->plane_pitch = 24;
        program_put(p, STORE_A + b, &desc, NULL);
    }
}

static void odd_blocks_that_overlap(tsr_program *p) {
    odd_blocks(p);
    SET_LOAD(LOAD_B, x0 = 2);
    SET_CONV(CONV_B, in_x0 = 2);
}

static void blocks_of_one_map_meet_in_a_line_but_not_in_a_word(void **state) {
    (void)state;
    passes(odd_blocks);
    breaks(odd_blocks_that_overlap, "no token orders the two");
}

static void split_sum(
    tsr_program *p) {  // one tile: only then may a sum go over several descriptors
    for (int32_t i = CONV_A; i <= CONV_B; ++i) {
        SET_CONV(i, m_groups = 1);
        SET_CONV(i, out_h = 1);
        SET_CONV(i, out_w = 2);
        SET_CONV(i, accumulate_first = i == CONV_A);
        SET_CONV(i, accumulate_last = i == CONV_B);
    }
}

static void forget_the_end(tsr_program *p) {
    split_sum(p);
    SET_CONV(CONV_B, accumulate_last = 0);
}

static void forget_the_beginning(tsr_program *p) {
    split_sum(p);
    SET_CONV(CONV_A, accumulate_first = 0);
}

static void change_the_width(tsr_program *p) {
    split_sum(p);
    SET_CONV(CONV_B, out_w = 1);
}

static void split_sums_must_be_whole(void **state) {
    (void)state;
    breaks(split_sum,
           "nobody has written");  // the sum is legal, what STORE_A reads is not there any more
    breaks(forget_the_end, "a sum of 2 pixels that is not finished");
    breaks(forget_the_beginning, "continues a sum of 2 pixels, the accumulators hold 0");
    breaks(change_the_width, "continues a sum of 1 pixels, the accumulators hold 2");
}

static void end_early(tsr_program *p) {
    SET_HEADER(POOL, opcode = TSR_OP_END);
    SET_HEADER(POOL, units = 1);
}

static void never_end(tsr_program *p) {
    tsr_program_cut(p, p->desc_count - 1);
}

static void have_no_layer(tsr_program *p) {
    SET_HEADER(POOL, layer = 4);
}

static void leave_memory(tsr_program *p) {
    p->memory_bytes = TWO_OUT;
}

static void lie_about_a_symbol(tsr_program *p) {
    p->symbols[1].h = INT32_MAX;
    p->symbols[1].w = INT32_MAX;
    p->symbols[1].c = INT32_MAX;
    p->symbols[1].pixel_bytes = 4;
}

static void move_the_descriptors(tsr_program *p) {
    p->descriptor_address = TWO_MEMORY - 64;
}

static void frame_mistakes_are_named(void **state) {
    (void)state;
    breaks(end_early, "is not the last one");
    breaks(never_end, "allowed is end");
    breaks(have_no_layer, "layer is 4, the program has 4");
    breaks(leave_memory, "leave the DRAM image");
    breaks(lie_about_a_symbol, "more than the DRAM image");
    breaks(move_the_descriptors, "leave the DRAM image");
}

static void running_out_of_memory_is_an_answer(void **state) {
    (void)state;
    two_layers two = two_layers_make(1);
    tsr_status status = TSR_ERR_NO_MEMORY;
    int32_t failures = 0;
    for (uint64_t n = 1; status == TSR_ERR_NO_MEMORY; ++n, ++failures) {
        tsr_alloc_fail_at(n);
        status = tsr_program_check(&two.program, NULL);
        tsr_alloc_fail_at(0);
    }
    assert_int_equal(status, TSR_OK);
    assert_true(failures > 10);
    two_layers_free(&two);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_legal_program_passes),
        cmocka_unit_test(every_token_is_needed),
        cmocka_unit_test(token_mistakes_are_named),
        cmocka_unit_test(buffer_mistakes_are_named),
        cmocka_unit_test(a_sector_serves_one_reader_and_one_writer),
        cmocka_unit_test(dram_mistakes_are_named),
        cmocka_unit_test(blocks_of_one_map_meet_in_a_line_but_not_in_a_word),
        cmocka_unit_test(split_sums_must_be_whole),
        cmocka_unit_test(frame_mistakes_are_named),
        cmocka_unit_test(running_out_of_memory_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
