// SPDX-License-Identifier: Apache-2.0
// Cached groups in two dimensions: what waits in DRAM between pieces, to the byte, and that wide
// pictures are fused without a MAC done twice.
#include "plan/fused/fuse_bound.h"
#include "plan/graph_net.h"
#include "plan/halo_rig.h"

enum { CHANNELS = 16, TILE = 8 };

/** Convolutions of 3 x 3 with as many channels as a word of the zc706. */
static void chain(small_net *net, int32_t convs, int32_t height, int32_t width) {
    net_begin(net, CHANNELS, height, width);
    int32_t last = 0;
    for (int32_t i = 0; i < convs; ++i) {
        char name[16];
        (void)snprintf(name, sizeof name, "conv%d", i);
        last = net_conv(net, name, last, CHANNELS, 3);
    }
    net_end(net);
}

/** A chain as one cached group, checked; MACs are the network's, each done once. */
static tsr_plan *plan_chain(const small_net *net, const tsr_arch *arch, const char *text) {
    const tsr_schedule schedule = rig_schedule(text, TSR_JOIN_AUTO);
    tsr_schedule one = schedule;
    tsr_schedule_part *part = &one.parts[one.part_count++];
    part->mode = schedule.mode;
    part->one_group = true;
    part->tile_h = schedule.tile_h;
    part->tile_w = schedule.tile_w;
    (void)snprintf(part->from, sizeof part->from, "%s", net->layers[1].name);
    (void)snprintf(part->to, sizeof part->to, "%s", net->layers[net->network.layer_count - 1].name);
    tsr_program program = {0};
    tsr_plan *plan = rig_plan(&net->network, arch, &one, &program);
    assert_int_equal(plan->group_count, 1);
    uint64_t again = 0;
    assert_int_equal(sum_macs(&program, &again), plain_macs(&net->network, arch, &schedule));
    assert_int_equal(again, 0);
    check_prices(plan);
    rig_check_figures(plan, &program);
    tsr_program_free(&program);
    return plan;
}

static void test_a_column_of_strips_leaves_two_columns_of_every_map_between(void **state) {
    (void)state;

    enum { CONVS = 3, HEIGHT = 24, WIDTH = 40, COLUMNS = WIDTH / TILE };

    small_net net;
    chain(&net, CONVS, HEIGHT, WIDTH);
    const tsr_arch arch = rig_arch("zc706");
    tsr_plan *plan = plan_chain(&net, &arch, "cached:4x8");
    const tsr_group *group = &plan->groups[0];
    assert_true(group->regions->rings);
    assert_int_equal(group->regions->cols, COLUMNS);
    // a strip's 3 x 3 windows begin two columns before the end of the strip before it
    const uint64_t overlap = (CONVS - 1) * (COLUMNS - 1) * 2 * HEIGHT * CHANNELS;
    assert_int_equal(group->overlap_stored, overlap);
    assert_int_equal(group->overlap_loaded, overlap);
    assert_int_equal(plan->write_bytes[TSR_TRAFFIC_INTERMEDIATE], overlap);
    assert_int_equal(plan->read_bytes[TSR_TRAFFIC_INTERMEDIATE], overlap);
    // the input is there already: a strip loads two columns of it again
    const uint64_t input = (WIDTH + (COLUMNS - 1) * 2) * HEIGHT * CHANNELS;
    assert_int_equal(plan->read_bytes[TSR_TRAFFIC_INPUT], input);
    tsr_plan_free(plan);
}

static void test_tiles_leave_rows_too_where_rings_do_not_fit(void **state) {
    (void)state;

    enum { CONVS = 7, EDGE = 40, CUTS = EDGE / TILE };

    small_net net;
    chain(&net, CONVS, EDGE, EDGE);
    tsr_arch arch = rig_arch("zc706");
    // two maps of at most 15 x 15 words are there at once; rings would have seven of them
    arch.feature_buffer_bytes = 16384;
    arch.feature_sectors = 2;
    tsr_plan *plan = plan_chain(&net, &arch, "cached:8x8");
    const tsr_group *group = &plan->groups[0];
    assert_true(!group->regions->rings);
    assert_int_equal(group->regions->cols, CUTS);
    assert_int_equal(group->regions->rows, CUTS);
    const uint64_t lines = (CUTS - 1) * 2;  // rows of a map that are kept, and columns
    const uint64_t maps = (CONVS - 1) * CHANNELS;
    assert_int_equal(group->overlap_stored, maps * 2 * lines * EDGE);
    // beside its new rows a tile reads two columns; above them two rows, as wide as its windows
    assert_int_equal(group->overlap_loaded, maps * (lines * EDGE + lines * (EDGE + lines)));
    assert_int_equal(plan->write_bytes[TSR_TRAFFIC_INTERMEDIATE], group->overlap_stored);
    assert_int_equal(plan->read_bytes[TSR_TRAFFIC_INTERMEDIATE], group->overlap_loaded);
    tsr_plan_free(plan);
}

static void test_full_width_strips_are_taken_where_they_fit(void **state) {
    (void)state;
    small_net net;
    chain(&net, 3, 24, 40);
    const tsr_arch arch = rig_arch("zc706");
    tsr_plan *plan = plan_chain(&net, &arch, "cached:4");
    assert_int_equal(plan->groups[0].regions->cols, 1);
    assert_int_equal(tsr_group_bytes(&plan->groups[0]),
                     tsr_bound_bytes(plan, 0, plan->stage_count - 1));
    assert_int_equal(plan->groups[0].overlap_loaded, 0);
    tsr_plan_free(plan);
}

/** Bytes of all groups as they were priced; 0: it does not fit. */
static uint64_t priced(const tsr_network *network, const tsr_arch *arch, int32_t tile_w) {
    tsr_schedule schedule = rig_schedule("cached", TSR_JOIN_AUTO);
    tsr_error err = {0};
    tsr_plan *plan = NULL;
    schedule.tile_w = tile_w;
    if (tsr_plan_make(network, arch, &schedule, &plan, &err) != TSR_OK) {
        return 0;
    }
    uint64_t bytes = 0;
    for (int32_t g = 0; g < plan->group_count; ++g) {
        bytes += tsr_group_bytes(&plan->groups[g]);
    }
    tsr_plan_free(plan);
    return bytes;
}

static void test_a_free_choice_moves_no_more_than_full_width_strips(void **state) {
    (void)state;

    enum { CASES = 600, WHOLE = 16383 };

    int32_t better = 0;
    for (uint64_t seed = 1; seed <= CASES; ++seed) {
        tsr_rng rng = {.state = seed};
        tsr_network network = {0};
        const tsr_arch arch = halo_arch(&rng);
        const graph_wish wish = {arch.tn, 28, false, 0};
        if (!graph_make(&rng, &network, &wish)) {
            continue;
        }
        const uint64_t strips = priced(&network, &arch, WHOLE);
        const uint64_t any = priced(&network, &arch, 0);
        tsr_network_free(&network);
        if (strips != 0 && (any == 0 || any > strips)) {
            fail_msg("seed %llu: %llu bytes in strips, %llu chosen", (unsigned long long)seed,
                     (unsigned long long)strips, (unsigned long long)any);
        }
        better += any != 0 && (strips == 0 || any < strips);
    }
    print_message("%d of %d better in columns or tiles\n", better, CASES);
    assert_true(better > 0);
}

/** Enlarged maps can be cut only so that every pixel of a step is read: not in the lowest pieces. */
static void test_enlarged_maps_are_fused_though_the_lowest_pieces_would_waste_some(void **state) {
    (void)state;
    tsr_network network = {0};
    tsr_error err = {0};
    tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
    assert_ok(tsr_network_load("unet", 224, 224, &network, &err), err);
    const tsr_arch arch = rig_arch("zc706");
    tsr_schedule schedule = rig_schedule("cached", TSR_JOIN_AUTO);
    tsr_plan *plan = NULL;
    assert_ok(tsr_plan_make(&network, &arch, &schedule, &plan, &err), err);
    int32_t fused = 0;
    for (int32_t g = 0; g < plan->group_count; ++g) {
        const tsr_group *group = &plan->groups[g];
        for (int32_t s = group->first; s <= group->last && group->last > group->first; ++s) {
            fused += plan->stages[s].step > 1;
        }
    }
    assert_int_equal(fused, 4);
    tsr_plan_free(plan);
    tsr_network_free(&network);
}

static uint64_t bytes_of(const tsr_network *network, const char *text, uint64_t *macs) {
    const tsr_arch arch = rig_arch("ultra96");
    const tsr_schedule schedule = rig_schedule(text, TSR_JOIN_AUTO);
    tsr_program program = {0};
    tsr_plan *plan = rig_plan(network, &arch, &schedule, &program);
    uint64_t again = 0;
    *macs = sum_macs(&program, &again);
    assert_int_equal(again, 0);
    uint64_t bytes = 0;
    for (int32_t t = 0; t < TSR_TRAFFIC_COUNT; ++t) {
        bytes += plan->read_bytes[t] + plan->write_bytes[t];
    }
    print_message("vdsr %d x %d, %s: %.3f MB; %s\n", network->layers[0].out.h,
                  network->layers[0].out.w, text, (double)bytes / 1e6,
                  tsr_plan_summarize(plan).text);
    tsr_program_free(&program);
    tsr_plan_free(plan);
    return bytes;
}

/** 1920 columns of 64 channels: three rows of two maps are more than the 512 KiB of the pool. */
static void test_a_picture_too_wide_for_strips_is_fused_in_tiles(void **state) {
    (void)state;
    tsr_network network = {0};
    tsr_error err = {0};
    tsr_config_dir_set(TSR_SOURCE_DIR "/configs");
    assert_ok(tsr_network_load("vdsr", 216, 1920, &network, &err), err);
    uint64_t plain = 0;
    uint64_t macs = 0;
    const uint64_t layerwise = bytes_of(&network, "layerwise", &plain);
    const uint64_t cached = bytes_of(&network, "cached", &macs);
    assert_int_equal(macs, plain);
    assert_true(4 * cached < layerwise);
    tsr_network_free(&network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_column_of_strips_leaves_two_columns_of_every_map_between),
        cmocka_unit_test(test_tiles_leave_rows_too_where_rings_do_not_fit),
        cmocka_unit_test(test_full_width_strips_are_taken_where_they_fit),
        cmocka_unit_test(test_a_free_choice_moves_no_more_than_full_width_strips),
        cmocka_unit_test(test_enlarged_maps_are_fused_though_the_lowest_pieces_would_waste_some),
        cmocka_unit_test(test_a_picture_too_wide_for_strips_is_fused_in_tiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
