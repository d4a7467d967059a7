// SPDX-License-Identifier: Apache-2.0
// Descriptors and notes of a program: what is appended, replaced and cut off, and what all of it costs in memory.
// usage: test_program_store [seed [cases]]
#include <stdlib.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "program/note_fields.h"
#include "program/record_list.h"
#include "support/program_edit.h"
#include "support/test.h"
#include "support/two_layers.h"

enum { CHUNK = TSR_RECORDS_OF_CHUNK };

static uint64_t first_seed = 20260102;
static int32_t case_count = 12;
static uint64_t running;

/** Any numbers in every member that a program does not ask to be in a range: legality is not its business. */
static tsr_desc random_desc(tsr_rng *rng) {
    tsr_desc desc;
    int64_t words[sizeof desc / sizeof(int64_t)];
    for (size_t k = 0; k < sizeof words / sizeof words[0]; ++k) {
        words[k] =
            tsr_rng_range(rng, 0, 2) == 0 ? (int64_t)tsr_rng_next(rng) : tsr_rng_range(rng, -9, 9);
    }
    memcpy(&desc, words, sizeof desc);
    desc.header.opcode = tsr_rng_range(rng, 0, TSR_OP_COUNT - 1);
    desc.header.pop = tsr_rng_range(rng, 0, UINT8_MAX);
    desc.header.push = tsr_rng_range(rng, 0, UINT8_MAX);
    desc.header.layer = tsr_rng_range(rng, INT32_MIN, INT32_MAX);
    return desc;
}

static tsr_desc_note random_note(tsr_rng *rng) {
    tsr_desc_note note = {0};
    for (int32_t k = 0; k < TSR_NOTE_FIELDS; ++k) {
        (void)tsr_note_set(&note, k,
                           tsr_rng_range(rng, 0, 3) == 0 ? INT32_MAX : tsr_rng_range(rng, 0, 1000));
    }
    note.block = (int32_t)tsr_rng_range(rng, INT32_MIN, INT32_MAX);
    return note;
}

static void assert_holds(const tsr_program *program, int32_t index, const tsr_desc *desc,
                         const tsr_desc_note *note) {
    const tsr_desc found = tsr_program_desc(program, index);
    const tsr_desc_note found_note = tsr_program_note(program, index);
    const tsr_desc_brief brief = tsr_program_brief(program, index);
    assert_memory_equal(&found, desc, sizeof found);
    assert_memory_equal(&found_note, note, sizeof found_note);
    assert_int_equal(brief.opcode, desc->header.opcode);
    assert_int_equal(brief.units, desc->header.units);
    assert_int_equal(brief.pop, desc->header.pop);
    assert_int_equal(brief.push, desc->header.push);
    assert_int_equal(brief.layer, desc->header.layer);
    assert_int_equal(tsr_program_engine(program, index), tsr_desc_engine(desc));
    assert_int_equal(tsr_program_desc_bytes(program, index),
                     desc->header.units * TSR_UARCH_DESCRIPTOR_UNIT_BYTES);
}

static void a_program_keeps_any_descriptors_and_notes(void **state) {
    (void)state;
    tsr_error err = {0};
    for (int32_t c = 0; c < case_count; ++c) {
        running = first_seed + (uint64_t)c;
        tsr_rng rng = {running};
        const int32_t count = (int32_t)tsr_rng_range(&rng, 1, 3 * CHUNK + 1);
        tsr_program program = {0};
        tsr_desc *descs = tsr_alloc((size_t)count, sizeof *descs);
        tsr_desc_note *notes = tsr_alloc((size_t)count, sizeof *notes);
        assert_true(descs != NULL && notes != NULL);
        for (int32_t i = 0; i < count; ++i) {
            descs[i] = random_desc(&rng);
            notes[i] = random_note(&rng);
            assert_ok(tsr_program_append(&program, &descs[i], &notes[i], &err), err);
            descs[i].header.units = tsr_opcode_units(descs[i].header.opcode);
            descs[i].header.tag = i;
        }
        for (int32_t k = 0; k < 20; ++k) {
            const int32_t i = (int32_t)tsr_rng_range(&rng, 0, count - 1);
            descs[i] = random_desc(&rng);
            descs[i].header.units = tsr_rng_range(&rng, 0, UINT8_MAX);
            const bool with_note = tsr_rng_range(&rng, 0, 1) == 0;
            notes[i] = with_note ? random_note(&rng) : notes[i];
            program_put(&program, i, &descs[i], with_note ? &notes[i] : NULL);
        }
        assert_int_equal(program.desc_count, count);
        for (int32_t i = 0; i < count; ++i) {
            assert_holds(&program, i, &descs[i], &notes[i]);
        }
        const int32_t left = (int32_t)tsr_rng_range(&rng, 0, count);
        tsr_program_cut(&program, left);
        assert_int_equal(program.desc_count, left);
        for (int32_t i = left - 1; i >= 0; --i) {
            assert_holds(&program, i, &descs[i], &notes[i]);
        }
        tsr_free(descs);
        tsr_free(notes);
        tsr_program_free(&program);
    }
}

static void a_program_of_many_descriptors_goes_through_a_file(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_rng rng = {first_seed};
    char path[64];
    (void)snprintf(path, sizeof path, "/tmp/tessera_store_%ld.bin", (long)getpid());
    two_layers two = two_layers_make(1);
    tsr_program *p = &two.program;
    const int32_t first = p->desc_count;
    while (p->desc_count < 2 * CHUNK + 7) {
        const tsr_desc desc = tsr_program_desc(p, (int32_t)tsr_rng_range(&rng, 0, first - 1));
        const tsr_desc_note note = random_note(&rng);
        assert_ok(tsr_program_append(p, &desc, &note, &err), err);
    }
    EDIT_DESC(p, CHUNK + 3, header.tag = 12345);  // not its place in the list
    tsr_program back = {0};
    assert_ok(tsr_program_write(p, path, &err), err);
    assert_ok(tsr_program_read(path, &back, &err), err);
    assert_int_equal(unlink(path), 0);
    assert_same_descs(&back, p);
    tsr_program_free(&back);
    two_layers_free(&two);
}

static void a_header_that_no_program_holds_is_refused_by_name(void **state) {
    (void)state;

    const struct {
        const char *part;
        tsr_desc_header header;
    } cases[] = {{"pop is 256", {.opcode = TSR_OP_CONV, .pop = 256}},
                 {"push is -1", {.opcode = TSR_OP_CONV, .push = -1}},
                 {"layer is 2147483648", {.opcode = TSR_OP_CONV, .layer = INT64_C(1) << 31}}};

    tsr_program program = {0};
    const tsr_desc legal = {.header = {.opcode = TSR_OP_CONV}};
    assert_int_equal(tsr_program_append(&program, &legal, NULL, NULL), TSR_OK);
    const tsr_desc kept = tsr_program_desc(&program, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        tsr_error err = {0};
        const tsr_desc desc = {.header = cases[i].header};
        assert_int_equal(tsr_program_append(&program, &desc, NULL, &err), TSR_ERR_OVERFLOW);
        assert_non_null(strstr(err.message, cases[i].part));
        assert_int_equal(tsr_program_replace(&program, 0, &desc, NULL, &err), TSR_ERR_OVERFLOW);
        assert_non_null(strstr(err.message, cases[i].part));
    }
    const tsr_desc unknown = {.header = {.opcode = TSR_OP_COUNT}};
    assert_int_equal(tsr_program_append(&program, &unknown, NULL, NULL), TSR_ERR_CONFIG);
    assert_int_equal(program.desc_count, 1);
    assert_holds(&program, 0, &kept, &(tsr_desc_note){.block = -1});
    tsr_program_free(&program);
}

static void without_memory_the_program_is_as_it_was(void **state) {
    (void)state;
    tsr_rng rng = {first_seed};
    tsr_program program = {0};
    tsr_desc first = {0};
    int32_t refused = 0;
    while (program.desc_count < CHUNK + 2) {
        const int32_t count = program.desc_count;
        const tsr_desc desc = random_desc(&rng);
        tsr_status status = TSR_ERR_NO_MEMORY;
        for (uint64_t n = 1; status == TSR_ERR_NO_MEMORY; ++n) {
            tsr_alloc_fail_at(n);
            status = tsr_program_append(&program, &desc, NULL, NULL);
            tsr_alloc_fail_at(0);
            refused += status == TSR_ERR_NO_MEMORY;
            assert_int_equal(program.desc_count, status == TSR_OK ? count + 1 : count);
        }
        assert_int_equal(status, TSR_OK);
        first = count == 0 ? tsr_program_desc(&program, 0) : first;
    }
    assert_true(refused >=
                7);  // store, records, briefs, open records, chunks, unpacked and packed one
    tsr_alloc_fail_at(1);
    const tsr_desc other = tsr_program_desc(&program, CHUNK);
    assert_int_equal(tsr_program_replace(&program, 0, &other, NULL, NULL), TSR_ERR_NO_MEMORY);
    tsr_alloc_fail_at(0);
    assert_holds(&program, 0, &first, &(tsr_desc_note){.block = -1});
    tsr_program_free(&program);
}

enum { PERIOD = 64 };

/** Heap bytes of a program of blocks of PERIOD passes, alike but for the block's number and where the input begins. */
static size_t bytes_of_blocks(int32_t blocks) {
    tsr_program program = {0};
    for (int32_t block = 0; block < blocks; ++block) {
        for (int32_t pass = 0; pass < PERIOD; ++pass) {
            const tsr_desc desc = {
                .header = {.opcode = TSR_OP_CONV, .layer = pass},
                .u.conv = {.in_base = block * 100 + pass, .out_base = pass * 1000, .out_h = 28}};
            const tsr_desc_note note = {.block = block, .macs = (uint64_t)pass * 5000};
            assert_int_equal(tsr_program_append(&program, &desc, &note, NULL), TSR_OK);
        }
    }
    const size_t bytes = tsr_program_store_bytes(&program);
    tsr_program_free(&program);
    return bytes;
}

/**
 * In steady state a descriptor is: distance (1 byte: PERIOD < 128), number of changes (1), and two changes, each how
 * many words are skipped (1) and a difference below 2^13 (2). The PERIOD first ones of each chunk are new: at most 9
 * words that are not zero, each 1 + 5 bytes, and the two numbers. Beside that a brief of 8 bytes, and for each chunk
 * its place in an array. Arrays double, so both programs have a power of two of descriptors.
 */
static void a_program_of_blocks_takes_some_bytes_a_descriptor(void **state) {
    (void)state;
    const int32_t few = 32 * CHUNK;
    const int32_t many = 128 * CHUNK;
    const double packed = 2 + 2 * 3 + (double)PERIOD / CHUNK * (2 + 9 * 6);
    const double bound = packed + sizeof(tsr_desc_brief) + 16.0 / CHUNK;
    const double grown = (double)(bytes_of_blocks(many / PERIOD) - bytes_of_blocks(few / PERIOD));
    print_message("%.2f bytes a descriptor, at most %.2f\n", grown / (many - few), bound);
    assert_true(grown / (many - few) <= bound);
}

static int say_seed(void **state) {
    (void)state;
    print_message("last seed %llu; alone: test_program_store %llu 1\n", (unsigned long long)running,
                  (unsigned long long)running);
    return 0;
}

int main(int argc, char **argv) {
    first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : first_seed;
    case_count = argc > 2 ? (int32_t)strtol(argv[2], NULL, 10) : case_count;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_program_keeps_any_descriptors_and_notes, say_seed),
        cmocka_unit_test(a_program_of_many_descriptors_goes_through_a_file),
        cmocka_unit_test(a_header_that_no_program_holds_is_refused_by_name),
        cmocka_unit_test(without_memory_the_program_is_as_it_was),
        cmocka_unit_test(a_program_of_blocks_takes_some_bytes_a_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
