// SPDX-License-Identifier: Apache-2.0
#include "rtl/host_port.h"

#include <string.h>

#include "base/alloc.h"

bool tsr_host_put(tsr_host_queue *queue, const void *item) {
    if (queue->count == queue->capacity && queue->head > 0) {
        memmove(queue->items, (uint8_t *)queue->items + queue->head * queue->size,
                (queue->count - queue->head) * queue->size);
        queue->count -= queue->head;
        queue->head = 0;
    }
    if (queue->count == queue->capacity) {
        const size_t capacity = queue->capacity > 0 ? 2 * queue->capacity : 32;
        void *grown = tsr_realloc(queue->items, capacity, queue->size);
        if (grown == NULL) {
            return false;
        }
        queue->items = grown;
        queue->capacity = capacity;
    }
    memcpy((uint8_t *)queue->items + queue->count++ * queue->size, item, queue->size);
    return true;
}

size_t tsr_host_length(const tsr_host_queue *queue) {
    return queue->count - queue->head;
}

void *tsr_host_at(const tsr_host_queue *queue, size_t index) {
    return index < tsr_host_length(queue)
               ? (uint8_t *)queue->items + (queue->head + index) * queue->size
               : NULL;
}

void tsr_host_take(tsr_host_queue *queue) {
    if (++queue->head == queue->count) {
        queue->head = queue->count = 0;
    }
}

static tsr_engine engine_of(tsr_port port) {
    static const tsr_engine engines[] = {[TSR_PORT_LOAD_FEATURE] = TSR_ENGINE_LOAD_FEATURE,
                                         [TSR_PORT_LOAD_WEIGHT] = TSR_ENGINE_LOAD_WEIGHT,
                                         [TSR_PORT_DESCRIPTOR] = TSR_ENGINE_COUNT,
                                         [TSR_PORT_STORE] = TSR_ENGINE_STORE};
    return engines[port];
}

/** Stand at the first descriptor of the engine from `index` on. */
static void stand_at(tsr_host_expected *e, int32_t index) {
    const tsr_engine engine = engine_of(e->port);
    while (index < e->program->desc_count && tsr_program_engine(e->program, index) != engine) {
        ++index;
    }
    e->index = index;
    if (index < e->program->desc_count) {
        const tsr_desc desc = tsr_program_desc(e->program, index);
        e->walk = tsr_burst_first(e->program, &desc);
    }
}

tsr_host_expected tsr_host_expect(const tsr_program *program, tsr_port port) {
    tsr_host_expected e = {.program = program, .port = port};
    if (port == TSR_PORT_DESCRIPTOR) {
        e.fetch = tsr_fetch_first(program);
    } else {
        stand_at(&e, 0);
    }
    return e;
}

bool tsr_host_next(tsr_host_expected *expected, uint64_t *address, uint32_t *beats,
                   uint32_t *interval, uint32_t *rest) {
    *rest = 0;
    if (expected->port == TSR_PORT_DESCRIPTOR) {
        *interval = 1;
        return tsr_fetch_next(&expected->fetch, address, beats);
    }
    while (expected->index < expected->program->desc_count) {
        if (tsr_burst_next(&expected->walk, address, beats)) {
            const tsr_desc desc = tsr_program_desc(expected->program, expected->index);
            *interval = tsr_desc_beat_interval(&expected->program->arch, &desc);
            *rest = tsr_burst_rest(&expected->walk);
            return true;
        }
        stand_at(expected, expected->index + 1);
    }
    return false;
}

void tsr_host_port_init(tsr_host_port *port, const tsr_program *program, tsr_port id) {
    *port = (tsr_host_port){.id = id,
                            .write = id == TSR_PORT_STORE,
                            .expected = tsr_host_expect(program, id),
                            .bursts = {.size = sizeof(tsr_host_burst)},
                            .beats = {.size = sizeof(tsr_host_beats)},
                            .responses = {.size = sizeof(uint64_t)}};
}

void tsr_host_port_free(tsr_host_port *port) {
    tsr_free(port->bursts.items);
    tsr_free(port->beats.items);
    tsr_free(port->responses.items);
}
