// SPDX-License-Identifier: Apache-2.0
// Overlaps between pieces, from what each reads of the rows and columns that others made.
#include "plan/halo/overlap.h"

#include "base/checked.h"

static bool is_empty(tsr_stretch s) {
    return s.begin >= s.end;
}

static tsr_stretch made_in(const tsr_regions *r, int32_t step, bool vertical, int32_t piece) {
    const int32_t count = vertical ? r->rows : r->cols;
    return (vertical ? r->y : r->x)[r->out[step] * count + piece];
}

static tsr_overlap_piece *pieces_of(const tsr_regions *r, int32_t step, bool vertical) {
    return vertical ? r->row_pieces + (ptrdiff_t)step * r->rows
                    : r->col_pieces + (ptrdiff_t)step * r->cols;
}

/** Number of the next use of some words of `step` after `use`, two for each stage: its window, and
 * what it adds; -1: there is none. `filler`: only adds of so many words beyond the real ones. */
static int32_t next_use(const tsr_plan *plan, const tsr_regions *r, int32_t step, int32_t filler,
                        int32_t use) {
    const tsr_stage *writer = &plan->stages[r->first + step];
    const int32_t e = r->out[step];
    const int32_t begin = writer->out_plane;
    const int32_t end = begin + writer->out_planes;
    const int32_t real_end = r->maps[e].first_plane + r->maps[e].real_planes;
    if (filler > 0 && end != real_end) {
        return -1;  // the last real words have the others behind them
    }
    for (++use; use < 2 * (r->maps[e].last_step + 1); ++use) {
        const tsr_stage *stage = &plan->stages[r->first + use / 2];
        const int32_t first = stage->residual_plane;
        const bool window = use % 2 == 0 && r->in[use / 2] == e && stage->in_plane < end &&
                            stage->in_plane + stage->in_planes > begin;
        const bool adds = use % 2 == 1 && r->added[use / 2] == e && first < end &&
                          first + stage->out_planes > begin;
        if (filler > 0 ? adds && first + stage->made_planes >= real_end + filler : window || adds) {
            return use;
        }
    }
    return -1;
}

static tsr_stretch read_by(const tsr_plan *plan, const tsr_regions *r, int32_t use, bool vertical,
                           int32_t piece) {
    const tsr_stretch out = made_in(r, use / 2, vertical, piece);
    if (is_empty(out)) {
        return (tsr_stretch){0, 0};
    }
    return use % 2 == 0 ? tsr_regions_window(plan, r, use / 2, vertical, out)
                        : tsr_regions_conv(plan, r, use / 2, out);
}

/** Rows of the words of `step` that a use reads sooner or later. */
static int32_t rows_used(const tsr_plan *plan, const tsr_regions *r, int32_t step, int32_t use) {
    return use % 2 == 0 ? r->maps[r->out[step]].shape.h : plan->stages[r->first + use / 2].conv_h;
}

static void cut_step(const tsr_plan *plan, tsr_regions *r, bool vertical, int32_t step) {
    const int32_t count = vertical ? r->rows : r->cols;
    tsr_overlap_piece *pieces = pieces_of(r, step, vertical);
    int32_t *place = (vertical ? r->top : r->left) + (ptrdiff_t)r->out[step] * count;
    for (int32_t i = 0; i < count; ++i) {
        pieces[i].read = made_in(r, step, vertical, i).begin;
    }
    for (int32_t use = next_use(plan, r, step, 0, -1); use >= 0;
         use = next_use(plan, r, step, 0, use)) {
        for (int32_t i = 0; i < count; ++i) {
            const tsr_stretch read = read_by(plan, r, use, vertical, i);
            pieces[i].read =
                is_empty(read) ? pieces[i].read : tsr_min_i32(pieces[i].read, read.begin);
        }
    }
    int32_t wanted = INT32_MAX;  // lowest one that a later piece reads
    int32_t kept = 0;
    for (int32_t i = count - 1; i >= 0; --i) {
        const tsr_stretch made = made_in(r, step, vertical, i);
        pieces[i].keep = tsr_min_i32(tsr_max_i32(made.begin, wanted), made.end);
        wanted = pieces[i].read < made.begin ? tsr_min_i32(wanted, pieces[i].read) : wanted;
        place[i] = tsr_min_i32(place[i], pieces[i].read);
    }
    for (int32_t i = 0; i < count; ++i) {
        pieces[i].index = kept;
        kept += made_in(r, step, vertical, i).end - pieces[i].keep;
    }
    *(vertical ? &r->overlaps[step].rows : &r->overlaps[step].columns) = kept;
}

void tsr_overlap_cut(const tsr_plan *plan, tsr_regions *r, bool vertical) {
    const int32_t count = vertical ? r->rows : r->cols;
    const tsr_stretch *pieces = vertical ? r->y : r->x;
    int32_t *place = vertical ? r->top : r->left;
    const bool waits = r->cached && !(vertical && r->rings);
    for (int32_t i = 0; i < r->map_count * count; ++i) {
        place[i] = pieces[i].begin;
    }
    for (int32_t step = 0; step <= r->last - r->first; ++step) {
        *(vertical ? &r->overlaps[step].rows : &r->overlaps[step].columns) = 0;
        if (waits) {
            cut_step(plan, r, vertical, step);
        }
    }
    for (int32_t e = 0; e < r->map_count && waits; ++e) {
        int32_t *most = vertical ? &r->maps[e].most_h : &r->maps[e].most_w;
        for (int32_t i = e * count; i < (e + 1) * count; ++i) {
            *most = tsr_max_i32(*most, pieces[i].end - place[i]);
        }
    }
}

tsr_overlap_parts tsr_overlap_read(const tsr_plan *plan, const tsr_regions *r, int32_t step,
                                   int32_t row, int32_t col, int32_t filler) {
    const tsr_stretch made_y = made_in(r, step, true, row);
    const tsr_stretch made_x = made_in(r, step, false, col);
    tsr_stretch left = {made_x.begin, made_y.begin};  // first column, end of the rows
    tsr_stretch above = {made_y.begin, 0};            // first row; columns
    tsr_stretch across = {INT32_MAX, 0};
    for (int32_t use = next_use(plan, r, step, filler, -1); use >= 0;
         use = next_use(plan, r, step, filler, use)) {
        const tsr_stretch x = read_by(plan, r, use, false, col);
        const tsr_stretch ring = {made_y.begin, rows_used(plan, r, step, use)};
        const tsr_stretch y = r->rings ? ring : read_by(plan, r, use, true, row);
        if (is_empty(x) || is_empty(y)) {
            continue;
        }
        if (x.begin < made_x.begin && y.end > made_y.begin) {
            left.begin = tsr_min_i32(left.begin, x.begin);
            left.end = tsr_max_i32(left.end, tsr_min_i32(y.end, made_y.end));
        }
        if (y.begin < made_y.begin) {
            above.begin = tsr_min_i32(above.begin, y.begin);
            across.begin = tsr_min_i32(across.begin, x.begin);
            across.end = tsr_max_i32(across.end, x.end);
        }
    }
    return (tsr_overlap_parts){
        .left = {made_y.begin, left.begin, left.end - made_y.begin, made_x.begin - left.begin},
        .above = {above.begin, across.begin, made_y.begin - above.begin,
                  tsr_max_i32(across.end - across.begin, 0)}};
}

tsr_stretch tsr_overlap_kept(const tsr_regions *r, int32_t step, bool vertical, int32_t piece) {
    return (tsr_stretch){pieces_of(r, step, vertical)[piece].keep,
                         made_in(r, step, vertical, piece).end};
}

int32_t tsr_overlap_index(const tsr_regions *r, int32_t step, bool vertical, int32_t at) {
    const int32_t count = vertical ? r->rows : r->cols;
    int32_t piece = 0;
    while (piece + 1 < count && made_in(r, step, vertical, piece).end <= at) {
        ++piece;
    }
    const tsr_overlap_piece *p = &pieces_of(r, step, vertical)[piece];
    return p->index + at - p->keep;
}

bool tsr_overlap_has(const tsr_regions *r, int32_t step) {
    return r->overlaps[step].columns > 0 || r->overlaps[step].rows > 0;
}

static int64_t area(const tsr_rect *rect) {
    return rect->h > 0 && rect->w > 0 ? (int64_t)rect->h * rect->w : 0;
}

/** Pixels that come back into rings: only columns, each as high as what is read of it. */
static int64_t pixels_of_rings(const tsr_plan *plan, const tsr_regions *r, int32_t step,
                               int32_t filler) {
    int64_t pixels = 0;
    for (int32_t j = 0; j < r->cols; ++j) {
        const int32_t begin = made_in(r, step, false, j).begin;
        int32_t h = 0;
        int32_t w = 0;
        for (int32_t use = next_use(plan, r, step, filler, -1); use >= 0;
             use = next_use(plan, r, step, filler, use)) {
            const tsr_stretch read = read_by(plan, r, use, false, j);
            if (!is_empty(read) && read.begin < begin) {
                w = tsr_max_i32(w, begin - read.begin);
                h = tsr_max_i32(h, rows_used(plan, r, step, use));
            }
        }
        pixels += (int64_t)h * w;
    }
    return pixels;
}

/** Pixels that one use reads beside and above what its pieces make. */
static int64_t pixels_of_use(const tsr_plan *plan, const tsr_regions *r, int32_t step,
                             int32_t use) {
    int64_t beside = 0;
    int64_t width = 0;
    int64_t above = 0;
    int64_t height = 0;
    for (int32_t j = 0; j < r->cols; ++j) {
        const tsr_stretch read = read_by(plan, r, use, false, j);
        if (!is_empty(read)) {
            beside += tsr_max_i32(made_in(r, step, false, j).begin - read.begin, 0);
            width += read.end - read.begin;
        }
    }
    for (int32_t i = 0; i < r->rows; ++i) {
        const tsr_stretch read = read_by(plan, r, use, true, i);
        const int32_t begin = made_in(r, step, true, i).begin;
        if (!is_empty(read)) {
            above += tsr_max_i32(begin - read.begin, 0);
            height += tsr_max_i32(read.end - begin, 0);
        }
    }
    return beside * height + above * width;
}

/** Pieces of an axis from `piece` on that make and read the same, each relative to its begin. */
static int32_t alike(const tsr_plan *plan, const tsr_regions *r, int32_t step, int32_t filler,
                     bool vertical, int32_t piece) {
    const int32_t count = vertical ? r->rows : r->cols;
    const tsr_stretch first = made_in(r, step, vertical, piece);
    for (int32_t next = piece + 1; next < count; ++next) {
        const tsr_stretch made = made_in(r, step, vertical, next);
        const int32_t shift = made.begin - first.begin;
        bool same = made.end - first.end == shift;
        for (int32_t use = next_use(plan, r, step, filler, -1); use >= 0 && same;
             use = next_use(plan, r, step, filler, use)) {
            const tsr_stretch a = read_by(plan, r, use, vertical, piece);
            const tsr_stretch b = read_by(plan, r, use, vertical, next);
            same = is_empty(a) || is_empty(b)
                       ? is_empty(a) && is_empty(b)
                       : b.begin - a.begin == shift && b.end - a.end == shift;
        }
        if (!same) {
            return next - piece;
        }
    }
    return count - piece;
}

/** Pixels of the words of `step` that all pieces read from DRAM. */
static int64_t pixels_read(const tsr_plan *plan, const tsr_regions *r, int32_t step,
                           int32_t filler) {
    const int32_t use = next_use(plan, r, step, filler, -1);
    if (r->rings || use < 0) {
        return use < 0 ? 0 : pixels_of_rings(plan, r, step, filler);
    }
    if (next_use(plan, r, step, filler, use) < 0) {
        return pixels_of_use(plan, r, step, use);
    }
    int64_t pixels = 0;
    int32_t rows = 0;
    int32_t cols = 0;
    for (int32_t i = 0; i < r->rows; i += rows) {
        rows = alike(plan, r, step, filler, true, i);
        for (int32_t k = 0; k < r->cols; k += cols) {
            const tsr_overlap_parts parts = tsr_overlap_read(plan, r, step, i, k, filler);
            cols = alike(plan, r, step, filler, false, k);
            pixels += (area(&parts.left) + area(&parts.above)) * rows * cols;
        }
    }
    return pixels;
}

void tsr_overlap_bytes(const tsr_plan *plan, const tsr_regions *r, uint64_t *stored,
                       uint64_t *loaded) {
    *stored = *loaded = 0;
    for (int32_t step = 0; step <= r->last - r->first; ++step) {
        const tsr_region_map *m = &r->maps[r->out[step]];
        const tsr_stage *stage = &plan->stages[r->first + step];
        const uint64_t pixel =
            (uint64_t)plan->network.batch * (uint64_t)plan->maps[m->map].pixel_bytes;
        const int64_t planes = stage->out_planes;
        if (!tsr_overlap_has(r, step)) {
            continue;
        }
        int64_t words = planes * pixels_read(plan, r, step, 0);
        for (int32_t filler = 1; filler <= m->planes - m->real_planes; ++filler) {
            words += pixels_read(plan, r, step, filler);
        }
        *loaded += pixel * (uint64_t)words;
        if (stage->last_reader <= r->last) {
            *stored +=
                pixel * (uint64_t)(planes * ((int64_t)m->shape.h * r->overlaps[step].columns +
                                             (int64_t)m->shape.w * r->overlaps[step].rows));
        }
    }
}
