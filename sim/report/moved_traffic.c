// SPDX-License-Identifier: Apache-2.0
// Counts a program's traffic map by map and takes the difference to the ideal apart.
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "report/moved_work.h"

/** Traffic of one map in DRAM. */
typedef struct map_traffic {
    int32_t layer;         // of the network, that makes it
    int32_t first_reader;  // layer, -1 before the first read
    uint64_t moved, write_useful, read_first, halo, again, shortcut, waste;
} map_traffic;

/** Useful bytes of one stage's map. */
typedef struct stage_traffic {
    uint64_t written, read;  // read: by the first layer that reads it
    uint64_t more;           // read by other layers
    bool shared;             // lies in one map with other parts of a concat
} stage_traffic;

/** A set of tiles that were read before. */
typedef struct tile_set {
    uint64_t *keys;  // 0 = free
    size_t mask;
} tile_set;

/** Everything the count needs. */
typedef struct count {
    const tsr_network *network;
    const tsr_program *program;
    const tsr_outline *outline;
    const tsr_moved_work *work;
    map_traffic *maps;      // one a symbol
    stage_traffic *stages;  // one a stage of the outline
    int64_t shared_skipped, shared_more;
    tile_set tiles;
    tsr_moved *moved;
} count;

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

// True when the very same rectangle was asked for by the same layer before.
static bool seen_before(tile_set *set, const tsr_desc *desc) {
    const tsr_desc_load_feature *l = &desc->u.load_feature;
    const int64_t fields[] = {l->dram_address, l->row_bytes, l->rows, l->planes,
                              desc->header.layer};
    uint64_t key = 1;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; ++i) {
        key = mix(key, (uint64_t)fields[i]);
    }
    key |= 1u;
    size_t slot = (size_t)(key >> 20) & set->mask;
    while (set->keys[slot] != 0 && set->keys[slot] != key) {
        slot = (slot + 1) & set->mask;
    }
    const bool found = set->keys[slot] == key;
    set->keys[slot] = key;
    return found;
}

static map_traffic *map_at(const count *c, uint64_t address) {
    const tsr_program *p = c->program;
    for (int32_t i = 0; i < p->symbol_count; ++i) {
        const tsr_symbol *s = &p->symbols[i];
        const uint64_t planes = (uint64_t)((s->c + p->arch.tn - 1) / p->arch.tn);
        const uint64_t bytes = planes * (uint64_t)s->h * (uint64_t)s->w * (uint64_t)s->pixel_bytes;
        if (address >= s->address && address < s->address + bytes) {
            return &c->maps[i];
        }
    }
    return NULL;
}

// What pieces of a cached group leave for later ones lies in no map: it comes on top of the maps.
static void count_overlap(const count *c, const tsr_desc_note *note, uint64_t bytes) {
    tsr_moved_row *row = &c->moved->rows[TSR_MOVED_CONV_MAPS];
    row->moved += bytes;
    row->parts[TSR_PART_HALO] += (int64_t)(bytes - note->waste_bytes);
    row->parts[TSR_PART_WASTE] += (int64_t)note->waste_bytes;
}

static tsr_status count_map(count *c, const tsr_desc *desc, const tsr_desc_note *note,
                            uint64_t bytes, tsr_error *err) {
    const bool store = desc->header.opcode == TSR_OP_STORE;
    const uint64_t address =
        (uint64_t)(store ? desc->u.store.dram_address : desc->u.load_feature.dram_address);
    map_traffic *map = map_at(c, address);
    if (map == NULL && desc->header.traffic == TSR_TRAFFIC_INTERMEDIATE) {
        count_overlap(c, note, bytes);
        return TSR_OK;
    }
    TSR_CHECK(map != NULL, TSR_ERR_INTERNAL, err, "program", "DRAM address %llu belongs to no map",
              (unsigned long long)address);
    const uint64_t useful = bytes - note->waste_bytes;
    if (desc->header.traffic == TSR_TRAFFIC_OUTPUT) {
        tsr_moved_row *row = &c->moved->rows[TSR_MOVED_OUTPUT];
        row->moved += bytes;
        row->parts[TSR_PART_WASTE] += (int64_t)note->waste_bytes;
        row->parts[TSR_PART_AGAIN] += (int64_t)note->reread_bytes;
        row->parts[TSR_PART_SIZE] += (int64_t)(useful - note->reread_bytes);
        return TSR_OK;
    }
    map->moved += bytes;
    map->waste += note->waste_bytes;
    if (store) {
        map->write_useful += useful - note->reread_bytes;
        map->again += note->reread_bytes;
        return TSR_OK;
    }
    const bool again = seen_before(&c->tiles, desc);
    map->first_reader = map->first_reader < 0 ? (int32_t)desc->header.layer : map->first_reader;
    map->read_first += useful - note->reread_bytes;
    if (map->first_reader != desc->header.layer) {
        map->shortcut += note->reread_bytes;
    } else if (again) {
        map->again += note->reread_bytes;
    } else {
        map->halo += note->reread_bytes;
    }
    return TSR_OK;
}

static void add_weights(tsr_moved_row *row, const tsr_desc_note *note, uint64_t bytes) {
    row->moved += bytes;
    row->parts[TSR_PART_AGAIN] += (int64_t)note->reread_bytes;
    row->parts[TSR_PART_WASTE] += (int64_t)note->waste_bytes;
}

static void count_weights(count *c, const tsr_desc *desc, const tsr_desc_note *note,
                          uint64_t bytes) {
    add_weights(&c->moved->rows[TSR_MOVED_WEIGHTS], note, bytes);
    if (c->network->layers[desc->header.layer].kind == TSR_LAYER_GEMM) {
        add_weights(&c->moved->gemm_weights, note, bytes);
    }
}

static tsr_status count_program(count *c, tsr_error *err) {
    const tsr_program *p = c->program;
    uint64_t command_bytes = 0;
    for (int32_t i = 0; i < p->desc_count; ++i) {
        const tsr_desc desc = tsr_program_desc(p, i);
        const tsr_desc_note note = tsr_program_note(p, i);
        command_bytes +=
            (uint64_t)tsr_opcode_units(desc.header.opcode) * TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
        const bool dma = desc.header.opcode == TSR_OP_LOAD_FEATURE ||
                         desc.header.opcode == TSR_OP_STORE ||
                         desc.header.opcode == TSR_OP_LOAD_WEIGHT;
        if (!dma) {
            continue;
        }
        const uint64_t bytes =
            tsr_desc_beats(p, &desc, NULL) * (uint64_t)tsr_arch_beat_bytes(&p->arch);
        if (desc.header.opcode == TSR_OP_LOAD_WEIGHT) {
            count_weights(c, &desc, &note, bytes);
        } else {
            TSR_TRY(count_map(c, &desc, &note, bytes, err));
        }
    }
    tsr_moved_row *row = &c->moved->rows[TSR_MOVED_DESCRIPTORS];
    row->moved = command_bytes;
    row->parts[TSR_PART_COMMANDS] = (int64_t)command_bytes;
    for (int32_t kind = 0; kind < TSR_MOVED_TRAFFIC_COUNT; ++kind) {
        c->moved->rows[kind].counted = true;
    }
    return TSR_OK;
}

static void add_name(char list[160], const char *name) {
    const size_t used = strlen(list);
    if (used + strlen(name) + 8 < 160) {
        (void)snprintf(list + used, 160 - used, "%s%s", used > 0 ? ", " : "", name);
    } else if (used < 5 || strcmp(list + used - 5, ", ...") != 0) {
        (void)snprintf(list + used, 160 - used, ", ...");
    }
}

static uint64_t shape_bytes(tsr_shape s, const tsr_arch *arch) {
    return (uint64_t)s.c * (uint64_t)s.h * (uint64_t)s.w * (uint64_t)tsr_arch_element_bytes(arch);
}

// Files a map's traffic under the stage it comes from; the parts of a concat share by channels.
// True when some stage reads it.
static bool spread(count *c, int32_t layer, stage_traffic traffic) {
    const int32_t stage = c->outline->stage_of_layer[layer];
    if (stage >= 0) {
        c->stages[stage].written += traffic.written;
        c->stages[stage].read += traffic.read;
        c->stages[stage].more += traffic.more;
        c->stages[stage].shared = c->stages[stage].shared || traffic.shared;
        return tsr_outline_reader_count(c->outline, stage) > 0;
    }
    const tsr_layer *concat = &c->network->layers[layer];
    bool read = false;
    stage_traffic left = traffic;
    int32_t channels = concat->out.c;
    for (int32_t i = 0; concat->kind == TSR_LAYER_CONCAT && i < concat->input_count; ++i) {
        const uint64_t part = (uint64_t)c->network->layers[concat->inputs[i]].out.c;
        const stage_traffic share = {left.written * part / (uint64_t)channels,
                                     left.read * part / (uint64_t)channels,
                                     left.more * part / (uint64_t)channels, true};
        read = spread(c, concat->inputs[i], share) || read;
        left.written -= share.written;
        left.read -= share.read;
        left.more -= share.more;
        channels -= (int32_t)part;
    }
    return read;
}

static void file_map(count *c, const tsr_symbol *symbol, const map_traffic *map) {
    const stage_traffic traffic = {map->write_useful, map->read_first, map->shortcut, false};
    tsr_moved_kind kind = TSR_MOVED_INPUT;
    if (!symbol->is_input) {
        kind = spread(c, symbol->layer, traffic) ? TSR_MOVED_CONV_MAPS : TSR_MOVED_TAIL_MAPS;
    }
    tsr_moved_row *row = &c->moved->rows[kind];
    row->moved += map->moved;
    row->parts[TSR_PART_HALO] += (int64_t)map->halo;
    row->parts[TSR_PART_AGAIN] += (int64_t)map->again;
    row->parts[TSR_PART_WASTE] += (int64_t)map->waste;
    if (kind != TSR_MOVED_CONV_MAPS) {  // those are compared stage by stage in file_stages
        const tsr_moved_part part = kind == TSR_MOVED_INPUT ? TSR_PART_SIZE : TSR_PART_THROUGH_DRAM;
        row->parts[part] += (int64_t)(traffic.written + traffic.read);
        row->parts[TSR_PART_SHORTCUT] += (int64_t)traffic.more;
    }
}

// First and later readers are told apart for a whole concat, not for its parts: for all those
// together.
static void add_reads(count *c, const stage_traffic *moved, int64_t skipped, int64_t more) {
    tsr_moved_row *row = &c->moved->rows[TSR_MOVED_CONV_MAPS];
    if (moved->shared) {
        c->shared_skipped += skipped;
        c->shared_more += more;
        return;
    }
    row->parts[TSR_PART_SKIPPED] += skipped;
    row->parts[TSR_PART_SHORTCUT] += more;
}

static void add_shared_reads(const count *c) {
    tsr_moved_row *row = &c->moved->rows[TSR_MOVED_CONV_MAPS];
    int64_t taken = 0;
    if (c->shared_skipped < 0 && c->shared_more > 0) {
        taken = c->shared_more < -c->shared_skipped ? c->shared_more : -c->shared_skipped;
    }
    row->parts[TSR_PART_SKIPPED] += c->shared_skipped + taken;
    row->parts[TSR_PART_SHORTCUT] += c->shared_more - taken;
}

// Ideal and form of one stage's map, all images together.
static void file_stage(count *c, int32_t index) {
    tsr_moved_row *row = &c->moved->rows[TSR_MOVED_CONV_MAPS];
    const tsr_outline_stage *stage = &c->outline->stages[index];
    const stage_traffic *moved = &c->stages[index];
    const int64_t bytes =
        (int64_t)shape_bytes(stage->pooled, &c->program->arch) * (int64_t)c->network->batch;
    int64_t readers = 0;
    int64_t off_chip = 0;
    for (int32_t i = 0; i < c->outline->operand_count; ++i) {
        readers += c->outline->operands[i].stage == index;
        off_chip += c->outline->operands[i].stage == index && !c->work->ideal_fuses_all &&
                    c->work->account->operand_off_chip[i];
    }
    const int64_t write = stage->is_output ? 0 : bytes;
    const int64_t ideal = off_chip > 0 ? write + off_chip * bytes : 0;
    const uint64_t total = moved->written + moved->read + moved->more;
    row->ideal += (uint64_t)ideal;
    if (total == 0 && ideal > 0) {
        row->parts[TSR_PART_ON_CHIP] -= ideal;
        add_name(c->moved->on_chip_layers, stage->name);
    } else if (total > 0) {
        const int64_t reads = ideal > 0 ? off_chip : readers;
        // As stored; an output's own writing is another row.
        const int64_t stored = stage->is_output ? bytes : (int64_t)moved->written;
        row->parts[TSR_PART_THROUGH_DRAM] += ideal > 0 ? 0 : write + reads * bytes;
        row->parts[TSR_PART_SIZE] += (int64_t)moved->written - write + stored - bytes;
        add_reads(c, moved, (int64_t)moved->read - stored,
                  (int64_t)moved->more - (reads - 1) * bytes);
        if (ideal == 0) {
            add_name(c->moved->through_dram_layers, stage->name);
        }
    }
}

static void file_ends(count *c) {
    const uint64_t batch = (uint64_t)c->network->batch;
    const tsr_arch *arch = &c->program->arch;
    tsr_moved_row *input = &c->moved->rows[TSR_MOVED_INPUT];
    tsr_moved_row *output = &c->moved->rows[TSR_MOVED_OUTPUT];
    input->ideal = batch * shape_bytes(c->network->layers[0].out, arch);
    for (int32_t i = 0; i < c->network->layer_count; ++i) {
        if (tsr_network_is_output(c->network, i)) {
            output->ideal += batch * shape_bytes(c->network->layers[i].out, arch);
        }
    }
    input->parts[TSR_PART_SIZE] -= (int64_t)input->ideal;
    output->parts[TSR_PART_SIZE] -= (int64_t)output->ideal;
}

static void set_ideal(tsr_moved_row *row, uint64_t ideal) {
    row->counted = true;
    row->ideal = ideal;
    row->parts[TSR_PART_PARAMETERS] = (int64_t)row->moved - (int64_t)ideal -
                                      row->parts[TSR_PART_AGAIN] - row->parts[TSR_PART_WASTE];
}

// Weights twice: all of them beside each once, and those of convolutions beside each layer's once
// for each of its blocks.
static void file_weights(const count *c) {
    const tsr_account *account = c->work->account;
    const uint64_t bytes = (uint64_t)tsr_arch_element_bytes(&c->program->arch);
    const tsr_moved_row *gemm = &c->moved->gemm_weights;
    set_ideal(&c->moved->gemm_weights, c->outline->gemm_weight_count * bytes);
    set_ideal(&c->moved->rows[TSR_MOVED_WEIGHTS], account->weights_once_bytes + gemm->ideal);
    if (account->weights_per_block_bytes == account->weights_once_bytes) {
        return;
    }
    tsr_moved_row *streamed = &c->moved->rows[TSR_MOVED_STREAMED];
    *streamed = c->moved->rows[TSR_MOVED_WEIGHTS];
    streamed->ideal = account->weights_per_block_bytes;
    streamed->moved -= gemm->moved;
    for (int32_t k = 0; k < TSR_PART_COUNT; ++k) {
        streamed->parts[k] -= gemm->parts[k];
    }
    streamed->parts[TSR_PART_KEPT] =
        streamed->parts[TSR_PART_AGAIN] -
        (int64_t)(account->weights_per_block_bytes - account->weights_once_bytes);
    streamed->parts[TSR_PART_AGAIN] = 0;
}

static tsr_status run_count(count *c, tsr_error *err) {
    const tsr_program *p = c->program;
    size_t slots = 64;
    while (slots < 2 * (size_t)p->desc_count) {
        slots *= 2;
    }
    c->maps = tsr_alloc((size_t)p->symbol_count, sizeof *c->maps);
    c->tiles = (tile_set){.keys = tsr_alloc(slots, sizeof *c->tiles.keys), .mask = slots - 1};
    c->stages = tsr_alloc((size_t)c->outline->stage_count, sizeof *c->stages);
    tsr_status status = TSR_OK;
    if (c->maps == NULL || c->tiles.keys == NULL || c->stages == NULL) {
        status = tsr_fail(err, TSR_ERR_NO_MEMORY, c->network->name, "out of memory");
    }
    for (int32_t i = 0; status == TSR_OK && i < p->symbol_count; ++i) {
        c->maps[i].first_reader = -1;
    }
    if (status == TSR_OK) {
        status = count_program(c, err);
    }
    for (int32_t i = 0; status == TSR_OK && i < p->symbol_count; ++i) {
        file_map(c, &p->symbols[i], &c->maps[i]);
    }
    if (status == TSR_OK) {
        for (int32_t i = 0; i < c->outline->stage_count; ++i) {
            if (tsr_outline_reader_count(c->outline, i) > 0) {
                file_stage(c, i);
            }
        }
        add_shared_reads(c);
        file_ends(c);
        file_weights(c);
    }
    tsr_free(c->maps);
    tsr_free(c->stages);
    tsr_free(c->tiles.keys);
    return status;
}

tsr_status tsr_moved_count_traffic(const tsr_moved_work *work, tsr_error *err) {
    count c = {.network = work->network,
               .program = work->program,
               .outline = work->outline,
               .work = work,
               .moved = work->moved};
    return run_count(&c, err);
}
