// SPDX-License-Identifier: Apache-2.0
// Fetch bursts: room in the buffer, outstanding limit, an address a cycle, beats back to back.
#include "estimate/fetch_law.h"

#include <string.h>

#include "base/check.h"

void tsr_fetch_law_init(tsr_fetch_law *law, const tsr_program *program) {
    memset(law, 0, sizeof *law);
    law->program = program;
    law->walk = tsr_fetch_first(program);
    law->latency = tsr_ideal_read_latency(&program->arch.dram);
}

static uint64_t later(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

static uint64_t bytes_of(const tsr_program *program, int32_t index) {
    return tsr_program_desc_bytes(program, index);
}

/** First cycle in which the buffer has room for the bytes up to `end`: one after the dispatch that
 * makes it. */
static uint64_t room_from(tsr_fetch_law *law, const tsr_timeline *timeline, uint64_t end) {
    const uint64_t capacity =
        TSR_UARCH_FETCH_BUFFER_UNITS * (uint64_t)TSR_UARCH_DESCRIPTOR_UNIT_BYTES;
    if (end <= capacity) {
        return 0;
    }
    while (law->freed < end - capacity) {
        law->freed += bytes_of(law->program, law->free_index);
        ++law->free_index;
    }
    return timeline->dispatch[law->free_index - 1] + 1;
}

/** Issues the next burst; false when there is none. */
static bool issue(tsr_fetch_law *law, const tsr_timeline *timeline) {
    uint64_t address = 0;
    uint32_t beats = 0;
    if (!tsr_fetch_next(&law->walk, &address, &beats)) {
        return false;
    }
    const uint64_t limit = (uint64_t)law->program->arch.max_outstanding_bursts;
    uint64_t cycle = room_from(law, timeline, law->walk.position);
    if (law->count > 0) {
        cycle = later(cycle, law->address_cycle + 1);
    }
    if (law->count >= limit) {
        cycle = later(cycle, law->responses[(law->count - limit) % TSR_MAX_OUTSTANDING] + 1);
    }
    uint64_t first = cycle + law->latency;
    if (law->count > 0) {
        first = later(first, law->last_beat + 1);
    }
    law->address_cycle = cycle;
    law->last_beat = first + beats - 1;
    law->responses[law->count % TSR_MAX_OUTSTANDING] = law->last_beat;
    ++law->count;
    return true;
}

uint64_t tsr_fetch_law_arrival(tsr_fetch_law *law, const tsr_timeline *timeline, int32_t index) {
    law->wanted += bytes_of(law->program, index);
    while (law->walk.position < law->wanted && issue(law, timeline)) {}
    return law->last_beat;
}

tsr_status tsr_fetch_law_events(const tsr_program *program, const tsr_timeline *timeline,
                                tsr_event_list *list, tsr_error *err) {
    tsr_fetch_law law;
    tsr_fetch_law_init(&law, program);
    while (issue(&law, timeline)) {
        const uint64_t number = law.count - 1;
        TSR_TRY(tsr_event_add(list, law.address_cycle, TSR_EVENT_ADDRESS, TSR_PORT_DESCRIPTOR,
                              number, err));
        TSR_TRY(tsr_event_add(list, law.last_beat, TSR_EVENT_RESPONSE, TSR_PORT_DESCRIPTOR, number,
                              err));
    }
    return TSR_OK;
}
