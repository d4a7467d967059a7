// SPDX-License-Identifier: Apache-2.0
// State of one memory, shared by the files of this folder: port FIFOs, queues, banks, timers.
#ifndef TESSERA_DRAM_STATE_H
#define TESSERA_DRAM_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/dram.h>

#include "dram/dram_clock.h"

#define DRAM_MAX_BANKS 64
#define DRAM_MAX_QUEUE 128
/** Reads of one port whose data may be waiting for an older one of the port; a power of two. */
#define DRAM_REORDER 256
/** Column commands that may overtake the oldest entry of a queue before its bank is reserved for it. */
#define DRAM_BYPASS_LIMIT 128

enum { DRAM_READ = 0, DRAM_WRITE = 1 };

/** Why a row had to be opened for an entry; the statistics' three classes. */
typedef enum dram_class { DRAM_HIT = 0, DRAM_MISS, DRAM_CONFLICT } dram_class;

/** One AXI burst between its handshake and its completion. */
typedef struct dram_burst {
    uint64_t address, tag;
    uint64_t cycle;      /**< address handshake, accelerator cycles */
    uint64_t first_beat; /**< writes and ideal/fixed: first beat, accelerator cycles */
    uint64_t done;       /**< ideal/fixed only: completion */
    uint64_t arrival;    /**< reads: DRAM cycle from which the controller sees it */
    uint64_t sequence;   /**< order of the pushes */
    uint64_t pipe_cycle,
        pipe_rest; /**< fixed: the pipe starts on it at pipe_cycle + pipe_rest / bandwidth */
    uint32_t beats, beat_interval;
    uint32_t rest; /**< cycles behind its last beat */
    uint32_t accesses;
    uint32_t beat_shift; /**< log2 of the beat in bytes */
} dram_burst;

/** One direction of one port: FIFO of bursts, cut into accesses on one side, into beats on the other. */
typedef struct dram_stream {
    dram_burst *ring;  /**< owned; capacity is a power of two */
    uint32_t capacity; /**< bursts */
    uint32_t head, cut,
        end; /**< free-running: oldest incomplete burst, burst being cut, one past the newest */

    uint64_t
        next_arrival; /**< DRAM cycle at which the next access is there; valid while cut != end */
    uint64_t next_access; /**< its access number (address / access size) */
    uint32_t next_left;   /**< accesses of burst `cut` not yet handed over */
    dram_point arrival;   /**< accelerator to DRAM clock, of the write beats */

    uint64_t
        available[DRAM_REORDER]; /**< reads: cycle the data is at the port; 0 = not known yet */
    uint32_t first,
        last; /**< free-running: oldest access without beats, one past the newest handed over */
    uint32_t left;       /**< accesses of burst `head` without beats */
    uint32_t beats_done; /**< beats of burst `head` already placed */
    uint64_t at;         /**< byte address of the next access of burst `head` without beats */
    uint64_t
        chunk_available; /**< a beat wider than an access waits for the latest of its accesses */
    uint64_t first_beat; /**< of burst `head` */
    uint64_t last_beat;  /**< of the port and direction, any burst */
    uint64_t rest;       /**< cycles to rest behind last_beat */
    bool any_beat;       /**< last_beat means something */
} dram_stream;

/**
 * A run in a queue: accesses of one burst that follow each other in one row, oldest first; they are as many places of
 * the queue. Two lists go through it: all runs of the queue by age, and those of its bank by age.
 */
typedef struct dram_run {
    uint64_t begin, end; /**< bytes of the memory that the burst touches in it: [begin, end) */
    uint64_t sequence;   /**< age, of runs of one queue */
    int64_t row;
    uint32_t count; /**< accesses */
    uint32_t burst; /**< its position in the port's ring */
    uint32_t slot;  /**< reads: position of the oldest access in the port's reorder ring */
    struct dram_run *older, *newer, *bank_older, *bank_newer;
    uint8_t bank, port;
    uint8_t cls; /**< of the oldest access; all others find the row open */
} dram_run;

/** A bounded queue of one direction. */
typedef struct dram_queue {
    dram_run run[DRAM_MAX_QUEUE];
    dram_run *spare; /**< unused runs, chained by `newer`; never empty when there is room */
    uint32_t count, capacity; /**< accesses */
    dram_run *oldest, *newest;
    uint32_t bypassed;      /**< column commands that overtook `oldest` */
    uint64_t active;        /**< banks with a run */
    uint64_t hit;           /**< banks whose open row has a run */
    uint32_t waiting_ports; /**< ports with an access not handed over */
    uint32_t turn;          /**< port whose turn it is */
    uint64_t fill_at;       /**< before this cycle no port can hand over an access */
} dram_queue;

typedef struct dram_bank {
    int64_t row; /**< open row; -1 = closed */
    uint64_t activate_ready, column_ready, precharge_ready;
    dram_run *oldest[2], *newest[2]; /**< per direction: ends of its list */
    dram_run *hit[2];                /**< per direction: oldest run of the open row */
    uint32_t group;
} dram_bank;

/** Where a field of the address sits in the access number. */
typedef struct dram_field {
    uint32_t shift;
    uint64_t mask;
} dram_field;

typedef struct dram_map {
    dram_field row, bank, group;
    uint64_t capacity_mask; /**< of the access number */
    uint32_t access_shift;  /**< log2 of the access in bytes */
    uint32_t row_shift;     /**< so many low bits of an access number are column bits */
    uint32_t group_shift;   /**< bank index = bank field << group_shift | group field */
} dram_map;

/** The shared pipe of a fixed memory: free at cycle + rest / bandwidth. */
typedef struct dram_pipe {
    uint64_t cycle, rest;
} dram_pipe;

/** The next command. */
typedef struct dram_pick {
    uint64_t time;  /**< first DRAM cycle it can go */
    uint64_t until; /**< column: last cycle in which the next one of its run goes before all else */
    tsr_dram_command command;
    uint32_t bank;
    dram_run *run; /**< that it is for, or NULL */
} dram_pick;

struct tsr_dram {
    tsr_dram_config config;
    tsr_dram_done done;
    void *user;
    tsr_dram_probe probe;
    void *probe_user;
    tsr_dram_beats beats;
    void *beats_user;
    tsr_dram_stats stats;
    bool out_of_memory;

    dram_ratio to_dram, to_accelerator;
    dram_point push_point, limit_point, now_point, data_point;
    dram_map map;
    dram_pipe pipe;

    uint64_t now;           /**< first DRAM cycle not yet decided */
    uint64_t wake;          /**< nothing can happen before this DRAM cycle */
    uint64_t outstanding;   /**< bursts not yet reported */
    uint32_t busy_ports[2]; /**< ports that have one, per direction */
    uint64_t sequence;

    uint32_t direction; /**< being served */
    uint32_t served;    /**< column commands since the last change of direction */
    uint32_t batch;     /**< a direction may keep the other waiting for so many */
    bool forced;        /**< the write drain was forced by the high watermark */

    uint64_t column_ready[2];                       /**< any bank group */
    uint64_t group_column_ready[2][DRAM_MAX_BANKS]; /**< same bank group */
    uint64_t activate_ready;                        /**< any bank group (rrd_s) */
    uint64_t group_activate_ready[DRAM_MAX_BANKS];  /**< same bank group (rrd_l) */
    uint64_t four_activates[4];                     /**< ends of the last four faw windows */
    uint32_t four_next;
    uint64_t refresh_due, refresh_ready;

    uint64_t column_step; /**< column commands of one bank are so far apart */
    bool one_group;       /**< those of any two banks are */

    uint64_t open; /**< banks with an open row */
    uint32_t banks;
    dram_bank bank[DRAM_MAX_BANKS];
    dram_queue queue[2];
    dram_stream stream[TSR_DRAM_MAX_PORTS][2];
};

/* dram_check.c */

/** Reads config->address_map; the configuration is otherwise checked. */
tsr_status tsr_dram_map_parse(const tsr_dram_config *config, dram_map *map,
                              tsr_error *err) TSR_MUST_USE;
/** Bytes of one access. */
int64_t tsr_dram_access_bytes(const tsr_dram_config *config);

static inline uint64_t tsr_dram_field(dram_field field, uint64_t access) {
    return (access >> field.shift) & field.mask;
}

/** Row and bank of an access number below the capacity. */
static inline int64_t tsr_dram_row_of(const dram_map *map, uint64_t access) {
    return (int64_t)tsr_dram_field(map->row, access);
}

static inline uint8_t tsr_dram_bank_of(const dram_map *map, uint64_t access) {
    return (uint8_t)((tsr_dram_field(map->bank, access) << map->group_shift) |
                     tsr_dram_field(map->group, access));
}

/* dram_stream.c */

/** Appends a burst; sets out_of_memory and returns NULL when the ring cannot grow. */
dram_burst *tsr_dram_stream_push(tsr_dram *dram, const tsr_dram_burst *burst, uint64_t cycle);

/** Bytes [address, end) of the burst. */
static inline uint64_t tsr_dram_burst_end(const dram_burst *burst) {
    return burst->address + ((uint64_t)burst->beats << burst->beat_shift);
}

/** Last W beat of a write burst (and last beat of an ideal read), undelayed by anything behind it. */
static inline uint64_t tsr_dram_burst_last_beat(const dram_burst *burst) {
    return burst->first_beat + (uint64_t)(burst->beats - 1) * burst->beat_interval;
}

/** First W beat of a write burst handed over in `cycle`: one beat a beat_interval behind the port's last one. */
uint64_t tsr_dram_stream_place(dram_stream *stream, uint64_t earliest, const tsr_dram_burst *burst);
/** Starts cutting burst `cut` into accesses (banked only). */
void tsr_dram_stream_load(const tsr_dram *dram, dram_stream *stream, uint32_t direction);
/** DRAM cycle from which the controller sees an access of a write burst: one cycle after its last W beat. */
uint64_t tsr_dram_stream_write_arrival(const tsr_dram *dram, dram_stream *stream,
                                       const dram_burst *burst, uint64_t access);
/** Moves on behind the next accesses, all of burst `cut`. */
void tsr_dram_stream_take(const tsr_dram *dram, dram_stream *stream, uint32_t direction,
                          uint32_t count);
/** Data of a read is at the port in `cycle`: places beats in order, reports bursts that are complete. */
void tsr_dram_stream_data(tsr_dram *dram, uint32_t port, uint32_t slot, uint64_t cycle);
/** The same for `count` reads from `slot` on; their data ends on the bus in DRAM cycles `end`, + column_step, ... */
void tsr_dram_stream_run_data(tsr_dram *dram, uint32_t port, uint32_t slot, uint32_t count,
                              uint64_t end);
/** Takes the oldest burst off and reports it. */
void tsr_dram_stream_report(tsr_dram *dram, uint32_t port, uint32_t direction, uint64_t first_beat,
                            uint64_t done);
/** The oldest write burst of a port is in the queue, whole, in DRAM cycle `entered`: reports it. */
void tsr_dram_stream_written(tsr_dram *dram, uint32_t port, uint64_t entered);

/* dram_queue.c */

/** Moves accesses that are there from the ports to a queue; sets its fill_at. */
void tsr_dram_queue_fill(tsr_dram *dram, uint32_t direction);
/** Takes the next `count` accesses of a port, all of one row, as a run that is in no queue yet: it may be forgotten. */
dram_run *tsr_dram_queue_hand_over(tsr_dram *dram, uint32_t direction, uint32_t port,
                                   uint32_t count);
/** Puts the run that was handed over last into its queue. */
void tsr_dram_queue_append(tsr_dram *dram, uint32_t direction);

/** Arrival of the next access of a port, if it has one. */
static inline uint64_t tsr_dram_queue_arrival(const tsr_dram *dram, uint32_t direction,
                                              uint32_t port) {
    const bool waits = (dram->queue[direction].waiting_ports & (1u << port)) != 0;
    return waits ? dram->stream[port][direction].next_arrival : DRAM_NEVER;
}

/** Column commands for the `count` oldest accesses of a run were issued. */
void tsr_dram_queue_serve(tsr_dram *dram, uint32_t direction, dram_run *run, uint32_t count);
/** Finds the runs that hit after a row was opened. */
void tsr_dram_queue_opened(tsr_dram *dram, uint32_t bank);
/** Forgets the hits of a bank that was closed. */
void tsr_dram_queue_closed(tsr_dram *dram, uint32_t bank);

/* dram_pick.c */

/** First cycle in which nothing but the clock holds up a column command. */
static inline uint64_t tsr_dram_column_time(const tsr_dram *dram, const dram_bank *bank,
                                            uint32_t direction) {
    return dram_max(bank->column_ready, dram_max(dram->column_ready[direction],
                                                 dram->group_column_ready[direction][bank->group]));
}

/** First cycle in which nothing but the clock holds up the ACT of a bank that is closed. */
static inline uint64_t tsr_dram_activate_time(const tsr_dram *dram, const dram_bank *bank) {
    return dram_max(
        dram_max(bank->activate_ready, dram->activate_ready),
        dram_max(dram->group_activate_ready[bank->group], dram->four_activates[dram->four_next]));
}

/** The next command of the served direction, a refresh or the page policy; time DRAM_NEVER when there is none. */
void tsr_dram_next_command(const tsr_dram *dram, dram_pick *pick);
/** How many column commands, column_step apart, go to the picked run one behind the other, up to cycle `until`. */
uint32_t tsr_dram_run_length(const tsr_dram *dram, const dram_pick *pick, uint64_t until);

/* dram_issue.c */

/** Issues the picked command, and where it is a column of a run, those behind it that go by `until`. */
void tsr_dram_issue(tsr_dram *dram, const dram_pick *pick, uint64_t until);

/** Shows a command to the probe, if there is one. */
static inline void tsr_dram_show(const tsr_dram *dram, tsr_dram_command command, uint32_t bank,
                                 int64_t row, uint64_t time) {
    if (dram->probe != NULL) {
        dram->probe(dram->probe_user, time, command, (int32_t)bank, row);
    }
}

/** DRAM cycle in which the data of a read leaves the bus whose column command went in `column`. */
static inline uint64_t tsr_dram_data_end(const tsr_dram *dram, uint64_t column) {
    const tsr_dram_timing *timing = &dram->config.timing;
    return column + (uint64_t)timing->cl + (uint64_t)timing->burst_cycles;
}

/** PRE and ACT in cycle `time`, with all they change but the class of the run they are for. */
void tsr_dram_precharge(tsr_dram *dram, uint32_t bank, uint64_t time);
void tsr_dram_activate(tsr_dram *dram, uint32_t bank, int64_t row, uint64_t time);
/** Timers after a column command in cycle `time`. */
void tsr_dram_column_timers(tsr_dram *dram, dram_bank *bank, uint32_t direction, uint64_t time);
/** Counts column commands of which the first found its row as `cls` says, the others open. */
void tsr_dram_count_columns(tsr_dram *dram, uint32_t direction, uint8_t cls, uint32_t count);

/* dram_direct.c */

/**
 * While the queues are empty: commands of what comes next, as far as it is done by `limit` and before anything else
 * comes; past the queues. Sets now and wake; false when there was none.
 */
bool tsr_dram_direct(tsr_dram *dram, uint64_t limit);

/* dram_banked.c, dram_simple.c */

void tsr_dram_banked_init(tsr_dram *dram);
void tsr_dram_banked_push(tsr_dram *dram, dram_burst *burst, uint32_t port, uint32_t direction);
void tsr_dram_banked_advance(tsr_dram *dram, uint64_t cycle);
uint64_t tsr_dram_banked_next(const tsr_dram *dram);

void tsr_dram_simple_push(tsr_dram *dram, dram_burst *record, const tsr_dram_burst *burst);
void tsr_dram_simple_advance(tsr_dram *dram, uint64_t cycle);
uint64_t tsr_dram_simple_next(const tsr_dram *dram);

#endif
