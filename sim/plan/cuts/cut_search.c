// SPDX-License-Identifier: Apache-2.0
// Cheapest path over cut points, best first (A*): of all points reached, the one is taken up next
// that promises least, its cost so far and the least that the stages behind it can cost (weights
// once, outputs once; for cycles the array alone). That is never more than they do cost, so when the
// end promises least no point left can be on a cheaper path, nor on another of the same cost. Only
// stretches that begin at points taken up are priced.
// Stretches that begin with one stage are priced in the order of their length. A longer one needs no
// less of the buffers, but for the accidents of first fit, so a kind is given up after some misfits
// in a row; and blocks or pieces that do not meet do not meet in longer stretches either.
#include "plan/cuts/cut_search.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"
#include "plan/fused/fuse_bound.h"
#include "plan/stages/pixel_pack.h"

enum { MISFITS_IN_A_ROW = 3 };

static uint64_t plus(uint64_t a, uint64_t b) {
    return a > TSR_NO_WAY - b ? TSR_NO_WAY : a + b;
}

/** Cycles in which the array gets the operands of a stage, however it is cut. */
static uint64_t least_cycles(const tsr_plan *plan, const tsr_stage *stage) {
    const int64_t tiles = stage->conv_h * tsr_ceil_div(stage->conv_w, plan->arch.tp);
    const int64_t laws =
        (int64_t)tsr_stage_taps(stage) * (stage->m_groups == 0 ? 1 : stage->read_planes);
    const int64_t groups = stage->m_groups == 0
                               ? stage->out_planes
                               : (int64_t)stage->m_groups * stage->step * stage->step;
    const int64_t pictures = stage->gemm ? tsr_ceil_div(plan->network.batch, plan->arch.tp)
                                         : plan->network.batch;  // side by side
    return (uint64_t)(pictures * tiles * laws * groups);
}

static uint64_t least_cost(const tsr_plan *plan, int32_t s) {
    const tsr_stage *stage = &plan->stages[s];
    if (plan->schedule.mode == TSR_SCHEDULE_AUTO &&
        plan->schedule.objective == TSR_OBJECTIVE_CYCLES) {
        return least_cycles(plan, stage);
    }
    const bool leaves = stage->last_reader == TSR_PLAN_LEAVES;
    return tsr_plan_weight_bytes(stage) + (leaves ? tsr_plan_written_bytes(plan, stage) : 0);
}

static void begin(tsr_cut_search *c) {
    const size_t stages = (size_t)c->stages;
    for (size_t i = 0; i < stages * stages; ++i) {
        c->price[i] = (tsr_cost){TSR_NO_WAY, TSR_NO_WAY};
    }
    for (int32_t first = 0; first < c->stages; ++first) {
        tsr_cut_row *row = &c->rows[first];
        row->priced = first;
        for (int32_t kind = 0; kind < TSR_GROUP_KINDS; ++kind) {
            row->hopeless[kind] = NULL;
        }
        row->hopeless[TSR_GROUP_TILED] = c->hopeless + (size_t)first * (stages + 1);
        row->hopeless[TSR_GROUP_FUSED] = row->hopeless[TSR_GROUP_TILED];
    }
    c->rest[c->stages] = 0;
    for (int32_t s = c->stages - 1; s >= 0; --s) {
        c->rest[s] = c->rest[s + 1] + least_cost(c->plan, s);
    }
}

tsr_status tsr_cut_search_create(const tsr_plan *plan, tsr_cut_search *search, tsr_error *err) {
    const size_t stages = (size_t)plan->stage_count;
    tsr_cut_search c = {.plan = plan, .stages = plan->stage_count};
    c.patient = plan->schedule.mode == TSR_SCHEDULE_AUTO;
    c.price = tsr_alloc(stages * stages, sizeof *c.price);
    c.kind = tsr_alloc(stages * stages, sizeof *c.kind);
    c.rows = tsr_alloc(stages, sizeof *c.rows);
    c.hopeless = tsr_alloc(stages * (stages + 1), sizeof *c.hopeless);
    c.total = tsr_alloc(stages + 1, sizeof *c.total);
    c.rest = tsr_alloc(stages + 1, sizeof *c.rest);
    c.expanded = tsr_alloc(stages + 1, sizeof *c.expanded);
    c.from = tsr_alloc(stages + 1, sizeof *c.from);
    if (c.price == NULL || c.kind == NULL || c.rows == NULL || c.hopeless == NULL ||
        c.total == NULL || c.rest == NULL || c.expanded == NULL || c.from == NULL) {
        tsr_cut_search_free(&c);
        return tsr_fail(err, TSR_ERR_NO_MEMORY, plan->network.name, "no memory for %zu stages",
                        stages);
    }
    begin(&c);
    *search = c;
    return TSR_OK;
}

void tsr_cut_search_free(tsr_cut_search *search) {
    tsr_free(search->price);
    tsr_free(search->kind);
    tsr_free(search->rows);
    tsr_free(search->hopeless);
    tsr_free(search->total);
    tsr_free(search->rest);
    tsr_free(search->expanded);
    tsr_free(search->from);
    *search = (tsr_cut_search){0};
}

/** Nothing that begins like this and is longer fits. */
static bool is_hopeless(const tsr_cut_search *c, const tsr_cut_row *row, tsr_group_kind kind,
                        int32_t last) {
    if (!c->patient || row->hopeless[kind] == NULL) {
        return row->misfits[kind] >= MISFITS_IN_A_ROW;
    }
    const int32_t first = (int32_t)(row - c->rows);
    bool all = row->hopeless[kind][c->stages];
    for (int32_t from = first; from <= last && all; ++from) {
        all = row->hopeless[kind][from] || tsr_block_grid_is_whole(&c->plan->stages[from].grid);
    }
    return all;
}

/** One stretch as a group of one kind. */
static tsr_status price_kind(tsr_cut_search *c, tsr_group_kind kind, int32_t first, int32_t last,
                             tsr_error *err) {
    tsr_cut_row *row = &c->rows[first];
    tsr_cost *price = &c->price[first * c->stages + last];
    tsr_group group = {0};
    tsr_error found = {0};
    const tsr_status status =
        tsr_group_make(c->plan, kind, first, last, row->hopeless[kind], &group, &found);
    if (status == TSR_OK) {
        const tsr_cost cost = tsr_group_cost(c->plan, &group);
        if (price->main == TSR_NO_WAY || tsr_cost_less(cost, *price)) {
            *price = cost;
            c->kind[first * c->stages + last] = kind;
        }
        tsr_plan_group_free(&group);
    } else if (status != TSR_ERR_NOT_FIT && status != TSR_ERR_UNSUPPORTED) {
        return tsr_fail(err, status, found.where, "%s", found.message);
    }
    row->misfits[kind] = status == TSR_OK ? 0 : row->misfits[kind] + 1;
    row->stopped[kind] = last > first && (status == TSR_ERR_UNSUPPORTED ||
                                          (status != TSR_OK && is_hopeless(c, row, kind, last)));
    return TSR_OK;
}

tsr_status tsr_cut_search_price(tsr_cut_search *search, int32_t first, int32_t last,
                                tsr_error *err) {
    tsr_cut_row *row = &search->rows[first];
    for (; row->priced <= last; ++row->priced) {
        for (int32_t kind = 0; kind < TSR_GROUP_KINDS; ++kind) {
            if (!row->stopped[kind] &&
                tsr_group_may_be(search->plan, (tsr_group_kind)kind, first, row->priced)) {
                TSR_TRY(price_kind(search, (tsr_group_kind)kind, first, row->priced, err));
            }
        }
    }
    return TSR_OK;
}

static bool is_stopped(const tsr_cut_search *c, int32_t first, int32_t last) {
    bool stopped = last > first;
    for (int32_t kind = TSR_GROUP_FUSED; kind < TSR_GROUP_KINDS && stopped; ++kind) {
        stopped = c->rows[first].stopped[kind] ||
                  !tsr_group_may_be(c->plan, (tsr_group_kind)kind, first, last);
    }
    return stopped;
}

/** The point that promises least; -1: all are taken up, or out of reach. */
static int32_t most_promising(const tsr_cut_search *c) {
    int32_t best = -1;
    uint64_t least = TSR_NO_WAY;
    for (int32_t point = 0; point <= c->stages; ++point) {
        const uint64_t promise = plus(c->total[point].main, c->rest[point]);
        if (!c->expanded[point] && promise < least) {
            best = point;
            least = promise;
        }
    }
    return best;
}

static void reset(tsr_cut_search *c) {
    for (int32_t point = 0; point <= c->stages; ++point) {
        c->total[point] = (tsr_cost){TSR_NO_WAY, TSR_NO_WAY};
        c->expanded[point] = false;
    }
    c->total[0] = (tsr_cost){0, 0};
}

/** Go over the stretch from a point if that is better than what is known. */
static void relax(tsr_cut_search *c, const tsr_cut_rules *rules, int32_t first, int32_t last) {
    const tsr_cost price = c->price[first * c->stages + last];
    if (price.main == TSR_NO_WAY || c->total[first].main == TSR_NO_WAY ||
        !rules->allowed(c->plan, rules->join, first, last)) {
        return;
    }
    const tsr_cost sum = {
        c->total[first].main + price.main + rules->penalty(c->plan, rules->join, first),
        c->total[first].second + price.second};
    if (tsr_cost_less(sum, c->total[last + 1])) {
        c->total[last + 1] = sum;
        c->from[last + 1] = first;
    }
}

/** Price what begins at a point, as far as the rules allow it. */
static tsr_status expand(tsr_cut_search *c, const tsr_cut_rules *rules, int32_t first,
                         tsr_error *err) {
    c->expanded[first] = true;
    const tsr_cut_row *row = &c->rows[first];  // priced under other rules too
    for (int32_t last = first;
         last < c->stages && (last < row->priced || !is_stopped(c, first, last)); ++last) {
        if (rules->allowed(c->plan, rules->join, first, last)) {
            TSR_TRY(tsr_cut_search_price(c, first, last, err));
            relax(c, rules, first, last);
        }
    }
    return TSR_OK;
}

tsr_status tsr_cut_search_explore(tsr_cut_search *search, const tsr_cut_rules *rules,
                                  tsr_error *err) {
    reset(search);
    for (int32_t point = most_promising(search); point >= 0; point = most_promising(search)) {
        const uint64_t end = search->total[search->stages].main;
        if (plus(search->total[point].main, search->rest[point]) > end) {
            return TSR_OK;
        }
        if (point < search->stages) {
            TSR_TRY(expand(search, rules, point, err));
        }
        search->expanded[point] = true;
    }
    return TSR_OK;
}

tsr_cost tsr_cut_search_path(tsr_cut_search *search, const tsr_cut_rules *rules) {
    reset(search);
    for (int32_t end = 1; end <= search->stages; ++end) {
        for (int32_t first = 0; first < end; ++first) {
            relax(search, rules, first, end - 1);
        }
    }
    return search->total[search->stages];
}
