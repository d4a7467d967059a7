// SPDX-License-Identifier: Apache-2.0
// Programs by hand whose maps are rings of rows, whose maps lie side by side, or whose outputs have
// steps: the legal ones pass, and each way of breaking them is found.
#include "support/hand_program.h"
#include "support/program_edit.h"

enum {
    SECTOR = 512,
    WIDTH = 4,
    PITCH = 2,
    ROWS = 12,
    RING = 6,
    IN = 4096,
    OUT = 6144,
    MEMORY = 8192
};

/** Refused with these words, or legal (NULL). */
static void expect(tsr_program *p, const char *part) {
    tsr_error err = {0};
    const tsr_desc end = {.header = {.opcode = TSR_OP_END}};
    hand_add(p, &end, 0);
    const tsr_status status = tsr_program_check(p, &err);
    if (part == NULL) {
        assert_ok(status, err);
    } else if (status != TSR_ERR_CONFIG || strstr(err.message, part) == NULL) {
        fail_msg("%s '%s: %s' does not say '%s'", tsr_status_name(status), err.where, err.message,
                 part);
    }
    tsr_program_free(p);
}

/** `planes` planes of ROWS x WIDTH in the first sector, weights for everything, no tokens: they are
 * on the first pass. */
static tsr_program begin(int32_t tm, int64_t planes) {
    tsr_program p = {.arch = hand_arch(), .memory_bytes = MEMORY};
    p.arch.tm = tm;
    p.arch.parameter_channels = 64;
    hand_layers(&p, 5);
    hand_segment(&p, "weights", 2048, 2048, NULL);
    hand_symbol(&p, "in", IN, (int32_t)(4 * planes), ROWS, WIDTH);
    const tsr_desc weights = {
        .header = {.opcode = TSR_OP_LOAD_WEIGHT, .push = HAND_ENGINE(COMPUTE), .layer = 1},
        .u.load_weight = {.dram_address = 2048,
                          .groups = 2,
                          .group_stride_bytes = tm * 16 + 12 * tm * 4,
                          .parameters = 1,
                          .words_per_group = 12}};
    hand_add(&p, &weights, 0);
    const tsr_desc load = {
        .header = {.opcode = TSR_OP_LOAD_FEATURE, .push = HAND_ENGINE(COMPUTE), .layer = 1},
        .u.load_feature = {.dram_address = IN,
                           .row_bytes = WIDTH * 4,
                           .row_stride_bytes = WIDTH * 4,
                           .rows = ROWS,
                           .planes = planes,
                           .plane_stride_bytes = ROWS * WIDTH * 4,
                           .pixel_bytes = 4,
                           .row_pitch = PITCH,
                           .plane_pitch = PITCH * ROWS,
                           .bank_stride = 1}};
    hand_add(&p, &load, 0);
    return p;
}

/** A 1x1 conv from the first sector to `base`. */
static tsr_desc pass(int64_t layer, int64_t base) {
    return (tsr_desc){.header = {.opcode = TSR_OP_CONV, .layer = layer},
                      .u.conv = {.in_row_pitch = PITCH,
                                 .in_plane_pitch = PITCH * ROWS,
                                 .in_bank_stride = 1,
                                 .in_h = ROWS,
                                 .in_w = WIDTH,
                                 .in_planes = 1,
                                 .kernel_h = 1,
                                 .kernel_w = 1,
                                 .stride_h = 1,
                                 .stride_w = 1,
                                 .dilation_h = 1,
                                 .dilation_w = 1,
                                 .out_h = ROWS,
                                 .out_w = WIDTH,
                                 .m_groups = 1,
                                 .accumulate_first = 1,
                                 .accumulate_last = 1,
                                 .out_base = base,
                                 .out_row_pitch = PITCH,
                                 .out_plane_pitch = PITCH * ROWS,
                                 .out_bank_stride = 1,
                                 .clamp_hi = 100}};
}

static void await_loads(tsr_desc *desc) {
    desc->header.pop = HAND_ENGINE(LOAD_FEATURE) | HAND_ENGINE(LOAD_WEIGHT);
}

/* ---- a ring of RING rows: layer 1 makes 4 rows at a time, layer 2 reads them and the 2 above ----- */

/** Rows 4k .. 4k+3 of layer 1. */
static tsr_desc produce(int64_t k) {
    tsr_desc desc = pass(1, SECTOR);
    desc.u.conv.in_y0 = 4 * k;
    desc.u.conv.in_h = 4;
    desc.u.conv.out_h = 4;
    desc.u.conv.out_y0 = 4 * k % RING;
    desc.u.conv.out_wrap = RING;
    if (k == 0) {
        await_loads(&desc);
    }
    return desc;
}

/** What layer 2 (3x1) can make of rows 4k-2 .. 4k+3 of layer 1. */
static tsr_desc consume(int64_t k) {
    tsr_desc desc = pass(2, 2 * SECTOR);
    const int64_t first = k == 0 ? 0 : 4 * k - 2;
    desc.u.conv.in_base = SECTOR;
    desc.u.conv.in_y0 = first % RING;
    desc.u.conv.in_wrap = RING;
    desc.u.conv.in_h = k == 0 ? 4 : 6;
    desc.u.conv.kernel_h = 3;
    desc.u.conv.out_h = desc.u.conv.in_h - 2;
    desc.u.conv.out_y0 = first;
    return desc;
}

/** produce and consume by turns, in the order of `order` (p0 c0 ...), changed by `change`. */
static void run_ring(const char *order, void (*change)(int64_t at, tsr_desc *desc),
                     const char *part) {
    tsr_program p = begin(4, 1);
    for (int64_t at = 0; order[2 * at] != '\0'; ++at) {
        const int64_t k = order[2 * at + 1] - '0';
        tsr_desc desc = order[2 * at] == 'p' ? produce(k) : consume(k);
        if (change != NULL) {
            change(at, &desc);
        }
        hand_add(&p, &desc, 0);
    }
    expect(&p, part);
}

static void short_ring(int64_t at, tsr_desc *desc) {
    desc->u.conv.out_wrap = at % 2 == 0 ? RING - 1 : 0;
    desc->u.conv.in_wrap = at % 2 == 1 ? RING - 1 : 0;
}

static void begin_behind_the_end(int64_t at, tsr_desc *desc) {
    desc->u.conv.out_y0 += at == 2 ? RING : 0;
}

static void read_straight_on(int64_t at, tsr_desc *desc) {
    desc->u.conv.in_wrap = at == 3 ? 0 : desc->u.conv.in_wrap;
}

static void read_too_much(int64_t at, tsr_desc *desc) {
    desc->u.conv.in_h = at == 1 ? 5 : desc->u.conv.in_h;
}

static void work_in_its_own_ring(int64_t at, tsr_desc *desc) {
    if (at == 3) {
        desc->u.conv.out_base = SECTOR;
        desc->u.conv.out_y0 = 0;
        desc->u.conv.out_wrap = RING;
    }
}

static void another_layer_in_between(int64_t at, tsr_desc *desc) {
    desc->header.layer = at == 2 ? 3 : desc->header.layer;
}

static void a_ring_gives_its_rows_again_when_they_were_read(void **state) {
    (void)state;
    run_ring("p0c0p1c1p2c2", NULL, NULL);
    run_ring("p0p1c0", NULL, "a row of its ring");
    run_ring("p0c0p1p2c2", NULL, "a row of its ring");
    run_ring("p0c0p1c1", short_ring, "is a ring of 5 rows");
    run_ring("p0c0p1c1", begin_behind_the_end, "is a ring of 6 rows");
    run_ring("p0c0p1c1", read_straight_on, "nobody has written");
    run_ring("p0c0", read_too_much, "nobody has written");
    run_ring("p0c0p1c1", work_in_its_own_ring, "itself reads");
    run_ring("p0c0p1c1", another_layer_in_between, "has overwritten a part");
}

/** The store engine reads the ring; does the pass over it wait? */
static void store_from_ring(bool waits, const char *part) {
    tsr_program p = begin(4, 1);
    for (int64_t k = 0; k < 2; ++k) {
        tsr_desc desc = produce(k);
        desc.header.push = HAND_ENGINE(STORE);
        desc.header.pop |= k == 1 && waits ? HAND_ENGINE(STORE) : 0;
        hand_add(&p, &desc, 0);
        tsr_desc store = {.header = {.opcode = TSR_OP_STORE,
                                     .pop = HAND_ENGINE(COMPUTE),
                                     .push = k == 0 ? HAND_ENGINE(COMPUTE) : 0,
                                     .layer = 1},
                          .u.store = {.dram_address = OUT + 256 * k,
                                      .row_bytes = WIDTH * 4,
                                      .row_stride_bytes = WIDTH * 4,
                                      .rows = k == 0 ? 4 : 2,
                                      .planes = 1,
                                      .pixel_bytes = 4,
                                      .base = SECTOR,
                                      .row_pitch = PITCH,
                                      .bank_stride = 1,
                                      .y0 = 4 * k}};
        hand_add(&p, &store, 0);
        if (k == 1) {  // the rows behind the end of the ring
            store.header.pop = 0;
            store.u.store.dram_address += 2 * WIDTH * 4;
            store.u.store.y0 = 0;
            hand_add(&p, &store, 0);
        }
    }
    expect(&p, part);
}

static void a_ring_that_another_engine_reads_needs_its_token(void **state) {
    (void)state;
    store_from_ring(true, NULL);
    store_from_ring(false, "a row of its ring");  // nothing says that the store has read it
}

/* ---- steps -------------------------------------------------------------------------------------- */

static void run_steps(int64_t passes, int64_t step_w, const char *part) {
    tsr_program p = begin(4, 1);
    for (int64_t k = 0; k < passes; ++k) {
        tsr_desc desc = pass(1, SECTOR);
        desc.u.conv.out_step_h = 2;
        desc.u.conv.out_step_w = step_w;
        desc.u.conv.out_y0 = k / 2;
        desc.u.conv.out_x0 = k % 2;
        desc.u.conv.out_row_pitch = 2 * PITCH;
        if (k == 0) {
            await_loads(&desc);
        }
        hand_add(&p, &desc, 0);
    }
    tsr_desc reader = pass(2, 2 * SECTOR);
    reader.u.conv.in_base = SECTOR;
    reader.u.conv.in_row_pitch = 2 * PITCH;
    reader.u.conv.in_h = 2 * ROWS;
    reader.u.conv.in_w = 2 * WIDTH;
    reader.u.conv.out_h = 1;
    hand_add(&p, &reader, 0);
    expect(&p, part);
}

static void four_passes_with_steps_of_two_make_a_map(void **state) {
    (void)state;
    run_steps(4, 2, NULL);
    run_steps(3, 2, "nobody has written");
    run_steps(4, 3, "two pixels in one word");  // the row has no room for so many columns
    run_steps(4, 1, "nobody has written");
}

/* ---- maps side by side --------------------------------------------------------------------------- */

/** Layers 1 and 2 write planes from 0 and from `second` on, layer 3 reads planes 0 .. read-1. */
static void run_concat(int32_t tm, int64_t groups, int64_t second, int64_t columns, int64_t read,
                       const char *part) {
    tsr_program p = begin(tm, 1);
    for (int64_t layer = 1; layer <= 2; ++layer) {
        tsr_desc desc = pass(layer, SECTOR + (layer == 2 ? second * PITCH * ROWS : 0));
        desc.u.conv.m_groups = groups;
        if (layer == 1) {
            await_loads(&desc);
        } else {
            desc.u.conv.out_w = columns;
            desc.u.conv.in_w = columns;
        }
        hand_add(&p, &desc, 0);
    }
    tsr_desc reader = pass(3, 3 * SECTOR);
    reader.u.conv.in_base = SECTOR;
    reader.u.conv.in_planes = read;
    hand_add(&p, &reader, 0);
    expect(&p, part);
}

static void maps_of_several_layers_may_lie_side_by_side(void **state) {
    (void)state;
    run_concat(4, 1, 1, WIDTH, 2, NULL);  // one plane each
    run_concat(4, 2, 2, WIDTH, 4, NULL);  // two planes each
    run_concat(8, 1, 1, WIDTH, 2, NULL);  // the second plane of layer 1 was no real channel
    run_concat(8, 1, 1, WIDTH, 3, NULL);
    run_concat(4, 2, 1, WIDTH, 2, "has overwritten a part");  // it was one
    run_concat(8, 2, 2, WIDTH, 4, "has overwritten a part");  // two planes are a whole group
    run_concat(4, 1, 0, 2, 1, "has overwritten a part");      // half a plane
}

/** Layers 1 to 3 write a plane each, the second one of their group no real channels, in a ring of two
 * rows; then its first row again, without layer `missing`. Layer 4 reads all of it after both. */
static void run_ring_of_three(int64_t missing, const char *part) {
    tsr_program p = begin(8, 1);
    for (int64_t k = 0; k < 2; ++k) {
        for (int64_t layer = 1; layer <= 3; ++layer) {
            tsr_desc desc = pass(layer, SECTOR + (layer - 1) * PITCH * ROWS);
            desc.u.conv.in_y0 = 2 * k;
            desc.u.conv.in_h = desc.u.conv.out_h = 2 - k;
            if (k == 0 && layer == 1) {
                await_loads(&desc);
            }
            if (k == 0 || layer != missing) {
                hand_add(&p, &desc, 0);
            }
        }
        tsr_desc reader = pass(4, 3 * SECTOR);
        reader.u.conv.in_base = SECTOR;
        reader.u.conv.in_planes = 3;
        reader.u.conv.in_h = reader.u.conv.out_h = 2;
        reader.u.conv.out_y0 = 2 * k;
        hand_add(&p, &reader, 0);
    }
    expect(&p, part);
}

static void maps_side_by_side_may_be_a_ring_whose_rows_all_of_them_write_again(void **state) {
    (void)state;
    run_ring_of_three(0, NULL);
    // no channels of the layer before lie where they should be
    run_ring_of_three(2, "has overwritten a part");
    run_ring_of_three(3, "has overwritten a part");
}

/** Side by side in DRAM: two stores of one plane, one load of both. */
static void a_map_in_dram_may_be_of_several_layers_too(void **state) {
    (void)state;
    for (int64_t rows = ROWS - 1; rows <= ROWS; ++rows) {
        tsr_program p = begin(4, 1);
        for (int64_t layer = 1; layer <= 2; ++layer) {
            tsr_desc desc = pass(layer, layer * SECTOR);
            desc.header.push = HAND_ENGINE(STORE);
            if (layer == 1) {
                await_loads(&desc);
            }
            hand_add(&p, &desc, 0);
        }
        for (int64_t layer = 1; layer <= 2; ++layer) {
            // one row less: the second store begins in the first plane
            const tsr_desc store = {
                .header = {.opcode = TSR_OP_STORE,
                           .pop = HAND_ENGINE(COMPUTE),
                           .push = layer == 2 ? HAND_ENGINE(LOAD_FEATURE) : 0,
                           .layer = layer},
                .u.store = {.dram_address = OUT + (layer - 1) * rows * WIDTH * 4,
                            .row_bytes = WIDTH * 4,
                            .row_stride_bytes = WIDTH * 4,
                            .rows = ROWS,
                            .planes = 1,
                            .pixel_bytes = 4,
                            .base = layer * SECTOR,
                            .row_pitch = PITCH,
                            .bank_stride = 1}};
            hand_add(&p, &store, 0);
        }
        const tsr_desc load = {.header = {.opcode = TSR_OP_LOAD_FEATURE,
                                          .pop = HAND_ENGINE(STORE),
                                          .push = HAND_ENGINE(COMPUTE),
                                          .layer = 3},
                               .u.load_feature = {.dram_address = OUT,
                                                  .row_bytes = WIDTH * 4,
                                                  .row_stride_bytes = WIDTH * 4,
                                                  .rows = rows,
                                                  .planes = 2,
                                                  .plane_stride_bytes = ROWS * WIDTH * 4,
                                                  .pixel_bytes = 4,
                                                  .base = 3 * SECTOR,
                                                  .row_pitch = PITCH,
                                                  .plane_pitch = PITCH * ROWS,
                                                  .bank_stride = 1}};
        hand_add(&p, &load, 0);
        tsr_desc reader = pass(3, 4 * SECTOR);
        reader.header.pop = HAND_ENGINE(LOAD_FEATURE);
        reader.u.conv.in_base = 3 * SECTOR;
        reader.u.conv.in_h = rows;
        reader.u.conv.out_h = rows;
        reader.u.conv.in_planes = 2;
        hand_add(&p, &reader, 0);
        expect(&p, rows == ROWS ? NULL : "has overwritten a part");
    }
}

/* ---- weights and groups -------------------------------------------------------------------------- */

/** Depthwise 3x3 of two planes: which weights and planes does the check want to be there? */
static void run_depthwise(int64_t words, int64_t planes, int64_t form, int64_t parameters,
                          const char *part) {
    tsr_program p = begin(4, planes);
    EDIT_DESC(&p, 0, u.load_weight.words_per_group = words);
    EDIT_DESC(&p, 0, u.load_weight.parameters = parameters);
    tsr_desc desc = pass(1, SECTOR);
    await_loads(&desc);
    desc.u.conv.weight_form = form;
    desc.u.conv.ones_weight = form == TSR_WEIGHTS_ONES;
    desc.u.conv.group_planes = 1;
    desc.u.conv.m_groups = 2;
    desc.u.conv.kernel_h = 3;
    desc.u.conv.kernel_w = 3;
    desc.u.conv.out_h = ROWS - 2;
    desc.u.conv.out_w = WIDTH - 2;
    hand_add(&p, &desc, 0);
    expect(&p, part);
}

static void a_depthwise_pass_reads_its_own_weights_and_planes(void **state) {
    (void)state;
    run_depthwise(3, 2, TSR_WEIGHTS_DIAGONAL, 1, NULL);  // 9 taps, 4 in a word
    run_depthwise(2, 2, TSR_WEIGHTS_DIAGONAL, 1, "weight words that nobody has written");
    run_depthwise(3, 1, TSR_WEIGHTS_DIAGONAL, 1, "feature words that nobody has written");
    run_depthwise(0, 2, TSR_WEIGHTS_ONES, 1, NULL);  // parameters alone
    run_depthwise(3, 2, TSR_WEIGHTS_ONES, 0, "parameter entries that nobody has written");
    run_depthwise(8, 2, TSR_WEIGHTS_DENSE, 1, "weight words that nobody has written");
    run_depthwise(9, 2, TSR_WEIGHTS_DENSE, 1, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_gives_its_rows_again_when_they_were_read),
        cmocka_unit_test(a_ring_that_another_engine_reads_needs_its_token),
        cmocka_unit_test(four_passes_with_steps_of_two_make_a_map),
        cmocka_unit_test(maps_of_several_layers_may_lie_side_by_side),
        cmocka_unit_test(maps_side_by_side_may_be_a_ring_whose_rows_all_of_them_write_again),
        cmocka_unit_test(a_map_in_dram_may_be_of_several_layers_too),
        cmocka_unit_test(a_depthwise_pass_reads_its_own_weights_and_planes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
