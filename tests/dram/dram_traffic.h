// SPDX-License-Identifier: Apache-2.0
// Random traffic for the memory tests: several ports, streams, hot rows and scattered bursts, reproducible by seed.
#ifndef TESSERA_TESTS_DRAM_TRAFFIC_H
#define TESSERA_TESTS_DRAM_TRAFFIC_H

#include "dram/dram_rig.h"

/** A burst and the accelerator cycle of its handshake. */
typedef struct timed_burst {
    tsr_dram_burst burst;
    uint64_t cycle;
} timed_burst;

/** What the traffic is like. */
typedef struct traffic_shape {
    uint32_t ports;   /**< 1..8 */
    int64_t mean_gap; /**< between handshakes, accelerator cycles */
    int64_t write_percent;
    int64_t max_beats;
    bool any_beat_bytes; /**< else 16 */
} traffic_shape;

static inline uint64_t traffic_address(tsr_rng *rng, uint64_t *stream, uint64_t bytes,
                                       uint64_t capacity) {
    switch (tsr_rng_range(rng, 0, 3)) {
        case 0:  // somewhere
            *stream = (uint64_t)tsr_rng_range(rng, 0, (int64_t)(capacity - bytes));
            break;
        case 1:  // a few hot rows of a few banks
            *stream =
                (uint64_t)tsr_rng_range(rng, 0, 63) * 16384 + (uint64_t)tsr_rng_range(rng, 0, 255);
            break;
        default:  // on with the port's stream
            *stream += bytes;
            break;
    }
    if (*stream + 2 * bytes > capacity) {
        *stream = 0;
    }
    return *stream;
}

/** Fills `list`; bursts never cross 4 KiB, as AXI demands. */
static inline void traffic_make(timed_burst *list, size_t count, const traffic_shape *shape,
                                uint64_t capacity, tsr_rng *rng) {
    uint64_t stream[TSR_DRAM_MAX_PORTS] = {0};
    uint64_t cycle = (uint64_t)tsr_rng_range(rng, 0, 100);
    int64_t hurry = 0;
    for (size_t index = 0; index < count; ++index) {
        tsr_dram_burst *burst = &list[index].burst;
        burst->port = (uint32_t)tsr_rng_range(rng, 0, (int64_t)shape->ports - 1);
        burst->write = tsr_rng_range(rng, 0, 99) < shape->write_percent;
        burst->beat_bytes = shape->any_beat_bytes ? 1u << tsr_rng_range(rng, 2, 7) : 16;
        burst->beats = (uint32_t)tsr_rng_range(rng, 1, shape->max_beats);
        burst->beat_interval =
            tsr_rng_range(rng, 0, 3) != 0 ? 1 : (uint32_t)tsr_rng_range(rng, 1, 5);
        burst->rest_cycles = tsr_rng_range(rng, 0, 3) != 0 ? 0 : (uint32_t)tsr_rng_range(rng, 1, 9);
        const uint64_t room = 4096u / burst->beat_bytes;
        burst->beats = burst->beats > room ? (uint32_t)room : burst->beats;
        const uint64_t bytes = (uint64_t)burst->beats * burst->beat_bytes;
        uint64_t address = traffic_address(rng, &stream[burst->port], bytes, capacity);
        address -= address % burst->beat_bytes;
        if (address / 4096 != (address + bytes - 1) / 4096) {
            address = (address / 4096 + 1) * 4096;
        }
        burst->address = address;
        burst->tag = index;
        list[index].cycle = cycle;
        // Spurts with pauses between them: full queues and idle memory both happen.
        if (hurry > 0) {
            --hurry;
            cycle += (uint64_t)tsr_rng_range(rng, 0, 1);
        } else {
            cycle += (uint64_t)tsr_rng_range(rng, 0, 2 * shape->mean_gap);
            hurry = tsr_rng_range(rng, 0, 9) == 0 ? tsr_rng_range(rng, 1, 60) : 0;
        }
    }
}

/** Pushes everything, advancing to each handshake, and drains. */
static inline void traffic_play(dram_rig *rig, const timed_burst *list, size_t count) {
    for (size_t index = 0; index < count; ++index) {
        tsr_dram_advance(rig->dram, list[index].cycle);
        tsr_dram_push(rig->dram, &list[index].burst, list[index].cycle);
    }
    (void)rig_drain(rig);
}

/** A preset with clocks, queues, watermarks and latencies drawn anew. */
static inline tsr_dram_config traffic_config(const char *preset, tsr_rng *rng) {
    tsr_dram_config config = rig_preset(preset, (uint64_t)tsr_rng_range(rng, 20000000, 1500000000));
    config.page = tsr_rng_range(rng, 0, 1) != 0 ? TSR_DRAM_PAGE_OPEN : TSR_DRAM_PAGE_CLOSED;
    config.read_queue = (int32_t)tsr_rng_range(rng, 1, tsr_rng_range(rng, 0, 1) != 0 ? 6 : 64);
    config.write_queue = (int32_t)tsr_rng_range(rng, 1, tsr_rng_range(rng, 0, 1) != 0 ? 6 : 64);
    config.write_high = (int32_t)tsr_rng_range(rng, 1, config.write_queue);
    config.write_low = (int32_t)tsr_rng_range(rng, 0, config.write_high - 1);
    config.controller_cycles = (int32_t)tsr_rng_range(rng, 0, 12);
    static const char *const maps[] = {"row-column-bank", "row-bank-column"};
    const int64_t map = tsr_rng_range(rng, 0, 3);  // else the preset's
    if (map < 2) {
        (void)snprintf(config.address_map, sizeof config.address_map, "%s", maps[map]);
    }
    if (tsr_rng_range(rng, 0, 1) == 0) {
        config.timing.refi = 2000;  // refresh in the thick of it; every preset allows this
    }
    return config;
}

#endif
