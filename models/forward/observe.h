// SPDX-License-Identifier: Apache-2.0
// A float run that shows every map to an observer as soon as it is computed.
#ifndef TESSERA_FORWARD_OBSERVE_H
#define TESSERA_FORWARD_OBSERVE_H

#include <tessera/forward.h>

/** Called once a layer, in order (not for the input). The map is borrowed until return. */
typedef tsr_status (*tsr_observer)(void *user, int32_t layer, const tsr_tensor *map,
                                   tsr_error *err);

/** A float run; everything borrowed. */
typedef struct tsr_float_request {
    const tsr_network *network;
    const tsr_weights *weights;
    const tsr_forward_options *options;
    const tsr_tensor *input;
    tsr_observer observe;  // NULL = nobody looks
    void *user;
} tsr_float_request;

tsr_status tsr_forward_f32_observed(const tsr_float_request *request, tsr_activations *result,
                                    tsr_error *err) TSR_MUST_USE;

#endif
