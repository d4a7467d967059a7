// SPDX-License-Identifier: Apache-2.0
// RTL and SystemC machine on one program, and what the RTL left in DRAM.
#ifndef TESSERA_TESTS_REAL_REAL_PAIR_H
#define TESSERA_TESTS_REAL_REAL_PAIR_H

#include <time.h>

#include <tessera/interpreter.h>
#include <tessera/validate.h>

#include "base/alloc.h"
#include "support/test.h"

/** Opened once a program; NULL until then. */
static tsr_rtl *real_rtl;

/** The RTL of an architecture; a test program that gets false has said why and exits with 77. */
static inline bool real_open(const tsr_arch *arch) {
    const tsr_rtl_options options = {.cache_dir = TSR_RTL_CACHE, .start_seed = 1};
    tsr_error err = {0};
    const tsr_status status = tsr_rtl_open(arch, &options, &real_rtl, &err);
    if (status == TSR_ERR_UNSUPPORTED) {
        (void)printf("SKIPPED: no RTL: %s: %s\n", err.where, err.message);
        return false;
    }
    if (status != TSR_OK) {
        (void)printf("RTL: %s: %s\n", err.where, err.message);
    }
    return status == TSR_OK;
}

/** The RTL as a side that also hands out its DRAM image and the time it took. */
typedef struct real_capture {
    tsr_side inner;
    uint8_t *image;  // [memory_bytes] of the caller, filled; NULL = not wanted
    double seconds;  // of the host, comparison of words included
} real_capture;

static inline tsr_status real_capture_run(void *user, const tsr_program *program,
                                          const tsr_run_options *options, uint8_t *memory,
                                          tsr_result *result, tsr_side_report *report,
                                          tsr_error *err) {
    real_capture *capture = user;
    const clock_t from = clock();
    const tsr_status status =
        capture->inner.run(capture->inner.user, program, options, memory, result, report, err);
    capture->seconds = (double)(clock() - from) / CLOCKS_PER_SEC;
    if (status == TSR_OK && capture->image != NULL) {
        memcpy(capture->image, memory, (size_t)program->memory_bytes);
    }
    return status;
}

/** Both on the program: no difference of any kind, and enough compared that this means something. */
static inline void real_compare(const char *name, const tsr_program *program, const uint8_t *memory,
                                uint8_t *image) {
    tsr_error err = {0};
    tsr_validation v = {0};
    tsr_rtl_side rtl = {.rtl = real_rtl};
    real_capture capture = {.inner = tsr_side_rtl(&rtl), .image = image};
    const tsr_side sides[2] = {tsr_side_machine(), {"rtl", real_capture_run, &capture}};
    assert_ok(tsr_program_check(program, &err), err);
    assert_ok(tsr_validate_program(name, program, memory, NULL, sides, NULL, &v, &err), err);
    print_message(
        "%s: %llu cycles, %llu events, %llu feature words, %llu registers, %llu bytes of "
        "DRAM: %llu differences; RTL %.1f s, %.0f cycles/s\n",
        name, (unsigned long long)v.cycles[1], (unsigned long long)v.total.events[1],
        (unsigned long long)v.total.words.compared, (unsigned long long)v.registers.compared,
        (unsigned long long)v.memory_bytes, (unsigned long long)v.differences, capture.seconds,
        (double)v.cycles[1] / capture.seconds);
    if (v.differences != 0) {
        assert_ok(tsr_validation_print(&v, stdout, &err), err);
    }
    assert_int_equal(v.differences, 0);
    assert_int_equal(v.cycles[0], v.cycles[1]);
    assert_true(v.total.events[0] == v.total.events[1] && v.total.events[0] > 0);
    assert_true(v.total.words.compared > 0 && v.registers.compared > 0);
    tsr_validation_free(&v);
}

/** The input of a program, or its last output. */
static inline const tsr_symbol *real_symbol(const tsr_program *program, bool output) {
    const tsr_symbol *found = NULL;
    for (int32_t i = 0; i < program->symbol_count; ++i) {
        const tsr_symbol *s = &program->symbols[i];
        found = (output ? s->is_output : s->is_input) ? s : found;
    }
    assert_non_null(found);
    return found;
}

/** What the RTL makes of a quantised picture: the program's map of this name; NULL = its last output. */
static inline tsr_tensor real_run(const char *name, const tsr_program *program,
                                  const tsr_tensor *q_input, const char *map) {
    tsr_error err = {0};
    uint8_t *memory = NULL;
    tsr_tensor found = {0};
    uint8_t *image = tsr_alloc((size_t)program->memory_bytes, 1);
    const tsr_symbol *symbol = map == NULL ? real_symbol(program, true) : NULL;
    for (int32_t i = 0; i < program->symbol_count && map != NULL; ++i) {
        symbol = strcmp(program->symbols[i].name, map) == 0 ? &program->symbols[i] : symbol;
    }
    assert_non_null(symbol);
    assert_non_null(image);
    assert_ok(tsr_memory_create(program, &memory, &err), err);
    assert_ok(tsr_memory_put(program, real_symbol(program, false), q_input, memory, &err), err);
    real_compare(name, program, memory, image);
    assert_ok(tsr_memory_get(program, symbol, image, &found, &err), err);
    tsr_memory_free(memory);
    tsr_free(image);
    return found;
}

#endif
