// SPDX-License-Identifier: Apache-2.0
// Folds planes of rows of words into intervals: a whole contiguous map becomes one.
#include "program/access_list.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/checked.h"

enum { FIRST_CAPACITY = 64, INTERVALS_MAX = 1 << 24 };

/** `outer` times `inner` pieces of `length` from `begin` on. */
typedef struct pieces {
    int64_t begin, length;
    int64_t inner, inner_stride;
    int64_t outer, outer_stride;
} pieces;

static void clear(tsr_access_list *list) {
    list->count = 0;
    list->total = 0;
    list->begin = 0;
    list->end = 0;
}

static tsr_status add(tsr_access_list *list, int64_t begin, int64_t end, tsr_error *err) {
    if (list->count > 0 && list->items[list->count - 1].end == begin) {
        list->items[list->count - 1].end = end;
    } else {
        if (list->count == list->capacity) {
            const int32_t capacity = list->capacity > 0 ? list->capacity * 2 : FIRST_CAPACITY;
            TSR_CHECK(capacity <= INTERVALS_MAX, TSR_ERR_CONFIG, err, "",
                      "touches more than %d separate pieces of memory", INTERVALS_MAX);
            tsr_interval *items = tsr_realloc(list->items, (size_t)capacity, sizeof *items);
            TSR_CHECK(items != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for %d intervals",
                      capacity);
            list->items = items;
            list->capacity = capacity;
        }
        list->items[list->count++] = (tsr_interval){begin, end};
    }
    list->begin = list->total == 0 || begin < list->begin ? begin : list->begin;
    list->end = list->total == 0 || end > list->end ? end : list->end;
    list->total += end - begin;
    return TSR_OK;
}

static void swap_dimensions(pieces *p) {
    const pieces old = *p;
    p->inner = old.outer;
    p->inner_stride = old.outer_stride;
    p->outer = old.inner;
    p->outer_stride = old.inner_stride;
}

/** Put the smaller stride inside, and make one piece of pieces that touch. */
static void fold(pieces *p) {
    if (p->inner == 1 || (p->outer > 1 && p->outer_stride < p->inner_stride)) {
        swap_dimensions(p);
    }
    if (p->inner > 1 && p->inner_stride <= p->length) {
        p->length += (p->inner - 1) * p->inner_stride;
        p->inner = 1;
    }
    if (p->inner == 1 && p->outer > 1) {
        swap_dimensions(p);
        if (p->inner_stride <= p->length) {
            p->length += (p->inner - 1) * p->inner_stride;
            p->inner = 1;
        }
    }
}

static tsr_status add_pieces(tsr_access_list *list, pieces p, tsr_error *err) {
    fold(&p);
    const int64_t extent = p.length + (p.inner - 1) * p.inner_stride;
    TSR_CHECK(p.outer == 1 || p.outer_stride >= extent, TSR_ERR_CONFIG, err, "",
              "pieces %" PRId64 " apart lie among pieces that reach over %" PRId64, p.outer_stride,
              extent);
    for (int64_t outer = 0; outer < p.outer; ++outer) {
        int64_t begin = p.begin + outer * p.outer_stride;
        for (int64_t inner = 0; inner < p.inner; ++inner) {
            TSR_TRY(add(list, begin, begin + p.length, err));
            begin += p.inner_stride;
        }
    }
    return TSR_OK;
}

tsr_status tsr_access_range(tsr_access_list *list, int64_t begin, int64_t count, tsr_error *err) {
    clear(list);
    return count > 0 ? add(list, begin, begin + count, err) : TSR_OK;
}

/** Some rows of a use on consecutive planes: row r is `step_h` rows behind row r - 1, nothing wraps
 * in between. */
typedef struct row_run {
    const tsr_map_use *use;
    int64_t plane, y, rows; /**< first plane; first row, not wrapped; rows */
} row_run;

/** One row of columns with bank stride above 1: one interval a line. */
static tsr_status add_strided_row(tsr_access_list *list, const tsr_map_use *use, int64_t base,
                                  int32_t tp, tsr_error *err) {
    const int64_t stride = use->map.bank_stride;
    const int64_t last = use->x0 + use->w - 1;
    const int64_t first_span = use->x0 / (stride * tp);
    for (int64_t line = first_span * stride; line <= last / (stride * tp) * stride + stride - 1;
         ++line) {
        // the line holds columns first, first + stride, ..., one a bank
        const int64_t first = line / stride * stride * tp + line % stride;
        const int64_t low = first >= use->x0 ? 0 : tsr_ceil_div(use->x0 - first, stride);
        const int64_t high = first > last ? 0 : (last - first) / stride + 1;
        const int64_t end = high < tp ? high : tp;
        if (low < end) {
            TSR_TRY(add(list, base + line * tp + low, base + line * tp + end, err));
        }
    }
    return TSR_OK;
}

/** Columns with a step between them: word by word. */
static tsr_status add_stepped_row(tsr_access_list *list, const tsr_map_use *use, int64_t base,
                                  int32_t tp, tsr_error *err) {
    for (int64_t x = 0; x < use->w; ++x) {
        const int64_t at =
            base + tsr_map_column_word(&use->map, tp, use->x0 + x * tsr_step(use->step_w));
        TSR_TRY(add(list, at, at + 1, err));
    }
    return TSR_OK;
}

static tsr_status add_rows(tsr_access_list *list, const row_run *run, int32_t tp, tsr_error *err) {
    const tsr_map_use *use = run->use;
    const bool stepped = tsr_step(use->step_w) > 1;
    const int64_t span = use->map.bank_stride * tp;
    const int64_t step = tsr_step(use->step_h);
    if (!stepped && (use->map.bank_stride == 1 || (use->x0 % span == 0 && use->w % span == 0))) {
        const pieces p = {tsr_map_row_line(&use->map, run->plane, run->y) * tp + use->x0,
                          use->w,
                          run->rows,
                          step * use->map.row_pitch * tp,
                          use->planes,
                          use->map.plane_pitch * tp};
        return add_pieces(list, p, err);
    }
    for (int64_t plane = 0; plane < use->planes; ++plane) {
        for (int64_t row = 0; row < run->rows; ++row) {
            const int64_t base =
                tsr_map_row_line(&use->map, run->plane + plane, run->y + row * step) * tp;
            TSR_TRY(stepped ? add_stepped_row(list, use, base, tp, err)
                            : add_strided_row(list, use, base, tp, err));
        }
    }
    return TSR_OK;
}

tsr_status tsr_access_map(tsr_access_list *list, const tsr_map_use *use, int32_t tp,
                          tsr_error *err) {
    clear(list);
    const int64_t step = tsr_step(use->step_h);
    const int64_t wrap = use->map.wrap;
    const int64_t room = wrap > use->y0 ? tsr_ceil_div(wrap - use->y0, step) : 0;
    const int64_t before = wrap > 0 && room < use->h ? room : use->h;  // rows that do not wrap
    const int64_t groups = use->groups > 1 ? use->groups : 1;
    for (int64_t group = 0; group < groups; ++group) {
        const int64_t plane = group * use->group_planes;
        const row_run first = {use, plane, use->y0, before};
        TSR_TRY(add_rows(list, &first, tp, err));
        if (before < use->h) {
            const row_run rest = {use, plane, use->y0 + before * step, use->h - before};
            TSR_TRY(add_rows(list, &rest, tp, err));
        }
    }
    return TSR_OK;
}

tsr_status tsr_access_dram(tsr_access_list *list, const tsr_desc_load_feature *d, tsr_error *err) {
    clear(list);
    const pieces p = {d->dram_address,     d->row_bytes, d->rows,
                      d->row_stride_bytes, d->planes,    d->plane_stride_bytes};
    return add_pieces(list, p, err);
}

tsr_status tsr_access_groups(tsr_access_list *list, const tsr_desc_load_weight *d, int64_t bytes,
                             tsr_error *err) {
    clear(list);
    const pieces p = {d->dram_address, bytes, d->groups, d->group_stride_bytes, 1, 0};
    return add_pieces(list, p, err);
}

void tsr_access_free(tsr_access_list *list) {
    tsr_free(list->items);
    *list = (tsr_access_list){0};
}
