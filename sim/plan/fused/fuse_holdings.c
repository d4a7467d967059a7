// SPDX-License-Identifier: Apache-2.0
// Who uses what of a map. A map that the group makes is held once; what comes from outside is held
// for each level, words and column stride that stages read it with.
#include "plan/fused/fuse_holdings.h"

#include "base/check.h"
#include "base/checked.h"
#include "plan/fused/fuse_levels.h"
#include "plan/model/geometry_edges.h"

/** Words that a stage reads: of its input, or of what it adds. */
typedef struct operand {
    int32_t stage;
    bool added;
    int32_t map, plane;
    int32_t real, planes;  // words with channels, and words that are read
} operand;

static operand operand_of(const tsr_plan *plan, int32_t s, bool added) {
    const tsr_stage *stage = &plan->stages[s];
    if (added) {
        return (operand){s,
                         true,
                         stage->residual_map,
                         stage->residual_plane,
                         stage->out_planes,
                         stage->made_planes};
    }
    return (operand){s, false, stage->in_map, stage->in_plane, stage->in_planes, stage->in_planes};
}

/** A stage of the group writes this word of a map. */
static bool is_made(const tsr_plan *plan, const tsr_group *group, int32_t map, int32_t plane) {
    const tsr_map *m = &plan->maps[map];
    for (int32_t s = tsr_max_i32(m->first_writer, group->first);
         s <= tsr_min_i32(m->last_writer, group->last); ++s) {
        const tsr_stage *stage = &plan->stages[s];
        if (stage->out_map == map && plane >= stage->out_plane &&
            plane < stage->out_plane + stage->out_planes) {
            return true;
        }
    }
    return false;
}

/** How many of the words of an operand the group makes; writers of a map have words of their own. */
static int32_t made_words(const tsr_plan *plan, const tsr_group *group, const operand *o) {
    const tsr_map *m = &plan->maps[o->map];
    int32_t made = 0;
    for (int32_t s = tsr_max_i32(m->first_writer, group->first);
         s <= tsr_min_i32(m->last_writer, group->last); ++s) {
        const tsr_stage *stage = &plan->stages[s];
        const int32_t begin = tsr_max_i32(stage->out_plane, o->plane);
        const int32_t end = tsr_min_i32(stage->out_plane + stage->out_planes, o->plane + o->real);
        made += stage->out_map == o->map && begin < end ? end - begin : 0;
    }
    return made;
}

static tsr_holding *add_holding(tsr_group *group, int32_t map, int32_t plane, int32_t level) {
    tsr_holding *h = &group->holdings[group->holding_count++];
    *h = (tsr_holding){.map = map,
                       .first_plane = plane,
                       .level = level,
                       .only_for = -1,
                       .slot = -1,
                       .twin = -1,
                       .first_reader = -1,
                       .last_reader = -1,
                       .first_writer = -1,
                       .last_writer = -1};
    return h;
}

static int32_t index_of(const tsr_group *group, const tsr_holding *h) {
    return (int32_t)(h - group->holdings);
}

/** Room for words first..first+count-1 of the map. */
static void widen(tsr_holding *h, int32_t first, int32_t count) {
    if (h->planes == 0) {
        h->first_plane = first;
        h->planes = count;
        return;
    }
    const int32_t end = tsr_max_i32(h->first_plane + h->planes, first + count);
    h->first_plane = tsr_min_i32(h->first_plane, first);
    h->planes = end - h->first_plane;
}

static void note_reader(tsr_group *group, tsr_holding *h, const operand *o) {
    h->first_reader = h->first_reader < 0 ? o->stage : h->first_reader;
    h->last_reader = o->stage;
    if (o->added) {
        group->uses[o->stage - group->first].added = index_of(group, h);
    } else {
        group->uses[o->stage - group->first].in = index_of(group, h);
    }
}

/** What the group makes of a map, NULL if nothing; most read what was made just before. */
static tsr_holding *made_holding(tsr_group *group, int32_t map) {
    for (int32_t i = group->holding_count - 1; i >= 0; --i) {
        if (group->holdings[i].map == map && group->holdings[i].made) {
            return &group->holdings[i];
        }
    }
    return NULL;
}

/** The first stage that reads a holding as its input, NULL if none does. */
static const tsr_stage *windows_of(const tsr_plan *plan, const tsr_group *group,
                                   const tsr_holding *h) {
    for (int32_t s = tsr_max_i32(h->first_reader, group->first); s <= h->last_reader; ++s) {
        if (group->uses[s - group->first].in == index_of(group, h)) {
            return &plan->stages[s];
        }
    }
    return NULL;
}

/** Column stride of the stages that read a holding as their input, 0 if none does. */
static int32_t stride_of(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h) {
    const tsr_stage *stage = windows_of(plan, group, h);
    return stage != NULL ? stage->stride_w : 0;
}

/** A stage can read what is loaded for others: its pixels lie in the words that it wants. Where whole
 * maps are on chip, packed words of blocks side by side are those of one stage alone. */
static bool suits(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h,
                  const operand *o) {
    const tsr_stage *reader = &plan->stages[o->stage];
    const tsr_stage *other = windows_of(plan, group, h);
    if (o->added || other == NULL) {
        const tsr_stage *windows = o->added ? other : reader;
        return windows == NULL || windows->pack == 1 || windows->grid.cols == 1 ||
               !group->levels[h->level].batch;
    }
    return other->stride_w == reader->stride_w && other->pack == reader->pack &&
           (reader->pack == 1 || !group->levels[h->level].batch ||
            (other->grid.cols == 1 && reader->grid.cols == 1));
}

/** The loaded holding that an operand can share, or a new one. */
static tsr_holding *loaded_holding(const tsr_plan *plan, tsr_group *group, const operand *o,
                                   bool keep) {
    const tsr_stage *stage = &plan->stages[o->stage];
    const int32_t level = tsr_group_level_of(group, o->stage);
    const bool twice = o->added && stage->in_map == o->map;  // one read port cannot serve both
    const bool alone = o->added && (!keep || twice);
    for (int32_t i = 0; i < group->holding_count && !alone; ++i) {
        tsr_holding *h = &group->holdings[i];
        if (h->loads && !h->made && h->map == o->map && h->level == level && h->only_for < 0 &&
            h->first_plane == o->plane && suits(plan, group, h, o)) {
            return h;
        }
    }
    tsr_holding *h = add_holding(group, o->map, o->plane, level);
    h->only_for = alone ? o->stage : -1;
    return h;
}

static tsr_status use_outside(const tsr_plan *plan, tsr_group *group, const operand *o, bool keep) {
    tsr_holding *h = loaded_holding(plan, group, o, keep);
    h->loads = true;
    h->planes = tsr_max_i32(h->planes, o->planes);
    h->real_planes = tsr_max_i32(h->real_planes, o->real);
    note_reader(group, h, o);
    return TSR_OK;
}

/** Words behind the last channel of an added map are read too: something must have written them, and
 * not this very pass. */
static bool reads_written(const tsr_plan *plan, const tsr_group *group, const operand *o) {
    const tsr_stage *reader = &plan->stages[o->stage];
    if (reader->out_map == o->map && o->plane < reader->out_plane + reader->made_planes &&
        reader->out_plane < o->plane + o->planes) {
        return false;
    }
    for (int32_t plane = o->plane + o->real; plane < o->plane + o->planes; ++plane) {
        bool written = false;
        for (int32_t s = group->first; s < o->stage; ++s) {
            const tsr_stage *writer = &plan->stages[s];
            written = written || (writer->out_map == o->map && plane >= writer->out_plane &&
                                  plane < writer->out_plane + writer->made_planes);
        }
        if (!written) {
            return false;
        }
    }
    return true;
}

static tsr_status use_made(const tsr_plan *plan, tsr_group *group, const operand *o, bool mixed,
                           tsr_error *err) {
    const char *name = tsr_plan_stage_name(plan, o->stage);
    const tsr_stage *stage = &plan->stages[o->stage];
    tsr_holding *h = made_holding(group, o->map);
    TSR_CHECK(!o->added || stage->in_map != o->map, TSR_ERR_UNSUPPORTED, err, name,
              "reads and adds one map on chip: one read port cannot serve both");
    TSR_CHECK(h != NULL && reads_written(plan, group, o), TSR_ERR_UNSUPPORTED, err, name,
              "adds more words than are made of it");
    const int32_t stride = stride_of(plan, group, h);
    TSR_CHECK(o->added || stride == 0 || stride == stage->stride_w, TSR_ERR_UNSUPPORTED, err, name,
              "reads a map on chip with column stride %d that another stage reads with %d",
              stage->stride_w, stride);
    const int32_t level = tsr_group_level_of(group, o->stage);
    TSR_CHECK(!h->loads || h->level == level, TSR_ERR_UNSUPPORTED, err, name,
              "reads in other blocks what is partly loaded");
    TSR_CHECK(!mixed || h->first_reader < 0 || tsr_group_level_of(group, h->first_reader) == level,
              TSR_ERR_UNSUPPORTED, err, name, "reads in other blocks what is partly loaded");
    if (mixed) {
        h->loaded.begin = h->loads ? tsr_min_i32(h->loaded.begin, o->plane) : o->plane;
        h->loaded.end = tsr_max_i32(h->loaded.end, o->plane + o->real);
        h->loads = true;
    }
    h->level = tsr_max_i32(h->level, level);
    widen(h, o->plane, o->planes);
    note_reader(group, h, o);
    return TSR_OK;
}

static tsr_status use_operand(const tsr_plan *plan, tsr_group *group, const operand *o, bool keep,
                              tsr_error *err) {
    if (o->map < 0) {
        return TSR_OK;
    }
    const int32_t made = made_words(plan, group, o);
    return made == 0 ? use_outside(plan, group, o, keep)
                     : use_made(plan, group, o, made < o->real, err);
}

static void use_output(const tsr_plan *plan, tsr_group *group, int32_t s) {
    const tsr_stage *stage = &plan->stages[s];
    const tsr_map *map = &plan->maps[stage->out_map];
    const bool shared = map->first_writer < map->last_writer;  // else there is nothing of it yet
    tsr_holding *h = shared ? made_holding(group, stage->out_map) : NULL;
    if (h == NULL) {
        h = add_holding(group, stage->out_map, stage->out_plane, 0);
        h->made = true;
        h->first_writer = s;
    }
    h->last_writer = s;
    h->level = tsr_max_i32(h->level, tsr_group_level_of(group, s));
    widen(h, stage->out_plane, stage->made_planes);
    group->uses[s - group->first].out = index_of(group, h);
}

/** What a stage writes while block (row, col) of a level that is not below its own is made. */
static tsr_rect written_in(const tsr_plan *plan, const tsr_group *group, int32_t above,
                           int32_t stage, int32_t row, int32_t col) {
    const tsr_stage *writer = &plan->stages[stage];
    if (group->levels[above].batch) {
        return (tsr_rect){0, 0, writer->out.h, writer->out.w};
    }
    const tsr_rect blocks =
        tsr_levels_below(plan, group, above, tsr_group_level_of(group, stage), row, col);
    tsr_rect out = {tsr_edge_out(writer, true, blocks.y0), tsr_edge_out(writer, false, blocks.x0),
                    0, 0};
    out.h = tsr_edge_out(writer, true, blocks.y0 + blocks.h) - out.y0;
    out.w = tsr_edge_out(writer, false, blocks.x0 + blocks.w) - out.x0;
    return out;
}

/** Two stages write the same in every block of a level that is not below theirs. */
static bool write_alike(const tsr_plan *plan, const tsr_group *group, int32_t above, int32_t s,
                        int32_t t) {
    const tsr_level *level = &group->levels[above];
    const int32_t most = tsr_max_i32(level->rows, level->cols);
    bool alike = true;
    for (int32_t i = 0; i < most && s != t && alike; ++i) {
        const int32_t row = i < level->rows ? i : 0;
        const int32_t col = i < level->cols ? i : 0;
        const tsr_rect a = written_in(plan, group, above, s, row, col);
        const tsr_rect b = written_in(plan, group, above, t, row, col);
        alike = a.y0 == b.y0 && a.x0 == b.x0 && a.h == b.h && a.w == b.w;
    }
    return alike;
}

/** What stage s makes beyond its channels is there when stage t has written: it comes before, or in a
 * later block that reaches into what t has made. */
static bool stays(const tsr_plan *plan, const tsr_group *group, int32_t s, int32_t t) {
    return t < s || !write_alike(plan, group, tsr_group_level_of(group, t), s, t);
}

/** What a stage makes beyond its channels must not fall on what is there already. */
static tsr_status check_overrun(const tsr_plan *plan, const tsr_group *group, int32_t s,
                                tsr_error *err) {
    const tsr_stage *stage = &plan->stages[s];
    const tsr_holding *h = &group->holdings[group->uses[s - group->first].out];
    const int32_t begin = stage->out_plane + stage->out_planes;
    const int32_t end = stage->out_plane + stage->made_planes;
    bool falls = h->loads && h->loaded.begin < end && begin < h->loaded.end;
    const tsr_map *map = &plan->maps[stage->out_map];
    const int32_t last = tsr_min_i32(group->last, map->last_writer);
    for (int32_t t = tsr_max_i32(group->first, map->first_writer); t <= last && !falls; ++t) {
        const tsr_stage *other = &plan->stages[t];
        falls = t != s && other->out_map == stage->out_map && other->out_plane < end &&
                begin < other->out_plane + other->out_planes && stays(plan, group, s, t);
    }
    TSR_CHECK(!falls, TSR_ERR_UNSUPPORTED, err, tsr_plan_stage_name(plan, s),
              "its last group of %d channels reaches into what is there of the concat",
              plan->arch.tm);
    return TSR_OK;
}

tsr_rect tsr_holding_written(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h,
                             int32_t stage, int32_t row, int32_t col) {
    return written_in(plan, group, h->level, stage, row, col);
}

/** Those who write one map together do so in the same blocks: then they are at the same place of what
 * is held. */
static tsr_status check_blocks(const tsr_plan *plan, const tsr_group *group, int32_t s,
                               tsr_error *err) {
    const tsr_holding *h = &group->holdings[group->uses[s - group->first].out];
    TSR_CHECK(write_alike(plan, group, h->level, h->first_writer, s), TSR_ERR_UNSUPPORTED, err,
              tsr_plan_stage_name(plan, s), "writes other blocks of the concat than %s does",
              tsr_plan_stage_name(plan, h->first_writer));
    return TSR_OK;
}

tsr_status tsr_holdings_make(const tsr_plan *plan, tsr_group *group, bool keep, tsr_error *err) {
    group->holding_count = 0;
    for (int32_t s = group->first; s <= group->last; ++s) {
        group->uses[s - group->first] = (tsr_uses){-1, -1, -1};
        const operand in = operand_of(plan, s, false);
        const operand added = operand_of(plan, s, true);
        TSR_TRY(use_operand(plan, group, &in, keep, err));
        TSR_TRY(use_operand(plan, group, &added, keep, err));
        use_output(plan, group, s);
    }
    for (int32_t s = group->first; s <= group->last; ++s) {
        TSR_TRY(check_overrun(plan, group, s, err));
        TSR_TRY(check_blocks(plan, group, s, err));
    }
    return TSR_OK;
}

tsr_stretch tsr_holding_outside(const tsr_plan *plan, const tsr_group *group, const tsr_holding *h,
                                int32_t plane) {
    const int32_t end = h->loaded.end;
    while (plane < end && is_made(plan, group, h->map, plane)) {
        ++plane;
    }
    tsr_stretch found = {plane, plane};
    while (found.end < end && !is_made(plan, group, h->map, found.end)) {
        ++found.end;
    }
    return found;
}
