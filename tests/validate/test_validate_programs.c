// SPDX-License-Identifier: Apache-2.0
// The RTL is the model, descriptor by descriptor: random programs with every field, from no network. Events, counters,
// words of the feature pool and bytes of DRAM, difference 0, against the SystemC machine and the interpreter.
// usage: test_validate_programs [programs a machine [seed [fields to leave out, see hw/random_shape.h]]]
#include <stdlib.h>

#include "hw/random_program.h"
#include "validate/rtl_rig.h"

static uint64_t programs = 150;
static uint64_t first_seed = 1;
static uint32_t without;

/** What was in the programs compared. */
typedef struct coverage {
    uint64_t events, words, forms[TSR_WEIGHTS_COUNT], groups, steps, rings, residuals, chunks,
        packs;
} coverage;

static void count_conv(const tsr_desc_conv *c, coverage *seen) {
    ++seen->forms[c->weight_form];
    seen->groups += c->group_planes > 0 && c->m_groups > 1;
    seen->steps += c->out_step_h > 1 || c->out_step_w > 1;
    seen->rings += c->in_wrap > 0 && c->in_y0 + c->in_h > c->in_wrap;
    seen->residuals += c->residual != 0;
    seen->chunks += c->accumulate_last == 0;
}

static void count(const tsr_program *program, const tsr_validation *v, coverage *seen) {
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc desc = tsr_program_desc(program, i);
        if (desc.header.opcode == TSR_OP_CONV) {
            count_conv(&desc.u.conv, seen);
        }
        seen->packs += desc.header.opcode == TSR_OP_LOAD_FEATURE && desc.u.load_feature.pack > 1;
    }
    for (int32_t unit = 0; unit < TSR_VALIDATE_UNITS; ++unit) {
        seen->events += v->units[unit].events[0];
    }
    seen->words += v->total.words.compared;
}

/** One program on both sides; prints what differs. */
static bool compare(uint64_t seed, const tsr_program *program, tsr_rtl *rtl, coverage *seen) {
    char name[64];
    tsr_error err = {0};
    tsr_validation v;
    uint8_t *memory = random_memory(program, seed);
    tsr_rtl_side side = {.rtl = rtl};
    const tsr_side sides[2] = {tsr_side_machine(), tsr_side_rtl(&side)};
    const tsr_run_options options = {.keep_events = true, .keep_occupancy = true};
    (void)snprintf(name, sizeof name, "seed %llu", (unsigned long long)seed);
    const tsr_status status =
        tsr_validate_program(name, program, memory, NULL, sides, &options, &v, &err);
    tsr_memory_free(memory);
    if (status != TSR_OK) {
        print_message("%s on %s: %s: %s\n", name, program->arch.name, err.where, err.message);
        return false;
    }
    const bool equal = v.differences == 0;
    if (!equal) {
        print_message("%s on %s:\n", name, program->arch.name);
        assert_ok(tsr_validation_print(&v, stdout, &err), err);
    }
    count(program, &v, seen);
    tsr_validation_free(&v);
    return equal;
}

static void run_shape(const char *shape, coverage *seen) {
    static const char *const presets[] = {"ideal", "ddr3_1066", "lpddr4_1066", "fixed"};
    tsr_error err = {0};
    tsr_arch arch;
    tsr_rtl *rtl = NULL;
    assert_ok(tsr_case_shape(shape, &arch, &err), err);
    assert_ok(tsr_rtl_open(&arch, &(tsr_rtl_options){0}, &rtl, &err), err);
    uint64_t differing = 0;
    for (uint64_t seed = first_seed; seed < first_seed + programs; ++seed) {
        const random_options options = {
            .preset = presets[seed % 4], .arch = &arch, .without = without};
        tsr_program program = random_program_of(seed, &options);
        differing += !compare(seed, &program, rtl, seen);
        tsr_program_free(&program);
        if (differing > 3) {
            break;
        }
    }
    tsr_rtl_close(rtl);
    assert_int_equal(differing, 0);
}

static void random_descriptors_differ_in_nothing(void **state) {
    (void)state;
    static const char *const shapes[] = {"m8n4p2", "m4n4p3w2h", "m6n2p4w4"};
    coverage seen = {0};
    print_message("seeds %llu to %llu, left out %u\n", (unsigned long long)first_seed,
                  (unsigned long long)(first_seed + programs - 1), without);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        run_shape(shapes[i], &seen);
    }
    print_message(
        "%llu events, %llu words; convs: %llu dense, %llu diagonal, %llu ones; %llu with groups, "
        "%llu steps, "
        "%llu rings gone round, %llu residuals, %llu chunks of sums; %llu packed loads\n",
        (unsigned long long)seen.events, (unsigned long long)seen.words,
        (unsigned long long)seen.forms[0], (unsigned long long)seen.forms[1],
        (unsigned long long)seen.forms[2], (unsigned long long)seen.groups,
        (unsigned long long)seen.steps, (unsigned long long)seen.rings,
        (unsigned long long)seen.residuals, (unsigned long long)seen.chunks,
        (unsigned long long)seen.packs);
    assert_true(seen.words > 100 * programs);
    if (programs >= 100 && without == 0) {
        assert_true(seen.forms[0] > 300 && seen.forms[1] > 100 && seen.forms[2] > 100);
        assert_true(seen.groups > 100 && seen.steps > 300 && seen.rings > 100 &&
                    seen.residuals > 100 && seen.packs > 100 && seen.chunks > 100);
    }
}

int main(int argc, char **argv) {
    programs = argc > 1 ? strtoull(argv[1], NULL, 10) : programs;
    first_seed = argc > 2 ? strtoull(argv[2], NULL, 10) : first_seed;
    without = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : without;
    if (!rig_has_rtl()) {
        return rig_skipped;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_descriptors_differ_in_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
