// SPDX-License-Identifier: Apache-2.0
// Repetition in network files: "modules" with parameters, written out at every use.
#ifndef TESSERA_NETWORK_MODULES_H
#define TESSERA_NETWORK_MODULES_H

#include <tessera/network.h>

#include "base/json.h"

/** Whether an object of the list of layers is a use of a module. */
bool tsr_module_is_use(const tsr_jnode *node);
/** Layers that the object stands for, 1 for a plain layer. */
tsr_status tsr_module_count(const tsr_jnode *root, const tsr_jnode *node, int64_t *count,
                            tsr_error *err) TSR_MUST_USE;
/** Append the layers of a use; there is room for tsr_module_count of them. */
tsr_status tsr_module_write_out(const tsr_jnode *root, const tsr_jnode *node, tsr_network *network,
                                tsr_error *err) TSR_MUST_USE;
/** Refuse modules that no entry of the list of layers uses: their layers would never be read. */
tsr_status tsr_module_check_used(const tsr_jnode *root, const tsr_jnode *layers,
                                 tsr_error *err) TSR_MUST_USE;

#endif
