// SPDX-License-Identifier: Apache-2.0
// What DMA descriptors and descriptor fetches move, and what they take with ideal memory; closed
// forms, no burst loops.
#ifndef TESSERA_COUNTERS_DMA_LAW_H
#define TESSERA_COUNTERS_DMA_LAW_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/program.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a descriptor costs on its engine. */
typedef struct tsr_cost {
    uint64_t beats, bursts; /**< over the AXI port; 0 for compute */
    uint64_t cycles; /**< start to completion: the pass law, or the DMA law under ideal memory */
} tsr_cost;

/** Cycles from an address handshake to the first R beat that no memory of this description can
 * beat. */
uint64_t tsr_ideal_read_latency(const tsr_dram_config *dram);
/** Cycles from the last W beat to B that no memory of this description can beat. */
uint64_t tsr_ideal_write_latency(const tsr_dram_config *dram);

/**
 * Cost of any descriptor (end: zero). Ideal memory: every port gets a beat a beat_interval, the
 * first one tsr_ideal_read_latency after its address, and there is no limit to the bursts
 * outstanding. Then load:  dma_command + latency + beats * interval - 1 + dma_read_write, store:
 * dma_command + dma_store_read + 1 + beats * interval - 1 + latency, because an address a cycle is
 * always ahead of the beats; a load also rests tsr_desc_row_rest behind every row. No machine on any
 * memory does it faster.
 */
tsr_cost tsr_cost_of(const tsr_program *program, const tsr_desc *desc);

/** The descriptor stream as AXI bursts: a fixed partition, whatever the memory does. */
typedef struct tsr_fetch_walk {
    const tsr_program *program;
    uint64_t position, bytes; /**< next byte and end, relative to descriptor_address */
} tsr_fetch_walk;

tsr_fetch_walk tsr_fetch_first(const tsr_program *program);
/** Next burst: at most fetch_burst_units and max_burst_beats long, inside 4 KiB; false when there
 * is none. */
bool tsr_fetch_next(tsr_fetch_walk *walk, uint64_t *address, uint32_t *beats);

#ifdef __cplusplus
}
#endif
#endif
