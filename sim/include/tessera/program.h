// SPDX-License-Identifier: Apache-2.0
/**
 * @file   program.h
 * @brief  THE CONTRACT: descriptors for the engines, memory image, symbols. No executor knows what a network is.
 *
 * A program is a list of descriptors in dispatch order. The fetch unit hands each to its engine's command FIFO; each
 * engine runs its own in order; engines meet only through tokens. Twelve counters, one per ordered pair of engines:
 * `pop` waits for one token from each engine whose bit is set, `push` gives one to each engine whose bit is set at
 * completion. Field widths and positions come from sim/arch/uarch.json (generated tsr_uarch.h); meanings are here.
 *
 * Feature pool. An address is a *line*: one word (tn channels of one pixel) in each of tp column banks. A map with base
 * b, row_pitch, plane_pitch [lines] and bank_stride S holds pixel (plane p, row y, column x) in line
 *     b + p*plane_pitch + y*row_pitch + floor(x/(S*tp))*S + x mod S,   bank floor(x/S) mod tp;
 * S is the stride of the pass that will read it. (y0, x0) is the origin added to a descriptor's own coordinates, so a
 * child block writes into its place of a join buffer. A map with wrap R > 0 is a ring: row y0 + y >= R is row y0 + y -
 * R (y0 < R, and no more than R rows are touched). An output pixel (y, x) of a conv with steps is written at row out_y0
 * + y*out_step_h, column out_x0 + x*out_step_w. Plane p of the input of group g of a conv is plane g*group_planes + p.
 *
 * Packed loads (pack = g > 1): word q of a row of w pixels, q = 0 .. w+g-2, holds in its j-th pixel_bytes, j = 0 ..
 * g-1, pixel q-(g-1)+j of the row, or pack_value in every lane of them where there is no such pixel; zero behind them.
 *
 * DRAM layout of a map: [ceil(C/tn)][H][W] pixels of pixel_bytes = tsr_arch_pixel_bytes (C < tn is stored packed to
 * a power of two; the load engine widens to words with zero lanes, the store engine drops lanes). Weights: per group of
 * tm output channels [parameter records tm*16 bytes][planes][kh][kw][tm][tn]. Rows need no alignment: partial beats are
 * read whole and written with strobes.
 */
#ifndef TESSERA_PROGRAM_H
#define TESSERA_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <tsr_uarch.h> /* generated: TSR_FIELDS_<KIND>(X) lists, TSR_OP_*, TSR_UARCH_* constants */

#include <tessera/arch.h>
#include <tessera/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Engines; bit (1 << engine) in pop and push masks. */
typedef enum tsr_engine {
    TSR_ENGINE_LOAD_FEATURE = 0,
    TSR_ENGINE_LOAD_WEIGHT,
    TSR_ENGINE_COMPUTE,
    TSR_ENGINE_STORE,
    TSR_ENGINE_COUNT
} tsr_engine;

/** AXI masters, in the arbiter's order. */
typedef enum tsr_port {
    TSR_PORT_LOAD_FEATURE = 0,
    TSR_PORT_LOAD_WEIGHT,
    TSR_PORT_DESCRIPTOR,
    TSR_PORT_STORE,
    TSR_PORT_COUNT
} tsr_port;

/** DRAM traffic classes of the result files. */
typedef enum tsr_traffic {
    TSR_TRAFFIC_INPUT = 0,
    TSR_TRAFFIC_WEIGHTS,
    TSR_TRAFFIC_INTERMEDIATE,
    TSR_TRAFFIC_OUTPUT,
    TSR_TRAFFIC_DESCRIPTORS,
    TSR_TRAFFIC_COUNT
} tsr_traffic;

/* Every field is an int64_t member named as in uarch.json: X(name, word, lsb, width, is_signed). */
#define TSR_FIELD_MEMBER(name, word, lsb, width, is_signed) int64_t name;

typedef struct tsr_desc_load_feature {
    TSR_FIELDS_LOAD_FEATURE(TSR_FIELD_MEMBER)
} tsr_desc_load_feature;

typedef struct tsr_desc_store {
    TSR_FIELDS_STORE(TSR_FIELD_MEMBER)
} tsr_desc_store;

typedef struct tsr_desc_load_weight {
    TSR_FIELDS_LOAD_WEIGHT(TSR_FIELD_MEMBER)
} tsr_desc_load_weight;

typedef struct tsr_desc_conv {
    TSR_FIELDS_CONV(TSR_FIELD_MEMBER)
} tsr_desc_conv;

typedef struct tsr_desc_pool {
    TSR_FIELDS_POOL(TSR_FIELD_MEMBER)
} tsr_desc_pool;

typedef struct tsr_desc_header {
    TSR_FIELDS_HEADER(TSR_FIELD_MEMBER)
} tsr_desc_header;

/** One decoded descriptor. header.layer is the network layer it works for, header.tag a running number. */
typedef struct tsr_desc {
    tsr_desc_header header;

    union {
        tsr_desc_load_feature load_feature;
        tsr_desc_store store;
        tsr_desc_load_weight load_weight;
        tsr_desc_conv conv;
        tsr_desc_pool pool;
    } u;
} tsr_desc;

/** Which weights a conv's array takes (weight_form). */
typedef enum tsr_array_weights {
    TSR_WEIGHTS_DENSE = 0, /**< a word holds tm x tn weights: every row sees every lane */
    TSR_WEIGHTS_DIAGONAL, /**< row p*tn + n sees lane n of plane p of its group, in_planes <= tm/tn. Taps of tn
                                weights in the order planes, kernel rows, kernel columns, tm of them a word; each
                                group begins a new word: ceil(in_planes*kh*kw/tm) words a group */
    TSR_WEIGHTS_ONES, /**< the same with every weight = ones_weight (1 or 2); no weight word is read */
    TSR_WEIGHTS_COUNT
} tsr_array_weights;

/** On-chip buffers whose occupancy is recorded. */
typedef enum tsr_buffer {
    TSR_BUFFER_FEATURE = 0,
    TSR_BUFFER_WEIGHT,
    TSR_BUFFER_PARAMETER, /**< biases and scales */
    TSR_BUFFER_COUNT
} tsr_buffer;

/** What the executors don't need but people do: same index as the descriptor. */
typedef struct tsr_desc_note {
    int32_t group; /**< fusion group */
    int32_t block; /**< block or tile number within the layer, -1 if none */
    int64_t alloc_bytes
        [TSR_BUFFER_COUNT]; /**< bytes that come to life when this descriptor starts, by tsr_buffer */
    int64_t free_bytes[TSR_BUFFER_COUNT]; /**< and those that die when it completes */
    uint64_t
        macs; /**< useful multiply-accumulates of a conv descriptor (real channels and pixels) */
    uint64_t macs_recomputed; /**< of these, done before by another block (recompute schedule) */
    uint64_t waste_bytes; /**< DMA: bytes moved and not used (beat alignment, channel padding) */
    uint64_t
        reread_bytes; /**< DMA: useful bytes that had been moved before (halo, weights per block) */
} tsr_desc_note;

/** What most readers ask of a descriptor: the same as in its header. */
typedef struct tsr_desc_brief {
    uint8_t opcode, units;
    uint8_t pop, push;
    int32_t layer;
} tsr_desc_brief;

/** Where descriptors and notes are kept: private (sim/program/program_store.h). */
typedef struct tsr_program_store tsr_program_store;

/** A piece of the memory image. */
typedef struct tsr_segment {
    char name[TSR_NAME_MAX];
    uint64_t address;
    uint64_t bytes;
    uint8_t *data; /**< owned; NULL = only reserved (timing-only programs carry no data) */
} tsr_segment;

/** Where a map lives in DRAM. */
typedef struct tsr_symbol {
    char name[TSR_NAME_MAX];
    int32_t layer; /**< producing network layer */
    uint64_t address;
    int32_t c, h, w;
    int32_t pixel_bytes;
    int32_t batch_index;
    double scale; /**< of the quantised values; 0 if unknown */
    int32_t zero_point;
    bool is_input, is_output;
} tsr_symbol;

/** A program; everything owned. */
typedef struct tsr_program {
    tsr_arch arch;      /**< what it was made for */
    int32_t desc_count; /**< the last one is `end`; changed by append and cut alone */
    tsr_program_store
        *store; /**< descriptors and notes, NULL while there are none: for the functions below */
    int32_t segment_count;
    tsr_segment *segments;
    int32_t symbol_count;
    tsr_symbol *symbols;
    int32_t layer_count; /**< network layers, for the counters */
    char (*layer_names)[TSR_NAME_MAX];
    uint64_t descriptor_address; /**< where the encoded descriptors sit in DRAM */
    uint64_t memory_bytes;       /**< extent of the DRAM image, from address 0 */
} tsr_program;

/*
 * Descriptors and notes of a program are packed (block programs repeat themselves: some bytes a descriptor instead of
 * 464), so they are handed out as copies. Reading takes 0 <= index < desc_count, never fails and is fast in any order
 * that stays near a few places (each engine's, forwards); jumping about costs the unpacking of 1024 descriptors. It
 * uses a cache in the program: a program is read by one thread at a time.
 */

/** @brief  Append a descriptor and its note (copied; NULL = a note of nothing, block -1). header.units and header.tag
 *          are filled in here. TSR_ERR_CONFIG: no such opcode; TSR_ERR_OVERFLOW: as tsr_program_replace. The program
 *          stays as it was on any error. */
tsr_status tsr_program_append(tsr_program *program, const tsr_desc *desc, const tsr_desc_note *note,
                              tsr_error *err) TSR_MUST_USE;
/** @brief  Put a descriptor, and a note unless it is NULL, in the place of number @p index, just as they are: legal or
 *          not. TSR_ERR_OVERFLOW: opcode, units, pop, push or layer are not in the range of tsr_desc_brief. */
tsr_status tsr_program_replace(tsr_program *program, int32_t index, const tsr_desc *desc,
                               const tsr_desc_note *note, tsr_error *err) TSR_MUST_USE;
/** @brief  Drop all descriptors from number @p count <= desc_count on. */
void tsr_program_cut(tsr_program *program, int32_t count);
tsr_desc tsr_program_desc(const tsr_program *program, int32_t index);
tsr_desc_note tsr_program_note(const tsr_program *program, int32_t index);
/** @brief  Header members that are always at hand: the cheap way, in any order. */
tsr_desc_brief tsr_program_brief(const tsr_program *program, int32_t index);
/** @brief  tsr_desc_engine of descriptor @p index. */
tsr_engine tsr_program_engine(const tsr_program *program, int32_t index);
/** @brief  Bytes of the encoded descriptor @p index by its header.units. */
uint64_t tsr_program_desc_bytes(const tsr_program *program, int32_t index);
/** @brief  Heap bytes that descriptors and notes take, with what is unpacked at the moment. */
size_t tsr_program_store_bytes(const tsr_program *program);
void tsr_program_free(tsr_program *program);
/** @brief  Engine of an opcode (END and unknown ones: TSR_ENGINE_COUNT). */
tsr_engine tsr_opcode_engine(int64_t opcode);
tsr_engine tsr_desc_engine(const tsr_desc *desc);
/** @brief  64-byte units of an opcode: 1, or 2 for conv and pool. */
int32_t tsr_opcode_units(int64_t opcode);

/** @brief  Encode into units*64 little-endian bytes. TSR_ERR_OVERFLOW names the field that does not fit its width. */
tsr_status tsr_desc_encode(const tsr_desc *desc, uint8_t bytes[128], tsr_error *err) TSR_MUST_USE;
/** @brief  Decode; refuses unknown opcodes, wrong unit counts and non-zero reserved bits (TSR_ERR_CONFIG). */
tsr_status tsr_desc_decode(const uint8_t *bytes, size_t available, tsr_desc *desc,
                           tsr_error *err) TSR_MUST_USE;
/**
 * @brief  Static legality: every address inside its memory, every pop has its push, no deadlock with the command FIFOs'
 *         depth, token counters never overflow, no port of a sector used by two engines that no token orders, every
 *         read of buffers and DRAM sees a completed write, no write over what is still to be read, clamp ranges, pad
 *         smaller than extent for reflect. The planner's output always passes; tests break it (sim/program/README.md).
 */
tsr_status tsr_program_check(const tsr_program *program, tsr_error *err) TSR_MUST_USE;

/** @brief  Text form, one descriptor a line: `conv layer=3 pop=load_feature,load_weight push=... in_base=0 ...`. */
tsr_status tsr_program_disassemble(const tsr_program *program, FILE *file,
                                   tsr_error *err) TSR_MUST_USE;
/** @brief  Text back to a program (arch header, segments by name and extent, descriptors): same binary. */
tsr_status tsr_program_assemble(const char *text, const char *where, tsr_program *program,
                                tsr_error *err) TSR_MUST_USE;
/** @brief  Binary file: magic, version, arch, descriptors, notes, symbols, segments; CRC. Whole or not at all. */
tsr_status tsr_program_write(const tsr_program *program, const char *path,
                             tsr_error *err) TSR_MUST_USE;
tsr_status tsr_program_read(const char *path, tsr_program *program, tsr_error *err) TSR_MUST_USE;

/* ---- laws shared by every executor: what a descriptor costs without stalls --------------------------------------- */

/** A DMA descriptor as planes (or weight groups) of rows of bytes. */
typedef struct tsr_dma_extent {
    int64_t planes, rows;
    uint64_t address, plane_stride_bytes, row_stride_bytes, row_bytes;
} tsr_dma_extent;

/** Its rows as AXI bursts: split at max_burst_beats and at 4 KiB, aligned to beats. */
typedef struct tsr_burst_walk {
    const tsr_program *program; /**< borrowed; the descriptor is not */
    tsr_dma_extent extent;
    uint32_t row_rest;     /**< tsr_desc_row_rest */
    int64_t plane, row;    /**< position of the next burst */
    uint64_t address, end; /**< beat-aligned rest of the current row */
} tsr_burst_walk;

/** @brief  Start walking the bursts of a load_feature, load_weight or store descriptor. */
tsr_burst_walk tsr_burst_first(const tsr_program *program, const tsr_desc *desc);
/** @brief  Next burst; false when there is none. Order: planes, rows, ascending addresses. */
bool tsr_burst_next(tsr_burst_walk *walk, uint64_t *address, uint32_t *beats);
/** @brief  Beats of a whole DMA descriptor (sum over its bursts), and its burst count if @p bursts is not NULL. */
uint64_t tsr_desc_beats(const tsr_program *program, const tsr_desc *desc, uint64_t *bursts);
/** @brief  Cycles between beats that the buffer side imposes: max(1, beat_bytes / pixel_bytes) for maps (one word a
 *          cycle), 1 for weights. */
uint32_t tsr_desc_beat_interval(const tsr_arch *arch, const tsr_desc *desc);

/** @brief  Cycles that the load engine needs behind the last beat of every row: pack - 1 for packed maps, else 0. */
uint32_t tsr_desc_row_rest(const tsr_desc *desc);
/** @brief  Of these, what the burst that tsr_burst_next gave last puts between its last beat and the next burst's
 *          first: tsr_desc_row_rest where a row ends and another one follows, else 0. */
uint32_t tsr_burst_rest(const tsr_burst_walk *walk);

/** Terms of the array-pass law T = (n-1)*max(L,D) + L + D + F + E; a chunk that is not the last has no drain: L + F. */
typedef struct tsr_pass_law {
    uint64_t n, l, d, f, e;
    uint64_t cycles; /**< T */
    uint64_t
        issue_cycles; /**< the array gets operands: n*L; the rest of T is fill, drain or waiting for the drain */
} tsr_pass_law;

/** @brief  Weight words that one group of tm output channels reads, by weight_form. */
int64_t tsr_conv_weight_words(const tsr_arch *arch, const tsr_desc_conv *d);

/** @brief  Law of a conv or pool descriptor. conv: n = m_groups*out_h*ceil(out_w/tp), L = in_planes*kh*kw,
 *          D = (tm/tn)*ceil(tp/wp); pool: n = planes*out_h*ceil(out_w/tp), L = kh*kw, D = ceil(tp/wp). Where the output
 *          (or the residual) has a bank stride other than 1, or out_step_w is above 1, neighbouring pixels share a
 *          bank, which takes one word a cycle: tp instead of ceil(tp/wp). */
tsr_pass_law tsr_desc_pass_law(const tsr_arch *arch, const tsr_desc *desc);

#ifdef __cplusplus
}
#endif
#endif
