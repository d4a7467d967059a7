// SPDX-License-Identifier: Apache-2.0
// What all executors agree on is still compared with the network: right programs differ in nothing, and programs that
// compute something else are seen, though every executor does the same with them.
// usage: test_validate_expected [cases [seed]]
#include <stdlib.h>

#include <tessera/interpreter.h>
#include <tessera/validate.h>

#include "support/program_edit.h"
#include "support/small_net.h"
#include "support/test.h"

static uint64_t case_count = 300;
static uint64_t first_seed = 41;

static tsr_case draw(uint64_t index) {
    tsr_error err = {0};
    tsr_case drawn = {0};
    assert_ok(tsr_case_draw(first_seed, index, NULL, &drawn, &err), err);
    return drawn;
}

static uint64_t count_outputs(const tsr_case *drawn) {
    uint64_t count = 0;
    for (int32_t i = 0; i < drawn->program.symbol_count; ++i) {
        count += drawn->program.symbols[i].is_output;
    }
    return count;
}

static void random_cases_compute_what_their_network_says(void **state) {
    (void)state;
    uint64_t batches = 0;
    uint64_t several = 0;
    uint64_t mixed = 0;
    print_message("seed %llu, cases 0 to %llu\n", (unsigned long long)first_seed,
                  (unsigned long long)(case_count - 1));
    for (uint64_t i = 0; i < case_count; ++i) {
        tsr_error err = {0};
        tsr_case drawn = draw(i);
        tsr_expected_check check;
        assert_int_equal(drawn.expected.picture_count, drawn.batch);
        assert_ok(tsr_interpret(&drawn.program, drawn.memory, &err), err);
        assert_ok(tsr_expected_compare(&drawn.expected, &drawn.program, drawn.memory, &check, &err),
                  err);
        if (check.differing != 0) {
            fail_msg("case %llu: %s\n%s", (unsigned long long)i, drawn.text, check.first);
        }
        assert_true(check.bytes > 0);
        assert_int_equal(check.maps, count_outputs(&drawn));
        batches += drawn.batch > 1;
        several += check.maps > (uint64_t)drawn.batch;
        mixed += drawn.schedule.part_count > 0 && drawn.schedule.blocking.kind != TSR_BLOCKING_NONE;
        tsr_case_free(&drawn);
    }
    print_message("%llu with a batch, %llu with several outputs, %llu in blocks here and there\n",
                  (unsigned long long)batches, (unsigned long long)several,
                  (unsigned long long)mixed);
    assert_true(case_count < 100 || (batches > 0 && several > 0 && mixed > 0));
}

/* ---- programs that compute something else ------------------------------------------------------------------------ */

/** Descriptors are in the image too: made again, with the input maps as they were. */
static void renew_image(tsr_case *drawn) {
    tsr_error err = {0};
    uint8_t *made = NULL;
    const tsr_program *program = &drawn->program;
    assert_ok(tsr_memory_create(program, &made, &err), err);
    for (int32_t i = 0; i < program->symbol_count; ++i) {
        const tsr_symbol *s = &program->symbols[i];
        if (s->is_input) {
            tsr_tensor map = {0};
            assert_ok(tsr_memory_get(program, s, drawn->memory, &map, &err), err);
            assert_ok(tsr_memory_put(program, s, &map, made, &err), err);
            tsr_tensor_free(&map);
        }
    }
    tsr_memory_free(drawn->memory);
    drawn->memory = made;
}

typedef bool (*edit_conv)(tsr_desc_conv *conv);

static bool edit_convs(tsr_case *drawn, edit_conv edit) {
    bool edited = false;
    for (int32_t i = 0; i < drawn->program.desc_count; ++i) {
        tsr_desc desc = tsr_program_desc(&drawn->program, i);
        if (desc.header.opcode == TSR_OP_CONV && edit(&desc.u.conv)) {
            program_put(&drawn->program, i, &desc, NULL);
            edited = true;
        }
    }
    return edited;
}

static bool other_zero_point(tsr_desc_conv *conv) {
    conv->out_zero_point += conv->out_zero_point > 0 ? -1 : 1;
    return true;
}

static bool other_padding(tsr_desc_conv *conv) {
    const bool pads = conv->pad_top > 0 && conv->pad_mode_top == TSR_PAD_ZERO && conv->in_h > 1;
    conv->pad_mode_top = pads ? TSR_PAD_REPLICATE : conv->pad_mode_top;
    return pads;
}

static bool no_residual(tsr_desc_conv *conv) {
    const bool had = conv->residual != 0;
    conv->residual_multiplier = had ? 0 : conv->residual_multiplier;
    return had;
}

static bool other_rounding(tsr_desc_conv *conv) {
    conv->rounding = conv->rounding == TSR_ROUND_FLOOR ? TSR_ROUND_HALF_UP : TSR_ROUND_FLOOR;
    return true;
}

static bool zero_points(tsr_case *drawn) {
    return edit_convs(drawn, other_zero_point);
}

static bool paddings(tsr_case *drawn) {
    return edit_convs(drawn, other_padding);
}

static bool residuals(tsr_case *drawn) {
    return edit_convs(drawn, no_residual);
}

static bool roundings(tsr_case *drawn) {
    return edit_convs(drawn, other_rounding);
}

/** The weights of each load are those of the one before: a weight image in a wrong order would do that. */
static bool weights(tsr_case *drawn) {
    int64_t before = -1;
    bool edited = false;
    for (int32_t i = 0; i < drawn->program.desc_count; ++i) {
        tsr_desc desc = tsr_program_desc(&drawn->program, i);
        if (desc.header.opcode != TSR_OP_LOAD_WEIGHT || desc.u.load_weight.parameters != 0) {
            continue;
        }
        const int64_t own = desc.u.load_weight.dram_address;
        if (before >= 0 && before < own) {
            desc.u.load_weight.dram_address = before;
            program_put(&drawn->program, i, &desc, NULL);
            edited = true;
        }
        before = own;
    }
    return edited;
}

/** Input or output maps of one layer for the first two pictures; false: there is one picture. */
static bool two_pictures(const tsr_case *drawn, bool outputs, tsr_symbol *of[2]) {
    of[0] = of[1] = NULL;
    for (int32_t i = 0; i < drawn->program.symbol_count; ++i) {
        tsr_symbol *s = &drawn->program.symbols[i];
        if ((outputs ? s->is_output : s->is_input) && s->batch_index < 2 &&
            (of[0] == NULL || of[0]->layer == s->layer)) {
            of[s->batch_index] = s;
        }
    }
    return of[0] != NULL && of[1] != NULL;
}

static bool pictures_in(tsr_case *drawn) {
    tsr_symbol *of[2];
    tsr_tensor maps[2] = {{0}};
    if (!two_pictures(drawn, false, of)) {
        return false;
    }
    tsr_error err = {0};
    for (int32_t n = 0; n < 2; ++n) {
        assert_ok(tsr_memory_get(&drawn->program, of[n], drawn->memory, &maps[n], &err), err);
    }
    for (int32_t n = 0; n < 2; ++n) {
        assert_ok(tsr_memory_put(&drawn->program, of[n], &maps[1 - n], drawn->memory, &err), err);
    }
    tsr_tensor_free(&maps[0]);
    tsr_tensor_free(&maps[1]);
    return true;
}

static bool pictures_out(tsr_case *drawn) {
    tsr_symbol *of[2];
    if (!two_pictures(drawn, true, of)) {
        return false;
    }
    const uint64_t address = of[0]->address;
    of[0]->address = of[1]->address;
    of[1]->address = address;
    return true;
}

static const struct {
    const char *what;
    bool (*spoil)(tsr_case *drawn);  // false: the case has nothing of the kind
} mistakes[] = {
    {"zero points one beside", zero_points},
    {"zeros above a map replaced by its first row", paddings},
    {"sums without their second operand", residuals},
    {"another rule of rounding", roundings},
    {"weights of the load before", weights},
    {"pictures of a batch in each other's place", pictures_in},
    {"outputs of a batch in each other's place", pictures_out},
};

enum { mistake_count = sizeof mistakes / sizeof mistakes[0], tries = 60 };

/** Every executor does the same with it, and only the reference objects. */
static uint64_t see(const tsr_case *drawn) {
    tsr_error err = {0};
    tsr_validation v = {0};
    const tsr_side sides[2] = {tsr_side_machine(), tsr_side_machine()};
    assert_ok(tsr_validate_program(drawn->text, &drawn->program, drawn->memory, &drawn->expected,
                                   sides, NULL, &v, &err),
              err);
    const uint64_t found = v.outputs.differing;
    assert_int_equal(v.differences, found);
    assert_int_equal(v.outputs.first[0] != '\0', found > 0);
    assert_int_equal(v.total.events_differing + v.memory_differing[0] + v.memory_differing[1], 0);
    tsr_validation_free(&v);
    return found;
}

static void what_every_executor_gets_wrong_alike_is_seen(void **state) {
    (void)state;
    for (int32_t m = 0; m < mistake_count; ++m) {
        uint64_t made = 0;
        uint64_t seen = 0;
        for (uint64_t i = 0; i < tries; ++i) {
            tsr_case drawn = draw(i);
            if (mistakes[m].spoil(&drawn)) {
                renew_image(&drawn);
                ++made;
                seen += see(&drawn) > 0;
            }
            tsr_case_free(&drawn);
        }
        print_message("%s: seen in %llu of %llu cases\n", mistakes[m].what,
                      (unsigned long long)seen, (unsigned long long)made);
        assert_true(made > 0 && 2 * seen > made);
    }
}

/* ---- what is said ------------------------------------------------------------------------------------------------ */

/** An output map with more than one pixel and channel. */
static tsr_case draw_large(const tsr_symbol **map) {
    for (uint64_t i = 0; i < case_count; ++i) {
        tsr_case drawn = draw(i);
        for (int32_t k = 0; k < drawn.program.symbol_count; ++k) {
            const tsr_symbol *s = &drawn.program.symbols[k];
            if (s->is_output && s->c > drawn.program.arch.tn && s->h > 1 && s->w > 1) {
                *map = s;
                return drawn;
            }
        }
        tsr_case_free(&drawn);
    }
    fail_msg("no case has a map with two words a pixel");
    return (tsr_case){0};
}

static void the_first_byte_that_differs_is_named(void **state) {
    (void)state;
    const tsr_symbol *map = NULL;
    tsr_error err = {0};
    tsr_case drawn = draw_large(&map);
    const tsr_arch *arch = &drawn.program.arch;
    tsr_expected_check check;
    assert_ok(tsr_interpret(&drawn.program, drawn.memory, &err), err);
    // last pixel, first channel of the second word: [word][row][column][lane], 8-bit lanes
    const size_t word = (size_t)map->pixel_bytes;
    const size_t pixel = (size_t)map->h * (size_t)map->w - 1;
    assert_int_equal(arch->activation_bits, 8);
    uint8_t *byte = drawn.memory + map->address + ((pixel + 1) + pixel) * word;
    char wanted[256];
    const int8_t right = (int8_t)*byte;
    *byte ^= 1U;
    (void)snprintf(wanted, sizeof wanted,
                   "picture %d: channel %d of pixel %d, %d (row, column) is %d, the reference says "
                   "%d",
                   map->batch_index, arch->tn, map->h - 1, map->w - 1, (int8_t)*byte, right);
    assert_ok(tsr_expected_compare(&drawn.expected, &drawn.program, drawn.memory, &check, &err),
              err);
    assert_int_equal(check.differing, 1);
    assert_non_null(strstr(check.first, map->name));
    assert_non_null(strstr(check.first, wanted));
    tsr_case_free(&drawn);
}

static void an_output_too_few_and_one_too_many_are_refused(void **state) {
    (void)state;
    const tsr_symbol *map = NULL;
    tsr_case drawn = draw_large(&map);
    tsr_symbol *symbols = drawn.program.symbols;
    const int32_t at = (int32_t)(map - symbols);
    for (int32_t i = 0; i < drawn.program.symbol_count; ++i) {
        if (i == at || symbols[i].is_input) {  // the output is none, or an input is one
            tsr_error err = {0};
            tsr_expected_check check;
            symbols[i].is_output = !symbols[i].is_output;
            assert_int_equal(
                tsr_expected_compare(&drawn.expected, &drawn.program, drawn.memory, &check, &err),
                TSR_ERR_INTERNAL);
            assert_non_null(strstr(err.message, "the program has"));
            symbols[i].is_output = !symbols[i].is_output;
        }
    }
    tsr_case_free(&drawn);
}

static void a_report_says_what_the_reference_objects_to(void **state) {
    (void)state;
    tsr_case drawn = draw(0);
    assert_true(zero_points(&drawn));
    renew_image(&drawn);
    for (int32_t json = 0; json < 2; ++json) {
        tsr_error err = {0};
        tsr_validation v = {0};
        const tsr_side sides[2] = {tsr_side_machine(), tsr_side_machine()};
        char *text = NULL;
        size_t bytes = 0;
        FILE *file = open_memstream(&text, &bytes);
        assert_non_null(file);
        assert_ok(tsr_validate_program(drawn.text, &drawn.program, drawn.memory, &drawn.expected,
                                       sides, NULL, &v, &err),
                  err);
        assert_true(v.outputs.differing > 0);
        assert_ok(json != 0 ? tsr_validation_print_json(&v, true, file, &err)
                            : tsr_validation_print(&v, file, &err),
                  err);
        assert_int_equal(fclose(file), 0);
        assert_non_null(strstr(text, v.outputs.first));
        assert_non_null(strstr(text, json != 0 ? "\"output_bytes_differing_from_reference\":"
                                               : "differ from the integer reference"));
        free(text);
        tsr_validation_free(&v);
    }
    tsr_case_free(&drawn);
}

/* ---- the blocking that holds ------------------------------------------------------------------------------------- */

/** Two convolutions in 8x8 blocks, as a plan does it, against what the network says in these blocks and in none. */
static void other_blocks_than_those_asked_for_are_seen(void **state) {
    (void)state;
    tsr_error err = {0};
    tsr_arch arch;
    small_net net;
    net_begin(&net, 3, 16, 16);
    const int32_t first = net_conv(&net, "one", 0, 8, 3);
    (void)net_conv(&net, "two", first, 5, 3);
    net.network.batch = 2;
    net_end(&net);
    tsr_schedule schedules[2] = {{0}};
    assert_ok(tsr_schedule_parse("F8", &schedules[0], &err), err);
    assert_ok(tsr_schedule_parse("layerwise", &schedules[1], &err), err);
    assert_ok(tsr_case_shape("m8n4p2", &arch, &err), err);

    tsr_weights weights_of = {0};
    tsr_tensor real = {0};
    tsr_qnetwork qnetwork = {0};
    tsr_tensor batch = {0};
    tsr_plan *plan = NULL;
    tsr_program program = {0};
    uint8_t *memory = NULL;
    assert_ok(tsr_weights_generate(&net.network, 3, &weights_of, &err), err);
    assert_ok(tsr_tensor_create(&real, TSR_DTYPE_F32, 2, 3, 16, 16, &err), err);
    for (int32_t n = 0; n < 2; ++n) {
        const tsr_tensor place = tsr_batch_picture(&real, n);
        tsr_tensor picture = {0};
        assert_ok(tsr_input_generate((tsr_shape){3, 16, 16}, 5 + (uint64_t)n, &picture, &err), err);
        memcpy(place.data, picture.data, place.bytes);
        tsr_tensor_free(&picture);
    }
    assert_ok(tsr_quantize(&net.network, &weights_of, &real, 1, (tsr_qparams){0}, 8, arch.rounding,
                           &qnetwork, &err),
              err);
    assert_ok(tsr_tensor_quantize(&real, qnetwork.layers[0].out, 8, &batch, &err), err);
    assert_ok(tsr_plan_make(&net.network, &arch, &schedules[0], &plan, &err), err);
    assert_ok(tsr_plan_lower(plan, &qnetwork, &program, &err), err);
    assert_ok(tsr_batch_memory(&program, &batch, &memory, &err), err);
    assert_ok(tsr_interpret(&program, memory, &err), err);
    for (int32_t k = 0; k < 2; ++k) {
        tsr_expected expected = {0};
        tsr_expected_check check;
        assert_ok(tsr_expected_of_schedule(&net.network, &qnetwork, &schedules[k], &batch,
                                           &expected, &err),
                  err);
        assert_ok(tsr_expected_compare(&expected, &program, memory, &check, &err), err);
        assert_int_equal(check.maps, 2);
        assert_int_equal(check.bytes, 2 * 5 * 16 * 16);
        assert_int_equal(check.differing > 0, k == 1);
        tsr_expected_free(&expected);
    }
    tsr_memory_free(memory);
    tsr_program_free(&program);
    tsr_plan_free(plan);
    tsr_tensor_free(&batch);
    tsr_qnetwork_free(&qnetwork);
    tsr_tensor_free(&real);
    tsr_weights_free(&weights_of);
}

int main(int argc, char **argv) {
    case_count = argc > 1 ? strtoull(argv[1], NULL, 10) : case_count;
    first_seed = argc > 2 ? strtoull(argv[2], NULL, 10) : first_seed;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_cases_compute_what_their_network_says),
        cmocka_unit_test(what_every_executor_gets_wrong_alike_is_seen),
        cmocka_unit_test(the_first_byte_that_differs_is_named),
        cmocka_unit_test(an_output_too_few_and_one_too_many_are_refused),
        cmocka_unit_test(a_report_says_what_the_reference_objects_to),
        cmocka_unit_test(other_blocks_than_those_asked_for_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
