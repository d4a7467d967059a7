// SPDX-License-Identifier: Apache-2.0
// Speed of the DRAM model: accesses, busy DRAM cycles and bytes simulated per second of host time.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tessera/dram.h>

#include "base/rng.h"

#define WINDOW \
    256u /**< completions remembered per port and direction; more than any outstanding limit */
#define BURST_BYTES 128u
#define BEAT_BYTES 32u

/** A master: at most `outstanding` bursts in flight, one address handshake a cycle. */
typedef struct master {
    uint64_t done[WINDOW];
    uint64_t pushed, completed;
    uint32_t outstanding;
} master;

typedef struct bench {
    master side[TSR_DRAM_MAX_PORTS][2];
} bench;

static void on_done(void *user, uint32_t port, bool write, uint64_t tag, uint64_t first_beat,
                    uint64_t done) {
    master *side = &((bench *)user)->side[port][write];
    (void)tag;
    (void)first_beat;
    side->done[side->completed++ % WINDOW] = done;
}

static uint64_t host_ns(void) {
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/** Pushes one burst as soon as the master may; returns the cycle of the handshake. */
static uint64_t push(bench *state, tsr_dram *dram, const tsr_dram_burst *burst, uint64_t cycle) {
    master *side = &state->side[burst->port][burst->write];
    if (side->pushed >= side->outstanding) {
        const uint64_t awaited = side->pushed - side->outstanding;
        while (side->completed <= awaited) {
            tsr_dram_advance(dram, tsr_dram_next_cycle(dram));
        }
        const uint64_t done = side->done[awaited % WINDOW];
        cycle = done > cycle ? done : cycle;
    }
    ++side->pushed;
    tsr_dram_push(dram, burst, cycle);
    return cycle;
}

typedef enum traffic { STREAM, WRITE_STREAM, RANDOM, MIXED } traffic;

static void run(const char *preset, const char *name, traffic kind, uint64_t bursts) {
    tsr_dram_config config;
    tsr_error err;
    static bench state;
    memset(&state, 0, sizeof state);
    tsr_dram *dram = NULL;
    if (tsr_dram_preset(preset, &config, &err) != TSR_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    config.accelerator_clock_hz = UINT64_C(200000000);
    if (tsr_dram_create(&config, on_done, &state, &dram, &err) != TSR_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    for (uint32_t index = 0; index < 2 * TSR_DRAM_MAX_PORTS; ++index) {
        state.side[index / 2][index % 2].outstanding = 8;
    }
    tsr_rng rng = {.state = 1};
    const uint64_t start = host_ns();
    uint64_t cycle = 0;
    for (uint64_t index = 0; index < bursts; ++index) {
        tsr_dram_burst burst = {
            .address = index * BURST_BYTES,
            .write = kind == WRITE_STREAM || (kind == MIXED && index % 4 == 3),
            .port = kind == MIXED ? (uint32_t)(index % 4) : 0,
            .beats = BURST_BYTES / BEAT_BYTES,
            .beat_bytes = BEAT_BYTES,
            .beat_interval = 1,
            .tag = index,
        };
        if (kind == RANDOM) {
            burst.address = (uint64_t)tsr_rng_range(&rng, 0, (1 << 20) - 1) * BURST_BYTES;
        } else if (kind == MIXED) {
            burst.address = (uint64_t)burst.port * (UINT64_C(1) << 25) + index / 4 * BURST_BYTES;
        }
        cycle = push(&state, dram, &burst, cycle + 1);
    }
    for (uint64_t next = 0; (next = tsr_dram_next_cycle(dram)) != UINT64_MAX;) {
        tsr_dram_advance(dram, next);
        cycle = next;
    }
    const double seconds = (double)(host_ns() - start) * 1e-9;
    const tsr_dram_stats stats = tsr_dram_get_stats(dram);
    const double accesses =
        (double)(stats.read_accesses + stats.write_accesses + stats.forwarded_reads);
    const double bytes = (double)(stats.read_bytes + stats.write_bytes);
    (void)printf(
        "%-12s %-12s %7.3f s  %8.2f M accesses/s  %8.2f M busy DRAM cycles/s  %8.1f MB/s"
        "  (%.0f accesses, %llu cycles, %.2f bytes/cycle)\n",
        preset, name, seconds, accesses / seconds * 1e-6,
        (double)stats.busy_dram_cycles / seconds * 1e-6, bytes / seconds * 1e-6, accesses,
        (unsigned long long)cycle, bytes / (double)cycle);
    tsr_dram_destroy(dram);
}

/** One line of the table. */
typedef struct workload {
    const char *preset, *name;
    traffic kind;
} workload;

int main(int argc, char **argv) {
    const uint64_t bursts = argc > 1 ? strtoull(argv[1], NULL, 10) : UINT64_C(1250000);
    const char *only = argc > 2 ? argv[2] : "";  // of this preset alone
    static const workload others[] = {
        {"ddr3_1066", "write stream", WRITE_STREAM},
        {"lpddr4_1066", "write stream", WRITE_STREAM},
        {"ddr4_2400", "write stream", WRITE_STREAM},
        {"ddr3_1066", "random", RANDOM},
        {"ddr3_1066", "mixed", MIXED},
        {"ddr4_2400", "random", RANDOM},
        {"ddr4_2400", "mixed", MIXED},
    };
    for (const char *const *name = tsr_dram_preset_names(); *name != NULL; ++name) {
        if (strstr(*name, only) != NULL) {
            run(*name, "stream", STREAM, bursts);
        }
    }
    for (size_t index = 0; index < sizeof others / sizeof *others; ++index) {
        if (strstr(others[index].preset, only) != NULL) {
            run(others[index].preset, others[index].name, others[index].kind, bursts);
        }
    }
    return 0;
}
