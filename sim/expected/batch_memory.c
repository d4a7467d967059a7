// SPDX-License-Identifier: Apache-2.0
// Pictures of a batch, each into the input map of its own.
#include <tessera/expected.h>
#include <tessera/interpreter.h>

#include "base/check.h"

tsr_tensor tsr_batch_picture(const tsr_tensor *batch, int32_t n) {
    tsr_tensor picture = *batch;
    picture.bytes = batch->bytes / (size_t)batch->n;
    picture.n = 1;
    picture.data = (uint8_t *)batch->data + (size_t)n * picture.bytes;
    return picture;
}

static tsr_status put_pictures(const tsr_program *program, const tsr_tensor *batch, uint8_t *memory,
                               tsr_error *err) {
    for (int32_t i = 0; i < program->symbol_count; ++i) {
        const tsr_symbol *symbol = &program->symbols[i];
        if (!symbol->is_input) {
            continue;
        }
        TSR_CHECK(symbol->batch_index >= 0 && symbol->batch_index < batch->n, TSR_ERR_INTERNAL, err,
                  symbol->name, "is of picture %d, the batch has %d", symbol->batch_index,
                  batch->n);
        const tsr_tensor picture = tsr_batch_picture(batch, symbol->batch_index);
        TSR_TRY(tsr_memory_put(program, symbol, &picture, memory, err));
    }
    return TSR_OK;
}

tsr_status tsr_batch_memory(const tsr_program *program, const tsr_tensor *batch, uint8_t **memory,
                            tsr_error *err) {
    uint8_t *made = NULL;
    TSR_TRY(tsr_memory_create(program, &made, err));
    const tsr_status status = put_pictures(program, batch, made, err);
    if (status != TSR_OK) {
        tsr_memory_free(made);
        return status;
    }
    *memory = made;
    return TSR_OK;
}
