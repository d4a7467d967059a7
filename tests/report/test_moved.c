// SPDX-License-Identifier: Apache-2.0
// Do the plan's figures beside the tables equal what the machine itself counts, and do the parts of
// each difference add up?
#include <tessera/plan.h>

#include "report/moved.h"
#include "support/latex_table.h"
#include "support/test.h"

/** One network on one machine. */
typedef struct subject {
    const char *network, *arch;
    int32_t h, w;
    const char *schedules[8];  // ends with NULL
} subject;

static const subject subjects[] = {
    {"tiny", "tiny", 0, 0, {"layerwise", "recompute", "cached", "auto", "F16", "F8", "H4x4", NULL}},
    {"vgg16",
     "zc706",
     0,
     0,
     {"layerwise", "recompute:28", "cached:4", "auto", "F28", "H4x4", NULL}},
    {"vdsr", "ultra96", 64, 64, {"layerwise", "recompute", "cached", "auto", "F32", "H4x4", NULL}},
    // shortcuts, with and without weights
    {"resnet18", "zc706", 0, 0, {"layerwise", "recompute", "cached", "auto", "F28", "H4x4", NULL}},
    // layers that are not blocked
    {"mobilenet_v1", "zc706", 0, 0, {"layerwise", "recompute", "cached", "F28", "H2x2", NULL}},
    // concats, pools on their own
    {"googlenet", "zc706", 64, 64, {"layerwise", "recompute", "cached", "auto", "H2x2", NULL}},
    // two outputs, upsampling
    {"yolov3_tiny", "zc706", 64, 64, {"layerwise", "recompute", "cached", "auto", NULL}},
    {"mobilenet_v2", "zc706", 64, 64, {"layerwise", "recompute", "cached", "auto", "H2x2", NULL}},
    // ends in a pixel shuffle
    {"fsrcnn_x2", "zc706", 64, 64, {"layerwise", "recompute", "cached", "auto", "H2x2", NULL}},
};

static tsr_schedule parse(const char *text) {
    tsr_error err = {0};
    tsr_schedule schedule;
    assert_ok(tsr_schedule_parse(text, &schedule, &err), err);
    return schedule;
}

static tsr_result run_machine(const subject *s, const tsr_schedule *schedule) {
    tsr_error err = {0};
    tsr_network network = {0};
    tsr_arch arch;
    tsr_plan *plan = NULL;
    tsr_program program = {0};
    tsr_result result = {0};
    const tsr_run_options options = {.keep_events = false};
    assert_ok(tsr_network_load(s->network, s->h, s->w, &network, &err), err);
    assert_ok(tsr_arch_load(s->arch, &arch, &err), err);
    assert_ok(tsr_plan_make(&network, &arch, schedule, &plan, &err), err);
    assert_ok(tsr_plan_lower(plan, NULL, &program, &err), err);
    assert_ok(tsr_machine_run(&program, &options, NULL, &result, &err), err);
    tsr_program_free(&program);
    tsr_plan_free(plan);
    tsr_network_free(&network);
    return result;
}

static tsr_moved make_on(const char *name, int32_t h, int32_t w, const tsr_arch *arch,
                         const char *text) {
    tsr_error err = {0};
    tsr_network network = {0};
    tsr_moved moved;
    const tsr_schedule schedule = parse(text);
    assert_ok(tsr_network_load(name, h, w, &network, &err), err);
    assert_ok(tsr_moved_make(&network, arch, &schedule, &moved, &err), err);
    tsr_network_free(&network);
    return moved;
}

static tsr_moved make(const subject *s, const char *text) {
    tsr_error err = {0};
    tsr_arch arch;
    assert_ok(tsr_arch_load(s->arch, &arch, &err), err);
    return make_on(s->network, s->h, s->w, &arch, text);
}

static void check_traffic(const tsr_moved_row *rows, const tsr_counters *c) {
    assert_int_equal(
        rows[TSR_MOVED_CONV_MAPS].moved + rows[TSR_MOVED_TAIL_MAPS].moved,
        c->read_bytes[TSR_TRAFFIC_INTERMEDIATE] + c->write_bytes[TSR_TRAFFIC_INTERMEDIATE]);
    assert_int_equal(rows[TSR_MOVED_INPUT].moved, c->read_bytes[TSR_TRAFFIC_INPUT]);
    assert_int_equal(rows[TSR_MOVED_OUTPUT].moved, c->write_bytes[TSR_TRAFFIC_OUTPUT]);
    assert_int_equal(rows[TSR_MOVED_WEIGHTS].moved, c->read_bytes[TSR_TRAFFIC_WEIGHTS]);
    assert_int_equal(rows[TSR_MOVED_DESCRIPTORS].moved, c->read_bytes[TSR_TRAFFIC_DESCRIPTORS]);
}

static void check_parts(const tsr_moved *moved) {
    for (int32_t i = 0; i < TSR_MOVED_KIND_COUNT; ++i) {
        int64_t sum = (int64_t)moved->rows[i].ideal;
        for (int32_t k = 0; k < TSR_PART_COUNT; ++k) {
            sum += moved->rows[i].parts[k];
        }
        assert_int_equal(sum, moved->rows[i].moved);
    }
}

static void check(const subject *s, const char *text) {
    const tsr_schedule schedule = parse(text);
    const tsr_moved moved = make(s, text);
    tsr_result result = run_machine(s, &schedule);
    print_message("%s %s on %s\n", s->network, text, s->arch);
    check_traffic(moved.rows, &result.total);
    assert_int_equal(moved.rows[TSR_MOVED_MACS].moved, result.total.macs);
    assert_int_equal(moved.peak_bytes, result.peak_bytes[TSR_BUFFER_FEATURE]);
    for (tsr_moved_kind kind = TSR_MOVED_BLOCK_SET; kind <= TSR_MOVED_LINES; ++kind) {
        assert_true(!moved.rows[kind].counted || moved.rows[kind].moved == moved.peak_bytes);
    }
    check_parts(&moved);
    tsr_result_free(&result);
}

static void figures_of_the_plan_are_the_machines_own_counters(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; ++i) {
        for (int32_t k = 0; subjects[i].schedules[k] != NULL; ++k) {
            check(&subjects[i], subjects[i].schedules[k]);
        }
    }
}

// What a schedule computes again is all that its MACs have beside those of the network.
static void macs_beyond_the_networks_are_the_ones_computed_again(void **state) {
    (void)state;
    for (int32_t i = 1; i <= 4;
         ++i) {  // no averages or adds by themselves but in MACs of the array
        const subject *s = &subjects[i];
        for (int32_t k = 0; s->schedules[k] != NULL; ++k) {
            const tsr_schedule schedule = parse(s->schedules[k]);
            const tsr_moved moved = make(s, s->schedules[k]);
            const tsr_moved_row *row = &moved.rows[TSR_MOVED_MACS];
            tsr_result result = run_machine(s, &schedule);
            const uint64_t array = (uint64_t)row->parts[TSR_PART_ARRAY];
            if (!tsr_schedule_has_blocks(&schedule)) {
                assert_int_equal(row->moved - array - result.total.macs_recomputed,
                                 moved.layer_macs);
            }
            assert_int_equal(row->parts[TSR_PART_SKIPPED], 0);
            tsr_result_free(&result);
        }
    }
}

/** A figure of the design documents. */
typedef struct figure {
    int32_t subject;
    const char *schedule;
    tsr_moved_kind kind;
    double value, unit, rounding;
} figure;

static void the_ideal_beside_them_is_that_of_the_tables(void **state) {
    (void)state;
    // blockconv.md 4.2 and 4.5 (MB, pools fused), 4.3 (MB; 123,633,664 fully connected
    // weights beside those of convolutions), 4.4 (KiB, the larger of the two columns), 4.6 and 4.7 (KiB); 8 bits
    const double fc = 123.633664;
    const figure rows[] = {
        {1, "layerwise", TSR_MOVED_CONV_MAPS, 17.863, 1e6, 0.0006},
        {1, "F28", TSR_MOVED_CONV_MAPS, 5.018, 1e6, 0.0006},
        {1, "F14", TSR_MOVED_CONV_MAPS, 3.412, 1e6, 0.0006},
        {1, "H4x4", TSR_MOVED_CONV_MAPS, 0.602, 1e6, 0.0006},
        {1, "H2x2", TSR_MOVED_CONV_MAPS, 0.0, 1e6, 0.0006},
        {3, "layerwise", TSR_MOVED_CONV_MAPS, 4.641, 1e6, 0.0006},
        {3, "F28", TSR_MOVED_CONV_MAPS, 2.634, 1e6, 0.0006},
        {3, "H2x2", TSR_MOVED_CONV_MAPS, 0.828, 1e6, 0.0006},
        {4, "layerwise", TSR_MOVED_CONV_MAPS, 9.985, 1e6, 0.0006},
        {4, "F14", TSR_MOVED_CONV_MAPS, 3.964, 1e6, 0.0006},
        {4, "H2x2", TSR_MOVED_CONV_MAPS, 0.251, 1e6, 0.0006},
        {1, "layerwise", TSR_MOVED_WEIGHTS, 14.710464 + fc, 1e6, 0.0006},
        {1, "F28", TSR_MOVED_STREAMED, 24.88, 1e6, 0.006},
        {1, "F14", TSR_MOVED_STREAMED, 78.30, 1e6, 0.006},
        {1, "H4x4", TSR_MOVED_STREAMED, 129.20, 1e6, 0.006},
        {1, "F28", TSR_MOVED_BLOCK_SET, 784.0, 1024.0, 0.06},
        {1, "H2x2", TSR_MOVED_BLOCK_SET, 1568.0, 1024.0, 0.06},
        {1, "H4x4", TSR_MOVED_BLOCK_SET, 392.0, 1024.0, 0.06},
        {3, "H4x4", TSR_MOVED_BLOCK_SET, 147.0, 1024.0, 0.06},
        {1, "layerwise", TSR_MOVED_ON_CHIP, 3920.0, 1024.0, 0.6},
        {1, "F28", TSR_MOVED_ON_CHIP, 784.0, 1024.0, 0.6},
        {1, "F14", TSR_MOVED_ON_CHIP, 380.0, 1024.0, 0.6},
        {1, "H4x4", TSR_MOVED_ON_CHIP, 637.0, 1024.0, 0.6},
        {1, "cached", TSR_MOVED_LINES, 253.0, 1024.0, 0.6},
        {1, "auto", TSR_MOVED_LINES, 253.0, 1024.0, 0.6},
        {3, "cached", TSR_MOVED_LINES, 116.0, 1024.0, 0.6},
        {4, "cached", TSR_MOVED_LINES, 176.0, 1024.0, 0.6},
        {1, "cached", TSR_MOVED_CONV_MAPS, 0.0, 1e6, 0.0006},
        {1, "recompute", TSR_MOVED_CONV_MAPS, 0.0, 1e6, 0.0006},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        const figure *f = &rows[i];
        const tsr_moved moved = make(&subjects[f->subject], f->schedule);
        const double ours = (double)moved.rows[f->kind].ideal / f->unit;
        print_message("%s %s, %d: %.4f (%.4f)\n", subjects[f->subject].network, f->schedule,
                      (int)f->kind, ours, f->value);
        assert_true(moved.rows[f->kind].counted);
        assert_true(ours > f->value - f->rounding && ours < f->value + f->rounding);
    }
}

// blockconv.md 4.7, image borders clipped: MACs and input reads of VDSR as one group.
static void overlapped_tiles_cost_the_plan_what_the_ideal_says(void **state) {
    (void)state;

    static const struct {
        const char *schedule;
        double macs, reads;
    } rows[] = {{"recompute:64", 1.51, 2.16}, {"recompute:128", 1.16, 1.34}};

    tsr_error err = {0};
    tsr_arch arch;
    assert_ok(tsr_arch_load("zc706", &arch, &err), err);
    arch.feature_buffer_bytes = INT64_C(16) << 20;  // one group, whatever the tile
    arch.weight_buffer_bytes = INT64_C(4) << 20;
    arch.parameter_channels = 4096;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        const tsr_moved moved = make_on("vdsr", 256, 256, &arch, rows[i].schedule);
        const tsr_moved_row *macs = &moved.rows[TSR_MOVED_MACS];
        const tsr_moved_row *input = &moved.rows[TSR_MOVED_INPUT];
        const double ideal = (double)macs->ideal / (double)moved.layer_macs;
        const double read = 1.0 + (double)input->parts[TSR_PART_HALO] / (double)input->ideal;
        assert_int_equal(moved.plan.group_count, 1);
        assert_int_equal(macs->moved, macs->ideal);
        assert_true(ideal > rows[i].macs - 0.006 && ideal < rows[i].macs + 0.006);
        assert_true(moved.ideal_input_factor > rows[i].reads - 0.006 &&
                    moved.ideal_input_factor < rows[i].reads + 0.006);
        assert_true(read > rows[i].reads - 0.006 && read < rows[i].reads + 0.006);
    }
}

static void print_moved(const tsr_moved_request *request, char *text, size_t size) {
    tsr_error err = {0};
    memset(text, 0, size);
    FILE *file = fmemopen(text, size, "w");
    assert_non_null(file);
    assert_ok(tsr_moved_print(request, file, &err), err);
    assert_int_equal(fclose(file), 0);
}

static void reasons_are_given_in_words(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_network network = {0};
    tsr_arch arch;
    static const tsr_blocking blockings[] = {{.kind = TSR_BLOCKING_NONE},
                                             {.kind = TSR_BLOCKING_FIXED, .h = 28, .w = 28},
                                             {.kind = TSR_BLOCKING_FIXED, .h = 15, .w = 15}};
    const tsr_schedule baselines[] = {parse("recompute"), parse("cached"), parse("cached:4")};
    char text[32768];
    assert_ok(tsr_network_load("vgg16", 0, 0, &network, &err), err);
    assert_ok(tsr_arch_load("zc706", &arch, &err), err);
    tsr_moved_request request = {.networks = &network,
                                 .network_count = 1,
                                 .arch = &arch,
                                 .blockings = blockings,
                                 .blocking_count = 3,
                                 .baselines = baselines,
                                 .baseline_count = 3,
                                 .tables = {[TSR_TABLE_TRAFFIC] = true,
                                            [TSR_TABLE_WEIGHTS] = true,
                                            [TSR_TABLE_ON_CHIP] = true,
                                            [TSR_TABLE_BASELINES] = true},
                                 .format = TSR_TABLE_MARKDOWN};
    print_moved(&request, text, sizeof text);
    static const char *const words[] = {"halo read again",
                                        "joined on chip",
                                        "beat alignment and channel padding",
                                        "bias and scale records",
                                        "not planned: ",
                                        "vgg16: maps ideal MB",
                                        "vgg16: maps moved MB",
                                        "vgg16: all on chip ideal KiB",
                                        "vgg16: conv per block ideal MB",
                                        "line buffers ideal KiB",
                                        "kept on chip, or shared by blocks run together",
                                        "| recompute ",
                                        "| cached:4 ",
                                        "strips of ",
                                        "tiles of ",
                                        "tiles in place of whole maps"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i) {
        if (strstr(text, words[i]) == NULL) {
            fail_msg("'%s' is missing in\n%s", words[i], text);
        }
    }
    request.format = TSR_TABLE_LATEX;
    print_moved(&request, text, sizeof text);
    check_latex(text);
    tsr_network_free(&network);
}

static void pieces_at_the_peak_are_strips_or_tiles_as_they_were_cut(void **state) {
    (void)state;
    static const char *const schedules[] = {"cached:8", "cached:8x8", "recompute:8x8"};
    static const char *const words[] = {
        ", strips of 8 rows:", ", tiles of 8x8:", ", tiles of 8x8:"};
    tsr_error err = {0};
    tsr_network network = {0};
    tsr_arch arch;
    assert_ok(tsr_network_load("vdsr", 48, 48, &network, &err), err);
    assert_ok(tsr_arch_load("ultra96", &arch, &err), err);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i) {
        const tsr_schedule schedule = parse(schedules[i]);
        tsr_moved moved;
        assert_ok(tsr_moved_make(&network, &arch, &schedule, &moved, &err), err);
        if (strstr(moved.peak_text, words[i]) == NULL) {
            fail_msg("%s: '%s' is missing in '%s'", schedules[i], words[i], moved.peak_text);
        }
    }
    tsr_network_free(&network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_of_the_plan_are_the_machines_own_counters),
        cmocka_unit_test(macs_beyond_the_networks_are_the_ones_computed_again),
        cmocka_unit_test(the_ideal_beside_them_is_that_of_the_tables),
        cmocka_unit_test(overlapped_tiles_cost_the_plan_what_the_ideal_says),
        cmocka_unit_test(reasons_are_given_in_words),
        cmocka_unit_test(pieces_at_the_peak_are_strips_or_tiles_as_they_were_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
