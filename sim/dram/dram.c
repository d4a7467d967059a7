// SPDX-License-Identifier: Apache-2.0
// The public face of a memory: create, push, advance, counters; the kinds do the work.
#include <assert.h>
#include <stddef.h>

#include <tessera/dram.h>

#include "base/alloc.h"
#include "base/check.h"
#include "dram/dram_state.h"

static uint64_t common_divisor(uint64_t a, uint64_t b) {
    while (b != 0) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static dram_ratio ratio_of(uint64_t numerator, uint64_t denominator) {
    const uint64_t divisor = common_divisor(numerator, denominator);
    const dram_ratio ratio = {
        .numerator = numerator / divisor,
        .denominator = denominator / divisor,
        .reciprocal = UINT64_MAX / (denominator / divisor),
    };
    return ratio;
}

tsr_status tsr_dram_create(const tsr_dram_config *config, tsr_dram_done done, void *user,
                           tsr_dram **dram, tsr_error *err) {
    TSR_TRY(tsr_dram_check(config, err));
    tsr_dram *made = tsr_alloc(1, sizeof *made);
    TSR_CHECK(made != NULL, TSR_ERR_NO_MEMORY, err, "dram", "no memory for the DRAM model");
    made->config = *config;
    made->done = done;
    made->user = user;
    if (config->kind == TSR_DRAM_BANKED) {
        const tsr_status status = tsr_dram_map_parse(config, &made->map, err);
        if (status != TSR_OK) {
            tsr_free(made);
            return status;
        }
        made->to_dram = ratio_of(config->dram_clock_hz, config->accelerator_clock_hz);
        made->to_accelerator = ratio_of(config->accelerator_clock_hz, config->dram_clock_hz);
        tsr_dram_banked_init(made);
    }
    *dram = made;
    return TSR_OK;
}

void tsr_dram_destroy(tsr_dram *dram) {
    if (dram == NULL) {
        return;
    }
    for (uint32_t port = 0; port < TSR_DRAM_MAX_PORTS; ++port) {
        tsr_free(dram->stream[port][DRAM_READ].ring);
        tsr_free(dram->stream[port][DRAM_WRITE].ring);
    }
    tsr_free(dram);
}

void tsr_dram_set_probe(tsr_dram *dram, tsr_dram_probe probe, void *user) {
    dram->probe = probe;
    dram->probe_user = user;
}

void tsr_dram_set_beats(tsr_dram *dram, tsr_dram_beats beats, void *user) {
    dram->beats = beats;
    dram->beats_user = user;
}

bool tsr_dram_out_of_memory(const tsr_dram *dram) {
    return dram->out_of_memory;
}

void tsr_dram_push(tsr_dram *dram, const tsr_dram_burst *burst, uint64_t cycle) {
    assert(burst->port < TSR_DRAM_MAX_PORTS);
    assert(burst->beats >= 1 && burst->beats <= 256 && burst->beat_interval >= 1);
    assert(burst->beat_bytes >= 1 && (burst->beat_bytes & (burst->beat_bytes - 1)) == 0);
    assert(burst->address % burst->beat_bytes == 0);
    dram_burst *record = tsr_dram_stream_push(dram, burst, cycle);
    if (record == NULL) {
        return;
    }
    const uint64_t bytes = (uint64_t)burst->beats * burst->beat_bytes;
    if (burst->write) {
        ++dram->stats.write_bursts;
        dram->stats.write_bytes += bytes;
    } else {
        ++dram->stats.read_bursts;
        dram->stats.read_bytes += bytes;
    }
    if (dram->config.kind == TSR_DRAM_BANKED) {
        tsr_dram_banked_push(dram, record, burst->port, burst->write ? DRAM_WRITE : DRAM_READ);
    } else {
        tsr_dram_simple_push(dram, record, burst);
    }
}

uint64_t tsr_dram_next_cycle(const tsr_dram *dram) {
    if (dram->outstanding == 0) {
        return DRAM_NEVER;
    }
    return dram->config.kind == TSR_DRAM_BANKED ? tsr_dram_banked_next(dram)
                                                : tsr_dram_simple_next(dram);
}

void tsr_dram_advance(tsr_dram *dram, uint64_t cycle) {
    if (dram->config.kind == TSR_DRAM_BANKED) {
        tsr_dram_banked_advance(dram, cycle);
    } else {
        tsr_dram_simple_advance(dram, cycle);
    }
}

tsr_dram_stats tsr_dram_get_stats(const tsr_dram *dram) {
    return dram->stats;
}
