// SPDX-License-Identifier: Apache-2.0
// Trained VDSR (20 layers) on a crop of a real picture, end to end on the RTL: the integer reference's bytes, and the
// SystemC machine's cycles and events. Same quantisation as `tessera accuracy vdsr_set5`.
#include <math.h>

#include <tessera/plan.h>

#include "accuracy/accuracy_work.h"
#include "real/real_pair.h"

static tsr_accuracy_config config;
static tsr_accuracy_set set;
static tsr_arch arch;
static const char picture_name[] = "butterfly";

/** The middle of a picture, where the butterfly's wing is. */
static tsr_tensor crop(const tsr_tensor *picture, int32_t h, int32_t w) {
    tsr_error err = {0};
    tsr_tensor part = {0};
    assert_true(picture->h >= h && picture->w >= w);
    assert_ok(tsr_tensor_create(&part, TSR_DTYPE_F32, 1, 1, h, w, &err), err);
    for (int32_t y = 0; y < h; ++y) {
        const size_t row = (size_t)((picture->h - h) / 2 + y) * (size_t)picture->w;
        memcpy((float *)part.data + (size_t)(y * w),
               (const float *)picture->data + row + (size_t)((picture->w - w) / 2),
               (size_t)w * sizeof(float));
    }
    return part;
}

/** Number of the picture in the set. */
static int32_t find_picture(void) {
    for (int32_t i = 0; i < set.picture_count; ++i) {
        if (strcmp(set.names[i], picture_name) == 0) {
            return i;
        }
    }
    fail_msg("no picture '%s'", picture_name);
    return 0;
}

/** The integer reference, with its plain kernels. */
static tsr_tensor reference(const tsr_network *network, const tsr_blocking *blocking,
                            const tsr_tensor *q_input) {
    tsr_error err = {0};
    tsr_activations run = {0};
    const tsr_forward_options options = {.blocking = *blocking};
    assert_ok(tsr_forward_int(network, &set.qnetwork, &options, q_input, &run, &err), err);
    const tsr_tensor last = run.tensors[run.layer_count - 1];
    memset(&run.tensors[run.layer_count - 1], 0, sizeof last);
    tsr_activations_free(&run);
    return last;
}

static tsr_program make_program(const tsr_network *network, const tsr_blocking *blocking) {
    tsr_error err = {0};
    tsr_plan *plan = NULL;
    tsr_program program = {0};
    const tsr_schedule schedule = {.mode = TSR_SCHEDULE_BLOCKED, .blocking = *blocking};
    assert_ok(tsr_plan_make(network, &arch, &schedule, &plan, &err), err);
    assert_ok(tsr_plan_lower(plan, &set.qnetwork, &program, &err), err);
    tsr_plan_free(plan);
    return program;
}

/** Error of a quantised picture against the truth [dB]. */
static double psnr_of(const tsr_tensor *q, const tsr_tensor *truth) {
    tsr_error err = {0};
    tsr_tensor real = {0};
    const tsr_qparams params = set.qnetwork.layers[set.qnetwork.layer_count - 1].out;
    assert_ok(tsr_tensor_dequantize(q, params, &real, &err), err);
    for (size_t i = 0; i < real.bytes / sizeof(float); ++i) {
        float *value = &((float *)real.data)[i];
        *value = fminf(fmaxf(*value, 0.0F), 1.0F) * (float)config.peak;
    }
    const double psnr = tsr_psnr_db(&real, truth, config.peak, config.crop_pixels);
    tsr_tensor_free(&real);
    return psnr;
}

static void check(const char *text, tsr_pad_mode padding, int32_t h, int32_t w) {
    tsr_error err = {0};
    char name[96];
    tsr_network network = {0};
    tsr_tensor input = {0};
    tsr_tensor q_input = {0};
    tsr_blocking blocking = {0};
    const int32_t number = find_picture();
    tsr_tensor picture = crop(&set.inputs[number], h, w);
    tsr_tensor truth = crop(&set.truths[number], h, w);
    assert_ok(tsr_blocking_parse(text, &blocking, &err), err);
    blocking.block_padding = padding;
    blocking.border_padding = config.border_padding;
    assert_ok(tsr_network_load(config.network, h, w, &network, &err), err);
    assert_ok(tsr_accuracy_input(&picture, config.peak, &input, &err), err);
    assert_ok(tsr_tensor_quantize(&input, set.qnetwork.layers[0].out, arch.activation_bits,
                                  &q_input, &err),
              err);
    tsr_program program = make_program(&network, &blocking);
    (void)snprintf(name, sizeof name, "vdsr %s %s, %d x %d of %s", text, tsr_pad_mode_name(padding),
                   h, w, picture_name);
    tsr_tensor found = real_run(name, &program, &q_input, NULL);
    tsr_tensor expected = reference(&network, &blocking, &q_input);
    assert_int_equal(found.bytes, expected.bytes);
    assert_memory_equal(found.data, expected.data, expected.bytes);
    // the network was trained to do this: so these are its weights and this is a picture
    print_message("  %.2f dB, the input has %.2f dB\n", psnr_of(&found, &truth),
                  psnr_of(&q_input, &truth));
    assert_true(psnr_of(&found, &truth) > psnr_of(&q_input, &truth) + 1.0);
    tsr_program_free(&program);
    tsr_network_free(&network);
    tsr_tensor *all[] = {&picture, &truth, &input, &q_input, &found, &expected};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i) {
        tsr_tensor_free(all[i]);
    }
}

static void fixed_blocks_with_replicated_borders_are_the_references(void **state) {
    (void)state;
    check("F16", TSR_PAD_REPLICATE, 32, 32);
}

static void a_grid_of_blocks_with_zero_borders_is_the_references(void **state) {
    (void)state;
    check("H2x2", TSR_PAD_ZERO, 48, 32);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_blocks_with_replicated_borders_are_the_references),
        cmocka_unit_test(a_grid_of_blocks_with_zero_borders_is_the_references),
    };
    tsr_error err = {0};
    if (access(TSR_DATA_DIR "/MANIFEST.csv", R_OK) != 0) {
        (void)printf("SKIPPED: no real data in %s (set TSR_DATA_DIR)\n", TSR_DATA_DIR);
        return 77;
    }
    if (tsr_arch_load("zc706", &arch, &err) != TSR_OK ||
        tsr_accuracy_config_load("vdsr_set5", TSR_DATA_DIR, &config, &err) != TSR_OK ||
        tsr_accuracy_set_load(&config, true, arch.rounding, &set, &err) != TSR_OK) {
        (void)printf("%s: %s\n", err.where, err.message);
        return 1;
    }
    if (!real_open(&arch)) {
        return 77;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    tsr_accuracy_set_free(&set);
    tsr_rtl_close(real_rtl);
    return failed;
}
