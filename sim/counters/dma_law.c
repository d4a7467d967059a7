// SPDX-License-Identifier: Apache-2.0
// Beats, bursts and ideal cycles of DMA descriptors by arithmetic on rows; the fixed partition of
// descriptor fetches.
#include "counters/dma_law.h"

enum { AXI_PAGE_BYTES = 4096 };  // no AXI burst crosses this boundary

uint64_t tsr_ideal_read_latency(const tsr_dram_config *dram) {
    // Banked: the controller sees a burst one cycle after its handshake; a read served from the
    // write queue needs no more.
    return dram->kind == TSR_DRAM_BANKED ? 1 + (uint64_t)dram->controller_cycles
                                         : (uint64_t)dram->ideal_latency_cycles;
}

uint64_t tsr_ideal_write_latency(const tsr_dram_config *dram) {
    return tsr_ideal_read_latency(
        dram);  // the same two parts: seen a cycle later, answered controller_cycles later
}

/** Rows of bytes of a DMA descriptor; load_feature and store have the same fields. */
typedef struct dma_rows {
    uint64_t address, planes, plane_stride, rows, row_stride, row_bytes;
} dma_rows;

static dma_rows rows_of(const tsr_arch *arch, const tsr_desc *desc) {
    switch (desc->header.opcode) {
        case TSR_OP_LOAD_FEATURE: {
            const tsr_desc_load_feature *d = &desc->u.load_feature;
            return (dma_rows){(uint64_t)d->dram_address,       (uint64_t)d->planes,
                              (uint64_t)d->plane_stride_bytes, (uint64_t)d->rows,
                              (uint64_t)d->row_stride_bytes,   (uint64_t)d->row_bytes};
        }
        case TSR_OP_STORE: {
            const tsr_desc_store *d = &desc->u.store;
            return (dma_rows){(uint64_t)d->dram_address,       (uint64_t)d->planes,
                              (uint64_t)d->plane_stride_bytes, (uint64_t)d->rows,
                              (uint64_t)d->row_stride_bytes,   (uint64_t)d->row_bytes};
        }
        default: {
            const tsr_desc_load_weight *d = &desc->u.load_weight;
            const uint64_t parameters =
                d->parameters != 0 ? (uint64_t)arch->tm * TSR_PARAMETER_RECORD_BYTES : 0;
            const uint64_t weights =
                (uint64_t)d->words_per_group * (uint64_t)tsr_arch_weight_word_bytes(arch);
            return (dma_rows){(uint64_t)d->dram_address,
                              (uint64_t)d->groups,
                              (uint64_t)d->group_stride_bytes,
                              1,
                              0,
                              parameters + weights};
        }
    }
}

static uint64_t ceil_div(uint64_t a, uint64_t b) {
    return (a + b - 1) / b;
}

/** Bursts of the beat-aligned range [start, stop): each page is cut from its own start. */
static uint64_t bursts_of_range(uint64_t start, uint64_t stop, uint64_t burst_bytes) {
    const uint64_t first_page = start / AXI_PAGE_BYTES;
    const uint64_t last_page = (stop - 1) / AXI_PAGE_BYTES;
    if (first_page == last_page) {
        return ceil_div(stop - start, burst_bytes);
    }
    const uint64_t head = (first_page + 1) * AXI_PAGE_BYTES - start;
    const uint64_t tail = stop - last_page * AXI_PAGE_BYTES;
    return ceil_div(head, burst_bytes) +
           (last_page - first_page - 1) * ceil_div(AXI_PAGE_BYTES, burst_bytes) +
           ceil_div(tail, burst_bytes);
}

/** Beats and bursts of one plane whose first row starts at `address`. */
static void add_plane(const dma_rows *rows, uint64_t address, uint64_t beat, uint64_t burst_bytes,
                      tsr_cost *cost) {
    for (uint64_t row = 0; row < rows->rows; ++row) {
        const uint64_t at = address + row * rows->row_stride;
        const uint64_t start = at & ~(beat - 1);
        const uint64_t stop = (at + rows->row_bytes + beat - 1) & ~(beat - 1);
        cost->beats += (stop - start) / beat;
        cost->bursts += bursts_of_range(start, stop, burst_bytes);
    }
}

static void add_rows(const tsr_arch *arch, const dma_rows *rows, tsr_cost *cost) {
    const uint64_t beat = (uint64_t)tsr_arch_beat_bytes(arch);
    const uint64_t burst_bytes = beat * (uint64_t)arch->max_burst_beats;
    if (rows->rows == 0 || rows->row_bytes == 0) {
        return;
    }
    // Planes a whole number of pages apart are cut alike.
    const bool alike = rows->plane_stride % AXI_PAGE_BYTES == 0;
    const uint64_t walked = alike && rows->planes > 1 ? 1 : rows->planes;
    for (uint64_t plane = 0; plane < walked; ++plane) {
        add_plane(rows, rows->address + plane * rows->plane_stride, beat, burst_bytes, cost);
    }
    if (walked != rows->planes) {
        cost->beats *= rows->planes;
        cost->bursts *= rows->planes;
    }
}

tsr_cost tsr_cost_of(const tsr_program *program, const tsr_desc *desc) {
    const tsr_arch *arch = &program->arch;
    const tsr_engine engine = tsr_desc_engine(desc);
    tsr_cost cost = {0};
    if (engine == TSR_ENGINE_COUNT) {
        return cost;
    }
    if (engine == TSR_ENGINE_COMPUTE) {
        cost.cycles = tsr_desc_pass_law(arch, desc).cycles;
        return cost;
    }
    const dma_rows rows = rows_of(arch, desc);
    add_rows(arch, &rows, &cost);
    const uint64_t interval = tsr_desc_beat_interval(arch, desc);
    const uint64_t stream = cost.beats > 0 ? (cost.beats - 1) * interval : 0;
    // and the words of one beat beyond its first: gathered before the first beat, or put away after the last
    cost.cycles = TSR_UARCH_DMA_COMMAND_CYCLES + stream + interval - 1;
    if (engine == TSR_ENGINE_STORE) {
        cost.cycles += TSR_UARCH_DMA_STORE_READ_CYCLES + 1 + tsr_ideal_write_latency(&arch->dram);
    } else {
        cost.cycles += tsr_ideal_read_latency(&arch->dram) + TSR_UARCH_DMA_READ_WRITE_CYCLES +
                       rows.planes * rows.rows * tsr_desc_row_rest(desc);
    }
    return cost;
}

tsr_fetch_walk tsr_fetch_first(const tsr_program *program) {
    tsr_fetch_walk walk = {.program = program};
    for (int32_t i = 0; i < program->desc_count; ++i) {
        walk.bytes += tsr_program_desc_bytes(program, i);
    }
    return walk;
}

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

bool tsr_fetch_next(tsr_fetch_walk *walk, uint64_t *address, uint32_t *beats) {
    if (walk->position >= walk->bytes) {
        return false;
    }
    const tsr_arch *arch = &walk->program->arch;
    const uint64_t beat = (uint64_t)tsr_arch_beat_bytes(arch);
    const uint64_t at = walk->program->descriptor_address + walk->position;
    uint64_t bytes = smaller(TSR_UARCH_FETCH_BURST_UNITS * TSR_UARCH_DESCRIPTOR_UNIT_BYTES,
                             beat * (uint64_t)arch->max_burst_beats);
    bytes = smaller(bytes, AXI_PAGE_BYTES - at % AXI_PAGE_BYTES);
    bytes = smaller(bytes, walk->bytes - walk->position);
    *address = at;
    *beats = (uint32_t)(bytes / beat);
    walk->position += bytes;
    return true;
}
