// SPDX-License-Identifier: Apache-2.0
// Shapes, MACs and weights from the graph; graphs that are refused; shipped networks against
// published totals.
#include <tessera/network.h>

#include "base/alloc.h"
#include "support/small_net.h"
#include "support/test.h"

static void assert_shape(tsr_shape got, int32_t c, int32_t h, int32_t w) {
    if (got.c != c || got.h != h || got.w != w) {
        fail_msg("%dx%dx%d, must be %dx%dx%d", got.c, got.h, got.w, c, h, w);
    }
}

// floor((size + pads - dilation*(kernel-1) - 1)/stride) + 1 on each axis, worked out by hand.
static void windows_follow_their_formula_on_each_axis(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 6, 11, 20);
    const int32_t conv = net_layer(&net, TSR_LAYER_CONV, "conv", 0);
    tsr_layer *layer = &net.layers[conv];
    layer->out_channels = 4;
    layer->groups = 2;
    layer->kernel_h = 3;
    layer->kernel_w = 5;
    layer->dilation_h = 2;  // reach 5
    layer->stride_h = 2;
    layer->stride_w = 3;
    layer->pad_top = 1;
    layer->pad_left = 2;
    layer->pad_right = 1;
    const int32_t pool = net_pool(&net, TSR_LAYER_MAX_POOL, "pool", conv);
    net_end(&net);
    assert_shape(layer->out, 4, 4, 7);  // (11+1-5)/2+1 = 4, (20+3-5)/3+1 = 7
    assert_int_equal(layer->weight_count, 4 * 3 * 3 * 5);
    assert_int_equal(layer->macs, 4 * 3 * 3 * 5 * 4 * 7);
    assert_shape(net.layers[pool].out, 4, 2, 3);
    assert_int_equal(net.layers[pool].macs, 0);
}

static void every_layer_kind_has_its_shape(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 4, 6, 8);
    const int32_t relu = net_layer(&net, TSR_LAYER_RELU, "relu", 0);
    const int32_t add = net_join(&net, TSR_LAYER_ADD, "add", relu, 0);
    const int32_t concat = net_join(&net, TSR_LAYER_CONCAT, "concat", add, relu);
    const int32_t up = net_layer(&net, TSR_LAYER_UPSAMPLE, "up", concat);
    net.layers[up].factor = 3;
    const int32_t shuffle = net_layer(&net, TSR_LAYER_PIXEL_SHUFFLE, "shuffle", up);
    net.layers[shuffle].factor = 2;
    const int32_t mean = net_pool(&net, TSR_LAYER_AVERAGE_POOL, "mean", shuffle);
    const int32_t flat = net_layer(&net, TSR_LAYER_FLATTEN, "flat", mean);
    const int32_t fc = net_gemm(&net, "fc", flat, 5);
    const int32_t global = net_pool(&net, TSR_LAYER_GLOBAL_AVERAGE_POOL, "global", fc);
    net_end(&net);
    assert_shape(net.layers[relu].out, 4, 6, 8);
    assert_shape(net.layers[add].out, 4, 6, 8);
    assert_shape(net.layers[concat].out, 8, 6, 8);
    assert_shape(net.layers[up].out, 8, 18, 24);
    assert_shape(net.layers[shuffle].out, 2, 36, 48);
    assert_shape(net.layers[mean].out, 2, 18, 24);
    assert_shape(net.layers[flat].out, 2 * 18 * 24, 1, 1);
    assert_shape(net.layers[fc].out, 5, 1, 1);
    assert_int_equal(net.layers[fc].weight_count, 5 * 2 * 18 * 24);
    assert_int_equal(net.layers[fc].macs, 5 * 2 * 18 * 24);
    assert_shape(net.layers[global].out, 5, 1, 1);
}

static void expect_refusal(small_net *net, tsr_status status, const char *where, const char *says) {
    tsr_error err = {0};
    assert_int_equal(tsr_network_infer(&net->network, &err), status);
    assert_string_equal(err.where, where);
    if (strstr(err.message, says) == NULL) {
        fail_msg("\"%s\" says nothing of \"%s\"", err.message, says);
    }
}

static tsr_layer *begin_conv(small_net *net) {
    net_begin(net, 4, 8, 8);
    return &net->layers[net_conv(net, "conv", 0, 4, 3)];
}

static void impossible_windows_are_refused_with_the_layer(void **state) {
    (void)state;
    small_net net;
    begin_conv(&net)->stride_w = 0;
    expect_refusal(&net, TSR_ERR_SHAPE, "conv", "stride 0");
    begin_conv(&net)->stride_h = -2;
    expect_refusal(&net, TSR_ERR_SHAPE, "conv", "stride -2");
    begin_conv(&net)->kernel_h = 0;
    expect_refusal(&net, TSR_ERR_SHAPE, "conv", "kernel 0");
    begin_conv(&net)->dilation_h = 0;
    expect_refusal(&net, TSR_ERR_SHAPE, "conv", "dilation 0");
    begin_conv(&net)->pad_left = -1;
    expect_refusal(&net, TSR_ERR_SHAPE, "conv", "padding -1");
    begin_conv(&net)->kernel_w = 11;  // 8 + 1 + 1 pixels
    expect_refusal(&net, TSR_ERR_SHAPE, "conv", "a window of 11 does not fit into 10 pixels");
    begin_conv(&net)->dilation_h = INT32_MAX;
    expect_refusal(&net, TSR_ERR_SHAPE, "conv", "does not fit");
    begin_conv(&net)->pad_bottom = INT32_MAX;
    expect_refusal(&net, TSR_ERR_OVERFLOW, "conv", "at most 65535");
    begin_conv(&net)->groups = 3;
    expect_refusal(&net, TSR_ERR_SHAPE, "conv", "3 groups must divide 4 input and 4 output");
    begin_conv(&net)->groups = 0;
    expect_refusal(&net, TSR_ERR_SHAPE, "conv", "0 groups");
    begin_conv(&net)->out_channels = 0;
    expect_refusal(&net, TSR_ERR_SHAPE, "conv", "0 output channels");
    net_begin(&net, 4, 8, 8);
    net.layers[net_pool(&net, TSR_LAYER_MAX_POOL, "pool", 0)].pad_top = 2;
    expect_refusal(&net, TSR_ERR_SHAPE, "pool", "must be smaller than the window");
}

static void sizes_that_leave_their_type_are_refused_with_the_layer(void **state) {
    (void)state;
    small_net net;
    begin_conv(&net)->out_channels = INT32_MAX;  // times 8x8 pixels
    expect_refusal(&net, TSR_ERR_OVERFLOW, "conv", "at most 2^31 - 1 elements");
    net_begin(&net, 46341, 65535, 1);
    (void)net_layer(&net, TSR_LAYER_RELU, "relu", 0);
    expect_refusal(&net, TSR_ERR_OVERFLOW, "input", "2^31 - 1 elements");
    net_begin(&net, 1, 65536, 1);
    (void)net_layer(&net, TSR_LAYER_RELU, "relu", 0);
    expect_refusal(&net, TSR_ERR_SHAPE, "input", "at most 65535");
    net_begin(&net, 1, 300, 300);
    net.layers[net_layer(&net, TSR_LAYER_UPSAMPLE, "up", 0)].factor = 300;
    expect_refusal(&net, TSR_ERR_OVERFLOW, "up", "90000x90000");
    // 2^31-1 inputs of 2^31-1 outputs twice: 2^62 each, 2^63 together
    net_begin(&net, INT32_MAX, 1, 1);
    (void)net_gemm(&net, "fc1", net_gemm(&net, "fc0", 0, INT32_MAX), INT32_MAX);
    expect_refusal(&net, TSR_ERR_OVERFLOW, "fc0", "2^60");
    // nearly 2^32 taps of 2^12 channels for 2^20 outputs: nearly 2^64 weights
    net_begin(&net, 1 << 12, 1, 1);
    (void)net_conv(&net, "wide", 0, 1 << 20, 65535);
    expect_refusal(&net, TSR_ERR_OVERFLOW, "wide", "passes 2^63");
}

static void joins_of_different_shapes_are_refused(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 4, 8, 8);
    (void)net_join(&net, TSR_LAYER_ADD, "add", 0, net_conv(&net, "conv", 0, 3, 3));
    expect_refusal(&net, TSR_ERR_SHAPE, "add", "4x8x8 and 3x8x8 (conv)");
    net_begin(&net, 4, 8, 8);
    (void)net_join(&net, TSR_LAYER_CONCAT, "concat", 0,
                   net_pool(&net, TSR_LAYER_MAX_POOL, "pool", 0));
    expect_refusal(&net, TSR_ERR_SHAPE, "concat", "same height and width");
    net_begin(&net, 6, 8, 8);
    net.layers[net_layer(&net, TSR_LAYER_PIXEL_SHUFFLE, "shuffle", 0)].factor = 2;
    expect_refusal(&net, TSR_ERR_SHAPE, "shuffle", "multiple of factor^2 = 4");
    net_begin(&net, 6, 8, 8);
    (void)net_layer(&net, TSR_LAYER_UPSAMPLE, "up", 0);
    expect_refusal(&net, TSR_ERR_SHAPE, "up", "factor 0");
}

static void graphs_that_are_not_one_flow_are_refused(void **state) {
    (void)state;
    small_net net;
    begin_conv(&net)->inputs[0] = 1;  // itself
    expect_refusal(&net, TSR_ERR_CONFIG, "conv", "no cycles");
    begin_conv(&net)->inputs[0] = 7;
    expect_refusal(&net, TSR_ERR_CONFIG, "conv", "reads layer 7");
    begin_conv(&net)->inputs[0] = -1;
    expect_refusal(&net, TSR_ERR_CONFIG, "conv", "reads layer -1");
    begin_conv(&net)->input_count = 2;
    expect_refusal(&net, TSR_ERR_CONFIG, "conv", "conv with 2 inputs, must have 1..1");
    net_begin(&net, 4, 8, 8);
    (void)net_layer(&net, TSR_LAYER_ADD, "add", 0);
    expect_refusal(&net, TSR_ERR_CONFIG, "add", "add with 1 inputs");
    (void)begin_conv(&net);
    (void)net_conv(&net, "conv", 1, 4, 3);
    expect_refusal(&net, TSR_ERR_CONFIG, "conv", "layers 1 and 2 have this name");
    (void)begin_conv(&net);
    (void)net_conv(&net, "other", 0, 4, 3);
    expect_refusal(&net, TSR_ERR_CONFIG, "conv", "no layer reads this one");
    begin_conv(&net)->kind = TSR_LAYER_INPUT;
    expect_refusal(&net, TSR_ERR_CONFIG, "conv", "stands only first");
    net_begin(&net, 4, 8, 8);
    expect_refusal(&net, TSR_ERR_CONFIG, "small", "1 layers");
    (void)begin_conv(&net);
    net.network.batch = 0;
    expect_refusal(&net, TSR_ERR_SHAPE, "small", "batch 0");
}

static void copies_are_deep_and_layers_are_found_by_name(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 4, 8, 8);
    const int32_t conv = net_conv(&net, "conv", 0, 4, 3);
    const int32_t add = net_join(&net, TSR_LAYER_ADD, "add", conv, 0);
    (void)net_join(&net, TSR_LAYER_ADD, "twice", add, add);
    net_end(&net);
    tsr_network copy = {0};
    tsr_error err = {0};
    assert_ok(tsr_network_copy(&net.network, &copy, &err), err);
    net.layers[conv].name[0] = 'X';
    assert_int_equal(tsr_network_find(&copy, "conv"), conv);
    assert_int_equal(tsr_network_find(&copy, "Xonv"), -1);
    assert_int_equal(tsr_network_consumer_count(&copy, 0), 2);
    assert_int_equal(tsr_network_consumer_count(&copy, add), 1);
    assert_int_equal(tsr_network_consumer_count(&copy, 3), 0);
    tsr_network_free(&copy);
    tsr_network_free(&copy);
    tsr_alloc_fail_at(1);
    assert_int_equal(tsr_network_copy(&net.network, &copy, &err), TSR_ERR_NO_MEMORY);
    tsr_alloc_fail_at(0);
    assert_null(copy.layers);
}

/** Sums over a network. */
typedef struct totals {
    int32_t convs;
    uint64_t conv_weights, conv_macs, gemm_weights;
} totals;

static totals totals_of(const char *name, int32_t h, int32_t w, tsr_shape *out) {
    tsr_network network = {0};
    tsr_error err = {0};
    totals t = {0};
    assert_ok(tsr_network_load(name, h, w, &network, &err), err);
    for (int32_t i = 0; i < network.layer_count; ++i) {
        const tsr_layer *layer = &network.layers[i];
        const bool conv = layer->kind == TSR_LAYER_CONV;
        t.convs += conv;
        t.conv_weights += conv ? layer->weight_count : 0;
        t.conv_macs += conv ? layer->macs : 0;
        t.gemm_weights += layer->kind == TSR_LAYER_GEMM ? layer->weight_count : 0;
    }
    *out = network.layers[network.layer_count - 1].out;
    tsr_network_free(&network);
    return t;
}

// blockconv.md 2.3 (MACs), 4.1 (FC) and 4.2 (weights, GMAC).
static void shipped_networks_have_the_published_totals(void **state) {
    (void)state;
    tsr_shape out = {0, 0, 0};
    const totals vgg = totals_of("vgg16", 0, 0, &out);
    assert_shape(out, 1000, 1, 1);
    assert_int_equal(vgg.convs, 13);
    assert_int_equal(vgg.conv_weights, 14710464);
    assert_int_equal(vgg.conv_macs, 15346630656);
    assert_int_equal(vgg.gemm_weights, 123633664);
    const totals vdsr = totals_of("vdsr", 0, 0, &out);
    assert_shape(out, 1, 256, 256);
    assert_int_equal(vdsr.convs, 20);
    assert_int_equal(vdsr.conv_weights, 664704);
    assert_int_equal((vdsr.conv_macs + 500000) / 1000000, 43562);  // 43.562 GMAC
    const totals full_hd = totals_of("vdsr", 1080, 1920, &out);
    assert_shape(out, 1, 1080, 1920);
    assert_int_equal((full_hd.conv_macs + 500000) / 1000000, 1378330);  // 1378.330 GMAC
    (void)totals_of("tiny", 0, 0, &out);
    assert_shape(out, 10, 1, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_follow_their_formula_on_each_axis),
        cmocka_unit_test(every_layer_kind_has_its_shape),
        cmocka_unit_test(impossible_windows_are_refused_with_the_layer),
        cmocka_unit_test(sizes_that_leave_their_type_are_refused_with_the_layer),
        cmocka_unit_test(joins_of_different_shapes_are_refused),
        cmocka_unit_test(graphs_that_are_not_one_flow_are_refused),
        cmocka_unit_test(copies_are_deep_and_layers_are_found_by_name),
        cmocka_unit_test(shipped_networks_have_the_published_totals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
