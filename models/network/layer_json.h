// SPDX-License-Identifier: Apache-2.0
// One layer of a network file.
#ifndef TESSERA_NETWORK_LAYER_JSON_H
#define TESSERA_NETWORK_LAYER_JSON_H

#include <tessera/network.h>

#include "base/json.h"
#include "network/layer_scope.h"

/** Read an object of a list into layers[layer_count]; the layers before it are known, and there is
 * room. layer_count is left alone. */
tsr_status tsr_layer_read(const tsr_jnode *node, const tsr_layer_scope *scope, tsr_network *network,
                          tsr_error *err) TSR_MUST_USE;
/** Read the optional "inputs" of a layer or of a use of a module: names of layers before it. *count
 * is left alone without the key. */
tsr_status tsr_layer_read_inputs(const tsr_jnode *node, const tsr_layer_scope *scope,
                                 const tsr_network *network, int32_t *count,
                                 int32_t inputs[TSR_LAYER_MAX_INPUTS], tsr_error *err) TSR_MUST_USE;

#endif
