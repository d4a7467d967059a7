// SPDX-License-Identifier: Apache-2.0
// Does the accuracy table say what blocking does to pictures: means, differences, programs, the
// same bytes every time?
//
// The network is a small VDSR (3 convolutions and the global residual), pictures and weights are
// made here.
#include <math.h>

#include <tessera/accuracy.h>
#include <tessera/forward.h>

#include "accuracy/small_npz.h"
#include "base/json.h"
#include "support/temp_dir.h"
#include "support/test.h"

static const char *const network_text =
    "{\"name\": \"small_vdsr\", \"input\": {\"channels\": 1, \"height\": 24, \"width\": 20}, "
    "\"layers\": ["
    "{\"name\": \"conv00\", \"type\": \"conv\", \"out_channels\": 8, \"kernel\": 3, \"padding\": "
    "1},"
    "{\"name\": \"relu00\", \"type\": \"relu\"},"
    "{\"name\": \"conv01\", \"type\": \"conv\", \"out_channels\": 8, \"kernel\": 3, \"padding\": "
    "1},"
    "{\"name\": \"relu01\", \"type\": \"relu\"},"
    "{\"name\": \"conv02\", \"type\": \"conv\", \"out_channels\": 1, \"kernel\": 3, \"padding\": "
    "1},"
    "{\"name\": \"sum\", \"type\": \"add\", \"inputs\": [\"conv02\", \"input\"]}]}";

static const char *const run_text =
    "{\"name\": \"small\", \"network\": \"./net.json\", \"arch\": \"tiny\", \"accuracy\": "
    "{\"pictures\": "
    "\"pictures.npz\", \"weights\": \"weights.npz\", \"crop_pixels\": 2, \"ragged\": true%s}}";

static const struct {
    const char *name;
    int32_t h, w;
} pictures[] = {{"ape", 24, 20}, {"bee", 16, 32}, {"cat", 18, 18}};

enum { picture_count = 3 };

static void write_pictures(void) {
    small_npz npz;
    npz_open(&npz, "pictures.npz");
    for (int32_t i = 0; i < picture_count; ++i) {
        tsr_error err = {0};
        tsr_tensor t = {0};
        char name[32];
        char shape[32];
        (void)snprintf(shape, sizeof shape, "%d, %d", pictures[i].h, pictures[i].w);
        assert_ok(tsr_input_generate((tsr_shape){1, pictures[i].h, pictures[i].w},
                                     100 + (uint64_t)i, &t, &err),
                  err);
        float *values = t.data;
        const size_t count = t.bytes / sizeof(float);
        for (size_t k = 0; k < count; ++k) {
            values[k] = roundf(values[k] * 255.0F);
        }
        (void)snprintf(name, sizeof name, "%s_input", pictures[i].name);
        npz_add(&npz, name, shape, values, count);
        for (size_t k = 0; k < count; ++k) {
            values[k] = fminf(values[k] + (float)(k % 5), 255.0F);
        }
        (void)snprintf(name, sizeof name, "%s_truth", pictures[i].name);
        npz_add(&npz, name, shape, values, count);
        tsr_tensor_free(&t);
    }
    npz_close(&npz);
}

static tsr_network load_network(int32_t h, int32_t w) {
    tsr_error err = {0};
    tsr_network network = {0};
    assert_ok(tsr_network_load(temp_path("net.json"), h, w, &network, &err), err);
    return network;
}

static void write_weights(void) {
    tsr_error err = {0};
    tsr_network network = load_network(0, 0);
    tsr_weights weights = {0};
    small_npz npz;
    assert_ok(tsr_weights_generate(&network, 5, &weights, &err), err);
    npz_open(&npz, "weights.npz");
    for (int32_t i = 0; i < network.layer_count; ++i) {
        const tsr_layer_weights *w = &weights.layers[i];
        char name[96];
        char shape[64];
        if (w->weight.data == NULL) {
            continue;
        }
        float *values = w->weight.data;
        for (size_t k = 0; k < w->weight.bytes / sizeof(float); ++k) {
            values[k] *= 0.5F;
        }
        (void)snprintf(name, sizeof name, "%s_w", network.layers[i].name);
        (void)snprintf(shape, sizeof shape, "%d, %d, %d, %d", w->weight.n, w->weight.c, w->weight.h,
                       w->weight.w);
        npz_add(&npz, name, shape, w->weight.data, w->weight.bytes / sizeof(float));
    }
    npz_close(&npz);
    tsr_weights_free(&weights);
    tsr_network_free(&network);
}

static tsr_accuracy_config load_config(const char *more) {
    tsr_error err = {0};
    tsr_accuracy_config config;
    char text[1024];
    (void)snprintf(text, sizeof text, run_text, more);
    (void)temp_write("run.json", text);
    assert_ok(tsr_accuracy_config_load(temp_path("run.json"), temp_root, &config, &err), err);
    return config;
}

static const tsr_blocking blockings[] = {{.kind = TSR_BLOCKING_NONE},
                                         {.kind = TSR_BLOCKING_FIXED, .h = 8, .w = 8},
                                         {.kind = TSR_BLOCKING_HIERARCHICAL, .h = 2, .w = 2}};
static const tsr_pad_mode paddings[] = {TSR_PAD_ZERO, TSR_PAD_REPLICATE, TSR_PAD_REFLECT};

static tsr_accuracy_options all(void) {
    return (tsr_accuracy_options){.blocking_count = 3,
                                  .blockings = blockings,
                                  .padding_count = 3,
                                  .paddings = paddings,
                                  .arithmetic = {true, true},
                                  .jobs = 2};
}

/** Float PSNR of one picture straight from the kernels; `own` may be NULL. */
static double direct_db(int32_t picture, const tsr_blocking *blocking,
                        const tsr_layer_blocking *own) {
    tsr_error err = {0};
    tsr_network network = load_network(pictures[picture].h, pictures[picture].w);
    if (own != NULL) {
        assert_ok(tsr_network_set_blocking(&network, own, &err), err);
    }
    tsr_weights weights = {0};
    tsr_archive archive = {0};
    tsr_tensor input = {0};
    tsr_tensor truth = {0};
    tsr_activations run = {0};
    const tsr_forward_options options = {.blocking = *blocking, .fast = false};
    char name[32];
    assert_ok(tsr_weights_load(&network, temp_path("weights.npz"), NULL, &weights, &err), err);
    assert_ok(tsr_archive_read(temp_path("pictures.npz"), &archive, &err), err);
    assert_ok(tsr_tensor_create(&input, TSR_DTYPE_F32, 1, 1, pictures[picture].h,
                                pictures[picture].w, &err),
              err);
    assert_ok(tsr_tensor_create(&truth, TSR_DTYPE_F32, 1, 1, pictures[picture].h,
                                pictures[picture].w, &err),
              err);
    (void)snprintf(name, sizeof name, "%s_input", pictures[picture].name);
    const tsr_array *in = tsr_archive_find(&archive, name);
    (void)snprintf(name, sizeof name, "%s_truth", pictures[picture].name);
    const tsr_array *out = tsr_archive_find(&archive, name);
    for (size_t i = 0; i < in->count; ++i) {
        ((float *)input.data)[i] = (float)(tsr_array_at(in, i) / 255.0);
        ((float *)truth.data)[i] = (float)tsr_array_at(out, i);
    }
    assert_ok(tsr_forward_f32(&network, &weights, &options, &input, &run, &err), err);
    float *sum = run.tensors[run.layer_count - 1].data;
    for (size_t i = 0; i < in->count; ++i) {
        sum[i] = fminf(fmaxf(255.0F * sum[i], 0.0F), 255.0F);
    }
    const double db = tsr_psnr_db(&run.tensors[run.layer_count - 1], &truth, 255.0, 2);
    tsr_activations_free(&run);
    tsr_tensor_free(&input);
    tsr_tensor_free(&truth);
    tsr_archive_free(&archive);
    tsr_weights_free(&weights);
    tsr_network_free(&network);
    return db;
}

static void rows_hold_the_mean_and_the_difference_to_unblocked(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_accuracy accuracy = {0};
    const tsr_accuracy_config config = load_config("");
    const tsr_accuracy_options options = all();
    assert_ok(tsr_accuracy_measure(&config, &options, &accuracy, &err), err);
    assert_int_equal(accuracy.row_count, 2 * (1 + 3 + 3));  // none is measured once
    assert_int_equal(accuracy.picture_count, picture_count);
    for (int32_t i = 0; i < accuracy.row_count; ++i) {
        const tsr_accuracy_row *row = &accuracy.rows[i];
        double mean = 0.0;
        for (int32_t k = 0; k < picture_count; ++k) {
            mean += row->picture_db[k] / picture_count;
            if (row->arithmetic == TSR_ARITHMETIC_FLOAT32) {
                assert_true(fabs(row->picture_db[k] - direct_db(k, &row->blocking, NULL)) < 1e-3);
            }
        }
        assert_true(fabs(mean - row->psnr_db) < 1e-9);
        const tsr_accuracy_row *unblocked = &accuracy.rows[row->arithmetic];
        assert_true(fabs(row->psnr_db - unblocked->psnr_db - row->change_db) < 1e-9);
        assert_int_equal(row->blocking.border_padding, TSR_PAD_SAME);
    }
    tsr_accuracy_free(&accuracy);
}

static void layers_with_a_blocking_of_their_own_have_it_in_every_row(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_accuracy accuracy = {0};
    const tsr_layer_blocking own = {
        .from = "conv02", .to = "conv02", .blocking = {.kind = TSR_BLOCKING_HIERARCHICAL, 2, 1}};
    const tsr_accuracy_config config = load_config("");
    tsr_accuracy_options options = all();
    options.arithmetic[TSR_ARITHMETIC_INT8] = false;
    options.layer_blocking_count = 1;
    options.layer_blockings = &own;
    assert_ok(tsr_accuracy_measure(&config, &options, &accuracy, &err), err);
    for (int32_t i = 0; i < accuracy.row_count; ++i) {
        const tsr_accuracy_row *row = &accuracy.rows[i];
        for (int32_t k = 0; k < picture_count; ++k) {
            assert_true(fabs(row->picture_db[k] - direct_db(k, &row->blocking, &own)) < 1e-3);
        }
    }
    tsr_accuracy_free(&accuracy);
}

static void integer_pictures_go_through_the_program_bit_for_bit(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_arch arch;
    tsr_accuracy accuracy = {0};
    const tsr_accuracy_config config = load_config("");
    tsr_accuracy_options options = all();
    assert_ok(tsr_arch_load("tiny", &arch, &err), err);
    options.arch = &arch;
    options.arithmetic[TSR_ARITHMETIC_FLOAT32] = false;
    assert_ok(tsr_accuracy_measure(&config, &options, &accuracy, &err), err);
    for (int32_t i = 0; i < accuracy.row_count; ++i) {
        const tsr_accuracy_row *row = &accuracy.rows[i];
        assert_int_equal(row->program_equal + row->program_not_run, picture_count);
        assert_true(row->program_equal >= 1);
    }
    tsr_accuracy_free(&accuracy);
}

static void border_padding_can_be_kept_apart_from_the_blocks(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_accuracy apart = {0};
    tsr_accuracy same = {0};
    tsr_accuracy_options options = all();
    options.arithmetic[TSR_ARITHMETIC_INT8] = false;
    const tsr_accuracy_config config = load_config(", \"border_padding\": \"zero\"");
    assert_ok(tsr_accuracy_measure(&config, &options, &apart, &err), err);
    const tsr_accuracy_config plain = load_config("");
    assert_ok(tsr_accuracy_measure(&plain, &options, &same, &err), err);
    assert_true(apart.rows[1].psnr_db == same.rows[1].psnr_db);  // zero: one and the same
    assert_true(apart.rows[2].psnr_db != same.rows[2].psnr_db);  // replicate: not
    tsr_accuracy_free(&apart);
    tsr_accuracy_free(&same);
}

static void files_are_the_same_for_every_number_of_processes(void **state) {
    (void)state;
    static const char *const files[] = {"accuracy.csv", "accuracy.md", "accuracy.json"};
    tsr_error err = {0};
    const tsr_accuracy_config config = load_config("");
    for (int32_t jobs = 1; jobs <= 4; jobs += 3) {
        char dir[16];
        (void)snprintf(dir, sizeof dir, "out%d", jobs);
        tsr_accuracy accuracy = {0};
        tsr_accuracy_options options = all();
        options.jobs = jobs;
        options.out_dir = temp_path(dir);
        assert_ok(tsr_accuracy_measure(&config, &options, &accuracy, &err), err);
        tsr_accuracy_free(&accuracy);
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; ++i) {
        char one_name[64];
        char four_name[64];
        (void)snprintf(one_name, sizeof one_name, "out1/small/%s", files[i]);
        (void)snprintf(four_name, sizeof four_name, "out4/small/%s", files[i]);
        char *one = temp_read(one_name);
        char *four = temp_read(four_name);
        assert_string_equal(one, four);
        tsr_free(one);
        tsr_free(four);
    }
    tsr_tensor png = {0};
    assert_ok(tsr_png_read(temp_path("out1/small/bee_F8_reflect_int8.png"), &png, &err), err);
    assert_int_equal(png.h, 16);
    assert_int_equal(png.w, 32);
    tsr_tensor_free(&png);
}

static void refuse(const char *run, tsr_status status, const char *part) {
    tsr_error err = {0};
    tsr_accuracy_config config;
    tsr_accuracy accuracy = {0};
    tsr_accuracy_options options = all();
    options.out_dir = temp_path("refused");
    (void)temp_write("bad.json", run);
    tsr_status got = tsr_accuracy_config_load(temp_path("bad.json"), temp_root, &config, &err);
    if (got == TSR_OK) {
        got = tsr_accuracy_measure(&config, &options, &accuracy, &err);
    }
    if (got != status || (strstr(err.where, part) == NULL && strstr(err.message, part) == NULL)) {
        fail_msg("%s -> %s '%s: %s', expected %s with '%s'", run, tsr_status_name(got), err.where,
                 err.message, tsr_status_name(status), part);
    }
    assert_false(temp_exists("refused"));
}

static void bad_input_is_refused_and_nothing_written(void **state) {
    (void)state;
    small_npz npz;
    const float values[4] = {1.0F, 2.0F, 3.0F, 4.0F};
    npz_open(&npz, "lonely.npz");
    npz_add(&npz, "a_input", "2, 2", values, 4);
    npz_close(&npz);
    npz_open(&npz, "vector.npz");
    npz_add(&npz, "a_input", "4,", values, 4);
    npz_add(&npz, "a_truth", "4,", values, 4);
    npz_close(&npz);
#define RUN(accuracy) \
    "{\"network\": \"./net.json\", \"arch\": \"tiny\", \"accuracy\": " accuracy "}"
    refuse("{\"network\": \"./net.json\", \"arch\": \"tiny\"}", TSR_ERR_CONFIG, "accuracy");
    refuse(RUN("{\"pictures\": \"pictures.npz\"}"), TSR_ERR_CONFIG, "weights");
    refuse(RUN("{\"pictures\": \"pictures.npz\", \"weights\": \"weights.npz\", \"peek\": 1}"),
           TSR_ERR_CONFIG, "peak");
    refuse(RUN("{\"pictures\": \"nowhere.npz\", \"weights\": \"weights.npz\"}"), TSR_ERR_FILE,
           "nowhere.npz");
    refuse(RUN("{\"pictures\": \"lonely.npz\", \"weights\": \"weights.npz\"}"), TSR_ERR_CONFIG,
           "a_truth");
    refuse(RUN("{\"pictures\": \"vector.npz\", \"weights\": \"weights.npz\"}"), TSR_ERR_SHAPE,
           "[height][width]");
    refuse(RUN("{\"pictures\": \"pictures.npz\", \"weights\": \"pictures.npz\"}"), TSR_ERR_CONFIG,
           "conv00");
    refuse(
        RUN("{\"pictures\": \"pictures.npz\", \"weights\": \"weights.npz\", \"crop_pixels\": 9}"),
        TSR_ERR_SHAPE, "crop_pixels");
    refuse(RUN("{\"pictures\": \"pictures.npz\", \"weights\": \"weights.npz\", \"calibration\": "
               "\"lonely.npz\"}"),
           TSR_ERR_CONFIG, "act_max");
    refuse(
        "{\"network\": \"tiny\", \"arch\": \"tiny\", \"accuracy\": {\"pictures\": "
        "\"pictures.npz\", \"weights\": "
        "\"weights.npz\"}}",
        TSR_ERR_UNSUPPORTED, "one plane");
#undef RUN
}

static bool stop_at_once(void *user) {
    (void)user;
    return true;
}

static void a_stopped_measurement_says_interrupted(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_accuracy accuracy = {0};
    const tsr_accuracy_config config = load_config("");
    tsr_accuracy_options options = all();
    options.stop = stop_at_once;
    assert_int_equal(tsr_accuracy_measure(&config, &options, &accuracy, &err), TSR_ERR_INTERRUPTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_hold_the_mean_and_the_difference_to_unblocked),
        cmocka_unit_test(layers_with_a_blocking_of_their_own_have_it_in_every_row),
        cmocka_unit_test(integer_pictures_go_through_the_program_bit_for_bit),
        cmocka_unit_test(border_padding_can_be_kept_apart_from_the_blocks),
        cmocka_unit_test(files_are_the_same_for_every_number_of_processes),
        cmocka_unit_test(bad_input_is_refused_and_nothing_written),
        cmocka_unit_test(a_stopped_measurement_says_interrupted),
    };
    temp_make();
    (void)temp_write("net.json", network_text);
    write_pictures();
    write_weights();
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed == 0) {
        temp_remove();
    }
    return failed;
}
