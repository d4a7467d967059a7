// SPDX-License-Identifier: Apache-2.0
// Reference operators on operands small enough to check by hand, and everything they refuse.
#include <math.h>

#include <tessera/kernels.h>

#include "base/alloc.h"
#include "support/test.h"

static tsr_tensor view(tsr_dtype dtype, int32_t n, int32_t c, int32_t h, int32_t w, void *data) {
    const size_t count = (size_t)n * (size_t)c * (size_t)h * (size_t)w;
    return (tsr_tensor){.dtype = dtype,
                        .n = n,
                        .c = c,
                        .h = h,
                        .w = w,
                        .channel_block = 1,
                        .bytes = count * tsr_dtype_bytes(dtype),
                        .data = data};
}

static tsr_tensor floats(int32_t n, int32_t c, int32_t h, int32_t w, float *data) {
    return view(TSR_DTYPE_F32, n, c, h, w, data);
}

static void assert_floats(tsr_tensor *t, const float *want, size_t count) {
    assert_int_equal(t->bytes, count * sizeof(float));
    assert_memory_equal(t->data, want, t->bytes);
    tsr_tensor_free(t);
}

static void assert_bytes(tsr_tensor *t, const int8_t *want, size_t count) {
    assert_int_equal(t->bytes, count);
    assert_memory_equal(t->data, want, count);
    tsr_tensor_free(t);
}

static const tsr_tensor none = {0};
static const tsr_window pool_2x2 = {2, 2, 2, 2, 1, 1, 1, {0}};

// floor((in + pad - dilation*(kernel-1) - 1)/stride) + 1
static void output_extent_follows_the_formula(void **state) {
    (void)state;
    assert_int_equal(tsr_window_out(224, 2, 3, 1, 1), 224);
    assert_int_equal(tsr_window_out(224, 6, 7, 2, 1), 112);
    assert_int_equal(tsr_window_out(7, 0, 3, 2, 2), 2);  // (7 - 4 - 1)/2 + 1
    assert_int_equal(tsr_window_out(3, 0, 3, 5, 1), 1);
    assert_true(tsr_window_out(2, 0, 3, 1, 1) < 1);
    assert_true(tsr_window_out(INT32_MAX, 0, INT32_MAX, 1, INT32_MAX) < 1);
    assert_int_equal(tsr_window_out(INT32_MAX, INT32_MAX, 1, 1, 1), INT32_MAX);
    assert_true(tsr_window_out(4, 0, 1, 0, 1) < 1);
}

static void padding_index_follows_its_mode_on_each_side(void **state) {
    (void)state;
    static const tsr_pad_mode zero = TSR_PAD_ZERO;
    static const tsr_pad_mode edge = TSR_PAD_REPLICATE;
    static const tsr_pad_mode mirror = TSR_PAD_REFLECT;
    assert_int_equal(tsr_pad_index(2, 4, zero, zero), 2);
    assert_int_equal(tsr_pad_index(-1, 4, zero, edge), -1);
    assert_int_equal(tsr_pad_index(4, 4, zero, edge), 3);
    assert_int_equal(tsr_pad_index(-3, 4, edge, zero), 0);
    assert_int_equal(tsr_pad_index(4, 4, edge, zero), -1);
    assert_int_equal(tsr_pad_index(-3, 4, mirror, mirror), 3);  // 3 2 1 | 0 1 2 3 | 2 1 0
    assert_int_equal(tsr_pad_index(4, 4, mirror, mirror), 2);
    assert_int_equal(tsr_pad_index(6, 4, mirror, mirror), 0);
}

// Rows {1 2 3 4}; window 1x3, dilation 2, pad 2 left (replicate): taps -2 0 2, -1 1 3 with weights
// 1 10 100, bias 0.5.
static void convolution_reads_dilated_taps_and_padding(void **state) {
    (void)state;
    float x[4] = {1, 2, 3, 4};
    float w[3] = {1, 10, 100};
    float b[1] = {0.5F};
    const tsr_tensor in = floats(1, 1, 1, 4, x);
    const tsr_tensor weight = floats(1, 1, 1, 3, w);
    const tsr_tensor bias = floats(1, 1, 1, 1, b);
    tsr_window window = {1, 3, 1, 1, 1, 2, 1, {.left = 2, .mode_left = TSR_PAD_REPLICATE}};
    tsr_error err = {0};
    tsr_tensor out = {0};
    assert_ok(tsr_ref_conv_f32(&in, &weight, &bias, &window, &out, &err), err);
    assert_floats(&out, (const float[]){1 + 10 + 300 + 0.5F, 1 + 20 + 400 + 0.5F}, 2);
    window.pad.mode_left = TSR_PAD_ZERO;
    assert_ok(tsr_ref_conv_f32(&in, &weight, &none, &window, &out, &err), err);
    assert_floats(&out, (const float[]){10 + 300, 20 + 400}, 2);
}

// Two groups of two channels: output 0 sees channels 0 and 1 only, output 1 channels 2 and 3.
static void groups_keep_channels_apart(void **state) {
    (void)state;
    int8_t x[4] = {1, 2, 3, 4};
    int8_t w[4] = {10, 20, 30, 40};
    const tsr_tensor in = view(TSR_DTYPE_I8, 1, 4, 1, 1, x);
    const tsr_tensor weight = view(TSR_DTYPE_I8, 2, 2, 1, 1, w);
    const tsr_window window = {1, 1, 1, 1, 1, 1, 2, {0}};
    tsr_error err = {0};
    tsr_tensor acc = {0};
    assert_ok(tsr_ref_conv_int(&in, 1, &weight, &none, &window, &acc, &err), err);
    assert_int_equal(((const int32_t *)acc.data)[0], 0 * 10 + 1 * 20);
    assert_int_equal(((const int32_t *)acc.data)[1], 2 * 30 + 3 * 40);
    tsr_tensor_free(&acc);
}

// 32767*32767*3 = 3221028867 > 2^31 - 1; one product and a bias of 2^30 fits: 1073676289 +
// 1073741824 = 2147418113.
static void sums_beyond_32_bits_are_refused_not_wrapped(void **state) {
    (void)state;
    int16_t x[3] = {INT16_MAX, INT16_MAX, INT16_MAX};
    int16_t w[3] = {INT16_MAX, INT16_MAX, INT16_MAX};
    int32_t b[1] = {1 << 30};
    const tsr_tensor in = view(TSR_DTYPE_I16, 1, 3, 1, 1, x);
    const tsr_tensor weight = view(TSR_DTYPE_I16, 1, 3, 1, 1, w);
    const tsr_tensor bias = view(TSR_DTYPE_I32, 1, 1, 1, 1, b);
    const tsr_window window = {1, 1, 1, 1, 1, 1, 1, {0}};
    tsr_error err = {0};
    tsr_tensor acc = {0};
    assert_int_equal(tsr_ref_conv_int(&in, 0, &weight, &none, &window, &acc, &err),
                     TSR_ERR_OVERFLOW);
    assert_non_null(strstr(err.message, "3221028867"));
    assert_null(acc.data);
    w[1] = w[2] = 0;
    assert_ok(tsr_ref_conv_int(&in, 0, &weight, &bias, &window, &acc, &err), err);
    assert_int_equal(((const int32_t *)acc.data)[0], 2147418113);
    tsr_tensor_free(&acc);
}

static void maximum_ignores_padding_even_when_all_values_are_negative(void **state) {
    (void)state;
    int8_t x[4] = {-5, -128, -7, -3};
    const tsr_tensor in = view(TSR_DTYPE_I8, 1, 1, 2, 2, x);
    tsr_window window = pool_2x2;
    window.pad = (tsr_side_pad){.top = 1, .left = 1, .bottom = 1, .right = 1};
    tsr_error err = {0};
    tsr_tensor out = {0};
    assert_ok(tsr_ref_max_pool(&in, &window, &out, &err), err);
    assert_bytes(&out, (const int8_t[]){-5, -128, -7, -3}, 4);
    window.pad.top = window.pad.left = 2;  // the first window holds padding only
    assert_int_equal(tsr_ref_max_pool(&in, &window, &out, &err), TSR_ERR_SHAPE);
    assert_non_null(strstr(err.message, "padding only"));
}

static void maximum_drops_the_odd_row_and_column(void **state) {
    (void)state;
    float x[9] = {1, 2, 90, 3, 4, 91, 92, 93, 94};
    const tsr_tensor in = floats(1, 1, 3, 3, x);
    tsr_error err = {0};
    tsr_tensor out = {0};
    assert_ok(tsr_ref_max_pool(&in, &pool_2x2, &out, &err), err);
    assert_floats(&out, (const float[]){4}, 1);
}

// Sums 6/4 = 1.5, 10/4 = 2.5, -6/4 = -1.5, -10/4 = -2.5, -7/4 = -1.75.
static void integer_average_rounds_under_every_rule(void **state) {
    (void)state;
    int8_t x[20] = {1, 2, 1, 2, 2, 3, 2, 3, -1, -2, -1, -2, -2, -3, -2, -3, -1, -2, -2, -2};
    static const int8_t want[TSR_ROUNDING_COUNT][5] = {
        [TSR_ROUND_HALF_UP] = {2, 3, -1, -2, -2},   [TSR_ROUND_HALF_AWAY] = {2, 3, -2, -3, -2},
        [TSR_ROUND_HALF_EVEN] = {2, 2, -2, -2, -2}, [TSR_ROUND_FLOOR] = {1, 2, -2, -3, -2},
        [TSR_ROUND_DOUBLE] = {2, 3, -2, -3, -2},
    };
    const tsr_tensor in = view(TSR_DTYPE_I8, 1, 5, 2, 2, x);
    for (int r = 0; r < TSR_ROUNDING_COUNT; ++r) {
        tsr_error err = {0};
        tsr_tensor out = {0};
        assert_ok(tsr_ref_average_pool(&in, &pool_2x2, false, (tsr_rounding)r, &out, &err), err);
        assert_bytes(&out, want[r], 5);
    }
}

// {1 2 / 3 4} padded by one on all sides, 2x2 windows at stride 2: each holds one real element.
static void average_divides_by_real_elements_or_by_the_window(void **state) {
    (void)state;
    float x[4] = {1, 2, 3, 4};
    const tsr_tensor in = floats(1, 1, 2, 2, x);
    tsr_window window = pool_2x2;
    window.pad = (tsr_side_pad){.top = 1, .left = 1, .bottom = 1, .right = 1};
    tsr_error err = {0};
    tsr_tensor out = {0};
    assert_ok(tsr_ref_average_pool(&in, &window, false, TSR_ROUND_HALF_UP, &out, &err), err);
    assert_floats(&out, (const float[]){1, 2, 3, 4}, 4);
    assert_ok(tsr_ref_average_pool(&in, &window, true, TSR_ROUND_HALF_UP, &out, &err), err);
    assert_floats(&out, (const float[]){0.25F, 0.5F, 0.75F, 1}, 4);
}

static void impossible_averages_are_refused(void **state) {
    (void)state;
    int32_t x[4] = {0};
    tsr_tensor in = view(TSR_DTYPE_I32, 1, 1, 2, 2, x);
    tsr_error err = {0};
    tsr_tensor out = {0};
    assert_int_equal(tsr_ref_average_pool(&in, &pool_2x2, false, TSR_ROUND_FLOOR, &out, &err),
                     TSR_ERR_UNSUPPORTED);
    in.dtype = TSR_DTYPE_I8;
    assert_int_equal(tsr_ref_average_pool(&in, &pool_2x2, true, TSR_ROUND_FLOOR, &out, &err),
                     TSR_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "float32 only"));
    tsr_window window = pool_2x2;
    window.pad.top = 2;
    assert_int_equal(tsr_ref_average_pool(&in, &window, false, TSR_ROUND_FLOOR, &out, &err),
                     TSR_ERR_SHAPE);
}

static void elementwise_operators_do_what_they_say(void **state) {
    (void)state;
    float x[4] = {-1, 0.5F, 6, 7};
    float y[4] = {10, 20, 30, 40};
    const tsr_tensor a = floats(1, 2, 1, 2, x);
    const tsr_tensor b = floats(1, 2, 1, 2, y);
    tsr_error err = {0};
    tsr_tensor out = {0};
    assert_ok(tsr_ref_clip_f32(&a, 0, 6, &out, &err), err);
    assert_floats(&out, (const float[]){0, 0.5F, 6, 6}, 4);
    assert_ok(tsr_ref_add_f32(&a, &b, &out, &err), err);
    assert_floats(&out, (const float[]){9, 20.5F, 36, 47}, 4);
    assert_int_equal(tsr_ref_clip_f32(&a, 1, 0, &out, &err), TSR_ERR_CONFIG);
    const tsr_tensor other = floats(1, 1, 2, 2, y);
    assert_int_equal(tsr_ref_add_f32(&a, &other, &out, &err), TSR_ERR_SHAPE);
    assert_non_null(strstr(err.message, "1x2x1x2 and 1x1x2x2"));
}

static void concatenation_goes_channel_after_channel_in_every_batch_entry(void **state) {
    (void)state;
    int8_t x[4] = {1, 2, 3, 4};
    int8_t y[8] = {10, 20, 30, 40, 50, 60, 70, 80};
    const tsr_tensor a = view(TSR_DTYPE_I8, 2, 1, 1, 2, x);
    const tsr_tensor b = view(TSR_DTYPE_I8, 2, 2, 1, 2, y);
    const tsr_tensor *both[2] = {&a, &b};
    tsr_error err = {0};
    tsr_tensor out = {0};
    assert_ok(tsr_ref_concat(both, 2, &out, &err), err);
    assert_int_equal(out.c, 3);
    assert_bytes(&out, (const int8_t[]){1, 2, 10, 20, 30, 40, 3, 4, 50, 60, 70, 80}, 12);
    const tsr_tensor narrow = view(TSR_DTYPE_I8, 2, 2, 2, 1, y);
    both[1] = &narrow;
    assert_int_equal(tsr_ref_concat(both, 2, &out, &err), TSR_ERR_SHAPE);
    assert_int_equal(tsr_ref_concat(both, 0, &out, &err), TSR_ERR_SHAPE);
}

static void fully_connected_sees_channels_then_rows_then_columns(void **state) {
    (void)state;
    float x[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    float w[8] = {1, 10, 100, 1000, 0, 0, 0, 1};
    float bias_values[2] = {0.5F, -1};
    const tsr_tensor in = floats(2, 2, 2, 1, x);
    const tsr_tensor weight = floats(2, 4, 1, 1, w);
    const tsr_tensor bias = floats(1, 2, 1, 1, bias_values);
    tsr_error err = {0};
    tsr_tensor out = {0};
    assert_ok(tsr_ref_gemm_f32(&in, &weight, &bias, &out, &err), err);
    assert_floats(&out, (const float[]){4321.5F, 3, 8765.5F, 7}, 4);
    const tsr_tensor short_weight = floats(2, 3, 1, 1, w);
    assert_int_equal(tsr_ref_gemm_f32(&in, &short_weight, &none, &out, &err), TSR_ERR_SHAPE);
    assert_non_null(strstr(err.message, "must be 2x4x1x1"));
    assert_int_equal(tsr_ref_gemm_f32(&in, &weight, &weight, &out, &err), TSR_ERR_SHAPE);
}

static void moves_put_every_element_where_it_belongs(void **state) {
    (void)state;
    int8_t x[4] = {1, 2, 3, 4};
    const tsr_tensor map = view(TSR_DTYPE_I8, 1, 1, 2, 2, x);
    const tsr_tensor deep = view(TSR_DTYPE_I8, 1, 4, 1, 1, x);
    tsr_error err = {0};
    tsr_tensor out = {0};
    assert_ok(tsr_ref_upsample(&map, 2, &out, &err), err);
    assert_bytes(&out, (const int8_t[]){1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}, 16);
    assert_ok(tsr_ref_pixel_shuffle(&deep, 2, &out, &err), err);
    assert_int_equal(out.h, 2);
    assert_bytes(&out, (const int8_t[]){1, 2, 3, 4}, 4);
    assert_int_equal(tsr_ref_pixel_shuffle(&map, 2, &out, &err), TSR_ERR_SHAPE);
    assert_int_equal(tsr_ref_pixel_shuffle(&map, 0, &out, &err), TSR_ERR_CONFIG);
    assert_int_equal(tsr_ref_upsample(&map, 0, &out, &err), TSR_ERR_CONFIG);
    assert_int_equal(tsr_ref_upsample(&map, INT32_MAX, &out, &err), TSR_ERR_CONFIG);
}

// {1 2 / 3 4}: above value 9, below replicated, left mirrored, right value 9; the value wins where
// sides meet.
static void every_side_is_padded_in_its_own_mode(void **state) {
    (void)state;
    int16_t x[4] = {1, 2, 3, 4};
    const tsr_tensor in = view(TSR_DTYPE_I16, 1, 1, 2, 2, x);
    const tsr_side_pad pad = {.top = 1,
                              .left = 1,
                              .bottom = 1,
                              .right = 1,
                              .mode_bottom = TSR_PAD_REPLICATE,
                              .mode_left = TSR_PAD_REFLECT};
    static const int16_t want[16] = {9, 9, 9, 9, 2, 1, 2, 9, 4, 3, 4, 9, 4, 3, 4, 9};
    tsr_error err = {0};
    tsr_tensor out = {0};
    assert_ok(tsr_ref_pad(&in, &pad, 9, &out, &err), err);
    assert_int_equal(out.bytes, sizeof want);
    assert_memory_equal(out.data, want, sizeof want);
    tsr_tensor_free(&out);
    assert_int_equal(tsr_ref_pad(&in, &pad, 0.5, &out, &err), TSR_ERR_CONFIG);
    assert_int_equal(tsr_ref_pad(&in, &pad, 40000, &out, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "[-32768, 32767]"));
}

static void assert_window_refused(tsr_window window, tsr_status status, const char *text) {
    float x[12] = {0};
    float w[4] = {0};
    const tsr_tensor in = floats(1, 1, 3, 4, x);
    const tsr_tensor weight = floats(1, 1, window.kernel_h > 0 ? window.kernel_h : 1,
                                     window.kernel_w > 0 ? window.kernel_w : 1, w);
    tsr_error err = {0};
    tsr_tensor out = {0};
    assert_int_equal(tsr_ref_max_pool(&in, &window, &out, &err), status);
    if (strstr(err.message, text) == NULL) {
        fail_msg("message \"%s\" does not say \"%s\"", err.message, text);
    }
    const tsr_status conv = tsr_ref_conv_f32(&in, &weight, &none, &window, &out, &err);
    assert_true(conv == status || conv == TSR_ERR_SHAPE);
    assert_int_equal(tsr_fast_conv_f32(&in, &weight, &none, &window, &out, &err), conv);
    assert_null(out.data);
}

static void illegal_windows_are_refused(void **state) {
    (void)state;
    const tsr_window good = {2, 2, 1, 1, 1, 1, 1, {0}};
    tsr_window bad = good;
    bad.kernel_h = 0;
    assert_window_refused(bad, TSR_ERR_CONFIG, "vertical kernel 0");
    bad = good;
    bad.stride_w = -1;
    assert_window_refused(bad, TSR_ERR_CONFIG, "stride -1");
    bad = good;
    bad.dilation_h = 9;
    assert_window_refused(bad, TSR_ERR_SHAPE, "does not fit");
    bad = good;
    bad.pad.right = -2;
    assert_window_refused(bad, TSR_ERR_CONFIG, "padding right is -2");
    bad = good;
    bad.pad.mode_top = TSR_PAD_SAME;
    assert_window_refused(bad, TSR_ERR_CONFIG, "zero, replicate or reflect");
    bad = good;
    bad.pad = (tsr_side_pad){.bottom = 3, .mode_bottom = TSR_PAD_REFLECT};
    assert_window_refused(bad, TSR_ERR_SHAPE, "smaller than the extent 3");
    bad = good;
    bad.pad.top = INT32_MAX;
    assert_window_refused(bad, TSR_ERR_OVERFLOW, "too large");
}

static void wrong_operands_are_refused(void **state) {
    (void)state;
    float x[8] = {0};
    tsr_tensor in = floats(1, 2, 2, 2, x);
    const tsr_tensor weight = floats(2, 2, 1, 1, x);
    const tsr_window window = {1, 1, 1, 1, 1, 1, 1, {0}};
    tsr_error err = {0};
    tsr_tensor out = {0};
    assert_int_equal(tsr_ref_conv_int(&in, 0, &weight, &none, &window, &out, &err), TSR_ERR_SHAPE);
    assert_non_null(strstr(err.message, "int8, uint8 or int16"));
    assert_int_equal(tsr_ref_conv_f32(&in, &weight, &weight, &window, &out, &err), TSR_ERR_SHAPE);
    assert_non_null(strstr(err.message, "must be float32 1x2x1x1"));
    assert_int_equal(tsr_ref_max_pool(&none, &window, &out, &err), TSR_ERR_SHAPE);
    in.layout = TSR_LAYOUT_CHANNEL_BLOCKED;
    assert_int_equal(tsr_ref_conv_f32(&in, &weight, &none, &window, &out, &err), TSR_ERR_SHAPE);
    assert_non_null(strstr(err.message, "plain layout"));
    in.layout = TSR_LAYOUT_PLAIN;
    in.dtype = TSR_DTYPE_I32;
    assert_int_equal(tsr_ref_conv_f32(&in, &weight, &none, &window, &out, &err), TSR_ERR_SHAPE);
    assert_non_null(strstr(err.message, "int32, must be float32"));
    int8_t bytes[8] = {0};
    const tsr_tensor in_8 = view(TSR_DTYPE_I8, 1, 2, 2, 2, bytes);
    const tsr_tensor weight_8 = view(TSR_DTYPE_U8, 2, 2, 1, 1, bytes);
    assert_int_equal(tsr_ref_conv_int(&in_8, 0, &weight_8, &none, &window, &out, &err),
                     TSR_ERR_SHAPE);
    assert_non_null(strstr(err.message, "int8 or int16"));
}

static tsr_status run_operator(int which, const tsr_tensor *in, tsr_tensor *out) {
    static float w[4] = {1, 2, 3, 4};
    const tsr_tensor weight = floats(4, 1, 1, 1, w);
    const tsr_tensor matrix = floats(1, 4, 1, 1, w);
    const tsr_tensor *list[1] = {in};
    const tsr_window one = {1, 1, 1, 1, 1, 1, 4, {0}};
    switch (which) {
        case 0:
            return tsr_ref_conv_f32(in, &weight, &none, &one, out, NULL);
        case 1:
            return tsr_ref_max_pool(in, &one, out, NULL);
        case 2:
            return tsr_ref_average_pool(in, &one, false, TSR_ROUND_FLOOR, out, NULL);
        case 3:
            return tsr_ref_add_f32(in, in, out, NULL);
        case 4:
            return tsr_ref_concat(list, 1, out, NULL);
        case 5:
            return tsr_ref_gemm_f32(in, &matrix, &none, out, NULL);
        case 6:
            return tsr_ref_pixel_shuffle(in, 2, out, NULL);
        case 7:
            return tsr_ref_upsample(in, 2, out, NULL);
        case 8:
            return tsr_ref_clip_f32(in, 0, 1, out, NULL);
        default:
            return tsr_ref_pad(in, &one.pad, 0, out, NULL);
    }
}

static void a_failing_allocation_leaves_nothing_behind(void **state) {
    (void)state;
    float x[4] = {1, 2, 3, 4};
    const tsr_tensor in = floats(1, 4, 1, 1, x);
    for (int which = 0; which < 10; ++which) {
        tsr_tensor out = {0};
        tsr_alloc_fail_at(1);
        const tsr_status status = run_operator(which, &in, &out);
        tsr_alloc_fail_at(0);
        assert_int_equal(status, TSR_ERR_NO_MEMORY);
        assert_null(out.data);
        assert_int_equal(run_operator(which, &in, &out), TSR_OK);
        tsr_tensor_free(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_extent_follows_the_formula),
        cmocka_unit_test(padding_index_follows_its_mode_on_each_side),
        cmocka_unit_test(convolution_reads_dilated_taps_and_padding),
        cmocka_unit_test(groups_keep_channels_apart),
        cmocka_unit_test(sums_beyond_32_bits_are_refused_not_wrapped),
        cmocka_unit_test(maximum_ignores_padding_even_when_all_values_are_negative),
        cmocka_unit_test(maximum_drops_the_odd_row_and_column),
        cmocka_unit_test(integer_average_rounds_under_every_rule),
        cmocka_unit_test(average_divides_by_real_elements_or_by_the_window),
        cmocka_unit_test(impossible_averages_are_refused),
        cmocka_unit_test(elementwise_operators_do_what_they_say),
        cmocka_unit_test(concatenation_goes_channel_after_channel_in_every_batch_entry),
        cmocka_unit_test(fully_connected_sees_channels_then_rows_then_columns),
        cmocka_unit_test(moves_put_every_element_where_it_belongs),
        cmocka_unit_test(every_side_is_padded_in_its_own_mode),
        cmocka_unit_test(illegal_windows_are_refused),
        cmocka_unit_test(wrong_operands_are_refused),
        cmocka_unit_test(a_failing_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
