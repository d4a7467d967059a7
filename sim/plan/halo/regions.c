// SPDX-License-Identifier: Apache-2.0
// Regions by back-propagation: what the last map's pieces need of the maps before them, one axis at
// a time.
#include "plan/halo/regions.h"

#include "base/checked.h"
#include "plan/halo/overlap.h"

static bool is_empty(tsr_stretch s) {
    return s.begin >= s.end;
}

static tsr_stretch hull(tsr_stretch a, tsr_stretch b) {
    if (is_empty(a) || is_empty(b)) {
        return is_empty(a) ? b : a;
    }
    return (tsr_stretch){tsr_min_i32(a.begin, b.begin), tsr_max_i32(a.end, b.end)};
}

int32_t tsr_regions_extent(const tsr_regions *r, bool vertical) {
    const tsr_shape *shape = &r->maps[r->out[r->last - r->first]].shape;
    return vertical ? shape->h : shape->w;
}

tsr_stretch tsr_regions_conv(const tsr_plan *plan, const tsr_regions *r, int32_t step,
                             tsr_stretch out) {
    const tsr_stage *stage = &plan->stages[r->first + step];
    const int32_t scale = stage->pools ? 2 : 1;
    if (stage->step == 1) {
        return (tsr_stretch){out.begin * scale, out.end * scale};
    }
    return (tsr_stretch){out.begin * scale / stage->step, out.end * scale / stage->step};
}

/** Along this axis a piece has only what no earlier one has. Maps from DRAM are loaded again. */
static bool stays(const tsr_regions *r, bool vertical, bool loaded) {
    return r->cached && (!loaded || (vertical && r->rings));
}

tsr_stretch tsr_regions_window(const tsr_plan *plan, const tsr_regions *r, int32_t step,
                               bool vertical, tsr_stretch out) {
    const tsr_stage *stage = &plan->stages[r->first + step];
    if (is_empty(out)) {
        return (tsr_stretch){0, 0};
    }
    const int32_t stride = vertical ? stage->stride_h : stage->stride_w;
    const int32_t pad = vertical ? stage->pad_top : stage->pad_left;
    const int32_t reach = vertical ? (stage->kernel_h - 1) * stage->dilation_h + 1
                                   : (stage->kernel_w - 1) * stage->dilation_w + 1;
    const int32_t extent = vertical ? stage->in.h : stage->in.w;
    const tsr_stretch conv = tsr_regions_conv(plan, r, step, out);
    const int32_t low = conv.begin * stride - pad;
    int32_t high = (conv.end - 1) * stride - pad + reach;
    const bool loaded = r->maps[r->in[step]].loaded;
    if (stays(r, vertical, loaded)) {
        // what is between two windows, and behind the last one, is read too
        high = tsr_max_i32(high, conv.end * stride - pad);
        const bool last = out.end == (vertical ? stage->out.h : stage->out.w) && !loaded;
        high = last ? extent : high;
    }
    return (tsr_stretch){tsr_max_i32(low, 0), tsr_min_i32(high, extent)};
}

/** What the stages of the group read of map e for piece i. */
static tsr_stretch wanted(const tsr_plan *plan, const tsr_regions *r, int32_t e, bool vertical,
                          int32_t i) {
    const tsr_stretch *pieces = vertical ? r->y : r->x;
    const int32_t count = vertical ? r->rows : r->cols;
    tsr_stretch all = {0, 0};
    for (int32_t step = r->maps[e].first_step; step <= r->maps[e].last_step; ++step) {
        const tsr_stretch out = pieces[r->out[step] * count + i];
        if (is_empty(out)) {
            continue;
        }
        if (r->in[step] == e) {
            all = hull(all, tsr_regions_window(plan, r, step, vertical, out));
        }
        if (r->added[step] == e) {
            all = hull(all, tsr_regions_conv(plan, r, step, out));
        }
    }
    return all;
}

/** Pieces of a map that no stage of the group reads: its share of every piece of the last map. */
static void share(tsr_stretch *pieces, int32_t count, int32_t tile, int32_t last_extent,
                  int32_t extent, int32_t step) {
    for (int32_t i = 0; i < count; ++i) {
        const int64_t begin = (int64_t)i * tile * extent / last_extent;
        const int64_t end =
            (int64_t)tsr_min_i32((i + 1) * tile, last_extent) * extent / last_extent;
        pieces[i] = (tsr_stretch){(int32_t)(begin / step * step), (int32_t)(end / step * step)};
    }
}

/** Every row that the group makes belongs to some piece: gaps go to the piece after them, the rest
 * of the map to the last piece that has something. */
static void close_gaps(tsr_stretch *pieces, int32_t count, int32_t extent) {
    int32_t end = 0;
    int32_t last = -1;
    for (int32_t i = 0; i < count; ++i) {
        if (is_empty(pieces[i])) {
            pieces[i] = (tsr_stretch){end, end};
            continue;
        }
        pieces[i].begin = tsr_min_i32(pieces[i].begin, end);
        end = tsr_max_i32(pieces[i].end, end);
        pieces[i].end = end;
        last = i;
    }
    for (int32_t i = last; i >= 0 && i < count; ++i) {
        pieces[i].end = extent;
        pieces[i].begin = i == last ? pieces[i].begin : extent;
    }
}

/** Strips: what an earlier one has is still there, or comes back. */
static void leave_out_earlier(tsr_stretch *pieces, int32_t count) {
    int32_t end = 0;
    bool begun = false;
    for (int32_t i = 0; i < count; ++i) {
        if (is_empty(pieces[i])) {
            pieces[i] = (tsr_stretch){end, end};
            continue;
        }
        const int32_t begin = begun ? end : pieces[i].begin;
        begun = true;
        end = tsr_max_i32(end, pieces[i].end);
        pieces[i] = (tsr_stretch){begin, end};
    }
}

static bool has_reader(const tsr_regions *r, int32_t e) {
    for (int32_t step = r->maps[e].first_step; step <= r->maps[e].last_step; ++step) {
        if (r->in[step] == e || r->added[step] == e) {
            return true;
        }
    }
    return false;
}

tsr_stretch tsr_regions_filler(const tsr_plan *plan, const tsr_regions *r, int32_t e, bool vertical,
                               int32_t piece) {
    const int32_t count = vertical ? r->rows : r->cols;
    const tsr_stretch *pieces = vertical ? r->y : r->x;
    const bool strips = r->rings && vertical;
    const tsr_stretch here = pieces[e * count + piece];
    tsr_stretch all = {0, 0};
    for (int32_t step = r->maps[e].first_step; step <= r->maps[e].last_step; ++step) {
        const tsr_stage *stage = &plan->stages[r->first + step];
        if (r->added[step] == e) {
            const tsr_stretch whole = {0, vertical ? stage->out.h : stage->out.w};
            const tsr_stretch out = strips ? whole : pieces[r->out[step] * count + piece];
            all = hull(all, tsr_regions_conv(plan, r, step, out));
        }
    }
    const tsr_stretch both = {tsr_max_i32(all.begin, here.begin), tsr_min_i32(all.end, here.end)};
    return is_empty(both) ? (tsr_stretch){here.begin, here.begin} : both;
}

static void measure(const tsr_plan *plan, tsr_regions *r, bool vertical, int32_t e) {
    const int32_t count = vertical ? r->rows : r->cols;
    const tsr_stretch *pieces = (vertical ? r->y : r->x) + (ptrdiff_t)e * count;
    const bool fills = r->maps[e].loaded && r->maps[e].planes > r->maps[e].real_planes;
    int32_t most = 0;
    int64_t sum = 0;
    int64_t filler = 0;
    for (int32_t i = 0; i < count; ++i) {
        most = tsr_max_i32(most, pieces[i].end - pieces[i].begin);
        sum += pieces[i].end - pieces[i].begin;
        if (fills) {
            const tsr_stretch more = tsr_regions_filler(plan, r, e, vertical, i);
            filler += more.end - more.begin;
        }
    }
    *(vertical ? &r->maps[e].filler_h : &r->maps[e].filler_w) = filler;
    *(vertical ? &r->maps[e].most_h : &r->maps[e].most_w) = most;
    *(vertical ? &r->maps[e].sum_h : &r->maps[e].sum_w) = sum;
}

/** Pixels of each step that nobody reads would be made in vain: every tile of a map that is made in
 * steps must need a whole one, of strips the last one that needs anything new. */
static bool needs_steps(const tsr_region_map *m, const tsr_stretch *pieces, int32_t count,
                        bool strips) {
    int32_t before = 0;
    bool whole = true;
    for (int32_t i = 0; i < count; ++i) {
        const int32_t begin = strips ? tsr_max_i32(pieces[i].begin, before) : pieces[i].begin;
        if (begin < pieces[i].end) {
            whole = (whole || strips) && pieces[i].end - begin >= m->step;
            before = (int32_t)tsr_ceil_div(pieces[i].end, m->step) * m->step;
        }
    }
    return whole;
}

/** Only whole steps can be made. */
static void align(tsr_stretch *pieces, int32_t count, int32_t step) {
    for (int32_t i = 0; i < count && step > 1; ++i) {
        pieces[i].begin -= pieces[i].begin % step;
        pieces[i].end = (int32_t)tsr_ceil_div(pieces[i].end, step) * step;
    }
}

static void cut_map(const tsr_plan *plan, tsr_regions *r, bool vertical, int32_t tile, int32_t e) {
    const tsr_region_map *m = &r->maps[e];
    const int32_t count = vertical ? r->rows : r->cols;
    const int32_t extent = vertical ? m->shape.h : m->shape.w;
    tsr_stretch *pieces = (vertical ? r->y : r->x) + (ptrdiff_t)e * count;
    if (!has_reader(r, e)) {
        share(pieces, count, tile, tsr_regions_extent(r, vertical), extent, m->step);
    } else {
        for (int32_t i = 0; i < count; ++i) {
            pieces[i] = wanted(plan, r, e, vertical, i);
        }
    }
    if (!m->loaded && m->step > 1 && has_reader(r, e)) {
        *(vertical ? &r->whole_y : &r->whole_x) &= needs_steps(m, pieces, count, r->cached);
    }
    align(pieces, count, m->step);
    if (stays(r, vertical, m->loaded)) {
        leave_out_earlier(pieces, count);
    }
    if (!m->loaded) {
        close_gaps(pieces, count, extent);
    }
    measure(plan, r, vertical, e);
}

void tsr_regions_cut(const tsr_plan *plan, tsr_regions *r, bool vertical, int32_t tile) {
    const int32_t extent = tsr_regions_extent(r, vertical);
    const int32_t grain = r->maps[r->out[r->last - r->first]].step;
    tile = tsr_min_i32((int32_t)tsr_ceil_div(tile, grain) * grain, extent);
    *(vertical ? &r->rows : &r->cols) = (int32_t)tsr_ceil_div(extent, tile);
    *(vertical ? &r->tile_h : &r->tile_w) = tile;
    *(vertical ? &r->whole_y : &r->whole_x) = true;
    r->sized = vertical ? TSR_STRIPS_NONE : r->sized;
    // maps behind first: what a map must have follows from what its readers make
    for (int32_t step = r->last - r->first; step >= 0; --step) {
        const int32_t e = r->out[step];
        if (r->maps[e].last_writer == step) {
            cut_map(plan, r, vertical, tile, e);
        }
    }
    for (int32_t e = 0; e < r->map_count; ++e) {
        if (r->maps[e].loaded) {
            cut_map(plan, r, vertical, tile, e);
        }
    }
    tsr_overlap_cut(plan, r, vertical);
}

tsr_stretch tsr_regions_own(const tsr_regions *r, int32_t map, bool vertical, int32_t piece) {
    const int32_t count = vertical ? r->rows : r->cols;
    const tsr_stretch *pieces = (vertical ? r->y : r->x) + (ptrdiff_t)map * count;
    const int32_t before = piece > 0 ? pieces[piece - 1].end : 0;
    return (tsr_stretch){tsr_max_i32(pieces[piece].begin, before), pieces[piece].end};
}

int64_t tsr_regions_runs(const tsr_regions *r, int32_t step) {
    int64_t rows = 0;
    int64_t cols = 0;
    for (int32_t i = 0; i < r->rows; ++i) {
        rows += !is_empty(r->y[r->out[step] * r->rows + i]);
    }
    for (int32_t j = 0; j < r->cols; ++j) {
        cols += !is_empty(r->x[r->out[step] * r->cols + j]);
    }
    return rows * cols;
}
