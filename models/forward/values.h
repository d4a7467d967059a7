// SPDX-License-Identifier: Apache-2.0
// The maps alive during a forward run: each is dropped after its last reader, unless all are kept.
#ifndef TESSERA_FORWARD_VALUES_H
#define TESSERA_FORWARD_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/forward.h>

/** Maps by layer; everything owned. */
typedef struct tsr_values {
    int32_t layer_count;
    tsr_tensor *tensors;  // [layer_count]; empty = not computed yet, or dropped
    int32_t *last_use;    // [layer_count]: turn after which the map may go; layer_count = never
} tsr_values;

/** Room for a run; a copy of `input` is the map of layer 0. `fused_into` NULL = every layer has its own turn. */
tsr_status tsr_values_create(const tsr_network *network, const int32_t *fused_into, bool keep_all,
                             const tsr_tensor *input, tsr_values *values,
                             tsr_error *err) TSR_MUST_USE;
void tsr_values_free(tsr_values *values);
/** Drop the maps whose last reader was the pass that ran at layer `turn`. */
void tsr_values_drop(tsr_values *values, int32_t turn);
/** Hand the maps over to the caller's result; `values` is empty afterwards. */
void tsr_values_finish(tsr_values *values, tsr_activations *result);
/** Deep copy of a plain tensor. */
tsr_status tsr_tensor_clone(const tsr_tensor *from, tsr_tensor *to, tsr_error *err) TSR_MUST_USE;

#endif
