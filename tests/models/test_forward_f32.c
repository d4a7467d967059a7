// SPDX-License-Identifier: Apache-2.0
// Float forward runs: hand-computed graphs, what blocking may and may not change, memory of a run, refusals.
#include <math.h>

#include <tessera/forward.h>

#include "base/alloc.h"
#include "support/small_net.h"
#include "support/test.h"

static tsr_tensor floats(int32_t c, int32_t h, int32_t w, float *data) {
    const size_t count = (size_t)c * (size_t)h * (size_t)w;
    return (tsr_tensor){.dtype = TSR_DTYPE_F32,
                        .n = 1,
                        .c = c,
                        .h = h,
                        .w = w,
                        .channel_block = 1,
                        .bytes = count * sizeof(float),
                        .data = data};
}

static tsr_blocking blocking_of(const char *text, tsr_pad_mode padding) {
    tsr_blocking blocking = {0};
    tsr_error err = {0};
    assert_ok(tsr_blocking_parse(text, &blocking, &err), err);
    blocking.block_padding = padding;
    blocking.border_padding = TSR_PAD_SAME;
    return blocking;
}

/** Network, weights and input of the property tests. */
typedef struct fixture {
    small_net net;
    tsr_weights weights;
    tsr_tensor input;
} fixture;

static void fixture_free(fixture *f) {
    tsr_weights_free(&f->weights);
    tsr_tensor_free(&f->input);
}

static void fixture_finish(fixture *f, uint64_t seed) {
    tsr_error err = {0};
    net_end(&f->net);
    print_message("seed %llu\n", (unsigned long long)seed);
    assert_ok(tsr_weights_generate(&f->net.network, seed, &f->weights, &err), err);
    assert_ok(tsr_input_generate(f->net.layers[0].out, seed + 1, &f->input, &err), err);
}

static tsr_tensor last_map(const fixture *f, const tsr_tensor *input, tsr_blocking blocking) {
    tsr_error err = {0};
    const tsr_forward_options options = {.blocking = blocking};
    tsr_activations result = {0};
    assert_ok(tsr_forward_f32(&f->net.network, &f->weights, &options, input, &result, &err), err);
    tsr_tensor *last = &result.tensors[result.layer_count - 1];
    const tsr_tensor out = *last;
    *last = (tsr_tensor){0};
    tsr_activations_free(&result);
    return out;
}

static float at(const tsr_tensor *t, int32_t c, int32_t y, int32_t x) {
    return ((const float *)t->data)[(c * t->h + y) * t->w + x];
}

// in = {1, -2, 3, 5}: conv 1x1 with w = 2, b = 1 -> {3, -3, 7, 11}; relu -> {3, 0, 7, 11}; relu6 {3, 0, 6, 6};
// add of the input: {4, -2, 9, 11}; average 2x2 -> 5.5.
static void every_layer_does_what_its_name_says(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 1, 2, 2);
    const int32_t conv = net_conv(&net, "conv", 0, 1, 1);
    const int32_t relu = net_layer(&net, TSR_LAYER_RELU, "relu", conv);
    const int32_t relu6 = net_layer(&net, TSR_LAYER_RELU6, "relu6", relu);
    const int32_t add = net_join(&net, TSR_LAYER_ADD, "add", relu6, 0);
    const int32_t mean = net_layer(&net, TSR_LAYER_GLOBAL_AVERAGE_POOL, "mean", add);
    const int32_t gemm = net_gemm(&net, "fc", mean, 2);
    net_end(&net);
    tsr_layer_weights layers[small_net_max_layers] = {0};
    float conv_w[1] = {2.0F};
    float conv_b[1] = {1.0F};
    float fc_w[2] = {2.0F, -1.0F};
    float fc_b[2] = {0.0F, 0.25F};
    layers[conv].weight = floats(1, 1, 1, conv_w);
    layers[conv].bias = floats(1, 1, 1, conv_b);
    layers[gemm].weight = floats(1, 1, 1, fc_w);
    layers[gemm].weight.n = 2;
    layers[gemm].weight.bytes = sizeof fc_w;
    layers[gemm].bias = floats(2, 1, 1, fc_b);
    const tsr_weights weights = {net.network.layer_count, layers};
    float data[4] = {1.0F, -2.0F, 3.0F, 5.0F};
    const tsr_tensor input = floats(1, 2, 2, data);
    const tsr_forward_options options = {.blocking = blocking_of("none", TSR_PAD_ZERO),
                                         .keep_all = true};
    tsr_activations result = {0};
    tsr_error err = {0};
    assert_ok(tsr_forward_f32(&net.network, &weights, &options, &input, &result, &err), err);
    static const float want_relu[4] = {3.0F, 0.0F, 7.0F, 11.0F};
    static const float want_relu6[4] = {3.0F, 0.0F, 6.0F, 6.0F};
    static const float want_add[4] = {4.0F, -2.0F, 9.0F, 11.0F};
    assert_memory_equal(result.tensors[relu].data, want_relu, sizeof want_relu);
    assert_memory_equal(result.tensors[relu6].data, want_relu6, sizeof want_relu6);
    assert_memory_equal(result.tensors[add].data, want_add, sizeof want_add);
    assert_true(at(&result.tensors[mean], 0, 0, 0) == 5.5F);
    assert_true(at(&result.tensors[gemm], 0, 0, 0) == 11.0F);
    assert_true(at(&result.tensors[gemm], 1, 0, 0) == -5.25F);
    tsr_activations_free(&result);
}

static void two_convs(fixture *f, int32_t h, int32_t w, int32_t kernel) {
    *f = (fixture){0};
    net_begin(&f->net, 2, h, w);
    const int32_t first = net_conv(&f->net, "first", 0, 3, kernel);
    const int32_t relu = net_layer(&f->net, TSR_LAYER_RELU, "relu", first);
    (void)net_conv(&f->net, "second", relu, 2, kernel);
    fixture_finish(f, 7);
}

static void blocking_changes_nothing_for_pointwise_convolutions(void **state) {
    (void)state;
    fixture f;
    two_convs(&f, 12, 12, 1);
    tsr_tensor plain = last_map(&f, &f.input, blocking_of("none", TSR_PAD_ZERO));
    static const char *const texts[] = {"F4", "H3x3", "F6x4"};
    for (size_t i = 0; i < 3; ++i) {
        tsr_tensor blocked = last_map(&f, &f.input, blocking_of(texts[i], TSR_PAD_REFLECT));
        assert_memory_equal(plain.data, blocked.data, plain.bytes);
        tsr_tensor_free(&blocked);
    }
    tsr_tensor_free(&plain);
    fixture_free(&f);
}

// Two 3x3 layers see two pixels: from the third pixel inside a block on, no kernel crosses its edge.
static void pixels_whose_receptive_field_stays_in_the_block_do_not_change(void **state) {
    (void)state;

    enum { size = 16, block = 8, reach = 2 };

    fixture f;
    two_convs(&f, size, size, 3);
    tsr_tensor plain = last_map(&f, &f.input, blocking_of("none", TSR_PAD_ZERO));
    static const char *const texts[] = {"F8", "H2x2"};
    for (size_t i = 0; i < 2; ++i) {
        tsr_tensor blocked = last_map(&f, &f.input, blocking_of(texts[i], TSR_PAD_REPLICATE));
        bool edge_differs = false;
        for (int32_t c = 0; c < plain.c; ++c) {
            for (int32_t y = 0; y < size; ++y) {
                for (int32_t x = 0; x < size; ++x) {
                    const bool inside = y % block >= reach && y % block < block - reach &&
                                        x % block >= reach && x % block < block - reach;
                    const float difference = fabsf(at(&plain, c, y, x) - at(&blocked, c, y, x));
                    assert_true(!inside || difference <= 1e-5F);
                    edge_differs = edge_differs || difference > 1e-3F;
                }
            }
        }
        assert_true(edge_differs);
        tsr_tensor_free(&blocked);
    }
    tsr_tensor_free(&plain);
    fixture_free(&f);
}

// A block never sees its neighbour: the blocked network is the unblocked one run on every cut-out.
static void blocked_network_equals_the_network_on_every_cut_out(void **state) {
    (void)state;

    enum { size = 8, block = 4 };

    for (int mode = TSR_PAD_ZERO; mode <= TSR_PAD_REFLECT; ++mode) {
        fixture whole;
        fixture part;
        two_convs(&whole, size, size, 3);
        two_convs(&part, block, block, 3);  // same seed, same weights
        tsr_tensor blocked = last_map(&whole, &whole.input, blocking_of("F4", (tsr_pad_mode)mode));
        for (int32_t k = 0; k < 4; ++k) {
            const int32_t y0 = k / 2 * block;
            const int32_t x0 = k % 2 * block;
            for (int32_t i = 0; i < 2 * block * block; ++i) {
                ((float *)part.input.data)[i] =
                    at(&whole.input, i / (block * block), y0 + i / block % block, x0 + i % block);
            }
            tsr_tensor out = last_map(&part, &part.input, blocking_of("none", (tsr_pad_mode)mode));
            for (int32_t i = 0; i < 2 * block * block; ++i) {
                const float want = ((const float *)out.data)[i];
                const float got =
                    at(&blocked, i / (block * block), y0 + i / block % block, x0 + i % block);
                assert_true(fabsf(want - got) <= 1e-5F);
            }
            tsr_tensor_free(&out);
        }
        tsr_tensor_free(&blocked);
        fixture_free(&whole);
        fixture_free(&part);
    }
}

static void layer_marked_not_blockable_is_left_whole_with_the_border_padding(void **state) {
    (void)state;
    fixture f;
    two_convs(&f, 8, 8, 3);
    f.net.layers[1].blockable = false;
    f.net.layers[3].blockable = false;
    tsr_tensor plain = last_map(&f, &f.input, blocking_of("none", TSR_PAD_REPLICATE));
    tsr_tensor whole = last_map(&f, &f.input, blocking_of("F4", TSR_PAD_REPLICATE));
    assert_memory_equal(plain.data, whole.data, plain.bytes);
    tsr_tensor_free(&plain);
    tsr_tensor_free(&whole);
    fixture_free(&f);
}

static void refusals_name_the_layer(void **state) {
    (void)state;
    fixture f;
    two_convs(&f, 10, 10, 3);
    tsr_activations result = {0};
    tsr_error err = {0};
    tsr_forward_options options = {.blocking = blocking_of("F4", TSR_PAD_ZERO)};
    assert_int_equal(tsr_forward_f32(&f.net.network, &f.weights, &options, &f.input, &result, &err),
                     TSR_ERR_SHAPE);  // 4 does not divide 10 and ragged is off
    assert_non_null(strstr(err.where, "first"));
    options.blocking = blocking_of("F5", TSR_PAD_ZERO);
    f.net.layers[3].stride_h = f.net.layers[3].stride_w = 3;
    assert_ok(tsr_network_infer(&f.net.network, &err), err);
    assert_int_equal(tsr_forward_f32(&f.net.network, &f.weights, &options, &f.input, &result, &err),
                     TSR_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.where, "second"));
    f.weights.layer_count -= 1;
    assert_int_equal(tsr_forward_f32(&f.net.network, &f.weights, &options, &f.input, &result, &err),
                     TSR_ERR_SHAPE);
    assert_non_null(strstr(err.message, "weights of 3 layers given to a network of 4"));
    f.weights.layer_count += 1;
    f.input.dtype = TSR_DTYPE_I32;
    assert_int_equal(tsr_forward_f32(&f.net.network, &f.weights, &options, &f.input, &result, &err),
                     TSR_ERR_SHAPE);
    assert_non_null(strstr(err.message, "int32, must be float32"));
    assert_null(result.tensors);
    fixture_free(&f);
}

static void every_failing_allocation_is_survived(void **state) {
    (void)state;
    fixture f;
    two_convs(&f, 4, 4, 3);
    const tsr_forward_options options = {.blocking = blocking_of("F2", TSR_PAD_ZERO)};
    tsr_status status = TSR_ERR_NO_MEMORY;
    for (uint64_t k = 1; status == TSR_ERR_NO_MEMORY; ++k) {
        tsr_activations result = {0};
        tsr_error err = {0};
        tsr_alloc_fail_at(k);
        status = tsr_forward_f32(&f.net.network, &f.weights, &options, &f.input, &result, &err);
        tsr_alloc_fail_at(0);
        assert_true(status == TSR_OK || (status == TSR_ERR_NO_MEMORY && result.tensors == NULL));
        tsr_activations_free(&result);
    }
    assert_int_equal(status, TSR_OK);
    fixture_free(&f);
}

// One grey level of 255 on one of four pixels: mean square 1/4, so 10*log10(4*255^2) = 54.1514 dB.
static void psnr_follows_its_definition_and_ignores_the_border(void **state) {
    (void)state;
    float a[16] = {0};
    float b[16] = {0};
    b[0] = 100.0F;  // on the border
    b[5] = 1.0F;    // inside
    const tsr_tensor ta = floats(1, 4, 4, a);
    const tsr_tensor tb = floats(1, 4, 4, b);
    assert_true(fabs(tsr_psnr_db(&ta, &tb, 255.0, 1) - 10.0 * log10(4.0 * 255.0 * 255.0)) < 1e-9);
    assert_true(isinf(tsr_psnr_db(&ta, &ta, 255.0, 0)));
    assert_true(isnan(tsr_psnr_db(&ta, &tb, 255.0, 2)));  // nothing left
    const tsr_tensor other = floats(1, 2, 8, b);
    assert_true(isnan(tsr_psnr_db(&ta, &other, 255.0, 0)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_does_what_its_name_says),
        cmocka_unit_test(blocking_changes_nothing_for_pointwise_convolutions),
        cmocka_unit_test(pixels_whose_receptive_field_stays_in_the_block_do_not_change),
        cmocka_unit_test(blocked_network_equals_the_network_on_every_cut_out),
        cmocka_unit_test(layer_marked_not_blockable_is_left_whole_with_the_border_padding),
        cmocka_unit_test(refusals_name_the_layer),
        cmocka_unit_test(every_failing_allocation_is_survived),
        cmocka_unit_test(psnr_follows_its_definition_and_ignores_the_border),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
