// SPDX-License-Identifier: Apache-2.0
// What an opcode says about engine and size, and the end of a program.
#include <assert.h>
#include <string.h>

#include <tessera/program.h>

#include "base/alloc.h"
#include "program/program_store.h"

// The enumerations of the public header and the lists of uarch.json must be the same thing.
static_assert((int)TSR_ENGINE_LOAD_FEATURE == TSR_UARCH_ENGINE_LOAD_FEATURE, "engine order");
static_assert((int)TSR_ENGINE_LOAD_WEIGHT == TSR_UARCH_ENGINE_LOAD_WEIGHT, "engine order");
static_assert((int)TSR_ENGINE_COMPUTE == TSR_UARCH_ENGINE_COMPUTE, "engine order");
static_assert((int)TSR_ENGINE_STORE == TSR_UARCH_ENGINE_STORE, "engine order");
static_assert((int)TSR_ENGINE_COUNT == TSR_UARCH_ENGINE_COUNT, "engine count");
static_assert((int)TSR_PORT_LOAD_FEATURE == TSR_UARCH_PORT_LOAD_FEATURE, "port order");
static_assert((int)TSR_PORT_LOAD_WEIGHT == TSR_UARCH_PORT_LOAD_WEIGHT, "port order");
static_assert((int)TSR_PORT_DESCRIPTOR == TSR_UARCH_PORT_DESCRIPTOR, "port order");
static_assert((int)TSR_PORT_STORE == TSR_UARCH_PORT_STORE, "port order");
static_assert((int)TSR_PORT_COUNT == TSR_UARCH_PORT_COUNT, "port count");

tsr_engine tsr_opcode_engine(int64_t opcode) {
    switch (opcode) {
        case TSR_OP_LOAD_FEATURE:
            return TSR_ENGINE_LOAD_FEATURE;
        case TSR_OP_LOAD_WEIGHT:
            return TSR_ENGINE_LOAD_WEIGHT;
        case TSR_OP_CONV:
        case TSR_OP_POOL:
            return TSR_ENGINE_COMPUTE;
        case TSR_OP_STORE:
            return TSR_ENGINE_STORE;
        default:
            return TSR_ENGINE_COUNT;
    }
}

tsr_engine tsr_desc_engine(const tsr_desc *desc) {
    return tsr_opcode_engine(desc->header.opcode);
}

int32_t tsr_opcode_units(int64_t opcode) {
    switch (opcode) {
#define UNITS_CASE(name, units) \
    case TSR_OP_##name:         \
        return units;
        TSR_UARCH_UNITS(UNITS_CASE)
        default:
            return 1;
    }
}

void tsr_program_free(tsr_program *program) {
    if (program == NULL) {
        return;
    }
    for (int32_t i = 0; i < program->segment_count; ++i) {
        tsr_free(program->segments[i].data);
    }
    tsr_free(program->segments);
    tsr_free(program->symbols);
    tsr_free(program->layer_names);
    tsr_program_store_free(program->store);
    memset(program, 0, sizeof *program);
}
