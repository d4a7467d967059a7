// SPDX-License-Identifier: Apache-2.0
// What lies in the feature pool in one cycle of an execution: the fillings alive then, plane by
// plane, as the notes count them.
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "plan/model/plan_model.h"

/** A filling that is alive in the cycle. */
typedef struct alive {
    int32_t instance;
    int32_t first_plane;  // of its planes in `last`
    int32_t first_pass;   // first operation of the array that touches it, -1
} alive;

typedef struct view {
    const tsr_plan *plan;
    const uint64_t *start, *complete;
    uint64_t cycle;
    int32_t count;
    alive *alive;
    int32_t *index;  // [instances] in `alive`, -1
    int32_t *last;   // of each plane of those: last operation that touches it, -1
} view;

static bool is_alive(const view *v, const tsr_instance *instance) {
    return instance->buffer == TSR_BUFFER_FEATURE && instance->first_op >= 0 &&
           v->start[instance->first_op] <= v->cycle && v->complete[instance->last_op] > v->cycle;
}

static tsr_status find_alive(view *v, tsr_error *err) {
    const tsr_op_list *list = &v->plan->list;
    int32_t planes = 0;
    for (int32_t i = 0; i < list->instance_count; ++i) {
        v->index[i] = is_alive(v, &list->instances[i]) ? v->count++ : -1;
        planes += v->index[i] >= 0 ? list->instances[i].planes : 0;
    }
    v->alive = tsr_alloc((size_t)v->count + 1, sizeof *v->alive);
    v->last = tsr_alloc((size_t)planes + 1, sizeof *v->last);
    TSR_CHECK(v->alive != NULL && v->last != NULL, TSR_ERR_NO_MEMORY, err, v->plan->network.name,
              "out of memory");
    planes = 0;
    for (int32_t i = 0; i < list->instance_count; ++i) {
        if (v->index[i] >= 0) {
            v->alive[v->index[i]] = (alive){i, planes, -1};
            planes += list->instances[i].planes;
        }
    }
    for (int32_t plane = 0; plane < planes; ++plane) {
        v->last[plane] = -1;
    }
    return TSR_OK;
}

static void find_last(const view *v) {
    const tsr_op_list *list = &v->plan->list;
    for (int32_t op = 0; op < list->count; ++op) {
        const tsr_touches touches = tsr_op_touches(list, op);
        for (int32_t k = 0; k < TSR_OP_MAX_INSTANCES; ++k) {
            const int32_t instance = touches.instances[k];
            if (instance < 0 || v->index[instance] < 0) {
                continue;
            }
            alive *a = &v->alive[v->index[instance]];
            const int32_t planes = list->instances[instance].planes;
            const tsr_stretch part = touches.parts[k];
            const int32_t end = part.end == 0 || part.end > planes ? planes : part.end;
            for (int32_t plane = part.begin; plane < end; ++plane) {
                v->last[a->first_plane + plane] = op;
            }
            if (a->first_pass < 0 && list->ops[op].engine == TSR_ENGINE_COMPUTE) {
                a->first_pass = op;
            }
        }
    }
}

static int32_t planes_left(const view *v, const alive *a) {
    int32_t left = 0;
    for (int32_t plane = 0; plane < v->plan->list.instances[a->instance].planes; ++plane) {
        const int32_t seen = v->last[a->first_plane + plane];
        left += seen < 0 || v->complete[seen] > v->cycle;
    }
    return left;
}

static void add_filling(const view *v, const alive *a, uint64_t *layer_bytes, tsr_plan_held *held) {
    const tsr_plan *plan = v->plan;
    const tsr_instance *instance = &plan->list.instances[a->instance];
    const tsr_listed_op *first = &plan->list.ops[instance->first_op];
    const bool loaded = first->engine == TSR_ENGINE_LOAD_FEATURE;
    const int32_t load_map = tsr_op_touches(&plan->list, instance->first_op).load_map;
    const tsr_map *map = &plan->maps[loaded ? load_map : plan->stages[first->stage].out_map];
    const int64_t left = planes_left(v, a);
    const int64_t bytes = instance->bytes / instance->planes * left;
    const int64_t used = instance->used_bytes / instance->planes * left * map->shape.c /
                         ((int64_t)map->planes * plan->arch.tn);
    held->bytes += (uint64_t)bytes;
    held->padding_bytes += (uint64_t)(bytes - used);
    if (loaded && (a->first_pass < 0 || v->start[a->first_pass] > v->cycle)) {
        held->ahead_bytes += (uint64_t)used;
    }
    layer_bytes[map->layer] += (uint64_t)bytes;
}

tsr_status tsr_plan_held_at(const tsr_plan *plan, const uint64_t *start, const uint64_t *complete,
                            uint64_t cycle, uint64_t *layer_bytes, tsr_plan_held *held,
                            tsr_error *err) {
    view v = {.plan = plan, .start = start, .complete = complete, .cycle = cycle};
    *held = (tsr_plan_held){0};
    memset(layer_bytes, 0, (size_t)plan->network.layer_count * sizeof *layer_bytes);
    v.index = tsr_alloc((size_t)plan->list.instance_count + 1, sizeof *v.index);
    tsr_status status = v.index != NULL
                            ? find_alive(&v, err)
                            : tsr_fail(err, TSR_ERR_NO_MEMORY, plan->network.name, "out of memory");
    if (status == TSR_OK) {
        find_last(&v);
        for (int32_t i = 0; i < v.count; ++i) {
            add_filling(&v, &v.alive[i], layer_bytes, held);
        }
    }
    tsr_free(v.index);
    tsr_free(v.alive);
    tsr_free(v.last);
    return status;
}
