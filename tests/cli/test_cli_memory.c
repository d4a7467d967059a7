// SPDX-License-Identifier: Apache-2.0
// How much memory does a timing-only run of a large picture take?
#include <sys/resource.h>

#include "cli/tessera_call.h"

/** The most that a child of ours, or a child of its own, has had in memory at once [MB]. */
static double children_peak_mb(void) {
    struct rusage use;
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &use), 0);
    return (double)use.ru_maxrss * 1024.0 / 1e6;
}

static const char frame_4k[] =
    "vdsr_ultra96 --schedule F28 --ragged on --input-size 2160x3840 --quiet";

/** The promise of sim/program/README.md: 300 MB for a 4K frame, of which a map of 64 channels
 * of 8 bits alone has 531 MB. */
static void a_4k_frame_of_vdsr_stays_below_300_mb(void **state) {
    (void)state;
#if defined(__SANITIZE_ADDRESS__)
    print_message("SKIPPED: the sanitizer's own memory is in the figure\n");
    skip();
#endif
    char words[128];
    (void)snprintf(words, sizeof words, "plan %s", frame_4k);
    expect(words, 0, NULL);
    (void)snprintf(words, sizeof words, "run %s --engine estimate", frame_4k);
    expect(words, 0, NULL);
    print_message("peak %.0f MB\n", children_peak_mb());
    assert_true(children_peak_mb() < 300.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_4k_frame_of_vdsr_stays_below_300_mb),
    };
    return call_main(tests, sizeof tests / sizeof tests[0]);
}
