// SPDX-License-Identifier: Apache-2.0
// Choice of the tile (recompute) or strip (cached) of a group: fewest DRAM bytes that fit, then
// fewest cycles.
#include "plan/halo/halo.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"

enum { CUTS_MAX = 96, GRAIN_MAX = 64 };

/** Edges worth trying along one axis, coarsest first. */
typedef struct edges {
    int32_t count;
    int32_t tile[CUTS_MAX];
} edges;

/** Every cut into at most `every` pieces, then each with one in `by` more. */
typedef struct ladder {
    int32_t every, by;
} ladder;

typedef struct search {
    const tsr_plan *plan;
    tsr_group *group;
    edges rows, cols;
    bool every;  // cut is looked at, also where a coarser one moves less
    bool found;
    int32_t tile_h, tile_w;  // of the best
    bool rings;
    uint64_t bytes, cycles;
    int32_t coarsest;     // cut of the rows that fitted last
    int64_t least_lines;  // of what came nearest, when nothing fits
} search;

// of what fits, the first
static const tsr_halo_way ways[] = {{true, TSR_PREFETCH_DOUBLE},  {true, TSR_PREFETCH_REFILL},
                                    {false, TSR_PREFETCH_DOUBLE}, {true, TSR_PREFETCH_NONE},
                                    {false, TSR_PREFETCH_REFILL}, {false, TSR_PREFETCH_NONE}};

static const tsr_halo_way tightest = {false, TSR_PREFETCH_NONE};

/** Multiples of the steps in which the maps of a group are made. */
static int32_t grain_of(const tsr_regions *r) {
    int32_t grain = 1;
    for (int32_t e = 0; e < r->map_count; ++e) {
        grain *= grain < GRAIN_MAX ? r->maps[e].step : 1;
    }
    return grain;
}

/** Distinct edges, coarsest first. */
static void make_edges(int32_t extent, int32_t forced, int32_t grain, ladder steps, edges *e) {
    e->count = 0;
    if (forced > 0) {
        const int32_t tile = (int32_t)tsr_ceil_div(forced, grain) * grain;
        e->tile[e->count++] = tile < extent ? tile : extent;
        return;
    }
    int32_t last = 0;
    for (int32_t pieces = 1; pieces <= extent && e->count < CUTS_MAX;
         pieces += pieces < steps.every ? 1 : pieces / steps.by) {
        const int32_t even = (int32_t)tsr_ceil_div(extent, pieces);
        const int32_t tile = pieces == 1 ? extent : (int32_t)tsr_ceil_div(even, grain) * grain;
        if (tile != last && tile <= extent) {
            e->tile[e->count++] = tile;
            last = tile;
        }
    }
    if (last > grain) {
        e->tile[e->count < CUTS_MAX ? e->count++ : CUTS_MAX - 1] = grain;
    }
}

/** Bytes of a cut; UINT64_MAX where its weights do not fit. */
static uint64_t price(search *s) {
    tsr_error refused = {0};
    if (tsr_halo_weights(s->plan, s->group, &refused) != TSR_OK) {
        return UINT64_MAX;
    }
    tsr_halo_count_bytes(s->plan, s->group);
    return tsr_group_bytes(s->group);
}

/** The pool has room for the pieces that are cut now. */
static bool has_room(search *s, tsr_halo_way way) {
    const int64_t pool = tsr_arch_feature_lines(&s->plan->arch);
    tsr_regions *r = s->group->regions;
    int64_t lines = r->rings ? 0 : tsr_halo_least_lines(s->plan, r);
    if (lines <= pool) {
        tsr_halo_slots(s->plan, s->group, way);
        lines = s->group->peak_lines;
    }
    s->least_lines = lines < s->least_lines ? lines : s->least_lines;
    return lines <= pool;
}

/** That, and nothing is made in vain, which may hold for coarse pieces and not for finer ones, or the
 * other way round. */
static bool fits(search *s, tsr_halo_way way) {
    return has_room(s, way) && tsr_regions_all_used(s->plan, s->group->regions);
}

/** What is cut now, if it is better than what was found before. */
static void offer(search *s, uint64_t bytes) {
    if (bytes == UINT64_MAX || (s->found && bytes > s->bytes)) {
        return;
    }
    const uint64_t cycles = tsr_halo_cycles(s->plan, s->group);
    const bool better = !s->found || bytes < s->bytes || cycles < s->cycles;
    if (better && fits(s, tightest)) {
        s->found = true;
        s->bytes = bytes;
        s->cycles = cycles;
        s->tile_h = s->group->regions->tile_h;
        s->tile_w = s->group->regions->tile_w;
        s->rings = s->group->regions->rings;
    }
}

static bool rows_fit(search *s, int32_t index) {
    tsr_regions_cut(s->plan, s->group->regions, true, s->rows.tile[index]);
    return has_room(s, tightest);
}

/** Index of the coarsest cut of the rows that fits; rows.count: none does. Narrower tiles can only be
 * higher, so the search goes on from what fitted with wider ones. */
static int32_t coarsest_rows(search *s) {
    int32_t index = s->coarsest;
    int32_t low = 0;  // nothing before it fits
    if (index == s->rows.count && !rows_fit(s, --index)) {
        return s->coarsest;
    }
    for (int32_t ahead = 1; low < index; ahead *= 2) {
        const int32_t next = tsr_max_i32(index - ahead, low);
        if (!rows_fit(s, next)) {
            low = next + 1;
            break;
        }
        index = next;
    }
    while (low < index) {
        const int32_t middle = (low + index) / 2;
        if (rows_fit(s, middle)) {
            index = middle;
        } else {
            low = middle + 1;
        }
    }
    s->coarsest = index;
    return index;
}

/** Nobody reads some pixels of a loaded map: finer tiles leave more of them out. */
static bool skips_pixels(const tsr_plan *plan, const tsr_regions *r) {
    bool any = false;
    for (int32_t e = 0; e < r->map_count; ++e) {
        bool all = r->maps[e].loaded;
        for (int32_t step = 0; step <= r->last - r->first && all; ++step) {
            const tsr_stage *stage = &plan->stages[r->first + step];
            const bool skips =
                stage->stride_h > stage->kernel_h || stage->stride_w > stage->kernel_w;
            all = r->added[step] != e && (r->in[step] != e || skips);
        }
        any = any || all;
    }
    return any;
}

/** Finer cuts move no fewer bytes: of equals the fastest. */
static void try_rows(search *s, int32_t from) {
    for (int32_t i = from; i < s->rows.count; ++i) {
        tsr_regions_cut(s->plan, s->group->regions, true, s->rows.tile[i]);
        const uint64_t bytes = price(s);
        if (s->found && bytes > s->bytes && !s->every) {
            return;
        }
        offer(s, bytes);
    }
}

/** Index of the widest cut of the columns of which the lowest pieces fit, or of the last one. */
static int32_t widest_cols(search *s) {
    tsr_regions *r = s->group->regions;
    int32_t col = -1;
    bool fit = false;
    tsr_regions_cut(s->plan, r, true, s->rows.tile[s->rows.count - 1]);
    while (!fit && col + 1 < s->cols.count) {
        ++col;
        tsr_regions_cut(s->plan, r, false, s->cols.tile[col]);
        fit = has_room(s, tightest);
    }
    return col;
}

static void try_all(search *s) {
    tsr_regions *r = s->group->regions;
    s->coarsest = s->rows.count;
    for (int32_t col = widest_cols(s); col < s->cols.count; ++col) {
        tsr_regions_cut(s->plan, r, false, s->cols.tile[col]);
        tsr_regions_cut(s->plan, r, true, s->rows.tile[0]);
        if (s->found && !s->every && price(s) > s->bytes) {
            return;  // every further cut has more pieces
        }
        try_rows(s, coarsest_rows(s));
    }
}

/** The best cut once more, with the most generous slots that fit. */
static tsr_status settle(search *s, tsr_error *err) {
    tsr_regions *r = s->group->regions;
    r->rings = s->rings;
    tsr_regions_cut(s->plan, r, false, s->tile_w);
    tsr_regions_cut(s->plan, r, true, s->tile_h);
    TSR_TRY(tsr_halo_weights(s->plan, s->group, err));
    tsr_halo_count_bytes(s->plan, s->group);
    s->group->tiling.pass_cycles = tsr_halo_cycles(s->plan, s->group);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; ++i) {
        if (fits(s, ways[i])) {
            return TSR_OK;
        }
    }
    return tsr_fail(err, TSR_ERR_INTERNAL, tsr_plan_stage_name(s->plan, s->group->first),
                    "the cut that fitted does not fit");
}

static tsr_status explain(search *s, tsr_error *err) {
    const tsr_plan *plan = s->plan;
    const int64_t line_bytes = tsr_arch_line_bytes(&plan->arch);
    const char *first = tsr_plan_stage_name(plan, s->group->first);
    TSR_CHECK(s->least_lines <= tsr_arch_feature_lines(&plan->arch), TSR_ERR_NOT_FIT, err, first,
              "feature buffer: the smallest %s from %s to %s need %" PRId64
              " bytes, there are %" PRId64 ": %" PRId64 " are missing",
              s->group->regions->cached ? "strips" : "tiles", first,
              tsr_plan_stage_name(plan, s->group->last), s->least_lines * line_bytes,
              plan->arch.feature_buffer_bytes,
              s->least_lines * line_bytes - plan->arch.feature_buffer_bytes);
    TSR_TRY(tsr_halo_weights(plan, s->group, err));  // says what of them does not fit
    return tsr_fail(err, TSR_ERR_NOT_FIT, first, "no cut fits the buffers");
}

static tsr_status choose(search *s, tsr_error *err) {
    tsr_group *group = s->group;
    TSR_TRY(tsr_regions_create(s->plan, group->first, group->last, group->kind == TSR_GROUP_CACHED,
                               &group->regions, err));
    tsr_regions *r = group->regions;
    const size_t slots = 2 * (size_t)r->map_count;
    tsr_slot *more = tsr_realloc(group->slots, slots, sizeof *more);
    TSR_CHECK(more != NULL, TSR_ERR_NO_MEMORY, err, tsr_plan_stage_name(s->plan, group->first),
              "no memory for %zu slots", slots);
    group->slots = more;
    const tsr_schedule *schedule = &s->plan->schedule;
    const int32_t part = s->plan->stages[group->first].named;
    const int32_t tile_h = part >= 0 ? schedule->parts[part].tile_h : schedule->tile_h;
    const int32_t tile_w = part >= 0 ? schedule->parts[part].tile_w : schedule->tile_w;
    const int32_t width = tsr_regions_extent(r, false);
    const int32_t grain = grain_of(r);
    const ladder fine = {24, 12};
    const ladder coarse = {8, 5};  // there are two ways to keep rows, each with rows of its own
    make_edges(tsr_regions_extent(r, true), tile_h, grain, fine, &s->rows);
    s->every = (schedule->mode == TSR_SCHEDULE_AUTO || r->cached) && skips_pixels(s->plan, r);
    make_edges(width, tile_w, grain, r->cached ? coarse : fine, &s->cols);
    try_all(s);
    if (r->cached) {  // rows through DRAM as well: their places are free for other maps meanwhile
        r->rings = false;
        try_all(s);
    }
    return s->found ? settle(s, err) : explain(s, err);
}

tsr_status tsr_group_halo(const tsr_plan *plan, tsr_group_kind kind, int32_t first, int32_t last,
                          tsr_group *group, tsr_error *err) {
    tsr_group made = {0};
    TSR_TRY(tsr_plan_group_create(first, last, &made, err));
    made.kind = kind;
    search s = {.plan = plan, .group = &made, .least_lines = INT64_MAX};
    const tsr_status status = choose(&s, err);
    if (status != TSR_OK) {
        tsr_plan_group_free(&made);
        return status;
    }
    *group = made;
    return TSR_OK;
}
