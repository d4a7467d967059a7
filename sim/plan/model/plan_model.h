// SPDX-License-Identifier: Apache-2.0
// What a plan is made of: stages, maps in DRAM, groups with their slots, and the unrolled
// operations.
#ifndef TESSERA_PLAN_PLAN_MODEL_H
#define TESSERA_PLAN_PLAN_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <tessera/plan.h>

#include "program/record_list.h"

enum {
    TSR_PLAN_NONE = -1,           // no stage, no map
    TSR_PLAN_LEAVES = INT32_MAX,  // last reader of what is an output of the network
    TSR_GROUP_MORE_SLOTS = 6,     // of a group: twins, tiles
    // buffer fillings one operation touches: input, output, residual, weights, parameters
    TSR_OP_MAX_INSTANCES = 5,
};

/** Half-open range of lines, words, planes or entries. */
typedef struct tsr_stretch {
    int32_t begin, end;
} tsr_stretch;

/** What one compute pass of the machine can do at once. */
typedef enum tsr_stage_kind {
    TSR_STAGE_CONV = 0,  // the array: conv or gemm with its relu, residual add and 2x2 max pool, or
                         // what it does with weights of one: averages, adds, copies
    TSR_STAGE_POOL       // max pool as a pass of its own
} tsr_stage_kind;

/** What the array has for weights. */
typedef enum tsr_weight_form {
    TSR_FORM_DENSE = 0,  // every row takes every input channel of its group
    TSR_FORM_DIAGONAL,   // row m takes channel m: depthwise
    TSR_FORM_ONES        // the same with one constant for every weight
} tsr_weight_form;

/** Where scales and biases of a conv stage come from. */
typedef enum tsr_stage_job {
    TSR_JOB_WEIGHTS = 0,  // of a conv or gemm layer
    TSR_JOB_AVERAGE,      // sum over the window by the number of its pixels
    TSR_JOB_ADD,          // add as a pass of its own: both operands rescaled
    TSR_JOB_CLAMP,        // relu as a pass of its own
    TSR_JOB_COPY,         // the same values somewhere else
    TSR_JOB_MOVE          // the same with channels in other lanes: weights of one (channel_move.h)
} tsr_stage_job;

/** How the output blocks of one stage make up the input blocks of the next. */
typedef enum tsr_relation {
    TSR_RELATION_NONE = 0,  // block edges do not meet: only the whole map in DRAM connects them
    TSR_RELATION_SAME,      // block for block
    TSR_RELATION_JOIN       // an input block is put together from whole output blocks
} tsr_relation;

/** Fewest and most pixels of the map that windows of an average have along each axis: those that reach
 * past the map have fewer, and another divisor. */
typedef struct tsr_real_pixels {
    int32_t least_h, most_h, least_w, most_w;
} tsr_real_pixels;

/** Consecutive network layers that one pass does. Maps are whole here; blocks are in geometry.h. */
typedef struct tsr_stage {
    tsr_stage_kind kind;
    tsr_stage_job job;
    int32_t layer;                         // network layer that stands for the stage
    int32_t in_layer;                      // network layer whose value is read (its quantisation)
    int32_t out_layer;                     // network layer whose value is written
    int32_t residual_layer;                // network layer whose value is added, -1 = none
    int32_t add_layer;                     // network layer of the add, -1 = none
    int32_t in_map, in_plane;              // map that is read, from this word of its pixels on
    int32_t out_map, out_plane;            // map that is written: a concat has several writers
    int32_t residual_map, residual_plane;  // map that is added; TSR_PLAN_NONE = no add
    int32_t last_reader;  // last stage that reads what this one writes; TSR_PLAN_LEAVES
    uint32_t ways;        // kinds of groups that its schedule allows: a bit for each tsr_group_kind
    int32_t named;        // part of the schedule that it is in, -1
    bool gemm;
    bool pools;              // a 2x2 stride-2 max pool follows in the drain
    tsr_shape in;            // [channel, pixel]
    tsr_shape out;           // after the pool, or enlarged by `step`
    int32_t conv_h, conv_w;  // output of the window itself [pixel], cut to even where `pools`
    int32_t step;            // every output pixel becomes step x step pixels, a pass for each
    bool shuffles;           // those passes have weights of their own (pixel shuffle)
    int32_t rest;            // TSR_JOB_MOVE: factor that the passes behind it enlarge by
    int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t pad_bottom, pad_right;
    tsr_block_grid grid;  // of the input map; of the output map where `grid_of_output`
    bool grid_of_output;  // 2x2 pool that straddles blocks: cut like the map its consumer reads
    // what the array makes of it
    tsr_weight_form form;
    int32_t ones_weight;    // constant of TSR_FORM_ONES
    tsr_real_pixels real;   // TSR_JOB_AVERAGE
    int32_t average_pass;   // of the passes that make an average
    int32_t groups;         // of the convolution
    int32_t in_planes;      // words per input pixel
    int32_t pack;           // neighbouring pixels in each of these words; 1: none
    int32_t read_planes;    // of these, most that one group of tm output channels reads
    int32_t m_groups;       // groups of tm output channels; 0 for pools
    int32_t weight_phases;  // sets of weights and records of each group: step * step where it
                            // shuffles, one for each number of real pixels of an average, else 1
    int32_t made_planes;    // words per output pixel that a pass writes
    int32_t out_planes;     // of these, words that carry real channels
    int32_t group_words;    // weight words of one group, all sets
    int64_t group_bytes;    // DRAM bytes of one group and set with its parameter records
    // what its grid makes of it
    tsr_shape cell_max, out_max;     // largest block: input as cut, output [pixel]
    int32_t conv_max_h, conv_max_w;  // largest block before the pool [pixel]
    int64_t in_pixels, conv_pixels;  // sums over all blocks: read, computed
    tsr_relation relation;           // of its blocks to those of the writers of its input
    bool reads_all;                  // it reads something of every output block of all of them
    bool untiled;  // padding reaches past its window: blocks cannot be cut into tiles
} tsr_stage;

/**
 * A whole feature map; map 0 is the network input. A concat is one map with several writers, each
 * of planes of its own; who reads only a part of it reads some planes.
 */
typedef struct tsr_map {
    int32_t layer;                      // network layer whose value it is
    int32_t first_writer, last_writer;  // stages; TSR_PLAN_NONE for the network input
    int32_t last_reader;                // stage, or TSR_PLAN_LEAVES
    tsr_shape shape;
    int32_t planes;
    int32_t pixel_bytes;
    uint64_t address;  // of the first picture
    uint64_t bytes;    // of one picture
    uint64_t stride;   // from one picture to the next
    bool in_dram;      // has a place there
    bool is_input, is_output;
    bool overlap;        // no map of the network: columns of one that a cached group keeps there
    tsr_stretch loaded;  // while operations are made: words that groups before have read
} tsr_map;

/** A value that leaves the network: a map or some planes of one. */
typedef struct tsr_plan_output {
    int32_t layer;
    int32_t map, plane;
    int32_t channels;
} tsr_plan_output;

/** A place in the feature pool with a fixed address during a group. */
typedef struct tsr_slot {
    char name[48];
    int32_t planes, h, w;  // capacity [word, pixel, pixel]
    int32_t bank_stride;
    int32_t row_pitch;    // [line]
    int32_t plane_pitch;  // [line]; smaller than row_pitch where the planes of a row lie together
    int32_t ring;         // rows that go round; 0: none do
    int32_t pack;         // neighbouring pixels in each word; 1: none
    int32_t more_w;       // of its columns, those beyond one for each pixel
    int32_t lines;
    int32_t base;                   // [line]
    int32_t first_step, last_step;  // life time in stages of the group, both included
    bool load_writes, compute_writes, compute_reads, store_reads;  // whose ports it uses
    bool has_partner;                                              // it is in a tsr_slot_pair
    int32_t rank;       // while bases are chosen: in the n-th slot, the n-th largest of them
    int32_t neighbour;  // then: next one that lives at the same time, -1
} tsr_slot;

/** How a stage gets its weights. */
typedef struct tsr_stage_weights {
    bool resident;
    int32_t pass_groups;  // groups of tm output channels per pass
    int32_t pass_planes;  // input planes per pass; fewer than all: accumulated over several passes
    int32_t word_base;    // resident: first weight word
    int32_t parameter_base;         // resident: first entry of the parameter buffer [tm channels]
    int32_t ring_base, ring_words;  // streamed: words its passes go round in
    int32_t ring_entry_base, ring_entries;  // and parameter entries
    int32_t word_instance, entry_instance;  // resident: fillings, -1 until loaded
    int64_t blocks;                         // times the stage is run; 0: once for every block
    int64_t fetches;                        // times the stage's weights are read from DRAM
    int32_t runs;                           // while operations are made: blocks or tiles done
} tsr_stage_weights;

/**
 * Consecutive stages of a group that are run block by block: all stages of one block, then the next
 * block. In a batch, which can only be the coarsest level, whole maps are on chip and each portion
 * of the weights meets all blocks before the next portion: weights are read once. Stages of a batch
 * may have different blocks.
 */
typedef struct tsr_level {
    int32_t first, last;  // stages
    int32_t rows, cols;   // blocks; 1 x 1 for a batch
    bool batch;
    int32_t stack;  // blocks that are run together (pictures of a batch): each portion of the
                    // weights meets all of them
    int64_t runs;   // times the level is run, over all pictures
    // where the blocks of the level below meet in one of these; the finest level, and a batch, have
    // no such pair
    int32_t child_writer, child_reader;  // a stage of the level below, and one that reads its map
    bool child_added;                    // ... as its residual
} tsr_level;

/**
 * A part of a map in the feature pool while a fused group runs: what one block of a level needs of
 * it (all of it in a batch). Maps that the group makes are held once, as large as the coarsest
 * level wants them; maps from outside once for each level that reads them.
 */
typedef struct tsr_holding {
    int32_t map;
    int32_t first_plane, planes;  // words of it that have room; of the map
    int32_t real_planes;          // loaded as a whole: of these, real ones
    tsr_stretch loaded;           // made in part, loaded in part: words of the map that are read
    int32_t level;
    bool made;                          // stages of the group write it
    bool loads;                         // some or all of it comes from DRAM
    int32_t only_for;                   // stage for whose add alone it is loaded, -1
    int32_t slot, twin;                 // twin: second slot of the first stage's input, -1
    int32_t first_reader, last_reader;  // stages of the group, -1 none
    int32_t first_writer, last_writer;
} tsr_holding;

/** How a group of one stage is cut when its maps do not fit, or when it is blocked. */
typedef struct tsr_tiling {
    bool by_grid;            // tiles are the blocks of the stage's grid
    int32_t tile_h, tile_w;  // output tile [pixel]
    int32_t rows, cols;
    int32_t abreast;    // pictures that lie side by side in a tile: gemm only, else 1
    bool weight_outer;  // weights once, input read again for every pass; else the other way round
    bool by_channels;   // tiles have the channels of one pass only, which are all it needs
    int32_t load_slots, store_slots;
    uint64_t bytes;         // DRAM bytes expected, whole words
    uint64_t array_cycles;  // sum of pass laws without fill
    uint64_t pass_cycles;   // with fill, and what no other engine can hide
} tsr_tiling;

/** How far ahead of the computation the blocks of a group's input are loaded. */
typedef enum tsr_prefetch {
    TSR_PREFETCH_NONE = 0,  // loaded when needed; buffers live as shortly as can be
    TSR_PREFETCH_REFILL,    // one slot, refilled as soon as it was read
    TSR_PREFETCH_DOUBLE     // two slots
} tsr_prefetch;

/** Holdings of one stage of a fused group; -1 none. */
typedef struct tsr_uses {
    int32_t in, out, added;
} tsr_uses;

/** Two slots that must not share a sector: one read port cannot serve both operands of a pass. */
typedef struct tsr_slot_pair {
    int32_t a, b;
} tsr_slot_pair;

/** How a group is run. */
typedef enum tsr_group_kind {
    TSR_GROUP_TILED = 0,  // one stage from DRAM to DRAM
    TSR_GROUP_FUSED,      // blocks, depth first over levels
    TSR_GROUP_RECOMPUTE,  // tiles with halos
    TSR_GROUP_CACHED      // strips with an overlap cache
} tsr_group_kind;

/** Pieces of the maps of a group that runs with halos or strips: regions.h. */
typedef struct tsr_regions tsr_regions;

/** Consecutive stages whose maps stay on chip. */
typedef struct tsr_group {
    int32_t first, last;  // stages
    tsr_group_kind kind;
    tsr_tiling tiling;
    tsr_regions *regions;  // owned; recompute and cached, else NULL
    int32_t level_count;
    tsr_level *levels;  // owned, finest first
    int32_t slot_count;
    tsr_slot *slots;  // owned
    int64_t *alive;   // owned, [stages]: while slots are chosen, lines alive in each step
    bool hopeless;    // then: more lines are alive at once than there are
    // tiled: slots of input, output and added tile; -1: none
    int32_t load_slot, second_load_slot;
    int32_t store_slot, second_store_slot;
    int32_t added_slot;
    // fused: what is held of each map, and for each stage which of them it uses
    int32_t holding_count;
    tsr_holding *holdings;  // owned; the first one is the input of the first stage
    tsr_uses *uses;         // owned, [stages]
    bool keeps;             // what is loaded for a stage's input stays for a later add
    int32_t apart_count;
    tsr_slot_pair *apart_pairs;  // owned: slots that one pass reads both
    tsr_stage_weights *weights;  // owned, [stages]
    int32_t resident_words, resident_entries;
    tsr_prefetch prefetch;
    bool apart;            // slots of different engines are in different sectors
    int32_t peak_lines;    // extent of the slots
    uint64_t rest_cycles;  // while operations are made: of the loader, behind rows of packed words
    uint64_t input_bytes, output_bytes, weight_bytes, side_bytes;  // DRAM, expected, whole words
    uint64_t overlap_stored, overlap_loaded;  // the same, between column strips of a cached group
} tsr_group;

/** What an operation touches. */
typedef struct tsr_touches {
    tsr_stretch
        reads[4];  // feature lines: input and residual, each in two where a ring begins anew
    tsr_stretch writes[2];                    // feature lines
    tsr_stretch words;                        // weight words read or written
    tsr_stretch parameters;                   // parameter entries read or written
    int32_t load_map, store_map;              // DRAM maps read and written, -1 none
    int32_t instances[TSR_OP_MAX_INSTANCES];  // -1 = none
    tsr_stretch
        parts[TSR_OP_MAX_INSTANCES];  // planes (or groups) of each that it touches; empty = all
} tsr_touches;

/** One descriptor with what it touches, while it is made. */
typedef struct tsr_op {
    tsr_desc desc;
    tsr_desc_note note;
    tsr_touches touches;
} tsr_op;

/** What is always at hand of an operation in the list; tsr_plan_desc, tsr_plan_note and tsr_op_touches say the rest. */
typedef struct tsr_listed_op {
    int32_t stage;
    uint8_t opcode, engine, pop, push;
} tsr_listed_op;

/** One filling of a buffer place; alive from the start of the first operation that touches it, each
 * of its planes to the completion of the last one that touches that plane. */
typedef struct tsr_instance {
    int64_t bytes;
    int64_t used_bytes;  // of the feature pool: without what rounds rows up to the banks
    tsr_buffer buffer;
    int32_t planes;  // parts of equal size: planes of a map, groups of weights and parameters
    int32_t first_op, last_op;  // -1 until seen
    tsr_stretch ring;           // lines of a place that goes round; else empty
} tsr_instance;

/** Growing lists while operations are made. */
typedef struct tsr_op_list {
    int32_t count, capacity;
    tsr_listed_op *ops;      // owned
    tsr_record_list *made;   // owned: descriptors, notes, touches (op_list.c); NULL while empty
    tsr_record_list *lives;  // owned: buffer bytes of the notes (op_lives.c) from tsr_ops_finish on
    int32_t instance_count, instance_capacity;
    tsr_instance *instances;  // owned
} tsr_op_list;

struct tsr_plan {
    tsr_network network;  // owned copy
    tsr_arch arch;
    tsr_schedule schedule;
    bool copies;        // maps are copied on chip for stages that cannot read them together
    bool wants_copies;  // there are such stages
    int32_t stage_count;
    tsr_stage *stages;  // owned; each reads maps of earlier ones
    int32_t map_count;
    tsr_map *maps;  // owned
    int32_t output_count;
    tsr_plan_output *outputs;  // owned
    uint64_t *weight_address;  // owned, [stage_count]
    int32_t group_count;
    tsr_group *groups;  // owned
    tsr_op_list list;
    uint64_t descriptor_address;
    uint64_t memory_bytes;
    uint64_t read_bytes[TSR_TRAFFIC_COUNT];  // as the machine will count them
    uint64_t write_bytes[TSR_TRAFFIC_COUNT];
    char reason[256];  // why the joins are where they are
};

/** Lines of one row of w columns read with column stride `bank_stride`. */
int32_t tsr_plan_row_lines(const tsr_arch *arch, int32_t w, int32_t bank_stride);
/** Lines of a map of `planes` x h x w read with column stride `bank_stride`; 0 if empty, 2^24 if
 * more than any pool has. */
int64_t tsr_plan_map_lines(const tsr_arch *arch, int32_t planes, int32_t h, int32_t w,
                           int32_t bank_stride);
/** Every group of tm output channels reads every input channel. */
bool tsr_stage_reads_all(const tsr_stage *stage);
/** Input planes that group `group` of tm output channels reads: the first one, and how many. */
tsr_stretch tsr_plan_group_planes(const tsr_plan *plan, const tsr_stage *stage, int32_t group);
/** Words plane..plane+planes-1 of a map have been read by a group before. */
bool tsr_map_was_loaded(const tsr_map *map, int32_t plane, int32_t planes);
/** Entries of the parameter buffer that one group of tm output channels takes. */
int32_t tsr_plan_group_entries(const tsr_stage *stage);
/** DRAM bytes of planes that a stage writes, of all pictures. */
uint64_t tsr_plan_written_bytes(const tsr_plan *plan, const tsr_stage *stage);
/** DRAM bytes of a stage's weights and parameters, read once. */
uint64_t tsr_plan_weight_bytes(const tsr_stage *stage);
/** Of an operation in the list: its descriptor with tokens, its note, what it touches. Packed, so they are meant to be
 * read from the first operation to the last (record_list.h). */
tsr_desc tsr_plan_desc(const tsr_plan *plan, int32_t op);
tsr_desc_note tsr_plan_note(const tsr_plan *plan, int32_t op);
tsr_touches tsr_op_touches(const tsr_op_list *list, int32_t op);
/** The same with the rings whose last rows it uses, whole; until tsr_ops_finish. */
tsr_touches tsr_op_claims(const tsr_op_list *list, int32_t op);
/** Name of the network layer that stands for a stage. */
const char *tsr_plan_stage_name(const tsr_plan *plan, int32_t stage);
/** DRAM bytes a group is expected to move. */
uint64_t tsr_group_bytes(const tsr_group *group);
/** A group of stages first..last with its arrays; zero but for slots, which are -1 where there is
 * none. */
tsr_status tsr_plan_group_create(int32_t first, int32_t last, tsr_group *group,
                                 tsr_error *err) TSR_MUST_USE;
/** Release what a group owns. */
void tsr_plan_group_free(tsr_group *group);

#endif
