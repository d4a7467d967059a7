// SPDX-License-Identifier: Apache-2.0
// The model against the counts of Yosys that are in the repository (rtl/synth), and against devices.
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include <tessera/fit.h>

#include "fit/fit_errors.h"
#include "fit/ram_map.h"
#include "support/test.h"

#define SYNTH(file) TSR_SOURCE_DIR "/rtl/synth/" file

static counts_file counts;

static int read_counts(void **state) {
    (void)state;
    tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
    return counts_read(SYNTH("grid.txt"), SYNTH("counts.csv"), &counts) ? 0 : -1;
}

/** Prints the errors of the machines in or out of the fit; returns how many there were. */
static int32_t check_machines(bool held) {
    int32_t seen = 0;
    int32_t bad = 0;
    double worst_lut = 0.0;
    double worst_ff = 0.0;
    for (int32_t i = 0; i < counts.machine_count; ++i) {
        if (counts.machines[i].held == held) {
            const fit_errors e = fit_errors_of(&counts.machines[i]);
            fit_errors_print(&counts.machines[i], &e);
            worst_lut = fmax(worst_lut, fabs(e.lut));
            worst_ff = fmax(worst_ff, fabs(e.ff));
            bad += !fit_errors_allowed(&e);
            ++seen;
        }
    }
    print_message("worst of %d machines %s the fit: LUT %.2f %%, FF %.2f %%\n", (int)seen,
                  held ? "outside" : "of", 100.0 * worst_lut, 100.0 * worst_ff);
    assert_int_equal(bad, 0);
    return seen;
}

static void machines_of_the_fit_are_met(void **state) {
    (void)state;
    assert_true(check_machines(false) >= 10);
}

static void machines_outside_the_fit_are_within_10_percent_with_exact_dsp_and_bram(void **state) {
    (void)state;
    assert_true(check_machines(true) >= 3);
}

static void memories_take_the_blocks_that_yosys_gave_them(void **state) {
    (void)state;
    FILE *file = fopen(SYNTH("memories.csv"), "r");
    int32_t seen = 0;
    int32_t width = 0;
    int64_t depth = 0;
    int64_t n[5];  // lut, ff, dsp, ramb36, ramb18
    assert_non_null(file);
    assert_true(fscanf(file, "%*[^\n]") == 0);
    while (fscanf(file,
                  "%" SCNd32 ",%" SCNd64 ",%" SCNd64 ",%" SCNd64 ",%" SCNd64 ",%" SCNd64
                  ",%" SCNd64,
                  &width, &depth, &n[0], &n[1], &n[2], &n[3], &n[4]) == 7) {
        const tsr_ram_cells cells = tsr_ram_map(width, depth);
        if (cells.ramb36 != n[3] || cells.ramb18 != n[4] || cells.ffs != n[1] ||
            llabs(cells.luts - n[0]) > 8 + n[0] / 8) {
            fail_msg("%d x %" PRId64 ": Yosys %" PRId64 " LUT %" PRId64 " FF %" PRId64
                     " RAMB36 %" PRId64 " RAMB18, model %" PRId64 " %" PRId64 " %" PRId64
                     " %" PRId64,
                     (int)width, depth, n[0], n[1], n[3], n[4], cells.luts, cells.ffs, cells.ramb36,
                     cells.ramb18);
        }
        ++seen;
    }
    (void)fclose(file);
    print_message("%d memories\n", (int)seen);
    assert_true(seen > 100);
}

static tsr_fit fit_of(const char *arch_name, const char *device, tsr_status expected) {
    tsr_error err = {0};
    tsr_arch arch;
    assert_ok(tsr_arch_load(arch_name, &arch, &err), err);
    const tsr_fit fit = tsr_fit_estimate(&arch, device != NULL ? tsr_device_find(device) : NULL);
    assert_int_equal(tsr_fit_require(&arch, &fit, &err), expected);
    if (expected != TSR_OK) {
        print_message("%s: %s\n", err.where, err.message);
    }
    return fit;
}

static void the_shipped_zc706_fits_its_xc7z045(void **state) {
    (void)state;
    const tsr_fit fit = fit_of("zc706", NULL, TSR_OK);
    assert_true(fit.fits && fit.known);
    assert_string_equal(fit.device, "xc7z045");
    for (int32_t r = 0; r < TSR_RESOURCE_COUNT; ++r) {
        print_message("zc706: %lld of %lld %s\n", (long long)fit.needed[r],
                      (long long)fit.available[r], tsr_resource_name((tsr_resource)r));
    }
}

static void what_does_not_suffice_is_named(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_arch arch;
    assert_ok(tsr_arch_load("zc706", &arch, &err), err);
    const tsr_fit fit = tsr_fit_estimate(&arch, tsr_device_find("xc7z020"));
    assert_int_equal(tsr_fit_require(&arch, &fit, &err), TSR_ERR_NOT_FIT);
    assert_int_equal(tsr_status_exit_code(TSR_ERR_NOT_FIT), 4);
    // 512 multipliers alone are more than 220 DSPs, 1.5 MiB more than 140 blocks of 4.5 KiB
    assert_non_null(strstr(err.message, "DSP of 220"));
    assert_non_null(strstr(err.message, "BRAM36 of 140"));
}

static void an_unknown_device_is_no_verdict(void **state) {
    (void)state;
    const tsr_fit fit = fit_of("tiny", NULL, TSR_ERR_CONFIG);
    assert_false(fit.known);
    assert_false(fit.fits);
    assert_true(fit.needed[TSR_RESOURCE_LUT] > 0);
}

static void devices_are_found_by_the_names_people_use(void **state) {
    (void)state;
    static const char *const names[][2] = {{"XC7Z020", "xc7z020"},
                                           {"7z045", "xc7z045"},
                                           {"xc7z045-ffg900", "xc7z045"},
                                           {"xc7z020clg484", "xc7z020"},
                                           {"ZU3EG", "xczu3eg"},
                                           {"zu9eg", "xczu9eg"},
                                           {"U50", "xcu50"},
                                           {"xcu50", "xcu50"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        const tsr_device *device = tsr_device_find(names[i][0]);
        assert_non_null(device);
        assert_string_equal(device->name, names[i][1]);
    }
    static const char *const unknown[] = {"", "xc", "u5", "u500", "zu9", "none", "xc7z0450"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; ++i) {
        assert_null(tsr_device_find(unknown[i]));
    }
}

static void more_of_anything_never_takes_less(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_arch base;
    assert_ok(tsr_arch_load("z7020", &base, &err), err);
    const tsr_fit before = tsr_fit_estimate(&base, NULL);
    tsr_arch more[4] = {base, base, base, base};
    more[0].tm *= 2;
    more[1].tp *= 2;
    more[2].wp *= 2;
    more[3].feature_buffer_bytes *= 2;
    for (size_t i = 0; i < sizeof more / sizeof more[0]; ++i) {
        const tsr_fit after = tsr_fit_estimate(&more[i], NULL);
        for (int32_t r = 0; r < TSR_RESOURCE_COUNT; ++r) {
            // the constant of a fitted part may be anything, but not for the same machine made larger
            assert_true(after.needed[r] >= before.needed[r] - before.needed[r] / 50);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_of_the_fit_are_met),
        cmocka_unit_test(machines_outside_the_fit_are_within_10_percent_with_exact_dsp_and_bram),
        cmocka_unit_test(memories_take_the_blocks_that_yosys_gave_them),
        cmocka_unit_test(the_shipped_zc706_fits_its_xc7z045),
        cmocka_unit_test(what_does_not_suffice_is_named),
        cmocka_unit_test(an_unknown_device_is_no_verdict),
        cmocka_unit_test(devices_are_found_by_the_names_people_use),
        cmocka_unit_test(more_of_anything_never_takes_less),
    };
    return cmocka_run_group_tests(tests, read_counts, NULL);
}
