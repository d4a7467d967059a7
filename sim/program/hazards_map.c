// SPDX-License-Identifier: Apache-2.0
// Maps as descriptors read and write them: plane by plane where several layers made them, sector
// ports, rows of rings, and reads that need no second look.
#include "base/check.h"
#include "program/desc_fields.h"
#include "program/hazards.h"

tsr_status tsr_hazards_read_dram_map(tsr_hazards *h, const tsr_desc_load_feature *d, int32_t desc,
                                     tsr_error *err) {
    bool mixed = false;
    TSR_TRY(tsr_access_dram(&h->list, d, err));
    TSR_TRY(tsr_hazards_read_any(h, TSR_SPACE_DRAM, desc, &mixed, err));
    tsr_desc_load_feature plane = *d;
    plane.planes = 1;
    for (int64_t p = 0; mixed && p < d->planes; ++p) {
        plane.dram_address = d->dram_address + p * d->plane_stride_bytes;
        TSR_TRY(tsr_access_dram(&h->list, &plane, err));
        TSR_TRY(tsr_hazards_one_layer(h, TSR_SPACE_DRAM, desc, err));
    }
    return TSR_OK;
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
    const int32_t engine = (int32_t)tsr_program_engine(h->program, desc);
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
    TSR_TRY(tsr_hazards_read_any(h, TSR_SPACE_FEATURE, desc, &mixed, err));
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
        plane.map.base = use->map.base + p * use->map.plane_pitch;
        TSR_TRY(tsr_access_map(&h->list, &plane, tp, err));
        TSR_TRY(tsr_hazards_one_layer(h, TSR_SPACE_FEATURE, desc, err));
    }
    return tsr_access_map(&h->list, use, tp, err);
}

tsr_status tsr_hazards_read_map(tsr_hazards *h, const tsr_map_use *use, int32_t desc,
                                uint64_t *sectors, tsr_error *err) {
    const int32_t engine = (int32_t)tsr_program_engine(h->program, desc);
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
                                    .record = h->last_record,
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
    int32_t group;  /**< of fusion: another one has another map there */
    int64_t base;   /**< of the map */
    int32_t writer; /**< record of a write of that layer, 0 = there was none */
    bool was_read;
} row_state;

static tsr_status visit_row(void *user, tsr_span_state *state, int64_t count, tsr_error *err) {
    row_state *row = user;
    (void)count;
    (void)err;
    const tsr_access_record *writer = &row->h->records[state->writer];
    // in a concatenation, filler of a neighbour may lie here instead
    if (writer->engine >= 0 && writer->layer == row->layer && writer->group == row->group &&
        writer->base == row->base) {
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
    row.planes = 1;  // the first one is real, others may be filler that nobody reads
    const row_state fresh = {.h = h,
                             .layer = tsr_program_brief(h->program, desc).layer,
                             .group = tsr_program_note(h->program, desc).group,
                             .base = use->map.base};
    for (int64_t y = 0; y < use->h && *writer == 0; ++y) {
        row_state state = fresh;
        row.y0 = use->y0 + y * tsr_step(use->step_h);
        row.y0 -= row.y0 >= use->map.wrap ? use->map.wrap : 0;
        TSR_TRY(tsr_access_map(&h->list, &row, h->program->arch.tp, err));
        for (int32_t i = 0; i < h->list.count; ++i) {
            TSR_TRY(tsr_span_map_visit(&h->buffers[TSR_SPACE_FEATURE], h->list.items[i].begin,
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
    TSR_TRY(tsr_hazards_write(h, TSR_SPACE_FEATURE, desc, err));
    TSR_CHECK(
        unread == 0, TSR_ERR_CONFIG, err, "",
        "writes over a row of its ring that descriptor %d (%s) has written and nobody has read",
        h->records[unread].desc,
        tsr_opcode_name(tsr_program_brief(h->program, h->records[unread].desc).opcode));
    const tsr_desc_brief brief = tsr_program_brief(h->program, desc);
    if (tsr_opcode_engine(brief.opcode) == TSR_ENGINE_COMPUTE) {
        h->records[h->last_record].base = use->map.base;
    }
    if (brief.opcode == TSR_OP_CONV) {
        // the last group's lanes may be no real channels: the next map may begin there
        h->records[h->last_record].filler = (arch->tm / arch->tn - 1) * use->h * use->w;
    }
    forget_reads(h, use, -1);
    return use_ports(h, sectors_of(h), TSR_SECTOR_WRITE, desc, err);
}
