// SPDX-License-Identifier: Apache-2.0
// Depth first: from the coarsest level down, the children of each block row by row.
#include "plan/fused/fuse_order.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"
#include "plan/fused/fuse_levels.h"

int64_t tsr_level_blocks(const tsr_plan *plan, const tsr_level *level) {
    return (int64_t)level->rows * level->cols * plan->network.batch;
}

static tsr_status reserve(const tsr_plan *plan, const tsr_level *level, tsr_order *o,
                          tsr_error *err) {
    const int64_t count = tsr_level_blocks(plan, level);
    o->visits = count <= INT32_MAX ? tsr_alloc((size_t)count, sizeof *o->visits) : NULL;
    TSR_CHECK(o->visits != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for %lld blocks",
              (long long)count);
    return TSR_OK;
}

/** Blocks row .. row+h-1, col .. col+w-1 of one picture. */
static void add_blocks(tsr_order *o, tsr_rect blocks, int32_t picture, int32_t parent) {
    for (int32_t row = blocks.y0; row < blocks.y0 + blocks.h; ++row) {
        for (int32_t col = blocks.x0; col < blocks.x0 + blocks.w; ++col) {
            o->visits[o->count++] =
                (tsr_visit){.picture = picture, .row = row, .col = col, .parent = parent};
        }
    }
}

/** Of the visits from `from` on, `stack` at a time are run together. */
static void stack_up(tsr_order *o, int32_t from, int32_t stack) {
    for (int32_t i = from; i < o->count; ++i) {
        o->visits[i].copy = (i - from) % stack;
        o->visits[i].last = o->visits[i].copy == stack - 1 || i + 1 == o->count;
    }
}

static void order_coarsest(const tsr_plan *plan, const tsr_level *level, tsr_order *o) {
    for (int32_t picture = 0; picture < plan->network.batch; ++picture) {
        add_blocks(o, (tsr_rect){0, 0, level->rows, level->cols}, picture, -1);
    }
    stack_up(o, 0, level->stack);
}

static void order_below(const tsr_plan *plan, const tsr_group *group, int32_t level,
                        const tsr_order *parents, tsr_order *o) {
    int32_t from = 0;
    for (int32_t p = 0; p < parents->count; ++p) {
        const tsr_visit *parent = &parents->visits[p];
        add_blocks(o, tsr_levels_below(plan, group, level + 1, level, parent->row, parent->col),
                   parent->picture, p);
        if (parent->last) {
            stack_up(o, from, group->levels[level].stack);
            o->visits[o->count - 1].last_child = true;
            from = o->count;
        }
    }
}

tsr_status tsr_orders_make(const tsr_plan *plan, const tsr_group *group, tsr_order **orders,
                           tsr_error *err) {
    const int32_t levels = group->level_count;
    tsr_order *made = tsr_alloc((size_t)levels, sizeof *made);
    TSR_CHECK(made != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for %d levels", levels);
    for (int32_t k = levels - 1; k >= 0; --k) {
        const tsr_status status = reserve(plan, &group->levels[k], &made[k], err);
        if (status != TSR_OK) {
            tsr_orders_free(group, made);
            return status;
        }
        if (k + 1 == levels) {
            order_coarsest(plan, &group->levels[k], &made[k]);
        } else {
            order_below(plan, group, k, &made[k + 1], &made[k]);
        }
    }
    *orders = made;
    return TSR_OK;
}

void tsr_orders_free(const tsr_group *group, tsr_order *orders) {
    for (int32_t k = 0; orders != NULL && k < group->level_count; ++k) {
        tsr_free(orders[k].visits);
    }
    tsr_free(orders);
}

static int32_t count_runs(const tsr_order *o) {
    int32_t runs = 0;
    for (int32_t i = 0; i < o->count; ++i) {
        runs += o->visits[i].last;
    }
    return runs;
}

tsr_status tsr_levels_stack(const tsr_plan *plan, int32_t blocks, int32_t pictures,
                            tsr_group *group, tsr_error *err) {
    bool stacked = false;
    for (int32_t k = 0; k < group->level_count; ++k) {
        tsr_level *level = &group->levels[k];
        const int32_t wish = level->batch ? pictures : blocks;
        const int64_t most = tsr_level_blocks(plan, level);
        level->stack = wish < most ? wish : (int32_t)most;
        level->runs = tsr_ceil_div(most, level->stack);
        stacked = stacked || level->stack > 1;
    }
    if (!stacked || group->level_count == 1) {
        return TSR_OK;
    }
    tsr_order *orders = NULL;
    TSR_TRY(tsr_orders_make(plan, group, &orders, err));
    for (int32_t k = 0; k < group->level_count; ++k) {
        group->levels[k].runs = count_runs(&orders[k]);
    }
    tsr_orders_free(group, orders);
    return TSR_OK;
}
