// SPDX-License-Identifier: Apache-2.0
// Forms in which shipped networks say what their authors say otherwise: several outputs, shortcuts
// without weights, a deconvolution as convolution and pixel shuffle; scales of sums; a trained
// network on real data.
#include <math.h>

#include <tessera/forward.h>

#include "base/rng.h"
#include "support/random_tensor.h"
#include "support/small_net.h"

static float at(const tsr_tensor *t, int32_t n, int32_t c, int32_t y, int32_t x) {
    return ((const float *)t->data)[((n * t->c + c) * t->h + y) * t->w + x];
}

static void outputs_in_the_middle_are_kept_and_not_fused_away(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 2, 4, 4);
    const int32_t conv = net_conv(&net, "conv", 0, 2, 3);
    const int32_t relu = net_layer(&net, TSR_LAYER_RELU, "relu", conv);
    const int32_t head = net_conv(&net, "head", relu, 2, 1);
    const int32_t last = net_conv(&net, "last", relu, 2, 1);
    tsr_error err = {0};
    assert_int_equal(tsr_network_infer(&net.network, &err), TSR_ERR_CONFIG);
    assert_string_equal(err.where, "head");
    assert_non_null(strstr(err.message, "\"output\": true"));
    net.layers[conv].is_output = net.layers[head].is_output = true;
    net_end(&net);
    assert_int_equal(tsr_network_output_count(&net.network), 3);
    int32_t fused[small_net_max_layers];
    tsr_fusion_make(&net.network, fused);
    assert_int_equal(fused[relu], relu);  // the conv's own value leaves the network
    tsr_weights weights = {0};
    tsr_tensor input = {0};
    tsr_activations run = {0};
    const tsr_forward_options options = {.fast = true};
    assert_ok(tsr_weights_generate(&net.network, 1, &weights, &err), err);
    assert_ok(tsr_input_generate(net.network.layers[0].out, 1, &input, &err), err);
    assert_ok(tsr_forward_f32(&net.network, &weights, &options, &input, &run, &err), err);
    for (int32_t i = 0; i <= last; ++i) {
        assert_true((run.tensors[i].data != NULL) == (i == conv || i == head || i == last));
    }
    tsr_activations_free(&run);
    tsr_tensor_free(&input);
    tsr_weights_free(&weights);
}

// He et al. 2016, option A: every second pixel, zeros in the channels that are new.
static void identity_takes_every_second_pixel_and_puts_zero_channels_around(void **state) {
    (void)state;
    const char *text =
        "{\"name\": \"n\", \"input\": {\"channels\": 2, \"height\": 6, \"width\": 6}, \"layers\": "
        "[{\"name\": \"s\", \"type\": \"conv\", \"out_channels\": 6, \"kernel\": 1, \"stride\": 2, "
        "\"identity\": true}]}";
    tsr_network net = {0};
    tsr_weights weights = {0};
    tsr_tensor input = {0};
    tsr_activations run = {0};
    tsr_error err = {0};
    const tsr_forward_options options = {.blocking = {.true_stride = true}};
    assert_ok(tsr_network_parse(text, "f", 0, 0, &net, &err), err);
    assert_false(net.layers[1].has_bias);
    assert_ok(tsr_weights_generate(&net, 1, &weights, &err), err);
    assert_ok(tsr_input_generate(net.layers[0].out, 1, &input, &err), err);
    assert_ok(tsr_forward_f32(&net, &weights, &options, &input, &run, &err), err);
    for (int32_t c = 0; c < 6; ++c) {
        for (int32_t i = 0; i < 9; ++i) {
            const bool old = c >= 2 && c < 4;
            const float want = old ? at(&input, 0, c - 2, 2 * (i / 3), 2 * (i % 3)) : 0.0F;
            assert_true(at(&run.tensors[1], 0, c, i / 3, i % 3) == want);
        }
    }
    tsr_activations_free(&run);
    tsr_tensor_free(&input);
    tsr_weights_free(&weights);
    net.layers[1].has_bias = true;
    assert_int_equal(tsr_network_infer(&net, &err), TSR_ERR_CONFIG);
    net.layers[1].has_bias = false;
    net.layers[1].out_channels = 1;
    assert_int_equal(tsr_network_infer(&net, &err), TSR_ERR_CONFIG);
    tsr_network_free(&net);
}

// relu(second(first) + first): the terms span [-10, 10], what the relu leaves of their sum [0, 1]. An
// operand may be scaled by less than 2, so the sum's scale must be above (20/255) / 2.
static void a_sum_smaller_than_its_terms_gets_a_coarser_scale(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 1, 4, 4);
    const int32_t first = net_conv(&net, "first", 0, 1, 1);
    const int32_t second = net_conv(&net, "second", first, 1, 1);
    const int32_t add = net_join(&net, TSR_LAYER_ADD, "add", first, second);
    (void)net_layer(&net, TSR_LAYER_RELU, "relu", add);
    net_end(&net);
    const tsr_range ranges[] = {{0.0, 1.0}, {-10.0, 10.0}, {-10.0, 10.0}, {-10.0, 1.0}, {0.0, 1.0}};
    const tsr_quantize_options options = {.activation_bits = 8, .rounding = TSR_ROUND_HALF_UP};
    tsr_weights weights = {0};
    tsr_qnetwork q = {0};
    tsr_error err = {0};
    assert_ok(tsr_weights_generate(&net.network, 1, &weights, &err), err);
    assert_ok(tsr_quantize_ranges(&net.network, &weights, ranges, &options, &q, &err), err);
    const double operand = q.layers[first].out.scale;
    const double sum = q.layers[add].out.scale;
    assert_true(fabs(operand - 20.0 / 255.0) < 1e-12);
    assert_true(operand / sum < 2.0 && operand / sum > 1.98);  // no coarser than it must be
    assert_int_equal(q.layers[add].out.zero_point, -128);
    tsr_qnetwork_free(&q);
    tsr_weights_free(&weights);
}

enum { taps = 9, factor = 2, reach = 4, depth = 3, edge = 5 };

/** A 9x9 stride-2 deconvolution by its definition: each input pixel adds its kernel to the output. */
static void deconvolve(const tsr_tensor *in, float kernel[depth][taps][taps],
                       double out[factor * edge][factor * edge]) {
    for (int32_t c = 0; c < depth; ++c) {
        for (int32_t i = 0; i < edge * edge * taps * taps; ++i) {
            const int32_t ky = i / taps % taps;
            const int32_t kx = i % taps;
            const int32_t y = i / (taps * taps) / edge;
            const int32_t x = i / (taps * taps) % edge;
            const int32_t oy = factor * y + ky - reach;
            const int32_t ox = factor * x + kx - reach;
            if (oy >= 0 && ox >= 0 && oy < factor * edge && ox < factor * edge) {
                out[oy][ox] += (double)kernel[c][ky][kx] * (double)at(in, 0, c, y, x);
            }
        }
    }
}

// Output pixel 2y + r gets tap k from input y + (r + 4 - k)/2, where that is whole: tap
// j = 2 + (r + 4 - k)/2 of a 5x5 window around y; the other taps of the window are 0.
static void sub_pixel_weights(float kernel[depth][taps][taps], tsr_tensor *weight) {
    float *to = weight->data;
    for (int32_t i = 0; i < factor * factor * depth * 25; ++i) {
        const int32_t row = i / 25 / depth / factor;
        const int32_t col = i / 25 / depth % factor;
        const int32_t ky = row + reach - 2 * (i % 25 / 5 - 2);
        const int32_t kx = col + reach - 2 * (i % 5 - 2);
        const bool inside = ky >= 0 && kx >= 0 && ky < taps && kx < taps;
        to[i] = inside ? kernel[i / 25 % depth][ky][kx] : 0.0F;
    }
}

static void fsrcnn_ends_with_the_deconvolution_of_its_authors(void **state) {
    (void)state;
    float kernel[depth][taps][taps];
    static double want[factor * edge][factor * edge];
    small_net net;
    net_begin(&net, depth, edge, edge);
    const int32_t conv = net_conv(&net, "deconv", 0, factor * factor, 5);
    net.layers[conv].has_bias = false;
    const int32_t shuffle = net_layer(&net, TSR_LAYER_PIXEL_SHUFFLE, "shuffle", conv);
    net.layers[shuffle].factor = factor;
    net_end(&net);
    tsr_rng rng = {11};
    const int32_t shape[4] = {1, depth, edge, edge};
    tsr_tensor input = random_tensor(&rng, TSR_DTYPE_F32, shape, false);
    for (int32_t i = 0; i < depth * taps * taps; ++i) {
        (&kernel[0][0][0])[i] = (float)(tsr_rng_unit(&rng) - 0.5);
    }
    tsr_weights weights = {0};
    tsr_activations run = {0};
    tsr_error err = {0};
    const tsr_forward_options options = {.fast = false};
    assert_ok(tsr_weights_generate(&net.network, 1, &weights, &err), err);
    sub_pixel_weights(kernel, &weights.layers[conv].weight);
    assert_ok(tsr_forward_f32(&net.network, &weights, &options, &input, &run, &err), err);
    deconvolve(&input, kernel, want);
    for (int32_t i = 0; i < factor * edge * factor * edge; ++i) {
        const int32_t y = i / (factor * edge);
        const int32_t x = i % (factor * edge);
        assert_true(fabs((double)at(&run.tensors[shuffle], 0, 0, y, x) - want[y][x]) < 1e-5);
    }
    tsr_activations_free(&run);
    tsr_weights_free(&weights);
    tsr_tensor_free(&input);
}

enum { golden_pictures = 8, classes = 10 };

// (pixel / 255 - mean) / deviation, the deviations and means of ../shared/data/README.md.
static tsr_tensor cifar_pictures(const char *path, int32_t pictures) {
    static const double mean[3] = {0.485, 0.456, 0.406};
    static const double deviation[3] = {0.229, 0.224, 0.225};
    tsr_archive archive = {0};
    tsr_tensor t = {0};
    tsr_error err = {0};
    assert_ok(tsr_archive_read(path, &archive, &err), err);
    const tsr_array *images = tsr_archive_find(&archive, "images");
    assert_non_null(images);
    assert_ok(tsr_tensor_create(&t, TSR_DTYPE_F32, pictures, 3, 32, 32, &err), err);
    for (size_t i = 0; i < t.bytes / sizeof(float); ++i) {
        const size_t c = i / 1024 % 3;
        ((float *)t.data)[i] = (float)((tsr_array_at(images, i) / 255.0 - mean[c]) / deviation[c]);
    }
    tsr_archive_free(&archive);
    return t;
}

// golden/resnet20_logits_first32.npz, made by an independent numpy program from the same weights;
// limit 1e-3 (FIGURES.md section 6). There the first convolution is blocked too.
static void trained_resnet20_gives_the_golden_logits(void **state) {
    (void)state;
    skip_without_data();

    static const struct {
        const char *name, *blocking;
        tsr_pad_mode padding;
    } cases[] = {{"none", "none", TSR_PAD_ZERO},
                 {"F16_zero", "F16", TSR_PAD_ZERO},
                 {"F8_replicate", "F8", TSR_PAD_REPLICATE},
                 {"H2x2_reflect", "H2x2", TSR_PAD_REFLECT}};

    tsr_network net = {0};
    tsr_weights weights = {0};
    tsr_archive golden = {0};
    tsr_error err = {0};
    assert_ok(tsr_network_load("cifar10_resnet20", 0, 0, &net, &err), err);
    net.layers[1].blockable = true;
    assert_ok(tsr_weights_load(&net, DATA_FILE("cifar10_resnet/resnet20_folded.npz"), NULL,
                               &weights, &err),
              err);
    assert_ok(tsr_archive_read(DATA_FILE("golden/resnet20_logits_first32.npz"), &golden, &err),
              err);
    tsr_tensor input =
        cifar_pictures(DATA_FILE("cifar10/cifar10_test_first1000.npz"), golden_pictures);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        tsr_forward_options options = {.fast = true};
        tsr_activations run = {0};
        assert_ok(tsr_blocking_parse(cases[k].blocking, &options.blocking, &err), err);
        options.blocking.block_padding = cases[k].padding;
        options.blocking.border_padding = TSR_PAD_SAME;
        options.blocking.true_stride = true;
        assert_ok(tsr_forward_f32(&net, &weights, &options, &input, &run, &err), err);
        const tsr_array *want = tsr_archive_find(&golden, cases[k].name);
        assert_non_null(want);
        const float *logits = run.tensors[net.layer_count - 1].data;
        for (size_t i = 0; i < (size_t)golden_pictures * classes; ++i) {
            if (fabs((double)logits[i] - tsr_array_at(want, i)) > 1e-3) {
                fail_msg("%s: logit %zu is %f, golden %f", cases[k].name, i, (double)logits[i],
                         tsr_array_at(want, i));
            }
        }
        tsr_activations_free(&run);
    }
    tsr_tensor_free(&input);
    tsr_archive_free(&golden);
    tsr_weights_free(&weights);
    tsr_network_free(&net);
}

static int32_t best_class(const tsr_tensor *logits, int32_t picture) {
    int32_t best = 0;
    for (int32_t k = 1; k < classes; ++k) {
        best = at(logits, picture, k, 0, 0) > at(logits, picture, best, 0, 0) ? k : best;
    }
    return best;
}

/** Logits of one network, float and integer; owned. */
typedef struct both_logits {
    tsr_tensor real, integer;
} both_logits;

static tsr_tensor take_last(tsr_activations *run) {
    const tsr_tensor last = run->tensors[run->layer_count - 1];
    run->tensors[run->layer_count - 1] = (tsr_tensor){0};
    tsr_activations_free(run);
    return last;
}

static both_logits run_both(const tsr_network *net, const tsr_weights *weights,
                            const tsr_tensor *calibration, const tsr_tensor *pictures) {
    const tsr_forward_options options = {.blocking = {.true_stride = true}, .fast = true};
    tsr_qnetwork q = {0};
    tsr_tensor input = {0};
    tsr_activations run = {0};
    both_logits logits = {0};
    tsr_error err = {0};
    assert_ok(tsr_quantize(net, weights, calibration, 1, (tsr_qparams){0}, 8, TSR_ROUND_HALF_UP, &q,
                           &err),
              err);
    assert_ok(tsr_forward_f32(net, weights, &options, pictures, &run, &err), err);
    logits.real = take_last(&run);
    assert_ok(tsr_tensor_quantize(pictures, q.layers[0].out, 8, &input, &err), err);
    assert_ok(tsr_forward_int(net, &q, &options, &input, &run, &err), err);
    tsr_tensor last = take_last(&run);
    assert_ok(
        tsr_tensor_dequantize(&last, q.layers[net->layer_count - 1].out, &logits.integer, &err),
        err);
    tsr_tensor_free(&last);
    tsr_tensor_free(&input);
    tsr_qnetwork_free(&q);
    return logits;
}

// FIGURES.md section 5: int8 costs the very similar ResNet-8 of MLPerf 0.1 % of its answers.
static void trained_resnet20_chooses_the_same_classes_in_integers(void **state) {
    (void)state;
    skip_without_data();

    enum { tested = 100, least_equal = 95 };

    tsr_network net = {0};
    tsr_weights weights = {0};
    tsr_error err = {0};
    assert_ok(tsr_network_load("cifar10_resnet20", 0, 0, &net, &err), err);
    assert_ok(tsr_weights_load(&net, DATA_FILE("cifar10_resnet/resnet20_folded.npz"), NULL,
                               &weights, &err),
              err);
    tsr_tensor calibration = cifar_pictures(DATA_FILE("cifar10/cifar10_train_first1000.npz"), 50);
    tsr_tensor pictures = cifar_pictures(DATA_FILE("cifar10/cifar10_test_first1000.npz"), tested);
    both_logits logits = run_both(&net, &weights, &calibration, &pictures);
    int32_t equal = 0;
    for (int32_t i = 0; i < tested; ++i) {
        equal += best_class(&logits.integer, i) == best_class(&logits.real, i);
    }
    print_message("%d of %d pictures get the class of the float run\n", equal, (int)tested);
    assert_true(equal >= least_equal);
    tsr_tensor_free(&logits.integer);
    tsr_tensor_free(&logits.real);
    tsr_tensor_free(&pictures);
    tsr_tensor_free(&calibration);
    tsr_weights_free(&weights);
    tsr_network_free(&net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_in_the_middle_are_kept_and_not_fused_away),
        cmocka_unit_test(identity_takes_every_second_pixel_and_puts_zero_channels_around),
        cmocka_unit_test(a_sum_smaller_than_its_terms_gets_a_coarser_scale),
        cmocka_unit_test(fsrcnn_ends_with_the_deconvolution_of_its_authors),
        cmocka_unit_test(trained_resnet20_gives_the_golden_logits),
        cmocka_unit_test(trained_resnet20_chooses_the_same_classes_in_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
