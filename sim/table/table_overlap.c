// SPDX-License-Identifier: Apache-2.0
// Overlapped tiles: what recomputing the halo of a fused group costs in MACs and in input reads.
#include <string.h>

#include <tessera/table.h>

#include "base/alloc.h"
#include "base/check.h"

/** Half-open range of rows or columns; empty: low >= high. */
typedef struct range {
    int64_t low, high;
} range;

/** What one tile needs of one map along one axis. */
typedef struct need {
    range with_halo;
    double plain;  // what the tile is worth without halo, scaled to this map
} need;

/** Sums over all tiles of one axis, with and without halo. */
typedef struct axis_sum {
    double halo, plain;
} axis_sum;

/** A group of stages cut into tiles along one axis. */
typedef struct axis_cut {
    const tsr_outline *outline;
    int32_t first, last, tile, read_count;
    bool clip, vertical;
    need *out;       // this tile: of each stage of the group, before its pool
    need *read;      // behind them: of each map from outside, at the first operand that names it
    axis_sum *sums;  // of all of them
} axis_cut;

static range hull(range a, range b) {
    if (a.low >= a.high) {
        return b;
    }
    return (range){a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high};
}

static range clipped(range r, int32_t extent, bool clip) {
    if (clip) {
        r.low = r.low < 0 ? 0 : r.low;
        r.high = r.high > extent ? extent : r.high;
    }
    return r;
}

// Pixels under windows over these outputs.
static range window_input(range out, int32_t kernel, int32_t stride, int32_t pad) {
    return (range){out.low * stride - pad, (out.high - 1) * stride - pad + kernel};
}

static int32_t extent_of(tsr_shape s, bool vertical) {
    return vertical ? s.h : s.w;
}

// A range of what is read, in pixels of the map that is stored (resampled maps differ).
static range rescaled(range r, int32_t from, int32_t to) {
    if (from == to) {
        return r;
    }
    const int64_t low = r.low * to;
    return (range){(low >= 0 ? low : low - from + 1) / from, (r.high * to + from - 1) / from};
}

// One operand's range and worth, given those of its reader's output. Tiles that are cut at the border
// share the whole map; an inner tile is worth a stride for each output.
static need operand_need(const axis_cut *c, const tsr_outline_operand *operand) {
    const tsr_outline_stage *s = &c->outline->stages[operand->reader];
    const need *out = &c->out[operand->reader - c->first];
    const bool v = c->vertical;
    const int32_t map = extent_of(tsr_outline_map(c->outline, operand), v);
    const int32_t full = extent_of(s->out, v);
    double worth = (double)map / full;
    need n = *out;
    if (operand->shortcut) {  // one pixel for each (pooled) output
        n.with_halo = rescaled(n.with_halo, full, extent_of(s->pooled, v));
        n.with_halo = rescaled(n.with_halo, extent_of(s->pooled, v), map);
    } else {
        const int32_t in = extent_of(s->in, v);
        const int32_t stride = v ? s->stride_h : s->stride_w;
        const int32_t kernel =
            v ? s->dilation_h * (s->kernel_h - 1) + 1 : s->dilation_w * (s->kernel_w - 1) + 1;
        n.with_halo = window_input(n.with_halo, kernel, stride, v ? s->pad_top : s->pad_left);
        n.with_halo = rescaled(clipped(n.with_halo, in, c->clip), in, map);
        worth = c->clip ? worth : stride * ((double)map / in);
    }
    n.with_halo = clipped(n.with_halo, map, c->clip);
    n.plain *= worth;
    return n;
}

static void widen(need *sum, const need *more) {
    sum->with_halo = hull(sum->with_halo, more->with_halo);
    sum->plain = more->plain > sum->plain ? more->plain : sum->plain;
}

// Hands a need for a pooled map on to the output before the pool.
static void require(const axis_cut *c, int32_t stage, const need *pooled) {
    const tsr_outline_stage *s = &c->outline->stages[stage];
    const bool v = c->vertical;
    need n = *pooled;
    if (s->pool_fused) {
        const int32_t stride = v ? s->pool_stride_h : s->pool_stride_w;
        n.with_halo = window_input(n.with_halo, v ? s->pool_kernel_h : s->pool_kernel_w, stride,
                                   v ? s->pool_pad_top : s->pool_pad_left);
        n.with_halo = clipped(n.with_halo, extent_of(s->out, v), c->clip);
        n.plain *= c->clip ? (double)extent_of(s->out, v) / extent_of(s->pooled, v) : stride;
    }
    widen(&c->out[stage - c->first], &n);
}

// Maps that leave the group beside the last one are wanted on the same part of the picture.
static void require_leaving(const axis_cut *c, range tile) {
    const tsr_outline *o = c->outline;
    const int32_t end = extent_of(o->stages[c->last].out, c->vertical);
    for (int32_t i = c->first; i <= c->last; ++i) {
        bool leaves = i == c->last || o->stages[i].is_output;
        for (int32_t k = 0; k < o->operand_count; ++k) {
            leaves = leaves || (o->operands[k].stage == i && o->operands[k].reader > c->last);
        }
        need *out = &c->out[i - c->first];
        *out = (need){{0, 0}, 0.0};
        if (leaves) {
            const int32_t here = extent_of(o->stages[i].out, c->vertical);
            out->with_halo = rescaled(tile, end, here);
            out->plain = (double)(tile.high - tile.low) * here / end;
        }
    }
}

// Place of a map from outside: that of the first operand of the group that names it.
static int32_t read_place(const axis_cut *c, int32_t operand) {
    const tsr_outline_operand *operands = c->outline->operands;
    const int32_t base = c->outline->stages[c->first].first_operand;
    int32_t k = base;
    while (operands[k].stage != operands[operand].stage) {
        ++k;
    }
    return k - base;
}

static void add_tile(const axis_cut *c, range tile) {
    const tsr_outline *o = c->outline;
    const int32_t stages = c->last - c->first + 1;
    require_leaving(c, tile);
    memset(c->read, 0, (size_t)c->read_count * sizeof *c->read);
    for (int32_t i = c->last; i >= c->first; --i) {
        const tsr_outline_stage *s = &o->stages[i];
        for (int32_t k = s->first_operand; k < s->first_operand + s->operand_count; ++k) {
            const need n = operand_need(c, &o->operands[k]);
            if (o->operands[k].stage >= c->first) {
                require(c, o->operands[k].stage, &n);
            } else {
                widen(&c->read[read_place(c, k)], &n);
            }
        }
    }
    for (int32_t i = 0; i < stages + c->read_count; ++i) {
        c->sums[i].halo += (double)(c->out[i].with_halo.high - c->out[i].with_halo.low);
        c->sums[i].plain += c->out[i].plain;
    }
}

static void add_tiles(const axis_cut *c) {
    const tsr_outline_stage *last = &c->outline->stages[c->last];
    const int64_t extent = c->clip ? extent_of(last->out, c->vertical) : c->tile;
    for (int64_t low = 0; low < extent; low += c->tile) {
        add_tile(c, (range){low, low + c->tile < extent ? low + c->tile : extent});
    }
}

static double growth(const axis_sum *y, const axis_sum *x) {
    const double plain = y->plain * x->plain;
    return plain > 0.0 ? y->halo * x->halo / plain : 1.0;
}

// MACs of all stages and reads of all maps from outside, with and without halo.
static tsr_recompute factors_of(const axis_cut *c, const axis_sum *y, const axis_sum *x) {
    const tsr_outline *o = c->outline;
    const int32_t stages = c->last - c->first + 1;
    const int32_t base = o->stages[c->first].first_operand;
    axis_sum macs = {0.0, 0.0};
    axis_sum reads = {0.0, 0.0};
    for (int32_t i = 0; i < stages; ++i) {
        const double layer_macs = (double)o->stages[c->first + i].macs;
        macs.plain += layer_macs;
        macs.halo += layer_macs * growth(&y[i], &x[i]);
    }
    for (int32_t k = 0; k < c->read_count; ++k) {
        const int32_t at = stages + k;
        if (y[at].plain > 0.0) {  // the place of a map from outside
            const tsr_shape map = tsr_outline_map(o, &o->operands[base + k]);
            const double bytes = (double)map.c * map.h * map.w;
            reads.plain += bytes;
            reads.halo += bytes * growth(&y[at], &x[at]);
        }
    }
    return (tsr_recompute){macs.plain > 0.0 ? macs.halo / macs.plain : 1.0,
                           reads.plain > 0.0 ? reads.halo / reads.plain : 1.0};
}

tsr_status tsr_outline_recompute(const tsr_outline *outline, int32_t first, int32_t count,
                                 int32_t tile_h, int32_t tile_w, bool clip, tsr_recompute *factors,
                                 tsr_error *err) {
    TSR_CHECK(first >= 0 && count > 0 && count <= outline->stage_count - first && tile_h > 0 &&
                  tile_w > 0,
              TSR_ERR_USAGE, err, outline->name, "no such stages or tile (%d, %d, %dx%d)", first,
              count, tile_h, tile_w);
    const tsr_outline_stage *last = &outline->stages[first + count - 1];
    axis_cut cut = {.outline = outline,
                    .first = first,
                    .last = first + count - 1,
                    .tile = tile_w,
                    .clip = clip};
    cut.read_count =
        last->first_operand + last->operand_count - outline->stages[first].first_operand;
    const size_t each = (size_t)count + (size_t)cut.read_count;
    axis_sum *sums = tsr_alloc(2 * each, sizeof *sums);
    cut.out = tsr_alloc(each, sizeof *cut.out);
    const bool room = cut.out != NULL && sums != NULL;
    if (room) {
        cut.read = cut.out + count;
        cut.sums = sums;
        add_tiles(&cut);
        cut.vertical = true;
        cut.tile = tile_h;
        cut.sums = sums + each;
        add_tiles(&cut);
        *factors = factors_of(&cut, sums + each, sums);
    }
    tsr_free(cut.out);
    tsr_free(sums);
    TSR_CHECK(room, TSR_ERR_NO_MEMORY, err, outline->name, "out of memory");
    return TSR_OK;
}
