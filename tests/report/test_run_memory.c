// SPDX-License-Identifier: Apache-2.0
// What a run needs of memory depends on its descriptors, not on its pixels.
#define _DEFAULT_SOURCE  // getrusage
#include <sys/resource.h>

#include <tessera/report.h>

#include "support/test.h"

/** Largest resident size so far [byte]: of this process, or of the largest child. */
static int64_t peak(int who) {
    struct rusage usage;
    assert_int_equal(getrusage(who, &usage), 0);
    return (int64_t)usage.ru_maxrss * 1024;
}

static void run(const char *size, const char *schedule, int64_t *descriptors, int64_t *bytes) {
    static tsr_run_config config;
    static tsr_run_outcome outcome;
    static const tsr_execute_options nothing;
    const tsr_override overrides[] = {{"/input_size", size}, {"/schedule", schedule}};
    tsr_error err = {0};
    tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
    assert_ok(tsr_run_config_load("vdsr_ultra96", overrides, 2, &config, &err), err);
    assert_ok(tsr_run_execute(&config, &nothing, &outcome, &err), err);
    *descriptors = outcome.program.desc_count;
    *bytes = (int64_t)outcome.program.memory_bytes;
    tsr_run_outcome_free(&outcome);
}

static const char blocked[] =
    "{\"mode\": \"blocked\", \"blocking\": \"F28\", \"ragged\": true, \"weight_residency\": "
    "\"resident\"}";

/**
 * A descriptor and its note are sizeof(tsr_desc) + sizeof(tsr_desc_note) = 616 bytes while the
 * machine runs; its times and costs, the changes of the buffers and the analysis of the planner are
 * 184 more at most. Beside them a process, SystemC and the tables of the DRAM are below 24 MiB.
 */
static void test_memory_follows_the_number_of_descriptors(void **state) {
    (void)state;
#if defined(__SANITIZE_ADDRESS__)
    print_message("SKIPPED: a sanitizer keeps what is released\n");
    skip();
#endif
    const int64_t each = (int64_t)(sizeof(tsr_desc) + sizeof(tsr_desc_note)) + 184;
    const int64_t rest = INT64_C(24) << 20;
    int64_t descriptors = 0;
    int64_t image = 0;
    run("{\"height\": 1080, \"width\": 1920}", blocked, &descriptors, &image);
    const int64_t self = peak(RUSAGE_SELF);
    const int64_t child = peak(RUSAGE_CHILDREN);
    print_message("%lld descriptors, DRAM image of %.0f MB: %.1f MB, and %.1f MB in the machine\n",
                  (long long)descriptors, (double)image / 1e6, (double)self / 1e6,
                  (double)child / 1e6);
    assert_true(image > 2 * (self + child));  // maps of 64 channels: nobody keeps those
    assert_true(self < rest + each * descriptors);
    assert_true(child < rest + each * descriptors);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_follows_the_number_of_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
