// SPDX-License-Identifier: Apache-2.0
// Weights from files (names, patterns, shapes) and from seeds (distribution, reproducibility);
// generated pictures.
#include <math.h>
#include <stdlib.h>

#include <tessera/network.h>

#include "base/alloc.h"
#include "support/npz_file.h"
#include "support/scratch.h"
#include "support/small_net.h"

static npz_file npz;

// conv "c" 2 -> 1 channels of 1x1, then gemm "f" of 2 outputs over 1x2x2.
static void two_layers(small_net *net) {
    net_begin(net, 2, 2, 2);
    (void)net_gemm(net, "f", net_conv(net, "c", 0, 1, 1), 2);
    net_end(net);
}

static const float ramp[8] = {0.5F, 1.5F, 2.5F, 3.5F, 4.5F, 5.5F, 6.5F, 7.5F};

/** A member of the file a test writes; its elements are the first of the ramp. */
typedef struct member {
    const char *name, *shape;
} member;

static const char *write_file(const member *arrays, size_t count) {
    memset(&npz, 0, sizeof npz);
    for (size_t i = 0; i < count; ++i) {
        size_t elements = 1;
        for (const char *c = arrays[i].shape + 1; *c != ')';
             ++c) {  // "(1, 2)" with one-digit extents
            elements *= *c >= '0' && *c <= '9' ? (size_t)(*c - '0') : 1;
        }
        npz_add_floats(&npz, arrays[i].name, arrays[i].shape, ramp, elements, i % 2 == 1);
    }
    npz_end(&npz);
    return scratch_write("weights.npz", npz.body.data, npz.body.size);
}

static void weights_are_found_by_layer_name(void **state) {
    (void)state;
    static const member arrays[] = {{"c_w.npy", "(1, 2, 1, 1)"},
                                    {"c_b.npy", "(1,)"},
                                    {"f_w.npy", "(2, 4)"},
                                    {"other.npy", "(3,)"}};
    small_net net;
    two_layers(&net);
    tsr_weights w = {0};
    tsr_error err = {0};
    assert_ok(tsr_weights_load(&net.network, write_file(arrays, 4), NULL, &w, &err), err);
    assert_int_equal(w.layer_count, 3);
    assert_null(w.layers[0].weight.data);
    const tsr_tensor *c = &w.layers[1].weight;
    const tsr_tensor *f = &w.layers[2].weight;
    assert_true(c->n == 1 && c->c == 2 && c->h == 1 && c->w == 1 && c->dtype == TSR_DTYPE_F32);
    assert_memory_equal(c->data, ramp, c->bytes);
    assert_true(((float *)w.layers[1].bias.data)[0] == 0.5F);
    assert_true(f->n == 2 && f->c == 4 && f->h == 1 && f->w == 1);
    assert_memory_equal(f->data, ramp, f->bytes);
    static const float zeros[2] = {0};
    assert_memory_equal(w.layers[2].bias.data, zeros, sizeof zeros);  // missing: counts as 0
    tsr_weights_free(&w);
    tsr_weights_free(&w);
}

static void gemm_weights_may_keep_the_shape_of_the_map(void **state) {
    (void)state;
    static const char *const shapes[] = {"(2, 4)", "(2, 1, 2, 2)", "(2, 4, 1, 1)"};
    for (size_t i = 0; i < 3; ++i) {
        const member arrays[] = {{"c_w.npy", "(1, 2, 1, 1)"}, {"f_w.npy", shapes[i]}};
        small_net net;
        two_layers(&net);
        tsr_weights w = {0};
        tsr_error err = {0};
        assert_ok(tsr_weights_load(&net.network, write_file(arrays, 2), NULL, &w, &err), err);
        assert_memory_equal(w.layers[2].weight.data, ramp, w.layers[2].weight.bytes);
        tsr_weights_free(&w);
    }
}

static void patterns_count_the_layers_with_weights(void **state) {
    (void)state;
    static const member arrays[] = {{"l00.x_w.npy", "(1, 2, 1, 1)"},
                                    {"l01.x_w.npy", "(2, 4)"},
                                    {"l01.x_b.npy", "(2,)"},
                                    {"c_w.npy", "(1, 3, 1, 1)"}};  // would be refused by name
    small_net net;
    two_layers(&net);
    tsr_weights w = {0};
    tsr_error err = {0};
    const char *path = write_file(arrays, 4);
    assert_ok(tsr_weights_load(&net.network, path, "l%02d.x", &w, &err), err);
    assert_true(((float *)w.layers[2].bias.data)[1] == 1.5F);
    tsr_weights_free(&w);
    // the network's own pattern does the same
    (void)snprintf(net.network.weights_pattern, sizeof net.network.weights_pattern, "l%%02d.x");
    assert_ok(tsr_weights_load(&net.network, path, NULL, &w, &err), err);
    tsr_weights_free(&w);
    // and is left aside where the file does not know its first name
    (void)snprintf(net.network.weights_pattern, sizeof net.network.weights_pattern, "z%%d");
    assert_int_equal(tsr_weights_load(&net.network, path, NULL, &w, &err), TSR_ERR_SHAPE);
    assert_string_equal(err.where, "c");
    assert_int_equal(tsr_weights_load(&net.network, path, "z%d", &w, &err), TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "no array 'z0_w'"));
    static const char *const bad[] = {"",     "l",    "%s",   "%n",  "%d%d", "%",
                                      "l%02", "%99d", "%-3d", "%ld", "%%d"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        assert_int_equal(tsr_weights_load(&net.network, path, bad[i], &w, &err), TSR_ERR_CONFIG);
        assert_non_null(strstr(err.message, "must hold one %d or %0<n>d"));
    }
    assert_null(w.layers);
}

static void files_that_do_not_fit_the_network_are_refused_with_the_layer(void **state) {
    (void)state;

    static const struct {
        const char *c_w, *f_w, *f_b, *where, *says;
        tsr_status status;
    } cases[] = {
        {"(1, 3, 1, 1)", "(2, 4)", "(2,)", "c", "[1][3][1][1], must be [1][2][1][1]",
         TSR_ERR_SHAPE},
        {"(1, 2)", "(2, 4)", "(2,)", "c", "[1][2], must be [1][2][1][1]", TSR_ERR_SHAPE},
        {"(1, 2, 1, 1)", "(4, 2)", "(2,)", "f", "[4][2], must be [2][4][1][1]", TSR_ERR_SHAPE},
        {"(1, 2, 1, 1)", "(2, 4)", "(3,)", "f", "3 elements, must be 2", TSR_ERR_SHAPE},
        {"(1, 2, 1, 1)", NULL, NULL, "f", "no array 'f_w' among the 1 of", TSR_ERR_CONFIG},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        const member arrays[] = {
            {"c_w.npy", cases[i].c_w}, {"f_w.npy", cases[i].f_w}, {"f_b.npy", cases[i].f_b}};
        small_net net;
        two_layers(&net);
        tsr_weights w = {0};
        tsr_error err = {0};
        const char *path = write_file(arrays, cases[i].f_w != NULL ? 3 : 1);
        assert_int_equal(tsr_weights_load(&net.network, path, NULL, &w, &err), cases[i].status);
        assert_string_equal(err.where, cases[i].where);
        assert_non_null(strstr(err.message, cases[i].says));
        assert_null(w.layers);
    }
}

static void a_bias_for_a_layer_without_one_must_be_zero(void **state) {
    (void)state;
    static const member arrays[] = {
        {"c_w.npy", "(1, 2, 1, 1)"}, {"f_w.npy", "(2, 4)"}, {"f_b.npy", "(2,)"}};
    small_net net;
    two_layers(&net);
    net.layers[2].has_bias = false;
    tsr_weights w = {0};
    tsr_error err = {0};
    assert_int_equal(tsr_weights_load(&net.network, write_file(arrays, 3), NULL, &w, &err),
                     TSR_ERR_CONFIG);
    assert_non_null(strstr(err.message, "no bias"));
    assert_int_equal(tsr_weights_load(&net.network, scratch_path("absent.npz"), NULL, &w, &err),
                     TSR_ERR_FILE);
    memset(&npz, 0, sizeof npz);
    static const float zeros[2] = {0};
    npz_add_floats(&npz, "c_w.npy", "(1, 2, 1, 1)", ramp, 2, false);
    npz_add_floats(&npz, "f_w.npy", "(2, 4)", ramp, 8, false);
    npz_add_floats(&npz, "f_b.npy", "(2,)", zeros, 2, false);
    npz_end(&npz);
    assert_ok(
        tsr_weights_load(&net.network, scratch_write("zero.npz", npz.body.data, npz.body.size),
                         NULL, &w, &err),
        err);
    assert_null(w.layers[2].bias.data);
    tsr_weights_free(&w);
}

static void real_vdsr_weights_go_to_the_shipped_network_by_its_pattern(void **state) {
    (void)state;
    skip_without_data();
    tsr_network vdsr = {0};
    tsr_weights w = {0};
    tsr_archive archive = {0};
    tsr_error err = {0};
    assert_ok(tsr_network_load("vdsr", 0, 0, &vdsr, &err), err);
    assert_ok(tsr_archive_read(DATA_FILE("vdsr/vdsr_bias.npz"), &archive, &err), err);
    assert_ok(tsr_weights_load(&vdsr, DATA_FILE("vdsr/vdsr_bias.npz"), NULL, &w, &err), err);
    for (int32_t k = 0; k < 20;
         ++k) {  // conv1 .. conv20 of the network are conv00 .. conv19 of the file
        char layer[32];
        char array[32];
        (void)snprintf(layer, sizeof layer, "conv%d", k + 1);
        (void)snprintf(array, sizeof array, "conv%02d_w", k);
        const tsr_tensor *t = &w.layers[tsr_network_find(&vdsr, layer)].weight;
        assert_memory_equal(t->data, tsr_archive_find(&archive, array)->data, t->bytes);
    }
    tsr_archive_free(&archive);
    tsr_weights_free(&w);
    tsr_network_free(&vdsr);
}

static void wide_conv(small_net *net) {
    net_begin(net, 64, 4, 4);
    (void)net_conv(net, "wide", 0, 128, 3);
    net_end(net);
}

// 73,728 samples of deviation sqrt(2/576): the mean is within 5/sqrt(73728) deviations, the
// deviation within 2 %.
static void generated_weights_follow_he(void **state) {
    (void)state;
    small_net net;
    wide_conv(&net);
    tsr_weights w = {0};
    tsr_error err = {0};
    assert_ok(tsr_weights_generate(&net.network, 3, &w, &err), err);
    const tsr_tensor *t = &w.layers[1].weight;
    assert_true(t->n == 128 && t->c == 64 && t->h == 3 && t->w == 3);
    const size_t count = t->bytes / sizeof(float);
    double sum = 0.0;
    double squares = 0.0;
    for (size_t i = 0; i < count; ++i) {
        const double v = (double)((const float *)t->data)[i];
        sum += v;
        squares += v * v;
    }
    const double deviation = sqrt(2.0 / (64 * 9));
    assert_true(fabs(sum / (double)count) < 5.0 * deviation / sqrt((double)count));
    assert_true(fabs(sqrt(squares / (double)count) / deviation - 1.0) < 0.02);
    assert_int_equal(w.layers[1].bias.c, 128);
    tsr_weights_free(&w);
}

static uint32_t crc_of_seed(const small_net *net, uint64_t number, int32_t layer) {
    tsr_weights w = {0};
    tsr_error err = {0};
    assert_ok(tsr_weights_generate(&net->network, number, &w, &err), err);
    const uint32_t crc = tsr_tensor_crc32(&w.layers[layer].weight);
    tsr_weights_free(&w);
    return crc;
}

static void seeds_give_the_same_weights_again_and_others_other_ones(void **state) {
    (void)state;
    small_net net;
    small_net more;
    wide_conv(&net);
    assert_int_equal(crc_of_seed(&net, 5, 1), crc_of_seed(&net, 5, 1));
    assert_int_not_equal(crc_of_seed(&net, 5, 1), crc_of_seed(&net, 6, 1));
    wide_conv(&more);  // layers behind do not change it
    (void)net_conv(&more, "next", 1, 8, 3);
    net_end(&more);
    assert_int_equal(crc_of_seed(&net, 5, 1), crc_of_seed(&more, 5, 1));
}

static void generated_pictures_are_smooth_and_in_range(void **state) {
    (void)state;
    tsr_tensor a = {0};
    tsr_tensor b = {0};
    tsr_error err = {0};
    const tsr_shape shape = {3, 64, 48};
    assert_ok(tsr_input_generate(shape, 11, &a, &err), err);
    assert_ok(tsr_input_generate(shape, 11, &b, &err), err);
    assert_true(a.n == 1 && a.c == 3 && a.h == 64 && a.w == 48 && a.dtype == TSR_DTYPE_F32);
    assert_memory_equal(a.data, b.data, a.bytes);
    double low = 1.0;
    double high = 0.0;
    double steps = 0.0;
    const size_t count = a.bytes / sizeof(float);
    for (size_t i = 0; i < count; ++i) {
        const double v = (double)((float *)a.data)[i];
        assert_true(v >= 0.0 && v <= 1.0);
        low = fmin(low, v);
        high = fmax(high, v);
        steps += i % 48 > 0 ? fabs(v - (double)((float *)a.data)[i - 1]) : 0.0;
    }
    assert_true(high - low > 0.2);              // not flat
    assert_true(steps / (double)count < 0.05);  // neighbours are alike
    tsr_tensor_free(&b);
    assert_ok(tsr_input_generate(shape, 12, &b, &err), err);
    assert_memory_not_equal(a.data, b.data, a.bytes);
    tsr_tensor_free(&a);
    tsr_tensor_free(&b);
    assert_int_equal(tsr_input_generate((tsr_shape){0, 1, 1}, 1, &a, &err), TSR_ERR_SHAPE);
}

static void every_failing_allocation_is_survived(void **state) {
    (void)state;
    static const member arrays[] = {
        {"c_w.npy", "(1, 2, 1, 1)"}, {"c_b.npy", "(1,)"}, {"f_w.npy", "(2, 4)"}};
    small_net net;
    two_layers(&net);
    const char *path = write_file(arrays, 3);
    for (int32_t part = 0; part < 2; ++part) {
        tsr_status status = TSR_ERR_NO_MEMORY;
        for (uint64_t k = 1; status == TSR_ERR_NO_MEMORY; ++k) {
            tsr_weights w = {0};
            tsr_alloc_fail_at(k);
            status = part == 0 ? tsr_weights_load(&net.network, path, NULL, &w, NULL)
                               : tsr_weights_generate(&net.network, 1, &w, NULL);
            tsr_alloc_fail_at(0);
            assert_true(status == TSR_OK || (status == TSR_ERR_NO_MEMORY && w.layers == NULL));
            tsr_weights_free(&w);
        }
        assert_int_equal(status, TSR_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_found_by_layer_name),
        cmocka_unit_test(gemm_weights_may_keep_the_shape_of_the_map),
        cmocka_unit_test(patterns_count_the_layers_with_weights),
        cmocka_unit_test(files_that_do_not_fit_the_network_are_refused_with_the_layer),
        cmocka_unit_test(a_bias_for_a_layer_without_one_must_be_zero),
        cmocka_unit_test(real_vdsr_weights_go_to_the_shipped_network_by_its_pattern),
        cmocka_unit_test(generated_weights_follow_he),
        cmocka_unit_test(seeds_give_the_same_weights_again_and_others_other_ones),
        cmocka_unit_test(generated_pictures_are_smooth_and_in_range),
        cmocka_unit_test(every_failing_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
