// SPDX-License-Identifier: Apache-2.0
// What a plan's program moves over DRAM beside the idealised count, and the difference in parts
// that add up.
#ifndef TESSERA_REPORT_MOVED_H
#define TESSERA_REPORT_MOVED_H

#include <tessera/report.h>

/** What is compared. */
typedef enum tsr_moved_kind {
    TSR_MOVED_CONV_MAPS = 0,  // maps between convolutions, written and read
    TSR_MOVED_TAIL_MAPS,      // maps into and between fully connected layers, written and read
    TSR_MOVED_INPUT,
    TSR_MOVED_OUTPUT,
    TSR_MOVED_WEIGHTS,
    TSR_MOVED_DESCRIPTORS,
    TSR_MOVED_KIND_COUNT
} tsr_moved_kind;

/** Why moved and ideal differ; bytes, may be negative. moved = ideal + sum of all parts. */
typedef enum tsr_moved_part {
    TSR_PART_ON_CHIP = 0,   // the ideal sends the map through DRAM, the plan keeps it on chip
    TSR_PART_THROUGH_DRAM,  // the plan sends the map through DRAM, the ideal does not
    TSR_PART_SIZE,          // the map is stored in another form (before its pool, upsampled)
    TSR_PART_SKIPPED,       // rows and columns of a map that a stride does not read
    TSR_PART_HALO,          // rows and columns around a tile, read again
    TSR_PART_AGAIN,  // the same tile or weights read again: per output-channel group or per block
    TSR_PART_SHORTCUT,    // read by further layers: residual inputs
    TSR_PART_WASTE,       // beat alignment and channel padding
    TSR_PART_PARAMETERS,  // bias and scale records beside the weights
    TSR_PART_COMMANDS,    // the program itself
    TSR_PART_COUNT
} tsr_moved_part;

/** One kind of traffic. */
typedef struct tsr_moved_row {
    uint64_t ideal_bytes;
    uint64_t moved_bytes;
    int64_t part_bytes[TSR_PART_COUNT];
} tsr_moved_row;

/** One blocking of one network on one machine. */
typedef struct tsr_moved {
    tsr_moved_row rows[TSR_MOVED_KIND_COUNT];
    char on_chip_layers[160];  // convolutions whose map stays on chip although the ideal sends it
                               // out
    char through_dram_layers[160];  // the other way round
    tsr_plan_summary plan;
} tsr_moved;

/** Plan, lower and count. TSR_ERR_SHAPE, TSR_ERR_NOT_FIT or TSR_ERR_UNSUPPORTED where there is no
 * such plan. */
tsr_status tsr_moved_make(const tsr_network *network, const tsr_arch *arch,
                          const tsr_blocking *blocking, tsr_moved *moved,
                          tsr_error *err) TSR_MUST_USE;

#endif
