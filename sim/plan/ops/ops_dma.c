// SPDX-License-Identifier: Apache-2.0
// Operations that move maps between DRAM and the feature pool, and pools.
#include "base/check.h"
#include "base/checked.h"
#include "plan/ops/ops.h"

static tsr_traffic traffic_of(const tsr_map *map, bool is_load) {
    if (is_load && map->is_input) {
        return TSR_TRAFFIC_INPUT;
    }
    return !is_load && map->is_output ? TSR_TRAFFIC_OUTPUT : TSR_TRAFFIC_INTERMEDIATE;
}

/** Load and store have the same fields: the address formulas are here once. */
static tsr_desc_load_feature describe(const tsr_maker *m, const tsr_map_part *part, tsr_place place,
                                      int32_t slot_plane) {
    const tsr_map *map = &m->plan->maps[part->map];
    const tsr_slot *slot = &m->group->slots[place.slot];
    const int64_t row_stride = (int64_t)map->shape.w * map->pixel_bytes;
    const int64_t plane_stride = row_stride * map->shape.h;
    return (tsr_desc_load_feature){
        .dram_address = (int64_t)(map->address + (uint64_t)m->picture * map->stride) +
                        part->first_plane * plane_stride + part->rect.y0 * row_stride +
                        (int64_t)part->rect.x0 * map->pixel_bytes,
        .row_bytes = (int64_t)part->rect.w * map->pixel_bytes,
        .row_stride_bytes = row_stride,
        .rows = part->rect.h,
        .planes = part->planes,
        .plane_stride_bytes = plane_stride,
        .pixel_bytes = map->pixel_bytes,
        .base = slot->base + (int64_t)slot_plane * slot->plane_pitch,
        .row_pitch = slot->row_pitch,
        .plane_pitch = slot->plane_pitch,
        .bank_stride = slot->bank_stride,
        .y0 = place.y0,
        .x0 = place.x0,
        .pack = slot->pack > 1 ? slot->pack : 0};
}

/** Channels of a concat in the words begin..end-1 of its pixels: parts that end inside a word leave the rest of it
 * empty until a pass closes the gaps. */
static int32_t concat_channels(const tsr_plan *plan, int32_t map, int32_t begin, int32_t end) {
    const int32_t tn = plan->arch.tn;
    int32_t channels = 0;
    for (int32_t s = plan->maps[map].first_writer; s <= plan->maps[map].last_writer; ++s) {
        const tsr_stage *stage = &plan->stages[s];
        if (stage->out_map == map) {
            const int32_t first = stage->out_plane * tn;
            const int32_t from = tsr_max_i32(first, begin * tn);
            const int32_t to = tsr_min_i32(first + stage->out.c, end * tn);
            channels += tsr_max_i32(to - from, 0);
        }
    }
    return channels;
}

/** Bytes of one pixel in the planes of a part that are real channels. */
static int64_t real_pixel_bytes(const tsr_plan *plan, const tsr_map_part *part) {
    const tsr_map *map = &plan->maps[part->map];
    const int32_t end = part->first_plane + part->planes;
    const int32_t tn = plan->arch.tn;
    const int32_t channels =
        map->first_writer != map->last_writer
            ? concat_channels(plan, part->map, part->first_plane, end)
            : tsr_min_i32(part->planes * tn, map->shape.c - part->first_plane * tn);
    return (int64_t)channels * tsr_arch_element_bytes(&plan->arch);
}

/** What the machine does not need of what is moved. */
static void note_dma(const tsr_plan *plan, const tsr_map_part *part, tsr_op *op,
                     int64_t reread_pixels) {
    const int64_t pixel = real_pixel_bytes(plan, part);
    const uint64_t useful = (uint64_t)((int64_t)part->rect.h * part->rect.w * pixel);
    op->note.waste_bytes = tsr_dma_moved_bytes(&plan->arch, &op->desc) - useful;
    op->note.reread_bytes = (uint64_t)(reread_pixels * pixel);
}

static tsr_status load_planes(tsr_maker *m, int32_t stage, const tsr_map_part *part,
                              tsr_place place, int32_t slot_plane, int64_t reread_pixels,
                              tsr_error *err) {
    tsr_op op = tsr_op_none(TSR_OP_LOAD_FEATURE);
    op.desc.header.traffic = traffic_of(&m->plan->maps[part->map], true);
    op.desc.u.load_feature = describe(m, part, place, slot_plane);
    m->group->rest_cycles += (uint64_t)part->planes * (uint64_t)part->rect.h *
                             (uint64_t)(m->group->slots[place.slot].pack - 1);
    tsr_place_lines(&m->group->slots[place.slot], &place, part->rect.h, op.touches.writes);
    op.touches.load_map = part->map;
    op.touches.instances[0] = place.instance;
    note_dma(m->plan, part, &op, reread_pixels);
    return tsr_ops_append(m, &op, stage, err);
}

tsr_status tsr_ops_load(tsr_maker *m, int32_t stage, tsr_map_part part, int32_t filler,
                        tsr_place place, int64_t reread_pixels, tsr_error *err) {
    TSR_CHECK(part.rect.h >= 1 && part.rect.w >= 1, TSR_ERR_UNSUPPORTED, err,
              tsr_plan_stage_name(m->plan, stage),
              "a tile that reads nothing but padding: the padding is not smaller than the kernel");
    if (part.planes > 0) {
        TSR_TRY(load_planes(m, stage, &part, place, place.plane, reread_pixels, err));
    }
    // The array makes words in groups of tm channels; where the map has fewer words, any value
    // does.
    const tsr_map_part any = {part.map, part.rect, part.first_plane, 1};
    for (int32_t i = 0; i < filler; ++i) {
        TSR_TRY(load_planes(m, stage, &any, place, place.plane + part.planes + i,
                            (int64_t)part.rect.h * part.rect.w, err));
    }
    return TSR_OK;
}

tsr_status tsr_ops_load_added(tsr_maker *m, const tsr_job *job, int32_t first_plane, int32_t planes,
                              tsr_error *err) {
    const tsr_stage *stage = &m->plan->stages[job->stage];
    const int32_t rest = stage->out_planes - first_plane;
    const int32_t real = rest < 0 ? 0 : tsr_min_i32(planes, rest);
    const tsr_map_part part = {stage->residual_map, job->block.conv,
                               stage->residual_plane + (real > 0 ? first_plane : 0), real};
    const bool again = tsr_map_was_loaded(&m->plan->maps[part.map], part.first_plane, real) ||
                       part.map == m->plan->stages[m->group->first].in_map;
    return tsr_ops_load(m, job->stage, part, planes - real, job->added,
                        again ? (int64_t)part.rect.h * part.rect.w : 0, err);
}

tsr_status tsr_ops_store(tsr_maker *m, int32_t stage, tsr_map_part part, tsr_place place,
                         int32_t slot_plane, tsr_error *err) {
    tsr_op op = tsr_op_none(TSR_OP_STORE);
    const tsr_stage *writer = &m->plan->stages[stage];
    part.planes =
        tsr_min_i32(part.planes, writer->out_plane + writer->out_planes - part.first_plane);
    if (part.planes <= 0) {
        return TSR_OK;  // words beyond the last channel
    }
    op.desc.header.traffic = traffic_of(&m->plan->maps[part.map], false);
    const tsr_desc_load_feature d = describe(m, &part, place, slot_plane);
    op.desc.u.store = (tsr_desc_store){.dram_address = d.dram_address,
                                       .row_bytes = d.row_bytes,
                                       .row_stride_bytes = d.row_stride_bytes,
                                       .rows = d.rows,
                                       .planes = d.planes,
                                       .plane_stride_bytes = d.plane_stride_bytes,
                                       .pixel_bytes = d.pixel_bytes,
                                       .base = d.base,
                                       .row_pitch = d.row_pitch,
                                       .plane_pitch = d.plane_pitch,
                                       .bank_stride = d.bank_stride,
                                       .y0 = d.y0,
                                       .x0 = d.x0};
    const tsr_slot *slot = &m->group->slots[place.slot];
    if (slot->ring > 0) {
        tsr_slot_rows(slot, place.y0, part.rect.h, op.touches.reads);
    } else {
        op.touches.reads[0] = tsr_slot_planes(slot, slot_plane, part.planes);
    }
    op.touches.store_map = part.map;
    op.touches.instances[0] = place.instance;
    const int32_t made = slot_plane - place.copy_plane;
    op.touches.parts[0] = (tsr_stretch){made, made + part.planes};
    note_dma(m->plan, &part, &op, 0);
    return tsr_ops_append(m, &op, stage, err);
}

tsr_status tsr_ops_pool(tsr_maker *m, const tsr_job *job, tsr_error *err) {
    const tsr_stage *stage = &m->plan->stages[job->stage];
    const int32_t planes = job->pool_planes > 0 ? job->pool_planes : stage->out_planes;
    const tsr_slot *in = &m->group->slots[job->in.slot];
    const tsr_slot *out = &m->group->slots[job->out.slot];
    tsr_op op = tsr_op_none(TSR_OP_POOL);
    op.desc.u.pool = (tsr_desc_pool){.in_base = in->base + job->in.plane * in->plane_pitch,
                                     .in_row_pitch = in->row_pitch,
                                     .in_plane_pitch = in->plane_pitch,
                                     .in_bank_stride = in->bank_stride,
                                     .in_y0 = job->in.y0,
                                     .in_x0 = job->in.x0,
                                     .in_h = job->block.in.h,
                                     .in_w = job->block.in.w,
                                     .planes = planes,
                                     .kernel_h = stage->kernel_h,
                                     .kernel_w = stage->kernel_w,
                                     .stride_h = stage->stride_h,
                                     .stride_w = stage->stride_w,
                                     .pad_top = job->block.pad_top,
                                     .pad_left = job->block.pad_left,
                                     .out_h = job->block.out.h,
                                     .out_w = job->block.out.w,
                                     .out_base = out->base + job->out.plane * out->plane_pitch,
                                     .out_row_pitch = out->row_pitch,
                                     .out_plane_pitch = out->plane_pitch,
                                     .out_bank_stride = out->bank_stride,
                                     .out_y0 = job->out.y0,
                                     .out_x0 = job->out.x0,
                                     .in_wrap = tsr_slot_wrap(in, job->in.y0, job->block.in.h),
                                     .out_wrap = tsr_slot_wrap(out, job->out.y0, job->block.out.h)};
    tsr_place_lines(in, &job->in, job->block.in.h, op.touches.reads);
    if (job->out.plane > job->out.copy_plane && out->ring == 0 &&
        tsr_ops_is_claimed(m, &job->out)) {
        op.touches.writes[0] = tsr_slot_planes(out, job->out.plane, planes);
    } else {
        tsr_place_lines(out, &job->out, job->block.out.h, op.touches.writes);
    }
    op.touches.instances[0] = job->in.instance;
    op.touches.instances[1] = job->out.instance;
    const int32_t made = job->out.plane - job->out.copy_plane;
    op.touches.parts[1] = (tsr_stretch){made, made + planes};
    return tsr_ops_append(m, &op, job->stage, err);
}
