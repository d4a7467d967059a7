// SPDX-License-Identifier: Apache-2.0
// ONNX's own operator tests: float results to 1e-5 relative, integers exactly. Skipped ones are
// listed with the reason.
#include <float.h>
#include <math.h>

#include <tessera/forward.h>

#include "support/test.h"
#include "support/vector_file.h"

#define FOLDER DATA_FILE("onnx_vectors/npz")

/** Any array as a tensor of at most four dimensions, leading ones added; int64 and unknown types
 * are refused. */
static tsr_tensor tensor_of(const tsr_array *array) {
    int32_t shape[4] = {1, 1, 1, 1};
    assert_true(array->rank <= 4);
    for (int32_t i = 0; i < array->rank; ++i) {
        shape[4 - array->rank + i] = (int32_t)array->shape[i];
    }
    const bool real = array->kind == 'f' && array->item_bytes == 4;
    const tsr_dtype dtype = real                                           ? TSR_DTYPE_F32
                            : array->kind == 'u' && array->item_bytes == 1 ? TSR_DTYPE_U8
                            : array->kind == 'i' && array->item_bytes == 1 ? TSR_DTYPE_I8
                                                                           : TSR_DTYPE_I32;
    assert_int_equal(tsr_dtype_bytes(dtype), array->item_bytes);
    tsr_tensor t = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_create(&t, dtype, shape[0], shape[1], shape[2], shape[3], &err), err);
    memcpy(t.data, array->data, t.bytes);
    return t;
}

static tsr_tensor input(const vector_file *v, const char *name) {
    return tensor_of(vector_array(v, name));
}

/** The second operand is "input_1" in node tests and "init_1" in converted models; absent = empty
 * tensor. */
static tsr_tensor operand(const vector_file *v, int index) {
    char name[16];
    (void)snprintf(name, sizeof name, "input_%d", index);
    const tsr_array *array = tsr_archive_find(&v->arrays, name);
    if (array == NULL) {
        (void)snprintf(name, sizeof name, "init_%d", index);
        array = tsr_archive_find(&v->arrays, name);
    }
    return array != NULL ? tensor_of(array) : (tsr_tensor){0};
}

static tsr_jnode attributes(const vector_file *v) {
    const tsr_jnode nodes = tsr_jnode_get(&v->root, "nodes");
    const tsr_jnode node = tsr_jnode_first(&nodes);
    return tsr_jnode_get(&node, "attrs");
}

/** The integers of a list attribute into values[count]; untouched when it is not there. */
static void attribute_list(const tsr_jnode *attrs, const char *key, int32_t *values,
                           int32_t count) {
    const tsr_jnode list = tsr_jnode_get(attrs, key);
    if (!tsr_jnode_exists(&list)) {
        return;
    }
    assert_int_equal(tsr_jnode_count(&list), count);
    for (int32_t i = 0; i < count; ++i) {
        char index[12];
        (void)snprintf(index, sizeof index, "%d", i);
        values[i] = vector_int(&list, index, 0);
    }
}

static const char *attribute_text(const tsr_jnode *attrs, const char *key) {
    const char *text = "";
    tsr_error err = {0};
    assert_ok(tsr_jnode_string(attrs, key, false, &text, &err), err);
    return text;
}

/** ONNX SAME: ceil(in / stride) outputs, the odd pixel at the end (upper) or the beginning (lower).
 */
static void same_padding(int32_t in, int32_t kernel, int32_t stride, bool lower, int32_t *begin,
                         int32_t *end) {
    const int32_t total = ((in + stride - 1) / stride - 1) * stride + kernel - in;
    const int32_t small = total > 0 ? total / 2 : 0;
    const int32_t large = total > 0 ? total - small : 0;
    *begin = lower ? large : small;
    *end = lower ? small : large;
}

/** Ceil mode: one more window that hangs over the end, if it starts on the map. */
static int32_t ceil_padding(int32_t in, int32_t begin, int32_t end, int32_t reach, int32_t stride) {
    const int32_t rest = (in + begin + end - reach) % stride;
    const int32_t start = (in + begin + end - reach) / stride * stride + stride - begin;
    return rest > 0 && start < in ? end + stride - rest : end;
}

static tsr_window window_of(const vector_file *v, const tsr_tensor *in, int32_t kernel_h,
                            int32_t kernel_w) {
    const tsr_jnode attrs = attributes(v);
    int32_t kernel[2] = {kernel_h, kernel_w};
    int32_t strides[2] = {1, 1};
    int32_t dilations[2] = {1, 1};
    int32_t pads[4] = {0};
    attribute_list(&attrs, "kernel_shape", kernel, 2);
    attribute_list(&attrs, "strides", strides, 2);
    attribute_list(&attrs, "dilations", dilations, 2);
    attribute_list(&attrs, "pads", pads, 4);
    const char *automatic = attribute_text(&attrs, "auto_pad");
    if (strncmp(automatic, "SAME", 4) == 0) {
        const bool lower = strcmp(automatic, "SAME_LOWER") == 0;
        same_padding(in->h, kernel[0], strides[0], lower, &pads[0], &pads[2]);
        same_padding(in->w, kernel[1], strides[1], lower, &pads[1], &pads[3]);
    }
    if (vector_int(&attrs, "ceil_mode", 0) != 0) {
        pads[2] =
            ceil_padding(in->h, pads[0], pads[2], (kernel[0] - 1) * dilations[0] + 1, strides[0]);
        pads[3] =
            ceil_padding(in->w, pads[1], pads[3], (kernel[1] - 1) * dilations[1] + 1, strides[1]);
    }
    return (tsr_window){kernel[0],
                        kernel[1],
                        strides[0],
                        strides[1],
                        dilations[0],
                        dilations[1],
                        vector_int(&attrs, "group", 1),
                        {.top = pads[0], .left = pads[1], .bottom = pads[2], .right = pads[3]}};
}

/** Same number of elements, each equal (integers) or within 1e-5 of the larger of 1 and its size;
 * frees `got`. */
static void assert_output(const vector_file *v, tsr_tensor *got) {
    tsr_tensor want = input(v, "output_0");
    assert_int_equal(want.dtype, got->dtype);
    assert_int_equal(want.bytes, got->bytes);
    if (want.dtype != TSR_DTYPE_F32) {
        assert_memory_equal(want.data, got->data, want.bytes);
    } else {
        for (size_t i = 0; i < want.bytes / sizeof(float); ++i) {
            const double a = (double)((const float *)want.data)[i];
            const double b = (double)((const float *)got->data)[i];
            if (!(fabs(a - b) <= 1e-5 * fmax(1.0, fabs(a)))) {
                fail_msg("element %zu is %.9g, must be %.9g", i, b, a);
            }
        }
    }
    tsr_tensor_free(&want);
    tsr_tensor_free(got);
}

static void conv(const vector_file *v) {
    tsr_tensor x = input(v, "input_0");
    tsr_tensor w = operand(v, 1);
    tsr_tensor b = operand(v, 2);
    if (b.data != NULL) {  // one-dimensional in the file
        b.c = b.w;
        b.w = 1;
    }
    const tsr_window window = window_of(v, &x, w.h, w.w);
    tsr_error err = {0};
    tsr_tensor y = {0};
    assert_ok(tsr_ref_conv_f32(&x, &w, &b, &window, &y, &err), err);
    assert_output(v, &y);
    assert_ok(tsr_fast_conv_f32(&x, &w, &b, &window, &y, &err), err);
    assert_output(v, &y);
    tsr_tensor_free(&x);
    tsr_tensor_free(&w);
    tsr_tensor_free(&b);
}

static void max_pool(const vector_file *v) {
    tsr_tensor x = input(v, "input_0");
    const tsr_window window = window_of(v, &x, 0, 0);
    tsr_error err = {0};
    tsr_tensor y = {0};
    assert_ok(tsr_ref_max_pool(&x, &window, &y, &err), err);
    assert_output(v, &y);
    tsr_tensor_free(&x);
}

static void average_pool(const vector_file *v) {
    tsr_tensor x = input(v, "input_0");
    const tsr_jnode attrs = attributes(v);
    // without a kernel_shape it is the global pool
    const tsr_window window = window_of(v, &x, x.h, x.w);
    const bool include = vector_int(&attrs, "count_include_pad", 0) != 0;
    tsr_error err = {0};
    tsr_tensor y = {0};
    assert_ok(tsr_ref_average_pool(&x, &window, include, TSR_ROUND_HALF_UP, &y, &err), err);
    assert_output(v, &y);
    tsr_tensor_free(&x);
}

static void clip_with(const vector_file *v, float lo, float hi) {
    tsr_tensor x = input(v, "input_0");
    tsr_error err = {0};
    tsr_tensor y = {0};
    assert_ok(tsr_ref_clip_f32(&x, lo, hi, &y, &err), err);
    assert_output(v, &y);
    tsr_tensor_free(&x);
}

static void relu(const vector_file *v) {
    clip_with(v, 0.0F, FLT_MAX);
}

static void clip(const vector_file *v) {
    clip_with(v, (float)tsr_array_at(vector_array(v, "input_1"), 0),
              (float)tsr_array_at(vector_array(v, "input_2"), 0));
}

static void add(const vector_file *v) {
    tsr_tensor a = input(v, "input_0");
    tsr_tensor b = input(v, "input_1");
    tsr_error err = {0};
    tsr_tensor y = {0};
    assert_ok(tsr_ref_add_f32(&a, &b, &y, &err), err);
    assert_output(v, &y);
    tsr_tensor_free(&a);
    tsr_tensor_free(&b);
}

static void gemm(const vector_file *v) {
    const tsr_jnode attrs = attributes(v);
    tsr_tensor a = input(v, "input_0");  // [1][1][rows][k]
    tsr_tensor b = operand(v, 1);
    tsr_tensor c = operand(v, 2);
    const bool transposed = vector_int(&attrs, "transB", 0) != 0;
    const int32_t k = a.w;
    const int32_t m = transposed ? b.h : b.w;
    tsr_tensor weight = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_create(&weight, TSR_DTYPE_F32, m, k, 1, 1, &err), err);
    for (int32_t i = 0; i < m * k; ++i) {
        const int32_t from = transposed ? i : i % k * m + i / k;
        ((float *)weight.data)[i] = ((const float *)b.data)[from];
    }
    a.n = a.h;
    a.c = k;
    a.h = a.w = 1;
    c.c = c.w;
    c.w = 1;
    tsr_tensor y = {0};
    assert_ok(tsr_ref_gemm_f32(&a, &weight, &c, &y, &err), err);
    assert_output(v, &y);
    tsr_tensor_free(&a);
    tsr_tensor_free(&b);
    tsr_tensor_free(&c);
    tsr_tensor_free(&weight);
}

static void pad(const vector_file *v) {
    const tsr_jnode attrs = attributes(v);
    const char *mode_text = attribute_text(&attrs, "mode");
    const tsr_pad_mode mode = strcmp(mode_text, "edge") == 0      ? TSR_PAD_REPLICATE
                              : strcmp(mode_text, "reflect") == 0 ? TSR_PAD_REFLECT
                                                                  : TSR_PAD_ZERO;
    int32_t pads[8] = {0};
    attribute_list(&attrs, "pads", pads, 8);
    const tsr_array *given = tsr_archive_find(&v->arrays, "input_1");
    for (size_t i = 0; given != NULL && i < 8; ++i) {
        pads[i] = vector_at(given, i);
    }
    double value = 0.0;
    tsr_error err = {0};
    assert_ok(tsr_jnode_double(&attrs, "value", false, -1e9, 1e9, &value, &err), err);
    const tsr_array *given_value = tsr_archive_find(&v->arrays, "input_2");
    value = given_value != NULL ? tsr_array_at(given_value, 0) : value;
    assert_true(pads[0] == 0 && pads[1] == 0 && pads[4] == 0 && pads[5] == 0);
    const tsr_side_pad sides = {pads[2], pads[3], pads[6], pads[7], mode, mode, mode, mode};
    tsr_tensor x = input(v, "input_0");
    tsr_tensor y = {0};
    assert_ok(tsr_ref_pad(&x, &sides, value, &y, &err), err);
    assert_output(v, &y);
    tsr_tensor_free(&x);
}

static void pixel_shuffle(const vector_file *v) {
    tsr_tensor x = input(v, "input_0");
    tsr_error err = {0};
    tsr_tensor y = {0};
    assert_ok(tsr_ref_pixel_shuffle(&x, 3, &y, &err), err);  // 1x9x4x4 -> 1x1x12x12
    assert_output(v, &y);
    tsr_tensor_free(&x);
}

/** Our weights have no zero point: uint8 weights minus theirs, in int16. */
static tsr_tensor centred_weights(const vector_file *v, const char *name, const char *zero_name) {
    tsr_tensor w = input(v, name);
    const tsr_array *zeros = tsr_archive_find(&v->arrays, zero_name);
    tsr_tensor centred = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_create(&centred, TSR_DTYPE_I16, w.n, w.c, w.h, w.w, &err), err);
    const size_t per_channel = w.bytes / (size_t)w.n;
    for (size_t i = 0; i < w.bytes; ++i) {
        const size_t channel = zeros != NULL && zeros->count > 1 ? i / per_channel : 0;
        const int32_t zero = zeros != NULL ? vector_at(zeros, channel) : 0;
        ((int16_t *)centred.data)[i] = (int16_t)(((const uint8_t *)w.data)[i] - zero);
    }
    tsr_tensor_free(&w);
    return centred;
}

static tsr_tensor sums_of(const vector_file *v, const tsr_tensor *x, int32_t zero_point,
                          const tsr_tensor *w, bool fast) {
    const tsr_tensor none = {0};
    const tsr_window window = window_of(v, x, w->h, w->w);
    tsr_error err = {0};
    tsr_tensor acc = {0};
    assert_ok(fast ? tsr_fast_conv_int(x, zero_point, w, &none, &window, tsr_isa_best(), &acc, &err)
                   : tsr_ref_conv_int(x, zero_point, w, &none, &window, &acc, &err),
              err);
    return acc;
}

static void conv_integer(const vector_file *v) {
    tsr_tensor x = input(v, "input_0");
    tsr_tensor w = centred_weights(v, "input_1", "input_3");
    for (int fast = 0; fast < 2; ++fast) {
        tsr_tensor acc = sums_of(v, &x, vector_at(vector_array(v, "input_2"), 0), &w, fast == 1);
        assert_output(v, &acc);
    }
    tsr_tensor_free(&x);
    tsr_tensor_free(&w);
}

// round half even of acc * (sx * sw / sy), then the zero point, then saturation.
static void qlinear_conv(const vector_file *v) {
    tsr_tensor x = input(v, "input_0");
    tsr_tensor w = centred_weights(v, "input_3", "input_5");
    const double factor = tsr_array_at(vector_array(v, "input_1"), 0) *
                          tsr_array_at(vector_array(v, "input_4"), 0) /
                          tsr_array_at(vector_array(v, "input_6"), 0);
    tsr_scale scale = {0};
    tsr_error err = {0};
    assert_ok(tsr_scale_from_real(factor, &scale, &err), err);
    tsr_tensor acc = sums_of(v, &x, vector_at(vector_array(v, "input_2"), 0), &w, true);
    tsr_tensor y = {0};
    assert_ok(tsr_tensor_create(&y, TSR_DTYPE_U8, acc.n, acc.c, acc.h, acc.w, &err), err);
    for (size_t i = 0; i < y.bytes; ++i) {
        const int32_t sum = ((const int32_t *)acc.data)[i];
        const int32_t value = tsr_requantize(sum, scale, TSR_ROUND_HALF_EVEN) +
                              vector_at(vector_array(v, "input_7"), 0);
        ((uint8_t *)y.data)[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
    assert_output(v, &y);
    tsr_tensor_free(&acc);
    tsr_tensor_free(&x);
    tsr_tensor_free(&w);
}

enum { to_signed = 128 };  // our activations are int8: uint8 value and zero point less 128

/** Parameters of channel `c` (or of the whole tensor). */
static tsr_qparams params_of(const vector_file *v, size_t c) {
    const tsr_array *scale = vector_array(v, "input_1");
    const tsr_array *zero = vector_array(v, "input_2");
    return (tsr_qparams){tsr_array_at(scale, scale->count > 1 ? c : 0),
                         vector_at(zero, zero->count > 1 ? c : 0) - to_signed};
}

/** One channel of a tensor, borrowed. */
static tsr_tensor channel_of(const tsr_tensor *t, size_t c) {
    tsr_tensor part = *t;
    part.c = 1;
    part.bytes = t->bytes / (size_t)t->c;
    part.data = (char *)t->data + c * part.bytes;
    return part;
}

static void quantize_linear(const vector_file *v) {
    tsr_tensor x = input(v, "input_0");
    tsr_tensor y = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_create(&y, TSR_DTYPE_U8, 1, x.c, x.h, x.w, &err), err);
    for (size_t c = 0; c < (size_t)x.c; ++c) {
        const tsr_tensor part = channel_of(&x, c);
        const tsr_tensor target = channel_of(&y, c);
        tsr_tensor q = {0};
        assert_ok(tsr_tensor_quantize(&part, params_of(v, c), 8, &q, &err), err);
        for (size_t i = 0; i < q.bytes; ++i) {
            ((uint8_t *)target.data)[i] = (uint8_t)(((const int8_t *)q.data)[i] + to_signed);
        }
        tsr_tensor_free(&q);
    }
    assert_output(v, &y);
    tsr_tensor_free(&x);
}

static void dequantize_linear(const vector_file *v) {
    tsr_tensor x = input(v, "input_0");
    tsr_tensor y = {0};
    tsr_error err = {0};
    for (size_t i = 0; i < x.bytes; ++i) {
        ((int8_t *)x.data)[i] = (int8_t)(((const uint8_t *)x.data)[i] - to_signed);
    }
    x.dtype = TSR_DTYPE_I8;
    assert_ok(tsr_tensor_create(&y, TSR_DTYPE_F32, 1, x.c, x.h, x.w, &err), err);
    for (size_t c = 0; c < (size_t)x.c; ++c) {
        const tsr_tensor part = channel_of(&x, c);
        const tsr_tensor target = channel_of(&y, c);
        tsr_tensor real = {0};
        assert_ok(tsr_tensor_dequantize(&part, params_of(v, c), &real, &err), err);
        memcpy(target.data, real.data, real.bytes);
        tsr_tensor_free(&real);
    }
    assert_output(v, &y);
    tsr_tensor_free(&x);
}

typedef void (*vector_check)(const vector_file *v);

// clang-format off
/** Every vector of the folder: how it is checked, or why not. */
static const struct {
    const char *name;
    vector_check check;
    const char *why_not;
} vectors[] = {
    {"test_Conv2d", conv, NULL}, {"test_Conv2d_depthwise", conv, NULL}, {"test_Conv2d_depthwise_padded", conv, NULL},
    {"test_Conv2d_depthwise_strided", conv, NULL}, {"test_Conv2d_dilated", conv, NULL},
    {"test_Conv2d_groups", conv, NULL}, {"test_Conv2d_groups_thnn", conv, NULL}, {"test_Conv2d_no_bias", conv, NULL},
    {"test_Conv2d_padding", conv, NULL}, {"test_Conv2d_strided", conv, NULL},
    {"test_basic_conv_with_padding", conv, NULL}, {"test_basic_conv_without_padding", conv, NULL},
    {"test_conv_with_autopad_same", conv, NULL}, {"test_conv_with_strides_and_asymmetric_padding", conv, NULL},
    {"test_conv_with_strides_no_padding", conv, NULL}, {"test_conv_with_strides_padding", conv, NULL},
    {"test_MaxPool2d", max_pool, NULL}, {"test_maxpool_2d_ceil", max_pool, NULL},
    {"test_maxpool_2d_ceil_output_size_reduce_by_one", max_pool, NULL}, {"test_maxpool_2d_default", max_pool, NULL},
    {"test_maxpool_2d_dilations", max_pool, NULL}, {"test_maxpool_2d_pads", max_pool, NULL},
    {"test_maxpool_2d_precomputed_pads", max_pool, NULL}, {"test_maxpool_2d_precomputed_same_upper", max_pool, NULL},
    {"test_maxpool_2d_precomputed_strides", max_pool, NULL}, {"test_maxpool_2d_same_lower", max_pool, NULL},
    {"test_maxpool_2d_same_upper", max_pool, NULL}, {"test_maxpool_2d_strides", max_pool, NULL},
    {"test_maxpool_2d_uint8", max_pool, NULL},
    {"test_AvgPool2d", average_pool, NULL}, {"test_AvgPool2d_stride", average_pool, NULL},
    {"test_averagepool_2d_ceil", average_pool, NULL}, {"test_averagepool_2d_default", average_pool, NULL},
    {"test_averagepool_2d_dilations", average_pool, NULL}, {"test_averagepool_2d_pads", average_pool, NULL},
    {"test_averagepool_2d_pads_count_include_pad", average_pool, NULL},
    {"test_averagepool_2d_precomputed_pads", average_pool, NULL},
    {"test_averagepool_2d_precomputed_pads_count_include_pad", average_pool, NULL},
    {"test_averagepool_2d_precomputed_same_upper", average_pool, NULL},
    {"test_averagepool_2d_precomputed_strides", average_pool, NULL},
    {"test_averagepool_2d_same_lower", average_pool, NULL}, {"test_averagepool_2d_same_upper", average_pool, NULL},
    {"test_averagepool_2d_strides", average_pool, NULL}, {"test_globalaveragepool", average_pool, NULL},
    {"test_globalaveragepool_precomputed", average_pool, NULL},
    {"test_ReLU", relu, NULL}, {"test_relu", relu, NULL}, {"test_clip", clip, NULL}, {"test_add", add, NULL},
    {"test_Linear", gemm, NULL}, {"test_gemm_default_vector_bias", gemm, NULL},
    {"test_ConstantPad2d", pad, NULL}, {"test_ReflectionPad2d", pad, NULL}, {"test_ReplicationPad2d", pad, NULL},
    {"test_ZeroPad2d", pad, NULL}, {"test_constant_pad", pad, NULL}, {"test_edge_pad", pad, NULL},
    {"test_reflect_pad", pad, NULL}, {"test_PixelShuffle", pixel_shuffle, NULL},
    {"test_convinteger_with_padding", conv_integer, NULL}, {"test_convinteger_without_padding", conv_integer, NULL},
    {"test_qlinearconv", qlinear_conv, NULL},
    {"test_quantizelinear", quantize_linear, NULL}, {"test_quantizelinear_axis", quantize_linear, NULL},
    {"test_dequantizelinear", dequantize_linear, NULL}, {"test_dequantizelinear_axis", dequantize_linear, NULL},
    {"test_BatchNorm2d_eval", NULL, "batch normalisation is folded into weights before it gets here"},
    {"test_batchnorm_epsilon", NULL, "batch normalisation is folded into weights before it gets here"},
    {"test_batchnorm_example", NULL, "batch normalisation is folded into weights before it gets here"},
    {"test_leakyrelu", NULL, "leaky ReLU is not built"},
    {"test_wrap_pad", NULL, "padding mode wrap is not built"},
};

// clang-format on
enum { vector_count = sizeof vectors / sizeof vectors[0] };

static void every_operator_built_here_meets_its_vectors(void **state) {
    (void)state;
    skip_without_data();
    int checked = 0;
    for (size_t i = 0; i < vector_count; ++i) {
        if (vectors[i].check == NULL) {
            print_message("not checked: %s (%s)\n", vectors[i].name, vectors[i].why_not);
            continue;
        }
        vector_file v = vector_open(FOLDER, vectors[i].name);
        vectors[i].check(&v);
        vector_close(&v);
        ++checked;
    }
    print_message("%d of %d vectors checked\n", checked, (int)vector_count);
}

static void no_vector_of_the_folder_is_forgotten(void **state) {
    (void)state;
    skip_without_data();
    const char *names[vector_count] = {NULL};
    for (size_t i = 0; i < vector_count; ++i) {
        names[i] = vectors[i].name;
    }
    assert_all_vectors_are_listed(FOLDER, names, vector_count);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operator_built_here_meets_its_vectors),
        cmocka_unit_test(no_vector_of_the_folder_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
