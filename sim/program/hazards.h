// SPDX-License-Identifier: Apache-2.0
// Data hazards and port conflicts of a program, found while its descriptors pass by in a possible
// order.
#ifndef TESSERA_PROGRAM_HAZARDS_H
#define TESSERA_PROGRAM_HAZARDS_H

#include <stdbool.h>
#include <stdint.h>

#include "program/access_list.h"
#include "program/box_map.h"
#include "program/span_map.h"
#include "program/token_order.h"

/** The memories of the machine. */
typedef enum tsr_space {
    TSR_SPACE_FEATURE = 0,
    TSR_SPACE_WEIGHT,
    TSR_SPACE_PARAMETER,
    TSR_SPACE_DRAM,
    TSR_SPACE_COUNT
} tsr_space;

/** Ports of a feature sector. */
typedef enum tsr_sector_port {
    TSR_SECTOR_READ = 0,
    TSR_SECTOR_WRITE,
    TSR_SECTOR_PORTS
} tsr_sector_port;

enum {
    TSR_HAZARD_SECTORS_MAX = 64,  // bits of a mask
    TSR_HAZARD_HOST = 1,          // record of what lies in DRAM before the run
    TSR_HAZARD_FETCH,             // record of the encoded descriptors
    TSR_HAZARD_FIRST              // records of accesses from here on
};

/** One access of one descriptor. */
typedef struct tsr_access_record {
    int32_t desc;
    int32_t position; /**< of the descriptor within its engine */
    int8_t engine;    /**< -1: not of this run */
    bool was_read;    /**< a write: somebody has read a part of it */
    int32_t layer;
    int64_t left;   /**< a write: cells that nobody has overwritten */
    int64_t lost;   /**< a write: cells that another layer has, and its own not again */
    int64_t filler; /**< a write: cells in planes of no real channel, at most */
    int32_t group;  /**< of fusion */
    int64_t base;   /**< a pass: first line of the map it writes; else -1 */
} tsr_access_record;

/** A read of the feature pool that the same engine may do again: passes over one input, blocks in
 * turn. */
typedef struct tsr_repeated_read {
    bool valid;
    int8_t engine;
    tsr_map_use use;
    int32_t record;
    int64_t begin, end; /**< around its words */
    uint64_t sectors;
} tsr_repeated_read;

enum { TSR_REPEATED_READS = 64 };

typedef struct tsr_hazards {
    const tsr_program *program;
    const tsr_token_order *order;
    tsr_span_map buffers[TSR_SPACE_DRAM]; /**< by space */
    tsr_box_map dram;
    tsr_access_record *records; /**< owned */
    int32_t record_capacity;
    int32_t free_record;  /**< first of those that no cell refers to, linked by `desc`; 0 = none */
    int32_t last_record;  /**< that was made */
    tsr_access_list list; /**< scratch */
    int32_t sector_words;
    // last use of a port by an engine: its position + 1, 0 = never
    int32_t port_use[TSR_HAZARD_SECTORS_MAX][TSR_SECTOR_PORTS][TSR_ENGINE_COUNT];
    tsr_repeated_read repeated[TSR_REPEATED_READS]; /**< of one engine, they lie apart */
    int32_t repeated_next;                          /**< entry to use next */
} tsr_hazards;

/** Memories as they are before the run: segments and inputs in DRAM, nothing elsewhere. */
tsr_status tsr_hazards_create(tsr_hazards *h, const tsr_program *program,
                              const tsr_token_order *order, tsr_error *err) TSR_MUST_USE;
void tsr_hazards_free(tsr_hazards *h);

/** The intervals in h->list are read by a descriptor: all written, by writes that are complete and
 * of one layer. Maps, in the pool or in DRAM: of one layer in each plane, so that the maps of a
 * concatenation may lie side by side. */
tsr_status tsr_hazards_read(tsr_hazards *h, tsr_space space, int32_t desc,
                            tsr_error *err) TSR_MUST_USE;
/** The same, but for the layers: whether there were several. */
tsr_status tsr_hazards_read_any(tsr_hazards *h, tsr_space space, int32_t desc, bool *mixed,
                                tsr_error *err) TSR_MUST_USE;
/** A part of such a read must be of one layer, and no other layer may have overwritten anything real
 * of those that made it. */
tsr_status tsr_hazards_one_layer(tsr_hazards *h, tsr_space space, int32_t desc,
                                 tsr_error *err) TSR_MUST_USE;
/** The intervals in h->list are written by a descriptor: reads and writes of what was there are
 * complete. */
tsr_status tsr_hazards_write(tsr_hazards *h, tsr_space space, int32_t desc,
                             tsr_error *err) TSR_MUST_USE;
tsr_status tsr_hazards_read_dram_map(tsr_hazards *h, const tsr_desc_load_feature *d, int32_t desc,
                                     tsr_error *err) TSR_MUST_USE;
/** A map in the feature pool, with the read ports of its sectors, given as bits. */
tsr_status tsr_hazards_read_map(tsr_hazards *h, const tsr_map_use *use, int32_t desc,
                                uint64_t *sectors, tsr_error *err) TSR_MUST_USE;
/** In a ring, moreover, no row that its layer has written goes before a word of it was read. */
tsr_status tsr_hazards_write_map(tsr_hazards *h, const tsr_map_use *use, int32_t desc,
                                 tsr_error *err) TSR_MUST_USE;

#endif
