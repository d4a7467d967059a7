// SPDX-License-Identifier: Apache-2.0
// What became of each layer of a run: its schedule, and what the program made of that.
#ifndef TESSERA_VALIDATE_COVERAGE_LAYERS_H
#define TESSERA_VALIDATE_COVERAGE_LAYERS_H

#include <tessera/plan.h>
#include <tessera/program.h>

/** One layer. */
typedef struct tsr_cover_layer {
    int32_t part;           /**< of the schedule, -1 for none */
    tsr_schedule_mode mode; /**< of the part, or of the rest */
    bool runs, cut,
        shares; /**< has passes; in more than one block or tile; in a group with other layers */
} tsr_cover_layer;

/** Owned by the caller: tsr_free. */
tsr_status tsr_cover_layers(const tsr_program *program, const tsr_schedule *schedule,
                            tsr_cover_layer **layers, tsr_error *err) TSR_MUST_USE;
/** Is the layer run as its mode says? One that is left whole has not been blocked, and one in a group of its own has
 * neither been recomputed nor cached. */
bool tsr_cover_is_run(const tsr_cover_layer *layer);

#endif
