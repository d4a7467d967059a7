// SPDX-License-Identifier: Apache-2.0
// What a float and an integer forward run have in common: windows, padding choice, moves, shape check, named errors.
#ifndef TESSERA_FORWARD_STEPS_H
#define TESSERA_FORWARD_STEPS_H

#include <tessera/forward.h>

#include "forward/values.h"

/** Window of a conv, pool or global pool layer; every side has the mode `mode`. */
tsr_window tsr_step_window(const tsr_layer *layer, tsr_pad_mode mode);
/** The 2x2 stride-2 max pool itself; replaces *map. */
tsr_status tsr_step_pool_2x2(tsr_tensor *map, tsr_error *err) TSR_MUST_USE;
/** Layers that only move elements, any type: max pool, concat, flatten, upsample, pixel shuffle. */
tsr_status tsr_step_move(const tsr_layer *layer, const tsr_values *values, tsr_tensor *out,
                         tsr_error *err) TSR_MUST_USE;
/** [n][c][h][w] seen as [n][c*h*w][1][1]; borrows the data of `in`. */
tsr_tensor tsr_step_flat(const tsr_tensor *in);
/** A computed map must have the shape that the network was checked with. */
tsr_status tsr_step_check_shape(const tsr_layer *layer, const tsr_tensor *out,
                                tsr_error *err) TSR_MUST_USE;
/** Make sure that an error names the layer; returns `status`. */
tsr_status tsr_step_named(const tsr_layer *layer, tsr_status status, tsr_error *err);

#endif
