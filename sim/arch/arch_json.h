// SPDX-License-Identifier: Apache-2.0
// An architecture as JSON, both ways: what configs/arch holds, and what programs and manifests
// carry along.
#ifndef TESSERA_ARCH_ARCH_JSON_H
#define TESSERA_ARCH_ARCH_JSON_H

#include <tessera/arch.h>

#include "base/json.h"

/** Read and check an architecture object. Unknown keys are refused. *arch is untouched on failure.
 */
tsr_status tsr_arch_from_node(const tsr_jnode *node, tsr_arch *arch, tsr_error *err) TSR_MUST_USE;
/** Write every field, the resolved memory included: tsr_arch_from_node gives the same architecture.
 */
void tsr_arch_write(const tsr_arch *arch, tsr_jwriter *writer);

/** Read the "dram" object: a preset with overrides, or a kind with every field. */
tsr_status tsr_arch_dram_from_node(const tsr_jnode *node, uint64_t accelerator_clock_hz,
                                   tsr_dram_config *dram, tsr_error *err) TSR_MUST_USE;
/** Write the "dram" object in full. */
void tsr_arch_dram_write(const tsr_dram_config *dram, tsr_jwriter *writer);

#endif
