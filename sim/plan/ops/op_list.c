// SPDX-License-Identifier: Apache-2.0
// The growing list of operations. There may be hundreds of thousands of them that resemble each other: they are packed.
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"
#include "plan/ops/ops.h"

enum { FIRST_OPS = 256 };

tsr_op tsr_op_none(int64_t opcode) {
    tsr_op op = {.desc = {.header = {.opcode = opcode}},
                 .touches = {.load_map = -1, .store_map = -1}};
    for (int32_t i = 0; i < TSR_OP_MAX_INSTANCES; ++i) {
        op.touches.instances[i] = -1;
    }
    return op;
}

tsr_stretch tsr_slot_lines(const tsr_slot *slot) {
    return (tsr_stretch){slot->base, slot->base + slot->lines};
}

tsr_stretch tsr_slot_planes(const tsr_slot *slot, int32_t first, int32_t planes) {
    if (slot->plane_pitch < slot->row_pitch) {
        return tsr_slot_lines(slot);
    }
    const int32_t end = first + planes < slot->planes ? first + planes : slot->planes;
    return (tsr_stretch){slot->base + first * slot->plane_pitch,
                         slot->base + end * slot->plane_pitch};
}

void tsr_slot_rows(const tsr_slot *slot, int32_t y0, int32_t h, tsr_stretch stretches[2]) {
    stretches[0] = tsr_slot_lines(slot);
    stretches[1] = (tsr_stretch){0, 0};
    const bool together = slot->planes == 1 || slot->plane_pitch < slot->row_pitch;
    if (slot->ring == 0 || !together) {
        return;
    }
    const int32_t end = y0 + h;
    stretches[0] =
        (tsr_stretch){slot->base + y0 * slot->row_pitch,
                      slot->base + (end < slot->ring ? end : slot->ring) * slot->row_pitch};
    if (end > slot->ring) {
        stretches[1] = (tsr_stretch){slot->base, slot->base + (end - slot->ring) * slot->row_pitch};
    }
}

void tsr_place_lines(const tsr_slot *slot, const tsr_place *place, int32_t h,
                     tsr_stretch stretches[2]) {
    tsr_slot_rows(slot, place->y0, h, stretches);
    if (place->copy_planes > 0) {
        stretches[0] = tsr_slot_planes(slot, place->copy_plane, place->copy_planes);
    }
}

int64_t tsr_slot_wrap(const tsr_slot *slot, int32_t y0, int32_t h) {
    return slot->ring > 0 && y0 + h > slot->ring ? slot->ring : 0;
}

/** DRAM bytes as the machine will count them. */
static void count_traffic(tsr_plan *plan, const tsr_desc *desc) {
    plan->read_bytes[TSR_TRAFFIC_DESCRIPTORS] +=
        (uint64_t)desc->header.units * TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
    if (tsr_desc_engine(desc) == TSR_ENGINE_COMPUTE) {
        return;
    }
    uint64_t *bytes = desc->header.opcode == TSR_OP_STORE ? plan->write_bytes : plan->read_bytes;
    bytes[desc->header.traffic] += tsr_dma_moved_bytes(&plan->arch, desc);
}

/** An operation as it is packed: whole words that change by little. */
typedef struct op_record {
    int64_t kind;  // what resembles each other: stage and opcode
    tsr_desc desc;
    int64_t group, block;
    tsr_desc_note note;  // group and block zero, no lives of buffers
    int64_t touches[sizeof(tsr_touches) / sizeof(int32_t)];
} op_record;

static_assert(sizeof(tsr_touches) % sizeof(int32_t) == 0, "tsr_touches is int32_t members alone");

enum {
    OP_WORDS = sizeof(op_record) / sizeof(int64_t),
    TOUCH_WORDS = sizeof(tsr_touches) / sizeof(int32_t)
};

static tsr_status no_memory(const tsr_plan *plan, int32_t count, tsr_error *err) {
    return tsr_fail(err, TSR_ERR_NO_MEMORY, plan->network.name, "no memory for %d operations",
                    count);
}

static tsr_status make_room(tsr_plan *plan, tsr_error *err) {
    tsr_op_list *list = &plan->list;
    if (list->made == NULL) {
        list->made = tsr_records_create(OP_WORDS, 1);  // read from the first to the last
    }
    if (list->made == NULL) {
        return no_memory(plan, 1, err);
    }
    if (list->count < list->capacity) {
        return TSR_OK;
    }
    const int32_t capacity = list->capacity > 0 ? list->capacity * 2 : FIRST_OPS;
    TSR_CHECK(list->capacity <= INT32_MAX / 4, TSR_ERR_OVERFLOW, err, plan->network.name,
              "more than %d descriptors", list->capacity);
    tsr_listed_op *ops = tsr_realloc(list->ops, (size_t)capacity, sizeof *ops);
    if (ops == NULL) {
        return no_memory(plan, capacity, err);
    }
    list->ops = ops;
    list->capacity = capacity;
    return TSR_OK;
}

static void widen(const tsr_touches *touches, int64_t words[TOUCH_WORDS]) {
    int32_t members[TOUCH_WORDS];
    memcpy(members, touches, sizeof members);
    for (int32_t k = 0; k < TOUCH_WORDS; ++k) {
        words[k] = members[k];
    }
}

static bool keep(tsr_record_list *made, const tsr_op *op, int32_t stage) {
    op_record record = {.kind = (int64_t)stage * TSR_OP_COUNT + op->desc.header.opcode,
                        .desc = op->desc,
                        .group = op->note.group,
                        .block = op->note.block,
                        .note = op->note};
    record.note.group = 0;
    record.note.block = 0;
    widen(&op->touches, record.touches);
    int64_t words[OP_WORDS];
    memcpy(words, &record, sizeof words);
    return tsr_records_append(made, words);
}

tsr_status tsr_ops_append(tsr_maker *m, tsr_op *op, int32_t stage, tsr_error *err) {
    tsr_plan *plan = m->plan;
    tsr_op_list *list = &plan->list;
    TSR_TRY(make_room(plan, err));
    op->desc.header.layer = plan->stages[stage].layer;
    op->desc.header.units = tsr_opcode_units(op->desc.header.opcode);
    op->note.group = m->group_index;
    op->note.block = m->block;
    uint8_t code[2 * TSR_UARCH_DESCRIPTOR_UNIT_BYTES];
    TSR_TRY(tsr_desc_encode(&op->desc, code, err));  // every member fits
    tsr_ops_claim(list, &op->touches);
    if (!keep(list->made, op, stage)) {
        return no_memory(plan, list->count + 1, err);
    }
    list->ops[list->count++] = (tsr_listed_op){.stage = stage,
                                               .opcode = (uint8_t)op->desc.header.opcode,
                                               .engine = (uint8_t)tsr_desc_engine(&op->desc)};
    count_traffic(plan, &op->desc);
    return TSR_OK;
}

static const op_record *record_at(const tsr_op_list *list, int32_t op) {
    return (const op_record *)tsr_records_at(list->made, op);
}

tsr_desc tsr_plan_desc(const tsr_plan *plan, int32_t op) {
    tsr_desc desc = record_at(&plan->list, op)->desc;
    desc.header.pop = plan->list.ops[op].pop;
    desc.header.push = plan->list.ops[op].push;
    return desc;
}

tsr_desc_note tsr_plan_note(const tsr_plan *plan, int32_t op) {
    const op_record *record = record_at(&plan->list, op);
    tsr_desc_note note = record->note;
    note.group = (int32_t)record->group;
    note.block = (int32_t)record->block;
    tsr_ops_lives(&plan->list, op, &note);
    return note;
}

tsr_touches tsr_op_touches(const tsr_op_list *list, int32_t op) {
    const op_record *record = record_at(list, op);
    int32_t members[TOUCH_WORDS];
    tsr_touches touches;
    for (int32_t k = 0; k < TOUCH_WORDS; ++k) {
        members[k] = (int32_t)record->touches[k];
    }
    memcpy(&touches, members, sizeof touches);
    return touches;
}

/** A ring is held whole until its last rows are used: nothing else is alive in a part of it before. */
static void hold_ring(const tsr_instance *instance, int32_t op, int32_t operand,
                      tsr_touches *touches) {
    enum { OUTPUT = 1, ADDED = 2 };

    if (instance->last_op == op && instance->ring.begin < instance->ring.end && operand != OUTPUT) {
        touches->reads[operand == ADDED ? 2 : 0] = instance->ring;
    }
}

tsr_touches tsr_op_claims(const tsr_op_list *list, int32_t op) {
    tsr_touches touches = tsr_op_touches(list, op);
    for (int32_t k = 0; k < TSR_OP_MAX_INSTANCES; ++k) {
        if (touches.instances[k] >= 0) {
            hold_ring(&list->instances[touches.instances[k]], op, k, &touches);
        }
    }
    return touches;
}

void tsr_ops_forget(tsr_op_list *list, int32_t op) {
    tsr_records_forget(list->made, op);
    tsr_records_forget(list->lives, op);
}

/** Whole beats of `bytes` at `address`. */
static uint64_t beats_bytes(uint64_t address, uint64_t bytes, uint64_t beat) {
    const uint64_t start = address - address % beat;
    const uint64_t end = (address + bytes + beat - 1) / beat * beat;
    return end - start;
}

/** A DMA descriptor as planes of rows. */
typedef struct extent {
    uint64_t address, planes, rows, row_bytes, plane_stride, row_stride;
} extent;

static extent extent_of(const tsr_arch *arch, const tsr_desc *desc) {
    if (desc->header.opcode == TSR_OP_LOAD_WEIGHT) {
        const tsr_desc_load_weight *d = &desc->u.load_weight;
        const int64_t records =
            d->parameters != 0 ? (int64_t)arch->tm * TSR_PARAMETER_RECORD_BYTES : 0;
        return (extent){(uint64_t)d->dram_address,
                        (uint64_t)d->groups,
                        1,
                        (uint64_t)(records + d->words_per_group * tsr_arch_weight_word_bytes(arch)),
                        (uint64_t)d->group_stride_bytes,
                        0};
    }
    if (desc->header.opcode == TSR_OP_STORE) {
        const tsr_desc_store *d = &desc->u.store;
        return (extent){(uint64_t)d->dram_address,
                        (uint64_t)d->planes,
                        (uint64_t)d->rows,
                        (uint64_t)d->row_bytes,
                        (uint64_t)d->plane_stride_bytes,
                        (uint64_t)d->row_stride_bytes};
    }
    const tsr_desc_load_feature *d = &desc->u.load_feature;
    return (extent){(uint64_t)d->dram_address,
                    (uint64_t)d->planes,
                    (uint64_t)d->rows,
                    (uint64_t)d->row_bytes,
                    (uint64_t)d->plane_stride_bytes,
                    (uint64_t)d->row_stride_bytes};
}

uint64_t tsr_dma_moved_bytes(const tsr_arch *arch, const tsr_desc *desc) {
    const uint64_t beat = (uint64_t)tsr_arch_beat_bytes(arch);
    const extent e = extent_of(arch, desc);
    if ((e.planes == 1 || e.plane_stride % beat == 0) &&
        (e.rows == 1 || e.row_stride % beat == 0)) {
        return e.planes * e.rows * beats_bytes(e.address, e.row_bytes, beat);
    }
    uint64_t total = 0;
    for (uint64_t plane = 0; plane < e.planes; ++plane) {
        for (uint64_t row = 0; row < e.rows; ++row) {
            total += beats_bytes(e.address + plane * e.plane_stride + row * e.row_stride,
                                 e.row_bytes, beat);
        }
    }
    return total;
}
