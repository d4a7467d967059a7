// SPDX-License-Identifier: Apache-2.0
// The choice of Yosys's memory_libmap: of all geometries of all kinds of memory the cheapest. Costs and
// geometries are those of its share/yosys/xilinx (brams_xc4v.txt, lutrams_xc5v.txt); tests/fit compares with what
// it really did.
#include "fit/ram_map.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/checked.h"

enum {
    lutram_luts = 4,   // of a RAM32M or RAM64M
    byte_bits = 9,     // what one write enable of a block covers
    width_share = 7,   // of a LUT memory's cost of 8, what is not charged for unused width
    lutram_ports = 3,  // data bits a LUT memory of 64 words keeps; twice that with 32 words
};

/** One way to build the memory. */
typedef struct way {
    int64_t cells;    // blocks or LUT memories
    int64_t stacked;  // pieces one above the other in address
    int32_t halves;   // RAMB18 in a cell: 1, 2, 4 (two RAMB36 in cascade); 0 = LUT memories
    double cost;
} way;

/** A cell of 2^address_bits data bits, in the first `widths` of the widths below. */
typedef struct geometry {
    int32_t cost, address_bits, widths, halves;
} geometry;

static void keep_cheaper(way *best, const way *other) {
    if (other->cost < best->cost) {
        *best = *other;
    }
}

/** What stacking costs: half for each piece of a multiplexer a bit, half for each piece's enable. */
static double stacking_cost(int32_t width, int64_t stacked) {
    const int64_t enables = stacked > 1 ? stacked : 0;
    return (double)((stacked - 1) * width + enables) / 2.0;
}

static void try_blocks(int32_t width, int64_t depth, way *best) {
    static const int32_t data_bits[] = {1, 2, 4, 9, 18, 36, 72};
    static const geometry kinds[] = {{129, 14, 6, 1}, {257, 15, 7, 2}, {513, 16, 1, 4}};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; ++k) {
        for (int32_t i = 0; i < kinds[k].widths; ++i) {
            const int32_t unit = data_bits[i];
            const int32_t byte = unit < byte_bits ? unit : byte_bits;
            const int64_t words = (int64_t)1 << (kinds[k].address_bits - i);
            const int64_t stacked = tsr_ceil_div(depth, words);
            const int64_t bits = stacked * tsr_ceil_div(width, byte) * byte;
            const int64_t cells = tsr_ceil_div(bits, unit);
            const way found = {cells, stacked, kinds[k].halves,
                               (double)(kinds[k].cost * cells) + stacking_cost(width, stacked)};
            keep_cheaper(best, &found);
        }
    }
}

static void try_luts(int32_t width, int64_t depth, way *best) {
    for (int32_t i = 0; i < 2; ++i) {
        const int32_t unit = i == 0 ? 2 * lutram_ports : lutram_ports;
        const int64_t stacked = tsr_ceil_div(depth, i == 0 ? 32 : 64);
        const int64_t cells = stacked * tsr_ceil_div(width, unit);
        const way found = {cells, stacked, 0,
                           (double)cells + (double)(width_share * stacked * width) / unit +
                               stacking_cost(width, stacked)};
        keep_cheaper(best, &found);
    }
}

/** LUTs a bit of a multiplexer, as seen (tests/fit): up to four inputs a LUT6, then with odd steps. */
static int64_t mux_luts(int64_t inputs) {
    static const int32_t seen[] = {0, 0, 1, 1, 1, 4, 2, 3, 3};

    enum { known = sizeof seen / sizeof seen[0] };

    return inputs < known ? seen[inputs] : tsr_ceil_div(inputs, 2);
}

static int64_t log2_up(int64_t value) {
    int64_t bits = 0;
    while (((int64_t)1 << bits) < value) {
        ++bits;
    }
    return bits;
}

tsr_ram_cells tsr_ram_map(int32_t width, int64_t depth) {
    tsr_ram_cells cells = {0};
    if (depth == 1) {  // a register is cheaper than any memory
        cells.ffs = 3 * (int64_t)width;
        return cells;
    }
    way best = {.cost = 1e18};
    try_luts(width, depth, &best);
    try_blocks(width, depth, &best);
    const bool block = best.halves > 0;
    cells.luts = block ? 0 : best.cells * lutram_luts;
    cells.luts += best.stacked > 1 ? best.stacked + width * mux_luts(best.stacked) : 0;
    cells.ffs = block ? width + log2_up(best.stacked) : 2 * (int64_t)width;
    cells.ramb36 = best.cells * (best.halves / 2);
    cells.ramb18 = best.halves == 1 ? best.cells : 0;
    return cells;
}
