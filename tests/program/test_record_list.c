// SPDX-License-Identifier: Apache-2.0
// Packed lists against plain arrays: everything that was put in comes out again, in whatever order it is asked for.
// usage: test_record_list [seed [cases]]
#include <stdlib.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "program/record_list.h"
#include "program/record_pack.h"
#include "support/test.h"

enum { WORDS_MAX = 12, CHUNK = TSR_RECORDS_OF_CHUNK, RECORDS_MAX = 5 * CHUNK };

static uint64_t first_seed = 20260101;
static int32_t case_count = 40;
static uint64_t running;

/** A list and what should be in it. */
typedef struct twin {
    tsr_record_list *list;
    int64_t *plain; /**< [RECORDS_MAX][words] */
    int32_t words, count;
} twin;

static twin twin_make(int32_t words, int32_t unpacked) {
    twin t = {.list = tsr_records_create(words, unpacked),
              .plain = tsr_alloc(RECORDS_MAX, (size_t)words * sizeof(int64_t)),
              .words = words};
    assert_non_null(t.list);
    assert_non_null(t.plain);
    return t;
}

static void twin_free(twin *t) {
    tsr_records_free(t->list);
    tsr_free(t->plain);
}

static int64_t *plain_at(const twin *t, int32_t index) {
    return t->plain + (size_t)index * (size_t)t->words;
}

static void same_at(const twin *t, int32_t index) {
    assert_memory_equal(tsr_records_at(t->list, index), plain_at(t, index),
                        (size_t)t->words * sizeof(int64_t));
}

/** Small, any, or at the edge of what a word holds. */
static int64_t random_word(tsr_rng *rng) {
    static const int64_t edges[] = {0, 1, -1, 63, 64, -64, -65, INT32_MAX, INT64_MAX, INT64_MIN};
    switch (tsr_pick(rng, 0, 2)) {
        case 0:
            return tsr_rng_range(rng, -300, 300);
        case 1:
            return (int64_t)tsr_rng_next(rng);
        default:
            return edges[tsr_pick(rng, 0, (int32_t)(sizeof edges / sizeof edges[0]) - 1)];
    }
}

/** Mostly an earlier record with a few other words, as in programs; at times anything. */
static void random_record(tsr_rng *rng, const twin *t, int64_t *record) {
    const bool any = t->count == 0 || tsr_pick(rng, 0, 20) == 0;
    for (int32_t k = 0; k < t->words; ++k) {
        record[k] = any ? random_word(rng)
                        : plain_at(t, tsr_pick(rng, 0, 3) > 0 ? t->count - 1 : t->count / 2)[k];
    }
    for (int32_t changes = tsr_pick(rng, 0, 3); changes > 0; --changes) {
        record[tsr_pick(rng, 0, t->words - 1)] = random_word(rng);
    }
}

static void append(tsr_rng *rng, twin *t) {
    random_record(rng, t, plain_at(t, t->count));
    assert_true(tsr_records_append(t->list, plain_at(t, t->count)));
    ++t->count;
    assert_int_equal(tsr_records_count(t->list), t->count);
}

/** Forwards, backwards, anywhere, and by several readers that go forwards each at its own place. */
static void read_all(tsr_rng *rng, const twin *t) {
    for (int32_t i = 0; i < t->count; ++i) {
        same_at(t, i);
    }
    for (int32_t i = t->count - 1; i >= 0; --i) {
        same_at(t, i);
    }
    for (int32_t i = 0; i < 60 && t->count > 0; ++i) {
        same_at(t, tsr_pick(rng, 0, t->count - 1));
    }

    enum { READERS = 12 };  // more than there are unpacked chunks

    int32_t at[READERS];
    for (int32_t r = 0; r < READERS; ++r) {
        at[r] = t->count * r / READERS;
    }
    for (int32_t step = 0; step < 300 && t->count > 0; ++step) {
        int32_t *reader = &at[tsr_pick(rng, 0, READERS - 1)];
        same_at(t, *reader);
        *reader = (*reader + 1) % t->count;
    }
}

static void what_was_put_in_comes_out_in_any_order(void **state) {
    (void)state;
    for (int32_t c = 0; c < case_count; ++c) {
        running = first_seed + (uint64_t)c;
        tsr_rng rng = {running};
        twin t = twin_make(tsr_pick(&rng, 1, WORDS_MAX),
                           tsr_pick(&rng, 1, TSR_RECORDS_UNPACKED_MAX + 1));
        const int32_t near_edge =
            tsr_pick(&rng, 0, RECORDS_MAX / CHUNK - 1) * CHUNK + tsr_pick(&rng, 0, 2);
        const int32_t count =
            tsr_pick(&rng, 0, 1) == 0 ? near_edge : tsr_pick(&rng, 0, RECORDS_MAX);
        while (t.count < count) {
            append(&rng, &t);
            if (tsr_pick(&rng, 0, 400) == 0) {
                same_at(&t, tsr_pick(&rng, 0, t.count - 1));  // in the middle of writing
            }
        }
        read_all(&rng, &t);
        twin_free(&t);
    }
}

static void records_are_replaced_cut_off_and_appended_as_in_an_array(void **state) {
    (void)state;
    for (int32_t c = 0; c < case_count; ++c) {
        running = first_seed + (uint64_t)c;
        tsr_rng rng = {running};
        twin t = twin_make(tsr_pick(&rng, 1, WORDS_MAX), tsr_pick(&rng, 1, 3));
        for (int32_t step = 0; step < 12; ++step) {
            for (int32_t more = tsr_pick(&rng, 1, CHUNK); more > 0 && t.count < RECORDS_MAX;
                 --more) {
                append(&rng, &t);
            }
            for (int32_t changes = tsr_pick(&rng, 0, 6); changes > 0; --changes) {
                const int32_t index = tsr_pick(&rng, 0, t.count - 1);
                random_record(&rng, &t, plain_at(&t, index));
                assert_true(tsr_records_replace(t.list, index, plain_at(&t, index)));
                same_at(&t, index);
            }
            if (tsr_pick(&rng, 0, 2) == 0) {
                t.count = tsr_pick(&rng, 0, 3) == 0 ? t.count / CHUNK * CHUNK
                                                    : tsr_pick(&rng, 0, t.count);
                tsr_records_cut(t.list, t.count);
                assert_int_equal(tsr_records_count(t.list), t.count);
            }
            if (t.count > 0) {
                same_at(&t, t.count - 1);
            }
        }
        read_all(&rng, &t);
        twin_free(&t);
    }
}

static void chunks_that_are_done_give_their_memory_back(void **state) {
    (void)state;
    tsr_rng rng = {first_seed};
    twin t = twin_make(WORDS_MAX, 1);
    while (t.count < RECORDS_MAX) {
        append(&rng, &t);
    }
    size_t before = tsr_records_bytes(t.list);
    for (int32_t i = 0; i < t.count; ++i) {
        same_at(&t, i);
        tsr_records_forget(t.list, i);
        if (i > 0 && i % CHUNK == 0) {
            const size_t now = tsr_records_bytes(t.list);
            assert_true(now < before);
            before = now;
        }
    }
    twin_free(&t);
}

/** Records that repeat after `period`, all words below 64: what record_pack.h says they take. */
static void a_record_that_comes_again_takes_three_bytes(void **state) {
    (void)state;

    enum { WORDS = 10, COUNT = 1000, PERIOD = 200 };

    static int64_t records[COUNT][WORDS];
    tsr_rng rng = {first_seed};
    for (int32_t i = 0; i < COUNT; ++i) {
        for (int32_t k = 0; k < WORDS; ++k) {
            records[i][k] = i < PERIOD ? tsr_rng_range(&rng, 0, 63) : records[i - PERIOD][k];
        }
    }
    uint8_t *bytes = tsr_alloc(COUNT, tsr_record_pack_bytes_max(WORDS));
    assert_non_null(bytes);
    // at most: distance (2 bytes from 128 on), number of changes, and for each change two numbers: the difference of
    // two words below 64 is below 128 with its sign in bit 0, so one byte each
    const size_t new_ones = PERIOD * (size_t)(2 + 1 + 2 * WORDS);
    const size_t again = (COUNT - PERIOD) * (size_t)(2 + 1);
    assert_true(tsr_record_pack(records[0], WORDS, COUNT, bytes) <= new_ones + again);
    tsr_free(bytes);
}

static void no_record_takes_more_than_the_most(void **state) {
    (void)state;

    enum { WORDS = 7, COUNT = 300 };

    static int64_t records[COUNT][WORDS];
    static int64_t back[COUNT][WORDS];
    for (int32_t i = 0; i < COUNT; ++i) {
        for (int32_t k = 0; k < WORDS; ++k) {  // differences of all 64 bits
            records[i][k] = (i + k) % 2 == 0 ? INT64_MIN + i : INT64_MAX - i * 3 - k;
        }
    }
    const size_t most = COUNT * tsr_record_pack_bytes_max(WORDS);
    uint8_t *bytes = tsr_alloc(most, 1);
    assert_non_null(bytes);
    assert_true(tsr_record_pack(records[0], WORDS, COUNT, bytes) <= most);
    tsr_record_unpack(bytes, WORDS, COUNT, back[0]);
    assert_memory_equal(back, records, sizeof records);
    tsr_free(bytes);
}

static void without_memory_the_list_is_as_it_was(void **state) {
    (void)state;
    tsr_rng rng = {first_seed};
    twin t = twin_make(3, 2);
    int32_t refused = 0;
    while (t.count < 2 * CHUNK + 2) {
        random_record(&rng, &t, plain_at(&t, t.count));
        for (uint64_t n = 1;; ++n) {  // each allocation of this append fails once
            tsr_alloc_fail_at(n);
            const bool done = tsr_records_append(t.list, plain_at(&t, t.count));
            tsr_alloc_fail_at(0);
            if (done) {
                break;
            }
            ++refused;
            assert_int_equal(tsr_records_count(t.list), t.count);
            if (t.count > 0) {
                same_at(&t, t.count / 2);
            }
        }
        ++t.count;
    }
    assert_true(refused >= 8);  // open records, chunks, scratch, two chunks unpacked and packed
    const int64_t other[3] = {INT64_MIN, INT64_MAX, 0};
    tsr_alloc_fail_at(1);
    assert_false(tsr_records_replace(t.list, 5, other));
    tsr_alloc_fail_at(0);
    read_all(&rng, &t);
    tsr_alloc_fail_at(1);
    assert_null(tsr_records_create(3, 1));
    tsr_alloc_fail_at(0);
    twin_free(&t);
}

static int say_seed(void **state) {
    (void)state;
    print_message("last seed %llu; alone: test_record_list %llu 1\n", (unsigned long long)running,
                  (unsigned long long)running);
    return 0;
}

int main(int argc, char **argv) {
    first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : first_seed;
    case_count = argc > 2 ? (int32_t)strtol(argv[2], NULL, 10) : case_count;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_was_put_in_comes_out_in_any_order, say_seed),
        cmocka_unit_test_teardown(records_are_replaced_cut_off_and_appended_as_in_an_array,
                                  say_seed),
        cmocka_unit_test(chunks_that_are_done_give_their_memory_back),
        cmocka_unit_test(a_record_that_comes_again_takes_three_bytes),
        cmocka_unit_test(no_record_takes_more_than_the_most),
        cmocka_unit_test(without_memory_the_list_is_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
