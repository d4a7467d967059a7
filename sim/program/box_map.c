// SPDX-License-Identifier: Apache-2.0
// Boxes: rows are cut into bands, bands into planes, planes into columns, each where accesses begin
// and end.
#include "program/box_map.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"

enum { AXES = 3, ROWS = 0, PLANES = 1, BYTES = 2 };

/** Half open along each axis. */
typedef struct box {
    int32_t low[AXES], high[AXES];
} box;

/** What to do to boxes of one region. */
typedef struct visiting {
    const tsr_box_region *region;
    const box *at;
    tsr_span_visit visit;
    void *user;
} visiting;

static tsr_status no_memory(tsr_error *err) {
    return tsr_fail(err, TSR_ERR_NO_MEMORY, "", "no memory for a map of accesses");
}

static void free_parts(tsr_box_part *part) {
    for (int32_t i = 0; i < part->count; ++i) {
        free_parts(&part->parts[i]);
    }
    tsr_free(part->parts);
    part->parts = NULL;
    part->count = part->capacity = 0;
}

/** A copy of everything below; empty where memory is out. */
static tsr_status copy_part(const tsr_box_part *from, tsr_box_part *to, tsr_error *err) {
    *to = *from;
    to->parts = NULL;
    to->count = to->capacity = 0;
    if (from->count == 0) {
        return TSR_OK;
    }
    to->parts = tsr_alloc((size_t)from->count, sizeof *to->parts);
    if (to->parts == NULL) {
        return no_memory(err);
    }
    to->capacity = from->count;
    for (int32_t i = 0; i < from->count; ++i) {
        const tsr_status status = copy_part(&from->parts[i], &to->parts[i], err);
        to->count = i + 1;
        if (status != TSR_OK) {
            free_parts(to);
            return status;
        }
    }
    return TSR_OK;
}

/** Room for one more part, and at least one part. */
static tsr_status reserve(tsr_box_part *owner, tsr_error *err) {
    if (owner->count + 1 > owner->capacity || owner->capacity == 0) {
        const int32_t capacity = owner->capacity > 0 ? 2 * owner->capacity : 2;
        tsr_box_part *parts = tsr_realloc(owner->parts, (size_t)capacity, sizeof *parts);
        if (parts == NULL) {
            return no_memory(err);
        }
        owner->parts = parts;
        owner->capacity = capacity;
    }
    if (owner->count == 0) {
        owner->parts[0] = (tsr_box_part){.state = owner->state};
        owner->count = 1;
    }
    return TSR_OK;
}

/** Index of the part that holds position `at`. */
static int32_t find(const tsr_box_part *owner, int32_t at) {
    int32_t low = 0;
    int32_t high = owner->count;
    while (high - low > 1) {
        const int32_t middle = low + (high - low) / 2;
        if (owner->parts[middle].begin <= at) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/** Let a part begin at `at`. */
static tsr_status cut_at(tsr_box_part *owner, int32_t at, tsr_error *err) {
    TSR_TRY(reserve(owner, err));
    const int32_t index = find(owner, at);
    if (owner->parts[index].begin == at) {
        return TSR_OK;
    }
    tsr_box_part rest = {0};
    TSR_TRY(copy_part(&owner->parts[index], &rest, err));
    rest.begin = at;
    memmove(&owner->parts[index + 2], &owner->parts[index + 1],
            (size_t)(owner->count - index - 1) * sizeof rest);
    owner->parts[index + 1] = rest;
    ++owner->count;
    return TSR_OK;
}

static bool same(const tsr_box_part *a, const tsr_box_part *b) {
    if (a->count != b->count) {
        return false;
    }
    if (a->count == 0) {
        return tsr_span_state_equal(&a->state, &b->state);
    }
    for (int32_t i = 0; i < a->count; ++i) {
        if (a->parts[i].begin != b->parts[i].begin || !same(&a->parts[i], &b->parts[i])) {
            return false;
        }
    }
    return true;
}

/** Drop parts first..last-1 that equal the part in front of them; one part alone is none. */
static void join(tsr_box_part *owner, int32_t first, int32_t last) {
    first = first == 0 ? 1 : first;
    last = last < owner->count ? last : owner->count;
    int32_t kept = first;
    for (int32_t i = first; i < last; ++i) {
        if (same(&owner->parts[i], &owner->parts[kept - 1])) {
            free_parts(&owner->parts[i]);
        } else {
            owner->parts[kept++] = owner->parts[i];
        }
    }
    if (kept < last) {
        memmove(&owner->parts[kept], &owner->parts[last],
                (size_t)(owner->count - last) * sizeof *owner->parts);
        owner->count -= last - kept;
    }
    if (owner->count == 1 && owner->parts[0].count == 0) {
        owner->state = owner->parts[0].state;
        free_parts(owner);
    }
}

static tsr_status visit_parts(const visiting *v, tsr_box_part *owner, int32_t axis, int64_t cells,
                              tsr_error *err) {
    const int32_t low = v->at->low[axis];
    const int32_t high = v->at->high[axis];
    const int32_t extent = v->region->extents[axis];
    TSR_TRY(cut_at(owner, low, err));
    if (high < extent) {
        TSR_TRY(cut_at(owner, high, err));
    }
    const int32_t first = find(owner, low);
    int32_t i = first;
    for (; i < owner->count && owner->parts[i].begin < high; ++i) {
        tsr_box_part *part = &owner->parts[i];
        const int32_t stop = i + 1 < owner->count ? owner->parts[i + 1].begin : extent;
        const int64_t inside = cells * (stop - part->begin);
        TSR_TRY(axis == BYTES ? v->visit(v->user, &part->state, inside, err)
                              : visit_parts(v, part, axis + 1, inside, err));
    }
    join(owner, first, i + 1);
    return TSR_OK;
}

/** Boxes on their way into one region: rows that follow each other become one, then planes. */
typedef struct gathering {
    tsr_box_region *region;
    tsr_span_visit visit;
    void *user;
    bool has_rows, has_planes;
    box rows, planes;
} gathering;

static tsr_status visit_box(const gathering *g, const box *at, tsr_error *err) {
    const visiting v = {g->region, at, g->visit, g->user};
    return visit_parts(&v, &g->region->root, ROWS, 1, err);
}

static bool follows(const box *a, const box *b, int32_t axis) {
    bool goes_on = a->high[axis] == b->low[axis];
    for (int32_t other = 0; other < AXES; ++other) {
        goes_on = goes_on && (other == axis ||
                              (a->low[other] == b->low[other] && a->high[other] == b->high[other]));
    }
    return goes_on;
}

static tsr_status end_rows(gathering *g, tsr_error *err) {
    if (g->has_rows && g->has_planes && follows(&g->planes, &g->rows, PLANES)) {
        g->planes.high[PLANES] = g->rows.high[PLANES];
    } else if (g->has_rows) {
        if (g->has_planes) {
            TSR_TRY(visit_box(g, &g->planes, err));
        }
        g->planes = g->rows;
        g->has_planes = true;
    }
    g->has_rows = false;
    return TSR_OK;
}

static tsr_status end_planes(gathering *g, tsr_error *err) {
    TSR_TRY(end_rows(g, err));
    if (g->has_planes) {
        TSR_TRY(visit_box(g, &g->planes, err));
    }
    g->has_planes = false;
    return TSR_OK;
}

static tsr_status gather(gathering *g, const box *next, tsr_error *err) {
    if (g->has_rows && follows(&g->rows, next, ROWS)) {
        g->rows.high[ROWS] = next->high[ROWS];
        return TSR_OK;
    }
    TSR_TRY(end_rows(g, err));
    g->rows = *next;
    g->has_rows = true;
    return TSR_OK;
}

/** Bytes begin..end-1 of a region: whole planes, whole rows, parts of rows. */
static tsr_status gather_bytes(gathering *g, int64_t begin, int64_t end, tsr_error *err) {
    const int64_t row_bytes = g->region->extents[BYTES];
    const int64_t rows = g->region->extents[ROWS];
    const int64_t plane_bytes = row_bytes * rows;
    while (begin < end) {
        const int64_t plane = begin / plane_bytes;
        const int64_t row = begin % plane_bytes / row_bytes;
        const int64_t at = begin % row_bytes;
        const int64_t left = end - begin;
        const bool whole_planes = at == 0 && row == 0 && left >= plane_bytes;
        const bool whole_rows = at == 0 && left >= row_bytes;
        const int64_t planes = whole_planes ? left / plane_bytes : 1;
        const int64_t height = whole_planes ? rows
                               : whole_rows ? tsr_min_i64(left / row_bytes, rows - row)
                                            : 1;
        const int64_t width = whole_rows ? row_bytes : tsr_min_i64(left, row_bytes - at);
        const box next = {
            {(int32_t)row, (int32_t)plane, (int32_t)at},
            {(int32_t)(row + height), (int32_t)(plane + planes), (int32_t)(at + width)}};
        TSR_TRY(gather(g, &next, err));
        begin += planes * height * width;
    }
    return TSR_OK;
}

/** First region that ends behind `at`; the count if there is none. */
static int32_t region_at(const tsr_box_map *map, int64_t at) {
    int32_t low = 0;
    int32_t high = map->count;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (map->regions[middle].end <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

tsr_status tsr_box_map_visit(tsr_box_map *map, const tsr_interval *items, int32_t count,
                             tsr_span_visit visit, void *user, tsr_error *err) {
    gathering g = {.visit = visit, .user = user};
    for (int32_t i = 0; i < count; ++i) {
        for (int64_t at = items[i].begin; at < items[i].end;) {
            const int32_t index = region_at(map, at);
            tsr_box_region *region = index < map->count ? &map->regions[index] : NULL;
            const bool outside = region == NULL || at < region->begin;
            const int64_t stop =
                region == NULL ? items[i].end
                               : tsr_min_i64(items[i].end, outside ? region->begin : region->end);
            if (outside) {
                TSR_TRY(tsr_span_map_visit(&map->rest, at, stop, visit, user, err));
            } else {
                if (g.region != region) {
                    TSR_TRY(end_planes(&g, err));
                    g.region = region;
                }
                TSR_TRY(gather_bytes(&g, at - region->begin, stop - region->begin, err));
            }
            at = stop;
        }
    }
    return end_planes(&g, err);
}

static int compare_regions(const void *a, const void *b) {
    const tsr_box_region *x = a;
    const tsr_box_region *y = b;
    if (x->begin != y->begin) {
        return x->begin < y->begin ? -1 : 1;
    }
    return x->end > y->end ? -1 : x->end < y->end;
}

/** False for what no region can say. */
static bool region_of(const tsr_program *program, const tsr_symbol *symbol, int64_t size,
                      tsr_box_region *region) {
    const int64_t planes = (symbol->c - 1) / program->arch.tn + 1;
    const int64_t row_bytes = (int64_t)symbol->w * symbol->pixel_bytes;
    if (row_bytes > INT32_MAX || symbol->address > (uint64_t)size) {
        return false;
    }
    *region = (tsr_box_region){.begin = (int64_t)symbol->address,
                               .extents = {symbol->h, (int32_t)planes, (int32_t)row_bytes}};
    region->end = region->begin + planes * symbol->h * row_bytes;
    return region->end <= size;
}

tsr_status tsr_box_map_create(tsr_box_map *map, const tsr_program *program, int64_t size,
                              tsr_error *err) {
    *map = (tsr_box_map){0};
    TSR_TRY(tsr_span_map_create(&map->rest, size, err));
    map->regions = tsr_alloc((size_t)program->symbol_count + 1, sizeof *map->regions);
    if (map->regions == NULL) {
        return no_memory(err);
    }
    int32_t count = 0;
    for (int32_t i = 0; i < program->symbol_count; ++i) {
        count += region_of(program, &program->symbols[i], size, &map->regions[count]);
    }
    qsort(map->regions, (size_t)count, sizeof *map->regions, compare_regions);
    for (int32_t i = 0; i < count; ++i) {
        if (map->count == 0 || map->regions[i].begin >= map->regions[map->count - 1].end) {
            map->regions[map->count++] = map->regions[i];
        }
    }
    return TSR_OK;
}

void tsr_box_map_free(tsr_box_map *map) {
    for (int32_t i = 0; i < map->count; ++i) {
        free_parts(&map->regions[i].root);
    }
    tsr_free(map->regions);
    tsr_span_map_free(&map->rest);
    *map = (tsr_box_map){0};
}

static void each_part(const tsr_box_part *part, void (*call)(void *, const tsr_span_state *),
                      void *user) {
    if (part->count == 0) {
        call(user, &part->state);
    }
    for (int32_t i = 0; i < part->count; ++i) {
        each_part(&part->parts[i], call, user);
    }
}

void tsr_box_map_each(const tsr_box_map *map, void (*call)(void *user, const tsr_span_state *state),
                      void *user) {
    tsr_span_map_each(&map->rest, call, user);
    for (int32_t i = 0; i < map->count; ++i) {
        each_part(&map->regions[i].root, call, user);
    }
}
