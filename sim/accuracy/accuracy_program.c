// SPDX-License-Identifier: Apache-2.0
// A picture through the real thing: plan, program, interpreter.
#include <tessera/interpreter.h>
#include <tessera/plan.h>

#include "accuracy/accuracy_work.h"
#include "base/check.h"

static const tsr_symbol *find_symbol(const tsr_program *program, bool output) {
    for (int32_t i = 0; i < program->symbol_count; ++i) {
        const tsr_symbol *s = &program->symbols[i];
        if (output ? s->is_output : s->is_input) {
            return s;
        }
    }
    return NULL;
}

static tsr_status interpret(const tsr_program *program, const tsr_tensor *q_input,
                            tsr_tensor *q_output, tsr_error *err) {
    const tsr_symbol *in = find_symbol(program, false);
    const tsr_symbol *out = find_symbol(program, true);
    uint8_t *memory = NULL;
    TSR_CHECK(in != NULL && out != NULL, TSR_ERR_INTERNAL, err, "program",
              "has no input or no output symbol");
    TSR_TRY(tsr_program_check(program, err));
    TSR_TRY(tsr_memory_create(program, &memory, err));
    tsr_status status = tsr_memory_put(program, in, q_input, memory, err);
    if (status == TSR_OK) {
        status = tsr_interpret(program, memory, err);
    }
    if (status == TSR_OK) {
        status = tsr_memory_get(program, out, memory, q_output, err);
    }
    tsr_memory_free(memory);
    return status;
}

tsr_status tsr_accuracy_program_run(const tsr_network *network, const tsr_qnetwork *qnetwork,
                                    const tsr_arch *arch, const tsr_blocking *blocking,
                                    const tsr_tensor *q_input, tsr_tensor *q_output,
                                    tsr_error *err) {
    const bool whole = blocking->kind == TSR_BLOCKING_NONE;
    const tsr_schedule schedule = {.mode = whole ? TSR_SCHEDULE_LAYERWISE : TSR_SCHEDULE_BLOCKED,
                                   .blocking = *blocking,
                                   .join = TSR_JOIN_AUTO,
                                   .residency = TSR_RESIDENCY_AUTO};
    tsr_plan *plan = NULL;
    tsr_program program = {0};
    TSR_TRY(tsr_plan_make(network, arch, &schedule, &plan, err));
    tsr_status status = tsr_plan_lower(plan, qnetwork, &program, err);
    tsr_plan_free(plan);
    if (status == TSR_OK) {
        status = interpret(&program, q_input, q_output, err);
    }
    tsr_program_free(&program);
    return status;
}
