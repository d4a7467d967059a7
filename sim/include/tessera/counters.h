// SPDX-License-Identifier: Apache-2.0
/**
 * @file   counters.h
 * @brief  What every executor of a program (estimate, SystemC machine, RTL) reports: the same counters and events.
 */
#ifndef TESSERA_COUNTERS_H
#define TESSERA_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/dram.h>
#include <tessera/program.h>
#include <tessera/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where each cycle of a run went, seen from the compute engine; the sum is the run's cycles. */
typedef enum tsr_cause {
    TSR_CAUSE_COMPUTE = 0, /**< the array gets operands (issue cycles of a pass) */
    TSR_CAUSE_FILL_DRAIN, /**< rest of a pass: pipeline fill, drain, waiting for the post-processor */
    TSR_CAUSE_WAIT_WEIGHTS,  /**< idle, the next pass lacks a token of load_weight */
    TSR_CAUSE_WAIT_FEATURES, /**< idle, lacks a token of load_feature (and not of load_weight) */
    TSR_CAUSE_WAIT_STORE, /**< idle, lacks a token of store only; and the tail until the last store is done */
    TSR_CAUSE_SYNC, /**< idle otherwise: descriptor fetch, dispatch, hand-over */
    TSR_CAUSE_COUNT
} tsr_cause;

/** JSON name of a cause: compute, fill_drain, wait_weights, wait_features, wait_store, sync. */
const char *tsr_cause_name(tsr_cause cause);
/** JSON name of a traffic class: input, weights, intermediate, output, descriptors. */
const char *tsr_traffic_name(tsr_traffic traffic);
/** JSON name of an engine: load_feature, load_weight, compute, store. */
const char *tsr_engine_name(tsr_engine engine);

/** Counters of one layer of the network or of the whole run. */
typedef struct tsr_counters {
    uint64_t cycles; /**< compute-engine time line; sums over layers to the run */
    uint64_t cycles_by_cause[TSR_CAUSE_COUNT];
    uint64_t macs; /**< useful, recompute included */
    uint64_t macs_recomputed;
    uint64_t read_bytes[TSR_TRAFFIC_COUNT]; /**< whole beats over the ports */
    uint64_t write_bytes[TSR_TRAFFIC_COUNT];
    uint64_t waste_bytes;                   /**< part of the above: alignment and channel padding */
    uint64_t reread_bytes;                  /**< part of the above: moved before */
    uint64_t busy_cycles[TSR_ENGINE_COUNT]; /**< from start to completion of descriptors */
    uint64_t memory_stall_cycles
        [TSR_ENGINE_COUNT]; /**< part of busy: beyond what ideal memory would take */
    uint64_t descriptors[TSR_ENGINE_COUNT];
    uint64_t bursts[TSR_PORT_COUNT];
} tsr_counters;

/** JSON name of a buffer: feature, weight, parameter. */
const char *tsr_buffer_name(tsr_buffer buffer);
/** Bytes an architecture has of a buffer. */
uint64_t tsr_buffer_capacity_bytes(const tsr_arch *arch, tsr_buffer buffer);

/** Occupancy after a change. */
typedef struct tsr_occupancy {
    uint64_t cycle;
    uint64_t bytes;
    tsr_buffer buffer;
} tsr_occupancy;

/** Event kinds of the time-stamped list. */
typedef enum tsr_event_kind {
    TSR_EVENT_DISPATCH =
        0,              /**< descriptor written into a command FIFO; argument = descriptor index */
    TSR_EVENT_START,    /**< engine starts it */
    TSR_EVENT_COMPLETE, /**< engine completes it */
    TSR_EVENT_ADDRESS,  /**< AR or AW handshake; argument = burst number of that port */
    TSR_EVENT_RESPONSE, /**< RLAST or B handshake; argument = burst number of that port */
    TSR_EVENT_DONE,     /**< end descriptor reached with everything drained */
    TSR_EVENT_KIND_COUNT
} tsr_event_kind;

const char *tsr_event_kind_name(tsr_event_kind kind);

/** One event. unit: engine number for descriptors, TSR_ENGINE_COUNT = fetch; port number for address/response. */
typedef struct tsr_event {
    uint64_t cycle;
    uint32_t argument;
    uint8_t unit;
    uint8_t kind;
} tsr_event;

/** Result of one execution; arrays owned. */
typedef struct tsr_result {
    bool complete;
    tsr_counters total;
    int32_t layer_count;
    tsr_counters *layers; /**< [layer_count] */
    tsr_dram_stats dram;
    uint64_t capacity_bytes[TSR_BUFFER_COUNT];
    uint64_t peak_bytes[TSR_BUFFER_COUNT];
    uint64_t peak_cycle[TSR_BUFFER_COUNT];
    int64_t occupancy_count;
    tsr_occupancy *occupancy; /**< every change, in time order; empty unless asked for */
    int64_t event_count;
    tsr_event
        *events; /**< in time order, ties by unit then kind then argument; empty unless asked for */
} tsr_result;

void tsr_result_free(tsr_result *result);
/** @brief  The identities of every run: causes sum to cycles, layers sum to totals, bytes equal the DRAM's own, peaks
 *          within capacity, occupancy ends at zero. TSR_ERR_INTERNAL names the broken one. */
tsr_status tsr_result_check(const tsr_program *program, const tsr_result *result,
                            tsr_error *err) TSR_MUST_USE;

/** Options of an execution. */
typedef struct tsr_run_options {
    bool keep_occupancy;
    bool keep_events;
    void (*progress)(void *user, uint64_t done,
                     uint64_t total); /**< descriptors completed; may be NULL */
    void *user;
    uint64_t
        max_cycles; /**< watchdog; 0 = none. Passing it is TSR_ERR_INTERNAL with a diagnosis of every engine */
} tsr_run_options;

/**
 * @brief  Closed-form cycles: pass laws and ideal-memory DMA laws, joined by a max-plus recurrence over the descriptors
 *         (no event simulation). Never exceeds the machine; equals it where the machine recorded no memory stall.
 */
tsr_status tsr_estimate(const tsr_program *program, const tsr_run_options *options,
                        tsr_result *result, tsr_error *err) TSR_MUST_USE;

/** @brief  The same, and when each descriptor started and completed: @p start and @p complete [desc_count], both or
 *          neither may be NULL; UINT64_MAX for `end`. */
tsr_status tsr_estimate_times(const tsr_program *program, const tsr_run_options *options,
                              tsr_result *result, uint64_t *start, uint64_t *complete,
                              tsr_error *err) TSR_MUST_USE;

/** @brief  The SystemC machine with the DRAM of program->arch, in a process of its own (one elaboration per process).
 *  @param[in,out] memory  NULL = timing only; else the DRAM image of memory_bytes: descriptors also move and compute
 *                         values at the cycle they complete, so a missing token shows as wrong bytes. */
tsr_status tsr_machine_run(const tsr_program *program, const tsr_run_options *options,
                           uint8_t *memory, tsr_result *result, tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
