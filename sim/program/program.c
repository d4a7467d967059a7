// SPDX-License-Identifier: Apache-2.0
// Programs as lists of descriptors: growing, freeing, and what an opcode says about engine and
// size.
#include <assert.h>
#include <string.h>

#include <tessera/program.h>

#include "base/alloc.h"
#include "base/check.h"
#include "program/desc_fields.h"

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

enum { FIRST_CAPACITY = 64 };

tsr_engine tsr_desc_engine(const tsr_desc *desc) {
    switch (desc->header.opcode) {
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

/** Grow descriptors and notes together; both keep their old content on failure. */
static tsr_status grow(tsr_program *program, tsr_error *err) {
    const int32_t capacity =
        program->desc_capacity > 0 ? program->desc_capacity * 2 : FIRST_CAPACITY;
    TSR_CHECK(program->desc_capacity <= INT32_MAX / 2, TSR_ERR_OVERFLOW, err, "",
              "more than %d descriptors", INT32_MAX / 2);
    tsr_desc *descs = tsr_realloc(program->descs, (size_t)capacity, sizeof *descs);
    TSR_CHECK(descs != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for %d descriptors", capacity);
    program->descs = descs;
    tsr_desc_note *notes = tsr_realloc(program->notes, (size_t)capacity, sizeof *notes);
    TSR_CHECK(notes != NULL, TSR_ERR_NO_MEMORY, err, "", "no memory for %d notes", capacity);
    program->notes = notes;
    program->desc_capacity = capacity;
    return TSR_OK;
}

tsr_status tsr_program_append(tsr_program *program, const tsr_desc *desc, const tsr_desc_note *note,
                              tsr_error *err) {
    TSR_CHECK(tsr_opcode_name(desc->header.opcode) != NULL, TSR_ERR_CONFIG, err, "",
              "unknown opcode %lld", (long long)desc->header.opcode);
    if (program->desc_count == program->desc_capacity) {
        TSR_TRY(grow(program, err));
    }
    const int32_t index = program->desc_count;
    program->descs[index] = *desc;
    program->descs[index].header.units = tsr_opcode_units(desc->header.opcode);
    program->descs[index].header.tag = index;
    program->notes[index] = note != NULL ? *note : (tsr_desc_note){.block = -1};
    program->desc_count = index + 1;
    return TSR_OK;
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
    tsr_free(program->descs);
    tsr_free(program->notes);
    memset(program, 0, sizeof *program);
}
