// SPDX-License-Identifier: Apache-2.0
// Integer forward runs: hand-computed passes, the order of the post-processor, strides, and exact wide sums.
#include <stdlib.h>

#include <tessera/forward.h>

#include "base/rng.h"
#include "support/small_net.h"
#include "support/test.h"

static const tsr_scale half = {1 << 30, 31};
static const tsr_scale quarter = {1 << 30, 32};
static const tsr_scale one = {1 << 30, 30};

/** Storage of a hand-made quantised network; weights and biases point into the test's arrays. */
typedef struct hand_made {
    tsr_qlayer layers[small_net_max_layers];
    int32_t fused_into[small_net_max_layers];
    tsr_scale requant[small_net_max_layers][8];
    tsr_qnetwork qnetwork;
} hand_made;

static tsr_tensor tensor_of(tsr_dtype dtype, int32_t n, int32_t c, int32_t h, int32_t w,
                            void *data) {
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

static void hand_begin(hand_made *hand, const small_net *net, int32_t bits) {
    *hand = (hand_made){.qnetwork = {.activation_bits = bits,
                                     .rounding = TSR_ROUND_HALF_UP,
                                     .layer_count = net->network.layer_count}};
    hand->qnetwork.layers = hand->layers;
    hand->qnetwork.fused_into = hand->fused_into;
    tsr_fusion_make(&net->network, hand->fused_into);
    for (int32_t i = 0; i < net->network.layer_count; ++i) {
        hand->layers[i].out.scale = 1.0;
        hand->layers[i].clamp_lo = bits == 8 ? INT8_MIN : INT16_MIN;
        hand->layers[i].clamp_hi = bits == 8 ? INT8_MAX : INT16_MAX;
    }
}

static void hand_weights(hand_made *hand, int32_t layer, tsr_tensor weight, int32_t *bias,
                         tsr_scale scale) {
    hand->layers[layer].weight = weight;
    hand->layers[layer].bias = tensor_of(TSR_DTYPE_I32, 1, weight.n, 1, 1, bias);
    hand->layers[layer].requant = hand->requant[layer];
    for (int32_t m = 0; m < weight.n; ++m) {
        hand->requant[layer][m] = scale;
    }
}

static void run(const small_net *net, const hand_made *hand, const tsr_blocking *blocking,
                const tsr_tensor *input, tsr_activations *result) {
    tsr_error err = {0};
    tsr_forward_options options = {.keep_all = true};
    if (blocking != NULL) {
        options.blocking = *blocking;
    } else {
        options.blocking.border_padding = TSR_PAD_SAME;
    }
    assert_ok(tsr_forward_int(&net->network, &hand->qnetwork, &options, input, result, &err), err);
}

static void assert_int8(const tsr_tensor *t, const int *expected, size_t count) {
    assert_int_equal(t->bytes, count);
    for (size_t i = 0; i < count; ++i) {
        assert_int_equal(((const int8_t *)t->data)[i], expected[i]);
    }
}

// Input 1x1x3 with zero point 1: x - 1 = {2, -6, 6}. Channel 0 = {2, -1, 3} along x with bias 10:
// sums {10-2-18, 10+4+6+18, 10-12-6} = {-10, 38, -8}; channel 1 = identity: sums {2, -6, 6}.
// Times 1/4: {-2.5, 9.5, -2} and {0.5, -1.5, 1.5}: every rule rounds these ties its own way.
static void row_conv_rounds_ties_under_every_rule(void **state) {
    (void)state;
    static const int expected[TSR_ROUNDING_COUNT][6] = {
        [TSR_ROUND_HALF_UP] = {-2, 10, -2, 1, -1, 2},
        [TSR_ROUND_HALF_AWAY] = {-3, 10, -2, 1, -2, 2},
        [TSR_ROUND_HALF_EVEN] = {-2, 10, -2, 0, -2, 2},
        [TSR_ROUND_FLOOR] = {-3, 9, -2, 0, -2, 1},
        // first stage halves exactly (even sums), second stage rounds ties away from zero
        [TSR_ROUND_DOUBLE] = {-3, 10, -2, 1, -2, 2},
    };
    small_net net;
    net_begin(&net, 1, 1, 3);
    const int32_t conv = net_conv(&net, "row", 0, 2, 3);
    net.layers[conv].kernel_h = 1;
    net.layers[conv].pad_top = net.layers[conv].pad_bottom = 0;
    net_end(&net);
    int8_t weights[6] = {2, -1, 3, 0, 1, 0};
    int32_t bias[2] = {10, 0};
    int8_t x[3] = {3, -5, 7};
    hand_made hand;
    hand_begin(&hand, &net, 8);
    hand_weights(&hand, conv, tensor_of(TSR_DTYPE_I8, 2, 1, 1, 3, weights), bias, quarter);
    hand.layers[0].out.zero_point = 1;
    hand.layers[conv].out.zero_point = 4;
    const tsr_tensor input = tensor_of(TSR_DTYPE_I8, 1, 1, 1, 3, x);
    for (int rule = 0; rule < TSR_ROUNDING_COUNT; ++rule) {
        hand.qnetwork.rounding = (tsr_rounding)rule;
        tsr_activations result = {0};
        run(&net, &hand, NULL, &input, &result);
        int with_zero_point[6];
        for (int i = 0; i < 6; ++i) {
            with_zero_point[i] = expected[rule][i] + 4;
        }
        assert_int8(&result.tensors[conv], with_zero_point, 6);
        tsr_activations_free(&result);
    }
}

// conv (identity, zero point of its input 1) -> add of the input -> relu, one pass.
// x - 1 = {2, -6, 126}; conv part /4, half up: {1 (0.5), -1 (-1.5), 32 (31.5)};
// residual part /2: {1, -3, 63}; sum + zero point 40: {42, 36, 135}; relu at 40 and saturation: {42, 40, 127}.
static void residual_is_added_after_requantisation_and_before_the_clamp(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 1, 1, 3);
    const int32_t conv = net_conv(&net, "same", 0, 1, 1);
    const int32_t add = net_join(&net, TSR_LAYER_ADD, "sum", conv, 0);
    const int32_t relu = net_layer(&net, TSR_LAYER_RELU, "relu", add);
    net_end(&net);
    int8_t weights[1] = {1};
    int32_t bias[1] = {0};
    int8_t x[3] = {3, -5, 127};
    hand_made hand;
    hand_begin(&hand, &net, 8);
    assert_int_equal(hand.fused_into[add], conv);
    assert_int_equal(hand.fused_into[relu], conv);
    hand_weights(&hand, conv, tensor_of(TSR_DTYPE_I8, 1, 1, 1, 1, weights), bias, quarter);
    hand.layers[add].residual = half;
    hand.layers[0].out.zero_point = 1;
    hand.layers[conv].out.zero_point = 40;
    hand.layers[conv].clamp_lo = 40;
    const tsr_tensor input = tensor_of(TSR_DTYPE_I8, 1, 1, 1, 3, x);
    tsr_activations result = {0};
    run(&net, &hand, NULL, &input, &result);
    static const int expected[3] = {42, 40, 127};
    assert_int8(&result.tensors[relu], expected, 3);
    assert_int8(&result.tensors[conv], expected, 3);  // one pass, one value
    assert_int8(&result.tensors[add], expected, 3);
    tsr_activations_free(&result);
}

// max pool and input are no convs: (x-1)/2 + (pool(x)-1)/4 with each term rounded by itself.
// x = {3, 6, 1, 2}: pool = 6; upsample(pool) = 6 everywhere; terms half up: {1, 3 (2.5), 0, 1 (0.5)} + 1 (1.25).
static void stand_alone_add_rounds_each_operand(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 1, 2, 2);
    const int32_t pool = net_pool(&net, TSR_LAYER_MAX_POOL, "pool", 0);
    const int32_t up = net_layer(&net, TSR_LAYER_UPSAMPLE, "up", pool);
    net.layers[up].factor = 2;
    const int32_t add = net_join(&net, TSR_LAYER_ADD, "sum", 0, up);
    net_end(&net);
    int8_t x[4] = {3, 6, 1, 2};
    hand_made hand;
    hand_begin(&hand, &net, 8);
    assert_int_equal(hand.fused_into[add], add);
    hand.layers[0].out.zero_point = 1;
    hand.layers[pool].out.zero_point = 1;
    hand.layers[up].out.zero_point = 1;
    hand.layers[add].add[0] = half;
    hand.layers[add].add[1] = quarter;
    hand.layers[add].out.zero_point = -7;
    const tsr_tensor input = tensor_of(TSR_DTYPE_I8, 1, 1, 2, 2, x);
    tsr_activations result = {0};
    run(&net, &hand, NULL, &input, &result);
    static const int expected[4] = {1 + 1 - 7, 3 + 1 - 7, 0 + 1 - 7, 1 + 1 - 7};
    assert_int8(&result.tensors[add], expected, 4);
    tsr_activations_free(&result);
}

static void declared_stride_two_is_a_max_pool_unless_true_stride_is_asked(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 1, 2, 4);
    const int32_t conv = net_conv(&net, "shrink", 0, 1, 1);
    net.layers[conv].stride_h = net.layers[conv].stride_w = 2;
    net_end(&net);
    int8_t weights[1] = {-1};
    int32_t bias[1] = {0};
    int8_t x[8] = {1, 2, 3, 4, 5, -6, 7, 8};
    hand_made hand;
    hand_begin(&hand, &net, 8);
    hand_weights(&hand, conv, tensor_of(TSR_DTYPE_I8, 1, 1, 1, 1, weights), bias, one);
    const tsr_tensor input = tensor_of(TSR_DTYPE_I8, 1, 1, 2, 4, x);
    tsr_blocking blocking = {.border_padding = TSR_PAD_SAME};
    tsr_activations result = {0};
    run(&net, &hand, &blocking, &input, &result);
    static const int pooled[2] = {6, -3};
    assert_int8(&result.tensors[conv], pooled, 2);
    tsr_activations_free(&result);
    blocking.true_stride = true;
    run(&net, &hand, &blocking, &input, &result);
    static const int sampled[2] = {-1, -3};
    assert_int8(&result.tensors[conv], sampled, 2);
    tsr_activations_free(&result);
}

static void fully_connected_sees_channels_then_rows_then_columns(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 2, 1, 2);
    const int32_t gemm = net_gemm(&net, "fc", 0, 1);
    net_end(&net);
    int8_t weights[4] = {1, 2, 4, 8};
    int32_t bias[1] = {100};
    int8_t x[4] = {1, -1, 2, 3};  // 1 - 2 + 8 + 24 = 31
    hand_made hand;
    hand_begin(&hand, &net, 8);
    hand_weights(&hand, gemm, tensor_of(TSR_DTYPE_I8, 1, 4, 1, 1, weights), bias, half);
    const tsr_tensor input = tensor_of(TSR_DTYPE_I8, 1, 2, 1, 2, x);
    tsr_activations result = {0};
    run(&net, &hand, NULL, &input, &result);
    static const int expected[1] = {66};  // 131/2 = 65.5, half up
    assert_int8(&result.tensors[gemm], expected, 1);
    tsr_activations_free(&result);
}

// Sums of full-range 16-bit products need more than 32 bits; the test sums them plainly in int64.
static void sixteen_bit_sums_are_exact_beyond_32_bits(void **state) {
    (void)state;

    enum { channels = 3, out = 2, h = 5, w = 6, taps = channels * 9 };

    const uint64_t seed = 16;
    print_message("seed %llu\n", (unsigned long long)seed);
    tsr_rng rng = {seed};
    small_net net;
    net_begin(&net, channels, h, w);
    const int32_t conv = net_conv(&net, "wide", 0, out, 3);
    net_end(&net);
    int16_t weights[out * taps];
    int16_t x[channels * h * w];
    int32_t bias[out] = {INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof weights / sizeof weights[0]; ++i) {
        weights[i] = (int16_t)(i < taps ? 32767 : tsr_rng_range(&rng, -32767, 32767));
    }
    for (size_t i = 0; i < sizeof x / sizeof x[0]; ++i) {
        x[i] = (int16_t)tsr_rng_range(&rng, -32768, 32767);
    }
    const int32_t zero_point = -32768;
    const tsr_scale scale = {(1 << 30) + 12345, 30 + 25};  // about 2^-25
    hand_made hand;
    hand_begin(&hand, &net, 16);
    hand_weights(&hand, conv, tensor_of(TSR_DTYPE_I16, out, channels, 3, 3, weights), bias, scale);
    hand.layers[0].out.zero_point = zero_point;
    const tsr_tensor input = tensor_of(TSR_DTYPE_I16, 1, channels, h, w, x);
    tsr_activations result = {0};
    run(&net, &hand, NULL, &input, &result);
    int64_t largest = 0;
    for (int m = 0; m < out; ++m) {
        for (int y = 0; y < h; ++y) {
            for (int k = 0; k < w; ++k) {
                int64_t sum = bias[m];
                for (int t = 0; t < taps; ++t) {
                    const int yy = y + t % 9 / 3 - 1;
                    const int xx = k + t % 3 - 1;
                    if (yy >= 0 && yy < h && xx >= 0 && xx < w) {
                        sum += (int64_t)weights[m * taps + t] *
                               (x[(t / 9 * h + yy) * w + xx] - zero_point);
                    }
                }
                largest = sum > largest ? sum : largest;
                int32_t want = tsr_requantize(sum, scale, TSR_ROUND_HALF_UP);
                want = want > INT16_MAX ? INT16_MAX : want < INT16_MIN ? INT16_MIN : want;
                const int16_t *got = result.tensors[conv].data;
                assert_int_equal(got[(m * h + y) * w + k], want);
            }
        }
    }
    assert_true(largest > INT32_MAX);  // else this test would show nothing
    tsr_activations_free(&result);
}

static void only_the_last_map_is_kept_unless_all_are_asked_for(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 1, 2, 2);
    const int32_t pool = net_pool(&net, TSR_LAYER_MAX_POOL, "pool", 0);
    const int32_t up = net_layer(&net, TSR_LAYER_UPSAMPLE, "up", pool);
    net.layers[up].factor = 2;
    net_end(&net);
    int8_t x[4] = {3, 6, 1, 2};
    hand_made hand;
    hand_begin(&hand, &net, 8);
    const tsr_tensor input = tensor_of(TSR_DTYPE_I8, 1, 1, 2, 2, x);
    const tsr_forward_options options = {.keep_all = false};
    tsr_activations result = {0};
    tsr_error err = {0};
    assert_ok(tsr_forward_int(&net.network, &hand.qnetwork, &options, &input, &result, &err), err);
    assert_null(result.tensors[0].data);
    assert_null(result.tensors[pool].data);
    static const int expected[4] = {6, 6, 6, 6};
    assert_int8(&result.tensors[up], expected, 4);
    tsr_activations_free(&result);
}

static void wrong_inputs_are_refused_by_name(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 1, 2, 2);
    (void)net_pool(&net, TSR_LAYER_MAX_POOL, "pool", 0);
    net_end(&net);
    int8_t x[4] = {0};
    hand_made hand;
    hand_begin(&hand, &net, 8);
    const tsr_forward_options options = {0};
    tsr_activations result = {0};
    tsr_error err = {0};
    const tsr_tensor thin = tensor_of(TSR_DTYPE_I8, 1, 1, 1, 2, x);
    assert_int_equal(tsr_forward_int(&net.network, &hand.qnetwork, &options, &thin, &result, &err),
                     TSR_ERR_SHAPE);
    assert_string_equal(err.where, "input");
    assert_non_null(strstr(err.message, "1x1x2, the network takes 1x2x2"));
    const tsr_tensor unsigned_input = tensor_of(TSR_DTYPE_U8, 1, 1, 2, 2, x);
    assert_int_equal(
        tsr_forward_int(&net.network, &hand.qnetwork, &options, &unsigned_input, &result, &err),
        TSR_ERR_SHAPE);
    assert_non_null(strstr(err.message, "uint8, must be int8"));
    const tsr_tensor good = tensor_of(TSR_DTYPE_I8, 1, 1, 2, 2, x);
    hand.qnetwork.layer_count = 1;
    assert_int_equal(tsr_forward_int(&net.network, &hand.qnetwork, &options, &good, &result, &err),
                     TSR_ERR_SHAPE);
    assert_non_null(strstr(err.message, "1 layers given to a network of 2"));
    assert_null(result.tensors);
}

static void odd_map_under_the_authors_stride_is_refused_with_the_way_out(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 1, 3, 3);
    const int32_t conv = net_conv(&net, "shrink", 0, 1, 1);
    net.layers[conv].stride_h = net.layers[conv].stride_w = 2;
    net_end(&net);  // 2x2 by inference, floor(3/2) = 1 by max pooling
    int8_t weights[1] = {1};
    int32_t bias[1] = {0};
    int8_t x[9] = {0};
    hand_made hand;
    hand_begin(&hand, &net, 8);
    hand_weights(&hand, conv, tensor_of(TSR_DTYPE_I8, 1, 1, 1, 1, weights), bias, one);
    const tsr_tensor input = tensor_of(TSR_DTYPE_I8, 1, 1, 3, 3, x);
    const tsr_forward_options options = {.blocking = {.border_padding = TSR_PAD_SAME}};
    tsr_activations result = {0};
    tsr_error err = {0};
    assert_int_equal(tsr_forward_int(&net.network, &hand.qnetwork, &options, &input, &result, &err),
                     TSR_ERR_SHAPE);
    assert_non_null(strstr(err.where, "shrink"));
    assert_non_null(strstr(err.message, "true_stride"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_conv_rounds_ties_under_every_rule),
        cmocka_unit_test(residual_is_added_after_requantisation_and_before_the_clamp),
        cmocka_unit_test(stand_alone_add_rounds_each_operand),
        cmocka_unit_test(declared_stride_two_is_a_max_pool_unless_true_stride_is_asked),
        cmocka_unit_test(fully_connected_sees_channels_then_rows_then_columns),
        cmocka_unit_test(sixteen_bit_sums_are_exact_beyond_32_bits),
        cmocka_unit_test(only_the_last_map_is_kept_unless_all_are_asked_for),
        cmocka_unit_test(wrong_inputs_are_refused_by_name),
        cmocka_unit_test(odd_map_under_the_authors_stride_is_refused_with_the_way_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
