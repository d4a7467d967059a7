// SPDX-License-Identifier: Apache-2.0
// How the blocks of two stages relate: who reads what of whom.
#include "plan/model/geometry.h"
#include "plan/model/geometry_edges.h"

/** A tap of some output of the block that holds input row (column) `at` lies on it. */
static bool is_read(const tsr_stage *stage, bool vertical, int32_t at) {
    const tsr_axis_of_stage a = tsr_stage_axis(stage, vertical);
    const int32_t kernel = vertical ? stage->kernel_h : stage->kernel_w;
    const int32_t dilation = vertical ? stage->dilation_h : stage->dilation_w;
    int32_t block = 0;
    while (tsr_edge_in(stage, vertical, block + 1) <= at) {
        ++block;
    }
    const int32_t first = tsr_edge_conv(stage, vertical, block);
    const int32_t pooled_end = tsr_edge_out(stage, vertical, block + 1) * 2;
    const int32_t end = a.pools ? pooled_end : tsr_edge_conv(stage, vertical, block + 1);
    for (int32_t k = 0; k < kernel; ++k) {
        const int32_t position = at + a.pad - k * dilation;
        if (position >= 0 && position % a.stride == 0 && position / a.stride >= first &&
            position / a.stride < end) {
            return true;
        }
    }
    return false;
}

/** Nothing is computed in vain: some row (column) of every output block of `before` is read, and of
 * every pass that makes only each step-th one. */
static bool reads_blocks(const tsr_stage *before, const tsr_stage *stage, bool vertical) {
    const int32_t blocks = vertical ? before->grid.rows : before->grid.cols;
    for (int32_t i = 0; i < blocks * before->step; ++i) {
        const int32_t begin = tsr_edge_out(before, vertical, i / before->step);
        const int32_t end = tsr_edge_out(before, vertical, i / before->step + 1);
        bool read = begin == end;
        for (int32_t at = begin + i % before->step; at < end && !read; at += before->step) {
            read = is_read(stage, vertical, at);
        }
        if (!read) {
            return false;
        }
    }
    return true;
}

/** Where block `index` of what a stage reads begins: of its input, or of what it adds. */
static int32_t read_edge(const tsr_stage *stage, bool added, bool vertical, int32_t index) {
    return added ? tsr_edge_conv(stage, vertical, index) : tsr_edge_in(stage, vertical, index);
}

static bool same_axis(const tsr_stage *before, const tsr_stage *after, bool added, bool vertical) {
    const int32_t count = vertical ? before->grid.rows : before->grid.cols;
    if (count != (vertical ? after->grid.rows : after->grid.cols)) {
        return false;
    }
    for (int32_t i = 0; i < count; ++i) {
        if (tsr_edge_out(before, vertical, i) != read_edge(after, added, vertical, i)) {
            return false;
        }
    }
    return true;
}

bool tsr_geometry_same(const tsr_stage *before, const tsr_stage *after, bool added) {
    return same_axis(before, after, added, true) && same_axis(before, after, added, false);
}

/** Index of the block of `before` whose output starts at `edge`; the count when at the end; -1 when
 * none does. */
static int32_t child_at(const tsr_stage *before, bool vertical, int32_t edge) {
    const int32_t count = vertical ? before->grid.rows : before->grid.cols;
    for (int32_t i = 0; i <= count; ++i) {
        if (tsr_edge_out(before, vertical, i) == edge) {
            return i;
        }
    }
    return -1;
}

static bool nests_axis(const tsr_stage *before, const tsr_stage *after, bool added, bool vertical) {
    const int32_t count = vertical ? after->grid.rows : after->grid.cols;
    for (int32_t i = 0; i < count; ++i) {
        if (child_at(before, vertical, read_edge(after, added, vertical, i)) < 0) {
            return false;
        }
    }
    return true;
}

bool tsr_geometry_nests(const tsr_stage *before, const tsr_stage *after, bool added) {
    return nests_axis(before, after, added, true) && nests_axis(before, after, added, false);
}

int32_t tsr_geometry_child(const tsr_stage *before, const tsr_stage *after, bool added,
                           bool vertical, int32_t index) {
    if (index >= (vertical ? after->grid.rows : after->grid.cols)) {
        return vertical ? before->grid.rows : before->grid.cols;
    }
    return child_at(before, vertical, read_edge(after, added, vertical, index));
}

static tsr_relation relation_between(const tsr_stage *before, const tsr_stage *after) {
    if (tsr_geometry_same(before, after, false)) {
        return TSR_RELATION_SAME;
    }
    return tsr_geometry_nests(before, after, false) ? TSR_RELATION_JOIN : TSR_RELATION_NONE;
}

void tsr_geometry_relate(const tsr_plan *plan, tsr_stage *stage) {
    bool all = true;
    bool first = true;
    tsr_relation worst = TSR_RELATION_NONE;
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        const tsr_stage *writer = &plan->stages[s];
        if (writer->out_map != stage->in_map) {
            continue;
        }
        all = all && reads_blocks(writer, stage, true) && reads_blocks(writer, stage, false);
        const tsr_relation found = relation_between(writer, stage);
        const bool worse = first || found == TSR_RELATION_NONE ||
                           (found == TSR_RELATION_JOIN && worst == TSR_RELATION_SAME);
        worst = worse ? found : worst;
        first = false;
    }
    stage->reads_all = all;
    stage->relation = all ? worst : TSR_RELATION_NONE;
}

bool tsr_geometry_same_cells(const tsr_stage *a, const tsr_stage *b) {
    for (int32_t vertical = 0; vertical < 2; ++vertical) {
        const int32_t count = vertical ? a->grid.rows : a->grid.cols;
        if (count != (vertical ? b->grid.rows : b->grid.cols)) {
            return false;
        }
        for (int32_t i = 0; i < count; ++i) {
            if (tsr_edge_in(a, vertical, i) != tsr_edge_in(b, vertical, i)) {
                return false;
            }
        }
    }
    return true;
}
