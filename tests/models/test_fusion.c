// SPDX-License-Identifier: Apache-2.0
// Which layers share one pass of the machine.
#include <tessera/forward.h>

#include "support/small_net.h"
#include "support/test.h"

static void add_joins_the_later_single_reader_stride_one_conv(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 1, 4, 4);
    const int32_t left = net_conv(&net, "left", 0, 1, 3);
    const int32_t right = net_conv(&net, "right", 0, 1, 3);
    const int32_t add = net_join(&net, TSR_LAYER_ADD, "add", left, right);
    const int32_t relu = net_layer(&net, TSR_LAYER_RELU, "relu", add);
    net_end(&net);
    int32_t fused[small_net_max_layers];
    tsr_fusion_make(&net.network, fused);
    assert_int_equal(fused[add], right);
    assert_int_equal(fused[relu], right);
    assert_int_equal(tsr_fusion_residual(&net.network, fused, add), left);
    assert_int_equal(tsr_fusion_add(&net.network, fused, right), add);
    assert_int_equal(tsr_fusion_add(&net.network, fused, left), -1);
    assert_int_equal(tsr_fusion_last(&net.network, fused, right), relu);
    // a strided shortcut cannot take the add (it pools after the residual): the other conv does
    net.layers[right].stride_h = net.layers[right].stride_w = 2;
    net.layers[left].stride_w = 1;
    tsr_fusion_make(&net.network, fused);
    assert_int_equal(fused[add], left);
    assert_int_equal(tsr_fusion_residual(&net.network, fused, add), right);
    net.layers[left].stride_h = net.layers[left].stride_w = 2;
    tsr_fusion_make(&net.network, fused);
    assert_int_equal(fused[add], add);
    assert_int_equal(fused[relu], add);
    assert_int_equal(tsr_fusion_residual(&net.network, fused, add), -1);
}

static void a_map_with_two_readers_is_not_fused_away(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 1, 4, 4);
    const int32_t conv = net_conv(&net, "conv", 0, 1, 3);
    const int32_t relu = net_layer(&net, TSR_LAYER_RELU, "relu", conv);
    const int32_t add = net_join(&net, TSR_LAYER_ADD, "add", conv, relu);
    net_end(&net);
    int32_t fused[small_net_max_layers];
    tsr_fusion_make(&net.network, fused);
    assert_int_equal(fused[relu], relu);
    assert_int_equal(fused[add], add);
    // twice the same map is two readers as well
    net.layers[add].inputs[1] = conv;
    net.layers[relu].inputs[0] = 0;
    tsr_fusion_make(&net.network, fused);
    assert_int_equal(fused[add], add);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add_joins_the_later_single_reader_stride_one_conv),
        cmocka_unit_test(a_map_with_two_readers_is_not_fused_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
