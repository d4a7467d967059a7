// SPDX-License-Identifier: Apache-2.0
// Block convolution against two other formulations: tap by tap (which block does a tap belong to?),
// and literally (cut, pad, convolve, concatenate with the plain operators). Grids are written out
// here again, from the authors' rule.
#include <math.h>
#include <stdlib.h>

#include <tessera/kernels.h>

#include "base/alloc.h"
#include "support/random_tensor.h"
#include "support/test.h"

static uint64_t seed = 1;

/** One axis of a blocked convolution. */
typedef struct axis {
    int32_t extent, blocks;
    int32_t edges[40];  // [blocks + 1]
    int32_t pad, stride, dilation;
} axis;

/** A random blocked convolution; tensors owned. */
typedef struct block_case {
    tsr_tensor in, weight, bias;
    tsr_window window;
    tsr_blocking blocking;
    int32_t zero_point;
} block_case;

static void block_case_free(block_case *c) {
    tsr_tensor_free(&c->in);
    tsr_tensor_free(&c->weight);
    tsr_tensor_free(&c->bias);
}

// F: multiples of the block size. H: n equal parts where n divides, else whole; ragged: edges at
// floor(i*size/n).
static axis axis_of(const tsr_blocking *b, int32_t extent, bool vertical) {
    const int32_t n = vertical ? b->h : b->w;
    axis a = {.extent = extent, .blocks = 1, .edges = {0, extent}};
    if (b->kind == TSR_BLOCKING_FIXED) {
        a.blocks = (extent + n - 1) / n;
        for (int32_t i = 0; i <= a.blocks; ++i) {
            a.edges[i] = i * n < extent ? i * n : extent;
        }
    } else if (b->kind == TSR_BLOCKING_HIERARCHICAL && (b->ragged || extent % n == 0)) {
        a.blocks = n;
        for (int32_t i = 0; i <= n; ++i) {
            a.edges[i] = i * extent / n;
        }
    }
    return a;
}

static int32_t mirrored(int32_t i, int32_t extent) {
    while (i < 0 || i >= extent) {
        i = i < 0 ? -i : 2 * (extent - 1) - i;
    }
    return i;
}

// Where tap k of output o reads on this axis: the block of input o * stride decides what is
// outside. -1 = padding.
static int32_t tap_source(const axis *a, const tsr_blocking *b, int32_t o, int32_t k) {
    int32_t block = 0;
    while (o * a->stride >= a->edges[block + 1]) {
        ++block;
    }
    const int32_t first = a->edges[block];
    const int32_t extent = a->edges[block + 1] - first;
    const int32_t local = o * a->stride - a->pad + k * a->dilation - first;
    if (local >= 0 && local < extent) {
        return first + local;
    }
    const bool border = local < 0 ? block == 0 : block == a->blocks - 1;
    tsr_pad_mode mode = b->block_padding;
    if (border && b->border_padding != TSR_PAD_SAME) {
        mode = b->border_padding;
    }
    if (mode == TSR_PAD_ZERO) {
        return -1;
    }
    return first + (mode == TSR_PAD_REFLECT ? mirrored(local, extent) : local < 0 ? 0 : extent - 1);
}

static double element(const tsr_tensor *t, int32_t n, int32_t c, int32_t y, int32_t x) {
    const int32_t i = ((n * t->c + c) * t->h + y) * t->w + x;
    if (t->dtype == TSR_DTYPE_F32) {
        return (double)((const float *)t->data)[i];
    }
    return t->dtype == TSR_DTYPE_I8 ? ((const int8_t *)t->data)[i] : ((const int32_t *)t->data)[i];
}

static double expected(const block_case *c, const axis axes[2], const int32_t at[4]) {
    const tsr_window *w = &c->window;
    const int32_t first = at[1] / (c->weight.n / w->groups) * c->weight.c;
    double sum = c->bias.data != NULL ? element(&c->bias, 0, at[1], 0, 0) : 0.0;
    for (int32_t k = 0; k < w->kernel_h * w->kernel_w; ++k) {
        const int32_t y = tap_source(&axes[0], &c->blocking, at[2], k / w->kernel_w);
        const int32_t x = tap_source(&axes[1], &c->blocking, at[3], k % w->kernel_w);
        for (int32_t i = 0; i < c->weight.c && y >= 0 && x >= 0; ++i) {
            sum += element(&c->weight, at[1], i, k / w->kernel_w, k % w->kernel_w) *
                   (element(&c->in, at[0], first + i, y, x) - c->zero_point);
        }
    }
    return sum;
}

static void assert_equals_tap_by_tap(const block_case *c, const tsr_tensor *got) {
    axis axes[2] = {axis_of(&c->blocking, c->in.h, true), axis_of(&c->blocking, c->in.w, false)};
    axes[0].pad = c->window.pad.top;
    axes[1].pad = c->window.pad.left;
    axes[0].stride = c->window.stride_h;
    axes[1].stride = c->window.stride_w;
    axes[0].dilation = c->window.dilation_h;
    axes[1].dilation = c->window.dilation_w;
    const double allowed = got->dtype == TSR_DTYPE_F32 ? 1e-3 : 0.0;  // < 100 products of size <= 1
    for (int32_t i = 0; i < got->n * got->c * got->h * got->w; ++i) {
        const int32_t at[4] = {i / (got->c * got->h * got->w), i / (got->h * got->w) % got->c,
                               i / got->w % got->h, i % got->w};
        const double want = expected(c, axes, at);
        const double value = element(got, at[0], at[1], at[2], at[3]);
        if (!(fabs(want - value) <= allowed)) {
            char text[32];
            tsr_blocking_format(&c->blocking, text, sizeof text);
            fail_msg(
                "%s on %dx%d, kernel %dx%d, stride %dx%d: output (%d,%d,%d,%d) is %g, must be "
                "%g (seed %llu)",
                text, c->in.h, c->in.w, c->window.kernel_h, c->window.kernel_w, c->window.stride_h,
                c->window.stride_w, at[0], at[1], at[2], at[3], value, want,
                (unsigned long long)seed);
        }
    }
}

// Padding that makes ceil(extent/stride) outputs, TFLite's SAME: the odd pixel goes below and to
// the right.
static void same_padding(int32_t extent, int32_t kernel, int32_t stride, int32_t dilation,
                         int32_t *low, int32_t *high) {
    const int32_t out = (extent + stride - 1) / stride;
    const int32_t total = (out - 1) * stride + dilation * (kernel - 1) + 1 - extent;
    *low = total > 0 ? total / 2 : 0;
    *high = total > 0 ? total - *low : 0;
}

static block_case random_case(tsr_rng *rng, tsr_dtype dtype, bool strided) {
    const int32_t groups = tsr_pick(rng, 1, 2);
    block_case c = {.window = {.kernel_h = tsr_pick(rng, 1, 4),
                               .kernel_w = tsr_pick(rng, 1, 4),
                               .stride_h = strided ? tsr_pick(rng, 1, 3) : 1,
                               .stride_w = strided ? tsr_pick(rng, 1, 3) : 1,
                               .dilation_h = tsr_pick(rng, 1, 2),
                               .dilation_w = tsr_pick(rng, 1, 2),
                               .groups = groups}};
    c.blocking = (tsr_blocking){.kind = (tsr_blocking_kind)tsr_pick(rng, 0, 2),
                                .block_padding = (tsr_pad_mode)tsr_pick(rng, 0, 2),
                                .border_padding = (tsr_pad_mode)tsr_pick(rng, 0, 3),
                                .ragged = tsr_pick(rng, 0, 1) == 1,
                                .true_stride = strided};
    const bool fixed = c.blocking.kind == TSR_BLOCKING_FIXED;
    c.blocking.h = fixed ? tsr_pick(rng, 3, 9) : tsr_pick(rng, 1, 4);
    c.blocking.w = fixed ? tsr_pick(rng, 3, 9) : tsr_pick(rng, 1, 4);
    const int32_t in_shape[4] = {tsr_pick(rng, 1, 2), groups * tsr_pick(rng, 1, 3),
                                 tsr_pick(rng, 4, 20), tsr_pick(rng, 4, 20)};
    const int32_t w_shape[4] = {groups * tsr_pick(rng, 1, 3), in_shape[1] / groups,
                                c.window.kernel_h, c.window.kernel_w};
    const int32_t b_shape[4] = {1, w_shape[0], 1, 1};
    tsr_side_pad *pad = &c.window.pad;
    same_padding(in_shape[2], c.window.kernel_h, c.window.stride_h, c.window.dilation_h, &pad->top,
                 &pad->bottom);
    same_padding(in_shape[3], c.window.kernel_w, c.window.stride_w, c.window.dilation_w, &pad->left,
                 &pad->right);
    c.in = random_tensor(rng, dtype, in_shape, true);
    c.weight = random_tensor(rng, dtype, w_shape, true);
    c.bias = random_tensor(rng, dtype == TSR_DTYPE_F32 ? dtype : TSR_DTYPE_I32, b_shape, false);
    c.zero_point = dtype == TSR_DTYPE_F32 ? 0 : tsr_pick(rng, -128, 127);
    return c;
}

static tsr_status run(const block_case *c, const char *where, bool fast, tsr_tensor *out,
                      tsr_error *err) {
    if (c->in.dtype == TSR_DTYPE_F32) {
        return tsr_block_conv_f32(&c->in, &c->weight, &c->bias, &c->window, &c->blocking, where,
                                  fast, out, err);
    }
    return tsr_block_conv_int(&c->in, c->zero_point, &c->weight, &c->bias, &c->window, &c->blocking,
                              where, fast, out, err);
}

// Shapes that cannot be blocked are refused by both kernels; at least half of the cases must be
// possible.
static void equals_tap_by_tap(tsr_dtype dtype, bool strided) {
    enum { cases = 400 };

    tsr_rng rng = {seed};
    int done = 0;
    for (int i = 0; i < cases; ++i) {
        block_case c = random_case(&rng, dtype, strided);
        tsr_error err = {0};
        tsr_tensor plain = {0};
        tsr_tensor fast = {0};
        const tsr_status status = run(&c, "layer", false, &plain, &err);
        assert_int_equal(run(&c, "layer", true, &fast, &err), status);
        if (status == TSR_OK) {
            ++done;
            assert_int_equal(plain.h, (c.in.h + c.window.stride_h - 1) / c.window.stride_h);
            assert_int_equal(plain.w, (c.in.w + c.window.stride_w - 1) / c.window.stride_w);
            assert_equals_tap_by_tap(&c, &plain);
            assert_equals_tap_by_tap(&c, &fast);
        } else {
            assert_int_equal(status, TSR_ERR_SHAPE);
            assert_non_null(strstr(err.where, "layer"));
        }
        tsr_tensor_free(&plain);
        tsr_tensor_free(&fast);
        block_case_free(&c);
    }
    print_message("%d of %d random shapes were possible\n", done, (int)cases);
    assert_true(done >= cases / 2);
}

static void float_blocks_equal_the_tap_by_tap_sum(void **state) {
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    equals_tap_by_tap(TSR_DTYPE_F32, false);
}

static void integer_blocks_equal_the_tap_by_tap_sum(void **state) {
    (void)state;
    equals_tap_by_tap(TSR_DTYPE_I8, false);
}

static void true_strides_equal_the_tap_by_tap_sum(void **state) {
    (void)state;
    equals_tap_by_tap(TSR_DTYPE_F32, true);
    equals_tap_by_tap(TSR_DTYPE_I8, true);
}

static tsr_tensor cut_out(const tsr_tensor *in, int32_t y0, int32_t x0, int32_t h, int32_t w) {
    tsr_tensor out = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_create(&out, TSR_DTYPE_F32, in->n, in->c, h, w, &err), err);
    for (int32_t p = 0; p < in->n * in->c; ++p) {
        for (int32_t y = 0; y < h; ++y) {
            memcpy((float *)out.data + (p * h + y) * w,
                   (const float *)in->data + (p * in->h + y0 + y) * in->w + x0,
                   (size_t)w * sizeof(float));
        }
    }
    return out;
}

// Cut, pad with the plain operator, convolve without padding, compare with the same place of the
// blocked result.
static void assert_block_is_cut_padded_and_convolved(const block_case *c, const tsr_tensor *blocked,
                                                     int32_t y0, int32_t x0, int32_t edge) {
    tsr_error err = {0};
    tsr_side_pad pad = c->window.pad;
    pad.mode_top = pad.mode_left = pad.mode_bottom = pad.mode_right = c->blocking.block_padding;
    tsr_window plain = c->window;
    plain.pad = (tsr_side_pad){0};
    tsr_tensor block = cut_out(&c->in, y0, x0, edge, edge);
    tsr_tensor padded = {0};
    tsr_tensor want = {0};
    assert_ok(tsr_ref_pad(&block, &pad, 0.0, &padded, &err), err);
    assert_ok(tsr_ref_conv_f32(&padded, &c->weight, &c->bias, &plain, &want, &err), err);
    tsr_tensor got = cut_out(blocked, y0, x0, edge, edge);
    assert_memory_equal(got.data, want.data, want.bytes);
    tsr_tensor_free(&block);
    tsr_tensor_free(&padded);
    tsr_tensor_free(&want);
    tsr_tensor_free(&got);
}

static void every_block_is_cut_padded_and_convolved_by_itself(void **state) {
    (void)state;
    tsr_rng rng = {seed};
    static const char *const texts[] = {"F4", "H3x3"};
    for (int i = 0; i < 6; ++i) {
        block_case c = {
            .window = {3, 3, 1, 1, 1, 1, 1, {.top = 1, .left = 1, .bottom = 1, .right = 1}}};
        c.in = random_tensor(&rng, TSR_DTYPE_F32, (const int32_t[4]){2, 3, 12, 12}, false);
        c.weight = random_tensor(&rng, TSR_DTYPE_F32, (const int32_t[4]){2, 3, 3, 3}, false);
        tsr_error err = {0};
        assert_ok(tsr_blocking_parse(texts[i % 2], &c.blocking, &err), err);
        c.blocking.block_padding = (tsr_pad_mode)(i / 2);
        c.blocking.border_padding = TSR_PAD_SAME;
        tsr_tensor blocked = {0};
        assert_ok(run(&c, NULL, false, &blocked, &err), err);
        for (int32_t k = 0; k < 9; ++k) {
            assert_block_is_cut_padded_and_convolved(&c, &blocked, k / 3 * 4, k % 3 * 4, 4);
        }
        tsr_tensor_free(&blocked);
        block_case_free(&c);
    }
}

static block_case fixed_case(int32_t h, int32_t w, int32_t kernel, int32_t pad,
                             const char *blocking, tsr_dtype dtype) {
    tsr_rng rng = {seed};
    block_case c = {
        .window = {
            kernel, kernel, 1, 1, 1, 1, 1, {.top = pad, .left = pad, .bottom = pad, .right = pad}}};
    c.in = random_tensor(&rng, dtype, (const int32_t[4]){1, 2, h, w}, false);
    c.weight = random_tensor(&rng, dtype, (const int32_t[4]){2, 2, kernel, kernel}, false);
    tsr_error err = {0};
    assert_ok(tsr_blocking_parse(blocking, &c.blocking, &err), err);
    c.blocking.border_padding = TSR_PAD_SAME;
    return c;
}

// blockconv.md 1.1: a dimension that n does not divide is left whole, decided independently of the
// other one.
static void hierarchical_axis_that_does_not_divide_stays_whole(void **state) {
    (void)state;
    block_case c = fixed_case(9, 12, 3, 1, "H2x2", TSR_DTYPE_F32);
    tsr_error err = {0};
    tsr_tensor got = {0};
    tsr_tensor want = {0};
    assert_ok(run(&c, NULL, false, &got, &err), err);
    c.blocking.h = 1;
    assert_ok(run(&c, NULL, false, &want, &err), err);
    assert_memory_equal(got.data, want.data, want.bytes);
    tsr_tensor_free(&got);
    tsr_tensor_free(&want);
    block_case_free(&c);
}

// blockconv.md 1.2.3: stride 1 and a 2x2 stride-2 max pool of the reassembled map, blocked or not.
static void declared_stride_of_two_is_stride_one_and_a_max_pool(void **state) {
    (void)state;
    static const char *const texts[] = {"none", "F4", "H4x4"};
    static const tsr_window halve = {2, 2, 2, 2, 1, 1, 1, {0}};
    for (size_t i = 0; i < 3; ++i) {
        for (int32_t stride_w = 1; stride_w <= 2;
             ++stride_w) {  // only the vertical one is looked at
            block_case c = fixed_case(12, 12, 3, 1, texts[i], TSR_DTYPE_F32);
            tsr_error err = {0};
            tsr_tensor whole = {0};
            tsr_tensor want = {0};
            tsr_tensor got = {0};
            assert_ok(run(&c, NULL, false, &whole, &err), err);
            assert_ok(tsr_ref_max_pool(&whole, &halve, &want, &err), err);
            c.window.stride_h = 2;
            c.window.stride_w = stride_w;
            assert_ok(run(&c, NULL, false, &got, &err), err);
            assert_int_equal(got.h, 6);
            assert_memory_equal(got.data, want.data, want.bytes);
            tsr_tensor_free(&whole);
            tsr_tensor_free(&want);
            tsr_tensor_free(&got);
            block_case_free(&c);
        }
    }
}

static void integer_stride_of_two_gives_the_stride_one_sums(void **state) {
    (void)state;
    block_case c = fixed_case(8, 8, 3, 1, "F4", TSR_DTYPE_I8);
    tsr_error err = {0};
    tsr_tensor want = {0};
    tsr_tensor got = {0};
    assert_ok(run(&c, NULL, true, &want, &err), err);
    c.window.stride_h = c.window.stride_w = 2;
    assert_ok(run(&c, NULL, true, &got, &err), err);
    assert_int_equal(got.h, 8);
    assert_memory_equal(got.data, want.data, want.bytes);
    tsr_tensor_free(&want);
    tsr_tensor_free(&got);
    block_case_free(&c);
}

static void assert_refused(const block_case *c, tsr_status status, const char *text) {
    for (int fast = 0; fast < 2; ++fast) {
        tsr_error err = {0};
        tsr_tensor out = {0};
        assert_int_equal(run(c, "conv4_2", fast == 1, &out, &err), status);
        assert_non_null(strstr(err.where, "conv4_2"));
        if (strstr(err.message, text) == NULL) {
            fail_msg("message \"%s\" does not say \"%s\"", err.message, text);
        }
        assert_null(out.data);
    }
}

static void refused(block_case c, tsr_status status, const char *text) {
    assert_refused(&c, status, text);
    block_case_free(&c);
}

static block_case with_stride(block_case c, int32_t h, int32_t w) {
    c.window.stride_h = h;
    c.window.stride_w = w;
    return c;
}

static block_case with_padding(block_case c, tsr_pad_mode mode) {
    c.blocking.block_padding = mode;
    return c;
}

static void what_the_authors_code_cannot_do_is_refused_by_layer(void **state) {
    (void)state;
    const tsr_dtype f = TSR_DTYPE_F32;
    // blockconv.md 1.1: F that does not divide the map
    refused(fixed_case(10, 10, 3, 1, "F4", f), TSR_ERR_SHAPE, "10");
    // 1.2.2: not size-preserving
    refused(fixed_case(8, 8, 3, 0, "F4", f), TSR_ERR_SHAPE, "tiled back");
    refused(fixed_case(8, 8, 3, 2, "H2x2", f), TSR_ERR_SHAPE, "tiled back");
    // 1.2.3: strides that the authors' code silently ignores
    refused(with_stride(fixed_case(8, 8, 3, 1, "F4", f), 3, 3), TSR_ERR_UNSUPPORTED, "3x3");
    refused(with_stride(fixed_case(8, 8, 3, 1, "none", f), 4, 4), TSR_ERR_UNSUPPORTED, "4x4");
    refused(with_stride(fixed_case(8, 8, 3, 1, "none", f), 1, 2), TSR_ERR_UNSUPPORTED, "1x2");
    refused(with_stride(fixed_case(8, 8, 3, 1, "none", f), 2, 3), TSR_ERR_UNSUPPORTED, "2x3");
    // 1.2.4: reflect needs a block larger than the padding
    refused(with_padding(fixed_case(8, 8, 5, 2, "F2", f), TSR_PAD_REFLECT), TSR_ERR_SHAPE,
            "reflect");
    refused(with_padding(fixed_case(8, 8, 3, 1, "F1", f), TSR_PAD_REFLECT), TSR_ERR_SHAPE,
            "reflect");
    // a stride of 2 on one row leaves nothing for the pool
    refused(with_stride(fixed_case(1, 8, 1, 0, "none", f), 2, 2), TSR_ERR_SHAPE, "does not fit");
}

static void wrong_operands_are_refused_by_layer(void **state) {
    (void)state;
    block_case c = fixed_case(8, 8, 3, 1, "F4", TSR_DTYPE_I8);
    c.zero_point = 200;
    assert_refused(&c, TSR_ERR_CONFIG, "zero point");
    c.zero_point = 0;
    c.window.groups = 3;
    assert_refused(&c, TSR_ERR_SHAPE, "groups");
    c.window.groups = 1;
    c.window.kernel_h = 5;
    assert_refused(&c, TSR_ERR_SHAPE, "weight is 2x2x3x3, must be 2x2x5x3");
    c.window.kernel_h = 3;
    c.window.pad.left = -1;
    assert_refused(&c, TSR_ERR_CONFIG, "padding left is -1");
    block_case_free(&c);
}

// The unblocked path has no size limit (1.2.2), and reflects as far as the map allows.
static void unblocked_convolution_may_change_the_size(void **state) {
    (void)state;
    block_case c = fixed_case(8, 8, 3, 0, "none", TSR_DTYPE_F32);
    tsr_error err = {0};
    tsr_tensor out = {0};
    assert_ok(run(&c, NULL, true, &out, &err), err);
    assert_int_equal(out.h, 6);
    tsr_tensor_free(&out);
    block_case_free(&c);
}

static void every_failing_allocation_is_survived(void **state) {
    (void)state;
    for (int i = 0; i < 4; ++i) {
        block_case c = fixed_case(6, 6, 3, 1, "F3", i % 2 == 0 ? TSR_DTYPE_F32 : TSR_DTYPE_I8);
        c.window.stride_h = 2;  // the float form pools as well
        tsr_status status = TSR_ERR_NO_MEMORY;
        for (uint64_t k = 1; status == TSR_ERR_NO_MEMORY; ++k) {
            tsr_tensor out = {0};
            tsr_error err = {0};
            tsr_alloc_fail_at(k);
            status = run(&c, NULL, i >= 2, &out, &err);
            tsr_alloc_fail_at(0);
            assert_true(status == TSR_OK || (status == TSR_ERR_NO_MEMORY && out.data == NULL));
            tsr_tensor_free(&out);
        }
        assert_int_equal(status, TSR_OK);
        block_case_free(&c);
    }
}

int main(int argc, char **argv) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : seed;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(float_blocks_equal_the_tap_by_tap_sum),
        cmocka_unit_test(integer_blocks_equal_the_tap_by_tap_sum),
        cmocka_unit_test(true_strides_equal_the_tap_by_tap_sum),
        cmocka_unit_test(every_block_is_cut_padded_and_convolved_by_itself),
        cmocka_unit_test(hierarchical_axis_that_does_not_divide_stays_whole),
        cmocka_unit_test(declared_stride_of_two_is_stride_one_and_a_max_pool),
        cmocka_unit_test(integer_stride_of_two_gives_the_stride_one_sums),
        cmocka_unit_test(what_the_authors_code_cannot_do_is_refused_by_layer),
        cmocka_unit_test(wrong_operands_are_refused_by_layer),
        cmocka_unit_test(unblocked_convolution_may_change_the_size),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
