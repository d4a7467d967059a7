// SPDX-License-Identifier: Apache-2.0
// Lower bounds of DRAM bytes and of the feature pool.
#include "plan/fused/fuse_bound.h"

#include "base/checked.h"

/** A stage before `s` reads something of the map too. */
static bool is_read_before(const tsr_plan *plan, int32_t first, int32_t s, int32_t map) {
    for (int32_t t = first; t < s; ++t) {
        if (plan->stages[t].in_map == map || plan->stages[t].residual_map == map) {
            return true;
        }
    }
    return false;
}

/** Bytes of an operand that comes from outside and that no earlier stage of the group reads. */
static uint64_t loaded_bytes(const tsr_plan *plan, int32_t first, int32_t s, bool added) {
    const tsr_stage *stage = &plan->stages[s];
    const int32_t map = added ? stage->residual_map : stage->in_map;
    const bool twice = added && stage->residual_map == stage->in_map;
    if (map < 0 || twice || plan->maps[map].last_writer >= first ||
        is_read_before(plan, first, s, map)) {
        return 0;
    }
    const int64_t pixels =
        added ? tsr_min_i64(stage->conv_pixels, (int64_t)stage->conv_h * stage->conv_w)
              : tsr_min_i64(stage->in_pixels, (int64_t)stage->in.h * stage->in.w);
    const int64_t planes = added ? stage->out_planes : stage->in_planes;
    return (uint64_t)plan->network.batch * (uint64_t)pixels * (uint64_t)planes *
           (uint64_t)plan->maps[map].pixel_bytes;
}

uint64_t tsr_bound_bytes(const tsr_plan *plan, int32_t first, int32_t last) {
    uint64_t bytes = 0;
    for (int32_t s = first; s <= last; ++s) {
        const tsr_stage *stage = &plan->stages[s];
        bytes += loaded_bytes(plan, first, s, false) + loaded_bytes(plan, first, s, true) +
                 tsr_plan_weight_bytes(stage);
        if (s == last || stage->last_reader > last) {
            bytes += tsr_plan_written_bytes(plan, stage);
        }
    }
    return bytes;
}

/** Largest number of blocks of the stages below `limit`, and the weight words of those who have it. */
static int64_t most_blocks(const tsr_plan *plan, int32_t first, int32_t from, int64_t limit,
                           int64_t *words) {
    int64_t most = 0;
    *words = 0;
    for (int32_t s = first; s < from; ++s) {
        const tsr_stage *stage = &plan->stages[s];
        const int64_t blocks = (int64_t)stage->grid.rows * stage->grid.cols * plan->network.batch;
        if (blocks < limit && blocks >= most) {
            const int64_t own = (int64_t)stage->m_groups * stage->group_words;
            *words = blocks > most ? own : *words + own;
            most = blocks;
        }
    }
    return most;
}

uint64_t tsr_bound_again(const tsr_plan *plan, int32_t first, int32_t from, int32_t together) {
    int64_t room = tsr_arch_weight_words(&plan->arch);
    int64_t words = 0;
    int64_t again = 0;  // weight words
    // a word of the stages with most blocks saves most reads: as if weights could be cut anywhere
    for (int64_t blocks = most_blocks(plan, first, from, INT64_MAX, &words); blocks > 1;
         blocks = most_blocks(plan, first, from, blocks, &words)) {
        const int64_t stays = tsr_min_i64(words, room);
        room -= stays;
        again += (words - stays) * ((blocks + together - 1) / together - 1);
    }
    return (uint64_t)again * (uint64_t)tsr_arch_weight_word_bytes(&plan->arch);
}

static int64_t written_lines(const tsr_plan *plan, const tsr_stage *stage) {
    return tsr_plan_map_lines(&plan->arch, stage->made_planes, stage->out.h, stage->out.w, 1);
}

/** What stage t made is still wanted by stage s or a later one of the group. */
static bool is_wanted(const tsr_plan *plan, int32_t t, int32_t s, int32_t last) {
    const tsr_stage *writer = &plan->stages[t];
    const tsr_stage *stage = &plan->stages[s];
    const tsr_map *map = &plan->maps[writer->out_map];
    const bool alone = map->first_writer == map->last_writer;  // a concat is one place
    return alone && writer->out_map != stage->in_map &&
           (writer->out_map == stage->residual_map ||
            (writer->last_reader >= s && writer->last_reader <= last));
}

/** Lines of maps that are whole on chip while stage s runs in a batch. */
static int64_t lines_at(const tsr_plan *plan, int32_t first, int32_t last, int32_t s) {
    const tsr_stage *stage = &plan->stages[s];
    const int32_t added = stage->residual_map;
    int64_t lines =
        written_lines(plan, stage) + tsr_plan_map_lines(&plan->arch, stage->in_planes, stage->in.h,
                                                        stage->in.w, stage->stride_w);
    if (added >= 0 && added != stage->in_map && plan->maps[added].last_writer < first) {
        lines +=
            tsr_plan_map_lines(&plan->arch, stage->out_planes, stage->conv_h, stage->conv_w, 1);
    }
    for (int32_t t = first; t < s; ++t) {
        lines += is_wanted(plan, t, s, last) ? written_lines(plan, &plan->stages[t]) : 0;
    }
    return lines;
}

int32_t tsr_bound_batch(const tsr_plan *plan, int32_t first, int32_t last) {
    int32_t limit = last + 1;
    while (limit > first &&
           lines_at(plan, first, last, limit - 1) <= tsr_arch_feature_lines(&plan->arch)) {
        --limit;
    }
    return limit;
}
