// SPDX-License-Identifier: Apache-2.0
// The fillings of buffer places that operations make and use up: from when to when each is alive.
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "plan/ops/ops.h"

enum { FIRST_INSTANCES = 256 };

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

void tsr_ops_claim(tsr_op_list *list, tsr_touches *touches) {
    for (int32_t k = 0; k < TSR_OP_MAX_INSTANCES; ++k) {
        tsr_instance *instance =
            touches->instances[k] >= 0 ? &list->instances[touches->instances[k]] : NULL;
        if (instance == NULL) {
            continue;
        }
        if (instance->first_op < 0) {
            instance->first_op = list->count;
            if (instance->ring.begin < instance->ring.end) {
                touches->writes[0] = instance->ring;
            }
        }
        instance->last_op = list->count;
    }
}

/** What dies and comes to life with one operation, as it is packed. */
typedef struct life_record {
    int64_t kind;  // stage and opcode
    int64_t alloc_bytes[TSR_BUFFER_COUNT];
    int64_t free_bytes[TSR_BUFFER_COUNT];
} life_record;

enum { LIFE_WORDS = sizeof(life_record) / sizeof(int64_t) };

/** A plane of a filling while the operations pass by: first the last operation that touches it, then that it was seen,
 * then that it is gone. */
enum { PLANE_NEVER = -1, PLANE_GONE = INT32_MIN };

static int32_t seen(int32_t last_op) {
    return -2 - last_op;
}

/** All planes of all fillings. */
typedef struct planes {
    int64_t *first;  // owned, [instances]: number of the filling's first plane in `last`
    int32_t *last;   // owned
} planes;

static tsr_status create_planes(const tsr_op_list *list, planes *p, tsr_error *err) {
    p->first = tsr_alloc((size_t)list->instance_count + 1, sizeof *p->first);
    int64_t count = 0;
    for (int32_t i = 0; p->first != NULL && i < list->instance_count; ++i) {
        p->first[i] = count;
        count += list->instances[i].planes;
    }
    p->last = p->first != NULL ? tsr_alloc((size_t)count + 1, sizeof *p->last) : NULL;
    TSR_CHECK(p->last != NULL, TSR_ERR_NO_MEMORY, err, "",
              "no memory for the life times of %d fillings", list->instance_count);
    for (int64_t plane = 0; plane < count; ++plane) {
        p->last[plane] = PLANE_NEVER;
    }
    return TSR_OK;
}

/** Planes of a filling that operand k of an operation touches. */
static tsr_stretch part_of(const tsr_touches *touches, int32_t k, const tsr_instance *instance) {
    const tsr_stretch part = touches->parts[k];
    const int32_t end = part.end == 0 || part.end > instance->planes ? instance->planes : part.end;
    return (tsr_stretch){part.begin, end};
}

static void find_last(const tsr_op_list *list, int32_t op, planes *p) {
    const tsr_touches touches = tsr_op_touches(list, op);
    for (int32_t k = 0; k < TSR_OP_MAX_INSTANCES; ++k) {
        const int32_t index = touches.instances[k];
        if (index >= 0) {
            const tsr_stretch part = part_of(&touches, k, &list->instances[index]);
            for (int32_t plane = part.begin; plane < part.end; ++plane) {
                p->last[p->first[index] + plane] = op;
            }
        }
    }
}

/** Groups of weights and parameters are loaded one after the other, each into its own place. */
static bool is_claimed_by_part(const tsr_instance *instance) {
    return instance->buffer != TSR_BUFFER_FEATURE;
}

/**
 * A place for maps is claimed whole, and given back plane by plane: what a later filling may already have while the
 * last planes of this one are stored is not alive twice. Planes of others in a concat, which no operation of this
 * filling touches, go with its last one.
 */
static void live_whole(const tsr_instance *instance, bool claims, int32_t *last, int32_t op,
                       life_record *life) {
    const int64_t plane_bytes = instance->bytes / instance->planes;
    if (claims) {
        life->alloc_bytes[instance->buffer] += instance->bytes;
    }
    for (int32_t plane = 0; plane < instance->planes; ++plane) {
        if (last[plane] == op || (last[plane] == PLANE_NEVER && instance->last_op == op)) {
            life->free_bytes[instance->buffer] += plane_bytes;
            last[plane] = PLANE_GONE;
        }
    }
}

static void live_by_part(const tsr_instance *instance, tsr_stretch part, int32_t *last, int32_t op,
                         life_record *life) {
    const int64_t plane_bytes = instance->bytes / instance->planes;
    for (int32_t plane = part.begin; plane < part.end; ++plane) {
        if (last[plane] >= 0) {
            life->alloc_bytes[instance->buffer] += plane_bytes;
            last[plane] = seen(last[plane]);
        }
        if (last[plane] == seen(op)) {
            life->free_bytes[instance->buffer] += plane_bytes;
            last[plane] = PLANE_GONE;
        }
    }
}

/** The operation is the first one of a filling, and operand k the first of its operands there. */
static bool claims(const tsr_op_list *list, const tsr_touches *touches, int32_t op, int32_t k) {
    bool first = list->instances[touches->instances[k]].first_op == op;
    for (int32_t before = 0; before < k; ++before) {
        first = first && touches->instances[before] != touches->instances[k];
    }
    return first;
}

static tsr_status add_lives(tsr_op_list *list, int32_t op, planes *p, tsr_error *err) {
    const tsr_touches touches = tsr_op_touches(list, op);
    life_record life = {.kind = (int64_t)list->ops[op].stage * TSR_OP_COUNT + list->ops[op].opcode};
    for (int32_t k = 0; k < TSR_OP_MAX_INSTANCES; ++k) {
        const int32_t index = touches.instances[k];
        if (index < 0) {
            continue;
        }
        const tsr_instance *instance = &list->instances[index];
        int32_t *last = &p->last[p->first[index]];
        if (is_claimed_by_part(instance)) {
            live_by_part(instance, part_of(&touches, k, instance), last, op, &life);
        } else {
            live_whole(instance, claims(list, &touches, op, k), last, op, &life);
        }
    }
    int64_t words[LIFE_WORDS];
    memcpy(words, &life, sizeof words);
    TSR_CHECK(tsr_records_append(list->lives, words), TSR_ERR_NO_MEMORY, err, "",
              "no memory for the life times of %d operations", list->count);
    return TSR_OK;
}

static tsr_status make_lives(tsr_op_list *list, planes *p, tsr_error *err) {
    TSR_TRY(create_planes(list, p, err));
    list->lives = tsr_records_create(LIFE_WORDS, 1);
    TSR_CHECK(list->lives != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for life times");
    for (int32_t op = 0; op < list->count; ++op) {
        find_last(list, op, p);
    }
    for (int32_t op = 0; op < list->count; ++op) {
        TSR_TRY(add_lives(list, op, p, err));
    }
    return TSR_OK;
}

tsr_status tsr_ops_finish(tsr_op_list *list, tsr_error *err) {
    planes p = {0};
    const tsr_status status = make_lives(list, &p, err);
    tsr_free(p.first);
    tsr_free(p.last);
    return status;
}

void tsr_ops_lives(const tsr_op_list *list, int32_t op, tsr_desc_note *note) {
    const life_record *life = (const life_record *)tsr_records_at(list->lives, op);
    memcpy(note->alloc_bytes, life->alloc_bytes, sizeof note->alloc_bytes);
    memcpy(note->free_bytes, life->free_bytes, sizeof note->free_bytes);
}
