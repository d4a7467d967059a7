// SPDX-License-Identifier: Apache-2.0
// One way to cut a stage into tiles and passes: what it needs of the buffers, what it moves.
#include "plan/tiled/tile_price.h"

#include "base/checked.h"
#include "plan/model/slots.h"
#include "plan/stages/pixel_pack.h"
#include "plan/weights/residency.h"

static int32_t pictures(const tsr_tile_search *s) {
    return s->plan->network.batch;
}

int32_t tsr_tile_most_abreast(const tsr_tile_search *s) {
    enum { STRIDE_MAX = 7 };  // columns are as many banks apart as the window strides: 3 bits

    return s->stage.gemm && s->stage.in.w <= STRIDE_MAX ? pictures(s) : 1;
}

int64_t tsr_tile_count(const tsr_tile_search *s, const tsr_tile_candidate *c) {
    return (int64_t)c->rows->tiles * c->cols->tiles * tsr_ceil_div(pictures(s), c->abreast);
}

int32_t tsr_tile_stride(const tsr_tile_search *s, const tsr_tile_candidate *c) {
    return c->abreast > 1 ? s->stage.in.w : s->stage.stride_w;
}

bool tsr_tile_has_channels(const tsr_stage *stage) {
    return stage->kind == TSR_STAGE_POOL || stage->form != TSR_FORM_DENSE;
}

int32_t tsr_tile_units(const tsr_stage *stage) {
    return stage->m_groups == 0 ? stage->out_planes : stage->m_groups;
}

int32_t tsr_tile_planes(const tsr_tile_search *s, const tsr_tile_candidate *c) {
    if (s->stage.m_groups == 0) {
        return c->order == TSR_ORDER_CHANNELS ? c->pass_groups : s->stage.out_planes;
    }
    return c->pass_groups * (s->plan->arch.tm / s->plan->arch.tn);
}

int32_t tsr_tile_in_planes(const tsr_tile_search *s, const tsr_tile_candidate *c) {
    return c->order == TSR_ORDER_CHANNELS ? tsr_min_i32(tsr_tile_planes(s, c), s->stage.in_planes)
                                          : s->stage.in_planes;
}

int32_t tsr_tile_passes(const tsr_tile_search *s, const tsr_tile_candidate *c) {
    return s->stage.m_groups == 0 && c->order != TSR_ORDER_CHANNELS
               ? 1
               : (int32_t)tsr_ceil_div(tsr_tile_units(&s->stage), c->pass_groups);
}

int64_t tsr_tile_loads(const tsr_tile_search *s, const tsr_tile_candidate *c) {
    const int64_t tiles = tsr_tile_count(s, c);
    const bool again = c->order == TSR_ORDER_WEIGHT_OUTER && tiles > 1;
    return again || c->order == TSR_ORDER_CHANNELS ? tiles * tsr_tile_passes(s, c) : tiles;
}

int64_t tsr_tile_sectors(const tsr_tile_search *s, int64_t lines) {
    const int64_t sector = tsr_sector_lines(&s->plan->arch);
    return tsr_ceil_div(lines, sector) * sector;
}

int64_t tsr_tile_lines(const tsr_tile_search *s, const tsr_tile_candidate *c) {
    const tsr_arch *arch = &s->plan->arch;
    const int32_t planes = tsr_tile_planes(s, c);
    const int64_t load_slots = (int32_t)tsr_min_i64(s->storage.load_slots, tsr_tile_loads(s, c));
    const int64_t store_slots =
        (int32_t)tsr_min_i64(s->storage.store_slots, tsr_tile_count(s, c) * tsr_tile_passes(s, c));
    const int64_t in =
        load_slots * tsr_plan_map_lines(arch, tsr_tile_in_planes(s, c), c->rows->in_max,
                                        c->abreast * c->cols->in_max + s->stage.pack - 1,
                                        tsr_tile_stride(s, c));
    const int64_t out = store_slots * tsr_plan_map_lines(arch, planes, c->rows->out_max,
                                                         c->abreast * c->cols->out_max, 1);
    const int64_t added = s->added == NULL ? 0
                                           : tsr_plan_map_lines(arch, planes, c->rows->conv_max,
                                                                c->abreast * c->cols->conv_max, 1);
    if (!s->storage.apart && s->added == NULL) {
        return in + out;
    }
    if (!s->storage.apart) {
        return tsr_tile_sectors(s, in) + added + out;
    }
    return tsr_tile_sectors(s, in) + tsr_tile_sectors(s, added) + out;
}

int32_t tsr_tile_groups_limit(const tsr_tile_search *s, tsr_loop_order order, int64_t tiles) {
    const tsr_stage *stage = &s->stage;
    if (order == TSR_ORDER_CHANNELS && !tsr_tile_has_channels(stage)) {
        return 0;
    }
    if (stage->m_groups == 0) {
        return order == TSR_ORDER_CHANNELS ? stage->out_planes : order == TSR_ORDER_TILE_OUTER;
    }
    const int64_t words = (int64_t)stage->m_groups * stage->group_words;
    const int32_t once = tsr_weights_limit(stage, s->words, s->entries);
    const int32_t twice = tsr_weights_limit(stage, s->words / 2, s->entries / 2);
    switch (order) {
        case TSR_ORDER_RESIDENT:
            return words <= s->words && once >= stage->m_groups && tiles > 1 ? stage->m_groups : 0;
        case TSR_ORDER_WEIGHT_OUTER:
        case TSR_ORDER_CHANNELS:  // many tiles between two portions: no need for a second buffer
            return (int32_t)tsr_min_i64(tiles > 1 ? once : twice >= 1 ? twice : 1, stage->m_groups);
        default:
            return (int32_t)tsr_min_i64(twice >= 1 ? twice : 1, stage->m_groups);
    }
}

void tsr_tile_price(const tsr_tile_search *s, tsr_tile_candidate *c) {
    const tsr_stage *stage = &s->stage;
    const tsr_arch *arch = &s->plan->arch;
    const uint64_t tiles = (uint64_t)tsr_tile_count(s, c);
    const uint64_t pixel = (uint64_t)stage->in_planes * (uint64_t)s->in->pixel_bytes;
    const uint64_t batch = (uint64_t)pictures(s);
    const uint64_t once = batch * (uint64_t)(c->rows->in_sum * c->cols->in_sum) * pixel;
    const uint64_t passes = (uint64_t)tsr_tile_passes(s, c);
    const uint64_t weights = tsr_plan_weight_bytes(stage);
    const uint64_t rounds =
        c->order == TSR_ORDER_CHANNELS ? 1 : (uint64_t)tsr_tile_loads(s, c) / tiles;
    c->bytes = once * rounds + weights * (c->order == TSR_ORDER_TILE_OUTER ? tiles : 1);
    const uint64_t law_l =
        (uint64_t)tsr_stage_taps(stage) * (uint64_t)(stage->m_groups == 0 ? 1 : stage->read_planes);
    const uint64_t groups =
        (uint64_t)(stage->m_groups == 0 ? stage->out_planes
                                        : stage->m_groups * stage->step * stage->step);
    const uint64_t first_load = (uint64_t)c->rows->in_max * (uint64_t)c->abreast *
                                    (uint64_t)c->cols->in_max * (uint64_t)tsr_tile_in_planes(s, c) *
                                    (uint64_t)s->in->pixel_bytes /
                                    (uint64_t)tsr_arch_beat_bytes(arch) +
                                (uint64_t)c->rows->in_max * (uint64_t)(stage->pack - 1);
    // columns of pictures side by side fill the array together
    const uint64_t columns =
        c->abreast > 1
            ? batch / (uint64_t)c->abreast * (uint64_t)tsr_ceil_div(c->abreast, arch->tp) +
                  (uint64_t)tsr_ceil_div((int64_t)batch % c->abreast, arch->tp)
            : batch * (uint64_t)c->cols->column_sum;
    c->cycles = (uint64_t)c->rows->conv_sum * columns * groups * law_l +
                tiles * passes *
                    (law_l + (uint64_t)(tsr_arch_fill_cycles(arch) + tsr_arch_drain_cycles(arch))) +
                first_load;
}
