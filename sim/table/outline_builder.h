// SPDX-License-Identifier: Apache-2.0
// Reading a network as an outline: what each layer's value is made of, while the stages grow.
#ifndef TESSERA_TABLE_OUTLINE_BUILDER_H
#define TESSERA_TABLE_OUTLINE_BUILDER_H

#include <tessera/table.h>

/** What the value of a layer is made of: maps of stages, side by side in channels. */
typedef struct outline_value {
    int32_t first, count;  // in outline_builder.sources
    bool sole;  // one stage's map, read by one layer at each step since: may still change
    bool tail;  // behind a global pool, flatten or gemm
} outline_value;

/** An outline in the making. */
typedef struct outline_builder {
    const tsr_network *network;
    tsr_outline *outline;
    outline_value *values;  // one a layer
    int32_t *sources;       // stage indices, -1: the network input
    int32_t source_count, source_capacity;
    int32_t operand_capacity;
    int32_t *depth;    // of a stage: longest way from the input
    bool *feeds_conv;  // of a layer: a convolution reads it, directly or not
} outline_builder;

/** Append the stage a layer makes; its value becomes the layer's. */
tsr_status outline_new_stage(outline_builder *b, int32_t layer, tsr_outline_kind kind,
                             tsr_error *err) TSR_MUST_USE;
/** Let a stage read a value. */
tsr_status outline_add_operands(outline_builder *b, int32_t stage, const outline_value *value,
                                bool shortcut, tsr_error *err) TSR_MUST_USE;
/** Append a source to the value that is being made last. */
tsr_status outline_add_source(outline_builder *b, int32_t source, tsr_error *err) TSR_MUST_USE;
/** Bring the stages into an order in which they can run and their operands side by side. */
tsr_status outline_order(outline_builder *b, tsr_error *err) TSR_MUST_USE;

#endif
