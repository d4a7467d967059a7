// SPDX-License-Identifier: Apache-2.0
// How is a network with branches counted? Small graphs whose bytes can be counted by hand; all maps
// are 8 bit.
#include "base/alloc.h"
#include "paper/figures.h"

static tsr_network parse(const char *input, const char *layers) {
    tsr_error err = {0};
    tsr_network network = {0};
    char text[4096];
    (void)snprintf(text, sizeof text, "{\"name\": \"small\", \"input\": {%s}, \"layers\": [%s]}",
                   input, layers);
    assert_ok(tsr_network_parse(text, "small", 0, 0, &network, &err), err);
    return network;
}

static tsr_outline outline_of(const char *input, const char *layers) {
    tsr_error err = {0};
    tsr_network network = parse(input, layers);
    tsr_outline outline = {0};
    assert_ok(tsr_outline_make(&network, &outline, &err), err);
    tsr_network_free(&network);
    return outline;
}

static const char *const input_8x8 = "\"channels\": 1, \"height\": 8, \"width\": 8";

#define CONV(name, channels)                                                    \
    "{\"name\": \"" name "\", \"type\": \"conv\", \"out_channels\": " #channels \
    ", \"kernel\": 3, \"padding\": 1"
#define POINTWISE(name, channels) \
    "{\"name\": \"" name "\", \"type\": \"conv\", \"out_channels\": " #channels ", \"kernel\": 1"
#define FROM(inputs) ", \"inputs\": [" inputs "]}"

// A strided residual block: a -> b -> c, a -> d (1x1, stride 2), c + d.
static const char *const residual =
    CONV("a", 2) "}," CONV("b", 4) ", \"stride\": 2}," CONV("c", 4) "},"
    POINTWISE("d", 4) ", \"stride\": 2" FROM("\"a\"") ","
    "{\"name\": \"sum\", \"type\": \"add\"" FROM("\"d\", \"c\"");

static void the_add_goes_with_the_longer_way_and_its_shortcut_runs_first(void **state) {
    (void)state;
    tsr_outline o = outline_of(input_8x8, residual);
    static const char *const order[] = {"a", "b", "d", "c"};
    assert_int_equal(o.stage_count, 4);
    for (int32_t i = 0; i < 4; ++i) {
        assert_string_equal(o.stages[i].name, order[i]);
    }
    const tsr_outline_stage *c = &o.stages[3];
    assert_int_equal(c->operand_count, 2);
    assert_int_equal(o.operands[c->first_operand].stage, 1);
    assert_false(o.operands[c->first_operand].shortcut);
    assert_int_equal(o.operands[c->first_operand + 1].stage, 2);
    assert_true(o.operands[c->first_operand + 1].shortcut);
    assert_true(c->is_output);
    // a: 2*8*8 = 128 written, read by b and d; b, d: 4*4*4 = 64 written and read once.
    const tsr_outline_totals t = tsr_outline_total(&o, 8);
    assert_int_equal(t.intermediate_bytes, 3 * 128 + 2 * 64 + 2 * 64);
    assert_int_equal(t.shortcut_bytes, 64);
    assert_int_equal(t.output_bytes, 64);
    tsr_outline_free(&o);
}

static void a_block_waits_on_chip_until_its_add(void **state) {
    (void)state;
    tsr_outline o = outline_of(input_8x8, residual);
    tsr_account h = account_for(&o, "H2x2", 8, false);  // blocks of 4x4, then 2x2: one level
    assert_int_equal(h.maps_off_chip, 0);
    // b reads a's block (2*4*4 = 32), d reads it again: nothing else waits at b; b's block
    // (4*2*2 = 16) waits at d for c.
    assert_int_equal(h.stages[1].held_bytes, 0);
    assert_int_equal(h.stages[2].held_bytes, 16);
    assert_int_equal(h.stages[3].block_shortcut_bytes, 16);
    tsr_account f =
        account_for(&o, "F4", 8, false);  // c runs whole on 4x4: b and d leave the level
    assert_int_equal(f.maps_off_chip, 2);
    assert_int_equal(f.intermediate_bytes, 2 * 64 + 2 * 64);
    assert_int_equal(f.stages[2].held_bytes, 0);
    tsr_account_free(&h);
    tsr_account_free(&f);
    tsr_outline_free(&o);
}

// a -> b -> c -> d with a + d; b is left whole, so that a's blocks cannot wait for d.
static void a_shortcut_around_a_whole_layer_goes_through_dram(void **state) {
    (void)state;
    tsr_outline o = outline_of(
        input_8x8, CONV("a", 2) "}," CONV("b", 2) ", \"blocked\": false}," CONV("c", 2) "}," CONV(
                       "d", 2) "},{\"name\": \"sum\", \"type\": \"add\"" FROM("\"a\", \"d\""));
    tsr_account a = account_for(&o, "H2x2", 8, false);
    // a: written, read by b and by the add; b: written, read by c; c stays on chip.
    assert_int_equal(a.maps_off_chip, 2);
    assert_int_equal(a.intermediate_bytes, 3 * 128 + 2 * 128);
    assert_int_equal(a.stages[3].level, 2);
    tsr_account_free(&a);
    tsr_outline_free(&o);
}

static void a_map_is_read_from_dram_only_by_those_outside_its_level(void **state) {
    (void)state;
    tsr_outline o =
        outline_of(input_8x8, CONV("a", 2) "}," CONV("b", 2) "}," CONV("c", 2)
                   ", \"blocked\": false" FROM("\"a\"") ","
                   "{\"name\": \"both\", \"type\": \"concat\"" FROM("\"b\", \"c\""));
    tsr_account a = account_for(&o, "H2x2", 8, false);
    assert_int_equal(a.maps_off_chip, 1);  // a, written once, read by c; b takes it on chip
    assert_int_equal(a.intermediate_bytes, 2 * 128);
    assert_int_equal(tsr_outline_total(&o, 8).intermediate_bytes, 3 * 128);
    assert_int_equal(tsr_outline_total(&o, 8).output_bytes, 2 * 128);
    tsr_account_free(&a);
    tsr_outline_free(&o);
}

// Four convolutions in a row: a in blocks of 4x4, b whole for its padding, c and d in grids of their
// own that have the same blocks.
static void layers_are_cut_one_by_one(void **state) {
    (void)state;
    tsr_outline o =
        outline_of(input_8x8, CONV("a", 2) "},"
                   "{\"name\": \"b\", \"type\": \"conv\", \"out_channels\": 2, \"kernel\": 3, "
                   "\"padding\": 2}," CONV("c", 3) ", \"blocking\": \"H2x5\"}," CONV(
                       "d", 1) ", \"blocking\": \"F5x2\"}");
    tsr_account a = account_for(&o, "F4", 8, false);
    static const int32_t rows[] = {2, 1, 2, 2};
    static const int32_t columns[] = {2, 1, 5, 5};
    for (int32_t i = 0; i < 4; ++i) {
        assert_int_equal(a.stages[i].grid.rows, rows[i]);
        assert_int_equal(a.stages[i].grid.cols, columns[i]);
    }
    assert_int_equal(a.stages[1].why, TSR_WHOLE_SIZE);
    assert_int_equal(a.blocked_convs, 3);
    // maps of a (8x8x2) and b (10x10x2) go through DRAM; blocks of c are blocks of d
    assert_int_equal(a.maps_off_chip, 2);
    assert_int_equal(a.intermediate_bytes, 2 * 128 + 2 * 200);
    assert_int_equal(a.stages[2].level, a.stages[3].level);
    tsr_account_free(&a);
    tsr_outline_free(&o);
}

static void parts_of_a_concat_are_read_map_by_map(void **state) {
    (void)state;
    tsr_outline o = outline_of(
        input_8x8,
        CONV("a", 2) "}," POINTWISE("b", 1) "}," CONV("c", 3) FROM("\"a\"") ","
        "{\"name\": \"both\", \"type\": \"concat\"" FROM("\"b\", \"c\"") ","
        "{\"name\": \"r\", \"type\": \"relu\"},"
        CONV("d", 2) "}," POINTWISE("e", 2) FROM("\"r\"") ","
        "{\"name\": \"sum\", \"type\": \"add\"" FROM("\"d\", \"e\""));
    assert_int_equal(o.stage_count, 5);
    assert_int_equal(o.stages[find_stage(&o, "d")].in.c, 4);
    assert_int_equal(o.stages[find_stage(&o, "d")].operand_count, 2);
    // a: 128, 2 readers; b: 64 and c: 192, 2 readers each; one of d and e: 128, read by the add.
    assert_int_equal(tsr_outline_total(&o, 8).intermediate_bytes,
                     3 * 128 + 3 * 64 + 3 * 192 + 2 * 128);
    tsr_account h = account_for(&o, "H2x2", 8, false);
    assert_int_equal(h.intermediate_bytes, 0);
    assert_int_equal(h.stages[find_stage(&o, "d")].block_in_bytes, 4 * 4 * 4);
    tsr_account_free(&h);
    tsr_outline_free(&o);
}

// A small map is added to one of twice its size, as in a feature pyramid.
static void an_upsampled_map_is_stored_small(void **state) {
    (void)state;
    tsr_outline o = outline_of(
        input_8x8, CONV("a", 2) "}," CONV("b", 2) ", \"stride\": 2},"
        "{\"name\": \"up\", \"type\": \"upsample\", \"factor\": 2}," POINTWISE("c", 2)
        FROM("\"a\"") ",{\"name\": \"sum\", \"type\": \"add\"" FROM("\"up\", \"c\""));
    assert_int_equal(o.stage_count, 3);
    // a: 128, 2 readers; b: 32, read by the add of c.
    assert_int_equal(tsr_outline_total(&o, 8).intermediate_bytes, 3 * 128 + 2 * 32);
    tsr_account h = account_for(&o, "H2x2", 8, false);
    const tsr_account_stage *c = &h.stages[find_stage(&o, "c")];
    assert_int_equal(c->block_shortcut_bytes, 8);  // 2 channels of 2x2 for a 4x4 block
    tsr_account_free(&h);
    // Tiles of 4x4: c needs a on 4x4 and, for the add, b on 2x2: a on 5x5 with the halo of b.
    const tsr_recompute f = recompute_for(&o, 0, 3, 4, false);
    const double macs = 64.0 * 2 * 9 * 25 / 16 + 16.0 * 4 * 9 + 64.0 * 4;
    assert_true(fabs(f.mac_factor - macs / (64.0 * 2 * 9 + 16.0 * 4 * 9 + 64.0 * 4)) < 1e-9);
    assert_true(fabs(f.read_factor - 49.0 / 16.0) < 1e-9);
    tsr_outline_free(&o);
}

static void a_pool_goes_with_its_convolution_only_if_nobody_else_reads_it(void **state) {
    (void)state;
    tsr_outline alone = outline_of(input_8x8, CONV("a", 2) "},{\"name\": \"p\", \"type\": "
                                   "\"max_pool\", \"kernel\": 2}," CONV("b", 2) "}");
    assert_int_equal(alone.stage_count, 2);
    assert_int_equal(alone.stages[0].pooled.h, 4);
    tsr_outline shared = outline_of(
        input_8x8, CONV("a", 2) "},{\"name\": \"p\", \"type\": \"max_pool\", \"kernel\": 3, "
        "\"stride\": 1, \"padding\": 1}," CONV("b", 2) FROM("\"a\"") ","
        "{\"name\": \"sum\", \"type\": \"add\"" FROM("\"p\", \"b\""));
    assert_int_equal(shared.stage_count, 3);
    assert_int_equal(shared.stages[find_stage(&shared, "p")].kind, TSR_OUTLINE_POOL);
    assert_int_equal(shared.conv_count, 2);
    // A window over a block edge: the pool runs whole, and what it reads and makes leaves the chip.
    tsr_account a = account_for(&shared, "H2x2", 8, false);
    assert_false(a.stages[find_stage(&shared, "p")].per_block);
    assert_int_equal(a.maps_off_chip, 2);
    tsr_account_free(&a);
    tsr_outline_free(&alone);
    tsr_outline_free(&shared);
}

static void what_is_behind_a_global_pool_is_not_counted(void **state) {
    (void)state;
    tsr_outline o = outline_of(input_8x8, CONV("a", 2) "},{\"name\": \"g\", \"type\": "
                               "\"global_average_pool\"},{\"name\": \"f\", \"type\": \"gemm\", "
                               "\"out_channels\": 5}");
    assert_int_equal(o.stage_count, 1);
    assert_int_equal(o.gemm_weight_count, 10);
    assert_int_equal(o.stages[0].out.h, o.stages[0].pooled.h);
    assert_int_equal(tsr_outline_total(&o, 8).output_bytes, 128);
    assert_int_equal(o.stage_of_layer[1], 0);
    assert_int_equal(o.stage_of_layer[3], -1);
    tsr_outline_free(&o);
    tsr_error err = {0};
    tsr_network network =
        parse(input_8x8, CONV("a", 2) "},{\"name\": \"f\", \"type\": \"gemm\", \"out_channels\": "
              "5}," POINTWISE("c", 2) "}");
    assert_int_equal(tsr_outline_make(&network, &o, &err), TSR_ERR_UNSUPPORTED);
    assert_string_equal(err.where, "f");
    assert_null(o.stages);
    tsr_network_free(&network);
}

// ShortcutFusion's baseline (blockconv.md section 3, anchor 5), counted over the layers themselves:
// each convolution reads its input and writes its output, each add reads its second operand.
static void totals_are_every_operand_once_per_layer(void **state) {
    (void)state;
    static const char *const names[] = {"vgg16",        "resnet18",     "resnet34",
                                        "resnet50",     "resnet101",    "resnet152",
                                        "mobilenet_v1", "mobilenet_v2", "resnext50_32x4d"};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; ++n) {
        tsr_error err = {0};
        tsr_network network = {0};
        assert_ok(tsr_network_load(names[n], 0, 0, &network, &err), err);
        uint64_t bytes = 0;
        tsr_shape last = {0, 0, 0};
        for (int32_t i = 1; i < network.layer_count; ++i) {
            const tsr_layer *l = &network.layers[i];
            const uint64_t in = (uint64_t)l->in.c * (uint64_t)l->in.h * (uint64_t)l->in.w;
            const uint64_t out = (uint64_t)l->out.c * (uint64_t)l->out.h * (uint64_t)l->out.w;
            if (l->kind == TSR_LAYER_CONV) {
                bytes += in + out;
                last = l->out;
            } else if (l->kind == TSR_LAYER_MAX_POOL) {
                bytes -= in - out;  // the convolution before it writes the pooled map
            } else if (l->kind == TSR_LAYER_ADD) {
                bytes += out;
            }
        }
        assert_true(last.c > 0);
        tsr_outline o = load_outline(names[n], 0, 0);
        const tsr_outline_totals t = tsr_outline_total(&o, 8);
        print_message("%s: %.3f MB of maps\n", names[n], (double)bytes / 1e6);
        assert_int_equal(t.intermediate_bytes + t.input_bytes + t.output_bytes, bytes);
        tsr_account none = account_for(&o, "none", 8, false);
        assert_int_equal(none.intermediate_bytes, t.intermediate_bytes);
        tsr_account_free(&none);
        tsr_outline_free(&o);
        tsr_network_free(&network);
    }
}

static void check_bounds(const tsr_outline *o, const tsr_blocking *blocking) {
    tsr_error err = {0};
    tsr_account a = {0};
    const tsr_outline_totals t = tsr_outline_total(o, 8);
    if (tsr_account_make(o, blocking, 8, &a, &err) != TSR_OK) {
        assert_int_equal(tsr_account_make(o, blocking, 8, &a, &err), TSR_ERR_SHAPE);
        return;
    }
    assert_true(a.intermediate_bytes <= t.intermediate_bytes);
    assert_true(a.weights_once_bytes == t.weight_count);
    assert_true(a.weights_per_block_bytes >= a.weights_once_bytes);
    assert_true(a.weights_exact_bytes >= a.weights_per_block_bytes);
    assert_true(a.ratio_by_conv <= 1.0 && a.ratio_by_macs <= 1.0);
    assert_true(a.depth_first_bytes >= a.tail_bytes && a.depth_first_bytes > 0);
    for (int32_t i = 0; i < o->operand_count; ++i) {
        const tsr_outline_operand *operand = &o->operands[i];
        const int32_t from = operand->stage >= 0 ? a.stages[operand->stage].level : 0;
        const int32_t to = a.stages[operand->reader].level;
        assert_true(operand->stage < operand->reader);
        assert_true(a.operand_off_chip[i] ? to >= from : operand->stage < 0 || to == from);
    }
    tsr_account_free(&a);
}

static void figures_of_every_shipped_network_stay_within_their_bounds(void **state) {
    (void)state;
    static const char *const names[] = {"alexnet",          "cifar10_mobilenet", "cifar10_resnet8",
                                        "cifar10_resnet56", "cifar10_vgg16",     "fsrcnn_x2",
                                        "fpn_resnet50",     "googlenet",         "mobilenet_v1_050",
                                        "mobilenet_v2",     "resnet34",          "resnet101",
                                        "resnet152",        "resnext50_32x4d",   "resnext101_32x8d",
                                        "ssd300_vgg16",     "squeezenet1_1",     "unet",
                                        "vgg19_bn",         "yolov3_tiny"};
    static const char *const blockings[] = {"none", "F56", "F28", "F14", "H2x2", "H4x4", "H3x5"};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; ++n) {
        tsr_outline o = load_outline(names[n], 0, 0);
        for (size_t k = 0; k < 2 * sizeof blockings / sizeof blockings[0]; ++k) {
            tsr_error err = {0};
            tsr_blocking blocking = {0};
            assert_ok(tsr_blocking_parse(blockings[k / 2], &blocking, &err), err);
            blocking.ragged = k % 2 == 1;
            check_bounds(&o, &blocking);
        }
        for (int32_t first = 0; first < o.stage_count;) {
            const int32_t last = tsr_outline_run_end(&o, first);
            const tsr_recompute whole = recompute_for(&o, first, last - first + 1, 1 << 20, true);
            const tsr_recompute tiles = recompute_for(&o, first, last - first + 1, 28, true);
            const tsr_recompute inner = recompute_for(&o, first, last - first + 1, 28, false);
            // A stride, more so one wider than its window, may leave pixels that nothing needs.
            assert_true(whole.mac_factor < 1.0 + 1e-9 && whole.mac_factor > 0.9);
            assert_true(tiles.mac_factor > whole.mac_factor - 1e-9);
            assert_true(inner.mac_factor > 0.9);
            first = last + 1;
        }
        tsr_outline_free(&o);
    }
}

static void out_of_memory_is_refused_and_leaks_nothing(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_network network = parse(input_8x8, residual);
    const tsr_blocking blocking = {.kind = TSR_BLOCKING_HIERARCHICAL, .h = 2, .w = 2};
    bool finished = false;
    for (uint64_t fail_at = 1; !finished; ++fail_at) {
        tsr_outline o = {0};
        tsr_account a = {0};
        tsr_recompute f;
        tsr_alloc_fail_at(fail_at);
        tsr_status status = tsr_outline_make(&network, &o, &err);
        if (status == TSR_OK) {
            status = tsr_account_make(&o, &blocking, 8, &a, &err);
        }
        if (status == TSR_OK) {
            status = tsr_outline_recompute(&o, 0, o.stage_count, 4, 4, true, &f, &err);
        }
        tsr_alloc_fail_at(0);
        finished = status == TSR_OK;
        assert_true(finished || status == TSR_ERR_NO_MEMORY);
        tsr_account_free(&a);
        tsr_outline_free(&o);
        assert_true(fail_at < 100);
    }
    tsr_network_free(&network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_add_goes_with_the_longer_way_and_its_shortcut_runs_first),
        cmocka_unit_test(a_block_waits_on_chip_until_its_add),
        cmocka_unit_test(a_shortcut_around_a_whole_layer_goes_through_dram),
        cmocka_unit_test(a_map_is_read_from_dram_only_by_those_outside_its_level),
        cmocka_unit_test(layers_are_cut_one_by_one),
        cmocka_unit_test(parts_of_a_concat_are_read_map_by_map),
        cmocka_unit_test(an_upsampled_map_is_stored_small),
        cmocka_unit_test(a_pool_goes_with_its_convolution_only_if_nobody_else_reads_it),
        cmocka_unit_test(what_is_behind_a_global_pool_is_not_counted),
        cmocka_unit_test(totals_are_every_operand_once_per_layer),
        cmocka_unit_test(figures_of_every_shipped_network_stay_within_their_bounds),
        cmocka_unit_test(out_of_memory_is_refused_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
