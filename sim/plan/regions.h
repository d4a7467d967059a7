// SPDX-License-Identifier: Apache-2.0
// Which part of every map a group needs for each piece of its output: tiles with their halos
// (recompute), or strips that add rows to what is kept (cached).
#ifndef TESSERA_PLAN_REGIONS_H
#define TESSERA_PLAN_REGIONS_H

#include "plan/geometry.h"
#include "plan/plan_model.h"

/** One map that the group touches, or the second place of one that a stage reads twice at once. */
typedef struct tsr_region_map {
    int32_t map;
    bool loaded;                  // made before the group
    bool stored;                  // needed after it
    bool twice;                   // the copy for adds by stages that also convolve the map
    int32_t first_plane, planes;  // words of the map's pixels that its place holds
    int32_t real_planes;          // of these, words that the group reads or makes on purpose
    int32_t made;                 // end of the words that the group itself writes
    int32_t writers;              // stages of the group that write it
    int32_t step;                 // its rows and columns are made so many at a time
    int32_t stride_w;             // of its windows
    int32_t pack;                 // neighbouring pixels in each word of its place; 1: none
    tsr_shape shape;              // [channel, pixel]
    int32_t first_step;           // of its first writer, or of its first reader where it is loaded
    int32_t last_step;            // of its last reader, or writer
    int32_t last_writer;          // step; -1: loaded
    int32_t most_h, most_w;       // largest piece with what its place holds beside it [pixel]
    int64_t sum_h, sum_w;         // over all pieces of an axis
    int64_t filler_h, filler_w;   // of words that the array reads behind the real ones
    int32_t ring;  // rows of its place that go round; 0: a place for one piece at a time
    int32_t kept;  // most rows kept from one strip to the next
    int32_t slot, second_slot;
    int32_t instance[2];  // while operations are made: what is in the two slots
} tsr_region_map;

/** The words of one stage in one piece of an axis of a cached group. */
typedef struct tsr_overlap_piece {
    int32_t read;   // lowest row (column) that is read; what earlier pieces made begins there
    int32_t keep;   // first of those made here that later pieces read
    int32_t index;  // where that one lies among all that are kept
} tsr_overlap_piece;

/** Where the words of one stage wait for later pieces. */
typedef struct tsr_overlap {
    int32_t rows, columns;        // kept, all pieces together
    bool own;                     // in maps of their own; else the map itself is stored
    int32_t row_map, column_map;  // in DRAM, once the plan has addresses
} tsr_overlap;

/** What the rings of a cut have room for. */
typedef enum tsr_strips_state {
    TSR_STRIPS_NONE = 0,  // not known yet
    TSR_STRIPS_ALONE,     // one strip, and what is kept
    TSR_STRIPS_AHEAD      // of loaded maps the rows of the next strip too
} tsr_strips_state;

/** The maps of a stretch of stages, and the pieces of each. Piece (i, j) of map e has rows
 * y[e * rows + i] and columns x[e * cols + j]; its place in the pool begins with row
 * top[e * rows + i] and column left[e * cols + j]. Tiles run row by row, the pieces of a cached group
 * column by column. */
struct tsr_regions {
    int32_t first, last;  // stages
    bool cached;  // pieces are disjoint: what earlier ones made is still there, or comes back
    bool rings;   // ... its rows are still there
    tsr_strips_state sized;  // of the rings of these rows
    int32_t map_count;
    tsr_region_map *maps;       // owned
    int32_t *in, *added, *out;  // owned together, [stages]: maps by index, -1 none
    tsr_block *whole;           // owned, [stages]: the stage as one block
    int32_t tile_h, tile_w;     // of the last map [pixel]
    int32_t rows, cols;         // pieces
    bool whole_y, whole_x;      // enlarged maps are made in whole steps that are read
    tsr_stretch *y, *x;         // owned, with room for a piece a row and a column
    int32_t *top, *left;        // owned, like y and x
    tsr_overlap *overlaps;      // owned, [stages]
    // owned, [stages][rows] and [stages][cols], like y and x
    tsr_overlap_piece *row_pieces, *col_pieces;
};

/** Maps of the stages first..last; no pieces yet. TSR_ERR_UNSUPPORTED names a stage that cannot be
 * run piece by piece. */
tsr_status tsr_regions_create(const tsr_plan *plan, int32_t first, int32_t last, bool cached,
                              tsr_regions **regions, tsr_error *err) TSR_MUST_USE;
void tsr_regions_free(tsr_regions *regions);
/** Cut one axis of the last map into pieces of `tile` and find what every map needs for each. */
void tsr_regions_cut(const tsr_plan *plan, tsr_regions *r, bool vertical, int32_t tile);
/** Extent of the last map along an axis. */
int32_t tsr_regions_extent(const tsr_regions *r, bool vertical);
/** Rows (columns) of its input map, clipped to the image, that stage `step` of the group needs for
 * some of its output; empty for none. Strips leave no row between them that nobody reads. */
tsr_stretch tsr_regions_window(const tsr_plan *plan, const tsr_regions *r, int32_t step,
                               bool vertical, tsr_stretch out);
/** The same of what the window computes, before a fused pool or steps: what an add reads. */
tsr_stretch tsr_regions_conv(const tsr_plan *plan, const tsr_regions *r, int32_t step,
                             tsr_stretch out);
/** Rows (columns) of a loaded map's piece for which an add reads words beyond the real ones. */
tsr_stretch tsr_regions_filler(const tsr_plan *plan, const tsr_regions *r, int32_t e, bool vertical,
                               int32_t piece);
/** What belongs to a piece alone: the part of its rows (columns) that no earlier piece has. */
tsr_stretch tsr_regions_own(const tsr_regions *r, int32_t map, bool vertical, int32_t piece);
/** Nothing is made for a piece that it neither reads nor stores: a pass in vain, which the program
 * check refuses. */
bool tsr_regions_all_used(const tsr_plan *plan, const tsr_regions *r);
/** Pieces for which stage `step` has something to do. */
int64_t tsr_regions_runs(const tsr_regions *r, int32_t step);
/** Tiles or strips, and what is kept of the maps between them. */
void tsr_regions_print(const tsr_plan *plan, const tsr_regions *r, FILE *file);

#endif
