// SPDX-License-Identifier: Apache-2.0
// The value side of a run: quantise, interpret, compare with the reference and with the unblocked
// network.
#ifndef TESSERA_REPORT_RUN_VALUES_H
#define TESSERA_REPORT_RUN_VALUES_H

#include <tessera/expected.h>
#include <tessera/forward.h>
#include <tessera/report.h>

/** What the values of one run need; everything owned. A zeroed struct is empty. */
typedef struct tsr_value_set {
    tsr_tensor q_input;  // [batch][c][h][w]
    tsr_qnetwork qnetwork;
} tsr_value_set;

/** Weights from file or seed, input from the seed, quantised with that input as calibration. */
tsr_status tsr_value_set_make(const tsr_run_config *config, const tsr_network *network,
                              tsr_value_set *set, tsr_error *err) TSR_MUST_USE;
void tsr_value_set_free(tsr_value_set *set);
/** What the network says must come out under the run's schedule; the caller's: tsr_expected_free. */
tsr_status tsr_value_set_expect(const tsr_value_set *set, const tsr_run_config *config,
                                const tsr_network *network, tsr_expected *expected,
                                tsr_error *err) TSR_MUST_USE;
/**
 * Compare an executed DRAM image with the integer reference under the run's blocking
 * (TSR_ERR_DIFFERS names the first element), and measure what blocking changed against the
 * unblocked network.
 */
tsr_status tsr_value_set_compare(const tsr_value_set *set, const tsr_run_outcome *outcome,
                                 const uint8_t *memory, tsr_run_values *values,
                                 tsr_error *err) TSR_MUST_USE;

#endif
