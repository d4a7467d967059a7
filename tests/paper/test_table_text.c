// SPDX-License-Identifier: Apache-2.0
// Do the printed tables hold the figures, with units, for every network and blocking; and do the
// published anchors come out?
#include "paper/figures.h"
#include "support/latex_table.h"
#include "table/text_grid.h"

enum { text_bytes = 1 << 16 };

static const char *print(tsr_table_kind kind, const tsr_table_request *request) {
    static char text[text_bytes];
    tsr_error err = {0};
    memset(text, 0, sizeof text);
    FILE *file = fmemopen(text, sizeof text, "w");
    assert_non_null(file);
    assert_ok(tsr_table_print(kind, request, file, &err), err);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void must_hold(const char *text, const char *piece) {
    if (strstr(text, piece) == NULL) {
        fail_msg("'%s' is not in\n%s", piece, text);
    }
}

/** Two networks and three blockings, the last of which divides no map. */
typedef struct fixture {
    tsr_outline outlines[2];
    tsr_blocking blockings[3];
    tsr_table_request request;
} fixture;

static void set_up(fixture *f) {
    static const char *const blockings[] = {"F28", "H4x4", "F30"};
    tsr_error err = {0};
    memset(f, 0, sizeof *f);
    f->outlines[0] = load_outline("vgg16", 0, 0);
    f->outlines[1] = load_outline("resnet18", 0, 0);
    for (int32_t i = 0; i < 3; ++i) {
        assert_ok(tsr_blocking_parse(blockings[i], &f->blockings[i], &err), err);
    }
    f->request = (tsr_table_request){.outlines = f->outlines,
                                     .outline_count = 2,
                                     .blockings = f->blockings,
                                     .blocking_count = 3,
                                     .bits = {8},
                                     .bits_count = 1,
                                     .by_row = true,
                                     .format = TSR_TABLE_CSV};
}

static void tear_down(fixture *f) {
    tsr_outline_free(&f->outlines[0]);
    tsr_outline_free(&f->outlines[1]);
}

// Figures: blockconv.md 4.1 to 4.7.
static void every_table_has_a_row_for_every_network_and_blocking(void **state) {
    (void)state;
    fixture f;
    set_up(&f);

    static const struct {
        tsr_table_kind kind;
        const char *csv[2];
    } cases[] = {
        {TSR_TABLE_LAYERS,
         {"\nvgg16,conv1_1,3x3 s1,3x224x224,64x224x224,147.0,3136.0,1.7,86.7,-\n",
          "\nresnet18,layer2.0.conv2,3x3 s1,128x28x28,128x28x28,98.0,98.0,144.0,115.6,"
          "layer2.0.downsample\n"}},
        {TSR_TABLE_RATIOS, {"\nvgg16,F28,7/13,54,54,61\n", "\nresnet18,H4x4,12/20,60,59,58\n"}},
        {TSR_TABLE_WEIGHTS,
         {"\nvgg16,F28,14.71,24.88,24.88\n", "\nresnet18,H4x4,11.17,26.30,26.30\n"}},
        {TSR_TABLE_WORKING_SET,
         {"\nvgg16,F28,392.0,conv3_2,392.0,784.0,conv4_2\n",
          "\nresnet18,H4x4,58.2,conv1,205.2,147.0,layer3.0.conv2\n"}},
        {TSR_TABLE_TRAFFIC, {"\nvgg16,F28,5.018,8\n", "\nresnet18,H4x4,1.430,10\n"}},
        {TSR_TABLE_ON_CHIP, {"\nvgg16,F28,784.0,392.0,343.0,0.0,784.0,conv4_2,1274.0\n", "F30"}},
        {TSR_TABLE_BASELINES,
         {"\nvgg16,conv1_1..conv1_2,29.3,1.014,1.65,", "\nresnet18,conv1..layer4.1.conv2,115.9,"}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        const char *text = print(cases[i].kind, &f.request);
        must_hold(text, cases[i].csv[0]);
        must_hold(text, cases[i].csv[1]);
    }
    must_hold(print(TSR_TABLE_WEIGHTS, &f.request), "F30,\"conv1_1: ");  // the row says why
    tear_down(&f);
}

static void combined_tables_have_a_group_of_columns_for_every_network(void **state) {
    (void)state;
    fixture f;
    set_up(&f);
    f.request.by_row = false;
    const char *text = print(TSR_TABLE_TRAFFIC, &f.request);
    must_hold(text,
              "\nblocking,vgg16: intermediate MB,vgg16: maps through DRAM,resnet18: "
              "intermediate MB,resnet18: maps through DRAM\n");
    must_hold(text, "\nF28,5.018,8,2.634,15\n");
    f.request.format = TSR_TABLE_LATEX;
    text = print(TSR_TABLE_TRAFFIC, &f.request);
    must_hold(text,
              "\n & \\multicolumn{2}{c}{vgg16} & \\multicolumn{2}{c}{resnet18} \\\\\n"
              "blocking & intermediate MB & maps through DRAM & intermediate MB & maps "
              "through DRAM \\\\\n\\hline\n");
    f.request.format = TSR_TABLE_CSV;
    f.request.outline_count = 1;
    text = print(TSR_TABLE_TRAFFIC, &f.request);
    must_hold(text, "# vgg16: Intermediate maps through DRAM");
    must_hold(text, "\nH4x4,0.602,3\n");
    tear_down(&f);
}

static void convolutions_left_whole_for_their_padding_are_named_once(void **state) {
    (void)state;
    fixture f;
    set_up(&f);
    tsr_outline_free(&f.outlines[1]);
    f.outlines[1] = load_outline("alexnet", 0, 0);
    const char *text = print(TSR_TABLE_RATIOS, &f.request);
    static const char begin[] = "# alexnet, conv1: left whole: 11x11 window at stride 4x4";
    const char *note = strstr(text, begin);
    assert_non_null(note);
    assert_null(strstr(note + sizeof begin, "left whole"));
    tear_down(&f);
}

static void several_bits_stand_side_by_side(void **state) {
    (void)state;
    fixture f;
    set_up(&f);
    f.request.bits[1] = 16;
    f.request.bits_count = 2;
    // in CSV each in a column of its own
    must_hold(print(TSR_TABLE_WORKING_SET, &f.request),
              "\nnetwork,blocking,blocked KiB (8 bit),blocked KiB (16 bit),worst blocked,");
    must_hold(print(TSR_TABLE_WORKING_SET, &f.request),
              "\nvgg16,F28,392.0,784.0,conv3_2,392.0,784.0,784.0,1568.0,conv4_2\n");
    must_hold(print(TSR_TABLE_LAYERS, &f.request),
              "\nvgg16,conv1_1,3x3 s1,3x224x224,64x224x224,147.0,294.0,3136.0,6272.0,1.7,3.4,86.7,-"
              "\n");
    must_hold(print(TSR_TABLE_RATIOS, &f.request), "\nvgg16,F28,7/13,54,54,61\n");
    f.request.format = TSR_TABLE_LATEX;
    must_hold(print(TSR_TABLE_WORKING_SET, &f.request),
              "\nvgg16 & F28 & 392.0 / 784.0 & conv3\\_2 & 392.0 / 784.0 & 784.0 / 1568.0 & "
              "conv4\\_2 \\\\\n");
    tear_down(&f);
}

static void every_table_has_three_forms(void **state) {
    (void)state;
    fixture f;
    set_up(&f);
    for (int32_t kind = 0; kind < TSR_TABLE_KIND_COUNT; ++kind) {
        f.request.format = TSR_TABLE_MARKDOWN;
        must_hold(print((tsr_table_kind)kind, &f.request), "\n|:-");
        f.request.format = TSR_TABLE_LATEX;
        must_hold(print((tsr_table_kind)kind, &f.request), "\\end{tabular}");
        tsr_table_kind parsed = TSR_TABLE_KIND_COUNT;
        tsr_error err = {0};
        assert_ok(tsr_table_kind_parse(tsr_table_kind_name((tsr_table_kind)kind), &parsed, &err),
                  err);
        assert_int_equal(parsed, kind);
    }
    tsr_error err = {0};
    f.request.bits[0] = 12;
    assert_int_equal(tsr_table_print(TSR_TABLE_LAYERS, &f.request, stderr, &err), TSR_ERR_USAGE);
    f.request.bits_count = 0;
    assert_int_equal(tsr_table_print(TSR_TABLE_LAYERS, &f.request, stderr, &err), TSR_ERR_USAGE);
    tear_down(&f);
}

static void latex_tables_are_well_formed(void **state) {
    (void)state;
    fixture f;
    set_up(&f);
    f.request.format = TSR_TABLE_LATEX;
    for (int32_t kind = 0; kind < TSR_TABLE_KIND_COUNT; ++kind) {
        f.request.by_row = kind % 2 == 0;
        check_latex(print((tsr_table_kind)kind, &f.request));
        f.request.by_row = !f.request.by_row;
        check_latex(print((tsr_table_kind)kind, &f.request));
    }
    tear_down(&f);
}

static void what_latex_does_not_print_is_escaped(void **state) {
    (void)state;
    static const char *const titles[] = {"a_b 50%", NULL};
    tsr_error err = {0};
    char text[512] = "";
    FILE *file = fmemopen(text, sizeof text, "w");
    assert_non_null(file);
    tsr_grid grid;
    tsr_grid_init(&grid, titles);
    tsr_grid_add(&grid, "%s", "1<2 & {x}^~ #$|\\");
    assert_ok(tsr_grid_print(&grid, NULL, TSR_TABLE_LATEX, file, &err), err);
    tsr_grid_free(&grid);
    assert_int_equal(fclose(file), 0);
    must_hold(text, "\na\\_b 50\\% \\\\\n");
    must_hold(text, "\n1$<$2 \\& \\{x\\}\\^{}\\~{} \\#\\$$|$$\\backslash$ \\\\\n");
}

static void the_published_anchors_are_reproduced(void **state) {  // blockconv.md section 3
    (void)state;

    static const struct {
        const char *unit;
        double stated, unit_of_last_digit;
    } rows[TSR_ANCHOR_COUNT] = {
        {"MiB", 3.637, 0.001}, {"MiB", 49.6, 0.1},   {"MiB", 86.3, 0.1}, {"MiB", 63.4, 0.1},
        {"KiB", 341.3, 0.1},   {"KiB", 1372.0, 0.1}, {"MB", NAN, 0},     {"%", NAN, 0},
        {"GB", 5.05, 0.01},    {"GB/s", 151, 1},
    };

    tsr_error err = {0};
    tsr_anchor anchors[TSR_ANCHOR_COUNT];
    assert_ok(tsr_anchors_make(anchors, &err), err);
    for (int32_t i = 0; i < TSR_ANCHOR_COUNT; ++i) {
        assert_string_equal(anchors[i].unit, rows[i].unit);
        if (!isnan(rows[i].stated)) {
            assert_true(anchors[i].stated == rows[i].stated);
            figure(anchors[i].quantity, rows[i].stated, anchors[i].ours,
                   rows[i].unit_of_last_digit);
        } else {
            assert_true(isnan(anchors[i].stated));
            print_message("  %-58s only a definition is published; ours %.1f %s\n",
                          anchors[i].quantity, anchors[i].ours, anchors[i].unit);
        }
    }
    // The maps of this one are counted layer by layer in test_table_outline.
    tsr_outline outline = load_outline("resnet152", 0, 0);
    const tsr_outline_totals t = tsr_outline_total(&outline, 8);
    assert_true(fabs(anchors[6].ours - megabytes(t.intermediate_bytes + t.input_bytes +
                                                 t.output_bytes + t.weight_count)) < 1e-9);
    tsr_outline_free(&outline);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_has_a_row_for_every_network_and_blocking),
        cmocka_unit_test(combined_tables_have_a_group_of_columns_for_every_network),
        cmocka_unit_test(convolutions_left_whole_for_their_padding_are_named_once),
        cmocka_unit_test(several_bits_stand_side_by_side),
        cmocka_unit_test(every_table_has_three_forms),
        cmocka_unit_test(latex_tables_are_well_formed),
        cmocka_unit_test(what_latex_does_not_print_is_escaped),
        cmocka_unit_test(the_published_anchors_are_reproduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
