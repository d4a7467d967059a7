// SPDX-License-Identifier: Apache-2.0
// What a plan's program moves, holds and computes beside the idealised count of the tables, and the
// difference in parts that add up.
#ifndef TESSERA_REPORT_MOVED_H
#define TESSERA_REPORT_MOVED_H

#include <tessera/report.h>

/** What is compared. */
typedef enum tsr_moved_kind {
    TSR_MOVED_CONV_MAPS = 0,  // maps between convolutions, written and read
    TSR_MOVED_TAIL_MAPS,      // maps into and between fully connected layers, written and read
    TSR_MOVED_INPUT,
    TSR_MOVED_OUTPUT,
    TSR_MOVED_WEIGHTS,  // beside each weight once
    TSR_MOVED_DESCRIPTORS,
    TSR_MOVED_TRAFFIC_COUNT,                       // those before make up what moves over DRAM
    TSR_MOVED_STREAMED = TSR_MOVED_TRAFFIC_COUNT,  // of convolutions, beside once for each block
    TSR_MOVED_BLOCK_SET,  // peak of the feature pool beside the working set of one block
    TSR_MOVED_ON_CHIP,    // the same beside the least storage with all maps on chip
    TSR_MOVED_LINES,      // the same beside line buffers
    TSR_MOVED_MACS,       // of the array
    TSR_MOVED_KIND_COUNT
} tsr_moved_kind;

/** Why moved and ideal differ; may be negative. moved = ideal + sum of all parts. */
typedef enum tsr_moved_part {
    TSR_PART_ON_CHIP = 0,   // the ideal sends the map through DRAM, the plan keeps it on chip
    TSR_PART_THROUGH_DRAM,  // the plan sends the map through DRAM, the ideal does not
    TSR_PART_SIZE,          // the map is stored in another form (before its pool, upsampled)
    TSR_PART_SKIPPED,       // rows and columns of a map that a stride or a pool does not read
    TSR_PART_HALO,          // around a tile: read again, computed again
    TSR_PART_AGAIN,  // the same tile or weights read again: per output-channel group or per block
    TSR_PART_SHORTCUT,    // read by further layers: residual inputs
    TSR_PART_WASTE,       // beat alignment, channels up to words, columns up to banks
    TSR_PART_PARAMETERS,  // bias and scale records beside the weights
    TSR_PART_COMMANDS,    // the program itself
    TSR_PART_KEPT,        // weights that stay, or that blocks run together share
    TSR_PART_GROUPS,      // line buffers of groups that do not run at that time
    TSR_PART_AHEAD,       // maps loaded before their pass
    TSR_PART_HELD,        // more or fewer rows, blocks and maps at once than the ideal has
    TSR_PART_ARRAY,       // averages, adds and copies that the array does
    TSR_PART_COUNT
} tsr_moved_part;

/** One figure: bytes, or MACs. */
typedef struct tsr_moved_row {
    bool counted;  // false: this schedule has no such figure
    uint64_t ideal;
    uint64_t moved;
    int64_t parts[TSR_PART_COUNT];
} tsr_moved_row;

/** One schedule of one network on one machine. */
typedef struct tsr_moved {
    tsr_moved_row rows[TSR_MOVED_KIND_COUNT];
    char on_chip_layers[160];  // convolutions whose map stays on chip although the ideal sends it
                               // out
    char through_dram_layers[160];  // the other way round
    tsr_moved_row gemm_weights;     // of fully connected layers; a part of the weights
    uint64_t peak_bytes;            // most that the feature pool holds at once
    char peak_text[288];            // when, and which maps these are
    uint64_t layer_macs;            // of the network with its strides, everything once
    double ideal_input_factor;      // reads of the network input by overlapped tiles, 1 without
    tsr_plan_summary plan;
} tsr_moved;

/**
 * Plan, lower, estimate and count. The peak is that of the closed form's time line. The ideal beside
 * cached, recompute and auto has every map on chip; beside layerwise and blocks it is that of the
 * tables. TSR_ERR_SHAPE, TSR_ERR_NOT_FIT or TSR_ERR_UNSUPPORTED where there is no such plan.
 */
tsr_status tsr_moved_make(const tsr_network *network, const tsr_arch *arch,
                          const tsr_schedule *schedule, tsr_moved *moved,
                          tsr_error *err) TSR_MUST_USE;

#endif
