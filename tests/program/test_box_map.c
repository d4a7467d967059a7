// SPDX-License-Identifier: Apache-2.0
// Boxes of a map against a byte for byte list of states. usage: test_box_map [seed [cases]]
#include <stdlib.h>

#include "base/rng.h"
#include "program/box_map.h"
#include "support/test.h"

enum { BYTES = 40000, ACCESSES = 60 };

static uint64_t first_seed = 20250601;
static int32_t case_count = 300;
static uint64_t running;

/** Writes a number, or looks whether all bytes have the state they should. */
typedef struct touch {
    int32_t number; /**< 0 = look only */
    int64_t cells;
} touch;

static tsr_status visit(void *user, tsr_span_state *state, int64_t count, tsr_error *err) {
    touch *a = user;
    (void)err;
    assert_true(count > 0);
    a->cells += count;
    state->writer = a->number;
    return TSR_OK;
}

/** The one state of a byte. */
static tsr_status visit_byte(void *user, tsr_span_state *state, int64_t count, tsr_error *err) {
    (void)err;
    assert_int_equal(count, 1);
    *(int32_t *)user = state->writer;
    return TSR_OK;
}

/** Two or three maps with gaps; the last one may begin inside another. */
static void random_symbols(tsr_rng *rng, tsr_program *program) {
    uint64_t at = (uint64_t)tsr_pick(rng, 0, 20);
    program->symbol_count = tsr_pick(rng, 2, 3);
    for (int32_t i = 0; i < program->symbol_count; ++i) {
        tsr_symbol *symbol = &program->symbols[i];
        *symbol = (tsr_symbol){.c = tsr_pick(rng, 1, 20),
                               .h = tsr_pick(rng, 1, 9),
                               .w = tsr_pick(rng, 1, 9),
                               .pixel_bytes = 1 << tsr_pick(rng, 0, 3),
                               .address = at};
        const int32_t planes = (symbol->c - 1) / program->arch.tn + 1;
        at += (uint64_t)(planes * symbol->h * symbol->w * symbol->pixel_bytes);
        at = tsr_pick(rng, 0, 3) == 0 && at > 8 ? at - 8 : at + (uint64_t)tsr_pick(rng, 0, 30);
    }
}

/** A rectangle of a map, as a store has it, or any stretch of bytes. */
static tsr_desc_load_feature random_access(tsr_rng *rng, const tsr_program *program) {
    const tsr_symbol *s = &program->symbols[tsr_pick(rng, 0, program->symbol_count - 1)];
    const int32_t planes = (s->c - 1) / program->arch.tn + 1;
    const int32_t y = tsr_pick(rng, 0, s->h - 1);
    const int32_t x = tsr_pick(rng, 0, s->w - 1);
    const int32_t plane = tsr_pick(rng, 0, planes - 1);
    const int64_t row = (int64_t)s->w * s->pixel_bytes;
    if (tsr_pick(rng, 0, 4) == 0) {
        return (tsr_desc_load_feature){.dram_address = tsr_pick(rng, 0, 4000),
                                       .row_bytes = tsr_pick(rng, 1, 1000),
                                       .rows = 1,
                                       .planes = 1};
    }
    return (tsr_desc_load_feature){
        .dram_address = (int64_t)s->address + (plane * s->h + y) * row + x * s->pixel_bytes,
        .row_bytes = (int64_t)tsr_pick(rng, 1, s->w - x) * s->pixel_bytes,
        .row_stride_bytes = row,
        .rows = tsr_pick(rng, 1, s->h - y),
        .planes = tsr_pick(rng, 1, planes - plane),
        .plane_stride_bytes = row * s->h};
}

static void run_case(uint64_t seed) {
    tsr_rng rng = {.state = seed};
    tsr_error err = {0};
    tsr_symbol symbols[3];
    tsr_program program = {.symbols = symbols};
    program.arch.tn = tsr_pick(&rng, 1, 8);
    random_symbols(&rng, &program);
    tsr_box_map map;
    tsr_access_list list = {0};
    int32_t expected[BYTES] = {0};
    assert_ok(tsr_box_map_create(&map, &program, BYTES, &err), err);
    for (int32_t number = 1; number <= ACCESSES; ++number) {
        const tsr_desc_load_feature d = random_access(&rng, &program);
        assert_ok(tsr_access_dram(&list, &d, &err), err);
        touch a = {.number = number % 7};
        assert_ok(tsr_box_map_visit(&map, list.items, list.count, visit, &a, &err), err);
        assert_int_equal(a.cells, list.total);
        for (int32_t i = 0; i < list.count; ++i) {
            for (int64_t at = list.items[i].begin; at < list.items[i].end; ++at) {
                expected[at] = number % 7;
            }
        }
    }
    for (int32_t at = 0; at < BYTES; ++at) {
        const tsr_interval byte = {at, at + 1};
        int32_t found = -1;
        assert_ok(tsr_box_map_visit(&map, &byte, 1, visit_byte, &found, &err), err);
        assert_int_equal(found, expected[at]);
    }
    tsr_access_free(&list);
    tsr_box_map_free(&map);
}

static void boxes_hold_the_state_of_every_byte(void **state) {
    (void)state;
    for (int32_t i = 0; i < case_count; ++i) {
        running = first_seed + (uint64_t)i;
        run_case(running);
    }
}

static void count_state(void *user, const tsr_span_state *state) {
    (void)state;
    ++*(int32_t *)user;
}

static void a_block_of_a_map_is_one_box(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_symbol symbol = {.c = 32, .h = 100, .w = 100, .pixel_bytes = 8};
    tsr_program program = {.arch = {.tn = 8}, .symbols = &symbol, .symbol_count = 1};
    tsr_box_map map;
    tsr_access_list list = {0};
    assert_ok(tsr_box_map_create(&map, &program, 4 * 80000, &err), err);
    const tsr_desc_load_feature d = {.dram_address = 20 * 800 + 30 * 8,
                                     .row_bytes = 10 * 8,
                                     .row_stride_bytes = 800,
                                     .rows = 50,
                                     .planes = 4,
                                     .plane_stride_bytes = 80000};
    assert_ok(tsr_access_dram(&list, &d, &err), err);
    assert_int_equal(list.count, 200);
    touch a = {.number = 5};
    assert_ok(tsr_box_map_visit(&map, list.items, list.count, visit, &a, &err), err);
    int32_t boxes = 0;
    tsr_box_map_each(&map, count_state, &boxes);
    assert_int_equal(boxes, 5);  // itself; left and right of it; above and below
    a = (touch){0};
    assert_ok(tsr_box_map_visit(&map, list.items, list.count, visit, &a, &err), err);
    boxes = 0;
    tsr_box_map_each(&map, count_state, &boxes);
    assert_int_equal(boxes, 1);  // all as it was
    tsr_access_free(&list);
    tsr_box_map_free(&map);
}

static int say_seed(void **state) {
    (void)state;
    print_message("last seed %llu; alone: test_box_map %llu 1\n", (unsigned long long)running,
                  (unsigned long long)running);
    return 0;
}

int main(int argc, char **argv) {
    first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : first_seed;
    case_count = argc > 2 ? (int32_t)strtol(argv[2], NULL, 10) : case_count;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(boxes_hold_the_state_of_every_byte, say_seed),
        cmocka_unit_test(a_block_of_a_map_is_one_box),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
