// SPDX-License-Identifier: Apache-2.0
// The maps of a group that runs piece by piece, and which part of each a piece has. Found by regions.h.
#ifndef TESSERA_PLAN_REGION_MODEL_H
#define TESSERA_PLAN_REGION_MODEL_H

#include "plan/model/geometry.h"
#include "plan/model/plan_model.h"

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

void tsr_regions_free(tsr_regions *regions);

#endif
