// SPDX-License-Identifier: Apache-2.0
// Pixel packing: random first layers under every schedule compute what the model computes, with as
// many pixels a word as the rule says. usage: test_plan_pack [seed [cases]]
#include <stdlib.h>

#include <tessera/counters.h>

#include "plan/halo_rig.h"

static uint64_t first_seed = 20250711;
static int32_t case_count = 2400;
static uint64_t running;

enum { KERNEL_MAX = 11, STRIDE_MAX = 4 };

/** How the cases ended. */
typedef struct tally {
    int32_t run, packed, padded, not_fit_packed, by_kind[4], whole_maps, shared_adds, own_loads;
    int32_t compared, faster_passes, faster, slower, fits_packed_only, refused;
} tally;

static tsr_arch random_arch(tsr_rng *rng) {
    tsr_arch arch = halo_arch(rng);
    arch.tn = 4 << tsr_pick(rng, 0, 2);
    arch.tm = arch.tn * tsr_pick(rng, 1, 2);
    const int64_t grain = (int64_t)arch.feature_sectors * tsr_arch_line_bytes(&arch);
    arch.feature_buffer_bytes = (((int64_t)1 << tsr_pick(rng, 12, 17)) / grain + 1) * grain;
    arch.weight_buffer_bytes =
        (((int64_t)1 << tsr_pick(rng, 12, 16)) / tsr_arch_weight_word_bytes(&arch) + 1) *
        tsr_arch_weight_word_bytes(&arch);
    arch.parameter_channels = arch.tm * tsr_pick(rng, 2, 16);
    return arch;
}

static tsr_schedule random_schedule(tsr_rng *rng) {
    static const char *const modes[] = {"layerwise", "recompute", "cached"};
    char text[16];
    const int32_t kind = tsr_pick(rng, 0, 6);
    if (kind == 6) {
        return rig_schedule(tsr_chance(rng, 50) ? "auto:cycles" : "auto:dram_bytes", TSR_JOIN_AUTO);
    }
    if (kind < 3) {
        tsr_schedule schedule =
            kind == 0 ? rig_schedule("layerwise", TSR_JOIN_AUTO) : halo_schedule(rng, modes[kind]);
        schedule.blocking.border_padding =
            tsr_chance(rng, 80) ? TSR_PAD_ZERO : (tsr_pad_mode)tsr_pick(rng, 0, 2);
        return schedule;
    }
    (void)snprintf(text, sizeof text, kind == 3 ? "F%dx%d" : "H%dx%d",
                   tsr_pick(rng, 2, kind == 3 ? 14 : 4), tsr_pick(rng, 2, kind == 3 ? 14 : 4));
    tsr_schedule schedule = rig_schedule(text, (tsr_join)tsr_pick(rng, 0, 2));
    schedule.blocking.block_padding =
        tsr_chance(rng, 70) ? TSR_PAD_ZERO : (tsr_pad_mode)tsr_pick(rng, 0, 2);
    schedule.blocking.border_padding =
        tsr_chance(rng, 70) ? TSR_PAD_SAME : (tsr_pad_mode)tsr_pick(rng, 0, 2);
    schedule.blocking.ragged = true;
    schedule.blocking.true_stride = tsr_chance(rng, 60);
    static const tsr_residency rules[] = {TSR_RESIDENCY_PER_BLOCK, TSR_RESIDENCY_PER_GROUP,
                                          TSR_RESIDENCY_BLOCK_BATCH};
    schedule.residency = tsr_chance(rng, 60) ? TSR_RESIDENCY_AUTO : rules[tsr_pick(rng, 0, 2)];
    if (schedule.residency == TSR_RESIDENCY_BLOCK_BATCH && tsr_chance(rng, 50)) {
        schedule.block_batch = tsr_pick(rng, 1, 5);
    }
    return schedule;
}

/** A conv of the network input. */
static int32_t first_conv(tsr_rng *rng, small_net *net, const char *name,
                          const tsr_schedule *schedule) {
    const bool blocked = schedule->mode == TSR_SCHEDULE_BLOCKED;
    const int32_t index = net_conv(net, name, 0, tsr_pick(rng, 1, 12), 1);
    tsr_layer *layer = &net->layers[index];
    layer->kernel_h = tsr_pick(rng, 1, KERNEL_MAX);
    layer->kernel_w = tsr_pick(rng, 1, KERNEL_MAX);
    layer->blockable = tsr_chance(rng, 90);
    if (tsr_chance(rng, 8)) {
        layer->dilation_w = 2;
    }
    const int32_t reach_h = layer->kernel_h - 1;
    const int32_t reach_w = (layer->kernel_w - 1) * layer->dilation_w;
    if (blocked || tsr_chance(rng, 40)) {
        layer->pad_top = tsr_pick(rng, 0, reach_h);
        layer->pad_left = tsr_pick(rng, 0, reach_w);
        layer->pad_bottom = reach_h - layer->pad_top;
        layer->pad_right = reach_w - layer->pad_left;
        layer->stride_h = layer->stride_w =
            tsr_chance(rng, 70) ? 1 : tsr_pick(rng, 1, blocked ? 2 : STRIDE_MAX);
    } else {
        layer->pad_top = tsr_pick(rng, 0, reach_h / 2);
        layer->pad_left = tsr_pick(rng, 0, reach_w / 2 + 1);
        layer->pad_bottom = tsr_pick(rng, 0, reach_h / 2);
        layer->pad_right = tsr_pick(rng, 0, reach_w / 2 + 1);
        layer->stride_h = tsr_pick(rng, 1, STRIDE_MAX);
        layer->stride_w = tsr_pick(rng, 1, STRIDE_MAX);
    }
    return index;
}

/** Two convs of the network input, with windows of their own, that are added. */
static void two_stems(tsr_rng *rng, small_net *net) {
    const int32_t channels = tsr_pick(rng, 1, 12);
    const int32_t stride = tsr_chance(rng, 70) ? 1 : 2;
    const int32_t a = net_conv(net, "conv1", 0, channels, 2 * tsr_pick(rng, 1, 5) + 1);
    const int32_t b = net_conv(net, "conv2", 0, channels, 2 * tsr_pick(rng, 0, 5) + 1);
    net->layers[a].stride_h = net->layers[a].stride_w = stride;
    net->layers[b].stride_h = net->layers[b].stride_w = stride;
    (void)net_join(net, TSR_LAYER_ADD, "add", a, b);
}

/** A first layer, what may follow it, and others that read the input as well. */
static void random_net(tsr_rng *rng, small_net *net, const tsr_schedule *schedule) {
    net_begin(net, tsr_pick(rng, 1, 4), tsr_pick(rng, 5, 30), tsr_pick(rng, 5, 30));
    net->network.batch = tsr_chance(rng, 80) ? 1 : tsr_pick(rng, 2, 3);
    if (tsr_chance(rng, 12)) {
        two_stems(rng, net);
        return;
    }
    int32_t last = first_conv(rng, net, "conv1", schedule);
    if (tsr_chance(rng, 40)) {
        last = net_layer(net, TSR_LAYER_RELU, "relu1", last);
    }
    if (tsr_chance(rng, 25)) {
        last = net_pool(net, TSR_LAYER_MAX_POOL, "pool1", last);
    }
    if (tsr_chance(rng, 60)) {
        last = net_conv(net, "conv2", last, tsr_pick(rng, 1, 40), 3);
    }
    if (tsr_chance(rng, 30)) {  // the input again, as in residual networks
        const tsr_layer *conv = &net->layers[1];
        if (conv->stride_h == 1 && conv->stride_w == 1 && conv->kernel_h % 2 == 1 &&
            net_conv(net, "conv3", last, net->layers[0].out.c, 3) > 0) {
            last = net_join(net, TSR_LAYER_ADD, "add", net->network.layer_count - 1, 0);
        }
    }
    if (tsr_chance(rng, 20)) {
        const int32_t branch = tsr_chance(rng, 60) ? first_conv(rng, net, "branch", schedule)
                                                   : net_pool(net, TSR_LAYER_MAX_POOL, "branch", 0);
        if (tsr_chance(rng, 60)) {  // in one group, if at all
            net->layers[branch].stride_h = net->layers[1].stride_h;
            net->layers[branch].stride_w = net->layers[1].stride_w;
        }
    }
}

/** Pixels a word by the rule: of all that fit in a word and in the window those with the fewest taps,
 * of these the fewest pixels. */
static int32_t by_the_rule(const tsr_plan *plan, const tsr_stage *stage) {
    const int32_t word = tsr_arch_feature_word_bytes(&plan->arch);
    const int32_t pixel = tsr_arch_pixel_bytes(&plan->arch, stage->in.c);
    int32_t best = 1;
    for (int32_t g = 2; g * pixel <= word && g <= stage->kernel_w; ++g) {
        best = (stage->kernel_w + g - 1) / g < (stage->kernel_w + best - 1) / best ? g : best;
    }
    return best;
}

static void check_rule(const tsr_plan *plan, tally *t) {
    const tsr_blocking *blocking = &plan->schedule.blocking;
    const bool zero = blocking->block_padding == TSR_PAD_ZERO &&
                      tsr_blocking_border_mode(blocking) == TSR_PAD_ZERO;
    for (int32_t s = 0; s < plan->stage_count; ++s) {
        const tsr_stage *stage = &plan->stages[s];
        const bool first = stage->in_map == 0 && stage->kind == TSR_STAGE_CONV &&
                           stage->job == TSR_JOB_WEIGHTS && stage->form == TSR_FORM_DENSE &&
                           stage->dilation_w == 1;
        const int32_t rule = first && !plan->schedule.unpacked ? by_the_rule(plan, stage) : 1;
        assert_true(stage->pack == rule || (!zero && stage->pack == 1));
        t->padded += stage->pack < rule;
    }
}

/** A pass that adds the network input takes it from packed words. */
static bool adds_packed(const tsr_plan *plan, const tsr_program *program, int32_t index) {
    const tsr_group *group = &plan->groups[tsr_program_note(program, index).group];
    const int64_t base = tsr_program_desc(program, index).u.conv.residual_base;
    for (int32_t s = 0; s < group->slot_count; ++s) {
        const tsr_slot *slot = &group->slots[s];
        if (slot->pack > 1 && base >= slot->base && base < slot->base + slot->lines) {
            return true;
        }
    }
    return false;
}

static void count_packed(const tsr_plan *plan, const tsr_program *program, tally *t) {
    t->packed += plan->stages[0].pack > 1;
    for (int32_t g = 0; g < plan->group_count; ++g) {
        const tsr_group *group = &plan->groups[g];
        const tsr_stage *stage = &plan->stages[group->first];
        t->by_kind[group->kind] += stage->pack > 1;
        t->whole_maps += stage->pack > 1 && group->kind == TSR_GROUP_FUSED &&
                         group->levels[0].batch && stage->grid.cols > 1;
    }
    for (int32_t i = 0; i < plan->list.count; ++i) {
        const tsr_desc desc = tsr_program_desc(program, i);
        if (desc.header.opcode == TSR_OP_CONV && desc.u.conv.residual != 0 &&
            plan->stages[plan->list.ops[i].stage].residual_map == 0) {
            const bool shares = adds_packed(plan, program, i);
            t->shared_adds += shares;
            t->own_loads += !shares && plan->stages[0].pack > 1;
        }
    }
}

/** Cycles by the laws, without DRAM timing. */
static uint64_t cycles_of(const tsr_program *program) {
    tsr_result result = {0};
    tsr_error err = {0};
    const tsr_run_options options = {.keep_events = false};
    assert_ok(tsr_estimate(program, &options, &result, &err), err);
    const uint64_t cycles = result.total.cycles;
    tsr_result_free(&result);
    return cycles;
}

/** The same descriptors, and passes of the same size. */
static bool same_passes(const tsr_program *on, const tsr_program *off) {
    bool same = on->desc_count == off->desc_count;
    for (int32_t i = 0; i < on->desc_count && same; ++i) {
        const tsr_desc a = tsr_program_desc(on, i);
        const tsr_desc b = tsr_program_desc(off, i);
        same = a.header.opcode == b.header.opcode;
        if (same && a.header.opcode == TSR_OP_CONV) {
            same = a.u.conv.out_h == b.u.conv.out_h && a.u.conv.out_w == b.u.conv.out_w &&
                   a.u.conv.m_groups == b.u.conv.m_groups;
        }
    }
    return same;
}

/** Every pass takes columns/kernel_w of the cycles a tile that it took, and no more in all. @return
 * passes that are faster. */
static int32_t compare_passes(const tsr_plan *plan, const tsr_program *on, const tsr_program *off) {
    int32_t faster = 0;
    for (int32_t i = 0; i < on->desc_count; ++i) {
        if (tsr_program_brief(on, i).opcode != TSR_OP_CONV) {
            continue;
        }
        const tsr_desc packed = tsr_program_desc(on, i);
        const tsr_desc plain = tsr_program_desc(off, i);
        const tsr_pass_law a = tsr_desc_pass_law(&plan->arch, &packed);
        const tsr_pass_law b = tsr_desc_pass_law(&plan->arch, &plain);
        const tsr_stage *stage = &plan->stages[plan->list.ops[i].stage];
        const int32_t columns = (stage->kernel_w + stage->pack - 1) / stage->pack;
        assert_int_equal(a.n, b.n);
        assert_int_equal(a.d, b.d);
        assert_int_equal(a.l * (uint64_t)stage->kernel_w, b.l * (uint64_t)columns);
        assert_true(a.cycles <= b.cycles);
        faster += a.cycles < b.cycles;
    }
    return faster;
}

/** The same maps move, and no more weights. */
static void compare_traffic(const tsr_plan *on, const tsr_plan *off) {
    for (int32_t k = 0; k < TSR_TRAFFIC_COUNT; ++k) {
        assert_int_equal(on->write_bytes[k], off->write_bytes[k]);
        if (k == TSR_TRAFFIC_WEIGHTS) {
            assert_true(on->read_bytes[k] <= off->read_bytes[k]);
        } else {
            assert_int_equal(on->read_bytes[k], off->read_bytes[k]);
        }
    }
}

/** The plan of the same schedule with packing off; NULL where that is refused. */
static tsr_plan *plan_unpacked(const tsr_network *network, const tsr_plan *plan,
                               tsr_program *program) {
    tsr_schedule schedule = plan->schedule;
    tsr_error err = {0};
    tsr_plan *unpacked = NULL;
    schedule.unpacked = true;
    const tsr_status status = tsr_plan_make(network, &plan->arch, &schedule, &unpacked, &err);
    if (status == TSR_ERR_NOT_FIT || status == TSR_ERR_UNSUPPORTED) {
        return NULL;
    }
    assert_ok(status, err);
    assert_ok(tsr_plan_lower(unpacked, NULL, program, &err), err);
    return unpacked;
}

static void compare_unpacked(const tsr_network *network, const tsr_plan *plan,
                             const tsr_program *program, tally *t) {
    tsr_program other = {0};
    tsr_plan *unpacked = plan_unpacked(network, plan, &other);
    t->fits_packed_only += unpacked == NULL;  // more weight words
    if (unpacked != NULL && same_passes(program, &other)) {
        ++t->compared;
        t->faster_passes += compare_passes(plan, program, &other);
        compare_traffic(plan, unpacked);
        // a run is slower at times: where loads bind, for their rows are a few words longer, or where
        // buffers are filled in another order
        const uint64_t on = cycles_of(program);
        const uint64_t off = cycles_of(&other);
        t->faster += on < off;
        t->slower += on > off;
    }
    tsr_program_free(&other);
    tsr_plan_free(unpacked);
}

static void run_case(uint64_t seed, tally *t) {
    tsr_rng rng = {.state = seed};
    small_net net;
    tsr_error err = {0};
    const tsr_arch arch = random_arch(&rng);
    const tsr_schedule schedule = random_schedule(&rng);
    const tsr_blocking blocking = tsr_schedule_blocking(&schedule);
    random_net(&rng, &net, &schedule);
    if (tsr_network_infer(&net.network, &err) != TSR_OK) {
        return;  // shapes that do not meet: no network
    }
    tsr_plan *plan = NULL;
    if (tsr_plan_make(&net.network, &arch, &schedule, &plan, &err) != TSR_OK) {
        ++t->refused;
        return;
    }
    tsr_program program = {0};
    assert_ok(tsr_plan_lower(plan, NULL, &program, &err), err);
    if (case_count == 1) {  // a replay
        assert_ok(tsr_plan_print(plan, stdout, &err), err);
    }
    assert_ok(tsr_program_check(&program, &err), err);
    rig_check_figures(plan, &program);
    check_prices(plan);
    rig_values values;
    if (rig_values_make(&net.network, &arch, &blocking, seed, &values)) {
        ++t->run;
        rig_check_values(plan, &values);
        check_rule(plan, t);
        t->not_fit_packed += plan->schedule.unpacked;
        count_packed(plan, &program, t);
        if (plan->stages[0].pack > 1 && schedule.mode != TSR_SCHEDULE_AUTO) {  // other groups
            compare_unpacked(&net.network, plan, &program, t);
        }
    }
    rig_values_free(&values);
    tsr_program_free(&program);
    tsr_plan_free(plan);
}

static void test_random_first_layers_compute_what_the_model_computes(void **state) {
    (void)state;
    tally t = {0};
    for (int32_t i = 0; i < case_count; ++i) {
        running = first_seed + (uint64_t)i;
        run_case(running, &t);
    }
    print_message(
        "seeds %llu to %llu: %d run, %d with a packed first layer; packed groups: %d tiled, %d "
        "fused "
        "(%d of whole maps in several columns of blocks), %d recompute, %d cached; passes that add "
        "packed words %d, words of their own %d; not packed for their padding %d, for the pool %d; "
        "%d compared with unpacked: %d passes faster, %d runs faster, %d slower; %d fit packed "
        "only; %d refused\n",
        (unsigned long long)first_seed, (unsigned long long)running, t.run, t.packed,
        t.by_kind[TSR_GROUP_TILED], t.by_kind[TSR_GROUP_FUSED], t.whole_maps,
        t.by_kind[TSR_GROUP_RECOMPUTE], t.by_kind[TSR_GROUP_CACHED], t.shared_adds, t.own_loads,
        t.padded, t.not_fit_packed, t.compared, t.faster_passes, t.faster, t.slower,
        t.fits_packed_only, t.refused);
    if (case_count >= 2000) {  // the mix reaches every kind of packed load
        for (int32_t kind = TSR_GROUP_TILED; kind <= TSR_GROUP_CACHED; ++kind) {
            assert_true(t.by_kind[kind] > 0);
        }
        assert_true(t.whole_maps > 0 && t.shared_adds > 0 && t.own_loads > 0 && t.padded > 0);
        assert_true(t.compared > t.packed / 2 && t.slower < t.compared / 10);
    }
}

static void test_the_plan_says_how_many_pixels_are_in_a_word(void **state) {
    (void)state;
    small_net net;
    net_begin(&net, 3, 16, 16);
    (void)net_conv(&net, "conv1", 0, 8, 7);
    net_end(&net);
    tsr_arch arch = rig_arch("tiny");
    arch.tm = arch.tn = 16;
    arch.weight_buffer_bytes = 65536;
    tsr_schedule schedule = rig_schedule("layerwise", TSR_JOIN_AUTO);
    for (int32_t unpacked = 0; unpacked < 2; ++unpacked) {
        tsr_error err = {0};
        tsr_plan *plan = NULL;
        schedule.unpacked = unpacked != 0;
        assert_ok(tsr_plan_make(&net.network, &arch, &schedule, &plan, &err), err);
        FILE *file = tmpfile();
        assert_non_null(file);
        assert_ok(tsr_plan_print(plan, file, &err), err);
        char text[4096] = {0};
        rewind(file);
        (void)fread(text, 1, sizeof text - 1, file);
        (void)fclose(file);
        // pixels of 4 bytes in words of 16; 16 pixels and 3 words before them
        assert_true((strstr(text, "1 x 16 x 19 words, 4 pixels a word") != NULL) ==
                    (unpacked == 0));
        assert_true((strstr(text, "pixels a word") == NULL) == (unpacked != 0));
        tsr_plan_free(plan);
    }
}

/** Shipped first layers on the ZC706-like machine: words of 16 bytes, pixels of 4. */
static void test_shipped_first_layers_take_fewer_cycles_and_no_more_bytes(void **state) {
    (void)state;
    static const char *const names[] = {"vgg16", "resnet18", "alexnet"};
    static const char *const schedules[] = {"layerwise", "recompute", "cached", "H4x4"};
    const tsr_arch arch = rig_arch("zc706");
    for (size_t n = 0; n < sizeof names / sizeof names[0]; ++n) {
        tsr_network network = {0};
        tsr_error err = {0};
        assert_ok(tsr_network_load(names[n], 0, 0, &network, &err), err);
        for (size_t i = 0; i < sizeof schedules / sizeof schedules[0]; ++i) {
            const tsr_schedule schedule = rig_schedule(schedules[i], TSR_JOIN_AUTO);
            tsr_plan *plan = NULL;
            if (tsr_plan_make(&network, &arch, &schedule, &plan, &err) != TSR_OK) {
                print_message("%s %s: %s: %s\n", names[n], schedules[i], err.where, err.message);
                assert_int_equal(n, 2);  // AlexNet's window does not keep the size of blocks
                continue;
            }
            tsr_program program = {0};
            tsr_program other = {0};
            assert_ok(tsr_plan_lower(plan, NULL, &program, &err), err);
            assert_ok(tsr_program_check(&program, &err), err);
            tsr_plan *unpacked = plan_unpacked(&network, plan, &other);
            assert_non_null(unpacked);
            const tsr_stage *stem = &plan->stages[0];
            assert_int_equal(stem->pack, by_the_rule(plan, stem));
            assert_int_equal(plan->read_bytes[TSR_TRAFFIC_INPUT],
                             unpacked->read_bytes[TSR_TRAFFIC_INPUT]);
            const uint64_t on = cycles_of(&program);
            const uint64_t off = cycles_of(&other);
            print_message(
                "%s %s: %d pixels a word, window of %d x %d, %llu cycles, unpacked %llu\n",
                names[n], schedules[i], stem->pack, stem->kernel_h, stem->kernel_w,
                (unsigned long long)on, (unsigned long long)off);
            assert_true(on < off);
            tsr_program_free(&program);
            tsr_program_free(&other);
            tsr_plan_free(plan);
            tsr_plan_free(unpacked);
        }
        tsr_network_free(&network);
    }
}

static int say_seed(void **state) {
    (void)state;
    print_message("last seed %llu; alone: test_plan_pack %llu 1\n", (unsigned long long)running,
                  (unsigned long long)running);
    return 0;
}

int main(int argc, char **argv) {
    first_seed = argc > 1 ? strtoull(argv[1], NULL, 10) : first_seed;
    case_count = argc > 2 ? (int32_t)strtol(argv[2], NULL, 10) : case_count;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_random_first_layers_compute_what_the_model_computes,
                                  say_seed),
        cmocka_unit_test(test_the_plan_says_how_many_pixels_are_in_a_word),
        cmocka_unit_test(test_shipped_first_layers_take_fewer_cycles_and_no_more_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
