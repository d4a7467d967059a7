// SPDX-License-Identifier: Apache-2.0
// Which blocks of a fused group are run together, so that a portion of the weights meets them all:
// the search for the fewest DRAM bytes, or what the schedule says.
#include "base/check.h"
#include "plan/fused/fuse.h"
#include "plan/fused/fuse_bound.h"
#include "plan/fused/fuse_holdings.h"
#include "plan/fused/fuse_order.h"

/** The best way so far; `status` says how the first one ended while there is none. */
typedef struct ways {
    const tsr_plan *plan;
    int32_t first, last;
    int32_t most;    // blocks that there can be together
    bool *hopeless;  // borrowed, or NULL; of tsr_group_fuse
    bool found;
    tsr_group best;  // owned
    tsr_status status;
    tsr_error error;
} ways;

static uint64_t most_bytes(const ways *w) {
    return w->found ? tsr_group_bytes(&w->best) : UINT64_MAX;
}

/** False when memory is out. */
static bool offer(ways *w, int32_t batch_from, int32_t blocks, int32_t pictures) {
    tsr_group made = {0};
    tsr_error refused = {0};
    const int32_t kind = batch_from > w->last ? w->plan->stage_count : batch_from;
    const tsr_fuse_way way = {batch_from, blocks, pictures, most_bytes(w),
                              w->hopeless != NULL ? &w->hopeless[kind] : NULL};
    const tsr_status status = tsr_group_fuse_so(w->plan, w->first, w->last, way, &made, &refused);
    if (status == TSR_OK && w->found && tsr_group_bytes(&made) >= most_bytes(w)) {
        tsr_plan_group_free(&made);  // its slots made it load something twice
    } else if (status == TSR_OK) {
        tsr_plan_group_free(&w->best);
        w->best = made;
        w->found = true;
    } else if (!w->found && (w->error.message[0] == '\0' ||
                             (w->status == TSR_ERR_UNSUPPORTED && status == TSR_ERR_NOT_FIT))) {
        w->status = status;  // what only does not fit may be in a longer group
        w->error = refused;
    }
    if (status == TSR_ERR_NO_MEMORY) {
        w->status = status;
        w->error = refused;
    }
    return status != TSR_ERR_NO_MEMORY;
}

/** Lines of a map for one block of the level; none where a later level reads it, and has it in its own blocks. */
static int64_t lines_of(const ways *w, const tsr_level *level, int32_t map, tsr_shape words,
                        int32_t bank_stride) {
    for (int32_t s = level->last + 1; s <= w->last; ++s) {
        if (w->plan->stages[s].in_map == map || w->plan->stages[s].residual_map == map) {
            return 0;
        }
    }
    return tsr_plan_map_lines(&w->plan->arch, words.c, words.h, words.w, bank_stride);
}

/** Lines of what a block of the level needs at least: input and output of one stage. */
static int64_t block_lines(const ways *w, const tsr_level *level) {
    int64_t most = 1;
    for (int32_t s = level->first; s <= level->last; ++s) {
        const tsr_stage *stage = &w->plan->stages[s];
        const tsr_shape in = level->batch ? stage->in : stage->cell_max;
        const tsr_shape out = level->batch ? stage->out : stage->out_max;
        const tsr_shape in_words = {stage->in_planes, in.h, in.w};
        const tsr_shape out_words = {stage->out_planes, out.h, out.w};
        const int64_t lines = lines_of(w, level, stage->in_map, in_words, stage->stride_w) +
                              lines_of(w, level, stage->out_map, out_words, 1);
        most = lines > most ? lines : most;
    }
    return most;
}

/** More than so many blocks of the levels found leave the pool, or are more than there are. */
static int32_t most_together(const ways *w) {
    const int64_t pool = tsr_arch_feature_lines(&w->plan->arch);
    int64_t least = INT32_MAX;
    int64_t all = 1;
    for (int32_t k = 0; k < w->best.level_count; ++k) {
        const tsr_level *level = &w->best.levels[k];
        const int64_t blocks = tsr_level_blocks(w->plan, level);
        const int64_t fit = pool / block_lines(w, level);
        all = blocks > all ? blocks : all;
        least = fit < blocks && fit < least ? fit : least;
    }
    return (int32_t)(least < all ? least : all);
}

/** Nothing is read twice: no other way can move fewer bytes. */
static bool reads_once(const ways *w) {
    for (int32_t s = w->first; s <= w->last; ++s) {
        if (w->plan->stages[s].m_groups > 0 && w->best.weights[s - w->first].fetches > 1) {
            return false;
        }
    }
    for (int32_t i = 0; i < w->best.holding_count; ++i) {
        for (int32_t k = 0; k < i; ++k) {
            const tsr_holding *a = &w->best.holdings[i];
            const tsr_holding *b = &w->best.holdings[k];
            if (a->loads && b->loads && a->map == b->map) {
                return false;
            }
        }
    }
    return true;
}

/** Fewer and fewer blocks together; what moves no less than the best is not looked at further. */
static bool offer_blocks(ways *w) {
    bool goes_on = true;
    const uint64_t bound = tsr_bound_bytes(w->plan, w->first, w->last);
    for (int32_t n = w->most; n > 1 && goes_on && !reads_once(w); --n) {
        if (bound + tsr_bound_again(w->plan, w->first, w->last + 1, n) >= most_bytes(w)) {
            return true;
        }
        goes_on = offer(w, w->last + 1, n, 1);
    }
    return goes_on;
}

static bool batch_differs(const ways *w, int32_t from) {
    bool differs = w->plan->network.batch > 1;
    for (int32_t s = from; s <= w->last; ++s) {
        differs = differs || !tsr_block_grid_is_whole(&w->plan->stages[s].grid);
    }
    return differs;
}

/** Whole maps of one picture, or of several, while portions of the weights pass by. */
static bool offer_batches(ways *w) {
    const bool by_bytes = w->plan->schedule.mode == TSR_SCHEDULE_AUTO;
    const uint64_t bound = tsr_bound_bytes(w->plan, w->first, w->last);
    for (int32_t from = tsr_bound_batch(w->plan, w->first, w->last);
         from <= w->last && bound + tsr_bound_again(w->plan, w->first, from, 1) < most_bytes(w);
         ++from) {
        for (int32_t pictures = w->plan->network.batch; pictures >= 1; --pictures) {
            if (w->found && reads_once(w) && !by_bytes) {
                return true;
            }
            if (batch_differs(w, from) && !offer(w, from, 1, pictures)) {
                return false;
            }
        }
    }
    return true;
}

/** All blocks of whole maps: of as many pictures as fit. */
static bool offer_per_group(ways *w) {
    bool goes_on = true;
    for (int32_t pictures = w->plan->network.batch; pictures >= 1 && !w->found && goes_on;
         --pictures) {
        goes_on = offer(w, w->first, 1, pictures);
    }
    return goes_on;
}

static bool search(ways *w) {
    const tsr_schedule *schedule = &w->plan->schedule;
    const bool counted = schedule->residency == TSR_RESIDENCY_BLOCK_BATCH;
    if (schedule->residency == TSR_RESIDENCY_PER_GROUP) {
        return offer_per_group(w);
    }
    if (!offer(w, w->last + 1, counted && schedule->block_batch > 0 ? schedule->block_batch : 1,
               1)) {
        return false;
    }
    const bool searches =
        schedule->residency == TSR_RESIDENCY_AUTO || (counted && schedule->block_batch == 0);
    const bool by_bytes = schedule->mode == TSR_SCHEDULE_AUTO;
    if (!searches || (w->found && reads_once(w) && !by_bytes)) {
        return true;
    }
    w->most = w->found ? most_together(w) : 1;
    return (counted || offer_batches(w)) && offer_blocks(w);
}

tsr_status tsr_group_fuse(const tsr_plan *plan, int32_t first, int32_t last, bool *hopeless,
                          tsr_group *group, tsr_error *err) {
    ways w = {.plan = plan,
              .first = first,
              .last = last,
              .hopeless = hopeless,
              .status = TSR_ERR_INTERNAL};
    const bool through = search(&w);
    if (!through || !w.found) {
        tsr_plan_group_free(&w.best);
        return tsr_fail(err, w.status, w.error.where, "%s", w.error.message);
    }
    tsr_holdings_name_slots(plan, &w.best);
    *group = w.best;
    return TSR_OK;
}
