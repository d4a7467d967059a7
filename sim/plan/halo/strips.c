// SPDX-License-Identifier: Apache-2.0
// Ring heights from the lowest row that is still to be read.
#include "plan/halo/strips.h"

#include "base/checked.h"

/** Lowest row of map e that strip i reads; INT32_MAX: none. */
static int32_t lowest_read(const tsr_plan *plan, const tsr_regions *r, int32_t e, int32_t i) {
    int32_t low = INT32_MAX;
    for (int32_t step = r->maps[e].first_step; step <= r->maps[e].last_step; ++step) {
        const tsr_stretch out = r->y[r->out[step] * r->rows + i];
        if (out.begin >= out.end) {
            continue;
        }
        if (r->in[step] == e) {
            low = tsr_min_i32(low, tsr_regions_window(plan, r, step, true, out).begin);
        }
        if (r->added[step] == e) {
            low = tsr_min_i32(low, tsr_regions_conv(plan, r, step, out).begin);
        }
    }
    return low;
}

static void size_map(const tsr_plan *plan, tsr_regions *r, int32_t e, bool ahead) {
    tsr_region_map *m = &r->maps[e];
    const tsr_stretch *rows = r->y + (ptrdiff_t)e * r->rows;
    int32_t low = INT32_MAX;  // of this strip and all after it
    m->kept = 0;
    m->ring = 0;
    for (int32_t i = r->rows - 1; i >= 0; --i) {
        if (low != INT32_MAX) {
            m->kept = tsr_max_i32(m->kept, rows[i].end - low);
        }
        low = tsr_min_i32(low, lowest_read(plan, r, e, i));
        const bool comes = rows[i].begin < rows[i].end;
        const int32_t used = comes ? tsr_min_i32(low, rows[i].begin) : low;
        const int32_t end = ahead && m->loaded && i + 1 < r->rows ? rows[i + 1].end : rows[i].end;
        if (used < end) {
            m->ring = tsr_max_i32(m->ring, end - used);
        }
    }
    const bool goes_round = r->rows > 1 && (m->loaded || m->kept > 0);
    m->ring = goes_round ? tsr_min_i32((m->ring + m->step - 1) / m->step * m->step, m->shape.h) : 0;
}

void tsr_strips_size(const tsr_plan *plan, tsr_regions *r, bool ahead) {
    const tsr_strips_state now = ahead ? TSR_STRIPS_AHEAD : TSR_STRIPS_ALONE;
    if (r->sized == now) {
        return;
    }
    r->sized = now;
    for (int32_t e = 0; e < r->map_count; ++e) {
        r->maps[e].ring = r->maps[e].kept = 0;
        if (r->rings) {
            size_map(plan, r, e, ahead);
        }
    }
}
