// SPDX-License-Identifier: Apache-2.0
// Levels of a fused group. A stage goes on with the blocks of the level where all it reads of the
// group was made in the same blocks, or in finer ones that meet where the level's blocks do.
#include "plan/fused/fuse_levels.h"

#include "base/check.h"
#include "plan/model/geometry.h"

int32_t tsr_group_level_of(const tsr_group *group, int32_t stage) {
    int32_t k = 0;
    while (k + 1 < group->level_count && stage > group->levels[k].last) {
        ++k;
    }
    return k;
}

bool tsr_group_writes(const tsr_plan *plan, const tsr_group *group, int32_t s, int32_t map) {
    return s >= group->first && s <= group->last && plan->stages[s].out_map == map;
}

/** First block, along one axis, of `level` in block `index` of level `above`. */
static int32_t first_below(const tsr_plan *plan, const tsr_group *group, int32_t above,
                           int32_t level, bool vertical, int32_t index) {
    for (int32_t k = above; k > level; --k) {
        const tsr_level *here = &group->levels[k];
        if (here->batch) {
            const tsr_level *below = &group->levels[k - 1];
            index = index == 0 ? 0 : vertical ? below->rows : below->cols;
        } else {
            index = tsr_geometry_child(&plan->stages[here->child_writer],
                                       &plan->stages[here->child_reader], here->child_added,
                                       vertical, index);
        }
    }
    return index;
}

tsr_rect tsr_levels_below(const tsr_plan *plan, const tsr_group *group, int32_t above,
                          int32_t level, int32_t row, int32_t col) {
    tsr_rect blocks = {first_below(plan, group, above, level, true, row),
                       first_below(plan, group, above, level, false, col), 0, 0};
    blocks.h = first_below(plan, group, above, level, true, row + 1) - blocks.y0;
    blocks.w = first_below(plan, group, above, level, false, col + 1) - blocks.x0;
    return blocks;
}

/** A stage of the group that writes what another one of it reads. */
typedef struct link {
    const tsr_stage *writer, *reader;
    bool added;
    int32_t level;  // of the writer
} link;

/** Blocks of the reader, as blocks of `level`, meet where its own blocks of the writer's level do. */
static bool meets(const tsr_plan *plan, const tsr_group *group, const link *l, int32_t level) {
    if (!tsr_geometry_nests(l->writer, l->reader, l->added)) {
        return false;
    }
    for (int32_t vertical = 0; vertical < 2; ++vertical) {
        const int32_t count = vertical ? l->reader->grid.rows : l->reader->grid.cols;
        for (int32_t i = 0; i < count; ++i) {
            if (tsr_geometry_child(l->writer, l->reader, l->added, vertical, i) !=
                first_below(plan, group, level, l->level, vertical, i)) {
                return false;
            }
        }
    }
    return true;
}

/** Calls for every link of a stage with an earlier one of the group; ends with the first false. */
typedef bool (*link_test)(const tsr_plan *plan, tsr_group *group, const link *l, void *user);

static bool each_link(const tsr_plan *plan, tsr_group *group, int32_t s, link_test test,
                      void *user) {
    const tsr_stage *stage = &plan->stages[s];
    for (int32_t added = 0; added < 2; ++added) {
        const int32_t map = added ? stage->residual_map : stage->in_map;
        const int32_t from = added ? stage->residual_plane : stage->in_plane;
        const int32_t planes = added ? stage->out_planes : stage->in_planes;
        const int32_t first = map >= 0 ? plan->maps[map].first_writer : -1;
        const int32_t last = map >= 0 ? plan->maps[map].last_writer : -1;
        for (int32_t w = first > group->first ? first : group->first; w <= last && w < s; ++w) {
            const tsr_stage *writer = &plan->stages[w];
            const bool writes = tsr_group_writes(plan, group, w, map) &&
                                writer->out_plane < from + planes &&
                                from < writer->out_plane + writer->out_planes;
            const link l = {writer, stage, added != 0, tsr_group_level_of(group, w)};
            if (writes && !test(plan, group, &l, user)) {
                return false;
            }
        }
    }
    return true;
}

/** Nothing is computed in vain. */
static bool is_read(const tsr_plan *plan, tsr_group *group, const link *l, void *user) {
    (void)plan;
    (void)group;
    (void)user;
    return l->added || l->reader->reads_all;
}

/** The reader may go on in the last level. */
static bool goes_on(const tsr_plan *plan, tsr_group *group, const link *l, void *user) {
    (void)user;
    const int32_t level = group->level_count - 1;
    return l->level == level ? tsr_geometry_same(l->writer, l->reader, l->added)
                             : meets(plan, group, l, level);
}

/** Ends with the first writer in the last level: its blocks and the reader's make the next one. */
static bool is_not_tied(const tsr_plan *plan, tsr_group *group, const link *l, void *user) {
    (void)user;
    if (l->level < group->level_count - 1 || !tsr_geometry_nests(l->writer, l->reader, l->added)) {
        return true;
    }
    tsr_level *level = &group->levels[group->level_count];
    level->child_writer = (int32_t)(l->writer - plan->stages);
    level->child_reader = (int32_t)(l->reader - plan->stages);
    level->child_added = l->added;
    return false;
}

/** The reader may be the first stage of a level behind the last one. */
static bool opens(const tsr_plan *plan, tsr_group *group, const link *l, void *user) {
    (void)user;
    return meets(plan, group, l, group->level_count);
}

static bool has_blocks_of(const tsr_stage *stage, const tsr_level *level) {
    return stage->grid.rows == level->rows && stage->grid.cols == level->cols;
}

/** Find a level for the next stage. */
static bool add_stage(const tsr_plan *plan, int32_t s, bool batch, tsr_group *group) {
    const tsr_stage *stage = &plan->stages[s];
    tsr_level *last = group->level_count > 0 ? &group->levels[group->level_count - 1] : NULL;
    if (last != NULL && (last->batch || (!batch && has_blocks_of(stage, last) &&
                                         each_link(plan, group, s, goes_on, NULL)))) {
        last->last = s;
        return true;
    }
    tsr_level *next = &group->levels[group->level_count];
    *next = (tsr_level){.first = s,
                        .last = s,
                        .rows = batch ? 1 : stage->grid.rows,
                        .cols = batch ? 1 : stage->grid.cols,
                        .batch = batch,
                        .child_writer = -1,
                        .child_reader = -1};
    if (last != NULL && !batch &&
        (each_link(plan, group, s, is_not_tied, NULL) || !each_link(plan, group, s, opens, NULL))) {
        return false;
    }
    ++group->level_count;
    return true;
}

tsr_status tsr_levels_make(const tsr_plan *plan, int32_t batch_from, tsr_group *group,
                           tsr_error *err) {
    group->level_count = 0;
    for (int32_t s = group->first; s <= group->last; ++s) {
        const tsr_stage *stage = &plan->stages[s];
        const char *name = tsr_plan_stage_name(plan, s);
        TSR_CHECK(each_link(plan, group, s, is_read, NULL), TSR_ERR_UNSUPPORTED, err, name,
                  "it does not read every block of what it reads");
        TSR_CHECK(add_stage(plan, s, s == batch_from, group), TSR_ERR_UNSUPPORTED, err, name,
                  "its %d x %d blocks are not put together from whole blocks of %s (%d x %d)",
                  stage->grid.rows, stage->grid.cols, tsr_plan_stage_name(plan, s - 1),
                  plan->stages[s - 1].grid.rows, plan->stages[s - 1].grid.cols);
    }
    return TSR_OK;
}
