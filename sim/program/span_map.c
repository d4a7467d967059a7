// SPDX-License-Identifier: Apache-2.0
// Spans of a memory, cut where accesses begin and end and joined where they are equal again.
#include "program/span_map.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

enum { PAGES = 4096, MIN_PAGE_BITS = 6, FIRST_CAPACITY = 8 };

tsr_status tsr_span_map_create(tsr_span_map *map, int64_t size, tsr_error *err) {
    *map = (tsr_span_map){.size = size, .page_bits = MIN_PAGE_BITS};
    while ((size - 1) >> map->page_bits >= PAGES) {
        ++map->page_bits;
    }
    TSR_CHECK(map->page_bits <= 30, TSR_ERR_UNSUPPORTED, err, "",
              "a memory of %lld cells, allowed are 2^42", (long long)size);
    map->page_count = (int32_t)((size - 1) >> map->page_bits) + 1;
    map->pages = tsr_alloc((size_t)map->page_count, sizeof *map->pages);
    TSR_CHECK(map->pages != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for a map of accesses");
    return TSR_OK;
}

void tsr_span_map_free(tsr_span_map *map) {
    for (int32_t i = 0; map->pages != NULL && i < map->page_count; ++i) {
        tsr_free(map->pages[i].spans);
    }
    tsr_free(map->pages);
    *map = (tsr_span_map){0};
}

/** Room for two more spans, and at least one span. */
static tsr_status reserve(tsr_span_page *page, tsr_error *err) {
    if (page->count + 2 > page->capacity) {
        const int32_t capacity = page->capacity > 0 ? 2 * page->capacity : FIRST_CAPACITY;
        tsr_span *spans = tsr_realloc(page->spans, (size_t)capacity, sizeof *spans);
        TSR_CHECK(spans != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for a map of accesses");
        page->spans = spans;
        page->capacity = capacity;
    }
    if (page->count == 0) {
        page->spans[0] = (tsr_span){0};
        page->count = 1;
    }
    return TSR_OK;
}

/** Index of the span that holds cell `at`. */
static int32_t find(const tsr_span_page *page, int32_t at) {
    int32_t low = 0;
    int32_t high = page->count;  // the answer is in [low, high)
    while (high - low > 1) {
        const int32_t middle = low + (high - low) / 2;
        if (page->spans[middle].begin <= at) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/** Let span `index` end at `at`, the rest becoming a span of its own behind it. There is room. */
static void cut(tsr_span_page *page, int32_t index, int32_t at) {
    tsr_span *span = &page->spans[index];
    memmove(span + 2, span + 1, (size_t)(page->count - index - 1) * sizeof *span);
    span[1] = (tsr_span){at, span->state};
    ++page->count;
}

/** Drop spans first..last-1 that equal the span in front of them. */
static void join(tsr_span_page *page, int32_t first, int32_t last) {
    if (first == 0) {
        first = 1;
    }
    last = last < page->count ? last : page->count;
    int32_t kept = first;
    for (int32_t i = first; i < last; ++i) {
        if (!tsr_span_state_equal(&page->spans[i].state, &page->spans[kept - 1].state)) {
            page->spans[kept++] = page->spans[i];
        }
    }
    if (kept < last) {
        memmove(&page->spans[kept], &page->spans[last],
                (size_t)(page->count - last) * sizeof *page->spans);
        page->count -= last - kept;
    }
}

static tsr_status visit_page(tsr_span_page *page, int32_t begin, int32_t end, int32_t page_size,
                             tsr_span_visit visit, void *user, tsr_error *err) {
    TSR_TRY(reserve(page, err));
    int32_t first = find(page, begin);
    if (page->spans[first].begin < begin) {
        cut(page, first, begin);
        ++first;
    }
    int32_t last = first;  // one past the spans to visit
    while (last < page->count && page->spans[last].begin < end) {
        ++last;
    }
    const int32_t last_end = last < page->count ? page->spans[last].begin : page_size;
    if (last_end > end) {
        cut(page, last - 1, end);
    }
    for (int32_t i = first; i < last; ++i) {
        const int32_t stop = i + 1 < page->count ? page->spans[i + 1].begin : page_size;
        TSR_TRY(visit(user, &page->spans[i].state, stop - page->spans[i].begin, err));
    }
    join(page, first, last + 1);
    return TSR_OK;
}

tsr_status tsr_span_map_visit(tsr_span_map *map, int64_t begin, int64_t end, tsr_span_visit visit,
                              void *user, tsr_error *err) {
    TSR_CHECK(begin >= 0 && end <= map->size, TSR_ERR_CONFIG, err, "",
              "touches cells %lld to %lld of a memory of %lld", (long long)begin,
              (long long)end - 1, (long long)map->size);
    const int32_t page_size = (int32_t)1 << map->page_bits;
    while (begin < end) {
        const int64_t page_begin = begin >> map->page_bits << map->page_bits;
        const int64_t stop = end < page_begin + page_size ? end : page_begin + page_size;
        TSR_TRY(visit_page(&map->pages[begin >> map->page_bits], (int32_t)(begin - page_begin),
                           (int32_t)(stop - page_begin), page_size, visit, user, err));
        begin = stop;
    }
    return TSR_OK;
}

void tsr_span_map_each(const tsr_span_map *map,
                       void (*call)(void *user, const tsr_span_state *state), void *user) {
    for (int32_t i = 0; i < map->page_count; ++i) {
        for (int32_t k = 0; k < map->pages[i].count; ++k) {
            call(user, &map->pages[i].spans[k].state);
        }
    }
}
