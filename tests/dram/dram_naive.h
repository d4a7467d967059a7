// SPDX-License-Identifier: Apache-2.0
// A naive controller that looks at every clock and entry, and the comparison of a rig with it.
#ifndef TESSERA_TESTS_DRAM_NAIVE_H
#define TESSERA_TESTS_DRAM_NAIVE_H

#include "dram/dram_checker.h"
#include "dram/dram_traffic.h"

#define NAIVE_BURSTS 400
#define NAIVE_ACCESSES (NAIVE_BURSTS * 130)
#define NAIVE_ENTRIES 128
#define NAIVE_BYPASS 128  /**< README of sim/dram: overtakings before a bank is reserved */
#define NAIVE_REORDER 256 /**< README of sim/dram: reads of a port past the oldest unanswered one */

__extension__ typedef unsigned __int128 wide;

/** One access of a burst, in the order of its port. */
typedef struct naive_access {
    uint64_t number, arrival;       /**< address / access size; DRAM clock from which it is seen */
    uint32_t low, high;             /**< bytes touched */
    uint32_t first_beat, last_beat; /**< beats of the burst that it holds, or holds part of */
    size_t burst;
    bool taken, needed_act, needed_pre;
    uint64_t available; /**< read: accelerator cycle of its data */
} naive_access;

/** Port FIFO of one direction. */
typedef struct naive_port {
    naive_access *list;
    size_t count, next, unanswered;
} naive_port;

typedef struct naive {
    const tsr_dram_config *config;
    const timed_burst *bursts;
    checker past;
    naive_port port[TSR_DRAM_MAX_PORTS][2];
    naive_access *queue[2][NAIVE_ENTRIES]; /**< by age */
    uint8_t queue_port[2][NAIVE_ENTRIES];
    uint32_t count[2], turn[2], bypassed[2];
    uint32_t served;
    bool writing, forced;
    uint64_t first[NAIVE_BURSTS], done[NAIVE_BURSTS];
    uint64_t hits, misses, conflicts, forwarded;
    rig_command *command;
    size_t commands, answered;
} naive;

static inline uint64_t ceil_ratio(uint64_t x, uint64_t numerator, uint64_t denominator) {
    return (uint64_t)(((wide)x * numerator + denominator - 1) / denominator);
}

static inline uint64_t to_dram(const naive *n, uint64_t cycle) {
    return ceil_ratio(cycle, n->config->dram_clock_hz, n->config->accelerator_clock_hz);
}

static inline uint64_t to_accelerator(const naive *n, uint64_t clock) {
    return ceil_ratio(clock, n->config->accelerator_clock_hz, n->config->dram_clock_hz);
}

/** Bank and row of an access number, by division instead of shifts; the presets' two maps and a third. */
static inline void decode(const tsr_dram_config *config, uint64_t number, int32_t *bank,
                          int64_t *row) {
    const uint64_t columns = (uint64_t)config->row_bytes / rig_access_bytes(config);
    const uint64_t groups = (uint64_t)config->bank_groups;
    const uint64_t banks = groups * (uint64_t)config->banks_per_group;
    const uint64_t rows = (uint64_t)(config->capacity_bytes / config->row_bytes) / banks;
    if (strcmp(config->address_map, "row-bank-column") == 0) {
        *bank = (int32_t)(number / columns % banks);
        *row = (int64_t)(number / columns / banks % rows);
    } else if (strcmp(config->address_map, "row-column-bank") == 0) {
        *bank = (int32_t)(number % banks);
        *row = (int64_t)(number / banks / columns % rows);
    } else {
        assert_string_equal(config->address_map, "row-bank-column-group");
        const uint64_t inner = number / groups / columns % (banks / groups);
        *bank = (int32_t)(inner * groups + number % groups);
        *row = (int64_t)(number / columns / banks % rows);
    }
}

static inline void naive_cut(naive *n, size_t count) {
    const uint64_t size = rig_access_bytes(n->config);
    uint64_t last_w[TSR_DRAM_MAX_PORTS];  // W beat of the port, and the rest behind it
    bool any_w[TSR_DRAM_MAX_PORTS] = {false};
    for (size_t index = 0; index < count; ++index) {
        const tsr_dram_burst *burst = &n->bursts[index].burst;
        naive_port *port = &n->port[burst->port][burst->write];
        const uint64_t end = burst->address + (uint64_t)burst->beats * burst->beat_bytes;
        uint64_t w0 = n->bursts[index].cycle + 1;
        if (burst->write) {
            if (any_w[burst->port] && last_w[burst->port] + burst->beat_interval > w0) {
                w0 = last_w[burst->port] + burst->beat_interval;
            }
            any_w[burst->port] = true;
            n->first[index] = w0 + (uint64_t)(burst->beats - 1) * burst->beat_interval;
            last_w[burst->port] = n->first[index] + burst->rest_cycles;
        }
        for (uint64_t number = burst->address / size; number * size < end; ++number) {
            naive_access *made = &port->list[port->count++];
            const uint64_t low = number * size > burst->address ? number * size : burst->address;
            const uint64_t high = (number + 1) * size < end ? (number + 1) * size : end;
            *made = (naive_access){
                .number = number % ((uint64_t)n->config->capacity_bytes / size),
                .low = (uint32_t)(low - number * size),
                .high = (uint32_t)(high - number * size),
                .first_beat = (uint32_t)((low - burst->address) / burst->beat_bytes),
                .last_beat = (uint32_t)((high - 1 - burst->address) / burst->beat_bytes),
                .burst = index};
            made->arrival = to_dram(n, n->bursts[index].cycle + 1);
            if (burst->write) {
                made->arrival =
                    to_dram(n, w0 + made->last_beat * (uint64_t)burst->beat_interval + 1);
            }
        }
    }
}

/** True when one queued write holds all bytes of the read. */
static inline bool naive_forwards(const naive *n, const naive_access *read) {
    for (uint32_t index = 0; index < n->count[1]; ++index) {
        const naive_access *write = n->queue[1][index];
        if (write->number == read->number && write->low <= read->low && write->high >= read->high) {
            return true;
        }
    }
    return false;
}

/** Reads of the port that went ahead of one that has no data yet (that one included). */
static inline size_t naive_window(naive_port *port) {
    while (port->unanswered < port->next && port->list[port->unanswered].available != 0) {
        ++port->unanswered;
    }
    return port->next - port->unanswered;
}

static inline void naive_admit(naive *n, uint64_t clock, uint32_t write) {
    const uint32_t room = (uint32_t)(write ? n->config->write_queue : n->config->read_queue);
    for (uint32_t tried = 0; tried < TSR_DRAM_MAX_PORTS && n->count[write] < room;) {
        const uint32_t at = (n->turn[write] + tried) % TSR_DRAM_MAX_PORTS;
        naive_port *port = &n->port[at][write];
        if (port->next == port->count || port->list[port->next].arrival > clock ||
            (!write && naive_window(port) == NAIVE_REORDER)) {
            ++tried;
            continue;
        }
        naive_access *access = &port->list[port->next++];
        n->turn[write] = (at + 1) % TSR_DRAM_MAX_PORTS;
        tried = 0;
        if (!write && naive_forwards(n, access)) {
            access->available = to_accelerator(n, clock) + (uint64_t)n->config->controller_cycles;
            ++n->forwarded;
            ++n->answered;
            continue;
        }
        n->queue_port[write][n->count[write]] = (uint8_t)at;
        n->queue[write][n->count[write]++] = access;
        if (write && (port->next == port->count || port->list[port->next].burst != access->burst)) {
            n->done[access->burst] =
                to_accelerator(n, clock) + (uint64_t)n->config->controller_cycles;
        }
    }
}

static inline void naive_direction(naive *n) {
    const uint32_t reads = n->count[0];
    const uint32_t writes = n->count[1];
    const uint32_t batch = (uint32_t)(n->config->write_high - n->config->write_low);
    const bool full = writes >= (uint32_t)n->config->write_high;
    if (!n->writing) {
        if (writes > 0 && (reads == 0 || (full && n->served >= batch))) {
            n->writing = true;
            n->forced = full;
            n->served = 0;
        }
        return;
    }
    n->forced |= full;
    const bool enough = writes <= (uint32_t)n->config->write_low || n->served >= batch;
    if (reads > 0 && (!n->forced || enough)) {
        n->writing = false;
        n->served = 0;
    }
}

static inline bool naive_try(naive *n, uint64_t clock, tsr_dram_command command, int32_t bank,
                             int64_t row) {
    if (checker_rule(&n->past, (int64_t)clock, command, bank, row) != NULL) {
        return false;
    }
    const int64_t open = bank < 0 ? -1 : n->past.row[bank];
    n->command = rig_room(n->command, n->commands, sizeof *n->command);
    n->command[n->commands++] =
        (rig_command){clock, command, bank, command == TSR_DRAM_PRE ? open : row};
    checker_apply(&n->past, (int64_t)clock, command, bank, row);
    return true;
}

static inline void naive_column(naive *n, uint64_t clock, uint32_t write, uint32_t index) {
    naive_access *access = n->queue[write][index];
    n->bypassed[write] = index == 0 ? 0 : n->bypassed[write] + 1;
    ++n->served;
    ++*(access->needed_pre ? &n->conflicts : access->needed_act ? &n->misses : &n->hits);
    if (!write) {
        const tsr_dram_timing *p = &n->config->timing;
        access->available = to_accelerator(n, clock + (uint64_t)p->cl + (uint64_t)p->burst_cycles) +
                            (uint64_t)n->config->controller_cycles;
    }
    ++n->answered;
    --n->count[write];
    for (; index < n->count[write]; ++index) {
        n->queue[write][index] = n->queue[write][index + 1];
        n->queue_port[write][index] = n->queue_port[write][index + 1];
    }
}

/** Tries the command that entry `index` needs now; `columns`: only a column command, else only ACT or PRE. */
static inline bool naive_serve(naive *n, uint64_t clock, uint32_t write, uint32_t index,
                               bool columns, bool reserved) {
    naive_access *access = n->queue[write][index];
    int32_t bank = 0;
    int64_t row = 0;
    decode(n->config, access->number, &bank, &row);
    const int64_t open = n->past.row[bank];
    if (open == row) {
        const tsr_dram_command command = write ? TSR_DRAM_WR : TSR_DRAM_RD;
        if (columns && naive_try(n, clock, command, bank, row)) {
            naive_column(n, clock, write, index);
            return true;
        }
        return false;
    }
    if (columns) {
        return false;
    }
    if (open < 0) {
        const bool activated = naive_try(n, clock, TSR_DRAM_ACT, bank, row);
        access->needed_act = access->needed_act || activated;
        return activated;
    }
    for (uint32_t other = 0; other < n->count[write] && !reserved; ++other) {
        int32_t other_bank = 0;
        int64_t other_row = 0;
        decode(n->config, n->queue[write][other]->number, &other_bank, &other_row);
        if (other_bank == bank && other_row == open) {
            return false;  // somebody still hits
        }
    }
    if (naive_try(n, clock, TSR_DRAM_PRE, bank, row)) {
        access->needed_pre = true;
        return true;
    }
    return false;
}

static inline bool naive_refresh(naive *n, uint64_t clock) {
    const int32_t refi = n->config->timing.refi;
    if (refi == 0 || clock < (n->past.refreshes + 1) * (uint64_t)refi) {
        return false;
    }
    if (naive_try(n, clock, TSR_DRAM_REF, -1, -1)) {
        return true;
    }
    // The bank that could have been closed earliest goes first: it is legal in this clock, the others are later or tie.
    int32_t best = -1;
    int64_t best_time = 0;
    for (int32_t bank = 0; bank < n->past.banks; ++bank) {
        const tsr_dram_timing *p = &n->config->timing;
        int64_t time = n->past.act[bank] + p->ras;
        time = n->past.rd[bank] + p->rtp > time ? n->past.rd[bank] + p->rtp : time;
        const int64_t write = n->past.wr[bank] + p->cwl + p->burst_cycles + p->wr;
        time = write > time ? write : time;
        time = time < (int64_t)clock ? (int64_t)clock : time;
        if (n->past.row[bank] >= 0 && (best < 0 || time < best_time)) {
            best = bank;
            best_time = time;
        }
    }
    if (best >= 0) {
        (void)naive_try(n, clock, TSR_DRAM_PRE, best, 0);
    }
    return true;
}

/** Closed page: a bank whose row no entry of either queue wants. */
static inline void naive_close(naive *n, uint64_t clock) {
    for (int32_t bank = 0; bank < n->past.banks; ++bank) {
        bool wanted = n->past.row[bank] < 0;
        for (uint32_t index = 0; index < n->count[0] + n->count[1]; ++index) {
            int32_t at = 0;
            int64_t row = 0;
            decode(n->config,
                   index < n->count[0] ? n->queue[0][index]->number
                                       : n->queue[1][index - n->count[0]]->number,
                   &at, &row);
            wanted = wanted || (at == bank && row == n->past.row[bank]);
        }
        if (!wanted && naive_try(n, clock, TSR_DRAM_PRE, bank, 0)) {
            return;
        }
    }
}

static inline void naive_clock(naive *n, uint64_t clock) {
    naive_admit(n, clock, 1);
    naive_admit(n, clock, 0);
    naive_direction(n);
    if (naive_refresh(n, clock)) {
        return;
    }
    const uint32_t write = n->writing;
    int32_t reserved_bank = -1;
    int64_t reserved_row = 0;
    if (n->bypassed[write] >= NAIVE_BYPASS && n->count[write] != 0) {
        decode(n->config, n->queue[write][0]->number, &reserved_bank, &reserved_row);
        if (naive_serve(n, clock, write, 0, true, true) ||
            naive_serve(n, clock, write, 0, false, true)) {
            return;
        }
    }
    for (uint32_t pass = 0; pass < 2; ++pass) {
        for (uint32_t index = 0; index < n->count[write]; ++index) {
            int32_t bank = 0;
            int64_t row = 0;
            decode(n->config, n->queue[write][index]->number, &bank, &row);
            if (bank != reserved_bank && naive_serve(n, clock, write, index, pass == 0, false)) {
                return;
            }
        }
    }
    if (n->config->page == TSR_DRAM_PAGE_CLOSED) {
        naive_close(n, clock);
    }
}

/** Beat by beat: not before its data, one interval behind the port's last beat. */
static inline void naive_beats(naive *n) {
    for (uint32_t at = 0; at < TSR_DRAM_MAX_PORTS; ++at) {
        naive_port *port = &n->port[at][0];
        bool any = false;
        uint64_t beat_time = 0;
        for (size_t index = 0; index < port->count;) {
            const size_t burst_index = port->list[index].burst;
            const tsr_dram_burst *burst = &n->bursts[burst_index].burst;
            size_t end = index;
            while (end < port->count && port->list[end].burst == burst_index) {
                ++end;
            }
            for (uint32_t beat = 0; beat < burst->beats; ++beat) {
                uint64_t time = any ? beat_time + burst->beat_interval : 0;
                for (size_t part = index; part < end; ++part) {
                    const naive_access *access = &port->list[part];
                    if (access->first_beat <= beat && beat <= access->last_beat &&
                        access->available > time) {
                        time = access->available;
                    }
                }
                n->first[burst_index] = beat == 0 ? time : n->first[burst_index];
                beat_time = time;
                any = true;
            }
            n->done[burst_index] = beat_time;
            beat_time += burst->rest_cycles;
            index = end;
        }
    }
}

static inline void naive_run(naive *n, const tsr_dram_config *config, const timed_burst *bursts,
                             size_t count) {
    memset(n, 0, sizeof *n);
    n->config = config;
    n->bursts = bursts;
    checker_open(&n->past, config);
    for (uint32_t index = 0; index < 2 * TSR_DRAM_MAX_PORTS; ++index) {
        n->port[index / 2][index % 2].list = tsr_alloc(NAIVE_ACCESSES, sizeof(naive_access));
        assert_non_null(n->port[index / 2][index % 2].list);
    }
    naive_cut(n, count);
    size_t total = 0;
    for (uint32_t index = 0; index < 2 * TSR_DRAM_MAX_PORTS; ++index) {
        total += n->port[index / 2][index % 2].count;
    }
    for (uint64_t clock = 0; n->answered != total; ++clock) {
        naive_clock(n, clock);
    }
    naive_beats(n);
}

static inline void naive_compare(const naive *n, dram_rig *rig, const timed_burst *bursts,
                                 size_t count) {
    assert_in_range(rig->commands, n->commands, rig->commands);
    for (size_t index = 0; index < n->commands; ++index) {
        const rig_command *ours = &rig->command[index];
        const rig_command *wanted = &n->command[index];
        if (ours->cycle != wanted->cycle || ours->command != wanted->command ||
            ours->bank != wanted->bank || ours->row != wanted->row) {
            fail_msg(
                "%s command %zu: clock %llu %d bank %d row %lld, naive: clock %llu %d bank %d "
                "row %lld",
                n->config->name, index, (unsigned long long)ours->cycle, (int)ours->command,
                ours->bank, (long long)ours->row, (unsigned long long)wanted->cycle,
                (int)wanted->command, wanted->bank, (long long)wanted->row);
        }
    }
    assert_int_equal(rig->completions, count);
    for (size_t index = 0; index < count; ++index) {
        const rig_completion *done = &rig->completion[index];
        assert_int_equal(done->port, bursts[done->tag].burst.port);
        assert_int_equal(done->write, bursts[done->tag].burst.write);
        assert_int_equal(done->first, n->first[done->tag]);
        assert_int_equal(done->done, n->done[done->tag]);
    }
    const tsr_dram_stats stats = tsr_dram_get_stats(rig->dram);
    assert_int_equal(stats.row_hits, n->hits);
    assert_int_equal(stats.row_misses, n->misses);
    assert_int_equal(stats.row_conflicts, n->conflicts);
    assert_int_equal(stats.forwarded_reads, n->forwarded);
}

static inline void naive_free(naive *n) {
    tsr_free(n->command);
    for (uint32_t index = 0; index < 2 * TSR_DRAM_MAX_PORTS; ++index) {
        tsr_free(n->port[index / 2][index % 2].list);
    }
}

/** Writes are acknowledged before they are in the memory: lets them get there. */
static inline void naive_settle(const naive *n, dram_rig *rig) {
    const rig_command *last = &n->command[n->commands - 1];
    tsr_dram_advance(rig->dram, (uint64_t)((wide)last->cycle * n->config->accelerator_clock_hz /
                                           n->config->dram_clock_hz) +
                                    1);
}

#endif
