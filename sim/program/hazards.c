// SPDX-License-Identifier: Apache-2.0
// Every access against the last write and the reads since; every sector port against its other
// users.
#include "program/hazards.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "program/desc_fields.h"

enum { FIRST_RECORDS = 1024 };

/** The access under way, for the visitors. */
typedef struct visitor {
    tsr_hazards *h;
    int32_t record;
    int32_t desc;
    int32_t source_layer; /**< read: layer of the writes seen so far */
    int32_t source;       /**< read: record of the first of them, 0 = none yet */
    bool mixed;           /**< read: there were writes of several layers */
    const char *space;
} visitor;

static const char *space_name(tsr_space space) {
    static const char *const names[TSR_SPACE_COUNT] = {"feature words", "weight words",
                                                       "parameter entries", "DRAM bytes"};
    return names[space];
}

static const char *opcode_of(const tsr_hazards *h, int32_t desc) {
    return tsr_opcode_name(tsr_program_brief(h->program, desc).opcode);
}

/** Records that are still referred to, while the others are looked for. */
typedef struct marking {
    bool *live; /**< [record_capacity] */
} marking;

static void mark(void *user, const tsr_span_state *state) {
    const marking *m = user;
    m->live[state->writer] = true;
    m->live[state->reader[0]] = true;
    m->live[state->reader[1]] = true;
    m->live[state->loser[0]] = true;
    m->live[state->loser[1]] = true;
}

/** Link the records that no cell refers to; how many there are. */
static int32_t free_dead(tsr_hazards *h, const marking *m) {
    for (int32_t space = 0; space < TSR_SPACE_DRAM; ++space) {
        tsr_span_map_each(&h->buffers[space], mark, (void *)m);
    }
    tsr_box_map_each(&h->dram, mark, (void *)m);
    for (int32_t i = 0; i < TSR_REPEATED_READS; ++i) {
        m->live[h->repeated[i].record] = true;
    }
    int32_t dead = 0;
    for (int32_t i = h->record_capacity - 1; i >= TSR_HAZARD_FIRST; --i) {
        if (!m->live[i]) {
            h->records[i].desc = h->free_record;
            h->free_record = i;
            ++dead;
        }
    }
    return dead;
}

/** More records, unless at least half of those there are have no cell any more. */
static tsr_status renew_records(tsr_hazards *h, tsr_error *err) {
    const marking m = {tsr_alloc((size_t)h->record_capacity + 1, sizeof *m.live)};
    TSR_CHECK(m.live != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for %d accesses",
              h->record_capacity);
    const int32_t dead = free_dead(h, &m);
    tsr_free(m.live);
    const int32_t old = h->record_capacity;
    if (2 * dead > old && old > 0) {
        return TSR_OK;
    }
    const int32_t capacity = old > 0 ? 2 * old : FIRST_RECORDS;
    tsr_access_record *records = tsr_realloc(h->records, (size_t)capacity, sizeof *records);
    TSR_CHECK(records != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for %d accesses", capacity);
    h->records = records;
    h->record_capacity = capacity;
    for (int32_t i = capacity - 1; i >= old && i >= TSR_HAZARD_FIRST; --i) {
        records[i].desc = h->free_record;
        h->free_record = i;
    }
    return TSR_OK;
}

static tsr_status new_record(tsr_hazards *h, int32_t desc, int64_t cells, int32_t *index,
                             tsr_error *err) {
    if (h->free_record == 0) {
        TSR_TRY(renew_records(h, err));
    }
    *index = h->free_record;
    h->free_record = h->records[*index].desc;
    h->last_record = *index;
    h->records[*index] = (tsr_access_record){.desc = desc,
                                             .engine = (int8_t)tsr_program_engine(h->program, desc),
                                             .position = h->order->position[desc],
                                             .layer = tsr_program_brief(h->program, desc).layer,
                                             .group = tsr_program_note(h->program, desc).group,
                                             .left = cells,
                                             .base = -1};
    return TSR_OK;
}

/** Whether the descriptor of a record is surely complete when `desc` starts. */
static bool is_before(const tsr_hazards *h, const tsr_access_record *record, int32_t desc) {
    if (record->engine < 0) {
        return true;
    }
    const int32_t engine = (int32_t)tsr_program_engine(h->program, desc);
    const int32_t complete =
        record->engine == engine ? h->order->position[desc] : h->order->clock[desc][record->engine];
    return record->position < complete;
}

static tsr_status visit_read(void *user, tsr_span_state *state, int64_t count, tsr_error *err) {
    visitor *v = user;
    (void)count;
    tsr_hazards *h = v->h;
    TSR_CHECK(state->writer != 0, TSR_ERR_CONFIG, err, "", "reads %s that nobody has written",
              v->space);
    tsr_access_record *writer = &h->records[state->writer];
    TSR_CHECK(is_before(h, writer, v->desc), TSR_ERR_CONFIG, err, "",
              "reads %s that descriptor %d (%s) writes, and no token orders the two", v->space,
              writer->desc, opcode_of(h, writer->desc));
    v->mixed = v->mixed || (v->source != 0 && writer->layer != v->source_layer);
    v->source = state->writer;
    v->source_layer = writer->layer;
    writer->was_read = true;
    state->reader[h->records[v->record].engine & 1] = v->record;
    return TSR_OK;
}

/** A plane of a read that saw several layers: this part of it is of one, and nothing real of that
 * one is gone. */
static tsr_status visit_plane(void *user, tsr_span_state *state, int64_t count, tsr_error *err) {
    visitor *v = user;
    (void)count;
    const tsr_access_record *writer = &v->h->records[state->writer];
    TSR_CHECK(
        v->source == 0 || writer->layer == v->source_layer, TSR_ERR_CONFIG, err, "",
        "reads %s of which descriptor %d has overwritten a part: the rest is of layer %" PRId32
        ", the part of layer %" PRId32,
        v->space, writer->desc, v->source_layer, writer->layer);
    TSR_CHECK(writer->lost <= writer->filler, TSR_ERR_CONFIG, err, "",
              "reads %s of descriptor %d (%s), of which another layer has overwritten a part",
              v->space, writer->desc, opcode_of(v->h, writer->desc));
    v->source = state->writer;
    v->source_layer = writer->layer;
    return TSR_OK;
}

/** Cells go from one write to another. What a layer loses of a write counts until the layer itself
 * writes there again, as it does to the rows of a ring: such rows are gone on purpose. */
static tsr_span_state hand_over(tsr_hazards *h, const tsr_span_state *old, int32_t record,
                                int64_t count) {
    const int32_t layer = h->records[record].layer;
    tsr_span_state now = {.writer = record};
    int32_t losers = 0;
    tsr_access_record *writer = &h->records[old->writer];
    writer->left -= count;
    if (writer->layer != layer) {
        writer->lost += count;
        if (writer->engine >= 0 && writer->left > 0) {
            now.loser[losers++] = old->writer;
        }
    }
    for (int32_t k = 0; k < 2; ++k) {
        tsr_access_record *loser = &h->records[old->loser[k]];
        const bool again = loser->layer == layer;
        if (old->loser[k] != 0 && again) {
            loser->lost -= count;
        } else if (old->loser[k] != 0 && loser->left > 0 && losers < 2) {
            now.loser[losers++] = old->loser[k];
        }
    }
    return now;
}

static tsr_status visit_write(void *user, tsr_span_state *state, int64_t count, tsr_error *err) {
    visitor *v = user;
    tsr_hazards *h = v->h;
    tsr_access_record *writer = &h->records[state->writer];
    TSR_CHECK(state->writer != TSR_HAZARD_FETCH, TSR_ERR_CONFIG, err, "",
              "writes over the encoded descriptors");
    TSR_CHECK(is_before(h, writer, v->desc), TSR_ERR_CONFIG, err, "",
              "writes over %s of descriptor %d (%s), and no token orders the two", v->space,
              writer->desc, opcode_of(h, writer->desc));
    for (int32_t k = 0; k < 2; ++k) {
        const tsr_access_record *reader = &h->records[state->reader[k]];
        TSR_CHECK(is_before(h, reader, v->desc), TSR_ERR_CONFIG, err, "",
                  "writes over %s that descriptor %d (%s) %s", v->space, reader->desc,
                  opcode_of(h, reader->desc),
                  reader->desc == v->desc ? "itself reads" : "reads, and no token orders the two");
    }
    const tsr_span_state now = hand_over(h, state, v->record, count);
    TSR_CHECK(writer->engine < 0 || writer->left > 0 || writer->was_read, TSR_ERR_CONFIG, err, "",
              "writes over all %s of descriptor %d (%s) before anybody has read them", v->space,
              writer->desc, opcode_of(h, writer->desc));
    *state = now;
    return TSR_OK;
}

static tsr_status visit_list(tsr_hazards *h, tsr_space space, tsr_span_visit visit, visitor *v,
                             tsr_error *err) {
    v->h = h;
    v->space = space_name(space);
    if (space == TSR_SPACE_DRAM) {
        return tsr_box_map_visit(&h->dram, h->list.items, h->list.count, visit, v, err);
    }
    for (int32_t i = 0; i < h->list.count; ++i) {
        const tsr_interval *interval = &h->list.items[i];
        TSR_TRY(
            tsr_span_map_visit(&h->buffers[space], interval->begin, interval->end, visit, v, err));
    }
    return TSR_OK;
}

tsr_status tsr_hazards_read_any(tsr_hazards *h, tsr_space space, int32_t desc, bool *mixed,
                                tsr_error *err) {
    visitor v = {.desc = desc};
    TSR_TRY(new_record(h, desc, 0, &v.record, err));
    TSR_TRY(visit_list(h, space, visit_read, &v, err));
    *mixed = v.mixed;
    return TSR_OK;
}

tsr_status tsr_hazards_one_layer(tsr_hazards *h, tsr_space space, int32_t desc, tsr_error *err) {
    visitor v = {.desc = desc};
    return visit_list(h, space, visit_plane, &v, err);
}

tsr_status tsr_hazards_read(tsr_hazards *h, tsr_space space, int32_t desc, tsr_error *err) {
    bool mixed = false;
    TSR_TRY(tsr_hazards_read_any(h, space, desc, &mixed, err));
    return mixed ? tsr_hazards_one_layer(h, space, desc, err) : TSR_OK;
}

tsr_status tsr_hazards_write(tsr_hazards *h, tsr_space space, int32_t desc, tsr_error *err) {
    visitor v = {.desc = desc};
    TSR_TRY(new_record(h, desc, h->list.total, &v.record, err));
    return visit_list(h, space, visit_write, &v, err);
}

/** Cells of DRAM get a state that no descriptor made; last call wins. */
static tsr_status visit_initial(void *user, tsr_span_state *state, int64_t count, tsr_error *err) {
    (void)count;
    (void)err;
    *state = (tsr_span_state){.writer = *(const int32_t *)user};
    return TSR_OK;
}

static tsr_status set_initial(tsr_hazards *h, uint64_t address, uint64_t bytes, int32_t record,
                              tsr_error *err) {
    const tsr_interval all = {(int64_t)address, (int64_t)(address + bytes)};
    return tsr_box_map_visit(&h->dram, &all, 1, visit_initial, &record, err);
}

static uint64_t symbol_bytes(const tsr_program *program, const tsr_symbol *symbol) {
    const int64_t planes = (symbol->c + program->arch.tn - 1) / program->arch.tn;
    return (uint64_t)(planes * symbol->h * symbol->w * symbol->pixel_bytes);
}

/** Weights and inputs are there before the run; maps that the run makes are not, wherever they are
 * reserved. */
static tsr_status fill_dram(tsr_hazards *h, tsr_error *err) {
    const tsr_program *program = h->program;
    for (int32_t i = 0; i < program->segment_count; ++i) {
        const tsr_segment *segment = &program->segments[i];
        TSR_TRY(set_initial(h, segment->address, segment->bytes, TSR_HAZARD_HOST, err));
    }
    for (int32_t pass = 0; pass < 2;
         ++pass) {  // inputs last: a later map may take the place of one
        for (int32_t i = 0; i < program->symbol_count; ++i) {
            const tsr_symbol *symbol = &program->symbols[i];
            if (symbol->is_input == (pass == 1)) {
                TSR_TRY(set_initial(h, symbol->address, symbol_bytes(program, symbol),
                                    symbol->is_input ? TSR_HAZARD_HOST : 0, err));
            }
        }
    }
    uint64_t bytes = 0;
    for (int32_t i = 0; i < program->desc_count; ++i) {
        bytes += tsr_program_desc_bytes(program, i);
    }
    return set_initial(h, program->descriptor_address, bytes, TSR_HAZARD_FETCH, err);
}

static tsr_status create(tsr_hazards *h, tsr_error *err) {
    const tsr_arch *arch = &h->program->arch;
    const int64_t sizes[TSR_SPACE_DRAM] = {(int64_t)tsr_arch_feature_lines(arch) * arch->tp,
                                           tsr_arch_weight_words(arch),
                                           arch->parameter_channels / arch->tm};
    for (int32_t space = 0; space < TSR_SPACE_DRAM; ++space) {
        TSR_TRY(tsr_span_map_create(&h->buffers[space], sizes[space], err));
    }
    TSR_TRY(tsr_box_map_create(&h->dram, h->program, (int64_t)h->program->memory_bytes, err));
    h->sector_words = (int32_t)(sizes[TSR_SPACE_FEATURE] / arch->feature_sectors);
    TSR_TRY(renew_records(h, err));
    for (int32_t i = 0; i < TSR_HAZARD_FIRST; ++i) {  // 0 = nobody, host, fetch
        h->records[i] = (tsr_access_record){.desc = -1, .engine = -1, .layer = -1};
    }
    return fill_dram(h, err);
}

tsr_status tsr_hazards_create(tsr_hazards *h, const tsr_program *program,
                              const tsr_token_order *order, tsr_error *err) {
    memset(h, 0, sizeof *h);
    h->program = program;
    h->order = order;
    const tsr_status status = create(h, err);
    if (status != TSR_OK) {
        tsr_hazards_free(h);
    }
    return status;
}

void tsr_hazards_free(tsr_hazards *h) {
    for (int32_t space = 0; space < TSR_SPACE_DRAM; ++space) {
        tsr_span_map_free(&h->buffers[space]);
    }
    tsr_box_map_free(&h->dram);
    tsr_free(h->records);
    tsr_access_free(&h->list);
    memset(h, 0, sizeof *h);
}
