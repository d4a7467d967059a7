// SPDX-License-Identifier: Apache-2.0
// What one tsr_ram becomes under Yosys 0.23 synth_xilinx -family xc7.
#ifndef TESSERA_FIT_RAM_MAP_H
#define TESSERA_FIT_RAM_MAP_H

#include <stdint.h>

/** Cells of one memory. A RAMB36 and two RAMB18 are the same piece of silicon. */
typedef struct tsr_ram_cells {
    int64_t ramb36, ramb18;
    int64_t luts;  // distributed memory (a RAM32M or RAM64M is four), decoders, output multiplexers
    int64_t ffs;   // output register, and what the block does not bring along
} tsr_ram_cells;

/** Of a memory of `depth` words of `width` bits, both at least 1. Blocks are exact; luts and ffs nearly. */
tsr_ram_cells tsr_ram_map(int32_t width, int64_t depth);

#endif
