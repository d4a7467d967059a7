// SPDX-License-Identifier: Apache-2.0
// Integer convolution of a cut: gathered into the machine's layout, summed by a tile kernel, put
// back as NCHW. Zero points are taken off afterwards: sum w*(x - z) = sum w*x - z * sum w, because
// padding reads z as well.
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "fast/cut_conv.h"
#include "fast/tile_conv.h"
#include "reference/element.h"

enum { most_lanes = 16, sum_chunk = 1 << 20 };

struct tsr_cut_conv_int {
    const tsr_conv_operands *o;
    int32_t zero_point;
    bool wide;                 // int16 operands and 64-bit sums
    tsr_tile_conv shape;       // of one group, without extents
    int64_t *constant;         // owned, [out channels]: bias - zero_point * sum of weights
    void *weight;              // owned, [groups][m_groups][planes][kh][kw][tm][tn], int8 or int16
    tsr_tile_weights *packed;  // owned, [groups]; NULL when wide
};

static size_t group_weights(const tsr_tile_conv *s) {
    return (size_t)s->m_groups * (size_t)s->planes * (size_t)s->kernel_h * (size_t)s->kernel_w *
           (size_t)s->tm * (size_t)s->tn;
}

// Lanes that waste little: whole words where there are many channels, multiples of 4 else.
static int32_t choose_tn(int32_t channels) {
    const int32_t in_fours = (channels + 3) / 4 * 4;
    return in_fours <= most_lanes || channels % most_lanes == 0 || channels > 3 * most_lanes
               ? (in_fours < most_lanes ? in_fours : most_lanes)
               : 4;
}

static tsr_tile_conv shape_of(const tsr_conv_operands *o) {
    const int32_t outputs = o->weight->n / o->window->groups;
    tsr_tile_conv s = {.tm = outputs < most_lanes ? outputs : most_lanes,
                       .tn = choose_tn(o->weight->c),
                       .kernel_h = o->window->kernel_h,
                       .kernel_w = o->window->kernel_w,
                       .stride_h = o->window->stride_h,
                       .stride_w = o->window->stride_w,
                       .dilation_h = o->window->dilation_h,
                       .dilation_w = o->window->dilation_w};
    s.planes = (o->weight->c + s.tn - 1) / s.tn;
    s.m_groups = (outputs + s.tm - 1) / s.tm;
    return s;
}

/** Sum and sum of magnitudes. */
typedef struct weight_sum {
    int64_t sum, size;
} weight_sum;

static weight_sum sum_weights(const tsr_tensor *weight, size_t first, size_t count) {
    weight_sum s = {0};
    if (weight->dtype == TSR_DTYPE_I8) {
        const int8_t *w = (const int8_t *)weight->data + first;
        for (size_t at = 0; at < count; at += sum_chunk) {
            const size_t end = count - at < sum_chunk ? count : at + sum_chunk;
            int32_t sum = 0;  // 32 bits hold a chunk and let the compiler use whole vectors
            int32_t size = 0;
            for (size_t i = at; i < end; ++i) {
                sum += w[i];
                size += w[i] < 0 ? -w[i] : w[i];
            }
            s.sum += sum;
            s.size += size;
        }
        return s;
    }
    for (size_t i = first; i < first + count; ++i) {
        const int32_t w = tsr_int_at(weight, i);
        s.sum += w;
        s.size += w < 0 ? -w : w;
    }
    return s;
}

// Constants of every output channel; false when an int8 sum could leave int32 somewhere on the way
// to its end.
static bool fill_constants(const tsr_conv_operands *o, int32_t zero_point, int64_t *constant) {
    const tsr_int_range range = tsr_dtype_range(o->in->dtype);
    const int64_t above = range.hi - zero_point;
    const int64_t below = zero_point - range.lo;
    const int64_t reach = above > below ? above : below;
    const size_t count = tsr_count(o->weight) / (size_t)o->weight->n;
    bool fits = true;
    for (size_t m = 0; m < (size_t)o->weight->n; ++m) {
        const weight_sum w = sum_weights(o->weight, m * count, count);
        const int64_t bias = o->bias->data != NULL ? ((const int32_t *)o->bias->data)[m] : 0;
        constant[m] = bias - zero_point * w.sum;
        fits = fits && w.size * reach + (bias < 0 ? -bias : bias) <= INT32_MAX;
    }
    return fits;
}

// A 1x1 kernel (fully connected layers): channels are neighbours on both sides, whole words move.
static void fill_vector(const tsr_cut_conv_int *self, const int8_t *from, size_t to) {
    const size_t tn = (size_t)self->shape.tn;
    const size_t channels = (size_t)self->o->weight->c;
    int8_t *lane = (int8_t *)self->weight + to;
    for (size_t c = 0; c < channels; c += tn, lane += (size_t)self->shape.tm * tn) {
        memcpy(lane, from + c, channels - c < tn ? channels - c : tn);
    }
}

// One output channel's weights, [c][kh][kw], to its lane in [planes][kh][kw][tm][tn].
static void fill_channel(const tsr_cut_conv_int *self, size_t m, size_t to) {
    const tsr_tensor *weight = self->o->weight;
    const size_t kernel = (size_t)self->shape.kernel_h * (size_t)self->shape.kernel_w;
    const size_t tm = (size_t)self->shape.tm;
    const size_t tn = (size_t)self->shape.tn;
    size_t from = m * (size_t)weight->c * kernel;
    if (kernel == 1 && !self->wide) {
        fill_vector(self, (const int8_t *)weight->data + from, to);
        return;
    }
    for (size_t c = 0; c < (size_t)weight->c; ++c) {
        size_t at = to + c / tn * kernel * tm * tn + c % tn;
        for (size_t k = 0; k < kernel; ++k, ++from, at += tm * tn) {
            if (self->wide) {
                ((int16_t *)self->weight)[at] = (int16_t)tsr_int_at(weight, from);
            } else {
                ((int8_t *)self->weight)[at] = ((const int8_t *)weight->data)[from];
            }
        }
    }
}

// Plain [m][c][kh][kw] to the order of the weight buffer.
static void fill_weights(tsr_cut_conv_int *self) {
    const tsr_tile_conv *s = &self->shape;
    const size_t outputs = (size_t)self->o->weight->n;
    const size_t per_group = outputs / (size_t)self->o->window->groups;
    const size_t tm = (size_t)s->tm;
    const size_t one_m_group = group_weights(s) / (size_t)s->m_groups;
    for (size_t m = 0; m < outputs; ++m) {
        const size_t in_group = m % per_group;
        fill_channel(self, m,
                     m / per_group * group_weights(s) + in_group / tm * one_m_group +
                         in_group % tm * (size_t)s->tn);
    }
}

static tsr_status pack(tsr_cut_conv_int *self, tsr_isa isa, tsr_error *err) {
    const size_t groups = (size_t)self->o->window->groups;
    self->packed = tsr_alloc(groups, sizeof *self->packed);
    TSR_CHECK(self->packed != NULL, TSR_ERR_NO_MEMORY, err, NULL, "no memory for packed weights");
    for (size_t g = 0; g < groups; ++g) {
        const int8_t *weight = (const int8_t *)self->weight + g * group_weights(&self->shape);
        TSR_TRY(tsr_tile_weights_make(&self->shape, weight, isa, &self->packed[g], err));
    }
    tsr_free(self->weight);
    self->weight = NULL;
    return TSR_OK;
}

static tsr_status fill(tsr_cut_conv_int *self, tsr_isa isa, tsr_error *err) {
    const tsr_conv_operands *o = self->o;
    self->shape = shape_of(o);
    self->constant = tsr_alloc((size_t)o->weight->n, sizeof *self->constant);
    TSR_CHECK(self->constant != NULL, TSR_ERR_NO_MEMORY, err, NULL, "no memory for a convolution");
    const bool fits = fill_constants(o, self->zero_point, self->constant);
    self->wide = !fits || o->in->dtype != TSR_DTYPE_I8 || o->weight->dtype != TSR_DTYPE_I8;
    self->weight = tsr_alloc((size_t)o->window->groups * group_weights(&self->shape),
                             self->wide ? sizeof(int16_t) : sizeof(int8_t));
    TSR_CHECK(self->weight != NULL, TSR_ERR_NO_MEMORY, err, NULL, "no memory for a convolution");
    fill_weights(self);
    return self->wide ? TSR_OK : pack(self, isa, err);
}

tsr_status tsr_cut_conv_int_create(const tsr_conv_operands *o, int32_t zero_point, tsr_isa isa,
                                   tsr_cut_conv_int **layer, tsr_error *err) {
    tsr_cut_conv_int *made = tsr_alloc(1, sizeof *made);
    TSR_CHECK(made != NULL, TSR_ERR_NO_MEMORY, err, NULL, "no memory for a convolution");
    made->o = o;
    made->zero_point = zero_point;
    const tsr_status status = fill(made, isa, err);
    if (status != TSR_OK) {
        tsr_cut_conv_int_destroy(made);
        return status;
    }
    *layer = made;
    return TSR_OK;
}

void tsr_cut_conv_int_destroy(tsr_cut_conv_int *layer) {
    if (layer == NULL) {
        return;
    }
    for (int32_t g = 0; layer->packed != NULL && g < layer->o->window->groups; ++g) {
        tsr_tile_weights_free(&layer->packed[g]);
    }
    tsr_free(layer->packed);
    tsr_free(layer->weight);
    tsr_free(layer->constant);
    tsr_free(layer);
}

/** Scratch and extents of one cut. */
typedef struct int_cut {
    const tsr_cut *cut;
    tsr_tile_conv shape;
    void *input;  // owned, [planes][h][w][tn], int8 or int16
    void *acc;    // owned, [m_groups][out_h][out_w][tm], int32 or int64
} int_cut;

// One row of one channel into its lane; `from` is the row's first element.
static void gather_row(const tsr_cut_conv_int *self, const int_cut *c, size_t from, size_t to) {
    const int32_t *source = c->cut->x->source;
    const size_t tn = (size_t)c->shape.tn;
    if (!self->wide) {
        const int8_t *row = (const int8_t *)self->o->in->data + from;
        int8_t *lane = (int8_t *)c->input + to;
        const int8_t padding = (int8_t)self->zero_point;
        for (int32_t x = 0; x < c->cut->x->size; ++x, lane += tn) {
            *lane = source[x] < 0 ? padding : row[source[x]];
        }
        return;
    }
    int16_t *lane = (int16_t *)c->input + to;
    for (int32_t x = 0; x < c->cut->x->size; ++x, lane += tn) {
        *lane = (int16_t)(source[x] < 0 ? self->zero_point
                                        : tsr_int_at(self->o->in, from + (size_t)source[x]));
    }
}

static void pad_row(const tsr_cut_conv_int *self, const int_cut *c, size_t to) {
    for (int32_t x = 0; x < c->cut->x->size; ++x, to += (size_t)c->shape.tn) {
        if (self->wide) {
            ((int16_t *)c->input)[to] = (int16_t)self->zero_point;
        } else {
            ((int8_t *)c->input)[to] = (int8_t)self->zero_point;
        }
    }
}

// One channel of the padded cut into its lane.
static void gather_channel(const tsr_cut_conv_int *self, const int_cut *c, size_t channel_at,
                           size_t lane_at) {
    const size_t line = (size_t)c->shape.in_w * (size_t)c->shape.tn;
    for (int32_t y = 0; y < c->cut->y->size; ++y) {
        const int32_t row = c->cut->y->source[y];
        const size_t to = lane_at + (size_t)y * line;
        if (row < 0) {
            pad_row(self, c, to);
        } else {
            gather_row(self, c, channel_at + (size_t)row * (size_t)self->o->in->w, to);
        }
    }
}

static void gather(const tsr_cut_conv_int *self, const int_cut *c, int32_t n, int32_t group) {
    const tsr_tensor *in = self->o->in;
    const int32_t channels = self->o->weight->c;
    const size_t tn = (size_t)c->shape.tn;
    const size_t plane = (size_t)c->shape.in_h * (size_t)c->shape.in_w * tn;
    for (int32_t k = 0; k < channels; ++k) {
        gather_channel(self, c, tsr_index(in, n, group * channels + k, 0, 0),
                       (size_t)k / tn * plane + (size_t)k % tn);
    }
}

static tsr_status sum(const tsr_cut_conv_int *self, const int_cut *c, int32_t group,
                      tsr_error *err) {
    if (!self->wide) {
        return tsr_tile_conv_packed(&c->shape, c->input, &self->packed[group], c->acc, err);
    }
    const int16_t *weight =
        (const int16_t *)self->weight + (size_t)group * group_weights(&self->shape);
    return tsr_tile_conv_i16(&c->shape, c->input, weight, c->acc, err);
}

// One output channel: add what does not depend on the pixel, check, store.
static tsr_status put_channel(const tsr_cut_conv_int *self, const int_cut *c, int32_t n, int32_t m,
                              tsr_tensor *out, tsr_error *err) {
    const size_t tm = (size_t)c->shape.tm;
    const size_t in_group = (size_t)(m % (out->c / self->o->window->groups));
    const size_t pixels = (size_t)c->shape.out_h * (size_t)c->shape.out_w;
    size_t at = in_group / tm * pixels * tm + in_group % tm;
    for (int32_t y = 0; y < c->shape.out_h; ++y) {
        int32_t *row =
            (int32_t *)out->data + tsr_index(out, n, m, c->cut->y->out0 + y, c->cut->x->out0);
        for (int32_t x = 0; x < c->shape.out_w; ++x, at += tm) {
            if (!self->wide) {  // the end of the sum fits, so arithmetic modulo 2^32 is exact
                row[x] = (int32_t)((uint32_t)((const int32_t *)c->acc)[at] +
                                   (uint32_t)self->constant[m]);
                continue;
            }
            const int64_t value = ((const int64_t *)c->acc)[at] + self->constant[m];
            TSR_CHECK(value >= INT32_MIN && value <= INT32_MAX, TSR_ERR_OVERFLOW, err, NULL,
                      "sum of channel %d at row %d, column %d is %lld, beyond 32 bits", m,
                      c->cut->y->out0 + y, c->cut->x->out0 + x, (long long)value);
            row[x] = (int32_t)value;
        }
    }
    return TSR_OK;
}

static tsr_status run_group(const tsr_cut_conv_int *self, const int_cut *c, int32_t n,
                            int32_t group, tsr_tensor *out, tsr_error *err) {
    const int32_t outputs = out->c / self->o->window->groups;
    gather(self, c, n, group);
    TSR_TRY(sum(self, c, group, err));
    for (int32_t m = 0; m < outputs; ++m) {
        TSR_TRY(put_channel(self, c, n, group * outputs + m, out, err));
    }
    return TSR_OK;
}

tsr_status tsr_cut_conv_int_run(const void *layer, const tsr_cut *cut, tsr_tensor *out,
                                tsr_error *err) {
    const tsr_cut_conv_int *self = layer;
    int_cut c = {.cut = cut, .shape = self->shape};
    c.shape.in_h = cut->y->size;
    c.shape.in_w = cut->x->size;
    c.shape.out_h = cut->y->out;
    c.shape.out_w = cut->x->out;
    const size_t inputs =
        (size_t)c.shape.planes * (size_t)c.shape.in_h * (size_t)c.shape.in_w * (size_t)c.shape.tn;
    const size_t sums = (size_t)c.shape.m_groups * (size_t)c.shape.out_h * (size_t)c.shape.out_w *
                        (size_t)c.shape.tm;
    c.input = tsr_alloc(inputs, self->wide ? sizeof(int16_t) : sizeof(int8_t));
    c.acc = tsr_alloc(sums, self->wide ? sizeof(int64_t) : sizeof(int32_t));
    tsr_status status = TSR_OK;
    if (c.input == NULL || c.acc == NULL) {
        status = tsr_fail(err, TSR_ERR_NO_MEMORY, NULL, "no memory for a block's operands");
    }
    for (int32_t n = 0; n < out->n && status == TSR_OK; ++n) {
        for (int32_t g = 0; g < self->o->window->groups && status == TSR_OK; ++g) {
            status = run_group(self, &c, n, g, out, err);
        }
    }
    tsr_free(c.input);
    tsr_free(c.acc);
    return status;
}
