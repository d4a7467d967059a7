// SPDX-License-Identifier: Apache-2.0
/**
 * @file   plan.h
 * @brief  From network + architecture + schedule to a plan people can read, and from the plan to a program.
 */
#ifndef TESSERA_PLAN_H
#define TESSERA_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <tessera/arch.h>
#include <tessera/blocking.h>
#include <tessera/forward.h>
#include <tessera/network.h>
#include <tessera/program.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a network is executed: stage by stage, or in groups whose maps stay on chip. All but blocked give the values of
 *  the plain network. */
typedef enum tsr_schedule_mode {
    TSR_SCHEDULE_LAYERWISE = 0,
    TSR_SCHEDULE_RECOMPUTE, /**< tiles of a group's output, halos computed again in every tile */
    TSR_SCHEDULE_CACHED,    /**< strips of rows, what the next strip needs again is kept on chip */
    TSR_SCHEDULE_BLOCKED,
    TSR_SCHEDULE_AUTO /**< where to cut, and in which of these ways each group runs, by the objective; blocks only
                           where a blocking is given */
} tsr_schedule_mode;

/** What an automatic schedule has least of. */
typedef enum tsr_objective {
    TSR_OBJECTIVE_DRAM_BYTES = 0, /**< of equals the one with the fewest expected cycles */
    TSR_OBJECTIVE_CYCLES /**< expected by a closed form: of each group the array or the busiest port */
} tsr_objective;

/** Where blocks of one resolution (or grid) are put together for the next. */
typedef enum tsr_join {
    TSR_JOIN_AUTO = 0, /**< the choice of cut points with the fewest DRAM bytes that fits */
    TSR_JOIN_ON_CHIP,  /**< never through DRAM; refused (not fit) when it does not fit */
    TSR_JOIN_DRAM /**< whole maps go through DRAM at every resolution or grid change (blockconv.md 4.5) */
} tsr_join;

/** Weight residency. */
typedef enum tsr_residency {
    TSR_RESIDENCY_AUTO =
        0, /**< layer by layer: resident while the weight buffer lasts (best saving first), else
                                 streamed: for every block or several together, or once for all blocks where whole maps
                                 fit on chip, whatever moves the fewest bytes */
    TSR_RESIDENCY_RESIDENT, /**< all weights of a fusion group stay on chip; refused when they don't fit */
    TSR_RESIDENCY_PER_BLOCK, /**< streamed again for every block */
    TSR_RESIDENCY_PER_GROUP, /**< streamed once for all blocks of a fusion group, whose maps are on chip as a whole */
    TSR_RESIDENCY_BLOCK_BATCH /**< streamed once for every block_batch blocks of a fusion group, which are on chip
                                   together; stages that run by themselves are free */
} tsr_residency;

enum { TSR_SCHEDULE_PARTS_MAX = 24 };

/** Layers that run in a mode of their own. No fusion group crosses the ends of a part. */
typedef struct tsr_schedule_part {
    char from[TSR_NAME_MAX], to[TSR_NAME_MAX]; /**< layers, both included, in the network's order */
    tsr_schedule_mode mode;
    bool one_group;         /**< not cut inside: refused where it does not fit */
    int32_t tile_h, tile_w; /**< as below */
} tsr_schedule_part;

/** A schedule as written in a run file. */
typedef struct tsr_schedule {
    tsr_schedule_mode mode;
    tsr_objective objective; /**< of mode auto */
    tsr_blocking blocking;   /**< none unless something is blocked or mode is auto */
    tsr_join join;
    tsr_residency residency;
    int32_t
        block_batch; /**< of TSR_RESIDENCY_BLOCK_BATCH; 0: as many as give the fewest DRAM bytes */
    int32_t
        tile_h; /**< recompute, cached: rows of a piece of a group's output; 0 = chosen [pixel] */
    int32_t tile_w; /**< the same, columns; cached in full-width strips: as many as the map has */
    int32_t part_count;
    tsr_schedule_part parts[TSR_SCHEDULE_PARTS_MAX]; /**< layers in none of them run in `mode` */
    bool unpacked; /**< no pixel packing: one pixel a word also where few channels are read */
} tsr_schedule;

/** @brief  "layerwise", "recompute", "cached", "auto" (all four with true strides: the network as it is), or a blocking
 *          text such as "F28" (= blocked with it). The tile may follow: "recompute:56", "recompute:28x56",
 *          "cached:4" (rows), "cached:4x64"; the objective: "auto:dram_bytes", "auto:cycles". */
tsr_status tsr_schedule_parse(const char *text, tsr_schedule *schedule,
                              tsr_error *err) TSR_MUST_USE;
/** @brief  The blocking that holds under a schedule: as written, but schedules that run the network as it is (no blocks
 *          anywhere) always have true strides. */
tsr_blocking tsr_schedule_blocking(const tsr_schedule *schedule);
/** @brief  Some layers run in blocks, or may. */
bool tsr_schedule_has_blocks(const tsr_schedule *schedule);
/**
 * @brief  Leave whole (not blockable) what runs in a mode without blocks, so that the reference run of this network has
 *         the blocks that the plan has. Nothing changes the second time.
 * @return TSR_ERR_USAGE for parts that name no layers of the network, overlap, or do not go with the blocking.
 */
tsr_status tsr_schedule_apply(const tsr_schedule *schedule, tsr_network *network,
                              tsr_error *err) TSR_MUST_USE;
const char *tsr_schedule_mode_name(tsr_schedule_mode mode);
const char *tsr_objective_name(tsr_objective objective);
const char *tsr_join_name(tsr_join join);
const char *tsr_residency_name(tsr_residency residency);

typedef struct tsr_plan tsr_plan; /**< opaque; owns copies of what it needs */

/**
 * @brief  Decide fusion groups, tiles, block order, buffers and weight residency. Pure function of its arguments.
 * @return TSR_ERR_NOT_FIT names the resource, the amount needed and the amount there is; TSR_ERR_UNSUPPORTED names the
 *         layer the machine does not execute.
 */
tsr_status tsr_plan_make(const tsr_network *network, const tsr_arch *arch,
                         const tsr_schedule *schedule, tsr_plan **plan,
                         tsr_error *err) TSR_MUST_USE;
void tsr_plan_free(tsr_plan *plan);
/** @brief  The plan as a person reads it: groups, levels, block order, joins and why, buffers with offset and life
 *          time, weight residency and its cost, expected DRAM bytes by kind, what limits each group. */
tsr_status tsr_plan_print(const tsr_plan *plan, FILE *file, tsr_error *err) TSR_MUST_USE;

/** One line of a plan's summary, for tables. */
typedef struct tsr_plan_summary {
    int32_t group_count;
    bool joins_on_chip; /**< every join on chip */
    int32_t
        on_chip_joins; /**< places where blocks are put together for the next resolution or grid, on chip */
    int32_t dram_joins;          /**< the same, through DRAM */
    int32_t maps_through_dram;   /**< intermediate maps written to DRAM */
    uint64_t intermediate_bytes; /**< read + written, as the program will move them */
    char text[224]; /**< e.g. "1 group (1 fused), all joins on chip, 0 maps through DRAM, ..." */
} tsr_plan_summary;

tsr_plan_summary tsr_plan_summarize(const tsr_plan *plan);

/** A group of a plan, for tables. */
typedef struct tsr_plan_group {
    tsr_schedule_mode mode;          /**< how it runs: layerwise, recompute, cached or blocked */
    int32_t first_layer, last_layer; /**< that stand for its first and last stage */
    int32_t tile_h; /**< recompute, cached: of the last map, pooled [pixel]; else 0 */
    int32_t tile_w; /**< the same; 0 also for cached in strips of the full width */
} tsr_plan_group;

/** @brief  Group @p index, 0 .. group_count-1. */
tsr_plan_group tsr_plan_group_at(const tsr_plan *plan, int32_t index);
/** @brief  Group in which the stage runs that a network layer stands for; -1: the layer stands for none. */
int32_t tsr_plan_group_of(const tsr_plan *plan, int32_t layer);

/** What the feature pool holds in one cycle. */
typedef struct tsr_plan_held {
    uint64_t bytes;
    uint64_t padding_bytes; /**< of these: channels up to whole words, columns up to all banks */
    uint64_t ahead_bytes;   /**< of the others: loaded, and no pass has begun that reads them */
} tsr_plan_held;

/**
 * @brief  Which maps lie in the feature pool at the end of a cycle.
 * @param[in]  start, complete  [descriptors of the lowered program] cycles of an execution.
 * @param[out] layer_bytes      [network layers] bytes by the layer whose values they are.
 */
tsr_status tsr_plan_held_at(const tsr_plan *plan, const uint64_t *start, const uint64_t *complete,
                            uint64_t cycle, uint64_t *layer_bytes, tsr_plan_held *held,
                            tsr_error *err) TSR_MUST_USE;

/**
 * @brief  Lower a plan to descriptors.
 * @param[in] qnetwork  NULL = timing only (no weight data, neutral scales); else weights, scales and zero points.
 */
tsr_status tsr_plan_lower(const tsr_plan *plan, const tsr_qnetwork *qnetwork, tsr_program *program,
                          tsr_error *err) TSR_MUST_USE;

/**
 * @brief  The same for the last time: the plan gives up its operations while the descriptors are made, so that the two
 *         do not lie beside each other in memory. Afterwards the plan can only be released.
 */
tsr_status tsr_plan_lower_last(tsr_plan *plan, const tsr_qnetwork *qnetwork, tsr_program *program,
                               tsr_error *err) TSR_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
