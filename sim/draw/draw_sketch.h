// SPDX-License-Identifier: Apache-2.0
// A network while it is drawn: layers behind one another, taken back when nothing comes of them.
#ifndef TESSERA_DRAW_DRAW_SKETCH_H
#define TESSERA_DRAW_DRAW_SKETCH_H

#include "draw/draw.h"

/** No layer: a module that cannot be where it was wanted. */
enum { TSR_SKETCH_NONE = -1 };

typedef struct tsr_sketch {
    tsr_rng *rng;
    const tsr_draw_wish *wish;
    tsr_network *network;
    int32_t capacity;
} tsr_sketch;

/** A layer that reads `input`; its window is one pixel. Returns its number. */
int32_t tsr_sketch_layer(tsr_sketch *s, tsr_layer_kind kind, int32_t input);
/** A convolution that keeps the size of its map, perhaps with a bias, perhaps not to be blocked. */
int32_t tsr_sketch_conv(tsr_sketch *s, int32_t input, int32_t channels, int32_t kernel);
/** A layer of two inputs. */
int32_t tsr_sketch_join(tsr_sketch *s, tsr_layer_kind kind, int32_t a, int32_t b);
/** Perhaps a batch norm (of a conv), perhaps a relu behind `layer`. Returns the last of them. */
int32_t tsr_sketch_dress(tsr_sketch *s, int32_t layer, bool norm);
/** The sum of two maps, perhaps with a relu. */
int32_t tsr_sketch_sum(tsr_sketch *s, int32_t a, int32_t b);
/** Every window of `layer` reads so many pixels around it at most as the schedule can make. */
void tsr_sketch_dilate(tsr_sketch *s, int32_t layer, int32_t dilation);

static inline tsr_layer *tsr_sketch_at(const tsr_sketch *s, int32_t layer) {
    return &s->network->layers[layer];
}

/** Channels: mostly whole words. */
int32_t tsr_sketch_channels(const tsr_sketch *s);
/** Channels that fill words. */
int32_t tsr_sketch_words(const tsr_sketch *s, int32_t most);
/** May a window of this size stride by 2 over the map? */
bool tsr_sketch_strides(const tsr_sketch *s, const tsr_shape *map, int32_t kernel);

/** One module at the end of layer `from`: conv, residual block, pool, branches and so on. Returns
 * the last layer of it. */
int32_t tsr_sketch_module(tsr_sketch *s, int32_t from);

/* Modules without weights of their own, or around what has them (draw_moves.c); TSR_SKETCH_NONE: not here. */
int32_t tsr_sketch_max_pool(tsr_sketch *s, int32_t from);
int32_t tsr_sketch_average_pool(tsr_sketch *s, int32_t from);
int32_t tsr_sketch_global_mean(tsr_sketch *s, int32_t from);
/** Branches that start from one map, beside one another. */
int32_t tsr_sketch_branches(tsr_sketch *s, int32_t from);
/** Upsampling, or a pixel shuffle with or without a conv before it. */
int32_t tsr_sketch_enlarge(tsr_sketch *s, int32_t from);
/** Down, across, up again, and beside what was there. */
int32_t tsr_sketch_valley(tsr_sketch *s, int32_t from);
/** The sum with, or a concat beside, any earlier map. */
int32_t tsr_sketch_far_sum(tsr_sketch *s, int32_t from);
int32_t tsr_sketch_far_concat(tsr_sketch *s, int32_t from);
int32_t tsr_sketch_clamp(tsr_sketch *s, int32_t from);

#endif
