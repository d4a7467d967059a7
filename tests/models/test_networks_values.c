// SPDX-License-Identifier: Apache-2.0
// Every shipped network on values: quantised, then fast against reference integers bit for bit, and
// integers against floats. Channels are divided by 8 and pictures small, so that it takes seconds;
// the graph is the shipped one.
#include <math.h>
#include <stdlib.h>

#include <tessera/forward.h>

#include "support/shipped.h"
#include "support/test.h"

/** A network being tested; everything owned. */
typedef struct subject {
    tsr_network network;
    tsr_weights weights;
    tsr_qnetwork q;
    tsr_tensor picture;
} subject;

static uint64_t seed = 2026;

static int32_t thinner(int32_t channels) {
    return channels >= 16 ? channels / 8 : channels;
}

// Groups follow the channels: as many as channels stay as many, the others are divided alike.
static void make_thin(tsr_network *network) {
    tsr_error err = {0};
    for (int32_t i = 1; i < network->layer_count; ++i) {
        tsr_layer *layer = &network->layers[i];
        layer->out_channels = thinner(layer->out_channels);
        layer->groups = layer->groups > 1 ? thinner(layer->groups) : 1;
    }
    assert_ok(tsr_network_infer(network, &err), err);
}

static subject make_subject(const shipped *entry) {
    subject s = {0};
    tsr_error err = {0};
    assert_ok(tsr_network_load(entry->name, entry->small, entry->small, &s.network, &err), err);
    make_thin(&s.network);
    assert_ok(tsr_weights_generate(&s.network, seed, &s.weights, &err), err);
    assert_ok(tsr_input_generate(s.network.layers[0].out, seed, &s.picture, &err), err);
    assert_ok(tsr_quantize(&s.network, &s.weights, &s.picture, 1, (tsr_qparams){0}, 8,
                           TSR_ROUND_HALF_UP, &s.q, &err),
              err);
    return s;
}

static void free_subject(subject *s) {
    tsr_qnetwork_free(&s->q);
    tsr_weights_free(&s->weights);
    tsr_tensor_free(&s->picture);
    tsr_network_free(&s->network);
}

static tsr_activations run_integers(const subject *s, const tsr_blocking *blocking,
                                    const tsr_tensor *input, bool fast) {
    const tsr_forward_options options = {.blocking = *blocking, .fast = fast};
    tsr_activations result = {0};
    tsr_error err = {0};
    assert_ok(tsr_forward_int(&s->network, &s->q, &options, input, &result, &err), err);
    return result;
}

// Distance of an output to its float twin in dB, the peak being the width of the float's values with
// 0 among them.
static double distance_db(const tsr_tensor *real, const tsr_tensor *q, tsr_qparams params) {
    tsr_tensor back = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_dequantize(q, params, &back, &err), err);
    const float *values = real->data;
    float lo = 0.0F;
    float hi = 0.0F;
    for (size_t i = 0; i < real->bytes / sizeof *values; ++i) {
        lo = fminf(lo, values[i]);
        hi = fmaxf(hi, values[i]);
    }
    const double db = tsr_psnr_db(real, &back, (double)hi - (double)lo, 0);
    tsr_tensor_free(&back);
    return db;
}

// The mean over the outputs has to show that both are the same function: maps that have nothing to do
// with each other are some 10 dB apart.
static void compare(const subject *s, const tsr_blocking *blocking) {
    static const double least_db = 20.0;
    double sum_db = 0.0;
    const tsr_forward_options options = {.blocking = *blocking, .fast = true};
    tsr_activations real = {0};
    tsr_tensor input = {0};
    tsr_error err = {0};
    assert_ok(tsr_tensor_quantize(&s->picture, s->q.layers[0].out, 8, &input, &err), err);
    assert_ok(tsr_forward_f32(&s->network, &s->weights, &options, &s->picture, &real, &err), err);
    tsr_activations fast = run_integers(s, blocking, &input, true);
    tsr_activations slow = run_integers(s, blocking, &input, false);
    for (int32_t i = 1; i < s->network.layer_count; ++i) {
        const bool output = tsr_network_is_output(&s->network, i);
        assert_true((fast.tensors[i].data != NULL) == output);  // all outputs, and nothing else
        if (output) {
            sum_db += distance_db(&real.tensors[i], &fast.tensors[i], s->q.layers[i].out);
            assert_int_equal(fast.tensors[i].bytes, slow.tensors[i].bytes);
            assert_memory_equal(fast.tensors[i].data, slow.tensors[i].data, fast.tensors[i].bytes);
        }
    }
    const double db = sum_db / tsr_network_output_count(&s->network);
    if (!(db > least_db)) {
        fail_msg("%s: integers are %.1f dB from floats", s->network.name, db);
    }
    tsr_activations_free(&slow);
    tsr_activations_free(&fast);
    tsr_activations_free(&real);
    tsr_tensor_free(&input);
}

static void integers_are_the_same_fast_and_slow_and_near_the_floats(void **state) {
    (void)state;
    for (size_t i = 0; i < shipped_count; ++i) {
        subject s = make_subject(&shipped_networks[i]);
        const tsr_blocking whole = {.kind = TSR_BLOCKING_NONE, .true_stride = true};
        compare(&s, &whole);
        free_subject(&s);
    }
}

// With blocks, and strides as in the authors' code: stride 1, then a 2x2 max pool.
static void the_networks_of_the_block_convolution_work_run_blocked(void **state) {
    (void)state;
    static const shipped entries[] = {
        {"vgg16", 32},           {"resnet18", 64},         {"resnet50", 64}, {"mobilenet_v1", 64},
        {"resnext50_32x4d", 64}, {"cifar10_resnet20", 16}, {"vdsr", 24}};
    const tsr_blocking quarters = {.kind = TSR_BLOCKING_HIERARCHICAL, .h = 2, .w = 2};
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; ++i) {
        subject s = make_subject(&entries[i]);
        compare(&s, &quarters);
        free_subject(&s);
    }
}

int main(int argc, char **argv) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 0) : seed;
    print_message("seed %llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_the_same_fast_and_slow_and_near_the_floats),
        cmocka_unit_test(the_networks_of_the_block_convolution_work_run_blocked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
