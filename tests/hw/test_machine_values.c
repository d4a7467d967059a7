// SPDX-License-Identifier: Apache-2.0
// The machine as an executor of values, and as a process: right bytes, wrong tokens, watchdog,
// progress, no state kept.
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <tessera/interpreter.h>

#include "hw/random_program.h"
#include "support/program_edit.h"

static uint64_t first_seed = 1;

static uint8_t *copy_of(const uint8_t *memory, uint64_t bytes) {
    uint8_t *copy = tsr_alloc((size_t)bytes, 1);
    assert_non_null(copy);
    memcpy(copy, memory, (size_t)bytes);
    return copy;
}

static void random_programs_pass_the_static_check(void **state) {
    (void)state;
    for (uint64_t seed = first_seed; seed < first_seed + 100; ++seed) {
        tsr_error err = {0};
        const random_options options = {.preset = "ideal", .without = RANDOM_RELOADS};
        tsr_program program = random_program_of(seed, &options);
        if (tsr_program_check(&program, &err) != TSR_OK) {
            fail_msg("seed %llu: %s: %s", (unsigned long long)seed, err.where, err.message);
        }
        tsr_program_free(&program);
    }
}

static void the_machine_leaves_the_bytes_of_the_interpreter(void **state) {
    (void)state;
    static const char *const presets[] = {"ideal", "ddr3_1066", "lpddr4_1066"};
    for (uint64_t seed = first_seed; seed < first_seed + 60; ++seed) {
        tsr_error err = {0};
        tsr_result result = {0};
        tsr_program program = random_program(seed, presets[seed % 3]);
        uint8_t *machine = random_memory(&program, seed);
        uint8_t *expected = copy_of(machine, program.memory_bytes);
        assert_ok(tsr_interpret(&program, expected, &err), err);
        assert_ok(tsr_machine_run(&program, NULL, machine, &result, &err), err);
        if (memcmp(machine, expected, (size_t)program.memory_bytes) != 0) {
            fail_msg("seed %llu: bytes differ", (unsigned long long)seed);
        }
        tsr_result_free(&result);
        tsr_free(expected);
        tsr_memory_free(machine);
        tsr_program_free(&program);
    }
}

/** load -> pool -> store; the pool reads what the load brings. */
static tsr_program pipeline(int64_t load_push, int64_t pool_pop, int64_t pool_push,
                            int64_t store_pop) {
    const tsr_arch arch = maker_arch("ideal");
    tsr_program program = maker_open(&arch, 1);
    const int64_t in = maker_region(&program, 4096, 64, 0);
    const int64_t out = maker_region(&program, 64, 64, 0);
    const tsr_desc load = maker_load(in, 1000, 0, load_push);
    const tsr_desc pool = maker_pool(16, 1, pool_pop, pool_push);
    tsr_desc store = maker_store(out, 16, store_pop, 0);
    store.u.store.base = pool.u.pool.out_base;
    maker_append(&program, &load, NULL);
    maker_append(&program, &pool, NULL);
    maker_append(&program, &store, NULL);
    maker_close(&program);
    return program;
}

static void a_pass_that_does_not_wait_for_its_input_computes_other_bytes(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_program program = pipeline(0, 0, FROM_STORE, FROM_COMPUTE);
    tsr_result result = {0};
    uint8_t *machine = random_memory(&program, 7);
    uint8_t *expected = copy_of(machine, program.memory_bytes);
    assert_ok(tsr_interpret(&program, expected, &err), err);
    assert_ok(tsr_machine_run(&program, NULL, machine, &result, &err), err);
    assert_memory_not_equal(machine, expected, (size_t)program.memory_bytes);
    tsr_result_free(&result);
    tsr_free(expected);
    tsr_memory_free(machine);
    tsr_program_free(&program);
}

/** Runs what must fail, in the machine and in the estimate; returns the machine's message. */
static tsr_error refused(const tsr_program *program, const tsr_run_options *options,
                         tsr_status status) {
    tsr_error err = {0};
    tsr_error other = {0};
    tsr_result result = {0};
    assert_int_equal(tsr_machine_run(program, options, NULL, &result, &err), status);
    assert_int_equal(err.status, status);
    assert_null(result.layers);
    assert_int_equal(tsr_estimate(program, options, &result, &other), status);
    assert_null(result.layers);
    return err;
}

static void a_token_that_nobody_gives_is_a_deadlock_with_every_unit_named(void **state) {
    (void)state;
    tsr_program program = pipeline(0, FROM_LOAD, FROM_STORE, FROM_COMPUTE);
    const tsr_error err = refused(&program, NULL, TSR_ERR_INTERNAL);
    assert_non_null(strstr(err.message, "deadlock"));
    assert_non_null(strstr(err.message, "load_feature 1/1 finished"));
    assert_non_null(strstr(err.message, "load_weight 0/0 finished"));
    assert_non_null(strstr(err.message, "compute 0/1 at descriptor 1, no token of load_feature"));
    assert_non_null(strstr(err.message, "store 0/1 at descriptor 2, no token of compute"));
    assert_non_null(strstr(err.message, "fetch 4/4 finished"));
    tsr_program_free(&program);
}

static void a_full_fifo_in_front_of_a_stuck_engine_is_named(void **state) {
    (void)state;
    const tsr_arch arch = maker_arch("ideal");
    tsr_program program = maker_open(&arch, 1);
    for (int32_t i = 0; i < TSR_UARCH_COMMAND_FIFO_DEPTH + 1; ++i) {
        const tsr_desc pool = maker_pool(16, 1, FROM_LOAD, 0);
        maker_append(&program, &pool, NULL);
    }
    maker_close(&program);
    const tsr_error err = refused(&program, NULL, TSR_ERR_INTERNAL);
    assert_non_null(strstr(err.message, "fetch 8/10 at descriptor 8, FIFO full: compute"));
    tsr_program_free(&program);
}

static void the_watchdog_lets_the_last_cycle_pass_and_not_one_less(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_program program = pipeline(FROM_COMPUTE, FROM_LOAD, FROM_STORE, FROM_COMPUTE);
    tsr_result result = maker_run(&program, false);
    const uint64_t cycles = result.total.cycles;
    tsr_result_free(&result);
    tsr_run_options options = {.max_cycles = cycles};
    assert_ok(tsr_machine_run(&program, &options, NULL, &result, &err), err);
    tsr_result_free(&result);
    options.max_cycles = cycles - 1;
    const tsr_error late = refused(&program, &options, TSR_ERR_INTERNAL);
    assert_non_null(strstr(late.message, "max_cycles"));
    options.max_cycles = 100;  // in the middle of the load
    const tsr_error early = refused(&program, &options, TSR_ERR_INTERNAL);
    assert_non_null(strstr(early.message, "load_feature 0/1 runs descriptor 0"));
    tsr_program_free(&program);
}

static void two_runs_know_nothing_of_each_other(void **state) {
    (void)state;
    tsr_program programs[2] = {random_program(first_seed, "ddr3_1066"),
                               random_program(first_seed + 1, "hbm2_pc")};
    tsr_result first = maker_run(&programs[0], true);
    tsr_result between = maker_run(&programs[1], true);
    tsr_result again = maker_run(&programs[0], true);
    assert_memory_equal(&first.total, &again.total, sizeof first.total);
    assert_memory_equal(&first.dram, &again.dram, sizeof first.dram);
    assert_int_equal(first.event_count, again.event_count);
    for (int64_t i = 0; i < first.event_count; ++i) {
        assert_int_equal(first.events[i].cycle, again.events[i].cycle);
        assert_int_equal(first.events[i].argument, again.events[i].argument);
    }
    assert_int_equal(first.occupancy_count, again.occupancy_count);
    tsr_result_free(&first);
    tsr_result_free(&between);
    tsr_result_free(&again);
    tsr_program_free(&programs[0]);
    tsr_program_free(&programs[1]);
}

typedef struct told {
    uint64_t calls, last, total;
} told;

static void listen(void *user, uint64_t done, uint64_t total) {
    told *t = user;
    assert_true(done > t->last && done <= total);
    ++t->calls;
    t->last = done;
    t->total = total;
}

static void progress_reaches_the_caller_from_the_other_process(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_result result = {0};
    tsr_program program = random_program(first_seed, "fixed");
    told t = {0};
    const tsr_run_options options = {.progress = listen, .user = &t};
    assert_ok(tsr_machine_run(&program, &options, NULL, &result, &err), err);
    assert_true(t.calls > 0);
    assert_int_equal(t.total, program.desc_count);
    tsr_result_free(&result);
    tsr_program_free(&program);
}

static void no_process_is_left_behind(void **state) {
    (void)state;
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/** One damage a program can have. */
typedef struct damage {
    const char *about;
    void (*make)(tsr_program *program);
} damage;

static void no_end(tsr_program *p) {
    tsr_program_cut(p, p->desc_count - 1);
}

static void early_end(tsr_program *p) {
    EDIT_DESC(p, 0, header.opcode = TSR_OP_END);
    EDIT_DESC(p, 0, header.units = 1);
}

static void no_such_layer(tsr_program *p) {
    EDIT_DESC(p, 1, header.layer = p->layer_count);
}

static void own_token(tsr_program *p) {
    EDIT_DESC(p, 0, header.push = FROM_LOAD);
}

static void no_rows(tsr_program *p) {
    EDIT_DESC(p, 0, u.load_feature.rows = 0);
}

static void many_rows(tsr_program *p) {
    EDIT_DESC(p, 0, u.load_feature.rows = INT64_MAX);
}

static void outside(tsr_program *p) {
    EDIT_DESC(p, 0, u.load_feature.dram_address = (int64_t)p->memory_bytes);
}

static void endless_pass(tsr_program *p) {
    EDIT_DESC(p, 1, u.pool.out_h = INT64_MAX);
}

static void crooked_stream(tsr_program *p) {
    p->descriptor_address += 4;
}

static void wrong_units(tsr_program *p) {
    EDIT_DESC(p, 1, header.units = 7);
}

static void bad_note(tsr_program *p) {
    EDIT_NOTE(p, 0, alloc_bytes[TSR_BUFFER_FEATURE] = -1);
}

static void bad_arch(tsr_program *p) {
    p->arch.tp = 0;
}

static void a_damaged_program_is_refused_before_anything_runs(void **state) {
    (void)state;
    const damage damages[] = {{"no end", no_end},
                              {"end in the middle", early_end},
                              {"layer", no_such_layer},
                              {"token with itself", own_token},
                              {"no rows", no_rows},
                              {"2^63 rows", many_rows},
                              {"outside the image", outside},
                              {"pass without end", endless_pass},
                              {"stream between units", crooked_stream},
                              {"units", wrong_units},
                              {"note", bad_note},
                              {"architecture", bad_arch}};
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; ++i) {
        tsr_program program = pipeline(FROM_COMPUTE, FROM_LOAD, FROM_STORE, FROM_COMPUTE);
        damages[i].make(&program);
        const tsr_error err = refused(&program, NULL, TSR_ERR_CONFIG);
        assert_true(err.message[0] != '\0');
        tsr_program_free(&program);
    }
}

static void values_that_cannot_be_computed_end_the_run_with_the_reason(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_result result = {0};
    tsr_program program = pipeline(FROM_COMPUTE, FROM_LOAD, FROM_STORE, FROM_COMPUTE);
    EDIT_DESC(&program, 1, u.pool.out_base = 1 << 19);  // legal for timing, not in the pool
    uint8_t *memory = random_memory(&program, 3);
    uint8_t *before = copy_of(memory, program.memory_bytes);
    assert_int_equal(tsr_machine_run(&program, NULL, memory, &result, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "feature pool"));
    assert_memory_equal(memory, before, (size_t)program.memory_bytes);
    tsr_free(before);
    tsr_memory_free(memory);
    tsr_program_free(&program);
}

static void an_allocation_that_fails_is_an_error_and_nothing_else(void **state) {
    (void)state;
    tsr_program program = pipeline(FROM_COMPUTE, FROM_LOAD, FROM_STORE, FROM_COMPUTE);
    uint8_t *memory = random_memory(&program, 5);
    const tsr_run_options options = {.keep_events = true, .keep_occupancy = true};
    for (int32_t executor = 0; executor < 2; ++executor) {
        uint64_t failures = 0;
        for (uint64_t nth = 1;; ++nth) {
            tsr_error err = {0};
            tsr_result result = {0};
            tsr_alloc_fail_at(nth);
            const tsr_status status =
                executor == 0 ? tsr_estimate(&program, &options, &result, &err)
                              : tsr_machine_run(&program, &options, memory, &result, &err);
            tsr_alloc_fail_at(0);
            tsr_result_free(&result);
            if (status == TSR_OK) {
                break;
            }
            if (status != TSR_ERR_NO_MEMORY) {
                fail_msg("allocation %llu: %s: %s", (unsigned long long)nth, err.where,
                         err.message);
            }
            ++failures;
        }
        assert_true(failures >= 5);  // four times of descriptors and the layers at least
    }
    tsr_memory_free(memory);
    tsr_program_free(&program);
}

/** Argument: first seed. */
int main(int argc, char **argv) {
    first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : first_seed;
    print_message("seeds from %llu\n", (unsigned long long)first_seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_programs_pass_the_static_check),
        cmocka_unit_test(the_machine_leaves_the_bytes_of_the_interpreter),
        cmocka_unit_test(a_pass_that_does_not_wait_for_its_input_computes_other_bytes),
        cmocka_unit_test(a_token_that_nobody_gives_is_a_deadlock_with_every_unit_named),
        cmocka_unit_test(a_full_fifo_in_front_of_a_stuck_engine_is_named),
        cmocka_unit_test(the_watchdog_lets_the_last_cycle_pass_and_not_one_less),
        cmocka_unit_test(two_runs_know_nothing_of_each_other),
        cmocka_unit_test(progress_reaches_the_caller_from_the_other_process),
        cmocka_unit_test(a_damaged_program_is_refused_before_anything_runs),
        cmocka_unit_test(values_that_cannot_be_computed_end_the_run_with_the_reason),
        cmocka_unit_test(an_allocation_that_fails_is_an_error_and_nothing_else),
        cmocka_unit_test(no_process_is_left_behind)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
