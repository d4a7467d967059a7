// SPDX-License-Identifier: Apache-2.0
// What a halo group costs with the pieces that are cut now: DRAM bytes, weights, cycles.
#include "base/checked.h"
#include "plan/halo/halo.h"
#include "plan/halo/overlap.h"
#include "plan/stages/pixel_pack.h"
#include "plan/weights/residency.h"

void tsr_halo_count_bytes(const tsr_plan *plan, tsr_group *group) {
    const tsr_regions *r = group->regions;
    group->input_bytes = group->output_bytes = group->side_bytes = 0;
    for (int32_t e = 0; e < r->map_count; ++e) {
        const tsr_region_map *m = &r->maps[e];
        if (m->loaded) {
            const int64_t words = m->sum_h * m->sum_w * m->real_planes +
                                  m->filler_h * m->filler_w * (m->planes - m->real_planes);
            const uint64_t bytes = (uint64_t)plan->network.batch * (uint64_t)words *
                                   (uint64_t)plan->maps[m->map].pixel_bytes;
            *(e == r->in[0] ? &group->input_bytes : &group->side_bytes) += bytes;
        }
    }
    for (int32_t s = r->first; s <= r->last; ++s) {
        if (plan->stages[s].last_reader > r->last) {
            *(s == r->last ? &group->output_bytes : &group->side_bytes) +=
                tsr_plan_written_bytes(plan, &plan->stages[s]);
        }
    }
    tsr_overlap_bytes(plan, r, &group->overlap_stored, &group->overlap_loaded);
}

/** Weights for the pieces that are cut now. */
tsr_status tsr_halo_weights(const tsr_plan *plan, tsr_group *group, tsr_error *err) {
    const tsr_regions *r = group->regions;
    group->level_count = 1;
    group->levels[0] = (tsr_level){.first = group->first,
                                   .last = group->last,
                                   .rows = r->rows,
                                   .cols = r->cols,
                                   .stack = 1,
                                   .runs = (int64_t)r->rows * r->cols * plan->network.batch};
    group->resident_words = group->resident_entries = 0;
    for (int32_t step = 0; step <= r->last - r->first; ++step) {
        group->weights[step] =
            (tsr_stage_weights){.word_instance = -1,
                                .entry_instance = -1,
                                .blocks = tsr_regions_runs(r, step) * plan->network.batch};
    }
    return tsr_weights_choose(plan, group, err);
}

/** Window outputs of a stage over all pieces: rows, and groups of tp columns. */
static uint64_t array_tiles(const tsr_plan *plan, const tsr_regions *r, int32_t step) {
    int64_t rows = 0;
    int64_t cols = 0;
    for (int32_t i = 0; i < r->rows; ++i) {
        const tsr_stretch conv = tsr_regions_conv(plan, r, step, r->y[r->out[step] * r->rows + i]);
        rows += conv.end - conv.begin;
    }
    for (int32_t j = 0; j < r->cols; ++j) {
        const tsr_stretch conv = tsr_regions_conv(plan, r, step, r->x[r->out[step] * r->cols + j]);
        cols += tsr_ceil_div(conv.end - conv.begin, plan->arch.tp);
    }
    return (uint64_t)(rows * cols);
}

/** Pass laws; the part of them in which the array gets operands. */
static uint64_t pass_cycles(const tsr_plan *plan, const tsr_group *group, uint64_t *array) {
    const tsr_regions *r = group->regions;
    uint64_t cycles = 0;
    *array = 0;
    for (int32_t step = 0; step <= r->last - r->first; ++step) {
        const tsr_stage *stage = &plan->stages[r->first + step];
        const tsr_stage_weights *w = &group->weights[step];
        const uint64_t law_l = (uint64_t)tsr_stage_taps(stage) *
                               (uint64_t)(stage->m_groups == 0 ? 1 : stage->read_planes) *
                               (uint64_t)(stage->step * stage->step);
        const uint64_t groups =
            (uint64_t)(stage->m_groups == 0 ? stage->out_planes : stage->m_groups);
        const uint64_t passes =
            stage->m_groups == 0 ? 1 : (uint64_t)tsr_ceil_div(stage->m_groups, w->pass_groups);
        *array += array_tiles(plan, r, step) * groups * law_l;
        cycles += (uint64_t)tsr_regions_runs(r, step) * passes *
                  (law_l + (uint64_t)(tsr_arch_fill_cycles(&plan->arch) +
                                      tsr_arch_drain_cycles(&plan->arch)));
    }
    return cycles + *array;
}

/** Passes, and the DMA that nothing can hide: the first load, the last store. */
uint64_t tsr_halo_cycles(const tsr_plan *plan, tsr_group *group) {
    const tsr_regions *r = group->regions;
    uint64_t cycles = pass_cycles(plan, group, &group->tiling.array_cycles);
    for (int32_t e = 0; e < r->map_count; ++e) {
        const tsr_region_map *m = &r->maps[e];
        if (m->loaded || m->stored) {
            cycles += (uint64_t)m->most_h * (uint64_t)m->most_w * (uint64_t)m->planes *
                      (uint64_t)plan->maps[m->map].pixel_bytes /
                      (uint64_t)tsr_arch_beat_bytes(&plan->arch);
            cycles += (uint64_t)m->most_h * (uint64_t)m->planes * (uint64_t)(m->pack - 1);
        }
    }
    return cycles;
}
