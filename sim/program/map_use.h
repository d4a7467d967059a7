// SPDX-License-Identifier: Apache-2.0
// The pixels of a map that one descriptor reads or writes: a rectangle, perhaps with steps, on some
// planes.
#ifndef TESSERA_PROGRAM_MAP_USE_H
#define TESSERA_PROGRAM_MAP_USE_H

#include "program/map_view.h"

/**
 * Pixels (y0 + y*step_h, x0 + x*step_w), y < h, x < w, on planes g*group_planes + p, p < planes, g <
 * groups. Steps of 0 mean 1; groups of 0 mean 1. Groups never overlap: those that touch are one.
 */
typedef struct tsr_map_use {
    tsr_map_view map;
    int64_t planes, y0, x0, h, w;
    const char *name;
    int64_t step_h, step_w;
    int64_t groups, group_planes;
} tsr_map_use;

tsr_map_use tsr_use_of_load(const tsr_desc_load_feature *d);
tsr_map_use tsr_use_of_store(const tsr_desc_store *d);
/** What all groups of the pass read together. */
tsr_map_use tsr_use_of_conv_in(const tsr_desc_conv *d);
tsr_map_use tsr_use_of_conv_out(const tsr_arch *arch, const tsr_desc_conv *d);
tsr_map_use tsr_use_of_residual(const tsr_arch *arch, const tsr_desc_conv *d);
tsr_map_use tsr_use_of_pool_in(const tsr_desc_pool *d);
tsr_map_use tsr_use_of_pool_out(const tsr_desc_pool *d);

static inline int64_t tsr_step(int64_t field) {
    return field > 1 ? field : 1;
}

/** Number of the last plane + 1. */
static inline int64_t tsr_use_plane_end(const tsr_map_use *use) {
    return use->groups > 1 ? (use->groups - 1) * use->group_planes + use->planes : use->planes;
}

/** Rows and columns between the first and the last one, both included. */
static inline int64_t tsr_use_height(const tsr_map_use *use) {
    return (use->h - 1) * tsr_step(use->step_h) + 1;
}

static inline int64_t tsr_use_width(const tsr_map_use *use) {
    return (use->w - 1) * tsr_step(use->step_w) + 1;
}

#endif
