// SPDX-License-Identifier: Apache-2.0
// Columns between strips, from the lowest one that each strip reads.
#include "plan/overlap.h"

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"

static bool is_empty(tsr_stretch s) {
    return s.begin >= s.end;
}

static tsr_stretch made_in(const tsr_regions *r, int32_t step, int32_t col) {
    return r->x[r->out[step] * r->cols + col];
}

/** Words [first, first + planes) are some of those that `writer` makes. */
static bool are_of(const tsr_stage *writer, int32_t first, int32_t planes) {
    return first < writer->out_plane + writer->out_planes && first + planes > writer->out_plane;
}

/** The lowest column that strip `col` reads of the words of `step`, if that is below *low; *rows is
 * then where the rows end that are read. */
static void look_at_reader(const tsr_plan *plan, const tsr_regions *r, int32_t step, int32_t reader,
                           int32_t col, tsr_overlap_strip *strip) {
    const tsr_stage *writer = &plan->stages[r->first + step];
    const tsr_stage *stage = &plan->stages[r->first + reader];
    const int32_t e = r->out[step];
    const tsr_stretch out = made_in(r, reader, col);
    if (is_empty(out)) {
        return;
    }
    const int32_t made = made_in(r, step, col).begin;
    if (r->in[reader] == e && are_of(writer, stage->in_plane, stage->in_planes)) {
        const int32_t low = tsr_regions_window(plan, r, reader, false, out).begin;
        strip->read = tsr_min_i32(strip->read, low);
        strip->rows = low < made ? r->maps[e].shape.h : strip->rows;
    }
    if (r->added[reader] == e && are_of(writer, stage->residual_plane, stage->out_planes)) {
        const int32_t low = tsr_regions_conv(plan, r, reader, out).begin;
        strip->read = tsr_min_i32(strip->read, low);
        strip->rows = low < made ? tsr_max_i32(strip->rows, stage->conv_h) : strip->rows;
    }
}

static void cut_step(const tsr_plan *plan, tsr_regions *r, int32_t step) {
    const int32_t e = r->out[step];
    tsr_overlap_strip *strips = r->strips + (ptrdiff_t)step * r->cols;
    for (int32_t j = 0; j < r->cols; ++j) {
        strips[j] = (tsr_overlap_strip){.read = made_in(r, step, j).begin};
        for (int32_t reader = step + 1; reader <= r->maps[e].last_step; ++reader) {
            look_at_reader(plan, r, step, reader, j, &strips[j]);
        }
        int32_t *left = &r->left[e * r->cols + j];
        *left = tsr_min_i32(*left, strips[j].read);
    }
    int32_t wanted = INT32_MAX;  // lowest column that a later strip reads
    for (int32_t j = r->cols - 1; j >= 0; --j) {
        const tsr_stretch made = made_in(r, step, j);
        strips[j].keep = tsr_min_i32(tsr_max_i32(made.begin, wanted), made.end);
        wanted = strips[j].read < made.begin ? tsr_min_i32(wanted, strips[j].read) : wanted;
    }
    int32_t column = 0;
    for (int32_t j = 0; j < r->cols; ++j) {
        strips[j].column = column;
        column += made_in(r, step, j).end - strips[j].keep;
    }
    r->overlaps[step].columns = column;
}

void tsr_overlap_cut(const tsr_plan *plan, tsr_regions *r) {
    for (int32_t i = 0; i < r->map_count * r->cols; ++i) {
        r->left[i] = r->x[i].begin;
    }
    for (int32_t step = 0; step <= r->last - r->first; ++step) {
        r->overlaps[step] = (tsr_overlap){.map = -1};
        if (r->cached) {
            cut_step(plan, r, step);
        }
    }
    for (int32_t e = 0; e < r->map_count && r->cached; ++e) {
        for (int32_t j = 0; j < r->cols; ++j) {
            const int32_t w = r->x[e * r->cols + j].end - r->left[e * r->cols + j];
            r->maps[e].most_w = tsr_max_i32(r->maps[e].most_w, w);
        }
    }
}

tsr_rect tsr_overlap_read(const tsr_regions *r, int32_t step, int32_t col) {
    const tsr_overlap_strip *strip = &r->strips[step * r->cols + col];
    return (tsr_rect){0, strip->read, strip->rows, made_in(r, step, col).begin - strip->read};
}

tsr_rect tsr_overlap_filler(const tsr_plan *plan, const tsr_regions *r, int32_t step, int32_t col) {
    const tsr_stage *writer = &plan->stages[r->first + step];
    const int32_t e = r->out[step];
    const int32_t real_end = r->maps[e].first_plane + r->maps[e].real_planes;
    const int32_t end = made_in(r, step, col).begin;
    tsr_rect all = {0, end, 0, 0};
    if (!r->cached || writer->out_plane + writer->out_planes != real_end) {
        return all;
    }
    for (int32_t reader = step + 1; reader <= r->maps[e].last_step; ++reader) {
        const tsr_stage *stage = &plan->stages[r->first + reader];
        const tsr_stretch out = made_in(r, reader, col);
        if (r->added[reader] == e && !is_empty(out) &&
            stage->residual_plane + stage->made_planes > real_end) {
            all.x0 = tsr_min_i32(all.x0, tsr_regions_conv(plan, r, reader, out).begin);
            all.h = tsr_max_i32(all.h, stage->conv_h);
        }
    }
    all.w = end - all.x0;
    return all;
}

tsr_stretch tsr_overlap_kept(const tsr_regions *r, int32_t step, int32_t col) {
    return (tsr_stretch){r->strips[step * r->cols + col].keep, made_in(r, step, col).end};
}

int32_t tsr_overlap_column(const tsr_regions *r, int32_t step, int32_t x) {
    if (!r->overlaps[step].own) {
        return x;
    }
    int32_t col = 0;
    while (col + 1 < r->cols && made_in(r, step, col).end <= x) {
        ++col;
    }
    const tsr_overlap_strip *strip = &r->strips[step * r->cols + col];
    return strip->column + x - strip->keep;
}

bool tsr_overlap_has(const tsr_regions *r, int32_t e) {
    bool any = false;
    for (int32_t step = 0; step <= r->last - r->first; ++step) {
        any = any || (r->out[step] == e && r->overlaps[step].columns > 0);
    }
    return any;
}

/** The words of a stage go to DRAM whole. */
static bool leaves(const tsr_plan *plan, const tsr_regions *r, int32_t step) {
    return plan->stages[r->first + step].last_reader > r->last;
}

void tsr_overlap_bytes(const tsr_plan *plan, const tsr_regions *r, uint64_t *stored,
                       uint64_t *loaded) {
    *stored = *loaded = 0;
    for (int32_t step = 0; step <= r->last - r->first; ++step) {
        const tsr_region_map *m = &r->maps[r->out[step]];
        const uint64_t pixel =
            (uint64_t)plan->network.batch * (uint64_t)plan->maps[m->map].pixel_bytes;
        const int64_t planes = plan->stages[r->first + step].out_planes;
        if (r->overlaps[step].columns == 0) {
            continue;
        }
        int64_t words = 0;
        for (int32_t j = 0; j < r->cols; ++j) {
            const tsr_rect read = tsr_overlap_read(r, step, j);
            const tsr_rect filler = tsr_overlap_filler(plan, r, step, j);
            words += (int64_t)read.h * read.w * planes +
                     (int64_t)filler.h * filler.w * (m->planes - m->real_planes);
        }
        *loaded += pixel * (uint64_t)words;
        if (!leaves(plan, r, step)) {
            *stored += pixel * (uint64_t)(planes * m->shape.h * r->overlaps[step].columns);
        }
    }
}

/** The overlap cache of one stage's words: the columns that are kept, side by side. */
static tsr_map map_of(const tsr_plan *plan, const tsr_regions *r, int32_t step) {
    const tsr_stage *stage = &plan->stages[r->first + step];
    tsr_map map = plan->maps[stage->out_map];
    map.overlap = true;
    map.in_dram = true;
    map.is_output = false;
    map.first_writer = map.last_writer = r->first + step;
    map.last_reader = r->last;
    map.shape = (tsr_shape){stage->out.c, stage->out.h, r->overlaps[step].columns};
    map.planes = stage->out_planes;
    map.bytes = (uint64_t)map.planes * (uint64_t)map.shape.h * (uint64_t)map.shape.w *
                (uint64_t)map.pixel_bytes;
    return map;
}

static tsr_status add_maps_of(tsr_plan *plan, tsr_regions *r, tsr_error *err) {
    const size_t most = (size_t)plan->map_count + (size_t)(r->last - r->first + 1);
    tsr_map *maps = tsr_realloc(plan->maps, most, sizeof *maps);
    TSR_CHECK(maps != NULL, TSR_ERR_NO_MEMORY, err, plan->network.name, "no memory for %zu maps",
              most);
    plan->maps = maps;
    for (int32_t step = 0; step <= r->last - r->first; ++step) {
        tsr_overlap *overlap = &r->overlaps[step];
        if (overlap->columns > 0) {
            overlap->own = !leaves(plan, r, step);
            overlap->map = overlap->own ? plan->map_count : plan->stages[r->first + step].out_map;
            if (overlap->own) {
                plan->maps[plan->map_count++] = map_of(plan, r, step);
            }
        }
    }
    return TSR_OK;
}

tsr_status tsr_overlap_add_maps(tsr_plan *plan, tsr_error *err) {
    for (int32_t g = 0; g < plan->group_count; ++g) {
        if (plan->groups[g].regions != NULL) {
            TSR_TRY(add_maps_of(plan, plan->groups[g].regions, err));
        }
    }
    return TSR_OK;
}
