// SPDX-License-Identifier: Apache-2.0
// Runs both sides and the interpreter, then compares.
#include <string.h>

#include <tessera/interpreter.h>

#include "base/alloc.h"
#include "base/check.h"
#include "validate/validation_work.h"

static tsr_status run_machine(void *user, const tsr_program *program,
                              const tsr_run_options *options, uint8_t *memory, tsr_result *result,
                              tsr_side_report *report, tsr_error *err) {
    (void)user;
    (void)report;
    return tsr_machine_run(program, options, memory, result, err);
}

tsr_side tsr_side_machine(void) {
    return (tsr_side){"systemc", run_machine, NULL};
}

tsr_layer_difference *tsr_diff_row(tsr_validation *validation, int64_t layer) {
    return layer >= 0 && layer < validation->layer_count ? &validation->layers[layer]
                                                         : &validation->total;
}

static void sides_free(tsr_validation_sides *s) {
    for (uint32_t side = 0; side < 2; ++side) {
        tsr_result_free(&s->result[side]);
        tsr_free(s->memory[side]);
        tsr_free(s->report[side].words);
    }
    tsr_free(s->interpreted);
}

static tsr_status copy_image(const tsr_program *program, const uint8_t *memory, uint8_t **image,
                             tsr_error *err) {
    *image = tsr_alloc((size_t)program->memory_bytes, 1);
    TSR_CHECK(*image != NULL, TSR_ERR_NO_MEMORY, err, "validate", "no memory for a DRAM image");
    memcpy(*image, memory, (size_t)program->memory_bytes);
    return TSR_OK;
}

static tsr_status run_side(const tsr_side *side, uint32_t index, const tsr_run_options *options,
                           const uint8_t *memory, tsr_validation_sides *s, tsr_error *err) {
    const tsr_program *program = s->program;
    tsr_side_report *report = &s->report[index];
    report->words = tsr_alloc((size_t)program->layer_count, sizeof *report->words);
    TSR_CHECK(report->words != NULL, TSR_ERR_NO_MEMORY, err, "validate", "no memory for %d layers",
              program->layer_count);
    TSR_TRY(copy_image(program, memory, &s->memory[index], err));
    const tsr_run_options all = {.keep_events = true,
                                 .keep_occupancy = true,
                                 .max_cycles = options != NULL ? options->max_cycles : 0,
                                 .progress = options != NULL ? options->progress : NULL,
                                 .user = options != NULL ? options->user : NULL};
    tsr_error found = {0};
    const tsr_status status =
        side->run(side->user, program, &all, s->memory[index], &s->result[index], report, &found);
    TSR_CHECK(status == TSR_OK, status, err, found.where, "%s: %s", side->name, found.message);
    return TSR_OK;
}

static tsr_status run_all(const tsr_side sides[2], const tsr_run_options *options,
                          const uint8_t *memory, tsr_validation_sides *s, tsr_error *err) {
    TSR_TRY(run_side(&sides[0], 0, options, memory, s, err));
    TSR_TRY(tsr_result_check(s->program, &s->result[0], err));
    TSR_TRY(run_side(&sides[1], 1, options, memory, s, err));
    TSR_TRY(copy_image(s->program, memory, &s->interpreted, err));
    return tsr_interpret(s->program, s->interpreted, err);
}

static tsr_status prepare(const char *name, const tsr_program *program, const tsr_side sides[2],
                          tsr_validation *v, tsr_error *err) {
    memset(v, 0, sizeof *v);
    (void)snprintf(v->name, sizeof v->name, "%s", name);
    (void)snprintf(v->side[0], sizeof v->side[0], "%s", sides[0].name);
    (void)snprintf(v->side[1], sizeof v->side[1], "%s", sides[1].name);
    (void)snprintf(v->total.name, sizeof v->total.name, "total");
    v->layers = tsr_alloc((size_t)program->layer_count, sizeof *v->layers);
    TSR_CHECK(v->layers != NULL, TSR_ERR_NO_MEMORY, err, "validate", "no memory for %d layers",
              program->layer_count);
    v->layer_count = program->layer_count;
    for (int32_t i = 0; i < v->layer_count; ++i) {
        (void)snprintf(v->layers[i].name, sizeof v->layers[i].name, "%s", program->layer_names[i]);
    }
    return TSR_OK;
}

tsr_status tsr_validate_program(const char *name, const tsr_program *program, const uint8_t *memory,
                                const tsr_expected *expected, const tsr_side sides[2],
                                const tsr_run_options *options, tsr_validation *validation,
                                tsr_error *err) {
    tsr_validation_sides s = {.program = program};
    tsr_validation made;
    tsr_status status = prepare(name, program, sides, &made, err);
    if (status == TSR_OK) {
        status = run_all(sides, options, memory, &s, err);
    }
    if (status == TSR_OK && expected != NULL) {
        status = tsr_diff_outputs(&s, expected, &made, err);
    }
    if (status == TSR_OK) {
        tsr_diff_counters(&s, &made);
        tsr_diff_events(&s, &made);
        tsr_diff_memory(&s, &made);
        *validation = made;
    } else {
        tsr_validation_free(&made);
    }
    sides_free(&s);
    return status;
}

void tsr_validation_free(tsr_validation *validation) {
    tsr_free(validation->layers);
    memset(validation, 0, sizeof *validation);
}
