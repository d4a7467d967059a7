// SPDX-License-Identifier: Apache-2.0
// The two structures under the program check against the plainest thing that does the same:
// intervals of a map against its pixels one by one, spans against an array of cells.
#include "program/hazards.h"
#include "support/hand_program.h"

static uint64_t seed;

enum { CELLS = 1 << 16 };

/** Mark the list's cells; every cell at most once. */
static void mark(const tsr_access_list *list, uint8_t *cells) {
    int64_t total = 0;
    for (int32_t i = 0; i < list->count; ++i) {
        assert_true(list->items[i].begin < list->items[i].end);
        assert_true(list->items[i].begin >= list->begin && list->items[i].end <= list->end);
        for (int64_t k = list->items[i].begin; k < list->items[i].end; ++k) {
            assert_true(k >= 0 && k < CELLS);
            assert_int_equal(cells[k], 0);
            cells[k] = 1;
            ++total;
        }
    }
    assert_int_equal(total, list->total);
}

static tsr_map_use random_map(tsr_rng *rng, int32_t tp) {
    tsr_map_use use = {.planes = tsr_rng_range(rng, 1, 4),
                       .y0 = tsr_rng_range(rng, 0, 3),
                       .x0 = tsr_rng_range(rng, 0, 9),
                       .h = tsr_rng_range(rng, 1, 6),
                       .w = tsr_rng_range(rng, 1, 19),
                       .name = "map",
                       .step_h = tsr_rng_range(rng, 0, 3),
                       .step_w = tsr_rng_range(rng, 0, 1) * tsr_rng_range(rng, 0, 3)};
    if (tsr_rng_range(rng, 0, 2) == 0) {
        use.groups = tsr_rng_range(rng, 1, 3);
        use.group_planes = use.planes + tsr_rng_range(rng, 1, 2);
    }
    int64_t rows = use.y0 + tsr_use_height(&use);
    if (tsr_rng_range(rng, 0, 1) == 0) {
        rows = tsr_use_height(&use) + tsr_rng_range(rng, 0, 2);
        use.map.wrap = rows;
        use.y0 = tsr_rng_range(rng, 0, rows - 1);
    }
    tsr_map_view *map = &use.map;
    map->bank_stride = tsr_rng_range(rng, 1, 3);
    map->base = tsr_rng_range(rng, 0, 50);
    const int64_t span = map->bank_stride * tp;
    const int64_t row = (use.x0 + tsr_use_width(&use) + span - 1) / span * map->bank_stride;
    if (tsr_rng_range(rng, 0, 1) == 0) {  // plane by plane, or row by row
        map->row_pitch = row + tsr_rng_range(rng, 0, 1);
        map->plane_pitch = map->row_pitch * rows + tsr_rng_range(rng, 0, 2);
    } else {
        map->plane_pitch = row + tsr_rng_range(rng, 0, 1);
        map->row_pitch = map->plane_pitch * tsr_use_plane_end(&use) + tsr_rng_range(rng, 0, 2);
    }
    return use;
}

static int64_t one_or_more(int64_t value) {
    return value > 1 ? value : 1;
}

static int64_t pixels_of(const tsr_map_use *use) {
    return one_or_more(use->groups) * use->planes * use->h * use->w;
}

/** Cell of pixel i: by columns, rows, planes, groups. */
static int64_t cell_of(const tsr_map_use *use, int32_t tp, int64_t i) {
    const int64_t row = i / use->w % use->h;
    const int64_t plane = i / use->w / use->h;
    const int64_t y = (use->y0 + row * one_or_more(use->step_h)) %
                      (use->map.wrap > 0 ? use->map.wrap : INT64_MAX);
    const int64_t x = use->x0 + i % use->w * one_or_more(use->step_w);
    const int64_t number = plane / use->planes * use->group_planes + plane % use->planes;
    return (use->map.base + number * use->map.plane_pitch + y * use->map.row_pitch) * tp +
           tsr_map_column_word(&use->map, tp, x);
}

static void the_intervals_of_a_map_are_its_pixels(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    tsr_error err = {0};
    tsr_access_list list = {0};
    static uint8_t cells[CELLS];
    for (int32_t round = 0; round < 3000; ++round) {
        const int32_t tp = (int32_t)tsr_rng_range(&rng, 1, 8);
        const tsr_map_use use = random_map(&rng, tp);
        memset(cells, 0, sizeof cells);
        assert_ok(tsr_access_map(&list, &use, tp, &err), err);
        mark(&list, cells);
        for (int64_t i = 0; i < pixels_of(&use); ++i) {
            const int64_t at = cell_of(&use, tp, i);
            assert_int_equal(cells[at], 1);
            cells[at] = 0;
        }
        static const uint8_t empty[CELLS];
        assert_memory_equal(cells, empty, CELLS);
    }
    tsr_access_free(&list);
}

static void a_whole_contiguous_map_is_one_interval(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_access_list list = {0};
    const tsr_map_use use = {
        .map = {100, 14, 14 * 28, 1, 0}, .planes = 32, .h = 28, .w = 28, .name = "map"};
    assert_ok(tsr_access_map(&list, &use, 2, &err), err);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].begin, 200);
    assert_int_equal(list.items[0].end, 200 + 32 * 28 * 28);
    tsr_access_free(&list);
}

static void the_intervals_of_a_transfer_are_its_bytes(void **state) {
    (void)state;
    tsr_rng rng = {seed + 1};
    tsr_error err = {0};
    tsr_access_list list = {0};
    static uint8_t cells[CELLS];
    int32_t taken = 0;
    for (int32_t round = 0; round < 3000; ++round) {
        const tsr_desc_load_feature d = {.dram_address = tsr_rng_range(&rng, 0, 99),
                                         .row_bytes = tsr_rng_range(&rng, 1, 20),
                                         .row_stride_bytes = tsr_rng_range(&rng, 0, 60),
                                         .rows = tsr_rng_range(&rng, 1, 6),
                                         .planes = tsr_rng_range(&rng, 1, 5),
                                         .plane_stride_bytes = tsr_rng_range(&rng, 0, 400)};
        if (tsr_access_dram(&list, &d, &err) != TSR_OK) {
            continue;  // planes and rows lie in each other
        }
        ++taken;
        memset(cells, 0, sizeof cells);
        mark(&list, cells);
        int64_t distinct = 0;
        for (int64_t p = 0; p < d.planes; ++p) {
            for (int64_t r = 0; r < d.rows; ++r) {
                for (int64_t b = 0; b < d.row_bytes; ++b) {
                    uint8_t *cell = &cells[d.dram_address + p * d.plane_stride_bytes +
                                           r * d.row_stride_bytes + b];
                    assert_true(*cell != 0);
                    distinct += *cell == 1;
                    *cell = 2;
                }
            }
        }
        assert_int_equal(distinct, list.total);
    }
    assert_true(taken > 1000);
    tsr_access_free(&list);
}

/** What one visit does: mark as reader 0 or 1, or as writer, of number `number`. */
typedef struct stamp {
    int32_t kind, number;
    int64_t visited;
} stamp;

static void apply(tsr_span_state *state, const stamp *s) {
    if (s->kind == 2) {
        *state = (tsr_span_state){.writer = s->number};
    } else {
        state->reader[s->kind] = s->number;
    }
}

static tsr_status visit(void *user, tsr_span_state *state, int64_t count, tsr_error *err) {
    (void)err;
    stamp *s = user;
    s->visited += count;
    apply(state, s);
    return TSR_OK;
}

/** Compares spans with cells. */
typedef struct comparison {
    const tsr_span_state *cells;
    int64_t at;
} comparison;

static tsr_status compare(void *user, tsr_span_state *state, int64_t count, tsr_error *err) {
    (void)err;
    comparison *c = user;
    for (int64_t i = 0; i < count; ++i) {
        assert_memory_equal(state, &c->cells[c->at], sizeof *state);
        ++c->at;
    }
    return TSR_OK;
}

static void spans_say_what_an_array_of_cells_says(void **state) {
    (void)state;
    tsr_rng rng = {seed + 2};
    tsr_error err = {0};
    for (int32_t round = 0; round < 20; ++round) {
        const int64_t size = tsr_rng_range(&rng, 1, round < 10 ? 300 : CELLS);
        tsr_span_state *cells = tsr_alloc((size_t)size, sizeof *cells);
        tsr_span_map map = {0};
        assert_ok(tsr_span_map_create(&map, size, &err), err);
        for (int32_t n = 1; n <= 300; ++n) {
            stamp s = {(int32_t)tsr_rng_range(&rng, 0, 2), n, 0};
            const int64_t begin = tsr_rng_range(&rng, 0, size - 1);
            const int64_t end = begin + tsr_rng_range(&rng, 0, (size - begin) / 2 + 1);
            const int64_t stop = end < size ? end : size;
            assert_ok(tsr_span_map_visit(&map, begin, stop, visit, &s, &err), err);
            assert_int_equal(s.visited, stop - begin);
            for (int64_t i = begin; i < stop; ++i) {
                apply(&cells[i], &s);
            }
        }
        comparison c = {cells, 0};
        assert_ok(tsr_span_map_visit(&map, 0, size, compare, &c, &err), err);
        assert_int_equal(c.at, size);
        assert_int_equal(tsr_span_map_visit(&map, size, size + 1, visit, NULL, &err),
                         TSR_ERR_CONFIG);
        tsr_span_map_free(&map);
        tsr_free(cells);
    }
}

/** A program of bare headers: token_order looks at nothing else. */
static void add_bare(tsr_program *p, int64_t opcode, int64_t pop, int64_t push) {
    const tsr_desc desc = {.header = {.opcode = opcode, .pop = pop, .push = push}};
    hand_add(p, &desc, 0);
}

static tsr_status order_of(tsr_program *p, tsr_error *err) {
    tsr_token_order order;
    const tsr_status status = tsr_token_order_make(p, &order, err);
    if (status == TSR_OK) {
        tsr_token_order_free(&order);
    }
    tsr_program_free(p);
    return status;
}

static void a_token_from_behind_a_full_command_fifo_never_comes(void **state) {
    (void)state;
    for (int32_t loads = 1; loads <= 12; ++loads) {
        tsr_error err = {0};
        tsr_program p = {0};
        for (int32_t i = 0; i < loads; ++i) {
            add_bare(&p, TSR_OP_LOAD_FEATURE, i == 0 ? HAND_ENGINE(COMPUTE) : 0, 0);
        }
        add_bare(&p, TSR_OP_CONV, 0, HAND_ENGINE(LOAD_FEATURE));
        const bool fits = loads <= TSR_UARCH_COMMAND_FIFO_DEPTH;
        assert_int_equal(order_of(&p, &err), fits ? TSR_OK : TSR_ERR_CONFIG);
        assert_true(fits || strstr(err.message, "deadlock") != NULL);
    }
}

static void a_token_counter_may_fill_up_and_no_more(void **state) {
    (void)state;
    const int32_t limit = (1 << TSR_UARCH_TOKEN_COUNTER_BITS) - 1;
    for (int32_t extra = 0; extra <= 1; ++extra) {
        tsr_error err = {0};
        tsr_program p = {0};
        for (int32_t i = 0; i < limit + extra; ++i) {
            add_bare(&p, TSR_OP_LOAD_FEATURE, 0, HAND_ENGINE(COMPUTE));
        }
        assert_int_equal(order_of(&p, &err), extra == 0 ? TSR_OK : TSR_ERR_CONFIG);
        assert_true(extra == 0 || strstr(err.message, "can raise the counter") != NULL);
    }
}

static void a_counter_that_is_emptied_in_time_never_overflows(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_program p = {0};
    for (int32_t i = 0; i < 70000; ++i) {  // two in flight
        add_bare(&p, TSR_OP_LOAD_FEATURE, i >= 2 ? HAND_ENGINE(COMPUTE) : 0, HAND_ENGINE(COMPUTE));
        add_bare(&p, TSR_OP_CONV, HAND_ENGINE(LOAD_FEATURE), HAND_ENGINE(LOAD_FEATURE));
    }
    assert_ok(order_of(&p, &err), err);
}

static void clocks_follow_tokens_and_engine_order(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_program p = {0};
    add_bare(&p, TSR_OP_LOAD_WEIGHT, 0, HAND_ENGINE(COMPUTE));                // 0
    add_bare(&p, TSR_OP_LOAD_FEATURE, 0, 0);                                  // 1
    add_bare(&p, TSR_OP_LOAD_FEATURE, 0, HAND_ENGINE(COMPUTE));               // 2
    add_bare(&p, TSR_OP_CONV, HAND_ENGINE(LOAD_FEATURE), 0);                  // 3
    add_bare(&p, TSR_OP_CONV, HAND_ENGINE(LOAD_WEIGHT), HAND_ENGINE(STORE));  // 4
    add_bare(&p, TSR_OP_STORE, HAND_ENGINE(COMPUTE), 0);                      // 5
    add_bare(&p, TSR_OP_END, 0, 0);
    const int32_t clocks[6][TSR_ENGINE_COUNT] = {{0, 0, 0, 0}, {0, 0, 0, 0}, {1, 0, 0, 0},
                                                 {2, 0, 0, 0}, {2, 1, 1, 0}, {2, 1, 2, 0}};
    tsr_token_order order;
    assert_ok(tsr_token_order_make(&p, &order, &err), err);
    assert_int_equal(order.count, 6);
    for (int32_t i = 0; i < 6; ++i) {
        assert_memory_equal(order.clock[i], clocks[i], sizeof clocks[i]);
    }
    tsr_token_order_free(&order);
    tsr_program_free(&p);
}

/** Load, read the whole map, read a part of it, read the whole again; then a load over it that
 * waits for `waits` convs. */
static tsr_status overwrite_after(int32_t waits, tsr_error *err) {
    tsr_program p = {.arch = hand_arch(), .memory_bytes = 4096};
    add_bare(&p, TSR_OP_LOAD_FEATURE, 0, HAND_ENGINE(COMPUTE));
    for (int32_t i = 0; i < 3; ++i) {
        add_bare(&p, TSR_OP_CONV, i == 0 ? HAND_ENGINE(LOAD_FEATURE) : 0,
                 i + 1 == waits ? HAND_ENGINE(LOAD_FEATURE) : 0);
    }
    add_bare(&p, TSR_OP_LOAD_FEATURE, HAND_ENGINE(COMPUTE), 0);
    const tsr_map_view map = {0, 4, 32, 1, 0};
    const tsr_map_use whole = {.map = map, .planes = 2, .h = 8, .w = 8, .name = "map"};
    const tsr_map_use part = {
        .map = map, .planes = 1, .y0 = 2, .x0 = 2, .h = 3, .w = 3, .name = "map"};
    tsr_token_order order;
    tsr_hazards h;
    uint64_t sectors = 0;
    assert_ok(tsr_token_order_make(&p, &order, err), *err);
    assert_ok(tsr_hazards_create(&h, &p, &order, err), *err);
    assert_ok(tsr_hazards_write_map(&h, &whole, 0, err), *err);
    assert_ok(tsr_hazards_read_map(&h, &whole, 1, &sectors, err), *err);
    assert_ok(tsr_hazards_read_map(&h, &part, 2, &sectors, err), *err);
    assert_ok(tsr_hazards_read_map(&h, &whole, 3, &sectors, err), *err);
    assert_int_equal(sectors, 1);
    const tsr_status status = tsr_hazards_write_map(&h, &whole, 4, err);
    tsr_hazards_free(&h);
    tsr_token_order_free(&order);
    tsr_program_free(&p);
    return status;
}

static void the_last_of_several_reads_is_the_one_to_wait_for(void **state) {
    (void)state;
    tsr_error err = {0};
    assert_int_equal(overwrite_after(1, &err), TSR_ERR_CONFIG);
    assert_int_equal(overwrite_after(2, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "descriptor 3"));
    assert_ok(overwrite_after(3, &err), err);
}

int main(int argc, char **argv) {
    seed = hand_seed(argc, argv, 42);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_intervals_of_a_map_are_its_pixels),
        cmocka_unit_test(a_whole_contiguous_map_is_one_interval),
        cmocka_unit_test(the_intervals_of_a_transfer_are_its_bytes),
        cmocka_unit_test(spans_say_what_an_array_of_cells_says),
        cmocka_unit_test(a_token_from_behind_a_full_command_fifo_never_comes),
        cmocka_unit_test(a_token_counter_may_fill_up_and_no_more),
        cmocka_unit_test(a_counter_that_is_emptied_in_time_never_overflows),
        cmocka_unit_test(clocks_follow_tokens_and_engine_order),
        cmocka_unit_test(the_last_of_several_reads_is_the_one_to_wait_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
