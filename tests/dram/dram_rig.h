// SPDX-License-Identifier: Apache-2.0
// A memory on the test bench: every command, completion and beat it produces is written down.
#ifndef TESSERA_TESTS_DRAM_RIG_H
#define TESSERA_TESTS_DRAM_RIG_H

#include <tessera/dram.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "support/test.h"

/** One probed command. */
typedef struct rig_command {
    uint64_t cycle;
    tsr_dram_command command;
    int32_t bank;
    int64_t row;
} rig_command;

/** One reported burst. */
typedef struct rig_completion {
    uint32_t port;
    bool write;
    uint64_t tag, first, done;
} rig_completion;

/** One reported run of beats. */
typedef struct rig_beats {
    uint32_t port, index, count, interval;
    uint64_t tag, cycle;
} rig_beats;

typedef struct dram_rig {
    tsr_dram *dram;
    rig_command *command;
    rig_completion *completion;
    rig_beats *beats;
    size_t commands, completions, runs;
} dram_rig;

/** Room for one more element of an array that doubles. */
static inline void *rig_room(void *array, size_t count, size_t size) {
    if (count != 0 && (count & (count - 1)) != 0) {
        return array;
    }
    void *grown = tsr_realloc(array, count == 0 ? 1 : 2 * count, size);
    assert_non_null(grown);
    return grown;
}

static inline void rig_on_command(void *user, uint64_t cycle, tsr_dram_command command,
                                  int32_t bank, int64_t row) {
    dram_rig *rig = user;
    rig->command = rig_room(rig->command, rig->commands, sizeof *rig->command);
    rig->command[rig->commands++] = (rig_command){cycle, command, bank, row};
}

static inline void rig_on_done(void *user, uint32_t port, bool write, uint64_t tag, uint64_t first,
                               uint64_t done) {
    dram_rig *rig = user;
    rig->completion = rig_room(rig->completion, rig->completions, sizeof *rig->completion);
    rig->completion[rig->completions++] = (rig_completion){port, write, tag, first, done};
}

static inline void rig_on_beats(void *user, uint32_t port, uint64_t tag, uint32_t index,
                                uint32_t count, uint64_t cycle, uint32_t interval) {
    dram_rig *rig = user;
    rig->beats = rig_room(rig->beats, rig->runs, sizeof *rig->beats);
    rig->beats[rig->runs++] = (rig_beats){port, index, count, interval, tag, cycle};
}

static inline void rig_open(dram_rig *rig, const tsr_dram_config *config) {
    tsr_error err = {0};
    memset(rig, 0, sizeof *rig);
    assert_ok(tsr_dram_create(config, rig_on_done, rig, &rig->dram, &err), err);
    tsr_dram_set_probe(rig->dram, rig_on_command, rig);
}

static inline void rig_close(dram_rig *rig) {
    tsr_dram_destroy(rig->dram);
    tsr_free(rig->command);
    tsr_free(rig->completion);
    tsr_free(rig->beats);
}

static inline tsr_dram_config rig_preset(const char *name, uint64_t accelerator_clock_hz) {
    tsr_dram_config config;
    tsr_error err = {0};
    assert_ok(tsr_dram_preset(name, &config, &err), err);
    config.accelerator_clock_hz = accelerator_clock_hz;
    return config;
}

/** A preset whose accelerator runs at the DRAM clock, without refresh: cycles are DRAM clocks. */
static inline tsr_dram_config rig_same_clock(const char *name) {
    tsr_dram_config config = rig_preset(name, 1);
    config.accelerator_clock_hz = config.dram_clock_hz;
    config.timing.refi = 0;
    return config;
}

/** Advances until everything pushed is reported; returns the last cycle. */
static inline uint64_t rig_drain(dram_rig *rig) {
    uint64_t cycle = 0;
    uint64_t next = 0;
    while ((next = tsr_dram_next_cycle(rig->dram)) != UINT64_MAX) {
        assert_true(next >= cycle);
        tsr_dram_advance(rig->dram, next);
        cycle = next;
    }
    return cycle;
}

/** The nth command (from 0) of a kind on a bank (-1 = any); fails the test when there is none. */
static inline const rig_command *rig_find(const dram_rig *rig, tsr_dram_command command,
                                          int32_t bank, size_t nth) {
    for (size_t index = 0; index < rig->commands; ++index) {
        const rig_command *found = &rig->command[index];
        if (found->command == command && (bank < 0 || found->bank == bank) && nth-- == 0) {
            return found;
        }
    }
    fail_msg("command %d on bank %d was never issued", (int)command, (int)bank);
    return NULL;
}

static inline size_t rig_count(const dram_rig *rig, tsr_dram_command command) {
    size_t count = 0;
    for (size_t index = 0; index < rig->commands; ++index) {
        count += rig->command[index].command == command;
    }
    return count;
}

/** The completion of a tag; fails the test when there is none. */
static inline const rig_completion *rig_done(const dram_rig *rig, uint64_t tag) {
    for (size_t index = 0; index < rig->completions; ++index) {
        if (rig->completion[index].tag == tag) {
            return &rig->completion[index];
        }
    }
    fail_msg("burst %llu never completed", (unsigned long long)tag);
    return NULL;
}

/** Bytes of one access, from the data sheet's side: bus width, two transfers a clock. */
static inline uint64_t rig_access_bytes(const tsr_dram_config *config) {
    return (uint64_t)config->bus_bytes * 2u * (uint64_t)config->timing.burst_cycles;
}

/** Address of an access given bank (group = bank % groups), row and column, for the two map orders of the presets. */
static inline uint64_t rig_address(const tsr_dram_config *config, uint64_t bank, uint64_t row,
                                   uint64_t column) {
    const uint64_t access = rig_access_bytes(config);
    const uint64_t columns = (uint64_t)config->row_bytes / access;
    const uint64_t groups = (uint64_t)config->bank_groups;
    const uint64_t banks = groups * (uint64_t)config->banks_per_group;
    if (strcmp(config->address_map, "row-bank-column") == 0) {
        return ((row * banks + bank) * columns + column) * access;
    }
    assert_string_equal(config->address_map, "row-bank-column-group");
    return (((row * (banks / groups) + bank / groups) * columns + column) * groups +
            bank % groups) *
           access;
}

/** A read or write of exactly one access in one beat. */
static inline tsr_dram_burst rig_access(const tsr_dram_config *config, bool write, uint64_t bank,
                                        uint64_t row, uint64_t column, uint64_t tag) {
    return (tsr_dram_burst){
        .write = write,
        .address = rig_address(config, bank, row, column),
        .beats = 1,
        .beat_bytes = (uint32_t)rig_access_bytes(config),
        .beat_interval = 1,
        .tag = tag,
    };
}

#endif
