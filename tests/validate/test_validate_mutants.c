// SPDX-License-Identifier: Apache-2.0
// Validation can fail: the RTL is built with one thing wrong at a time, and each is seen within a few random cases.
// usage: test_validate_mutants [number of the only mutant to try]
#include <stdlib.h>

#include "support/temp_dir.h"
#include "support/test.h"
#include "validate/rtl_rig.h"

/** One text of one file of the sources, replaced where it first stands. */
typedef struct mutant {
    const char *what, *file, *from, *to;
} mutant;

static const mutant mutants[] = {
    {"a latency constant", "tsr_uarch.vh", "define TSR_UARCH_DMA_COMMAND_CYCLES 2",
     "define TSR_UARCH_DMA_COMMAND_CYCLES 3"},
    {"reflection that repeats the far edge", "tsr_pad.sv", "(top << 1) - position_i",
     "(top << 1) + PositionW'(1) - position_i"},
    {"half_even that never goes to even", "tsr_requantizer.sv", "shifted[0] && !tie",
     "shifted[0] || 1'b0 && tie"},
    {"one more burst outstanding than allowed", "tsr_axi_read.sv", ".Depth(MaxOutstanding)",
     ".Depth(MaxOutstanding + 1)"},
    {"an address withdrawn by an abort", "tsr_axi_read.sv", "(!halt_i || hold_q)", "!halt_i"},
    {"waiting for weights blamed on features", "tsr_perf.sv", "cause[CauseWeights] = run_i",
     "cause[CauseFeatures] = run_i"},
    {"a ring that goes round one row late", "tsr_ring_row.sv", "straight : around[14:0]",
     "straight : around[14:0] + 15'd1"},
    {"the wrong row of a diagonal word", "tsr_weight_spread.sv", "if (row_i == RowW'(m))",
     "if (row_i == RowW'(m ^ 1))"},
    {"the wrong half of the rows for a plane", "tsr_weight_spread.sv", "slot_i == SlotW'(m / Tn)",
     "slot_i != SlotW'(m / Tn)"},
    {"ones that are never twos", "tsr_weight_spread.sv", "Aw'(ones_weight_i)", "Aw'(1)"},
    {"outputs without gaps", "tsr_out_step.sv", "step[1] ? place_i << 1", "step[1] ? place_i"},
    {"every group of channels reads the first planes", "tsr_group_line.sv",
     "line_q + product[19:0]", "line_q"},
};

enum { mutant_count = sizeof mutants / sizeof mutants[0], max_cases = 150 };

static int64_t only = -1;

static void shell(const char *command) {
    assert_int_equal(system(command), 0);
}

/** The sources as one folder, as they are installed. */
static void copy_sources(void) {
    char command[2048];
    (void)snprintf(command, sizeof command,
                   "rm -rf %s/rtl && mkdir -p %s/rtl/shim && cp %s/rtl/*.sv %s/rtl/*.svh "
                   "%s/tsr_uarch.vh %s/rtl && "
                   "cp %s/sim/rtl/shim/* %s/rtl/shim",
                   temp_root, temp_root, TSR_SOURCE_DIR, TSR_SOURCE_DIR, TSR_GENERATED_DIR,
                   temp_root, TSR_SOURCE_DIR, temp_root);
    shell(command);
}

/** Both paths are borrowed by the library. */
static void use_copy(const char *cache_dir) {
    static char sources[96];
    (void)snprintf(sources, sizeof sources, "%s/rtl", temp_root);
    tsr_rtl_dir_set(sources);
    tsr_rtl_cache_dir_set(cache_dir);
}

static void replace(const mutant *m) {
    char name[128];
    (void)snprintf(name, sizeof name, "rtl/%s", m->file);
    char *text = temp_read(name);
    char *at = strstr(text, m->from);
    if (at == NULL) {
        fail_msg("%s does not say '%s' any more: choose another mutant", m->file, m->from);
    }
    FILE *file = fopen(temp_path(name), "w");
    assert_non_null(file);
    *at = '\0';
    assert_true(fprintf(file, "%s%s%s", text, m->to, at + strlen(m->from)) > 0);
    assert_int_equal(fclose(file), 0);
    tsr_free(text);
}

/** What a campaign over mutated sources finds. */
typedef struct finding {
    bool found;
    uint64_t cases;
    char how[200];
} finding;

static void look(void *user, const tsr_case_outcome *o) {
    finding *f = user;
    ++f->cases;
    if (o->equal || f->found) {
        return;
    }
    f->found = true;
    (void)snprintf(f->how, sizeof f->how, "%.150s", o->trouble);
    if (o->validation != NULL && o->validation->differences > 0) {
        (void)snprintf(f->how, sizeof f->how, "%llu differences",
                       (unsigned long long)o->validation->differences);
    }
}

static bool seen_enough(void *user) {
    return ((const finding *)user)->found;
}

static finding try_sources(void) {
    static const char *const shapes[] = {"m2n1p1h"};  // the quickest to build
    finding f = {0};
    tsr_error err = {0};
    tsr_campaign campaign;
    const tsr_campaign_options options = {.seed = 5,
                                          .cases = max_cases,
                                          .draw = {.shape_count = 1, .shapes = shapes},
                                          .stress = true,
                                          .report = look,
                                          .stop = seen_enough,
                                          .user = &f};
    const tsr_status status = tsr_validate_cases(&options, &campaign, &err);
    if (status != TSR_ERR_INTERRUPTED) {
        assert_ok(status, err);
    }
    return f;
}

static void every_mutant_is_caught(void **state) {
    (void)state;
    static char cache[96];
    (void)snprintf(cache, sizeof cache, "%s/cache", temp_root);
    use_copy(cache);
    for (int64_t i = 0; i < mutant_count; ++i) {
        if (only >= 0 && only != i) {
            continue;
        }
        copy_sources();
        replace(&mutants[i]);
        const finding f = try_sources();
        print_message("%s: %s in case %llu: %s\n", mutants[i].what,
                      f.found ? "caught" : "NOT caught", (unsigned long long)f.cases, f.how);
        assert_true(f.found);
    }
}

/** Same sources in another folder, nothing changed: the finding above is the mutant's, not the folder's. */
static void the_copy_itself_is_equal(void **state) {
    (void)state;
    static const char *const shapes[] = {"m8n4p2"};
    tsr_error err = {0};
    tsr_campaign campaign;
    const tsr_campaign_options options = {
        .seed = 5, .cases = 20, .draw = {.shape_count = 1, .shapes = shapes}, .stress = true};
    copy_sources();
    use_copy(TSR_RTL_CACHE);
    assert_ok(tsr_validate_cases(&options, &campaign, &err), err);
    assert_int_equal(campaign.cases, 20);
    assert_int_equal(campaign.differing, 0);
}

/** The memory's arbiter of the RTL side alone turns to writes at another fill level. */
static tsr_status run_on_other_memory(void *user, const tsr_program *program,
                                      const tsr_run_options *options, uint8_t *memory,
                                      tsr_result *result, tsr_side_report *report, tsr_error *err) {
    tsr_program changed = *program;
    changed.arch.dram.write_high = 2;
    changed.arch.dram.write_low = 1;
    const tsr_side rtl = tsr_side_rtl(user);
    return rtl.run(rtl.user, &changed, options, memory, result, report, err);
}

static void another_order_of_arbitration_is_seen(void **state) {
    (void)state;
    static const char *const shapes[] = {"m8n4p2"};
    const tsr_case_options draw = {.shape_count = 1, .shapes = shapes};
    const tsr_rtl_options open = {.cache_dir = TSR_RTL_CACHE};
    tsr_error err = {0};
    tsr_arch arch;
    tsr_rtl_side side = {0};
    tsr_rtl_dir_set(NULL);
    assert_ok(tsr_case_shape("m8n4p2", &arch, &err), err);
    assert_ok(tsr_rtl_open(&arch, &open, &side.rtl, &err), err);
    uint64_t found = 0;
    for (uint64_t i = 0; i < max_cases && found == 0; ++i) {
        tsr_case drawn;
        tsr_validation v = {0};
        assert_ok(tsr_case_draw(11, i, &draw, &drawn, &err), err);
        const tsr_side sides[2] = {tsr_side_machine(), {"rtl", run_on_other_memory, &side}};
        if (drawn.program.arch.dram.kind == TSR_DRAM_BANKED) {
            assert_ok(tsr_validate_program(drawn.text, &drawn.program, drawn.memory,
                                           &drawn.expected, sides, NULL, &v, &err),
                      err);
            found = v.differences;
        }
        tsr_validation_free(&v);
        tsr_case_free(&drawn);
    }
    tsr_rtl_close(side.rtl);
    assert_true(found > 0);
}

int main(int argc, char **argv) {
    only = argc > 1 ? strtoll(argv[1], NULL, 10) : only;
    if (!rig_has_rtl()) {
        return rig_skipped;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_copy_itself_is_equal),
        cmocka_unit_test(every_mutant_is_caught),
        cmocka_unit_test(another_order_of_arbitration_is_seen),
    };
    temp_make();
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed == 0) {
        temp_remove();
    }
    return failed;
}
