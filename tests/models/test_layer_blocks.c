// SPDX-License-Identifier: Apache-2.0
// How layers are cut one by one: a blocking of their own, left whole for their padding, strides with
// and without a stand-in. usage: test_layer_blocks [seed [cases]]
#include <stdlib.h>
#include <string.h>

#include <tessera/forward.h>
#include <tessera/kernels.h>

#include "base/rng.h"
#include "forward/values.h"
#include "support/small_net.h"
#include "support/test.h"

static uint64_t seed = 2026;
static int32_t case_count = 300;

static tsr_blocking blocking_of(const char *text, bool true_stride) {
    tsr_blocking blocking = {0};
    tsr_error err = {0};
    assert_ok(tsr_blocking_parse(text, &blocking, &err), err);
    blocking.true_stride = true_stride;
    blocking.ragged = true;
    return blocking;
}

/** One convolution on a map of its own, and how it is cut. */
typedef struct one_conv {
    small_net net;
    tsr_layer *layer;
    tsr_layer_blocks blocks;
} one_conv;

static void make_conv(one_conv *c, int32_t extent, int32_t kernel, int32_t stride, int32_t pad) {
    net_begin(&c->net, 1, extent, extent);
    c->layer = &c->net.layers[net_conv(&c->net, "conv", 0, 1, kernel)];
    c->layer->stride_h = c->layer->stride_w = stride;
    c->layer->pad_top = c->layer->pad_left = c->layer->pad_bottom = c->layer->pad_right = pad;
    net_end(&c->net);
}

static void cut(one_conv *c, const char *text, bool true_stride) {
    tsr_error err = {0};
    const tsr_blocking blocking = blocking_of(text, true_stride);
    assert_ok(tsr_layer_blocks_make(c->layer, &blocking, &c->blocks, &err), err);
}

static tsr_status refusal(const one_conv *c, const char *text, bool true_stride, tsr_error *err) {
    const tsr_blocking blocking = blocking_of(text, true_stride);
    tsr_layer_blocks blocks = {0};
    *err = (tsr_error){0};
    return tsr_layer_blocks_make(c->layer, &blocking, &blocks, err);
}

static void a_blocking_of_its_own_stands_in_place_of_the_runs(void **state) {
    (void)state;
    one_conv c;
    make_conv(&c, 24, 3, 1, 1);
    cut(&c, "F6", false);
    assert_true(c.blocks.grid.rows == 4 && c.blocks.why == TSR_WHOLE_NOT);
    c.layer->own_blocking = blocking_of("H2x3", false);
    cut(&c, "F6", true);
    assert_true(c.blocks.grid.rows == 2 && c.blocks.grid.cols == 3);
    assert_int_equal(c.blocks.blocking.kind, TSR_BLOCKING_HIERARCHICAL);
    assert_true(c.blocks.blocking.true_stride);  // options are the run's
    cut(&c, "H1", false);                        // a run that cuts nothing by itself
    assert_int_equal(c.blocks.grid.cols, 3);
    cut(&c, "none", false);  // the plain network
    assert_true(tsr_block_grid_is_whole(&c.blocks.grid) && c.blocks.why == TSR_WHOLE_NO_BLOCKS);
    c.layer->blockable = false;
    cut(&c, "F6", false);
    assert_true(tsr_block_grid_is_whole(&c.blocks.grid) && c.blocks.why == TSR_WHOLE_ASKED);
    assert_int_equal(c.blocks.blocking.kind, TSR_BLOCKING_NONE);
}

static void padding_that_keeps_no_blocks_size_leaves_a_layer_whole(void **state) {
    (void)state;

    // windows of AlexNet, SqueezeNet and ResNet stems; out of 24: (24 + 2*pad - kernel) / stride + 1
    static const struct {
        int32_t kernel, stride, pad;
        bool true_stride;
        tsr_why_whole why;
    } rows[] = {{11, 4, 2, true, TSR_WHOLE_SIZE},  // 5, every fourth of 24 are 6
                {11, 4, 2, false, TSR_WHOLE_SIZE}, {3, 2, 0, true, TSR_WHOLE_SIZE},  // 11, not 12
                {3, 2, 0, false, TSR_WHOLE_SIZE},                                    // 22, not 24
                {7, 2, 3, true, TSR_WHOLE_NOT},    {7, 2, 3, false, TSR_WHOLE_NOT},  // 12 and 24
                {3, 1, 2, true, TSR_WHOLE_SIZE},                                     // 26
                {5, 1, 2, true, TSR_WHOLE_NOT},    {1, 2, 0, false, TSR_WHOLE_NOT}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        one_conv c;
        make_conv(&c, 24, rows[i].kernel, rows[i].stride, rows[i].pad);
        cut(&c, "F8", rows[i].true_stride);
        assert_int_equal(c.blocks.why, rows[i].why);
        assert_int_equal(c.blocks.grid.rows, rows[i].why == TSR_WHOLE_NOT ? 3 : 1);
        cut(&c, "F24", rows[i].true_stride);  // one block anyway: nothing to say
        assert_int_equal(c.blocks.why, TSR_WHOLE_MAP);
    }
}

static void what_is_asked_for_a_layer_itself_is_refused_where_it_cannot_be(void **state) {
    (void)state;
    one_conv c;
    tsr_error err = {0};
    make_conv(&c, 24, 3, 1, 0);
    c.layer->own_blocking = blocking_of("F8", false);
    assert_int_equal(refusal(&c, "H2", false, &err), TSR_ERR_SHAPE);
    assert_non_null(strstr(err.where, "conv"));
    assert_non_null(strstr(err.message, "its own blocking cannot hold"));
    assert_non_null(strstr(err.message, "makes 22x22 of 24x24"));
    c.layer->own_blocking = blocking_of("F24", false);  // one block is no matter
    cut(&c, "H2", false);
    assert_int_equal(c.blocks.why, TSR_WHOLE_MAP);
}

// blockconv.md 1.2.3: 2x2 has a stand-in, in blocks or whole; any other stride would be lost.
static void a_stride_without_a_stand_in_is_kept_by_whole_layers_and_refused_in_blocks(
    void **state) {
    (void)state;
    one_conv c;
    tsr_error err = {0};
    make_conv(&c, 24, 3, 2, 1);
    cut(&c, "F8", false);
    assert_true(c.blocks.pools_after && !c.blocks.keeps_stride);
    cut(&c, "F24", false);
    assert_true(c.blocks.pools_after && !c.blocks.blocking.true_stride);
    cut(&c, "F8", true);
    assert_true(!c.blocks.pools_after && !c.blocks.keeps_stride);
    make_conv(&c, 24, 3, 3, 1);
    assert_int_equal(refusal(&c, "F8", false, &err), TSR_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "stride is 3x3"));
    cut(&c, "F24", false);
    assert_true(c.blocks.keeps_stride && c.blocks.blocking.true_stride);
    // TensorFlow's SAME of an even map: 23 rows at stride 1, of which a pool would make 11, not 12
    make_conv(&c, 24, 3, 2, 0);
    c.layer->pad_bottom = c.layer->pad_right = 1;
    net_end(&c.net);
    cut(&c, "F8", false);
    assert_true(c.blocks.why == TSR_WHOLE_SIZE && c.blocks.keeps_stride && !c.blocks.pools_after);
    cut(&c, "F8", true);
    assert_int_equal(c.blocks.grid.rows, 3);
    make_conv(&c, 24, 3, 2, 0);  // 22 rows at stride 1, halved: the 11 that the layer has
    cut(&c, "F8", false);
    assert_true(c.blocks.why == TSR_WHOLE_SIZE && c.blocks.pools_after);
}

static void notes_name_what_is_cut_otherwise_and_nothing_else(void **state) {
    (void)state;
    tsr_network network = {0};
    tsr_error err = {0};
    char note[192];
    tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
    assert_ok(tsr_network_load("alexnet", 0, 0, &network, &err), err);
    const tsr_blocking blocking = blocking_of("F28", false);
    const int32_t first = tsr_network_next_note(&network, &blocking, 0, note, sizeof note);
    assert_int_equal(first, tsr_network_find(&network, "conv1"));
    assert_string_equal(note,
                        "left whole: 11x11 window at stride 4x4 makes 55x55 of 224x224 pixels, in "
                        "blocks 56x56; strided as it is");
    assert_int_equal(tsr_network_next_note(&network, &blocking, first + 1, note, sizeof note), -1);
    const int32_t conv3 = tsr_network_find(&network, "conv3");
    network.layers[conv3].own_blocking = blocking_of("F7x14", false);
    assert_int_equal(tsr_network_next_note(&network, &blocking, first + 1, note, sizeof note),
                     conv3);
    assert_string_equal(note, "blocking F7x14 of its own");
    const tsr_blocking none = blocking_of("none", true);
    assert_int_equal(tsr_network_next_note(&network, &none, 0, note, sizeof note), -1);
    tsr_network_free(&network);
}

static tsr_blocking random_blocking(tsr_rng *rng) {
    const bool fixed = tsr_pick(rng, 0, 1) == 0;
    return (tsr_blocking){.kind = fixed ? TSR_BLOCKING_FIXED : TSR_BLOCKING_HIERARCHICAL,
                          .h = fixed ? tsr_pick(rng, 2, 9) : tsr_pick(rng, 1, 4),
                          .w = fixed ? tsr_pick(rng, 2, 9) : tsr_pick(rng, 1, 4)};
}

static void random_chain(tsr_rng *rng, small_net *net) {
    net_begin(net, 2, tsr_pick(rng, 8, 20), tsr_pick(rng, 8, 20));
    for (int32_t i = 1; i <= 4; ++i) {
        char name[16];
        (void)snprintf(name, sizeof name, "conv%d", i);
        tsr_layer *layer = &net->layers[net_conv(net, name, i - 1, tsr_pick(rng, 1, 3), 3)];
        layer->blockable = tsr_pick(rng, 1, 100) <= 85;
        if (tsr_pick(rng, 1, 100) <= 40) {
            layer->own_blocking = random_blocking(rng);
        } else if (tsr_pick(rng, 1, 100) <= 25) {
            layer->pad_top = tsr_pick(rng, 0, 2);
            layer->pad_right = tsr_pick(rng, 0, 2);
        }
    }
    net_end(net);
}

/** The rule as the design has it, for stride 1: own before the run's, whole where sizes are not
 * kept. */
static tsr_blocking rule(const tsr_layer *layer, const tsr_blocking *run) {
    tsr_blocking holds = *run;
    const bool kept = layer->out.h == layer->in.h && layer->out.w == layer->in.w;
    if (!layer->blockable || !kept) {
        holds.kind = TSR_BLOCKING_NONE;
    } else if (layer->own_blocking.kind != TSR_BLOCKING_NONE) {
        holds.kind = layer->own_blocking.kind;
        holds.h = layer->own_blocking.h;
        holds.w = layer->own_blocking.w;
    }
    return holds;
}

static tsr_window window_of(const tsr_layer *layer) {
    return (tsr_window){.kernel_h = layer->kernel_h,
                        .kernel_w = layer->kernel_w,
                        .stride_h = 1,
                        .stride_w = 1,
                        .dilation_h = 1,
                        .dilation_w = 1,
                        .groups = 1,
                        .pad = {.top = layer->pad_top,
                                .left = layer->pad_left,
                                .bottom = layer->pad_bottom,
                                .right = layer->pad_right}};
}

/** Layer after layer by hand; the last map is the caller's. */
static tsr_tensor by_hand(const small_net *net, const tsr_weights *weights, const tsr_blocking *run,
                          const tsr_tensor *input) {
    tsr_error err = {0};
    tsr_tensor map = {0};
    assert_ok(tsr_tensor_clone(input, &map, &err), err);
    for (int32_t i = 1; i < net->network.layer_count; ++i) {
        const tsr_layer *layer = &net->layers[i];
        const tsr_blocking holds = rule(layer, run);
        const tsr_window window = window_of(layer);
        tsr_tensor next = {0};
        assert_ok(tsr_block_conv_f32(&map, &weights->layers[i].weight, &weights->layers[i].bias,
                                     &window, &holds, layer->name, false, &next, &err),
                  err);
        tsr_tensor_free(&map);
        map = next;
    }
    return map;
}

static bool run_case(tsr_rng *rng) {
    small_net net;
    tsr_weights weights = {0};
    tsr_tensor input = {0};
    tsr_activations result = {0};
    tsr_error err = {0};
    random_chain(rng, &net);
    tsr_forward_options options = {.blocking = random_blocking(rng)};
    options.blocking.block_padding = (tsr_pad_mode)tsr_pick(rng, 0, 1);
    options.blocking.border_padding = (tsr_pad_mode)tsr_pick(rng, 0, 1);
    options.blocking.ragged = tsr_pick(rng, 1, 100) <= 80;
    assert_ok(tsr_weights_generate(&net.network, seed, &weights, &err), err);
    assert_ok(tsr_input_generate(net.layers[0].out, seed, &input, &err), err);
    const tsr_status status =
        tsr_forward_f32(&net.network, &weights, &options, &input, &result, &err);
    assert_true(status == TSR_OK || status == TSR_ERR_SHAPE);  // F does not divide
    if (status == TSR_OK) {
        tsr_tensor want = by_hand(&net, &weights, &options.blocking, &input);
        const tsr_tensor *got = &result.tensors[net.network.layer_count - 1];
        assert_int_equal(got->bytes, want.bytes);
        assert_memory_equal(got->data, want.data, want.bytes);
        tsr_tensor_free(&want);
    }
    tsr_activations_free(&result);
    tsr_tensor_free(&input);
    tsr_weights_free(&weights);
    return status == TSR_OK;
}

static void networks_of_many_blockings_compute_what_each_layer_computes_by_itself(void **state) {
    (void)state;
    int32_t run = 0;
    tsr_rng rng = {.state = seed};
    for (int32_t i = 0; i < case_count; ++i) {
        run += run_case(&rng);
    }
    print_message("seed %llu: %d of %d run\n", (unsigned long long)seed, run, case_count);
    assert_true(run > case_count / 2);
}

int main(int argc, char **argv) {
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : seed;
    case_count = argc > 2 ? (int32_t)strtol(argv[2], NULL, 10) : case_count;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blocking_of_its_own_stands_in_place_of_the_runs),
        cmocka_unit_test(padding_that_keeps_no_blocks_size_leaves_a_layer_whole),
        cmocka_unit_test(what_is_asked_for_a_layer_itself_is_refused_where_it_cannot_be),
        cmocka_unit_test(a_stride_without_a_stand_in_is_kept_by_whole_layers_and_refused_in_blocks),
        cmocka_unit_test(notes_name_what_is_cut_otherwise_and_nothing_else),
        cmocka_unit_test(networks_of_many_blockings_compute_what_each_layer_computes_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
