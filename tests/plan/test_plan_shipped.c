// SPDX-License-Identifier: Apache-2.0
// Every shipped network at its own size in blocks: there is a plan, or a reason that lies in the
// blocking.
#include <string.h>

#include "plan/plan_rig.h"
#include "support/shipped.h"

/** How a network goes under a blocking at its own size; *err says why not. */
static tsr_status plan_shipped(const char *name, const char *text, bool ragged, bool true_stride,
                               tsr_error *err) {
    tsr_network network = {0};
    tsr_plan *plan = NULL;
    const tsr_arch arch = rig_arch("zc706");
    tsr_schedule schedule = rig_schedule(text, TSR_JOIN_AUTO);
    schedule.blocking.ragged = ragged;
    schedule.blocking.true_stride = true_stride;
    *err = (tsr_error){0};
    assert_ok(tsr_network_load(name, 0, 0, &network, err), *err);
    const tsr_status status = tsr_plan_make(&network, &arch, &schedule, &plan, err);
    tsr_plan_free(plan);
    tsr_network_free(&network);
    return status;
}

/** What is refused is so for a reason that lies in the blocking: F that does not divide without
 * ragged, and a stride of 2 on an odd map without true_stride. */
static void test_every_shipped_network_has_a_plan_in_blocks(void **state) {
    (void)state;
    static const char *const texts[] = {"F28", "F14", "H4x4"};
    int32_t refused[2] = {0, 0};
    tsr_error err = {0};
    for (int32_t i = 0; i < shipped_count; ++i) {
        for (int32_t k = 0; k < 3; ++k) {
            const char *name = shipped_networks[i].name;
            assert_ok(plan_shipped(name, texts[k], true, true, &err), err);
            if (plan_shipped(name, texts[k], false, true, &err) != TSR_OK) {
                assert_true(texts[k][0] == 'F' && strstr(err.message, "do not divide") != NULL);
                ++refused[0];
            }
            if (k == 0 && plan_shipped(name, texts[k], true, false, &err) != TSR_OK) {
                assert_non_null(strstr(err.message, "rounds the odd map"));
                ++refused[1];
            }
        }
    }
    print_message("%d networks under 3 blockings; %d need ragged, %d need true_stride\n",
                  (int)shipped_count, refused[0], refused[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_shipped_network_has_a_plan_in_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
