// SPDX-License-Identifier: Apache-2.0
// Float convolution of a cut. The padded rows are gathered into one plane for each stride phase, so
// that any stride and dilation becomes "add taps at fixed offsets of a flat position"; positions
// between two rows are computed and dropped.
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "fast/cut_conv.h"
#include "fast/taps_f32.h"
#include "reference/element.h"

enum {
    band_bytes = 4 << 20,  // gathered rows of one band stay in the outer cache
    chunk_bytes =
        256 << 10  // input of the positions that all output channels go over in turn: inner cache
};

struct tsr_cut_conv_f32 {
    const tsr_conv_operands *o;
    tsr_taps_variant variant;
    size_t tap_count;   // input channels of a group * kernel
    size_t row_groups;  // of variant.rows output channels, a group of the convolution
    float *weight;      // owned, [groups][row_groups][tap_count][rows]
    float *bias;        // owned, [groups][row_groups][rows]
};

/** Geometry of one band of output rows of one cut, and its scratch. */
typedef struct band {
    const tsr_cut *cut;
    int32_t first, rows;  // output rows of the cut
    size_t plane_h, plane_w;
    size_t *taps;  // owned
    float *input;  // owned, [channels][stride_h][stride_w][plane_h][plane_w] and one kernel call of
                   // slack
    float *sums;   // owned, [variant.rows][chunk]
    size_t chunk;  // positions
} band;

static size_t ceil_div(size_t a, size_t b) {
    return (a + b - 1) / b;
}

static void pack(tsr_cut_conv_f32 *layer) {
    const tsr_conv_operands *o = layer->o;
    const size_t rows = layer->variant.rows;
    const size_t per_group = (size_t)(o->weight->n / o->window->groups);
    for (size_t m = 0; m < (size_t)o->weight->n; ++m) {
        const size_t group = m / per_group * layer->row_groups + m % per_group / rows;
        const size_t row = m % per_group % rows;
        const float *from = (const float *)o->weight->data + m * layer->tap_count;
        float *to = layer->weight + group * layer->tap_count * rows + row;
        for (size_t t = 0; t < layer->tap_count; ++t) {
            to[t * rows] = from[t];
        }
        if (o->bias->data != NULL) {
            layer->bias[group * rows + row] = ((const float *)o->bias->data)[m];
        }
    }
}

tsr_status tsr_cut_conv_f32_create(const tsr_conv_operands *o, tsr_isa isa,
                                   tsr_cut_conv_f32 **layer, tsr_error *err) {
    tsr_cut_conv_f32 *made = tsr_alloc(1, sizeof *made);
    TSR_CHECK(made != NULL, TSR_ERR_NO_MEMORY, err, NULL, "no memory for a convolution");
    const size_t groups = (size_t)o->window->groups;
    made->o = o;
    made->variant = tsr_taps_f32_variant(isa);
    made->tap_count = (size_t)o->weight->c * (size_t)o->weight->h * (size_t)o->weight->w;
    made->row_groups = ceil_div((size_t)o->weight->n / groups, made->variant.rows);
    const size_t channels = groups * made->row_groups * made->variant.rows;
    made->weight = tsr_alloc(channels * made->tap_count, sizeof *made->weight);
    made->bias = tsr_alloc(channels, sizeof *made->bias);
    if (made->weight == NULL || made->bias == NULL) {
        tsr_cut_conv_f32_destroy(made);
        return tsr_fail(err, TSR_ERR_NO_MEMORY, NULL, "no memory for packed weights");
    }
    pack(made);
    *layer = made;
    return TSR_OK;
}

void tsr_cut_conv_f32_destroy(tsr_cut_conv_f32 *layer) {
    if (layer == NULL) {
        return;
    }
    tsr_free(layer->weight);
    tsr_free(layer->bias);
    tsr_free(layer);
}

static size_t plane_size(const band *b) {
    return b->plane_h * b->plane_w;
}

static size_t phase_count(const tsr_window *w) {
    return (size_t)w->stride_h * (size_t)w->stride_w;
}

static void fill_taps(const tsr_cut_conv_f32 *layer, band *b) {
    const tsr_window *w = layer->o->window;
    const size_t sh = (size_t)w->stride_h;
    const size_t sw = (size_t)w->stride_w;
    size_t *tap = b->taps;
    for (size_t c = 0; c < (size_t)layer->o->weight->c; ++c) {
        for (int32_t ky = 0; ky < w->kernel_h; ++ky) {
            for (int32_t kx = 0; kx < w->kernel_w; ++kx) {
                const size_t y = (size_t)ky * (size_t)w->dilation_h;
                const size_t x = (size_t)kx * (size_t)w->dilation_w;
                const size_t plane = c * sh * sw + y % sh * sw + x % sw;
                *tap++ = plane * plane_size(b) + y / sh * b->plane_w + x / sw;
            }
        }
    }
}

// One padded row, spread over the phases of its columns.
static void gather_row(const tsr_cut_axis *axis, const float *from, size_t stride, size_t plane,
                       float *to) {
    if (stride == 1) {
        for (int32_t x = 0; x < axis->size; ++x) {
            const int32_t source = axis->source[x];
            to[x] = source < 0 ? 0.0F : from[source];
        }
        return;
    }
    for (int32_t x = 0; x < axis->size; ++x) {
        const int32_t source = axis->source[x];
        to[(size_t)x % stride * plane + (size_t)x / stride] = source < 0 ? 0.0F : from[source];
    }
}

// The padded rows of a band, channel after channel.
// used again.
static void gather(const tsr_cut_conv_f32 *layer, band *b, int32_t n, size_t group) {
    const tsr_tensor *in = layer->o->in;
    const size_t sh = (size_t)layer->o->window->stride_h;
    const size_t sw = (size_t)layer->o->window->stride_w;
    const size_t channels = (size_t)layer->o->weight->c;
    const size_t first_row = (size_t)b->first * sh;
    const size_t rows = (size_t)b->cut->y->size - first_row;
    for (size_t c = 0; c < channels; ++c) {
        const float *map =
            (const float *)in->data + tsr_index(in, n, (int32_t)(group * channels + c), 0, 0);
        for (size_t y = 0; y < rows && y < b->plane_h * sh; ++y) {
            const int32_t source = b->cut->y->source[first_row + y];
            float *to =
                b->input + (c * sh * sw + y % sh * sw) * plane_size(b) + y / sh * b->plane_w;
            if (source >= 0) {
                gather_row(b->cut->x, map + (size_t)source * (size_t)in->w, sw, plane_size(b), to);
                continue;
            }
            for (size_t phase = 0; phase < sw; ++phase) {
                memset(to + phase * plane_size(b), 0, b->plane_w * sizeof *to);
            }
        }
    }
}

// Results of positions [first, first + count) of one output channel to the rows they belong to.
static void scatter(const band *b, const float *sums, size_t first, size_t count, float *map,
                    size_t map_w) {
    const size_t out_w = (size_t)b->cut->x->out;
    size_t at = first;
    while (at < first + count) {
        const size_t y = at / b->plane_w;
        const size_t x = at % b->plane_w;
        const size_t row_end = at - x + b->plane_w;
        const size_t end = row_end < first + count ? row_end : first + count;
        if (x < out_w) {
            const size_t wanted = out_w - x < end - at ? out_w - x : end - at;
            memcpy(map + y * map_w + x, sums + (at - first), wanted * sizeof *map);
        }
        at = end;
    }
}

// All output channels of a group over one chunk of positions.
static void run_chunk(const tsr_cut_conv_f32 *layer, const band *b, size_t first, size_t count,
                      size_t group, float *maps, size_t map_h, size_t map_w) {
    const size_t rows = layer->variant.rows;
    const size_t per_group = (size_t)(layer->o->weight->n / layer->o->window->groups);
    for (size_t r = 0; r < layer->row_groups; ++r) {
        const size_t index = group * layer->row_groups + r;
        tsr_taps_job job = {.taps = b->taps,
                            .tap_count = layer->tap_count,
                            .weight = layer->weight + index * layer->tap_count * rows,
                            .bias = layer->bias + index * rows,
                            .pitch = b->chunk};
        for (size_t p = 0; p < count; p += layer->variant.columns) {
            job.in = b->input + first + p;
            job.out = b->sums + p;
            layer->variant.kernel(&job);
        }
        for (size_t k = 0; k < rows && r * rows + k < per_group; ++k) {
            float *map = maps + (group * per_group + r * rows + k) * map_h * map_w;
            scatter(b, b->sums + k * b->chunk, first, count, map, map_w);
        }
    }
}

static void run_band(const tsr_cut_conv_f32 *layer, band *b, tsr_tensor *out) {
    const size_t positions = ((size_t)b->rows - 1) * b->plane_w + (size_t)b->cut->x->out;
    for (int32_t n = 0; n < out->n; ++n) {
        float *maps =
            (float *)out->data + tsr_index(out, n, 0, b->cut->y->out0 + b->first, b->cut->x->out0);
        for (size_t group = 0; group < (size_t)layer->o->window->groups; ++group) {
            gather(layer, b, n, group);
            for (size_t first = 0; first < positions; first += b->chunk) {
                const size_t rest = positions - first;
                run_chunk(layer, b, first, rest < b->chunk ? rest : b->chunk, group, maps,
                          (size_t)out->h, (size_t)out->w);
            }
        }
    }
}

// Bands as tall as the cache allows, but not so low that gathering the overlap costs more than
// computing.
static size_t band_rows(const tsr_cut_conv_f32 *layer, const tsr_cut *cut) {
    const tsr_window *w = layer->o->window;
    const size_t row_bytes =
        (size_t)layer->o->weight->c * (size_t)w->stride_h * (size_t)cut->x->size * sizeof(float);
    const size_t reach =
        (size_t)(w->kernel_h - 1) * (size_t)w->dilation_h / (size_t)w->stride_h + 1;
    const size_t fitting = (size_t)band_bytes / row_bytes;
    const size_t rows = fitting > 4 * reach ? fitting - reach : 3 * reach;
    return rows < (size_t)cut->y->out ? rows : (size_t)cut->y->out;
}

static bool band_alloc(const tsr_cut_conv_f32 *layer, size_t rows, band *b) {
    const tsr_window *w = layer->o->window;
    const size_t reach = (size_t)(w->kernel_h - 1) * (size_t)w->dilation_h;
    const size_t columns = layer->variant.columns;
    const size_t channels = (size_t)layer->o->weight->c;
    b->plane_h = ceil_div((rows - 1) * (size_t)w->stride_h + reach + 1, (size_t)w->stride_h);
    b->plane_w = ceil_div((size_t)b->cut->x->size, (size_t)w->stride_w);
    const size_t whole = ceil_div(rows * b->plane_w, columns) * columns;
    const size_t cached = (size_t)chunk_bytes / (channels * sizeof(float)) / columns * columns;
    const size_t least = 4 * columns;
    b->chunk = cached > least ? cached : least;
    b->chunk = b->chunk < whole ? b->chunk : whole;
    b->taps = tsr_alloc(layer->tap_count, sizeof *b->taps);
    b->input = tsr_alloc(channels * phase_count(w) * plane_size(b) + columns, sizeof *b->input);
    b->sums = tsr_alloc(layer->variant.rows * b->chunk, sizeof *b->sums);
    return b->taps != NULL && b->input != NULL && b->sums != NULL;
}

tsr_status tsr_cut_conv_f32_run(const void *layer, const tsr_cut *cut, tsr_tensor *out,
                                tsr_error *err) {
    const tsr_cut_conv_f32 *self = layer;
    const size_t rows = band_rows(self, cut);
    band b = {.cut = cut};
    tsr_status status = TSR_OK;
    if (!band_alloc(self, rows, &b)) {
        status = tsr_fail(err, TSR_ERR_NO_MEMORY, NULL, "no memory for a block's input");
        goto done;
    }
    fill_taps(self, &b);
    for (size_t first = 0; first < (size_t)cut->y->out; first += rows) {
        const size_t rest = (size_t)cut->y->out - first;
        b.first = (int32_t)first;
        b.rows = (int32_t)(rest < rows ? rest : rows);
        run_band(self, &b, out);
    }
done:
    tsr_free(b.taps);
    tsr_free(b.input);
    tsr_free(b.sums);
    return status;
}
