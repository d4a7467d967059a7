// SPDX-License-Identifier: Apache-2.0
// Carries out a pool descriptor: the maximum over the window, plane by plane; padding never wins.
#include <string.h>

#include "base/check.h"
#include "interpreter/datapath.h"
#include "program/desc_check.h"

static void max_words_i8(int8_t *best, const int8_t *word, int32_t lanes) {
    for (int32_t i = 0; i < lanes; ++i) {
        best[i] = word[i] > best[i] ? word[i] : best[i];
    }
}

static void max_words_i16(uint8_t *best, const uint8_t *word, int32_t lanes) {
    for (int32_t i = 0; i < lanes; ++i) {
        int16_t a = 0;
        int16_t b = 0;
        memcpy(&a, best + 2 * i, sizeof a);
        memcpy(&b, word + 2 * i, sizeof b);
        memcpy(best + 2 * i, a > b ? &a : &b, sizeof a);
    }
}

static void max_words(const tsr_datapath *dp, uint8_t *best, const uint8_t *word) {
    if (dp->element_bytes == 1) {
        max_words_i8((int8_t *)best, (const int8_t *)word, dp->arch.tn);
    } else {
        max_words_i16(best, word, dp->arch.tn);
    }
}

/** One output word: the window's real pixels; there is at least one (tsr_desc_check). */
static void pool_word(const tsr_datapath *dp, const tsr_desc *desc, const int64_t place[3],
                      uint8_t *result) {
    const tsr_desc_pool *d = &desc->u.pool;
    const tsr_axis y_axis = tsr_desc_axis_y(desc);
    const tsr_axis x_axis = tsr_desc_axis_x(desc);
    const tsr_map_view map = tsr_map_of_pool_in(d);
    bool first = true;
    for (int64_t ky = 0; ky < d->kernel_h; ++ky) {
        const int32_t y = tsr_axis_source(&y_axis, place[1], ky);
        for (int64_t kx = 0; y >= 0 && kx < d->kernel_w; ++kx) {
            const int32_t x = tsr_axis_source(&x_axis, place[2], kx);
            if (x < 0) {
                continue;
            }
            const uint8_t *word =
                tsr_datapath_word(dp, tsr_map_row_line(&map, place[0], d->in_y0 + y),
                                  tsr_map_column_word(&map, dp->arch.tp, d->in_x0 + x));
            if (first) {
                memcpy(result, word, (size_t)dp->word_bytes);
                first = false;
            } else {
                max_words(dp, result, word);
            }
        }
    }
}

tsr_status tsr_datapath_pool(tsr_datapath *dp, const tsr_desc *desc, tsr_error *err) {
    const tsr_desc_pool *d = &desc->u.pool;
    const tsr_map_view out = tsr_map_of_pool_out(d);
    const size_t word_bytes = (size_t)dp->word_bytes;
    // collected first: the output may not disturb what later windows read
    uint8_t *results =
        tsr_scratch_get(&dp->sums, (size_t)(d->planes * d->out_h * d->out_w) * word_bytes);
    TSR_CHECK(results != NULL, TSR_ERR_NO_MEMORY, err, "pool", "no memory for the results");
    uint8_t *result = results;
    for (int64_t plane = 0; plane < d->planes; ++plane) {
        for (int64_t oy = 0; oy < d->out_h; ++oy) {
            for (int64_t ox = 0; ox < d->out_w; ++ox) {
                const int64_t place[3] = {plane, oy, ox};
                pool_word(dp, desc, place, result);
                result += word_bytes;
            }
        }
    }
    result = results;
    for (int64_t plane = 0; plane < d->planes; ++plane) {
        for (int64_t oy = 0; oy < d->out_h; ++oy) {
            const int64_t line = tsr_map_row_line(&out, plane, d->out_y0 + oy);
            for (int64_t ox = 0; ox < d->out_w; ++ox) {
                memcpy(tsr_datapath_word(dp, line,
                                         tsr_map_column_word(&out, dp->arch.tp, d->out_x0 + ox)),
                       result, word_bytes);
                result += word_bytes;
            }
        }
    }
    return TSR_OK;
}
