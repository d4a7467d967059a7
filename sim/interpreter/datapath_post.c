// SPDX-License-Identifier: Apache-2.0
// The post-processor: bias, requantise, residual, zero point, clamp, 2x2 max pool, output words.
#include <string.h>

#include "base/check.h"
#include "interpreter/datapath.h"
#include "program/map_use.h"

enum { TM_MAX = 256, MULTIPLIER_OFFSET = 8, SHIFT_OFFSET = 12 };

/** What is constant while one group of tm channels is drained. */
typedef struct drain {
    const tsr_datapath *dp;
    const tsr_desc_conv *d;
    tsr_map_view out, residual;
    const int64_t *out_columns;      /**< word offsets of output columns */
    const int64_t *residual_columns; /**< word offsets of residual columns */
    int64_t group;
    int64_t bias[TM_MAX];
    tsr_scale scale[TM_MAX];
} drain;

static int64_t read_little_endian(const uint8_t *bytes, int32_t count) {
    uint64_t value = 0;
    for (int32_t i = 0; i < count; ++i) {
        value |= (uint64_t)bytes[i] << (8 * i);
    }
    const uint64_t sign = (uint64_t)1 << (8 * count - 1);
    return (int64_t)((value ^ sign) - sign);
}

static tsr_status load_parameters(drain *s, tsr_error *err) {
    const int32_t tm = s->dp->arch.tm;
    const uint8_t *record = s->dp->parameter + (size_t)(s->d->parameter_base + s->group) *
                                                   (size_t)tm * TSR_PARAMETER_RECORD_BYTES;
    for (int32_t m = 0; m < tm; ++m) {
        s->bias[m] = read_little_endian(record, 8);
        s->scale[m].multiplier = (int32_t)read_little_endian(record + MULTIPLIER_OFFSET, 4);
        s->scale[m].shift = record[SHIFT_OFFSET];
        TSR_CHECK(s->scale[m].shift >= 1 && s->scale[m].shift <= 62, TSR_ERR_CONFIG, err, "conv",
                  "parameter entry %d, channel %d: shift is %d, allowed are 1 to 62",
                  (int)(s->d->parameter_base + s->group), m, s->scale[m].shift);
        record += TSR_PARAMETER_RECORD_BYTES;
    }
    return TSR_OK;
}

static int32_t read_element(const uint8_t *word, int32_t lane, int32_t element_bytes) {
    int16_t value = 0;
    if (element_bytes == 1) {
        return (int8_t)word[lane];
    }
    memcpy(&value, word + 2 * lane, sizeof value);
    return value;
}

static void write_element(uint8_t *word, int32_t lane, int32_t element_bytes, int32_t value) {
    const int16_t wide = (int16_t)value;
    if (element_bytes == 1) {
        word[lane] = (uint8_t)value;
    } else {
        memcpy(word + 2 * lane, &wide, sizeof wide);
    }
}

/** Bias and requantise one row of accumulators, [out_w][tm] from element `first` on. */
static void requantise_row(const drain *s, const void *sums, size_t first, int32_t *result) {
    const int32_t tm = s->dp->arch.tm;
    const tsr_rounding rounding = (tsr_rounding)s->d->rounding;
    const int32_t *narrow = sums;
    const int64_t *wide = sums;
    const bool is_narrow = s->dp->element_bytes == 1;
    for (int64_t x = 0; x < s->d->out_w; ++x) {
        for (int32_t m = 0; m < tm; ++m) {
            const size_t i = (size_t)x * (size_t)tm + (size_t)m;
            const int64_t sum = is_narrow ? narrow[first + i] : wide[first + i];
            result[i] = tsr_requantize(sum + s->bias[m], s->scale[m], rounding);
        }
    }
}

static int32_t saturate32(int64_t value) {
    return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

static void add_residual_row(const drain *s, int64_t oy, int32_t *result) {
    const tsr_datapath *dp = s->dp;
    const tsr_desc_conv *d = s->d;
    const tsr_scale scale = {(int32_t)d->residual_multiplier, (int32_t)d->residual_shift};
    const int32_t words = dp->arch.tm / dp->arch.tn;
    for (int32_t j = 0; j < words; ++j) {
        const int64_t line =
            tsr_map_row_line(&s->residual, s->group * words + j, d->residual_y0 + oy);
        for (int64_t x = 0; x < d->out_w; ++x) {
            const uint8_t *word = tsr_datapath_word(dp, line, s->residual_columns[x]);
            int32_t *pixel = result + x * dp->arch.tm + j * dp->arch.tn;
            for (int32_t lane = 0; lane < dp->arch.tn; ++lane) {
                const int64_t value =
                    read_element(word, lane, dp->element_bytes) - d->residual_zero_point;
                const int32_t scaled = tsr_requantize(value, scale, (tsr_rounding)d->rounding);
                pixel[lane] = saturate32((int64_t)pixel[lane] + scaled);
            }
        }
    }
}

static void clamp_row(const drain *s, int32_t *result) {
    const int64_t count = s->d->out_w * s->dp->arch.tm;
    for (int64_t i = 0; i < count; ++i) {
        const int64_t value = result[i] + s->d->out_zero_point;
        result[i] = (int32_t)(value < s->d->clamp_lo   ? s->d->clamp_lo
                              : value > s->d->clamp_hi ? s->d->clamp_hi
                                                       : value);
    }
}

/** 2x2 maxima of two rows, into the upper one, in place: column x comes from columns 2x and 2x+1.
 */
static void pool_rows(const drain *s, int32_t *upper, const int32_t *lower) {
    const int64_t tm = s->dp->arch.tm;
    for (int64_t x = 0; x < s->d->out_w / 2; ++x) {
        for (int64_t m = 0; m < tm; ++m) {
            const int64_t left = 2 * x * tm + m;
            const int32_t a = upper[left] > upper[left + tm] ? upper[left] : upper[left + tm];
            const int32_t b = lower[left] > lower[left + tm] ? lower[left] : lower[left + tm];
            upper[x * tm + m] = a > b ? a : b;
        }
    }
}

static void write_row(const drain *s, int64_t y, int64_t width, const int32_t *result) {
    const tsr_datapath *dp = s->dp;
    const int32_t words = dp->arch.tm / dp->arch.tn;
    for (int32_t j = 0; j < words; ++j) {
        const int64_t line = tsr_map_row_line(&s->out, s->group * words + j,
                                              s->d->out_y0 + y * tsr_step(s->d->out_step_h));
        for (int64_t x = 0; x < width; ++x) {
            uint8_t *word = tsr_datapath_word(dp, line, s->out_columns[x]);
            const int32_t *pixel = result + x * dp->arch.tm + j * dp->arch.tn;
            for (int32_t lane = 0; lane < dp->arch.tn; ++lane) {
                write_element(word, lane, dp->element_bytes, pixel[lane]);
            }
        }
    }
}

/** Drain all rows of one group. */
static void drain_group(const drain *s, const void *sums, size_t first, int32_t *rows) {
    const tsr_desc_conv *d = s->d;
    const size_t row_values = (size_t)d->out_w * (size_t)s->dp->arch.tm;
    for (int64_t oy = 0; oy < d->out_h; ++oy) {
        const bool lower = d->max_pool_2x2 != 0 && oy % 2 == 1;
        int32_t *result = lower ? rows + row_values : rows;
        requantise_row(s, sums, first + (size_t)oy * row_values, result);
        if (d->residual != 0) {
            add_residual_row(s, oy, result);
        }
        clamp_row(s, result);
        if (d->max_pool_2x2 == 0) {
            write_row(s, oy, d->out_w, result);
        } else if (lower) {
            pool_rows(s, rows, result);
            write_row(s, oy / 2, d->out_w / 2, rows);
        }
    }
}

tsr_status tsr_datapath_post(tsr_datapath *dp, const tsr_desc_conv *d, int64_t first_group,
                             int64_t count, const void *sums, tsr_error *err) {
    const size_t width = (size_t)d->out_w;
    const size_t row_values = width * (size_t)dp->arch.tm;
    int64_t *columns = tsr_scratch_get(&dp->columns, 2 * width * sizeof *columns);
    int32_t *rows = tsr_scratch_get(&dp->rows, 2 * row_values * sizeof *rows);
    TSR_CHECK(columns != NULL && rows != NULL, TSR_ERR_NO_MEMORY, err, "conv",
              "no memory for the post-processor's rows");
    drain state = {.dp = dp,
                   .d = d,
                   .out = tsr_map_of_conv_out(d),
                   .residual = tsr_map_of_residual(d),
                   .out_columns = columns,
                   .residual_columns = columns + width};
    for (size_t x = 0; x < width; ++x) {
        columns[x] = tsr_map_column_word(&state.out, dp->arch.tp,
                                         d->out_x0 + (int64_t)x * tsr_step(d->out_step_w));
        columns[width + x] = d->residual == 0 ? 0
                                              : tsr_map_column_word(&state.residual, dp->arch.tp,
                                                                    d->residual_x0 + (int64_t)x);
    }
    for (int64_t i = 0; i < count; ++i) {
        state.group = first_group + i;
        TSR_TRY(load_parameters(&state, err));
        drain_group(&state, sums, (size_t)i * (size_t)d->out_h * row_values, rows);
    }
    return TSR_OK;
}
