// SPDX-License-Identifier: Apache-2.0
// The fixed weights of identity convolutions.
#ifndef TESSERA_NETWORK_IDENTITY_H
#define TESSERA_NETWORK_IDENTITY_H

#include <tessera/network.h>

/** 1 from input channel i to output channel i + (out - in)/2 in the middle of the kernel, else 0 (He
 * et al. 2016, shortcut option A: channels of zeros around those carried over). */
tsr_status tsr_identity_make(const tsr_layer *layer, tsr_tensor *weight,
                             tsr_error *err) TSR_MUST_USE;

#endif
