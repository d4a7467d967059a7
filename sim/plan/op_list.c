// SPDX-License-Identifier: Apache-2.0
// The growing list of operations, and the fillings of buffer places that they make and use up.
#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"
#include "plan/ops.h"

enum { FIRST_OPS = 256, FIRST_INSTANCES = 256 };

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

static tsr_status make_room(tsr_plan *plan, tsr_error *err) {
    tsr_op_list *list = &plan->list;
    if (list->count < list->capacity) {
        return TSR_OK;
    }
    const int32_t capacity = list->capacity > 0 ? list->capacity * 2 : FIRST_OPS;
    TSR_CHECK(list->capacity <= INT32_MAX / 4, TSR_ERR_OVERFLOW, err, plan->network.name,
              "more than %d descriptors", list->capacity);
    tsr_listed_op *ops = tsr_realloc(list->ops, (size_t)capacity, sizeof *ops);
    TSR_CHECK(ops != NULL, TSR_ERR_NO_MEMORY, err, plan->network.name,
              "no memory for %d operations", capacity);
    list->ops = ops;
    list->capacity = capacity;
    return TSR_OK;
}

tsr_status tsr_ops_append(tsr_maker *m, tsr_op *op, int32_t stage, tsr_error *err) {
    tsr_plan *plan = m->plan;
    TSR_TRY(make_room(plan, err));
    op->desc.header.layer = plan->stages[stage].layer;
    op->desc.header.units = tsr_opcode_units(op->desc.header.opcode);
    op->note.group = m->group_index;
    op->note.block = m->block;
    tsr_listed_op *listed = &plan->list.ops[plan->list.count];
    *listed = (tsr_listed_op){.stage = stage,
                              .opcode = (uint8_t)op->desc.header.opcode,
                              .engine = (uint8_t)tsr_desc_engine(&op->desc),
                              .note = op->note,
                              .touches = op->touches};
    TSR_TRY(tsr_desc_encode(&op->desc, listed->code, err));
    count_traffic(plan, &op->desc);
    ++plan->list.count;
    return TSR_OK;
}

tsr_status tsr_plan_desc(const tsr_plan *plan, int32_t op, tsr_desc *desc, tsr_error *err) {
    const tsr_listed_op *listed = &plan->list.ops[op];
    TSR_TRY(tsr_desc_decode(listed->code, sizeof listed->code, desc, err));
    desc->header.pop = listed->pop;
    desc->header.push = listed->push;
    return TSR_OK;
}

tsr_status tsr_ops_instance(tsr_op_list *list, int64_t bytes, tsr_buffer buffer, int32_t *index,
                            tsr_error *err) {
    if (list->instance_count == list->instance_capacity) {
        const int32_t capacity =
            list->instance_capacity > 0 ? list->instance_capacity * 2 : FIRST_INSTANCES;
        tsr_instance *instances = tsr_realloc(list->instances, (size_t)capacity, sizeof *instances);
        TSR_CHECK(instances != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for %d buffer fillings",
                  capacity);
        list->instances = instances;
        list->instance_capacity = capacity;
    }
    *index = list->instance_count;
    list->instances[list->instance_count++] = (tsr_instance){
        .bytes = bytes, .buffer = buffer, .planes = 1, .first_op = -1, .last_op = -1};
    return TSR_OK;
}

tsr_status tsr_ops_fill(tsr_maker *m, int32_t slot, tsr_shape words, int32_t *instance,
                        tsr_error *err) {
    const tsr_arch *arch = &m->plan->arch;
    const tsr_slot *place = &m->group->slots[slot];
    const int64_t lines =
        tsr_plan_map_lines(arch, words.c, words.h, words.w + place->more_w, place->bank_stride);
    TSR_TRY(tsr_ops_instance(&m->plan->list, lines * tsr_arch_line_bytes(arch), TSR_BUFFER_FEATURE,
                             instance, err));
    tsr_instance *made = &m->plan->list.instances[*instance];
    made->planes = words.c;
    made->used_bytes = (int64_t)words.c * words.h * words.w * tsr_arch_feature_word_bytes(arch);
    if (place->ring > 0) {
        made->ring = (tsr_stretch){place->base, place->base + place->lines};
    }
    return TSR_OK;
}

/** A ring is claimed whole with its first rows: what lay there must be gone by then. */
static void claim_ring(tsr_touches *touches, const tsr_instance *instance) {
    if (instance->first_op < 0 && instance->ring.begin < instance->ring.end) {
        touches->writes[0] = instance->ring;
    }
}

/** Groups of weights and parameters are loaded one after the other, each into its own place. */
static bool is_claimed_by_part(const tsr_instance *instance) {
    return instance->buffer != TSR_BUFFER_FEATURE;
}

/** Operations of one filling, `first` its number in a list of all planes of all fillings. */
static void touch(tsr_op_list *list, int32_t op, int32_t k, const int64_t *first, int32_t *last) {
    const int32_t index = list->ops[op].touches.instances[k];
    tsr_instance *instance = &list->instances[index];
    tsr_stretch part = list->ops[op].touches.parts[k];
    if (part.end == 0) {
        part.end = instance->planes;
    }
    claim_ring(&list->ops[op].touches, instance);
    instance->first_op = instance->first_op < 0 ? op : instance->first_op;
    instance->last_op = op;
    for (int32_t plane = part.begin; plane < part.end && plane < instance->planes; ++plane) {
        int32_t *seen = &last[first[index] + plane];
        if (*seen < 0 && is_claimed_by_part(instance)) {
            list->ops[op].note.alloc_bytes[instance->buffer] += instance->bytes / instance->planes;
        }
        *seen = op;
    }
}

/**
 * A place for maps is claimed whole, and given back plane by plane: what a later filling may already
 * have while the last planes of this one are stored is not alive twice.
 */
static void add_notes(tsr_op_list *list, const int64_t *first, const int32_t *last) {
    for (int32_t i = 0; i < list->instance_count; ++i) {
        const tsr_instance *instance = &list->instances[i];
        const bool by_part = is_claimed_by_part(instance);
        if (instance->first_op < 0) {
            continue;
        }
        if (!by_part) {
            list->ops[instance->first_op].note.alloc_bytes[instance->buffer] += instance->bytes;
        }
        for (int32_t plane = 0; plane < instance->planes; ++plane) {
            const int32_t seen = last[first[i] + plane];  // planes of others in a concat are not
            const int32_t end = seen >= 0 ? seen : instance->last_op;
            if (seen >= 0 || !by_part) {
                list->ops[end].note.free_bytes[instance->buffer] +=
                    instance->bytes / instance->planes;
            }
        }
    }
}

tsr_status tsr_ops_finish(tsr_op_list *list, tsr_error *err) {
    int64_t *first = tsr_alloc((size_t)list->instance_count + 1, sizeof *first);
    int64_t planes = 0;
    for (int32_t i = 0; first != NULL && i < list->instance_count; ++i) {
        first[i] = planes;
        planes += list->instances[i].planes;
    }
    int32_t *last = first != NULL ? tsr_alloc((size_t)planes + 1, sizeof *last) : NULL;
    if (last == NULL) {
        tsr_free(first);
        return tsr_fail(err, TSR_ERR_NO_MEMORY, "", "no memory for the life times of %d fillings",
                        list->instance_count);
    }
    for (int64_t plane = 0; plane < planes; ++plane) {
        last[plane] = -1;
    }
    for (int32_t i = 0; i < list->count; ++i) {
        for (int32_t k = 0; k < TSR_OP_MAX_INSTANCES; ++k) {
            if (list->ops[i].touches.instances[k] >= 0) {
                touch(list, i, k, first, last);
            }
        }
    }
    add_notes(list, first, last);
    tsr_free(first);
    tsr_free(last);
    return TSR_OK;
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
