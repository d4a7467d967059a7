// SPDX-License-Identifier: Apache-2.0
// Whether the pieces of a group waste passes, and what a person reads about them.
#include "plan/halo/regions.h"
#include "plan/stages/average.h"

static bool is_empty(tsr_stretch s) {
    return s.begin >= s.end;
}

/** Whether stage `step` has something to do in every piece in which map e has. */
static bool always_runs(const tsr_regions *r, int32_t e, int32_t step) {
    bool always = true;
    for (int32_t i = 0; i < r->rows; ++i) {
        always = always &&
                 (is_empty(r->y[e * r->rows + i]) || !is_empty(r->y[r->out[step] * r->rows + i]));
    }
    for (int32_t j = 0; j < r->cols; ++j) {
        always = always &&
                 (is_empty(r->x[e * r->cols + j]) || !is_empty(r->x[r->out[step] * r->cols + j]));
    }
    return always;
}

/** Whether some of every piece is stored. */
static bool always_stored(const tsr_regions *r, int32_t e) {
    bool always = true;
    for (int32_t i = 0; i < r->rows; ++i) {
        always = always &&
                 (is_empty(r->y[e * r->rows + i]) || !is_empty(tsr_regions_own(r, e, true, i)));
    }
    for (int32_t j = 0; j < r->cols; ++j) {
        always = always &&
                 (is_empty(r->x[e * r->cols + j]) || !is_empty(tsr_regions_own(r, e, false, j)));
    }
    return always;
}

/** Stage `step` reads some of what `writer` makes through its windows, or adds it. */
static bool reads(const tsr_plan *plan, const tsr_regions *r, int32_t writer, int32_t step) {
    const tsr_stage *w = &plan->stages[r->first + writer];
    const tsr_stage *stage = &plan->stages[r->first + step];
    const int32_t end = w->out_plane + w->out_planes;
    return r->in[step] == r->out[writer] && stage->in_plane < end &&
           stage->in_plane + stage->in_planes > w->out_plane;
}

static bool adds(const tsr_plan *plan, const tsr_regions *r, int32_t writer, int32_t step) {
    const tsr_stage *w = &plan->stages[r->first + writer];
    const tsr_stage *stage = &plan->stages[r->first + step];
    const int32_t end = w->out_plane + w->out_planes;
    return r->added[step] == r->out[writer] && stage->residual_plane < end &&
           stage->residual_plane + stage->out_planes > w->out_plane;
}

/** What stage `writer` makes of a concatenation is read or stored in every piece. */
static bool is_used(const tsr_plan *plan, const tsr_regions *r, int32_t writer) {
    const int32_t e = r->out[writer];
    bool used = plan->stages[r->first + writer].last_reader > r->last && always_stored(r, e);
    for (int32_t step = writer + 1; step <= r->last - r->first && !used; ++step) {
        used = (reads(plan, r, writer, step) || adds(plan, r, writer, step)) &&
               always_runs(r, e, step);
    }
    return used;
}

/** Who takes what `writer` makes: stage `step`, or the store where it is -1; and how. */
typedef struct taker {
    int32_t writer, step;
    bool adds;
} taker;

/** Rows (columns) that it takes for piece i. */
static tsr_stretch taken(const tsr_plan *plan, const tsr_regions *r, const taker *t, bool vertical,
                         int32_t i) {
    if (t->step < 0) {
        return tsr_regions_own(r, r->out[t->writer], vertical, i);
    }
    const tsr_stretch out =
        vertical ? r->y[r->out[t->step] * r->rows + i] : r->x[r->out[t->step] * r->cols + i];
    return t->adds ? tsr_regions_conv(plan, r, t->step, out)
                   : tsr_regions_window(plan, r, t->step, vertical, out);
}

/** It takes something of these rows (columns) of piece i, of strips also later. */
static bool takes(const tsr_plan *plan, const tsr_regions *r, const taker *t, bool vertical,
                  int32_t i, tsr_stretch rows) {
    const int32_t end = r->cached && vertical ? r->rows : i + 1;
    bool found = false;
    for (; i < end && !found; ++i) {
        const tsr_stretch all = taken(plan, r, t, vertical, i);
        found = !is_empty(all) && all.begin < rows.end && rows.begin < all.end;
    }
    return found;
}

/** It takes something of each area of an average, in every piece. */
static bool takes_areas(const tsr_plan *plan, const tsr_regions *r, const taker *t, bool vertical) {
    const tsr_stage *average = &plan->stages[r->first + t->writer];
    const int32_t count = vertical ? r->rows : r->cols;
    const tsr_stretch *pieces = (vertical ? r->y : r->x) + (ptrdiff_t)r->out[t->writer] * count;
    bool all = true;
    for (int32_t i = 0; i < count && all; ++i) {
        for (int32_t at = pieces[i].begin; at < pieces[i].end && all;) {
            const int32_t equal = tsr_average_equal(average, vertical, at, pieces[i].end);
            all = takes(plan, r, t, vertical, i, (tsr_stretch){at, at + equal});
            at += equal;
        }
    }
    return all;
}

/** Each area of an average is a pass, which somebody must need. */
static bool areas_are_used(const tsr_plan *plan, const tsr_regions *r, int32_t writer) {
    taker t = {.writer = writer, .step = -1};
    bool used = plan->stages[r->first + writer].last_reader > r->last &&
                takes_areas(plan, r, &t, true) && takes_areas(plan, r, &t, false);
    for (t.step = writer + 1; t.step <= r->last - r->first && !used; ++t.step) {
        t.adds = adds(plan, r, writer, t.step);
        used = (t.adds || reads(plan, r, writer, t.step)) && takes_areas(plan, r, &t, true) &&
               takes_areas(plan, r, &t, false);
    }
    return used;
}

bool tsr_regions_all_used(const tsr_plan *plan, const tsr_regions *r) {
    if (!r->whole_y || !r->whole_x) {
        return false;
    }
    for (int32_t step = 0; step <= r->last - r->first; ++step) {
        if (!r->cached && r->maps[r->out[step]].writers > 1 && !is_used(plan, r, step)) {
            return false;
        }
        if (tsr_average_has_areas(&plan->stages[r->first + step]) &&
            !areas_are_used(plan, r, step)) {
            return false;
        }
    }
    return true;
}

void tsr_regions_print(const tsr_plan *plan, const tsr_regions *r, FILE *file) {
    fprintf(file, "  %s to %s, ", tsr_plan_stage_name(plan, r->first),
            tsr_plan_stage_name(plan, r->last));
    if (r->rings && r->cols == 1) {
        fprintf(file, "%d strip%s of at most %d rows of the last map, overlaps kept on chip\n",
                r->rows, r->rows == 1 ? "" : "s", r->tile_h);
    } else if (r->cached) {
        fprintf(
            file,
            "%d columns of %d tiles of at most %d x %d pixels of the last map, overlaps of rows "
            "kept %s, of columns in DRAM\n",
            r->cols, r->rows, r->tile_h, r->tile_w, r->rings ? "on chip" : "in DRAM");
    } else {
        fprintf(file, "%d x %d tiles of at most %d x %d pixels of the last map, halos recomputed\n",
                r->rows, r->cols, r->tile_h, r->tile_w);
    }
    for (int32_t e = 0; e < r->map_count; ++e) {
        const tsr_region_map *m = &r->maps[e];
        fprintf(file, "    %s%s%s: at most %d x %d pixels at once",
                plan->network.layers[plan->maps[m->map].layer].name, m->loaded ? " (loaded)" : "",
                m->stored ? " (stored)" : "", m->most_h, m->most_w);
        if (m->ring > 0) {
            fprintf(file, ", %d rows kept, a ring of %d", m->kept, m->ring);
        }
        fprintf(file, "\n");
    }
}
