// SPDX-License-Identifier: Apache-2.0
// Makes time lines, and turns one into the counters of the run and its layers.
#include "counters/timeline.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "counters/occupancy.h"

enum {
    DMA_ADDRESS_BITS = 40,
    DMA_STRIDE_BITS = 34,
    EXTENT_BITS = 24,
    TILE_BITS = 31,
    TAP_BITS = 30
};

static bool in_bits(int64_t value, int64_t low, int32_t bits) {
    return value >= low && value < (INT64_C(1) << bits);
}

static tsr_status check_rows(const tsr_program *program, int64_t address, const int64_t extent[3],
                             const int64_t stride[2], const char *where, tsr_error *err) {
    TSR_CHECK(in_bits(address, 0, DMA_ADDRESS_BITS) && in_bits(extent[0], 1, EXTENT_BITS) &&
                  in_bits(extent[1], 1, EXTENT_BITS) && in_bits(extent[2], 1, DMA_ADDRESS_BITS) &&
                  in_bits(stride[0], 0, DMA_STRIDE_BITS) && in_bits(stride[1], 0, DMA_STRIDE_BITS),
              TSR_ERR_CONFIG, err, where,
              "%" PRId64 " planes of %" PRId64 " rows of %" PRId64 " bytes cannot be moved",
              extent[0], extent[1], extent[2]);
    const int64_t last =
        address + (extent[0] - 1) * stride[0] + (extent[1] - 1) * stride[1] + extent[2] - 1;
    TSR_CHECK((uint64_t)last < program->memory_bytes, TSR_ERR_CONFIG, err, where,
              "reaches DRAM byte %" PRId64 ", the image has %" PRIu64, last, program->memory_bytes);
    return TSR_OK;
}

static tsr_status check_dma(const tsr_program *program, const tsr_desc *desc, const char *where,
                            tsr_error *err) {
    if (desc->header.opcode == TSR_OP_LOAD_WEIGHT) {
        const tsr_desc_load_weight *d = &desc->u.load_weight;
        TSR_CHECK(in_bits(d->words_per_group, 0, EXTENT_BITS), TSR_ERR_CONFIG, err, where,
                  "words_per_group is %" PRId64, d->words_per_group);
        const int64_t bytes =
            d->words_per_group * tsr_arch_weight_word_bytes(&program->arch) +
            (d->parameters != 0 ? (int64_t)program->arch.tm * TSR_PARAMETER_RECORD_BYTES : 0);
        return check_rows(program, d->dram_address, (const int64_t[]){d->groups, 1, bytes},
                          (const int64_t[]){d->group_stride_bytes, 0}, where, err);
    }
    if (desc->header.opcode == TSR_OP_STORE) {
        const tsr_desc_store *d = &desc->u.store;
        return check_rows(
            program, d->dram_address, (const int64_t[]){d->planes, d->rows, d->row_bytes},
            (const int64_t[]){d->plane_stride_bytes, d->row_stride_bytes}, where, err);
    }
    const tsr_desc_load_feature *d = &desc->u.load_feature;
    return check_rows(program, d->dram_address, (const int64_t[]){d->planes, d->rows, d->row_bytes},
                      (const int64_t[]){d->plane_stride_bytes, d->row_stride_bytes}, where, err);
}

/** Extents whose products stay inside 64 bits. */
static tsr_status check_pass(const tsr_desc *desc, const char *where, tsr_error *err) {
    const bool conv = desc->header.opcode == TSR_OP_CONV;
    const tsr_desc_conv *c = &desc->u.conv;
    const tsr_desc_pool *p = &desc->u.pool;
    const int64_t extents[] = {conv ? c->m_groups : p->planes,   conv ? c->out_h : p->out_h,
                               conv ? c->out_w : p->out_w,       conv ? c->in_planes : 1,
                               conv ? c->kernel_h : p->kernel_h, conv ? c->kernel_w : p->kernel_w};
    for (size_t i = 0; i < sizeof extents / sizeof extents[0]; ++i) {
        TSR_CHECK(in_bits(extents[i], 1, EXTENT_BITS - 4), TSR_ERR_CONFIG, err, where,
                  "an extent of the pass is %" PRId64, extents[i]);
    }
    // Products of two extents below 2^20 fit; the third factor is checked against what is left.
    TSR_CHECK(extents[0] * extents[1] < (INT64_C(1) << TILE_BITS) / extents[2] &&
                  extents[3] * extents[4] < (INT64_C(1) << TAP_BITS) / extents[5],
              TSR_ERR_CONFIG, err, where, "the pass has too many tiles or taps");
    return TSR_OK;
}

static tsr_status check_desc(const tsr_program *program, int32_t index, tsr_error *err) {
    const tsr_desc desc = tsr_program_desc(program, index);
    const tsr_desc_note note = tsr_program_note(program, index);
    char where[48];
    (void)snprintf(where, sizeof where, "descriptor %d", index);
    const tsr_engine engine = tsr_desc_engine(&desc);
    const bool last = index == program->desc_count - 1;
    TSR_CHECK(in_bits(desc.header.opcode, 0, 3) && desc.header.opcode < TSR_OP_COUNT &&
                  (desc.header.opcode == TSR_OP_END) == last,
              TSR_ERR_CONFIG, err, where,
              "opcode is %" PRId64 ", the last one and only it is `end`", desc.header.opcode);
    TSR_CHECK(desc.header.units == tsr_opcode_units(desc.header.opcode), TSR_ERR_CONFIG, err, where,
              "units is %" PRId64 ", allowed is %d", desc.header.units,
              tsr_opcode_units(desc.header.opcode));
    TSR_CHECK(desc.header.layer >= 0 && desc.header.layer < program->layer_count, TSR_ERR_CONFIG,
              err, where, "layer is %" PRId64 ", the program has %d", desc.header.layer,
              program->layer_count);
    const int64_t tokens = desc.header.pop | desc.header.push;
    const int64_t own = engine == TSR_ENGINE_COUNT ? 0xF : INT64_C(1) << engine;
    TSR_CHECK(in_bits(tokens, 0, TSR_ENGINE_COUNT) && (tokens & own) == 0, TSR_ERR_CONFIG, err,
              where, "pop %" PRId64 ", push %" PRId64 ": an engine has no tokens with itself",
              desc.header.pop, desc.header.push);
    TSR_CHECK(in_bits(desc.header.traffic, 0, 3) && desc.header.traffic < TSR_TRAFFIC_COUNT,
              TSR_ERR_CONFIG, err, where, "traffic is %" PRId64, desc.header.traffic);
    for (uint32_t b = 0; b < TSR_BUFFER_COUNT; ++b) {
        TSR_CHECK(in_bits(note.alloc_bytes[b], 0, DMA_ADDRESS_BITS) &&
                      in_bits(note.free_bytes[b], 0, DMA_ADDRESS_BITS),
                  TSR_ERR_CONFIG, err, where, "the note's buffer bytes are out of range");
    }
    if (engine == TSR_ENGINE_COUNT) {
        return TSR_OK;
    }
    return engine == TSR_ENGINE_COMPUTE ? check_pass(&desc, where, err)
                                        : check_dma(program, &desc, where, err);
}

static tsr_status check_program(const tsr_program *program, tsr_error *err) {
    TSR_TRY(tsr_arch_check(&program->arch, err));
    TSR_CHECK(program->desc_count >= 1 && program->layer_count >= 1, TSR_ERR_CONFIG, err, "program",
              "%d descriptors for %d layers, allowed are 1 and more", program->desc_count,
              program->layer_count);
    TSR_CHECK(program->descriptor_address % TSR_UARCH_DESCRIPTOR_UNIT_BYTES == 0 &&
                  program->descriptor_address < (UINT64_C(1) << DMA_ADDRESS_BITS),
              TSR_ERR_CONFIG, err, "program",
              "descriptor_address is %" PRIu64 ", allowed are multiples of %d",
              program->descriptor_address, TSR_UARCH_DESCRIPTOR_UNIT_BYTES);
    for (int32_t i = 0; i < program->desc_count; ++i) {
        TSR_TRY(check_desc(program, i, err));
    }
    return TSR_OK;
}

tsr_status tsr_timeline_create(const tsr_program *program, tsr_timeline *timeline, tsr_error *err) {
    memset(timeline, 0, sizeof *timeline);
    TSR_TRY(check_program(program, err));
    const size_t count = (size_t)program->desc_count;
    timeline->dispatch = tsr_alloc(count, sizeof *timeline->dispatch);
    timeline->start = tsr_alloc(count, sizeof *timeline->start);
    timeline->complete = tsr_alloc(count, sizeof *timeline->complete);
    if (timeline->dispatch == NULL || timeline->start == NULL || timeline->complete == NULL) {
        tsr_timeline_free(timeline);
        return tsr_fail(err, TSR_ERR_NO_MEMORY, "program", "no memory for %zu descriptors", count);
    }
    for (size_t i = 0; i < count; ++i) {
        timeline->dispatch[i] = TSR_CYCLE_UNKNOWN;
        timeline->start[i] = TSR_CYCLE_UNKNOWN;
        timeline->complete[i] = TSR_CYCLE_UNKNOWN;
    }
    timeline->done = TSR_CYCLE_UNKNOWN;
    return TSR_OK;
}

void tsr_timeline_free(tsr_timeline *timeline) {
    tsr_free(timeline->dispatch);
    tsr_free(timeline->start);
    tsr_free(timeline->complete);
    memset(timeline, 0, sizeof *timeline);
}

/* ---- the compute engine's time line
 * ----------------------------------------------------------------------------- */

/** Walks the pushes of each engine to compute in their order: the k-th pop takes the k-th push. */
typedef struct token_walk {
    const tsr_program *program;
    int32_t next[TSR_ENGINE_COUNT];
} token_walk;

/** Cycle from which the next token of `engine` to compute can be popped. */
static uint64_t next_token(token_walk *walk, const tsr_timeline *timeline, tsr_engine engine) {
    const tsr_program *program = walk->program;
    int32_t i = walk->next[engine];
    while (i < program->desc_count &&
           (tsr_program_engine(program, i) != engine ||
            (tsr_program_brief(program, i).push & (1 << TSR_ENGINE_COMPUTE)) == 0)) {
        ++i;
    }
    walk->next[engine] = i + 1;
    return i < program->desc_count ? timeline->complete[i] + TSR_UARCH_TOKEN_VISIBLE_CYCLES : 0;
}

/** Idle cycles [from, start) by cause; seen = the pass is visible in the FIFO, ready = its tokens
 * by engine. */
static void add_idle(tsr_counters *layer, uint64_t from, uint64_t start, uint64_t seen,
                     const uint64_t ready[TSR_ENGINE_COUNT]) {
    static const struct {
        tsr_engine engine;
        tsr_cause cause;
    } order[] = {{TSR_ENGINE_LOAD_WEIGHT, TSR_CAUSE_WAIT_WEIGHTS},
                 {TSR_ENGINE_LOAD_FEATURE, TSR_CAUSE_WAIT_FEATURES},
                 {TSR_ENGINE_STORE, TSR_CAUSE_WAIT_STORE}};

    uint64_t at = from;
    if (seen > at) {
        layer->cycles_by_cause[TSR_CAUSE_SYNC] += seen - at;
        at = seen;
    }
    for (size_t i = 0; i < sizeof order / sizeof order[0]; ++i) {
        if (ready[order[i].engine] > at) {
            layer->cycles_by_cause[order[i].cause] += ready[order[i].engine] - at;
            at = ready[order[i].engine];
        }
    }
    layer->cycles_by_cause[TSR_CAUSE_SYNC] += start - at;
}

static void add_compute(const tsr_program *program, const tsr_timeline *timeline,
                        tsr_counters *layers) {
    token_walk walk = {.program = program};
    uint64_t free_from = 0;  // completion of the pass before
    int64_t last_layer = tsr_program_brief(program, program->desc_count - 1).layer;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc desc = tsr_program_desc(program, i);
        if (tsr_desc_engine(&desc) != TSR_ENGINE_COMPUTE) {
            continue;
        }
        uint64_t ready[TSR_ENGINE_COUNT] = {0};
        for (uint32_t e = 0; e < TSR_ENGINE_COUNT; ++e) {
            if ((desc.header.pop & (1 << e)) != 0) {
                ready[e] = next_token(&walk, timeline, (tsr_engine)e);
            }
        }
        tsr_counters *layer = &layers[desc.header.layer];
        const uint64_t start = timeline->start[i];
        add_idle(layer, free_from, start, timeline->dispatch[i] + TSR_UARCH_FIFO_VISIBLE_CYCLES,
                 ready);
        const tsr_pass_law law = tsr_desc_pass_law(&program->arch, &desc);
        layer->cycles_by_cause[TSR_CAUSE_COMPUTE] += law.issue_cycles;
        layer->cycles_by_cause[TSR_CAUSE_FILL_DRAIN] += law.cycles - law.issue_cycles;
        layer->cycles += timeline->complete[i] - free_from;
        free_from = timeline->complete[i];
        last_layer = desc.header.layer;
    }
    layers[last_layer].cycles_by_cause[TSR_CAUSE_WAIT_STORE] += timeline->done - free_from;
    layers[last_layer].cycles += timeline->done - free_from;
}

/* ---- engines, bytes, bursts
 * ------------------------------------------------------------------------------------- */

static void add_descriptors(const tsr_program *program, const tsr_timeline *timeline,
                            tsr_counters *layers) {
    const uint64_t beat = (uint64_t)tsr_arch_beat_bytes(&program->arch);
    for (int32_t i = 0; i < program->desc_count; ++i) {
        const tsr_desc desc = tsr_program_desc(program, i);
        const tsr_desc_note note = tsr_program_note(program, i);
        tsr_counters *layer = &layers[desc.header.layer];
        const tsr_engine engine = tsr_desc_engine(&desc);
        layer->read_bytes[TSR_TRAFFIC_DESCRIPTORS] +=
            (uint64_t)desc.header.units * TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
        if (engine == TSR_ENGINE_COUNT) {
            continue;
        }
        const uint64_t busy = timeline->complete[i] - timeline->start[i];
        layer->busy_cycles[engine] += busy;
        ++layer->descriptors[engine];
        layer->macs += note.macs;
        layer->macs_recomputed += note.macs_recomputed;
        layer->waste_bytes += note.waste_bytes;
        layer->reread_bytes += note.reread_bytes;
        if (engine == TSR_ENGINE_COMPUTE) {
            continue;
        }
        const tsr_cost cost = tsr_cost_of(program, &desc);
        layer->memory_stall_cycles[engine] += busy > cost.cycles ? busy - cost.cycles : 0;
        uint64_t *moved = engine == TSR_ENGINE_STORE ? layer->write_bytes : layer->read_bytes;
        moved[desc.header.traffic] += cost.beats * beat;
        static const tsr_port ports[] = {[TSR_ENGINE_LOAD_FEATURE] = TSR_PORT_LOAD_FEATURE,
                                         [TSR_ENGINE_LOAD_WEIGHT] = TSR_PORT_LOAD_WEIGHT,
                                         [TSR_ENGINE_STORE] = TSR_PORT_STORE};
        layer->bursts[ports[engine]] += cost.bursts;
    }
}

/** A fetch burst counts for the layer of the descriptor its first byte belongs to. */
static void add_fetches(const tsr_program *program, tsr_counters *layers) {
    tsr_fetch_walk walk = tsr_fetch_first(program);
    uint64_t address = 0;
    uint32_t beats = 0;
    uint64_t end = 0;  // of descriptor `index`, relative to the first
    int32_t index = -1;
    while (tsr_fetch_next(&walk, &address, &beats)) {
        while (address - program->descriptor_address >= end) {
            ++index;
            end += tsr_program_desc_bytes(program, index);
        }
        ++layers[tsr_program_brief(program, index).layer].bursts[TSR_PORT_DESCRIPTOR];
    }
}

/** Every member of tsr_counters is a uint64_t, so the sum is one loop over numbers. */
static void add_counters(tsr_counters *sum, const tsr_counters *part) {
    uint64_t numbers[sizeof(tsr_counters) / sizeof(uint64_t)];
    uint64_t more[sizeof(tsr_counters) / sizeof(uint64_t)];
    memcpy(numbers, sum, sizeof numbers);
    memcpy(more, part, sizeof more);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i) {
        numbers[i] += more[i];
    }
    memcpy(sum, numbers, sizeof numbers);
}

tsr_status tsr_timeline_account(const tsr_program *program, const tsr_timeline *timeline,
                                const tsr_run_options *options, tsr_result *result,
                                tsr_error *err) {
    memset(result, 0, sizeof *result);
    result->layers = tsr_alloc((size_t)program->layer_count, sizeof *result->layers);
    TSR_CHECK(result->layers != NULL, TSR_ERR_NO_MEMORY, err, "program", "no memory for %d layers",
              program->layer_count);
    result->layer_count = program->layer_count;
    add_compute(program, timeline, result->layers);
    add_descriptors(program, timeline, result->layers);
    add_fetches(program, result->layers);
    for (int32_t i = 0; i < result->layer_count; ++i) {
        add_counters(&result->total, &result->layers[i]);
    }
    const tsr_status status = tsr_occupancy_fill(
        program, timeline, options != NULL && options->keep_occupancy, result, err);
    if (status != TSR_OK) {
        tsr_result_free(result);
        return status;
    }
    result->complete = true;
    return TSR_OK;
}
