// SPDX-License-Identifier: Apache-2.0
// Quantisation: scales and zero points from ranges, weights, biases, shared scales, fusing,
// refusals.
#include <math.h>

#include <tessera/forward.h>

#include "base/alloc.h"
#include "support/small_net.h"
#include "support/test.h"

/** One conv channel a test writes down; everything in place. */
typedef struct hand_weights {
    tsr_layer_weights layers[small_net_max_layers];
    float values[small_net_max_layers][8];
    float biases[small_net_max_layers][8];
    tsr_weights weights;
} hand_weights;

static tsr_tensor floats(int32_t n, int32_t c, int32_t h, int32_t w, float *data) {
    const size_t count = (size_t)n * (size_t)c * (size_t)h * (size_t)w;
    return (tsr_tensor){.dtype = TSR_DTYPE_F32,
                        .n = n,
                        .c = c,
                        .h = h,
                        .w = w,
                        .channel_block = 1,
                        .bytes = count * sizeof(float),
                        .data = data};
}

/** 1x1 weights [out][in] and biases [out]. */
static void set_conv(hand_weights *hw, int32_t layer, int32_t out, int32_t in, const float *w,
                     const float *b) {
    memcpy(hw->values[layer], w, (size_t)(out * in) * sizeof(float));
    memcpy(hw->biases[layer], b, (size_t)out * sizeof(float));
    hw->layers[layer].weight = floats(out, in, 1, 1, hw->values[layer]);
    hw->layers[layer].bias = floats(1, out, 1, 1, hw->biases[layer]);
}

static const tsr_weights *weights_of(hand_weights *hw, const small_net *net) {
    hw->weights = (tsr_weights){net->network.layer_count, hw->layers};
    return &hw->weights;
}

static const tsr_quantize_options eight_bits = {.activation_bits = 8};

// conv (2 channels of 1x1 on 1 channel) + relu; ranges are given by the test.
static void one_conv(small_net *net, hand_weights *hw, float w0, float w1, float b0, float b1) {
    net_begin(net, 1, 2, 2);
    const int32_t conv = net_conv(net, "conv", 0, 2, 1);
    (void)net_layer(net, TSR_LAYER_RELU, "relu", conv);
    net_end(net);
    *hw = (hand_weights){0};
    set_conv(hw, conv, 2, 1, (const float[2]){w0, w1}, (const float[2]){b0, b1});
}

static void relu_output_uses_the_whole_type_and_clamps_at_its_zero_point(void **state) {
    (void)state;
    small_net net;
    hand_weights hw;
    one_conv(&net, &hw, 1.0F, -0.5F, 0.0F, 0.0F);
    // the conv's own negative values are never stored, so they don't count
    const tsr_range ranges[3] = {{-1.0, 1.0}, {-9.0, 5.1}, {0.0, 5.1}};
    static const int bits[2] = {8, 16};
    for (int k = 0; k < 2; ++k) {
        tsr_quantize_options options = {.activation_bits = bits[k]};
        const double steps = bits[k] == 8 ? 255.0 : 65535.0;
        const int32_t lowest = bits[k] == 8 ? -128 : -32768;
        tsr_qnetwork q = {0};
        tsr_error err = {0};
        assert_ok(
            tsr_quantize_ranges(&net.network, weights_of(&hw, &net), ranges, &options, &q, &err),
            err);
        for (int i = 1; i <= 2; ++i) {
            assert_true(fabs(q.layers[i].out.scale - 5.1 / steps) < 1e-15);
            assert_int_equal(q.layers[i].out.zero_point, lowest);
            assert_int_equal(q.layers[i].clamp_lo, lowest);
            assert_int_equal(q.layers[i].clamp_hi, -1 - lowest);
            assert_int_equal(q.fused_into[i], 1);
        }
        // [-1, 1]: scale 2/steps, zero point round(lowest + steps/2) = round(-0.5), away from zero
        assert_int_equal(q.layers[0].out.zero_point, -1);
        tsr_qnetwork_free(&q);
    }
}

static void weights_and_biases_follow_their_formulas(void **state) {
    (void)state;
    small_net net;
    hand_weights hw;
    net_begin(&net, 2, 1, 1);
    const int32_t conv = net_conv(&net, "conv", 0, 2, 1);
    net_end(&net);
    hw = (hand_weights){0};
    // channel 0: largest 254 = 127 steps of 2; channel 1: largest 63.5 = 127 steps of 0.5, and
    // -0.25 is a tie at -0.5 steps: away from zero
    set_conv(&hw, conv, 2, 2, (const float[4]){-254.0F, 64.0F, 63.5F, -0.25F},
             (const float[2]){10.0F, -3.0F});
    const tsr_range ranges[2] = {{0.0, 255.0}, {-1000.0, 1550.0}};
    tsr_qnetwork q = {0};
    tsr_error err = {0};
    assert_ok(
        tsr_quantize_ranges(&net.network, weights_of(&hw, &net), ranges, &eight_bits, &q, &err),
        err);
    // input scale 1, channel steps 2 and 0.5: weights {-127, 32}, {127, -1}; biases 10/2 and -3/0.5
    const int8_t *w = q.layers[conv].weight.data;
    const int32_t *b = q.layers[conv].bias.data;
    assert_int_equal(w[0], -127);
    assert_int_equal(w[1], 32);
    assert_int_equal(w[2], 127);
    assert_int_equal(w[3], -1);
    assert_int_equal(b[0], 5);
    assert_int_equal(b[1], -6);
    // output scale 10, zero point -128 + 100; factors 0.2 and 0.05
    assert_int_equal(q.layers[conv].out.zero_point, -28);
    const double factors[2] = {0.2, 0.05};
    for (int m = 0; m < 2; ++m) {
        const tsr_scale s = q.layers[conv].requant[m];
        assert_true(fabs(ldexp(s.multiplier, -s.shift) / factors[m] - 1.0) < 0x1p-30);
    }
    tsr_qnetwork_free(&q);
}

static void channel_of_zeros_and_channel_of_mostly_bias_stay_harmless(void **state) {
    (void)state;
    small_net net;
    hand_weights hw;
    // with 1e-12 as step, the second bias would be 2^39.9: its weights are made coarser instead
    one_conv(&net, &hw, 0.0F, 127e-12F, 0.0F, 1.0F);
    const tsr_range ranges[3] = {{0.0, 255.0}, {0.0, 2.55}, {0.0, 2.55}};
    tsr_qnetwork q = {0};
    tsr_error err = {0};
    assert_ok(
        tsr_quantize_ranges(&net.network, weights_of(&hw, &net), ranges, &eight_bits, &q, &err),
        err);
    const int8_t x[4] = {-128, 0, 5, 127};
    tsr_tensor input = {0};
    assert_ok(tsr_tensor_create(&input, TSR_DTYPE_I8, 1, 1, 2, 2, &err), err);
    memcpy(input.data, x, sizeof x);
    const tsr_forward_options options = {.blocking = {.border_padding = TSR_PAD_SAME}};
    tsr_activations result = {0};
    assert_ok(tsr_forward_int(&net.network, &q, &options, &input, &result, &err), err);
    const int8_t *out = result.tensors[2].data;
    for (int i = 0; i < 4; ++i) {
        assert_int_equal(out[i], -128);            // 0
        assert_int_equal(out[4 + i], -128 + 100);  // 1.0 at a scale of 0.01
    }
    tsr_activations_free(&result);
    tsr_tensor_free(&input);
    tsr_qnetwork_free(&q);
}

static void residual_network_answers_in_the_scale_of_its_input(void **state) {
    (void)state;
    small_net net;
    hand_weights hw = {0};
    net_begin(&net, 1, 2, 2);
    const int32_t conv = net_conv(&net, "conv", 0, 1, 1);
    const int32_t add = net_join(&net, TSR_LAYER_ADD, "add", conv, 0);
    net_end(&net);
    set_conv(&hw, conv, 1, 1, (const float[1]){0.25F}, (const float[1]){0.0F});
    const tsr_range ranges[3] = {{0.0, 1.0}, {-0.25, 0.25}, {-0.25, 1.25}};
    const tsr_quantize_options options = {.input_params = {1.0 / 255.0, -128},
                                          .activation_bits = 8};
    tsr_qnetwork q = {0};
    tsr_error err = {0};
    assert_ok(tsr_quantize_ranges(&net.network, weights_of(&hw, &net), ranges, &options, &q, &err),
              err);
    assert_true(q.layers[add].out.scale == 1.0 / 255.0);
    assert_int_equal(q.layers[add].out.zero_point, -128);
    assert_int_equal(q.layers[add].residual.multiplier, 1 << 30);  // times one
    assert_int_equal(q.layers[add].residual.shift, 30);
    tsr_qnetwork_free(&q);
}

static void layers_that_cannot_rescale_share_one_scale(void **state) {
    (void)state;
    small_net net;
    hand_weights hw = {0};
    net_begin(&net, 1, 4, 4);
    const int32_t a = net_conv(&net, "a", 0, 1, 1);
    const int32_t b = net_conv(&net, "b", 0, 1, 1);
    const int32_t pool_a = net_pool(&net, TSR_LAYER_MAX_POOL, "pool_a", a);
    const int32_t pool_b = net_pool(&net, TSR_LAYER_AVERAGE_POOL, "pool_b", b);
    const int32_t both = net_join(&net, TSR_LAYER_CONCAT, "both", pool_a, pool_b);
    const int32_t flat = net_layer(&net, TSR_LAYER_FLATTEN, "flat", both);
    net_end(&net);
    set_conv(&hw, a, 1, 1, (const float[1]){1.0F}, (const float[1]){0.0F});
    set_conv(&hw, b, 1, 1, (const float[1]){1.0F}, (const float[1]){0.0F});
    const tsr_range ranges[7] = {{0.0, 1.0},  {0.0, 1.0},  {-2.0, 0.0}, {0.0, 1.0},
                                 {-2.0, 0.0}, {-2.0, 1.0}, {-2.0, 1.0}};
    tsr_qnetwork q = {0};
    tsr_error err = {0};
    assert_ok(
        tsr_quantize_ranges(&net.network, weights_of(&hw, &net), ranges, &eight_bits, &q, &err),
        err);
    const int32_t same[6] = {a, b, pool_a, pool_b, both, flat};
    for (int i = 0; i < 6; ++i) {
        assert_true(fabs(q.layers[same[i]].out.scale - 3.0 / 255.0) < 1e-15);
        assert_int_equal(q.layers[same[i]].out.zero_point, 42);  // -128 + 2/3*255
    }
    tsr_qnetwork_free(&q);
}

static void relu_six_clamps_at_six(void **state) {
    (void)state;
    small_net net;
    hand_weights hw;
    one_conv(&net, &hw, 1.0F, 1.0F, 0.0F, 0.0F);
    net.layers[2].kind = TSR_LAYER_RELU6;
    // ranges wider than six, as calibration elsewhere may give: scale 0.04, six is 150 steps
    const tsr_range ranges[3] = {{0.0, 1.0}, {0.0, 10.2}, {0.0, 10.2}};
    tsr_qnetwork q = {0};
    tsr_error err = {0};
    assert_ok(
        tsr_quantize_ranges(&net.network, weights_of(&hw, &net), ranges, &eight_bits, &q, &err),
        err);
    assert_int_equal(q.layers[1].clamp_lo, -128);
    assert_int_equal(q.layers[1].clamp_hi, -128 + 150);
    tsr_qnetwork_free(&q);
}

// The integer network follows the float one to a few output steps (13 of 255 or 65535): every layer
// adds half a step of rounding and what rounded weights move; any wrong scale, bias or zero point
// is far beyond it, in 16 bits above all.
static void integer_run_follows_the_float_run(void **state) {
    (void)state;
    const uint64_t seed = 11;
    print_message("seed %llu\n", (unsigned long long)seed);
    small_net net;
    net_begin(&net, 3, 12, 12);
    const int32_t c1 = net_conv(&net, "c1", 0, 8, 3);
    const int32_t r1 = net_layer(&net, TSR_LAYER_RELU, "r1", c1);
    const int32_t c2 = net_conv(&net, "c2", r1, 8, 3);
    const int32_t add = net_join(&net, TSR_LAYER_ADD, "add", r1, c2);
    const int32_t p = net_pool(&net, TSR_LAYER_MAX_POOL, "pool", add);
    const int32_t mean = net_layer(&net, TSR_LAYER_GLOBAL_AVERAGE_POOL, "mean", p);
    (void)net_gemm(&net, "fc", mean, 5);
    net_end(&net);
    tsr_error err = {0};
    tsr_weights weights = {0};
    tsr_tensor input = {0};
    assert_ok(tsr_weights_generate(&net.network, seed, &weights, &err), err);
    assert_ok(tsr_input_generate(net.layers[0].out, seed, &input, &err), err);
    const tsr_forward_options options = {
        .blocking = {.kind = TSR_BLOCKING_FIXED, .h = 6, .w = 6, .border_padding = TSR_PAD_SAME},
        .keep_all = true};
    tsr_activations real = {0};
    assert_ok(tsr_forward_f32(&net.network, &weights, &options, &input, &real, &err), err);
    static const int bits[2] = {8, 16};
    for (int k = 0; k < 2; ++k) {
        tsr_qnetwork q = {0};
        tsr_tensor quantised = {0};
        tsr_activations ints = {0};
        assert_ok(tsr_quantize(&net.network, &weights, &input, 1, (tsr_qparams){0}, bits[k],
                               TSR_ROUND_HALF_UP, &q, &err),
                  err);
        assert_ok(tsr_tensor_quantize(&input, q.layers[0].out, bits[k], &quantised, &err), err);
        assert_ok(tsr_forward_int(&net.network, &q, &options, &quantised, &ints, &err), err);
        for (int32_t i = 0; i < net.network.layer_count; ++i) {
            tsr_tensor back = {0};
            if (i == c1 || i == c2) {
                continue;  // shows the value of its pass
            }
            assert_ok(tsr_tensor_dequantize(&ints.tensors[i], q.layers[i].out, &back, &err), err);
            const double scale = q.layers[i].out.scale;
            const double tolerance = 13.0 * scale;
            const double lo = scale * (q.layers[i].clamp_lo - q.layers[i].out.zero_point);
            const double hi = scale * (q.layers[i].clamp_hi - q.layers[i].out.zero_point);
            const size_t count = back.bytes / sizeof(float);
            for (size_t j = 0; j < count; ++j) {
                // blocked values may leave the calibrated range: they saturate
                const double want =
                    fmin(fmax((double)((const float *)real.tensors[i].data)[j], lo), hi);
                assert_true(fabs((double)((const float *)back.data)[j] - want) <= tolerance);
            }
            tsr_tensor_free(&back);
        }
        tsr_activations_free(&ints);
        tsr_tensor_free(&quantised);
        tsr_qnetwork_free(&q);
    }
    tsr_activations_free(&real);
    tsr_weights_free(&weights);
    tsr_tensor_free(&input);
}

static void tensor_quantisation_rounds_half_to_even_and_saturates(void **state) {
    (void)state;
    float x[8] = {0.5F, 1.5F, -0.5F, -1.5F, 2.25F, 1000.0F, -1000.0F, 0.0F};
    const int expected[8] = {3, 5, 3, 1, 5, 127, -128, 3};  // zero point 3, added after rounding
    const tsr_tensor real = floats(1, 1, 2, 4, x);
    tsr_tensor q = {0};
    tsr_tensor back = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_quantize(&real, (tsr_qparams){1.0, 3}, 8, &q, &err), err);
    for (int i = 0; i < 8; ++i) {
        assert_int_equal(((const int8_t *)q.data)[i], expected[i]);
    }
    assert_ok(tsr_tensor_dequantize(&q, (tsr_qparams){0.5, 3}, &back, &err), err);
    for (int i = 0; i < 8; ++i) {
        assert_true(((const float *)back.data)[i] == 0.5F * (float)(expected[i] - 3));
    }
    tsr_tensor_free(&back);
    tsr_tensor wide = {0};
    assert_ok(tsr_tensor_quantize(&real, (tsr_qparams){1.0, 3}, 16, &wide, &err), err);
    assert_int_equal(((const int16_t *)wide.data)[5], 1003);
    tsr_tensor_free(&wide);
    tsr_tensor_free(&q);
    assert_int_equal(tsr_tensor_quantize(&real, (tsr_qparams){0.0, 0}, 8, &q, &err),
                     TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "must be positive"));
    assert_int_equal(tsr_tensor_quantize(&real, (tsr_qparams){1.0, 0}, 7, &q, &err),
                     TSR_ERR_UNSUPPORTED);
    assert_int_equal(tsr_tensor_dequantize(&real, (tsr_qparams){1.0, 0}, &q, &err), TSR_ERR_SHAPE);
    assert_non_null(strstr(err.message, "float32"));
}

static void expect_refusal(small_net *net, hand_weights *hw, const tsr_range *ranges,
                           const tsr_quantize_options *options, tsr_status status,
                           const char *where, const char *text) {
    tsr_qnetwork q = {0};
    tsr_error err = {0};
    assert_int_equal(
        tsr_quantize_ranges(&net->network, weights_of(hw, net), ranges, options, &q, &err), status);
    assert_non_null(strstr(err.where, where));
    assert_non_null(strstr(err.message, text));
    assert_null(q.layers);
}

static void impossible_quantisations_are_refused_by_layer(void **state) {
    (void)state;
    small_net net;
    hand_weights hw;
    const tsr_range ranges[3] = {{0.0, 1.0}, {0.0, 1.0}, {0.0, 1.0}};
    one_conv(&net, &hw, 1.0F, 1.0F, 0.0F, 0.0F);
    const tsr_quantize_options nine = {.activation_bits = 9};
    expect_refusal(&net, &hw, ranges, &nine, TSR_ERR_UNSUPPORTED, "", "must be 8 or 16");
    const tsr_quantize_options off = {.input_params = {1.0, 500}, .activation_bits = 8};
    expect_refusal(&net, &hw, ranges, &off, TSR_ERR_CONFIG, "", "within [-128, 127]");
    const tsr_range broken[3] = {{0.0, 1.0}, {0.5, 1.0}, {0.0, 1.0}};
    expect_refusal(&net, &hw, broken, &eight_bits, TSR_ERR_CONFIG, "conv", "hold 0");
    // 1.0 over 127 steps of weight and 255 of input against an output step of 1e-9/255
    const tsr_range tiny[3] = {{0.0, 1.0}, {0.0, 1e-9}, {0.0, 1e-9}};
    expect_refusal(&net, &hw, tiny, &eight_bits, TSR_ERR_UNSUPPORTED, "conv", "(0, 2)");
    one_conv(&net, &hw, 1.0F, NAN, 0.0F, 0.0F);
    expect_refusal(&net, &hw, ranges, &eight_bits, TSR_ERR_CONFIG, "conv", "channel 1");
    one_conv(&net, &hw, 1.0F, 1.0F, 0.0F, INFINITY);
    expect_refusal(&net, &hw, ranges, &eight_bits, TSR_ERR_CONFIG, "conv", "channel 1");
    hw.layers[1].weight.data = NULL;
    expect_refusal(&net, &hw, ranges, &eight_bits, TSR_ERR_CONFIG, "conv", "no float weights");
    hw.weights.layer_count = 0;
    tsr_qnetwork q = {0};
    tsr_error err = {0};
    assert_int_equal(tsr_quantize_ranges(&net.network, &hw.weights, ranges, &eight_bits, &q, &err),
                     TSR_ERR_SHAPE);
    tsr_tensor none = {0};
    assert_int_equal(tsr_quantize(&net.network, weights_of(&hw, &net), &none, 0, (tsr_qparams){0},
                                  8, TSR_ROUND_HALF_UP, &q, &err),
                     TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "at least one is needed"));
}

// 70000 weights of 127 times inputs up to 255 steps away from the zero point pass 2^31.
static void accumulator_that_could_overflow_is_refused(void **state) {
    (void)state;

    enum { inputs = 70000 };

    small_net net;
    net_begin(&net, inputs, 1, 1);
    const int32_t fc = net_gemm(&net, "fc", 0, 1);
    net_end(&net);
    hand_weights hw = {0};
    tsr_tensor weight = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_create(&weight, TSR_DTYPE_F32, 1, inputs, 1, 1, &err), err);
    for (int i = 0; i < inputs; ++i) {
        ((float *)weight.data)[i] = 1.0F;
    }
    hw.layers[fc].weight = weight;
    const tsr_range ranges[2] = {{0.0, 1.0}, {0.0, 70000.0}};
    expect_refusal(&net, &hw, ranges, &eight_bits, TSR_ERR_OVERFLOW, "fc", "beyond 32 bits");
    const tsr_quantize_options wide = {.activation_bits = 16};
    expect_refusal(&net, &hw, ranges, &wide, TSR_ERR_UNSUPPORTED, "fc", "70000 products");
    tsr_tensor_free(&weight);
}

static void concat_with_an_input_of_given_scale_must_fit_it(void **state) {
    (void)state;
    small_net net;
    hand_weights hw = {0};
    net_begin(&net, 1, 2, 2);
    const int32_t conv = net_conv(&net, "conv", 0, 1, 1);
    (void)net_join(&net, TSR_LAYER_CONCAT, "both", 0, conv);
    net_end(&net);
    set_conv(&hw, conv, 1, 1, (const float[1]){1.0F}, (const float[1]){0.0F});
    const tsr_quantize_options given = {.input_params = {1.0 / 255.0, -128}, .activation_bits = 8};
    const tsr_range wide[3] = {{0.0, 1.0}, {-3.0, 1.0}, {-3.0, 1.0}};
    expect_refusal(&net, &hw, wide, &given, TSR_ERR_UNSUPPORTED, "both", "span [-3, 1]");
    const tsr_range fits[3] = {{0.0, 1.0}, {0.0, 0.5}, {0.0, 1.0}};
    tsr_qnetwork q = {0};
    tsr_error err = {0};
    assert_ok(tsr_quantize_ranges(&net.network, weights_of(&hw, &net), fits, &given, &q, &err),
              err);
    assert_true(q.layers[conv].out.scale == 1.0 / 255.0);
    tsr_qnetwork_free(&q);
}

static void calibration_covers_true_strides_and_the_authors_rule(void **state) {
    (void)state;
    small_net net;
    hand_weights hw = {0};
    net_begin(&net, 1, 2, 2);
    const int32_t conv = net_conv(&net, "conv", 0, 1, 1);
    net.layers[conv].stride_h = net.layers[conv].stride_w = 2;
    net_end(&net);
    set_conv(&hw, conv, 1, 1, (const float[1]){2.0F}, (const float[1]){0.0F});
    float x[4] = {-1.0F, 2.0F, 3.0F, 4.0F};  // sampled: -2; stride 1 + max pool: 8
    const tsr_tensor input = floats(1, 1, 2, 2, x);
    tsr_range ranges[2];
    tsr_error err = {0};
    assert_ok(tsr_ranges_measure(&net.network, weights_of(&hw, &net), &input, 1, ranges, &err),
              err);
    assert_true(ranges[0].lo == -1.0 && ranges[0].hi == 4.0);
    assert_true(ranges[1].lo == -2.0 && ranges[1].hi == 8.0);
    x[0] = NAN;
    assert_int_equal(
        tsr_ranges_measure(&net.network, weights_of(&hw, &net), &input, 1, ranges, &err),
        TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "not finite"));
}

static void every_failing_allocation_is_survived(void **state) {
    (void)state;
    small_net net;
    hand_weights hw;
    one_conv(&net, &hw, 1.0F, 1.0F, 0.0F, 0.0F);
    float x[4] = {0.0F, 1.0F, 0.5F, 0.25F};
    const tsr_tensor input = floats(1, 1, 2, 2, x);
    tsr_status status = TSR_ERR_NO_MEMORY;
    for (uint64_t k = 1; status == TSR_ERR_NO_MEMORY; ++k) {
        tsr_qnetwork q = {0};
        tsr_error err = {0};
        tsr_alloc_fail_at(k);
        status = tsr_quantize(&net.network, weights_of(&hw, &net), &input, 1, (tsr_qparams){0}, 8,
                              TSR_ROUND_HALF_UP, &q, &err);
        tsr_alloc_fail_at(0);
        assert_true(status == TSR_OK || (status == TSR_ERR_NO_MEMORY && q.layers == NULL));
        tsr_qnetwork_free(&q);
    }
    assert_int_equal(status, TSR_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relu_output_uses_the_whole_type_and_clamps_at_its_zero_point),
        cmocka_unit_test(weights_and_biases_follow_their_formulas),
        cmocka_unit_test(channel_of_zeros_and_channel_of_mostly_bias_stay_harmless),
        cmocka_unit_test(residual_network_answers_in_the_scale_of_its_input),
        cmocka_unit_test(layers_that_cannot_rescale_share_one_scale),
        cmocka_unit_test(relu_six_clamps_at_six),
        cmocka_unit_test(integer_run_follows_the_float_run),
        cmocka_unit_test(tensor_quantisation_rounds_half_to_even_and_saturates),
        cmocka_unit_test(impossible_quantisations_are_refused_by_layer),
        cmocka_unit_test(accumulator_that_could_overflow_is_refused),
        cmocka_unit_test(concat_with_an_input_of_given_scale_must_fit_it),
        cmocka_unit_test(calibration_covers_true_strides_and_the_authors_rule),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
