// SPDX-License-Identifier: Apache-2.0
// CMSIS-NN vectors (expected outputs made by the TensorFlow Lite interpreter), bit for bit:
// convolutions, depthwise convolutions through groups, pools and pads with our operators; add with
// the rounding primitive.
#include <tessera/kernels.h>

#include "support/test.h"
#include "support/vector_file.h"

#define FOLDER DATA_FILE("cmsis_nn_vectors")

typedef enum vector_kind { CONV, DEPTHWISE, MAX_POOL, AVERAGE_POOL, PAD, ADD } vector_kind;

// clang-format off
/** Every vector of the folder; none is skipped. */
static const struct {
    const char *name;
    vector_kind op;
} vectors[] = {
    {"basic", CONV}, {"conv_1_x_n_1", CONV}, {"conv_1_x_n_2", CONV}, {"conv_1_x_n_3", CONV}, {"conv_1_x_n_4", CONV},
    {"conv_1_x_n_5", CONV}, {"conv_1_x_n_6_generic", CONV}, {"conv_1_x_n_7", CONV}, {"conv_1_x_n_8", CONV},
    {"conv_2", CONV}, {"conv_2x2_dilation", CONV}, {"conv_2x2_dilation_5x5_input", CONV}, {"conv_2x3_dilation", CONV},
    {"conv_3", CONV}, {"conv_3x2_dilation", CONV}, {"conv_3x3_dilation_5x5_input", CONV}, {"conv_4", CONV},
    {"conv_5", CONV}, {"conv_dilation_golden", CONV}, {"conv_out_activation", CONV}, {"grouped_conv", CONV},
    {"grouped_conv_1", CONV}, {"grouped_conv_2", CONV}, {"grouped_conv_3", CONV}, {"grouped_conv_4", CONV},
    {"kernel1x1", CONV}, {"kernel1x1_stride_x", CONV}, {"kernel1x1_stride_x_y", CONV},
    {"kernel1x1_stride_x_y_1", CONV}, {"kernel1x1_stride_x_y_2", CONV}, {"stride2pad1", CONV},
    {"depthwise_2", DEPTHWISE}, {"depthwise_dilation", DEPTHWISE}, {"depthwise_eq_in_out_ch", DEPTHWISE},
    {"depthwise_kernel_3x3", DEPTHWISE}, {"depthwise_kernel_3x3_null_bias", DEPTHWISE},
    {"depthwise_mult_batches", DEPTHWISE}, {"depthwise_null_bias_0", DEPTHWISE}, {"depthwise_null_bias_1", DEPTHWISE},
    {"depthwise_out_activation", DEPTHWISE}, {"depthwise_sub_block", DEPTHWISE}, {"depthwise_x_stride", DEPTHWISE},
    {"in_ch_one_out_ch_larger_one", DEPTHWISE},
    {"maxpooling", MAX_POOL}, {"maxpooling_1", MAX_POOL}, {"maxpooling_2", MAX_POOL}, {"maxpooling_3", MAX_POOL},
    {"maxpooling_4", MAX_POOL}, {"maxpooling_5", MAX_POOL}, {"maxpooling_6", MAX_POOL}, {"maxpooling_7", MAX_POOL},
    {"avgpooling", AVERAGE_POOL}, {"avgpooling_1", AVERAGE_POOL}, {"avgpooling_2", AVERAGE_POOL},
    {"avgpooling_3", AVERAGE_POOL}, {"avgpooling_4", AVERAGE_POOL}, {"avgpooling_5", AVERAGE_POOL},
    {"pad_int8_1", PAD}, {"pad_int8_2", PAD}, {"add", ADD},
};

// clang-format on
enum { vector_count = sizeof vectors / sizeof vectors[0] };

static int32_t clamp(int64_t value, int32_t lo, int32_t hi) {
    return (int32_t)(value < lo ? lo : value > hi ? hi : value);
}

/** An int8 array in NHWC order as a plain tensor. */
static tsr_tensor from_nhwc(const tsr_array *array, int32_t n, int32_t h, int32_t w, int32_t c) {
    tsr_tensor t = {0};
    tsr_error err = {0};
    assert_int_equal(array->count, (size_t)n * (size_t)h * (size_t)w * (size_t)c);
    assert_ok(tsr_tensor_create(&t, TSR_DTYPE_I8, n, c, h, w, &err), err);
    for (int32_t i = 0; i < n * h * w * c; ++i) {
        const int32_t channel = i % c;
        const int32_t pixel = i / c % (h * w);
        const int32_t batch = i / (c * h * w);
        ((int8_t *)t.data)[(batch * c + channel) * h * w + pixel] =
            (int8_t)vector_at(array, (size_t)i);
    }
    return t;
}

/** Depthwise weights [kh][kw][ch] as [ch][1][kh][kw]. */
static tsr_tensor from_depthwise(const tsr_array *array, int32_t kh, int32_t kw, int32_t ch) {
    tsr_tensor t = {0};
    tsr_error err = {0};
    assert_int_equal(array->count, (size_t)kh * (size_t)kw * (size_t)ch);
    assert_ok(tsr_tensor_create(&t, TSR_DTYPE_I8, ch, 1, kh, kw, &err), err);
    for (int32_t i = 0; i < kh * kw * ch; ++i) {
        ((int8_t *)t.data)[i % ch * kh * kw + i / ch] = (int8_t)vector_at(array, (size_t)i);
    }
    return t;
}

static void assert_nhwc(const char *name, const tsr_tensor *got, const tsr_array *want) {
    assert_int_equal(want->count, got->bytes);
    for (int32_t i = 0; i < (int32_t)want->count; ++i) {
        const int32_t channel = i % got->c;
        const int32_t pixel = i / got->c % (got->h * got->w);
        const int32_t batch = i / (got->c * got->h * got->w);
        const int8_t value =
            ((const int8_t *)got->data)[(batch * got->c + channel) * got->h * got->w + pixel];
        if (value != vector_at(want, (size_t)i)) {
            fail_msg("%s: element %d is %d, must be %d", name, i, value,
                     vector_at(want, (size_t)i));
        }
    }
}

/** What the far side has to be padded by, so that the last window fits. */
static int32_t far_padding(int32_t in, int32_t out, int32_t near, int32_t kernel, int32_t stride,
                           int32_t dilation) {
    const int32_t need = (out - 1) * stride + dilation * (kernel - 1) + 1 - in - near;
    return need > 0 ? need : 0;
}

static tsr_window conv_window(const tsr_jnode *p, int32_t groups) {
    tsr_window w = {.kernel_h = vector_int(p, "filter_y", 0),
                    .kernel_w = vector_int(p, "filter_x", 0),
                    .stride_h = vector_int(p, "stride_y", 1),
                    .stride_w = vector_int(p, "stride_x", 1),
                    .dilation_h = vector_int(p, "dilation_y", 1),
                    .dilation_w = vector_int(p, "dilation_x", 1),
                    .groups = groups};
    w.pad.top = vector_int(p, "pad_y", 0);
    w.pad.left = vector_int(p, "pad_x", 0);
    w.pad.bottom = far_padding(vector_int(p, "input_h", 0), vector_int(p, "output_h", 0), w.pad.top,
                               w.kernel_h, w.stride_h, w.dilation_h);
    w.pad.right = far_padding(vector_int(p, "input_w", 0), vector_int(p, "output_w", 0), w.pad.left,
                              w.kernel_w, w.stride_w, w.dilation_w);
    return w;
}

/** acc + bias -> multiplier and shift per channel -> zero point -> clamp, in TFLite's two
 * roundings. */
static tsr_tensor requantise(const vector_file *v, const tsr_tensor *acc) {
    const tsr_array *multiplier = vector_array(v, "output_mult");
    const tsr_array *shift = vector_array(v, "output_shift");
    tsr_tensor out = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_create(&out, TSR_DTYPE_I8, acc->n, acc->c, acc->h, acc->w, &err), err);
    for (int32_t i = 0; i < (int32_t)out.bytes; ++i) {
        const size_t m = (size_t)(i / (acc->h * acc->w) % acc->c);
        const tsr_scale scale = {vector_at(multiplier, m), 31 - vector_at(shift, m)};
        const int64_t value =
            (int64_t)tsr_requantize(((const int32_t *)acc->data)[i], scale, TSR_ROUND_DOUBLE) +
            vector_int(&v->root, "output_offset", 0);
        ((int8_t *)out.data)[i] =
            (int8_t)clamp(value, vector_int(&v->root, "out_activation_min", INT8_MIN),
                          vector_int(&v->root, "out_activation_max", INT8_MAX));
    }
    return out;
}

static tsr_tensor conv_bias(const vector_file *v) {
    const tsr_array *array = vector_array(v, "biases");
    tsr_tensor bias = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_create(&bias, TSR_DTYPE_I32, 1, (int32_t)array->count, 1, 1, &err), err);
    for (size_t i = 0; i < array->count; ++i) {
        ((int32_t *)bias.data)[i] = vector_at(array, i);
    }
    return bias;
}

static void check_conv(const char *name, const vector_file *v, bool depthwise) {
    const tsr_jnode *p = &v->root;
    const int32_t channels = vector_int(p, "in_ch", 0);
    const int32_t h = vector_int(p, "input_h", 0);
    const int32_t w = vector_int(p, "input_w", 0);
    const tsr_array *input = vector_array(v, "input");
    const int32_t batches = (int32_t)input->count / (channels * h * w);
    const int32_t group_channels = depthwise ? 1 : vector_int(p, "filter_ch", channels);
    const tsr_window window = conv_window(p, channels / group_channels);
    const int32_t outputs = vector_int(p, "out_ch", 0);
    tsr_tensor in = from_nhwc(input, batches, h, w, channels);
    tsr_tensor weight = depthwise ? from_depthwise(vector_array(v, "weights"), window.kernel_h,
                                                   window.kernel_w, outputs)
                                  : from_nhwc(vector_array(v, "weights"), outputs, window.kernel_h,
                                              window.kernel_w, group_channels);
    tsr_tensor bias = conv_bias(v);
    const int32_t zero_point = -vector_int(p, "input_offset", 0);
    for (int isa = -1; isa < TSR_ISA_COUNT; ++isa) {  // -1: the reference
        tsr_error err = {0};
        tsr_tensor acc = {0};
        assert_ok(isa < 0 ? tsr_ref_conv_int(&in, zero_point, &weight, &bias, &window, &acc, &err)
                          : tsr_fast_conv_int(&in, zero_point, &weight, &bias, &window,
                                              (tsr_isa)isa, &acc, &err),
                  err);
        assert_int_equal(acc.h, vector_int(p, "output_h", 0));
        assert_int_equal(acc.w, vector_int(p, "output_w", 0));
        tsr_tensor got = requantise(v, &acc);
        assert_nhwc(name, &got, vector_array(v, "output_ref"));
        tsr_tensor_free(&got);
        tsr_tensor_free(&acc);
    }
    tsr_tensor_free(&in);
    tsr_tensor_free(&weight);
    tsr_tensor_free(&bias);
}

static void check_pool(const char *name, const vector_file *v, bool average) {
    const tsr_jnode *p = &v->root;
    const int32_t h = vector_int(p, "input_h", 0);
    const int32_t w = vector_int(p, "input_w", 0);
    const int32_t channels = vector_int(p, "input_c", 0);
    const tsr_array *input = vector_array(v, "input_tensor");
    tsr_window window = {.kernel_h = vector_int(p, "filter_h", 0),
                         .kernel_w = vector_int(p, "filter_w", 0),
                         .stride_h = vector_int(p, "stride_h", 0),
                         .stride_w = vector_int(p, "stride_w", 0),
                         .dilation_h = 1,
                         .dilation_w = 1,
                         .groups = 1};
    window.pad.top = vector_int(p, "padding_h", 0);
    window.pad.left = vector_int(p, "padding_w", 0);
    window.pad.bottom = far_padding(h, vector_int(p, "output_h", 0), window.pad.top,
                                    window.kernel_h, window.stride_h, 1);
    window.pad.right = far_padding(w, vector_int(p, "output_w", 0), window.pad.left,
                                   window.kernel_w, window.stride_w, 1);
    tsr_tensor in = from_nhwc(input, (int32_t)input->count / (channels * h * w), h, w, channels);
    tsr_tensor got = {0};
    tsr_error err = {0};
    assert_ok(average ? tsr_ref_average_pool(&in, &window, false, TSR_ROUND_HALF_AWAY, &got, &err)
                      : tsr_ref_max_pool(&in, &window, &got, &err),
              err);
    for (size_t i = 0; i < got.bytes; ++i) {
        int8_t *value = (int8_t *)got.data + i;
        *value = (int8_t)clamp(*value, vector_int(p, "activation_min", INT8_MIN),
                               vector_int(p, "activation_max", INT8_MAX));
    }
    assert_nhwc(name, &got, vector_array(v, "output"));
    tsr_tensor_free(&in);
    tsr_tensor_free(&got);
}

// One vector pads rows and columns, the other columns and channels: NHWC memory seen as [h][w][c]
// "maps" of one channel.
static void check_pad(const vector_file *v) {
    const tsr_jnode *p = &v->root;
    const bool rows = vector_int(p, "pre_pad_h", 0) + vector_int(p, "post_pad_h", 0) > 0;
    const int32_t h = vector_int(p, "input_h", 0);
    const int32_t w = vector_int(p, "input_w", 0);
    const int32_t c = vector_int(p, "input_c", 0);
    const tsr_array *input = vector_array(v, "input_tensor");
    const tsr_array *want = vector_array(v, "output");
    tsr_tensor in = rows ? from_nhwc(input, 1, h, w, c) : from_nhwc(input, h, w, c, 1);
    const tsr_side_pad pad = {.top = vector_int(p, rows ? "pre_pad_h" : "pre_pad_w", 0),
                              .left = vector_int(p, rows ? "pre_pad_w" : "pre_pad_c", 0),
                              .bottom = vector_int(p, rows ? "post_pad_h" : "post_pad_w", 0),
                              .right = vector_int(p, rows ? "post_pad_w" : "post_pad_c", 0)};
    tsr_tensor got = {0};
    tsr_error err = {0};
    assert_ok(tsr_ref_pad(&in, &pad, vector_int(p, "pad_value", 0), &got, &err), err);
    assert_nhwc("pad", &got, want);
    tsr_tensor_free(&in);
    tsr_tensor_free(&got);
}

// TFLite adds at 20 more bits and rounds three times; our add layer rounds each operand to the
// output scale. So this vector checks the rounding primitive that both are made of.
static void check_add(const vector_file *v) {
    const tsr_jnode *p = &v->root;
    const tsr_array *a = vector_array(v, "input1");
    const tsr_array *b = vector_array(v, "input2");
    const tsr_array *want = vector_array(v, "output_ref");
    const int64_t unit = (int64_t)1 << vector_int(p, "left_shift", 0);
    const tsr_scale scale_a = {vector_int(p, "input1_mult", 0),
                               31 - vector_int(p, "input1_shift", 0)};
    const tsr_scale scale_b = {vector_int(p, "input2_mult", 0),
                               31 - vector_int(p, "input2_shift", 0)};
    const tsr_scale scale_out = {vector_int(p, "output_mult", 0),
                                 31 - vector_int(p, "output_shift", 0)};
    for (size_t i = 0; i < want->count; ++i) {
        const int64_t x = (vector_at(a, i) + vector_int(p, "input1_offset", 0)) * unit;
        const int64_t y = (vector_at(b, i) + vector_int(p, "input2_offset", 0)) * unit;
        const int64_t sum = (int64_t)tsr_requantize(x, scale_a, TSR_ROUND_DOUBLE) +
                            tsr_requantize(y, scale_b, TSR_ROUND_DOUBLE);
        const int64_t value = (int64_t)tsr_requantize(sum, scale_out, TSR_ROUND_DOUBLE) +
                              vector_int(p, "output_offset", 0);
        assert_int_equal(clamp(value, vector_int(p, "out_activation_min", INT8_MIN),
                               vector_int(p, "out_activation_max", INT8_MAX)),
                         vector_at(want, i));
    }
}

static void every_vector_is_met_bit_for_bit(void **state) {
    (void)state;
    skip_without_data();
    for (size_t i = 0; i < vector_count; ++i) {
        vector_file v = vector_open(FOLDER, vectors[i].name);
        switch (vectors[i].op) {
            case CONV:
            case DEPTHWISE:
                check_conv(vectors[i].name, &v, vectors[i].op == DEPTHWISE);
                break;
            case MAX_POOL:
            case AVERAGE_POOL:
                check_pool(vectors[i].name, &v, vectors[i].op == AVERAGE_POOL);
                break;
            case PAD:
                check_pad(&v);
                break;
            case ADD:
                check_add(&v);
                break;
        }
        vector_close(&v);
    }
    print_message("%d vectors\n", (int)vector_count);
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
        cmocka_unit_test(every_vector_is_met_bit_for_bit),
        cmocka_unit_test(no_vector_of_the_folder_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
