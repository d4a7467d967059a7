// SPDX-License-Identifier: Apache-2.0
// Every access against the last write and the reads since; every sector port against its other
// users.
#include "program/hazards.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "program/desc_fields.h"

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
    return tsr_opcode_name(h->program->descs[desc].header.opcode);
}

static tsr_status new_record(tsr_hazards *h, int32_t desc, int64_t cells, int32_t *index,
                             tsr_error *err) {
    if (h->record_count == h->record_capacity) {
        const int32_t capacity = h->record_capacity > 0 ? 2 * h->record_capacity : 1024;
        tsr_access_record *records = tsr_realloc(h->records, (size_t)capacity, sizeof *records);
        TSR_CHECK(records != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for %d accesses",
                  capacity);
        h->records = records;
        h->record_capacity = capacity;
    }
    tsr_access_record record = {.desc = desc, .engine = -1, .layer = -1, .left = cells};
    if (desc >= 0) {
        record.engine = (int8_t)tsr_desc_engine(&h->program->descs[desc]);
        record.position = h->order->position[desc];
        record.layer = (int32_t)h->program->descs[desc].header.layer;
    }
    *index = h->record_count;
    h->records[h->record_count++] = record;
    return TSR_OK;
}

/** Whether the descriptor of a record is surely complete when `desc` starts. */
static bool is_before(const tsr_hazards *h, const tsr_access_record *record, int32_t desc) {
    if (record->engine < 0) {
        return true;
    }
    const int32_t engine = (int32_t)tsr_desc_engine(&h->program->descs[desc]);
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
    writer->left -= count;
    writer->lost += writer->layer != h->records[v->record].layer ? count : 0;
    TSR_CHECK(writer->engine < 0 || writer->left > 0 || writer->was_read, TSR_ERR_CONFIG, err, "",
              "writes over all %s of descriptor %d (%s) before anybody has read them", v->space,
              writer->desc, opcode_of(h, writer->desc));
    *state = (tsr_span_state){.writer = v->record};
    return TSR_OK;
}

static tsr_status visit_list(tsr_hazards *h, tsr_space space, tsr_span_visit visit, visitor *v,
                             tsr_error *err) {
    v->h = h;
    v->space = space_name(space);
    for (int32_t i = 0; i < h->list.count; ++i) {
        const tsr_interval *interval = &h->list.items[i];
        TSR_TRY(tsr_span_map_visit(&h->maps[space], interval->begin, interval->end, visit, v, err));
    }
    return TSR_OK;
}

/** The intervals in h->list; whether they are of several layers. */
static tsr_status read_list(tsr_hazards *h, tsr_space space, int32_t desc, bool *mixed,
                            tsr_error *err) {
    visitor v = {.desc = desc};
    TSR_TRY(new_record(h, desc, 0, &v.record, err));
    TSR_TRY(visit_list(h, space, visit_read, &v, err));
    *mixed = v.mixed;
    return TSR_OK;
}

tsr_status tsr_hazards_read(tsr_hazards *h, tsr_space space, int32_t desc, tsr_error *err) {
    bool mixed = false;
    TSR_TRY(read_list(h, space, desc, &mixed, err));
    visitor v = {.desc = desc};
    return mixed ? visit_list(h, space, visit_plane, &v, err) : TSR_OK;
}

tsr_status tsr_hazards_read_dram_map(tsr_hazards *h, const tsr_desc_load_feature *d, int32_t desc,
                                     tsr_error *err) {
    bool mixed = false;
    TSR_TRY(tsr_access_dram(&h->list, d, err));
    TSR_TRY(read_list(h, TSR_SPACE_DRAM, desc, &mixed, err));
    tsr_desc_load_feature plane = *d;
    plane.planes = 1;
    for (int64_t p = 0; mixed && p < d->planes; ++p) {
        visitor v = {.desc = desc};
        plane.dram_address = d->dram_address + p * d->plane_stride_bytes;
        TSR_TRY(tsr_access_dram(&h->list, &plane, err));
        TSR_TRY(visit_list(h, TSR_SPACE_DRAM, visit_plane, &v, err));
    }
    return TSR_OK;
}

tsr_status tsr_hazards_write(tsr_hazards *h, tsr_space space, int32_t desc, tsr_error *err) {
    visitor v = {.desc = desc};
    TSR_TRY(new_record(h, desc, h->list.total, &v.record, err));
    return visit_list(h, space, visit_write, &v, err);
}

/** Sectors of the words in h->list. */
static uint64_t sectors_of(const tsr_hazards *h) {
    uint64_t mask = 0;
    for (int32_t i = 0; i < h->list.count; ++i) {
        const int64_t first = h->list.items[i].begin / h->sector_words;
        const int64_t last = (h->list.items[i].end - 1) / h->sector_words;
        for (int64_t sector = first; sector <= last; ++sector) {
            mask |= (uint64_t)1 << sector;
        }
    }
    return mask;
}

/** Every other engine that has used the port must be through with it. */
static tsr_status use_ports(tsr_hazards *h, uint64_t sectors, tsr_sector_port port, int32_t desc,
                            tsr_error *err) {
    const int32_t engine = (int32_t)tsr_desc_engine(&h->program->descs[desc]);
    for (int32_t sector = 0; sector < h->program->arch.feature_sectors; ++sector) {
        if ((sectors >> sector & 1) == 0) {
            continue;
        }
        int32_t *use = h->port_use[sector][port];
        for (int32_t other = 0; other < TSR_ENGINE_COUNT; ++other) {
            TSR_CHECK(other == engine || use[other] <= h->order->clock[desc][other], TSR_ERR_CONFIG,
                      err, "",
                      "uses the %s port of feature sector %d, which another engine uses, and no "
                      "token orders the two",
                      port == TSR_SECTOR_READ ? "read" : "write", sector);
        }
        use[engine] = h->order->position[desc] + 1;
    }
    return TSR_OK;
}

static bool same_map(const tsr_map_view *a, const tsr_map_view *b) {
    return a->base == b->base && a->row_pitch == b->row_pitch && a->plane_pitch == b->plane_pitch &&
           a->bank_stride == b->bank_stride && a->wrap == b->wrap;
}

static bool same_use(const tsr_map_use *a, const tsr_map_use *b) {
    return same_map(&a->map, &b->map) && a->planes == b->planes && a->y0 == b->y0 &&
           a->x0 == b->x0 && a->h == b->h && a->w == b->w && a->step_h == b->step_h &&
           a->step_w == b->step_w && a->groups == b->groups && a->group_planes == b->group_planes;
}

/** Its rows go round the end of a ring. */
static bool goes_round(const tsr_map_use *use) {
    return use->map.wrap > 0 && use->y0 + tsr_use_height(use) > use->map.wrap;
}

static bool is_left_of(int64_t begin, int64_t extent, int64_t other) {
    return begin + extent <= other;
}

/** Surely no word in common: other rectangles of one map, or ranges that do not meet. */
static bool are_apart(const tsr_repeated_read *read, const tsr_map_use *use,
                      const tsr_access_list *list) {
    const tsr_map_use *old = &read->use;
    if (same_map(&old->map, &use->map) && !goes_round(old) && !goes_round(use)) {
        return is_left_of(old->y0, tsr_use_height(old), use->y0) ||
               is_left_of(use->y0, tsr_use_height(use), old->y0) ||
               is_left_of(old->x0, tsr_use_width(old), use->x0) ||
               is_left_of(use->x0, tsr_use_width(use), old->x0);
    }
    return list->end <= read->begin || list->begin >= read->end;
}

/** Forget reads that may touch what h->list holds; engine < 0 means of every engine. */
static void forget_reads(tsr_hazards *h, const tsr_map_use *use, int32_t engine) {
    for (int32_t i = 0; i < TSR_REPEATED_READS; ++i) {
        tsr_repeated_read *read = &h->repeated[i];
        if (read->valid && (engine < 0 || engine == read->engine)) {
            read->valid = are_apart(read, use, &h->list);
        }
    }
}

static tsr_repeated_read *find_read(tsr_hazards *h, const tsr_map_use *use, int32_t engine) {
    for (int32_t i = 0; i < TSR_REPEATED_READS; ++i) {
        tsr_repeated_read *read = &h->repeated[i];
        if (read->valid && read->use.map.base == use->map.base && read->engine == engine &&
            same_use(&read->use, use)) {
            return read;
        }
    }
    return NULL;
}

/** Read a map that was not read just like that before; its words are left in h->list. */
static tsr_status read_map_words(tsr_hazards *h, const tsr_map_use *use, int32_t desc,
                                 tsr_error *err) {
    const int32_t tp = h->program->arch.tp;
    bool mixed = false;
    TSR_TRY(tsr_access_map(&h->list, use, tp, err));
    TSR_TRY(read_list(h, TSR_SPACE_FEATURE, desc, &mixed, err));
    if (!mixed) {
        return TSR_OK;
    }
    tsr_map_use plane = *use;
    plane.planes = 1;
    plane.groups = 1;
    for (int64_t p = 0; p < tsr_use_plane_end(use); ++p) {
        if (use->groups > 1 && p % use->group_planes >= use->planes) {
            continue;  // between two groups
        }
        visitor v = {.desc = desc};
        plane.map.base = use->map.base + p * use->map.plane_pitch;
        TSR_TRY(tsr_access_map(&h->list, &plane, tp, err));
        TSR_TRY(visit_list(h, TSR_SPACE_FEATURE, visit_plane, &v, err));
    }
    return tsr_access_map(&h->list, use, tp, err);
}

tsr_status tsr_hazards_read_map(tsr_hazards *h, const tsr_map_use *use, int32_t desc,
                                uint64_t *sectors, tsr_error *err) {
    const int32_t engine = (int32_t)tsr_desc_engine(&h->program->descs[desc]);
    tsr_repeated_read *read = find_read(h, use, engine);
    if (read != NULL) {
        // untouched since this engine read it: still complete, and the later reader stands for both
        h->records[read->record].desc = desc;
        h->records[read->record].position = h->order->position[desc];
    } else {
        TSR_TRY(read_map_words(h, use, desc, err));
        // words that two of its reads share would know only the later one: keep those apart
        forget_reads(h, use, engine);
        read = &h->repeated[h->repeated_next];
        h->repeated_next = (h->repeated_next + 1) % TSR_REPEATED_READS;
        *read = (tsr_repeated_read){.valid = true,
                                    .engine = (int8_t)engine,
                                    .use = *use,
                                    .record = h->record_count - 1,
                                    .begin = h->list.begin,
                                    .end = h->list.end,
                                    .sectors = sectors_of(h)};
    }
    *sectors = read->sectors;
    return use_ports(h, *sectors, TSR_SECTOR_READ, desc, err);
}

/** A row of a ring before it is written again. */
typedef struct row_state {
    const tsr_hazards *h;
    int32_t layer;
    int32_t writer; /**< record of a write of that layer, 0 = there was none */
    bool was_read;
} row_state;

static tsr_status visit_row(void *user, tsr_span_state *state, int64_t count, tsr_error *err) {
    row_state *row = user;
    (void)count;
    (void)err;
    const tsr_access_record *writer = &row->h->records[state->writer];
    if (writer->engine >= 0 && writer->layer == row->layer) {
        row->writer = state->writer;
        row->was_read = row->was_read || state->reader[0] != 0 || state->reader[1] != 0;
    }
    return TSR_OK;
}

/** First write of the same layer that a row of the use holds and nobody has read, 0 = none. */
static tsr_status find_unread_row(tsr_hazards *h, const tsr_map_use *use, int32_t desc,
                                  int32_t *writer, tsr_error *err) {
    *writer = 0;
    tsr_map_use row = *use;
    row.h = 1;
    for (int64_t y = 0; y < use->h && *writer == 0; ++y) {
        row_state state = {.h = h, .layer = (int32_t)h->program->descs[desc].header.layer};
        row.y0 = use->y0 + y * tsr_step(use->step_h);
        row.y0 -= row.y0 >= use->map.wrap ? use->map.wrap : 0;
        TSR_TRY(tsr_access_map(&h->list, &row, h->program->arch.tp, err));
        for (int32_t i = 0; i < h->list.count; ++i) {
            TSR_TRY(tsr_span_map_visit(&h->maps[TSR_SPACE_FEATURE], h->list.items[i].begin,
                                       h->list.items[i].end, visit_row, &state, err));
        }
        *writer = state.was_read ? 0 : state.writer;
    }
    return TSR_OK;
}

tsr_status tsr_hazards_write_map(tsr_hazards *h, const tsr_map_use *use, int32_t desc,
                                 tsr_error *err) {
    const tsr_arch *arch = &h->program->arch;
    int32_t unread = 0;
    if (use->map.wrap > 0) {
        TSR_TRY(find_unread_row(h, use, desc, &unread, err));
    }
    TSR_TRY(tsr_access_map(&h->list, use, arch->tp, err));
    const int32_t record = h->record_count;
    TSR_TRY(tsr_hazards_write(h, TSR_SPACE_FEATURE, desc, err));
    TSR_CHECK(
        unread == 0, TSR_ERR_CONFIG, err, "",
        "writes over a row of its ring that descriptor %d (%s) has written and nobody has read",
        h->records[unread].desc, opcode_of(h, h->records[unread].desc));
    if (h->program->descs[desc].header.opcode == TSR_OP_CONV) {
        // the last group's lanes may be no real channels: the next map may begin there
        h->records[record].filler = (arch->tm / arch->tn - 1) * use->h * use->w;
    }
    forget_reads(h, use, -1);
    return use_ports(h, sectors_of(h), TSR_SECTOR_WRITE, desc, err);
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
    const int64_t begin = (int64_t)address;
    return tsr_span_map_visit(&h->maps[TSR_SPACE_DRAM], begin, begin + (int64_t)bytes,
                              visit_initial, &record, err);
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
        bytes += (uint64_t)program->descs[i].header.units * TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
    }
    return set_initial(h, program->descriptor_address, bytes, TSR_HAZARD_FETCH, err);
}

static tsr_status create(tsr_hazards *h, tsr_error *err) {
    const tsr_arch *arch = &h->program->arch;
    const int64_t sizes[TSR_SPACE_COUNT] = {
        (int64_t)tsr_arch_feature_lines(arch) * arch->tp, tsr_arch_weight_words(arch),
        arch->parameter_channels / arch->tm, (int64_t)h->program->memory_bytes};
    for (int32_t space = 0; space < TSR_SPACE_COUNT; ++space) {
        TSR_TRY(tsr_span_map_create(&h->maps[space], sizes[space], err));
    }
    h->sector_words = (int32_t)(sizes[TSR_SPACE_FEATURE] / arch->feature_sectors);
    for (int32_t i = 0; i < TSR_HAZARD_FIRST; ++i) {  // 0 = nobody, host, fetch
        int32_t index = 0;
        TSR_TRY(new_record(h, -1, 0, &index, err));
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
    for (int32_t space = 0; space < TSR_SPACE_COUNT; ++space) {
        tsr_span_map_free(&h->maps[space]);
    }
    tsr_free(h->records);
    tsr_access_free(&h->list);
    memset(h, 0, sizeof *h);
}
