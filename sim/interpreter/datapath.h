// SPDX-License-Identifier: Apache-2.0
// The machine's memories and scratch space, shared by the files that carry out one kind of
// descriptor each.
#ifndef TESSERA_INTERPRETER_DATAPATH_H
#define TESSERA_INTERPRETER_DATAPATH_H

#include <stddef.h>
#include <stdint.h>

#include <tessera/interpreter.h>
#include <tessera/kernels.h>

#include "program/map_view.h"

/** A buffer that only grows; content is lost when it does. */
typedef struct tsr_scratch {
    void *data; /**< owned */
    size_t bytes;
} tsr_scratch;

/** All state of the machine between two descriptors. */
struct tsr_datapath {
    tsr_arch arch;
    tsr_isa isa;
    int32_t element_bytes, word_bytes; /**< of activations; of one feature word */
    uint8_t *feature;                  /**< owned, [line][bank][tn] elements */
    uint64_t feature_bytes;
    uint8_t *weight;      /**< owned, [word][tm][tn] elements */
    uint8_t *parameter;   /**< owned, [entry][tm] records of 16 bytes */
    void *chunk;          /**< owned, accumulators [tp][tm] of an unfinished sum */
    int64_t chunk_pixels; /**< pixels of the unfinished sum; 0 = there is none */
    tsr_scratch tile;     /**< padded input tile */
    tsr_scratch sums;     /**< accumulators of finished tiles */
    tsr_scratch columns;  /**< int64 word offsets by column, -1 = padding */
    tsr_scratch rows;     /**< int32 results of up to two output rows */
};

/** At least `bytes` of scratch, or NULL when memory is out. */
void *tsr_scratch_get(tsr_scratch *scratch, size_t bytes);

/** One word of the feature pool by its row's first line and its column's word offset. */
static inline uint8_t *tsr_datapath_word(const tsr_datapath *dp, int64_t row_line,
                                         int64_t column_word) {
    return dp->feature + (size_t)(row_line * dp->arch.tp + column_word) * (size_t)dp->word_bytes;
}

/** The same value into the first lanes of a word. */
void tsr_datapath_fill(const tsr_datapath *dp, int64_t value, int32_t lanes, uint8_t *word);

/** Executors of one kind each; the descriptor has passed tsr_desc_check. */
void tsr_datapath_load_feature(tsr_datapath *dp, const tsr_desc_load_feature *d,
                               const uint8_t *memory);
void tsr_datapath_store(tsr_datapath *dp, const tsr_desc_store *d, uint8_t *memory);
void tsr_datapath_load_weight(tsr_datapath *dp, const tsr_desc_load_weight *d,
                              const uint8_t *memory);
tsr_status tsr_datapath_conv(tsr_datapath *dp, const tsr_desc *desc, tsr_error *err) TSR_MUST_USE;
tsr_status tsr_datapath_pool(tsr_datapath *dp, const tsr_desc *desc, tsr_error *err) TSR_MUST_USE;

/**
 * Diagonal weights over the padded tile: sum [m_groups][out_h][out_w][tm], row p*tn + n of the array
 * takes lane n of plane p alone. `weight` holds the groups' weight words, each group from a word of
 * its own on. Added to with shape->accumulate, else overwritten.
 */
void tsr_datapath_diagonal(const tsr_datapath *dp, const tsr_tile_conv *shape,
                           const uint8_t *weight, void *sums);
/** The same with every weight = `value`. */
void tsr_datapath_ones(const tsr_datapath *dp, const tsr_tile_conv *shape, int64_t value,
                       void *sums);

/** Accumulators of groups first..first+count-1, [count][out_h][out_w][tm], to output words. */
tsr_status tsr_datapath_post(tsr_datapath *dp, const tsr_desc_conv *d, int64_t first_group,
                             int64_t count, const void *sums, tsr_error *err) TSR_MUST_USE;

#endif
