// SPDX-License-Identifier: Apache-2.0
// One layer of a network file.
#ifndef TESSERA_NETWORK_LAYER_JSON_H
#define TESSERA_NETWORK_LAYER_JSON_H

#include <tessera/network.h>

#include "base/json.h"

/** Read an object of the list into layers[layer_count]; the layers before it are known. layer_count
 * is left alone. */
tsr_status tsr_layer_read(const tsr_jnode *node, tsr_network *network, tsr_error *err) TSR_MUST_USE;
/** Read the required "name": 1..63 letters, digits and _ . : / - */
tsr_status tsr_layer_read_name(const tsr_jnode *object, char name[TSR_NAME_MAX],
                               tsr_error *err) TSR_MUST_USE;

#endif
