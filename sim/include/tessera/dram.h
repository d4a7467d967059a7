// SPDX-License-Identifier: Apache-2.0
/**
 * @file   dram.h
 * @brief  The one DRAM model: banks, rows, refresh, FR-FCFS, write drain; integer state, advanced event to event.
 *
 * Used by the SystemC port and behind the Verilated AXI pins, so that both see the same cycles. Time is counted in
 * cycles of the accelerator's clock; the model converts to DRAM clocks by exact integer ratio. It holds no data.
 */
#ifndef TESSERA_DRAM_H
#define TESSERA_DRAM_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TSR_DRAM_MAX_PORTS 8

/** What kind of memory. */
typedef enum tsr_dram_kind {
    TSR_DRAM_IDEAL =
        0, /**< every port gets a beat a cycle after ideal_latency_cycles; ports don't share anything */
    TSR_DRAM_FIXED, /**< one shared pipe: fixed latency and bandwidth */
    TSR_DRAM_BANKED /**< full bank, row and refresh timing */
} tsr_dram_kind;

/** Page policy of the controller. */
typedef enum tsr_dram_page { TSR_DRAM_PAGE_OPEN = 0, TSR_DRAM_PAGE_CLOSED } tsr_dram_page;

/** Device timing in DRAM clock cycles (command clock). Every preset carries its source in presets.c and README. */
typedef struct tsr_dram_timing {
    int32_t cl, cwl, rcd, rp, ras, rc;
    int32_t rrd_s, rrd_l, faw, ccd_s, ccd_l;
    int32_t wtr_s, wtr_l, wr, rtp, rtw; /**< rtw: read command to write command on the bus */
    int32_t rfc, refi;                  /**< refi 0 = no refresh */
    int32_t burst_cycles;               /**< clocks one access occupies the data bus (BL8: 4) */
} tsr_dram_timing;

/** Complete description of a memory. */
typedef struct tsr_dram_config {
    char name[32];
    tsr_dram_kind kind;
    uint64_t dram_clock_hz; /**< command clock */
    uint64_t accelerator_clock_hz;
    int32_t bus_bytes; /**< data bus width [byte]; an access moves bus_bytes * 2 * burst_cycles */
    int32_t bank_groups, banks_per_group;
    int64_t row_bytes; /**< page size of the whole rank [byte] */
    int64_t capacity_bytes;
    tsr_dram_page page;
    char address_map
        [32]; /**< order of fields from high to low: e.g. "row-bank-column", "row-column-bank" */
    tsr_dram_timing timing;
    int32_t read_queue, write_queue; /**< entries (accesses) */
    int32_t write_high, write_low;   /**< drain watermarks [entries] */
    int32_t
        controller_cycles; /**< latency of controller and port, both ways together [accelerator cycle] */
    int32_t
        ideal_latency_cycles; /**< ideal: request handshake to first beat; fixed: the same plus bandwidth */
    uint64_t fixed_bytes_per_s; /**< fixed: shared bandwidth */
} tsr_dram_config;

/** Counters of one run; all exact integers. */
typedef struct tsr_dram_stats {
    uint64_t read_bursts, write_bursts;     /**< AXI bursts accepted */
    uint64_t read_accesses, write_accesses; /**< DRAM accesses (column commands) */
    uint64_t read_bytes, write_bytes;       /**< bytes moved over the AXI ports (whole beats) */
    uint64_t activates, precharges, refreshes, row_hits, row_misses, row_conflicts;
    uint64_t forwarded_reads; /**< reads served from the write queue */
    uint64_t
        read_latency_cycles; /**< sum over read bursts, handshake to last beat, accelerator cycles */
    uint64_t max_read_latency_cycles;
    uint64_t busy_dram_cycles; /**< data bus occupied */
} tsr_dram_stats;

/** One AXI burst. */
typedef struct tsr_dram_burst {
    uint32_t
        port; /**< 0..TSR_DRAM_MAX_PORTS-1; read and write channels of a port are independent */
    bool write;
    uint64_t address;    /**< byte address, beat aligned */
    uint32_t beats;      /**< 1..256 */
    uint32_t beat_bytes; /**< AXI data width [byte] */
    uint32_t
        beat_interval; /**< the sink takes (the source gives) one beat every so many cycles, >= 1 */
    uint64_t tag;      /**< returned with the completion */
    uint32_t
        rest_cycles; /**< the sink rests so long after the last beat: the port's next one comes so much later */
} tsr_dram_burst;

/**
 * Called once per burst as soon as its times are fixed: done_cycle may lie in the future, never in the past (the first
 * beat of a long burst can have passed: its last access may be scheduled later; see tsr_dram_set_beats).
 * @param first_beat_cycle  read: cycle of the first R beat; write: cycle the last W beat was taken.
 * @param done_cycle        read: cycle of the last R beat (RLAST); write: cycle of B.
 */
typedef void (*tsr_dram_done)(void *user, uint32_t port, bool write, uint64_t tag,
                              uint64_t first_beat_cycle, uint64_t done_cycle);

/** One DRAM command, for legality tests and traces. */
typedef enum tsr_dram_command {
    TSR_DRAM_ACT = 0,
    TSR_DRAM_PRE,
    TSR_DRAM_RD,
    TSR_DRAM_WR,
    TSR_DRAM_REF
} tsr_dram_command;

typedef void (*tsr_dram_probe)(void *user, uint64_t dram_cycle, tsr_dram_command command,
                               int32_t bank, int64_t row);

/**
 * Called from tsr_dram_advance for every run of R beats as soon as their times are fixed, in order of the beats of a
 * port: beats index..index+count-1 of the burst are at cycle, cycle + interval, ... Never in the past.
 */
typedef void (*tsr_dram_beats)(void *user, uint32_t port, uint64_t tag, uint32_t index,
                               uint32_t count, uint64_t cycle, uint32_t interval);

typedef struct tsr_dram tsr_dram; /**< opaque; one run's memory */

/** @brief  Fill a configuration from a preset name: ideal, fixed, ddr3_1066, ddr3_1600, ddr4_2133, ddr4_2400,
 *          lpddr4_1066, lpddr4_3200, hbm2_pc. accelerator_clock_hz is the caller's. TSR_ERR_CONFIG lists them. */
tsr_status tsr_dram_preset(const char *name, tsr_dram_config *config, tsr_error *err) TSR_MUST_USE;
/** @brief  NULL-terminated list of preset names. */
const char *const *tsr_dram_preset_names(void);
/** @brief  Where a preset's numbers come from (one line). */
const char *tsr_dram_preset_source(const char *name);
/** @brief  Peak bytes per second of the data bus (0 for ideal). */
uint64_t tsr_dram_peak_bytes_per_s(const tsr_dram_config *config);
/** @brief  Refuse impossible configurations with the field named. */
tsr_status tsr_dram_check(const tsr_dram_config *config, tsr_error *err) TSR_MUST_USE;

tsr_status tsr_dram_create(const tsr_dram_config *config, tsr_dram_done done, void *user,
                           tsr_dram **dram, tsr_error *err) TSR_MUST_USE;
void tsr_dram_destroy(tsr_dram *dram);
/** @brief  Observe every command (NULL to stop). */
void tsr_dram_set_probe(tsr_dram *dram, tsr_dram_probe probe, void *user);

/** @brief  Observe every R beat (NULL to stop): for a host that drives pins beat by beat. */
void tsr_dram_set_beats(tsr_dram *dram, tsr_dram_beats beats, void *user);
/** @brief  True when a burst was lost because memory was out; the run is then void. */
bool tsr_dram_out_of_memory(const tsr_dram *dram);

/**
 * @brief  Hand over a burst whose address handshake happens in accelerator cycle @p cycle.
 *
 * The controller sees it from cycle + 1 on. Cycles of successive calls never decrease and are never behind
 * tsr_dram_advance. Bursts of one port and direction complete in order. Any number may be outstanding (the masters
 * limit themselves), the bounded queues are inside.
 * Write: the W beats follow the handshake from cycle + 1 on, one every beat_interval cycles; B comes controller_cycles
 * after the last beat has entered the write queue (early acknowledge at the point of coherence; reads that hit queued
 * writes are forwarded), so a full queue delays B.
 */
void tsr_dram_push(tsr_dram *dram, const tsr_dram_burst *burst, uint64_t cycle);
/** @brief  Earliest accelerator cycle at which a completion (with tsr_dram_set_beats: a beat) not yet reported can lie;
 *          advancing exactly at these cycles brings every callback in time. Always behind the last advance. UINT64_MAX
 *          when nothing is outstanding (refresh alone does not count: it is caught up lazily, exactly). */
uint64_t tsr_dram_next_cycle(const tsr_dram *dram);
/** @brief  Do everything up to and including accelerator cycle @p cycle. Idempotent; result does not depend on how the
 *          interval is cut into calls. */
void tsr_dram_advance(tsr_dram *dram, uint64_t cycle);
/** @brief  Counters so far. */
tsr_dram_stats tsr_dram_get_stats(const tsr_dram *dram);

#ifdef __cplusplus
}
#endif
#endif
