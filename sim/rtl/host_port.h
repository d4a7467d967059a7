// SPDX-License-Identifier: Apache-2.0
// The outside of one AXI master: bursts it asked for, beats on their way, what the program says it
// should ask for.
#ifndef TESSERA_RTL_HOST_PORT_H
#define TESSERA_RTL_HOST_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/program.h>

#include "counters/dma_law.h"

/** A burst whose address was taken. */
typedef struct tsr_host_burst {
    uint64_t number, address;
    uint32_t beats, interval;
    uint32_t
        rest; /**< cycles between its last beat and the next burst's first, beside the interval */
    uint32_t moved;       /**< beats that have crossed */
    uint64_t taken_cycle; /**< writes: when the memory takes the last beat, TSR_HOST_UNKNOWN until
                             it says so */
} tsr_host_burst;

/** Beats of the oldest bursts whose times are known: count of them, at cycle, cycle + interval, ...
 */
typedef struct tsr_host_beats {
    uint64_t cycle;
    uint32_t count, interval;
} tsr_host_beats;

#define TSR_HOST_UNKNOWN UINT64_MAX

/** Queue of equal items: taken at `head`, added at `count`. */
typedef struct tsr_host_queue {
    void *items; /**< owned */
    size_t head, count, capacity, size;
} tsr_host_queue;

/** False when memory is out. */
bool tsr_host_put(tsr_host_queue *queue, const void *item);
/** Oldest item plus `index`, NULL when there are not so many. */
void *tsr_host_at(const tsr_host_queue *queue, size_t index);
size_t tsr_host_length(const tsr_host_queue *queue);
void tsr_host_take(tsr_host_queue *queue);

/** The bursts a port must ask for, in order. */
typedef struct tsr_host_expected {
    const tsr_program *program;
    tsr_port port;
    int32_t index; /**< descriptor, of this port's engine */
    tsr_burst_walk walk;
    tsr_fetch_walk fetch;
} tsr_host_expected;

tsr_host_expected tsr_host_expect(const tsr_program *program, tsr_port port);
/** The next one; false when the program asks for no more on this port. */
bool tsr_host_next(tsr_host_expected *expected, uint64_t *address, uint32_t *beats,
                   uint32_t *interval, uint32_t *rest);

/** One master. */
typedef struct tsr_host_port {
    tsr_port id;
    bool write;
    tsr_host_expected expected;
    tsr_host_queue
        bursts; /**< tsr_host_burst, not answered; W beats go to the oldest that lacks some */
    tsr_host_queue beats;     /**< reads: tsr_host_beats */
    tsr_host_queue responses; /**< writes: uint64_t, cycle of B */
    uint64_t asked, answered; /**< bursts */
    size_t data_at;           /**< writes: which of `bursts` takes the next W beat */
} tsr_host_port;

void tsr_host_port_init(tsr_host_port *port, const tsr_program *program, tsr_port id);
void tsr_host_port_free(tsr_host_port *port);

#endif
