// SPDX-License-Identifier: Apache-2.0
// MACs of the array beside those of the network, with the halos that overlapped tiles compute again.
#include <math.h>

#include "base/check.h"
#include "report/moved_work.h"

/** Stages of the outline that run in one group of the plan. */
typedef struct range {
    int32_t first, count;
    uint64_t macs;
} range;

// False where they are not next to each other, or the group goes on behind them: its tile is then
// not one of the last of them.
static bool range_of(const tsr_moved_work *work, int32_t group, range *r) {
    const tsr_outline *o = work->outline;
    int32_t last = -1;
    *r = (range){0};
    for (int32_t i = 0; i < o->stage_count; ++i) {
        if (tsr_plan_group_of(work->plan, o->stages[i].layer) == group) {
            r->first = r->count == 0 ? i : r->first;
            ++r->count;
            last = i;
            r->macs += o->stages[i].macs;
        }
    }
    return r->count > 0 && last == r->first + r->count - 1 &&
           tsr_plan_group_at(work->plan, group).last_layer == o->stages[last].layer;
}

// What the overlapped tiles of one group compute again, and read again of the network input, by the
// definition of the tables.
static tsr_status ideal_halo(const tsr_moved_work *work, int32_t group, uint64_t *macs,
                             tsr_error *err) {
    const tsr_plan_group g = tsr_plan_group_at(work->plan, group);
    range r;
    *macs = 0;
    if (g.mode != TSR_SCHEDULE_RECOMPUTE || !range_of(work, group, &r)) {
        return TSR_OK;
    }
    const tsr_outline_stage *last = &work->outline->stages[r.first + r.count - 1];
    tsr_recompute factors;
    TSR_TRY(tsr_outline_recompute(work->outline, r.first, r.count, g.tile_h * last->pool_stride_h,
                                  g.tile_w * last->pool_stride_w, true, &factors, err));
    if (r.first == 0) {
        work->moved->ideal_input_factor = factors.read_factor;
    }
    *macs = (uint64_t)llround((double)r.macs * (factors.mac_factor - 1.0));
    return TSR_OK;
}

static bool has_weights(const tsr_layer *layer) {
    return layer->kind == TSR_LAYER_CONV || layer->kind == TSR_LAYER_GEMM;
}

tsr_status tsr_moved_count_macs(const tsr_moved_work *work, tsr_error *err) {
    const tsr_program *p = work->program;
    const tsr_outline_totals t = tsr_outline_total(work->outline, p->arch.activation_bits);
    const tsr_blocking blocking = tsr_schedule_blocking(work->schedule);
    const uint64_t batch = (uint64_t)work->network->batch;
    const uint64_t gemm = work->outline->gemm_weight_count;
    const uint64_t once = batch * (gemm + (blocking.true_stride ? t.macs : t.macs_stride1));
    tsr_moved_row *row = &work->moved->rows[TSR_MOVED_MACS];
    work->moved->layer_macs = batch * (t.macs + gemm);
    row->counted = true;
    row->ideal = once;
    work->moved->ideal_input_factor = 1.0;
    for (int32_t g = 0; g < work->moved->plan.group_count; ++g) {
        uint64_t halo;
        TSR_TRY(ideal_halo(work, g, &halo, err));
        row->ideal += batch * halo;
    }
    uint64_t again = 0;
    uint64_t array = 0;
    for (int32_t i = 0; i < p->desc_count; ++i) {
        const int64_t layer = tsr_program_brief(p, i).layer;
        const tsr_desc_note note = tsr_program_note(p, i);
        row->moved += note.macs;
        again += note.macs_recomputed;
        array += note.macs > 0 && !has_weights(&work->network->layers[layer]) ? note.macs : 0;
    }
    row->parts[TSR_PART_HALO] = (int64_t)again - (int64_t)(row->ideal - once);
    row->parts[TSR_PART_ARRAY] = (int64_t)array;
    row->parts[TSR_PART_SKIPPED] = (int64_t)(row->moved - again - array) - (int64_t)once;
    return TSR_OK;
}
