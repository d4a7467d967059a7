// SPDX-License-Identifier: Apache-2.0
// Known figures of the fused schedules that recompute or keep overlaps: recompute factors and line
// buffers of VGG-16 and VDSR, and that whole networks run under them.
#include "plan/halo/regions.h"
#include "plan/plan_rig.h"
#include "support/small_net.h"

static const int64_t channels[] = {3, 64, 64, 128, 128, 256, 256, 256};  // of VGG-16's first maps

/** The first convolutions of VGG-16 on a square picture; a pool before the third and the fifth. */
static void vgg_head(small_net *net, int32_t convs, int32_t edge) {
    net_begin(net, 3, edge, edge);
    int32_t last = 0;
    for (int32_t i = 0; i < convs; ++i) {
        char name[16];
        (void)snprintf(name, sizeof name, "conv%d", i);
        if (i == 2 || i == 4) {
            last = net_pool(net, TSR_LAYER_MAX_POOL, i == 2 ? "pool1" : "pool2", last);
        }
        last = net_conv(net, name, last, (int32_t)channels[i + 1], 3);
    }
    net_end(net);
}

/** A machine whose pool holds any group of the tests: what is asked for is the tile, not the fit. */
static tsr_arch large_arch(void) {
    tsr_arch arch = rig_arch("zc706");
    arch.feature_buffer_bytes = INT64_C(16) << 20;
    arch.weight_buffer_bytes = INT64_C(4) << 20;
    arch.parameter_channels = 4096;
    return arch;
}

static tsr_plan *plan_one_group(const tsr_network *network, const tsr_arch *arch, const char *text,
                                tsr_program *program) {
    const tsr_schedule schedule = rig_schedule(text, TSR_JOIN_AUTO);
    tsr_plan *plan = rig_plan(network, arch, &schedule, program);
    assert_int_equal(plan->group_count, 1);
    assert_non_null(plan->groups[0].regions);
    return plan;
}

static void test_an_inner_tile_of_vgg16_recomputes_what_hardware_md_says(void **state) {
    (void)state;

    // hardware.md 2.6 (b): first five convolutions
    static const struct {
        int32_t tile;
        double factor;
    } rows[] = {{7, 1.894}, {14, 1.404}, {28, 1.191}, {56, 1.093}};

    const tsr_arch arch = large_arch();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        const int32_t tile = rows[i].tile;
        small_net net;
        vgg_head(&net, 5, tile * 4 * 4);  // 4 x 4 tiles of the map after two pools
        char text[24];
        (void)snprintf(text, sizeof text, "recompute:%d", tile);
        tsr_program program = {0};
        tsr_plan *plan = plan_one_group(&net.network, &arch, text, &program);
        int64_t region = tile;  // outputs of a convolution that the tile needs, and its own share
        int64_t share = tile;
        uint64_t expected = 0;
        uint64_t plain = 0;
        for (int32_t conv = 4; conv >= 0; --conv) {
            const int64_t macs = 9 * channels[conv] * channels[conv + 1];
            expected += (uint64_t)(region * region * macs);
            plain += (uint64_t)(share * share * macs);
            region += 2;  // (r - 1) * 1 + 3
            if (conv == 4 || conv == 2) {
                region *= 2;
                share *= 2;
            }
        }
        uint64_t found = 0;
        for (int32_t d = 0; d < program.desc_count; ++d) {
            found += tsr_program_note(&program, d).block == 1 * 4 + 1
                         ? tsr_program_note(&program, d).macs
                         : 0;
        }
        assert_int_equal(found, expected);
        const double factor = (double)found / (double)plain;
        print_message("tile %2d: MACs x %.4f (hardware.md %.3f)\n", tile, factor, rows[i].factor);
        assert_true(factor > rows[i].factor - 0.0006 && factor < rows[i].factor + 0.0006);
        tsr_program_free(&program);
        tsr_plan_free(plan);
    }
}

static tsr_network shipped(const char *name, int32_t height, int32_t width) {
    tsr_network network = {0};
    tsr_error err = {0};
    tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
    assert_ok(tsr_network_load(name, height, width, &network, &err), err);
    return network;
}

static void test_tiles_of_vdsr_cost_what_blockconv_md_says(void **state) {
    (void)state;

    // blockconv.md 4.7, image borders clipped: MACs, input reads
    static const struct {
        const char *schedule;
        int32_t height, width;
        double macs, reads;
    } rows[] = {{"recompute:64", 256, 256, 1.51, 2.16},
                {"recompute:128", 256, 256, 1.16, 1.34},
                {"recompute:128", 1080, 1920, 1.31, 1.67}};

    const tsr_arch arch = large_arch();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        tsr_network network = shipped("vdsr", rows[i].height, rows[i].width);
        tsr_program program = {0};
        tsr_plan *plan = plan_one_group(&network, &arch, rows[i].schedule, &program);
        uint64_t all = 0;
        uint64_t again = 0;
        uint64_t read = 0;
        for (int32_t d = 0; d < program.desc_count; ++d) {
            all += tsr_program_note(&program, d).macs;
            again += tsr_program_note(&program, d).macs_recomputed;
            if (tsr_program_brief(&program, d).opcode == TSR_OP_LOAD_FEATURE) {
                const tsr_desc desc = tsr_program_desc(&program, d);
                read += (uint64_t)(desc.u.load_feature.rows * desc.u.load_feature.row_bytes);
            }
        }
        const double macs = (double)all / (double)(all - again);
        const double reads = (double)read / ((double)rows[i].height * rows[i].width);
        print_message("vdsr %dx%d %s: MACs x %.3f (%.2f), input reads x %.3f (%.2f)\n",
                      rows[i].height, rows[i].width, rows[i].schedule, macs, rows[i].macs, reads,
                      rows[i].reads);
        assert_true(macs > rows[i].macs - 0.006 && macs < rows[i].macs + 0.006);
        assert_true(reads > rows[i].reads - 0.006 && reads < rows[i].reads + 0.006);
        tsr_program_free(&program);
        tsr_plan_free(plan);
        tsr_network_free(&network);
    }
}

/** Bytes of the rows kept from one strip to the next, without the padding of words. */
static int64_t kept_bytes(const tsr_plan *plan) {
    const tsr_regions *r = plan->groups[0].regions;
    int64_t bytes = 0;
    for (int32_t e = 0; e < r->map_count; ++e) {
        const tsr_region_map *m = &r->maps[e];
        bytes += (int64_t)m->kept * m->shape.w * m->shape.c;
    }
    return bytes;
}

static void test_strips_keep_the_rows_of_a_line_buffer(void **state) {
    (void)state;

    // hardware.md 2.6 (c), VGG-16 at 8 bits, two rows of every convolution's input
    static const struct {
        int32_t convs;
        double kib;
    } rows[] = {{5, 85.3}, {7, 141.3}};

    const tsr_arch arch = large_arch();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        small_net net;
        vgg_head(&net, rows[i].convs, 224);
        tsr_program program = {0};
        tsr_plan *plan = plan_one_group(&net.network, &arch, "cached:1", &program);
        static const int64_t width[] = {224, 224, 112, 112, 56, 56, 56};
        int64_t expected = 0;
        for (int32_t conv = 0; conv < rows[i].convs; ++conv) {
            expected += 2 * width[conv] * channels[conv];
        }
        assert_int_equal(kept_bytes(plan), expected);
        const double kib = (double)expected / 1024.0;
        print_message("first %d convolutions keep %.2f KiB (hardware.md %.1f)\n", rows[i].convs,
                      kib, rows[i].kib);
        assert_true(kib > rows[i].kib - 0.06 && kib < rows[i].kib + 0.06);
        tsr_program_free(&program);
        tsr_plan_free(plan);
    }
}

static void test_a_shortcut_keeps_rows_until_they_are_added(void **state) {
    (void)state;
    tsr_network network = shipped("vdsr", 256, 256);
    const tsr_arch arch = large_arch();
    tsr_program program = {0};
    tsr_plan *plan = plan_one_group(&network, &arch, "cached:1", &program);
    const tsr_regions *r = plan->groups[0].regions;
    // 20 convolutions of 3 x 3: after a strip that ends with row y of the sum, row y + 20 of the
    // input is there, and the add has still to read row y + 1
    assert_int_equal(r->maps[r->in[0]].kept, 20);
    for (int32_t step = 1; step < 20; ++step) {
        assert_int_equal(r->maps[r->in[step]].kept, 2);
    }
    // blockconv.md 4.7: 609 KiB without the shortcut
    const int64_t lines = 2 * 256 * (1 + 19 * 64);
    assert_int_equal(kept_bytes(plan) - 18 * 256, lines);
    assert_true((double)lines / 1024.0 > 608.4 && (double)lines / 1024.0 < 609.5);
    tsr_program_free(&program);
    tsr_plan_free(plan);
    tsr_network_free(&network);
}

static uint64_t map_bytes(const tsr_plan *plan) {
    return plan->read_bytes[TSR_TRAFFIC_INPUT] + plan->read_bytes[TSR_TRAFFIC_INTERMEDIATE] +
           plan->write_bytes[TSR_TRAFFIC_INTERMEDIATE] + plan->write_bytes[TSR_TRAFFIC_OUTPUT];
}

static void test_whole_networks_run_under_every_schedule(void **state) {
    (void)state;
    static const char *const schedules[] = {"layerwise", "recompute", "cached"};

    static const struct {
        const char *network, *arch;
        int32_t height, width;
    } cases[] = {{"vgg16", "zc706", 0, 0},
                 {"vdsr", "ultra96", 256, 256},
                 {"resnet50", "zc706", 0, 0},
                 {"mobilenet_v1", "zc706", 0, 0},
                 {"googlenet", "zc706", 0, 0}};

    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; ++n) {
        tsr_network network = shipped(cases[n].network, cases[n].height, cases[n].width);
        const tsr_arch arch = rig_arch(cases[n].arch);
        uint64_t plain = 0;
        uint64_t total[3] = {0};
        for (size_t i = 0; i < sizeof schedules / sizeof schedules[0]; ++i) {
            const tsr_schedule schedule = rig_schedule(schedules[i], TSR_JOIN_AUTO);
            tsr_program program = {0};
            tsr_plan *plan = rig_plan(&network, &arch, &schedule, &program);
            uint64_t macs = 0;
            uint64_t again = 0;
            for (int32_t d = 0; d < program.desc_count; ++d) {
                macs += tsr_program_note(&program, d).macs;
                again += tsr_program_note(&program, d).macs_recomputed;
            }
            plain = i == 0 ? macs : plain;
            assert_int_equal(macs - again, plain);
            assert_true(i == 1 || again == 0);
            for (int32_t t = 0; t < TSR_TRAFFIC_DESCRIPTORS; ++t) {
                total[i] += plan->read_bytes[t] + plan->write_bytes[t];
            }
            print_message("%s %-9s: %5d descriptors, maps %.3f MB, all %.3f MB, MACs x %.3f; %s\n",
                          cases[n].network, schedules[i], program.desc_count,
                          (double)map_bytes(plan) / 1e6, (double)total[i] / 1e6,
                          (double)macs / (double)plain, tsr_plan_summarize(plan).text);
            tsr_program_free(&program);
            tsr_plan_free(plan);
        }
        assert_true(total[1] <= total[0] && total[2] <= total[0]);
        tsr_network_free(&network);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_inner_tile_of_vgg16_recomputes_what_hardware_md_says),
        cmocka_unit_test(test_tiles_of_vdsr_cost_what_blockconv_md_says),
        cmocka_unit_test(test_strips_keep_the_rows_of_a_line_buffer),
        cmocka_unit_test(test_a_shortcut_keeps_rows_until_they_are_added),
        cmocka_unit_test(test_whole_networks_run_under_every_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
