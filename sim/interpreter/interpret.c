// SPDX-License-Identifier: Apache-2.0
// Runs a whole program in dispatch order: what its values are when every token is honoured.
#include <stdio.h>

#include <tessera/interpreter.h>

#include "base/check.h"

tsr_status tsr_interpret(const tsr_program *program, uint8_t *memory, tsr_error *err) {
    tsr_datapath *datapath = NULL;
    TSR_TRY(tsr_datapath_create(&program->arch, &datapath, err));
    tsr_status status = TSR_OK;
    for (int32_t i = 0; i < program->desc_count && status == TSR_OK; ++i) {
        tsr_error found = {0};
        const tsr_desc desc = tsr_program_desc(program, i);
        status = tsr_datapath_execute(datapath, &desc, memory, program->memory_bytes, &found);
        if (status != TSR_OK) {
            (void)tsr_fail(err, status, found.where, "descriptor %d: %s", i, found.message);
        }
    }
    tsr_datapath_destroy(datapath);
    return status;
}
