// SPDX-License-Identifier: Apache-2.0
// The RTL is the model: random networks, schedules and memories, difference 0 in everything, also after stalls, error
// responses, aborts and resets. usage: test_validate_random [cases [seed [first case]]]
#include <stdlib.h>

#include "validate/rtl_rig.h"

static uint64_t case_count = 300;
static uint64_t first_seed = 20261124;
static uint64_t first_case;

static tsr_campaign run(uint64_t cases, const tsr_campaign_options *changes) {
    static const char *const shapes[] = {"m8n4p2", "m4n4p3w2h", "m6n2p4w4"};
    tsr_error err = {0};
    tsr_campaign campaign;
    tsr_campaign_options options = *changes;
    options.seed = first_seed;
    options.first_case = first_case;
    options.cases = cases;
    options.draw = (tsr_case_options){.shape_count = 3, .shapes = shapes};
    options.report = rig_report;
    assert_ok(tsr_validate_cases(&options, &campaign, &err), err);
    tsr_campaign_print(&campaign, stdout);
    assert_int_equal(campaign.cases, cases);
    return campaign;
}

/** The draw reaches every schedule, mode of parts and kind of layer, and little of it is refused. */
static void check_mix(const tsr_campaign *c) {
    uint64_t refused = 0;
    for (int32_t i = 0; i < TSR_CASE_REFUSALS; ++i) {
        refused += c->refused[i];
    }
    assert_true(refused < c->cases / 2);
    for (int32_t i = 0; i < TSR_CASE_SCHEDULES; ++i) {
        assert_true(c->schedules[i] > c->cases / 20);
    }
    for (int32_t i = 0; i <= TSR_SCHEDULE_AUTO; ++i) {
        assert_true(c->parts[i] > 0);
    }
    for (int32_t i = 0; i < TSR_CASE_FEATURES; ++i) {
        assert_true(c->features[i] > 0);
    }
    for (int32_t i = TSR_LAYER_CONV; i < TSR_CASE_KINDS; ++i) {
        if (c->kinds[i] == 0) {
            fail_msg("no layer %s was drawn", tsr_case_kind_name(i));
        }
    }
}

static void random_cases_differ_in_nothing(void **state) {
    (void)state;
    print_message("seed %llu, cases %llu to %llu\n", (unsigned long long)first_seed,
                  (unsigned long long)first_case,
                  (unsigned long long)(first_case + case_count - 1));
    const tsr_campaign c = run(case_count, &(tsr_campaign_options){.stress = true});
    assert_int_equal(c.differing, 0);
    assert_true(c.events > 100 * c.cases && c.words > 100 * c.cases);
    assert_true(c.output_bytes > 100 * c.cases);
    assert_true(case_count < 20 || c.stressed > c.cases / 4);
    if (case_count >= 200) {
        check_mix(&c);
    }
}

/** Whatever registers and memories hold at power-up. */
static void random_power_up_values_change_nothing(void **state) {
    (void)state;
    for (uint64_t start_seed = 1; start_seed <= 3; ++start_seed) {
        const tsr_campaign c = run(
            case_count / 10 + 1, &(tsr_campaign_options){.stress = true, .start_seed = start_seed});
        assert_int_equal(c.differing, 0);
    }
}

int main(int argc, char **argv) {
    case_count = argc > 1 ? strtoull(argv[1], NULL, 10) : case_count;
    first_seed = argc > 2 ? strtoull(argv[2], NULL, 10) : first_seed;
    first_case = argc > 3 ? strtoull(argv[3], NULL, 10) : first_case;
    if (!rig_has_rtl()) {
        return rig_skipped;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_cases_differ_in_nothing),
        cmocka_unit_test(random_power_up_values_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
