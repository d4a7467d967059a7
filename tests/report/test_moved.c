// SPDX-License-Identifier: Apache-2.0
// Does the "moved" side of the tables equal what the machine itself counts, and do its parts add
// up?
#include <tessera/plan.h>

#include "report/moved.h"
#include "support/test.h"

/** One network on one machine. */
typedef struct subject {
    const char *network, *arch;
    int32_t h, w;
    const char *blockings[6];  // ends with NULL
} subject;

static const subject subjects[] = {
    {"tiny", "tiny", 0, 0, {"none", "F16", "F8", "H2x2", "H4x4", NULL}},
    {"vgg16", "zc706", 0, 0, {"none", "F28", "H4x4", NULL}},
    {"vdsr", "ultra96", 64, 64, {"none", "F32", "H4x4", NULL}},
    {"resnet18", "zc706", 0, 0, {"none", "F28", "H4x4", NULL}},      // shortcuts, with and without
    {"mobilenet_v1", "zc706", 0, 0, {"none", "F28", "H2x2", NULL}},  // layers that are not blocked
    {"googlenet", "zc706", 64, 64, {"none", "H2x2", NULL}},          // concats, pools on their own
    {"yolov3_tiny", "zc706", 64, 64, {"none", NULL}},                // two outputs, upsampling
    {"mobilenet_v2", "zc706", 64, 64, {"none", "H2x2", NULL}},
    {"fsrcnn_x2", "zc706", 64, 64, {"none", "H2x2", NULL}},  // ends in a pixel shuffle
};

static tsr_result run_machine(const subject *s, const tsr_blocking *blocking) {
    tsr_error err = {0};
    tsr_network network = {0};
    tsr_arch arch;
    tsr_plan *plan = NULL;
    tsr_program program = {0};
    tsr_result result = {0};
    const tsr_schedule schedule = {
        .mode = blocking->kind == TSR_BLOCKING_NONE ? TSR_SCHEDULE_LAYERWISE : TSR_SCHEDULE_BLOCKED,
        .blocking = *blocking};
    const tsr_run_options options = {.keep_events = false};
    assert_ok(tsr_network_load(s->network, s->h, s->w, &network, &err), err);
    assert_ok(tsr_arch_load(s->arch, &arch, &err), err);
    assert_ok(tsr_plan_make(&network, &arch, &schedule, &plan, &err), err);
    assert_ok(tsr_plan_lower(plan, NULL, &program, &err), err);
    assert_ok(tsr_machine_run(&program, &options, NULL, &result, &err), err);
    tsr_program_free(&program);
    tsr_plan_free(plan);
    tsr_network_free(&network);
    return result;
}

static tsr_moved make(const subject *s, const tsr_blocking *blocking) {
    tsr_error err = {0};
    tsr_network network = {0};
    tsr_arch arch;
    tsr_moved moved;
    assert_ok(tsr_network_load(s->network, s->h, s->w, &network, &err), err);
    assert_ok(tsr_arch_load(s->arch, &arch, &err), err);
    assert_ok(tsr_moved_make(&network, &arch, blocking, &moved, &err), err);
    tsr_network_free(&network);
    return moved;
}

static void check(const subject *s, const char *text) {
    tsr_error err = {0};
    tsr_blocking blocking = {0};
    assert_ok(tsr_blocking_parse(text, &blocking, &err), err);
    const tsr_moved moved = make(s, &blocking);
    tsr_result result = run_machine(s, &blocking);
    const tsr_counters *c = &result.total;
    const tsr_moved_row *rows = moved.rows;
    print_message("%s %s on %s\n", s->network, text, s->arch);
    assert_int_equal(
        rows[TSR_MOVED_CONV_MAPS].moved_bytes + rows[TSR_MOVED_TAIL_MAPS].moved_bytes,
        c->read_bytes[TSR_TRAFFIC_INTERMEDIATE] + c->write_bytes[TSR_TRAFFIC_INTERMEDIATE]);
    assert_int_equal(rows[TSR_MOVED_INPUT].moved_bytes, c->read_bytes[TSR_TRAFFIC_INPUT]);
    assert_int_equal(rows[TSR_MOVED_OUTPUT].moved_bytes, c->write_bytes[TSR_TRAFFIC_OUTPUT]);
    assert_int_equal(rows[TSR_MOVED_WEIGHTS].moved_bytes, c->read_bytes[TSR_TRAFFIC_WEIGHTS]);
    assert_int_equal(rows[TSR_MOVED_DESCRIPTORS].moved_bytes,
                     c->read_bytes[TSR_TRAFFIC_DESCRIPTORS]);
    for (int32_t i = 0; i < TSR_MOVED_KIND_COUNT; ++i) {
        int64_t sum = (int64_t)rows[i].ideal_bytes;
        for (int32_t k = 0; k < TSR_PART_COUNT; ++k) {
            sum += rows[i].part_bytes[k];
        }
        assert_int_equal(sum, rows[i].moved_bytes);
    }
    tsr_result_free(&result);
}

static void moved_bytes_are_the_machines_own_counters(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; ++i) {
        for (int32_t k = 0; subjects[i].blockings[k] != NULL; ++k) {
            check(&subjects[i], subjects[i].blockings[k]);
        }
    }
}

// blockconv.md 4.2 and 4.5: 8 bits, pools fused.
static void the_ideal_beside_them_is_that_of_the_tables(void **state) {
    (void)state;

    static const struct {
        int32_t subject;
        const char *blocking;
        double megabytes;
    } rows[] = {{1, "none", 17.863}, {1, "F28", 5.018},  {1, "F14", 3.412}, {1, "H4x4", 0.602},
                {1, "H2x2", 0.0},    {3, "none", 4.641}, {3, "F28", 2.634}, {3, "H2x2", 0.828},
                {4, "none", 9.985},  {4, "F14", 3.964},  {4, "H2x2", 0.251}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        tsr_error err = {0};
        tsr_blocking blocking = {0};
        assert_ok(tsr_blocking_parse(rows[i].blocking, &blocking, &err), err);
        const tsr_moved moved = make(&subjects[rows[i].subject], &blocking);
        const double ours = (double)moved.rows[TSR_MOVED_CONV_MAPS].ideal_bytes / 1e6;
        assert_true(ours > rows[i].megabytes - 0.0006 && ours < rows[i].megabytes + 0.0006);
    }
}

// VDSR adds its input at the end: a whole run of tiles must show a second layer reading it, or keep
// it on chip.
static void reasons_are_given_in_words(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_network network = {0};
    tsr_arch arch;
    static const tsr_blocking blockings[] = {{.kind = TSR_BLOCKING_NONE},
                                             {.kind = TSR_BLOCKING_FIXED, .h = 28, .w = 28},
                                             {.kind = TSR_BLOCKING_FIXED, .h = 15, .w = 15}};
    char text[16384] = "";
    FILE *file = fmemopen(text, sizeof text, "w");
    assert_non_null(file);
    assert_ok(tsr_network_load("vgg16", 0, 0, &network, &err), err);
    assert_ok(tsr_arch_load("zc706", &arch, &err), err);
    const tsr_moved_request request = {.networks = &network,
                                       .network_count = 1,
                                       .arch = &arch,
                                       .blockings = blockings,
                                       .blocking_count = 3,
                                       .format = TSR_TABLE_MARKDOWN};
    assert_ok(tsr_moved_print(&request, file, &err), err);
    assert_int_equal(fclose(file), 0);
    static const char *const words[] = {
        "halo read again",        "joined on chip", "beat alignment and channel padding",
        "bias and scale records", "not planned: ",  "vgg16: maps ideal MB",
        "vgg16: maps moved MB"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i) {
        if (strstr(text, words[i]) == NULL) {
            fail_msg("'%s' is missing in\n%s", words[i], text);
        }
    }
    tsr_network_free(&network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moved_bytes_are_the_machines_own_counters),
        cmocka_unit_test(the_ideal_beside_them_is_that_of_the_tables),
        cmocka_unit_test(reasons_are_given_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
