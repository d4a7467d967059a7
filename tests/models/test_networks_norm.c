// SPDX-License-Identifier: Apache-2.0
// Batch norm: read from files or taken as folded, computed in float, folded into integers, refused
// where it cannot be folded.
#include <math.h>

#include <tessera/forward.h>

#include "base/alloc.h"
#include "support/npz_file.h"
#include "support/scratch.h"
#include "support/small_net.h"

static npz_file npz;

/** An array of a weights file; count elements of one extent, or with a shape given. */
typedef struct member {
    const char *name;
    size_t count;
    const float *values;
    const char *shape;  // NULL = (count,)
} member;

static const char *write_file(const member *arrays, size_t count) {
    memset(&npz, 0, sizeof npz);
    for (size_t i = 0; i < count; ++i) {
        char shape[32];
        (void)snprintf(shape, sizeof shape, "(%zu,)", arrays[i].count);
        npz_add_floats(&npz, arrays[i].name, arrays[i].shape != NULL ? arrays[i].shape : shape,
                       arrays[i].values, arrays[i].count, false);
    }
    npz_end(&npz);
    return scratch_write("weights.npz", npz.body.data, npz.body.size);
}

/** A 1x1 conv "c" of two channels in and out with a norm "n" behind it. */
static void normed_conv(small_net *net, bool bias) {
    net_begin(net, 2, 3, 3);
    const int32_t conv = net_conv(net, "c", 0, 2, 1);
    net->layers[conv].has_bias = bias;
    const int32_t norm = net_layer(net, TSR_LAYER_BATCH_NORM, "n", conv);
    net->layers[norm].epsilon = 0.25;
    net_end(net);
}

static const float kernel[4] = {1.0F, 2.0F, -3.0F, 0.5F};
static const float gamma_of[2] = {3.0F, -2.0F};
static const float beta_of[2] = {0.5F, 1.0F};
static const float mean_of[2] = {4.0F, -6.0F};
static const float variance_of[2] = {2.0F, 0.75F};  // + 0.25: roots 1.5 and 1
static const float other[3] = {7.0F, 8.0F, 9.0F};

#define KERNEL \
    { "c_w.npy", 4, kernel, "(2, 2, 1, 1)" }
#define NORM                                                              \
    {"n_gamma.npy", 2, gamma_of, NULL}, {"n_beta.npy", 2, beta_of, NULL}, \
        {"n_mean.npy", 2, mean_of, NULL}, {                               \
        "n_var.npy", 2, variance_of, NULL                                 \
    }

static float at(const tsr_tensor *t, size_t i) {
    return ((const float *)t->data)[i];
}

static void factors_and_shifts_come_from_the_four_arrays(void **state) {
    (void)state;
    const member arrays[] = {KERNEL, NORM};
    small_net net;
    normed_conv(&net, false);
    tsr_weights w = {0};
    tsr_error err = {0};
    assert_ok(tsr_weights_load(&net.network, write_file(arrays, 5), NULL, &w, &err), err);
    const tsr_layer_weights *norm = &w.layers[2];
    assert_true(at(&norm->weight, 0) == 3.0F / 1.5F && at(&norm->weight, 1) == -2.0F);
    assert_true(at(&norm->bias, 0) == 0.5F - 4.0F * 2.0F);
    assert_true(at(&norm->bias, 1) == 1.0F - 6.0F * 2.0F);
    assert_null(w.layers[1].bias.data);
    tsr_weights_free(&w);
}

static void arrays_are_found_by_the_number_of_the_conv_too(void **state) {
    (void)state;
    const member arrays[] = {{"k00_w.npy", 4, kernel, "(2, 2, 1, 1)"},
                             {"k00_gamma.npy", 2, gamma_of, NULL},
                             {"k00_beta.npy", 2, beta_of, NULL},
                             {"k00_mean.npy", 2, mean_of, NULL},
                             {"k00_var.npy", 2, variance_of, NULL}};
    small_net net;
    normed_conv(&net, false);
    tsr_weights w = {0};
    tsr_error err = {0};
    assert_ok(tsr_weights_load(&net.network, write_file(arrays, 5), "k%02d", &w, &err), err);
    assert_true(at(&w.layers[2].weight, 0) == 2.0F);
    tsr_weights_free(&w);
}

static void without_the_arrays_the_file_is_taken_as_folded(void **state) {
    (void)state;
    const member arrays[] = {KERNEL, {"c_b.npy", 2, beta_of, NULL}};
    small_net net;
    normed_conv(&net, false);
    tsr_weights w = {0};
    tsr_error err = {0};
    assert_ok(tsr_weights_load(&net.network, write_file(arrays, 2), NULL, &w, &err), err);
    assert_true(at(&w.layers[2].weight, 0) == 1.0F && at(&w.layers[2].weight, 1) == 1.0F);
    assert_true(at(&w.layers[2].bias, 0) == 0.5F && at(&w.layers[2].bias, 1) == 1.0F);
    tsr_weights_free(&w);
    normed_conv(&net, true);  // a conv with a bias of its own keeps it
    assert_ok(tsr_weights_load(&net.network, write_file(arrays, 2), NULL, &w, &err), err);
    assert_true(at(&w.layers[1].bias, 1) == 1.0F && at(&w.layers[2].bias, 1) == 0.0F);
    tsr_weights_free(&w);
}

static void files_that_do_not_fit_are_refused_with_the_layer(void **state) {
    (void)state;

    static const float negative[2] = {1.0F, -0.25F};  // + 0.25 = 0
    const member three[] = {KERNEL,
                            {"n_gamma.npy", 2, gamma_of, NULL},
                            {"n_beta.npy", 2, beta_of, NULL},
                            {"n_var.npy", 2, variance_of, NULL}};
    const member longer[] = {KERNEL,
                             {"n_gamma.npy", 3, other, NULL},
                             {"n_beta.npy", 2, beta_of, NULL},
                             {"n_mean.npy", 2, mean_of, NULL},
                             {"n_var.npy", 2, variance_of, NULL}};
    const member flat[] = {KERNEL,
                           {"n_gamma.npy", 2, gamma_of, NULL},
                           {"n_beta.npy", 2, beta_of, NULL},
                           {"n_mean.npy", 2, mean_of, NULL},
                           {"n_var.npy", 2, negative, NULL}};
    const member twice[] = {KERNEL, NORM, {"c_b.npy", 2, beta_of, NULL}};
    const member long_bias[] = {KERNEL, {"c_b.npy", 3, other, NULL}};

    static const char *const wheres[] = {"n", "n", "n", "c", "n"};
    static const char *const says[] = {"no _mean", "3 elements, must be 2", "must be positive",
                                       "is not 0, but the layer has no bias",
                                       "3 elements, must be 2"};
    const member *const files[] = {three, longer, flat, twice, long_bias};
    static const size_t counts[] = {4, 5, 5, 6, 2};
    for (size_t i = 0; i < 5; ++i) {
        small_net net;
        normed_conv(&net, false);
        tsr_weights w = {0};
        tsr_error err = {0};
        assert_int_not_equal(
            tsr_weights_load(&net.network, write_file(files[i], counts[i]), NULL, &w, &err),
            TSR_OK);
        assert_string_equal(err.where, wheres[i]);
        assert_non_null(strstr(err.message, says[i]));
        assert_null(w.layers);
    }
}

/** Conv (3x3, stride) - norm - relu, or the same without the norm. */
static void pass_of(small_net *net, bool norm, int32_t stride) {
    net_begin(net, 3, 8, 8);
    const int32_t conv = net_conv(net, "c", 0, 4, 3);
    net->layers[conv].stride_h = net->layers[conv].stride_w = stride;
    const int32_t last = norm ? net_layer(net, TSR_LAYER_BATCH_NORM, "n", conv) : conv;
    (void)net_layer(net, TSR_LAYER_RELU, "r", last);
    net_end(net);
}

// Powers of two: products are exact, so that nothing but the place of the factor differs.
static const float factors[4] = {0.5F, 2.0F, -1.0F, 0.25F};
static const float shifts[4] = {0.125F, -0.25F, 0.5F, 0.0F};

/** Weights of both networks of pass_of, the second with the norm folded in by hand. */
static void folded_pair(const small_net *with, const small_net *without, tsr_weights *normed,
                        tsr_weights *folded) {
    tsr_error err = {0};
    assert_ok(tsr_weights_generate(&with->network, 7, normed, &err), err);
    assert_ok(tsr_weights_generate(&without->network, 7, folded, &err), err);
    memcpy(normed->layers[2].weight.data, factors, sizeof factors);
    memcpy(normed->layers[2].bias.data, shifts, sizeof shifts);
    float *weights = folded->layers[1].weight.data;
    float *biases = folded->layers[1].bias.data;
    for (size_t m = 0; m < 4; ++m) {
        ((float *)normed->layers[1].bias.data)[m] = (float)m - 1.5F;
        biases[m] = factors[m] * ((float)m - 1.5F) + shifts[m];
        for (size_t i = 0; i < 27; ++i) {
            weights[m * 27 + i] *= factors[m];
        }
    }
}

static tsr_activations run_floats(const tsr_network *network, const tsr_weights *weights,
                                  const tsr_tensor *input) {
    const tsr_forward_options options = {.blocking = {.true_stride = true}, .keep_all = true};
    tsr_activations result = {0};
    tsr_error err = {0};
    assert_ok(tsr_forward_f32(network, weights, &options, input, &result, &err), err);
    return result;
}

static void floats_are_multiplied_and_shifted_channel_by_channel(void **state) {
    (void)state;
    small_net with;
    small_net without;
    pass_of(&with, true, 1);
    pass_of(&without, false, 1);
    tsr_weights normed = {0};
    tsr_weights folded = {0};
    folded_pair(&with, &without, &normed, &folded);
    tsr_tensor input = {0};
    tsr_error err = {0};
    assert_ok(tsr_input_generate(with.network.layers[0].out, 3, &input, &err), err);
    tsr_activations run = run_floats(&with.network, &normed, &input);
    for (size_t c = 0; c < 4; ++c) {
        for (size_t i = c * 64; i < (c + 1) * 64; ++i) {
            const float x = at(&run.tensors[1], i);
            assert_true(at(&run.tensors[2], i) == factors[c] * x + shifts[c]);
            assert_true(at(&run.tensors[3], i) == fmaxf(at(&run.tensors[2], i), 0.0F));
        }
    }
    tsr_activations_free(&run);
    tsr_tensor_free(&input);
    tsr_weights_free(&folded);
    tsr_weights_free(&normed);
}

static tsr_qnetwork quantize(const small_net *net, const tsr_weights *weights) {
    tsr_range ranges[small_net_max_layers] = {{0.0, 1.0}};
    for (int32_t i = 1; i < net->network.layer_count; ++i) {
        ranges[i] = (tsr_range){-3.0, 5.0};
    }
    const tsr_quantize_options options = {.activation_bits = 8, .rounding = TSR_ROUND_HALF_UP};
    tsr_qnetwork q = {0};
    tsr_error err = {0};
    assert_ok(tsr_quantize_ranges(&net->network, weights, ranges, &options, &q, &err), err);
    return q;
}

static void integers_are_those_of_weights_folded_by_hand(void **state) {
    (void)state;
    small_net with;
    small_net without;
    pass_of(&with, true, 1);
    pass_of(&without, false, 1);
    tsr_weights normed = {0};
    tsr_weights folded = {0};
    folded_pair(&with, &without, &normed, &folded);
    tsr_qnetwork a = quantize(&with, &normed);
    tsr_qnetwork b = quantize(&without, &folded);
    const tsr_qlayer *x = &a.layers[1];
    const tsr_qlayer *y = &b.layers[1];
    assert_memory_equal(x->weight.data, y->weight.data, x->weight.bytes);
    assert_memory_equal(x->bias.data, y->bias.data, x->bias.bytes);
    assert_memory_equal(x->requant, y->requant, 4 * sizeof *x->requant);
    assert_true(x->out.scale == y->out.scale && a.layers[2].out.scale == y->out.scale);
    assert_true(x->clamp_lo == y->clamp_lo && x->clamp_hi == y->clamp_hi);
    assert_true(x->negative_norm && !y->negative_norm);
    assert_null(a.layers[2].weight.data);  // the norm has nothing of its own left
    tsr_qnetwork_free(&b);
    tsr_qnetwork_free(&a);
    tsr_weights_free(&folded);
    tsr_weights_free(&normed);
}

static void a_norm_that_turns_values_over_is_not_pooled_in_place_of_a_stride(void **state) {
    (void)state;
    small_net with;
    small_net without;
    pass_of(&with, true, 2);
    pass_of(&without, false, 2);
    tsr_weights normed = {0};
    tsr_weights folded = {0};
    folded_pair(&with, &without, &normed, &folded);
    tsr_qnetwork q = quantize(&with, &normed);
    tsr_tensor input = {0};
    tsr_activations result = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_create(&input, TSR_DTYPE_I8, 1, 3, 8, 8, &err), err);
    tsr_forward_options options = {.fast = true};
    assert_int_equal(tsr_forward_int(&with.network, &q, &options, &input, &result, &err),
                     TSR_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.where, "c"));
    assert_non_null(strstr(err.message, "true_stride"));
    options.blocking.true_stride = true;
    assert_ok(tsr_forward_int(&with.network, &q, &options, &input, &result, &err), err);
    tsr_activations_free(&result);
    tsr_tensor_free(&input);
    tsr_qnetwork_free(&q);
    tsr_weights_free(&folded);
    tsr_weights_free(&normed);
}

static void a_conv_its_norm_an_add_and_a_relu_are_one_pass(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 4, 4, 4);
    const int32_t first = net_conv(&net, "first", 0, 4, 3);
    const int32_t conv = net_conv(&net, "conv", first, 4, 3);
    const int32_t norm = net_layer(&net, TSR_LAYER_BATCH_NORM, "norm", conv);
    const int32_t add = net_join(&net, TSR_LAYER_ADD, "add", first, norm);
    const int32_t relu = net_layer(&net, TSR_LAYER_RELU, "relu", add);
    net_end(&net);
    int32_t fused[small_net_max_layers];
    tsr_fusion_make(&net.network, fused);
    assert_true(fused[norm] == conv && fused[add] == conv && fused[relu] == conv);
    assert_int_equal(tsr_fusion_last(&net.network, fused, conv), relu);
    assert_int_equal(tsr_fusion_add(&net.network, fused, conv), add);
    assert_int_equal(tsr_fusion_residual(&net.network, fused, add), first);
    net.layers[conv].stride_h = 2;  // pools behind the residual: as without a norm
    tsr_fusion_make(&net.network, fused);
    assert_true(fused[norm] == conv && fused[add] == add && fused[relu] == add);
    assert_int_equal(tsr_fusion_residual(&net.network, fused, add), -1);
}

static void a_norm_that_cannot_be_folded_is_refused_by_name(void **state) {
    (void)state;
    small_net net;
    tsr_error err = {0};
    net_begin(&net, 4, 4, 4);
    int32_t conv = net_conv(&net, "conv", 0, 4, 3);
    const int32_t relu = net_layer(&net, TSR_LAYER_RELU, "relu", conv);
    (void)net_layer(&net, TSR_LAYER_BATCH_NORM, "norm", relu);
    assert_int_equal(tsr_network_infer(&net.network, &err), TSR_ERR_UNSUPPORTED);
    assert_string_equal(err.where, "norm");
    assert_non_null(strstr(err.message, "'relu' (relu), must directly follow a conv or gemm"));
    net_begin(&net, 4, 4, 4);
    conv = net_conv(&net, "conv", 0, 4, 3);
    const int32_t norm = net_layer(&net, TSR_LAYER_BATCH_NORM, "norm", conv);
    (void)net_join(&net, TSR_LAYER_ADD, "add", conv, norm);
    assert_int_equal(tsr_network_infer(&net.network, &err), TSR_ERR_UNSUPPORTED);
    assert_string_equal(err.where, "norm");
    assert_non_null(strstr(err.message, "'conv' is read by others too"));
    net.layers[norm + 1].inputs[0] = 0;  // only the norm reads it, but it leaves the network
    net.layers[conv].is_output = true;
    assert_int_equal(tsr_network_infer(&net.network, &err), TSR_ERR_UNSUPPORTED);
    net.layers[conv].is_output = false;
    net.layers[norm].epsilon = -1.0;
    assert_int_equal(tsr_network_infer(&net.network, &err), TSR_ERR_CONFIG);
    net.layers[norm].epsilon = 0.0;
    assert_ok(tsr_network_infer(&net.network, &err), err);
}

static void every_failing_allocation_is_survived(void **state) {
    (void)state;
    const member arrays[] = {KERNEL, NORM};
    small_net net;
    normed_conv(&net, false);
    const char *path = write_file(arrays, 5);
    tsr_status status = TSR_ERR_NO_MEMORY;
    for (uint64_t k = 1; status == TSR_ERR_NO_MEMORY; ++k) {
        tsr_weights w = {0};
        tsr_error err = {0};
        tsr_alloc_fail_at(k);
        status = tsr_weights_load(&net.network, path, NULL, &w, &err);
        tsr_alloc_fail_at(0);
        assert_true(status == TSR_OK || (status == TSR_ERR_NO_MEMORY && w.layers == NULL));
        tsr_weights_free(&w);
    }
    assert_int_equal(status, TSR_OK);
    status = TSR_ERR_NO_MEMORY;
    for (uint64_t k = 1; status == TSR_ERR_NO_MEMORY; ++k) {
        tsr_weights w = {0};
        tsr_error err = {0};
        tsr_alloc_fail_at(k);
        status = tsr_weights_generate(&net.network, 1, &w, &err);
        tsr_alloc_fail_at(0);
        assert_true(status == TSR_OK || (status == TSR_ERR_NO_MEMORY && w.layers == NULL));
        tsr_weights_free(&w);
    }
    assert_int_equal(status, TSR_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_and_shifts_come_from_the_four_arrays),
        cmocka_unit_test(arrays_are_found_by_the_number_of_the_conv_too),
        cmocka_unit_test(without_the_arrays_the_file_is_taken_as_folded),
        cmocka_unit_test(files_that_do_not_fit_are_refused_with_the_layer),
        cmocka_unit_test(floats_are_multiplied_and_shifted_channel_by_channel),
        cmocka_unit_test(integers_are_those_of_weights_folded_by_hand),
        cmocka_unit_test(a_norm_that_turns_values_over_is_not_pooled_in_place_of_a_stride),
        cmocka_unit_test(a_conv_its_norm_an_add_and_a_relu_are_one_pass),
        cmocka_unit_test(a_norm_that_cannot_be_folded_is_refused_by_name),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
