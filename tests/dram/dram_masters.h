// SPDX-License-Identifier: Apache-2.0
// Traffic of DMA engines: sequential bursts, a few outstanding, the next address when a response allows it.
#ifndef TESSERA_TESTS_DRAM_MASTERS_H
#define TESSERA_TESTS_DRAM_MASTERS_H

#include "dram/dram_traffic.h"

#define MASTERS 4

/** One direction of one port; moves a stretch of memory after the other. */
typedef struct dma_master {
    tsr_dram_burst next;    /**< its next burst, but for the tag */
    uint32_t max_beats;     /**< of a burst */
    uint32_t outstanding;   /**< 1..8 */
    int64_t stretch, pause; /**< bursts in a row at most; cycles between stretches at most */
    bool hot;               /**< goes round in one of two pages, which may be rows of one bank */
    int64_t left;           /**< bursts of this stretch */
    uint64_t earliest;      /**< no address before this cycle */
    uint64_t issued, answered, response[8];
} dma_master;

static inline dma_master master_draw(uint32_t port, tsr_rng *rng) {
    const uint32_t beat_bytes = 8u << tsr_rng_range(rng, 0, 2);
    return (dma_master){
        .next = {.port = port,
                 .write = tsr_rng_range(rng, 0, 1) != 0,
                 .beat_bytes = beat_bytes,
                 .beat_interval = (uint32_t)tsr_rng_range(rng, 1, 3),
                 .rest_cycles = tsr_rng_range(rng, 0, 3) != 0 ? 0 : 2},
        .max_beats = (uint32_t)tsr_rng_range(rng, 1, 32),
        .outstanding = (uint32_t)tsr_rng_range(rng, 1, 8),
        .stretch = tsr_rng_range(rng, 1, 200),
        .pause = tsr_rng_range(rng, 0, 1) != 0 ? 0 : tsr_rng_range(rng, 0, 3000),
        .hot = tsr_rng_range(rng, 0, 1) != 0,
    };
}

/** Cycle of the next address; UINT64_MAX while a response is awaited. */
static inline uint64_t master_cycle(const dma_master *master) {
    const uint64_t outstanding = master->issued - master->answered;
    const bool stretch_ends = master->left == 0;
    if (outstanding == master->outstanding || (stretch_ends && outstanding != 0)) {
        return UINT64_MAX;
    }
    uint64_t freed = 0;
    if (stretch_ends && master->issued != 0) {
        freed = master->response[(master->issued - 1) % 8] + 1;
    } else if (master->issued >= master->outstanding) {
        freed = master->response[(master->issued - master->outstanding) % 8] + 1;
    }
    return freed > master->earliest ? freed : master->earliest;
}

/** Starts the next stretch of a master whose responses are all there, among a few rows of every bank. */
static inline void master_turn(dma_master *master, tsr_rng *rng) {
    const int64_t draw = tsr_rng_range(rng, 0, 511);
    const uint64_t page = (uint64_t)(master->hot ? draw % 2 * 256 : draw);
    const uint64_t offset = (uint64_t)tsr_rng_range(rng, 0, 127) * master->next.beat_bytes;
    master->next.address = page * 4096 + offset;
    master->earliest = master_cycle(master) + (uint64_t)tsr_rng_range(rng, 0, master->pause);
    master->left = tsr_rng_range(rng, 1, master->stretch);
}

/** The burst that goes in `cycle`. */
static inline tsr_dram_burst master_issue(dma_master *master, uint64_t cycle) {
    tsr_dram_burst burst = master->next;
    const uint64_t in_page = (4096 - burst.address % 4096) / burst.beat_bytes;
    burst.beats = in_page < master->max_beats ? (uint32_t)in_page : master->max_beats;
    master->next.address += (uint64_t)burst.beats * burst.beat_bytes;
    if (master->hot && master->next.address % 4096 == 0) {
        master->next.address -= 4096;
    }
    master->earliest = cycle + 1;
    ++master->issued;
    --master->left;
    return burst;
}

/** Plays `count` bursts of the masters, one on each port from 0 up, and writes down what was pushed and when. */
static inline void masters_play(dram_rig *rig, dma_master *masters, uint32_t ports,
                                timed_burst *list, size_t count, tsr_rng *rng) {
    size_t seen = 0;
    uint64_t now = 0;
    for (size_t pushed = 0;;) {
        for (; seen < rig->completions; ++seen) {
            dma_master *master = &masters[rig->completion[seen].port];
            master->response[master->answered++ % 8] = rig->completion[seen].done;
        }
        uint64_t cycle = UINT64_MAX;
        dma_master *first = NULL;
        for (uint32_t port = 0; port < ports && pushed < count; ++port) {
            dma_master *master = &masters[port];
            if (master->left == 0 && master->issued == master->answered) {
                master_turn(master, rng);
            }
            if (master_cycle(master) < cycle) {
                first = master;
                cycle = master_cycle(master);
            }
        }
        const uint64_t event = tsr_dram_next_cycle(rig->dram);
        if (first == NULL && event == UINT64_MAX) {
            assert_int_equal(pushed, count);
            return;
        }
        if (event < cycle) {
            tsr_dram_advance(rig->dram, event);
            now = event;
            continue;
        }
        assert_true(cycle >= now);
        list[pushed] = (timed_burst){.burst = master_issue(first, cycle), .cycle = cycle};
        list[pushed].burst.tag = pushed;
        tsr_dram_push(rig->dram, &list[pushed].burst, cycle);
        ++pushed;
    }
}

#endif
