// SPDX-License-Identifier: Apache-2.0
// What the network says by itself, against what a program left in DRAM.
#include <inttypes.h>
#include <stdio.h>

#include <tessera/expected.h>
#include <tessera/interpreter.h>

#include "base/alloc.h"
#include "base/check.h"
#include "forward/sums.h"

void tsr_expected_free(tsr_expected *expected) {
    for (int32_t n = 0; n < expected->picture_count && expected->pictures != NULL; ++n) {
        tsr_activations_free(&expected->pictures[n]);
    }
    tsr_free(expected->pictures);
    *expected = (tsr_expected){0};
}

tsr_status tsr_expected_make(const tsr_network *network, const tsr_qnetwork *qnetwork,
                             const tsr_blocking *blocking, const tsr_tensor *batch,
                             tsr_expected *expected, tsr_error *err) {
    const tsr_forward_options options = {.blocking = *blocking, .fast = true, .keep_all = false};
    tsr_expected made = {.picture_count = batch->n};
    made.pictures = tsr_alloc((size_t)batch->n, sizeof *made.pictures);
    TSR_CHECK(made.pictures != NULL, TSR_ERR_NO_MEMORY, err, network->name,
              "no memory for the outputs of %d pictures", batch->n);
    for (int32_t n = 0; n < batch->n; ++n) {
        const tsr_tensor picture = tsr_batch_picture(batch, n);
        tsr_activations *all = &made.pictures[n];
        const tsr_status status = tsr_forward_int(network, qnetwork, &options, &picture, all, err);
        if (status != TSR_OK) {
            tsr_expected_free(&made);
            return status;
        }
        for (int32_t i = 0; i < all->layer_count; ++i) {
            if (!tsr_network_is_output(network, i)) {
                tsr_tensor_free(&all->tensors[i]);
            }
        }
    }
    *expected = made;
    return TSR_OK;
}

tsr_status tsr_expected_of_schedule(const tsr_network *network, const tsr_qnetwork *qnetwork,
                                    const tsr_schedule *schedule, const tsr_tensor *batch,
                                    tsr_expected *expected, tsr_error *err) {
    const tsr_blocking blocking = tsr_schedule_blocking(schedule);
    tsr_network applied = {0};
    TSR_TRY(tsr_network_copy(network, &applied, err));
    tsr_status status = tsr_schedule_apply(schedule, &applied, err);
    if (status == TSR_OK) {
        status = tsr_expected_make(&applied, qnetwork, &blocking, batch, expected, err);
    }
    tsr_network_free(&applied);
    return status;
}

/** Place in words: shapes may differ in how a vector is folded (flatten), so it is the program's. */
static void say_first(const tsr_symbol *symbol, const tsr_tensor *found, const tsr_tensor *expected,
                      tsr_expected_check *check) {
    const size_t plane = (size_t)found->h * (size_t)found->w;
    size_t at = 0;
    while (tsr_q_at(found, at) == tsr_q_at(expected, at)) {
        ++at;
    }
    (void)snprintf(check->first, sizeof check->first,
                   "output %.60s, picture %d: channel %zu of pixel %zu, %zu (row, column) is %d, "
                   "the reference says %d",
                   symbol->name, symbol->batch_index, at / plane, at % plane / (size_t)found->w,
                   at % (size_t)found->w, tsr_q_at(found, at), tsr_q_at(expected, at));
}

static tsr_status compare_map(const tsr_program *program, const tsr_symbol *symbol,
                              const tsr_tensor *expected, const uint8_t *memory,
                              tsr_expected_check *check, tsr_error *err) {
    tsr_tensor found = {0};
    TSR_TRY(tsr_memory_get(program, symbol, memory, &found, err));
    if (found.dtype != expected->dtype || found.bytes != expected->bytes) {
        const size_t bytes = found.bytes;
        tsr_tensor_free(&found);
        return tsr_fail(err, TSR_ERR_INTERNAL, symbol->name,
                        "the output has %zu bytes, the reference %zu", bytes, expected->bytes);
    }
    const uint8_t *a = found.data;
    const uint8_t *b = expected->data;
    uint64_t differing = 0;
    for (size_t i = 0; i < found.bytes; ++i) {
        differing += a[i] != b[i];
    }
    if (differing != 0 && check->differing == 0) {
        say_first(symbol, &found, expected, check);
    }
    ++check->maps;
    check->bytes += found.bytes;
    check->differing += differing;
    tsr_tensor_free(&found);
    return TSR_OK;
}

static const tsr_symbol *output_of(const tsr_program *program, int32_t layer, int32_t picture) {
    for (int32_t i = 0; i < program->symbol_count; ++i) {
        const tsr_symbol *s = &program->symbols[i];
        if (s->is_output && s->layer == layer && s->batch_index == picture) {
            return s;
        }
    }
    return NULL;
}

static uint64_t count_outputs(const tsr_program *program) {
    uint64_t count = 0;
    for (int32_t i = 0; i < program->symbol_count; ++i) {
        count += program->symbols[i].is_output;
    }
    return count;
}

tsr_status tsr_expected_compare(const tsr_expected *expected, const tsr_program *program,
                                const uint8_t *memory, tsr_expected_check *check, tsr_error *err) {
    *check = (tsr_expected_check){0};
    for (int32_t n = 0; n < expected->picture_count; ++n) {
        const tsr_activations *all = &expected->pictures[n];
        for (int32_t layer = 0; layer < all->layer_count; ++layer) {
            if (all->tensors[layer].data == NULL) {
                continue;
            }
            const tsr_symbol *symbol = output_of(program, layer, n);
            TSR_CHECK(symbol != NULL, TSR_ERR_INTERNAL, err, "outputs",
                      "the program has no map of layer %d for picture %d", layer, n);
            TSR_TRY(compare_map(program, symbol, &all->tensors[layer], memory, check, err));
        }
    }
    TSR_CHECK(count_outputs(program) == check->maps, TSR_ERR_INTERNAL, err, "outputs",
              "the program has %" PRIu64 " output maps, the network %" PRIu64,
              count_outputs(program), check->maps);
    return TSR_OK;
}
